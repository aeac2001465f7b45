/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sender could make work multiply, it is paid for from the one budget of a verification (D-97): how
 * often each such thing can be done for the least budget there is. */
#include "common/testing.h"

#include "common/crafted.h"
#include "cryptography/constraints.h"
#include "cryptography/crl.h"
#include "cryptography/distribution.h"
#include "cryptography/policy.h"
#include "ground/text.h"

#define EACH 64 /* of what there may be many of */

/* What is done again and again, made once. */
static struct {
  sztp__span_t name, reordered, shorter;
  sztp__span_t constraints;
  sztp__crl_t crl;
  sztp__span_t point;
  sztp__cert_t leaf, ca, mapping_ca;
  sztp__cert_t one_policy;
} made;

/* ---- making -------------------------------------------------------------------------------------- */

static sztp__span_t policy_oid(unsigned n) {
  char hex[32];
  (void)snprintf(hex, sizeof hex, "06 04 2a 03 04 %02x", n);
  return crafted_hex(hex);
}

/* A Name of one RDN with attributes of the types from @p first to @p last, up or down. */
static sztp__span_t name_of(unsigned first, unsigned last) {
  sztp__span_t all = {NULL, 0};
  for (unsigned n = first;; n = first < last ? n + 1 : n - 1) {
    char hex[64];
    (void)snprintf(hex, sizeof hex, "30 08 06 03 55 04 %02x 0c 01 61", n);
    all = crafted_joined(all, crafted_hex(hex));
    if (n == last) return crafted_tlv(0x30, crafted_tlv(0x31, all));
  }
}

static sztp__span_t repeated(sztp__span_t (*element)(unsigned n), unsigned times) {
  sztp__span_t all = {NULL, 0};
  for (unsigned n = 0; n < times; n++) all = crafted_joined(all, element(n));
  return all;
}

static sztp__span_t uri(unsigned n) {
  char text[32];
  (void)snprintf(text, sizeof text, "http://crl.example/%u", n);
  return crafted_tlv(0x86, sztp__span_of(text));
}

static sztp__span_t uri_elsewhere(unsigned n) { return uri(n + EACH); }

static sztp__span_t distribution_point(unsigned n) {
  return crafted_tlv(0x30, crafted_tlv(0xa0, crafted_tlv(0xa0, uri_elsewhere(n))));
}

static sztp__span_t dns_subtree(unsigned n) {
  char text[32];
  (void)snprintf(text, sizeof text, "a%u.example", n);
  return crafted_tlv(0x30, crafted_tlv(0x82, sztp__span_of(text)));
}

static sztp__span_t dns_name(unsigned n) {
  char text[32];
  (void)snprintf(text, sizeof text, "host%u.elsewhere", n);
  return crafted_tlv(0x82, sztp__span_of(text));
}

static sztp__span_t revoked_entry(unsigned n) {
  char hex[32];
  (void)snprintf(hex, sizeof hex, "01 %02x", n);
  return crafted_entry(crafted_hex(hex), sztp__span(NULL, 0));
}

static sztp__span_t policy(unsigned n) { return crafted_tlv(0x30, policy_oid(n)); }

static sztp__span_t mapping(unsigned n) {
  return crafted_tlv(0x30, crafted_joined(policy_oid(n), policy_oid(n + EACH)));
}

static sztp__cert_t cert_of(sztp__span_t policies, sztp__span_t mappings) {
  sztp__cert_t cert;
  memset(&cert, 0, sizeof cert);
  cert.subject = cert.issuer = crafted_name(3, 0x0c, "somebody");
  cert.serial = crafted_hex("02 01");
  cert.policies = policies;
  cert.policy_mappings = mappings;
  cert.require_explicit_policy = cert.inhibit_policy_mapping = cert.inhibit_any_policy = -1;
  cert.distribution_points = repeated(distribution_point, EACH);
  cert.subject_alt_name = repeated(dns_name, 8);
  return cert;
}

static int make(void **state) {
  static const sztp__span_t nothing = {NULL, 0};
  (void)state;
  made.name = name_of(1, 8);
  made.reordered = name_of(8, 1);
  made.shorter = name_of(1, 7);
  made.constraints = crafted_tlv(0xa1, repeated(dns_subtree, EACH));
  made.point = crafted_tlv(0xa0, repeated(uri, EACH));
  sztp__span_t list =
      crafted_crl(crafted_name(3, 0x0c, "somebody"), "owner", repeated(revoked_entry, 200), nothing);
  if (sztp__crl_parse(crafted_ctx(), list, &made.crl) != SZTP_OK) return 1;
  made.leaf = cert_of(repeated(policy, EACH), nothing);
  made.one_policy = cert_of(policy(EACH), nothing);
  made.ca = cert_of(repeated(policy, EACH), nothing);
  made.ca.require_explicit_policy = 0;
  made.mapping_ca = cert_of(repeated(policy, EACH), repeated(mapping, EACH));
  return 0;
}

/* ---- doing --------------------------------------------------------------------------------------- */

static void compare_attributes(void) { (void)sztp__name_equal(crafted_ctx(), made.name, made.reordered); }

static void count_attributes(void) { (void)sztp__name_equal(crafted_ctx(), made.name, made.shorter); }

static void apply_constraints(void) {
  (void)sztp__name_constraints_apply(crafted_ctx(), made.constraints, &made.leaf, 0);
}

static void look_into_list(void) {
  sztp__crl_entry_t entry;
  (void)sztp__crl_lists(crafted_ctx(), &made.crl, &made.leaf, &entry);
}

static void compare_points(void) {
  int matches = 0;
  (void)sztp__distribution_matches(crafted_ctx(), made.point, &made.leaf, &matches);
}

static void apply_policies(void) {
  const sztp__cert_t *const chain[] = {&made.leaf, &made.ca, &made.ca};
  (void)sztp__policies_apply(crafted_ctx(), chain, 3, NULL);
}

static void apply_mappings(void) {
  const sztp__cert_t *const chain[] = {&made.one_policy, &made.mapping_ca, &made.ca};
  (void)sztp__policies_apply(crafted_ctx(), chain, 3, NULL);
}

/* D-97, PKIX-13: 1 MiB for no input at all; once it is used up, it stays so. */
static void test_all_is_paid_for(void **state) {
  static const struct {
    const char *what;
    void (*once)(void);
    unsigned least, most; /* how often */
  } rows[] = {
      {"attributes of names are compared each with each", compare_attributes, 500, 1600},
      {"attributes of names are counted", count_attributes, 5000, 8000},
      {"names are compared with constraints", apply_constraints, 10, 70},
      {"lists of revoked certificates are looked through", look_into_list, 50, 300},
      {"distribution points are compared each with each", compare_points, 10, 17},
      {"policies are looked for among those that are valid", apply_policies, 20, 65},
      {"policies are mapped", apply_mappings, 20, 65},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    unsigned n = 0;
    sztp__work_begin(crafted_ctx(), 0);
    while (!sztp__work_spent(crafted_ctx()) && n <= rows[i].most) {
      sztp__trail_clear(crafted_ctx());
      rows[i].once();
      n++;
    }
    if (n < rows[i].least || n > rows[i].most)
      fail_msg("%s: %u times or more, expected %u to %u", rows[i].what, n, rows[i].least, rows[i].most);
    assert_true(sztp__work_spent(crafted_ctx()));
    sztp__work_end(crafted_ctx());
  }
  sztp__trail_clear(crafted_ctx());
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_is_paid_for)};
  return cmocka_run_group_tests(tests, make, NULL);
}
