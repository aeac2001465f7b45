/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what lies below a folder and nowhere else, whatever somebody put there (USB-07, USB-08). */
#ifndef SZTP_TOOLS_COMMON_BENEATH_H
#define SZTP_TOOLS_COMMON_BENEATH_H

#include <stdint.h>

/* Opens the folder @p path (components, or "." for @p base itself) below the open folder @p base. No symbolic
 * link is followed. -1 with errno: ELOOP for a link, ENOTDIR for something else. */
int beneath_folder(int base, const char *path);
/* Opens the regular file @p path for reading; anything else is not opened at all. *size is what the file
 * system says of it. -1 with errno: ELOOP for a link, EINVAL for something else that is no regular file. */
int beneath_file(int base, const char *path, uint64_t *size);

#endif
