/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that sztp_ctx_new_in() is said to need is enough: a verification, and a whole bootstrap (signed
 * redirect information, then signed onboarding information from the server that it names) over a transport of
 * the test's own and over libsztp-https, each in exactly as many octets as include/sztp/ctx.h says, and not
 * far from as few as do. */
#define _POSIX_C_SOURCE 200809L
#include "mock_host.h"

#include <time.h>

#include <sztp/https.h>

#include "artifact.h"
#include "common/tls_peer.h"
#include "formats/yang_write.h"
#include "trust/device_private.h"

/* As in the comment of sztp_ctx_new_in(). */
#define FOR_VERIFICATION  ((size_t)24 * 1024)
#define FOR_OWN_TRANSPORT ((size_t)36 * 1024)
#define FOR_HTTPS         ((size_t)44 * 1024)

enum { VERIFICATION, OWN_TRANSPORT, HTTPS };

typedef struct run {
  int what;
  peer_t *peer;
  const char *data; /* the reply's body */
  sztp_https_t *https;
  sztp__blob_t redirect, onboarding;
} run_t;

/* ---- the host ------------------------------------------------------------------------------------ */

static uint64_t clock_ms(void *user) {
  struct timespec t;
  (void)user;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint32_t discover(void *user, sztp_session_t *s, const sztp_action_t *a) {
  const run_t *r = user;
  const sztp__blob_t parts[] = {r->redirect, owner_artifacts()->owner_cert, owner_artifacts()->voucher};
  for (uint32_t i = 0; i < 3; i++)
    if (sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ARTIFACT_CI + i, parts[i].data, parts[i].len) < 0)
      return SZTP_OUTCOME_FAILED;
  return SZTP_OUTCOME_OK;
}

/* A transport without memory of its own. */
static uint32_t answer(void *user, sztp_session_t *s, const sztp_action_t *a) {
  const run_t *r = user;
  uint64_t ticket = sztp_action_ticket(a);
  int64_t purpose = 0;
  (void)sztp_action_i64(a, SZTP_F_PURPOSE, 0, &purpose);
  int is_data = purpose == SZTP_FETCH_DATA;
  (void)sztp_reply_i64(s, ticket, SZTP_F_STATUS, is_data ? 200 : purpose == SZTP_FETCH_ROOT ? 404 : 204);
  (void)sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, 1);
  if (!is_data) return SZTP_OUTCOME_OK;
  const char *type = "application/yang-data+json";
  (void)sztp_reply_bytes(s, ticket, SZTP_F_CONTENT_TYPE, (const uint8_t *)type, strlen(type));
  for (size_t at = 0, len = strlen(r->data); at < len; at += 1000) {
    size_t piece = len - at < 1000 ? len - at : 1000;
    if (sztp_reply_write(s, ticket, (const uint8_t *)r->data + at, piece) < 0) return SZTP_OUTCOME_FAILED;
  }
  return SZTP_OUTCOME_OK;
}

static uint32_t resolve(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  const char *address = "127.0.0.1";
  (void)sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)address, strlen(address));
  return SZTP_OUTCOME_OK;
}

static uint32_t say_ok(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_OK;
}

/* ---- in an arena --------------------------------------------------------------------------------- */

static int32_t verify(run_t *r, sztp_ctx_t *ctx, sztp_device_t *dev) {
  const sztp__blob_t parts[] = {r->onboarding, owner_artifacts()->owner_cert, owner_artifacts()->voucher};
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  int32_t rc = sztp_bundle_new(ctx, &b);
  for (uint32_t i = 0; i < 3 && rc == SZTP_OK; i++)
    rc = sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO + i, parts[i].data, parts[i].len);
  if (rc == SZTP_OK) rc = sztp_verify(dev, b, (int64_t)time(NULL), SZTP_CHANNEL_UNTRUSTED, &v);
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  return rc;
}

