/* SPDX-License-Identifier: Apache-2.0 */
/* sztp attest request, attest verify: evidence of a TPM in a certificate signing request, on the owner's
 * side. */
#include <sztp/attest.h>

#include <stdio.h>
#include <string.h>

#include "common/csr_request.h"
#include "common/octets.h"
#include "ground/text.h"
#include "input.h"
#include "output.h"
#include "step.h"

/* ---- what both take ------------------------------------------------------------------------------ */

static int read_statements(const command_t *c, const char *list, uint32_t *out) {
  static const char *const names[] = {"certify", "quote", NULL};
  *out = 0;
  for (const char *at = list == NULL ? "certify,quote" : list;; at++) {
    size_t len = strcspn(at, ",");
    int word = command_word(names, at, len);
    if (word < 0)
      return command_wrong(
          c, "--evidence: '%s' is not right; right are certify, quote, or both with a comma between", list);
    *out |= word == 0 ? SZTP_EVIDENCE_CERTIFY : SZTP_EVIDENCE_QUOTE;
    at += len;
    if (*at == '\0') return 0;
  }
}

static int read_nonce(const command_t *c, const char *text, uint8_t out[SZTP_EVIDENCE_NONCE_MAX],
                      size_t *len) {
  if (octets_from_base64(c->ctx, text, out, SZTP_EVIDENCE_NONCE_MAX, len) == 0 &&
      *len >= SZTP_EVIDENCE_NONCE_MIN)
    return 0;
  return command_wrong(
      c,
      "--nonce: '%s' is not right; right is base64 of %d to %d octets, as openssl rand -base64 32 "
      "makes them",
      text, SZTP_EVIDENCE_NONCE_MIN, SZTP_EVIDENCE_NONCE_MAX);
}

/* ---- attest request ------------------------------------------------------------------------------ */

enum { LIKE = OPTION_FIRST, ALGORITHM, ASK_NONCE, ASK_EVIDENCE, FORMAT, OUT };

static const option_t request_options[] = {
    COMMAND_OPTIONS,        {"like", "CERT", 0},     {"algorithm", "p256|p384|p521|rsa|identity", 0},
    {"nonce", "BASE64", 0}, {"evidence", "LIST", 0}, {"format", "der|json|xml", 0},
    {"out", "FILE", 0},     {NULL, NULL, 0}};

static const char request_help[] =
    "Usage: sztp attest request --like CERT --nonce BASE64 [--algorithm p256|p384|p521|rsa|identity]\n"
    "                           [--evidence LIST] [--format der|json|xml] [--out FILE]\n"
    "\n"
    "Makes what a bootstrap server asks a device to sign (RFC 9646): a request with the subject and the "
    "names of a\n"
    "certificate, in which the nonce stands where the device is to put evidence of its TPM.\n"
    "\n"
    "  --like CERT        the device's certificate, or any with the subject that is wanted\n"
    "  --nonce BASE64     8 to 64 octets, another one for every request\n"
    "  --algorithm KIND   of the key to be made: p256 (the default), p384, p521, rsa; identity: the device's "
    "own\n"
    "  --evidence LIST    certify (the key was made in the TPM and stays there), quote (what was measured);\n"
    "                     default: certify,quote\n"
    "  --format FORM      der: the cert-req-info (the default); json, xml: the errors document with the "
    "whole\n"
    "                     csr-request, which a server answers with status 400\n"
    "  --out FILE         where to write it; default: standard output\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 2 wrong use or unreadable input.\n"
    "\n"
    "Examples:\n"
    "  openssl rand -base64 32 >nonce\n"
    "  sztp attest request --like idevid.pem --nonce \"$(cat nonce)\" --out info.der\n"
    "  sztp attest request --like idevid.pem --nonce \"$(cat nonce)\" --format json --out reply.json\n";

static int write_document(command_t *c, int xml, const csr_kind_t *kind, sztp__span_t info) {
  sztp__buf_t text;
  sztp__buf_init(&text, c->ctx, 65536);
  if (xml) {
    sztp__buf_add_text(&text, "<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\"><error>"
                              "<error-type>application</error-type><error-tag>missing-attribute</error-tag>"
                              "<error-message>a certificate signing request is wanted</error-message>");
    csr_request_put_xml(&text, kind, info);
    sztp__buf_add_text(&text, "</error></errors>\n");
  } else {
    sztp__buf_add_text(&text, "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"application\","
                              "\"error-tag\":\"missing-attribute\","
                              "\"error-message\":\"a certificate signing request is wanted\"");
    csr_request_put_json(&text, kind, info);
    sztp__buf_add_text(&text, "}]}}\n");
  }
  int status = text.status == SZTP_OK ? output_octets(c, c->value[OUT], text.data, text.len)
                                      : command_wrong(c, "out of memory");
  sztp__buf_clear(&text);
  return status;
}

