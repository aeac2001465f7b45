/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a device what the options name: serial number, identity, anchors, private key. */
#include "device.h"

#include <stdio.h>

#include "input.h"

static int add_cert(command_t *c, sztp_device_t *dev, uint32_t role, const char *option, const char *path) {
  octets_t certs = {NULL, 0};
  size_t count = 0;
  if (input_objects(c, INPUT_CERTIFICATES, option, path, &certs, &count) != 0) return EXIT_WRONG;
  /* Of an identity file only the identity itself matters here. */
  size_t len = role == SZTP_CERT_IDENTITY ? input_first_element(certs.data, certs.len) : certs.len;
  int32_t result = sztp_device_add_cert(dev, role, certs.data, len);
  input_free(&certs);
  if (result == SZTP_OK) return 0;
  if (result == SZTP_ERR_CONFIG)
    return command_wrong(c, "%s: the subject of %s has no usable serial number; give --serial SN", option,
                         path);
  if (result == SZTP_ERR_DER)
    return command_wrong(c, "%s: %s holds something else than bare certificates, or broken ones: %s", option,
                         path, command_detail(c, result));
  char what[300];
  (void)snprintf(what, sizeof what, "%s: %.200s", option, path);
  return command_failed(c, what, result);
}

int device_set(command_t *c, const device_options_t *at, sztp_device_t *dev) {
  const char *serial = c->value[at->serial], *idevid = c->value[at->idevid];
  if (serial != NULL && sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, serial) != SZTP_OK)
    return command_wrong(c, "--serial: right are 1 to 256 octets of UTF-8 without control characters");
  if (idevid != NULL && add_cert(c, dev, SZTP_CERT_IDENTITY, "--idevid", idevid) != 0) return EXIT_WRONG;
  size_t from = 0;
  for (const char *path; (path = command_each(c, at->voucher_anchor, &from)) != NULL;)
    if (add_cert(c, dev, SZTP_CERT_VOUCHER_ANCHOR, "--voucher-anchor", path) != 0) return EXIT_WRONG;
  return 0;
}

int device_set_key(command_t *c, const device_options_t *at, sztp_device_t *dev, sztp_software_key_t **keys) {
  const char *path = c->value[at->key];
  octets_t key = {NULL, 0};
  if (path == NULL) return 0;
  if (input_key(c, "--key", path, &key) != 0) return EXIT_WRONG;
  int32_t result = sztp_software_key_new(keys);
  if (result == SZTP_OK) result = sztp_software_key_add(*keys, dev, key.data, key.len);
  if (result == SZTP_OK) result = sztp_device_set_key(dev, sztp_software_key, *keys);
  input_free(&key);
  if (result == SZTP_OK) return 0;
  if (result == SZTP_ERR_KEY)
    return command_wrong(c, "--key: %s is not the private key of %s, or can't be read; right is PEM or DER",
                         path, c->value[at->idevid]);
  return command_failed(c, "--key", result);
}
