/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs, one rule at a time: how they are decoded, and what they say of the certificates of a path; over the
 * certificates and CRLs of tests/make-pki, tests/make-paths and tests/make-crls. */
#include "common/testing.h"

#include "common/pki.h"
#include "cryptography/distribution.h"
#include "cryptography/path.h"
#include "formats/armor.h"
#include "ground/text.h"

#define LIST_MAX 16
#define NOW      ((int64_t)1767225600) /* 2026-01-01 */

/* ---- files --------------------------------------------------------------------------------------- */

typedef struct files {
  sztp__buf_t certs[LIST_MAX];
  sztp__cert_t cert[LIST_MAX];
  size_t cert_count;
  uint8_t *crls[LIST_MAX];
  sztp__crl_t crl[LIST_MAX];
  size_t crl_count;
} files_t;

static size_t word(const char **names, char *out, size_t room, const char *format) {
  size_t len = strcspn(*names, " ");
  if (len == 0) return 0;
  (void)snprintf(out, room, format, (int)len, *names);
  *names += len;
  *names += strspn(*names, " ");
  return len;
}

static void add_certs(sztp_ctx_t *ctx, files_t *f, const char *names) {
  char name[64];
  while (word(&names, name, sizeof name, "%.*s") > 0) {
    (void)pki_cert(ctx, name, &f->certs[f->cert_count], &f->cert[f->cert_count]);
    f->cert_count++;
  }
}

static void add_crls(sztp_ctx_t *ctx, files_t *f, const char *names) {
  char path[64];
  while (word(&names, path, sizeof path, "crls/%.*s.crl") > 0) {
    size_t size = 0;
    f->crls[f->crl_count] = test_read_pki(path, &size);
    assert_int_equal(sztp__crl_parse(ctx, sztp__span(f->crls[f->crl_count], size), &f->crl[f->crl_count]), 0);
    f->crl_count++;
  }
}

static void clear(files_t *f) {
  for (size_t i = 0; i < f->cert_count; i++) sztp__buf_clear(&f->certs[i]);
  for (size_t i = 0; i < f->crl_count; i++) free(f->crls[i]);
  f->cert_count = f->crl_count = 0;
}

/* ---- paths --------------------------------------------------------------------------------------- */

enum { NO_CLOCK = 1, ANY_AGE = 2, SHA1 = 4 };

typedef struct revocation_case {
  const char *certs; /* the leaf, others, the anchor last */
  const char *crls;
  uint32_t mode;
  unsigned flags;
  int32_t code;       /* 0: valid */
  const char *detail; /* part of what is told */
  unsigned operations;
} revocation_case_t;

