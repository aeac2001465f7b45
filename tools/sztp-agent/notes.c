/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the status in step with the session. */
#include "notes.h"

#include <stdio.h>
#include <string.h>

/* What the library says of data is about the place that was looked at last. Of a place that answered, the
 * first line tells what came of it: what follows is about others. */
void notes_hear(agent_t *agent, uint32_t level, uint32_t topic, const char *line) {
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

static void note_server(agent_t *agent, const sztp_action_t *a) {
  status_t *s = &agent->status;
  char name[STATUS_TEXT - 120], address[80], where[STATUS_TEXT];
  uint64_t port = 0, provisional = 0, source = 0, visit = 0, purpose = 0;
  agent_text(a, SZTP_F_NAME, name, sizeof name);
  agent_text(a, SZTP_F_ADDRESS, address, sizeof address);
  (void)agent_number(a, SZTP_F_PORT, &port);
  (void)agent_number(a, SZTP_F_PROVISIONAL, &provisional);
  (void)agent_number(a, SZTP_F_SOURCE, &source);
  (void)agent_number(a, SZTP_F_VISIT, &visit);
  (void)agent_number(a, SZTP_F_PURPOSE, &purpose);
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

void notes_pass(agent_t *agent) {
  status_t *s = &agent->status;
  s->pass++;
  s->source = 0;
  s->server[0] = '\0';
  status_verdict(s, NULL);
  status_sources_forget(s);
}

void notes_action(agent_t *agent, const sztp_action_t *a) {
  status_t *s = &agent->status;
  uint32_t kind = sztp_action_kind(a);
  uint64_t source = 0, purpose = 0;
  s->step = sztp_action_name(kind);
  if (agent_is_discovery(kind) && agent_number(a, SZTP_F_SOURCE, &source) == SZTP_OK) {
    s->source = (uint32_t)source;
    s->server[0] = '\0';
  }
  if (kind == SZTP_ACTION_FETCH) note_server(agent, a);
  if (kind == SZTP_ACTION_FETCH && agent_number(a, SZTP_F_PURPOSE, &purpose) == SZTP_OK)
    agent->reported = purpose == SZTP_FETCH_PROGRESS;
  if (kind == SZTP_ACTION_DOWNLOAD) agent_text(a, SZTP_F_URI, s->image_uri, sizeof s->image_uri);
  if (kind != SZTP_ACTION_DOWNLOAD) s->image_octets = s->image_total = 0;
  if (kind != SZTP_ACTION_DOWNLOAD && kind != SZTP_ACTION_INSTALL) s->image_uri[0] = '\0';
  if (kind != SZTP_ACTION_RESOLVE) (void)status_write(s);
}

/* Artifacts were judged since the last action, if that one brought some. */
void notes_verdict(agent_t *agent, const sztp_action_t *a, uint64_t *purpose, uint32_t before) {
  const sztp_verdict_t *v = sztp_session_verdict(agent->session);
  int brought = agent_is_discovery(before) || (before == SZTP_ACTION_FETCH && *purpose == SZTP_FETCH_DATA);
  if (brought && v != NULL && !sztp_verdict_accepted(v)) status_verdict(&agent->status, v);
  *purpose = 0;
  (void)agent_number(a, SZTP_F_PURPOSE, purpose);
}

static void note_no_address(agent_t *agent, const sztp_action_t *a) {
  char name[STATUS_TEXT];
  uint64_t source = 0;
  agent_text(a, SZTP_F_NAME, name, sizeof name);
  (void)agent_number(a, SZTP_F_SOURCE, &source);
  status_source(&agent->status, (uint32_t)source, name, "no address", NULL);
}

/* Whether the next thing that the library says of sources and servers is about what @p a brought. */
static int is_answer(const sztp_action_t *a, uint32_t outcome) {
  uint64_t purpose = 0;
  if (agent_is_discovery(sztp_action_kind(a))) return outcome == SZTP_OUTCOME_OK;
  return sztp_action_kind(a) == SZTP_ACTION_FETCH && agent_number(a, SZTP_F_PURPOSE, &purpose) == SZTP_OK &&
         purpose != SZTP_FETCH_PROGRESS;
}

void notes_outcome(agent_t *agent, const sztp_action_t *a, uint32_t outcome) {
  uint32_t kind = sztp_action_kind(a);
  agent->answered = is_answer(a, outcome);
  if (outcome == SZTP_OUTCOME_OK) return;
  if (kind == SZTP_ACTION_RESOLVE) note_no_address(agent, a);
  if (agent_is_discovery(kind)) agent->status.source = 0;
}
