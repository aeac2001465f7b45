/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of EnvelopedData and AuthEnvelopedData: a device with keys, opening with any key function, and
 * recipients by key agreement part by part. */
#ifndef SZTP_TESTS_CMS_OPEN_BENCH_H
#define SZTP_TESTS_CMS_OPEN_BENCH_H

#include "common/enveloped.h"

#include <sztp/software_key.h>

typedef struct bench {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_software_key_t *keys;
  sztp__cert_t cert; /* of the decryption key, borrowed from dev */
} bench_t;

/* With the certificate and key DIR/NAME of the test PKI as decryption certificate. */
static inline void bench_open(bench_t *b, const char *name) {
  char file[64];
  size_t len = 0;
  const uint8_t *der = NULL;
  memset(b, 0, sizeof *b);
  b->ctx = test_ctx_new(&b->memory);
  assert_int_equal(sztp_device_new(b->ctx, &b->dev), SZTP_OK);
  test_add_cert(b->dev, SZTP_CERT_IDENTITY, "idevid.pem");
  (void)snprintf(file, sizeof file, "%s.pem", name);
  test_add_cert(b->dev, SZTP_CERT_DECRYPTION, file);
  assert_int_equal(sztp_software_key_new(&b->keys), SZTP_OK);
  (void)snprintf(file, sizeof file, "%s.key", name);
  uint8_t *key = test_read_pki(file, &len);
  assert_int_equal(sztp_software_key_add(b->keys, b->dev, key, len), SZTP_OK);
  free(key);
  assert_int_equal(sztp_device_cert(b->dev, SZTP_CERT_DECRYPTION, 0, &der, &len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(b->ctx, sztp__span(der, len), &b->cert), 0);
}

static inline void bench_close(bench_t *b) {
  sztp_software_key_free(b->keys);
  sztp_device_free(b->dev);
  test_ctx_free(&b->memory, b->ctx);
}

/* The place of the recipient that names @p cert. */
static inline size_t recipient_of(bench_t *b, const sztp__enveloped_t *env) {
  size_t i = 0;
  for (; i < env->recipient_count; i++) {
    const sztp__recipient_t *recipient = &env->recipients[i];
    int named = 0;
    if (recipient->kind == SZTP__RECIPIENT_OTHER) continue;
    assert_int_equal(
        sztp__cms_names(b->ctx, recipient->issuer, recipient->serial, recipient->key_id, &b->cert, &named),
        SZTP_OK);
    if (named) break;
  }
  return i;
}

/* Opens @p input with the key function; *good tells whether it came out right. */
static inline int32_t open_with(bench_t *b, sztp__span_t input, sztp_key_fn fn, void *user,
                                sztp__opened_t *out) {
  sztp__cms_t *cms = NULL;
  sztp__enveloped_t *env = NULL;
  sztp__opener_t opener = {fn, user, SZTP_ARTIFACT_CONVEYED_INFO};
  memset(out, 0, sizeof *out);
  sztp__trail_clear(b->ctx);
  int32_t rc = sztp__cms_parse(b->ctx, input, &cms);
  if (rc == 0) rc = sztp__enveloped_parse(b->ctx, cms, &env);
  size_t i = rc == 0 ? recipient_of(b, env) : 0;
  if (rc == 0 && i == env->recipient_count) rc = SZTP_ERR_ENC_NO_RECIPIENT;
  if (rc == 0) rc = sztp__enveloped_check(b->ctx, env);
  if (rc == 0) rc = sztp__recipient_check(b->ctx, env, &env->recipients[i], &b->cert);
  if (rc == 0) rc = sztp__enveloped_open(b->ctx, env, i, &b->cert, &opener, out);
  sztp__free(b->ctx, env);
  sztp__cms_free(b->ctx, cms);
  return rc;
}

static inline void expect_text(bench_t *b, const char *what, int32_t rc, sztp__opened_t *o,
                               sztp__span_t text) {
  sztp__span_t found = sztp__span(o->memory == NULL ? NULL : o->memory + o->start, o->len);
  if (rc != 0 || o->good != UINT32_MAX || !sztp__span_equal(found, text))
    fail_msg("%s: %s \"%s\", good %08x, %zu octets", what, sztp_error_name(rc), test_detail(b->ctx),
             (unsigned)o->good, found.len);
  assert_true(o->start >= SZTP__OPENED_ROOM);
  sztp__free_secret(b->ctx, o->memory);
}

#define TEXT "{\"a document\":1}"

static inline int32_t open_parts(bench_t *b, const parts_t *p, stub_t *stub, sztp__opened_t *o) {
  sztp__buf_t out;
  sztp__buf_init(&out, b->ctx, 1 << 24);
  parts_put(&out, p);
  int32_t rc = open_with(b, sztp__buf_span(&out), stub_key, stub, o);
  sztp__buf_clear(&out);
  return rc;
}

static inline parts_t usual(const bench_t *b) {
  return parts_of(&b->cert, SZTP__CMS_DATA, sztp__span_of(TEXT));
}

/* A KeyAgreeRecipientInfo as openssl(1) made it, with changes. */
typedef struct kari {
  sztp__span_t originator; /* contents of [0], whole */
  sztp__span_t ukm;        /* NULL data: absent */
  sztp__span_t alg;        /* whole TLV */
  sztp__span_t encrypted_key;
  size_t entries; /* RecipientEncryptedKeys for the same certificate */
  int by_key_id;
} kari_t;

static inline void put_kari(sztp__buf_t *out, const sztp__cert_t *cert, const kari_t *k) {
  size_t info = 0;
  size_t mark = 0;
  size_t entry = 0;
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &info);
  sztp__der_put_small(out, 3);
  sztp__der_put(out, SZTP__DER_CONTEXT_CONSTRUCTED, k->originator);
  if (k->ukm.data != NULL) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &mark);
    sztp__der_put(out, SZTP__DER_OCTET_STRING, k->ukm);
    sztp__der_close(out, mark);
  }
  sztp__buf_add_span(out, k->alg);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  for (size_t i = 0; i < k->entries; i++) {
    sztp__der_open(out, SZTP__DER_SEQUENCE, &entry);
    if (k->by_key_id) {
      size_t id = 0;
      sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &id);
      sztp__der_put(out, SZTP__DER_OCTET_STRING, cert->subject_key_id);
      sztp__der_put(out, SZTP__DER_GENERALIZED_TIME, sztp__span_of("20300301080000Z")); /* its date */
      sztp__der_close(out, id);
    } else {
      sztp__cms_put_issuer_serial(out, cert);
    }
    sztp__der_put(out, SZTP__DER_OCTET_STRING, k->encrypted_key);
    sztp__der_close(out, entry);
  }
  sztp__der_close(out, mark);
  sztp__der_close(out, info);
}

