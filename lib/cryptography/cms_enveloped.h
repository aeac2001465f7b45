/* SPDX-License-Identifier: Apache-2.0 */
/* EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083) decoded: what can be read without any key. */
#ifndef SZTP_CRYPTOGRAPHY_CMS_ENVELOPED_H
#define SZTP_CRYPTOGRAPHY_CMS_ENVELOPED_H

#include "cryptography/cms.h"
#include "cryptography/enc_algorithm.h"

#define SZTP__CMS_MAX_RECIPIENTS 16

enum {                           /* kinds of recipients */
       SZTP__RECIPIENT_RSA = 1,  /* KeyTransRecipientInfo */
       SZTP__RECIPIENT_ECDH = 2, /* KeyAgreeRecipientInfo with an originatorKey */
       SZTP__RECIPIENT_OTHER =
           3 /* passed over: kekri, pwri, ori, an unknown version, or static ECDH (D-89) */
};

/* One recipient and the content key encrypted to it. Empty spans where there is nothing. */
typedef struct sztp__recipient {
  uint32_t kind;
  sztp__span_t issuer; /* Name, whole TLV; empty with a key identifier */
  sztp__span_t serial; /* INTEGER contents */
  sztp__span_t key_id;
  sztp__keyencalg_t alg;
  sztp__span_t encrypted_key;
  /* ECDH */
  sztp__span_t point; /* the ephemeral public key */
  uint32_t curve;     /* that its algorithm names; NONE if it names none, or another */
  uint8_t has_curve;
  sztp__span_t ukm; /* NULL data if absent */
} sztp__recipient_t;

typedef struct sztp__enveloped {
  size_t recipient_count;
  uint32_t etype; /* SZTP__CMS_*: what the content is said to be */
  sztp__span_t etype_oid;
  sztp__cipheralg_t cipher;
  int has_content;
  int in_parts;            /* content is OCTET STRINGs one after another, to be joined */
  sztp__span_t content;    /* encrypted */
  size_t content_len;      /* joined */
  int authenticated;       /* AuthEnvelopedData */
  sztp__span_t auth_attrs; /* contents of its authAttrs; NULL data if absent */
  sztp__span_t mac;
  sztp__recipient_t recipients[SZTP__CMS_MAX_RECIPIENTS];
} sztp__enveloped_t;

/* Decodes @p cms, of type ENVELOPED or AUTH_ENVELOPED, which must outlive *out (sztp__free).
 * SZTP_ERR_CMS_MALFORMED, SZTP_ERR_LIMIT (CMS-26), SZTP_ERR_MEMORY. */
int32_t sztp__enveloped_parse(sztp_ctx_t *ctx, const sztp__cms_t *cms, sztp__enveloped_t **out);

/* Copies the encrypted content, joined, to content_len octets at @p out. */
void sztp__enveloped_join(const sztp__enveloped_t *env, uint8_t *out);

#endif
