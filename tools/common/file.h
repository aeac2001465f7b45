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
/* The same of a regular file alone: a FIFO or a device in its place is EINVAL, and blocks nobody. */
int file_read_plain(const char *path, size_t limit, uint8_t **data, size_t *len);
/* Writes a whole file under a temporary name in the same folder, syncs and renames it ("-" is standard
 * output), so that a reader sees either the old or the new contents, never a mixture. 0, or -1 with errno. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);
/* The same, replacing whatever has that name; what is not @p durable isn't synced, so that after a power cut
 * it may be old, empty or gone. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, int durable);
/* Writes all octets to an open file. 0, or -1 with errno. */
int file_write_all(int fd, const void *octets, size_t len);
/* Makes sure that a new, renamed or removed name in the folder of @p path survives a power cut. */
void file_sync_folder(const char *path);
/* The same in the open folder @p folder, under a plain name, replacing anything of that name. 0, or -1 with
 * errno. */
int file_write_in(int folder, const char *name, const void *data, size_t len, mode_t mode);
/* The same with everything that can be read from @p from; *len is how much that was. */
int file_copy_in(int folder, const char *name, int from, mode_t mode, uint64_t *len);

#endif
