/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to standard output. No secret can show up, since none is ever passed to this file. */
#define _DEFAULT_SOURCE 1
#include "view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sztp/ctx.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "common/journald.h"
#include "ground/printable.h"
#include "ground/time.h"

enum { REDRAW_MS = 100, LINE = 1024, LEAST_BAR = 10, MOST_BAR = 40, BESIDE_BAR = 46 };

void view_open(view_t *v, uint32_t level, int time) {
  const char *kind = getenv("TERM");
  memset(v, 0, sizeof *v);
  v->terminal = isatty(STDOUT_FILENO);
  v->color = v->terminal && getenv("NO_COLOR") == NULL && kind != NULL && strcmp(kind, "dumb") != 0;
  v->journal = journald_reads(STDOUT_FILENO);
  v->time = time && !v->journal; /* the journal has its own */
  v->level = level;
  (void)setvbuf(stdout, NULL, _IOLBF, 0); /* log lines appear at once */
}

static void clear_bar(view_t *v) {
  if (v->bar && v->terminal) (void)fputs("\r\033[K", stdout);
}

static void put_time(void) {
  char text[24];
  (void)printf("%s ", sztp__time_format(text, (int64_t)time(NULL)));
}

static int columns(void) {
  struct winsize window;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
}

/* Octets of a text that fit into a number of columns, up to the end of a word if there is one, whole words
 * alone if not: what is too long can still be copied. */
static size_t fitting(const char *text, size_t room) {
  size_t len = 0, width = 0, word_end = 0;
  for (; text[len] != '\0'; len++) {
    if (((unsigned char)text[len] & 0xc0) != 0x80 && ++width > room && word_end > 0) return word_end;
    if (text[len] == ' ') {
      if (width > room) return len;
      word_end = len;
    }
  }
  return len;
}

/* On a terminal, behind a mark; broken between words. */
static void put_wrapped(const char *mark, const char *text) {
  enum { MARK = 2 };
  int width = columns();
  size_t room = width > MARK + 8 ? (size_t)(width - MARK) : 8;
  do {
    size_t len = fitting(text, room);
    (void)printf("%s %.*s\n", mark, (int)len, text);
    mark = " ";
    text += len;
    text += strspn(text, " ");
  } while (*text != '\0');
}

static void put_line(view_t *v, uint32_t level, const char *topic, const char *text) {
  static const char *const words[] = {"", "error", "warning", "info", "debug"};
  static const char *const marks[] = {"", "\033[31mx\033[0m", "\033[33m!\033[0m", "\033[32m*\033[0m", " "};
  static const char *const plain_marks[] = {"", "x", "!", "*", " "};
  size_t kind = level >= SZTP_LOG_ERROR && level <= SZTP_LOG_DEBUG ? level : SZTP_LOG_INFO;
  if (level > v->level) return;
  clear_bar(v);
  if (v->terminal)
    put_wrapped(v->color ? marks[kind] : plain_marks[kind], text);
  else {
    if (v->journal) (void)fputs(journald_mark(level), stdout);
    if (v->time) put_time();
    (void)printf("%s %s: %s\n", words[kind], topic, text);
  }
}

void view_say(view_t *v, uint32_t level, const char *format, ...) {
  char text[LINE], shown[LINE];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  put_line(v, level, "agent", sztp__printable(shown, sizeof shown, sztp__span_of(text)));
}

void view_log(view_t *v, uint32_t level, uint32_t topic, const char *line) {
  static const char *const topics[] = {"",       "device", "artifact", "trust",
                                       "source", "server", "onboard",  "session"};
  size_t known = topic < sizeof topics / sizeof *topics ? topic : 0;
  put_line(v, level, topics[known], line);
}

void view_size(uint64_t octets, char *out, size_t room) {
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (octets < 1024) {
    (void)snprintf(out, room, "%u octets", (unsigned)octets);
    return;
  }
  double size = (double)octets / 1024;
  size_t unit = 0;
  while (size >= 1000 && unit < 3) {
    size /= 1024;
    unit++;
  }
  (void)snprintf(out, room, "%.1f %s", size, units[unit]);
}

/* "42 %  3.2 MiB of 7.5 MiB, 1.0 MiB/s" behind a bar, and as much of that as the terminal is wide: a line
 * that wraps can't be drawn over. */
static void draw_bar(const view_t *v, uint64_t octets, uint64_t total, uint64_t now) {
  char so_far[32], whole[32], rate[32], bar[MOST_BAR + 1], line[LINE];
  uint64_t spent = now - v->bar_since;
  int room = columns() - 1, width = room - BESIDE_BAR;
  if (width > MOST_BAR) width = MOST_BAR;
  int filled = total == 0 ? 0 : (int)((double)octets / (double)total * width);
  view_size(octets, so_far, sizeof so_far);
  view_size(total, whole, sizeof whole);
  view_size(spent == 0 ? octets : (uint64_t)((double)octets * 1000 / (double)spent), rate, sizeof rate);
  unsigned percent = total == 0 ? 0 : (unsigned)((double)octets * 100 / (double)total);
  if (total == 0)
    (void)snprintf(line, sizeof line, "  %s, %s/s", so_far, rate);
  else if (width < LEAST_BAR)
    (void)snprintf(line, sizeof line, "  %3u %%  %s of %s", percent, so_far, whole);
  else {
    memset(bar, '.', (size_t)width);
    memset(bar, '#', (size_t)(filled < width ? filled : width));
    bar[width] = '\0';
    (void)snprintf(line, sizeof line, "  [%s] %3u %%  %s of %s, %s/s", bar, percent, so_far, whole, rate);
  }
  (void)printf("\r\033[K%.*s", room, line);
  (void)fflush(stdout);
}

void view_progress_begin(view_t *v) {
  v->bar = 1;
  v->bar_since = clock_ms();
  v->bar_drawn = 0;
  v->bar_quarter = 0;
}

void view_progress(view_t *v, uint64_t octets, uint64_t total) {
  uint64_t now = clock_ms();
  uint64_t quarter = total == 0 ? 0 : (uint64_t)((double)octets * 4 / (double)total);
  if (!v->bar || v->level < SZTP_LOG_INFO) return;
  if (v->terminal && (now - v->bar_drawn >= REDRAW_MS || octets == total)) {
    v->bar_drawn = now;
    draw_bar(v, octets, total, now);
  } else if (!v->terminal && quarter > v->bar_quarter && octets < total) {
    v->bar_quarter = quarter;
    view_say(v, SZTP_LOG_INFO, "downloaded %u %%", (unsigned)(quarter * 25));
  }
}

void view_progress_end(view_t *v, uint64_t octets, int good) {
  char size[32], rate[32];
  uint64_t spent = clock_ms() - v->bar_since;
  if (!v->bar) return;
  clear_bar(v);
  v->bar = 0;
  if (!good) return;
  view_size(octets, size, sizeof size);
  view_size(spent == 0 ? octets : (uint64_t)((double)octets * 1000 / (double)spent), rate, sizeof rate);
  view_say(v, SZTP_LOG_INFO, "downloaded %s, %s/s", size, rate);
}
