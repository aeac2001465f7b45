/* SPDX-License-Identifier: Apache-2.0 */
/* Detached signatures of boot images: those that OpenSSL and ours make, and what is wrong with others. */
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sztp/artifacts.h>
#include <sztp/device.h>
#include <sztp/image.h>

#include "common/testing.h"
#include "ground/span.h"

static const char image[] = "a boot image, which may be longer";
#define DATE 1900000000 /* inside all certificates' validity, but for the one that has ended */

/* ---- a manufacturer ------------------------------------------------------------------------------ */

static EVP_PKEY *root_key, *key;
static X509 *root, *other_root;

static void extend(X509 *x, int nid, const char *value) {
  X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
  assert_non_null(e);
  assert_int_equal(X509_add_ext(x, e, -1), 1);
  X509_EXTENSION_free(e);
}

/* A certificate of @p subject_key by @p issuer, NULL being itself. */
static X509 *certify(const char *name, EVP_PKEY *subject_key, X509 *issuer, long serial) {
  X509 *x = X509_new();
  X509_NAME *subject = X509_get_subject_name(x);
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
  ASN1_TIME_set(X509_getm_notBefore(x), DATE - 1000000);
  ASN1_TIME_set(X509_getm_notAfter(x), DATE + 1000000);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(x, issuer == NULL ? subject : X509_get_subject_name(issuer));
  X509_set_pubkey(x, subject_key);
  return x;
}

static X509 *sign_certificate(X509 *x) {
  assert_true(X509_sign(x, root_key, EVP_sha256()) > 0);
  return x;
}

static int make_manufacturer(void **state) {
  (void)state;
  root_key = EVP_EC_gen("P-384");
  key = EVP_EC_gen("P-256");
  root = certify("Firmware Root", root_key, NULL, 1);
  extend(root, NID_basic_constraints, "critical,CA:TRUE");
  extend(root, NID_key_usage, "critical,keyCertSign");
  (void)sign_certificate(root);
  other_root = certify("Another Root", root_key, NULL, 2);
  extend(other_root, NID_basic_constraints, "critical,CA:TRUE");
  (void)sign_certificate(other_root);
  return 0;
}

static int free_manufacturer(void **state) {
  (void)state;
  X509_free(root);
  X509_free(other_root);
  EVP_PKEY_free(root_key);
  EVP_PKEY_free(key);
  return 0;
}

/* A signer with these extensions; NULL: without them. */
static X509 *signer_with(const char *usage, const char *purpose) {
  X509 *x = certify("Firmware Signer", key, root, 3);
  if (usage != NULL) extend(x, NID_key_usage, usage);
  if (purpose != NULL) extend(x, NID_ext_key_usage, purpose);
  return sign_certificate(x);
}

typedef struct octets {
  uint8_t *data;
  size_t len;
} octets_t;

/* What OpenSSL makes. @p type: content type, NULL being id-data. */
static octets_t sign_with(X509 *signer, const EVP_MD *md, unsigned flags, const char *type) {
  octets_t out = {NULL, 0};
  BIO *content = BIO_new_mem_buf(image, (int)strlen(image));
  CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, content, CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | flags);
  assert_non_null(cms);
  if ((flags & CMS_STREAM) != 0) assert_int_equal(CMS_set_detached(cms, 0), 1); /* with the content in it */
  ASN1_OBJECT *named = type == NULL ? NULL : OBJ_txt2obj(type, 1);
  if (named != NULL) assert_int_equal(CMS_set1_eContentType(cms, named), 1);
  ASN1_OBJECT_free(named);
  assert_non_null(CMS_add1_signer(cms, signer, key, md, CMS_BINARY | flags));
  assert_int_equal(CMS_final(cms, content, NULL, CMS_BINARY | CMS_DETACHED | flags), 1);
  int len = i2d_CMS_ContentInfo(cms, &out.data);
  assert_true(len > 0);
  out.len = (size_t)len;
  CMS_ContentInfo_free(cms);
  BIO_free(content);
  return out;
}

/* ---- a device ------------------------------------------------------------------------------------ */

typedef struct env {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
} env_t;

