/* SPDX-License-Identifier: Apache-2.0 */
/* Which bootstrapping data a device gets: signed or not, ready-made or made on the spot (RFC 8572 7.3,
 * appendix B). */
#ifndef SZTP_SERVER_BOOTSTRAPPING_H
#define SZTP_SERVER_BOOTSTRAPPING_H

#include "maker.h"
#include "rpc.h"

typedef struct bootstrapping {
  artifact_t conveyed;
  artifact_t owner;   /* data NULL: none */
  artifact_t voucher; /* data NULL: none */
  const char *what;   /* for the log, as "signed onboarding information" */
  const char *name;   /* the file that conveyed comes from, also if it is at fault; */
  int untrusted;      /* 1: which is in the folder untrusted/ */
} bootstrapping_t;

/* Chooses for the device with that serial number, according to its input and the Host field of its request.
 * @p certificate, which may be absent, goes where the data wants it. 0, or -1 with the problem. */
int bootstrapping_choose(maker_t *m, const char *serial, const data_input_t *input, const char *host,
                         const artifact_t *certificate, bootstrapping_t *out, problem_t *p);
void bootstrapping_free(bootstrapping_t *b);

#endif
