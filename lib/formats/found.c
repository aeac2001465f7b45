/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises what people hand over in place of DER, and which DER it is. */
#include "formats/found.h"

#include "formats/der.h"
#include "ground/text.h"

#define LOOK_MAX 1024 /* octets that are looked at in text */

static const char cms_words[] = "CMS (PKCS #7)";

static int begins(sztp__span_t data, const void *with, size_t len) {
  return data.len >= len && memcmp(data.data, with, len) == 0;
}

/* ---- binary files -------------------------------------------------------------------------------- */

static const struct {
  const char *octets;
  size_t len;
  const char *words;
} magics[] = {
    {"\x1f\x8b", 2, "compressed by gzip"},
    {"BZh", 3, "compressed by bzip2"},
    {"\xfd"
     "7zXZ",
     5, "compressed by xz"},
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd"},
    {"PK\x03\x04", 4, "a ZIP file"},
    {"\xff\xfe", 2, "text in UTF-16"},
    {"\xfe\xff", 2, "text in UTF-16"},
    {"\xd4\xc3\xb2\xa1", 4, "a packet capture"},
    {"\xa1\xb2\xc3\xd4", 4, "a packet capture"},
    {"\x0a\x0d\x0d\x0a", 4, "a packet capture"},
    {"\x7f"
     "ELF",
     4, "a program (ELF)"},
    {"\xfe\xed\xfe\xed", 4, "a Java key store"},
    {"#!", 2, "a script"},
    {"openssh-key-v1", 14, "an OpenSSH key"},
    {"ssh-", 4, "an OpenSSH public key"},
};

static const char *binary_words(sztp__span_t data) {
  for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
    if (begins(data, magics[i].octets, magics[i].len)) return magics[i].words;
  return NULL;
}

/* ---- text ---------------------------------------------------------------------------------------- */

static uint8_t lower(uint8_t c) { return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

/* 1 if @p word, in lower case, stands at the start of @p text in any case. */
static int starts_as(sztp__span_t text, const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i < n; i++)
    if (i >= text.len || lower(text.data[i]) != (uint8_t)word[i]) return 0;
  return 1;
}

static int holds(sztp__span_t text, const char *word) {
  for (size_t i = 0; i < text.len && i < LOOK_MAX; i++)
    if (starts_as(sztp__span_from(text, i), word)) return 1;
  return 0;
}

static int is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static int is_mail(sztp__span_t text) {
  static const char *const fields[] = {
      "mime-version:", "content-type:", "content-disposition:", "from:", "to:",
      "subject:",      "received:",     "return-path:",         "date:", NULL};
  for (size_t i = 0; fields[i] != NULL; i++)
    if (starts_as(text, fields[i])) return 1;
  return 0;
}

