/* SPDX-License-Identifier: Apache-2.0 */
/* Paths on removable storage. Layouts, serial numbers and URIs are copied component by component; anything
 * that could lead elsewhere is refused, not normalised. */
#include "medium.h"

#include <stdio.h>
#include <string.h>

#include "common/octets.h"

enum { MAX_SERIAL = 200, MAX_COMPONENTS = 32 };

const char *const medium_layouts[MEDIUM_LAYOUTS] = {MEDIUM_LAYOUT_XR, MEDIUM_LAYOUT, "{serial}", MEDIUM_ROOT};

static const char serial_word[] = "{serial}", enterprise_word[] = "{enterprise}";

static int is_control(char c) { return (unsigned char)c < 0x20 || c == 0x7f; }

static int is_dots(const char *name, size_t len) {
  return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

int medium_serial_is_name(const char *serial) {
  size_t len = strlen(serial);
  if (len == 0 || len > MAX_SERIAL || is_dots(serial, len)) return 0;
  for (size_t i = 0; i < len; i++)
    if (serial[i] == '/' || serial[i] == '\\' || is_control(serial[i])) return 0;
  return 1;
}

/* What is wrong with a path: its components may be anything that does not lead out of the medium. */
static const char *path_fault(const char *path, size_t len) {
  size_t components = 0;
  for (size_t at = 0; at <= len; components++) {
    const char *slash = memchr(path + at, '/', len - at);
    size_t n = slash == NULL ? len - at : (size_t)(slash - path) - at;
    if (n == 0) return "it has an empty component";
    if (is_dots(path + at, n)) return "a component is \".\" or \"..\"";
    at += n + 1;
  }
  if (components > MAX_COMPONENTS) return "it has too many components";
  for (size_t i = 0; i < len; i++)
    if (path[i] == '\\' || is_control(path[i])) return "it has a backslash or a control character";
  return NULL;
}

/* ---- layouts ------------------------------------------------------------------------------------- */

/* Length of the placeholder at @p text, or 0. */
static size_t placeholder(const char *text) {
  static const char *const words[] = {serial_word, enterprise_word};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strncmp(text, words[i], strlen(words[i])) == 0) return strlen(words[i]);
  return 0;
}

const char *medium_layout_fault(const char *layout) {
  size_t len = strlen(layout);
  if (strcmp(layout, MEDIUM_ROOT) == 0) return NULL;
  if (len >= MEDIUM_PATH / 2) return "it is too long";
  const char *fault = len == 0 ? "it is empty" : path_fault(layout, len);
  for (size_t i = 0; fault == NULL && i < len; i++) {
    size_t word = layout[i] == '{' || layout[i] == '}' ? placeholder(layout + i) : 1;
    if (word == 0) return "braces stand around something else than serial or enterprise";
    i += word - 1;
  }
  return fault;
}

int medium_layout_has_enterprise(const char *layout) { return strstr(layout, enterprise_word) != NULL; }

static int append_octets(char *out, size_t *used, const char *text, size_t len) {
  if (len >= MEDIUM_PATH - *used) return -1;
  memcpy(out + *used, text, len);
  *used += len;
  out[*used] = 0;
  return 0;
}

int medium_path(const char *layout, const char *serial, uint64_t enterprise, char out[MEDIUM_PATH]) {
  char number[24];
  size_t used = 0;
  int result = 0;
  (void)snprintf(number, sizeof number, "%llu", (unsigned long long)enterprise);
  for (const char *at = layout; *at != '\0' && result == 0;) {
    size_t word = placeholder(at);
    if (word == 0)
      result = append_octets(out, &used, at++, 1);
    else {
      int is_serial = word == sizeof serial_word - 1;
      const char *value = is_serial ? serial : number;
      if (is_serial ? serial == NULL || !medium_serial_is_name(serial) : enterprise == 0) return -1;
      result = append_octets(out, &used, value, strlen(value));
      at += word;
    }
  }
  return result == 0 && (strcmp(layout, MEDIUM_ROOT) == 0 || path_fault(out, used) == NULL) ? 0 : -1;
}

/* ---- URIs ---------------------------------------------------------------------------------------- */

/* Length of @p word if @p uri begins with it in any case, else 0. */
static size_t begins(const char *uri, size_t len, const char *word) {
  size_t n = strlen(word);
  if (len < n) return 0;
  for (size_t i = 0; i < n; i++) {
    char c = uri[i] >= 'A' && uri[i] <= 'Z' ? (char)(uri[i] - 'A' + 'a') : uri[i];
    if (c != word[i]) return 0;
  }
  return n;
}

int medium_is_file_uri(const char *uri) { return begins(uri, strlen(uri), "file:") != 0; }

/* Decodes percent-encoding. An encoded slash would be part of a name, and no name here may contain one. */
static const char *decode_percent(const char *text, size_t len, char out[MEDIUM_PATH], size_t *used) {
  *used = 0;
  for (size_t i = 0; i < len; i++) {
    char c = text[i];
    if (c == '?' || c == '#') return "a query or fragment, which no file has";
    if (c == '%') {
      int high = i + 2 < len ? octets_hex_digit(text[i + 1]) : -1,
          low = high < 0 ? -1 : octets_hex_digit(text[i + 2]);
      if (low < 0) return "a percent sign without two hex digits";
      c = (char)(high << 4 | low);
      if (c == '/') return "an encoded slash";
      i += 2;
    }
    if (append_octets(out, used, &c, 1) != 0) return "a path that is too long";
  }
  return NULL;
}

/* IOS-XR puts the drive in front of a path (file:///disk2:/images/x), as Windows does. */
static void drop_drive(char path[MEDIUM_PATH]) {
  size_t n = strcspn(path, "/");
  if (n > 1 && path[n - 1] == ':' && path[n] == '/') memmove(path, path + n + 1, strlen(path + n + 1) + 1);
}

const char *medium_uri_path(const char *uri, size_t len, char out[MEDIUM_PATH]) {
  size_t scheme = begins(uri, len, "file:"), used = 0;
  if (scheme == 0) return "not a file: URI";
  uri += scheme;
  len -= scheme;
  if (begins(uri, len, "//") != 0) {
    size_t host = begins(uri + 2, len - 2, "localhost");
    uri += 2 + host;
    len -= 2 + host;
  }
  if (len == 0 || uri[0] != '/') return "another host, or no absolute path";
  const char *fault = decode_percent(uri + 1, len - 1, out, &used);
  if (fault != NULL) return fault;
  if (memchr(out, 0, used) != NULL) return "a NUL";
  drop_drive(out);
  return used == 0 ? "no path" : path_fault(out, strlen(out));
}

void medium_path_uri(const char *path, char out[MEDIUM_URI]) {
  static const char plain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=@/";
  size_t used = (size_t)snprintf(out, MEDIUM_URI, "file:///");
  for (; *path != '\0' && used + 4 < MEDIUM_URI; path++)
    if (strchr(plain, *path) != NULL)
      out[used++] = *path;
    else
      used += (size_t)snprintf(out + used, MEDIUM_URI - used, "%%%02X", (unsigned)(unsigned char)*path);
  out[used] = '\0';
}
