/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstraps the device by one session: asks the library for the next action and has it carried out, until
 * the session ends. */
#define _POSIX_C_SOURCE 200809L
#include "bootstrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actions.h"
#include "children.h"
#include "clock.h"
#include "common/notify.h"
#include "dns_names.h"
#include "ending.h"
#include "entries.h"
#include "folders.h"
#include "mounting.h"
#include "notes.h"
#include "onboard.h"
#include "restore.h"
#include "sandbox.h"
#include "signals.h"
#include "source_removable.h"
#include "sources.h"
#include "time_anchor.h"

enum { FAILURES_IN_A_ROW = 5, STATUS_PACE_MS = 1000 };

static void on_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  agent_t *agent = user;
  (void)len;
  /* How a session ended is the agent's own last line, which also says what to do. */
  if (topic == SZTP_TOPIC_SESSION && level == SZTP_LOG_ERROR && strncmp(line, "ended: ", 7) == 0) return;
  if (!entries_replace(agent, topic, line)) view_log(&agent->view, level, topic, line);
  if (level <= SZTP_LOG_WARN) status_reason(&agent->status, line);
}

static void on_event(void *user, const sztp_session_t *session, const sztp_event_t *event) {
  agent_t *agent = user;
  const uint8_t *text = NULL;
  int64_t outcome = 0;
  size_t len = 0;
  (void)sztp_event_i64(event, SZTP_F_OUTCOME, &outcome);
  if (sztp_event_bytes(event, SZTP_F_MESSAGE, &text, &len) == SZTP_OK)
    view_say(&agent->view, SZTP_LOG_DEBUG, "event %s: %s: %.*s", sztp_event_name(sztp_event_kind(event)),
             sztp_outcome_name((uint32_t)outcome), (int)len, (const char *)text);
  entries_event(agent, session, event);
  notes_event(user, session, event);
}

static void on_progress(void *user, uint64_t octets, uint64_t total) {
  agent_t *agent = user;
  status_t *s = &agent->status;
  uint64_t now = clock_ms();
  notify_alive(signals_stopped());
  s->image_octets = octets;
  s->image_total = total;
  view_progress(&agent->view, octets, total);
  if (now - s->written < STATUS_PACE_MS) return;
  s->written = now;
  (void)status_write(s); /* a status that can't be written must not end a download */
}

/* ---- the session, action by action --------------------------------------------------------------- */

/* A pass begins by asking whether SZTP is on, at the start and after a wait. */
static int begins_pass(const agent_t *agent, uint32_t kind, uint32_t before) {
  return kind == SZTP_ACTION_ENABLED && (!agent->begun || before == SZTP_ACTION_WAIT);
}

/* What is not begun, or was undone, counts no more; a run that was cut off at its end may have left that. */
static void begin_pass(agent_t *agent) {
  agent->begun = 1;
  if (agent->not_undone == 0) onboard_settle(agent);
  (void)network_has_news(&agent->network);
  sources_forget(agent);
  notes_pass(agent);
}

/* Actions by which the device may change its own network. */
static int changes_device(uint32_t kind) {
  return kind == SZTP_ACTION_INSTALL || kind == SZTP_ACTION_SCRIPT || kind == SZTP_ACTION_CONFIG ||
         kind == SZTP_ACTION_ROLLBACK;
}

/* In a line for `systemctl status`. */
static void tell_step(const agent_t *agent, uint32_t kind) {
  const status_t *s = &agent->status;
  if (kind == SZTP_ACTION_SAVE || kind == SZTP_ACTION_ENABLED) return;
  if (kind == SZTP_ACTION_WAIT)
    notify_status("Nothing to bootstrap from in pass %u; waiting for the next one", s->pass);
  else
    notify_status("Pass %u: %s%s%s", s->pass, s->step, s->server[0] == '\0' ? "" : ", server ", s->server);
}

/* Has one carried out. */
static void carry_out(agent_t *agent, const sztp_action_t *a) {
  uint32_t kind = sztp_action_kind(a);
  const char *step = steps_name(a);
  uint64_t began = clock_ms();
  const char *server = agent->status.server[0] == '\0' ? "" : agent->visited;
  const char *where = agent_is_discovery(kind) ? sztp_source_name(agent->status.source) : server;
  steps_begin(&agent->status.steps, step, where);
  uint32_t outcome = actions_do(agent, a);
  view_say(&agent->view, SZTP_LOG_DEBUG, "%s: %s after %llu ms", sztp_action_name(kind),
           sztp_outcome_name(outcome), (unsigned long long)(clock_ms() - began));
  if (step != NULL) steps_end(&agent->status.steps, sztp_outcome_name(outcome));
  if (changes_device(kind)) (void)network_has_news(&agent->network); /* no reason to hurry the next pass */
  notes_outcome(agent, a, outcome);
  (void)sztp_reply_end(agent->session, sztp_action_ticket(a), outcome);
}

static uint64_t most_passes(const agent_t *agent) {
  uint64_t passes = agent->config->policy[SZTP_POLICY_MAX_PASSES];
  if (!agent->daemon) return 1;
  return passes == CONFIG_NOT_GIVEN ? 0 : passes;
}

