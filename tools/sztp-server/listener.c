/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the listening socket and accepts clients. */
#define _POSIX_C_SOURCE 200809L
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int listener_prepare(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -1;
  return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Splits "ADDR:PORT"; brackets are removed. */
static int split(const char *where, char *host, size_t room, const char **port) {
  const char *colon = strrchr(where, ':');
  if (colon == NULL || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1)) return -1;
  size_t len = (size_t)(colon - where);
  *port = colon + 1;
  if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
    where++;
    len -= 2;
  } else if (memchr(where, ':', len) != NULL) {
    return -1; /* an IPv6 address without brackets: which colon precedes the port? */
  }
  if (len == 0 || len >= room || strlen(*port) > 5 || strtoul(*port, NULL, 10) > UINT16_MAX) return -1;
  memcpy(host, where, len);
  host[len] = '\0';
  return 0;
}

static int open_one(const struct addrinfo *at) {
  int on = 1;
  int off = 0;
  int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (at->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0 && listener_prepare(fd) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int bound_port(int fd, uint16_t *port) {
  struct sockaddr_storage bound;
  socklen_t len = sizeof bound;
  char text[8];
  if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0 ||
      getnameinfo((struct sockaddr *)&bound, len, NULL, 0, text, sizeof text, NI_NUMERICSERV) != 0)
    return -1;
  *port = (uint16_t)strtoul(text, NULL, 10);
  return 0;
}

int listener_open(const char *where, uint16_t *port, char *why) {
  struct addrinfo hints;
  struct addrinfo *found = NULL;
  char host[256];
  const char *service = NULL;
  int fd = -1;
  if (split(where, host, sizeof host, &service) != 0) {
    snprintf(why, LISTENER_WHY_MAX,
             "'%.100s' is no address with a port up to 65535, as 192.0.2.1:8443 or [::]:8443", where);
    return -1;
  }
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  int code = getaddrinfo(host, service, &hints, &found);
  if (code != 0) {
    snprintf(why, LISTENER_WHY_MAX, "'%.100s': %s", where, gai_strerror(code));
    return -1;
  }
  for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) fd = open_one(at);
  if (fd < 0) snprintf(why, LISTENER_WHY_MAX, "can't listen at '%.100s': %s", where, strerror(errno));
  freeaddrinfo(found);
  if (fd >= 0 && bound_port(fd, port) != 0) {
    close(fd);
    snprintf(why, LISTENER_WHY_MAX, "the port bound is unknown");
    return -1;
  }
  return fd;
}

int listener_accept(int fd, char peer[PEER_MAX]) {
  struct sockaddr_storage from;
  socklen_t len = sizeof from;
  char host[64];
  char service[8];
  int on = 1;
  int client = accept(fd, (struct sockaddr *)&from, &len);
  if (client < 0) return -1;
  if (listener_prepare(client) != 0) {
    close(client);
    errno = ECONNABORTED;
    return -1;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (getnameinfo((struct sockaddr *)&from, len, host, sizeof host, service, sizeof service,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    snprintf(peer, PEER_MAX, "unknown");
    return client;
  }
  const char *shown = host; /* an IPv4 client of an IPv6 socket */
  if (strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL) shown += 7;
  snprintf(peer, PEER_MAX, strchr(shown, ':') != NULL ? "[%s]:%s" : "%s:%s", shown, service);
  return client;
}
