/* SPDX-License-Identifier: Apache-2.0 */
/* The laboratory: a scripted network and host around a real session. */
#include "lab.h"

#include <time.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "formats/armor.h"
#include "formats/yang_write.h"
#include "ground/text.h"

static sztp_ctx_t *maker; /* of artifacts; lives as long as the program */

static void make_maker(void) {
  if (maker == NULL) assert_int_equal(sztp_ctx_new(NULL, &maker), SZTP_OK);
}

lab_blob_t lab_file(const char *name) {
  const char *dir = getenv("PKI");
  char path[512];
  lab_blob_t blob = {NULL, 0};
  (void)snprintf(path, sizeof path, "%s/%s", dir == NULL ? "build/pki" : dir, name);
  FILE *f = fopen(path, "rb");
  if (f == NULL) fail_msg("%s can't be read", path);
  blob.data = malloc(65536);
  blob.len = fread(blob.data, 1, 65536, f);
  (void)fclose(f);
  return blob;
}

sztp_signer_t *lab_signer(sztp_ctx_t *ctx, const char *name, const char *chain) {
  char file[64];
  sztp_signer_t *signer = NULL;
  lab_blob_t more = {NULL, 0};
  (void)snprintf(file, sizeof file, "%s.pem", name);
  lab_blob_t cert = lab_file(file);
  (void)snprintf(file, sizeof file, "%s.key", name);
  lab_blob_t key = lab_file(file);
  if (chain != NULL) more = lab_file(chain);
  assert_int_equal(sztp_signer_new(ctx, cert.data, cert.len, key.data, key.len, more.data, more.len, &signer),
                   SZTP_OK);
  free(cert.data);
  free(key.data);
  free(more.data);
  return signer;
}

/* What tests borrow until the program ends stays reachable. */
static void keep(void *p) {
  static void *kept[4096];
  static size_t count;
  assert_true(count < TEST_COUNT_OF(kept));
  kept[count++] = p;
}

lab_blob_t lab_conveyed(const char *document, const char *signer_name) {
  return lab_conveyed_as(document, signer_name,
                         document[0] == '<' ? SZTP__CMS_CONVEYED_XML : SZTP__CMS_CONVEYED_JSON);
}

lab_blob_t lab_conveyed_as(const char *document, const char *signer_name, uint32_t type) {
  sztp__buf_t out;
  lab_blob_t blob = {NULL, 0};
  make_maker();
  sztp__buf_init(&out, maker, 1 << 24);
  if (signer_name == NULL) {
    assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), SZTP_OK);
  } else {
    sztp_signer_t *signer = lab_signer(maker, signer_name, NULL);
    assert_int_equal(sztp__signed_data_write(signer, type, sztp__span_of(document), &out), SZTP_OK);
    sztp_signer_free(signer);
  }
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), SZTP_OK);
  keep(blob.data);
  return blob;
}

lab_blob_t lab_in_ber(lab_blob_t der) {
  sztp__buf_t out;
  lab_blob_t ber = {NULL, 0};
  assert_memory_equal(der.data, "\x30\x82", 2);
  make_maker();
  sztp__buf_init(&out, maker, der.len);
  sztp__buf_add(&out, "\x30\x80", 2);
  sztp__buf_add(&out, der.data + 4, der.len - 4);
  sztp__buf_add(&out, "\0", 2);
  assert_int_equal(sztp__buf_take(&out, &ber.data, &ber.len), SZTP_OK);
  keep(ber.data);
  return ber;
}

lab_blob_t lab_encrypt(lab_blob_t artifact, const char *recipient) {
  char file[64];
  lab_blob_t sealed = {NULL, 0};
  sztp_envelope_t *envelope = NULL;
  make_maker();
  (void)snprintf(file, sizeof file, "%s.pem", recipient);
  lab_blob_t cert = lab_file(file);
  assert_int_equal(sztp_envelope_new(maker, &envelope), SZTP_OK);
  assert_int_equal(sztp_envelope_add(envelope, cert.data, cert.len), SZTP_OK);
  assert_int_equal(sztp_envelope_make(envelope, artifact.data, artifact.len, &sealed.data, &sealed.len),
                   SZTP_OK);
  sztp_envelope_free(envelope);
  free(cert.data);
  keep(sealed.data);
  return sealed;
}

