/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about the ownership voucher: what holds for every form of it (V2 to V4), and its leaves (V5 to V10).
 */
#include "trust/verification.h"

#include "formats/cbor.h"
#include "formats/found.h"
#include "ground/format.h"
#include "ground/text.h"

#define CREATED_ON_TOLERANCE 300 /* s (D-104) */

/* ---- V2 ------------------------------------------------------------------------------------------ */

/* COSE-01: only where it was built in and is wanted. */
static int32_t cose_format(sztp__verification_t *r, sztp__span_t raw) {
  if (sztp__policy(r->dev, SZTP_POLICY_CONSTRAINED_VOUCHER)) return sztp__step_voucher_cose_format(r, raw);
  return sztp__verify_not_constrained(r, "a COSE voucher");
}

/* V2: VOUCH-01, VOUCH-02, VOUCH-21 */
int32_t sztp__step_voucher_format(sztp__verification_t *r) {
  sztp__span_t raw = sztp__bundle_span(r->bundle, SZTP_ARTIFACT_VOUCHER);
  if (raw.len > 0 && sztp__cbor_is_cose(raw.data[0])) return cose_format(r, raw);
  if (raw.len > 0 && raw.data[0] == SZTP__DER_SEQUENCE) return sztp__step_voucher_cms_format(r, raw);
  const char *found = sztp__found(raw);
  if (found != NULL)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "it is %s, where CMS in DER is wanted",
                      found);
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                    "first octet 0x%02x: neither CMS nor any other container that is read",
                    raw.len == 0 ? 0U : (unsigned)raw.data[0]);
}

/* ---- V3 ------------------------------------------------------------------------------------------ */

/* V3: VOUCH-04, VOUCH-06, VERIFY-03 */
int32_t sztp__step_voucher_signature(sztp__verification_t *r) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  sztp__reason_t best = {1, SZTP_ERR_CMS_SIGNER_UNKNOWN, SZTP_ERR_CMS_SIGNER_UNKNOWN, ""};
  (void)sztp__sentence(best.detail, sizeof best.detail,
                       "the signer's certificate is neither in the voucher nor a voucher anchor");
  if (anchors->n == 0)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_UNTRUSTED, "voucher", "the device has no voucher anchor");
  int32_t rc = r->container->signature(r, &best);
  if (rc == SZTP_OK || sztp__verify_fatal(rc)) return rc;
  const sztp__cert_t *signer = r->voucher_cert_count > 0 ? &r->voucher_certs[0] : NULL;
  SZTP__TELL(sztp__verify_show_anchor(r, r->expected, sizeof r->expected, anchors, signer, r->voucher_certs,
                                      r->voucher_cert_count));
  if (signer != NULL)
    SZTP__TELL(
        sztp__verify_show_top(r, r->found, sizeof r->found, signer, r->voucher_certs, r->voucher_cert_count));
  if ((best.code == SZTP_ERR_CMS_SIGNER_UNKNOWN && r->voucher_cms != NULL &&
       sztp__verify_broken_signer(r, r->voucher_cms)) ||
      (best.code == SZTP_ERR_PKIX_NO_PATH &&
       sztp__verify_broken_issuer(r, r->voucher_certs, r->voucher_cert_count)))
    return sztp__verify_blame_broken(r, SZTP_ERR_VOUCHER_UNTRUSTED, "voucher");
  return sztp__verify_fail_with(r, &best, SZTP_ERR_VOUCHER_UNTRUSTED, "voucher");
}

/* ---- V4 ------------------------------------------------------------------------------------------ */

int32_t sztp__step_voucher_content(sztp__verification_t *r) { return r->container->document(r); }

/* ---- V5: VOUCH-07, VOUCH-08, CLK-02 to -04 ------------------------------------------------------- */

static int32_t check_created_on(sztp__verification_t *r) {
  const sztp__voucher_t *v = r->voucher;
  if (!v->has_created_on) {
    if (sztp__policy(r->dev, SZTP_POLICY_REVISED_VOUCHER)) return SZTP_OK;
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "created-on: missing");
  }
  if (r->clock.mode != SZTP__CLOCK_TRUSTED || v->created_on <= r->clock.now + CREATED_ON_TOLERANCE)
    return SZTP_OK;
  SZTP__TELL(sztp__time_format(r->found, v->created_on));
  SZTP__TELL(sztp__time_format(r->expected, r->clock.now));
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_NOT_YET_VALID, "voucher", "created-on %s is after now, %s",
                    r->found, r->expected);
}

