/* SPDX-License-Identifier: Apache-2.0 */
/* sztp conveyed redirect and onboarding: an owner's conveyed information (RFC 8572 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/content.h"
#include "input.h"
#include "output.h"
#include "refuse.h"

/* The options that both commands end with. */
#define SIGN_AND_OUT {"signer", "CERT", 0}, {"key", "KEY", 0}, {"encoding", "json|xml", 0}, OUTPUT_OPTIONS
enum {
  SIGNER = OPTION_FIRST,
  KEY,
  ENCODING,
  OUTPUT,
  FORCE = OUTPUT + OUTPUT_FORCE,
  OWN = OUTPUT + OUTPUT_COUNT
};
#define SIGN_AND_OUT_HELP                                                                                    \
  "  --signer CERT     the owner certificate that signs; more certificates of the file go along\n"           \
  "  --key KEY         its private key: EC P-256, P-384, P-521 or RSA, not encrypted\n"                      \
  "  --encrypt-to CERT the device's certificate: only its private key opens the result; may be repeated\n"   \
  "  --cipher NAME     how the content is encrypted: aes128-cbc, aes192-cbc, aes256-cbc (the default),\n"    \
  "                    aes128-gcm, aes192-gcm, aes256-gcm\n"                                                 \
  "  --oaep HASH       for RSA keys: OAEP with sha1, sha256, sha384 or sha512, instead of PKCS #1 v1.5\n"    \
  "  --encoding json|xml\n"                                                                                  \
  "                    the document's encoding; json is the default\n"                                       \
  "  --out FILE        where to write the DER; default: standard output\n"                                   \
  "  --force           make it, though every device will refuse it\n"                                        \
  "  --help, --version\n"                                                                                    \
  "\n"                                                                                                       \
  "Without --signer the information is unsigned: devices follow it only from a server that they trust\n"     \
  "(redirects: also from others, without trust). Files may be PEM, DER or base64 of DER; '-' is standard\n"  \
  "input. Exit status: 0 done, 1 every device would refuse it, 2 wrong use or unreadable input.\n"           \
  "\n"

/* ---- what both do -------------------------------------------------------------------------------- */

static int check_conveyed_use(const command_t *c) {
  if ((c->value[SIGNER] == NULL) != (c->value[KEY] == NULL))
    return command_wrong(c, "--signer and --key belong together; give %s too",
                         c->value[KEY] == NULL ? "--key KEY" : "--signer CERT");
  return 0;
}

static int set_encoding(const command_t *c, sztp_conveyed_t *info) {
  static const char *const words[] = {"json", "xml", NULL};
  static const uint32_t values[] = {SZTP_ENCODING_JSON, SZTP_ENCODING_XML};
  const char *encoding = c->value[ENCODING];
  if (encoding == NULL) return 0;
  int word = command_word(words, encoding, strlen(encoding));
  if (word < 0) return command_wrong(c, "--encoding: '%s' is not right; right are json, xml", encoding);
  int32_t result = sztp_conveyed_set_i64(info, SZTP_INFO_ENCODING, values[word]);
  return result == SZTP_OK ? 0 : command_failed(c, "--encoding", result);
}

static int write_made(command_t *c, const sztp_conveyed_t *info, const sztp_signer_t *signer) {
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t result = sztp_conveyed_make(info, signer, &out, &len);
  if (result != SZTP_OK) return command_failed(c, "the conveyed information can't be made", result);
  int status = output_artifact(c, OUTPUT, out, len);
  sztp_artifacts_free(c->ctx, out);
  return status;
}

