/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers of signatures and digests, and which of them are relied on. */
#include "cryptography/algorithm.h"

#include "ground/format.h"
#include "ground/printable.h"

#define RSA_BITS_LEAST 2048
#define EC_BITS_LEAST  256
#define PSS_SALT       20 /* RFC 4055 3.1, the default */
#define PSS_TRAILER    1

#define FIELD_TAG(n)   ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

#define NIST_HASH(n)                                                                                         \
  { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, (n) }

static const uint8_t oid_mgf1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08};

static const uint8_t oid_md5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05};
static const uint8_t oid_sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
static const uint8_t oid_sha224[] = NIST_HASH(4);
static const uint8_t oid_sha256[] = NIST_HASH(1);
static const uint8_t oid_sha384[] = NIST_HASH(2);
static const uint8_t oid_sha512[] = NIST_HASH(3);

#define OID(name)                                                                                            \
  { (name), sizeof(name) }

static const struct {
  sztp__span_t oid;
  uint32_t hash;
} digests[] = {
    {OID(oid_md5), SZTP__HASH_MD5},       {OID(oid_sha1), SZTP__HASH_SHA1},
    {OID(oid_sha224), SZTP__HASH_SHA224}, {OID(oid_sha256), SZTP__HASH_SHA256},
    {OID(oid_sha384), SZTP__HASH_SHA384}, {OID(oid_sha512), SZTP__HASH_SHA512},
};

/* ---- reading ------------------------------------------------------------------------------------- */

/* Parameters that are NULL or absent, to the end. */
static int32_t read_no_parameters(sztp__der_t *d) {
  sztp__tlv_t tlv;
  if (sztp__der_at_end(d)) return SZTP_OK;
  int32_t rc = sztp__der_expect(d, SZTP__DER_NULL, &tlv);
  if (rc != SZTP_OK) return rc;
  if (tlv.value.len != 0) return sztp__fail(d->ctx, SZTP_ERR_DER, "algorithm", "a NULL with contents");
  return sztp__der_finish(d);
}

/* Parameters of an algorithm that nobody here knows: at most one element. */
static int32_t skip_parameters(sztp__der_t *d) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_at_end(d) ? 0 : sztp__der_any(d, &tlv);
  return rc != SZTP_OK ? rc : sztp__der_finish(d);
}

int32_t sztp__digestalg_read(sztp__der_t *d, uint32_t *hash, sztp__span_t *oid) {
  sztp__der_t sequence;
  *hash = SZTP__HASH_NONE;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, oid);
  if (rc != SZTP_OK) return rc;
  for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
    if (sztp__span_equal(digests[i].oid, *oid)) *hash = digests[i].hash;
  }
  return *hash != SZTP__HASH_NONE ? read_no_parameters(&sequence) : skip_parameters(&sequence);
}

/* MaskGenAlgorithm: id-mgf1 with a hash; another one gives NONE. */
static int32_t read_mask(sztp__der_t *d, uint32_t *hash) {
  sztp__der_t sequence;
  sztp__span_t oid;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, &oid);
  if (rc != SZTP_OK) return rc;
  *hash = SZTP__HASH_NONE;
  if (!sztp__span_equal(oid, sztp__span(oid_mgf1, sizeof oid_mgf1))) return skip_parameters(&sequence);
  rc = sztp__digestalg_read(&sequence, hash, &oid);
  return rc != SZTP_OK ? rc : sztp__der_finish(&sequence);
}

int32_t sztp__hashes_read(sztp__der_t *params, uint32_t *hash, uint32_t *mgf_hash) {
  sztp__der_t field;
  sztp__span_t oid;
  int found = 0;
  *hash = SZTP__HASH_SHA1;
  *mgf_hash = SZTP__HASH_SHA1;
  int32_t rc = sztp__der_enter_optional(params, FIELD_TAG(0), &found, &field);
  if (rc == SZTP_OK && found) {
    rc = sztp__digestalg_read(&field, hash, &oid);
    if (rc == SZTP_OK) rc = sztp__der_finish(&field);
  }
  if (rc == SZTP_OK) rc = sztp__der_enter_optional(params, FIELD_TAG(1), &found, &field);
  if (rc == SZTP_OK && found) {
    rc = read_mask(&field, mgf_hash);
    if (rc == SZTP_OK) rc = sztp__der_finish(&field);
  }
  return rc;
}

