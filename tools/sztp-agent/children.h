/* SPDX-License-Identifier: Apache-2.0 */
/* The record of the program that runs, by which a later start finds and ends what outlived the agent. It is a
 * file with the program's control group, folder and process in it, and a lock on it, which the program and
 * all its children inherit, as they do the variable that names the folder. */
#ifndef SZTP_AGENT_CHILDREN_H
#define SZTP_AGENT_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#define CHILDREN_FILE   "program"     /* the record's usual name */
#define CHILDREN_FOLDER "SZTP_FOLDER" /* the variable in a program's environment */

/* Begins the record of a program that is about to be started, in the control group @p cgroup, or "", and in a
 * folder that no other has had. The open file, or -1 with errno. */
int children_begin(const char *path, const char *cgroup, const char *folder);
/* Called by the program's own process, first of its group, before it becomes the program: writes down which
 * it is, and leaves the lock open to it as @p as. Safe between fork() and exec(). */
void children_enter(int record, int as);
/* The program has ended, and its record with it; what it left behind on purpose, as a service in a session of
 * its own, is nobody's business any more. */
void children_end(int record, const char *path);
/* Ends everything that a program of an earlier run left running, and waits for it. 0, or -1 with one line in
 * @p error. */
int children_await(const char *path, char *error, size_t room);
/* The parent of a process, or 0 if there is no such process. */
pid_t children_parent(pid_t process);

#endif
