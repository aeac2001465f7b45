/* SPDX-License-Identifier: Apache-2.0 */
/* Decrypts (RFC 5652 6, RFC 5083, RFC 5753). From the moment on at which the private key was asked, nothing
 * branches on whether a result is right: what is right is carried along as a mask, and a random content key
 * takes the place of one that is not. */
#include "cryptography/cms_open.h"

#include "cryptography/constant_time.h"
#include "cryptography/key_wrap.h"
#include "ground/printable.h"

#define FIELD_MAX 66 /* octets of a coordinate on P-521 */

/* Everything secret at one place, so that one call wipes it. */
typedef struct open_secrets {
  uint8_t random[SZTP__AES_KEY_MAX]; /* the content key when there is no right one */
  uint8_t answer[FIELD_MAX];         /* the private key's: content key or shared secret */
  uint8_t kek[SZTP__AES_KEY_MAX];
  uint8_t key[SZTP__AES_KEY_MAX]; /* the content key */
} open_secrets_t;

int32_t sztp__decrypt_failed(sztp_ctx_t *ctx) {
  sztp__trail_clear(ctx);
  return sztp__fail(ctx, SZTP_ERR_ENC_DECRYPT_FAILED, "decryption", "it does not decrypt to what it must be");
}

/* ---- what can be seen without a key -------------------------------------------------------------- */

int32_t sztp__enveloped_check(sztp_ctx_t *ctx, const sztp__enveloped_t *env) {
  char text[SZTP__NAME_SIZE];
  uint32_t mode = env->authenticated ? SZTP__CIPHER_GCM : SZTP__CIPHER_CBC;
  if (env->cipher.mode != mode)
    return sztp__fail(ctx, SZTP_ERR_ENC_ALG_UNSUPPORTED, "decryption", "%s, expected AES in %s",
                      sztp__cipheralg_text(text, sizeof text, &env->cipher),
                      env->authenticated ? "GCM" : "CBC");
  if (env->authenticated)
    return env->has_content && env->mac.len == env->cipher.tag_len ? SZTP_OK : sztp__decrypt_failed(ctx);
  return env->content_len > 0 && env->content_len % SZTP__AES_BLOCK == 0 ? SZTP_OK
                                                                         : sztp__decrypt_failed(ctx);
}

static size_t field_octets(const sztp__cert_t *cert) { return (size_t)(cert->key.bits + 7) / 8; }

static int fits_rsa(const sztp__recipient_t *r, const sztp__cert_t *cert) {
  return (r->alg.scheme == SZTP__KEYENC_RSA_PKCS1 || r->alg.scheme == SZTP__KEYENC_RSA_OAEP) &&
         cert->key.type == SZTP__KEY_RSA && !cert->key.pss_only;
}

/* A point of the recipient's curve, uncompressed. */
static int fits_ecdh(const sztp__recipient_t *r, const sztp__cert_t *cert) {
  return r->alg.scheme == SZTP__KEYENC_ECDH && cert->key.type == SZTP__KEY_EC &&
         cert->key.curve != SZTP__CURVE_NONE && (!r->has_curve || r->curve == cert->key.curve) &&
         r->point.len == 1 + 2 * field_octets(cert) && r->point.data[0] == 4;
}

int32_t sztp__recipient_check(sztp_ctx_t *ctx, const sztp__enveloped_t *env, const sztp__recipient_t *r,
                              const sztp__cert_t *cert) {
  char text[SZTP__NAME_SIZE];
  int fits = r->kind == SZTP__RECIPIENT_RSA ? fits_rsa(r, cert) : fits_ecdh(r, cert);
  if (!fits)
    return sztp__fail(ctx, SZTP_ERR_ENC_ALG_UNSUPPORTED, "decryption",
                      "%s with this key, expected RSAES-PKCS1-v1_5, RSAES-OAEP or ECDH with AES key wrap",
                      sztp__keyencalg_text(text, sizeof text, &r->alg));
  if (r->kind == SZTP__RECIPIENT_ECDH && r->encrypted_key.len != env->cipher.key_len + SZTP__WRAP_EXTRA)
    return sztp__decrypt_failed(ctx);
  return SZTP_OK;
}