static int make(command_t *c, uint32_t kind, int (*fill)(command_t *c, sztp_conveyed_t *info)) {
  if (check_conveyed_use(c) != 0) return EXIT_WRONG;
  int refused = c->value[SIGNER] == NULL ? 0 : refuse_signer(c, FORCE, c->value[SIGNER]);
  if (refused != 0) return refused;
  sztp_conveyed_t *info = NULL;
  sztp_signer_t *signer = NULL;
  int32_t result = sztp_conveyed_new(c->ctx, kind, &info);
  int status = result == SZTP_OK ? set_encoding(c, info) : command_failed(c, "start", result);
  if (status == 0) status = fill(c, info);
  if (status == 0 && c->value[SIGNER] != NULL)
    status = input_signer(c, c->value[SIGNER], c->value[KEY], NULL, &signer);
  if (status == 0) status = write_made(c, info, signer);
  sztp_signer_free(signer);
  sztp_conveyed_free(info);
  return status;
}

/* ---- redirect ------------------------------------------------------------------------------------ */

enum { SERVER = OWN };

static const option_t redirect_options[] = {
    COMMAND_OPTIONS, SIGN_AND_OUT, {"server", "HOST[:PORT][,ANCHOR]", 1}, {NULL, NULL, 0}};

static const char redirect_help[] =
    "Usage: sztp conveyed redirect --server HOST[:PORT][,ANCHOR] ... [--signer CERT --key KEY]\n"
    "                              [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]]\n"
    "                              [--encoding json|xml] [--out FILE] [--force]\n"
    "\n"
    "Makes redirect information (RFC 8572 2.1): bootstrap servers, tried in the order given.\n"
    "\n"
    "  --server HOST[:PORT][,ANCHOR]\n"
    "                    a bootstrap server, a name or an address (IPv6 in brackets); default port: 443; "
    "ANCHOR\n"
    "                    is a file with its certificate authority, up to a self-signed root; CRLs in it, or "
    "in\n"
    "                    what 'sztp owner-cert pack' made, go along; may be repeated\n" //
    SIGN_AND_OUT_HELP                                                                   //
    "Examples:\n"
    "  sztp conveyed redirect --server boot.example.net:8443,server-root.pem --signer owner.pem \\\n"
    "                         --key owner.key --out redirect.cms\n"
    "  sztp conveyed redirect --server '[2001:db8::1]' --server 192.0.2.10:8443 --out unsigned.cms\n"
    "  sztp conveyed redirect --server boot.example.net --encrypt-to idevid.pem --out sealed.cms\n";

static int add_anchored(command_t *c, sztp_conveyed_t *info, const char *server, const char *host,
                        uint16_t port, const char *anchor) {
  octets_t certs = {NULL, 0};
  if (anchor != NULL && input_anchor(c, "--server ANCHOR", anchor, &certs) != 0) return EXIT_WRONG;
  int32_t result = sztp_conveyed_add_server(info, host, port, certs.data, certs.len);
  input_free(&certs);
  if (result == SZTP_ERR_URI)
    return command_wrong(c, "--server: '%s' is not right: %s; right is HOST[:PORT][,ANCHOR]", server,
                         command_detail(c, result));
  if (result == SZTP_OK) return 0;
  char what[300];
  (void)snprintf(what, sizeof what, "--server %.250s", server);
  return command_failed(c, what, result);
}

static int add_server(command_t *c, sztp_conveyed_t *info, const char *server) {
  char *text = malloc(strlen(server) + 1), host[HOST_ROOM];
  uint16_t port = 0;
  if (text == NULL) return command_wrong(c, "out of memory");
  strcpy(text, server);
  char *comma = strchr(text, ',');
  if (comma != NULL) *comma++ = '\0';
  int status;
  if (input_host(text, host, &port) != 0)
    status = command_wrong(c,
                           "--server: '%s' is not right; right is HOST[:PORT][,ANCHOR], as "
                           "boot.example.net:8443,root.pem, with an IPv6 address in brackets",
                           server);
  else if (comma != NULL && *comma == '\0')
    status =
        command_wrong(c, "--server: '%s' names no file after the comma; give HOST[:PORT],ANCHOR", server);
  else
    status = add_anchored(c, info, server, host, port, comma);
  free(text);
  return status;
}

