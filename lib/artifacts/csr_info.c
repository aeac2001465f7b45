/* SPDX-License-Identifier: Apache-2.0 */
/* cert-req-info of a csr-request (RFC 9646 3.2): a CertificationRequestInfo whose key, and whose evidence,
 * the device puts in the place of placeholders. */
#include <sztp/attest.h>
#include <sztp/device.h>

#include "artifacts/attestation.h"
#include "artifacts/input.h"
#include "cryptography/key_kind.h"

#define WHERE     "csr-info"
#define INFO_MAX  (16u * 1024u) /* what devices read */
#define RSA_SHOWN 256           /* octets of a placeholder's modulus */

/* ---- the key's placeholder ----------------------------------------------------------------------- */

static size_t point_len(uint32_t kind) {
  switch (kind) {
  case SZTP_ALGORITHM_P256: return 1 + 2 * 32;
  case SZTP_ALGORITHM_P384: return 1 + 2 * 48;
  case SZTP_ALGORITHM_P521: return 1 + 2 * 66;
  default: return 0;
  }
}

static void put_rsa(sztp__buf_t *out) {
  static const uint8_t exponent[] = {0x01, 0x00, 0x01};
  uint8_t modulus[RSA_SHOWN];
  size_t mark = 0;
  memset(modulus, 0xff, sizeof modulus);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_unsigned(out, sztp__span(modulus, sizeof modulus));
  sztp__der_put_unsigned(out, sztp__span(exponent, sizeof exponent));
  sztp__der_close(out, mark);
}

/* SubjectPublicKeyInfo of the kind, with a key that nobody has. */
static void put_placeholder(sztp__buf_t *out, uint32_t kind) {
  size_t info = 0;
  size_t bits = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__buf_add_span(out, sztp__key_kind_identifier(kind));
  sztp__der_open(out, SZTP__DER_BIT_STRING, &bits);
  sztp__buf_add_u8(out, 0); /* unused bits */
  if (kind == SZTP_ALGORITHM_RSA) {
    put_rsa(out);
  } else {
    sztp__buf_add_u8(out, 4); /* uncompressed */
    for (size_t i = 1; i < point_len(kind); i++) sztp__buf_add_u8(out, 0);
  }
  sztp__der_close(out, bits);
  sztp__der_close(out, info);
}

/* ---- attributes ---------------------------------------------------------------------------------- */

static void put_asked(sztp__buf_t *out, const char *type, sztp__span_t nonce) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, sztp__span_of(type));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, nonce);
  sztp__der_close(out, mark);
}

/* D-176: the nonce stands where the statement will. */
static void put_evidence(sztp__buf_t *out, uint32_t wanted, sztp__span_t nonce) {
  size_t marks[4];
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(out, sztp__span_of(SZTP__OID_ATTESTATION));
  sztp__der_open(out, SZTP__DER_SET, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]); /* AttestationBundle */
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
  if ((wanted & SZTP_EVIDENCE_CERTIFY) != 0) put_asked(out, SZTP__OID_CERTIFY, nonce);
  if ((wanted & SZTP_EVIDENCE_QUOTE) != 0) put_asked(out, SZTP__OID_QUOTE, nonce);
  for (size_t i = sizeof marks / sizeof marks[0]; i > 0; i--) sztp__der_close(out, marks[i - 1]);
}

/* The SET OF them in @p set, its contents in *contents. */
static int32_t put_attributes(sztp__buf_t *set, sztp__span_t names, uint32_t wanted, sztp__span_t nonce,
                              sztp__span_t *contents) {
  sztp__der_t d;
  sztp__tlv_t whole;
  size_t mark = 0;
  sztp__der_open(set, SZTP__DER_SET, &mark);
  if (names.len > 0) sztp__p10_put_names(set, names);
  if (wanted != 0) put_evidence(set, wanted, nonce);
  int32_t rc = sztp__der_close_set_of(set, mark);
  if (rc < 0) return rc;
  sztp__der_init(&d, set->ctx, sztp__buf_span(set));
  rc = sztp__der_any(&d, &whole);
  *contents = whole.value;
  return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static int32_t put_info(sztp__buf_t *out, const sztp__cert_t *like, uint32_t algorithm, uint32_t wanted,
                        sztp__span_t nonce) {
  sztp__buf_t set;
  sztp__buf_t key;
  sztp__span_t attributes = sztp__span(NULL, 0);
  sztp__buf_init(&set, out->ctx, INFO_MAX);
  sztp__buf_init(&key, out->ctx, INFO_MAX);
  if (algorithm != 0) put_placeholder(&key, algorithm);
  int32_t rc = key.status;
  if (rc == SZTP_OK) rc = put_attributes(&set, like->subject_alt_name, wanted, nonce, &attributes);
  if (rc == SZTP_OK)
    rc = sztp__p10_put_info(out, like->subject, algorithm != 0 ? sztp__buf_span(&key) : like->spki,
                            attributes);
  sztp__buf_clear(&key);
  sztp__buf_clear(&set);
  return rc;
}

static int nonce_fits(uint32_t wanted, const uint8_t *nonce, size_t len) {
  if (wanted == 0) return nonce == NULL && len == 0;
  return nonce != NULL && len >= SZTP_EVIDENCE_NONCE_MIN && len <= SZTP_EVIDENCE_NONCE_MAX;
}

int32_t sztp_csr_info_make(sztp_ctx_t *ctx, const uint8_t *like, size_t like_len, uint32_t algorithm,
                           uint32_t wanted, const uint8_t *nonce, size_t nonce_len, uint8_t **out,
                           size_t *out_len) {
  sztp__buf_t der;
  sztp__buf_t info;
  sztp__cert_t cert;
  if (ctx == NULL || like == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (algorithm != 0 && sztp__key_kind_identifier(algorithm).data == NULL)
    return sztp__fail(ctx, SZTP_ERR_ARG, WHERE, "there is no such kind of key");
  if ((wanted & ~(uint32_t)(SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE)) != 0)
    return sztp__fail(ctx, SZTP_ERR_ARG, WHERE, "there is no such statement");
  if (!nonce_fits(wanted, nonce, nonce_len))
    return sztp__fail(ctx, SZTP_ERR_ARG, WHERE, "a nonce of %zu octets; evidence goes with one of %d to %d",
                      nonce_len, SZTP_EVIDENCE_NONCE_MIN, SZTP_EVIDENCE_NONCE_MAX);
  sztp__buf_init(&der, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&info, ctx, INFO_MAX);
  int32_t rc = sztp__input_device_cert(ctx, sztp__span(like, like_len), &der, &cert);
  if (rc == SZTP_OK) rc = put_info(&info, &cert, algorithm, wanted, sztp__span(nonce, nonce_len));
  if (rc == SZTP_OK) rc = sztp__buf_take(&info, out, out_len);
  sztp__buf_clear(&info);
  sztp__buf_clear(&der);
  return rc;
}
