/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths against other people's test suites: NIST PKITS, x509-limbo and OpenSSL's own. Each case
 * where libsztp decides otherwise is named here, with the reason. */
#include "conformance/table.h"
#include "formats/armor.h"

#include <cjson/cJSON.h>

#include "conformance/stock_mbedtls.h"
#include "cryptography/path.h"
#include "ground/text.h"

#define CERTS_MAX 128
#define CRLS_MAX  16

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
  sztp__buf_t crl_der[CRLS_MAX];
  sztp__crl_t crl[CRLS_MAX];
  size_t crl_buffers;
  size_t crl_count;
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
  for (size_t i = 0; i < s->crl_buffers; i++) sztp__buf_clear(&s->crl_der[i]);
  s->crl_buffers = 0;
  s->crl_count = 0;
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

static void add_crl(set_t *s, const void *der, size_t len) {
  assert_true(s->crl_buffers < CRLS_MAX);
  sztp__buf_t *b = &s->crl_der[s->crl_buffers++];
  sztp__buf_init(b, s->ctx, 1 << 20);
  assert_int_equal(sztp__buf_add(b, der, len), 0);
  if (sztp__crl_parse(s->ctx, sztp__buf_span(b), &s->crl[s->crl_count]) == 0) s->crl_count++;
  sztp__trail_clear(s->ctx);
}

/* How a corpus wants to be judged. */
typedef struct rules {
  int64_t now;
  int allow_sha1;
  sztp__span_t purpose;
  uint32_t revocation; /* SZTP__CRLS_* */
} rules_t;

static int32_t validate(set_t *s, const rules_t *rules) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t chain_len = 0;
  sztp__path_t p;
  sztp__revocation_t revocation = {.mode = rules->revocation, .crls = s->crl, .count = s->crl_count};
  if (s->leaf.count == 0) return SZTP_ERR_DER;
  memset(&p, 0, sizeof p);
  p.anchors = s->anchors.cert;
  p.anchor_count = s->anchors.count;
  p.others = s->others.cert;
  p.other_count = s->others.count;
  p.clock.mode = SZTP__CLOCK_TRUSTED;
  p.clock.now = rules->now;
  p.allow_sha1 = rules->allow_sha1;
  p.purpose = rules->purpose;
  p.revocation = &revocation;
  uint64_t size = 0;
  for (size_t i = 0; i < s->others.count; i++) size += s->others.cert[i].der.len;
  for (size_t i = 0; i < s->crl_count; i++) size += s->crl[i].der.len;
  sztp__work_begin(s->ctx, size + s->leaf.cert[0].der.len);
  int32_t rc = sztp__path_validate(s->ctx, &p, &s->leaf.cert[0], chain, &chain_len);
  sztp__work_end(s->ctx);
  if (rc == 0) {
    assert_true(chain_len > 0);
    assert_ptr_equal(chain[0], &s->leaf.cert[0]);
  } else {
    assert_int_equal(chain_len, 0);
    assert_int_equal(sztp__trail_cause(s->ctx), rc);
  }
  return rc;
}

static size_t spans_of(sztp__buf_t *buffers, size_t count, sztp__span_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = sztp__buf_span(&buffers[i]);
  return count;
}

/* The case as mbedTLS alone sees it. */
static int stock(set_t *s, const rules_t *rules) {
  static sztp__span_t anchors[CERTS_MAX];
  static sztp__span_t others[CERTS_MAX];
  sztp__span_t crls[CRLS_MAX];
  stock_case_t c = {anchors,
                    spans_of(s->anchors.der, s->anchors.buffers, anchors),
                    others,
                    spans_of(s->others.der, s->others.buffers, others),
                    crls,
                    spans_of(s->crl_der, s->crl_buffers, crls),
                    sztp__buf_span(&s->leaf.der[0]),
                    rules->now,
                    rules->allow_sha1};
  return stock_accepts(&c);
}

static void judge(table_t *t, set_t *s, const rules_t *rules, const char *id, int expect_valid) {
  int32_t rc = validate(s, rules);
  table_count(t, id, expect_valid, rc, test_detail(s->ctx));
  table_stock(t, expect_valid, stock(s, rules));
}

/* ---- NIST PKITS ---------------------------------------------------------------------------------- */

