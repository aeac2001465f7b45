/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the HTTPS transport: its actions are put into a real session by hand, against a scripted and
 * often hostile server on the loopback, so that each test says exactly what is asked and sees exactly what is
 * replied. Names are resolved by the tests themselves. */
#ifndef SZTP_TESTS_HTTPS_BENCH_H
#define SZTP_TESTS_HTTPS_BENCH_H

#include "common/testing.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

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

static inline struct addrinfo *answer(const char *text, uint16_t port, struct addrinfo *next) {
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
  int resume; /* of DOWNLOADs */
} env_t;

static inline const char *pki(void) {
  const char *dir = test_directory("PKI");
  return dir != NULL ? dir : ".";
}

typedef struct pem {
  char *text;
  size_t len;
} pem_t;

static pem_t server_crt, server_key, other_crt, other_key;

static inline pem_t read_pem(const char *name) {
  pem_t p;
  p.text = (char *)test_read_pki(name, &p.len);
  return p;
}

static inline int read_server(void **state) {
  (void)state;
  server_crt = read_pem("server.pem");
  server_key = read_pem("server.key");
  other_crt = read_pem("other.pem");
  other_key = read_pem("other.key");
  return 0;
}

static inline int forget_server(void **state) {
  (void)state;
  free(server_crt.text);
  free(server_key.text);
  free(other_crt.text);
  free(other_key.text);
  return 0;
}

static inline int32_t add_key(sztp_software_key_t *keys, const sztp_device_t *dev, const char *name) {
  pem_t p = read_pem(name);
  int32_t rc = sztp_software_key_add(keys, dev, (const uint8_t *)p.text, p.len);
  free(p.text);
  return rc;
}

static inline uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline uint64_t clock_ms(void *user) {
  (void)user;
  return now_ms();
}

/* A device with the private key NAME of the test PKI. */
static inline sztp_software_key_t *give_key(sztp_device_t *dev, const char *name) {
  sztp_software_key_t *keys = NULL;
  assert_int_equal(sztp_software_key_new(&keys), SZTP_OK);
  assert_int_equal(add_key(keys, dev, name), SZTP_OK);
  assert_int_equal(sztp_device_set_key(dev, sztp_software_key, keys), SZTP_OK);
  return keys;
}

