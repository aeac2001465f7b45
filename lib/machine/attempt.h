/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt to bootstrap with onboarding information. */
#ifndef SZTP_MACHINE_ATTEMPT_H
#define SZTP_MACHINE_ATTEMPT_H

#include "ground/format.h"
#include "machine/shared.h"

#define SZTP__STAGE_BIT(stage) ((uint32_t)1 << (stage))

/* SZTP_INFO_* @p field of the onboarding information; data is NULL if it has none. */
sztp__span_t sztp__part(const sztp_session_t *s, uint32_t field);
/* Lends it to the action as SZTP_F_* @p to, if there is one. */
void sztp__lend_part(sztp_session_t *s, uint32_t to, uint32_t field);
/* Reports an error with @p message, undoes what was done, and goes back to the enclosing list. */
#define sztp__fail_attempt(s, type, code, text, message)                                                     \
  sztp__attempt_failed(s, type, code, SZTP__WORDS(text), message)
int32_t sztp__attempt_failed(sztp_session_t *s, uint32_t type, int32_t code, const char *text,
                             sztp__span_t message);
/* The same, where the text for people is all there is to report. */
#define sztp__fail_attempt_with(s, type, code, text)                                                         \
  sztp__attempt_failed_with(s, type, code, SZTP__WORDS(text))
int32_t sztp__attempt_failed_with(sztp_session_t *s, uint32_t type, int32_t code, const char *text);
/* Ends the attempt: frees what it held. */
void sztp__attempt_clear(sztp_session_t *s);

#endif
