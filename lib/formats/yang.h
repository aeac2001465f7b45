/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YANG data from JSON (RFC 7951 as the DATA group decides it): names with or without their module,
 * null as absent, single entries without array, base64 leaves. A fault is told with the node's name. */
#ifndef SZTP_FORMATS_YANG_H
#define SZTP_FORMATS_YANG_H

#include "formats/json.h"

typedef struct sztp__yang {
  sztp_ctx_t *ctx;
  sztp__json_t *doc;
  const char *module; /* of all nodes read through this */
  const char *where;  /* for the trail, as "voucher" */
  int32_t fault;      /* the code of a node that does not fit the model */
} sztp__yang_t;

/* The child @p name of @p object, given as "name" or "module:name" (D-54); NULL if absent or null (D-60).
 * Both forms at once, or an @p object that is not an object, are the fault. */
int32_t sztp__yang_child(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                         const sztp__json_value_t **out);
/* The child @p name, which must be given as "module:name": a top-level node (DATA-01). */
int32_t sztp__yang_top(const sztp__yang_t *y, const char *name, const sztp__json_value_t **out);
/* A child that is a string of at most SZTP_LIMIT_LEAF octets; *out is {NULL, 0} if absent. */
int32_t sztp__yang_string(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                          sztp__span_t *out);
/* A child that is base64: decoded, allocated (sztp__free_secret), NUL behind; *out is NULL if absent. Beyond
 * @p max octets SZTP_ERR_LIMIT. @p mode is SZTP__BASE64_*. */
int32_t sztp__yang_binary(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                          uint32_t mode, uint64_t max, uint8_t **out, size_t *len);
/* Walks a list or leaf-list: the first entry of @p node (itself, if it is not an array: D-61), then the next.
 */
const sztp__json_value_t *sztp__yang_first(const sztp__json_value_t *node);
const sztp__json_value_t *sztp__yang_after(const sztp__json_value_t *node, const sztp__json_value_t *entry);
/* Counts the members of @p object whose name (without this module's prefix) is not in the NULL-terminated @p
 * known, with a warning in the log for the first of them (D-55). */
size_t sztp__yang_unknown(const sztp__yang_t *y, const sztp__json_value_t *object, const char *const *known);
/* 1 if the document starts like JSON ('{' after one BOM and white space), 2 like XML ('<'), else 0 (D-67). */
int sztp__yang_encoding(sztp__span_t document);

#endif
