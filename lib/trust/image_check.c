/* SPDX-License-Identifier: Apache-2.0 */
/* A detached signature of a boot image, held against the octets of the image as they pass (FW group). Its
 * form and its signers' paths are judged before the image: who is not believed is not downloaded for. */
#include "trust/image_check.h"

#include "formats/armor.h"
#include "ground/printable.h"
#include "trust/verification.h"

static const uint32_t KINDS[SZTP__IMAGE_HASHES] = {SZTP__HASH_SHA256, SZTP__HASH_SHA384, SZTP__HASH_SHA512};

static const uint8_t oid_code_signing[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03};

/* FW-05; SZTP__IMAGE_HASHES if images are not signed by that one. */
static size_t hash_place(uint32_t hash) {
  size_t i = 0;
  while (i < SZTP__IMAGE_HASHES && KINDS[i] != hash) i++;
  return i;
}

/* ---- reasons: that of the signer who came furthest is told --------------------------------------- */

enum { IMAGE_RANK_FORM = 1, IMAGE_RANK_SIGNER, IMAGE_RANK_PATH, IMAGE_RANK_SIGNATURE };

/* Keeps what the trail says, unless a signer before came further. Returns 0, or a failure of the machine. */
static int32_t remember(sztp_image_check_t *c, int rank, int32_t code) {
  if (sztp__verify_fatal(code)) return code;
  if (rank > c->rank) {
    c->rank = rank;
    c->refusal.code = code;
    (void)sztp__printable(c->refusal.detail, sizeof c->refusal.detail,
                          sztp__span_of(sztp__trail_detail(c->ctx)));
  }
  sztp__trail_clear(c->ctx);
  return SZTP_OK;
}

static void accept(sztp_image_check_t *c) {
  c->rank = 0;
  c->refusal.code = SZTP_OK;
  c->refusal.detail[0] = '\0';
}

/* ---- form ---------------------------------------------------------------------------------------- */

static int32_t refuse_form(sztp_image_check_t *c, int32_t code, const char *what) {
  return sztp__fail(c->ctx, code, "image-signature", "%s", what);
}

static int32_t check_form(sztp_image_check_t *c) {
  char type[SZTP__NAME_SIZE];
  const sztp__cms_t *cms = c->cms;
  if (cms->type != SZTP__CMS_SIGNED)
    return sztp__fail(c->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "image-signature", "%s instead of id-signedData",
                      sztp__cms_type_text(type, sizeof type, cms->type, cms->type_oid));
  if (cms->etype != SZTP__CMS_DATA && cms->etype != SZTP__CMS_FIRMWARE)
    return sztp__fail(c->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "image-signature",
                      "content type %s is not that of an image, id-data or id-ct-firmwarePackage",
                      sztp__cms_type_text(type, sizeof type, cms->etype, cms->etype_oid));
  if (cms->has_econtent)
    return refuse_form(c, SZTP_ERR_CMS_TYPE_UNEXPECTED,
                       "there is content in the structure; a detached signature is wanted");
  if (cms->signer_count == 0) return refuse_form(c, SZTP_ERR_CMS_SIGNER_UNKNOWN, "there is no signer");
  return SZTP_OK;
}

static int32_t read_signature(sztp_image_check_t *c, sztp__span_t signature) {
  if (signature.len > SZTP_IMAGE_SIGNATURE_MAX)
    return sztp__fail(c->ctx, SZTP_ERR_LIMIT, "image-signature", "more than %d octets of it",
                      SZTP_IMAGE_SIGNATURE_MAX);
  int32_t rc = sztp__armor_remove(c->ctx, signature, NULL, &c->der);
  if (rc == SZTP_ERR_TEXT) { /* the decoder says what it is instead */
    sztp__trail_clear(c->ctx);
    rc = sztp__buf_add_span(&c->der, signature);
  }
  if (rc == SZTP_OK) rc = sztp__cms_parse(c->ctx, sztp__buf_span(&c->der), &c->cms);
  return rc == SZTP_OK ? check_form(c) : rc;
}

