/* SPDX-License-Identifier: Apache-2.0 */
/* The running agent: the state that is shared by all files that carry out actions. */
#ifndef SZTP_AGENT_AGENT_H
#define SZTP_AGENT_AGENT_H

#include <sztp/https.h>
#include <sztp/sztp.h>

#include "config.h"
#include "dhcp_ask.h"
#include "dhcp_places.h"
#include "image.h"
#include "mdns.h"
#include "media.h"
#include "network.h"
#include "provenance.h"
#include "setup.h"
#include "state.h"
#include "status.h"
#include "view.h"
#include "watcher.h"

enum { STAGES = 4 }; /* places for SZTP_STAGE_*, from 1 */

enum { /* what is known of a stage of this attempt */
       STAGE_UNKNOWN = 0,
       STAGE_DONE = 1,
       STAGE_ERROR = 2 /* it failed, and has cleaned up after itself */
};

enum { DNS_KEPT = 16, DNS_WHY = 160 };

/* The answer to a DNS question that was asked ahead of its turn. */
typedef struct dns_kept {
  uint8_t question[SZTP_DNS_QUESTION_MAX];
  size_t len;
  uint8_t *answer; /* NULL: none */
  size_t answer_len;
  char why[DNS_WHY];
} dns_kept_t;

/* What DHCP has brought in this pass. */
typedef struct dhcp {
  dhcp_places_t places;
  /* bits of families: leases read, servers asked, all servers' answers collected */
  uint32_t looked, asked, asked_all;
  dhcp_ask_t *ask; /* the questions in progress, or NULL */
} dhcp_t;

/* What the session is worth, by clock.mode (time_anchor.h). */
typedef struct anchor {
  int by_clock; /* it is judged by the system clock */
  int lost;     /* which was before the floor when it was needed */
  int accepted; /* onboarding information was accepted, and nothing of it is done yet */
} anchor_t;

typedef struct agent {
  const config_t *config;
  int daemon;
  state_t state;
  setup_t setup;
  image_t image;
  media_t media;
  dhcp_t dhcp;
  mdns_t *mdns; /* questions and answers of this pass, or NULL */
  dns_kept_t kept[DNS_KEPT];
  size_t kept_count;
  network_t network; /* as it was when this pass began */
  unsigned hurries;  /* consecutive pauses that ended because it had changed */
  view_t view;
  status_t status;
  const watcher_t *watcher; /* borrowed, or NULL */
  sztp_session_t *session;
  anchor_t anchor;
  int begun;         /* its first pass has */
  int again;         /* another session is to follow this one */
  int clock_doubted; /* the system clock is before the floor, and that was said */
  char *work;        /* folder for programs */
  char self[512];    /* path of this program, for scripts */
  int stage[STAGES];
  unsigned not_undone;         /* bit n: undoing stage n failed */
  char attempt[STATE_ATTEMPT]; /* that is under way or being undone, or "" */
  provenance_t provenance;     /* whose artifacts were accepted last */
  uint64_t visit;              /* number of the visit that was recorded last */
  uint64_t proven;             /* and of the one whose server has authenticated itself */
  char visited[STATUS_TEXT];   /* and the server's address */
} agent_t;

/* Shows a line, and records it as a reason for failure if it is a warning or an error. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void agent_say(agent_t *agent, uint32_t level, const char *format, ...);
/* Reports in one line what was found at a place of a source, and records it (status_source()). At level
 * SZTP_LOG_WARN it is also recorded as a reason for failure. */
void agent_source(agent_t *agent, uint32_t level, uint32_t source, const char *where, const char *result,
                  const char *reason);

/* Replies octets, as sztp_reply_bytes(). */
int32_t agent_give(agent_t *agent, const sztp_action_t *a, uint32_t field, const void *data, size_t len);

/* 1 if the action looks for bootstrapping data in a source. */
int agent_is_discovery(uint32_t kind);

/* Reads a number of an action that is never negative, as sztp_action_i64(); @p out is left alone without one.
 */
int32_t agent_number(const sztp_action_t *a, uint32_t field, uint64_t *out);

/* Copies octets of an action as a text, "" if there are none; cut if they don't fit. */
void agent_text(const sztp_action_t *a, uint32_t field, char *out, size_t room);

#endif
