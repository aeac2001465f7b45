/* SPDX-License-Identifier: Apache-2.0 */
/* sztp image sign, image verify: the detached signature of a boot image, by the manufacturer. Images of any
 * size pass through; nothing of them is kept. */
#include <stdio.h>
#include <string.h>
#include <sztp/sztp.h>

#include "input.h"
#include "output.h"
#include "refuse.h"

/* ---- image sign ---------------------------------------------------------------------------------- */

enum { SIGNER = OPTION_FIRST, SIGN_KEY, CHAIN, CRL, HASH, OUT, FORCE };

static const option_t sign_options[] = {
    COMMAND_OPTIONS,      {"signer", "CERT", 0}, {"key", "KEY", 0},
    {"chain", "FILE", 0}, {"crl", "FILE", 1},    {"hash", "256|384|512", 0},
    {"out", "FILE", 0},   {"force", NULL, 0},    {NULL, NULL, 0}};

static const char sign_help[] =
    "Usage: sztp image sign FILE --signer CERT --key KEY [--chain FILE] [--crl FILE...] [--hash "
    "256|384|512]\n"
    "                       [--out FILE] [--force]\n"
    "\n"
    "Signs a boot image: the manufacturer's word that it may be installed. The signature is detached, CMS "
    "with\n"
    "signed attributes (RFC 5652), and belongs beside the image, with '.p7s' behind its name. FILE may be of "
    "any\n"
    "size; '-' is standard input.\n"
    "\n"
    "  --signer CERT  the signing certificate, which has a path to the device's firmware anchors\n"
    "  --key KEY      its private key: EC P-256, P-384, P-521 or RSA, not encrypted\n"
    "  --chain FILE   certificates between the signer and the anchor in the device\n"
    "  --crl FILE     revocation lists that devices look at; may be repeated\n"
    "  --hash BITS    of SHA-2: 256, 384 or 512; default: what fits the key\n"
    "  --out FILE     where to write the DER; default: standard output\n"
    "  --force        sign, though every device will refuse the signature\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 every device would refuse it, 2 wrong use or unreadable input.\n"
    "\n"
    "Example:\n"
    "  sztp image sign os-5.bin --signer firmware.pem --key firmware.key --out os-5.bin.p7s\n";

/* The one image, or NULL after saying why. */
static const char *the_image(const command_t *c) {
  size_t from = 0;
  const char *path = command_each(c, OPTIONS_OPERAND, &from);
  if (path == NULL)
    (void)command_wrong(c, "no image given; give its FILE");
  else if (command_each(c, OPTIONS_OPERAND, &from) != NULL) {
    (void)command_wrong(c, "one image at a time");
    return NULL;
  }
  return path;
}

static int32_t sign_piece(void *user, const uint8_t *data, size_t len) {
  return sztp_image_signature_write(user, data, len);
}

static int set_hash(const command_t *c, sztp_signer_t *signer) {
  static const char *const words[] = {"256", "384", "512", NULL};
  static const int64_t bits[] = {256, 384, 512};
  const char *text = c->value[HASH];
  if (text == NULL) return 0;
  int word = command_word(words, text, strlen(text));
  if (word < 0) return command_wrong(c, "--hash: '%s' is none; right are 256, 384 and 512", text);
  int32_t result = sztp_signer_set_i64(signer, SZTP_SIGNER_HASH, bits[word]);
  return result == SZTP_OK ? 0 : command_failed(c, "--hash", result);
}

static int sign_image(command_t *c, const char *path, const sztp_signer_t *signer) {
  sztp_image_signature_t *s = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t result = sztp_image_signature_new(signer, &s);
  if (result != SZTP_OK) return command_failed(c, path, result);
  int status = input_pieces(c, "FILE", path, sign_piece, s);
  if (status == 0) {
    result = sztp_image_signature_make(s, &out, &len);
    status = result == SZTP_OK ? output_octets(c, c->value[OUT], out, len)
                               : command_failed(c, "it can't be signed", result);
  }
  sztp_artifacts_free(c->ctx, out);
  sztp_image_signature_free(s);
  return status;
}

static int run_image_sign(command_t *c) {
  const char *path = the_image(c);
  sztp_signer_t *signer = NULL;
  if (path == NULL) return EXIT_WRONG;
  if (c->value[SIGNER] == NULL || c->value[SIGN_KEY] == NULL)
    return command_wrong(c, "--signer CERT and --key KEY are needed");
  int status = refuse_signer(c, FORCE, c->value[SIGNER]);
  if (status == 0) status = input_signer(c, c->value[SIGNER], c->value[SIGN_KEY], c->value[CHAIN], &signer);
  if (status == 0) status = set_hash(c, signer);
  if (status == 0) status = input_signer_crls(c, CRL, signer);
  if (status == 0) status = sign_image(c, path, signer);
  sztp_signer_free(signer);
  return status;
}

