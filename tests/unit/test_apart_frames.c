/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the two processes of a session: what is kept, what is sent, and what is lost: apart.c. */
#include "common/testing.h"

#include "machine/apart.h"

enum { ROOM = 65536, KIND = SZTP__APART_LOG };

/* A pipe that leads back, and counts. */
typedef struct loop {
  uint8_t octets[ROOM];
  size_t written, taken;
  unsigned writes;
  int is_closed;
} loop_t;

static int32_t loop_write(void *user, const uint8_t *data, size_t len) {
  loop_t *l = user;
  if (l->is_closed) return SZTP_ERR_HOST;
  assert_true(len <= ROOM - l->written);
  memcpy(l->octets + l->written, data, len);
  l->written += len;
  l->writes++;
  return SZTP_OK;
}

static int32_t loop_read(void *user, uint8_t *data, size_t len) {
  loop_t *l = user;
  if (len > l->written - l->taken) return SZTP_ERR_HOST;
  memcpy(data, l->octets + l->taken, len);
  l->taken += len;
  return SZTP_OK;
}

static loop_t loop;
static test_memory_t memory;

static sztp_ctx_t *begin(sztp__apart_t *p) {
  static const sztp_pipe_t ends = {loop_read, loop_write, &loop};
  memset(&loop, 0, sizeof loop);
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  sztp__apart_init(p, ctx, &ends);
  return ctx;
}

static void end(sztp__apart_t *p, sztp_ctx_t *ctx) {
  sztp__apart_clear(p);
  test_ctx_free(&memory, ctx);
}

static void assert_next_is(sztp__apart_t *p, uint32_t kind, int64_t number) {
  uint32_t found = 0;
  assert_int_equal(sztp__apart_receive(p, &found), SZTP_OK);
  assert_int_equal(found, kind);
  assert_int_equal(sztp__apart_take(p), number);
  assert_int_equal(p->at, p->in_len);
  assert_false(p->broken);
}

/* SEC-20 */
static void test_what_nobody_waits_for_goes_with_what_is_sent(void **state) {
  (void)state;
  sztp__apart_t p;
  sztp_ctx_t *ctx = begin(&p);
  for (int64_t i = 1; i <= 3; i++) {
    sztp__apart_put(&p, -i);
    assert_int_equal(sztp__apart_add(&p, KIND), SZTP_OK);
  }
  assert_int_equal(loop.writes, 0);
  sztp__apart_put(&p, 4);
  assert_int_equal(sztp__apart_send(&p, SZTP__APART_DONE), SZTP_OK);
  assert_int_equal(loop.writes, 1);
  for (int64_t i = 1; i <= 3; i++) assert_next_is(&p, KIND, -i);
  assert_next_is(&p, SZTP__APART_DONE, 4);
  assert_int_equal(loop.taken, loop.written);
  end(&p, ctx);
}

static void test_no_more_is_kept_than_there_is_room_for(void **state) {
  (void)state;
  static const uint8_t kilobyte[1024] = {0};
  sztp__apart_t p;
  sztp_ctx_t *ctx = begin(&p);
  for (unsigned i = 0; i < 40; i++) {
    sztp__apart_put_bytes(&p, sztp__span(kilobyte, sizeof kilobyte));
    assert_int_equal(sztp__apart_add(&p, KIND), SZTP_OK);
    assert_true(p.out.len <= 8192);
  }
  assert_in_range(loop.writes, 3, 5);
  end(&p, ctx);
}

static void test_a_frame_without_memory_leaves_those_before_it(void **state) {
  (void)state;
  static const uint8_t much[20000] = {0};
  sztp__apart_t p;
  sztp_ctx_t *ctx = begin(&p);
  sztp__apart_put(&p, 1);
  assert_int_equal(sztp__apart_add(&p, KIND), SZTP_OK);
  memory.fail_at = memory.calls + 1;
  sztp__apart_put_bytes(&p, sztp__span(much, sizeof much));
  sztp__apart_put(&p, 2);
  assert_int_equal(sztp__apart_send(&p, SZTP__APART_CALL), SZTP_ERR_MEMORY);
  assert_int_equal(loop.writes, 0);
  memory.fail_at = 0;
  sztp__apart_put(&p, 3);
  assert_int_equal(sztp__apart_send(&p, SZTP__APART_CALL), SZTP_OK);
  assert_next_is(&p, KIND, 1);
  assert_next_is(&p, SZTP__APART_CALL, 3);
  assert_int_equal(loop.taken, loop.written);
  end(&p, ctx);
}

static void test_nothing_is_sent_to_one_that_has_ended(void **state) {
  (void)state;
  sztp__apart_t p;
  sztp_ctx_t *ctx = begin(&p);
  loop.is_closed = 1;
  assert_int_equal(sztp__apart_send(&p, SZTP__APART_CALL), SZTP_ERR_HOST);
  loop.is_closed = 0;
  assert_int_equal(sztp__apart_send(&p, SZTP__APART_CALL), SZTP_ERR_HOST);
  assert_int_equal(loop.writes, 0);
  end(&p, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_nobody_waits_for_goes_with_what_is_sent),
      cmocka_unit_test(test_no_more_is_kept_than_there_is_room_for),
      cmocka_unit_test(test_a_frame_without_memory_leaves_those_before_it),
      cmocka_unit_test(test_nothing_is_sent_to_one_that_has_ended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
