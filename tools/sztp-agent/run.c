/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one session: asks the library what is next, has it done, and tells how it ended. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "common/medium.h"
#include "folders.h"
#include "signals.h"
#include "storage.h"

enum { FAILURES_IN_A_ROW = 5, STATUS_PACE_MS = 1000, WAIT_LEAST_MS = 250, HURRIES = 16 };

uint64_t agent_now(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void agent_say(agent_t *agent, uint32_t level, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  view_say(&agent->view, level, "%s", text);
  if (level <= SZTP_LOG_WARN) status_reason(&agent->status, text);
}

void agent_source(agent_t *agent, uint32_t level, uint32_t source, const char *where, const char *result,
                  const char *reason) {
  agent_say(agent, level, "%s%s%s: %s%s%s", status_source_name(source), where == NULL ? "" : " ",
            where == NULL ? "" : where, result, reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
  status_source(&agent->status, source, where, result, reason);
}

int32_t agent_give(agent_t *agent, const sztp_action_t *a, uint32_t field, const void *data, size_t len) {
  return sztp_reply_bytes(agent->session, sztp_action_ticket(a), field, data, len);
}

/* What the library says of data is about the place that was looked at last. Of a place that answered, the
 * first line tells what came of it: what follows is about others. */
static void hear_of_source(agent_t *agent, uint32_t level, uint32_t topic, const char *line) {
  int bad = level <= SZTP_LOG_WARN;
  if (level > SZTP_LOG_INFO) return;
  if (topic == SZTP_TOPIC_TRUST)
    status_source_result(&agent->status, bad ? "data refused" : "data accepted", bad ? line : NULL);
  else if (!agent->answered || (topic != SZTP_TOPIC_SOURCE && topic != SZTP_TOPIC_SERVER))
    return;
  else if (bad)
    status_source_result(&agent->status, "nothing usable", line);
  else
    status_source_explain(&agent->status, line);
  agent->answered = 0;
}

static void on_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  agent_t *agent = user;
  (void)len;
  hear_of_source(agent, level, topic, line);
  view_log(&agent->view, level, topic, line);
  if (level <= SZTP_LOG_WARN) status_reason(&agent->status, line);
}

static void on_progress(void *user, uint64_t octets, uint64_t total) {
  agent_t *agent = user;
  status_t *s = &agent->status;
  uint64_t now = agent_now();
  s->image_octets = octets;
  s->image_total = total;
  view_progress(&agent->view, octets, total);
  if (now - s->written < STATUS_PACE_MS) return;
  s->written = now;
  (void)status_write(s); /* a status that can't be written must not end a download */
}

/* ---- the smaller actions ------------------------------------------------------------------------- */

static uint32_t do_enabled(agent_t *agent, const sztp_action_t *a) {
  int flag = state_enabled(&agent->state);
  if (flag == STATE_UNREADABLE) {
    agent_say(agent, SZTP_LOG_ERROR,
              "%s/enabled can't be read or understood; say \"sztp-agent enable\" or \"disable\"",
              agent->config->folders.state);
    return SZTP_OUTCOME_FAILED;
  }
  if (flag != STATE_UNSET)
    (void)sztp_reply_u64(agent->session, sztp_action_ticket(a), SZTP_F_VALUE, flag == STATE_ON);
  return SZTP_OUTCOME_OK;
}

static uint32_t do_save(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  (void)sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len);
  if (state_save(&agent->state, data, len) == 0) return SZTP_OUTCOME_OK;
  agent_say(agent, SZTP_LOG_ERROR, "%s/session can't be stored: %s", agent->config->folders.state,
            strerror(errno));
  return SZTP_OUTCOME_FAILED;
}

/* A signal ends the sleep; next() then sees that the session was cancelled. So does a network that was not
 * there when the pass began, if a moment has passed: who came too late for some of the sources waits no
 * longer than who comes now. */
