/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent hears on a link, from IP packet to answer, and the lease files of DHCP clients, in which
 * servers have a say. What is found lies inside the input. */
#define _GNU_SOURCE 1
#include "fuzzing.h"

#include "common/file.c"
#include "common/octets.c"
#include "sztp-agent/dhcp_packet.c"
#include "sztp-agent/dhcp_wire.c"
#include "sztp-agent/leases.c"

static const dhcp_client_t client = {0xaabbccdd, 1, 6, {0x02, 0, 0x5e, 0x10, 0, 0x17, 0, 0}, {192, 0, 2, 17}};

static void hear(sztp_ctx_t *ctx, uint32_t family, const uint8_t *data, size_t size) {
  const uint8_t *message = data, *from = NULL;
  size_t len = size;
  if (dhcp_is_answer(ctx, family, &client, data, size)) CHECK(size >= (family == 4 ? 243 : 8));
  if (!dhcp_packet_read(family, data, size, &message, &len, &from)) return;
  CHECK(fuzz_inside(sztp__span(message, len), sztp__span(data, size)));
  CHECK(fuzz_inside(sztp__span(from, family == 4 ? 4 : 16), sztp__span(data, size)));
  (void)dhcp_is_answer(ctx, family, &client, message, len);
}

static void look(const char *text, size_t size, const char *const keys[3]) {
  char *copy = malloc(size + 1), *value = NULL;
  uint8_t *out = NULL;
  size_t len = size;
  const char *fault = NULL;
  CHECK(copy != NULL);
  memcpy(copy, text, size + 1);
  int found = 1;
  value = copy;
  if (keys != NULL && (found = find_line(copy, keys, &value)) != 0) len = strlen(value);
  if (found && leases_value(value, len, 0, &out, &len, &fault) == 0) CHECK(len <= size);
  if (found && out == NULL) CHECK(fault != NULL);
  free(out);
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  hear(ctx, 4, data, size);
  hear(ctx, 6, data, size);
  fuzz_ctx_free(ctx, held);
  char *text = malloc(size + 1);
  CHECK(text != NULL);
  if (size > 0) memcpy(text, data, size);
  text[size] = 0;
  look(text, size, NULL);
  look(text, size, networkd_keys[0]);
  look(text, size, networkmanager_keys[0]);
  look(text, size, networkmanager_keys[1]);
  free(text);
  return 0;
}
