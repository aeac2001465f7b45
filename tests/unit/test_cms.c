/* SPDX-License-Identifier: Apache-2.0 */
/* CMS: what openssl(1) signs, what nobody should sign, and what is no CMS at all. */
#include "common/testing.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

#include "common/engine.h"
#include "common/pki.h"
#include "cryptography/cms.h"
#include "formats/armor.h"
#include "ground/text.h"

#define DER(...)    sztp__span((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define PKCS9(n)    DER(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, n)
#define SHA256_ID   DER(0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01)
#define SHA512_ID   DER(0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03)
#define ECDSA_ID    DER(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
#define ECDSA512_ID DER(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04)
#define UNKNOWN_ID  DER(0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04)

static uint8_t *read_artifact(const char *name, size_t *len) {
  char path[64];
  (void)snprintf(path, sizeof path, "cms/%s.cms", name);
  return test_read_pki(path, len);
}

/* Everything about the signature of signer 0 with the certificate @p cert. */
static int32_t verify(sztp_ctx_t *ctx, sztp__span_t der, const sztp__cert_t *cert, int allow_sha1,
                      int attrs_always) {
  sztp__cms_t *cms = NULL;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__cms_parse(ctx, der, &cms);
  int named = 0;
  if (rc != 0) return rc;
  if (cms->type != SZTP__CMS_SIGNED || cms->signer_count == 0) {
    rc = SZTP_ERR_CMS_SIGNER_UNKNOWN;
  } else if (sztp__cms_signer_is(ctx, &cms->signers[0], cert, &named) != 0 || !named) {
    rc = SZTP_ERR_CMS_SIGNER_UNKNOWN;
  } else {
    rc = sztp__cms_verify(ctx, cms, 0, cert, allow_sha1, attrs_always);
  }
  sztp__cms_free(ctx, cms);
  return rc;
}

/* ---- openssl's ----------------------------------------------------------------------------------- */

enum { SHA1 = 1, ATTRS = 2 };

/* Of a salt that is not as long as the digest. */
#define ANY_SALT (ENGINE_ANY_PSS_SALT ? SZTP_OK : SZTP_ERR_CMS_ALG_UNSUPPORTED)

