/* SPDX-License-Identifier: Apache-2.0 */
/* V1: encrypted artifacts (RFC 8572 3.4). What comes out takes the place of what was encrypted in all other
 * steps; it is trusted no more than that (ENC-16). */

#include "cryptography/cms_open.h"
#include "formats/ber.h"
#include "ground/format.h"
#include "trust/verification.h"

#define WHERE "decryption"

/* Where an artifact's CMS and its decrypted octets are kept. */
typedef struct place {
  uint32_t artifact;
  const char *name;
  sztp__cms_t **cms;
  uint8_t **opened;
} artifact_place_t;

static artifact_place_t place_of(sztp__verification_t *r, uint32_t artifact) {
  artifact_place_t p = {artifact, "conveyed-information", &r->info_cms, &r->info_opened};
  if (artifact == SZTP_ARTIFACT_OWNER_CERT) {
    p.name = "owner-certificate";
    p.cms = &r->owner_cms;
    p.opened = &r->owner_opened;
  } else if (artifact == SZTP_ARTIFACT_VOUCHER) {
    p.name = "voucher";
    p.cms = &r->voucher_cms;
    p.opened = &r->voucher_opened;
  }
  return p;
}

/* ---- what is there ------------------------------------------------------------------------------- */

int32_t sztp__verify_look(sztp__verification_t *r, uint32_t artifact) {
  artifact_place_t p = place_of(r, artifact);
  if (*p.cms != NULL || !sztp__verify_has(r, artifact)) return SZTP_OK;
  int32_t rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, artifact), p.cms);
  return sztp__verify_fatal(rc) ? rc : SZTP_OK;
}

static int32_t look_at_companions(sztp__verification_t *r) {
  int32_t rc = sztp__verify_look(r, SZTP_ARTIFACT_VOUCHER);
  return rc != SZTP_OK ? rc : sztp__verify_look(r, SZTP_ARTIFACT_OWNER_CERT);
}

/* TRUST-05: beside unsigned information the others are not even decrypted. */
static int uses_companions(const sztp__verification_t *r) {
  return !sztp__verify_has(r, SZTP_ARTIFACT_CONVEYED_INFO) || r->info_signed;
}

int32_t sztp__verify_any_encrypted(sztp__verification_t *r, int *any) {
  int32_t rc = SZTP_OK;
  *any = sztp__verify_is_encrypted(r->info_cms);
  if (*any || !uses_companions(r)) return rc;
  rc = look_at_companions(r);
  *any = sztp__verify_is_encrypted(r->voucher_cms) || sztp__verify_is_encrypted(r->owner_cms);
  return rc;
}

int32_t sztp__verify_declared(sztp__verification_t *r, uint32_t *type) {
  sztp__enveloped_t *env = NULL;
  int32_t rc = sztp__enveloped_parse(r->ctx, r->info_cms, &env);
  *type = rc == SZTP_OK ? env->etype : SZTP__CMS_OTHER;
  sztp__free(r->ctx, env);
  return sztp__verify_fatal(rc) ? rc : SZTP_OK;
}

/* What the content is said to be (CONV-01, ENC-03, ENC-14); id-data may be said of everything (D-92). */
static int32_t check_declared(sztp__verification_t *r, uint32_t artifact, const sztp__enveloped_t *env) {
  char text[SZTP__NAME_SIZE];
  uint32_t type = env->etype;
  int content = type == SZTP__CMS_CONVEYED_JSON || type == SZTP__CMS_CONVEYED_XML;
  if (type == SZTP__CMS_SIGNED || type == SZTP__CMS_DATA ||
      (content && artifact == SZTP_ARTIFACT_CONVEYED_INFO))
    return SZTP_OK;
  sztp__cms_type_text(text, sizeof text, type, env->etype_oid);
  if (type == SZTP__CMS_ENVELOPED || type == SZTP__CMS_AUTH_ENVELOPED)
    return sztp__fail(r->ctx, SZTP_ERR_ENC_NESTED, WHERE, "%s inside encrypted content", text);
  return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, WHERE, "content type %s inside encrypted content",
                    text);
}

/* ---- the recipient ------------------------------------------------------------------------------- */

