/* SPDX-License-Identifier: Apache-2.0 */
/* "TSS2 PRIVATE KEY" files: what is read, in every form that writers give them, and what is refused with
 * which words. No TPM is needed. */
#include "common/with_ctx.h"
#include "formats/der.h"
#include "ground/text.h"
#include "tpm2/keyfile.h"

static const uint8_t loadable[] = {0x67, 0x81, 0x05, 0x0a, 0x01, 0x03};
static const uint8_t areas[2][7] = {{0, 5, 'p', 'u', 'b', 'l', 'i'}, {0, 5, 'p', 'r', 'i', 'v', 'a'}};

/* A file that is right but for what a row changes. */
typedef struct row {
  const char *oid;         /* NULL: loadable */
  const char *flags;       /* what stands between type and parent, DER in hex; NULL: nothing */
  const char *parent;      /* contents octets in hex; NULL: 0x81000001 with the zero in front */
  const char *public_area; /* in hex; NULL: a right one */
  const char *behind;      /* in hex; NULL: nothing */
  uint32_t means;          /* the parent */
  int32_t rc;
  const char *detail;
} row_t;

static sztp__span_t from_hex(const char *hex, uint8_t *room) {
  size_t len = 0;
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(hex), room, 64, &len), SZTP_OK);
  return sztp__span(room, len);
}

static void write_file(const row_t *r, sztp__buf_t *out) {
  uint8_t room[64];
  size_t mark;
  sztp__buf_init(out, ctx, 4096);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, r->oid != NULL ? from_hex(r->oid, room) : sztp__span(loadable, sizeof loadable));
  if (r->flags != NULL) sztp__buf_add_span(out, from_hex(r->flags, room));
  sztp__der_put(out, SZTP__DER_INTEGER, from_hex(r->parent != NULL ? r->parent : "0081000001", room));
  sztp__der_put(out, SZTP__DER_OCTET_STRING,
                r->public_area != NULL ? from_hex(r->public_area, room) : sztp__span(areas[0], 7));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(areas[1], 7));
  if (r->behind != NULL) sztp__buf_add_span(out, from_hex(r->behind, room));
  assert_int_equal(sztp__der_close(out, mark), SZTP_OK);
}