static int32_t bootstrap(run_t *r, sztp_ctx_t *ctx, sztp_device_t *dev) {
  static const uint32_t fine[] = {SZTP_ACTION_ENABLED, SZTP_ACTION_SAVE, SZTP_ACTION_SCRIPT,
                                  SZTP_ACTION_CONFIG};
  sztp_session_t *s = NULL;
  sztp_host_t *host = NULL;
  uint32_t result = 0;
  int32_t rc = sztp_session_new(ctx, dev, &s);
  if (rc == SZTP_OK) rc = sztp_session_add_source(s, SZTP_SOURCE_CUSTOM);
  if (rc == SZTP_OK) rc = sztp_session_set_time(s, clock_ms(NULL), (int64_t)time(NULL));
  if (rc == SZTP_OK) rc = sztp_host_new(ctx, clock_ms, NULL, &host);
  if (rc == SZTP_OK && r->what == HTTPS) rc = sztp_https_new(dev, &r->https);
  for (size_t i = 0; i < TEST_COUNT_OF(fine) && rc == SZTP_OK; i++)
    rc = sztp_host_on(host, fine[i], say_ok, NULL);
  if (rc == SZTP_OK) rc = sztp_host_on(host, SZTP_ACTION_DISCOVER, discover, r);
  if (rc == SZTP_OK) rc = sztp_host_on(host, SZTP_ACTION_RESOLVE, resolve, NULL);
  if (rc == SZTP_OK)
    rc = r->what == HTTPS ? sztp_host_on(host, SZTP_ACTION_FETCH, sztp_https_handle, r->https)
                          : sztp_host_on(host, SZTP_ACTION_FETCH, answer, r);
  if (rc == SZTP_OK) rc = sztp_host_run(host, s, &result);
  if (rc == SZTP_OK && result != SZTP_RESULT_DONE) rc = sztp_session_reason(s);
  sztp_https_free(r->https);
  r->https = NULL;
  sztp_host_free(host);
  sztp_session_free(s);
  return rc;
}

static int32_t add_cert(sztp_device_t *dev, uint32_t role, const char *name) {
  sztp__buf_t der;
  sztp__span_t cert = pki_der(artifact_ctx(), name, &der);
  int32_t rc = sztp_device_add_cert(dev, role, cert.data, cert.len);
  sztp__buf_clear(&der);
  return rc;
}

static int32_t give_key(sztp_device_t *dev, sztp_software_key_t **keys) {
  sztp__blob_t key = pki_file("idevid.key");
  int32_t rc = sztp_software_key_new(keys);
  if (rc == SZTP_OK) rc = sztp_software_key_add(*keys, dev, key.data, key.len);
  if (rc == SZTP_OK) rc = sztp_device_set_key(dev, sztp_software_key, *keys);
  free(key.data);
  return rc;
}

static int32_t run_in(run_t *r, size_t octets) {
  void *memory = malloc(octets);
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_software_key_t *keys = NULL;
  assert_non_null(memory);
  int32_t rc = sztp_ctx_new_in(memory, octets, &ctx);
  if (rc == SZTP_OK) rc = sztp_device_new(ctx, &dev);
  if (rc == SZTP_OK) rc = add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
  if (rc == SZTP_OK) rc = add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
  if (rc == SZTP_OK) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1);
  if (rc == SZTP_OK && r->what == HTTPS) rc = give_key(dev, &keys);
  if (rc == SZTP_OK) rc = r->what == VERIFICATION ? verify(r, ctx, dev) : bootstrap(r, ctx, dev);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
  free(memory);
  return rc;
}

/* ---- the tests ----------------------------------------------------------------------------------- */

static char data_body[32768], data_reply[33000];

