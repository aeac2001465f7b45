/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded information about bootstrap servers and onboarding: the object and its getters. */
#include "trust/info.h"

#include "formats/uri.h"

int32_t sztp__info_new(sztp_ctx_t *ctx, uint32_t kind, sztp_info_t **out) {
  sztp_info_t *info = sztp__alloc(ctx, sizeof *info);
  if (info == NULL) return SZTP_ERR_MEMORY;
  info->ctx = ctx;
  info->kind = kind;
  *out = info;
  return SZTP_OK;
}

int32_t sztp__info_add_server(sztp_info_t *info, sztp__span_t host, uint16_t port) {
  sztp__info_server_t *grown =
      sztp__realloc(info->ctx, info->servers, (info->server_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  info->servers = grown;
  sztp__info_server_t server = {
      sztp__copy(info->ctx, host.data, host.len), host.len, port, NULL, 0, 0, NULL, 0};
  if (server.host == NULL) return SZTP_ERR_MEMORY;
  info->servers[info->server_count++] = server;
  return SZTP_OK;
}

int sztp__info_has_server(const sztp_info_t *info, sztp__span_t host, uint16_t port) {
  for (size_t i = 0; i < info->server_count; i++)
    if (info->servers[i].port == port &&
        sztp__host_equal(sztp__span(info->servers[i].host, info->servers[i].host_len), host))
      return 1;
  return 0;
}

void sztp_info_free(sztp_info_t *info) {
  if (info == NULL || sztp__in_callback(info->ctx)) return;
  for (size_t i = 0; i < info->server_count; i++) {
    sztp__free(info->ctx, info->servers[i].host);
    sztp__free(info->ctx, info->servers[i].anchor);
    sztp__free(info->ctx, info->servers[i].hints);
  }
  sztp__free(info->ctx, info->servers);
  for (size_t i = 0; i < SZTP__INFO_FIELDS; i++) sztp__blob_free(info->ctx, &info->one[i]);
  for (size_t i = 0; i < info->uri_count; i++) sztp__blob_free(info->ctx, &info->uris[i]);
  sztp__free(info->ctx, info->uris);
  sztp__free(info->ctx, info);
}

uint32_t sztp_info_kind(const sztp_info_t *info) { return info == NULL ? SZTP_INFO_NONE : info->kind; }

static int is_server_field(uint32_t field) {
  return field >= SZTP_INFO_SERVER_ADDRESS && field <= SZTP_INFO_SERVER_HINTS;
}

size_t sztp_info_count(const sztp_info_t *info, uint32_t field) {
  if (info == NULL || field >= SZTP__INFO_FIELDS) return 0;
  if (is_server_field(field)) return info->server_count;
  if (field == SZTP_INFO_IMAGE_URI) return info->uri_count;
  if (field == SZTP_INFO_CONFIG_HANDLING) return info->handling != 0;
  return info->one[field].data != NULL;
}

int32_t sztp_info_i64(const sztp_info_t *info, uint32_t field, size_t index, int64_t *out) {
  if (info == NULL || out == NULL) return SZTP_ERR_ARG;
  if (field != SZTP_INFO_SERVER_PORT && field != SZTP_INFO_CONFIG_HANDLING) return SZTP_ERR_ARG;
  if (index >= sztp_info_count(info, field)) return SZTP_ERR_NOT_FOUND;
  *out = field == SZTP_INFO_SERVER_PORT ? (int64_t)info->servers[index].port : (int64_t)info->handling;
  return SZTP_OK;
}

int32_t sztp_info_bytes(const sztp_info_t *info, uint32_t field, size_t index, const uint8_t **data,
                        size_t *len) {
  if (info == NULL || data == NULL || len == NULL || field == 0 || field >= SZTP__INFO_FIELDS ||
      field == SZTP_INFO_SERVER_PORT || field == SZTP_INFO_CONFIG_HANDLING)
    return SZTP_ERR_ARG;
  if (index >= sztp_info_count(info, field)) return SZTP_ERR_NOT_FOUND;
  sztp__blob_t found = {NULL, 0};
  if (field == SZTP_INFO_SERVER_ADDRESS) {
    found.data = info->servers[index].host;
    found.len = info->servers[index].host_len;
  } else if (field == SZTP_INFO_SERVER_ANCHOR) {
    found.data = info->servers[index].anchor;
    found.len = info->servers[index].anchor_len;
  } else if (field == SZTP_INFO_SERVER_HINTS) {
    found.data = info->servers[index].hints;
    found.len = info->servers[index].hints_len;
  } else {
    found = field == SZTP_INFO_IMAGE_URI ? info->uris[index] : info->one[field];
  }
  if (found.data == NULL) return SZTP_ERR_NOT_FOUND;
  *data = found.data;
  *len = found.len;
  return SZTP_OK;
}
