/* SPDX-License-Identifier: Apache-2.0 */
/* Validating signed data (RFC 8572 5.4): the steps V0 to V16 of the VERIFY group, in order, each a function
 * of its own. This is the one place where trust is given. */
#include <stdio.h>

#include "cryptography/cms.h"
#include "ground/text.h"
#include "trust/bundle.h"
#include "trust/conveyed.h"
#include "trust/verdict.h"
#include "trust/voucher.h"

#define CREATED_ON_TOLERANCE 300 /* s (D-104) */

/* What one verification knows so far. */
struct run {
  sztp_ctx_t *ctx;
  const sztp_device_t *dev;
  const sztp_bundle_t *bundle;
  sztp__clock_t clock;
  uint32_t channel;
  sztp_verdict_t *v;
  sztp__cms_t *info_cms; /* conveyed information */
  sztp__cms_t *owner_cms;
  sztp__cms_t *voucher_cms;
  sztp__cert_t *voucher_certs;
  size_t voucher_cert_count;
  /* certificates of the owner certificate's bag, then those of the conveyed information (D-115) */
  sztp__cert_t *owner_certs;
  size_t bag_count;
  size_t owner_cert_count;
  const sztp__cert_t *owner; /* the owner certificate */
  size_t signer;             /* which signer of the conveyed information it is */
  sztp__voucher_t *voucher;
  sztp__cert_t pinned;
  int info_signed;
  char detail[256];
  char found[160];
  char expected[160];
};

typedef int32_t (*step_fn)(struct run *r);

/* Failures of the machine, not of the artifacts: no verdict then. */
static int is_fatal(int32_t rc) {
  return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_ARG;
}

static int has(const struct run *r, uint32_t artifact) {
  return sztp__bundle_span(r->bundle, artifact).data != NULL;
}

static int allow_sha1(const struct run *r) { return sztp__policy(r->dev, SZTP_POLICY_ALLOW_SHA1) != 0; }

/* --- texts for people --- */

static void show_cert(struct run *r, char *out, size_t cap, const sztp__cert_t *cert) {
  char subject[80];
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__name_text(subject, sizeof subject, cert->subject);
  if (sztp__hash_once(r->ctx, SZTP__HASH_SHA256, cert->der, digest, &len) < 0) len = 0;
  if (len < 8) {
    (void)snprintf(out, cap, "%s", subject);
    return;
  }
  (void)snprintf(out, cap, "%s (SHA-256 %02x%02x%02x%02x%02x%02x%02x%02x...)", subject, digest[0], digest[1],
                 digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]);
}

static void show_signed_by(struct run *r, const sztp__cert_t *leaf, const sztp__cert_t *anchor) {
  char a[100];
  char b[100];
  (void)snprintf(r->detail, sizeof r->detail, "%s by %s", sztp__name_text(a, sizeof a, leaf->subject),
                 sztp__name_text(b, sizeof b, anchor->subject));
}

/* --- several candidates: the reason of the one that came furthest is kept --- */

struct attempt {
  int rank;
  int32_t code;
  int32_t cause;
  char detail[200];
};

static void remember(struct run *r, struct attempt *best, int rank, int32_t code) {
  if (best->rank >= rank) return;
  best->rank = rank;
  best->code = code;
  best->cause = sztp__trail_cause(r->ctx) != 0 ? sztp__trail_cause(r->ctx) : code;
  (void)snprintf(best->detail, sizeof best->detail, "%s", sztp__trail_detail(r->ctx));
}

/* Puts the kept reason back into the trail, under @p code. */
static int32_t fail_with(struct run *r, const struct attempt *best, int32_t code, const char *where) {
  sztp__trail_clear(r->ctx);
  if (best->cause != code) (void)sztp__fail(r->ctx, best->cause, where, "%s", best->detail);
  return sztp__fail(r->ctx, code, where, "%s", best->detail);
}

/* --- decoding --- */

/* Parses @p spans into @p certs, leaving out those that are broken (PKIX-02). Returns how many. */
static size_t parse_certs(struct run *r, const sztp__span_t *spans, size_t count, sztp__cert_t *certs) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++)
    if (sztp__cert_parse(r->ctx, spans[i], &certs[n]) == SZTP_OK) n++;
  sztp__trail_clear(r->ctx);
  return n;
}

static int is_encrypted(const sztp__cms_t *cms) {
  return cms != NULL && (cms->type == SZTP__CMS_ENVELOPED || cms->type == SZTP__CMS_AUTH_ENVELOPED);
}

