/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a connection and their time limits; slow clients are disconnected, whatever they send. */
#define _POSIX_C_SOURCE 200809L
#include "connection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "journal.h"

enum {
  HANDSHAKE,
  READING,  /* a request, or waiting for one */
  CONTINUE, /* sending "100 Continue" */
  DELAYING, /* a configured failure delays the answer */
  WRITING,
  LINGERING /* the answer has been sent; further input is discarded, so that the answer isn't lost */
};

enum {
  BLOCK = 16384,
  FILE_BLOCK = 65536,
  USUAL_HEAD = 511,
  STEPS = 64,
  LINGER_MS = 1000,
  LINGER_MAX = 4 * 1024 * 1024
};
enum {
  FIRST_MS = 250,
  MOVED_MS = 2000
}; /* how long a place is kept: before the first octet, and after the last */

struct connection {
  server_t *server;
  tls_link_t *link;
  int fd;
  int state;
  short events;
  int64_t deadline;
  int64_t kept_until;
  int polled; /* poll() said that there is something to read, or to write */
  int busy;   /* the last step ended with work left over */
  int heard;  /* octets of a request have come */
  char peer[80];
  tls_client_t client;
  http_request_t request;
  reply_t reply;
  int keep_alive;
  sztp__buf_t out;
  size_t out_at;
  size_t unpaid; /* octets written since the deadline was extended */
  size_t lingered;
  uint8_t in[BLOCK];
  size_t in_at;
  size_t in_len;
};

int connection_socket(const connection_t *c) { return c->fd; }
short connection_events(const connection_t *c) { return c->events; }
int64_t connection_deadline(const connection_t *c) { return c->busy ? INT64_MIN : c->deadline; }
int64_t connection_kept_until(const connection_t *c) {
  return c->state == DELAYING ? INT64_MAX : c->kept_until;
}
const char *connection_peer(const connection_t *c) { return c->peer; }

int connection_idle(const connection_t *c) {
  return c->state == HANDSHAKE || c->state == LINGERING ||
         (c->state == READING && !http_request_started(&c->request));
}

connection_t *connection_new(server_t *server, tls_server_t *tls, int fd, const char *peer, int64_t now_ms) {
  const settings_t *s = server->settings;
  http_limits_t limits = {(size_t)s->max_head, (size_t)s->max_body};
  connection_t *c = calloc(1, sizeof *c);
  if (c != NULL) {
    c->link = tls_link_new(tls, fd);
    c->server = server;
    c->fd = fd;
    c->events = POLLIN;
    c->kept_until = now_ms + FIRST_MS;
    c->deadline = now_ms + (int64_t)s->handshake_ms;
    snprintf(c->peer, sizeof c->peer, "%s", peer);
    http_request_init(&c->request, &limits);
    reply_init(&c->reply, server->maker.ctx);
    sztp__buf_init(&c->out, server->maker.ctx, REPLY_MOST);
    if (c->link != NULL) return c;
  }
  free(c);
  close(fd);
  return NULL;
}

void connection_free(connection_t *c) {
  if (c == NULL) return;
  if (c->state != HANDSHAKE && c->state != LINGERING) tls_close(c->link);
  tls_link_free(c->link);
  close(c->fd);
  http_request_reset(&c->request);
  reply_free(&c->reply);
  sztp__buf_clear(&c->out);
  free(c);
}

/* ---- answering ----------------------------------------------------------------------------------- */

static void start_writing(connection_t *c, int state, int64_t now) {
  c->state = state;
  c->out_at = 0;
  c->unpaid = 0;
  c->deadline = now + (int64_t)c->server->settings->write_ms;
}

static void log_request(const connection_t *c, const char *parameters) {
  const http_request_t *r = &c->request;
  journal_entry_t entry = {c->peer,
                           tls_version(c->link),
                           c->client.state != TLS_CLIENT_NONE,
                           c->client.serial,
                           r->method == NULL ? "" : r->method,
                           r->target == NULL ? "" : r->target,
                           parameters,
                           c->reply.told,
                           c->reply.drop ? 0 : c->reply.status};
  journal_request(c->server->maker.ctx, &c->server->requests, &entry);
}

