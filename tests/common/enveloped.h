/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted structures part by part, right and wrong ones, for tests that say themselves what the content key
 * is; and a key function that answers what it is told to. */
#ifndef SZTP_TESTS_ENVELOPED_H
#define SZTP_TESTS_ENVELOPED_H

#include "testing.h"

#include "cryptography/cms_open.h"
#include "cryptography/cms_write.h"
#include "cryptography/key_wrap.h"

/* ---- the parts ----------------------------------------------------------------------------------- */

typedef struct parts {
  sztp__span_t originator_info; /* contents of [0]; NULL data: absent, as the next three */
  sztp__span_t unprotected;
  sztp__span_t auth_attrs;
  sztp__span_t recipients; /* RecipientInfos one after another; NULL data: one for RSA, with @p cert */
  const sztp__cert_t *cert;
  sztp__span_t encrypted_key; /* of that one */
  uint32_t etype;             /* SZTP__CMS_* */
  sztp__span_t etype_oid;     /* in place of etype's, unless empty */
  uint32_t mode;              /* SZTP__CIPHER_* */
  sztp__span_t cipher_alg;    /* whole TLV, in place of one made from mode, key and iv */
  sztp__span_t key;
  sztp__span_t iv;
  sztp__span_t text;
  int padded_already;
  int no_content;
  size_t part_len; /* content in parts of so many octets; 0: in one piece */
  size_t tag_len;  /* GCM */
  int tag_flip;    /* GCM: its last bit is changed */
} parts_t;

static const uint8_t parts_key[32] = "a content key of 32 octets, fix";
static const uint8_t parts_iv[16] = "initial vector.";

/* A document in AES-256-CBC under the key above. */
static inline parts_t parts_of(const sztp__cert_t *cert, uint32_t etype, sztp__span_t text) {
  parts_t p;
  memset(&p, 0, sizeof p);
  p.cert = cert;
  p.encrypted_key = sztp__span("an encrypted key", 16);
  p.etype = etype;
  p.mode = SZTP__CIPHER_CBC;
  p.key = sztp__span(parts_key, sizeof parts_key);
  p.iv = sztp__span(parts_iv, sizeof parts_iv);
  p.text = text;
  p.tag_len = 16;
  return p;
}

/* AuthEnvelopedData instead. */
static inline parts_t parts_gcm(parts_t p) {
  p.mode = SZTP__CIPHER_GCM;
  p.iv = sztp__span(parts_iv, 12);
  return p;
}

/* ---- making them --------------------------------------------------------------------------------- */

static inline void parts_put_alg(sztp__buf_t *out, sztp__span_t oid, int null) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, oid);
  if (null) sztp__der_put_null(out);
  sztp__der_close(out, mark);
}

/* KeyTransRecipientInfo of @p version with the key encryption algorithm @p alg (whole TLV; empty: PKCS #1).
 */
static inline void parts_put_ktri(sztp__buf_t *out, uint32_t version, const sztp__cert_t *cert,
                                  sztp__span_t alg, sztp__span_t encrypted_key) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_small(out, version);
  sztp__cms_put_issuer_serial(out, cert);
  if (alg.len > 0)
    sztp__buf_add_span(out, alg);
  else
    parts_put_alg(out, sztp__keyenc_oid(SZTP__KEYENC_RSA_PKCS1, SZTP__HASH_NONE), 1);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, encrypted_key);
  sztp__der_close(out, mark);
}

static inline void parts_put_cipher(sztp__buf_t *out, const parts_t *p) {
  size_t alg = 0;
  size_t params = 0;
  if (p->cipher_alg.len > 0) {
    sztp__buf_add_span(out, p->cipher_alg);
    return;
  }
  sztp__der_open(out, SZTP__DER_SEQUENCE, &alg);
  sztp__der_put_oid(out, sztp__cipher_oid(p->mode, p->key.len));
  if (p->mode == SZTP__CIPHER_GCM) sztp__der_open(out, SZTP__DER_SEQUENCE, &params);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, p->iv);
  if (p->mode == SZTP__CIPHER_GCM) {
    if (p->tag_len != SZTP__GCM_TAG_MIN) sztp__der_put_small(out, (uint32_t)p->tag_len);
    sztp__der_close(out, params);
  }
  sztp__der_close(out, alg);
}

