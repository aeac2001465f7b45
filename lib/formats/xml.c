/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents, by expat. */
#include "formats/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>

#include "ground/text.h"

#define SEPARATOR '|'
/* expat keeps a copy of what it was given last, so it is given little at a time; and it looks at an
 * unfinished tag or comment again each time, so those are bounded, and the next time it is given as much
 * again. */
#define CHUNK      1024
#define MARKUP_MAX ((size_t)128 * 1024)

/* ---- parser -------------------------------------------------------------------------------------- */

typedef struct parse {
  sztp_ctx_t *ctx;
  const sztp__xml_handler_t *handler;
  sztp__span_t text; /* the document */
  XML_Parser parser;
  uint32_t depth;
  size_t unfinished; /* octets of a tag or comment whose end expat has not seen yet */
  uint64_t members;  /* elements, attributes and declarations of namespaces */
  int32_t status;    /* why the parse was stopped, or 0 */
  uint64_t counted;  /* octets of expat's heap in the context's budget */
} parse_t;

/* ---- expat's memory ------------------------------------------------------------------------------ */

/* expat can be given functions for its memory, but hands them nothing that leads to a context, and a variable
 * for that would be shared by all contexts (SEC-15). So it uses the C library's heap, and what it may take is
 * counted into the context's budget before it goes on: so much for the parser itself, for each element,
 * attribute and declaration of a namespace, and for each octet of markup that is not complete yet. The tests
 * measure that this is never less than what it takes. */
#define PARSER_HEAP 12288
#define MEMBER_HEAP 384
#define MARKUP_HEAP 6

static int32_t count_heap(parse_t *p, uint64_t unfinished) {
  uint64_t most = PARSER_HEAP + MEMBER_HEAP * p->members + MARKUP_HEAP * unfinished;
  if (most <= p->counted) return SZTP_OK;
  int32_t rc = sztp__count_foreign(p->ctx, most - p->counted);
  if (rc == SZTP_OK) p->counted = most;
  return rc;
}

/* Parts of documents lie in it, which may have come encrypted: it is wiped where it is given back. */
typedef union head {
  size_t size; /* octets after the head */
  uint64_t align_number;
  double align_real;
  void *align_pointer;
} head_t;

static void *block_new(size_t size) {
  head_t *head = size <= SIZE_MAX - sizeof *head ? malloc(sizeof *head + size) : NULL;
  if (head == NULL) return NULL;
  head->size = size;
  return head + 1;
}

static void block_free(void *block) {
  if (block == NULL) return;
  head_t *head = (head_t *)block - 1;
  sztp__wipe(block, head->size);
  free(head);
}

/* Not realloc(), which may leave a copy behind. */
static void *block_resize(void *block, size_t size) {
  void *larger = block_new(size);
  if (block == NULL || larger == NULL) return larger;
  size_t kept = ((head_t *)block - 1)->size;
  memcpy(larger, block, kept < size ? kept : size);
  block_free(block);
  return larger;
}

static const XML_Memory_Handling_Suite wiped_memory = {block_new, block_resize, block_free};

/* ---- events -------------------------------------------------------------------------------------- */

static int32_t xml_fail(parse_t *p, int32_t code, const char *what) {
  return sztp__fail(p->ctx, code, "xml", "line %lu column %lu: %s",
                    (unsigned long)XML_GetCurrentLineNumber(p->parser),
                    (unsigned long)XML_GetCurrentColumnNumber(p->parser) + 1, what);
}

/* Ends the parse with @p code unless it is 0. expat may call handlers once more after that. */
static void stop_if(parse_t *p, int32_t code) {
  if (code == SZTP_OK || p->status != SZTP_OK) return;
  p->status = code;
  XML_StopParser(p->parser, XML_FALSE);
}

/* Splits "ns|local" or "local": a local name holds no separator. */
static void split_name(const char *name, sztp__xml_event_t *e) {
  const char *bar = strrchr(name, SEPARATOR);
  e->ns = bar != NULL ? sztp__span(name, (size_t)(bar - name)) : sztp__span(name, 0);
  e->name = sztp__span_of(bar != NULL ? bar + 1 : name);
}

static int32_t count_members(parse_t *p, uint64_t more) {
  p->members += more;
  if (p->members > sztp__limit(p->ctx, SZTP_LIMIT_MEMBERS))
    return xml_fail(p, SZTP_ERR_LIMIT, "too many elements");
  return count_heap(p, 0);
}

