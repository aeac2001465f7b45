/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of keys that can be made, and their AlgorithmIdentifiers. */
#include "cryptography/key_kind.h"

#include <sztp/device.h>

/* SEQUENCE { id-ecPublicKey, the curve } (RFC 5480 2.1.1), SEQUENCE { rsaEncryption, NULL } (RFC 3279 2.3.1)
 */
#define EC_KEY 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01
static const uint8_t der_p256[] = {0x30, 0x13, EC_KEY, 0x06, 0x08, 0x2a, 0x86,
                                   0x48, 0xce, 0x3d,   0x03, 0x01, 0x07};
static const uint8_t der_p384[] = {0x30, 0x10, EC_KEY, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t der_p521[] = {0x30, 0x10, EC_KEY, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t der_rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                  0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
/* Some leave the NULL out. */
static const uint8_t der_rsa_bare[] = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                       0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};

static const struct key_kind_row {
  uint32_t kind;
  sztp__span_t der;
  const char *name;
} KIND_ROWS[] = {
    {SZTP_ALGORITHM_P256, {der_p256, sizeof der_p256}, "P-256"},
    {SZTP_ALGORITHM_P384, {der_p384, sizeof der_p384}, "P-384"},
    {SZTP_ALGORITHM_P521, {der_p521, sizeof der_p521}, "P-521"},
    {SZTP_ALGORITHM_RSA, {der_rsa, sizeof der_rsa}, "RSA"},
};
#define KIND_COUNT (sizeof KIND_ROWS / sizeof KIND_ROWS[0])

static const struct key_kind_row *kind_row(uint32_t kind) {
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (KIND_ROWS[i].kind == kind) return &KIND_ROWS[i];
  return NULL;
}

sztp__span_t sztp__key_kind_identifier(uint32_t kind) {
  const struct key_kind_row *row = kind_row(kind);
  return row != NULL ? row->der : sztp__span(NULL, 0);
}

const char *sztp__key_kind_name(uint32_t kind) {
  const struct key_kind_row *row = kind_row(kind);
  return row != NULL ? row->name : "";
}

uint32_t sztp__key_kind_of(const sztp__keyinfo_t *key) {
  if (key->type == SZTP__KEY_RSA) return key->pss_only ? 0 : SZTP_ALGORITHM_RSA;
  if (key->type != SZTP__KEY_EC) return 0;
  switch (key->curve) {
  case SZTP__CURVE_P256: return SZTP_ALGORITHM_P256;
  case SZTP__CURVE_P384: return SZTP_ALGORITHM_P384;
  case SZTP__CURVE_P521: return SZTP_ALGORITHM_P521;
  default: return 0;
  }
}

uint32_t sztp__key_kind_named(sztp__span_t identifier) {
  if (sztp__span_equal(identifier, sztp__span(der_rsa_bare, sizeof der_rsa_bare))) return SZTP_ALGORITHM_RSA;
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (sztp__span_equal(identifier, KIND_ROWS[i].der)) return KIND_ROWS[i].kind;
  return 0;
}
