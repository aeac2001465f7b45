/* SPDX-License-Identifier: Apache-2.0 */
/* State on disk: the SZTP flag, what a session asked to keep, and the lock of the running agent. */
#ifndef SZTP_AGENT_STATE_H
#define SZTP_AGENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

enum { STATE_MAX_SAVED = 1024 };

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
/* Stores the flag. If an @p attempt turns it off, that is provisional until state_settle(). 0, or -1 with
 * errno. */
int state_enable(const state_t *s, int on, int attempt);
/* An attempt to bootstrap ended: if it turned the flag off, that is confirmed with @p keep 1 and undone with
 * 0 (STATE-10). 0, or -1 with errno. */
int state_settle(const state_t *s, int keep);
/* Keeps @p data instead of what was kept before; with no octets nothing is kept. 0, or -1 with errno. */
int state_save(const state_t *s, const uint8_t *data, size_t len);
/* What was kept last. 0, or -1 with errno. */
int state_load(const state_t *s, uint8_t data[STATE_MAX_SAVED], size_t *len);
/* Back to the factory state: no flag, nothing kept, no status. 0, or -1 with one line in @p error. */
int state_reset(const state_t *s, char *error, size_t room);

#endif
