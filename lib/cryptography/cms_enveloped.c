/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes EnvelopedData and AuthEnvelopedData. originatorInfo and all attributes that are not authenticated
 * are stepped over (ENC-18). */
#include "cryptography/cms_enveloped.h"

#define FIELD_TAG(n)  ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))
#define KARI_VERSION  3
#define OTHER_RI_LAST 4 /* ori; the choices after kari are [2], [3] and [4] */

static const uint8_t envelope_oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

/* The next free entry. */
static int32_t add_recipient(sztp_ctx_t *ctx, sztp__enveloped_t *env, uint32_t kind,
                             sztp__recipient_t **out) {
  if (env->recipient_count == SZTP__CMS_MAX_RECIPIENTS)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "cms.recipients", "more than %d recipients",
                      SZTP__CMS_MAX_RECIPIENTS);
  *out = &env->recipients[env->recipient_count++];
  (*out)->kind = kind;
  return SZTP_OK;
}

/* ---- key transport ------------------------------------------------------------------------------- */

/* KeyTransRecipientInfo after its version. */
static int32_t read_key_transport(sztp__der_t *d, sztp__recipient_t *r) {
  sztp__tlv_t tlv;
  int32_t rc;
  if (sztp__der_peek(d) == SZTP__DER_CONTEXT) {
    rc = sztp__der_any(d, &tlv);
    if (rc == SZTP_OK) r->key_id = tlv.value;
  } else {
    rc = sztp__cms_issuer_serial(d, &r->issuer, &r->serial);
  }
  if (rc == SZTP_OK) rc = sztp__keyencalg_read(d, &r->alg);
  if (rc == SZTP_OK) rc = sztp__der_expect(d, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) r->encrypted_key = tlv.value;
  return rc != SZTP_OK ? rc : sztp__der_finish(d);
}

/* ---- key agreement ------------------------------------------------------------------------------- */

/* What the entries of one KeyAgreeRecipientInfo share. */
typedef struct recipient_agreement {
  uint32_t kind;
  sztp__span_t point;
  uint32_t curve;
  uint8_t has_curve;
  sztp__span_t ukm;
  sztp__keyencalg_t alg;
} recipient_agreement_t;

/* Parameters of id-ecPublicKey: nothing, NULL, or a curve, which must then be the recipient's (RFC 5753
 * 7.1.2). Anything else is a curve that is not supported. */
static void read_curve(sztp__der_t algorithm, recipient_agreement_t *a) {
  sztp__span_t oid;
  if (sztp__der_at_end(&algorithm) || sztp__der_peek(&algorithm) == SZTP__DER_NULL) return;
  a->has_curve = 1;
  algorithm.ctx = NULL;
  if (sztp__der_oid(&algorithm, &oid) == SZTP_OK) a->curve = sztp__curve_of(oid);
}

/* OriginatorPublicKey, under [1]. */
static int32_t read_originator_key(sztp__der_t *originator, recipient_agreement_t *a) {
  sztp__der_t key;
  sztp__der_t algorithm;
  sztp__span_t oid;
  unsigned unused = 0;
  int32_t rc = sztp__der_enter(originator, FIELD_TAG(1), &key);
  if (rc == SZTP_OK) rc = sztp__der_enter(&key, SZTP__DER_SEQUENCE, &algorithm);
  if (rc == SZTP_OK) rc = sztp__der_oid(&algorithm, &oid);
  if (rc == SZTP_OK) rc = sztp__der_bits(&key, &a->point, &unused);
  if (rc == SZTP_OK) rc = sztp__der_finish(&key);
  if (rc != SZTP_OK) return rc;
  if (unused != 0 || !sztp__span_equal(oid, sztp__span(envelope_oid_ec, sizeof envelope_oid_ec)))
    a->point.len = 0;
  read_curve(algorithm, a);
  return SZTP_OK;
}

static int32_t read_originator(sztp__der_t *d, recipient_agreement_t *a) {
  sztp__der_t originator;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_enter(d, FIELD_TAG(0), &originator);
  if (rc != SZTP_OK) return rc;
  if (sztp__der_peek(&originator) == FIELD_TAG(1)) {
    rc = read_originator_key(&originator, a);
  } else {
    a->kind = SZTP__RECIPIENT_OTHER; /* D-89 */
    rc = sztp__der_any(&originator, &tlv);
  }
  return rc != SZTP_OK ? rc : sztp__der_finish(&originator);
}

/* KeyAgreeRecipientIdentifier: IssuerAndSerialNumber or [0] RecipientKeyIdentifier, of which only the key
 * identifier matters. */
