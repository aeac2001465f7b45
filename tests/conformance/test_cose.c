/* SPDX-License-Identifier: Apache-2.0 */
/* COSE and vouchers against other people's examples: the COSE working group's, gluecose's, those of the
 * constrained voucher draft, and vouchers in COSE, CMS and JWS made by others. */
#include "conformance/table.h"

#include <cjson/cJSON.h>

#include "common/with_ctx.h"
#include "cryptography/cose.h"
#include "ground/text.h"

/* ---- keys and octets ----------------------------------------------------------------------------- */

static const cJSON *member(const cJSON *object, const char *path) {
  char name[64];
  while (object != NULL && *path != '\0') {
    size_t len = strcspn(path, "/");
    assert_true(len < sizeof name);
    memcpy(name, path, len);
    name[len] = '\0';
    object = cJSON_GetObjectItemCaseSensitive(object, name);
    path += len + (path[len] == '/');
  }
  return object;
}

/* The octets of a text in hexadecimal, white space between them skipped. */
static void from_hex(const char *text, size_t len, sztp__buf_t *out) {
  unsigned octet = 0;
  unsigned digits = 0;
  sztp__buf_init(out, ctx, 1 << 16);
  for (size_t i = 0; i < len; i++) {
    const char *at = strchr("0123456789abcdef0123456789ABCDEF", text[i]);
    if (text[i] == '\0' || at == NULL) continue;
    octet = octet << 4 | (unsigned)((at - "0123456789abcdef0123456789ABCDEF") & 15);
    if (++digits % 2 == 0) assert_int_equal(sztp__buf_add_u8(out, (uint8_t)octet), 0);
  }
}

/* A coordinate of a JWK, @p len octets. */
static void add_coordinate(const cJSON *key, const char *name, size_t len, sztp__buf_t *out) {
  sztp__buf_t octets;
  sztp__buf_init(&octets, ctx, 100);
  assert_int_equal(
      sztp__base64_decode(ctx, sztp__span_of(corpus_text(key, name)), SZTP__BASE64_URL_TOO, &octets), 0);
  assert_true(octets.len <= len);
  for (size_t i = octets.len; i < len; i++) (void)sztp__buf_add_u8(out, 0);
  assert_int_equal(sztp__buf_add_span(out, sztp__buf_span(&octets)), 0);
  sztp__buf_clear(&octets);
}

/* The SubjectPublicKeyInfo of a JWK; nothing for a key that is not EC. */
static void from_jwk(const cJSON *key, sztp__buf_t *spki) {
  static const struct {
    const char *name;
    size_t octets;
    const char *head; /* up to the point's first coordinate */
    size_t head_len;
  } curves[] = {
#define CURVE(name, octets, head) {name, octets, head, sizeof(head) - 1}
      CURVE("P-256", 32,
            "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03"
            "\x42"
            "\x00\x04"),
      CURVE(
          "P-384", 48,
          "\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04"),
      CURVE("P-521", 66,
            "\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86"
            "\x00"
            "\x04"),
  };
  sztp__buf_init(spki, ctx, 200);
  const cJSON *curve = cJSON_GetObjectItemCaseSensitive(key, "crv");
  for (size_t i = 0; curve != NULL && i < TEST_COUNT_OF(curves); i++) {
    if (strcmp(curve->valuestring, curves[i].name) != 0) continue;
    (void)sztp__buf_add(spki, curves[i].head, curves[i].head_len);
    add_coordinate(key, "x", curves[i].octets, spki);
    add_coordinate(key, "y", curves[i].octets, spki);
  }
}

static int32_t verify_cose(sztp__span_t input, sztp__span_t spki) {
  static const uint8_t no_key[] = {0x30, 0x0a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x01, 0x00};
  sztp__cose_t *cose = NULL;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__cose_parse(ctx, input, &cose);
  if (rc == 0) rc = sztp__cose_verify(ctx, cose, spki.len > 0 ? spki : sztp__span(no_key, sizeof no_key));
  sztp__cose_free(ctx, cose);
  return rc;
}

/* One file of examples: where its octets and its key are. */
static void count_file(table_t *t, const char *folder, const char *name, const char *octets_path,
                       const char *key_path, int expect_valid) {
  char path[128];
  sztp__buf_t octets;
  sztp__buf_t spki;
  (void)snprintf(path, sizeof path, "%s/%s.json", folder, name);
  cJSON *root = corpus_json(path);
  assert_non_null(root);
  const cJSON *text = member(root, octets_path);
  assert_true(cJSON_IsString(text));
  from_hex(text->valuestring, strlen(text->valuestring), &octets);
  from_jwk(member(root, key_path), &spki);
  table_count(t, name, expect_valid, verify_cose(sztp__buf_span(&octets), sztp__buf_span(&spki)),
              test_detail(ctx));
  sztp__buf_clear(&octets);
  sztp__buf_clear(&spki);
  cJSON_Delete(root);
}

