/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths over certificates and CRLs that no tool makes: names that look alike, extensions that
 * are critical, weak keys, lists that are wrong in a detail, and what a search over them may cost. */
#include "common/testing.h"

#include "common/crafted.h"
#include "cryptography/chain.h"
#include "cryptography/path.h"
#include "ground/text.h"

#define NOW          ((int64_t)1767225600) /* 2026-01-01 */
#define UTF8         0x0c
#define PRINTABLE    0x13
#define T61          0x14
#define IA5          0x16
#define BMP          0x1e
#define COMMON_NAME  3
#define ORGANIZATION 10

static const sztp__span_t nothing = {NULL, 0};

/* A CA of the key "owner-root", what it issued with the key "owner", and what is asked. */
typedef struct scene {
  sztp__cert_t anchor, leaf;
  sztp__cert_t others[33];
  sztp__crl_t crls[4];
  sztp__path_t path;
  sztp__revocation_t revocation;
} scene_t;

static sztp__cert_t parsed(sztp__span_t der) {
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(crafted_ctx(), der, &cert), SZTP_OK);
  return cert;
}

static sztp__span_t ca_name(void) { return crafted_name(COMMON_NAME, PRINTABLE, "Crafted CA"); }

static void set_scene(scene_t *s, sztp__span_t ca_extensions, sztp__span_t subject, sztp__span_t extensions) {
  crafted_t ca = {ca_name(), ca_name(), "owner-root", "owner-root", nothing, 1, nothing};
  crafted_t leaf = {subject, ca_name(), "owner", "owner-root", nothing, 2, extensions};
  ca.extensions = crafted_joined(crafted_ca(), ca_extensions);
  memset(s, 0, sizeof *s);
  s->anchor = parsed(crafted_cert(&ca));
  s->leaf = parsed(crafted_cert(&leaf));
  s->path.anchors = &s->anchor;
  s->path.anchor_count = 1;
  s->path.others = s->others;
  s->path.clock = (sztp__clock_t){SZTP__CLOCK_TRUSTED, NOW};
  s->path.revocation = &s->revocation;
  s->revocation.mode = SZTP__CRLS_IF_PRESENT;
  s->revocation.crls = s->crls;
}

static int32_t judge(scene_t *s) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t len = 0;
  sztp__trail_clear(crafted_ctx());
  return sztp__path_validate(crafted_ctx(), &s->path, &s->leaf, chain, &len);
}

static void expect(scene_t *s, const char *about, int32_t code, const char *detail) {
  int32_t rc = judge(s);
  if (rc != code || (rc != SZTP_OK && strstr(test_detail(crafted_ctx()), detail) == NULL))
    fail_msg("%s: %s \"%s\"; expected %s \"%s\"", about, sztp_error_name(rc),
             rc == SZTP_OK ? "" : test_detail(crafted_ctx()), sztp_error_name(code), detail);
}

static sztp__span_t plain_name(void) { return crafted_name(COMMON_NAME, UTF8, "leaf"); }

/* --- names --- */

/* nameConstraints with one subtree of directory names, permitted (0) or excluded (1). */
static sztp__span_t constraint(int excluded, uint8_t form, sztp__span_t base) {
  sztp__span_t subtree = crafted_tlv(0x30, form == 0xa4 ? crafted_tlv(form, base) : base);
  return crafted_extension(30, 1, crafted_tlv(0x30, crafted_tlv((uint8_t)(0xa0 + excluded), subtree)));
}

/* PKIX-05, PKIX-09, D-95, D-96: RFC 5280 7.1, 7.3. What is not surely elsewhere is inside an exclusion, and
 * what is not surely inside is outside a permission. */