const lab_artifacts_t *lab_artifacts(void) {
  static lab_artifacts_t made;
  if (made.voucher.data != NULL) return &made;
  make_maker();
  sztp_voucher_t *voucher = NULL;
  sztp_signer_t *signer = lab_signer(maker, "voucher-signer", "mfr-int.pem");
  lab_blob_t pinned = lab_file("owner-root.pem");
  lab_blob_t chain = lab_file("owner-chain.pem");
  assert_int_equal(sztp_voucher_new(maker, &voucher), SZTP_OK);
  assert_int_equal(
      sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_SERIAL, (const uint8_t *)LAB_SERIAL, strlen(LAB_SERIAL)),
      SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_PINNED, pinned.data, pinned.len), SZTP_OK);
  assert_int_equal(sztp_voucher_set_u64(voucher, SZTP_VOUCHER_CREATED_ON, (uint64_t)time(NULL) - 60),
                   SZTP_OK);
  assert_int_equal(sztp_voucher_issue(voucher, signer, &made.voucher.data, &made.voucher.len), SZTP_OK);
  assert_int_equal(sztp_owner_cert_pack(maker, chain.data, chain.len, NULL, 0, &made.owner_cert.data,
                                        &made.owner_cert.len),
                   SZTP_OK);
  sztp_voucher_free(voucher);
  sztp_signer_free(signer);
  free(pinned.data);
  free(chain.data);
  return &made;
}

const char *lab_redirect(const char *host, uint16_t port, const char *anchor) {
  static char documents[64][4096];
  static unsigned next;
  char *document = documents[next++ % 64];
  sztp__buf_t text;
  make_maker();
  sztp__buf_init(&text, maker, 4095);
  sztp__buf_addf(&text,
                 "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":\"%"
                 "s\",\"port\":%u",
                 host, (unsigned)port);
  if (anchor != NULL) {
    char file[64];
    lab_blob_t crl = {NULL, 0};
    int in_ber = strncmp(anchor, "ber:", 4) == 0;
    if (in_ber) anchor += 4;
    size_t name_len = strcspn(anchor, "+");
    (void)snprintf(file, sizeof file, "%.*s.pem", (int)name_len, anchor);
    lab_blob_t pem = lab_file(file);
    if (anchor[name_len] == '+') {
      (void)snprintf(file, sizeof file, "crls/%s.crl", anchor + name_len + 1);
      crl = lab_file(file);
    }
    lab_blob_t bag = {NULL, 0};
    assert_int_equal(sztp_owner_cert_pack(maker, pem.data, pem.len, crl.data, crl.len, &bag.data, &bag.len),
                     SZTP_OK);
    keep(bag.data);
    if (in_ber) bag = lab_in_ber(bag);
    free(crl.data);
    free(pem.data);
    sztp__buf_add_text(&text, ",\"trust-anchor\":\"");
    sztp__base64_encode(&text, sztp__span(bag.data, bag.len));
    sztp__buf_add_text(&text, "\"");
  }
  assert_int_equal(sztp__buf_add_text(&text, "}]}}"), SZTP_OK);
  memcpy(document, text.data, text.len + 1);
  sztp__buf_clear(&text);
  return document;
}

void lab_give_signed(lab_server_t *server, const char *document) {
  server->ci = lab_conveyed(document, "owner");
  server->oc = lab_artifacts()->owner_cert;
  server->ov = lab_artifacts()->voucher;
}

void lab_give_unsigned(lab_server_t *server, const char *document) {
  server->ci = lab_conveyed(document, NULL);
  server->oc.data = NULL;
  server->ov.data = NULL;
}

/* --- the device --- */

static void lab_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  lab_t *lab = user;
  (void)level;
  (void)topic;
  size_t at = strlen(lab->log);
  if (at + len + 2 < sizeof lab->log) {
    memcpy(lab->log + at, line, len);
    memcpy(lab->log + at + len, "\n", 2);
  }
}