/* CMS-02 to CMS-07, CMS-10, CMS-11, CMS-14, CMS-16; "stream" is BER with its content in pieces */
static void test_openssl(void **state) {
  (void)state;
  static const struct {
    const char *name, *signer;
    unsigned flags;
    int32_t code;
    const char *detail;
    uint32_t etype;
    size_t certs, signers;
    unsigned operations;
  } cases[] = {
      {"ec-data", "owner", 0, 0, "", SZTP__CMS_DATA, 1, 1, 1},
      {"ec-json", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"ec-xml", "owner", 0, 0, "", SZTP__CMS_CONVEYED_XML, 1, 1, 1},
      {"ec-voucher", "voucher-signer", 0, 0, "", SZTP__CMS_VOUCHER_JSON, 2, 1, 1},
      {"ec-keyid", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"ec-nocerts", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 0, 1, 1},
      {"ec-noattr", "owner", 0, 0, "", SZTP__CMS_DATA, 1, 1, 1},
      {"ec-nosmimecap", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"ec-sha384", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"ec-sha512", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"ec-chain", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 2, 1, 1},
      {"p384", "cms/p384", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"p521", "cms/p521", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"rsa", "owner-rsa", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"rsa-noattr", "owner-rsa", 0, 0, "", SZTP__CMS_DATA, 1, 1, 1},
      {"rsa-sha512", "owner-rsa", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"pss-digest", "owner-rsa", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"pss", "owner-rsa", 0, ANY_SALT, "a salt as long as the digest", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"pss-sha384", "owner-rsa", 0, ANY_SALT, "a salt as long as the digest", SZTP__CMS_CONVEYED_JSON, 1, 1,
       1},
      {"pss-noattr", "owner-rsa", 0, ANY_SALT, "a salt as long as the digest", SZTP__CMS_DATA, 1, 1, 1},
      {"stream", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"two-signers", "owner", 0, 0, "", SZTP__CMS_CONVEYED_JSON, 2, 2, 1},
      {"sha1", "owner", SHA1, 0, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 1},
      {"sha1", "owner", 0, SZTP_ERR_CMS_ALG_WEAK, "ecdsa-with-SHA1", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"sha224", "owner", SHA1, SZTP_ERR_CMS_ALG_WEAK, "SHA224", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"md5", "owner-rsa", SHA1, SZTP_ERR_CMS_ALG_WEAK, "with md5", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"p224", "cms/p224", 0, SZTP_ERR_CMS_ALG_WEAK, "224 bits", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"rsa1024", "cms/rsa1024", 0, SZTP_ERR_CMS_ALG_WEAK, "1024 bits", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"ec-noattr", "owner", ATTRS, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "no signed attributes", SZTP__CMS_DATA,
       1, 1, 0},
      {"ec-json-noattr", "owner", 0, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "no signed attributes",
       SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"content31", "owner", 0, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "signed elsewhere", SZTP__CMS_DATA, 1, 1,
       0},
      {"detached", "owner", 0, SZTP_ERR_CMS_DETACHED, "no content", SZTP__CMS_DATA, 1, 1, 0},
      {"ec-json", "owner-rsa", 0, SZTP_ERR_CMS_SIGNER_UNKNOWN, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
      {"ec-keyid", "voucher-signer", 0, SZTP_ERR_CMS_SIGNER_UNKNOWN, "", SZTP__CMS_CONVEYED_JSON, 1, 1, 0},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  size_t content_len = 0;
  uint8_t *content = test_read_pki("cms/content", &content_len);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t der;
    sztp__cert_t cert;
    size_t len = 0;
    sztp__cms_t *cms = NULL;
    uint8_t *data = read_artifact(cases[i].name, &len);
    uint64_t before = test_operations(ctx);
    pki_cert(ctx, cases[i].signer, &der, &cert);
    assert_int_equal(sztp__cms_parse(ctx, sztp__span(data, len), &cms), 0);
    assert_int_equal(cms->type, SZTP__CMS_SIGNED);
    assert_int_equal(cms->etype, cases[i].etype);
    assert_int_equal(cms->cert_count, cases[i].certs);
    assert_int_equal(cms->signer_count, cases[i].signers);
    if (cases[i].code == 0) {
      assert_true(cms->has_econtent);
      assert_true(sztp__span_equal(cms->econtent, sztp__span(content, content_len)));
    }
    sztp__cms_free(ctx, cms);
    int32_t rc = verify(ctx, sztp__span(data, len), &cert, (cases[i].flags & SHA1) != 0,
                        (cases[i].flags & ATTRS) != 0);
    unsigned done = (unsigned)(test_operations(ctx) - before);
    if (rc != cases[i].code || done != cases[i].operations ||
        (rc != 0 && strstr(test_detail(ctx), cases[i].detail) == NULL)) {
      fail_msg("%s by %s: %s \"%s\", %u operations", cases[i].name, cases[i].signer, sztp_error_name(rc),
               test_detail(ctx), done);
    }
    sztp__buf_clear(&der);
    free(data);
  }
  free(content);
  test_ctx_free(&m, ctx);
}

/* CMS-23, CONV-04: other types, a degenerate bag. */
static void test_other_types(void **state) {
  (void)state;
  char text[64];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__cms_t *cms = NULL;
  size_t len = 0;
  uint8_t *data = read_artifact("bag", &len);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(data, len), &cms), 0);
  assert_int_equal(cms->type, SZTP__CMS_SIGNED);
  assert_int_equal(cms->etype, SZTP__CMS_DATA);
  assert_int_equal(cms->has_econtent, 0);
  assert_int_equal(cms->cert_count, 2);
  assert_int_equal(cms->signer_count, 0);
  sztp__cms_free(ctx, cms);
  free(data);
  data = read_artifact("data", &len);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(data, len), &cms), 0);
  assert_int_equal(cms->type, SZTP__CMS_DATA);
  assert_true(cms->content.len > 0 && cms->content.data[0] == '{');
  assert_string_equal(sztp__cms_type_text(text, sizeof text, cms->type, cms->type_oid), "id-data");
  sztp__cms_free(ctx, cms);
  free(data);
  data = read_artifact("enveloped", &len);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(data, len), &cms), 0);
  assert_int_equal(cms->type, SZTP__CMS_ENVELOPED);
  sztp__cms_free(ctx, cms);
  free(data);
  test_ctx_free(&m, ctx);
}

/* ---- artifacts put together here ----------------------------------------------------------------- */

