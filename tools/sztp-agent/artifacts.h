/* SPDX-License-Identifier: Apache-2.0 */
/* Removable storage: artifacts as files on one medium. */
#ifndef SZTP_AGENT_ARTIFACTS_H
#define SZTP_AGENT_ARTIFACTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/medium.h"

enum { ARTIFACTS_CI = 0, ARTIFACTS_OC = 1, ARTIFACTS_OV = 2, ARTIFACTS = 3 };

typedef struct removable {
  uint8_t *data[ARTIFACTS]; /* NULL for a file that is not there */
  size_t len[ARTIFACTS];
  char place[MEDIUM_PATH]; /* the folder they are from, as medium_path() gives it */
} artifacts_t;

typedef struct artifacts_search {
  int root;                   /* the medium's root folder, open */
  const char *const *layouts; /* in search order, each valid (medium_layout_fault()) */
  size_t layout_count;
  const char *serial;
  uint64_t enterprise;        /* 0: layouts with it are left out */
  uint64_t most[ARTIFACTS];   /* octets of each artifact */
  int (*is_over)(void *user); /* returns 1 to give up: a medium may be arbitrarily slow */
  void *user;
} artifacts_search_t;

/* Looks for the files of D-14 in the places that the layouts name, up to the first one with conveyed
 * information (D-13). 1 with artifacts; 0 if there are none, with a remark in @p why if that is surprising,
 * else ""; -1 if something can't be read or is refused, with the reason in @p why. */
int artifacts_read(const artifacts_search_t *search, artifacts_t *out, char *why, size_t room);
void artifacts_free(artifacts_t *r);

#endif
