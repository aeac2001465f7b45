/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt to bootstrap with onboarding information. */
#ifndef SZTP_MACHINE_ATTEMPT_H
#define SZTP_MACHINE_ATTEMPT_H

#include "machine/shared.h"

#define SZTP__STAGE_BIT(stage) ((uint32_t)1 << (stage))

/* SZTP_INFO_* @p field of the onboarding information; data is NULL if it has none. */
sztp__span_t sztp__part(const sztp_session_t *s, uint32_t field);
/* Lends it to the action as SZTP_F_* @p to, if there is one. */
void sztp__lend_part(sztp_session_t *s, uint32_t to, uint32_t field);
/* Reports an error with @p message, undoes what was done, and goes back to the enclosing list. */
int32_t sztp__fail_attempt(sztp_session_t *s, uint32_t type, int32_t code, const char *text,
                           sztp__span_t message);
/* The same, where the text for people is all there is to report. */
int32_t sztp__fail_attempt_with(sztp_session_t *s, uint32_t type, int32_t code, const char *text);
/* Ends the attempt: frees what it held. */
void sztp__attempt_clear(sztp_session_t *s);

#endif
