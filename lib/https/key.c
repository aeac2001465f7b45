/* SPDX-License-Identifier: Apache-2.0 */
/* The transport's private keys at work on encrypted artifacts: as the device's key function, and for KEY. */
#include "https/transport.h"

#define KEY_FILE_MAX 65536
#define ANSWER_MAX   512

/* ---- setting them -------------------------------------------------------------------------------- */

int32_t sztp_https_set_key(sztp_https_t *h, const uint8_t *data, size_t len) {
  if (h == NULL || data == NULL || len == 0 || len > KEY_FILE_MAX) return SZTP_ERR_ARG;
  sztp__span_t leaf;
  if (sztp_device_cert(h->dev, SZTP_CERT_IDENTITY, 0, &leaf.data, &leaf.len) != SZTP_OK) return SZTP_ERR_KEY;
  return sztp__tls_engine_set_key(h->engine, SZTP__TLS_KEY_IDENTITY, leaf, data, len);
}

int32_t sztp_https_set_decryption_key(sztp_https_t *h, const uint8_t *data, size_t len) {
  if (h == NULL || data == NULL || len == 0 || len > KEY_FILE_MAX) return SZTP_ERR_ARG;
  sztp__span_t cert;
  int32_t rc = SZTP_ERR_KEY;
  for (size_t i = 0; rc == SZTP_ERR_KEY; i++) {
    if (sztp_device_cert(h->dev, SZTP_CERT_DECRYPTION, i, &cert.data, &cert.len) != SZTP_OK) break;
    rc = sztp__tls_engine_set_key(h->engine, SZTP__TLS_KEY_DECRYPTION, cert, data, len);
  }
  return rc;
}

/* ---- using them ---------------------------------------------------------------------------------- */

static sztp__span_t bytes_of(const sztp_key_request_t *request, uint32_t what) {
  sztp__span_t s;
  return sztp_key_request_bytes(request, what, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

static uint64_t number_of(const sztp_key_request_t *request, uint32_t what) {
  int64_t value;
  return sztp_key_request_i64(request, what, &value) == SZTP_OK ? (uint64_t)value : 0;
}

int32_t sztp_https_key(void *h, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                       size_t *out_len) {
  if (h == NULL || request == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  sztp_https_t *https = h;
  sztp__key_use_t use = {sztp_key_request_operation(request),     number_of(request, SZTP_KEY_F_HASH),
                         number_of(request, SZTP_KEY_F_MGF_HASH), bytes_of(request, SZTP_KEY_F_LABEL),
                         bytes_of(request, SZTP_KEY_F_INPUT),     bytes_of(request, SZTP_KEY_F_CERT)};
  *out_len = out_cap;
  return sztp__tls_engine_use_key(https->engine, &use, out, out_cap);
}

/* The answer goes out whether it is right or not, so that the session does the same with both (D-93). */
uint32_t sztp__https_key(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  uint8_t out[ANSWER_MAX];
  uint64_t wanted = sztp__https_u64(a, SZTP_F_LIMIT, 0);
  sztp__key_use_t use = {sztp__https_u64(a, SZTP_F_OPERATION, 0), sztp__https_u64(a, SZTP_F_HASH, 0),
                         sztp__https_u64(a, SZTP_F_MGF_HASH, 0),  sztp__https_bytes(a, SZTP_F_LABEL, 0),
                         sztp__https_bytes(a, SZTP_F_DATA, 0),    sztp__https_bytes(a, SZTP_F_CERT, 0)};
  if (wanted > sizeof out) return SZTP_OUTCOME_FAILED;
  memset(out, 0, sizeof out);
  int32_t rc = sztp__tls_engine_use_key(h->engine, &use, out, (size_t)wanted);
  if (rc == SZTP_ERR_NOT_FOUND) return SZTP_OUTCOME_NOTHING;
  int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_DATA, out, (size_t)wanted);
  sztp__wipe(out, sizeof out);
  return rc == SZTP_OK && put == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}
