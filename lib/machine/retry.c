/* SPDX-License-Identifier: Apache-2.0 */
/* Between passes over the sources: how long to wait before the next one (retry back-off), and when to give
 * up. */
#include "machine/event.h"
#include "machine/shared.h"

/* STATE-07: 5 s doubling to 300 s, +-20 % at random. */
int32_t sztp__pass_end_ask(sztp_session_t *s) {
  uint64_t max = sztp__policy(s->dev, SZTP_POLICY_MAX_PASSES);
  uint8_t random[2];
  if (max > 0 && s->retry.passes + 1 >= max) {
    s->retry.passes++;
    if (s->end.reason == SZTP_OK)
      sztp__end(s, SZTP_RESULT_NOT_BOOTSTRAPPED, SZTP_ERR_NOT_BOOTSTRAPPED,
                "no source had anything for this device");
    else
      sztp__end(s, SZTP_RESULT_NOT_BOOTSTRAPPED, s->end.reason, s->end.text);
    return SZTP_OK;
  }
  int32_t rc = sztp__random(s->ctx, random, sizeof random);
  if (rc < 0) return rc;
  uint64_t first = sztp__policy(s->dev, SZTP_POLICY_RETRY_FIRST_MS);
  uint64_t last = sztp__policy(s->dev, SZTP_POLICY_RETRY_LAST_MS);
  s->retry.wait_ms = s->retry.passes == 0 ? first : s->retry.wait_ms * 2;
  if (s->retry.wait_ms > last) s->retry.wait_ms = last;
  uint64_t part = (uint64_t)random[0] << 8 | random[1];
  uint64_t wait = s->retry.wait_ms * 4 / 5 + s->retry.wait_ms * 2 / 5 * part / 65535;
  if (wait < s->retry.after_ms) wait = s->retry.after_ms;
  s->retry.passes++;
  s->deadline = s->now + wait;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SESSION, "pass %u led nowhere; next one in %llu s",
            s->retry.passes, (unsigned long long)((wait + 500) / 1000));
  sztp__event_outcome(s, SZTP_EVENT_PASS, SZTP_OUTCOME_NOTHING, s->end.reason,
                      s->end.reason != SZTP_OK ? s->end.text : "no source had anything for this device");
  sztp__goto(s, SZTP__ST_WAIT);
  return SZTP_OK;
}

int32_t sztp__wait_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_WAIT);
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->deadline);
  return SZTP_OK;
}

int32_t sztp__wait_hear(sztp_session_t *s) {
  sztp__goto(s, s->undo.left != 0 || s->kept.unsaved ? SZTP__ST_LEFTOVER : SZTP__ST_ENABLED);
  return SZTP_OK;
}
