/* SPDX-License-Identifier: Apache-2.0 */
/* Progress reports (RFC 8572 7.3): their types and the body of report-progress. */
#ifndef SZTP_EXCHANGE_PROGRESS_H
#define SZTP_EXCHANGE_PROGRESS_H

#include "formats/yang_write.h"
#include "trust/device_private.h"

#define SZTP__MESSAGE_MAX 4096 /* D-145 */

enum { /* in the order of the PROG table */
       SZTP__PROGRESS_BOOTSTRAP_INITIATED = 1,
       SZTP__PROGRESS_PARSING_INITIATED,
       SZTP__PROGRESS_PARSING_WARNING,
       SZTP__PROGRESS_PARSING_ERROR,
       SZTP__PROGRESS_PARSING_COMPLETE,
       SZTP__PROGRESS_IMAGE_INITIATED,
       SZTP__PROGRESS_IMAGE_WARNING,
       SZTP__PROGRESS_IMAGE_ERROR,
       SZTP__PROGRESS_IMAGE_MISMATCH,
       SZTP__PROGRESS_IMAGE_INSTALLED_REBOOTING,
       SZTP__PROGRESS_IMAGE_COMPLETE,
       SZTP__PROGRESS_PRE_SCRIPT_INITIATED,
       SZTP__PROGRESS_PRE_SCRIPT_WARNING,
       SZTP__PROGRESS_PRE_SCRIPT_ERROR,
       SZTP__PROGRESS_PRE_SCRIPT_COMPLETE,
       SZTP__PROGRESS_CONFIG_INITIATED,
       SZTP__PROGRESS_CONFIG_WARNING,
       SZTP__PROGRESS_CONFIG_ERROR,
       SZTP__PROGRESS_CONFIG_COMPLETE,
       SZTP__PROGRESS_POST_SCRIPT_INITIATED,
       SZTP__PROGRESS_POST_SCRIPT_WARNING,
       SZTP__PROGRESS_POST_SCRIPT_ERROR,
       SZTP__PROGRESS_POST_SCRIPT_COMPLETE,
       SZTP__PROGRESS_BOOTSTRAP_WARNING,
       SZTP__PROGRESS_BOOTSTRAP_ERROR,
       SZTP__PROGRESS_BOOTSTRAP_COMPLETE,
       SZTP__PROGRESS_INFORMATIONAL
};

/* The enumeration's name, as "bootstrap-initiated"; "" for an unknown type. */
const char *sztp__progress_name(uint32_t type);
/* 1 if the type is sent at reporting-level minimal too (PROG-03, PROG-06). */
int sztp__progress_at_minimal(uint32_t type);
/* Writes the input of report-progress. Host keys and trust anchors of @p dev go with BOOTSTRAP_COMPLETE only
 * (PROG-13).
 * @p message may be empty; it is UTF-8 of at most SZTP__MESSAGE_MAX octets. @p encoding is
 * SZTP__ENCODING_JSON or _XML. */
int32_t sztp__progress_body(const sztp_device_t *dev, uint32_t type, sztp__span_t message, uint32_t encoding,
                            sztp__buf_t *body);
/* host_keys.c: writes the device's SSH host keys and trust anchors, if it has any. */
void sztp__put_host_keys(const sztp_device_t *dev, sztp__yang_writer_t *w);
/* Copies @p text, made a YANG string, into @p out; longer text is cut at a character boundary with a marker,
 * keeping its end if @p keep_end, else its beginning (D-145). */
int32_t sztp__progress_message(sztp__buf_t *out, sztp__span_t text, int keep_end);

#endif
