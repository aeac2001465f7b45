/* SPDX-License-Identifier: Apache-2.0 */
/* What a session holds that ends with it. */
#ifndef SZTP_MACHINE_END_H
#define SZTP_MACHINE_END_H

#include "machine/shared.h"

/* Forgets all that was learned and done: lists of servers, questions to DNS, answers of the key, the attempt.
 */
void sztp__session_clear(sztp_session_t *s);

#endif
