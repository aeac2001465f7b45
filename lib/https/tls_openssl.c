/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by OpenSSL 3: TLS 1.2 or later, ECDHE with AEAD, no resumption, no renegotiation (TLS-01, -19, -23,
 * -24).
 *
 * OpenSSL's own judgement of certificates is replaced by the caller's check, for the reasons that
 * tls_mbedtls.c gives. The check sees the Certificate message as it came, before OpenSSL reads it; OpenSSL
 * then has to be able to decode what is in it, no more, and asks whether to go on.
 *
 * What the system's configuration of OpenSSL demands beyond our own rules (a security level, a later version
 * of TLS) stays in force. */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "cryptography/library_context.h"
#include "ground/printable.h"
#include "https/certificate_message.h"
#include "https/tls_engine_openssl.h"
#include "https/tls_words.h"

#define CERTIFICATES_MAX 65536 /* octets of the server's Certificate message */

/* ECDHE with AEAD, of each kind the strongest first; TLS-24. */
#define TLS12_AES                                                                                            \
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"                 \
  "ECDHE-RSA-AES128-GCM-SHA256"
#define TLS12_CHACHA "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS12_CCM    "ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-CCM"
#define TLS13_AES    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
#define TLS13_CHACHA "TLS_CHACHA20_POLY1305_SHA256"
#define TLS13_CCM    "TLS_AES_128_CCM_SHA256"

/* No SHA-1. */
#define SIGNATURES                                                                                           \
  "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:rsa_pss_rsae_sha256:"                \
  "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"

/* What an identity's key may sign, its numbers as TLS and as OpenSSL have them. */
static const struct scheme {
  int64_t able;
  const char *name;
  int sign;
  int hash;
} schemes[] = {{SZTP_ABLE_ECDSA_SHA256, "ecdsa_secp256r1_sha256", EVP_PKEY_EC, NID_sha256},
               {SZTP_ABLE_ECDSA_SHA384, "ecdsa_secp384r1_sha384", EVP_PKEY_EC, NID_sha384},
               {SZTP_ABLE_ECDSA_SHA512, "ecdsa_secp521r1_sha512", EVP_PKEY_EC, NID_sha512},
               {SZTP_ABLE_RSA_PSS_SHA256, "rsa_pss_rsae_sha256", EVP_PKEY_RSA_PSS, NID_sha256},
               {SZTP_ABLE_RSA_PSS_SHA384, "rsa_pss_rsae_sha384", EVP_PKEY_RSA_PSS, NID_sha384},
               {SZTP_ABLE_RSA_PSS_SHA512, "rsa_pss_rsae_sha512", EVP_PKEY_RSA_PSS, NID_sha512},
               {SZTP_ABLE_RSA_PKCS1_SHA256, "rsa_pkcs1_sha256", EVP_PKEY_RSA, NID_sha256},
               {SZTP_ABLE_RSA_PKCS1_SHA384, "rsa_pkcs1_sha384", EVP_PKEY_RSA, NID_sha384},
               {SZTP_ABLE_RSA_PKCS1_SHA512, "rsa_pkcs1_sha512", EVP_PKEY_RSA, NID_sha512}};
#define SCHEME_COUNT (sizeof schemes / sizeof schemes[0])
#define SCHEMES_TEXT (SCHEME_COUNT * 24)
#define ABLE_PSS     (SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512)

struct sztp__tls_engine {
  OSSL_LIB_CTX *library; /* NULL: OpenSSL's default */
  SSL_CTX *conf;
  BIO_METHOD *wire;
  sztp__outside_home_t *outside;
  uint8_t
      *proved; /* the certificate, DER, whose private key has made a signature that fits; NULL: none yet */
  size_t proved_len;
  int no_pss; /* a key that was said to make RSA-PSS signatures could not: it is taken for one that can't */
};