static void add_cert(lab_t *lab, uint32_t role, const char *name) {
  lab_blob_t pem = lab_file(name);
  assert_int_equal(sztp_device_add_cert(lab->dev, role, pem.data, pem.len), SZTP_OK);
  free(pem.data);
}

void lab_open(lab_t *lab, int runner) {
  memset(lab, 0, sizeof *lab);
  lab->ctx = test_ctx_new(&lab->memory);
  lab->runner = runner;
  lab->clock = 1000;
  lab->time = (int64_t)time(NULL);
  lab->flag = "1";
  lab->addresses = "127.0.0.1";
  lab->output = "";
  lab->image = "image";
  assert_int_equal(sztp_ctx_set_log(lab->ctx, SZTP_LOG_DEBUG, lab_log, lab), SZTP_OK);
  assert_int_equal(sztp_device_new(lab->ctx, &lab->dev), SZTP_OK);
  add_cert(lab, SZTP_CERT_IDENTITY, "idevid.pem");
  add_cert(lab, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
  assert_int_equal(sztp_device_set(lab->dev, SZTP_DEVICE_HW_MODEL, "EX4200"), SZTP_OK);
  assert_int_equal(sztp_device_set(lab->dev, SZTP_DEVICE_OS_NAME, "ExampleOS"), SZTP_OK);
  assert_int_equal(sztp_device_set(lab->dev, SZTP_DEVICE_OS_VERSION, "4.2.1"), SZTP_OK);
  assert_int_equal(sztp_device_set_policy(lab->dev, SZTP_POLICY_MAX_PASSES, 1), SZTP_OK);
}

void lab_key(lab_t *lab, const char *name) {
  char file[64];
  (void)snprintf(file, sizeof file, "%s.key", name);
  lab_blob_t key = lab_file(file);
  if (lab->https == NULL) assert_int_equal(sztp_https_new(lab->dev, &lab->https), SZTP_OK);
  assert_int_equal(sztp_https_set_key(lab->https, key.data, key.len), SZTP_OK);
  free(key.data);
}

void lab_close(lab_t *lab) {
  sztp_session_free(lab->session);
  sztp_https_free(lab->https);
  sztp_device_free(lab->dev);
  test_ctx_free(&lab->memory, lab->ctx);
}

lab_server_t *lab_server(lab_t *lab, const char *host, uint16_t port, const char *cert) {
  assert_true(lab->server_count < LAB_SERVERS);
  lab_server_t *server = &lab->servers[lab->server_count++];
  (void)snprintf(server->host, sizeof server->host, "%s", host);
  server->port = port;
  server->cert = cert;
  server->root_status = 404;
  server->data_status = 200;
  server->data_type = "application/yang-data+json";
  server->report_status = 204;
  return server;
}

void lab_well_known(lab_t *lab, const char *host, uint16_t port) {
  const uint8_t *der = NULL;
  size_t len = 0;
  if (sztp_device_cert(lab->dev, SZTP_CERT_SERVER_ANCHOR, 0, &der, &len) < 0)
    add_cert(lab, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_add_server(lab->dev, host, port), SZTP_OK);
}

/* --- the trace --- */

static void trace(lab_t *lab, const char *fmt, ...) SZTP__PRINTF(2, 3);
static void trace(lab_t *lab, const char *fmt, ...) {
  size_t at = strlen(lab->trace);
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(lab->trace + at, sizeof lab->trace - at, fmt, args);
  va_end(args);
  if (lab->cancel_at != NULL && strcmp(lab->trace + at, lab->cancel_at) == 0)
    sztp_session_cancel(lab->session);
  at = strlen(lab->trace);
  if (at + 2 < sizeof lab->trace) memcpy(lab->trace + at, "\n", 2);
}

static uint64_t number(const sztp_action_t *a, uint32_t field) {
  uint64_t value = 0;
  (void)sztp_action_u64(a, field, 0, &value);
  return value;
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

/* --- exchanges --- */

static lab_server_t *find_server(lab_t *lab, const char *host, uint64_t port) {
  for (size_t i = 0; i < lab->server_count; i++)
    if (strcmp(lab->servers[i].host, host) == 0 && lab->servers[i].port == port) return &lab->servers[i];
  return NULL;
}

/* Presents the server's certificate and asks the session, as a transport does. */
static int authenticate(lab_t *lab, sztp_session_t *s, const sztp_action_t *a, const lab_server_t *server) {
  char file[64];
  sztp__buf_t der;
  sztp__span_t label;
  (void)snprintf(file, sizeof file, "%s.pem", server->cert);
  lab_blob_t pem = lab_file(file);
  sztp__span_t rest = sztp__span(pem.data, pem.len);
  make_maker();
  sztp__buf_init(&der, maker, 65536);
  assert_int_equal(sztp__pem_next(maker, &rest, &label, &der), SZTP_OK);
  int32_t rc = SZTP_OK;
  AGAIN(rc, sztp_action_check_server(s, a, der.data, der.len));
  sztp__buf_clear(&der);
  free(pem.data);
  if (rc == SZTP_OK) return 1;
  trace(lab, "refused %s", sztp_error_label(rc));
  (void)snprintf(lab->refusal, sizeof lab->refusal, "%s", test_detail(lab->ctx));
  (void)sztp_reply_u64(s, sztp_action_ticket(a), SZTP_F_REASON, (uint64_t)-rc);
  return 0;
}

static int is_xml(const char *body) { return body[0] == '<'; }

/* The status for a request's encoding, if it is refused, else 0. */
static uint32_t encoding_refused(const lab_server_t *server, const char *request) {
  return is_xml(request) ? server->xml_status : server->json_status;
}

/* The body of a data reply, in the request's encoding. Written once per exchange, to plain memory. */
static char *data_reply(const lab_server_t *server, const char *request) {
  size_t room = 200 + 2 * (server->ci.len + server->oc.len + server->ov.len + server->promoted.len);
  int plain = server->promoted.data != NULL && strstr(request, "signed-data-preferred") == NULL;
  const struct {
    const char *name;
    lab_blob_t blob;
  } parts[3] = {{"conveyed-information", plain ? server->promoted : server->ci},
                {"owner-certificate", plain ? (lab_blob_t){NULL, 0} : server->oc},
                {"ownership-voucher", plain ? (lab_blob_t){NULL, 0} : server->ov}};
  sztp__buf_t out;
  sztp__yang_writer_t w;
  make_maker();
  sztp__buf_init(&out, maker, room);
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

static uint32_t reply_with(sztp_session_t *s, const sztp_action_t *a, const lab_server_t *server,
                           uint32_t status, const char *type, const char *body) {
  uint64_t ticket = sztp_action_ticket(a);
  if (sztp_reply_u64(s, ticket, SZTP_F_STATUS, status) < 0) return SZTP_OUTCOME_FAILED;
  if (!number(a, SZTP_F_PROVISIONAL) && !server->unverified)
    (void)sztp_reply_u64(s, ticket, SZTP_F_PEER_VERIFIED, 1);
  if (give(s, a, SZTP_F_CONTENT_TYPE, type, strlen(type)) < 0) return SZTP_OUTCOME_FAILED;
  if (server->retry_after != 0) (void)sztp_reply_u64(s, ticket, SZTP_F_RETRY_AFTER, server->retry_after);
  return send_body(s, ticket, body) == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

static uint32_t data_exchange(lab_t *lab, sztp_session_t *s, const sztp_action_t *a, lab_server_t *server) {
  const char *request = text(a, SZTP_F_BODY);
  trace(lab, "data %s:%u %s%s%s", server->host, (unsigned)server->port,
        number(a, SZTP_F_PROVISIONAL) ? "provisional" : "trusted",
        strstr(request, "nonce") != NULL ? " nonce" : "", is_xml(request) ? " xml" : "");
  if (encoding_refused(server, request) != 0)
    return reply_with(s, a, server, encoding_refused(server, request), "", "");
  if (server->data_status != 200 || server->data_body != NULL)
    return reply_with(s, a, server, server->data_status, server->data_type,
                      server->data_body == NULL ? "" : server->data_body);
  const char *type = is_xml(request) ? "application/yang-data+xml" : server->data_type;
  char *body = data_reply(server, request);
  uint32_t outcome = reply_with(s, a, server, 200, type, body);
  free(body);
  return outcome;
}

static uint32_t report_exchange(lab_t *lab, sztp_session_t *s, const sztp_action_t *a, lab_server_t *server) {
  char type[64] = "?";
  const char *body = text(a, SZTP_F_BODY);
  const char *at = strstr(body, is_xml(body) ? "<progress-type>" : "\"progress-type\":\"");
  if (at != NULL) (void)sscanf(at + (is_xml(body) ? 15 : 17), "%63[^\"<]", type);
  trace(lab, "report %s:%u %s%s", server->host, (unsigned)server->port, type, is_xml(body) ? " xml" : "");
  if (server->report_failures > 0) {
    server->report_failures--;
    return SZTP_OUTCOME_FAILED;
  }
  if (encoding_refused(server, body) != 0)
    return reply_with(s, a, server, encoding_refused(server, body), "", "");
  int special = server->report_type == NULL || strcmp(server->report_type, type) == 0;
  return reply_with(s, a, server, special ? server->report_status : 204, "", "");
}

static void keep_headers(lab_t *lab, const sztp_action_t *a) {
  size_t at = strlen(lab->headers);
  for (size_t i = 0; i < sztp_action_count(a, SZTP_F_HEADER) && at < sizeof lab->headers; i++) {
    const uint8_t *line = NULL;
    size_t len = 0;
    assert_int_equal(sztp_action_bytes(a, SZTP_F_HEADER, i, &line, &len), SZTP_OK);
    at +=
        (size_t)snprintf(lab->headers + at, sizeof lab->headers - at, "%.*s\n", (int)len, (const char *)line);
  }
  if (at < sizeof lab->headers) (void)snprintf(lab->headers + at, sizeof lab->headers - at, "\n");
}

static uint32_t fetch(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  keep_headers(lab, a);
  lab->fetch_source = number(a, SZTP_F_SOURCE);
  lab_server_t *server = find_server(lab, text(a, SZTP_F_NAME), number(a, SZTP_F_PORT));
  size_t at = strlen(lab->paths);
  (void)snprintf(lab->paths + at, sizeof lab->paths - at, "%s %s\n", text(a, SZTP_F_METHOD),
                 text(a, SZTP_F_PATH));
  at = strlen(lab->bodies);
  (void)snprintf(lab->bodies + at, sizeof lab->bodies - at, "%s\n", text(a, SZTP_F_BODY));
  if (server == NULL || server->refuses) {
    trace(lab, "no connection %s:%u", text(a, SZTP_F_NAME), (unsigned)number(a, SZTP_F_PORT));
    return SZTP_OUTCOME_FAILED;
  }
  if (!number(a, SZTP_F_PROVISIONAL) && !authenticate(lab, s, a, server)) return SZTP_OUTCOME_FAILED;
  if (number(a, SZTP_F_PROVISIONAL)) assert_int_equal(sztp_action_count(a, SZTP_F_ANCHOR), 0);
  switch (number(a, SZTP_F_PURPOSE)) {
  case SZTP_FETCH_ROOT:
    if (lab->trace_roots) trace(lab, "root %s:%u", server->host, (unsigned)server->port);
    return reply_with(s, a, server, server->root_status, "application/xrd+xml",
                      server->root_body == NULL ? "" : server->root_body);
  case SZTP_FETCH_DATA: return data_exchange(lab, s, a, server);
  default: return report_exchange(lab, s, a, server);
  }
}

/* --- the other actions --- */

static uint32_t resolve(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  char list[512];
  lab->resolve_source = number(a, SZTP_F_SOURCE);
  (void)snprintf(list, sizeof list, "%s", lab->addresses);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " "))
    if (give(s, a, SZTP_F_ADDRESS, word, strlen(word)) < 0) return SZTP_OUTCOME_FAILED;
  return list[0] == '\0' ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_OK;
}

static uint32_t discover_dhcp(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  uint8_t option[4096];
  char list[4096];
  size_t len = 0;
  if (lab->dhcp == NULL) return SZTP_OUTCOME_NOTHING;
  (void)snprintf(list, sizeof list, "%s", lab->dhcp);
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " ")) {
    size_t n = strlen(word);
    option[len++] = (uint8_t)(n >> 8);
    option[len++] = (uint8_t)n;
    memcpy(option + len, word, n);
    len += n;
  }
  return give(s, a, SZTP_F_DATA, option, len) == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

static uint32_t give_artifacts(sztp_session_t *s, const sztp_action_t *a, const lab_blob_t artifacts[3]) {
  if (artifacts[0].data == NULL) return SZTP_OUTCOME_NOTHING;
  for (uint32_t i = 0; i < 3; i++)
    if (artifacts[i].data != NULL &&
        give(s, a, SZTP_F_ARTIFACT_CI + i, artifacts[i].data, artifacts[i].len) < 0)
      return SZTP_OUTCOME_FAILED;
  return SZTP_OUTCOME_OK;
}

static uint32_t discover_place(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  size_t index = (size_t)number(a, SZTP_F_INDEX), last = lab->place_count - 1;
  if (lab->trace_sources && index > 0) trace(lab, "place %zu", index);
  assert_true(index <= last || lab->places_without_end);
  assert_int_equal(sztp_reply_u64(s, sztp_action_ticket(a), SZTP_F_MORE, 2), SZTP_ERR_ARG);
  if (index < last || lab->places_without_end)
    assert_int_equal(sztp_reply_u64(s, sztp_action_ticket(a), SZTP_F_MORE, 1), SZTP_OK);
  return give_artifacts(s, a, lab->places[index < last ? index : last].artifacts);
}

static uint32_t discover(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  uint64_t source = number(a, SZTP_F_SOURCE);
  if (source == SZTP_SOURCE_REMOVABLE && lab->places != NULL) {
    if (lab->trace_sources && number(a, SZTP_F_INDEX) == 0) trace(lab, "source 1");
    return discover_place(lab, s, a);
  }
  assert_int_equal(number(a, SZTP_F_INDEX), 0);
  if (lab->trace_sources) trace(lab, "source %u", (unsigned)source);
  if (lab->discover != NULL) return lab->discover(lab, s, a);
  if (source == SZTP_SOURCE_DHCP4) return discover_dhcp(lab, s, a);
  if (source != (lab->usb_source == 0 ? SZTP_SOURCE_REMOVABLE : lab->usb_source)) return SZTP_OUTCOME_NOTHING;
  uint32_t outcome = give_artifacts(s, a, lab->usb);
  if (lab->usb_once && outcome == SZTP_OUTCOME_OK) lab->usb[0].data = NULL;
  return outcome;
}

static uint32_t tell_flag(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  size_t last = strlen(lab->flag) - 1;
  char flag = lab->flag[lab->flag_asked < last ? lab->flag_asked : last];
  lab->flag_asked++;
  if (flag == 'x') return SZTP_OUTCOME_FAILED;
  if (flag != '-') (void)sztp_reply_u64(s, sztp_action_ticket(a), SZTP_F_VALUE, flag == '1');
  return SZTP_OUTCOME_OK;
}

static uint32_t download(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  trace(lab, "download %s", text(a, SZTP_F_URI));
  if (lab->broken_uri != NULL && strcmp(lab->broken_uri, text(a, SZTP_F_URI)) == 0)
    return SZTP_OUTCOME_FAILED;
  int wrong = lab->wrong_uri != NULL && strcmp(lab->wrong_uri, text(a, SZTP_F_URI)) == 0;
  const char *image = wrong ? "another image" : lab->image;
  if (sztp_reply_write(s, sztp_action_ticket(a), (const uint8_t *)image, strlen(image)) < 0)
    return SZTP_OUTCOME_FAILED;
  if (lab->signature_good) (void)sztp_reply_u64(s, sztp_action_ticket(a), SZTP_F_SIGNATURE_GOOD, 1);
  return SZTP_OUTCOME_OK;
}

static uint32_t tell(lab_t *lab, sztp_session_t *s, const sztp_action_t *a, uint32_t outcome) {
  int32_t rc = give(s, a, SZTP_F_MESSAGE, lab->output, strlen(lab->output));
  return rc == SZTP_OK ? outcome : SZTP_OUTCOME_FAILED;
}

static uint32_t save(lab_t *lab, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len), SZTP_OK);
  assert_true(len <= sizeof lab->saved);
  if (lab->save_outcome != SZTP_OUTCOME_OK) return lab->save_outcome;
  memcpy(lab->saved, data, len);
  lab->saved_len = len;
  lab->saves++;
  return SZTP_OUTCOME_OK;
}

