/* SPDX-License-Identifier: Apache-2.0 */
/* What the user sees: each step as it happens on a terminal, log lines elsewhere. */
#ifndef SZTP_AGENT_VIEW_H
#define SZTP_AGENT_VIEW_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define VIEW_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define VIEW_PRINTF
#endif

typedef struct view {
  int terminal, color;
  int journal;          /* lines go to systemd's journal, with their priority */
  int time;             /* log lines begin with date and time */
  uint32_t level;       /* SZTP_LOG_*: the most detailed level shown */
  int bar;              /* a progress bar is on the last line */
  uint64_t bar_since;   /* ms */
  uint64_t bar_drawn;   /* ms */
  uint64_t bar_quarter; /* quarters of the image reported in log lines */
} view_t;

void view_open(view_t *v, uint32_t level, int time);
/* Shows a line of the given SZTP_LOG_* level; control characters in it become '?'. */
void view_say(view_t *v, uint32_t level, const char *format, ...) VIEW_PRINTF;
/* Shows a line of the library's log. */
void view_log(view_t *v, uint32_t level, uint32_t topic, const char *line);
/* A download begins, goes on, is over. @p total is 0 if unknown. */
void view_progress_begin(view_t *v);
void view_progress(view_t *v, uint64_t octets, uint64_t total);
void view_progress_end(view_t *v, uint64_t octets, int good);
/* "5.3 MiB" */
void view_size(uint64_t octets, char *out, size_t room);

#endif
