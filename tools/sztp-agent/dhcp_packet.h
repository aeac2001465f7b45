/* SPDX-License-Identifier: Apache-2.0 */
/* UDP below the kernel's sockets, for DHCP: its client ports belong to the system's DHCP client, which may
 * share them with nobody, or take what comes in for itself. */
#ifndef SZTP_AGENT_DHCP_PACKET_H
#define SZTP_AGENT_DHCP_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum { DHCP_PACKET_HEADS = 48 };

/* Puts the heads of IP and UDP in front of at most 65000 octets of a message from @p own, an address of 4 or
 * 16 octets, to all DHCP servers of a link (RFC 2131 4.1, RFC 8415 7.1). @p out has room for
 * DHCP_PACKET_HEADS more; returns how many there are. */
size_t dhcp_packet_write(uint32_t family, const uint8_t *own, const uint8_t *message, size_t len,
                         uint8_t *out);

/* Finds the UDP message to a client's port (of @p family 4 or 6) in a packet, its network head in front. 1
 * with *message and *message_len in it, and the sender's address of 4 or 16 octets in *from; 0 if there is
 * none: another protocol or port, a fragment, or one that is cut. */
int dhcp_packet_read(uint32_t family, const uint8_t *packet, size_t len, const uint8_t **message,
                     size_t *message_len, const uint8_t **from);

/* A socket that hears such messages on a link, and can send them. -1 with errno. */
int dhcp_packet_open(uint32_t family, unsigned link);
/* Sends a packet of dhcp_packet_write() on a link whose hardware addresses have @p hardware_len octets, as it
 * goes to all. 0, or -1 with errno. */
int dhcp_packet_send(int fd, uint32_t family, unsigned link, size_t hardware_len, const uint8_t *packet,
                     size_t len);

#endif
