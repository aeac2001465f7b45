/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and ports as people write them. */
#ifndef SZTP_TOOLS_COMMON_HOST_H
#define SZTP_TOOLS_COMMON_HOST_H

#include <stddef.h>
#include <stdint.h>

enum { HOST_ROOM = 256 };

/* Splits HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT or a bare IPv6 address; *port is 0 if there is none. 0,
 * or -1 if it has none of these forms. The host itself is not checked. */
int host_split(const char *text, char host[HOST_ROOM], uint16_t *port);

#endif
