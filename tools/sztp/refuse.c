/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at what goes into an artifact for what no device accepts. */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ground/time.h"

int refuse(command_t *c, int force, const char *fmt, ...) {
  char text[600];
  va_list args;
  va_start(args, fmt);
  int written = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (written < 0) text[0] = '\0';
  if (c->value[force] != NULL) {
    (void)command_wrong(c, "note: every device refuses this, it is made all the same: %s", text);
    return 0;
  }
  (void)command_wrong(c, "not made, since every device refuses it: %s; --force makes it all the same", text);
  return EXIT_REJECTED;
}

const char *refuse_script_text(const uint8_t *script, size_t len) {
  static const char elf[] = "\x7f\x45\x4c\x46";
  if (len == 0) return "is empty";
  int is_text = len > 4 && memcmp(script, "#!", 2) == 0;
  if (!is_text && (len <= 4 || memcmp(script, elf, 4) != 0))
    return "does not begin with #! and its interpreter, as #!/bin/sh";
  const uint8_t *end = memchr(script, '\n', len);
  if (is_text && end != NULL && end[-1] == '\r')
    return "has line ends of Windows, with which no interpreter is found";
  return NULL;
}

static void keep_text(char *out, size_t room, const char *value) { (void)snprintf(out, room, "%s", value); }

static int32_t hear_cert(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  cert_facts_t *f = user;
  (void)len;
  if (depth != 0 || value == NULL) return 0;
  if (strcmp(name, "subject") == 0) keep_text(f->subject, sizeof f->subject, value);
  if (strcmp(name, "issuer") == 0) keep_text(f->issuer, sizeof f->issuer, value);
  if (strcmp(name, "key-usage") == 0) keep_text(f->key_usage, sizeof f->key_usage, value);
  if (strcmp(name, "is-ca") == 0) f->is_ca = strncmp(value, "yes", 3) == 0;
  if (strcmp(name, "extended-key-usage") == 0) f->for_servers |= strcmp(value, "serverAuth") == 0;
  if (strcmp(name, "not-before") == 0) (void)sztp__time_parse(sztp__span_of(value), &f->not_before);
  if (strcmp(name, "not-after") == 0) (void)sztp__time_parse(sztp__span_of(value), &f->not_after);
  return 0;
}

int cert_facts(const command_t *c, const uint8_t *certs, size_t len, cert_facts_t *out) {
  size_t first = input_first_element(certs, len);
  memset(out, 0, sizeof *out);
  out->not_after = INT64_MAX;
  if (first == 0 || sztp_inspect(c->ctx, certs, first, hear_cert, out) != SZTP_OK) return -1;
  out->self_issued = strcmp(out->subject, out->issuer) == 0;
  return 0;
}

int refuse_signer(command_t *c, int force, const char *path) {
  octets_t certs = {NULL, 0};
  cert_facts_t f;
  size_t count = 0;
  char end[SZTP__DATE_SIZE];
  int64_t now = (int64_t)time(NULL);
  if (strcmp(path, "-") == 0) return 0; /* it is read once */
  if (input_objects(c, INPUT_CERTIFICATES, "--signer", path, &certs, &count) != 0) return EXIT_WRONG;
  int known = cert_facts(c, certs.data, certs.len, &f) == 0;
  input_free(&certs);
  if (!known) return 0;
  if (f.key_usage[0] != '\0' && strstr(f.key_usage, "digitalSignature") == NULL)
    return refuse(c, force, "--signer: %s may not sign: its key usage is %s, without digitalSignature",
                  f.subject, f.key_usage);
  if (f.not_after < now)
    return refuse(c, force, "--signer: the certificate of %s has expired on %s", f.subject,
                  sztp__time_format(end, f.not_after));
  if (f.not_before > now)
    return refuse(c, force, "--signer: the certificate of %s starts on %s", f.subject,
                  sztp__time_format(end, f.not_before));
  return 0;
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
  if (copy[0] == '\0' || strcmp(copy, serial) == 0)
    return 0; /* none in it: the device has it from elsewhere */
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