/* An artifact that is to be a SignedData with content and signers. */
static int32_t check_signed(struct run *r, const sztp__cms_t *cms, const char *where) {
  char type[64];
  if (cms->type != SZTP__CMS_SIGNED)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, where, "%s instead of id-signedData",
                      sztp__cms_type_text(type, sizeof type, cms->type, cms->type_oid));
  if (!cms->has_econtent)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_DETACHED, where, "the signed content is not in it");
  if (cms->signer_count == 0)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_SIGNER_UNKNOWN, where, "a SignedData without any signer");
  return SZTP_OK;
}

static int is_conveyed_content(uint32_t type) {
  return type == SZTP__CMS_DATA || type == SZTP__CMS_CONVEYED_JSON || type == SZTP__CMS_CONVEYED_XML;
}

/* CONV-01, CONV-05, CONV-06 */
static int32_t step_info_format(struct run *r) {
  static const char where[] = "conveyed-information";
  char type[64];
  int32_t rc = SZTP_OK;
  if (r->info_cms == NULL)
    rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_CONVEYED_INFO), &r->info_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *cms = r->info_cms;
  if (is_encrypted(cms)) {
    (void)snprintf(r->detail, sizeof r->detail, "encrypted");
    return SZTP_OK;
  }
  int is_signed = cms->type == SZTP__CMS_SIGNED;
  uint32_t content = is_signed ? cms->etype : cms->type;
  if (!is_conveyed_content(content))
    return sztp__fail(
        r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, where, "content type %s is not conveyed information",
        sztp__cms_type_text(type, sizeof type, content, is_signed ? cms->etype_oid : cms->type_oid));
  r->info_signed = is_signed;
  (void)snprintf(r->detail, sizeof r->detail, "%s, %s", is_signed ? "signed" : "unsigned",
                 sztp__cms_type_text(type, sizeof type, content, is_signed ? cms->etype_oid : cms->type_oid));
  return is_signed ? check_signed(r, cms, where) : SZTP_OK;
}

/* V0: DISC-06 */
static int32_t step_artifacts(struct run *r) {
  int info = has(r, SZTP_ARTIFACT_CONVEYED_INFO);
  int owner = has(r, SZTP_ARTIFACT_OWNER_CERT);
  int voucher = has(r, SZTP_ARTIFACT_VOUCHER);
  int pinned = has(r, SZTP_ARTIFACT_PINNED);
  const char *missing = NULL;
  if (!info && !owner && !voucher) missing = "there is no artifact";
  if (info && r->info_signed && !owner) missing = "signed conveyed information without owner certificate";
  if (info && r->info_signed && !voucher && !pinned)
    missing = "signed conveyed information without ownership voucher";
  if (!info && owner && !voucher && !pinned) missing = "an owner certificate without ownership voucher";
  if (missing != NULL) return sztp__fail(r->ctx, SZTP_ERR_ARTIFACT_MISSING, "artifacts", "%s", missing);
  (void)snprintf(r->detail, sizeof r->detail, "%s",
                 info && !r->info_signed ? "nothing else is needed" : "all that are needed");
  return SZTP_OK;
}

/* V1: STATE-16. Without a decryption key nothing encrypted is for this device. */
static int32_t step_decryption(struct run *r) {
  return sztp__fail(r->ctx, SZTP_ERR_ENC_NO_RECIPIENT, "decryption",
                    "an artifact is encrypted, and this device has no key to decrypt it with");
}

/* V2: VOUCH-01, VOUCH-02, VOUCH-21 */
static int32_t step_voucher_format(struct run *r) {
  sztp__span_t raw = sztp__bundle_span(r->bundle, SZTP_ARTIFACT_VOUCHER);
  char type[64];
  if (raw.len == 0 || raw.data[0] != SZTP__DER_SEQUENCE)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                      "first octet 0x%02x: neither CMS nor any other container that is read",
                      raw.len == 0 ? 0U : (unsigned)raw.data[0]);
  int32_t rc = SZTP_OK;
  if (r->voucher_cms == NULL) rc = sztp__cms_parse(r->ctx, raw, &r->voucher_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *cms = r->voucher_cms;
  rc = check_signed(r, cms, "voucher");
  if (rc < 0) return rc;
  sztp__cms_type_text(type, sizeof type, cms->etype, cms->etype_oid);
  if (cms->etype != SZTP__CMS_VOUCHER_JSON && cms->etype != SZTP__CMS_DATA)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "voucher",
                      "content type %s is not an ownership voucher", type);
  r->voucher_certs = sztp__alloc_array(r->ctx, cms->cert_count, sizeof *r->voucher_certs);
  if (r->voucher_certs == NULL) return SZTP_ERR_MEMORY;
  r->voucher_cert_count = parse_certs(r, cms->certs, cms->cert_count, r->voucher_certs);
  (void)snprintf(r->detail, sizeof r->detail, "signed, %s, %zu certificates", type, cms->cert_count);
  return SZTP_OK;
}

/* --- V3 --- */

