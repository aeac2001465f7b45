/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629). */
#ifndef SZTP_TOOLS_UTF8_H
#define SZTP_TOOLS_UTF8_H

#include <stddef.h>

/* Length of the well-formed sequence at @p s, of which @p left octets are there: 1 to 4, or 0. */
size_t utf8_length(const char *s, size_t left);

#endif
