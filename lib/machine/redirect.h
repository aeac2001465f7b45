/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of servers within each other. */
#ifndef SZTP_MACHINE_REDIRECT_H
#define SZTP_MACHINE_REDIRECT_H

#include "machine/shared.h"

/* Takes redirect information as the next list to ask, if the depth allows it (REDIR-03). */
void sztp__redirect_push(sztp_session_t *s, sztp_info_t *info, int trusted);
/* Goes back to the enclosing list. */
void sztp__redirect_pop(sztp_session_t *s);
/* 1 if the innermost list's server has the same host, port, mode and anchor as one further up (D-126). */
int sztp__redirect_is_loop(const sztp_session_t *s, const sztp__server_list_t *list);

#endif
