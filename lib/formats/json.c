/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: a strict scan, then cJSON on the short form that the scan writes.
 *
 * In the short form every string value starts with a letter that says what it stands for:
 *   s  the string itself
 *   n  a number's text
 *   r  "offset,length" of a long string's raw octets in the input
 * cJSON recurses by nesting, in parsing and in deleting. The scan has bounded that by SZTP_LIMIT_DEPTH, 128
 * at most, long before cJSON's own limit of 1000. */
#include "formats/json.h"

#include <cjson/cJSON.h>

#include "ground/text.h"

#define MAX_DEPTH 128 /* what sztp_ctx_set_i64 allows */
#define LONG_RAW  64  /* a string with more raw octets becomes a reference */

/* A long string with its escapes resolved, made when first asked for. */
typedef struct resolved {
  struct resolved *next;
  const sztp__json_value_t *value;
  uint8_t *data;
  size_t len;
} resolved_t;

struct sztp__json {
  sztp_ctx_t *ctx;
  sztp__span_t text; /* the input that references point into */
  cJSON *root;
  resolved_t *resolved;
};

/* --- the scan --- */

typedef enum expect { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COMMA_OR_END, NOTHING } expect_t;

typedef struct scan {
  sztp_ctx_t *ctx;
  sztp__span_t text;
  size_t at;
  sztp__buf_t out; /* the short form */
  expect_t expect;
  uint32_t depth;
  uint64_t members;
  uint8_t closing[MAX_DEPTH]; /* '}' or ']' of each open container */
} scan_t;

static int32_t fail_at(const scan_t *s, int32_t code, const char *what, size_t at) {
  unsigned long line = 1;
  unsigned long column = 1;
  for (size_t i = 0; i < at; i++) {
    if (s->text.data[i] == '\n') {
      line++;
      column = 1;
    } else if ((s->text.data[i] & 0xc0) != 0x80) {
      column++; /* characters, not octets */
    }
  }
  return sztp__fail(s->ctx, code, "json", "line %lu column %lu: %s", line, column, what);
}

static int32_t fail(const scan_t *s, const char *what) { return fail_at(s, SZTP_ERR_JSON, what, s->at); }

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
  if (c != 'u') return "an unknown escape";
  int32_t unit = four_hex(raw.data + 2, raw.len - 2);
  if (unit < 0) return "\\u without four hex digits";
  if (unit == 0) return "\\u0000, which is refused";
  *len = 6;
  *code = (uint32_t)unit;
  if (unit < 0xd800 || unit > 0xdfff) return NULL;
  int32_t low = -1;
  if (unit <= 0xdbff && raw.len >= 8 && raw.data[6] == '\\' && raw.data[7] == 'u')
    low = four_hex(raw.data + 8, raw.len - 8);
  if (low < 0xdc00 || low > 0xdfff) return "an unpaired surrogate";
  *len = 12;
  *code = 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
  return NULL;
}

/* Scans the string at the current position (a quote), moves behind it; *raw is what is between the quotes. */
static int32_t scan_string(scan_t *s, sztp__span_t *raw) {
  size_t start = s->at + 1;
  s->at = start;
  for (;;) {
    sztp__span_t rest = sztp__span(s->text.data + s->at, s->text.len - s->at);
    size_t n = sztp__utf8_step(rest);
    if (rest.len == 0) return fail_at(s, SZTP_ERR_JSON, "a string without its closing quote", start - 1);
    if (n == 0) return fail(s, "octets that are not UTF-8");
    if (rest.data[0] == '"') break;
    if (rest.data[0] < 0x20) return fail(s, "a control character in a string");
    if (rest.data[0] == '\\') {
      uint32_t code;
      const char *fault = read_escape(rest, &code, &n);
      if (fault != NULL) return fail(s, fault);
    }
    s->at += n;
  }
  *raw = sztp__span(s->text.data + start, s->at - start);
  s->at++;
  return 0;
}

/* Adds a quoted string with @p prefix in front of @p raw. */
static void put_value(scan_t *s, char prefix, sztp__span_t raw) {
  sztp__buf_add_u8(&s->out, '"');
  sztp__buf_add_u8(&s->out, (uint8_t)prefix);
  sztp__buf_add_span(&s->out, raw);
  sztp__buf_add_u8(&s->out, '"');
}

