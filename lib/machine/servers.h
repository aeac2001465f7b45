/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of a list. */
#ifndef SZTP_MACHINE_SERVERS_H
#define SZTP_MACHINE_SERVERS_H

#include "machine/shared.h"

/* Forgets the visit and all lists: nothing that was learned survives a source (STATE-12). */
void sztp__servers_clear(sztp_session_t *s);

#endif
