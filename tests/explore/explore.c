/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the machine through every way that its host may take: depth first, each state met once, with so many
 * faults on a path as are allowed. A session can't be copied, so that each path is walked from its beginning,
 * by the faults that it has; all else goes well.
 *
 *   explore [FAULTS [WORLD]]   (2 faults, 1 where tests take smaller samples; all worlds) */
#include <stdlib.h>
#include <time.h>

#include "common/testing.h"
#include "machine/csr.h"
#include "machine/mock_host.h"
#include "world.h"

#define FAULTS_MAX  4
#define ACTIONS_MAX 2000 /* of a path: more is no end */
#define STARTS_CALM 8

/* The faults of a path: at its AT-th action it goes WAY. */
typedef struct path {
  unsigned count;
  unsigned at[FAULTS_MAX];
  unsigned way[FAULTS_MAX];
} path_t;

typedef struct set {
  uint64_t *slots; /* 0: free */
  size_t mask;
  size_t count;
} set_t;

static struct {
  unsigned faults; /* on a path */
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  world_t world;
  sztp_session_t *session;
  set_t states, ends;
  path_t *waiting; /* paths to walk */
  size_t waiting_count, waiting_room;
  /* of the path that is walked */
  path_t path;
  unsigned passed; /* its faults so far */
  unsigned actions;
  int tells;
  int calm; /* nothing goes wrong any more */
  unsigned long long paths, steps;
  unsigned deepest;
} x;

/* ---- sets of states ------------------------------------------------------------------------------ */

static void set_grow(set_t *set) {
  set_t old = *set;
  set->mask = old.mask == 0 ? 4095 : old.mask * 2 + 1;
  set->slots = calloc(set->mask + 1, sizeof *set->slots);
  if (set->slots == NULL) exit(2);
  for (size_t i = 0; old.slots != NULL && i <= old.mask; i++) {
    size_t at = (size_t)(old.slots[i] & set->mask);
    if (old.slots[i] == 0) continue;
    while (set->slots[at] != 0) at = (at + 1) & set->mask;
    set->slots[at] = old.slots[i];
  }
  free(old.slots);
}

/* 1 if it is new. */
static int set_add(set_t *set, uint64_t key) {
  if (key == 0) key = 1;
  if (set->mask == 0 || set->count * 2 > set->mask) set_grow(set);
  size_t at = (size_t)(key & set->mask);
  for (; set->slots[at] != 0; at = (at + 1) & set->mask)
    if (set->slots[at] == key) return 0;
  set->slots[at] = key;
  set->count++;
  return 1;
}

static void set_free(set_t *set) {
  free(set->slots);
  memset(set, 0, sizeof *set);
}

/* FNV-1a, stirred at the end, for the low bits choose the slot. */
static void put(void *to, const void *data, size_t len) {
  uint64_t *key = to;
  for (size_t i = 0; i < len; i++) *key = (*key ^ ((const uint8_t *)data)[i]) * 1099511628211ULL;
}

static uint64_t stirred(uint64_t key) {
  key ^= key >> 32;
  key *= 0xd6e8feb86659fd93ULL;
  return key ^ key >> 32;
}

/* All of a session that decides how it goes on. What only counts or is shown is left out: tickets, visits,
 * texts; points in time are put as distances. */
