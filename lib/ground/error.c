/* SPDX-License-Identifier: Apache-2.0 */
/* Which error code is what: its place in the list, its label, its class. */
#include "ground/error_list.h"

#define CODE_OF(code, label, class, text)  SZTP_ERR_##code,
#define LABEL_OF(code, label, class, text) label,
#define CLASS_OF(code, label, class, text) SZTP_CLASS_##class,

size_t sztp__error_place(int32_t code) {
  static const int32_t codes[] = {SZTP_OK, SZTP_PENDING, SZTP__ERRORS(CODE_OF)};
  size_t i = 0;
  while (i < sizeof codes / sizeof codes[0] && codes[i] != code) i++;
  return i;
}

const char *sztp_error_label(int32_t code) {
  static const char *const labels[] = {"", "", SZTP__ERRORS(LABEL_OF) ""};
  return labels[sztp__error_place(code)];
}

uint32_t sztp_error_class(int32_t code) {
  static const uint8_t classes[] = {SZTP_CLASS_NONE, SZTP_CLASS_NONE, SZTP__ERRORS(CLASS_OF) SZTP_CLASS_NONE};
  return classes[sztp__error_place(code)];
}

const char *sztp_class_name(uint32_t error_class) {
  static const char *const names[] = {"none",    "caller",  "resource", "data",
                                      "refused", "network", "host",     "onboarding"};
  return error_class < sizeof names / sizeof *names ? names[error_class] : "";
}
