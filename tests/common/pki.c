/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"

#include "formats/armor.h"
#include "testing.h"

int pem_find(sztp_ctx_t *ctx, sztp__span_t text, const char *label, sztp__buf_t *der) {
  sztp__span_t found;
  sztp__buf_init(der, ctx, 1 << 20);
  while (sztp__pem_next(ctx, &text, &found, der) == SZTP_OK)
    if (sztp__span_is(found, label)) return 1;
  sztp__buf_clear(der);
  sztp__trail_clear(ctx);
  return 0;
}

sztp__blob_t pki_file(const char *name) {
  sztp__blob_t blob;
  blob.data = test_read_pki(name, &blob.len);
  return blob;
}

sztp__span_t pki_der(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der) {
  sztp__blob_t pem = pki_file(name);
  sztp__span_t text = sztp__blob_span(&pem);
  sztp__span_t label;
  sztp__buf_init(der, ctx, 1 << 20);
  if (sztp__pem_next(ctx, &text, &label, der) != SZTP_OK) fail_msg("%s: %s", name, test_detail(ctx));
  free(pem.data);
  return sztp__buf_span(der);
}

sztp__span_t pki_cert(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der, sztp__cert_t *cert) {
  char file[64];
  (void)snprintf(file, sizeof file, "%s.pem", name);
  sztp__span_t octets = pki_der(ctx, file, der);
  if (sztp__cert_parse(ctx, octets, cert) != SZTP_OK) fail_msg("%s: %s", name, test_detail(ctx));
  return octets;
}

sztp_signer_t *pki_signer(sztp_ctx_t *ctx, const char *name, const char *chain) {
  char file[64];
  sztp_signer_t *signer = NULL;
  sztp__blob_t more = {NULL, 0};
  (void)snprintf(file, sizeof file, "%s.pem", name);
  sztp__blob_t cert = pki_file(file);
  (void)snprintf(file, sizeof file, "%s.key", name);
  sztp__blob_t key = pki_file(file);
  if (chain != NULL) more = pki_file(chain);
  assert_int_equal(sztp_signer_new(ctx, cert.data, cert.len, key.data, key.len, more.data, more.len, &signer),
                   SZTP_OK);
  free(cert.data);
  free(key.data);
  free(more.data);
  return signer;
}
