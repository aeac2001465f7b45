/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of a TPM, against a software TPM: which keys may attest, what they say, OpenSSL's word on it, and
 * what a bad day looks like. */
#define _POSIX_C_SOURCE 200809L
#include <tss2/tss2_tpm2_types.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "formats/der.h"
#include "tpm2_bench.h"

#define NAME "00112233445566778899aabbccddeeff"

/* ---- a key that is made -------------------------------------------------------------------------- */

static struct {
  char name[64];
  uint8_t pem[4096];
  size_t len;
} shelf; /* a store of one key */

static int32_t shelf_put(void *user, const char *name, const uint8_t *pem, size_t len) {
  (void)user;
  assert_true(len <= sizeof shelf.pem);
  (void)snprintf(shelf.name, sizeof shelf.name, "%s", name);
  memcpy(shelf.pem, pem, len);
  shelf.len = len;
  return SZTP_OK;
}

static int32_t shelf_get(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  (void)user;
  if (strcmp(shelf.name, name) != 0) return SZTP_ERR_NOT_FOUND;
  assert_true(shelf.len <= room);
  memcpy(pem, shelf.pem, shelf.len);
  *len = shelf.len;
  return SZTP_OK;
}

static int32_t shelf_remove(void *user, const char *name) {
  (void)user;
  return strcmp(shelf.name, name) == 0 ? SZTP_OK : SZTP_ERR_NOT_FOUND;
}

/* Writes its SubjectPublicKeyInfo; returns its octets. */
static size_t make_key(env_t *e, uint32_t kind, uint8_t spki[1024]) {
  sztp_key_store_t store = {sizeof store, NULL, shelf_put, shelf_get, shelf_remove};
  sztp_key_request_t r;
  size_t len = 0;
  memset(&shelf, 0, sizeof shelf);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_OK);
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_GENERATE;
  r.key_id = sztp__span_of(NAME);
  r.algorithm = sztp__key_kind_identifier(kind);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, spki, 1024, &len), SZTP_OK);
  return len;
}

/* ---- asking -------------------------------------------------------------------------------------- */

static const uint8_t nonce[64] = "fresh for this request, chosen by the server and used but once";

static int32_t attest_by(env_t *e, int which, const char *auth) {
  return sztp_tpm2_attest_handle(e->tpm, certs[which].data, certs[which].len, made[which].handle,
                                 (const uint8_t *)auth, auth != NULL ? strlen(auth) : 0);
}

static sztp_key_request_t request_for(uint32_t kind, int64_t pcrs, size_t nonce_len) {
  sztp_key_request_t r;
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_ATTEST;
  r.key_id = sztp__span_of(NAME);
  r.statement = kind;
  r.pcrs = pcrs;
  r.nonce = sztp__span(nonce, nonce_len);
  return r;
}

static int32_t ask(env_t *e, uint32_t kind, int64_t pcrs, uint8_t out[4096], size_t *len) {
  sztp_key_request_t r = request_for(kind, pcrs, 32);
  return sztp_tpm2_key(e->tpm, &r, out, 4096, len);
}

static int64_t able_of(env_t *e, sztp_key_request_t r) {
  uint8_t out[8];
  size_t len = 0;
  int64_t able = 0;
  r.operation = SZTP_KEY_OP_QUERY;
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_OK);
  for (size_t i = 0; i < sizeof out; i++) able = able << 8 | out[i];
  return able;
}

/* ---- reading what comes -------------------------------------------------------------------------- */

typedef struct statement {
  sztp__span_t attest, signature, subject;
} statement_t;