static void add_anchor(sztp_device_t *dev, X509 *anchor) {
  uint8_t *der = NULL;
  int len = i2d_X509(anchor, &der);
  assert_int_equal(sztp_device_add_firmware_anchors(dev, der, (size_t)len), SZTP_OK);
  OPENSSL_free(der);
}

static void open_env(env_t *e, X509 *anchor) {
  e->ctx = test_ctx_new(&e->memory);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  if (anchor != NULL) add_anchor(e->dev, anchor);
}

static void close_env(env_t *e) {
  sztp_device_free(e->dev);
  test_ctx_free(&e->memory, e->ctx);
}

/* What a device says of a signature and an image, which comes in two pieces. */
static int32_t judge(env_t *e, const uint8_t *signature, size_t len, const char *octets, int64_t date) {
  sztp_image_check_t *check = NULL;
  size_t half = strlen(octets) / 2;
  int32_t rc = sztp_image_check_new(e->ctx, e->dev, signature, len, date, &check);
  if (rc == SZTP_OK) rc = sztp_image_check_write(check, (const uint8_t *)octets, half);
  if (rc == SZTP_OK)
    rc = sztp_image_check_write(check, (const uint8_t *)octets + half, strlen(octets) - half);
  if (rc == SZTP_OK) rc = sztp_image_check_end(check);
  sztp_image_check_free(check);
  return rc;
}

static void expect(X509 *anchor, octets_t signature, const char *octets, int64_t date, int32_t code,
                   const char *words) {
  env_t e;
  open_env(&e, anchor);
  int32_t rc = judge(&e, signature.data, signature.len, octets, date);
  if (code == SZTP_OK && rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(e.ctx));
  if (code != SZTP_OK) test_expect_fail(e.ctx, rc, code, words);
  close_env(&e);
}

/* ---- tests --------------------------------------------------------------------------------------- */

