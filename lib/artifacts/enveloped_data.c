/* SPDX-License-Identifier: Apache-2.0 */
/* Writes EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083) around artifacts, in DER. */
#include "artifacts/encrypt.h"
#include "artifacts/envelope.h"
#include "cryptography/cms_write.h"
#include "cryptography/key_wrap.h"
#include "cryptography/put_algorithm.h"
#include "ground/printable.h"

#define WHERE     "artifacts.envelope"
#define NONCE_LEN 12
#define TAG_LEN   16
#define INFO_MAX  65536 /* octets of a RecipientInfo: names are long, not endless */

/* What is secret while one is being made. */
typedef struct session_secrets {
  uint8_t key[SZTP__AES_KEY_MAX];
  uint8_t agreed[SZTP__AGREED_MAX];
  uint8_t kek[SZTP__AES_KEY_MAX];
} session_secrets_t;

/* What the parts of one make up. */
typedef struct enveloping {
  const sztp_envelope_t *e;
  uint32_t type;
  sztp__buf_t text; /* the content, in the end encrypted */
  uint8_t iv[SZTP__AES_BLOCK];
  uint8_t tag[TAG_LEN];
  session_secrets_t s;
} making_t;

/* ---- what is encrypted --------------------------------------------------------------------------- */

/* The type and octets that go inside. AuthEnvelopedData labels everything id-data: with another label it must
 * have authenticated attributes (RFC 5083 2.1), for which OpenSSL expects the wrong tag, and devices know
 * signed data by what it is (D-92). */
static int32_t content_of(const sztp_envelope_t *e, const sztp__cms_t *cms, uint32_t *type,
                          sztp__span_t *content) {
  char text[SZTP__NAME_SIZE];
  int gcm = e->mode == SZTP__CIPHER_GCM;
  *type = gcm ? SZTP__CMS_DATA : cms->type;
  switch (cms->type) {
  case SZTP__CMS_SIGNED: *content = gcm ? cms->der : cms->body; return SZTP_OK;
  case SZTP__CMS_DATA:
  case SZTP__CMS_CONVEYED_JSON:
  case SZTP__CMS_CONVEYED_XML: *content = cms->content; return SZTP_OK;
  case SZTP__CMS_ENVELOPED:
  case SZTP__CMS_AUTH_ENVELOPED:
    return sztp__fail(e->ctx, SZTP_ERR_ENC_NESTED, WHERE, "the artifact is encrypted already");
  default:
    return sztp__fail(e->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, WHERE, "%s is no artifact to be encrypted",
                      sztp__cms_type_text(text, sizeof text, cms->type, cms->type_oid));
  }
}

/* The content in a form that can be encrypted in place. */
static int32_t pad(const sztp_envelope_t *e, sztp__span_t content, sztp__buf_t *text) {
  uint8_t padding[SZTP__AES_BLOCK];
  size_t n = e->mode == SZTP__CIPHER_CBC ? sizeof padding - content.len % sizeof padding : 0;
  memset(padding, (int)n, sizeof padding);
  int32_t rc = sztp__buf_reserve(text, content.len + n);
  if (rc == SZTP_OK) rc = sztp__buf_add_span(text, content);
  return rc == SZTP_OK ? sztp__buf_add(text, padding, n) : rc;
}

static size_t iv_len(const sztp_envelope_t *e) {
  return e->mode == SZTP__CIPHER_CBC ? SZTP__AES_BLOCK : NONCE_LEN;
}

static int32_t encrypt_content(making_t *m, sztp__span_t content) {
  const sztp_envelope_t *e = m->e;
  sztp__span_t key = sztp__span(m->s.key, e->key_len);
  uint32_t good = 0;
  int32_t rc = sztp__random(e->ctx, m->s.key, e->key_len);
  if (rc == SZTP_OK) rc = sztp__random(e->ctx, m->iv, iv_len(e));
  if (rc == SZTP_OK) rc = pad(e, content, &m->text);
  if (rc != SZTP_OK) return rc;
  if (e->mode == SZTP__CIPHER_CBC)
    return sztp__aes_cbc(e->ctx, key, SZTP__AES_ENCRYPT, m->iv, m->text.data, m->text.len);
  return sztp__aes_gcm(e->ctx, key, SZTP__AES_ENCRYPT, sztp__span(m->iv, NONCE_LEN), sztp__span(NULL, 0),
                       m->text.data, m->text.len, m->tag, TAG_LEN, &good);
}

/* ---- recipients ---------------------------------------------------------------------------------- */

/* RSAES-OAEP-params (RFC 4055 4.1); for SHA-1 all of them are defaults, which DER leaves out. */
static void put_rsa_algorithm(sztp__buf_t *out, uint32_t oaep) {
  size_t algorithm = 0;
  size_t params = 0;
  if (oaep == SZTP__HASH_NONE) {
    sztp__put_algorithm(out, sztp__keyenc_oid(SZTP__KEYENC_RSA_PKCS1, SZTP__HASH_NONE), 1);
    return;
  }
  sztp__der_open(out, SZTP__DER_SEQUENCE, &algorithm);
  sztp__der_put_oid(out, sztp__keyenc_oid(SZTP__KEYENC_RSA_OAEP, SZTP__HASH_NONE));
  sztp__der_open(out, SZTP__DER_SEQUENCE, &params);
  if (oaep != SZTP__HASH_SHA1) sztp__put_hashes(out, oaep);
  sztp__der_close(out, params);
  sztp__der_close(out, algorithm);
}