enum over { SORTED, RECEIVED, TAGGED };

typedef struct attribute {
  sztp__span_t oid;
  sztp__span_t values; /* contents of the SET */
} attribute_t;

/* What an artifact differs in from a good one; spans that are empty take the usual. */
typedef struct recipe {
  const attribute_t *attributes;
  size_t attribute_count;
  enum over over;
  int32_t version;
  int32_t signer_version;
  sztp__span_t digest_algorithms;
  sztp__span_t digest;
  sztp__span_t sigalg;
  sztp__span_t before_signers;
  sztp__span_t unsigned_attributes;
  size_t extra_signers;
} recipe_t;

static const char content_text[] = "{}";

/* Signs @p digest with the owner's key. */
static size_t sign(const uint8_t *digest, size_t digest_len, uint8_t out[256]) {
  mbedtls_pk_context pk;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context drbg;
  size_t len = 0;
  size_t size = 0;
  uint8_t *key = test_read_pki("owner.key", &len);
  mbedtls_pk_init(&pk);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  assert_int_equal(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), 0);
#if MBEDTLS_VERSION_MAJOR >= 3
  assert_int_equal(mbedtls_pk_parse_key(&pk, key, len + 1, NULL, 0, mbedtls_ctr_drbg_random, &drbg), 0);
  assert_int_equal(mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, digest_len, out, 256, &size,
                                   mbedtls_ctr_drbg_random, &drbg),
                   0);
#else
  assert_int_equal(mbedtls_pk_parse_key(&pk, key, len + 1, NULL, 0), 0);
  assert_int_equal(
      mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, digest_len, out, &size, mbedtls_ctr_drbg_random, &drbg),
      0);
#endif
  mbedtls_pk_free(&pk);
  mbedtls_ctr_drbg_free(&drbg);
  mbedtls_entropy_free(&entropy);
  free(key);
  return size;
}

static void put_attributes(sztp__buf_t *b, uint8_t tag, const recipe_t *r, int sorted) {
  size_t set = 0;
  sztp__der_open(b, tag, &set);
  for (size_t i = 0; i < r->attribute_count; i++) {
    size_t attribute = 0;
    sztp__der_open(b, SZTP__DER_SEQUENCE, &attribute);
    sztp__der_put_oid(b, r->attributes[i].oid);
    sztp__der_put(b, SZTP__DER_SET, r->attributes[i].values);
    sztp__der_close(b, attribute);
  }
  if (sorted) {
    sztp__der_close_set_of(b, set);
  } else {
    sztp__der_close(b, set);
  }
}

static void put_signer(sztp__buf_t *b, const recipe_t *r, const sztp__cert_t *cert) {
  size_t signer = 0;
  size_t sid = 0;
  uint8_t digest[SZTP__HASH_MAX];
  uint8_t signature[256];
  size_t len = 0;
  sztp__buf_t attrs;
  sztp__buf_init(&attrs, b->ctx, 1 << 16);
  put_attributes(&attrs, r->over == TAGGED ? SZTP__DER_CONTEXT_CONSTRUCTED : SZTP__DER_SET, r,
                 r->over == SORTED);
  assert_int_equal(sztp__hash_once(b->ctx, SZTP__HASH_SHA256, sztp__buf_span(&attrs), digest, &len), 0);
  len = sign(digest, len, signature);
  sztp__buf_clear(&attrs);
  sztp__der_open(b, SZTP__DER_SEQUENCE, &signer);
  sztp__der_put_small(b, (uint32_t)r->signer_version);
  sztp__der_open(b, SZTP__DER_SEQUENCE, &sid);
  sztp__buf_add_span(b, cert->issuer);
  sztp__der_put(b, SZTP__DER_INTEGER, cert->serial);
  sztp__der_close(b, sid);
  sztp__buf_add_span(b, r->digest.len > 0 ? r->digest : SHA256_ID);
  put_attributes(b, SZTP__DER_CONTEXT_CONSTRUCTED, r, 0);
  sztp__buf_add_span(b, r->sigalg.len > 0 ? r->sigalg : ECDSA_ID);
  sztp__der_put(b, SZTP__DER_OCTET_STRING, sztp__span(signature, len));
  sztp__buf_add_span(b, r->unsigned_attributes);
  sztp__der_close(b, signer);
}