static void test_names(void **state) {
  (void)state;
  enum { INSIDE, OUTSIDE, UNSURE };
  static const struct {
    uint8_t base_type, type;
    const char *base, *name;
    int place;
  } cases[] = {
      {PRINTABLE, PRINTABLE, "Evil", "Evil", INSIDE},
      {PRINTABLE, UTF8, "Evil", "evil", INSIDE},
      {PRINTABLE, BMP, "Evil", "Evil", INSIDE},
      {PRINTABLE, T61, "Evil", "Evil", INSIDE},
      {PRINTABLE, IA5, "Evil", "EVIL", INSIDE},
      {IA5, IA5, "evil", "EVIL", INSIDE},
      {UTF8, UTF8, "Evil", "Evil\t", INSIDE},
      {UTF8, UTF8, "Evil", "  E\x01vil ", INSIDE},
      {UTF8, UTF8, "Evil Corp", "evil   CORP", INSIDE},
      {UTF8, UTF8, "\xc3\x84ther", "\xc3\xa4THER", INSIDE}, /* with a diaeresis */
      {UTF8, UTF8, "Evil", "Good", OUTSIDE},
      {UTF8, UTF8, "Evil", "Evil Corp", OUTSIDE},
      {UTF8, UTF8, "Evil", "M\xc3\xbcller", OUTSIDE},
      {UTF8, UTF8, "Evil", "\xef\xbc\xa5vil", UNSURE},     /* a full-width letter */
      {UTF8, UTF8, "\xc3\xa9vil", "e\xcc\x81vil", UNSURE}, /* an accent by itself */
      {PRINTABLE, T61, "Evil", "\xc5vil", UNSURE},
      {PRINTABLE, 0x04, "Evil", "Evil", UNSURE}, /* no string at all */
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int excluded = 0; excluded < 2; excluded++) {
      scene_t s;
      sztp__span_t base = crafted_name(ORGANIZATION, cases[i].base_type, cases[i].base);
      sztp__span_t name =
          crafted_names(crafted_name(ORGANIZATION, cases[i].type, cases[i].name), plain_name());
      set_scene(&s, constraint(excluded, 0xa4, base), name, nothing);
      int refused = cases[i].place == UNSURE || (cases[i].place == INSIDE) == excluded;
      const char *why = cases[i].place == UNSURE ? "cannot be compared"
                        : excluded               ? "lies in a subtree that a CA excludes"
                                                 : "lies outside the subtrees";
      char about[80];
      (void)snprintf(about, sizeof about, "case %zu, %s", i, excluded ? "excluded" : "permitted");
      expect(&s, about, refused ? SZTP_ERR_PKIX_NAME_CONSTRAINT : SZTP_OK, why);
    }
  }
}

/* PKIX-09, TLS-11: a common name that may be taken for a DNS name is constrained as one. */
static void test_common_name(void **state) {
  (void)state;
  sztp__span_t evil = crafted_name(COMMON_NAME, UTF8, "boot.evil.example");
  sztp__span_t good_only = constraint(0, 0, crafted_hex("82 0c 67 6f 6f 64 2e 65 78 61 6d 70 6c 65"));
  sztp__span_t alt = crafted_extension(17, 0, crafted_hex("30 0e 82 0c 67 6f 6f 64 2e 65 78 61 6d 70 6c 65"));
  scene_t s;
  set_scene(&s, good_only, evil, nothing);
  expect(&s, "not looked at", SZTP_OK, "");
  s.path.common_name = 1;
  expect(&s, "looked at", SZTP_ERR_PKIX_NAME_CONSTRAINT, "boot.evil.example\" lies outside");
  set_scene(&s, good_only, evil, alt);
  s.path.common_name = 1;
  expect(&s, "beside a name where names belong", SZTP_OK, "");
  set_scene(&s, good_only, crafted_name(COMMON_NAME, UTF8, "x.good.example"), nothing);
  s.path.common_name = 1;
  expect(&s, "inside", SZTP_OK, "");
}

/* --- extensions --- */

#define CLIENT_AUTH  "06 08 2b 06 01 05 05 07 03 02"
#define CODE_SIGNING "06 08 2b 06 01 05 05 07 03 03"
#define ANY_PURPOSE  "06 04 55 1d 25 00"

