/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software as a key function: which key is meant, for requests and for KEY actions. */
#include <stdlib.h>

#include <sztp/device.h>
#include <sztp/error.h>
#include <sztp/session.h>
#include <sztp/software_key.h>

#include "cryptography/key_request_fields.h"
#include "ground/ctx_private.h"
#include "https/key_providers.h"

#define KEY_FILE_MAX 65536
#define ANSWER_MAX   1024
#define PAIRS_MAX    32
#define NAME_LEN     32
#define PEM_MAX      4096 /* octets of a private key that is made */

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
  sztp_key_store_t store; /* its functions are NULL: there is none */
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

/* Where a key comes from: a file's contents, or a provider. */
typedef struct origin {
  sztp__span_t file;
  const char *uri; /* or NULL */
} origin_t;

/* A key of its own for each certificate: what is read can't be copied. */
static int32_t add_to_certificate(sztp_software_key_t *k, sztp__span_t certificate, const origin_t *from) {
  sztp__private_key_t *key = NULL;
  int32_t rc = from->uri != NULL ? sztp__private_key_open(k->engine, from->uri, &key)
                                 : sztp__private_key_read(k->engine, from->file.data, from->file.len, &key);
  if (rc == SZTP_OK) rc = sztp__private_key_fits(k->engine, key, certificate);
  if (rc == SZTP_OK) rc = keep_pair(k, key, certificate);
  if (rc != SZTP_OK) sztp__private_key_free(key);
  return rc;
}

static int32_t add_to_device(sztp_software_key_t *k, const sztp_device_t *dev, const origin_t *from) {
  static const uint32_t roles[] = {SZTP_CERT_IDENTITY, SZTP_CERT_DECRYPTION};
  int found = 0;
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
    sztp__span_t cert;
    for (size_t n = 0; sztp_device_cert(dev, roles[i], n, &cert.data, &cert.len) == SZTP_OK; n++) {
      int32_t rc = add_to_certificate(k, cert, from);
      if (rc == SZTP_OK) found = 1;
      if (rc != SZTP_OK && rc != SZTP_ERR_KEY) return rc;
    }
  }
  return found ? SZTP_OK : SZTP_ERR_KEY;
}

int32_t sztp_software_key_add(sztp_software_key_t *k, const sztp_device_t *dev, const uint8_t *data,
                              size_t len) {
  origin_t from = {sztp__span(data, len), NULL};
  if (k == NULL || dev == NULL || data == NULL || len == 0 || len > KEY_FILE_MAX) return SZTP_ERR_ARG;
  return add_to_device(k, dev, &from);
}

int32_t sztp_software_key_add_uri(sztp_software_key_t *k, const sztp_device_t *dev, const char *uri) {
  origin_t from = {sztp__span(NULL, 0), uri};
  if (k == NULL || dev == NULL || uri == NULL) return SZTP_ERR_ARG;
  return add_to_device(k, dev, &from);
}

int32_t sztp_software_key_set_library_context(sztp_software_key_t *k, void *library) {
  return k != NULL ? sztp__key_engine_set_library(k->engine, library) : SZTP_ERR_ARG;
}

/* ---- keys that are made --------------------------------------------------------------------------- */

int32_t sztp_software_key_set_store(sztp_software_key_t *k, const sztp_key_store_t *store) {
  if (k == NULL) return SZTP_ERR_ARG;
  if (store == NULL) {
    memset(&k->store, 0, sizeof k->store);
    return SZTP_OK;
  }
  if (store->struct_size != sizeof *store) return SZTP_ERR_ABI;
  if (store->put == NULL || store->get == NULL || store->remove == NULL) return SZTP_ERR_ARG;
  k->store = *store;
  return SZTP_OK;
}

/* One operation, however it was asked for. */
typedef struct question {
  sztp__key_use_t use;
  sztp__span_t key_id;
  sztp__span_t algorithm;
} question_t;

static int32_t generate(sztp_software_key_t *k, const question_t *q, const char *name, uint8_t *out,
                        size_t cap, size_t *len) {
  uint8_t pem[PEM_MAX];
  size_t pem_len = sizeof pem;
  *len = cap;
  int32_t rc = sztp__private_key_make(k->engine, q->algorithm, pem, &pem_len, out, len);
  if (rc == SZTP_OK && k->store.put(k->store.user, name, pem, pem_len) != SZTP_OK) rc = SZTP_ERR_KEY;
  sztp__wipe(pem, sizeof pem);
  return rc;
}

