/* SPDX-License-Identifier: Apache-2.0 */
/* The session: its table of states, the loop over it, and the calls of session.h that are not about one
 * action. */
#include "machine/session.h"

#include <stdio.h>

static int32_t start_ask(sztp_session_t *s);
static int32_t undo_restored_ask(sztp_session_t *s);
static int32_t enabled_ask(sztp_session_t *s);
static int32_t enabled_got(sztp_session_t *s);
static int32_t end_ask(sztp_session_t *s);

/* How a state works: "ask" either fills in s->action or goes to another state; "got" hears the answer. Both
 * leave the session as it was when they fail, so that they can be called again. */
static const struct {
  sztp__step_fn ask;
  sztp__step_fn got;
} TABLE[SZTP__ST_COUNT] = {
    [SZTP__ST_START] = {start_ask, NULL},
    [SZTP__ST_UNDO_RESTORED] = {undo_restored_ask, NULL},
    [SZTP__ST_ENABLED] = {enabled_ask, enabled_got},
    [SZTP__ST_SOURCE] = {sztp__source_ask, NULL},
    [SZTP__ST_DISCOVER] = {sztp__discover_ask, sztp__discover_got},
    [SZTP__ST_DOMAINS] = {sztp__domains_ask, sztp__domains_got},
    [SZTP__ST_QUESTION] = {sztp__question_ask, sztp__question_got},
    [SZTP__ST_ANSWER] = {sztp__answer_ask, NULL},
    [SZTP__ST_ENTRY] = {sztp__entry_ask, NULL},
    [SZTP__ST_RESOLVE] = {sztp__resolve_ask, sztp__resolve_got},
    [SZTP__ST_ADDRESS] = {sztp__address_ask, NULL},
    [SZTP__ST_ROOT] = {sztp__root_ask, sztp__root_got},
    [SZTP__ST_DATA] = {sztp__data_ask, sztp__data_got},
    [SZTP__ST_JUDGE] = {sztp__judge_ask, sztp__judge_got},
    [SZTP__ST_REPORT] = {sztp__report_ask, sztp__report_got},
    [SZTP__ST_REPORT_PAUSE] = {sztp__pause_ask, sztp__pause_got},
    [SZTP__ST_REJECTED] = {sztp__rejected_ask, NULL},
    [SZTP__ST_UNUSABLE] = {sztp__unusable_ask, NULL},
    [SZTP__ST_ONBOARD] = {sztp__onboard_ask, NULL},
    [SZTP__ST_PARSE] = {sztp__parse_ask, NULL},
    [SZTP__ST_PARSED] = {sztp__parsed_ask, NULL},
    [SZTP__ST_IMAGE] = {sztp__image_ask, NULL},
    [SZTP__ST_IMAGE_COMPARE] = {sztp__image_compare_ask, NULL},
    [SZTP__ST_IMAGE_SATISFIED] = {sztp__image_satisfied_ask, NULL},
    [SZTP__ST_IMAGE_DOWNLOAD] = {sztp__image_download_ask, sztp__image_download_got},
    [SZTP__ST_IMAGE_SAVE] = {sztp__image_save_ask, sztp__image_save_got},
    [SZTP__ST_IMAGE_INSTALL] = {sztp__image_install_ask, sztp__image_install_got},
    [SZTP__ST_REBOOT] = {sztp__reboot_ask, sztp__reboot_got},
    [SZTP__ST_MARK] = {sztp__mark_ask, sztp__mark_got},
    [SZTP__ST_STAGE] = {sztp__stage_ask, NULL},
    [SZTP__ST_STAGE_RUN] = {sztp__stage_run_ask, sztp__stage_run_got},
    [SZTP__ST_STAGE_COMPLETE] = {sztp__stage_complete_ask, NULL},
    [SZTP__ST_FLAG] = {sztp__flag_ask, sztp__flag_got},
    [SZTP__ST_COMPLETE] = {sztp__complete_ask, NULL},
    [SZTP__ST_INCOMPLETE] = {sztp__incomplete_ask, NULL},
    [SZTP__ST_FORGET] = {sztp__forget_ask, sztp__forget_got},
    [SZTP__ST_ROLLBACK] = {sztp__rollback_ask, sztp__rollback_got},
    [SZTP__ST_ROLLED_BACK] = {sztp__rolled_back_ask, sztp__rolled_back_got},
    [SZTP__ST_CANCEL_REPORT] = {sztp__cancel_report_ask, NULL},
    [SZTP__ST_PASS_END] = {sztp__pass_end_ask, NULL},
    [SZTP__ST_WAIT] = {sztp__wait_ask, sztp__wait_got},
    [SZTP__ST_END] = {end_ask, NULL},
};

