/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs against BoringSSL's files, without paths: their keys have 1024 bits and their issuers are no CAs by
 * our rules. */
#include "conformance/table.h"
#include "formats/armor.h"

#include <cjson/cJSON.h>

#include "cryptography/crl.h"
#include "ground/text.h"

#define NOW 1489017600 /* the time of the files */

typedef struct file {
  sztp__buf_t cert, issuer, second_issuer, crl;
} file_t;

/* The block of a label that must be there, or (@p optional) may. */
static int take_block(sztp_ctx_t *ctx, sztp__span_t text, const char *wanted, int optional,
                      sztp__buf_t *der) {
  sztp__span_t label;
  sztp__buf_init(der, ctx, 1 << 20);
  while (sztp__pem_next(ctx, &text, &label, der) == SZTP_OK)
    if (sztp__span_is(label, wanted)) return 1;
  sztp__buf_clear(der);
  sztp__trail_clear(ctx);
  if (!optional) fail_msg("no %s", wanted);
  return 0;
}

/* The signature alone, whatever the size of the key. */
static int signed_by(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *issuer) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  if (!sztp__name_equal(NULL, crl->issuer, issuer->subject)) return 0;
  if (issuer->has_key_usage && (issuer->key_usage & SZTP__KU_CRL_SIGN) == 0) return 0;
  assert_int_equal(sztp__hash_once(ctx, crl->sigalg.hash, crl->tbs, digest, &len), 0);
  return sztp__verify_digest(ctx, issuer->spki, &crl->sigalg, sztp__span(digest, len), crl->signature) == 0;
}

static int is_signed(sztp_ctx_t *ctx, const sztp__crl_t *crl, file_t *f) {
  sztp__cert_t issuer;
  if (sztp__cert_parse(ctx, sztp__buf_span(&f->issuer), &issuer) == 0 && signed_by(ctx, crl, &issuer))
    return 1;
  return f->second_issuer.data != NULL &&
         sztp__cert_parse(ctx, sztp__buf_span(&f->second_issuer), &issuer) == 0 &&
         signed_by(ctx, crl, &issuer);
}

/* 0: fresh and not listed; else why not. */
static int32_t status_by(sztp_ctx_t *ctx, file_t *f) {
  sztp__cert_t cert;
  sztp__crl_t crl;
  sztp__crl_entry_t entry;
  int32_t status = 0;
  assert_int_equal(sztp__cert_parse(ctx, sztp__buf_span(&f->cert), &cert), 0);
  int32_t rc = sztp__crl_parse(ctx, sztp__buf_span(&f->crl), &crl);
  if (rc != 0) return rc;
  const char *why = sztp__name_equal(NULL, crl.issuer, cert.issuer)
                        ? sztp__crl_unusable(ctx, &crl, &cert, &status)
                        : "it has another issuer";
  assert_int_equal(status, 0);
  if (why == NULL && !is_signed(ctx, &crl, f)) why = "its issuer did not sign it";
  if (why == NULL && sztp__crl_lists(ctx, &crl, &cert, &entry)) return SZTP_ERR_PKIX_REVOKED;
  if (why == NULL && !sztp__crl_is_fresh(&crl, NOW)) why = "it is not fresh";
  sztp__trail_clear(ctx);
  return why == NULL ? 0 : sztp__fail(ctx, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "test", "%s", why);
}

/* PKIX-15, PKIX-16, PKIX-17 */
static void test_boringssl_crls(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"bad_crldp_has_crlissuer.pem",
       "RFC 5280 6.3.3: a CRL of the certificate's issuer that no distribution point names may be used"},
      {"bad_thisupdate_too_old.pem",
       "D-99: nextUpdate alone decides; the file's limit of 7 days is the caller's"},
      {"good_fake_extension_no_nextupdate.pem", "D-99: without nextUpdate fresh for 24 h, not for 7 days"},
      {"good_no_nextupdate.pem", "D-99: without nextUpdate fresh for 24 h, not for 7 days"},
  };
  test_memory_t m;
  table_t t;
  const cJSON *row = NULL;
  cJSON *root = corpus_json("boringssl-crl/cases.json");
  if (root == NULL) return;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  table_begin(&t, "BoringSSL CRLs", LISTED(known));
  cJSON_ArrayForEach(row, root) {
    const char *name = corpus_text(row, "file");
    char path[160];
    size_t len = 0;
    file_t f;
    (void)snprintf(path, sizeof path, "boringssl-crl/%s", name);
    uint8_t *text = test_read_corpus(path, &len);
    if (text == NULL) fail_msg("no %s", path);
    sztp__span_t blocks = sztp__span(text, len);
    (void)take_block(ctx, blocks, "CERTIFICATE", 0, &f.cert);
    (void)take_block(ctx, blocks, "CA CERTIFICATE", 0, &f.issuer);
    (void)take_block(ctx, blocks, "CA CERTIFICATE 2", 1, &f.second_issuer);
    (void)take_block(ctx, blocks, "CRL", 0, &f.crl);
    int32_t rc = status_by(ctx, &f);
    table_count(&t, name, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "accept_when_crl_required")), rc,
                test_detail(ctx));
    if (strncmp(name, "revoked", 7) == 0) assert_int_equal(rc, SZTP_ERR_PKIX_REVOKED);
    if (strncmp(name, "bad_", 4) == 0 && rc != 0) assert_int_equal(rc, SZTP_ERR_PKIX_REVOCATION_UNKNOWN);
    sztp__trail_clear(ctx);
    sztp__buf_clear(&f.cert);
    sztp__buf_clear(&f.issuer);
    sztp__buf_clear(&f.second_issuer);
    sztp__buf_clear(&f.crl);
    free(text);
  }
  cJSON_Delete(root);
  table_finish(&t);
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_boringssl_crls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
