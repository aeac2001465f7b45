/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: a strict scan that makes a node of every value it meets, and cJSON, which holds the nodes
 * together as a tree and finds members in it. cJSON parses nothing, and takes no memory: the nodes are made
 * here, so that they count within the context's budget, whose heap is the only one in use. */
#include "formats/json.h"

#include <cjson/cJSON.h>

#include "ground/text.h"

#define MAX_DEPTH 128 /* what sztp_ctx_set_i64 allows */

/* With its name and, if that had escapes, its text after it in the same block. */
struct sztp__json_value {
  cJSON item; /* first, so that either pointer gives the other */
  struct sztp__json_value *made_before;
  sztp__span_t text; /* of a string: its value; of a number: its characters in the input */
};

struct sztp__json {
  sztp_ctx_t *ctx;
  sztp__json_value_t *root;
  sztp__json_value_t *values; /* all of them, the newest first */
};

/* What cJSON gives out are nodes that were made here. */
static const sztp__json_value_t *json_value_of(const cJSON *item) { return (const sztp__json_value_t *)item; }

/* ---- the scan ------------------------------------------------------------------------------------ */

typedef enum expect { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COMMA_OR_END, NOTHING } expect_t;

typedef struct scan {
  sztp_ctx_t *ctx;
  sztp__json_t *doc;
  sztp__span_t text;
  size_t at;
  expect_t expect;
  uint64_t members;
  sztp__span_t name; /* of the member whose value comes next, escapes and all */
  uint32_t depth;
  sztp__json_value_t *open[MAX_DEPTH]; /* the arrays and objects that enclose the position */
} scan_t;

static int32_t json_fail_at(const scan_t *s, int32_t code, const char *what, size_t at) {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < at; i++) {
    if (s->text.data[i] == '\n') {
      line++;
      column = 1;
    } else if ((s->text.data[i] & 0xc0) != 0x80) {
      column++; /* characters, not octets */
    }
  }
  return sztp__fail(s->ctx, code, "json", "line %zu column %zu: %s", line, column, what);
}

static int32_t json_fail(const scan_t *s, const char *what) {
  return json_fail_at(s, SZTP_ERR_JSON, what, s->at);
}

/* The octet at the current position, 0 at the end: no valid document has a 0. */
static uint8_t peek(const scan_t *s) { return (uint8_t)(s->at < s->text.len ? s->text.data[s->at] : 0); }

static void skip_space(scan_t *s) {
  uint8_t c = peek(s);
  while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
    s->at++;
    c = peek(s);
  }
}

