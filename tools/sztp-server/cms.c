/* SPDX-License-Identifier: Apache-2.0 */
/* Finds its way through ContentInfo and SignedData (RFC 5652 3, 5.1). */
#include "cms.h"

#include "formats/der.h"

enum { CONTEXT_0 = SZTP__DER_CONTEXT_CONSTRUCTED };

uint32_t cms_type(const uint8_t *cms, size_t len) {
  static const uint8_t pkcs7[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07}; /* 1.2.840.113549.1.7 */
  static const uint8_t auth_enveloped[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                           0x01, 0x09, 0x10, 0x01, 0x17}; /* 1.2.840.113549.1.9.16.1.23 */
  sztp__der_t d;
  sztp__der_t info;
  sztp__span_t oid;
  sztp__der_init(&d, NULL, sztp__span(cms, len));
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &info) != 0 || sztp__der_oid(&info, &oid) != 0) return CMS_NONE;
  if (sztp__span_equal(oid, sztp__span(auth_enveloped, sizeof auth_enveloped))) return CMS_ENCRYPTED;
  if (oid.len != sizeof pkcs7 + 1 || memcmp(oid.data, pkcs7, sizeof pkcs7) != 0) return CMS_PLAIN;
  if (oid.data[sizeof pkcs7] == 2) return CMS_SIGNED;
  return oid.data[sizeof pkcs7] == 3 ? CMS_ENCRYPTED : CMS_PLAIN;
}

/* An element on a path through DER. */
typedef struct way {
  uint8_t tag;
  int enter; /* 1: the element is entered, 0: it is skipped */
} way_t;

/* What the last element of the path holds, borrowed. 0, or -1 if it isn't there or is empty. */
static int follow(const uint8_t *der, size_t len, const way_t *way, size_t steps, const uint8_t **out,
                  size_t *out_len) {
  sztp__der_t d;
  sztp__tlv_t element = {0, {NULL, 0}, {NULL, 0}};
  sztp__der_init(&d, NULL, sztp__span(der, len));
  for (size_t i = 0; i < steps; i++) {
    if (sztp__der_expect(&d, way[i].tag, &element) != 0) return -1;
    if (way[i].enter) d = sztp__der_inside(&d, &element);
  }
  *out = element.value.data;
  *out_len = element.value.len;
  return element.value.len > 0 ? 0 : -1;
}

int cms_certificates(const uint8_t *cms, size_t len, const uint8_t **certs, size_t *certs_len) {
  static const way_t way[] = {{SZTP__DER_SEQUENCE, 1}, {SZTP__DER_OID, 0},     {CONTEXT_0, 1},
                              {SZTP__DER_SEQUENCE, 1}, {SZTP__DER_INTEGER, 0}, {SZTP__DER_SET, 0},
                              {SZTP__DER_SEQUENCE, 0}, {CONTEXT_0, 1}};
  return follow(cms, len, way, sizeof way / sizeof way[0], certs, certs_len);
}

int cms_content(const uint8_t *cms, size_t len, const uint8_t **content, size_t *content_len) {
  static const way_t way[] = {{SZTP__DER_SEQUENCE, 1},    {SZTP__DER_OID, 0},     {CONTEXT_0, 1},
                              {SZTP__DER_SEQUENCE, 1},    {SZTP__DER_INTEGER, 0}, {SZTP__DER_SET, 0},
                              {SZTP__DER_SEQUENCE, 1},    {SZTP__DER_OID, 0},     {CONTEXT_0, 1},
                              {SZTP__DER_OCTET_STRING, 1}};
  return follow(cms, len, way, sizeof way / sizeof way[0], content, content_len);
}
