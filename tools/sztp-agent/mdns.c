/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the questions from an ephemeral port on every link, so that they are answered directly, and joins the
 * groups as well, since a responder that considers the device off-link answers by multicast (RFC 6762 11). */
#define _GNU_SOURCE 1
#include "mdns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/error.h>
#include <unistd.h>

#include "clock.h"
#include "common/list.h"
#include "links.h"

enum {
  PORT = 5353,
  REPEAT_MS = 1000, /* D-25 */
  TOTAL_MS = 3000,
  AFTER_MS = 200,
  MAX_MESSAGE = 9000,
  SOCKETS = 4 * LINKS_MAX,
  ASKS = 2 /* how often */
};

static const char GROUP4[] = "224.0.0.251";
static const char GROUP6[] = "ff02::fb";

typedef struct mdns_socket {
  int fd;
  unsigned link; /* its index */
  int family;
  int asks; /* it sends questions */
  unsigned sent;
  uint64_t first; /* when the questions were first sent */
} mdns_socket_t;

typedef struct question {
  sztp_dns_t *lookup; /* recognises answers to it, and when there are enough */
  uint8_t octets[SZTP_DNS_QUESTION_MAX];
  size_t len;
  uint64_t answered; /* when, or 0 */
} question_t;

struct mdns {
  sztp_ctx_t *ctx;
  const text_list_t *only;
  question_t questions[MDNS_QUESTIONS];
  size_t question_count;
  links_t links;
  uint64_t look; /* when the links are read again */
  int closed;
  mdns_socket_t *sockets; /* at most SOCKETS */
  size_t count;
  mdns_message_t *messages; /* at most MDNS_MESSAGES */
  size_t message_count;
  mdns_told_t told;
};

/* ---- sockets ------------------------------------------------------------------------------------- */

static int set_int_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* How questions are sent, and what the kernel reports about messages. */
static int set_options(int fd, int family, unsigned link) {
  if (family == AF_INET) {
    struct ip_mreqn by = {.imr_ifindex = (int)link};
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by) != 0) return -1;
    return set_int_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255) |
           set_int_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
  return set_int_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) |
         set_int_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)link) |
         set_int_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255) |
         set_int_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

/* Fills in the group's address or, with @p any, the wildcard address, and returns its length. */
static socklen_t group_address(int family, unsigned link, int any, uint16_t port,
                               struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  if (family == AF_INET) {
    struct sockaddr_in *a = (struct sockaddr_in *)(void *)out;
    a->sin_family = AF_INET;
    a->sin_port = htons(port);
    if (!any) (void)inet_pton(AF_INET, GROUP4, &a->sin_addr);
    return sizeof *a;
  }
  struct sockaddr_in6 *a = (struct sockaddr_in6 *)(void *)out;
  a->sin6_family = AF_INET6;
  a->sin6_port = htons(port);
  a->sin6_scope_id = any ? 0 : link;
  if (!any) (void)inet_pton(AF_INET6, GROUP6, &a->sin6_addr);
  return sizeof *a;
}

static uint16_t port_of(const struct sockaddr_storage *a) {
  return ntohs(a->ss_family == AF_INET ? ((const struct sockaddr_in *)(const void *)a)->sin_port
                                       : ((const struct sockaddr_in6 *)(const void *)a)->sin6_port);
}

/* DNS-25: asking from port 5353 would claim to be more than a one-shot querier. */
static int bind_to_ask(int fd, int family) {
  struct sockaddr_storage own;
  socklen_t len = group_address(family, 0, 1, 0, &own);
  if (bind(fd, (struct sockaddr *)&own, len) != 0 || getsockname(fd, (struct sockaddr *)&own, &len) != 0)
    return -1;
  return port_of(&own) == PORT ? -1 : 0;
}

