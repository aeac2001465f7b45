/* SPDX-License-Identifier: Apache-2.0 */
/* Whether certificates of a path were revoked (RFC 5280 6.3), by the CRLs at hand. A CRL counts only if it
 * was signed by the CA that it is by: with the key that signed the certificate, or with one that this CA, or
 * the one above it, has vouched for under the same name. Its signature is verified only if what it says would
 * change something, and no key is tried twice. */
#include "cryptography/path_revocation.h"

#include "cryptography/path_check.h"
#include "ground/format.h"
#include "ground/text.h"

#define SERIAL_SHOWN_MAX 20

/* What is known of "this candidate's key signed that CRL". */
enum { SIGNED_UNSEEN = 0, SIGNED_YES = 1, SIGNED_NO = 2 };

/* One chain that is asked about. */
typedef struct crl_check {
  sztp__search_t *s;
  const sztp__revocation_t *r;
  const sztp__cert_t *const *chain;
  size_t count;
  int of_signer; /* it is that of a certificate that signs CRLs: there is no second of those */
  char why[SZTP__SENTENCE_SIZE]; /* why CRLs of the issuer at hand do not count; "" if there are none */
} crl_check_t;

/* Each reason once, as far as there is room. */
static void add_reason(char text[SZTP__SENTENCE_SIZE], const char *why) {
  size_t len = strlen(text);
  if (why[0] == '\0' || strstr(text, why) != NULL || len + strlen(why) + 3 > SZTP__SENTENCE_SIZE) return;
  (void)sztp__sentence(text + len, SZTP__SENTENCE_SIZE - len, "%s%s", len > 0 ? "; " : "", why);
}

static void note(crl_check_t *c, const char *why) { add_reason(c->why, why); }

/* ---- who signed a CRL ---------------------------------------------------------------------------- */

/* Verifies CRL @p k with the key of a candidate, once. SHA-1 will do to find that a certificate is revoked;
 * look_for_status() asks for more. */
static int32_t verify_crl_with(crl_check_t *c, size_t k, const sztp__cert_t *cert, int *good) {
  sztp__search_t *s = c->s;
  uint8_t own = SIGNED_UNSEEN; /* for a leaf that is the anchor */
  size_t n = sztp__search_number(s, cert);
  uint8_t *known = n < s->candidates ? &s->memory->crl_links[k * s->candidates + n] : &own;
  if (*known == SIGNED_UNSEEN) {
    int32_t rc = sztp__crl_verify(s->ctx, &c->r->crls[k], cert->spki, 1);
    if (sztp__path_fatal(rc)) return rc;
    sztp__trail_clear(s->ctx);
    *known = rc == SZTP_OK ? SIGNED_YES : SIGNED_NO;
    if (rc == SZTP_ERR_CMS_ALG_WEAK)
      note(c, SZTP__WORDS("the list's signature is made with a weak algorithm or key"));
    if (rc == SZTP_ERR_CMS_ALG_UNSUPPORTED)
      note(c, SZTP__WORDS("the list's signature algorithm is not supported"));
  }
  *good = *known == SIGNED_YES;
  return SZTP_OK;
}

static int may_sign_crls(const sztp__cert_t *cert) {
  return !cert->has_key_usage || (cert->key_usage & SZTP__KU_CRL_SIGN) != 0;
}

/* Whether @p cert signed CRL @p k, and may. */
static int32_t signed_by(crl_check_t *c, size_t k, const sztp__cert_t *cert, int *found) {
  if (!sztp__name_equal(c->s->ctx, cert->subject, c->r->crls[k].issuer)) return SZTP_OK;
  if (may_sign_crls(cert)) return verify_crl_with(c, k, cert, found);
  note(c, SZTP__WORDS("the key usage of the list's issuer lacks cRLSign"));
  return SZTP_OK;
}

/* The signer of a list is judged like any certificate, but for one thing that ends this after one round: its
 * own lists are signed by keys of its path (of_signer). NOLINTBEGIN(misc-no-recursion) */
static int32_t check_chain(crl_check_t *c);

/* Whether one of the others was issued by chain[j] for the signing of CRLs, and is not revoked itself. */
static int32_t is_issued_by(crl_check_t *c, const sztp__cert_t *cert, size_t j, int *good) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  sztp__path_t p = *c->s->p;
  crl_check_t inner = {c->s, c->r, chain, 1 + c->count - j, 1, ""};
  if (inner.count > SZTP__PATH_MAX || !sztp__name_equal(c->s->ctx, cert->issuer, c->chain[j]->subject))
    return SZTP_OK;
  chain[0] = cert;
  memcpy(chain + 1, c->chain + j, (c->count - j) * sizeof chain[0]);
  p.leaf_key_usage = SZTP__KU_CRL_SIGN;
  p.leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE;
  p.purpose = sztp__span(NULL, 0);
  p.purposes = p.policies = NULL;
  size_t at = 0;
  int32_t rc = sztp__path_check_each(c->s->ctx, &p, chain, inner.count, &at);
  if (rc == SZTP_OK) rc = sztp__search_link(c->s, cert, sztp__search_number(c->s, c->chain[j]));
  if (rc == SZTP_OK) rc = sztp__path_check_together(c->s->ctx, &p, chain, inner.count);
  if (rc == SZTP_OK) rc = check_chain(&inner);
  if (sztp__path_fatal(rc)) return rc;
  sztp__trail_clear(c->s->ctx);
  *good = rc == SZTP_OK;
  return SZTP_OK;
}

