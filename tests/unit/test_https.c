/* SPDX-License-Identifier: Apache-2.0 */
/* The transport's three actions against a real, scripted and often hostile server on the loopback. Actions
 * are put into a real session by hand, so that each test says exactly what is asked and sees exactly what is
 * replied. */
#define _POSIX_C_SOURCE 200809L
#include "testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sztp/https.h>
#include <sztp/software_key.h>

#include "common/tls_peer.h"
#include "machine/shared.h"

/* ---- names --------------------------------------------------------------------------------------- */

/* The tests' own resolver, in place of the C library's: no test depends on the network that it runs in. */
typedef struct answer {
  struct addrinfo info;
  struct sockaddr_storage address;
} answer_t;

static struct addrinfo *answer(const char *text, uint16_t port, struct addrinfo *next) {
  answer_t *a = calloc(1, sizeof *a);
  assert_non_null(a);
  struct sockaddr_in *v4 = (struct sockaddr_in *)&a->address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->address;
  int is_v4 = inet_pton(AF_INET, text, &v4->sin_addr) == 1;
  if (!is_v4 && inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) {
    free(a);
    return NULL;
  }
  if (is_v4)
    v4->sin_port = htons(port);
  else
    v6->sin6_port = htons(port);
  a->info.ai_family = is_v4 ? AF_INET : AF_INET6;
  a->address.ss_family = (sa_family_t)a->info.ai_family;
  a->info.ai_socktype = SOCK_STREAM;
  a->info.ai_addrlen = is_v4 ? sizeof *v4 : sizeof *v6;
  a->info.ai_addr = (struct sockaddr *)&a->address;
  a->info.ai_next = next;
  return &a->info;
}

static const char *resolver_asked; /* the last name that was not an address */

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
  uint16_t port = service != NULL ? (uint16_t)atoi(service) : 0;
  *out = answer(name, port, NULL);
  if (*out != NULL) return 0;
  if (hints->ai_flags & AI_NUMERICHOST) return EAI_NONAME;
  resolver_asked = name;
  if (strcmp(name, "localhost") == 0) *out = answer("127.0.0.1", port, NULL);
  if (strcmp(name, "two.test") == 0)
    *out = answer("127.0.0.2", port, answer("127.0.0.2", port, answer("127.0.0.1", port, NULL)));
  if (strcmp(name, "mixed.test") == 0) *out = answer("2001:db8::7", port, answer("192.0.2.7", port, NULL));
  if (strcmp(name, "many.test") == 0)
    for (int i = 99; i > 0; i--) {
      char text[32];
      snprintf(text, sizeof text, "192.0.2.%d", i);
      *out = answer(text, port, *out);
    }
  if (strcmp(name, "down.test") == 0) return EAI_AGAIN;
  return *out != NULL ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list) {
  while (list != NULL) {
    struct addrinfo *next = list->ai_next;
    free(list);
    list = next;
  }
}

/* ---- what every test has ------------------------------------------------------------------------- */

typedef struct env {
  sztp_ctx_t *ctx;
  sztp_device_t *dev; /* anchors: server-root, server2-root */
  sztp_session_t *session;
  sztp_software_key_t *keys;
  sztp_https_t *https;
  peer_t *peer;
  uint64_t ticket;
} env_t;

static const char *pki(void) {
  const char *dir = test_directory("PKI");
  return dir != NULL ? dir : ".";
}

typedef struct pem {
  char *text;
  size_t len;
} pem_t;

static pem_t server_crt, server_key, other_crt, other_key;

static pem_t read_pem(const char *name) {
  pem_t p;
  p.text = (char *)test_read_pki(name, &p.len);
  return p;
}

static int read_server(void **state) {
  (void)state;
  server_crt = read_pem("server.pem");
  server_key = read_pem("server.key");
  other_crt = read_pem("other.pem");
  other_key = read_pem("other.key");
  return 0;
}

static int forget_server(void **state) {
  (void)state;
  free(server_crt.text);
  free(server_key.text);
  free(other_crt.text);
  free(other_key.text);
  return 0;
}

static void add_cert(sztp_device_t *dev, uint32_t role, const char *name) {
  pem_t p = read_pem(name);
  assert_int_equal(sztp_device_add_cert(dev, role, (const uint8_t *)p.text, p.len), SZTP_OK);
  free(p.text);
}

static int32_t add_key(sztp_software_key_t *keys, const sztp_device_t *dev, const char *name) {
  pem_t p = read_pem(name);
  int32_t rc = sztp_software_key_add(keys, dev, (const uint8_t *)p.text, p.len);
  free(p.text);
  return rc;
}

/* A device with the private key NAME of the test PKI. */
static sztp_software_key_t *give_key(sztp_device_t *dev, const char *name) {
  sztp_software_key_t *keys = NULL;
  assert_int_equal(sztp_software_key_new(&keys), SZTP_OK);
  assert_int_equal(add_key(keys, dev, name), SZTP_OK);
  assert_int_equal(sztp_device_set_key(dev, sztp_software_key, keys), SZTP_OK);
  return keys;
}

