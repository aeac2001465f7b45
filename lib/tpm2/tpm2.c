/* SPDX-License-Identifier: Apache-2.0 */
/* The object, and the key function: from what is asked to what the TPM does. */
#include <sztp/device.h>
#include <sztp/tpm2.h>

#include "cryptography/cert.h"
#include "cryptography/key_request_fields.h"
#include "cryptography/rsa_padding.h"
#include "formats/der.h"
#include "ground/release.h"
#include "tpm2/made.h"
#include "tpm2/statement.h"

#define WHERE          "tpm2"
#define DEFAULT_MS     60000
#define TIMEOUT_MAX_MS 3600000
#define NV_MAX         8192
#define SPKI_MAX       1024
#define NAME_LEN       32

struct sztp_tpm2 {
  sztp__tpm_keys_t keys;
  sztp__tpm_made_t made;
  int64_t timeout_ms;
  uint32_t protect;
};

uint32_t sztp_tpm2_idevid_handle(void) { return SZTP_TPM2_IDEVID_HANDLE; }

uint32_t sztp_tpm2_iak_handle(void) { return SZTP_TPM2_IAK_HANDLE; }

uint32_t sztp_tpm2_storage_handle(void) { return SZTP_TPM2_STORAGE_HANDLE; }

/* ---- the object ---------------------------------------------------------------------------------- */

int32_t sztp_tpm2_new(sztp_ctx_t *ctx, sztp_tpm2_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__same_release() != SZTP__RELEASE) return SZTP_ERR_ABI;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_tpm2_t *t = sztp__alloc(ctx, sizeof *t);
  if (t == NULL) return SZTP_ERR_MEMORY;
  t->keys.ctx = ctx;
  t->timeout_ms = DEFAULT_MS;
  t->protect = SZTP_TPM2_STORAGE_HANDLE;
  *out = t;
  return SZTP_OK;
}

void sztp_tpm2_free(sztp_tpm2_t *t) {
  if (t == NULL || sztp__in_callback(t->keys.ctx)) return;
  sztp__tpm_keys_clear(&t->keys);
  sztp__tpm_close(t->keys.tpm);
  sztp__free(t->keys.ctx, t);
}

static int32_t open_tpm(sztp_tpm2_t *t, const char *tcti, void *context) {
  if (sztp__enter(t->keys.ctx) < 0) return SZTP_ERR_REENTRY;
  if (t->keys.tpm != NULL) return sztp__fail(t->keys.ctx, SZTP_ERR_SEQUENCE, WHERE, "it is open already");
  int32_t rc = sztp__tpm_open(t->keys.ctx, tcti, context, &t->keys.tpm);
  if (rc == SZTP_OK) sztp__tpm_set(t->keys.tpm, t->timeout_ms, t->protect);
  return rc;
}

int32_t sztp_tpm2_open(sztp_tpm2_t *t, const char *tcti) {
  return t == NULL || tcti == NULL || *tcti == '\0' ? SZTP_ERR_ARG : open_tpm(t, tcti, NULL);
}

int32_t sztp_tpm2_open_context(sztp_tpm2_t *t, void *context) {
  return t == NULL || context == NULL ? SZTP_ERR_ARG : open_tpm(t, NULL, context);
}

int32_t sztp_tpm2_set_i64(sztp_tpm2_t *t, uint32_t option, int64_t value) {
  if (t == NULL || value < 0) return SZTP_ERR_ARG;
  switch (option) {
  case SZTP_TPM2_TIMEOUT_MS:
    if (value > TIMEOUT_MAX_MS) return SZTP_ERR_ARG;
    t->timeout_ms = value;
    break;
  case SZTP_TPM2_PROTECT:
    if (value > UINT32_MAX) return SZTP_ERR_ARG;
    t->protect = (uint32_t)value;
    break;
  default: return SZTP_ERR_ARG;
  }
  if (t->keys.tpm != NULL) sztp__tpm_set(t->keys.tpm, t->timeout_ms, t->protect);
  return SZTP_OK;
}

