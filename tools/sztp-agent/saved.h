/* SPDX-License-Identifier: Apache-2.0 */
/* What a session asked to keep, in two files of the same contents, each with a check sum behind it: what one
 * has lost the other still has, and what is damaged is known to be. */
#ifndef SZTP_AGENT_SAVED_H
#define SZTP_AGENT_SAVED_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

#define SAVED_FILE    "session"
#define SAVED_COPY    "session.copy"
#define SAVED_DAMAGED "session.damaged" /* and .2 and so on: what could not be used, kept aside */

enum { SAVED_MOST = 1024 };

/* Keeps @p data instead of what was kept before; with no octets nothing is kept. 0, or -1 with errno. */
int saved_write(const state_t *s, const uint8_t *data, size_t len);
/* Reads the file @p name, one of the two. 0; 1 if it is not there; -1 with errno: EBADMSG if the sum is
 * wrong. One without a sum, as agents before wrote it, is taken as it is. */
int saved_read(const state_t *s, const char *name, uint8_t data[SAVED_MOST], size_t *len);
/* 1 if something is kept, readable or not. */
int saved_is_there(const state_t *s);
/* Gives the damaged file @p name a second name, in which nothing replaces it; @p aside is that name, "" if
 * the file is not there. 0, or -1 with errno. */
int saved_put_aside(const state_t *s, const char *name, char *aside, size_t room);

#endif