static int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  assert_int_equal(sztp_ctx_new(NULL, &e->ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  assert_int_equal(sztp_device_set_text(e->dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  /* any certificate with one above it will do */
  add_cert(e->dev, SZTP_CERT_IDENTITY, "owner.pem");
  add_cert(e->dev, SZTP_CERT_IDENTITY_CHAIN, "owner-int.pem");
  add_cert(e->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  add_cert(e->dev, SZTP_CERT_SERVER_ANCHOR, "server2-root.pem");
  e->keys = give_key(e->dev, "owner.key");
  assert_int_equal(sztp_session_new(sztp_device_ctx(e->dev), e->dev, &e->session), SZTP_OK);
  assert_int_equal(sztp_https_new(e->dev, &e->https), SZTP_OK);
  *state = e;
  return 0;
}

static void end_peer(env_t *e) {
  peer_free(e->peer);
  e->peer = NULL;
}

static int tear_down(void **state) {
  env_t *e = *state;
  sztp_https_free(e->https);
  end_peer(e);
  sztp__action_clear(&e->session->action);
  sztp__reply_clear(&e->session->reply, e->ctx);
  e->session->asked = 0;
  sztp_session_free(e->session);
  sztp_device_free(e->dev);
  sztp_software_key_free(e->keys);
  sztp_ctx_free(e->ctx);
  free(e);
  return 0;
}

/* A plan with one script for all connections. */
static peer_plan_t plan_of(const peer_step_t *steps, size_t n) {
  peer_plan_t plan;
  memset(&plan, 0, sizeof plan);
  plan.certificate = server_crt.text;
  plan.key = server_key.text;
  plan.script_count = 1;
  memcpy(plan.scripts[0], steps, n * sizeof *steps);
  return plan;
}

static void start(env_t *e, const peer_plan_t *plan) {
  end_peer(e);
  e->peer = peer_start(plan);
  assert_non_null(e->peer);
}

static uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- actions by hand ----------------------------------------------------------------------------- */

static sztp_action_t *begin(env_t *e, uint32_t kind) {
  sztp_session_t *s = e->session;
  sztp__reply_clear(&s->reply, e->ctx);
  s->asked = 1;
  s->action.ctx = e->ctx;
  sztp__action_begin(&s->action, kind);
  s->action.ticket = ++e->ticket;
  return &s->action;
}

static void put(sztp_action_t *a, uint32_t field, const char *text) {
  assert_int_equal(sztp__action_put_copy(a, field, sztp__span_of(text)), SZTP_OK);
}

typedef struct ask {
  const char *name;    /* NULL: the address */
  const char *address; /* NULL: 127.0.0.1 */
  uint16_t port;       /* 0: the peer's */
  int provisional;
  int anchor; /* which of the device's server anchors */
  uint64_t visit;
  uint64_t limit;       /* 0: 1000 */
  uint64_t deadline_ms; /* from now; 0: 10 s */
  const char *body;     /* NULL: GET */
} ask_t;

static uint32_t fetch(env_t *e, const ask_t *q) {
  sztp_action_t *a = begin(e, SZTP_ACTION_FETCH);
  const char *address = q->address != NULL ? q->address : "127.0.0.1";
  put(a, SZTP_F_NAME, q->name != NULL ? q->name : address);
  put(a, SZTP_F_ADDRESS, address);
  sztp__action_put_u64(a, SZTP_F_PORT, q->port != 0 ? q->port : peer_port(e->peer));
  put(a, SZTP_F_METHOD, q->body != NULL ? "POST" : "GET");
  put(a, SZTP_F_PATH, "/.well-known/host-meta");
  put(a, SZTP_F_HEADER, "Accept: application/yang-data+json");
  if (q->body != NULL) put(a, SZTP_F_BODY, q->body);
  sztp__action_put_u64(a, SZTP_F_PROVISIONAL, (uint64_t)q->provisional);
  sztp__action_put_u64(a, SZTP_F_VISIT, q->visit);
  sztp__action_put_u64(a, SZTP_F_LIMIT, q->limit != 0 ? q->limit : 1000);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, now_ms() + (q->deadline_ms != 0 ? q->deadline_ms : 10000));
  if (!q->provisional) {
    a->anchors = e->dev->certs[SZTP_CERT_SERVER_ANCHOR].v + q->anchor;
    a->anchor_count = 1;
  }
  e->session->visit.host = sztp__span_of(q->name != NULL ? q->name : address);
  e->session->in_handler = 1;
  uint32_t outcome = sztp_https_handle(e->https, e->session, a);
  e->session->in_handler = 0;
  return outcome;
}

static const char *message(const env_t *e) {
  return e->session->reply.message.data != NULL ? (const char *)e->session->reply.message.data : "";
}

static void expect_body(const env_t *e, uint64_t status, const char *body) {
  const sztp__reply_t *r = &e->session->reply;
  assert_int_equal(r->status, status);
  assert_int_equal(r->body.len, strlen(body));
  if (r->body.len > 0) assert_memory_equal(r->body.data, body, r->body.len);
}

static void expect_ok(const env_t *e, uint32_t outcome, uint64_t status, const char *body) {
  if (outcome != SZTP_OUTCOME_OK) fail_msg("outcome %u: %s", (unsigned)outcome, message(e));
  expect_body(e, status, body);
}

static void expect_failed(const env_t *e, uint32_t outcome, uint32_t expected, int32_t reason,
                          const char *part) {
  const sztp__reply_t *r = &e->session->reply;
  if (outcome != expected || r->reason != reason || strstr(message(e), part) == NULL)
    fail_msg("outcome %u, reason %s, \"%s\"; expected %u, %s, \"%s\"", (unsigned)outcome,
             sztp_error_name(r->reason), message(e), (unsigned)expected, sztp_error_name(reason), part);
}

static uint64_t count(const env_t *e, uint32_t what) {
  int64_t n = 0;
  assert_int_equal(sztp_https_i64(e->https, what, &n), SZTP_OK);
  return (uint64_t)n;
}

static void expect_counts(const env_t *e, uint64_t connections, uint64_t handshakes, uint64_t exchanges) {
  assert_int_equal(count(e, SZTP_HTTPS_CONNECTIONS), connections);
  assert_int_equal(count(e, SZTP_HTTPS_HANDSHAKES), handshakes);
  assert_int_equal(count(e, SZTP_HTTPS_EXCHANGES), exchanges);
}

#define REPLY(status, body, length)                                                                          \
  "HTTP/1.1 " status "\r\nContent-Type: application/yang-data+json\r\nContent-Length: " length "\r\n\r"      \
  "\n" body
#define OK_HELLO REPLY("200 OK", "hello", "5")

static const peer_step_t ANSWER_TWICE[] = {{PEER_READ, NULL, 0},
                                           {PEER_SEND, OK_HELLO, 0},
                                           {PEER_READ, NULL, 0},
                                           {PEER_SEND, REPLY("204 No", "", "0"), 0},
                                           {PEER_HOLD, NULL, 0}};
static const peer_step_t ANSWER_ONCE[] = {
    {PEER_READ, NULL, 0}, {PEER_SEND, OK_HELLO, 0}, {PEER_HOLD, NULL, 0}};

#define PLAN(steps) plan_of(steps, TEST_COUNT_OF(steps))

/* ---- exchanges ----------------------------------------------------------------------------------- */

/* TLS-02, REST-25, REST-26, REST-30: two exchanges of a visit share a connection; the octets that go out */
static void shares_a_connection_within_a_visit(void **state) {
  env_t *e = *state;
  peer_plan_t plan = PLAN(ANSWER_TWICE);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(e->session->reply.peer_verified, 1);
  assert_int_equal(e->session->reply.content_type.len, strlen("application/yang-data+json"));
  q.body = "{\"a\":1}";
  expect_ok(e, fetch(e, &q), 204, "");
  assert_int_equal(e->session->reply.peer_verified, 1);
  expect_counts(e, 1, 1, 2);
  peer_stop(e->peer);
  char expected[512];
  unsigned port = peer_port(e->peer);
  snprintf(
      expected, sizeof expected,
      "GET /.well-known/host-meta HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: "
      "application/yang-data+json\r\n\r\n"
      "POST /.well-known/host-meta HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: application/yang-data+json\r\n"
      "Content-Length: 7\r\n\r\n{\"a\":1}",
      port, port);
  assert_string_equal(peer_seen(e->peer, 0)->request, expected);
}

/* TLS-19: another visit, mode, name or set of anchors gets a connection and a full handshake of its own */
static void shares_nothing_between_visits(void **state) {
  env_t *e = *state;
  static const struct {
    ask_t q;
    uint32_t outcome;
  } cases[] = {
      {{.visit = 1}, SZTP_OUTCOME_OK},
      {{.visit = 2}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost"}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost", .provisional = 1}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost", .anchor = 1}, SZTP_OUTCOME_FAILED},
      {{.visit = 2, .name = "localhost"}, SZTP_OUTCOME_OK},
  };
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(fetch(e, &cases[i].q), cases[i].outcome);
    if (cases[i].outcome == SZTP_OUTCOME_OK)
      assert_int_equal(e->session->reply.peer_verified, !cases[i].q.provisional);
    assert_int_equal(count(e, SZTP_HTTPS_CONNECTIONS), i + 1);
  }
  sztp_https_free(e->https);
  e->https = NULL;
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), TEST_COUNT_OF(cases));
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    size_t len = 0;
    size_t session_id = 99;
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 35, &len, &session_id)); /* session ticket */
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 41, &len, &session_id)); /* pre-shared key */
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 42, &len, &session_id)); /* early data */
    if (peer_hello_extension(peer_seen(e->peer, i), 43, &len, &session_id) == NULL)
      assert_int_equal(session_id, 0); /* TLS 1.3 fills it for show (RFC 8446 4.1.2) */
  }
}

