/* SPDX-License-Identifier: Apache-2.0 */
/* Inspection: whatever the input is, facts are clean text, groups nest, and an end without success has a
 * reason. */
#include "fuzzing.h"

#include <string.h>

#include <sztp/artifacts.h>

#include "fuzz/mutate.h"
#include "ground/text.h"

typedef struct heard {
  size_t facts;
  uint32_t deepest; /* that the next fact may be */
} heard_t;

static int32_t hear(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  heard_t *h = (heard_t *)user;
  h->facts++;
  CHECK(name != NULL && name[0] != 0);
  CHECK(depth <= h->deepest);
  h->deepest = value == NULL ? depth + 1 : depth;
  if (value == NULL) return 0;
  CHECK(strlen(value) == len);
  CHECK(sztp__utf8_valid(sztp__span(value, len)));
  for (size_t i = 0; i < len; i++) CHECK((unsigned char)value[i] >= 0x20 && value[i] != 0x7f);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  heard_t h = {0, 0};
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = sztp_inspect(ctx, data, size, hear, &h);
  CHECK(rc == SZTP_OK || rc == SZTP_ERR_CMS_MALFORMED);
  CHECK(h.facts > 0);
  if (rc < 0) fuzz_check_failure(ctx, rc);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 0);
}