static int make_request(command_t *c, const octets_t *like, const csr_kind_t *kind, int form) {
  uint8_t nonce[SZTP_EVIDENCE_NONCE_MAX];
  size_t nonce_len = 0;
  uint32_t statements = 0;
  uint8_t *info = NULL;
  size_t len = 0;
  if (read_nonce(c, c->value[ASK_NONCE], nonce, &nonce_len) != 0 ||
      read_statements(c, c->value[ASK_EVIDENCE], &statements) != 0)
    return EXIT_WRONG;
  int32_t result = sztp_csr_info_make(c->ctx, like->data, like->len, kind == NULL ? 0 : kind->algorithm,
                                      statements, nonce, nonce_len, &info, &len);
  if (result != SZTP_OK) return command_failed(c, "--like", result);
  int status = form == 0 ? output_octets(c, c->value[OUT], info, len)
                         : write_document(c, form == 2, kind, sztp__span(info, len));
  sztp_artifacts_free(c->ctx, info);
  return status;
}

static int run_attest_request(command_t *c) {
  static const char *const forms[] = {"der", "json", "xml", NULL};
  const char *algorithm = c->value[ALGORITHM] != NULL ? c->value[ALGORITHM] : "p256";
  const char *form = c->value[FORMAT] != NULL ? c->value[FORMAT] : "der";
  const csr_kind_t *kind = csr_kind_named(algorithm);
  octets_t like = {NULL, 0};
  if (c->value[LIKE] == NULL || c->value[ASK_NONCE] == NULL)
    return command_wrong(c, "--like CERT and --nonce BASE64 are needed");
  if (kind == NULL && strcmp(algorithm, "identity") != 0)
    return command_wrong(c, "--algorithm: '%s' is none; right are p256, p384, p521, rsa, identity",
                         algorithm);
  int word = command_word(forms, form, strlen(form));
  if (word < 0) return command_wrong(c, "--format: '%s' is none; right are der, json, xml", form);
  int status = input_file(c, "--like", c->value[LIKE], &like);
  if (status == 0) status = make_request(c, &like, kind, word);
  input_free(&like);
  return status;
}

const command_def_t command_attest_request = {"attest request",
                                              "make what a device is asked to sign, with evidence",
                                              request_help,
                                              request_options,
                                              NULL,
                                              run_attest_request};

/* ---- attest verify ------------------------------------------------------------------------------- */

enum { ANCHOR = OPTION_FIRST, IDENTITY, NONCE, REFERENCE, ATTESTER, EVIDENCE, TIME, JSON };

static const option_t verify_options[] = {COMMAND_OPTIONS,          {"anchor", "FILE", 1},
                                          {"identity", "CERT", 0},  {"nonce", "BASE64", 0},
                                          {"reference", "FILE", 1}, {"attester", "CERT", 1},
                                          {"evidence", "LIST", 0},  {"time", "RFC3339|now|unknown", 0},
                                          {"json", NULL, 0},        {NULL, NULL, 0}};

static const char verify_help[] =
    "Usage: sztp attest verify FILE --anchor FILE... --identity CERT --nonce BASE64 [--reference FILE...]\n"
    "                          [--attester CERT...] [--evidence LIST] [--time RFC3339|now|unknown] [--json]\n"
    "\n"
    "Judges the evidence in a certificate signing request (PKCS #10), step by step: that it is a TPM's, of "
    "this device,\n"
    "made for this request, about the request's key, and that what was measured is as expected. No TPM is "
    "needed.\n"
    "\n"
    "  --anchor FILE      certificates that vouch for attestation keys, as the device's maker gives them; "
    "may be\n"
    "                     repeated\n"
    "  --identity CERT    the certificate that the device shows in TLS\n"
    "  --nonce BASE64     the nonce that was sent for this request\n"
    "  --reference FILE   reference values of the PCRs, JSON; repeated for other versions of the software, "
    "of which one\n"
    "                     must fit. Without it values are told and not judged\n"
    "  --attester CERT    a certificate that may attest though it does not say so; may be repeated\n"
    "  --evidence LIST    what must be there: certify, quote; default: certify,quote\n"
    "  --time TIME        of the judgement: RFC 3339, now (the default), or unknown\n"
    "  --json             one JSON object instead of text; its member 'measured' is a reference\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 accepted, 1 rejected, 2 wrong use or unreadable input.\n"
    "\n"
    "Examples:\n"
    "  sztp attest verify device.csr --anchor maker.pem --identity idevid.pem --nonce \"$(cat nonce)\" \\\n"
    "                     --reference os-5.json\n"
    "  sztp attest verify device.csr --anchor maker.pem --identity idevid.pem --nonce \"$(cat nonce)\" "
    "--json\n";

