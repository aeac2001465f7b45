/* SPDX-License-Identifier: Apache-2.0 */
/* The transport as an object: its options, and which action goes where. */
#include "https/transport.h"

#include <stdlib.h>

#include "ground/release.h"

/* ---- the object ---------------------------------------------------------------------------------- */

int32_t sztp_https_new(sztp_device_t *dev, sztp_https_t **out) {
  if (dev == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__same_release() != SZTP__RELEASE) return SZTP_ERR_ABI;
  sztp_https_t *h = calloc(1, sizeof *h);
  if (h == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__tls_engine_new(sztp_device_ctx(dev), &h->engine);
  if (rc != SZTP_OK) {
    free(h);
    return rc;
  }
  h->dev = dev;
  h->limits.connect_ms = 10000;
  h->limits.handshake_ms = 20000;
  h->limits.headers_ms = 60000;
  h->limits.idle_ms = 30000;
  h->limits.key_poll_ms = 10;
  h->limits.header_octets = 32768;
  h->limits.header_fields = 100;
  sztp__stream_init(&h->kept);
  *out = h;
  return SZTP_OK;
}

void sztp_https_free(sztp_https_t *h) {
  if (h == NULL || h->busy) return;
  sztp__stream_close(&h->kept);
  free(h->kept_for);
  sztp__tls_engine_free(h->engine);
  sztp__wipe(h->buffer, sizeof h->buffer);
  free(h);
}

int32_t sztp_https_set_i64(sztp_https_t *h, uint32_t option, int64_t value) {
  if (h == NULL) return SZTP_ERR_ARG;
  if (h->busy) return SZTP_ERR_REENTRY;
  if (option == SZTP_HTTPS_IMAGE_SIGNATURES && (value == 0 || value == 1)) {
    h->image_signatures = (int)value;
    return SZTP_OK;
  }
  if (value <= 0 || value > INT32_MAX) return SZTP_ERR_ARG;
  switch (option) {
  case SZTP_HTTPS_CONNECT_MS: h->limits.connect_ms = (uint64_t)value; break;
  case SZTP_HTTPS_HANDSHAKE_MS: h->limits.handshake_ms = (uint64_t)value; break;
  case SZTP_HTTPS_HEADERS_MS: h->limits.headers_ms = (uint64_t)value; break;
  case SZTP_HTTPS_IDLE_MS: h->limits.idle_ms = (uint64_t)value; break;
  case SZTP_HTTPS_KEY_POLL_MS: h->limits.key_poll_ms = (uint64_t)value; break;
  case SZTP_HTTPS_MAX_HEADER_OCTETS: h->limits.header_octets = (uint32_t)value; break;
  case SZTP_HTTPS_MAX_HEADER_FIELDS: h->limits.header_fields = (uint32_t)value; break;
  default: return SZTP_ERR_ARG;
  }
  return SZTP_OK;
}

int32_t sztp_https_set_stage(sztp_https_t *h, sztp_https_stage_fn fn, void *user) {
  if (h == NULL) return SZTP_ERR_ARG;
  if (h->busy) return SZTP_ERR_REENTRY;
  h->stage = fn;
  h->stage_user = user;
  return SZTP_OK;
}

int32_t sztp_https_set_staged(sztp_https_t *h, sztp_https_staged_fn fn, void *user) {
  if (h == NULL) return SZTP_ERR_ARG;
  if (h->busy) return SZTP_ERR_REENTRY;
  h->staged = fn;
  h->staged_user = user;
  return SZTP_OK;
}

const char *sztp_https_validator(const sztp_https_t *h) { return h != NULL ? h->validator : ""; }

int32_t sztp_https_set_resolver(sztp_https_t *h, sztp_https_resolve_fn fn, void *user) {
  if (h == NULL) return SZTP_ERR_ARG;
  if (h->busy) return SZTP_ERR_REENTRY;
  h->resolver = fn;
  h->resolver_user = user;
  return SZTP_OK;
}

int32_t sztp_https_i64(const sztp_https_t *h, uint32_t what, int64_t *out) {
  if (h == NULL || out == NULL || what < SZTP_HTTPS_CONNECTIONS || what > SZTP_HTTPS_EXCHANGES)
    return SZTP_ERR_ARG;
  *out = (int64_t)h->counts[SZTP__HTTPS_COUNT(what)];
  return SZTP_OK;
}

static int is_cancelled(void *session) { return sztp_session_cancelled(session); }

static uint32_t handle_action(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_RESOLVE: return sztp__https_resolve(h, s, a);
  case SZTP_ACTION_FETCH: return sztp__https_fetch(h, s, a);
  case SZTP_ACTION_DOWNLOAD: return sztp__https_download(h, s, a);
  default: return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST, "not an action for a transport");
  }
}

uint32_t sztp_https_handle(void *h, sztp_session_t *s, const sztp_action_t *a) {
  sztp_https_t *https = h;
  if (h == NULL || s == NULL || a == NULL || https->busy) return SZTP_OUTCOME_FAILED;
  https->stop.asked = is_cancelled;
  https->stop.user = s;
  https->busy = 1;
  https->validator[0] = '\0';
  uint32_t outcome = handle_action(https, s, a);
  https->busy = 0;
  return outcome;
}
