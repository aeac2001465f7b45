/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths over the certificates of tests/make-paths, one rule at a time. */
#include "common/testing.h"

#include "common/pki.h"
#include "cryptography/path.h"
#include "cryptography/path_check.h"
#include "formats/armor.h"
#include "ground/text.h"

#define CERTS_MAX 40

typedef struct certs {
  sztp__buf_t der[CERTS_MAX];
  sztp__cert_t cert[CERTS_MAX];
  size_t count;
} certs_t;

typedef struct set {
  certs_t anchors;
  certs_t others;
  certs_t leaf;
} set_t;

/* Adds the certificates whose names stand in @p names, with spaces between. */
static void add(sztp_ctx_t *ctx, certs_t *c, const char *names) {
  while (*names != 0) {
    char name[128];
    size_t len = strcspn(names, " ");
    (void)snprintf(name, sizeof name, "paths/%.*s", (int)len, names);
    assert_true(c->count < CERTS_MAX);
    (void)pki_cert(ctx, name, &c->der[c->count], &c->cert[c->count]);
    c->count++;
    names += len;
    names += strspn(names, " ");
  }
}

static void clear(certs_t *c) {
  for (size_t i = 0; i < c->count; i++) sztp__buf_clear(&c->der[i]);
  c->count = 0;
}

static void set_clear(set_t *s) {
  clear(&s->anchors);
  clear(&s->others);
  clear(&s->leaf);
}

#define NOW ((int64_t)1767225600) /* 2026-01-01 */

static sztp__path_t path_of(const set_t *s) {
  sztp__path_t p;
  memset(&p, 0, sizeof p);
  p.anchors = s->anchors.cert;
  p.anchor_count = s->anchors.count;
  p.others = s->others.cert;
  p.other_count = s->others.count;
  p.clock.mode = SZTP__CLOCK_TRUSTED;
  p.clock.now = NOW;
  return p;
}

/* ---- one rule at a time -------------------------------------------------------------------------- */

enum {
  LEARNED = 1,
  SHA1 = 2,
  FLOOR = 4,
  NO_CLOCK = 8,
  MAY_SIGN = 16,
  FOR_SERVER = 32,
  FOR_CLIENT = 64,
  OWN_CODE = 128
};

typedef struct path_case {
  const char *anchors, *others, *leaf;
  unsigned flags;
  int32_t code;       /* 0: valid */
  const char *detail; /* or part of what is told */
  size_t length;      /* of a valid path */
  unsigned operations;
} path_case_t;

