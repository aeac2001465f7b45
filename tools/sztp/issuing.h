/* SPDX-License-Identifier: Apache-2.0 */
/* What issuing a voucher and issuing it again share. The functions return 0 or the exit status, after saying
 * why. */
#ifndef SZTP_TOOLS_SZTP_ISSUING_H
#define SZTP_TOOLS_SZTP_ISSUING_H

#include <sztp/artifacts.h>

#include "command.h"

/* Sets a date of a voucher (SZTP_VOUCHER_*) to what an option ("--expires-on") says; none is before 1970. */
int issuing_date(const command_t *c, sztp_voucher_t *v, uint32_t leaf, const char *option, const char *text);
/* Signs a voucher, in COSE or in CMS, and writes it where the output options, which begin at @p output, say.
 */
int issuing_output(command_t *c, const sztp_voucher_t *v, int cose, const sztp_signer_t *signer, int output);

#endif
