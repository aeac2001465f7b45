/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths against other people's test suites: NIST PKITS, x509-limbo and OpenSSL's own. Each case
 * where libsztp decides otherwise is named here, with the reason. */
#include "conformance/table.h"

#include <cjson/cJSON.h>

#include "cryptography/path.h"
#include "ground/text.h"

#define CERTS_MAX 128

/* A test's certificates; what could not be decoded is not there. */
typedef struct certs {
  sztp__buf_t der[CERTS_MAX];
  sztp__cert_t cert[CERTS_MAX];
  size_t buffers;
  size_t count;
} certs_t;

typedef struct set {
  sztp_ctx_t *ctx;
  certs_t anchors;
  certs_t others;
  certs_t leaf;
} set_t;

static void certs_clear(certs_t *c) {
  for (size_t i = 0; i < c->buffers; i++) sztp__buf_clear(&c->der[i]);
  c->buffers = 0;
  c->count = 0;
}

static void set_clear(set_t *s) {
  certs_clear(&s->anchors);
  certs_clear(&s->others);
  certs_clear(&s->leaf);
}

static void certs_add_der(sztp_ctx_t *ctx, certs_t *c, const void *der, size_t len) {
  assert_true(c->buffers < CERTS_MAX);
  sztp__buf_t *b = &c->der[c->buffers++];
  sztp__buf_init(b, ctx, 1 << 20);
  assert_int_equal(sztp__buf_add(b, der, len), 0);
  if (sztp__cert_parse(ctx, sztp__buf_span(b), &c->cert[c->count]) == 0) c->count++;
  sztp__trail_clear(ctx);
}

static void certs_add_pem(sztp_ctx_t *ctx, certs_t *c, sztp__span_t text) {
  sztp__span_t label;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, 1 << 20);
  assert_int_equal(sztp__pem_next(ctx, &text, &label, &der), 0);
  /* OpenSSL's trusted certificates have settings behind the certificate */
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, ctx, sztp__buf_span(&der));
  assert_int_equal(sztp__der_any(&d, &tlv), 0);
  certs_add_der(ctx, c, tlv.whole.data, tlv.whole.len);
  sztp__buf_clear(&der);
}

static int32_t validate(set_t *s, int64_t now, int allow_sha1, sztp__span_t purpose) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t chain_len = 0;
  sztp__path_t p;
  if (s->leaf.count == 0) return SZTP_ERR_DER;
  memset(&p, 0, sizeof p);
  p.anchors = s->anchors.cert;
  p.anchor_count = s->anchors.count;
  p.others = s->others.cert;
  p.other_count = s->others.count;
  p.clock.mode = SZTP__CLOCK_TRUSTED;
  p.clock.now = now;
  p.allow_sha1 = allow_sha1;
  p.purpose = purpose;
  int32_t rc = sztp__path_validate(s->ctx, &p, &s->leaf.cert[0], chain, &chain_len);
  if (rc == 0) {
    assert_true(chain_len > 0);
    assert_ptr_equal(chain[0], &s->leaf.cert[0]);
  } else {
    assert_int_equal(chain_len, 0);
    assert_int_equal(sztp__trail_cause(s->ctx), rc);
  }
  return rc;
}

/* --- NIST PKITS --- */

static void add_pkits(set_t *s, certs_t *to, const char *name) {
  char path[256];
  size_t len = 0;
  (void)snprintf(path, sizeof path, "pkits/certs/%s.crt", name);
  uint8_t *der = test_read_corpus(path, &len);
  if (der == NULL) fail_msg("no %s", path);
  certs_add_der(s->ctx, to, der, len);
  free(der);
}

static int in_section(const char *id, const char *section) {
  size_t len = strlen(section);
  return strncmp(id, section, len) == 0 && id[len] == '.';
}

static void test_pkits(void **state) {
  (void)state;
  static const char *const skipped_sections[] = {"4.4", "4.14", "4.15"}; /* revocation */
  static const exception_t known[] = {
      {"4.1.4", "DSA"},           {"4.1.5", "DSA"},           {"4.5.2", "told by a CRL"},
      {"4.5.5", "told by a CRL"}, {"4.5.7", "told by a CRL"}, {"4.7.4", "told by a CRL"},
      {"4.7.5", "told by a CRL"},
  };
  static set_t s;
  test_memory_t m;
  table_t t;
  const cJSON *test = NULL;
  int64_t now = 0;
  cJSON *root = corpus_json("pkits/pkits_tests.json");
  if (root == NULL) return;
  table_begin(&t, "PKITS", LISTED(known));
  s.ctx = test_ctx_new(&m);
  assert_int_equal(sztp__time_make(2011, 4, 15, 0, 0, 0, &now), 0);
  cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(root, "tests")) {
    const char *id = corpus_text(test, "id");
    int skip = cJSON_GetObjectItemCaseSensitive(test, "params")->child != NULL;
    for (size_t i = 0; i < TEST_COUNT_OF(skipped_sections); i++) skip |= in_section(id, skipped_sections[i]);
    if (skip) continue;
    const cJSON *certs = cJSON_GetObjectItemCaseSensitive(test, "certs");
    int last = cJSON_GetArraySize(certs) - 1;
    for (int i = 0; i <= last; i++) {
      add_pkits(&s,
                i == 0      ? &s.anchors
                : i == last ? &s.leaf
                            : &s.others,
                cJSON_GetArrayItem(certs, i)->valuestring);
    }
    int32_t rc = validate(&s, now, 1, sztp__span(NULL, 0));
    table_count(&t, id, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(test, "should_validate")), rc,
                test_detail(s.ctx));
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  table_finish(&t);
}

