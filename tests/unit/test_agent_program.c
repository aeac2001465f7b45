/* SPDX-License-Identifier: Apache-2.0 */
/* Running programs: how they end, what is kept of their output, what they see, what is left of them. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "common/testing.h"

#include "sztp-agent/clock.c"
#include "sztp-agent/program.c"

static char *const no_environment[] = {(char *)(uintptr_t) "ONLY=this", NULL};
static int stop_now;

static int stop(void) { return stop_now; }

static void run_shell(const char *text, uint64_t limit_ms, program_end_t *end) {
  program_call_t call = {{"/bin/sh", "-c", text, NULL}, no_environment, "/tmp", limit_ms, stop};
  program_run(&call, end);
}

static void test_how_a_program_ends(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int how;
    int status;
    const char *output;
  } cases[] = {
      {"true", PROGRAM_EXITED, 0, ""},
      {"exit 10", PROGRAM_EXITED, 10, ""},
      {"echo out; echo err >&2; exit 3", PROGRAM_EXITED, 3, "out\nerr"},
      {"kill -9 $$", PROGRAM_SIGNALLED, 9, ""},
      {"echo $ONLY; pwd; cat", PROGRAM_EXITED, 0, "this\n/tmp"},
      {"test -z \"$HOME$USER\"", PROGRAM_EXITED, 0, ""},
      {"printf 'a\\000\\377\\303\\251\\303'", PROGRAM_EXITED, 0, "a??\303\251?"},
      {"printf '\\355\\240\\200 \\360\\237\\230\\200'", PROGRAM_EXITED, 0, "??? \360\237\230\200"},
  };
  stop_now = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    program_end_t end;
    run_shell(cases[i].text, 20000, &end);
    assert_int_equal(end.how, cases[i].how);
    assert_int_equal(end.status, cases[i].status);
    assert_string_equal(end.output, cases[i].output);
    assert_int_equal(end.output_len, strlen(cases[i].output));
  }
}

static void test_what_can_not_be_started(void **state) {
  (void)state;
  static const struct {
    const char *path, *folder;
    int why;
  } cases[] = {
      {"/nonexistent", "/tmp", ENOENT}, {"/etc/passwd", "/tmp", EACCES}, {"/bin/true", "/none", ENOENT}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    program_end_t end;
    program_call_t call = {{cases[i].path, NULL, NULL, NULL}, no_environment, cases[i].folder, 1000, NULL};
    program_run(&call, &end);
    assert_int_equal(end.how, PROGRAM_NOT_STARTED);
    assert_int_equal(end.status, cases[i].why);
  }
}

/* PROG-12: of a long output the end is kept, cut between characters. */
static void test_the_end_of_a_long_output_is_kept(void **state) {
  (void)state;
  program_end_t end;
  stop_now = 0;
  run_shell("i=0; while [ $i -lt 30000 ]; do echo \"line $i\"; i=$((i+1)); done", 30000, &end);
  assert_int_equal(end.how, PROGRAM_EXITED);
  assert_true(end.output_len <= PROGRAM_OUTPUT && end.output_len > PROGRAM_OUTPUT - 16);
  assert_string_equal(end.output + end.output_len - 10, "line 29999");
  run_shell("printf x; i=0; while [ $i -lt 3000 ]; do printf '\\303\\251'; i=$((i+1)); done", 30000, &end);
  assert_int_equal(end.output_len % 2, 0);
  assert_null(strchr(end.output, '?'));
}

static void test_a_time_limit_ends_it(void **state) {
  (void)state;
  program_end_t end;
  uint64_t before = clock_ms();
  stop_now = 0;
  run_shell("echo begun; sleep 60; echo over", 200, &end);
  assert_int_equal(end.how, PROGRAM_TIMEOUT);
  assert_string_equal(end.output, "begun");
  assert_true(clock_ms() - before < 4000);
}

static void test_a_stop_ends_it(void **state) {
  (void)state;
  program_end_t end;
  stop_now = 1;
  run_shell("sleep 60", 60000, &end);
  stop_now = 0;
  assert_int_equal(end.how, PROGRAM_STOPPED);
}

/* What a script leaves running in its group must neither hold the agent nor go on. */
static void test_nothing_is_left_behind(void **state) {
  (void)state;
  program_end_t end;
  uint64_t before = clock_ms();
  stop_now = 0;
  run_shell("sleep 60 & echo $!", 20000, &end);
  assert_int_equal(end.how, PROGRAM_EXITED);
  assert_true(clock_ms() - before < 4000);
  pid_t left = (pid_t)atoi(end.output);
  assert_true(left > 0);
  for (int i = 0; i < 100 && kill(left, 0) == 0; i++) {
    char path[64], text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)left);
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(text, 1, sizeof text - 1, f);
    if (f != NULL) (void)fclose(f);
    if (n == 0 || strstr(text, ") Z ") != NULL) return; /* dead, and somebody else's to bury */
    (void)poll(NULL, 0, 20);
  }
  assert_int_not_equal(kill(left, 0), 0);
}

static void test_no_file_is_inherited(void **state) {
  (void)state;
  program_end_t end;
  int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as a foreign library may have it */
  assert_true(fd > 2);
  stop_now = 0;
  run_shell("ls /proc/self/fd | tr '\\n' ' '", 20000, &end);
  (void)close(fd);
  /* 3 is the folder that ls itself reads */
  assert_string_equal(end.output, "0 1 2 3 ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_how_a_program_ends),
      cmocka_unit_test(test_what_can_not_be_started),
      cmocka_unit_test(test_the_end_of_a_long_output_is_kept),
      cmocka_unit_test(test_a_time_limit_ends_it),
      cmocka_unit_test(test_a_stop_ends_it),
      cmocka_unit_test(test_nothing_is_left_behind),
      cmocka_unit_test(test_no_file_is_inherited),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
