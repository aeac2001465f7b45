/* SPDX-License-Identifier: Apache-2.0 */
/* Command-line options in GNU's long form: --name, --name VALUE, --name=VALUE; "--" ends them; they may come
 * between operands. Of short ones there are -h and -V, for --help and --version. */
#ifndef SZTP_TOOLS_COMMON_OPTIONS_H
#define SZTP_TOOLS_COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/* One option that a command knows; a table of them ends with an entry without name. At most 64. */
typedef struct option {
  const char *name;  /* without the dashes */
  const char *value; /* what its value is called, as "FILE"; NULL for a switch */
  int repeats;       /* 1 if it may be given more than once */
} option_t;

enum { OPTIONS_END = -1, OPTIONS_OPERAND = -2, OPTIONS_ERROR = -3 };

typedef struct options {
  const option_t *known;
  int argc;
  char **argv;
  int next;
  int only_operands;
  uint64_t seen;
  char error[256]; /* what is wrong with the option at which reading stopped, without line end */
} options_t;

/* Starts at argv[first]. */
void options_start(options_t *o, const option_t *known, int argc, char **argv, int first);
/* The next option's place in the table with its value (NULL for a switch), or OPTIONS_OPERAND with the
 * operand, OPTIONS_END, or OPTIONS_ERROR with the reason in o->error. */
int options_next(options_t *o, const char **value);
/* 1 if the option at @p place of the table was given. */
int options_given(const options_t *o, int place);

/* The word that is most like what was typed, for "did you mean". */
typedef struct options_near {
  const char *word; /* NULL: none is near */
  size_t distance;
} options_near_t;
/* Looks at one more word that would be right. */
void options_near(options_near_t *n, const char *typed, size_t len, const char *known);

#endif
