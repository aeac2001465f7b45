/* SPDX-License-Identifier: Apache-2.0 */
/* Key files of a TPM: what was read lies inside the file and has the sizes that it says; the parent is one of
 * those that are known; and what its public area says of the key fits where it is kept. */
#include "fuzzing.h"

#include "cryptography/crypto.h"
#include "tpm2/esys.h"

static void check_area(sztp__span_t area, sztp__span_t der) {
  CHECK(fuzz_inside(area, der));
  CHECK(area.len > 2 && (size_t)(area.data[0] << 8 | area.data[1]) == area.len - 2);
}

static void check_key(const sztp__keyfile_t *key, sztp__span_t der) {
  check_area(key->public_, der);
  check_area(key->private_, der);
  CHECK(key->parent >> 24 == 0x81 || key->parent == SZTP__TPM_OWNER || key->parent == SZTP__TPM_NULL ||
        key->parent == SZTP__TPM_ENDORSEMENT);
}

static void check_public(sztp_ctx_t *ctx, const sztp__keyfile_t *key) {
  sztp__tpm_public_t pub;
  int32_t rc = sztp__tpm_file_public(ctx, key, &pub);
  CHECK(rc == 0 || rc == SZTP_ERR_DER);
  CHECK(pub.value_len <= sizeof pub.value && pub.octets <= pub.value_len);
  if (rc == 0 && pub.type == SZTP__KEY_EC) CHECK(pub.value_len == 2 * pub.octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__keyfile_t key;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, 8192);
  int32_t rc = sztp__keyfile_find(ctx, sztp__span(data, size), &der);
  if (rc == 0) rc = sztp__keyfile_parse(ctx, sztp__buf_span(&der), &key);
  if (rc == 0) {
    check_key(&key, sztp__buf_span(&der));
    check_public(ctx, &key);
  } else
    fuzz_check_failure(ctx, rc);
  sztp__buf_clear(&der);
  fuzz_ctx_free(ctx, held);
  return 0;
}
