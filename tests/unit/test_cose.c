/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1: cose.c, cose_signed.c, and what libsztp-artifacts writes. The structures in $PKI/cose were made
 * by tests/make-cose and signed by openssl(1). */
#include "artifacts/signer.h"
#include "common/pki.h"
#include "common/with_ctx.h"
#include "cryptography/cose.h"
#include "formats/armor.h"
#include "formats/cbor.h"
#include "ground/text.h"

/* RFC 9052 C.2.1, and the public key "11" of C.7.1 as a SubjectPublicKeyInfo. */
static const uint8_t vector[] = {
    0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x42, 0x31, 0x31, 0x54, 'T',  'h',  'i',  's',  ' ',
    'i',  's',  ' ',  't',  'h',  'e',  ' ',  'c',  'o',  'n',  't',  'e',  'n',  't',  '.',  0x58, 0x40,
    0x8e, 0xb3, 0x3e, 0x4c, 0xa3, 0x1d, 0x1c, 0x46, 0x5a, 0xb0, 0x5a, 0xac, 0x34, 0xcc, 0x6b, 0x23, 0xd5,
    0x8f, 0xef, 0x5c, 0x08, 0x31, 0x06, 0xc4, 0xd2, 0x5a, 0x91, 0xae, 0xf0, 0xb0, 0x11, 0x7e, 0x2a, 0xf9,
    0xa2, 0x91, 0xaa, 0x32, 0xe1, 0x4a, 0xb8, 0x34, 0xdc, 0x56, 0xed, 0x2a, 0x22, 0x34, 0x44, 0x54, 0x7e,
    0x01, 0xf1, 0x1d, 0x3b, 0x09, 0x16, 0xe5, 0xa4, 0xc3, 0x45, 0xca, 0xcb, 0x36};
enum { VECTOR_PROTECTED = 3, VECTOR_UNPROTECTED = 6, VECTOR_PAYLOAD = 11, VECTOR_SIGNATURE = 34 };

static const uint8_t vector_key[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0xba, 0xc5, 0xb1, 0x1c, 0xad,
    0x8f, 0x99, 0xf9, 0xc7, 0x2b, 0x05, 0xcf, 0x4b, 0x9e, 0x26, 0xd2, 0x44, 0xdc, 0x18, 0x9f, 0x74,
    0x52, 0x28, 0x25, 0x5a, 0x21, 0x9a, 0x86, 0xd6, 0xa0, 0x9e, 0xff, 0x20, 0x13, 0x8b, 0xf8, 0x2d,
    0xc1, 0xb6, 0xd5, 0x62, 0xbe, 0x0f, 0xa5, 0x4a, 0xb7, 0x80, 0x4a, 0x3a, 0x64, 0xb6, 0xd7, 0x2c,
    0xcf, 0xed, 0x6b, 0x6f, 0xb6, 0xed, 0x28, 0xbb, 0xfc, 0x11, 0x7e};

/* Decodes and verifies with the key of the RFC. */
static int32_t judge(sztp_ctx_t *c, sztp__span_t input) {
  sztp__cose_t *cose = NULL;
  sztp__trail_clear(c);
  int32_t rc = sztp__cose_parse(c, input, &cose);
  if (rc == 0) rc = sztp__cose_verify(c, cose, sztp__span(vector_key, sizeof vector_key));
  sztp__cose_free(c, cose);
  return rc;
}

