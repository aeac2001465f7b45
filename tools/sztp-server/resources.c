/* SPDX-License-Identifier: Apache-2.0 */
/* Root discovery, the two operations and the images; failures that the operator has asked for. */
#define _POSIX_C_SOURCE 200809L
#include "resources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrapping.h"
#include "csr.h"
#include "folder.h"
#include "formats/json.h"
#include "formats/xml.h"
#include "images.h"
#include "journal.h"
#include "media_type.h"
#include "rpc.h"

static const char xrd_type[] = "application/xrd+xml";
static const char jrd_type[] = "application/jrd+json";

enum {
  RESOURCE_NONE,
  RESOURCE_HOST_META,
  RESOURCE_HOST_META_JSON,
  RESOURCE_DATA,
  RESOURCE_PROGRESS,
  RESOURCE_IMAGE
};

static int is_method(const exchange_t *ex, const char *method) {
  return strcmp(ex->request->method, method) == 0;
}

/* ---- which resource ------------------------------------------------------------------------------ */

static uint32_t find_resource(const settings_t *s, const char *path) {
  static const char operations[] = "/operations/";
  size_t root = strlen(s->root);
  if (s->host_meta && strcmp(path, "/.well-known/host-meta") == 0) return RESOURCE_HOST_META;
  if (s->host_meta && strcmp(path, "/.well-known/host-meta.json") == 0) return RESOURCE_HOST_META_JSON;
  if (strncmp(path, "/images/", 8) == 0) return RESOURCE_IMAGE;
  if (strncmp(path, s->root, root) != 0 || strncmp(path + root, operations, sizeof operations - 1) != 0)
    return RESOURCE_NONE;
  path += root + sizeof operations - 1;
  if (strcmp(path, RPC_DATA) == 0) return RESOURCE_DATA;
  return strcmp(path, RPC_PROGRESS) == 0 ? RESOURCE_PROGRESS : RESOURCE_NONE;
}

static int is_operation(uint32_t resource) {
  return resource == RESOURCE_DATA || resource == RESOURCE_PROGRESS;
}

/* 0 if the method may go on; 1 if it is answered; -1 with the problem. */
static int check_method(const exchange_t *ex, uint32_t resource, problem_t *p) {
  static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  const char *allow = is_operation(resource) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
  size_t known = 0;
  while (known < sizeof methods / sizeof methods[0] && !is_method(ex, methods[known])) known++;
  if (known == sizeof methods / sizeof methods[0])
    return problem_set(p, 501, "protocol", "operation-not-supported",
                       "a method that this server does not know");
  if (is_operation(resource) ? is_method(ex, "POST") : is_method(ex, "GET") || is_method(ex, "HEAD"))
    return 0;
  (void)sztp__buf_addf(&ex->reply->fields, "Allow: %s\r\n", allow);
  if (!is_method(ex, "OPTIONS"))
    return problem_set(p, 405, "protocol", "operation-not-supported", "this resource takes %s", allow);
  ex->reply->status = 200;
  return 1;
}

/* ---- root discovery ------------------------------------------------------------------------------ */

static int answer_host_meta(const settings_t *s, const exchange_t *ex, uint32_t resource) {
  sztp__buf_t *body = &ex->reply->body;
  const char *root = s->root[0] != '\0' ? s->root : "/";
  int json = resource == RESOURCE_HOST_META_JSON ||
             media_type_quality(ex->request, jrd_type) > media_type_quality(ex->request, xrd_type);
  ex->reply->status = 200;
  ex->reply->type = json ? jrd_type : xrd_type;
  if (json) {
    (void)sztp__buf_add_text(body, "{\"links\":[{\"rel\":\"restconf\",\"href\":");
    (void)sztp__json_put_string(body, sztp__span_of(root));
    (void)sztp__buf_add_text(body, "}]}\n");
  } else {
    (void)sztp__buf_add_text(
        body, "<?xml version=\"1.0\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n"
              "  <Link rel=\"restconf\" href=\"");
    (void)sztp__xml_put_text(body, sztp__span_of(root));
    (void)sztp__buf_add_text(body, "\"/>\n</XRD>\n");
  }
  return 0;
}