static void put_artifact(sztp__buf_t *b, const recipe_t *r, const sztp__cert_t *cert) {
  size_t info = 0;
  size_t field = 0;
  size_t data = 0;
  size_t encap = 0;
  size_t econtent = 0;
  size_t signers = 0;
  sztp__der_open(b, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_oid(b, sztp__cms_type_oid(SZTP__CMS_SIGNED));
  sztp__der_open(b, SZTP__DER_CONTEXT_CONSTRUCTED, &field);
  sztp__der_open(b, SZTP__DER_SEQUENCE, &data);
  sztp__der_put_small(b, (uint32_t)r->version);
  sztp__der_put(b, SZTP__DER_SET, r->digest_algorithms);
  sztp__der_open(b, SZTP__DER_SEQUENCE, &encap);
  sztp__der_put_oid(b, sztp__cms_type_oid(SZTP__CMS_CONVEYED_JSON));
  sztp__der_open(b, SZTP__DER_CONTEXT_CONSTRUCTED, &econtent);
  sztp__der_put(b, SZTP__DER_OCTET_STRING, sztp__span_of(content_text));
  sztp__der_close(b, econtent);
  sztp__der_close(b, encap);
  sztp__buf_add_span(b, r->before_signers);
  sztp__der_open(b, SZTP__DER_SET, &signers);
  for (size_t i = 0; i <= r->extra_signers; i++) put_signer(b, r, cert);
  sztp__der_close(b, signers);
  sztp__der_close(b, data);
  sztp__der_close(b, field);
  sztp__der_close(b, info);
  assert_int_equal(b->status, 0);
}

/* The digest of content_text, as an OCTET STRING, and the content type's OID. */
#define GOOD_DIGEST                                                                                          \
  DER(0x04, 0x20, 0x44, 0x13, 0x6f, 0xa3, 0x55, 0xb3, 0x67, 0x8a, 0x11, 0x46, 0xad, 0x16, 0xf7, 0xe8, 0x64,  \
      0x9e, 0x94, 0xfb, 0x4f, 0xc2, 0x1f, 0xe7, 0x7e, 0x83, 0x10, 0xc0, 0x60, 0xf6, 0x1c, 0xaa, 0xff, 0x8a)
#define BAD_DIGEST DER(0x04, 0x01, 0x00)
#define JSON_TYPE  DER(0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2b)
#define XML_TYPE   DER(0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2a)
#define TWO_TYPES                                                                                            \
  DER(0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2b, 0x06, 0x0b, 0x2a, 0x86,  \
      0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2b)
#define TYPE_IS(values)                                                                                      \
  { PKCS9(0x03), values }
#define DIGEST_IS(values)                                                                                    \
  { PKCS9(0x04), values }
#define FUTURE                                                                                               \
  { PKCS9(0x05), DER(0x17, 0x0d, '4', '9', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', 'Z') }
#define UNKNOWN                                                                                              \
  { DER(0x2a, 0x03, 0x04), DER(0x05, 0x00) }
#define PROTECTED(...)                                                                                       \
  { PKCS9(0x34), DER(0x30, __VA_ARGS__) }
#define SHA256_FIELD    0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01
#define SHA512_FIELD    0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03
#define ECDSA_FIELD(n)  0xa1, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n
#define COUNT(...)      (sizeof((const attribute_t[]){__VA_ARGS__}) / sizeof(attribute_t))
#define ATTRIBUTES(...) (const attribute_t[]){__VA_ARGS__}, COUNT(__VA_ARGS__)
#define USUAL           ATTRIBUTES(TYPE_IS(JSON_TYPE), DIGEST_IS(GOOD_DIGEST))
#define NONE                                                                                                 \
  { NULL, 0 }

typedef struct built_case {
  const char *name;
  recipe_t recipe;
  int32_t code;
  const char *detail;
  unsigned operations;
} built_case_t;

/* CMS-03, CMS-04, CMS-07, CMS-08, CMS-09, CMS-12, CMS-15, CMS-17, CMS-18, CMS-19, CMS-20, CMS-22 */
static void test_built(void **state) {
  (void)state;
  const sztp__span_t none = NONE;
  const built_case_t cases[] = {
      {"as usual", {USUAL, SORTED, 3, 1, none, none, none, none, none, 0}, 0, "", 1},
      {"version 1", {USUAL, SORTED, 1, 1, none, none, none, none, none, 0}, 0, "", 1},
      {"version 9", {USUAL, SORTED, 9, 3, none, none, none, none, none, 0}, 0, "", 1},
      {"another digest list", {USUAL, SORTED, 3, 1, SHA512_ID, none, none, none, none, 0}, 0, "", 1},
      {"signer version 2",
       {USUAL, SORTED, 3, 2, none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNER_UNKNOWN,
       "",
       0},
      {"8 signers", {USUAL, SORTED, 3, 1, none, none, none, none, none, 7}, 0, "", 1},
      {"9 signers",
       {USUAL, SORTED, 3, 1, none, none, none, none, none, 8},
       SZTP_ERR_LIMIT,
       "more than 8 signers",
       0},
      {"attribute certificates, other CRLs",
       {USUAL, SORTED, 5, 1, none, none, none,
        DER(0xa0, 0x08, 0xa0, 0x00, 0xa1, 0x00, 0xa2, 0x00, 0xa3, 0x00, 0xa1, 0x02, 0xa1, 0x00), none, 0},
       0,
       "",
       1},
      {"something else among the certificates",
       {USUAL, SORTED, 3, 1, none, none, none, DER(0xa0, 0x02, 0x05, 0x00), none, 0},
       SZTP_ERR_CMS_MALFORMED,
       "tag 0x05 among the certificates",
       0},
      {"unsigned attributes",
       {USUAL, SORTED, 3, 1, none, none, none, none, DER(0xa1, 0x02, 0x05, 0x00), 0},
       0,
       "",
       1},
      {"unsorted, signed sorted",
       {ATTRIBUTES(DIGEST_IS(GOOD_DIGEST), TYPE_IS(JSON_TYPE)), SORTED, 3, 1, none, none, none, none, none,
        0},
       0,
       "",
       1},
      {"unsorted, signed as it is",
       {ATTRIBUTES(DIGEST_IS(GOOD_DIGEST), TYPE_IS(JSON_TYPE)), RECEIVED, 3, 1, none, none, none, none, none,
        0},
       0,
       "",
       2},
      {"signed under the tag [0]",
       {USUAL, TAGGED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNATURE_INVALID,
       "does not verify",
       1},
      {"signing time and an unknown attribute",
       {ATTRIBUTES(UNKNOWN, TYPE_IS(JSON_TYPE), FUTURE, DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none,
        none, none, none, 0},
       0,
       "",
       1},
      {"no attributes in it",
       {NULL, 0, SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "0 content-type attributes",
       0},
      {"no content type",
       {ATTRIBUTES(DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "0 content-type attributes",
       0},
      {"two content types",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), TYPE_IS(JSON_TYPE), DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none,
        none, none, none, 0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "2 content-type attributes",
       0},
      {"a content type of two values",
       {ATTRIBUTES(TYPE_IS(TWO_TYPES), DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none, none, none, none,
        0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "",
       0},
      {"a content type of no value",
       {ATTRIBUTES(TYPE_IS(NONE), DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "",
       0},
      {"another content type",
       {ATTRIBUTES(TYPE_IS(XML_TYPE), DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_CONTENTTYPE_MISMATCH,
       "1.2.840.113549.1.9.16.1.42, expected 1.2.840.113549.1.9.16.1.43",
       0},
      {"no digest",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_DIGEST_MISMATCH,
       "0 message-digest attributes",
       0},
      {"two digests",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), DIGEST_IS(GOOD_DIGEST), DIGEST_IS(BAD_DIGEST)), SORTED, 3, 1, none,
        none, none, none, none, 0},
       SZTP_ERR_CMS_DIGEST_MISMATCH,
       "2 message-digest attributes",
       0},
      {"another digest",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), DIGEST_IS(BAD_DIGEST)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_DIGEST_MISMATCH,
       "is not the sha256 digest of the content",
       0},
      {"a digest of another type",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), DIGEST_IS(JSON_TYPE)), SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_DIGEST_MISMATCH,
       "",
       0},
      {"digest SHA-512, signature SHA-256",
       {USUAL, SORTED, 3, 1, none, SHA512_ID, none, none, none, 0},
       SZTP_ERR_CMS_ALG_UNSUPPORTED,
       "RFC 8933",
       0},
      {"digest SHA-256, signature SHA-512",
       {USUAL, SORTED, 3, 1, none, none, ECDSA512_ID, none, none, 0},
       SZTP_ERR_CMS_ALG_UNSUPPORTED,
       "RFC 8933",
       0},
      {"unknown digest",
       {USUAL, SORTED, 3, 1, none, UNKNOWN_ID, none, none, none, 0},
       SZTP_ERR_CMS_ALG_UNSUPPORTED,
       "1.2.3.4",
       0},
      {"unknown signature",
       {USUAL, SORTED, 3, 1, none, none, UNKNOWN_ID, none, none, 0},
       SZTP_ERR_CMS_ALG_UNSUPPORTED,
       "1.2.3.4",
       0},
      {"protected",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), PROTECTED(0x19, SHA256_FIELD, ECDSA_FIELD(2)), DIGEST_IS(GOOD_DIGEST)),
        SORTED, 3, 1, none, none, none, none, none, 0},
       0,
       "",
       1},
      {"protected, another digest",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), PROTECTED(0x19, SHA512_FIELD, ECDSA_FIELD(2)), DIGEST_IS(GOOD_DIGEST)),
        SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNATURE_INVALID,
       "algorithm-protection",
       0},
      {"protected, another signature",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), PROTECTED(0x19, SHA256_FIELD, ECDSA_FIELD(4)), DIGEST_IS(GOOD_DIGEST)),
        SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNATURE_INVALID,
       "algorithm-protection",
       0},
      {"protected, without signature",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), PROTECTED(0x0d, SHA256_FIELD), DIGEST_IS(GOOD_DIGEST)), SORTED, 3, 1,
        none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNATURE_INVALID,
       "algorithm-protection",
       0},
      {"protected twice",
       {ATTRIBUTES(TYPE_IS(JSON_TYPE), PROTECTED(0x19, SHA256_FIELD, ECDSA_FIELD(2)),
                   PROTECTED(0x19, SHA256_FIELD, ECDSA_FIELD(2)), DIGEST_IS(GOOD_DIGEST)),
        SORTED, 3, 1, none, none, none, none, none, 0},
       SZTP_ERR_CMS_SIGNATURE_INVALID,
       "2 algorithm-protection attributes",
       0},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__cert_t cert;
  pki_cert(ctx, "owner", &der, &cert);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t artifact;
    uint64_t before = test_operations(ctx);
    sztp__buf_init(&artifact, ctx, 1 << 16);
    put_artifact(&artifact, &cases[i].recipe, &cert);
    int32_t rc = verify(ctx, sztp__buf_span(&artifact), &cert, 0, 0);
    unsigned done = (unsigned)(test_operations(ctx) - before);
    if (rc != cases[i].code || done != cases[i].operations ||
        (rc != 0 && strstr(test_detail(ctx), cases[i].detail) == NULL)) {
      fail_msg("%s: %s \"%s\", %u operations", cases[i].name, sztp_error_name(rc), test_detail(ctx), done);
    }
    sztp__buf_clear(&artifact);
  }
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

