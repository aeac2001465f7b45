/* SPDX-License-Identifier: Apache-2.0 */
/* What the artifacts obtained are worth (TRUST group), and what their server is to know of that. */

#include "ground/format.h"
#include "machine/budget.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/judge_key.h"
#include "machine/redirect.h"
#include "machine/report.h"

static uint32_t failed_step(const sztp_verdict_t *verdict) {
  uint32_t state = 0;
  for (uint32_t step = 1; sztp_verdict_step(verdict, step, &state, NULL) == SZTP_OK; step++)
    if (state == SZTP_STEP_FAILED) return step;
  return 0;
}

static void verdict_line(const sztp_verdict_t *verdict, char *out, size_t cap) {
  uint32_t step = failed_step(verdict);
  const char *cause = sztp_verdict_text(verdict, step, SZTP_TEXT_CAUSE);
  (void)sztp__sentence(out, cap, "%s%s%s: %s", sztp_verdict_text(verdict, step, SZTP_TEXT_REASON),
                       cause[0] != '\0' ? ", " : "", cause,
                       sztp_verdict_text(verdict, step, SZTP_TEXT_DETAIL));
}

/* Rows 5 to 8 and 10, 13 to 16. */
static void reject(sztp_session_t *s, int32_t code) {
  char text[SZTP__SENTENCE_SIZE] = "";
  SZTP__TELL(verdict_line(s->verdict, text, sizeof text));
  sztp__event(s, SZTP_EVENT_VERDICT, code, text);
  /* What came out of an encryption must not be seen by whether there is a report. */
  int redirect = sztp_verdict_kind(s->verdict) == SZTP_INFO_REDIRECT && !s->verdict->key_asked;
  int tell = s->found.from_server && s->visit.server_trusted && !redirect;
  sztp__goto(s, tell ? SZTP__ST_REJECTED : SZTP__ST_SERVER);
}

/* CSR-29 */
static int lacks_request(const sztp_session_t *s) {
  return s->found.from_server && s->visit.server_trusted && sztp__policy(s->dev, SZTP_POLICY_CSR_REQUIRED) &&
         !sztp__csr_was_sent(s);
}

static int32_t refuse_without_request(sztp_session_t *s) {
  static const char text[] = "a certificate signing request is required, and the server has asked for none";
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s: %s", sztp_error_label(SZTP_ERR_CSR_REFUSED), text);
  sztp__event(s, SZTP_EVENT_SERVER, SZTP_ERR_CSR_REFUSED, text);
  sztp__goto(s, SZTP__ST_SERVER);
  return SZTP_OK;
}

/* CLK-10 */
static void keep_time(const sztp_session_t *s) {
  int64_t created = SZTP_TIME_UNKNOWN;
  if (!sztp__policy(s->dev, SZTP_POLICY_VOUCHER_TIME)) return;
  if (sztp_verdict_i64(s->verdict, SZTP_VERDICT_VOUCHER_CREATED, &created) != SZTP_OK) return;
  if (created > sztp__ctx_known_floor(s->ctx)) sztp__ctx_set_known_floor(s->ctx, created);
}

int32_t sztp__judge_ask(sztp_session_t *s) {
  uint32_t channel =
      s->found.from_server && s->visit.server_trusted ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;
  sztp_verdict_t *verdict = NULL;
  void *key_user = NULL;
  sztp_key_fn key = sztp__session_key(s, &key_user);
  s->in_handler = 1; /* while the device's key function may be at work */
  int32_t rc = sztp__verify(s->dev, s->found.bundle, s->found.time, channel, key, key_user, &verdict);
  s->in_handler = 0;
  if (rc == SZTP_PENDING && s->action.kind == SZTP_ACTION_KEY) return SZTP_OK; /* the host's turn */
  if (verdict == NULL) return rc;
  sztp__answers_clear(s);
  sztp_verdict_free(s->verdict);
  s->verdict = verdict;
  sztp_bundle_free(s->found.bundle);
  s->found.bundle = NULL;
  if (rc != SZTP_OK || !sztp_verdict_accepted(verdict)) {
    reject(s, rc != SZTP_OK ? rc : SZTP_ERR_CRYPTO);
    return SZTP_OK;
  }
  int trusted = sztp_verdict_trusted(verdict);
  if (verdict->info->kind == SZTP_INFO_ONBOARDING && lacks_request(s)) return refuse_without_request(s);
  keep_time(s);
  sztp__event(s, SZTP_EVENT_VERDICT, SZTP_OK, "the artifacts are accepted");
  sztp_info_t *info = verdict->info;
  verdict->info = NULL; /* the session's now */
  if (info->kind == SZTP_INFO_REDIRECT) {
    if (s->servers.depth > 0) sztp__follow_budget(s);
    sztp__redirect_push(s, info, trusted);
    return SZTP_OK;
  }
  sztp_info_free(s->attempt.info);
  s->attempt.info = info;
  sztp__goto(s, SZTP__ST_ONBOARD);
  return SZTP_OK;
}

void sztp__judge_skip(sztp_session_t *s) {
  sztp_bundle_free(s->found.bundle);
  s->found.bundle = NULL;
  sztp__answers_clear(s);
}

int32_t sztp__rejected_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_BOOTSTRAP_INITIATED, SZTP__ST_UNUSABLE);
}

/* Once something was decrypted, why it was refused would tell a server that chose the octets about what came
 * out of them, so that it hears the same in all cases (ENC-13). */
static void line_for_server(const sztp_verdict_t *verdict, char *out, size_t cap) {
  if (verdict->key_asked)
    (void)sztp__sentence(out, cap,
                         "%s: encrypted artifacts do not decrypt to what they must be, or are refused",
                         sztp_error_label(SZTP_ERR_ENC_DECRYPT_FAILED));
  else
    verdict_line(verdict, out, cap);
}

int32_t sztp__unusable_ask(sztp_session_t *s) {
  char text[SZTP__SENTENCE_SIZE] = "";
  SZTP__TELL(line_for_server(s->verdict, text, sizeof text));
  return sztp__report_text(s, SZTP__PROGRESS_PARSING_ERROR, sztp__span_of(text), 0, SZTP__ST_SERVER);
}
