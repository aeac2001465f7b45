/* SPDX-License-Identifier: Apache-2.0 */
/* TLS and certificates by mbedTLS 2.28 or 3.x. The one file of the server that knows it. */
#define _POSIX_C_SOURCE 200809L
#include "tls.h"

#include <errno.h>
#include <mbedtls/asn1.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/file.h"
#include "ground/printable.h"
#include "https/random_source.h"
#include "https/tls_groups_mbedtls.h"
#include "tls_alert.h"

#ifndef MBEDTLS_PRIVATE /* 2.x */
#define MBEDTLS_PRIVATE(member) member
#endif

enum { MAX_CHAIN_FILE = 1048576 };

struct tls_server {
  sztp__random_source_t *random;
  mbedtls_x509_crt chain;
  mbedtls_x509_crt device_ca;
  mbedtls_pk_context key;
  mbedtls_ssl_config config;
  int checks_devices;
};

struct tls_link {
  mbedtls_ssl_context ssl;
  int fd;
  int checks_devices;
};

static int describe_error(char *why, const char *what, const char *file, int code) {
  char detail[120];
  if (access(file, R_OK) != 0)
    snprintf(detail, sizeof detail, "%s", strerror(errno));
  else
    mbedtls_strerror(code, detail, sizeof detail);
  snprintf(why, TLS_WHY_MAX, "%s '%s': %s", what, file, detail);
  return -1;
}

static int read_key(tls_server_t *s, const char *file) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_parse_keyfile(&s->key, file, NULL, sztp__random_octets, s->random);
#else
  return mbedtls_pk_parse_keyfile(&s->key, file, NULL);
#endif
}

static int key_fits(tls_server_t *s) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_check_pair(&s->chain.pk, &s->key, sztp__random_octets, s->random);
#else
  return mbedtls_pk_check_pair(&s->chain.pk, &s->key);
#endif
}

/* The server presents its certificates, and others judge them: what mbedTLS makes of an extension that is
 * critical, as name constraints, is of no account. */
static int pass_extension(void *user, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *oid, int critical,
                          const unsigned char *p, const unsigned char *end) {
  (void)user, (void)crt, (void)oid, (void)critical, (void)p, (void)end;
  return 0;
}

static int add_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t len) {
  return mbedtls_x509_crt_parse_der_with_ext_cb(chain, der, len, 1, pass_extension, NULL);
}

/* Every certificate of a PEM text that ends with a NUL. */
static int add_pem(mbedtls_x509_crt *chain, const unsigned char *text) {
  int code = MBEDTLS_ERR_X509_INVALID_FORMAT; /* without any */
  for (;;) {
    mbedtls_pem_context pem;
    size_t used = 0;
    size_t len = 0;
    mbedtls_pem_init(&pem);
    int found = mbedtls_pem_read_buffer(&pem, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----",
                                        text, NULL, 0, &used);
    if (found == 0) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
      const unsigned char *der = mbedtls_pem_get_buffer(&pem, &len);
#else
      const unsigned char *der = pem.buf;
      len = pem.buflen;
#endif
      code = add_certificate(chain, der, len);
      text += used;
    }
    mbedtls_pem_free(&pem);
    if (found == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT) return code;
    if (found != 0 || code != 0) return found != 0 ? found : code;
  }
}

static int read_chain(mbedtls_x509_crt *chain, const char *file) {
  uint8_t *data = NULL;
  size_t len = 0;
  if (file_read(file, MAX_CHAIN_FILE, &data, &len) != 0) return MBEDTLS_ERR_PK_FILE_IO_ERROR;
  int code = strstr((const char *)data, "-----BEGIN") != NULL ? add_pem(chain, data)
                                                              : add_certificate(chain, data, len);
  free(data);
  return code;
}

