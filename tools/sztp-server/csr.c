/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests as the setting "csr" of a device has them: asked for, checked, certified. */
#define _POSIX_C_SOURCE 200809L
#include "csr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/device.h>
#include <sztp/error.h>
#include <time.h>

#include "ca_program.h"
#include "common/octets.h"
#include "evidence.h"
#include "ground/text.h"

enum { DAY = 86400, BACKDATED = 3600 };

/* One device that is at work. */
typedef struct csr_case {
  maker_t *maker;
  const device_setting_t *setting;
  const char *serial;
  sztp__span_t identity; /* its certificate in TLS */
  problem_t *problem;
} csr_case_t;

/* ---- asking -------------------------------------------------------------------------------------- */

/* The problem becomes one that asks for a request; -1 where that can't be. */
static int put_request(const csr_case_t *c) {
  c->problem->csr_wanted = 1;
  c->problem->csr_kind = csr_kind(c->setting->csr_algorithm);
  if (!c->setting->evidence) return CSR_ASK;
  return evidence_ask(c->maker, c->setting, c->identity, c->problem) == 0 ? CSR_ASK : CSR_REFUSED;
}

/* What the device can do decides whether it is asked (RFC 9646 3.2). */
static int ask(const csr_case_t *c, const data_input_t *input) {
  const csr_kind_t *kind = csr_kind(c->setting->csr_algorithm);
  problem_t *p = c->problem;
  if ((input->csr_formats & SZTP_CSR_P10) == 0)
    return problem_set(p, 400, "application", "invalid-value",
                       "the device makes no requests of the format p10-csr");
  if (kind != NULL && (input->csr_algorithms & kind->algorithm) == 0)
    return problem_set(p, 400, "application", "invalid-value", "the device makes no keys of the kind %s",
                       kind->name);
  (void)problem_set(p, 400, "application", "missing-attribute", "a certificate signing request is wanted");
  evidence_begin(c->maker, c->setting);
  return put_request(c);
}

/* ---- judging ------------------------------------------------------------------------------------- */

/* Another csr-request, since this one did not do; the device ends that after some rounds, and where evidence
 * is wanted so do we. */
static int ask_again(const csr_case_t *c, const char *why) {
  if (c->setting->evidence && !evidence_refused(c->maker, c->setting))
    return problem_set(c->problem, 403, "application", "access-denied",
                       "the request is refused, for the last time: %.700s", why);
  (void)problem_set(c->problem, 400, "application", "invalid-value", "the request is refused: %.700s", why);
  return put_request(c);
}

/* RFC 9646 4.2: possession by the signature, which was verified; origin by TLS, whose identity must be the
 * request's.
 */
static const char *judge(const device_setting_t *d, const char *serial, const sztp_csr_t *csr) {
  const csr_kind_t *kind = csr_kind(d->csr_algorithm);
  if (strcmp(sztp_csr_serial(csr), serial) != 0) return "its subject has not the serial number of the device";
  if (kind != NULL && sztp_csr_algorithm(csr) != kind->algorithm)
    return "its key is of another kind than was asked for";
  return NULL;
}

/* ---- issuing ------------------------------------------------------------------------------------- */

int csr_open_ca(const maker_t *m, const device_setting_t *d, sztp_signer_t **ca, problem_t *p) {
  artifact_t cert = {NULL, 0}, key = {NULL, 0};
  int result = maker_read(".", d->csr_ca, MAKER_MAX_CERTS, &cert, p);
  if (result == 0) result = maker_read(".", d->csr_ca_key, MAKER_MAX_CERTS, &key, p);
  if (result == 0) {
    int32_t code = sztp_signer_new(m->ctx, cert.data, cert.len, key.data, key.len, NULL, 0, ca);
    if (code != SZTP_OK) result = maker_refuse_by_library(m, p, d->csr_ca, code);
  }
  free(cert.data);
  free(key.data);
  return result;
}

static int issue_by_key(maker_t *m, const device_setting_t *d, const sztp_csr_t *csr, artifact_t *out,
                        problem_t *p) {
  sztp_signer_t *ca = NULL;
  uint8_t *made = NULL;
  size_t len = 0;
  int64_t now = (int64_t)time(NULL);
  int result = csr_open_ca(m, d, &ca, p);
  if (result == 0) {
    int32_t code = sztp_csr_certify(csr, ca, now - BACKDATED, now + (int64_t)d->csr_days * DAY, &made, &len);
    result =
        code == SZTP_OK ? maker_take(m, made, len, out, p) : maker_refuse_by_library(m, p, d->csr_ca, code);
  }
  sztp_signer_free(ca);
  return result;
}