static int set_expected(command_t *c, sztp_appraisal_t *a, uint32_t what, const char *option,
                        const char *path) {
  octets_t file = {NULL, 0};
  char shown[256];
  if (input_file(c, option, path, &file) != 0) return EXIT_WRONG;
  int32_t result = sztp_appraisal_set(a, what, file.data, file.len);
  input_free(&file);
  if (result == SZTP_OK) return 0;
  (void)snprintf(shown, sizeof shown, "%s %.200s", option, path);
  return command_failed(c, shown, result);
}

static int set_all_expected(command_t *c, sztp_appraisal_t *a, uint32_t what, const char *option, int place) {
  size_t from = 0;
  int status = 0;
  for (const char *path; status == 0 && (path = command_each(c, place, &from)) != NULL;)
    status = set_expected(c, a, what, option, path);
  return status;
}

static int set_expectations(command_t *c, sztp_appraisal_t *a) {
  uint8_t nonce[SZTP_EVIDENCE_NONCE_MAX];
  size_t len = 0;
  uint32_t statements = 0;
  int status = read_nonce(c, c->value[NONCE], nonce, &len);
  if (status == 0) status = read_statements(c, c->value[EVIDENCE], &statements);
  if (status == 0 && sztp_appraisal_want(a, statements) != SZTP_OK)
    status = command_wrong(c, "--evidence is refused");
  if (status == 0 && sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, nonce, len) != SZTP_OK)
    status = command_wrong(c, "--nonce is refused");
  if (status == 0) status = set_all_expected(c, a, SZTP_APPRAISAL_ANCHOR, "--anchor", ANCHOR);
  if (status == 0) status = set_expected(c, a, SZTP_APPRAISAL_IDENTITY, "--identity", c->value[IDENTITY]);
  if (status == 0) status = set_all_expected(c, a, SZTP_APPRAISAL_ATTESTER, "--attester", ATTESTER);
  return status == 0 ? set_all_expected(c, a, SZTP_APPRAISAL_REFERENCE, "--reference", REFERENCE) : status;
}

/* ---- telling ------------------------------------------------------------------------------------- */

static step_t read_step(const sztp_appraisal_t *a, uint32_t step) {
  step_t s = {step,
              sztp_appraisal_step_name(step),
              SZTP_STEP_SKIPPED,
              SZTP_OK,
              sztp_appraisal_text(a, step, SZTP_TEXT_REASON),
              sztp_appraisal_text(a, step, SZTP_TEXT_CAUSE),
              sztp_appraisal_text(a, step, SZTP_TEXT_DETAIL),
              sztp_appraisal_text(a, step, SZTP_TEXT_FOUND),
              sztp_appraisal_text(a, step, SZTP_TEXT_EXPECTED),
              NULL};
  (void)sztp_appraisal_step(a, step, &s.state, &s.code);
  return s;
}

enum { PCRS = 32 };

/* The bank of a value, by its length. */
static const char *bank_of(size_t len) {
  return len == 32 ? "sha256" : len == 48 ? "sha384" : len == 64 ? "sha512" : "sha1";
}

/* The value of a PCR in hexadecimal; 0 if it was not quoted. */
static int read_pcr(const sztp_appraisal_t *a, size_t pcr, const char **bank, char hex[2 * 64 + 1]) {
  const uint8_t *value = NULL;
  size_t len = 0;
  if (sztp_appraisal_bytes(a, SZTP_APPRAISAL_PCR, pcr, &value, &len) != SZTP_OK) return 0;
  *bank = bank_of(len);
  (void)sztp__hex_text(hex, 2 * 64 + 1, sztp__span(value, len));
  return 1;
}

