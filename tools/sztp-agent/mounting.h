/* SPDX-License-Identifier: Apache-2.0 */
/* Opens removable storage: a block device where it is mounted, or else mounted by us, read-only, and in no
 * place at which it would outlive us. */
#ifndef SZTP_AGENT_MOUNTING_H
#define SZTP_AGENT_MOUNTING_H

#include <stddef.h>
#include <sys/types.h>

#include "config.h"

enum { MOUNTING_FAULT = 256 };

enum { /* mounting_open, when it is not open */
       MOUNTING_UNREADABLE = -1,
       MOUNTING_NO_PRIVILEGE = -2, /* we may not mount */
       MOUNTING_FOREIGN = -3       /* what is on it is none of our file systems */
};

/* Opens the root folder of the block device @p path, which must be @p device. A file descriptor, or one of
 * the above with the reason in @p fault. @p mounts is the table of mountinfo_read(). */
int mounting_open(const config_t *config, const char *mounts, const char *path, dev_t device,
                  char fault[MOUNTING_FAULT]);
/* Unmounts what an agent that was killed left behind. */
void mounting_clean(const config_t *config);

#endif