/* 1 if the session is dropped because of the clock: then it ends with *exit_status, or another follows. */
static int is_dropped(agent_t *agent, const sztp_action_t *a, int *exit_status, char *error, size_t room) {
  char why[STATUS_TEXT];
  uint64_t most = most_passes(agent);
  int result = anchor_check(agent, a, why, sizeof why);
  if (result == ANCHOR_GO_ON) return 0;
  int more = agent->daemon && !signals_stopped() && (most == 0 || agent->status.pass < most);
  agent->again = result == ANCHOR_AGAIN || more;
  if (result == ANCHOR_AGAIN)
    agent_say(agent, SZTP_LOG_INFO, "the system clock is right: all is judged once more");
  else if (more)
    agent_say(agent, SZTP_LOG_WARN, "%s", why);
  *exit_status = agent->again ? AGENT_OTHER : ending_later(agent, why, error, room);
  return 1;
}

static int go_on(agent_t *agent, char *error, size_t room) {
  uint32_t before = 0;
  int exit_status = AGENT_OTHER;
  for (unsigned failures = 0; failures < FAILURES_IN_A_ROW;) {
    const sztp_action_t *a = NULL;
    notify_alive(signals_stopped());
    int32_t code = sztp_session_next(agent->session, clock_ms(), &a);
    if (code == SZTP_ERR_CONFIG || (code < 0 && ++failures == FAILURES_IN_A_ROW))
      return ending_early(agent, code, error, room);
    if (code < 0) continue; /* nothing is lost: ask again */
    failures = 0;
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_FAILED) return ending_of(agent, a, error, room);
    if (is_dropped(agent, a, &exit_status, error, room)) break;
    if (kind == SZTP_ACTION_DONE) return ending_of(agent, a, error, room);
    if (begins_pass(agent, kind, before)) begin_pass(agent);
    notes_action(agent, a);
    tell_step(agent, kind);
    before = kind;
    carry_out(agent, a);
  }
  return exit_status;
}

/* ---- before the session -------------------------------------------------------------------------- */

/* A clock before the floor has evidently not been set, whatever the configuration says about it. It may be
 * set while the agent runs, by NTP or by hand, so that it is looked at whenever the session needs the time.
 */
static int64_t wall_clock(void *user) {
  agent_t *agent = user;
  time_t now = time(NULL);
  int set = now >= 0 && (int64_t)now >= agent->setup.floors.time;
  if (!set) agent->anchor.lost = 1;
  if (set == agent->clock_doubted) {
    agent->clock_doubted = !set;
    if (set)
      agent_say(agent, SZTP_LOG_INFO, "the system clock has been set");
    else
      agent_say(
          agent, SZTP_LOG_WARN,
          "the system clock is before clock.floor, or a time that has passed since, so it is not trusted");
  }
  return set ? (int64_t)now : SZTP_TIME_UNKNOWN;
}

/* In a process of its own, as far as the kernel allows. */
static int32_t make_session(agent_t *agent) {
  setup_t *s = &agent->setup;
  char missing[160];
  if (s->judge.pipe.fd < 0) {
    view_say(&agent->view, SZTP_LOG_DEBUG, "what comes from outside is judged by this process");
    return sztp_session_new(s->ctx, s->device, &agent->session);
  }
  sandbox_missing(s->judge.has, missing, sizeof missing);
  view_say(&agent->view, SZTP_LOG_DEBUG, "what comes from outside is judged by process %ld%s%s",
           (long)s->judge.process, *missing == '\0' ? "" : ", without ", missing);
  judge_device_t rest = {(uint32_t)agent->config->csr.formats, s->csr_kinds, (uint32_t)most_passes(agent)};
  return judge_session(&s->judge, s->device, &rest, &agent->session);
}

static int start_session(agent_t *agent, char *error, size_t room) {
  int32_t code = make_session(agent);
  if (code == SZTP_OK) code = sztp_session_on_event(agent->session, on_event, agent);
  if (code == SZTP_OK && anchor_begin(agent))
    code = sztp_session_set_unix_clock(agent->session, wall_clock, agent);
  if (code == SZTP_OK) code = sources_add(agent->config, agent->session);
  if (code == SZTP_OK) code = sztp_https_set_stage(agent->setup.https, image_stage, &agent->image);
  if (code == SZTP_OK) code = sztp_https_set_staged(agent->setup.https, image_staged, &agent->image);
  if (code == SZTP_OK) code = sztp_https_set_resolver(agent->setup.https, dns_resolver, agent);
  if (code != SZTP_OK) {
    (void)snprintf(error, room, "the session can't be started: %s", sztp_error_text(code));
    return -1;
  }
  restore_session(agent);
  return 0;
}

/* An interrupted run may have left files of its programs. Each program gets a new folder, so what can't be
 * removed, as a mount, harms none. */