/* TLS-15, TLS-23, REDIR-14: what the ClientHello says */
static void says_little_in_the_hello(void **state) {
  env_t *e = *state;
  static const struct {
    const char *name;
    const char *sni;
  } cases[] = {{"localhost", "localhost"}, {"localhost.", "localhost"}, {NULL, NULL}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    start(e, &plan);
    ask_t q = {.visit = i, .name = cases[i].name, .provisional = 1};
    expect_ok(e, fetch(e, &q), 200, "hello");
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    size_t len = 0;
    size_t session_id = 0;
    const uint8_t *alpn = peer_hello_extension(seen, 16, &len, &session_id);
    assert_non_null(alpn);
    assert_int_equal(len, 11);
    assert_memory_equal(alpn, "\x00\x09\x08http/1.1", 11);
    assert_string_equal(seen->alpn, "http/1.1");
    const uint8_t *sni = peer_hello_extension(seen, 0, &len, &session_id);
    if (cases[i].sni == NULL) {
      assert_null(sni);
      continue;
    }
    assert_non_null(sni);
    assert_int_equal(len, 5 + strlen(cases[i].sni));
    assert_memory_equal(sni + 5, cases[i].sni, strlen(cases[i].sni));
  }
}

/* ---- who is who ---------------------------------------------------------------------------------- */

/* TLS-06, TLS-07: the identity certificate and what stands above it, in both modes */
static void presents_the_identity(void **state) {
  env_t *e = *state;
  for (int provisional = 0; provisional < 2; provisional++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    start(e, &plan);
    ask_t q = {.visit = (uint64_t)provisional, .provisional = provisional};
    expect_ok(e, fetch(e, &q), 200, "hello");
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    assert_int_equal(seen->chain_count, 2);
    const uint8_t *own;
    const uint8_t *above;
    size_t own_len;
    size_t above_len;
    assert_int_equal(sztp_device_cert(e->dev, SZTP_CERT_IDENTITY, 0, &own, &own_len), SZTP_OK);
    assert_int_equal(sztp_device_cert(e->dev, SZTP_CERT_IDENTITY_CHAIN, 0, &above, &above_len), SZTP_OK);
    assert_int_equal(seen->chain_len, own_len + above_len);
    assert_memory_equal(seen->chain, own, own_len);
    assert_memory_equal(seen->chain + own_len, above, above_len);
  }
}

/* TLS-06, STATE-15: the same with an RSA key, and with another identity after a first one */
static void presents_an_rsa_identity(void **state) {
  env_t *e = *state;
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
  assert_int_equal(add_key(e->keys, dev, "owner.key"), SZTP_ERR_KEY); /* of no certificate yet */
  add_cert(dev, SZTP_CERT_IDENTITY, "owner.pem");
  sztp_software_key_t *keys = give_key(dev, "owner.key");
  /* the identity changes under the key: refused, before any use of the network, until there is its key */
  sztp_https_t *ours = e->https;
  e->https = h;
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  add_cert(dev, SZTP_CERT_IDENTITY, "owner-rsa.pem");
  ask_t q = {.visit = 1};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_CONFIG,
                "(TLS-07): query: the key function does not have the certificate's private key");
  expect_counts(e, 0, 0, 0);
  assert_int_equal(add_key(keys, dev, "owner-rsa.key"), SZTP_OK);
  expect_ok(e, fetch(e, &q), 200, "hello");
  e->https = ours;
  sztp_https_free(h);
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 1);
  assert_int_equal(peer_seen(e->peer, 0)->chain_count, 1);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
}

/* TLS-07: without a key nothing is sent at all */
static void needs_a_key(void **state) {
  env_t *e = *state;
  sztp_session_free(e->session);
  assert_int_equal(sztp_device_set_key(e->dev, NULL, NULL), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(e->dev), e->dev, &e->session), SZTP_OK);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  ask_t q = {.provisional = 1};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_CONFIG,
                "(TLS-07): there is no key function: sztp_device_set_key()");
  expect_counts(e, 0, 0, 0);
}

/* TLS-03: an expired self-signed certificate of another name is good enough for a provisional connection;
 * nobody is taken for verified by it. TLS-02: and not good enough for any other. */
static void accepts_anybody_provisionally(void **state) {
  env_t *e = *state;
  char pem[2048];
  assert_int_equal(peer_self_signed(other_key.text, "CN=elsewhere.example", "20000101000000",
                                    "20010101000000", pem, sizeof pem),
                   0);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.certificate = pem;
  plan.key = other_key.text;
  start(e, &plan);
  ask_t q = {.visit = 1, .provisional = 1};
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_PEER_VERIFIED), 1);
  assert_int_equal(e->session->reply.peer_verified, 0);
  q.provisional = 0;
  q.visit = 2;
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, "127.0.0.1 port");
}

