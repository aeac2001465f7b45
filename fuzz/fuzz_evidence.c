/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as an owner reads it: structures of a TPM by themselves, reference values, and whole requests
 * under expectations of their own. The first octet says which. A refusal has its step, its label and its
 * words, what follows it was not taken, all memory comes back. fuzz_evidence_signed is this with every
 * signature good. */
#include "fuzzing.h"

#include <string.h>
#include <sztp/attest.h>
#include <sztp/verify.h>

#include "artifacts/reference.h"
#include "artifacts/tpm_structures.h"
#include "formats/der.h"
#include "fuzz/mutate.h"

/* As fuzz/make-seeds asks. */
static const uint8_t nonce[] = "a nonce of evidence, 32 octets..";
static const char reference[] = "{\"name\":\"os\",\"sha256\":{\"0\":["
                                "\"a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0\","
                                "\"b0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0\"]}}";
#define NOW 1800000000

/* ---- structures ---------------------------------------------------------------------------------- */

static void check_attest(sztp_ctx_t *ctx, sztp__span_t data) {
  sztp__tpm_attest_t attest;
  int32_t rc = sztp__tpm_read_attest(ctx, data, &attest);
  CHECK(rc == 0 || rc == SZTP_ERR_EVIDENCE_MALFORMED);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc != 0 || attest.magic != SZTP__TPM_GENERATED) return;
  CHECK(attest.bank_count <= SZTP__TPM_BANKS_MAX);
  CHECK(fuzz_inside(attest.extra, data) && fuzz_inside(attest.clock, data) &&
        fuzz_inside(attest.name, data) && fuzz_inside(attest.digest, data));
}

static void check_signature(sztp_ctx_t *ctx, sztp__span_t data) {
  sztp__tpm_signature_t signature;
  int32_t rc = sztp__tpm_read_signature(ctx, data, &signature);
  CHECK(rc == 0 || rc == SZTP_ERR_EVIDENCE_MALFORMED);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc != 0) return;
  CHECK(sztp__hash_len(signature.hash) > 0 && signature.scheme != SZTP__SIG_NONE);
  CHECK(fuzz_inside(signature.rsa, data) && fuzz_inside(signature.r, data) && fuzz_inside(signature.s, data));
}

static void check_public(sztp_ctx_t *ctx, sztp__span_t data) {
  sztp__tpm_public_t area;
  int32_t rc = sztp__tpm_read_public(ctx, data, &area);
  CHECK(rc == 0 || rc == SZTP_ERR_EVIDENCE_MALFORMED);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc != 0) return;
  CHECK(area.name_hash >= SZTP__HASH_SHA256);
  CHECK(fuzz_inside(area.modulus, data) && fuzz_inside(area.x, data) && fuzz_inside(area.y, data));
}

static void check_reference(sztp_ctx_t *ctx, sztp__span_t data) {
  sztp__reference_t *ref = NULL;
  int32_t rc = sztp__reference_read(ctx, data, &ref);
  CHECK((rc == 0) == (ref != NULL));
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc == 0) CHECK(ref->count > 0 && ref->count <= SZTP__REFERENCE_ENTRIES);
  sztp__free(ctx, ref);
}

/* ---- requests ------------------------------------------------------------------------------------ */

static void check_text(const char *text) {
  for (; *text != '\0'; text++) CHECK((unsigned char)*text >= 0x20);
}

/* What the steps say goes with what came out. */
static void check_steps(const sztp_appraisal_t *a, int32_t rc) {
  uint32_t failed = 0;
  for (uint32_t step = 1; sztp_appraisal_step_name(step)[0] != '\0'; step++) {
    uint32_t state = 0;
    int32_t code = 0;
    CHECK(sztp_appraisal_step(a, step, &state, &code) == 0);
    CHECK(failed == 0 || state == SZTP_STEP_SKIPPED);
    CHECK((state == SZTP_STEP_FAILED) == (code != 0));
    for (uint32_t what = SZTP_TEXT_REASON; what <= SZTP_TEXT_EXPECTED; what++)
      check_text(sztp_appraisal_text(a, step, what));
    if (state != SZTP_STEP_FAILED) continue;
    failed = step;
    CHECK(code == rc);
    CHECK(sztp_appraisal_text(a, step, SZTP_TEXT_REASON)[0] != '\0');
    CHECK(sztp_appraisal_text(a, step, SZTP_TEXT_DETAIL)[0] != '\0');
  }
  CHECK((rc == 0) == (failed == 0));
  if (rc != 0) return;
  for (uint32_t step = SZTP_APPRAISAL_REQUEST; step <= SZTP_APPRAISAL_SERIAL; step++) {
    uint32_t state = 0;
    CHECK(sztp_appraisal_step(a, step, &state, NULL) == 0 && state == SZTP_STEP_PASSED);
  }
}

static void read_all(const sztp_appraisal_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  unsigned sum = 0;
  for (uint32_t what = SZTP_APPRAISAL_PCR; what <= SZTP_APPRAISAL_CLOCK; what++)
    for (size_t i = 0; i < 34; i++)
      if (sztp_appraisal_bytes(a, what, i, &data, &len) == 0)
        for (size_t at = 0; at < len; at++) sum += data[at];
  CHECK(sum < 1u << 31);
}

/* Three elements: an anchor, the identity, the request. */
static void check_request(sztp_ctx_t *ctx, sztp__span_t data, uint8_t settings) {
  sztp__der_t d;
  sztp__tlv_t parts[3];
  sztp_appraisal_t *a = NULL;
  sztp__der_init(&d, ctx, data);
  for (size_t i = 0; i < 3; i++)
    if (sztp__der_any(&d, &parts[i]) != 0) return;
  CHECK(sztp_appraisal_new(ctx, &a) == 0);
  (void)sztp_appraisal_set(a, SZTP_APPRAISAL_ANCHOR, parts[0].whole.data, parts[0].whole.len);
  (void)sztp_appraisal_set(a, SZTP_APPRAISAL_IDENTITY, parts[1].whole.data, parts[1].whole.len);
  if ((settings & 1) == 0) CHECK(sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, nonce, sizeof nonce - 1) == 0);
  if ((settings & 2) == 0)
    CHECK(sztp_appraisal_set(a, SZTP_APPRAISAL_REFERENCE, (const uint8_t *)reference, strlen(reference)) ==
          0);
  CHECK(sztp_appraisal_want(a, settings >> 2 & 3) == 0);
  sztp__span_t csr = sztp__span(parts[2].whole.data, data.len - (size_t)(parts[2].whole.data - data.data));
  int32_t rc = sztp_appraisal_run(a, csr.data, csr.len, (settings & 16) != 0 ? SZTP_TIME_UNKNOWN : NOW);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  check_steps(a, rc);
  read_all(a);
  sztp_appraisal_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  if (size < 2) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t input = sztp__span(data + 2, size - 2);
  switch (data[0] % 8) {
  case 0: check_attest(ctx, input); break;
  case 1: check_signature(ctx, input); break;
  case 2: check_public(ctx, input); break;
  case 3: check_reference(ctx, input); break;
  default: check_request(ctx, input, data[1]);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 2);
}
