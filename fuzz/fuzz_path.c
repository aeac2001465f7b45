/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths: an octet of settings, then certificates one after another: the leaf, an anchor,
 * candidates. Whatever they say, the search ends within its limits, and a path that it finds is one. */
#include "fuzzing.h"

#include "cryptography/path.h"
#include "fuzz/mutate.h"

#define CERTS_MAX 16

static void check_chain(const sztp__cert_t *const *chain, size_t len, const sztp__cert_t *leaf,
                        const sztp__cert_t *anchor) {
  CHECK(len >= 1 && len <= SZTP__PATH_MAX);
  CHECK(chain[0] == leaf);
  CHECK(len == 1 ? sztp__span_equal(leaf->der, anchor->der) : chain[len - 1] == anchor);
  for (size_t i = 0; i + 1 < len; i++) CHECK(sztp__name_equal(NULL, chain[i]->issuer, chain[i + 1]->subject));
}

static void validate(sztp_ctx_t *ctx, uint8_t settings, const sztp__cert_t *certs, size_t count) {
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t len = 0;
  int64_t operations = 0;
  sztp__path_t p;
  memset(&p, 0, sizeof p);
  p.anchors = certs + 1;
  p.anchor_count = 1;
  p.anchors_learned = settings & 1;
  p.others = certs + 2;
  p.other_count = count - 2;
  p.clock.mode = settings >> 1 & 3;
  p.clock.now = 1767225600; /* 2026-01-01 */
  p.allow_sha1 = settings >> 3 & 1;
  p.leaf_key_usage = (settings >> 4 & 1) != 0 ? SZTP__KU_DIGITAL_SIGNATURE : 0;
  sztp__trail_clear(ctx);
  sztp__work_begin(ctx, 0);
  int32_t rc = sztp__path_validate(ctx, &p, &certs[0], chain, &len);
  sztp__work_end(ctx);
  CHECK(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &operations) == 0);
  CHECK(operations <= SZTP__WORK_OPERATIONS);
  if (rc == 0) {
    check_chain(chain, len, &certs[0], &certs[1]);
  } else {
    CHECK(len == 0);
    fuzz_check_failure(ctx, rc);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static sztp__cert_t certs[CERTS_MAX];
  uint64_t held = 0;
  size_t count = 0;
  sztp__der_t d;
  sztp__tlv_t tlv;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__der_init(&d, NULL, sztp__span(data + 1, size - 1));
  while (count < CERTS_MAX && sztp__der_any(&d, &tlv) == 0) {
    if (sztp__cert_parse(ctx, tlv.whole, &certs[count]) == 0) count++;
  }
  if (count >= 2) validate(ctx, data[0], certs, count);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 1);
}