#define OWNER   "owner owner-int owner-root"
#define FORGED  "crls/forger crls/forger2 crls/forger3 crls/forger4 crls/forger5 crls/forger6 "
#define NEEDED  SZTP__CRLS_REQUIRED
#define PRESENT SZTP__CRLS_IF_PRESENT
#define REVOKED SZTP_ERR_PKIX_REVOKED
#define UNKNOWN SZTP_ERR_PKIX_REVOCATION_UNKNOWN
static const revocation_case_t cases[] = {
    /* VERIFY-08: every level; two certificates and two CRLs are verified, no more */
    {OWNER, "owner-root owner-int", NEEDED, 0, 0, "", 4},
    {OWNER, "owner-int owner-root", NEEDED, 0, 0, "", 4},
    {OWNER, "other-root mfr-int owner-int server-root owner-root", NEEDED, 0, 0, "", 4},
    {OWNER, "owner-int", NEEDED, 0, UNKNOWN,
     "Owner Intermediate\" was revoked is not known: there is no list", 2},
    {OWNER, "owner-root", NEEDED, 0, UNKNOWN, "CN=Owner\" was revoked is not known: there is no list", 3},
    {OWNER, "", NEEDED, 0, UNKNOWN, "there is no list of its issuer", 2},
    {OWNER, "owner-root-revokes owner-int", NEEDED, 0, REVOKED, "CN=Owner Intermediate\", serial number ", 3},
    {OWNER, "owner-root owner-int-revokes", NEEDED, 0, REVOKED, "CN=Owner\", serial number ", 4},
    {OWNER, "owner-root owner-int-revokes", NEEDED, 0, REVOKED, "2025-11-01T00:00:00Z (keyCompromise)", 4},
    {OWNER, "owner-root owner-int owner-int-revokes", NEEDED, 0, REVOKED, "CN=Owner\"", 4},
    {OWNER, "owner-root owner-int-lists-another", NEEDED, 0, 0, "", 4},
    /* VERIFY-10: what is there counts, what is not there doesn't; nothing is verified that says nothing */
    {OWNER, "", PRESENT, 0, 0, "", 2},
    {OWNER, "owner-root owner-int owner-int-lists-another", PRESENT, 0, 0, "", 2},
    {OWNER, "owner-int-revokes", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-root-revokes", PRESENT, 0, REVOKED, "CN=Owner Intermediate\"", 3},
    {OWNER, "owner-int-ended", PRESENT, 0, 0, "", 2},
    /* VERIFY-09 */
    {OWNER, "owner-int-revokes owner-root-revokes", SZTP__CRLS_IGNORED, 0, 0, "", 2},
    /* PKIX-15: another issuer, another key, no right to sign, not of this kind of certificate */
    {OWNER, "owner-root other-root", NEEDED, 0, UNKNOWN, "there is no list of its issuer", 3},
    {OWNER, "other-root", PRESENT, 0, 0, "", 2},
    {OWNER, "owner-root owner-int-forged", NEEDED, 0, UNKNOWN, "no key of its issuer's signed the list", 4},
    {OWNER, "owner-root owner-int-forged owner-int", NEEDED, 0, 0, "", 5},
    {OWNER, "owner-int-forged-revokes", PRESENT, 0, 0, "", 3},
    {"owner owner-int owner-root crls/forger owner-root", "owner-int-forged-revokes", PRESENT, 0, 0, "", 3},
    {"paths/leaf paths/int paths/root", "int", NEEDED, 0, UNKNOWN, "there is no list of its issuer", 2},
    {"paths/leaf paths/int paths/int", "int", NEEDED, 0, UNKNOWN, "lacks cRLSign", 1},
    {"paths/leaf paths/int paths/root", "int-revokes", PRESENT, 0, 0, "", 2},
    {"paths/leaf-ca_no_usage paths/ca_no_usage", "ca_no_usage", NEEDED, 0, 0, "", 2},
    {OWNER, "owner-root owner-int-users", NEEDED, 0, 0, "", 4},
    {OWNER, "owner-root owner-int-cas-another", NEEDED, 0, UNKNOWN, "CA certificates only", 3},
    {OWNER, "owner-root owner-int-attributes", NEEDED, 0, UNKNOWN, "attribute certificates only", 3},
    {OWNER, "owner-int-cas-another owner-int-attributes", PRESENT, 0, 0, "", 2},
    {OWNER, "owner-root owner-int-named-another", NEEDED, 0, UNKNOWN, "distribution point", 3},
    /* RFC 5280 6.3.3 (f): a key of the issuer's for CRLs alone; who drowns it among forged ones gains nothing
     */
    {"owner owner-int crls/signer owner-root", "owner-root owner-int-by-signer", NEEDED, NO_CLOCK | ANY_AGE,
     0, "", 6},
    {"owner owner-int crls/signer owner-root", "owner-int-by-signer-revokes", PRESENT, NO_CLOCK, REVOKED,
     "CN=Owner\"", 5},
    {OWNER, "owner-int-by-signer-revokes", PRESENT, NO_CLOCK, 0, "", 3},
    {"owner owner-int " FORGED "crls/signer owner-root", "owner-int-by-signer-revokes", PRESENT, NO_CLOCK,
     REVOKED, "CN=Owner\"", 11},
    {"owner owner-int " FORGED "owner-root", "owner-int-forged-revokes", PRESENT, NO_CLOCK, 0, "", 9},
    /* nobody's but the CA's own and its issuer's: another CA below the same anchor can't hide what is revoked
     */
    {"owner owner-int crls/stranger owner-branch owner-root", "owner-root owner-int-by-stranger", NEEDED,
     NO_CLOCK | ANY_AGE, UNKNOWN, "no key of its issuer's signed the list", 4},
    /* PKIX-16: D-99 */
    {OWNER, "owner-root owner-int-ended", NEEDED, 0, UNKNOWN, "ended on 2025-06-01T00:00:00Z", 3},
    {OWNER, "owner-root owner-int-future", NEEDED, 0, UNKNOWN, "begins on 2040-01-01T00:00:00Z only", 3},
    {OWNER, "owner-root owner-int-ended-revokes", NEEDED, 0, REVOKED, "no reason given", 4},
    {OWNER, "owner-int-ended-revokes", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-future-revokes", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-root owner-int-ended owner-int", NEEDED, 0, 0, "", 4},
    /* PKIX-17: D-100 */
    {OWNER, "owner-root owner-int-delta", NEEDED, 0, UNKNOWN, "delta CRL", 3},
    {OWNER, "owner-root owner-int owner-int-delta-revokes", NEEDED, 0, REVOKED, "keyCompromise", 4},
    {OWNER, "owner-root owner-int-indirect-another", NEEDED, 0, UNKNOWN, "indirect", 3},
    {OWNER, "owner-root owner-int-reasons-another", NEEDED, 0, UNKNOWN, "reasons", 3},
    {OWNER, "owner-root owner-int-critical-another", NEEDED, 0, UNKNOWN, "critical extension", 3},
    {OWNER, "owner-int-indirect-another owner-int-reasons-another owner-int-critical-another", PRESENT, 0, 0,
     "", 2},
    /* what proves nothing of other certificates still revokes what it lists */
    {OWNER, "owner-int-cas", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-named", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-indirect", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-reasons", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-critical", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-int-sha1-revokes", PRESENT, 0, REVOKED, "CN=Owner\"", 3},
    {OWNER, "owner-root owner-int-reasons", NEEDED, 0, REVOKED, "CN=Owner\"", 4},
    {OWNER, "owner-root owner-int-removed", NEEDED, 0, 0, "", 4},
    {OWNER, "owner-root owner-int-holds", NEEDED, 0, REVOKED, "certificateHold", 4},
    {OWNER, "owner-int-gives-no-reason", PRESENT, 0, REVOKED, "(no reason given)", 3},
    /* CMS-16 holds for CRLs as well */
    {OWNER, "owner-root owner-int-sha1", NEEDED, 0, UNKNOWN, "weak algorithm", 3},
    {OWNER, "owner-root owner-int-sha1", NEEDED, SHA1, 0, "", 4},
    /* CLK-05: D-157 */
    {OWNER, "owner-root owner-int", NEEDED, NO_CLOCK, UNKNOWN, "without a trusted clock", 2},
    {OWNER, "owner-root owner-int", NEEDED, NO_CLOCK | ANY_AGE, 0, "", 4},
    {OWNER, "owner-root owner-int-ended", NEEDED, NO_CLOCK | ANY_AGE, 0, "", 4},
    {OWNER, "owner-root owner-int-ended", NEEDED, ANY_AGE, UNKNOWN, "ended on", 3}, /* the clock is trusted */
    {OWNER, "owner-root owner-int-forged", NEEDED, NO_CLOCK | ANY_AGE, UNKNOWN, "no key of its issuer's", 4},
    {OWNER, "owner-root owner-int-revokes", NEEDED, NO_CLOCK | ANY_AGE, REVOKED, "CN=Owner\"", 4},
    {OWNER, "owner-int-revokes", PRESENT, NO_CLOCK, REVOKED, "CN=Owner\"", 3},
    /* D-118: the anchor is the leaf */
    {"owner owner", "", PRESENT, 0, 0, "", 0},
    {"owner owner", "owner-root owner-int", NEEDED, 0, UNKNOWN, "no key of its issuer's signed the list", 0},
    {"paths/self-no-bc paths/self-no-bc", "self-no-bc", NEEDED, 0, 0, "", 1},
    {"paths/self-no-bc paths/self-no-bc", "self-no-bc-revokes", NEEDED, 0, REVOKED, "CN=self-no-bc\"", 1},
    {"paths/self-no-bc paths/self-no-bc", "", NEEDED, 0, UNKNOWN, "there is no list", 0},
    /* an intermediate as the anchor: nothing is asked about it */
    {"owner owner-int", "owner-int", NEEDED, 0, 0, "", 2},
    {"owner owner-int", "owner-root-revokes owner-int", NEEDED, 0, 0, "", 2},
};

