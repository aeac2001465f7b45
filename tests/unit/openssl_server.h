/* SPDX-License-Identifier: Apache-2.0 */
/* openssl s_server as the peer of a test; its page of figures is what is fetched. */
#ifndef SZTP_TESTS_OPENSSL_SERVER_H
#define SZTP_TESTS_OPENSSL_SERVER_H

#include "https_bench.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs openssl s_server with a certificate of the test PKI, its key, and more arguments. */
static inline pid_t start_openssl(const char *name, const char *const *extra, uint16_t *port) {
  char crt[1100];
  char key[1100];
  const char *argv[24] = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", crt, "-key", key};
  size_t n = 9;
  int out[2];
  snprintf(crt, sizeof crt, "%s/%s.pem", pki(), name);
  snprintf(key, sizeof key, "%s/%s.key", pki(), name);
  for (size_t i = 0; extra[i] != NULL; i++) argv[n++] = extra[i];
  assert_int_equal(pipe(out), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(out[1], 1);
    dup2(out[1], 2);
    close(out[0]);
    execvp("openssl", (char *const *)(uintptr_t)argv);
    _exit(127);
  }
  close(out[1]);
  char text[4096];
  size_t len = 0;
  *port = 0;
  struct pollfd p = {out[0], POLLIN, 0};
  while (*port == 0 && len < sizeof text - 1 && poll(&p, 1, 5000) == 1) {
    ssize_t got = read(out[0], text + len, sizeof text - 1 - len);
    if (got <= 0) break;
    len += (size_t)got;
    text[len] = 0;
    const char *accept = strstr(text, "ACCEPT 127.0.0.1:");
    if (accept != NULL && strchr(accept, '\n') != NULL) *port = (uint16_t)atoi(accept + 17);
  }
  close(out[0]);
  if (*port == 0) fail_msg("openssl s_server did not start: %s", text);
  return pid;
}

static inline void end_openssl(pid_t pid) {
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
}

#endif
