/* SPDX-License-Identifier: Apache-2.0 */
/* Boot images: files of FOLDER/images, whole or in part (RFC 9110 14). */
#ifndef SZTP_SERVER_IMAGES_H
#define SZTP_SERVER_IMAGES_H

#include "http_request.h"
#include "reply.h"
#include "settings.h"

/* Answers GET and HEAD for /images/@p name. 0, or -1 with the problem. */
int images_reply(const settings_t *s, const http_request_t *request, const char *name, reply_t *reply,
                 problem_t *p);

#endif