static int issue_by_program(maker_t *m, const device_setting_t *d, const char *serial, const artifact_t *csr,
                            artifact_t *out, problem_t *p) {
  char why[256];
  uint8_t *given = NULL;
  size_t len = 0;
  if (ca_program_run(d->csr_program, serial, csr->data, csr->len, &given, &len, why, sizeof why) != 0)
    return problem_set(p, 500, "application", "operation-failed", "%.250s", why);
  int result = maker_to_der(m, d->csr_program, given, len, out, p);
  free(given);
  return result;
}

static int issue_certificate(const csr_case_t *c, const sztp_csr_t *csr, const artifact_t *request,
                             artifact_t *certificate) {
  int result = c->setting->csr_program != NULL
                   ? issue_by_program(c->maker, c->setting, c->serial, request, certificate, c->problem)
                   : issue_by_key(c->maker, c->setting, csr, certificate, c->problem);
  return result == 0 ? CSR_ISSUED : CSR_REFUSED;
}

static int certify(const csr_case_t *c, const data_input_t *input, artifact_t *certificate) {
  char said[PROBLEM_MESSAGE];
  sztp_csr_t *csr = NULL;
  artifact_t request = {input->csr, input->csr_len};
  int32_t code = sztp_csr_new(c->maker->ctx, request.data, request.len, &csr);
  if (code != SZTP_OK) {
    (void)snprintf(said, sizeof said, "%s", maker_detail(c->maker, code));
    return ask_again(c, said);
  }
  const char *why = judge(c->setting, c->serial, csr);
  if (why == NULL && c->setting->evidence &&
      evidence_judge(c->maker, c->setting, c->identity, &request, said, sizeof said) != 0)
    why = said;
  int result = why != NULL ? ask_again(c, why) : issue_certificate(c, csr, &request, certificate);
  sztp_csr_free(csr);
  return result;
}

int csr_handle(maker_t *m, const char *serial, sztp__span_t identity, const data_input_t *input,
               artifact_t *certificate, problem_t *p) {
  const device_setting_t *d = settings_device(m->settings, serial);
  csr_case_t c = {m, d, serial, identity, p};
  if (d == NULL || (d->csr_ca == NULL && d->csr_program == NULL) || input->signed_data_preferred)
    return CSR_NOT_WANTED;
  if (input->csr != NULL) return certify(&c, input, certificate);
  if (input->csr_formats != 0) return ask(&c, input);
  if (!d->evidence) return CSR_NOT_WANTED;
  return problem_set(p, 403, "application", "access-denied",
                     "evidence is wanted of this device, and it offers no certificate signing request");
}

/* ---- the certificate's place --------------------------------------------------------------------- */

static uint8_t *find_place(uint8_t *from, size_t len) {
  const size_t n = sizeof CSR_PLACE - 1;
  for (size_t i = 0; i + n <= len; i++)
    if (memcmp(from + i, CSR_PLACE, n) == 0) return from + i;
  return NULL;
}

int csr_place(sztp_ctx_t *ctx, const artifact_t *certificate, artifact_t *text) {
  const size_t n = sizeof CSR_PLACE - 1;
  if (find_place(text->data, text->len) == NULL) return 0;
  if (certificate->data == NULL) return 1;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MAX);
  size_t at = 0;
  for (uint8_t *place; (place = find_place(text->data + at, text->len - at)) != NULL;) {
    sztp__buf_add(&out, text->data + at, (size_t)(place - text->data) - at);
    sztp__base64_encode(&out, sztp__span(certificate->data, certificate->len));
    at = (size_t)(place - text->data) + n;
  }
  sztp__buf_add(&out, text->data + at, text->len - at);
  uint8_t *copy = out.status == SZTP_OK ? malloc(out.len + 1) : NULL;
  if (copy != NULL) {
    memcpy(copy, out.data, out.len);
    free(text->data);
    text->data = copy;
    text->len = out.len;
  }
  sztp__buf_clear(&out);
  return copy != NULL ? 1 : -1;
}
