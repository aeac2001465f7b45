/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths found and validated: a leaf that is an anchor, or the first path of a search that CRLs
 * have nothing against. */
#include "cryptography/path.h"

#include "cryptography/path_check.h"
#include "cryptography/path_revocation.h"

/* PKIX-14: a leaf that is an anchor needs no issuer. */
static int32_t validate_pinned_leaf(sztp__search_t *s, int *is_anchor) {
  for (size_t i = 0; i < s->p->anchor_count && !*is_anchor; i++)
    *is_anchor = sztp__span_equal(s->p->anchors[i].der, s->leaf->der);
  if (!*is_anchor) return SZTP_OK;
  int32_t rc = sztp__path_check_leaf(s->ctx, s->p, s->leaf);
  if (rc != SZTP_OK) {
    sztp__search_keep_reason(s, SZTP__CAME_TO_ANCHOR, rc);
    return rc;
  }
  s->chain[0] = s->leaf;
  return s->accept(s, 1);
}

static int32_t find_path(sztp__search_t *s, size_t *count) {
  int pinned = 0;
  int32_t rc = validate_pinned_leaf(s, &pinned);
  if (!pinned) return sztp__search(s, count);
  *count = 1;
  return rc;
}

void sztp__path_memory_clear(sztp_ctx_t *ctx, sztp__path_memory_t *memory) {
  sztp__free(ctx, memory->links);
  sztp__free(ctx, memory->crl_links);
  memset(memory, 0, sizeof *memory);
}

int32_t sztp__path_validate(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf,
                            const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *chain_len) {
  sztp__path_memory_t own = {NULL, NULL, 0};
  *chain_len = 0;
  sztp__search_t *s = sztp__search_new(ctx, p, leaf);
  if (s == NULL) return SZTP_ERR_MEMORY;
  s->accept = sztp__revocation_accept; /* the last of all, so that a path that fails here alone is told so */
  sztp__trail_clear(ctx);
  int32_t rc = sztp__search_begin(s, p->memory != NULL ? p->memory : &own);
  if (rc == SZTP_OK) rc = find_path(s, chain_len);
  if (sztp__work_spent(ctx) && !sztp__path_fatal(rc)) rc = SZTP_ERR_LIMIT; /* names may have been left out */
  sztp__path_memory_clear(ctx, &own);
  if (rc == SZTP_OK) {
    memcpy(chain, s->chain, *chain_len * sizeof s->chain[0]);
    sztp__trail_clear(ctx); /* of candidates that were tried before */
  } else {
    *chain_len = 0;
    if (!sztp__path_fatal(rc)) {
      sztp__trail_clear(ctx);
      rc = sztp__fail(ctx, s->code, s->where, "%s", s->detail);
    } else if (rc == SZTP_ERR_LIMIT) {
      sztp__trail_clear(ctx);
      rc = sztp__fail(ctx, rc, "path", "more work than one verification may cost");
    }
  }
  sztp__free(ctx, s);
  return rc;
}
