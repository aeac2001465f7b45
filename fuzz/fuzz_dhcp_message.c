/* SPDX-License-Identifier: Apache-2.0 */
/* Whole DHCP messages: the input as it is, and as the options of a message whose fixed part is right. What is
 * found is no longer than the message, and every octet of it is there. */
#include "fuzzing.h"

#include <string.h>

#include "discovery/dhcp_message.h"

#define V4_HEAD 240

static void find(sztp_ctx_t *ctx, uint32_t family, const uint8_t *message, size_t len) {
  sztp__buf_t out;
  sztp__trail_clear(ctx);
  sztp__buf_init(&out, ctx, len);
  uint32_t code = family == 4 ? 143 : 136;
  int32_t rc = sztp__dhcp_option(ctx, family, code, message, len, &out);
  CHECK(rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND);
  CHECK(rc == SZTP_OK || out.len == 0);
  if (rc < 0) fuzz_check_failure(ctx, rc);
  CHECK(out.len <= len);
  for (size_t i = 0; i < out.len; i++) CHECK(memchr(message, out.data[i], len) != NULL);
  sztp__buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  find(ctx, 4, data, size);
  find(ctx, 6, data, size);
  uint8_t *message = (uint8_t *)malloc(V4_HEAD + size);
  CHECK(message != NULL);
  memset(message, 0, V4_HEAD);
  message[0] = 2;
  memcpy(message + 236, cookie, sizeof cookie);
  if (size > 0) memcpy(message + 108, data, size < 128 ? size : 128); /* `file` begins like the options */
  if (size > 0) memcpy(message + V4_HEAD, data, size);
  find(ctx, 4, message, V4_HEAD + size);
  memcpy(message + V4_HEAD - 4, "\x07\0\0\0", 4);
  find(ctx, 6, message + V4_HEAD - 4, size + 4);
  free(message);
  fuzz_ctx_free(ctx, held);
  return 0;
}