static void put_session(const sztp_session_t *s, uint64_t *key) {
#define PUT(field) put(key, &(field), sizeof(field))
  uint32_t trusted = s->verdict == NULL ? 2 : (uint32_t)sztp_verdict_trusted(s->verdict);
  uint64_t give_up = s->report.give_up > s->now ? s->report.give_up - s->now : 0;
  int64_t floor = sztp__ctx_known_floor(s->ctx);
  size_t answers = s->dns.question == NULL ? SIZE_MAX : sztp_dns_answers(s->dns.question);
  size_t tried = s->tried.now == NULL ? 0 : s->tried.now->count;
  size_t tried_last = s->tried.last == NULL ? 0 : s->tried.last->count;
  PUT(s->state);
  PUT(s->started);
  PUT(s->cancelling);
  PUT(s->shortages);
  PUT(s->sources.next);
  PUT(s->sources.current);
  PUT(s->sources.place);
  PUT(s->sources.more);
  PUT(s->dns.sources);
  PUT(s->dns.phase);
  PUT(s->dns.domain_next);
  PUT(s->dns.gave);
  PUT(s->dns.domains_asked);
  PUT(s->dns.domain_count);
  PUT(s->dns.answer_next);
  PUT(s->dns.dropped);
  PUT(answers);
  PUT(tried);
  PUT(tried_last);
  PUT(s->servers.depth);
  for (size_t i = 0; i < s->servers.depth; i++) {
    PUT(s->servers.lists[i].next);
    PUT(s->servers.lists[i].trusted);
    PUT(s->servers.lists[i].provisional);
    PUT(s->servers.lists[i].has_anchor);
  }
  PUT(s->visit.provisional);
  PUT(s->visit.address_count);
  PUT(s->visit.address_next);
  PUT(s->visit.root.len);
  PUT(s->visit.encoding);
  PUT(s->visit.switched);
  PUT(s->visit.has_nonce);
  PUT(s->visit.server_trusted);
  PUT(s->visit.verbose);
  PUT(s->visit.authentication_failed);
  PUT(s->budget);
  PUT(s->retry);
  PUT(s->found.from_server);
  PUT(trusted);
  PUT(s->attempt.active);
  PUT(s->attempt.image_uri);
  PUT(s->attempt.afresh);
  PUT(s->attempt.image_code);
  PUT(s->attempt.stage);
  PUT(s->attempt.ran);
  PUT(s->undo);
  PUT(s->report.type);
  PUT(s->report.required);
  PUT(s->report.attempts);
  PUT(s->report.then);
  PUT(s->report.otherwise);
  PUT(give_up);
  PUT(s->kept.saved.installs);
  PUT(s->kept.saved.begun);
  PUT(s->kept.saved.undo);
  PUT(s->kept.attempts);
  PUT(s->kept.unsaved);
  PUT(s->kept.saved.has_key);
  PUT(s->kept.saved.has_owner);
  PUT(s->kept.key_stuck);
  PUT(s->kept.key_then);
  if (s->csr != NULL) {
    PUT(s->csr->phase);
    PUT(s->csr->step);
    PUT(s->csr->rounds);
    PUT(s->csr->wish.algorithm);
    PUT(s->csr->stated);
    PUT(s->csr->given);
  }
  PUT(s->end.result);
  PUT(s->end.reason);
  PUT(floor);
#undef PUT
}

static uint64_t key_here(const sztp_session_t *s) {
  uint64_t key = 14695981039346656037ULL;
  unsigned left = x.faults - x.passed;
  put(&key, &left, sizeof left);
  if (s != NULL) put_session(s, &key);
  world_put(&x.world, put, &key);
  return stirred(key);
}

/* ---- walking ------------------------------------------------------------------------------------- */

static void later(unsigned at, unsigned way) {
  if (x.waiting_count == x.waiting_room) {
    x.waiting_room = x.waiting_room == 0 ? 1024 : 2 * x.waiting_room;
    x.waiting = realloc(x.waiting, x.waiting_room * sizeof *x.waiting);
    if (x.waiting == NULL) exit(2);
  }
  path_t *p = &x.waiting[x.waiting_count++];
  *p = x.path;
  p->at[p->count] = at;
  p->way[p->count++] = way;
}

/* Which way this action goes; -1 if all that follows has been walked. */
static int choose(const sztp_action_t *a) {
  unsigned at = x.actions++;
  if (x.calm) return 0;
  if (x.passed < x.path.count) {
    if (x.path.at[x.passed] != at) return 0;
    return (int)x.path.way[x.passed++];
  }
  if (x.tells) return 0;
  if (!set_add(&x.states, key_here(x.session))) return -1;
  for (unsigned way = 1; x.passed < x.faults && way < world_ways(a); way++) later(at, way);
  return 0;
}

static void *allocate(void *user, size_t size) {
  (void)user;
  return x.world.short_of_memory > 0 ? NULL : malloc(size);
}

static void *resize(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  return realloc(p, new_size);
}

static void release(void *user, void *p, size_t size) {
  (void)user;
  (void)size;
  free(p);
}

static int32_t fill_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  memset(out, 0x80, len);
  return 0;
}

