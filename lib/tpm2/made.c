/* SPDX-License-Identifier: Apache-2.0 */
/* Makes keys in the TPM and finds them again. */
#include "tpm2/made.h"

#include <sztp/device.h>

#include "cryptography/key_kind.h"
#include "formats/der.h"

#define WHERE    "tpm2.made"
#define AREA_MAX 2048
#define PEM_MAX  4096
#define SPKI_MAX 1024

/* ---- its public key ------------------------------------------------------------------------------ */

static uint32_t kind_of(const sztp__tpm_public_t *pub) {
  sztp__keyinfo_t key;
  memset(&key, 0, sizeof key);
  key.type = pub->type;
  key.curve = pub->curve;
  return sztp__key_kind_of(&key);
}

/* The contents of the BIT STRING: RSAPublicKey (RFC 3279 2.3.1), or the point as it is (RFC 5480 2.2). */
static int32_t put_bits(const sztp__tpm_public_t *pub, sztp__buf_t *out) {
  const uint8_t exponent[4] = {(uint8_t)(pub->exponent >> 24), (uint8_t)(pub->exponent >> 16),
                               (uint8_t)(pub->exponent >> 8), (uint8_t)pub->exponent};
  static const uint8_t heads[] = {0x00, 0x04}; /* no bits unused; uncompressed */
  sztp__span_t value = sztp__span(pub->value, pub->value_len);
  size_t rsa = 0;
  sztp__buf_add(out, heads, pub->type == SZTP__KEY_EC ? 2 : 1);
  if (pub->type == SZTP__KEY_EC) return sztp__buf_add_span(out, value);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &rsa);
  sztp__der_put_unsigned(out, value);
  sztp__der_put_unsigned(out, sztp__span(exponent, sizeof exponent));
  return sztp__der_close(out, rsa);
}

int32_t sztp__tpm_made_public(const sztp__tpm_public_t *pub, sztp__buf_t *out) {
  size_t whole = 0;
  size_t bits = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &whole);
  sztp__buf_add_span(out, sztp__key_kind_identifier(kind_of(pub)));
  sztp__der_open(out, SZTP__DER_BIT_STRING, &bits);
  (void)put_bits(pub, out);
  sztp__der_close(out, bits);
  return sztp__der_close(out, whole);
}

/* ---- making and finding -------------------------------------------------------------------------- */

static int32_t give_public(sztp_ctx_t *ctx, const sztp__tpm_public_t *pub, uint8_t *out, size_t cap,
                           size_t *len) {
  sztp__buf_t spki;
  sztp__buf_init(&spki, ctx, cap < SPKI_MAX ? cap : SPKI_MAX);
  int32_t rc = sztp__tpm_made_public(pub, &spki);
  if (rc == SZTP_OK) memcpy(out, spki.data, spki.len);
  *len = spki.len;
  sztp__buf_clear(&spki);
  return rc;
}

static int32_t keep_made(sztp_ctx_t *ctx, const sztp__tpm_made_t *made, const char *name,
                         const sztp__keyfile_t *file) {
  sztp__buf_t pem;
  sztp__buf_init(&pem, ctx, PEM_MAX);
  int32_t rc = sztp__keyfile_write(ctx, file, &pem);
  if (rc == SZTP_OK && made->store.put(made->store.user, name, pem.data, pem.len) != SZTP_OK)
    rc = sztp__fail(ctx, SZTP_ERR_KEY, WHERE, "the key that was made can't be kept");
  sztp__buf_clear(&pem);
  return rc;
}

/* Loaded once before it is kept: what was made can be used. */
int32_t sztp__tpm_made_generate(sztp__tpm_keys_t *keys, const sztp__tpm_made_t *made, const char *name,
                                sztp__span_t algorithm, uint8_t *out, size_t cap, size_t *len) {
  sztp__keyfile_t file;
  sztp__buf_t public_;
  sztp__buf_t private_;
  sztp__tpm_key_t *key = NULL;
  uint32_t kind = sztp__key_kind_named(algorithm);
  uint32_t able = 0;
  int32_t rc = sztp__tpm_kinds(keys->tpm, &able);
  if (rc == SZTP_OK && (kind & able) == 0)
    rc = sztp__fail(keys->ctx, SZTP_ERR_UNSUPPORTED, WHERE, "the TPM makes no such keys");
  if (rc != SZTP_OK) return rc;
  sztp__buf_init(&public_, keys->ctx, AREA_MAX);
  sztp__buf_init(&private_, keys->ctx, AREA_MAX);
  memset(&file, 0, sizeof file);
  rc = sztp__tpm_create(keys->tpm, made->parent, kind, &public_, &private_);
  if (rc == SZTP_OK) {
    file.parent = made->parent;
    file.public_ = sztp__buf_span(&public_);
    file.private_ = sztp__buf_span(&private_);
    rc = sztp__tpm_key_load(keys->tpm, &file, &key);
  }
  if (rc == SZTP_OK) rc = give_public(keys->ctx, sztp__tpm_key_public(key), out, cap, len);
  if (rc == SZTP_OK) rc = keep_made(keys->ctx, made, name, &file);
  sztp__tpm_key_free(keys->tpm, key);
  sztp__buf_clear(&private_);
  sztp__buf_clear(&public_);
  return rc;
}

int32_t sztp__tpm_made_load(sztp__tpm_keys_t *keys, const sztp__tpm_made_t *made, const char *name,
                            sztp__tpm_key_t **out) {
  uint8_t pem[PEM_MAX];
  size_t len = 0;
  int32_t rc = made->store.get(made->store.user, name, pem, sizeof pem, &len);
  if (rc == SZTP_ERR_NOT_FOUND) return rc;
  if (rc != SZTP_OK || len > sizeof pem)
    return sztp__fail(keys->ctx, SZTP_ERR_KEY, WHERE, "the key that was made can't be read");
  return sztp__tpm_keys_load(keys, sztp__span(pem, len), out);
}