static void do_wait(agent_t *agent, const sztp_action_t *a) {
  uint64_t deadline = 0, now = agent_now();
  uint64_t least = now + ((uint64_t)WAIT_LEAST_MS << agent->hurries);
  network_t *network = &agent->network;
  int news = network_has_news(network), hurry = 0;
  (void)sztp_action_u64(a, SZTP_F_DEADLINE, 0, &deadline);
  sigset_t stops, before;
  (void)sigemptyset(&stops);
  (void)sigaddset(&stops, SIGINT);
  (void)sigaddset(&stops, SIGTERM);
  (void)sigprocmask(SIG_BLOCK, &stops, &before);
  while (now < deadline && !signals_stopped()) {
    if (news && deadline > least) {
      agent_say(agent, SZTP_LOG_INFO, "the network has changed: looking again");
      deadline = least;
      hurry = 1;
    }
    if (deadline <= now) break;
    struct timespec left = {(time_t)((deadline - now) / 1000), (long)((deadline - now) % 1000) * 1000000};
    fd_set readable;
    FD_ZERO(&readable);
    if (network->fd >= 0) FD_SET(network->fd, &readable);
    /* no signal gets lost between look and sleep */
    int ready = pselect(network->fd + 1, &readable, NULL, NULL, &left, &before);
    news = ready > 0 && network_has_news(network);
    now = agent_now();
  }
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
  if (!hurry)
    agent->hurries = 0;
  else if (agent->hurries < HURRIES)
    agent->hurries++;
}

static uint32_t do_download(agent_t *agent, const sztp_action_t *a) {
  uint64_t check = 0;
  (void)sztp_action_u64(a, SZTP_F_CHECK_SIGNATURE, 0, &check);
  view_say(&agent->view, SZTP_LOG_INFO, "downloading %s", agent->status.image_uri);
  agent->image_refused = 0;
  image_discard(&agent->image);
  view_progress_begin(&agent->view);
  uint32_t outcome = medium_is_file_uri(agent->status.image_uri)
                         ? media_download(agent, a)
                         : sztp_https_handle(agent->setup.https, agent->session, a);
  uint64_t octets = agent->image.octets;
  if (outcome == SZTP_OUTCOME_OK && image_finish(&agent->image) != 0) outcome = SZTP_OUTCOME_FAILED;
  view_progress_end(&agent->view, octets, outcome == SZTP_OUTCOME_OK);
  if (outcome == SZTP_OUTCOME_OK) agent->image_refused = 1; /* until it goes on to INSTALL */
  if (agent->image.fault[0] != 0)
    agent_say(agent, SZTP_LOG_ERROR, "the image can't be staged: %s", agent->image.fault);
  if (outcome == SZTP_OUTCOME_OK && check == 1) outcome = onboard_check_image(agent, a);
  if (outcome != SZTP_OUTCOME_OK) image_discard(&agent->image);
  return outcome;
}

/* What follows on data from a medium without any of these is about that data: its image may lie there, too.
 */
static int leaves_medium(uint32_t kind) {
  return kind == SZTP_ACTION_DISCOVER || kind == SZTP_ACTION_RESOLVE || kind == SZTP_ACTION_FETCH ||
         kind == SZTP_ACTION_WAIT;
}

static uint32_t dispatch(agent_t *agent, const sztp_action_t *a) {
  if (leaves_medium(sztp_action_kind(a))) media_close(agent);
  if (sztp_action_kind(a) != SZTP_ACTION_DISCOVER) sources_leave(agent);
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return do_enabled(agent, a);
  case SZTP_ACTION_DISCOVER: return sources_discover(agent, a);
  case SZTP_ACTION_RESOLVE: return dns_resolve(agent, a);
  case SZTP_ACTION_FETCH:
  case SZTP_ACTION_KEY: return sztp_https_handle(agent->setup.https, agent->session, a);
  case SZTP_ACTION_DOWNLOAD: return do_download(agent, a);
  case SZTP_ACTION_INSTALL: agent->image_refused = 0; return onboard_install(agent, a);
  case SZTP_ACTION_SCRIPT: return onboard_script(agent, a);
  case SZTP_ACTION_CONFIG: return onboard_config(agent, a);
  case SZTP_ACTION_ROLLBACK: return onboard_rollback(agent, a);
  case SZTP_ACTION_REBOOT: return onboard_reboot(agent, a);
  case SZTP_ACTION_SAVE: return do_save(agent, a);
  case SZTP_ACTION_WAIT: do_wait(agent, a); return SZTP_OUTCOME_OK;
  default:
    agent_say(agent, SZTP_LOG_ERROR, "the library asks for something unknown");
    return SZTP_OUTCOME_FAILED;
  }
}

