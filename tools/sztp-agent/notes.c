/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the status in step with the session. */
#include "notes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "time_anchor.h"

#define AUTHENTICATED ", authenticated"

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
  (void)snprintf(s->server, sizeof s->server, "%s port %u%s", name, (unsigned)port,
                 provisional              ? ", not authenticated"
                 : visit == agent->proven ? AUTHENTICATED
                                          : "");
  s->source = (uint32_t)source;
  int named = strcmp(name, address) != 0;
  (void)snprintf(where, sizeof where, "%s%s%s%s port %u", name, named ? " (" : "", named ? address : "",
                 named ? ")" : "", (unsigned)port);
  if (purpose == SZTP_FETCH_PROGRESS || (visit == agent->visit && strcmp(where, agent->visited) == 0)) return;
  agent->visit = visit;
  agent->proven = 0;
  memcpy(agent->visited, where, sizeof where);
  status_source(s, s->source, where, STATUS_ASKED, NULL);
  status_source_t *place = status_last_source(s);
  if (place != NULL) place->visit = visit;
}

void notes_pass(agent_t *agent) {
  status_t *s = &agent->status;
  s->pass++;
  s->source = 0;
  s->server[0] = '\0';
  status_verdict(s, NULL);
  status_sources_forget(s);
}

/* Over before anybody could look; looking names up has its own way of telling. */
static int is_brief(uint32_t kind) {
  return kind == SZTP_ACTION_RESOLVE || kind == SZTP_ACTION_SAVE || kind == SZTP_ACTION_ENABLED;
}

void notes_action(agent_t *agent, const sztp_action_t *a) {
  status_t *s = &agent->status;
  const watcher_t *watcher = agent->watcher;
  if (watcher != NULL && watcher->action != NULL) watcher->action(watcher->user, a);
  uint32_t kind = sztp_action_kind(a);
  uint64_t source = 0;
  s->step = sztp_action_name(kind);
  if (agent_is_discovery(kind) && agent_number(a, SZTP_F_SOURCE, &source) == SZTP_OK) {
    s->source = (uint32_t)source;
    s->server[0] = '\0';
  }
  if (kind == SZTP_ACTION_FETCH) note_server(agent, a);
  if (kind == SZTP_ACTION_DOWNLOAD) agent_text(a, SZTP_F_URI, s->image_uri, sizeof s->image_uri);
  if (kind != SZTP_ACTION_DOWNLOAD) s->image_octets = s->image_total = 0;
  if (kind != SZTP_ACTION_DOWNLOAD && kind != SZTP_ACTION_INSTALL) s->image_uri[0] = '\0';
  if (!is_brief(kind)) (void)status_write(s);
}

static void note_no_address(agent_t *agent, const sztp_action_t *a) {
  char name[STATUS_TEXT];
  uint64_t source = 0;
  agent_text(a, SZTP_F_NAME, name, sizeof name);
  (void)agent_number(a, SZTP_F_SOURCE, &source);
  status_source(&agent->status, (uint32_t)source, name, "no address", NULL);
}

/* An exchange came to its end, so that its server is who it should be; not before. */
static void note_authenticated(agent_t *agent, const sztp_action_t *a) {
  status_t *s = &agent->status;
  uint64_t provisional = 1, visit = 0, purpose = 0;
  (void)agent_number(a, SZTP_F_PROVISIONAL, &provisional);
  (void)agent_number(a, SZTP_F_VISIT, &visit);
  (void)agent_number(a, SZTP_F_PURPOSE, &purpose);
  if (provisional || purpose == SZTP_FETCH_PROGRESS || visit == agent->proven) return;
  agent->proven = visit;
  (void)view_say(&agent->view, SZTP_LOG_INFO, "%s" AUTHENTICATED, s->server);
  size_t len = strlen(s->server);
  (void)snprintf(s->server + len, sizeof s->server - len, AUTHENTICATED);
}

void notes_outcome(agent_t *agent, const sztp_action_t *a, uint32_t outcome) {
  uint32_t kind = sztp_action_kind(a);
  const watcher_t *watcher = agent->watcher;
  if (watcher != NULL && watcher->outcome != NULL) watcher->outcome(watcher->user, a, outcome);
  if (kind == SZTP_ACTION_FETCH && outcome == SZTP_OUTCOME_OK) note_authenticated(agent, a);
  if (outcome == SZTP_OUTCOME_OK) return;
  if (kind == SZTP_ACTION_RESOLVE) note_no_address(agent, a);
  if (agent_is_discovery(kind)) agent->status.source = 0;
}

/* ---- what became of it --------------------------------------------------------------------------- */

/* An event of the library. */
typedef struct told {
  const sztp_event_t *event;
  uint32_t outcome;
  int32_t reason;
  const char *text;
} told_t;

