/* SPDX-License-Identifier: Apache-2.0 */
/* Writes COSE_Sign1 with one signer as RFC 9052 4.2 and the constrained-voucher draft have it. */
#include "artifacts/input.h"
#include "artifacts/signer.h"
#include "cryptography/cose.h"
#include "formats/cbor.h"

#define SIGNATURE_MAX 160 /* an ECDSA-Sig-Value, or two numbers of P-521 */

static int32_t choose(const sztp_signer_t *s, const sztp__cose_alg_t **alg) {
  *alg = s->cert.key.type == SZTP__KEY_EC ? sztp__cose_alg(0, s->cert.key.curve) : NULL;
  if (*alg == NULL)
    return sztp__fail(
        s->ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "artifacts.cose",
        "the signer's key is not an EC key; vouchers in COSE are signed with P-256, P-384 or P-521");
  if (s->hash == (*alg)->hash) return SZTP_OK;
  return sztp__fail(s->ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "artifacts.cose",
                    "%s goes with the signer's key, and %s with no other hash", (*alg)->name, (*alg)->name);
}

/* One number of an ECDSA-Sig-Value, as long as the curve wants it. */
static int32_t put_cose_number(sztp__der_t *numbers, size_t len, sztp__buf_t *out) {
  sztp__span_t number;
  int32_t rc = sztp__der_integer(numbers, &number);
  if (rc < 0) return rc;
  while (number.len > len) number = sztp__span(number.data + 1, number.len - 1); /* its leading zero */
  for (size_t n = number.len; n < len; n++) sztp__buf_add_u8(out, 0);
  return sztp__buf_add_span(out, number);
}

/* r and s side by side (RFC 9053 2.1). */
static int32_t sign_structure(const sztp_signer_t *s, const sztp__cose_alg_t *alg,
                              sztp__span_t protected_header, sztp__span_t payload, sztp__buf_t *out) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  size_t half = (size_t)(s->cert.key.bits + 7) / 8;
  sztp__buf_t sig_value;
  sztp__der_t d;
  sztp__der_t numbers;
  sztp__buf_init(&sig_value, s->ctx, SIGNATURE_MAX);
  int32_t rc = sztp__cose_digest(s->ctx, alg->hash, protected_header, payload, digest, &len);
  if (rc == SZTP_OK)
    rc = sztp__signing_key_sign(s->key, SZTP__SIG_ECDSA, alg->hash, sztp__span(digest, len), &sig_value);
  sztp__der_init(&d, s->ctx, sztp__buf_span(&sig_value));
  if (rc == SZTP_OK) rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &numbers);
  if (rc == SZTP_OK) rc = put_cose_number(&numbers, half, out);
  if (rc == SZTP_OK) rc = put_cose_number(&numbers, half, out);
  sztp__buf_clear(&sig_value);
  return rc;
}

/* COSE_X509 (RFC 9360 2): one as it is, several in an array. */
static void put_certs(const sztp_signer_t *s, sztp__buf_t *out) {
  sztp__span_t list = sztp__buf_span(&s->certs);
  sztp__span_t der;
  size_t count = 0;
  while (sztp__input_next(s->ctx, &list, &der)) count++;
  sztp__cbor_put_uint(out, SZTP__COSE_X5BAG);
  if (count > 1) sztp__cbor_put_array(out, count);
  list = sztp__buf_span(&s->certs);
  while (sztp__input_next(s->ctx, &list, &der)) sztp__cbor_put_bytes(out, der);
}

static void put_unprotected(const sztp_signer_t *s, sztp__buf_t *out) {
  sztp__cbor_put_map(out, (s->by_key_id ? 1u : 0u) + (s->no_certs ? 0u : 1u));
  if (s->by_key_id) {
    sztp__cbor_put_uint(out, SZTP__COSE_KID);
    sztp__cbor_put_bytes(out, s->cert.subject_key_id);
  }
  if (!s->no_certs) put_certs(s, out);
}

int32_t sztp__cose_sign1_write(const sztp_signer_t *signer, sztp__span_t payload, sztp__buf_t *out) {
  const sztp__cose_alg_t *alg = NULL;
  sztp__buf_t protected_header;
  sztp__buf_t signature;
  int32_t rc = choose(signer, &alg);
  if (rc < 0) return rc;
  sztp__buf_init(&protected_header, signer->ctx, 16);
  sztp__buf_init(&signature, signer->ctx, SIGNATURE_MAX);
  sztp__cbor_put_map(&protected_header, 1);
  sztp__cbor_put_uint(&protected_header, SZTP__COSE_ALG);
  rc = sztp__cbor_put_negint(&protected_header, (uint64_t)(-1 - alg->alg));
  if (rc == SZTP_OK) rc = sign_structure(signer, alg, sztp__buf_span(&protected_header), payload, &signature);
  if (rc == SZTP_OK) {
    sztp__cbor_put_tag(out, SZTP__COSE_TAG);
    sztp__cbor_put_array(out, 4);
    sztp__cbor_put_bytes(out, sztp__buf_span(&protected_header));
    put_unprotected(signer, out);
    sztp__cbor_put_bytes(out, payload);
    rc = sztp__cbor_put_bytes(out, sztp__buf_span(&signature));
  }
  sztp__buf_clear(&signature);
  sztp__buf_clear(&protected_header);
  return rc;
}
