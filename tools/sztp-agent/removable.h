/* SPDX-License-Identifier: Apache-2.0 */
/* Removable storage: artifacts as files in a mounted folder. */
#ifndef SZTP_AGENT_REMOVABLE_H
#define SZTP_AGENT_REMOVABLE_H

#include <stddef.h>
#include <stdint.h>

enum { REMOVABLE_CI = 0, REMOVABLE_OC = 1, REMOVABLE_OV = 2, REMOVABLE_ARTIFACTS = 3 };

typedef struct removable {
  uint8_t *data[REMOVABLE_ARTIFACTS]; /* NULL for a file that is not there */
  size_t len[REMOVABLE_ARTIFACTS];
  char where[512]; /* the folder they are from */
} removable_t;

typedef struct removable_search {
  const char *folder; /* where the storage is mounted */
  const char *serial;
  uint64_t enterprise;                /* 0: no EN<n> folder is looked for */
  int root;                           /* 1: the folder itself is looked at last */
  uint64_t most[REMOVABLE_ARTIFACTS]; /* octets of each artifact */
} removable_search_t;

/* Looks where D-13 and D-14 say. 1 with artifacts; 0 if there is no conveyed information or no storage; -1 if
 * a file that is there is refused, with one line in @p error. */
int removable_read(const removable_search_t *search, removable_t *out, char *error, size_t room);
void removable_free(removable_t *r);

#endif
