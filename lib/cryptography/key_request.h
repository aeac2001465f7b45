/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of a private key is asked: the one request for all operations. device.h has the getters. */
#ifndef SZTP_CRYPTOGRAPHY_KEY_REQUEST_H
#define SZTP_CRYPTOGRAPHY_KEY_REQUEST_H

#include <sztp/device.h>

#include "ground/span.h"

/* Only what belongs to the operation counts. All spans are borrowed. */
struct sztp_key_request {
  uint32_t operation; /* SZTP_KEY_OP_* */
  int64_t hash;       /* sztp__key_hash() */
  int64_t mgf_hash;
  int64_t statement;
  int64_t pcrs;
  sztp__span_t input;
  sztp__span_t label;
  sztp__span_t cert;   /* whose private key; empty where */
  sztp__span_t key_id; /* the key has a name */
  sztp__span_t algorithm;
  sztp__span_t nonce; /* empty: none */
  /* who asks, for decryption: */
  uint32_t artifact;  /* SZTP_ARTIFACT_* */
  uint32_t recipient; /* place among the artifact's recipients */
};

/* SZTP__HASH_* as requests say it: 1 for SHA-1, else the digest's bits. */
int64_t sztp__key_hash(uint32_t hash);

#endif
