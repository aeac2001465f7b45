/* SPDX-License-Identifier: Apache-2.0 */
/* What the flags of opiproject's agent are in the agent's own configuration. */
#ifndef SZTP_AGENT_OPI_CONFIG_H
#define SZTP_AGENT_OPI_CONFIG_H

#include <stddef.h>

#include "common/json.h"
#include "opi_flags.h"

/* Facts of this machine that the configuration has, too. */
typedef struct opi_facts {
  char serial[256], model[256]; /* "": not known */
  const char *here;             /* where relative paths begin; NULL: they stay as they are */
  const char *state;            /* the agent's folder; NULL: its default */
  const char *host_keys;        /* where OpenSSH's are, as "/etc/ssh"; NULL: none are looked for */
} opi_facts_t;

/* Starts @p out and writes it: of flags that opi_flags_check() has passed. What is on the command line alone,
 * a password, is not in it. 0, or -1 without memory. */
int opi_config_write(const opi_flags_t *flags, const opi_facts_t *facts, json_t *out);

#endif
