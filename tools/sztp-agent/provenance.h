/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the device becomes, and by which voucher: for the journal, and for the floors. */
#ifndef SZTP_AGENT_PROVENANCE_H
#define SZTP_AGENT_PROVENANCE_H

#include <stdint.h>
#include <sztp/verify.h>

enum { PROVENANCE_TEXT = 300 };

/* What an accepted set of artifacts says of itself, in the library's words; "" for what it does not have. */
typedef struct provenance {
  int64_t created; /* of the voucher, or SZTP_TIME_UNKNOWN */
  char serial[PROVENANCE_TEXT], signer[PROVENANCE_TEXT], dates[PROVENANCE_TEXT], pinned[PROVENANCE_TEXT],
      owner[PROVENANCE_TEXT];
} provenance_t;

struct agent;

/* Artifacts were accepted: keeps who signed them, and raises the floor of time to the voucher's date. */
void provenance_take(struct agent *agent, const sztp_verdict_t *v);
/* The attempt has come to its end, or to a restart into an image: a line for the journal and, if @p done, the
 * floor of vouchers. */
void provenance_keep(struct agent *agent, int done);

#endif
