/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the questions, repeats them as the RFCs say (RFC 2131 4.1, RFC 8415 15 and 18.2.6), and hears what
 * comes back. The ports are held for no longer than that, since they are those of the system's DHCP client.
 */
#define _GNU_SOURCE 1
#include "dhcp_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent.h"

enum { V4_CLIENT = 68, V4_SERVER = 67, V6_CLIENT = 546, V6_SERVER = 547 };

enum {
  V4_FIRST_PAUSE = 4000, /* and a second more or less; doubled each time up to 64 s */
  V4_LAST_PAUSE = 64000,
  V4_SPREAD = 1000,
  V6_MAX_DELAY = 1000,
  V6_FIRST_PAUSE = 1000,
  WITHOUT_MS = 300, /* after an answer without the option, for another server that has it */
  RETRY_MS = 100,   /* while an address is still being checked for duplicates */
  SLICE_MS = 250,   /* between two looks at whether to stop */
  AT_ONCE = 64,     /* messages of one socket before the others have their turn */
  MESSAGE_ROOM = 65535
};

static const char V6_SERVERS[] = "ff02::1:2"; /* All_DHCP_Relay_Agents_and_Servers */

static uint32_t random_bits(void) {
  uint32_t bits = 0;
  return getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits ? bits : (uint32_t)agent_now();
}

/* 0 to @p most */
static uint64_t random_up_to(uint64_t most) { return random_bits() % (most + 1); }

/* ---- questions ----------------------------------------------------------------------------------- */

void dhcp_ask_add(dhcp_ask_t *ask, const links_t *links, const link_t *link, uint32_t family) {
  if (ask->count == DHCP_QUESTIONS) return;
  dhcp_question_t *q = &ask->at[ask->count++];
  memset(q, 0, sizeof *q);
  q->family = family;
  q->index = link->index;
  q->fds[0] = q->fds[1] = -1;
  memcpy(q->link, link->name, sizeof q->link);
  q->client.id = random_bits();
  q->client.hardware_len = (uint8_t)links_hardware(links, link, &q->client.hardware_type, q->client.hardware);
  const struct sockaddr *own = links_address(links, link, family == 4 ? AF_INET : AF_INET6);
  if (own == NULL)
    (void)snprintf(q->fault, sizeof q->fault, "it has no %s",
                   family == 4 ? "IPv4 address" : "link-local address");
  else if (family == 4)
    memcpy(q->client.address, &((const struct sockaddr_in *)(const void *)own)->sin_addr, 4);
  else
    memcpy(q->link_local, &((const struct sockaddr_in6 *)(const void *)own)->sin6_addr, 16);
}

/* ---- sockets ------------------------------------------------------------------------------------- */

/* An address of the family, with @p octets in it (NULL: none), on the question's link. Returns its length. */
static socklen_t address_of(const dhcp_question_t *q, const void *octets, uint16_t port,
                            struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  if (q->family == 4) {
    struct sockaddr_in *a = (struct sockaddr_in *)(void *)out;
    a->sin_family = AF_INET;
    a->sin_port = htons(port);
    memcpy(&a->sin_addr, octets, 4);
    return sizeof *a;
  }
  struct sockaddr_in6 *a = (struct sockaddr_in6 *)(void *)out;
  a->sin6_family = AF_INET6;
  a->sin6_port = htons(port);
  a->sin6_scope_id = q->index;
  memcpy(&a->sin6_addr, octets, 16);
  return sizeof *a;
}

static int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* A socket on the client's port at an address of the question's link. -1 with errno. */
static int open_at(const dhcp_question_t *q, const void *octets) {
  struct sockaddr_storage own;
  socklen_t len = address_of(q, octets, q->family == 4 ? V4_CLIENT : V6_CLIENT, &own);
  int fd = socket(own.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  /* the port is shared with the system's DHCP client, whichever of the two ways it knows */
  (void)set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  (void)set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  int result = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, q->link, (socklen_t)strlen(q->link));
  if (q->family == 4) result |= set(fd, SOL_SOCKET, SO_BROADCAST, 1);
  if (q->family == 6)
    result |= set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) | set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)q->index);
  if (result == 0 && bind(fd, (struct sockaddr *)&own, len) == 0) return fd;
  int why = errno;
  (void)close(fd);
  errno = why;
  return -1;
}

