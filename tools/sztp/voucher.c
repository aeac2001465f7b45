/* SPDX-License-Identifier: Apache-2.0 */
/* sztp voucher issue: a manufacturer's ownership voucher (RFC 8366), in CMS or, constrained,
 * in COSE. */
#include <string.h>

#include "common/octets.h"
#include "input.h"
#include "issuing.h"
#include "output.h"
#include "refuse.h"

enum {
  SERIAL = OPTION_FIRST,
  PINNED,
  PIN,
  SIGNER,
  KEY,
  CHAIN,
  CRL,
  ASSERTION,
  CREATED_ON,
  EXPIRES_ON,
  IDEVID,
  NONCE,
  REVOCATION_CHECKS,
  FORMAT,
  OUTPUT
};

static const option_t options[] = {COMMAND_OPTIONS,
                                   {"serial", "SN", 0},
                                   {"pinned", "FILE", 0},
                                   {"pin", "cert|key|key-sha256", 0},
                                   {"signer", "CERT", 0},
                                   {"key", "KEY", 0},
                                   {"chain", "FILE", 0},
                                   {"crl", "FILE", 1},
                                   {"assertion", "A", 0},
                                   {"created-on", "T", 0},
                                   {"expires-on", "T", 0},
                                   {"idevid", "FILE", 0},
                                   {"nonce", "BASE64", 0},
                                   {"revocation-checks", NULL, 0},
                                   {"format", "cms-json|cose-cbor", 0},
                                   OUTPUT_OPTIONS,
                                   {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp voucher issue --serial SN --pinned FILE [--pin cert|key|key-sha256] --signer CERT --key "
    "KEY\n"
    "                          [--chain FILE] [--crl FILE...] [--assertion A] [--created-on T] [--expires-on "
    "T]\n"
    "                          [--idevid FILE]\n"
    "                          [--nonce BASE64] [--revocation-checks] [--format cms-json|cose-cbor]\n"
    "                          [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]] [--out FILE] [--force]\n"
    "\n"
    "Issues an ownership voucher (RFC 8366): the manufacturer's word that the device SN belongs to the owner "
    "of\n"
    "the pinned certificate. Certificates and keys may be PEM, DER or base64 of DER; '-' is standard input.\n"
    "\n"
    "  --serial SN           the device's serial number\n"
    "  --pinned FILE         the owner's certificate authority, the voucher's pinned-domain-cert\n"
    "  --pin WHAT            what of FILE is pinned: cert (the default), or the public key alone (key) or "
    "its\n"
    "                        SHA-256 (key-sha256) - the owner certificate's own key then; FILE may be a "
    "public "
    "key\n"
    "  --signer CERT         the manufacturer's signing certificate\n"
    "  --key KEY             its private key: EC P-256, P-384, P-521 or RSA, not encrypted\n"
    "  --chain FILE          certificates between the signer and the anchor in the device\n"
    "  --crl FILE            revocation lists of the manufacturer's, which devices look at; may be repeated\n"
    "  --assertion A         verified (the default), logged, proximity or agent-proximity\n"
    "  --created-on T        RFC 3339; default: now\n"
    "  --expires-on T        RFC 3339; default: never; not together with --nonce\n"
    "  --idevid FILE         the device's identity certificate; its issuer's key becomes idevid-issuer\n"
    "  --nonce BASE64        the nonce that the device sent, 8 to 32 octets\n"
    "  --revocation-checks   the device must check revocation of the owner certificate\n"
    "  --format FORM         cms-json (the default), or cose-cbor: a constrained voucher, signed with an EC "
    "key\n"
    "  --encrypt-to CERT     the device's certificate: only its private key opens the result; may be "
    "repeated\n"
    "  --cipher NAME         how the content is encrypted: aes128-cbc, aes192-cbc, aes256-cbc (the "
    "default),\n"
    "                        aes128-gcm, aes192-gcm, aes256-gcm\n"
    "  --oaep HASH           for RSA keys: OAEP with sha1, sha256, sha384 or sha512, instead of PKCS #1 "
    "v1.5\n"
    "  --out FILE            where to write it; default: standard output\n"
    "  --force               issue it, though every device will refuse it\n"
    "  --help, --version\n"
    "\n"
    "Devices accept constrained vouchers and pinned keys only where their policy allows it ('sztp verify\n"
    "--constrained').\n"
    "\n"
    "Exit status: 0 done, 1 every device would refuse it, 2 wrong use or unreadable input.\n"
    "\n"
    "Example:\n"
    "  sztp voucher issue --serial EX4200-17 --pinned owner-root.pem --signer voucher-signer.pem \\\n"
    "                     --key voucher-signer.key --chain mfr-int.pem --out voucher.vcj\n";

static const char *const formats[] = {"cms-json", "cose-cbor", NULL};
static const char *const pins[] = {"cert", "key", "key-sha256", NULL};

static int is_cose(const command_t *c) {
  return c->value[FORMAT] != NULL && strcmp(c->value[FORMAT], "cose-cbor") == 0;
}

static int check_voucher_use(const command_t *c) {
  static const int needed[] = {SERIAL, PINNED, SIGNER, KEY};
  for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
    if (c->value[needed[i]] == NULL)
      return command_wrong(c, "--%s %s is needed", options[needed[i]].name, options[needed[i]].value);

  const char *format = c->value[FORMAT], *pin = c->value[PIN];
  if (format != NULL && command_word(formats, format, strlen(format)) < 0)
    return command_wrong(c, "--format: '%s' is not right; right are cms-json, cose-cbor", format);
  if (pin != NULL && command_word(pins, pin, strlen(pin)) < 0)
    return command_wrong(c, "--pin: '%s' is not right; right are cert, key, key-sha256", pin);
  if (c->value[OUTPUT + OUTPUT_ENCRYPT_TO] != NULL && is_cose(c))
    return command_wrong(c, "--encrypt-to: only CMS can be encrypted (RFC 8572 3.4), not --format cose-cbor");
  return 0;
}

static int set_dates(const command_t *c, sztp_voucher_t *v) {
  const char *created = c->value[CREATED_ON] == NULL ? "now" : c->value[CREATED_ON];
  if (issuing_date(c, v, SZTP_VOUCHER_CREATED_ON, "--created-on", created) != 0) return EXIT_WRONG;
  if (c->value[EXPIRES_ON] == NULL) return 0;
  if (c->value[NONCE] != NULL)
    return command_wrong(c, "--expires-on and --nonce exclude each other (RFC 8366 5.3); give one of them");
  return issuing_date(c, v, SZTP_VOUCHER_EXPIRES_ON, "--expires-on", c->value[EXPIRES_ON]);
}

static int set_cert(command_t *c, sztp_voucher_t *v, uint32_t leaf, const char *option, const char *path) {
  octets_t certs = {NULL, 0};
  size_t count = 0;
  int status = leaf == SZTP_VOUCHER_PINNED
                   ? input_certificate(c, option, path, &certs)
                   : input_objects(c, INPUT_CERTIFICATES, option, path, &certs, &count);
  if (status != 0) return status;
  int32_t result = sztp_voucher_set_bytes(v, leaf, certs.data, input_first_element(certs.data, certs.len));
  input_free(&certs);
  if (result == SZTP_OK) return 0;
  if (result == SZTP_ERR_NOT_FOUND)
    return command_wrong(c, "%s: %s has no authority key identifier, so idevid-issuer can't be made of it",
                         option, path);
  return command_failed(c, option, result);
}

/* The key of a certificate, or a bare public key. */
static int set_key(command_t *c, sztp_voucher_t *v, uint32_t leaf) {
  octets_t file = {NULL, 0};
  if (input_file(c, "--pinned", c->value[PINNED], &file) != 0) return EXIT_WRONG;
  int32_t result = sztp_voucher_set_bytes(v, leaf, file.data, file.len);
  input_free(&file);
  return result == SZTP_OK ? 0 : command_failed(c, "--pinned", result);
}

static int set_pinned(command_t *c, sztp_voucher_t *v) {
  const char *pin = c->value[PIN] == NULL ? pins[0] : c->value[PIN];
  switch (command_word(pins, pin, strlen(pin))) {
  case 1: return set_key(c, v, SZTP_VOUCHER_PINNED_PUBK);
  case 2: return set_key(c, v, SZTP_VOUCHER_PINNED_PUBK_SHA256);
  default: return set_cert(c, v, SZTP_VOUCHER_PINNED, "--pinned", c->value[PINNED]);
  }
}

static int set_nonce(const command_t *c, sztp_voucher_t *v) {
  uint8_t nonce[64];
  size_t len = 0;
  if (octets_from_base64(c->ctx, c->value[NONCE], nonce, sizeof nonce, &len) == 0 &&
      sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, nonce, len) == SZTP_OK)
    return 0;
  return command_wrong(c, "--nonce: '%s' is not right; right is base64 of 8 to 32 octets", c->value[NONCE]);
}

static int set_assertion(const command_t *c, sztp_voucher_t *v) {
  static const char *const names[] = {"verified", "logged", "proximity", "agent-proximity", NULL};
  int word = command_word(names, c->value[ASSERTION], strlen(c->value[ASSERTION]));
  if (word < 0)
    return command_wrong(c,
                         "--assertion: '%s' is not right; right are verified, logged, proximity, "
                         "agent-proximity",
                         c->value[ASSERTION]);
  int32_t result = sztp_voucher_set_i64(v, SZTP_VOUCHER_ASSERTION, INT64_C(1) << word);
  return result == SZTP_OK ? 0 : command_failed(c, "--assertion", result);
}

static int set_leaves(command_t *c, sztp_voucher_t *v) {
  const char *serial = c->value[SERIAL];
  int32_t result = sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)serial, strlen(serial));
  if (result != SZTP_OK) return command_failed(c, "--serial", result);
  if (set_dates(c, v) != 0) return EXIT_WRONG;
  if (c->value[ASSERTION] != NULL && set_assertion(c, v) != 0) return EXIT_WRONG;
  if (c->value[NONCE] != NULL && set_nonce(c, v) != 0) return EXIT_WRONG;
  if (set_pinned(c, v) != 0) return EXIT_WRONG;
  if (c->value[IDEVID] != NULL && set_cert(c, v, SZTP_VOUCHER_IDEVID, "--idevid", c->value[IDEVID]) != 0)
    return EXIT_WRONG;
  if (c->value[REVOCATION_CHECKS] == NULL) return 0;
  result = sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 1);
  return result == SZTP_OK ? 0 : command_failed(c, "--revocation-checks", result);
}

