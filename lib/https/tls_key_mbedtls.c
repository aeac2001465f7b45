/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that mbedTLS never sees, as a key of mbedTLS: its signatures come from somewhere else.
 *
 * For RSA mbedTLS has an interface (RSA_ALT). It has none for PSS, so that such a key does for TLS 1.2 only.
 * For EC a kind of key of our own takes the place of mbedTLS's: the same in all but the function that signs.
 * What a kind of key is, mbedTLS 2.28 says in a header and 3.x keeps to itself; therefore it is looked at
 * when an engine is made, and tried, before it is relied on. */
#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "formats/der.h"
#include "https/tls_engine_mbedtls.h"
#include "https/tls_words.h"

#if !defined(MBEDTLS_ECP_C)
#error "this mbedTLS lacks MBEDTLS_ECP_C: EC keys that the key function holds, in TLS"
#endif
#if defined(MBEDTLS_ECP_RESTARTABLE)
#error "this mbedTLS signs step by step (MBEDTLS_ECP_RESTARTABLE), which keys outside of it can't"
#endif

#define ECDSA_MAX  (2 * 66) /* octets of r and s on P-521 */
#define NUMBER_MAX 70       /* one of them as DER */
#define DER_MAX    (2 * NUMBER_MAX + SZTP__DER_HEAD_MAX)

/* ---- the kind of key ----------------------------------------------------------------------------- */

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#include <mbedtls/pk_internal.h>
#define PK_INFO(pk) ((pk)->pk_info)
#define PK_CTX(pk)  ((pk)->pk_ctx)
/* What the functions of a kind of key are given for the key. */
typedef void pk_self_t;
#define SELF(self) (self)
#define SIG_SIZE
#elif MBEDTLS_VERSION_NUMBER >= 0x03060000 && MBEDTLS_VERSION_NUMBER < 0x04000000
#define PK_INFO(pk) ((pk)->MBEDTLS_PRIVATE(pk_info))
#define PK_CTX(pk)  ((pk)->MBEDTLS_PRIVATE(pk_ctx))
typedef mbedtls_pk_context pk_self_t;
#define SELF(self)  PK_CTX(self)
#define SIG_SIZE    size_t sig_size,
typedef int pk_random_fn(void *, unsigned char *, size_t);
/* As library/pk_wrap.h of 3.6 has it. Only the first members and the two named functions are used. */
struct mbedtls_pk_info_t {
  mbedtls_pk_type_t type;
  const char *name;
  size_t (*get_bitlen)(mbedtls_pk_context *pk);
  int (*can_do)(mbedtls_pk_type_t type);
  int (*verify_func)(mbedtls_pk_context *pk, mbedtls_md_type_t md, const unsigned char *hash, size_t hash_len,
                     const unsigned char *sig, size_t sig_len);
  int (*sign_func)(mbedtls_pk_context *pk, mbedtls_md_type_t md, const unsigned char *hash, size_t hash_len,
                   unsigned char *sig, size_t sig_size, size_t *sig_len, pk_random_fn *f_rng, void *p_rng);
  int (*decrypt_func)(mbedtls_pk_context *pk, const unsigned char *input, size_t ilen, unsigned char *output,
                      size_t *olen, size_t osize, pk_random_fn *f_rng, void *p_rng);
  int (*encrypt_func)(mbedtls_pk_context *pk, const unsigned char *input, size_t ilen, unsigned char *output,
                      size_t *olen, size_t osize, pk_random_fn *f_rng, void *p_rng);
  int (*check_pair_func)(mbedtls_pk_context *pub, mbedtls_pk_context *prv, pk_random_fn *f_rng, void *p_rng);
  void *(*ctx_alloc_func)(void);
  void (*ctx_free_func)(void *ctx);
  void (*debug_func)(mbedtls_pk_context *pk, void *items);
};
#else
#error "mbedTLS 2.28 or 3.6 is needed"
#endif

struct sztp__outside_kind {
  mbedtls_pk_info_t info;
};

/* A key is freed by whoever has it. */
static void leave_alone(void *ctx) { (void)ctx; }

/* ---- signing ------------------------------------------------------------------------------------- */

/* SZTP_KEY_F_HASH, and the ability that it takes with @p operation; 0 if nobody is asked for that. */
static uint32_t hash_bits(mbedtls_md_type_t md) {
  switch (md) {
  case MBEDTLS_MD_SHA256: return 256;
  case MBEDTLS_MD_SHA384: return 384;
  case MBEDTLS_MD_SHA512: return 512;
  default: return 0;
  }
}

static int64_t ability(uint32_t operation, uint32_t hash) {
  int64_t first = operation == SZTP_KEY_OP_SIGN_ECDSA ? SZTP_ABLE_ECDSA_SHA256 : SZTP_ABLE_RSA_PKCS1_SHA256;
  return hash == 256 ? first : hash == 384 ? first * 2 : first * 4;
}

