/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature of COSE is made over and by which algorithm: for those who verify and those who sign. */
#include "cryptography/cose.h"
#include "formats/cbor.h"

#define CONTEXT  "Signature1"
#define HEAD_MAX 32 /* of the Sig_structure, without the protected header */

/* RFC 9053 2: each with the one curve that it is meant for, so that a weaker hash is not slipped in. */
static const sztp__cose_alg_t algorithms[] = {
    {-7, "ES256", SZTP__CURVE_P256, SZTP__HASH_SHA256},  {-35, "ES384", SZTP__CURVE_P384, SZTP__HASH_SHA384},
    {-36, "ES512", SZTP__CURVE_P521, SZTP__HASH_SHA512}, {-8, "EdDSA", SZTP__CURVE_NONE, SZTP__HASH_NONE},
    {-37, "PS256", SZTP__CURVE_NONE, SZTP__HASH_NONE},   {-38, "PS384", SZTP__CURVE_NONE, SZTP__HASH_NONE},
    {-39, "PS512", SZTP__CURVE_NONE, SZTP__HASH_NONE},
};

const sztp__cose_alg_t *sztp__cose_alg(int64_t alg, uint32_t curve) {
  for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
    if (alg != 0 ? algorithms[i].alg == alg : curve != SZTP__CURVE_NONE && algorithms[i].curve == curve)
      return &algorithms[i];
  return NULL;
}

int32_t sztp__cose_digest(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t protected_header, sztp__span_t payload,
                          uint8_t out[SZTP__HASH_MAX], size_t *len) {
  sztp__buf_t before; /* everything but the payload */
  sztp__hash_t *h = NULL;
  sztp__buf_init(&before, ctx, protected_header.len + HEAD_MAX);
  sztp__cbor_put_array(&before, 4);
  sztp__cbor_put_text(&before, sztp__span_of(CONTEXT));
  sztp__cbor_put_bytes(&before, protected_header);
  sztp__cbor_put_bytes(&before, sztp__span(NULL, 0)); /* external data: none */
  int32_t rc = sztp__cbor_put_bytes_head(&before, payload.len);
  if (rc == SZTP_OK) rc = sztp__hash_new(ctx, hash, &h);
  if (rc == SZTP_OK) rc = sztp__hash_update(h, before.data, before.len);
  if (rc == SZTP_OK) rc = sztp__hash_update(h, payload.data, payload.len);
  if (rc == SZTP_OK) rc = sztp__hash_finish(h, out, len);
  sztp__hash_free(h);
  sztp__buf_clear(&before);
  return rc;
}
