/* SPDX-License-Identifier: Apache-2.0 */
/* Transports in several threads, and in a child of fork(). `make check-threads` runs it where ThreadSanitizer
 * sees mbedTLS as well. */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "https/random_source.h"

#define THREADS    3
#define HANDSHAKES 4

static void *exchange(void *user) {
  env_t *e = user;
  for (unsigned i = 0; i < HANDSHAKES; i++) {
    ask_t q = {.name = "127.0.0.1", .visit = i, .provisional = 1};
    if (fetch(e, &q) != SZTP_OUTCOME_OK) return NULL;
  }
  return e;
}

/* SEC-15: each thread has its context, device, key and transport; what mbedTLS shares between them, it guards
 */
static void test_transports_in_threads(void **state) {
  (void)state;
  void *envs[THREADS];
  pthread_t threads[THREADS];
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  for (size_t i = 0; i < THREADS; i++) {
    set_up(&envs[i]);
    start(envs[i], &plan);
  }
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, exchange, envs[i]), 0);
  for (size_t i = 0; i < THREADS; i++) {
    void *done = NULL;
    assert_int_equal(pthread_join(threads[i], &done), 0);
    if (done == NULL) fail_msg("thread %zu: %s", i, message(envs[i]));
    expect_counts(envs[i], HANDSHAKES, HANDSHAKES, HANDSHAKES);
  }
  for (size_t i = 0; i < THREADS; i++) tear_down(&envs[i]);
}

/* The random octets of a raw ClientHello, behind the record's and the message's header and a version. */
static const uint8_t *hello_random(const peer_seen_t *seen) {
  assert_true(seen->hello_len > 11 + 32);
  return seen->hello + 11;
}

static int random_survives_fork(void) {
#if defined(TEST_ENGINE_openssl)
  return 1; /* OpenSSL's generator sees it itself */
#else
  return sztp__random_survives_fork();
#endif
}

/* A transport that was made before: parent and child have random octets and keys of their own. */
static void test_a_child_has_other_random_octets(void **state) {
  env_t *e = *state;
  enum { KEY_SHARE = 51 };
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  ask_t q = {.visit = 1, .provisional = 1};
  int status = -1;
  start(e, &plan);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit((int)fetch(e, &q));
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!random_survives_fork()) { /* rather nothing than the same octets */
    assert_int_not_equal(WEXITSTATUS(status), SZTP_OUTCOME_OK);
    return;
  }
  assert_int_equal(WEXITSTATUS(status), SZTP_OUTCOME_OK);
  expect_ok(e, fetch(e, &q), 200, "hello");
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 2);
  const peer_seen_t *seen[2] = {peer_seen(e->peer, 0), peer_seen(e->peer, 1)};
  assert_memory_not_equal(hello_random(seen[0]), hello_random(seen[1]), 32);
  if (!peer_has_tls13()) return;
  size_t len[2] = {0, 0}, session = 0;
  const uint8_t *share[2];
  for (size_t i = 0; i < 2; i++) share[i] = peer_hello_extension(seen[i], KEY_SHARE, &len[i], &session);
  assert_non_null(share[0]);
  assert_non_null(share[1]);
  assert_int_equal(len[0], len[1]);
  assert_memory_not_equal(share[0], share[1], len[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_transports_in_threads),
      TEST(test_a_child_has_other_random_octets),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
