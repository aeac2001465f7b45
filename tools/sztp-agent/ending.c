/* SPDX-License-Identifier: Apache-2.0 */
/* Reports how a session ended: result.json, the exit status, and one line of text. */
#include "ending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "onboard.h"

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

int ending_write(agent_t *agent, const status_end_t *end) {
  if (status_end(&agent->status, end) == 0) return end->exit_status;
  view_say(&agent->view, SZTP_LOG_ERROR, "%s/result.json can't be written: %s", agent->config->folders.status,
           strerror(errno));
  return end->exit_status;
}

int ending_of(agent_t *agent, const sztp_action_t *a, char *error, size_t room) {
  uint64_t result = SZTP_RESULT_ERROR;
  int64_t reason = 0;
  char text[STATUS_TEXT];
  (void)agent_number(a, SZTP_F_RESULT, &result);
  (void)sztp_action_i64(a, SZTP_F_REASON, 0, &reason);
  int32_t code = (int32_t)reason;
  agent_text(a, SZTP_F_MESSAGE, text, sizeof text);
  if (text[0] == '\0') (void)snprintf(text, sizeof text, "%s", sztp_error_text(code));
  status_end_t end = {sztp_result_name((uint32_t)result), exit_status_of(result, code), code, text};
  if (result == SZTP_RESULT_DONE) onboard_settle(agent);
  if (result == SZTP_RESULT_DONE || result == SZTP_RESULT_REBOOT_PENDING)
    provenance_keep(agent, result == SZTP_RESULT_DONE);
  if (end.exit_status != AGENT_REFUSED) status_verdict(&agent->status, NULL);
  if (end.exit_status != AGENT_DONE && end.exit_status != AGENT_REBOOT)
    (void)snprintf(error, room, "%s: %s. %s", end.result, text, advice(end.exit_status, result));
  return ending_write(agent, &end);
}

int ending_early(agent_t *agent, int32_t code, char *error, size_t room) {
  const char *detail = "";
  if (sztp_ctx_trail(agent->setup.ctx, 0, NULL, NULL, &detail) != SZTP_OK || *detail == '\0')
    detail = sztp_error_text(code);
  status_end_t end = {"error", code == SZTP_ERR_CONFIG ? AGENT_CONFIG : AGENT_OTHER, code, detail};
  if (code == SZTP_ERR_CONFIG)
    (void)snprintf(error, room, "%s: %s", agent->config->file, detail);
  else
    (void)snprintf(error, room, "%s (%s)", detail, sztp_error_text(code));
  return ending_write(agent, &end);
}
