/* SPDX-License-Identifier: Apache-2.0 */
/* Puts TLS on a socket and waits, for no longer than the limits say. */
#include "https/stream.h"

#include <stdarg.h>

#include <sztp/error.h>

#include "ground/ctx_private.h"

static int stream_failed(sztp__stream_t *s, int rc, const char *fmt, ...) SZTP__PRINTF(3, 4);

static int stream_failed(sztp__stream_t *s, int rc, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  sztp__vformat(s->why, sizeof s->why, fmt, args);
  va_end(args);
  return rc;
}

void sztp__stream_init(sztp__stream_t *s) {
  memset(s, 0, sizeof *s);
  s->fd = -1;
}

int sztp__stream_is_open(const sztp__stream_t *s) { return s->fd >= 0; }

void sztp__stream_close(sztp__stream_t *s) {
  if (s->tls != NULL) sztp__tls_close_notify(s->tls);
  sztp__tls_free(s->tls);
  s->tls = NULL;
  if (s->fd >= 0) sztp__socket_close(s->fd);
  s->fd = -1;
}

/* ---- between TLS and socket ---------------------------------------------------------------------- */

static int stream_send(void *user, const uint8_t *data, size_t len) {
  const sztp__stream_t *s = user;
  return sztp__socket_send(s->fd, data, len);
}

/* A peer that never lets a read of TLS come to an end (by alerts, say) must not outlive the limit. */
static int stream_receive(void *user, uint8_t *data, size_t len) {
  const sztp__stream_t *s = user;
  if (sztp__socket_now() >= s->until) return SZTP__TLS_IO_BLOCKED;
  return sztp__socket_receive(s->fd, data, len);
}

/* After TLS said @p rc: SZTP__NET_OK to try again, or how it ended. */
static int go_on(sztp__stream_t *s, int32_t rc, const char *doing) {
  switch (rc) {
  case SZTP__TLS_WANT_READ:
  case SZTP__TLS_WANT_WRITE: {
    if (sztp__socket_now() >= s->until) return stream_failed(s, SZTP__NET_TIMEOUT, "no %s in time", doing);
    int waited = sztp__socket_wait(s->fd, rc == SZTP__TLS_WANT_WRITE, s->until, s->stop);
    if (sztp__stop_is_asked(s->stop)) return stream_failed(s, SZTP__NET_FAILED, "stopped on request");
    if (waited == SZTP__NET_TIMEOUT) return stream_failed(s, waited, "no %s in time", doing);
    if (waited != SZTP__NET_OK) return stream_failed(s, waited, "waiting for the %s failed", doing);
    return SZTP__NET_OK;
  }
  case SZTP__TLS_CLOSED: return stream_failed(s, SZTP__NET_CLOSED, "the server closed the connection");
  case SZTP__TLS_LOST: return stream_failed(s, SZTP__NET_LOST, "the connection broke off");
  case SZTP__TLS_BROKEN: return stream_failed(s, SZTP__NET_FAILED, "%s", sztp__tls_why(s->tls));
  default: {
    const char *why = sztp__tls_why(s->tls);
    s->code = rc;
    return stream_failed(s, SZTP__NET_LOCAL, "%s", why[0] != 0 ? why : sztp_error_text(rc));
  }
  }
}

/* ---- opening ------------------------------------------------------------------------------------- */

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static int shake_hands(sztp__stream_t *s) {
  for (;;) {
    int32_t rc = sztp__tls_handshake(s->tls);
    if (rc == SZTP__TLS_DONE) return SZTP__NET_OK;
    if (rc == SZTP_ERR_TLS_UNTRUSTED || rc == SZTP_ERR_TLS_NAME_MISMATCH) {
      s->code = rc;
      return stream_failed(s, SZTP__NET_UNTRUSTED, "%s", sztp_error_text(rc));
    }
    if (rc == SZTP__TLS_CLOSED || rc == SZTP__TLS_LOST)
      return stream_failed(s, SZTP__NET_LOST, "the server ended the connection during the TLS handshake");
    int next = go_on(s, rc, "end of the TLS handshake");
    if (next != SZTP__NET_OK) return next;
  }
}

