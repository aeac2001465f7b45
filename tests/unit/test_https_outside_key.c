/* SPDX-License-Identifier: Apache-2.0 */
/* TLS with a private key that is somewhere else: the device's key function is OpenSSL's, and nobody else has
 * the key. What it is asked, what is offered for its sake, and what becomes of its refusals. */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
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
  size_t cut;          /* octets that a signature lacks */
  char asked[512];     /* the names of what it was asked, each with its hash, separated by spaces */
} outside_t;

#define ALL_ECDSA     (SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512)
#define ALL_RSA_PKCS1 (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512)
#define ALL_RSA                                                                                              \
  (ALL_RSA_PKCS1 | SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512)

static void note(outside_t *o, const sztp_key_request_t *request) {
  size_t used = strlen(o->asked);
  int64_t hash = 0;
  const char *name = sztp_key_op_name(sztp_key_request_operation(request));
  if (sztp_key_request_i64(request, SZTP_KEY_F_HASH, &hash) == SZTP_OK)
    (void)snprintf(o->asked + used, sizeof o->asked - used, "%s%s %d", used > 0 ? " " : "", name, (int)hash);
  else
    (void)snprintf(o->asked + used, sizeof o->asked - used, "%s%s", used > 0 ? " " : "", name);
}

/* r and s out of what OpenSSL makes. */
static size_t split(const unsigned char *der, size_t len, uint8_t *out, size_t out_len) {
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
  assert_non_null(pair);
  int half = (int)(out_len / 2);
  assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, half), half);
  assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, half), half);
  ECDSA_SIG_free(pair);
  return out_len;
}

static size_t sign(const outside_t *o, uint32_t operation, int64_t hash, sztp__span_t digest, uint8_t *out,
                   size_t cap) {
  unsigned char raw[1024];
  size_t len = sizeof raw;
  const EVP_MD *md = hash == 256 ? EVP_sha256() : hash == 384 ? EVP_sha384() : EVP_sha512();
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->key, NULL);
  assert_non_null(ctx);
  assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PKCS1)
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
  assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
  assert_int_equal(EVP_PKEY_sign(ctx, raw, &len, digest.data, digest.len), 1);
  EVP_PKEY_CTX_free(ctx);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) return split(raw, len, out, cap);
  assert_int_equal(len, cap);
  memcpy(out, raw, len);
  return len;
}

static int32_t outside_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
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
  if (is_query) {
    if (o->able == 0) return SZTP_ERR_UNSUPPORTED;
    assert_int_equal(out_cap, 8);
    for (size_t i = 0; i < 8; i++) out[i] = (uint8_t)(o->able >> (56 - 8 * i));
    *out_len = 8;
    return SZTP_OK;
  }
  assert_true(operation == SZTP_KEY_OP_SIGN_ECDSA || operation == SZTP_KEY_OP_SIGN_RSA_PKCS1);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, &hash), SZTP_OK);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &digest.data, &digest.len), SZTP_OK);
  assert_int_equal(digest.len, hash / 8);
  *out_len = sign(o, operation, hash, digest, out, out_cap) - o->cut;
  return SZTP_OK;
}

/* ---- what every test has ------------------------------------------------------------------------- */

