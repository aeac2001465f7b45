/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which answers of one untrusted source are tried. */
#ifndef SZTP_MACHINE_ANSWERS_H
#define SZTP_MACHINE_ANSWERS_H

#include "machine/shared.h"

/* Puts @p count answers into an order at random, s->order. 0 or SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO. */
int32_t sztp__order_at_random(sztp_session_t *s, size_t count);
/* Sorts them by their rank below @p ranks; those of one rank keep their order. */
void sztp__order_by(sztp_session_t *s, size_t count, const uint8_t rank[SZTP__ANSWERS_MAX], uint8_t ranks);

#endif