/* In the form of a reference, so that one can be made of a device that is known to be good. */
static void put_measured(json_t *j, const sztp_appraisal_t *a) {
  char hex[2 * 64 + 1], number[8];
  const char *bank = NULL;
  json_node_t *measured = json_object(j, j->root, "measured"), *values = NULL;
  for (size_t pcr = 0; pcr < PCRS; pcr++) {
    if (!read_pcr(a, pcr, &bank, hex)) continue;
    if (values == NULL) values = json_object(j, measured, bank);
    (void)snprintf(number, sizeof number, "%zu", pcr);
    json_text(j, values, number, hex);
  }
}

static int print_appraisal_json(const command_t *c, const sztp_appraisal_t *a, int accepted) {
  json_t j;
  if (json_start(&j) != 0) return command_wrong(c, "out of memory");
  json_text(&j, j.root, "result", accepted ? "accepted" : "rejected");
  json_node_t *steps = json_array(&j, j.root, "steps");
  for (uint32_t i = 1; sztp_appraisal_step_name(i)[0] != '\0'; i++) {
    step_t s = read_step(a, i);
    step_put_json(&j, steps, &s);
  }
  put_measured(&j, a);
  json_number(&j, j.root, "version", JSON_VERSION);
  int printed = json_print(&j, stdout);
  json_free(&j);
  return printed == 0 ? 0 : command_wrong(c, "out of memory");
}

static void print_text(const sztp_appraisal_t *a, int accepted) {
  char hex[2 * 64 + 1];
  const char *bank = NULL;
  step_t failed = {0};
  for (uint32_t i = 1; sztp_appraisal_step_name(i)[0] != '\0'; i++) {
    step_t s = read_step(a, i);
    step_print(&s);
    if (s.state == SZTP_STEP_FAILED) failed = s;
  }
  for (size_t pcr = 0; pcr < PCRS; pcr++)
    if (read_pcr(a, pcr, &bank, hex)) (void)printf("measured PCR %-2zu %s %s\n", pcr, bank, hex);
  if (accepted)
    (void)printf("accepted: the evidence holds for this device and this request.\n");
  else
    (void)printf("rejected: at step %s: %s. %s More: sztp-refusals(7).\n", failed.name, failed.reason,
                 sztp_error_text(failed.code));
}

/* Failures of the machine are no verdict. */
static int judge(command_t *c, const sztp_appraisal_t *a, int32_t result) {
  uint32_t failed = 0;
  uint32_t state = SZTP_STEP_SKIPPED;
  for (uint32_t i = 1; sztp_appraisal_step(a, i, &state, NULL) == SZTP_OK; i++)
    if (state == SZTP_STEP_FAILED) failed = i;
  int accepted = result == SZTP_OK && failed == 0;
  if (!accepted && failed == 0) return command_failed(c, "no verdict", result);
  if (c->value[JSON] == NULL)
    print_text(a, accepted);
  else if (print_appraisal_json(c, a, accepted) != 0)
    return EXIT_WRONG;
  return accepted ? EXIT_DONE : EXIT_REJECTED;
}

static int run_attest_verify(command_t *c) {
  size_t from = 0;
  const char *path = command_each(c, OPTIONS_OPERAND, &from);
  const char *told = c->value[TIME] != NULL ? c->value[TIME] : "now";
  int64_t time = SZTP_TIME_UNKNOWN;
  sztp_appraisal_t *a = NULL;
  octets_t csr = {NULL, 0};
  if (path == NULL) return command_wrong(c, "no request given; give its FILE");
  if (command_each(c, OPTIONS_OPERAND, &from) != NULL) return command_wrong(c, "one request at a time");
  if (c->value[ANCHOR] == NULL || c->value[IDENTITY] == NULL || c->value[NONCE] == NULL)
    return command_wrong(c, "--anchor FILE, --identity CERT and --nonce BASE64 are needed");
  if (strcmp(told, "unknown") != 0 && command_time(c, "--time", told, &time) != 0) return EXIT_WRONG;
  int32_t result = sztp_appraisal_new(c->ctx, &a);
  int status = result == SZTP_OK ? set_expectations(c, a) : command_failed(c, "start", result);
  if (status == 0) status = input_file(c, "FILE", path, &csr);
  if (status == 0) status = judge(c, a, sztp_appraisal_run(a, csr.data, csr.len, time));
  input_free(&csr);
  sztp_appraisal_free(a);
  return status;
}

const command_def_t command_attest_verify = {
    "attest verify", "judge the evidence in a certificate signing request",
    verify_help,     verify_options,
    "FILE",          run_attest_verify};
