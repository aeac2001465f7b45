/* SPDX-License-Identifier: Apache-2.0 */
/* Server URIs and hosts: what is accepted is plain, and means the same when it is written down again. */
#include "fuzzing.h"

#include "formats/uri.h"
#include "ground/buf.h"

static void check_host(sztp__span_t host, uint32_t kind) {
  uint8_t octets[16];
  size_t len = 0;
  int32_t rc = sztp__host_octets(host, octets, &len);
  CHECK((rc == 0) == (kind != SZTP__HOST_NAME));
  if (rc == 0) CHECK(len == (kind == SZTP__HOST_IPV4 ? 4u : 16u));
  CHECK(host.len > 0 && sztp__host_equal(host, host));
  for (size_t i = 0; i < host.len; i++) CHECK(host.data[i] > 0x20 && host.data[i] < 0x7f);
}

static void check_server(sztp_ctx_t *ctx, sztp__span_t input, const sztp__authority_t *a) {
  uint32_t kind = 0;
  sztp__authority_t again;
  sztp__buf_t out;
  CHECK(fuzz_inside(a->host, input) && a->port > 0);
  CHECK(sztp__host_kind(ctx, a->host, &kind) == 0 && kind == a->kind);
  CHECK(memchr(a->host.data, '%', a->host.len) == NULL);
  sztp__buf_init(&out, ctx, SIZE_MAX / 4);
  sztp__buf_add_text(&out, a->kind == SZTP__HOST_IPV6 ? "https://[" : "https://");
  sztp__buf_add_span(&out, a->host);
  CHECK(sztp__buf_addf(&out, a->kind == SZTP__HOST_IPV6 ? "]:%u" : ":%u", a->port) == 0);
  CHECK(sztp__uri_server(ctx, sztp__buf_span(&out), &again) == 0);
  CHECK(again.port == a->port && again.kind == a->kind && sztp__span_equal(again.host, a->host));
  sztp__buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t input = sztp__span(data, size);
  sztp__authority_t a;
  uint32_t kind = 0;
  int32_t rc = sztp__uri_server(ctx, input, &a);
  if (rc == 0)
    check_server(ctx, input, &a);
  else
    fuzz_check_failure(ctx, rc);
  sztp__trail_clear(ctx);
  rc = sztp__host_kind(ctx, input, &kind);
  if (rc == 0)
    check_host(input, kind);
  else
    fuzz_check_failure(ctx, rc);
  fuzz_ctx_free(ctx, held);
  return 0;
}
