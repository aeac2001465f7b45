/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that knows c-ares. Each question has its own channel and thereby its own port (RFC 5452 4.5);
 * c-ares compares identifier, question and address of answers, repeats unanswered questions, and falls back
 * to TCP. */
#define _GNU_SOURCE         1
#define CARES_NO_DEPRECATED 1
#include <ares.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "common/host.h"
#include "resolver.h"

enum { EDNS_SIZE = 1232, TRIES = 2, SLICE_MS = 250, DNS_PORT = 53 };

typedef struct lookup {
  resolver_question_t *question; /* NULL: a name, not a question */
  ares_channel channel;          /* NULL: none */
  int over;
  int status;
  const char *zone; /* of a server with a link-local address, or "" */
} lookup_t;

static void on_answer(void *user, int status, int timeouts, unsigned char *data, int len) {
  lookup_t *x = user;
  (void)timeouts;
  x->over = 1;
  x->status = status;
  if (status != ARES_SUCCESS) return;
  x->status = len < 12 || len > RESOLVER_ROOM ? ARES_EBADRESP : ARES_SUCCESS;
  if (x->status != ARES_SUCCESS) return;
  memcpy(x->question->answer, data, (size_t)len);
  x->question->answer_len = (size_t)len;
}

/* c-ares does not support zones: the socket is bound to the link instead. */
static int on_socket(ares_socket_t fd, int type, void *user) {
  const lookup_t *x = user;
  (void)type;
  if (x->zone[0] == '\0') return 0;
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, x->zone, (socklen_t)strlen(x->zone));
}

/* Writes the server in the form that c-ares reads, without its zone. 0, or -1. */
static int write_server(const char *server, char zone[IF_NAMESIZE], char *out, size_t room) {
  char host[HOST_ROOM];
  uint8_t octets[16];
  uint16_t port = 0;
  if (host_split(server, host, &port) != 0) return -1;
  if (port == 0) port = DNS_PORT;
  char *mark = strchr(host, '%');
  zone[0] = '\0';
  if (mark != NULL) {
    *mark++ = '\0';
    if (strlen(mark) >= IF_NAMESIZE) return -1;
    memcpy(zone, mark, strlen(mark) + 1);
  }
  if (inet_pton(AF_INET, host, octets) != 1 && inet_pton(AF_INET6, host, octets) != 1) return -1;
  int is_ipv6 = strchr(host, ':') != NULL;
  int n = snprintf(out, room, "%s%s%s:%u", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", (unsigned)port);
  return n > 0 && (size_t)n < room ? 0 : -1;
}

/* The second try may take twice as long as the first one. */
static int open_channel(const char *server, uint64_t most_ms, ares_channel *out) {
  char none[] = "";
  char *domains[] = {none};
  struct ares_options o;
  memset(&o, 0, sizeof o);
  o.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
  o.timeout = (int)(most_ms / 3);
  o.tries = TRIES;
  o.ednspsz = EDNS_SIZE;
  o.domains = domains;
  o.lookups = none;
  int status = ares_init_options(out, &o,
                                 ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                                     ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS);
  if (status != ARES_SUCCESS) return status;
  status = ares_set_servers_ports_csv(*out, server);
  if (status != ARES_SUCCESS) ares_destroy(*out);
  return status;
}

/* The lower half of the bits is for reading, the upper for writing. (The macros of c-ares shift into the sign
 * bit.) Returns the number of sockets. */
static nfds_t watch_channel(ares_channel channel, struct pollfd fds[ARES_GETSOCK_MAXNUM]) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  nfds_t n = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
    int reads = (bits >> i & 1U) != 0, writes = (bits >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0;
    if (!reads && !writes) continue;
    fds[n].fd = sockets[i];
    fds[n].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    fds[n++].revents = 0;
  }
  return n;
}

