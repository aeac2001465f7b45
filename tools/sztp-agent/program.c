/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vendor's programs and the owner's scripts, and leaves no process of theirs running. */
#define _GNU_SOURCE 1
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "children.h"
#include "clock.h"
#include "common/notify.h"
#include "ground/printable.h"
#include "reaper.h"
#include "signals.h"

enum {
  LOOK_MS = 50,      /* between two looks at whether to stop */
  LOOK_CLOSE_MS = 5, /* between two looks at a child of whose end the kernel doesn't tell */
  GRACE_MS = 5000,
  MOST_FILES = 4096,
  EXIT_NOT_STARTED = 127
};

/* Files of a child beside its input and outputs: the lock of its record, and, until it is the program, the
 * pipe by which it tells why it can't be. */
enum { LOCK_FD = STDERR_FILENO + 1, FAILURE_FD, FIRST_FD, MOVED_FD = 64 };

typedef struct run {
  const program_call_t *call;
  pid_t child;
  int watch;  /* descriptor of the process, or -1 */
  int record; /* open record, or -1 */
  cgroup_t cgroup;
  reaper_t reaper; /* without a control group */
  int output;
  uint64_t asked_to_end; /* when it got SIGTERM, or 0 */
  int how;
  size_t kept;
  char tail[2 * PROGRAM_OUTPUT];
} run_t;

/* ---- the child's side: only functions that are safe between fork() and exec() -------------------- */

static void restore_signals(void) {
  sigset_t none;
  (void)signal(SIGPIPE, SIG_DFL);
  (void)signal(SIGINT, SIG_DFL);
  (void)signal(SIGTERM, SIG_DFL);
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Files that anything else has left open. */
static void close_others(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)FIRST_FD, ~0U, 0U) == 0) return;
#endif
  for (int fd = FIRST_FD; fd < MOST_FILES; fd++) (void)close(fd);
}

/* The numbers that the pipes have may be the very ones to which others are moved. */
static int move_up(int fd) { return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, MOVED_FD); }

/* If the agent dies, so does the program; @p agent tells whether it has died already. */
static void be_child(const run_t *r, pid_t agent, int null, int output, int failure) {
  const program_call_t *call = r->call;
  (void)setpgid(0, 0);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != agent) _exit(EXIT_NOT_STARTED);
  restore_signals();
  int record = move_up(r->record);
  failure = move_up(failure);
  int ready = dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
              dup2(output, STDERR_FILENO) >= 0 && chdir(call->folder) == 0;
  int why = errno;
  (void)close(LOCK_FD);
  if (record >= 0) children_enter(record, LOCK_FD);
  (void)dup2(failure, FAILURE_FD);
  (void)fcntl(FAILURE_FD, F_SETFD, FD_CLOEXEC);
  close_others();
  if (ready) {
    (void)execve(call->arguments[0], (char *const *)(uintptr_t)call->arguments, call->environment);
    why = errno;
  }
  ssize_t told = write(FAILURE_FD, &why, sizeof why);
  _exit(told == (ssize_t)sizeof why ? EXIT_NOT_STARTED : EXIT_NOT_STARTED - 1);
}

/* ---- the agent's side ---------------------------------------------------------------------------- */

static int make_pipe(int ends[2]) {
  if (pipe(ends) != 0) return -1;
  (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
}

static void close_if_open(int fd) {
  if (fd >= 0) (void)close(fd);
}

/* A descriptor that can be read once the process has ended, or -1 from kernels without. */
static int watch_process(pid_t process) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, process, 0U);
#else
  (void)process;
  return -1;
#endif
}

/* 0 with the child running, or errno. The failure pipe closes by itself when exec() succeeds. */
static int start_child(run_t *r) {
  int output[2] = {-1, -1}, failure[2] = {-1, -1}, why = 0;
  r->child = r->watch = r->record = r->output = -1;
  if (r->call->record != NULL) r->record = children_begin(r->call->record, r->cgroup.path, r->call->folder);
  if (r->call->record != NULL && r->record < 0 && !r->call->unrecorded) return errno;
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_t agent = getpid();
  if (null >= 0 && make_pipe(output) == 0 && make_pipe(failure) == 0) r->child = cgroup_fork(&r->cgroup);
  if (r->child < 0) why = errno;
  if (r->child == 0) be_child(r, agent, null, output[1], failure[1]);
  close_if_open(null);
  close_if_open(output[1]);
  close_if_open(failure[1]);
  if (r->child > 0) {
    (void)setpgid(r->child, r->child); /* whichever of the two is first */
    signals_group(r->child, r->cgroup.kill);
    r->watch = watch_process(r->child);
    ssize_t got;
    do got = read(failure[0], &why, sizeof why);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof why) why = 0;
  }
  close_if_open(failure[0]);
  r->output = output[0];
  if (r->output >= 0) (void)fcntl(r->output, F_SETFL, O_NONBLOCK);
  return why;
}

