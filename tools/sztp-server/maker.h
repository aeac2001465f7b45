/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts made on the spot: what the owner and a laboratory's manufacturer sign. */
#ifndef SZTP_SERVER_MAKER_H
#define SZTP_SERVER_MAKER_H

#include <sys/types.h>
#include <sztp/artifacts.h>
#include <time.h>

#include "reply.h"
#include "settings.h"

/* What making artifacts needs; the digest of the last image is kept, so that the image isn't read for each
 * request. */
typedef struct maker {
  const settings_t *settings;
  sztp_ctx_t *ctx;
  char *image_path;
  off_t image_size;
  time_t image_time;
  uint8_t image_digest[SZTP_DIGEST_LEN];
  struct evidence_round
      *rounds; /* evidence.h: what devices were asked, one for each in the settings; NULL so far */
} maker_t;

enum { MAKER_MAX_CERTS = 1024 * 1024 };

/* An artifact in memory from malloc(). */
typedef struct artifact {
  uint8_t *data;
  size_t len;
} artifact_t;

int maker_init(maker_t *m, const settings_t *settings);
void maker_free(maker_t *m);

/* 1 if FOLDER has an owner certificate and key to sign with. */
int maker_can_sign(const maker_t *m);
/* Opens FOLDER/NAME.pem and NAME.key. 0, or -1 with the problem. */
int maker_signer(maker_t *m, const char *name, sztp_signer_t **signer, problem_t *p);
/* The owner-certificate artifact: owner-chain.pem, else owner.pem, packed. */
int maker_owner_cert(maker_t *m, artifact_t *out, problem_t *p);
/* 1 if FOLDER has what a laboratory's manufacturer needs to issue vouchers. */
int maker_can_vouch(const maker_t *m);
/* Issues an ownership voucher for the device; @p nonce_len 0: without nonce. 0, or -1 with the problem. */
int maker_voucher(maker_t *m, const char *serial, const uint8_t *nonce, size_t nonce_len, artifact_t *out,
                  problem_t *p);
/* PEM, base64 or DER to DER. */
int maker_to_der(maker_t *m, const char *name, const uint8_t *data, size_t len, artifact_t *out,
                 problem_t *p);

/* Say what is wrong with a file of the operator, in words or by what the library found. -1. */
int maker_refuse(problem_t *p, const char *file, const char *what, const char *more);
int maker_refuse_by_library(const maker_t *m, problem_t *p, const char *file, int32_t code);
/* What the library found where it gave @p code; valid until its next call. */
const char *maker_detail(const maker_t *m, int32_t code);
/* Reads FOLDER/NAME. 0, or -1 with the problem. */
int maker_read(const char *folder, const char *name, size_t limit, artifact_t *out, problem_t *p);
/* Copies an artifact from the library's memory, which is freed. 0, or -1 with the problem. */
int maker_take(const maker_t *m, uint8_t *data, size_t len, artifact_t *out, problem_t *p);

#endif