static int is_end(uint32_t kind) { return kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED; }

static const sztp_action_t *next_action(void) {
  const sztp_action_t *a = NULL;
  for (unsigned calls = 0; calls < 20; calls++) {
    int32_t rc = sztp_session_next(x.session, x.world.now, &a);
    if (rc == SZTP_OK) {
      x.world.short_of_memory = 0;
      return a;
    }
    if (rc != SZTP_ERR_MEMORY) break;
    if (x.world.short_of_memory > 0) x.world.short_of_memory--;
  }
  x.world.fault = "the session gives no action";
  return NULL;
}

static void tell(const sztp_action_t *a, int way) {
  if (!x.tells) return;
  int64_t detail = 0;
  if (sztp_action_i64(a, SZTP_F_PURPOSE, 0, &detail) < 0) (void)sztp_action_i64(a, SZTP_F_STAGE, 0, &detail);
  printf("  %4u %-10s %d %s%s\n", x.actions - 1, sztp_action_name(sztp_action_kind(a)), (int)detail,
         x.calm ? "(calm) " : "", world_way_name(a, (unsigned)way));
}

enum { ENDED, RESTARTS, WALKED };

static void start_session(void) {
  static const uint32_t sources_by_plan[2][3] = {
      {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP4, SZTP_SOURCE_WELL_KNOWN},
      {SZTP_SOURCE_MDNS, SZTP_SOURCE_DNS, SZTP_SOURCE_WELL_KNOWN}};
  world_t *w = &x.world;
  const uint32_t *sources = sources_by_plan[w->plan->dns != 0];
  world_start(w);
  int bad = sztp_device_set_text(x.dev, SZTP_DEVICE_OS_VERSION, w->runs_new ? "5" : "4") < 0 ||
            sztp_session_new(x.ctx, x.dev, &x.session) < 0 ||
            sztp_session_set_unix_clock(x.session, world_clock, w) < 0 ||
            sztp_session_restore(x.session, w->saved, w->saved_len) < 0;
  for (size_t i = 0; !bad && i < 3; i++) bad = sztp_session_add_source(x.session, sources[i]) < 0;
  if (bad) w->fault = "a session can't be started";
}

/* One run of the agent, from its start to its end or to a power cut. */
static int run(void) {
  world_t *w = &x.world;
  int how = RESTARTS;
  start_session();
  while (w->fault == NULL) {
    const sztp_action_t *a = next_action();
    if (a == NULL) break;
    if (is_end(sztp_action_kind(a))) {
      how = world_ended(w, x.session) ? RESTARTS : ENDED;
      if (x.tells)
        printf("       %s: %s\n", sztp_result_name(sztp_session_result(x.session)),
               sztp_session_text(x.session));
      break;
    }
    int way = choose(a);
    if (x.actions > ACTIONS_MAX) w->fault = "no end";
    if (way < 0) how = WALKED;
    if (way < 0) break;
    tell(a, way);
    x.steps++;
    if (world_do(w, x.session, a, (unsigned)way) == WORLD_CUT) {
      world_check_kept(w);
      break;
    }
  }
  return how;
}

static void close_session(void) {
  sztp_session_free(x.session);
  x.session = NULL;
}

/* From the end of a path on the device is left alone: it must come to a good end by itself. */
static void walk_calmly(void) {
  uint32_t result = 0;
  int32_t reason = SZTP_OK;
  if (!x.tells && !set_add(&x.ends, key_here(NULL))) return;
  int was_done = x.world.done;
  x.calm = 1;
  world_calm(&x.world);
  for (unsigned start = 0; start < STARTS_CALM && x.world.fault == NULL; start++) {
    int how = run();
    result = sztp_session_result(x.session);
    reason = sztp_session_reason(x.session);
    close_session();
    if (how == ENDED) break;
  }
  if (x.world.fault == NULL) world_check_calm(&x.world, was_done, result, reason);
}

static void walk(const world_plan_t *plan, const path_t *path) {
  int how = RESTARTS;
  x.path = *path;
  x.passed = x.actions = 0;
  x.calm = 0;
  sztp__ctx_set_known_floor(x.ctx, 0);
  world_new(&x.world, plan);
  while (how == RESTARTS && x.world.fault == NULL) {
    how = run();
    close_session();
  }
  x.paths++;
  if (x.actions > x.deepest) x.deepest = x.actions;
  if (how == ENDED && x.world.fault == NULL) walk_calmly();
}