static int load_files(tls_server_t *s, const char *cert, const char *key, const char *device_ca, char *why) {
  if (sztp__random_source_new(&s->random) != 0)
    return describe_error(why, "no random octets for", cert, MBEDTLS_ERR_SSL_HW_ACCEL_FAILED);
  int code = read_chain(&s->chain, cert);
  if (code != 0) return describe_error(why, "no usable certificate in", cert, code);
  code = read_key(s, key);
  if (code != 0) return describe_error(why, "no usable private key in", key, code);
  code = key_fits(s);
  if (code != 0) return describe_error(why, "the certificate does not fit the private key in", key, code);
  if (device_ca == NULL) return 0;
  code = mbedtls_x509_crt_parse_file(&s->device_ca, device_ca);
  if (code != 0)
    return describe_error(why, "no usable certificate in", device_ca,
                          code < 0 ? code : MBEDTLS_ERR_X509_INVALID_FORMAT);
  s->checks_devices = 1;
  return 0;
}

static int configure(tls_server_t *s) {
  if (mbedtls_ssl_config_defaults(&s->config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0)
    return -1;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  mbedtls_ssl_conf_min_tls_version(&s->config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
  mbedtls_ssl_conf_min_version(&s->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  sztp__tls_conf_groups(&s->config);
  mbedtls_ssl_conf_rng(&s->config, sztp__random_octets, s->random);
  mbedtls_ssl_conf_authmode(&s->config, MBEDTLS_SSL_VERIFY_OPTIONAL);
  if (s->checks_devices) mbedtls_ssl_conf_ca_chain(&s->config, &s->device_ca, NULL);
  /* Without the list of CA names a device sends its certificate even if it does not lead to --device-ca, and
   * gets an answer that says so. */
  mbedtls_ssl_conf_cert_req_ca_list(&s->config, MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
  return mbedtls_ssl_conf_own_cert(&s->config, &s->chain, &s->key);
}

tls_server_t *tls_server_new(const char *cert, const char *key, const char *device_ca, char *why) {
  tls_server_t *s = calloc(1, sizeof *s);
  snprintf(why, TLS_WHY_MAX, "out of memory");
  if (s == NULL) return NULL;
  mbedtls_x509_crt_init(&s->chain);
  mbedtls_x509_crt_init(&s->device_ca);
  mbedtls_pk_init(&s->key);
  mbedtls_ssl_config_init(&s->config);
  if (load_files(s, cert, key, device_ca, why) == 0 && configure(s) == 0) return s;
  tls_server_free(s);
  return NULL;
}

int tls_server_leads_to(tls_server_t *s, const char *anchors, char *why) {
  mbedtls_x509_crt trusted;
  uint32_t flags = 0;
  char fault[160] = "";
  mbedtls_x509_crt_init(&trusted);
  int code = read_chain(&trusted, anchors);
  if (code != 0)
    (void)describe_error(why, "no usable certificate in", anchors, code);
  else if ((code = mbedtls_x509_crt_verify(&s->chain, &trusted, NULL, NULL, &flags, NULL, NULL)) != 0) {
    if (mbedtls_x509_crt_verify_info(fault, sizeof fault, "", flags) <= 0)
      mbedtls_strerror(code, fault, sizeof fault);
    fault[strcspn(fault, "\n")] = '\0';
    if (flags == MBEDTLS_X509_BADCERT_NOT_TRUSTED) snprintf(fault, sizeof fault, "no CA there has signed it");
    snprintf(why, TLS_WHY_MAX, "the server's certificate does not lead to '%.100s': %s", anchors, fault);
  }
  mbedtls_x509_crt_free(&trusted);
  return code == 0 ? 0 : -1;
}

void tls_server_free(tls_server_t *s) {
  if (s == NULL) return;
  mbedtls_ssl_config_free(&s->config);
  mbedtls_pk_free(&s->key);
  mbedtls_x509_crt_free(&s->device_ca);
  mbedtls_x509_crt_free(&s->chain);
  sztp__random_source_free(s->random);
  free(s);
}

/* ---- connections --------------------------------------------------------------------------------- */

static int again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

static int on_send(void *user, const unsigned char *data, size_t len) {
  const tls_link_t *link = user;
  ssize_t sent = send(link->fd, data, len, MSG_NOSIGNAL);
  if (sent >= 0) return (int)sent;
  return again(errno) ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_NET_CONN_RESET;
}

static int on_receive(void *user, unsigned char *data, size_t len) {
  const tls_link_t *link = user;
  ssize_t got = recv(link->fd, data, len, 0);
  if (got >= 0) return (int)got;
  return again(errno) ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_NET_CONN_RESET;
}

tls_link_t *tls_link_new(tls_server_t *server, int fd) {
  tls_link_t *link = calloc(1, sizeof *link);
  if (link == NULL) return NULL;
  link->fd = fd;
  link->checks_devices = server->checks_devices;
  mbedtls_ssl_init(&link->ssl);
  if (mbedtls_ssl_setup(&link->ssl, &server->config) != 0) {
    tls_link_free(link);
    return NULL;
  }
  mbedtls_ssl_set_bio(&link->ssl, link, on_send, on_receive, NULL);
  return link;
}

void tls_link_free(tls_link_t *link) {
  if (link == NULL) return;
  mbedtls_ssl_free(&link->ssl);
  free(link);
}

static int outcome(int code) {
  switch (code) {
  case MBEDTLS_ERR_SSL_WANT_READ: return TLS_WANT_READ;
  case MBEDTLS_ERR_SSL_WANT_WRITE: return TLS_WANT_WRITE;
  case 0:
  case MBEDTLS_ERR_SSL_CONN_EOF:
  case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return TLS_CLOSED;
  default: return TLS_FAILED;
  }
}

static void tell_failure(const tls_link_t *link, int code, char *why) {
  const unsigned char *record = link->ssl.MBEDTLS_PRIVATE(in_msg);
  char text[120];
  if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && record != NULL)
    tls_tell_alert(why, record[1]);
  else if (code == MBEDTLS_ERR_SSL_INVALID_RECORD)
    snprintf(why, TLS_WHY_MAX, "what came is not TLS");
  else if (code == MBEDTLS_ERR_SSL_INVALID_MAC) /* mbedTLS as a client of TLS 1.3 sends its alert in clear */
    snprintf(why, TLS_WHY_MAX,
             "the client gave up with an alert that can't be read; most likely "
             "it does not accept this server's certificate");
  else if (code == MBEDTLS_ERR_NET_CONN_RESET)
    snprintf(why, TLS_WHY_MAX, "the client closed the connection");
  else {
    mbedtls_strerror(code, text, sizeof text);
    snprintf(why, TLS_WHY_MAX, "%s", text);
  }
}

int tls_handshake(tls_link_t *link, char *why) {
  int code = mbedtls_ssl_handshake(&link->ssl);
  if (code == 0) return 0;
  if (outcome(code) == TLS_FAILED) tell_failure(link, code, why);
  return outcome(code);
}

int tls_read(tls_link_t *link, uint8_t *data, size_t len, char *why) {
  int code = mbedtls_ssl_read(&link->ssl, data, len);
  if (code > 0) return code;
  if (outcome(code) == TLS_FAILED) tell_failure(link, code, why);
  if (outcome(code) == TLS_CLOSED)
    snprintf(why, TLS_WHY_MAX, "the client closed the connection with%s the alert close_notify",
             code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? "" : "out");
  return outcome(code);
}

int tls_pending(const tls_link_t *link) { return mbedtls_ssl_check_pending(&link->ssl) != 0; }

int tls_write(tls_link_t *link, const uint8_t *data, size_t len) {
  int code = mbedtls_ssl_write(&link->ssl, data, len);
  return code > 0 ? code : outcome(code);
}

void tls_close(tls_link_t *link) { (void)mbedtls_ssl_close_notify(&link->ssl); }

const char *tls_version(const tls_link_t *link) { return mbedtls_ssl_get_version(&link->ssl); }

/* ---- who the client is --------------------------------------------------------------------------- */

/* A directory string as UTF-8 (IDEV-01); T61String is read as Latin-1, as it is used in practice. */
static int directory_string(const mbedtls_asn1_buf *value, char *out, size_t room) {
  size_t width = value->tag == MBEDTLS_ASN1_BMP_STRING         ? 2
                 : value->tag == MBEDTLS_ASN1_UNIVERSAL_STRING ? 4
                                                               : 1;
  int is_utf8 = value->tag == MBEDTLS_ASN1_UTF8_STRING;
  size_t len = 0;
  if (value->len == 0 || value->len % width != 0) return -1;
  for (size_t i = 0; i < value->len; i += width) {
    uint32_t c = 0;
    for (size_t k = 0; k < width; k++) c = c << 8 | value->p[i + k];
    if (c == 0 || c > 0xffff || len + 3 > room) return -1;
    if (is_utf8 || c < 0x80) {
      out[len++] = (char)c;
    } else if (c < 0x800) {
      out[len++] = (char)(0xc0 | c >> 6);
      out[len++] = (char)(0x80 | (c & 0x3f));
    } else {
      out[len++] = (char)(0xe0 | c >> 12);
      out[len++] = (char)(0x80 | (c >> 6 & 0x3f));
      out[len++] = (char)(0x80 | (c & 0x3f));
    }
  }
  out[len] = '\0';
  return sztp__utf8_valid(sztp__span(out, len)) ? 0 : -1;
}

/* The one serialNumber attribute of the subject (IDEV-01, IDEV-04). */
static int subject_serial(const mbedtls_x509_crt *cert, tls_client_t *client) {
  const mbedtls_asn1_buf *found = NULL;
  for (const mbedtls_x509_name *name = &cert->subject; name != NULL; name = name->next) {
    if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_SERIAL_NUMBER, &name->oid) != 0) continue;
    if (found != NULL) {
      snprintf(client->why, sizeof client->why, "the certificate's subject has two serialNumber attributes");
      return -1;
    }
    found = &name->val;
  }
  if (found != NULL && directory_string(found, client->serial, sizeof client->serial) == 0) return 0;
  client->serial[0] = '\0';
  snprintf(client->why, sizeof client->why,
           found == NULL ? "the certificate's subject has no serialNumber attribute"
                         : "the certificate's serialNumber attribute is unreadable or too long");
  return -1;
}

static void put_name(char *out, size_t size, const mbedtls_x509_name *name) {
  if (mbedtls_x509_dn_gets(out, size, name) <= 0) snprintf(out, size, "?");
}

void tls_client_subject(const tls_link_t *link, char *out, size_t size) {
  const mbedtls_x509_crt *cert = mbedtls_ssl_get_peer_cert(&link->ssl);
  out[0] = '\0';
  if (cert != NULL) put_name(out, size, &cert->subject);
}

void tls_client(const tls_link_t *link, tls_client_t *client) {
  const mbedtls_x509_crt *cert = mbedtls_ssl_get_peer_cert(&link->ssl);
  uint32_t flags = mbedtls_ssl_get_verify_result(&link->ssl);
  memset(client, 0, sizeof *client);
  if (cert == NULL) {
    client->state = TLS_CLIENT_NONE;
    snprintf(client->why, sizeof client->why, "no client certificate was shown");
    return;
  }
  client->cert = cert->raw.p;
  client->cert_len = cert->raw.len;
  client->state = subject_serial(cert, client) == 0 ? TLS_CLIENT_KNOWN : TLS_CLIENT_NAMELESS;
  if (!link->checks_devices || flags == 0) return;
  client->state = TLS_CLIENT_UNTRUSTED;
  char subject[80], issuer[80], fault[100];
  int len = mbedtls_x509_crt_verify_info(fault, sizeof fault, "", flags);
  if (len <= 0) snprintf(fault, sizeof fault, "its chain is not valid");
  fault[strcspn(fault, "\n")] = '\0';
  put_name(subject, sizeof subject, &cert->subject);
  put_name(issuer, sizeof issuer, &cert->issuer);
  if (flags == MBEDTLS_X509_BADCERT_NOT_TRUSTED)
    snprintf(fault, sizeof fault, "no CA of --device-ca has signed it");
  snprintf(client->why, sizeof client->why, "%s: %s, issued by %s", fault, subject, issuer);
}
