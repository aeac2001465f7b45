/* SPDX-License-Identifier: Apache-2.0 */
/* What a client says by a TLS alert. */
#ifndef SZTP_SERVER_TLS_ALERT_H
#define SZTP_SERVER_TLS_ALERT_H

/* "the client refused with the TLS alert 48, unknown_ca: ..." into @p why (TLS_WHY_MAX octets). */
void tls_tell_alert(char *why, unsigned alert);

#endif
