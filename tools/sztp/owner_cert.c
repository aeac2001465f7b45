/* SPDX-License-Identifier: Apache-2.0 */
/* sztp owner-cert pack: certificates and CRLs into an owner-certificate artifact (RFC 8572 3.2). */
#include "input.h"
#include "output.h"

enum { CRL = OPTION_FIRST, OUTPUT };

static const option_t options[] = {COMMAND_OPTIONS, {"crl", "FILE", 1}, OUTPUT_OPTIONS, {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp owner-cert pack CERT [INTERMEDIATE...] [--crl FILE...]\n"
    "                            [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]] [--out FILE]\n"
    "\n"
    "Packs the owner's signing certificate and the intermediates up to the pinned certificate into an\n"
    "owner-certificate artifact, a CMS without signers (RFC 8572 3.2). A trust-anchor value is made "
    "likewise.\n"
    "Files may be PEM (all certificates in it), DER or base64 of DER; '-' is standard input.\n"
    "\n"
    "  --crl FILE         revocation lists to go along; may be repeated\n"
    "  --encrypt-to CERT  the device's certificate: only its private key opens the result; may be repeated\n"
    "  --cipher NAME      how the content is encrypted: aes128-cbc, aes192-cbc, aes256-cbc (the default),\n"
    "                     aes128-gcm, aes192-gcm, aes256-gcm\n"
    "  --oaep HASH        for RSA keys: OAEP with sha1, sha256, sha384 or sha512, instead of PKCS #1 v1.5\n"
    "  --out FILE         where to write the DER; default: standard output\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 2 wrong use or unreadable input.\n"
    "\n"
    "Example:\n"
    "  sztp owner-cert pack owner.pem owner-int.pem --out owner.cms\n";

static int pack(command_t *c, const octets_t *certs, const octets_t *crls) {
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t result = sztp_owner_cert_make(c->ctx, certs->data, certs->len, crls->data, crls->len, &out, &len);
  if (result != SZTP_OK) return command_failed(c, "the owner certificate can't be packed", result);
  int status = output_artifact(c, OUTPUT, out, len);
  sztp_artifacts_free(c->ctx, out);
  return status;
}

static int run_owner_cert_pack(command_t *c) {
  octets_t certs = {NULL, 0}, crls = {NULL, 0};
  int status = input_all(c, OPTIONS_OPERAND, INPUT_CERTIFICATES, "CERT", &certs);
  if (status == 0 && certs.len == 0)
    status = command_wrong(c, "no certificate given; give the owner's CERT and its intermediates");
  if (status == 0) status = input_all(c, CRL, INPUT_CRLS, "--crl", &crls);
  if (status == 0) status = pack(c, &certs, &crls);
  input_free(&certs);
  input_free(&crls);
  return status;
}

const command_def_t command_owner_cert_pack = {
    "owner-cert pack",  "pack certificates into an owner certificate", help, options, "CERT",
    run_owner_cert_pack};