/* ---- worlds -------------------------------------------------------------------------------------- */

static void add_cert(uint32_t role, const char *name) {
  sztp__blob_t pem = pki_file(name);
  if (sztp_device_add_cert(x.dev, role, pem.data, pem.len) < 0) exit(2);
  free(pem.data);
}

static void want_signatures(void) {
  sztp__blob_t pem = pki_file("mfr-root.pem");
  if (sztp_device_add_firmware_anchors(x.dev, pem.data, pem.len) < 0 ||
      sztp_device_set_i64(x.dev, SZTP_POLICY_IMAGE_BOTH, 1) < 0)
    exit(2);
  free(pem.data);
}

static void open_device(const world_plan_t *plan) {
  sztp_allocator_t allocator = {
      .struct_size = (uint32_t)sizeof allocator, .alloc = allocate, .resize = resize, .release = release};
  if (sztp_ctx_new(&allocator, &x.ctx) < 0 || sztp_ctx_set_random(x.ctx, fill_random, NULL) < 0 ||
      sztp_device_new(x.ctx, &x.dev) < 0)
    exit(2);
  add_cert(SZTP_CERT_IDENTITY, "idevid.pem");
  add_cert(SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
  add_cert(SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  if (plan->both) want_signatures();
  if (sztp_device_set_text(x.dev, SZTP_DEVICE_OS_NAME, "ExampleOS") < 0 ||
      sztp_device_set_i64(x.dev, SZTP_POLICY_MAX_PASSES, 2) < 0 ||
      sztp_device_add_server(x.dev, "first.example", 443) < 0 ||
      (plan->csr && sztp_device_set_csr(x.dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256) < 0) ||
      (plan->evidence && sztp_device_set_i64(x.dev, SZTP_POLICY_EVIDENCE, 3) < 0) ||
      (plan->second && sztp_device_add_server(x.dev, "second.example", 443) < 0))
    exit(2);
}

static void close_device(void) {
  sztp_device_free(x.dev);
  sztp_ctx_free(x.ctx);
}

/* Walks the path once more, telling. */
static void tell_path(const world_plan_t *plan, const path_t *path) {
  const char *fault = x.world.fault;
  printf("FAULT in world \"%s\": %s\n", plan->name, fault);
  x.tells = 1;
  walk(plan, path);
  x.tells = 0;
}

static int explore(const world_plan_t *plan) {
  clock_t begin = clock();
  path_t path = {0, {0}, {0}};
  x.paths = x.steps = 0;
  x.deepest = 0;
  open_device(plan);
  walk(plan, &path);
  while (x.waiting_count > 0 && x.world.fault == NULL) {
    path = x.waiting[--x.waiting_count];
    walk(plan, &path);
  }
  int bad = x.world.fault != NULL;
  if (bad) tell_path(plan, &path);
  printf("%-12s %9zu states %9llu paths %7zu ends %10llu actions, the longest path has %4u; %.1f s\n",
         plan->name, x.states.count, x.paths, x.ends.count, x.steps, x.deepest,
         (double)(clock() - begin) / CLOCKS_PER_SEC);
  set_free(&x.states);
  set_free(&x.ends);
  x.waiting_count = 0;
  close_device();
  return bad;
}

int main(int argc, char **argv) {
  unsigned good = 0;
  unsigned bad = 0;
  x.faults = argc > 1 ? (unsigned)atoi(argv[1]) : TEST_SAMPLE <= 3 ? 2 : 1;
  if (x.faults > FAULTS_MAX) x.faults = FAULTS_MAX;
  world_prepare();
  printf("every way of the host, with %u faults at most\n", x.faults);
  for (size_t i = 0; i < WORLD_PLAN_COUNT; i++)
    if (argc < 3 || strcmp(argv[2], WORLD_PLANS[i].name) == 0) explore(&WORLD_PLANS[i]) ? bad++ : good++;
  free(x.waiting);
  printf("%u passed, %u failed\n", good, bad);
  return bad > 0 || good == 0;
}
