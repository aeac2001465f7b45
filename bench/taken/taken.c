/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and writes to a file what it took: wall time in ms, CPU time in ms and the largest memory in
 * KiB, its own and of all its children. Small, since the memory of who starts a program counts as the
 * program's until it is executed. usage: taken FILE COMMAND...; ends as the command does */
#define _DEFAULT_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double ms(struct timeval t) { return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3; }

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  struct rusage used;
  int status = 0;
  if (argc < 3) {
    fprintf(stderr, "usage: taken FILE COMMAND...\n");
    return 2;
  }
  double begin = now();
  pid_t child = fork();
  if (child == 0) {
    (void)execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child) {
    perror("taken");
    return 2;
  }
  double wall = now() - begin;
  FILE *file = fopen(argv[1], "w");
  if (file == NULL) {
    perror(argv[1]);
    return 2;
  }
  (void)fprintf(file, "%.3f %.3f %ld\n", wall, ms(used.ru_utime) + ms(used.ru_stime), used.ru_maxrss);
  (void)fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
