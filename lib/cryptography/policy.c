/* SPDX-License-Identifier: Apache-2.0 */
/* The valid policies of RFC 5280 6.1, as a set for each depth. The standard's tree is not needed: nobody asks
 * for the nodes, only whether there are any at the deepest level, and what is there depends on the level
 * above alone. */
#include "cryptography/policy.h"

#include "ground/printable.h"

/* The policies of one certificate and of one above it. Any further are left out, which can only refuse a
 * path. */
#define SET_MAX      128
#define MAPPINGS_MAX 64 /* of one certificate: more are refused when it is decoded */
#define LOOK         4  /* octets' worth of work for a comparison of two OIDs */

typedef struct policy_set {
  size_t count;
  int has_any;
  sztp__span_t oid[SET_MAX]; /* beside anyPolicy */
} policy_set_t;

typedef struct state {
  int32_t explicit_policy; /* certificates until a policy is required */
  int32_t mapping;         /* until mapping is inhibited */
  int32_t any;             /* until anyPolicy is inhibited */
  int demanded;            /* by the device, not by a CA */
  policy_set_t valid;
  policy_set_t next;
} state_t;

static const uint8_t any_policy[] = {0x55, 0x1d, 0x20, 0x00};

static int is_any(sztp__span_t oid) {
  return sztp__span_equal(oid, sztp__span(any_policy, sizeof any_policy));
}

static int contains(const policy_set_t *set, sztp__span_t oid) {
  for (size_t i = 0; i < set->count; i++) {
    if (sztp__span_equal(set->oid[i], oid)) return 1;
  }
  return 0;
}

static void add_policy(policy_set_t *set, sztp__span_t oid) {
  if (set->count < SET_MAX && !contains(set, oid)) set->oid[set->count++] = oid;
}

static int is_empty(const policy_set_t *set) { return set->count == 0 && !set->has_any; }

static void start_next(state_t *s) {
  s->next.count = 0;
  s->next.has_any = 0;
}

/* 6.1.3 (d), (e). The extension was checked when the certificate was decoded. */
static void apply_policies(sztp_ctx_t *ctx, state_t *s, const sztp__cert_t *cert, int any_counts) {
  sztp__der_t policies;
  sztp__der_t information;
  sztp__span_t oid;
  int cert_has_any = 0;
  start_next(s);
  sztp__der_init(&policies, NULL, cert->policies);
  while (!sztp__der_at_end(&policies)) {
    if (!sztp__work_look(ctx, LOOK * (1 + s->valid.count))) break;
    if (sztp__der_enter(&policies, SZTP__DER_SEQUENCE, &information) != SZTP_OK) break;
    if (sztp__der_oid(&information, &oid) != SZTP_OK) break;
    if (is_any(oid)) {
      cert_has_any = 1;
    } else if (s->valid.has_any || contains(&s->valid, oid)) {
      add_policy(&s->next, oid);
    }
  }
  if (cert_has_any && any_counts) {
    for (size_t i = 0; i < s->valid.count; i++) add_policy(&s->next, s->valid.oid[i]);
    s->next.has_any = s->valid.has_any;
  }
  s->valid = s->next;
}

/* The pairs of policyMappings, read once. */
typedef struct mappings {
  size_t count;
  sztp__span_t issuer[MAPPINGS_MAX];
  sztp__span_t subject[MAPPINGS_MAX];
} mappings_t;

static void read_mappings(const sztp__cert_t *cert, mappings_t *m) {
  sztp__der_t list;
  sztp__der_t pair;
  m->count = 0;
  sztp__der_init(&list, NULL, cert->policy_mappings);
  while (m->count < MAPPINGS_MAX && !sztp__der_at_end(&list)) {
    size_t i = m->count;
    if (sztp__der_enter(&list, SZTP__DER_SEQUENCE, &pair) != SZTP_OK) break;
    if (sztp__der_oid(&pair, &m->issuer[i]) != SZTP_OK) break;
    if (sztp__der_oid(&pair, &m->subject[i]) != SZTP_OK) break;
    m->count++;
  }
}

static int is_mapped(const mappings_t *m, sztp__span_t oid) {
  for (size_t i = 0; i < m->count; i++)
    if (sztp__span_equal(m->issuer[i], oid)) return 1;
  return 0;
}

