/* SPDX-License-Identifier: Apache-2.0 */
/* What the system's DHCP clients received, from the files that they or their hooks write. */
#ifndef SZTP_AGENT_LEASES_H
#define SZTP_AGENT_LEASES_H

#include "config.h"
#include "links.h"

/* The default folders. */
#define LEASES_HOOKS          "/run/sztp-dhcp"
#define LEASES_NETWORKD       "/run/systemd/netif/leases"
#define LEASES_NETWORKMANAGER "/run/NetworkManager/devices"

enum { LEASES_CLIENTS = 3, LEASES_PATH = 256, LEASES_MAX_OPTION = 65535 };

/* Reads a written value: hex, or raw octets, which can't be mistaken for hex since they begin with a length
 * of two octets. @p text has @p len octets and then a NUL; *out is from malloc(). 0, or -1 with why in @p
 * fault (static). With @p only_hex raw octets are refused. */
int leases_value(const char *text, size_t len, int only_hex, uint8_t **out, size_t *out_len,
                 const char **fault);

/* Reads what the @p client-th client, from 0 to LEASES_CLIENTS - 1, has for a link and family (4 or 6); @p
 * path is the file's name. 1 with the option's value, from malloc(); 0 if there is none; -1 with why in @p
 * fault (static). */
int leases_read(const config_t *config, size_t client, const link_t *link, uint32_t family,
                char path[LEASES_PATH], uint8_t **out, size_t *len, const char **fault);

#endif