static uint32_t use_key(lab_t *lab, sztp_session_t *s, const sztp_action_t *a) {
  static const char *const names[] = {"?", "pkcs1", "oaep", "ecdh"};
  trace(lab, "key %s", names[number(a, SZTP_F_OPERATION) & 3]);
  if (lab->key_outcome != SZTP_OUTCOME_OK) return lab->key_outcome;
  if (lab->https == NULL) return SZTP_OUTCOME_NOTHING;
  uint32_t outcome = sztp_https_handle(lab->https, s, a);
  int short_of_memory = lab->memory.fail_at != 0 && lab->memory.calls == lab->memory.fail_at;
  return outcome == SZTP_OUTCOME_FAILED && short_of_memory ? sztp_https_handle(lab->https, s, a) : outcome;
}

/* Keeps exactly what a script or the configuration consists of. */
static void take_octets(lab_t *lab, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  assert_int_equal(sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &lab->given_len), SZTP_OK);
  assert_true(lab->given_len <= sizeof lab->given);
  memcpy(lab->given, data, lab->given_len);
}

static uint32_t handle(void *user, sztp_session_t *s, const sztp_action_t *a) {
  lab_t *lab = user;
  const sztp_action_t *again = NULL;
  lab->actions++;
  if (lab->runner) assert_int_equal(sztp_session_next(s, lab->clock, &again), SZTP_ERR_REENTRY);
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return tell_flag(lab, s, a);
  case SZTP_ACTION_DISCOVER: return discover(lab, s, a);
  case SZTP_ACTION_RESOLVE: return resolve(lab, s, a);
  case SZTP_ACTION_FETCH: return fetch(lab, s, a);
  case SZTP_ACTION_DOWNLOAD: return download(lab, s, a);
  case SZTP_ACTION_INSTALL: trace(lab, "install"); return tell(lab, s, a, lab->install_outcome);
  case SZTP_ACTION_SCRIPT:
    take_octets(lab, a);
    trace(lab, "%s-script %s", number(a, SZTP_F_PURPOSE) == SZTP_STAGE_PRE_SCRIPT ? "pre" : "post",
          text(a, SZTP_F_DATA));
    return tell(lab, s, a,
                number(a, SZTP_F_PURPOSE) == SZTP_STAGE_PRE_SCRIPT ? lab->pre_outcome : lab->post_outcome);
  case SZTP_ACTION_CONFIG:
    take_octets(lab, a);
    trace(lab, "%s %s", number(a, SZTP_F_MODE) == SZTP_CONFIG_MERGE ? "merge" : "replace",
          text(a, SZTP_F_DATA));
    return tell(lab, s, a, lab->config_outcome);
  case SZTP_ACTION_ROLLBACK:
    trace(lab, "undo %s",
          number(a, SZTP_F_PURPOSE) == SZTP_STAGE_CONFIG       ? "config"
          : number(a, SZTP_F_PURPOSE) == SZTP_STAGE_PRE_SCRIPT ? "pre"
                                                               : "post");
    return lab->rollback_outcome;
  case SZTP_ACTION_REBOOT: trace(lab, "reboot"); return SZTP_OUTCOME_OK;
  case SZTP_ACTION_SAVE: return save(lab, a);
  case SZTP_ACTION_KEY: return use_key(lab, s, a);
  case SZTP_ACTION_WAIT:
    if (lab->waits < 64) lab->wait_ms[lab->waits] = number(a, SZTP_F_DEADLINE) - lab->clock;
    lab->waits++;
    lab->clock = number(a, SZTP_F_DEADLINE);
    return SZTP_OUTCOME_OK;
  default: return SZTP_OUTCOME_FAILED;
  }
}

