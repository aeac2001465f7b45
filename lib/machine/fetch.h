/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with the server of the visit. */
#ifndef SZTP_MACHINE_FETCH_H
#define SZTP_MACHINE_FETCH_H

#include "machine/shared.h"

/* A POST or GET to it; @p operation NULL is host-meta. */
int32_t sztp__fetch(sztp_session_t *s, uint32_t purpose, const char *method, const char *operation,
                    sztp__buf_t *body, uint64_t limit, uint64_t time_ms);
/* 1 if the exchange succeeded over the session that the visit demands (TLS-20). */
int sztp__fetch_ok(sztp_session_t *s);
/* 1 if the server refused the request's encoding and the same request is to be made once more in the other
 * one, which is kept for the rest of the visit (D-47). */
int sztp__switch_encoding(sztp_session_t *s);

#endif
