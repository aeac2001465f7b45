/* SPDX-License-Identifier: Apache-2.0 */
/* Which servers of untrusted lists a pass has tried. */
#ifndef SZTP_MACHINE_TRIED_H
#define SZTP_MACHINE_TRIED_H

#include "machine/shared.h"

/* Begins a pass: what the one before it tried, and led nowhere, is what sztp__was_tried() tells. */
void sztp__tried_begin(sztp_session_t *s);
/* Forgets both passes. */
void sztp__tried_clear(sztp_session_t *s);
/* Remembers that @p server is tried in this pass, if there is memory to see which one it is. */
void sztp__tried_add(sztp_session_t *s, const sztp__info_server_t *server);
/* 1 if this pass has tried it. */
int sztp__is_tried(sztp_session_t *s, const sztp__info_server_t *server);
/* 1 if the pass before tried it. */
int sztp__was_tried(sztp_session_t *s, const sztp__info_server_t *server);
/* Of which servers of @p info it tried: SZTP__TRIED_*. */
enum { SZTP__TRIED_NONE, SZTP__TRIED_SOME, SZTP__TRIED_ALL, SZTP__TRIED_COUNT };
uint8_t sztp__how_tried(sztp_session_t *s, const sztp_info_t *info);

#endif
