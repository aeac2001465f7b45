/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope object: for whom artifacts are encrypted, and how. */
#include "artifacts/envelope.h"

#include "artifacts/input.h"
#include "artifacts/limit.h"
#include "formats/armor.h"

#define WHERE "artifacts.envelope"

int32_t sztp_envelope_new(sztp_ctx_t *ctx, sztp_envelope_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_envelope_t *e = sztp__alloc(ctx, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  e->ctx = ctx;
  e->mode = SZTP__CIPHER_CBC;
  e->key_len = 32;
  e->kdf_hash = SZTP__HASH_SHA256;
  *out = e;
  return SZTP_OK;
}

void sztp_envelope_free(sztp_envelope_t *e) {
  if (e == NULL || sztp__in_callback(e->ctx)) return;
  for (size_t i = 0; i < e->recipient_count; i++) sztp__buf_clear(&e->recipients[i].der);
  sztp__free(e->ctx, e);
}

/* ---- recipients and options ---------------------------------------------------------------------- */

/* Keys of the kinds and sizes that may sign, since nothing weaker protects anything. */
static int32_t check_recipient(const sztp_envelope_t *e, const sztp__cert_t *cert) {
  sztp__sigalg_t alg = {0};
  uint32_t wanted = cert->key.type == SZTP__KEY_EC ? SZTP__KU_KEY_AGREEMENT : SZTP__KU_KEY_ENCIPHERMENT;
  alg.scheme = cert->key.type == SZTP__KEY_EC ? SZTP__SIG_ECDSA : SZTP__SIG_RSA_PKCS1;
  alg.hash = SZTP__HASH_SHA256;
  int32_t rc = sztp__alg_policy(e->ctx, &alg, &cert->key, 0);
  if (rc == SZTP_OK && cert->has_key_usage && (cert->key_usage & wanted) == 0)
    sztp__log(e->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT,
              "a recipient's certificate has a key usage without %s; libsztp decrypts with its key all the "
              "same, others may not",
              wanted == SZTP__KU_KEY_AGREEMENT ? "keyAgreement" : "keyEncipherment");
  return rc;
}

int32_t sztp_envelope_add(sztp_envelope_t *e, const uint8_t *cert, size_t len) {
  if (e == NULL || cert == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(e->ctx) < 0) return SZTP_ERR_REENTRY;
  if (e->recipient_count == SZTP__CMS_MAX_RECIPIENTS)
    return sztp__fail(e->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d recipients", SZTP__CMS_MAX_RECIPIENTS);
  sztp__addressee_t r;
  sztp__buf_init(&r.der, e->ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_device_cert(e->ctx, sztp__span(cert, len), &r.der, &r.cert);
  if (rc == SZTP_OK) rc = check_recipient(e, &r.cert);
  if (rc < 0) {
    sztp__buf_clear(&r.der);
    return rc;
  }
  e->recipients[e->recipient_count++] = r;
  return SZTP_OK;
}

/* SZTP__HASH_* of 1, 256, 384 or 512; NONE for anything else. */
static uint32_t recipient_hash(int64_t value) {
  switch (value) {
  case 1: return SZTP__HASH_SHA1;
  case 256: return SZTP__HASH_SHA256;
  case 384: return SZTP__HASH_SHA384;
  case 512: return SZTP__HASH_SHA512;
  default: return SZTP__HASH_NONE;
  }
}

/* 1 if the value was one that the option may have. */
static int set_option(sztp_envelope_t *e, uint32_t option, int64_t value) {
  switch (option) {
  case SZTP_ENVELOPE_CIPHER:
    if (value < SZTP_CIPHER_AES128_CBC || value > SZTP_CIPHER_AES256_GCM) return 0;
    e->mode = value < SZTP_CIPHER_AES128_GCM ? SZTP__CIPHER_CBC : SZTP__CIPHER_GCM;
    e->key_len = 16 + 8 * (size_t)((value - SZTP_CIPHER_AES128_CBC) % 3);
    return 1;
  case SZTP_ENVELOPE_OAEP:
    if (value != 0 && recipient_hash(value) == SZTP__HASH_NONE) return 0;
    e->oaep = recipient_hash(value);
    return 1;
  case SZTP_ENVELOPE_KDF_HASH:
    if (recipient_hash(value) == SZTP__HASH_NONE) return 0;
    e->kdf_hash = recipient_hash(value);
    return 1;
  case SZTP_ENVELOPE_UKM:
    if (value < 0 || value > SZTP__UKM_MAX) return 0;
    e->ukm_len = (size_t)value;
    return 1;
  case SZTP_ENVELOPE_KEY_ID:
    if (value != 0 && value != 1) return 0;
    e->by_key_id = value == 1;
    return 1;
  default: return 0;
  }
}

int32_t sztp_envelope_set_i64(sztp_envelope_t *e, uint32_t option, int64_t value) {
  if (e == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(e->ctx) < 0) return SZTP_ERR_REENTRY;
  if (set_option(e, option, value)) return SZTP_OK;
  return sztp__fail(e->ctx, SZTP_ERR_ARG, WHERE, "no such option, or a value out of its range");
}

/* ---- making -------------------------------------------------------------------------------------- */

int32_t sztp_envelope_make(sztp_envelope_t *e, const uint8_t *artifact, size_t len, uint8_t **out,
                           size_t *out_len) {
  if (e == NULL || artifact == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(e->ctx) < 0) return SZTP_ERR_REENTRY;
  if (e->recipient_count == 0)
    return sztp__fail(e->ctx, SZTP_ERR_SEQUENCE, WHERE, "there is no recipient to encrypt to");
  sztp__buf_t der;
  sztp__buf_t enveloped;
  sztp__cms_t *cms = NULL;
  size_t max = sztp__limit_size(e->ctx, SZTP_LIMIT_CONVEYED);
  sztp__buf_init(&der, e->ctx, max);
  sztp__buf_init(&enveloped, e->ctx, max);
  int32_t rc = sztp__armor_remove(e->ctx, sztp__span(artifact, len), NULL, &der);
  if (rc == SZTP_OK) rc = sztp__cms_parse(e->ctx, sztp__buf_span(&der), &cms);
  if (rc == SZTP_OK) rc = sztp__enveloped_write(e, cms, &enveloped);
  if (rc == SZTP_OK) rc = sztp__buf_take(&enveloped, out, out_len);
  sztp__cms_free(e->ctx, cms);
  sztp__buf_clear(&enveloped);
  sztp__buf_clear(&der);
  return rc;
}
