/* SPDX-License-Identifier: Apache-2.0 */
/* Running programs: how they end, what is kept of their output, what they see, what is left of them. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include "common/file.c"
#include "common/notify.c"
#include "sztp-agent/cgroup.c"
#include "sztp-agent/children.c"
#include "sztp-agent/clock.c"
static char last_group[512]; /* of the program that was started last, or "" */
static void note_group(cgroup_t *c) {
  cgroup_make(c);
  (void)snprintf(last_group, sizeof last_group, "%s", c->path);
}
#define cgroup_make note_group
#include "sztp-agent/program.c"
#undef cgroup_make
#include "sztp-agent/reaper.c"
#include "sztp-agent/signals.c"

static char *const no_environment[] = {(char *)(uintptr_t) "ONLY=this", NULL};
static int stop_now;

static int stop(void) { return stop_now; }

static void run_shell(const char *text, uint64_t limit_ms, program_end_t *end) {
  program_call_t call = {{"/bin/sh", "-c", text, NULL}, no_environment, "/tmp", limit_ms, stop, NULL, 0, 0};
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
    program_call_t call = {
        {cases[i].path, NULL, NULL, NULL}, no_environment, cases[i].folder, 1000, NULL, NULL, 0, 0};
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

/* ---- an agent that is killed --------------------------------------------------------------------- */

static char record[] = "/tmp/sztp-program-test-XXXXXX";

/* Dead, or dead and somebody else's to bury. */
static int is_gone(pid_t process) {
  for (int i = 0; i < 100; i++) {
    char path[64], text[512] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(text, 1, sizeof text - 1, f);
    if (f != NULL) (void)fclose(f);
    if (n == 0 || strstr(text, ") Z ") != NULL) return 1;
    (void)poll(NULL, 0, 20);
  }
  return 0;
}

/* Runs a program in an agent of its own, which is killed alone once the program has written the number of a
 * process into the record's neighbour. Returns that number. */
static pid_t orphan_of(uid_t user, const char *text) {
  char told[64], whole[300];
  (void)snprintf(told, sizeof told, "%s.told", record);
  (void)snprintf(whole, sizeof whole, "tell() { echo $1 >%s.new; mv %s.new %s; }; %s", told, told, told,
                 text);
  pid_t agent = fork();
  if (agent == 0) {
    static char *const marked[] = {(char *)(uintptr_t)CHILDREN_FOLDER "=/tmp/.", NULL};
    program_end_t end;
    program_call_t call = {{"/bin/sh", "-c", whole, NULL}, marked, "/tmp/.", 60000, NULL, record, 0, 0};
    if (user != geteuid() && setuid(user) != 0) _exit(1);
    program_run(&call, &end);
    _exit(0);
  }
  int number = 0;
  for (int i = 0; i < 500 && number == 0; i++) {
    FILE *f = fopen(told, "r");
    if (f != NULL && fscanf(f, "%d\n", &number) != 1) number = 0;
    if (f != NULL) (void)fclose(f);
    (void)poll(NULL, 0, 10);
  }
  assert_true(number > 0);
  assert_int_equal(kill(agent, SIGKILL), 0);
  assert_int_equal(waitpid(agent, NULL, 0), agent);
  (void)unlink(told);
  return number;
}

static pid_t orphan(const char *text) { return orphan_of(geteuid(), text); }

/* STATE-10: a script does not go on beside its own rollback. */
static void test_a_program_ends_with_the_agent(void **state) {
  (void)state;
  char error[300] = "";
  pid_t left = orphan("tell $$; while :; do sleep 1; done");
  assert_true(is_gone(left)); /* before anybody looks for it */
  assert_int_equal(children_await(record, error, sizeof error), 0);
  assert_int_equal(access(record, F_OK), -1);
}

/* Whatever it has left, in a session of its own or in its group, is ended before the next run begins. */
static void test_what_outlived_the_agent_is_ended(void **state) {
  (void)state;
  static const char *const texts[] = {
      "sleep 60 & tell $!; wait",
      "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & tell $!; wait"};
  char error[300] = "";
  for (size_t i = 0; i < TEST_COUNT_OF(texts); i++) {
    pid_t left = orphan(texts[i]);
    uint64_t before = clock_ms();
    assert_int_equal(kill(left, 0), 0);
    assert_int_equal(children_await(record, error, sizeof error), 0);
    assert_true(clock_ms() - before < 5000);
    assert_true(is_gone(left));
  }
}

/* What a daemon does: a session of its own, a parent that has ended, no file open. */
static void daemon_text(char *out, size_t room, const char *file, const char *then) {
  (void)snprintf(
      out, room,
      "(setsid sh -c 'exec 0<&- >&- 2>&- 3>&-; echo $$ >%s.new; mv %s.new %s; while :; do sleep 1; "
      "done' &); until [ -s %s ]; do sleep 0.02; done; %s",
      file, file, file, file, then);
}

static pid_t daemon_of(const char *file) {
  int number = 0;
  FILE *f = fopen(file, "r");
  assert_non_null(f);
  assert_int_equal(fscanf(f, "%d", &number), 1);
  (void)fclose(f);
  (void)unlink(file);
  assert_true(number > 1);
  return number;
}

/* One that a program leaves lives on if the program ended well, and ends with it otherwise: in a control
 * group, and where there is none. */
static void end_daemons(void) {
  static const struct {
    const char *end;
    uint64_t limit_ms;
    int lives;
  } cases[] = {{"exit 0", 20000, 1},
               {"exit 10", 20000, 1},
               {"exit 1", 20000, 0},
               {"kill -9 $$", 20000, 0},
               {"sleep 60", 500, 0}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    program_end_t end;
    char text[400];
    char file[64];
    (void)snprintf(file, sizeof file, "/tmp/daemon.%d", (int)getpid());
    daemon_text(text, sizeof text, file, cases[i].end);
    program_call_t call = {
        {"/bin/sh", "-c", text, NULL}, no_environment, "/tmp", cases[i].limit_ms, NULL, NULL, 0, 10};
    program_run(&call, &end);
    assert_int_equal(access(last_group, F_OK), -1);
    pid_t left = daemon_of(file);
    if (!cases[i].lives) {
      assert_true(is_gone(left));
      continue;
    }
    assert_int_equal(kill(left, 0), 0);
    /* nor does one that fails later end it */
    run_shell("exit 1", 20000, &end);
    assert_int_equal(kill(left, 0), 0);
    assert_int_equal(kill(left, SIGKILL), 0);
    reaper_bury();
    assert_true(is_gone(left));
  }
}

static void test_daemons_end_with_what_failed(void **state) {
  (void)state;
  end_daemons();
}

static void test_daemons_without_a_control_group(void **state) {
  (void)state;
  int status = 0;
  pid_t other = fork();
  if (other == 0) { /* somebody who may make none */
    cgroup_t none;
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    cgroup_make(&none);
    if (none.path[0] != '\0') _exit(3);
    end_daemons();
    _exit(0);
  }
  assert_int_equal(waitpid(other, &status, 0), other);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3) skip(); /* the group is this user's own */
  assert_int_equal(status, 0);
}