/* TLS-02, TLS-05, TLS-20: whom the core does not accept gets neither our certificate nor one octet of a
 * request */
static void tells_nothing_to_the_untrusted(void **state) {
  env_t *e = *state;
  const struct {
    const char *name;
    int anchor;
    pem_t crt, key;
    int32_t reason;
  } cases[] = {{NULL, 1, server_crt, server_key, SZTP_ERR_TLS_UNTRUSTED},
               {NULL, 0, other_crt, other_key, SZTP_ERR_TLS_UNTRUSTED},
               {"sztp.example.com", 0, server_crt, server_key, SZTP_ERR_TLS_NAME_MISMATCH},
               {"127.0.0.2", 0, server_crt, server_key, SZTP_ERR_TLS_NAME_MISMATCH}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    plan.certificate = cases[i].crt.text;
    plan.key = cases[i].key.text;
    start(e, &plan);
    ask_t q = {.visit = i, .name = cases[i].name, .anchor = cases[i].anchor};
    expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, cases[i].reason, "port");
    assert_string_not_equal(strchr(message(e), ':') + 2,
                            sztp_error_text(cases[i].reason)); /* the real cause */
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    assert_int_equal(peer_connections(e->peer), 1);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->chain_count, 0);
    assert_int_equal(seen->request_len, 0);
  }
  expect_counts(e, 4, 0, 0);
}

/* TLS-20: a certificate swapped before a reconnect within the visit is judged anew */
static void judges_every_connection(void **state) {
  env_t *e = *state;
  static const peer_step_t once[] = {{PEER_READ, NULL, 0}, {PEER_SEND, OK_HELLO, 0}, {PEER_END, NULL, 0}};
  peer_plan_t plan = PLAN(once);
  start(e, &plan);
  uint16_t port = peer_port(e->peer);
  ask_t q = {.visit = 1, .port = port};
  expect_ok(e, fetch(e, &q), 200, "hello");
  end_peer(e);
  /* on a new port, since the old one may be taken: the visit and all else are the same */
  plan.certificate = other_crt.text;
  plan.key = other_key.text;
  start(e, &plan);
  q.port = 0;
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, "port");
}

/* STATE-15: the key must be the certificate's, in any of the usual forms */
static void reads_keys(void **state) {
  env_t *e = *state;
  size_t len;
  pem_t pem = read_pem("owner.key");
  sztp_software_key_t *keys;
  assert_int_equal(sztp_software_key_new(&keys), SZTP_OK);
  assert_int_equal(add_key(keys, e->dev, "other.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(keys, e->dev, "owner-rsa.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(keys, e->dev, "owner.pem"), SZTP_ERR_KEY);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, pem.len / 2), SZTP_ERR_KEY);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, pem.len), SZTP_OK);
  assert_int_equal(sztp_software_key_add(keys, e->dev, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(NULL, e->dev, (const uint8_t *)pem.text, pem.len), SZTP_ERR_ARG);
  free(pem.text);
  static const char *const forms[] = {"pkcs8 -topk8 -nocrypt -outform DER", "ec -outform DER", "ec"};
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++) {
    char command[1200];
    uint8_t key[4096];
    snprintf(command, sizeof command, "openssl %s -in '%s/owner.key' 2>/dev/null", forms[i], pki());
    FILE *f = popen(command, "r");
    assert_non_null(f);
    len = fread(key, 1, sizeof key, f);
    assert_int_equal(pclose(f), 0);
    assert_int_equal(sztp_software_key_add(keys, e->dev, key, len), SZTP_OK);
  }
  sztp_software_key_free(keys);
}

/* ---- faults of the server ------------------------------------------------------------------------ */

#define LONG_100                                                                                             \
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_1000 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100
#define HEAD_200  "HTTP/1.1 200 OK\r\n"

typedef struct fault {
  peer_step_t steps[4];
  uint32_t outcome;
  const char *why;
  uint64_t at_least_ms, at_most_ms; /* how long it may take */
} fault_t;

#define R                                                                                                    \
  { PEER_READ, NULL, 0 }
#define S(text)                                                                                              \
  { PEER_SEND, text, 0 }
#define HOLD                                                                                                 \
  { PEER_HOLD, NULL, 0 }
#define FAILED  SZTP_OUTCOME_FAILED
#define TIMEOUT SZTP_OUTCOME_TIMEOUT

/* with limits of 300 ms for handshake and headers, 200 ms idle, 700 ms in all, 2000 octets and 20 header
 * fields */
static const fault_t faults[] = {
    {{{PEER_END, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{{PEER_CUT, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, {PEER_END, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, {PEER_RESET, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, HOLD}, TIMEOUT, "no response in time", 300, 650},
    {{R, S("HTTP/1.1 2"), {PEER_END, NULL, 0}}, FAILED, "ended before the response", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), {PEER_END, NULL, 0}},
     FAILED,
     "ended before the response",
     0,
     250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), {PEER_CUT, NULL, 0}}, FAILED, "broke off", 0, 250},
    /* without close_notify nobody knows whether the body was all (RFC 9112 9.8) */
    {{R, S(HEAD_200 "\r\nhello"), {PEER_CUT, NULL, 0}}, FAILED, "broke off", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), HOLD}, TIMEOUT, "stopped in its body", 200, 550},
    {{R, S(HEAD_200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZ\r\n"), HOLD},
     FAILED,
     "without size",
     0,
     250},
    {{R, S(HEAD_200 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), HOLD},
     FAILED,
     "both Content",
     0,
     250},
    {{R, S(HEAD_200 "X: " LONG_1000 LONG_1000 "\r\n\r\n"), HOLD}, FAILED, "too long", 0, 250},
    {{R, {PEER_DRIP, "a: b\r\n", 0}}, FAILED, "status line", 0, 250},
    {{R, S(HEAD_200), {PEER_DRIP, "a: b\r\n", 0}}, FAILED, "too many", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 1001\r\n\r\n"), HOLD}, FAILED, "1001 octets; 1000 are", 0, 250},
    {{R, S(HEAD_200 "\r\n" LONG_1000 "!"), HOLD}, FAILED, "1000 are allowed", 0, 250},
    {{R, S(HEAD_200 "Transfer-Encoding: chunked\r\n\r\n"), {PEER_DRIP, "1\r\na\r\n", 0}},
     FAILED,
     "1000 are",
     0,
     650},
    {{R, {PEER_DRIP, "HTTP/1.1 200 slow ", 20}}, TIMEOUT, "stopped in its header", 300, 650},
    {{R, S(HEAD_200 "\r\n"), {PEER_DRIP, "abc", 20}}, TIMEOUT, "stopped in its body", 700, 1100},
    {{R, S("ICY 200 OK\r\n\r\n"), HOLD}, FAILED, "not an HTTP/1", 0, 250},
    {{{PEER_SILENT, NULL, 0}}, TIMEOUT, "handshake", 300, 650},
    {{{PEER_RAW, "HTTP/1.1 400 Plain HTTP was spoken here\r\n\r\n", 0}}, FAILED, "TLS failed", 0, 250},
};

static void limit(env_t *e) {
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HEADERS_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, 200), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_MAX_HEADER_OCTETS, 2000), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_MAX_HEADER_FIELDS, 20), SZTP_OK);
}

