/* SPDX-License-Identifier: Apache-2.0 */
/* The session as an object: making and freeing it, what a host says before it begins, what it can be asked.
 */
#include <sztp/session.h>

#include "machine/end.h"
#include "machine/shared.h"
#include "machine/tried.h"

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
  if (s == NULL || s->in_handler || sztp__in_callback(s->ctx)) return;
  sztp_ctx_t *ctx = s->ctx;
  sztp__session_clear(s);
  sztp__tried_clear(s);
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, ctx);
  sztp_bundle_free(s->found.bundle);
  sztp_verdict_free(s->verdict);
  if (sztp__is_far(s)) s->far->free(s);
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
  if (sztp__is_far(s))
    return s->far->call(s, &(sztp__far_call_t){.what = SZTP__FAR_ADD_SOURCE, .field = source}, NULL);
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  if (sztp__has_source(s, source))
    return sztp__fail(s->ctx, SZTP_ERR_ARG, "session", "the source is there already");
  if (s->sources.count == SZTP__SOURCES)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "too many sources");
  s->sources.list[s->sources.count++] = source;
  return SZTP_OK;
}

int32_t sztp_session_restore(sztp_session_t *s, const uint8_t *saved, size_t len) {
  if (s == NULL || (saved == NULL && len > 0)) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (sztp__is_far(s))
    return s->far->call(s, &(sztp__far_call_t){.what = SZTP__FAR_RESTORE, .bytes = sztp__span(saved, len)},
                        NULL);
  if (s->state != SZTP__ST_START) return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "session", "it has begun");
  int32_t rc = sztp__saved_read(s->ctx, sztp__span(saved, len), &s->kept.saved);
  if (rc == SZTP_ERR_CBOR || rc == SZTP_ERR_ABI) {
    memset(&s->kept.saved, 0, sizeof s->kept.saved);
    s->kept.saved.undo = SZTP__SAVED_STAGES; /* whatever was begun */
    s->kept.unsaved = 1;
  }
  return rc;
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
