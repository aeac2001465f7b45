/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that OpenSSL never sees, as a key of OpenSSL: its signatures come from somewhere else.
 *
 * What signs for OpenSSL is a provider. Ours has keys of the names RSA and EC, and their signatures. It is
 * loaded into a library context of its own, where nobody looks for anything else, so that no other key of
 * these names ever comes to it, and nothing is changed for anybody: a key brings its provider along.
 *
 * TLS (1.2 and 1.3) asks for a signature over a message, with a hash and a padding; the message is hashed by
 * the library context that the connection belongs to, and the signer gets the digest. */
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "https/tls_engine_openssl.h"
#include "https/tls_words.h"

#define PROVIDER      "sztp-outside"
#define PARAM_KEY     "sztp-outside-key" /* octets: the pointer to a sztp__outside_key_t */
#define ECDSA_MAX     (2 * 66)           /* octets of r and s on P-521 */
#define SIGNATURE_MAX 1024               /* octets: RSA with 8192 bits */

struct sztp__outside_home {
  OSSL_LIB_CTX *library;
  OSSL_PROVIDER *provider;
};

/* ---- keys ---------------------------------------------------------------------------------------- */

/* What the provider calls a key. A public key that is handed in, to be compared, has none. */
typedef struct handle {
  sztp__outside_key_t *key;
} handle_t;

static void *handle_new(void *provider) {
  (void)provider;
  return OPENSSL_zalloc(sizeof(handle_t));
}

static void handle_free(void *data) { OPENSSL_free(data); }

static int handle_has(const void *data, int selection) {
  const handle_t *h = data;
  return h->key != NULL || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0;
}

/* OpenSSL compares the key with the certificate that it was made for, and whose public key is all that it
 * shows. Whether the signer has the private one, the first signature tells. */
static int handle_match(const void *a, const void *b, int selection) {
  (void)a;
  (void)b;
  (void)selection;
  return 1;
}

static int handle_import(void *data, int selection, const OSSL_PARAM *params) {
  handle_t *h = data;
  const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, PARAM_KEY);
  (void)selection;
  if (p != NULL && p->data_size == sizeof h->key) memcpy(&h->key, p->data, sizeof h->key);
  return 1;
}

static const OSSL_PARAM *handle_import_types(int selection) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(PARAM_KEY, NULL, 0), OSSL_PARAM_END};
  (void)selection;
  return types;
}

/* All that is asked of the key is public. */
static int handle_params(void *data, OSSL_PARAM params[]) {
  const handle_t *h = data;
  return h->key == NULL || EVP_PKEY_get_params(h->key->certified, params);
}

static const OSSL_PARAM *handle_param_types(void *provider) {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL), OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0), OSSL_PARAM_END};
  (void)provider;
  return types;
}

static const char *ec_signs_by(int operation) { return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL; }

/* ---- signing ------------------------------------------------------------------------------------- */

int64_t sztp__outside_ability(uint32_t operation, uint32_t hash) {
  int64_t first = operation == SZTP_KEY_OP_SIGN_ECDSA       ? SZTP_ABLE_ECDSA_SHA256
                  : operation == SZTP_KEY_OP_SIGN_RSA_PKCS1 ? SZTP_ABLE_RSA_PKCS1_SHA256
                                                            : SZTP_ABLE_RSA_PSS_SHA256;
  switch (hash) {
  case 256: return first;
  case 384: return first * 2;
  case 512: return first * 4;
  default: return 0;
  }
}

/* One signature, from what it is asked for to its octets. */
typedef struct act {
  sztp__outside_key_t *key;
  EVP_MD *md;
  uint32_t operation;
} act_t;

static void *act_new(void *provider, const char *properties) {
  (void)provider;
  (void)properties;
  return OPENSSL_zalloc(sizeof(act_t));
}

static void act_free(void *data) {
  act_t *a = data;
  if (a == NULL) return;
  EVP_MD_free(a->md);
  OPENSSL_free(a);
}

static uint32_t hash_bits(const EVP_MD *md) {
  return EVP_MD_is_a(md, "SHA2-256")   ? 256
         : EVP_MD_is_a(md, "SHA2-384") ? 384
         : EVP_MD_is_a(md, "SHA2-512") ? 512
                                       : 0;
}

/* SZTP_ABLE_* of an RSA signature with either padding, since that comes to be known only after the hash. */
static int64_t needed(const act_t *a, uint32_t hash) {
  int64_t one = sztp__outside_ability(a->operation, hash);
  return a->operation == SZTP_KEY_OP_SIGN_ECDSA ? one
                                                : one | sztp__outside_ability(SZTP_KEY_OP_SIGN_RSA_PSS, hash);
}

/* OpenSSL says it by a number or, in later versions, by a text. */
static int says(const OSSL_PARAM *p, int number, const char *text) {
  int value = 0;
  if (p->data_type == OSSL_PARAM_UTF8_STRING) return strcmp(p->data, text) == 0;
  return OSSL_PARAM_get_int(p, &value) && value == number;
}