/* REST-23, REST-24, TLS-22: every fault ends with its cause, in time, and the next server can be tried */
static void survives_faults(void **state) {
  env_t *e = *state;
  limit(e);
  for (size_t i = 0; i < TEST_COUNT_OF(faults); i++) {
    const fault_t *f = &faults[i];
    peer_plan_t plan = PLAN(f->steps);
    start(e, &plan);
    ask_t q = {.visit = i, .deadline_ms = 700};
    uint64_t began = now_ms();
    uint32_t outcome = fetch(e, &q);
    uint64_t took = now_ms() - began;
    expect_failed(e, outcome, f->outcome, SZTP_ERR_SERVER_FAIL, f->why);
    if (took + 5 < f->at_least_ms || took > f->at_most_ms + 1000)
      fail_msg("case %zu (%s) took %u ms, expected %u to %u", i, f->why, (unsigned)took,
               (unsigned)f->at_least_ms, (unsigned)f->at_most_ms);
  }
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  ask_t q = {.visit = 99};
  expect_ok(e, fetch(e, &q), 200, "hello");
}

/* REST-30: what may be sent again, and what may not */
static void reopens_once(void **state) {
  env_t *e = *state;
  const struct {
    peer_step_t scripts[3][5];
    int ok;
    const char *why;
    uint64_t connections;
  } cases[] = {
      /* the server closes after each response */
      {{{R, S(OK_HELLO), {PEER_END, NULL, 0}}, {R, S(OK_HELLO), {PEER_END, NULL, 0}}}, 1, "", 2},
      {{{R, S(OK_HELLO), {PEER_CUT, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      /* it takes the second request, and closes then */
      {{{R, S(OK_HELLO), R, {PEER_END, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      {{{R, S(OK_HELLO), R, {PEER_RESET, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      /* it says so */
      {{{R, S("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"), HOLD},
        {R, S(OK_HELLO), HOLD}},
       1,
       "",
       2},
      /* once only */
      {{{R, S(OK_HELLO), {PEER_END, NULL, 0}}, {R, {PEER_END, NULL, 0}}}, 0, "without a response", 2},
      /* not after a part of a response */
      {{{R, S(OK_HELLO), R, S("HTTP/1.1 2"), {PEER_END, NULL, 0}}, {R, S(OK_HELLO), HOLD}},
       0,
       "ended before the response",
       1},
      /* not after a time-out */
      {{{R, S(OK_HELLO), R, HOLD}, {R, S(OK_HELLO), HOLD}}, 0, "no response in time", 1},
      /* octets that belong to no response spoil the connection */
      {{{R, S(OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), HOLD}, {R, S(OK_HELLO), HOLD}},
       1,
       "",
       2},
  };
  limit(e);
  uint64_t before = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan;
    memset(&plan, 0, sizeof plan);
    plan.certificate = server_crt.text;
    plan.key = server_key.text;
    plan.script_count = 2;
    for (size_t n = 0; n < 2; n++) memcpy(plan.scripts[n], cases[i].scripts[n], sizeof cases[i].scripts[n]);
    start(e, &plan);
    ask_t q = {.visit = i, .body = "{\"report\":1}"};
    expect_ok(e, fetch(e, &q), 200, "hello");
    uint32_t outcome = fetch(e, &q);
    if (cases[i].ok)
      expect_ok(e, outcome, 200, "hello");
    else
      expect_failed(e, outcome, cases[i].why[0] == 'n' ? TIMEOUT : FAILED, SZTP_ERR_SERVER_FAIL,
                    cases[i].why);
    assert_int_equal(count(e, SZTP_HTTPS_CONNECTIONS) - before, cases[i].connections);
    before = count(e, SZTP_HTTPS_CONNECTIONS);
  }
}

/* REST-18, REST-19, REST-21: statuses are handed on as they are, redirects too */
static void hands_on_statuses(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {
      R,   S("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 2\r\n\r\n{}"),
      R,   S("HTTP/1.1 307 Elsewhere\r\nLocation: https://127.0.0.2/\r\nContent-Length: 0\r\n\r\n"),
      R,   S("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n"),
      HOLD};
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 503, "{}");
  assert_int_equal(e->session->reply.retry_after, 120);
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_CONTENT_TYPE), 0);
  expect_ok(e, fetch(e, &q), 307, "");
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_RETRY_AFTER), 0);
  expect_ok(e, fetch(e, &q), 400, "bad");
  expect_counts(e, 1, 1, 3);
}

/* TLS-22: nobody there, and nobody who answers the call */
static void gives_up_on_addresses(void **state) {
  env_t *e = *state;
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
  ask_t q = {.visit = 1, .port = ntohs(a.sin_port)};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "no connection: ");
  close(fd);
  q.address = "not an address";
  q.name = "localhost";
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_ARG, "not an IPv4 or IPv6 address");
  expect_counts(e, 0, 0, 0);
}

/* TLS-22: an address where the call is never taken. A full queue of waiting connections makes one. */
static void gives_up_connecting(void **state) {
  env_t *e = *state;
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  int calls[8];
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(listen(fd, 0), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(calls); i++) {
    calls[i] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(fcntl(calls[i], F_SETFL, O_NONBLOCK), 0);
    (void)connect(calls[i], (struct sockaddr *)&a, sizeof a);
  }
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_CONNECT_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 5000), SZTP_OK);
  ask_t q = {.visit = 1, .port = ntohs(a.sin_port)};
  uint64_t began = now_ms();
  uint32_t outcome = fetch(e, &q);
  uint64_t took = now_ms() - began;
  expect_failed(e, outcome, SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "no connection in time");
  assert_true(took >= 295 && took < 2000);
  expect_counts(e, 0, 0, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(calls); i++) close(calls[i]);
  close(fd);
}

/* A session's clock with a zero of its own: DEADLINE is on it. */
static uint64_t fixed_clock(void *user) { return *(const uint64_t *)user; }

static void obeys_the_deadline(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, HOLD};
  uint64_t now = 1000000000000000u;
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  assert_int_equal(sztp_https_set_clock(e->https, fixed_clock, &now), SZTP_OK);
  ask_t q = {.visit = 1};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "in time");
  now = 0;
  now = now_ms() + 9700; /* the action says 10 s from now */
  uint64_t began = now_ms();
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "in time");
  uint64_t took = now_ms() - began;
  assert_true(took >= 250 && took < 2000);
  assert_int_equal(sztp_https_set_clock(e->https, NULL, NULL), SZTP_OK);
  assert_int_equal(sztp_https_set_clock(NULL, fixed_clock, NULL), SZTP_ERR_ARG);
}

