/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle: the raw artifacts of one grouping (RFC 8572 3.5), from one place (DISC-07). */
#include "trust/bundle.h"

#include "cryptography/cms.h"

/* Slot of an SZTP_ARTIFACT_*, or SZTP__BUNDLE_SLOTS. */
static size_t slot_of(uint32_t artifact) {
  switch (artifact) {
  case SZTP_ARTIFACT_CONVEYED_INFO: return 0;
  case SZTP_ARTIFACT_OWNER_CERT: return 1;
  case SZTP_ARTIFACT_VOUCHER: return 2;
  case SZTP_ARTIFACT_NONCE: return 3;
  case SZTP_ARTIFACT_PINNED: return 4;
  case SZTP_ARTIFACT_CRL: return 5;
  default: return SZTP__BUNDLE_SLOTS;
  }
}

uint64_t sztp__bundle_limit(const sztp_ctx_t *ctx, uint32_t artifact) {
  switch (artifact) {
  case SZTP_ARTIFACT_CONVEYED_INFO: return sztp__limit(ctx, SZTP_LIMIT_CONVEYED);
  case SZTP_ARTIFACT_VOUCHER: return sztp__limit(ctx, SZTP_LIMIT_VOUCHER);
  case SZTP_ARTIFACT_NONCE: return 32;
  default: return sztp__limit(ctx, SZTP_LIMIT_OWNER_CERT);
  }
}

int32_t sztp_bundle_new(sztp_ctx_t *ctx, sztp_bundle_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_bundle_t *b = sztp__alloc(ctx, sizeof *b);
  if (b == NULL) return SZTP_ERR_MEMORY;
  b->ctx = ctx;
  *out = b;
  return SZTP_OK;
}

void sztp_bundle_free(sztp_bundle_t *b) {
  if (b == NULL || sztp__in_callback(b->ctx)) return;
  for (size_t i = 0; i < SZTP__BUNDLE_SLOTS; i++) sztp__blob_free(b->ctx, &b->slots[i]);
  sztp__free(b->ctx, b);
}

int32_t sztp__bundle_take(sztp_bundle_t *b, uint32_t artifact, uint8_t *data, size_t len) {
  size_t slot = slot_of(artifact);
  if (slot == SZTP__BUNDLE_SLOTS) return SZTP_ERR_ARG;
  sztp__free_secret(b->ctx, b->slots[slot].data);
  b->slots[slot].data = data;
  b->slots[slot].len = len;
  return SZTP_OK;
}

/* Fetched CRLs are counted when they come in, so that none of them is lost silently later. */
static int32_t check_crls(const sztp_bundle_t *b, sztp__span_t crls) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  int32_t rc = SZTP_OK;
  size_t n = 0;
  sztp__der_init(&d, b->ctx, crls);
  while (rc == SZTP_OK && !sztp__der_at_end(&d) && n++ <= SZTP__CMS_MAX_CRLS) rc = sztp__der_any(&d, &tlv);
  if (rc == SZTP_OK && n > SZTP__CMS_MAX_CRLS)
    return sztp__fail(b->ctx, SZTP_ERR_LIMIT, "bundle", "more than %d CRLs", SZTP__CMS_MAX_CRLS);
  return rc == SZTP_OK ? rc : sztp__fail(b->ctx, rc, "bundle", "not CRLs in DER, one after another");
}

int32_t sztp_bundle_set(sztp_bundle_t *b, uint32_t artifact, const uint8_t *data, size_t len) {
  if (b == NULL || (data == NULL && len > 0) || slot_of(artifact) == SZTP__BUNDLE_SLOTS) return SZTP_ERR_ARG;
  if (sztp__enter(b->ctx) < 0) return SZTP_ERR_REENTRY;
  if (len > sztp__bundle_limit(b->ctx, artifact))
    return sztp__fail(b->ctx, SZTP_ERR_LIMIT, "bundle", "%zu octets, %llu are allowed", len,
                      (unsigned long long)sztp__bundle_limit(b->ctx, artifact));
  if (SZTP__CRL && artifact == SZTP_ARTIFACT_CRL) {
    int32_t rc = check_crls(b, sztp__span(data, len));
    if (rc < 0) return rc;
  }
  uint8_t *copy = sztp__copy(b->ctx, data, len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  return sztp__bundle_take(b, artifact, copy, len);
}

sztp__span_t sztp__bundle_span(const sztp_bundle_t *b, uint32_t artifact) {
  size_t slot = slot_of(artifact);
  return slot == SZTP__BUNDLE_SLOTS ? sztp__span(NULL, 0) : sztp__blob_span(&b->slots[slot]);
}

int32_t sztp_bundle_get(const sztp_bundle_t *b, uint32_t artifact, const uint8_t **data, size_t *len) {
  if (b == NULL || data == NULL || len == NULL || slot_of(artifact) == SZTP__BUNDLE_SLOTS)
    return SZTP_ERR_ARG;
  sztp__span_t found = sztp__bundle_span(b, artifact);
  if (found.data == NULL) return SZTP_ERR_NOT_FOUND;
  *data = found.data;
  *len = found.len;
  return SZTP_OK;
}
