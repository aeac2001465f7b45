/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the three tools read and write them. */
#ifndef SZTP_TOOLS_COMMON_FILE_H
#define SZTP_TOOLS_COMMON_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* "FOLDER/NAME", or NAME if it is absolute, from malloc(); NULL without memory. */
char *file_path(const char *folder, const char *name);
/* Reads a whole file ("-" is standard input) of at most @p limit octets into memory from malloc(), a NUL
 * behind it. 0, or -1 with errno (EFBIG beyond the limit). */
int file_read(const char *path, size_t limit, uint8_t **data, size_t *len);
/* Writes a whole file under a temporary name in the same folder, syncs and renames it ("-" is standard
 * output), so that a reader sees either the old or the new contents, never a mixture. 0, or -1 with errno. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);
/* The same in the open folder @p folder, under a plain name, replacing anything of that name. 0, or -1 with
 * errno. */
int file_write_in(int folder, const char *name, const void *data, size_t len, mode_t mode);
/* The same with everything that can be read from @p from; *len is how much that was. */
int file_copy_in(int folder, const char *name, int from, mode_t mode, uint64_t *len);

#endif
