/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps an identity's key from TLS 1.3: no_tls13_mbedtls.c and no_tls13_openssl.c know. */
#ifndef SZTP_AGENT_NO_TLS13_H
#define SZTP_AGENT_NO_TLS13_H

#include <stdint.h>

/* "; no TLS 1.3: ..." for a key that can do @p able (SZTP_ABLE_*); "" if it has TLS 1.3. */
const char *no_tls13(int64_t able);

#endif