static int32_t run_case(sztp_ctx_t *ctx, const files_t *f, const revocation_case_t *c,
                        sztp__revocation_t *r) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t length = 0;
  sztp__path_t p;
  memset(r, 0, sizeof *r);
  r->mode = c->mode;
  r->crls = f->crl;
  r->count = f->crl_count;
  r->any_age = (c->flags & ANY_AGE) != 0;
  memset(&p, 0, sizeof p);
  p.anchors = &f->cert[f->cert_count - 1];
  p.anchor_count = 1;
  p.others = &f->cert[1];
  p.other_count = f->cert_count - 2;
  p.clock.mode = (c->flags & NO_CLOCK) != 0 ? SZTP__CLOCK_NONE : SZTP__CLOCK_TRUSTED;
  p.clock.now = NOW;
  p.allow_sha1 = (c->flags & SHA1) != 0;
  p.revocation = r;
  return sztp__path_validate(ctx, &p, &f->cert[0], chain, &length);
}

static void rules(void **state) {
  (void)state;
  static files_t f;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const revocation_case_t *c = &cases[i];
    sztp__revocation_t r;
    add_certs(ctx, &f, c->certs);
    add_crls(ctx, &f, c->crls);
    uint64_t before = test_operations(ctx);
    int32_t rc = run_case(ctx, &f, c, &r);
    unsigned done = (unsigned)(test_operations(ctx) - before);
    if (rc != c->code || done != c->operations || (rc != 0 && strstr(test_detail(ctx), c->detail) == NULL))
      fail_msg("\"%s\" with \"%s\": %s \"%s\", %u operations; expected %s \"%s\", %u operations", c->certs,
               c->crls, sztp_error_name(rc), rc == 0 ? "" : test_detail(ctx), done, sztp_error_name(c->code),
               c->detail, c->operations);
    if (rc == 0 && c->mode == NEEDED) assert_int_equal(r.checked, f.cert_count == 2 ? 1 : 2);
    clear(&f);
  }
  test_ctx_free(&m, ctx);
}