/* KeyTransRecipientInfo (RFC 5652 6.2.1). */
static int32_t put_key_transport(making_t *m, const sztp__cert_t *cert, sztp__buf_t *out) {
  const sztp_envelope_t *e = m->e;
  size_t info = 0;
  sztp__buf_t encrypted;
  sztp__buf_init(&encrypted, e->ctx, INFO_MAX);
  int32_t rc = sztp__rsa_encrypt(e->ctx, cert->spki, e->oaep, sztp__span(m->s.key, e->key_len), &encrypted);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_small(out, e->by_key_id ? 2 : 0);
  if (e->by_key_id)
    sztp__der_put(out, SZTP__DER_CONTEXT, cert->subject_key_id);
  else
    sztp__cms_put_issuer_serial(out, cert);
  put_rsa_algorithm(out, e->oaep);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__buf_span(&encrypted));
  sztp__der_close(out, info);
  sztp__buf_clear(&encrypted);
  return rc == SZTP_OK ? out->status : rc;
}

/* Derives the wrapping key and wraps the content key for one EC recipient. */
static int32_t wrap_key(making_t *m, const sztp__cert_t *cert, sztp__span_t ukm, sztp__buf_t *point,
                        uint8_t *wrapped) {
  const sztp_envelope_t *e = m->e;
  sztp__buf_t alg;
  sztp__buf_t shared;
  size_t agreed_len = 0;
  sztp__buf_init(&alg, e->ctx, 64);
  sztp__buf_init(&shared, e->ctx, 256);
  sztp__put_algorithm(&alg, sztp__wrap_oid(e->key_len), 0);
  int32_t rc = alg.status;
  if (rc == SZTP_OK) rc = sztp__shared_info(&shared, sztp__buf_span(&alg), ukm, e->key_len);
  if (rc == SZTP_OK) rc = sztp__ec_agree(e->ctx, cert->spki, point, m->s.agreed, &agreed_len);
  if (rc == SZTP_OK)
    rc = sztp__kdf_x963(e->ctx, e->kdf_hash, sztp__span(m->s.agreed, agreed_len), sztp__buf_span(&shared),
                        m->s.kek, e->key_len);
  if (rc == SZTP_OK)
    rc = sztp__aes_wrap(e->ctx, sztp__span(m->s.kek, e->key_len), sztp__span(m->s.key, e->key_len), wrapped);
  sztp__buf_clear(&shared);
  sztp__buf_clear(&alg);
  return rc;
}

/* originatorKey [1] of OriginatorIdentifierOrKey, its curve being the recipient's (RFC 5753 3.1.1). */
static void put_originator(sztp__buf_t *out, sztp__span_t point) {
  static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
  static const uint8_t no_unused_bits = 0;
  size_t originator = 0;
  size_t key = 0;
  size_t bits = 0;
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &originator);
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &key);
  sztp__put_algorithm(out, sztp__span(oid_ec, sizeof oid_ec), 0);
  sztp__der_open(out, SZTP__DER_BIT_STRING, &bits);
  sztp__buf_add_u8(out, no_unused_bits);
  sztp__buf_add_span(out, point);
  sztp__der_close(out, bits);
  sztp__der_close(out, key);
  sztp__der_close(out, originator);
}

static void put_agreement_algorithm(sztp__buf_t *out, const sztp_envelope_t *e) {
  size_t algorithm = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &algorithm);
  sztp__der_put_oid(out, sztp__keyenc_oid(SZTP__KEYENC_ECDH, e->kdf_hash));
  sztp__put_algorithm(out, sztp__wrap_oid(e->key_len), 0);
  sztp__der_close(out, algorithm);
}

static void put_encrypted_keys(sztp__buf_t *out, const sztp_envelope_t *e, const sztp__cert_t *cert,
                               sztp__span_t wrapped) {
  size_t keys = 0;
  size_t entry = 0;
  size_t id = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &keys);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &entry);
  if (e->by_key_id) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &id);
    sztp__der_put(out, SZTP__DER_OCTET_STRING, cert->subject_key_id);
    sztp__der_close(out, id);
  } else {
    sztp__cms_put_issuer_serial(out, cert);
  }
  sztp__der_put(out, SZTP__DER_OCTET_STRING, wrapped);
  sztp__der_close(out, entry);
  sztp__der_close(out, keys);
}