/* The certificate of this device that a recipient entry names; NULL if it names none. */
static int32_t find_cert(sztp__verification_t *r, const sztp__recipient_t *recipient,
                         const sztp__cert_t **out) {
  static const uint32_t roles[] = {SZTP_CERT_IDENTITY, SZTP_CERT_DECRYPTION};
  *out = NULL;
  if (recipient->kind == SZTP__RECIPIENT_OTHER) return SZTP_OK;
  for (size_t i = 0; i < sizeof roles / sizeof roles[0] && *out == NULL; i++) {
    const sztp__certs_t *certs = &r->dev->certs[roles[i]];
    for (size_t n = 0; n < certs->n && *out == NULL; n++)
      if (sztp__cms_names(r->ctx, recipient->issuer, recipient->serial, recipient->key_id, &certs->v[n]))
        *out = &certs->v[n];
  }
  /* a key identifier may have to be computed, which may fail */
  if (*out == NULL && sztp__trail_cause(r->ctx) == SZTP_ERR_MEMORY) return SZTP_ERR_MEMORY;
  return SZTP_OK;
}

/* Tries the entries for this device in their order: the first that can be used and for which there is a key
 * is opened. ENC-02, ENC-04, ENC-08 */
static int32_t open_recipient(sztp__verification_t *r, uint32_t artifact, const sztp__enveloped_t *env,
                              sztp__opened_t *out, char *how, size_t cap) {
  const sztp__opener_t opener = {r->key, r->key_user, artifact};
  int named = 0;
  int32_t refused = SZTP_OK;
  for (size_t i = 0; i < env->recipient_count; i++) {
    const sztp__cert_t *cert = NULL;
    int32_t rc = find_cert(r, &env->recipients[i], &cert);
    if (rc != SZTP_OK) return rc;
    if (cert == NULL) continue;
    if (refused == SZTP_OK) sztp__trail_clear(r->ctx);
    rc = sztp__enveloped_check(r->ctx, env);
    if (rc == SZTP_OK) rc = sztp__recipient_check(r->ctx, env, &env->recipients[i], cert);
    if (rc != SZTP_OK) {
      if (refused == SZTP_OK) refused = rc;
      continue;
    }
    named = 1;
    rc = r->key == NULL ? SZTP_ERR_NOT_FOUND : sztp__enveloped_open(r->ctx, env, i, cert, &opener, out);
    if (rc == SZTP_ERR_NOT_FOUND) continue;
    sztp__keyencalg_text(how, cap, &env->recipients[i].alg);
    return rc;
  }
  if (refused != SZTP_OK) return refused;
  if (named)
    return sztp__fail(r->ctx, SZTP_ERR_ENC_NO_RECIPIENT, WHERE, "the device has no key to decrypt it with");
  return sztp__fail(r->ctx, SZTP_ERR_ENC_NO_RECIPIENT, WHERE, "none of its %zu recipients is this device",
                    env->recipient_count);
}

/* ---- what came out ------------------------------------------------------------------------------- */

/* Puts @p octets before what is there. */
static void put_before(sztp__opened_t *o, const uint8_t *octets, size_t len) {
  o->start -= len;
  o->len += len;
  memcpy(o->memory + o->start, octets, len);
}

static void wrap(sztp__opened_t *o, uint8_t tag) {
  uint8_t head[SZTP__DER_HEAD_MAX];
  put_before(o, head, sztp__der_head(head, tag, o->len));
}

/* Puts the ContentInfo of type @p type around it that it would have had in clear. A document may have brought
 * its OCTET STRING along. */
static void dress(sztp__opened_t *o, uint32_t type) {
  uint8_t head[SZTP__DER_HEAD_MAX];
  sztp__span_t oid = sztp__cms_type_oid(type);
  uint8_t first = o->len > 0 ? o->memory[o->start] : 0;
  if (type != SZTP__CMS_SIGNED && first != SZTP__DER_OCTET_STRING) wrap(o, SZTP__DER_OCTET_STRING);
  wrap(o, SZTP__DER_CONTEXT_CONSTRUCTED);
  put_before(o, oid.data, oid.len);
  put_before(o, head, sztp__der_head(head, SZTP__DER_OID, oid.len));
  wrap(o, SZTP__DER_SEQUENCE);
}

/* Reads it as what it must be (D-92): 0 and its CMS in the place of the encrypted one; SZTP_ERR_ENC_NESTED;
 * any other failure means that it is not. */
