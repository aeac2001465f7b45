/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources (DNS, DISC, TRUST groups): which questions are asked, in which order, what
 * the answers lead to, and that nobody on the link can hold a device up. */
#define _POSIX_C_SOURCE 200809L
#include "../common/dns_message.h"
#include "mock_host.h"

#define ASK_TXT "ask mdns TXT\n"
#define ASK_SRV "ask mdns SRV\n"
#define STAGES  "pre-script pre\nmerge config\npost-script post\n"

/* One message that comes back to a question. */
typedef struct answer {
  const char *to;   /* "mdns TXT", "dns SRV example.net" */
  const char *from; /* the responder, or NULL for unicast */
  void (*make)(dns_message_t *m, const char *owner, const void *what);
  const void *what;
  int32_t rc; /* what the host hears */
} answer_t;

/* A network with DNS. */
typedef struct net {
  mock_host_t mock;
  const answer_t *answers;
  size_t count;
  const char *domains; /* that the host names, separated by spaces; NULL: NOTHING */
  uint32_t outcome;    /* of a question without answer */
  const char *message; /* that goes with it */
  unsigned ids[32];    /* of unicast questions */
  size_t id_count;
  int quiet; /* questions are not traced */
} net_t;

static const uint32_t BOTH[] = {SZTP_SOURCE_MDNS, SZTP_SOURCE_DNS};

static net_t *open_net(int runner, const answer_t *answers, size_t count) {
  net_t *net = malloc(sizeof *net);
  memset(net, 0, sizeof *net);
  mock_open(&net->mock, runner);
  net->answers = answers;
  net->count = count;
  net->outcome = SZTP_OUTCOME_NOTHING;
  net->mock.flag = "10";
  net->mock.sources = BOTH;
  net->mock.source_count = 2;
  return net;
}
#define OPEN(runner, answers) open_net(runner, answers, TEST_COUNT_OF(answers))

static void done(net_t *net) {
  mock_close(&net->mock);
  free(net);
}

static void note(net_t *net, const char *what) {
  size_t at = strlen(net->mock.trace);
  if (!net->quiet) (void)snprintf(net->mock.trace + at, sizeof net->mock.trace - at, "ask %s\n", what);
}

static const uint8_t *bytes(const sztp_action_t *a, uint32_t field, size_t *len) {
  const uint8_t *data = NULL;
  assert_int_equal(sztp_action_bytes(a, field, 0, &data, len), 0);
  return data;
}

/* A call that failed for want of memory is made again. */
static int32_t give(sztp_session_t *s, const sztp_action_t *a, uint32_t field, const void *data, size_t len) {
  int32_t rc = sztp_reply_bytes(s, sztp_action_ticket(a), field, data, len);
  if (rc == SZTP_ERR_MEMORY) rc = sztp_reply_bytes(s, sztp_action_ticket(a), field, data, len);
  return rc;
}

static uint32_t name_domains(net_t *net, sztp_session_t *s, const sztp_action_t *a) {
  char list[512];
  note(net, "domains");
  if (net->domains == NULL) return SZTP_OUTCOME_NOTHING;
  (void)snprintf(list, sizeof list, "%s", net->domains);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " "))
    assert_int_equal(give(s, a, SZTP_F_NAME, word, strlen(word)), 0);
  return SZTP_OUTCOME_OK;
}

/* DNS-03, DNS-05, DNS-23: the octets are those that the question's name asks for. */
static void check_octets(net_t *net, uint32_t type, int multicast, const char *name, const uint8_t *data,
                         size_t len) {
  dns_message_t *m = malloc(sizeof *m);
  dns_begin(m, multicast ? 0 : (unsigned)(data[0] << 8 | data[1]), multicast ? 0 : 0x0100);
  dns_question(m, name, type, multicast ? DNS_IN_FLUSH : DNS_IN);
  if (!multicast) {
    m->data[11] = 1;
    dns_octets(m, "\0\0\x29\x04\xd0\0\0\0\0\0\0", 11);
    if (net->id_count < TEST_COUNT_OF(net->ids))
      net->ids[net->id_count++] = (unsigned)(data[0] << 8 | data[1]);
  }
  assert_int_equal(len, m->len);
  assert_memory_equal(data, m->data, len);
  free(m);
}

