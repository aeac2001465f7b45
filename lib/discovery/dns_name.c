/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names: decompression, text, comparison. */
#include "discovery/dns_name.h"

#include "ground/text.h"

#define POINTER     0xc0 /* the two bits that make a length octet the start of a pointer */
#define HEADER_SIZE 12   /* no name lies in a message's header */
/* A name has no more labels than that, and a pointer to a pointer says nothing. Without a bound a message of
 * pointers alone costs its length squared. */
#define POINTERS_MAX 127

static uint8_t dns_lower(uint8_t c) { return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }
static int dns_digit(uint8_t c) { return c >= '0' && c <= '9'; }

void sztp__dns_name_init(sztp__dns_name_t *name) {
  name->wire[0] = 0;
  name->len = 1;
}

/* What is wrong with another label, or NULL after it was added. */
static const char *add_label(sztp__dns_name_t *name, const uint8_t *label, size_t len) {
  if (len == 0) return SZTP__WORDS("an empty label");
  if (len > SZTP__DNS_LABEL_MAX) return SZTP__WORDS("a label of more than 63 octets");
  if (len + 1 > SZTP__DNS_NAME_MAX - name->len) return SZTP__WORDS("more than 255 octets");
  name->wire[name->len - 1] = (uint8_t)len;
  memcpy(name->wire + name->len, label, len);
  name->len += len + 1;
  name->wire[name->len - 1] = 0;
  return NULL;
}

int32_t sztp__dns_name_add(sztp_ctx_t *ctx, sztp__dns_name_t *name, sztp__span_t label) {
  const char *fault = add_label(name, label.data, label.len);
  return fault == NULL ? SZTP_OK : sztp__fail(ctx, SZTP_ERR_LIMIT, "dns.name", "a name with %s", fault);
}

/* ---- text ---------------------------------------------------------------------------------------- */

/* The octet that the escape at @p *at denotes; -1 if it is none. Moves *at past it. */
static int unescape(sztp__span_t text, size_t *at) {
  const uint8_t *p = text.data + *at + 1;
  size_t left = text.len - *at - 1;
  if (left == 0) return -1;
  if (!dns_digit(p[0])) {
    *at += 2;
    return p[0];
  }
  if (left < 3 || !dns_digit(p[1]) || !dns_digit(p[2])) return -1;
  int value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
  *at += 4;
  return value <= 255 ? value : -1;
}

int32_t sztp__dns_name_add_text(sztp_ctx_t *ctx, sztp__dns_name_t *name, sztp__span_t text) {
  uint8_t label[SZTP__DNS_LABEL_MAX + 1];
  size_t len = 0;
  if (text.len == 0 || sztp__span_is(text, ".")) return SZTP_OK;
  for (size_t at = 0; at <= text.len;) {
    if (at == text.len || text.data[at] == '.') {
      int32_t rc = sztp__dns_name_add(ctx, name, sztp__span(label, len));
      if (rc < 0) return rc;
      len = 0;
      if (++at == text.len) break; /* the dot of an absolute name */
      continue;
    }
    int c = text.data[at] == '\\' ? unescape(text, &at) : text.data[at++];
    if (c < 0) return sztp__fail(ctx, SZTP_ERR_TEXT, "dns.name", "a backslash that escapes nothing");
    if (len <= SZTP__DNS_LABEL_MAX) label[len++] = (uint8_t)c; /* one more than allowed is refused above */
  }
  return SZTP_OK;
}

size_t sztp__dns_name_text(const sztp__dns_name_t *name, char *out) {
  char *p = out;
  for (size_t at = 0; name->wire[at] != 0; at += (size_t)name->wire[at] + 1) {
    const uint8_t *label = name->wire + at + 1;
    for (size_t i = 0; i < name->wire[at]; i++) {
      uint8_t c = label[i];
      if (c > 0x20 && c < 0x7f) {
        if (strchr(".\\\"();@$", c) != NULL) *p++ = '\\'; /* these have a meaning in zone files */
        *p++ = (char)c;
        continue;
      }
      *p++ = '\\';
      *p++ = (char)('0' + c / 100);
      *p++ = (char)('0' + c / 10 % 10);
      *p++ = (char)('0' + c % 10);
    }
    *p++ = '.';
  }
  if (p == out) *p++ = '.';
  *p = '\0';
  return (size_t)(p - out);
}

/* ---- comparing ----------------------------------------------------------------------------------- */

int sztp__dns_name_equal(const sztp__dns_name_t *a, const sztp__dns_name_t *b) {
  if (a->len != b->len) return 0;
  for (size_t i = 0; i < a->len; i++) /* a length octet is no letter */
    if (dns_lower(a->wire[i]) != dns_lower(b->wire[i])) return 0;
  return 1;
}

int sztp__dns_name_is_local(const sztp__dns_name_t *name) {
  static const uint8_t local[] = "\5local";
  if (name->len < sizeof local) return 0;
  size_t at = 0;
  while (at < name->len - sizeof local) at += (size_t)name->wire[at] + 1;
  if (at != name->len - sizeof local) return 0;
  for (size_t i = 0; i < sizeof local; i++)
    if (dns_lower(name->wire[at + i]) != local[i]) return 0;
  return 1;
}

/* ---- messages ------------------------------------------------------------------------------------ */

const char *sztp__dns_name_read(sztp__span_t message, size_t *at, sztp__dns_name_t *out) {
  size_t p = *at;
  size_t start = *at; /* of the part of the name that is being read */
  size_t end = 0;     /* after the name in the message, once a pointer was met */
  unsigned pointers = 0;
  sztp__dns_name_init(out);
  for (;;) {
    if (p >= message.len) return SZTP__WORDS("a name that runs past the end");
    uint8_t head = message.data[p];
    if (head == 0) break;
    if ((head & POINTER) == POINTER) {
      if (p + 1 >= message.len) return SZTP__WORDS("a compression pointer that runs past the end");
      size_t to = (size_t)(head & ~POINTER & 0xff) << 8 | message.data[p + 1];
      if (to >= start) return SZTP__WORDS("a compression pointer that does not lead backwards");
      if (to < HEADER_SIZE) return SZTP__WORDS("a compression pointer into the header");
      if (++pointers > POINTERS_MAX) return SZTP__WORDS("more compression pointers than a name has labels");
      if (end == 0) end = p + 2;
      p = start = to;
      continue;
    }
    if ((head & POINTER) != 0) return SZTP__WORDS("a label of unknown kind, or of more than 63 octets");
    if (head > message.len - p - 1) return SZTP__WORDS("a label that runs past the end");
    const char *fault = add_label(out, message.data + p + 1, head);
    if (fault != NULL) return SZTP__WORDS("a name of more than 255 octets");
    p += (size_t)head + 1;
  }
  *at = end != 0 ? end : p + 1;
  return NULL;
}