static int corpus_is_there(const char *name) {
  size_t len = 0;
  uint8_t *data = test_read_corpus(name, &len);
  if (data == NULL) print_message("skipped: no %s in CORPORA\n", name);
  free(data);
  return data != NULL;
}

/* ---- COSE alone ---------------------------------------------------------------------------------- */

/* COSE-01 to COSE-03 */
static void test_working_group(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"sign-pass-01", "alg is not protected (COSE-03)"},
      {"sign-pass-02", "external data, which vouchers have none of"},
      {"ecdsa-sig-04", "ES512 with a key on P-256 (COSE-03)"},
  };
  static const char *const files[] = {"sign-pass-01", "sign-pass-02", "sign-pass-03",
                                      "sign-fail-01", "sign-fail-02", "sign-fail-03",
                                      "sign-fail-04", "sign-fail-06", "sign-fail-07"};
  table_t t;
  if (!corpus_is_there("cose/sign1-tests/sign-pass-01.json")) return;
  table_begin(&t, "COSE WG, COSE_Sign1", LISTED(known));
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++)
    count_file(&t, "cose/sign1-tests", files[i], "output/cbor", "input/sign0/key",
               strstr(files[i], "pass") != NULL);
  for (int i = 1; i <= 4; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "ecdsa-sig-%02d", i);
    count_file(&t, "cose/ecdsa-examples", name, "output/cbor", "input/sign0/key", 1);
  }
  table_finish(&t);
}

/* Structures for several signers are none for one. */
static void test_other_structures(void **state) {
  (void)state;
  table_t t;
  if (!corpus_is_there("cose/ecdsa-examples/ecdsa-01.json")) return;
  table_begin(&t, "COSE WG, COSE_Sign", NULL, 0);
  for (int i = 1; i <= 9; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, i <= 4 ? "ecdsa-%02d" : "signed-%02d", i <= 4 ? i : i - 4);
    count_file(&t, i <= 4 ? "cose/ecdsa-examples" : "cose/x509-examples", name, "output/cbor",
               "input/sign0/key", 0);
  }
  table_finish(&t);
}

static void test_gluecose(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"sign1-sign-0000", "external data, which vouchers have none of"},
      {"sign1-sign-0004", "PS256, which vouchers are not signed with"},
      {"sign1-sign-0005", "PS384, likewise"},
      {"sign1-sign-0006", "PS512, likewise"},
      {"sign1-verify-0000", "external data"},
      {"sign1-verify-0004", "PS256"},
      {"sign1-verify-0005", "PS384"},
      {"sign1-verify-0006", "PS512"},
  };
  table_t t;
  if (!corpus_is_there("cose/sign1-verify-0000.json")) return;
  table_begin(&t, "gluecose", LISTED(known));
  for (int i = 0; i <= 6; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "sign1-sign-%04d", i);
    count_file(&t, "cose", name, "sign1::sign/expectedOutput/cborHex", "key", 1);
    (void)snprintf(name, sizeof name, "sign1-verify-%04d", i);
    count_file(&t, "cose", name, "sign1::verify/taggedCOSESign1/cborHex", "key", 1);
  }
  table_finish(&t);
}

/* ---- vouchers ------------------------------------------------------------------------------------ */

typedef struct voucher_case {
  sztp__span_t voucher;
  sztp__span_t nonce;
  const char *serial;
  const char *anchor; /* a file of the corpora */
  int64_t time;
} voucher_case_t;

/* Judges a voucher alone, by a device with every assertion and constrained vouchers allowed. *step is the one
 * that failed, the rest is told by @p detail. */
static int32_t judge(const voucher_case_t *c, uint32_t *step, char detail[200]) {
  sztp_device_t *dev = NULL;
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  size_t len = 0;
  uint8_t *anchor = test_read_corpus(c->anchor, &len);
  assert_non_null(anchor);
  assert_int_equal(sztp_device_new(ctx, &dev), 0);
  assert_int_equal(sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, anchor, len), 0);
  assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, c->serial), 0);
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_ASSERTIONS, 15), 0);
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  assert_int_equal(sztp_bundle_new(ctx, &b), 0);
  assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_VOUCHER, c->voucher.data, c->voucher.len), 0);
  if (c->nonce.len > 0)
    assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_NONCE, c->nonce.data, c->nonce.len), 0);
  int32_t rc = sztp_verify(dev, b, c->time, SZTP_CHANNEL_UNTRUSTED, &v);
  assert_non_null(v);
  *step = 0;
  detail[0] = '\0';
  for (uint32_t s = 1; sztp_step_name(s)[0] != '\0'; s++) {
    uint32_t state = 0;
    assert_int_equal(sztp_verdict_step(v, s, &state, NULL), 0);
    if (state != SZTP_STEP_FAILED) continue;
    *step = s;
    (void)snprintf(detail, 200, "%s: %s", sztp_step_name(s), sztp_verdict_text(v, s, SZTP_TEXT_DETAIL));
  }
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  sztp_device_free(dev);
  free(anchor);
  return rc;
}