static statement_t read_statement(const uint8_t *der, size_t len, uint8_t kind) {
  const uint8_t type[] = {0x67, 0x81, 0x05, 0x14, kind}; /* 2.23.133.20.1, .2 */
  sztp__der_t d, whole, parts;
  sztp__span_t oid;
  sztp__tlv_t part[3];
  assert_int_equal(sztp__der_check(NULL, sztp__span(der, len)), SZTP_OK);
  sztp__der_init(&d, NULL, sztp__span(der, len));
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &whole), SZTP_OK);
  assert_int_equal(sztp__der_oid(&whole, &oid), SZTP_OK);
  assert_true(sztp__span_equal(oid, sztp__span(type, sizeof type)));
  assert_int_equal(sztp__der_enter(&whole, SZTP__DER_SEQUENCE, &parts), SZTP_OK);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(sztp__der_expect(&parts, SZTP__DER_OCTET_STRING, &part[i]), SZTP_OK);
  assert_true(sztp__der_at_end(&parts) && sztp__der_at_end(&whole) && sztp__der_at_end(&d));
  return (statement_t){part[0].value, part[1].value, part[2].value};
}

static unsigned u16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

static const EVP_MD *digest_of(unsigned alg) {
  assert_true(alg == TPM2_ALG_SHA256 || alg == TPM2_ALG_SHA384);
  return alg == TPM2_ALG_SHA256 ? EVP_sha256() : EVP_sha384();
}

/* TPMT_SIGNATURE over TPMS_ATTEST, by OpenSSL. */
static void assert_signed(const statement_t *s, EVP_PKEY *key) {
  const uint8_t *p = s->signature.data;
  unsigned scheme = u16(p), size = u16(p + 4);
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY_CTX *options = NULL;
  unsigned char *der = NULL;
  int len = (int)size;
  assert_int_equal(EVP_DigestVerifyInit(ctx, &options, digest_of(u16(p + 2)), NULL, key), 1);
  if (scheme == TPM2_ALG_ECDSA) {
    unsigned second = u16(p + 6 + size);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_int_equal(s->signature.len, 8 + size + second);
    assert_int_equal(
        ECDSA_SIG_set0(sig, BN_bin2bn(p + 6, (int)size, NULL), BN_bin2bn(p + 8 + size, (int)second, NULL)),
        1);
    len = i2d_ECDSA_SIG(sig, &der);
    ECDSA_SIG_free(sig);
  } else {
    assert_int_equal(scheme, TPM2_ALG_RSAPSS);
    assert_int_equal(s->signature.len, 6 + size);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
  }
  assert_int_equal(
      EVP_DigestVerify(ctx, der != NULL ? der : p + 6, (size_t)len, s->attest.data, s->attest.len), 1);
  OPENSSL_free(der);
  EVP_MD_CTX_free(ctx);
}

/* ATT-07: what the TPM marks as its own, with the nonce unchanged. Gives what is attested. */
static sztp__span_t attested(sztp__span_t attest, unsigned type, size_t nonce_len) {
  const uint8_t *p = attest.data;
  assert_int_equal(number(p), TPM2_GENERATED_VALUE);
  assert_int_equal(u16(p + 4), type);
  size_t at = 8 + u16(p + 6);
  assert_int_equal(u16(p + at), nonce_len);
  assert_memory_equal(p + at + 2, nonce, nonce_len);
  return sztp__span_from(attest, at + 2 + nonce_len + 25);
}

static void assert_digest(unsigned alg, sztp__span_t of, const uint8_t *expected) {
  uint8_t digest[64];
  unsigned len = 0;
  assert_int_equal(EVP_Digest(of.data, of.len, digest, &len, digest_of(alg), NULL), 1);
  assert_memory_equal(digest, expected, len);
}

/* The name that is certified is that of the public area, which is the key's. */
static void assert_certifies(const statement_t *s, sztp__span_t spki, size_t half) {
  sztp__span_t rest = attested(s->attest, TPM2_ST_ATTEST_CERTIFY, 32);
  assert_int_equal(u16(rest.data), 2 + 32);
  assert_int_equal(u16(rest.data + 2), TPM2_ALG_SHA256);
  assert_digest(TPM2_ALG_SHA256, s->subject, rest.data + 4);
  const uint8_t *x = s->subject.data + s->subject.len - 2 * (half + 2);
  assert_int_equal(u16(x), half);
  assert_memory_equal(x + 2, spki.data + spki.len - 2 * half, half);
  assert_memory_equal(x + 4 + half, spki.data + spki.len - half, half);
}