static int32_t take_objects(sztp_image_check_t *c) {
  const sztp__cms_t *cms = c->cms;
  c->certs = sztp__alloc_array(c->ctx, cms->cert_count, sizeof *c->certs);
  c->crls = sztp__alloc_array(c->ctx, cms->crl_count, sizeof *c->crls);
  if (c->certs == NULL || c->crls == NULL) return SZTP_ERR_MEMORY;
  for (size_t i = 0; i < cms->cert_count; i++) /* those that are broken are left out (PKIX-02) */
    if (sztp__cert_parse(c->ctx, cms->certs[i], &c->certs[c->cert_count]) == SZTP_OK) c->cert_count++;
  c->crl_count = sztp__crls_parse(c->ctx, cms->crls, cms->crl_count, c->crls);
  sztp__trail_clear(c->ctx);
  return SZTP_OK;
}

/* ---- signers ------------------------------------------------------------------------------------- */

/* FW-03, FW-08. The date that a signer may have put in proves nothing. */
static int32_t find_signer_path(sztp_image_check_t *c, const sztp__cert_t *cert, sztp__clock_t clock,
                                sztp__path_memory_t *memory) {
  const sztp__certs_t *anchors = &c->dev->firmware->anchors;
  sztp__revocation_t revocation = {.mode = SZTP__CRLS_IF_PRESENT, .crls = c->crls, .count = c->crl_count};
  sztp__path_t path = {.anchors = anchors->v,
                       .anchor_count = anchors->n,
                       .others = c->certs,
                       .other_count = c->cert_count,
                       .clock = clock,
                       .allow_sha1 = sztp__policy(c->dev, SZTP_POLICY_ALLOW_SHA1) != 0,
                       .leaf_key_usage = SZTP__KU_DIGITAL_SIGNATURE,
                       .leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE,
                       .purpose = sztp__span(oid_code_signing, sizeof oid_code_signing),
                       .revocation = &revocation,
                       .memory = memory};
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t len = 0;
  return sztp__path_validate(c->ctx, &path, cert, chain, &len);
}

/* What can be refused of a signer before its certificate is looked at. */
static int32_t check_signer(sztp_image_check_t *c, const sztp__cms_signer_t *signer) {
  char oid[SZTP__NAME_SIZE];
  if (signer->signed_attrs.len == 0)
    return refuse_form(c, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "there are no signed attributes");
  if (hash_place(signer->hash) < SZTP__IMAGE_HASHES) return SZTP_OK;
  return sztp__fail(c->ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "image-signature",
                    "digest algorithm %s; images are signed with SHA-256, SHA-384 or SHA-512",
                    sztp__der_oid_text(oid, sizeof oid, signer->hash_oid));
}