static uint32_t discover(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  net_t *net = (net_t *)mock->discover_user;
  int64_t source = 0, type = 0;
  char what[160], owner[SZTP_DNS_TEXT_MAX];
  size_t len = 0, name_len = 0;
  uint32_t outcome = net->outcome;
  (void)sztp_action_i64(a, SZTP_F_SOURCE, 0, &source);
  if (sztp_action_i64(a, SZTP_F_MODE, 0, &type) < 0) {
    assert_int_equal(sztp_action_count(a, SZTP_F_NAME) + sztp_action_count(a, SZTP_F_DATA), 0);
    return name_domains(net, s, a);
  }
  const uint8_t *name = bytes(a, SZTP_F_NAME, &name_len);
  assert_true(name_len < sizeof owner);
  memcpy(owner, name, name_len + 1);
  const uint8_t *data = bytes(a, SZTP_F_DATA, &len);
  const char *mark = type == SZTP_DNS_SRV ? "_sztp._tcp." : "._sztp.";
  const char *domain = strstr(owner, mark);
  int multicast = source == SZTP_SOURCE_MDNS;
  assert_non_null(domain);
  domain += strlen(mark);
  if (multicast) assert_string_equal(domain, "local.");
  check_octets(net, (uint32_t)type, multicast, owner, data, len);
  (void)snprintf(what, sizeof what, "%s %s%s%.*s", multicast ? "mdns" : "dns",
                 type == SZTP_DNS_SRV ? "SRV" : "TXT", multicast ? "" : " ",
                 multicast ? 0 : (int)strlen(domain) - 1, domain);
  note(net, what);
  owner[name_len - 1] = 0; /* without the dot at the end */
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < net->count; i++) {
    const answer_t *answer = &net->answers[i];
    if (strcmp(answer->to, what) != 0) continue;
    dns_reply(m, data, len, DNS_RESPONSE);
    answer->make(m, owner, answer->what);
    if (answer->from != NULL)
      assert_int_equal(give(s, a, SZTP_F_ADDRESS, answer->from, strlen(answer->from)), 0);
    int32_t rc = give(s, a, SZTP_F_DATA, m->data, m->len);
    if (rc != SZTP_ERR_MEMORY) assert_int_equal(rc, answer->rc);
    outcome = SZTP_OUTCOME_OK;
  }
  free(m);
  if (outcome != SZTP_OUTCOME_OK && net->message != NULL)
    (void)give(s, a, SZTP_F_MESSAGE, net->message, strlen(net->message));
  return outcome;
}

static uint32_t run(net_t *net) {
  net->mock.discover = discover;
  net->mock.discover_user = net;
  return mock_run(&net->mock);
}

/* ---- what is answered ---------------------------------------------------------------------------- */

static void txt(dns_message_t *m, const char *owner, const char *key, artifact_blob_t value) {
  if (value.data != NULL) dns_txt(m, owner, key, value.data, value.len, 255);
}

/* Artifacts around a document: signed by the owner, or in clear. */
static void signed_txt(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ov", owner_artifacts()->voucher);
  txt(m, owner, "ci", artifact_conveyed(document, "owner"));
  txt(m, owner, "oc", owner_artifacts()->owner_cert);
}
static void plain_txt(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ci", artifact_conveyed(document, NULL));
}
/* One part of a set, in a message of its own: "ci", "oc" or "ov". */
static void part_txt(dns_message_t *m, const char *owner, const void *key) {
  const char *k = key;
  txt(m, owner, k,
      k[0] == 'c'   ? artifact_conveyed(MOCK_ONBOARDING, "owner")
      : k[1] == 'c' ? owner_artifacts()->owner_cert
                    : owner_artifacts()->voucher);
}
static void without_voucher(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ci", artifact_conveyed(document, "owner"));
  txt(m, owner, "oc", owner_artifacts()->owner_cert);
}
static void two_values(dns_message_t *m, const char *owner, const void *what) {
  (void)what;
  signed_txt(m, owner, MOCK_ONBOARDING);
  dns_txt(m, owner, "ov", "0\3another", 9, 255);
}
static void garbage(dns_message_t *m, const char *owner, const void *what) {
  (void)owner;
  (void)what;
  m->data[7] = 9; /* nine answers, of which none is there */
}
/* "PRIORITY PORT TARGET[=ADDRESS...]; ..." with IPv4 addresses. */
static void srv(dns_message_t *m, const char *owner, const void *what) {
  char list[4096], *outer = NULL;
  for (int addresses = 0; addresses < 2; addresses++) {
    (void)snprintf(list, sizeof list, "%s", (const char *)what);
    for (char *entry = strtok_r(list, ";", &outer); entry != NULL; entry = strtok_r(NULL, ";", &outer)) {
      unsigned priority = 0, port = 0;
      char target[256];
      assert_int_equal(sscanf(entry, "%u %u %255s", &priority, &port, target), 3);
      char *inner = NULL;
      char *host = strtok_r(target, "=", &inner);
      if (!addresses) dns_srv(m, owner, priority, 0, port, strcmp(host, ".") == 0 ? "" : host);
      for (char *at = strtok_r(NULL, ",", &inner); addresses && at != NULL;
           at = strtok_r(NULL, ",", &inner)) {
        unsigned a, b, c, d;
        assert_int_equal(sscanf(at, "%u.%u.%u.%u", &a, &b, &c, &d), 4);
        uint8_t octets[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};
        dns_address(m, DNS_ADDITIONAL, host, octets, 4);
      }
    }
  }
}
static void flags(dns_message_t *m, const char *owner, const void *what) {
  (void)owner;
  const uint8_t *octets = what;
  m->data[2] = octets[0];
  m->data[3] = octets[1];
}

#define FROM(address) "192.0.2." address "%eth0"

/* ---- the order of questions ---------------------------------------------------------------------- */

/* DNS-01, DNS-06 (D-17), DNS-20, DISC-05: nothing answers: all of TXT before any SRV, multicast first; and
 * nobody looks up a domain itself */
