/* SPDX-License-Identifier: Apache-2.0 */
/* Verification as a whole: a record (record.h) of a device's settings and anchors, artifacts, a nonce.
 * Whatever they are: a rejection has one failed step with a reason and a detail, nothing is given out of it;
 * what is trusted was signed or came over a trusted channel; the second time it ends the same; all memory
 * comes back, and there is an end to the work. fuzz_verify_signed is this with every signature good. */
#include "fuzz/fuzzing.h"

#include "cryptography/cms.h"
#include "cryptography/path.h"
#include "fuzz/mutate.h"
#include "fuzz/record.h"
#include "ground/text.h"

/* Public-key operations that one verification may take. */
#define OPERATIONS_MAX SZTP__WORK_OPERATIONS

#define LAST_STEP      SZTP_STEP_INFO_CONTENT

/* What a verdict says, in one number. */
static uint64_t mix(uint64_t sum, const void *data, size_t len) {
  const uint8_t *p = (const uint8_t *)data;
  for (size_t i = 0; i < len; i++) sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
  return sum;
}

static uint64_t check_text(uint64_t sum, const char *text) {
  sztp__span_t t = sztp__span_of(text);
  CHECK(sztp__utf8_valid(t));
  for (size_t i = 0; i < t.len; i++) CHECK(t.data[i] >= 0x20 && t.data[i] != 0x7f);
  return mix(sum, t.data, t.len);
}

static int passed(const sztp_verdict_t *v, uint32_t step) {
  uint32_t state = 0;
  CHECK(sztp_verdict_step(v, step, &state, NULL) == 0);
  return state == SZTP_STEP_PASSED;
}

/* One failed step at most, nothing done behind it, and everything that a person needs to know. */
static uint64_t check_steps(const sztp_verdict_t *v, int32_t rc) {
  uint32_t failed = 0;
  uint64_t sum = 0;
  /* the form of encrypted information is looked at when it has been decrypted */
  int was_encrypted = passed(v, SZTP_STEP_DECRYPTION);
  for (uint32_t step = 1; step <= LAST_STEP; step++) {
    uint32_t state = 0;
    int32_t code = 0;
    CHECK(sztp_verdict_step(v, step, &state, &code) == 0);
    CHECK((state == SZTP_STEP_FAILED) == (code < 0));
    CHECK(failed == 0 || state == SZTP_STEP_SKIPPED || (was_encrypted && step <= SZTP_STEP_DECRYPTION));
    if (state == SZTP_STEP_FAILED) failed = step;
    sum = mix(sum, &state, sizeof state);
    for (uint32_t what = SZTP_TEXT_REASON; what <= SZTP_TEXT_ARTIFACT; what++)
      sum = check_text(sum, sztp_verdict_text(v, step, what));
    CHECK((sztp_verdict_text(v, step, SZTP_TEXT_REASON)[0] != '\0') == (state == SZTP_STEP_FAILED));
    if (state == SZTP_STEP_SKIPPED) continue;
    if (state == SZTP_STEP_FAILED) CHECK(code == rc);
    CHECK(state == SZTP_STEP_PASSED || sztp_verdict_text(v, step, SZTP_TEXT_DETAIL)[0] != '\0');
  }
  CHECK((failed != 0) == (rc != 0));
  return sum;
}

/* Signed by the owner whom a voucher, or the integrator, names. */
static int was_signed(const record_t *r, const sztp_verdict_t *v) {
  int voucher = passed(v, SZTP_STEP_VOUCHER_SIGNATURE) && passed(v, SZTP_STEP_VOUCHER_SERIAL) &&
                passed(v, SZTP_STEP_VOUCHER_DATES) && passed(v, SZTP_STEP_VOUCHER_NONCE);
  return (voucher || record_part(r, SZTP_ARTIFACT_PINNED).data != NULL) && passed(v, SZTP_STEP_PINNED_CERT) &&
         passed(v, SZTP_STEP_OWNER_SIGNER) && passed(v, SZTP_STEP_OWNER_CHAIN) &&
         passed(v, SZTP_STEP_INFO_SIGNATURE);
}

