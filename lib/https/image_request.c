/* SPDX-License-Identifier: Apache-2.0 */
/* Writes requests for images: whole, or the rest of one that has not changed meanwhile (IMG-01, IMG-02). */
#include "https/image_request.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sztp/error.h>

#include "ground/format.h"
#include "https/http.h"

/* A path may be empty, and a query may follow nothing; a request wants its slash. */
static int32_t write_target(sztp__span_t path, const char *suffix, uint8_t **out, size_t *len) {
  size_t slash = path.len == 0 || path.data[0] != '/', more = strlen(suffix);
  const uint8_t *query = path.len > 0 ? memchr(path.data, '?', path.len) : NULL;
  size_t before = query != NULL ? (size_t)(query - path.data) : path.len;
  uint8_t *target = malloc(path.len + more + 1);
  if (target == NULL) return SZTP_ERR_MEMORY;
  target[0] = '/';
  if (before > 0) memcpy(target + slash, path.data, before);
  memcpy(target + slash + before, suffix, more);
  if (before < path.len) memcpy(target + slash + before + more, path.data + before, path.len - before);
  *out = target;
  *len = slash + path.len + more;
  return SZTP_OK;
}

/* A server that compressed the image would send octets that nobody announced (IMG-07). */
int32_t sztp__image_request(const sztp__image_uri_t *uri, const char *suffix, const sztp__image_rest_t *rest,
                            sztp__image_request_t *out) {
  char range[48] = "", if_range[SZTP__HTTP_WORD + 16] = "";
  if (rest != NULL) {
    sztp__format(range, sizeof range, "Range: bytes=%" PRIu64 "-", rest->from);
    sztp__format(if_range, sizeof if_range, "If-Range: %s", rest->validator);
  }
  const sztp__span_t headers[] = {sztp__span_of("Accept-Encoding: identity"), sztp__span_of(range),
                                  sztp__span_of(if_range)};
  uint8_t *target = NULL;
  size_t target_len = 0;
  sztp__image_request_free(out);
  int32_t rc = write_target(uri->path, suffix, &target, &target_len);
  if (rc != SZTP_OK) return rc;
  sztp__http_request_t q;
  memset(&q, 0, sizeof q);
  q.method = sztp__span_of("GET");
  q.target = sztp__span(target, target_len);
  q.host = sztp__span_of(uri->host);
  q.port = uri->port;
  q.default_port = uri->secure ? 443 : 80;
  q.headers = headers;
  q.header_count = rest != NULL ? 3 : 1;
  rc = sztp__http_write(&q, &out->data, &out->len);
  free(target);
  return rc;
}

void sztp__image_request_free(sztp__image_request_t *r) {
  free(r->data);
  r->data = NULL;
  r->len = 0;
}
