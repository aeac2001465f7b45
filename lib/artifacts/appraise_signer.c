/* SPDX-License-Identifier: Apache-2.0 */
/* Who made the evidence: the attestation key's certificate and its path (ATT-04), and whose device it is
 * (ATT-14). */
#include <sztp/device.h>

#include "artifacts/appraisal.h"
#include "artifacts/input.h"
#include "cryptography/path.h"
#include "ground/printable.h"

#define ANCHORS_MAX       64
#define OID_SERIAL_NUMBER "\x55\x04\x05"

/* What TCG marks attestation keys with: the policy tcg-cap-verifiedTPMRestricted, the purpose
 * tcg-kp-AIKCertificate. */
#define OID_RESTRICTED "\x67\x81\x05\x0b\x01\x03"
#define OID_ATTESTS    "\x67\x81\x05\x08\x03"

/* ---- may it attest? ------------------------------------------------------------------------------ */

/* 1 if the first element of one of the SEQUENCEs in @p list is @p oid: PolicyInformation. */
static int has_policy(sztp__span_t list, const char *oid) {
  sztp__der_t d;
  sztp__der_t information;
  sztp__span_t policy;
  sztp__der_init(&d, NULL, list);
  while (!sztp__der_at_end(&d) && sztp__der_enter(&d, SZTP__DER_SEQUENCE, &information) == SZTP_OK &&
         sztp__der_oid(&information, &policy) == SZTP_OK)
    if (sztp__span_is(policy, oid)) return 1;
  return 0;
}

static int has_purpose(sztp__span_t list, const char *oid) {
  sztp__der_t d;
  sztp__span_t purpose;
  sztp__der_init(&d, NULL, list);
  while (!sztp__der_at_end(&d) && sztp__der_oid(&d, &purpose) == SZTP_OK)
    if (sztp__span_is(purpose, oid)) return 1;
  return 0;
}

static int is_named(const sztp_appraisal_t *a, const sztp__cert_t *cert) {
  sztp__span_t list = sztp__buf_span(&a->attesters);
  sztp__span_t der;
  while (sztp__input_next(a->ctx, &list, &der))
    if (sztp__span_equal(der, cert->der)) return 1;
  return 0;
}

/* The octets of the key itself: AlgorithmIdentifiers have more than one form. */
static int same_key(const sztp__cert_t *a, const sztp__cert_t *b) {
  return sztp__span_equal(a->key.bits_value, b->key.bits_value);
}

static const char *why_it_may(const sztp_appraisal_t *a, const sztp__cert_t *cert) {
  if (has_policy(cert->policies, OID_RESTRICTED)) return "by its certificate policy 2.23.133.11.1.3";
  if (has_purpose(cert->ext_key_usage, OID_ATTESTS)) return "by its extended key usage 2.23.133.8.3";
  return is_named(a, cert) ? "since it was named" : NULL;
}

/* ---- the path ------------------------------------------------------------------------------------ */

static int32_t read_anchors(const sztp_appraisal_t *a, sztp__cert_t *certs, size_t *count) {
  sztp__span_t list = sztp__buf_span(&a->anchors);
  sztp__span_t der;
  int32_t rc = SZTP_OK;
  while (rc == SZTP_OK && *count < ANCHORS_MAX && sztp__input_next(a->ctx, &list, &der))
    rc = sztp__cert_parse(a->ctx, der, &certs[(*count)++]);
  if (rc == SZTP_OK && list.len > 0)
    rc = sztp__fail(a->ctx, SZTP_ERR_LIMIT, "appraisal", "more than %d anchors", ANCHORS_MAX);
  return rc;
}

static int32_t find_path(sztp_appraisal_t *a) {
  const sztp__cert_t *leaf = &a->certs[0];
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  sztp__oids_t attests = {.oid = {sztp__span_of(OID_ATTESTS)}, .count = 1};
  size_t len = 0;
  size_t count = 0;
  sztp__cert_t *anchors = sztp__alloc_array(a->ctx, ANCHORS_MAX, sizeof *anchors);
  if (anchors == NULL) return SZTP_ERR_MEMORY;
  int known = a->unix_time != SZTP_TIME_UNKNOWN;
  sztp__path_t path = {.anchors = anchors,
                       .others = a->certs,
                       .other_count = a->cert_count,
                       .clock = {known ? SZTP__CLOCK_TRUSTED : SZTP__CLOCK_NONE, known ? a->unix_time : 0},
                       .leaf_key_usage = SZTP__KU_DIGITAL_SIGNATURE,
                       .leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE,
                       .purposes = has_purpose(leaf->ext_key_usage, OID_ATTESTS) ? &attests : NULL};
  int32_t rc = read_anchors(a, anchors, &count);
  path.anchor_count = count;
  if (rc == SZTP_OK) rc = sztp__path_validate(a->ctx, &path, leaf, chain, &len);
  sztp__free(a->ctx, anchors);
  return rc;
}

