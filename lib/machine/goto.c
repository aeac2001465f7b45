/* SPDX-License-Identifier: Apache-2.0 */
/* Going from state to state. In a file of its own, so that tests see every way that is taken (their linker
 * wraps it) and compare it with the list in states.h. */
#include "machine/shared.h"

void sztp__goto(sztp_session_t *s, sztp__state_t state) { s->state = state; }