/* --- x509-limbo --- */

static void add_limbo(set_t *s, certs_t *to, const cJSON *list) {
  const cJSON *pem = NULL;
  cJSON_ArrayForEach(pem, list) certs_add_pem(s->ctx, to, sztp__span_of(pem->valuestring));
}

static void test_limbo(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"pathlen::max-chain-depth-0-exhausted", "a limit that the caller sets"},
      {"pathlen::max-chain-depth-1-exhausted", "a limit that the caller sets"},
      /* what a CA has to do when it issues, and what validation (RFC 5280 6.1) does not look at */
      {"rfc5280::aki::critical-aki", "issuing"},
      {"rfc5280::aki::leaf-missing-aki", "issuing"},
      {"rfc5280::aki::intermediate-missing-aki", "issuing"},
      {"rfc5280::aki::cross-signed-root-missing-aki", "issuing"},
      {"rfc5280::nc::permitted-dns-match-noncritical", "issuing"},
      {"rfc5280::nc::not-allowed-in-ee-noncritical", "issuing"},
      {"rfc5280::nc::not-allowed-in-ee-critical", "issuing"},
      {"rfc5280::pc::ica-noncritical-pc", "issuing"},
      {"rfc5280::serial::too-long", "issuing"},
      {"rfc5280::serial::zero", "issuing"},
      {"rfc5280::serial::negative", "issuing"},
      {"rfc5280::ski::critical-ski", "issuing"},
      {"rfc5280::ski::root-missing-ski", "issuing"},
      {"rfc5280::ski::intermediate-missing-ski", "issuing"},
      {"rfc5280::root-non-critical-basic-constraints", "issuing"},
      {"rfc5280::leaf-ku-keycertsign", "issuing; real owner certificates have it"},
      /* others */
      {"rfc5280::nc::invalid-dnsname-leading-period",
       "a dot in front is common, and read as OpenSSL reads it"},
      {"rfc5280::root-missing-basic-constraints", "D-98: who configures an anchor vouches for it"},
      {"rfc5280::ca-as-leaf-wrong-san", "the TLS layer compares the server's name"},
  };
  static const uint8_t server_auth[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
  static set_t s;
  test_memory_t m;
  table_t t;
  const cJSON *test = NULL;
  cJSON *root = corpus_json("x509-limbo/limbo.json");
  if (root == NULL) return;
  table_begin(&t, "x509-limbo", LISTED(known));
  s.ctx = test_ctx_new(&m);
  cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(root, "testcases")) {
    const char *id = corpus_text(test, "id");
    if (strncmp(id, "webpki::", 8) == 0 || strncmp(id, "rfc5280::san::", 14) == 0 ||
        strncmp(id, "online::", 8) == 0 || strncmp(id, "crl::", 5) == 0) {
      continue;
    }
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(test, "validation_time");
    int64_t now = 0;
    const char *when = cJSON_IsString(time) ? time->valuestring : "2024-06-01T00:00:00Z";
    assert_int_equal(sztp__time_parse(sztp__span_of(when), &now), 0);
    add_limbo(&s, &s.anchors, cJSON_GetObjectItemCaseSensitive(test, "trusted_certs"));
    add_limbo(&s, &s.others, cJSON_GetObjectItemCaseSensitive(test, "untrusted_intermediates"));
    certs_add_pem(s.ctx, &s.leaf, sztp__span_of(corpus_text(test, "peer_certificate")));
    int is_server = strcmp(corpus_text(test, "validation_kind"), "SERVER") == 0;
    int32_t rc = validate(&s, now, 0, sztp__span(server_auth, is_server ? sizeof server_auth : 0));
    table_count(&t, id, strcmp(corpus_text(test, "expected_result"), "SUCCESS") == 0, rc, test_detail(s.ctx));
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  table_finish(&t);
}

/* --- OpenSSL --- */

static void add_openssl(set_t *s, certs_t *to, const char *name) {
  char path[256];
  size_t len = 0;
  (void)snprintf(path, sizeof path, "openssl-cms/certs/%s.pem", name);
  uint8_t *pem = test_read_corpus(path, &len);
  if (pem == NULL) fail_msg("no %s", path);
  certs_add_pem(s->ctx, to, sztp__span(pem, len));
  free(pem);
}

