/* SPDX-License-Identifier: Apache-2.0 */
/* Writing YANG data, in JSON (RFC 7951) or XML (RFC 7950), in canonical form without white space. */
#ifndef SZTP_FORMATS_YANG_WRITE_H
#define SZTP_FORMATS_YANG_WRITE_H

#include "formats/yang.h"

/* A document being written. Failures stay in the buffer. */
typedef struct sztp__yang_writer {
  sztp__buf_t *out;
  int is_xml;
  int bare;       /* XML: nothing was written since the last start tag */
  uint32_t lists; /* a bit for each level, the innermost lowest: 1 if it is a list */
} sztp__yang_writer_t;

/* Writes nodes into a container that is open. */
typedef void (*sztp__write_more_fn)(const void *user, sztp__yang_writer_t *w);

/* A document of SZTP__ENCODING_JSON or _XML with the top-level container @p name of @p module. */
void sztp__write_begin(sztp__yang_writer_t *w, sztp__buf_t *out, uint32_t encoding, const char *module,
                       const char *name);
void sztp__write_end(sztp__yang_writer_t *w, const char *name);
/* A container, or in a list an entry: opened and closed with the same name. */
void sztp__write_open(sztp__yang_writer_t *w, const char *name);
void sztp__write_close(sztp__yang_writer_t *w, const char *name);
/* A list or leaf-list: until its end, everything that is written is an entry, under the list's name. */
void sztp__write_list(sztp__yang_writer_t *w, const char *name);
void sztp__write_list_end(sztp__yang_writer_t *w);

/* A container, and a leaf, of another module than the one that it is in. */
void sztp__write_open_of(sztp__yang_writer_t *w, const char *module, const char *name);
void sztp__write_binary_of(sztp__yang_writer_t *w, const char *module, const char *name, sztp__span_t value);
/* A leaf, or the entry of a leaf-list, that is an identity of @p module. */
void sztp__write_identity(sztp__yang_writer_t *w, const char *name, const char *module, const char *identity);

/* Leaves. In text, what neither encoding can hold is replaced (DATA-19). */
void sztp__write_text(sztp__yang_writer_t *w, const char *name, sztp__span_t value);
void sztp__write_binary(sztp__yang_writer_t *w, const char *name, sztp__span_t value);
void sztp__write_plain(sztp__yang_writer_t *w, const char *name, const char *value); /* number, boolean */
void sztp__write_empty(sztp__yang_writer_t *w, const char *name); /* of type empty (DATA-07) */

#endif
