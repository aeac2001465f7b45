/* SPDX-License-Identifier: Apache-2.0 */
/* EnvelopedData and AuthEnvelopedData: what openssl(1) encrypted, with real keys in software; what is taken
 * apart, what is refused without a key, and what a failed decryption looks like. */
#include "enveloped.h"

#include <sztp/software_key.h>

/* --- a device with keys --- */

typedef struct bench {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_software_key_t *keys;
  sztp__cert_t cert; /* of the decryption key, borrowed from dev */
} bench_t;

static void add_cert(bench_t *b, uint32_t role, const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  assert_int_equal(sztp_device_add_cert(b->dev, role, pem, len), SZTP_OK);
  free(pem);
}

/* With the certificate and key DIR/NAME of the test PKI as decryption certificate. */
static void bench_open(bench_t *b, const char *name) {
  char file[64];
  size_t len = 0;
  const uint8_t *der = NULL;
  memset(b, 0, sizeof *b);
  b->ctx = test_ctx_new(&b->memory);
  assert_int_equal(sztp_device_new(b->ctx, &b->dev), SZTP_OK);
  add_cert(b, SZTP_CERT_IDENTITY, "idevid.pem");
  (void)snprintf(file, sizeof file, "%s.pem", name);
  add_cert(b, SZTP_CERT_DECRYPTION, file);
  assert_int_equal(sztp_software_key_new(&b->keys), SZTP_OK);
  (void)snprintf(file, sizeof file, "%s.key", name);
  uint8_t *key = test_read_pki(file, &len);
  assert_int_equal(sztp_software_key_add(b->keys, b->dev, key, len), SZTP_OK);
  free(key);
  assert_int_equal(sztp_device_cert(b->dev, SZTP_CERT_DECRYPTION, 0, &der, &len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(b->ctx, sztp__span(der, len), &b->cert), 0);
}

static void bench_close(bench_t *b) {
  sztp_software_key_free(b->keys);
  sztp_device_free(b->dev);
  test_ctx_free(&b->memory, b->ctx);
}

/* --- opening --- */

/* The place of the recipient that names @p cert. */
static size_t recipient_of(bench_t *b, const sztp__enveloped_t *env) {
  size_t i = 0;
  while (i < env->recipient_count &&
         (env->recipients[i].kind == SZTP__RECIPIENT_OTHER ||
          !sztp__cms_names(b->ctx, env->recipients[i].issuer, env->recipients[i].serial,
                           env->recipients[i].key_id, &b->cert)))
    i++;
  return i;
}

/* Opens @p input with the key function; *good tells whether it came out right. */
static int32_t open_with(bench_t *b, sztp__span_t input, sztp_key_fn fn, void *user, sztp__opened_t *out) {
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

static void expect_text(bench_t *b, const char *what, int32_t rc, sztp__opened_t *o, sztp__span_t text) {
  sztp__span_t found = sztp__span(o->memory == NULL ? NULL : o->memory + o->start, o->len);
  if (rc != 0 || o->good != UINT32_MAX || !sztp__span_equal(found, text))
    fail_msg("%s: %s \"%s\", good %08x, %zu octets", what, sztp_error_name(rc), test_detail(b->ctx),
             (unsigned)o->good, found.len);
  assert_true(o->start >= SZTP__OPENED_ROOM);
  sztp__free_secret(b->ctx, o->memory);
}

/* --- what openssl(1) encrypted --- */

static const struct {
  const char *name, *key, *text, *key_alg, *cipher;
} theirs[] = {
    /* ENC-05, ENC-09 */
    {"cbc128", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    {"cbc192", "rsa", "document", "RSAES-PKCS1-v1_5", "aes192-CBC"},
    {"cbc256", "rsa", "document", "RSAES-PKCS1-v1_5", "aes256-CBC"},
    /* ENC-11 */
    {"gcm128", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-GCM"},
    {"gcm192", "rsa", "document", "RSAES-PKCS1-v1_5", "aes192-GCM"},
    {"gcm256", "rsa", "document", "RSAES-PKCS1-v1_5", "aes256-GCM"},
    {"ecdh-gcm256", "p256", "document", "ECDH with sha1kdf and aes256-wrap", "aes256-GCM"},
    /* ENC-06 */
    {"oaep", "rsa", "document", "RSAES-OAEP with sha1", "aes128-CBC"},
    {"oaep256", "rsa", "document", "RSAES-OAEP with sha256", "aes128-CBC"},
    {"oaep384", "rsa", "document", "RSAES-OAEP with sha384", "aes128-CBC"},
    {"oaep512", "rsa", "document", "RSAES-OAEP with sha512", "aes128-CBC"},
    {"oaep256-1", "rsa", "document", "RSAES-OAEP with sha256 and MGF1 sha1", "aes128-CBC"},
    {"oaep1-256", "rsa", "document", "RSAES-OAEP with sha1 and MGF1 sha256", "aes128-CBC"},
    {"oaep-label", "rsa", "document", "RSAES-OAEP with sha256", "aes128-CBC"},
    /* ENC-07 */
    {"ecdh-cbc128", "p256", "document", "ECDH with sha1kdf and aes128-wrap", "aes128-CBC"},
    {"ecdh-cbc192", "p256", "document", "ECDH with sha1kdf and aes192-wrap", "aes192-CBC"},
    {"ecdh-cbc256", "p256", "document", "ECDH with sha1kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh256-sha1", "p256", "document", "ECDH with sha1kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh256-sha256", "p256", "document", "ECDH with sha256kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh256-sha384", "p256", "document", "ECDH with sha384kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh256-sha512", "p256", "document", "ECDH with sha512kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh384-sha1", "p384", "document", "ECDH with sha1kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh384-sha256", "p384", "document", "ECDH with sha256kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh384-sha384", "p384", "document", "ECDH with sha384kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh384-sha512", "p384", "document", "ECDH with sha512kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh521-sha1", "p521", "document", "ECDH with sha1kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh521-sha256", "p521", "document", "ECDH with sha256kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh521-sha384", "p521", "document", "ECDH with sha384kdf and aes256-wrap", "aes256-CBC"},
    {"ecdh521-sha512", "p521", "document", "ECDH with sha512kdf and aes256-wrap", "aes256-CBC"},
    /* ENC-04 */
    {"keyid", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    {"ecdh-keyid", "p256", "document", "ECDH with sha1kdf and aes128-wrap", "aes128-CBC"},
    {"nokeyid", "nokeyid", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    {"others-too", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    {"others-too", "p384", "document", "ECDH with sha1kdf and aes128-wrap", "aes128-CBC"},
    {"password", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    {"secret", "rsa", "document", "RSAES-PKCS1-v1_5", "aes128-CBC"},
    /* BER, in parts */
    {"stream", "rsa", "long", "RSAES-PKCS1-v1_5", "aes256-CBC"},
    {"stream-gcm", "rsa", "long", "RSAES-PKCS1-v1_5", "aes256-GCM"},
};

static void tell_algorithms(bench_t *b, sztp__span_t input, char key_alg[80], char cipher[80]) {
  sztp__cms_t *cms = NULL;
  sztp__enveloped_t *env = NULL;
  assert_int_equal(sztp__cms_parse(b->ctx, input, &cms), 0);
  assert_int_equal(sztp__enveloped_parse(b->ctx, cms, &env), 0);
  (void)sztp__keyencalg_text(key_alg, 80, &env->recipients[recipient_of(b, env)].alg);
  (void)sztp__cipheralg_text(cipher, 80, &env->cipher);
  sztp__free(b->ctx, env);
  sztp__cms_free(b->ctx, cms);
}

/* ENC-04 to -07, ENC-09, ENC-11, ENC-15, IDEV-06, D-87, D-88 */
static void test_theirs(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(theirs); i++) {
    bench_t b;
    char file[64];
    char key_alg[80];
    char cipher[80];
    size_t len = 0;
    size_t text_len = 0;
    sztp__opened_t o;
    (void)snprintf(file, sizeof file, "enc/%s", theirs[i].key);
    bench_open(&b, file);
    (void)snprintf(file, sizeof file, "enc/%s.cms", theirs[i].name);
    uint8_t *cms = test_read_pki(file, &len);
    (void)snprintf(file, sizeof file, "enc/%s", theirs[i].text);
    uint8_t *text = test_read_pki(file, &text_len);
    int32_t rc = open_with(&b, sztp__span(cms, len), sztp_software_key, b.keys, &o);
    expect_text(&b, theirs[i].name, rc, &o, sztp__span(text, text_len));
    tell_algorithms(&b, sztp__span(cms, len), key_alg, cipher);
    assert_string_equal(key_alg, theirs[i].key_alg);
    assert_string_equal(cipher, theirs[i].cipher);
    free(cms);
    free(text);
    bench_close(&b);
  }
}

/* ENC-02, ENC-10, D-90: refused before any key is asked */
static void test_theirs_refused(void **state) {
  (void)state;
  static const struct {
    const char *name, *key;
    int32_t code;
    const char *part;
  } cases[] = {
      {"des3", "rsa", SZTP_ERR_ENC_ALG_UNSUPPORTED, "1.2.840.113549.3.7, expected AES in CBC"},
      {"oaep224", "rsa", SZTP_ERR_ENC_ALG_UNSUPPORTED, "1.2.840.113549.1.1.7"},
      {"ecdh256-sha224", "p256", SZTP_ERR_ENC_ALG_UNSUPPORTED, "1.3.132.1.11.0"},
      {"cofactor", "p256", SZTP_ERR_ENC_ALG_UNSUPPORTED, "1.3.133.16.840.63.0.3"},
      {"stranger", "rsa", SZTP_ERR_ENC_NO_RECIPIENT, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    bench_t b;
    char file[64];
    size_t len = 0;
    sztp__opened_t o;
    stub_t stub;
    memset(&stub, 0, sizeof stub);
    (void)snprintf(file, sizeof file, "enc/%s", cases[i].key);
    bench_open(&b, file);
    (void)snprintf(file, sizeof file, "enc/%s.cms", cases[i].name);
    uint8_t *cms = test_read_pki(file, &len);
    int32_t rc = open_with(&b, sztp__span(cms, len), stub_key, &stub, &o);
    test_expect_fail(b.ctx, rc, cases[i].code, cases[i].part);
    assert_int_equal(stub.calls, 0);
    free(cms);
    bench_close(&b);
  }
}

/* --- taken apart --- */

#define TEXT "{\"a document\":1}"

static int32_t open_parts(bench_t *b, const parts_t *p, stub_t *stub, sztp__opened_t *o) {
  sztp__buf_t out;
  sztp__buf_init(&out, b->ctx, 1 << 24);
  parts_put(&out, p);
  int32_t rc = open_with(b, sztp__buf_span(&out), stub_key, stub, o);
  sztp__buf_clear(&out);
  return rc;
}

static parts_t usual(const bench_t *b) { return parts_of(&b->cert, SZTP__CMS_DATA, sztp__span_of(TEXT)); }

/* ENC-18: what is around is stepped over; content in one piece or many */
static void test_around(void **state) {
  (void)state;
  static const uint8_t certs[] = {0xa0, 0x04, 0x30, 0x02, 0x05, 0x00}; /* no certificate at all */
  static const uint8_t attr[] = {0x30, 0x09, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x31, 0x02, 0x05, 0x00};
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  for (int gcm = 0; gcm < 2; gcm++) {
    for (size_t part_len = 0; part_len < 20; part_len++) {
      parts_t p = usual(&b);
      p.originator_info = sztp__span(certs, sizeof certs);
      p.unprotected = sztp__span(attr, sizeof attr);
      p.part_len = part_len;
      if (gcm) p = parts_gcm(p);
      stub_t stub = stub_of(&p);
      int32_t rc = open_parts(&b, &p, &stub, &o);
      expect_text(&b, "around", rc, &o, p.text);
      assert_int_equal(stub.calls, 1);
      assert_int_equal(stub.wanted, 32);
    }
  }
  bench_close(&b);
}

/* ENC-04, CMS-26, D-89: recipients of all kinds, in any order, at most 16 */
static void test_recipients(void **state) {
  (void)state;
  static const uint8_t kekri[] = {0xa2, 0x02, 0x05, 0x00};
  static const uint8_t pwri[] = {0xa3, 0x00};
  static const uint8_t ori[] = {0xa4, 0x02, 0x05, 0x00};
  bench_t b;
  sztp__opened_t o;
  sztp__buf_t list;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  sztp__buf_init(&list, b.ctx, 1 << 16);
  sztp__buf_add(&list, pwri, sizeof pwri);
  sztp__buf_add(&list, kekri, sizeof kekri);
  parts_put_ktri(&list, 7, &b.cert, sztp__span(NULL, 0), sztp__span_of("of an unknown version"));
  sztp__buf_add(&list, ori, sizeof ori);
  for (size_t n = 5; n <= 17; n++) {
    parts_put_ktri(&list, n % 2 == 0 ? 0 : 2, &b.cert, sztp__span(NULL, 0), sztp__span_of("x"));
    p.recipients = sztp__buf_span(&list);
    int32_t rc = open_parts(&b, &p, &stub, &o);
    if (n <= SZTP__CMS_MAX_RECIPIENTS)
      expect_text(&b, "recipients", rc, &o, p.text);
    else
      test_expect_fail(b.ctx, rc, SZTP_ERR_LIMIT, "more than 16 recipients");
  }
  sztp__buf_clear(&list);
  p.recipients = sztp__span(pwri, 0); /* nobody at all */
  test_expect_fail(b.ctx, open_parts(&b, &p, &stub, &o), SZTP_ERR_ENC_NO_RECIPIENT, "");
  p.recipients = sztp__span("\x04\x00", 2); /* no RecipientInfo */
  test_expect_fail(b.ctx, open_parts(&b, &p, &stub, &o), SZTP_ERR_CMS_MALFORMED,
                   "tag 0x04 among the recipients");
  bench_close(&b);
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

static void put_kari(sztp__buf_t *out, const sztp__cert_t *cert, const kari_t *k) {
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

static void agree(bench_t *b, agreed_t *a, const parts_t *p, const stub_t *stub, sztp__span_t ukm,
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

static void agree_end(agreed_t *a) {
  sztp__buf_clear(&a->originator);
  sztp__buf_clear(&a->alg);
}

static int32_t open_agreed(bench_t *b, parts_t *p, stub_t *stub, const kari_t *k, sztp__opened_t *o) {
  sztp__buf_t list;
  sztp__buf_init(&list, b->ctx, 1 << 16);
  put_kari(&list, &b->cert, k);
  p->recipients = sztp__buf_span(&list);
  int32_t rc = open_parts(b, p, stub, o);
  sztp__buf_clear(&list);
  return rc;
}

/* ENC-07, ENC-08: ukm, the forms of the originator's algorithm, key identifiers; D-89 */
static void test_agreement(void **state) {
  (void)state;
  static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
  static const uint8_t by_key_id[] = {0x80, 0x02, 0x01, 0x02};
  const sztp__span_t none = sztp__span(NULL, 0);
  const struct {
    const char *name;
    sztp__span_t ukm, curve;
    int by_key_id;
    int32_t rc;
  } cases[] = {
      {"plain", none, none, 0, 0},
      {"ukm", sztp__span_of("keying material"), none, 0, 0},
      {"ukm of no octets", sztp__span("", 0), none, 0, 0},
      {"by key identifier", none, none, 1, 0},
      {"parameters NULL", none, sztp__span("\x05\x00", 2), 0, 0},
      {"its curve", none, sztp__span(p256, sizeof p256), 0, 0},
      {"another curve", none, sztp__span(p384, sizeof p384), 0, SZTP_ERR_ENC_ALG_UNSUPPORTED},
      {"an explicit curve", none, sztp__span("\x30\x00", 2), 0, SZTP_ERR_ENC_ALG_UNSUPPORTED},
  };
  bench_t b;
  sztp__opened_t o;
  agreed_t a;
  bench_open(&b, "enc/p256");
  parts_t p = usual(&b);
  stub_t stub;
  memset(&stub, 0x77, sizeof stub);
  stub.len = 32;
  stub.rc = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    agree(&b, &a, &p, &stub, cases[i].ukm, cases[i].curve);
    a.kari.by_key_id = cases[i].by_key_id;
    int32_t rc = open_agreed(&b, &p, &stub, &a.kari, &o);
    if (cases[i].rc == 0)
      expect_text(&b, cases[i].name, rc, &o, p.text);
    else
      test_expect_fail(b.ctx, rc, cases[i].rc, "ECDH");
    agree_end(&a);
  }
  assert_int_equal(stub.wanted, 32);
  /* another ukm than it was made with */
  agree(&b, &a, &p, &stub, sztp__span_of("one"), none);
  a.kari.ukm = sztp__span_of("two");
  assert_int_equal(open_agreed(&b, &p, &stub, &a.kari, &o), 0);
  assert_int_equal(o.good, 0);
  sztp__free_secret(b.ctx, o.memory);
  agree_end(&a);
  /* more entries than allowed in one RecipientInfo */
  agree(&b, &a, &p, &stub, none, none);
  for (a.kari.entries = 15; a.kari.entries <= 17; a.kari.entries++) {
    int32_t rc = open_agreed(&b, &p, &stub, &a.kari, &o);
    if (a.kari.entries <= 16)
      expect_text(&b, "entries", rc, &o, p.text);
    else
      test_expect_fail(b.ctx, rc, SZTP_ERR_LIMIT, "more than 16 recipients");
  }
  a.kari.entries = 1;
  /* a wrapped key of the wrong length is seen without a key */
  a.kari.encrypted_key.len = 32;
  stub.calls = 0;
  test_expect_fail(b.ctx, open_agreed(&b, &p, &stub, &a.kari, &o), SZTP_ERR_ENC_DECRYPT_FAILED,
                   "it does not decrypt to what it must be");
  a.kari.encrypted_key.len = 40;
  /* an originator by certificate is passed over */
  a.kari.originator = sztp__span(by_key_id, sizeof by_key_id);
  test_expect_fail(b.ctx, open_agreed(&b, &p, &stub, &a.kari, &o), SZTP_ERR_ENC_NO_RECIPIENT, "");
  assert_int_equal(stub.calls, 0);
  /* and does not stand in the way of an entry that can be used */
  sztp__buf_t list;
  sztp__buf_init(&list, b.ctx, 1 << 16);
  put_kari(&list, &b.cert, &a.kari);
  a.kari.originator = sztp__buf_span(&a.originator);
  put_kari(&list, &b.cert, &a.kari);
  p.recipients = sztp__buf_span(&list);
  int32_t rc = open_parts(&b, &p, &stub, &o);
  expect_text(&b, "static first", rc, &o, p.text);
  sztp__buf_clear(&list);
  agree_end(&a);
  bench_close(&b);
}

/* ENC-10, D-90: ciphers that don't belong there, with parameters that don't fit; ENC-09: forms that can't be
 * decrypted. All without a key. */
static void test_ciphers_refused(void **state) {
  (void)state;
  static const char expected[] = "it does not decrypt to what it must be";
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t good = usual(&b);
  stub_t stub = stub_of(&good);
  static const struct {
    const char *name;
    uint8_t alg[48];
    size_t len;
    int gcm;
    const char *part;
  } algs[] = {
#define AES(n) 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, (n)
#define IV12   0x04, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
      {"GCM in EnvelopedData",
       {0x30, 0x1e, AES(46), 0x30, 0x11, IV12, 0x02, 0x01, 0x10},
       32,
       0,
       "aes256-GCM"},
      {"CBC in AuthEnvelopedData",
       {0x30, 0x1d, AES(42), 0x04, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
       31,
       1,
       "aes256-CBC"},
      {"CCM", {0x30, 0x1b, AES(47), 0x30, 0x0e, IV12}, 29, 1, "2.16.840.1.101.3.4.1.47"},
      {"key wrap", {0x30, 0x0b, AES(45)}, 13, 0, "2.16.840.1.101.3.4.1.45"},
      {"ECB", {0x30, 0x0b, AES(41)}, 13, 0, "2.16.840.1.101.3.4.1.41"},
      {"CBC without IV", {0x30, 0x0b, AES(42)}, 13, 0, "2.16.840.1.101.3.4.1.42"},
      {"CBC with an IV of 12 octets", {0x30, 0x19, AES(42), IV12}, 27, 0, "2.16.840.1.101.3.4.1.42"},
      {"GCM without parameters", {0x30, 0x0b, AES(46)}, 13, 1, "2.16.840.1.101.3.4.1.46"},
      {"GCM with an empty nonce",
       {0x30, 0x0f, AES(46), 0x30, 0x02, 0x04, 0x00},
       17,
       1,
       "2.16.840.1.101.3.4.1.46"},
      {"GCM with a tag of 11",
       {0x30, 0x1e, AES(46), 0x30, 0x11, IV12, 0x02, 0x01, 0x0b},
       32,
       1,
       "2.16.840.1.101.3.4.1.46"},
      {"GCM with a tag of 17",
       {0x30, 0x1e, AES(46), 0x30, 0x11, IV12, 0x02, 0x01, 0x11},
       32,
       1,
       "2.16.840.1.101.3.4.1.46"},
      {"GCM with more parameters",
       {0x30, 0x20, AES(46), 0x30, 0x13, IV12, 0x02, 0x01, 0x10, 0x05, 0x00},
       34,
       1,
       "2.16.840.1.101.3.4.1.46"},
      {"RC2",
       {0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x02, 0x05, 0x00},
       14,
       0,
       "1.2.840.113549.3.2"},
      {"DES", {0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x07}, 9, 0, "1.3.14.3.2.7"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(algs); i++) {
    parts_t p = algs[i].gcm ? parts_gcm(good) : good;
    p.cipher_alg = sztp__span(algs[i].alg, algs[i].len);
    int32_t rc = open_parts(&b, &p, &stub, &o);
    if (rc != SZTP_ERR_ENC_ALG_UNSUPPORTED || strstr(test_detail(b.ctx), algs[i].part) == NULL)
      fail_msg("%s: %s \"%s\"", algs[i].name, sztp_error_name(rc), test_detail(b.ctx));
  }
  parts_t p = good;
  p.no_content = 1;
  test_expect_fail(b.ctx, open_parts(&b, &p, &stub, &o), SZTP_ERR_ENC_DECRYPT_FAILED, expected);
  p = good;
  p.padded_already = 1;
  for (p.text.len = 0; p.text.len < 16; p.text.len++)
    test_expect_fail(b.ctx, open_parts(&b, &p, &stub, &o), SZTP_ERR_ENC_DECRYPT_FAILED, expected);
  p = parts_gcm(good);
  p.no_content = 1;
  test_expect_fail(b.ctx, open_parts(&b, &p, &stub, &o), SZTP_ERR_ENC_DECRYPT_FAILED, expected);
  assert_int_equal(stub.calls, 0);
  bench_close(&b);
}

/* --- AuthEnvelopedData --- */

#define ATTR_A 0x30, 0x09, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x31, 0x02, 0x05, 0x00
#define ATTR_B 0x30, 0x0b, 0x06, 0x03, 0x2a, 0x03, 0x05, 0x31, 0x04, 0x04, 0x02, 'h', 'i'

/* ENC-11: nonces and tags of all lengths; authAttrs under 0x31 in DER order whatever their order was; one bit
 * changed anywhere, and it is not what was encrypted */
static void test_gcm(void **state) {
  (void)state;
  static const uint8_t sorted[] = {ATTR_A, ATTR_B};
  static const uint8_t unsorted[] = {ATTR_B, ATTR_A};
  static const uint8_t nonce[65] = "a nonce";
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t p = parts_gcm(usual(&b));
  stub_t stub = stub_of(&p);
  for (p.tag_len = 12; p.tag_len <= 16; p.tag_len++) {
    int32_t rc = open_parts(&b, &p, &stub, &o);
    expect_text(&b, "tag", rc, &o, p.text);
  }
  p.tag_len = 16;
  for (size_t n = 1; n <= 65; n++) {
    p.iv = sztp__span(nonce, n);
    int32_t rc = open_parts(&b, &p, &stub, &o);
    if (n <= SZTP__NONCE_MAX)
      expect_text(&b, "nonce", rc, &o, p.text);
    else
      test_expect_fail(b.ctx, rc, SZTP_ERR_ENC_ALG_UNSUPPORTED, "expected AES in GCM");
  }
  p.iv = sztp__span(parts_iv, 12);
  p.auth_attrs = sztp__span(sorted, sizeof sorted);
  int32_t rc = open_parts(&b, &p, &stub, &o);
  expect_text(&b, "authAttrs", rc, &o, p.text);
  p.auth_attrs = sztp__span(unsorted, sizeof unsorted);
  rc = open_parts(&b, &p, &stub, &o);
  expect_text(&b, "authAttrs in another order", rc, &o, p.text);

  sztp__buf_t out;
  sztp__buf_init(&out, b.ctx, 1 << 16);
  parts_put(&out, &p);
  /* authAttrs, then the tag, end the structure; the content stands before them */
  size_t end = out.len - 18 - sizeof sorted - 2;
  for (size_t at = end - p.text.len; at < out.len; at++) {
    out.data[at] ^= 1;
    stub.calls = 0;
    rc = open_with(&b, sztp__buf_span(&out), stub_key, &stub, &o);
    assert_int_equal(o.good, 0);
    if (rc == 0) { /* the rest changed the structure */
      assert_int_equal(stub.calls, 1);
      for (size_t i = 0; i < o.len; i++) assert_int_equal(o.memory[o.start + i], 0); /* nothing comes out */
      sztp__free_secret(b.ctx, o.memory);
    } else {
      assert_true(at >= end);
    }
    out.data[at] ^= 1;
  }
  sztp__buf_clear(&out);

  /* CMS-26: not more attributes than can be sorted */
  sztp__buf_t attrs;
  sztp__buf_init(&attrs, b.ctx, 1 << 16);
  for (int n = 0; n < 65; n++) {
    sztp__buf_add(&attrs, sorted, 11);
    p.auth_attrs = sztp__buf_span(&attrs);
    if (n < 62) continue;
    rc = open_parts(&b, &p, &stub, &o);
    if (n < 64)
      expect_text(&b, "many authAttrs", rc, &o, p.text);
    else
      test_expect_fail(b.ctx, rc, SZTP_ERR_LIMIT, "more than 64 attributes");
  }
  sztp__buf_clear(&attrs);
  bench_close(&b);
}

/* --- what the key function says --- */

/* ENC-13, ENC-15: anything but a right answer is a failure like any other, found only in the end */
static void test_answers(void **state) {
  (void)state;
  static const struct {
    int32_t rc;
    int len; /* more or less than is wanted */
    int32_t result;
    int good;
  } cases[] = {
      {0, 0, 0, 1},
      {0, -1, 0, 0},
      {0, 1, 0, 0},
      {0, 200, 0, 0},
      {0, -16, 0, 0},
      {SZTP_ERR_KEY, 0, 0, 0},
      {SZTP_ERR_CRYPTO, 0, 0, 0},
      {SZTP_ERR_RANDOM, 0, 0, 0},
      {SZTP_ERR_ARG, 0, 0, 0},
      {SZTP_ERR_ENC_ALG_UNSUPPORTED, 0, 0, 0},
      {INT32_MIN, 0, 0, 0},
      {-70000, 0, 0, 0},
      {2, 0, 0, 0},
      {INT32_MAX, 0, 0, 0},
      {SZTP_PENDING, 0, SZTP_PENDING, 0},
      {SZTP_ERR_NOT_FOUND, 0, SZTP_ERR_NOT_FOUND, 0},
      {SZTP_ERR_MEMORY, 0, SZTP_ERR_MEMORY, 0},
  };
  for (int ec = 0; ec < 2; ec++) {
    bench_t b;
    sztp__opened_t o;
    agreed_t a;
    bench_open(&b, ec ? "enc/p256" : "enc/rsa");
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      parts_t p = usual(&b);
      stub_t stub = stub_of(&p);
      size_t blocks = b.memory.blocks;
      agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
      stub.rc = cases[i].rc;
      stub.len = (size_t)((int)stub.len + cases[i].len);
      int32_t rc = ec ? open_agreed(&b, &p, &stub, &a.kari, &o) : open_parts(&b, &p, &stub, &o);
      if (rc != cases[i].result || (o.good == UINT32_MAX) != cases[i].good)
        fail_msg("case %zu: %s, good %08x", i, sztp_error_name(rc), (unsigned)o.good);
      assert_int_equal(stub.calls, 1);
      if (rc == 0) sztp__free_secret(b.ctx, o.memory);
      if (rc != 0) assert_null(o.memory);
      agree_end(&a);
      assert_int_equal(b.memory.blocks, blocks);
    }
    bench_close(&b);
  }
}

/* ENC-13: with a wrong content key the text is not the right one, and not the same twice */
static void test_random_key(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t first;
  sztp__opened_t second;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  stub.rc = SZTP_ERR_KEY; /* though the octets are right */
  assert_int_equal(open_parts(&b, &p, &stub, &first), 0);
  assert_int_equal(open_parts(&b, &p, &stub, &second), 0);
  assert_memory_not_equal(first.memory + first.start, second.memory + second.start, 16);
  assert_memory_not_equal(first.memory + first.start, TEXT, 16);
  sztp__free_secret(b.ctx, first.memory);
  sztp__free_secret(b.ctx, second.memory);
  bench_close(&b);
}

static int32_t no_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  (void)out;
  (void)len;
  return -1;
}

/* SEC-09: without random octets there is nothing to hide a failure behind */
static void test_no_random(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  assert_int_equal(sztp_ctx_set_random(b.ctx, no_random, NULL), SZTP_OK);
  assert_int_equal(open_parts(&b, &p, &stub, &o), SZTP_ERR_RANDOM);
  assert_int_equal(stub.calls, 0);
  bench_close(&b);
}

static int32_t lucky_random(void *user, uint8_t *out, size_t len) {
  const parts_t *p = (const parts_t *)user;
  assert_int_equal(len, p->key.len);
  memcpy(out, p->key.data, len);
  return 0;
}

/* ENC-13: what failed has failed, even if the random key in place of the right one were that */
static void test_random_is_right(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  agreed_t a;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  assert_int_equal(sztp_ctx_set_random(b.ctx, lucky_random, &p), SZTP_OK);
  for (int gcm = 0; gcm < 2; gcm++) {
    if (gcm) p = parts_gcm(p);
    stub.rc = SZTP_ERR_KEY;
    assert_int_equal(open_parts(&b, &p, &stub, &o), 0);
    assert_memory_equal(o.memory + o.start, TEXT, strlen(TEXT)); /* it was used */
    assert_int_equal(o.good, 0);
    sztp__free_secret(b.ctx, o.memory);
    stub.rc = 0;
    expect_text(&b, "the right key", open_parts(&b, &p, &stub, &o), &o, p.text);
  }
  bench_close(&b);
  bench_open(&b, "enc/p256");
  p = usual(&b);
  stub.len = 32;
  agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
  stub.answer[0] ^= 1;
  assert_int_equal(sztp_ctx_set_random(b.ctx, lucky_random, &p), SZTP_OK);
  assert_int_equal(open_agreed(&b, &p, &stub, &a.kari, &o), 0);
  assert_memory_equal(o.memory + o.start, TEXT, strlen(TEXT));
  assert_int_equal(o.good, 0);
  sztp__free_secret(b.ctx, o.memory);
  agree_end(&a);
  bench_close(&b);
}

/* --- secrets --- */

/* Memory that looks, before it is given back, for octets that must not be in it any more. */
typedef struct watch {
  test_memory_t *memory;
  sztp__span_t secrets[4];
  unsigned seen;
} watch_t;

static void *watched_alloc(void *user, size_t size) {
  return test_memory_alloc(((watch_t *)user)->memory, size);
}

static void *watched_resize(void *user, void *p, size_t old_size, size_t new_size) {
  return test_memory_resize(((watch_t *)user)->memory, p, old_size, new_size);
}

static void watched_release(void *user, void *p, size_t size) {
  watch_t *w = (watch_t *)user;
  for (size_t i = 0; i < TEST_COUNT_OF(w->secrets); i++) {
    sztp__span_t secret = w->secrets[i];
    for (size_t at = 0; secret.len > 0 && at + secret.len <= size; at++)
      w->seen += memcmp((const uint8_t *)p + at, secret.data, secret.len) == 0;
  }
  test_memory_release(w->memory, p, size);
}

/* ENC-17, SEC-08: content key, shared secret, wrapping key and text leave nothing in memory that is given
 * back, whether they were right or not */
static void test_wiped(void **state) {
  (void)state;
  for (int ec = 0; ec < 2; ec++) {
    for (int fails = 0; fails < 2; fails++) {
      bench_t b;
      watch_t w;
      sztp_allocator_t allocator;
      sztp__opened_t o;
      agreed_t a;
      memset(&w, 0, sizeof w);
      bench_open(&b, ec ? "enc/p256" : "enc/rsa");
      test_memory_t memory;
      test_memory_init(&memory);
      allocator = memory.allocator;
      w.memory = &memory;
      allocator.user = &w;
      allocator.alloc = watched_alloc;
      allocator.resize = watched_resize;
      allocator.release = watched_release;
      sztp_ctx_t *own = b.ctx;
      parts_t p = usual(&b);
      stub_t stub = stub_of(&p);
      sztp__buf_t list;
      sztp__buf_t out;
      memset(stub.answer, ec ? 0x77 : 0, ec ? 32 : 0);
      agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
      sztp__buf_init(&list, own, 1 << 16);
      sztp__buf_init(&out, own, 1 << 16);
      put_kari(&list, &b.cert, &a.kari);
      if (ec) p.recipients = sztp__buf_span(&list);
      parts_put(&out, &p);
      w.secrets[0] = p.key;
      w.secrets[1] = p.text;
      w.secrets[2] = sztp__span(stub.answer, stub.len);
      if (fails) out.data[out.len - 1] ^= 1;
      assert_int_equal(sztp_ctx_new(&allocator, &b.ctx), SZTP_OK);
      assert_int_equal(open_with(&b, sztp__buf_span(&out), stub_key, &stub, &o), 0);
      assert_int_equal(o.good, fails ? 0 : UINT32_MAX);
      assert_memory_equal(o.memory + o.start, TEXT, 15); /* so that the test can fail */
      sztp__free_secret(b.ctx, o.memory);
      sztp_ctx_free(b.ctx);
      assert_int_equal(w.seen, 0);
      assert_int_equal(memory.blocks, 0);
      b.ctx = own;
      sztp__buf_clear(&out);
      sztp__buf_clear(&list);
      agree_end(&a);
      bench_close(&b);
    }
  }
}

/* --- memory --- */

typedef struct opening {
  bench_t *b;
  sztp__span_t input;
} opening_t;

static int32_t open_work(sztp_ctx_t *ctx, void *user) {
  const opening_t *job = (const opening_t *)user;
  bench_t b = *job->b;
  sztp__opened_t o;
  b.ctx = ctx;
  int32_t rc = open_with(&b, job->input, sztp_software_key, b.keys, &o);
  if (rc == 0) assert_int_equal(o.good, UINT32_MAX);
  if (rc == 0) sztp__free_secret(ctx, o.memory);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  static const char *const names[][2] = {{"cbc128", "rsa"},
                                         {"gcm128", "rsa"},
                                         {"ecdh256-sha256", "p256"},
                                         {"stream", "rsa"},
                                         {"oaep256", "rsa"}};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    bench_t b;
    char file[64];
    size_t len = 0;
    (void)snprintf(file, sizeof file, "enc/%s", names[i][1]);
    bench_open(&b, file);
    (void)snprintf(file, sizeof file, "enc/%s.cms", names[i][0]);
    uint8_t *cms = test_read_pki(file, &len);
    opening_t job = {&b, sztp__span(cms, len)};
    assert_true(test_every_allocation(open_work, &job) >= 3);
    free(cms);
    bench_close(&b);
  }
}

/* Every octet cut off, and every octet changed: never good, never a crash */
static void test_damaged(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  sztp__buf_t out;
  sztp__buf_init(&out, b.ctx, 1 << 16);
  parts_put(&out, &p);
  for (size_t n = 0; n < out.len; n++) {
    int32_t rc = open_with(&b, sztp__span(out.data, n), stub_key, &stub, &o);
    assert_int_equal(rc, SZTP_ERR_CMS_MALFORMED);
  }
  for (size_t at = 0; at < out.len; at++) {
    for (unsigned value = 0; value < 256; value += 5) {
      uint8_t kept = out.data[at];
      out.data[at] = (uint8_t)value;
      int32_t rc = open_with(&b, sztp__buf_span(&out), stub_key, &stub, &o);
      if (rc == 0) sztp__free_secret(b.ctx, o.memory);
      out.data[at] = kept;
    }
  }
  sztp__buf_clear(&out);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_theirs),
      cmocka_unit_test(test_theirs_refused),
      cmocka_unit_test(test_around),
      cmocka_unit_test(test_recipients),
      cmocka_unit_test(test_agreement),
      cmocka_unit_test(test_ciphers_refused),
      cmocka_unit_test(test_gcm),
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_random_key),
      cmocka_unit_test(test_no_random),
      cmocka_unit_test(test_random_is_right),
      cmocka_unit_test(test_wiped),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
