/* SPDX-License-Identifier: Apache-2.0 */
/* The stages O4, O5, O6. */
#ifndef SZTP_MACHINE_STAGES_H
#define SZTP_MACHINE_STAGES_H

#include "machine/shared.h"

/* The name of SZTP_STAGE_* @p stage, for people. */
const char *sztp__stage_label(uint32_t stage);
/* The last line of what a program has written, where its reason for ending stands. */
sztp__span_t sztp__last_line(sztp__span_t text);

#endif