/* A salt as long as the digest is what signers make, and the one that TLS wants (RFC 8446 4.2.3). */
static int act_set_params(void *data, const OSSL_PARAM params[]) {
  act_t *a = data;
  const OSSL_PARAM *padding = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
  const OSSL_PARAM *salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  if (a->operation == SZTP_KEY_OP_SIGN_ECDSA) return 1;
  if (padding != NULL && says(padding, RSA_PKCS1_PSS_PADDING, OSSL_PKEY_RSA_PAD_MODE_PSS))
    a->operation = SZTP_KEY_OP_SIGN_RSA_PSS;
  else if (padding != NULL && says(padding, RSA_PKCS1_PADDING, OSSL_PKEY_RSA_PAD_MODE_PKCSV15))
    a->operation = SZTP_KEY_OP_SIGN_RSA_PKCS1;
  else if (padding != NULL)
    return 0;
  return salt == NULL || says(salt, RSA_PSS_SALTLEN_DIGEST, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST);
}

static const OSSL_PARAM *act_param_types(void *data, void *provider) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
                                     OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
                                     OSSL_PARAM_END};
  (void)data;
  (void)provider;
  return types;
}

/* OpenSSL asks in this way, too, whether the key can sign with a hash at all. */
static int begin(act_t *a, uint32_t operation, const handle_t *h, const char *hash,
                 const OSSL_PARAM *params) {
  a->key = h->key;
  a->operation = operation;
  if (a->key == NULL || hash == NULL) return 0;
  EVP_MD_free(a->md);
  a->md = EVP_MD_fetch(a->key->library, hash, NULL);
  if (a->md == NULL || (a->key->signer.able & needed(a, hash_bits(a->md))) == 0) return 0;
  return params == NULL || act_set_params(a, params);
}

static int begin_rsa(void *data, const char *hash, void *handle, const OSSL_PARAM params[]) {
  return begin(data, SZTP_KEY_OP_SIGN_RSA_PKCS1, handle, hash, params);
}

static int begin_ec(void *data, const char *hash, void *handle, const OSSL_PARAM params[]) {
  return begin(data, SZTP_KEY_OP_SIGN_ECDSA, handle, hash, params);
}

/* r and s as DER, at most *len octets of it. */
static int write_pair(const uint8_t *raw, size_t half, uint8_t *out, size_t *len) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(raw, (int)half, NULL);
  BIGNUM *s = BN_bin2bn(raw + half, (int)half, NULL);
  int size = 0;
  if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s)) {
    r = s = NULL; /* they are the pair's */
    size = i2d_ECDSA_SIG(pair, NULL);
  }
  if (size > 0 && (size_t)size <= *len) *len = (size_t)i2d_ECDSA_SIG(pair, &out);
  int done = size > 0 && (size_t)size <= *len;
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return done;
}

/* Asks, unless it is in vain: a key that failed has failed. */
static int ask_signer(const act_t *a, sztp__span_t digest, uint8_t *sig, size_t *len) {
  sztp__outside_key_t *key = a->key;
  uint32_t hash = (uint32_t)digest.len * 8;
  uint8_t raw[ECDSA_MAX];
  size_t raw_len = sizeof raw;
  if (key->result != SZTP_OK || (key->signer.able & sztp__outside_ability(a->operation, hash)) == 0) return 0;
  int ec = a->operation == SZTP_KEY_OP_SIGN_ECDSA;
  ERR_set_mark(); /* the signer may be OpenSSL's as well, and leave traces of what it tried */
  key->result =
      key->signer.sign(key->signer.user, a->operation, hash, digest, ec ? raw : sig, ec ? &raw_len : len);
  ERR_pop_to_mark();
  return key->result == SZTP_OK && (!ec || write_pair(raw, raw_len / 2, sig, len));
}

static int verify(const act_t *a, EVP_PKEY_CTX *ctx, sztp__span_t digest, sztp__span_t sig) {
  if (ctx == NULL || EVP_PKEY_verify_init(ctx) <= 0) return -1;
  if (a->operation == SZTP_KEY_OP_SIGN_RSA_PSS &&
      (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) <= 0))
    return -1;
  if (EVP_PKEY_CTX_set_signature_md(ctx, a->md) <= 0) return -1;
  return EVP_PKEY_verify(ctx, sig.data, sig.len, digest.data, digest.len);
}

/* The first signature is held against the certificate: a key that does not belong to it is better told of
 * here than by the server (STATE-15). */
static int prove(const act_t *a, sztp__span_t digest, sztp__span_t sig) {
  sztp__outside_key_t *key = a->key;
  if (key->proved) return 1;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(key->library, key->certified, NULL);
  key->proved = verify(a, ctx, digest, sig) == 1;
  EVP_PKEY_CTX_free(ctx);
  if (key->proved) return 1;
  key->result = SZTP_ERR_KEY;
  (void)sztp__format(key->why, sizeof key->why, SZTP__TLS_KEY_MISFIT);
  return 0;
}