static int32_t voucher_signed_by(struct run *r, size_t signer, const sztp__cert_t *cert,
                                 struct attempt *best) {
  int attrs = sztp__policy(r->dev, SZTP_POLICY_SIGNED_ATTRS) != 0;
  sztp__trail_clear(r->ctx);
  int32_t rc = sztp__cms_verify(r->ctx, r->voucher_cms, signer, cert, allow_sha1(r), attrs);
  if (rc < 0) {
    remember(r, best, 2, rc);
    return rc;
  }
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  sztp__path_t path = {anchors->v,
                       anchors->n,
                       0,
                       r->voucher_certs,
                       r->voucher_cert_count,
                       r->clock,
                       allow_sha1(r),
                       SZTP__KU_DIGITAL_SIGNATURE | SZTP__KU_NON_REPUDIATION,
                       SZTP_ERR_PKIX_KEYUSAGE,
                       {NULL, 0}};
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t chain_len = 0;
  rc = sztp__path_validate(r->ctx, &path, cert, chain, &chain_len);
  if (rc < 0)
    remember(r, best, 3, rc);
  else
    show_signed_by(r, cert, chain[chain_len - 1]);
  return rc;
}

/* Tries every certificate of @p certs that the signer names. */
static int32_t voucher_signer_among(struct run *r, size_t signer, const sztp__cert_t *certs, size_t count,
                                    struct attempt *best) {
  for (size_t i = 0; i < count; i++) {
    if (!sztp__cms_signer_is(r->ctx, &r->voucher_cms->signers[signer], &certs[i])) continue;
    int32_t rc = voucher_signed_by(r, signer, &certs[i], best);
    if (rc == SZTP_OK || is_fatal(rc)) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

/* VOUCH-04, VOUCH-06, VERIFY-03, CMS-13 */
static int32_t step_voucher_signature(struct run *r) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  struct attempt best = {1, SZTP_ERR_CMS_SIGNER_UNKNOWN, SZTP_ERR_CMS_SIGNER_UNKNOWN,
                         "the signer's certificate is neither in the voucher nor a voucher anchor"};
  if (anchors->n == 0)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_UNTRUSTED, "voucher", "the device has no voucher anchor");
  for (size_t i = 0; i < r->voucher_cms->signer_count; i++) {
    int32_t rc = voucher_signer_among(r, i, r->voucher_certs, r->voucher_cert_count, &best);
    if (rc == SZTP_ERR_NOT_FOUND) rc = voucher_signer_among(r, i, anchors->v, anchors->n, &best);
    if (rc == SZTP_OK || is_fatal(rc)) return rc;
  }
  show_cert(r, r->expected, sizeof r->expected, &anchors->v[0]);
  if (r->voucher_cert_count > 0) show_cert(r, r->found, sizeof r->found, &r->voucher_certs[0]);
  return fail_with(r, &best, SZTP_ERR_VOUCHER_UNTRUSTED, "voucher");
}

/* V4 */
static int32_t step_voucher_content(struct run *r) {
  int32_t rc = sztp__voucher_parse(r->ctx, r->voucher_cms->econtent, &r->voucher);
  if (rc == SZTP_OK) (void)snprintf(r->detail, sizeof r->detail, "an ownership voucher in JSON");
  return rc;
}

/* --- V5: VOUCH-07, VOUCH-08, CLK-02 to -04 --- */

static int32_t check_created_on(struct run *r) {
  const sztp__voucher_t *v = r->voucher;
  if (!v->has_created_on) {
    if (sztp__policy(r->dev, SZTP_POLICY_REVISED_VOUCHER)) return SZTP_OK;
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "created-on: missing");
  }
  if (r->clock.mode != SZTP__CLOCK_TRUSTED || v->created_on <= r->clock.now + CREATED_ON_TOLERANCE)
    return SZTP_OK;
  sztp__time_format(r->found, v->created_on);
  sztp__time_format(r->expected, r->clock.now);
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_NOT_YET_VALID, "voucher", "created-on %s is after now, %s",
                    r->found, r->expected);
}

static int32_t check_expires_on(struct run *r) {
  const sztp__voucher_t *v = r->voucher;
  if (!v->has_expires_on) return SZTP_OK;
  int needs_clock = sztp__policy(r->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK) != 0 && v->nonce == NULL;
  sztp__time_format(r->found, v->expires_on);
  if (r->clock.mode != SZTP__CLOCK_TRUSTED && needs_clock)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_EXPIRED, "voucher",
                      "expires-on %s can't be judged without a trusted clock, which policy demands",
                      r->found);
  if (r->clock.mode == SZTP__CLOCK_NONE || v->expires_on > r->clock.now) return SZTP_OK;
  sztp__time_format(r->expected, r->clock.now);
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_EXPIRED, "voucher", "expires-on %s is not after %s, %s",
                    r->found, r->clock.mode == SZTP__CLOCK_TRUSTED ? "now" : "the earliest time possible",
                    r->expected);
}

