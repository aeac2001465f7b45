/* SPDX-License-Identifier: Apache-2.0 */
/* Which block devices may be removable storage, as /sys tells: the partitions of a disk, or the disk itself
 * if it has none. */
#ifndef SZTP_AGENT_BLOCKS_H
#define SZTP_AGENT_BLOCKS_H

#include <stddef.h>
#include <sys/types.h>

enum { BLOCKS = 32, BLOCKS_PATH = 300 };

typedef struct block {
  char path[BLOCKS_PATH]; /* "/dev/sdb1" */
  dev_t device;
} block_t;

typedef struct blocks {
  block_t at[BLOCKS];
  size_t count;
  int left_out; /* 1: there are more */
} blocks_t;

/* Adds what is on every disk that is removable, on USB, or an SD card, the disks in the order of their names.
 * Left out are drives without a medium, what other devices are made of (device mapper, RAID), and disks on
 * which the running system lies, by the table of mountinfo_read(). 0, or -1 with errno if there is no such
 * folder as
 * @p sysfs/class/block. */
int blocks_find(const char *sysfs, const char *mounts, blocks_t *out);
/* Adds what is on the disk @p device, or the partition itself; @p path is how it was named, and how it is
 * called if it has no partitions. */
void blocks_add(const char *sysfs, const char *path, dev_t device, blocks_t *out);

#endif
