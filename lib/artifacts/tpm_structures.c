/* SPDX-License-Identifier: Apache-2.0 */
/* Structures of TPM 2.0 (Library, Part 2), read; and signatures in them, verified. */
#include "artifacts/tpm_structures.h"

#include "cryptography/algorithm.h"

#define WHERE "tpm"

enum { /* TPM_ALG_ID */
       ALG_RSA = 0x0001,
       ALG_SHA1 = 0x0004,
       ALG_SHA256 = 0x000b,
       ALG_SHA384 = 0x000c,
       ALG_SHA512 = 0x000d,
       ALG_NULL = 0x0010,
       ALG_RSASSA = 0x0014,
       ALG_RSAES = 0x0015,
       ALG_RSAPSS = 0x0016,
       ALG_ECDSA = 0x0018,
       ALG_ECDAA = 0x001a,
       ALG_ECC = 0x0023
};
enum { CURVE_P256 = 0x0003, CURVE_P384 = 0x0004, CURVE_P521 = 0x0005 }; /* TPM_ECC_CURVE */

#define RSA_OCTETS_MAX       512 /* of what TPMs make, 4096 bits */
#define EC_OCTETS_MAX        66
#define RSA_EXPONENT_IF_ZERO 65537

/* ---- octets -------------------------------------------------------------------------------------- */

typedef struct reader {
  sztp_ctx_t *ctx;
  const char *what; /* the structure */
  sztp__span_t rest;
  int32_t status; /* the first failure stays */
} reader_t;

static void fail_reading(reader_t *r, const char *what) {
  if (r->status == SZTP_OK)
    r->status = sztp__fail(r->ctx, SZTP_ERR_EVIDENCE_MALFORMED, WHERE, "%s: %s", r->what, what);
}

/* The next @p len octets; an empty span after a failure. */
static sztp__span_t take_octets(reader_t *r, size_t len) {
  if (r->status == SZTP_OK && len > r->rest.len) fail_reading(r, "it ends too soon");
  if (r->status != SZTP_OK) return sztp__span(NULL, 0);
  sztp__span_t taken = sztp__span(r->rest.data, len);
  r->rest = sztp__span_from(r->rest, len);
  return taken;
}

/* A number of up to 4 octets, high octet first; 0 after a failure. */
static uint32_t take_number(reader_t *r, size_t octets) {
  sztp__span_t taken = take_octets(r, octets);
  uint32_t value = 0;
  for (size_t i = 0; i < taken.len; i++) value = value << 8 | taken.data[i];
  return value;
}

static uint16_t take_number16(reader_t *r) { return (uint16_t)take_number(r, 2); }

/* TPM2B_*: a length and as many octets. */
static sztp__span_t take_sized(reader_t *r) { return take_octets(r, take_number(r, 2)); }

static int32_t finish_reading(reader_t *r) {
  if (r->status == SZTP_OK && r->rest.len > 0) fail_reading(r, "there are octets behind it");
  return r->status;
}

/* ---- algorithms ---------------------------------------------------------------------------------- */

static uint32_t hash_of(uint16_t algorithm) {
  switch (algorithm) {
  case ALG_SHA1: return SZTP__HASH_SHA1;
  case ALG_SHA256: return SZTP__HASH_SHA256;
  case ALG_SHA384: return SZTP__HASH_SHA384;
  case ALG_SHA512: return SZTP__HASH_SHA512;
  default: return SZTP__HASH_NONE;
  }
}

static uint32_t curve_of(uint16_t curve) {
  switch (curve) {
  case CURVE_P256: return SZTP__CURVE_P256;
  case CURVE_P384: return SZTP__CURVE_P384;
  case CURVE_P521: return SZTP__CURVE_P521;
  default: return SZTP__CURVE_NONE;
  }
}

/* ---- TPMS_ATTEST --------------------------------------------------------------------------------- */

/* TPMS_PCR_SELECTION */
static void read_bank(reader_t *r, sztp__tpm_bank_t *bank) {
  bank->hash = hash_of(take_number16(r));
  size_t len = take_number(r, 1);
  if (len > SZTP__TPM_SELECT_MAX) fail_reading(r, "a selection of more than 32 PCRs");
  sztp__span_t select = take_octets(r, len);
  bank->selected = 0;
  for (size_t i = 0; i < select.len; i++) bank->selected |= (uint32_t)select.data[i] << (8 * i);
}

static void read_quote(reader_t *r, sztp__tpm_attest_t *out) {
  uint32_t count = take_number(r, 4);
  if (count > SZTP__TPM_BANKS_MAX) fail_reading(r, "more than 16 banks of PCRs");
  for (uint32_t i = 0; r->status == SZTP_OK && i < count; i++) read_bank(r, &out->banks[out->bank_count++]);
  out->digest = take_sized(r);
}

