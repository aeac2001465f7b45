/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the URI of a boot image, octet by octet: whatever else it might mean to others is refused. */
#include "https/image_uri.h"

#include "ground/text.h"

static int to_lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

static int uri_starts_with(sztp__span_t s, const char *word) {
  size_t n = strlen(word);
  if (s.len < n) return 0;
  for (size_t i = 0; i < n; i++)
    if (to_lower(s.data[i]) != to_lower((unsigned char)word[i])) return 0;
  return 1;
}

static sztp__span_t skip(sztp__span_t s, size_t n) { return sztp__span(s.data + n, s.len - n); }

/* Length of the part of @p s before the first of @p marks. */
static size_t text_before(sztp__span_t s, const char *marks) {
  size_t n = 0;
  while (n < s.len && strchr(marks, s.data[n]) == NULL) n++;
  return n;
}

static const char *read_host(sztp__span_t host, int bracketed, sztp__image_uri_t *out) {
  uint8_t octets[16];
  size_t n = 0;
  if (host.len == 0 || host.len >= sizeof out->host) return "the host is missing or too long";
  memcpy(out->host, host.data, host.len);
  out->host[host.len] = '\0';
  char *zone = bracketed ? strstr(out->host, "%25") : NULL; /* RFC 6874 */
  if (zone != NULL) memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
  sztp__span_t text = sztp__span_of(out->host);
  if (bracketed)
    return sztp__host_octets(text, octets, &n) == SZTP_OK && n == 16 ? NULL
                                                                     : "not an IPv6 address in brackets";
  for (size_t i = 0; i < text.len; i++) {
    uint8_t c = text.data[i];
    int ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == '.' || c == '_';
    if (!ok) return "not a host name";
  }
  return NULL;
}

static const char *image_port(sztp__span_t s, sztp__image_uri_t *out) {
  uint64_t port;
  out->port = out->secure ? 443 : 80;
  if (s.len == 0) return NULL;
  if (s.data[0] != ':') return "something other than a port after the host";
  if (s.len == 1) return NULL; /* RFC 3986 3.2.3: an empty port is the default one */
  if (sztp__decimal(skip(s, 1), 65535, &port) != SZTP_OK || port == 0) return "not a port";
  out->port = (uint16_t)port;
  return NULL;
}

const char *sztp__image_uri(sztp__span_t uri, sztp__image_uri_t *out) {
  memset(out, 0, sizeof *out);
  for (size_t i = 0; i < uri.len; i++)
    if (uri.data[i] <= 0x20 || uri.data[i] >= 0x7f) return "a character that no URI has";
  if (uri_starts_with(uri, "https://"))
    out->secure = 1;
  else if (!uri_starts_with(uri, "http://"))
    return "neither https nor http";
  uri = skip(uri, out->secure ? 8 : 7);
  size_t n = text_before(uri, "/?#");
  sztp__span_t authority = sztp__span(uri.data, n);
  uri = skip(uri, n);
  out->path = sztp__span(uri.data, text_before(uri, "#"));
  if (text_before(authority, "@") < authority.len) return "user information, which is not allowed";
  int bracketed = authority.len > 0 && authority.data[0] == '[';
  if (bracketed) authority = skip(authority, 1);
  n = text_before(authority, bracketed ? "]" : ":");
  if (bracketed && n == authority.len) return "a bracket that is not closed";
  const char *why = read_host(sztp__span(authority.data, n), bracketed, out);
  return why != NULL ? why : image_port(skip(authority, n + (size_t)bracketed), out);
}