/* RSASSA-PSS-params (RFC 4055 3.1). */
static int32_t read_pss(sztp__der_t *d, sztp__sigalg_t *out) {
  sztp__der_t sequence;
  sztp__der_t field;
  int32_t salt = PSS_SALT;
  int32_t trailer = PSS_TRAILER;
  int found = 0;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_finish(d);
  if (rc == SZTP_OK) rc = sztp__hashes_read(&sequence, &out->hash, &out->mgf_hash);
  if (rc == SZTP_OK) rc = sztp__der_enter_optional(&sequence, FIELD_TAG(2), &found, &field);
  if (rc == SZTP_OK && found) {
    rc = sztp__der_small(&field, &salt);
    if (rc == SZTP_OK) rc = sztp__der_finish(&field);
  }
  if (rc == SZTP_OK) rc = sztp__der_enter_optional(&sequence, FIELD_TAG(3), &found, &field);
  if (rc == SZTP_OK && found) {
    rc = sztp__der_small(&field, &trailer);
    if (rc == SZTP_OK) rc = sztp__der_finish(&field);
  }
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc == SZTP_OK && trailer != PSS_TRAILER)
    rc = sztp__fail(d->ctx, SZTP_ERR_DER, "algorithm.pss", "trailer field %d, expected 1", (int)trailer);
  out->salt_len = (uint32_t)salt;
  return rc;
}

int32_t sztp__sigalg_read_inside(sztp__der_t contents, sztp__sigalg_t *out) {
  memset(out, 0, sizeof *out);
  int32_t rc = sztp__der_oid(&contents, &out->oid);
  if (rc != SZTP_OK) return rc;
  const sztp__sigalg_row_t *row = sztp__sigalg_row(sztp__sigalg_place(out->oid));
  if (row == NULL) return skip_parameters(&contents);
  out->scheme = row->scheme;
  out->hash = row->hash;
  if (SZTP__RSA && row->scheme == SZTP__SIG_RSA_PSS) return read_pss(&contents, out);
  /* a key's identifier brings along what a key has: its curve */
  if (row->scheme == SZTP__SIG_ECDSA && row->hash == SZTP__HASH_NONE) return skip_parameters(&contents);
  return read_no_parameters(&contents);
}

int32_t sztp__sigalg_read(sztp__der_t *d, sztp__sigalg_t *out) {
  sztp__der_t sequence;
  memset(out, 0, sizeof *out);
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  return rc != SZTP_OK ? rc : sztp__sigalg_read_inside(sequence, out);
}

int32_t sztp__signature_read(sztp__der_t *fields, sztp__span_t inner, sztp__sigalg_t *alg,
                             sztp__span_t *signature) {
  const uint8_t *outer = fields->p;
  unsigned unused = 0;
  int32_t rc = sztp__sigalg_read(fields, alg);
  if (rc != SZTP_OK) return rc;
  if (!sztp__span_equal(inner, sztp__span(outer, (size_t)(fields->p - outer))))
    return sztp__fail(fields->ctx, SZTP_ERR_DER, "signature",
                      "two different signature algorithms inside and outside");
  rc = sztp__der_bits(fields, signature, &unused);
  if (rc == SZTP_OK) rc = sztp__der_finish(fields);
  if (rc == SZTP_OK && unused != 0)
    rc = sztp__fail(fields->ctx, SZTP_ERR_DER, "signature", "it is not whole octets");
  return rc;
}

void sztp__sigalg_complete(sztp__sigalg_t *alg, uint32_t hash) {
  if (alg->hash == SZTP__HASH_NONE && (alg->scheme == SZTP__SIG_RSA_PKCS1 || alg->scheme == SZTP__SIG_ECDSA))
    alg->hash = hash;
}

sztp__sigalg_t sztp__sigalg_ecdsa(uint32_t hash) {
  sztp__sigalg_t alg = {SZTP__SIG_NONE, SZTP__HASH_NONE, SZTP__HASH_NONE, 0, {NULL, 0}};
  if (hash == SZTP__HASH_NONE) return alg;
  const sztp__sigalg_row_t *row;
  for (size_t i = 0; (row = sztp__sigalg_row(i)) != NULL; i++) {
    if (row->scheme != SZTP__SIG_ECDSA || row->hash != hash) continue;
    alg.scheme = row->scheme;
    alg.hash = hash;
    alg.oid = row->oid;
  }
  return alg;
}

