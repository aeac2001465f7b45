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
#include "ground/text.h"

enum { DAY = 86400, BACKDATED = 3600 };

/* ---- asking -------------------------------------------------------------------------------------- */

/* What the device can do decides whether it is asked (RFC 9646 3.2). */
static int ask(const device_setting_t *d, const data_input_t *input, problem_t *p) {
  const rpc_csr_kind_t *kind = rpc_csr_kind(d->csr_algorithm);
  if ((input->csr_formats & SZTP_CSR_P10) == 0)
    return problem_set(p, 400, "application", "invalid-value",
                       "the device makes no requests of the format p10-csr");
  if (kind != NULL && (input->csr_algorithms & kind->algorithm) == 0)
    return problem_set(p, 400, "application", "invalid-value", "the device makes no keys of the kind %s",
                       kind->name);
  (void)problem_set(p, 400, "application", "missing-attribute", "a certificate signing request is wanted");
  p->csr_wanted = 1;
  p->csr_algorithm = kind != NULL ? kind->identifier : NULL;
  return CSR_ASK;
}

/* ---- judging ------------------------------------------------------------------------------------- */

/* Another csr-request, since this one did not do; the device ends that after some rounds. */
static int ask_again(const device_setting_t *d, problem_t *p, const char *why) {
  const rpc_csr_kind_t *kind = rpc_csr_kind(d->csr_algorithm);
  (void)problem_set(p, 400, "application", "invalid-value", "the request is refused: %.200s", why);
  p->csr_wanted = 1;
  p->csr_algorithm = kind != NULL ? kind->identifier : NULL;
  return CSR_ASK;
}

/* RFC 9646 4.2: possession by the signature, which was verified; origin by TLS, whose identity must be the
 * request's.
 */
static const char *judge(const device_setting_t *d, const char *serial, const sztp_csr_t *csr) {
  const rpc_csr_kind_t *kind = rpc_csr_kind(d->csr_algorithm);
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

static int certify(maker_t *m, const device_setting_t *d, const char *serial, const data_input_t *input,
                   artifact_t *certificate, problem_t *p) {
  sztp_csr_t *csr = NULL;
  artifact_t request = {input->csr, input->csr_len};
  int32_t code = sztp_csr_new(m->ctx, request.data, request.len, &csr);
  if (code != SZTP_OK) return ask_again(d, p, maker_detail(m, code));
  const char *why = judge(d, serial, csr);
  int result = CSR_ISSUED;
  if (why != NULL)
    result = ask_again(d, p, why);
  else if ((d->csr_program != NULL ? issue_by_program(m, d, serial, &request, certificate, p)
                                   : issue_by_key(m, d, csr, certificate, p)) != 0)
    result = CSR_REFUSED;
  sztp_csr_free(csr);
  return result;
}

int csr_handle(maker_t *m, const char *serial, const data_input_t *input, artifact_t *certificate,
               problem_t *p) {
  const device_setting_t *d = settings_device(m->settings, serial);
  if (d == NULL || (d->csr_ca == NULL && d->csr_program == NULL) || input->signed_data_preferred)
    return CSR_NOT_WANTED;
  if (input->csr != NULL) return certify(m, d, serial, input, certificate, p);
  return input->csr_formats != 0 ? ask(d, input, p) : CSR_NOT_WANTED;
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