int32_t sztp__appraise_signer(sztp_appraisal_t *a) {
  char name[SZTP__SENTENCE_SIZE];
  const sztp__cert_t *signer = &a->certs[0];
  if (a->identity_der.len == 0)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_SIGNER, "", "",
                                  "it is not known which certificate the device showed in TLS");
  if (a->anchors.len == 0)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_SIGNER, "", "",
                                  "there is no anchor for attestation keys");
  (void)sztp__name_text(name, sizeof name, signer->subject);
  if (same_key(signer, &a->identity))
    return sztp__appraisal_refuse(
        a, SZTP_ERR_EVIDENCE_SIGNER, name, "",
        "the key of the attestation certificate is the one that the device uses in TLS, which "
        "signs whatever it is given");
  const char *why = why_it_may(a, signer);
  if (why == NULL)
    return sztp__appraisal_refuse(
        a, SZTP_ERR_EVIDENCE_SIGNER, name,
        "certificate policy 2.23.133.11.1.3 or extended key usage 2.23.133.8.3",
        "its certificate does not say that this key may attest, and it was not named");
  int32_t rc = find_path(a);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_SIGNER, rc);
  sztp__appraisal_say(a, "%s may attest, %s", name, why);
  return SZTP_OK;
}

/* ---- the serial number --------------------------------------------------------------------------- */

/* The one serialNumber of a Name, as text from sztp__alloc(). */
static int32_t read_one_serial(sztp_appraisal_t *a, sztp__span_t name, const char *whose, char **out) {
  size_t count = 0;
  size_t len = 0;
  uint8_t *text = NULL;
  *out = NULL;
  int32_t rc = sztp__name_attribute(a->ctx, name, sztp__span_of(OID_SERIAL_NUMBER), &count, &text, &len);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_SIGNER, rc);
  if (count != 1 || memchr(text, 0, len) != NULL) {
    sztp__free(a->ctx, text);
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_SIGNER, "", "",
                                  "the subject of %s has %zu serial numbers", whose, count);
  }
  *out = (char *)text;
  return SZTP_OK;
}

static int32_t compare_serials(sztp_appraisal_t *a, const char *identity, const char *other,
                               const char *whose) {
  char found[SZTP__NAME_SIZE];
  char expected[SZTP__NAME_SIZE];
  if (strcmp(identity, other) == 0) return SZTP_OK;
  return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_SIGNER,
                                sztp__printable(found, sizeof found, sztp__span_of(other)),
                                sztp__printable(expected, sizeof expected, sztp__span_of(identity)),
                                "the serial number in %s is not that of the device's identity", whose);
}

int32_t sztp__appraise_serial(sztp_appraisal_t *a) {
  static const char *const whose[] = {"the device's identity", "the request",
                                      "the attestation key's certificate"};
  const sztp__span_t names[] = {a->identity.subject, a->p10.subject, a->certs[0].subject};
  char *serials[3] = {NULL, NULL, NULL};
  char shown[SZTP__NAME_SIZE];
  int32_t rc = SZTP_OK;
  for (size_t i = 0; rc == SZTP_OK && i < 3; i++) rc = read_one_serial(a, names[i], whose[i], &serials[i]);
  for (size_t i = 1; rc == SZTP_OK && i < 3; i++) rc = compare_serials(a, serials[0], serials[i], whose[i]);
  if (rc == SZTP_OK)
    sztp__appraisal_say(a, "%s in all three",
                        sztp__printable(shown, sizeof shown, sztp__span_of(serials[0])));
  for (size_t i = 0; i < 3; i++) sztp__free(a->ctx, serials[i]);
  return rc;
}
