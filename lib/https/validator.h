/* SPDX-License-Identifier: Apache-2.0 */
/* What tells one version of an image from another, and parts of one version (RFC 9110 8.8, 13.1.5, 14). */
#ifndef SZTP_HTTPS_VALIDATOR_H
#define SZTP_HTTPS_VALIDATOR_H

#include "https/http.h"

#define SZTP__VALIDATOR (SZTP__HTTP_WORD + 1) /* room for one, with its NUL */

/* The strong validator of a response with the whole image, for If-Range: its entity tag, or else its
 * Last-Modified, if that is a minute or more before its Date. "" if it has none. */
void sztp__validator_of(const sztp__http_t *r, char out[SZTP__VALIDATOR]);
/* 1 if @p text is what sztp__validator_of() may give, other than "". */
int sztp__validator_ok(const char *text);

/* Where a part is in the image. */
typedef struct sztp__part_place {
  uint64_t first, last, total;
} sztp__part_place_t;

/* The place of the part that a response 206 has; NULL if it is the image that @p validator tells, from octet
 * @p first on, and of @p total octets unless that is 0. Else why it is not, static. */
const char *sztp__part_refused(const sztp__http_t *r, const char *validator, uint64_t first, uint64_t total,
                               sztp__part_place_t *out);

#endif
