/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that waits for all sockets at once. */
#ifndef SZTP_SERVER_LOOP_H
#define SZTP_SERVER_LOOP_H

#include "connection.h"

/* Serves until @p stop_fd becomes readable. 0, or -1 with errno. */
int loop_run(server_t *server, tls_server_t *tls, int listen_fd, int stop_fd);

#endif
