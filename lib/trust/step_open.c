/* SPDX-License-Identifier: Apache-2.0 */
/* V1: encrypted artifacts (RFC 8572 3.4). What comes out takes the place of what was encrypted in all other
 * steps; it is trusted no more than that (ENC-16). Whoever sends artifacts can put together old ciphertext as
 * he likes, and learns the text if he can tell one failure from another. So what fails after a private key
 * was asked fails in one way: with one reason, after the same requests to private keys, and after as much
 * work. */

#include "cryptography/cms_open.h"
#include "formats/ber.h"
#include "ground/format.h"
#include "trust/verification.h"

#define WHERE "decryption"

/* In this order they are opened. */
static const uint32_t all_artifacts[] = {SZTP_ARTIFACT_VOUCHER, SZTP_ARTIFACT_CONVEYED_INFO,
                                         SZTP_ARTIFACT_OWNER_CERT};
#define ARTIFACTS (sizeof all_artifacts / sizeof all_artifacts[0])

/* Public-key operations with each kind of key that follow upon a decryption, if what comes of it is refused:
 * more than the longest paths that are in use need with their CRLs. */
#define AS_MUCH 16
/* The same with kinds of which nobody knows whether they will be needed. */
#define AS_MUCH_UNKNOWN 8

/* Where an artifact's CMS and its decrypted octets are kept. */
typedef struct place {
  uint32_t artifact;
  const char *name;
  sztp__cms_t **cms;
  uint8_t **opened;
} artifact_place_t;

static artifact_place_t place_of(sztp__verification_t *r, uint32_t artifact) {
  artifact_place_t p = {artifact, "conveyed-information", sztp__verify_outer(r, artifact), &r->info_opened};
  if (artifact == SZTP_ARTIFACT_OWNER_CERT) {
    p.name = "owner-certificate";
    p.opened = &r->owner_opened;
  } else if (artifact == SZTP_ARTIFACT_VOUCHER) {
    p.name = "voucher";
    p.opened = &r->voucher_opened;
  }
  return p;
}

/* ---- what is there ------------------------------------------------------------------------------- */

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
  SZTP__TELL(sztp__cms_type_text(text, sizeof text, type, env->etype_oid));
  if (type == SZTP__CMS_ENVELOPED || type == SZTP__CMS_AUTH_ENVELOPED) /* so it says itself, in clear */
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
    for (size_t n = 0; n < certs->n && *out == NULL; n++) {
      int named = 0;
      int32_t rc = sztp__cms_names(r->ctx, recipient->issuer, recipient->serial, recipient->key_id,
                                   &certs->v[n], &named);
      if (rc != SZTP_OK) return rc;
      if (named) *out = &certs->v[n];
    }
  }
  return SZTP_OK;
}

/* ---- as much work -------------------------------------------------------------------------------- */

static int is_of_kind(sztp__span_t spki, uint32_t kind) {
  sztp__keyinfo_t key;
  if (sztp__key_info(NULL, spki, &key) != SZTP_OK || sztp__key_kind(&key) != kind) return 0;
  return key.type == SZTP__KEY_RSA || key.curve != SZTP__CURVE_NONE;
}

/* A key of this kind in the owner's bag; an RSA key, the largest. */
static sztp__span_t key_in_bag(const sztp__verification_t *r, uint32_t kind) {
  sztp__span_t best = {NULL, 0};
  sztp__cert_t cert;
  for (size_t i = 0; r->owner_cms != NULL && i < r->owner_cms->cert_count; i++)
    if (sztp__cert_parse(NULL, r->owner_cms->certs[i], &cert) == SZTP_OK && is_of_kind(cert.spki, kind) &&
        cert.spki.len > best.len)
      best = cert.spki;
  return best;
}

static sztp__span_t key_of_anchor(const sztp__verification_t *r, uint32_t kind) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  for (size_t i = 0; i < anchors->n; i++)
    if (is_of_kind(anchors->v[i].spki, kind)) return anchors->v[i].spki;
  return sztp__span(NULL, 0);
}

/* Whether keys of this kind may be used after what was asked, as far as everybody can know who does not know
 * what comes out: those of the pinned certificate and of an owner certificate in clear, or of the voucher
 * anchors; and if certificates are encrypted, those in common use. *key is one of them, or empty. */
static int may_use(const sztp__verification_t *r, uint32_t kind, sztp__span_t *key) {
  int hidden = r->asked.unpinned || (r->asked.artifacts & SZTP__ARTIFACT_BIT(SZTP_ARTIFACT_OWNER_CERT)) != 0;
  *key = sztp__span(NULL, 0);
  if (r->asked.unpinned) *key = key_of_anchor(r, kind);
  if (key->len == 0 && r->asked.pinned && !hidden) *key = key_in_bag(r, kind);
  if (key->len == 0 && r->asked.pinned && is_of_kind(r->pinned.spki, kind)) *key = r->pinned.spki;
  return key->len > 0 || (hidden && sztp__has_any_key(kind));
}