/* COSE-01, COSE-02, COSE-04: a known answer; kid is a hint, and everything else counts to the last bit */
static void test_vector(void **state) {
  (void)state;
  uint8_t changed[sizeof vector];
  sztp__cose_t *cose = NULL;
  assert_int_equal(judge(ctx, sztp__span(vector, sizeof vector)), 0);
  assert_int_equal(judge(ctx, sztp__span(vector + 1, sizeof vector - 1)), 0); /* without its tag */
  for (size_t i = 0; i < sizeof vector; i++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      memcpy(changed, vector, sizeof vector);
      changed[i] ^= (uint8_t)(1U << bit);
      int32_t rc = judge(ctx, sztp__span(changed, sizeof changed));
      if (i >= VECTOR_UNPROTECTED && i < VECTOR_PAYLOAD) continue; /* what nobody signed */
      if (rc == 0) fail_msg("octet %zu, bit %u", i, bit);
      int signed_part = (i > VECTOR_PAYLOAD && i < VECTOR_SIGNATURE - 2) || i >= VECTOR_SIGNATURE;
      if (signed_part) assert_int_equal(rc, SZTP_ERR_CMS_SIGNATURE_INVALID);
    }
  }
  assert_int_equal(sztp__cose_parse(ctx, sztp__span(vector, sizeof vector), &cose), 0);
  assert_int_equal(cose->tagged, 1);
  assert_int_equal(cose->alg, -7);
  assert_true(sztp__span_is(cose->kid, "11"));
  assert_int_equal(cose->cert_count, 0);
  assert_true(sztp__span_is(cose->payload, "This is the content."));
  assert_ptr_equal(cose->payload.data, vector + VECTOR_PAYLOAD + 1); /* borrowed, not copied */
  sztp__cose_free(ctx, cose);
}

/* Every beginning of it is refused with a reason. */
static void test_truncated(void **state) {
  (void)state;
  for (size_t n = 0; n < sizeof vector; n++)
    test_expect_fail(ctx, judge(ctx, sztp__span(vector, n)), SZTP_ERR_CBOR, "");
}

/* ---- structures made by tests/make-cose ---------------------------------------------------------- */

struct made {
  const char *name;
  const char *cert; /* whose key verifies; $PKI/NAME.pem */
  size_t certs;
  int32_t rc; /* of the verification */
  const char *detail;
};

static uint8_t *read_made(const char *name, size_t *len) {
  char file[64];
  (void)snprintf(file, sizeof file, "cose/%s.cose", name);
  return test_read_pki(file, len);
}

