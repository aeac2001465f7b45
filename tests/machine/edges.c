/* SPDX-License-Identifier: Apache-2.0 */
/* Every way that a test takes must be one that lib/machine/states.h lists. With SZTP_EDGES each is written to
 * the file of that name, to which all test programs add, for scripts/machine-doc --taken. */
#include "edges.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/testing.h"

#define BIT(NAME) | (uint64_t)1 << SZTP__ST_##NAME

/* What a progress report may be followed by. */
#define NOWHERE
#define TO(NAME)
#define REPORTS(NAME)                                                     BIT(NAME)
#define AFTER_REPORT(NAME, name, does, asks, hears, goes, cancel, memory) goes
static const uint64_t after_report = 0 SZTP__STATES(AFTER_REPORT);
#define REPORTS_OF(NAME, name, does, asks, hears, goes, cancel, memory) 0 goes,
static const uint64_t REPORTED[] = {SZTP__STATES(REPORTS_OF)};
#undef REPORTS_OF
#undef AFTER_REPORT
#undef REPORTS
#undef TO

static const struct {
  const char *name;
  uint64_t to;
  uint64_t asks; /* bit n: SZTP_ACTION_* n */
  int may_cancel;
} STATES[] = {
#define NOTHING
#define ASKS(KIND)            | (uint64_t)1 << SZTP_ACTION_##KIND
#define TO(NAME)              BIT(NAME)
#define REPORTS(NAME)         BIT(NAME) BIT(REPORT)
#define STAYS                 0
#define ENDS                  0 BIT(END)
#define UNDOES                0 BIT(ROLLBACK)
#define EITHER                0 BIT(END) BIT(ROLLBACK)
#define KEEPS                 0
#define DROPS(NAME)           0 BIT(NAME)
#define SKIPS(function, NAME) 0 BIT(NAME)
#define ROW(NAME, name, does, asks, hears, goes, cancel, memory)                                             \
  {#NAME, (0 goes) | (cancel) | (memory), 0 asks, (cancel) != 0},
    SZTP__STATES(ROW)
#undef ROW
};

static uint64_t seen[SZTP__ST_COUNT];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER; /* sessions run in several threads */

void (*edges_watch)(void *user, sztp_session_t *s, sztp__state_t state);
void *edges_user;

void __wrap_sztp__goto(sztp_session_t *s, sztp__state_t state);
void __real_sztp__goto(sztp_session_t *s, sztp__state_t state);

const char *edges_state_name(sztp__state_t state) { return STATES[state].name; }

int edges_may_cancel(sztp__state_t state) { return STATES[state].may_cancel; }

void edges_expect_asked(const sztp_session_t *s, uint32_t kind) {
  if ((STATES[s->state].asks >> kind & 1) == 0)
    fail_msg("%s asks for \"%s\", which is not listed in lib/machine/states.h", STATES[s->state].name,
             sztp_action_name(kind));
}

static void write_line(const char *between, sztp__state_t from, sztp__state_t to) {
  char line[100];
  const char *path = getenv("SZTP_EDGES");
  if (path == NULL) return;
  int len = snprintf(line, sizeof line, "%s %s%s\n", STATES[from].name, between, STATES[to].name);
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  assert_true(file >= 0);
  assert_int_equal(write(file, line, (size_t)len), len);
  (void)close(file);
}

static void write_edge(sztp__state_t from, sztp__state_t to) { write_line("", from, to); }

static void write_report(sztp__state_t from, sztp__state_t to) {
  static uint64_t written[SZTP__ST_COUNT];
  uint64_t bit = (uint64_t)1 << to;
  if ((__atomic_fetch_or(&written[from], bit, __ATOMIC_RELAXED) & bit) == 0) write_line("reports ", from, to);
}

/* A report goes on to what its state lists, be it heard or not. Where it was asked for is known as it begins;
 * as it ends, by the two ways that it may go on. */
static void look_at_report(const sztp_session_t *s, sztp__state_t from, sztp__state_t state) {
  const sztp__report_t *r = &s->report;
  if (state == SZTP__ST_REPORT && from != SZTP__ST_REPORT && from != SZTP__ST_REPORT_PAUSE) {
    if ((REPORTED[from] >> r->then & 1) == 0)
      fail_msg("%s reports and goes on to %s, which is not listed in lib/machine/states.h", STATES[from].name,
               STATES[r->then].name);
    write_report(from, r->then);
  }
  if (from != SZTP__ST_REPORT || r->otherwise == r->then || state != r->otherwise) return;
  for (sztp__state_t i = (sztp__state_t)0; i < SZTP__ST_COUNT; i = (sztp__state_t)(i + 1))
    if ((REPORTED[i] >> r->then & REPORTED[i] >> state & 1) != 0) write_report(i, state);
}

void __wrap_sztp__goto(sztp_session_t *s, sztp__state_t state) {
  sztp__state_t from = s->state;
  look_at_report(s, from, state);
  uint64_t listed = STATES[from].to | (from == SZTP__ST_REPORT ? after_report : 0);
  if ((listed >> state & 1) == 0)
    fail_msg("%s -> %s is not listed in lib/machine/states.h", STATES[from].name, STATES[state].name);
  (void)pthread_mutex_lock(&seen_lock);
  if ((seen[from] >> state & 1) == 0) write_edge(from, state);
  seen[from] |= (uint64_t)1 << state;
  (void)pthread_mutex_unlock(&seen_lock);
  __real_sztp__goto(s, state);
  if (edges_watch != NULL) edges_watch(edges_user, s, state);
}
