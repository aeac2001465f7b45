/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the DHCP servers of the links for the SZTP option, in both families at the same time, for a device
 * that already has its addresses: DHCPINFORM and Information-request. */
#ifndef SZTP_AGENT_DHCP_ASK_H
#define SZTP_AGENT_DHCP_ASK_H

#include "dhcp_wire.h"
#include "links.h"
#include "poll.h"

enum { DHCP_QUESTIONS = 2 * LINKS_MAX };

/* What was found in a message. */
enum { DHCP_OTHER = 0, DHCP_WITHOUT = 1, DHCP_FOUND = 2 };

/* One link and family. */
typedef struct dhcp_question {
  uint32_t family; /* 4 or 6 */
  char link[IF_NAMESIZE];
  unsigned index;
  dhcp_client_t client;
  uint8_t link_local[16]; /* in IPv6: the address to ask from */
  int packets, udp;       /* sockets, or -1: below UDP, and in IPv6 above it */
  uint64_t begin, first;  /* of the exchange; when the first message was sent */
  uint64_t due, pause;    /* when the next message is sent, and the interval since the last one */
  unsigned sent;
  unsigned answers;
  uint64_t heard_at; /* when the first answer came */
  int found;
  char from[80];   /* who answered last */
  char fault[100]; /* why it could not be asked, or "" */
  int has_address; /* 0: it can't be asked before it has one */
} dhcp_question_t;

/* Takes an answer; returns DHCP_FOUND if the option was in it, else DHCP_WITHOUT. */
typedef int (*dhcp_hear_fn)(void *user, const dhcp_question_t *q, const uint8_t *message, size_t len);

typedef struct dhcp_ask {
  sztp_ctx_t *ctx;
  const text_list_t *only; /* names of links; empty for all */
  uint64_t most_ms;        /* for an answer to come */
  uint64_t
      gather_ms; /* to collect other servers' answers after the first one; 0: the first option is enough */
  dhcp_hear_fn hear;
  void *user;
  int found_elsewhere; /* 1: another source has found something, so silence is not waited out */
  uint32_t families;   /* that are asked, as bits */
  dhcp_question_t *at; /* at most DHCP_QUESTIONS */
  size_t count;
  uint8_t *message; /* the largest that has come is as large as this: */
  size_t message_room;
  uint64_t look; /* when the links are read again */
} dhcp_ask_t;

/* The bit of a family, 4 or 6. */
uint32_t dhcp_family_bit(uint32_t family);
/* Also asks the servers of this family, unless they are being asked; on each link as soon as it has a usable
 * address. */
void dhcp_ask_family(dhcp_ask_t *ask, uint32_t family);
polled_t dhcp_ask_polled(dhcp_ask_t *ask);
/* How long the servers of a family are worth waiting for. */
uint64_t dhcp_ask_until(const dhcp_ask_t *ask, uint32_t family);
/* Closes the sockets, and frees what it has. */
void dhcp_ask_close(dhcp_ask_t *ask);

#endif