static void test_order(void **state) {
  static const uint32_t backwards[] = {SZTP_SOURCE_DNS, SZTP_SOURCE_MDNS};
  static const uint32_t apart[] = {SZTP_SOURCE_DNS, SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_MDNS};
  static const uint32_t alone[] = {SZTP_SOURCE_MDNS};
  static const struct {
    const uint32_t *sources;
    size_t count;
    const char *trace;
  } cases[] = {
      {BOTH, 2,
       ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
               "ask dns SRV a.example\nask dns SRV b.example\n"},
      {backwards, 2,
       ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
               "ask dns SRV a.example\nask dns SRV b.example\n"},
      {apart, 3,
       "ask dns TXT a.example\nask dns TXT b.example\nask dns SRV a.example\nask dns SRV b.example\n"
       "ask domains\n" ASK_TXT ASK_SRV},
      {alone, 1, ASK_TXT ASK_SRV},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    net_t *net = open_net((int)(i & 1), NULL, 0);
    net->mock.sources = cases[i].sources;
    net->mock.source_count = cases[i].count;
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "b.example."), 0);
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(net->mock.reason, SZTP_ERR_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, cases[i].trace);
    done(net);
  }
}

/* DNS-06, DISC-11: domains that the host learns; without one, or without a resolver, there are no unicast
 * questions */
static void test_domains(void **state) {
  (void)state;
  net_t *net = open_net(0, NULL, 0);
  assert_int_equal(sztp_device_set_i64(net->mock.dev, SZTP_POLICY_MAX_PASSES, 2), 0);
  net->mock.flag = "1";
  net->domains = "a.example b.example A.EXAMPLE."; /* the same again counts once */
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  static const char pass[] = ASK_TXT "ask domains\nask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
                                     "ask dns SRV a.example\nask dns SRV b.example\n";
  char twice[2 * sizeof pass];
  (void)snprintf(twice, sizeof twice, "%s%s", pass, pass); /* anew in each pass */
  mock_expect(&net->mock, twice);
  done(net);
  net = open_net(1, NULL, 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "ask domains\n" ASK_SRV);
  done(net);
  net = open_net(1, NULL, 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  net->message = "no answer in 3 s\n";
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(net->mock.log, "multicast DNS: no answer in 3 s?\n"));
  assert_non_null(strstr(net->mock.log, "DNS a.example: no answer in 3 s?\n"));
  done(net);
}

/* What is no domain, one too many, one that is too long to ask in, and multicast's own, which no DNS server
 * must hear of (RFC 6762 22.1) */
static void test_bad_domains(void **state) {
  static const char *const bad[] = {"", ".", "a..b", "192.0.2.1", "2001:db8::1", "a b", "-a"};
  (void)state;
  const sztp_action_t *a = NULL;
  net_t *net = open_net(0, NULL, 0);
  sztp_session_t *s = NULL;
  char longest[254];
  memset(longest, 'a', sizeof longest);
  for (size_t i = 63; i < 253; i += 64) longest[i] = '.';
  longest[253] = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    assert_int_equal(sztp_device_add_domain(net->mock.dev, bad[i]), SZTP_ERR_URI);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, NULL), SZTP_ERR_ARG);
  static const uint32_t source = SZTP_SOURCE_DNS;
  assert_int_equal(sztp_session_new(net->mock.dev, &s), 0);
  assert_int_equal(sztp_session_add_source(s, source), 0);
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  uint64_t ticket = sztp_action_ticket(a);
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_NAME, (const uint8_t *)bad[i], strlen(bad[i])),
                     SZTP_ERR_URI);
  for (int i = 0; i < 17; i++) {
    char domain[16];
    (void)snprintf(domain, sizeof domain, "d%d.example", i);
    int32_t rc = sztp_reply_bytes(s, ticket, SZTP_F_NAME, (const uint8_t *)domain, strlen(domain));
    assert_int_equal(rc, i < 16 ? 0 : SZTP_ERR_LIMIT);
  }
  assert_int_equal(sztp_reply_end(s, ticket, SZTP_OUTCOME_FAILED), 0); /* then nothing of it counts */
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_FAILED);
  sztp_session_free(s);

  assert_int_equal(sztp_device_add_domain(net->mock.dev, longest), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "Local"), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "x.local."), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "notlocal"), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "ask dns TXT notlocal\n" ASK_SRV "ask dns SRV notlocal\n");
  assert_non_null(strstr(net->mock.log, "not asked: a name with more than 255 octets"));
  assert_non_null(strstr(net->mock.log, "DNS Local: not asked: the domain is multicast DNS's"));
  done(net);
  net = open_net(0, NULL, 0);
  for (int i = 0; i < 17; i++)
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "d.example"), i < 16 ? 0 : SZTP_ERR_LIMIT);
  done(net);
}

/* DNS-33, SEC-13, DNS-04: no question holds the serial number where policy has it so, or where it can't be a
 * label */
static void test_no_serial(void **state) {
  static const char longest[] = "0123456789012345678901234567890123456789012345678901234567890ab";
  (void)state;
  for (int i = 0; i < 3; i++) {
    char serial[sizeof longest + 1];
    net_t *net = open_net(0, NULL, 0);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    if (i == 0) assert_int_equal(sztp_device_set_i64(net->mock.dev, SZTP_POLICY_NO_DNS_SERIAL, 1), 0);
    (void)snprintf(serial, sizeof serial, "%s%s", longest, i == 1 ? "c" : "");
    if (i > 0) assert_int_equal(sztp_device_set_text(net->mock.dev, SZTP_DEVICE_SERIAL, serial), 0);
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    if (i < 2)
      mock_expect(&net->mock, ASK_SRV "ask dns SRV a.example\n");
    else
      mock_expect(&net->mock, ASK_TXT "ask dns TXT a.example\n" ASK_SRV "ask dns SRV a.example\n");
    if (i == 0) assert_non_null(strstr(net->mock.log, "as policy has it"));
    if (i == 1) assert_non_null(strstr(net->mock.log, "it has 64 octets"));
    done(net);
  }
}

