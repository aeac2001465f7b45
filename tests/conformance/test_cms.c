/* SPDX-License-Identifier: Apache-2.0 */
/* Other people's CMS: OpenSSL's messages with wrong attributes and its decoder's tests, BoringSSL's bags and
 * signed data, and the conveyed information of a real server. */
#include "conformance/table.h"
#include "formats/armor.h"

#include <sztp/sztp.h>

#include "cryptography/cms.h"
#include "ground/text.h"

/* Reads a file of the corpora; DER out of PEM. NULL, and the test is skipped, if it is not there. */
static uint8_t *read_der(const char *path, size_t *len) {
  uint8_t *data = test_read_corpus(path, len);
  if (data == NULL) {
    print_message("skipped: no %s in CORPORA\n", path);
    skip();
    return NULL;
  }
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__span_t text = sztp__span(data, *len);
  sztp__span_t label;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, 1 << 20);
  if (sztp__pem_next(ctx, &text, &label, &der) == 0) {
    assert_true(der.len <= *len);
    memcpy(data, der.data, der.len);
    *len = der.len;
  }
  sztp__buf_clear(&der);
  test_ctx_free(&m, ctx);
  return data;
}

/* ---- OpenSSL's messages -------------------------------------------------------------------------- */

/* The one signer with its own certificate; SHA-1 is allowed, for what is wrong here is something else. */
static int32_t verify(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__cms_t *cms = NULL;
  sztp__cert_t cert;
  int32_t rc = sztp__cms_parse(ctx, der, &cms);
  if (rc != 0) return rc;
  if (cms->type != SZTP__CMS_SIGNED) {
    rc = SZTP_ERR_CMS_TYPE_UNEXPECTED;
  } else {
    assert_true(cms->cert_count > 0 && cms->signer_count == 1);
    assert_int_equal(sztp__cert_parse(ctx, cms->certs[0], &cert), 0);
    sztp__trail_clear(ctx);
    rc = sztp__cms_verify(ctx, cms, 0, &cert, 1, 0);
  }
  sztp__cms_free(ctx, cms);
  return rc;
}

/* CMS-02, CMS-08, CMS-16, CMS-19: what is wrong is told before the signature is looked at. An attribute that
 * nobody signed does no harm, whatever it is. */
static void test_openssl_messages(void **state) {
  static const struct {
    const char *name;
    int32_t code;
    const char *detail;
  } cases[] = {
      {"no_ct_attr.cms", SZTP_ERR_CMS_CONTENTTYPE_MISMATCH, "0 content-type attributes"},
      {"no_md_attr.cms", SZTP_ERR_CMS_DIGEST_MISMATCH, "0 message-digest attributes"},
      {"ct_multiple_attr.cms", SZTP_ERR_CMS_CONTENTTYPE_MISMATCH, "content-type attribute"},
      {"bad_signtime_attr.cms", SZTP_OK, ""},
      {"pkcs7-md4.pem", SZTP_ERR_CMS_ALG_UNSUPPORTED, "unknown hash"},
      {"encryptedData.der", SZTP_ERR_CMS_TYPE_UNEXPECTED, ""},
      {"malformed.pkcs7", SZTP_ERR_CMS_MALFORMED, "cannot be decoded"},
      {"ciphertext_from_1_1_1.cms", SZTP_ERR_CMS_MALFORMED, "it is a mail (S/MIME)"}, /* not CMS as such */
  };
  table_t t;
  (void)state;
  table_begin(&t, "OpenSSL, CMS messages", NULL, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char path[96];
    size_t len = 0;
    test_memory_t m;
    (void)snprintf(path, sizeof path, "openssl-cms/cms_data/%s", cases[i].name);
    uint8_t *data = read_der(path, &len);
    sztp_ctx_t *ctx = test_ctx_new(&m);
    int32_t rc = verify(ctx, sztp__span(data, len));
    table_count(&t, cases[i].name, cases[i].code == SZTP_OK, rc, test_detail(ctx));
    if (rc != cases[i].code) fail_msg("%s: %s \"%s\"", cases[i].name, sztp_error_name(rc), test_detail(ctx));
    const char *told = "";
    for (size_t n = 0;
         sztp_ctx_trail(ctx, n, NULL, NULL, &told) == 0 && strstr(told, cases[i].detail) == NULL; n++)
      told = "";
    if (cases[i].detail[0] != '\0' && strstr(told, cases[i].detail) == NULL)
      fail_msg("%s: \"%s\"", cases[i].name, test_detail(ctx));
    test_ctx_free(&m, ctx);
    free(data);
  }
  table_finish(&t);
}