/* 1 if it has letters, digits, "+/=" and blanks only, and enough of them. */
static int is_base64(sztp__span_t text) {
  for (size_t i = 0; i < text.len && i < LOOK_MAX; i++) {
    uint8_t c = text.data[i];
    uint8_t l = lower(c);
    if (!((l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' ||
          is_blank(c)))
      return 0;
  }
  return text.len >= 64;
}

static int is_text(sztp__span_t text) {
  size_t end = text.len;
  if (end > LOOK_MAX) end = sztp__utf8_cut(text, LOOK_MAX);
  if (!sztp__utf8_valid(sztp__span(text.data, end))) return 0;
  for (size_t i = 0; i < end; i++)
    if (text.data[i] < 0x20 && !is_blank(text.data[i])) return 0;
  return 1;
}

static const char *text_words(sztp__span_t data) {
  sztp__span_t text = data;
  if (begins(text, "\xef\xbb\xbf", 3)) text = sztp__span_from(text, 3);
  while (text.len > 0 && is_blank(text.data[0])) text = sztp__span_from(text, 1);
  if (text.len == 0) return "nothing but blanks";
  if (text.data[0] == '<')
    return holds(text, "<html") || starts_as(text, "<!doctype html") ? SZTP__FOUND_HTML : "XML";
  if (!is_text(text)) return NULL;
  if (text.data[0] == '{' || text.data[0] == '[') return "JSON";
  if (starts_as(text, "http/")) return "an HTTP reply with its head";
  if (is_mail(text)) return "a mail (S/MIME)";
  if (holds(text, "-----begin ")) return SZTP__FOUND_PEM;
  return is_base64(text) ? SZTP__FOUND_BASE64 : "text";
}

/* ---- DER ----------------------------------------------------------------------------------------- */

static const uint8_t pkcs7_arcs[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};

/* The tags of the first few elements inside @p d, as far as they can be read. */
static size_t tags_inside(sztp__der_t d, uint8_t *tags, size_t cap) {
  sztp__tlv_t tlv;
  size_t n = 0;
  while (n < cap && !sztp__der_at_end(&d) && sztp__der_any(&d, &tlv) == SZTP_OK) tags[n++] = tlv.tag;
  return n;
}

/* A SEQUENCE that begins with a SEQUENCE: what is signed, a key, or an encrypted key. */
static const char *nested_words(sztp__der_t first, uint8_t second) {
  uint8_t tags[4] = {0, 0, 0, 0};
  (void)tags_inside(first, tags, sizeof tags);
  if (tags[0] == SZTP__DER_OID && second == SZTP__DER_BIT_STRING) return SZTP__FOUND_PUBLIC_KEY;
  if (tags[0] == SZTP__DER_OID && second == SZTP__DER_OCTET_STRING) return SZTP__FOUND_ENCRYPTED_KEY;
  if (second != SZTP__DER_SEQUENCE) return NULL;
  if (tags[0] == SZTP__DER_CONTEXT_CONSTRUCTED) return SZTP__FOUND_CERTIFICATE;
  if (tags[0] != SZTP__DER_INTEGER || tags[1] != SZTP__DER_SEQUENCE) return NULL;
  if (tags[2] == SZTP__DER_UTC_TIME || tags[2] == SZTP__DER_GENERALIZED_TIME) return NULL;
  if (tags[2] == SZTP__DER_SEQUENCE && tags[3] == SZTP__DER_CONTEXT_CONSTRUCTED) return SZTP__FOUND_CSR;
  if (tags[2] == SZTP__DER_SEQUENCE &&
      (tags[3] == SZTP__DER_UTC_TIME || tags[3] == SZTP__DER_GENERALIZED_TIME))
    return "a revocation list (CRL)";
  return tags[2] == SZTP__DER_SEQUENCE && tags[3] == SZTP__DER_SEQUENCE ? SZTP__FOUND_CERTIFICATE : NULL;
}

/* A SEQUENCE that begins with a version. */
static const char *versioned_words(sztp__der_t d) {
  sztp__tlv_t tlv;
  uint8_t tags[4] = {0, 0, 0, 0};
  sztp__der_t all = d;
  sztp__der_t inside;
  (void)tags_inside(d, tags, sizeof tags);
  if (tags[1] == SZTP__DER_INTEGER) return "an RSA private key";
  if (tags[1] == SZTP__DER_OCTET_STRING) return "an EC private key";
  if (tags[1] != SZTP__DER_SEQUENCE) return NULL;
  if (tags[2] == SZTP__DER_OCTET_STRING) return "a private key (PKCS #8)";
  if (sztp__der_any(&all, &tlv) != SZTP_OK || sztp__der_any(&all, &tlv) != SZTP_OK) return NULL;
  inside = sztp__der_inside(&all, &tlv);
  if (sztp__der_any(&inside, &tlv) == SZTP_OK && tlv.tag == SZTP__DER_OID &&
      begins(tlv.value, pkcs7_arcs, sizeof pkcs7_arcs))
    return SZTP__FOUND_PKCS12;
  return NULL;
}

static const char *der_words(sztp__span_t data) {
  sztp__der_t d;
  sztp__der_t whole;
  sztp__tlv_t first;
  sztp__tlv_t second = {0};
  sztp__der_init(&d, NULL, data);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &whole) != SZTP_OK) return NULL;
  sztp__der_t rest = whole;
  if (sztp__der_any(&rest, &first) != SZTP_OK) return NULL;
  if (first.tag == SZTP__DER_OID && begins(first.value, pkcs7_arcs, sizeof pkcs7_arcs)) return cms_words;
  if (first.tag == SZTP__DER_INTEGER) return versioned_words(whole);
  if (first.tag != SZTP__DER_SEQUENCE || sztp__der_any(&rest, &second) != SZTP_OK) return NULL;
  return nested_words(sztp__der_inside(&whole, &first), second.tag);
}

/* ---- all of them --------------------------------------------------------------------------------- */

const char *sztp__found(sztp__span_t data) {
  if (data.len == 0) return "empty";
  if (data.data[0] == SZTP__DER_SEQUENCE) {
    const char *words = der_words(data);
    if (words != NULL) return words;
  }
  const char *words = binary_words(data);
  return words != NULL ? words : text_words(data);
}

const char *sztp__found_not_cms(sztp__span_t data) {
  const char *words = sztp__found(data);
  return words == cms_words ? NULL : words;
}
