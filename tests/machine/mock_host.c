/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted network and host around a real session. */
#include "mock_host.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "edges.h"
#include "formats/armor.h"
#include "formats/yang_write.h"
#include "ground/text.h"

void mock_give_signed(mock_server_t *server, const char *document) {
  server->ci = artifact_conveyed(document, "owner");
  server->oc = owner_artifacts()->owner_cert;
  server->ov = owner_artifacts()->voucher;
}

void mock_give_unsigned(mock_server_t *server, const char *document) {
  server->ci = artifact_conveyed(document, NULL);
  server->oc.data = NULL;
  server->ov.data = NULL;
}

static void trace(mock_host_t *mock, const char *fmt, ...) SZTP__PRINTF(2, 3);

/* ---- the device ---------------------------------------------------------------------------------- */

static void mock_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  mock_host_t *mock = user;
  (void)level;
  (void)topic;
  size_t at = strlen(mock->log);
  if (at + len + 2 < sizeof mock->log) {
    memcpy(mock->log + at, line, len);
    memcpy(mock->log + at + len, "\n", 2);
  }
}

void mock_open(mock_host_t *mock, int runner) {
  memset(mock, 0, sizeof *mock);
  mock->ctx = test_ctx_new(&mock->memory);
  mock->runner = runner;
  mock->clock = 1000;
  mock->time = (int64_t)time(NULL);
  mock->flag = "1";
  mock->addresses = "127.0.0.1";
  mock->output = "";
  mock->image = "image";
  assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_DEBUG, mock_log, mock), SZTP_OK);
  assert_int_equal(sztp_device_new(mock->ctx, &mock->dev), SZTP_OK);
  test_add_cert(mock->dev, SZTP_CERT_IDENTITY, "idevid.pem");
  test_add_cert(mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_HW_MODEL, "EX4200"), SZTP_OK);
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_OS_NAME, "ExampleOS"), SZTP_OK);
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_OS_VERSION, "4.2.1"), SZTP_OK);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 1), SZTP_OK);
}

void mock_key(mock_host_t *mock, const char *name) {
  char file[64];
  (void)snprintf(file, sizeof file, "%s.key", name);
  sztp__blob_t key = pki_file(file);
  if (mock->keys == NULL) assert_int_equal(sztp_software_key_new(&mock->keys), SZTP_OK);
  assert_int_equal(sztp_software_key_add(mock->keys, mock->dev, key.data, key.len), SZTP_OK);
  free(key.data);
}

/* ---- keys that are made -------------------------------------------------------------------------- */

static mock_made_t *find_made(mock_host_t *mock, const char *name) {
  for (size_t i = 0; i < MOCK_MADE; i++)
    if (strcmp(mock->made[i].name, name) == 0) return &mock->made[i];
  return NULL;
}

static int32_t put_made(void *user, const char *name, const uint8_t *pem, size_t len) {
  mock_made_t *made = find_made(user, name); /* asked again, after a want of memory */
  if (made == NULL) made = find_made(user, "");
  assert_non_null(made);
  assert_true(strlen(name) == 32 && len < sizeof made->pem);
  memcpy(made->name, name, 33);
  memcpy(made->pem, pem, len);
  made->pem[len] = '\0';
  return SZTP_OK;
}

static int32_t get_made(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  const mock_made_t *made = find_made(user, name);
  if (made == NULL) return SZTP_ERR_NOT_FOUND;
  *len = strlen(made->pem);
  assert_true(*len <= room);
  memcpy(pem, made->pem, *len);
  return SZTP_OK;
}

static int32_t remove_made(void *user, const char *name) {
  mock_made_t *made = find_made(user, name);
  if (made == NULL) return SZTP_ERR_NOT_FOUND;
  memset(made, 0, sizeof *made);
  return SZTP_OK;
}

size_t mock_statement(uint32_t kind, sztp__span_t nonce, const char *key, int64_t pcrs, uint8_t out[512]) {
  sztp__buf_t der;
  size_t marks[2] = {0, 0};
  const uint8_t type[] = {0x67, 0x81, 0x05, 0x14, (uint8_t)kind}; /* 2.23.133.20.1, .2 */
  sztp__buf_init(&der, artifact_ctx(), 512);
  sztp__der_open(&der, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put(&der, SZTP__DER_OID, sztp__span(type, sizeof type));
  sztp__der_open(&der, SZTP__DER_SEQUENCE, &marks[1]);
  sztp__der_put(&der, SZTP__DER_OCTET_STRING, nonce);
  sztp__der_put(&der, SZTP__DER_UTF8, sztp__span_of(key));
  sztp__der_put(&der, SZTP__DER_UTF8, sztp__span_of(MOCK_EVIDENCE));
  sztp__der_put_small(&der, (uint32_t)pcrs);
  sztp__der_close(&der, marks[1]);
  assert_int_equal(sztp__der_close(&der, marks[0]), SZTP_OK);
  size_t len = der.len;
  memcpy(out, der.data, len);
  sztp__buf_clear(&der);
  return len;
}

/* SZTP_ERR_KEY, SZTP_ERR_UNSUPPORTED, or SZTP_OK with a statement. */
static int32_t attest(mock_host_t *mock, uint32_t kind, sztp__span_t nonce, sztp__span_t key_id, int64_t pcrs,
                      uint8_t out[512], size_t *len) {
  char key[40] = "identity";
  if ((mock->attest_fails & kind) != 0) return SZTP_ERR_KEY;
  if ((mock->attests & kind) == 0) return SZTP_ERR_UNSUPPORTED;
  if (key_id.len > 0) (void)snprintf(key, sizeof key, "%.*s", (int)key_id.len, (const char *)key_id.data);
  *len = mock_statement((mock->attest_nonsense & kind) != 0 ? 3 - kind : kind, nonce, key, pcrs, out);
  return SZTP_OK;
}

static int32_t attest_as_function(mock_host_t *mock, const sztp_key_request_t *request, uint8_t *out,
                                  size_t cap, size_t *len) {
  sztp__span_t nonce = {NULL, 0}, key_id = {NULL, 0};
  int64_t kind = 0, pcrs = -1;
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_STATEMENT, &kind), SZTP_OK);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_PCRS, &pcrs), SZTP_OK);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_NONCE, &nonce.data, &nonce.len), SZTP_OK);
  (void)sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &key_id.data, &key_id.len);
  assert_true(cap >= 512);
  if (mock->attest_pending > 0) {
    mock->attest_pending--;
    return SZTP_PENDING;
  }
  return attest(mock, (uint32_t)kind, nonce, key_id, pcrs, out, len);
}