/* What is quoted are these PCRs of the SHA-256 bank, with these values. */
static void assert_quotes(const statement_t *s, uint32_t pcrs, size_t count) {
  sztp__span_t rest = attested(s->attest, TPM2_ST_ATTEST_QUOTE, 32);
  const uint8_t head[] = {
      0, 0, 0, 1, 0, TPM2_ALG_SHA256, 3, (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16)};
  assert_memory_equal(rest.data, head, sizeof head);
  assert_int_equal(s->subject.len, 32 * count);
  assert_digest(u16(s->signature.data + 2), s->subject, rest.data + sizeof head + 2);
}

/* ---- what is said -------------------------------------------------------------------------------- */

/* ATT-02, ATT-05, ATT-07, ATT-11: each kind of attestation key, by handle, with an authorization value and
 * without */
static void attests_by_each_key(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    const char *auth;
  } rows[] = {{IAK, NULL}, {IAK_P384, NULL}, {IAK_RSA, NULL}, {IAK_SECRET, "a word"}, {IAK_TCG, NULL}};
  uint8_t spki[1024];
  size_t spki_len = make_key(e, SZTP_ALGORITHM_P256, spki);
  sztp_key_request_t r = request_for(0, 0, 32);
  assert_int_equal(able_of(e, r) & (SZTP_ABLE_CERTIFY | SZTP_ABLE_QUOTE), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[4096];
    size_t len = 0;
    assert_int_equal(attest_by(e, rows[i].key, rows[i].auth), SZTP_OK);
    assert_int_equal(ask(e, SZTP_EVIDENCE_CERTIFY, 0, out, &len), SZTP_OK);
    statement_t s = read_statement(out, len, 1);
    assert_signed(&s, keys[rows[i].key]);
    assert_certifies(&s, sztp__span(spki, spki_len), 32);
    assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 0x9f, out, &len), SZTP_OK);
    s = read_statement(out, len, 2);
    assert_signed(&s, keys[rows[i].key]);
    assert_quotes(&s, 0x9f, 6);
    assert_int_equal(able_of(e, r) & (SZTP_ABLE_CERTIFY | SZTP_ABLE_QUOTE),
                     SZTP_ABLE_CERTIFY | SZTP_ABLE_QUOTE);
    assert_false(shim_saw(&e->shim, "a word", 6)); /* TPM-10 */
  }
}

/* More PCRs than one answer of the TPM holds */
static void quotes_any_pcrs(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t pcrs;
    size_t count;
  } rows[] = {{0xffffff, 24}, {0x800000, 1}, {0x1ff, 9}};
  assert_int_equal(attest_by(e, IAK, NULL), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[4096];
    size_t len = 0;
    assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, rows[i].pcrs, out, &len), SZTP_OK);
    statement_t s = read_statement(out, len, 2);
    assert_signed(&s, keys[IAK]);
    assert_quotes(&s, rows[i].pcrs, rows[i].count);
  }
}

/* ATT-08: keys that are made can be certified: bound to the TPM, and without a policy for that */
static void makes_keys_that_can_be_certified(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t kind;
    size_t half;
  } rows[] = {{SZTP_ALGORITHM_P256, 32}, {SZTP_ALGORITHM_P384, 48}, {SZTP_ALGORITHM_RSA, 0}};
  const uint32_t set = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                       TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT;
  assert_int_equal(attest_by(e, IAK, NULL), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t spki[1024], out[4096];
    size_t len = 0, spki_len = make_key(e, rows[i].kind, spki);
    assert_int_equal(ask(e, SZTP_EVIDENCE_CERTIFY, 0, out, &len), SZTP_OK);
    statement_t s = read_statement(out, len, 1);
    assert_signed(&s, keys[IAK]);
    if (rows[i].half > 0) assert_certifies(&s, sztp__span(spki, spki_len), rows[i].half);
    uint32_t attributes = number(s.subject.data + 4);
    assert_int_equal(attributes & set, set);
    assert_int_equal(attributes & (TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED), 0);
  }
}

