/* SPDX-License-Identifier: Apache-2.0 */
/* Looks the server's name up once, and connects no more often than it must: a signature and its image come
 * over one connection. */
#include "https/image_server.h"

void sztp__image_server_init(sztp__image_server_t *v, sztp_https_t *h, sztp_session_t *s,
                             const sztp_action_t *a) {
  v->h = h;
  v->session = s;
  v->action = a;
  v->deadline = sztp__https_deadline(s, a);
  sztp__stream_init(&v->stream);
}

void sztp__image_server_close(sztp__image_server_t *v) { sztp__stream_close(&v->stream); }

static void count_exchange(sztp__image_server_t *v, int rc) {
  if (rc == SZTP__NET_OK) v->h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_EXCHANGES)]++;
}

static int same_name(const char *a, const char *b) {
  for (; *a != '\0' || *b != '\0'; a++, b++) {
    int x = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a, y = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;
    if (x != y) return 0;
  }
  return 1;
}

static int is_visited(const sztp__image_server_t *v) {
  const sztp_https_t *h = v->h;
  return v->uri.secure && sztp__stream_is_open(&h->kept) && h->kept_port == v->uri.port &&
         same_name(v->uri.host, h->kept_name);
}

/* Over the connection of the visit, without another handshake. */
static int ask_visited(sztp__image_server_t *v, sztp__http_exchange_t *x) {
  sztp__format(v->where, sizeof v->where, "%s", v->uri.host);
  int rc = sztp__http_exchange(&v->h->kept, x);
  count_exchange(v, rc);
  if (rc != SZTP__NET_OK || !x->reusable) sztp__https_forget(v->h);
  return rc;
}

static int look_up(sztp__image_server_t *v, sztp__http_exchange_t *x) {
  const char *why = NULL;
  int rc = sztp__https_look_up(v->h, v->session, v->action, v->uri.host, v->addresses, &v->count, &why);
  v->at = 0;
  v->left = v->count;
  if (rc == SZTP__NET_OK) return rc;
  v->unknown = 1;
  v->count = 0;
  sztp__format(x->why, sizeof x->why, "no address of \"%s\": %s", v->uri.host, why);
  return SZTP__NET_FAILED;
}

static int open_address(sztp__image_server_t *v, sztp__http_exchange_t *x) {
  char name[SZTP__HOST_TEXT];
  sztp__tls_peer_t peer;
  memset(&peer, 0, sizeof peer);
  peer.server_name = sztp__https_server_name(sztp__span_of(v->uri.host), name);
  sztp__stream_t *s = &v->stream;
  int rc =
      sztp__https_open(v->h, s, v->addresses[v->at], v->uri.port, v->uri.secure ? &peer : NULL, v->deadline);
  if (rc == SZTP__NET_OK) return rc;
  x->code = s->code;
  sztp__format(x->why, sizeof x->why, "%s", s->why);
  return rc;
}

static int ask_on_stream(sztp__image_server_t *v, sztp__http_exchange_t *x) {
  int rc = sztp__http_exchange(&v->stream, x);
  count_exchange(v, rc);
  if (rc != SZTP__NET_OK || !x->reusable) sztp__stream_close(&v->stream);
  return rc;
}

/* The server may have closed a connection before it was asked again on it. */
static int is_stale(int rc, const sztp__http_exchange_t *x) {
  return (rc == SZTP__NET_CLOSED || rc == SZTP__NET_LOST) && x->received == 0;
}

int sztp__image_server_ask(sztp__image_server_t *v, sztp__http_exchange_t *x) {
  int rc;
  x->received = 0; /* whatever comes before an exchange */
  x->code = SZTP_OK;
  if (is_visited(v) && (rc = ask_visited(v, x), !is_stale(rc, x))) return rc;
  if (v->count == 0 && (rc = look_up(v, x)) != SZTP__NET_OK) return rc;
  memcpy(v->where, v->addresses[v->at], sizeof v->where);
  if (sztp__stream_is_open(&v->stream) && (rc = ask_on_stream(v, x), !is_stale(rc, x))) return rc;
  rc = open_address(v, x);
  return rc == SZTP__NET_OK ? ask_on_stream(v, x) : rc;
}

int sztp__image_server_next(sztp__image_server_t *v) {
  if (v->count == 0) return !v->unknown; /* only the visit's connection was tried */
  if (v->left <= 1) return 0;
  v->left--;
  v->at = (v->at + 1) % v->count;
  return 1;
}

void sztp__image_server_again(sztp__image_server_t *v) { v->left = v->count; }
