/* SPDX-License-Identifier: Apache-2.0 */
/* Progress reports (RFC 8572 7.3): their types and the body of report-progress. */
#include "exchange/progress.h"

#include "ground/text.h"

static const char *const TYPES[] = {
    [SZTP__PROGRESS_BOOTSTRAP_INITIATED] = "bootstrap-initiated",
    [SZTP__PROGRESS_PARSING_INITIATED] = "parsing-initiated",
    [SZTP__PROGRESS_PARSING_WARNING] = "parsing-warning",
    [SZTP__PROGRESS_PARSING_ERROR] = "parsing-error",
    [SZTP__PROGRESS_PARSING_COMPLETE] = "parsing-complete",
    [SZTP__PROGRESS_IMAGE_INITIATED] = "boot-image-initiated",
    [SZTP__PROGRESS_IMAGE_WARNING] = "boot-image-warning",
    [SZTP__PROGRESS_IMAGE_ERROR] = "boot-image-error",
    [SZTP__PROGRESS_IMAGE_MISMATCH] = "boot-image-mismatch",
    [SZTP__PROGRESS_IMAGE_INSTALLED_REBOOTING] = "boot-image-installed-rebooting",
    [SZTP__PROGRESS_IMAGE_COMPLETE] = "boot-image-complete",
    [SZTP__PROGRESS_PRE_SCRIPT_INITIATED] = "pre-script-initiated",
    [SZTP__PROGRESS_PRE_SCRIPT_WARNING] = "pre-script-warning",
    [SZTP__PROGRESS_PRE_SCRIPT_ERROR] = "pre-script-error",
    [SZTP__PROGRESS_PRE_SCRIPT_COMPLETE] = "pre-script-complete",
    [SZTP__PROGRESS_CONFIG_INITIATED] = "config-initiated",
    [SZTP__PROGRESS_CONFIG_WARNING] = "config-warning",
    [SZTP__PROGRESS_CONFIG_ERROR] = "config-error",
    [SZTP__PROGRESS_CONFIG_COMPLETE] = "config-complete",
    [SZTP__PROGRESS_POST_SCRIPT_INITIATED] = "post-script-initiated",
    [SZTP__PROGRESS_POST_SCRIPT_WARNING] = "post-script-warning",
    [SZTP__PROGRESS_POST_SCRIPT_ERROR] = "post-script-error",
    [SZTP__PROGRESS_POST_SCRIPT_COMPLETE] = "post-script-complete",
    [SZTP__PROGRESS_BOOTSTRAP_WARNING] = "bootstrap-warning",
    [SZTP__PROGRESS_BOOTSTRAP_ERROR] = "bootstrap-error",
    [SZTP__PROGRESS_BOOTSTRAP_COMPLETE] = "bootstrap-complete",
    [SZTP__PROGRESS_INFORMATIONAL] = "informational",
};
#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

const char *sztp__progress_name(uint32_t type) { return type == 0 || type >= TYPE_COUNT ? "" : TYPES[type]; }

#define TYPE(type) ((uint32_t)1 << (SZTP__PROGRESS_##type))

int sztp__progress_at_minimal(uint32_t type) {
  static const uint32_t minimal = TYPE(BOOTSTRAP_INITIATED) | TYPE(PARSING_ERROR) | TYPE(IMAGE_ERROR) |
                                  TYPE(IMAGE_INSTALLED_REBOOTING) | TYPE(PRE_SCRIPT_ERROR) |
                                  TYPE(CONFIG_ERROR) | TYPE(POST_SCRIPT_ERROR) | TYPE(BOOTSTRAP_WARNING) |
                                  TYPE(BOOTSTRAP_ERROR) | TYPE(BOOTSTRAP_COMPLETE);
  return type != 0 && type < TYPE_COUNT && (minimal >> type & 1) != 0;
}

int32_t sztp__progress_body(const sztp_device_t *dev, uint32_t type, sztp__span_t message, uint32_t encoding,
                            sztp__buf_t *body) {
  sztp__yang_writer_t w;
  sztp__write_begin(&w, body, encoding, "ietf-sztp-bootstrap-server", "input");
  sztp__write_text(&w, "progress-type", sztp__span_of(sztp__progress_name(type)));
  if (message.len > 0) sztp__write_text(&w, "message", message);
  if (type == SZTP__PROGRESS_BOOTSTRAP_COMPLETE) sztp__put_host_keys(dev, &w);
  sztp__write_end(&w, "input");
  return body->status;
}

/* The length of the character that @p text begins with; 0 if it is none, or one that a YANG string can't hold
 * (RFC 7950 14): a control other than tab and line end, or a noncharacter. */
static size_t string_step(sztp__span_t text) {
  size_t n = sztp__utf8_step(text);
  const uint8_t *p = text.data;
  if (n == 1 && p[0] < 0x20 && p[0] != '\t' && p[0] != '\n' && p[0] != '\r') return 0;
  if (n == 3 && p[0] == 0xef && p[1] == 0xb7 && p[2] >= 0x90 && p[2] <= 0xaf) return 0;
  if (n == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) return 0;
  if (n == 4 && (p[1] & 0x0f) == 0x0f && p[2] == 0xbf && p[3] >= 0xbe) return 0;
  return n;
}

static int is_progress_string(sztp__span_t text) {
  size_t at = 0;
  while (at < text.len) {
    size_t n = string_step(sztp__span(text.data + at, text.len - at));
    if (n == 0) return 0;
    at += n;
  }
  return 1;
}

/* Adds @p text with what a string can't hold replaced by U+FFFD. */
static void add_clean(sztp__buf_t *out, sztp__span_t text) {
  size_t at = 0;
  while (at < text.len && out->status == SZTP_OK) {
    size_t n = string_step(sztp__span(text.data + at, text.len - at));
    if (n == 0) {
      sztp__buf_add_text(out, "\xef\xbf\xbd");
      at++;
    } else {
      sztp__buf_add(out, text.data + at, n);
      at += n;
    }
  }
}

int32_t sztp__progress_message(sztp__buf_t *out, sztp__span_t text, int keep_end) {
  static const char marker[] = "[...]";
  /* A replaced octet takes three: a third of the room is safe for what is kept of broken text. */
  size_t room = is_progress_string(text) ? SZTP__MESSAGE_MAX : SZTP__MESSAGE_MAX / 3;
  if (text.len <= room) {
    add_clean(out, text);
    return out->status;
  }
  room -= sizeof marker;
  if (!keep_end) {
    add_clean(out, sztp__span(text.data, sztp__utf8_cut(text, room)));
    return sztp__buf_add_text(out, marker);
  }
  size_t from = text.len - room;
  while (from < text.len && (text.data[from] & 0xc0) == 0x80) from++;
  sztp__buf_add_text(out, marker);
  add_clean(out, sztp__span(text.data + from, text.len - from));
  return out->status;
}
