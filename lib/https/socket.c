/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that knows POSIX sockets. Nothing here blocks but getaddrinfo() and poll() with a limit, and
 * no signal is raised by a peer that goes away. */
#define _POSIX_C_SOURCE 200809L
#include "https/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ground/format.h"

enum { PART_MS = 100 };

uint64_t sztp__socket_now(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t sztp__socket_after(uint64_t now, uint64_t ms) {
  return ms > SZTP__FOREVER - now ? SZTP__FOREVER : now + ms;
}

/* ---- names --------------------------------------------------------------------------------------- */

static void add_resolved(char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                         const struct addrinfo *a) {
  if (*count == SZTP__ADDRESSES_MAX) return;
  if (a->ai_family != AF_INET && a->ai_family != AF_INET6) return;
  char *text = addresses[*count];
  if (getnameinfo(a->ai_addr, a->ai_addrlen, text, SZTP__ADDRESS_MAX, NULL, 0, NI_NUMERICHOST) != 0) return;
  for (size_t i = 0; i < *count; i++)
    if (strcmp(addresses[i], text) == 0) return;
  (*count)++;
}

int sztp__socket_resolve(const char *name, int literal,
                         char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                         const char **why) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = literal ? AI_NUMERICHOST : 0;
  struct addrinfo *list = NULL;
  *count = 0;
  *why = NULL;
  int rc = getaddrinfo(name, NULL, &hints, &list);
  if (rc != 0) {
    *why = rc == EAI_SYSTEM ? "the system's resolver failed" : gai_strerror(rc);
    if (rc == EAI_MEMORY) return SZTP__NET_LOCAL;
#ifdef EAI_NODATA
    if (rc == EAI_NODATA) return SZTP__NET_NOTHING;
#endif
    return rc == EAI_NONAME ? SZTP__NET_NOTHING : SZTP__NET_FAILED;
  }
  for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) add_resolved(addresses, count, a);
  freeaddrinfo(list);
  if (*count > 0) return SZTP__NET_OK;
  *why = "the name has no IPv4 or IPv6 address";
  return SZTP__NET_NOTHING;
}

#define SLICE_MS 250 /* between two looks at whether to stop */

/* ---- connections --------------------------------------------------------------------------------- */

void sztp__socket_error(int error, char *out, size_t cap) {
  if (strerror_r(error, out, cap) != 0) sztp__format(out, cap, "error %d", error);
}

int sztp__stop_is_asked(const sztp__stop_t *stop) {
  return stop != NULL && stop->asked != NULL && stop->asked(stop->user);
}

int sztp__socket_wait(int fd, int for_write, uint64_t until, const sztp__stop_t *stop) {
  for (;;) {
    if (sztp__stop_is_asked(stop)) return SZTP__NET_FAILED;
    uint64_t now = sztp__socket_now();
    uint64_t rest = until > now ? until - now : 0;
    struct pollfd p = {fd, (short)(for_write ? POLLOUT : POLLIN), 0};
    int n = poll(&p, 1, rest > SLICE_MS ? SLICE_MS : (int)rest);
    if (n > 0) return SZTP__NET_OK; /* an error on the socket shows when it is used */
    if (n < 0 && errno != EINTR) return SZTP__NET_FAILED;
    if (n == 0 && rest <= SLICE_MS) return SZTP__NET_TIMEOUT;
  }
}

static int prepare_socket(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -1;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return -1;
  int on = 1;
  /* A request is written in one piece; waiting for more would only delay it. */
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
  (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return 0;
}

static int connect_to(const struct addrinfo *a, uint64_t until, const sztp__stop_t *stop, int *out,
                      int *error) {
  int fd = socket(a->ai_family, SOCK_STREAM, IPPROTO_TCP);
  if (fd < 0 || prepare_socket(fd) != 0) {
    *error = errno;
    if (fd >= 0) close(fd);
    return SZTP__NET_LOCAL;
  }
  int rc = SZTP__NET_OK;
  if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
    *error = errno;
    if (errno != EINPROGRESS && errno != EINTR)
      rc = SZTP__NET_FAILED;
    else
      rc = sztp__socket_wait(fd, 1, until, stop);
  }
  if (rc == SZTP__NET_OK) {
    socklen_t len = sizeof *error;
    *error = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &len) != 0) *error = errno;
    if (*error != 0) rc = SZTP__NET_FAILED;
  }
  if (rc != SZTP__NET_OK) {
    close(fd);
    return rc;
  }
  *out = fd;
  return SZTP__NET_OK;
}

int sztp__socket_connect(const char *address, uint16_t port, uint64_t until, const sztp__stop_t *stop,
                         int *fd, int *error) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  struct addrinfo *list = NULL;
  char service[8];
  sztp__format(service, sizeof service, "%u", (unsigned)port);
  *error = 0;
  if (getaddrinfo(address, service, &hints, &list) != 0) return SZTP__NET_LOCAL;
  int rc = connect_to(list, until, stop, fd, error);
  freeaddrinfo(list);
  return rc;
}

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

int sztp__socket_send(int fd, const uint8_t *data, size_t len) {
  ssize_t n = send(fd, data, len > INT_MAX ? INT_MAX : len, MSG_NOSIGNAL);
  if (n >= 0) return (int)n;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? -1 : -2;
}

int sztp__socket_receive(int fd, uint8_t *data, size_t cap) {
  ssize_t n = recv(fd, data, cap > INT_MAX ? INT_MAX : cap, 0);
  if (n >= 0) return (int)n;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? -1 : -2;
}

void sztp__socket_close(int fd) { close(fd); }

void sztp__socket_part(int fd) {
  uint8_t rest[512];
  struct pollfd p = {fd, POLLIN, 0};
  uint64_t end = sztp__socket_after(sztp__socket_now(), PART_MS);
  (void)shutdown(fd, SHUT_WR);
  for (uint64_t now = sztp__socket_now(); now < end && poll(&p, 1, (int)(end - now)) > 0;
       now = sztp__socket_now())
    if (recv(fd, rest, sizeof rest, 0) <= 0) break;
  close(fd);
}
