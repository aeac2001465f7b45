/* SPDX-License-Identifier: Apache-2.0 */
#include "common/attested.h"

#include "artifacts/sign.h"
#include "common/testing.h"
#include "cryptography/p10.h"

#define ROOM 65536

/* ---- octets -------------------------------------------------------------------------------------- */

static void begin(sztp__buf_t *b) { sztp__buf_init(b, crafted_ctx(), ROOM); }

static sztp__span_t keep(sztp__buf_t *b) {
  sztp__span_t kept = crafted_joined(sztp__buf_span(b), sztp__span(NULL, 0));
  sztp__buf_clear(b);
  return kept;
}

static void put(sztp__buf_t *b, size_t octets, uint64_t value) {
  while (octets-- > 0) sztp__buf_add_u8(b, (uint8_t)(octets < 8 ? value >> 8 * octets : 0));
}

static void put_sized(sztp__buf_t *b, sztp__span_t octets) {
  put(b, 2, octets.len);
  sztp__buf_add_span(b, octets);
}

static sztp__span_t octet_string(sztp__span_t value) { return crafted_tlv(SZTP__DER_OCTET_STRING, value); }
static sztp__span_t sequence(sztp__span_t a, sztp__span_t b) {
  return crafted_tlv(SZTP__DER_SEQUENCE, crafted_joined(a, b));
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static void spki_of(const char *name, sztp__span_t *spki, sztp__keyinfo_t *key) {
  sztp__buf_t der;
  sztp__cert_t cert;
  (void)pki_cert(crafted_ctx(), name, &der, &cert);
  *spki = crafted_joined(cert.spki, sztp__span(NULL, 0));
  sztp__buf_clear(&der);
  assert_int_equal(sztp__key_info(crafted_ctx(), *spki, key), SZTP_OK);
}

static sztp__span_t hashed(uint32_t hash, sztp__span_t data) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  assert_int_equal(sztp__hash_once(crafted_ctx(), hash, data, digest, &len), SZTP_OK);
  return crafted_joined(sztp__span(digest, len), sztp__span(NULL, 0));
}

/* As the library gives it: ECDSA-Sig-Value, or RSA. */
static sztp__span_t sign(const char *name, uint32_t scheme, uint32_t hash, sztp__span_t message) {
  sztp__buf_t der;
  sztp__buf_t out;
  sztp__signing_key_t *key = NULL;
  char file[64];
  (void)snprintf(file, sizeof file, "%s.key", name);
  begin(&out);
  assert_int_equal(sztp__signing_key_new(crafted_ctx(), pki_der(crafted_ctx(), file, &der), &key), SZTP_OK);
  assert_int_equal(sztp__signing_key_sign(key, scheme, hash, hashed(hash, message), &out), SZTP_OK);
  sztp__signing_key_free(key);
  sztp__buf_clear(&der);
  return keep(&out);
}

/* ---- structures of the TPM ----------------------------------------------------------------------- */

static uint32_t algorithm_of(uint32_t hash) {
  return hash == SZTP__HASH_SHA1     ? 0x04
         : hash == SZTP__HASH_SHA256 ? 0x0b
         : hash == SZTP__HASH_SHA384 ? 0x0c
                                     : 0x0d;
}

static uint32_t hash_of(uint32_t algorithm) {
  return algorithm == 0x04 ? SZTP__HASH_SHA1 : SZTP__HASH_SHA256 + algorithm - 0x0b;
}

static sztp__span_t tpm_signature(const attested_t *t, const char *name, sztp__span_t message) {
  sztp__buf_t b;
  sztp__der_t d;
  sztp__der_t numbers;
  sztp__span_t number;
  sztp__span_t signature = sign(name, t->scheme, t->hash, message);
  begin(&b);
  put(&b, 2, t->scheme == SZTP__SIG_ECDSA ? 0x18 : t->scheme == SZTP__SIG_RSA_PSS ? 0x16 : 0x14);
  put(&b, 2, algorithm_of(t->hash));
  if (t->scheme != SZTP__SIG_ECDSA) {
    put_sized(&b, signature);
    return keep(&b);
  }
  sztp__der_init(&d, crafted_ctx(), signature);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &numbers), SZTP_OK);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sztp__der_integer(&numbers, &number), SZTP_OK);
    put_sized(&b, number.data[0] == 0 ? sztp__span_from(number, 1) : number);
  }
  return keep(&b);
}