static void process(lookup_t *x, const struct pollfd *fds, nfds_t count) {
  for (nfds_t i = 0; i < count && !x->over; i++)
    ares_process_fd(x->channel,
                    (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
                    (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
  if (!x->over) ares_process_fd(x->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* One turn of all unfinished lookups; 0 if there are none. */
static int turn(lookup_t *all, size_t count) {
  struct pollfd fds[RESOLVER_QUESTIONS * ARES_GETSOCK_MAXNUM];
  nfds_t sockets[RESOLVER_QUESTIONS] = {0}, n = 0, at = 0;
  int ms = -1;
  for (size_t i = 0; i < count; i++) {
    struct timeval most = {0, SLICE_MS * 1000}, left;
    if (all[i].over) continue;
    const struct timeval *t = ares_timeout(all[i].channel, &most, &left);
    int own = (int)(t->tv_sec * 1000 + t->tv_usec / 1000) + 1;
    if (ms < 0 || own < ms) ms = own;
    sockets[i] = watch_channel(all[i].channel, fds + n);
    n += sockets[i];
  }
  if (ms < 0) return 0;
  (void)poll(fds, n, ms);
  for (size_t i = 0; i < count; i++) {
    if (!all[i].over) process(&all[i], fds + at, sockets[i]);
    at += sockets[i];
  }
  return 1;
}

static void start_lookup(lookup_t *x, const char *server, uint64_t most_ms) {
  x->status = open_channel(server, most_ms, &x->channel);
  x->over = x->status != ARES_SUCCESS;
  if (x->over) return;
  ares_set_socket_configure_callback(x->channel, on_socket, x);
  ares_send(x->channel, x->question->octets, (int)x->question->len, on_answer, x);
}

static void finish_lookup(lookup_t *x) {
  int status = x->over ? x->status : ARES_ETIMEOUT;
  if (x->channel != NULL) ares_destroy(x->channel); /* which ends lookups in progress */
  x->question->result = status == ARES_SUCCESS ? 0 : -1;
  if (status == ARES_SUCCESS) /* newer versions use an identifier of their own and have compared it */
    memcpy(x->question->answer, x->question->octets, 2);
  else
    (void)snprintf(x->question->fault, RESOLVER_FAULT, "%s",
                   status == ARES_ETIMEOUT ? "no answer" : ares_strerror(status));
}

static void fail_all(resolver_question_t *questions, size_t count, const char *fault) {
  for (size_t i = 0; i < count; i++) {
    questions[i].result = -1;
    (void)snprintf(questions[i].fault, RESOLVER_FAULT, "%s", fault);
  }
}

void resolver_ask(const char *server, uint64_t most_ms, resolver_question_t *questions, size_t count,
                  int (*stopped)(void)) {
  lookup_t all[RESOLVER_QUESTIONS];
  char csv[300], zone[IF_NAMESIZE];
  memset(all, 0, sizeof all);
  if (count > RESOLVER_QUESTIONS) count = RESOLVER_QUESTIONS;
  if (write_server(server, zone, csv, sizeof csv) != 0) {
    fail_all(questions, count, "no address of a server");
    return;
  }
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS) {
    fail_all(questions, count, ares_strerror(status));
    return;
  }
  for (size_t i = 0; i < count; i++) {
    all[i].question = &questions[i];
    all[i].zone = zone;
    start_lookup(&all[i], csv, most_ms);
  }
  for (uint64_t end = clock_ms() + most_ms + SLICE_MS; !stopped() && clock_ms() < end && turn(all, count);) {
  }
  for (size_t i = 0; i < count; i++) finish_lookup(&all[i]);
  ares_library_cleanup();
}

/* ---- names, as the system looks them up ---------------------------------------------------------- */

typedef struct name_lookup {
  lookup_t lookup;
  char *out;
  size_t room, len;
} name_lookup_t;

static void add_address(name_lookup_t *x, const struct ares_addrinfo_node *node) {
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
  if (node->ai_family != AF_INET && node->ai_family != AF_INET6) return;
  const struct sockaddr_in *v4 = (const void *)node->ai_addr;
  const struct sockaddr_in6 *v6 = (const void *)node->ai_addr;
  const void *octets =
      node->ai_family == AF_INET ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;
  if (inet_ntop(node->ai_family, octets, text, INET6_ADDRSTRLEN) == NULL) return;
  size_t len = strlen(text) + 1;
  if (len > x->room - x->len) return;
  memcpy(x->out + x->len, text, len);
  x->len += len;
}

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *found) {
  name_lookup_t *x = user;
  (void)timeouts;
  x->lookup.over = 1;
  x->lookup.status = status;
  if (status != ARES_SUCCESS) return;
  for (const struct ares_addrinfo_node *node = found->nodes; node != NULL; node = node->ai_next)
    add_address(x, node);
  ares_freeaddrinfo(found);
}

static int start_name(name_lookup_t *x, const char *name, uint64_t most_ms) {
  struct ares_options o;
  struct ares_addrinfo_hints hints;
  memset(&o, 0, sizeof o);
  memset(&hints, 0, sizeof hints);
  o.timeout = (int)(most_ms / 3);
  o.tries = TRIES;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  int status = ares_init_options(&x->lookup.channel, &o, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (status == ARES_SUCCESS)
    ares_getaddrinfo(x->lookup.channel, name, NULL, &hints, on_addresses, x);
  else
    x->lookup.channel = NULL;
  return status;
}

int resolver_look_up(const char *name, uint64_t most_ms, int (*stopped)(void), char *out, size_t room,
                     size_t *len, char fault[RESOLVER_FAULT]) {
  name_lookup_t x;
  memset(&x, 0, sizeof x);
  x.out = out;
  x.room = room;
  int status = ares_library_init(ARES_LIB_INIT_ALL), is_open = status == ARES_SUCCESS;
  if (is_open) status = start_name(&x, name, most_ms);
  if (status == ARES_SUCCESS) {
    for (uint64_t end = clock_ms() + most_ms; !stopped() && clock_ms() < end && turn(&x.lookup, 1);) {
    }
    status = x.lookup.over ? x.lookup.status : ARES_ETIMEOUT;
    ares_destroy(x.lookup.channel); /* which ends a lookup in progress */
  }
  if (is_open) ares_library_cleanup();
  *len = x.len;
  if (x.len > 0) return 0;
  if (status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA) return 1;
  (void)snprintf(fault, RESOLVER_FAULT, "%s", status == ARES_ETIMEOUT ? "no answer" : ares_strerror(status));
  return -1;
}