/* ---- operations ---------------------------------------------------------------------------------- */

static int check_client(const exchange_t *ex, problem_t *p) {
  const tls_client_t *client = ex->client;
  if (client->state == TLS_CLIENT_NONE || client->state == TLS_CLIENT_UNTRUSTED) {
    (void)sztp__buf_add_text(&ex->reply->fields, "WWW-Authenticate: TLS-Client-Certificate\r\n");
    return problem_set(p, 401, "protocol", "access-denied", "%s", client->why);
  }
  if (client->state == TLS_CLIENT_NAMELESS)
    return problem_set(p, 403, "protocol", "access-denied", "%s", client->why);
  if (!folder_serial_safe(client->serial))
    return problem_set(p, 403, "protocol", "access-denied",
                       "this serial number can't be the name of a folder");
  return 0;
}

/* The encodings of request and reply. A request without body has none. */
static int negotiate(const settings_t *s, const exchange_t *ex, uint32_t *in, uint32_t *out, problem_t *p) {
  uint32_t offered = (uint32_t)s->encodings;
  *in = media_type_of_body(ex->request);
  *out = media_type_choose(ex->request, offered, *in);
  if (ex->request->body_len > 0 && (*in & offered) == 0)
    return problem_set(p, 415, "protocol", "invalid-value", "the body must be of type %s",
                       encoding_type(offered & 1 ? ENCODING_JSON : ENCODING_XML));
  if (*out == ENCODING_NONE)
    return problem_set(p, 406, "protocol", "invalid-value", "this operation answers in the types %s%s%s",
                       (offered & ENCODING_JSON) != 0 ? encoding_type(ENCODING_JSON) : "",
                       offered == (ENCODING_JSON | ENCODING_XML) ? " and " : "",
                       (offered & ENCODING_XML) != 0 ? encoding_type(ENCODING_XML) : "");
  return 0;
}

static int give_data(server_t *server, exchange_t *ex, const data_input_t *input,
                     const artifact_t *certificate, uint32_t out, problem_t *p) {
  bootstrapping_t data;
  const char *serial = ex->client->serial;
  if (bootstrapping_choose(&server->maker, serial, input, ex->request->host, certificate, &data, p) != 0)
    return -1;
  data_output_t output = {data.conveyed.data,
                          data.conveyed.len,
                          data.owner.data,
                          data.owner.len,
                          data.voucher.data,
                          data.voucher.len,
                          folder_reporting_level(server->settings, serial)};
  int result = rpc_write_data(&output, out, &ex->reply->body);
  if (result != 0) problem_set(p, 503, "application", "operation-failed", "out of memory");
  ex->reply->status = 200;
  ex->reply->type = encoding_type(out);
  ex->reply->told = data.what;
  bootstrapping_free(&data);
  return result;
}

static int answer_data(server_t *server, exchange_t *ex, uint32_t in, uint32_t out, problem_t *p) {
  data_input_t input;
  artifact_t certificate = {NULL, 0};
  int result = rpc_read_data(server->maker.ctx, ex->request->body, ex->request->body_len, in, &input, p);
  if (result == 0) {
    snprintf(ex->parameters, sizeof ex->parameters, "%s", input.sent);
    sztp__span_t identity = sztp__span(ex->client->cert, ex->client->cert_len);
    int csr = csr_handle(&server->maker, ex->client->serial, identity, &input, &certificate, p);
    result = csr == CSR_ASK || csr == CSR_REFUSED ? -1 : give_data(server, ex, &input, &certificate, out, p);
  }
  free(certificate.data);
  rpc_free_data(&input);
  return result;
}

