/* SPDX-License-Identifier: Apache-2.0 */
/* FETCH: one exchange with a bootstrap server, on a connection that exchanges of the same visit share. */
#include "https/client_auth.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ground/text.h"

typedef struct fetch {
  sztp_https_t *h;
  sztp_session_t *session;
  const sztp_action_t *action;
  sztp__span_t name;
  char address[SZTP__ADDRESS_MAX];
  char place[SZTP__PHRASE_SIZE]; /* for messages; the session names the host itself */
  uint16_t port;
  int provisional;
  uint64_t deadline;
  uint8_t *key; /* what the exchange must share with another one to use its connection */
  size_t key_len;
  uint8_t *request;
  size_t request_len;
  int authorized; /* the request has the device's credentials; it is a secret then */
  int challenged; /* the server demands them, and they were not in the request */
  sztp__client_auth_t auth;
  char refusal[SZTP__PARAGRAPH_SIZE]; /* why the server's certificates were refused */
  sztp__http_exchange_t x;
} fetch_t;

/* ---- reading the action -------------------------------------------------------------------------- */

static int32_t read_place(fetch_t *f) {
  const sztp_action_t *a = f->action;
  sztp__span_t address = sztp__https_bytes(a, SZTP_F_ADDRESS, 0);
  uint64_t port = sztp__https_u64(a, SZTP_F_PORT, 0);
  uint64_t provisional = sztp__https_u64(a, SZTP_F_PROVISIONAL, 2);
  f->name = sztp__https_bytes(a, SZTP_F_NAME, 0);
  if (address.len == 0 || address.len >= sizeof f->address || memchr(address.data, 0, address.len) != NULL)
    return SZTP_ERR_HOST;
  if (f->name.len == 0 || f->name.len > 255 || port == 0 || port > 65535 || provisional > 1)
    return SZTP_ERR_HOST;
  memcpy(f->address, address.data, address.len);
  f->address[address.len] = '\0';
  f->port = (uint16_t)port;
  f->provisional = (int)provisional;
  f->deadline = sztp__https_deadline(f->session, a);
  char text[SZTP__ADDRESS_MAX];
  sztp__printable(text, sizeof text, address);
  sztp__format(f->place, sizeof f->place, "%s port %u", text, (unsigned)f->port);
  return SZTP_OK;
}

static void forget_request(fetch_t *f) {
  if (f->request != NULL && f->authorized) sztp__wipe(f->request, f->request_len);
  free(f->request);
  f->request = NULL;
  f->authorized = 0;
}

/* @p credentials: a header field more, or nothing. */
static int32_t write_rpc_request(fetch_t *f, sztp__span_t credentials) {
  const sztp_action_t *a = f->action;
  size_t n = sztp_action_count(a, SZTP_F_HEADER);
  sztp__span_t *headers = calloc(n + 1, sizeof *headers);
  if (headers == NULL) return SZTP_ERR_MEMORY;
  for (size_t i = 0; i < n; i++) headers[i] = sztp__https_bytes(a, SZTP_F_HEADER, i);
  if (credentials.len > 0) headers[n++] = credentials;
  forget_request(f);
  f->authorized = credentials.len > 0;
  sztp__http_request_t q;
  memset(&q, 0, sizeof q);
  q.method = sztp__https_bytes(a, SZTP_F_METHOD, 0);
  q.target = sztp__https_bytes(a, SZTP_F_PATH, 0);
  q.host = f->name;
  q.port = f->port;
  q.default_port = 443;
  q.headers = headers;
  q.header_count = n;
  q.body = sztp__https_bytes(a, SZTP_F_BODY, 0);
  int32_t rc = sztp__http_write(&q, &f->request, &f->request_len);
  free(headers);
  return rc == SZTP_ERR_ARG ? SZTP_ERR_HOST : rc;
}

/* TLS-08, D-33: only towards a server that was authenticated, and that demands it. */
static int32_t write_authorized(fetch_t *f) {
  sztp_ctx_t *ctx = sztp_session_ctx(f->session);
  sztp__buf_t header;
  sztp__buf_init(&header, ctx, SZTP__BUFFER);
  int32_t rc = f->h->authorize(f->h, ctx, &header);
  if (rc == SZTP_OK) rc = write_rpc_request(f, sztp__buf_span(&header));
  sztp__buf_clear(&header);
  return rc;
}

static void add_text(fetch_t *f, const void *data, size_t len) {
  if (f->key != NULL && len > 0) memcpy(f->key + f->key_len, data, len);
  f->key_len += len;
}