/* Calls that may fail for want of memory before the data that needs it is given up. */
#define SHORTAGES 3

/* More state changes than any walk within the limits can make between two actions. */
#define STEPS_WITHOUT_ACTION 100000

/* --- small things that the states share --- */

void sztp__goto(sztp_session_t *s, sztp__state_t state) { s->state = state; }

int sztp__reply_ok(const sztp_session_t *s) {
  return s->reply.outcome == SZTP_OUTCOME_OK || s->reply.outcome == SZTP_OUTCOME_WARNING;
}

/* How telling a reason is for whoever asks why the device was not bootstrapped. */
static int gravity(int32_t code) {
  /* A server that is not who it should be says less than an artifact that is not what it should be. */
  if (code == SZTP_ERR_TLS_UNTRUSTED || code == SZTP_ERR_TLS_NAME_MISMATCH) return 2;
  switch (sztp_error_class(code)) {
  case SZTP_CLASS_ONBOARDING: return 4; /* it was the owner, and it failed */
  case SZTP_CLASS_REFUSED: return 3;
  case SZTP_CLASS_DATA: return 2;
  default: return code == SZTP_OK ? 0 : 1;
  }
}

void sztp__note_reason(sztp_session_t *s, int32_t code, const char *text) {
  if (s->cancelling && code != SZTP_ERR_ROLLBACK) return; /* why it ends is known */
  if (gravity(code) < gravity(s->reason)) return;
  s->reason = code;
  (void)snprintf(s->reason_text, sizeof s->reason_text, "%s", text);
}

void sztp__end(sztp_session_t *s, uint32_t result, int32_t code, const char *text) {
  s->result = result;
  s->reason = code;
  if (text != s->reason_text) (void)snprintf(s->reason_text, sizeof s->reason_text, "%s", text);
  sztp__goto(s, SZTP__ST_END);
}

int64_t sztp__session_time(const sztp_session_t *s) {
  if (s->time == SZTP_TIME_UNKNOWN) return s->time;
  return s->time + (int64_t)((s->now - s->time_at) / 1000);
}

int32_t sztp__ask_save(sztp_session_t *s, const sztp__saved_t *saved) {
  sztp__buf_t bytes;
  sztp__buf_init(&bytes, s->ctx, 1024);
  int32_t rc = sztp__saved_write(saved, &bytes);
  sztp__action_begin(&s->action, SZTP_ACTION_SAVE);
  if (rc == SZTP_OK) rc = sztp__action_put_buf(&s->action, SZTP_F_DATA, &bytes);
  sztp__buf_clear(&bytes);
  return rc;
}

/* --- states of the beginning and the end --- */

static int has_source(const sztp_session_t *s, uint32_t source) {
  for (size_t i = 0; i < s->source_count; i++)
    if (s->sources[i] == source) return 1;
  return 0;
}

static void default_sources(sztp_session_t *s) {
  static const uint32_t order[] = {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4,
                                   SZTP_SOURCE_MDNS, SZTP_SOURCE_DNS};
  memcpy(s->sources, order, sizeof order);
  s->source_count = sizeof order / sizeof order[0];
  if (s->dev->server_count > 0) s->sources[s->source_count++] = SZTP_SOURCE_WELL_KNOWN;
}

static int32_t config_fault(sztp_session_t *s, const char *what) {
  return sztp__fail(s->ctx, SZTP_ERR_CONFIG, "session", "%s", what);
}