/* The usual one: the shared secret is what the stub answers. */
typedef struct agreed {
  sztp__buf_t originator;
  sztp__buf_t alg;
  uint8_t wrapped[40];
  kari_t kari;
} agreed_t;

static inline void agree(bench_t *b, agreed_t *a, const parts_t *p, const stub_t *stub, sztp__span_t ukm,
                         sztp__span_t curve) {
  static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
  size_t key = 0;
  size_t mark = 0;
  /* of P-256: its generator (SEC 2, 2.4.2), behind the number of unused bits */
  static const uint8_t point[66] = {
      0,    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40,
      0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
      0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
      0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
  uint8_t kek[32];
  sztp__buf_t wrap_alg;
  sztp__buf_t info;
  memset(a, 0, sizeof *a);
  sztp__buf_init(&a->originator, b->ctx, 1024);
  sztp__buf_init(&a->alg, b->ctx, 1024);
  sztp__buf_init(&wrap_alg, b->ctx, 1024);
  sztp__buf_init(&info, b->ctx, 1024);
  sztp__der_open(&a->originator, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &key);
  sztp__der_open(&a->originator, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(&a->originator, sztp__span(oid_ec, sizeof oid_ec));
  sztp__buf_add_span(&a->originator, curve);
  sztp__der_close(&a->originator, mark);
  sztp__der_put(&a->originator, SZTP__DER_BIT_STRING, sztp__span(point, sizeof point));
  sztp__der_close(&a->originator, key);
  parts_put_alg(&wrap_alg, sztp__wrap_oid(32), 0);
  sztp__der_open(&a->alg, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(&a->alg, sztp__keyenc_oid(SZTP__KEYENC_ECDH, SZTP__HASH_SHA256));
  sztp__buf_add_span(&a->alg, sztp__buf_span(&wrap_alg));
  sztp__der_close(&a->alg, mark);
  assert_int_equal(sztp__shared_info(&info, sztp__buf_span(&wrap_alg), ukm, 32), 0);
  assert_int_equal(sztp__kdf_x963(b->ctx, SZTP__HASH_SHA256, sztp__span(stub->answer, stub->len),
                                  sztp__buf_span(&info), kek, 32),
                   0);
  assert_int_equal(sztp__aes_wrap(b->ctx, sztp__span(kek, 32), p->key, a->wrapped), 0);
  sztp__buf_clear(&wrap_alg);
  sztp__buf_clear(&info);
  a->kari.originator = sztp__buf_span(&a->originator);
  a->kari.alg = sztp__buf_span(&a->alg);
  a->kari.ukm = ukm;
  a->kari.encrypted_key = sztp__span(a->wrapped, sizeof a->wrapped);
  a->kari.entries = 1;
}

static inline void agree_end(agreed_t *a) {
  sztp__buf_clear(&a->originator);
  sztp__buf_clear(&a->alg);
}

static inline int32_t open_agreed(bench_t *b, parts_t *p, stub_t *stub, const kari_t *k, sztp__opened_t *o) {
  sztp__buf_t list;
  sztp__buf_init(&list, b->ctx, 1 << 16);
  put_kari(&list, &b->cert, k);
  p->recipients = sztp__buf_span(&list);
  int32_t rc = open_parts(b, p, stub, o);
  sztp__buf_clear(&list);
  return rc;
}

#endif
