/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software, by mbedTLS: read, checked against their certificate, used to decrypt and to sign.
 * What padding hides is judged by rsa_padding.c and not by mbedTLS. */
#include <stdlib.h>

#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "cryptography/base_point_mbedtls.h"
#include "cryptography/rsa_padding.h"
#include "formats/pkcs8.h"
#include "https/private_key.h"
#include "https/random_source.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define RSA_MAX 1024 /* octets of a modulus: 8192 bits */

struct sztp__key_engine {
  sztp__random_source_t *random;
};

struct sztp__private_key {
  mbedtls_pk_context pk;
  int64_t matched; /* SZTP_ABLE_MATCHED, or 0 */
};

/* ---- reading ------------------------------------------------------------------------------------- */

int32_t sztp__key_engine_new(sztp__key_engine_t **out) {
  sztp__key_engine_t *e = calloc(1, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__random_source_new(&e->random);
  if (rc != SZTP_OK) {
    sztp__key_engine_free(e);
    return rc;
  }
  *out = e;
  return SZTP_OK;
}

void sztp__key_engine_free(sztp__key_engine_t *e) {
  if (e == NULL) return;
  sztp__random_source_free(e->random);
  free(e);
}

/* PEM is told from DER by a NUL after it, which is put there. */
static int parse_key(sztp__key_engine_t *e, mbedtls_pk_context *key, const uint8_t *data, size_t len) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_parse_key(key, data, len, NULL, 0, sztp__random_octets, e->random);
#else
  (void)e;
  return mbedtls_pk_parse_key(key, data, len, NULL, 0);
#endif
}

/* PKCS #8 in PEM may be of the version that mbedTLS does not read; the other labels are its own affair. */
static int parse_pem(sztp__key_engine_t *e, mbedtls_pk_context *key, const uint8_t *text, size_t len) {
  mbedtls_pem_context pem;
  size_t used = 0;
  int code = parse_key(e, key, text, len);
  if (code == 0 || code == MBEDTLS_ERR_PK_ALLOC_FAILED) return code;
  mbedtls_pem_init(&pem);
  if (mbedtls_pem_read_buffer(&pem, "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", text, NULL, 0,
                              &used) == 0) {
    uint8_t *der = pem.MBEDTLS_PRIVATE(buf);
    code = parse_key(e, key, der, sztp__pkcs8_plain(der, pem.MBEDTLS_PRIVATE(buflen)));
  }
  mbedtls_pem_free(&pem); /* wipes it */
  return code;
}

static int is_same_rsa(const mbedtls_rsa_context *a, const mbedtls_rsa_context *b) {
  mbedtls_mpi n[2], e[2];
  for (int i = 0; i < 2; i++) {
    mbedtls_mpi_init(&n[i]);
    mbedtls_mpi_init(&e[i]);
  }
  int same = mbedtls_rsa_export(a, &n[0], NULL, NULL, NULL, &e[0]) == 0 &&
             mbedtls_rsa_export(b, &n[1], NULL, NULL, NULL, &e[1]) == 0 &&
             mbedtls_mpi_cmp_mpi(&n[0], &n[1]) == 0 && mbedtls_mpi_cmp_mpi(&e[0], &e[1]) == 0;
  for (int i = 0; i < 2; i++) {
    mbedtls_mpi_free(&n[i]);
    mbedtls_mpi_free(&e[i]);
  }
  return same;
}

/* mbedTLS adds a lower module's code to a higher one's. */
static int32_t use_failed(int code) {
  return -(-code & 0x7f) == MBEDTLS_ERR_MPI_ALLOC_FAILED || code == MBEDTLS_ERR_MD_ALLOC_FAILED ||
                 code == MBEDTLS_ERR_PK_ALLOC_FAILED || code == MBEDTLS_ERR_X509_ALLOC_FAILED
             ? SZTP_ERR_MEMORY
             : SZTP_ERR_KEY;
}

static int32_t read_key(sztp__key_engine_t *e, mbedtls_pk_context *pk, const uint8_t *data, size_t len) {
  static const char dashes[] = "-----BEGIN";
  int pem = 0;
  for (size_t i = 0; !pem && i + sizeof dashes - 1 <= len; i++)
    pem = memcmp(data + i, dashes, sizeof dashes - 1) == 0;
  uint8_t *copy = malloc(len + 1);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  memcpy(copy, data, len);
  copy[len] = '\0';
  int code = pem ? parse_pem(e, pk, copy, len + 1) : parse_key(e, pk, copy, sztp__pkcs8_plain(copy, len));
  mbedtls_platform_zeroize(copy, len);
  free(copy);
  if (code == 0) sztp__base_point(pk);
  return code == 0 ? SZTP_OK : use_failed(code);
}

