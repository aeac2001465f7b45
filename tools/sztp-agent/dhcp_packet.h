/* SPDX-License-Identifier: Apache-2.0 */
/* UDP on packet sockets, for DHCP: the client ports belong to the system's DHCP client, which may not share
 * them, or may take incoming messages for itself. */
#ifndef SZTP_AGENT_DHCP_PACKET_H
#define SZTP_AGENT_DHCP_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum { DHCP_PACKET_HEADS = 48 };

/* UDP ports of DHCPv6. */
enum { DHCP_V6_CLIENT = 546, DHCP_V6_SERVER = 547 };

/* Puts IP and UDP headers in front of a message of at most 65000 octets from @p own, an address of 4 or 16
 * octets, to all DHCP servers of a link (RFC 2131 4.1, RFC 8415 7.1). @p out has room for DHCP_PACKET_HEADS
 * more; returns the packet's length. */
size_t dhcp_packet_write(uint32_t family, const uint8_t *own, const uint8_t *message, size_t len,
                         uint8_t *out);

/* Finds the UDP message to a client's port (of @p family 4 or 6) in a packet that begins with its network
 * header. 1 with *message and *message_len in it, and the sender's address of 4 or 16 octets in *from; 0 if
 * there is none: another protocol or port, a fragment, or a truncated packet. */
int dhcp_packet_read(uint32_t family, const uint8_t *packet, size_t len, const uint8_t **message,
                     size_t *message_len, const uint8_t **from);

/* A socket that receives and sends such messages on a link. -1 with errno. */
int dhcp_packet_open(uint32_t family, unsigned link);
/* Sends a packet of dhcp_packet_write() to everybody on a link whose hardware addresses have @p hardware_len
 * octets. 0, or -1 with errno. */
int dhcp_packet_send(int fd, uint32_t family, unsigned link, size_t hardware_len, const uint8_t *packet,
                     size_t len);

#endif
