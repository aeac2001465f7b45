/* SPDX-License-Identifier: Apache-2.0 */
/* CMS: what was decoded lies inside the input, and every signer can be verified with every certificate. */
#include "fuzzing.h"

#include "cryptography/cms.h"
#include "fuzz/mutate.h"

static void check_spans(const sztp__cms_t *cms) {
  CHECK(fuzz_inside(cms->type_oid, cms->der) && fuzz_inside(cms->content, cms->der));
  CHECK(fuzz_inside(cms->etype_oid, cms->der) && fuzz_inside(cms->econtent, cms->der));
  for (size_t i = 0; i < cms->cert_count; i++) CHECK(fuzz_inside(cms->certs[i], cms->der));
  for (size_t i = 0; i < cms->crl_count; i++) CHECK(fuzz_inside(cms->crls[i], cms->der));
  for (size_t i = 0; i < cms->signer_count; i++) {
    const sztp__cms_signer_t *s = &cms->signers[i];
    CHECK(fuzz_inside(s->issuer, cms->der) && fuzz_inside(s->key_id, cms->der));
    CHECK(fuzz_inside(s->signed_attrs, cms->der) && fuzz_inside(s->signature, cms->der));
  }
}

static void verify_all(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  sztp__cert_t cert;
  for (size_t i = 0; i < cms->cert_count; i++) {
    if (sztp__cert_parse(ctx, cms->certs[i], &cert) != 0) continue;
    for (size_t n = 0; n < cms->signer_count; n++) {
      int is = 0;
      (void)sztp__cms_signer_is(ctx, &cms->signers[n], &cert, &is);
      sztp__trail_clear(ctx);
      int32_t rc = sztp__cms_verify(ctx, cms, n, &cert, 1, 0);
      if (rc != 0) fuzz_check_failure(ctx, rc);
      CHECK(rc != 0 || cms->has_econtent);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  char text[64];
  sztp__cms_t *cms = NULL;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = sztp__cms_parse(ctx, sztp__span(data, size), &cms);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_CMS_MALFORMED || rc == SZTP_ERR_LIMIT);
    CHECK(cms == NULL);
    fuzz_check_failure(ctx, rc);
  } else {
    check_spans(cms);
    sztp__cms_type_text(text, sizeof text, cms->type, cms->type_oid);
    verify_all(ctx, cms);
    sztp__cms_free(ctx, cms);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 0);
}
