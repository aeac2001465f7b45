/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by mbedTLS: TLS 1.2 or later, ECDHE with AEAD, no resumption, no renegotiation (TLS-01, -19, -23, -24).
 *
 * mbedTLS's own judgement of certificates is switched off at every flag and replaced by the caller's check:
 * it would refuse chains that RFC 8572 wants accepted (a pinned server certificate, no clock) and accept some
 * that it wants refused (a common name as identity). It gets no trust anchors at all, so that it can't fail
 * on one that it does not understand, and sees the server's own certificate alone (tls_chain_mbedtls.c); a
 * callback clears what it complains about and asks the check. */
#include "https/tls_engine_mbedtls.h"

#include <stdlib.h>

#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/x509_crt.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "ground/printable.h"
#include "https/tls_groups_mbedtls.h"
#include "https/tls_words.h"

#if !defined(MBEDTLS_SSL_CLI_C)
#error "this mbedTLS lacks MBEDTLS_SSL_CLI_C: the client of TLS"
#endif
#if !defined(MBEDTLS_SSL_PROTO_TLS1_2)
#error "this mbedTLS lacks MBEDTLS_SSL_PROTO_TLS1_2: TLS 1.2"
#endif
#if !defined(MBEDTLS_SSL_ALPN)
#error "this mbedTLS lacks MBEDTLS_SSL_ALPN: it names HTTP/1.1"
#endif
#if !defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
#error "this mbedTLS lacks MBEDTLS_SSL_SERVER_NAME_INDICATION: servers of many names"
#endif
#if !defined(MBEDTLS_X509_CRT_PARSE_C)
#error "this mbedTLS lacks MBEDTLS_X509_CRT_PARSE_C: certificates"
#endif
#if !defined(MBEDTLS_PK_RSA_ALT_SUPPORT)
#error "this mbedTLS lacks MBEDTLS_PK_RSA_ALT_SUPPORT: RSA keys that the key function holds"
#endif
#if !defined(MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED) && !defined(MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED)
#error                                                                                                       \
    "this mbedTLS lacks MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED and MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED"
#endif

/* ECDHE with AEAD, TLS-24. ChaCha20 comes first, since mbedTLS is faster at it even where the processor has
 * instructions for AES, and without them its AES tells of the key; behind it the strongest of each kind. In
 * TLS 1.2 mbedTLS signs with the hash of the suite, whatever else the server would take. */
static const struct suite {
  int id;
  uint32_t hash; /* 0: any, TLS 1.3 */
} suites[] = {
#if defined(MBEDTLS_TLS1_3_AES_256_GCM_SHA384)
    {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, 0},
    {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, 0},
    {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, 0},
    {MBEDTLS_TLS1_3_AES_128_CCM_SHA256, 0},
#endif
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 256},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 256},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, 384},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 384},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM, 256},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 256},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 256},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM, 256}};
#define SUITE_COUNT (sizeof suites / sizeof suites[0])

struct sztp__tls {
  mbedtls_ssl_config conf;
  mbedtls_ssl_context ssl;
  mbedtls_x509_crt own;
  mbedtls_pk_context key; /* that of own; it is */
  sztp__outside_key_t outside;
  mbedtls_x509_crt nobody;  /* an empty list of trust anchors */
  const char *protocols[2]; /* TLS-23; mbedTLS asks for a list that is not const */
  sztp__tls_io_t io;
  sztp__tls_chain_t chain; /* what the server presented */
  sztp__tls_check_fn check;
  void *check_user;
  int32_t refused;                     /* there will be no handshake, and why says why; 0 */
  int32_t decision;                    /* of the check; SZTP_ERR_TLS_UNTRUSTED until it was asked */
  int up;                              /* the handshake is complete */
  int offer[SUITE_COUNT + 1];          /* the suites, and 0 */
  char narrowed[SZTP__PARAGRAPH_SIZE]; /* what was not offered for the key's sake, a clause; or "" */
  char why[SZTP__PARAGRAPH_SIZE];
};

/* No SHA-1. What TLS 1.2 knows comes first: a server that took RSA-PSS for TLS 1.2 would not be understood.
 */
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
static const uint16_t tls_signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,    MBEDTLS_TLS1_3_SIG_NONE};
#else
static const int hashes[] = {MBEDTLS_MD_SHA512, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA256, MBEDTLS_MD_NONE};
#endif

/* ---- octets and certificates --------------------------------------------------------------------- */