/* RFC 5280 4.2.1.12, VERIFY-07, D-117 */
static void test_purposes(void **state) {
  (void)state;
  static const struct {
    const char *purposes; /* "": no extension */
    int critical;
    int32_t plain, demanded; /* with nothing demanded, and with codeSigning */
  } cases[] = {
      {"", 0, SZTP_OK, SZTP_ERR_PKIX_KEYUSAGE},
      {CLIENT_AUTH, 0, SZTP_OK, SZTP_ERR_PKIX_KEYUSAGE},
      {CLIENT_AUTH, 1, SZTP_ERR_PKIX_KEYUSAGE, SZTP_ERR_PKIX_KEYUSAGE},
      {CLIENT_AUTH " " ANY_PURPOSE, 1, SZTP_OK, SZTP_ERR_PKIX_KEYUSAGE},
      {CODE_SIGNING, 0, SZTP_OK, SZTP_OK},
      {CLIENT_AUTH " " CODE_SIGNING, 1, SZTP_ERR_PKIX_KEYUSAGE, SZTP_OK},
  };
  sztp__oids_t wanted = {{crafted_hex("2b 06 01 05 05 07 03 03")}, 1};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    scene_t s;
    sztp__span_t usage = crafted_tlv(0x30, crafted_hex(cases[i].purposes));
    set_scene(&s, nothing, plain_name(),
              usage.len > 2 ? crafted_extension(37, cases[i].critical, usage) : nothing);
    expect(&s, cases[i].purposes, cases[i].plain, "a critical extended key usage");
    s.path.purposes = &wanted;
    expect(&s, cases[i].purposes, cases[i].demanded, "lacks the purpose that policy demands");
  }
}

#define POLICY_ONE "06 03 2a 03 04"
#define POLICY_TWO "06 03 2a 03 05"

static sztp__span_t policies(int critical, const char *information) {
  return crafted_extension(32, critical, crafted_tlv(0x30, crafted_tlv(0x30, crafted_hex(information))));
}

/* PKIX-10, PKIX-11, RFC 5280 4.2.1.4, D-117: policies that are demanded; qualifiers that must be understood
 */
static void test_policies(void **state) {
  (void)state;
  static const char cps[] = POLICY_ONE " 30 10 30 0e 06 08 2b 06 01 05 05 07 02 01 16 02 61 62";
  static const char other[] = POLICY_ONE " 30 0b 30 09 06 03 2a 03 09 16 02 61 62";
  sztp__oids_t wanted = {{crafted_hex("2a 03 04")}, 1};
  scene_t s;
  set_scene(&s, nothing, plain_name(), policies(0, POLICY_ONE));
  s.path.policies = &wanted;
  expect(&s, "the one demanded", SZTP_OK, "");
  set_scene(&s, nothing, plain_name(), policies(0, POLICY_TWO));
  expect(&s, "another, none demanded", SZTP_OK, "");
  s.path.policies = &wanted;
  expect(&s, "another", SZTP_ERR_PKIX_NO_PATH, "that the device demands");
  set_scene(&s, nothing, plain_name(), nothing);
  s.path.policies = &wanted;
  expect(&s, "none", SZTP_ERR_PKIX_NO_PATH, "that the device demands");
  set_scene(&s, nothing, plain_name(), policies(1, cps));
  expect(&s, "a critical one with a qualifier that says nothing", SZTP_OK, "");
  set_scene(&s, nothing, plain_name(), policies(0, other));
  expect(&s, "an unknown qualifier", SZTP_OK, "");
  set_scene(&s, nothing, plain_name(), policies(1, other));
  expect(&s, "an unknown qualifier that must be understood", SZTP_ERR_PKIX_CRITICAL_EXT, "1.2.3.9");
}

/* PKIX-09, PKIX-10, PKIX-11: critical extensions that are satisfied refuse nothing. */
static void test_satisfied(void **state) {
  (void)state;
  scene_t s;
  sztp__span_t constraints = constraint(0, 0xa4, crafted_name(COMMON_NAME, UTF8, "leaf"));
  sztp__span_t explicit_policy = crafted_extension(36, 1, crafted_hex("30 03 80 01 00"));
  set_scene(&s, crafted_joined(constraints, explicit_policy), plain_name(), policies(1, POLICY_ONE));
  expect(&s, "all critical, all satisfied", SZTP_OK, "");
}