static int fill_redirect(command_t *c, sztp_conveyed_t *info) {
  size_t from = 0;
  if (c->value[SERVER] == NULL)
    return command_wrong(c, "no server given; give --server HOST[:PORT][,ANCHOR]");
  for (const char *server; (server = command_each(c, SERVER, &from)) != NULL;)
    if (add_server(c, info, server) != 0) return EXIT_WRONG;
  return 0;
}

static int run_redirect(command_t *c) { return make(c, SZTP_INFO_REDIRECT, fill_redirect); }

const command_def_t command_conveyed_redirect = {
    "conveyed redirect", "make redirect information", redirect_help, redirect_options, NULL, run_redirect};

/* ---- onboarding ---------------------------------------------------------------------------------- */

enum { OS_NAME = OWN, OS_VERSION, IMAGE_URI, IMAGE, CONFIG, HANDLING, PRE_SCRIPT, POST_SCRIPT };

static const option_t onboarding_options[] = {COMMAND_OPTIONS,
                                              SIGN_AND_OUT,
                                              {"os-name", "N", 0},
                                              {"os-version", "V", 0},
                                              {"image-uri", "URI", 1},
                                              {"image", "FILE", 0},
                                              {"config", "FILE", 0},
                                              {"handling", "merge|replace", 0},
                                              {"pre-script", "FILE", 0},
                                              {"post-script", "FILE", 0},
                                              {NULL, NULL, 0}};

static const char onboarding_help[] =
    "Usage: sztp conveyed onboarding [--os-name N --os-version V --image-uri URI... --image FILE]\n"
    "                                [--config FILE --handling merge|replace]\n"
    "                                [--pre-script FILE] [--post-script FILE]\n"
    "                                [--signer CERT --key KEY]\n"
    "                                [--encrypt-to CERT... [--cipher NAME] [--oaep HASH]]\n"
    "                                [--encoding json|xml] [--out FILE] [--force]\n"
    "\n"
    "Makes onboarding information (RFC 8572 2.2): the boot image that a device shall run, its configuration "
    "and\n"
    "the scripts before and after it.\n"
    "\n"
    "  --os-name N       the operating system that the image is of\n"
    "  --os-version V    its version\n"
    "  --image-uri URI   where the image is; may be repeated, tried in the order given\n"
    "  --image FILE      the image itself, of which the SHA-256 is taken\n"
    "  --config FILE     the configuration, in whatever form the device reads\n"
    "  --handling HOW    merge it into the device's configuration, or replace that\n"
    "  --pre-script FILE, --post-script FILE\n"
    "                    what the device runs before and after the configuration\n" //
    SIGN_AND_OUT_HELP                                                               //
    "Example:\n"
    "  sztp conveyed onboarding --config config.xml --handling merge --post-script ready.sh \\\n"
    "                           --signer owner.pem --key owner.key --out onboarding.cms\n";

static int set_text(const command_t *c, sztp_conveyed_t *info, int place, uint32_t field,
                    const char *option) {
  size_t from = 0;
  for (const char *text; (text = command_each(c, place, &from)) != NULL;) {
    int32_t result = sztp_conveyed_set_bytes(info, field, (const uint8_t *)text, strlen(text));
    if (result != SZTP_OK) return command_failed(c, option, result);
  }
  return 0;
}

static int set_file(command_t *c, sztp_conveyed_t *info, int place, uint32_t field, const char *option) {
  if (c->value[place] == NULL) return 0;
  octets_t octets = {NULL, 0};
  if (input_file(c, option, c->value[place], &octets) != 0) return EXIT_WRONG;
  int32_t result = sztp_conveyed_set_bytes(info, field, octets.data, octets.len);
  input_free(&octets);
  return result == SZTP_OK ? 0 : command_failed(c, option, result);
}

static int refuse_image(command_t *c) {
  size_t from = 0;
  for (const char *uri; (uri = command_each(c, IMAGE_URI, &from)) != NULL;)
    if (!content_takes_image(uri, strlen(uri))) {
      int status =
          refuse(c, FORCE, "--image-uri: %s: devices take https, http and, from a medium, file", uri);
      if (status != 0) return status;
    }
  if (c->value[IMAGE_URI] != NULL && c->value[IMAGE] == NULL)
    return refuse(c, FORCE, "--image FILE is missing: without a fingerprint no image is installed");
  return 0;
}