/* ---- the content key ----------------------------------------------------------------------------- */

/* Asks the private key. *good tells whether an answer of the right length came. */
static int32_t ask_key(sztp_ctx_t *ctx, const sztp__opener_t *opener, const sztp_key_request_t *request,
                       open_secrets_t *s, size_t wanted, uint32_t *good) {
  size_t len = 0;
  sztp__callback_begins(ctx);
  int32_t rc = opener->fn(opener->user, request, s->answer, wanted, &len);
  sztp__callback_ends(ctx);
  if (rc == SZTP_PENDING || rc == SZTP_ERR_NOT_FOUND || rc == SZTP_ERR_MEMORY) return rc;
  *good = sztp__ct_equal((uint32_t)rc, 0) & sztp__ct_equal((uint32_t)len, (uint32_t)wanted) &
          sztp__ct_equal((uint32_t)((uint64_t)len >> 32), 0);
  return SZTP_OK;
}

/* From the shared secret to the content key: derives the wrapping key, unwraps. */
static int32_t unwrap(sztp_ctx_t *ctx, const sztp__recipient_t *r, size_t secret_len, open_secrets_t *s,
                      uint32_t *good) {
  sztp__buf_t info;
  uint32_t intact = 0;
  sztp__buf_init(&info, ctx, r->ukm.len + r->alg.wrap_alg.len + 64);
  int32_t rc = sztp__shared_info(&info, r->alg.wrap_alg, r->ukm, r->alg.wrap_len);
  if (rc == SZTP_OK)
    rc = sztp__kdf_x963(ctx, r->alg.hash, sztp__span(s->answer, secret_len), sztp__buf_span(&info), s->kek,
                        r->alg.wrap_len);
  if (rc == SZTP_OK)
    rc = sztp__aes_unwrap(ctx, sztp__span(s->kek, r->alg.wrap_len), r->encrypted_key, s->key, &intact);
  sztp__buf_clear(&info);
  *good &= intact;
  return rc;
}

/* Fills in the content key: the right one, or a random one. */
static int32_t get_key(sztp_ctx_t *ctx, const sztp__enveloped_t *env, const sztp__cert_t *cert,
                       const sztp__opener_t *opener, const sztp_key_request_t *request, open_secrets_t *s,
                       uint32_t *good) {
  const sztp__recipient_t *r = &env->recipients[request->recipient];
  int agree = r->kind == SZTP__RECIPIENT_ECDH;
  size_t wanted = agree ? field_octets(cert) : env->cipher.key_len;
  int asks = 1;
  /* A private key that multiplies a point of another curve gives itself away (ENC-07). Everybody can see
   * whether the point is right, so that this may branch. */
  int32_t rc = agree ? sztp__point_check(ctx, cert->key.curve, r->point, &asks) : 0;
  if (rc == SZTP_OK && asks) rc = ask_key(ctx, opener, request, s, wanted, good);
  if (rc != SZTP_OK) return rc;
  if (agree)
    rc = unwrap(ctx, r, wanted, s, good);
  else
    memcpy(s->key, s->answer, wanted);
  sztp__ct_select(*good, s->key, s->random, s->key, env->cipher.key_len);
  return rc;
}

/* ---- the content --------------------------------------------------------------------------------- */

static int32_t decrypt_cbc(sztp_ctx_t *ctx, const sztp__enveloped_t *env, sztp__span_t key,
                           sztp__opened_t *out, uint32_t *good) {
  size_t padding = 0;
  uint8_t *text = out->memory + out->start;
  int32_t rc = sztp__aes_cbc(ctx, key, SZTP__AES_DECRYPT, env->cipher.iv.data, text, out->len);
  *good = sztp__ct_block_padding(text, out->len, &padding);
  out->len -= padding;
  return rc;
}