/* 0 if this process is in the group. */
static int is_elsewhere(const cgroup_t *c) {
  char text[4096];
  size_t len = read_proc("/proc/self/cgroup", text, sizeof text);
  return len == 0 || strstr(text, strrchr(c->path, '/')) == NULL;
}

/* Born there, or moved by kernels that can't do that. */
static void test_a_child_is_in_its_control_group(void **state) {
  (void)state;
  for (int moved = 0; moved < 2; moved++) {
    cgroup_t c;
    int status = 0;
    cgroup_make(&c);
    if (c.path[0] == '\0') skip();
    assert_true(c.folder >= 0);
    if (moved) {
      (void)close(c.folder);
      c.folder = -1;
    }
    pid_t child = cgroup_fork(&c);
    if (child == 0) _exit(is_elsewhere(&c));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    cgroup_end(&c);
    assert_int_equal(access(c.path, F_OK), -1);
  }
}

/* Nothing gives it away to the next start but its control group. */
static void test_a_daemon_outlives_no_agent(void **state) {
  (void)state;
  char error[300] = "";
  cgroup_t here;
  cgroup_make(&here);
  if (here.path[0] == '\0') skip();
  cgroup_end(&here);
  pid_t left =
      orphan("(setsid sh -c 'exec 0<&- >&- 2>&- 3>&-; while :; do sleep 1; done' & tell $!) & sleep 60");
  recorded_t r;
  int fd = open(record, O_RDONLY);
  read_program(fd, &r);
  (void)close(fd);
  assert_int_equal(kill(left, 0), 0);
  assert_int_equal(access(r.cgroup, F_OK), 0);
  assert_int_equal(children_await(record, error, sizeof error), 0);
  assert_true(is_gone(left));
  assert_int_equal(access(r.cgroup, F_OK), -1);
}