/* ---- what is going on ---------------------------------------------------------------------------- */

static void take_text(const sztp_action_t *a, uint32_t field, char *out, size_t room) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, field, 0, &data, &len) != SZTP_OK) len = 0;
  if (len >= room) len = room - 1;
  if (len > 0) memcpy(out, data, len);
  out[len] = 0;
}

static void note_server(agent_t *agent, const sztp_action_t *a) {
  status_t *s = &agent->status;
  char name[STATUS_TEXT - 120], address[80], where[STATUS_TEXT];
  uint64_t port = 0, provisional = 0, source = 0, visit = 0, purpose = 0;
  take_text(a, SZTP_F_NAME, name, sizeof name);
  take_text(a, SZTP_F_ADDRESS, address, sizeof address);
  (void)sztp_action_u64(a, SZTP_F_PORT, 0, &port);
  (void)sztp_action_u64(a, SZTP_F_PROVISIONAL, 0, &provisional);
  (void)sztp_action_u64(a, SZTP_F_SOURCE, 0, &source);
  (void)sztp_action_u64(a, SZTP_F_VISIT, 0, &visit);
  (void)sztp_action_u64(a, SZTP_F_PURPOSE, 0, &purpose);
  (void)snprintf(s->server, sizeof s->server, "%s port %u, %s", name, (unsigned)port,
                 provisional ? "not authenticated" : "authenticated");
  s->source = (uint32_t)source;
  int named = strcmp(name, address) != 0;
  (void)snprintf(where, sizeof where, "%s%s%s%s port %u", name, named ? " (" : "", named ? address : "",
                 named ? ")" : "", (unsigned)port);
  if (purpose == SZTP_FETCH_PROGRESS || (visit == agent->visit && strcmp(where, agent->visited) == 0)) return;
  agent->visit = visit;
  memcpy(agent->visited, where, sizeof where);
  status_source(s, s->source, where, "asked", NULL);
}

/* A pass begins with the question whether SZTP is on, at the start and after a wait. */
static void note_action(agent_t *agent, const sztp_action_t *a, uint32_t before) {
  status_t *s = &agent->status;
  uint32_t kind = sztp_action_kind(a);
  uint64_t source = 0, purpose = 0;
  s->step = sztp_action_name(kind);
  if (kind == SZTP_ACTION_ENABLED && (s->pass == 0 || before == SZTP_ACTION_WAIT)) {
    s->pass++;
    (void)network_has_news(&agent->network);
    s->source = 0;
    s->server[0] = 0;
    status_verdict(s, NULL);
    status_sources_forget(s);
    sources_forget(agent);
  }
  if (kind == SZTP_ACTION_DISCOVER && sztp_action_u64(a, SZTP_F_SOURCE, 0, &source) == SZTP_OK) {
    s->source = (uint32_t)source;
    s->server[0] = 0;
  }
  if (kind == SZTP_ACTION_FETCH) note_server(agent, a);
  if (kind == SZTP_ACTION_FETCH && sztp_action_u64(a, SZTP_F_PURPOSE, 0, &purpose) == SZTP_OK)
    agent->reported = purpose == SZTP_FETCH_PROGRESS;
  if (kind == SZTP_ACTION_DOWNLOAD) take_text(a, SZTP_F_URI, s->image_uri, sizeof s->image_uri);
  if (kind != SZTP_ACTION_DOWNLOAD) s->image_octets = s->image_total = 0;
  if (kind != SZTP_ACTION_DOWNLOAD && kind != SZTP_ACTION_INSTALL) s->image_uri[0] = 0;
  if (kind != SZTP_ACTION_RESOLVE) (void)status_write(s);
}