/* ATT-04: also from a file, and made anew by TCG's template */
static void attests_by_file_and_template(void **state) {
  env_t *e = *state;
  uint8_t file[1024], point[65], out[4096];
  size_t len = tpm2_peer_file(peer.tcti, SZTP_TPM2_STORAGE_HANDLE, "iak", "", file, point), got = 0;
  EVP_PKEY *key = to_key("p256", point, sizeof point);
  sztp__span_t cert = certify(key);
  assert_int_equal(sztp_tpm2_attest_file(e->tpm, cert.data, cert.len, file, len, NULL, 0), SZTP_OK);
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 1, out, &got), SZTP_OK);
  statement_t s = read_statement(out, got, 2);
  assert_signed(&s, key);
  assert_int_equal(
      sztp_tpm2_attest_template(e->tpm, certs[IAK_TCG].data, certs[IAK_TCG].len, SZTP_TPM2_H2_P256), SZTP_OK);
  uint8_t spki[1024];
  size_t spki_len = make_key(e, SZTP_ALGORITHM_P256, spki);
  assert_int_equal(ask(e, SZTP_EVIDENCE_CERTIFY, 0, out, &got), SZTP_OK);
  s = read_statement(out, got, 1);
  assert_signed(&s, keys[IAK_TCG]);
  assert_certifies(&s, sztp__span(spki, spki_len), 32);
  EVP_PKEY_free(key);
  OPENSSL_free((void *)(uintptr_t)cert.data);
}

/* A key that was there before: two authorization values in one command, of which one session alone may
 * encrypt */
static void certifies_keys_of_certificates(void **state) {
  env_t *e = *state;
  uint8_t out[4096];
  size_t len = 0;
  sztp_key_request_t r = request_for(SZTP_EVIDENCE_CERTIFY, 0, 32);
  r.key_id = sztp__span(NULL, 0);
  r.cert = certs[SECRET];
  add(e, SECRET);
  assert_int_equal(attest_by(e, IAK_SECRET, "a word"), SZTP_OK);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_OK);
  statement_t s = read_statement(out, len, 1);
  assert_signed(&s, keys[IAK_SECRET]);
  (void)attested(s.attest, TPM2_ST_ATTEST_CERTIFY, 32);
  assert_false(shim_saw(&e->shim, "open sesame", 11));
  assert_false(shim_saw(&e->shim, "a word", 6));
}

/* ---- what is not --------------------------------------------------------------------------------- */

static void assert_told(const env_t *e, const char *part) {
  if (strstr(test_detail(e->ctx), part) == NULL) fail_msg("\"%s\" lacks \"%s\"", test_detail(e->ctx), part);
  sztp__trail_clear(e->ctx);
}

/* ATT-04: a key that signs anything else, too, is no attestation key, wherever it is */
static void refuses_unrestricted_keys(void **state) {
  env_t *e = *state;
  uint8_t file[1024], point[65];
  size_t len = tpm2_peer_file(peer.tcti, SZTP_TPM2_STORAGE_HANDLE, "both", "", file, point);
  EVP_PKEY *key = to_key("p256", point, sizeof point);
  sztp__span_t cert = certify(key);
  assert_int_equal(attest_by(e, H2, NULL), SZTP_ERR_KEY);
  assert_told(e,
              "it is not restricted to sign what the TPM itself says, and could be made to sign a forgery");
  assert_int_equal(attest_by(e, BOTH_P256, NULL), SZTP_ERR_KEY);
  assert_int_equal(sztp_tpm2_attest_file(e->tpm, cert.data, cert.len, file, len, NULL, 0), SZTP_ERR_KEY);
  assert_told(e, "no attestation key");
  assert_int_equal(
      sztp_tpm2_attest_handle(e->tpm, certs[IAK].data, certs[IAK].len, made[IAK_P384].handle, NULL, 0),
      SZTP_ERR_KEY);
  assert_told(e, "not that of the certificate");
  assert_int_equal(sztp_tpm2_attest_template(e->tpm, certs[IAK].data, certs[IAK].len, SZTP_TPM2_H2_P256),
                   SZTP_ERR_KEY);
  assert_told(e, "not that of the certificate");
  assert_int_equal(sztp_tpm2_attest_handle(e->tpm, certs[IAK].data, certs[IAK].len, 0x81000123, NULL, 0),
                   SZTP_ERR_NOT_FOUND);
  assert_told(e, "no key at 0x81000123");
  /* and none of them took the place */
  uint8_t out[4096];
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 1, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_told(e, "no attestation key is set");
  EVP_PKEY_free(key);
  OPENSSL_free((void *)(uintptr_t)cert.data);
}

