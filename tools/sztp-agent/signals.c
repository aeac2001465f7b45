/* SPDX-License-Identifier: Apache-2.0 */
/* Signal handlers need global variables; all of them are here. */
#define _POSIX_C_SOURCE 200809L
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_STOPPED = 1 };

static volatile sig_atomic_t stopped;
static sztp_session_t *volatile watched;
static volatile sig_atomic_t group;        /* of the program that is running, or 0 */
static volatile sig_atomic_t control = -1; /* file that kills its control group, or -1 */

static void on_signal(int number) {
  (void)number;
  if (stopped) {
    if (group > 0) (void)kill((pid_t)-group, SIGKILL);
    if (control >= 0 && write(control, "1", 1) != 1)
      _exit(EXIT_STOPPED); /* the next start ends what is left */
    _exit(EXIT_STOPPED);
  }
  stopped = 1;
  if (watched != NULL) (void)sztp_session_cancel(watched); /* only sets a flag */
}

void signals_watch(sztp_session_t *session) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  (void)sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal; /* without SA_RESTART: a wait ends at once */
  watched = session;
  if (session == NULL) return;
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
  action.sa_handler = SIG_IGN;
  (void)sigaction(SIGPIPE, &action, NULL);
}

void signals_group(int leader, int cgroup) {
  group = leader;
  control = cgroup;
}

int signals_stopped(void) { return stopped != 0; }