struct cose_case {
  const char *file;
  const char *anchor; /* in vouchers-cose/cose-examples */
  uint32_t step;      /* that fails; 0: accepted */
  int32_t code;
};

/* COSE group; VOUCH-05, VOUCH-21 */
static void test_cose_vouchers(void **state) {
  (void)state;
  static const uint8_t nonce[] = {0x57, 0xee, 0xd7, 0x86, 0xad, 0x40, 0x49, 0x07};
  static const struct cose_case cases[] = {
      {"cose-examples/voucher.hex", "masa_ca", 0, 0},
      {"voucher.hex", "masa_ca", 0, 0},
      {"cose-examples/voucher.hex", "masa", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"voucher.hex", "masa", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"cose-examples/voucher.hex", "domain_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      /* voucher requests, signed by somebody whom the device trusts with vouchers */
      {"cose-examples/pvr.hex", "pledge", SZTP_STEP_VOUCHER_CONTENT, SZTP_ERR_VOUCHER_MALFORMED},
      {"pvr.hex", "masa_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"cose-examples/rvr.hex", "registrar", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"rvr.hex", "masa_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"vr_00-D0-E5-F2-00-02.vrq", "masa_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      /* payloads that nobody signed */
      {"cose-examples/voucher-nonsigned.hex", "masa_ca", SZTP_STEP_VOUCHER_FORMAT,
       SZTP_ERR_VOUCHER_MALFORMED},
      {"voucher-nonsigned.hex", "masa_ca", SZTP_STEP_VOUCHER_FORMAT, SZTP_ERR_VOUCHER_MALFORMED},
      {"pvr-nonsigned.hex", "masa_ca", SZTP_STEP_VOUCHER_FORMAT, SZTP_ERR_VOUCHER_MALFORMED},
      {"rvr-nonsigned.hex", "masa_ca", SZTP_STEP_VOUCHER_FORMAT, SZTP_ERR_VOUCHER_MALFORMED},
      /* without an algorithm, and the payload is no byte string */
      {"voucher_jada123456789_bad.vch", "masa_ca", SZTP_STEP_VOUCHER_FORMAT, SZTP_ERR_VOUCHER_MALFORMED},
      {"voucher_00-D0-E5-F2-10-03.vch", "masa_ca", SZTP_STEP_VOUCHER_FORMAT, SZTP_ERR_VOUCHER_MALFORMED},
      /* of manufacturers whom nobody here knows */
      {"voucher_jada123456789.vch", "masa_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
      {"voucher_00-D0-E5-F2-00-02.vch", "masa_ca", SZTP_STEP_VOUCHER_SIGNATURE, SZTP_ERR_VOUCHER_UNTRUSTED},
  };
  table_t t;
  if (!corpus_is_there("vouchers-cose/voucher.hex")) return;
  table_begin(&t, "vouchers in COSE", NULL, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char path[128];
    char anchor[128];
    char id[128];
    char detail[200];
    size_t len = 0;
    uint32_t step = 0;
    sztp__buf_t octets;
    voucher_case_t c;
    memset(&c, 0, sizeof c);
    (void)snprintf(path, sizeof path, "vouchers-cose/%s", cases[i].file);
    (void)snprintf(anchor, sizeof anchor, "vouchers-cose/cose-examples/%s.pem", cases[i].anchor);
    (void)snprintf(id, sizeof id, "%s by %s", cases[i].file, cases[i].anchor);
    uint8_t *file = test_read_corpus(path, &len);
    assert_non_null(file);
    int hex = strstr(path, ".hex") != NULL;
    from_hex(hex ? (const char *)file : "", hex ? len : 0, &octets);
    c.voucher = hex ? sztp__buf_span(&octets) : sztp__span(file, len);
    c.nonce = sztp__span(nonce, sizeof nonce);
    c.serial = "JADA123456789";
    c.anchor = anchor;
    c.time = 1800000000; /* 2027: when every certificate of the examples but the registrar's is valid */
    int32_t rc = judge(&c, &step, detail);
    table_count(&t, id, cases[i].step == 0, rc, detail);
    if (step != cases[i].step || rc != cases[i].code) fail_msg("%s: %s", id, detail);
    sztp__buf_clear(&octets);
    free(file);
  }
  table_finish(&t);
}

/* VOUCH group, D-58: vouchers of real services, an hour after they were made; a request is no voucher */
static void test_cms_vouchers(void **state) {
  (void)state;
  table_t t;
  const cJSON *entry = NULL;
  const cJSON *anchor = NULL;
  cJSON *root = corpus_json("vouchers-cms/index.json");
  if (root == NULL) return;
  table_begin(&t, "vouchers in CMS", NULL, 0);
  cJSON_ArrayForEach(entry, root) {
    char path[128];
    size_t len = 0;
    sztp__buf_t nonce;
    voucher_case_t c;
    memset(&c, 0, sizeof c);
    const cJSON *leaves = member(entry, "leaves");
    int is_voucher = strcmp(corpus_text(entry, "kind"), "ietf-voucher:voucher") == 0;
    (void)snprintf(path, sizeof path, "vouchers-cms/%s", corpus_text(entry, "file"));
    uint8_t *file = test_read_corpus(path, &len);
    assert_non_null(file);
    sztp__buf_init(&nonce, ctx, 64);
    assert_int_equal(
        sztp__base64_decode(ctx, sztp__span_of(corpus_text(leaves, "nonce")), SZTP__BASE64_URL_TOO, &nonce),
        0);
    assert_int_equal(sztp__time_parse(sztp__span_of(corpus_text(leaves, "created-on")), &c.time), 0);
    c.time += 3600;
    c.voucher = sztp__span(file, len);
    c.nonce = sztp__buf_span(&nonce);
    c.serial = corpus_text(leaves, "serial-number");
    cJSON_ArrayForEach(anchor, member(entry, "anchors")) {
      char anchor_path[128];
      char id[256];
      char detail[200];
      uint32_t step = 0;
      assert_true(cJSON_IsTrue(member(anchor, "openssl_verify_at_created+1h")));
      (void)snprintf(anchor_path, sizeof anchor_path, "vouchers-cms/%s", corpus_text(anchor, "file"));
      (void)snprintf(id, sizeof id, "%s by %s", corpus_text(entry, "file"), corpus_text(anchor, "file"));
      c.anchor = anchor_path;
      int32_t rc = judge(&c, &step, detail);
      table_count(&t, id, is_voucher, rc, detail);
      if (!is_voucher) {
        assert_int_equal(rc, SZTP_ERR_VOUCHER_MALFORMED);
        assert_int_equal(step, SZTP_STEP_VOUCHER_CONTENT);
      }
    }
    sztp__buf_clear(&nonce);
    free(file);
  }
  table_finish(&t);
  cJSON_Delete(root);
}

/* VOUCH-21, D-113 */
static void test_jws_vouchers(void **state) {
  (void)state;
  static const char *const files[] = {"parboiled_voucher_request_01-header.b64",
                                      "parboiled_voucher_request_01-payload.b64",
                                      "parboiled_voucher_request_01-signature.b64",
                                      "parboiled_voucher_request_01.b64",
                                      "voucher_01-header.b64",
                                      "voucher_01-payload.b64",
                                      "voucher_01-signature.b64",
                                      "voucher_01.b64",
                                      "voucher_request1.jwt",
                                      "voucher_request_01-header.b64",
                                      "voucher_request_01-payload.b64",
                                      "voucher_request_01-signature.b64",
                                      "voucher_request_01.b64"};
  table_t t;
  if (!corpus_is_there("vouchers-jws/voucher_01.b64") || !corpus_is_there("vouchers-cose/voucher.hex"))
    return;
  table_begin(&t, "vouchers in JWS", NULL, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    char path[128];
    char detail[200];
    size_t len = 0;
    uint32_t step = 0;
    voucher_case_t c;
    memset(&c, 0, sizeof c);
    (void)snprintf(path, sizeof path, "vouchers-jws/%s", files[i]);
    uint8_t *file = test_read_corpus(path, &len);
    assert_non_null(file);
    c.voucher = sztp__span(file, len);
    c.serial = "JADA123456789";
    c.anchor = "vouchers-cose/cose-examples/masa_ca.pem";
    c.time = 1800000000;
    int32_t rc = judge(&c, &step, detail);
    table_count(&t, files[i], 0, rc, detail);
    if (rc != SZTP_ERR_VOUCHER_MALFORMED || step != SZTP_STEP_VOUCHER_FORMAT)
      fail_msg("%s: %s", files[i], detail);
    free(file);
  }
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_working_group, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_other_structures, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_gluecose, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_cose_vouchers, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_cms_vouchers, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_jws_vouchers, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