static int make_work(agent_t *agent, char *error, size_t room) {
  agent->work = state_path(&agent->state, "work");
  if (agent->work == NULL) {
    (void)snprintf(error, room, "no memory");
    return -1;
  }
  if (folder_remove(agent->work) != 0)
    agent_say(agent, SZTP_LOG_WARN, "%s: what programs of an earlier run left there can't be removed: %s",
              agent->work, strerror(errno));
  return folder_make(agent->work, 0700, error, room);
}

/* Nothing of an earlier run goes on beside this one, and nothing of it is left but what has to be undone. */
static int end_earlier_run(agent_t *agent, char *error, size_t room) {
  char *record = state_path(&agent->state, CHILDREN_FILE);
  int result = record == NULL ? -1 : children_await(record, error, room);
  if (record == NULL) (void)snprintf(error, room, "no memory");
  free(record);
  if (result != 0) return result;
  state_clean(&agent->state);
  return 0;
}

static int take_lock(agent_t *agent, char *error, size_t room) {
  int result = state_lock(&agent->state, error, room);
  if (result == 1)
    (void)snprintf(error, room, "another agent is running on %s; stop it first, or wait for it",
                   agent->config->folders.state);
  return result;
}

static int prepare(agent_t *agent, char *error, size_t room) {
  const config_t *c = agent->config;
  ssize_t len = readlink("/proc/self/exe", agent->self, sizeof agent->self - 1);
  agent->self[len > 0 ? len : 0] = '\0';
  if (end_earlier_run(agent, error, room) != 0 || make_work(agent, error, room) != 0) return -1;
  mounting_clean(c);
  made_keys_clean(c);
  return image_open(c->folders.staging, on_progress, agent, &agent->image, error, room);
}

/* Said before anything is waited for. */
static void begin(agent_t *agent) {
  (void)sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &agent->status.serial);
  view_say(&agent->view, SZTP_LOG_INFO, "sztp-agent %s, serial number %s, configuration %s",
           sztp_version_string(), agent->status.serial == NULL ? "unknown" : agent->status.serial,
           agent->config->file);
}

static int run_session(agent_t *agent, char *error, size_t room) {
  if (setup_make(agent->config, on_log, agent, &agent->setup, error, room) != 0) {
    status_end_t end = {"error", AGENT_CONFIG, SZTP_ERR_CONFIG, error, NULL};
    return ending_write(agent, &end);
  }
  setup_tell_key(&agent->setup, agent->status.key, sizeof agent->status.key);
  begin(agent);
  (void)sztp_device_set_i64(agent->setup.device, SZTP_POLICY_MAX_PASSES, (int64_t)most_passes(agent));
  if (start_session(agent, error, room) != 0) {
    status_end_t end = {"error", AGENT_OTHER, SZTP_ERR_HOST, error, NULL};
    return ending_write(agent, &end);
  }
  signals_watch(agent->session);
  if (signals_stopped()) (void)sztp_session_cancel(agent->session); /* before there was this one */
  notify_ready();
  int exit_status = go_on(agent, error, room);
  signals_watch(NULL);
  return exit_status;
}

/* With all that hangs on it. */
static void drop_session(agent_t *agent) {
  source_removable_close(agent);
  sources_forget(agent);
  sztp_session_free(agent->session);
  agent->session = NULL;
  agent->status.serial = NULL;
  agent->image.https = NULL;
  agent->begun = 0;
  agent->visit = agent->proven = 0;
  setup_free(&agent->setup);
}

static int run_sessions(agent_t *agent, char *error, size_t room) {
  if (prepare(agent, error, room) != 0) {
    status_end_t end = {"error", AGENT_OTHER, SZTP_ERR_HOST, error, NULL};
    return ending_write(agent, &end);
  }
  for (;;) {
    agent->again = 0;
    int exit_status = run_session(agent, error, room);
    if (!agent->again) return exit_status;
    drop_session(agent);
  }
}

int bootstrap(const config_t *config, int daemon, const watcher_t *watcher, char *error, size_t room) {
  agent_t *agent = calloc(1, sizeof *agent);
  int exit_status = AGENT_OTHER;
  if (agent == NULL) {
    (void)snprintf(error, room, "no memory to start");
    return exit_status;
  }
  agent->config = config;
  agent->daemon = daemon;
  agent->watcher = watcher;
  agent->state.lock = agent->image.fd = agent->media.root = -1;
  network_open(&agent->network);
  (void)umask(S_IWGRP | S_IWOTH);
  notify_open();
  view_open(&agent->view, (uint32_t)config->log.level, (int)config->log.time);
  int locked = state_open(config, &agent->state, error, room) == 0 ? take_lock(agent, error, room) : -1;
  if (locked == 1 && config->contract == CONFIG_CONTRACT_SONIC && !daemon) exit_status = AGENT_NOTHING;
  if (locked == 0 && status_open(config, daemon ? "daemon" : "run", &agent->status, error, room) == 0)
    exit_status = run_sessions(agent, error, room);
  source_removable_close(agent);
  sources_forget(agent);
  network_close(&agent->network);
  sztp_session_free(agent->session);
  setup_free(&agent->setup);
  status_close(&agent->status);
  image_close(&agent->image);
  state_close(&agent->state);
  notify_close();
  free(agent->work);
  free(agent);
  return exit_status;
}