static int32_t check_expires_on(sztp__verification_t *r) {
  const sztp__voucher_t *v = r->voucher;
  if (!v->has_expires_on) return SZTP_OK;
  sztp__span_t nonce = sztp__voucher_value(v, SZTP__NODE_NONCE);
  int needs_clock = sztp__policy(r->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK) != 0 && nonce.data == NULL;
  SZTP__TELL(sztp__time_format(r->found, v->expires_on));
  if (r->clock.mode != SZTP__CLOCK_TRUSTED && needs_clock)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_EXPIRED, "voucher",
                      "expires-on %s can't be judged without a trusted clock, which policy demands",
                      r->found);
  if (r->clock.mode == SZTP__CLOCK_NONE || v->expires_on > r->clock.now) return SZTP_OK;
  SZTP__TELL(sztp__time_format(r->expected, r->clock.now));
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_EXPIRED, "voucher", "expires-on %s is not after %s, %s",
                    r->found, r->clock.mode == SZTP__CLOCK_TRUSTED ? "now" : "the earliest time possible",
                    r->expected);
}

/* D-184: a newer voucher has made the device somebody else's, or is the present owner's. */
static int32_t check_superseded(sztp__verification_t *r) {
  const sztp__voucher_t *v = r->voucher;
  int64_t floor = (int64_t)sztp__policy(r->dev, SZTP_POLICY_VOUCHER_FLOOR);
  if (floor == 0 || (v->has_created_on && v->created_on >= floor)) return SZTP_OK;
  SZTP__TELL(sztp__time_format(r->found, v->has_created_on ? v->created_on : SZTP_TIME_UNKNOWN));
  SZTP__TELL(sztp__time_format(r->expected, floor));
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_SUPERSEDED, "voucher",
                    "created-on %s is before that of the voucher that was followed, %s", r->found,
                    r->expected);
}

/* CLK-10: what its signer has seen has passed. */
static void raise_clock(sztp__verification_t *r) {
  const sztp__voucher_t *v = r->voucher;
  if (!sztp__policy(r->dev, SZTP_POLICY_VOUCHER_TIME) || !v->has_created_on) return;
  if (r->clock.mode == SZTP__CLOCK_TRUSTED ||
      (r->clock.mode == SZTP__CLOCK_FLOOR && v->created_on <= r->clock.now))
    return;
  r->clock.mode = SZTP__CLOCK_FLOOR;
  r->clock.now = v->created_on;
}

int32_t sztp__step_voucher_dates(sztp__verification_t *r) {
  char created[SZTP__DATE_SIZE];
  char expires[SZTP__DATE_SIZE];
  int32_t rc = check_created_on(r);
  if (rc == SZTP_OK) rc = check_superseded(r);
  if (rc == SZTP_OK) raise_clock(r);
  if (rc == SZTP_OK) rc = check_expires_on(r);
  if (rc < 0) return rc;
  if (r->voucher->has_created_on) r->v->voucher_created = r->voucher->created_on;
  SZTP__TELL(
      sztp__time_format(created, r->voucher->has_created_on ? r->voucher->created_on : SZTP_TIME_UNKNOWN));
  SZTP__TELL(
      sztp__time_format(expires, r->voucher->has_expires_on ? r->voucher->expires_on : SZTP_TIME_UNKNOWN));
  (void)sztp__sentence(r->detail, sizeof r->detail, "created %s, expires %s%s", created,
                       r->voucher->has_expires_on ? expires : "never",
                       r->clock.mode == SZTP__CLOCK_TRUSTED ? "" : " (not compared: no trusted clock)");
  return SZTP_OK;
}

/* V6: VOUCH-09 */
int32_t sztp__step_voucher_assertion(sztp__verification_t *r) {
  const sztp__voucher_t *v = r->voucher;
  uint64_t accepted = sztp__policy(r->dev, SZTP_POLICY_ASSERTIONS);
  if (v->assertion_text[0] == '\0' && sztp__policy(r->dev, SZTP_POLICY_REVISED_VOUCHER)) return SZTP_OK;
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s", v->assertion_text);
  if ((v->assertion & accepted) != 0) return SZTP_OK;
  (void)sztp__sentence(r->found, sizeof r->found, "%s",
                       v->assertion_text[0] == '\0' ? "none" : v->assertion_text);
  (void)sztp__sentence(r->expected, sizeof r->expected, "one of:%s%s%s%s",
                       (accepted & SZTP_ASSERTION_VERIFIED) ? " verified" : "",
                       (accepted & SZTP_ASSERTION_LOGGED) ? " logged" : "",
                       (accepted & SZTP_ASSERTION_PROXIMITY) ? " proximity" : "",
                       (accepted & SZTP_ASSERTION_AGENT_PROXIMITY) ? " agent-proximity" : "");
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_ASSERTION, "voucher", "assertion %s is not accepted; %s",
                    r->found, r->expected);
}

