/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests: a server's csr-request in JSON and XML with the cert-req-info in it, and
 * certification requests as an owner reads them. What was taken is one of what was offered, and what is
 * written of it is read again. The first octet says which. */
#include "fuzzing.h"

#include <sztp/artifacts.h>
#include <sztp/device.h>

#include "cryptography/p10.h"
#include "exchange/csr.h"
#include "exchange/evidence.h"

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

static size_t count_elements(sztp__span_t contents) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  size_t count = 0;
  sztp__der_init(&d, NULL, contents);
  while (!sztp__der_at_end(&d)) {
    CHECK(sztp__der_any(&d, &tlv) == 0);
    count++;
  }
  return count;
}

/* Answered, with a statement and without: what was asked for is asked for no more, and nothing else is lost.
 */
static void check_answer(sztp_ctx_t *ctx, sztp__span_t attributes, const sztp__evidence_wish_t *wish,
                         sztp__span_t statements) {
  sztp__buf_t out;
  sztp__der_t d;
  sztp__tlv_t all;
  sztp__evidence_wish_t again;
  sztp__buf_init(&out, ctx, 1 << 20);
  CHECK(sztp__evidence_put(&out, attributes, wish, statements, sztp__span(NULL, 0)) == 0);
  sztp__der_init(&d, ctx, sztp__buf_span(&out));
  CHECK(sztp__der_expect(&d, SZTP__DER_CONTEXT_CONSTRUCTED, &all) == 0 && sztp__der_at_end(&d));
  CHECK(sztp__evidence_find(ctx, all.value, &again) == 0 && again.attribute.data == NULL);
  CHECK(count_elements(all.value) + (statements.len == 0) == count_elements(attributes));
  sztp__buf_clear(&out);
}

/* A server's wish for evidence. */
static void check_evidence(sztp_ctx_t *ctx, sztp__span_t attributes) {
  static const uint8_t statement[] = {0x30, 0x09, 0x06, 0x05, 0x67, 0x81, 0x05, 0x14, 0x02, 0x30, 0x00};
  sztp__evidence_wish_t wish;
  int32_t rc = sztp__evidence_find(ctx, attributes, &wish);
  CHECK(rc == 0 || rc == SZTP_ERR_CSR_REFUSED);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc != 0 || wish.attribute.data == NULL) return;
  CHECK(wish.count >= 1 && wish.count <= SZTP__EVIDENCE_MAX && wish.nonce.len >= 8 && wish.nonce.len <= 64);
  CHECK(sztp__evidence_is(sztp__span(statement, sizeof statement), SZTP_EVIDENCE_QUOTE));
  check_answer(ctx, attributes, &wish, sztp__span(statement, sizeof statement));
  check_answer(ctx, attributes, &wish, sztp__span(NULL, 0));
}

static void check_info(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__p10_t asked;
  sztp__span_t names;
  int32_t rc = sztp__p10_info_read(ctx, der, &asked);
  CHECK(rc == 0 || rc == SZTP_ERR_DER);
  if (rc != 0) return;
  CHECK(asked.info.len == der.len);
  check_made(ctx, &asked);
  check_evidence(ctx, asked.attributes);
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
  for (uint32_t kind = SZTP_EVIDENCE_CERTIFY; kind <= SZTP_EVIDENCE_QUOTE; kind++)
    if (sztp__evidence_is(data, kind)) CHECK(data.len >= 11 && !sztp__evidence_is(data, 3 - kind));
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