/* Bound to the group, so that a responder on this device loses nothing. */
static int bind_to_group(int fd, int family, unsigned link) {
  struct sockaddr_storage group;
  socklen_t len = group_address(family, link, 0, PORT, &group);
  if (set_int_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0 || bind(fd, (struct sockaddr *)&group, len) != 0)
    return -1;
  if (family == AF_INET) {
    struct ip_mreqn join = {.imr_ifindex = (int)link};
    (void)inet_pton(AF_INET, GROUP4, &join.imr_multiaddr);
    return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join);
  }
  struct ipv6_mreq join = {.ipv6mr_interface = link};
  (void)inet_pton(AF_INET6, GROUP6, &join.ipv6mr_multiaddr);
  return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &join, sizeof join);
}

static void open_socket(mdns_t *m, const link_t *link, int family, int asks) {
  for (size_t i = 0; i < m->count; i++)
    if (m->sockets[i].link == link->index && m->sockets[i].family == family && m->sockets[i].asks == asks)
      return;
  mdns_socket_t *sockets = m->count == SOCKETS ? NULL : list_room(m->sockets, m->count, sizeof *m->sockets);
  if (sockets == NULL) return;
  m->sockets = sockets;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  if (set_options(fd, family, link->index) != 0 ||
      (asks ? bind_to_ask(fd, family) : bind_to_group(fd, family, link->index)) != 0) {
    (void)close(fd);
    return;
  }
  mdns_socket_t s = {.fd = fd, .link = link->index, .family = family, .asks = asks};
  m->sockets[m->count++] = s;
}

/* Reads the links again: one may have come up or received an address. */
static void open_link_sockets(mdns_t *m) {
  links_free(&m->links);
  if (links_read(m->only, &m->links) != 0) return;
  m->told.left_out = m->links.left_out;
  for (size_t i = 0; i < m->links.count; i++) {
    const link_t *link = &m->links.at[i];
    for (int asks = 0; asks < 2; asks++) {
      if (link->ipv4) open_socket(m, link, AF_INET, asks);
      if (link->ipv6) open_socket(m, link, AF_INET6, asks);
    }
  }
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void ask(mdns_t *m, mdns_socket_t *s, uint64_t now) {
  struct sockaddr_storage group;
  socklen_t len = group_address(s->family, s->link, 0, PORT, &group);
  int sent = 0, known = 0;
  for (size_t i = 0; i < m->count; i++)
    known = known || (m->sockets[i].link == s->link && m->sockets[i].sent > 0);
  for (size_t q = 0; q < m->question_count; q++)
    if (sendto(s->fd, m->questions[q].octets, m->questions[q].len, 0, (struct sockaddr *)&group, len) > 0)
      sent = 1;
  if (s->first == 0) s->first = now;
  if (!sent) return; /* the address is still being checked for duplicates, or the link is gone */
  if (!known) m->told.links++;
  if (s->sent++ == 0) s->first = now;
}

static int all_answered(const mdns_t *m) {
  for (size_t q = 0; q < m->question_count; q++)
    if (m->questions[q].answered == 0) return 0;
  return 1;
}

static uint64_t send_due_asks(void *self, uint64_t now) {
  mdns_t *m = self;
  if (m->closed || all_answered(m)) return UINT64_MAX;
  if (now >= m->look) {
    open_link_sockets(m);
    m->look = now + LINKS_LOOK_MS;
  }
  uint64_t next = m->look;
  for (size_t i = 0; i < m->count; i++) {
    mdns_socket_t *s = &m->sockets[i];
    if (!s->asks || s->sent >= ASKS) continue;
    if (s->sent == 0 || now >= s->first + REPEAT_MS) ask(m, s, now);
    if (s->sent == 1 && s->first + REPEAT_MS < next) next = s->first + REPEAT_MS;
  }
  return next;
}

/* ---- hearing ------------------------------------------------------------------------------------- */

/* The destination of a message and the link it arrived on, as the kernel reports them. */
typedef struct arrival {
  unsigned link;
  int to_group;
} arrival_t;

/* musl's macro mixes signs, which is its own affair. */
static struct cmsghdr *next_of(struct msghdr *h, struct cmsghdr *c) {
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
  return CMSG_NXTHDR(h, c);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
}

static arrival_t arrival_of(struct msghdr *h) {
  arrival_t a = {0, 0};
  for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = next_of(h, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      a.link = (unsigned)info.ipi_ifindex;
      a.to_group = info.ipi_addr.s_addr == inet_addr(GROUP4);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      struct in6_addr group;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      (void)inet_pton(AF_INET6, GROUP6, &group);
      a.link = info.ipi6_ifindex;
      a.to_group = memcmp(&info.ipi6_addr, &group, sizeof group) == 0;
    }
  }
  return a;
}