/* Operations of a kind that are missing to as many as there must be, and a key for them. */
static uint32_t missing(const sztp__verification_t *r, uint32_t kind, sztp__span_t *key) {
  uint32_t made = sztp__work_made(r->ctx, kind) - r->asked.made[kind];
  uint32_t wanted = may_use(r, kind, key) ? key->len > 0 ? AS_MUCH : AS_MUCH_UNKNOWN : 0;
  return made < wanted ? wanted - made : 0;
}

/* Remembers where the work stood when a private key was first asked. There must be enough left to do as much
 * whatever comes of it. */
static int32_t begin_asking(sztp__verification_t *r, uint32_t artifact) {
  int first = !r->asked.any;
  uint32_t wanted = 0;
  sztp__span_t key;
  r->asked.artifacts |= SZTP__ARTIFACT_BIT(artifact);
  r->asked.pinned |= r->pinned.spki.len > 0;
  r->asked.unpinned |= r->pinned.spki.len == 0;
  if (first) {
    r->asked.any = 1;
    r->asked.hashed = sztp__work_hashed(r->ctx);
    for (uint32_t kind = 0; kind < SZTP__WORK_KINDS; kind++)
      r->asked.made[kind] = (uint8_t)sztp__work_made(r->ctx, kind);
  }
  for (uint32_t kind = 0; kind < SZTP__WORK_KINDS; kind++) wanted += missing(r, kind, &key);
  if (wanted <= sztp__work_operations_left(r->ctx)) return SZTP_OK;
  if (first) r->asked.any = 0;
  return sztp__fail(r->ctx, SZTP_ERR_LIMIT, WHERE, "too much work was done before");
}

/* Tries the entries for this device in their order: the first that can be used and for which there is a key
 * is opened; without @p out none is, and whether one can be used is all that is found out. ENC-02, ENC-04,
 * ENC-08 */
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
    if (r->key == NULL) continue;
    if (out == NULL) return SZTP_OK;
    rc = begin_asking(r, artifact);
    if (rc == SZTP_OK) rc = sztp__enveloped_open(r->ctx, env, i, cert, &opener, out);
    if (rc == SZTP_ERR_NOT_FOUND) continue;
    SZTP__TELL(sztp__keyencalg_text(how, cap, &env->recipients[i].alg));
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

/* Only what is signed is looked at for who is not authenticated: how a document fails to parse says too much
 * of it. */
static int takes_documents(const sztp__verification_t *r, uint32_t artifact) {
  return artifact == SZTP_ARTIFACT_CONVEYED_INFO && sztp__verify_channel_trusted(r);
}

/* Reads it as what it must be (D-92): 0 and its CMS in the place of the encrypted one; any other failure
 * means that it is not. */
static int32_t take_shape(sztp__verification_t *r, const artifact_place_t *p, uint32_t type,
                          sztp__opened_t *o) {
  sztp__span_t text = sztp__span(o->memory + o->start, o->len);
  int sequence = text.len > 0 && text.data[0] == SZTP__DER_SEQUENCE;
  int document =
      type != SZTP__CMS_SIGNED && takes_documents(r, p->artifact) && !(type == SZTP__CMS_DATA && sequence);
  if (document || (type == SZTP__CMS_SIGNED && sztp__der_first_tag(text) == SZTP__DER_INTEGER))
    dress(o, document ? type : SZTP__CMS_SIGNED);
  sztp__cms_t *outer = *p->cms;
  sztp__cms_t *inner = NULL;
  uint32_t kind = 0;
  int32_t rc = sztp__cms_parse(r->ctx, sztp__span(o->memory + o->start, o->len), &inner);
  if (rc != SZTP_OK) return rc;
  *p->cms = inner;
  if (inner->type != (document ? type : SZTP__CMS_SIGNED))
    rc = SZTP_ERR_CMS_TYPE_UNEXPECTED; /* encrypted once more as well (ENC-14) */
  else if (document)
    rc = sztp__info_peek(r, &kind);
  if (rc == SZTP_OK && o->good == 0) rc = SZTP_ERR_ENC_DECRYPT_FAILED;
  *p->cms = rc == SZTP_OK ? inner : outer;
  sztp__cms_free(r->ctx, rc == SZTP_OK ? outer : inner);
  if (rc == SZTP_OK && p->artifact == SZTP_ARTIFACT_CONVEYED_INFO) r->info_signed = !document;
  return rc;
}

/* Decrypts one artifact. SZTP_ERR_ENC_DECRYPT_FAILED is the one reason for all that came after the private
 * key was asked. */
static int32_t open_content(sztp__verification_t *r, const artifact_place_t *p,
                            const sztp__enveloped_t *env) {
  char how[SZTP__NAME_SIZE];
  char cipher[SZTP__NAME_SIZE];
  sztp__opened_t o;
  int32_t rc = open_recipient(r, p->artifact, env, &o, how, sizeof how);
  if (rc != SZTP_OK) return rc;
  *p->opened = o.memory; /* freed with everything else, after what lies in it */
  rc = take_shape(r, p, env->etype, &o);
  if (sztp__verify_fatal(rc)) return rc;
  if (rc != SZTP_OK) return sztp__decrypt_failed(r->ctx);
  sztp__trail_clear(r->ctx);
  size_t len = strlen(r->detail);
  (void)sztp__sentence(r->detail + len, sizeof r->detail - len, "%s%s: %s, %s", len > 0 ? "; " : "", p->name,
                       how, sztp__cipheralg_text(cipher, sizeof cipher, &env->cipher));
  return SZTP_OK;
}

