/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that is somewhere else: the device's key function is OpenSSL's, and nobody else has the key.
 * It notes what it is asked. */
#ifndef SZTP_TESTS_OUTSIDE_KEY_H
#define SZTP_TESTS_OUTSIDE_KEY_H

#include "https_bench.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* ---- the key ------------------------------------------------------------------------------------- */

typedef struct outside {
  EVP_PKEY *key;
  sztp__span_t cert;   /* whose private key it is; no other is ever asked for */
  int64_t able;        /* 0: it does not know the question */
  unsigned pending[2]; /* so often before an answer: to a query, to the rest */
  int32_t refusal[2];  /* in place of an answer, unless it is 0 */
  uint32_t refuses;    /* the operation that it can't do after all */
  size_t cut;          /* octets that a signature lacks */
  int traces;          /* it leaves an error of OpenSSL's behind, though it succeeds */
  char asked[512];     /* the names of what it was asked, each with its hash, separated by spaces */
} outside_t;

#define ALL_ECDSA     (SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512)
#define ALL_RSA_PKCS1 (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512)
#define ALL_RSA                                                                                              \
  (ALL_RSA_PKCS1 | SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512)

static inline void note(outside_t *o, const sztp_key_request_t *request) {
  size_t used = strlen(o->asked);
  int64_t hash = 0;
  const char *name = sztp_key_op_name(sztp_key_request_operation(request));
  if (sztp_key_request_i64(request, SZTP_KEY_F_HASH, &hash) == SZTP_OK)
    (void)snprintf(o->asked + used, sizeof o->asked - used, "%s%s %d", used > 0 ? " " : "", name, (int)hash);
  else
    (void)snprintf(o->asked + used, sizeof o->asked - used, "%s%s", used > 0 ? " " : "", name);
}

/* r and s out of what OpenSSL makes. */
static inline size_t split(const unsigned char *der, size_t len, uint8_t *out, size_t out_len) {
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
  assert_non_null(pair);
  int half = (int)(out_len / 2);
  assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, half), half);
  assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, half), half);
  ECDSA_SIG_free(pair);
  return out_len;
}

static inline size_t sign(const outside_t *o, uint32_t operation, int64_t hash, sztp__span_t digest,
                          uint8_t *out, size_t cap) {
  unsigned char raw[1024];
  size_t len = sizeof raw;
  const EVP_MD *md = hash == 256 ? EVP_sha256() : hash == 384 ? EVP_sha384() : EVP_sha512();
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->key, NULL);
  assert_non_null(ctx);
  assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PKCS1)
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PSS) {
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
  assert_int_equal(EVP_PKEY_sign(ctx, raw, &len, digest.data, digest.len), 1);
  EVP_PKEY_CTX_free(ctx);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) return split(raw, len, out, cap);
  assert_int_equal(len, cap);
  memcpy(out, raw, len);
  return len;
}

static inline int32_t outside_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                                  size_t *out_len) {
  outside_t *o = user;
  sztp__span_t cert = sztp__span(NULL, 0);
  sztp__span_t digest = sztp__span(NULL, 0);
  uint32_t operation = sztp_key_request_operation(request);
  int64_t hash = 0;
  int is_query = operation == SZTP_KEY_OP_QUERY;
  unsigned *pending = &o->pending[!is_query];
  note(o, request);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &cert.data, &cert.len), SZTP_OK);
  assert_true(sztp__span_equal(cert, o->cert));
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &digest.data, &digest.len),
                   SZTP_ERR_NOT_FOUND);
  if (*pending > 0) {
    (*pending)--;
    return SZTP_PENDING;
  }
  if (o->refusal[!is_query] != 0) return o->refusal[!is_query];
  if (o->refuses == operation) return SZTP_ERR_UNSUPPORTED;
  if (is_query) {
    if (o->able == 0) return SZTP_ERR_UNSUPPORTED;
    assert_int_equal(out_cap, 8);
    for (size_t i = 0; i < 8; i++) out[i] = (uint8_t)(o->able >> (56 - 8 * i));
    *out_len = 8;
    return SZTP_OK;
  }
  assert_true(operation == SZTP_KEY_OP_SIGN_ECDSA || operation == SZTP_KEY_OP_SIGN_RSA_PKCS1 ||
              operation == SZTP_KEY_OP_SIGN_RSA_PSS);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, &hash), SZTP_OK);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &digest.data, &digest.len), SZTP_OK);
  assert_int_equal(digest.len, hash / 8);
  *out_len = sign(o, operation, hash, digest, out, out_cap) - o->cut;
  if (o->traces) ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  return SZTP_OK;
}

/* ---- what every test has ------------------------------------------------------------------------- */

static inline EVP_PKEY *read_outside(const char *name) {
  char file[32];
  (void)snprintf(file, sizeof file, "%s.key", name);
  pem_t p = read_pem(file);
  BIO *bio = BIO_new_mem_buf(p.text, (int)p.len);
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
  BIO_free(bio);
  free(p.text);
  assert_non_null(key);
  return key;
}

/* Gives the device the identity NAME of the test PKI, with its key outside. */
static inline void take_identity(env_t *e, outside_t *o, const char *name, int64_t able) {
  char file[32];
  EVP_PKEY_free(o->key);
  memset(o, 0, sizeof *o);
  o->key = read_outside(name);
  o->able = able;
  (void)snprintf(file, sizeof file, "%s.pem", name);
  sztp_session_free(e->session); /* no setter works while there is one */
  test_add_cert(e->dev, SZTP_CERT_IDENTITY, file);
  assert_int_equal(sztp_device_cert(e->dev, SZTP_CERT_IDENTITY, 0, &o->cert.data, &o->cert.len), SZTP_OK);
  assert_int_equal(sztp_device_set_key(e->dev, outside_key, o), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(e->dev), e->dev, &e->session), SZTP_OK);
  assert_int_equal(sztp_session_set_clock(e->session, clock_ms, NULL), SZTP_OK);
}

static inline uint32_t fetch_from(env_t *e, int version, const char *suite) {
  static uint64_t visit;
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.version = version;
  plan.suite = suite;
  start(e, &plan);
  ask_t q = {.visit = ++visit};
  return fetch(e, &q);
}

static inline const peer_seen_t *seen_by(env_t *e) {
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 1);
  return peer_seen(e->peer, 0);
}

/* ---- keys that are of no use --------------------------------------------------------------------- */

typedef struct vain {
  const char *name; /* of the test PKI */
  int64_t able;
  const char *why;
} vain_t;

/* A key that can do nothing that TLS needs: nothing goes to the server. */
static inline void offers_nothing(env_t *e, const vain_t *rows, size_t count) {
  outside_t o = {.key = NULL};
  for (size_t i = 0; i < count; i++) {
    take_identity(e, &o, rows[i].name, rows[i].able);
    expect_failed(e, fetch_from(e, 0, NULL), FAILED, SZTP_ERR_CONFIG, rows[i].why);
    assert_string_equal(o.asked, "query");
    peer_stop(e->peer); /* it may not even have seen the connection */
    assert_true(peer_connections(e->peer) == 0 || peer_seen(e->peer, 0)->hello_len == 0);
  }
  EVP_PKEY_free(o.key);
}

#endif