/* KeyAgreeRecipientInfo (RFC 5652 6.2.2). */
static int32_t put_key_agreement(making_t *m, const sztp__cert_t *cert, sztp__buf_t *out) {
  const sztp_envelope_t *e = m->e;
  uint8_t ukm[SZTP__UKM_MAX];
  uint8_t wrapped[SZTP__AES_KEY_MAX + SZTP__WRAP_EXTRA];
  size_t info = 0;
  size_t field = 0;
  sztp__buf_t point;
  sztp__span_t ukm_span = sztp__span(e->ukm_len > 0 ? ukm : NULL, e->ukm_len);
  sztp__buf_init(&point, e->ctx, 256);
  int32_t rc = e->ukm_len > 0 ? sztp__random(e->ctx, ukm, e->ukm_len) : SZTP_OK;
  if (rc == SZTP_OK) rc = wrap_key(m, cert, ukm_span, &point, wrapped);
  if (rc == SZTP_OK) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &info);
    sztp__der_put_small(out, 3);
    put_originator(out, sztp__buf_span(&point));
    if (e->ukm_len > 0) {
      sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &field);
      sztp__der_put(out, SZTP__DER_OCTET_STRING, ukm_span);
      sztp__der_close(out, field);
    }
    put_agreement_algorithm(out, e);
    put_encrypted_keys(out, e, cert, sztp__span(wrapped, e->key_len + SZTP__WRAP_EXTRA));
    rc = sztp__der_close(out, info);
  }
  sztp__buf_clear(&point);
  return rc;
}

static int32_t put_recipients(making_t *m, sztp__buf_t *out) {
  const sztp_envelope_t *e = m->e;
  size_t set = 0;
  sztp__der_open(out, SZTP__DER_SET, &set);
  for (size_t i = 0; i < e->recipient_count; i++) {
    const sztp__cert_t *cert = &e->recipients[i].cert;
    if (e->by_key_id && cert->subject_key_id.len == 0)
      return sztp__fail(e->ctx, SZTP_ERR_NOT_FOUND, WHERE, "recipient %zu has no subject key identifier", i);
    int32_t rc =
        cert->key.type == SZTP__KEY_EC ? put_key_agreement(m, cert, out) : put_key_transport(m, cert, out);
    if (rc != SZTP_OK) return rc;
  }
  return sztp__der_close_set_of(out, set);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static void put_cipher(sztp__buf_t *out, const making_t *m) {
  const sztp_envelope_t *e = m->e;
  size_t algorithm = 0;
  size_t params = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &algorithm);
  sztp__der_put_oid(out, sztp__cipher_oid(e->mode, e->key_len));
  if (e->mode == SZTP__CIPHER_GCM) sztp__der_open(out, SZTP__DER_SEQUENCE, &params);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(m->iv, iv_len(e)));
  if (e->mode == SZTP__CIPHER_GCM) {
    sztp__der_put_small(out, TAG_LEN);
    sztp__der_close(out, params);
  }
  sztp__der_close(out, algorithm);
}

/* CMSVersion of EnvelopedData: 0 if every recipient has version 0, else 2 (RFC 5652 6.1). That of
 * AuthEnvelopedData is 0 (RFC 5083 2.1). */
static uint32_t version_of(const sztp_envelope_t *e) {
  if (e->mode == SZTP__CIPHER_GCM) return 0;
  for (size_t i = 0; i < e->recipient_count; i++)
    if (e->by_key_id || e->recipients[i].cert.key.type == SZTP__KEY_EC) return 2;
  return 0;
}

static int32_t put_all(making_t *m, sztp__buf_t *out) {
  const sztp_envelope_t *e = m->e;
  int gcm = e->mode == SZTP__CIPHER_GCM;
  size_t info = 0;
  size_t field = 0;
  size_t enveloped = 0;
  size_t content = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_oid(out, sztp__cms_type_oid(gcm ? SZTP__CMS_AUTH_ENVELOPED : SZTP__CMS_ENVELOPED));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &field);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &enveloped);
  sztp__der_put_small(out, version_of(e));
  int32_t rc = put_recipients(m, out);
  if (rc != SZTP_OK) return rc;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &content);
  sztp__der_put_oid(out, sztp__cms_type_oid(m->type));
  put_cipher(out, m);
  sztp__der_put(out, SZTP__DER_CONTEXT, sztp__buf_span(&m->text));
  sztp__der_close(out, content);
  if (gcm) sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(m->tag, TAG_LEN));
  sztp__der_close(out, enveloped);
  sztp__der_close(out, field);
  return sztp__der_close(out, info);
}

int32_t sztp__enveloped_write(const sztp_envelope_t *e, const sztp__cms_t *cms, sztp__buf_t *out) {
  making_t m;
  sztp__span_t content = {NULL, 0};
  memset(&m, 0, sizeof m);
  m.e = e;
  sztp__buf_init(&m.text, e->ctx, out->max);
  int32_t rc = content_of(e, cms, &m.type, &content);
  if (rc == SZTP_OK) rc = encrypt_content(&m, content);
  if (rc == SZTP_OK) rc = sztp__buf_reserve(out, m.text.len); /* the bulk of it in one piece */
  if (rc == SZTP_OK) rc = put_all(&m, out);
  sztp__wipe(&m.s, sizeof m.s);
  sztp__buf_clear(&m.text);
  return rc;
}
