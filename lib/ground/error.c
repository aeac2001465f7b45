/* SPDX-License-Identifier: Apache-2.0 */
/* Which error code is what: its place in the list, its class. */
#include "ground/error_list.h"

#define CODE_OF(code, label, class, text)  SZTP_ERR_##code,
#define CLASS_OF(code, label, class, text) SZTP_CLASS_##class,

size_t sztp__error_place(int32_t code) {
  static const int16_t codes[] = {SZTP_OK, SZTP_PENDING, SZTP__ERRORS(CODE_OF)};
  size_t i = 0;
  while (i < sizeof codes / sizeof codes[0] && codes[i] != code) i++;
  return i;
}

uint32_t sztp_error_class(int32_t code) {
  static const uint8_t classes[] = {SZTP_CLASS_NONE, SZTP_CLASS_NONE, SZTP__ERRORS(CLASS_OF) SZTP_CLASS_NONE};
  return classes[sztp__error_place(code)];
}
