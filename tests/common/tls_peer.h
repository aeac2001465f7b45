/* SPDX-License-Identifier: Apache-2.0 */
/* A server on the loopback, in a thread of its own, that does what a script says: answers, drips, lies, hangs
 * up. It keeps what it saw: requests, the raw ClientHello, the client's certificates. */
#ifndef SZTP_TESTS_TLS_PEER_H
#define SZTP_TESTS_TLS_PEER_H

#include <stddef.h>
#include <stdint.h>

enum {               /* what a step does */
       PEER_END = 0, /* close in order; also what happens behind the last step */
       PEER_READ,    /* read one request, head and body by Content-Length */
       PEER_SEND,    /* send the text */
       PEER_DRIP, /* send the text octet by octet, with ms between them, again and again until the client goes
                   */
       PEER_PAUSE,  /* wait ms */
       PEER_CUT,    /* close the TCP connection with no goodbye */
       PEER_RESET,  /* abort the TCP connection */
       PEER_HOLD,   /* do nothing until the client hangs up */
       PEER_SILENT, /* as first step: no TLS handshake, and hold */
       PEER_RAW     /* as first step: no TLS handshake, send the text as it is and hold */
};

typedef struct peer_step {
  int kind;
  const char *text;
  unsigned ms;
} peer_step_t;

#define PEER_STEPS   8
#define PEER_SCRIPTS 4

/* The n-th connection follows the n-th script; further ones the last. */
typedef struct peer_plan {
  const char *certificate; /* PEM, the chain to present; NULL: no TLS at all */
  const char *key;         /* PEM */
  const char *second;      /* listen at this address too, on the same port; or NULL */
  int version;             /* 12 or 13: this version of TLS only; 0: any */
  const char *suite;       /* this cipher suite only, as "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"; or NULL */
  peer_step_t scripts[PEER_SCRIPTS][PEER_STEPS];
  size_t script_count;
} peer_plan_t;

#define PEER_SEEN_MAX 8

typedef struct peer_seen {
  int handshake;       /* 1: complete; 0: none; < 0: the TLS library's error */
  uint8_t hello[2048]; /* what came first, raw */
  size_t hello_len;
  uint8_t chain[8192]; /* the client's certificates, DER one after another */
  size_t chain_len;
  size_t chain_count;
  char request[16384]; /* all application octets */
  size_t request_len;
  char alpn[16];
  char version[16]; /* as "TLSv1.2" */
  char suite[64];   /* as in a plan */
} peer_seen_t;

typedef struct peer peer_t;

/* 1 if it can speak TLS 1.3, as the client in the same program. */
int peer_has_tls13(void);

/* Starts listening on 127.0.0.1; NULL if that can't be. @p plan is copied, its texts are borrowed. */
peer_t *peer_start(const peer_plan_t *plan);
uint16_t peer_port(const peer_t *p);
/* Stops the thread. Only then look at what was seen. */
void peer_stop(peer_t *p);
/* Connections accepted. */
size_t peer_connections(const peer_t *p);
const peer_seen_t *peer_seen(const peer_t *p, size_t connection);
void peer_free(peer_t *p);

/* The extension's contents in a raw ClientHello of one record, or NULL; *session_len is the length of its
 * session ID. */
const uint8_t *peer_hello_extension(const peer_seen_t *seen, unsigned type, size_t *len, size_t *session_len);

/* A self-signed certificate in PEM for a private key in PEM. Times as "20200101000000". 0 if done. */
int peer_self_signed(const char *key, const char *subject, const char *from, const char *to, char *out,
                     size_t cap);

#endif
