/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink reports that something has changed; comparing shows what. A renewed lease, or a link that goes
 * down, is no news. */
#define _GNU_SOURCE 1
#include "network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/list.h"

/* A link that is up by its name, or an address with its family. */
static void write_fact(const struct ifaddrs *a, uint8_t out[NETWORK_FACT]) {
  memset(out, 0, NETWORK_FACT);
  sa_family_t family = a->ifa_addr == NULL ? AF_UNSPEC : a->ifa_addr->sa_family;
  if (family == AF_INET)
    memcpy(out + 1, &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr, 4);
  else if (family == AF_INET6)
    memcpy(out + 1, &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr, 16);
  else
    (void)strncpy((char *)out + 1, a->ifa_name, NETWORK_FACT - 2);
  out[0] = (uint8_t)family;
}

static int is_known(const network_t *n, const uint8_t fact[NETWORK_FACT]) {
  for (size_t i = 0; i < n->count; i++)
    if (memcmp(n->facts[i], fact, NETWORK_FACT) == 0) return 1;
  return 0;
}

/* One fact more; 0 if there is no room for it. */
static int make_room(network_t *n) {
  void *facts = n->count == NETWORK_FACTS ? NULL : list_room(n->facts, n->count, sizeof *n->facts);
  if (facts == NULL) return 0;
  n->facts = facts;
  return 1;
}

/* Records the facts about links that are up and returns how many are new; facts beyond the room for them are
 * ignored. */
static size_t look_at_network(network_t *n) {
  const unsigned needed = IFF_UP | IFF_RUNNING;
  struct ifaddrs *all = NULL;
  network_t now = {.fd = n->fd};
  size_t news = 0;
  if (getifaddrs(&all) != 0) return 0;
  for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
    if ((a->ifa_flags & needed) != needed || (a->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (!make_room(&now)) break;
    write_fact(a, now.facts[now.count]);
    if (!is_known(n, now.facts[now.count])) news++;
    now.count++;
  }
  freeifaddrs(all);
  free(n->facts);
  *n = now;
  return news;
}

void network_open(network_t *n) {
  struct sockaddr_nl own = {.nl_family = AF_NETLINK,
                            .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
  n->facts = NULL;
  n->count = 0;
  n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (n->fd >= 0 && bind(n->fd, (struct sockaddr *)&own, sizeof own) != 0) network_close(n);
  (void)look_at_network(n);
}

void network_close(network_t *n) {
  if (n->fd >= 0) (void)close(n->fd);
  n->fd = -1;
  free(n->facts);
  n->facts = NULL;
  n->count = 0;
}

/* Whether there was any message, or more than there was room for. Without Netlink nobody tells. */
static int was_told(const network_t *n) {
  uint8_t begin[16]; /* that there was a message is enough, the rest of it is dropped */
  int told = n->fd < 0;
  ssize_t got;
  while ((got = recv(n->fd, begin, sizeof begin, 0)) > 0) told = 1;
  return told || got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

int network_has_news(network_t *n) { return was_told(n) && look_at_network(n) > 0; }