static int on_send(void *user, const unsigned char *data, size_t len) {
  const sztp__tls_t *t = user;
  int n = t->io.send(t->io.user, data, len);
  if (n == SZTP__TLS_IO_BLOCKED) return MBEDTLS_ERR_SSL_WANT_WRITE;
  return n > 0 ? n : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int on_receive(void *user, unsigned char *data, size_t len) {
  const sztp__tls_t *t = user;
  int n = t->io.receive(t->io.user, data, len);
  if (n == SZTP__TLS_IO_BLOCKED) return MBEDTLS_ERR_SSL_WANT_READ;
  return n >= 0 ? n : MBEDTLS_ERR_SSL_CONN_EOF;
}

/* All that the server sent, in its order, to the check. */
static int32_t ask_transport(const sztp__tls_t *t) {
  uint8_t *chain = NULL;
  size_t len = 0;
  int32_t rc = sztp__tls_chain_octets(&t->chain, &chain, &len);
  if (rc == SZTP_OK) rc = t->check(t->check_user, chain, len);
  free(chain);
  return rc;
}

static int on_certificate(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  sztp__tls_t *t = user;
  (void)crt;
  *flags = 0;
  if (depth > 0) return 0;
  sztp__tls_chain_put_back(&t->chain, &t->ssl);
  if (t->check != NULL) t->decision = ask_transport(t);
  if (t->check != NULL && t->decision != SZTP_OK) /* the alert depends on it */
    *flags = t->decision == SZTP_ERR_TLS_NAME_MISMATCH ? MBEDTLS_X509_BADCERT_CN_MISMATCH
                                                       : MBEDTLS_X509_BADCERT_NOT_TRUSTED;
  sztp__tls_chain_free(&t->chain);
  return 0;
}

static int configure(sztp__tls_engine_t *e, sztp__tls_t *t) {
  mbedtls_ssl_config *c = &t->conf;
  int rc = mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                       MBEDTLS_SSL_PRESET_DEFAULT);
  if (rc != 0) return rc;
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
  mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_sig_algs(c, tls_signatures);
#else
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_sig_hashes(c, hashes);
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_ssl_conf_tls13_key_exchange_modes(c, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  mbedtls_ssl_conf_renegotiation(c, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
  mbedtls_ssl_conf_session_tickets(c, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
  mbedtls_ssl_conf_rng(c, sztp__random_octets, e->random);
  mbedtls_ssl_conf_verify(c, on_certificate, t);
  mbedtls_ssl_conf_ca_chain(c, &t->nobody, NULL);
  /* Without a check any certificate will do, but the callback is to be called. */
  mbedtls_ssl_conf_authmode(c, t->check != NULL ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_OPTIONAL);
  sztp__tls_conf_groups(c);
  t->protocols[0] = "http/1.1";
  t->protocols[1] = NULL;
  return mbedtls_ssl_conf_alpn_protocols(c, t->protocols);
}

/* ---- what is offered ----------------------------------------------------------------------------- */

#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define HAS_TLS13 1
#else
#define HAS_TLS13 0
#endif

/* In TLS 1.3 the curve determines the hash (RFC 8446 4.2.3), and mbedTLS makes RSA-PSS with its own keys
 * only. */
static int64_t tls13_ability(const mbedtls_pk_context *public_key) {
  if (mbedtls_pk_can_do(public_key, MBEDTLS_PK_RSA)) return 0;
  switch (mbedtls_pk_get_bitlen(public_key)) {
  case 256: return SZTP_ABLE_ECDSA_SHA256;
  case 384: return SZTP_ABLE_ECDSA_SHA384;
  case 521: return SZTP_ABLE_ECDSA_SHA512;
  default: return 0;
  }
}

static sztp__tls_offer_t offer_of(const mbedtls_pk_context *public_key, int64_t able) {
  int rsa = mbedtls_pk_can_do(public_key, MBEDTLS_PK_RSA);
  sztp__tls_offer_t o = {(able & (rsa ? SZTP_ABLE_RSA_PKCS1_SHA256 : SZTP_ABLE_ECDSA_SHA256)) != 0,
                         (able & (rsa ? SZTP_ABLE_RSA_PKCS1_SHA384 : SZTP_ABLE_ECDSA_SHA384)) != 0,
                         HAS_TLS13 && (able & tls13_ability(public_key)) != 0};
  return o;
}

static void set_offer(sztp__tls_t *t, const sztp__tls_offer_t *o) {
  size_t n = 0;
  for (size_t i = 0; i < SUITE_COUNT; i++) {
    int wanted = suites[i].hash == 256 ? o->sha256 : suites[i].hash == 384 ? o->sha384 : o->tls13;
    if (wanted) t->offer[n++] = suites[i].id;
  }
  t->offer[n] = 0;
  mbedtls_ssl_conf_ciphersuites(&t->conf, t->offer);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  if (!o->tls13) mbedtls_ssl_conf_max_tls_version(&t->conf, MBEDTLS_SSL_VERSION_TLS1_2);
  if (!o->sha256 && !o->sha384) mbedtls_ssl_conf_min_tls_version(&t->conf, MBEDTLS_SSL_VERSION_TLS1_3);
#endif
}

static int32_t refuse_key(sztp__tls_t *t, int64_t able) {
  t->refused = SZTP_ERR_CONFIG;
  sztp__tls_tell_able(t->why, sizeof t->why, SZTP__TLS_KEY_IN_VAIN, able);
  return SZTP_OK;
}

static int32_t present(sztp__tls_engine_t *e, sztp__tls_t *t, const sztp__tls_peer_t *peer) {
  sztp__tls_offer_t offer = {1, 1, HAS_TLS13};
  if (peer->chain_len == 0) {
    set_offer(t, &offer);
    return SZTP_OK;
  }
  for (size_t i = 0; i < peer->chain_len; i++) {
    int rc = mbedtls_x509_crt_parse_der(&t->own, peer->chain[i].data, peer->chain[i].len);
    if (rc == MBEDTLS_ERR_X509_ALLOC_FAILED) return SZTP_ERR_MEMORY;
    if (rc != 0) return SZTP_ERR_CONFIG;
  }
  offer = offer_of(&t->own.pk, peer->signer.able);
  if (!offer.sha256 && !offer.sha384 && !offer.tls13) return refuse_key(t, peer->signer.able);
  set_offer(t, &offer);
  sztp__tls_tell_offer(t->narrowed, sizeof t->narrowed, &offer, HAS_TLS13, peer->signer.able);
  t->outside.engine = e;
  t->outside.signer = peer->signer;
  t->outside.certificate = &t->own.pk;
  t->outside.der = sztp__span(t->own.raw.p, t->own.raw.len);
  int32_t rc = sztp__outside_key_use(&t->outside, &t->key);
  if (rc != SZTP_OK) return rc;
  return mbedtls_ssl_conf_own_cert(&t->conf, &t->own, &t->key) == 0 ? SZTP_OK : SZTP_ERR_MEMORY;
}

/* ---- connection ---------------------------------------------------------------------------------- */

int32_t sztp__tls_engine_new(const sztp_ctx_t *ctx, sztp__tls_engine_t **out) {
  (void)ctx;
  sztp__tls_engine_t *e = calloc(1, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__random_source_new(&e->random);
  if (rc == SZTP_OK) rc = sztp__outside_kind_new(&e->outside_ec);
  if (rc != SZTP_OK) {
    sztp__tls_engine_free(e);
    return rc;
  }
  *out = e;
  return SZTP_OK;
}

void sztp__tls_engine_free(sztp__tls_engine_t *e) {
  if (e == NULL) return;
  sztp__random_source_free(e->random);
  free(e->outside_ec);
  free(e->proved);
  free(e);
}

int32_t sztp__tls_new(sztp__tls_engine_t *e, const sztp__tls_peer_t *peer, const sztp__tls_io_t *io,
                      sztp__tls_t **out) {
  sztp__tls_t *t = calloc(1, sizeof *t);
  if (t == NULL) return SZTP_ERR_MEMORY;
  mbedtls_ssl_config_init(&t->conf);
  mbedtls_ssl_init(&t->ssl);
  mbedtls_x509_crt_init(&t->own);
  mbedtls_pk_init(&t->key);
  sztp__outside_key_init(&t->outside);
  mbedtls_x509_crt_init(&t->nobody);
  t->io = *io;
  t->check = peer->check;
  t->check_user = peer->check_user;
  t->decision = SZTP_ERR_TLS_UNTRUSTED;
  int32_t rc = configure(e, t) == 0 ? present(e, t, peer) : SZTP_ERR_CRYPTO;
  if (rc == SZTP_OK && mbedtls_ssl_setup(&t->ssl, &t->conf) != 0) rc = SZTP_ERR_MEMORY;
  /* Without a name mbedTLS wants to hear expressly that there is none. */
  if (rc == SZTP_OK && mbedtls_ssl_set_hostname(&t->ssl, peer->server_name) != 0) rc = SZTP_ERR_MEMORY;
  if (rc != SZTP_OK) {
    sztp__tls_free(t);
    return rc;
  }
  mbedtls_ssl_set_bio(&t->ssl, t, on_send, on_receive, NULL);
  *out = t;
  return SZTP_OK;
}

void sztp__tls_free(sztp__tls_t *t) {
  if (t == NULL) return;
  mbedtls_ssl_free(&t->ssl);
  mbedtls_ssl_config_free(&t->conf);
  mbedtls_pk_free(&t->key);
  sztp__outside_key_free(&t->outside);
  mbedtls_x509_crt_free(&t->own);
  mbedtls_x509_crt_free(&t->nobody);
  sztp__tls_chain_free(&t->chain);
  free(t);
}

/* A handshake that broke may have broken for what the key does not leave to offer. */
static int32_t tls_broken(sztp__tls_t *t, const char *what) {
  int hint = !t->up && t->narrowed[0] != 0;
  (void)sztp__format(t->why, sizeof t->why, "%s%s%s", what, hint ? "; only " : "", hint ? t->narrowed : "");
  return SZTP__TLS_BROKEN;
}

static int32_t result(sztp__tls_t *t, int rc) {
  char text[SZTP__SENTENCE_SIZE];
  char what[SZTP__SENTENCE_SIZE];
  switch (rc) {
  case MBEDTLS_ERR_SSL_WANT_READ: return SZTP__TLS_WANT_READ;
  case MBEDTLS_ERR_SSL_WANT_WRITE: return SZTP__TLS_WANT_WRITE;
  case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return SZTP__TLS_CLOSED;
  case 0:
  case MBEDTLS_ERR_SSL_CONN_EOF: return SZTP__TLS_LOST;
  case MBEDTLS_ERR_SSL_ALLOC_FAILED: return SZTP_ERR_MEMORY;
  case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: {
    unsigned alert = t->ssl.MBEDTLS_PRIVATE(in_msg) != NULL ? t->ssl.MBEDTLS_PRIVATE(in_msg)[1] : 0;
    sztp__tls_tell_alert(what, sizeof what, alert);
    return tls_broken(t, what);
  }
  case MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE:
    return tls_broken(
        t, "the server sent what mbedTLS can't read, most likely a handshake message in several TLS "
           "records (fragments): mbedTLS before 3.6.3 doesn't put them together; let the server "
           "send fewer certificates and CA names, or records of 16 KiB");
  case MBEDTLS_ERR_SSL_INVALID_RECORD:
    if (!t->up) return tls_broken(t, SZTP__TLS_NO_TLS);
    /* fall through */
  default:
    mbedtls_strerror(rc, text, sizeof text);
    (void)sztp__format(what, sizeof what, "TLS failed: %s (-0x%04x)", text, (unsigned)-rc);
    return tls_broken(t, what);
  }
}

/* What mbedtls_ssl_handshake() does, but for the server's certificates. */
static int step_by_step(sztp__tls_t *t) {
  int rc = 0;
  while (rc == 0 && t->ssl.MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER) {
    if (t->ssl.MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_SERVER_CERTIFICATE)
      rc = sztp__tls_chain_take(&t->chain, &t->ssl);
    if (rc == 0) rc = mbedtls_ssl_handshake_step(&t->ssl);
  }
  return rc;
}

int32_t sztp__tls_handshake(sztp__tls_t *t) {
  if (t->refused != SZTP_OK) return t->refused;
  int rc = step_by_step(t);
  if (t->outside.result != SZTP_OK) {
    (void)sztp__format(t->why, sizeof t->why, "%s", t->outside.why);
    return t->outside.result;
  }
  if (rc == 0 && t->check != NULL && t->decision != SZTP_OK) return t->decision; /* the check was left out */
  if (rc == 0) {
    t->up = 1;
    return SZTP__TLS_DONE;
  }
  if (rc == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && t->check != NULL && t->decision != SZTP_OK)
    return t->decision;
  return result(t, rc);
}

int sztp__tls_checked(const sztp__tls_t *t) { return t->up && t->check != NULL && t->decision == SZTP_OK; }

/* News of the TLS layer that are no data, and that nobody acts upon (TLS-19). */
static int is_news(int rc) {
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
  return rc == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
  (void)rc;
  return 0;
#endif
}

int32_t sztp__tls_read(sztp__tls_t *t, uint8_t *data, size_t cap, size_t *done) {
  int rc;
  int news = 0;
  *done = 0;
  do rc = mbedtls_ssl_read(&t->ssl, data, cap);
  while (is_news(rc) && ++news < 16);
  if (rc <= 0) return result(t, rc);
  *done = (size_t)rc;
  return SZTP__TLS_DONE;
}

int32_t sztp__tls_write(sztp__tls_t *t, const uint8_t *data, size_t len, size_t *done) {
  *done = 0;
  int rc = mbedtls_ssl_write(&t->ssl, data, len);
  if (rc <= 0) return result(t, rc);
  *done = (size_t)rc;
  return SZTP__TLS_DONE;
}

void sztp__tls_close_notify(sztp__tls_t *t) {
  if (t->up) (void)mbedtls_ssl_close_notify(&t->ssl);
}

const char *sztp__tls_why(const sztp__tls_t *t) { return t->why; }