static void add_pkits(set_t *s, certs_t *to, const char *name) {
  char path[256];
  size_t len = 0;
  (void)snprintf(path, sizeof path, "pkits/certs/%s.crt", name);
  uint8_t *der = test_read_corpus(path, &len);
  if (der == NULL) fail_msg("no %s", path);
  certs_add_der(s->ctx, to, der, len);
  free(der);
}

static void add_pkits_crl(set_t *s, const char *name) {
  char path[256];
  size_t len = 0;
  (void)snprintf(path, sizeof path, "pkits/crls/%s.crl", name);
  uint8_t *der = test_read_corpus(path, &len);
  if (der == NULL) fail_msg("no %s", path);
  add_crl(s, der, len);
  free(der);
}

/* Sections 4.1 to 4.7 and 4.16 without DSA: what has nothing to do with policies and other kinds of CRLs. */
static int is_core(const char *id) {
  static const char *const dsa[] = {"4.1.4", "4.1.5", "4.1.6"};
  int section = atoi(id + 2);
  for (size_t i = 0; i < TEST_COUNT_OF(dsa); i++)
    if (strcmp(id, dsa[i]) == 0) return 0;
  return section <= 7 || section == 16;
}

/* Reads a test's certificates, the anchor first, the leaf last, and its CRLs. */
static void read_pkits(set_t *s, const cJSON *test) {
  const cJSON *certs = cJSON_GetObjectItemCaseSensitive(test, "certs");
  const cJSON *crl = NULL;
  int last = cJSON_GetArraySize(certs) - 1;
  for (int i = 0; i <= last; i++)
    add_pkits(s,
              i == 0      ? &s->anchors
              : i == last ? &s->leaf
                          : &s->others,
              cJSON_GetArrayItem(certs, i)->valuestring);
  cJSON_ArrayForEach(crl, cJSON_GetObjectItemCaseSensitive(test, "crls")) add_pkits_crl(s, crl->valuestring);
}

static void run_pkits(int core, const char *title, const exception_t *list, size_t listed) {
  static set_t s;
  test_memory_t m;
  table_t t;
  const cJSON *test = NULL;
  rules_t rules = {0, 1, {NULL, 0}, SZTP__CRLS_REQUIRED};
  cJSON *root = corpus_json("pkits/pkits_tests.json");
  if (root == NULL) return;
  table_begin(&t, title, list, listed);
  s.ctx = test_ctx_new(&m);
  assert_int_equal(sztp__time_make(2011, 4, 15, 0, 0, 0, &rules.now), 0);
  cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(root, "tests")) {
    const char *id = corpus_text(test, "id");
    int has_inputs =
        cJSON_GetObjectItemCaseSensitive(test, "params")->child != NULL; /* that nobody has here */
    if (has_inputs || is_core(id) != core) continue;
    read_pkits(&s, test);
    judge(&t, &s, &rules, id, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(test, "should_validate")));
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  if (core) assert_int_equal(t.ours.cases, 75);
  table_finish(&t);
}

/* PKIX-01 to PKIX-10, PKIX-15 to PKIX-17: every certificate must have a CRL */
static void test_pkits_core(void **state) {
  (void)state;
  run_pkits(1, "PKITS core (4.1 to 4.7, 4.16)", NULL, 0);
}

static void test_pkits_rest(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"4.1.4", "DSA"},
      {"4.1.5", "DSA"},
      {"4.14.18", "D-100: CRLs for some reasons only prove nothing"},
      {"4.14.19", "D-100: CRLs for some reasons only prove nothing"},
      {"4.14.22", "D-100: indirect CRLs"},
      {"4.14.24", "D-100: indirect CRLs"},
      {"4.14.25", "D-100: indirect CRLs"},
      {"4.14.28", "D-100: indirect CRLs"},
      {"4.14.29", "D-100: indirect CRLs"},
      {"4.14.30", "D-100: indirect CRLs"},
      {"4.14.33", "D-100: indirect CRLs"},
      {"4.15.5", "D-100: delta CRLs take nothing back"},
  };
  run_pkits(0, "PKITS, the rest", LISTED(known));
}

/* ---- x509-limbo ---------------------------------------------------------------------------------- */

static void add_limbo(set_t *s, certs_t *to, const cJSON *list) {
  const cJSON *pem = NULL;
  cJSON_ArrayForEach(pem, list) certs_add_pem(s->ctx, to, sztp__span_of(pem->valuestring));
}

