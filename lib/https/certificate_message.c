/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lists of a Certificate message. What is in the certificates is others' affair. */
#include "https/certificate_message.h"

#include <stdlib.h>

#include <sztp/error.h>

#define HANDSHAKE_HEADER 4 /* octets: its type and its length */

/* Takes octets behind a length of @p size octets. 0 if they are cut off. */
static int counted(sztp__span_t *in, size_t size, sztp__span_t *out) {
  size_t len = 0;
  if (in->len < size) return 0;
  for (size_t i = 0; i < size; i++) len = len << 8 | in->data[i];
  if (in->len - size < len) return 0;
  *out = sztp__span(in->data + size, len);
  *in = sztp__span_from(*in, size + len);
  return 1;
}

/* In TLS 1.3 there is a context before the list, and there are extensions behind each certificate. */
int sztp__certificate_list(sztp__span_t message, int tls13, sztp__span_t *list) {
  sztp__span_t context;
  if (message.len < HANDSHAKE_HEADER) return 0;
  sztp__span_t in = sztp__span_from(message, HANDSHAKE_HEADER);
  return (!tls13 || counted(&in, 1, &context)) && counted(&in, 3, list) && in.len == 0;
}

int sztp__certificate_next(sztp__span_t *list, int tls13, sztp__span_t *der) {
  sztp__span_t extensions;
  return list->len > 0 && counted(list, 3, der) && (!tls13 || counted(list, 2, &extensions));
}

int32_t sztp__certificate_octets(sztp__span_t message, int tls13, uint8_t **out, size_t *out_len) {
  sztp__span_t list;
  sztp__span_t der;
  uint8_t *chain = malloc(message.len + 1);
  size_t at = 0;
  if (chain == NULL) return SZTP_ERR_MEMORY;
  if (!sztp__certificate_list(message, tls13, &list)) list = sztp__span(NULL, 0);
  while (sztp__certificate_next(&list, tls13, &der)) {
    if (der.len > 0) memcpy(chain + at, der.data, der.len);
    at += der.len;
  }
  *out = chain;
  *out_len = at;
  return SZTP_OK;
}