static void add_openssl_list(set_t *s, certs_t *to, const cJSON *list) {
  const cJSON *name = NULL;
  cJSON_ArrayForEach(name, list) add_openssl(s, to, name->valuestring);
}

/* "ca-serverAuth": a certificate with OpenSSL's own trust settings, which say what it is trusted for. */
static int has_trust_settings(const char *name) {
  static const char *const marks[] = {"anyEKU", "clientAuth", "serverAuth"};
  for (size_t i = 0; i < TEST_COUNT_OF(marks); i++) {
    const char *mark = strstr(name, marks[i]);
    if (mark != NULL && mark > name && (mark[-1] == '+' || mark[-1] == '-')) return 1;
  }
  return 0;
}

/* Rows about what is no rule here: purposes (D-117), levels of strength, depth, proxy certificates, SM2. */
static int is_foreign(const cJSON *test) {
  static const char *const options[] = {"-auth_level",        "-verify_depth", "-x509_strict",
                                        "-allow_proxy_certs", "-policy",       "-vfyopt"};
  const cJSON *item = NULL;
  const char *purpose = corpus_text(test, "purpose");
  if (strcmp(purpose, "") != 0 && strcmp(purpose, "sslserver") != 0) return 1;
  if (has_trust_settings(corpus_text(test, "certificate"))) return 1;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test, "trusted")) {
    if (has_trust_settings(item->valuestring)) return 1;
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test, "untrusted")) {
    if (has_trust_settings(item->valuestring)) return 1;
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test, "options")) {
    for (size_t i = 0; i < TEST_COUNT_OF(options); i++) {
      if (strcmp(item->valuestring, options[i]) == 0) return 1;
    }
  }
  return 0;
}

/* The time that the row asks for. */
static int64_t time_of(const cJSON *test) {
  const cJSON *item = NULL;
  int64_t now = 0;
  int next = 0;
  assert_int_equal(sztp__time_make(2026, 1, 1, 0, 0, 0, &now), 0);
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test, "options")) {
    if (next) now = strtoll(item->valuestring, NULL, 10);
    next = strcmp(item->valuestring, "-attime") == 0;
  }
  return now;
}

static void test_openssl(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"accept critical OCSP No Check", "not an extension that is understood here"},
      {"fail non-CA trust-store intermediate", "D-98: who configures an anchor vouches for it"},
      {"fail partial chain with client purpose", "D-117: purposes of anchors are not looked at"},
      {"fail server leaf purpose", "D-117: purposes are not looked at unless configured"},
      {"reject RSA 768 leaf at auth level 1", "the leaf's key is judged where it is used"},
      {"reject explicit curve leaf with named curve intermediate",
       "the leaf's key is judged where it is used"},
      {"reject explicit curve leaf with named curve intermediate w/fips",
       "the leaf's key is judged where it is used"},
      {"CA PSS signature", "keys restricted to PSS are not supported"},
      {"accept X25519 EE cert issued by trusted Ed25519 self-signed CA cert", "mbedTLS has no Ed25519"},
      {"fail trusted Ed25519-signed self-issued X25519 cert", "PKIX-14: the leaf is the anchor"},
      {"fail client purpose", "D-117: purposes of intermediates are not looked at"},
      {"Not too many names and constraints to check (1)", "our limit is lower"},
      {"Not too many names and constraints to check (2)", "our limit is lower"},
      {"Not too many names and constraints to check (3)", "our limit is lower"},
      {"Name constraints bad othername name constraint", "its name constraints are malformed"},
      {"Name Constraints CNs not permitted", "a common name is no host name"},
      {"Name Constraints CN hostname not permitted", "a common name is no host name"},
      {"Name Constraints CN BMPSTRING hostname not permitted", "a common name is no host name"},
  };
  static set_t s;
  test_memory_t m;
  table_t t;
  const cJSON *test = NULL;
  cJSON *root = corpus_json("openssl-cms/verdicts.json");
  if (root == NULL) return;
  table_begin(&t, "OpenSSL", LISTED(known));
  s.ctx = test_ctx_new(&m);
  cJSON_ArrayForEach(test, root) {
    if (is_foreign(test)) continue;
    const char *about = corpus_text(test, "about");
    add_openssl_list(&s, &s.anchors, cJSON_GetObjectItemCaseSensitive(test, "trusted"));
    add_openssl_list(&s, &s.others, cJSON_GetObjectItemCaseSensitive(test, "untrusted"));
    add_openssl(&s, &s.leaf, corpus_text(test, "certificate"));
    int32_t rc = validate(&s, time_of(test), 0, sztp__span(NULL, 0));
    table_count(&t, about, strcmp(corpus_text(test, "expect"), "valid") == 0, rc, test_detail(s.ctx));
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pkits),
      cmocka_unit_test(test_limbo),
      cmocka_unit_test(test_openssl),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
