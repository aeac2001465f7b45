/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of boot images as a session uses them. What it calls it finds through the device, which has it
 * from sztp_device_add_firmware_anchors(): a program without that call is linked without all of this. */
#ifndef SZTP_TRUST_IMAGE_CHECK_H
#define SZTP_TRUST_IMAGE_CHECK_H

#include <sztp/image.h>

#include "cryptography/cms.h"
#include "trust/device_private.h"

#define SZTP__IMAGE_HASHES 3

/* Why a signature is not believed. */
typedef struct sztp__image_refusal {
  int32_t code; /* 0: it is believed, so far */
  char detail[SZTP__SENTENCE_SIZE];
} sztp__image_refusal_t;

typedef struct sztp__image_judge {
  /* A check of the @p signature. One that is refused is a check, too, with the reason in its refusal. 0,
   * SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO. */
  int32_t (*begin)(sztp_ctx_t *ctx, const sztp_device_t *dev, sztp__span_t signature, int64_t unix_time,
                   int with_fingerprint, sztp_image_check_t **out);
  int32_t (*write)(sztp_image_check_t *check, sztp__span_t octets);
  /* The image begins anew. */
  int32_t (*restart)(sztp_image_check_t *check);
  /* The image is whole: its SHA-256, if that was asked for, and the judgement. 0 or a failure of the machine,
   * after which it can be called again. */
  int32_t (*end)(sztp_image_check_t *check, uint8_t sha256[32]);
  void (*free)(sztp_image_check_t *check);
} sztp__image_judge_t;

/* A signer whose certificate has a path to an anchor. */
typedef struct sztp__image_signer {
  size_t signer;
  const sztp__cert_t *cert;
} sztp__image_signer_t;

struct sztp_image_check {
  const sztp__image_judge_t *judge;
  sztp_ctx_t *ctx;
  const sztp_device_t *dev;
  sztp__buf_t der; /* the signature, which all else borrows from */
  sztp__cms_t *cms;
  sztp__cert_t *certs;
  size_t cert_count;
  sztp__crl_t *crls;
  size_t crl_count;
  sztp__image_signer_t candidates[SZTP__CMS_MAX_SIGNERS];
  size_t candidate_count;
  int wanted[SZTP__IMAGE_HASHES]; /* SHA-256, SHA-384, SHA-512 */
  sztp__hash_t *running[SZTP__IMAGE_HASHES];
  uint8_t digest[SZTP__IMAGE_HASHES][SZTP__HASH_MAX];
  int hashed; /* the digests are there */
  int judged;
  int rank; /* how far the refusal's signer came */
  sztp__image_refusal_t refusal;
};

/* What a device has that believes signatures of boot images. */
struct sztp__firmware {
  sztp__certs_t anchors;
  const sztp__image_judge_t *judge;
};

extern const sztp__image_judge_t sztp__image_judge;

/* That of a device; NULL: it believes none. */
static inline struct sztp__firmware *sztp__firmware_of(const sztp_device_t *dev) {
  return SZTP__IMAGE_SIGNATURES ? dev->firmware : NULL;
}

#endif