/* B0: STATE-13 to -15, TLS-07, IDEV-01 */
static int32_t start_ask(sztp_session_t *s) {
  const sztp_device_t *dev = s->dev;
  if (s->source_count == 0) default_sources(s);
  if (dev->certs[SZTP_CERT_IDENTITY].n == 0)
    return config_fault(s, "the device has no identity certificate to authenticate itself with");
  if (sztp__device_serial(dev) == NULL) return config_fault(s, "the device has no serial number");
  if (has_source(s, SZTP_SOURCE_WELL_KNOWN) && dev->server_count == 0)
    return config_fault(s, "well-known servers are a source, but none is given");
  if (dev->server_count > 0 && dev->certs[SZTP_CERT_SERVER_ANCHOR].n == 0)
    return config_fault(s, "well-known servers are given, but no trust anchor for them");
  sztp__device_log_switches(dev);
  sztp__goto(s, s->saved.undo != 0 ? SZTP__ST_UNDO_RESTORED : SZTP__ST_ENABLED);
  return SZTP_OK;
}

static int32_t undo_restored_ask(sztp_session_t *s) {
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SESSION,
            "an attempt was cut off; what it did is rolled back first");
  s->undo = s->saved.undo;
  sztp__goto(s, SZTP__ST_ROLLBACK);
  return SZTP_OK;
}

/* B1: STATE-01 to -04 */
static int32_t enabled_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_ENABLED);
  return SZTP_OK;
}

static int32_t enabled_got(sztp_session_t *s) {
  if (!sztp__reply_ok(s) && s->reply.outcome != SZTP_OUTCOME_NOTHING) {
    sztp__end(s, SZTP_RESULT_ERROR, SZTP_ERR_HOST,
              "whether SZTP is on can't be read from the device's store");
    return SZTP_OK;
  }
  if (sztp__reply_has(&s->reply, SZTP_F_VALUE) && s->reply.value == 0) {
    sztp__end(s, SZTP_RESULT_DISABLED, SZTP_OK, "SZTP is off");
    return SZTP_OK;
  }
  s->started = 1;
  s->source_next = 0;
  memset(s->spent, 0, sizeof s->spent);
  s->pass_addresses = 0;
  s->retry_after_ms = 0;
  s->reason = SZTP_OK;
  s->reason_text[0] = '\0';
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}

static int32_t end_ask(sztp_session_t *s) {
  int well = s->result == SZTP_RESULT_DONE || s->result == SZTP_RESULT_REBOOT_PENDING ||
             s->result == SZTP_RESULT_DISABLED;
  sztp__walk_clear(s);
  sztp__questions_clear(s);
  sztp__onboard_clear(s);
  sztp__answers_clear(s);
  sztp__action_begin(&s->action, well ? SZTP_ACTION_DONE : SZTP_ACTION_FAILED);
  sztp__action_put_u64(&s->action, SZTP_F_RESULT, s->result);
  if (!well) sztp__action_put_i64(&s->action, SZTP_F_REASON, s->reason);
  sztp__action_lend(&s->action, SZTP_F_MESSAGE, sztp__span_of(s->reason_text));
  sztp__log(s->ctx, well ? SZTP_LOG_INFO : SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "ended: %s", s->reason_text);
  return SZTP_OK;
}

/* --- cancel --- */

/* From these on the attempt is over, one way or the other. */
static int may_cancel(sztp__state_t state) {
  return state != SZTP__ST_START && state != SZTP__ST_UNDO_RESTORED && state != SZTP__ST_FORGET &&
         state != SZTP__ST_ROLLBACK && state != SZTP__ST_ROLLED_BACK && state != SZTP__ST_END;
}

/* STATE-08: nothing further is applied, what is unfinished is rolled back. */
static void begin_cancel(sztp_session_t *s) {
  s->cancelling = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SESSION, "cancelled");
  if (s->onboarding && s->state != SZTP__ST_REBOOT) { /* whose last report was sent (ONB-14) */
    s->undo |= s->ran;
    s->ran = 0;
    sztp__goto(s, SZTP__ST_ROLLBACK);
  } else {
    sztp__end(s, SZTP_RESULT_CANCELLED, SZTP_ERR_CANCELLED, "stopped on request");
  }
}

/* --- the loop --- */

static int is_wait(sztp__state_t state) { return state == SZTP__ST_WAIT || state == SZTP__ST_REPORT_PAUSE; }