/* What functions begin with that need a TPM. */
static int32_t enter_open(sztp_tpm2_t *t) {
  if (sztp__enter(t->keys.ctx) < 0) return SZTP_ERR_REENTRY;
  if (t->keys.tpm != NULL) return SZTP_OK;
  return sztp__fail(t->keys.ctx, SZTP_ERR_SEQUENCE, WHERE, "it is not open: sztp_tpm2_open()");
}

int32_t sztp_tpm2_i64(sztp_tpm2_t *t, uint32_t what, int64_t *out) {
  if (t == NULL || out == NULL || what < SZTP_TPM2_LAST_CODE || what > SZTP_TPM2_LOCKED) return SZTP_ERR_ARG;
  int32_t rc = enter_open(t);
  int locked = 0;
  if (rc == SZTP_OK && what == SZTP_TPM2_LOCKED) rc = sztp__tpm_locked(t->keys.tpm, &locked);
  if (rc != SZTP_OK) return rc;
  switch (what) {
  case SZTP_TPM2_LAST_CODE: *out = sztp__tpm_last_code(t->keys.tpm); break;
  case SZTP_TPM2_OPERATIONS: *out = (int64_t)sztp__tpm_operations(t->keys.tpm); break;
  case SZTP_TPM2_RETRIES: *out = (int64_t)sztp__tpm_retries(t->keys.tpm); break;
  case SZTP_TPM2_MANUFACTURER: *out = sztp__tpm_manufacturer(t->keys.tpm); break;
  default: *out = locked; break;
  }
  return SZTP_OK;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* sztp__tpm_keys_add() or sztp__tpm_keys_attest(). */
typedef int32_t (*add_fn)(sztp__tpm_keys_t *keys, sztp__span_t cert, const sztp__tpm_place_t *place,
                          sztp__span_t auth);

static int32_t add(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, const sztp__tpm_place_t *place,
                   const uint8_t *auth, size_t auth_len, add_fn add_key) {
  if (t == NULL || cert == NULL || cert_len == 0 || (auth == NULL && auth_len > 0) ||
      auth_len > SZTP__TPM_AUTH_MAX)
    return SZTP_ERR_ARG;
  int32_t rc = enter_open(t);
  if (rc != SZTP_OK) return rc;
  return add_key(&t->keys, sztp__span(cert, cert_len), place, sztp__span(auth, auth_len));
}

static int32_t add_handle(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t handle,
                          const uint8_t *auth, size_t auth_len, add_fn add_key) {
  const sztp__tpm_place_t place = {handle, {NULL, 0}, 0};
  if (handle >> 24 != 0x81) return SZTP_ERR_ARG;
  return add(t, cert, cert_len, &place, auth, auth_len, add_key);
}

static int32_t add_file(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                        size_t key_len, const uint8_t *auth, size_t auth_len, add_fn add_key) {
  const sztp__tpm_place_t place = {0, {key, key_len}, 0};
  if (key == NULL || key_len == 0) return SZTP_ERR_ARG;
  return add(t, cert, cert_len, &place, auth, auth_len, add_key);
}

static int32_t add_template(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t made_by,
                            add_fn add_key) {
  const sztp__tpm_place_t place = {0, {NULL, 0}, made_by};
  if (made_by < SZTP_TPM2_H1_RSA2048 || made_by > SZTP_TPM2_H3_P384_BOTH) return SZTP_ERR_ARG;
  return add(t, cert, cert_len, &place, NULL, 0, add_key);
}

int32_t sztp_tpm2_add_handle(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t handle,
                             const uint8_t *auth, size_t auth_len) {
  return add_handle(t, cert, cert_len, handle, auth, auth_len, sztp__tpm_keys_add);
}

int32_t sztp_tpm2_add_file(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                           size_t key_len, const uint8_t *auth, size_t auth_len) {
  return add_file(t, cert, cert_len, key, key_len, auth, auth_len, sztp__tpm_keys_add);
}

int32_t sztp_tpm2_check_file(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                             size_t key_len) {
  if (t == NULL || cert == NULL || cert_len == 0 || key == NULL || key_len == 0) return SZTP_ERR_ARG;
  if (sztp__enter(t->keys.ctx) < 0) return SZTP_ERR_REENTRY;
  return sztp__tpm_keys_check(t->keys.ctx, sztp__span(cert, cert_len), sztp__span(key, key_len));
}

int32_t sztp_tpm2_add_template(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t made_by) {
  return add_template(t, cert, cert_len, made_by, sztp__tpm_keys_add);
}

int32_t sztp_tpm2_attest_handle(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t handle,
                                const uint8_t *auth, size_t auth_len) {
  return add_handle(t, cert, cert_len, handle, auth, auth_len, sztp__tpm_keys_attest);
}

int32_t sztp_tpm2_attest_file(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                              size_t key_len, const uint8_t *auth, size_t auth_len) {
  return add_file(t, cert, cert_len, key, key_len, auth, auth_len, sztp__tpm_keys_attest);
}

int32_t sztp_tpm2_attest_template(sztp_tpm2_t *t, const uint8_t *cert, size_t cert_len, uint32_t made_by) {
  return add_template(t, cert, cert_len, made_by, sztp__tpm_keys_attest);
}

/* ---- keys that are made -------------------------------------------------------------------------- */

int32_t sztp_tpm2_algorithms(sztp_tpm2_t *t, uint32_t *out) {
  if (t == NULL || out == NULL) return SZTP_ERR_ARG;
  int32_t rc = enter_open(t);
  return rc == SZTP_OK ? sztp__tpm_kinds(t->keys.tpm, out) : rc;
}

int32_t sztp_tpm2_set_store(sztp_tpm2_t *t, uint32_t parent, const sztp_key_store_t *store) {
  if (t == NULL || (parent >> 24 != 0x81 && parent != SZTP__TPM_OWNER)) return SZTP_ERR_ARG;
  if (sztp__enter(t->keys.ctx) < 0) return SZTP_ERR_REENTRY;
  if (store == NULL) {
    memset(&t->made, 0, sizeof t->made);
    return SZTP_OK;
  }
  if (store->struct_size != sizeof *store) return SZTP_ERR_ABI;
  if (store->put == NULL || store->get == NULL || store->remove == NULL) return SZTP_ERR_ARG;
  t->made.parent = parent;
  t->made.store = *store;
  return SZTP_OK;
}

/* ---- certificates -------------------------------------------------------------------------------- */

/* The octets of @p nv that are certificates: what is behind them is padding of 0x00 or 0xff (TPM-16). */
static int32_t cut_padding(sztp_ctx_t *ctx, sztp__span_t nv, size_t *len) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__cert_t cert;
  sztp__der_init(&d, ctx, nv);
  *len = 0;
  while (sztp__der_peek(&d) == SZTP__DER_SEQUENCE) {
    int32_t rc = sztp__der_any(&d, &tlv);
    if (rc == SZTP_OK) rc = sztp__cert_parse(ctx, tlv.whole, &cert);
    if (rc != SZTP_OK) return rc;
    *len += tlv.whole.len;
  }
  for (size_t i = *len; i < nv.len; i++)
    if (nv.data[i] != nv.data[*len] || (nv.data[i] != 0x00 && nv.data[i] != 0xff))
      return sztp__fail(ctx, SZTP_ERR_DER, WHERE, "octet %zu of the NV index is part of no certificate", i);
  return *len > 0 ? SZTP_OK : sztp__fail(ctx, SZTP_ERR_DER, WHERE, "no certificate in the NV index");
}

