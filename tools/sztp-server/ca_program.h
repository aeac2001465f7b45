/* SPDX-License-Identifier: Apache-2.0 */
/* A CA that is a program of the operator's: the request goes in, the certificate comes out. */
#ifndef SZTP_SERVER_CA_PROGRAM_H
#define SZTP_SERVER_CA_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { CA_PROGRAM_MAX = 65536, CA_PROGRAM_MS = 30000 };

/* Runs PROGRAM SERIAL with @p csr (DER) as its standard input. 0 and what it wrote, from malloc(), if it
 * ended with status 0 in time; -1 with one line in @p why. Nothing else is done meanwhile. */
int ca_program_run(const char *program, const char *serial, const uint8_t *csr, size_t csr_len, uint8_t **out,
                   size_t *len, char *why, size_t room);

#endif
