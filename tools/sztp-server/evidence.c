/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for evidence, and judges it. */
#define _GNU_SOURCE
#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sztp/verify.h>

#include "journal.h"

enum { MAX_REFERENCE = 256 * 1024 };

/* ---- rounds -------------------------------------------------------------------------------------- */

/* NULL without memory. */
static evidence_round_t *round_of(maker_t *m, const device_setting_t *d) {
  const field_entries_t *devices = &m->settings->devices;
  const device_setting_t *all = devices->at;
  if (m->rounds == NULL) m->rounds = calloc(devices->count, sizeof *m->rounds);
  return m->rounds == NULL ? NULL : &m->rounds[d - all];
}

void evidence_free(maker_t *m) {
  for (size_t i = 0; m->rounds != NULL && i < m->settings->devices.count; i++) free(m->rounds[i].info.data);
  free(m->rounds);
  m->rounds = NULL;
}

void evidence_begin(maker_t *m, const device_setting_t *d) {
  evidence_round_t *r = round_of(m, d);
  if (r != NULL) r->refused = 0;
}

int evidence_refused(maker_t *m, const device_setting_t *d) {
  evidence_round_t *r = round_of(m, d);
  if (r == NULL) return 0;
  r->open = 0;
  r->refused++;
  return r->refused < EVIDENCE_TURNS;
}

/* ---- asking -------------------------------------------------------------------------------------- */

int evidence_ask(maker_t *m, const device_setting_t *d, sztp__span_t identity, problem_t *p) {
  evidence_round_t *r = round_of(m, d);
  uint8_t *made = NULL;
  size_t len = 0;
  if (r == NULL) return problem_set(p, 503, "application", "operation-failed", "out of memory");
  r->open = 0;
  if (getrandom(r->nonce, sizeof r->nonce, 0) != (ssize_t)sizeof r->nonce)
    return problem_set(p, 503, "application", "operation-failed", "the system gives no random octets");
  int32_t code = sztp_csr_info_make(m->ctx, identity.data, identity.len, (uint32_t)d->csr_algorithm,
                                    (uint32_t)d->evidence_statements, r->nonce, sizeof r->nonce, &made, &len);
  if (code != SZTP_OK) return maker_refuse_by_library(m, p, "the device's certificate", code);
  free(r->info.data);
  r->info.data = NULL;
  if (maker_take(m, made, len, &r->info, p) != 0) return -1;
  r->open = 1;
  p->csr_info = sztp__span(r->info.data, r->info.len);
  return 0;
}

/* ---- judging ------------------------------------------------------------------------------------- */

static int set_files(maker_t *m, sztp_appraisal_t *a, uint32_t what, const text_list_t *files, problem_t *p) {
  for (size_t i = 0; i < files->count; i++) {
    artifact_t file = {NULL, 0};
    if (maker_read(".", files->at[i], MAX_REFERENCE, &file, p) != 0) return -1;
    int32_t code = sztp_appraisal_set(a, what, file.data, file.len);
    free(file.data);
    if (code != SZTP_OK) return maker_refuse_by_library(m, p, files->at[i], code);
  }
  return 0;
}

/* What the settings expect. 0, or -1 with the problem; *out is to be freed in any case. */
static int open_appraisal(maker_t *m, const device_setting_t *d, sztp_appraisal_t **out, problem_t *p) {
  int32_t code = sztp_appraisal_new(m->ctx, out);
  if (code == SZTP_OK) code = sztp_appraisal_want(*out, (uint32_t)d->evidence_statements);
  if (code != SZTP_OK) return maker_refuse_by_library(m, p, d->serial, code);
  int result = set_files(m, *out, SZTP_APPRAISAL_ANCHOR, &d->evidence_anchors, p);
  if (result == 0) result = set_files(m, *out, SZTP_APPRAISAL_ATTESTER, &d->evidence_attesters, p);
  return result == 0 ? set_files(m, *out, SZTP_APPRAISAL_REFERENCE, &d->evidence_references, p) : result;
}

int evidence_check(maker_t *m, const device_setting_t *d, problem_t *p) {
  sztp_appraisal_t *a = NULL;
  int result = open_appraisal(m, d, &a, p);
  sztp_appraisal_free(a);
  return result;
}

/* One line: what was judged, or the step, the reason and the values. */
static void put_step(const sztp_appraisal_t *a, uint32_t step, int failed, char *out, size_t room) {
  const char *expected = sztp_appraisal_text(a, step, SZTP_TEXT_EXPECTED);
  const char *found = sztp_appraisal_text(a, step, SZTP_TEXT_FOUND);
  const char *cause = sztp_appraisal_text(a, step, SZTP_TEXT_CAUSE);
  (void)snprintf(out, room, "%s: %s%s%s%s%s%s%s%s%s%s", sztp_appraisal_step_name(step),
                 failed ? sztp_appraisal_text(a, step, SZTP_TEXT_REASON) : "", cause[0] != '\0' ? " (" : "",
                 cause, cause[0] != '\0' ? ")" : "", failed ? ": " : "",
                 sztp_appraisal_text(a, step, SZTP_TEXT_DETAIL), expected[0] != '\0' ? "; expected: " : "",
                 expected, found[0] != '\0' ? "; found: " : "", found);
}

static void tell_steps(maker_t *m, const device_setting_t *d, const sztp_appraisal_t *a, char *why,
                       size_t room) {
  char text[PROBLEM_MESSAGE], line[PROBLEM_MESSAGE + 32];
  for (uint32_t step = 1; sztp_appraisal_step_name(step)[0] != '\0'; step++) {
    uint32_t state = SZTP_STEP_SKIPPED;
    (void)sztp_appraisal_step(a, step, &state, NULL);
    if (state == SZTP_STEP_SKIPPED) continue;
    put_step(a, step, state == SZTP_STEP_FAILED, text, sizeof text);
    (void)snprintf(line, sizeof line, "evidence %s: %s", state == SZTP_STEP_FAILED ? "refused" : "verified",
                   text);
    journal_note(m->ctx, d->serial, line);
    if (state == SZTP_STEP_FAILED) (void)snprintf(why, room, "evidence: %s", text);
  }
}

int evidence_judge(maker_t *m, const device_setting_t *d, sztp__span_t identity, const artifact_t *csr,
                   char *why, size_t room) {
  evidence_round_t *r = round_of(m, d);
  sztp_appraisal_t *a = NULL;
  problem_t p;
  (void)snprintf(why, room, "evidence: it can't be judged");
  int result = open_appraisal(m, d, &a, &p);
  if (result != 0) (void)snprintf(why, room, "%s", p.message);
  int32_t code = sztp_appraisal_set(a, SZTP_APPRAISAL_IDENTITY, identity.data, identity.len);
  if (code == SZTP_OK && r != NULL && r->open)
    code = sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, r->nonce, sizeof r->nonce);
  if (r != NULL) r->open = 0; /* it counts once */
  if (result == 0 && code == SZTP_OK) {
    code = sztp_appraisal_run(a, csr->data, csr->len, (int64_t)time(NULL));
    tell_steps(m, d, a, why, room);
  }
  sztp_appraisal_free(a);
  return result == 0 && code == SZTP_OK ? 0 : -1;
}