static int answer_progress(server_t *server, exchange_t *ex, uint32_t in, problem_t *p) {
  progress_input_t input;
  int result = rpc_read_progress(server->maker.ctx, ex->request->body, ex->request->body_len, in, &input, p);
  snprintf(ex->parameters, sizeof ex->parameters, "%s", input.type);
  char *folder = folder_of_device(server->settings, ex->client->serial, NULL);
  if (result == 0 && folder == NULL)
    result =
        problem_set(p, 404, "application", "data-missing", "no device of this serial number is known here");
  if (result == 0 && journal_progress(server->maker.ctx, server->settings, ex->client->serial,
                                      (const char *)input.line.data) != 0)
    result = problem_set(p, 500, "application", "operation-failed", "the report can't be stored");
  ex->reply->status = 204;
  memcpy(ex->reply->told_detail, input.last, sizeof input.last);
  ex->reply->told = ex->reply->told_detail;
  free(folder);
  sztp__buf_clear(&input.line);
  return result;
}

static int answer_operation(server_t *server, exchange_t *ex, uint32_t resource, uint32_t *encoding,
                            problem_t *p) {
  uint32_t in = ENCODING_NONE;
  uint32_t out = ENCODING_NONE;
  int result = negotiate(server->settings, ex, &in, &out, p);
  *encoding = out != ENCODING_NONE ? out : in;
  if (check_client(ex, p) != 0)
    return -1; /* clients that may not ask don't learn what is wrong with their request */
  if (result != 0) return result;
  return resource == RESOURCE_DATA ? answer_data(server, ex, in, out, p) : answer_progress(server, ex, in, p);
}

/* ---- failures on request ------------------------------------------------------------------------- */

static int ends_in(const char *text, const char *end) {
  size_t len = strlen(text);
  size_t tail = strlen(end);
  return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* 1 if a failure replaces the answer. */
static int inject(const settings_t *s, exchange_t *ex) {
  injected_t *faults = s->injected.at;
  for (size_t i = 0; i < s->injected.count; i++) {
    injected_t *fault = &faults[i];
    problem_t p;
    if (!ends_in(ex->request->path, fault->path) || fault->times == 0) continue;
    if (fault->skip > 0) {
      fault->skip--;
      continue;
    }
    fault->times--;
    ex->reply->delay_ms = (uint32_t)fault->delay_ms;
    ex->reply->drop = fault->close != 0;
    if (fault->status == 0) {
      if (!ex->reply->drop) return 0;
      ex->reply->told = "closed, as the configuration asks";
      return 1;
    }
    if (fault->retry_after > 0)
      (void)sztp__buf_addf(&ex->reply->fields, "Retry-After: %" PRIu64 "\r\n", fault->retry_after);
    problem_set(&p, (int)fault->status, "application", "operation-failed",
                "a failure that the configuration asks for");
    reply_problem(ex->reply, media_type_of_body(ex->request), &p);
    return 1;
  }
  return 0;
}

void resources_answer(server_t *server, exchange_t *ex) {
  problem_t p;
  uint32_t encoding = ENCODING_NONE;
  uint32_t resource = find_resource(server->settings, ex->request->path);
  ex->parameters[0] = '\0';
  ex->reply->head_only = is_method(ex, "HEAD");
  if (inject(server->settings, ex)) return;
  int result = resource == RESOURCE_NONE
                   ? problem_set(&p, 404, "protocol", "invalid-value", "there is no such resource")
                   : check_method(ex, resource, &p);
  if (result == 0 && is_operation(resource))
    result = answer_operation(server, ex, resource, &encoding, &p);
  else if (result == 0 && resource == RESOURCE_IMAGE)
    result = images_reply(server->settings, ex->request, ex->request->path + 8, ex->reply, &p);
  else if (result == 0)
    result = answer_host_meta(server->settings, ex, resource);
  if (result >= 0 && ex->reply->body.status != SZTP_OK)
    result = problem_set(&p, 503, "application", "operation-failed", "out of memory");
  if (result < 0)
    reply_problem(ex->reply, encoding != ENCODING_NONE ? encoding : media_type_of_body(ex->request), &p);
}
