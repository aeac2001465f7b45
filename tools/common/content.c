/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts, addresses of images, trust anchors of redirects: each as a device would use it. */
#define _POSIX_C_SOURCE 200809L
#include "content.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sztp/artifacts.h>
#include <sztp/ctx.h>
#include <sztp/error.h>
#include <sztp/verify.h>

enum { SHOWN_MAX = 200 };

typedef struct telling {
  sztp_ctx_t *ctx;
  const sztp_info_t *info;
  content_fault_fn tell;
  void *user;
} telling_t;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
tell_fault(const telling_t *t, const char *format, ...) {
  char text[600];
  va_list args;
  va_start(args, format);
  int written = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (written >= 0) t->tell(t->user, text);
}

static int shown(size_t len) { return (int)(len > SHOWN_MAX ? SHOWN_MAX : len); }

const char *content_script_fault(const uint8_t *script, size_t len) {
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

int content_takes_image(const void *uri, size_t len) {
  static const char *const begins[] = {"https://", "http://", "file:"};
  for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
    if (len > strlen(begins[i]) && strncasecmp(uri, begins[i], strlen(begins[i])) == 0) return 1;
  return 0;
}

static void tell_script(const telling_t *t, uint32_t field, const char *name) {
  const uint8_t *script = NULL;
  size_t len = 0;
  if (sztp_info_bytes(t->info, field, 0, &script, &len) != SZTP_OK) return;
  const char *fault = content_script_fault(script, len);
  if (fault != NULL) tell_fault(t, "the %s %s; no device can run it", name, fault);
}

/* A redirect's trust-anchor is a chain up to a self-signed root, as 'sztp conveyed redirect' makes it; with
 * any other no device authenticates the server. */
static void tell_anchors(const telling_t *t) {
  const uint8_t *host = NULL, *anchor = NULL;
  size_t host_len = 0, len = 0;
  for (size_t i = 0; i < sztp_info_count(t->info, SZTP_INFO_SERVER_ADDRESS); i++) {
    sztp_conveyed_t *again = NULL;
    if (sztp_info_bytes(t->info, SZTP_INFO_SERVER_ANCHOR, i, &anchor, &len) != SZTP_OK ||
        sztp_info_bytes(t->info, SZTP_INFO_SERVER_ADDRESS, i, &host, &host_len) != SZTP_OK ||
        sztp_conveyed_new(t->ctx, SZTP_INFO_REDIRECT, &again) != SZTP_OK)
      continue;
    int32_t result = sztp_conveyed_add_server(again, "localhost", 0, anchor, len), cause = 0;
    const char *detail = "";
    if (sztp_ctx_trail(t->ctx, 0, &cause, NULL, &detail) != SZTP_OK || detail[0] == '\0')
      detail = sztp_error_text(result);
    if (result != SZTP_OK && result != SZTP_ERR_MEMORY)
      tell_fault(t,
                 "the trust-anchor of %.*s is of no use: %s; devices want a chain up to a self-signed root",
                 shown(host_len), (const char *)host, detail);
    sztp_conveyed_free(again);
  }
}

static void tell_image(const telling_t *t) {
  const uint8_t *uri = NULL, *hash = NULL;
  size_t len = 0;
  size_t uris = sztp_info_count(t->info, SZTP_INFO_IMAGE_URI);
  for (size_t i = 0; i < uris; i++) {
    if (sztp_info_bytes(t->info, SZTP_INFO_IMAGE_URI, i, &uri, &len) != SZTP_OK) continue;
    if (content_takes_image(uri, len)) continue;
    tell_fault(t, "download-uri %.*s: devices take https, http and, from a medium, file", shown(len),
               (const char *)uri);
  }
  if (uris > 0 && sztp_info_bytes(t->info, SZTP_INFO_IMAGE_SHA256, 0, &hash, &len) != SZTP_OK)
    tell_fault(t, "the boot image has no fingerprint of SHA-256; no device installs it without");
}

void content_faults(sztp_ctx_t *ctx, const sztp_info_t *info, content_fault_fn tell_one, void *user) {
  const telling_t t = {ctx, info, tell_one, user};
  tell_anchors(&t);
  tell_script(&t, SZTP_INFO_PRE_SCRIPT, "pre-configuration-script");
  tell_script(&t, SZTP_INFO_POST_SCRIPT, "post-configuration-script");
  tell_image(&t);
}
