/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents as trees: xml_tree.c. */
#include "common/with_ctx.h"

#include "formats/xml_tree.h"

static sztp__xml_tree_t *must_read(const char *text) {
  sztp__xml_tree_t *tree = NULL;
  sztp__trail_clear(ctx);
  if (sztp__xml_tree_read(ctx, sztp__span_of(text), &tree) != SZTP_OK)
    fail_msg("%s: %s", text, test_detail(ctx));
  return tree;
}

/* Writes a tree down as ns|name(children) or ns|name'text'; '*' for text beside children. */
static void write_down(const sztp__xml_node_t *node, char *out, size_t cap) {
  size_t at = strlen(out);
  at += (size_t)snprintf(out + at, cap - at, "%.*s|%.*s", (int)node->ns.len, (const char *)node->ns.data,
                         (int)node->name.len, (const char *)node->name.data);
  if (node->child == NULL) {
    assert_false(node->mixed);
    assert_non_null(node->text.data);
    (void)snprintf(out + at, cap - at, "'%.*s'", (int)node->text.len, (const char *)node->text.data);
    return;
  }
  assert_int_equal(node->text.len, 0);
  (void)snprintf(out + at, cap - at, node->mixed ? "*(" : "(");
  for (const sztp__xml_node_t *c = node->child; c != NULL; c = c->next) {
    assert_ptr_equal(c->parent, node);
    write_down(c, out, cap);
    if (c->next != NULL) (void)strcat(out, " ");
  }
  (void)strcat(out, ")");
}

/* DATA-11 */
static void test_trees(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"<a/>", "|a''"},
      {"<a></a>", "|a''"},
      {"<a> \n </a>", "|a''"},
      {"<a>\n  <b/>\n  <c>x</c>\r\n</a>", "|a(|b'' |c'x')"},
      {"<a xmlns='u'><b/><c xmlns=''><d xmlns='v'/></c><e/></a>", "u|a(u|b'' |c(v|d'') u|e'')"},
      {"<p:a xmlns:p='u'><q:b xmlns:q='u'/><b/></p:a>", "u|a(u|b'' |b'')"},
      {"<a><b>1</b><c>2</c><b>3</b></a>", "|a(|b'1' |c'2' |b'3')"},
      {"<a><b x='1' y:z='2' xmlns:y='u'>v</b></a>", "|a(|b'v')"},
      {"<a>\t\r\n  b  c \n</a>", "|a'b  c'"},
      {"<a>b<!-- no -->c<?no?>d</a>", "|a'bcd'"},
      {"<a><![CDATA[ <b> ]]></a>", "|a'<b>'"},
      {"<a> x<![CDATA[]]>&#x20;y&amp; </a>", "|a'x y&'"},
      {"<a>&lt;&gt;&quot;&apos;&#8364;</a>", "|a'<>\"'\xe2\x82\xac'"},
      {"<a>1\r\n2\r3</a>", "|a'1\n2\n3'"},
      {"<a>x<b/></a>", "|a*(|b'')"},
      {"<a><b/>x</a>", "|a*(|b'')"},
      {"<a>\n<b/><![CDATA[ ]]><!-- x -->\t<c/></a>", "|a(|b'' |c'')"},
      {"<a><b/>&amp;<c/></a>", "|a*(|b'' |c'')"},
      {"<a>&amp;x<b>y</b></a>", "|a*(|b'y')"},
      {"<a><b><c><d>e</d></c></b><f>g</f></a>", "|a(|b(|c(|d'e')) |f'g')"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char seen[400] = "";
    sztp__xml_tree_t *tree = must_read(rows[i].text);
    assert_null(tree->root->parent);
    assert_null(tree->root->next);
    write_down(tree->root, seen, sizeof seen);
    assert_string_equal(seen, rows[i].expected);
    sztp__xml_tree_free(tree);
  }
  sztp__xml_tree_free(NULL);
}

/* SEC-06: text that stands in the document in one piece is not copied, however long and wherever its lines
 * end; other text is */
static void test_what_is_copied(void **state) {
  (void)state;
  static const struct {
    const char *line, *between;
    int copied;
  } rows[] = {{"QUJD", "", 0},     {"QUJDQUJD\n", "", 0}, {"  QUJD\n", "", 0},
              {"QUJD\r\n", "", 1}, {"QUJD&#10;", "", 1},  {"QUJD\n", "<!-- half -->", 1}};
  const size_t size = 200000;
  char *text = malloc(2 * size + 100);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    size_t len = (size_t)sprintf(text, "<a>\r\n");
    for (int half = 0; half < 2; half++) {
      for (size_t end = len + size; len < end;) len += (size_t)sprintf(text + len, "%s", rows[i].line);
      if (half == 0) len += (size_t)sprintf(text + len, "%s", rows[i].between);
    }
    (void)sprintf(text + len, "</a>");
    size_t before = memory.octets;
    sztp__xml_tree_t *tree = must_read(text);
    const sztp__xml_node_t *a = tree->root;
    assert_int_equal(a->owned != NULL, rows[i].copied);
    assert_memory_equal(a->text.data, "QUJD", 4);
    assert_true(a->text.len > size && a->text.data[a->text.len - 1] > ' ');
    assert_null(memchr(a->text.data, '\r', a->text.len));
    if (rows[i].copied)
      assert_true(memory.octets - before < a->text.len + 1000); /* and nothing to spare */
    else
      assert_in_range((const char *)a->text.data - text, 3, 10);
    if (!rows[i].copied) assert_true(memory.octets - before < 1000);
    sztp__xml_tree_free(tree);
  }
  free(text);
}

