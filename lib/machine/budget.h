/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets of server addresses (D-12). */
#ifndef SZTP_MACHINE_BUDGET_H
#define SZTP_MACHINE_BUDGET_H

#include "machine/shared.h"

/* How many addresses were contacted for the source at work. */
unsigned *sztp__spent(sztp_session_t *s);
/* Counts an address that is contacted, or a name that has none. */
void sztp__charge(sztp_session_t *s);
/* Counts the time that the action took whose reply is heard. */
void sztp__charge_time(sztp_session_t *s);
/* 1 if a budget is used up: the session then goes on after the list at work. */
int sztp__over_budget(sztp_session_t *s);
/* Shares what is left among @p answers: a responder that names dead servers without end can't use up what
 * others are entitled to. */
void sztp__share_budget(sztp_session_t *s, size_t answers);
/* Leaves @p addresses to the answer at work. */
void sztp__limit_budget(sztp_session_t *s, unsigned addresses);
/* An answer that led to a redirect may follow it, if only a little. */
void sztp__follow_budget(sztp_session_t *s);

#endif