int32_t sztp__private_key_read(sztp__key_engine_t *e, const uint8_t *data, size_t len,
                               sztp__private_key_t **out) {
  sztp__private_key_t *key = calloc(1, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  mbedtls_pk_init(&key->pk);
  int32_t rc = read_key(e, &key->pk, data, len);
  if (rc != SZTP_OK) {
    sztp__private_key_free(key);
    return rc;
  }
  *out = key;
  return SZTP_OK;
}

void sztp__private_key_free(sztp__private_key_t *key) {
  if (key == NULL) return;
  mbedtls_pk_free(&key->pk); /* wipes it */
  free(key);
}

/* The public half of an RSA key is what its file holds: a file whose own halves don't belong together is told
 * by whoever is given its signatures. */
static int compare_rsa(const mbedtls_rsa_context *a, const mbedtls_rsa_context *b) {
  return is_same_rsa(a, b) ? 0 : MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
}

/* That of an EC key is computed, where the file has not said another one. */
static int compare_ec(sztp__key_engine_t *e, const mbedtls_ecp_keypair *certified, mbedtls_ecp_keypair *own) {
  mbedtls_ecp_group *curve = &own->MBEDTLS_PRIVATE(grp);
  mbedtls_ecp_point computed;
  if (certified->MBEDTLS_PRIVATE(grp).id != curve->id ||
      mbedtls_ecp_point_cmp(&own->MBEDTLS_PRIVATE(Q), &certified->MBEDTLS_PRIVATE(Q)) != 0)
    return MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
  mbedtls_ecp_point_init(&computed);
  int code =
      mbedtls_ecp_mul(curve, &computed, &own->MBEDTLS_PRIVATE(d), &curve->G, sztp__random_octets, e->random);
  if (code == 0 && mbedtls_ecp_point_cmp(&computed, &certified->MBEDTLS_PRIVATE(Q)) != 0)
    code = MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
  mbedtls_ecp_point_free(&computed);
  return code;
}

int32_t sztp__private_key_fits(sztp__key_engine_t *e, sztp__private_key_t *key, sztp__span_t certificate) {
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  int code = mbedtls_x509_crt_parse_der(&crt, certificate.data, certificate.len);
  mbedtls_pk_context *pub = &crt.pk;
  if (code == 0 && mbedtls_pk_can_do(pub, MBEDTLS_PK_RSA) && mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA)) {
    code = compare_rsa(mbedtls_pk_rsa(*pub), mbedtls_pk_rsa(key->pk));
  } else if (code == 0 && mbedtls_pk_can_do(pub, MBEDTLS_PK_ECKEY_DH) &&
             mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_ECKEY_DH)) {
    code = compare_ec(e, mbedtls_pk_ec(*pub), mbedtls_pk_ec(key->pk));
    key->matched = code == 0 ? SZTP_ABLE_MATCHED : 0;
  } else if (code == 0) {
    code = MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
  }
  mbedtls_x509_crt_free(&crt);
  return code == 0 ? SZTP_OK : use_failed(code);
}

/* ---- making ------------------------------------------------------------------------------------- */

#define RSA_BITS     3072 /* D-172 */
#define RSA_EXPONENT 65537

/* The contents of an AlgorithmIdentifier begin with the key's kind; of EC the curve follows (RFC 5480). */
static int make_kind(sztp__key_engine_t *e, mbedtls_pk_context *pk, sztp__span_t identifier) {
  static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  static const uint8_t ec[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
  static const struct {
    uint8_t oid[10];
    uint8_t len;
    mbedtls_ecp_group_id curve;
  } curves[] = {{{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 10, MBEDTLS_ECP_DP_SECP256R1},
                {{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}, 7, MBEDTLS_ECP_DP_SECP384R1},
                {{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23}, 7, MBEDTLS_ECP_DP_SECP521R1}};
  if (sztp__span_equal(identifier, sztp__span(rsa, sizeof rsa))) {
    int code = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (code != 0) return code;
    return mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), sztp__random_octets, e->random, RSA_BITS, RSA_EXPONENT);
  }
  if (identifier.len < 2 + sizeof ec || memcmp(identifier.data + 2, ec, sizeof ec) != 0)
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
  sztp__span_t curve = sztp__span(identifier.data + 2 + sizeof ec, identifier.len - 2 - sizeof ec);
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
    if (!sztp__span_equal(curve, sztp__span(curves[i].oid, curves[i].len))) continue;
    int code = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code != 0) return code;
    return mbedtls_ecp_gen_key(curves[i].curve, mbedtls_pk_ec(*pk), sztp__random_octets, e->random);
  }
  return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