/* Puts the reply's head, and a body that is in memory, into the output. */
static int send_reply(connection_t *c, const char *parameters, int64_t now) {
  log_request(c, parameters);
  if (c->reply.drop) return -1;
  sztp__buf_clear(&c->out);
  (void)sztp__buf_reserve(&c->out, USUAL_HEAD + c->reply.body.len);
  reply_head(&c->reply, c->keep_alive, &c->out);
  if (!c->reply.head_only && c->reply.file < 0 && c->reply.body.len > 0)
    (void)sztp__buf_add(&c->out, c->reply.body.data, c->reply.body.len);
  if (c->out.status != SZTP_OK) return -1;
  start_writing(c, c->reply.delay_ms > 0 ? DELAYING : WRITING, now);
  if (c->state == DELAYING) c->deadline = now + c->reply.delay_ms;
  return 0;
}

static int answer(connection_t *c, int64_t now) {
  exchange_t ex = {&c->request, &c->client, &c->reply, ""};
  c->keep_alive = c->request.keep_alive;
  resources_answer(c->server, &ex);
  return send_reply(c, ex.parameters, now);
}

/* The answer to a request that can't be understood; nothing after it can be understood either. */
static int answer_refusal(connection_t *c, int status, const char *why, int64_t now) {
  problem_t p;
  const char *tag = status == 413 || status == 431 ? "too-big"
                    : status == 501                ? "operation-not-supported"
                                                   : "malformed-message";
  problem_set(&p, status, "protocol", tag, "%s", why);
  c->keep_alive = 0;
  reply_problem(&c->reply, ENCODING_JSON, &p);
  return send_reply(c, "", now);
}

static void start_reading(connection_t *c, int64_t now) {
  reply_free(&c->reply);
  http_request_reset(&c->request);
  sztp__buf_clear(&c->out);
  c->state = READING;
  c->polled = 0;
  c->deadline = now + (int64_t)c->server->settings->idle_ms;
}

static void start_lingering(connection_t *c, int64_t now) {
  tls_close(c->link);
  shutdown(c->fd, SHUT_WR);
  c->state = LINGERING;
  c->deadline = now + LINGER_MS;
}

/* ---- one step each; 1: go on, 0: wait, -1: over -------------------------------------------------- */

static int wait_for(connection_t *c, int outcome) {
  if (outcome != TLS_WANT_READ && outcome != TLS_WANT_WRITE) return -1;
  c->events = outcome == TLS_WANT_READ ? POLLIN : POLLOUT;
  return 0;
}

static int shake_hands(connection_t *c, int64_t now) {
  char why[TLS_WHY_MAX], line[TLS_WHY_MAX + 40];
  int outcome = tls_handshake(c->link, why);
  if (outcome == TLS_FAILED) {
    snprintf(line, sizeof line, "the TLS handshake failed: %s", why);
    journal_note(c->server->maker.ctx, c->peer, line);
  }
  if (outcome != 0) return wait_for(c, outcome);
  tls_client(c->link, &c->client);
  start_reading(c, now);
  return 1;
}

/* A device that dislikes the server may say so after the handshake only, and by leaving. */
static void note_silence(const connection_t *c, const char *what, const char *why) {
  char subject[160], line[TLS_WHY_MAX + 240];
  if (c->heard) return;
  tls_client_subject(c->link, subject, sizeof subject);
  snprintf(line, sizeof line, "%s (%s%s): %s", what, subject[0] == '\0' ? "no certificate" : "certificate ",
           subject, why);
  journal_note(c->server->maker.ctx, c->peer, line);
}

static int receive(connection_t *c, int64_t now) {
  char why[TLS_WHY_MAX];
  if (!c->polled && !tls_pending(c->link)) return wait_for(c, TLS_WANT_READ);
  int got = tls_read(c->link, c->in, sizeof c->in, why);
  if (got == TLS_FAILED || got == TLS_CLOSED) note_silence(c, "turned away after the handshake", why);
  if (got < 0) return wait_for(c, got);
  c->heard = 1;
  if (!http_request_started(&c->request)) c->deadline = now + (int64_t)c->server->settings->head_ms;
  c->in_at = 0;
  c->in_len = (size_t)got;
  return 1;
}