static int in_chain(const crl_check_t *c, const sztp__cert_t *cert) {
  for (size_t i = 0; i < c->count; i++)
    if (c->chain[i] == cert) return 1;
  return 0;
}

/* A CA may sign its CRLs with another key than its certificates (RFC 5280 6.3.3 (f)). That key is the CA's if
 * the CA itself or whoever issued the CA's certificate says so, and nobody else's word counts: any CA below
 * the same anchor can issue a certificate in the name of any other. */
static int32_t signed_by_another(crl_check_t *c, size_t i, size_t k, int *found) {
  const sztp__path_t *p = c->s->p;
  for (size_t n = p->anchor_count; n < c->s->candidates && !*found; n++) {
    const sztp__cert_t *cert = sztp__search_candidate(c->s, n);
    int issued = 0;
    if (in_chain(c, cert) || !sztp__name_equal(c->s->ctx, cert->subject, c->r->crls[k].issuer)) continue;
    for (size_t j = i + 1; j <= i + 2 && j < c->count && !issued; j++) {
      int32_t rc = is_issued_by(c, cert, j, &issued);
      if (rc != SZTP_OK) return rc;
    }
    int32_t rc = issued ? signed_by(c, k, cert, found) : SZTP_OK;
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

/* Whether CRL @p k was signed by the issuer of chain[i]. An anchor that is the leaf has only its own key
 * (D-118). */
static int32_t is_signed(crl_check_t *c, size_t i, size_t k, int *found) {
  *found = 0;
  for (size_t j = c->count == 1 ? 0 : i + 1; j < c->count && !*found; j++) {
    int32_t rc = signed_by(c, k, c->chain[j], found);
    if (rc != SZTP_OK) return rc;
  }
  if (!*found && c->count > 1 && !c->of_signer) {
    int32_t rc = signed_by_another(c, i, k, found);
    if (rc != SZTP_OK) return rc;
  }
  if (!*found) note(c, SZTP__WORDS("no key of its issuer's signed the list"));
  return SZTP_OK;
}

/* ---- one certificate ----------------------------------------------------------------------------- */

/* Whether a CRL is of the issuer of @p cert and could prove that it is not revoked. */
static int32_t is_usable(crl_check_t *c, size_t k, const sztp__cert_t *cert, int *usable) {
  const sztp__crl_t *crl = &c->r->crls[k];
  int32_t status = SZTP_OK;
  *usable = sztp__name_equal(c->s->ctx, crl->issuer, cert->issuer);
  if (!*usable) return SZTP_OK;
  const char *why = sztp__crl_unusable(c->s->ctx, crl, cert, &status);
  if (why == NULL && crl->sigalg.hash == SZTP__HASH_SHA1 && !c->s->p->allow_sha1)
    why = SZTP__WORDS("the list's signature is made with a weak algorithm");
  *usable = why == NULL;
  if (why != NULL) note(c, why);
  return status;
}

static int is_fresh(crl_check_t *c, const sztp__crl_t *crl) {
  const sztp__clock_t *clock = &c->s->p->clock;
  char date[SZTP__DATE_SIZE];
  char text[sizeof c->why];
  if (clock->mode != SZTP__CLOCK_TRUSTED) {
    if (!c->r->any_age) note(c, SZTP__WORDS("the age of a list can't be judged without a trusted clock"));
    return c->r->any_age;
  }
  int early = clock->now < crl->this_update;
  if (sztp__crl_is_fresh(crl, clock->now)) return 1;
  (void)sztp__sentence(text, sizeof text,
                       early ? "the list of its issuer begins on %s only"
                             : "the list of its issuer ended on %s",
                       sztp__time_format(date, early ? crl->this_update : sztp__crl_end(crl)));
  note(c, text);
  return 0;
}

static int32_t revoked(crl_check_t *c, const sztp__cert_t *cert, const sztp__crl_entry_t *entry) {
  char name[SZTP__NAME_SIZE];
  char date[SZTP__DATE_SIZE];
  char serial[2 * SERIAL_SHOWN_MAX + 1];
  return sztp__fail(c->s->ctx, SZTP_ERR_PKIX_REVOKED, "path.revocation",
                    "\"%s\", serial number %s, was revoked on %s (%s)%s%s",
                    sztp__name_text(name, sizeof name, cert->subject),
                    sztp__hex_text(serial, sizeof serial, entry->serial),
                    sztp__time_format(date, entry->date), sztp__crl_reason(entry->reason),
                    c->why[0] != '\0' ? "; else the list is not used: " : "", c->why);
}

/* Looks for a CRL that lists the certificate: that counts whatever else may be wrong with it, since a list
 * that is stale (D-99), not complete or not decodable in a detail still says this. */
static int32_t look_for_entry(crl_check_t *c, size_t i) {
  const sztp__cert_t *cert = c->chain[i];
  for (size_t k = 0; k < c->r->count; k++) {
    c->why[0] = '\0'; /* of this list */
    const sztp__crl_t *crl = &c->r->crls[k];
    sztp__crl_entry_t entry;
    int good = 0;
    int32_t rc = is_usable(c, k, cert, &good);
    if (rc == SZTP_OK && good && c->s->p->clock.mode == SZTP__CLOCK_TRUSTED) (void)is_fresh(c, crl);
    if (rc == SZTP_OK && !crl->only_attribute_certs &&
        sztp__name_equal(c->s->ctx, crl->issuer, cert->issuer) &&
        sztp__crl_lists(c->s->ctx, crl, cert, &entry)) {
      rc = is_signed(c, i, k, &good);
      if (rc == SZTP_OK && good) return revoked(c, cert, &entry);
    }
    if (rc != SZTP_OK) return rc;
    if (!c->of_signer) add_reason(c->s->p->revocation->unused, c->why);
  }
  return SZTP_OK;
}

/* Looks for a fresh CRL by the certificate's issuer, which does not list it. */
static int32_t look_for_status(crl_check_t *c, size_t i) {
  const sztp__cert_t *cert = c->chain[i];
  char name[SZTP__NAME_SIZE];
  c->why[0] = '\0';
  for (size_t k = 0; k < c->r->count; k++) {
    const sztp__crl_t *crl = &c->r->crls[k];
    int good = 0;
    int32_t rc = is_usable(c, k, cert, &good);
    if (good && crl->is_delta) {
      note(c, SZTP__WORDS("it is a delta CRL, which proves nothing of what it does not list"));
      continue;
    }
    if (rc == SZTP_OK && good && is_fresh(c, crl)) {
      rc = is_signed(c, i, k, &good);
      if (rc == SZTP_OK && good) {
        sztp__revocation_t *seen = c->s->p->revocation;
        int trusted = c->s->p->clock.mode == SZTP__CLOCK_TRUSTED;
        if (!c->of_signer) seen->checked++;
        if (trusted && (seen->fresh_until == SZTP_TIME_UNKNOWN || sztp__crl_end(crl) < seen->fresh_until))
          seen->fresh_until = sztp__crl_end(crl);
        return SZTP_OK;
      }
    }
    if (rc != SZTP_OK) return rc;
  }
  return sztp__fail(c->s->ctx, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "path.revocation",
                    "whether \"%s\" was revoked is not known: %s",
                    sztp__name_text(name, sizeof name, cert->subject),
                    c->why[0] != '\0' ? c->why : "there is no list of its issuer");
}

/* From the anchor down, since each certificate vouches for the CRLs about the next one. */
static int32_t check_chain(crl_check_t *c) {
  size_t below = c->count == 1 ? 1 : c->count - 1;
  for (size_t i = below; i > 0; i--) {
    int32_t rc = look_for_entry(c, i - 1);
    if (rc == SZTP_OK && c->r->mode == SZTP__CRLS_REQUIRED) rc = look_for_status(c, i - 1);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}
/* NOLINTEND(misc-no-recursion) */

/* ---- a whole path -------------------------------------------------------------------------------- */

int32_t sztp__revocation_accept(sztp__search_t *s, size_t count) {
  sztp__revocation_t *asked = s->p->revocation;
  if (asked == NULL || asked->mode == SZTP__CRLS_IGNORED) return SZTP_OK;
  crl_check_t c = {s, asked, s->chain, count, 0, ""};
  asked->checked = 0;
  asked->fresh_until = SZTP_TIME_UNKNOWN;
  asked->unused[0] = '\0';
  int32_t rc = check_chain(&c);
  if (sztp__work_spent(s->ctx) && !sztp__path_fatal(rc))
    rc = sztp__fail(s->ctx, SZTP_ERR_LIMIT, "path.revocation", "more lists than may be looked at");
  if (rc != SZTP_OK && !sztp__path_fatal(rc))
    sztp__search_keep_reason(
        s, rc == SZTP_ERR_PKIX_REVOKED ? SZTP__CAME_TO_REVOKED : SZTP__CAME_TO_REVOCATION, rc);
  return rc;
}
