/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software as a key function: which key is meant, for requests and for KEY actions. */
#include <stdlib.h>

#include <sztp/device.h>
#include <sztp/error.h>
#include <sztp/session.h>
#include <sztp/software_key.h>

#include "ground/ctx.h"
#include "https/private_key.h"

#define KEY_FILE_MAX 65536
#define ANSWER_MAX   1024
#define PAIRS_MAX    32

/* A private key with a certificate that it belongs to. */
typedef struct pair {
  sztp__private_key_t *key;
  uint8_t *certificate; /* DER */
  size_t len;
} pair_t;

struct sztp_software_key {
  sztp__key_engine_t *engine;
  pair_t pairs[PAIRS_MAX];
  size_t count;
};

/* ---- the object ---------------------------------------------------------------------------------- */

int32_t sztp_software_key_new(sztp_software_key_t **out) {
  if (out == NULL) return SZTP_ERR_ARG;
  sztp_software_key_t *k = calloc(1, sizeof *k);
  if (k == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__key_engine_new(&k->engine);
  if (rc != SZTP_OK) {
    free(k);
    return rc;
  }
  *out = k;
  return SZTP_OK;
}

void sztp_software_key_free(sztp_software_key_t *k) {
  if (k == NULL) return;
  for (size_t i = 0; i < k->count; i++) {
    sztp__private_key_free(k->pairs[i].key);
    free(k->pairs[i].certificate);
  }
  sztp__key_engine_free(k->engine);
  free(k);
}

static pair_t *find_pair(sztp_software_key_t *k, sztp__span_t certificate) {
  for (size_t i = 0; i < k->count; i++)
    if (sztp__span_equal(certificate, sztp__span(k->pairs[i].certificate, k->pairs[i].len)))
      return &k->pairs[i];
  return NULL;
}

/* Takes the key over, unless it fails. */
static int32_t keep_pair(sztp_software_key_t *k, sztp__private_key_t *key, sztp__span_t certificate) {
  pair_t *pair = find_pair(k, certificate);
  if (pair != NULL) {
    sztp__private_key_free(pair->key);
    pair->key = key;
    return SZTP_OK;
  }
  if (k->count >= PAIRS_MAX) return SZTP_ERR_LIMIT;
  pair = &k->pairs[k->count];
  pair->certificate = malloc(certificate.len);
  if (pair->certificate == NULL) return SZTP_ERR_MEMORY;
  memcpy(pair->certificate, certificate.data, certificate.len);
  pair->len = certificate.len;
  pair->key = key;
  k->count++;
  return SZTP_OK;
}

/* A key of its own for each certificate: what is read can't be copied. */
static int32_t add_to_certificate(sztp_software_key_t *k, sztp__span_t certificate, const uint8_t *data,
                                  size_t len) {
  sztp__private_key_t *key = NULL;
  int32_t rc = sztp__private_key_read(k->engine, data, len, &key);
  if (rc == SZTP_OK) rc = sztp__private_key_fits(key, certificate);
  if (rc == SZTP_OK) rc = keep_pair(k, key, certificate);
  if (rc != SZTP_OK) sztp__private_key_free(key);
  return rc;
}

int32_t sztp_software_key_add(sztp_software_key_t *k, const sztp_device_t *dev, const uint8_t *data,
                              size_t len) {
  static const uint32_t roles[] = {SZTP_CERT_IDENTITY, SZTP_CERT_DECRYPTION};
  int found = 0;
  if (k == NULL || dev == NULL || data == NULL || len == 0 || len > KEY_FILE_MAX) return SZTP_ERR_ARG;
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
    sztp__span_t cert;
    for (size_t n = 0; sztp_device_cert(dev, roles[i], n, &cert.data, &cert.len) == SZTP_OK; n++) {
      int32_t rc = add_to_certificate(k, cert, data, len);
      if (rc == SZTP_OK) found = 1;
      if (rc != SZTP_OK && rc != SZTP_ERR_KEY) return rc;
    }
  }
  return found ? SZTP_OK : SZTP_ERR_KEY;
}

/* ---- using it ------------------------------------------------------------------------------------ */

static int32_t use_key(sztp_software_key_t *k, const sztp__key_use_t *use, uint8_t *out, size_t wanted) {
  if (!sztp__private_key_knows(use->operation)) return SZTP_ERR_UNSUPPORTED;
  pair_t *pair = find_pair(k, use->certificate);
  return pair != NULL ? sztp__private_key_use(k->engine, pair->key, use, out, wanted) : SZTP_ERR_NOT_FOUND;
}

static sztp__span_t request_bytes(const sztp_key_request_t *request, uint32_t field) {
  sztp__span_t s;
  return sztp_key_request_bytes(request, field, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

static int64_t request_i64(const sztp_key_request_t *request, uint32_t field) {
  int64_t value;
  return sztp_key_request_i64(request, field, &value) == SZTP_OK ? value : 0;
}

int32_t sztp_software_key(void *k, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                          size_t *out_len) {
  if (k == NULL || request == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  sztp__key_use_t use = {sztp_key_request_operation(request),       request_i64(request, SZTP_KEY_F_HASH),
                         request_i64(request, SZTP_KEY_F_MGF_HASH), request_bytes(request, SZTP_KEY_F_LABEL),
                         request_bytes(request, SZTP_KEY_F_INPUT),  request_bytes(request, SZTP_KEY_F_CERT)};
  *out_len = out_cap;
  return use_key(k, &use, out, out_cap);
}

/* ---- for KEY actions ----------------------------------------------------------------------------- */

static sztp__span_t action_bytes(const sztp_action_t *a, uint32_t field) {
  sztp__span_t s;
  return sztp_action_bytes(a, field, 0, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

static int64_t action_i64(const sztp_action_t *a, uint32_t field) {
  int64_t value;
  return sztp_action_i64(a, field, 0, &value) == SZTP_OK ? value : 0;
}

/* The answer goes out whether it is right or not, so that the session does the same with both (D-93). */
uint32_t sztp_software_key_handle(void *k, sztp_session_t *s, const sztp_action_t *a) {
  uint8_t out[ANSWER_MAX];
  if (k == NULL || s == NULL || sztp_action_kind(a) != SZTP_ACTION_KEY) return SZTP_OUTCOME_FAILED;
  int64_t wanted = action_i64(a, SZTP_F_LIMIT);
  sztp__key_use_t use = {(uint32_t)action_i64(a, SZTP_F_OPERATION),
                         action_i64(a, SZTP_F_HASH),
                         action_i64(a, SZTP_F_MGF_HASH),
                         action_bytes(a, SZTP_F_LABEL),
                         action_bytes(a, SZTP_F_DATA),
                         action_bytes(a, SZTP_F_CERT)};
  if (wanted < 0 || wanted > (int64_t)sizeof out) return SZTP_OUTCOME_FAILED;
  memset(out, 0, sizeof out);
  int32_t rc = use_key(k, &use, out, (size_t)wanted);
  if (rc == SZTP_ERR_NOT_FOUND) return SZTP_OUTCOME_NOTHING;
  int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_DATA, out, (size_t)wanted);
  sztp__wipe(out, sizeof out);
  return rc == SZTP_OK && put == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}
