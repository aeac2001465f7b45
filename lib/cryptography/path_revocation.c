/* SPDX-License-Identifier: Apache-2.0 */
/* Whether certificates of a path were revoked (RFC 5280 6.3), by the CRLs at hand. A CRL counts only if a key
 * signed it that the path's own anchor vouches for; its signature is verified only if what it says would
 * change something, and with no key twice. */
#include "cryptography/path_revocation.h"

#include "cryptography/path_check.h"
#include "ground/format.h"
#include "ground/text.h"

#define SERIAL_SHOWN_MAX 20

enum { SIGNER_UNKNOWN = 0, SIGNER_GOOD = 1, SIGNER_BAD = 2 };

/* One chain that is asked about. */
typedef struct crl_check {
  sztp__search_t *s;
  sztp__crl_memory_t *known;
  const sztp__revocation_t *r;
  const sztp__cert_t *const *chain;
  size_t count;
  int of_signer; /* it is that of a certificate that signs CRLs: there is no second of those */
  char why[SZTP__SENTENCE_SIZE]; /* why CRLs of the issuer at hand do not count; "" if there are none */
} crl_check_t;

/* Each reason once, as far as there is room. */
static void note(crl_check_t *c, const char *why) {
  size_t len = strlen(c->why);
  if (strstr(c->why, why) != NULL || len + strlen(why) + 3 > sizeof c->why) return;
  (void)sztp__format(c->why + len, sizeof c->why - len, "%s%s", len > 0 ? "; " : "", why);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

/* Verifies CRL @p k with a key, once. */
static int32_t verify_crl_with(crl_check_t *c, size_t k, sztp__span_t spki) {
  sztp__search_t *s = c->s;
  sztp__crl_keys_t *keys = &c->known->keys[k];
  for (size_t i = 0; i < keys->count; i++)
    if (sztp__span_equal(keys->key[i], spki)) return keys->code[i];
  if (keys->count == SZTP__CRL_KEYS || s->verifications == SZTP__PATH_VERIFICATIONS) {
    c->known->gave_up = 1;
    return SZTP_ERR_CMS_SIGNATURE_INVALID;
  }
  s->verifications++;
  int32_t rc = sztp__crl_verify(s->ctx, &s->p->revocation->crls[k], spki, s->p->allow_sha1);
  if (sztp__path_fatal(rc)) return rc;
  sztp__trail_clear(s->ctx);
  keys->key[keys->count] = spki;
  keys->code[keys->count++] = rc;
  return rc;
}

static int may_sign_crls(const sztp__cert_t *cert) {
  return !cert->has_key_usage || (cert->key_usage & SZTP__KU_CRL_SIGN) != 0;
}

/* Whether @p cert signed CRL @p k, and may. */
static int32_t signed_by(crl_check_t *c, size_t k, const sztp__cert_t *cert, int *found) {
  if (!sztp__name_equal(cert->subject, c->r->crls[k].issuer)) return SZTP_OK;
  if (!may_sign_crls(cert)) {
    note(c, "the key usage of the list's issuer lacks cRLSign");
    return SZTP_OK;
  }
  int32_t rc = verify_crl_with(c, k, cert->spki);
  if (sztp__path_fatal(rc)) return rc;
  *found = rc == SZTP_OK;
  if (rc == SZTP_ERR_CMS_ALG_WEAK) note(c, "the list's signature is made with a weak algorithm");
  if (rc == SZTP_ERR_CMS_ALG_UNSUPPORTED) note(c, "the list's signature algorithm is not supported");
  return SZTP_OK;
}

/* The signer of a list is judged like any certificate, but for one thing that ends this after one round: its
 * own lists are signed by keys of its path (of_signer). NOLINTBEGIN(misc-no-recursion) */
static int32_t check_chain(crl_check_t *c);

/* Whether one of the others may sign CRLs: it has a path to the same anchor, and is not revoked itself. */
static int32_t is_crl_signer(crl_check_t *c, size_t candidate, int *good) {
  const sztp__cert_t *anchor = c->chain[c->count - 1];
  if (c->known->signers_anchor != anchor) {
    memset(c->known->signers, SIGNER_UNKNOWN, c->s->p->other_count);
    c->known->signers_anchor = anchor;
  }
  uint8_t *state = &c->known->signers[candidate - c->s->p->anchor_count];
  if (*state == SIGNER_UNKNOWN) {
    const sztp__cert_t *chain[SZTP__PATH_MAX];
    crl_check_t inner = {c->s, c->known, c->r, chain, 0, 1, ""};
    int32_t rc = sztp__search_crl_signer(c->s, candidate, anchor, chain, &inner.count, &c->known->gave_up);
    if (rc == SZTP_OK) rc = check_chain(&inner);
    if (sztp__path_fatal(rc)) return rc;
    sztp__trail_clear(c->s->ctx);
    *state = rc == SZTP_OK ? SIGNER_GOOD : SIGNER_BAD;
  }
  *good = *state == SIGNER_GOOD;
  return SZTP_OK;
}

static int in_chain(const crl_check_t *c, const sztp__cert_t *cert) {
  for (size_t i = 0; i < c->count; i++)
    if (c->chain[i] == cert) return 1;
  return 0;
}

/* A CA may sign its CRLs with another key than its certificates (RFC 5280 6.3.3 (f)). */
static int32_t signed_by_another(crl_check_t *c, size_t k, int *found) {
  const sztp__path_t *p = c->s->p;
  for (size_t n = p->anchor_count; n < p->anchor_count + p->other_count && !*found; n++) {
    const sztp__cert_t *cert = sztp__search_candidate(c->s, n);
    int signs = 0;
    if (in_chain(c, cert) || sztp__search_repeated(c->s, n)) continue;
    int32_t rc = signed_by(c, k, cert, &signs);
    if (rc == SZTP_OK && signs) rc = is_crl_signer(c, n, found);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

/* Whether CRL @p k was signed by the issuer of chain[i]: with the key that signed the certificate or, under
 * the same name, another one that the anchor vouches for. An anchor that is the leaf has only its own
 * (D-118). */
static int32_t is_signed(crl_check_t *c, size_t i, size_t k, int *found) {
  *found = 0;
  for (size_t j = c->count == 1 ? 0 : i + 1; j < c->count && !*found; j++) {
    int32_t rc = signed_by(c, k, c->chain[j], found);
    if (rc != SZTP_OK) return rc;
  }
  if (!*found && c->count > 1 && !c->of_signer) {
    int32_t rc = signed_by_another(c, k, found);
    if (rc != SZTP_OK) return rc;
  }
  if (!*found) note(c, "no key of its issuer's signed the list");
  return SZTP_OK;
}

/* ---- one certificate ----------------------------------------------------------------------------- */

/* Whether a CRL is of the issuer of @p cert and can say something of it. */
static int32_t is_usable(crl_check_t *c, size_t k, const sztp__cert_t *cert, int *usable) {
  int32_t status = SZTP_OK;
  *usable = sztp__name_equal(c->r->crls[k].issuer, cert->issuer);
  if (!*usable) return SZTP_OK;
  const char *why = sztp__crl_unusable(c->s->ctx, &c->r->crls[k], cert, &status);
  *usable = why == NULL;
  if (why != NULL) note(c, why);
  return status;
}

static int is_fresh(crl_check_t *c, const sztp__crl_t *crl) {
  const sztp__clock_t *clock = &c->s->p->clock;
  char date[SZTP__DATE_SIZE];
  char text[sizeof c->why];
  if (clock->mode != SZTP__CLOCK_TRUSTED) {
    if (!c->r->any_age) note(c, "the age of a list can't be judged without a trusted clock");
    return c->r->any_age;
  }
  int early = clock->now < crl->this_update;
  if (sztp__crl_is_fresh(crl, clock->now)) return 1;
  (void)sztp__format(text, sizeof text,
                     early ? "the list of its issuer begins on %s only"
                           : "the list of its issuer ended on %s",
                     sztp__time_format(date, early ? crl->this_update : sztp__crl_end(crl)));
  note(c, text);
  return 0;
}

static int32_t revoked(crl_check_t *c, const sztp__cert_t *cert, const sztp__crl_entry_t *entry) {
  char name[SZTP__NAME_SIZE];
  char date[SZTP__DATE_SIZE];
  char serial[2 * SERIAL_SHOWN_MAX + 1] = "";
  for (size_t i = 0; i < entry->serial.len && i < SERIAL_SHOWN_MAX; i++)
    (void)sztp__format(serial + 2 * i, 3, "%02x", entry->serial.data[i]);
  return sztp__fail(c->s->ctx, SZTP_ERR_PKIX_REVOKED, "path.revocation",
                    "\"%s\", serial number %s, was revoked on %s (%s)",
                    sztp__name_text(name, sizeof name, cert->subject), serial,
                    sztp__time_format(date, entry->date), sztp__crl_reason(entry->reason));
}

/* A CRL lists the certificate, and nobody is known to have signed it. If that is because a bound was reached,
 * the path is refused: else whoever packs a bag could drown a CRL in certificates that bear its issuer's
 * name. */
static int32_t not_signed(crl_check_t *c, const sztp__cert_t *cert) {
  char name[SZTP__NAME_SIZE];
  (void)sztp__name_text(name, sizeof name, cert->subject);
  if (c->known->gave_up)
    return sztp__fail(c->s->ctx, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "path.revocation",
                      "\"%s\" is on a list that too many certificates may have signed to find out which did",
                      name);
  sztp__log(c->s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST,
            "\"%s\" is on a revocation list that does not count: %s", name, c->why);
  return SZTP_OK;
}

/* Looks for a CRL that lists the certificate; a stale one revokes as well (D-99). */
static int32_t look_for_entry(crl_check_t *c, size_t i) {
  const sztp__cert_t *cert = c->chain[i];
  c->why[0] = '\0';
  for (size_t k = 0; k < c->r->count; k++) {
    sztp__crl_entry_t entry;
    int good = 0;
    int32_t rc = is_usable(c, k, cert, &good);
    int listed = rc == SZTP_OK && good && sztp__crl_lists(&c->r->crls[k], cert->serial, &entry);
    if (listed) rc = is_signed(c, i, k, &good);
    if (rc != SZTP_OK) return rc;
    if (listed && good) return revoked(c, cert, &entry);
    if (listed) rc = not_signed(c, cert);
    if (rc != SZTP_OK) return rc;
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
      note(c, "it is a delta CRL, which proves nothing of what it does not list");
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

static int32_t begin(sztp__search_t *s, sztp__crl_memory_t *known) {
  if (known->keys == NULL)
    known->keys = sztp__alloc_array(s->ctx, s->p->revocation->count, sizeof *known->keys);
  if (known->keys == NULL) return SZTP_ERR_MEMORY;
  if (known->signers == NULL)
    known->signers = sztp__alloc_array(s->ctx, s->p->other_count, sizeof *known->signers);
  return known->signers == NULL ? SZTP_ERR_MEMORY : SZTP_OK;
}

int32_t sztp__revocation_accept(sztp__search_t *s, size_t count) {
  sztp__crl_memory_t *known = s->accept_user;
  sztp__revocation_t *asked = s->p->revocation;
  if (asked == NULL || asked->mode == SZTP__CRLS_IGNORED) return SZTP_OK;
  crl_check_t c = {s, known, asked, s->chain, count, 0, ""};
  asked->checked = 0;
  asked->fresh_until = SZTP_TIME_UNKNOWN;
  int32_t rc = begin(s, known);
  if (rc == SZTP_OK) rc = check_chain(&c);
  if (rc != SZTP_OK && !sztp__path_fatal(rc))
    sztp__search_keep_reason(
        s, rc == SZTP_ERR_PKIX_REVOKED ? SZTP__CAME_TO_REVOKED : SZTP__CAME_TO_REVOCATION, rc);
  return rc;
}

void sztp__crl_memory_clear(sztp_ctx_t *ctx, sztp__crl_memory_t *known) {
  sztp__free(ctx, known->keys);
  sztp__free(ctx, known->signers);
}