sztp__span_t sztp__digest_oid(uint32_t hash) {
  for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
    if (digests[i].hash == hash) return digests[i].oid;
  return sztp__span(NULL, 0);
}

/* ---- policy -------------------------------------------------------------------------------------- */

static int weak_hash(uint32_t hash, int allow_sha1) {
  return hash == SZTP__HASH_MD5 || hash == SZTP__HASH_SHA224 || (hash == SZTP__HASH_SHA1 && !allow_sha1);
}

/* RFC 4055 3.3: what the key's own parameters say holds for every signature. */
static int32_t pss_policy(sztp_ctx_t *ctx, const sztp__sigalg_t *alg, const sztp__keyinfo_t *key) {
  sztp__sigalg_t wanted = {SZTP__SIG_RSA_PSS, SZTP__HASH_NONE, SZTP__HASH_NONE, 0, {NULL, 0}};
  sztp__der_t d;
  if (key->pss_only && alg->scheme != SZTP__SIG_RSA_PSS)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm.key",
                      "the signer's key is one for RSASSA-PSS alone, the signature is another");
  if (key->pss_parameters.len == 0) return SZTP_OK;
  sztp__der_init(&d, NULL, key->pss_parameters);
  if (read_pss(&d, &wanted) == SZTP_OK && wanted.hash == alg->hash && wanted.mgf_hash == alg->mgf_hash &&
      wanted.salt_len <= alg->salt_len)
    return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm.key",
                    "RSASSA-PSS with other parameters than the signer's key is restricted to");
}

int32_t sztp__key_policy(sztp_ctx_t *ctx, const sztp__keyinfo_t *key) {
  uint32_t least = key->type == SZTP__KEY_EC ? EC_BITS_LEAST : RSA_BITS_LEAST;
  if (key->unusable)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm.key",
                      "an RSA key with a size or an exponent that is not supported");
  if (key->type != SZTP__KEY_RSA && key->type != SZTP__KEY_EC) return SZTP_OK;
  if (key->bits != 0 && key->bits < least)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_WEAK, "algorithm.key", "a key of %u bits, expected %u or more",
                      (unsigned)key->bits, (unsigned)least);
  if (key->type == SZTP__KEY_EC && key->curve == SZTP__CURVE_NONE)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm.key",
                      "a curve or form of point that is not supported, expected P-256, P-384 or P-521");
  return SZTP_OK;
}

static int is_pss(const sztp__sigalg_t *alg) { return SZTP__RSA && alg->scheme == SZTP__SIG_RSA_PSS; }

static int32_t key_for(sztp_ctx_t *ctx, const sztp__sigalg_t *alg, const sztp__keyinfo_t *key) {
  if (key->type != (alg->scheme == SZTP__SIG_ECDSA ? SZTP__KEY_EC : SZTP__KEY_RSA))
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm.key",
                      "the signer's key is of a kind that is not supported or does not fit the algorithm");
  int32_t rc = sztp__key_policy(ctx, key);
  return SZTP__RSA && rc == SZTP_OK ? pss_policy(ctx, alg, key) : rc;
}

int32_t sztp__alg_policy(sztp_ctx_t *ctx, const sztp__sigalg_t *alg, const sztp__keyinfo_t *key,
                         int allow_sha1) {
  char name[SZTP__NAME_SIZE];
  SZTP__TELL(sztp__sigalg_text(name, sizeof name, alg));
  if (alg->scheme == SZTP__SIG_NONE || alg->scheme == SZTP__SIG_ED25519)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm",
                      "signature algorithm %s, expected RSA or ECDSA with SHA-2", name);
  if (weak_hash(alg->hash, allow_sha1) || (is_pss(alg) && weak_hash(alg->mgf_hash, allow_sha1)))
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_WEAK, "algorithm",
                      "signature algorithm %s, expected SHA-256 or better", name);
  if (alg->hash == SZTP__HASH_NONE || (is_pss(alg) && alg->mgf_hash == SZTP__HASH_NONE))
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm",
                      "signature algorithm %s with an unknown hash", name);
  if (is_pss(alg) && alg->mgf_hash != alg->hash)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "algorithm",
                      "signature algorithm %s, but MGF1 with %s, expected one hash for both", name,
                      sztp__hash_name(alg->mgf_hash));
  return key_for(ctx, alg, key);
}