int32_t sztp_tpm2_read_certs(sztp_tpm2_t *t, uint32_t index, uint8_t *out, size_t *out_len) {
  sztp__buf_t nv;
  size_t len = 0;
  if (t == NULL || out == NULL || out_len == NULL || index >> 24 != 0x01) return SZTP_ERR_ARG;
  int32_t rc = enter_open(t);
  if (rc != SZTP_OK) return rc;
  sztp__buf_init(&nv, t->keys.ctx, NV_MAX);
  rc = sztp__tpm_read_nv(t->keys.tpm, index, &nv);
  if (rc == SZTP_OK) rc = cut_padding(t->keys.ctx, sztp__buf_span(&nv), &len);
  if (rc == SZTP_OK && len > *out_len) rc = SZTP_ERR_BUFFER;
  if (rc == SZTP_OK) memcpy(out, nv.data, len);
  if (rc == SZTP_OK || rc == SZTP_ERR_BUFFER) *out_len = len;
  sztp__buf_clear(&nv);
  return rc;
}

/* ---- the key function ---------------------------------------------------------------------------- */

/* What is asked of one key. */
typedef struct question {
  sztp_tpm2_t *t;
  sztp__tpm_key_t *key;
  const sztp__tpm_public_t *pub;
  uint32_t operation;
  int64_t hash;
  int64_t mgf_hash;
  sztp__span_t input;
  sztp__span_t label;
  sztp__span_t cert;
  sztp__span_t key_id;
  sztp__span_t algorithm;
  int64_t statement;
  int64_t pcrs;
  sztp__span_t nonce;
  size_t *len; /* of the answer: all of the room, unless the operation says otherwise */
} question_t;

