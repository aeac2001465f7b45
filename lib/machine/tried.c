/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers which servers of untrusted lists led nowhere in the pass before, so that others come first: who
 * names dead servers without end on a link keeps the device from the true one for a pass or two, not for
 * ever. A server is its name, its port and the addresses that came with it: whoever names the true server
 * with false addresses does not make it one that was tried. */
#include "machine/tried.h"

void sztp__tried_begin(sztp_session_t *s) {
  sztp__marks_t *spare = s->tried.last;
  s->tried.last = s->tried.now;
  s->tried.now = spare;
  if (spare != NULL) spare->count = 0;
}

void sztp__tried_clear(sztp_session_t *s) {
  sztp__free(s->ctx, s->tried.last);
  sztp__free(s->ctx, s->tried.now);
  s->tried.last = s->tried.now = NULL;
}

/* 0 if there is not enough memory. */
static int mark_of(sztp_session_t *s, const sztp__info_server_t *server, uint64_t *out) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  size_t told = sztp__trail_len(s->ctx);
  sztp__buf_t text;
  sztp__buf_init(&text, s->ctx, SIZE_MAX);
  sztp__buf_add(&text, server->host, server->host_len);
  const uint8_t port[] = {' ', (uint8_t)(server->port >> 8), (uint8_t)server->port}; /* no name has a space */
  sztp__buf_add(&text, port, sizeof port);
  if (server->hints_len > 0) sztp__buf_add(&text, server->hints, server->hints_len);
  int32_t rc = text.status;
  if (rc == SZTP_OK) rc = sztp__hash_once(s->ctx, SZTP__HASH_SHA256, sztp__buf_span(&text), digest, &len);
  sztp__buf_clear(&text);
  if (rc == SZTP_OK) memcpy(out, digest, sizeof *out);
  sztp__trail_cut(s->ctx, told);
  return rc == SZTP_OK;
}

static int has_mark(const sztp__marks_t *marks, uint64_t mark) {
  for (size_t i = 0; i < marks->count; i++)
    if (marks->v[i] == mark) return 1;
  return 0;
}

void sztp__tried_add(sztp_session_t *s, const sztp__info_server_t *server) {
  uint64_t mark = 0;
  size_t told = sztp__trail_len(s->ctx);
  if (s->tried.now == NULL) s->tried.now = sztp__alloc(s->ctx, sizeof *s->tried.now);
  sztp__trail_cut(s->ctx, told);
  sztp__marks_t *now = s->tried.now;
  if (now != NULL && mark_of(s, server, &mark) && now->count < SZTP__MARKS && !has_mark(now, mark))
    now->v[now->count++] = mark;
}

static int is_marked(sztp_session_t *s, const sztp__marks_t *marks, const sztp__info_server_t *server) {
  uint64_t mark = 0;
  return marks != NULL && marks->count > 0 && mark_of(s, server, &mark) && has_mark(marks, mark);
}

int sztp__is_tried(sztp_session_t *s, const sztp__info_server_t *server) {
  return is_marked(s, s->tried.now, server);
}

int sztp__was_tried(sztp_session_t *s, const sztp__info_server_t *server) {
  return is_marked(s, s->tried.last, server);
}

uint8_t sztp__how_tried(sztp_session_t *s, const sztp_info_t *info) {
  size_t tried = 0;
  for (size_t i = 0; i < info->server_count; i++) tried += (size_t)sztp__was_tried(s, &info->servers[i]);
  if (tried == 0) return SZTP__TRIED_NONE;
  return tried < info->server_count ? SZTP__TRIED_SOME : SZTP__TRIED_ALL;
}
