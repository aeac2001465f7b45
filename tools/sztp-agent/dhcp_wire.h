/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a client that has an address and wants to know more: DHCPINFORM (RFC 2131 4.4.3) and
 * Information-request (RFC 8415 18.2.6). Neither touches a lease. */
#ifndef SZTP_AGENT_DHCP_WIRE_H
#define SZTP_AGENT_DHCP_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/types.h>

enum { DHCP_WIRE_ROOM = 320, DHCP_WIRE_HARDWARE = 8 };

/* The client that asks. */
typedef struct dhcp_client {
  uint32_t id; /* of this exchange: 32 unpredictable bits, of which DHCPv6 uses 24 */
  uint16_t hardware_type;
  uint8_t hardware_len; /* at most DHCP_WIRE_HARDWARE; 0 if there is no such address */
  uint8_t hardware[DHCP_WIRE_HARDWARE];
  uint8_t address[4]; /* in IPv4 */
} dhcp_client_t;

/* Write a message that asks for the SZTP option; @p ms is the time since the first one of this exchange.
 * Return its length. */
size_t dhcp_write_inform(const dhcp_client_t *c, uint64_t ms, uint8_t out[DHCP_WIRE_ROOM]);
size_t dhcp_write_information_request(const dhcp_client_t *c, uint64_t ms, uint8_t out[DHCP_WIRE_ROOM]);

/* 1 if a message is the DHCPACK (@p family 4) or Reply (6) that answers this client's message, 0 if it is for
 * another client or malformed. */
int dhcp_is_answer(sztp_ctx_t *ctx, uint32_t family, const dhcp_client_t *c, const uint8_t *message,
                   size_t len);

#endif
