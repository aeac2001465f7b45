/* SPDX-License-Identifier: Apache-2.0 */
/* The detached signature of a boot image (RFC 5652 5), made of octets that pass. */
#include <sztp/image.h>

#include "artifacts/signer.h"

struct sztp_image_signature {
  const sztp_signer_t *signer;
  sztp__hash_t *hash; /* NULL once it was made */
};

int32_t sztp_image_signature_new(const sztp_signer_t *signer, sztp_image_signature_t **out) {
  if (signer == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(signer->ctx) < 0) return SZTP_ERR_REENTRY;
  if (signer->no_attrs)
    return sztp__fail(signer->ctx, SZTP_ERR_ARG, "artifacts.image",
                      "devices believe no signature of an image without signed attributes");
  sztp_image_signature_t *s = sztp__alloc(signer->ctx, sizeof *s);
  if (s == NULL) return SZTP_ERR_MEMORY;
  s->signer = signer;
  int32_t rc = sztp__hash_new(signer->ctx, signer->hash, &s->hash);
  if (rc < 0) {
    sztp__free(signer->ctx, s);
    return rc;
  }
  *out = s;
  return SZTP_OK;
}

static int32_t enter_running(const sztp_image_signature_t *s) {
  if (sztp__enter(s->signer->ctx) < 0) return SZTP_ERR_REENTRY;
  if (s->hash != NULL) return SZTP_OK;
  return sztp__fail(s->signer->ctx, SZTP_ERR_SEQUENCE, "artifacts.image", "the signature is made");
}

int32_t sztp_image_signature_write(sztp_image_signature_t *s, const uint8_t *data, size_t len) {
  if (s == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  int32_t rc = enter_running(s);
  return rc < 0 || len == 0 ? rc : sztp__hash_update(s->hash, data, len);
}

int32_t sztp_image_signature_make(sztp_image_signature_t *s, uint8_t **out, size_t *out_len) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__buf_t signature;
  if (s == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  int32_t rc = enter_running(s);
  if (rc < 0) return rc;
  rc = sztp__hash_finish(s->hash, digest, &len);
  sztp__hash_free(s->hash);
  s->hash = NULL;
  if (rc < 0) return rc;
  sztp__buf_init(&signature, s->signer->ctx, SZTP_IMAGE_SIGNATURE_MAX);
  rc = sztp__signed_data_write_detached(s->signer, SZTP__CMS_DATA, sztp__span(digest, len), &signature);
  if (rc == SZTP_OK) rc = sztp__buf_take(&signature, out, out_len);
  sztp__buf_clear(&signature);
  return rc;
}

void sztp_image_signature_free(sztp_image_signature_t *s) {
  if (s == NULL || sztp__in_callback(s->signer->ctx)) return;
  sztp__hash_free(s->hash);
  sztp__free(s->signer->ctx, s);
}
