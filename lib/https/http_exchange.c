/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a request, reads the response, and stops at the first limit that it meets (REST-23, REST-24, TLS-22).
 */
#include "https/http_exchange.h"

#include <inttypes.h>
#include <stdarg.h>

#include <sztp/error.h>

#include "ground/ctx_private.h"

static int exchange_failed(sztp__http_exchange_t *x, int rc, const char *fmt, ...) SZTP__PRINTF(3, 4);

static int exchange_failed(sztp__http_exchange_t *x, int rc, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  sztp__vformat(x->why, sizeof x->why, fmt, args);
  va_end(args);
  return rc;
}

static int bad_response(sztp__http_exchange_t *x) {
  return exchange_failed(x, SZTP__NET_FAILED, "the response is not acceptable HTTP: %s", x->response.why);
}

static int stopped(sztp__http_exchange_t *x, int32_t code) {
  x->code = code;
  return exchange_failed(x, SZTP__NET_LOCAL, "%s", sztp_error_text(code));
}

static int too_long(sztp__http_exchange_t *x, uint64_t octets) {
  x->too_long = 1;
  return exchange_failed(x, SZTP__NET_FAILED,
                         "the response has a body of %s%" PRIu64 " octets; %" PRIu64 " are allowed",
                         x->response.length_known ? "" : "at least ", octets, x->max_body);
}

static int exchange_head(sztp__http_exchange_t *x) {
  if (x->response.length_known && x->response.length > x->max_body && !x->response.chunked)
    return too_long(x, x->response.length);
  int32_t rc = x->on_head != NULL ? x->on_head(x->user, &x->response) : SZTP_OK;
  return rc == SZTP_OK ? SZTP__NET_OK : stopped(x, rc);
}

static int exchange_body(sztp__http_exchange_t *x, sztp__span_t piece) {
  x->body_len += piece.len;
  if (x->body_len > x->max_body) return too_long(x, x->body_len);
  int32_t rc = x->on_body(x->user, piece.data, piece.len);
  return rc == SZTP_OK ? SZTP__NET_OK : stopped(x, rc);
}

/* Takes octets of the response. *headed becomes 1 after the head, *ended after the end. */
static int take_octets(sztp__http_exchange_t *x, sztp__span_t in, int *headed, int *ended) {
  for (;;) {
    sztp__span_t piece;
    int rc = SZTP__NET_OK;
    switch (sztp__http_next(&x->response, &in, &piece)) {
    case SZTP__HTTP_MORE: return SZTP__NET_OK;
    case SZTP__HTTP_HEAD:
      *headed = 1;
      rc = exchange_head(x);
      break;
    case SZTP__HTTP_BODY: rc = exchange_body(x, piece); break;
    case SZTP__HTTP_END:
      *ended = 1;
      /* Octets that nobody asked for would be taken for the next response. */
      x->reusable = sztp__http_reusable(&x->response) && in.len == 0;
      return SZTP__NET_OK;
    default: return bad_response(x);
    }
    if (rc != SZTP__NET_OK) return rc;
  }
}

/* The connection ended, or a limit was met, while the response was awaited. */
static int ended_early(sztp__http_exchange_t *x, const sztp__stream_t *s, int rc, int headed) {
  x->code = s->code;
  if (x->received == 0) {
    if (rc == SZTP__NET_TIMEOUT) return exchange_failed(x, rc, "no response in time");
    if (rc == SZTP__NET_CLOSED || rc == SZTP__NET_LOST)
      return exchange_failed(x, rc, "the server ended the connection without a response");
    return exchange_failed(x, rc, "%s", s->why);
  }
  if (rc == SZTP__NET_CLOSED) {
    if (sztp__http_closed(&x->response) == SZTP__HTTP_END) return SZTP__NET_OK;
    return bad_response(x);
  }
  if (rc == SZTP__NET_TIMEOUT)
    return exchange_failed(x, rc, "the response stopped in its %s", headed ? "body" : "header section");
  if (rc == SZTP__NET_LOST)
    return exchange_failed(x, SZTP__NET_FAILED, "the connection broke off within the response");
  return exchange_failed(x, rc, "%s", s->why);
}

static uint64_t limit(const sztp__http_exchange_t *x, uint64_t ms) {
  uint64_t t = sztp__socket_after(sztp__socket_now(), ms);
  return t < x->deadline ? t : x->deadline;
}

static int read_response(sztp__stream_t *s, sztp__http_exchange_t *x) {
  int headed = 0;
  int ended = 0;
  uint64_t until = limit(x, x->limits->headers_ms);
  while (!ended) {
    size_t n = 0;
    if (headed) until = limit(x, x->limits->idle_ms);
    int rc = sztp__stream_read(s, x->buffer, x->buffer_len, until, &n);
    if (rc != SZTP__NET_OK) return ended_early(x, s, rc, headed);
    x->received += n;
    rc = take_octets(x, sztp__span(x->buffer, n), &headed, &ended);
    if (rc != SZTP__NET_OK) return rc;
    /* What never pauses is never waited for, so the time is looked at here too. */
    if (!ended && sztp__socket_now() >= (headed ? x->deadline : until))
      return ended_early(x, s, SZTP__NET_TIMEOUT, headed);
  }
  return SZTP__NET_OK;
}

int sztp__http_exchange(sztp__stream_t *s, sztp__http_exchange_t *x) {
  x->received = 0;
  x->body_len = 0;
  x->too_long = 0;
  x->reusable = 0;
  x->code = SZTP_OK;
  x->why[0] = '\0';
  sztp__http_begin(&x->response, x->limits->header_octets, x->limits->header_fields);
  int rc = sztp__stream_write(s, x->request, x->request_len, x->limits->idle_ms, x->deadline);
  if (rc == SZTP__NET_TIMEOUT || rc == SZTP__NET_LOCAL) {
    x->code = s->code;
    return exchange_failed(x, rc, "%s", s->why);
  }
  /* A server that hung up may have said why before it did. */
  return read_response(s, x);
}