/* COSE-01 to COSE-04, COSE-06, COSE-09, CMS-16 */
static void test_made(void **state) {
  (void)state;
  static const struct made rows[] = {
      {"es256", "voucher-signer", 2, 0, ""},
      {"es256-untagged", "voucher-signer", 2, 0, ""},
      {"es256-nocerts", "voucher-signer", 0, 0, ""},
      {"es256-chain-protected", "voucher-signer", 2, 0, ""},
      {"es256-one", "voucher-signer", 1, 0, ""},
      {"es256-both", "voucher-signer", 2, 0, ""},
      {"es256-crit", "voucher-signer", 2, 0, ""},
      {"es256-empty", "voucher-signer", 2, 0, ""},
      {"es256-long", "voucher-signer", 2, 0, ""},
      {"es256-others", "voucher-signer", 0, 0, ""},
      {"es256-chunks", "voucher-signer", 2, 0, ""},
      {"es384", "cms/p384", 1, 0, ""},
      {"es512", "cms/p521", 1, 0, ""},
      {"es256", "mfr-int", 2, SZTP_ERR_CMS_SIGNATURE_INVALID, "does not verify"},
      {"es256", "cms/p384", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "ES256 with a key of 384 bits"},
      {"es256", "voucher-signer-rsa", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "does not fit the algorithm"},
      {"es512-p256", "voucher-signer", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "ES512 with a key of 256 bits"},
      {"es256-p384", "cms/p384", 1, SZTP_ERR_CMS_ALG_UNSUPPORTED, "ES256 with a key of 384 bits"},
      {"es256-p224", "cms/p224", 1, SZTP_ERR_CMS_ALG_WEAK, "a key of 224 bits"},
      {"es256-rsa", "voucher-signer-rsa", 1, SZTP_ERR_CMS_ALG_UNSUPPORTED, "does not fit the algorithm"},
      {"eddsa", "voucher-signer", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "EdDSA (-8), expected ES256"},
      {"ps256", "voucher-signer-rsa", 1, SZTP_ERR_CMS_ALG_UNSUPPORTED, "PS256 (-37), expected ES256"},
      {"alg-text", "voucher-signer", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "unknown (0)"},
      {"alg-unknown", "voucher-signer", 2, SZTP_ERR_CMS_ALG_UNSUPPORTED, "unknown (-65537)"},
      {"der", "voucher-signer", 2, SZTP_ERR_CMS_SIGNATURE_INVALID, "expected 64"},
      {"zeros", "voucher-signer", 2, SZTP_ERR_CMS_SIGNATURE_INVALID, "not in the form"},
      {"short", "voucher-signer", 2, SZTP_ERR_CMS_SIGNATURE_INVALID, "of 63 octets, expected 64"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    size_t len = 0;
    sztp__buf_t der;
    sztp__cert_t cert;
    sztp__cose_t *cose = NULL;
    uint8_t *data = read_made(rows[i].name, &len);
    sztp__span_t own = pki_cert(ctx, rows[i].cert, &der, &cert);
    sztp__trail_clear(ctx);
    assert_int_equal(sztp__cose_parse(ctx, sztp__span(data, len), &cose), 0);
    assert_int_equal(cose->cert_count, rows[i].certs);
    int32_t rc = sztp__cose_verify(ctx, cose, cert.spki);
    if (rows[i].rc != 0)
      test_expect_fail(ctx, rc, rows[i].rc, rows[i].detail);
    else if (rc != 0)
      fail_msg("%s: %s", rows[i].name, test_detail(ctx));
    int found = cose->cert_count == 0 || rows[i].rc != 0;
    for (size_t n = 0; n < cose->cert_count; n++)
      if (sztp__span_equal(cose->certs[n], own)) found = 1;
    assert_true(found); /* certificates are taken whole */
    sztp__cose_free(ctx, cose);
    sztp__buf_clear(&der);
    free(data);
  }
}

/* ---- structures that are refused ----------------------------------------------------------------- */

#define REST "\x54This is the content.\x41s" /* payload and a signature */

/* COSE-01, COSE-03, COSE-06; labels that stand twice (RFC 9052 3) */
static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *octets;
    size_t len;
    int32_t rc;
    const char *detail;
  } rows[] = {
#define ROW(literal, rc, detail) {literal, sizeof(literal) - 1, rc, detail}
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0" REST, 0, ""),
      ROW("\xd8\x12\x84\x43\xa1\x01\x26\xa0" REST, 0, ""),
      ROW("\xd2\x9f\x43\xa1\x01\x26\xa0" REST "\xff", 0, ""),
      ROW("\xd2\x98\x04\x43\xa1\x01\x26\xbf\xff" REST, 0, ""),
      ROW("\xd2\x84\x4a\xa2\x01\x26\x02\x82\x01\x18\x20\x18\x20\x80\xa0" REST, SZTP_ERR_CBOR, "octets after"),
      ROW("\xd2\x84\x4b\xa3\x01\x26\x02\x82\x01\x18\x20\x18\x20\x80\xa0" REST, 0, ""),
      ROW("\xd2\x84\x46\xa2\x01\x26\x38\x63\x00\xa1\x63xyz\x00" REST, 0, ""), /* labels nobody knows */
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x18\x20\x80" REST, 0, ""),            /* a bag of nothing */
      ROW("\xd1\x84\x43\xa1\x01\x26\xa0" REST, SZTP_ERR_CBOR, "tag 17, expected 18"),
      ROW("\xd9\x03\xe6\x84\x43\xa1\x01\x26\xa0" REST, SZTP_ERR_CBOR, "tag 998"),
      ROW("\xd2\xd2\x84\x43\xa1\x01\x26\xa0" REST, SZTP_ERR_CBOR, "the structure is not an array"),
      ROW("\xd2\xa2\x43\xa1\x01\x26\xa0" REST, SZTP_ERR_CBOR, ""),
      ROW("\xd2\x80", SZTP_ERR_CBOR, "fewer than four elements"),
      ROW("\xd2\x83\x43\xa1\x01\x26\xa0\x41p", SZTP_ERR_CBOR, "fewer than four elements"),
      ROW("\xd2\x9f\x43\xa1\x01\x26\xa0\x41p\xff", SZTP_ERR_CBOR, "fewer than four elements"),
      ROW("\xd2\x85\x43\xa1\x01\x26\xa0" REST "\x00", SZTP_ERR_CBOR, "more than four elements"),
      ROW("\xd2\x9f\x43\xa1\x01\x26\xa0" REST "\x00\xff", SZTP_ERR_CBOR, "more than four elements"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0" REST "\x00", SZTP_ERR_CBOR, "octets after the item"),
      ROW("\xd2\x84\xa1\x01\x26\xa0" REST, SZTP_ERR_CBOR, "the protected header is not a byte string"),
      ROW("\xd2\x84\x63\x61\x62\x63\xa0" REST, SZTP_ERR_CBOR, "the protected header is not a byte string"),
      ROW("\xd2\x84\x41\x80\xa0" REST, SZTP_ERR_CBOR, "the protected header is not a map"),
      ROW("\xd2\x84\x44\xa1\x01\x26\x00\xa0" REST, SZTP_ERR_CBOR, "octets after the item"),
      ROW("\xd2\x84\x43\xa1\x01\x26\x80" REST, SZTP_ERR_CBOR, "the unprotected header is not a map"),
      ROW("\xd2\x84\x40\xa0" REST, SZTP_ERR_CBOR, "names no algorithm"),
      ROW("\xd2\x84\x41\xa0\xa0" REST, SZTP_ERR_CBOR, "names no algorithm"),
      ROW("\xd2\x84\x40\xa1\x01\x26" REST, SZTP_ERR_CBOR,
          "names no algorithm"), /* an unprotected one is none */
      ROW("\xd2\x84\x43\xa1\x01\xf6\xa0" REST, SZTP_ERR_CBOR, "alg is neither a number nor a text"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x01\x26" REST, SZTP_ERR_CBOR, "a label appears in both headers"),
      ROW("\xd2\x84\x46\xa2\x01\x26\x61x\x00\xa1\x61x\x00" REST, SZTP_ERR_CBOR,
          "a label appears in both headers"),
      ROW("\xd2\x84\x45\xa2\x01\x26\x01\x26\xa0" REST, SZTP_ERR_CBOR, "a key appears twice"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa2\x04\x40\x04\x40" REST, SZTP_ERR_CBOR, "a key appears twice"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa2\x04\x40\x18\x04\x40" REST, SZTP_ERR_CBOR, "a key appears twice"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x41x\x00" REST, SZTP_ERR_CBOR, "neither a number nor a text"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\xc1\x01\x00" REST, SZTP_ERR_CBOR, "neither a number nor a text"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x04\x61x" REST, SZTP_ERR_CBOR, "kid is not a byte string"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x18\x20\x00" REST, SZTP_ERR_CBOR, "x5bag or x5chain is not an array"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x18\x21\x81\x60" REST, SZTP_ERR_CBOR,
          "certificate is not a byte string"),
      ROW("\xd2\x84\x46\xa2\x01\x26\x02\x81\x0a\xa0" REST, SZTP_ERR_CBOR, "that is not understood"),
      ROW("\xd2\x84\x46\xa2\x01\x26\x02\x81\x03\xa0" REST, SZTP_ERR_CBOR, "that is not understood"),
      ROW("\xd2\x84\x47\xa2\x01\x26\x02\x81\x61x\xa0" REST, SZTP_ERR_CBOR, "that is not understood"),
      ROW("\xd2\x84\x46\xa2\x01\x26\x02\x81\x20\xa0" REST, SZTP_ERR_CBOR, "that is not understood"),
      ROW("\xd2\x84\x46\xa2\x01\x26\x02\x81\x04\xa1\x04\x40" REST, SZTP_ERR_CBOR,
          "not in the protected header"),
      ROW("\xd2\x84\x45\xa2\x01\x26\x02\x80\xa0" REST, SZTP_ERR_CBOR, "crit names no label"),
      ROW("\xd2\x84\x45\xa2\x01\x26\x02\x01\xa0" REST, SZTP_ERR_CBOR, "crit is not an array"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa1\x02\x81\x01" REST, SZTP_ERR_CBOR,
          "crit is not in the protected header"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0\xf6\x41s", SZTP_ERR_CMS_DETACHED, "the payload is not in it"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0\xa0\x41s", SZTP_ERR_CBOR, "the payload is not a byte string"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0\x61p\x41s", SZTP_ERR_CBOR, "the payload is not a byte string"),
      ROW("\xd2\x84\x43\xa1\x01\x26\xa0\x41p\xf6", SZTP_ERR_CBOR, "the signature is not a byte string"),
      ROW("0", SZTP_ERR_CBOR, ""),
      ROW("", SZTP_ERR_CBOR, "the end of data"),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__cose_t *cose = NULL;
    sztp__trail_clear(ctx);
    int32_t rc = sztp__cose_parse(ctx, sztp__span(rows[i].octets, rows[i].len), &cose);
    if (rows[i].rc != 0)
      test_expect_fail(ctx, rc, rows[i].rc, rows[i].detail);
    else if (rc != 0)
      fail_msg("row %zu: %s", i, test_detail(ctx));
    assert_int_equal(cose == NULL, rc != 0);
    sztp__cose_free(ctx, cose);
  }
}

/* COSE-09, SEC-06: labels of both headers are compared with each other, so that their number has a bound. */
static void test_number_of_labels(void **state) {
  (void)state;
  static const struct {
    unsigned inside, outside;
    int32_t rc;
    const char *detail;
  } rows[] = {{63, 64, SZTP_ERR_CMS_SIGNATURE_INVALID, "does not verify"},
              {64, 0, SZTP_ERR_LIMIT, "more than 64 header parameters"},
              {0, 65, SZTP_ERR_LIMIT, "more than 64 header parameters"},
              {20000, 20000, SZTP_ERR_LIMIT, "more than 128 keys in a map"}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t header;
    sztp__buf_t text;
    sztp__buf_init(&header, ctx, 1000000);
    sztp__buf_init(&text, ctx, 1000000);
    sztp__cbor_put_map(&header, 1 + rows[i].inside);
    sztp__buf_add(&header, "\x01\x26", 2);
    for (unsigned n = 0; n < 2 * rows[i].inside; n++) sztp__cbor_put_uint(&header, n % 2 != 0 ? 0 : 1000 + n);
    sztp__cbor_put_array(&text, 4);
    sztp__cbor_put_bytes(&text, sztp__buf_span(&header));
    sztp__cbor_put_map(&text, rows[i].outside);
    for (unsigned n = 0; n < 2 * rows[i].outside; n++) sztp__cbor_put_uint(&text, n % 2 != 0 ? 0 : 50001 + n);
    sztp__cbor_put_bytes(&text, sztp__span_of("content"));
    sztp__cbor_put_bytes(&text, sztp__span(vector + VECTOR_SIGNATURE, sizeof vector - VECTOR_SIGNATURE));
    assert_int_equal(text.status, SZTP_OK);
    test_expect_fail(ctx, judge(ctx, sztp__buf_span(&text)), rows[i].rc, rows[i].detail);
    sztp__buf_clear(&header);
    sztp__buf_clear(&text);
  }
}

/* CMS-26: 32 certificates, wherever they are, and no more */
static void test_number_of_certificates(void **state) {
  (void)state;
  for (size_t n = SZTP__CMS_MAX_CERTS; n <= SZTP__CMS_MAX_CERTS + 1; n++) {
    sztp__buf_t b;
    sztp__cose_t *cose = NULL;
    sztp__buf_init(&b, ctx, 4096);
    (void)sztp__buf_add(&b,
                        "\x84\x43\xa1\x01\x26\xa2\x18\x20\x41"
                        "c\x18\x21",
                        12);
    (void)sztp__cbor_put_array(&b, n - 1);
    for (size_t i = 1; i < n; i++) (void)sztp__cbor_put_bytes(&b, sztp__span_of("c"));
    (void)sztp__buf_add(&b, "\x41p\x41s", 4);
    int32_t rc = sztp__cose_parse(ctx, sztp__buf_span(&b), &cose);
    if (n > SZTP__CMS_MAX_CERTS) {
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, "more than 32 certificates");
    } else {
      assert_int_equal(rc, 0);
      assert_int_equal(cose->cert_count, n);
    }
    sztp__cose_free(ctx, cose);
    sztp__buf_clear(&b);
  }
}

/* ---- what libsztp-artifacts writes --------------------------------------------------------------- */

/* COSE-01 to COSE-04: each curve with its algorithm. Many signatures, since numbers are of different lengths.
 */
static void test_written(void **state) {
  (void)state;
  static const struct {
    const char *signer;
    int64_t alg;
    size_t signature;
  } rows[] = {{"voucher-signer", -7, 64}, {"cms/p384", -35, 96}, {"cms/p521", -36, 132}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp_signer_t *signer = pki_signer(ctx, rows[i].signer, NULL);
    for (unsigned n = 0; n < 40; n++) {
      char payload[16];
      sztp__buf_t out;
      sztp__cose_t *cose = NULL;
      (void)snprintf(payload, sizeof payload, "payload %u", n);
      sztp__buf_init(&out, ctx, 4096);
      signer->no_certs = n % 2;
      assert_int_equal(sztp__cose_sign1_write(signer, sztp__span_of(payload), &out), 0);
      assert_int_equal(out.data[0], 0xd2);
      assert_int_equal(sztp__cose_parse(ctx, sztp__buf_span(&out), &cose), 0);
      assert_int_equal(cose->tagged, 1);
      assert_int_equal(cose->alg, rows[i].alg);
      assert_int_equal(cose->signature.len, rows[i].signature);
      assert_int_equal(cose->cert_count, 1 - n % 2);
      assert_true(sztp__span_is(cose->payload, payload));
      assert_int_equal(sztp__cose_verify(ctx, cose, signer->cert.spki), 0);
      sztp__cose_free(ctx, cose);
      sztp__buf_clear(&out);
    }
    sztp_signer_free(signer);
  }
}

static void test_not_written(void **state) {
  (void)state;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 4096);
  sztp_signer_t *rsa = pki_signer(ctx, "voucher-signer-rsa", NULL);
  test_expect_fail(ctx, sztp__cose_sign1_write(rsa, sztp__span_of("p"), &out), SZTP_ERR_CMS_ALG_UNSUPPORTED,
                   "not an EC key");
  sztp_signer_free(rsa);
  sztp_signer_t *ec = pki_signer(ctx, "voucher-signer", NULL);
  assert_int_equal(sztp_signer_set_i64(ec, SZTP_SIGNER_HASH, 384), 0);
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__cose_sign1_write(ec, sztp__span_of("p"), &out), SZTP_ERR_CMS_ALG_UNSUPPORTED,
                   "ES256 goes with the signer's key");
  assert_int_equal(out.len, 0);
  sztp_signer_free(ec);
  sztp__buf_clear(&out);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static int32_t verify_work(sztp_ctx_t *c, void *user) {
  const sztp__span_t *input = (const sztp__span_t *)user;
  return judge(c, *input);
}

