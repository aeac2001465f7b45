/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes a boot image and judges it (ONB-11, ONB-12, FW group). With a signature its check makes the
 * fingerprint as well, so that each octet is hashed once for each hash that is wanted. */
#include "machine/image_octets.h"

#include "ground/format.h"
#include "machine/attempt.h"

/* The check of the image's signature; NULL: none. */
static sztp_image_check_t *check_of(const sztp_session_t *s) {
  return SZTP__IMAGE_SIGNATURES ? s->reply.check : NULL;
}

static sztp__span_t fingerprint(const sztp_session_t *s) { return sztp__part(s, SZTP_INFO_IMAGE_SHA256); }

int sztp__image_wants_signature(const sztp_session_t *s) {
  return fingerprint(s).data == NULL || sztp__policy(s->dev, SZTP_POLICY_IMAGE_BOTH) != 0;
}

int32_t sztp__image_begin(sztp_session_t *s) {
  return sztp__hash_new(s->ctx, SZTP__HASH_SHA256, &s->reply.hash);
}

static void put_refusal(const sztp_session_t *s, char *why) {
  const sztp__image_refusal_t *refusal = &check_of(s)->refusal;
  (void)sztp__sentence(why, SZTP__SENTENCE_SIZE, "%s: %s", sztp_error_label(refusal->code), refusal->detail);
}

int32_t sztp__image_take_signature(sztp_session_t *s, sztp__span_t signature) {
  sztp_image_check_t *check = NULL;
  char why[SZTP__SENTENCE_SIZE];
  int64_t wanted = 0;
  int both = sztp__policy(s->dev, SZTP_POLICY_IMAGE_BOTH) != 0;
  if (sztp_action_i64(&s->action, SZTP_F_CHECK_SIGNATURE, 0, &wanted) != SZTP_OK || wanted == 0 ||
      sztp__firmware_of(s->dev) == NULL || s->reply.written > 0)
    return SZTP_ERR_ARG;
  int32_t rc =
      sztp__firmware_of(s->dev)->judge->begin(s->ctx, s->dev, signature, sztp__session_time(s), both, &check);
  if (rc != SZTP_OK) return rc;
  if (check_of(s) != NULL) check_of(s)->judge->free(check_of(s));
  s->reply.check = check;
  if (!sztp__image_refused(s, why)) return SZTP_OK;
  sztp__trail_clear(s->ctx);
  return sztp__fail(s->ctx, SZTP_ERR_IMAGE_SIGNATURE, "reply", "%s", why);
}

int32_t sztp__image_write(sztp_session_t *s, sztp__span_t octets) {
  if (check_of(s) != NULL) return check_of(s)->judge->write(check_of(s), octets);
  return sztp__hash_update(s->reply.hash, octets.data, octets.len);
}

int32_t sztp__image_restart(sztp_session_t *s) {
  sztp__hash_t *fresh = NULL;
  if (check_of(s) != NULL) return check_of(s)->judge->restart(check_of(s));
  int32_t rc = sztp__hash_new(s->ctx, SZTP__HASH_SHA256, &fresh);
  if (rc < 0) return rc;
  sztp__hash_free(s->reply.hash);
  s->reply.hash = fresh;
  return SZTP_OK;
}

int sztp__image_refused(const sztp_session_t *s, char *why) {
  if (check_of(s) == NULL || check_of(s)->refusal.code == SZTP_OK) return 0;
  put_refusal(s, why);
  return 1;
}

/* The hash without a check can be finished once; nothing after that can fail for want of memory then. */
static int32_t finish(sztp_session_t *s, uint8_t sha256[SZTP__HASH_MAX]) {
  size_t len = 0;
  if (check_of(s) != NULL) return check_of(s)->judge->end(check_of(s), sha256);
  if (sztp__hash_finish(s->reply.hash, sha256, &len) < 0) memset(sha256, 0, SZTP__HASH_MAX);
  return SZTP_OK;
}

/* What the host found out about an embedded signature (ONB-12, FW-07). */
static int is_good_embedded(const sztp_session_t *s) {
  return sztp__policy(s->dev, SZTP_POLICY_IMAGE_SIGNATURE) != 0 && s->reply.signature_good == 1;
}

static int32_t judge_signature(const sztp_session_t *s, char *why) {
  if (sztp__image_refused(s, why)) return SZTP_ERR_IMAGE_SIGNATURE;
  if (check_of(s) != NULL || is_good_embedded(s)) return SZTP_OK;
  if (sztp__firmware_of(s->dev) == NULL) return SZTP_ERR_IMAGE_MISMATCH;
  sztp__span_t told = sztp__blob_span(&s->reply.message);
  (void)sztp__sentence(why, SZTP__SENTENCE_SIZE, "no signature of it was found%s%.*s",
                       told.len > 0 ? ": " : "", (int)(told.len < 128 ? told.len : 128),
                       told.len > 0 ? (const char *)told.data : "");
  return SZTP_ERR_IMAGE_SIGNATURE;
}

int32_t sztp__image_judged(sztp_session_t *s, int32_t *verdict, char *why) {
  uint8_t sha256[SZTP__HASH_MAX];
  sztp__span_t wanted = fingerprint(s);
  int32_t rc = finish(s, sha256);
  if (rc != SZTP_OK) return rc;
  *verdict = SZTP_OK;
  if (wanted.data != NULL && (wanted.len != 32 || memcmp(sha256, wanted.data, 32) != 0))
    *verdict = SZTP_ERR_IMAGE_MISMATCH;
  else if (sztp__image_wants_signature(s))
    *verdict = judge_signature(s, why);
  return SZTP_OK;
}
