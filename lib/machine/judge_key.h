/* SPDX-License-Identifier: Apache-2.0 */
/* The private key that judging needs. */
#ifndef SZTP_MACHINE_JUDGE_KEY_H
#define SZTP_MACHINE_JUDGE_KEY_H

#include "machine/shared.h"

/* Who is asked for it: the device's key function, or the host through an action. */
sztp_key_fn sztp__session_key(sztp_session_t *s, void **user);
/* Has the host do one operation, by a KEY action whose answer has @p wanted octets: SZTP_PENDING, or
 * SZTP_ERR_MEMORY. */
int32_t sztp__key_action(sztp_session_t *s, const sztp_key_request_t *request, size_t wanted);
/* Forgets the host's answers. */
void sztp__answers_clear(sztp_session_t *s);

#endif