static int32_t no_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  (void)out;
  (void)len;
  return -1;
}

/* DNS-24, SEC-09: identifiers are random numbers, and without them nothing is asked */
static void test_identifiers(void **state) {
  (void)state;
  net_t *net = open_net(0, NULL, 0);
  for (int i = 0; i < 16; i++) {
    char domain[16];
    (void)snprintf(domain, sizeof domain, "d%d.example", i);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, domain), 0);
  }
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->id_count, 32);
  unsigned ones = 0, same = 0;
  for (size_t i = 0; i < 32; i++) {
    for (unsigned b = 0; b < 16; b++) ones += net->ids[i] >> b & 1U;
    for (size_t k = 0; k < i; k++) same += net->ids[i] == net->ids[k];
  }
  assert_true(ones > 180 && ones < 332); /* of 512; more than six deviations off is no chance */
  assert_true(same <= 3);
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, no_random, NULL), 0);
  net->mock.trace[0] = 0;
  net->mock.flag = "1";
  assert_int_equal(run(net), 0);
  assert_int_equal(net->mock.reason, SZTP_ERR_RANDOM);
  mock_expect(&net->mock, ASK_TXT); /* which needs none */
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, NULL, NULL), 0);
  assert_int_equal(mock_resume(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED); /* nothing was lost */
  done(net);
}

/* ---- what answers lead to ------------------------------------------------------------------------ */

/* DNS-02: the question that leads to a bootstrap is the last one; what did not do so is followed by the next
 */
static void test_until_it_works(void **state) {
  static const char works[] = "1 4001 localhost";
  static const answer_t answers[] = {
      {"mdns TXT", FROM("1"), signed_txt, MOCK_ONBOARDING, 0},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, 0},
      {"mdns SRV", FROM("1"), srv, works, 0},
      {"dns SRV a.example", NULL, srv, works, 0},
  };
  static const char *const traces[] = {
      ASK_TXT STAGES,
      ASK_TXT "ask dns TXT a.example\n" STAGES,
      ASK_TXT "ask dns TXT a.example\n" ASK_SRV "data localhost:4001 provisional\n" STAGES,
      ASK_TXT "ask dns TXT a.example\n" ASK_SRV
              "ask dns SRV a.example\ndata localhost:4001 provisional\n" STAGES,
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(answers); i++) { /* nothing answers before the i-th question */
    net_t *net = open_net((int)(i & 1), answers + i, TEST_COUNT_OF(answers) - i);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
    assert_int_equal(run(net), SZTP_RESULT_DONE);
    mock_expect(&net->mock, traces[i]);
    done(net);
  }
  /* "corrupt", "refused", "failed" and "dead" are not successful either */
  static const answer_t failing[] = {
      {"mdns TXT", FROM("1"), two_values, NULL, SZTP_PENDING},
      {"dns TXT a.example", NULL, without_voucher, MOCK_ONBOARDING, 0},
      {"dns TXT b.example", NULL, garbage, NULL, SZTP_PENDING},
      {"dns TXT c.example", NULL, flags, "\x81\x83", 0}, /* NXDOMAIN */
      {"dns TXT d.example", NULL, flags, "\x81\x82", SZTP_ERR_SERVER_FAIL},
      {"mdns SRV", FROM("1"), srv, "1 4009 localhost", 0},
      {"dns SRV a.example", NULL, srv, works, 0},
  };
  net_t *net = OPEN(0, failing);
  static const char *const domains[] = {"a.example", "b.example", "c.example", "d.example"};
  for (size_t i = 0; i < 4; i++) assert_int_equal(sztp_device_add_domain(net->mock.dev, domains[i]), 0);
  mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock,
              ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\nask dns TXT c.example\nask dns TXT "
                      "d.example\n" ASK_SRV "no connection localhost:4009\n"
                      "ask dns SRV a.example\ndata localhost:4001 provisional\n" STAGES);
  static const char *const told[] = {
      "multicast DNS, " FROM("1") ": ov: there are two different values of it", "artifact-missing",
      "DNS b.example: 1 message was dropped; the last one: malformed message: an answer has",
      "DNS c.example: the server answers NXDOMAIN (3)", "DNS d.example: the server answers SERVFAIL (2)"};
  for (size_t i = 0; i < TEST_COUNT_OF(told); i++)
    if (strstr(net->mock.log, told[i]) == NULL)
      fail_msg("\"%s\" is not in the log:\n%s", told[i], net->mock.log);
  done(net);
}

/* DNS-02: processed, but the owner's script failed: undone, and the next question follows (STATE-11) */
static void test_attempt_fails(void **state) {
  static const answer_t answers[] = {{"mdns TXT", FROM("1"), signed_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("2"), signed_txt, MOCK_ONBOARDING, 0}};
  (void)state;
  net_t *net = OPEN(1, answers);
  net->mock.post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->mock.reason, SZTP_ERR_SCRIPT);
  mock_expect(&net->mock, ASK_TXT STAGES "undo post\nundo config\nundo pre\n" STAGES
                                         "undo post\nundo config\nundo pre\nask domains\n" ASK_SRV);
  done(net);
}

