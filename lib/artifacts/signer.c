/* SPDX-License-Identifier: Apache-2.0 */
/* The signer object: a certificate, the private key that belongs to it, and how to sign with them. */
#include "artifacts/signer.h"

#include "artifacts/input.h"
#include "formats/armor.h"

#define KEY_FILE_MAX 65536

static uint32_t fitting_hash(const sztp__keyinfo_t *key) {
  if (key->curve == SZTP__CURVE_P384) return SZTP__HASH_SHA384;
  return key->curve == SZTP__CURVE_P521 ? SZTP__HASH_SHA512 : SZTP__HASH_SHA256;
}

static int32_t take_certs(sztp_signer_t *s, sztp__span_t cert, sztp__span_t chain) {
  int32_t rc = sztp__input_certs(s->ctx, cert, &s->certs);
  if (rc == SZTP_OK && chain.len > 0) rc = sztp__input_certs(s->ctx, chain, &s->certs);
  if (rc < 0) return rc;
  sztp__span_t list = sztp__buf_span(&s->certs);
  sztp__span_t own = list;
  (void)sztp__input_next(s->ctx, &list, &own);
  return sztp__cert_parse(s->ctx, own, &s->cert);
}

/* Refuses keys that no device may rely on (CMS-14, CMS-16). */
static int32_t check_signer_cert(sztp_signer_t *s) {
  sztp__sigalg_t alg = {0};
  alg.scheme = s->cert.key.type == SZTP__KEY_EC ? SZTP__SIG_ECDSA : SZTP__SIG_RSA_PKCS1;
  alg.hash = fitting_hash(&s->cert.key);
  int32_t rc = sztp__alg_policy(s->ctx, &alg, &s->cert.key, 0);
  if (rc < 0) return rc;
  s->hash = alg.hash;
  if (s->cert.has_key_usage &&
      (s->cert.key_usage & (SZTP__KU_DIGITAL_SIGNATURE | SZTP__KU_NON_REPUDIATION)) == 0)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT,
              "the signer's certificate has a key usage without digitalSignature; devices will refuse what "
              "it signs");
  return SZTP_OK;
}

static int32_t take_key(sztp_signer_t *s, sztp__span_t data) {
  sztp__buf_t der;
  sztp__buf_init(&der, s->ctx, KEY_FILE_MAX);
  int32_t rc = sztp__armor_remove(s->ctx, data, sztp__armor_key, &der);
  if (rc == SZTP_ERR_TEXT || rc == SZTP_ERR_LIMIT)
    rc = sztp__fail(s->ctx, SZTP_ERR_KEY, "artifacts.key",
                    "not a private key in PEM, DER or base64; encrypted ones must be decrypted first");
  if (rc == SZTP_OK) rc = sztp__signing_key_new(s->ctx, sztp__buf_span(&der), &s->key);
  sztp__buf_clear(&der);
  return rc == SZTP_OK ? sztp__signing_key_fits(s->key, s->cert.spki) : rc;
}

int32_t sztp_signer_new(sztp_ctx_t *ctx, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                        size_t key_len, const uint8_t *chain, size_t chain_len, sztp_signer_t **out) {
  if (ctx == NULL || cert == NULL || key == NULL || out == NULL || (chain == NULL && chain_len > 0))
    return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_signer_t *s = sztp__alloc(ctx, sizeof *s);
  if (s == NULL) return SZTP_ERR_MEMORY;
  s->ctx = ctx;
  sztp__buf_init(&s->certs, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&s->crls, ctx, SZTP__INPUT_MAX);
  int32_t rc = take_certs(s, sztp__span(cert, cert_len), sztp__span(chain, chain_len));
  if (rc == SZTP_OK) rc = check_signer_cert(s);
  if (rc == SZTP_OK) rc = take_key(s, sztp__span(key, key_len));
  if (rc < 0) {
    sztp_signer_free(s);
    return rc;
  }
  *out = s;
  return SZTP_OK;
}

void sztp_signer_free(sztp_signer_t *signer) {
  if (signer == NULL || sztp__in_callback(signer->ctx)) return;
  sztp__signing_key_free(signer->key);
  sztp__buf_clear(&signer->certs);
  sztp__buf_clear(&signer->crls);
  sztp__free(signer->ctx, signer);
}

int32_t sztp_signer_add_crls(sztp_signer_t *signer, const uint8_t *crls, size_t len) {
  if (signer == NULL || crls == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(signer->ctx) < 0) return SZTP_ERR_REENTRY;
  return sztp__input_crls(signer->ctx, sztp__span(crls, len), &signer->crls);
}

static int32_t set_hash(sztp_signer_t *s, int64_t value) {
  if (value != 256 && value != 384 && value != 512)
    return sztp__fail(s->ctx, SZTP_ERR_ARG, "artifacts.signer", "a hash of 256, 384 or 512 bits is wanted");
  s->hash = value == 256 ? SZTP__HASH_SHA256 : value == 384 ? SZTP__HASH_SHA384 : SZTP__HASH_SHA512;
  return SZTP_OK;
}

int32_t sztp_signer_set_i64(sztp_signer_t *signer, uint32_t option, int64_t value) {
  if (signer == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(signer->ctx) < 0) return SZTP_ERR_REENTRY;
  if (option == SZTP_SIGNER_HASH) return set_hash(signer, value);
  if (option < SZTP_SIGNER_KEY_ID || option > SZTP_SIGNER_PSS || (value != 0 && value != 1))
    return sztp__fail(signer->ctx, SZTP_ERR_ARG, "artifacts.signer",
                      "no such option, or a value other than 0 and 1");
  if (option == SZTP_SIGNER_PSS && value == 1 && signer->cert.key.type != SZTP__KEY_RSA)
    return sztp__fail(signer->ctx, SZTP_ERR_ARG, "artifacts.signer", "RSASSA-PSS needs an RSA key");
  if (option == SZTP_SIGNER_KEY_ID && value == 1 && signer->cert.subject_key_id.len == 0)
    return sztp__fail(signer->ctx, SZTP_ERR_NOT_FOUND, "artifacts.signer",
                      "the certificate has no subject key identifier (RFC 5652 5.3 needs one)");
  if (option == SZTP_SIGNER_KEY_ID) signer->by_key_id = (uint8_t)value;
  if (option == SZTP_SIGNER_NO_CERTS) signer->no_certs = (uint8_t)value;
  if (option == SZTP_SIGNER_NO_ATTRS) signer->no_attrs = (uint8_t)value;
  if (option == SZTP_SIGNER_PSS) signer->pss = (uint8_t)value;
  return SZTP_OK;
}
