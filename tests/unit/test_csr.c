/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests on the owner's side: read, verified, certified; what is made is looked at by
 * OpenSSL, which makes the requests, too. */
#include "common/with_ctx.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "common/pki.h"
#include "cryptography/p10.h"
#include "cryptography/put_algorithm.h"

/* A request by OpenSSL: of the kind of key, with these names in its subject and a subjectAltName. */
typedef struct wish {
  int type;   /* EVP_PKEY_EC, EVP_PKEY_RSA */
  int detail; /* NID of the curve, or bits */
  const char *serial[2];
  const char *alt_name;
  const EVP_MD *md;
} wish_t;

static EVP_PKEY *make_key(const wish_t *w) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(w->type, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(c), 1);
  if (w->type == EVP_PKEY_EC)
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, w->detail), 1);
  else
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(c, w->detail), 1);
  assert_int_equal(EVP_PKEY_keygen(c, &key), 1);
  EVP_PKEY_CTX_free(c);
  return key;
}

static sztp__buf_t make_request(const wish_t *w) {
  sztp__buf_t out;
  X509_REQ *request = X509_REQ_new();
  EVP_PKEY *key = make_key(w);
  X509_NAME *name = X509_REQ_get_subject_name(request);
  assert_int_equal(
      X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Owner", -1, -1, 0), 1);
  for (size_t i = 0; i < 2 && w->serial[i] != NULL; i++)
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "serialNumber", MBSTRING_ASC,
                                                (const unsigned char *)w->serial[i], -1, -1, 0),
                     1);
  if (w->alt_name != NULL) {
    STACK_OF(X509_EXTENSION) *all = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(all, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, w->alt_name));
    assert_int_equal(X509_REQ_add_extensions(request, all), 1);
    sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
  }
  assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
  assert_true(X509_REQ_sign(request, key, w->md != NULL ? w->md : EVP_sha256()) > 0);
  unsigned char *der = NULL;
  int len = i2d_X509_REQ(request, &der);
  sztp__buf_init(&out, ctx, 65536);
  assert_int_equal(sztp__buf_add(&out, der, (size_t)len), SZTP_OK);
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  X509_REQ_free(request);
  return out;
}

static const wish_t usual = {EVP_PKEY_EC, NID_X9_62_prime256v1, {"EX4200-17", NULL}, "DNS:edge-17", NULL};

/* CSR-17: requests of each kind are read, and their signatures verified */
static void reads(void **state) {
  (void)state;
  static const struct {
    wish_t wish;
    uint32_t algorithm;
  } cases[] = {
      {{EVP_PKEY_EC, NID_X9_62_prime256v1, {"EX4200-17", NULL}, NULL, NULL}, SZTP_ALGORITHM_P256},
      {{EVP_PKEY_EC, NID_secp384r1, {"A", NULL}, "DNS:a,IP:192.0.2.1", NULL}, SZTP_ALGORITHM_P384},
      {{EVP_PKEY_EC, NID_secp521r1, {NULL, NULL}, NULL, NULL}, SZTP_ALGORITHM_P521},
      {{EVP_PKEY_RSA, 2048, {"EX4200-17", NULL}, NULL, NULL}, SZTP_ALGORITHM_RSA},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_csr_t *csr = NULL;
    sztp__buf_t der = make_request(&cases[i].wish);
    assert_int_equal(sztp_csr_new(ctx, der.data, der.len, &csr), SZTP_OK);
    assert_int_equal(sztp_csr_algorithm(csr), cases[i].algorithm);
    const char *serial = cases[i].wish.serial[0];
    assert_string_equal(sztp_csr_serial(csr), serial != NULL ? serial : "");
    sztp_csr_free(csr);
    sztp__buf_clear(&der);
  }
  assert_string_equal(sztp_csr_serial(NULL), "");
  assert_int_equal(sztp_csr_algorithm(NULL), 0);
  sztp_csr_free(NULL);
}

/* CSR-17: a request that is changed anywhere is refused; so is one that is cut, weak, or has two serial
 * numbers */
