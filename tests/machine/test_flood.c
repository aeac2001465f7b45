/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile link: false answers of every kind beside the true one, from DHCP or multicast DNS, before it or
 * after it. How soon the true server is reached, what a pass costs, and that sources which nobody on the link
 * can write to have their turn (DISC-12, D-12). */
#include "common/dns_message.h"
#include "mock_host.h"

#define TRUE_HOST  "true.example"
#define KNOWN_HOST "known.example"
#define ROGUES     64
#define SEEDS      1000
#define PASSES     2
#define SERVER_MS  20000 /* that a server may take which proves nothing */

/* What a false server is like. */
enum { DEAD, REFUSES, TARPIT, SLOW_TWICE, NO_DATA, LIES, KINDS };

typedef struct flood {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_session_t *s;
  uint32_t source;
  unsigned rogues;
  unsigned entries; /* of each false answer */
  int only;         /* of this kind are all of them; -1: of all kinds */
  unsigned true_at; /* among the answers */
  uint64_t random;
  uint64_t now;
  unsigned pass;
  unsigned reached; /* in which pass the true server was, from 1; 0: never */
  unsigned known;   /* passes in which the well-known server was */
  uint64_t longest; /* pass */
  uint64_t began;
  unsigned heard;       /* answers of DHCP in this pass */
  unsigned heard_first; /* of them, when the true server was reached first */
  int moves;            /* the false servers have other names in each pass */
} flood_t;

static uint64_t next_random(flood_t *f) { /* splitmix64 */
  uint64_t z = (f->random += 0x9e3779b97f4a7c15u);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static int32_t fill_random(void *user, uint8_t *out, size_t len) {
  for (size_t i = 0; i < len; i++) out[i] = (uint8_t)(next_random(user) >> 56);
  return 0;
}

static int64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return value;
}

static const char *text(const sztp_action_t *a, uint32_t field) {
  const uint8_t *data = (const uint8_t *)"";
  size_t len = 0;
  (void)sztp_action_bytes(a, field, 0, &data, &len);
  return (const char *)data;
}

/* The name of the @p entry-th server of an answer. */
static void name_of(const flood_t *f, unsigned answer, unsigned entry, char *out, size_t cap) {
  if (answer == f->true_at)
    (void)snprintf(out, cap, "%s", TRUE_HOST);
  else
    (void)snprintf(out, cap, "r%u-%u-%u.example", answer, entry, f->moves ? f->pass : 0);
}

static unsigned entries_of(const flood_t *f, unsigned answer) {
  return answer == f->true_at ? 1 : f->entries;
}

static uint32_t give_dhcp(flood_t *f, const sztp_action_t *a) {
  uint8_t option[8192];
  size_t len = 0;
  unsigned answer = (unsigned)number(a, SZTP_F_INDEX);
  f->heard++;
  for (unsigned i = 0; i < entries_of(f, answer); i++) {
    char uri[80] = "https://";
    name_of(f, answer, i, uri + 8, sizeof uri - 8);
    size_t n = strlen(uri);
    option[len++] = 0;
    option[len++] = (uint8_t)n;
    memcpy(option + len, uri, n);
    len += n;
  }
  uint64_t ticket = sztp_action_ticket(a);
  assert_int_equal(sztp_reply_bytes(f->s, ticket, SZTP_F_DATA, option, len), SZTP_OK);
  assert_int_equal(sztp_reply_i64(f->s, ticket, SZTP_F_MORE, answer < f->rogues), SZTP_OK);
  return SZTP_OUTCOME_OK;
}

static uint32_t give_dns(flood_t *f, const sztp_action_t *a) {
  static dns_message_t m;
  if (number(a, SZTP_F_TYPE) != SZTP_DNS_SRV || number(a, SZTP_F_SOURCE) != SZTP_SOURCE_MDNS)
    return SZTP_OUTCOME_NOTHING;
  for (unsigned answer = 0; answer <= f->rogues; answer++) {
    char from[40];
    uint32_t then = 0;
    (void)snprintf(from, sizeof from, "10.0.%u.%u%%eth0", answer >> 8, answer & 255);
    dns_begin(&m, 0, DNS_RESPONSE);
    for (unsigned i = 0; i < entries_of(f, answer); i++) {
      char host[80];
      name_of(f, answer, i, host, sizeof host);
      dns_srv(&m, "_sztp._tcp.local", 1, 1, 443, host);
    }
    assert_int_equal(sztp_reply_answer(f->s, sztp_action_ticket(a), from, strlen(from), m.data, m.len, &then),
                     SZTP_OK);
  }
  return SZTP_OUTCOME_OK;
}

static uint32_t reply_status(flood_t *f, const sztp_action_t *a, int64_t status) {
  assert_int_equal(sztp_reply_i64(f->s, sztp_action_ticket(a), SZTP_F_STATUS, status), SZTP_OK);
  return SZTP_OUTCOME_OK;
}

static int kind_of(const flood_t *f, const char *host) {
  return f->only >= 0 ? f->only : (int)(strtoul(host + 1, NULL, 10) % KINDS);
}