/* Where answers are waited for: at the own address, and in IPv4 also at everybody's. */
static void open_sockets(dhcp_question_t *q, uint64_t now) {
  static const uint8_t everybody[4] = {255, 255, 255, 255};
  q->fds[0] = open_at(q, q->family == 4 ? q->client.address : q->link_local);
  if (q->fds[0] >= 0) {
    if (q->family == 4) q->fds[1] = open_at(q, everybody);
    return;
  }
  if (errno == EADDRNOTAVAIL && q->family == 6) {
    q->due = now + RETRY_MS;
    return;
  }
  const char *hint = errno == EADDRINUSE ? "; a DHCP client does not share it"
                     : errno == EACCES || errno == EPERM
                         ? "; that needs privileges (CAP_NET_BIND_SERVICE, CAP_NET_RAW)"
                         : "";
  (void)snprintf(q->fault, sizeof q->fault, "UDP port %d: %s%s", q->family == 4 ? V4_CLIENT : V6_CLIENT,
                 strerror(errno), hint);
}

static void close_sockets(dhcp_ask_t *ask) {
  for (size_t i = 0; i < ask->count; i++)
    for (size_t k = 0; k < 2; k++) {
      if (ask->at[i].fds[k] >= 0) (void)close(ask->at[i].fds[k]);
      ask->at[i].fds[k] = -1;
    }
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* RFC 2131 4.1: 4 s, 8 s, ... 64 s, each a second more or less. RFC 8415 15: RT = 2 * RTprev + RAND * RTprev
 * with RAND from -0.1 to 0.1, the first one IRT + RAND * IRT. */
static uint64_t next_pause(const dhcp_question_t *q) {
  if (q->family == 4) {
    uint64_t pause = V4_FIRST_PAUSE;
    for (unsigned i = 1; i < q->sent && pause < V4_LAST_PAUSE; i++) pause *= 2;
    return pause - V4_SPREAD + random_up_to(2 * V4_SPREAD);
  }
  uint64_t before = q->sent <= 1 ? V6_FIRST_PAUSE : q->pause;
  uint64_t tenth = before / 10;
  return (q->sent <= 1 ? before : 2 * before) - tenth + random_up_to(2 * tenth);
}

static void send_message(dhcp_question_t *q, uint64_t now) {
  static const uint8_t everybody[4] = {255, 255, 255, 255};
  uint8_t message[DHCP_WIRE_ROOM], servers[16];
  struct sockaddr_storage to;
  if (q->fds[0] < 0) open_sockets(q, now);
  if (q->fds[0] < 0) return;
  if (q->sent == 0) q->first = now;
  size_t len = q->family == 4 ? dhcp_write_inform(&q->client, now - q->first, message)
                              : dhcp_write_information_request(&q->client, now - q->first, message);
  (void)inet_pton(AF_INET6, V6_SERVERS, servers);
  socklen_t to_len =
      q->family == 4 ? address_of(q, everybody, V4_SERVER, &to) : address_of(q, servers, V6_SERVER, &to);
  if (sendto(q->fds[0], message, len, 0, (struct sockaddr *)&to, to_len) < 0 && errno != EAGAIN)
    (void)snprintf(q->fault, sizeof q->fault, "%s", strerror(errno));
  q->sent++;
  q->pause = next_pause(q);
  q->due = now + q->pause;
}

/* ---- hearing ------------------------------------------------------------------------------------- */

static void name_sender(dhcp_question_t *q, const struct sockaddr_storage *from) {
  char address[INET6_ADDRSTRLEN] = "?";
  int v4 = from->ss_family == AF_INET;
  const void *octets = v4 ? (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr
                          : (const void *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
  (void)inet_ntop(from->ss_family, octets, address, sizeof address);
  (void)snprintf(q->from, sizeof q->from, "%s%s%s", address, v4 ? "" : "%", v4 ? "" : q->link);
}

static void receive(dhcp_ask_t *ask, dhcp_question_t *q, int fd) {
  static uint8_t message[MESSAGE_ROOM];
  for (int i = 0; i < AT_ONCE; i++) {
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&from, &from_len);
    if (n < 0) return;
    if (!dhcp_is_answer(ask->ctx, q->family, &q->client, message, (size_t)n)) continue;
    name_sender(q, &from);
    if (q->answers++ == 0) q->heard_at = agent_now();
    if (ask->hear(ask->user, q, message, (size_t)n) == DHCP_FOUND) q->found = 1;
  }
}

/* ---- until when ---------------------------------------------------------------------------------- */

static int has_found(const dhcp_ask_t *ask, uint32_t family) {
  for (size_t i = 0; i < ask->count; i++)
    if (ask->at[i].family == family && ask->at[i].found) return 1;
  return 0;
}

/* Until when a question waits. Once the other family has something to go on with, silence is waited for no
 * longer than until the first message would be repeated. */
static uint64_t waits_until(const dhcp_ask_t *ask, const dhcp_question_t *q) {
  if (q->fault[0] != 0) return 0;
  if (q->found) return ask->gather_ms == 0 ? 0 : q->heard_at + ask->gather_ms;
  if (q->answers > 0) return q->heard_at + (ask->gather_ms > WITHOUT_MS ? ask->gather_ms : WITHOUT_MS);
  uint64_t end = q->begin + ask->most_ms;
  if (!has_found(ask, q->family == 4 ? 6 : 4)) return end;
  uint64_t first = q->sent == 0 ? q->begin + V6_MAX_DELAY + V6_FIRST_PAUSE : q->sent == 1 ? q->due : 0;
  return first < end ? first : end;
}

/* When the family has nothing more to wait for: @p now or before. */
static uint64_t family_waits_until(const dhcp_ask_t *ask, uint32_t family) {
  uint64_t until = 0;
  if (ask->gather_ms == 0 && has_found(ask, family)) return 0;
  for (size_t i = 0; i < ask->count; i++) {
    uint64_t own = ask->at[i].family == family ? waits_until(ask, &ask->at[i]) : 0;
    if (own > until) until = own;
  }
  return until;
}

static int is_open(const dhcp_ask_t *ask, const dhcp_question_t *q, uint64_t now) {
  return q->fault[0] == 0 && q->answers == 0 && now < q->begin + ask->most_ms;
}

static void wait_for(dhcp_ask_t *ask, uint64_t now, uint64_t until) {
  struct pollfd fds[2 * DHCP_QUESTIONS];
  dhcp_question_t *of[2 * DHCP_QUESTIONS];
  nfds_t count = 0;
  uint64_t next = now + SLICE_MS < until ? now + SLICE_MS : until;
  for (size_t i = 0; i < ask->count; i++) {
    dhcp_question_t *q = &ask->at[i];
    if (is_open(ask, q, now) && q->due < next) next = q->due;
    for (size_t k = 0; k < 2; k++) {
      if (q->fds[k] < 0) continue;
      fds[count].fd = q->fds[k];
      fds[count].events = POLLIN;
      of[count++] = q;
    }
  }
  if (poll(fds, count, next <= now ? 0 : (int)(next - now)) <= 0) return;
  for (nfds_t i = 0; i < count; i++)
    if (fds[i].revents != 0) receive(ask, of[i], fds[i].fd);
}

void dhcp_ask_run(dhcp_ask_t *ask, uint32_t family) {
  uint64_t now = agent_now();
  for (size_t i = 0; i < ask->count; i++) {
    dhcp_question_t *q = &ask->at[i];
    q->begin = now;
    q->due = now + (q->family == 6 ? random_up_to(V6_MAX_DELAY) : 0);
  }
  uint64_t until;
  while ((now = agent_now()) < (until = family_waits_until(ask, family)) && !ask->stopped()) {
    for (size_t i = 0; i < ask->count; i++)
      if (is_open(ask, &ask->at[i], now) && ask->at[i].due <= now) send_message(&ask->at[i], now);
    wait_for(ask, now, until);
  }
  close_sockets(ask);
  ask->ended = now;
}

int dhcp_ask_settled(const dhcp_ask_t *ask, uint32_t family) {
  return family_waits_until(ask, family) <= ask->ended;
}
