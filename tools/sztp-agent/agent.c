/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what happens, on the terminal and in the status, and replies to the library. */
#include "agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
  agent_say(agent, level, "%s%s%s: %s%s%s", sztp_source_name(source), where == NULL ? "" : " ",
            where == NULL ? "" : where, result, reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
  status_source(&agent->status, source, where, result, reason);
}

int32_t agent_give(agent_t *agent, const sztp_action_t *a, uint32_t field, const void *data, size_t len) {
  return sztp_reply_bytes(agent->session, sztp_action_ticket(a), field, data, len);
}

int agent_is_discovery(uint32_t kind) {
  return kind == SZTP_ACTION_DISCOVER || kind == SZTP_ACTION_ASK || kind == SZTP_ACTION_DOMAINS;
}

int32_t agent_number(const sztp_action_t *a, uint32_t field, uint64_t *out) {
  int64_t number = 0;
  int32_t rc = sztp_action_i64(a, field, 0, &number);
  if (rc == SZTP_OK) *out = (uint64_t)number;
  return rc;
}

void agent_text(const sztp_action_t *a, uint32_t field, char *out, size_t room) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, field, 0, &data, &len) != SZTP_OK) len = 0;
  if (len >= room) len = room - 1;
  if (len > 0) memcpy(out, data, len);
  out[len] = '\0';
}
