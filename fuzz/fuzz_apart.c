/* SPDX-License-Identifier: Apache-2.0 */
/* A process that judges and was taken over (apart.h): the input is what it says. Whatever that is, the host's
 * half stays within memory, reads texts that end, calls functions of the host's with values of their kinds,
 * and once the pipe is broken says so for ever. If the first octet is odd, calls other than for the next
 * action are answered as an honest process would, and the rest of the input is for those. */
#include "fuzz/fuzzing.h"

#include <string.h>
#include <sztp/sztp.h>

#include "machine/apart.h"

#define ACTIONS_MAX 400
#define FIELDS      64
#define KEY_CAP_MAX 65536
#define WRITTEN_MAX ((size_t)64 << 20)

typedef struct far_end {
  sztp__span_t says;
  int is_honest; /* in small things */
  size_t canned; /* octets of CANNED that come first */
  size_t written;
  size_t noise; /* so that everything is read */
} far_end_t;

/* The end of a call that gives nothing: its code, an answer, a cause, no text. */
static const uint8_t CANNED[8 + 33] = {[0] = SZTP__APART_DONE, [4] = 33};

static int32_t pipe_read(void *user, uint8_t *data, size_t len) {
  far_end_t *f = user;
  if (f->canned >= len) {
    memcpy(data, CANNED + (sizeof CANNED - f->canned), len);
    f->canned -= len;
    return SZTP_OK;
  }
  if (len > f->says.len) return SZTP_ERR_HOST;
  memcpy(data, f->says.data, len);
  f->says = sztp__span(f->says.data + len, f->says.len - len);
  return SZTP_OK;
}

static size_t number_at(const uint8_t *data) {
  return data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16 | (size_t)data[3] << 24;
}

/* Whole frames, of which only the last is waited for. */
static int32_t pipe_write(void *user, const uint8_t *data, size_t len) {
  far_end_t *f = user;
  CHECK(len <= WRITTEN_MAX - f->written);
  f->written += len;
  for (size_t at = 0, frame = 0; at < len; at += frame) {
    CHECK(len - at >= 8);
    frame = 8 + number_at(data + at + 4);
    CHECK(frame <= len - at);
    if (f->is_honest && data[at] == SZTP__APART_CALL && data[at + 8] != SZTP__FAR_NEXT)
      f->canned = sizeof CANNED;
  }
  return SZTP_OK;
}

static void read_octets(far_end_t *f, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) f->noise += data[i];
  CHECK(len == 0 || data[len] == '\0');
}

/* ---- the host's functions ------------------------------------------------------------------------ */

static void log_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)topic;
  CHECK(level >= SZTP_LOG_ERROR && level <= SZTP_LOG_DEBUG);
  read_octets(user, (const uint8_t *)line, len);
}

static void on_event(void *user, const sztp_session_t *s, const sztp_event_t *e) {
  (void)s;
  for (uint32_t field = 0; field < FIELDS; field++) {
    const uint8_t *data = NULL;
    size_t len = 0;
    int64_t number = 0;
    if (sztp_event_bytes(e, field, &data, &len) == SZTP_OK) read_octets(user, data, len);
    (void)sztp_event_i64(e, field, &number);
  }
}

static int64_t wall_clock(void *user) {
  (void)user;
  return 1900000000;
}

/* It writes as much as it may. */
static int32_t key(void *user, const sztp_key_request_t *r, uint8_t *out, size_t cap, size_t *len) {
  far_end_t *f = user;
  CHECK(cap <= KEY_CAP_MAX);
  for (uint32_t field = 0; field < FIELDS; field++) {
    const uint8_t *data = NULL;
    int64_t number = 0;
    if (sztp_key_request_bytes(r, field, &data, len) == SZTP_OK) read_octets(f, data, *len);
    (void)sztp_key_request_i64(r, field, &number);
  }
  memset(out, 0x5a, cap);
  *len = cap;
  return f->noise % 5 == 0 ? SZTP_ERR_KEY : SZTP_OK;
}

/* ---- what it asks for ---------------------------------------------------------------------------- */

