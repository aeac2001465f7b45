/* SPDX-License-Identifier: Apache-2.0 */
/* Writing YANG data in either encoding. */
#include "formats/yang_write.h"

#include "formats/json.h"
#include "formats/xml.h"
#include "ground/text.h"

static int writes_xml(const sztp__yang_writer_t *w) { return SZTP__XML && w->is_xml; }

static void put_texts(sztp__buf_t *out, const char *const *texts) {
  while (*texts != NULL) sztp__buf_add_text(out, *texts++);
}
#define PUT(out, ...) put_texts(out, (const char *const[]){__VA_ARGS__, NULL})

/* In JSON, where one is due. */
static void put_comma(sztp__yang_writer_t *w) {
  const sztp__buf_t *out = w->out;
  uint8_t last = out->len > 0 ? out->data[out->len - 1] : (uint8_t)'{';
  w->bare = 0;
  if (last != '{' && last != '[') sztp__buf_add_u8(w->out, ',');
}

/* What precedes a value: a start tag, or a comma where one is due and, outside of lists, the name. */
static void put_name(sztp__yang_writer_t *w, const char *name) {
  if (writes_xml(w)) {
    w->bare = 0;
    PUT(w->out, "<", name, ">");
    return;
  }
  put_comma(w);
  if ((w->lists & 1) == 0) PUT(w->out, "\"", name, "\":");
}

/* The same for a node of another module. */
static void put_name_of(sztp__yang_writer_t *w, const char *module, const char *name) {
  if (!writes_xml(w)) {
    put_comma(w);
    PUT(w->out, "\"", module, ":", name, "\":");
    return;
  }
  w->bare = 0;
  PUT(w->out, "<", name, " xmlns=\"", SZTP__YANG_NS, module, "\">");
}

static void put_end_tag(sztp__yang_writer_t *w, const char *name) {
  if (w->bare && w->out->status == SZTP_OK) {
    w->out->len--; /* the start tag's '>' */
    sztp__buf_add_text(w->out, "/>");
  } else {
    PUT(w->out, "</", name, ">");
  }
  w->bare = 0;
}

void sztp__write_begin(sztp__yang_writer_t *w, sztp__buf_t *out, uint32_t encoding, const char *module,
                       const char *name) {
  w->out = out;
  w->is_xml = encoding == SZTP__ENCODING_XML;
  w->bare = 1;
  w->lists = 0;
  if (writes_xml(w))
    PUT(out, "<", name, " xmlns=\"", SZTP__YANG_NS, module, "\">");
  else
    PUT(out, "{\"", module, ":", name, "\":{");
}

void sztp__write_end(sztp__yang_writer_t *w, const char *name) {
  if (writes_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_text(w->out, "}}");
}

void sztp__write_open(sztp__yang_writer_t *w, const char *name) {
  put_name(w, name);
  if (!writes_xml(w)) sztp__buf_add_u8(w->out, '{');
  w->bare = 1;
  w->lists <<= 1;
}

void sztp__write_open_of(sztp__yang_writer_t *w, const char *module, const char *name) {
  put_name_of(w, module, name);
  if (!writes_xml(w)) sztp__buf_add_u8(w->out, '{');
  w->bare = 1;
  w->lists <<= 1;
}

void sztp__write_close(sztp__yang_writer_t *w, const char *name) {
  w->lists >>= 1;
  if (writes_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_u8(w->out, '}');
}

void sztp__write_list(sztp__yang_writer_t *w, const char *name) {
  if (!writes_xml(w)) {
    put_name(w, name);
    sztp__buf_add_u8(w->out, '[');
  }
  w->lists = w->lists << 1 | 1;
}

void sztp__write_list_end(sztp__yang_writer_t *w) {
  w->lists >>= 1;
  if (!writes_xml(w)) sztp__buf_add_u8(w->out, ']');
}

void sztp__write_text(sztp__yang_writer_t *w, const char *name, sztp__span_t value) {
  put_name(w, name);
  if (!writes_xml(w)) {
    sztp__json_put_string(w->out, value);
    return;
  }
  sztp__xml_put_text(w->out, value);
  put_end_tag(w, name);
}

/* What follows the name. */
static void put_binary(sztp__yang_writer_t *w, const char *name, sztp__span_t value) {
  if (!writes_xml(w)) sztp__buf_add_u8(w->out, '"');
  sztp__base64_encode(w->out, value);
  if (writes_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_u8(w->out, '"');
}

void sztp__write_binary(sztp__yang_writer_t *w, const char *name, sztp__span_t value) {
  put_name(w, name);
  put_binary(w, name, value);
}

void sztp__write_binary_of(sztp__yang_writer_t *w, const char *module, const char *name, sztp__span_t value) {
  put_name_of(w, module, name);
  put_binary(w, name, value);
}

void sztp__write_identity(sztp__yang_writer_t *w, const char *name, const char *module,
                          const char *identity) {
  if (writes_xml(w)) {
    PUT(w->out, "<", name, " xmlns:of=\"", SZTP__YANG_NS, module, "\">of:", identity, "</", name, ">");
    w->bare = 0;
    return;
  }
  put_name(w, name);
  PUT(w->out, "\"", module, ":", identity, "\"");
}

/* A value without quotes in JSON. */
void sztp__write_plain(sztp__yang_writer_t *w, const char *name, const char *value) {
  put_name(w, name);
  sztp__buf_add_text(w->out, value);
  if (writes_xml(w)) put_end_tag(w, name);
}

void sztp__write_empty(sztp__yang_writer_t *w, const char *name) {
  put_name(w, name);
  w->bare = writes_xml(w);
  if (writes_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_text(w->out, "[null]");
}
