/* SPDX-License-Identifier: Apache-2.0 */
/* The media of removable storage that a pass finds, and the one whose data is being used. */
#ifndef SZTP_AGENT_MEDIA_H
#define SZTP_AGENT_MEDIA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "blocks.h"

enum { MEDIA = 64 + BLOCKS }; /* folders and devices */

typedef struct medium_id {
  dev_t device;
  ino_t root;
} medium_id_t;

typedef struct media {
  blocks_t blocks;
  size_t next;             /* the folders first, then the blocks */
  int root;                /* root folder of the medium being used, or -1 */
  medium_id_t seen[MEDIA]; /* by this pass */
  size_t seen_count;
  int told; /* it has been reported that mounting is not permitted */
} media_t;

#endif
