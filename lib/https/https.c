/* SPDX-License-Identifier: Apache-2.0 */
/* The transport as an object: its options, its key, and which action goes where. */
#include "https/transport.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/uri.h"
#include "ground/text.h"

/* ---- the object ---------------------------------------------------------------------------------- */

int32_t sztp_https_new(sztp_device_t *dev, sztp_https_t **out) {
  if (dev == NULL || out == NULL) return SZTP_ERR_ARG;
  sztp_https_t *h = calloc(1, sizeof *h);
  if (h == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__tls_engine_new(&h->engine);
  if (rc != SZTP_OK) {
    free(h);
    return rc;
  }
  h->dev = dev;
  h->limits.connect_ms = 10000;
  h->limits.handshake_ms = 20000;
  h->limits.headers_ms = 60000;
  h->limits.idle_ms = 30000;
  h->limits.header_octets = 32768;
  h->limits.header_fields = 100;
  sztp__stream_init(&h->kept);
  *out = h;
  return SZTP_OK;
}

void sztp_https_free(sztp_https_t *h) {
  if (h == NULL) return;
  sztp__stream_close(&h->kept);
  free(h->kept_for);
  sztp__tls_engine_free(h->engine);
  sztp__wipe(h->buffer, sizeof h->buffer);
  free(h);
}

int32_t sztp_https_set_i64(sztp_https_t *h, uint32_t option, int64_t value) {
  if (h == NULL || value <= 0 || value > INT32_MAX) return SZTP_ERR_ARG;
  switch (option) {
  case SZTP_HTTPS_CONNECT_MS: h->limits.connect_ms = (uint64_t)value; break;
  case SZTP_HTTPS_HANDSHAKE_MS: h->limits.handshake_ms = (uint64_t)value; break;
  case SZTP_HTTPS_HEADERS_MS: h->limits.headers_ms = (uint64_t)value; break;
  case SZTP_HTTPS_IDLE_MS: h->limits.idle_ms = (uint64_t)value; break;
  case SZTP_HTTPS_MAX_HEADER_OCTETS: h->limits.header_octets = (uint32_t)value; break;
  case SZTP_HTTPS_MAX_HEADER_FIELDS: h->limits.header_fields = (uint32_t)value; break;
  default: return SZTP_ERR_ARG;
  }
  return SZTP_OK;
}

int32_t sztp_https_set_clock(sztp_https_t *h, sztp_clock_fn fn, void *user) {
  if (h == NULL) return SZTP_ERR_ARG;
  h->clock = fn;
  h->clock_user = user;
  return SZTP_OK;
}

int32_t sztp_https_set_stage(sztp_https_t *h, sztp_https_stage_fn fn, void *user) {
  if (h == NULL) return SZTP_ERR_ARG;
  h->stage = fn;
  h->stage_user = user;
  return SZTP_OK;
}

int32_t sztp_https_i64(const sztp_https_t *h, uint32_t what, int64_t *out) {
  if (h == NULL || out == NULL || what < SZTP_HTTPS_CONNECTIONS || what > SZTP_HTTPS_EXCHANGES)
    return SZTP_ERR_ARG;
  *out = (int64_t)h->counts[what];
  return SZTP_OK;
}

static int is_cancelled(void *session) { return sztp_session_cancelled(session); }

uint32_t sztp_https_handle(void *h, sztp_session_t *s, const sztp_action_t *a) {
  if (h == NULL || s == NULL || a == NULL) return SZTP_OUTCOME_FAILED;
  sztp_https_t *https = h;
  https->stop.asked = is_cancelled;
  https->stop.user = s;
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_RESOLVE: return sztp__https_resolve(h, s, a);
  case SZTP_ACTION_FETCH: return sztp__https_fetch(h, s, a);
  case SZTP_ACTION_DOWNLOAD: return sztp__https_download(h, s, a);
  case SZTP_ACTION_KEY: return sztp__https_key(h, s, a);
  default: return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST, "not an action for a transport");
  }
}

/* ---- what the actions share ---------------------------------------------------------------------- */

