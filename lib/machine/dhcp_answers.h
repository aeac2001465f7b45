/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of DHCP servers. */
#ifndef SZTP_MACHINE_DHCP_ANSWERS_H
#define SZTP_MACHINE_DHCP_ANSWERS_H

#include "machine/shared.h"

/* 1 if the source is DHCP of either family. */
int sztp__is_dhcp(uint32_t source);
/* Takes what the place at work has, then looks at the next place, or goes on. */
int32_t sztp__dhcp_take(sztp_session_t *s);
/* 1 if there are answers that were not tried, or not heard: the session goes to them. */
int sztp__dhcp_goes_on(sztp_session_t *s);
/* Forgets all answers. */
void sztp__dhcp_clear(sztp_session_t *s);

#endif