static inline void parts_put_content(sztp__buf_t *out, const parts_t *p, sztp__span_t sealed) {
  size_t mark = 0;
  if (p->no_content) return;
  if (p->part_len == 0) {
    sztp__der_put(out, SZTP__DER_CONTEXT, sealed);
    return;
  }
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &mark);
  for (size_t at = 0; at < sealed.len; at += p->part_len) {
    size_t n = sealed.len - at < p->part_len ? sealed.len - at : p->part_len;
    sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(sealed.data + at, n));
  }
  sztp__der_close(out, mark);
}

/* Encrypts in place; @p tag is GCM's. */
static inline void parts_seal(sztp_ctx_t *ctx, const parts_t *p, sztp__buf_t *text, uint8_t tag[16]) {
  uint32_t good = 0;
  uint8_t padding[16];
  sztp__buf_t aad;
  sztp__buf_add_span(text, p->text);
  if (p->mode != SZTP__CIPHER_GCM) {
    size_t n = 16 - p->text.len % 16;
    memset(padding, (int)n, sizeof padding);
    if (!p->padded_already) sztp__buf_add(text, padding, n);
    assert_int_equal(
        sztp__aes_cbc(ctx, p->key, SZTP__AES_ENCRYPT, p->iv.data, text->data, text->len / 16 * 16), 0);
    return;
  }
  sztp__buf_init(&aad, ctx, 1 << 16);
  if (p->auth_attrs.data != NULL) assert_int_equal(sztp__cms_sort_attributes(p->auth_attrs, &aad), 0);
  assert_int_equal(sztp__aes_gcm(ctx, p->key, SZTP__AES_ENCRYPT, p->iv, sztp__buf_span(&aad), text->data,
                                 text->len, tag, p->tag_len, &good),
                   0);
  if (p->tag_flip) tag[p->tag_len - 1] ^= 1;
  sztp__buf_clear(&aad);
}

static inline void parts_put_optional(sztp__buf_t *out, unsigned tag, sztp__span_t contents) {
  if (contents.data != NULL) sztp__der_put(out, (uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + tag), contents);
}

/* Adds the ContentInfo that the parts make up. */
static inline void parts_put(sztp__buf_t *out, const parts_t *p) {
  size_t info = 0;
  size_t field = 0;
  size_t body = 0;
  size_t mark = 0;
  uint8_t tag[16];
  int gcm = p->mode == SZTP__CIPHER_GCM;
  sztp__buf_t text;
  sztp__buf_init(&text, out->ctx, 1 << 24);
  parts_seal(out->ctx, p, &text, tag);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_oid(out, sztp__cms_type_oid(gcm ? SZTP__CMS_AUTH_ENVELOPED : SZTP__CMS_ENVELOPED));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &field);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &body);
  sztp__der_put_small(out, 0);
  parts_put_optional(out, 0, p->originator_info);
  sztp__der_open(out, SZTP__DER_SET, &mark);
  if (p->recipients.data != NULL)
    sztp__buf_add_span(out, p->recipients);
  else
    parts_put_ktri(out, 0, p->cert, sztp__span(NULL, 0), p->encrypted_key);
  sztp__der_close(out, mark);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, p->etype_oid.len > 0 ? p->etype_oid : sztp__cms_type_oid(p->etype));
  parts_put_cipher(out, p);
  parts_put_content(out, p, sztp__buf_span(&text));
  sztp__der_close(out, mark);
  if (gcm) {
    parts_put_optional(out, 1, p->auth_attrs);
    sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(tag, p->tag_len));
  }
  parts_put_optional(out, gcm ? 2 : 1, p->unprotected);
  sztp__der_close(out, body);
  sztp__der_close(out, field);
  assert_int_equal(sztp__der_close(out, info), 0);
  sztp__buf_clear(&text);
}

/* ---- a key function that answers what it is told to ---------------------------------------------- */

typedef struct stub {
  uint8_t answer[600];
  size_t len;
  int32_t rc;
  unsigned calls;
  size_t wanted; /* in the last call */
} stub_t;

static inline int32_t stub_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                               size_t *out_len) {
  stub_t *s = (stub_t *)user;
  (void)request;
  s->calls++;
  s->wanted = out_cap;
  memcpy(out, s->answer, s->len < out_cap ? s->len : out_cap);
  *out_len = s->len;
  return s->rc;
}

/* One that answers the parts' key. */
static inline stub_t stub_of(const parts_t *p) {
  stub_t s;
  memset(&s, 0, sizeof s);
  memcpy(s.answer, p->key.data, p->key.len);
  s.len = p->key.len;
  return s;
}

#endif
