/* SPDX-License-Identifier: Apache-2.0 */
/* Adds keys by handle, file or template, and holds each against its certificate. */
#include "tpm2/keys.h"

#include <sztp/device.h>

#include "cryptography/cert.h"
#include "formats/armor.h"
#include "formats/der.h"

#define WHERE    "tpm2.keys"
#define CERT_MAX 65536
#define KEY_MAX  8192

/* ---- whose key it is ----------------------------------------------------------------------------- */

/* The first certificate, as DER in @p der. */
static int32_t read_cert(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__cert_t *out) {
  sztp__der_t d;
  sztp__tlv_t first;
  int32_t rc = sztp__armor_remove(ctx, data, sztp__armor_certificate, der);
  if (rc != SZTP_OK) return rc;
  sztp__der_init(&d, ctx, sztp__buf_span(der));
  rc = sztp__der_expect(&d, SZTP__DER_SEQUENCE, &first);
  return rc == SZTP_OK ? sztp__cert_parse(ctx, first.whole, out) : rc;
}

/* Modulus and exponent of an RSAPublicKey; leading zeros taken off. */
static int32_t read_rsa(sztp_ctx_t *ctx, sztp__span_t bits, sztp__span_t *modulus, sztp__span_t *exponent) {
  sztp__der_t d;
  sztp__der_t in;
  sztp__der_init(&d, ctx, bits);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in);
  if (rc == SZTP_OK) rc = sztp__der_integer(&in, modulus);
  if (rc == SZTP_OK) rc = sztp__der_integer(&in, exponent);
  if (rc != SZTP_OK) return rc;
  if (modulus->len > 1 && modulus->data[0] == 0) *modulus = sztp__span_from(*modulus, 1);
  if (exponent->len > 1 && exponent->data[0] == 0) *exponent = sztp__span_from(*exponent, 1);
  return SZTP_OK;
}

static int is_exponent(sztp__span_t octets, uint32_t exponent) {
  uint64_t value = 0;
  if (octets.len > 4) return 0;
  for (size_t i = 0; i < octets.len; i++) value = value << 8 | octets.data[i];
  return value == exponent;
}

/* Bit for bit. */
static int is_same_key(sztp_ctx_t *ctx, const sztp__cert_t *cert, const sztp__tpm_public_t *pub) {
  sztp__span_t bits = cert->key.bits_value;
  sztp__span_t value = sztp__span(pub->value, pub->value_len);
  sztp__span_t modulus;
  sztp__span_t exponent;
  if (cert->key.type != pub->type) return 0;
  if (pub->type == SZTP__KEY_EC)
    return cert->key.curve == pub->curve && bits.len == 1 + value.len && bits.data[0] == 0x04 &&
           sztp__span_equal(sztp__span_from(bits, 1), value);
  return pub->type == SZTP__KEY_RSA && read_rsa(ctx, bits, &modulus, &exponent) == SZTP_OK &&
         sztp__span_equal(modulus, value) && is_exponent(exponent, pub->exponent);
}

static int32_t check_key(sztp_ctx_t *ctx, const sztp__cert_t *cert, const sztp__tpm_public_t *pub,
                         int attests) {
  char name[SZTP__NAME_SIZE];
  if (!is_same_key(ctx, cert, pub))
    return sztp__fail(ctx, SZTP_ERR_KEY, WHERE, "the key in the TPM is not that of the certificate of %s",
                      sztp__name_text(name, sizeof name, cert->subject));
  if (attests && !pub->attests)
    return sztp__fail(
        ctx, SZTP_ERR_KEY, WHERE,
        "the key is no attestation key: it is not restricted to sign what the TPM itself says, and "
        "could be made to sign a forgery");
  if (!attests && pub->restricted)
    return sztp__fail(
        ctx, SZTP_ERR_KEY, WHERE,
        "the key is an attestation key or a storage key: restricted, it works for the TPM's own "
        "structures alone");
  return SZTP_OK;
}

/* ---- the list ------------------------------------------------------------------------------------ */

sztp__tpm_pair_t *sztp__tpm_keys_find(sztp__tpm_keys_t *keys, sztp__span_t der) {
  for (size_t i = 0; i < keys->count; i++)
    if (sztp__span_equal(sztp__span(keys->pairs[i].cert, keys->pairs[i].cert_len), der))
      return &keys->pairs[i];
  return NULL;
}

