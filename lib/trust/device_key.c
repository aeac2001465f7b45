/* SPDX-License-Identifier: Apache-2.0 */
/* The device's key function, asked on behalf of a transport: to sign, and what a key can do. */
#include "cryptography/key_request.h"
#include "trust/device_private.h"

#define WHERE         "device.key"
#define SIGNATURE_MAX 1024 /* octets: an RSA modulus of 8192 bits */

/* The certificate of the device in one of @p roles that is @p der, octet for octet; NULL if there is none. */
static const sztp__cert_t *find_device_cert(const sztp_device_t *dev, const uint32_t *roles, size_t count,
                                            sztp__span_t der) {
  for (size_t i = 0; i < count; i++) {
    const sztp__certs_t *certs = &dev->certs[roles[i]];
    for (size_t n = 0; n < certs->n; n++)
      if (sztp__span_equal(certs->v[n].der, der)) return &certs->v[n];
  }
  return NULL;
}

/* Asks, and holds the answer against the contract: 0 only if there are exactly @p wanted octets. */
static int32_t ask_device_key(sztp_ctx_t *ctx, const sztp_device_t *dev, const sztp_key_request_t *request,
                              uint8_t *out, size_t wanted) {
  const char *doing = SZTP__WORDS(sztp_key_op_name(request->operation));
  size_t len = 0;
  if (dev->key == NULL)
    return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, WHERE, "there is no key function: sztp_device_set_key()");
  sztp__callback_begins(ctx);
  int32_t rc = dev->key(dev->key_user, request, out, wanted, &len);
  sztp__callback_ends(ctx);
  switch (rc) {
  case SZTP_OK: break;
  case SZTP_PENDING:
  case SZTP_ERR_MEMORY: return rc;
  case SZTP_ERR_NOT_FOUND:
    return sztp__fail(ctx, rc, WHERE, "%s: the key function does not have the certificate's private key",
                      doing);
  case SZTP_ERR_KEY_LOCKED: return sztp__fail(ctx, rc, WHERE, "%s: the key is locked for some time", doing);
  case SZTP_ERR_UNSUPPORTED: return sztp__fail(ctx, rc, WHERE, "%s: the key can't do that", doing);
  default:
    /* By its number: the names of errors come with all their sentences, 9 KiB that a device has no use for.
     */
    return sztp__fail(ctx, SZTP_ERR_KEY, WHERE, "%s: the key function returned %d", doing, (int)rc);
  }
  if (len == wanted) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_KEY, WHERE, "%s: the key function gave %zu octets instead of %zu", doing,
                    len, wanted);
}

/* What both functions begin with. */
static int32_t enter_device(sztp_ctx_t *ctx, const sztp_device_t *dev) {
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (ctx == dev->ctx || dev->frozen) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_SEQUENCE, WHERE,
                    "the device was made on another context, and is not frozen: sztp_device_freeze()");
}

/* ---- signing ------------------------------------------------------------------------------------- */

static int is_signature(uint32_t operation) {
  return operation == SZTP_KEY_OP_SIGN_ECDSA || operation == SZTP_KEY_OP_SIGN_RSA_PKCS1 ||
         operation == SZTP_KEY_OP_SIGN_RSA_PSS;
}

/* Octets of a signature by @p operation with the key of @p cert; 0 if that can't be. */
static size_t signature_len(const sztp__cert_t *cert, uint32_t operation) {
  size_t octets = ((size_t)cert->key.bits + 7) / 8;
  if (operation == SZTP_KEY_OP_SIGN_ECDSA)
    return cert->key.type == SZTP__KEY_EC && cert->key.curve != SZTP__CURVE_NONE ? 2 * octets : 0;
  if (!SZTP__RSA) return 0;
  if (cert->key.pss_only && operation != SZTP_KEY_OP_SIGN_RSA_PSS) return 0;
  return cert->key.type == SZTP__KEY_RSA && octets <= SIGNATURE_MAX ? octets : 0;
}

int32_t sztp_device_sign(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert, size_t cert_len,
                         uint32_t operation, uint32_t hash, const uint8_t *digest, size_t digest_len,
                         uint8_t *out, size_t *out_len) {
  static const uint32_t roles[] = {SZTP_CERT_IDENTITY};
  uint8_t signature[SIGNATURE_MAX];
  if (ctx == NULL || dev == NULL || cert == NULL || digest == NULL || out == NULL || out_len == NULL)
    return SZTP_ERR_ARG;
  if (!is_signature(operation) || (hash != 256 && hash != 384 && hash != 512) || digest_len != hash / 8)
    return SZTP_ERR_ARG;
  int32_t rc = enter_device(ctx, dev);
  if (rc != SZTP_OK) return rc;
  const sztp__cert_t *own = find_device_cert(dev, roles, 1, sztp__span(cert, cert_len));
  if (own == NULL) return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, WHERE, "not the device's identity certificate");
  size_t wanted = signature_len(own, operation);
  if (wanted == 0)
    return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE, "%s with the identity certificate's kind of key",
                      sztp_key_op_name(operation));
  if (*out_len < wanted) {
    *out_len = wanted;
    return SZTP_ERR_BUFFER;
  }
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  request.operation = operation;
  request.hash = (int64_t)hash;
  request.input = sztp__span(digest, digest_len);
  request.cert = own->der;
  rc = ask_device_key(ctx, dev, &request, signature, wanted);
  if (rc != SZTP_OK) return rc;
  memcpy(out, signature, wanted);
  *out_len = wanted;
  return SZTP_OK;
}

/* ---- what it can do ------------------------------------------------------------------------------ */

/* What is supposed of a key function that does not know the question. */
static int64_t supposed(const sztp__cert_t *cert) {
  switch (cert->key.type) {
  case SZTP__KEY_EC: return SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512;
  case SZTP__KEY_RSA:
    if (cert->key.pss_only)
      return SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512;
    return SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512;
  default: return 0;
  }
}

int32_t sztp_device_able(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert, size_t cert_len,
                         int64_t *out) {
  static const uint32_t roles[] = {SZTP_CERT_IDENTITY, SZTP_CERT_DECRYPTION};
  uint8_t octets[8];
  uint64_t able = 0;
  if (ctx == NULL || dev == NULL || cert == NULL || out == NULL) return SZTP_ERR_ARG;
  int32_t rc = enter_device(ctx, dev);
  if (rc != SZTP_OK) return rc;
  const sztp__cert_t *own = find_device_cert(dev, roles, 2, sztp__span(cert, cert_len));
  if (own == NULL)
    return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, WHERE, "not a certificate of the device with a private key");
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  request.operation = SZTP_KEY_OP_QUERY;
  request.cert = own->der;
  rc = ask_device_key(ctx, dev, &request, octets, sizeof octets);
  if (rc == SZTP_ERR_UNSUPPORTED) {
    sztp__trail_clear(ctx);
    *out = supposed(own);
    return SZTP_OK;
  }
  if (rc != SZTP_OK) return rc;
  for (size_t i = 0; i < sizeof octets; i++) able = able << 8 | octets[i];
  if (able > INT64_MAX)
    return sztp__fail(ctx, SZTP_ERR_KEY, WHERE,
                      "query: the key function's answer is not made of SZTP_ABLE_*");
  *out = (int64_t)able;
  return SZTP_OK;
}