/* Keeps the last octets of the output; 0 at its end. */
static int drain(run_t *r) {
  char piece[4096];
  for (;;) {
    ssize_t got = read(r->output, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (r->kept + (size_t)got > sizeof r->tail) {
      memmove(r->tail, r->tail + r->kept - PROGRAM_OUTPUT, PROGRAM_OUTPUT);
      r->kept = PROGRAM_OUTPUT;
    }
    memcpy(r->tail + r->kept, piece, (size_t)got);
    r->kept += (size_t)got;
  }
}

static void ask_to_end(run_t *r, int how) {
  if (r->asked_to_end != 0) return;
  r->asked_to_end = clock_ms();
  r->how = how;
  (void)kill(-r->child, SIGTERM);
}

/* 1 once the child has ended; it is not reaped, so that its process group keeps its number. */
static int has_ended(const run_t *r) {
  siginfo_t about;
  memset(&about, 0, sizeof about);
  if (waitid(P_PID, (id_t)r->child, &about, WEXITED | WNOHANG | WNOWAIT) != 0) return errno != EINTR;
  return about.si_pid == r->child;
}

/* Waits for the child, or for its output, which is read along so that it never blocks on a full pipe. */
static void wait_for(run_t *r) {
  uint64_t deadline = clock_ms() + r->call->limit_ms;
  int open_output = 1;
  for (;;) {
    struct pollfd wait[] = {{r->watch, POLLIN, 0}, {open_output ? r->output : -1, POLLIN, 0}};
    (void)poll(wait, 2, r->watch < 0 ? LOOK_CLOSE_MS : LOOK_MS);
    notify_alive(signals_stopped());
    if (open_output) open_output = drain(r);
    if (has_ended(r)) return;
    if (clock_ms() >= deadline) ask_to_end(r, PROGRAM_TIMEOUT);
    if (r->call->stop != NULL && r->call->stop()) ask_to_end(r, PROGRAM_STOPPED);
    if (r->asked_to_end != 0 && clock_ms() - r->asked_to_end >= GRACE_MS) (void)kill(-r->child, SIGKILL);
  }
}

/* Programs may write anything; a report takes UTF-8 only. */
static void keep_output(const run_t *r, program_end_t *end) {
  size_t from = r->kept > PROGRAM_OUTPUT ? r->kept - PROGRAM_OUTPUT : 0;
  const char *text = r->tail;
  while (from > 0 && from < r->kept && ((unsigned char)text[from] & 0xc0) == 0x80) from++;
  size_t n = 0;
  for (size_t i = from; i < r->kept;) {
    size_t len = sztp__utf8_step(sztp__span(text + i, r->kept - i));
    if (len == 0 || text[i] == '\0') {
      end->output[n++] = '?';
      i++;
      continue;
    }
    memcpy(end->output + n, text + i, len);
    n += len;
    i += len;
  }
  while (n > 0 && (end->output[n - 1] == '\n' || end->output[n - 1] == '\r')) n--;
  end->output[n] = '\0';
  end->output_len = n;
}

/* Services are left by programs that end well. What others leave would go on beside its own undoing. */
static void end_descendants(run_t *r, int why, int status) {
  int well = why == 0 && r->how == PROGRAM_EXITED && WIFEXITED(status) &&
             (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == r->call->warning);
  if (well)
    cgroup_leave(&r->cgroup);
  else
    cgroup_end(&r->cgroup);
  reaper_end(&r->reaper, !well);
}

void program_run(const program_call_t *call, program_end_t *end) {
  run_t r;
  memset(&r, 0, sizeof r);
  memset(end, 0, sizeof *end);
  r.call = call;
  r.how = PROGRAM_EXITED;
  cgroup_make(&r.cgroup);
  if (r.cgroup.path[0] == '\0') reaper_begin(&r.reaper);
  int why = start_child(&r), status = 0;
  if (r.child > 0 && why == 0) {
    wait_for(&r);
    (void)kill(-r.child, SIGKILL); /* processes left in its group end with it */
    (void)drain(&r);
  }
  signals_group(0, -1);
  if (r.child > 0) (void)waitpid(r.child, &status, 0);
  end_descendants(&r, why, status);
  children_end(r.record, call->record);
  close_if_open(r.watch);
  close_if_open(r.output);

  keep_output(&r, end);
  end->how = r.how;
  end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if (why != 0) {
    end->how = PROGRAM_NOT_STARTED;
    end->status = why;
  } else if (r.how == PROGRAM_EXITED && WIFSIGNALED(status)) {
    end->how = PROGRAM_SIGNALLED;
    end->status = WTERMSIG(status);
  }
}
