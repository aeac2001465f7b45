/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the questions, repeats them as the RFCs say (RFC 2131 4.1, RFC 8415 15 and 18.2.6), and receives the
 * answers. In IPv6 an answer may be so long that it arrives in fragments, which only a UDP socket
 * reassembles; one is opened if the system's DHCP client shares the port, and no longer than needed. */
#define _GNU_SOURCE 1
#include "dhcp_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"
#include "common/list.h"
#include "dhcp_packet.h"

enum {
  V4_FIRST_PAUSE = 4000, /* plus or minus a second; doubled each time up to 64 s */
  V4_LAST_PAUSE = 64000,
  V4_SPREAD = 1000,
  V6_MAX_DELAY = 1000,
  V6_FIRST_PAUSE = 1000,
  WITHOUT_MS = 300, /* after an answer without the option, to give another server a chance */
  RETRY_MS = 100    /* while an address is still being checked for duplicates */
};

static const char V6_SERVERS[] = "ff02::1:2"; /* All_DHCP_Relay_Agents_and_Servers */

static uint32_t random_bits(void) {
  uint32_t bits = 0;
  return getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits ? bits : (uint32_t)clock_ms();
}

/* 0 to @p most */
static uint64_t random_up_to(uint64_t most) { return random_bits() % (most + 1); }

/* ---- questions ----------------------------------------------------------------------------------- */

uint32_t dhcp_family_bit(uint32_t family) { return (uint32_t)1 << family; }

static dhcp_question_t *question_of(dhcp_ask_t *ask, const link_t *link, uint32_t family) {
  for (size_t i = 0; i < ask->count; i++)
    if (ask->at[i].family == family && ask->at[i].index == link->index) return &ask->at[i];
  dhcp_question_t *at = ask->count == DHCP_QUESTIONS ? NULL : list_room(ask->at, ask->count, sizeof *ask->at);
  if (at == NULL) return NULL;
  ask->at = at;
  dhcp_question_t *q = &at[ask->count++];
  memset(q, 0, sizeof *q);
  q->family = family;
  q->index = link->index;
  q->packets = q->udp = -1;
  memcpy(q->link, link->name, sizeof q->link);
  (void)snprintf(q->fault, sizeof q->fault, "it has no %s",
                 family == 4 ? "IPv4 address" : "link-local address");
  return q;
}

/* The exchange on a link begins as soon as it has an address to ask from. */
static void begin_question(dhcp_question_t *q, const links_t *links, const link_t *link, uint64_t now) {
  const struct sockaddr *own = links_address(links, link, q->family == 4 ? AF_INET : AF_INET6);
  if (own == NULL) return;
  q->has_address = 1;
  q->fault[0] = '\0';
  q->client.id = random_bits();
  q->client.hardware_len = (uint8_t)links_hardware(links, link, &q->client.hardware_type, q->client.hardware);
  if (q->family == 4)
    memcpy(q->client.address, &((const struct sockaddr_in *)(const void *)own)->sin_addr, 4);
  else
    memcpy(q->link_local, &((const struct sockaddr_in6 *)(const void *)own)->sin6_addr, 16);
  q->begin = now;
  q->due = now + (q->family == 6 ? random_up_to(V6_MAX_DELAY) : 0);
}

static void look_at_links(dhcp_ask_t *ask, uint64_t now) {
  links_t links;
  ask->look = now + LINKS_LOOK_MS;
  if (links_read(ask->only, &links) != 0) return;
  for (size_t i = 0; i < links.count; i++)
    for (uint32_t family = 4; family <= 6; family += 2) {
      dhcp_question_t *q =
          (ask->families & dhcp_family_bit(family)) == 0 ? NULL : question_of(ask, &links.at[i], family);
      if (q != NULL && !q->has_address) begin_question(q, &links, &links.at[i], now);
    }
  links_free(&links);
}

/* ---- sockets ------------------------------------------------------------------------------------- */

static struct sockaddr_in6 socket_address(const dhcp_question_t *q, const uint8_t octets[16], uint16_t port) {
  struct sockaddr_in6 a;
  memset(&a, 0, sizeof a);
  a.sin6_family = AF_INET6;
  a.sin6_port = htons(port);
  a.sin6_scope_id = q->index;
  memcpy(&a.sin6_addr, octets, 16);
  return a;
}

static int set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* Binds to the client's port at the link-local address. -1 with errno: EADDRNOTAVAIL while the address is
 * being checked for duplicates. */