static int32_t answer_query(const question_t *q, uint8_t *out, size_t wanted) {
  if (wanted != 8) return SZTP_ERR_KEY;
  int64_t able = q->pub->able | sztp__tpm_statement_able(&q->t->keys, q->pub);
  for (size_t i = 0; i < wanted; i++) out[i] = (uint8_t)(able >> (56 - 8 * i));
  return SZTP_OK;
}

/* SZTP_ABLE_* that a signature takes; 0 for a hash that nobody signs by, or a digest of another length. */
static int64_t able_to_sign(const question_t *q) {
  int64_t able = q->operation == SZTP_KEY_OP_SIGN_ECDSA       ? SZTP_ABLE_ECDSA_SHA256
                 : q->operation == SZTP_KEY_OP_SIGN_RSA_PKCS1 ? SZTP_ABLE_RSA_PKCS1_SHA256
                                                              : SZTP_ABLE_RSA_PSS_SHA256;
  if (q->hash / 8 != (int64_t)q->input.len) return 0;
  return q->hash == 256 ? able : q->hash == 384 ? able * 2 : q->hash == 512 ? able * 4 : 0;
}

/* Older TPMs put in as much salt as fits, which TLS 1.3 does not take: whether it is as long as the digest is
 * seen by verifying. */
static int32_t check_salt(const question_t *q, const uint8_t *signature, size_t len) {
  sztp_ctx_t *ctx = q->t->keys.ctx;
  sztp__sigalg_t alg;
  sztp__buf_t spki;
  uint32_t hash = q->hash == 256 ? SZTP__HASH_SHA256 : q->hash == 384 ? SZTP__HASH_SHA384 : SZTP__HASH_SHA512;
  memset(&alg, 0, sizeof alg);
  alg.scheme = SZTP__SIG_RSA_PSS;
  alg.hash = alg.mgf_hash = hash;
  alg.salt_len = (uint32_t)q->input.len;
  sztp__buf_init(&spki, ctx, SPKI_MAX);
  int32_t rc = sztp__tpm_made_public(q->pub, &spki);
  if (rc == SZTP_OK)
    rc = sztp__verify_digest(ctx, sztp__buf_span(&spki), &alg, q->input, sztp__span(signature, len));
  sztp__buf_clear(&spki);
  if (rc != SZTP_ERR_CMS_SIGNATURE_INVALID) return rc;
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE,
                    "signing: the TPM's PSS signatures have a salt that is not as long as the digest");
}

static int32_t answer_sign(const question_t *q, uint8_t *out, size_t wanted) {
  int64_t able = able_to_sign(q);
  if (able == 0 || (q->pub->able & able) == 0)
    return sztp__fail(q->t->keys.ctx, SZTP_ERR_UNSUPPORTED, WHERE, "%s with SHA-%d: the key does not do that",
                      sztp_key_op_name(q->operation), (int)q->hash);
  int32_t rc = sztp__tpm_sign(q->t->keys.tpm, q->key, q->operation, q->hash, q->input, out, wanted);
  if (rc == SZTP_OK && q->operation == SZTP_KEY_OP_SIGN_RSA_PSS) rc = check_salt(q, out, wanted);
  return rc;
}