static inline int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  assert_int_equal(sztp_ctx_new(NULL, &e->ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  assert_int_equal(sztp_device_set_text(e->dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  /* any certificate with one above it will do */
  test_add_cert(e->dev, SZTP_CERT_IDENTITY, "owner.pem");
  test_add_cert(e->dev, SZTP_CERT_IDENTITY_CHAIN, "owner-int.pem");
  test_add_cert(e->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  test_add_cert(e->dev, SZTP_CERT_SERVER_ANCHOR, "server2-root.pem");
  e->keys = give_key(e->dev, "owner.key");
  assert_int_equal(sztp_session_new(sztp_device_ctx(e->dev), e->dev, &e->session), SZTP_OK);
  assert_int_equal(sztp_session_set_clock(e->session, clock_ms, NULL), SZTP_OK);
  assert_int_equal(sztp_https_new(e->dev, &e->https), SZTP_OK);
  *state = e;
  return 0;
}

static inline void end_peer(env_t *e) {
  peer_free(e->peer);
  e->peer = NULL;
}

static inline void end_env(env_t *e) {
  sztp_https_free(e->https);
  end_peer(e);
  sztp__action_clear(&e->session->action);
  sztp__reply_clear(&e->session->reply, e->ctx);
  e->session->asked = 0;
  sztp_session_free(e->session);
  sztp_device_free(e->dev);
  sztp_software_key_free(e->keys);
  sztp_ctx_free(e->ctx);
}

static inline int tear_down(void **state) {
  end_env(*state);
  free(*state);
  return 0;
}

/* A plan with one script for all connections. */
static inline peer_plan_t plan_of(const peer_step_t *steps, size_t n) {
  peer_plan_t plan;
  memset(&plan, 0, sizeof plan);
  plan.certificate = server_crt.text;
  plan.key = server_key.text;
  plan.script_count = 1;
  memcpy(plan.scripts[0], steps, n * sizeof *steps);
  return plan;
}

static inline void start(env_t *e, const peer_plan_t *plan) {
  end_peer(e);
  e->peer = peer_start(plan);
  assert_non_null(e->peer);
}

/* ---- actions by hand ----------------------------------------------------------------------------- */

static inline sztp_action_t *begin(env_t *e, uint32_t kind) {
  sztp_session_t *s = e->session;
  sztp__reply_clear(&s->reply, e->ctx);
  s->asked = 1;
  s->action.ctx = e->ctx;
  sztp__action_begin(&s->action, kind);
  s->action.ticket = ++e->ticket;
  return &s->action;
}

static inline void put(sztp_action_t *a, uint32_t field, const char *text) {
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

static inline uint32_t fetch(env_t *e, const ask_t *q) {
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

static inline const char *message(const env_t *e) {
  return e->session->reply.message.data != NULL ? (const char *)e->session->reply.message.data : "";
}

static inline void expect_body(const env_t *e, uint64_t status, const char *body) {
  const sztp__reply_t *r = &e->session->reply;
  assert_int_equal(r->status, status);
  assert_int_equal(r->body.len, strlen(body));
  if (r->body.len > 0) assert_memory_equal(r->body.data, body, r->body.len);
}

static inline void expect_ok(const env_t *e, uint32_t outcome, uint64_t status, const char *body) {
  if (outcome != SZTP_OUTCOME_OK) fail_msg("outcome %u: %s", (unsigned)outcome, message(e));
  expect_body(e, status, body);
}

static inline void expect_failed(const env_t *e, uint32_t outcome, uint32_t expected, int32_t reason,
                                 const char *part) {
  const sztp__reply_t *r = &e->session->reply;
  if (outcome != expected || r->reason != reason || strstr(message(e), part) == NULL)
    fail_msg("outcome %u, reason %s, \"%s\"; expected %u, %s, \"%s\"", (unsigned)outcome,
             sztp_error_name(r->reason), message(e), (unsigned)expected, sztp_error_name(reason), part);
}

static inline uint64_t count(const env_t *e, uint32_t what) {
  int64_t n = 0;
  assert_int_equal(sztp_https_i64(e->https, what, &n), SZTP_OK);
  return (uint64_t)n;
}

static inline void expect_counts(const env_t *e, uint64_t connections, uint64_t handshakes,
                                 uint64_t exchanges) {
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

/* ---- faults of the server ------------------------------------------------------------------------ */

#define LONG_100                                                                                             \
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_1000 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100
#define HEAD_200  "HTTP/1.1 200 OK\r\n"

#define R                                                                                                    \
  { PEER_READ, NULL, 0 }
#define S(text)                                                                                              \
  { PEER_SEND, text, 0 }
#define HOLD                                                                                                 \
  { PEER_HOLD, NULL, 0 }
#define FAILED  SZTP_OUTCOME_FAILED
#define TIMEOUT SZTP_OUTCOME_TIMEOUT

static inline void limit(env_t *e) {
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HEADERS_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, 200), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_MAX_HEADER_OCTETS, 2000), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_MAX_HEADER_FIELDS, 20), SZTP_OK);
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

static inline int32_t stage(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total,
                            const uint8_t *data, size_t len) {
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

#define IMAGE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

static inline uint32_t download(env_t *e, const char *scheme, const char *host, uint64_t max) {
  sztp_action_t *a = begin(e, SZTP_ACTION_DOWNLOAD);
  char uri[256];
  snprintf(uri, sizeof uri, "%s://%s:%u/images/a.bin?v=1#part", scheme, host,
           e->peer != NULL ? (unsigned)peer_port(e->peer) : 1U);
  put(a, SZTP_F_URI, uri);
  sztp__action_put_u64(a, SZTP_F_INDEX, 0);
  sztp__action_put_u64(a, SZTP_F_LIMIT, max);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, now_ms() + 5000);
  sztp__action_put_i64(a, SZTP_F_RESUME, e->resume);
  assert_int_equal(sztp__hash_new(e->ctx, SZTP__HASH_SHA256, &e->session->reply.hash), SZTP_OK);
  e->session->in_handler = 1;
  uint32_t outcome = sztp_https_handle(e->https, e->session, a);
  e->session->in_handler = 0;
  return outcome;
}

static inline void expect_image(env_t *e, const staged_t *st, const char *image) {
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

/* ---- a whole session ----------------------------------------------------------------------------- */

/* ---- the object ---------------------------------------------------------------------------------- */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
