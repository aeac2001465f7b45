/* SPDX-License-Identifier: Apache-2.0 */
/* Reads statements up to ';', '{' or '}', in which quoted texts may hold any of these. */
#define _POSIX_C_SOURCE 200809L
#include "lease_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/octets.h"

enum { MAX_FILE = 1048576, MAX_NAME = 256 };

typedef struct reader {
  const char *at, *end;
  uint32_t family;
  lease_t lease; /* the one that is being read */
  lease_file_t *out;
} reader_t;

/* ---- values -------------------------------------------------------------------------------------- */

static int octal(const char *at, const char *end) {
  int value = 0;
  if (end - at < 3) return -1;
  for (int i = 0; i < 3; i++) {
    if (at[i] < '0' || at[i] > '7') return -1;
    value = value * 8 + (at[i] - '0');
  }
  return value > 255 ? -1 : value;
}

/* The octets of a text in quotes, as dhclient writes them; several texts with commas between them are one
 * after another. */
static void unquote(const char *at, const char *end, uint8_t *out, size_t *len) {
  int quoted = 0;
  *len = 0;
  for (; at < end; at++) {
    int value = quoted && *at == '\\' ? octal(at + 1, end) : -1;
    if (*at == '"')
      quoted = !quoted;
    else if (value >= 0) {
      out[(*len)++] = (uint8_t)value;
      at += 3;
    } else if (quoted) {
      if (*at == '\\' && at + 1 < end) at++;
      out[(*len)++] = (uint8_t)*at;
    }
  }
}

/* 0, or -1 without memory; a value that is neither text nor hex is none. */
static int take_value(lease_t *lease, const char *at, const char *end) {
  size_t room = (size_t)(end - at);
  uint8_t *value = malloc(room + 1);
  char *text = malloc(room + 1);
  int result = value == NULL || text == NULL ? -1 : 0;
  size_t len = 0;
  if (result == 0) {
    memcpy(text, at, room);
    text[room] = '\0';
    if (memchr(at, '"', room) != NULL)
      unquote(at, end, value, &len);
    else if (octets_from_hex(text, value, room, &len) != 0)
      len = 0;
  }
  free(text);
  free(lease->value);
  lease->value = NULL;
  if (result == 0 && len > 0) {
    lease->value = value;
    lease->len = len;
  } else
    free(value);
  return result;
}

/* ---- statements ---------------------------------------------------------------------------------- */

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* If a statement begins with this word, the place behind it and what separates it from the next; else NULL.
 */
static const char *behind(const char *at, const char *end, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(end - at) <= len || memcmp(at, word, len) != 0 || !is_blank(at[len])) return NULL;
  for (at += len; at < end && is_blank(*at);) at++;
  return at;
}

static const char *behind_name(const char *at, const char *end, uint32_t family) {
  static const char *const names[2][3] = {{"sztp-redirect-urls", "sztp-redirect", "unknown-143"},
                                          {"sztp-redirect-urls", "sztp-redirect", "unknown-136"}};
  static const char space[] = "dhcp6.";
  if (family == 6) {
    if ((size_t)(end - at) < sizeof space || memcmp(at, space, sizeof space - 1) != 0) return NULL;
    at += sizeof space - 1;
  }
  for (size_t i = 0; i < 3; i++) {
    const char *value = behind(at, end, names[family == 6][i]);
    if (value != NULL) return value;
  }
  return NULL;
}

static int take_statement(reader_t *r, const char *at, const char *end) {
  const char *link = behind(at, end, "interface");
  const char *option = behind(at, end, "option");
  const char *value = option == NULL ? NULL : behind_name(option, end, r->family);
  if (link != NULL) {
    uint8_t name[MAX_NAME];
    size_t len = 0;
    if ((size_t)(end - link) <= sizeof name) unquote(link, end, name, &len);
    if (len >= sizeof r->lease.link) len = 0;
    memcpy(r->lease.link, name, len);
    r->lease.link[len] = '\0';
  }
  return value == NULL ? 0 : take_value(&r->lease, value, end);
}

/* A later lease takes the place of the link's earlier one, with the option or without. */
static void end_lease(reader_t *r) {
  lease_file_t *f = r->out;
  size_t i = 0;
  while (i < f->count && strcmp(f->at[i].link, r->lease.link) != 0) i++;
  if (i == LEASE_LINKS)
    free(r->lease.value);
  else {
    if (i == f->count)
      f->count++;
    else
      free(f->at[i].value);
    f->at[i] = r->lease;
  }
  memset(&r->lease, 0, sizeof r->lease);
}

/* From r->at to the octet that ends the statement, which is returned, or '\0' at the end of the file. */
static char find_end(reader_t *r) {
  for (int quoted = 0; r->at < r->end; r->at++) {
    char c = *r->at;
    if (quoted && c == '\\' && r->at + 1 < r->end)
      r->at++;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == ';' || c == '{' || c == '}'))
      return c;
  }
  return '\0';
}

static int read_leases(reader_t *r) {
  size_t depth = 0;
  for (;;) {
    while (r->at < r->end && is_blank(*r->at)) r->at++;
    if (r->at < r->end && *r->at == '#') {
      while (r->at < r->end && *r->at != '\n') r->at++;
      continue;
    }
    const char *begin = r->at;
    char c = find_end(r);
    if (c == '\0') return 0; /* a lease that is being written does not count */
    if (c == ';' && depth > 0 && take_statement(r, begin, r->at) != 0) return -1;
    if (c == '{') depth++;
    if (c == '}' && depth > 0 && --depth == 0) end_lease(r);
    r->at++;
  }
}

int lease_file_parse(const char *text, size_t len, uint32_t family, lease_file_t *out) {
  reader_t r;
  memset(out, 0, sizeof *out);
  memset(&r, 0, sizeof r);
  r.at = text;
  r.end = text + len;
  r.family = family;
  r.out = out;
  int result = read_leases(&r);
  free(r.lease.value);
  size_t kept = 0;
  for (size_t i = 0; i < out->count; i++)
    if (out->at[i].value != NULL) out->at[kept++] = out->at[i];
  out->count = kept;
  if (result != 0) lease_file_free(out);
  return result;
}

int lease_file_read(const char *path, uint32_t family, lease_file_t *out) {
  uint8_t *text = NULL;
  size_t len = 0;
  memset(out, 0, sizeof *out);
  if (file_read(path, MAX_FILE, &text, &len) != 0) return -1;
  int result = lease_file_parse((const char *)text, len, family, out);
  free(text);
  if (result != 0) errno = ENOMEM;
  return result;
}

void lease_file_free(lease_file_t *leases) {
  for (size_t i = 0; i < leases->count; i++) free(leases->at[i].value);
  leases->count = 0;
}