/* Without @p sig: how long it may become. */
static int act_sign(void *data, unsigned char *sig, size_t *len, size_t cap, const unsigned char *message,
                    size_t message_len) {
  const act_t *a = data;
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned digest_len = 0;
  size_t most = (size_t)EVP_PKEY_get_size(a->key->certified);
  if (sig == NULL) {
    *len = most;
    return 1;
  }
  if (cap < most || !EVP_Digest(message, message_len, digest, &digest_len, a->md, NULL)) return 0;
  *len = most;
  return ask_signer(a, sztp__span(digest, digest_len), sig, len) &&
         prove(a, sztp__span(digest, digest_len), sztp__span(sig, *len));
}

/* ---- the provider -------------------------------------------------------------------------------- */

typedef void function_t(void);
#define FUNCTION(id, f)                                                                                      \
  { id, (function_t *)(f) }
#define KEY_FUNCTIONS                                                                                        \
  FUNCTION(OSSL_FUNC_KEYMGMT_NEW, handle_new), FUNCTION(OSSL_FUNC_KEYMGMT_FREE, handle_free),                \
      FUNCTION(OSSL_FUNC_KEYMGMT_HAS, handle_has), FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, handle_match),          \
      FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, handle_import),                                                     \
      FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, handle_import_types),                                         \
      FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, handle_params),                                                 \
      FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, handle_param_types)
#define SIGNATURE_FUNCTIONS                                                                                  \
  FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, act_new), FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, act_free),            \
      FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, act_sign),                                                   \
      FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, act_set_params),                                          \
      FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, act_param_types)

static const OSSL_DISPATCH rsa_keys[] = {KEY_FUNCTIONS, {0, NULL}};
static const OSSL_DISPATCH ec_keys[] = {
    KEY_FUNCTIONS, FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_signs_by), {0, NULL}};
static const OSSL_DISPATCH rsa_signatures[] = {
    SIGNATURE_FUNCTIONS, FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin_rsa), {0, NULL}};
static const OSSL_DISPATCH ec_signatures[] = {
    SIGNATURE_FUNCTIONS, FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin_ec), {0, NULL}};

#define RSA_NAMES "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define EC_NAMES  "EC:id-ecPublicKey:1.2.840.10045.2.1"

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
  static const OSSL_ALGORITHM keys[] = {{RSA_NAMES, "provider=" PROVIDER, rsa_keys, NULL},
                                        {EC_NAMES, "provider=" PROVIDER, ec_keys, NULL},
                                        {NULL, NULL, NULL, NULL}};
  static const OSSL_ALGORITHM signatures[] = {{RSA_NAMES, "provider=" PROVIDER, rsa_signatures, NULL},
                                              {"ECDSA", "provider=" PROVIDER, ec_signatures, NULL},
                                              {NULL, NULL, NULL, NULL}};
  (void)provider;
  *no_cache = 0;
  return operation == OSSL_OP_KEYMGMT ? keys : operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                 void **provider) {
  static const OSSL_DISPATCH functions[] = {FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), {0, NULL}};
  (void)in;
  *out = functions;
  *provider = (void *)(uintptr_t)handle; /* nothing is kept, but there has to be something */
  return 1;
}

int32_t sztp__outside_home_new(sztp__outside_home_t **out) {
  sztp__outside_home_t *home = OPENSSL_zalloc(sizeof *home);
  if (home == NULL) return SZTP_ERR_MEMORY;
  home->library = OSSL_LIB_CTX_new();
  if (home->library != NULL && OSSL_PROVIDER_add_builtin(home->library, PROVIDER, start))
    home->provider = OSSL_PROVIDER_load(home->library, PROVIDER);
  if (home->provider == NULL) {
    sztp__outside_home_free(home);
    return SZTP_ERR_CRYPTO;
  }
  *out = home;
  return SZTP_OK;
}

void sztp__outside_home_free(sztp__outside_home_t *home) {
  if (home == NULL) return;
  if (home->provider != NULL) (void)OSSL_PROVIDER_unload(home->provider);
  OSSL_LIB_CTX_free(home->library);
  OPENSSL_free(home);
}

int32_t sztp__outside_key_new(const sztp__outside_home_t *home, sztp__outside_key_t *key, EVP_PKEY **out) {
  const char *kind = EVP_PKEY_is_a(key->certified, "RSA")  ? "RSA"
                     : EVP_PKEY_is_a(key->certified, "EC") ? "EC"
                                                           : NULL;
  if (kind == NULL) return SZTP_ERR_CONFIG;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(PARAM_KEY, &key, sizeof key),
                         OSSL_PARAM_construct_end()};
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(home->library, kind, NULL);
  *out = NULL;
  int done = ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0 &&
             EVP_PKEY_fromdata(ctx, out, EVP_PKEY_KEYPAIR, params) > 0;
  EVP_PKEY_CTX_free(ctx);
  return done ? SZTP_OK : SZTP_ERR_MEMORY;
}
