/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as people write them on the command line and in files. */
#ifndef SZTP_TOOLS_COMMON_DATE_H
#define SZTP_TOOLS_COMMON_DATE_H

#include <stdint.h>

/* Reads a date and time of RFC 3339, as 2030-03-01T08:00:00Z or 2030-03-01T09:00:00.5+01:00, to Unix
 * seconds; a fraction is dropped. 0, or -1 if it is none. */
int date_read(const char *text, int64_t *out);

#endif
