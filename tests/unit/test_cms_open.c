/* SPDX-License-Identifier: Apache-2.0 */
/* EnvelopedData and AuthEnvelopedData: what openssl(1) encrypted, with real keys in software; what is taken
 * apart, and what is refused without a key. */
#include "cms_open_bench.h"
#include "common/engine.h"

/* ---- what openssl(1) encrypted ------------------------------------------------------------------- */

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

/* What a key can't do looks like what does not decrypt (D-93). */
static void expect_nothing(bench_t *b, int32_t rc, sztp__opened_t *o) {
  assert_int_equal(rc, SZTP_OK);
  assert_int_equal(o->good, 0);
  sztp__free_secret(b->ctx, o->memory);
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
    if (!ENGINE_TWO_OAEP_HASHES && strstr(theirs[i].key_alg, " and MGF1 ") != NULL)
      expect_nothing(&b, rc, &o);
    else
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

/* ---- taken apart --------------------------------------------------------------------------------- */

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

/* ---- AuthEnvelopedData --------------------------------------------------------------------------- */

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_theirs),    cmocka_unit_test(test_theirs_refused),
      cmocka_unit_test(test_around),    cmocka_unit_test(test_recipients),
      cmocka_unit_test(test_agreement), cmocka_unit_test(test_ciphers_refused),
      cmocka_unit_test(test_gcm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