static int32_t read_agreement_id(sztp__der_t *d, sztp__recipient_t *r) {
  sztp__der_t id;
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_enter_optional(d, FIELD_TAG(0), &found, &id);
  if (rc == SZTP_OK && !found) return sztp__cms_issuer_serial(d, &r->issuer, &r->serial);
  if (rc == SZTP_OK) rc = sztp__der_expect(&id, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) r->key_id = tlv.value;
  return rc;
}

static int32_t read_encrypted_keys(sztp__der_t *d, const recipient_agreement_t *a, sztp__enveloped_t *env) {
  sztp__der_t list;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &list);
  while (rc == SZTP_OK && !sztp__der_at_end(&list)) {
    sztp__der_t entry;
    sztp__recipient_t *r = NULL;
    sztp__tlv_t tlv;
    rc = add_recipient(d->ctx, env, a->kind, &r);
    if (rc == SZTP_OK) rc = sztp__der_enter(&list, SZTP__DER_SEQUENCE, &entry);
    if (rc == SZTP_OK) rc = read_agreement_id(&entry, r);
    if (rc == SZTP_OK) rc = sztp__der_expect(&entry, SZTP__DER_OCTET_STRING, &tlv);
    if (rc == SZTP_OK) rc = sztp__der_finish(&entry);
    if (rc != SZTP_OK) return rc;
    r->alg = a->alg;
    r->point = a->point;
    r->curve = a->curve;
    r->has_curve = a->has_curve;
    r->ukm = a->ukm;
    r->encrypted_key = tlv.value;
  }
  return rc;
}

/* KeyAgreeRecipientInfo after its version. */
static int32_t read_key_agreement(sztp__der_t *d, sztp__enveloped_t *env) {
  recipient_agreement_t a;
  sztp__der_t field;
  sztp__tlv_t tlv;
  int found = 0;
  memset(&a, 0, sizeof a);
  a.kind = SZTP__RECIPIENT_ECDH;
  int32_t rc = read_originator(d, &a);
  if (rc == SZTP_OK) rc = sztp__der_enter_optional(d, FIELD_TAG(1), &found, &field);
  if (rc == SZTP_OK && found) {
    rc = sztp__der_expect(&field, SZTP__DER_OCTET_STRING, &tlv);
    if (rc == SZTP_OK) rc = sztp__der_finish(&field);
    if (rc == SZTP_OK) a.ukm = tlv.value;
  }
  if (rc == SZTP_OK) rc = sztp__keyencalg_read(d, &a.alg);
  if (rc == SZTP_OK) rc = read_encrypted_keys(d, &a, env);
  return rc != SZTP_OK ? rc : sztp__der_finish(d);
}

/* ---- RecipientInfos ------------------------------------------------------------------------------ */

/* Enters KeyTransRecipientInfo or KeyAgreeRecipientInfo. Nobody knows what would follow an unknown version.
 */
static int32_t read_recipient(sztp__der_t *set, sztp__enveloped_t *env) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__recipient_t *r = NULL;
  int32_t version = 0;
  int32_t rc = sztp__der_any(set, &tlv);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag > FIELD_TAG(1) && tlv.tag <= FIELD_TAG(OTHER_RI_LAST))
    return add_recipient(set->ctx, env, SZTP__RECIPIENT_OTHER, &r);
  if (tlv.tag != SZTP__DER_SEQUENCE && tlv.tag != FIELD_TAG(1))
    return sztp__fail(set->ctx, SZTP_ERR_DER, "cms.recipients", "tag 0x%02x among the recipients", tlv.tag);
  d = sztp__der_inside(set, &tlv);
  rc = sztp__der_small(&d, &version);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag == FIELD_TAG(1) && version == KARI_VERSION) return read_key_agreement(&d, env);
  int known = tlv.tag == SZTP__DER_SEQUENCE && (version == 0 || version == 2);
  rc = add_recipient(set->ctx, env, known ? SZTP__RECIPIENT_RSA : SZTP__RECIPIENT_OTHER, &r);
  return rc == SZTP_OK && known ? read_key_transport(&d, r) : rc;
}

static int32_t read_recipients(sztp__der_t *d, sztp__enveloped_t *env) {
  sztp__der_t set;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SET, &set);
  while (rc == SZTP_OK && !sztp__der_at_end(&set)) rc = read_recipient(&set, env);
  return rc;
}

/* ---- the content --------------------------------------------------------------------------------- */

