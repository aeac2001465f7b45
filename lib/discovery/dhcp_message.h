/* SPDX-License-Identifier: Apache-2.0 */
/* Whole DHCP messages: finding the value of an option in one. */
#ifndef SZTP_DISCOVERY_DHCP_MESSAGE_H
#define SZTP_DISCOVERY_DHCP_MESSAGE_H

#include "ground/buf.h"

/* Adds to @p out the value of option @p code of a DHCPACK (@p family 4; all instances, concatenated) or
 * DHCPv6 Reply (6; the first one). The value may be empty. SZTP_ERR_NOT_FOUND, with the reason in the trail:
 * another message, a broken one, or one without the option. SZTP_ERR_MEMORY. */
int32_t sztp__dhcp_option(sztp_ctx_t *ctx, uint32_t family, uint32_t code, const uint8_t *message, size_t len,
                          sztp__buf_t *out);

#endif