static int32_t step_voucher_dates(struct run *r) {
  char created[24];
  char expires[24];
  int32_t rc = check_created_on(r);
  if (rc == SZTP_OK) rc = check_expires_on(r);
  if (rc < 0) return rc;
  sztp__time_format(created, r->voucher->has_created_on ? r->voucher->created_on : SZTP_TIME_UNKNOWN);
  sztp__time_format(expires, r->voucher->has_expires_on ? r->voucher->expires_on : SZTP_TIME_UNKNOWN);
  (void)snprintf(r->detail, sizeof r->detail, "created %s, expires %s%s", created,
                 r->voucher->has_expires_on ? expires : "never",
                 r->clock.mode == SZTP__CLOCK_TRUSTED ? "" : " (not compared: no trusted clock)");
  return SZTP_OK;
}

/* V6: VOUCH-09 */
static int32_t step_voucher_assertion(struct run *r) {
  const sztp__voucher_t *v = r->voucher;
  uint64_t accepted = sztp__policy(r->dev, SZTP_POLICY_ASSERTIONS);
  if (v->assertion_text[0] == '\0' && sztp__policy(r->dev, SZTP_POLICY_REVISED_VOUCHER)) return SZTP_OK;
  (void)snprintf(r->detail, sizeof r->detail, "%s", v->assertion_text);
  if ((v->assertion & accepted) != 0) return SZTP_OK;
  (void)snprintf(r->found, sizeof r->found, "%s", v->assertion_text[0] == '\0' ? "none" : v->assertion_text);
  (void)snprintf(r->expected, sizeof r->expected, "one of:%s%s%s%s",
                 (accepted & SZTP_ASSERTION_VERIFIED) ? " verified" : "",
                 (accepted & SZTP_ASSERTION_LOGGED) ? " logged" : "",
                 (accepted & SZTP_ASSERTION_PROXIMITY) ? " proximity" : "",
                 (accepted & SZTP_ASSERTION_AGENT_PROXIMITY) ? " agent-proximity" : "");
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_ASSERTION, "voucher", "assertion %s is not accepted; %s",
                    r->found, r->expected);
}

/* V7: VOUCH-10 */
static int32_t step_voucher_serial(struct run *r) {
  sztp__span_t found = sztp__span(r->voucher->serial, r->voucher->serial_len);
  const char *serial = sztp__device_serial(r->dev);
  sztp__printable(r->found, sizeof r->found, found);
  if (serial == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_SERIAL, "voucher",
                      "the device has no serial number to compare with");
  sztp__printable(r->expected, sizeof r->expected, sztp__span_of(serial));
  if (!sztp__span_is(found, serial))
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_SERIAL, "voucher",
                      "serial-number is \"%s\", the device's is \"%s\"", r->found, r->expected);
  (void)snprintf(r->detail, sizeof r->detail, "%s", r->found);
  return SZTP_OK;
}

/* V8: VOUCH-12, the three forms of D-108 */
static int32_t step_voucher_issuer(struct run *r) {
  sztp__span_t found = sztp__span(r->voucher->idevid_issuer, r->voucher->idevid_issuer_len);
  const sztp__certs_t *identity = &r->dev->certs[SZTP_CERT_IDENTITY];
  if (found.data == NULL) {
    (void)snprintf(r->detail, sizeof r->detail, "the voucher names no idevid-issuer");
    return SZTP_OK;
  }
  sztp__span_t own = identity->n > 0 ? identity->v[0].authority_key_id : sztp__span(NULL, 0);
  if (own.data == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_IDEVID_ISSUER, "voucher",
                      "the voucher names an idevid-issuer, but %s",
                      identity->n > 0 ? "the identity certificate has no authority key identifier"
                                      : "the device has no identity certificate");
  sztp__span_t key_id = identity->v[0].authority_key_id_octets;
  (void)snprintf(r->detail, sizeof r->detail, "matches the identity certificate");
  if (key_id.len > 0 && sztp__span_equal(found, key_id)) return SZTP_OK;
  if (sztp__span_equal(found, own)) return SZTP_OK;
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, r->ctx, found);
  if (sztp__der_expect(&d, SZTP__DER_OCTET_STRING, &tlv) == SZTP_OK && sztp__der_at_end(&d) &&
      sztp__span_equal(tlv.value, own))
    return SZTP_OK;
  sztp__trail_clear(r->ctx);
  return sztp__fail(
      r->ctx, SZTP_ERR_VOUCHER_IDEVID_ISSUER, "voucher",
      "idevid-issuer is not the identity certificate's authority key identifier in any of its three forms");
}

