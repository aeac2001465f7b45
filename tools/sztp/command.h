/* SPDX-License-Identifier: Apache-2.0 */
/* What every command of the tool is made of: its description, its options once read, its messages. */
#ifndef SZTP_TOOLS_SZTP_COMMAND_H
#define SZTP_TOOLS_SZTP_COMMAND_H

#include <sztp/sztp.h>

#include "common/options.h"

enum { EXIT_DONE = 0, EXIT_REJECTED = 1, EXIT_WRONG = 2 };

/* The first two entries of every command's table of options. */
#define COMMAND_OPTIONS                                                                                      \
  {"help", NULL, 0}, { "version", NULL, 0 }
enum { OPTION_HELP = 0, OPTION_VERSION = 1, OPTION_FIRST = 2 };
enum { COMMAND_MAX_OPTIONS = 64 };

typedef struct command command_t;

/* What a command is. */
typedef struct command_def {
  const char *words;   /* "voucher issue" */
  const char *summary; /* half a line for the list of commands */
  const char *help;    /* all of its --help */
  const option_t *options;
  const char *operand; /* what an operand is, as "FILE"; NULL if there is none */
  int (*run)(command_t *c);
} command_def_t;

extern const command_def_t command_verify, command_inspect, command_voucher_issue, command_voucher_renew,
    command_owner_cert_pack, command_conveyed_redirect, command_conveyed_onboarding, command_dhcp_encode,
    command_dhcp_decode, command_dns_encode, command_removable_write, command_image_sign,
    command_image_verify, command_attest_request, command_attest_verify;

/* An option or operand as it was given. */
typedef struct given {
  int place; /* in the table of options, or OPTIONS_OPERAND */
  const char *value;
} given_t;

/* A command that is running. */
struct command {
  const command_def_t *def;
  sztp_ctx_t *ctx;
  const char *value[COMMAND_MAX_OPTIONS]; /* of each option, the last one given; "" for a switch; else NULL */
  given_t *given;                         /* all, in the order of the command line */
  size_t given_count;
  const char *standard_input; /* the option or operand that reads it, once one does */
  int as_json;                /* errors are told as JSON, too */
  char **notes;               /* warnings of the library and of the command */
  size_t note_count;
};

/* Makes a context and reads the command line. 0, or EXIT_WRONG after saying why. */
int command_open(command_t *c, const command_def_t *def, int argc, char **argv, int first);
void command_close(command_t *c);
/* The values of a repeated option (or of the operands), one after another: *from starts at 0; NULL at the
 * end.
 */
const char *command_each(const command_t *c, int place, size_t *from);

/* Prints one line "sztp voucher issue: ..." to standard error, or with --json an object that says it, and
 * returns EXIT_WRONG. Control characters of
 * file names are neutralised. */
int command_wrong(const command_t *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a library call on @p what (a file, an option) that failed with @p code: says what the library
 * found. */
int command_failed(const command_t *c, const char *what, int32_t code);
/* Keeps a warning for a command that prints them. */
void command_note(command_t *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The innermost detail of the library's last failure, or the general sentence on @p code. */
const char *command_detail(const command_t *c, int32_t code);

/* Reads a date, or "now", for @p option. 0 or EXIT_WRONG. */
int command_time(const command_t *c, const char *option, const char *text, int64_t *out);
/* Finds a word in a list that ends with NULL: its place, or -1. */
int command_word(const char *const *words, const char *text, size_t len);

#endif