static void refuses(void **state) {
  env_t *e = *state;
  uint8_t out[4096], spki[1024];
  size_t len = 0;
  const uint8_t *cert = certs[IAK].data;
  size_t cert_len = certs[IAK].len;
  assert_int_equal(sztp_tpm2_attest_handle(NULL, cert, cert_len, 0x81020001, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_attest_handle(e->tpm, NULL, 0, 0x81020001, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_attest_handle(e->tpm, cert, cert_len, 0x40000001, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_attest_file(e->tpm, cert, cert_len, NULL, 0, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_attest_template(e->tpm, cert, cert_len, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_iak_handle(), SZTP_TPM2_IAK_HANDLE);
  (void)make_key(e, SZTP_ALGORITHM_P256, spki);
  assert_int_equal(attest_by(e, IAK, NULL), SZTP_OK);
  assert_int_equal(ask(e, 3, 0x9f, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_told(e, "only certify and quote are known");
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 0, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_told(e, "names no PCRs");
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 0x1000000, out, &len), SZTP_ERR_UNSUPPORTED);
  sztp_key_request_t r = request_for(SZTP_EVIDENCE_QUOTE, 1, 64);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, 100, &len), SZTP_ERR_BUFFER);
  uint8_t longer[65] = {0};
  r.nonce = sztp__span(longer, sizeof longer);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_KEY);
  r.statement = SZTP_EVIDENCE_CERTIFY;
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_KEY);
  r = request_for(SZTP_EVIDENCE_CERTIFY, 0, 32);
  r.key_id = sztp__span_of("00000000000000000000000000000000");
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_NOT_FOUND);
  /* a key by TCG's template wants a policy session, and is not asked for with a password (TPM-04) */
  r.key_id = sztp__span(NULL, 0);
  r.cert = certs[H2];
  add(e, H2);
  sztp__trail_clear(e->ctx);
  unsigned before = e->shim.commands;
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_UNSUPPORTED);
  assert_told(e, "policy session");
  assert_int_equal(e->shim.commands, before);
  assert_int_equal(able_of(e, r) & (SZTP_ABLE_CERTIFY | SZTP_ABLE_QUOTE), SZTP_ABLE_QUOTE);
}

/* A wrong authorization value is tried once: more tries would lock the TPM (D-167) */
static void tries_a_wrong_value_once(void **state) {
  env_t *e = *state;
  uint8_t out[4096], spki[1024];
  size_t len = 0;
  (void)make_key(e, SZTP_ALGORITHM_P256, spki);
  assert_int_equal(attest_by(e, IAK_SECRET, "another"), SZTP_OK);
  assert_int_equal(ask(e, SZTP_EVIDENCE_CERTIFY, 0, out, &len), SZTP_ERR_KEY);
  assert_told(e, "authorization value is wrong");
  unsigned before = e->shim.commands;
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 1, out, &len), SZTP_ERR_KEY);
  assert_told(e, "not tried again");
  assert_int_equal(e->shim.commands, before);
  tpm2_peer_unlock(peer.tcti);
}

