/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests: a server's csr-request in JSON and XML with the cert-req-info in it, and
 * certification requests as an owner reads them. What was taken is one of what was offered, and what is
 * written of it is read again. The first octet says which. */
#include "fuzzing.h"

#include <sztp/artifacts.h>

#include "cryptography/p10.h"
#include "exchange/csr.h"

/* SubjectPublicKeyInfo of a key on P-256. */
static const uint8_t spki[91] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

/* What a device makes of it: all but the key is the same. */
static void check_made(sztp_ctx_t *ctx, const sztp__p10_t *asked) {
  sztp__buf_t out;
  sztp__p10_t made;
  sztp__buf_init(&out, ctx, 1 << 20);
  CHECK(sztp__p10_put_info(&out, asked->subject, sztp__span(spki, sizeof spki), asked->attributes) == 0);
  int32_t rc = sztp__p10_info_read(ctx, sztp__buf_span(&out), &made);
  CHECK(rc == 0);
  CHECK(sztp__span_equal(made.subject, asked->subject) &&
        sztp__span_equal(made.attributes, asked->attributes));
  CHECK(sztp__span_equal(made.spki, sztp__span(spki, sizeof spki)));
  sztp__buf_clear(&out);
}

static void check_info(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__p10_t asked;
  sztp__span_t names;
  int32_t rc = sztp__p10_info_read(ctx, der, &asked);
  CHECK(rc == 0 || rc == SZTP_ERR_DER);
  if (rc != 0) return;
  CHECK(asked.info.len == der.len);
  check_made(ctx, &asked);
  rc = sztp__p10_extension(ctx, &asked, sztp__span_of("\x55\x1d\x11"), &names);
  CHECK(rc == 0 || rc == SZTP_ERR_DER);
}

static void check_wish(sztp_ctx_t *ctx, sztp__span_t body, uint8_t choice) {
  sztp__csr_offer_t offer = {1 + choice % 7, choice / 7 % 16};
  sztp__csr_wish_t wish;
  int32_t rc = sztp__csr_request_read(ctx, body, &offer, &wish);
  CHECK(rc == 0 || rc == SZTP_ERR_NOT_FOUND || rc == SZTP_ERR_CSR_REFUSED || rc == SZTP_ERR_LIMIT);
  if (rc == SZTP_ERR_CSR_REFUSED || rc == SZTP_ERR_LIMIT) fuzz_check_failure(ctx, rc);
  if (rc != 0) return;
  CHECK(wish.format != 0 && (wish.format & (wish.format - 1)) == 0 && (wish.format & offer.formats) != 0);
  CHECK((wish.algorithm & (wish.algorithm - 1)) == 0 && (wish.algorithm & ~offer.algorithms) == 0);
  CHECK(wish.info.len <= SZTP__CSR_INFO_MAX);
  if (wish.info.data != NULL) check_info(ctx, sztp__blob_span(&wish.info));
  sztp__csr_wish_free(ctx, &wish);
}

static void check_request(sztp_ctx_t *ctx, sztp__span_t data) {
  sztp_csr_t *csr = NULL;
  sztp__p10_t p10;
  if (sztp__p10_read(ctx, data, &p10) == 0) check_made(ctx, &p10);
  int32_t rc = sztp_csr_new(ctx, data.data, data.len, &csr);
  CHECK((rc == 0) == (csr != NULL));
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc == 0) CHECK(sztp_csr_serial(csr) != NULL);
  sztp_csr_free(csr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  if (size < 2) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t input = sztp__span(data + 2, size - 2);
  switch (data[0] % 3) {
  case 0: check_wish(ctx, input, data[1]); break;
  case 1: check_info(ctx, input); break;
  default: check_request(ctx, input);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}