/* FW-03, FW-05, FW-06: each hash, either content type, key usage and purpose as they may be */
static void accepts_good_ones(void **state) {
  (void)state;
  const EVP_MD *const hashes[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
  static const char *const types[] = {NULL, "1.2.840.113549.1.9.16.1.16"};
  static const char *const usages[] = {NULL, "critical,digitalSignature"};
  static const char *const purposes[] = {NULL, "codeSigning", "anyExtendedKeyUsage",
                                         "serverAuth,codeSigning"};
  for (size_t i = 0; i < TEST_COUNT_OF(hashes); i++)
    for (size_t t = 0; t < TEST_COUNT_OF(types); t++) {
      X509 *signer = signer_with("critical,digitalSignature", "codeSigning");
      octets_t signature = sign_with(signer, hashes[i], 0, types[t]);
      expect(root, signature, image, DATE, SZTP_OK, "");
      OPENSSL_free(signature.data);
      X509_free(signer);
    }
  for (size_t u = 0; u < TEST_COUNT_OF(usages); u++)
    for (size_t p = 0; p < TEST_COUNT_OF(purposes); p++) {
      X509 *signer = signer_with(usages[u], purposes[p]);
      octets_t signature = sign_with(signer, EVP_sha256(), 0, NULL);
      expect(root, signature, image, DATE, SZTP_OK, "");
      OPENSSL_free(signature.data);
      X509_free(signer);
    }
}

/* FW-05: each thing that is wrong, by its own name */
static void refuses_wrong_forms(void **state) {
  (void)state;
  X509 *signer = signer_with("critical,digitalSignature", NULL);
  const struct {
    const EVP_MD *md;
    unsigned flags;
    const char *type;
    int32_t code;
    const char *words;
  } rows[] = {
      {EVP_sha256(), CMS_NOATTR, NULL, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "there are no signed attributes"},
      {EVP_sha256(), CMS_STREAM, NULL, SZTP_ERR_CMS_TYPE_UNEXPECTED, "there is content in the structure"},
      {EVP_sha256(), 0, "1.2.840.113549.1.9.16.1.40", SZTP_ERR_CMS_TYPE_UNEXPECTED,
       "id-ct-animaJSONVoucher is not that of an image"},
      {EVP_sha1(), 0, NULL, SZTP_ERR_CMS_ALG_UNSUPPORTED,
       "images are signed with SHA-256, SHA-384 or SHA-512"},
      {EVP_sha224(), 0, NULL, SZTP_ERR_CMS_ALG_UNSUPPORTED, "images are signed with"},
      {EVP_sha256(), CMS_NOCERTS, NULL, SZTP_ERR_CMS_SIGNER_UNKNOWN, "certificate is not in it"}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    octets_t signature = sign_with(signer, rows[i].md, rows[i].flags, rows[i].type);
    expect(root, signature, image, DATE, rows[i].code, rows[i].words);
    OPENSSL_free(signature.data);
  }
  static const char html[] = "<!DOCTYPE html><html><body>not found</body></html>";
  octets_t page = {(uint8_t *)(uintptr_t)html, strlen(html)};
  expect(root, page, image, DATE, SZTP_ERR_CMS_MALFORMED, "an HTML page");
  octets_t large = {calloc(1, SZTP_IMAGE_SIGNATURE_MAX + 1), SZTP_IMAGE_SIGNATURE_MAX + 1};
  expect(root, large, image, DATE, SZTP_ERR_LIMIT, "more than 65536 octets");
  large.len--;
  expect(root, large, image, DATE, SZTP_ERR_CMS_MALFORMED, "");
  free(large.data);
  X509_free(signer);
}

/* FW-03, FW-05: other octets, other keys, other anchors, other uses */
static void refuses_wrong_signers(void **state) {
  (void)state;
  X509 *signer = signer_with("critical,digitalSignature", NULL);
  octets_t signature = sign_with(signer, EVP_sha384(), 0, NULL);
  expect(root, signature, "a boot image, which may be LONGER", DATE, SZTP_ERR_CMS_DIGEST_MISMATCH,
         "is not the sha384 digest of the content");
  expect(root, signature, "", DATE, SZTP_ERR_CMS_DIGEST_MISMATCH, "");
  expect(other_root, signature, image, DATE, SZTP_ERR_PKIX_NO_PATH, "Firmware Signer");
  signature.data[signature.len - 1] ^= 1;
  expect(root, signature, image, DATE, SZTP_ERR_CMS_SIGNATURE_INVALID, "");
  OPENSSL_free(signature.data);
  X509_free(signer);
  static const char *const uses[][2] = {{"critical,keyEncipherment", NULL}, {NULL, "serverAuth"}};
  for (size_t i = 0; i < TEST_COUNT_OF(uses); i++) {
    signer = signer_with(uses[i][0], uses[i][1]);
    signature = sign_with(signer, EVP_sha256(), 0, NULL);
    expect(root, signature, image, DATE, SZTP_ERR_PKIX_KEYUSAGE, "");
    OPENSSL_free(signature.data);
    X509_free(signer);
  }
}

/* FW-08: the device's clock decides, as with any certificate; what the signer says of the date does not */
static void looks_at_the_clock(void **state) {
  (void)state;
  X509 *signer = signer_with("critical,digitalSignature", NULL);
  octets_t signature = sign_with(signer, EVP_sha256(), 0, NULL);
  env_t e;
  expect(root, signature, image, SZTP_TIME_UNKNOWN, SZTP_OK, "");
  expect(root, signature, image, DATE + 2000000, SZTP_ERR_PKIX_EXPIRED, "");
  expect(root, signature, image, DATE - 2000000, SZTP_ERR_PKIX_NOT_YET_VALID, "");
  open_env(&e, root);
  assert_int_equal(sztp_device_set_i64(e.dev, SZTP_POLICY_TIME_FLOOR, DATE + 2000000), SZTP_OK);
  test_expect_fail(e.ctx, judge(&e, signature.data, signature.len, image, SZTP_TIME_UNKNOWN),
                   SZTP_ERR_PKIX_EXPIRED, "");
  close_env(&e);
  OPENSSL_free(signature.data);
  X509_free(signer);
}

/* FW-03: no voucher anchor counts, nor does a firmware anchor count for anything else */
static void has_anchors_of_its_own(void **state) {
  (void)state;
  X509 *signer = signer_with(NULL, NULL);
  octets_t signature = sign_with(signer, EVP_sha256(), 0, NULL);
  uint8_t *der = NULL;
  const uint8_t *seen = NULL;
  size_t seen_len = 0;
  sztp_image_check_t *check = NULL;
  env_t e;
  int len = i2d_X509(root, &der);
  open_env(&e, NULL);
  assert_int_equal(sztp_device_add_cert(e.dev, SZTP_CERT_VOUCHER_ANCHOR, der, (size_t)len), SZTP_OK);
  test_expect_fail(e.ctx, judge(&e, signature.data, signature.len, image, DATE), SZTP_ERR_SEQUENCE,
                   "no firmware anchors");
  add_anchor(e.dev, other_root);
  assert_int_equal(sztp_device_cert(e.dev, SZTP_CERT_VOUCHER_ANCHOR, 1, &seen, &seen_len),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(judge(&e, signature.data, signature.len, image, DATE), SZTP_ERR_PKIX_NO_PATH);
  add_anchor(e.dev, root); /* a second one */
  assert_int_equal(judge(&e, signature.data, signature.len, image, DATE), SZTP_OK);
  assert_int_equal(sztp_device_add_firmware_anchors(NULL, der, (size_t)len), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_add_firmware_anchors(e.dev, der, 0), SZTP_ERR_ARG);
  test_expect_fail(e.ctx, sztp_device_add_firmware_anchors(e.dev, (const uint8_t *)"none", 4), SZTP_ERR_TEXT,
                   "");
  assert_int_equal(sztp_image_check_new(e.ctx, NULL, der, 1, DATE, &check), SZTP_ERR_ARG);
  assert_int_equal(sztp_image_check_new(e.ctx, e.dev, NULL, 1, DATE, &check), SZTP_ERR_ARG);
  assert_int_equal(sztp_image_check_write(NULL, der, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_image_check_end(NULL), SZTP_ERR_ARG);
  sztp_image_check_free(NULL);
  close_env(&e);
  /* an anchor may be the signer itself, with or without its certificate in the signature */
  octets_t bare = sign_with(signer, EVP_sha256(), CMS_NOCERTS, NULL);
  expect(signer, bare, image, DATE, SZTP_OK, "");
  OPENSSL_free(bare.data);
  OPENSSL_free(der);
  OPENSSL_free(signature.data);
  X509_free(signer);
}

/* FW-05: of several signers one that is good is enough */
static void one_good_signer_is_enough(void **state) {
  (void)state;
  EVP_PKEY *stranger_key = EVP_EC_gen("P-256");
  X509 *signer = signer_with(NULL, NULL), *stranger = certify("Stranger", stranger_key, NULL, 9);
  octets_t out = {NULL, 0};
  assert_true(X509_sign(stranger, stranger_key, EVP_sha256()) > 0);
  BIO *content = BIO_new_mem_buf(image, (int)strlen(image));
  CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, content, CMS_PARTIAL | CMS_BINARY | CMS_DETACHED);
  assert_non_null(CMS_add1_signer(cms, stranger, stranger_key, EVP_sha512(), CMS_BINARY));
  assert_non_null(CMS_add1_signer(cms, signer, key, EVP_sha384(), CMS_BINARY));
  assert_int_equal(CMS_final(cms, content, NULL, CMS_BINARY | CMS_DETACHED), 1);
  out.len = (size_t)i2d_CMS_ContentInfo(cms, &out.data);
  expect(root, out, image, DATE, SZTP_OK, "");
  expect(other_root, out, image, DATE, SZTP_ERR_PKIX_NO_PATH, "");
  expect(root, out, "another", DATE, SZTP_ERR_CMS_DIGEST_MISMATCH, "sha384");
  CMS_ContentInfo_free(cms);
  BIO_free(content);
  OPENSSL_free(out.data);
  X509_free(signer);
  X509_free(stranger);
  EVP_PKEY_free(stranger_key);
}

/* In PEM and base64, as artifacts are; and the order of calls. */
static void reads_other_forms(void **state) {
  (void)state;
  X509 *signer = signer_with(NULL, NULL);
  octets_t signature = sign_with(signer, EVP_sha256(), 0, NULL), text = {NULL, 0};
  const uint8_t *der = signature.data;
  CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)signature.len);
  BIO *pem = BIO_new(BIO_s_mem());
  assert_int_equal(PEM_write_bio_CMS_stream(pem, cms, NULL, 0), 1);
  char *start = NULL;
  text.len = (size_t)BIO_get_mem_data(pem, &start);
  text.data = (uint8_t *)start;
  expect(root, text, image, DATE, SZTP_OK, "");
  sztp_image_check_t *check = NULL;
  env_t e;
  open_env(&e, root);
  assert_int_equal(sztp_image_check_new(e.ctx, e.dev, signature.data, signature.len, DATE, &check), SZTP_OK);
  assert_int_equal(sztp_image_check_write(check, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_image_check_write(check, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_image_check_write(check, (const uint8_t *)image, strlen(image)), SZTP_OK);
  assert_int_equal(sztp_image_check_end(check), SZTP_OK);
  assert_int_equal(sztp_image_check_end(check), SZTP_OK);
  assert_int_equal(sztp_image_check_write(check, (const uint8_t *)image, 1), SZTP_ERR_SEQUENCE);
  sztp_image_check_free(check);
  close_env(&e);
  BIO_free(pem);
  CMS_ContentInfo_free(cms);
  OPENSSL_free(signature.data);
  X509_free(signer);
}

/* ---- ours ---------------------------------------------------------------------------------------- */

static octets_t pem_of(X509 *x, EVP_PKEY *k, BIO **keep) {
  octets_t out = {NULL, 0};
  char *start = NULL;
  *keep = BIO_new(BIO_s_mem());
  if (x != NULL)
    assert_int_equal(PEM_write_bio_X509(*keep, x), 1);
  else
    assert_int_equal(PEM_write_bio_PrivateKey(*keep, k, NULL, NULL, 0, NULL, NULL), 1);
  out.len = (size_t)BIO_get_mem_data(*keep, &start);
  out.data = (uint8_t *)start;
  return out;
}

/* FW-11: what we make is what OpenSSL and we believe. */
static void makes_signatures(void **state) {
  (void)state;
  static const int64_t hashes[] = {256, 384, 512};
  X509 *certificate = signer_with("critical,digitalSignature", "codeSigning");
  BIO *keep[2];
  octets_t cert = pem_of(certificate, NULL, &keep[0]), private_key = pem_of(NULL, key, &keep[1]);
  X509_STORE *store = X509_STORE_new();
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), DATE);
  X509_STORE_add_cert(store, root);
  X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
  for (size_t i = 0; i < TEST_COUNT_OF(hashes); i++) {
    env_t e;
    sztp_signer_t *signer = NULL;
    sztp_image_signature_t *s = NULL;
    octets_t out = {NULL, 0};
    open_env(&e, root);
    assert_int_equal(
        sztp_signer_new(e.ctx, cert.data, cert.len, private_key.data, private_key.len, NULL, 0, &signer),
        SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(signer, SZTP_SIGNER_HASH, hashes[i]), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(signer, SZTP_SIGNER_NO_ATTRS, 1), SZTP_OK);
    test_expect_fail(e.ctx, sztp_image_signature_new(signer, &s), SZTP_ERR_ARG, "without signed attributes");
    assert_int_equal(sztp_signer_set_i64(signer, SZTP_SIGNER_NO_ATTRS, 0), SZTP_OK);
    assert_int_equal(sztp_image_signature_new(NULL, &s), SZTP_ERR_ARG);
    assert_int_equal(sztp_image_signature_new(signer, &s), SZTP_OK);
    assert_int_equal(sztp_image_signature_write(s, (const uint8_t *)image, 7), SZTP_OK);
    assert_int_equal(sztp_image_signature_write(s, (const uint8_t *)image + 7, strlen(image) - 7), SZTP_OK);
    assert_int_equal(sztp_image_signature_write(s, NULL, 1), SZTP_ERR_ARG);
    assert_int_equal(sztp_image_signature_make(s, &out.data, &out.len), SZTP_OK);
    assert_int_equal(sztp_image_signature_make(s, &out.data, &out.len), SZTP_ERR_SEQUENCE);
    assert_int_equal(sztp_image_signature_write(s, (const uint8_t *)image, 1), SZTP_ERR_SEQUENCE);
    sztp_image_signature_free(s);
    sztp_image_signature_free(NULL);
    assert_int_equal(judge(&e, out.data, out.len, image, DATE), SZTP_OK);
    const uint8_t *der = out.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)out.len);
    BIO *content = BIO_new_mem_buf(image, (int)strlen(image));
    assert_non_null(cms);
    assert_int_equal(CMS_is_detached(cms), 1);
    assert_int_equal(CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY), 1);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    sztp_artifacts_free(e.ctx, out.data);
    sztp_signer_free(signer);
    close_env(&e);
  }
  X509_STORE_free(store);
  BIO_free(keep[0]);
  BIO_free(keep[1]);
  X509_free(certificate);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static int32_t work(sztp_ctx_t *ctx, void *user) {
  const octets_t *signature = user;
  sztp_image_check_t *check = NULL;
  sztp_device_t *dev = NULL;
  uint8_t *der = NULL;
  int len = i2d_X509(root, &der);
  int32_t rc = sztp_device_new(ctx, &dev);
  if (rc == SZTP_OK) rc = sztp_device_add_firmware_anchors(dev, der, (size_t)len);
  if (rc == SZTP_OK) rc = sztp_image_check_new(ctx, dev, signature->data, signature->len, DATE, &check);
  if (rc == SZTP_OK) rc = sztp_image_check_write(check, (const uint8_t *)image, strlen(image));
  if (rc == SZTP_OK) rc = sztp_image_check_end(check);
  if (rc == SZTP_ERR_MEMORY && check != NULL) { /* the same call can be made again */
    assert_int_equal(sztp_image_check_end(check), SZTP_OK);
  }
  sztp_image_check_free(check);
  sztp_device_free(dev);
  OPENSSL_free(der);
  return rc;
}

