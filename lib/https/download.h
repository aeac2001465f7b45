/* SPDX-License-Identifier: Apache-2.0 */
/* A DOWNLOAD at work, for the two files that do it: download.c the action, image_transfer.c the image. */
#ifndef SZTP_HTTPS_DOWNLOAD_H
#define SZTP_HTTPS_DOWNLOAD_H

#include "https/image_request.h"
#include "https/image_server.h"
#include "https/validator.h"

#define SZTP__DOWNLOAD_BUFFER 16384 /* a whole record of TLS */

typedef struct sztp__download {
  sztp_https_t *h;
  sztp_session_t *session;
  const sztp_action_t *action;
  sztp__image_server_t server;
  sztp__http_exchange_t x;
  sztp__image_request_t request;
  uint32_t bad_status; /* of the response, if it is none that was asked for */

  /* the signature beside the image */
  uint8_t *signature; /* or as much of it as tells that it is too long */
  size_t signature_len;

  /* the image */
  int may_resume;    /* as the action says */
  int begun;         /* octets were handed on */
  uint64_t offset;   /* as many */
  uint64_t since;    /* of them at the beginning of the present response */
  uint64_t total;    /* of the image, 0: not known */
  uint64_t asked;    /* the request is for what follows this octet; 0: for the whole image */
  uint64_t part_end; /* octets beyond this one are not of the part; 0: the response has the whole image */
  const char *start_over; /* why the response is of no use, and the whole image is to be asked for; NULL */
  unsigned starts, tries; /* so many more are allowed */
  int stage_failed;
  uint8_t buffer[SZTP__DOWNLOAD_BUFFER];
} sztp__download_t;

/* Gets the image: what is staged of it, what is missing of it, all of it. SZTP__NET_* */
int sztp__image_transfer(sztp__download_t *d);

#endif
