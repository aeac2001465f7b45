/* SPDX-License-Identifier: Apache-2.0 */
/* Brings PKCS #8 private keys into their oldest form. */
#include "formats/pkcs8.h"

#include "formats/der.h"

size_t sztp__pkcs8_plain(uint8_t *der, size_t len) {
  static const uint8_t version_1[] = {SZTP__DER_INTEGER, 1, 0};
  uint8_t head[SZTP__DER_HEAD_MAX];
  sztp__der_t d;
  sztp__der_t fields;
  sztp__tlv_t algorithm;
  sztp__tlv_t key;
  int32_t version = 0;
  sztp__der_init(&d, NULL, sztp__span(der, len));
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &fields) != SZTP_OK || !sztp__der_at_end(&d) ||
      sztp__der_small(&fields, &version) != SZTP_OK || version > 1 ||
      sztp__der_expect(&fields, SZTP__DER_SEQUENCE, &algorithm) != SZTP_OK ||
      sztp__der_expect(&fields, SZTP__DER_OCTET_STRING, &key) != SZTP_OK)
    return len;
  if (version == 0 && sztp__der_at_end(&fields)) return len;
  size_t contents = sizeof version_1 + algorithm.whole.len + key.whole.len;
  size_t head_len = sztp__der_head(head, SZTP__DER_SEQUENCE, contents);
  /* algorithm and key follow one another, and don't move towards the end: nothing is longer than
   * before */
  memmove(der + head_len + sizeof version_1, algorithm.whole.data, algorithm.whole.len + key.whole.len);
  memcpy(der, head, head_len);
  memcpy(der + head_len, version_1, sizeof version_1);
  memset(der + head_len + contents, 0, len - head_len - contents);
  return head_len + contents;
}