static int open_udp(const dhcp_question_t *q) {
  struct sockaddr_in6 own = socket_address(q, q->link_local, DHCP_V6_CLIENT);
  int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  /* the port is shared with the system's DHCP client, whichever of the two options that uses */
  int result = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) | set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) |
               set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) |
               set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)q->index);
  if (result == 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0) return fd;
  int why = errno;
  (void)close(fd);
  errno = why;
  return -1;
}

static void open_question_sockets(dhcp_question_t *q, uint64_t now) {
  if (q->family == 6 && (q->udp = open_udp(q)) < 0 && errno == EADDRNOTAVAIL) {
    q->due = now + RETRY_MS;
    return;
  }
  q->packets = dhcp_packet_open(q->family, q->index);
  if (q->packets >= 0 || q->udp >= 0) return;
  (void)snprintf(q->fault, sizeof q->fault, "packet socket: %s%s", strerror(errno),
                 errno == EACCES || errno == EPERM ? "; that needs CAP_NET_RAW" : "");
}

void dhcp_ask_close(dhcp_ask_t *ask) {
  for (size_t i = 0; i < ask->count; i++) {
    dhcp_question_t *q = &ask->at[i];
    if (q->packets >= 0) (void)close(q->packets);
    if (q->udp >= 0) (void)close(q->udp);
  }
  free(ask->at);
  free(ask->message);
  ask->at = NULL;
  ask->message = NULL;
  ask->count = ask->message_room = 0;
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* RFC 2131 4.1: 4 s, 8 s, ... 64 s, each plus or minus a second. RFC 8415 15: RT = 2 * RTprev + RAND * RTprev
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

static int send_packet(const dhcp_question_t *q, const uint8_t *message, size_t len) {
  uint8_t packet[DHCP_PACKET_HEADS + DHCP_WIRE_ROOM];
  len =
      dhcp_packet_write(q->family, q->family == 4 ? q->client.address : q->link_local, message, len, packet);
  return dhcp_packet_send(q->packets, q->family, q->index, q->client.hardware_len, packet, len);
}

static int send_udp(const dhcp_question_t *q, const uint8_t *message, size_t len) {
  uint8_t servers[16];
  (void)inet_pton(AF_INET6, V6_SERVERS, servers);
  struct sockaddr_in6 to = socket_address(q, servers, DHCP_V6_SERVER);
  return sendto(q->udp, message, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len ? 0 : -1;
}

static void send_message(dhcp_question_t *q, uint64_t now) {
  if (q->packets < 0 && q->udp < 0) open_question_sockets(q, now);
  if (q->packets < 0 && q->udp < 0) return;
  uint8_t message[DHCP_WIRE_ROOM];
  if (q->sent == 0) q->first = now;
  size_t len = q->family == 4 ? dhcp_write_inform(&q->client, now - q->first, message)
                              : dhcp_write_information_request(&q->client, now - q->first, message);
  int result = q->packets >= 0 ? send_packet(q, message, len) : send_udp(q, message, len);
  if (result != 0 && errno != EAGAIN) (void)snprintf(q->fault, sizeof q->fault, "%s", strerror(errno));
  q->sent++;
  q->pause = next_pause(q);
  q->due = now + q->pause;
}

/* ---- hearing ------------------------------------------------------------------------------------- */

static void take_message(dhcp_ask_t *ask, dhcp_question_t *q, const void *from, const uint8_t *message,
                         size_t len) {
  char address[INET6_ADDRSTRLEN] = "?";
  if (!dhcp_is_answer(ask->ctx, q->family, &q->client, message, len)) return;
  (void)inet_ntop(q->family == 4 ? AF_INET : AF_INET6, from, address, sizeof address);
  (void)snprintf(q->from, sizeof q->from, "%s%s%s", address, q->family == 4 ? "" : "%",
                 q->family == 4 ? "" : q->link);
  if (q->answers++ == 0) q->heard_at = clock_ms();
  if (ask->hear(ask->user, q, message, len) == DHCP_FOUND) q->found = 1;
}

/* The next message at a socket: its length, -1 if there is none. A message may have 64 KiB, and hardly one
 * has: room is made for those that come. One that there is no memory for is dropped. */
static ssize_t receive_next(dhcp_ask_t *ask, int fd, struct sockaddr_in6 *from) {
  socklen_t from_len = sizeof *from;
  ssize_t n = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC);
  if (n < 0) return -1;
  if ((size_t)n > ask->message_room) {
    uint8_t *larger = realloc(ask->message, (size_t)n);
    if (larger != NULL) {
      ask->message = larger;
      ask->message_room = (size_t)n;
    }
  }
  n = recvfrom(fd, ask->message, ask->message_room, MSG_TRUNC, (struct sockaddr *)from,
               from == NULL ? NULL : &from_len);
  return n >= 0 && (size_t)n > ask->message_room ? 0 : n;
}

static void receive_packets(dhcp_ask_t *ask, dhcp_question_t *q) {
  for (int i = 0; i < LINKS_AT_ONCE; i++) {
    const uint8_t *message = NULL, *from = NULL;
    size_t len = 0;
    ssize_t n = receive_next(ask, q->packets, NULL);
    if (n < 0) return;
    if (dhcp_packet_read(q->family, ask->message, (size_t)n, &message, &len, &from))
      take_message(ask, q, from, message, len);
  }
}

static void receive_udp(dhcp_ask_t *ask, dhcp_question_t *q) {
  for (int i = 0; i < LINKS_AT_ONCE; i++) {
    struct sockaddr_in6 from;
    ssize_t n = receive_next(ask, q->udp, &from);
    if (n < 0) return;
    take_message(ask, q, &from.sin6_addr, ask->message, (size_t)n);
  }
}

/* ---- until when ---------------------------------------------------------------------------------- */

static int has_found(const dhcp_ask_t *ask, uint32_t family) {
  for (size_t i = 0; i < ask->count; i++)
    if (ask->at[i].family == family && ask->at[i].found) return 1;
  return 0;
}

/* How long a question waits. Once the other family or another source has found something, silence is only
 * waited out until the first message would be repeated. */
static uint64_t waits_until(const dhcp_ask_t *ask, const dhcp_question_t *q) {
  if (q->fault[0] != '\0') return 0;
  if (q->found) return ask->gather_ms == 0 ? 0 : q->heard_at + ask->gather_ms;
  if (q->answers > 0) return q->heard_at + (ask->gather_ms > WITHOUT_MS ? ask->gather_ms : WITHOUT_MS);
  uint64_t end = q->begin + ask->most_ms;
  if (!ask->found_elsewhere && !has_found(ask, q->family == 4 ? 6 : 4)) return end;
  uint64_t first = q->sent == 0 ? q->begin + V6_MAX_DELAY + V6_FIRST_PAUSE : q->sent == 1 ? q->due : 0;
  return first < end ? first : end;
}

uint64_t dhcp_ask_until(const dhcp_ask_t *ask, uint32_t family) {
  uint64_t until = 0;
  if (ask->gather_ms == 0 && has_found(ask, family)) return 0;
  for (size_t i = 0; i < ask->count; i++) {
    uint64_t own = ask->at[i].family == family ? waits_until(ask, &ask->at[i]) : 0;
    if (own > until) until = own;
  }
  return until;
}

/* ---- the exchange -------------------------------------------------------------------------------- */

static int is_open(const dhcp_ask_t *ask, const dhcp_question_t *q, uint64_t now) {
  return q->fault[0] == '\0' && q->answers == 0 && now < q->begin + ask->most_ms;
}

static uint64_t send_due_questions(void *self, uint64_t now) {
  dhcp_ask_t *ask = self;
  if (now >= ask->look) look_at_links(ask, now);
  uint64_t next = ask->look;
  for (size_t i = 0; i < ask->count; i++) {
    dhcp_question_t *q = &ask->at[i];
    if (is_open(ask, q, now) && q->due <= now) send_message(q, now);
    if (is_open(ask, q, now) && q->due < next) next = q->due;
  }
  return next;
}

static size_t watch_questions(const void *self, struct pollfd *fds) {
  const dhcp_ask_t *ask = self;
  size_t n = 0;
  for (size_t i = 0; i < ask->count; i++) {
    const int both[2] = {ask->at[i].packets, ask->at[i].udp};
    for (size_t k = 0; k < 2; k++) {
      if (both[k] < 0) continue;
      fds[n].fd = both[k];
      fds[n++].events = POLLIN;
    }
  }
  return n;
}

static void receive_all(void *self) {
  dhcp_ask_t *ask = self;
  for (size_t i = 0; i < ask->count; i++) {
    if (ask->at[i].packets >= 0) receive_packets(ask, &ask->at[i]);
    if (ask->at[i].udp >= 0) receive_udp(ask, &ask->at[i]);
  }
}

void dhcp_ask_family(dhcp_ask_t *ask, uint32_t family) {
  if ((ask->families & dhcp_family_bit(family)) == 0) ask->look = 0; /* at the next turn */
  ask->families |= dhcp_family_bit(family);
}

polled_t dhcp_ask_polled(dhcp_ask_t *ask) {
  polled_t x = {ask, send_due_questions, watch_questions, receive_all};
  return x;
}