/* SEC-05, for a path that holds and one with a revoked certificate */
typedef struct work {
  files_t files;
  const revocation_case_t *c;
} work_t;

static int32_t work(sztp_ctx_t *ctx, void *user) {
  const work_t *w = (const work_t *)user;
  sztp__revocation_t r;
  int32_t rc = run_case(ctx, &w->files, w->c, &r);
  return rc != SZTP_ERR_MEMORY && rc == w->c->code ? SZTP_OK : rc;
}

static void memory(void **state) {
  (void)state;
  static const revocation_case_t both[] = {{OWNER, "owner-root owner-int", NEEDED, 0, 0, "", 0},
                                           {OWNER, "owner-int-revokes", PRESENT, 0, REVOKED, "", 0}};
  for (size_t i = 0; i < 2; i++) {
    static work_t w;
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    w.c = &both[i];
    add_certs(ctx, &w.files, w.c->certs);
    add_crls(ctx, &w.files, w.c->crls);
    assert_true(test_every_allocation(work, &w) >= 5);
    clear(&w.files);
    test_ctx_free(&m, ctx);
  }
}

/* ---- freshness, to the second (PKIX-16, D-99) ---------------------------------------------------- */

static void freshness(void **state) {
  (void)state;
  static const struct {
    int64_t next_update; /* thisUpdate is 10000 */
    int64_t now;
    int fresh;
  } at[] = {
      {20000, 10000, 1},
      {20000, 9700, 1}, /* 300 s of a slow clock */
      {20000, 9699, 0},
      {20000, 19999, 1},
      {20000, 20000, 0}, /* before nextUpdate */
      {SZTP_TIME_UNKNOWN, 10000 + 86399, 1},
      {SZTP_TIME_UNKNOWN, 10000 + 86400, 0},
      {253402300799, 253402300798, 1}, /* the last second of 9999 */
  };
  for (size_t i = 0; i < TEST_COUNT_OF(at); i++) {
    sztp__crl_t crl;
    memset(&crl, 0, sizeof crl);
    crl.this_update = 10000;
    crl.next_update = at[i].next_update;
    assert_int_equal(sztp__crl_is_fresh(&crl, at[i].now), at[i].fresh);
  }
}

/* ---- decoding ------------------------------------------------------------------------------------ */