/* A device uses a visit's number once; the rest makes sure of it. */
static void add_key(fetch_t *f) {
  uint64_t visit = sztp__https_u64(f->action, SZTP_F_VISIT, 0);
  size_t anchors = sztp_action_count(f->action, SZTP_F_ANCHOR);
  add_text(f, &visit, sizeof visit);
  add_text(f, &f->port, sizeof f->port);
  add_text(f, &f->provisional, sizeof f->provisional);
  add_text(f, f->address, strlen(f->address) + 1);
  add_text(f, &f->name.len, sizeof f->name.len);
  add_text(f, f->name.data, f->name.len);
  for (size_t i = 0; i < anchors; i++) {
    sztp__span_t anchor = sztp__https_bytes(f->action, SZTP_F_ANCHOR, i);
    add_text(f, &anchor.len, sizeof anchor.len);
    add_text(f, anchor.data, anchor.len);
  }
}

static int32_t write_key(fetch_t *f) {
  f->key_len = 0;
  add_key(f);
  f->key = malloc(f->key_len);
  if (f->key == NULL) return SZTP_ERR_MEMORY;
  f->key_len = 0;
  add_key(f);
  return SZTP_OK;
}

/* ---- connection ---------------------------------------------------------------------------------- */

static int32_t check_server(void *user, const uint8_t *chain, size_t len) {
  fetch_t *f = user;
  int32_t rc = sztp_action_check_server(f->session, f->action, chain, len);
  if (rc == SZTP_OK) return SZTP_OK;
  const char *detail = NULL;
  sztp_ctx_t *ctx = sztp_session_ctx(f->session);
  if (sztp_ctx_trail(ctx, 0, NULL, NULL, &detail) != SZTP_OK) detail = sztp_error_text(rc);
  sztp__format(f->refusal, sizeof f->refusal, "%s", detail);
  return rc;
}

/* What went wrong, in the words of whoever knows most about it. */
static int not_opened(fetch_t *f, int rc, int32_t code) {
  const sztp__stream_t *s = &f->h->kept;
  const char *why = f->refusal[0] != 0 ? f->refusal : f->auth.why[0] != 0 ? f->auth.why : s->why;
  f->x.code = code;
  (void)sztp__format(f->x.why, sizeof f->x.why, "%s", why);
  return f->auth.late ? SZTP__NET_TIMEOUT : rc;
}

/* The key is asked what it can do before anything goes to the server. */
static int open_stream(fetch_t *f) {
  sztp_https_t *h = f->h;
  sztp__stream_t *s = &h->kept;
  sztp__tls_peer_t peer;
  char name[SZTP__HOST_TEXT];
  int32_t code = SZTP_OK;
  memset(&peer, 0, sizeof peer);
  peer.server_name = sztp__https_server_name(f->name, name);
  peer.check = f->provisional ? NULL : check_server;
  peer.check_user = f;
  uint64_t until = sztp__socket_after(sztp__socket_now(), h->limits.handshake_ms);
  int rc = sztp__client_auth(&f->auth, until < f->deadline ? until : f->deadline, &s->until, &peer, &code);
  if (rc != SZTP__NET_OK) return not_opened(f, rc, code);
  rc = sztp__https_open(h, s, f->address, f->port, &peer, f->deadline);
  /* The action is gone when a later exchange uses the connection, and a handshake never comes again. */
  return rc == SZTP__NET_OK ? rc : not_opened(f, rc, s->code);
}

void sztp__https_forget(sztp_https_t *h) {
  sztp__stream_close(&h->kept);
  free(h->kept_for);
  h->kept_for = NULL;
  h->kept_for_len = 0;
  h->kept_wants_basic = 0;
}

/* For the next exchange of the visit, and for images of its server. */
static void keep_connection(fetch_t *f) {
  sztp_https_t *h = f->h;
  free(h->kept_for);
  h->kept_for = f->key;
  h->kept_for_len = f->key_len;
  f->key = NULL;
  h->kept_port = f->port;
  h->kept_wants_basic = f->authorized;
  memcpy(h->kept_name, f->name.data, f->name.len);
  h->kept_name[f->name.len] = '\0';
}

static int usable(const fetch_t *f) {
  const sztp_https_t *h = f->h;
  return sztp__stream_is_open(&h->kept) && h->kept_for_len == f->key_len &&
         memcmp(h->kept_for, f->key, f->key_len) == 0;
}

/* REST-20: the reply to the request without credentials is not the one that the session gets. */
static int32_t fetch_head(void *user, const sztp__http_t *response) {
  fetch_t *f = user;
  f->challenged = response->status == 401 && response->basic && f->h->authorize != NULL && !f->authorized &&
                  !f->provisional && sztp__tls_checked(f->h->kept.tls);
  return SZTP_OK;
}

static int32_t fetch_body(void *user, const uint8_t *data, size_t len) {
  fetch_t *f = user;
  if (f->challenged) return SZTP_OK;
  return sztp_reply_write(f->session, sztp_action_ticket(f->action), data, len);
}

/* A kept connection may have been closed by the server meanwhile; then, and only if nothing of a response
 * came, the request goes out once more on a new one (REST-30). */