/* encryptedContent: [0] IMPLICIT OCTET STRING, in one piece or in several. */
static int32_t read_encrypted_content(sztp__der_t *d, sztp__enveloped_t *env) {
  sztp__tlv_t tlv;
  sztp__tlv_t part;
  if (sztp__der_at_end(d)) return SZTP_OK;
  int32_t rc = sztp__der_any(d, &tlv);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag != SZTP__DER_CONTEXT && tlv.tag != FIELD_TAG(0))
    return sztp__fail(d->ctx, SZTP_ERR_DER, "cms.content", "tag 0x%02x, expected [0] encryptedContent",
                      tlv.tag);
  env->has_content = 1;
  env->content = tlv.value;
  env->content_len = tlv.value.len;
  env->in_parts = tlv.tag == FIELD_TAG(0);
  if (!env->in_parts) return SZTP_OK;
  env->content_len = 0;
  for (sztp__der_t parts = sztp__der_inside(d, &tlv); rc == SZTP_OK && !sztp__der_at_end(&parts);) {
    rc = sztp__der_expect(&parts, SZTP__DER_OCTET_STRING, &part);
    if (rc == SZTP_OK) env->content_len += part.value.len;
  }
  return rc;
}

void sztp__enveloped_join(const sztp__enveloped_t *env, uint8_t *out) {
  sztp__der_t parts;
  sztp__tlv_t part;
  if (!env->in_parts) {
    if (env->content.len > 0) memcpy(out, env->content.data, env->content.len);
    return;
  }
  sztp__der_init(&parts, NULL, env->content);
  while (!sztp__der_at_end(&parts) && sztp__der_expect(&parts, SZTP__DER_OCTET_STRING, &part) == SZTP_OK) {
    if (part.value.len > 0) memcpy(out, part.value.data, part.value.len);
    out += part.value.len;
  }
}

static int32_t read_encrypted_content_info(sztp__der_t *d, sztp__enveloped_t *env) {
  sztp__der_t info;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &info);
  if (rc == SZTP_OK) rc = sztp__der_oid(&info, &env->etype_oid);
  if (rc == SZTP_OK) rc = sztp__cipheralg_read(&info, &env->cipher);
  if (rc == SZTP_OK) rc = read_encrypted_content(&info, env);
  if (rc == SZTP_OK) rc = sztp__der_finish(&info);
  if (rc == SZTP_OK) env->etype = sztp__cms_type_of(env->etype_oid);
  return rc;
}

/* What follows the content in AuthEnvelopedData. */
static int32_t read_authentication(sztp__der_t *d, sztp__enveloped_t *env) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_optional(d, FIELD_TAG(1), &found, &tlv);
  if (rc == SZTP_OK && found) {
    env->auth_attrs = tlv.value;
    rc = sztp__cms_check_attributes(sztp__der_inside(d, &tlv));
  }
  if (rc == SZTP_OK) rc = sztp__der_expect(d, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) env->mac = tlv.value;
  return rc;
}

static int32_t read_enveloped_fields(sztp__der_t *body, sztp__enveloped_t *env) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  int32_t version = 0; /* nothing depends on it: every field says what it is (RFC 5652 6.1) */
  int found = 0;
  int32_t rc = sztp__der_enter(body, SZTP__DER_SEQUENCE, &d);
  if (rc == SZTP_OK) rc = sztp__der_small(&d, &version);
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, FIELD_TAG(0), &found, &tlv); /* originatorInfo */
  if (rc == SZTP_OK) rc = read_recipients(&d, env);
  if (rc == SZTP_OK) rc = read_encrypted_content_info(&d, env);
  if (rc == SZTP_OK && env->authenticated) rc = read_authentication(&d, env);
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, FIELD_TAG(env->authenticated ? 2 : 1), &found, &tlv);
  return rc != SZTP_OK ? rc : sztp__der_finish(&d);
}

int32_t sztp__enveloped_parse(sztp_ctx_t *ctx, const sztp__cms_t *cms, sztp__enveloped_t **out) {
  sztp__der_t d;
  sztp__enveloped_t *env = sztp__alloc(ctx, sizeof *env);
  if (env == NULL) return SZTP_ERR_MEMORY;
  env->authenticated = cms->type == SZTP__CMS_AUTH_ENVELOPED;
  sztp__der_init(&d, ctx, cms->body);
  int32_t rc = read_enveloped_fields(&d, env);
  if (rc == SZTP_OK) {
    *out = env;
    return SZTP_OK;
  }
  sztp__free(ctx, env);
  if (rc == SZTP_ERR_LIMIT) return rc;
  return sztp__fail(ctx, SZTP_ERR_CMS_MALFORMED, "cms", "the encrypted structure cannot be decoded");
}
