/* SPDX-License-Identifier: Apache-2.0 */
/* Verification against whoever holds the device in his hand, and has it leave out an instruction or two, or
 * flips a bit, at a moment of his choice (make HARDENED=1). An acceptance takes two verifications that know
 * nothing of each other, so that a fault in one of them gains nothing; and what both found is put together
 * without a branch that could be left out. What is refused is refused by the first. */
#include "trust/verify_private.h"

/* ---- private keys, which are asked by the first alone -------------------------------------------- */

typedef struct answer {
  struct answer *next;
  int32_t rc;
  size_t len;
  uint8_t data[];
} answer_t;

typedef struct keys {
  sztp_ctx_t *ctx;
  sztp_key_fn key;
  void *user;
  answer_t *answers; /* in the order of the questions */
  answer_t **end;
} keys_t;

static int32_t ask(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap, size_t *len) {
  keys_t *keys = (keys_t *)user;
  int32_t rc = keys->key(keys->user, request, out, cap, len);
  if (rc == SZTP_PENDING || rc == SZTP_ERR_MEMORY) return rc;
  size_t kept = rc == SZTP_OK && *len <= cap ? *len : 0;
  answer_t *answer = sztp__alloc(keys->ctx, sizeof *answer + kept);
  if (answer == NULL) return SZTP_ERR_MEMORY;
  answer->rc = rc;
  answer->len = kept;
  memcpy(answer->data, out, kept);
  *keys->end = answer;
  keys->end = &answer->next;
  return rc;
}

/* There are as many as questions, which whoever sent the artifacts knows: a point that is on no curve asks
 * none. */
static void drop_answer(const keys_t *keys, answer_t *answer) {
  sztp__wipe(answer->data, answer->len);
  sztp__free(keys->ctx, answer);
}

static int32_t recall_answer(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                             size_t *len) {
  keys_t *keys = (keys_t *)user;
  answer_t *answer = keys->answers;
  (void)request; /* the same as before */
  if (answer == NULL || answer->len > cap) return SZTP_ERR_CRYPTO;
  int32_t rc = answer->rc;
  *len = answer->len;
  memcpy(out, answer->data, answer->len);
  keys->answers = answer->next;
  drop_answer(keys, answer);
  return rc;
}

static void forget_answers(keys_t *keys) {
  while (keys->answers != NULL) {
    answer_t *answer = keys->answers;
    keys->answers = answer->next;
    drop_answer(keys, answer);
  }
}

/* ---- two verifications --------------------------------------------------------------------------- */

/* Neither is near 0 or the other one. */
#define FIRST  0x3c96a5e1u
#define SECOND 0xc95a1e78u

typedef struct question {
  int64_t unix_time;
  const sztp_device_t *dev;
  const sztp_bundle_t *bundle;
  sztp_verdict_t **out;
  uint32_t channel;
} question_t;

/* Whatever is left out leaves what was there before: no acceptance. What is asked is in memory, too, since a
 * fault in the first verification may have changed the registers that hold what its caller still needs; or
 * where the stack is, which the other copy tells. */
typedef struct proof {
  volatile uint8_t question[sizeof(question_t)];
  volatile uint8_t inverse[sizeof(question_t)];
  volatile uint32_t first; /* FIRST and SECOND, if the verdicts are acceptances */
  volatile uint32_t second;
  volatile int32_t code; /* of the last verification */
  volatile uint32_t result;
} proof_t;

/* What is not 0 becomes an error; nothing becomes 0. To be called where its result is returned: if the call
 * is left out, that is a pointer. */
static __attribute__((noinline)) int32_t both(proof_t *proof) {
  uint32_t missing = (proof->first ^ FIRST) | (proof->second ^ SECOND) | (uint32_t)proof->code;
  for (size_t i = 0; i < sizeof proof->question; i++)
    missing |= proof->question[i] ^ proof->inverse[i] ^ 0xffu;
  proof->result = missing;
  if (proof->result != 0 && proof->code != SZTP_OK) proof->result = (uint32_t)proof->code;
  if (proof->result != 0 && proof->code == SZTP_OK) proof->result = (uint32_t)SZTP_ERR_CRYPTO;
  return (int32_t)proof->result;
}

/* One verification of what is asked; leaves in *share whether it accepts: @p mark. */
static int32_t judge(const proof_t *proof, volatile uint32_t *share, uint32_t mark, sztp_key_fn key,
                     keys_t *keys) {
  question_t q;
  for (size_t i = 0; i < sizeof q; i++) ((uint8_t *)&q)[i] = proof->question[i];
  int32_t rc = sztp__verify_once(q.dev, q.bundle, q.unix_time, q.channel, key, keys, q.out);
  if (*q.out != NULL) *share = mark + sztp__verdict_missing(*q.out);
  return rc;
}

int32_t sztp__verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                     sztp_key_fn key, void *key_user, sztp_verdict_t **out) {
  proof_t proof = {{0}, {0}, 0, 0, SZTP_ERR_ARG, 1};
  keys_t keys = {NULL, key, key_user, NULL, &keys.answers};
  question_t q;
  memset(&q, 0, sizeof q); /* the gaps, too */
  q = (question_t){unix_time, dev, b, out, channel};
  for (size_t i = 0; i < sizeof q; i++) {
    proof.question[i] = ((const uint8_t *)&q)[i];
    proof.inverse[i] = (uint8_t)~proof.question[i];
  }
  if (dev != NULL && b != NULL && out != NULL) {
    keys.ctx = b->ctx;
    *out = NULL;
    proof.code = judge(&proof, &proof.first, FIRST, key == NULL ? NULL : ask, &keys);
    if (proof.code == SZTP_OK) {
      sztp_verdict_free(*out);
      *out = NULL;
      proof.code = SZTP_ERR_CRYPTO;
      proof.code = judge(&proof, &proof.second, SECOND, key == NULL ? NULL : recall_answer, &keys);
    }
    forget_answers(&keys);
  }
  return both(&proof);
}
