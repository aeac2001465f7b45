/* SPDX-License-Identifier: Apache-2.0 */
/* TLS and certificates by OpenSSL 3. With library_openssl.c all of the server that knows it. */
#define _POSIX_C_SOURCE 200809L
#include "tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/file.h"
#include "library_openssl.h"
#include "tls_alert.h"

enum { MAX_CHAIN_FILE = 1048576, MAX_SUITES = 256 };
enum { TLS_1_3_SUITES = 0x030013 }; /* the upper octets of what OpenSSL numbers them by */

struct tls_server {
  OSSL_LIB_CTX *library; /* NULL: the default context */
  SSL_CTX *config;
  BIO_METHOD *wire;
  STACK_OF(X509) * chain; /* the server's, its own certificate first */
  int checks_devices;
};

struct tls_link {
  SSL *ssl;
  int fd;
  int ended;           /* the client closed the connection */
  int reset;           /* or it broke */
  int over;            /* nothing more may be sent */
  unsigned char *cert; /* what the client has shown, DER; NULL: nothing */
  int cert_len;
};

/* ---- files --------------------------------------------------------------------------------------- */

static int describe_error(char *why, const char *what, const char *file) {
  unsigned long error = ERR_peek_last_error();
  const char *reason = ERR_reason_error_string(error);
  const char *detail = access(file, R_OK) != 0 ? strerror(errno)
                       : reason != NULL        ? reason
                                               : "it has nothing of the kind";
  snprintf(why, TLS_WHY_MAX, "%s '%s': %s", what, file, detail);
  ERR_clear_error();
  return -1;
}

static int is_pem(const uint8_t *data) { return strstr((const char *)data, "-----BEGIN") != NULL; }

/* Every certificate of a PEM text, or one in DER. NULL without any, or if one is broken. */
static STACK_OF(X509) * parse_certificates(const uint8_t *data, size_t len) {
  STACK_OF(X509) *list = sk_X509_new_null();
  BIO *in = BIO_new_mem_buf(data, (int)len);
  int pem = is_pem(data);
  int good = list != NULL && in != NULL;
  while (good) {
    X509 *cert = pem ? PEM_read_bio_X509(in, NULL, NULL, NULL) : d2i_X509_bio(in, NULL);
    if (cert == NULL) break;
    good = sk_X509_push(list, cert) > 0;
    if (!good) X509_free(cert);
    if (!pem) break;
  }
  int ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  good = good && sk_X509_num(list) > 0 && (!pem || ended);
  BIO_free(in);
  if (good) return list;
  sk_X509_pop_free(list, X509_free);
  return NULL;
}

static STACK_OF(X509) * read_chain(const char *file) {
  uint8_t *data = NULL;
  size_t len = 0;
  ERR_clear_error();
  if (file_read(file, MAX_CHAIN_FILE, &data, &len) != 0) return NULL;
  STACK_OF(X509) *list = parse_certificates(data, len);
  free(data);
  if (list != NULL) ERR_clear_error();
  return list;
}

static int has_no_password(char *out, int size, int writing, void *user) {
  (void)out, (void)size, (void)writing, (void)user;
  return -1;
}

/* In PEM or DER, not encrypted. */
static EVP_PKEY *read_key(const char *file) {
  uint8_t *data = NULL;
  size_t len = 0;
  ERR_clear_error();
  if (file_read(file, MAX_CHAIN_FILE, &data, &len) != 0) return NULL;
  BIO *in = BIO_new_mem_buf(data, (int)len);
  EVP_PKEY *key = NULL;
  if (in != NULL)
    key = is_pem(data) ? PEM_read_bio_PrivateKey(in, NULL, has_no_password, NULL)
                       : d2i_PrivateKey_bio(in, NULL);
  BIO_free(in);
  OPENSSL_cleanse(data, len);
  free(data);
  return key;
}

/* ---- the server ---------------------------------------------------------------------------------- */

static int again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

static int on_send(BIO *wire, const char *data, int len) {
  tls_link_t *link = BIO_get_data(wire);
  BIO_clear_retry_flags(wire);
  ssize_t sent = send(link->fd, data, (size_t)len, MSG_NOSIGNAL);
  if (sent >= 0) return (int)sent;
  if (again(errno)) BIO_set_retry_write(wire);
  link->reset |= !again(errno);
  return -1;
}

static int on_receive(BIO *wire, char *data, int len) {
  tls_link_t *link = BIO_get_data(wire);
  BIO_clear_retry_flags(wire);
  ssize_t got = recv(link->fd, data, (size_t)len, 0);
  if (got > 0) return (int)got;
  if (got < 0 && again(errno)) BIO_set_retry_read(wire);
  link->ended |= got == 0;
  link->reset |= got < 0 && !again(errno);
  return -1;
}

