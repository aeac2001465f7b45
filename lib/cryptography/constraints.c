/* SPDX-License-Identifier: Apache-2.0 */
/* Names compared with permitted and excluded subtrees. */
#include "cryptography/constraints.h"

#include "cryptography/general_name.h"
#include "ground/text.h"

#define SUBJECT_NAMES_MAX 16 /* of a kind */
#define LOOK              16 /* octets' worth of work for reading a subtree */

static const uint8_t oid_email[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01};
static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};

/* ---- form ---------------------------------------------------------------------------------------- */

/* Reads one GeneralSubtree. minimum and maximum are not used with these forms, and must not be there. */
static int32_t read_subtree(sztp__der_t *subtrees, sztp__tlv_t *base) {
  sztp__der_t sequence;
  int32_t rc = sztp__der_enter(subtrees, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_any(&sequence, base);
  return rc != SZTP_OK ? rc : sztp__der_finish(&sequence);
}

/* Enters permittedSubtrees [0] or excludedSubtrees [1]; an absent one is empty. */
static int32_t enter_subtrees(sztp__der_t *contents, uint8_t n, int *found, sztp__der_t *inside) {
  sztp__der_init(inside, contents->ctx, sztp__span(NULL, 0));
  return sztp__der_enter_optional(contents, (uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + n), found, inside);
}

int32_t sztp__name_constraints_check(sztp__der_t contents) {
  int any = 0;
  for (uint8_t n = 0; n < 2; n++) {
    sztp__der_t subtrees;
    sztp__tlv_t base;
    int found = 0;
    int32_t rc = enter_subtrees(&contents, n, &found, &subtrees);
    while (rc == SZTP_OK && found) {
      rc = read_subtree(&subtrees, &base);
      if (rc == SZTP_OK) rc = sztp__general_name_check(contents.ctx, &base, 1);
      if (sztp__der_at_end(&subtrees)) break;
    }
    if (rc != SZTP_OK) return rc;
    any |= found;
  }
  if (!any) return sztp__fail(contents.ctx, SZTP_ERR_DER, "cert.name-constraints", "no subtrees");
  return sztp__der_finish(&contents);
}

/* ---- one name against one subtree ---------------------------------------------------------------- */

typedef enum { OUTSIDE, INSIDE, UNKNOWN } subtree_place_t; /* UNKNOWN: cannot be told */

static uint8_t lower_case(uint8_t c) { return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

static int equal_nocase(sztp__span_t a, sztp__span_t b) {
  if (a.len != b.len) return 0;
  for (size_t i = 0; i < a.len; i++) {
    if (lower_case(a.data[i]) != lower_case(b.data[i])) return 0;
  }
  return 1;
}

static int ends_with(sztp__span_t s, sztp__span_t end) {
  return s.len >= end.len && equal_nocase(sztp__span(s.data + s.len - end.len, end.len), end);
}

static sztp__span_t behind_colon(sztp__span_t s, size_t n) { return sztp__span(s.data + n, s.len - n); }

static size_t find_any(sztp__span_t s, const char *set) {
  size_t i = 0;
  while (i < s.len && strchr(set, s.data[i]) == NULL) i++;
  return i;
}

/* Without the dot of the DNS root. */
static sztp__span_t no_root(sztp__span_t s) {
  return s.len > 0 && s.data[s.len - 1] == '.' ? sztp__span(s.data, s.len - 1) : s;
}

/* A base with a dot in front takes what lies below it, one without takes itself and, if @p below, that too.
 */
static int host_within(sztp__span_t host, sztp__span_t base, int below) {
  host = no_root(host);
  base = no_root(base);
  if (base.len == 0) return 1;
  if (base.data[0] == '.') return host.len > base.len && ends_with(host, base);
  if (equal_nocase(host, base)) return 1;
  return below && host.len > base.len && host.data[host.len - base.len - 1] == '.' && ends_with(host, base);
}

/* A wildcard lies in an excluded subtree if any name that it stands for does. */
static int wildcard_reaches(sztp__span_t name, sztp__span_t base) {
  if (name.len < 2 || name.data[0] != '*' || name.data[1] != '.') return 0;
  const uint8_t *dot = base.len > 0 ? (const uint8_t *)memchr(base.data, '.', base.len) : NULL;
  if (dot == NULL) return 0;
  sztp__span_t parent = behind_colon(base, (size_t)(dot - base.data) + 1);
  return equal_nocase(no_root(behind_colon(name, 2)), no_root(parent));
}

/* Letters, digits, '-' and '_' in labels that are not empty; a wildcard may stand in front. */
static int is_host(sztp__span_t name) {
  size_t label = 0;
  name = no_root(name);
  if (name.len >= 2 && name.data[0] == '*' && name.data[1] == '.') name = behind_colon(name, 2);
  for (size_t i = 0; i < name.len; i++) {
    uint8_t c = lower_case(name.data[i]);
    if (c == '.' && label == 0) return 0;
    if (c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z')) return 0;
    label = c == '.' ? 0 : label + 1;
  }
  return label > 0;
}

static subtree_place_t place_dns(sztp__span_t name, sztp__span_t base, int excluded) {
  if (!is_host(name)) return UNKNOWN;
  if (host_within(name, base, 1)) return INSIDE;
  return excluded && wildcard_reaches(name, base) ? INSIDE : OUTSIDE;
}

/* Splits at the '@', of which there may be one only: in a quoted local part there could be more, but nobody
 * has such addresses. */
static int split_mailbox(sztp__span_t s, sztp__span_t *local, sztp__span_t *host) {
  size_t at = find_any(s, "@");
  if (at == s.len || find_any(behind_colon(s, at + 1), "@") != s.len - at - 1) return 0;
  *local = sztp__span(s.data, at);
  *host = behind_colon(s, at + 1);
  return local->len > 0 && host->len > 0;
}

static subtree_place_t place_email(sztp__span_t name, sztp__span_t base) {
  sztp__span_t local;
  sztp__span_t host;
  sztp__span_t base_local;
  sztp__span_t base_host;
  if (!split_mailbox(name, &local, &host) || !is_host(host)) return UNKNOWN;
  if (base.len > 0 && memchr(base.data, '@', base.len) != NULL) {
    if (!split_mailbox(base, &base_local, &base_host)) return UNKNOWN;
    if (!equal_nocase(local, base_local) || !equal_nocase(host, base_host)) return OUTSIDE;
    return sztp__span_equal(local, base_local) ? INSIDE : UNKNOWN; /* most hosts deliver to the same box */
  }
  return host_within(host, base, 0) ? INSIDE : OUTSIDE;
}

/* The host of a URI with an authority; 0 if there is none or if it is an address. */
static int uri_host(sztp__span_t uri, sztp__span_t *host) {
  size_t colon = find_any(uri, ":/?#");
  if (colon + 3 > uri.len || memcmp(uri.data + colon, "://", 3) != 0) return 0;
  sztp__span_t authority = behind_colon(uri, colon + 3);
  authority.len = find_any(authority, "/?#");
  size_t at = find_any(authority, "@");
  if (at < authority.len) authority = behind_colon(authority, at + 1);
  host->data = authority.data;
  host->len = find_any(authority, ":");
  *host = no_root(*host);
  if (host->len == 0 || host->data[0] == '[' || find_any(*host, "@") != host->len) return 0;
  uint8_t last = host->data[host->len - 1];
  return last < '0' || last > '9' ||
         find_any(*host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != host->len;
}

static subtree_place_t place_uri(sztp__span_t name, sztp__span_t base) {
  sztp__span_t host;
  if (!uri_host(name, &host) || !is_host(host)) return UNKNOWN;
  return host_within(host, base, 0) ? INSIDE : OUTSIDE;
}

static subtree_place_t place_ip(sztp__span_t name, sztp__span_t base) {
  if (base.len != 2 * name.len) return OUTSIDE;
  for (size_t i = 0; i < name.len; i++) {
    if (((name.data[i] ^ base.data[i]) & base.data[name.len + i]) != 0) return OUTSIDE;
  }
  return INSIDE;
}

static subtree_place_t place_directory(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t base) {
  switch (sztp__name_within(ctx, name, base)) {
  case SZTP__NAME_EQUAL: return INSIDE;
  case SZTP__NAME_DIFFERENT: return OUTSIDE;
  default: return UNKNOWN;
  }
}

static subtree_place_t subtree_place(sztp_ctx_t *ctx, uint8_t form, sztp__span_t name, sztp__span_t base,
                                     int excluded) {
  switch (form) {
  case SZTP__NAME_DIRECTORY: return place_directory(ctx, name, base);
  case SZTP__NAME_DNS: return place_dns(name, base, excluded);
  case SZTP__NAME_EMAIL: return place_email(name, base);
  case SZTP__NAME_URI: return place_uri(name, base);
  case SZTP__NAME_IP: return place_ip(name, base);
  default: return UNKNOWN;
  }
}

/* ---- all names against all subtrees -------------------------------------------------------------- */

typedef struct constraints_check {
  sztp_ctx_t *ctx;
  sztp__span_t constraints;
} constraints_check_t;

static void name_for_people(char *out, size_t cap, uint8_t form, sztp__span_t name) {
  if (form == SZTP__NAME_DIRECTORY) {
    sztp__name_text(out, cap, name);
  } else if (form == SZTP__NAME_EMAIL || form == SZTP__NAME_DNS || form == SZTP__NAME_URI) {
    sztp__printable(out, cap, name);
  } else {
    (void)strncpy(out, form == SZTP__NAME_IP ? "IP address" : "of an unsupported form", cap - 1);
    out[cap - 1] = '\0';
  }
}

static int32_t refuse_name(const constraints_check_t *c, uint8_t form, sztp__span_t name, const char *why) {
  char text[SZTP__NAME_SIZE];
  SZTP__TELL(name_for_people(text, sizeof text, form, name));
  return sztp__fail(c->ctx, SZTP_ERR_PKIX_NAME_CONSTRAINT, "path.name-constraints", "name \"%s\" %s", text,
                    why);
}

static int32_t apply_subtrees(const constraints_check_t *c, sztp__der_t *subtrees, int excluded, uint8_t form,
                              sztp__span_t name) {
  int constrained = 0;
  int permitted = 0;
  int unknown = 0;
  while (!sztp__der_at_end(subtrees)) {
    sztp__tlv_t base;
    int32_t rc = read_subtree(subtrees, &base);
    if (rc != SZTP_OK) return rc;
    if (!sztp__work_look(c->ctx, LOOK + base.value.len + (base.tag == form ? name.len : 0)))
      return refuse_name(c, form, name, "meets more constraints than may be looked at");
    if (base.tag != form) continue;
    constrained = 1;
    subtree_place_t where = subtree_place(c->ctx, form, name, base.value, excluded);
    if (where == INSIDE && excluded)
      return refuse_name(c, form, name, "lies in a subtree that a CA excludes");
    unknown |= where == UNKNOWN;
    permitted |= where == INSIDE;
  }
  if (!constrained || (excluded ? !unknown : permitted)) return SZTP_OK;
  return refuse_name(c, form, name,
                     unknown ? "cannot be compared with a CA's name constraints"
                             : "lies outside the subtrees that a CA is permitted");
}

static int32_t apply(const constraints_check_t *c, uint8_t form, sztp__span_t name) {
  sztp__der_t contents;
  sztp__der_init(&contents, c->ctx, c->constraints);
  for (uint8_t n = 0; n < 2; n++) {
    sztp__der_t subtrees;
    int found = 0;
    int32_t rc = enter_subtrees(&contents, n, &found, &subtrees);
    if (rc == SZTP_OK) rc = apply_subtrees(c, &subtrees, n == 1, form, name);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

/* Attributes of the subject that count like names of subjectAltName of a form. */
static int32_t apply_attributes(const constraints_check_t *c, sztp__span_t subject, sztp__span_t oid,
                                uint8_t form) {
  sztp__tlv_t value;
  for (size_t n = 0; sztp__name_nth(subject, oid, n, &value); n++) {
    if (n == SUBJECT_NAMES_MAX)
      return refuse_name(c, SZTP__NAME_DIRECTORY, subject, "has more names of a kind than are looked at");
    int32_t rc = apply(c, form, value.value);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

/* A server's common name is only looked at if there are none of these. */
static int has_server_name(const sztp__cert_t *cert) {
  sztp__der_t names;
  sztp__tlv_t name;
  sztp__der_init(&names, NULL, cert->subject_alt_name);
  while (!sztp__der_at_end(&names) && sztp__der_any(&names, &name) == SZTP_OK)
    if (name.tag == SZTP__NAME_DNS || name.tag == SZTP__NAME_IP) return 1;
  return 0;
}

int32_t sztp__name_constraints_apply(sztp_ctx_t *ctx, sztp__span_t constraints, const sztp__cert_t *cert,
                                     int common_name) {
  constraints_check_t c = {ctx, constraints};
  sztp__der_t names;
  int32_t rc = SZTP_OK;
  if (cert->subject.len > 2) rc = apply(&c, SZTP__NAME_DIRECTORY, cert->subject); /* 2: an empty SEQUENCE */
  if (rc == SZTP_OK)
    rc = apply_attributes(&c, cert->subject, sztp__span(oid_email, sizeof oid_email), SZTP__NAME_EMAIL);
  if (rc == SZTP_OK && common_name && !has_server_name(cert))
    rc = apply_attributes(&c, cert->subject, sztp__span(oid_common_name, sizeof oid_common_name),
                          SZTP__NAME_DNS);
  sztp__der_init(&names, ctx, cert->subject_alt_name);
  while (rc == SZTP_OK && !sztp__der_at_end(&names)) {
    sztp__tlv_t name;
    rc = sztp__der_any(&names, &name);
    if (rc == SZTP_OK) rc = apply(&c, name.tag, name.value);
  }
  return rc;
}