static int secure(sztp__stream_t *s, sztp__tls_engine_t *engine, const sztp__tls_peer_t *tls) {
  sztp__tls_io_t io = {stream_send, stream_receive, s};
  int32_t rc = sztp__tls_new(engine, tls, &io, &s->tls);
  if (rc != SZTP_OK) {
    s->code = rc;
    return stream_failed(s, SZTP__NET_LOCAL, "TLS could not be set up: %s", sztp_error_text(rc));
  }
  return shake_hands(s);
}

static int reach(sztp__stream_t *s, const char *address, uint16_t port, uint64_t until) {
  int error = 0;
  int rc = sztp__socket_connect(address, port, until, s->stop, &s->fd, &error);
  if (rc == SZTP__NET_OK) return rc;
  s->fd = -1;
  if (sztp__stop_is_asked(s->stop)) return stream_failed(s, SZTP__NET_FAILED, "stopped on request");
  if (rc == SZTP__NET_TIMEOUT) return stream_failed(s, rc, "no connection in time");
  if (rc == SZTP__NET_LOCAL && error == 0) {
    s->code = SZTP_ERR_ARG;
    return stream_failed(s, rc, "not an IPv4 or IPv6 address");
  }
  char text[SZTP__PHRASE_SIZE];
  sztp__socket_error(error, text, sizeof text);
  return stream_failed(s, SZTP__NET_FAILED, "no connection: %s", text);
}

int sztp__stream_open(sztp__stream_t *s, const char *address, uint16_t port, sztp__tls_engine_t *engine,
                      const sztp__tls_peer_t *tls, const sztp__limits_t *limits, uint64_t deadline,
                      int *connected) {
  sztp__stream_close(s);
  s->code = SZTP_OK;
  *connected = 0;
  uint64_t now = sztp__socket_now();
  int rc = reach(s, address, port, earlier(deadline, sztp__socket_after(now, limits->connect_ms)));
  if (rc != SZTP__NET_OK) return rc;
  *connected = 1;
  if (tls == NULL) return SZTP__NET_OK;
  s->until = earlier(deadline, sztp__socket_after(sztp__socket_now(), limits->handshake_ms));
  rc = secure(s, engine, tls);
  if (rc == SZTP__NET_OK) return rc;
  int fd = s->fd;
  s->fd = -1;
  sztp__stream_close(s);
  sztp__socket_part(fd);
  return rc;
}

/* ---- moving octets ------------------------------------------------------------------------------- */

/* One step in plain TCP, in the terms of TLS. */
static int32_t plain_step(int n, size_t *done, int32_t want) {
  *done = n > 0 ? (size_t)n : 0;
  if (n > 0) return SZTP__TLS_DONE;
  if (n == SZTP__TLS_IO_BLOCKED) return want;
  return n == 0 ? SZTP__TLS_CLOSED : SZTP__TLS_LOST;
}

int sztp__stream_write(sztp__stream_t *s, const uint8_t *data, size_t len, uint64_t idle_ms,
                       uint64_t deadline) {
  size_t at = 0;
  s->until = earlier(deadline, sztp__socket_after(sztp__socket_now(), idle_ms));
  while (at < len) {
    size_t n = 0;
    int32_t rc = s->tls != NULL
                     ? sztp__tls_write(s->tls, data + at, len - at, &n)
                     : plain_step(sztp__socket_send(s->fd, data + at, len - at), &n, SZTP__TLS_WANT_WRITE);
    if (rc == SZTP__TLS_DONE) {
      at += n;
      s->until = earlier(deadline, sztp__socket_after(sztp__socket_now(), idle_ms));
      continue;
    }
    int next = go_on(s, rc, "readiness of the server to take the request");
    if (next != SZTP__NET_OK) return next;
  }
  return SZTP__NET_OK;
}

int sztp__stream_read(sztp__stream_t *s, uint8_t *data, size_t cap, uint64_t until, size_t *done) {
  s->until = until;
  for (;;) {
    int32_t rc = s->tls != NULL
                     ? sztp__tls_read(s->tls, data, cap, done)
                     : plain_step(sztp__socket_receive(s->fd, data, cap), done, SZTP__TLS_WANT_READ);
    if (rc == SZTP__TLS_DONE) return SZTP__NET_OK;
    int next = go_on(s, rc, "answer");
    if (next != SZTP__NET_OK) return next;
  }
}