static int add_lists(command_t *c, sztp_signer_t *signer) {
  if (c->value[CRL] != NULL && is_cose(c))
    return command_wrong(c, "--crl: a voucher in COSE has no place for revocation lists; leave --crl out");
  return input_signer_crls(c, CRL, signer);
}

/* ---- what every device refuses --------------------------------------------------------------------- */

enum { FORCE = OUTPUT + OUTPUT_FORCE, CLOCK_TOLERANCE = 300 };

static int refuse_dates(command_t *c) {
  int64_t now = 0, created = 0, expires = INT64_MAX;
  if (command_time(c, "", "now", &now) != 0) return EXIT_WRONG;
  created = now;
  if (c->value[CREATED_ON] != NULL && command_time(c, "--created-on", c->value[CREATED_ON], &created) != 0)
    return EXIT_WRONG;
  if (c->value[EXPIRES_ON] != NULL && command_time(c, "--expires-on", c->value[EXPIRES_ON], &expires) != 0)
    return EXIT_WRONG;
  if (created > now + CLOCK_TOLERANCE)
    return refuse(c, FORCE, "--created-on: %s is in the future", c->value[CREATED_ON]);
  if (expires <= now && expires > created)
    return refuse(c, FORCE, "--expires-on: %s is over", c->value[EXPIRES_ON]);
  return 0;
}