/* ---- no CMS -------------------------------------------------------------------------------------- */

#define SIGNED_OID "06092a864886f70d010702"
#define DATA_OID   "06092a864886f70d010701"
#define JSON_OID   "060b2a864886f70d010910012b"
#define BAG_START                                                                                            \
  "30"                                                                                                       \
  "23" SIGNED_OID "a0163014020101"                                                                           \
  "3100"                                                                                                     \
  "300b" DATA_OID

/* CMS-01, CMS-25, CONV-04 */
static void test_malformed(void **state) {
  (void)state;
  static const struct {
    const char *name, *hex;
    int32_t code;
    const char *detail;
    uint32_t type;
  } cases[] = {
      {"empty", "", SZTP_ERR_CMS_MALFORMED, "it is empty, where CMS in DER is wanted", 0},
      {"least bag", BAG_START "3100", 0, "", SZTP__CMS_SIGNED},
      {"an octet behind", BAG_START "310000", SZTP_ERR_CMS_MALFORMED, "octets behind the end", 0},
      {"no content", "300b" SIGNED_OID, SZTP_ERR_CMS_MALFORMED, "the end of data", 0},
      {"no signers",
       "3021" SIGNED_OID "a0143012020101"
       "3100"
       "300b" DATA_OID,
       SZTP_ERR_CMS_MALFORMED, "", 0},
      {"text", "7b7d", SZTP_ERR_CMS_MALFORMED, "", 0},
      {"conveyed information", "3013" JSON_OID "a00404027b7d", 0, "", SZTP__CMS_CONVEYED_JSON},
      {"a UTF8String", "3013" JSON_OID "a0040c027b7d", SZTP_ERR_CMS_MALFORMED,
       "tag 0x0c, expected an OCTET STRING", 0},
      {"two strings", "3015" JSON_OID "a006040100040100", SZTP_ERR_CMS_MALFORMED, "3 octets too many", 0},
      {"a string in pieces", "3015" JSON_OID "a006240404027b7d", 0, "", SZTP__CMS_CONVEYED_JSON},
      {"another string in pieces", "3015" JSON_OID "a0062c0404027b7d", SZTP_ERR_CMS_MALFORMED,
       "BER, constructed string", 0},
      {"an unknown type",
       "3009"
       "06032a0304"
       "a0020500",
       0, "", SZTP__CMS_OTHER},
      {"the truncated voucher type",
       "3012"
       "060a2a864886f70d01091001"
       "a00404027b7d",
       0, "", SZTP__CMS_OTHER},
      {"PKCS #7 content",
       "3027" SIGNED_OID "a01a3018020101"
       "3100"
       "300f" DATA_OID "a0023000"
       "3100",
       SZTP_ERR_CMS_MALFORMED, "expected an OCTET STRING", 0},
      {"a long form length", "308113" JSON_OID "a00404027b7d", 0, "", SZTP__CMS_CONVEYED_JSON},
      {"no end of contents", "3080" JSON_OID "a00404027b7d", SZTP_ERR_CMS_MALFORMED, "the end of data", 0},
      {"an end of contents too many", "3080" JSON_OID "a00404027b7d00000000", SZTP_ERR_CMS_MALFORMED,
       "octets behind the end", 0},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t data[128];
    size_t len = 0;
    sztp__cms_t *cms = NULL;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(cases[i].hex), data, sizeof data, &len), 0);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__cms_parse(ctx, sztp__span(data, len), &cms);
    if (rc != cases[i].code || (rc != 0 && strstr(test_detail(ctx), cases[i].detail) == NULL)) {
      fail_msg("%s: %s \"%s\"", cases[i].name, sztp_error_name(rc), test_detail(ctx));
    }
    if (rc == 0) assert_int_equal(cms->type, cases[i].type);
    sztp__cms_free(ctx, cms);
  }
  test_ctx_free(&m, ctx);
}

