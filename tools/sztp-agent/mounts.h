/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted where, as /proc/self/mountinfo tells (proc(5)). */
#ifndef SZTP_AGENT_MOUNTS_H
#define SZTP_AGENT_MOUNTS_H

#include <stddef.h>
#include <sys/types.h>

enum { MOUNTS_PATH = 4096 };

/* Reads the table as one text from malloc(). NULL with errno. */
char *mounts_read(const char *file);
/* The next mount of a device's own root, from *at on, which starts at the table and moves behind it. 1 with
 * the path at which it is mounted, or 0. */
int mounts_next(const char **at, dev_t device, char path[MOUNTS_PATH]);

#endif
