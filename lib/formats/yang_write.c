/* SPDX-License-Identifier: Apache-2.0 */
/* Writing YANG data in either encoding. */
#include "formats/yang_write.h"

#include "formats/json.h"
#include "formats/xml.h"
#include "ground/text.h"

static int in_xml(const sztp__yang_writer_t *w) { return SZTP__XML && w->is_xml; }

/* What precedes a value: a start tag, or a comma where one is due and, outside of lists, the name. */
static void put_name(sztp__yang_writer_t *w, const char *name) {
  const sztp__buf_t *out = w->out;
  w->bare = 0;
  if (in_xml(w)) {
    sztp__buf_addf(w->out, "<%s>", name);
    return;
  }
  uint8_t last = out->len > 0 ? out->data[out->len - 1] : (uint8_t)'{';
  if (last != '{' && last != '[') sztp__buf_add_u8(w->out, ',');
  if ((w->lists & 1) == 0) sztp__buf_addf(w->out, "\"%s\":", name);
}

/* The same for a node of another module. */
static void put_name_of(sztp__yang_writer_t *w, const char *module, const char *name) {
  char qualified[SZTP__NAME_SIZE];
  if (!in_xml(w)) {
    (void)sztp__format(qualified, sizeof qualified, "%s:%s", module, name);
    put_name(w, qualified);
    return;
  }
  w->bare = 0;
  sztp__buf_addf(w->out, "<%s xmlns=\"" SZTP__YANG_NS "%s\">", name, module);
}

static void put_end_tag(sztp__yang_writer_t *w, const char *name) {
  if (w->bare && w->out->status == SZTP_OK) {
    w->out->len--; /* the start tag's '>' */
    sztp__buf_add_text(w->out, "/>");
  } else {
    sztp__buf_addf(w->out, "</%s>", name);
  }
  w->bare = 0;
}

void sztp__write_begin(sztp__yang_writer_t *w, sztp__buf_t *out, uint32_t encoding, const char *module,
                       const char *name) {
  w->out = out;
  w->is_xml = encoding == SZTP__ENCODING_XML;
  w->bare = 1;
  w->lists = 0;
  if (in_xml(w))
    sztp__buf_addf(out, "<%s xmlns=\"" SZTP__YANG_NS "%s\">", name, module);
  else
    sztp__buf_addf(out, "{\"%s:%s\":{", module, name);
}

void sztp__write_end(sztp__yang_writer_t *w, const char *name) {
  if (in_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_text(w->out, "}}");
}

void sztp__write_open(sztp__yang_writer_t *w, const char *name) {
  put_name(w, name);
  if (!in_xml(w)) sztp__buf_add_u8(w->out, '{');
  w->bare = 1;
  w->lists <<= 1;
}

void sztp__write_open_of(sztp__yang_writer_t *w, const char *module, const char *name) {
  put_name_of(w, module, name);
  if (!in_xml(w)) sztp__buf_add_u8(w->out, '{');
  w->bare = 1;
  w->lists <<= 1;
}

void sztp__write_close(sztp__yang_writer_t *w, const char *name) {
  w->lists >>= 1;
  if (in_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_u8(w->out, '}');
}

void sztp__write_list(sztp__yang_writer_t *w, const char *name) {
  if (!in_xml(w)) {
    put_name(w, name);
    sztp__buf_add_u8(w->out, '[');
  }
  w->lists = w->lists << 1 | 1;
}

void sztp__write_list_end(sztp__yang_writer_t *w) {
  w->lists >>= 1;
  if (!in_xml(w)) sztp__buf_add_u8(w->out, ']');
}

void sztp__write_text(sztp__yang_writer_t *w, const char *name, sztp__span_t value) {
  put_name(w, name);
  if (!in_xml(w)) {
    sztp__json_put_string(w->out, value);
    return;
  }
  sztp__xml_put_text(w->out, value);
  put_end_tag(w, name);
}

/* What follows the name. */
static void put_binary(sztp__yang_writer_t *w, const char *name, sztp__span_t value) {
  if (!in_xml(w)) sztp__buf_add_u8(w->out, '"');
  sztp__base64_encode(w->out, value);
  if (in_xml(w))
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
  if (in_xml(w)) {
    sztp__buf_addf(w->out, "<%s xmlns:of=\"" SZTP__YANG_NS "%s\">of:%s</%s>", name, module, identity, name);
    w->bare = 0;
    return;
  }
  put_name(w, name);
  sztp__buf_addf(w->out, "\"%s:%s\"", module, identity);
}

/* A value without quotes in JSON. */
void sztp__write_plain(sztp__yang_writer_t *w, const char *name, const char *value) {
  put_name(w, name);
  sztp__buf_add_text(w->out, value);
  if (in_xml(w)) put_end_tag(w, name);
}

void sztp__write_empty(sztp__yang_writer_t *w, const char *name) {
  put_name(w, name);
  w->bare = in_xml(w);
  if (in_xml(w))
    put_end_tag(w, name);
  else
    sztp__buf_add_text(w->out, "[null]");
}
