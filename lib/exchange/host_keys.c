/* SPDX-License-Identifier: Apache-2.0 */
/* The device's SSH host keys and trust anchors in the last progress report. */
#include "exchange/progress.h"

static void put_ssh_keys(const sztp_device_t *dev, sztp__yang_writer_t *w) {
  sztp__write_open(w, "ssh-host-keys");
  sztp__write_list(w, "ssh-host-key");
  for (size_t i = 0; i < dev->host_key_count; i++) {
    const sztp__blob_t *key = &dev->host_keys[i].blob;
    sztp__write_open(w, "ssh-host-key");
    sztp__write_text(w, "algorithm", sztp__span_of(dev->host_keys[i].algorithm));
    sztp__write_binary(w, "key-data", sztp__blob_span(key));
    sztp__write_close(w, "ssh-host-key");
  }
  sztp__write_list_end(w);
  sztp__write_close(w, "ssh-host-keys");
}

static void put_anchors(const sztp_device_t *dev, sztp__yang_writer_t *w) {
  sztp__write_open(w, "trust-anchor-certs");
  sztp__write_list(w, "trust-anchor-cert");
  for (size_t i = 0; i < dev->report_anchor_count; i++) {
    const sztp__blob_t *anchor = &dev->report_anchors[i];
    sztp__write_binary(w, "trust-anchor-cert", sztp__blob_span(anchor));
  }
  sztp__write_list_end(w);
  sztp__write_close(w, "trust-anchor-certs");
}

void sztp__put_host_keys(const sztp_device_t *dev, sztp__yang_writer_t *w) {
  if (dev->host_key_count > 0) put_ssh_keys(dev, w);
  if (dev->report_anchor_count > 0) put_anchors(dev, w);
}