static int32_t made_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                        size_t *len) {
  mock_host_t *mock = user;
  uint32_t operation = sztp_key_request_operation(request);
  trace(mock, "key %s", sztp_key_op_name(operation));
  if (mock->key_fails == operation) return SZTP_ERR_KEY;
  if (operation == SZTP_KEY_OP_ATTEST && mock->attests != 0)
    return attest_as_function(mock, request, out, cap, len);
  return sztp_software_key(mock->keys, request, out, cap, len);
}

void mock_key_store(mock_host_t *mock, int as_function) {
  sztp_key_store_t store = {sizeof store, mock, put_made, get_made, remove_made};
  mock_key(mock, "idevid");
  assert_int_equal(sztp_software_key_set_store(mock->keys, &store), SZTP_OK);
  if (as_function) assert_int_equal(sztp_device_set_key(mock->dev, made_key, mock), SZTP_OK);
}

size_t mock_keys_made(const mock_host_t *mock) {
  size_t count = 0;
  for (size_t i = 0; i < MOCK_MADE; i++) count += mock->made[i].name[0] != '\0';
  return count;
}

void mock_close(mock_host_t *mock) {
  sztp_session_free(mock->session);
  sztp_software_key_free(mock->keys);
  sztp_device_free(mock->dev);
  test_ctx_free(&mock->memory, mock->ctx);
}

mock_host_t *mock_new(int runner) {
  mock_host_t *mock = malloc(sizeof *mock);
  assert_non_null(mock);
  mock_open(mock, runner);
  return mock;
}

void mock_free(mock_host_t *mock) {
  mock_close(mock);
  free(mock);
}

mock_host_t *mock_with_server(const char *document, int runner, mock_server_t **server) {
  mock_host_t *mock = mock_new(runner);
  mock_well_known(mock, "localhost", 4001);
  *server = mock_server(mock, "localhost", 4001, "server");
  mock_give_unsigned(*server, document);
  mock->flag = "10";
  return mock;
}

mock_server_t *mock_server(mock_host_t *mock, const char *host, uint16_t port, const char *cert) {
  assert_true(mock->server_count < MOCK_SERVERS);
  mock_server_t *server = &mock->servers[mock->server_count++];
  (void)snprintf(server->host, sizeof server->host, "%s", host);
  server->port = port;
  server->cert = cert;
  server->root_status = 404;
  server->data_status = 200;
  server->data_type = "application/yang-data+json";
  server->report_status = 204;
  return server;
}

void mock_well_known(mock_host_t *mock, const char *host, uint16_t port) {
  const uint8_t *der = NULL;
  size_t len = 0;
  if (sztp_device_cert(mock->dev, SZTP_CERT_SERVER_ANCHOR, 0, &der, &len) < 0)
    test_add_cert(mock->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_add_server(mock->dev, host, port), SZTP_OK);
}

/* ---- the trace ----------------------------------------------------------------------------------- */

static void trace(mock_host_t *mock, const char *fmt, ...) {
  size_t at = strlen(mock->trace);
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(mock->trace + at, sizeof mock->trace - at, fmt, args);
  va_end(args);
  if (mock->cancel_at != NULL && strcmp(mock->trace + at, mock->cancel_at) == 0)
    sztp_session_cancel(mock->session);
  at = strlen(mock->trace);
  if (at + 2 < sizeof mock->trace) memcpy(mock->trace + at, "\n", 2);
}

static uint64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return (uint64_t)value;
}

static const char *text(const sztp_action_t *a, uint32_t field) {
  const uint8_t *data = (const uint8_t *)"";
  size_t len = 0;
  if (sztp_action_bytes(a, field, 0, &data, &len) == SZTP_OK) assert_int_equal(data[len], 0);
  return (const char *)data;
}