static uint64_t check_info(uint64_t sum, const sztp_info_t *info, int trusted) {
  uint32_t kind = sztp_info_kind(info);
  CHECK(kind == SZTP_INFO_REDIRECT || (kind == SZTP_INFO_ONBOARDING && trusted));
  for (uint32_t field = SZTP_INFO_SERVER_ADDRESS; field <= SZTP_INFO_POST_SCRIPT; field++) {
    for (size_t i = 0; i < sztp_info_count(info, field); i++) {
      const uint8_t *data = NULL;
      size_t len = 0;
      int64_t number = 0;
      if (sztp_info_bytes(info, field, i, &data, &len) == 0) {
        CHECK(data[len] == 0);
        CHECK(trusted || field != SZTP_INFO_SERVER_ANCHOR);
        sum = mix(sum, data, len);
      } else if (sztp_info_i64(info, field, i, &number) == 0) {
        sum = mix(sum, &number, sizeof number);
      }
    }
  }
  return sum;
}

/* A private key that answers everything in the same way, so that nothing decrypts but what was made for it.
 */
static int32_t use_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                       size_t *out_len) {
  (void)user;
  (void)request;
  memset(out, 7, out_cap);
  *out_len = out_cap;
  return SZTP_OK;
}

static int32_t fill_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  memset(out, 9, len);
  return SZTP_OK;
}

/* Verifies and checks what comes out; returns a number that is the same for the same verdict. */
static uint64_t verify(const record_t *r, const sztp_device_t *dev, const sztp_bundle_t *b, sztp_ctx_t *ctx,
                       int limited) {
  sztp_verdict_t *v = NULL;
  int64_t before = 0;
  int64_t after = 0;
  CHECK(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &before) == 0);
  int32_t rc = sztp_verify(dev, b, r->time, r->channel, &v);
  CHECK(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &after) == 0);
  CHECK(after - before <= OPERATIONS_MAX);
  if (limited && rc == SZTP_ERR_MEMORY) {
    CHECK(v == NULL);
    return 0;
  }
  CHECK(v != NULL && rc <= 0);
  CHECK(sztp_verdict_accepted(v) == (rc == 0));
  uint64_t sum = mix(check_steps(v, rc), &rc, sizeof rc);
  const sztp_info_t *info = sztp_verdict_info(v);
  int trusted = sztp_verdict_trusted(v);
  int over_trusted = r->channel == SZTP_CHANNEL_TRUSTED && (r->switches & 1) == 0;
  CHECK(rc == 0 || (info == NULL && !trusted));
  CHECK(!trusted || over_trusted || was_signed(r, v));
  if (info != NULL) {
    CHECK(sztp_info_kind(info) == sztp_verdict_kind(v));
    sum = check_info(sum, info, trusted);
  }
  sztp_verdict_free(v);
  return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static record_t r;
  uint64_t held = 0;
  int limited = 0;
  record_read(&r, data, size);
  sztp_ctx_t *ctx = record_ctx(&r, &held, &limited);
  sztp_device_t *dev = record_device(&r, ctx);
  sztp_bundle_t *b = record_bundle(&r, ctx);
  CHECK(limited || (dev != NULL && b != NULL));
  if (dev != NULL && b != NULL) {
    CHECK(sztp_device_set_key(dev, use_key, NULL) == 0);
    CHECK(sztp_ctx_set_random(ctx, fill_random, NULL) == 0);
    uint64_t before = fuzz_held(ctx);
    uint64_t first = verify(&r, dev, b, ctx, limited);
    CHECK(fuzz_held(ctx) == before);
    CHECK(verify(&r, dev, b, ctx, limited) == first);
  }
  sztp_bundle_free(b);
  sztp_device_free(dev);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_record(data, size, max_size, seed);
}