/* V9: VOUCH-11 */
static int32_t step_voucher_nonce(struct run *r) {
  sztp__span_t sent = sztp__bundle_span(r->bundle, SZTP_ARTIFACT_NONCE);
  const sztp__voucher_t *v = r->voucher;
  const char *fault = NULL;
  if (v->nonce == NULL) {
    if (sztp__policy(r->dev, SZTP_POLICY_NONCE_REQUIRED))
      fault = "the voucher has no nonce, which policy demands";
  } else if (v->nonce_len < 8 || v->nonce_len > 32) {
    fault = "the nonce has not 8 to 32 octets";
  } else if (sent.data == NULL) {
    fault = "the voucher has a nonce, but none was sent";
  } else if (v->nonce_len != sent.len || !sztp__equal_secret(v->nonce, sent.data, sent.len)) {
    fault = "the nonce is not the one that was sent";
  }
  if (fault != NULL) return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_NONCE, "voucher", "%s", fault);
  (void)snprintf(r->detail, sizeof r->detail, "%s",
                 v->nonce == NULL ? "the voucher has none" : "equals the one sent");
  return SZTP_OK;
}

/* V10: VOUCH-13 */
static int32_t step_pinned_cert(struct run *r) {
  sztp__span_t der = r->voucher != NULL ? sztp__span(r->voucher->pinned, r->voucher->pinned_len)
                                        : sztp__bundle_span(r->bundle, SZTP_ARTIFACT_PINNED);
  int32_t rc = sztp__cert_parse(r->ctx, der, &r->pinned);
  if (is_fatal(rc)) return rc;
  if (rc < 0)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                      "pinned-domain-cert is not one DER certificate");
  show_cert(r, r->detail, sizeof r->detail, &r->pinned);
  return SZTP_OK;
}

/* V11: CMS-23, CMS-24 */
static int32_t step_owner_format(struct run *r) {
  char type[64];
  int32_t rc = SZTP_OK;
  if (r->owner_cms == NULL)
    rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_OWNER_CERT), &r->owner_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *bag = r->owner_cms;
  if (bag->type != SZTP__CMS_SIGNED)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "owner-certificate",
                      "%s instead of id-signedData",
                      sztp__cms_type_text(type, sizeof type, bag->type, bag->type_oid));
  const sztp__cms_t *info = r->info_cms;
  size_t more = info != NULL ? info->cert_count : 0;
  r->owner_certs = sztp__alloc_array(r->ctx, bag->cert_count + more, sizeof *r->owner_certs);
  if (r->owner_certs == NULL) return SZTP_ERR_MEMORY;
  r->bag_count = parse_certs(r, bag->certs, bag->cert_count, r->owner_certs);
  r->owner_cert_count = r->bag_count;
  if (more > 0) r->owner_cert_count += parse_certs(r, info->certs, more, r->owner_certs + r->bag_count);
  if (r->bag_count == 0)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_NO_CERTIFICATES, "owner-certificate", "no certificate in it");
  (void)snprintf(r->detail, sizeof r->detail, "%zu certificates", r->bag_count);
  return SZTP_OK;
}

/* --- V12, V13, V15: one signer of the conveyed information with one certificate of the bag --- */

static int32_t owner_path(struct run *r, const sztp__cert_t *owner, size_t *length) {
  sztp__path_t path = {&r->pinned,
                       1,
                       1,
                       r->owner_certs,
                       r->owner_cert_count,
                       r->clock,
                       allow_sha1(r),
                       SZTP__KU_DIGITAL_SIGNATURE,
                       SZTP_ERR_OWNER_KEYUSAGE,
                       {NULL, 0}};
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  return sztp__path_validate(r->ctx, &path, owner, chain, length);
}

static int32_t info_signature(struct run *r, size_t signer, const sztp__cert_t *owner) {
  int attrs = sztp__policy(r->dev, SZTP_POLICY_SIGNED_ATTRS) != 0;
  return sztp__cms_verify(r->ctx, r->info_cms, signer, owner, allow_sha1(r), attrs);
}

struct candidate {
  const sztp__cert_t *owner;
  size_t signer;
};

/* Pairs of a signer and a certificate that it names, at most @p cap. */
static size_t find_candidates(struct run *r, struct candidate *found, size_t cap) {
  size_t n = 0;
  for (size_t s = 0; s < r->info_cms->signer_count; s++)
    for (size_t c = 0; c < r->bag_count && n < cap; c++)
      if (sztp__cms_signer_is(r->ctx, &r->info_cms->signers[s], &r->owner_certs[c])) {
        found[n].owner = &r->owner_certs[c];
        found[n++].signer = s;
      }
  return n;
}