static void make_data(const run_t *r) {
  const sztp__blob_t parts[] = {r->onboarding, owner_artifacts()->owner_cert, owner_artifacts()->voucher};
  static const char *const names[] = {"conveyed-information", "owner-certificate", "ownership-voucher"};
  sztp__buf_t out;
  sztp__yang_writer_t w;
  sztp__buf_init(&out, artifact_ctx(), sizeof data_body);
  sztp__write_begin(&w, &out, SZTP__ENCODING_JSON, "ietf-sztp-bootstrap-server", "output");
  for (size_t i = 0; i < 3; i++) sztp__write_binary(&w, names[i], sztp__span(parts[i].data, parts[i].len));
  sztp__write_end(&w, "output");
  assert_int_equal(out.status, SZTP_OK);
  memcpy(data_body, out.data, out.len);
  data_body[out.len] = '\0';
  sztp__buf_clear(&out);
  (void)snprintf(
      data_reply, sizeof data_reply,
      "HTTP/1.1 200 OK\r\nContent-Type: application/yang-data+json\r\nContent-Length: %zu\r\n\r\n%s",
      strlen(data_body), data_body);
}

static peer_t *serve(void) {
  static const peer_step_t read_one = {PEER_READ, NULL, 0};
  static const peer_step_t none = {PEER_SEND, "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", 0};
  peer_plan_t plan;
  size_t len = 0;
  memset(&plan, 0, sizeof plan);
  char *certificate = (char *)test_read_pki("server.pem", &len),
       *key = (char *)test_read_pki("server.key", &len);
  plan.certificate = certificate;
  plan.key = key;
  plan.script_count = 2;
  plan.scripts[0][0] = read_one;
  plan.scripts[0][1] = (peer_step_t){PEER_SEND, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0};
  plan.scripts[0][2] = read_one;
  plan.scripts[0][3] = (peer_step_t){PEER_SEND, data_reply, 0};
  for (size_t i = 0; i < 8; i++) plan.scripts[1][i] = i % 2 == 0 ? read_one : none;
  for (size_t i = 4; i < 8; i++) plan.scripts[0][i] = plan.scripts[1][i];
  peer_t *peer = peer_start(&plan);
  assert_non_null(peer);
  free(certificate);
  free(key);
  return peer;
}

/* Octets that don't do, next to the least that do, to within @p step. */
static size_t least(run_t *r, size_t enough, size_t step) {
  while (enough > step) {
    if (r->what == HTTPS) {
      peer_free(r->peer);
      r->peer = serve();
    }
    size_t less = enough - step;
    if (r->what == HTTPS)
      r->redirect =
          artifact_conveyed(artifact_redirect("127.0.0.1", peer_port(r->peer), "server-root"), "owner");
    if (run_in(r, less) != SZTP_OK) break;
    enough = less;
  }
  return enough;
}

static void holds(int what, size_t octets) {
  run_t r;
  memset(&r, 0, sizeof r);
  r.what = what;
  r.onboarding = artifact_conveyed(MOCK_ONBOARDING, "owner");
  make_data(&r);
  r.data = data_body;
  if (what == HTTPS) r.peer = serve();
  uint16_t port = what == HTTPS ? peer_port(r.peer) : 4001;
  r.redirect = artifact_conveyed(artifact_redirect("127.0.0.1", port, "server-root"), "owner");
  int32_t rc = run_in(&r, octets);
  if (rc != SZTP_OK) fail_msg("%zu octets: %s", octets, sztp_error_name(rc));
  size_t few = least(&r, octets, 1024);
  print_message(
      "%zu octets are enough, as few as %zu do (artifacts of %zu, %zu, %zu octets, a reply of %zu)\n", octets,
      few, r.onboarding.len, owner_artifacts()->owner_cert.len, owner_artifacts()->voucher.len,
      strlen(data_body));
  if (sizeof(void *) == 8) assert_true(octets - few <= 8 * 1024); /* a true number, not a large one */
  peer_free(r.peer);
}

static void test_verification(void **state) {
  (void)state;
  holds(VERIFICATION, FOR_VERIFICATION);
}

static void test_own_transport(void **state) {
  (void)state;
  holds(OWN_TRANSPORT, FOR_OWN_TRANSPORT);
}

static void test_https(void **state) {
  (void)state;
  holds(HTTPS, FOR_HTTPS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_verification),
      cmocka_unit_test(test_own_transport),
      cmocka_unit_test(test_https),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
