/* SPDX-License-Identifier: Apache-2.0 */
/* Reports how a session ended: result.json, the exit status, and one line of text. */
#include "ending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/notify.h"
#include "folders.h"
#include "onboard.h"
#include "signals.h"

/* SONiC's ztp takes whatever is neither 0 nor 2 for a failure of security (SONIC-01). It calls "run"; a
 * daemon is somebody else's, who restarts the device for an image. */
static int agreed(const agent_t *agent, int exit_status, uint64_t result) {
  if (agent->config->contract != CONFIG_CONTRACT_SONIC || agent->daemon) return exit_status;
  if (exit_status == AGENT_REBOOT) return AGENT_NOTHING;
  int failed = result == SZTP_RESULT_NOT_BOOTSTRAPPED || result == SZTP_RESULT_CANCELLED;
  return exit_status == AGENT_OTHER && failed ? AGENT_NOTHING : exit_status;
}

static int exit_status_of(uint64_t result, int32_t code) {
  switch (result) {
  case SZTP_RESULT_DONE:
  case SZTP_RESULT_DISABLED: return AGENT_DONE;
  case SZTP_RESULT_REBOOT_PENDING: return AGENT_REBOOT;
  case SZTP_RESULT_NOT_BOOTSTRAPPED: break;
  default: return AGENT_OTHER;
  }
  switch (sztp_error_class(code)) {
  case SZTP_CLASS_DATA:
  case SZTP_CLASS_REFUSED: return AGENT_REFUSED;
  case SZTP_CLASS_NETWORK: return AGENT_NOTHING;
  default: return AGENT_OTHER;
  }
}

static const char *what_became(int exit_status, int32_t code) {
  switch (exit_status) {
  case AGENT_NOTHING:
    return code == SZTP_ERR_NOT_BOOTSTRAPPED ? "Check link, DHCP, DNS and servers, or try again later; "
                                               "\"sztp-agent daemon\" does so by itself."
                                             : "Or try again later; \"sztp-agent daemon\" does so by itself.";
  case AGENT_REFUSED: return "Nothing of it was used.";
  default: return "What was done was undone as far as possible.";
  }
}

/* The library's sentence on a code says what to do; some address those who embed it. */
static int is_for_operators(int32_t code) {
  uint32_t class = sztp_error_class(code);
  return class != SZTP_CLASS_CALLER && code != SZTP_ERR_HOST && code != SZTP_ERR_UNSUPPORTED &&
         code != SZTP_ERR_NOT_BOOTSTRAPPED;
}

/* What to do next, in the words of the desk's tool. */
static void advise(int exit_status, uint64_t result, int32_t code, char *out, size_t room) {
  if (result == SZTP_RESULT_CANCELLED) {
    (void)snprintf(out, room, "What was unfinished was undone; run it again to go on.");
    return;
  }
  (void)snprintf(out, room, "%s%s%s%s", is_for_operators(code) ? sztp_error_text(code) : "",
                 is_for_operators(code) ? " " : "", what_became(exit_status, code),
                 sztp_error_label(code)[0] != '\0' ? " More: sztp-refusals(7)." : "");
}

int ending_write(agent_t *agent, const status_end_t *end) {
  const watcher_t *watcher = agent->watcher;
  if (watcher != NULL && watcher->end != NULL) watcher->end(watcher->user, end);
  notify_status("Ended: %s: %s", end->result, end->text);
  if (status_end(&agent->status, end) == 0) return end->exit_status;
  view_say(&agent->view, SZTP_LOG_ERROR, "the result can't be written to %s: %s", agent->status.unwritten,
           folder_why(errno));
  return end->exit_status;
}

int ending_of(agent_t *agent, const sztp_action_t *a, char *error, size_t room) {
  uint64_t result = SZTP_RESULT_ERROR;
  int64_t reason = 0;
  char text[STATUS_TEXT], next[STATUS_NEXT];
  (void)agent_number(a, SZTP_F_RESULT, &result);
  (void)sztp_action_i64(a, SZTP_F_REASON, 0, &reason);
  int32_t code = (int32_t)reason;
  agent_text(a, SZTP_F_MESSAGE, text, sizeof text);
  if (text[0] == '\0') (void)snprintf(text, sizeof text, "%s", sztp_error_text(code));
  status_end_t end = {sztp_result_name((uint32_t)result), exit_status_of(result, code), code, text, NULL};
  /* Before the first pass what an earlier attempt has begun may not be undone yet. */
  if (result == SZTP_RESULT_DONE || (agent->status.pass > 0 && agent->not_undone == 0)) onboard_settle(agent);
  if (result == SZTP_RESULT_DONE) onboard_keep_key(agent, a);
  if (result == SZTP_RESULT_DONE || result == SZTP_RESULT_REBOOT_PENDING)
    provenance_keep(agent, result == SZTP_RESULT_DONE);
  if (end.exit_status != AGENT_REFUSED) status_verdict(&agent->status, NULL);
  if (end.exit_status != AGENT_DONE && end.exit_status != AGENT_REBOOT) {
    advise(end.exit_status, result, code, next, sizeof next);
    end.next = next;
    (void)snprintf(error, room, "%s: %s. %s", end.result, text, next);
  }
  end.exit_status = agreed(agent, end.exit_status, result);
  return ending_write(agent, &end);
}

int ending_later(agent_t *agent, const char *why, char *error, size_t room) {
  static const char next[] = "Set the clock, or try again later; \"sztp-agent daemon\" does so by itself.";
  int stopped = signals_stopped();
  uint64_t result = stopped ? SZTP_RESULT_CANCELLED : SZTP_RESULT_NOT_BOOTSTRAPPED;
  status_end_t end = {sztp_result_name((uint32_t)result), stopped ? AGENT_OTHER : AGENT_NOTHING,
                      stopped ? SZTP_ERR_CANCELLED : SZTP_ERR_NOT_BOOTSTRAPPED, why, stopped ? NULL : next};
  if (agent->status.pass > 0 && agent->not_undone == 0) onboard_settle(agent);
  status_verdict(&agent->status, NULL);
  (void)snprintf(error, room, "%s: %s.%s%s", end.result, why, stopped ? "" : " ", stopped ? "" : next);
  end.exit_status = agreed(agent, end.exit_status, result);
  return ending_write(agent, &end);
}

int ending_early(agent_t *agent, int32_t code, char *error, size_t room) {
  const char *detail = "";
  char how[64], judge[160];
  judge_end(&agent->setup.judge, how, sizeof how);
  if (sztp_ctx_trail(agent->setup.ctx, 0, NULL, NULL, &detail) != SZTP_OK || *detail == '\0')
    detail = sztp_error_text(code);
  if (how[0] != '\0') {
    (void)snprintf(judge, sizeof judge, "the process that judges has ended by itself (%s)", how);
    detail = judge;
  }
  status_end_t end = {"error", code == SZTP_ERR_CONFIG ? AGENT_CONFIG : AGENT_OTHER, code, detail, NULL};
  if (code == SZTP_ERR_CONFIG)
    (void)snprintf(error, room, "%s: %s", agent->config->file, detail);
  else
    (void)snprintf(error, room, "%s (%s)", detail, sztp_error_text(code));
  return ending_write(agent, &end);
}