/* VERIFY-05: with several candidates the first that satisfies everything is taken (CMS-13). */
static int32_t step_owner_signer(struct run *r) {
  struct candidate found[SZTP__CMS_MAX_SIGNERS];
  size_t n = find_candidates(r, found, SZTP__CMS_MAX_SIGNERS);
  if (n == 0)
    return sztp__fail(r->ctx, SZTP_ERR_SIGNER_NOT_OWNER, "owner-certificate",
                      "none of its %zu certificates is the one that signed the conveyed information",
                      r->bag_count);
  size_t chosen = 0;
  size_t length = 0;
  for (size_t i = 0; n > 1 && i < n; i++) {
    int32_t rc = owner_path(r, found[i].owner, &length);
    if (rc == SZTP_OK) rc = info_signature(r, found[i].signer, found[i].owner);
    if (is_fatal(rc)) return rc;
    if (rc < 0) continue;
    chosen = i;
    break;
  }
  sztp__trail_clear(r->ctx);
  r->owner = found[chosen].owner;
  r->signer = found[chosen].signer;
  show_cert(r, r->detail, sizeof r->detail, r->owner);
  return SZTP_OK;
}

/* Without conveyed information: the first end-entity certificate of the bag. */
static const sztp__cert_t *first_end_entity(const struct run *r) {
  for (size_t i = 0; i < r->bag_count; i++)
    if (!r->owner_certs[i].is_ca) return &r->owner_certs[i];
  return r->bag_count == 1 ? &r->owner_certs[0] : NULL;
}

/* V13: VERIFY-04, VERIFY-06 */
static int32_t step_owner_chain(struct run *r) {
  size_t length = 0;
  if (r->owner == NULL) r->owner = first_end_entity(r);
  if (r->owner == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_OWNER_UNTRUSTED, "owner-certificate",
                      "no end-entity certificate in it");
  int32_t rc = owner_path(r, r->owner, &length);
  if (is_fatal(rc)) return rc;
  show_signed_by(r, r->owner, &r->pinned);
  if (rc == SZTP_OK) return rc;
  show_cert(r, r->expected, sizeof r->expected, &r->pinned);
  show_cert(r, r->found, sizeof r->found, r->owner);
  if (rc == SZTP_ERR_OWNER_KEYUSAGE) return rc;
  return sztp__fail(r->ctx, SZTP_ERR_OWNER_UNTRUSTED, "owner-certificate",
                    "no path to the pinned certificate");
}

/* V14: VERIFY-08. Reached only when revocation must be checked; status is not to be had. */
static int32_t step_revocation(struct run *r) {
  return sztp__fail(r->ctx, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, "owner-certificate",
                    "revocation must be checked, and this build has no means to");
}

/* V15 */
static int32_t step_info_signature(struct run *r) {
  int32_t rc = info_signature(r, r->signer, r->owner);
  if (rc < 0) return rc;
  char alg[48];
  (void)snprintf(r->detail, sizeof r->detail, "%s",
                 sztp__sigalg_text(alg, sizeof alg, &r->info_cms->signers[r->signer].sigalg));
  return SZTP_OK;
}

/* The document and the encoding that its content type declares. */
static sztp__span_t document_of(const struct run *r, uint32_t *declared) {
  const sztp__cms_t *cms = r->info_cms;
  uint32_t type = cms->type == SZTP__CMS_SIGNED ? cms->etype : cms->type;
  *declared = SZTP__ENCODING_ANY;
  if (type == SZTP__CMS_CONVEYED_JSON) *declared = SZTP__ENCODING_JSON;
  if (type == SZTP__CMS_CONVEYED_XML) *declared = SZTP__ENCODING_XML;
  return cms->type == SZTP__CMS_SIGNED ? cms->econtent : cms->content;
}

/* V16: TRUST-01 to -10 */
static int32_t step_info_content(struct run *r) {
  uint32_t declared = 0;
  sztp__json_t *doc = NULL;
  sztp__span_t document = document_of(r, &declared);
  int over_trusted = r->channel == SZTP_CHANNEL_TRUSTED && !sztp__policy(r->dev, SZTP_POLICY_SIGNED_ONLY);
  int trusted = r->info_signed || over_trusted;
  int32_t rc = sztp__conveyed_open(r->ctx, document, declared, &doc, &r->v->kind);
  if (rc < 0) return rc;
  if (!trusted && r->v->kind == SZTP_INFO_ONBOARDING)
    rc = sztp__fail(r->ctx, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED, "conveyed-information",
                    "onboarding information that is not signed, from a source that is not trusted");
  if (rc == SZTP_OK) rc = sztp__conveyed_read(r->ctx, doc, r->v->kind, trusted, &r->v->info);
  sztp__json_free(doc);
  if (rc < 0) return rc;
  r->v->trusted = trusted;
  (void)snprintf(r->detail, sizeof r->detail, "%s %s", trusted ? "trusted" : "untrusted",
                 r->v->kind == SZTP_INFO_REDIRECT ? "redirect information" : "onboarding information");
  return SZTP_OK;
}

