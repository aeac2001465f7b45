/* SPDX-License-Identifier: Apache-2.0 */
/* The resources of this server and what each of them answers. */
#ifndef SZTP_SERVER_RESOURCES_H
#define SZTP_SERVER_RESOURCES_H

#include "http_request.h"
#include "log_file.h"
#include "maker.h"
#include "tls.h"

typedef struct server {
  settings_t *settings;
  maker_t maker;
  log_file_t requests; /* FOLDER/requests.log */
} server_t;

/* One complete request, who sent it, and the answer. */
typedef struct exchange {
  const http_request_t *request;
  const tls_client_t *client;
  reply_t *reply;
  char parameters[256]; /* for the log */
} exchange_t;

/* Answers it; ex->reply is ready to be sent afterwards, whatever went wrong. */
void resources_answer(server_t *server, exchange_t *ex);

#endif
