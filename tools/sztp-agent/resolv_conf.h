/* SPDX-License-Identifier: Apache-2.0 */
/* DNS servers and domains as resolv.conf(5) has them. */
#ifndef SZTP_AGENT_RESOLV_CONF_H
#define SZTP_AGENT_RESOLV_CONF_H

#include "config.h"

#define RESOLV_CONF_DEFAULT_FILE "/etc/resolv.conf"

typedef struct resolv_conf {
  text_list_t servers; /* addresses, with a zone where they have one */
  text_list_t domains;
} resolv_conf_t;

/* Reads a file. 0, or -1 with errno. */
int resolv_conf_read(const char *path, resolv_conf_t *out);
void resolv_conf_free(resolv_conf_t *r);

#endif
