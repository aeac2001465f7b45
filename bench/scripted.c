/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted host: a bootstrap server, an installer and a store that always succeed. */
#define _POSIX_C_SOURCE 200809L

#include "bench/scripted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/heap.h"

double cpu_seconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_base64(char *out, octets_t o) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *at = out + strlen(out);
  for (size_t i = 0; i < o.len; i += 3) {
    uint32_t n = (uint32_t)o.data[i] << 16;
    if (i + 1 < o.len) n |= (uint32_t)o.data[i + 1] << 8;
    if (i + 2 < o.len) n |= o.data[i + 2];
    *at++ = digits[n >> 18];
    *at++ = digits[n >> 12 & 63];
    *at++ = i + 1 < o.len ? digits[n >> 6 & 63] : '=';
    *at++ = i + 2 < o.len ? digits[n & 63] : '=';
  }
  *at = '\0';
}

static size_t data_reply_room(const fixture_t *f) {
  return 512 + 2 * (f->conveyed.len + f->owner_cert.len + f->voucher.len);
}

/* The reply of get-bootstrapping-data, in memory that is not counted: it is the server's. */
static char *data_reply(const fixture_t *f) {
  const sztp_allocator_t *memory = heap_uncounted();
  char *out = (char *)memory->alloc(memory->user, data_reply_room(f));
  if (out == NULL) exit(1);
  out[0] = '\0';
  (void)strcat(out, "{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"");
  add_base64(out, f->conveyed);
  (void)strcat(out, "\",\"owner-certificate\":\"");
  add_base64(out, f->owner_cert);
  (void)strcat(out, "\",\"ownership-voucher\":\"");
  add_base64(out, f->voucher);
  (void)strcat(out, "\"}}");
  return out;
}

static void reply_text(sztp_session_t *s, uint64_t ticket, const char *type, const char *body,
                       sztp_ctx_t *ctx) {
  must(sztp_reply_i64(s, ticket, SZTP_F_STATUS, body ? 200 : 204), ctx, "status");
  must(sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, 1), ctx, "peer");
  if (body == NULL) return;
  must(sztp_reply_bytes(s, ticket, SZTP_F_CONTENT_TYPE, (const uint8_t *)type, strlen(type)), ctx, "type");
  must(sztp_reply_write(s, ticket, (const uint8_t *)body, strlen(body)), ctx, "body");
}

static void fetch(const fixture_t *f, sztp_session_t *s, const sztp_action_t *a, sztp_ctx_t *ctx) {
  static const char root[] = "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                             "<Link rel='restconf' href='/restconf'/></XRD>";
  uint64_t ticket = sztp_action_ticket(a);
  int64_t purpose = 0;
  must(sztp_action_i64(a, SZTP_F_PURPOSE, 0, &purpose), ctx, "purpose");
  if (purpose == SZTP_FETCH_ROOT) {
    reply_text(s, ticket, "application/xrd+xml", root, ctx);
  } else if (purpose == SZTP_FETCH_DATA) {
    char *body = data_reply(f);
    reply_text(s, ticket, "application/yang-data+json", body, ctx);
    heap_uncounted()->release(NULL, body, data_reply_room(f));
  } else {
    reply_text(s, ticket, NULL, NULL, ctx);
  }
}

static void download(sztp_session_t *s, uint64_t ticket, sztp_ctx_t *ctx, const scripted_t *script) {
  size_t rounds = script->round != NULL ? script->round_count : 1, each = script->chunk_count / rounds;
  for (size_t round = 0; round < rounds; round++) {
    size_t end = round + 1 == rounds ? script->chunk_count : (round + 1) * each;
    double start = cpu_seconds();
    for (size_t i = round * each; i < end; i++)
      must(sztp_reply_write(s, ticket, script->chunk, script->chunk_len), ctx, "image");
    if (script->round != NULL) script->round(script->user, round, cpu_seconds() - start);
  }
}

static void answer(const fixture_t *f, sztp_session_t *s, const sztp_action_t *a, sztp_ctx_t *ctx,
                   const scripted_t *script) {
  uint64_t ticket = sztp_action_ticket(a);
  uint32_t kind = sztp_action_kind(a);
  if (kind == SZTP_ACTION_ENABLED) {
    must(sztp_reply_i64(s, ticket, SZTP_F_VALUE, 1), ctx, "enabled");
  } else if (kind == SZTP_ACTION_RESOLVE) {
    must(sztp_reply_bytes(s, ticket, SZTP_F_ADDRESS, (const uint8_t *)"127.0.0.1", 9), ctx, "address");
  } else if (kind == SZTP_ACTION_FETCH) {
    fetch(f, s, a, ctx);
  } else if (kind == SZTP_ACTION_DOWNLOAD) {
    download(s, ticket, ctx, script);
  }
  must(sztp_reply_end(s, ticket, SZTP_OUTCOME_OK), ctx, "end of reply");
}

void scripted_run(const fixture_t *f, sztp_device_t *dev, sztp_ctx_t *ctx, scripted_t *script) {
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  uint64_t now = 0;
  int64_t result = 0;
  must(sztp_session_new(sztp_device_ctx(dev), dev, &s), ctx, "session");
  must(sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN), ctx, "source");
  must(sztp_session_set_time(s, now, FIXTURE_TIME), ctx, "time");
  for (;;) {
    must(sztp_session_next(s, now++, &a), ctx, "next");
    if (sztp_action_kind(a) == SZTP_ACTION_DONE || sztp_action_kind(a) == SZTP_ACTION_FAILED) break;
    if (now > 1000 || sztp_action_kind(a) == SZTP_ACTION_WAIT) {
      fprintf(stderr, "bench: the scripted bootstrap does not come to its end\n");
      exit(1);
    }
    answer(f, s, a, ctx, script);
  }
  must(sztp_action_i64(a, SZTP_F_RESULT, 0, &result), ctx, "result");
  script->result = (uint32_t)result;
  if (script->result != SZTP_RESULT_REBOOT_PENDING) {
    fprintf(stderr, "bench: the scripted bootstrap ended with result %u\n", (unsigned)script->result);
    exit(1);
  }
  sztp_session_free(s);
}