static const step_fn CHECKS[SZTP__STEPS] = {
    [SZTP_STEP_INFO_FORMAT] = step_info_format,
    [SZTP_STEP_ARTIFACTS] = step_artifacts,
    [SZTP_STEP_DECRYPTION] = step_decryption,
    [SZTP_STEP_VOUCHER_FORMAT] = step_voucher_format,
    [SZTP_STEP_VOUCHER_SIGNATURE] = step_voucher_signature,
    [SZTP_STEP_VOUCHER_CONTENT] = step_voucher_content,
    [SZTP_STEP_VOUCHER_DATES] = step_voucher_dates,
    [SZTP_STEP_VOUCHER_ASSERTION] = step_voucher_assertion,
    [SZTP_STEP_VOUCHER_SERIAL] = step_voucher_serial,
    [SZTP_STEP_VOUCHER_ISSUER] = step_voucher_issuer,
    [SZTP_STEP_VOUCHER_NONCE] = step_voucher_nonce,
    [SZTP_STEP_PINNED_CERT] = step_pinned_cert,
    [SZTP_STEP_OWNER_FORMAT] = step_owner_format,
    [SZTP_STEP_OWNER_SIGNER] = step_owner_signer,
    [SZTP_STEP_OWNER_CHAIN] = step_owner_chain,
    [SZTP_STEP_REVOCATION] = step_revocation,
    [SZTP_STEP_INFO_SIGNATURE] = step_info_signature,
    [SZTP_STEP_INFO_CONTENT] = step_info_content,
};

/* --- what the inputs require --- */

static uint32_t span_of_steps(uint32_t first, uint32_t last) {
  uint32_t mask = 0;
  for (uint32_t step = first; step <= last; step++) mask |= SZTP__STEP_BIT(step);
  return mask;
}

/* Whether the artifacts that are going to be used include an encrypted one. Broken ones are told in their own
 * step. */
static int any_encrypted(struct run *r, int companions) {
  if (is_encrypted(r->info_cms)) return 1;
  if (!companions) return 0;
  int fatal = 0;
  if (has(r, SZTP_ARTIFACT_VOUCHER))
    fatal = is_fatal(
        sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_VOUCHER), &r->voucher_cms));
  if (!fatal && has(r, SZTP_ARTIFACT_OWNER_CERT))
    fatal = is_fatal(
        sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_OWNER_CERT), &r->owner_cms));
  if (fatal) return -1;
  return is_encrypted(r->voucher_cms) || is_encrypted(r->owner_cms);
}

/* The mask of required steps, without V14 (which the voucher decides). 0 on a failure of the machine. */
static uint32_t required_steps(struct run *r) {
  int info = has(r, SZTP_ARTIFACT_CONVEYED_INFO);
  int companions = !info || r->info_signed;
  int encrypted = any_encrypted(r, companions);
  if (encrypted < 0) return 0;
  uint32_t mask = SZTP__STEP_BIT(SZTP_STEP_ARTIFACTS);
  if (info) mask |= SZTP__STEP_BIT(SZTP_STEP_INFO_FORMAT) | SZTP__STEP_BIT(SZTP_STEP_INFO_CONTENT);
  if (encrypted) mask |= SZTP__STEP_BIT(SZTP_STEP_DECRYPTION);
  if (!companions) return mask;
  if (has(r, SZTP_ARTIFACT_PINNED))
    mask |= SZTP__STEP_BIT(SZTP_STEP_PINNED_CERT);
  else
    mask |= span_of_steps(SZTP_STEP_VOUCHER_FORMAT, SZTP_STEP_PINNED_CERT);
  if (info || has(r, SZTP_ARTIFACT_OWNER_CERT))
    mask |= SZTP__STEP_BIT(SZTP_STEP_OWNER_FORMAT) | SZTP__STEP_BIT(SZTP_STEP_OWNER_CHAIN);
  if (info) mask |= SZTP__STEP_BIT(SZTP_STEP_OWNER_SIGNER) | SZTP__STEP_BIT(SZTP_STEP_INFO_SIGNATURE);
  return mask;
}

static int must_check_revocation(const struct run *r) {
  uint64_t policy = sztp__policy(r->dev, SZTP_POLICY_REVOCATION);
  if (policy != SZTP_REVOCATION_AS_VOUCHER) return policy == SZTP_REVOCATION_REQUIRED;
  return r->voucher != NULL && r->voucher->revocation == SZTP__REVOCATION_TRUE;
}

