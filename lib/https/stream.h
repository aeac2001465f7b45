/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one address: TCP, and TLS on it unless plain, with a time limit on every step (TLS-22). */
#ifndef SZTP_HTTPS_STREAM_H
#define SZTP_HTTPS_STREAM_H

#include "ground/format.h"
#include "ground/printable.h"
#include "https/socket.h"
#include "https/tls.h"

typedef struct sztp__limits {
  uint64_t connect_ms;
  uint64_t handshake_ms;
  uint64_t headers_ms;
  uint64_t idle_ms;
  uint64_t key_poll_ms;
  uint32_t header_octets;
  uint32_t header_fields;
} sztp__limits_t;

typedef struct sztp__stream {
  const sztp__stop_t *stop; /* whom to ask while waiting; kept when the stream is closed; may be NULL */
  int fd;                   /* -1 while closed */
  sztp__tls_t *tls;
  uint64_t until;                 /* when the step that is under way must be done */
  int32_t code;                   /* SZTP_ERR_*, for _UNTRUSTED and _LOCAL */
  char why[SZTP__PARAGRAPH_SIZE]; /* a clause for people, after anything but SZTP__NET_OK */
} sztp__stream_t;

void sztp__stream_init(sztp__stream_t *s);
int sztp__stream_is_open(const sztp__stream_t *s);
/* Connects to @p address, an address literal. With @p tls (and @p engine) it is made secure by a handshake,
 * and is open only after that. *connected is set to 1 when TCP stood. SZTP__NET_* */
int sztp__stream_open(sztp__stream_t *s, const char *address, uint16_t port, sztp__tls_engine_t *engine,
                      const sztp__tls_peer_t *tls, const sztp__limits_t *limits, uint64_t deadline,
                      int *connected);
/* Writes all; @p idle_ms is allowed between two pieces that go out. SZTP__NET_* */
int sztp__stream_write(sztp__stream_t *s, const uint8_t *data, size_t len, uint64_t idle_ms,
                       uint64_t deadline);
/* Reads what there is, waiting until @p until for the first of it. SZTP__NET_* */
int sztp__stream_read(sztp__stream_t *s, uint8_t *data, size_t cap, uint64_t until, size_t *done);
void sztp__stream_close(sztp__stream_t *s);

#endif