/* The value of four hex digits at @p p; -1 if they are not. */
static int32_t four_hex(const uint8_t *p, size_t len) {
  int32_t value = 0;
  if (len < 4) return -1;
  for (size_t i = 0; i < 4; i++) {
    uint8_t c = p[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* Reads the escape at the start of @p raw (a backslash): its code point and length. NULL, or what is wrong.
 */
static const char *read_escape(sztp__span_t raw, uint32_t *code, size_t *len) {
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  uint8_t c = (uint8_t)(raw.len > 1 ? raw.data[1] : 0);
  const char *letter = c == 0 ? NULL : strchr(letters, c);
  *len = 2;
  if (letter != NULL) {
    *code = (uint8_t)meanings[letter - letters];
    return NULL;
  }
  if (c != 'u') return SZTP__WORDS("an unknown escape");
  int32_t unit = four_hex(raw.data + 2, raw.len - 2);
  if (unit < 0) return SZTP__WORDS("\\u without four hex digits");
  if (unit == 0) return SZTP__WORDS("\\u0000, which is refused");
  *len = 6;
  *code = (uint32_t)unit;
  if (unit < 0xd800 || unit > 0xdfff) return NULL;
  int32_t low = -1;
  if (unit <= 0xdbff && raw.len >= 8 && raw.data[6] == '\\' && raw.data[7] == 'u')
    low = four_hex(raw.data + 8, raw.len - 8);
  if (low < 0xdc00 || low > 0xdfff) return SZTP__WORDS("an unpaired surrogate");
  *len = 12;
  *code = 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
  return NULL;
}

/* Scans the string at the current position (a quote) and moves past it; *raw is what is between the quotes.
 */
static int32_t scan_string(scan_t *s, sztp__span_t *raw) {
  size_t start = s->at + 1;
  s->at = start;
  for (;;) {
    sztp__span_t rest = sztp__span(s->text.data + s->at, s->text.len - s->at);
    size_t n = sztp__utf8_step(rest);
    if (rest.len == 0) return json_fail_at(s, SZTP_ERR_JSON, "a string without its closing quote", start - 1);
    if (n == 0) return json_fail(s, "octets that are not UTF-8");
    if (rest.data[0] == '"') break;
    if (rest.data[0] < 0x20) return json_fail(s, "a control character in a string");
    if (rest.data[0] == '\\') {
      uint32_t code;
      const char *fault = read_escape(rest, &code, &n);
      if (fault != NULL) return json_fail(s, fault);
    }
    s->at += n;
  }
  *raw = sztp__span(s->text.data + start, s->at - start);
  s->at++;
  return SZTP_OK;
}

/* Writes a code point as UTF-8, returns how many octets. */
static size_t put_code(uint8_t *out, uint32_t code) {
  if (code < 0x80) {
    out[0] = (uint8_t)code;
    return 1;
  }
  size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--) {
    out[i] = (uint8_t)(0x80 | (code & 0x3f));
    code >>= 6;
  }
  out[0] = (uint8_t)(n == 2 ? 0xc0 | code : n == 3 ? 0xe0 | code : 0xf0 | code);
  return n;
}

/* Resolves the escapes of a string that was scanned; @p out has room for raw.len octets, which is enough: no
 * escape is shorter than its value. */
static size_t resolve(sztp__span_t raw, uint8_t *out) {
  size_t len = 0;
  while (raw.len > 0) {
    uint32_t code = 0;
    size_t n = 1;
    if (raw.data[0] == '\\') {
      (void)read_escape(raw, &code, &n);
      len += put_code(out + len, code);
    } else {
      out[len++] = raw.data[0];
    }
    raw = sztp__span_from(raw, n);
  }
  return len;
}

/* Makes a node of cJSON's @p type for the value @p raw, and puts it into the innermost open array or object.
 * Long strings without escapes stay in the input, which costs nothing. */
static int32_t add_json_value(scan_t *s, int type, sztp__span_t raw, sztp__json_value_t **out) {
  int escaped = type == cJSON_String && raw.len > 0 && memchr(raw.data, '\\', raw.len) != NULL;
  sztp__json_value_t *v = sztp__alloc(s->ctx, sizeof *v + s->name.len + 1 + (escaped ? raw.len : 0));
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->item.type = type;
  v->made_before = s->doc->values;
  s->doc->values = v;
  uint8_t *name = (uint8_t *)(v + 1);
  uint8_t *text = name + s->name.len + 1;
  v->text = escaped ? sztp__span(text, resolve(raw, text)) : raw;
  cJSON *parent = s->depth > 0 ? &s->open[s->depth - 1]->item : NULL;
  if (parent == NULL) {
    s->doc->root = v;
  } else if (cJSON_IsObject(parent)) {
    (void)resolve(s->name, name);
    (void)cJSON_AddItemToObjectCS(parent, (const char *)name, &v->item);
  } else {
    (void)cJSON_AddItemToArray(parent, &v->item);
  }
  s->name = sztp__span(NULL, 0);
  *out = v;
  return SZTP_OK;
}

static int32_t add_leaf(scan_t *s, int type, sztp__span_t raw) {
  sztp__json_value_t *v;
  return add_json_value(s, type, raw, &v);
}

static int32_t string_value(scan_t *s) {
  sztp__span_t raw;
  int32_t rc = scan_string(s, &raw);
  return rc < 0 ? rc : add_leaf(s, cJSON_String, raw);
}

/* One or more digits; 0 if there is none. */
static int scan_digits(scan_t *s) {
  size_t start = s->at;
  while (peek(s) >= '0' && peek(s) <= '9') s->at++;
  return s->at > start;
}

static int32_t number_value(scan_t *s) {
  size_t start = s->at;
  if (peek(s) == '-') s->at++;
  if (peek(s) == '0')
    s->at++;
  else if (!scan_digits(s))
    return json_fail(s, "a number without digits");
  if (peek(s) == '.') {
    s->at++;
    if (!scan_digits(s)) return json_fail(s, "a fraction without digits");
  }
  if (peek(s) == 'e' || peek(s) == 'E') {
    s->at++;
    if (peek(s) == '+' || peek(s) == '-') s->at++;
    if (!scan_digits(s)) return json_fail(s, "an exponent without digits");
  }
  if (s->at - start > sztp__limit(s->ctx, SZTP_LIMIT_LEAF))
    return json_fail_at(s, SZTP_ERR_LIMIT, "a number with too many digits", start);
  return add_leaf(s, cJSON_Number, sztp__span(s->text.data + start, s->at - start));
}

static int32_t literal_value(scan_t *s) {
  static const struct {
    const char *word;
    int type;
  } literals[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};
  for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
    size_t n = strlen(literals[i].word);
    if (s->text.len - s->at < n || memcmp(s->text.data + s->at, literals[i].word, n) != 0) continue;
    s->at += n;
    return add_leaf(s, literals[i].type, sztp__span(NULL, 0));
  }
  return json_fail(s, s->at == s->text.len ? "the end of the text where a value should be" : "no JSON value");
}

static int32_t count_member(scan_t *s) {
  if (++s->members > sztp__limit(s->ctx, SZTP_LIMIT_MEMBERS))
    return json_fail_at(s, SZTP_ERR_LIMIT, "too many members and elements", s->at);
  return SZTP_OK;
}

/* What may follow a value or a closed container. */
static void after_value(scan_t *s) { s->expect = s->depth == 0 ? NOTHING : COMMA_OR_END; }

static int in_array(const scan_t *s) { return s->depth > 0 && cJSON_IsArray(&s->open[s->depth - 1]->item); }

static int32_t open_container(scan_t *s) {
  int object = peek(s) == '{';
  if (s->depth >= sztp__limit(s->ctx, SZTP_LIMIT_DEPTH) || s->depth >= MAX_DEPTH)
    return json_fail_at(s, SZTP_ERR_LIMIT, "arrays and objects are nested too deep", s->at);
  sztp__json_value_t *v;
  int32_t rc = add_json_value(s, object ? cJSON_Object : cJSON_Array, sztp__span(NULL, 0), &v);
  if (rc < 0) return rc;
  s->open[s->depth++] = v;
  s->expect = object ? NAME_OR_END : VALUE_OR_END;
  s->at++;
  return SZTP_OK;
}

static int32_t close_container(scan_t *s) {
  s->depth--;
  s->at++;
  after_value(s);
  return SZTP_OK;
}

static int32_t value(scan_t *s) {
  uint8_t c = peek(s);
  if (in_array(s)) {
    int32_t rc = count_member(s);
    if (rc < 0) return rc;
  }
  if (c == '{' || c == '[') return open_container(s);
  after_value(s);
  if (c == '"') return string_value(s);
  return c == '-' || (c >= '0' && c <= '9') ? number_value(s) : literal_value(s);
}

/* A member's name with its colon. */
static int32_t member_name(scan_t *s) {
  if (peek(s) != '"') return json_fail(s, "no member name in quotes");
  int32_t rc = count_member(s);
  if (rc == SZTP_OK) rc = scan_string(s, &s->name);
  if (rc < 0) return rc;
  if (s->name.len > sztp__limit(s->ctx, SZTP_LIMIT_LEAF))
    return json_fail_at(s, SZTP_ERR_LIMIT, "a member name too long", s->at);
  skip_space(s);
  if (peek(s) != ':') return json_fail(s, "no ':' after a member name");
  s->at++;
  s->expect = VALUE;
  return SZTP_OK;
}

static int32_t comma(scan_t *s) {
  if (peek(s) != ',') return json_fail(s, "neither ',' nor the end of the array or object");
  s->at++;
  s->expect = in_array(s) ? VALUE : NAME;
  return SZTP_OK;
}

/* One step of the grammar. */
static int32_t step(scan_t *s) {
  int can_close = s->expect == VALUE_OR_END || s->expect == NAME_OR_END || s->expect == COMMA_OR_END;
  if (can_close && peek(s) == (in_array(s) ? ']' : '}')) return close_container(s);
  if (s->expect == COMMA_OR_END) return comma(s);
  return s->expect == NAME || s->expect == NAME_OR_END ? member_name(s) : value(s);
}

static int32_t scan(scan_t *s) {
  static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
  if (s->text.len >= sizeof mark && memcmp(s->text.data, mark, sizeof mark) == 0) s->at = sizeof mark;
  s->expect = VALUE;
  for (;;) {
    skip_space(s);
    if (s->expect == NOTHING)
      return s->at == s->text.len ? SZTP_OK : json_fail(s, "text after the document's value");
    int32_t rc = step(s);
    if (rc != SZTP_OK) return rc;
  }
}

/* ---- member names (D-56) ------------------------------------------------------------------------- */

static int32_t repeated(sztp_ctx_t *ctx, const char *name) {
  char shown[SZTP__NAME_SIZE];
  return sztp__fail(ctx, SZTP_ERR_JSON, "json", "two members named '%s' in one object",
                    sztp__printable(shown, sizeof shown, sztp__span_of(name)));
}

static void sift_down(const char **names, size_t root, size_t count) {
  for (size_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
    if (child + 1 < count && strcmp(names[child], names[child + 1]) < 0) child++;
    if (strcmp(names[root], names[child]) >= 0) return;
    const char *t = names[root];
    names[root] = names[child];
    names[child] = t;
  }
}

/* Heap sort: no recursion, no memory, and no input that makes it slow. */
static void sort_names(const char **names, size_t count) {
  for (size_t i = count / 2; i > 0; i--) sift_down(names, i - 1, count);
  for (size_t end = count; end > 1; end--) {
    const char *t = names[0];
    names[0] = names[end - 1];
    names[end - 1] = t;
    sift_down(names, 0, end - 1);
  }
}

/* The members of one object. @p names has room for all of them. */
static int32_t check_object(sztp_ctx_t *ctx, const cJSON *object, const char **names) {
  size_t count = 0;
  const cJSON *member;
  cJSON_ArrayForEach(member, object) names[count++] = member->string;
  sort_names(names, count);
  for (size_t i = 1; i < count; i++)
    if (strcmp(names[i - 1], names[i]) == 0) return repeated(ctx, names[i]);
  return SZTP_OK;
}

/* @p most is at least the number of members of any object. */
static int32_t check_names(const sztp__json_t *doc, size_t most) {
  const char **names = sztp__alloc_array(doc->ctx, most, sizeof *names);
  if (names == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = SZTP_OK;
  for (const sztp__json_value_t *v = doc->values; rc == SZTP_OK && v != NULL; v = v->made_before)
    if (cJSON_IsObject(&v->item)) rc = check_object(doc->ctx, &v->item, names);
  sztp__free(doc->ctx, (void *)names);
  return rc;
}

/* ---- the document -------------------------------------------------------------------------------- */

int32_t sztp__json_parse(sztp_ctx_t *ctx, sztp__span_t text, sztp__json_t **out) {
  sztp__json_t *doc = sztp__alloc(ctx, sizeof *doc);
  if (doc == NULL) return SZTP_ERR_MEMORY;
  doc->ctx = ctx;
  scan_t s;
  memset(&s, 0, sizeof s);
  s.ctx = ctx;
  s.doc = doc;
  s.text = text.len > 0 ? text : sztp__span_of("");
  int32_t rc = scan(&s);
  if (rc == SZTP_OK) rc = check_names(doc, (size_t)s.members);
  if (rc < 0)
    sztp__json_free(doc);
  else
    *out = doc;
  return rc;
}

void sztp__json_free(sztp__json_t *doc) {
  if (doc == NULL) return;
  while (doc->values != NULL) {
    sztp__json_value_t *v = doc->values;
    doc->values = v->made_before;
    sztp__free_secret(doc->ctx, v);
  }
  sztp__free(doc->ctx, doc);
}

/* ---- values -------------------------------------------------------------------------------------- */

const sztp__json_value_t *sztp__json_root(const sztp__json_t *doc) { return doc->root; }

uint32_t sztp__json_type(const sztp__json_value_t *v) {
  if (cJSON_IsObject(&v->item)) return SZTP__JSON_OBJECT;
  if (cJSON_IsArray(&v->item)) return SZTP__JSON_ARRAY;
  if (cJSON_IsBool(&v->item)) return SZTP__JSON_BOOL;
  if (cJSON_IsNull(&v->item)) return SZTP__JSON_NULL;
  return cJSON_IsNumber(&v->item) ? SZTP__JSON_NUMBER : SZTP__JSON_STRING;
}

const sztp__json_value_t *sztp__json_member(const sztp__json_value_t *object, const char *name) {
  if (!cJSON_IsObject(&object->item)) return NULL;
  return json_value_of(cJSON_GetObjectItemCaseSensitive(&object->item, name));
}

const char *sztp__json_name(const sztp__json_value_t *v) {
  return v->item.string != NULL ? v->item.string : "";
}

const sztp__json_value_t *sztp__json_first(const sztp__json_value_t *v) {
  return json_value_of(v->item.child);
}

const sztp__json_value_t *sztp__json_next(const sztp__json_value_t *v) { return json_value_of(v->item.next); }

sztp__span_t sztp__json_string(const sztp__json_value_t *v) { return v->text; }

sztp__span_t sztp__json_number(const sztp__json_value_t *v) { return v->text; }

int sztp__json_bool(const sztp__json_value_t *v) { return cJSON_IsTrue(&v->item) ? 1 : 0; }

/* ---- writer -------------------------------------------------------------------------------------- */

/* Adds the escape for an octet that can't be written as it is. */
static void put_escape(sztp__buf_t *out, uint8_t c) {
  switch (c) {
  case '"': sztp__buf_add_text(out, "\\\""); break;
  case '\\': sztp__buf_add_text(out, "\\\\"); break;
  case '\n': sztp__buf_add_text(out, "\\n"); break;
  case '\r': sztp__buf_add_text(out, "\\r"); break;
  case '\t': sztp__buf_add_text(out, "\\t"); break;
  default:
    if (c < 0x20) {
      sztp__buf_add_text(out, "\\u00");
      sztp__hex_encode(out, sztp__span(&c, 1), 0);
    } else {
      sztp__buf_add_text(out, "\xef\xbf\xbd"); /* not UTF-8 */
    }
  }
}

int32_t sztp__json_put_string(sztp__buf_t *out, sztp__span_t text) {
  size_t plain = 0; /* start of what needs no escape */
  size_t at = 0;
  sztp__buf_add_u8(out, '"');
  while (at < text.len && out->status == SZTP_OK) {
    size_t n = sztp__utf8_step(sztp__span(text.data + at, text.len - at));
    uint8_t c = text.data[at];
    if (n == 0 || c < 0x20 || c == '"' || c == '\\') {
      sztp__buf_add(out, text.data + plain, at - plain);
      put_escape(out, c);
      at++;
      plain = at;
    } else {
      at += n;
    }
  }
  if (at > plain) sztp__buf_add(out, text.data + plain, at - plain);
  return sztp__buf_add_u8(out, '"');
}