/* A host whose call failed for want of memory makes the same call again, and it works. */
#define AGAIN(rc, call)                                                                                      \
  do {                                                                                                       \
    (rc) = (call);                                                                                           \
    if ((rc) == SZTP_ERR_MEMORY) (rc) = (call);                                                              \
  } while (0)

static int32_t give(sztp_session_t *s, const sztp_action_t *a, uint32_t field, const void *data, size_t len) {
  int32_t rc = SZTP_OK;
  AGAIN(rc, sztp_reply_bytes(s, sztp_action_ticket(a), field, data, len));
  return rc;
}

/* The host says why, if the test gives a reason. */
static uint32_t fail_because(const mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a,
                             uint32_t outcome) {
  if (mock->failure != SZTP_OK)
    assert_int_equal(sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_REASON, mock->failure), SZTP_OK);
  return outcome;
}

/* ---- exchanges ----------------------------------------------------------------------------------- */

static mock_server_t *find_server(mock_host_t *mock, const char *host, uint64_t port) {
  for (size_t i = 0; i < mock->server_count; i++)
    if (strcmp(mock->servers[i].host, host) == 0 && mock->servers[i].port == port) return &mock->servers[i];
  return NULL;
}

/* Presents the server's certificate and asks the session, as a transport does. */
static int authenticate(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a,
                        const mock_server_t *server) {
  char file[64];
  sztp__buf_t der;
  (void)snprintf(file, sizeof file, "%s.pem", server->cert);
  (void)pki_der(artifact_ctx(), file, &der);
  int32_t rc = SZTP_OK;
  AGAIN(rc, sztp_action_check_server(s, a, der.data, der.len));
  sztp__buf_clear(&der);
  if (rc == SZTP_OK) return 1;
  trace(mock, "refused %s", sztp_error_label(rc));
  (void)snprintf(mock->refusal, sizeof mock->refusal, "%s", test_detail(mock->ctx));
  (void)sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_REASON, rc);
  return 0;
}

static int is_xml(const char *body) { return body[0] == '<'; }

/* The status for a request's encoding, if it is refused, else 0. */
static uint32_t encoding_refused(const mock_server_t *server, const char *request) {
  return is_xml(request) ? server->xml_status : server->json_status;
}

/* The body of a data reply, in the request's encoding. Written once per exchange, to plain memory. */
static char *data_reply(const mock_server_t *server, const char *request) {
  size_t room = 200 + 2 * (server->ci.len + server->oc.len + server->ov.len + server->promoted.len);
  int plain = server->promoted.data != NULL && strstr(request, "signed-data-preferred") == NULL;
  const struct {
    const char *name;
    sztp__blob_t blob;
  } parts[3] = {{"conveyed-information", plain ? server->promoted : server->ci},
                {"owner-certificate", plain ? (sztp__blob_t){NULL, 0} : server->oc},
                {"ownership-voucher", plain ? (sztp__blob_t){NULL, 0} : server->ov}};
  sztp__buf_t out;
  sztp__yang_writer_t w;
  sztp__buf_init(&out, artifact_ctx(), room);
  sztp__write_begin(&w, &out, is_xml(request) ? SZTP__ENCODING_XML : SZTP__ENCODING_JSON,
                    "ietf-sztp-bootstrap-server", "output");
  if (server->level != NULL) sztp__write_text(&w, "reporting-level", sztp__span_of(server->level));
  for (size_t i = 0; i < 3; i++)
    if (parts[i].blob.data != NULL)
      sztp__write_binary(&w, parts[i].name, sztp__span(parts[i].blob.data, parts[i].blob.len));
  sztp__write_end(&w, "output");
  assert_int_equal(out.status, SZTP_OK);
  char *copy = malloc(out.len + 1);
  memcpy(copy, out.data, out.len + 1);
  sztp__buf_clear(&out);
  return copy;
}

/* In pieces, as a network gives it. */
static int32_t send_body(sztp_session_t *s, uint64_t ticket, const char *body) {
  size_t len = strlen(body);
  for (size_t at = 0; at < len;) {
    size_t n = len - at > 1000 ? 1000 : len - at;
    int32_t rc = SZTP_OK;
    AGAIN(rc, sztp_reply_write(s, ticket, (const uint8_t *)body + at, n));
    if (rc < 0) return rc;
    at += n;
  }
  return SZTP_OK;
}

static uint32_t reply_with(sztp_session_t *s, const sztp_action_t *a, const mock_server_t *server,
                           uint32_t status, const char *type, const char *body) {
  uint64_t ticket = sztp_action_ticket(a);
  if (sztp_reply_i64(s, ticket, SZTP_F_STATUS, status) < 0) return SZTP_OUTCOME_FAILED;
  if (!number(a, SZTP_F_PROVISIONAL) && !server->unverified)
    (void)sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, 1);
  if (give(s, a, SZTP_F_CONTENT_TYPE, type, strlen(type)) < 0) return SZTP_OUTCOME_FAILED;
  if (server->retry_after != 0)
    (void)sztp_reply_i64(s, ticket, SZTP_F_RETRY_AFTER, (int64_t)server->retry_after);
  return send_body(s, ticket, body) == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

