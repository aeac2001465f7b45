/* SPDX-License-Identifier: Apache-2.0 */
/* The running agent: everything that the handlers of actions share. */
#ifndef SZTP_AGENT_AGENT_H
#define SZTP_AGENT_AGENT_H

#include <sztp/https.h>
#include <sztp/sztp.h>

#include "config.h"
#include "dhcp.h"
#include "image.h"
#include "mdns.h"
#include "media.h"
#include "network.h"
#include "setup.h"
#include "state.h"
#include "status.h"
#include "view.h"

enum { /* exit statuses of the agent */
       AGENT_DONE = 0,
       AGENT_OTHER = 1,
       AGENT_NOTHING = 2,
       AGENT_REBOOT = 3,
       AGENT_CONFIG = 4,
       AGENT_REFUSED = 5
};

enum { STAGES = 4 }; /* places for SZTP_STAGE_*, from 1 */

enum { /* what is known of a stage of this attempt */
       STAGE_UNKNOWN = 0,
       STAGE_DONE = 1,
       STAGE_ERROR = 2 /* it ended with an error, and has cleaned up after itself */
};

enum { DNS_KEPT = 16, DNS_WHY = 160 };

/* What came of a question to DNS whose turn is still to come. */
typedef struct dns_kept {
  uint8_t question[SZTP_DNS_QUESTION_MAX];
  size_t len;
  uint8_t *answer; /* NULL: none */
  size_t answer_len;
  char why[DNS_WHY];
} dns_kept_t;

typedef struct agent {
  const config_t *config;
  int daemon;
  state_t state;
  setup_t setup;
  image_t image;
  media_t media;
  dhcp_t dhcp;
  mdns_t *mdns; /* what is asked or was heard in this pass; NULL: nothing */
  dns_kept_t kept[DNS_KEPT];
  size_t kept_count;
  network_t network; /* as it was when this pass began */
  unsigned hurries;  /* pauses in a row that ended because it had changed */
  view_t view;
  status_t status;
  sztp_session_t *session;
  char *work;     /* folder for programs */
  char self[512]; /* path of this program, for scripts */
  int stage[STAGES];
  uint64_t visit;            /* number of the visit that was noted last */
  char visited[STATUS_TEXT]; /* and the server's address */
  int answered;      /* what was asked last answered, and the library has not yet said what that is worth */
  int reported;      /* the last exchange was a progress report: onboarding information of a trusted server */
  int image_refused; /* the last image came whole, but was not the right one */
} agent_t;

/* Clock of the session, in ms. */
uint64_t agent_now(void);
/* Shows a line, and remembers it as a reason if it is a warning or an error. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void agent_say(agent_t *agent, uint32_t level, const char *format, ...);
/* Tells in one line what was found at a place of a source, and remembers it (status_source()). With a @p
 * level of SZTP_LOG_WARN it is also a reason why nothing came of it. */
void agent_source(agent_t *agent, uint32_t level, uint32_t source, const char *where, const char *result,
                  const char *reason);

/* Replies octets, as sztp_reply_bytes(). */
int32_t agent_give(agent_t *agent, const sztp_action_t *a, uint32_t field, const void *data, size_t len);

/* The actions. Each returns SZTP_OUTCOME_*. */
/* sources.c */
uint32_t sources_discover(agent_t *agent, const sztp_action_t *a);
/* Adds the sources of the configuration to a new session. 0, or SZTP_ERR_*. */
int32_t sources_add(const config_t *config, sztp_session_t *session);
/* Begins to ask those who come right after @p source in the order and can be asked at the same time: servers
 * and responders on the links. */
void sources_along(agent_t *agent, uint32_t source);
/* Lets what is asked on the links go on, until @p until at most. */
void sources_go_on(agent_t *agent, uint64_t until);
/* Something else comes now. What was not heard to the end is asked anew when its turn comes. */
void sources_leave(agent_t *agent);
/* What was heard belongs to one pass, and this one is over. */
void sources_forget(agent_t *agent);
/* dhcp.c */
uint32_t dhcp_discover(agent_t *agent, const sztp_action_t *a, uint32_t family);
void dhcp_ask_along(agent_t *agent, uint32_t family);
void dhcp_leave(agent_t *agent);
/* dns.c */
uint32_t dns_discover(agent_t *agent, const sztp_action_t *a);
void dns_ask_along(agent_t *agent); /* by multicast, as the next two */
void dns_leave(agent_t *agent);
int dns_has_answer(const agent_t *agent);
void dns_forget(agent_t *agent);
/* dns_names.c */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a);
/* media.c */
uint32_t media_discover(agent_t *agent, const sztp_action_t *a);
/* The data of the medium at work is not, any more. */
void media_close(agent_t *agent);
/* media_image.c */
uint32_t media_download(agent_t *agent, const sztp_action_t *a);
/* onboard.c */
uint32_t onboard_install(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_script(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_config(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_rollback(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_reboot(agent_t *agent, const sztp_action_t *a);
/* Has the image's own signature checked by a program and replies how that went. */
uint32_t onboard_check_image(agent_t *agent, const sztp_action_t *a);
/* The attempt ended well: what was kept for a rollback is dropped. */
void onboard_settle(agent_t *agent);

/* Runs a session to its end. Returns the exit status; one line in @p error unless that is 0 or 3. */
int agent_run(const config_t *config, int daemon, char *error, size_t room);

#endif
