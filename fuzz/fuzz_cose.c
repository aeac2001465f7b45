/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1: what was decoded lies in the input or in what was joined from chunks; the signature can be
 * verified with the key of every certificate in it, and of one that never fits. */
#include "fuzzing.h"

#include "cryptography/cose.h"

/* P-256 (RFC 9052 C.7.1, "11"), so that a signature can be right. */
static const uint8_t key[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                              0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
                              0x04, 0xba, 0xc5, 0xb1, 0x1c, 0xad, 0x8f, 0x99, 0xf9, 0xc7, 0x2b, 0x05, 0xcf,
                              0x4b, 0x9e, 0x26, 0xd2, 0x44, 0xdc, 0x18, 0x9f, 0x74, 0x52, 0x28, 0x25, 0x5a,
                              0x21, 0x9a, 0x86, 0xd6, 0xa0, 0x9e, 0xff, 0x20, 0x13, 0x8b, 0xf8, 0x2d, 0xc1,
                              0xb6, 0xd5, 0x62, 0xbe, 0x0f, 0xa5, 0x4a, 0xb7, 0x80, 0x4a, 0x3a, 0x64, 0xb6,
                              0xd7, 0x2c, 0xcf, 0xed, 0x6b, 0x6f, 0xb6, 0xed, 0x28, 0xbb, 0xfc, 0x11, 0x7e};

static int is_known(const sztp__cose_t *cose, sztp__span_t part, sztp__span_t input) {
  return fuzz_inside(part, input) || fuzz_inside(part, sztp__buf_span(&cose->joined[0])) ||
         fuzz_inside(part, sztp__buf_span(&cose->joined[1]));
}

static void verify(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t spki) {
  sztp__trail_clear(ctx);
  int32_t rc = sztp__cose_verify(ctx, cose, spki);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  CHECK(rc != 0 || cose->alg == -7 || cose->alg == -35 || cose->alg == -36);
}

static void check(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t input) {
  sztp__cert_t cert;
  CHECK(is_known(cose, cose->protected_header, input) && cose->protected_header.len > 0);
  CHECK(is_known(cose, cose->payload, input) && is_known(cose, cose->signature, input));
  CHECK(is_known(cose, cose->kid, input) && cose->cert_count <= SZTP__CMS_MAX_CERTS);
  for (size_t i = 0; i < cose->cert_count; i++) {
    CHECK(is_known(cose, cose->certs[i], input));
    if (sztp__cert_parse(ctx, cose->certs[i], &cert) == 0) verify(ctx, cose, cert.spki);
  }
  verify(ctx, cose, sztp__span(key, sizeof key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp__cose_t *cose = NULL;
  sztp__span_t input = sztp__span(data, size);
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = sztp__cose_parse(ctx, input, &cose);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_CBOR || rc == SZTP_ERR_CMS_DETACHED || rc == SZTP_ERR_LIMIT);
    CHECK(cose == NULL);
    fuzz_check_failure(ctx, rc);
  } else {
    check(ctx, cose, input);
    sztp__cose_free(ctx, cose);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}
