/* SPDX-License-Identifier: Apache-2.0 */
/* The value of the DHCP options: servers that are taken are names or addresses with a port, each once, never
 * with an anchor. The first octet says whether text without lengths is read. */
#include "fuzz/fuzzing.h"

#include <sztp/discovery.h>

#include "formats/uri.h"
#include "trust/info.h"

static void check(sztp_ctx_t *ctx, const sztp_info_t *info) {
  CHECK(info->kind == SZTP_INFO_REDIRECT && info->server_count > 0 && info->server_count <= 64);
  for (size_t i = 0; i < info->server_count; i++) {
    const sztp__info_server_t *s = &info->servers[i];
    sztp__span_t host = sztp__span(s->host, s->host_len);
    uint32_t kind = 0;
    CHECK(s->port != 0 && s->anchor == NULL);
    CHECK(sztp__host_kind(ctx, host, &kind) == 0);
    for (size_t k = 0; k < i; k++)
      CHECK(info->servers[k].port != s->port ||
            !sztp__host_equal(host, sztp__span(info->servers[k].host, info->servers[k].host_len)));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp_info_t *info = NULL;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = sztp_dhcp_parse(ctx, 4, data[0] & 1, data + 1, size - 1, &info);
  if (rc == 0) {
    check(ctx, info);
  } else {
    CHECK(rc == SZTP_ERR_NOT_FOUND && info == NULL);
    fuzz_check_failure(ctx, rc);
  }
  sztp_info_free(info);
  fuzz_ctx_free(ctx, held);
  return 0;
}