/* DNS-11 (D-19), DISC-07 (D-08), DNS-13, TRUST-09: several responders, each by itself: liars lead nowhere,
 * and what two of them said is not put together */
static void test_responders(void **state) {
  static const answer_t answers[] = {
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
      {"mdns TXT", FROM("61"), garbage, NULL, SZTP_PENDING},
      {"mdns TXT", FROM("62"), two_values, NULL, SZTP_PENDING},
      {"mdns TXT", FROM("63"), part_txt, "ci", SZTP_PENDING},
      {"mdns TXT", FROM("64"), part_txt, "oc", SZTP_PENDING},
      {"mdns TXT", FROM("65"), part_txt, "ov", SZTP_PENDING},
      {"mdns TXT", FROM("7"), part_txt, "ov", SZTP_PENDING}, /* the owner's, in three messages */
      {"mdns TXT", FROM("7"), part_txt, "ci", SZTP_PENDING},
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0}, /* said twice, since it is asked twice */
      {"mdns TXT", FROM("7"), part_txt, "oc", 0},
  };
  (void)state;
  for (size_t owner = 0; owner < 2; owner++) { /* with the owner and without */
    net_t *net = open_net((int)owner, answers, owner ? TEST_COUNT_OF(answers) : 6);
    uint32_t result = run(net);
    assert_int_equal(result, owner ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, owner ? ASK_TXT STAGES : ASK_TXT "ask domains\n" ASK_SRV);
    if (!owner) assert_int_equal(net->mock.reason, SZTP_ERR_ARTIFACT_MISSING);
    static const char *const told[] = {"unsigned-onboarding-untrusted", "1 message was dropped",
                                       FROM("62") ": ov: there are two different values", "artifact-missing",
                                       FROM("64") ": no TXT record with conveyed information (ci)"};
    for (size_t i = 0; i < TEST_COUNT_OF(told); i++)
      if (strstr(net->mock.log, told[i]) == NULL)
        fail_msg("\"%s\" is not in the log:\n%s", told[i], net->mock.log);
    done(net);
  }
}

