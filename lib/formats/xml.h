/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents, the one file that knows expat. Namespace-aware, no DOCTYPE, no entities beyond the five
 * (DATA-12), depth, element count and markup bounded (DATA-15). expat's memory is the context's: about 10
 * KiB, and up to five times the size of a document that is all names of namespaces. */
#ifndef SZTP_FORMATS_XML_H
#define SZTP_FORMATS_XML_H

#include "ground/buf.h"

typedef struct sztp__xml_event {
  sztp__span_t ns;   /* namespace name, empty if none */
  sztp__span_t name; /* local name */
  const char *const
      *attrs;     /* name, value, name, value, ..., NULL; names as expat gives them ("ns|local" or "local") */
  uint32_t depth; /* 1 for the document element */
} sztp__xml_event_t;

typedef struct sztp__xml_handler {
  void *user;
  /* Each returns 0, or a code that ends the parse and is returned by it. Any may be NULL. */
  int32_t (*start)(void *user, const sztp__xml_event_t *e);
  int32_t (*end)(void *user, const sztp__xml_event_t *e);
  /* May come in pieces. With @p literal the document has these very octets, and @p text points to them; else
   * it is invalid after this returns. */
  int32_t (*text)(void *user, sztp__span_t text, int literal);
  /* The element whose start comes next binds @p prefix to @p ns. */
  int32_t (*binding)(void *user, sztp__span_t prefix, sztp__span_t ns);
} sztp__xml_handler_t;

/* Parses a whole document. 0, SZTP_ERR_XML with "line L column C: ..." in the trail, SZTP_ERR_LIMIT,
 * SZTP_ERR_MEMORY, or a handler's code. */
int32_t sztp__xml_parse(sztp_ctx_t *ctx, sztp__span_t text, const sztp__xml_handler_t *handler);

/* Adds @p text with the five characters escaped; what XML 1.0 can't hold becomes U+FFFD (DATA-19). */
int32_t sztp__xml_put_text(sztp__buf_t *out, sztp__span_t text);

#endif
