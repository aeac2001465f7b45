/* SPDX-License-Identifier: Apache-2.0 */
/* sztp owner-cert pack: certificates and CRLs into an owner-certificate artifact (RFC 8572 3.2). */
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "output.h"
#include "refuse.h"

enum { CRL = OPTION_FIRST, OUTPUT };

static const option_t options[] = {COMMAND_OPTIONS, {"crl", "FILE", 1}, OUTPUT_OPTIONS, {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp owner-cert pack CERT [INTERMEDIATE...] [--crl FILE...]\n"
    "                            [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]] [--out FILE] "
    "[--force]\n"
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
    "  --force            pack them, though every device will refuse the bag\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 every device would refuse it, 2 wrong use or unreadable input.\n"
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

/* ---- what every device refuses --------------------------------------------------------------------- */

enum { FORCE = OUTPUT + OUTPUT_FORCE, MAX_CERTS = 32 };

/* 1 if one of the certificates was issued by @p f, or it is the first. */
static int is_in_chain(const cert_facts_t *all, size_t count, size_t which) {
  for (size_t i = 0; i < count; i++)
    if (i != which && strcmp(all[i].issuer, all[which].subject) == 0) return 1;
  return which == 0;
}

/* An owner certificate comes first, then who issued it; or all are CAs, up to a root: a trust anchor. */
static int refuse_bag(command_t *c, const octets_t *certs) {
  cert_facts_t *all = calloc(MAX_CERTS, sizeof *all);
  size_t count = 0, owners = 0, roots = 0;
  int status = 0;
  if (all == NULL) return command_wrong(c, "out of memory");
  for (size_t at = 0; at < certs->len && count < MAX_CERTS;) {
    size_t len = input_first_element(certs->data + at, certs->len - at);
    if (len == 0 || cert_facts_read(c->ctx, certs->data + at, len, &all[count]) != 0) break;
    owners += all[count].is_ca ? 0 : 1;
    roots += all[count].self_issued ? 1 : 0;
    count++;
    at += len;
  }
  if (owners == 0 && roots == 0 && count > 0)
    status =
        refuse(c, FORCE,
               "there is neither an owner certificate in it, which signs, nor a root, up to which a trust "
               "anchor goes");
  if (status == 0 && owners > 0 && all[0].is_ca)
    status =
        refuse(c, FORCE, "%s comes first and is a CA; the owner certificate comes first", all[0].subject);
  for (size_t i = 0; status == 0 && i < count; i++)
    if (!is_in_chain(all, count, i))
      status =
          refuse(c, FORCE, "%s has issued none of the others, and does not belong there", all[i].subject);
  free(all);
  return status;
}

/* 1 if @p name is the subject of one of the certificates, or the issuer of one: the pinned certificate is not
 * among them. */
static int is_known(const command_t *c, const octets_t *certs, const char *name) {
  cert_facts_t f;
  for (size_t at = 0, len; at < certs->len; at += len) {
    len = input_first_element(certs->data + at, certs->len - at);
    if (len == 0 || cert_facts_read(c->ctx, certs->data + at, len, &f) != 0)
      return 1;                         /* for the library to refuse */
    if (f.subject[0] == '\0') return 1; /* a bag that was packed before: who is in it is not looked at */
    if (strcmp(name, f.subject) == 0 || strcmp(name, f.issuer) == 0) return 1;
  }
  return 0;
}

/* A list that was issued by none of these certificates' issuers says nothing of them. */
static int refuse_lists(command_t *c, const octets_t *certs, const octets_t *crls) {
  int status = 0;
  for (size_t at = 0, len; status == 0 && at < crls->len; at += len) {
    cert_facts_t f; /* it has an issuer as certificates have */
    len = input_first_element(crls->data + at, crls->len - at);
    if (len == 0 || cert_facts_read(c->ctx, crls->data + at, len, &f) != 0) return 0;
    if (!is_known(c, certs, f.issuer))
      status =
          refuse(c, FORCE, "--crl: the revocation list of %s is about none of these certificates", f.issuer);
  }
  return status;
}

static int run_owner_cert_pack(command_t *c) {
  octets_t certs = {NULL, 0}, crls = {NULL, 0};
  int status = input_all(c, OPTIONS_OPERAND, INPUT_CERTIFICATES, "CERT", &certs);
  if (status == 0 && certs.len == 0)
    status = command_wrong(c, "no certificate given; give the owner's CERT and its intermediates");
  if (status == 0) status = input_all(c, CRL, INPUT_CRLS, "--crl", &crls);
  if (status == 0) status = refuse_bag(c, &certs);
  if (status == 0) status = refuse_lists(c, &certs, &crls);
  if (status == 0) status = pack(c, &certs, &crls);
  input_free(&certs);
  input_free(&crls);
  return status;
}

const command_def_t command_owner_cert_pack = {
    "owner-cert pack",  "pack certificates into an owner certificate", help, options, "CERT",
    run_owner_cert_pack};
