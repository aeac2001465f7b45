/* SPDX-License-Identifier: Apache-2.0 */
/* The leases of ISC dhclient (dhclient.leases(5)): the value of the SZTP option in the last lease of each
 * link. */
#ifndef SZTP_AGENT_LEASE_FILE_H
#define SZTP_AGENT_LEASE_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { LEASE_LINKS = 16, LEASE_LINK = 16 };

typedef struct lease {
  char link[LEASE_LINK]; /* "" if the file does not say */
  uint8_t *value;        /* NULL: the lease does not have the option */
  size_t len;
} lease_t;

typedef struct lease_file {
  lease_t at[LEASE_LINKS];
  size_t count;
} lease_file_t;

/* Reads them for a family, 4 or 6. The option is known by the names that configurations of dhclient give it,
 * sztp-redirect-urls and sztp-redirect, and by unknown-143 and unknown-136; its value is a text, as
 * dhclient writes those whose octets can be printed, or hex. 0, with the values that there are; or -1 with
 * errno. What is no lease is passed over. */
int lease_file_read(const char *path, uint32_t family, lease_file_t *out);
/* The same from text in memory, a NUL behind its @p len octets. 0, or -1 without memory. */
int lease_file_parse(const char *text, size_t len, uint32_t family, lease_file_t *out);
void lease_file_free(lease_file_t *leases);

#endif