/* Puts @p count empty SEQUENCEs under tag @p tag into a bag; returns what the decoder says. */
static int32_t parse_crowd(sztp_ctx_t *ctx, uint8_t tag, size_t count) {
  sztp__buf_t set;
  sztp__buf_t artifact;
  sztp__cert_t cert;
  sztp__buf_t der;
  recipe_t r;
  size_t mark = 0;
  sztp__cms_t *cms = NULL;
  memset(&r, 0, sizeof r);
  r.signer_version = 1;
  pki_cert(ctx, "owner", &der, &cert);
  sztp__buf_init(&set, ctx, 1 << 16);
  sztp__der_open(&set, tag, &mark);
  for (size_t i = 0; i < count; i++) sztp__der_put(&set, SZTP__DER_SEQUENCE, sztp__span(NULL, 0));
  sztp__der_close(&set, mark);
  r.before_signers = sztp__buf_span(&set);
  sztp__buf_init(&artifact, ctx, 1 << 16);
  put_artifact(&artifact, &r, &cert);
  sztp__trail_clear(ctx);
  int32_t rc = sztp__cms_parse(ctx, sztp__buf_span(&artifact), &cms);
  if (rc == 0) assert_int_equal(tag == 0xa0 ? cms->cert_count : cms->crl_count, count);
  sztp__cms_free(ctx, cms);
  sztp__buf_clear(&artifact);
  sztp__buf_clear(&set);
  sztp__buf_clear(&der);
  return rc;
}

