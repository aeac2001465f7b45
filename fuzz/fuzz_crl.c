/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs: what was decoded lies inside the input, says the same again, its entries can be walked, and it can be
 * asked about a certificate. The input is a CRL and, behind it, perhaps a certificate. */
#include "fuzzing.h"

#include "cryptography/crl.h"
#include "fuzz/mutate.h"

static void check_spans(const sztp__crl_t *c) {
  const sztp__span_t parts[] = {
      c->tbs, c->issuer, c->revoked, c->signature, c->number, c->distribution_point, c->unknown_critical};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) CHECK(fuzz_inside(parts[i], c->der));
}

static void check_entries(const sztp__crl_t *c) {
  sztp__span_t rest = c->revoked;
  sztp__crl_entry_t entry;
  sztp__crl_entry_t found;
  sztp__cert_t cert;
  size_t n = 0;
  while (sztp__crl_next(&rest, &entry)) {
    n++;
    CHECK(fuzz_inside(entry.serial, c->der) && fuzz_inside(rest, c->der));
    memset(&cert, 0, sizeof cert);
    cert.issuer = c->issuer;
    cert.serial = entry.serial;
    CHECK(sztp__crl_lists(NULL, c, &cert, &found) || c->is_indirect ||
          entry.reason == SZTP__CRL_REMOVE_FROM_CRL);
    CHECK(sztp__crl_reason(entry.reason)[0] != 0);
    if (n == 16) return;
  }
  CHECK(n == c->revoked_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp__crl_t crl;
  sztp__crl_t again;
  sztp__cert_t cert;
  sztp__tlv_t first = {0, {NULL, 0}, {NULL, 0}};
  sztp__der_t d;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__der_init(&d, ctx, sztp__span(data, size));
  if (sztp__der_any(&d, &first) != 0) first.whole = sztp__span(data, size);
  sztp__trail_clear(ctx);
  int32_t rc = sztp__crl_parse(ctx, first.whole, &crl);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_DER);
    fuzz_check_failure(ctx, rc);
  } else {
    CHECK(crl.version == 1 || crl.version == 2);
    check_spans(&crl);
    check_entries(&crl);
    CHECK(sztp__crl_parse(ctx, crl.der, &again) == 0 && again.revoked_count == crl.revoked_count);
    CHECK(!sztp__crl_is_fresh(&crl, sztp__crl_end(&crl)));
    if (sztp__cert_parse(ctx, sztp__span(data + first.whole.len, size - first.whole.len), &cert) == 0) {
      int32_t status = 0;
      (void)sztp__crl_unusable(ctx, &crl, &cert, &status);
      CHECK(status == 0);
      (void)sztp__crl_verify(ctx, &crl, cert.spki, 1);
    }
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 0);
}
