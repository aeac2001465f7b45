/* SPDX-License-Identifier: Apache-2.0 */
/* What makers don't make, since every device refuses it; with --force they make it all the same, and say so.
 * The functions return 0, or EXIT_REJECTED after saying why; EXIT_WRONG if a file can't be read. */
#ifndef SZTP_TOOLS_SZTP_REFUSE_H
#define SZTP_TOOLS_SZTP_REFUSE_H

#include "common/cert_facts.h"
#include "input.h"

/* Refuses what the text says, as in "the certificate of X has expired". */
int refuse(command_t *c, int force, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* The first certificate in @p certs, DER. 0, or -1 if it can't be read, which is for the library to refuse.
 */
int cert_facts(const command_t *c, const uint8_t *certs, size_t len, cert_facts_t *out);

/* The signer in the file @p path: that it may sign, today. */
int refuse_signer(command_t *c, int force, const char *path);
/* The device of --idevid @p path: that it is one, has a serial number, and this one (NULL: not looked at). */
int refuse_identity(command_t *c, int force, const char *path, const char *serial);

#endif