/* TPM-07: the parent with or without its leading zero; flags in BER's forms; a description */
static void reads_what_writers_write(void **state) {
  (void)state;
  static const struct {
    row_t row;
    int empty_auth, rsa_parent;
  } rows[] = {{{.means = 0x81000001}, 0, 0},
              {{.parent = "81000001", .means = 0x81000001}, 0, 0},
              {{.parent = "40000001", .means = SZTP__TPM_OWNER}, 0, 0},
              {{.parent = "4000000b", .means = SZTP__TPM_ENDORSEMENT}, 0, 0},
              {{.parent = "40000007", .means = SZTP__TPM_NULL}, 0, 0},
              {{.parent = "00", .means = SZTP__TPM_OWNER}, 0, 0},
              {{.parent = "0081ffffff", .means = 0x81ffffff}, 0, 0},
              {{.flags = "a0030101ff", .means = 0x81000001}, 1, 0},
              {{.flags = "a003010101", .means = 0x81000001}, 1, 0},
              {{.flags = "a003010100", .means = 0x81000001}, 0, 0},
              {{.flags = "a0030101ffa4040c026869a5030101ff", .means = 0x81000001}, 1, 1},
              {{.flags = "a5030101ff", .means = 0x81000001}, 0, 1}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__keyfile_t key;
    sztp__buf_t der;
    write_file(&rows[i].row, &der);
    assert_int_equal(sztp__keyfile_parse(ctx, sztp__buf_span(&der), &key), SZTP_OK);
    assert_int_equal(key.parent, rows[i].row.means);
    assert_int_equal(key.empty_auth, rows[i].empty_auth);
    assert_int_equal(key.rsa_parent, rows[i].rsa_parent);
    assert_true(sztp__span_equal(key.public_, sztp__span(areas[0], 7)));
    assert_true(sztp__span_equal(key.private_, sztp__span(areas[1], 7)));
    for (size_t cut = 0; cut < der.len; cut++) /* every way to end too early */
      assert_true(sztp__keyfile_parse(ctx, sztp__span(der.data, cut), &key) < 0);
    sztp__buf_clear(&der);
  }
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const row_t rows[] = {
      {.oid = "6781050a0104",
       .rc = SZTP_ERR_UNSUPPORTED,
       .detail = "type 2.23.133.10.1.4, not a loadable one"},
      {.oid = "6781050a0105", .rc = SZTP_ERR_UNSUPPORTED, .detail = "type 2.23.133.10.1.5"},
      {.flags = "a1023000", .rc = SZTP_ERR_UNSUPPORTED, .detail = "the key has a policy"},
      {.flags = "a2020400", .rc = SZTP_ERR_UNSUPPORTED, .detail = "a secret of an importable key"},
      {.flags = "a3023000", .rc = SZTP_ERR_UNSUPPORTED, .detail = "an authorization policy"},
      {.flags = "a0030101ffa1023000", .rc = SZTP_ERR_UNSUPPORTED, .detail = "the key has a policy"},
      {.flags = "a0040102ffff", .rc = SZTP_ERR_DER, .detail = "a BOOLEAN of 2 octets"},
      {.flags = "a0060101ff0101ff", .rc = SZTP_ERR_DER, .detail = ""},
      {.flags = "a6020500", .rc = SZTP_ERR_DER, .detail = ""},
      {.parent = "80000000", .rc = SZTP_ERR_UNSUPPORTED, .detail = "0x80000000, neither a hierarchy nor a"},
      {.parent = "4000000c", .rc = SZTP_ERR_UNSUPPORTED, .detail = "the parent is 0x4000000c"}, /* platform */
      {.parent = "0182000000", .rc = SZTP_ERR_DER, .detail = "an INTEGER of 5 octets, not a handle"},
      {.parent = "000081000001", .rc = SZTP_ERR_DER, .detail = "an INTEGER of 6 octets"},
      {.parent = "", .rc = SZTP_ERR_DER, .detail = "an INTEGER of 0 octets"},
      {.public_area = "000470756231", .rc = SZTP_OK},
      {.public_area = "000570756231",
       .rc = SZTP_ERR_DER,
       .detail = "the public area has not the size that it says"},
      {.public_area = "000370756231", .rc = SZTP_ERR_DER, .detail = "the public area has not the size"},
      {.public_area = "0000", .rc = SZTP_ERR_DER, .detail = "the public area has not the size"},
      {.behind = "0500", .rc = SZTP_ERR_DER, .detail = ""}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__keyfile_t key;
    sztp__buf_t der;
    write_file(&rows[i], &der);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__keyfile_parse(ctx, sztp__buf_span(&der), &key);
    if (rows[i].rc == SZTP_OK)
      assert_int_equal(rc, SZTP_OK);
    else
      test_expect_fail(ctx, rc, rows[i].rc, rows[i].detail);
    sztp__buf_clear(&der);
  }
}

/* PEM with that label, or DER; nothing else */
static void finds_the_key(void **state) {
  (void)state;
  sztp__buf_t der, text, found;
  row_t row = {0};
  write_file(&row, &der);
  sztp__buf_init(&text, ctx, 4096);
  sztp__buf_init(&found, ctx, 4096);
  sztp__buf_add_text(&text, "comment\n-----BEGIN TSS2 PRIVATE KEY-----\n");
  sztp__base64_encode(&text, sztp__buf_span(&der));
  assert_int_equal(sztp__buf_add_text(&text, "\n-----END TSS2 PRIVATE KEY-----\n"), SZTP_OK);
  assert_int_equal(sztp__keyfile_find(ctx, sztp__buf_span(&text), &found), SZTP_OK);
  assert_true(sztp__span_equal(sztp__buf_span(&found), sztp__buf_span(&der)));
  sztp__buf_clear(&found);
  assert_int_equal(sztp__keyfile_find(ctx, sztp__buf_span(&der), &found), SZTP_OK);
  assert_true(sztp__span_equal(sztp__buf_span(&found), sztp__buf_span(&der)));
  sztp__buf_clear(&found);
  static const char other[] = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
  test_expect_fail(ctx, sztp__keyfile_find(ctx, sztp__span_of(other), &found), SZTP_ERR_TEXT,
                   "no PEM block \"TSS2 PRIVATE KEY\", but \"PRIVATE KEY\"");
  sztp__buf_clear(&der);
  sztp__buf_clear(&text);
  sztp__buf_clear(&found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reads_what_writers_write, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_the_rest, set_up, tear_down),
      cmocka_unit_test_setup_teardown(finds_the_key, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
