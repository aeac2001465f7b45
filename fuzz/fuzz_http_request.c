/* SPDX-License-Identifier: Apache-2.0 */
/* The lab server's HTTP request reader: no crash, limits kept, and the same requests however the octets are
 * cut. The first octet of the input chooses the size of the pieces. */
#include <stdlib.h>

#include "sztp-server/http_request.c"

typedef struct outcome {
  int result; /* of the last request */
  int status;
  const char *why;
  size_t requests;
  size_t body_len;
  uint32_t sum; /* of paths and bodies */
} outcome_t;

static const http_limits_t limits = {1024, 256};

static void add(outcome_t *o, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) o->sum = o->sum * 31 + data[i];
}

/* Feeds one piece; requests follow one another as they do on a connection. */
static void feed(outcome_t *o, http_request_t *r, const uint8_t *data, size_t len) {
  while (len > 0 && o->result != HTTP_REFUSED) {
    size_t used = 0;
    o->result = http_request_feed(r, data, len, &used);
    if (used > len || (used == 0 && o->result != HTTP_REFUSED)) abort();
    if (r->head_len > limits.head || r->body_len > limits.body) abort();
    data += used;
    len -= used;
    if (o->result != HTTP_COMPLETE) continue;
    o->requests++;
    o->body_len += r->body_len;
    add(o, (const uint8_t *)r->path, strlen(r->path));
    add(o, r->body, r->body_len);
    http_request_reset(r);
    o->result = HTTP_MORE;
  }
}

static void run(outcome_t *o, const uint8_t *data, size_t len, size_t step) {
  http_request_t r;
  memset(o, 0, sizeof *o);
  http_request_init(&r, &limits);
  for (size_t at = 0; at < len; at += step) feed(o, &r, data + at, len - at < step ? len - at : step);
  o->status = r.status;
  o->why = r.why;
  http_request_reset(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  outcome_t whole;
  outcome_t cut;
  run(&whole, data + 1, size - 1, size);
  run(&cut, data + 1, size - 1, 1 + data[0] % 7u);
  if ((whole.result == HTTP_REFUSED) != (cut.result == HTTP_REFUSED) || whole.status != cut.status ||
      whole.why != cut.why || whole.requests != cut.requests || whole.body_len != cut.body_len ||
      whole.sum != cut.sum)
    abort();
  if (whole.result == HTTP_REFUSED && (whole.status < 400 || whole.status > 505 || whole.why == NULL))
    abort();
  return 0;
}
