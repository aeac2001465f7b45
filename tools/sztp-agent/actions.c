/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatches the library's actions; the smaller ones are carried out here. */
#define _GNU_SOURCE 1
#include "actions.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "common/medium.h"
#include "common/notify.h"
#include "dns_names.h"
#include "folders.h"
#include "media_image.h"
#include "onboard.h"
#include "reaper.h"
#include "saved.h"
#include "signals.h"
#include "source_dns.h"
#include "source_removable.h"
#include "sources.h"

enum { WAIT_LEAST_MS = 250, HURRIES = 16 };

static uint32_t do_enabled(agent_t *agent, const sztp_action_t *a) {
  int flag = state_enabled(&agent->state);
  if (flag == STATE_UNREADABLE) {
    agent_say(agent, SZTP_LOG_ERROR,
              "%s/enabled can't be read or understood; say \"sztp-agent enable\" or \"disable\"",
              agent->config->folders.state);
    return SZTP_OUTCOME_FAILED;
  }
  if (flag != STATE_UNSET)
    (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_VALUE, flag == STATE_ON);
  return SZTP_OUTCOME_OK;
}

static uint32_t do_save(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  (void)sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len);
  if (saved_write(&agent->state, data, len) == 0) {
    if (len == 0) onboard_settle(agent); /* nothing is begun, nothing is to be undone */
    return SZTP_OUTCOME_OK;
  }
  agent_say(agent, SZTP_LOG_ERROR, "%s/session can't be stored: %s", agent->config->folders.state,
            folder_why(errno));
  return SZTP_OUTCOME_FAILED;
}

/* A signal ends the sleep, and next() then sees that the session was cancelled. A network that has appeared
 * since the pass began ends it, too, after a moment: it may have missed some of the sources, and should not
 * have to wait longer than one that appears now. */
static void do_wait(agent_t *agent, const sztp_action_t *a) {
  uint64_t deadline = 0, now = clock_ms();
  uint64_t least = now + ((uint64_t)WAIT_LEAST_MS << agent->hurries);
  network_t *network = &agent->network;
  int news = network_has_news(network), hurry = 0;
  (void)agent_number(a, SZTP_F_DEADLINE, &deadline);
  sigset_t stops, before;
  (void)sigemptyset(&stops);
  (void)sigaddset(&stops, SIGINT);
  (void)sigaddset(&stops, SIGTERM);
  (void)sigprocmask(SIG_BLOCK, &stops, &before);
  reaper_bury();
  while (now < deadline && !signals_stopped()) {
    if (news && deadline > least) {
      agent_say(agent, SZTP_LOG_INFO, "the network has changed: looking again");
      deadline = least;
      hurry = 1;
    }
    if (deadline <= now) break;
    notify_alive(0);
    int ms = notify_wait(deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now));
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    struct pollfd readable = {network->fd, POLLIN, 0}; /* or none: a number below 0 */
    /* no signal is lost between the check and the sleep */
    int ready = ppoll(&readable, 1, &left, &before);
    news = ready > 0 && network_has_news(network);
    now = clock_ms();
  }
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
  if (!hurry)
    agent->hurries = 0;
  else if (agent->hurries < HURRIES)
    agent->hurries++;
}

/* Where the device believes nobody but its program, that is asked, if only to say that it is not there. */
static int wants_program(const agent_t *agent) {
  return agent->config->program[PROGRAM_CHECK_IMAGE] != NULL || agent->config->anchors.firmware.count == 0;
}

static uint32_t do_download(agent_t *agent, const sztp_action_t *a) {
  uint64_t check = 0;
  (void)agent_number(a, SZTP_F_CHECK_SIGNATURE, &check);
  if (agent->config->program[PROGRAM_INSTALL] == NULL) { /* what can't be installed is not downloaded */
    static const char why[] = "no program installs images; set handlers.install to one";
    (void)agent_give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
    return SZTP_OUTCOME_FAILED;
  }
  view_say(&agent->view, SZTP_LOG_INFO, "downloading %s", agent->status.image_uri);
  view_progress_begin(&agent->view);
  int is_file = medium_is_file_uri(agent->status.image_uri);
  const sztp_https_t *https = is_file ? NULL : agent->setup.https;
  agent->image.https = https;
  uint32_t outcome =
      is_file ? media_image_download(agent, a) : sztp_https_handle(agent->setup.https, agent->session, a);
  uint64_t octets = agent->image.octets;
  if (outcome == SZTP_OUTCOME_OK && image_finish(&agent->image) != 0) outcome = SZTP_OUTCOME_FAILED;
  view_progress_end(&agent->view, octets, outcome == SZTP_OUTCOME_OK);
  if (agent->image.fault[0] != '\0')
    agent_say(agent, SZTP_LOG_ERROR, "the image can't be staged: %s", agent->image.fault);
  /* What the program refuses is not installed, whatever stands beside it. */
  if (outcome == SZTP_OUTCOME_OK && check == 1 && wants_program(agent) && !onboard_check_image(agent, a)) {
    image_discard(&agent->image);
    if (agent->config->anchors.firmware.count > 0) outcome = SZTP_OUTCOME_FAILED;
  }
  if (outcome == SZTP_OUTCOME_OK) return outcome;
  uint64_t kept = image_keep(&agent->image, https != NULL && *sztp_https_validator(https) != '\0');
  if (kept > 0)
    agent_say(agent, SZTP_LOG_INFO,
              "%" PRIu64 " octets of the image are kept, for a download that goes on with them", kept);
  return outcome;
}

/* Actions that follow data from a medium, until one of these, still concern that data: its image may be on
 * the medium, too */
static int leaves_medium(uint32_t kind) {
  return agent_is_discovery(kind) || kind == SZTP_ACTION_RESOLVE || kind == SZTP_ACTION_FETCH ||
         kind == SZTP_ACTION_WAIT;
}

uint32_t actions_do(agent_t *agent, const sztp_action_t *a) {
  if (leaves_medium(sztp_action_kind(a))) source_removable_close(agent);
  if (!agent_is_discovery(sztp_action_kind(a))) sources_leave(agent);
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return do_enabled(agent, a);
  case SZTP_ACTION_DISCOVER: return sources_discover(agent, a);
  case SZTP_ACTION_ASK: return source_dns_ask(agent, a);
  case SZTP_ACTION_DOMAINS: return source_dns_domains(agent, a);
  case SZTP_ACTION_RESOLVE: return dns_resolve(agent, a);
  case SZTP_ACTION_FETCH: return sztp_https_handle(agent->setup.https, agent->session, a);
  case SZTP_ACTION_DOWNLOAD: return do_download(agent, a);
  case SZTP_ACTION_INSTALL: return onboard_install(agent, a);
  case SZTP_ACTION_CSR: return onboard_csr(agent, a);
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
