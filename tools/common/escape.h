/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that is safe to show. */
#ifndef SZTP_TOOLS_COMMON_ESCAPE_H
#define SZTP_TOOLS_COMMON_ESCAPE_H

#include <stddef.h>

/* The same document in which no string holds a character that a terminal or a person could be deceived by
 * (DEL, C1 controls, what reverses text or is not seen): they stand there as escapes, so that nothing is
 * lost. From malloc(), with a NUL behind it; NULL without memory. */
char *escape_json(const char *text, size_t len);

#endif