static EVP_PKEY *read_outside(const char *name) {
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
static void take_identity(env_t *e, outside_t *o, const char *name, int64_t able) {
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

static uint32_t fetch_from(env_t *e, int version, const char *suite) {
  static uint64_t visit;
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.version = version;
  plan.suite = suite;
  start(e, &plan);
  ask_t q = {.visit = ++visit};
  return fetch(e, &q);
}

static const peer_seen_t *seen_by(env_t *e) {
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 1);
  return peer_seen(e->peer, 0);
}

#define AES128 "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"
#define AES256 "TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384"
#define CHACHA "TLS-ECDHE-ECDSA-WITH-CHACHA20-POLY1305-SHA256"

/* ---- what is offered ----------------------------------------------------------------------------- */

typedef struct row {
  const char *name; /* of the test PKI */
  int64_t able;
  int version;       /* that the server speaks; 0: all */
  const char *suite; /* that it takes; NULL: any */
  const char *asked; /* after the query */
  const char *why;   /* why there is no connection; NULL: there is one */
} row_t;

static const row_t ROWS[] = {
    /* keys that can do everything */
    {"enc/p256", ALL_ECDSA, 12, AES128, "sign-ecdsa 256", NULL},
    {"enc/p256", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p256", ALL_ECDSA, 12, CHACHA, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 12, AES128, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p521", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/rsa", ALL_RSA, 12, AES128, "sign-rsa-pkcs1 256", NULL},
    {"enc/rsa", ALL_RSA, 12, AES256, "sign-rsa-pkcs1 384", NULL},
    {"enc/rsa", ALL_RSA, 0, NULL, "sign-rsa-pkcs1 256", NULL}, /* not even if the server has TLS 1.3 */
    {"enc/p256", ALL_ECDSA, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p521", ALL_ECDSA, 13, NULL, "sign-ecdsa 512", NULL},
    /* keys that don't know the question: the usual is supposed */
    {"enc/p256", 0, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p256", 0, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/rsa", 0, 12, AES256, "sign-rsa-pkcs1 384", NULL},
    /* keys of one hash, as TCG's templates for TPMs make them */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 12, NULL, "sign-ecdsa 256", NULL},
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, NULL, "sign-ecdsa 384", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA256, 12, NULL, "sign-rsa-pkcs1 256", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA384, 12, NULL, "sign-rsa-pkcs1 384", NULL},
    /* and servers that want another one: nothing is signed */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 12, AES256, "", "TLS 1.2 with SHA-256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, AES128, "", "TLS 1.2 with SHA-384"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, CHACHA, "", "since the identity's key can do ecdsa-sha384"},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA384, 12, AES128, "",
     "since the identity's key can do rsa-pkcs1-sha384"},
    {"enc/rsa", ALL_RSA, 13, NULL, "",
     "only TLS 1.2 was offered, since the identity's key can do rsa-pkcs1-sha256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA256, 13, NULL, "", "only TLS 1.2 with SHA-256 was offered"},
};

/* TLS-21, TPM-05, STATE-15: mutual TLS in both versions with what the key can do, and with nothing else; the
 * server verifies each signature */
static void signs_what_the_key_can(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (size_t i = 0; i < TEST_COUNT_OF(ROWS); i++) {
    const row_t *row = &ROWS[i];
    char asked[64];
    if (row->version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, row->name, row->able);
    uint32_t outcome = fetch_from(e, row->version, row->suite);
    (void)snprintf(asked, sizeof asked, "query%s%s", row->asked[0] != 0 ? " " : "", row->asked);
    if (strcmp(o.asked, asked) != 0)
      fail_msg("row %u: asked \"%s\" instead of \"%s\": %s", (unsigned)i, o.asked, asked, message(e));
    if (row->why != NULL) {
      expect_failed(e, outcome, FAILED, SZTP_ERR_SERVER_FAIL, row->why);
      continue;
    }
    expect_ok(e, outcome, 200, "hello");
    const peer_seen_t *seen = seen_by(e);
    assert_int_equal(seen->handshake, 1);
    assert_int_equal(seen->chain_count, 2);
    assert_memory_equal(seen->chain, o.cert.data, o.cert.len);
    if (row->suite != NULL) assert_string_equal(seen->suite, row->suite);
    assert_string_equal(seen->version, row->version == 13 ? "TLSv1.3" : "TLSv1.2");
  }
  EVP_PKEY_free(o.key);
}

/* A key that can do nothing that TLS needs: nothing goes to the server. */
static void offers_nothing_in_vain(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    const char *name;
    int64_t able;
    const char *why;
  } rows[] = {{"enc/p256", SZTP_ABLE_AGREE, "the identity's key can't sign what TLS needs; it can do agree"},
              {"enc/p256", ALL_RSA_PKCS1, "it can do rsa-pkcs1-sha256, rsa-pkcs1-sha384, rsa-pkcs1-sha512"},
              {"enc/rsa", ALL_ECDSA, "it can do ecdsa-sha256, ecdsa-sha384, ecdsa-sha512"},
              {"enc/rsa", SZTP_ABLE_DECRYPT | SZTP_ABLE_RSA_PSS_SHA256, "it can do rsa-pss-sha256, decrypt"},
              {"enc/p256", SZTP_ABLE_ECDSA_SHA512, "it can do ecdsa-sha512"},
              {"enc/p256", INT64_C(1) << 40, "it can do nothing"}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    take_identity(e, &o, rows[i].name, rows[i].able);
    expect_failed(e, fetch_from(e, 0, NULL), FAILED, SZTP_ERR_CONFIG, rows[i].why);
    assert_string_equal(o.asked, "query");
    peer_stop(e->peer); /* it may not even have seen the connection */
    assert_true(peer_connections(e->peer) == 0 || peer_seen(e->peer, 0)->hello_len == 0);
  }
  EVP_PKEY_free(o.key);
}

