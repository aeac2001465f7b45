/* SPDX-License-Identifier: Apache-2.0 */
/* One client's connection, as a state machine that never blocks: it does what it can and says what it needs.
 */
#ifndef SZTP_SERVER_CONNECTION_H
#define SZTP_SERVER_CONNECTION_H

#include <stdint.h>

#include "resources.h"

typedef struct connection connection_t;

/* Takes over the socket, which must not block. NULL without memory (the socket is closed then). */
connection_t *connection_new(server_t *server, tls_server_t *tls, int fd, const char *peer, int64_t now_ms);
void connection_free(connection_t *c);
/* Goes on as far as possible. 0, or -1 if the connection is over. */
int connection_step(connection_t *c, int64_t now_ms);
/* Its time is up: 0 if it goes on nevertheless, -1 if it is over. */
int connection_expire(connection_t *c, int64_t now_ms);
/* Its socket has failed and it is over: what a device that sent no request said before that is told. */
void connection_broken(connection_t *c, int64_t now_ms);

int connection_socket(const connection_t *c);
/* What to wait for: POLLIN, POLLOUT or 0. */
short connection_events(const connection_t *c);
/* When connection_expire() is due; a time in the past if there is work that needs no waiting. */
int64_t connection_deadline(const connection_t *c);
/* 1 if nothing is lost by closing it: no request of it is being read or answered. */
int connection_idle(const connection_t *c);
/* Until when it keeps its place although another one wants it: whoever has just moved on, or was just let in,
 * has time to go on. INT64_MAX while the server itself delays the answer. */
int64_t connection_kept_until(const connection_t *c);
const char *connection_peer(const connection_t *c);

#endif
