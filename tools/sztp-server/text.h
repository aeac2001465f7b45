/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows: replies and log lines are written into it. */
#ifndef SZTP_SERVER_TEXT_H
#define SZTP_SERVER_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct text {
  char *data; /* NUL-terminated as soon as something was added */
  size_t len;
  size_t room;
  int failed; /* memory ran out; what follows is ignored */
} text_t;

#if defined(__GNUC__)
#define TEXT_FORMAT __attribute__((format(printf, 2, 3)))
#else
#define TEXT_FORMAT
#endif

void text_free(text_t *t);
void text_add(text_t *t, const char *data, size_t len);
void text_put(text_t *t, const char *string);
TEXT_FORMAT void text_printf(text_t *t, const char *format, ...);
/* A JSON string with its quotes. Octets that are not UTF-8 become U+FFFD (DATA-19). */
void text_json(text_t *t, const char *string);
/* XML character data; what XML 1.0 can't hold becomes U+FFFD (DATA-19). */
void text_xml(text_t *t, const char *string);
/* For a line that a person reads: control characters and octets that are not UTF-8 become '?', and at most
 * @p max octets are written (SEC-11). */
void text_neutral(text_t *t, const char *string, size_t max);
/* "2030-03-01T08:00:00Z" of now. */
void text_now(text_t *t);

#endif