static void name_sender(const mdns_t *m, const struct sockaddr_storage *from, unsigned link, char *out,
                        size_t room) {
  char address[INET6_ADDRSTRLEN] = "?";
  const char *name = "?";
  const void *octets = from->ss_family == AF_INET
                           ? (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr
                           : (const void *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
  (void)inet_ntop(from->ss_family, octets, address, sizeof address);
  for (size_t i = 0; i < m->links.count; i++)
    if (m->links.at[i].index == link) name = m->links.at[i].name;
  (void)snprintf(out, room, "%s%%%s", address, name);
}

/* Keeps a response to a question, well-formed or not. */
static void keep_message(mdns_t *m, const char *from, const uint8_t *message, size_t len) {
  int is_about = 0;
  for (size_t i = 0; i < m->message_count; i++)
    if (m->messages[i].len == len && memcmp(m->messages[i].data, message, len) == 0 &&
        strcmp(m->messages[i].from, from) == 0)
      return; /* questions are repeated, and so are answers */
  for (size_t q = 0; q < m->question_count; q++) {
    int32_t rc = sztp_dns_add(m->questions[q].lookup, from, strlen(from), message, len);
    is_about = is_about || rc != SZTP_ERR_NOT_FOUND;
    if (rc == SZTP_OK && m->questions[q].answered == 0) m->questions[q].answered = clock_ms();
  }
  if (!is_about || m->message_count == MDNS_MESSAGES) return;
  mdns_message_t *messages = list_room(m->messages, m->message_count, sizeof *m->messages);
  if (messages == NULL) return;
  m->messages = messages;
  mdns_message_t *kept = &messages[m->message_count];
  kept->data = malloc(len);
  if (kept->data == NULL) return;
  memcpy(kept->data, message, len);
  kept->len = len;
  (void)snprintf(kept->from, sizeof kept->from, "%s", from);
  m->message_count++;
}

/* DNS-27, RFC 6762 6: responses come from port 5353 of a host on the link that was asked. */
static void take_response(mdns_t *m, const mdns_socket_t *s, const struct sockaddr_storage *from, arrival_t a,
                          const uint8_t *message, size_t len) {
  char sender[MDNS_FROM];
  if (len < 12 || (message[2] & 0x80) == 0) return; /* another host's question */
  if (a.link != s->link && !s->asks) return;        /* the socket of that link receives it, too */
  name_sender(m, from, a.link, sender, sizeof sender);
  int local = a.to_group || links_is_local(&m->links, a.link, (const struct sockaddr *)from);
  if (!local || a.link != s->link || port_of(from) != PORT) {
    m->told.foreign++;
    memcpy(m->told.last_foreign, sender, sizeof sender);
    return;
  }
  keep_message(m, sender, message, len);
}

static void receive(mdns_t *m, const mdns_socket_t *s) {
  uint8_t message[MAX_MESSAGE];
  for (int i = 0; i < LINKS_AT_ONCE; i++) {
    struct sockaddr_storage from;
    union {
      struct cmsghdr align;
      uint8_t octets[256];
    } control;
    struct iovec part = {message, sizeof message};
    struct msghdr h = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(s->fd, &h, 0);
    if (n < 0) return;
    if ((h.msg_flags & MSG_TRUNC) == 0) take_response(m, s, &from, arrival_of(&h), message, (size_t)n);
  }
}

static void receive_responses(void *self) {
  mdns_t *m = self;
  for (size_t i = 0; i < m->count; i++) receive(m, &m->sockets[i]);
}

static size_t watch_sockets(const void *self, struct pollfd *fds) {
  const mdns_t *m = self;
  for (size_t i = 0; i < m->count; i++) {
    fds[i].fd = m->sockets[i].fd;
    fds[i].events = POLLIN;
  }
  return m->count;
}

/* ---- the exchange -------------------------------------------------------------------------------- */

mdns_t *mdns_new(sztp_ctx_t *ctx, const text_list_t *only) {
  mdns_t *m = calloc(1, sizeof *m);
  if (m == NULL) return NULL;
  m->ctx = ctx;
  m->only = only;
  return m;
}

void mdns_close(mdns_t *m) {
  for (size_t i = 0; i < m->count; i++) (void)close(m->sockets[i].fd);
  free(m->sockets);
  m->sockets = NULL;
  m->count = 0;
  m->closed = 1;
  links_free(&m->links);
}

void mdns_free(mdns_t *m) {
  if (m == NULL) return;
  mdns_close(m);
  for (size_t i = 0; i < m->question_count; i++) sztp_dns_free(m->questions[i].lookup);
  for (size_t i = 0; i < m->message_count; i++) free(m->messages[i].data);
  free(m->messages);
  free(m);
}

int32_t mdns_add(mdns_t *m, uint32_t type, const char *name, size_t len) {
  if (m->question_count == MDNS_QUESTIONS) return SZTP_ERR_LIMIT;
  question_t *q = &m->questions[m->question_count];
  int32_t rc = sztp_dns_new(m->ctx, type, SZTP_DNS_MULTICAST, name, len, 0, &q->lookup);
  if (rc != SZTP_OK) return rc;
  rc = sztp_dns_question(q->lookup, 0, q->octets, sizeof q->octets, &q->len);
  m->question_count++;
  return rc;
}

size_t mdns_find(const mdns_t *m, const uint8_t *question, size_t len) {
  for (size_t i = 0; i < m->question_count; i++)
    if (m->questions[i].len == len && memcmp(m->questions[i].octets, question, len) == 0) return i;
  return MDNS_QUESTIONS;
}

polled_t mdns_polled(mdns_t *m) {
  polled_t x = {m, send_due_asks, watch_sockets, receive_responses};
  return x;
}

uint64_t mdns_until(const mdns_t *m, size_t place) {
  uint64_t end = m->look == 0 ? UINT64_MAX : 0; /* not started */
  if (m->closed) return 0;
  for (size_t i = 0; i < m->count; i++)
    if (m->sockets[i].asks && m->sockets[i].first + TOTAL_MS > end) end = m->sockets[i].first + TOTAL_MS;
  uint64_t answered = m->questions[place].answered;
  return answered != 0 && answered + AFTER_MS < end ? answered + AFTER_MS : end;
}

int mdns_is_over(const mdns_t *m, uint64_t now) {
  for (size_t q = 0; q < m->question_count; q++)
    if (mdns_until(m, q) > now) return 0;
  return 1;
}

int mdns_has_answer(const mdns_t *m) {
  for (size_t q = 0; q < m->question_count; q++)
    if (m->questions[q].answered != 0) return 1;
  return 0;
}

const sztp_dns_t *mdns_lookup(const mdns_t *m, size_t place) { return m->questions[place].lookup; }

const mdns_message_t *mdns_message(const mdns_t *m, size_t n) {
  return n < m->message_count ? &m->messages[n] : NULL;
}

const mdns_told_t *mdns_told(const mdns_t *m) { return &m->told; }

void mdns_outcome(const char *last, const mdns_told_t *told, char *out, size_t room) {
  if (last[0] != '\0')
    (void)snprintf(out, room, "%s", last);
  else if (told->links == 0)
    (void)snprintf(out, room, "no link with an address is up");
  else if (told->foreign > 0)
    (void)snprintf(out, room, "no answer in 3 s but of %s, which is not from the link", told->last_foreign);
  else
    (void)snprintf(out, room, "no answer in 3 s");
}
