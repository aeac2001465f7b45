/* SPDX-License-Identifier: Apache-2.0 */
/* What became of what the session tried, as data: told to the host as it happens, and kept until the next. */
#ifndef SZTP_MACHINE_EVENT_H
#define SZTP_MACHINE_EVENT_H

#include "ground/format.h"
#include "machine/shared.h"

/* Tells of SZTP_EVENT_* @p kind: @p code is SZTP_OK where it went well, SZTP_ERR_NOT_FOUND where nothing was
 * there, else why it did not go well. A failure is also remembered as the reason for the end, if it is the
 * gravest. */
#define sztp__event(s, kind, code, text) sztp__put_event(s, kind, code, SZTP__WORDS(text))
void sztp__put_event(sztp_session_t *s, uint32_t kind, int32_t code, const char *text);
/* As above, where how the host's work ended says more than the code. */
#define sztp__event_outcome(s, kind, outcome, code, text)                                                    \
  sztp__put_event_outcome(s, kind, outcome, code, SZTP__WORDS(text))
void sztp__put_event_outcome(sztp_session_t *s, uint32_t kind, uint32_t outcome, int32_t code,
                             const char *text);
/* Tells the host of the last event. */
void sztp__event_tell(sztp_session_t *s);

#endif
