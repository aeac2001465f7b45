/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the TLS library. tls_mbedtls.c and tls_key_mbedtls.c implement it with mbedTLS (2.28 and 3.6),
 * tls_openssl.c and tls_key_openssl.c with OpenSSL 3; nothing else of the component knows them. Whom to
 * believe is not decided here: the certificates go to the caller's check. Nor are there private keys:
 * signatures come from the caller (TLS-21). */
#ifndef SZTP_HTTPS_TLS_H
#define SZTP_HTTPS_TLS_H

#include <sztp/types.h>

#include "ground/span.h"

/* What the connections of one transport share. */
typedef struct sztp__tls_engine sztp__tls_engine_t;
typedef struct sztp__tls sztp__tls_t; /* one connection */

enum { /* what the functions below return besides SZTP_ERR_* */
       SZTP__TLS_DONE = 0,
       SZTP__TLS_WANT_READ = 1,
       SZTP__TLS_WANT_WRITE = 2,
       SZTP__TLS_CLOSED = 3, /* the peer ended the connection with close_notify */
       SZTP__TLS_LOST = 4,   /* the connection broke, or ended without close_notify */
       SZTP__TLS_BROKEN = 5  /* the peer, or a third, broke the protocol; see sztp__tls_why() */
};

enum { SZTP__TLS_IO_BLOCKED = -1, SZTP__TLS_IO_LOST = -2 };

/* How octets come and go: octets moved, 0 at the end of input, or SZTP__TLS_IO_*. */
typedef struct sztp__tls_io {
  int (*send)(void *user, const uint8_t *data, size_t len);
  int (*receive)(void *user, uint8_t *data, size_t len);
  void *user;
} sztp__tls_io_t;

/* Judges what the server presented: DER certificates one after another, its own first. 0 lets the handshake
 * go on. It is called before the client certificate or any application data goes out (TLS-05). */
typedef int32_t (*sztp__tls_check_fn)(void *user, const uint8_t *chain, size_t len);

/* Who has the private key of the certificate that is presented. */
typedef struct sztp__tls_signer {
  int64_t able; /* SZTP_ABLE_*: nothing else is offered to the server, nor asked for */
  /* Signs: as sztp_device_sign(), but never SZTP_PENDING, since a handshake can't be put off. */
  int32_t (*sign)(void *user, uint32_t operation, uint32_t hash, sztp__span_t digest, uint8_t *out,
                  size_t *out_len);
  void *user;
} sztp__tls_signer_t;

/* Works as the cryptography of @p ctx does (sztp_ctx_set_library_context()). 0, SZTP_ERR_MEMORY,
 * SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO (also for an mbedTLS that was built so that its keys can't be outside of
 * it) */
int32_t sztp__tls_engine_new(const sztp_ctx_t *ctx, sztp__tls_engine_t **out);
void sztp__tls_engine_free(sztp__tls_engine_t *e);

typedef struct sztp__tls_peer {
  const char *server_name;   /* for SNI; NULL sends none (TLS-15) */
  const sztp__span_t *chain; /* DER certificates to present, own first; */
  size_t chain_len;          /* 0: no client certificate, and no signer */
  sztp__tls_signer_t signer; /* of chain[0] */
  sztp__tls_check_fn check;  /* NULL: any certificate will do */
  void *check_user;
} sztp__tls_peer_t;

/* Prepares a connection; nothing is sent yet. 0, SZTP_ERR_MEMORY, SZTP_ERR_CONFIG (the identity can't be
 * read by the TLS library), SZTP_ERR_CRYPTO */
int32_t sztp__tls_new(sztp__tls_engine_t *e, const sztp__tls_peer_t *peer, const sztp__tls_io_t *io,
                      sztp__tls_t **out);
/* Frees; NULL is allowed. Sends nothing: see sztp__tls_close_notify(). */
void sztp__tls_free(sztp__tls_t *t);
/* SZTP__TLS_*; what the check returned; SZTP_ERR_CONFIG, if the signer is able to nothing that TLS needs; or
 * SZTP_ERR_KEY, SZTP_ERR_*: why there was no signature. */
int32_t sztp__tls_handshake(sztp__tls_t *t);
/* 1 if the handshake is complete and the check let it pass. */
int sztp__tls_checked(const sztp__tls_t *t);
/* *done is the number of octets, 1 or more with SZTP__TLS_DONE. */
int32_t sztp__tls_read(sztp__tls_t *t, uint8_t *data, size_t cap, size_t *done);
int32_t sztp__tls_write(sztp__tls_t *t, const uint8_t *data, size_t len, size_t *done);
/* Tries once to say goodbye. */
void sztp__tls_close_notify(sztp__tls_t *t);
/* What went wrong last, a clause for people; empty if there is nothing to say. */
const char *sztp__tls_why(const sztp__tls_t *t);

#endif
