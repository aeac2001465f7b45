/* SPDX-License-Identifier: Apache-2.0 */
/* What commands write. */
#ifndef SZTP_TOOLS_SZTP_OUTPUT_H
#define SZTP_TOOLS_SZTP_OUTPUT_H

#include "command.h"

/* Writes an artifact to @p path (NULL or "-": standard output, but never to a terminal); encrypted to the
 * certificates of the option at @p encrypt_to, if any was given. 0, or EXIT_WRONG after saying why. */
int output_artifact(command_t *c, const char *path, int encrypt_to, const uint8_t *data, size_t len);

#endif
