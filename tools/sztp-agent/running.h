/* SPDX-License-Identifier: Apache-2.0 */
/* The running configuration where the agent itself replaces it, and what a rollback brings back. */
#ifndef SZTP_AGENT_RUNNING_H
#define SZTP_AGENT_RUNNING_H

#include <stddef.h>

#define RUNNING_FILE "configuration" /* the usual name of the record of what is kept */

/* Keeps the configuration at @p path as it is now, with all that belongs to it, unless one is kept already,
 * which is then older; and replaces it with @p data. Owner, mode, extended attributes and symbolic links stay
 * what they are; a new one is private. The record, in a folder of the agent's own, says what is kept and
 * where. 0, or -1 with errno. */
int running_replace(const char *path, const char *record, const void *data, size_t len);
/* Brings back what is kept, which takes no room on the disk. Restoring twice does no harm: the second time
 * there is nothing left to restore. 0, or -1 with errno. */
int running_restore(const char *record);
/* Forgets what is kept: the configuration that is there now is the right one. */
void running_forget(const char *record);
/* Room that running_replace() needs at most beside the configuration at @p path: 1 if it is there, 0 if not.
 */
int running_has_room(const char *path, size_t len);

#endif
