/* SPDX-License-Identifier: Apache-2.0 */
/* The library context of OpenSSL that a context works in; algorithms and keys out of it. */
#include "cryptography/engine_openssl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

/* ---- what is kept -------------------------------------------------------------------------------- */

static void release(void *kept) {
  sztp__openssl_t *o = kept;
  for (size_t i = 0; i < sizeof o->hashes / sizeof o->hashes[0]; i++) EVP_MD_free(o->hashes[i]);
  for (size_t i = 0; i < sizeof o->points / sizeof o->points[0]; i++) EVP_PKEY_free(o->points[i]);
  for (size_t mode = 0; mode < 3; mode++)
    for (size_t size = 0; size < 3; size++) EVP_CIPHER_free(o->ciphers[mode][size]);
  OPENSSL_free(o);
}

static sztp__openssl_t *keep_new(sztp_ctx_t *ctx, void *library) {
  sztp__openssl_t *o = OPENSSL_zalloc(sizeof *o);
  if (o == NULL) return NULL;
  o->library = library;
  sztp__ctx_keep(ctx, o, release);
  return o;
}

sztp__openssl_t *sztp__openssl(sztp_ctx_t *ctx) {
  sztp__openssl_t *o = sztp__ctx_kept(ctx);
  return o != NULL ? o : keep_new(ctx, NULL);
}

int32_t sztp_ctx_set_library_context(sztp_ctx_t *ctx, void *library) {
  if (ctx == NULL) return SZTP_ERR_ARG;
  if (sztp__in_callback(ctx)) return SZTP_ERR_REENTRY;
  return keep_new(ctx, library) != NULL ? SZTP_OK : SZTP_ERR_MEMORY;
}

EVP_MD *sztp__openssl_hash(sztp__openssl_t *o, uint32_t hash) {
  static const char *const names[] = {NULL, "MD5", "SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512"};
  if (hash == SZTP__HASH_NONE || hash >= sizeof names / sizeof names[0]) return NULL;
  if (o->hashes[hash] == NULL) o->hashes[hash] = EVP_MD_fetch(o->library, names[hash], NULL);
  return o->hashes[hash];
}

/* ---- public keys --------------------------------------------------------------------------------- */

/* Number by number: OpenSSL's decoders of whole keys take ten times as long as what is decoded here already.
 */
static EVP_PKEY *import(sztp__openssl_t *o, const char *kind, OSSL_PARAM *parameters) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(o->library, kind, NULL);
  if (c != NULL && EVP_PKEY_fromdata_init(c) == 1)
    (void)EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, parameters); /* NULL where it fails */
  EVP_PKEY_CTX_free(c);
  return key;
}

static EVP_PKEY *share(EVP_PKEY *key) { return key != NULL && EVP_PKEY_up_ref(key) == 1 ? key : NULL; }

EVP_PKEY *sztp__openssl_point(sztp__openssl_t *o, uint32_t curve, sztp__span_t point) {
  static const struct {
    const char *name;
    size_t octets; /* of a point */
  } curves[] = {{NULL, 0}, {"P-256", 65}, {"P-384", 97}, {"P-521", 133}};
  if (curve == SZTP__CURVE_NONE || curve >= sizeof curves / sizeof curves[0]) return NULL;
  if (point.len != curves[curve].octets || point.data[0] != 4) return NULL;
  EVP_PKEY **kept = &o->points[curve];
  if (*kept != NULL && EVP_PKEY_set1_encoded_public_key(*kept, point.data, point.len) == 1)
    return share(*kept);
  EVP_PKEY_free(*kept); /* it may hold what is no point; and not every provider can do this */
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)curves[curve].name, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data, point.len),
      OSSL_PARAM_construct_end()};
  *kept = import(o, "EC", parameters);
  return share(*kept);
}

static EVP_PKEY *import_rsa(sztp__openssl_t *o, const sztp__keyinfo_t *key) {
  EVP_PKEY *out = NULL;
  OSSL_PARAM *parameters = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(key->modulus.data, (int)key->modulus.len, NULL);
  BIGNUM *e = BN_bin2bn(key->exponent.data, (int)key->exponent.len, NULL);
  if (build != NULL && n != NULL && e != NULL &&
      OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    parameters = OSSL_PARAM_BLD_to_param(build);
  if (parameters != NULL) out = import(o, "RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return out;
}

EVP_PKEY *sztp__openssl_public(sztp__openssl_t *o, const sztp__keyinfo_t *key) {
  if (key->type == SZTP__KEY_RSA) return import_rsa(o, key);
  return key->type == SZTP__KEY_EC ? sztp__openssl_point(o, key->curve, key->bits_value) : NULL;
}

/* ---- failures ---------------------------------------------------------------------------------- */

int32_t sztp__openssl_fail(sztp_ctx_t *ctx, const sztp__openssl_errors_t *errors, int32_t code,
                           const char *where, const char *what) {
  if (errors->no_memory) what = "no memory in the cryptographic library";
  return sztp__fail(ctx, code, where, "%s (OpenSSL %08lx)", what, errors->last);
}
