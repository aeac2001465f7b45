/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the program with two pipes and a time limit. */
#define _POSIX_C_SOURCE 200809L
#include "ca_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127 };

typedef struct ca_run {
  pid_t child;
  int to, from; /* our ends of the pipes, or -1 */
  const uint8_t *csr;
  size_t csr_len;
  uint8_t *out;
  size_t len;
} ca_run_t;

static int64_t now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drop_end(int *fd) {
  if (*fd >= 0) (void)close(*fd);
  *fd = -1;
}

static void be_program(const char *program, const char *serial, int in, int out) {
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(EXIT_NOT_STARTED);
  for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) (void)close(fd);
  (void)signal(SIGPIPE, SIG_DFL);
  (void)execl(program, program, serial, (char *)NULL);
  _exit(EXIT_NOT_STARTED);
}

static int start(ca_run_t *r, const char *program, const char *serial) {
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  if (pipe(in) != 0 || pipe(out) != 0 || (r->child = fork()) < 0) {
    drop_end(&in[0]);
    drop_end(&in[1]);
    drop_end(&out[0]);
    drop_end(&out[1]);
    return -1;
  }
  if (r->child == 0) be_program(program, serial, in[0], out[1]);
  (void)close(in[0]);
  (void)close(out[1]);
  r->to = in[1];
  r->from = out[0];
  (void)fcntl(r->to, F_SETFL, O_NONBLOCK);
  return 0;
}

static void write_input(ca_run_t *r) {
  ssize_t done = write(r->to, r->csr, r->csr_len);
  if (done < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (done > 0) {
    r->csr += done;
    r->csr_len -= (size_t)done;
  }
  if (done <= 0 || r->csr_len == 0) drop_end(&r->to);
}

/* 1 to go on. */
static int read_output(ca_run_t *r) {
  ssize_t done = read(r->from, r->out + r->len, CA_PROGRAM_MAX - r->len);
  if (done < 0 && errno == EINTR) return 1;
  if (done > 0) r->len += (size_t)done;
  return done > 0 && r->len < CA_PROGRAM_MAX;
}

/* 0, or what was wrong. */
static const char *talk(ca_run_t *r) {
  int64_t end = now() + CA_PROGRAM_MS;
  for (int64_t left = CA_PROGRAM_MS; left > 0; left = end - now()) {
    struct pollfd fds[2] = {{r->from, POLLIN, 0}, {r->to, POLLOUT, 0}};
    if (poll(fds, 2, (int)left) < 0 && errno != EINTR) return strerror(errno);
    if (fds[1].revents != 0) write_input(r);
    if (fds[0].revents != 0 && !read_output(r)) return r->len == CA_PROGRAM_MAX ? "it wrote too much" : NULL;
  }
  return "it did not end in time";
}

static const char *await(const ca_run_t *r, char *text, size_t room) {
  int status = 0;
  pid_t ended;
  do ended = waitpid(r->child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended < 0) return strerror(errno);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_STARTED) return "it can't be started";
  (void)snprintf(text, room, "it ended with %s %d", WIFEXITED(status) ? "status" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  return text;
}

int ca_program_run(const char *program, const char *serial, const uint8_t *csr, size_t csr_len, uint8_t **out,
                   size_t *len, char *why, size_t room) {
  ca_run_t r = {-1, -1, -1, csr, csr_len, malloc(CA_PROGRAM_MAX), 0};
  char text[64];
  const char *fault = r.out == NULL || start(&r, program, serial) != 0 ? strerror(errno) : NULL;
  if (fault == NULL) {
    fault = talk(&r);
    drop_end(&r.to);
    drop_end(&r.from);
    if (fault != NULL) (void)kill(r.child, SIGKILL);
    const char *end = await(&r, text, sizeof text);
    if (fault == NULL) fault = end;
  }
  if (fault == NULL && r.len == 0) fault = "it gave no certificate";
  if (fault == NULL) {
    *out = r.out;
    *len = r.len;
    return 0;
  }
  (void)snprintf(why, room, "%s: %s", program, fault);
  free(r.out);
  return -1;
}