/* What can be seen of an encrypted artifact by everybody. */
static int32_t check_outside(sztp__verification_t *r, const artifact_place_t *p, sztp__enveloped_t **env) {
  sztp__trail_clear(r->ctx); /* of artifacts that are told in steps of their own */
  int32_t rc = sztp__enveloped_parse(r->ctx, *p->cms, env);
  if (rc == SZTP_OK) rc = check_declared(r, p->artifact, *env);
  if (rc == SZTP_OK && (*env)->etype != SZTP__CMS_SIGNED && (*env)->etype != SZTP__CMS_DATA &&
      !takes_documents(r, p->artifact))
    return sztp__fail(r->ctx, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED, WHERE,
                      "encrypted information that is not signed, from a source that is not trusted");
  return rc == SZTP_OK ? open_recipient(r, p->artifact, *env, NULL, NULL, 0) : rc;
}

/* All that are to be opened: first what everybody can see of each, then the keys, for each of them even if
 * one before it failed, so that which of them failed is not seen by what is asked. */
static int32_t open_all(sztp__verification_t *r, sztp__enveloped_t *env[ARTIFACTS]) {
  int32_t result = SZTP_OK;
  for (size_t i = 0; i < ARTIFACTS; i++) {
    artifact_place_t p = place_of(r, all_artifacts[i]);
    if (((r->opening | r->outside) & SZTP__ARTIFACT_BIT(p.artifact)) == 0) continue;
    r->artifact = p.name;
    int32_t rc = check_outside(r, &p, &env[i]);
    if (rc != SZTP_OK) return rc;
  }
  for (size_t i = 0; i < ARTIFACTS; i++) {
    artifact_place_t p = place_of(r, all_artifacts[i]);
    if ((r->opening & SZTP__ARTIFACT_BIT(p.artifact)) == 0) continue;
    if (result == SZTP_OK) r->artifact = p.name;
    int32_t rc = open_content(r, &p, env[i]);
    if (rc != SZTP_OK && rc != SZTP_ERR_ENC_DECRYPT_FAILED) {
      r->artifact = p.name;
      return rc;
    }
    if (result == SZTP_OK) result = rc;
  }
  return result == SZTP_OK ? SZTP_OK : sztp__decrypt_failed(r->ctx);
}

/* V1: ENC-01, ENC-02, STATE-16. What was opened before stays in the detail. */
int32_t sztp__step_decryption(sztp__verification_t *r) {
  sztp__enveloped_t *env[ARTIFACTS] = {NULL};
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s",
                       sztp_verdict_text(r->v, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL));
  int32_t rc = open_all(r, env);
  for (size_t i = 0; i < ARTIFACTS; i++) sztp__free(r->ctx, env[i]);
  if (rc == SZTP_OK) r->artifact = NULL;
  return rc;
}

/* ---- after a refusal ----------------------------------------------------------------------------- */

/* Hashing of what was opened, once: as a signature over it would have needed. */
static int32_t hash_as_much(sztp__verification_t *r, uint64_t done) {
  uint64_t wanted = 0;
  for (size_t i = 0; i < ARTIFACTS; i++)
    if ((r->asked.artifacts & SZTP__ARTIFACT_BIT(all_artifacts[i])) != 0)
      wanted += sztp__bundle_span(r->bundle, all_artifacts[i]).len;
  for (size_t i = 0; i < ARTIFACTS && done < wanted; i++) {
    uint8_t digest[SZTP__HASH_MAX];
    size_t len = 0;
    sztp__span_t any = sztp__bundle_span(r->bundle, all_artifacts[i]);
    if ((r->asked.artifacts & SZTP__ARTIFACT_BIT(all_artifacts[i])) == 0) continue;
    if (any.len > wanted - done) any.len = (size_t)(wanted - done);
    int32_t rc = sztp__hash_once(r->ctx, SZTP__HASH_SHA256, any, digest, &len);
    if (rc != SZTP_OK) return rc;
    done += any.len;
  }
  return SZTP_OK;
}

int32_t sztp__verify_as_much(sztp__verification_t *r) {
  if (!r->asked.any) return SZTP_OK;
  size_t told = sztp__trail_len(r->ctx);
  int32_t rc = hash_as_much(r, sztp__work_hashed(r->ctx) - r->asked.hashed);
  for (uint32_t kind = 0; kind < SZTP__WORK_KINDS; kind++) {
    sztp__span_t key;
    for (uint32_t n = missing(r, kind, &key); rc == SZTP_OK && n > 0; n--)
      rc = sztp__verify_nothing(r->ctx, key, kind);
  }
  sztp__trail_cut(r->ctx, told);
  return sztp__verify_fatal(rc) ? rc : SZTP_OK; /* no work left is as much as there can be */
}
