/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of conveyed information: what is accepted keeps to the model, what is refused has a reason of its
 * own, and anchors from untrusted sources are never decoded. The first octet says which encoding is declared
 * and whether the source is trusted. */
#include "fuzzing.h"

#include "formats/uri.h"
#include "ground/text.h"
#include "trust/conveyed.h"

static void check_redirect(sztp_ctx_t *ctx, const sztp_info_t *info, int trusted) {
  CHECK(info->server_count > 0);
  for (size_t i = 0; i < info->server_count; i++) {
    const sztp__info_server_t *s = &info->servers[i];
    uint32_t kind = 0;
    CHECK(s->port != 0);
    CHECK(sztp__host_kind(ctx, sztp__span(s->host, s->host_len), &kind) == 0);
    CHECK(trusted || (s->anchor == NULL && !s->anchor_unreadable));
    CHECK(s->anchor == NULL || !s->anchor_unreadable);
  }
}

static void check_onboarding(const sztp_info_t *info) {
  const sztp__blob_t *sha256 = &info->one[SZTP_INFO_IMAGE_SHA256];
  CHECK((info->one[SZTP_INFO_CONFIG].data != NULL) ==
        (info->handling == SZTP_CONFIG_MERGE || info->handling == SZTP_CONFIG_REPLACE));
  CHECK(sha256->data == NULL || (sha256->len == 32 && info->uri_count > 0));
  for (uint32_t field = 0; field < SZTP__INFO_FIELDS; field++)
    CHECK(info->one[field].data == NULL || info->one[field].len > 0); /* D-75 */
  for (uint32_t field = SZTP_INFO_OS_NAME; field <= SZTP_INFO_OS_VERSION; field++)
    CHECK(sztp__utf8_valid(sztp__span(info->one[field].data, info->one[field].len)));
  for (size_t i = 0; i < info->uri_count; i++)
    for (size_t k = 0; k < info->uris[i].len; k++)
      CHECK(info->uris[i].data[k] > 0x20 && info->uris[i].data[k] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t document = sztp__span(data + 1, size - 1);
  int trusted = data[0] & 1;
  uint32_t declared = (data[0] >> 1) % 3;
  uint32_t kind = 0;
  sztp_info_t *info = NULL;
  sztp__yang_t doc;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__conveyed_open(ctx, document, declared, &doc, &kind);
  if (rc == 0) CHECK(kind == SZTP_INFO_REDIRECT || kind == SZTP_INFO_ONBOARDING);
  if (rc == 0) rc = sztp__conveyed_read(&doc, kind, trusted, &info);
  sztp__yang_close(&doc);
  if (rc == 0) {
    CHECK(info->kind == kind);
    if (kind == SZTP_INFO_REDIRECT) check_redirect(ctx, info, trusted);
    if (kind == SZTP_INFO_ONBOARDING) check_onboarding(info);
  } else {
    CHECK(info == NULL);
    CHECK(rc == SZTP_ERR_MODEL_INVALID || rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_ENCODING_UNKNOWN ||
          rc == SZTP_ERR_ENCODING_MISMATCH);
    fuzz_check_failure(ctx, rc);
  }
  sztp_info_free(info);
  fuzz_ctx_free(ctx, held);
  return 0;
}
