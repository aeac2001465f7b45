/* SPDX-License-Identifier: Apache-2.0 */
/* What the actions of the transport share: their fields, their deadline, how they are answered, connecting.
 */
#include "https/transport.h"

#include <stdarg.h>

#include "formats/uri.h"
#include "ground/text.h"

sztp__span_t sztp__https_bytes(const sztp_action_t *a, uint32_t field, size_t index) {
  sztp__span_t s;
  return sztp_action_bytes(a, field, index, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

uint64_t sztp__https_u64(const sztp_action_t *a, uint32_t field, uint64_t otherwise) {
  int64_t n;
  return sztp_action_i64(a, field, 0, &n) == SZTP_OK ? (uint64_t)n : otherwise;
}

/* The session's clock is read once; the rest is measured with ours, which is sure to go on while we wait. */
uint64_t sztp__https_deadline(const sztp_session_t *s, const sztp_action_t *a) {
  uint64_t here = sztp__socket_now();
  uint64_t there = sztp_session_now(s);
  uint64_t deadline = sztp__https_u64(a, SZTP_F_DEADLINE, SZTP__FOREVER);
  return sztp__socket_after(here, deadline > there ? deadline - there : 0);
}

uint32_t sztp__https_report(sztp_session_t *s, const sztp_action_t *a, int rc, int32_t code, const char *fmt,
                            ...) {
  uint64_t ticket = sztp_action_ticket(a);
  char raw[SZTP__PARAGRAPH_SIZE];
  char text[SZTP__PARAGRAPH_SIZE];
  va_list args;
  va_start(args, fmt);
  sztp__vformat(raw, sizeof raw, fmt, args);
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
  if (connected) h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_CONNECTIONS)]++;
  if (rc == SZTP__NET_OK && tls != NULL) h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_HANDSHAKES)]++;
  return rc;
}

const char *sztp__https_server_name(sztp__span_t host, char out[SZTP__HOST_TEXT]) {
  uint8_t octets[16];
  size_t n;
  if (sztp__host_octets(host, octets, &n) == SZTP_OK) return NULL;
  /* RFC 6066 3: without the trailing dot of an absolute name. */
  size_t len = host.len > 0 && host.data[host.len - 1] == '.' ? host.len - 1 : host.len;
  if (len == 0 || len > 255) return NULL;
  memcpy(out, host.data, len);
  out[len] = '\0';
  return out;
}