/* 6.1.4 (a), (b). 0 if anyPolicy is mapped. */
static int apply_mappings(sztp_ctx_t *ctx, state_t *s, const sztp__cert_t *cert) {
  mappings_t m;
  read_mappings(cert, &m);
  start_next(s);
  s->next.has_any = s->valid.has_any;
  (void)sztp__work_look(ctx, LOOK * m.count * (1 + s->valid.count));
  for (size_t i = 0; i < s->valid.count; i++) {
    if (!is_mapped(&m, s->valid.oid[i])) add_policy(&s->next, s->valid.oid[i]);
  }
  for (size_t i = 0; i < m.count; i++) {
    if (is_any(m.issuer[i]) || is_any(m.subject[i])) return 0;
    if (s->mapping > 0 && (s->valid.has_any || contains(&s->valid, m.issuer[i])))
      add_policy(&s->next, m.subject[i]);
  }
  s->valid = s->next;
  return 1;
}

static void count_down(int32_t *n) {
  if (*n > 0) --*n;
}

static void lower_to(int32_t *n, int32_t limit) {
  if (limit >= 0 && limit < *n) *n = limit;
}

static int32_t none_valid(sztp_ctx_t *ctx, const state_t *s, const sztp__cert_t *cert) {
  char name[SZTP__NAME_SIZE];
  return sztp__fail(ctx, SZTP_ERR_PKIX_NO_PATH, "path.policies", "%s, and none is valid down to \"%s\"",
                    s->demanded ? "one of the certificate policies that the device demands is required"
                                : "a CA requires a certificate policy",
                    sztp__name_text(name, sizeof name, cert->subject));
}

/* 6.1.3 (d) to (f) and 6.1.4 of an intermediate. */
static int32_t apply_intermediate(sztp_ctx_t *ctx, state_t *s, const sztp__cert_t *cert) {
  char name[SZTP__NAME_SIZE];
  apply_policies(ctx, s, cert, s->any > 0 || cert->self_issued);
  if (s->explicit_policy == 0 && is_empty(&s->valid)) return none_valid(ctx, s, cert);
  if (!apply_mappings(ctx, s, cert))
    return sztp__fail(ctx, SZTP_ERR_PKIX_NO_PATH, "path.policies", "\"%s\" maps anyPolicy",
                      sztp__name_text(name, sizeof name, cert->subject));
  if (!cert->self_issued) {
    count_down(&s->explicit_policy);
    count_down(&s->mapping);
    count_down(&s->any);
  }
  lower_to(&s->explicit_policy, cert->require_explicit_policy);
  lower_to(&s->mapping, cert->inhibit_policy_mapping);
  lower_to(&s->any, cert->inhibit_any_policy);
  return SZTP_OK;
}

/* 6.1.3 (d) to (f) and 6.1.5 of the leaf. */
static int32_t apply_leaf(sztp_ctx_t *ctx, state_t *s, const sztp__cert_t *cert) {
  apply_policies(ctx, s, cert, s->any > 0);
  count_down(&s->explicit_policy);
  lower_to(&s->explicit_policy, cert->require_explicit_policy == 0 ? 0 : -1);
  return s->explicit_policy == 0 && is_empty(&s->valid) ? none_valid(ctx, s, cert) : SZTP_OK;
}

/* Without these two extensions anywhere the standard's algorithm cannot refuse a path. */
static int says_anything(const sztp__cert_t *cert) {
  return cert->require_explicit_policy >= 0 || cert->policy_mappings.len > 0;
}

int32_t sztp__policies_apply(sztp_ctx_t *ctx, const sztp__cert_t *const *chain, size_t count,
                             const sztp__oids_t *wanted) {
  int demanded = wanted != NULL && wanted->count > 0;
  int needed = demanded;
  for (size_t i = 0; i + 1 < count; i++) needed |= says_anything(chain[i]);
  if (!needed) return SZTP_OK;
  state_t *s = sztp__alloc(ctx, sizeof *s);
  if (s == NULL) return SZTP_ERR_MEMORY;
  s->demanded = demanded;
  s->valid.has_any = !demanded;
  for (size_t i = 0; demanded && i < wanted->count; i++) add_policy(&s->valid, wanted->oid[i]);
  s->explicit_policy = demanded ? 0 : (int32_t)count;
  s->mapping = (int32_t)count;
  s->any = (int32_t)count;
  int32_t rc = SZTP_OK;
  for (size_t i = count - 1; i > 1 && rc == SZTP_OK; i--) rc = apply_intermediate(ctx, s, chain[i - 1]);
  if (rc == SZTP_OK) rc = apply_leaf(ctx, s, chain[0]);
  sztp__free(ctx, s);
  return rc;
}
