/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the TLS library: connections, and the private keys that they and decryption use. tls_mbedtls.c
 * and key_mbedtls.c implement it; nothing else of the component knows mbedTLS (2.28 and 3.6). Whom to believe
 * is not decided here: the certificates go to the caller's check. */
#ifndef SZTP_HTTPS_TLS_H
#define SZTP_HTTPS_TLS_H

#include "ground/span.h"

/* Random generator and private keys, shared by the connections of one transport. */
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

enum { SZTP__TLS_KEY_IDENTITY = 0, SZTP__TLS_KEY_DECRYPTION = 1, SZTP__TLS_KEYS = 2 };

/* 0, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO */
int32_t sztp__tls_engine_new(sztp__tls_engine_t **out);
void sztp__tls_engine_free(sztp__tls_engine_t *e);
/* Reads the private key of @p certificate (DER) as SZTP__TLS_KEY_* @p which. On an error the earlier key
 * stays. 0, SZTP_ERR_KEY, SZTP_ERR_MEMORY */
int32_t sztp__tls_engine_set_key(sztp__tls_engine_t *e, uint32_t which, sztp__span_t certificate,
                                 const uint8_t *key, size_t len);
/* 1 if there is the identity's. */
int sztp__tls_engine_has_key(const sztp__tls_engine_t *e);

/* What a private key is asked: device.h has the meaning of each. */
typedef struct sztp__key_use {
  uint64_t operation;
  uint64_t hash;
  uint64_t mgf_hash;
  sztp__span_t label;
  sztp__span_t input;
  sztp__span_t certificate;
} sztp__key_use_t;

/* Does it; exactly @p wanted octets come out, which count only with 0. SZTP_ERR_NOT_FOUND (no such key),
 * SZTP_ERR_UNSUPPORTED (an unknown operation, or none of this kind of key), SZTP_ERR_MEMORY, SZTP_ERR_KEY (it
 * failed). */
int32_t sztp__tls_engine_use_key(sztp__tls_engine_t *e, const sztp__key_use_t *use, uint8_t *out,
                                 size_t wanted);

typedef struct sztp__tls_peer {
  const char *server_name;   /* for SNI; NULL sends none (TLS-15) */
  const sztp__span_t *chain; /* DER certificates to present, own first; */
  size_t chain_len;          /* 0: no client certificate, and the engine's key is not used */
  sztp__tls_check_fn check;  /* NULL: any certificate will do */
  void *check_user;
} sztp__tls_peer_t;

/* Prepares a connection; nothing is sent yet. 0, SZTP_ERR_MEMORY, SZTP_ERR_CONFIG (the identity can't be
 * read by the TLS library), SZTP_ERR_CRYPTO */
int32_t sztp__tls_new(sztp__tls_engine_t *e, const sztp__tls_peer_t *peer, const sztp__tls_io_t *io,
                      sztp__tls_t **out);
/* Frees; NULL is allowed. Sends nothing: see sztp__tls_close_notify(). */
void sztp__tls_free(sztp__tls_t *t);
/* SZTP__TLS_*, or what the check returned. */
int32_t sztp__tls_handshake(sztp__tls_t *t);
/* 1 if the handshake is complete and the check let it pass. */
int sztp__tls_checked(const sztp__tls_t *t);
/* *done is the number of octets, 1 or more with SZTP__TLS_DONE. */
int32_t sztp__tls_read(sztp__tls_t *t, uint8_t *data, size_t cap, size_t *done);
int32_t sztp__tls_write(sztp__tls_t *t, const uint8_t *data, size_t len, size_t *done);
/* Tries once to say goodbye. */
void sztp__tls_close_notify(sztp__tls_t *t);
/* What went wrong last, a clause for people. */
const char *sztp__tls_why(const sztp__tls_t *t);

#endif