/* Asks, unless it is in vain. mbedTLS tries another algorithm after a failure (TLS 1.3), but a key that
 * failed has failed. */
static int ask_signer(sztp__outside_key_t *key, uint32_t operation, mbedtls_md_type_t md,
                      const unsigned char *digest, uint8_t *out, size_t *len) {
  uint32_t hash = hash_bits(md);
  if (key->result != SZTP_OK || hash == 0 || (key->signer.able & ability(operation, hash)) == 0)
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
  key->result = key->signer.sign(key->signer.user, operation, hash, sztp__span(digest, hash / 8), out, len);
  return key->result == SZTP_OK ? 0 : MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

/* The first signature is held against the certificate: a key that does not belong to it is better told of
 * here than by the server (STATE-15). */
static int prove(sztp__outside_key_t *key, mbedtls_md_type_t md, const unsigned char *digest,
                 const unsigned char *sig, size_t len) {
  sztp__tls_engine_t *e = key->engine;
  if (e->proved != NULL && sztp__span_equal(key->der, sztp__span(e->proved, e->proved_len))) return 0;
  if (mbedtls_pk_verify(key->certificate, md, digest, hash_bits(md) / 8, sig, len) != 0) {
    key->result = SZTP_ERR_KEY;
    (void)sztp__format(key->why, sizeof key->why, SZTP__TLS_KEY_MISFIT);
    return MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
  }
  uint8_t *copy = malloc(key->der.len);
  if (copy == NULL) return 0; /* then the next one is looked at as well */
  memcpy(copy, key->der.data, key->der.len);
  free(e->proved);
  e->proved = copy;
  e->proved_len = key->der.len;
  return 0;
}

/* Adds an INTEGER, of a positive number of fewer than 128 octets. */
static size_t write_number(sztp__span_t number, uint8_t *out) {
  while (number.len > 1 && number.data[0] == 0) number = sztp__span_from(number, 1);
  size_t lead = number.data[0] >= 0x80 ? 1 : 0;
  size_t head = sztp__der_head(out, SZTP__DER_INTEGER, lead + number.len);
  out[head] = 0;
  memcpy(out + head + lead, number.data, number.len);
  return head + lead + number.len;
}

/* ECDSA-Sig-Value of r and s; the octets used. */
static size_t write_pair(const uint8_t *raw, size_t half, uint8_t der[DER_MAX]) {
  uint8_t numbers[2 * NUMBER_MAX];
  size_t len = write_number(sztp__span(raw, half), numbers);
  len += write_number(sztp__span(raw + half, half), numbers + len);
  size_t head = sztp__der_head(der, SZTP__DER_SEQUENCE, len);
  memcpy(der + head, numbers, len);
  return head + len;
}

/* sign_func of an EC key. */
static int sign_outside_ec(pk_self_t *self, mbedtls_md_type_t md, const unsigned char *digest,
                           size_t digest_len, unsigned char *sig, SIG_SIZE size_t *sig_len,
                           int (*f_rng)(void *, unsigned char *, size_t), void *p_rng) {
  sztp__outside_key_t *key = SELF(self);
  uint8_t raw[ECDSA_MAX];
  uint8_t der[DER_MAX];
  size_t raw_len = sizeof raw;
  (void)digest_len;
  (void)f_rng;
  (void)p_rng;
  int rc = ask_signer(key, SZTP_KEY_OP_SIGN_ECDSA, md, digest, raw, &raw_len);
  if (rc != 0) return rc;
  size_t len = write_pair(raw, raw_len / 2, der);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  if (len > sig_size) return MBEDTLS_ERR_PK_BUFFER_TOO_SMALL;
#endif
  memcpy(sig, der, len);
  *sig_len = len;
  if ((key->signer.able & SZTP_ABLE_MATCHED) != 0) return 0;
  return prove(key, md, digest, sig, *sig_len);
}

/* The functions of RSA_ALT. */
static int sign_outside_rsa(void *ctx, int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
#if MBEDTLS_VERSION_NUMBER < 0x03000000
                            int mode,
#endif
                            mbedtls_md_type_t md, unsigned int digest_len, const unsigned char *digest,
                            unsigned char *sig) {
  sztp__outside_key_t *key = ctx;
  size_t len = mbedtls_pk_get_len(key->certificate);
  (void)f_rng;
  (void)p_rng;
  (void)digest_len;
#if MBEDTLS_VERSION_NUMBER < 0x03000000
  (void)mode;
#endif
  int rc = ask_signer(key, SZTP_KEY_OP_SIGN_RSA_PKCS1, md, digest, sig, &len);
  return rc == 0 ? prove(key, md, digest, sig, len) : rc;
}

static size_t outside_rsa_len(void *ctx) {
  const sztp__outside_key_t *key = ctx;
  return mbedtls_pk_get_len(key->certificate);
}

/* ---- making it ----------------------------------------------------------------------------------- */

/* A signer that only shows that it was reached. */
static int32_t be_reached(void *user, uint32_t operation, uint32_t hash, sztp__span_t digest, uint8_t *out,
                          size_t *out_len) {
  int *reached = user;
  (void)out;
  (void)out_len;
  *reached += operation == SZTP_KEY_OP_SIGN_ECDSA && hash == 256 && digest.len == 32;
  return SZTP_ERR_KEY;
}

static void set_pk(mbedtls_pk_context *pk, const mbedtls_pk_info_t *info, void *ctx) {
  PK_INFO(pk) = info;
  PK_CTX(pk) = ctx;
}

/* One signature by way of mbedTLS must come to be_reached(), and its failure back. */
static int is_understood(const sztp__outside_kind_t *kind) {
  static const unsigned char digest[32] = {0};
  unsigned char sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
  size_t len = 0;
  int reached = 0;
  sztp__outside_key_t key;
  mbedtls_pk_context pk;
  sztp__outside_key_init(&key);
  key.signer.able = SZTP_ABLE_ECDSA_SHA256;
  key.signer.sign = be_reached;
  key.signer.user = &reached;
  mbedtls_pk_init(&pk);
  set_pk(&pk, &kind->info, &key);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  int rc = mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, sizeof digest, sig, sizeof sig, &len, NULL, NULL);
#else
  int rc = mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, sizeof digest, sig, &len, NULL, NULL);
