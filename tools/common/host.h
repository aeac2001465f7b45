/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and ports as people write them. */
#ifndef SZTP_TOOLS_COMMON_HOST_H
#define SZTP_TOOLS_COMMON_HOST_H

#include <stddef.h>
#include <stdint.h>

enum { HOST_ROOM = 256 };

/* Takes HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT, or an IPv6 address as it is, apart; *port is 0 if there
 * is none. 0, or -1; what the host is, is not looked at. */
int host_split(const char *text, char host[HOST_ROOM], uint16_t *port);

#endif