static void survives_want_of_memory(void **state) {
  (void)state;
  X509 *signer = signer_with(NULL, NULL);
  octets_t signature = sign_with(signer, EVP_sha384(), 0, NULL);
  assert_true(test_every_allocation(work, &signature) > 10);
  OPENSSL_free(signature.data);
  X509_free(signer);
}

/* FW-06: what an image takes does not grow with it */
static void takes_constant_memory(void **state) {
  (void)state;
  static const uint8_t piece[65536] = {1, 2, 3};
  int64_t before = 0, after = 0;
  X509 *signer = signer_with(NULL, NULL);
  octets_t signature = sign_with(signer, EVP_sha256(), 0, NULL);
  sztp_image_check_t *check = NULL;
  env_t e;
  open_env(&e, root);
  assert_int_equal(sztp_image_check_new(e.ctx, e.dev, signature.data, signature.len, DATE, &check), SZTP_OK);
  assert_int_equal(sztp_ctx_i64(e.ctx, SZTP_USAGE_PEAK, &before), SZTP_OK);
  size_t allocations = e.memory.calls;
  for (int i = 0; i < 512; i++) assert_int_equal(sztp_image_check_write(check, piece, sizeof piece), SZTP_OK);
  assert_int_equal(e.memory.calls, allocations);
  assert_int_equal(sztp_ctx_i64(e.ctx, SZTP_USAGE_PEAK, &after), SZTP_OK);
  assert_int_equal(after, before);
  assert_true(before < 16384);
  assert_int_equal(sztp_image_check_end(check), SZTP_ERR_CMS_DIGEST_MISMATCH);
  sztp_image_check_free(check);
  close_env(&e);
  OPENSSL_free(signature.data);
  X509_free(signer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_good_ones),       cmocka_unit_test(refuses_wrong_forms),
      cmocka_unit_test(refuses_wrong_signers),   cmocka_unit_test(looks_at_the_clock),
      cmocka_unit_test(has_anchors_of_its_own),  cmocka_unit_test(one_good_signer_is_enough),
      cmocka_unit_test(reads_other_forms),       cmocka_unit_test(makes_signatures),
      cmocka_unit_test(survives_want_of_memory), cmocka_unit_test(takes_constant_memory),
  };
  return cmocka_run_group_tests(tests, make_manufacturer, free_manufacturer);
}
