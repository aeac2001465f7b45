/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for systemd's journal: with their priority, and with fields to search by. */
#ifndef SZTP_TOOLS_JOURNALD_H
#define SZTP_TOOLS_JOURNALD_H

#include <stddef.h>
#include <stdint.h>

typedef struct journald_field {
  const char *name;  /* "SZTP_REASON"; static */
  const char *value; /* NULL or "" leaves the field out */
} journald_field_t;

/* 1 if what is written to the file goes to the journal, as $JOURNAL_STREAM says (systemd.exec(5)). */
int journald_reads(int fd);
/* What a line of a level, SZTP_LOG_*, begins with, as "<3>" (sd-daemon(3)); static. */
const char *journald_mark(uint32_t level);
/* The same if the file goes to the journal, else "". */
const char *journald_mark_for(int fd, uint32_t level);
/* Sends one entry: @p text, and the fields. 0, or -1 if the journal did not take it. */
int journald_send(uint32_t level, const char *text, const journald_field_t *fields, size_t count);

#endif
