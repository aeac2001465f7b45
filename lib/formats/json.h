/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents (RFC 8259 as narrowed by the DATA group), the one file that knows cJSON.
 *
 * A strict scan reads: grammar, UTF-8, depth, members, leaf size, no \u0000, no unpaired surrogates, no name
 * twice in an object (D-56). cJSON keeps the tree. Numbers keep their text, and strings without escapes stay
 * in the input, which must outlive the document. All memory is the context's: a member costs some 110 octets
 * and its name. */
#ifndef SZTP_FORMATS_JSON_H
#define SZTP_FORMATS_JSON_H

#include "ground/buf.h"

typedef struct sztp__json sztp__json_t;             /* a document */
typedef struct sztp__json_value sztp__json_value_t; /* a value in it, borrowed */

enum {
  SZTP__JSON_NULL = 1,
  SZTP__JSON_BOOL,
  SZTP__JSON_NUMBER,
  SZTP__JSON_STRING,
  SZTP__JSON_ARRAY,
  SZTP__JSON_OBJECT
};

/* Parses. One leading BOM is skipped (D-62). 0, SZTP_ERR_JSON with "line L column C: ..." in the trail,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__json_parse(sztp_ctx_t *ctx, sztp__span_t text, sztp__json_t **out);
/* Wipes the values, and frees. NULL is allowed. */
void sztp__json_free(sztp__json_t *doc);
const sztp__json_value_t *sztp__json_root(const sztp__json_t *doc);

uint32_t sztp__json_type(const sztp__json_value_t *v);
/* Member of an object by exact name, NULL if absent. Its name, "" for the root and array elements. */
const sztp__json_value_t *sztp__json_member(const sztp__json_value_t *object, const char *name);
const char *sztp__json_name(const sztp__json_value_t *v);
/* First child of an array or object, and the next sibling; NULL at the end. */
const sztp__json_value_t *sztp__json_first(const sztp__json_value_t *v);
const sztp__json_value_t *sztp__json_next(const sztp__json_value_t *v);

/* The value of a string with escapes resolved, borrowed from the document or the input. Strings longer than
 * SZTP_LIMIT_LEAF are returned too: the caller knows whether the node is binary. */
sztp__span_t sztp__json_string(const sztp__json_value_t *v);
/* The text of a number, as in the input. */
sztp__span_t sztp__json_number(const sztp__json_value_t *v);
int sztp__json_bool(const sztp__json_value_t *v);

/* Adds @p text as a JSON string with quotes (DATA-19: invalid UTF-8 becomes U+FFFD). */
int32_t sztp__json_put_string(sztp__buf_t *out, sztp__span_t text);

#endif