/* CMS-26 */
static void test_limits(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(parse_crowd(ctx, 0xa0, SZTP__CMS_MAX_CERTS), 0);
  test_expect_fail(ctx, parse_crowd(ctx, 0xa0, SZTP__CMS_MAX_CERTS + 1), SZTP_ERR_LIMIT,
                   "more than 32 certificates");
  assert_int_equal(parse_crowd(ctx, 0xa1, SZTP__CMS_MAX_CRLS), 0);
  test_expect_fail(ctx, parse_crowd(ctx, 0xa1, SZTP__CMS_MAX_CRLS + 1), SZTP_ERR_LIMIT, "more than 16 CRLs");
  test_ctx_free(&m, ctx);
}

/* ---- every octet --------------------------------------------------------------------------------- */

/* SEC-01: cut anywhere, it is refused as malformed. */
static void test_truncated(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  size_t len = 0;
  uint8_t *data = read_artifact("ec-chain", &len);
  for (size_t cut = 0; cut < len; cut++) {
    sztp__cms_t *cms = NULL;
    uint8_t *copy = (uint8_t *)malloc(cut + 1); /* so that a sanitizer sees reading behind the end */
    assert_non_null(copy);
    memcpy(copy, data, cut);
    sztp__trail_clear(ctx);
    assert_int_equal(sztp__cms_parse(ctx, sztp__span(copy, cut), &cms), SZTP_ERR_CMS_MALFORMED);
    assert_null(cms);
    free(copy);
  }
  free(data);
  test_ctx_free(&m, ctx);
}

