/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted where, from /proc/self/mountinfo (proc(5)). */
#ifndef SZTP_AGENT_MOUNTINFO_H
#define SZTP_AGENT_MOUNTINFO_H

#include <stddef.h>
#include <sys/types.h>

enum { MOUNTINFO_PATH = 4096 };

/* Reads the table as one text from malloc(). NULL with errno. */
char *mountinfo_read(const char *file);
/* Finds the next mount of a device's own root, starting at *at (the table at first), which moves past it. 1
 * with the path at which it is mounted, or 0. */
int mountinfo_next(const char **at, dev_t device, char path[MOUNTINFO_PATH]);

#endif