/* TPM-05: P-521 with its own hash is for TLS 1.3 only */
static void does_without_tls12(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p521", SZTP_ABLE_ECDSA_SHA512);
  uint32_t outcome = fetch_from(e, 0, NULL);
  if (peer_has_tls13()) {
    expect_ok(e, outcome, 200, "hello");
    assert_string_equal(seen_by(e)->version, "TLSv1.3");
    assert_string_equal(o.asked, "query sign-ecdsa 512");
    expect_failed(e, fetch_from(e, 12, NULL), FAILED, SZTP_ERR_SERVER_FAIL, "only TLS 1.3 was offered");
  } else {
    expect_failed(e, outcome, FAILED, SZTP_ERR_CONFIG, "it can do ecdsa-sha512");
  }
  EVP_PKEY_free(o.key);
}

/* ---- what it is asked, and when ------------------------------------------------------------------ */

/* TLS-06, TLS-19: once for a connection, and not for an exchange on a kept one, a server without TLS, or an
 * image */
static void asks_once_for_a_connection(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p256", ALL_ECDSA);
  peer_plan_t plan = PLAN(ANSWER_TWICE);
  plan.version = 12;
  plan.suite = AES128;
  start(e, &plan);
  ask_t q = {.visit = UINT64_C(1) << 40};
  expect_ok(e, fetch(e, &q), 200, "hello");
  expect_ok(e, fetch(e, &q), 204, "");
  assert_string_equal(o.asked, "query sign-ecdsa 256");
  q.provisional = 1; /* another connection, to anybody: the device identifies itself all the same (TLS-07) */
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_string_equal(o.asked, "query sign-ecdsa 256 query sign-ecdsa 256");
  EVP_PKEY_free(o.key);
}

/* TLS-05: who is not believed gets no signature */
static void signs_for_nobody_untrusted(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p256", ALL_ECDSA);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.certificate = other_crt.text;
  plan.key = other_key.text;
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_failed(e, fetch(e, &q), FAILED, SZTP_ERR_TLS_UNTRUSTED, "port");
  assert_string_equal(o.asked, "query");
  EVP_PKEY_free(o.key);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

/* TLS-07, STATE-15: what the query comes to is known before anything goes out */
static void tells_why_there_is_no_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    int32_t refusal, reason;
    const char *why;
  } rows[] = {{SZTP_ERR_NOT_FOUND, SZTP_ERR_CONFIG,
               "(TLS-07): query: the key function does not have the certificate's private key"},
              {SZTP_ERR_KEY, SZTP_ERR_KEY, "(TLS-07): query: the key function returned -539"},
              {-4711, SZTP_ERR_KEY, "(TLS-07): query: the key function returned -4711"},
              {SZTP_ERR_MEMORY, SZTP_ERR_MEMORY, "(TLS-07): "}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.refusal[0] = rows[i].refusal;
    expect_failed(e, fetch_from(e, 0, NULL), FAILED, rows[i].reason, rows[i].why);
    assert_string_equal(o.asked, "query");
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), 0);
  }
  EVP_PKEY_free(o.key);
}

/* TLS-21: a signature that does not come ends the handshake, with the reason; it is not asked for again, and
 * the server gets nothing that could pass for one */
static void tells_why_there_is_no_signature(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    int32_t refusal;
    size_t cut;
    int32_t reason;
    const char *why;
  } rows[] = {
      {SZTP_ERR_UNSUPPORTED, 0, SZTP_ERR_UNSUPPORTED,
       "no signature of the device's key: sign-ecdsa: the key can't do that"},
      {SZTP_ERR_KEY, 0, SZTP_ERR_KEY,
       "no signature of the device's key: sign-ecdsa: the key function returned -539"},
      {SZTP_ERR_NOT_FOUND, 0, SZTP_ERR_NOT_FOUND,
       "sign-ecdsa: the key function does not have the certificate's private key"},
      {SZTP_ERR_MEMORY, 0, SZTP_ERR_MEMORY, "no signature of the device's key"},
      {7, 0, SZTP_ERR_KEY, "sign-ecdsa: the key function returned 7"},
      {SZTP_OK, 1, SZTP_ERR_KEY, "the key function gave 63 octets instead of 64"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows) * 2; i++) {
    int version = i % 2 == 0 ? 12 : 13;
    if (version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.refusal[1] = rows[i / 2].refusal;
    o.cut = rows[i / 2].cut;
    expect_failed(e, fetch_from(e, version, version == 12 ? AES128 : NULL), FAILED, rows[i / 2].reason,
                  rows[i / 2].why);
    assert_string_equal(o.asked, "query sign-ecdsa 256");
    const peer_seen_t *seen = seen_by(e);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->request_len, 0);
  }
  EVP_PKEY_free(o.key);
}

