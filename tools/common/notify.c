/* SPDX-License-Identifier: Apache-2.0 */
/* The manager is the process's, and so is what is known of it. */
#define _GNU_SOURCE 1
#include "notify.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ground/printable.h"

enum { LINE = 512, STOP_PACE_MS = 5000, STOP_MORE_S = 60, PINGS = 4 /* for one time of the watchdog */ };

static struct {
  int fd;                   /* connected to the manager's socket, or 0: none */
  uint64_t pace;            /* ms from one sign of life to the next, or 0 */
  uint64_t alive, stopping; /* ms, of the last one */
  char status[LINE];
} manager;

/* The watchdog's own clock, which stands still while the machine is suspended. */
static uint64_t notify_now(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A manager that does not read doesn't hold up the daemon. */
static void notify_send(const char *text) {
  if (manager.fd > 0) (void)send(manager.fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A path, or with "@" before it a name without a file. */
static int connect_to(const char *name) {
  struct sockaddr_un address;
  size_t len = strlen(name);
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if ((name[0] != '/' && name[0] != '@') || len >= sizeof address.sun_path) return 0;
  memcpy(address.sun_path, name, len);
  if (name[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd <= 0) return 0;
  if (connect(fd, (const struct sockaddr *)&address,
              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0)
    return fd;
  (void)close(fd);
  return 0;
}

/* A number of the environment; 0 if it is none. */
static uint64_t notify_number(const char *variable) {
  const char *text = getenv(variable);
  char *end = NULL;
  if (text == NULL || text[0] < '0' || text[0] > '9') return 0;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  return *end == '\0' && errno == 0 ? number : 0;
}

void notify_open(void) {
  const char *name = getenv("NOTIFY_SOCKET");
  uint64_t whose = notify_number("WATCHDOG_PID");
  notify_close();
  if (name == NULL) return;
  manager.fd = connect_to(name);
  if (getenv("WATCHDOG_PID") == NULL || whose == (uint64_t)getpid())
    manager.pace = notify_number("WATCHDOG_USEC") / 1000 / PINGS;
}

void notify_close(void) {
  if (manager.fd > 0) (void)close(manager.fd);
  memset(&manager, 0, sizeof manager);
}

void notify_ready(void) { notify_send("READY=1"); }

void notify_status(const char *format, ...) {
  char text[LINE - sizeof "STATUS="], shown[sizeof text], line[LINE];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  (void)snprintf(line, sizeof line, "STATUS=%s", sztp__printable(shown, sizeof shown, sztp__span_of(text)));
  if (strcmp(line, manager.status) == 0) return;
  memcpy(manager.status, line, sizeof line);
  notify_send(line);
}

void notify_alive(int stopping) {
  char line[LINE];
  uint64_t now = notify_now();
  if (manager.pace > 0 && (manager.alive == 0 || now - manager.alive >= manager.pace)) {
    manager.alive = now;
    notify_send("WATCHDOG=1");
  }
  if (!stopping || (manager.stopping != 0 && now - manager.stopping < STOP_PACE_MS)) return;
  manager.stopping = now;
  (void)snprintf(line, sizeof line, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%d000000", STOP_MORE_S);
  notify_send(line);
}

int notify_wait(int ms) {
  if (manager.pace == 0) return ms;
  int most = manager.pace > INT_MAX ? INT_MAX : (int)manager.pace;
  return ms < 0 || ms > most ? most : ms;
}
