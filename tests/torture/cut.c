/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into the agent: it is killed after the change to the disk whose number is in SZTP_CUT. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int changed(int result) {
  static long count;
  const char *at = getenv("SZTP_CUT");
  if (result == 0 && at != NULL && ++count == atol(at)) (void)kill(getpid(), SIGKILL);
  return result;
}

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  return changed(real(from, to));
}

int unlink(const char *path) {
  int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  return changed(real(path));
}

int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
  return changed(real(from, to));
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return changed(real(fd));
}
