/* SPDX-License-Identifier: Apache-2.0 */
/* sztp-agent reset: back to the factory state, with a report of what went and what stayed. */
#ifndef SZTP_AGENT_RESET_H
#define SZTP_AGENT_RESET_H

#include <stdio.h>

#include "state.h"

/* Removes what bootstrapping has put there and the agent knows of, and nothing else: neither identity nor
 * anchors, floors, the journal, nor anything in a TPM (LIFE-01, -02). An attempt that was cut off is undone
 * first. Prints the report to @p out, as text or as one JSON object, and adds a line to the journal. A second
 * reset finds nothing. The lock must be held. 0, or -1 with one line in @p error. */
int reset(const state_t *state, int as_json, FILE *out, char *error, size_t room);

#endif