static uint32_t fetch(flood_t *f, const sztp_action_t *a) {
  static const char redirect[] =
      "{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"MAA=\"}}";
  const char *host = text(a, SZTP_F_NAME);
  uint64_t deadline = (uint64_t)number(a, SZTP_F_DEADLINE);
  if (strcmp(host, KNOWN_HOST) == 0) {
    if (number(a, SZTP_F_PURPOSE) == SZTP_FETCH_ROOT) f->known++;
    return SZTP_OUTCOME_FAILED;
  }
  assert_true(deadline - f->now <= SERVER_MS);
  if (strcmp(host, TRUE_HOST) == 0) {
    if (f->reached == 0) {
      f->reached = f->pass;
      f->heard_first = f->heard;
    }
    return SZTP_OUTCOME_FAILED;
  }
  switch (kind_of(f, host)) {
  case DEAD: f->now += 10000; return SZTP_OUTCOME_TIMEOUT;
  case REFUSES: return SZTP_OUTCOME_FAILED;
  case TARPIT: f->now = deadline; return SZTP_OUTCOME_TIMEOUT;
  case SLOW_TWICE:
    f->now = f->now + 19000 < deadline ? f->now + 19000 : deadline;
    return reply_status(f, a, 404);
  case NO_DATA: return reply_status(f, a, 404);
  default:
    (void)reply_status(f, a, 200);
    if (number(a, SZTP_F_PURPOSE) != SZTP_FETCH_DATA) return SZTP_OUTCOME_OK;
    assert_int_equal(sztp_reply_bytes(f->s, sztp_action_ticket(a), SZTP_F_CONTENT_TYPE,
                                      (const uint8_t *)"application/yang-data+json", 26),
                     SZTP_OK);
    assert_int_equal(
        sztp_reply_write(f->s, sztp_action_ticket(a), (const uint8_t *)redirect, sizeof redirect - 1),
        SZTP_OK);
    return SZTP_OUTCOME_OK;
  }
}

static void end_pass(flood_t *f) {
  if (f->pass > 0 && f->now - f->began > f->longest) f->longest = f->now - f->began;
}

static uint32_t answer(flood_t *f, const sztp_action_t *a) {
  static const char address[] = "192.0.2.1";
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED:
    f->pass++;
    f->heard = 0;
    f->began = f->now;
    return SZTP_OUTCOME_NOTHING;
  case SZTP_ACTION_DISCOVER:
    return number(a, SZTP_F_SOURCE) == f->source ? give_dhcp(f, a) : (uint32_t)SZTP_OUTCOME_NOTHING;
  case SZTP_ACTION_ASK:
    return f->source == SZTP_SOURCE_MDNS ? give_dns(f, a) : (uint32_t)SZTP_OUTCOME_NOTHING;
  case SZTP_ACTION_RESOLVE:
    assert_int_equal(sztp_reply_bytes(f->s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)address,
                                      sizeof address - 1),
                     SZTP_OK);
    return SZTP_OUTCOME_OK;
  case SZTP_ACTION_FETCH: return fetch(f, a);
  case SZTP_ACTION_WAIT:
    end_pass(f);
    f->now = (uint64_t)number(a, SZTP_F_DEADLINE);
    return SZTP_OUTCOME_OK;
  default: return SZTP_OUTCOME_NOTHING;
  }
}

static void run(flood_t *f, unsigned passes) {
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_device_set_i64(f->dev, SZTP_POLICY_MAX_PASSES, passes), SZTP_OK);
  assert_int_equal(sztp_session_new(f->ctx, f->dev, &f->s), SZTP_OK);
  f->pass = f->reached = f->known = 0;
  f->longest = 0;
  for (;;) {
    assert_int_equal(sztp_session_next(f->s, f->now, &a), SZTP_OK);
    if (sztp_action_kind(a) == SZTP_ACTION_FAILED) break;
    uint64_t ticket = sztp_action_ticket(a);
    uint32_t outcome = answer(f, a);
    assert_int_equal(sztp_reply_end(f->s, ticket, outcome), SZTP_OK);
  }
  end_pass(f);
  sztp_session_free(f->s);
}