/* Artifacts were judged since the last action, if that one brought some, or the key that was wanting. */
static void note_verdict(agent_t *agent, const sztp_action_t *a, uint64_t *purpose, uint32_t before) {
  const sztp_verdict_t *v = sztp_session_verdict(agent->session);
  int brought = before == SZTP_ACTION_DISCOVER || before == SZTP_ACTION_KEY ||
                (before == SZTP_ACTION_FETCH && *purpose == SZTP_FETCH_DATA);
  int judged = brought && sztp_action_kind(a) != SZTP_ACTION_KEY;
  if (judged && v != NULL && !sztp_verdict_accepted(v)) status_verdict(&agent->status, v);
  *purpose = 0;
  (void)sztp_action_u64(a, SZTP_F_PURPOSE, 0, purpose);
}

/* ---- the end ------------------------------------------------------------------------------------- */

static int exit_status_of(const agent_t *agent, uint64_t result, int32_t code) {
  switch (result) {
  case SZTP_RESULT_DONE:
  case SZTP_RESULT_DISABLED: return AGENT_DONE;
  case SZTP_RESULT_REBOOT_PENDING: return AGENT_REBOOT;
  case SZTP_RESULT_NOT_BOOTSTRAPPED: break;
  default: return AGENT_OTHER;
  }
  if (code == SZTP_ERR_IMAGE && agent->image_refused) return AGENT_REFUSED;
  switch (sztp_error_class(code)) {
  case SZTP_CLASS_DATA:
  case SZTP_CLASS_REFUSED: return AGENT_REFUSED;
  case SZTP_CLASS_NETWORK: return AGENT_NOTHING;
  default: return AGENT_OTHER;
  }
}

static const char *result_name(uint64_t result) {
  static const char *const names[] = {"error",     "done", "reboot-pending", "disabled", "not-bootstrapped",
                                      "cancelled", "error"};
  return names[result < sizeof names / sizeof *names ? result : 0];
}

static const char *advice(int exit_status, uint64_t result) {
  if (result == SZTP_RESULT_CANCELLED) return "What was unfinished was undone; run it again to go on.";
  switch (exit_status) {
  case AGENT_NOTHING:
    return "Check link, DHCP and servers, and try again later; \"sztp-agent daemon\" does so by itself.";
  case AGENT_REFUSED:
    return "Nothing of it was used. \"sztp-agent status\" says which check failed; whoever made the data "
           "must put it right.";
  default: return "What was done was undone as far as possible; \"sztp-agent status\" says more.";
  }
}

static int write_end(agent_t *agent, const status_end_t *end) {
  if (status_end(&agent->status, end) == 0) return end->exit_status;
  view_say(&agent->view, SZTP_LOG_ERROR, "%s/result.json can't be written: %s", agent->config->folders.status,
           strerror(errno));
  return end->exit_status;
}

static int finish(agent_t *agent, const sztp_action_t *a, char *error, size_t room) {
  uint64_t result = SZTP_RESULT_ERROR, reason = 0;
  char text[STATUS_TEXT];
  (void)sztp_action_u64(a, SZTP_F_RESULT, 0, &result);
  (void)sztp_action_u64(a, SZTP_F_REASON, 0, &reason);
  int32_t code = -(int32_t)reason;
  take_text(a, SZTP_F_MESSAGE, text, sizeof text);
  if (text[0] == 0) (void)snprintf(text, sizeof text, "%s", sztp_error_text(code));
  status_end_t end = {result_name(result), exit_status_of(agent, result, code), code, text};
  if (result == SZTP_RESULT_DONE) {
    onboard_settle(agent);
    if (agent->reported) status_done(&agent->status, "bootstrap-complete: acknowledged by the server");
  }
  if (end.exit_status != AGENT_REFUSED) status_verdict(&agent->status, NULL);
  if (end.exit_status != AGENT_DONE && end.exit_status != AGENT_REBOOT)
    (void)snprintf(error, room, "%s: %s. %s", end.result, text, advice(end.exit_status, result));
  return write_end(agent, &end);
}