/* Which node of RFC 9646 a request has. */
static const char *csr_node(const char *request) {
  static const char *const nodes[] = {" csr-support", " p10-csr", " cmc-csr", " cmp-csr"};
  for (size_t i = 0; i < TEST_COUNT_OF(nodes); i++)
    if (strstr(request, nodes[i] + 1) != NULL) return nodes[i];
  return "";
}

static uint32_t data_exchange(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a,
                              mock_server_t *server) {
  const char *request = text(a, SZTP_F_BODY);
  trace(mock, "data %s:%u %s%s%s%s", server->host, (unsigned)server->port,
        number(a, SZTP_F_PROVISIONAL) ? "provisional" : "trusted",
        strstr(request, "nonce") != NULL ? " nonce" : "", is_xml(request) ? " xml" : "", csr_node(request));
  if (encoding_refused(server, request) != 0)
    return reply_with(s, a, server, encoding_refused(server, request), "", "");
  if (server->asked++ < server->answer_count) {
    const mock_answer_t *given = &server->answers[server->asked - 1];
    const char *media =
        given->body != NULL && is_xml(given->body) ? "application/yang-data+xml" : server->data_type;
    return reply_with(s, a, server, given->status, media, given->body == NULL ? "" : given->body);
  }
  if (server->data_status != 200 || server->data_body != NULL)
    return reply_with(s, a, server, server->data_status, server->data_type,
                      server->data_body == NULL ? "" : server->data_body);
  const char *type = is_xml(request) ? "application/yang-data+xml" : server->data_type;
  char *body = data_reply(server, request);
  uint32_t outcome = reply_with(s, a, server, 200, type, body);
  free(body);
  return outcome;
}

static uint32_t report_exchange(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a,
                                mock_server_t *server) {
  char type[64] = "?";
  const char *body = text(a, SZTP_F_BODY);
  const char *at = strstr(body, is_xml(body) ? "<progress-type>" : "\"progress-type\":\"");
  if (at != NULL) (void)sscanf(at + (is_xml(body) ? 15 : 17), "%63[^\"<]", type);
  trace(mock, "report %s:%u %s%s", server->host, (unsigned)server->port, type, is_xml(body) ? " xml" : "");
  if (server->report_failures > 0) {
    server->report_failures--;
    return SZTP_OUTCOME_FAILED;
  }
  if (encoding_refused(server, body) != 0)
    return reply_with(s, a, server, encoding_refused(server, body), "", "");
  int special = server->report_type == NULL || strcmp(server->report_type, type) == 0;
  return reply_with(s, a, server, special ? server->report_status : 204, "", "");
}

static void keep_headers(mock_host_t *mock, const sztp_action_t *a) {
  size_t at = strlen(mock->headers);
  for (size_t i = 0; i < sztp_action_count(a, SZTP_F_HEADER) && at < sizeof mock->headers; i++) {
    const uint8_t *line = NULL;
    size_t len = 0;
    assert_int_equal(sztp_action_bytes(a, SZTP_F_HEADER, i, &line, &len), SZTP_OK);
    at += (size_t)snprintf(mock->headers + at, sizeof mock->headers - at, "%.*s\n", (int)len,
                           (const char *)line);
  }
  if (at < sizeof mock->headers) (void)snprintf(mock->headers + at, sizeof mock->headers - at, "\n");
}

static uint32_t fetch(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  keep_headers(mock, a);
  mock->fetch_source = number(a, SZTP_F_SOURCE);
  mock_server_t *server = find_server(mock, text(a, SZTP_F_NAME), number(a, SZTP_F_PORT));
  size_t at = strlen(mock->paths);
  (void)snprintf(mock->paths + at, sizeof mock->paths - at, "%s %s\n", text(a, SZTP_F_METHOD),
                 text(a, SZTP_F_PATH));
  at = strlen(mock->bodies);
  (void)snprintf(mock->bodies + at, sizeof mock->bodies - at, "%s\n", text(a, SZTP_F_BODY));
  if (server == NULL || server->refuses || server->refuses_first > 0) {
    if (server != NULL && server->refuses_first > 0) server->refuses_first--;
    trace(mock, "no connection %s:%u", text(a, SZTP_F_NAME), (unsigned)number(a, SZTP_F_PORT));
    return fail_because(mock, s, a, SZTP_OUTCOME_FAILED);
  }
  if (!number(a, SZTP_F_PROVISIONAL) && !authenticate(mock, s, a, server)) return SZTP_OUTCOME_FAILED;
  if (number(a, SZTP_F_PROVISIONAL)) assert_int_equal(sztp_action_count(a, SZTP_F_ANCHOR), 0);
  switch (number(a, SZTP_F_PURPOSE)) {
  case SZTP_FETCH_ROOT:
    if (mock->trace_roots) trace(mock, "root %s:%u", server->host, (unsigned)server->port);
    return reply_with(s, a, server, server->root_status, "application/xrd+xml",
                      server->root_body == NULL ? "" : server->root_body);
  case SZTP_FETCH_DATA: return data_exchange(mock, s, a, server);
  default: return report_exchange(mock, s, a, server);
  }
}

/* ---- the other actions --------------------------------------------------------------------------- */