/* A device runs a script as a program. */
static int refuse_script(command_t *c, int place, const char *option) {
  octets_t script = {NULL, 0};
  const char *path = c->value[place];
  if (path == NULL || strcmp(path, "-") == 0) return 0;
  if (input_file(c, option, path, &script) != 0) return EXIT_WRONG;
  const char *fault = content_script_fault(script.data, script.len);
  input_free(&script);
  return fault == NULL ? 0 : refuse(c, FORCE, "%s: %s %s", option, path, fault);
}

static int set_image(command_t *c, sztp_conveyed_t *info) {
  if (c->value[IMAGE] != NULL && c->value[IMAGE_URI] == NULL)
    return command_wrong(c, "--image needs --image-uri URI, from which devices download it");
  if (set_text(c, info, OS_NAME, SZTP_INFO_OS_NAME, "--os-name") != 0) return EXIT_WRONG;
  if (set_text(c, info, OS_VERSION, SZTP_INFO_OS_VERSION, "--os-version") != 0) return EXIT_WRONG;
  if (set_text(c, info, IMAGE_URI, SZTP_INFO_IMAGE_URI, "--image-uri") != 0) return EXIT_WRONG;
  if (c->value[IMAGE] == NULL) return 0;
  uint8_t digest[SZTP_DIGEST_LEN];
  if (input_digest(c, "--image", c->value[IMAGE], digest) != 0) return EXIT_WRONG;
  int32_t result = sztp_conveyed_set_bytes(info, SZTP_INFO_IMAGE_SHA256, digest, sizeof digest);
  return result == SZTP_OK ? 0 : command_failed(c, "--image", result);
}

static int set_config(command_t *c, sztp_conveyed_t *info) {
  const char *handling = c->value[HANDLING];
  if ((c->value[CONFIG] == NULL) != (handling == NULL))
    return command_wrong(c, "--config and --handling belong together (RFC 8572 6.3); give %s too",
                         handling == NULL ? "--handling merge|replace" : "--config FILE");
  if (handling == NULL) return 0;
  static const char *const words[] = {"merge", "replace", NULL};
  static const uint64_t values[] = {SZTP_CONFIG_MERGE, SZTP_CONFIG_REPLACE};
  int word = command_word(words, handling, strlen(handling));
  if (word < 0) return command_wrong(c, "--handling: '%s' is not right; right are merge, replace", handling);
  int32_t result = sztp_conveyed_set_i64(info, SZTP_INFO_CONFIG_HANDLING, (int64_t)values[word]);
  if (result != SZTP_OK) return command_failed(c, "--handling", result);
  return set_file(c, info, CONFIG, SZTP_INFO_CONFIG, "--config");
}

static int fill_onboarding(command_t *c, sztp_conveyed_t *info) {
  if (set_image(c, info) != 0 || set_config(c, info) != 0) return EXIT_WRONG;
  if (set_file(c, info, PRE_SCRIPT, SZTP_INFO_PRE_SCRIPT, "--pre-script") != 0) return EXIT_WRONG;
  return set_file(c, info, POST_SCRIPT, SZTP_INFO_POST_SCRIPT, "--post-script");
}

static int run_onboarding(command_t *c) {
  int status = refuse_image(c);
  if (status == 0) status = refuse_script(c, PRE_SCRIPT, "--pre-script");
  if (status == 0) status = refuse_script(c, POST_SCRIPT, "--post-script");
  return status != 0 ? status : make(c, SZTP_INFO_ONBOARDING, fill_onboarding);
}

const command_def_t command_conveyed_onboarding = {
    "conveyed onboarding", "make onboarding information", onboarding_help, onboarding_options, NULL,
    run_onboarding};