static void refuses(void **state) {
  (void)state;
  sztp_csr_t *csr = NULL;
  sztp__buf_t der = make_request(&usual);
  for (size_t i = 0; i < der.len; i++) {
    assert_true(sztp_csr_new(ctx, der.data, i, &csr) < 0);
    der.data[i] ^= 1;
    assert_true(sztp_csr_new(ctx, der.data, der.len, &csr) < 0);
    der.data[i] ^= 1;
  }
  sztp__trail_clear(ctx);
  der.data[der.len - 1] ^= 1;
  test_expect_fail(ctx, sztp_csr_new(ctx, der.data, der.len, &csr), SZTP_ERR_CMS_SIGNATURE_INVALID,
                   "does not verify");
  sztp__buf_clear(&der);
  static const struct {
    wish_t wish;
    int32_t code;
  } cases[] = {
      {{EVP_PKEY_RSA, 1024, {"A", NULL}, NULL, NULL}, SZTP_ERR_CMS_ALG_WEAK},
      {{EVP_PKEY_EC, NID_X9_62_prime256v1, {"A", "B"}, NULL, NULL}, SZTP_ERR_DER},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    der = make_request(&cases[i].wish);
    assert_int_equal(sztp_csr_new(ctx, der.data, der.len, &csr), cases[i].code);
    sztp__buf_clear(&der);
  }
  assert_int_equal(sztp_csr_new(NULL, (const uint8_t *)"x", 1, &csr), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_new(ctx, NULL, 1, &csr), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_new(ctx, (const uint8_t *)"x", 1, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_new(ctx, (const uint8_t *)"", 0, &csr), SZTP_ERR_TEXT);
  uint8_t *large = calloc(1, 131073);
  assert_int_equal(sztp_csr_new(ctx, large, 131073, &csr), SZTP_ERR_LIMIT);
  free(large);
}

/* What our writer makes is what the reader, and OpenSSL, read: with attributes and without. */
static void writes(void **state) {
  (void)state;
  sztp__buf_t der = make_request(&usual);
  sztp__p10_t given, made;
  sztp__buf_t info;
  sztp__buf_init(&info, ctx, 65536);
  assert_int_equal(sztp__p10_read(ctx, sztp__buf_span(&der), &given), SZTP_OK);
  assert_int_equal(sztp__p10_put_info(&info, given.subject, given.spki, given.attributes), SZTP_OK);
  assert_int_equal(info.len, given.info.len);
  assert_memory_equal(info.data, given.info.data, info.len);
  /* the same subjectAltName as an attribute of ours */
  sztp__span_t value;
  sztp__der_t d;
  sztp__tlv_t names;
  assert_int_equal(sztp__p10_extension(ctx, &given, sztp__span_of("\x55\x1d\x11"), &value), SZTP_OK);
  sztp__der_init(&d, ctx, value);
  assert_int_equal(sztp__der_expect(&d, SZTP__DER_SEQUENCE, &names), SZTP_OK);
  sztp__buf_clear(&info);
  assert_int_equal(sztp__p10_put_names(&info, names.value), SZTP_OK);
  assert_int_equal(info.len, given.attributes.len);
  assert_memory_equal(info.data, given.attributes.data, info.len);
  assert_int_equal(sztp__p10_extension(ctx, &given, sztp__span_of("\x55\x1d\x0f"), &value), SZTP_OK);
  assert_null(value.data);
  /* version 1 is none */
  sztp__buf_clear(&info);
  assert_int_equal(sztp__p10_put_info(&info, given.subject, given.spki, sztp__span(NULL, 0)), SZTP_OK);
  assert_int_equal(sztp__p10_info_read(ctx, sztp__buf_span(&info), &made), SZTP_OK);
  size_t at = 2;
  while (info.data[at] != SZTP__DER_INTEGER) at++;
  info.data[at + 2] = 1;
  test_expect_fail(ctx, sztp__p10_info_read(ctx, sztp__buf_span(&info), &made), SZTP_ERR_DER,
                   "version 1; 0 is known");
  sztp__buf_clear(&info);
  sztp__buf_clear(&der);
}

static X509 *issued(const wish_t *wish, sztp_signer_t *ca, int64_t from, int64_t to) {
  sztp_csr_t *csr = NULL;
  uint8_t *cert = NULL;
  size_t len = 0;
  sztp__buf_t der = make_request(wish);
  assert_int_equal(sztp_csr_new(ctx, der.data, der.len, &csr), SZTP_OK);
  assert_int_equal(sztp_csr_certify(csr, ca, from, to, &cert, &len), SZTP_OK);
  const unsigned char *at = cert;
  X509 *x = d2i_X509(NULL, &at, (long)len);
  assert_non_null(x);
  assert_ptr_equal(at, cert + len);
  at = der.data;
  X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der.len);
  assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x), X509_REQ_get0_pubkey(request)), 1);
  assert_int_equal(X509_NAME_cmp(X509_get_subject_name(x), X509_REQ_get_subject_name(request)), 0);
  X509_REQ_free(request);
  sztp_artifacts_free(ctx, cert);
  sztp_csr_free(csr);
  sztp__buf_clear(&der);
  return x;
}