static void read_certify(reader_t *r, sztp__tpm_attest_t *out) {
  out->name = take_sized(r);
  (void)take_sized(r); /* qualifiedName */
}

int32_t sztp__tpm_read_attest(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_attest_t *out) {
  reader_t r = {ctx, "TPMS_ATTEST", data, SZTP_OK};
  memset(out, 0, sizeof *out);
  out->magic = take_number(&r, 4);
  out->type = take_number16(&r);
  if (out->magic != SZTP__TPM_GENERATED ||
      (out->type != SZTP__TPM_ST_CERTIFY && out->type != SZTP__TPM_ST_QUOTE))
    return r.status;
  (void)take_sized(&r); /* qualifiedSigner */
  out->extra = take_sized(&r);
  out->clock = take_octets(&r, SZTP__TPM_CLOCK_LEN);
  (void)take_octets(&r, 8); /* firmwareVersion */
  if (out->type == SZTP__TPM_ST_QUOTE)
    read_quote(&r, out);
  else
    read_certify(&r, out);
  return finish_reading(&r);
}

/* ---- TPMT_SIGNATURE ------------------------------------------------------------------------------ */

int32_t sztp__tpm_read_signature(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_signature_t *out) {
  reader_t r = {ctx, "TPMT_SIGNATURE", data, SZTP_OK};
  memset(out, 0, sizeof *out);
  uint16_t algorithm = take_number16(&r);
  out->scheme = algorithm == ALG_RSASSA   ? SZTP__SIG_RSA_PKCS1
                : algorithm == ALG_RSAPSS ? SZTP__SIG_RSA_PSS
                : algorithm == ALG_ECDSA  ? SZTP__SIG_ECDSA
                                          : SZTP__SIG_NONE;
  if (out->scheme == SZTP__SIG_NONE) fail_reading(&r, "none of RSASSA, RSAPSS, ECDSA");
  out->hash = hash_of(take_number16(&r));
  if (out->hash == SZTP__HASH_NONE) fail_reading(&r, "a hash that is not known");
  if (out->scheme == SZTP__SIG_ECDSA) {
    out->r = take_sized(&r);
    out->s = take_sized(&r);
    if (out->r.len > EC_OCTETS_MAX || out->s.len > EC_OCTETS_MAX)
      fail_reading(&r, "its numbers are too long");
  } else {
    out->rsa = take_sized(&r);
    if (out->rsa.len > RSA_OCTETS_MAX) fail_reading(&r, "it is too long");
  }
  return finish_reading(&r);
}

/* ---- TPMT_PUBLIC --------------------------------------------------------------------------------- */

/* TPMT_SYM_DEF_OBJECT, of which nothing is needed. */
static void skip_symmetric(reader_t *r) {
  if (take_number16(r) != ALG_NULL) (void)take_octets(r, 4); /* keyBits, mode */
}

/* TPMT_RSA_SCHEME, TPMT_ECC_SCHEME, TPMT_KDF_SCHEME: a hash follows all but a few. */
static void skip_scheme(reader_t *r) {
  uint16_t scheme = take_number16(r);
  if (scheme == ALG_NULL || scheme == ALG_RSAES) return;
  (void)take_octets(r, scheme == ALG_ECDAA ? 4 : 2);
}

static void read_rsa_area(reader_t *r, sztp__tpm_public_t *out) {
  out->type = SZTP__KEY_RSA;
  skip_symmetric(r);
  skip_scheme(r);
  (void)take_number16(r); /* keyBits: the modulus says it */
  out->exponent = take_number(r, 4);
  if (out->exponent == 0) out->exponent = RSA_EXPONENT_IF_ZERO;
  out->modulus = take_sized(r);
  if (out->modulus.len > RSA_OCTETS_MAX) fail_reading(r, "its modulus is too long");
}

static void read_ecc_area(reader_t *r, sztp__tpm_public_t *out) {
  out->type = SZTP__KEY_EC;
  skip_symmetric(r);
  skip_scheme(r);
  out->curve = curve_of(take_number16(r));
  if (out->curve == SZTP__CURVE_NONE) fail_reading(r, "a curve that is not known");
  skip_scheme(r);
  out->x = take_sized(r);
  out->y = take_sized(r);
  if (out->x.len > EC_OCTETS_MAX || out->y.len > EC_OCTETS_MAX) fail_reading(r, "its point is too long");
}

