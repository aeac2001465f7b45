/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the DHCP servers of the links for the SZTP option, by both families at the same time, for a device
 * that has its addresses already: DHCPINFORM and Information-request. */
#ifndef SZTP_AGENT_DHCP_ASK_H
#define SZTP_AGENT_DHCP_ASK_H

#include "dhcp_wire.h"
#include "links.h"

enum { DHCP_QUESTIONS = 2 * LINKS_MAX };

/* What a message was worth. */
enum { DHCP_OTHER = 0, DHCP_WITHOUT = 1, DHCP_FOUND = 2 };

/* One link and family. */
typedef struct dhcp_question {
  uint32_t family; /* 4 or 6 */
  char link[IF_NAMESIZE];
  unsigned index;
  dhcp_client_t client;
  uint8_t link_local[16]; /* in IPv6: the own address */
  int packets, udp;       /* sockets, or -1: below UDP, and in IPv6 above it */
  uint64_t begin, first;  /* of the exchange; when the first message went out */
  uint64_t due, pause;    /* when the next message goes out, and how long after the last one that is */
  unsigned sent;
  unsigned answers;
  uint64_t heard_at; /* when the first answer came */
  int found;
  char from[80];   /* who answered last */
  char fault[100]; /* why it could not be asked, or "" */
} dhcp_question_t;

/* Takes an answer; returns DHCP_FOUND if the option was in it, else DHCP_WITHOUT. */
typedef int (*dhcp_hear_fn)(void *user, const dhcp_question_t *q, const uint8_t *message, size_t len);

typedef struct dhcp_ask {
  sztp_ctx_t *ctx;
  uint64_t most_ms; /* for an answer to come */
  uint64_t
      gather_ms; /* after the first answer, for those of other servers; with 0 the first option will do */
  int (*stopped)(void); /* says 1 when it is to be given up at once */
  dhcp_hear_fn hear;
  void *user;
  dhcp_question_t at[DHCP_QUESTIONS];
  size_t count;
  uint64_t ended; /* when the last run did */
} dhcp_ask_t;

/* Adds a question; without a usable address on the link it has a fault from the beginning. */
void dhcp_ask_add(dhcp_ask_t *ask, const links_t *links, const link_t *link, uint32_t family);
/* Asks, until the questions of @p family are settled. Those of the other family are asked along, and what
 * they bring is taken. */
void dhcp_ask_run(dhcp_ask_t *ask, uint32_t family);
/* 1 if there was nothing more to wait for in the questions of a family when the last run ended. */
int dhcp_ask_settled(const dhcp_ask_t *ask, uint32_t family);

#endif
