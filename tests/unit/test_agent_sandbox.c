/* SPDX-License-Identifier: Apache-2.0 */
/* In the sandbox nothing can be done but to compute, to read and to write the pipe (SEC-20). */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/testing.h"
#include "sztp-agent/sandbox.c"

enum { PIPE_FD = 3 };

/* What a process tells from inside: what it has, and what it could do nevertheless. */
typedef struct told {
  unsigned has;
  unsigned could; /* bit n: attempt n */
  int computes;
} told_t;

/* Each is 1 if it could be done. */
static int reads_a_file(void) { return open("/etc/passwd", O_RDONLY) >= 0; }
static int lists_the_root(void) { return open("/", O_RDONLY | O_DIRECTORY) >= 0; }
static int writes_a_file(void) { return open("/file", O_WRONLY | O_CREAT, 0600) >= 0; }
static int opens_a_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static int opens_a_local_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }
static int starts_a_process(void) { return fork() >= 0; }
static int runs_a_program(void) { return execl("/bin/true", "true", (char *)NULL) == 0; }
static int kills_its_parent(void) { return kill(getppid(), 0) == 0; }
static int traces_its_parent(void) { return syscall(SYS_ptrace, 16, getppid(), 0, 0) == 0; }
static int makes_memory_run(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
         MAP_FAILED;
}
static int turns_memory_to_code(void) {
  void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}
static int becomes_root(void) { return syscall(SYS_setuid, 0) == 0; }
static int leaves_its_namespace(void) { return syscall(SYS_unshare, 0x40000000) == 0; }
static int has_another_file(void) { return write(PIPE_FD + 1, "x", 1) == 1; }

static int (*const attempts[])(void) = {
    reads_a_file,     lists_the_root,       writes_a_file,     opens_a_socket,   opens_a_local_socket,
    starts_a_process, runs_a_program,       kills_its_parent,  makes_memory_run, turns_memory_to_code,
    becomes_root,     leaves_its_namespace, traces_its_parent, has_another_file,
};

static void be_inside(int pipe_fd) {
  told_t told = {0, 0, 0};
  int other = open("/dev/null", O_WRONLY);
  if (dup2(pipe_fd, PIPE_FD) < 0 || dup2(other, PIPE_FD + 1) < 0) _exit(1);
  told.has = sandbox_enter(PIPE_FD + 1);
  for (unsigned i = 0; i < TEST_COUNT_OF(attempts); i++) told.could |= attempts[i]() ? 1U << i : 0;
  uint8_t *memory = malloc(8 << 20);
  if (memory != NULL) memset(memory, 1, 8 << 20);
  told.computes = memory != NULL && memory[(8 << 20) - 1] == 1;
  free(memory);
  _exit(write(PIPE_FD, &told, sizeof told) == (ssize_t)sizeof told ? 0 : 1);
}

static told_t from_inside(void) {
  told_t told = {0, ~0U, 0};
  int ends[2], status = 0;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) be_inside(ends[1]);
  (void)close(ends[1]);
  assert_int_equal(read(ends[0], &told, sizeof told), sizeof told);
  (void)close(ends[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return told;
}

static void test_nothing_is_left(void **state) {
  (void)state;
  char missing[160];
  told_t told = from_inside();
  sandbox_missing(told.has, missing, sizeof missing);
  print_message("without: %s\n", missing);
  if ((told.has & SANDBOX_CALLS) == 0) skip(); /* sanitizers, emulators */
  if (told.could != 0) fail_msg("attempts %#x went well, without %s", told.could, missing);
  assert_true(told.computes);
}

static void test_words(void **state) {
  (void)state;
  char out[160], little[8];
  sandbox_missing(SANDBOX_ALL, out, sizeof out);
  assert_string_equal(out, "");
  sandbox_missing(SANDBOX_FOLDERS | SANDBOX_USER, out, sizeof out);
  assert_string_equal(out, "seccomp, a network namespace");
  sandbox_missing(0, little, sizeof little);
  assert_true(strlen(little) < sizeof little);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_left), cmocka_unit_test(test_words)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
