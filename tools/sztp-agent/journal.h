/* SPDX-License-Identifier: Apache-2.0 */
/* The device's story, a line of JSON for each chapter: whose it became by which voucher, and when it was
 * reset. It survives resets, and has no secret and no configuration. */
#ifndef SZTP_AGENT_JOURNAL_H
#define SZTP_AGENT_JOURNAL_H

#include "common/json.h"
#include "config.h"

#define JOURNAL_FILE "journal"   /* in the state folder */
#define JOURNAL_OLD  "journal.1" /* what was before, once it had grown too long */

/* Begins a line about @p event: its date and the name. */
void journal_begin(json_t *line, const char *event);
/* Appends the line, and frees it. 0, or -1 with errno. */
int journal_add(const config_t *config, json_t *line);

#endif
