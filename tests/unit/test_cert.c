/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and names: fields, comparison, what must not be decoded; BoringSSL's test files are the
 * oracle. */
#include "common/testing.h"

#include "common/pki.h"
#include "cryptography/cert.h"
#include "ground/text.h"

static sztp__span_t from_hex(sztp_ctx_t *ctx, const char *hex, uint8_t *out, size_t cap) {
  size_t len = 0;
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(hex), out, cap, &len), 0);
  return sztp__span(out, len);
}

static int inside(sztp__span_t part, sztp__span_t whole) {
  return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

/* ---- fields -------------------------------------------------------------------------------------- */

/* IDEV-07, IDEV-08, PKIX-04, PKIX-06, PKIX-08 */
static void test_fields(void **state) {
  (void)state;
  char text[64];
  char time[24];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__buf_t root_der;
  sztp__cert_t cert;
  sztp__cert_t root;
  pki_cert(ctx, "idevid", &der, &cert);
  pki_cert(ctx, "idevid-root", &root_der, &root);
  assert_int_equal(cert.version, 3);
  assert_string_equal(sztp__time_format(time, cert.not_before), "2020-01-01T00:00:00Z");
  assert_string_equal(sztp__time_format(time, cert.not_after), "9999-12-31T23:59:59Z");
  assert_string_equal(sztp__name_text(text, sizeof text, cert.issuer),
                      "C=US, O=Example Manufacturer, CN=IDevID Root");
  assert_int_equal(cert.key.type, SZTP__KEY_EC);
  assert_int_equal(cert.key.curve, SZTP__CURVE_P256);
  assert_int_equal(cert.sigalg.scheme, SZTP__SIG_ECDSA);
  assert_int_equal(cert.key_usage, SZTP__KU_DIGITAL_SIGNATURE);
  assert_int_equal(cert.has_basic_constraints, 1);
  assert_int_equal(cert.is_ca, 0);
  assert_int_equal(cert.path_len, -1);
  assert_int_equal(cert.unknown_critical.len, 0);
  assert_int_equal(cert.subject_key_id.len, 20);
  assert_true(sztp__span_equal(cert.authority_key_id_octets, root.subject_key_id));
  assert_int_equal(cert.authority_key_id.len, 24); /* SEQUENCE { [0] 20 octets } */
  assert_int_equal(cert.authority_key_id.data[0], SZTP__DER_SEQUENCE);
  assert_int_equal(cert.self_issued, 0);
  assert_int_equal(root.self_issued, 1);
  assert_int_equal(root.is_ca, 1);
  assert_int_equal(root.key_usage, SZTP__KU_KEY_CERT_SIGN | SZTP__KU_CRL_SIGN);
  assert_int_equal(sztp__cert_verify(ctx, &cert, root.spki, 0), 0);
  assert_int_equal(sztp__cert_verify(ctx, &cert, cert.spki, 0), SZTP_ERR_CMS_SIGNATURE_INVALID);
  assert_true(inside(cert.tbs, cert.der) && inside(cert.spki, cert.tbs) && inside(cert.serial, cert.tbs));
  sztp__buf_clear(&der);
  sztp__buf_clear(&root_der);
  pki_cert(ctx, "owner-int", &der, &cert);
  assert_int_equal(cert.path_len, 0);
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

static int has_key_id(sztp_ctx_t *ctx, const sztp__cert_t *cert, sztp__span_t id) {
  int has = -1;
  assert_int_equal(sztp__cert_has_key_id(ctx, cert, id, &has), SZTP_OK);
  return has;
}

/* ENC-04, D-87: by the extension, or by the SHA-1 of the key where there is none. */
static void test_key_id(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__cert_t cert;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  pki_cert(ctx, "owner", &der, &cert);
  assert_int_equal(sztp__hash_once(ctx, SZTP__HASH_SHA1, cert.key.bits_value, digest, &len), 0);
  assert_int_equal(has_key_id(ctx, &cert, cert.subject_key_id), 1);
  assert_int_equal(has_key_id(ctx, &cert, sztp__span(NULL, 0)), 0);
  cert.subject_key_id = sztp__span(NULL, 0);
  assert_int_equal(has_key_id(ctx, &cert, sztp__span(digest, len)), 1);
  assert_int_equal(has_key_id(ctx, &cert, sztp__span(digest, len - 1)), 0);
  digest[0] ^= 1;
  assert_int_equal(has_key_id(ctx, &cert, sztp__span(digest, len)), 0);
  assert_int_equal(has_key_id(ctx, &cert, sztp__span(NULL, 0)), 0);
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

/* ---- attributes and text of names ---------------------------------------------------------------- */

#define SERIAL_NUMBER "0603550405"
#define COMMON_NAME   "0603550403"

static const struct {
  const char *name, *hex, *text;
  size_t count;
  const char *serial; /* NULL: broken */
} attribute_cases[] = {
    {"Printable", "3010310e300c" SERIAL_NUMBER "130541422d3137", "serialNumber=AB-17", 1, "AB-17"},
    {"UTF8", "300f310d300b" SERIAL_NUMBER "0c044142c3a9", "serialNumber=AB\xc3\xa9", 1, "AB\xc3\xa9"},
    {"BMP", "300f310d300b" SERIAL_NUMBER "1e04004100e9", "serialNumber=A\xc3\xa9", 1, "A\xc3\xa9"},
    {"T61", "300d310b3009" SERIAL_NUMBER "140241e9", "serialNumber=A\xc3\xa9", 1, "A\xc3\xa9"},
    {"Universal", "300f310d300b" SERIAL_NUMBER "1c040001f600", "serialNumber=\xf0\x9f\x98\x80", 1,
     "\xf0\x9f\x98\x80"},
    {"IA5", "300d310b3009" SERIAL_NUMBER "16024142", "serialNumber=AB", 1, "AB"},
    {"two", "301a310b3009" SERIAL_NUMBER "13024142310b3009" SERIAL_NUMBER "13024344",
     "serialNumber=AB, serialNumber=CD", 2, "AB"},
    {"none", "300d310b3009" COMMON_NAME "13024142", "CN=AB", 0, ""},
    {"empty name", "3000", "", 0, ""},
    {"empty value",
     "300b310930070603550405"
     "1300",
     "serialNumber=", 1, ""},
    {"controls", "300f310d300b" SERIAL_NUMBER "0c04410a1b7f", "serialNumber=A???", 1, "A\n\x1b\x7f"},
    {"half a surrogate", "300f310d300b" SERIAL_NUMBER "1e040041d800", "serialNumber=A?", 1, NULL},
    {"odd BMP", "300e310c300a" SERIAL_NUMBER "1e03004100", "serialNumber=A?", 1, NULL},
    {"bad UTF-8", "300d310b3009" SERIAL_NUMBER "0c0241ff", "serialNumber=A?", 1, NULL},
    {"no string", "300d310b3009" SERIAL_NUMBER "04024142", "serialNumber=?", 1, NULL},
    {"unknown type",
     "300c310a300806032a0304"
     "0c0141",
     "1.2.3.4=A", 0, ""},
};

/* IDEV-01, IDEV-04 */
static void test_attributes(void **state) {
  (void)state;
  static const uint8_t serial_oid[] = {0x55, 0x04, 0x05};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(attribute_cases); i++) {
    uint8_t data[64];
    char text[64];
    uint8_t *out = NULL;
    size_t len = 0;
    size_t count = 99;
    sztp__span_t name = from_hex(ctx, attribute_cases[i].hex, data, sizeof data);
    sztp__trail_clear(ctx);
    if (sztp__name_check(ctx, name) != 0) fail_msg("%s: %s", attribute_cases[i].name, test_detail(ctx));
    assert_string_equal(sztp__name_text(text, sizeof text, name), attribute_cases[i].text);
    int32_t rc =
        sztp__name_attribute(ctx, name, sztp__span(serial_oid, sizeof serial_oid), &count, &out, &len);
    if (attribute_cases[i].serial == NULL) {
      assert_int_equal(rc, SZTP_ERR_DER);
      assert_null(out);
      continue;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(count, attribute_cases[i].count);
    if (count == 0) {
      assert_null(out);
      continue;
    }
    assert_int_equal(len, strlen(attribute_cases[i].serial));
    assert_memory_equal(out, attribute_cases[i].serial, len);
    sztp__free(ctx, out);
  }
  test_ctx_free(&m, ctx);
}

/* SEC-11: a name that is too long ends in dots, at a character's end, inside the room there is. */
static void test_text_cut(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__cert_t cert;
  pki_cert(ctx, "idevid", &der, &cert);
  char whole[128];
  sztp__name_text(whole, sizeof whole, cert.subject);
  for (size_t cap = 8; cap < sizeof whole; cap++) {
    char *text = (char *)malloc(cap);
    assert_non_null(text);
    sztp__name_text(text, cap, cert.subject);
    assert_true(strlen(text) < cap);
    if (strcmp(text, whole) != 0) {
      assert_string_equal(text + strlen(text) - 3, "...");
      assert_memory_equal(text, whole, strlen(text) - 3);
    }
    free(text);
  }
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

static int32_t attribute_work(sztp_ctx_t *ctx, void *user) {
  const sztp__span_t *name = (const sztp__span_t *)user;
  static const uint8_t serial_oid[] = {0x55, 0x04, 0x05};
  uint8_t *out = NULL;
  size_t len = 0;
  size_t count = 0;
  int32_t rc =
      sztp__name_attribute(ctx, *name, sztp__span(serial_oid, sizeof serial_oid), &count, &out, &len);
  sztp__free(ctx, out);
  return rc;
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t data[64];
  sztp__span_t name = from_hex(ctx, attribute_cases[0].hex, data, sizeof data);
  assert_true(test_every_allocation(attribute_work, &name) > 0);
  test_ctx_free(&m, ctx);
}

/* ---- comparing names ----------------------------------------------------------------------------- */

/* PKIX-05: D-95 */
static void test_compare(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    int equal;
  } cases[] = {
      {"300d310b3009" COMMON_NAME "13024142", "300d310b3009" COMMON_NAME "13024142", 1},
      {"300d310b3009" COMMON_NAME "13024142", "300d310b3009" COMMON_NAME "0c026142", 1},
      {"300d310b3009" COMMON_NAME "13024142", "300d310b3009" COMMON_NAME "16024142", 1},
      {"300d310b3009" COMMON_NAME "16024142", "300d310b3009" COMMON_NAME "16026142", 1},
      {"300d310b3009" COMMON_NAME "13024142", "300d310b3009" SERIAL_NUMBER "13024142", 0},
      {"3010310e300c" COMMON_NAME "13052041202042", "300e310c300a" COMMON_NAME "1303612062", 1},
      {"300e310c300a" COMMON_NAME "1303412042", "300d310b3009" COMMON_NAME "13024142", 0},
      {"300d310b3009" COMMON_NAME "13024142", "300e310c300a" COMMON_NAME "1303414220", 1},
      {"300e310c300a" COMMON_NAME "0c03410042", "300e310c300a" COMMON_NAME "0c03610042", 0},
      {"3000", "300d310b3009" COMMON_NAME "13024142", 0},
      {"3000", "3000", 1},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t a[64];
    uint8_t b[64];
    sztp__span_t first = from_hex(ctx, cases[i].a, a, sizeof a);
    sztp__span_t second = from_hex(ctx, cases[i].b, b, sizeof b);
    assert_int_equal(sztp__name_check(ctx, first), 0);
    assert_int_equal(sztp__name_check(ctx, second), 0);
    if (sztp__name_equal(ctx, first, second) != cases[i].equal ||
        sztp__name_equal(ctx, second, first) != cases[i].equal) {
      fail_msg("%s and %s: expected %d", cases[i].a, cases[i].b, cases[i].equal);
    }
  }
  test_ctx_free(&m, ctx);
}

/* ---- what must not be decoded -------------------------------------------------------------------- */

/* PKIX-03: the two algorithm fields have to agree. */
static void test_two_algorithms(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__cert_t cert;
  pki_cert(ctx, "owner", &der, &cert);
  size_t at = (size_t)(cert.sigalg.oid.data - der.data) + cert.sigalg.oid.len - 1;
  assert_int_equal(der.data[at], 0x02); /* ecdsa-with-SHA256 */
  der.data[at] = 0x03;
  test_expect_fail(ctx, sztp__cert_parse(ctx, sztp__buf_span(&der), &cert), SZTP_ERR_DER,
                   "two different signature algorithms");
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

/* SEC-01: cut anywhere it is refused; with any octet changed it is refused, or its signature is. */
static void test_every_octet(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__buf_t root_der;
  sztp__cert_t cert;
  sztp__cert_t root;
  pki_cert(ctx, "server", &der, &cert);
  pki_cert(ctx, "server-root", &root_der, &root);
  for (size_t cut = 0; cut < der.len; cut++) {
    uint8_t *copy = (uint8_t *)malloc(cut + 1);
    assert_non_null(copy);
    memcpy(copy, der.data, cut);
    assert_int_equal(sztp__cert_parse(ctx, sztp__span(copy, cut), &cert), SZTP_ERR_DER);
    sztp__trail_clear(ctx);
    free(copy);
  }
  for (size_t i = 0; i < der.len; i++) {
    der.data[i] ^= 0x01;
    int32_t rc = sztp__cert_parse(ctx, sztp__buf_span(&der), &cert);
    if (rc == 0) {
      assert_true(sztp__cert_verify(ctx, &cert, root.spki, 0) < 0);
    } else {
      assert_int_equal(rc, SZTP_ERR_DER);
    }
    sztp__trail_clear(ctx);
    der.data[i] ^= 0x01;
  }
  assert_int_equal(sztp__cert_parse(ctx, sztp__buf_span(&der), &cert), 0);
  assert_int_equal(sztp__cert_verify(ctx, &cert, root.spki, 0), 0);
  sztp__buf_clear(&der);
  sztp__buf_clear(&root_der);
  test_ctx_free(&m, ctx);
}

/* PKIX-02: a version that does not exist, up to the largest number that is read */
static void test_version(void **state) {
  static const struct {
    const char *hex, *detail;
  } rows[] = {{"300c300aa00602047fffffff0500", "version field 2147483647, expected 1 or 2"},
              {"30093007a0030201030500", "version field 3, expected 1 or 2"},
              {"30093007a0030201000500", "version field 0, expected 1 or 2"}};
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t data[32];
    sztp__cert_t cert;
    sztp__trail_clear(ctx);
    test_expect_fail(ctx, sztp__cert_parse(ctx, from_hex(ctx, rows[i].hex, data, sizeof data), &cert),
                     SZTP_ERR_DER, rows[i].detail);
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fields),      cmocka_unit_test(test_key_id),
      cmocka_unit_test(test_attributes),  cmocka_unit_test(test_text_cut),
      cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_compare),
      cmocka_unit_test(test_version),     cmocka_unit_test(test_two_algorithms),
      cmocka_unit_test(test_every_octet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