/* Takes the key over, unless it fails. */
static int32_t keep(sztp__tpm_keys_t *keys, sztp__span_t der, sztp__tpm_key_t *key) {
  sztp__tpm_pair_t *pair = sztp__tpm_keys_find(keys, der);
  if (pair != NULL) {
    sztp__tpm_key_free(keys->tpm, pair->key);
    pair->key = key;
    return SZTP_OK;
  }
  if (keys->count == SZTP__TPM_KEYS_MAX)
    return sztp__fail(keys->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d keys", SZTP__TPM_KEYS_MAX);
  pair = &keys->pairs[keys->count];
  pair->cert = sztp__copy(keys->ctx, der.data, der.len);
  if (pair->cert == NULL) return SZTP_ERR_MEMORY;
  pair->cert_len = der.len;
  pair->key = key;
  keys->count++;
  return SZTP_OK;
}

void sztp__tpm_keys_clear(sztp__tpm_keys_t *keys) {
  for (size_t i = 0; i < keys->count; i++) {
    sztp__tpm_key_free(keys->tpm, keys->pairs[i].key);
    sztp__free(keys->ctx, keys->pairs[i].cert);
  }
  keys->count = 0;
  sztp__tpm_key_free(keys->tpm, keys->attestation);
  keys->attestation = NULL;
}

/* ---- adding -------------------------------------------------------------------------------------- */

/* TCG's templates of identity keys are for signing alone. Told here, since a key function can't (D-165). */
static void tell_limits(sztp_ctx_t *ctx, const sztp__cert_t *cert, const sztp__tpm_public_t *pub) {
  char name[SZTP__NAME_SIZE];
  if ((pub->able & (SZTP_ABLE_DECRYPT | SZTP_ABLE_AGREE)) != 0) return;
  sztp__log(ctx, SZTP_LOG_INFO, SZTP_TOPIC_DEVICE,
            "the key in the TPM of %s can only sign: what is encrypted to the device needs a decryption "
            "certificate with a key of its own",
            sztp__name_text(name, sizeof name, cert->subject));
}

/* What is in @p out is borrowed from @p der. */
static int32_t read_file(sztp_ctx_t *ctx, sztp__span_t file, sztp__buf_t *der, sztp__keyfile_t *out) {
  sztp__buf_init(der, ctx, KEY_MAX);
  int32_t rc = sztp__keyfile_find(ctx, file, der);
  return rc == SZTP_OK ? sztp__keyfile_parse(ctx, sztp__buf_span(der), out) : rc;
}

int32_t sztp__tpm_keys_load(sztp__tpm_keys_t *keys, sztp__span_t file, sztp__tpm_key_t **out) {
  sztp__buf_t der;
  sztp__keyfile_t parsed;
  int32_t rc = read_file(keys->ctx, file, &der, &parsed);
  if (rc == SZTP_OK) rc = sztp__tpm_key_load(keys->tpm, &parsed, out);
  sztp__buf_clear(&der);
  return rc;
}

int32_t sztp__tpm_keys_check(sztp_ctx_t *ctx, sztp__span_t data, sztp__span_t file) {
  sztp__buf_t der;
  sztp__buf_t key;
  sztp__cert_t cert;
  sztp__keyfile_t parsed;
  sztp__tpm_public_t pub;
  sztp__buf_init(&der, ctx, CERT_MAX);
  int32_t rc = read_file(ctx, file, &key, &parsed);
  if (rc == SZTP_OK) rc = sztp__tpm_file_public(ctx, &parsed, &pub);
  if (rc == SZTP_OK) rc = read_cert(ctx, data, &der, &cert);
  if (rc == SZTP_OK) rc = check_key(ctx, &cert, &pub, 0);
  sztp__buf_clear(&key);
  sztp__buf_clear(&der);
  return rc;
}

static int32_t find_key(sztp__tpm_keys_t *keys, const sztp__tpm_place_t *place, int attests,
                        sztp__tpm_key_t **out) {
  if (place->handle != 0) return sztp__tpm_key_at(keys->tpm, place->handle, out);
  if (place->file.len > 0) return sztp__tpm_keys_load(keys, place->file, out);
  return sztp__tpm_key_make(keys->tpm, place->made_by, attests, out);
}

/* Finds the key of the first certificate in @p data, whose DER goes to @p der. */
static int32_t find_checked(sztp__tpm_keys_t *keys, sztp__span_t data, const sztp__tpm_place_t *place,
                            sztp__span_t auth, int attests, sztp__buf_t *der, sztp__cert_t *cert,
                            sztp__tpm_key_t **out) {
  sztp__tpm_key_t *key = NULL;
  int32_t rc = read_cert(keys->ctx, data, der, cert);
  if (rc == SZTP_OK) rc = find_key(keys, place, attests, &key);
  if (rc == SZTP_OK) rc = check_key(keys->ctx, cert, sztp__tpm_key_public(key), attests);
  if (rc != SZTP_OK) {
    sztp__tpm_key_free(keys->tpm, key);
    return rc;
  }
  sztp__tpm_key_set_auth(key, auth);
  *out = key;
  return SZTP_OK;
}

int32_t sztp__tpm_keys_add(sztp__tpm_keys_t *keys, sztp__span_t data, const sztp__tpm_place_t *place,
                           sztp__span_t auth) {
  sztp__buf_t der;
  sztp__cert_t cert;
  sztp__tpm_key_t *key = NULL;
  sztp__buf_init(&der, keys->ctx, CERT_MAX);
  int32_t rc = find_checked(keys, data, place, auth, 0, &der, &cert, &key);
  if (rc == SZTP_OK) {
    rc = keep(keys, cert.der, key);
    if (rc == SZTP_OK)
      tell_limits(keys->ctx, &cert, sztp__tpm_key_public(key));
    else
      sztp__tpm_key_free(keys->tpm, key);
  }
  sztp__buf_clear(&der);
  return rc;
}

int32_t sztp__tpm_keys_attest(sztp__tpm_keys_t *keys, sztp__span_t data, const sztp__tpm_place_t *place,
                              sztp__span_t auth) {
  sztp__buf_t der;
  sztp__cert_t cert;
  sztp__tpm_key_t *key = NULL;
  sztp__buf_init(&der, keys->ctx, CERT_MAX);
  int32_t rc = find_checked(keys, data, place, auth, 1, &der, &cert, &key);
  sztp__buf_clear(&der);
  if (rc != SZTP_OK) return rc;
  sztp__tpm_key_free(keys->tpm, keys->attestation);
  keys->attestation = key;
  return SZTP_OK;
}