static long on_control(BIO *wire, int command, long number, void *pointer) {
  (void)wire, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

/* Any certificate may connect; what is wrong with it stays in the result of the verification. */
static int on_client(X509_STORE_CTX *store, void *user) {
  const tls_server_t *s = user;
  if (s->checks_devices)
    (void)X509_verify_cert(store);
  else
    X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

static int use_chain(tls_server_t *s, EVP_PKEY *key) {
  if (!SSL_CTX_use_certificate(s->config, sk_X509_value(s->chain, 0)) ||
      !SSL_CTX_use_PrivateKey(s->config, key))
    return -1;
  for (int i = 1; i < sk_X509_num(s->chain); i++)
    if (!SSL_CTX_add1_chain_cert(s->config, sk_X509_value(s->chain, i))) return -1;
  return 0;
}

static int trust(X509_STORE *store, const STACK_OF(X509) * list) {
  for (int i = 0; i < sk_X509_num(list); i++)
    if (!X509_STORE_add_cert(store, sk_X509_value(list, i))) return -1;
  return X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) ? 0 : -1; /* any of them is an anchor */
}

static int read_devices(tls_server_t *s, const char *device_ca, char *why) {
  STACK_OF(X509) *list = read_chain(device_ca);
  if (list == NULL || trust(SSL_CTX_get_cert_store(s->config), list) != 0)
    (void)describe_error(why, "no usable certificate in", device_ca);
  else
    s->checks_devices = 1;
  sk_X509_pop_free(list, X509_free);
  return s->checks_devices ? 0 : -1;
}

static int load_files(tls_server_t *s, const char *cert, const char *key, const char *device_ca, char *why) {
  s->chain = read_chain(cert);
  if (s->chain == NULL) return describe_error(why, "no usable certificate in", cert);
  EVP_PKEY *own = read_key(key);
  if (own == NULL) return describe_error(why, "no usable private key in", key);
  int fits = X509_check_private_key(sk_X509_value(s->chain, 0), own) == 1;
  int used = fits ? use_chain(s, own) : -1;
  EVP_PKEY_free(own);
  if (!fits) return describe_error(why, "the certificate does not fit the private key in", key);
  if (used != 0) return describe_error(why, "TLS can't be offered with the certificate in", cert);
  return device_ca != NULL ? read_devices(s, device_ca, why) : 0;
}

/* Of TLS 1.3's suites the one with AES-128 and SHA-256 comes first: nearly every processor is fastest at it.
 * What the system's configuration leaves out stays out. */
static int prefer_aes_128(SSL_CTX *c) {
  char list[MAX_SUITES] = TLS1_3_RFC_AES_128_GCM_SHA256;
  const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(c);
  size_t len = strlen(list);
  int there = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
    const SSL_CIPHER *suite = sk_SSL_CIPHER_value(all, i);
    const char *name = SSL_CIPHER_get_name(suite);
    if (SSL_CIPHER_get_id(suite) >> 8 != TLS_1_3_SUITES) continue;
    if (SSL_CIPHER_get_id(suite) == TLS1_3_CK_AES_128_GCM_SHA256) {
      there = 1;
      continue;
    }
    if (len + 1 + strlen(name) >= sizeof list) return -1;
    len += (size_t)snprintf(list + len, sizeof list - len, ":%s", name);
  }
  return !there || SSL_CTX_set_ciphersuites(c, list) ? 0 : -1;
}

/* TLS 1.2 and 1.3, and the groups that devices offer, ours first (TLS-24); a device that prefers ChaCha20
 * has no instructions for AES. No list of CA names: without it a device sends its certificate even if it does
 * not lead to --device-ca, and gets an answer that says so. */
static int configure(tls_server_t *s) {
  static const int wanted[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
  int groups[sizeof wanted / sizeof wanted[0]]; /* OpenSSL asks for one that is not const */
  SSL_CTX *c = s->config;
  memcpy(groups, wanted, sizeof groups);
  s->wire = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "sztp-server");
  if (s->wire == NULL || !BIO_meth_set_write(s->wire, on_send) || !BIO_meth_set_read(s->wire, on_receive) ||
      !BIO_meth_set_ctrl(s->wire, on_control))
    return -1;
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET |
                             SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(c, 1); /* a record costs one call, not two */
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback(c, on_client, s);
  if (SSL_CTX_get_min_proto_version(c) < TLS1_2_VERSION && !SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION))
    return -1;
  if (prefer_aes_128(c) != 0) return -1;
  return SSL_CTX_set_num_tickets(c, 0) && SSL_CTX_set1_groups(c, groups, sizeof groups / sizeof groups[0])
             ? 0
             : -1;
}

