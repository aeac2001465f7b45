/* SPDX-License-Identifier: Apache-2.0 */
/* The ways from state to state that the machine takes under test. The linker puts this in front of
 * sztp__goto()
 * (--wrap), so that the library is the one that is shipped. */
#ifndef SZTP_TESTS_EDGES_H
#define SZTP_TESTS_EDGES_H

#include "machine/shared.h"

/* Called when the session has come to a state; or NULL. */
extern void (*edges_watch)(void *user, sztp_session_t *s, sztp__state_t state);
extern void *edges_user;

const char *edges_state_name(sztp__state_t state);
/* Fails the test if the state that the session is in is not one that asks for SZTP_ACTION_* @p kind. */
void edges_expect_asked(const sztp_session_t *s, uint32_t kind);
/* 1 if a cancel in that state is done at once. */
int edges_may_cancel(sztp__state_t state);

#endif
