/* SPDX-License-Identifier: Apache-2.0 */
/* Takes what the steps of a verdict say, and keeps it when an attempt ends well. */
#include "provenance.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent.h"
#include "journal.h"

static void take_text(const sztp_verdict_t *v, uint32_t step, char out[PROVENANCE_TEXT]) {
  uint32_t state = SZTP_STEP_SKIPPED;
  int passed = sztp_verdict_step(v, step, &state, NULL) == SZTP_OK && state == SZTP_STEP_PASSED;
  (void)snprintf(out, PROVENANCE_TEXT, "%s", passed ? sztp_verdict_text(v, step, SZTP_TEXT_DETAIL) : "");
}

static void raise_floors(agent_t *agent, int64_t time, int64_t voucher) {
  if (floors_raise(agent->config, &agent->setup.floors, time, voucher) != 0)
    agent_say(agent, SZTP_LOG_WARN, "%s/" FLOORS_FILE " can't be written: %s", agent->config->folders.state,
              strerror(errno));
}

/* Information that an authenticated server gave unsigned says nothing of a voucher: what led to that server
 * does. */
void provenance_take(agent_t *agent, const sztp_verdict_t *v) {
  provenance_t *p = &agent->provenance;
  int64_t created = SZTP_TIME_UNKNOWN;
  if (sztp_verdict_i64(v, SZTP_VERDICT_VOUCHER_CREATED, &created) != SZTP_OK) return;
  p->created = created;
  take_text(v, SZTP_STEP_VOUCHER_SERIAL, p->serial);
  take_text(v, SZTP_STEP_VOUCHER_SIGNATURE, p->signer);
  take_text(v, SZTP_STEP_VOUCHER_DATES, p->dates);
  take_text(v, SZTP_STEP_PINNED_CERT, p->pinned);
  take_text(v, SZTP_STEP_OWNER_SIGNER, p->owner);
  raise_floors(agent, created, 0);
}

static const char *if_any(const char *text) { return *text == '\0' ? NULL : text; }

static void write_line(agent_t *agent, int done) {
  const provenance_t *p = &agent->provenance;
  const char *serial = NULL;
  json_t line;
  journal_begin(&line, done ? "bootstrapped" : "image-installed");
  if (sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) == SZTP_OK)
    json_text(&line, line.root, "serial-number", serial);
  json_text(&line, line.root, "os-version", if_any(agent->setup.os_version));
  json_text(&line, line.root, "server", if_any(agent->status.server));
  json_text(&line, line.root, "voucher-serial-number", if_any(p->serial));
  json_text(&line, line.root, "voucher", if_any(p->dates));
  json_text(&line, line.root, "voucher-signer", if_any(p->signer));
  json_text(&line, line.root, "pinned", if_any(p->pinned));
  json_text(&line, line.root, "owner-certificate", if_any(p->owner));
  if (journal_add(agent->config, &line) != 0)
    agent_say(agent, SZTP_LOG_WARN, "the journal can't be written: %s", strerror(errno));
}

void provenance_keep(agent_t *agent, int done) {
  int64_t now = (int64_t)time(NULL);
  int known = agent->anchor.by_clock && now >= agent->setup.floors.time;
  int64_t voucher = agent->provenance.serial[0] != '\0' ? agent->provenance.created : 0;
  raise_floors(agent, known ? now : 0, done ? voucher : 0);
  write_line(agent, done);
}
