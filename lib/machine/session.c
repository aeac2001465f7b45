/* SPDX-License-Identifier: Apache-2.0 */
/* The session as an object: making and freeing it, what a host says before it begins, what it can be asked.
 */
#include <sztp/session.h>

#include "machine/end.h"
#include "machine/shared.h"

int32_t sztp_session_new(sztp_ctx_t *ctx, sztp_device_t *dev, sztp_session_t **out) {
  if (ctx == NULL || dev == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (ctx != dev->ctx && !dev->frozen)
    return sztp__fail(ctx, SZTP_ERR_SEQUENCE, "session",
                      "the device was made on another context, and is not frozen: sztp_device_freeze()");
  int32_t rc = sztp__ctx_enter_session(ctx);
  if (rc < 0) return rc;
  sztp_session_t *s = sztp__alloc(ctx, sizeof *s);
  if (s == NULL) {
    sztp__ctx_leave_session(ctx);
    return SZTP_ERR_MEMORY;
  }
  s->ctx = ctx;
  s->dev = dev;
  s->state = SZTP__ST_START;
  s->time.unix_time = SZTP_TIME_UNKNOWN;
  s->action.ctx = ctx;
  sztp__reply_init(&s->reply, ctx);
  if (dev->ctx == ctx) dev->sessions++;
  *out = s;
  return SZTP_OK;
}

void sztp_session_free(sztp_session_t *s) {
  if (s == NULL || s->in_handler) return;
  sztp_ctx_t *ctx = s->ctx;
  sztp__session_clear(s);
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, ctx);
  sztp_bundle_free(s->found.bundle);
  sztp_verdict_free(s->verdict);
  if (s->dev->ctx == ctx) s->dev->sessions--;
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
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  if (sztp__has_source(s, source))
    return sztp__fail(s->ctx, SZTP_ERR_ARG, "session", "the source is there already");
  if (s->sources.count == SZTP__SOURCES)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "too many sources");
  s->sources.list[s->sources.count++] = source;
  return SZTP_OK;
}

/* Whether certificates are judged by that time. */
static int is_believed(const sztp_session_t *s, int64_t unix_time) {
  return sztp__device_clock(s->ctx, s->dev, unix_time).mode == SZTP__CLOCK_TRUSTED;
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
    sztp__ctx_set_known_floor(s->ctx, 0);
  else if (is_believed(s, sztp__session_time(s)))
    sztp__ctx_set_known_floor(s->ctx, sztp__session_time(s));
  s->time.at = s->now;
  s->time.unix_time = unix_time;
  if (unix_time != SZTP_TIME_UNKNOWN && !is_believed(s, unix_time))
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
              "the time given is before the floor that it can't be before; it is not believed");
  return SZTP_OK;
}

int32_t sztp_session_restore(sztp_session_t *s, const uint8_t *saved, size_t len) {
  if (s == NULL || (saved == NULL && len > 0)) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  int32_t rc = sztp__saved_read(s->ctx, sztp__span(saved, len), &s->kept.saved);
  if (rc == SZTP_ERR_CBOR || rc == SZTP_ERR_ABI) {
    memset(&s->kept.saved, 0, sizeof s->kept.saved);
    s->kept.saved.undo = SZTP__SAVED_STAGES; /* whatever was begun */
    s->kept.unsaved = 1;
  }
  return rc;
}

int32_t sztp_session_set_clock(sztp_session_t *s, sztp_clock_fn fn, void *user) {
  if (s == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  s->clock = fn;
  s->clock_user = user;
  return SZTP_OK;
}

uint64_t sztp_session_now(const sztp_session_t *s) {
  if (s == NULL) return 0;
  uint64_t now = s->clock != NULL ? s->clock(s->clock_user) : s->now;
  return now > s->now ? now : s->now; /* a clock that goes back is not followed */
}

sztp_ctx_t *sztp_session_ctx(const sztp_session_t *s) { return s == NULL ? NULL : s->ctx; }

static int has_ended(const sztp_session_t *s) { return s != NULL && s->state == SZTP__ST_END && s->asked; }

uint32_t sztp_session_result(const sztp_session_t *s) { return has_ended(s) ? s->end.result : 0; }

int32_t sztp_session_reason(const sztp_session_t *s) { return has_ended(s) ? s->end.reason : SZTP_OK; }

const char *sztp_session_text(const sztp_session_t *s) { return has_ended(s) ? s->end.text : ""; }

int32_t sztp_session_cancel(sztp_session_t *s) {
  if (s == NULL) return SZTP_ERR_ARG;
  s->cancel = 1;
  return SZTP_OK;
}

const sztp_verdict_t *sztp_session_verdict(const sztp_session_t *s) { return s == NULL ? NULL : s->verdict; }