static void read_action(far_end_t *f, const sztp_action_t *a) {
  for (uint32_t field = 0; field < FIELDS; field++) {
    size_t count = sztp_action_count(a, field);
    for (size_t i = 0; i < count && i < 8; i++) {
      const uint8_t *data = NULL;
      size_t len = 0;
      int64_t number = 0;
      if (sztp_action_bytes(a, field, i, &data, &len) == SZTP_OK) read_octets(f, data, len);
      (void)sztp_action_i64(a, field, i, &number);
    }
  }
}

static void read_verdict(far_end_t *f, const sztp_verdict_t *v) {
  uint32_t step = 0;
  if (v == NULL) return;
  CHECK(sztp_verdict_info(v) == NULL);
  f->noise += (size_t)sztp_verdict_accepted(v) + sztp_verdict_kind(v);
  for (size_t i = 0; sztp_verdict_at(v, i, &step) == SZTP_OK; i++) {
    uint32_t state = 0;
    CHECK(sztp_verdict_step(v, step, &state, NULL) == SZTP_OK && state <= SZTP_STEP_FAILED);
    for (uint32_t what = 0; what < 8; what++) f->noise += strlen(sztp_verdict_text(v, step, what));
  }
}

/* As a host does that is content with everything. */
static void answer(sztp_session_t *s, const sztp_action_t *a) {
  static const uint8_t octets[] = {0x30, 0x03, 0x02, 0x01, 0x05, 0x00};
  uint64_t ticket = sztp_action_ticket(a);
  uint32_t then = 0;
  (void)sztp_action_check_server(s, a, octets, sizeof octets - 1);
  (void)sztp_reply_write(s, ticket, octets, sizeof octets - 1);
  (void)sztp_reply_answer(s, ticket, "192.0.2.1", 9, octets, sizeof octets - 1, &then);
  for (uint32_t field = 0; field < FIELDS; field++) {
    (void)sztp_reply_i64(s, ticket, field, field == SZTP_F_STATUS ? 200 : 1);
    (void)sztp_reply_bytes(s, ticket, field, octets, sizeof octets - 1);
  }
  (void)sztp_reply_end(s, ticket, SZTP_OUTCOME_OK);
}

static void run(far_end_t *f, sztp_session_t *s) {
  const sztp_action_t *a = NULL;
  for (unsigned i = 0; i < ACTIONS_MAX; i++) {
    int32_t rc = sztp_session_next(s, i, &a);
    read_verdict(f, sztp_session_verdict(s));
    f->noise += strlen(sztp_session_text(s)) + strlen(sztp_result_name(sztp_session_result(s)));
    if (rc == SZTP_ERR_HOST) {
      CHECK(sztp_session_next(s, i, &a) == SZTP_ERR_HOST);
      return;
    }
    if (rc != SZTP_OK) continue;
    CHECK(sztp_action_kind(a) != 0);
    read_action(f, a);
    if (f->noise % 7 == 0) (void)sztp_session_cancel(s);
    answer(s, a);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  far_end_t f = {.is_honest = size > 0 && data[0] % 2 != 0,
                 .says = sztp__span(data + (size > 0), size - (size > 0))};
  const sztp_pipe_t pipe = {pipe_read, pipe_write, &f};
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  CHECK(sztp_ctx_set_log(ctx, SZTP_LOG_DEBUG, log_line, &f) == SZTP_OK);
  CHECK(sztp_device_new(ctx, &dev) == SZTP_OK);
  CHECK(sztp_device_set_key(dev, key, &f) == SZTP_OK);
  int32_t rc = sztp_session_new_apart(ctx, dev, &pipe, &s);
  if (rc == SZTP_OK) {
    (void)sztp_session_on_event(s, on_event, &f);
    (void)sztp_session_set_unix_clock(s, wall_clock, NULL);
    run(&f, s);
  } else {
    CHECK(s == NULL && rc < 0);
  }
  sztp_session_free(s);
  sztp_device_free(dev);
  fuzz_ctx_free(ctx, held);
  return 0;
}