/* Owners' CAs are pinned, or an owner certificate itself; never what a web server shows. */
static int refuse_pinned(command_t *c) {
  octets_t certs = {NULL, 0};
  cert_facts_t f;
  int pins_cert = c->value[PIN] == NULL || strcmp(c->value[PIN], pins[0]) == 0;
  if (!pins_cert || strcmp(c->value[PINNED], "-") == 0) return 0;
  if (input_certificate(c, "--pinned", c->value[PINNED], &certs) != 0) return EXIT_WRONG;
  int known = cert_facts(c, certs.data, certs.len, &f) == 0;
  input_free(&certs);
  if (known && !f.is_ca && f.for_servers)
    return refuse(c, FORCE, "--pinned: %s is a TLS server; pin the owner's certificate authority", f.subject);
  return 0;
}

static int refuse_voucher(command_t *c) {
  const char *serial = c->value[SERIAL];
  size_t len = strlen(serial);
  int status = 0;
  if (len > 0 && (serial[0] == ' ' || serial[len - 1] == ' '))
    status = refuse(c, FORCE, "--serial: '%s' has a blank at its end, which counts", serial);
  if (status == 0) status = refuse_dates(c);
  if (status == 0 && c->value[IDEVID] != NULL) status = refuse_identity(c, FORCE, c->value[IDEVID], serial);
  if (status == 0) status = refuse_pinned(c);
  return status == 0 ? refuse_signer(c, FORCE, c->value[SIGNER]) : status;
}

static int run_voucher_issue(command_t *c) {
  if (check_voucher_use(c) != 0) return EXIT_WRONG;
  sztp_voucher_t *v = NULL;
  sztp_signer_t *signer = NULL;
  int32_t result = sztp_voucher_new(c->ctx, &v);
  int status = result == SZTP_OK ? set_leaves(c, v) : command_failed(c, "start", result);
  if (status == 0) status = refuse_voucher(c);
  if (status == 0) status = input_signer(c, c->value[SIGNER], c->value[KEY], c->value[CHAIN], &signer);
  if (status == 0) status = add_lists(c, signer);
  if (status == 0) status = issuing_output(c, v, is_cose(c), signer, OUTPUT);
  sztp_signer_free(signer);
  sztp_voucher_free(v);
  return status;
}

const command_def_t command_voucher_issue = {
    "voucher issue", "issue an ownership voucher", help, options, NULL, run_voucher_issue};
