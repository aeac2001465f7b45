/* SPDX-License-Identifier: Apache-2.0 */
/* Takes from a process all that it doesn't need to compute: files, networks, other processes, privileges. */
#ifndef SZTP_AGENT_SANDBOX_H
#define SZTP_AGENT_SANDBOX_H

#include <stddef.h>

enum {                      /* what the kernel has allowed */
       SANDBOX_CALLS = 1,   /* system calls other than those of computing are refused (seccomp) */
       SANDBOX_FOLDERS = 2, /* its root is an empty folder (mount namespace) */
       SANDBOX_NETWORK = 4, /* it has a network of its own, with nothing in it */
       SANDBOX_USER = 8,    /* it is nobody, without capabilities */
       SANDBOX_ALL = 15
};

/* Puts this process, which has no other threads, into the sandbox, with the open files below @p first_closed.
 * What can't be had is left out. Returns SANDBOX_*, or'ed. */
unsigned sandbox_enter(int first_closed);
/* In words, what of SANDBOX_ALL is missing; "" if nothing is. */
void sandbox_missing(unsigned has, char *out, size_t room);

#endif
