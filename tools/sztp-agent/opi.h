/* SPDX-License-Identifier: Apache-2.0 */
/* The agent in the place of opiproject's: its verbs and flags, its status files (opi-sztp-agent(1)). */
#ifndef SZTP_AGENT_OPI_H
#define SZTP_AGENT_OPI_H

/* 1 if the program was called by the name of opiproject's agent. */
int opi_is_name(const char *program);
/* Does what the words from argv[first] on say. Returns the exit status. */
int opi_main(int argc, char **argv, int first);

#endif
