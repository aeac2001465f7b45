/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 for owners: the fingerprint of a boot image, taken a piece at a time. */
#include <sztp/artifacts.h>

#include "cryptography/crypto.h"

struct sztp_digest {
  sztp_ctx_t *ctx;
  sztp__hash_t *hash; /* NULL once finished */
};

int32_t sztp_digest_new(sztp_ctx_t *ctx, sztp_digest_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_digest_t *d = sztp__alloc(ctx, sizeof *d);
  if (d == NULL) return SZTP_ERR_MEMORY;
  d->ctx = ctx;
  int32_t result = sztp__hash_new(ctx, SZTP__HASH_SHA256, &d->hash);
  if (result != 0) {
    sztp__free(ctx, d);
    return result;
  }
  *out = d;
  return SZTP_OK;
}

static int32_t check_running(sztp_digest_t *d) {
  sztp__trail_clear(d->ctx);
  if (d->hash != NULL) return SZTP_OK;
  return sztp__fail(d->ctx, SZTP_ERR_SEQUENCE, "artifacts.digest", "the digest is finished; start a new one");
}

int32_t sztp_digest_update(sztp_digest_t *d, const uint8_t *data, size_t len) {
  if (d == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  int32_t result = check_running(d);
  if (result != 0 || len == 0) return result;
  return sztp__hash_update(d->hash, data, len);
}

int32_t sztp_digest_finish(sztp_digest_t *d, uint8_t *out) {
  if (d == NULL || out == NULL) return SZTP_ERR_ARG;
  int32_t result = check_running(d);
  if (result != 0) return result;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  result = sztp__hash_finish(d->hash, digest, &len);
  sztp__hash_free(d->hash);
  d->hash = NULL;
  if (result != 0) return result;
  memcpy(out, digest, SZTP_DIGEST_LEN);
  return SZTP_OK;
}

void sztp_digest_free(sztp_digest_t *d) {
  if (d == NULL || sztp__in_callback(d->ctx)) return;
  sztp__hash_free(d->hash);
  sztp__free(d->ctx, d);
}
