/* SPDX-License-Identifier: Apache-2.0 */
/* The links of this device that are up, and what is on them. */
#ifndef SZTP_AGENT_LINKS_H
#define SZTP_AGENT_LINKS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "config.h"

/* A switch with all its ports connected has many links, and each takes several sockets. */
enum { LINKS_MAX = 128, LINKS_HARDWARE = 8 };

enum {
  LINKS_LOOK_MS = 250, /* between two readings of the links */
  LINKS_AT_ONCE = 64   /* messages read from one socket before the others get a turn */
};

#define LINKS_TOO_MANY "there are too many; name those that matter"

typedef struct link {
  unsigned index; /* of the kernel */
  char name[IF_NAMESIZE];
  int ipv4, ipv6; /* 1: it has an address of that family */
} link_t;

typedef struct links {
  link_t at[LINKS_MAX];
  size_t count;
  int left_out; /* 1: there are more */
  struct ifaddrs *addresses;
} links_t;

/* Reads the links that are up and capable of multicast, except for the loopback: those that @p only names, or
 * all if it is empty. 0, or -1 with errno. */
int links_read(const text_list_t *only, links_t *out);
void links_free(links_t *links);
/* The link's first address of that family, in IPv6 its link-local one; NULL if it has none. It lives as long
 * as
 * @p links. */
const struct sockaddr *links_address(const links_t *links, const link_t *link, int family);
/* The link's hardware address and its type (ARPHRD_*); returns its length, 0 if there is none. */
size_t links_hardware(const links_t *links, const link_t *link, uint16_t *type, uint8_t out[LINKS_HARDWARE]);
/* 1 if @p from is in a subnet of the link with that index (RFC 6762 11). */
int links_is_local(const links_t *links, unsigned index, const struct sockaddr *from);

#endif
