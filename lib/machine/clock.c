/* SPDX-License-Identifier: Apache-2.0 */
/* Both clocks of a session: the one that only goes on, for deadlines, and the wall clock, by which
 * certificates and vouchers are judged (CLK group). */
#include <sztp/session.h>

#include "machine/shared.h"

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

/* Whether certificates are judged by that time. */
static int is_believed(const sztp_session_t *s, int64_t unix_time) {
  return sztp__device_clock(s->ctx, s->dev, unix_time).mode == SZTP__CLOCK_TRUSTED;
}

static int64_t carried_time(const sztp_session_t *s) {
  if (s->time.unix_time == SZTP_TIME_UNKNOWN) return s->time.unix_time;
  return s->time.unix_time + (int64_t)((s->now - s->time.at) / 1000);
}

static int is_unix_time(int64_t unix_time) {
  return unix_time == SZTP_TIME_UNKNOWN || (unix_time >= -62167219200LL && unix_time <= 253402300799LL);
}

/* A clock that is known no more, or is wrong, leaves the time at which it was known: the true time is not
 * before that. One that is believed is followed wherever it goes, since it was wrong before. */
static void take_time(sztp_session_t *s, int64_t unix_time) {
  int believed = is_believed(s, unix_time);
  if (believed)
    sztp__ctx_set_known_floor(s->ctx, 0);
  else if (is_believed(s, carried_time(s)))
    sztp__ctx_set_known_floor(s->ctx, carried_time(s));
  s->time.at = s->now;
  s->time.unix_time = unix_time;
  int doubted = unix_time != SZTP_TIME_UNKNOWN && !believed;
  if (doubted && !s->time.doubted)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
              "the time given is before the floor that it can't be before; it is not believed");
  s->time.doubted = doubted;
}

int32_t sztp_session_set_time(sztp_session_t *s, uint64_t now_ms, int64_t unix_time) {
  if (s == NULL || !is_unix_time(unix_time)) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (sztp__is_far(s))
    return s->far->call(
        s, &(sztp__far_call_t){.what = SZTP__FAR_SET_TIME, .ticket = now_ms, .number = unix_time}, NULL);
  if (now_ms > s->now) s->now = now_ms;
  s->time.doubted = 0; /* what is said anew is judged anew */
  take_time(s, unix_time);
  return SZTP_OK;
}

int32_t sztp_session_set_unix_clock(sztp_session_t *s, sztp_unix_clock_fn fn, void *user) {
  if (s == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  s->time.fn = fn;
  s->time.user = user;
  if (!sztp__is_far(s)) return SZTP_OK;
  return s->far->call(s, &(sztp__far_call_t){.what = SZTP__FAR_CLOCK, .number = fn != NULL}, NULL);
}

int64_t sztp__session_time(sztp_session_t *s) {
  if (s->time.fn == NULL) return carried_time(s);
  int within = sztp__host_begins(s);
  int64_t unix_time = s->time.fn(s->time.user);
  sztp__host_ends(s, within);
  uint64_t now = sztp_session_now(s);
  if (now > s->now) s->now = now;
  take_time(s, is_unix_time(unix_time) ? unix_time : SZTP_TIME_UNKNOWN);
  return s->time.unix_time;
}