sztp__span_t sztp__https_bytes(const sztp_action_t *a, uint32_t field, size_t index) {
  sztp__span_t s;
  return sztp_action_bytes(a, field, index, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

uint64_t sztp__https_u64(const sztp_action_t *a, uint32_t field, uint64_t otherwise) {
  int64_t n;
  return sztp_action_i64(a, field, 0, &n) == SZTP_OK ? (uint64_t)n : otherwise;
}

/* The session's clock is read once; the rest is measured with ours, which is sure to go on while we wait. */
uint64_t sztp__https_deadline(const sztp_https_t *h, const sztp_action_t *a) {
  uint64_t here = sztp__socket_now();
  uint64_t there = h->clock != NULL ? h->clock(h->clock_user) : here;
  uint64_t deadline = sztp__https_u64(a, SZTP_F_DEADLINE, SZTP__FOREVER);
  return sztp__socket_after(here, deadline > there ? deadline - there : 0);
}

uint32_t sztp__https_report(sztp_session_t *s, const sztp_action_t *a, int rc, int32_t code, const char *fmt,
                            ...) {
  uint64_t ticket = sztp_action_ticket(a);
  char raw[640];
  char text[640];
  va_list args;
  va_start(args, fmt);
  vsnprintf(raw, sizeof raw, fmt, args);
  va_end(args);
  sztp__printable(text, sizeof text, sztp__span_of(raw));
  if (code == SZTP_OK) code = SZTP_ERR_SERVER_FAIL;
  (void)sztp_reply_i64(s, ticket, SZTP_F_REASON, code);
  (void)sztp_reply_bytes(s, ticket, SZTP_F_MESSAGE, (const uint8_t *)text, strlen(text));
  if (rc == SZTP__NET_NOTHING) return SZTP_OUTCOME_NOTHING;
  return rc == SZTP__NET_TIMEOUT ? SZTP_OUTCOME_TIMEOUT : SZTP_OUTCOME_FAILED;
}

int sztp__https_open(sztp_https_t *h, sztp__stream_t *stream, const char *address, uint16_t port,
                     const sztp__tls_peer_t *tls, uint64_t deadline) {
  int connected = 0;
  stream->stop = &h->stop;
  int rc = sztp__stream_open(stream, address, port, h->engine, tls, &h->limits, deadline, &connected);
  if (connected) h->counts[SZTP_HTTPS_CONNECTIONS]++;
  if (rc == SZTP__NET_OK && tls != NULL) h->counts[SZTP_HTTPS_HANDSHAKES]++;
  return rc;
}

const char *sztp__https_server_name(sztp__span_t host, char out[256]) {
  uint8_t octets[16];
  size_t n;
  if (sztp__host_octets(host, octets, &n) == SZTP_OK) return NULL;
  /* RFC 6066 3: without the trailing dot of an absolute name. */
  size_t len = host.len > 0 && host.data[host.len - 1] == '.' ? host.len - 1 : host.len;
  if (len == 0 || len > 255) return NULL;
  memcpy(out, host.data, len);
  out[len] = 0;
  return out;
}

/* ---- RESOLVE ------------------------------------------------------------------------------------- */

uint32_t sztp__https_resolve(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  (void)h;
  sztp__span_t name = sztp__https_bytes(a, SZTP_F_NAME, 0);
  if (name.len == 0 || name.len > 255 || memchr(name.data, 0, name.len) != NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST, "the action has no usable host name");
  char text[256];
  memcpy(text, name.data, name.len);
  text[name.len] = 0;
  char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX];
  size_t count;
  const char *why;
  int rc = sztp__socket_resolve(text, addresses, &count, &why);
  if (rc != SZTP__NET_OK)
    return sztp__https_report(s, a, rc, SZTP_ERR_SERVER_FAIL, "no address of \"%s\": %s", text, why);
  for (size_t i = 0; i < count; i++) {
    int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)addresses[i],
                                   strlen(addresses[i]));
    if (put == SZTP_ERR_LIMIT && i > 0) break; /* more than the session wants to try */
    if (put != SZTP_OK)
      return sztp__https_report(s, a, SZTP__NET_LOCAL, put,
                                "the addresses of \"%s\" could not be handed over", text);
  }
  return SZTP_OUTCOME_OK;
}