const command_def_t command_image_sign = {"image sign", "sign a boot image", sign_help, sign_options,
                                          "FILE",       run_image_sign};

/* ---- image verify -------------------------------------------------------------------------------- */

enum { SIGNATURE = OPTION_FIRST, ANCHOR, TIME };

static const option_t verify_options[] = {COMMAND_OPTIONS,
                                          {"signature", "FILE", 0},
                                          {"anchor", "FILE", 1},
                                          {"time", "RFC3339|now|unknown", 0},
                                          {NULL, NULL, 0}};

static const char verify_help[] =
    "Usage: sztp image verify FILE --signature FILE --anchor FILE... [--time RFC3339|now|unknown]\n"
    "\n"
    "Checks a boot image's detached signature as a device does. FILE may be of any size; '-' is standard "
    "input.\n"
    "\n"
    "  --signature FILE  the signature: DER, PEM or base64 of DER\n"
    "  --anchor FILE     the device's firmware anchors; may be repeated\n"
    "  --time TIME       the device's time: RFC 3339, now (the default), or unknown (no clock)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 accepted, 1 rejected, 2 wrong use or unreadable input.\n"
    "\n"
    "Example:\n"
    "  sztp image verify os-5.bin --signature os-5.bin.p7s --anchor firmware-root.pem\n";

/* The device that is asked, with its anchors. */
static int make_device(command_t *c, sztp_device_t **dev) {
  octets_t certs = {NULL, 0};
  int32_t result = sztp_device_new(c->ctx, dev);
  if (result != SZTP_OK) return command_failed(c, "start", result);
  int status = input_all(c, ANCHOR, INPUT_CERTIFICATES, "--anchor", &certs);
  if (status == 0) {
    result = sztp_device_add_firmware_anchors(*dev, certs.data, certs.len);
    if (result != SZTP_OK) status = command_failed(c, "--anchor", result);
  }
  input_free(&certs);
  return status;
}

static int32_t check_piece(void *user, const uint8_t *data, size_t len) {
  return sztp_image_check_write(user, data, len);
}

/* Failures of the machine are no verdict. */
static int tell(const command_t *c, const char *path, int32_t result) {
  if (result == SZTP_ERR_MEMORY || result == SZTP_ERR_CRYPTO || result == SZTP_ERR_RANDOM)
    return command_failed(c, path, result);
  if (result == SZTP_OK) {
    (void)printf("accepted: the image is signed by whom the device believes.\n");
    return EXIT_DONE;
  }
  (void)printf("rejected: %s (%s): %s. %s More: sztp-refusals(7).\n",
               sztp_error_label(SZTP_ERR_IMAGE_SIGNATURE), sztp_error_label(result),
               command_detail(c, result), sztp_error_text(result));
  return EXIT_REJECTED;
}

static int check(command_t *c, const char *path, const sztp_device_t *dev, int64_t time) {
  octets_t signature = {NULL, 0};
  sztp_image_check_t *check = NULL;
  if (input_file(c, "--signature", c->value[SIGNATURE], &signature) != 0) return EXIT_WRONG;
  int32_t result = sztp_image_check_new(c->ctx, dev, signature.data, signature.len, time, &check);
  input_free(&signature);
  if (result != SZTP_OK) return tell(c, path, result);
  int status = input_pieces(c, "FILE", path, check_piece, check);
  if (status == 0) status = tell(c, path, sztp_image_check_end(check));
  sztp_image_check_free(check);
  return status;
}

static int run_image_verify(command_t *c) {
  const char *path = the_image(c);
  int64_t time = SZTP_TIME_UNKNOWN;
  const char *told = c->value[TIME] != NULL ? c->value[TIME] : "now";
  sztp_device_t *dev = NULL;
  if (path == NULL) return EXIT_WRONG;
  if (c->value[SIGNATURE] == NULL || c->value[ANCHOR] == NULL)
    return command_wrong(c, "--signature FILE and --anchor FILE are needed");
  if (strcmp(told, "unknown") != 0 && command_time(c, "--time", told, &time) != 0) return EXIT_WRONG;
  int status = make_device(c, &dev);
  if (status == 0) status = check(c, path, dev, time);
  sztp_device_free(dev);
  return status;
}

const command_def_t command_image_verify = {"image verify", "check the signature of a boot image",
                                            verify_help,    verify_options,
                                            "FILE",         run_image_verify};
