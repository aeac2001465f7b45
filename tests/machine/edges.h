/* SPDX-License-Identifier: Apache-2.0 */
/* The ways from state to state that the machine takes under test. The linker puts this in front of
 * sztp__goto()
 * (--wrap), so that the library is the one that is shipped. */
#ifndef SZTP_TESTS_EDGES_H
#define SZTP_TESTS_EDGES_H

#include "machine/shared.h"

/* The session is cancelled when it comes to this state, as a signal handler might do it; at most once.
 * SZTP__ST_COUNT: never, and afterwards. */
extern sztp__state_t edges_cancel_at;

const char *edges_state_name(sztp__state_t state);
/* 1 if a cancel in that state is done at once. */
int edges_may_cancel(sztp__state_t state);

#endif
