/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of other clients, read and written as the agent's own. */
#ifndef SZTP_AGENT_IMPORT_H
#define SZTP_AGENT_IMPORT_H

/* "sztp-agent import": the words from argv[first] on. Returns the exit status. */
int import_main(int argc, char **argv, int first);

#endif