/* TPMT_PUBLIC of an unrestricted signing key. */
static sztp__span_t public_area(const attested_t *t, const char *name) {
  sztp__buf_t b;
  sztp__span_t spki;
  sztp__keyinfo_t key;
  spki_of(name, &spki, &key);
  begin(&b);
  put(&b, 2, key.type == SZTP__KEY_RSA ? 0x01 : 0x23);
  put(&b, 2, t->name_algorithm);
  put(&b, 4, t->attributes);
  put(&b, 2, 0);    /* authPolicy */
  put(&b, 2, 0x10); /* symmetric */
  if (key.type == SZTP__KEY_RSA) {
    put(&b, 2, 0x14); /* RSASSA */
    put(&b, 2, 0x0b);
    put(&b, 2, key.bits);
    put(&b, 4, 0);
    put_sized(&b, key.modulus);
    return keep(&b);
  }
  size_t half = key.bits_value.len / 2;
  put(&b, 2, 0x18); /* ECDSA */
  put(&b, 2, 0x0b);
  put(&b, 2, key.curve == SZTP__CURVE_P256 ? 0x03 : key.curve == SZTP__CURVE_P384 ? 0x04 : 0x05);
  put(&b, 2, 0x10); /* kdf */
  put_sized(&b, sztp__span(key.bits_value.data + 1, half));
  put_sized(&b, sztp__span(key.bits_value.data + 1 + half, half));
  return keep(&b);
}

static sztp__span_t name_of(const attested_t *t, sztp__span_t area) {
  sztp__buf_t b;
  begin(&b);
  put(&b, 2, t->name_algorithm);
  sztp__buf_add_span(&b,
                     hashed(t->name_algorithm == 0x04 ? SZTP__HASH_SHA1 : hash_of(t->name_algorithm), area));
  return keep(&b);
}

static void put_head(sztp__buf_t *b, const attested_t *t, uint32_t type, sztp__span_t nonce,
                     uint32_t resets) {
  put(b, 4, t->magic);
  put(b, 2, type);
  put_sized(b, crafted_hex("00 0b 00 01")); /* qualifiedSigner */
  put_sized(b, nonce);
  put(b, 8, 20568); /* clock */
  put(b, 4, resets);
  put(b, 4, 0);
  put(b, 1, 1);
  put(b, 8, 0x2019102300163636u); /* firmwareVersion */
}

static sztp__span_t certify(const attested_t *t) {
  sztp__buf_t b;
  const char *whose = t->named != NULL ? t->named : t->certified != NULL ? t->certified : t->key;
  begin(&b);
  put_head(&b, t, t->certify_type, t->nonce, t->certify_resets);
  if (t->certify_type == 0x8017) {
    put_sized(&b, name_of(t, public_area(t, whose)));
    put_sized(&b, crafted_hex("00 0b 00 02")); /* qualifiedName */
  } else {
    put(&b, 4, 0);
    put(&b, 2, 0);
  }
  return keep(&b);
}

static sztp__span_t pcr_values(const attested_t *t) {
  sztp__buf_t b;
  begin(&b);
  for (uint32_t pcr = 0; pcr < 24; pcr++)
    for (size_t i = 0; (t->pcrs >> pcr & 1) != 0 && i < sztp__hash_len(hash_of(t->bank)); i++)
      sztp__buf_add_u8(&b, t->value[pcr]);
  return keep(&b);
}

static sztp__span_t quote(const attested_t *t) {
  sztp__buf_t b;
  begin(&b);
  put_head(&b, t, t->quote_type, t->quote_nonce.len > 0 ? t->quote_nonce : t->nonce, t->quote_resets);
  put(&b, 4, 1);
  put(&b, 2, t->bank);
  put(&b, 1, 3);
  for (size_t i = 0; i < 3; i++) put(&b, 1, t->pcrs >> 8 * i & 0xff);
  put_sized(&b, hashed(t->hash, pcr_values(t)));
  return keep(&b);
}

/* ---- certificates -------------------------------------------------------------------------------- */

sztp__span_t attested_nonce(void) {
  return crafted_hex(
      "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff");
}

sztp__span_t attested_extensions(uint8_t policy, uint8_t purpose) {
  uint8_t policies[] = {0x30, 0x0a, 0x30, 0x08, 0x06, 0x06, 0x67, 0x81, 0x05, 0x0b, 0x01, policy};
  uint8_t purposes[] = {0x30, 0x07, 0x06, 0x05, 0x67, 0x81, 0x05, 0x08, purpose};
  sztp__span_t all = crafted_extension(15, 1, crafted_hex("03 02 07 80"));
  if (policy != 0) all = crafted_joined(all, crafted_extension(32, 0, sztp__span(policies, sizeof policies)));
  if (purpose != 0)
    all = crafted_joined(all, crafted_extension(37, 0, sztp__span(purposes, sizeof purposes)));
  return all;
}

static sztp__span_t subject(const char *serial) {
  sztp__span_t name = crafted_name(3, SZTP__DER_UTF8, "EX4200");
  return serial == NULL ? name : crafted_names(name, crafted_name(5, SZTP__DER_PRINTABLE, serial));
}

sztp__span_t attested_cert(const attested_t *t) {
  crafted_t cert = {.subject = subject(t->iak_serial),
                    .issuer = crafted_subject_of(t->iak_issuer),
                    .key = t->iak,
                    .signer = t->iak_issuer,
                    .serial = 77,
                    .extensions = t->iak_extensions};
  return crafted_cert(&cert);
}

/* ---- the request --------------------------------------------------------------------------------- */