/* --- running --- */

static uint64_t lab_clock(void *user) {
  lab_t *lab = user;
  return ++lab->clock;
}

static uint32_t run_polled(lab_t *lab) {
  const sztp_action_t *a = NULL;
  const sztp_action_t *same = NULL;
  for (;;) {
    lab->reason = sztp_session_next(lab->session, lab_clock(lab), &a);
    if (lab->reason != SZTP_OK) return 0;
    assert_int_equal(sztp_session_next(lab->session, lab->clock, &same), SZTP_OK);
    assert_ptr_equal(a, same);
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) {
      lab->reason = -(int32_t)number(a, SZTP_F_REASON);
      return (uint32_t)number(a, SZTP_F_RESULT);
    }
    uint64_t ticket = sztp_action_ticket(a);
    uint32_t outcome = handle(lab, lab->session, a);
    if (lab->stop_after != 0 && lab->actions >= lab->stop_after) return 0;
    assert_int_equal(sztp_reply_end(lab->session, ticket + 1, outcome), SZTP_ERR_STALE);
    assert_int_equal(sztp_reply_end(lab->session, ticket, outcome), SZTP_OK);
    assert_int_equal(sztp_reply_end(lab->session, ticket, outcome), SZTP_ERR_STALE);
  }
}

static uint32_t run_with_runner(lab_t *lab) {
  sztp_host_t *host = NULL;
  uint32_t result = 0;
  lab->reason = sztp_host_new(lab->ctx, lab_clock, lab, &host);
  if (lab->reason < 0) return 0;
  for (uint32_t kind = SZTP_ACTION_DISCOVER; kind <= SZTP_ACTION_SAVE; kind++)
    if (sztp_action_name(kind)[0] != '\0') assert_int_equal(sztp_host_on(host, kind, handle, lab), SZTP_OK);
  lab->reason = sztp_host_run(host, lab->session, &result);
  sztp_host_free(host);
  return result;
}