/* ---- TLS that is too old ------------------------------------------------------------------------- */

/* Runs openssl s_server with more arguments; its port, or 0 if this openssl can't do that. */
static pid_t start_openssl(const char *const *extra, uint16_t *port) {
  char crt[1100];
  char key[1100];
  const char *argv[24] = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", crt, "-key", key};
  size_t n = 9;
  int out[2];
  int rsa = strstr(extra[0], "RSA") != NULL;
  snprintf(crt, sizeof crt, "%s/%s", pki(), rsa ? "owner-rsa.pem" : "server.pem");
  snprintf(key, sizeof key, "%s/%s", pki(), rsa ? "owner-rsa.key" : "server.key");
  for (size_t i = 1; extra[i] != NULL; i++) argv[n++] = extra[i];
  assert_int_equal(pipe(out), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(out[1], 1);
    dup2(out[1], 2);
    close(out[0]);
    execvp("openssl", (char *const *)(uintptr_t)argv);
    _exit(127);
  }
  close(out[1]);
  char text[4096];
  size_t len = 0;
  *port = 0;
  struct pollfd p = {out[0], POLLIN, 0};
  while (*port == 0 && len < sizeof text - 1 && poll(&p, 1, 5000) == 1) {
    ssize_t got = read(out[0], text + len, sizeof text - 1 - len);
    if (got <= 0) break;
    len += (size_t)got;
    text[len] = 0;
    const char *accept = strstr(text, "ACCEPT 127.0.0.1:");
    if (accept != NULL && strchr(accept, '\n') != NULL) *port = (uint16_t)atoi(accept + 17);
  }
  close(out[0]);
  if (*port == 0) fail_msg("openssl s_server did not start: %s", text);
  return pid;
}