static int read_request(connection_t *c, int64_t now) {
  size_t used = 0;
  if (c->in_at == c->in_len) return receive(c, now);
  int started = http_request_started(&c->request);
  int result = http_request_feed(&c->request, c->in + c->in_at, c->in_len - c->in_at, &used);
  c->in_at += used;
  switch (result) {
  case HTTP_REFUSED: return answer_refusal(c, c->request.status, c->request.why, now) == 0 ? 1 : -1;
  case HTTP_COMPLETE: return answer(c, now) == 0 ? 1 : -1;
  case HTTP_HEAD:
    c->deadline = now + (int64_t)c->server->settings->body_ms;
    if (!c->request.expect_continue || c->in_at < c->in_len) return 1;
    (void)sztp__buf_add_text(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    start_writing(c, CONTINUE, now);
    return c->out.status != SZTP_OK ? -1 : 1;
  default:
    /* Octets of the next request that arrived with the previous one. */
    if (!started && http_request_started(&c->request))
      c->deadline = now + (int64_t)c->server->settings->head_ms;
    return 1;
  }
}

/* The next block of a file that is the body. 1 if there is one, 0 at the end, -1 if the file has shrunk. */
static int refill(connection_t *c) {
  reply_t *r = &c->reply;
  if (r->file < 0 || r->head_only || r->file_len == 0) return 0;
  size_t wanted = r->file_len < FILE_BLOCK ? (size_t)r->file_len : FILE_BLOCK;
  c->out.len = 0;
  c->out_at = 0;
  if (sztp__buf_reserve(&c->out, wanted) != SZTP_OK) return -1;
  ssize_t got = pread(r->file, c->out.data, wanted, (off_t)r->file_at);
  if (got <= 0) return -1;
  r->file_at += (uint64_t)got;
  r->file_len -= (uint64_t)got;
  c->out.len = (size_t)got;
  return 1;
}

static int finish_writing(connection_t *c, int64_t now) {
  if (c->state == CONTINUE) {
    sztp__buf_clear(&c->out);
    c->state = READING;
    c->deadline = now + (int64_t)c->server->settings->body_ms;
    return 1;
  }
  int more = refill(c);
  if (more != 0) return more;
  if (c->keep_alive)
    start_reading(c, now);
  else
    start_lingering(c, now);
  return 1;
}

static int send_some(connection_t *c, int64_t now) {
  if (c->out_at == c->out.len) return finish_writing(c, now);
  int sent = tls_write(c->link, c->out.data + c->out_at, c->out.len - c->out_at);
  if (sent < 0) return wait_for(c, sent);
  c->out_at += (size_t)sent;
  c->unpaid += (size_t)sent;
  if (c->unpaid >= BLOCK) { /* a client that takes a block in time gets time for the next one */
    c->deadline = now + (int64_t)c->server->settings->write_ms;
    c->unpaid = 0;
  }
  return 1;
}

static int read_away(connection_t *c) {
  ssize_t got = recv(c->fd, c->in, sizeof c->in, 0);
  c->events = POLLIN;
  if (got < 0) return 0; /* nothing there; poll() or the deadline notices a broken connection */
  c->lingered += (size_t)got;
  return got == 0 || c->lingered > LINGER_MAX ? -1 : 1;
}

static int step(connection_t *c, int64_t now) {
  switch (c->state) {
  case HANDSHAKE: return shake_hands(c, now);
  case READING: return read_request(c, now);
  case DELAYING: c->events = 0; return 0;
  case LINGERING: return read_away(c);
  default: return send_some(c, now);
  }
}

/* It is called when there are octets to read, or room for some. */
int connection_step(connection_t *c, int64_t now_ms) {
  int result = 1;
  c->busy = 0;
  c->polled = 1;
  c->kept_until = now_ms + MOVED_MS;
  for (int i = 0; i < STEPS && result == 1; i++) result = step(c, now_ms);
  c->busy = result == 1; /* other connections come first */
  return result < 0 ? -1 : 0;
}

void connection_broken(connection_t *c, int64_t now_ms) {
  c->polled = 1; /* whatever there is */
  if (c->state == READING && !c->heard) (void)receive(c, now_ms);
}

int connection_expire(connection_t *c, int64_t now_ms) {
  if (c->busy) return connection_step(c, now_ms);
  if (c->state == DELAYING) {
    start_writing(c, WRITING, now_ms);
    return connection_step(c, now_ms);
  }
  if (c->state == READING) note_silence(c, "closed after the handshake", "no request came in time");
  if (c->state == READING && http_request_started(&c->request)) {
    if (answer_refusal(c, 408, "the request took too long", now_ms) != 0) return -1;
    return connection_step(c, now_ms);
  }
  return -1;
}
