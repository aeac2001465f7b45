/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that belong to the agent alone, in which nobody else could have prepared anything. */
#ifndef SZTP_AGENT_FOLDERS_H
#define SZTP_AGENT_FOLDERS_H

#include <stddef.h>
#include <sys/types.h>

/* Makes a folder with all above it, unless it is there. A private one (mode 0700) must be a real folder that
 * belongs to us and that nobody else may write to. 0, or -1 with one line in @p error. */
int folder_make(const char *path, mode_t mode, char *error, size_t room);
/* A new private folder inside @p folder, with a name that nobody can guess; from malloc(), or NULL with
 * errno.
 */
char *folder_make_new(const char *folder);
/* Removes a folder with everything in it, not following links. 0, or -1 with errno; a folder that is not
 * there is no failure. */
int folder_remove(const char *path);

#endif