/* Runs one step and records it. Returns the step's code. */
static int32_t run_step(struct run *r, uint32_t step) {
  r->detail[0] = r->found[0] = r->expected[0] = '\0';
  sztp__trail_clear(r->ctx);
  int32_t code = CHECKS[step](r);
  if (is_fatal(code)) return code;
  int32_t rc = SZTP_OK;
  if (code == SZTP_OK)
    rc = sztp__verdict_record(r->v, step, code, SZTP_OK, r->detail, "", "");
  else
    rc = sztp__verdict_record(r->v, step, code, sztp__trail_cause(r->ctx), sztp__trail_detail(r->ctx),
                              r->found, r->expected);
  return rc < 0 ? rc : code;
}

/* Looks at the kind of information that was rejected, for PROG-05: a redirect is never reported. Returns a
 * failure of the machine, else 0. */
static int32_t peek_kind(struct run *r) {
  uint32_t declared = 0;
  sztp__json_t *doc = NULL;
  if (r->v->kind != SZTP_INFO_NONE || r->info_cms == NULL || is_encrypted(r->info_cms)) return SZTP_OK;
  sztp__span_t document = document_of(r, &declared);
  if (document.data == NULL) return SZTP_OK;
  int32_t rc = sztp__conveyed_open(r->ctx, document, declared, &doc, &r->v->kind);
  if (rc == SZTP_OK) sztp__json_free(doc);
  return is_fatal(rc) ? rc : SZTP_OK;
}

static int32_t run_all(struct run *r) {
  if (has(r, SZTP_ARTIFACT_CONVEYED_INFO)) {
    int32_t rc = run_step(r, SZTP_STEP_INFO_FORMAT);
    if (rc < 0) return rc;
  }
  uint32_t required = required_steps(r);
  if (required == 0) return SZTP_ERR_MEMORY;
  sztp__verdict_require(r->v, required);
  for (uint32_t step = SZTP_STEP_ARTIFACTS; step < SZTP__STEPS; step++) {
    if (step == SZTP_STEP_REVOCATION && (required & SZTP__STEP_BIT(SZTP_STEP_OWNER_CHAIN)) &&
        must_check_revocation(r)) {
      required |= SZTP__STEP_BIT(step);
      sztp__verdict_require(r->v, required);
    }
    if ((required & SZTP__STEP_BIT(step)) == 0) continue;
    int32_t rc = run_step(r, step);
    if (rc < 0) return rc;
  }
  return SZTP_OK;
}

static void log_verdict(const struct run *r, int32_t code) {
  for (uint32_t step = 1; step < SZTP__STEPS; step++)
    if (r->v->steps[step].state == SZTP_STEP_FAILED)
      sztp__log(r->ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST, "rejected at %s: %s: %s", sztp_step_name(step),
                sztp_error_label(code), sztp_verdict_text(r->v, step, SZTP_TEXT_DETAIL));
  if (code == SZTP_OK && r->v->info != NULL)
    sztp__log(r->ctx, SZTP_LOG_INFO, SZTP_TOPIC_TRUST, "accepted: %s, %s",
              sztp_verdict_text(r->v, SZTP_STEP_INFO_CONTENT, SZTP_TEXT_DETAIL),
              r->info_signed ? "signed" : "unsigned");
}

int32_t sztp_verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                    sztp_verdict_t **out) {
  if (dev == NULL || b == NULL || out == NULL || dev->ctx != b->ctx || channel > SZTP_CHANNEL_TRUSTED)
    return SZTP_ERR_ARG;
  *out = NULL;
  sztp__trail_clear(dev->ctx);
  struct run *r = sztp__alloc(dev->ctx, sizeof *r);
  if (r == NULL) return SZTP_ERR_MEMORY;
  r->ctx = dev->ctx;
  r->dev = dev;
  r->bundle = b;
  r->clock = sztp__device_clock(dev, unix_time);
  r->channel = channel;
  int32_t rc = sztp__verdict_new(r->ctx, &r->v);
  if (rc == SZTP_OK) rc = run_all(r);
  if (rc == SZTP_OK && !sztp_verdict_accepted(r->v))
    rc = SZTP_ERR_CRYPTO; /* can't be, so nothing is trusted */
  if (r->v != NULL && rc < 0 && !is_fatal(rc)) {
    int32_t peeked = peek_kind(r);
    if (peeked < 0) rc = peeked;
  }
  if (r->v != NULL && !is_fatal(rc)) {
    log_verdict(r, rc);
    *out = r->v;
  } else {
    sztp_verdict_free(r->v);
  }
  sztp__cms_free(r->ctx, r->info_cms);
  sztp__cms_free(r->ctx, r->owner_cms);
  sztp__cms_free(r->ctx, r->voucher_cms);
  sztp__free(r->ctx, r->voucher_certs);
  sztp__free(r->ctx, r->owner_certs);
  sztp__voucher_free(r->voucher);
  sztp__free(dev->ctx, r);
  return rc;
}
