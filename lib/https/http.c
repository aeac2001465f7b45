/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a request and reads a response, octet by octet (REST-23 to REST-26). What two readers could take to
 * end at different places is refused: a body framed twice, folded lines, bare CR or LF, loose numbers. */
#include "https/http.h"

#include <stdlib.h>

#include <sztp/error.h>

#include "ground/format.h"

#define CHUNK_LINE_MAX 1024 /* octets of a chunk's size with its extensions */

enum {
  S_VERSION, /* "HTTP/1." and the digit after it */
  S_VERSION_SPACE,
  S_STATUS,
  S_STATUS_END,
  S_REASON,
  S_REASON_LF,
  S_FIELD, /* at the start of a line of the header section */
  S_NAME,
  S_VALUE_START, /* white space before the value */
  S_VALUE,
  S_VALUE_LF,
  S_SECTION_LF, /* of the empty line */
  S_LENGTH,     /* body of known length */
  S_UNTIL_CLOSE,
  S_CHUNK_FIRST, /* a chunk's size must have a digit */
  S_CHUNK_SIZE,
  S_CHUNK_SPACE,
  S_CHUNK_EXTENSION,
  S_CHUNK_LF,
  S_CHUNK_DATA,
  S_CHUNK_DATA_CR,
  S_CHUNK_DATA_LF,
  S_END,
  S_BAD
};

enum {
  F_OTHER,
  F_CONTENT_LENGTH,
  F_TRANSFER_ENCODING,
  F_CONNECTION,
  F_CONTENT_TYPE,
  F_RETRY_AFTER,
  F_ETAG,
  F_LAST_MODIFIED,
  F_DATE,
  F_CONTENT_RANGE,
  F_CONTENT_ENCODING,
  F_WWW_AUTHENTICATE
};

/* ---- characters ---------------------------------------------------------------------------------- */

static uint8_t http_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static int http_is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static int http_is_space(uint8_t c) { return c == ' ' || c == '\t'; }

