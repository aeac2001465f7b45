/* SPDX-License-Identifier: Apache-2.0 */
/* One chain of certificates walked down from its root. */
#include "cryptography/chain.h"

static int chain_fatal(int32_t rc) {
  return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_LIMIT;
}

struct chain_search {
  sztp_ctx_t *ctx;
  const sztp__cert_t *certs;
  size_t count;
  int allow_sha1;
  uint32_t used; /* bit per certificate */
  int32_t room;  /* intermediates that may follow; -1: any number */
};

static int32_t chain_unusable(sztp_ctx_t *ctx, const char *why) {
  sztp__trail_clear(ctx);
  return sztp__fail(ctx, SZTP_ERR_PKIX_NO_PATH, "chain", "%s", why);
}

/* What every issuer of the chain must be, as in any path (PKIX-06 to -08); a root may be so old that it does
 * not say so. */
static int32_t check_issuer(struct chain_search *s, const sztp__cert_t *issuer, int is_root) {
  if (!issuer->is_ca && (!is_root || issuer->has_basic_constraints))
    return chain_unusable(s->ctx, "an issuer is not a CA");
  if (issuer->has_key_usage && (issuer->key_usage & SZTP__KU_KEY_CERT_SIGN) == 0)
    return chain_unusable(s->ctx, "the key usage of an issuer lacks keyCertSign");
  if (issuer->unknown_critical.len > 0)
    return chain_unusable(s->ctx, "an issuer has a critical extension that is not understood");
  if (!is_root && !issuer->self_issued && s->room >= 0 && s->room-- == 0)
    return chain_unusable(s->ctx, "it is longer than an issuer above allows");
  if (issuer->path_len >= 0 && (s->room < 0 || issuer->path_len < s->room)) s->room = issuer->path_len;
  return SZTP_OK;
}

/* Finds the one unused certificate that @p issuer issued. *found is NULL if there is none. */
static int32_t next_below(struct chain_search *s, const sztp__cert_t *issuer, const sztp__cert_t **found) {
  *found = NULL;
  for (size_t i = 0; i < s->count; i++) {
    if ((s->used >> i & 1U) != 0 || !sztp__name_equal(s->ctx, s->certs[i].issuer, issuer->subject)) continue;
    int32_t rc = sztp__cert_verify(s->ctx, &s->certs[i], issuer->spki, s->allow_sha1);
    if (chain_fatal(rc)) return rc;
    if (rc < 0) return chain_unusable(s->ctx, "a certificate's signature is not its issuer's");
    if (*found != NULL) return chain_unusable(s->ctx, "the certificates form more than one chain");
    *found = &s->certs[i];
    s->used |= (uint32_t)1 << i;
  }
  return SZTP_OK;
}

static int32_t find_root(struct chain_search *s, const sztp__cert_t **root) {
  *root = NULL;
  for (size_t i = 0; i < s->count; i++) {
    if (!s->certs[i].self_issued) continue;
    /* It tells a root from one that bears its name, and nobody relies on it: SHA-1 will do (CMS-16, D-83). */
    int32_t rc = sztp__cert_verify(s->ctx, &s->certs[i], s->certs[i].spki, 1);
    if (chain_fatal(rc)) return rc;
    if (rc < 0) continue;
    if (*root != NULL) return chain_unusable(s->ctx, "it holds more than one self-signed root");
    *root = &s->certs[i];
    s->used |= (uint32_t)1 << i;
  }
  return *root != NULL ? SZTP_OK : chain_unusable(s->ctx, "it holds no self-signed root");
}

int32_t sztp__chain_read(sztp_ctx_t *ctx, const sztp__cert_t *certs, size_t count, int allow_sha1,
                         const sztp__cert_t **out) {
  struct chain_search search = {ctx, certs, count, allow_sha1, 0, -1};
  struct chain_search *s = &search;
  if (count == 0 || count > SZTP__CHAIN_MAX)
    return chain_unusable(ctx, "it holds no certificate, or too many");
  const sztp__cert_t *lowest = NULL;
  int32_t rc = find_root(s, &lowest);
  for (size_t depth = 1; rc == SZTP_OK && depth <= s->count; depth++) {
    const sztp__cert_t *below = NULL;
    rc = next_below(s, lowest, &below);
    if (rc < 0) return rc;
    if (below == NULL) break;
    rc = check_issuer(s, lowest, depth == 1);
    lowest = below;
  }
  if (rc < 0) return rc;
  if (s->used != (s->count == SZTP__CHAIN_MAX ? UINT32_MAX : ((uint32_t)1 << s->count) - 1))
    return chain_unusable(s->ctx, "it holds certificates that do not belong to the chain");
  if (s->count > 1 && !lowest->is_ca)
    return chain_unusable(s->ctx, "the lowest certificate of the chain is not a CA");
  if (s->count > 1) rc = check_issuer(s, lowest, 0);
  *out = lowest;
  return rc;
}