struct sztp__tls {
  SSL *ssl;
  sztp__tls_engine_t *engine;
  X509 *own;
  sztp__outside_key_t outside; /* own's private key, which is somewhere else, */
  int known;                   /* that belongs to it, from an earlier connection or by SZTP_ABLE_MATCHED, */
  int64_t usable[2];           /* and what of SZTP_ABLE_* it may sign: in TLS 1.2, in TLS 1.3 */
  sztp__tls_io_t io;
  sztp__tls_check_fn check;
  void *check_user;
  int32_t refused;  /* there will be no handshake, and why says why; 0 */
  int32_t decision; /* of the check; SZTP_ERR_TLS_UNTRUSTED until it was asked */
  int asked;        /* it was */
  int unsuited;     /* the server asked for signatures that the key can't make, and why says so */
  int up;           /* the handshake is complete */
  int broken;       /* nothing more may be said */
  char narrowed[SZTP__PARAGRAPH_SIZE]; /* what was not offered for the key's sake, a clause; or "" */
  char why[SZTP__PARAGRAPH_SIZE];
};

/* ---- octets -------------------------------------------------------------------------------------- */

static int on_send(BIO *wire, const char *data, int len) {
  const sztp__tls_t *t = BIO_get_data(wire);
  BIO_clear_retry_flags(wire);
  int n = t->io.send(t->io.user, (const uint8_t *)data, (size_t)len);
  if (n == SZTP__TLS_IO_BLOCKED) BIO_set_retry_write(wire);
  return n > 0 ? n : -1;
}

/* The end of input is told like a connection that broke: whether it was one, TLS says by close_notify. */
static int on_receive(BIO *wire, char *data, int cap) {
  const sztp__tls_t *t = BIO_get_data(wire);
  BIO_clear_retry_flags(wire);
  int n = t->io.receive(t->io.user, (uint8_t *)data, (size_t)cap);
  if (n == SZTP__TLS_IO_BLOCKED) BIO_set_retry_read(wire);
  return n > 0 ? n : -1;
}

static long on_control(BIO *wire, int command, long number, void *pointer) {
  (void)wire;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *wire_method(void) {
  BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "sztp");
  if (m == NULL) return NULL;
  if (BIO_meth_set_write(m, on_send) && BIO_meth_set_read(m, on_receive) && BIO_meth_set_ctrl(m, on_control))
    return m;
  BIO_meth_free(m);
  return NULL;
}

/* ---- the server's certificates ------------------------------------------------------------------- */

/* All that the server sent, in its order, to the check. */
static int32_t ask_transport(const sztp__tls_t *t, sztp__span_t message, int tls13) {
  uint8_t *chain = NULL;
  size_t len = 0;
  int32_t rc = sztp__certificate_octets(message, tls13, &chain, &len);
  ERR_set_mark(); /* the check may use OpenSSL as well, and leave traces of what it tried */
  if (rc == SZTP_OK) rc = t->check(t->check_user, chain, len);
  ERR_pop_to_mark();
  free(chain);
  return rc;
}

/* Is shown each message; of those that come, the one with certificates. */
static void on_message(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *user) {
  sztp__tls_t *t = user;
  const uint8_t *octets = data;
  (void)ssl;
  if (sent || type != SSL3_RT_HANDSHAKE || len == 0 || octets[0] != SSL3_MT_CERTIFICATE) return;
  if (t->asked || t->check == NULL) return;
  t->asked = 1;
  t->decision = ask_transport(t, sztp__span(octets, len), version == TLS1_3_VERSION);
}