static int64_t number_in(const sztp_event_t *event, uint32_t field) {
  int64_t number = 0;
  return sztp_event_i64(event, field, &number) == SZTP_OK ? number : 0;
}

/* What was found at a source: a host can't read the answers of DNS, or what DHCP has. */
static void note_found(status_source_t *place, const told_t *t) {
  if (t->outcome == SZTP_OUTCOME_FAILED)
    status_place_result(place, "nothing usable", t->text);
  else if (strcmp(place->result, STATUS_ANSWERED) == 0 && place->reason[0] == '\0')
    status_place_result(place, STATUS_ANSWERED, t->text);
}

/* An exchange that led to no data. What comes later of its server is about other things. */
static void note_exchange(status_source_t *place, const told_t *t) {
  char why[STATUS_TEXT];
  const char *label = sztp_error_label(t->reason);
  if (t->outcome == SZTP_OUTCOME_OK || strcmp(place->result, STATUS_ASKED) != 0 ||
      place->visit != (uint64_t)number_in(t->event, SZTP_F_VISIT))
    return;
  (void)snprintf(why, sizeof why, "%s%s%.200s", label, label[0] == '\0' ? "" : ": ", t->text);
  status_place_result(place, "nothing usable", why);
}

static void note_verdict(status_source_t *place, const sztp_verdict_t *v, const told_t *t) {
  char why[STATUS_TEXT];
  uint32_t step = 0, state = 0;
  if (t->outcome == SZTP_OUTCOME_OK) {
    status_place_result(place, "data accepted", NULL);
    return;
  }
  for (size_t i = 0; state != SZTP_STEP_FAILED && sztp_verdict_at(v, i, &step) == SZTP_OK; i++)
    (void)sztp_verdict_step(v, step, &state, NULL);
  (void)snprintf(why, sizeof why, "rejected at %s: %.250s", sztp_step_name(step), t->text);
  status_place_result(place, "data refused", why);
}

/* Who was told what about the device is part of its story; the evidence itself is not kept. */
static void note_evidence(agent_t *agent, const sztp_event_t *event, const told_t *t) {
  const uint8_t *host = NULL;
  size_t len = 0;
  json_t line;
  journal_begin(&line, "evidence-given");
  if (sztp_event_bytes(event, SZTP_F_NAME, &host, &len) == SZTP_OK)
    json_text(&line, line.root, "server", (const char *)host);
  json_text(&line, line.root, "message", t->text);
  if (journal_add(agent->config, &line) != 0)
    agent_say(agent, SZTP_LOG_WARN, "the journal can't be written: %s", strerror(errno));
}

void notes_event(agent_t *agent, const sztp_session_t *session, const sztp_event_t *event) {
  const uint8_t *text = NULL;
  size_t len = 0;
  told_t t = {event, (uint32_t)number_in(event, SZTP_F_OUTCOME), (int32_t)number_in(event, SZTP_F_REASON),
              ""};
  if (sztp_event_bytes(event, SZTP_F_MESSAGE, &text, &len) == SZTP_OK) t.text = (const char *)text;
  const sztp_verdict_t *verdict = sztp_session_verdict(session);
  status_source_t *place = status_last_source(&agent->status);
  const watcher_t *watcher = agent->watcher;
  if (watcher != NULL && watcher->event != NULL) watcher->event(watcher->user, session, event);
  switch (sztp_event_kind(event)) {
  case SZTP_EVENT_SOURCE:
    if (place != NULL) note_found(place, &t);
    break;
  case SZTP_EVENT_SERVER:
    if (place != NULL) note_exchange(place, &t);
    break;
  case SZTP_EVENT_VERDICT:
    if (t.outcome != SZTP_OUTCOME_OK) status_verdict(&agent->status, verdict);
    if (t.outcome == SZTP_OUTCOME_OK) provenance_take(agent, verdict);
    if (t.outcome == SZTP_OUTCOME_OK && sztp_verdict_kind(verdict) == SZTP_INFO_ONBOARDING)
      anchor_accepted(agent);
    if (place != NULL) note_verdict(place, verdict, &t);
    break;
  case SZTP_EVENT_REPORT:
    if (t.outcome == SZTP_OUTCOME_OK && strcmp(t.text, "bootstrap-complete") == 0)
      status_done(&agent->status, "bootstrap-complete: acknowledged by the server");
    break;
  case SZTP_EVENT_EVIDENCE:
    if (t.outcome == SZTP_OUTCOME_OK) note_evidence(agent, event, &t);
    break;
  case SZTP_EVENT_IMAGE: /* what did not come may have come in part */
    if (t.reason == SZTP_ERR_IMAGE_MISMATCH || t.reason == SZTP_ERR_IMAGE_SIGNATURE)
      image_discard(&agent->image);
    break;
  case SZTP_EVENT_END:
    if (t.outcome == SZTP_OUTCOME_OK) image_discard(&agent->image);
    break;
  default: break;
  }
}