static void decoding(void **state) {
  (void)state;
  static files_t f;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  add_certs(ctx, &f, "owner");
  add_crls(ctx, &f,
           "owner-int-revokes owner-int-removed owner-int-users owner-int-indirect owner-int-delta "
           "owner-int-named owner-int-critical");
  sztp__crl_entry_t entry;
  assert_int_equal(f.crl[0].version, 2);
  assert_true(f.crl[0].this_update == 1764547200 && f.crl[0].next_update == 4070908799);
  assert_int_equal(f.crl[0].revoked_count, 1);
  assert_int_equal(f.crl[0].number.len, 1);
  assert_true(sztp__crl_lists(ctx, &f.crl[0], &f.cert[0], &entry));
  assert_true(entry.date == 1761955200);
  assert_string_equal(sztp__crl_reason(entry.reason), "keyCompromise");
  sztp__cert_t other = f.cert[0];
  other.serial = sztp__span("\x01", 1);
  assert_false(sztp__crl_lists(ctx, &f.crl[0], &other, &entry));
  assert_int_equal(f.crl[1].revoked_count, 1);
  assert_false(sztp__crl_lists(ctx, &f.crl[1], &f.cert[0], &entry)); /* removeFromCRL */
  assert_true(f.crl[2].only_user_certs && !f.crl[2].only_ca_certs && f.crl[3].is_indirect &&
              f.crl[4].is_delta);
  assert_true(f.crl[5].distribution_point.len > 0 && f.crl[6].unknown_critical.len > 0);
  clear(&f);
  test_ctx_free(&m, ctx);
}

/* SEC-01: every octet cut and changed: refused, or read within its bounds; a CRL whose octets were changed is
 * signed by nobody. */
static void cut_and_changed(void **state) {
  (void)state;
  static files_t f;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  add_certs(ctx, &f, "owner-int");
  add_crls(ctx, &f, "owner-int-revokes");
  size_t len = f.crl[0].der.len;
  sztp__crl_t crl;
  for (size_t n = 0; n < len; n++) {
    test_expect_fail(ctx, sztp__crl_parse(ctx, sztp__span(f.crls[0], n), &crl), SZTP_ERR_DER, "");
    f.crls[0][n] ^= (uint8_t)(1U << (n % 8));
    if (sztp__crl_parse(ctx, sztp__span(f.crls[0], len), &crl) == 0)
      assert_int_not_equal(sztp__crl_verify(ctx, &crl, f.cert[0].spki, 0), 0);
    f.crls[0][n] ^= (uint8_t)(1U << (n % 8));
  }
  assert_int_equal(sztp__crl_parse(ctx, sztp__span(f.crls[0], len), &crl), 0);
  assert_int_equal(sztp__crl_verify(ctx, &crl, f.cert[0].spki, 0), 0);
  clear(&f);
  test_ctx_free(&m, ctx);
}

/* PKIX-15, SEC-04: names of distribution points are compared each with each, and so are few. */
static void many_names(void **state) {
  (void)state;
  for (size_t n = 64; n <= 65; n++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp__buf_t name, points;
    sztp__der_t d;
    size_t marks[3];
    sztp__buf_init(&name, ctx, 4096);
    sztp__buf_init(&points, ctx, 4096);
    (void)sztp__der_open(&name, 0xa0, &marks[0]);
    for (size_t i = 0; i < n; i++) (void)sztp__der_put(&name, 0x86, sztp__span("a:", 2));
    assert_int_equal(sztp__der_close(&name, marks[0]), 0);
    sztp__der_init(&d, ctx, sztp__buf_span(&name));
    assert_int_equal(sztp__distribution_name_check(d), n <= 64 ? 0 : SZTP_ERR_DER);
    for (size_t i = 0; i < n; i++) { /* one name each */
      for (size_t k = 0; k < 3; k++) (void)sztp__der_open(&points, k == 0 ? 0x30 : 0xa0, &marks[k]);
      (void)sztp__der_put(&points, 0x86, sztp__span("a:", 2));
      for (size_t k = 3; k > 0; k--) assert_int_equal(sztp__der_close(&points, marks[k - 1]), 0);
    }
    sztp__der_init(&d, ctx, sztp__buf_span(&points));
    assert_int_equal(sztp__distribution_points_check(d), n <= 64 ? 0 : SZTP_ERR_DER);
    sztp__buf_clear(&name);
    sztp__buf_clear(&points);
    test_ctx_free(&m, ctx);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules),  cmocka_unit_test(freshness),  cmocka_unit_test(decoding),
      cmocka_unit_test(memory), cmocka_unit_test(many_names), cmocka_unit_test(cut_and_changed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
