/* SPDX-License-Identifier: Apache-2.0 */
/* The server that has an image: its addresses, and one connection for everything that is asked of it. */
#ifndef SZTP_HTTPS_IMAGE_SERVER_H
#define SZTP_HTTPS_IMAGE_SERVER_H

#include "https/image_uri.h"
#include "https/transport.h"

typedef struct sztp__image_server {
  sztp_https_t *h;
  sztp_session_t *session;
  const sztp_action_t *action;
  sztp__image_uri_t uri;
  uint64_t deadline;
  sztp__stream_t stream;
  char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX];
  size_t count;                  /* 0: not looked up */
  size_t at;                     /* the address that is asked */
  size_t left;                   /* so many are to be tried yet */
  char where[SZTP__ADDRESS_MAX]; /* what was asked last, for people: an address, or the name of the visit's
                                    server */
  int unknown;                   /* it has no address; why is in the exchange */
} sztp__image_server_t;

void sztp__image_server_init(sztp__image_server_t *v, sztp_https_t *h, sztp_session_t *s,
                             const sztp_action_t *a);
/* One exchange: on the connection of the visit if it is with this server, on the one that the last exchange
 * left, or on a new one to the address that is to be asked. SZTP__NET_* as of sztp__http_exchange(). */
int sztp__image_server_ask(sztp__image_server_t *v, sztp__http_exchange_t *x);
/* After an exchange that failed: goes on to the next address. 0 if all of them were tried since the last
 * sztp__image_server_again(). */
int sztp__image_server_next(sztp__image_server_t *v);
/* All addresses may be tried again, the present one first. */
void sztp__image_server_again(sztp__image_server_t *v);
void sztp__image_server_close(sztp__image_server_t *v);

#endif
