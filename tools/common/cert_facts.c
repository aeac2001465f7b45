/* SPDX-License-Identifier: Apache-2.0 */
/* Hears what sztp_inspect() says of a certificate. */
#include "cert_facts.h"

#include <stdio.h>
#include <string.h>
#include <sztp/artifacts.h>
#include <sztp/error.h>

#include "ground/time.h"

static void keep_text(char *out, size_t room, const char *value) { (void)snprintf(out, room, "%s", value); }

static int32_t hear_cert(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  cert_facts_t *f = user;
  (void)len;
  if (depth != 0 || value == NULL) return 0;
  if (strcmp(name, "subject") == 0) keep_text(f->subject, sizeof f->subject, value);
  if (strcmp(name, "issuer") == 0) keep_text(f->issuer, sizeof f->issuer, value);
  if (strcmp(name, "key-usage") == 0) keep_text(f->key_usage, sizeof f->key_usage, value);
  if (strcmp(name, "is-ca") == 0) f->is_ca = strncmp(value, "yes", 3) == 0;
  if (strcmp(name, "extended-key-usage") == 0) f->has_purposes = 1;
  if (strcmp(name, "extended-key-usage") == 0) f->for_servers |= strcmp(value, "serverAuth") == 0;
  if (strcmp(name, "not-before") == 0) (void)sztp__time_parse(sztp__span_of(value), &f->not_before);
  if (strcmp(name, "not-after") == 0) (void)sztp__time_parse(sztp__span_of(value), &f->not_after);
  return 0;
}

int cert_facts_read(sztp_ctx_t *ctx, const uint8_t *cert, size_t len, cert_facts_t *out) {
  memset(out, 0, sizeof *out);
  out->not_after = INT64_MAX;
  if (sztp_inspect(ctx, cert, len, hear_cert, out) != SZTP_OK) return -1;
  out->self_issued = strcmp(out->subject, out->issuer) == 0;
  return 0;
}

int cert_facts_out_of_date(const cert_facts_t *f, int64_t now, char *why) {
  char date[SZTP__DATE_SIZE];
  if (f->not_after >= now && f->not_before <= now) return 0;
  (void)snprintf(why, CERT_FAULT_MAX, "the certificate of %s %s %s", f->subject,
                 f->not_after < now ? "has expired on" : "starts on",
                 sztp__time_format(date, f->not_after < now ? f->not_after : f->not_before));
  return 1;
}

int cert_facts_no_signer(const cert_facts_t *f, int64_t now, char *why) {
  if (f->key_usage[0] == '\0' || strstr(f->key_usage, "digitalSignature") != NULL)
    return cert_facts_out_of_date(f, now, why);
  (void)snprintf(why, CERT_FAULT_MAX, "%s may not sign: its key usage is %s, without digitalSignature",
                 f->subject, f->key_usage);
  return 1;
}