static int exchange(fetch_t *f) {
  sztp_https_t *h = f->h;
  int kept = usable(f);
  if (!kept) sztp__https_forget(h);
  for (;;) {
    int rc = kept ? SZTP__NET_OK : open_stream(f);
    if (rc != SZTP__NET_OK) return rc;
    rc = sztp__http_exchange(&h->kept, &f->x);
    int gone = (rc == SZTP__NET_CLOSED || rc == SZTP__NET_LOST) && f->x.received == 0;
    if (!kept || !gone) return rc;
    sztp__https_forget(h);
    kept = 0;
  }
}

/* ---- replying ------------------------------------------------------------------------------------ */

static int32_t reply(const fetch_t *f) {
  const sztp__http_t *r = &f->x.response;
  sztp_session_t *s = f->session;
  uint64_t ticket = sztp_action_ticket(f->action);
  int64_t verified = !f->provisional && sztp__tls_checked(f->h->kept.tls);
  int32_t rc = sztp_reply_i64(s, ticket, SZTP_F_STATUS, r->status);
  if (rc == SZTP_OK) rc = sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, verified);
  if (rc == SZTP_OK && r->content_type_len > 0)
    rc = sztp_reply_bytes(s, ticket, SZTP_F_CONTENT_TYPE, (const uint8_t *)r->content_type,
                          r->content_type_len);
  if (rc == SZTP_OK && r->has_retry_after)
    rc = sztp_reply_i64(s, ticket, SZTP_F_RETRY_AFTER, (int64_t)r->retry_after);
  return rc;
}

static uint32_t finish_fetch(fetch_t *f, int rc) {
  sztp_https_t *h = f->h;
  if (rc != SZTP__NET_OK) {
    sztp__https_forget(h);
    return sztp__https_report(f->session, f->action, rc, f->x.code, "%s: %s", f->place, f->x.why);
  }
  h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_EXCHANGES)]++;
  int32_t put = reply(f);
  if (f->x.reusable)
    keep_connection(f);
  else
    sztp__https_forget(h);
  if (put == SZTP_OK) return SZTP_OUTCOME_OK;
  return sztp__https_report(f->session, f->action, SZTP__NET_LOCAL, put,
                            "%s: the session did not take the response: %s", f->place, sztp_error_text(put));
}

static int try_fetch(fetch_t *f) {
  sztp__http_exchange_t *x = &f->x;
  x->request = f->request;
  x->request_len = f->request_len;
  f->challenged = 0;
  return exchange(f);
}

/* The request once more, with the credentials that the server demands (REST-20). */
static int try_with_credentials(fetch_t *f) {
  sztp_https_t *h = f->h;
  h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_EXCHANGES)]++;
  int32_t rc = write_authorized(f);
  if (rc != SZTP_OK) {
    f->x.code = rc;
    sztp__format(f->x.why, sizeof f->x.why, "the server demands a password by HTTP Basic, and %s",
                 rc == SZTP_ERR_NOT_FOUND ? "the device has none" : "it can't be sent");
    return SZTP__NET_LOCAL;
  }
  if (f->x.reusable)
    keep_connection(f);
  else
    sztp__https_forget(h);
  if (f->key == NULL) rc = write_key(f);
  if (rc == SZTP_OK) return try_fetch(f);
  f->x.code = rc;
  sztp__format(f->x.why, sizeof f->x.why, "%s", sztp_error_text(rc));
  return SZTP__NET_LOCAL;
}

static uint32_t run_fetch(fetch_t *f) {
  sztp_https_t *h = f->h;
  int32_t rc = read_place(f);
  if (rc == SZTP_OK) rc = write_key(f);
  if (rc == SZTP_OK && h->kept_wants_basic && h->authorize != NULL && usable(f))
    rc = write_authorized(f);
  else if (rc == SZTP_OK)
    rc = write_rpc_request(f, sztp__span(NULL, 0));
  if (rc != SZTP_OK)
    return sztp__https_report(f->session, f->action, SZTP__NET_LOCAL, rc,
                              "the request can't be made of the action");
  sztp__http_exchange_t *x = &f->x;
  x->limits = &h->limits;
  x->max_body = sztp__https_u64(f->action, SZTP_F_LIMIT, 0);
  x->deadline = f->deadline;
  x->buffer = h->buffer;
  x->buffer_len = sizeof h->buffer;
  x->on_head = fetch_head;
  x->on_body = fetch_body;
  x->user = f;
  int net = try_fetch(f);
  if (net == SZTP__NET_OK && f->challenged) net = try_with_credentials(f);
  return finish_fetch(f, net);
}

uint32_t sztp__https_fetch(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  fetch_t *f = calloc(1, sizeof *f);
  if (f == NULL) return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_MEMORY, "out of memory");
  f->h = h;
  f->session = s;
  f->action = a;
  f->auth.h = h;
  f->auth.ctx = sztp_session_ctx(s);
  uint32_t outcome = run_fetch(f);
  free(f->key);
  forget_request(f);
  free(f->auth.chain);
  free(f);
  return outcome;
}
