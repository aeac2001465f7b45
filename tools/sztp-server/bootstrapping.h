/* SPDX-License-Identifier: Apache-2.0 */
/* Which bootstrapping data a device gets: signed or not, ready or made on the spot (RFC 8572 7.3, appendix
 * B). */
#ifndef SZTP_SERVER_BOOTSTRAPPING_H
#define SZTP_SERVER_BOOTSTRAPPING_H

#include "conveyed.h"

typedef struct bootstrapping {
  artifact_t conveyed;
  artifact_t owner;   /* data NULL: none */
  artifact_t voucher; /* data NULL: none */
  const char *what;   /* for the log, as "signed onboarding information" */
} bootstrapping_t;

/* Chooses for the device of that serial number. @p signed_preferred: the device does not trust this server.
 * 0, or -1 with the problem. */
int bootstrapping_choose(maker_t *m, const char *serial, int signed_preferred, const char *host,
                         bootstrapping_t *out, problem_t *p);
void bootstrapping_free(bootstrapping_t *b);

#endif