/* The library could not go on. */
static int give_up(agent_t *agent, int32_t code, char *error, size_t room) {
  const char *detail = "";
  if (sztp_ctx_trail(agent->setup.ctx, 0, NULL, NULL, &detail) != SZTP_OK || *detail == 0)
    detail = sztp_error_text(code);
  status_end_t end = {"error", code == SZTP_ERR_CONFIG ? AGENT_CONFIG : AGENT_OTHER, code, detail};
  if (code == SZTP_ERR_CONFIG)
    (void)snprintf(error, room, "%s: %s", agent->config->file, detail);
  else
    (void)snprintf(error, room, "%s (%s)", detail, sztp_error_text(code));
  return write_end(agent, &end);
}

/* ---- the loop ------------------------------------------------------------------------------------ */

static void note_no_address(agent_t *agent, const sztp_action_t *a) {
  char name[STATUS_TEXT];
  uint64_t source = 0;
  take_text(a, SZTP_F_NAME, name, sizeof name);
  (void)sztp_action_u64(a, SZTP_F_SOURCE, 0, &source);
  status_source(&agent->status, (uint32_t)source, name, "no address", NULL);
}

/* Whether the next thing that the library says of sources and servers is about what @p a brought. */
static int is_answer(const sztp_action_t *a, uint32_t outcome) {
  uint64_t purpose = 0;
  if (sztp_action_kind(a) == SZTP_ACTION_DISCOVER) return outcome == SZTP_OUTCOME_OK;
  return sztp_action_kind(a) == SZTP_ACTION_FETCH &&
         sztp_action_u64(a, SZTP_F_PURPOSE, 0, &purpose) == SZTP_OK && purpose != SZTP_FETCH_PROGRESS;
}

/* Actions by which the device may change its own network. */
static int changes_device(uint32_t kind) {
  return kind == SZTP_ACTION_INSTALL || kind == SZTP_ACTION_SCRIPT || kind == SZTP_ACTION_CONFIG ||
         kind == SZTP_ACTION_ROLLBACK;
}

static int loop(agent_t *agent, char *error, size_t room) {
  uint32_t before = 0;
  uint64_t purpose = 0;
  for (unsigned failures = 0; failures < FAILURES_IN_A_ROW;) {
    const sztp_action_t *a = NULL;
    int32_t code = sztp_session_next(agent->session, agent_now(), &a);
    if (code == SZTP_ERR_CONFIG || (code < 0 && ++failures == FAILURES_IN_A_ROW))
      return give_up(agent, code, error, room);
    if (code < 0) continue; /* nothing is lost: ask again */
    failures = 0;
    uint32_t kind = sztp_action_kind(a);
    note_verdict(agent, a, &purpose, before);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) return finish(agent, a, error, room);
    note_action(agent, a, before);
    before = kind;
    uint32_t outcome = dispatch(agent, a);
    if (changes_device(kind)) (void)network_has_news(&agent->network); /* no reason to hurry the next pass */
    agent->answered = is_answer(a, outcome);
    if (kind == SZTP_ACTION_RESOLVE && outcome != SZTP_OUTCOME_OK) note_no_address(agent, a);
    if (kind == SZTP_ACTION_DISCOVER && outcome != SZTP_OUTCOME_OK) agent->status.source = 0;
    (void)sztp_reply_end(agent->session, sztp_action_ticket(a), outcome);
  }
  return AGENT_OTHER;
}

/* A clock that is before the floor is evidently not set, whatever the configuration says of it. */
static void set_time(agent_t *agent) {
  time_t now = time(NULL);
  if (agent->config->clock.mode != CONFIG_CLOCK_SYSTEM) return;
  if (now < 0 || (uint64_t)now < agent->config->clock.floor)
    agent_say(agent, SZTP_LOG_WARN, "the system clock is before clock.floor, so it is not trusted");
  else
    (void)sztp_session_set_time(agent->session, agent_now(), (int64_t)now);
}