static int32_t take_shape(sztp__verification_t *r, const artifact_place_t *p, uint32_t type,
                          sztp__opened_t *o) {
  sztp__span_t text = sztp__span(o->memory + o->start, o->len);
  int sequence = text.len > 0 && text.data[0] == SZTP__DER_SEQUENCE;
  int document = type != SZTP__CMS_SIGNED && p->artifact == SZTP_ARTIFACT_CONVEYED_INFO &&
                 !(type == SZTP__CMS_DATA && sequence);
  if (document || (type == SZTP__CMS_SIGNED && sztp__ber_first_tag(text) == SZTP__DER_INTEGER))
    dress(o, document ? type : SZTP__CMS_SIGNED);
  sztp__cms_t *outer = *p->cms;
  sztp__cms_t *inner = NULL;
  uint32_t kind = 0;
  int32_t rc = sztp__cms_parse(r->ctx, sztp__span(o->memory + o->start, o->len), &inner);
  if (rc != SZTP_OK) return rc;
  *p->cms = inner;
  if (sztp__verify_is_encrypted(inner))
    rc = SZTP_ERR_ENC_NESTED;
  else if (inner->type != (document ? type : SZTP__CMS_SIGNED))
    rc = SZTP_ERR_CMS_TYPE_UNEXPECTED;
  else if (document)
    rc = sztp__info_peek(r, &kind);
  if (rc == SZTP_OK && o->good == 0) rc = SZTP_ERR_ENC_DECRYPT_FAILED;
  *p->cms = rc == SZTP_OK ? inner : outer;
  sztp__cms_free(r->ctx, rc == SZTP_OK ? outer : inner);
  if (rc == SZTP_OK && p->artifact == SZTP_ARTIFACT_CONVEYED_INFO) r->info_signed = !document;
  return rc;
}

/* The one verdict on everything that came after the private key was asked. */
static int32_t conclude(sztp__verification_t *r, int32_t shape, const sztp__opened_t *o) {
  if (sztp__verify_fatal(shape)) return shape;
  if (shape != SZTP_OK && (shape != SZTP_ERR_ENC_NESTED || o->good == 0)) return sztp__decrypt_failed(r->ctx);
  sztp__trail_clear(r->ctx);
  if (shape == SZTP_OK) return SZTP_OK;
  return sztp__fail(r->ctx, shape, WHERE, "encrypted content inside encrypted content");
}

static int32_t open_content(sztp__verification_t *r, const artifact_place_t *p,
                            const sztp__enveloped_t *env) {
  char how[SZTP__NAME_SIZE];
  char cipher[SZTP__NAME_SIZE];
  sztp__opened_t o;
  int32_t rc = check_declared(r, p->artifact, env);
  if (rc == SZTP_OK) rc = open_recipient(r, p->artifact, env, &o, how, sizeof how);
  if (rc != SZTP_OK) return rc;
  *p->opened = o.memory; /* freed with everything else, after what lies in it */
  rc = conclude(r, take_shape(r, p, env->etype, &o), &o);
  if (rc != SZTP_OK) return rc;
  size_t len = strlen(r->detail);
  (void)sztp__format(r->detail + len, sizeof r->detail - len, "%s%s: %s, %s", len > 0 ? "; " : "", p->name,
                     how, sztp__cipheralg_text(cipher, sizeof cipher, &env->cipher));
  return SZTP_OK;
}

static int32_t open_artifact(sztp__verification_t *r, uint32_t artifact) {
  artifact_place_t p = place_of(r, artifact);
  sztp__enveloped_t *env = NULL;
  if (!sztp__verify_is_encrypted(*p.cms)) return SZTP_OK;
  sztp__trail_clear(r->ctx); /* of artifacts that are reported in steps of their own */
  int32_t rc = sztp__enveloped_parse(r->ctx, *p.cms, &env);
  if (rc == SZTP_OK) rc = open_content(r, &p, env);
  sztp__free(r->ctx, env);
  r->artifact = rc == SZTP_OK ? NULL : p.name;
  return rc;
}

/* V1: ENC-01, ENC-02, STATE-16. The conveyed information first: it says whether the others are used. */
int32_t sztp__step_decryption(sztp__verification_t *r) {
  int32_t rc = open_artifact(r, SZTP_ARTIFACT_CONVEYED_INFO);
  if (rc != SZTP_OK || !uses_companions(r)) return rc;
  rc = look_at_companions(r);
  if (rc == SZTP_OK) rc = open_artifact(r, SZTP_ARTIFACT_VOUCHER);
  return rc != SZTP_OK ? rc : open_artifact(r, SZTP_ARTIFACT_OWNER_CERT);
}
