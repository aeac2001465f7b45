/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one program: its own process group, control group and folder, a time limit, the end of its output
 * kept. It ends with the agent. If it ends well, what it has started in another process group lives on, as a
 * service; else that ends, too. */
#ifndef SZTP_AGENT_PROGRAM_H
#define SZTP_AGENT_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { PROGRAM_OUTPUT = 4096, PROGRAM_ARGUMENTS = 4 };

enum { /* how it ended */
       PROGRAM_EXITED = 0,
       PROGRAM_SIGNALLED = 1,
       PROGRAM_TIMEOUT = 2,
       PROGRAM_STOPPED = 3, /* on request */
       PROGRAM_NOT_STARTED = 4
};

typedef struct program_call {
  const char *arguments[PROGRAM_ARGUMENTS]; /* the path first; NULL at the end */
  char *const *environment;                 /* all of it */
  const char *folder;                       /* in which it runs */
  uint64_t limit_ms;
  int (*stop)(void);  /* called again and again; 1 ends the program. NULL: it runs to its end */
  const char *record; /* where children_begin() keeps the record, or NULL */
  int unrecorded;     /* 1: it is started even if there is no room for a record */
  int warning;        /* exit status that is as good as 0 */
} program_call_t;

typedef struct program_end {
  int how;
  int status; /* exit status, number of the signal, or errno */
  size_t output_len;
  char output[PROGRAM_OUTPUT + 1]; /* the last octets of both its outputs, valid UTF-8, NUL-terminated */
} program_end_t;

void program_run(const program_call_t *call, program_end_t *end);

#endif
