/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of PSA that libsztp wants, for mbedTLS 3.6 (psa/crypto_config.h). */
#ifndef PSA_CRYPTO_CONFIG_H
#define PSA_CRYPTO_CONFIG_H

/* ---- the core: signatures and digests ------------------------------------------------------------ */

#define PSA_WANT_ALG_SHA_256             1
#define PSA_WANT_ALG_SHA_384             1
#define PSA_WANT_ALG_SHA_512             1
#define PSA_WANT_ALG_ECDSA               1
#define PSA_WANT_ALG_RSA_PKCS1V15_SIGN   1
#define PSA_WANT_ALG_RSA_PSS             1
#define PSA_WANT_ECC_SECP_R1_256         1
#define PSA_WANT_ECC_SECP_R1_384         1
#define PSA_WANT_ECC_SECP_R1_521         1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY 1
#define PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY 1
/* What old artifacts are digested with, for what does not hang on it, and so that a refusal can name it. */
#define PSA_WANT_ALG_MD5     1
#define PSA_WANT_ALG_SHA_1   1
#define PSA_WANT_ALG_SHA_224 1

/* ---- the core: encrypted artifacts --------------------------------------------------------------- */

#define PSA_WANT_ALG_CBC_NO_PADDING 1
#define PSA_WANT_ALG_ECB_NO_PADDING 1
#define PSA_WANT_ALG_GCM            1
#define PSA_WANT_KEY_TYPE_AES       1

/* ---- private keys: the device's in software, and an owner's -------------------------------------- */

#define PSA_WANT_ALG_DETERMINISTIC_ECDSA        1
#define PSA_WANT_ALG_ECDH                       1
#define PSA_WANT_ALG_RSA_OAEP                   1
#define PSA_WANT_ALG_RSA_PKCS1V15_CRYPT         1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_GENERATE 1

/* ---- TLS ----------------------------------------------------------------------------------------- */

#define PSA_WANT_ALG_CCM               1
#define PSA_WANT_ALG_CHACHA20_POLY1305 1
#define PSA_WANT_ALG_HKDF_EXPAND       1
#define PSA_WANT_ALG_HKDF_EXTRACT      1
#define PSA_WANT_ALG_HMAC              1
#define PSA_WANT_ALG_TLS12_PRF         1
#define PSA_WANT_ECC_MONTGOMERY_255    1
#define PSA_WANT_KEY_TYPE_CHACHA20     1
#define PSA_WANT_KEY_TYPE_DERIVE       1
#define PSA_WANT_KEY_TYPE_HMAC         1

#endif