static uint32_t resolve(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  char list[512];
  mock->resolve_source = number(a, SZTP_F_SOURCE);
  mock->resolve_ms = number(a, SZTP_F_DEADLINE) - sztp_session_now(s);
  (void)snprintf(list, sizeof list, "%s", mock->addresses);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " "))
    if (give(s, a, SZTP_F_ADDRESS, word, strlen(word)) < 0) return SZTP_OUTCOME_FAILED;
  return mock->addresses[0] == '\0' ? fail_because(mock, s, a, SZTP_OUTCOME_NOTHING) : SZTP_OUTCOME_OK;
}

static uint32_t discover_dhcp(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  uint8_t option[4096];
  char list[4096];
  size_t len = 0;
  if (mock->dhcp == NULL) return SZTP_OUTCOME_NOTHING;
  (void)snprintf(list, sizeof list, "%s", mock->dhcp);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " ")) {
    size_t n = strlen(word);
    option[len++] = (uint8_t)(n >> 8);
    option[len++] = (uint8_t)n;
    memcpy(option + len, word, n);
    len += n;
  }
  return give(s, a, SZTP_F_DATA, option, len) == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

static uint32_t give_artifacts(sztp_session_t *s, const sztp_action_t *a, const sztp__blob_t artifacts[3]) {
  if (artifacts[0].data == NULL) return SZTP_OUTCOME_NOTHING;
  for (uint32_t i = 0; i < 3; i++)
    if (artifacts[i].data != NULL &&
        give(s, a, SZTP_F_ARTIFACT_CI + i, artifacts[i].data, artifacts[i].len) < 0)
      return SZTP_OUTCOME_FAILED;
  return SZTP_OUTCOME_OK;
}

static uint32_t discover_place(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  size_t index = (size_t)number(a, SZTP_F_INDEX), last = mock->place_count - 1;
  if (mock->trace_sources && index > 0) trace(mock, "place %zu", index);
  assert_true(index <= last || mock->places_without_end);
  assert_int_equal(sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_MORE, 2), SZTP_ERR_ARG);
  if (index < last || mock->places_without_end)
    assert_int_equal(sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_MORE, 1), SZTP_OK);
  return give_artifacts(s, a, mock->places[index < last ? index : last].artifacts);
}

static uint32_t discover(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  uint64_t source = number(a, SZTP_F_SOURCE);
  if (source == SZTP_SOURCE_REMOVABLE && mock->places != NULL) {
    if (mock->trace_sources && number(a, SZTP_F_INDEX) == 0) trace(mock, "source 1");
    return discover_place(mock, s, a);
  }
  if (sztp_action_kind(a) == SZTP_ACTION_DISCOVER) assert_int_equal(number(a, SZTP_F_INDEX), 0);
  if (mock->trace_sources) trace(mock, "source %u", (unsigned)source);
  if (mock->discover != NULL) return mock->discover(mock, s, a);
  if (sztp_action_kind(a) == SZTP_ACTION_DOMAINS) {
    if (mock->usb_source != SZTP_SOURCE_DNS) return SZTP_OUTCOME_NOTHING;
    return give(s, a, SZTP_F_NAME, "example.net", 11) == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
  }
  if (source == SZTP_SOURCE_DHCP4) return discover_dhcp(mock, s, a);
  if (source != (mock->usb_source == 0 ? SZTP_SOURCE_REMOVABLE : mock->usb_source))
    return SZTP_OUTCOME_NOTHING;
  uint32_t outcome = give_artifacts(s, a, mock->usb);
  if (mock->usb_once && outcome == SZTP_OUTCOME_OK) mock->usb[0].data = NULL;
  return outcome;
}

static uint32_t tell_flag(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  size_t last = strlen(mock->flag) - 1;
  char flag = mock->flag[mock->flag_asked < last ? mock->flag_asked : last];
  mock->flag_asked++;
  if (flag == 'x') return SZTP_OUTCOME_FAILED;
  if (flag != '-') (void)sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_VALUE, flag == '1');
  return SZTP_OUTCOME_OK;
}

uint8_t mock_bulk[1 << 20];

/* Says why, as session.h wants it. */
static uint32_t download_failed(sztp_session_t *s, const sztp_action_t *a, int32_t code) {
  const char *why = test_detail(sztp_session_ctx(s));
  (void)sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_REASON, code);
  (void)give(s, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_FAILED;
}

