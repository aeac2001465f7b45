/* SPDX-License-Identifier: Apache-2.0 */
/* Host names, addresses, https://host[:port]. */
#include "formats/uri.h"

#include "ground/text.h"

#define NAME_MAX_LEN  253
#define LABEL_MAX_LEN 63
#define ZONE_MAX_LEN  63

static int is_uri_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static int is_letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static uint8_t uri_lower(uint8_t c) { return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

static sztp__span_t uri_part(sztp__span_t s, size_t from, size_t to) {
  return sztp__span(s.data + from, to - from);
}

/* The index of the first @p c from @p from on, or the length. */
static size_t find_in(sztp__span_t s, size_t from, uint8_t c) {
  while (from < s.len && s.data[from] != c) from++;
  return from;
}

/* ---- address literals ---------------------------------------------------------------------------- */

/* Four decimal numbers without leading zeros, which some readers take for octal. 1 if it is one. */
static int parse_ipv4(sztp__span_t s, uint8_t out[4]) {
  size_t at = 0;
  for (size_t i = 0; i < 4; i++) {
    size_t dot = find_in(s, at, '.');
    uint64_t n;
    if (sztp__decimal(uri_part(s, at, dot), 255, &n) != SZTP_OK) return 0;
    out[i] = (uint8_t)n;
    if ((dot == s.len) != (i == 3)) return 0;
    at = dot + 1;
  }
  return 1;
}

/* 1 to 4 hex digits. */
static int parse_group(sztp__span_t s, uint8_t out[2]) {
  unsigned value = 0;
  if (s.len == 0 || s.len > 4) return 0;
  for (size_t i = 0; i < s.len; i++) {
    uint8_t c = uri_lower(s.data[i]);
    if (!is_uri_digit(c) && !(c >= 'a' && c <= 'f')) return 0;
    value = value << 4 | (unsigned)(is_uri_digit(c) ? c - '0' : c - 'a' + 10);
  }
  out[0] = (uint8_t)(value >> 8);
  out[1] = (uint8_t)value;
  return 1;
}

/* RFC 4291 2.2, without zone. 1 if it is one. */
static int parse_ipv6(sztp__span_t s, uint8_t out[16]) {
  uint8_t octets[16] = {0};
  size_t len = 0;
  size_t gap = SIZE_MAX; /* the position of "::", in octets */
  size_t at = 0;
  if (s.len >= 2 && s.data[0] == ':' && s.data[1] == ':') {
    gap = 0;
    at = 2;
  }
  while (at < s.len) {
    size_t colon = find_in(s, at, ':');
    sztp__span_t group = uri_part(s, at, colon);
    if (colon == s.len && len <= 12 && parse_ipv4(group, octets + len)) {
      len += 4;
      break;
    }
    if (len == 16 || !parse_group(group, octets + len)) return 0;
    len += 2;
    if (colon == s.len) break;
    at = colon + 1;
    if (at == s.len) return 0; /* a single colon at the end */
    if (s.data[at] != ':') continue;
    if (gap != SIZE_MAX) return 0;
    gap = len;
    at++;
  }
  if (gap == SIZE_MAX ? len != 16 : len > 14) return 0;
  memset(out, 0, 16);
  if (gap == SIZE_MAX) gap = len;
  memcpy(out, octets, gap);
  memcpy(out + 16 - (len - gap), octets + gap, len - gap);
  return 1;
}

/* RFC 6874's unreserved characters. */
static int is_zone(sztp__span_t zone) {
  if (zone.len == 0 || zone.len > ZONE_MAX_LEN) return 0;
  for (size_t i = 0; i < zone.len; i++) {
    uint8_t c = zone.data[i];
    if (!is_uri_digit(c) && !is_letter(c) && c != '-' && c != '.' && c != '_' && c != '~') return 0;
  }
  return 1;
}

static uint32_t parse_address(sztp__span_t host, uint8_t out[16]) {
  if (parse_ipv4(host, out)) return SZTP__HOST_IPV4;
  size_t percent = find_in(host, 0, '%');
  if (percent < host.len && !is_zone(uri_part(host, percent + 1, host.len))) return 0;
  return parse_ipv6(uri_part(host, 0, percent), out) ? SZTP__HOST_IPV6 : 0;
}

int32_t sztp__host_octets(sztp__span_t host, uint8_t out[16], size_t *len) {
  uint32_t kind = host.len == 0 ? 0 : parse_address(host, out);
  if (kind == 0) return SZTP_ERR_URI;
  *len = kind == SZTP__HOST_IPV4 ? 4 : 16;
  return SZTP_OK;
}

/* ---- names --------------------------------------------------------------------------------------- */

/* 1 for a label that readers of addresses take for a number: decimal, or hex with 0x. */
static int is_number(sztp__span_t label) {
  size_t at = 0;
  int hex = label.len >= 2 && label.data[0] == '0' && uri_lower(label.data[1]) == 'x';
  if (hex) at = 2;
  for (; at < label.len; at++) {
    uint8_t c = uri_lower(label.data[at]);
    if (!is_uri_digit(c) && !(hex && c >= 'a' && c <= 'f')) return 0;
  }
  return 1;
}

/* NULL, or what is wrong with a label. */
static const char *label_fault(sztp__span_t label) {
  if (label.len == 0) return SZTP__WORDS("an empty label");
  if (label.len > LABEL_MAX_LEN) return SZTP__WORDS("a label of more than 63 characters");
  if (label.data[0] == '-' || label.data[label.len - 1] == '-')
    return SZTP__WORDS("a label with '-' at its start or end");
  for (size_t i = 0; i < label.len; i++) {
    uint8_t c = label.data[i];
    if (!is_uri_digit(c) && !is_letter(c) && c != '-' && c != '_')
      return SZTP__WORDS("a character other than letters, digits, '-', '_' and '.'");
  }
  return NULL;
}

/* NULL, or what is wrong with a DNS name. */
static const char *host_name_fault(sztp__span_t name) {
  if (name.len > NAME_MAX_LEN) return SZTP__WORDS("more than 253 characters");
  if (name.len > 1 && name.data[name.len - 1] == '.') name.len--;
  for (size_t at = 0;;) {
    size_t dot = find_in(name, at, '.');
    const char *fault = label_fault(uri_part(name, at, dot));
    if (fault != NULL) return fault;
    if (dot == name.len)
      return is_number(uri_part(name, at, dot)) ? "a number as the last label, but no address" : NULL;
    at = dot + 1;
  }
}

int32_t sztp__host_kind(sztp_ctx_t *ctx, sztp__span_t host, uint32_t *kind) {
  uint8_t octets[16];
  if (host.len == 0) return sztp__fail(ctx, SZTP_ERR_URI, "host", "the host is empty");
  uint32_t found = parse_address(host, octets);
  if (found == 0) {
    const char *fault = host_name_fault(host);
    char shown[SZTP__NAME_SIZE];
    if (fault != NULL)
      return sztp__fail(ctx, SZTP_ERR_URI, "host", "host '%s' has %s",
                        sztp__printable(shown, sizeof shown, host), fault);
    found = SZTP__HOST_NAME;
  }
  *kind = found;
  return SZTP_OK;
}

int sztp__host_equal(sztp__span_t a, sztp__span_t b) {
  if (a.len > 0 && a.data[a.len - 1] == '.') a.len--;
  if (b.len > 0 && b.data[b.len - 1] == '.') b.len--;
  if (a.len != b.len) return 0;
  for (size_t i = 0; i < a.len; i++)
    if (uri_lower(a.data[i]) != uri_lower(b.data[i])) return 0;
  return 1;
}

/* ---- https://host[:port] ------------------------------------------------------------------------- */

static const char scheme[] = "https://";
#define SCHEME_LEN (sizeof scheme - 1)

static int has_scheme(sztp__span_t uri) {
  if (uri.len < SCHEME_LEN) return 0;
  for (size_t i = 0; i < SCHEME_LEN; i++)
    if (uri_lower(uri.data[i]) != (uint8_t)scheme[i]) return 0;
  return 1;
}

/* ":" and the port, ":" alone or nothing. */
static int parse_port(sztp__span_t s, uint16_t *out) {
  uint64_t n = 443;
  if (s.len > 0 && s.data[0] != ':') return 0;
  if (s.len > 1 && (sztp__decimal(uri_part(s, 1, s.len), 65535, &n) != SZTP_OK || n == 0)) return 0;
  *out = (uint16_t)n;
  return 1;
}

/* The fault, or NULL with @p out filled in except for a name's form. */
static const char *parse_server(sztp__span_t uri, sztp__authority_t *out) {
  uint8_t octets[16];
  if (!has_scheme(uri)) return SZTP__WORDS("does not start with https://");
  sztp__span_t rest = uri_part(uri, SCHEME_LEN, uri.len);
  if (rest.len > 0 && rest.data[rest.len - 1] == '/') rest.len--;
  if (find_in(rest, 0, '@') < rest.len) return SZTP__WORDS("has user information");
  if (find_in(rest, 0, '/') < rest.len || find_in(rest, 0, '?') < rest.len ||
      find_in(rest, 0, '#') < rest.len)
    return SZTP__WORDS("has a path, query or fragment");
  int bracket = rest.len > 0 && rest.data[0] == '[';
  size_t end = bracket ? find_in(rest, 0, ']') : find_in(rest, 0, ':');
  if (bracket && end == rest.len) return SZTP__WORDS("has a bracket that is not closed");
  out->host = uri_part(rest, bracket ? 1 : 0, end);
  if (bracket && !parse_ipv6(out->host, octets))
    return SZTP__WORDS("has no IPv6 address between the brackets");
  if (!bracket && find_in(rest, end + 1, ':') < rest.len)
    return SZTP__WORDS("has an IPv6 address without brackets");
  if (!parse_port(uri_part(rest, end + (bracket ? 1 : 0), rest.len), &out->port))
    return SZTP__WORDS("has no port from 1 to 65535");
  out->kind = bracket ? SZTP__HOST_IPV6 : SZTP__HOST_NAME;
  return NULL;
}

int32_t sztp__uri_server(sztp_ctx_t *ctx, sztp__span_t uri, sztp__authority_t *out) {
  sztp__authority_t a = {{NULL, 0}, 0, 0};
  while (uri.len > 0 && uri.data[uri.len - 1] == 0) uri.len--;
  const char *fault = parse_server(uri, &a);
  char shown[SZTP__NAME_SIZE];
  if (fault != NULL)
    return sztp__fail(ctx, SZTP_ERR_URI, "uri", "'%s' %s", sztp__printable(shown, sizeof shown, uri), fault);
  if (a.kind != SZTP__HOST_IPV6) {
    int32_t rc = sztp__host_kind(ctx, a.host, &a.kind);
    if (rc != SZTP_OK) return rc;
  }
  *out = a;
  return SZTP_OK;
}
