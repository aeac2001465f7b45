/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket. */
#ifndef SZTP_SERVER_LISTENER_H
#define SZTP_SERVER_LISTENER_H

#include <stddef.h>
#include <stdint.h>

enum { LISTENER_WHY_MAX = 200, PEER_MAX = 80 };

/* Listens at "ADDR:PORT" or "[ADDR]:PORT" ("[::]" accepts IPv4, too). The socket, with its port in *port, or
 * -1 with one line in @p why (LISTENER_WHY_MAX octets). */
int listener_open(const char *where, uint16_t *port, char *why);
/* The next client's socket, which does not block, and its address; -1 with errno if there is none. */
int listener_accept(int fd, char peer[PEER_MAX]);
/* Makes a descriptor non-blocking and close-on-exec. 0 or -1. */
int listener_prepare(int fd);

#endif