static int32_t string_value(scan_t *s) {
  sztp__span_t raw;
  int32_t rc = scan_string(s, &raw);
  if (rc != 0) return rc;
  if (raw.len > LONG_RAW)
    sztp__buf_addf(&s->out, "\"r%lu,%lu\"", (unsigned long)(raw.data - s->text.data), (unsigned long)raw.len);
  else
    put_value(s, 's', raw);
  return s->out.status;
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
    return fail(s, "a number without digits");
  if (peek(s) == '.') {
    s->at++;
    if (!scan_digits(s)) return fail(s, "a fraction without digits");
  }
  if (peek(s) == 'e' || peek(s) == 'E') {
    s->at++;
    if (peek(s) == '+' || peek(s) == '-') s->at++;
    if (!scan_digits(s)) return fail(s, "an exponent without digits");
  }
  if (s->at - start > sztp__limit(s->ctx, SZTP_LIMIT_LEAF))
    return fail_at(s, SZTP_ERR_LIMIT, "a number with too many digits", start);
  put_value(s, 'n', sztp__span(s->text.data + start, s->at - start));
  return s->out.status;
}

static int32_t literal_value(scan_t *s) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t n = strlen(words[i]);
    if (s->text.len - s->at < n || memcmp(s->text.data + s->at, words[i], n) != 0) continue;
    s->at += n;
    return sztp__buf_add_text(&s->out, words[i]);
  }
  return fail(s, s->at == s->text.len ? "the end of the text where a value should be" : "no JSON value");
}

static int32_t count_member(scan_t *s) {
  if (++s->members > sztp__limit(s->ctx, SZTP_LIMIT_MEMBERS))
    return fail_at(s, SZTP_ERR_LIMIT, "too many members and elements", s->at);
  return 0;
}

/* What may follow a value or a closed container. */
static void after_value(scan_t *s) { s->expect = s->depth == 0 ? NOTHING : COMMA_OR_END; }

static int32_t open_container(scan_t *s) {
  int object = peek(s) == '{';
  if (s->depth >= sztp__limit(s->ctx, SZTP_LIMIT_DEPTH) || s->depth >= MAX_DEPTH)
    return fail_at(s, SZTP_ERR_LIMIT, "arrays and objects are nested too deep", s->at);
  s->closing[s->depth++] = object ? '}' : ']';
  s->expect = object ? NAME_OR_END : VALUE_OR_END;
  s->at++;
  return sztp__buf_add_u8(&s->out, object ? '{' : '[');
}

static int32_t close_container(scan_t *s) {
  uint8_t c = s->closing[--s->depth];
  s->at++;
  after_value(s);
  return sztp__buf_add_u8(&s->out, c);
}

static int32_t value(scan_t *s) {
  uint8_t c = peek(s);
  if (s->depth > 0 && s->closing[s->depth - 1] == ']') {
    int32_t rc = count_member(s);
    if (rc != 0) return rc;
  }
  if (c == '{' || c == '[') return open_container(s);
  after_value(s);
  if (c == '"') return string_value(s);
  return c == '-' || (c >= '0' && c <= '9') ? number_value(s) : literal_value(s);
}

/* A member's name with its colon. */
static int32_t member_name(scan_t *s) {
  sztp__span_t raw;
  if (peek(s) != '"') return fail(s, "no member name in quotes");
  int32_t rc = count_member(s);
  if (rc == 0) rc = scan_string(s, &raw);
  if (rc != 0) return rc;
  if (raw.len > sztp__limit(s->ctx, SZTP_LIMIT_LEAF))
    return fail_at(s, SZTP_ERR_LIMIT, "a member name too long", s->at);
  skip_space(s);
  if (peek(s) != ':') return fail(s, "no ':' behind a member name");
  s->at++;
  s->expect = VALUE;
  sztp__buf_add_u8(&s->out, '"');
  sztp__buf_add_span(&s->out, raw);
  return sztp__buf_add_text(&s->out, "\":");
}

static int32_t comma(scan_t *s) {
  if (peek(s) != ',') return fail(s, "neither ',' nor the end of the array or object");
  s->at++;
  s->expect = s->closing[s->depth - 1] == '}' ? NAME : VALUE;
  return sztp__buf_add_u8(&s->out, ',');
}

/* One step of the grammar. */
static int32_t step(scan_t *s) {
  int can_close = s->expect == VALUE_OR_END || s->expect == NAME_OR_END || s->expect == COMMA_OR_END;
  if (can_close && peek(s) == s->closing[s->depth - 1]) return close_container(s);
  if (s->expect == COMMA_OR_END) return comma(s);
  return s->expect == NAME || s->expect == NAME_OR_END ? member_name(s) : value(s);
}

