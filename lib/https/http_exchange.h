/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its response on an open connection. Knows nothing of sessions. */
#ifndef SZTP_HTTPS_HTTP_EXCHANGE_H
#define SZTP_HTTPS_HTTP_EXCHANGE_H

#include "https/http.h"
#include "https/stream.h"

typedef struct sztp__http_exchange {
  /* in */
  const uint8_t *request;
  size_t request_len;
  const sztp__limits_t *limits;
  uint64_t max_body;
  uint64_t deadline; /* on the clock of sztp__socket_now() */
  uint8_t *buffer;   /* to read into */
  size_t buffer_len;
  /* The head is complete: 0 to go on, else SZTP_ERR_*; may be NULL. The next octets of the body: the same. */
  int32_t (*on_head)(void *user, const sztp__http_t *response);
  int32_t (*on_body)(void *user, const uint8_t *data, size_t len);
  void *user;
  /* out */
  sztp__http_t response;
  uint64_t received; /* octets of the response; 0: the server never began to answer */
  uint64_t body_len;
  int too_long;                   /* the body has, or would have, more than max_body */
  int reusable;                   /* another request may follow on the connection */
  int32_t code;                   /* SZTP_ERR_* for SZTP__NET_LOCAL */
  char why[SZTP__PARAGRAPH_SIZE]; /* a clause for people, after anything but SZTP__NET_OK */
} sztp__http_exchange_t;

/* SZTP__NET_OK only if the response is complete and within all limits. After anything else the connection is
 * of no more use. SZTP__NET_LOCAL with what a callback returned in @p code. */
int sztp__http_exchange(sztp__stream_t *s, sztp__http_exchange_t *x);

#endif
