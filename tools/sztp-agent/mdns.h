/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot questions to multicast DNS (RFC 6762 5.1), on all links and by both families at the same time. */
#ifndef SZTP_AGENT_MDNS_H
#define SZTP_AGENT_MDNS_H

#include <stdint.h>

#include "config.h"

enum { MDNS_QUESTIONS = 2 };

/* What the hearer of a message says. */
enum { MDNS_ENOUGH = 0, MDNS_WAIT = 1 };

typedef struct mdns_ask {
  const uint8_t *question[MDNS_QUESTIONS]; /* whole messages, which are asked together */
  size_t len[MDNS_QUESTIONS];
  size_t count;
  const text_list_t *links; /* names; empty for all */
  /* Hears a response; @p from is "192.0.2.1%eth0". After MDNS_ENOUGH others have another 200 ms. */
  int (*hear)(void *user, const char *from, const uint8_t *message, size_t len);
  void *user;
  int (*stopped)(void); /* 1: to be given up at once */
} mdns_ask_t;

/* What happened. */
typedef struct mdns_told {
  unsigned links;   /* that were asked */
  int left_out;     /* 1: there are more links than can be asked */
  unsigned heard;   /* responses given out */
  unsigned foreign; /* dropped: they did not come from the link (RFC 6762 11) */
  char last_foreign[80];
} mdns_told_t;

/* Asks, asks again after 1 s, and listens for 3 s in all (D-25). 0, or -1 with errno if nothing could be
 * asked. */
int mdns_exchange(const mdns_ask_t *ask, mdns_told_t *told);

#endif