/* DNS-13, DISC-04: what TXT records are worth: rows 9 to 16 of the TRUST table; never a report about them */
static void test_worth(void **state) {
  static const struct {
    void (*make)(dns_message_t *m, const char *owner, const void *what);
    int redirect;
    const char *trace;
    int32_t reason;
  } cases[] = {
      {plain_txt, 0, "", SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED},
      {plain_txt, 1, "data localhost:4001 provisional\n", SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED},
      {signed_txt, 0, STAGES, SZTP_OK},
      {signed_txt, 1, "data localhost:4001 trusted\n", SZTP_OK},
      {without_voucher, 0, "", SZTP_ERR_ARTIFACT_MISSING},
      {without_voucher, 1, "", SZTP_ERR_ARTIFACT_MISSING},
  };
  static const char *const to[] = {"mdns TXT", "dns TXT a.example"};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    for (int unicast = 0; unicast < 2; unicast++) {
      const char *document =
          cases[i].redirect ? artifact_redirect("localhost", 4001, "server-root") : MOCK_ONBOARDING;
      int32_t rc = cases[i].make == without_voucher && !unicast ? SZTP_PENDING : 0;
      answer_t answer = {to[unicast], unicast ? NULL : FROM("1"), cases[i].make, document, rc};
      net_t *net = open_net(unicast, &answer, 1);
      net->quiet = 1;
      assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
      mock_give_unsigned(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_EMPTY);
      uint32_t result = run(net);
      assert_int_equal(result, cases[i].reason == SZTP_OK ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      if (cases[i].reason != SZTP_OK) assert_int_equal(net->mock.reason, cases[i].reason);
      assert_int_equal(strncmp(net->mock.trace, cases[i].trace, strlen(cases[i].trace)), 0);
      if (cases[i].trace[0] == 0) mock_expect(&net->mock, "");
      if (!cases[i].redirect) mock_expect_not(&net->mock, "report");
      done(net);
    }
}

/* DNS-14, DNS-15, DNS-17, DNS-21, REDIR-01, REDIR-11: servers of SRV records, in their order, none of them
 * trusted, be they well-known or not */
static void test_servers(void **state) {
  static const answer_t answers[] = {{"mdns SRV", FROM("1"), srv,
                                      "10 4003 localhost; 0 4001 localhost; 5 0 localhost; 5 4002 localhost",
                                      0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  mock_well_known(&net->mock, "localhost", 4002);
  mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
  mock_give_unsigned(mock_server(&net->mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
  mock_give_signed(mock_server(&net->mock, "localhost", 4003, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock,
              ASK_TXT "ask domains\n" ASK_SRV "data localhost:4001 provisional\ndata localhost:4002 "
                      "provisional\ndata localhost:4003 provisional\n" STAGES);
  done(net);
  static const answer_t absent[] = {{"dns SRV a.example", NULL, srv, "0 0 .", 0}};
  net = OPEN(1, absent);
  net->quiet = 1;
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->mock.reason, SZTP_ERR_NOT_BOOTSTRAPPED); /* an empty source is no fault */
  assert_non_null(strstr(net->mock.log, "DNS a.example: the domain says that it has no bootstrap server"));
  done(net);
}

/* Every address that is contacted, and every name that is looked up, in order. */
static const char *contacts(const net_t *net) {
  static char out[1024];
  out[0] = 0;
  for (const char *p = net->mock.log; (p = strstr(p, "asking ")) != NULL;) {
    char host[64], address[64];
    if (sscanf(p, "asking %63s (%63[^)])", host, address) == 2) {
      size_t at = strlen(out);
      (void)snprintf(out + at, sizeof out - at, "%s%s", at == 0 ? "" : " ", address);
    }
    p++;
  }
  return out;
}

/* DNS-19, REDIR-05: addresses that came along are tried first, all of them; then those that a look-up gives
 * besides; names without any are looked up */
static void test_hints(void **state) {
  static const struct {
    const char *srv, *looked_up, *contacts;
  } cases[] = {
      {"1 4001 a.example=192.0.2.1,192.0.2.2", "192.0.2.2 192.0.2.3", "192.0.2.1 192.0.2.2 192.0.2.3"},
      {"1 4001 a.example=192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {"1 4001 a.example=192.0.2.1", "", "192.0.2.1"},
      {"1 4001 a.example", "192.0.2.4 192.0.2.5", "192.0.2.4 192.0.2.5"},
      {"1 4001 a.example=192.0.2.1;2 4001 b.example=192.0.2.2", "", "192.0.2.1 192.0.2.2"},
      {"1 4001 a.example;2 4001 b.example=192.0.2.2", "192.0.2.4", "192.0.2.4 192.0.2.2 192.0.2.4"},
      {"1 4001 192.0.2.9", "192.0.2.4", "192.0.2.9"}, /* not a name, and meant as what it looks like */
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    answer_t answer = {"mdns SRV", FROM("1"), srv, cases[i].srv, 0};
    net_t *net = open_net((int)(i & 1), &answer, 1);
    net->mock.addresses = cases[i].looked_up;
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_string_equal(contacts(net), cases[i].contacts);
    done(net);
  }
  /* data from an address ends the visit, whatever becomes of it (REDIR-06) */
  static const answer_t answer = {"mdns SRV", FROM("1"), srv, "1 4001 localhost=192.0.2.1,192.0.2.2", 0};
  net_t *net = open_net(0, &answer, 1);
  mock_give_unsigned(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_string_equal(contacts(net), "192.0.2.1");
  done(net);
}

static size_t count_of(const char *text, const char *part) {
  size_t n = 0;
  for (; (text = strstr(text, part)) != NULL; text++) n++;
  return n;
}

static void many_servers(dns_message_t *m, const char *owner, const void *what) {
  (void)what;
  for (unsigned i = 0; i < 64; i++) dns_srv(m, owner, i, 0, 6000 + i, "localhost");
}

/* DISC-12 (D-12): a responder that names servers without end keeps nobody busy, and takes nothing from the
 * others: each gets its share of what one source may cost, and unicast DNS has its own */
static void test_budget(void **state) {
  static const answer_t answers[] = {
      {"mdns TXT", FROM("1"), signed_txt, "{\"ietf-sztp-conveyed-info:redirect-information\":{}}", 0},
      {"mdns SRV", FROM("60"), many_servers, NULL, 0},
      {"mdns SRV", FROM("61"), many_servers, NULL, 0},
      {"mdns SRV", FROM("7"), srv, "1 4009 localhost", 0},
      {"dns SRV a.example", NULL, many_servers, NULL, 0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  const char *after = strstr(net->mock.trace, ASK_SRV);
  const char *dns = strstr(net->mock.trace, "ask dns SRV");
  const char *true_one = strstr(net->mock.trace, "no connection localhost:4009");
  assert_non_null(after);
  assert_non_null(dns);
  assert_non_null(true_one);
  assert_true(true_one < dns);
  assert_int_equal(count_of(net->mock.trace, "no connection"), 55); /* 11 and 11 and 1 of 32, then 32 */
  assert_int_equal(count_of(dns, "no connection"), 32);
  done(net);
  /* the pass has its own limit, beyond which artifacts are still looked at: they cost nothing */
  static const answer_t dead[] = {{"mdns TXT", FROM("60"), plain_txt, "", 0},
                                  {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0}};
  answer_t first[2] = {dead[0], dead[1]};
  first[0].what = artifact_redirect("localhost", 4009, NULL);
  net = open_net(1, first, 2);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_PASS_SERVERS, 1), 0);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "no connection localhost:4009\n" STAGES);
  done(net);
}

/* STATE-12 (D-04): what one answer taught is forgotten before the next */
static void test_nothing_learned(void **state) {
  answer_t answers[] = {{"mdns TXT", FROM("1"), signed_txt, NULL, 0},
                        {"mdns SRV", FROM("2"), srv, "1 4001 localhost", 0}};
  (void)state;
  answers[0].what = artifact_redirect("localhost", 4001, "server-root");
  net_t *net = OPEN(0, answers);
  mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "data localhost:4001 trusted\nask domains\n" ASK_SRV
                                  "data localhost:4001 provisional\n");
  done(net);
}

/* ---- hosts --------------------------------------------------------------------------------------- */

/* DNS-22, DNS-23, DNS-24: what a host hears about a message: wait on, ask again otherwise, enough */
static void test_told(void **state) {
  static const answer_t answers[] = {
      {"dns TXT a.example", NULL, flags, "\x01\x00", SZTP_PENDING}, /* a question */
      {"dns TXT a.example", NULL, garbage, NULL, SZTP_PENDING},
      {"dns TXT a.example", NULL, flags, "\x86\x00", SZTP_ERR_TRUNCATED},
      {"dns TXT a.example", NULL, flags, "\x81\x81", SZTP_ERR_UNSUPPORTED},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, 0},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, SZTP_PENDING}, /* answered before */
  };
  (void)state;
  net_t *net = OPEN(0, answers);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "ask dns TXT a.example\n" STAGES);
  assert_non_null(strstr(net->mock.log, "DNS a.example: 3 messages were dropped"));
  done(net);
}

/* A host that says that it failed is not believed, whatever it gave before */
static void test_outcomes(void **state) {
  static const uint32_t outcomes[] = {SZTP_OUTCOME_OK, SZTP_OUTCOME_WARNING, SZTP_OUTCOME_NOTHING,
                                      SZTP_OUTCOME_FAILED, SZTP_OUTCOME_TIMEOUT};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(outcomes); i++) {
    net_t *net = open_net(0, NULL, 0);
    const sztp_action_t *a = NULL;
    sztp_session_t *s = NULL;
    dns_message_t *m = malloc(sizeof *m);
    size_t len = 0;
    assert_int_equal(sztp_session_new(net->mock.dev, &s), 0);
    assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_MDNS), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    uint64_t ticket = sztp_action_ticket(a);
    const uint8_t *question = bytes(a, SZTP_F_DATA, &len);
    dns_reply(m, question, len, DNS_RESPONSE);
    signed_txt(m, MOCK_SERIAL "._sztp.local", MOCK_ONBOARDING);
    assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_DATA, m->data, m->len), 0);
    assert_int_equal(sztp_reply_end(s, ticket, outcomes[i]), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    int believed = outcomes[i] <= SZTP_OUTCOME_WARNING;
    assert_int_equal(sztp_session_verdict(s) != NULL, believed);
    assert_int_equal(sztp_action_kind(a), believed ? SZTP_ACTION_SAVE : SZTP_ACTION_DISCOVER);
    sztp_session_free(s); /* in the middle of it all */
    free(m);
    done(net);
  }
}

