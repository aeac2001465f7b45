/* SPDX-License-Identifier: Apache-2.0 */
/* Opens removable storage: a block device where it is mounted already, or else by mounting it read-only in a
 * way that does not outlive the agent. */
#ifndef SZTP_AGENT_MOUNTING_H
#define SZTP_AGENT_MOUNTING_H

#include <stddef.h>
#include <sys/types.h>

#include "config.h"

enum { MOUNTING_FAULT = 256 };

enum { /* mounting_open() failed */
       MOUNTING_UNREADABLE = -1,
       MOUNTING_NO_PRIVILEGE = -2, /* mounting is not permitted */
       MOUNTING_FOREIGN = -3       /* it holds none of the configured file systems */
};

/* Opens the root folder of the block device @p path, which must be @p device. A file descriptor, or one of
 * the above with the reason in @p fault. @p mounts is the table of mountinfo_read(). */
int mounting_open(const config_t *config, const char *mounts, const char *path, dev_t device,
                  char fault[MOUNTING_FAULT]);
/* Unmounts what a killed agent left mounted. */
void mounting_clean(const config_t *config);

#endif