/* Whether two artifacts say the same: content and its type, as signed. */
static int same_meaning(const sztp__cms_t *a, const sztp__cms_t *b) {
  return sztp__span_equal(a->etype_oid, b->etype_oid) && sztp__span_equal(a->econtent, b->econtent);
}

/* SEC-01: no octet can be changed so that something else is accepted as signed. What is not under the
 * signature (the list of digests, versions, other certificates) may change. */
static void test_changed(void **state) {
  (void)state;
  static const char *const names[] = {"ec-json", "rsa-noattr", "pss-digest"};
  static const char *const signers[] = {"owner", "owner-rsa", "owner-rsa"};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t n = 0; n < TEST_COUNT_OF(names); n++) {
    sztp__buf_t der;
    sztp__cert_t cert;
    size_t len = 0;
    unsigned accepted = 0;
    unsigned refused = 0;
    sztp__cms_t *good = NULL;
    uint8_t *data = read_artifact(names[n], &len);
    uint8_t *original = (uint8_t *)malloc(len);
    assert_non_null(original);
    memcpy(original, data, len);
    pki_cert(ctx, signers[n], &der, &cert);
    assert_int_equal(sztp__cms_parse(ctx, sztp__span(original, len), &good), 0);
    for (size_t i = 0; i < len; i++) {
      data[i] ^= (uint8_t)(1u << i % 8);
      int32_t rc = verify(ctx, sztp__span(data, len), &cert, 0, 0);
      if (rc == 0) {
        sztp__cms_t *cms = NULL;
        assert_int_equal(sztp__cms_parse(ctx, sztp__span(data, len), &cms), 0);
        if (!same_meaning(cms, good)) fail_msg("%s: octet %u changed what is signed", names[n], (unsigned)i);
        sztp__cms_free(ctx, cms);
        accepted++;
      } else {
        refused++;
      }
      data[i] = original[i];
    }
    print_message("%s: %u changes refused, %u without effect on what is signed\n", names[n], refused,
                  accepted);
    assert_true(refused > 0);
    sztp__cms_free(ctx, good);
    sztp__buf_clear(&der);
    free(original);
    free(data);
  }
  test_ctx_free(&m, ctx);
}

/* ---- no memory ----------------------------------------------------------------------------------- */

typedef struct work {
  sztp__span_t artifact;
  const sztp__cert_t *cert;
} work_t;

static int32_t verify_work(sztp_ctx_t *ctx, void *user) {
  const work_t *w = (const work_t *)user;
  return verify(ctx, w->artifact, w->cert, 0, 0);
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  sztp__cert_t cert;
  size_t len = 0;
  uint8_t *data = read_artifact("ec-json", &len);
  pki_cert(ctx, "owner", &der, &cert);
  work_t w = {sztp__span(data, len), &cert};
  assert_true(test_every_allocation(verify_work, &w) >= 4);
  free(data);
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_openssl),   cmocka_unit_test(test_other_types), cmocka_unit_test(test_built),
      cmocka_unit_test(test_malformed), cmocka_unit_test(test_limits),      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_changed),   cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