typedef struct reader {
  int artifacts, servers, ignores;
} reader_t;

/* A host whose resolver reads answers itself, or that knows nothing of questions at all. */
static uint32_t discover_reading(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  const reader_t *r = mock->discover_user;
  int64_t type = 0;
  size_t at = strlen(mock->trace);
  (void)sztp_action_i64(a, SZTP_F_MODE, 0, &type);
  (void)snprintf(mock->trace + at, sizeof mock->trace - at, "ask %u\n", (unsigned)type);
  if (r->artifacts && (r->ignores || type == SZTP_DNS_TXT)) {
    assert_int_equal(give(s, a, SZTP_F_ARTIFACT_CI, mock->usb[0].data, mock->usb[0].len), 0);
    return SZTP_OUTCOME_OK;
  }
  if (!r->servers || type != SZTP_DNS_SRV) return SZTP_OUTCOME_NOTHING;
  static const char *const uris[] = {"https://localhost:4002", "https://LOCALHOST:4002/",
                                     "https://localhost:4001"};
  for (size_t i = 0; i < TEST_COUNT_OF(uris); i++)
    assert_int_equal(give(s, a, SZTP_F_URI, uris[i], strlen(uris[i])), 0);
  assert_int_equal(give(s, a, SZTP_F_URI, "http://localhost", 16), SZTP_ERR_URI);
  return SZTP_OUTCOME_OK;
}

/* Hosts that read answers themselves, and those of before there were questions: what they give is used, once
 */