attested_t attested_usual(void) {
  attested_t t;
  memset(&t, 0, sizeof t);
  t.iak = "other";
  t.iak_serial = t.serial = "EX4200-17";
  t.iak_issuer = "idevid-root";
  t.iak_extensions = attested_extensions(3, 0);
  t.key = "owner";
  t.statements = SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE;
  t.nonce = attested_nonce();
  t.magic = 0xff544347;
  t.certify_type = 0x8017;
  t.quote_type = 0x8018;
  t.attributes = 0x00040072;
  t.name_algorithm = 0x0b;
  t.pcrs = 0x9f;
  t.bank = 0x0b;
  for (uint8_t i = 0; i < sizeof t.value; i++) t.value[i] = (uint8_t)(0xa0 + i);
  t.certify_resets = t.quote_resets = 2;
  t.scheme = SZTP__SIG_ECDSA;
  t.hash = SZTP__HASH_SHA256;
  return t;
}

void attested_make(const attested_t *t, sztp__span_t parts[ATTESTED_PARTS]) {
  parts[ATTESTED_CERTIFY] = certify(t);
  parts[ATTESTED_CERTIFY_SIGNATURE] =
      tpm_signature(t, t->certify_signer != NULL ? t->certify_signer : t->iak, parts[ATTESTED_CERTIFY]);
  parts[ATTESTED_PUBLIC] = public_area(t, t->certified != NULL ? t->certified : t->key);
  parts[ATTESTED_QUOTE] = quote(t);
  parts[ATTESTED_QUOTE_SIGNATURE] =
      tpm_signature(t, t->quote_signer != NULL ? t->quote_signer : t->iak, parts[ATTESTED_QUOTE]);
  parts[ATTESTED_VALUES] = t->values.len > 0 ? t->values : pcr_values(t);
  parts[ATTESTED_CERTS] = t->certs.len > 0 ? t->certs : attested_cert(t);
}

static sztp__span_t statement(uint8_t kind, sztp__span_t a, sztp__span_t b, sztp__span_t c) {
  uint8_t oid[] = {0x06, 0x05, 0x67, 0x81, 0x05, 0x14, kind};
  sztp__span_t three = crafted_joined(crafted_joined(octet_string(a), octet_string(b)), octet_string(c));
  return sequence(sztp__span(oid, sizeof oid), crafted_tlv(SZTP__DER_SEQUENCE, three));
}

static sztp__span_t evidence(const attested_t *t, const sztp__span_t parts[ATTESTED_PARTS]) {
  sztp__span_t all = sztp__span(NULL, 0);
  sztp__span_t one =
      statement(1, parts[ATTESTED_CERTIFY], parts[ATTESTED_CERTIFY_SIGNATURE], parts[ATTESTED_PUBLIC]);
  if ((t->statements & SZTP_EVIDENCE_CERTIFY) != 0) all = crafted_joined(all, one);
  if (t->statements_twice) all = crafted_joined(all, one);
  if ((t->statements & SZTP_EVIDENCE_QUOTE) != 0)
    all = crafted_joined(
        all, statement(2, parts[ATTESTED_QUOTE], parts[ATTESTED_QUOTE_SIGNATURE], parts[ATTESTED_VALUES]));
  sztp__span_t certs =
      t->without_certs ? sztp__span(NULL, 0) : crafted_tlv(SZTP__DER_SEQUENCE, parts[ATTESTED_CERTS]);
  sztp__span_t bundle = sequence(crafted_tlv(SZTP__DER_SEQUENCE, all), certs);
  return sequence(crafted_hex("06 0b 2a 86 48 86 f7 0d 01 09 10 02 3b"), crafted_tlv(SZTP__DER_SET, bundle));
}

sztp__span_t attested_request(const attested_t *t, const sztp__span_t parts[ATTESTED_PARTS]) {
  sztp__buf_t info;
  sztp__buf_t out;
  sztp__span_t spki;
  sztp__keyinfo_t key;
  size_t mark = 0;
  spki_of(t->key, &spki, &key);
  begin(&info);
  assert_int_equal(sztp__p10_put_info(&info, subject(t->serial), spki,
                                      t->statements != 0 ? evidence(t, parts) : sztp__span(NULL, 0)),
                   SZTP_OK);
  sztp__span_t signed_part = keep(&info);
  int ec = key.type == SZTP__KEY_EC;
  sztp__span_t signature =
      sign(t->key, ec ? SZTP__SIG_ECDSA : SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, signed_part);
  begin(&out);
  sztp__der_open(&out, SZTP__DER_SEQUENCE, &mark);
  sztp__buf_add_span(&out, signed_part);
  sztp__buf_add_span(&out, ec ? crafted_hex("30 0a 06 08 2a 86 48 ce 3d 04 03 02")
                              : crafted_hex("30 0d 06 09 2a 86 48 86 f7 0d 01 01 0b 05 00"));
  sztp__buf_add_span(&out, crafted_tlv(SZTP__DER_BIT_STRING, crafted_joined(crafted_hex("00"), signature)));
  assert_int_equal(sztp__der_close(&out, mark), SZTP_OK);
  return keep(&out);
}

sztp__span_t attested_csr(const attested_t *t) {
  sztp__span_t parts[ATTESTED_PARTS];
  attested_make(t, parts);
  return attested_request(t, parts);
}