static void end_action(sztp_session_t *s) {
  s->asked = 0;
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, s->ctx);
}

/* The answer to the action that is out. Returns 1 if there was none yet. */
static int32_t hear(sztp_session_t *s) {
  int over = s->reply.ended || (is_wait(s->state) && (s->now >= s->deadline || s->cancel));
  if (!over) return SZTP_PENDING;
  int32_t rc = TABLE[s->state].got(s);
  if (rc < 0) return rc;
  end_action(s);
  return SZTP_OK;
}

static int32_t ask(sztp_session_t *s) {
  if (s->cancel && !s->cancelling && may_cancel(s->state)) begin_cancel(s);
  int32_t rc = TABLE[s->state].ask(s);
  if (rc != SZTP_OK) {
    sztp__action_clear(&s->action);
    sztp__reply_clear(&s->reply, s->ctx);
    return rc;
  }
  if (s->action.kind != 0) {
    s->action.ticket = ++s->tickets;
    s->asked = 1;
  }
  return SZTP_OK;
}

/* Data that does not fit into memory again and again is given up as unusable data is: else any server could
 * hold the device up for ever. Returns 1 if it was. */
static int give_up(sztp_session_t *s) {
  if (++s->shortages < SHORTAGES) return 0;
  switch (s->state) {
  case SZTP__ST_DISCOVER:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_SOURCE);
    break;
  case SZTP__ST_DOMAINS:
  case SZTP__ST_QUESTION:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_ANSWER);
    break;
  case SZTP__ST_ANSWER: s->answer_next++; break;
  case SZTP__ST_ROOT:
  case SZTP__ST_DATA:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_ADDRESS);
    break;
  case SZTP__ST_ENTRY: s->frames[s->frame_count - 1].next++; break;
  case SZTP__ST_JUDGE:
    sztp_bundle_free(s->bundle);
    s->bundle = NULL;
    sztp__answers_clear(s);
    sztp__goto(s, SZTP__ST_ENTRY);
    break;
  default: return 0;
  }
  end_action(s);
  sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "given up for want of memory: %s",
            sztp__trail_detail(s->ctx));
  sztp__note_reason(s, SZTP_ERR_MEMORY, "there is not enough memory for what was received");
  return 1;
}

int32_t sztp_session_next(sztp_session_t *s, uint64_t now_ms, const sztp_action_t **out) {
  if (s == NULL || out == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  sztp__trail_clear(s->ctx);
  if (now_ms > s->now) s->now = now_ms;
  for (unsigned i = 0; i < STEPS_WITHOUT_ACTION; i++) {
    int32_t rc = SZTP_OK;
    if (s->asked) {
      rc = s->state == SZTP__ST_END ? SZTP_PENDING : hear(s);
      if (rc == SZTP_PENDING) {
        *out = &s->action;
        return SZTP_OK;
      }
    } else {
      rc = ask(s);
      if (rc == SZTP_PENDING) return rc; /* the device's key function is not finished */
    }
    if ((rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) && give_up(s)) rc = SZTP_OK;
    if (rc < 0) return rc;
    s->shortages = 0;
  }
  return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "no action after %d steps", STEPS_WITHOUT_ACTION);
}

/* --- the object --- */

int32_t sztp_session_new(sztp_device_t *dev, sztp_session_t **out) {
  if (dev == NULL || out == NULL) return SZTP_ERR_ARG;
  sztp__trail_clear(dev->ctx);
  int32_t rc = sztp__ctx_enter_session(dev->ctx);
  if (rc < 0) return rc;
  sztp_session_t *s = sztp__alloc(dev->ctx, sizeof *s);
  if (s == NULL) {
    sztp__ctx_leave_session(dev->ctx);
    return SZTP_ERR_MEMORY;
  }
  s->ctx = dev->ctx;
  s->dev = dev;
  s->state = SZTP__ST_START;
  s->time = SZTP_TIME_UNKNOWN;
  s->action.ctx = dev->ctx;
  sztp__reply_init(&s->reply, dev->ctx);
  dev->sessions++;
  *out = s;
  return SZTP_OK;
}

