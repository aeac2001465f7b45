/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that only the agent can write to. */
#ifndef SZTP_AGENT_FOLDERS_H
#define SZTP_AGENT_FOLDERS_H

#include <stddef.h>
#include <sys/types.h>

/* Makes a folder and its parents, unless it exists. It must be a real folder that belongs to us and that
 * nobody else may write to. 0, or -1 with one line in @p error. */
int folder_make(const char *path, mode_t mode, char *error, size_t room);
/* Why nothing can be written to a folder of ours, in one line; NULL if it can be, or if it is not there or is
 * another user's, whose agent may well write to it. */
const char *folder_fault(const char *path, mode_t mode);
/* What went wrong with a file of the agent's, @p why being its errno, and what to do about it. */
const char *folder_why(int why);
/* A new private folder inside @p folder, with a name that nobody can guess; from malloc(), or NULL with
 * errno.
 */
char *folder_make_new(const char *folder);
/* Removes a folder with everything in it that can be removed, not following links. 0, or -1 with errno; a
 * missing folder is no failure. */
int folder_remove(const char *path);

#endif