/* A digest function of a sztp__rsa_padding_t. */
static int32_t digest_parts(void *user, int64_t hash, sztp__span_t first, sztp__span_t second, uint8_t *out) {
  uint32_t kind = hash == 1     ? SZTP__HASH_SHA1
                  : hash == 256 ? SZTP__HASH_SHA256
                  : hash == 384 ? SZTP__HASH_SHA384
                                : SZTP__HASH_SHA512;
  sztp__hash_t *h = NULL;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  int32_t rc = sztp__hash_new(user, kind, &h);
  if (rc == SZTP_OK && first.len > 0) rc = sztp__hash_update(h, first.data, first.len);
  if (rc == SZTP_OK && second.len > 0) rc = sztp__hash_update(h, second.data, second.len);
  if (rc == SZTP_OK) rc = sztp__hash_finish(h, digest, &len);
  sztp__hash_free(h);
  if (rc == SZTP_OK) memcpy(out, digest, len);
  sztp__wipe(digest, sizeof digest);
  return rc;
}

/* A key for one padding has that one taken off by the TPM (D-164). */
static int is_fixed_otherwise(const question_t *q) {
  if (q->pub->padding == 0) return 0;
  if (q->pub->padding != q->operation) return 1;
  return q->operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP &&
         (q->hash != q->pub->padding_hash || q->mgf_hash != q->pub->padding_hash || q->label.len > 0);
}

static int32_t answer_decrypt(const question_t *q, uint8_t *out, size_t wanted) {
  uint8_t block[SZTP__TPM_VALUE_MAX];
  size_t len = 0;
  sztp__rsa_padding_t padding = {q->operation, q->hash, q->mgf_hash, q->label, digest_parts, q->t->keys.ctx};
  if ((q->pub->able & SZTP_ABLE_DECRYPT) == 0) return SZTP_ERR_NOT_FOUND; /* another recipient is tried */
  if (is_fixed_otherwise(q))
    return sztp__fail(q->t->keys.ctx, SZTP_ERR_UNSUPPORTED, WHERE, "the key is for another padding alone");
  size_t told = sztp__trail_len(q->t->keys.ctx);
  int32_t rc = sztp__tpm_decrypt(q->t->keys.tpm, q->key, q->input, block, sizeof block, &len);
  if (rc == SZTP_OK && q->pub->padding == 0) {
    rc = sztp__rsa_unpad(&padding, block, len, out, wanted);
  } else if (q->pub->padding != 0) {
    /* What the TPM says about its padding stays here: nobody outside may learn that it was that (D-93). */
    sztp__trail_cut(q->t->keys.ctx, told);
    if (rc != SZTP_OK || len != wanted)
      rc = SZTP_ERR_KEY;
    else
      memcpy(out, block, len);
  }
  sztp__wipe(block, sizeof block);
  return rc;
}

static int32_t answer_agree(const question_t *q, uint8_t *out, size_t wanted) {
  if ((q->pub->able & SZTP_ABLE_AGREE) == 0) return SZTP_ERR_NOT_FOUND;
  return sztp__tpm_agree(q->t->keys.tpm, q->key, q->input, out, wanted);
}

static int32_t answer_attest(const question_t *q, uint8_t *out, size_t cap) {
  const sztp__tpm_asked_t asked = {q->statement, q->key, q->pcrs, q->nonce};
  return sztp__tpm_statement_make(&q->t->keys, &asked, out, cap, q->len);
}

typedef int32_t (*answer_fn)(const question_t *q, uint8_t *out, size_t wanted);

static answer_fn answer_to(uint32_t operation) {
  static const answer_fn answers[] = {[SZTP_KEY_OP_DECRYPT_RSA_PKCS1] = answer_decrypt,
                                      [SZTP_KEY_OP_DECRYPT_RSA_OAEP] = answer_decrypt,
                                      [SZTP_KEY_OP_AGREE_ECDH] = answer_agree,
                                      [SZTP_KEY_OP_SIGN_ECDSA] = answer_sign,
                                      [SZTP_KEY_OP_SIGN_RSA_PKCS1] = answer_sign,
                                      [SZTP_KEY_OP_SIGN_RSA_PSS] = answer_sign,
                                      [SZTP_KEY_OP_QUERY] = answer_query,
                                      [SZTP_KEY_OP_ATTEST] = answer_attest};
  return operation < sizeof answers / sizeof answers[0] ? answers[operation] : NULL;
}