static int32_t scan(scan_t *s) {
  static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
  if (s->text.len >= sizeof mark && memcmp(s->text.data, mark, sizeof mark) == 0) s->at = sizeof mark;
  s->expect = VALUE;
  for (;;) {
    skip_space(s);
    if (s->expect == NOTHING) return s->at == s->text.len ? 0 : fail(s, "text behind the document's value");
    int32_t rc = step(s);
    if (rc != 0) return rc;
  }
}

/* --- all nodes of a document, without recursion --- */

typedef struct walk {
  const cJSON *parents[MAX_DEPTH];
  size_t depth;
} walk_t;

/* The node behind @p v as the document has them, NULL after the last one. */
static cJSON *walk_on(walk_t *w, const cJSON *v) {
  if (v->child != NULL) {
    w->parents[w->depth++] = v;
    return v->child;
  }
  while (w->depth > 0 && v->next == NULL) v = w->parents[--w->depth];
  return w->depth == 0 ? NULL : v->next; /* the root has no next */
}

/* --- member names (D-56) --- */

static int32_t repeated(sztp_ctx_t *ctx, const char *name) {
  char shown[96];
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
  for (const cJSON *m = object->child; m != NULL; m = m->next) names[count++] = m->string;
  sort_names(names, count);
  for (size_t i = 1; i < count; i++)
    if (strcmp(names[i - 1], names[i]) == 0) return repeated(ctx, names[i]);
  return 0;
}

static int32_t check_names(sztp_ctx_t *ctx, cJSON *root, const char **names) {
  walk_t w = {{NULL}, 0};
  int32_t rc = 0;
  for (const cJSON *v = root; rc == 0 && v != NULL; v = walk_on(&w, v))
    if (cJSON_IsObject(v)) rc = check_object(ctx, v, names);
  return rc;
}

/* --- the document --- */

static int32_t build(sztp__json_t *doc, scan_t *s) {
  int32_t rc = scan(s);
  if (rc != 0) return rc;
  doc->root = cJSON_ParseWithLength((const char *)s->out.data, s->out.len);
  sztp__buf_clear(&s->out);
  if (doc->root == NULL) /* the scan has left nothing else to go wrong */
    return sztp__fail(doc->ctx, SZTP_ERR_MEMORY, "json", "the JSON parser found no memory");
  const char **names = (const char **)sztp__alloc_array(doc->ctx, (size_t)s->members, sizeof *names);
  if (names == NULL) return SZTP_ERR_MEMORY;
  rc = check_names(doc->ctx, doc->root, names);
  sztp__free(doc->ctx, (void *)names);
  return rc;
}

int32_t sztp__json_parse(sztp_ctx_t *ctx, sztp__span_t text, sztp__json_t **out) {
  sztp__json_t *doc = (sztp__json_t *)sztp__alloc(ctx, sizeof *doc);
  if (doc == NULL) return SZTP_ERR_MEMORY;
  doc->ctx = ctx;
  doc->text = text.len > 0 ? text : sztp__span_of("");
  scan_t s;
  memset(&s, 0, sizeof s);
  s.ctx = ctx;
  s.text = doc->text;
  sztp__buf_init(&s.out, ctx, SIZE_MAX / 4);
  int32_t rc = build(doc, &s);
  sztp__buf_clear(&s.out);
  if (rc != 0)
    sztp__json_free(doc);
  else
    *out = doc;
  return rc;
}

/* The scan's short form was wiped; these are copies of it. */
static void wipe_values(cJSON *root) {
  walk_t w = {{NULL}, 0};
  for (cJSON *v = root; v != NULL; v = walk_on(&w, v))
    if (v->valuestring != NULL) sztp__wipe(v->valuestring, strlen(v->valuestring));
}

void sztp__json_free(sztp__json_t *doc) {
  if (doc == NULL) return;
  while (doc->resolved != NULL) {
    resolved_t *r = doc->resolved;
    doc->resolved = r->next;
    sztp__free_secret(doc->ctx, r->data);
    sztp__free(doc->ctx, r);
  }
  wipe_values(doc->root);
  cJSON_Delete(doc->root);
  sztp__free(doc->ctx, doc);
}

/* --- values --- */

static const cJSON *node_of(const sztp__json_value_t *v) { return (const cJSON *)(const void *)v; }

static const sztp__json_value_t *value_of(const cJSON *node) {
  return (const sztp__json_value_t *)(const void *)node;
}

const sztp__json_value_t *sztp__json_root(const sztp__json_t *doc) { return value_of(doc->root); }

uint32_t sztp__json_type(const sztp__json_value_t *v) {
  const cJSON *node = node_of(v);
  if (cJSON_IsObject(node)) return SZTP__JSON_OBJECT;
  if (cJSON_IsArray(node)) return SZTP__JSON_ARRAY;
  if (cJSON_IsBool(node)) return SZTP__JSON_BOOL;
  if (cJSON_IsNull(node)) return SZTP__JSON_NULL;
  return node->valuestring[0] == 'n' ? SZTP__JSON_NUMBER : SZTP__JSON_STRING;
}

