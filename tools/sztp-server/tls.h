/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as the server uses it: non-blocking connections on sockets, and who the client is. */
#ifndef SZTP_SERVER_TLS_H
#define SZTP_SERVER_TLS_H

#include <stddef.h>
#include <stdint.h>

typedef struct tls_server tls_server_t; /* certificate, key, trust anchors; shared by all connections */
typedef struct tls_link tls_link_t;     /* one connection */

enum {
  TLS_FAILED = -1,
  TLS_CLOSED = -2,    /* the peer has closed the connection */
  TLS_WANT_READ = -3, /* again as soon as the socket is readable */
  TLS_WANT_WRITE = -4 /* again as soon as the socket is writable */
};

enum {
  TLS_CLIENT_NONE = 0,      /* no client certificate was shown */
  TLS_CLIENT_UNTRUSTED = 1, /* its chain does not lead to --device-ca, or is not valid */
  TLS_CLIENT_NAMELESS = 2, /* the subject has no serialNumber attribute, more than one or an unreadable one */
  TLS_CLIENT_KNOWN = 3
};

enum { TLS_SERIAL_MAX = 128, TLS_WHY_MAX = 320 };

typedef struct tls_client {
  uint32_t state;                  /* TLS_CLIENT_* */
  char serial[TLS_SERIAL_MAX + 1]; /* of a known client, UTF-8; also of an untrusted one if it is readable */
  char why[TLS_WHY_MAX];           /* what is wrong, one line; "" for a known client */
  const uint8_t *cert; /* the certificate that it showed, DER, borrowed from the link; NULL: none */
  size_t cert_len;
} tls_client_t;

/* PEM or DER files; @p device_ca NULL: any client certificate is accepted. @p why (TLS_WHY_MAX octets) says
 * what is wrong and with which file. NULL on failure. */
tls_server_t *tls_server_new(const char *cert, const char *key, const char *device_ca, char *why);
void tls_server_free(tls_server_t *server);
/* Whether a device that trusts the certificates in the file @p anchors accepts this server's. 0, or -1 with
 * @p why not (TLS_WHY_MAX octets). */
int tls_server_leads_to(tls_server_t *server, const char *anchors, char *why);

/* The socket stays the caller's. NULL without memory. */
tls_link_t *tls_link_new(tls_server_t *server, int fd);
void tls_link_free(tls_link_t *link);
/* 0 as soon as the handshake is complete, else TLS_*; with TLS_FAILED @p why (TLS_WHY_MAX octets) says why.
 */
int tls_handshake(tls_link_t *link, char *why);
/* More than 0 octets, or TLS_*. Octets may be left over until tls_read() wants to read from the socket again.
 * With TLS_FAILED and TLS_CLOSED @p why (TLS_WHY_MAX octets) says how the connection ended. */
int tls_read(tls_link_t *link, uint8_t *data, size_t len, char *why);
/* 1 if tls_read() has octets without a look at the socket. */
int tls_pending(const tls_link_t *link);
int tls_write(tls_link_t *link, const uint8_t *data, size_t len);
/* Sends close_notify, if that is possible without waiting. */
void tls_close(tls_link_t *link);
/* Who the client is; after the handshake. */
void tls_client(const tls_link_t *link, tls_client_t *client);
/* The subject of the client's certificate as text, "?" if it is longer than @p size; "" if none was
 * shown. After the handshake. */
void tls_client_subject(const tls_link_t *link, char *out, size_t size);
/* "TLSv1.2" or the like; static. */
const char *tls_version(const tls_link_t *link);

#endif
