/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sentences of error codes, and the labels of reasons. A file of its own, so that a device that
 * never shows them does not carry them. */
#include "ground/error_list.h"

#define NAME_OF(code, label, class, text)  "SZTP_ERR_" #code,
#define LABEL_OF(code, label, class, text) label,
#define TEXT_OF(code, label, class, text)  text,

const char *sztp_error_name(int32_t code) {
  static const char *const names[] = {"SZTP_OK", "SZTP_PENDING", SZTP__ERRORS(NAME_OF) "SZTP_ERR_?"};
  return names[sztp__error_place(code)];
}

const char *sztp_error_label(int32_t code) {
  static const char *const labels[] = {"", "", SZTP__ERRORS(LABEL_OF) ""};
  return labels[sztp__error_place(code)];
}

#if SZTP__TERSE
const char *sztp_error_text(int32_t code) {
  (void)code;
  return "";
}
#else
const char *sztp_error_text(int32_t code) {
  static const char *const texts[] = {
      "Done without an error.", "Not finished; call again.",
      SZTP__ERRORS(TEXT_OF) /* NOLINT(bugprone-suspicious-missing-comma): each row ends with one */
      "This error code is not known to this version of libsztp; update the library."};
  return texts[sztp__error_place(code)];
}
#endif

const char *sztp_class_name(uint32_t error_class) {
  static const char *const names[] = {"none",    "caller",  "resource", "data",
                                      "refused", "network", "host",     "onboarding"};
  return error_class < sizeof names / sizeof *names ? names[error_class] : "";
}