static int32_t decrypt_gcm(sztp_ctx_t *ctx, const sztp__enveloped_t *env, sztp__span_t key,
                           sztp__opened_t *out, uint32_t *good) {
  sztp__buf_t aad;
  uint8_t tag[SZTP__GCM_TAG_MAX];
  uint32_t right = 0;
  sztp__buf_init(&aad, ctx, env->auth_attrs.len + 8);
  memcpy(tag, env->mac.data, env->mac.len);
  /* RFC 5083 2.2 */
  int32_t rc = env->auth_attrs.data == NULL ? 0 : sztp__cms_sort_attributes(env->auth_attrs, &aad);
  if (rc == SZTP_OK)
    rc = sztp__aes_gcm(ctx, key, SZTP__AES_DECRYPT, env->cipher.iv, sztp__buf_span(&aad),
                       out->memory + out->start, out->len, tag, env->mac.len, &right);
  sztp__buf_clear(&aad);
  *good = sztp__ct_equal(right, 1);
  return rc;
}

/* ---- both ---------------------------------------------------------------------------------------- */

/* Memory is taken, and random octets drawn, before the private key works: when there are none, it did not
 * work in vain. */
static int32_t prepare_secrets(sztp_ctx_t *ctx, const sztp__enveloped_t *env, open_secrets_t *s,
                               sztp__opened_t *out) {
  memset(s, 0, sizeof *s);
  memset(out, 0, sizeof *out);
  out->memory = sztp__alloc(ctx, SZTP__OPENED_ROOM + env->content_len);
  if (out->memory == NULL) return SZTP_ERR_MEMORY;
  out->start = SZTP__OPENED_ROOM;
  out->len = env->content_len;
  sztp__enveloped_join(env, out->memory + out->start);
  return sztp__random(ctx, s->random, env->cipher.key_len);
}

/* Both checks were passed, so that the scheme is one of the three. */
static uint32_t operation_of(uint32_t scheme) {
  switch (scheme) {
  case SZTP__KEYENC_RSA_PKCS1: return SZTP_KEY_OP_DECRYPT_RSA_PKCS1;
  case SZTP__KEYENC_RSA_OAEP: return SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  default: return SZTP_KEY_OP_AGREE_ECDH;
  }
}

static sztp_key_request_t make_request(const sztp__enveloped_t *env, size_t recipient,
                                       const sztp__cert_t *cert, const sztp__opener_t *opener) {
  const sztp__recipient_t *r = &env->recipients[recipient];
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  request.operation = operation_of(r->alg.scheme);
  request.hash = sztp__key_hash(r->alg.hash);
  request.mgf_hash = sztp__key_hash(r->alg.mgf_hash);
  request.label = r->alg.label;
  request.input = r->kind == SZTP__RECIPIENT_ECDH ? r->point : r->encrypted_key;
  request.cert = cert->der;
  request.artifact = opener->artifact;
  request.recipient = (uint32_t)recipient;
  return request;
}

int32_t sztp__enveloped_open(sztp_ctx_t *ctx, const sztp__enveloped_t *env, size_t recipient,
                             const sztp__cert_t *cert, const sztp__opener_t *opener, sztp__opened_t *out) {
  open_secrets_t s;
  uint32_t key_good = 0;
  uint32_t text_good = 0;
  sztp_key_request_t request = make_request(env, recipient, cert, opener);
  int32_t rc = prepare_secrets(ctx, env, &s, out);
  if (rc == SZTP_OK) rc = get_key(ctx, env, cert, opener, &request, &s, &key_good);
  if (rc == SZTP_OK) {
    sztp__span_t key = sztp__span(s.key, env->cipher.key_len);
    rc = env->authenticated ? decrypt_gcm(ctx, env, key, out, &text_good)
                            : decrypt_cbc(ctx, env, key, out, &text_good);
  }
  sztp__wipe(&s, sizeof s);
  if (rc != SZTP_OK) {
    sztp__free_secret(ctx, out->memory);
    memset(out, 0, sizeof *out);
    return rc;
  }
  out->good = key_good & text_good;
  return SZTP_OK;
}
