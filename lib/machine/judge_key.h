/* SPDX-License-Identifier: Apache-2.0 */
/* The private key that judging needs. */
#ifndef SZTP_MACHINE_JUDGE_KEY_H
#define SZTP_MACHINE_JUDGE_KEY_H

#include "machine/shared.h"

/* Who is asked for it: the device's key function, or the host through an action. */
sztp_key_fn sztp__session_key(sztp_session_t *s, void **user);
/* Forgets the host's answers. */
void sztp__answers_clear(sztp_session_t *s);

#endif
