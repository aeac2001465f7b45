/* SPDX-License-Identifier: Apache-2.0 */
/* csr-request, written. */
#include "common/csr_request.h"

#include <string.h>
#include <sztp/device.h>

#include "ground/text.h"

static const csr_kind_t csr_kinds[] = {{SZTP_ALGORITHM_P256, "MBMGByqGSM49AgEGCCqGSM49AwEH", "p256"},
                                       {SZTP_ALGORITHM_P384, "MBAGByqGSM49AgEGBSuBBAAi", "p384"},
                                       {SZTP_ALGORITHM_P521, "MBAGByqGSM49AgEGBSuBBAAj", "p521"},
                                       {SZTP_ALGORITHM_RSA, "MA0GCSqGSIb3DQEBAQUA", "rsa"}};
enum { CSR_KINDS = sizeof csr_kinds / sizeof csr_kinds[0] };

const csr_kind_t *csr_kind(uint64_t algorithm) {
  for (size_t i = 0; i < CSR_KINDS; i++)
    if (csr_kinds[i].algorithm == algorithm) return &csr_kinds[i];
  return NULL;
}

const csr_kind_t *csr_kind_named(const char *name) {
  for (size_t i = 0; i < CSR_KINDS; i++)
    if (strcmp(csr_kinds[i].name, name) == 0) return &csr_kinds[i];
  return NULL;
}

const csr_kind_t *csr_kind_identified(const char *identifier) {
  for (size_t i = 0; i < CSR_KINDS; i++)
    if (strcmp(csr_kinds[i].identifier, identifier) == 0) return &csr_kinds[i];
  return NULL;
}

void csr_request_put_json(sztp__buf_t *t, const csr_kind_t *kind, sztp__span_t info) {
  (void)sztp__buf_add_text(t, ",\"error-info\":{\"ietf-sztp-csr:csr-request\":{");
  if (kind != NULL)
    (void)sztp__buf_addf(t, "\"key-generation\":{\"selected-algorithm\":{\"algorithm-identifier\":\"%s\"}},",
                         kind->identifier);
  (void)sztp__buf_add_text(t, "\"csr-generation\":{\"selected-format\":{\"format-identifier\":"
                              "\"ietf-ztp-types:p10-csr\"}}");
  if (info.len > 0) {
    (void)sztp__buf_add_text(t, ",\"cert-req-info\":\"");
    (void)sztp__base64_encode(t, info);
    (void)sztp__buf_add_text(t, "\"");
  }
  (void)sztp__buf_add_text(t, "}}");
}

void csr_request_put_xml(sztp__buf_t *t, const csr_kind_t *kind, sztp__span_t info) {
  (void)sztp__buf_add_text(t,
                           "<error-info><csr-request xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\">");
  if (kind != NULL)
    (void)sztp__buf_addf(t,
                         "<key-generation><selected-algorithm><algorithm-identifier>%s</algorithm-identifier>"
                         "</selected-algorithm></key-generation>",
                         kind->identifier);
  (void)sztp__buf_add_text(
      t, "<csr-generation><selected-format><format-identifier "
         "xmlns:zt=\"urn:ietf:params:xml:ns:yang:ietf-ztp-types\">zt:p10-csr</format-identifier>"
         "</selected-format></csr-generation>");
  if (info.len > 0) {
    (void)sztp__buf_add_text(t, "<cert-req-info>");
    (void)sztp__base64_encode(t, info);
    (void)sztp__buf_add_text(t, "</cert-req-info>");
  }
  (void)sztp__buf_add_text(t, "</csr-request></error-info>");
}