/* A key that was made: its name is in place of a certificate. */
static int32_t answer_made(question_t *q, uint8_t *out, size_t cap) {
  sztp_tpm2_t *t = q->t;
  char name[NAME_LEN + 1];
  sztp__tpm_key_t *key = NULL;
  answer_fn answer = answer_to(q->operation);
  if (t->made.store.put == NULL) return SZTP_ERR_UNSUPPORTED;
  if (sztp__span_hex(q->key_id, NAME_LEN, name) != 0)
    return SZTP_ERR_NOT_FOUND; /* nothing else gets to the store */
  if (q->operation == SZTP_KEY_OP_GENERATE)
    return sztp__tpm_made_generate(&t->keys, &t->made, name, q->algorithm, out, cap, q->len);
  if (q->operation == SZTP_KEY_OP_DELETE) {
    *q->len = 0;
    return t->made.store.remove(t->made.store.user, name);
  }
  if (answer == NULL) return SZTP_ERR_UNSUPPORTED;
  int32_t rc = sztp__tpm_made_load(&t->keys, &t->made, name, &key);
  if (rc != SZTP_OK) return rc;
  q->pub = sztp__tpm_key_public(key);
  q->key = key;
  *q->len = cap;
  rc = answer(q, out, cap);
  sztp__tpm_key_free(t->keys.tpm, key);
  return rc;
}

/* A key that was there: that of the certificate. */
static int32_t answer_paired(question_t *q, uint8_t *out, size_t cap) {
  answer_fn answer = answer_to(q->operation);
  if (answer == NULL) return SZTP_ERR_UNSUPPORTED;
  sztp__tpm_pair_t *pair = sztp__tpm_keys_find(&q->t->keys, q->cert);
  if (pair == NULL) return SZTP_ERR_NOT_FOUND;
  q->key = pair->key;
  q->pub = sztp__tpm_key_public(pair->key);
  *q->len = cap;
  return answer(q, out, cap);
}

int32_t sztp_tpm2_key(void *tpm, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                      size_t *out_len) {
  sztp_tpm2_t *t = tpm;
  if (t == NULL || request == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  question_t q = {t,
                  NULL,
                  NULL,
                  sztp_key_request_operation(request),
                  sztp__request_i64(request, SZTP_KEY_F_HASH),
                  sztp__request_i64(request, SZTP_KEY_F_MGF_HASH),
                  sztp__request_bytes(request, SZTP_KEY_F_INPUT),
                  sztp__request_bytes(request, SZTP_KEY_F_LABEL),
                  sztp__request_bytes(request, SZTP_KEY_F_CERT),
                  sztp__request_bytes(request, SZTP_KEY_F_KEY_ID),
                  sztp__request_bytes(request, SZTP_KEY_F_ALGORITHM),
                  sztp__request_i64(request, SZTP_KEY_F_STATEMENT),
                  sztp__request_i64(request, SZTP_KEY_F_PCRS),
                  sztp__request_bytes(request, SZTP_KEY_F_NONCE),
                  out_len};
  int makes = q.operation == SZTP_KEY_OP_GENERATE || q.operation == SZTP_KEY_OP_DELETE;
  int of_no_key = q.operation == SZTP_KEY_OP_ATTEST && q.statement == SZTP_EVIDENCE_QUOTE;
  if (of_no_key) return answer_attest(&q, out, out_cap);
  return makes || q.key_id.len > 0 ? answer_made(&q, out, out_cap) : answer_paired(&q, out, out_cap);
}

int32_t sztp_tpm2_random(void *tpm, uint8_t *out, size_t len) {
  sztp_tpm2_t *t = tpm;
  if (t == NULL || (out == NULL && len > 0)) return SZTP_ERR_ARG;
  if (t->keys.tpm == NULL) return SZTP_ERR_SEQUENCE;
  return sztp__tpm_random(t->keys.tpm, out, len);
}