static void restore(agent_t *agent) {
  uint8_t saved[STATE_MAX_SAVED];
  size_t len = 0;
  if (state_load(&agent->state, saved, &len) != 0)
    agent_say(agent, SZTP_LOG_WARN, "%s/session can't be read: %s; the session starts without it",
              agent->config->folders.state, strerror(errno));
  else if (len > 0 && sztp_session_restore(agent->session, saved, len) != SZTP_OK)
    agent_say(agent, SZTP_LOG_WARN, "%s/session is damaged; the session starts without it",
              agent->config->folders.state);
}

static int start_session(agent_t *agent, char *error, size_t room) {
  int32_t code = sztp_session_new(agent->setup.device, &agent->session);
  if (code == SZTP_OK) code = sources_add(agent->config, agent->session);
  if (code == SZTP_OK) code = sztp_https_set_stage(agent->setup.https, image_stage, &agent->image);
  if (code != SZTP_OK) {
    (void)snprintf(error, room, "the session can't be started: %s", sztp_error_text(code));
    return -1;
  }
  restore(agent);
  set_time(agent);
  return 0;
}

/* Programs of a run that was cut off may have left something. */
static int make_work(agent_t *agent, char *error, size_t room) {
  agent->work = folder_path(agent->config->folders.state, "work");
  if (agent->work != NULL && folder_remove(agent->work) == 0)
    return folder_make(agent->work, 0700, error, room);
  (void)snprintf(error, room, "%s/work can't be emptied: %s", agent->config->folders.state, strerror(errno));
  return -1;
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
  agent->self[len > 0 ? len : 0] = 0;
  if (state_open(c, &agent->state, error, room) != 0 || take_lock(agent, error, room) != 0) return -1;
  if (make_work(agent, error, room) != 0) return -1;
  storage_clean(c);
  if (image_open(c->folders.staging, on_progress, agent, &agent->image, error, room) != 0) return -1;
  return 0;
}

static int run_session(agent_t *agent, char *error, size_t room) {
  if (setup_make(agent->config, on_log, agent, &agent->setup, error, room) != 0) {
    status_end_t end = {"error", AGENT_CONFIG, SZTP_ERR_CONFIG, error};
    return write_end(agent, &end);
  }
  (void)sztp_device_set_policy(agent->setup.device, SZTP_POLICY_MAX_PASSES,
                               !agent->daemon ? 1
                               : agent->config->policy[SZTP_POLICY_MAX_PASSES] == CONFIG_NOT_GIVEN
                                   ? 0
                                   : agent->config->policy[SZTP_POLICY_MAX_PASSES]);
  if (start_session(agent, error, room) != 0) {
    status_end_t end = {"error", AGENT_OTHER, SZTP_ERR_HOST, error};
    return write_end(agent, &end);
  }
  signals_watch(agent->session);
  int exit_status = loop(agent, error, room);
  signals_watch(NULL);
  return exit_status;
}

int agent_run(const config_t *config, int daemon, char *error, size_t room) {
  agent_t *agent = calloc(1, sizeof *agent);
  int exit_status = AGENT_OTHER;
  if (agent == NULL) {
    (void)snprintf(error, room, "no memory to start");
    return exit_status;
  }
  agent->config = config;
  agent->daemon = daemon;
  agent->state.lock = agent->image.fd = agent->media.root = -1;
  network_open(&agent->network);
  (void)umask(S_IWGRP | S_IWOTH);
  view_open(&agent->view, (uint32_t)config->log.level, (int)config->log.time);
  if (prepare(agent, error, room) == 0 &&
      status_open(config, daemon ? "daemon" : "run", &agent->status, error, room) == 0)
    exit_status = run_session(agent, error, room);
  media_close(agent);
  sources_forget(agent);
  network_close(&agent->network);
  sztp_session_free(agent->session);
  setup_free(&agent->setup);
  status_close(&agent->status);
  image_close(&agent->image);
  state_close(&agent->state);
  free(agent->work);
  free(agent);
  return exit_status;
}
