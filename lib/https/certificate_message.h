/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake message in which a server presents its certificates (RFC 5246 7.4.2; RFC 8446 4.4.2). */
#ifndef SZTP_HTTPS_CERTIFICATE_MESSAGE_H
#define SZTP_HTTPS_CERTIFICATE_MESSAGE_H

#include "ground/span.h"

/* The list of a Certificate message with its handshake header, into *list. 0 if the message is malformed. */
int sztp__certificate_list(sztp__span_t message, int tls13, sztp__span_t *list);
/* Takes the next certificate off @p list. 0 at its end, and where an entry is cut off. */
int sztp__certificate_next(sztp__span_t *list, int tls13, sztp__span_t *der);
/* All of them, DER certificates one after another in the server's order, none if it is malformed; free(*out).
 * 0, SZTP_ERR_MEMORY. */
int32_t sztp__certificate_octets(sztp__span_t message, int tls13, uint8_t **out, size_t *out_len);

#endif