static void open_flood(flood_t *f) {
  memset(f, 0, sizeof *f);
  f->ctx = test_ctx_new(&f->memory);
  assert_int_equal(sztp_ctx_set_random(f->ctx, fill_random, f), SZTP_OK);
  assert_int_equal(sztp_device_new(f->ctx, &f->dev), SZTP_OK);
  test_add_cert(f->dev, SZTP_CERT_IDENTITY, "idevid.pem");
  test_add_cert(f->dev, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
  test_add_cert(f->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_add_server(f->dev, KNOWN_HOST, 443), SZTP_OK);
  f->rogues = ROGUES;
  f->entries = 1;
  f->only = -1;
}

static void close_flood(flood_t *f) {
  sztp_device_free(f->dev);
  test_ctx_free(&f->memory, f->ctx);
}

/* DISC-12: with 64 false answers on the link, of all kinds, of tarpits alone or each with 8 servers, the true
 * server is reached in 99 of 100 runs within two passes; the well-known server is reached in every pass; and
 * no pass takes longer than its budget of addresses with 20 s each, the name look-ups included. */
static void test_true_server_is_reached(void **state) {
  static const uint32_t sources[] = {SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4, SZTP_SOURCE_MDNS};
  static const struct {
    int only;
    unsigned entries;
  } links[] = {{-1, 1}, {-1, 8}, {TARPIT, 1}, {TARPIT, 8}, {SLOW_TWICE, 1}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(sources); i++)
    for (size_t l = 0; l < TEST_COUNT_OF(links); l++) {
      static flood_t f;
      unsigned first = 0, within = 0, seeds = SEEDS / (unsigned)TEST_COUNT_OF(links);
      open_flood(&f);
      f.source = sources[i];
      f.only = links[l].only;
      f.entries = links[l].entries;
      for (unsigned seed = 0; seed < seeds; seed++) {
        f.random = seed;
        f.true_at = (unsigned)(next_random(&f) % (ROGUES + 1));
        run(&f, PASSES);
        first += f.reached == 1;
        within += f.reached != 0;
        assert_int_equal(f.known, PASSES);
        assert_true(f.longest <= 65 * SERVER_MS);
      }
      print_message("%-5s %s of %u: %u of %u in the first pass, %u within two; the last pass took %u s\n",
                    sztp_source_name(sources[i]),
                    links[l].only == TARPIT       ? "tarpits"
                    : links[l].only == SLOW_TWICE ? "slow ones"
                                                  : "all kinds",
                    links[l].entries, first, seeds, within, (unsigned)(f.longest / 1000));
      assert_true(within * 100 >= seeds * 99);
      close_flood(&f);
    }
}

/* DISC-12: what names other servers in each pass can't be remembered: chance alone decides, in each pass anew
 */
static void test_moving_rogues(void **state) {
  (void)state;
  static flood_t f;
  unsigned within = 0;
  open_flood(&f);
  f.source = SZTP_SOURCE_DHCP4;
  f.moves = 1;
  for (unsigned seed = 0; seed < 100; seed++) {
    f.random = seed;
    f.true_at = ROGUES;
    run(&f, 5);
    within += f.reached != 0;
    assert_int_equal(f.known, 5);
  }
  assert_true(within >= 95);
  close_flood(&f);
}

/* DISC-12: whoever answers first, or last, has no advantage: in the first pass the true one is reached as
 * often */
static void test_place_does_not_matter(void **state) {
  static const unsigned places[] = {0, ROGUES / 2, ROGUES};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(places); i++) {
    static flood_t f;
    unsigned first = 0;
    open_flood(&f);
    f.source = SZTP_SOURCE_MDNS;
    for (unsigned seed = 0; seed < 300; seed++) {
      f.random = seed;
      f.true_at = places[i];
      run(&f, 1);
      first += f.reached != 0;
    }
    assert_in_range(first, 300 * 40 / 65 - 40, 300 * 40 / 65 + 40);
    close_flood(&f);
  }
}

/* D-12: the first answer of DHCP is tried before others are waited for, if only a little; one that led
 * nowhere is not tried first again */
static void test_first_answer(void **state) {
  (void)state;
  static flood_t f;
  open_flood(&f);
  f.source = SZTP_SOURCE_DHCP4;
  f.rogues = 3;
  run(&f, 1);
  assert_int_equal(f.reached, 1);
  assert_int_equal(f.heard_first, 1);
  assert_int_equal(f.heard, 4);
  f.true_at = 1;
  f.entries = 60; /* of the first answer alone they would take all that the source may have */
  f.only = TARPIT;
  run(&f, 2);
  assert_int_equal(f.reached, 1);
  assert_int_equal(f.heard_first, 4);
  close_flood(&f);
}

/* D-12: a server that has proven nothing gets 20 s for all that it is asked, at all of its addresses; or as
 * much as is set; also where it might prove itself by an anchor (D-130) */
static void test_time_of_a_server(void **state) {
  (void)state;
  for (int64_t anchors = 0; anchors < 2; anchors++)
    for (int64_t ms = 5000; ms <= SERVER_MS; ms += 5000) {
      static flood_t f;
      open_flood(&f);
      f.source = SZTP_SOURCE_DHCP4;
      f.only = SLOW_TWICE;
      f.rogues = 1;
      f.true_at = 1;
      assert_int_equal(sztp_device_set_i64(f.dev, SZTP_POLICY_DHCP_ANCHORS, anchors), SZTP_OK);
      assert_int_equal(sztp_ctx_set_i64(f.ctx, SZTP_LIMIT_UNPROVEN_MS, ms), SZTP_OK);
      run(&f, 1);
      assert_int_equal(f.longest, ms);
      assert_int_equal(f.reached, 1);
      close_flood(&f);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_true_server_is_reached), cmocka_unit_test(test_moving_rogues),
      cmocka_unit_test(test_place_does_not_matter),  cmocka_unit_test(test_first_answer),
      cmocka_unit_test(test_time_of_a_server),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