static X509 *file_cert(const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  BIO *in = BIO_new_mem_buf(pem, (int)len);
  X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
  BIO_free(in);
  free(pem);
  return x;
}

/* CSR-39: the certificate is the CA's, for the request's subject, key and names, and verifies as a client's
 */
static void certifies(void **state) {
  (void)state;
  sztp_signer_t *ca = pki_signer(ctx, "owner-root", NULL);
  int64_t now = (int64_t)time(NULL);
  X509 *x = issued(&usual, ca, now - 60, now + 86400);
  X509 *root = file_cert("owner-root.pem");
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *check = X509_STORE_CTX_new();
  assert_int_equal(X509_STORE_add_cert(store, root), 1);
  assert_int_equal(X509_STORE_CTX_init(check, store, x, NULL), 1);
  assert_int_equal(X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_CLIENT), 1);
  assert_int_equal(X509_verify_cert(check), 1);
  X509_STORE_CTX_free(check);
  X509_STORE_free(store);
  assert_int_equal(X509_get_version(x), 2);
  assert_int_equal(X509_check_host(x, "edge-17", 0, 0, NULL), 1);
  assert_int_equal(X509_check_ca(x), 0);
  assert_int_equal(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), 0);
  X509 *y = issued(&usual, ca, now - 60, now + 86400);
  assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(x), X509_get0_serialNumber(y)), 0);
  X509_free(y);
  X509_free(x);
  /* beyond 2049 the other kind of date */
  x = issued(&usual, ca, now, INT64_C(253402300799));
  assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(x)), V_ASN1_GENERALIZEDTIME);
  assert_string_equal((const char *)ASN1_STRING_get0_data(X509_get0_notAfter(x)), "99991231235959Z");
  assert_int_equal(ASN1_STRING_type(X509_get0_notBefore(x)), V_ASN1_UTCTIME);
  X509_free(x);
  X509_free(root);
  sztp_signer_free(ca);
}

static void certifies_not(void **state) {
  (void)state;
  sztp_csr_t *csr = NULL;
  uint8_t *cert = NULL;
  size_t len = 0;
  sztp_signer_t *leaf = pki_signer(ctx, "owner", NULL);
  sztp_signer_t *ca = pki_signer(ctx, "owner-root", NULL);
  sztp__buf_t der = make_request(&usual);
  assert_int_equal(sztp_csr_new(ctx, der.data, der.len, &csr), SZTP_OK);
  test_expect_fail(ctx, sztp_csr_certify(csr, leaf, 1, 2, &cert, &len), SZTP_ERR_PKIX_NOT_CA,
                   "not that of a CA");
  test_expect_fail(ctx, sztp_csr_certify(csr, ca, 2, 2, &cert, &len), SZTP_ERR_ARG, "end before it begins");
  assert_int_equal(sztp_csr_certify(NULL, ca, 1, 2, &cert, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_certify(csr, NULL, 1, 2, &cert, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_certify(csr, ca, 1, 2, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_certify(csr, ca, 1, 2, &cert, NULL), SZTP_ERR_ARG);
  sztp_csr_free(csr);
  sztp__buf_clear(&der);
  sztp_signer_free(leaf);
  sztp_signer_free(ca);
}

/* Each allocation fails once; nothing leaks, and nothing half made comes out. */
static void without_memory(void **state) {
  (void)state;
  sztp_signer_t *ca = pki_signer(ctx, "owner-root", NULL);
  sztp__buf_t der = make_request(&usual);
  for (size_t n = 1;; n++) {
    sztp_csr_t *csr = NULL;
    uint8_t *cert = NULL;
    size_t len = 0;
    memory.fail_at = memory.calls + n;
    int32_t rc = sztp_csr_new(ctx, der.data, der.len, &csr);
    if (rc == SZTP_OK) rc = sztp_csr_certify(csr, ca, 1, 2, &cert, &len);
    int met = memory.calls >= memory.fail_at;
    memory.fail_at = 0;
    assert_true(rc == SZTP_OK || rc == SZTP_ERR_MEMORY);
    assert_int_equal(rc == SZTP_OK, cert != NULL);
    sztp_artifacts_free(ctx, cert);
    sztp_csr_free(csr);
    if (!met) break;
  }
  sztp__buf_clear(&der);
  sztp_signer_free(ca);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reads, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
      cmocka_unit_test_setup_teardown(writes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(certifies, set_up, tear_down),
      cmocka_unit_test_setup_teardown(certifies_not, set_up, tear_down),
      cmocka_unit_test_setup_teardown(without_memory, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