int32_t sztp__private_key_make(sztp__key_engine_t *e, sztp__span_t identifier, uint8_t *pem, size_t *pem_len,
                               uint8_t *spki, size_t *spki_len) {
  mbedtls_pk_context pk;
  int written = 0;
  mbedtls_pk_init(&pk);
  int code = make_kind(e, &pk, identifier);
  if (code == 0) code = mbedtls_pk_write_key_pem(&pk, pem, *pem_len);
  if (code == 0) written = mbedtls_pk_write_pubkey_der(&pk, spki, *spki_len); /* at its end */
  if (written < 0) code = written;
  mbedtls_pk_free(&pk); /* wipes it */
  if (code == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE) return SZTP_ERR_UNSUPPORTED;
  if (code != 0) return use_failed(code);
  *pem_len = strlen((const char *)pem);
  memmove(spki, spki + (*spki_len - (size_t)written), (size_t)written);
  *spki_len = (size_t)written;
  return SZTP_OK;
}

/* ---- decryption ---------------------------------------------------------------------------------- */

static const mbedtls_md_info_t *key_md(int64_t bits) {
  switch (bits) {
  case 1: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
  case 256: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  case 384: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
  case 512: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
  default: return NULL;
  }
}

/* A digest function of a sztp__rsa_padding_t. */
static int32_t digest_parts(void *user, int64_t hash, sztp__span_t first, sztp__span_t second, uint8_t *out) {
  const mbedtls_md_info_t *info = key_md(hash);
  mbedtls_md_context_t md;
  (void)user;
  mbedtls_md_init(&md);
  int code = mbedtls_md_setup(&md, info, 0);
  if (code == 0) code = mbedtls_md_starts(&md);
  if (code == 0 && first.len > 0) code = mbedtls_md_update(&md, first.data, first.len);
  if (code == 0 && second.len > 0) code = mbedtls_md_update(&md, second.data, second.len);
  if (code == 0) code = mbedtls_md_finish(&md, out);
  mbedtls_md_free(&md);
  return code == 0 ? SZTP_OK : use_failed(code);
}

static int32_t decrypt_rsa(sztp__key_engine_t *e, mbedtls_rsa_context *rsa, const sztp__key_use_t *use,
                           uint8_t *out, size_t wanted) {
  uint8_t block[RSA_MAX];
  sztp__rsa_padding_t padding = {use->operation, use->hash, use->mgf_hash, use->label, digest_parts, NULL};
  size_t len = mbedtls_rsa_get_len(rsa);
  if (len > sizeof block || use->input.len != len || wanted > len) return SZTP_ERR_KEY;
  int code = mbedtls_rsa_private(rsa, sztp__random_octets, e->random, use->input.data, block);
  int32_t rc = code == 0 ? sztp__rsa_unpad(&padding, block, len, out, wanted) : use_failed(code);
  mbedtls_platform_zeroize(block, sizeof block);
  return rc;
}

static int32_t agree(sztp__key_engine_t *e, mbedtls_ecp_keypair *pair, const sztp__key_use_t *use,
                     uint8_t *out, size_t wanted) {
  mbedtls_ecp_group *group = &pair->MBEDTLS_PRIVATE(grp);
  mbedtls_ecp_point peer;
  mbedtls_mpi secret;
  if (wanted != (group->pbits + 7) / 8) return SZTP_ERR_KEY;
  mbedtls_ecp_point_init(&peer);
  mbedtls_mpi_init(&secret);
  int code = mbedtls_ecp_point_read_binary(group, &peer, use->input.data, use->input.len);
  if (code == 0) code = mbedtls_ecp_check_pubkey(group, &peer);
  if (code == 0)
    code = mbedtls_ecdh_compute_shared(group, &secret, &peer, &pair->MBEDTLS_PRIVATE(d), sztp__random_octets,
                                       e->random);
  if (code == 0) code = mbedtls_mpi_write_binary(&secret, out, wanted);
  mbedtls_mpi_free(&secret); /* wipes it */
  mbedtls_ecp_point_free(&peer);
  return code == 0 ? SZTP_OK : use_failed(code);
}

/* ---- signing ------------------------------------------------------------------------------------- */

/* The hash that a digest is by; NONE if it is not one to sign, or not as long. */
static mbedtls_md_type_t digest_md(const sztp__key_use_t *use) {
  if (use->hash == 256 && use->input.len == 32) return MBEDTLS_MD_SHA256;
  if (use->hash == 384 && use->input.len == 48) return MBEDTLS_MD_SHA384;
  if (use->hash == 512 && use->input.len == 64) return MBEDTLS_MD_SHA512;
  return MBEDTLS_MD_NONE;
}