/* DATA-08: a prefix means what the innermost element around says */
static void test_bindings(void **state) {
  (void)state;
  sztp__xml_tree_t *tree = must_read("<a xmlns='d' xmlns:p='1' xmlns:q='2'><b xmlns:p='3'/><c/>"
                                     "<r:d xmlns:r='4'><p:e/></r:d></a>");
  static const char *const expected[] = {"q=2 p=1 ", "p=3 q=2 p=1 ", "q=2 p=1 ", "r=4 q=2 p=1 ",
                                         "r=4 q=2 p=1 "};
  const sztp__xml_node_t *a = tree->root;
  const sztp__xml_node_t *b = a->child;
  const sztp__xml_node_t *c = b->next;
  const sztp__xml_node_t *d = c->next;
  const sztp__xml_node_t *const nodes[] = {a, b, c, d, d->child};
  for (size_t i = 0; i < TEST_COUNT_OF(nodes); i++) {
    char seen[100] = "";
    for (const sztp__xml_binding_t *x = nodes[i]->bindings; x != NULL; x = x->outer)
      (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s=%.*s ", (int)x->prefix.len,
                     (const char *)x->prefix.data, (int)x->ns.len, (const char *)x->ns.data);
    assert_string_equal(seen, expected[i]);
  }
  assert_true(sztp__span_is(d->child->ns, "1"));
  sztp__xml_tree_free(tree);
}

/* DATA-12, DATA-13, DATA-15: what the parser refuses there is no tree of */
static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t code;
    const char *reason;
  } rows[] = {{"", SZTP_ERR_XML, "no element"},
              {"<a><b></a>", SZTP_ERR_XML, "mismatched tag"},
              {"<a/><b/>", SZTP_ERR_XML, "junk"},
              {"<!DOCTYPE a><a/>", SZTP_ERR_XML, "DOCTYPE"},
              {"<a>&nbsp;</a>", SZTP_ERR_XML, "undefined entity"},
              {"<a><b><c/></b></a>", SZTP_ERR_LIMIT, "nested too deep"},
              {"<a><b/><b/><b/><b/></a>", SZTP_ERR_LIMIT, "too many"}};
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_DEPTH, 2), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMBERS, 4), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__xml_tree_t *tree = NULL;
    size_t before = memory.blocks;
    sztp__trail_clear(ctx);
    test_expect_fail(ctx, sztp__xml_tree_read(ctx, sztp__span_of(rows[i].text), &tree), rows[i].code,
                     rows[i].reason);
    assert_null(tree);
    assert_int_equal(memory.blocks, before);
  }
}

/* SEC-06: a short document can't make a large tree, by giving each element a long namespace */
static void test_namespaces_cost_little(void **state) {
  (void)state;
  const size_t children = 4000;
  char *text = malloc(100000);
  size_t len = (size_t)sprintf(text, "<a xmlns:p='urn:");
  memset(text + len, 'x', 20000);
  len += 20000;
  len += (size_t)sprintf(text + len, "'>");
  for (size_t i = 0; i < children; i++) len += (size_t)sprintf(text + len, "<p:b/>");
  (void)sprintf(text + len, "</a>");
  size_t before = memory.octets;
  sztp__xml_tree_t *tree = must_read(text);
  assert_true(sztp__span_is(tree->root->child->ns, ""));
  assert_true(memory.octets - before < 30000 + children * (sizeof(sztp__xml_node_t) + 300));
  sztp__xml_tree_free(tree);
  free(text);
}

/* Secrets are wiped when they are freed: the memory that a tree gave back holds none. SEC-08 */
static uint8_t *watched;

static void watch_release(void *user, void *p, size_t size) {
  for (size_t i = 0; i + 6 <= size; i++) assert_memory_not_equal((uint8_t *)p + i, "secret", 6);
  watched = p;
  test_memory_release(user, p, size);
}

static void test_text_is_wiped(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *c = NULL;
  sztp__xml_tree_t *tree = NULL;
  test_memory_init(&m);
  m.allocator.release = watch_release;
  assert_int_equal(sztp_ctx_new(&m.allocator, &c), SZTP_OK);
#define MOVES "secret and a long one that needs more than one block of memory, so that it moves, secret"
  static const char *const documents[] = {"<a><b>&#x20;" MOVES "</b><b>secret&amp;secret</b></a>",
                                          "<a>&amp;secret<b/></a>", "<a>&amp;secret"};
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    watched = NULL;
    int32_t rc = sztp__xml_tree_read(c, sztp__span_of(documents[i]), &tree);
    assert_int_equal(rc, i < 2 ? SZTP_OK : SZTP_ERR_XML);
    if (rc == SZTP_OK) sztp__xml_tree_free(tree);
    assert_non_null(watched);
  }
  sztp_ctx_free(c);
}

static int32_t work(sztp_ctx_t *c, void *user) {
  sztp__xml_tree_t *tree = NULL;
  int32_t rc = sztp__xml_tree_read(c, sztp__span_of((const char *)user), &tree);
  sztp__xml_tree_free(tree);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  char text[] = "<a xmlns:p='u' xmlns:q='v'><b>&amp;x</b><p:c>y&#10;z</p:c> &lt; <d/></a>";
  assert_true(test_every_allocation(work, text) >= 9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_trees, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_what_is_copied, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_bindings, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_namespaces_cost_little, set_up, tear_down),
      cmocka_unit_test(test_text_is_wiped),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
