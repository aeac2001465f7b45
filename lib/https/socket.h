/* SPDX-License-Identifier: Apache-2.0 */
/* Names, addresses and TCP sockets of POSIX, never waiting longer than told. Times are ms of
 * sztp__socket_now(). */
#ifndef SZTP_HTTPS_SOCKET_H
#define SZTP_HTTPS_SOCKET_H

#include "ground/span.h"

#define SZTP__ADDRESS_MAX   64         /* room for an address as text, zone and NUL included */
#define SZTP__ADDRESSES_MAX 32         /* addresses of one name that are used */
#define SZTP__FOREVER       UINT64_MAX /* a time that never comes */

enum { /* how an operation on the network ended */
       SZTP__NET_OK = 0,
       SZTP__NET_TIMEOUT = 1,
       SZTP__NET_CLOSED = 2,    /* the peer ended the connection in order */
       SZTP__NET_LOST = 3,      /* the connection broke, or ended where it may not */
       SZTP__NET_FAILED = 4,    /* anything else that went wrong on the way or at the peer */
       SZTP__NET_NOTHING = 5,   /* no such name */
       SZTP__NET_UNTRUSTED = 6, /* the server's certificates were refused */
       SZTP__NET_LOCAL = 7      /* our own fault: memory, configuration, the receiver of the octets */
};

/* A clock that never goes back. */
uint64_t sztp__socket_now(void);
/* Asked every quarter of a second while waiting: 1 ends the wait as SZTP__NET_FAILED. @p asked may be NULL.
 */
typedef struct sztp__stop {
  int (*asked)(void *user);
  void *user;
} sztp__stop_t;
int sztp__stop_is_asked(const sztp__stop_t *stop);
/* now + ms, without overflow. */
uint64_t sztp__socket_after(uint64_t now, uint64_t ms);

/* Addresses of a name (or of an address literal: itself), in the system's order, without doubles.
 * *why is static or NULL. SZTP__NET_OK (*count > 0), _NOTHING, _FAILED, _LOCAL. Waits as long as the system's
 * resolver does, or not at all if only a @p literal is to be read. */
int sztp__socket_resolve(const char *name, int literal,
                         char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                         const char **why);

/* What errno @p error means, in the C library's words. */
void sztp__socket_error(int error, char *out, size_t cap);
/* Connects to an address literal, IPv6 with or without a zone. *fd is non-blocking; *error is errno or 0.
 * SZTP__NET_OK, _TIMEOUT, _FAILED, _LOCAL (not an address, or no socket). */
int sztp__socket_connect(const char *address, uint16_t port, uint64_t until, const sztp__stop_t *stop,
                         int *fd, int *error);
#define SZTP__NO_SOCKET (-1)
/* Waits until @p fd can be read or, with @p for_write, written; with SZTP__NO_SOCKET just waits.
 * SZTP__NET_OK, _TIMEOUT, _FAILED */
int sztp__socket_wait(int fd, int for_write, uint64_t until, const sztp__stop_t *stop);
/* Octets moved; 0 at the end of input; -1 when it would have to wait; -2 when the connection is lost. */
int sztp__socket_send(int fd, const uint8_t *data, size_t len);
int sztp__socket_receive(int fd, uint8_t *data, size_t cap);
void sztp__socket_close(int fd);
/* Closes after a refusal: what is still coming is read for a moment, since the kernel would else reset the
 * connection, and the peer not see the alert that says why. */
void sztp__socket_part(int fd);

#endif