static int32_t sign_ecdsa(sztp__key_engine_t *e, mbedtls_ecp_keypair *pair, const sztp__key_use_t *use,
                          uint8_t *out, size_t wanted) {
  mbedtls_ecp_group *group = &pair->MBEDTLS_PRIVATE(grp);
  mbedtls_md_type_t md = digest_md(use);
  size_t octets = (group->nbits + 7) / 8;
  mbedtls_mpi r;
  mbedtls_mpi s;
  if (md == MBEDTLS_MD_NONE || wanted != 2 * octets) return SZTP_ERR_KEY;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
#if defined(MBEDTLS_ECDSA_DETERMINISTIC)
  int code = mbedtls_ecdsa_sign_det_ext(group, &r, &s, &pair->MBEDTLS_PRIVATE(d), use->input.data,
                                        use->input.len, md, sztp__random_octets, e->random);
#else
  int code = mbedtls_ecdsa_sign(group, &r, &s, &pair->MBEDTLS_PRIVATE(d), use->input.data, use->input.len,
                                sztp__random_octets, e->random);
#endif
  if (code == 0) code = mbedtls_mpi_write_binary(&r, out, octets);
  if (code == 0) code = mbedtls_mpi_write_binary(&s, out + octets, octets);
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  return code == 0 ? SZTP_OK : use_failed(code);
}

/* 2.28 asks for the kind of key in each call, and takes a hash for a number. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define PRIVATE_MODE
#define HASH_ID(md) (md)
#else
#define PRIVATE_MODE MBEDTLS_RSA_PRIVATE,
#define HASH_ID(md)  (int)(md)
#endif

static int32_t sign_rsa(sztp__key_engine_t *e, mbedtls_rsa_context *rsa, const sztp__key_use_t *use,
                        uint8_t *out, size_t wanted) {
  mbedtls_md_type_t md = digest_md(use);
  unsigned int len = (unsigned int)use->input.len;
  int code;
  if (md == MBEDTLS_MD_NONE || wanted != mbedtls_rsa_get_len(rsa)) return SZTP_ERR_KEY;
  if (use->operation == SZTP_KEY_OP_SIGN_RSA_PKCS1) {
    code = mbedtls_rsa_rsassa_pkcs1_v15_sign(rsa, sztp__random_octets, e->random, PRIVATE_MODE md, len,
                                             use->input.data, out);
    return code == 0 ? SZTP_OK : use_failed(code);
  }
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, HASH_ID(md)); /* MGF1 by the same hash */
  code = mbedtls_rsa_rsassa_pss_sign_ext(rsa, sztp__random_octets, e->random, md, len, use->input.data,
                                         (int)len, out);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, HASH_ID(MBEDTLS_MD_NONE));
  return code == 0 ? SZTP_OK : use_failed(code);
}

/* ---- one use ------------------------------------------------------------------------------------- */

static int32_t use_rsa(sztp__key_engine_t *e, mbedtls_rsa_context *rsa, const sztp__key_use_t *use,
                       uint8_t *out, size_t wanted) {
  switch (use->operation) {
  case SZTP_KEY_OP_DECRYPT_RSA_PKCS1:
  case SZTP_KEY_OP_DECRYPT_RSA_OAEP: return decrypt_rsa(e, rsa, use, out, wanted);
  case SZTP_KEY_OP_SIGN_RSA_PKCS1:
  case SZTP_KEY_OP_SIGN_RSA_PSS: return sign_rsa(e, rsa, use, out, wanted);
  case SZTP_KEY_OP_QUERY: return sztp__private_key_abilities(SZTP__RSA_ABLE, out, wanted);
  default: return SZTP_ERR_UNSUPPORTED;
  }
}

static int32_t use_ec(sztp__key_engine_t *e, sztp__private_key_t *key, const sztp__key_use_t *use,
                      uint8_t *out, size_t wanted) {
  mbedtls_ecp_keypair *pair = mbedtls_pk_ec(key->pk);
  switch (use->operation) {
  case SZTP_KEY_OP_AGREE_ECDH: return agree(e, pair, use, out, wanted);
  case SZTP_KEY_OP_SIGN_ECDSA: return sign_ecdsa(e, pair, use, out, wanted);
  case SZTP_KEY_OP_QUERY: return sztp__private_key_abilities(SZTP__EC_ABLE | key->matched, out, wanted);
  default: return SZTP_ERR_UNSUPPORTED;
  }
}

int32_t sztp__private_key_use(sztp__key_engine_t *e, sztp__private_key_t *key, const sztp__key_use_t *use,
                              uint8_t *out, size_t wanted) {
  if (mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA))
    return use_rsa(e, mbedtls_pk_rsa(key->pk), use, out, wanted);
  if (mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_ECKEY_DH)) return use_ec(e, key, use, out, wanted);
  return SZTP_ERR_UNSUPPORTED;
}
