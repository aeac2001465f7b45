/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the system clock, and at whether the kernel counts it as synchronised. */
#define _GNU_SOURCE 1
#include "time_anchor.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "clock.h"
#include "common/notify.h"
#include "ground/time.h"
#include "signals.h"

enum { LOOK_MS = 200 };

static int is_synchronised(void) {
  struct timex kernel;
  memset(&kernel, 0, sizeof kernel);
  return adjtimex(&kernel) >= 0 && (kernel.status & STA_UNSYNC) == 0;
}

static int is_right(const agent_t *agent) {
  time_t now = time(NULL);
  if (now < 0 || (int64_t)now < agent->setup.floors.time) return 0;
  return agent->config->clock.mode != CONFIG_CLOCK_NTP_FIRST || is_synchronised();
}

static void say_why(const agent_t *agent, char *why, size_t room) {
  char now[SZTP__DATE_SIZE], floor[SZTP__DATE_SIZE];
  time_t seconds = time(NULL);
  if (seconds >= 0 && (int64_t)seconds >= agent->setup.floors.time) {
    (void)snprintf(why, room, "the system clock was not synchronised within %llu s; nothing was applied",
                   (unsigned long long)(agent->config->clock.wait_ms / 1000));
    return;
  }
  (void)snprintf(why, room,
                 "the system clock says %s, before clock.floor or a time that has passed since, %s; nothing "
                 "was %s",
                 sztp__time_format(now, (int64_t)seconds), sztp__time_format(floor, agent->setup.floors.time),
                 agent->config->clock.mode == CONFIG_CLOCK_STRICT ? "judged" : "applied");
}

/* 1 if the clock is right before clock.wait is over, or at once if that is not waited for. */
static int wait_for_clock(agent_t *agent) {
  const struct timespec pause = {0, LOOK_MS * 1000000L};
  uint64_t deadline = clock_ms() + agent->config->clock.wait_ms;
  if (is_right(agent)) return 1;
  agent_say(agent, SZTP_LOG_INFO, "waiting up to %llu s for the system clock",
            (unsigned long long)(agent->config->clock.wait_ms / 1000));
  steps_begin(&agent->status.steps, "clock", "");
  int right = 0;
  while (!right && clock_ms() < deadline && !signals_stopped()) {
    notify_alive(0);
    (void)nanosleep(&pause, NULL);
    right = is_right(agent);
  }
  steps_end(&agent->status.steps, sztp_outcome_name(right ? SZTP_OUTCOME_OK : SZTP_OUTCOME_TIMEOUT));
  return right;
}

int anchor_begin(agent_t *agent) {
  anchor_t *anchor = &agent->anchor;
  anchor->accepted = 0;
  agent->clock_doubted = 0;
  switch (agent->config->clock.mode) {
  case CONFIG_CLOCK_SYSTEM:
  case CONFIG_CLOCK_STRICT: anchor->by_clock = 1; break;
  case CONFIG_CLOCK_NTP_FIRST: anchor->by_clock = is_right(agent); break;
  default: anchor->by_clock = 0;
  }
  anchor->lost = 0;
  return anchor->by_clock;
}

void anchor_accepted(agent_t *agent) { agent->anchor.accepted = 1; }

static int applies(uint32_t kind) {
  return kind == SZTP_ACTION_DOWNLOAD || kind == SZTP_ACTION_INSTALL || kind == SZTP_ACTION_SCRIPT ||
         kind == SZTP_ACTION_CONFIG;
}

static int looks_for_data(const sztp_action_t *a) {
  uint64_t purpose = 0;
  (void)agent_number(a, SZTP_F_PURPOSE, &purpose);
  return agent_is_discovery(sztp_action_kind(a)) ||
         (sztp_action_kind(a) == SZTP_ACTION_FETCH && purpose != SZTP_FETCH_PROGRESS);
}

/* A daemon waits for a clock that is not right, so that it does not begin anew again and again. */
static int not_right(agent_t *agent, int waits, char *why, size_t room) {
  if ((waits || agent->daemon) && wait_for_clock(agent)) return ANCHOR_AGAIN;
  if (signals_stopped())
    (void)snprintf(why, room, "the agent was told to stop; nothing was applied");
  else
    say_why(agent, why, room);
  return ANCHOR_LATER;
}

static int check_strict(agent_t *agent, const sztp_action_t *a, char *why, size_t room) {
  if (looks_for_data(a) && !is_right(agent)) return not_right(agent, 0, why, room);
  if (!agent->anchor.accepted && !applies(sztp_action_kind(a))) return ANCHOR_GO_ON;
  if (agent->anchor.lost) return not_right(agent, 0, why, room);
  return ANCHOR_GO_ON;
}

/* What was judged without the clock, or with one that was wrong for a while, leads to nothing. */
static int check_ntp_first(agent_t *agent, const sztp_action_t *a, char *why, size_t room) {
  if (!agent->anchor.accepted && !applies(sztp_action_kind(a))) return ANCHOR_GO_ON;
  if (agent->anchor.by_clock && !agent->anchor.lost) return ANCHOR_GO_ON;
  return not_right(agent, 1, why, room);
}

int anchor_check(agent_t *agent, const sztp_action_t *a, char *why, size_t room) {
  int result = ANCHOR_GO_ON;
  if (agent->config->clock.mode == CONFIG_CLOCK_STRICT) result = check_strict(agent, a, why, room);
  if (agent->config->clock.mode == CONFIG_CLOCK_NTP_FIRST) result = check_ntp_first(agent, a, why, room);
  if (result == ANCHOR_GO_ON && agent->anchor.by_clock && !agent->anchor.lost) agent->anchor.accepted = 0;
  return result;
}