/* OpenSSL asks whether to go on with a server; the alert depends on the error. */
static int on_certificate(X509_STORE_CTX *store, void *user) {
  (void)user;
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  const sztp__tls_t *t = SSL_get_app_data(ssl);
  int ok = t->check == NULL || t->decision == SZTP_OK;
  X509_STORE_CTX_set_error(store, ok ? X509_V_OK
                                  : t->decision == SZTP_ERR_TLS_NAME_MISMATCH
                                      ? X509_V_ERR_HOSTNAME_MISMATCH
                                      : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  return ok;
}

/* ---- the identity -------------------------------------------------------------------------------- */

/* In TLS 1.3 the curve determines the hash, and RSA has PSS (RFC 8446 4.2.3). */
static int64_t usable_in_tls13(EVP_PKEY *certified) {
  char curve[SZTP__NAME_SIZE];
  if (EVP_PKEY_is_a(certified, "RSA")) return ABLE_PSS;
  if (!EVP_PKEY_get_group_name(certified, curve, sizeof curve, NULL)) return 0;
  return strcmp(curve, SN_X9_62_prime256v1) == 0 ? SZTP_ABLE_ECDSA_SHA256
         : strcmp(curve, SN_secp384r1) == 0      ? SZTP_ABLE_ECDSA_SHA384
         : strcmp(curve, SN_secp521r1) == 0      ? SZTP_ABLE_ECDSA_SHA512
                                                 : 0;
}

static int64_t usable_in_tls12(EVP_PKEY *certified) {
  int rsa = EVP_PKEY_is_a(certified, "RSA");
  int64_t bits = 0;
  if (usable_in_tls13(certified) == 0) return 0; /* another curve */
  for (size_t i = 0; i < SCHEME_COUNT; i++)
    if (rsa == (schemes[i].sign != EVP_PKEY_EC)) bits |= schemes[i].able;
  return bits;
}

/* The server asks for a client certificate. It gets none that comes without a signature. */
static int on_request(SSL *ssl, void *user) {
  sztp__tls_t *t = user;
  int sign = 0;
  int hash = 0;
  int count = SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
  if (t->own == NULL) return 1;
  for (int i = 0; i < count; i++) {
    (void)SSL_get_shared_sigalgs(ssl, i, &sign, &hash, NULL, NULL, NULL);
    for (size_t k = 0; k < SCHEME_COUNT; k++)
      if (schemes[k].sign == sign && schemes[k].hash == hash &&
          (t->usable[SSL_version(ssl) == TLS1_3_VERSION] & schemes[k].able) != 0)
        return 1;
  }
  t->unsuited = 1;
  sztp__tls_tell_able(t->why, sizeof t->why, "the server takes no signature that the identity's key can make",
                      t->outside.signer.able);
  return 0;
}

/* Tells OpenSSL what may be signed. */
static int set_schemes(const sztp__tls_t *t) {
  char names[SCHEMES_TEXT];
  size_t used = 0;
  for (size_t i = 0; i < SCHEME_COUNT; i++)
    if (((t->usable[0] | t->usable[1]) & schemes[i].able) != 0)
      used += sztp__format(names + used, sizeof names - used, "%s%s", used > 0 ? ":" : "", schemes[i].name);
  return SSL_set1_client_sigalgs_list(t->ssl, names) > 0;
}

static X509 *read_certificate(const sztp__tls_engine_t *e, sztp__span_t der) {
  const uint8_t *at = der.data;
  X509 *cert = X509_new_ex(e->library, NULL);
  if (cert == NULL || d2i_X509(&cert, &at, (long)der.len) == NULL) return NULL; /* which frees it */
  return cert;
}

static int32_t add_above(const sztp__tls_t *t, const sztp__tls_peer_t *peer) {
  for (size_t i = 1; i < peer->chain_len; i++) {
    X509 *above = read_certificate(t->engine, peer->chain[i]);
    if (above == NULL) return SZTP_ERR_CONFIG;
    if (!SSL_add0_chain_cert(t->ssl, above)) {
      X509_free(above);
      return SZTP_ERR_CONFIG;
    }
  }
  return SZTP_OK;
}

/* The certificate, what stands above it, and the key that is somewhere else. */
static int32_t use_identity(sztp__tls_t *t, const sztp__tls_peer_t *peer) {
  EVP_PKEY *key = NULL;
  int32_t rc = sztp__outside_key_new(t->engine->outside, &t->outside, &key);
  if (rc != SZTP_OK) return rc;
  if (!set_schemes(t) || !SSL_use_certificate(t->ssl, t->own) || !SSL_use_PrivateKey(t->ssl, key))
    rc = SZTP_ERR_CONFIG;
  EVP_PKEY_free(key);
  if (rc == SZTP_OK) rc = add_above(t, peer);
  if (rc != SZTP_ERR_CONFIG) return rc;
  const char *text = ERR_reason_error_string(ERR_peek_last_error());
  t->refused = rc;
  (void)sztp__format(t->why, sizeof t->why,
                     "OpenSSL, as it is configured here, does not take the identity's certificates: %s",
                     text != NULL ? text : "for no reason given");
  return SZTP_OK;
}

static int32_t present(sztp__tls_t *t, const sztp__tls_peer_t *peer) {
  const sztp__tls_engine_t *e = t->engine;
  if (peer->chain_len == 0) return SZTP_OK;
  int64_t able = peer->signer.able & ~(int64_t)(e->no_pss ? ABLE_PSS : 0);
  t->own = read_certificate(e, peer->chain[0]);
  EVP_PKEY *certified = t->own != NULL ? X509_get0_pubkey(t->own) : NULL;
  if (certified == NULL) return SZTP_ERR_CONFIG;
  t->usable[0] = able & usable_in_tls12(certified);
  t->usable[1] = able & usable_in_tls13(certified);
  sztp__tls_offer_t offer = {1, 1, t->usable[1] != 0};
  if (t->usable[0] == 0) {
    t->refused = SZTP_ERR_CONFIG;
    sztp__tls_tell_able(t->why, sizeof t->why, SZTP__TLS_KEY_IN_VAIN, able);
    return SZTP_OK;
  }
  if (!offer.tls13 && !SSL_set_max_proto_version(t->ssl, TLS1_2_VERSION)) return SZTP_ERR_CRYPTO;
  sztp__tls_tell_offer(t->narrowed, sizeof t->narrowed, &offer, 1, able);
  t->outside.library = e->library;
  t->outside.signer = peer->signer;
  t->outside.signer.able = able;
  t->outside.certified = certified;
  t->known = (EVP_PKEY_is_a(certified, "EC") && (able & SZTP_ABLE_MATCHED) != 0) ||
             (e->proved != NULL && sztp__span_equal(peer->chain[0], sztp__span(e->proved, e->proved_len)));
  t->outside.proved = t->known;
  return use_identity(t, peer);
}

/* The next connection need not look at the first signature of the same key. */
static void remember_proof(sztp__tls_t *t) {
  sztp__tls_engine_t *e = t->engine;
  uint8_t *der = NULL;
  if (t->known || !t->outside.proved) return;
  int len = i2d_X509(t->own, &der);
  if (len <= 0) return; /* then the next one is looked at as well */
  OPENSSL_free(e->proved);
  e->proved = der;
  e->proved_len = (size_t)len;
}

/* ---- the engine ---------------------------------------------------------------------------------- */

/* Whether this machine has instructions for AES; without them ChaCha20 is faster. Bits of OpenSSL's own. */
static int has_aes(void) {
  static const struct {
    const char *name;
    unsigned bit;
  } rows[] = {{"OPENSSL_ia32cap=", 57}, {"OPENSSL_armcap=", 2}};
  const char *settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
  for (size_t i = 0; settings != NULL && i < sizeof rows / sizeof rows[0]; i++) {
    const char *at = strstr(settings, rows[i].name);
    if (at != NULL) return (int)(strtoull(at + strlen(rows[i].name), NULL, 16) >> rows[i].bit & 1);
  }
  return 0;
}

static int set_suites(SSL_CTX *c) {
  if (has_aes())
    return SSL_CTX_set_cipher_list(c, TLS12_AES ":" TLS12_CHACHA ":" TLS12_CCM) &&
           SSL_CTX_set_ciphersuites(c, TLS13_AES ":" TLS13_CHACHA ":" TLS13_CCM);
  return SSL_CTX_set_cipher_list(c, TLS12_CHACHA ":" TLS12_AES ":" TLS12_CCM) &&
         SSL_CTX_set_ciphersuites(c, TLS13_CHACHA ":" TLS13_AES ":" TLS13_CCM);
}

static int configure(SSL_CTX *c) {
  static const unsigned char protocols[] = "\x08http/1.1"; /* TLS-23 */
  static const int groups_wanted[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
  int groups[sizeof groups_wanted / sizeof groups_wanted[0]]; /* OpenSSL asks for one that is not const */
  memcpy(groups, groups_wanted, sizeof groups);
  uint64_t options =
      SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_ENCRYPT_THEN_MAC;
#if defined(SSL_OP_NO_RX_CERTIFICATE_COMPRESSION)
  options |= SSL_OP_NO_RX_CERTIFICATE_COMPRESSION | SSL_OP_NO_TX_CERTIFICATE_COMPRESSION;
#endif
  SSL_CTX_set_options(c, options);
  SSL_CTX_clear_options(c, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(c, 1); /* a record costs one call, not two */
  SSL_CTX_set_max_cert_list(c, CERTIFICATES_MAX);
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback(c, on_certificate, NULL);
  if (SSL_CTX_get_min_proto_version(c) < TLS1_2_VERSION && !SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION))
    return 0;
  return set_suites(c) && SSL_CTX_set1_groups(c, groups, sizeof groups / sizeof groups[0]) &&
         SSL_CTX_set1_sigalgs_list(c, SIGNATURES) &&
         SSL_CTX_set_alpn_protos(c, protocols, sizeof protocols - 1) == 0;
}

int32_t sztp__tls_engine_new(const sztp_ctx_t *ctx, sztp__tls_engine_t **out) {
  sztp__tls_engine_t *e = calloc(1, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  e->library = sztp__library_context(ctx);
  e->wire = wire_method();
  e->conf = SSL_CTX_new_ex(e->library, NULL, TLS_client_method());
  int32_t rc = e->wire == NULL                          ? SZTP_ERR_MEMORY
               : e->conf == NULL || !configure(e->conf) ? SZTP_ERR_CRYPTO
                                                        : SZTP_OK;
  if (rc == SZTP_OK) rc = sztp__outside_home_new(&e->outside);
  ERR_clear_error();
  if (rc != SZTP_OK) {
    sztp__tls_engine_free(e);
    return rc;
  }
  *out = e;
  return SZTP_OK;
}

void sztp__tls_engine_free(sztp__tls_engine_t *e) {
  if (e == NULL) return;
  SSL_CTX_free(e->conf);
  BIO_meth_free(e->wire);
  sztp__outside_home_free(e->outside);
  OPENSSL_free(e->proved);
  free(e);
}

/* ---- connection ---------------------------------------------------------------------------------- */

/* One connection of OpenSSL, whose octets go through @p t. */
static int32_t set_up(sztp__tls_t *t) {
  t->ssl = SSL_new(t->engine->conf);
  BIO *wire = BIO_new(t->engine->wire);
  if (t->ssl == NULL || wire == NULL) {
    BIO_free(wire);
    return SZTP_ERR_MEMORY;
  }
  BIO_set_data(wire, t);
  BIO_set_init(wire, 1);
  SSL_set_bio(t->ssl, wire, wire);
  SSL_set_msg_callback(t->ssl, on_message);
  SSL_set_msg_callback_arg(t->ssl, t);
  SSL_set_cert_cb(t->ssl, on_request, t);
  SSL_set_connect_state(t->ssl);
  return SSL_set_app_data(t->ssl, t) ? SZTP_OK : SZTP_ERR_MEMORY;
}

int32_t sztp__tls_new(sztp__tls_engine_t *e, const sztp__tls_peer_t *peer, const sztp__tls_io_t *io,
                      sztp__tls_t **out) {
  sztp__tls_t *t = calloc(1, sizeof *t);
  if (t == NULL) return SZTP_ERR_MEMORY;
  t->engine = e;
  t->io = *io;
  t->check = peer->check;
  t->check_user = peer->check_user;
  t->decision = SZTP_ERR_TLS_UNTRUSTED;
  int32_t rc = set_up(t);
  if (rc == SZTP_OK) rc = present(t, peer);
  if (rc == SZTP_OK && peer->server_name != NULL && !SSL_set_tlsext_host_name(t->ssl, peer->server_name))
    rc = SZTP_ERR_MEMORY;
  ERR_clear_error();
  if (rc != SZTP_OK) {
    sztp__tls_free(t);
    return rc;
  }
  *out = t;
  return SZTP_OK;
}

void sztp__tls_free(sztp__tls_t *t) {
  if (t == NULL) return;
  SSL_free(t->ssl);
  X509_free(t->own);
  free(t);
}

/* A handshake that broke may have broken for what the key does not leave to offer. */
static int32_t tls_broken(sztp__tls_t *t, const char *what) {
  int hint = !t->up && t->narrowed[0] != 0;
  (void)sztp__format(t->why, sizeof t->why, "%s%s%s", what, hint ? "; only " : "", hint ? t->narrowed : "");
  return SZTP__TLS_BROKEN;
}

/* OpenSSL's account of what went wrong begins with the cause. */
static int32_t failure(sztp__tls_t *t) {
  char what[SZTP__SENTENCE_SIZE];
  unsigned long first = ERR_peek_error();
  int reason = ERR_GET_LIB(first) == ERR_LIB_SSL ? ERR_GET_REASON(first) : 0;
  if (ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE) return SZTP_ERR_MEMORY;
  if (t->unsuited) return SZTP__TLS_BROKEN;
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return SZTP__TLS_LOST;
  if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255) {
    sztp__tls_tell_alert(what, sizeof what, (unsigned)(reason - SSL_AD_REASON_OFFSET));
    return tls_broken(t, what);
  }
  if (!t->up && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG))
    return tls_broken(t, SZTP__TLS_NO_TLS);
  const char *text = ERR_reason_error_string(first);
  (void)sztp__format(what, sizeof what, "TLS failed: %s (%lx)", text != NULL ? text : "for no reason given",
                     first);
  return tls_broken(t, what);
}

static int32_t result(sztp__tls_t *t, int rc) {
  int32_t out;
  switch (SSL_get_error(t->ssl, rc)) {
  case SSL_ERROR_WANT_READ: out = SZTP__TLS_WANT_READ; break;
  case SSL_ERROR_WANT_WRITE: out = SZTP__TLS_WANT_WRITE; break;
  case SSL_ERROR_ZERO_RETURN: out = SZTP__TLS_CLOSED; break;
  case SSL_ERROR_SSL:
    t->broken = 1;
    out = failure(t);
    break;
  default: t->broken = 1; out = SZTP__TLS_LOST;
  }
  ERR_clear_error();
  return out;
}

/* OpenSSL takes what a server chooses, even what was not offered. */
static int is_our_protocol(const sztp__tls_t *t) {
  const unsigned char *chosen = NULL;
  unsigned len = 0;
  SSL_get0_alpn_selected(t->ssl, &chosen, &len);
  return len == 0 || sztp__span_is(sztp__span(chosen, len), "http/1.1");
}

int32_t sztp__tls_handshake(sztp__tls_t *t) {
  if (t->refused != SZTP_OK) return t->refused;
  ERR_clear_error();
  int rc = SSL_do_handshake(t->ssl);
  int32_t end = rc == 1 ? SZTP__TLS_DONE : result(t, rc);
  if (t->outside.result != SZTP_OK) {
    if (t->outside.result == SZTP_ERR_UNSUPPORTED) t->engine->no_pss = 1; /* TPMs that put in another salt */
    (void)sztp__format(t->why, sizeof t->why, "%s", t->outside.why);
    return t->outside.result;
  }
  if ((t->asked || rc == 1) && t->check != NULL && t->decision != SZTP_OK) return t->decision;
  if (rc != 1) return end;
  if (!is_our_protocol(t))
    return tls_broken(t, "TLS failed: the server chose an application protocol that was not offered");
  remember_proof(t);
  t->up = 1;
  return SZTP__TLS_DONE;
}

int sztp__tls_checked(const sztp__tls_t *t) { return t->up && t->check != NULL && t->decision == SZTP_OK; }

int32_t sztp__tls_read(sztp__tls_t *t, uint8_t *data, size_t cap, size_t *done) {
  *done = 0;
  ERR_clear_error();
  int rc = SSL_read_ex(t->ssl, data, cap, done);
  return rc == 1 ? SZTP__TLS_DONE : result(t, rc);
}

int32_t sztp__tls_write(sztp__tls_t *t, const uint8_t *data, size_t len, size_t *done) {
  *done = 0;
  ERR_clear_error();
  int rc = SSL_write_ex(t->ssl, data, len, done);
  return rc == 1 ? SZTP__TLS_DONE : result(t, rc);
}

void sztp__tls_close_notify(sztp__tls_t *t) {
  if (!t->up || t->broken) return;
  (void)SSL_shutdown(t->ssl);
  ERR_clear_error();
}

const char *sztp__tls_why(const sztp__tls_t *t) { return t->why; }
