/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a bootstrap server: a record (record.h) with an anchor, the chain that the server presents (body),
 * the name that it was called by (serial number), and a redirect's trust anchor (owner certificate). What is
 * accepted has the name, and an anchor that was read is a CA certificate or the only one. */
#include "fuzz/fuzzing.h"

#include "formats/uri.h"
#include "fuzz/mutate.h"
#include "fuzz/record.h"
#include "trust/tls_identity.h"

/* One budget for the chain, and each certificate of an anchor with each other. */
#define OPERATIONS_MAX (SZTP__WORK_OPERATIONS + 32 * 33)

static void check_chain(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, sztp__span_t chain) {
  sztp__cert_t own;
  sztp__der_t d;
  sztp__tlv_t first;
  uint32_t kind = 0;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__server_check(ctx, rules, chain);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_TLS_UNTRUSTED || rc == SZTP_ERR_TLS_NAME_MISMATCH);
    fuzz_check_failure(ctx, rc);
    return;
  }
  sztp__der_init(&d, ctx, chain);
  CHECK(sztp__der_any(&d, &first) == 0 && sztp__cert_parse(ctx, first.whole, &own) == 0);
  CHECK(sztp__host_kind(ctx, rules->host, &kind) == 0);
  CHECK(own.subject_alt_name.len > 0 || sztp__policy(rules->dev, SZTP_POLICY_COMMON_NAME));
  CHECK(own.unknown_critical.len == 0);
}

/* The anchor of a redirect, and a server below it. */
static void check_anchor(sztp_ctx_t *ctx, const record_t *r, sztp__server_rules_t rules) {
  sztp__anchor_t *anchor = NULL;
  sztp__span_t cms = record_part(r, SZTP_ARTIFACT_OWNER_CERT);
  if (cms.data == NULL) return;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__anchor_read(ctx, cms, 0, &anchor);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_TLS_UNTRUSTED && anchor == NULL);
    fuzz_check_failure(ctx, rc);
    return;
  }
  CHECK(anchor->cert.is_ca || anchor->cert.self_issued);
  rules.anchors = &anchor->cert;
  rules.anchor_count = 1;
  rules.anchors_learned = 1;
  rules.crls = anchor->crls;
  rules.crl_count = anchor->crl_count;
  check_chain(ctx, &rules, record_part(r, RECORD_BODY));
  sztp__anchor_free(ctx, anchor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static record_t r;
  uint64_t held = 0;
  int64_t operations = 0;
  record_read(&r, data, size);
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp_device_t *dev = record_device(&r, ctx);
  CHECK(dev != NULL);
  const sztp__certs_t *anchors = &dev->certs[SZTP_CERT_SERVER_ANCHOR];
  sztp__server_rules_t rules = {
      dev,  anchors->v, anchors->n, 0, sztp__device_clock(ctx, dev, r.time), record_part(&r, RECORD_SERIAL),
      NULL, 0};
  check_chain(ctx, &rules, record_part(&r, RECORD_BODY));
  check_anchor(ctx, &r, rules);
  CHECK(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &operations) == 0 && operations <= OPERATIONS_MAX);
  sztp_device_free(dev);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_record(data, size, max_size, seed);
}