#endif
  mbedtls_pk_free(&pk);
  sztp__outside_key_free(&key);
  return rc == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE && reached == 1 && key.result == SZTP_ERR_KEY;
}

/* Whether mbedTLS's own kind of key is what it looks like here. */
static int is_as_expected(const mbedtls_pk_info_t *info) {
  mbedtls_pk_context pk;
  mbedtls_pk_init(&pk);
  int ok = mbedtls_pk_setup(&pk, info) == 0 && info->type == MBEDTLS_PK_ECKEY &&
           info->name == mbedtls_pk_get_name(&pk) && info->can_do(MBEDTLS_PK_ECDSA) == 1 &&
           info->can_do(MBEDTLS_PK_RSA) == 0;
  mbedtls_pk_free(&pk);
  return ok;
}

int32_t sztp__outside_kind_new(sztp__outside_kind_t **out) {
  const mbedtls_pk_info_t *genuine = mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY);
  if (genuine == NULL || !is_as_expected(genuine)) return SZTP_ERR_CRYPTO;
  sztp__outside_kind_t *kind = malloc(sizeof *kind);
  if (kind == NULL) return SZTP_ERR_MEMORY;
  kind->info = *genuine;
  kind->info.name = "EC outside";
  kind->info.sign_func = sign_outside_ec;
  kind->info.ctx_free_func = leave_alone;
  if (!is_understood(kind)) {
    free(kind);
    return SZTP_ERR_CRYPTO;
  }
  *out = kind;
  return SZTP_OK;
}

void sztp__outside_key_init(sztp__outside_key_t *key) {
  memset(key, 0, sizeof *key);
  mbedtls_ecp_keypair_init(&key->public_half);
}

void sztp__outside_key_free(sztp__outside_key_t *key) { mbedtls_ecp_keypair_free(&key->public_half); }

int32_t sztp__outside_key_use(sztp__outside_key_t *key, mbedtls_pk_context *pk) {
  if (mbedtls_pk_can_do(key->certificate, MBEDTLS_PK_RSA))
    return mbedtls_pk_setup_rsa_alt(pk, key, NULL, sign_outside_rsa, outside_rsa_len) == 0 ? SZTP_OK
                                                                                           : SZTP_ERR_MEMORY;
  if (!mbedtls_pk_can_do(key->certificate, MBEDTLS_PK_ECDSA)) return SZTP_ERR_CONFIG;
  const mbedtls_ecp_keypair *from = mbedtls_pk_ec(*key->certificate);
  mbedtls_ecp_keypair *to = &key->public_half;
  if (mbedtls_ecp_group_copy(&to->MBEDTLS_PRIVATE(grp), &from->MBEDTLS_PRIVATE(grp)) != 0 ||
      mbedtls_ecp_copy(&to->MBEDTLS_PRIVATE(Q), &from->MBEDTLS_PRIVATE(Q)) != 0)
    return SZTP_ERR_MEMORY;
  set_pk(pk, &key->engine->outside_ec->info, key);
  return SZTP_OK;
}
