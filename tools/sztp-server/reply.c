/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads and RESTCONF errors documents. */
#define _POSIX_C_SOURCE 200809L
#include "reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "formats/json.h"
#include "formats/xml.h"

static const struct {
  int status;
  const char *phrase;
} phrases[] = {{200, "OK"},
               {204, "No Content"},
               {206, "Partial Content"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {406, "Not Acceptable"},
               {408, "Request Timeout"},
               {413, "Content Too Large"},
               {415, "Unsupported Media Type"},
               {416, "Range Not Satisfiable"},
               {417, "Expectation Failed"},
               {429, "Too Many Requests"},
               {431, "Request Header Fields Too Large"},
               {500, "Internal Server Error"},
               {501, "Not Implemented"},
               {503, "Service Unavailable"},
               {505, "HTTP Version Not Supported"}};

static const char *phrase(int status) {
  for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
    if (phrases[i].status == status) return phrases[i].phrase;
  return "Status";
}

void reply_init(reply_t *r, sztp_ctx_t *ctx) {
  memset(r, 0, sizeof *r);
  sztp__buf_init(&r->fields, ctx, REPLY_MOST);
  sztp__buf_init(&r->body, ctx, REPLY_MOST);
  r->file = -1;
  r->told = "";
}

void reply_free(reply_t *r) {
  if (r->file >= 0) close(r->file);
  sztp__buf_clear(&r->fields);
  sztp__buf_clear(&r->body);
  reply_init(r, r->body.ctx);
}

int problem_set(problem_t *p, int status, const char *type, const char *tag, const char *format, ...) {
  va_list list;
  p->status = status;
  p->type = type;
  p->tag = tag;
  p->csr_wanted = 0;
  p->csr_kind = NULL;
  p->csr_info = sztp__span(NULL, 0);
  va_start(list, format);
  vsnprintf(p->message, sizeof p->message, format, list);
  va_end(list);
  return -1;
}

const char *encoding_type(uint32_t encoding) {
  return encoding == ENCODING_XML ? "application/yang-data+xml" : "application/yang-data+json";
}

static void problem_json(sztp__buf_t *t, const problem_t *p) {
  (void)sztp__buf_addf(t,
                       "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"%s\",\"error-tag\":\"%s\",",
                       p->type, p->tag);
  (void)sztp__buf_add_text(t, "\"error-message\":");
  (void)sztp__json_put_string(t, sztp__span_of(p->message));
  if (p->csr_wanted) csr_request_put_json(t, p->csr_kind, p->csr_info);
  (void)sztp__buf_add_text(t, "}]}}\n");
}

static void problem_xml(sztp__buf_t *t, const problem_t *p) {
  (void)sztp__buf_add_text(t, "<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\"><error>");
  (void)sztp__buf_addf(t, "<error-type>%s</error-type><error-tag>%s</error-tag><error-message>", p->type,
                       p->tag);
  (void)sztp__xml_put_text(t, sztp__span_of(p->message));
  (void)sztp__buf_add_text(t, "</error-message>");
  if (p->csr_wanted) csr_request_put_xml(t, p->csr_kind, p->csr_info);
  (void)sztp__buf_add_text(t, "</error></errors>\n");
}

void reply_problem(reply_t *r, uint32_t encoding, const problem_t *p) {
  sztp__buf_clear(&r->body);
  r->status = p->status;
  r->type = encoding_type(encoding);
  if (encoding == ENCODING_XML)
    problem_xml(&r->body, p);
  else
    problem_json(&r->body, p);
  memcpy(r->told_detail, p->message, sizeof r->told_detail);
  r->told = r->told_detail;
}

static void date_field(sztp__buf_t *out) {
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t now = time(NULL);
  struct tm t;
  if (gmtime_r(&now, &t) == NULL) return;
  (void)sztp__buf_addf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[t.tm_wday % 7], t.tm_mday,
                       months[t.tm_mon % 12], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

void reply_head(const reply_t *r, int keep_alive, sztp__buf_t *out) {
  uint64_t len = r->file >= 0 ? r->file_len : (uint64_t)r->body.len;
  (void)sztp__buf_addf(out, "HTTP/1.1 %d %s\r\n", r->status, phrase(r->status));
  date_field(out);
  (void)sztp__buf_add_text(out, "Server: sztp-server\r\nCache-Control: no-store\r\n");
  if (r->type != NULL) sztp__buf_addf(out, "Content-Type: %s\r\n", r->type);
  if (r->status != 204) sztp__buf_addf(out, "Content-Length: %" PRIu64 "\r\n", len);
  if (r->fields.len > 0) sztp__buf_add(out, r->fields.data, r->fields.len);
  if (!keep_alive) sztp__buf_add_text(out, "Connection: close\r\n");
  (void)sztp__buf_add_text(out, "\r\n");
}
