/* SPDX-License-Identifier: Apache-2.0 */
/* What the tools write in JSON deceives neither a terminal nor a person, and loses nothing. */
#include "common/testing.h"

#include "common/escape.c"
#include "common/json.c"

#include "common/with_ctx.h"
#include "formats/json.h"

static void test_escaped(void **state) {
  (void)state;
  static const struct {
    const char *text, *shown;
  } cases[] = {
      {"", ""},
      {"{\"a\":\n\t\"b\"}", "{\"a\":\n\t\"b\"}"},                            /* its own white space */
      {"\"\302\233[31m\177\302\205\"", "\"\\u009b[31m\\u007f\\u0085\""},     /* CSI, DEL, NEL */
      {"\"\342\200\256evil\342\201\246\"", "\"\\u202eevil\\u2066\""},        /* reverses what follows */
      {"\"\342\200\213\357\273\277\302\255\"", "\"\\u200b\\ufeff\\u00ad\""}, /* not seen */
      {"\"\363\240\200\201\"", "\"\\udb40\\udc01\""},                        /* a tag, beyond U+FFFF */
      {"\"\303\251 \342\230\203 \360\237\230\200\"", "\"\303\251 \342\230\203 \360\237\230\200\""},
      {"\"\302\"", "\"\302\""}, /* no UTF-8: left to whoever wrote it */
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char *shown = escape_json(cases[i].text, strlen(cases[i].text));
    assert_string_equal(shown, cases[i].shown);
    free(shown);
  }
}

/* Every character comes back, and those that are not to be shown are not there. */
static void test_nothing_is_lost(void **state) {
  (void)state;
  for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 0x35) {
    char text[8] = "";
    if (c >= 0xd800 && c < 0xe000) continue;
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    text[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xffu & ~(0xffu >> (n + 1))) | c >> 6 * (n - 1));
    for (size_t i = 1; i < n; i++) text[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
    json_t j;
    assert_int_equal(json_start(&j), 0);
    json_text(&j, j.root, "a", text);
    char *shown = json_text_of(&j, 0);
    json_free(&j);
    assert_non_null(shown);
    sztp__span_t rest = sztp__span_of(shown);
    for (size_t step; rest.len > 1; rest = sztp__span_from(rest, step)) {
      step = sztp__utf8_step(rest);
      assert_true(step > 0);
      assert_int_equal(sztp__unprintable(rest), 0);
    }
    sztp__json_t *doc = NULL;
    assert_int_equal(sztp__json_parse(ctx, sztp__span_of(shown), &doc), SZTP_OK);
    assert_true(sztp__span_equal(sztp__json_string(sztp__json_member(sztp__json_root(doc), "a")),
                                 sztp__span_of(text)));
    sztp__json_free(doc);
    free(shown);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_escaped),
      cmocka_unit_test_setup_teardown(test_nothing_is_lost, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
