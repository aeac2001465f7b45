/* SPDX-License-Identifier: Apache-2.0 */
/* The signature algorithms that are known, by their OIDs. */
#include "cryptography/algorithm.h"

#define PKCS1(n)                                                                                             \
  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, (n) }
#define ECDSA_SHA2(n)                                                                                        \
  { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, (n) }
#define OID(name)                                                                                            \
  { (name), sizeof(name) }

#if SZTP__RSA
static const uint8_t sig_oid_rsa[] = PKCS1(1);
static const uint8_t oid_md5_rsa[] = PKCS1(4);
static const uint8_t oid_sha1_rsa[] = PKCS1(5);
static const uint8_t oid_pss[] = PKCS1(10);
static const uint8_t oid_sha256_rsa[] = PKCS1(11);
static const uint8_t oid_sha384_rsa[] = PKCS1(12);
static const uint8_t oid_sha512_rsa[] = PKCS1(13);
static const uint8_t oid_sha224_rsa[] = PKCS1(14);
static const uint8_t oid_sha1_rsa_oiw[] = {0x2b, 0x0e, 0x03, 0x02, 0x1d};
#endif
static const uint8_t sig_oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_sha1_ecdsa[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01};
static const uint8_t oid_sha224_ecdsa[] = ECDSA_SHA2(1);
static const uint8_t oid_sha256_ecdsa[] = ECDSA_SHA2(2);
static const uint8_t oid_sha384_ecdsa[] = ECDSA_SHA2(3);
static const uint8_t oid_sha512_ecdsa[] = ECDSA_SHA2(4);
static const uint8_t sig_oid_ed25519[] = {0x2b, 0x65, 0x70};

/* In the order of algorithm_names.c. */
static const sztp__sigalg_row_t signature_table[] = {
#if SZTP__RSA
    {OID(sig_oid_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_NONE},
    {OID(oid_md5_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_MD5},
    {OID(oid_sha1_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA1},
    {OID(oid_sha1_rsa_oiw), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA1},
    {OID(oid_sha224_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA224},
    {OID(oid_sha256_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256},
    {OID(oid_sha384_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA384},
    {OID(oid_sha512_rsa), SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA512},
    {OID(oid_pss), SZTP__SIG_RSA_PSS, SZTP__HASH_NONE},
#endif
    {OID(sig_oid_ec), SZTP__SIG_ECDSA, SZTP__HASH_NONE},
    {OID(oid_sha1_ecdsa), SZTP__SIG_ECDSA, SZTP__HASH_SHA1},
    {OID(oid_sha224_ecdsa), SZTP__SIG_ECDSA, SZTP__HASH_SHA224},
    {OID(oid_sha256_ecdsa), SZTP__SIG_ECDSA, SZTP__HASH_SHA256},
    {OID(oid_sha384_ecdsa), SZTP__SIG_ECDSA, SZTP__HASH_SHA384},
    {OID(oid_sha512_ecdsa), SZTP__SIG_ECDSA, SZTP__HASH_SHA512},
    {OID(sig_oid_ed25519), SZTP__SIG_ED25519, SZTP__HASH_SHA512},
};

#define SIGNATURE_COUNT (sizeof signature_table / sizeof signature_table[0])

size_t sztp__sigalg_place(sztp__span_t oid) {
  size_t i = 0;
  while (i < SIGNATURE_COUNT && !sztp__span_equal(signature_table[i].oid, oid)) i++;
  return i;
}

const sztp__sigalg_row_t *sztp__sigalg_row(size_t at) {
  return at < SIGNATURE_COUNT ? &signature_table[at] : NULL;
}