/* CMS-16, D-83: also the leaf's own key */
static void test_weak_keys(void **state) {
  (void)state;
  static const struct {
    const char *head;
    size_t octets;
    const char *tail;
    int32_t code;
  } keys[] = {
      /* P-224, and a curve that is not known */
      {"30 4e 30 10 06 07 2a 86 48 ce 3d 02 01 06 05 2b 81 04 00 21 03 3a 00 04", 56, "",
       SZTP_ERR_CMS_ALG_WEAK},
      {"30 4e 30 10 06 07 2a 86 48 ce 3d 02 01 06 05 2b 81 04 00 09 03 3a 00 04", 56, "",
       SZTP_ERR_CMS_ALG_UNSUPPORTED},
      /* RSA of 1024 bits, and one of 2048 with an exponent of 1 */
      {"30 81 9f 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00 03 81 8d 00 30 81 89 02 81 81 00 c1", 127,
       "02 03 01 00 01", SZTP_ERR_CMS_ALG_WEAK},
      {"30 82 01 20 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00 03 82 01 0d 00 30 82 01 08 02 82 01 01 00 "
       "c1",
       255, "02 01 01", SZTP_ERR_CMS_ALG_UNSUPPORTED},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(keys); i++) {
    scene_t s;
    static uint8_t middle[256];
    crafted_t leaf = {plain_name(), ca_name(), NULL, "owner-root", nothing, 3, nothing};
    memset(middle, 0x5b, sizeof middle);
    leaf.spki = crafted_joined(crafted_hex(keys[i].head),
                               crafted_joined(sztp__span(middle, keys[i].octets), crafted_hex(keys[i].tail)));
    set_scene(&s, nothing, plain_name(), nothing);
    s.leaf = parsed(crafted_cert(&leaf));
    char about[32];
    (void)snprintf(about, sizeof about, "key %zu", i);
    /* one of unknown strength is refused by whoever verifies with it */
    int32_t by_itself = keys[i].code == SZTP_ERR_CMS_ALG_WEAK ? keys[i].code : SZTP_OK;
    expect(&s, about, by_itself, "");
    s.path.anchors = &s.leaf; /* pinned, it is relied on as well */
    expect(&s, about, by_itself, "");
    s.path.anchors = &s.anchor;
    s.path.purpose =
        crafted_hex("2b 06 01 05 05 07 03 01"); /* a TLS server's, it is not verified with here */
    expect(&s, about, keys[i].code, "");
  }
}

/* --- CRLs --- */

/* An entry for serial number @p serial with one extension, 2.5.29.@p number. */
static sztp__span_t entry(const char *serial, uint8_t number, int critical, const char *value) {
  return crafted_entry(crafted_hex(serial),
                       number == 0 ? nothing : crafted_extension(number, critical, crafted_hex(value)));
}