static const path_case_t path_cases[] = {
    /* PKIX-01, PKIX-05, PKIX-13 */
    {"root", "int", "leaf", 0, 0, "", 3, 2},
    {"root", "int int2", "leaf2", 0, 0, "", 4, 3},
    {"root", "", "leaf-root", LEARNED, 0, "", 2, 1},
    {"int", "", "leaf", LEARNED, 0, "", 2, 1},
    {"int", "root int2", "leaf2", LEARNED, 0, "", 3, 2},
    {"root", "", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer was found", 0, 0},
    {"root", "int", "leaf2", 0, SZTP_ERR_PKIX_NO_PATH, "\"O=Example, CN=leaf2\"", 0, 0},
    {"root", "int2", "leaf2", 0, SZTP_ERR_PKIX_NO_PATH, "\"O=Example, CN=int2\"", 0, 0},
    {"other-root", "int root", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer was found", 0,
     0},
    {"", "int root", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "no certificate", 0, 0},
    {"root", "int-printable", "leaf-printable", 0, 0, "", 3, 2},
    {"root", "int-utf8", "leaf-printable", 0, 0, "", 3, 2},
    /* PKIX-03: names chain, keys do not; the candidate whose key identifier fits is tried first */
    {"root", "int-other-key", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "does not verify with the key of", 0, 2},
    {"root", "int-other-key int", "leaf", 0, 0, "", 3, 2},
    {"root", "int-forged", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer", 0, 0},
    {"root other-root", "int-forged int", "leaf", 0, 0, "", 3, 2},
    {"root other-root", "int-forged", "leaf", 0, SZTP_ERR_PKIX_NO_PATH, "does not verify", 0, 2},
    /* PKIX-04, CLK-02, CLK-03 */
    {"root", "int-ended", "leaf", 0, SZTP_ERR_PKIX_EXPIRED, "\"O=Example, CN=int\" ended on 2021-01-01", 0,
     0},
    {"root", "int-ended int", "leaf", 0, 0, "", 3, 2},
    {"root", "int", "leaf-ended", 0, SZTP_ERR_PKIX_EXPIRED, "CN=leaf-ended", 0, 0},
    {"root", "int", "leaf-future", 0, SZTP_ERR_PKIX_NOT_YET_VALID, "starts on 2040-01-01", 0, 0},
    {"root", "int", "leaf-ended", FLOOR, SZTP_ERR_PKIX_EXPIRED, "CN=leaf-ended", 0, 0},
    {"root", "int", "leaf-future", FLOOR, 0, "", 3, 2},
    {"root", "int-ended", "leaf-ended", NO_CLOCK, 0, "", 3, 2},
    {"root", "int", "leaf-future", NO_CLOCK, 0, "", 3, 2},
    {"root-ended", "int", "leaf", 0, SZTP_ERR_PKIX_EXPIRED, "CN=root", 0, 0},
    {"root-ended root", "int", "leaf", 0, 0, "", 3, 2},
    {"root-ended", "int", "leaf", FLOOR, SZTP_ERR_PKIX_EXPIRED, "CN=root", 0, 0},
    {"root-ended", "int", "leaf", NO_CLOCK, 0, "", 3, 2},
    /* PKIX-06, PKIX-08, PKIX-10 */
    {"root", "not_ca", "leaf-not_ca", 0, SZTP_ERR_PKIX_NOT_CA, "an issuer is not a CA certificate", 0, 0},
    {"root", "empty", "leaf-empty", 0, SZTP_ERR_PKIX_NOT_CA, "an issuer is not a CA certificate", 0, 0},
    {"root", "int-v1", "leaf", 0, SZTP_ERR_PKIX_NOT_CA, "an issuer is not a CA certificate", 0, 0},
    {"root", "ca_wrong_usage", "leaf-ca_wrong_usage", 0, SZTP_ERR_PKIX_KEYUSAGE, "lacks keyCertSign", 0, 0},
    {"root", "ca_no_usage", "leaf-ca_no_usage", 0, 0, "", 3, 2},
    {"root", "ca_critical", "leaf-ca_critical", 0, SZTP_ERR_PKIX_CRITICAL_EXT, "1.3.6.1.4.1.99999.1", 0, 0},
    {"root", "int", "leaf_critical", 0, SZTP_ERR_PKIX_CRITICAL_EXT, "1.3.6.1.4.1.99999.1", 0, 0},
    {"root", "int", "leaf_private", 0, 0, "", 3, 2},
    {"ca_wrong_usage", "", "leaf-ca_wrong_usage", 0, SZTP_ERR_PKIX_KEYUSAGE, "lacks keyCertSign", 0, 0},
    {"ca_critical", "", "leaf-ca_critical", 0, SZTP_ERR_PKIX_CRITICAL_EXT, "1.3.6.1.4.1.99999.1", 0, 0},
    /* PKIX-07, PKIX-12 */
    {"root", "pathlen0", "leaf-pathlen0", 0, 0, "", 3, 2},
    {"root", "pathlen0 below0", "leaf-below0", 0, SZTP_ERR_PKIX_PATHLEN, "CN=below0", 0, 3},
    {"root", "pathlen0 below0-self", "leaf-below0-self", 0, 0, "", 4, 3},
    {"root-pathlen0", "int-root-pathlen0", "leaf-root-pathlen0", 0, SZTP_ERR_PKIX_PATHLEN,
     "int-root-pathlen0", 0, 2},
    {"root", "deep1 deep2 deep3 deep4 deep5 deep6 deep7 deep8", "leaf-deep8", 0, 0, "", 10, 9},
    {"root", "deep1 deep2 deep3 deep4 deep5 deep6 deep7 deep8 deep9", "leaf-deep9", 0, SZTP_ERR_PKIX_NO_PATH,
     "the path grows too long", 0, 0},
    {"root", "loop-a loop-b loop-a-by-b", "leaf-loop", 0, SZTP_ERR_PKIX_NO_PATH,
     "no certificate of the issuer", 0, 0},
    {"other-root", "loop-a-by-b loop-b loop-a", "leaf-loop", 0, 0, "", 4, 3},
    /* PKIX-13: D-98 */
    {"not_ca", "", "leaf-not_ca", 0, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", 0, 0},
    {"empty", "", "leaf-empty", 0, 0, "", 2, 1},
    {"empty", "", "leaf-empty", LEARNED, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", 0, 0},
    {"root-v1", "", "leaf-root-v1", 0, 0, "", 2, 1},
    {"root-v1", "", "leaf-root-v1", LEARNED, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", 0,
     0},
    /* PKIX-14 */
    {"self", "", "self", LEARNED, 0, "", 1, 0},
    {"leaf", "", "leaf", LEARNED, 0, "", 1, 0},
    {"root leaf", "int", "leaf", 0, 0, "", 1, 0},
    {"self", "", "self-again", LEARNED, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", 0, 0},
    {"self", "", "leaf-self", LEARNED, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", 0, 0},
    {"leaf-ended", "", "leaf-ended", LEARNED, SZTP_ERR_PKIX_EXPIRED, "CN=leaf-ended", 0, 0},
    {"leaf_encipher", "", "leaf_encipher", LEARNED | MAY_SIGN, SZTP_ERR_PKIX_KEYUSAGE, "CN=leaf_encipher", 0,
     0},
    {"leaf_critical", "", "leaf_critical", LEARNED, SZTP_ERR_PKIX_CRITICAL_EXT, "leaf_critical", 0, 0},
    /* VERIFY-06, VERIFY-07 */
    {"root", "int", "leaf", MAY_SIGN, 0, "", 3, 2},
    {"root", "int", "leaf_private", MAY_SIGN, 0, "", 3, 2},
    {"root", "int", "leaf_encipher", 0, 0, "", 3, 2},
    {"root", "int", "leaf_encipher", MAY_SIGN, SZTP_ERR_PKIX_KEYUSAGE, "does not allow", 0, 0},
    {"root", "int", "leaf_repudiation", MAY_SIGN | OWN_CODE, SZTP_ERR_OWNER_KEYUSAGE, "does not allow", 0, 0},
    {"root", "int", "leaf_server", 0, 0, "", 3, 2},
    {"root", "int", "leaf_server", FOR_SERVER, 0, "", 3, 2},
    {"root", "int", "leaf_server", FOR_CLIENT, SZTP_ERR_PKIX_KEYUSAGE, "lacks the required purpose", 0, 0},
    {"root", "int", "leaf_any", FOR_CLIENT, 0, "", 3, 2},
    {"root", "int", "leaf", FOR_CLIENT, 0, "", 3, 2},
    /* PKIX-11 */
    {"root", "ca_policy", "leaf-policy", 0, 0, "", 3, 2},
    {"root", "ca_policy", "leaf-no-policy", 0, SZTP_ERR_PKIX_NO_PATH, "requires a certificate policy", 0, 2},
    /* PKIX-09: D-96 */
    {"root", "names", "names-leaf_dns", 0, 0, "", 3, 2},
    {"names", "", "names-leaf_dns", 0, 0, "", 2, 1},
    {"root", "names", "names-leaf_dns_outside", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT,
     "\"example.org\" lies outside", 0, 2},
    {"names", "", "names-leaf_dns_outside", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "\"example.org\" lies outside",
     0, 1},
    {"root", "names", "names-leaf_dns_excluded", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "a CA excludes", 0, 2},
    {"root", "names", "names-leaf_dns_wildcard", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "a CA excludes", 0, 2},
    {"root", "names", "names-leaf_email_outside", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "x@example.org", 0, 2},
    {"root", "names", "names-leaf_ip_outside", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "IP address", 0, 2},
    {"root", "names", "names-leaf_uri_outside", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "https://example.com/", 0,
     2},
    {"root", "names", "names-leaf_uri_address", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "cannot be compared", 0, 2},
    {"root", "names", "names-leaf_other_name", 0, 0, "", 3, 2},
    {"root", "names", "names-directory", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "O=Elsewhere", 0, 2},
    {"root", "names", "names-email", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "x@example.org", 0, 2},
    {"root", "names-other", "names-other-leaf", 0, SZTP_ERR_PKIX_NAME_CONSTRAINT, "cannot be compared", 0, 2},
    {"root", "names-other", "names-other-good", 0, 0, "", 3, 2},
    /* CMS-16: what the anchor is signed with does not matter */
    {"root", "int-sha1", "leaf-int-sha1", 0, SZTP_ERR_CMS_ALG_WEAK, "ecdsa-with-SHA1", 0, 0},
    {"root", "int-sha1", "leaf-int-sha1", SHA1, 0, "", 3, 2},
    {"root-sha1", "", "leaf-root-sha1", 0, 0, "", 2, 1},
    /* PKIX-12, CMS-21: the anchor, the leaf and the same certificate twice in the bag change nothing */
    {"root", "leaf root int int", "leaf", 0, 0, "", 3, 2},
    {"int", "int leaf root", "leaf", LEARNED, 0, "", 2, 1},
};

static int32_t run_case(sztp_ctx_t *ctx, const set_t *s, unsigned flags, const sztp__cert_t **chain,
                        size_t *length) {
  static const uint8_t server[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
  static const uint8_t client[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};
  sztp__path_t p = path_of(s);
  p.anchors_learned = (flags & LEARNED) != 0;
  p.allow_sha1 = (flags & SHA1) != 0;
  if ((flags & FLOOR) != 0) p.clock.mode = SZTP__CLOCK_FLOOR;
  if ((flags & NO_CLOCK) != 0) p.clock.mode = SZTP__CLOCK_NONE;
  if ((flags & MAY_SIGN) != 0) p.leaf_key_usage = SZTP__KU_DIGITAL_SIGNATURE;
  if ((flags & OWN_CODE) != 0) p.leaf_key_usage_error = SZTP_ERR_OWNER_KEYUSAGE;
  if ((flags & FOR_SERVER) != 0) p.purpose = sztp__span(server, sizeof server);
  if ((flags & FOR_CLIENT) != 0) p.purpose = sztp__span(client, sizeof client);
  return sztp__path_validate(ctx, &p, &s->leaf.cert[0], chain, length);
}

static void test_rules(void **state) {
  (void)state;
  static set_t s;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(path_cases); i++) {
    const path_case_t *c = &path_cases[i];
    const sztp__cert_t *chain[SZTP__PATH_MAX];
    size_t length = 0;
    uint64_t before = test_operations(ctx);
    add(ctx, &s.anchors, c->anchors);
    add(ctx, &s.others, c->others);
    add(ctx, &s.leaf, c->leaf);
    int32_t rc = run_case(ctx, &s, c->flags, chain, &length);
    unsigned done = (unsigned)(test_operations(ctx) - before);
    if (rc != c->code || length != c->length || done != c->operations ||
        (rc != 0 && strstr(test_detail(ctx), c->detail) == NULL)) {
      fail_msg("anchors \"%s\", others \"%s\", leaf \"%s\": %s \"%s\", length %u, %u operations; expected %s "
               "\"%s\", "
               "length %u, %u operations",
               c->anchors, c->others, c->leaf, sztp_error_name(rc), rc == 0 ? "" : test_detail(ctx),
               (unsigned)length, done, sztp_error_name(c->code), c->detail, (unsigned)c->length,
               c->operations);
    }
    if (rc == 0) assert_ptr_equal(chain[0], &s.leaf.cert[0]);
    if (rc == 0 && length > 1) {
      assert_true(chain[length - 1] >= s.anchors.cert &&
                  chain[length - 1] < s.anchors.cert + s.anchors.count);
    }
    set_clear(&s);
  }
  test_ctx_free(&m, ctx);
}

/* ---- the clock, to the second -------------------------------------------------------------------- */

/* PKIX-04, CLK-03 */
static void test_clock(void **state) {
  (void)state;
  static const struct {
    uint32_t mode;
    int64_t now;
    int32_t code;
  } cases[] = {
      {SZTP__CLOCK_TRUSTED, 1000, 0},
      {SZTP__CLOCK_TRUSTED, 999, SZTP_ERR_PKIX_NOT_YET_VALID},
      {SZTP__CLOCK_TRUSTED, 2000, 0},
      {SZTP__CLOCK_TRUSTED, 2001, SZTP_ERR_PKIX_EXPIRED},
      {SZTP__CLOCK_FLOOR, 0, 0},
      {SZTP__CLOCK_FLOOR, 2000, 0},
      {SZTP__CLOCK_FLOOR, 2001, SZTP_ERR_PKIX_EXPIRED},
      {SZTP__CLOCK_NONE, 5000, 0},
      {SZTP__CLOCK_NONE, INT64_MIN, 0},
  };
  static const uint8_t no_name[] = {0x30, 0x00};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__cert_t cert;
  memset(&cert, 0, sizeof cert);
  cert.subject = sztp__span(no_name, sizeof no_name);
  cert.not_before = 1000;
  cert.not_after = 2000;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__clock_t clock = {cases[i].mode, cases[i].now};
    assert_int_equal(sztp__clock_check(ctx, &clock, &cert), cases[i].code);
  }
  test_ctx_free(&m, ctx);
}

/* ---- every order --------------------------------------------------------------------------------- */

/* CMS-21: the order of candidates changes neither the result nor the work. */
static void test_every_order(void **state) {
  (void)state;
  static set_t s;
  static certs_t all;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  add(ctx, &s.anchors, "root");
  add(ctx, &s.leaf, "leaf2");
  add(ctx, &all, "int int2 int-other-key other-root");
  for (size_t order = 0; order < 24; order++) {
    size_t left[4] = {0, 1, 2, 3};
    size_t code = order;
    for (size_t i = 0; i < 4; i++) {
      size_t pick = code % (4 - i);
      code /= 4 - i;
      s.others.cert[i] = all.cert[left[pick]];
      memmove(left + pick, left + pick + 1, (3 - i - pick) * sizeof left[0]);
    }
    sztp__path_t p = path_of(&s);
    p.other_count = 4;
    const sztp__cert_t *chain[SZTP__PATH_MAX];
    size_t length = 0;
    assert_int_equal(sztp__path_validate(ctx, &p, &s.leaf.cert[0], chain, &length), 0);
    assert_int_equal(length, 4);
  }
  clear(&all);
  set_clear(&s);
  test_ctx_free(&m, ctx);
}

/* ---- limits -------------------------------------------------------------------------------------- */

/* PKIX-12, D-97: everybody seems to have issued everybody's certificate. Nothing verifies, and it ends soon.
 */
static void test_tangle(void **state) {
  (void)state;
  static set_t s;
  static uint8_t copies[32][4];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint64_t before = test_operations(ctx);
  add(ctx, &s.anchors, "root");
  add(ctx, &s.leaf, "leaf");
  add(ctx, &s.others, "int");
  for (size_t i = 0; i < 32; i++) { /* different certificates, all with the root's name, none with its key */
    copies[i][0] = (uint8_t)i;
    s.others.cert[i] = s.others.cert[0];
    s.others.cert[i].der = sztp__span(copies[i], 4);
    s.others.cert[i].issuer = s.anchors.cert[0].subject;
    s.others.cert[i].subject = s.anchors.cert[0].subject;
    s.others.cert[i].tbs = s.others.cert[i].der;
  }
  s.leaf.cert[0].issuer = s.anchors.cert[0].subject;
  sztp__path_t p = path_of(&s);
  p.other_count = 32;
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t length = 0;
  int32_t rc = sztp__path_validate(ctx, &p, &s.leaf.cert[0], chain, &length);
  test_expect_fail(ctx, rc, SZTP_ERR_PKIX_NO_PATH, "does not verify");
  assert_int_equal(test_operations(ctx) - before, 33); /* each of them, and the leaf, with the root's key */
  /* the same without an anchor to arrive at */
  s.anchors.cert[0].subject = s.anchors.cert[0].serial;
  rc = sztp__path_validate(ctx, &p, &s.leaf.cert[0], chain, &length);
  assert_int_equal(rc, SZTP_ERR_PKIX_NO_PATH);
  set_clear(&s);
  test_ctx_free(&m, ctx);
}

/* ---- no memory ----------------------------------------------------------------------------------- */

static int32_t valid_work(sztp_ctx_t *ctx, void *user) {
  const set_t *s = (const set_t *)user;
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t length = 0;
  return run_case(ctx, s, 0, chain, &length);
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  static set_t s;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  add(ctx, &s.anchors, "root");
  add(ctx, &s.others, "ca_policy");
  add(ctx, &s.leaf, "leaf-policy");
  assert_true(test_every_allocation(valid_work, &s) >= 5);
  set_clear(&s);
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules),  cmocka_unit_test(test_clock),     cmocka_unit_test(test_every_order),
      cmocka_unit_test(test_tangle), cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