/* ---- OpenSSL's decoder --------------------------------------------------------------------------- */

static int32_t read_integer(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__der_t d;
  sztp__span_t value;
  sztp__der_init(&d, ctx, der);
  int32_t rc = sztp__der_integer(&d, &value);
  return rc != 0 ? rc : sztp__der_finish(&d);
}

static int32_t read_cms(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__cms_t *cms = NULL;
  int32_t rc = sztp__cms_parse(ctx, der, &cms);
  sztp__cms_free(ctx, cms);
  return rc;
}

static int32_t read_cert(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__cert_t cert;
  return sztp__cert_parse(ctx, der, &cert);
}

/* PKIX-02: integers have one form; what is broken is refused, wherever it is read. */
static void test_openssl_decoder(void **state) {
  static const struct {
    const char *name;
    int32_t (*read)(sztp_ctx_t *ctx, sztp__span_t der);
    int valid;
  } cases[] = {
      {"int0", read_integer, 1},         {"int1", read_integer, 1},
      {"intminus1", read_integer, 1},    {"bad-int-pad0", read_integer, 0},
      {"high_tag", read_integer, 0},     {"bad-int-padminus1", read_integer, 0},
      {"bad-cms", read_cms, 0},          {"bad_cert", read_cert, 0},
      {"bad_generalname", read_cert, 0}, {"bad_bio", read_cms, 0},
  };
  table_t t;
  (void)state;
  table_begin(&t, "OpenSSL, decoding", NULL, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char path[96];
    size_t len = 0;
    test_memory_t m;
    (void)snprintf(path, sizeof path, "openssl-cms/d2i-tests/%s.der", cases[i].name);
    uint8_t *data = read_der(path, &len);
    sztp_ctx_t *ctx = test_ctx_new(&m);
    int32_t rc = cases[i].read(ctx, sztp__span(data, len));
    table_count(&t, cases[i].name, cases[i].valid, rc, test_detail(ctx));
    assert_true(rc == SZTP_OK || rc == SZTP_ERR_DER || rc == SZTP_ERR_CMS_MALFORMED);
    test_ctx_free(&m, ctx);
    free(data);
  }
  table_finish(&t);
}

/* ---- BoringSSL's PKCS #7 ------------------------------------------------------------------------- */

/* CMS-11, CMS-20, CMS-21, CMS-22, CMS-23, CMS-24: bags of certificates and CRLs, also in BER; signers by
 * issuer or key identifier, whose content is elsewhere (CMS-05). */