/* PKIX-17, D-100, RFC 5280 5.3: what is listed is revoked whatever else is wrong; what is wrong is told. */
static void test_lists(void **state) {
  (void)state;
  const sztp__span_t ours = entry("02", 0, 0, "");
  const sztp__span_t others = entry("63", 0, 0, "");
  const struct {
    const char *about;
    sztp__span_t entries, extensions;
    int32_t present, required;
    const char *told; /* in the verdict, or why it is not known */
  } cases[] = {
      {"another is listed", others, nothing, SZTP_OK, SZTP_OK, ""},
      {"reason 7", entry("02", 21, 0, "0a 01 07"), nothing, SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED, ""},
      {"reason 11", entry("02", 21, 0, "0a 01 0b"), nothing, SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED,
       ""},
      {"another's reason 11", entry("63", 21, 0, "0a 01 0b"), nothing, SZTP_OK, SZTP_OK, ""},
      {"zeros in front", entry("00 00 02", 0, 0, ""), nothing, SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED,
       ""},
      {"a broken reason before", crafted_joined(entry("63", 21, 0, "05 00"), ours), nothing,
       SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED, ""},
      {"another's broken reason", entry("63", 21, 0, "05 00"), nothing, SZTP_OK,
       SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "an extension of an entry cannot be decoded"},
      {"an entry that is none", crafted_joined(ours, crafted_hex("04 01 00")), nothing, SZTP_ERR_PKIX_REVOKED,
       SZTP_ERR_PKIX_REVOKED, ""},
      {"the same, nobody listed", crafted_joined(others, crafted_hex("04 01 00")), nothing, SZTP_OK,
       SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "an entry cannot be decoded"},
      {"an unknown critical extension", ours, crafted_extension(99, 1, crafted_hex("05 00")),
       SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED, ""},
      {"the same, nobody listed", others, crafted_extension(99, 1, crafted_hex("05 00")), SZTP_OK,
       SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "a critical extension that is not understood"},
      {"a critical number", ours, crafted_extension(20, 1, crafted_hex("02 01 07")), SZTP_ERR_PKIX_REVOKED,
       SZTP_ERR_PKIX_REVOKED, ""},
      {"the same, nobody listed", others, crafted_extension(20, 1, crafted_hex("02 01 07")), SZTP_OK,
       SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "a critical CRL number"},
      {"for some reasons, nobody listed", others, crafted_extension(28, 1, crafted_hex("30 04 83 02 06 40")),
       SZTP_OK, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "some reasons only"},
      {"an empty sequence", crafted_hex("30 00"), nothing, SZTP_OK, SZTP_ERR_PKIX_REVOCATION_UNKNOWN,
       "the date of an entry cannot be decoded"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    scene_t s;
    set_scene(&s, nothing, plain_name(), nothing);
    sztp__span_t der = crafted_crl(ca_name(), "owner-root", cases[i].entries, cases[i].extensions);
    assert_int_equal(sztp__crl_parse(crafted_ctx(), der, &s.crls[0]), SZTP_OK);
    s.revocation.count = 1;
    expect(&s, cases[i].about, cases[i].present, "was revoked on");
    if (cases[i].present == SZTP_OK) {
      if (strstr(s.revocation.unused, cases[i].told) == NULL)
        fail_msg("%s: \"%s\"", cases[i].about, s.revocation.unused);
      assert_int_equal(s.revocation.unused[0] != '\0', cases[i].told[0] != '\0');
    }
    s.revocation.mode = SZTP__CRLS_REQUIRED;
    expect(&s, cases[i].about, cases[i].required,
           cases[i].required == SZTP_ERR_PKIX_REVOKED ? "was revoked on" : cases[i].told);
    /* nobody else can revoke anything so */
    der = crafted_crl(ca_name(), "other", cases[i].entries, cases[i].extensions);
    assert_int_equal(sztp__crl_parse(crafted_ctx(), der, &s.crls[0]), SZTP_OK);
    s.revocation.mode = SZTP__CRLS_IF_PRESENT;
    expect(&s, cases[i].about, SZTP_OK, "");
  }
}

/* PKIX-15, RFC 5280 6.3.3: a CA's new key, certified by its old one, speaks for what it issued, and not for
 * itself. */
static void test_own_status(void **state) {
  (void)state;
  static const char *const signers[2][2] = {{"owner-int", "owner-int"}, {"owner-int", "owner-root"}};
  for (size_t i = 0; i < 2; i++) {
    scene_t s;
    set_scene(&s, nothing, plain_name(), nothing);
    crafted_t renewed = {ca_name(), ca_name(), "owner-int", "owner-root", nothing, 3, crafted_ca()};
    crafted_t leaf = {plain_name(), ca_name(), "owner", "owner-int", nothing, 2, nothing};
    s.others[0] = parsed(crafted_cert(&renewed));
    s.leaf = parsed(crafted_cert(&leaf));
    s.path.other_count = 1;
    expect(&s, "without lists", SZTP_OK, "");
    s.revocation.mode = SZTP__CRLS_REQUIRED;
    for (size_t k = 0; k < 2; k++) {
      sztp__span_t der = crafted_crl(ca_name(), signers[i][k], entry("63", 0, 0, ""), nothing);
      assert_int_equal(sztp__crl_parse(crafted_ctx(), der, &s.crls[k]), SZTP_OK);
    }
    s.revocation.count = 2;
    expect(&s, "its own list", i == 0 ? SZTP_ERR_PKIX_REVOCATION_UNKNOWN : SZTP_OK, "no key of its issuer's");
  }
}

/* --- a chain that a redirect brings --- */

/* REDIR-07, D-128, PKIX-06 to -08: every issuer in it is a CA that may issue, and no longer below than it may
 * be. */
static void test_chain(void **state) {
  (void)state;
  static const struct {
    const char *middle; /* extensions of the certificate in the middle */
    const char *root;
    const char *told; /* "": it will do */
  } cases[] = {
      {"30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff", "", ""},
      {"", "", "an issuer is not a CA"},
      {"30 0c 06 03 55 1d 13 01 01 ff 04 02 30 00", "", "an issuer is not a CA"},
      {"30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff 30 0b 06 03 55 1d 0f 04 04 03 02 07 80", "",
       "lacks keyCertSign"},
      {"30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff 30 0c 06 03 2a 03 04 01 01 ff 04 02 05 00", "",
       "critical extension"},
      {"30 12 06 03 55 1d 13 01 01 ff 04 08 30 06 01 01 ff 02 01 00", "",
       "longer than an issuer above allows"},
      {"30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff",
       "30 12 06 03 55 1d 13 01 01 ff 04 08 30 06 01 01 ff 02 01 01", "longer than an issuer above allows"},
      {"30 0f 06 03 55 1d 13 01 01 ff 04 05 30 03 01 01 ff",
       "30 12 06 03 55 1d 13 01 01 ff 04 08 30 06 01 01 ff 02 01 02", ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__span_t middle = crafted_name(COMMON_NAME, UTF8, "middle");
    sztp__cert_t certs[3];
    const sztp__cert_t *lowest = NULL;
    crafted_t root = {ca_name(), ca_name(), "owner-root", "owner-root", nothing, 1, crafted_ca()};
    if (cases[i].root[0] != '\0') root.extensions = crafted_hex(cases[i].root);
    crafted_t second = {
        middle, ca_name(), "owner-int", "owner-root", nothing, 2, crafted_hex(cases[i].middle)};
    crafted_t third = {plain_name(), middle, "owner", "owner-int", nothing, 3, crafted_ca()};
    certs[0] = parsed(crafted_cert(&third));
    certs[1] = parsed(crafted_cert(&root));
    certs[2] = parsed(crafted_cert(&second));
    sztp__trail_clear(crafted_ctx());
    int32_t rc = sztp__chain_read(crafted_ctx(), certs, 3, 0, &lowest);
    if (cases[i].told[0] == '\0') {
      assert_int_equal(rc, SZTP_OK);
      assert_ptr_equal(lowest, &certs[0]);
    } else {
      test_expect_fail(crafted_ctx(), rc, SZTP_ERR_PKIX_NO_PATH, cases[i].told);
    }
  }
}

/* --- predicates --- */

static int32_t names_key(sztp_ctx_t *ctx, void *user) {
  int has = 0;
  const sztp__cert_t *cert = (const sztp__cert_t *)user;
  int32_t rc = sztp__cert_has_key_id(
      ctx, cert, crafted_hex("00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13"), &has);
  return rc;
}

/* SEC-05: what can't be found out for want of memory is no "no". */
static void test_predicates(void **state) {
  (void)state;
  scene_t s;
  set_scene(&s, nothing, plain_name(), nothing);
  assert_int_equal(s.leaf.subject_key_id.len, 0);
  assert_true(test_every_allocation(names_key, &s.leaf) >= 1);
}

/* --- what it costs --- */

/* PKIX-12, D-97, SEC-04: certificates that all bear the anchor's name and that nobody signed, with as many
 * policies and mappings as there may be, of which each would be compared with each; every one costs one
 * operation. */
static void test_forged_policies(void **state) {
  (void)state;
  scene_t s;
  sztp__buf_t list;
  sztp__buf_t map;
  set_scene(&s, nothing, plain_name(), crafted_extension(36, 1, crafted_hex("30 03 80 01 00")));
  for (uint8_t n = 0; n < 32; n++) {
    crafted_t c = {ca_name(), ca_name(), "other", "other", nothing, 100U + n, nothing};
    sztp__buf_init(&list, crafted_ctx(), 1 << 16);
    sztp__buf_init(&map, crafted_ctx(), 1 << 16);
    for (uint8_t i = 0; i < 63; i++) {
      uint8_t policy[] = {0x30, 5, 6, 3, 0x2a, n, i};
      uint8_t pair[] = {0x30, 10, 6, 3, 0x2b, 1, i, 6, 3, 0x2b, 2, i};
      sztp__buf_add(&list, policy, sizeof policy);
      sztp__buf_add(&map, pair, sizeof pair);
    }
    sztp__buf_add_span(&list, crafted_hex("30 06 06 04 55 1d 20 00"));
    c.extensions = crafted_joined(
        crafted_ca(), crafted_joined(crafted_extension(32, 0, crafted_tlv(0x30, sztp__buf_span(&list))),
                                     crafted_extension(33, 0, crafted_tlv(0x30, sztp__buf_span(&map)))));
    s.others[n] = parsed(crafted_cert(&c));
    sztp__buf_clear(&list);
    sztp__buf_clear(&map);
  }
  crafted_t leaf = {plain_name(), ca_name(), "other", "other", nothing, 99, nothing};
  s.leaf = parsed(crafted_cert(&leaf));
  s.path.other_count = 32;
  uint64_t before = test_operations(crafted_ctx());
  sztp__work_begin(crafted_ctx(), 0);
  expect(&s, "forged", SZTP_ERR_PKIX_NO_PATH, "does not verify with the key of");
  assert_int_equal(test_operations(crafted_ctx()) - before, 33);
  assert_false(sztp__work_spent(crafted_ctx()));
  sztp__work_end(crafted_ctx());
}

/* D-97: one budget, whatever it is spent on; once it is used up, that is what is told. */
static void test_budget(void **state) {
  (void)state;
  scene_t s;
  set_scene(&s, nothing, plain_name(), nothing);
  sztp__work_begin(crafted_ctx(), 0);
  expect(&s, "enough", SZTP_OK, "");
  while (sztp__work_operations_left(crafted_ctx()) > 0)
    assert_int_equal(sztp__verify_nothing(crafted_ctx(), s.leaf.spki, SZTP__CURVE_P256), SZTP_OK);
  assert_false(sztp__work_spent(crafted_ctx()));
  expect(&s, "no operation left", SZTP_ERR_LIMIT, "more work");
  assert_true(sztp__work_spent(crafted_ctx()));
  sztp__work_begin(crafted_ctx(), 0);
  assert_false(sztp__work_look(crafted_ctx(), 2 * 1024 * 1024));
  expect(&s, "nothing to be looked at", SZTP_ERR_LIMIT, "more work");
  sztp__work_end(crafted_ctx());
  expect(&s, "without a budget", SZTP_OK, "");
}

/* D-97: names that must be read character by character are paid for by their length. */
static void test_names_cost(void **state) {
  (void)state;
  static char text[40001];
  memset(text, 'a', sizeof text - 1);
  sztp__span_t utf8 = crafted_name(10, 0x0c, text);
  sztp__span_t printable = crafted_name(10, 0x13, text);
  unsigned compared = 0;
  assert_true(sztp__name_equal(crafted_ctx(), utf8, printable));
  sztp__work_begin(crafted_ctx(), 0); /* for 1 MiB to be looked at */
  while (sztp__name_equal(crafted_ctx(), utf8, printable) && compared < 100) compared++;
  assert_true(compared > 0 && compared <= 13); /* of 80,000 octets */
  assert_true(sztp__work_spent(crafted_ctx()));
  assert_false(sztp__name_equal(crafted_ctx(), utf8, utf8)); /* nothing is believed any more */
  sztp__work_end(crafted_ctx());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),           cmocka_unit_test(test_common_name),
      cmocka_unit_test(test_purposes),        cmocka_unit_test(test_policies),
      cmocka_unit_test(test_satisfied),       cmocka_unit_test(test_weak_keys),
      cmocka_unit_test(test_lists),           cmocka_unit_test(test_own_status),
      cmocka_unit_test(test_forged_policies), cmocka_unit_test(test_budget),
      cmocka_unit_test(test_chain),           cmocka_unit_test(test_predicates),
      cmocka_unit_test(test_names_cost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