/* Where there is no control group, what it has inherited in its environment does. */
static void test_nor_does_one_without_a_control_group(void **state) {
  (void)state;
  char error[300] = "";
  if (geteuid() != 0) skip(); /* one that can't make a group can't be told from this one */
  pid_t left = orphan_of(
      65534, "(setsid sh -c 'exec 0<&- >&- 2>&- 3>&-; while :; do sleep 1; done' & tell $!) & sleep 60");
  assert_int_equal(kill(left, 0), 0);
  assert_int_equal(children_await(record, error, sizeof error), 0);
  assert_true(is_gone(left));
  /* another program's are left alone */
  left = orphan_of(
      65534,
      "(" CHILDREN_FOLDER
      "=/tmp/other setsid sh -c 'exec 0<&- >&- 2>&- 3>&-; while :; do sleep 1; done' & tell $!) & sleep 60");
  assert_int_equal(children_await(record, error, sizeof error), 0);
  assert_int_equal(kill(left, 0), 0);
  assert_int_equal(kill(left, SIGKILL), 0);
}

/* A number that belongs to another process by now harms nobody. */
static void test_a_reused_number_is_left_alone(void **state) {
  (void)state;
  char boot[64] = "", error[300] = "", text[256];
  pid_t other = fork();
  if (other == 0) {
    (void)setpgid(0, 0);
    (void)poll(NULL, 0, 60000);
    _exit(0);
  }
  (void)setpgid(other, other);
  (void)read_proc("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  (void)snprintf(text, sizeof text, "%s%d (sztp) agent) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0", boot,
                 (int)other);
  int fd = open(record, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  (void)close(fd);
  assert_int_equal(field_of(text + strlen(boot), START_FIELD), 1);
  assert_int_equal(children_await(record, error, sizeof error), 0);
  assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
  (void)kill(other, SIGKILL);
  (void)waitpid(other, NULL, 0);
}

/* A program costs no pause: its end is seen when it comes. */
static void test_its_end_is_seen_at_once(void **state) {
  (void)state;
  program_end_t end;
  uint64_t least = UINT64_MAX; /* of many, since the machine may have other work */
  stop_now = 0;
  for (int i = 0; i < 20; i++) {
    uint64_t before = clock_ms();
    run_shell("exec >&- 2>&-; sleep 0.005", 20000, &end);
    uint64_t took = clock_ms() - before;
    if (took < least) least = took;
  }
  assert_true(least < 40); /* who looks now and then sees it after 50 ms */
}

static int group_begin(void **state) {
  (void)state;
  int fd = mkstemp(record);
  return fd < 0 || close(fd) != 0 || unlink(record) != 0;
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
      cmocka_unit_test(test_a_program_ends_with_the_agent),
      cmocka_unit_test(test_what_outlived_the_agent_is_ended),
      cmocka_unit_test(test_daemons_end_with_what_failed),
      cmocka_unit_test(test_daemons_without_a_control_group),
      cmocka_unit_test(test_a_child_is_in_its_control_group),
      cmocka_unit_test(test_a_daemon_outlives_no_agent),
      cmocka_unit_test(test_nor_does_one_without_a_control_group),
      cmocka_unit_test(test_a_reused_number_is_left_alone),
      cmocka_unit_test(test_its_end_is_seen_at_once),
  };
  return cmocka_run_group_tests(tests, group_begin, NULL);
}