static void test_boringssl_pkcs7(void **state) {
  static const struct {
    const char *name;
    size_t certs, crls, signers;
    const char *signer; /* whose certificate the signer names */
  } cases[] = {
      {"nss.p7c", 3, 0, 0, NULL},
      {"windows.p7c", 1, 0, 0, NULL},
      {"openssl_crl.p7c", 0, 1, 0, NULL},
      {"sign_sha1.p7s", 0, 0, 1, "sign_cert.pem"},
      {"sign_sha1_key_id.p7s", 0, 0, 1, "sign_cert.pem"},
      {"sign_sha256.p7s", 0, 0, 1, "sign_cert.pem"},
      {"sign_sha256_key_id.p7s", 0, 0, 1, "sign_cert.pem"},
      {"sign_sha256_cert2.p7s", 0, 0, 1, "sign_cert2.pem"},
  };
  table_t t;
  (void)state;
  table_begin(&t, "BoringSSL, PKCS #7", NULL, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char path[96];
    size_t len = 0;
    test_memory_t m;
    sztp__cms_t *cms = NULL;
    (void)snprintf(path, sizeof path, "boringssl-pki/pkcs7/%s", cases[i].name);
    uint8_t *data = read_der(path, &len);
    sztp_ctx_t *ctx = test_ctx_new(&m);
    int32_t rc = sztp__cms_parse(ctx, sztp__span(data, len), &cms);
    table_count(&t, cases[i].name, 1, rc, test_detail(ctx));
    assert_int_equal(rc, 0);
    if (cms->cert_count != cases[i].certs || cms->crl_count != cases[i].crls ||
        cms->signer_count != cases[i].signers)
      fail_msg("%s: %zu certificates, %zu CRLs, %zu signers", cases[i].name, cms->cert_count, cms->crl_count,
               cms->signer_count);
    if (cases[i].signer != NULL) {
      sztp__cert_t cert;
      (void)snprintf(path, sizeof path, "boringssl-pki/pkcs7/%s", cases[i].signer);
      uint8_t *der = read_der(path, &len);
      assert_int_equal(sztp__cert_parse(ctx, sztp__span(der, len), &cert), 0);
      int named = 0;
      assert_int_equal(sztp__cms_signer_is(ctx, &cms->signers[0], &cert, &named), SZTP_OK);
      assert_true(named);
      assert_int_equal(sztp__cms_verify(ctx, cms, 0, &cert, 1, 0), SZTP_ERR_CMS_DETACHED);
      free(der);
    }
    sztp__cms_free(ctx, cms);
    test_ctx_free(&m, ctx);
    free(data);
  }
  table_finish(&t);
}

/* ---- a real server's conveyed information -------------------------------------------------------- */

/* CONV-04, TRUST-06, TRUST-07, TRUST-09: unsigned onboarding information is taken from a trusted source
 * alone, a redirect from any, and trusted from none that is not. */
static void test_opi(void **state) {
  static const struct {
    const char *name;
    uint32_t kind;
  } files[] = {
      {"1b046b5ce13f", SZTP_INFO_REDIRECT},   {"3288bf6168d5", SZTP_INFO_ONBOARDING},
      {"9a0b5232e9ba", SZTP_INFO_ONBOARDING}, {"9adf94176db2", SZTP_INFO_ONBOARDING},
      {"9f57f5f026b8", SZTP_INFO_ONBOARDING}, {"f50e4a066e2d", SZTP_INFO_ONBOARDING},
  };
  table_t t;
  (void)state;
  table_begin(&t, "opiproject/sztp", NULL, 0);
  for (size_t i = 0; i < 2 * TEST_COUNT_OF(files); i++) {
    char path[96];
    size_t len = 0;
    test_memory_t m;
    sztp_device_t *dev = NULL;
    sztp_bundle_t *b = NULL;
    sztp_verdict_t *v = NULL;
    uint32_t channel = i % 2 != 0 ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;
    uint32_t kind = files[i / 2].kind;
    (void)snprintf(path, sizeof path, "opi-sztp/sztpJSON_%s.der", files[i / 2].name);
    uint8_t *data = read_der(path, &len);
    sztp_ctx_t *ctx = test_ctx_new(&m);
    assert_int_equal(sztp_device_new(ctx, &dev), 0);
    assert_int_equal(sztp_bundle_new(ctx, &b), 0);
    assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO, data, len), 0);
    int32_t rc = sztp_verify(dev, b, SZTP_TIME_UNKNOWN, channel, &v);
    int good = channel == SZTP_CHANNEL_TRUSTED || kind == SZTP_INFO_REDIRECT;
    table_count(&t, files[i / 2].name, good, rc,
                sztp_verdict_text(v, SZTP_STEP_INFO_CONTENT, SZTP_TEXT_DETAIL));
    assert_int_equal(rc, good ? SZTP_OK : SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED);
    assert_int_equal(sztp_verdict_kind(v), kind);
    assert_int_equal(sztp_verdict_trusted(v), channel == SZTP_CHANNEL_TRUSTED);
    sztp_verdict_free(v);
    sztp_bundle_free(b);
    sztp_device_free(dev);
    test_ctx_free(&m, ctx);
    free(data);
  }
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_openssl_messages),
      cmocka_unit_test(test_openssl_decoder),
      cmocka_unit_test(test_boringssl_pkcs7),
      cmocka_unit_test(test_opi),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