tls_server_t *tls_server_new(const char *cert, const char *key, const char *device_ca, char *why) {
  tls_server_t *s = calloc(1, sizeof *s);
  snprintf(why, TLS_WHY_MAX, "out of memory");
  if (s == NULL) return NULL;
  s->library = library_new();
  s->config = SSL_CTX_new_ex(s->library, NULL, TLS_server_method());
  if (s->config != NULL && configure(s) == 0 && load_files(s, cert, key, device_ca, why) == 0) return s;
  tls_server_free(s);
  return NULL;
}

void tls_server_free(tls_server_t *s) {
  if (s == NULL) return;
  SSL_CTX_free(s->config);
  OSSL_LIB_CTX_free(s->library);
  BIO_meth_free(s->wire);
  sk_X509_pop_free(s->chain, X509_free);
  free(s);
}

/* Whether a verification failed because nobody trusted has signed. */
static int is_unsigned(long error) {
  switch (error) {
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return 1;
  default: return 0;
  }
}

static long verify_own(const tls_server_t *s, X509_STORE *store) {
  long error = X509_V_ERR_OUT_OF_MEM;
  X509_STORE_CTX *c = X509_STORE_CTX_new();
  if (c != NULL && X509_STORE_CTX_init(c, store, sk_X509_value(s->chain, 0), s->chain)) {
    (void)X509_verify_cert(c);
    error = X509_STORE_CTX_get_error(c);
  }
  X509_STORE_CTX_free(c);
  return error;
}

int tls_server_leads_to(tls_server_t *s, const char *anchors, char *why) {
  STACK_OF(X509) *list = read_chain(anchors);
  if (list == NULL) return describe_error(why, "no usable certificate in", anchors);
  X509_STORE *store = X509_STORE_new();
  long error = store != NULL && trust(store, list) == 0 ? verify_own(s, store) : X509_V_ERR_OUT_OF_MEM;
  if (error != X509_V_OK)
    snprintf(why, TLS_WHY_MAX, "the server's certificate does not lead to '%.100s': %s", anchors,
             is_unsigned(error) ? "no CA there has signed it" : X509_verify_cert_error_string(error));
  X509_STORE_free(store);
  sk_X509_pop_free(list, X509_free);
  ERR_clear_error();
  return error == X509_V_OK ? 0 : -1;
}

/* ---- connections --------------------------------------------------------------------------------- */

tls_link_t *tls_link_new(tls_server_t *server, int fd) {
  tls_link_t *link = calloc(1, sizeof *link);
  if (link == NULL) return NULL;
  link->fd = fd;
  link->ssl = SSL_new(server->config);
  BIO *wire = BIO_new(server->wire);
  if (link->ssl == NULL || wire == NULL) {
    BIO_free(wire);
    tls_link_free(link);
    return NULL;
  }
  BIO_set_data(wire, link);
  BIO_set_init(wire, 1);
  SSL_set_bio(link->ssl, wire, wire);
  SSL_set_accept_state(link->ssl);
  return link;
}

void tls_link_free(tls_link_t *link) {
  if (link == NULL) return;
  SSL_free(link->ssl);
  OPENSSL_free(link->cert);
  free(link);
}

static void tell_failure(const tls_link_t *link, char *why) {
  unsigned long first = ERR_peek_error();
  int reason = ERR_GET_LIB(first) == ERR_LIB_SSL ? ERR_GET_REASON(first) : 0;
  const char *text = ERR_reason_error_string(first);
  if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
    tls_tell_alert(why, (unsigned)(reason - SSL_AD_REASON_OFFSET));
  else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
           reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST)
    snprintf(why, TLS_WHY_MAX, "what came is not TLS");
  else if (link->reset || text == NULL)
    snprintf(why, TLS_WHY_MAX, "the client closed the connection");
  else
    snprintf(why, TLS_WHY_MAX, "%s", text);
}

/* TLS_* for what a call of OpenSSL returned; with @p why what there is to say of it. */
static int outcome(tls_link_t *link, int rc, char *why) {
  int kind = SSL_get_error(link->ssl, rc);
  int out = kind == SSL_ERROR_WANT_READ                                                   ? TLS_WANT_READ
            : kind == SSL_ERROR_WANT_WRITE                                                ? TLS_WANT_WRITE
            : kind == SSL_ERROR_ZERO_RETURN || (kind == SSL_ERROR_SYSCALL && link->ended) ? TLS_CLOSED
                                                                                          : TLS_FAILED;
  if (kind == SSL_ERROR_SYSCALL || kind == SSL_ERROR_SSL) link->over = 1;
  if (out == TLS_FAILED && why != NULL) tell_failure(link, why);
  if (out == TLS_CLOSED && why != NULL)
    snprintf(why, TLS_WHY_MAX, "the client closed the connection with%s the alert close_notify",
             kind == SSL_ERROR_ZERO_RETURN ? "" : "out");
  ERR_clear_error();
  return out;
}

