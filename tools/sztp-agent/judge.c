/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the process that judges, and is its end of the pipe. */
#define _GNU_SOURCE 1
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

enum { PIPE_FD = STDERR_FILENO + 1, MOST_CERT = 1 << 20 };

/* ---- the pipe ------------------------------------------------------------------------------------ */

/* Takes what has come already, and waits for no more than is asked for. */
static int32_t pipe_read(void *user, uint8_t *data, size_t len) {
  judge_pipe_t *p = user;
  while (len > 0) {
    size_t here = p->len - p->at < len ? p->len - p->at : len;
    memcpy(data, p->data + p->at, here);
    explicit_bzero(p->data + p->at, here); /* it may be a key */
    p->at += here;
    data += here;
    len -= here;
    if (len == 0) break;
    int direct = len >= sizeof p->data; /* much is read to where it belongs */
    ssize_t n = direct ? read(p->fd, data, len) : read(p->fd, p->data, sizeof p->data);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SZTP_ERR_HOST;
    if (direct) {
      data += n;
      len -= (size_t)n;
    } else {
      p->at = 0;
      p->len = (size_t)n;
    }
  }
  return SZTP_OK;
}

/* SIGPIPE is ignored by both. */
static int32_t pipe_write(void *user, const uint8_t *data, size_t len) {
  const judge_pipe_t *p = user;
  while (len > 0) {
    ssize_t n = write(p->fd, data, len);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SZTP_ERR_HOST;
    data += n;
    len -= (size_t)n;
  }
  return SZTP_OK;
}

/* ---- the process --------------------------------------------------------------------------------- */

/* A generator that both processes had a copy of would give both the same octets. */
static int32_t fresh_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  while (len > 0) {
    ssize_t n = getrandom(out, len, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SZTP_ERR_RANDOM;
    out += n;
    len -= (size_t)n;
  }
  return SZTP_OK;
}

static int32_t hear_certs(sztp_device_t *dev, judge_pipe_t *p) {
  uint32_t count = 0, len = 0;
  int32_t rc = pipe_read(p, (uint8_t *)&count, sizeof count);
  for (uint32_t i = 0; rc == SZTP_OK && i < count; i++) {
    rc = pipe_read(p, (uint8_t *)&len, sizeof len);
    uint8_t *der = rc == SZTP_OK && len <= MOST_CERT ? malloc(len) : NULL;
    if (der == NULL) return SZTP_ERR_MEMORY;
    rc = pipe_read(p, der, len);
    if (rc == SZTP_OK) rc = sztp_device_add_cert(dev, SZTP_CERT_ATTESTATION, der, len);
    free(der);
  }
  return rc;
}

/* The rest of the device. */
static int32_t hear_device(sztp_device_t *dev, judge_pipe_t *p) {
  judge_device_t rest;
  int32_t rc = pipe_read(p, (uint8_t *)&rest, sizeof rest);
  if (rc == SZTP_OK) rc = hear_certs(dev, p);
  if (rc == SZTP_OK) rc = sztp_device_set_csr(dev, rest.csr_formats, rest.csr_keys);
  if (rc == SZTP_OK) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, (int64_t)rest.passes);
  return rc;
}

static void no_files(int fd) {
  int null = open("/dev/null", O_RDWR);
  for (int i = 0; i < PIPE_FD; i++) (void)dup2(null, i);
  if (fd != PIPE_FD) (void)dup2(fd, PIPE_FD);
}

/* Of the agent's signals it hears none: it ends when the agent closes the pipe. */
static void be_judge(int fd, pid_t agent, sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level) {
  judge_pipe_t end = {.fd = PIPE_FD};
  (void)signal(SIGINT, SIG_IGN);
  (void)signal(SIGTERM, SIG_IGN);
  (void)signal(SIGPIPE, SIG_IGN);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != agent) _exit(1);
  no_files(fd);
  if (sztp_ctx_set_random(ctx, fresh_random, NULL) != SZTP_OK) _exit(1);
  unsigned has = sandbox_enter(PIPE_FD + 1);
  sztp_pipe_t pipe = {pipe_read, pipe_write, &end};
  int32_t rc = pipe_write(&end, (const uint8_t *)&has, sizeof has);
  if (rc == SZTP_OK) rc = hear_device(dev, &end);
  if (rc == SZTP_OK) rc = sztp_session_serve(ctx, dev, log_level, &pipe);
  _exit(rc == SZTP_OK ? 0 : 1);
}

/* ---- the agent's side ---------------------------------------------------------------------------- */

int judge_start(judge_t *j, sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level) {
  int ends[2];
  pid_t agent = getpid();
  (void)signal(SIGPIPE, SIG_IGN);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  j->process = fork();
  int why = j->process < 0 ? errno : 0;
  if (j->process == 0) be_judge(ends[1], agent, ctx, dev, log_level);
  (void)close(ends[1]);
  j->pipe = (judge_pipe_t){.fd = ends[0]};
  if (why == 0 && pipe_read(&j->pipe, (uint8_t *)&j->has, sizeof j->has) != SZTP_OK) why = ECHILD;
  if (why != 0) judge_stop(j);
  return why;
}

/* The certificates of the attestation key, each behind its length. */
static int32_t tell_certs(judge_pipe_t *p, const sztp_device_t *dev) {
  const uint8_t *der = NULL;
  size_t len = 0;
  uint32_t count = 0;
  while (sztp_device_cert(dev, SZTP_CERT_ATTESTATION, count, &der, &len) == SZTP_OK) count++;
  int32_t rc = pipe_write(p, (const uint8_t *)&count, sizeof count);
  for (uint32_t i = 0; rc == SZTP_OK && i < count; i++) {
    rc = sztp_device_cert(dev, SZTP_CERT_ATTESTATION, i, &der, &len);
    uint32_t octets = (uint32_t)len;
    if (rc == SZTP_OK) rc = pipe_write(p, (const uint8_t *)&octets, sizeof octets);
    if (rc == SZTP_OK) rc = pipe_write(p, der, len);
  }
  return rc;
}

int32_t judge_session(judge_t *j, sztp_device_t *dev, const judge_device_t *rest, sztp_session_t **out) {
  sztp_pipe_t pipe = {pipe_read, pipe_write, &j->pipe};
  int32_t rc = pipe_write(&j->pipe, (const uint8_t *)rest, sizeof *rest);
  if (rc == SZTP_OK) rc = tell_certs(&j->pipe, dev);
  return rc == SZTP_OK ? sztp_session_new_apart(sztp_device_ctx(dev), dev, &pipe, out) : rc;
}

void judge_stop(judge_t *j) {
  if (j->pipe.fd >= 0) (void)close(j->pipe.fd);
  if (j->process > 0) {
    (void)kill(j->process, SIGKILL); /* it keeps nothing */
    (void)waitpid(j->process, NULL, 0);
  }
  j->pipe.fd = -1;
  j->process = 0;
}

void judge_end(judge_t *j, char *out, size_t room) {
  int how = 0;
  out[0] = '\0';
  if (j->process <= 0 || waitpid(j->process, &how, WNOHANG) != j->process) return;
  j->process = 0;
  if (WIFSIGNALED(how))
    (void)snprintf(out, room, "signal %d", WTERMSIG(how));
  else
    (void)snprintf(out, room, "exit status %d", WEXITSTATUS(how));
}
