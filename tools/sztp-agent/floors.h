/* SPDX-License-Identifier: Apache-2.0 */
/* What only moves forward, over restarts and resets: the time that must have passed, and the date of the
 * voucher that was followed. */
#ifndef SZTP_AGENT_FLOORS_H
#define SZTP_AGENT_FLOORS_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define FLOORS_FILE "floors" /* in the state folder */

typedef struct floors {
  int64_t time;    /* Unix seconds, of everything that proves a time; at least clock.floor */
  int64_t voucher; /* created-on of the voucher that led to "done"; 0: none */
} floors_t;

/* Reads what is kept. 0, or -1 with one line in @p error: what can't be read might have been anything, and is
 * for whoever has the device to look at. */
int floors_read(const config_t *config, floors_t *out, char *error, size_t room);
/* Raises the floors to these, where they are higher, and keeps that. 0, or -1 with errno. */
int floors_raise(const config_t *config, floors_t *floors, int64_t time, int64_t voucher);

#endif
