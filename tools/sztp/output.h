/* SPDX-License-Identifier: Apache-2.0 */
/* What commands write. */
#ifndef SZTP_TOOLS_SZTP_OUTPUT_H
#define SZTP_TOOLS_SZTP_OUTPUT_H

#include "command.h"

/* The options of every command that writes an artifact, in a row, and their places relative to the first. */
#define OUTPUT_OPTIONS                                                                                       \
  {"encrypt-to", "CERT", 1}, {"cipher", "NAME", 0}, {"oaep", "HASH", 0}, {"out", "FILE", 0}, {               \
    "force", NULL, 0                                                                                         \
  }
enum {
  OUTPUT_ENCRYPT_TO = 0,
  OUTPUT_CIPHER = 1,
  OUTPUT_OAEP = 2,
  OUTPUT_OUT = 3,
  OUTPUT_FORCE = 4,
  OUTPUT_COUNT = 5
};

/* Writes an artifact as these options, the first of which is at @p first, say: to standard output without
 * "out" or if that is "-", but never to a terminal; encrypted to the certificates that were given. 0, or
 * EXIT_WRONG after saying why. */
int output_artifact(command_t *c, int first, const uint8_t *data, size_t len);

/* The same of what is never encrypted: to @p path, NULL or "-" being standard output. */
int output_octets(const command_t *c, const char *path, const uint8_t *data, size_t len);

#endif