/* STATE-15: a key function that has another key than the certificate's is found out here, in both versions,
 * and for both kinds of keys; and again after it was right for another certificate */
static void finds_out_a_wrong_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    const char *name, *other;
    int64_t able;
  } rows[] = {{"enc/p256", "owner", ALL_ECDSA}, {"enc/rsa", "enc/rsa2", ALL_RSA}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows) * 2; i++) {
    int version = i % 2 == 0 ? 12 : 13;
    if (version == 13 && (!peer_has_tls13() || i / 2 == 1)) continue;
    take_identity(e, &o, rows[i / 2].name, rows[i / 2].able);
    EVP_PKEY_free(o.key);
    o.key = read_outside(rows[i / 2].other);
    expect_failed(e, fetch_from(e, version, NULL), FAILED, SZTP_ERR_KEY,
                  "the signature of the device's key does not fit the identity certificate");
    const peer_seen_t *seen = seen_by(e);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->request_len, 0);
    take_identity(e, &o, "enc/p384", ALL_ECDSA);
    expect_ok(e, fetch_from(e, version, NULL), 200, "hello");
  }
  EVP_PKEY_free(o.key);
}

/* ---- keys that take their time ------------------------------------------------------------------- */

/* TPM-06: a handshake can't be put off, so that the transport asks again */
static void waits_for_the_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_KEY_POLL_MS, 2), SZTP_OK);
  for (int version = 12; version <= 13; version++) {
    if (version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, "enc/p256", SZTP_ABLE_ECDSA_SHA256);
    o.pending[0] = 2;
    o.pending[1] = 5;
    expect_ok(e, fetch_from(e, version, NULL), 200, "hello");
    assert_string_equal(o.asked,
                        "query query query sign-ecdsa 256 sign-ecdsa 256 sign-ecdsa 256 sign-ecdsa 256 "
                        "sign-ecdsa 256 sign-ecdsa 256");
  }
  EVP_PKEY_free(o.key);
}

/* TPM-06: until the handshake's time is over, so that the next address can be tried */
static void waits_no_longer_than_a_handshake(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_KEY_POLL_MS, 20), SZTP_OK);
  for (int asked = 0; asked < 2; asked++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    uint64_t begun = now_ms();
    expect_failed(e, fetch_from(e, 0, NULL), TIMEOUT, asked == 0 ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_KEY,
                  "no answer of the device's key in time");
    assert_in_range(now_ms() - begun, 250, 3000);
    assert_in_range(UINT32_MAX - o.pending[asked], 2, 40); /* not in a busy loop */
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), asked);
  }
  EVP_PKEY_free(o.key);
}

/* The action's deadline is a limit, too. */
static void waits_no_longer_than_the_action(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (int asked = 0; asked < 2; asked++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    start(e, &plan);
    ask_t q = {.visit = 1, .deadline_ms = 300};
    uint64_t begun = now_ms();
    expect_failed(e, fetch(e, &q), TIMEOUT, asked == 0 ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_KEY,
                  "no answer of the device's key in time");
    assert_in_range(now_ms() - begun, 250, 3000);
  }
  EVP_PKEY_free(o.key);
}

/* STATE-08: nor than the host wants */
static void stops_waiting_on_request(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (int asked = 0; asked < 2; asked++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    assert_int_equal(sztp_session_cancel(e->session), SZTP_OK);
    e->session->state = SZTP__ST_ROOT; /* at the very start a session does not listen */
    uint64_t begun = now_ms();
    assert_int_equal(fetch_from(e, 0, NULL), FAILED);
    assert_true(now_ms() - begun < 3000);
  }
  EVP_PKEY_free(o.key);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {TEST(signs_what_the_key_can),
                                     TEST(offers_nothing_in_vain),
                                     TEST(does_without_tls12),
                                     TEST(asks_once_for_a_connection),
                                     TEST(signs_for_nobody_untrusted),
                                     TEST(tells_why_there_is_no_key),
                                     TEST(tells_why_there_is_no_signature),
                                     TEST(finds_out_a_wrong_key),
                                     TEST(waits_for_the_key),
                                     TEST(waits_no_longer_than_a_handshake),
                                     TEST(waits_no_longer_than_the_action),
                                     TEST(stops_waiting_on_request)};
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