static void add_limbo_crls(set_t *s, const cJSON *list) {
  const cJSON *pem = NULL;
  cJSON_ArrayForEach(pem, list) {
    sztp__span_t text = sztp__span_of(pem->valuestring);
    sztp__span_t label;
    sztp__buf_t der;
    sztp__buf_init(&der, s->ctx, 1 << 20);
    assert_int_equal(sztp__pem_next(s->ctx, &text, &label, &der), 0);
    add_crl(s, der.data, der.len);
    sztp__buf_clear(&der);
  }
}

static void test_limbo(void **state) {
  (void)state;
  static const exception_t known[] = {
      {"pathlen::max-chain-depth-0-exhausted", "a limit that the caller sets"},
      {"pathlen::max-chain-depth-1-exhausted", "a limit that the caller sets"},
      /* what RFC 5280 asks of whoever issues; its validation (6.1) does not look at it, and certificates
         without it are in use: refusing them would refuse owners */
      {"rfc5280::aki::leaf-missing-aki", "the issuer's duty; tools make such certificates"},
      {"rfc5280::aki::intermediate-missing-aki", "the issuer's duty; tools make such certificates"},
      {"rfc5280::aki::cross-signed-root-missing-aki", "the issuer's duty; tools make such certificates"},
      {"rfc5280::ski::root-missing-ski", "the issuer's duty; tools make such certificates"},
      {"rfc5280::ski::intermediate-missing-ski", "the issuer's duty; tools make such certificates"},
      {"rfc5280::root-non-critical-basic-constraints", "the issuer's duty; tools make such certificates"},
      {"rfc5280::nc::permitted-dns-match-noncritical",
       "the constraints are enforced; OpenSSL's valid rows have such"},
      {"rfc5280::pc::ica-noncritical-pc", "the constraint is enforced; PKITS has valid paths with such"},
      {"rfc5280::serial::zero", "RFC 5280 4.1.2.2: users should be prepared for it"},
      {"rfc5280::serial::negative",
       "RFC 5280 4.1.2.2: users should be prepared for it; PKITS 4.4.14 wants it"},
      {"rfc5280::serial::too-long", "the issuer's duty; BoringSSL has a valid certificate with 37 octets"},
      {"rfc5280::leaf-ku-keycertsign", "6.1 does not look at it, and real owner certificates have it"},
      {"crl::crlnumber-missing", "the issuer's duty; openssl ca writes none unless told so"},
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
        strncmp(id, "online::", 8) == 0) {
      continue;
    }
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(test, "validation_time");
    int64_t now = 0;
    const char *when = cJSON_IsString(time) ? time->valuestring : "2024-06-01T00:00:00Z";
    assert_int_equal(sztp__time_parse(sztp__span_of(when), &now), 0);
    add_limbo(&s, &s.anchors, cJSON_GetObjectItemCaseSensitive(test, "trusted_certs"));
    add_limbo(&s, &s.others, cJSON_GetObjectItemCaseSensitive(test, "untrusted_intermediates"));
    certs_add_pem(s.ctx, &s.leaf, sztp__span_of(corpus_text(test, "peer_certificate")));
    add_limbo_crls(&s, cJSON_GetObjectItemCaseSensitive(test, "crls"));
    int is_server = strcmp(corpus_text(test, "validation_kind"), "SERVER") == 0;
    rules_t rules = {now, 0, sztp__span(server_auth, is_server ? sizeof server_auth : 0),
                     strncmp(id, "crl::", 5) == 0 ? SZTP__CRLS_REQUIRED : SZTP__CRLS_IGNORED};
    judge(&t, &s, &rules, id, strcmp(corpus_text(test, "expected_result"), "SUCCESS") == 0);
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  table_finish(&t);
}

/* ---- OpenSSL ------------------------------------------------------------------------------------- */

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
      {"reject explicit curve leaf with named curve intermediate",
       "a leaf's curve that is not supported is judged where the key is used"},
      {"reject explicit curve leaf with named curve intermediate w/fips",
       "a leaf's curve that is not supported is judged where the key is used"},
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
    rules_t rules = {time_of(test), 0, {NULL, 0}, SZTP__CRLS_IGNORED};
    judge(&t, &s, &rules, about, strcmp(corpus_text(test, "expect"), "valid") == 0);
    set_clear(&s);
  }
  cJSON_Delete(root);
  test_ctx_free(&m, s.ctx);
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pkits_core),
      cmocka_unit_test(test_pkits_rest),
      cmocka_unit_test(test_limbo),
      cmocka_unit_test(test_openssl),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
