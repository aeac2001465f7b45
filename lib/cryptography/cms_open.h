/* SPDX-License-Identifier: Apache-2.0 */
/* Opening EnvelopedData and AuthEnvelopedData: the private key is asked from outside, everything else is done
 * here, and no failure that depends on a secret can be told from another (D-93). */
#ifndef SZTP_CRYPTOGRAPHY_CMS_OPEN_H
#define SZTP_CRYPTOGRAPHY_CMS_OPEN_H

#include "cryptography/cms_enveloped.h"
#include "cryptography/key_request.h"

/* Who is asked, and what for. */
typedef struct sztp__opener {
  sztp_key_fn fn;
  void *user;
  uint32_t artifact;
} sztp__opener_t;

/* What came out, right or wrong. */
typedef struct sztp__opened {
  uint8_t *memory; /* sztp__free_secret */
  size_t start;    /* of the text in it; so many octets are free before it, SZTP__OPENED_ROOM or more */
  size_t len;      /* of the text */
  uint32_t good;   /* all ones if it is what was encrypted, else 0 */
} sztp__opened_t;
#define SZTP__OPENED_ROOM 48

/* 0 if all that is declared in clear is supported, and the content has a form that can be decrypted:
 * SZTP_ERR_ENC_ALG_UNSUPPORTED, SZTP_ERR_ENC_DECRYPT_FAILED. No secret is used. */
int32_t sztp__enveloped_check(sztp_ctx_t *ctx, const sztp__enveloped_t *env);
/* The same for one recipient that names @p cert. */
int32_t sztp__recipient_check(sztp_ctx_t *ctx, const sztp__enveloped_t *env, const sztp__recipient_t *r,
                              const sztp__cert_t *cert);

/* Asks for the one operation of the private key of @p cert, gets the content key with it and decrypts. Both
 * checks above were passed. Whatever fails on the way, the same is done, with a random content key in place
 * of the right one, and out->good is 0 in the end. Other results leave *out empty: SZTP_PENDING,
 * SZTP_ERR_NOT_FOUND (there is no such private key), SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO. */
int32_t sztp__enveloped_open(sztp_ctx_t *ctx, const sztp__enveloped_t *env, size_t recipient,
                             const sztp__cert_t *cert, const sztp__opener_t *opener, sztp__opened_t *out);

/* The one thing that is said of every failure. Returns SZTP_ERR_ENC_DECRYPT_FAILED with an empty trail before
 * it. */
int32_t sztp__decrypt_failed(sztp_ctx_t *ctx);

#endif
