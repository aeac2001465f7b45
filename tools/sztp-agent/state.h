/* SPDX-License-Identifier: Apache-2.0 */
/* State on disk: the SZTP flag, which attempt is under way, the lock of the running agent, and the folder of
 * all of it. */
#ifndef SZTP_AGENT_STATE_H
#define SZTP_AGENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* The names of what is kept. */
#define STATE_FLAG   "enabled"
#define STATE_TRYING "attempt"

enum { STATE_ATTEMPT = 33 /* name of an attempt, its NUL included */ };

/* In the state folder: the result of the last run, which outlives a reboot, and all that the program which
 * failed last has written. */
#define STATE_RESULT_FILE      "result.json"
#define STATE_OUTPUT_FILE      "output"

#define STATE_ATTEMPT_VARIABLE "SZTP_ATTEMPT" /* by which programs know theirs */

enum { /* state_enabled */
       STATE_OFF = 0,
       STATE_ON = 1,
       STATE_UNSET = 2,     /* never stored: counts as on (D-01) */
       STATE_UNREADABLE = 3 /* a damaged store must not cause a device to be provisioned again (D-01) */
};

typedef struct state {
  const config_t *config; /* borrowed */
  int lock;               /* open file, or -1 */
} state_t;

/* Makes the state folder. 0, or -1 with one line in @p error. */
int state_open(const config_t *config, state_t *out, char *error, size_t room);
/* Keeps a second agent away until state_close(). 0; 1 if one is running; -1 with one line in @p error. */
int state_lock(state_t *s, char *error, size_t room);
void state_close(state_t *s);

/* STATE_* */
int state_enabled(const state_t *s);
/* Stores the flag. If a program of an attempt turns it off (@p attempt is its name, else NULL), that counts
 * while this attempt is under way and nothing of it is undone, and becomes final when it is settled. 0, or -1
 * with errno: ESTALE for an attempt that is over. */
int state_enable(const state_t *s, int on, const char *attempt);
/* Begins an attempt to bootstrap, unless one is under way, and tells its name. 0, or -1 with errno. */
int state_attempt(const state_t *s, char name[STATE_ATTEMPT]);
/* The attempt failed, and is about to be undone: if it turned the flag off, SZTP is on again (STATE-10),
 * which takes no room on the disk. Tells its name, "" if there is none. 0, or -1 with errno. */
int state_undo(const state_t *s, char name[STATE_ATTEMPT]);
/* Nothing is under way any more. If there still was an attempt, it has succeeded: if it turned the flag off,
 * that is final. 0, or -1 with errno. */
int state_settle(const state_t *s);
/* Removes what killed runs left half written. To be called with the lock only. */
void state_clean(const state_t *s);
/* The path of a file in the state folder, from malloc(); NULL without memory. */
char *state_path(const state_t *s, const char *name);
/* Reads, replaces and removes a small file in the state folder, as file_read_plain() and file_replace() do.
 * 0, or -1 with errno; a file that isn't there is removed already. */
int state_read(const state_t *s, const char *name, size_t limit, uint8_t **data, size_t *len);
int state_write(const state_t *s, const char *name, const void *data, size_t len);
int state_remove(const state_t *s, const char *name);

#endif