/* SZTP_OK: @p signer has become a candidate. SZTP_ERR_NOT_FOUND: not with any of these certificates. */
static int32_t look_among(sztp_image_check_t *c, size_t signer, const sztp__cert_t *certs, size_t count,
                          sztp__clock_t clock, sztp__path_memory_t *memory) {
  for (size_t i = 0; i < count && !sztp__work_spent(c->ctx); i++) {
    int named = 0;
    int32_t rc = sztp__cms_signer_is(c->ctx, &c->cms->signers[signer], &certs[i], &named);
    if (rc == SZTP_OK && !named) continue;
    if (rc == SZTP_OK) rc = find_signer_path(c, &certs[i], clock, memory);
    if (rc == SZTP_OK) {
      c->candidates[c->candidate_count].signer = signer;
      c->candidates[c->candidate_count++].cert = &certs[i];
      c->wanted[hash_place(c->cms->signers[signer].hash)] = 1;
      return SZTP_OK;
    }
    rc = remember(c, IMAGE_RANK_PATH, rc);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

static int32_t look_for_signer(sztp_image_check_t *c, size_t signer, sztp__clock_t clock,
                               sztp__path_memory_t *memory) {
  const sztp__certs_t *anchors = &c->dev->firmware->anchors;
  int32_t rc = check_signer(c, &c->cms->signers[signer]);
  if (rc != SZTP_OK) return remember(c, IMAGE_RANK_FORM, rc);
  rc = look_among(c, signer, c->certs, c->cert_count, clock, memory);
  if (rc == SZTP_ERR_NOT_FOUND) rc = look_among(c, signer, anchors->v, anchors->n, clock, memory);
  if (rc != SZTP_ERR_NOT_FOUND) return rc;
  sztp__trail_clear(c->ctx);
  rc = refuse_form(c, SZTP_ERR_CMS_SIGNER_UNKNOWN, "the signer's certificate is not in it");
  return remember(c, IMAGE_RANK_SIGNER, rc);
}

static int32_t find_candidates(sztp_image_check_t *c, sztp__clock_t clock) {
  sztp__path_memory_t memory;
  int32_t rc = SZTP_OK;
  memset(&memory, 0, sizeof memory);
  for (size_t i = 0; rc == SZTP_OK && i < c->cms->signer_count; i++)
    rc = look_for_signer(c, i, clock, &memory);
  sztp__path_memory_clear(c->ctx, &memory);
  return rc;
}

static int32_t judge_signers(sztp_image_check_t *c, int64_t unix_time) {
  sztp__work_begin(c->ctx, c->der.len);
  int32_t rc = find_candidates(c, sztp__device_clock(c->ctx, c->dev, unix_time));
  int spent = sztp__work_spent(c->ctx);
  sztp__work_end(c->ctx);
  if (rc != SZTP_OK) return rc;
  if (spent) { /* what was found in unfinished work proves nothing */
    c->candidate_count = 0;
    return remember(c, IMAGE_RANK_SIGNATURE, refuse_form(c, SZTP_ERR_LIMIT, "it needs too much work"));
  }
  if (c->candidate_count > 0) accept(c);
  return SZTP_OK;
}

/* ---- the image ----------------------------------------------------------------------------------- */

static void stop_hashing(sztp_image_check_t *c) {
  for (size_t i = 0; i < SZTP__IMAGE_HASHES; i++) {
    sztp__hash_free(c->running[i]);
    c->running[i] = NULL;
  }
}

static int32_t check_restart(sztp_image_check_t *c) {
  int32_t rc = SZTP_OK;
  stop_hashing(c);
  for (size_t i = 0; rc == SZTP_OK && i < SZTP__IMAGE_HASHES; i++)
    if (c->wanted[i]) rc = sztp__hash_new(c->ctx, KINDS[i], &c->running[i]);
  return rc;
}

static int32_t check_write(sztp_image_check_t *c, sztp__span_t octets) {
  int32_t rc = SZTP_OK;
  for (size_t i = 0; rc == SZTP_OK && i < SZTP__IMAGE_HASHES; i++)
    if (c->running[i] != NULL) rc = sztp__hash_update(c->running[i], octets.data, octets.len);
  return rc;
}

/* A running hash can be finished once. */
static int32_t finish_hashing(sztp_image_check_t *c) {
  int32_t rc = SZTP_OK;
  size_t len = 0;
  for (size_t i = 0; rc == SZTP_OK && !c->hashed && i < SZTP__IMAGE_HASHES; i++)
    if (c->running[i] != NULL) rc = sztp__hash_finish(c->running[i], c->digest[i], &len);
  if (rc != SZTP_OK) return rc;
  stop_hashing(c);
  c->hashed = 1;
  return SZTP_OK;
}

/* FW-05: one signer with a good signature is enough. */
static int32_t judge_image(sztp_image_check_t *c) {
  char name[SZTP__NAME_SIZE];
  for (size_t i = 0; i < c->candidate_count; i++) {
    const sztp__image_signer_t *who = &c->candidates[i];
    sztp__trail_clear(c->ctx);
    int32_t rc = sztp__cms_verify_detached(c->ctx, c->cms, who->signer, who->cert,
                                           c->digest[hash_place(c->cms->signers[who->signer].hash)]);
    if (rc == SZTP_OK) {
      accept(c);
      sztp__log(c->ctx, SZTP_LOG_INFO, SZTP_TOPIC_TRUST, "the image is signed by %s",
                sztp__name_text(name, sizeof name, who->cert->subject));
      return SZTP_OK;
    }
    rc = remember(c, IMAGE_RANK_SIGNATURE, rc);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

static int32_t check_end(sztp_image_check_t *c, uint8_t sha256[32]) {
  int32_t rc = finish_hashing(c);
  if (rc != SZTP_OK) return rc;
  memcpy(sha256, c->digest[0], 32);
  if (c->judged) return SZTP_OK;
  rc = judge_image(c);
  if (rc == SZTP_OK) c->judged = 1;
  return rc;
}

/* ---- the object ---------------------------------------------------------------------------------- */

void sztp_image_check_free(sztp_image_check_t *check) {
  if (check == NULL || sztp__in_callback(check->ctx)) return;
  stop_hashing(check);
  sztp__cms_free(check->ctx, check->cms);
  sztp__free(check->ctx, check->certs);
  sztp__free(check->ctx, check->crls);
  sztp__buf_clear(&check->der);
  sztp__free(check->ctx, check);
}

static int32_t check_begin(sztp_ctx_t *ctx, const sztp_device_t *dev, sztp__span_t signature,
                           int64_t unix_time, int with_fingerprint, sztp_image_check_t **out) {
  sztp_image_check_t *c = sztp__alloc(ctx, sizeof *c);
  if (c == NULL) return SZTP_ERR_MEMORY;
  c->judge = &sztp__image_judge;
  c->ctx = ctx;
  c->dev = dev;
  c->wanted[0] = with_fingerprint;
  sztp__buf_init(&c->der, ctx, SZTP_IMAGE_SIGNATURE_MAX);
  sztp__trail_clear(ctx);
  int32_t rc = read_signature(c, signature);
  if (rc != SZTP_OK)
    rc = remember(c, IMAGE_RANK_FORM, rc);
  else
    rc = take_objects(c);
  if (rc == SZTP_OK && c->refusal.code == SZTP_OK) rc = judge_signers(c, unix_time);
  if (rc == SZTP_OK) rc = check_restart(c);
  if (rc != SZTP_OK) {
    sztp_image_check_free(c);
    return rc;
  }
  *out = c;
  return SZTP_OK;
}

const sztp__image_judge_t sztp__image_judge = {check_begin, check_write, check_restart, check_end,
                                               sztp_image_check_free};

/* ---- for others than sessions -------------------------------------------------------------------- */

static int32_t outcome(const sztp_image_check_t *c) {
  if (c->refusal.code == SZTP_OK) return SZTP_OK;
  return sztp__fail(c->ctx, c->refusal.code, "image-signature", "%s", c->refusal.detail);
}

int32_t sztp_image_check_new(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *signature, size_t len,
                             int64_t unix_time, sztp_image_check_t **out) {
  sztp_image_check_t *c = NULL;
  if (ctx == NULL || dev == NULL || signature == NULL || out == NULL || (dev->ctx != ctx && !dev->frozen))
    return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (dev->firmware == NULL)
    return sztp__fail(ctx, SZTP_ERR_SEQUENCE, "image-signature",
                      "the device has no firmware anchors: sztp_device_add_firmware_anchors()");
  int32_t rc = check_begin(ctx, dev, sztp__span(signature, len), unix_time, 0, &c);
  if (rc == SZTP_OK) rc = outcome(c);
  if (rc == SZTP_OK)
    *out = c;
  else
    sztp_image_check_free(c);
  return rc;
}

int32_t sztp_image_check_write(sztp_image_check_t *check, const uint8_t *data, size_t len) {
  if (check == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  if (sztp__enter(check->ctx) < 0) return SZTP_ERR_REENTRY;
  if (check->hashed)
    return sztp__fail(check->ctx, SZTP_ERR_SEQUENCE, "image-signature", "the image has ended");
  return len > 0 ? check_write(check, sztp__span(data, len)) : SZTP_OK;
}

int32_t sztp_image_check_end(sztp_image_check_t *check) {
  uint8_t sha256[32];
  if (check == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(check->ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = check_end(check, sha256);
  return rc == SZTP_OK ? outcome(check) : rc;
}