static uint32_t download(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  int64_t resume = 0;
  assert_int_equal(sztp_action_i64(a, SZTP_F_RESUME, 0, &resume), SZTP_OK);
  trace(mock, "download %s%s", text(a, SZTP_F_URI), resume == 1 ? "" : " afresh");
  if (mock->broken_uri != NULL && strcmp(mock->broken_uri, text(a, SZTP_F_URI)) == 0)
    return fail_because(mock, s, a, SZTP_OUTCOME_FAILED);
  if (mock->signature.data != NULL && !mock->signature_late) {
    int32_t rc = give(s, a, SZTP_F_SIGNATURE, mock->signature.data, mock->signature.len);
    if (rc == SZTP_ERR_IMAGE_SIGNATURE) trace(mock, "signature refused");
    if (rc == SZTP_ERR_ARG) trace(mock, "signature not wanted");
    if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_IMAGE_SIGNATURE) return SZTP_OUTCOME_FAILED;
  }
  int mixed = mock->mixed_uri != NULL && strcmp(mock->mixed_uri, text(a, SZTP_F_URI)) == 0 && resume == 1;
  if (mixed) assert_int_equal(sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_RESUMED, 1), SZTP_OK);
  if (mock->restarts) {
    if (sztp_reply_write(s, sztp_action_ticket(a), (const uint8_t *)"half", 4) < 0)
      return SZTP_OUTCOME_FAILED;
    int32_t rc = SZTP_OK;
    AGAIN(rc, sztp_reply_restart(s, sztp_action_ticket(a)));
    assert_int_equal(rc, SZTP_OK);
  }
  int wrong = mock->wrong_uri != NULL && strcmp(mock->wrong_uri, text(a, SZTP_F_URI)) == 0;
  const char *image = wrong || mixed ? "another image" : mock->image;
  int32_t rc = SZTP_OK;
  for (uint64_t left = mock->before_image, piece; left > 0 && rc == SZTP_OK; left -= piece) {
    piece = left < sizeof mock_bulk ? left : sizeof mock_bulk;
    rc = sztp_reply_write(s, sztp_action_ticket(a), mock_bulk, (size_t)piece);
  }
  if (rc == SZTP_OK) rc = sztp_reply_write(s, sztp_action_ticket(a), (const uint8_t *)image, strlen(image));
  if (rc < 0) return download_failed(s, a, rc);
  if (mock->signature_late)
    assert_int_equal(give(s, a, SZTP_F_SIGNATURE, mock->signature.data, mock->signature.len), SZTP_ERR_ARG);
  if (mock->signature_good) (void)sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_SIGNATURE_GOOD, 1);
  if (mock->starved_by != NULL && strcmp(mock->starved_by, text(a, SZTP_F_URI)) == 0) {
    mock->memory.fail_at = mock->memory.calls + 1;
    mock->memory.fail_on = 1;
  }
  return SZTP_OUTCOME_OK;
}

static uint32_t tell(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a, uint32_t outcome) {
  int32_t rc = give(s, a, SZTP_F_MESSAGE, mock->output, strlen(mock->output));
  return rc == SZTP_OK ? outcome : SZTP_OUTCOME_FAILED;
}

static uint32_t save(mock_host_t *mock, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len), SZTP_OK);
  assert_true(len <= sizeof mock->saved);
  if (mock->trace_saves) trace(mock, len > 0 ? "save" : "save nothing");
  if (mock->save_outcome != SZTP_OUTCOME_OK) return mock->save_outcome;
  memcpy(mock->saved, data, len);
  mock->saved_len = len;
  mock->saves++;
  return SZTP_OUTCOME_OK;
}

static uint32_t attest_as_action(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  sztp__span_t nonce, key_id = {NULL, 0};
  uint8_t out[512];
  size_t len = 0;
  int64_t pcrs = -1;
  assert_int_equal(sztp_action_bytes(a, SZTP_F_NONCE, 0, &nonce.data, &nonce.len), SZTP_OK);
  assert_int_equal(sztp_action_i64(a, SZTP_F_PCRS, 0, &pcrs), SZTP_OK);
  (void)sztp_action_bytes(a, SZTP_F_KEY_ID, 0, &key_id.data, &key_id.len);
  int32_t rc = attest(mock, (uint32_t)number(a, SZTP_F_STATEMENT), nonce, key_id, pcrs, out, &len);
  if (rc != SZTP_OK) return SZTP_OUTCOME_FAILED;
  rc = give(s, a, SZTP_F_DATA, out, len);
  if (rc == SZTP_ERR_MEMORY) rc = give(s, a, SZTP_F_DATA, out, len);
  return rc == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

static uint32_t use_key(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  static const char *const names[] = {"?", "pkcs1", "oaep", "ecdh"};
  uint32_t operation = (uint32_t)number(a, SZTP_F_OPERATION);
  trace(mock, "key %s", operation < TEST_COUNT_OF(names) ? names[operation] : sztp_key_op_name(operation));
  if (mock->key_fails == operation) return SZTP_OUTCOME_FAILED;
  if (mock->key_outcome != SZTP_OUTCOME_OK) return mock->key_outcome;
  if (operation == SZTP_KEY_OP_ATTEST && mock->attests != 0) return attest_as_action(mock, s, a);
  if (mock->keys == NULL) return SZTP_OUTCOME_NOTHING;
  uint32_t outcome = sztp_software_key_handle(mock->keys, s, a);
  int short_of_memory = mock->memory.fail_at != 0 && mock->memory.calls == mock->memory.fail_at;
  return outcome == SZTP_OUTCOME_FAILED && short_of_memory ? sztp_software_key_handle(mock->keys, s, a)
                                                           : outcome;
}

/* What is said of a certificate signing request. */
static void take_csr(mock_host_t *mock, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  (void)snprintf(mock->told_key, sizeof mock->told_key, "%s", text(a, SZTP_F_KEY_ID));
  mock->told_csr_len = 0;
  if (sztp_action_bytes(a, SZTP_F_CSR, 0, &data, &mock->told_csr_len) != SZTP_OK) return;
  assert_true(mock->told_csr_len <= sizeof mock->told_csr);
  memcpy(mock->told_csr, data, mock->told_csr_len);
  memcpy(mock->lent_csr, data, mock->told_csr_len);
  mock->lent_csr_len = mock->told_csr_len;
}

/* Keeps exactly what a script or the configuration consists of. */
static void take_octets(mock_host_t *mock, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  assert_int_equal(sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &mock->given_len), SZTP_OK);
  assert_true(mock->given_len <= sizeof mock->given);
  memcpy(mock->given, data, mock->given_len);
  take_csr(mock, a);
}