/* TLS-01, TLS-24: against OpenSSL, whose -www page shows that the good ones really work */
static void refuses_old_tls(void **state) {
  env_t *e = *state;
  static const struct {
    const char *extra[8]; /* the first: which kind of certificate */
    const char *why;      /* NULL: it is good */
  } cases[] = {
      {{"EC", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", NULL}, NULL},
      {{"EC", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM", NULL}, NULL},
      {{"EC", "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", NULL}, NULL},
      {{"RSA", "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384", NULL}, NULL},
      /* the best that both know */
      {{"EC", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", NULL}, NULL},
      {{"RSA", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", NULL}, NULL},
      {{"EC", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", NULL}, "TLS alert "},
      {{"EC", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", NULL}, "TLS alert 40 (handshake_failure)"},
      {{"EC", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8", NULL}, "TLS alert 40 (handshake_failure)"},
      {{"RSA", "-tls1_2", "-cipher", "AES128-GCM-SHA256", NULL}, "TLS alert 40 (handshake_failure)"},
      {{"RSA", "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", NULL}, "TLS alert 40 (handshake_failure)"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint16_t port;
    pid_t pid = start_openssl(cases[i].extra, &port);
    ask_t q = {.visit = i, .port = port, .provisional = 1, .limit = 65536};
    uint32_t outcome = fetch(e, &q);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    if (cases[i].why == NULL) {
      if (outcome != SZTP_OUTCOME_OK) fail_msg("case %zu: %s", i, message(e));
      assert_int_equal(e->session->reply.status, 200);
    } else {
      expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, cases[i].why);
    }
  }
}

/* What a server that does not know us says is told, though TLS 1.3 says it after the handshake only. */
static void tells_why_the_server_refused(void **state) {
  env_t *e = *state;
  char root[1100];
  snprintf(root, sizeof root, "%s/other-root.pem", pki());
  const char *const extra[] = {"EC", "-Verify", "1", "-verify_return_error", "-CAfile", root, NULL};
  uint16_t port;
  pid_t pid = start_openssl(extra, &port);
  ask_t q = {.port = port, .provisional = 1};
  uint32_t outcome = fetch(e, &q);
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
  expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "TLS alert 48 (unknown_ca)");
}

/* ---- RESOLVE ------------------------------------------------------------------------------------- */

static uint32_t resolve(env_t *e, const char *name) {
  sztp_action_t *a = begin(e, SZTP_ACTION_RESOLVE);
  put(a, SZTP_F_NAME, name);
  return sztp_https_handle(e->https, e->session, a);
}

static void resolves_names(void **state) {
  env_t *e = *state;
  static const struct {
    const char *name;
    const char *addresses[3];
  } cases[] = {{"localhost", {"127.0.0.1", NULL, NULL}},
               {"192.0.2.9", {"192.0.2.9", NULL, NULL}},
               {"2001:DB8::9", {"2001:db8::9", NULL, NULL}},
               {"two.test", {"127.0.0.2", "127.0.0.1", NULL}}, /* without the double */
               {"mixed.test", {"2001:db8::7", "192.0.2.7", NULL}}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(resolve(e, cases[i].name), SZTP_OUTCOME_OK);
    const sztp__reply_t *r = &e->session->reply;
    size_t n = 0;
    for (; cases[i].addresses[n] != NULL; n++)
      assert_string_equal((const char *)r->addresses[n].data, cases[i].addresses[n]);
    assert_int_equal(r->address_count, n);
  }
  assert_int_equal(resolve(e, "many.test"), SZTP_OUTCOME_OK);
  assert_int_equal(e->session->reply.address_count, 32);
  expect_failed(e, resolve(e, "nobody.test"), SZTP_OUTCOME_NOTHING, SZTP_ERR_SERVER_FAIL, "\"nobody.test\"");
  expect_failed(e, resolve(e, "down.test"), SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "\"down.test\"");
  expect_failed(e, resolve(e, ""), SZTP_OUTCOME_FAILED, SZTP_ERR_HOST, "host name");
}

/* ---- DOWNLOAD ------------------------------------------------------------------------------------ */

typedef struct staged {
  char data[256];
  size_t len;
  uint64_t total;
  unsigned opened;
  unsigned calls;
  unsigned refuse_at; /* this call is answered with a failure */
} staged_t;

static int32_t stage(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                     size_t len) {
  staged_t *st = user;
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_DOWNLOAD);
  st->total = total;
  if (++st->calls == st->refuse_at) return -1;
  if (len == 0) {
    assert_int_equal(offset, 0);
    st->opened++;
    st->len = 0;
    return 0;
  }
  assert_int_equal(offset, st->len);
  assert_true(st->len + len <= sizeof st->data);
  memcpy(st->data + st->len, data, len);
  st->len += len;
  return 0;
}

static uint32_t download(env_t *e, const char *scheme, const char *host, uint64_t max) {
  sztp_action_t *a = begin(e, SZTP_ACTION_DOWNLOAD);
  char uri[256];
  snprintf(uri, sizeof uri, "%s://%s:%u/images/a.bin?v=1#part", scheme, host,
           e->peer != NULL ? (unsigned)peer_port(e->peer) : 1U);
  put(a, SZTP_F_URI, uri);
  sztp__action_put_u64(a, SZTP_F_INDEX, 0);
  sztp__action_put_u64(a, SZTP_F_LIMIT, max);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, now_ms() + 5000);
  assert_int_equal(sztp__hash_new(e->ctx, SZTP__HASH_SHA256, &e->session->reply.hash), SZTP_OK);
  e->session->in_handler = 1;
  uint32_t outcome = sztp_https_handle(e->https, e->session, a);
  e->session->in_handler = 0;
  return outcome;
}

static void expect_image(env_t *e, const staged_t *st, const char *image) {
  uint8_t expected[SZTP__HASH_MAX];
  uint8_t got[SZTP__HASH_MAX];
  size_t len;
  assert_int_equal(st->len, strlen(image));
  assert_memory_equal(st->data, image, st->len);
  assert_int_equal(e->session->reply.written, st->len);
  assert_int_equal(sztp__hash_once(e->ctx, SZTP__HASH_SHA256, sztp__span_of(image), expected, &len), SZTP_OK);
  assert_int_equal(sztp__hash_finish(e->session->reply.hash, got, &len), SZTP_OK);
  assert_memory_equal(got, expected, len);
}

#define IMAGE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

/* ONB-13: over TLS with any certificate and over plain HTTP, to the session and to the stage, anonymously */
static void downloads(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(IMAGE_HEAD "01234"), {PEER_PAUSE, NULL, 20}, S("56789"), HOLD};
  for (int secure = 0; secure < 2; secure++) {
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = PLAN(steps);
    plan.certificate = secure ? other_crt.text : NULL;
    plan.key = other_key.text;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    uint32_t outcome = download(e, secure ? "https" : "http", "127.0.0.1", 10);
    if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
    expect_image(e, &st, "0123456789");
    assert_int_equal(st.total, 10);
    assert_int_equal(st.opened, 1);
    peer_stop(e->peer);
    char expected[128];
    snprintf(expected, sizeof expected, "GET /images/a.bin?v=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
             (unsigned)peer_port(e->peer));
    assert_string_equal(peer_seen(e->peer, 0)->request, expected);
    assert_int_equal(peer_seen(e->peer, 0)->chain_count, 0);
  }
  expect_counts(e, 2, 1, 2);
}

/* A transfer that breaks off begins again at the next address, with hash and stage emptied. */
static void downloads_from_the_next_address(void **state) {
  env_t *e = *state;
  static const peer_step_t broken[] = {R, S(IMAGE_HEAD "XXXXX"), {PEER_CUT, NULL, 0}};
  static const peer_step_t good[] = {
      R, S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"), HOLD};
  staged_t st;
  memset(&st, 0, sizeof st);
  peer_plan_t plan = PLAN(broken);
  plan.certificate = NULL;
  plan.second = "127.0.0.2";
  plan.script_count = 2;
  memcpy(plan.scripts[1], good, sizeof good);
  start(e, &plan);
  assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
  uint32_t outcome = download(e, "http", "two.test", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, "0123456789");
  assert_int_equal(st.opened, 2);
  assert_int_equal(st.total, 0);
  expect_counts(e, 2, 0, 1);
  /* nobody at the first address */
  memset(&st, 0, sizeof st);
  plan.second = NULL;
  plan.script_count = 1;
  memcpy(plan.scripts[0], good, sizeof good);
  start(e, &plan);
  assert_int_equal(download(e, "http", "two.test", 10), SZTP_OUTCOME_OK);
  expect_image(e, &st, "0123456789");
  assert_int_equal(st.opened, 1);
}

/* D-133 and the limits: what ends a download */
static void ends_bad_downloads(void **state) {
  env_t *e = *state;
  static const struct {
    const char *reply;
    unsigned refuse_at;
    uint64_t max;
    int32_t reason;
    const char *why;
  } cases[] = {
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0, 10, SZTP_ERR_IMAGE, "HTTP status 404"},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n", 0, 10,
       SZTP_ERR_IMAGE, "HTTP status 302"},
      {"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\nab", 0, 10, SZTP_ERR_IMAGE, "HTTP status 206"},
      {IMAGE_HEAD "0123456789", 0, 9, SZTP_ERR_IMAGE, "10 octets; 9 are allowed"},
      {"HTTP/1.1 200 OK\r\n\r\n0123456789", 0, 9, SZTP_ERR_IMAGE, "9 are allowed"},
      {IMAGE_HEAD "0123456789", 1, 10, SZTP_ERR_IMAGE, "could not be staged"},
      {IMAGE_HEAD "0123456789", 2, 10, SZTP_ERR_IMAGE, "could not be staged"},
      {IMAGE_HEAD "01234", 0, 10, SZTP_ERR_IMAGE, "after 5 octets"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_step_t steps[] = {R, S(cases[i].reply), {PEER_END, NULL, 0}};
    staged_t st;
    memset(&st, 0, sizeof st);
    st.refuse_at = cases[i].refuse_at;
    peer_plan_t plan = PLAN(steps);
    plan.certificate = NULL;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    expect_failed(e, download(e, "http", "127.0.0.1", cases[i].max), SZTP_OUTCOME_FAILED, cases[i].reason,
                  cases[i].why);
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), 1);
  }
  end_peer(e);
  expect_failed(e, download(e, "ftp", "127.0.0.1", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_URI,
                "neither https nor http");
  expect_failed(e, download(e, "http", "nobody.test", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_IMAGE,
                "\"nobody.test\"");
  assert_int_equal(sztp_https_set_stage(e->https, NULL, NULL), SZTP_OK);
  expect_failed(e, download(e, "http", "127.0.0.1", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_HOST,
                "sztp_https_set_stage");
}

/* ---- a whole session ----------------------------------------------------------------------------- */

static uint32_t say_ok(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_OK;
}

static uint64_t clock_ms(void *user) {
  (void)user;
  return now_ms();
}

static int32_t run_session(sztp_ctx_t *ctx, sztp_device_t *dev, sztp_https_t *h, uint32_t *result) {
  sztp_session_t *s = NULL;
  sztp_host_t *host = NULL;
  assert_int_equal(sztp_session_new(sztp_device_ctx(dev), dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN), SZTP_OK);
  assert_int_equal(sztp_host_new(ctx, clock_ms, NULL, &host), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_ENABLED, say_ok, NULL), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_SAVE, say_ok, NULL), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_RESOLVE, sztp_https_handle, h), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_FETCH, sztp_https_handle, h), SZTP_OK);
  assert_int_equal(sztp_https_set_clock(h, clock_ms, NULL), SZTP_OK);
  int32_t rc = sztp_host_run(host, s, result);
  sztp_host_free(host);
  sztp_session_free(s);
  return rc;
}

/* TLS-02, REST-30: the machine and the transport together, twice with one transport; what is untrusted the
 * second time must not profit from the first. */
static void serves_sessions(void **state) {
  env_t *e = *state;
  static const peer_step_t busy[] = {R, S("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), R,
                                     S("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), HOLD};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  uint32_t result = 0;
  peer_plan_t plan = PLAN(busy);
  start(e, &plan);
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  for (int known = 1; known >= 0; known--) {
    int64_t n;
    assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
    add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
    add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
    add_cert(dev, SZTP_CERT_SERVER_ANCHOR, known ? "server-root.pem" : "server2-root.pem");
    assert_int_equal(sztp_device_add_server(dev, "localhost", peer_port(e->peer)), SZTP_OK);
    assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1), SZTP_OK);
    assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
    sztp_software_key_t *keys = give_key(dev, "idevid.key");
    for (unsigned run = 1; run <= 2; run++) {
      int32_t rc = run_session(ctx, dev, h, &result);
      assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(rc, known ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_TLS_UNTRUSTED);
      assert_int_equal(sztp_https_i64(h, SZTP_HTTPS_EXCHANGES, &n), SZTP_OK);
      assert_int_equal(n, known ? 2 * run : 0);
    }
    sztp_https_free(h);
    sztp_device_free(dev);
    sztp_software_key_free(keys);
  }
  sztp_ctx_free(ctx);
  peer_stop(e->peer);
  const char *request = peer_seen(e->peer, 0)->request;
  assert_ptr_equal(strstr(request, "GET /.well-known/host-meta HTTP/1.1\r\nHost: localhost:"), request);
  assert_non_null(
      strstr(request, "POST /restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data "));
}

static sztp_session_t *to_cancel;
static void on_alarm(int number) {
  (void)number;
  (void)sztp_session_cancel(to_cancel);
}

/* STATE-08: a server that never answers does not keep a session from being stopped, by a signal even. */
static void stops_on_request(void **state) {
  env_t *e = *state;
  static const peer_step_t silent[] = {R, HOLD};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  const sztp_action_t *a = NULL;
  int64_t result = 0;
  uint64_t begun = now_ms();
  peer_plan_t plan = PLAN(silent);
  start(e, &plan);
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
  add_cert(dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_add_server(dev, "127.0.0.1", peer_port(e->peer)), SZTP_OK);
  assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
  sztp_software_key_t *keys = give_key(dev, "idevid.key");
  assert_int_equal(sztp_session_new(sztp_device_ctx(dev), dev, &to_cancel), SZTP_OK);
  assert_int_equal(sztp_session_add_source(to_cancel, SZTP_SOURCE_WELL_KNOWN), SZTP_OK);
  assert_int_equal(sztp_session_cancelled(to_cancel), 0);
  void (*before)(int) = signal(SIGALRM, on_alarm);
  alarm(1);
  for (;;) {
    assert_int_equal(sztp_session_next(to_cancel, now_ms(), &a), SZTP_OK);
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) break;
    uint32_t outcome = kind == SZTP_ACTION_FETCH ? sztp_https_handle(h, to_cancel, a) : SZTP_OUTCOME_OK;
    assert_int_equal(sztp_reply_end(to_cancel, sztp_action_ticket(a), outcome), SZTP_OK);
  }
  (void)signal(SIGALRM, before);
  assert_int_equal(sztp_action_i64(a, SZTP_F_RESULT, 0, &result), SZTP_OK);
  assert_int_equal(result, SZTP_RESULT_CANCELLED);
  assert_true(now_ms() - begun < 5000); /* the limit for an answer is a minute */
  sztp_session_free(to_cancel);
  sztp_https_free(h);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
  peer_stop(e->peer);
}

/* ---- the object ---------------------------------------------------------------------------------- */

static void checks_arguments(void **state) {
  env_t *e = *state;
  sztp_https_t *h = NULL;
  int64_t n;
  assert_int_equal(sztp_https_new(NULL, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_new(e->dev, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(NULL, SZTP_HTTPS_IDLE_MS, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, 0, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, 8, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, INT64_MAX), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_CONNECT_MS, 1), SZTP_OK);
  assert_int_equal(sztp_https_set_stage(NULL, stage, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, 0, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, 4, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, 1, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_handle(NULL, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  begin(e, SZTP_ACTION_KEY); /* private keys are the key function's */
  assert_int_equal(sztp_https_handle(e->https, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  begin(e, SZTP_ACTION_REBOOT);
  assert_int_equal(sztp_https_handle(e->https, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  sztp_https_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(shares_a_connection_within_a_visit),
      TEST(shares_nothing_between_visits),
      TEST(says_little_in_the_hello),
      TEST(presents_the_identity),
      TEST(needs_a_key),
      TEST(accepts_anybody_provisionally),
      TEST(tells_nothing_to_the_untrusted),
      TEST(judges_every_connection),
      TEST(reads_keys),
      TEST(survives_faults),
      TEST(reopens_once),
      TEST(hands_on_statuses),
      TEST(gives_up_on_addresses),
      TEST(obeys_the_deadline),
      TEST(refuses_old_tls),
      TEST(tells_why_the_server_refused),
      TEST(presents_an_rsa_identity),
      TEST(gives_up_connecting),
      TEST(resolves_names),
      TEST(downloads),
      TEST(downloads_from_the_next_address),
      TEST(ends_bad_downloads),
      TEST(serves_sessions),
      TEST(stops_on_request),
      TEST(checks_arguments),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
