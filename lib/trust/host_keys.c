/* SPDX-License-Identifier: Apache-2.0 */
/* What a device tells its bootstrap server at the end: its SSH host keys, and the trust anchors of its own
 * certificates (RFC 8572 7.3). */
#include "cryptography/chain.h"
#include "cryptography/cms_write.h"
#include "ground/text.h"
#include "trust/device_private.h"

/* PROG-15; whether the chain's signatures are weak is the receiver's affair. */
static int32_t check_report_chain(sztp_device_t *dev, const sztp__certs_t *list) {
  const sztp__cert_t *lowest = NULL;
  int32_t rc = sztp__chain_read(dev->ctx, list->v, list->n, 1, &lowest);
  if (rc != SZTP_ERR_PKIX_NO_PATH) return rc;
  return sztp__fail(dev->ctx, SZTP_ERR_CONFIG, "device.report-anchor",
                    "the certificates are not one chain that ends in a self-signed root");
}

int32_t sztp__report_anchor_take(sztp_device_t *dev, const sztp__certs_t *list) {
  int32_t rc = check_report_chain(dev, list);
  if (rc < 0) return rc;
  sztp__blob_t *grown =
      sztp__realloc(dev->ctx, dev->report_anchors, (dev->report_anchor_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  dev->report_anchors = grown;
  sztp__buf_t all;
  sztp__buf_t bag;
  sztp__buf_init(&all, dev->ctx, SZTP__CERT_FILE_MAX);
  sztp__buf_init(&bag, dev->ctx, SZTP__CERT_FILE_MAX);
  for (size_t i = 0; i < list->n; i++) sztp__buf_add_span(&all, list->v[i].der);
  sztp__blob_t *slot = &dev->report_anchors[dev->report_anchor_count];
  rc = all.status;
  if (rc == SZTP_OK) rc = sztp__cms_write_bag(&bag, sztp__buf_span(&all), sztp__span(NULL, 0));
  if (rc == SZTP_OK) rc = sztp__buf_take(&bag, &slot->data, &slot->len);
  sztp__buf_clear(&all);
  sztp__buf_clear(&bag);
  if (rc == SZTP_OK) dev->report_anchor_count++;
  return rc;
}

/* 1 if the blob begins with a length and that many printable ASCII characters (RFC 4251 5; D-146). */
static int host_key_ok(sztp__span_t blob) {
  if (blob.len < 5) return 0;
  uint32_t n = (uint32_t)blob.data[0] << 24 | (uint32_t)blob.data[1] << 16 | (uint32_t)blob.data[2] << 8 |
               blob.data[3];
  if (n == 0 || n > 64 || n > blob.len - 4 || blob.len - 4 == n) return 0;
  for (uint32_t i = 0; i < n; i++)
    if (blob.data[4 + i] < 0x21 || blob.data[4 + i] > 0x7e) return 0;
  return 1;
}

int32_t sztp__host_key_add(sztp_device_t *dev, const char *algorithm, const uint8_t *blob, size_t len) {
  int32_t rc = sztp__text_check(dev->ctx, "device", sztp__span_of(algorithm), 64);
  if (rc < 0) return rc;
  if (!host_key_ok(sztp__span(blob, len)))
    return sztp__fail(dev->ctx, SZTP_ERR_TEXT, "device.host-key",
                      "the key blob does not begin with a length-prefixed identifier (RFC 4253 6.6)");
  if (dev->host_key_count >= 16)
    return sztp__fail(dev->ctx, SZTP_ERR_LIMIT, "device.host-key", "more than 16 host keys");
  sztp__host_key_t *grown =
      sztp__realloc(dev->ctx, dev->host_keys, (dev->host_key_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  dev->host_keys = grown;
  sztp__host_key_t key = {(char *)sztp__copy(dev->ctx, algorithm, strlen(algorithm)),
                          {sztp__copy(dev->ctx, blob, len), len}};
  if (key.algorithm == NULL || key.blob.data == NULL) {
    sztp__free(dev->ctx, key.algorithm);
    sztp__free(dev->ctx, key.blob.data);
    return SZTP_ERR_MEMORY;
  }
  dev->host_keys[dev->host_key_count++] = key;
  return SZTP_OK;
}

void sztp__host_keys_free(sztp_device_t *dev) {
  for (size_t i = 0; i < dev->host_key_count; i++) {
    sztp__free(dev->ctx, dev->host_keys[i].algorithm);
    sztp__free(dev->ctx, dev->host_keys[i].blob.data);
  }
  sztp__free(dev->ctx, dev->host_keys);
  for (size_t i = 0; i < dev->report_anchor_count; i++) sztp__free(dev->ctx, dev->report_anchors[i].data);
  sztp__free(dev->ctx, dev->report_anchors);
}