int tls_handshake(tls_link_t *link, char *why) {
  int rc = SSL_do_handshake(link->ssl);
  if (rc != 1) return outcome(link, rc, why);
  const X509 *cert = SSL_get0_peer_certificate(link->ssl);
  if (cert != NULL && link->cert == NULL) link->cert_len = i2d_X509(cert, &link->cert);
  return 0;
}

int tls_read(tls_link_t *link, uint8_t *data, size_t len, char *why) {
  int rc = SSL_read(link->ssl, data, len > INT32_MAX ? INT32_MAX : (int)len);
  return rc > 0 ? rc : outcome(link, rc, why);
}

int tls_pending(const tls_link_t *link) { return SSL_has_pending(link->ssl) == 1; }

int tls_write(tls_link_t *link, const uint8_t *data, size_t len) {
  int rc = SSL_write(link->ssl, data, len > INT32_MAX ? INT32_MAX : (int)len);
  return rc > 0 ? rc : outcome(link, rc, NULL);
}

void tls_close(tls_link_t *link) {
  if (!link->over && SSL_is_init_finished(link->ssl)) (void)SSL_shutdown(link->ssl);
  ERR_clear_error();
}

const char *tls_version(const tls_link_t *link) { return SSL_get_version(link->ssl); }

/* ---- who the client is --------------------------------------------------------------------------- */

/* A directory string as UTF-8 (IDEV-01); OpenSSL reads T61String as Latin-1, as it is used in practice. */
static int directory_string(const ASN1_STRING *value, char *out, size_t room) {
  unsigned char *text = NULL;
  int len = ASN1_STRING_to_UTF8(&text, value);
  int good = len > 0 && (size_t)len < room && memchr(text, 0, (size_t)len) == NULL;
  if (good) snprintf(out, room, "%.*s", len, (const char *)text);
  OPENSSL_free(text);
  return good ? 0 : -1;
}

/* The one serialNumber attribute of the subject (IDEV-01, IDEV-04). */
static int subject_serial(const X509_NAME *subject, tls_client_t *client) {
  int at = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);
  if (at >= 0 && X509_NAME_get_index_by_NID(subject, NID_serialNumber, at) >= 0) {
    snprintf(client->why, sizeof client->why, "the certificate's subject has two serialNumber attributes");
    return -1;
  }
  const ASN1_STRING *value = at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)) : NULL;
  if (value != NULL && directory_string(value, client->serial, sizeof client->serial) == 0) return 0;
  client->serial[0] = '\0';
  snprintf(client->why, sizeof client->why,
           at < 0 ? "the certificate's subject has no serialNumber attribute"
                  : "the certificate's serialNumber attribute is unreadable or too long");
  return -1;
}

/* "C=US, O=Example, serialNumber=1", without control characters. */
static void put_name(char *out, size_t size, const X509_NAME *name) {
  BIO *text = BIO_new(BIO_s_mem());
  char *data = NULL;
  long len = 0;
  if (text != NULL &&
      X509_NAME_print_ex(text, name, 0, ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN) >= 0)
    len = BIO_get_mem_data(text, &data);
  if (len > 0 && (size_t)len < size)
    snprintf(out, size, "%.*s", (int)len, data);
  else
    snprintf(out, size, "?");
  BIO_free(text);
}

void tls_client_subject(const tls_link_t *link, char *out, size_t size) {
  const X509 *cert = SSL_get0_peer_certificate(link->ssl);
  out[0] = '\0';
  if (cert != NULL) put_name(out, size, X509_get_subject_name(cert));
}

void tls_client(const tls_link_t *link, tls_client_t *client) {
  const X509 *cert = SSL_get0_peer_certificate(link->ssl);
  long error = SSL_get_verify_result(link->ssl);
  memset(client, 0, sizeof *client);
  if (cert == NULL) {
    client->state = TLS_CLIENT_NONE;
    snprintf(client->why, sizeof client->why, "no client certificate was shown");
    return;
  }
  client->cert = link->cert;
  client->cert_len = link->cert_len > 0 ? (size_t)link->cert_len : 0;
  client->state =
      subject_serial(X509_get_subject_name(cert), client) == 0 ? TLS_CLIENT_KNOWN : TLS_CLIENT_NAMELESS;
  if (error == X509_V_OK) return;
  client->state = TLS_CLIENT_UNTRUSTED;
  char subject[80], issuer[80];
  put_name(subject, sizeof subject, X509_get_subject_name(cert));
  put_name(issuer, sizeof issuer, X509_get_issuer_name(cert));
  snprintf(client->why, sizeof client->why, "%.100s: %s, issued by %s",
           is_unsigned(error) ? "no CA of --device-ca has signed it" : X509_verify_cert_error_string(error),
           subject, issuer);
}
