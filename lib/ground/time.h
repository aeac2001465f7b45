/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and Unix time. */
#ifndef SZTP_GROUND_TIME_H
#define SZTP_GROUND_TIME_H

#include "ground/span.h"

#define SZTP__DATE_SIZE 24 /* room for a date as text */

/* yang:date-and-time (RFC 3339 with D-65) to Unix seconds, fraction dropped. 0 or SZTP_ERR_TEXT; no trail. */
int32_t sztp__time_parse(sztp__span_t text, int64_t *out);
/* Calendar to Unix seconds; years 0 to 9999. 0 or SZTP_ERR_TEXT. */
int32_t sztp__time_make(int year, int month, int day, int hour, int minute, int second, int64_t *out);
/* "2030-03-01T08:00:00Z"; SZTP_TIME_UNKNOWN gives "unknown". Returns @p out. */
char *sztp__time_format(char out[SZTP__DATE_SIZE], int64_t unix_time);

#endif