/* Of two keys in one command it is the one whose value was wrong that is left alone */
static void blames_the_right_key(void **state) {
  env_t *e = *state;
  uint8_t out[4096];
  size_t len = 0;
  sztp_key_request_t r = request_for(SZTP_EVIDENCE_CERTIFY, 0, 32);
  r.key_id = sztp__span(NULL, 0);
  r.cert = certs[SECRET];
  add(e, SECRET);
  assert_int_equal(attest_by(e, IAK_SECRET, "another"), SZTP_OK);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_KEY);
  tpm2_peer_unlock(peer.tcti);
  assert_int_equal(attest_by(e, IAK_SECRET, "a word"), SZTP_OK);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_OK);
  assert_int_equal(add_with(e, SECRET, "open barley"), SZTP_OK);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_ERR_KEY);
  tpm2_peer_unlock(peer.tcti);
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 1, out, &len), SZTP_OK);
}

/* ---- bad days ------------------------------------------------------------------------------------ */

/* Something is measured between quoting and reading: both are done again, but not for ever */
static void quotes_again_when_pcrs_change(void **state) {
  env_t *e = *state;
  uint8_t out[4096];
  size_t len = 0;
  assert_int_equal(attest_by(e, IAK, NULL), SZTP_OK);
  e->shim.measuring = 3;
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 0x10001, out, &len), SZTP_OK);
  assert_int_equal(e->shim.measuring, 0);
  statement_t s = read_statement(out, len, 2);
  assert_signed(&s, keys[IAK]);
  assert_quotes(&s, 0x10001, 2);
  e->shim.measuring = 1000;
  assert_int_equal(ask(e, SZTP_EVIDENCE_QUOTE, 0x10001, out, &len), SZTP_ERR_CRYPTO);
  assert_told(e, "the PCRs changed each time");
  assert_int_equal(e->shim.measuring, 995);
}

/* TPM-08 */
static void waits_for_a_busy_tpm(void **state) {
  env_t *e = *state;
  static const uint32_t commands[] = {TPM2_CC_Certify, TPM2_CC_Quote, TPM2_CC_PCR_Read};
  uint8_t out[4096], spki[1024];
  size_t len = 0;
  (void)make_key(e, SZTP_ALGORITHM_P256, spki);
  assert_int_equal(attest_by(e, IAK, NULL), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(commands); i++) {
    e->shim.answer = TPM2_RC_RETRY;
    e->shim.answers = 12;
    e->shim.for_command = commands[i];
    assert_int_equal(ask(e, i == 0 ? SZTP_EVIDENCE_CERTIFY : SZTP_EVIDENCE_QUOTE, 1, out, &len), SZTP_OK);
    assert_int_equal(e->shim.answers, 0);
  }
}

/* Wherever memory ends, nothing is left in the TPM, and the next one works */
static void survives_without_memory(void **state) {
  env_t *e = *state;
  uint8_t out[4096], spki[1024];
  size_t len = 0;
  (void)make_key(e, SZTP_ALGORITHM_P256, spki);
  for (size_t n = 1;; n++) {
    e->memory.fail_at = e->memory.calls + n;
    int32_t rc = attest_by(e, IAK, NULL);
    if (rc == SZTP_OK) rc = ask(e, SZTP_EVIDENCE_CERTIFY, 0, out, &len);
    if (rc == SZTP_OK) rc = ask(e, SZTP_EVIDENCE_QUOTE, 0x9f, out, &len);
    int met = e->memory.calls >= e->memory.fail_at;
    e->memory.fail_at = 0;
    assert_int_equal(rc, met ? SZTP_ERR_MEMORY : SZTP_OK);
    if (!met) break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(attests_by_each_key, set_up, tear_down),
      cmocka_unit_test_setup_teardown(quotes_any_pcrs, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_keys_that_can_be_certified, set_up, tear_down),
      cmocka_unit_test_setup_teardown(attests_by_file_and_template, set_up, tear_down),
      cmocka_unit_test_setup_teardown(certifies_keys_of_certificates, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_unrestricted_keys, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tries_a_wrong_value_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(blames_the_right_key, set_up, tear_down),
      cmocka_unit_test_setup_teardown(quotes_again_when_pcrs_change, set_up, tear_down),
      cmocka_unit_test_setup_teardown(waits_for_a_busy_tpm, set_up, tear_down),
      cmocka_unit_test_setup_teardown(survives_without_memory, set_up, tear_down),
  };
  return BENCH_RUN(tests);
}