static uint32_t handle(void *user, sztp_session_t *s, const sztp_action_t *a) {
  mock_host_t *mock = user;
  const sztp_action_t *again = NULL;
  mock->actions++;
  mock->last_action = sztp_action_kind(a);
  edges_expect_asked(s, sztp_action_kind(a));
  if (mock->runner) assert_int_equal(sztp_session_next(s, mock->clock, &again), SZTP_ERR_REENTRY);
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return tell_flag(mock, s, a);
  case SZTP_ACTION_DISCOVER:
  case SZTP_ACTION_ASK:
  case SZTP_ACTION_DOMAINS: return discover(mock, s, a);
  case SZTP_ACTION_RESOLVE: return resolve(mock, s, a);
  case SZTP_ACTION_FETCH: return fetch(mock, s, a);
  case SZTP_ACTION_DOWNLOAD: return download(mock, s, a);
  case SZTP_ACTION_INSTALL: trace(mock, "install"); return tell(mock, s, a, mock->install_outcome);
  case SZTP_ACTION_SCRIPT:
    take_octets(mock, a);
    trace(mock, "%s-script %s", number(a, SZTP_F_STAGE) == SZTP_STAGE_PRE_SCRIPT ? "pre" : "post",
          text(a, SZTP_F_DATA));
    return tell(mock, s, a,
                number(a, SZTP_F_STAGE) == SZTP_STAGE_PRE_SCRIPT ? mock->pre_outcome : mock->post_outcome);
  case SZTP_ACTION_CONFIG:
    take_octets(mock, a);
    trace(mock, "%s %s", number(a, SZTP_F_MODE) == SZTP_CONFIG_MERGE ? "merge" : "replace",
          text(a, SZTP_F_DATA));
    return tell(mock, s, a, mock->config_outcome);
  case SZTP_ACTION_ROLLBACK:
    trace(mock, "undo %s",
          number(a, SZTP_F_STAGE) == SZTP_STAGE_CONFIG       ? "config"
          : number(a, SZTP_F_STAGE) == SZTP_STAGE_PRE_SCRIPT ? "pre"
                                                             : "post");
    return mock->rollback != NULL ? mock->rollback(mock, number(a, SZTP_F_STAGE)) : mock->rollback_outcome;
  case SZTP_ACTION_REBOOT: trace(mock, "reboot"); return SZTP_OUTCOME_OK;
  case SZTP_ACTION_SAVE: return save(mock, a);
  case SZTP_ACTION_KEY: return use_key(mock, s, a);
  case SZTP_ACTION_CSR:
    trace(mock, "csr %u", (unsigned)number(a, SZTP_F_FORMAT));
    take_csr(mock, a);
    if (mock->wrapped == NULL) return SZTP_OUTCOME_FAILED;
    return give(s, a, SZTP_F_DATA, mock->wrapped, strlen(mock->wrapped)) == SZTP_OK ? SZTP_OUTCOME_OK
                                                                                    : SZTP_OUTCOME_FAILED;
  case SZTP_ACTION_DONE: take_csr(mock, a); return SZTP_OUTCOME_OK;
  case SZTP_ACTION_WAIT:
    if (mock->waits < 64) mock->wait_ms[mock->waits] = number(a, SZTP_F_DEADLINE) - mock->clock;
    mock->waits++;
    mock->clock = number(a, SZTP_F_DEADLINE);
    return SZTP_OUTCOME_OK;
  default: return SZTP_OUTCOME_FAILED;
  }
}

/* ---- running ------------------------------------------------------------------------------------- */

static uint64_t mock_clock(void *user) {
  mock_host_t *mock = user;
  return ++mock->clock;
}

static uint32_t run_polled(mock_host_t *mock) {
  const sztp_action_t *a = NULL;
  const sztp_action_t *same = NULL;
  for (;;) {
    mock->reason = sztp_session_next(mock->session, mock_clock(mock), &a);
    if (mock->reason != SZTP_OK) return 0;
    assert_int_equal(sztp_session_next(mock->session, mock->clock, &same), SZTP_OK);
    assert_ptr_equal(a, same);
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) {
      if (kind == SZTP_ACTION_DONE) take_csr(mock, a);
      mock->reason = (int32_t)number(a, SZTP_F_REASON);
      return (uint32_t)number(a, SZTP_F_RESULT);
    }
    uint64_t ticket = sztp_action_ticket(a);
    uint32_t outcome = handle(mock, mock->session, a);
    if (mock->stop_after != 0 && mock->actions >= mock->stop_after) return 0;
    assert_int_equal(sztp_reply_end(mock->session, ticket + 1, outcome), SZTP_ERR_STALE);
    assert_int_equal(sztp_reply_end(mock->session, ticket, outcome), SZTP_OK);
    assert_int_equal(sztp_reply_end(mock->session, ticket, outcome), SZTP_ERR_STALE);
  }
}

