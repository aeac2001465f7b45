/* SPDX-License-Identifier: Apache-2.0 */
/* sztp voucher renew: the same voucher once more, with new dates (RFC 8366 6.1). */
#include "formats/cbor.h"
#include "input.h"
#include "issuing.h"
#include "output.h"
#include "refuse.h"

enum { SIGNER = OPTION_FIRST, KEY, CHAIN, CRL, CREATED_ON, EXPIRES_ON, LAST_RENEWAL, OUTPUT };

static const option_t options[] = {
    COMMAND_OPTIONS,    {"signer", "CERT", 0},  {"key", "KEY", 0},      {"chain", "FILE", 0},
    {"crl", "FILE", 1}, {"created-on", "T", 0}, {"expires-on", "T", 0}, {"last-renewal-date", "T", 0},
    OUTPUT_OPTIONS,     {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp voucher renew FILE --signer CERT --key KEY [--chain FILE] [--crl FILE...] [--created-on T]\n"
    "                          [--expires-on T] [--last-renewal-date T]\n"
    "                          [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]] [--out FILE] [--force]\n"
    "\n"
    "Issues an ownership voucher again: the same, with new dates, in the same format. Short-lived vouchers "
    "on\n"
    "media and static servers stay usable so. A voucher with a nonce was for one request, and is not "
    "renewed.\n"
    "\n"
    "  --signer CERT           the manufacturer's signing certificate\n"
    "  --key KEY               its private key: EC P-256, P-384, P-521 or RSA, not encrypted\n"
    "  --chain FILE            certificates between the signer and the anchor in the device\n"
    "  --crl FILE              revocation lists of the manufacturer's; may be repeated\n"
    "  --created-on T          RFC 3339; default: now\n"
    "  --expires-on T          RFC 3339; default: as long after created-on as before\n"
    "  --last-renewal-date T   RFC 3339: when it will be renewed for the last time; devices pass over it\n"
    "  --encrypt-to CERT       the device's certificate: only its private key opens the result; may be "
    "repeated\n"
    "  --cipher NAME           how the content is encrypted: aes128-cbc, aes192-cbc, aes256-cbc (the "
    "default),\n"
    "                          aes128-gcm, aes192-gcm, aes256-gcm\n"
    "  --oaep HASH             for RSA keys: OAEP with sha1, sha256, sha384 or sha512, instead of PKCS #1 "
    "v1.5\n"
    "  --out FILE              where to write it; default: standard output\n"
    "  --force                 issue it, though every device will refuse it\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 it can't be renewed, or every device would refuse it, 2 wrong use or unreadable "
    "input.\n"
    "\n"
    "Example:\n"
    "  sztp voucher renew voucher.vcj --signer voucher-signer.pem --key voucher-signer.key \\\n"
    "                     --chain mfr-int.pem --out renewed.vcj\n";

static int put_date(const command_t *c, sztp_voucher_t *v, uint32_t leaf, const char *option, int place) {
  return c->value[place] == NULL ? 0 : issuing_date(c, v, leaf, option, c->value[place]);
}

/* What can't be renewed is told as a refusal, what can't be read as wrong input. */
static int read_old(command_t *c, const char *path, int64_t created_on, int *is_cose, sztp_voucher_t **out) {
  octets_t old = {NULL, 0};
  if (input_artifact(c, "FILE", path, &old, NULL) != 0) return EXIT_WRONG;
  *is_cose = old.len > 0 && sztp__cbor_is_cose(old.data[0]);
  int32_t result = sztp_voucher_renew(c->ctx, old.data, old.len, created_on, out);
  input_free(&old);
  if (result == SZTP_OK) return 0;
  int status = command_failed(c, path, result);
  return result == SZTP_ERR_MODEL_INVALID ? EXIT_REJECTED : status;
}

static int run_voucher_renew(command_t *c) {
  size_t from = 0;
  int64_t created = 0;
  int is_cose = 0;
  sztp_voucher_t *v = NULL;
  sztp_signer_t *signer = NULL;
  const char *path = command_each(c, OPTIONS_OPERAND, &from);
  if (path == NULL || command_each(c, OPTIONS_OPERAND, &from) != NULL)
    return command_wrong(c, "one voucher is renewed at a time; give its FILE");
  if (c->value[SIGNER] == NULL || c->value[KEY] == NULL)
    return command_wrong(c, "--signer CERT and --key KEY are needed");
  if (command_time(c, "--created-on", c->value[CREATED_ON] != NULL ? c->value[CREATED_ON] : "now",
                   &created) != 0)
    return EXIT_WRONG;
  int status = read_old(c, path, created, &is_cose, &v);
  if (status == 0) status = put_date(c, v, SZTP_VOUCHER_EXPIRES_ON, "--expires-on", EXPIRES_ON);
  if (status == 0) status = put_date(c, v, SZTP_VOUCHER_LAST_RENEWAL, "--last-renewal-date", LAST_RENEWAL);
  if (status == 0) status = refuse_signer(c, OUTPUT + OUTPUT_FORCE, c->value[SIGNER]);
  if (status == 0) status = input_signer(c, c->value[SIGNER], c->value[KEY], c->value[CHAIN], &signer);
  if (status == 0 && !is_cose) status = input_signer_crls(c, CRL, signer);
  if (status == 0) status = issuing_output(c, v, is_cose, signer, OUTPUT);
  sztp_signer_free(signer);
  sztp_voucher_free(v);
  return status;
}

const command_def_t command_voucher_renew = {
    "voucher renew",  "issue an ownership voucher again, with new dates", help, options, "FILE",
    run_voucher_renew};