/* V7: VOUCH-10 */
int32_t sztp__step_voucher_serial(sztp__verification_t *r) {
  sztp__span_t found = sztp__voucher_value(r->voucher, SZTP__NODE_SERIAL);
  const char *serial = sztp__device_serial(r->dev);
  sztp__shown(r->found, sizeof r->found, found);
  if (serial == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_SERIAL, "voucher",
                      "the device has no serial number to compare with");
  sztp__shown(r->expected, sizeof r->expected, sztp__span_of(serial));
  if (!sztp__span_is(found, serial)) {
    SZTP__TELL(sztp__verify_show_serials(r, found, sztp__span_of(serial)));
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_SERIAL, "voucher",
                      "serial-number is \"%s\", the device's is \"%s\"", r->found, r->expected);
  }
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s", r->found);
  return SZTP_OK;
}

/* V8: VOUCH-12, the three forms of D-108 */
int32_t sztp__step_voucher_issuer(sztp__verification_t *r) {
  sztp__span_t found = sztp__voucher_value(r->voucher, SZTP__NODE_IDEVID_ISSUER);
  const sztp__certs_t *identity = &r->dev->certs[SZTP_CERT_IDENTITY];
  if (found.data == NULL) {
    (void)sztp__sentence(r->detail, sizeof r->detail, "the voucher names no idevid-issuer");
    return SZTP_OK;
  }
  sztp__span_t own = identity->n > 0 ? identity->v[0].authority_key_id : sztp__span(NULL, 0);
  if (own.data == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_IDEVID_ISSUER, "voucher",
                      "the voucher names an idevid-issuer, but %s",
                      identity->n > 0 ? "the identity certificate has no authority key identifier"
                                      : "the device has no identity certificate");
  sztp__span_t key_id = identity->v[0].authority_key_id_octets;
  (void)sztp__sentence(r->detail, sizeof r->detail, "matches the identity certificate");
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
int32_t sztp__step_voucher_nonce(sztp__verification_t *r) {
  sztp__span_t sent = sztp__bundle_span(r->bundle, SZTP_ARTIFACT_NONCE);
  sztp__span_t nonce = sztp__voucher_value(r->voucher, SZTP__NODE_NONCE);
  const char *fault = NULL;
  if (nonce.data == NULL) {
    if (sztp__policy(r->dev, SZTP_POLICY_NONCE_REQUIRED))
      fault = "the voucher has no nonce, which policy demands";
  } else if (nonce.len < 8 || nonce.len > 32) {
    fault = "the nonce has not 8 to 32 octets";
  } else if (sent.data == NULL) {
    fault = "the voucher has a nonce, but none was sent";
  } else if (nonce.len != sent.len || !sztp__equal_secret(nonce.data, sent.data, sent.len)) {
    fault = "the nonce is not the one that was sent";
  }
  if (fault != NULL) return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_NONCE, "voucher", "%s", fault);
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s",
                       nonce.data == NULL ? "the voucher has none" : "equals the one sent");
  return SZTP_OK;
}

/* ---- V10: VOUCH-13, VOUCH-17, VOUCH-20 ----------------------------------------------------------- */

/* D-112: the issuer's duty, and no fault of the device's. */
static void tell_expiry(sztp__verification_t *r) {
  char expires[SZTP__DATE_SIZE];
  char ends[SZTP__DATE_SIZE];
  const sztp__voucher_t *v = r->voucher;
  if (v == NULL || !v->has_expires_on || v->expires_on <= r->pinned.not_after) return;
  sztp__log(r->ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST,
            "the voucher's expires-on, %s, is after the end of the certificate that it pins, %s",
            sztp__time_format(expires, v->expires_on), sztp__time_format(ends, r->pinned.not_after));
}

static int32_t take_pinned_cert(sztp__verification_t *r, sztp__span_t der) {
  int32_t rc = sztp__cert_parse(r->ctx, der, &r->pinned);
  if (sztp__verify_fatal(rc)) return rc;
  if (rc < 0)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                      "pinned-domain-cert is not one DER certificate");
  tell_expiry(r);
  SZTP__TELL(sztp__verify_show_cert(r, r->detail, sizeof r->detail, &r->pinned));
  return SZTP_OK;
}

int32_t sztp__step_pinned_cert(sztp__verification_t *r) {
  if (r->voucher == NULL) return take_pinned_cert(r, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_PINNED));
  sztp__span_t cert = sztp__voucher_value(r->voucher, SZTP__NODE_PINNED_CERT);
  return cert.data != NULL ? take_pinned_cert(r, cert) : sztp__pinned_key_take(r);
}
