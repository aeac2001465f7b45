/* SPDX-License-Identifier: Apache-2.0 */
/* A network with DNS and multicast DNS around the mock host: a table says what answers which question, and
 * every question is traced and compared octet by octet. */
#ifndef SZTP_TESTS_DNS_NET_H
#define SZTP_TESTS_DNS_NET_H

#include "common/dns_message.h"
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
  uint32_t then; /* how the host is to go on, SZTP_ASK_*; 0: SZTP_ASK_ENOUGH */
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

static inline net_t *open_net(int runner, const answer_t *answers, size_t count) {
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

static inline void done(net_t *net) {
  mock_close(&net->mock);
  free(net);
}

static inline void note(net_t *net, const char *what) {
  size_t at = strlen(net->mock.trace);
  if (!net->quiet) (void)snprintf(net->mock.trace + at, sizeof net->mock.trace - at, "ask %s\n", what);
}

static inline const uint8_t *bytes(const sztp_action_t *a, uint32_t field, size_t *len) {
  const uint8_t *data = NULL;
  assert_int_equal(sztp_action_bytes(a, field, 0, &data, len), 0);
  return data;
}

/* Answers are tried in the order in which they came then; else in one at random. */
static inline int32_t in_order(void *user, uint8_t *out, size_t len) {
  (void)user;
  memset(out, 0xff, len);
  return 0;
}

/* A call that failed for want of memory is made again. */
static inline int32_t give(sztp_session_t *s, const sztp_action_t *a, uint32_t field, const void *data,
                           size_t len) {
  int32_t rc = sztp_reply_bytes(s, sztp_action_ticket(a), field, data, len);
  if (rc == SZTP_ERR_MEMORY) rc = sztp_reply_bytes(s, sztp_action_ticket(a), field, data, len);
  return rc;
}

/* A call that failed for want of memory is made again. */
static inline int32_t answer_with(sztp_session_t *s, const sztp_action_t *a, const char *from,
                                  const dns_message_t *m, uint32_t *then) {
  uint64_t ticket = sztp_action_ticket(a);
  size_t len = from == NULL ? 0 : strlen(from);
  int32_t rc = sztp_reply_answer(s, ticket, from, len, m->data, m->len, then);
  return rc == SZTP_ERR_MEMORY ? sztp_reply_answer(s, ticket, from, len, m->data, m->len, then) : rc;
}

static inline uint32_t name_domains(net_t *net, sztp_session_t *s, const sztp_action_t *a) {
  char list[512];
  note(net, "domains");
  if (net->domains == NULL) return SZTP_OUTCOME_NOTHING;
  (void)snprintf(list, sizeof list, "%s", net->domains);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " "))
    assert_int_equal(give(s, a, SZTP_F_NAME, word, strlen(word)), 0);
  return SZTP_OUTCOME_OK;
}

/* DNS-03, DNS-05, DNS-23: the octets are those that the question's name asks for. */
static inline void check_octets(net_t *net, uint32_t type, int multicast, const char *name,
                                const uint8_t *data, size_t len) {
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

static inline uint32_t discover(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  net_t *net = (net_t *)mock->discover_user;
  int64_t source = 0, type = 0;
  char what[160], owner[SZTP_DNS_TEXT_MAX];
  size_t len = 0, name_len = 0;
  uint32_t outcome = net->outcome;
  (void)sztp_action_i64(a, SZTP_F_SOURCE, 0, &source);
  if (sztp_action_kind(a) == SZTP_ACTION_DOMAINS) {
    assert_int_equal(sztp_action_count(a, SZTP_F_NAME) + sztp_action_count(a, SZTP_F_DATA), 0);
    return name_domains(net, s, a);
  }
  if (sztp_action_kind(a) == SZTP_ACTION_DISCOVER) {
    note(net, "place");
    return SZTP_OUTCOME_NOTHING;
  }
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_ASK);
  assert_int_equal(sztp_action_i64(a, SZTP_F_TYPE, 0, &type), SZTP_OK);
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
    uint32_t then = 0;
    int32_t rc = answer_with(s, a, answer->from, m, &then);
    if (rc != SZTP_ERR_MEMORY) assert_int_equal(rc, SZTP_OK);
    if (rc == SZTP_OK) assert_int_equal(then, answer->then == 0 ? SZTP_ASK_ENOUGH : answer->then);
    outcome = SZTP_OUTCOME_OK;
  }
  free(m);
  if (outcome != SZTP_OUTCOME_OK && net->message != NULL)
    (void)give(s, a, SZTP_F_MESSAGE, net->message, strlen(net->message));
  return outcome;
}

static inline uint32_t run(net_t *net) {
  net->mock.discover = discover;
  net->mock.discover_user = net;
  return mock_run(&net->mock);
}

static inline void txt(dns_message_t *m, const char *owner, const char *key, sztp__blob_t value) {
  if (value.data != NULL) dns_txt(m, owner, key, value.data, value.len, 255);
}

/* Artifacts around a document: signed by the owner, or in clear. */
static inline void signed_txt(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ov", owner_artifacts()->voucher);
  txt(m, owner, "ci", artifact_conveyed(document, "owner"));
  txt(m, owner, "oc", owner_artifacts()->owner_cert);
}
static inline void plain_txt(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ci", artifact_conveyed(document, NULL));
}
/* One part of a set, in a message of its own: "ci", "oc" or "ov". */
static inline void part_txt(dns_message_t *m, const char *owner, const void *key) {
  const char *k = key;
  txt(m, owner, k,
      k[0] == 'c'   ? artifact_conveyed(MOCK_ONBOARDING, "owner")
      : k[1] == 'c' ? owner_artifacts()->owner_cert
                    : owner_artifacts()->voucher);
}
static inline void without_voucher(dns_message_t *m, const char *owner, const void *document) {
  txt(m, owner, "ci", artifact_conveyed(document, "owner"));
  txt(m, owner, "oc", owner_artifacts()->owner_cert);
}
static inline void two_values(dns_message_t *m, const char *owner, const void *what) {
  (void)what;
  signed_txt(m, owner, MOCK_ONBOARDING);
  dns_txt(m, owner, "ov", "0\3another", 9, 255);
}
static inline void garbage(dns_message_t *m, const char *owner, const void *what) {
  (void)owner;
  (void)what;
  m->data[7] = 9; /* nine answers, of which none is there */
}
/* "PRIORITY PORT TARGET[=ADDRESS...]; ..." with IPv4 addresses. */
static inline void srv(dns_message_t *m, const char *owner, const void *what) {
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
static inline void flags(dns_message_t *m, const char *owner, const void *what) {
  (void)owner;
  const uint8_t *octets = what;
  m->data[2] = octets[0];
  m->data[3] = octets[1];
}

#define FROM(address) "192.0.2." address "%eth0"

static inline int32_t no_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  (void)out;
  (void)len;
  return -1;
}

static inline void many_servers(dns_message_t *m, const char *owner, const void *what) {
  (void)what;
  for (unsigned i = 0; i < 64; i++) dns_srv(m, owner, i, 0, 6000 + i, "localhost");
}

#endif
