/* SPDX-License-Identifier: Apache-2.0 */
/* Progress reports. */
#ifndef SZTP_MACHINE_REPORT_H
#define SZTP_MACHINE_REPORT_H

#include "machine/shared.h"

/* Reports SZTP__PROGRESS_* @p type, if it is wanted, and goes on to @p then. */
int32_t sztp__report(sztp_session_t *s, uint32_t type, sztp__state_t then);
/* The same with @p message; if it is too long its end is kept, or its beginning. */
int32_t sztp__report_text(sztp_session_t *s, uint32_t type, sztp__span_t message, int keep_end,
                          sztp__state_t then);
/* Reports what must be acknowledged: goes on to @p otherwise if it was not. */
int32_t sztp__report_required(sztp_session_t *s, uint32_t type, sztp__state_t then, sztp__state_t otherwise);

#endif
