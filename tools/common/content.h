/* SPDX-License-Identifier: Apache-2.0 */
/* What conveyed information holds that is trusted, and of no use to any device all the same. */
#ifndef SZTP_TOOLS_COMMON_CONTENT_H
#define SZTP_TOOLS_COMMON_CONTENT_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/types.h>

/* Why no device can run a script, NULL if one may. */
const char *content_script_fault(const uint8_t *script, size_t len);
/* 1 if devices take images by this URI: sztp-agent downloads by HTTPS and HTTP and reads files of a medium.
 * Case does not matter (RFC 3986 3.1). */
int content_takes_image(const void *uri, size_t len);

typedef void (*content_fault_fn)(void *user, const char *sentence);
/* Tells each fault in a sentence. */
void content_faults(sztp_ctx_t *ctx, const sztp_info_t *info, content_fault_fn tell, void *user);

#endif