const sztp__json_value_t *sztp__json_member(const sztp__json_value_t *object, const char *name) {
  return cJSON_IsObject(node_of(object)) ? value_of(cJSON_GetObjectItemCaseSensitive(node_of(object), name))
                                         : NULL;
}

const char *sztp__json_name(const sztp__json_value_t *v) {
  return node_of(v)->string != NULL ? node_of(v)->string : "";
}

const sztp__json_value_t *sztp__json_first(const sztp__json_value_t *v) {
  return value_of(node_of(v)->child);
}

const sztp__json_value_t *sztp__json_next(const sztp__json_value_t *v) { return value_of(node_of(v)->next); }

size_t sztp__json_count(const sztp__json_value_t *v) {
  size_t count = 0;
  for (const cJSON *child = node_of(v)->child; child != NULL; child = child->next) count++;
  return count;
}

/* The raw octets in the input that "offset,length" names. The scan wrote it, so it is in range. */
static sztp__span_t raw_of(const sztp__json_t *doc, const char *reference) {
  size_t offset = 0;
  size_t len = 0;
  for (; *reference != ','; reference++) offset = offset * 10 + (size_t)(*reference - '0');
  for (reference++; *reference != 0; reference++) len = len * 10 + (size_t)(*reference - '0');
  return sztp__span(doc->text.data + offset, len);
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

/* Resolves escapes; @p out has room for raw.len octets, which is enough: no escape is shorter than its value.
 */
static size_t resolve(sztp__span_t raw, uint8_t *out) {
  size_t len = 0;
  for (size_t at = 0; at < raw.len;) {
    if (raw.data[at] != '\\') {
      out[len++] = raw.data[at++];
      continue;
    }
    uint32_t code = 0;
    size_t n = 0;
    read_escape(sztp__span(raw.data + at, raw.len - at), &code, &n);
    len += put_code(out + len, code);
    at += n;
  }
  return len;
}

int32_t sztp__json_string(sztp__json_t *doc, const sztp__json_value_t *v, sztp__span_t *out) {
  const char *text = node_of(v)->valuestring;
  if (text[0] == 's') {
    *out = sztp__span_of(text + 1);
    return 0;
  }
  sztp__span_t raw = raw_of(doc, text + 1);
  if (memchr(raw.data, '\\', raw.len) == NULL) {
    *out = raw;
    return 0;
  }
  resolved_t *r = doc->resolved;
  while (r != NULL && r->value != v) r = r->next;
  if (r == NULL) {
    r = (resolved_t *)sztp__alloc(doc->ctx, sizeof *r);
    if (r == NULL) return SZTP_ERR_MEMORY;
    r->data = (uint8_t *)sztp__alloc(doc->ctx, raw.len);
    if (r->data == NULL) {
      sztp__free(doc->ctx, r);
      return SZTP_ERR_MEMORY;
    }
    r->value = v;
    r->len = resolve(raw, r->data);
    r->next = doc->resolved;
    doc->resolved = r;
  }
  *out = sztp__span(r->data, r->len);
  return 0;
}

sztp__span_t sztp__json_number(const sztp__json_value_t *v) {
  return sztp__span_of(node_of(v)->valuestring + 1);
}

int sztp__json_bool(const sztp__json_value_t *v) { return cJSON_IsTrue(node_of(v)) ? 1 : 0; }

/* --- writer --- */

/* Adds what stands for an octet that can't stand for itself. */
static void put_escape(sztp__buf_t *out, uint8_t c) {
  switch (c) {
  case '"': sztp__buf_add_text(out, "\\\""); break;
  case '\\': sztp__buf_add_text(out, "\\\\"); break;
  case '\n': sztp__buf_add_text(out, "\\n"); break;
  case '\r': sztp__buf_add_text(out, "\\r"); break;
  case '\t': sztp__buf_add_text(out, "\\t"); break;
  default:
    if (c < 0x20)
      sztp__buf_addf(out, "\\u%04x", c);
    else
      sztp__buf_add_text(out, "\xef\xbf\xbd"); /* not UTF-8 */
  }
}

int32_t sztp__json_put_string(sztp__buf_t *out, sztp__span_t text) {
  size_t plain = 0; /* start of what needs no escape */
  size_t at = 0;
  sztp__buf_add_u8(out, '"');
  while (at < text.len && out->status == 0) {
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
