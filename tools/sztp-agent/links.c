/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for links and their addresses. */
#define _GNU_SOURCE 1
#include "links.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An IPv4 address may have a label ("eth0:1") instead of the link's name, which never contains a colon. */
static int is_of(const struct ifaddrs *a, const char *name) {
  size_t len = strcspn(a->ifa_name, ":");
  return strncmp(a->ifa_name, name, len) == 0 && name[len] == '\0';
}

static int is_wanted(const text_list_t *only, const struct ifaddrs *a) {
  for (size_t i = 0; i < only->count; i++)
    if (is_of(a, only->at[i])) return 1;
  return only->count == 0;
}

static link_t *find_link(links_t *links, const struct ifaddrs *a) {
  for (size_t i = 0; i < links->count; i++)
    if (is_of(a, links->at[i].name)) return &links->at[i];
  return NULL;
}

static link_t *add_link(links_t *links, const struct ifaddrs *a) {
  char name[IF_NAMESIZE];
  (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(a->ifa_name, ":"), a->ifa_name);
  unsigned index = if_nametoindex(name);
  if (index == 0) return NULL;
  if (links->count == LINKS_MAX) {
    links->left_out = 1;
    return NULL;
  }
  link_t *link = &links->at[links->count++];
  memcpy(link->name, name, sizeof name);
  link->index = index;
  return link;
}

int links_read(const text_list_t *only, links_t *out) {
  const unsigned needed = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
  memset(out, 0, sizeof *out);
  if (getifaddrs(&out->addresses) != 0) return -1;
  for (const struct ifaddrs *a = out->addresses; a != NULL; a = a->ifa_next) {
    if ((a->ifa_flags & needed) != needed || (a->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (!is_wanted(only, a)) continue;
    link_t *link = find_link(out, a);
    if (link == NULL) link = add_link(out, a);
    if (link == NULL || a->ifa_addr == NULL) continue;
    if (a->ifa_addr->sa_family == AF_INET) link->ipv4 = 1;
    if (a->ifa_addr->sa_family == AF_INET6) link->ipv6 = 1;
  }
  return 0;
}

void links_free(links_t *links) {
  if (links->addresses != NULL) freeifaddrs(links->addresses);
  links->addresses = NULL;
  links->count = 0;
  links->left_out = 0;
}

static int is_link_local(const struct sockaddr *a) {
  return IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

const struct sockaddr *links_address(const links_t *links, const link_t *link, int family) {
  for (const struct ifaddrs *a = links->addresses; a != NULL; a = a->ifa_next) {
    if (a->ifa_addr == NULL || a->ifa_addr->sa_family != family || !is_of(a, link->name)) continue;
    if (family != AF_INET6 || is_link_local(a->ifa_addr)) return a->ifa_addr;
  }
  return NULL;
}

size_t links_hardware(const links_t *links, const link_t *link, uint16_t *type, uint8_t out[LINKS_HARDWARE]) {
  for (const struct ifaddrs *a = links->addresses; a != NULL; a = a->ifa_next) {
    if (a->ifa_addr == NULL || a->ifa_addr->sa_family != AF_PACKET || !is_of(a, link->name)) continue;
    struct sockaddr_ll packet;
    memcpy(&packet, a->ifa_addr, sizeof packet);
    size_t len = packet.sll_halen < sizeof packet.sll_addr ? packet.sll_halen : sizeof packet.sll_addr;
    memcpy(out, packet.sll_addr, len);
    *type = packet.sll_hatype;
    return len;
  }
  return 0;
}

/* The octets of an address, and how many there are. */
static const uint8_t *octets_of(const struct sockaddr *a, size_t *len) {
  if (a->sa_family == AF_INET) {
    *len = 4;
    return (const uint8_t *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;
  }
  *len = a->sa_family == AF_INET6 ? 16 : 0;
  return *len == 0 ? NULL : (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
}

static int same_subnet(const struct sockaddr *own, const struct sockaddr *mask,
                       const struct sockaddr *other) {
  size_t len = 0, own_len = 0, mask_len = 0;
  const uint8_t *p = octets_of(other, &len), *i = octets_of(own, &own_len), *m = octets_of(mask, &mask_len);
  if (len == 0 || own_len != len || mask_len != len) return 0;
  for (size_t k = 0; k < len; k++)
    if (((p[k] ^ i[k]) & m[k]) != 0) return 0;
  return 1;
}

int links_is_local(const links_t *links, unsigned index, const struct sockaddr *from) {
  for (const struct ifaddrs *a = links->addresses; a != NULL; a = a->ifa_next) {
    if (a->ifa_addr == NULL || a->ifa_netmask == NULL || a->ifa_addr->sa_family != from->sa_family) continue;
    /* the index last, since it takes a system call for each message */
    if (same_subnet(a->ifa_addr, a->ifa_netmask, from) && if_nametoindex(a->ifa_name) == index) return 1;
  }
  return 0;
}