static void test_readers(void **state) {
  static const uint32_t dns[] = {SZTP_SOURCE_DNS};
  static const uint32_t mdns[] = {SZTP_SOURCE_MDNS};
  static const struct {
    reader_t reader;
    const uint32_t *source;
    int has_domain;
    const char *trace;
  } cases[] = {
      {{1, 0, 1}, dns, 0, "ask 0\ndata localhost:4001 provisional\n"},
      {{1, 0, 1}, mdns, 0, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{1, 0, 1}, dns, 1, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{1, 0, 0}, mdns, 0, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{0, 1, 0},
       mdns,
       0,
       "ask 16\nask 33\ndata localhost:4002 provisional\ndata localhost:4001 provisional\n"},
      {{1, 1, 0},
       dns,
       1,
       "ask 16\ndata localhost:4001 provisional\nask 33\ndata localhost:4002 provisional\ndata "
       "localhost:4001 "
       "provisional\n"},
      {{0, 0, 0}, dns, 0, "ask 0\n"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    net_t *net = open_net((int)(i & 1), NULL, 0);
    reader_t reader = cases[i].reader;
    net->mock.sources = cases[i].source;
    net->mock.source_count = 1;
    net->mock.discover = discover_reading;
    net->mock.discover_user = &reader;
    if (cases[i].has_domain) assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    net->mock.usb[0] = artifact_conveyed(artifact_redirect("localhost", 4001, NULL), NULL);
    mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
    mock_server(&net->mock, "localhost", 4002, "server")->data_status = 404;
    assert_int_equal(mock_run(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, cases[i].trace);
    done(net);
  }
}

static uint32_t discover_too_many(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  (void)mock;
  if (sztp_action_count(a, SZTP_F_MODE) == 0) return SZTP_OUTCOME_NOTHING;
  for (int i = 0; i < 65; i++) {
    char uri[32];
    (void)snprintf(uri, sizeof uri, "https://h%d.example", i);
    assert_int_equal(give(s, a, SZTP_F_URI, uri, strlen(uri)), i < 64 ? 0 : SZTP_ERR_LIMIT);
  }
  char address[400];
  memset(address, 'a', sizeof address);
  assert_int_equal(give(s, a, SZTP_F_ADDRESS, address, 320), 0);
  assert_int_equal(give(s, a, SZTP_F_ADDRESS, address, 321), SZTP_ERR_LIMIT);
  return SZTP_OUTCOME_NOTHING;
}

static void test_limits(void **state) {
  (void)state;
  net_t *net = open_net(0, NULL, 0);
  net->mock.discover = discover_too_many;
  assert_int_equal(mock_run(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, "");
  done(net);
}

/* STATE-08: a cancel while a question is out, and while answers are looked at */
static void test_cancel(void **state) {
  static const answer_t answers[] = {{"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("8"), signed_txt, MOCK_ONBOARDING, 0}};
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    net_t *net = OPEN(runner, answers);
    net->mock.cancel_at = "pre-script pre";
    assert_int_equal(run(net), SZTP_RESULT_CANCELLED);
    mock_expect(&net->mock, ASK_TXT "pre-script pre\nundo pre\n");
    done(net);
  }
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* SEC-05: memory fails at every allocation of a bootstrap by multicast TXT, and of one by unicast SRV */
static void test_memory_failure(void **state) {
  static const answer_t answers[] = {
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
      {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0},
      {"dns SRV a.example", NULL, srv, "2 4002 localhost; 1 4001 localhost=127.0.0.1,127.0.0.2", 0}};
  (void)state;
  for (size_t by_srv = 0; by_srv < 2; by_srv++) {
    for (size_t n = 1;; n += TEST_SAMPLE) {
      net_t *net = open_net(0, answers + (by_srv ? 2 : 0), by_srv ? 1 : 2);
      net->domains = "a.example";
      mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
      mock_give_signed(mock_server(&net->mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
      net->mock.memory.fail_at = net->mock.memory.calls + n;
      uint32_t result = run(net);
      int met = net->mock.memory.calls >= net->mock.memory.fail_at;
      for (unsigned again = 0; result == 0 && again < 3; again++) {
        assert_int_equal(net->mock.reason, SZTP_ERR_MEMORY);
        result = mock_resume(&net->mock);
      }
      if (result != SZTP_RESULT_DONE)
        fail_msg("allocation %zu: result %u; trace:\n%s\nlog:\n%s", n, (unsigned)result, net->mock.trace,
                 net->mock.log);
      mock_expect(&net->mock, by_srv ? ASK_TXT
                                  "ask domains\nask dns TXT a.example\n" ASK_SRV
                                  "ask dns SRV a.example\ndata localhost:4001 provisional\ndata "
                                  "localhost:4001 provisional\ndata localhost:4002 provisional\n" STAGES
                                     : ASK_TXT STAGES);
      done(net);
      if (!met) break;
      assert_true(n < 10000);
    }
  }
}

/* An answer for which there is never memory enough is given up, and the next one taken (session.h) */
static void test_shortage(void **state) {
  static const answer_t answers[] = {{"mdns SRV", FROM("60"), many_servers, NULL, 0},
                                     {"mdns SRV", FROM("7"), srv, "1 4001 localhost", 0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  net->mock.stop_after = 4; /* flag, TXT, domains; the SRV question is answered, but not ended */
  assert_int_equal(run(net), 0);
  net->mock.stop_after = 0;
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), 0);
  assert_int_equal(sztp_reply_end(net->mock.session, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
  int64_t now = 0;
  assert_int_equal(sztp_ctx_i64(net->mock.ctx, SZTP_USAGE_NOW, &now), 0);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_MEMORY, now + 1500),
                   0); /* 64 servers want more */
  for (int i = 0; i < 2; i++)
    assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), SZTP_ERR_MEMORY);
  assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), 0);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_RESOLVE);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_MEMORY, now << 8), 0);
  assert_int_equal(mock_resume(&net->mock), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "ask domains\n" ASK_SRV "data localhost:4001 provisional\n" STAGES);
  assert_non_null(strstr(net->mock.log, "given up for want of memory"));
  done(net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order),           cmocka_unit_test(test_domains),
      cmocka_unit_test(test_bad_domains),     cmocka_unit_test(test_no_serial),
      cmocka_unit_test(test_identifiers),     cmocka_unit_test(test_until_it_works),
      cmocka_unit_test(test_attempt_fails),   cmocka_unit_test(test_responders),
      cmocka_unit_test(test_worth),           cmocka_unit_test(test_servers),
      cmocka_unit_test(test_hints),           cmocka_unit_test(test_budget),
      cmocka_unit_test(test_nothing_learned), cmocka_unit_test(test_told),
      cmocka_unit_test(test_outcomes),        cmocka_unit_test(test_readers),
      cmocka_unit_test(test_limits),          cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_memory_failure),  cmocka_unit_test(test_shortage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