uint32_t lab_resume(lab_t *lab) {
  if (lab->session == NULL) return lab_run(lab);
  lab->result = lab->runner ? run_with_runner(lab) : run_polled(lab);
  return lab->result;
}

uint32_t lab_run(lab_t *lab) {
  sztp_session_free(lab->session);
  lab->session = NULL;
  lab->result = 0;
  lab->reason = sztp_session_new(lab->dev, &lab->session);
  if (lab->reason < 0) return 0;
  assert_int_equal(sztp_session_set_time(lab->session, lab->clock, lab->time), SZTP_OK);
  for (size_t i = 0; i < lab->source_count; i++)
    assert_int_equal(sztp_session_add_source(lab->session, lab->sources[i]), SZTP_OK);
  assert_int_equal(sztp_session_restore(lab->session, lab->saved, lab->saved_len), SZTP_OK);
  return lab_resume(lab);
}

int lab_run_short_of_memory(lab_t *lab, size_t n) {
  lab->memory.fail_at = lab->memory.calls + n;
  uint32_t result = lab_run(lab);
  int met = lab->memory.calls >= lab->memory.fail_at;
  for (unsigned again = 0; result == 0 && again < 3; again++) {
    if (lab->reason != SZTP_ERR_MEMORY)
      fail_msg("allocation %zu: %s, %s; log:\n%s", n, sztp_error_name(lab->reason), test_detail(lab->ctx),
               lab->log);
    result = lab_resume(lab);
  }
  if (result != SZTP_RESULT_DONE)
    fail_msg("allocation %zu: result %u; trace:\n%s\nlog:\n%s", n, (unsigned)result, lab->trace, lab->log);
  return met;
}

void lab_expect(const lab_t *lab, const char *expected) {
  if (strcmp(lab->trace, expected) != 0)
    fail_msg("trace:\n%s\nexpected:\n%s\nlog:\n%s\n", lab->trace, expected, lab->log);
}

void lab_expect_has(const lab_t *lab, const char *part) {
  if (strstr(lab->trace, part) == NULL)
    fail_msg("\"%s\" is not in the trace:\n%s\nlog:\n%s\n", part, lab->trace, lab->log);
}

void lab_expect_not(const lab_t *lab, const char *part) {
  if (strstr(lab->trace, part) != NULL)
    fail_msg("\"%s\" is in the trace:\n%s\nlog:\n%s\n", part, lab->trace, lab->log);
}