static int32_t check_limits(parse_t *p, const char *const *attrs) {
  uint64_t more = 1;
  if (p->depth > sztp__limit(p->ctx, SZTP_LIMIT_DEPTH))
    return xml_fail(p, SZTP_ERR_LIMIT, "elements are nested too deep");
  for (; *attrs != NULL; attrs += 2) more++;
  return count_members(p, more);
}

/* expat reports a prefix before the element that declares it. */
static void XMLCALL expat_binding(void *user, const XML_Char *prefix, const XML_Char *uri) {
  parse_t *p = (parse_t *)user;
  if (p->status != SZTP_OK) return;
  stop_if(p, count_members(p, 1));
  if (p->status != SZTP_OK || p->handler->binding == NULL || prefix == NULL || uri == NULL) return;
  stop_if(p, p->handler->binding(p->handler->user, sztp__span_of(prefix), sztp__span_of(uri)));
}

static void XMLCALL expat_start(void *user, const XML_Char *name, const XML_Char **attrs) {
  parse_t *p = (parse_t *)user;
  if (p->status != SZTP_OK) return;
  p->depth++;
  stop_if(p, check_limits(p, (const char *const *)attrs));
  if (p->status != SZTP_OK || p->handler->start == NULL) return;
  sztp__xml_event_t e;
  split_name(name, &e);
  e.attrs = (const char *const *)attrs;
  e.depth = p->depth;
  stop_if(p, p->handler->start(p->handler->user, &e));
}

static void XMLCALL expat_end(void *user, const XML_Char *name) {
  static const char *const no_attrs[] = {NULL};
  parse_t *p = (parse_t *)user;
  if (p->status != SZTP_OK) return;
  if (p->handler->end != NULL) {
    sztp__xml_event_t e;
    split_name(name, &e);
    e.attrs = no_attrs;
    e.depth = p->depth;
    stop_if(p, p->handler->end(p->handler->user, &e));
  }
  p->depth--;
}

static void XMLCALL expat_text(void *user, const XML_Char *text, int len) {
  parse_t *p = (parse_t *)user;
  if (p->status != SZTP_OK || p->handler->text == NULL || len <= 0) return;
  sztp__span_t piece = sztp__span(text, (size_t)len);
  sztp__span_t literal = sztp__span(NULL, 0);
  XML_Index at = XML_GetCurrentByteIndex(p->parser);
  if (at >= 0 && (size_t)at <= p->text.len && piece.len <= p->text.len - (size_t)at)
    literal = sztp__span(p->text.data + at, piece.len);
  int same = sztp__span_equal(literal, piece);
  stop_if(p, p->handler->text(p->handler->user, same ? literal : piece, same));
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset) {
  parse_t *p = (parse_t *)user;
  (void)name;
  (void)system_id;
  (void)public_id;
  (void)has_internal_subset;
  if (p->status == SZTP_OK) stop_if(p, xml_fail(p, SZTP_ERR_XML, "a DOCTYPE, which is refused"));
}

static int same_word(const char *a, const char *b) {
  for (; *a != '\0' && *b != '\0'; a++, b++) {
    char x = (char)(*a >= 'a' && *a <= 'z' ? *a - ('a' - 'A') : *a);
    if (x != *b) return 0;
  }
  return *a == *b;
}

static void XMLCALL on_declaration(void *user, const XML_Char *version, const XML_Char *encoding,
                                   int standalone) {
  parse_t *p = (parse_t *)user;
  (void)version;
  (void)standalone;
  if (p->status != SZTP_OK || encoding == NULL || same_word(encoding, "UTF-8") ||
      same_word(encoding, "US-ASCII"))
    return;
  stop_if(p, xml_fail(p, SZTP_ERR_XML, "an encoding other than UTF-8"));
}

static int32_t xml_failed(parse_t *p) {
  if (p->status != SZTP_OK) return p->status;
  if (XML_GetErrorCode(p->parser) == XML_ERROR_NO_MEMORY)
    return sztp__fail(p->ctx, SZTP_ERR_MEMORY, "xml", "no memory for the XML parser");
  return xml_fail(p, SZTP_ERR_XML, XML_ErrorString(XML_GetErrorCode(p->parser)));
}