static int32_t write_work(sztp_ctx_t *c, void *user) {
  sztp__buf_t out;
  sztp_signer_t *signer = (sztp_signer_t *)user;
  signer->ctx = c;
  sztp__buf_init(&out, c, 4096);
  int32_t rc = sztp__cose_sign1_write(signer, sztp__span_of("payload"), &out);
  sztp__buf_clear(&out);
  return rc;
}

/* SEC-05 */
static void test_memory_failure(void **state) {
  (void)state;
  /* the RFC's vector once more, with its protected header in chunks */
  uint8_t chunks[sizeof vector + 4] = {0xd2, 0x84, 0x5f, 0x42, 0xa1, 0x01, 0x41, 0x26, 0xff};
  sztp__span_t plain = sztp__span(vector, sizeof vector);
  sztp__span_t chunked = sztp__span(chunks, sizeof vector + 3);
  memcpy(chunks + 9, vector + VECTOR_UNPROTECTED, sizeof vector - VECTOR_UNPROTECTED);
  assert_true(test_every_allocation(verify_work, &plain) >= 5);
  assert_true(test_every_allocation(verify_work, &chunked) >= 7);
  sztp_signer_t *signer = pki_signer(ctx, "voucher-signer", NULL);
  sztp_signer_t copy = *signer;
  assert_true(test_every_allocation(write_work, &copy) >= 4);
  sztp_signer_free(signer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_vector, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_truncated, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_made, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_number_of_labels, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_number_of_certificates, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_written, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_not_written, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_memory_failure, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
