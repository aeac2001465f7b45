/* SPDX-License-Identifier: Apache-2.0 */
/* Finds in /sys which block devices may be removable storage: the partitions of a disk, or the disk itself if
 * it has none. */
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
 * Left out are drives without a medium, parts of other devices (device mapper, RAID), and disks that hold the
 * running system according to the table of mountinfo_read(). 0, or -1 with errno if there is no such folder
 * as @p sysfs/class/block. */
int blocks_find(const char *sysfs, const char *mounts, blocks_t *out);
/* Adds the partitions of the disk @p device, or the device itself if it has none, under the name @p path. */
void blocks_add(const char *sysfs, const char *path, dev_t device, blocks_t *out);

#endif