/* Gives expat the next octets of the document, the last ones if @p last. */
static int32_t feed(parse_t *p, sztp__span_t chunk, int last) {
  if (XML_Parse(p->parser, (const char *)chunk.data, (int)chunk.len, last) != XML_STATUS_OK)
    return xml_failed(p);
  XML_Index event = XML_GetCurrentByteIndex(p->parser);
  size_t end = (size_t)(chunk.data - p->text.data) + chunk.len;
  p->unfinished = event >= 0 ? end - (size_t)event : 0;
  if (p->unfinished > MARKUP_MAX)
    return xml_fail(p, SZTP_ERR_LIMIT, "a tag, comment or instruction is too long");
  return event >= 0 ? count_heap(p, end - (size_t)event) : SZTP_OK;
}

static int32_t run_parser(parse_t *p) {
  sztp__span_t rest = p->text;
  int32_t rc = SZTP_OK;
  XML_SetUserData(p->parser, p);
  XML_SetElementHandler(p->parser, expat_start, expat_end);
  XML_SetCharacterDataHandler(p->parser, expat_text);
  XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
  XML_SetXmlDeclHandler(p->parser, on_declaration);
  XML_SetStartNamespaceDeclHandler(p->parser, expat_binding);
  while (rc == SZTP_OK && rest.len > CHUNK + p->unfinished) {
    size_t len = CHUNK + p->unfinished;
    rc = feed(p, sztp__span(rest.data, len), 0);
    rest = sztp__span(rest.data + len, rest.len - len);
  }
  return rc == SZTP_OK ? feed(p, rest, 1) : rc;
}

/* 1 for the starts that make expat read UTF-16 whatever encoding it was told: a byte order mark, or a NUL in
 * the first or second octet. */
static int looks_like_utf16(sztp__span_t text) {
  if (text.len < 2) return 0;
  unsigned a = text.data[0];
  unsigned b = text.data[1];
  return a == 0 || b == 0 || (a == 0xfe && b == 0xff) || (a == 0xff && b == 0xfe);
}

static int32_t parse_document(parse_t *p) {
  static const XML_Char separator[] = {SEPARATOR, '\0'};
  int32_t rc = count_heap(p, p->text.len < CHUNK ? p->text.len : CHUNK);
  if (rc < 0) return rc;
  p->parser = XML_ParserCreate_MM("UTF-8", &wiped_memory, separator);
  if (p->parser == NULL) return sztp__fail(p->ctx, SZTP_ERR_MEMORY, "xml", "no memory for the XML parser");
  rc = run_parser(p);
  XML_ParserFree(p->parser);
  return rc;
}

int32_t sztp__xml_parse(sztp_ctx_t *ctx, sztp__span_t text, const sztp__xml_handler_t *handler) {
  if (text.len > INT_MAX) return sztp__fail(ctx, SZTP_ERR_LIMIT, "xml", "a document of %zu octets", text.len);
  if (looks_like_utf16(text))
    return sztp__fail(ctx, SZTP_ERR_XML, "xml", "line 1 column 1: an encoding other than UTF-8");
  parse_t p = {.ctx = ctx, .handler = handler, .text = text.len > 0 ? text : sztp__span_of("")};
  int32_t rc = parse_document(&p);
  sztp__uncount_foreign(ctx, p.counted);
  return rc;
}

/* ---- writer -------------------------------------------------------------------------------------- */

/* The escape for the character at the start of @p text of @p n octets (0: not UTF-8); NULL: none is needed.
 */
static const char *escape(const uint8_t *text, size_t n) {
  static const char replacement[] = "\xef\xbf\xbd";
  if (n == 0) return replacement;
  if (n == 3 && text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe)
    return replacement; /* U+FFFE, U+FFFF */
  if (n > 1) return NULL;
  switch (text[0]) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&apos;";
  case '\r': return "&#13;"; /* would be read back as a line feed */
  case '\t':
  case '\n': return NULL;
  default: return text[0] < 0x20 ? replacement : NULL;
  }
}

int32_t sztp__xml_put_text(sztp__buf_t *out, sztp__span_t text) {
  size_t plain = 0; /* start of what needs no escape */
  size_t at = 0;
  while (at < text.len && out->status == SZTP_OK) {
    size_t n = sztp__utf8_step(sztp__span(text.data + at, text.len - at));
    const char *other = escape(text.data + at, n);
    if (other != NULL) {
      sztp__buf_add(out, text.data + plain, at - plain);
      sztp__buf_add_text(out, other);
      plain = at + (n > 0 ? n : 1);
    }
    at += n > 0 ? n : 1;
  }
  if (at > plain) sztp__buf_add(out, text.data + plain, at - plain);
  return out->status;
}