static int32_t use_made(sztp_software_key_t *k, const question_t *q, const char *name, uint8_t *out,
                        size_t wanted) {
  uint8_t pem[PEM_MAX];
  size_t len = 0;
  sztp__private_key_t *key = NULL;
  int32_t rc = k->store.get(k->store.user, name, pem, sizeof pem, &len);
  if (rc == SZTP_OK)
    rc = len <= sizeof pem ? sztp__private_key_read(k->engine, pem, len, &key) : SZTP_ERR_KEY;
  if (rc == SZTP_OK) rc = sztp__private_key_use(k->engine, key, &q->use, out, wanted);
  sztp__private_key_free(key);
  sztp__wipe(pem, sizeof pem);
  return rc;
}

static int32_t answer_made(sztp_software_key_t *k, const question_t *q, uint8_t *out, size_t cap,
                           size_t *len) {
  char name[NAME_LEN + 1];
  if (k->store.put == NULL) return SZTP_ERR_UNSUPPORTED;
  if (sztp__span_hex(q->key_id, NAME_LEN, name) != 0)
    return SZTP_ERR_NOT_FOUND; /* nothing else gets to the store */
  switch (q->use.operation) {
  case SZTP_KEY_OP_GENERATE: return generate(k, q, name, out, cap, len);
  case SZTP_KEY_OP_DELETE: *len = 0; return k->store.remove(k->store.user, name);
  default: return use_made(k, q, name, out, cap);
  }
}

/* ---- using it ------------------------------------------------------------------------------------ */

/* *len is what was asked for, unless it says so otherwise. */
static int32_t answer(sztp_software_key_t *k, const question_t *q, uint8_t *out, size_t cap, size_t *len) {
  int makes = q->use.operation == SZTP_KEY_OP_GENERATE || q->use.operation == SZTP_KEY_OP_DELETE;
  *len = cap;
  if (!makes && !sztp__private_key_knows(q->use.operation)) return SZTP_ERR_UNSUPPORTED;
  if (makes || q->key_id.len > 0) return answer_made(k, q, out, cap, len);
  pair_t *pair = find_pair(k, q->use.certificate);
  return pair != NULL ? sztp__private_key_use(k->engine, pair->key, &q->use, out, cap) : SZTP_ERR_NOT_FOUND;
}

int32_t sztp_software_key(void *k, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                          size_t *out_len) {
  if (k == NULL || request == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  question_t q = {
      {sztp_key_request_operation(request), sztp__request_i64(request, SZTP_KEY_F_HASH),
       sztp__request_i64(request, SZTP_KEY_F_MGF_HASH), sztp__request_bytes(request, SZTP_KEY_F_LABEL),
       sztp__request_bytes(request, SZTP_KEY_F_INPUT), sztp__request_bytes(request, SZTP_KEY_F_CERT)},
      sztp__request_bytes(request, SZTP_KEY_F_KEY_ID),
      sztp__request_bytes(request, SZTP_KEY_F_ALGORITHM)};
  return answer(k, &q, out, out_cap, out_len);
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
  size_t len = 0;
  question_t q = {{(uint32_t)action_i64(a, SZTP_F_OPERATION), action_i64(a, SZTP_F_HASH),
                   action_i64(a, SZTP_F_MGF_HASH), action_bytes(a, SZTP_F_LABEL),
                   action_bytes(a, SZTP_F_DATA), action_bytes(a, SZTP_F_CERT)},
                  action_bytes(a, SZTP_F_KEY_ID),
                  action_bytes(a, SZTP_F_ALGORITHM)};
  if (wanted < 0 || wanted > (int64_t)sizeof out) return SZTP_OUTCOME_FAILED;
  memset(out, 0, sizeof out);
  int32_t rc = answer(k, &q, out, (size_t)wanted, &len);
  if (rc == SZTP_ERR_NOT_FOUND) return SZTP_OUTCOME_NOTHING;
  int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_DATA, out, len);
  sztp__wipe(out, sizeof out);
  return rc == SZTP_OK && put == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}
