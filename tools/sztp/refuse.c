/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at what goes into an artifact for what no device accepts. */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* @p who refuses it, since @p why. */
static int refuse_for(command_t *c, int force, const char *who, const char *why) {
  if (c->value[force] != NULL) {
    (void)command_wrong(c, "note: %s refuses this, it is made all the same: %s", who, why);
    return 0;
  }
  (void)command_wrong(c, "not made, since %s refuses it: %s; --force makes it all the same", who, why);
  return EXIT_REJECTED;
}

int refuse(command_t *c, int force, const char *fmt, ...) {
  char text[600];
  va_list args;
  va_start(args, fmt);
  int written = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (written < 0) text[0] = '\0';
  return refuse_for(c, force, "every device", text);
}

int cert_facts(const command_t *c, const uint8_t *certs, size_t len, cert_facts_t *out) {
  size_t first = input_first_element(certs, len);
  return cert_facts_read(c->ctx, certs, first, out);
}

int refuse_signer(command_t *c, int force, const char *path) {
  octets_t certs = {NULL, 0};
  cert_facts_t f;
  size_t count = 0;
  char why[CERT_FAULT_MAX];
  if (strcmp(path, "-") == 0) return 0; /* it is read once */
  if (input_objects(c, INPUT_CERTIFICATES, "--signer", path, &certs, &count) != 0) return EXIT_WRONG;
  int known = cert_facts(c, certs.data, certs.len, &f) == 0;
  input_free(&certs);
  if (!known) return 0;
  if (cert_facts_no_signer(&f, (int64_t)time(NULL), why)) return refuse(c, force, "--signer: %s", why);
  return 0;
}

/* A device may be told its serial number, else it must find it in its identity (IDEV-01). */
static int refuse_nameless(command_t *c, int force, const char *path) {
  char why[400];
  (void)snprintf(why, sizeof why, "--idevid: the subject of %.300s has no usable serial number", path);
  return refuse_for(c, force, "a device that is not told its serial number", why);
}

static int compare_serial(command_t *c, int force, const octets_t *certs, const char *path,
                          const char *serial) {
  sztp_device_t *dev = NULL;
  const char *own = NULL;
  char copy[300] = "";
  int32_t result = sztp_device_new(c->ctx, &dev);
  if (result == SZTP_OK)
    result = sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, certs->data,
                                  input_first_element(certs->data, certs->len));
  if (result == SZTP_OK && sztp_device_text(dev, SZTP_DEVICE_SERIAL, &own) == SZTP_OK)
    (void)snprintf(copy, sizeof copy, "%s", own);
  sztp_device_free(dev);
  if (result == SZTP_ERR_CONFIG) return refuse_nameless(c, force, path);
  if (copy[0] == '\0' || strcmp(copy, serial) == 0) return 0; /* what can't be read, others refuse */
  return refuse(c, force, "--serial is %s, but %s is the identity of %s", serial, path, copy);
}

int refuse_identity(command_t *c, int force, const char *path, const char *serial) {
  octets_t certs = {NULL, 0};
  cert_facts_t f;
  size_t count = 0;
  int status = 0;
  if (strcmp(path, "-") == 0) return 0;
  if (input_objects(c, INPUT_CERTIFICATES, "--idevid", path, &certs, &count) != 0) return EXIT_WRONG;
  if (cert_facts(c, certs.data, certs.len, &f) == 0 && f.is_ca)
    status = refuse(c, force, "--idevid: %s is a CA and no device", f.subject);
  if (status == 0 && serial != NULL) status = compare_serial(c, force, &certs, path, serial);
  input_free(&certs);
  return status;
}
