/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that knows c-ares. A channel of its own for each question gives each a port of its own (RFC
 * 5452 4.5); c-ares compares identifier, question and address of what comes in, repeats what got no answer,
 * and goes over to TCP. */
#define _GNU_SOURCE         1
#define CARES_NO_DEPRECATED 1
#include <ares.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent.h"
#include "resolver.h"
#include "setup.h"

enum { EDNS_SIZE = 1232, TRIES = 2, SLICE_MS = 250, DNS_PORT = 53 };

typedef struct lookup {
  int over;
  int status;
  uint8_t *answer;
  size_t len;
  char zone[IF_NAMESIZE]; /* of a server with a link-local address */
} lookup_t;

static void on_answer(void *user, int status, int timeouts, unsigned char *data, int len) {
  lookup_t *x = user;
  (void)timeouts;
  x->over = 1;
  x->status = status;
  if (status != ARES_SUCCESS) return;
  x->status = len < 12 || len > RESOLVER_ROOM ? ARES_EBADRESP : ARES_SUCCESS;
  if (x->status != ARES_SUCCESS) return;
  memcpy(x->answer, data, (size_t)len);
  x->len = (size_t)len;
}

/* c-ares has no zones: the socket is put on the link instead. */
static int on_socket(ares_socket_t fd, int type, void *user) {
  const lookup_t *x = user;
  (void)type;
  if (x->zone[0] == 0) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, x->zone, (socklen_t)strlen(x->zone));
}

/* The server in the form that c-ares reads, its zone apart. 0, or -1. */
static int write_server(const char *server, lookup_t *x, char *out, size_t room) {
  char host[256];
  uint8_t octets[16];
  uint16_t port = 0;
  if (setup_split_server(server, host, sizeof host, &port) != 0) return -1;
  if (port == 0) port = DNS_PORT;
  char *zone = strchr(host, '%');
  if (zone != NULL) {
    *zone++ = 0;
    if (strlen(zone) >= sizeof x->zone) return -1;
    memcpy(x->zone, zone, strlen(zone) + 1);
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

/* Of the bits that tell what is awaited, those of reading are the lower half. (The macros for it shift into
 * the sign.) */
static int poll_sockets(ares_channel channel, struct pollfd fds[ARES_GETSOCK_MAXNUM], int ms) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  int n = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
    int reads = (bits >> i & 1U) != 0, writes = (bits >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0;
    if (!reads && !writes) continue;
    fds[n].fd = sockets[i];
    fds[n].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    fds[n++].revents = 0;
  }
  (void)poll(fds, (nfds_t)n, ms);
  return n;
}

static void run(ares_channel channel, lookup_t *x, uint64_t end, int (*stopped)(void)) {
  while (!x->over && !stopped() && agent_now() < end) {
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    struct timeval most = {0, SLICE_MS * 1000}, left;
    const struct timeval *t = ares_timeout(channel, &most, &left);
    int n = poll_sockets(channel, fds, (int)(t->tv_sec * 1000 + t->tv_usec / 1000) + 1);
    for (int i = 0; i < n && !x->over; i++)
      ares_process_fd(channel,
                      (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
                      (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
    if (!x->over) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

int resolver_ask(const char *server, uint64_t most_ms, const uint8_t *question, size_t question_len,
                 uint8_t *answer, size_t *len, int (*stopped)(void), char *error, size_t room) {
  lookup_t x = {.answer = answer, .status = ARES_ETIMEOUT};
  ares_channel channel = NULL;
  char csv[300];
  if (write_server(server, &x, csv, sizeof csv) != 0) {
    (void)snprintf(error, room, "%s is no address of a server", server);
    return -1;
  }
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status == ARES_SUCCESS) status = open_channel(csv, most_ms, &channel);
  if (status == ARES_SUCCESS) {
    ares_set_socket_configure_callback(channel, on_socket, &x);
    ares_send(channel, question, (int)question_len, on_answer, &x);
    run(channel, &x, agent_now() + most_ms + SLICE_MS, stopped);
    status = x.over ? x.status : ARES_ETIMEOUT;
    ares_destroy(channel); /* which ends what is still under way */
  }
  ares_library_cleanup();
  if (status != ARES_SUCCESS) {
    (void)snprintf(error, room, "%s", status == ARES_ETIMEOUT ? "no answer" : ares_strerror(status));
    return -1;
  }
  *len = x.len;
  memcpy(answer, question,
         2); /* newer versions ask under an identifier of their own, which they have compared */
  return 0;
}
