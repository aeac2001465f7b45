/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign vouchers: whoever has a path to a voucher anchor, is not one of the devices, and has the
 * purposes and policies that the integrator demands (VOUCH-06, D-117). */
#include "ground/format.h"
#include "trust/verification.h"

/* ---- devices ------------------------------------------------------------------------------------- */

static const uint8_t oid_client_auth[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};
static const uint8_t oid_hardware_module[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x04};
static const uint8_t oid_serial_number[] = {0x55, 0x04, 0x05};
#define OTHER_NAME 0xa0

/* Its extended key usage names the one purpose that a device's certificate has. */
static int is_for_clients_only(const sztp__cert_t *cert) {
  sztp__der_t d;
  sztp__span_t oid;
  sztp__der_init(&d, NULL, cert->ext_key_usage);
  return sztp__der_oid(&d, &oid) == SZTP_OK && sztp__der_at_end(&d) &&
         sztp__span_equal(oid, sztp__span(oid_client_auth, sizeof oid_client_auth));
}

/* RFC 4108 5, as IEEE 802.1AR has it. */
static int names_hardware(const sztp__cert_t *cert) {
  sztp__der_t names;
  sztp__tlv_t name;
  sztp__span_t oid;
  sztp__der_init(&names, NULL, cert->subject_alt_name);
  while (!sztp__der_at_end(&names) && sztp__der_any(&names, &name) == SZTP_OK) {
    sztp__der_t other = sztp__der_inside(&names, &name);
    if (name.tag == OTHER_NAME && sztp__der_oid(&other, &oid) == SZTP_OK &&
        sztp__span_equal(oid, sztp__span(oid_hardware_module, sizeof oid_hardware_module)))
      return 1;
  }
  return 0;
}

/* Issued by whoever issued this device's own certificate, and for something that has a serial number. */
static int is_sibling(const sztp__verification_t *r, const sztp__cert_t *cert) {
  const sztp__certs_t *identity = &r->dev->certs[SZTP_CERT_IDENTITY];
  sztp__tlv_t serial;
  return identity->n > 0 && sztp__name_equal(r->ctx, cert->issuer, identity->v[0].issuer) &&
         sztp__name_nth(cert->subject, sztp__span(oid_serial_number, sizeof oid_serial_number), 0, &serial);
}

/* A device's own certificate signs no voucher, or one device that was opened would speak for all. A purpose
 * that policy demands tells voucher signers apart by itself, and an anchor is what the integrator chose. */
static int32_t check_no_device(sztp__verification_t *r, const sztp__cert_t *cert) {
  char name[SZTP__NAME_SIZE];
  const char *why = NULL;
  if (sztp__policy(r->dev, SZTP_POLICY_DEVICES_SIGN_VOUCHERS)) return SZTP_OK;
  if (is_for_clients_only(cert)) why = SZTP__WORDS("its extended key usage is for clients only");
  if (names_hardware(cert)) why = SZTP__WORDS("it names a hardware module");
  if (r->dev->required[SZTP_REQUIRE_VOUCHER_PURPOSE] == NULL && is_sibling(r, cert))
    why = SZTP__WORDS(
        "the issuer of this device's own certificate issued it for something with a serial number");
  if (why == NULL) return SZTP_OK;
  return sztp__fail(r->ctx, SZTP_ERR_PKIX_KEYUSAGE, "voucher",
                    "\"%s\" is a device's own certificate, which signs no vouchers: %s",
                    sztp__name_text(name, sizeof name, cert->subject), why);
}

/* ---- the path ------------------------------------------------------------------------------------- */

int32_t sztp__voucher_signer_path(sztp__verification_t *r, const sztp__cert_t *cert, sztp__reason_t *best,
                                  int rank) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  sztp__revocation_t revocation = {
      .mode = SZTP__CRLS_IF_PRESENT, .crls = r->voucher_crls, .count = r->voucher_crl_count};
  sztp__path_t path = {.revocation = &revocation,
                       .anchors = anchors->v,
                       .anchor_count = anchors->n,
                       .others = r->voucher_certs,
                       .other_count = r->voucher_cert_count,
                       .clock = r->clock,
                       .allow_sha1 = sztp__verify_allow_sha1(r),
                       .leaf_key_usage = SZTP__KU_DIGITAL_SIGNATURE | SZTP__KU_NON_REPUDIATION,
                       .leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE,
                       .purposes = r->dev->required[SZTP_REQUIRE_VOUCHER_PURPOSE],
                       .policies = r->dev->required[SZTP_REQUIRE_VOUCHER_POLICY],
                       .memory = &r->voucher_paths};
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t chain_len = 0;
  int32_t rc = sztp__path_validate(r->ctx, &path, cert, chain, &chain_len);
  if (rc == SZTP_OK && chain_len > 1) rc = check_no_device(r, cert);
  if (rc < 0) {
    sztp__verify_remember(r, best, rank, rc);
    return rc;
  }
  SZTP__TELL(sztp__verify_show_signed_by(r, cert, chain[chain_len - 1]));
  SZTP__TELL(sztp__verify_show_unused(r, revocation.unused, r->voucher_crls_lost));
  return SZTP_OK;
}