/* RFC 9110 5.6.2: tchar */
static int is_token(uint8_t c) {
  if (http_is_digit(c) || (http_lower(c) >= 'a' && http_lower(c) <= 'z')) return 1;
  return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* What may stand in a field value or a reason phrase. */
static int is_text(uint8_t c) { return c == '\t' || (c >= 0x20 && c != 0x7f); }

static int http_hex(uint8_t c) {
  if (http_is_digit(c)) return c - '0';
  c = http_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int http_same_word(const char *a, size_t len, const char *word) {
  if (strlen(word) != len) return 0;
  for (size_t i = 0; i < len; i++)
    if (http_lower((uint8_t)a[i]) != (uint8_t)word[i]) return 0;
  return 1;
}

/* ---- request ------------------------------------------------------------------------------------- */

static int line_ok(sztp__span_t s, int spaces) {
  if (s.len == 0) return 0;
  for (size_t i = 0; i < s.len; i++)
    if (!is_text(s.data[i]) || (!spaces && http_is_space(s.data[i]))) return 0;
  return 1;
}

static int header_ok(sztp__span_t h) {
  static const char *const ours[] = {
      "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect", "trailer"};
  const uint8_t *colon = h.len > 0 ? memchr(h.data, ':', h.len) : NULL;
  if (colon == NULL || colon == h.data || !line_ok(h, 1)) return 0;
  size_t name = (size_t)(colon - h.data);
  for (size_t i = 0; i < name; i++)
    if (!is_token(h.data[i])) return 0;
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (http_same_word((const char *)h.data, name, ours[i])) return 0;
  return 1;
}

static int request_ok(const sztp__http_request_t *q) {
  if (!line_ok(q->method, 0) || !line_ok(q->target, 0) || !line_ok(q->host, 0)) return 0;
  if (q->target.data[0] != '/') return 0;
  for (size_t i = 0; i < q->header_count; i++)
    if (!header_ok(q->headers[i])) return 0;
  return 1;
}

typedef struct writer {
  uint8_t *data; /* NULL while counting */
  size_t len;
} writer_t;

static void http_put(writer_t *w, const void *data, size_t len) {
  if (w->data != NULL && len > 0) memcpy(w->data + w->len, data, len);
  w->len += len;
}

static void http_put_text(writer_t *w, const char *text) { http_put(w, text, strlen(text)); }

/* The host as given, with brackets if it is an IPv6 address; a zone means nothing to the server. */
static void put_host(writer_t *w, const sztp__http_request_t *q) {
  int v6 = memchr(q->host.data, ':', q->host.len) != NULL;
  size_t len = q->host.len;
  const uint8_t *zone = v6 ? memchr(q->host.data, '%', len) : NULL;
  if (zone != NULL) len = (size_t)(zone - q->host.data);
  http_put_text(w, v6 ? "[" : "");
  http_put(w, q->host.data, len);
  http_put_text(w, v6 ? "]" : "");
  if (q->port != q->default_port) {
    char port[16];
    sztp__format(port, sizeof port, ":%u", (unsigned)q->port);
    http_put_text(w, port);
  }
}

static void put_request(writer_t *w, const sztp__http_request_t *q) {
  http_put(w, q->method.data, q->method.len);
  http_put_text(w, " ");
  http_put(w, q->target.data, q->target.len);
  http_put_text(w, " HTTP/1.1\r\nHost: ");
  put_host(w, q);
  http_put_text(w, "\r\n");
  for (size_t i = 0; i < q->header_count; i++) {
    http_put(w, q->headers[i].data, q->headers[i].len);
    http_put_text(w, "\r\n");
  }
  if (q->body.len > 0 || !sztp__span_is(q->method, "GET")) {
    char length[48];
    sztp__format(length, sizeof length, "Content-Length: %zu\r\n", q->body.len);
    http_put_text(w, length);
  }
  http_put_text(w, "\r\n");
  http_put(w, q->body.data, q->body.len);
}

int32_t sztp__http_write(const sztp__http_request_t *q, uint8_t **out, size_t *len) {
  if (!request_ok(q)) return SZTP_ERR_ARG;
  writer_t w = {NULL, 0};
  put_request(&w, q);
  uint8_t *data = malloc(w.len);
  if (data == NULL) return SZTP_ERR_MEMORY;
  w.data = data;
  w.len = 0;
  put_request(&w, q);
  *out = data;
  *len = w.len;
  return SZTP_OK;
}

/* ---- response: header section -------------------------------------------------------------------- */

void sztp__http_begin(sztp__http_t *r, uint32_t max_octets, uint32_t max_fields) {
  memset(r, 0, sizeof *r);
  r->octets_left = max_octets;
  r->fields_left = max_fields;
  r->state = S_VERSION;
}

static uint32_t bad(sztp__http_t *r, const char *why) {
  r->state = S_BAD;
  r->why = why;
  return SZTP__HTTP_BAD;
}

/* An interim response says nothing about the final one. */
static void forget_interim(sztp__http_t *r) {
  r->status = 0;
  r->position = 0;
  r->content_type_len = 0;
  r->basic = 0;
  r->has_retry_after = 0;
  r->etag = r->last_modified = r->date = r->content_range = r->content_encoding = (sztp__http_word_t){0};
  r->state = S_VERSION;
}

static uint32_t field_of(const sztp__http_t *r) {
  static const struct {
    const char *name;
    uint32_t field;
  } known[] = {{"content-length", F_CONTENT_LENGTH},
               {"transfer-encoding", F_TRANSFER_ENCODING},
               {"connection", F_CONNECTION},
               {"content-type", F_CONTENT_TYPE},
               {"retry-after", F_RETRY_AFTER},
               {"etag", F_ETAG},
               {"last-modified", F_LAST_MODIFIED},
               {"date", F_DATE},
               {"content-range", F_CONTENT_RANGE},
               {"content-encoding", F_CONTENT_ENCODING},
               {"www-authenticate", F_WWW_AUTHENTICATE}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (http_same_word(r->name, r->name_len, known[i].name)) return known[i].field;
  return F_OTHER;
}

/* One decimal number at *i, moved past it. */
static int http_number(const sztp__http_t *r, size_t *i, uint64_t *out) {
  uint64_t n = 0;
  size_t start = *i;
  for (; *i < r->value_len && http_is_digit((uint8_t)r->value[*i]); (*i)++) {
    uint64_t digit = (uint64_t)(r->value[*i] - '0');
    if (n > (INT64_MAX - digit) / 10) return 0;
    n = n * 10 + digit;
  }
  *out = n;
  return *i > start;
}

/* RFC 9110 8.6: the same length said several times, in one field or in several, counts once. */
static uint32_t take_length(sztp__http_t *r) {
  for (size_t i = 0;; i++) {
    uint64_t n;
    while (i < r->value_len && http_is_space((uint8_t)r->value[i])) i++;
    if (!http_number(r, &i, &n)) return bad(r, "Content-Length is not a number");
    if (r->length_known && n != r->length) return bad(r, "two different Content-Lengths");
    r->length_known = 1;
    r->length = n;
    while (i < r->value_len && http_is_space((uint8_t)r->value[i])) i++;
    if (i == r->value_len) return SZTP__HTTP_MORE;
    if (r->value[i] != ',') return bad(r, "Content-Length is not a number");
  }
}

static uint32_t take_encoding(sztp__http_t *r) {
  if (r->chunked || !http_same_word(r->value, r->value_len, "chunked"))
    return bad(r, "a Transfer-Encoding other than chunked");
  r->chunked = 1;
  return SZTP__HTTP_MORE;
}

static void take_connection(sztp__http_t *r) {
  for (size_t i = 0; i < r->value_len;) {
    size_t start = i;
    while (i < r->value_len && is_token((uint8_t)r->value[i])) i++;
    if (http_same_word(r->value + start, i - start, "close")) r->close = 1;
    while (i < r->value_len && !is_token((uint8_t)r->value[i])) i++;
  }
}

/* The form with a date is left out: no time is taken from a server (REST-29). */
static void take_retry_after(sztp__http_t *r) {
  size_t i = 0;
  uint64_t n;
  if (!http_number(r, &i, &n) || i != r->value_len) return;
  r->has_retry_after = 1;
  r->retry_after = n;
}

/* RFC 9110 11.6.1: a list of challenges, each a scheme, and parameters with commas between them, too. A
 * scheme is a word at the start of an entry that "=" does not follow. */
static void take_challenge(sztp__http_t *r) {
  int quoted = 0, starts = 1;
  for (size_t i = 0; i < r->value_len; i++) {
    char c = r->value[i];
    size_t begin = i;
    if (quoted && c == '\\' && i + 1 < r->value_len) {
      i++;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      starts = 1;
    } else if (!quoted && starts && is_token((uint8_t)c)) {
      while (i + 1 < r->value_len && is_token((uint8_t)r->value[i + 1])) i++;
      size_t len = i + 1 - begin, next = i + 1;
      while (next < r->value_len && http_is_space((uint8_t)r->value[next])) next++;
      int parameter = next < r->value_len && r->value[next] == '=';
      if (!parameter && http_same_word(r->value + begin, len, "basic")) r->basic = 1;
      starts = 0;
    }
  }
}

/* One that is sent twice says nothing that can be relied on. */
static void take_word(const sztp__http_t *r, sztp__http_word_t *word) {
  word->len = 0;
  if (++word->times > 1 || r->value_long || r->value_len > sizeof word->text) return;
  memcpy(word->text, r->value, r->value_len);
  word->len = r->value_len;
}

static sztp__http_word_t *word_of(sztp__http_t *r) {
  switch (r->field) {
  case F_ETAG: return &r->etag;
  case F_LAST_MODIFIED: return &r->last_modified;
  case F_DATE: return &r->date;
  case F_CONTENT_RANGE: return &r->content_range;
  case F_CONTENT_ENCODING: return &r->content_encoding;
  default: return NULL;
  }
}

static uint32_t take_field(sztp__http_t *r) {
  while (r->value_len > 0 && http_is_space((uint8_t)r->value[r->value_len - 1])) r->value_len--;
  if (r->trailer) return SZTP__HTTP_MORE;
  sztp__http_word_t *word = word_of(r);
  if (word != NULL) take_word(r, word);
  int framing = r->field == F_CONTENT_LENGTH || r->field == F_TRANSFER_ENCODING || r->field == F_CONNECTION;
  if (r->value_long) return framing ? bad(r, "a framing field is too long") : SZTP__HTTP_MORE;
  switch (r->field) {
  case F_CONTENT_LENGTH: return take_length(r);
  case F_TRANSFER_ENCODING: return take_encoding(r);
  case F_CONNECTION: take_connection(r); break;
  case F_CONTENT_TYPE:
    memcpy(r->content_type, r->value, r->value_len);
    r->content_type_len = r->value_len;
    break;
  case F_RETRY_AFTER: take_retry_after(r); break;
  case F_WWW_AUTHENTICATE: take_challenge(r); break;
  default: break;
  }
  return SZTP__HTTP_MORE;
}

/* RFC 9112 6.3: how the body ends. */
static uint32_t section_done(sztp__http_t *r) {
  if (r->trailer) {
    r->state = S_END;
    return SZTP__HTTP_MORE;
  }
  int framed = r->chunked || (r->length_known && r->length > 0);
  if (r->chunked && r->length_known) return bad(r, "both Content-Length and Transfer-Encoding");
  if (r->chunked && r->version == 0) return bad(r, "Transfer-Encoding in HTTP/1.0");
  if (r->status < 200) {
    if (r->status == 101) return bad(r, "a switch of protocols that nobody asked for");
    if (framed) return bad(r, "an interim response with a body");
    r->length_known = 0;
    forget_interim(r);
    return SZTP__HTTP_MORE;
  }
  if (r->version == 0) r->close = 1;
  r->trailer = 1; /* what follows in this state can only be trailers */
  if (r->status == 204 || r->status == 304) {
    /* Octets after a reply that has no body but frames one belong to nobody. */
    if (framed && r->status == 204) r->close = 1;
    r->state = S_END;
  } else if (r->chunked) {
    r->position = 0;
    r->state = S_CHUNK_FIRST;
  } else if (r->length_known) {
    r->left = r->length;
    r->state = r->left > 0 ? S_LENGTH : S_END;
  } else {
    r->close = 1;
    r->state = S_UNTIL_CLOSE;
  }
  return SZTP__HTTP_HEAD;
}

static uint32_t status_line(sztp__http_t *r, uint8_t c) {
  static const char start[] = "HTTP/1.";
  switch (r->state) {
  case S_VERSION:
    if (r->position < sizeof start - 1) {
      if (c != (uint8_t)start[r->position]) return bad(r, "not an HTTP/1 status line");
      r->position++;
      return SZTP__HTTP_MORE;
    }
    if (c != '0' && c != '1') return bad(r, "an unknown version of HTTP");
    r->version = (uint32_t)(c - '0');
    r->state = S_VERSION_SPACE;
    return SZTP__HTTP_MORE;
  case S_VERSION_SPACE:
    if (c != ' ') return bad(r, "no space after the version");
    r->position = 0;
    r->state = S_STATUS;
    return SZTP__HTTP_MORE;
  case S_STATUS:
    if (!http_is_digit(c)) return bad(r, "a status that is not a number");
    r->status = r->status * 10 + (uint32_t)(c - '0');
    if (++r->position < 3) return SZTP__HTTP_MORE;
    if (r->status < 100 || r->status > 599) return bad(r, "a status outside 100 to 599");
    r->state = S_STATUS_END;
    return SZTP__HTTP_MORE;
  case S_STATUS_END:
    if (c != ' ' && c != '\r') return bad(r, "no space after the status");
    r->state = c == ' ' ? S_REASON : S_REASON_LF;
    return SZTP__HTTP_MORE;
  case S_REASON:
    if (c == '\r')
      r->state = S_REASON_LF;
    else if (!is_text(c))
      return bad(r, "a control character in the status line");
    return SZTP__HTTP_MORE;
  default: /* S_REASON_LF */
    if (c != '\n') return bad(r, "a bare CR");
    r->state = S_FIELD;
    return SZTP__HTTP_MORE;
  }
}

static uint32_t field_start(sztp__http_t *r, uint8_t c) {
  if (c == '\r') {
    r->state = S_SECTION_LF;
    return SZTP__HTTP_MORE;
  }
  if (http_is_space(c)) return bad(r, "a folded or indented header line");
  if (c == '\n') return bad(r, "a bare LF");
  if (!is_token(c)) return bad(r, "a header line without name");
  if (r->fields_left == 0) return bad(r, "too many header fields");
  r->fields_left--;
  r->name[0] = (char)c;
  r->name_len = 1;
  r->value_len = 0;
  r->value_long = 0;
  r->state = S_NAME;
  return SZTP__HTTP_MORE;
}

static uint32_t field_name(sztp__http_t *r, uint8_t c) {
  if (c == ':') {
    r->field = r->name_len <= SZTP__HTTP_NAME ? field_of(r) : F_OTHER;
    r->state = S_VALUE_START;
    return SZTP__HTTP_MORE;
  }
  if (!is_token(c))
    return bad(r, http_is_space(c) ? "white space in or after a field name" : "a bad field name");
  if (r->name_len < SZTP__HTTP_NAME) r->name[r->name_len] = (char)c;
  if (r->name_len <= SZTP__HTTP_NAME) r->name_len++;
  return SZTP__HTTP_MORE;
}

static uint32_t field_value(sztp__http_t *r, uint8_t c) {
  if (c == '\r') {
    r->state = S_VALUE_LF;
    return SZTP__HTTP_MORE;
  }
  if (c == '\n') return bad(r, "a bare LF");
  if (!is_text(c)) return bad(r, "a control character in a header field");
  if (r->state == S_VALUE_START && http_is_space(c)) return SZTP__HTTP_MORE;
  r->state = S_VALUE;
  if (r->field == F_OTHER) return SZTP__HTTP_MORE;
  if (r->value_len < SZTP__HTTP_VALUE)
    r->value[r->value_len++] = (char)c;
  else if (!http_is_space(c))
    r->value_long = 1;
  return SZTP__HTTP_MORE;
}

static uint32_t section_octet(sztp__http_t *r, uint8_t c) {
  if (r->octets_left == 0) return bad(r, "the header section is too long");
  r->octets_left--;
  switch (r->state) {
  case S_FIELD: return field_start(r, c);
  case S_NAME: return field_name(r, c);
  case S_VALUE_START:
  case S_VALUE: return field_value(r, c);
  case S_VALUE_LF:
    if (c != '\n') return bad(r, "a bare CR");
    r->state = S_FIELD;
    return take_field(r);
  case S_SECTION_LF: return c == '\n' ? section_done(r) : bad(r, "a bare CR");
  default: return status_line(r, c);
  }
}

/* ---- response: body ------------------------------------------------------------------------------ */

static uint32_t chunk_digit(sztp__http_t *r, uint8_t c) {
  int digit = http_hex(c);
  if (digit >= 0) {
    if (r->left > (INT64_MAX >> 4)) return bad(r, "a chunk size beyond all measure");
    r->left = r->left * 16 + (uint64_t)digit;
    r->state = S_CHUNK_SIZE;
    return SZTP__HTTP_MORE;
  }
  if (r->state == S_CHUNK_FIRST) return bad(r, "a chunk without size");
  if (c == '\r')
    r->state = S_CHUNK_LF;
  else if (c == ';')
    r->state = S_CHUNK_EXTENSION;
  else if (http_is_space(c))
    r->state = S_CHUNK_SPACE;
  else
    return bad(r, "a bad chunk size");
  return SZTP__HTTP_MORE;
}

static uint32_t chunk_line(sztp__http_t *r, uint8_t c) {
  if (++r->position > CHUNK_LINE_MAX) return bad(r, "a chunk extension is too long");
  switch (r->state) {
  case S_CHUNK_FIRST:
  case S_CHUNK_SIZE: return chunk_digit(r, c);
  case S_CHUNK_SPACE: /* allowed before an extension only (RFC 9112 7.1.1) */
    if (c == ';')
      r->state = S_CHUNK_EXTENSION;
    else if (!http_is_space(c))
      return bad(r, "a bad chunk size");
    return SZTP__HTTP_MORE;
  case S_CHUNK_EXTENSION:
    if (c == '\r')
      r->state = S_CHUNK_LF;
    else if (!is_text(c))
      return bad(r, "a control character in a chunk extension");
    return SZTP__HTTP_MORE;
  default: /* S_CHUNK_LF */
    if (c != '\n') return bad(r, "a bare CR");
    r->state = r->left > 0 ? S_CHUNK_DATA : S_FIELD;
    return SZTP__HTTP_MORE;
  }
}

static uint32_t chunk_end(sztp__http_t *r, uint8_t c) {
  if (r->state == S_CHUNK_DATA_CR) {
    if (c != '\r') return bad(r, "a chunk that is longer than its size");
    r->state = S_CHUNK_DATA_LF;
    return SZTP__HTTP_MORE;
  }
  if (c != '\n') return bad(r, "a bare CR");
  r->position = 0;
  r->state = S_CHUNK_FIRST;
  return SZTP__HTTP_MORE;
}

static uint32_t piece(sztp__http_t *r, sztp__span_t *in, sztp__span_t *body) {
  size_t n = in->len;
  if (r->state != S_UNTIL_CLOSE) {
    if (n > r->left) n = (size_t)r->left;
    r->left -= n;
    if (r->left == 0) r->state = r->state == S_LENGTH ? S_END : S_CHUNK_DATA_CR;
  }
  *body = sztp__span(in->data, n);
  *in = sztp__span(in->data + n, in->len - n);
  return SZTP__HTTP_BODY;
}

static uint32_t octet(sztp__http_t *r, uint8_t c) {
  if (r->state >= S_CHUNK_DATA_CR) return chunk_end(r, c);
  return r->state >= S_CHUNK_FIRST ? chunk_line(r, c) : section_octet(r, c);
}

uint32_t sztp__http_next(sztp__http_t *r, sztp__span_t *in, sztp__span_t *body) {
  *body = sztp__span(NULL, 0);
  for (;;) {
    if (r->state == S_END) return SZTP__HTTP_END;
    if (r->state == S_BAD) return SZTP__HTTP_BAD;
    if (in->len == 0) return SZTP__HTTP_MORE;
    if (r->state == S_LENGTH || r->state == S_UNTIL_CLOSE || r->state == S_CHUNK_DATA)
      return piece(r, in, body);
    uint32_t event = octet(r, in->data[0]);
    *in = sztp__span(in->data + 1, in->len - 1);
    if (event != SZTP__HTTP_MORE) return event;
  }
}

uint32_t sztp__http_closed(sztp__http_t *r) {
  if (r->state == S_UNTIL_CLOSE) r->state = S_END;
  if (r->state == S_END) return SZTP__HTTP_END;
  return r->state == S_BAD ? SZTP__HTTP_BAD : bad(r, "the connection ended before the response did");
}

int sztp__http_reusable(const sztp__http_t *r) { return r->state == S_END && !r->close; }