int32_t sztp__tpm_read_public(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_public_t *out) {
  reader_t r = {ctx, "TPMT_PUBLIC", data, SZTP_OK};
  memset(out, 0, sizeof *out);
  uint16_t type = take_number16(&r);
  out->name_algorithm = take_number16(&r);
  out->name_hash = hash_of(out->name_algorithm);
  out->attributes = take_number(&r, 4);
  (void)take_sized(&r); /* authPolicy */
  if (out->name_hash < SZTP__HASH_SHA256) fail_reading(&r, "its name is made with no hash of SHA-2");
  if (type == ALG_RSA)
    read_rsa_area(&r, out);
  else if (type == ALG_ECC)
    read_ecc_area(&r, out);
  else
    fail_reading(&r, "neither RSA nor ECC");
  return finish_reading(&r);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static sztp__span_t without_zeros(sztp__span_t n) {
  while (n.len > 0 && n.data[0] == 0) n = sztp__span_from(n, 1);
  return n;
}

static int same_number(sztp__span_t a, sztp__span_t b) {
  return sztp__span_equal(without_zeros(a), without_zeros(b));
}

int sztp__tpm_public_is(const sztp__tpm_public_t *area, const sztp__keyinfo_t *key) {
  if (area->type != key->type) return 0;
  if (area->type == SZTP__KEY_RSA) {
    uint32_t e = area->exponent;
    uint8_t exponent[4] = {(uint8_t)(e >> 24), (uint8_t)(e >> 16), (uint8_t)(e >> 8), (uint8_t)e};
    return area->modulus.len > 0 && same_number(area->modulus, key->modulus) &&
           same_number(sztp__span(exponent, sizeof exponent), key->exponent);
  }
  size_t half = key->bits_value.len / 2; /* 04 x y */
  return area->curve == key->curve && key->curve != SZTP__CURVE_NONE &&
         same_number(area->x, sztp__span(key->bits_value.data + 1, half)) &&
         same_number(area->y, sztp__span(key->bits_value.data + 1 + half, half));
}

/* ---- verification -------------------------------------------------------------------------------- */

/* ECDSA-Sig-Value (RFC 5480 A), which the seam takes. */
static int32_t verify_ecdsa(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__sigalg_t *alg,
                            const sztp__tpm_signature_t *signature, sztp__span_t digest) {
  sztp__buf_t value;
  size_t mark = 0;
  sztp__buf_init(&value, ctx, 2 * EC_OCTETS_MAX + 16);
  sztp__der_open(&value, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_unsigned(&value, signature->r);
  sztp__der_put_unsigned(&value, signature->s);
  int32_t rc = sztp__der_close(&value, mark);
  if (rc == SZTP_OK) rc = sztp__verify_digest(ctx, spki, alg, digest, sztp__buf_span(&value));
  sztp__buf_clear(&value);
  return rc;
}

/* The salt is as long as the digest; in TPMs of the first revisions as long as the key allows. */
static int32_t verify_pss(sztp_ctx_t *ctx, sztp__span_t spki, sztp__sigalg_t *alg, const sztp__keyinfo_t *key,
                          const sztp__tpm_signature_t *signature, sztp__span_t digest) {
  size_t told = sztp__trail_len(ctx);
  size_t most = (key->bits + 6) / 8; /* octets of the encoded message */
  int32_t rc = sztp__verify_digest(ctx, spki, alg, digest, signature->rsa);
  if (rc != SZTP_ERR_CMS_SIGNATURE_INVALID || most < 2 * digest.len + 2) return rc;
  sztp__trail_cut(ctx, told);
  alg->salt_len = (uint32_t)(most - digest.len - 2);
  return sztp__verify_digest(ctx, spki, alg, digest, signature->rsa);
}

const char *sztp__tpm_scheme_name(uint32_t scheme) {
  return scheme == SZTP__SIG_ECDSA ? "ECDSA" : scheme == SZTP__SIG_RSA_PSS ? "RSAPSS" : "RSASSA";
}

int32_t sztp__tpm_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__tpm_signature_t *signature,
                         sztp__span_t message) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__keyinfo_t key;
  sztp__sigalg_t alg = {.scheme = signature->scheme,
                        .hash = signature->hash,
                        .mgf_hash = signature->hash,
                        .salt_len = (uint32_t)sztp__hash_len(signature->hash)};
  if (signature->hash < SZTP__HASH_SHA256)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_WEAK, WHERE,
                      "a signature by %s with %s, expected SHA-256 or better",
                      sztp__tpm_scheme_name(signature->scheme), sztp__hash_name(signature->hash));
  int32_t rc = sztp__key_info(ctx, spki, &key);
  if (rc == SZTP_OK) rc = sztp__alg_policy(ctx, &alg, &key, 0);
  if (rc == SZTP_OK) rc = sztp__hash_once(ctx, signature->hash, message, digest, &len);
  if (rc != SZTP_OK) return rc;
  sztp__span_t hashed = sztp__span(digest, len);
  if (alg.scheme == SZTP__SIG_ECDSA) return verify_ecdsa(ctx, spki, &alg, signature, hashed);
  if (alg.scheme == SZTP__SIG_RSA_PSS) return verify_pss(ctx, spki, &alg, &key, signature, hashed);
  return sztp__verify_digest(ctx, spki, &alg, hashed, signature->rsa);
}
