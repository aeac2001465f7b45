/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of opiproject's agent: its flags, their defaults, and which of them go together. */
#ifndef SZTP_AGENT_OPI_FLAGS_H
#define SZTP_AGENT_OPI_FLAGS_H

#include <stddef.h>
#include <stdint.h>

#include "common/host.h"

enum { OPI_ANCHORS = 8 };

typedef struct opi_flags {
  const char *command; /* "daemon", "run", "status", "enable" or "disable"; NULL: none was given */
  const char *bootstrap_url, *lease_file; /* NULL: not given */
  const char *serial;                     /* NULL: as SMBIOS says */
  char *password;                         /* on the command line; NULL */
  const char *private_key, *certificate, *server_anchor;
  const char *status_file, *result_file, *link_folder;
  /* ours, beside those of opiproject's agent */
  const char *voucher_anchors[OPI_ANCHORS];
  size_t voucher_anchor_count;
  const char *password_file, *handler, *smbios;
  /* out of bootstrap_url */
  char host[HOST_ROOM];
  uint16_t port;
  int help, version;
} opi_flags_t;

/* Reads the words from argv[first] on. 0, or -1 with one line in @p error. */
int opi_flags_read(int argc, char **argv, int first, opi_flags_t *out, char *error, size_t room);
/* Whether they say all that a bootstrap takes, and nothing that would weaken trust. 0, or -1 with one line in
 * @p error that names the flag, and what takes its place. */
int opi_flags_check(opi_flags_t *flags, char *error, size_t room);

#endif