void sztp_session_free(sztp_session_t *s) {
  if (s == NULL || s->in_handler) return;
  sztp_ctx_t *ctx = s->ctx;
  sztp__walk_clear(s);
  sztp__questions_clear(s);
  sztp__onboard_clear(s);
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, ctx);
  sztp__answers_clear(s);
  sztp_bundle_free(s->bundle);
  sztp_verdict_free(s->verdict);
  s->dev->sessions--;
  sztp__ctx_leave_session(ctx);
  sztp__free_secret(ctx, s);
}

static int known_source(uint32_t source) {
  return (source >= SZTP_SOURCE_REMOVABLE && source <= SZTP_SOURCE_WELL_KNOWN) ||
         (source >= SZTP_SOURCE_CUSTOM && source < 2 * SZTP_SOURCE_CUSTOM);
}

int32_t sztp_session_add_source(sztp_session_t *s, uint32_t source) {
  if (s == NULL || !known_source(source)) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  sztp__trail_clear(s->ctx);
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  if (has_source(s, source))
    return sztp__fail(s->ctx, SZTP_ERR_ARG, "session", "the source is there already");
  if (s->source_count == SZTP__SOURCES)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "too many sources");
  s->sources[s->source_count++] = source;
  return SZTP_OK;
}

/* Whether certificates are judged by that time. */
static int is_believed(const sztp_session_t *s, int64_t unix_time) {
  return sztp__device_clock(s->dev, unix_time).mode == SZTP__CLOCK_TRUSTED;
}

int32_t sztp_session_set_time(sztp_session_t *s, uint64_t now_ms, int64_t unix_time) {
  if (s == NULL ||
      (unix_time != SZTP_TIME_UNKNOWN && (unix_time < -62167219200LL || unix_time > 253402300799LL)))
    return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (now_ms > s->now) s->now = now_ms;
  /* A clock that is known no more, or is wrong, leaves the time at which it was known: the true time is not
   * before that. */
  if (is_believed(s, unix_time))
    s->dev->known_floor = 0;
  else if (is_believed(s, sztp__session_time(s)))
    s->dev->known_floor = sztp__session_time(s);
  s->time_at = s->now;
  s->time = unix_time;
  if (unix_time != SZTP_TIME_UNKNOWN && !is_believed(s, unix_time))
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
              "the time given is before the floor that it can't be before; it is not believed");
  return SZTP_OK;
}

int32_t sztp_session_restore(sztp_session_t *s, const uint8_t *saved, size_t len) {
  if (s == NULL || (saved == NULL && len > 0)) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  sztp__trail_clear(s->ctx);
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  return sztp__saved_read(s->ctx, sztp__span(saved, len), &s->saved);
}

int32_t sztp_session_cancel(sztp_session_t *s) {
  if (s == NULL) return SZTP_ERR_ARG;
  s->cancel = 1;
  return SZTP_OK;
}

int32_t sztp_session_cancelled(const sztp_session_t *s) {
  return s != NULL && s->cancel && !s->cancelling && may_cancel(s->state);
}

const sztp_verdict_t *sztp_session_verdict(const sztp_session_t *s) { return s == NULL ? NULL : s->verdict; }

int32_t sztp_action_check_server(sztp_session_t *s, const sztp_action_t *a, const uint8_t *chain,
                                 size_t len) {
  if (s == NULL || a != &s->action || chain == NULL || len == 0) return SZTP_ERR_ARG;
  sztp__trail_clear(s->ctx);
  if (a->kind != SZTP_ACTION_FETCH || a->anchor_count == 0)
    return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "server", "this action has no trust anchors");
  const sztp__visit_t *v = &s->visit;
  sztp__server_rules_t rules = {.dev = s->dev,
                                .anchors = a->anchors,
                                .anchor_count = a->anchor_count,
                                .anchors_learned = v->learned != NULL,
                                .clock = sztp__device_clock(s->dev, sztp__session_time(s)),
                                .host = v->host};
  if (v->learned != NULL) {
    rules.crls = v->learned->crls;
    rules.crl_count = v->learned->crl_count;
  }
  return sztp__server_check(s->ctx, &rules, sztp__span(chain, len));
}