static uint32_t run_with_runner(mock_host_t *mock) {
  sztp_host_t *host = NULL;
  uint32_t result = 0;
  mock->reason = sztp_host_new(mock->ctx, mock_clock, mock, &host);
  if (mock->reason < 0) return 0;
  for (uint32_t kind = SZTP_ACTION_DISCOVER; kind <= SZTP_ACTION_CSR; kind++)
    if (sztp_action_name(kind)[0] != '\0') assert_int_equal(sztp_host_on(host, kind, handle, mock), SZTP_OK);
  mock->reason = sztp_host_run(host, mock->session, &result);
  if (result != 0) {
    assert_int_equal(mock->reason, SZTP_OK);
    assert_int_equal(result, sztp_session_result(mock->session));
    mock->reason = sztp_session_reason(mock->session);
  }
  sztp_host_free(host);
  return result;
}

uint32_t mock_resume(mock_host_t *mock) {
  if (mock->session == NULL) return mock_run(mock);
  mock->result = mock->runner ? run_with_runner(mock) : run_polled(mock);
  return mock->result;
}

/* ---- in two processes ---------------------------------------------------------------------------- */

static int32_t pipe_read(void *user, uint8_t *data, size_t len) {
  const int *fd = user;
  while (len > 0) {
    ssize_t n = read(*fd, data, len);
    if (n <= 0) return SZTP_ERR_HOST;
    data += n;
    len -= (size_t)n;
  }
  return SZTP_OK;
}

static int32_t pipe_write(void *user, const uint8_t *data, size_t len) {
  const int *fd = user;
  while (len > 0) {
    ssize_t n = send(*fd, data, len, MSG_NOSIGNAL);
    if (n <= 0) return SZTP_ERR_HOST;
    data += n;
    len -= (size_t)n;
  }
  return SZTP_OK;
}

int mock_is_apart(void) { return getenv("SZTP_APART") != NULL; }

/* The session's other half is a child with a copy of the device. It ends when the pipe is closed, at the next
 * run or with the test. */
static int32_t new_apart(mock_host_t *mock) {
  static int ends[2] = {-1, -1};
  sztp_pipe_t pipe = {pipe_read, pipe_write, &ends[0]};
  if (ends[0] >= 0) (void)close(ends[0]);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    (void)close(ends[0]);
    pipe.user = &ends[1];
    _exit(sztp_session_serve(sztp_device_ctx(mock->dev), mock->dev, SZTP_LOG_DEBUG, &pipe) == SZTP_OK ? 0
                                                                                                      : 1);
  }
  (void)close(ends[1]);
  return sztp_session_new_apart(sztp_device_ctx(mock->dev), mock->dev, &pipe, &mock->session);
}

uint32_t mock_run(mock_host_t *mock) {
  sztp_session_free(mock->session);
  mock->session = NULL;
  mock->result = 0;
  mock->reason = mock_is_apart() ? new_apart(mock)
                                 : sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &mock->session);
  if (mock->reason < 0) return 0;
  assert_int_equal(sztp_session_on_event(mock->session, mock->event, mock->event_user), SZTP_OK);
  assert_int_equal(sztp_session_set_time(mock->session, mock->clock, mock->time), SZTP_OK);
  assert_int_equal(sztp_session_set_unix_clock(mock->session, mock->wall_clock, mock), SZTP_OK);
  for (size_t i = 0; i < mock->source_count; i++)
    assert_int_equal(sztp_session_add_source(mock->session, mock->sources[i]), SZTP_OK);
  assert_int_equal(sztp_session_restore(mock->session, mock->saved, mock->saved_len), SZTP_OK);
  return mock_resume(mock);
}

int mock_run_short_of_memory(mock_host_t *mock, size_t n) {
  mock->memory.fail_at = mock->memory.calls + n;
  uint32_t result = mock_run(mock);
  int met = mock->memory.calls >= mock->memory.fail_at;
  for (unsigned again = 0; result == 0 && again < 3; again++) {
    if (mock->reason != SZTP_ERR_MEMORY)
      fail_msg("allocation %zu: %s, %s; log:\n%s", n, sztp_error_name(mock->reason), test_detail(mock->ctx),
               mock->log);
    result = mock_resume(mock);
  }
  if (result != SZTP_RESULT_DONE)
    fail_msg("allocation %zu: result %u; trace:\n%s\nlog:\n%s", n, (unsigned)result, mock->trace, mock->log);
  return met;
}

void mock_expect(const mock_host_t *mock, const char *expected) {
  if (strcmp(mock->trace, expected) != 0)
    fail_msg("trace:\n%s\nexpected:\n%s\nlog:\n%s\n", mock->trace, expected, mock->log);
}

void mock_expect_has(const mock_host_t *mock, const char *part) {
  if (strstr(mock->trace, part) == NULL)
    fail_msg("\"%s\" is not in the trace:\n%s\nlog:\n%s\n", part, mock->trace, mock->log);
}

void mock_expect_not(const mock_host_t *mock, const char *part) {
  if (strstr(mock->trace, part) != NULL)
    fail_msg("\"%s\" is in the trace:\n%s\nlog:\n%s\n", part, mock->trace, mock->log);
}
