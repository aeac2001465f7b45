/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP request reader: a head collected up to its empty line, then a body by length or in chunks. */
#include "http_request.h"

#include <stdlib.h>
#include <string.h>

enum { /* states */
       IN_HEAD,
       IN_BODY,       /* Content-Length */
       CHUNK_SIZE,    /* hex digits of a chunk's size */
       CHUNK_REST,    /* extension, up to the end of the line */
       CHUNK_SIZE_LF, /* after CR */
       CHUNK_DATA,
       CHUNK_CR,
       CHUNK_LF,
       TRAILER,
       TRAILER_LF,
       FINISHED,
       FAILED
};

enum { MAX_OVERHEAD = 8192, MAX_CHUNK_DIGITS = 8, MAX_BLANK_LINES = 4 };

void http_request_init(http_request_t *r, const http_limits_t *limits) {
  memset(r, 0, sizeof *r);
  r->limits = *limits;
}

void http_request_reset(http_request_t *r) {
  http_limits_t limits = r->limits;
  free(r->head);
  free(r->decoded);
  free(r->content);
  http_request_init(r, &limits);
}

int http_request_started(const http_request_t *r) { return r->head_len > 0 || r->state != IN_HEAD; }

const char *http_request_field(const http_request_t *r, const char *name, size_t *from) {
  for (size_t i = *from; i < r->field_count; i++) {
    if (strcmp(r->fields[i].name, name) != 0) continue;
    *from = i + 1;
    return r->fields[i].value;
  }
  *from = r->field_count;
  return NULL;
}

static int refuse_request(http_request_t *r, int status, const char *why) {
  r->status = status;
  r->why = why;
  r->state = FAILED;
  return HTTP_REFUSED;
}

/* ---- characters (RFC 9110 5.6.2; no locale) ------------------------------------------------------ */

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static int is_token(char c) {
  if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return 1;
  return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static int same_word(const char *a, const char *b) {
  while (*a != '\0' && lower(*a) == lower(*b)) {
    a++;
    b++;
  }
  return *a == *b;
}

/* 1 if the comma-separated @p list holds @p word, letter case ignored. */
static int list_has(const char *list, const char *word) {
  size_t len = strlen(word);
  while (*list != '\0') {
    list += strspn(list, " \t,");
    size_t item = strcspn(list, ",");
    size_t trimmed = item;
    while (trimmed > 0 && (list[trimmed - 1] == ' ' || list[trimmed - 1] == '\t')) trimmed--;
    size_t same = 0;
    while (same < len && same < trimmed && lower(list[same]) == word[same]) same++;
    if (same == len && trimmed == len) return 1;
    list += item;
  }
  return 0;
}

/* ---- head ---------------------------------------------------------------------------------------- */

/* Ends the line at @p at and returns its successor; NULL if it does not end in CR LF. */
static char *end_line(char *at) {
  char *cr = strchr(at, '\r');
  if (cr == NULL || cr[1] != '\n') return NULL;
  *cr = '\0';
  return cr + 2;
}

/* A line may hold tabs and visible octets; anything else is there to confuse someone. */
static int clean_line(const char *line) {
  for (; *line != '\0'; line++) {
    unsigned char c = (unsigned char)*line;
    if ((c < 0x20 && c != '\t') || c == 0x7f) return 0;
  }
  return 1;
}

static int decode_path(http_request_t *r, const char *path, size_t len) {
  r->decoded = malloc(len + 1);
  if (r->decoded == NULL) return refuse_request(r, 503, "out of memory");
  size_t out = 0;
  for (size_t i = 0; i < len; i++) {
    int value = (unsigned char)path[i];
    if (path[i] == '%') {
      int high = i + 1 < len ? hex_value(path[i + 1]) : -1;
      int low = i + 2 < len ? hex_value(path[i + 2]) : -1;
      if (high < 0 || low < 0) return refuse_request(r, 400, "bad percent-encoding in the request target");
      value = high * 16 + low;
      i += 2;
    }
    if (value < 0x20 || value == 0x7f)
      return refuse_request(r, 400, "control character in the request target");
    r->decoded[out++] = (char)value;
  }
  r->decoded[out] = '\0';
  r->path = r->decoded;
  return HTTP_MORE;
}

/* origin-form, absolute-form and asterisk-form (RFC 9112 3.2). */
static int read_target(http_request_t *r) {
  const char *path = r->target;
  for (const char *at = path; *at != '\0'; at++)
    if ((unsigned char)*at >= 0x80 || *at == '\t' || *at == '#')
      return refuse_request(r, 400, "character not allowed in the request target");
  if (strcmp(path, "*") == 0) return decode_path(r, path, 1);
  const char *authority = strstr(path, "://");
  if (*path != '/' && authority != NULL) {
    path = authority + 3;
    path += strcspn(path, "/?");
    if (*path == '\0' || *path == '?') return decode_path(r, "/", 1);
  }
  if (*path != '/') return refuse_request(r, 400, "the request target is not a path");
  return decode_path(r, path, strcspn(path, "?"));
}

static int read_request_line(http_request_t *r, char *line) {
  char *at = line;
  while (is_token(*at)) at++;
  if (at == line || *at != ' ') return refuse_request(r, 400, "the request line has no method");
  *at++ = '\0';
  r->method = line;
  r->target = at;
  at += strcspn(at, " ");
  if (*at != ' ') return refuse_request(r, 400, "the request line has no protocol version");
  *at++ = '\0';
  if (strncmp(at, "HTTP/", 5) != 0 || !is_digit(at[5]) || at[6] != '.' || !is_digit(at[7]) || at[8] != '\0')
    return refuse_request(r, 400, "the request line does not end in a protocol version");
  if (at[5] != '1') return refuse_request(r, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  r->minor = at[7] - '0';
  return read_target(r);
}

static int read_header_field(http_request_t *r, char *line) {
  char *colon = line;
  if (r->field_count == HTTP_MAX_FIELDS) return refuse_request(r, 431, "too many header fields");
  for (; is_token(*colon); colon++) *colon = lower(*colon);
  if (colon == line || *colon != ':') return refuse_request(r, 400, "a header field has no name");
  *colon++ = '\0';
  colon += strspn(colon, " \t");
  size_t len = strlen(colon);
  while (len > 0 && (colon[len - 1] == ' ' || colon[len - 1] == '\t')) len--;
  colon[len] = '\0';
  r->fields[r->field_count].name = line;
  r->fields[r->field_count].value = colon;
  r->field_count++;
  return HTTP_MORE;
}

/* The value of a field that may appear once; -1 if it appears more often. */
static int single(const http_request_t *r, const char *name, const char **value) {
  size_t from = 0;
  *value = http_request_field(r, name, &from);
  return http_request_field(r, name, &from) == NULL ? 0 : -1;
}

static int read_length(http_request_t *r, const char *digits) {
  uint64_t length = 0;
  if (*digits == '\0') return refuse_request(r, 400, "Content-Length is empty");
  for (; *digits != '\0'; digits++) {
    if (!is_digit(*digits)) return refuse_request(r, 400, "Content-Length is not a number");
    if (length <= r->limits.body) length = length * 10 + (uint64_t)(*digits - '0');
  }
  if (length > r->limits.body) return refuse_request(r, 413, "the body is larger than this server takes");
  r->expected = length;
  r->has_body = length > 0;
  r->state = r->has_body ? IN_BODY : FINISHED;
  return HTTP_MORE;
}

/* How long the body is (RFC 9112 6); everything that two readers could interpret differently is refused. */
static int read_framing(http_request_t *r) {
  const char *length;
  const char *coding;
  if (single(r, "content-length", &length) != 0)
    return refuse_request(r, 400, "more than one Content-Length");
  if (single(r, "transfer-encoding", &coding) != 0)
    return refuse_request(r, 400, "more than one Transfer-Encoding");
  if (length != NULL && coding != NULL)
    return refuse_request(r, 400, "both Content-Length and Transfer-Encoding");
  r->state = FINISHED;
  if (length != NULL) return read_length(r, length);
  if (coding == NULL) return HTTP_MORE;
  if (r->minor == 0) return refuse_request(r, 400, "Transfer-Encoding in HTTP/1.0");
  if (!same_word(coding, "chunked")) return refuse_request(r, 501, "a transfer coding other than chunked");
  r->has_body = 1;
  r->state = CHUNK_SIZE;
  return HTTP_MORE;
}

static int read_connection(http_request_t *r) {
  const char *expect;
  size_t from = 0;
  r->keep_alive = r->minor >= 1;
  for (const char *value; (value = http_request_field(r, "connection", &from)) != NULL;) {
    if (list_has(value, "close")) r->keep_alive = 0;
    if (r->minor == 0 && list_has(value, "keep-alive")) r->keep_alive = 1;
  }
  if (single(r, "host", &r->host) != 0) return refuse_request(r, 400, "more than one Host");
  if (r->host == NULL && r->minor >= 1) return refuse_request(r, 400, "no Host");
  if (r->host == NULL) r->host = "";
  if (single(r, "expect", &expect) != 0) return refuse_request(r, 417, "more than one Expect");
  if (expect == NULL || r->minor == 0) return HTTP_MORE;
  if (!same_word(expect, "100-continue"))
    return refuse_request(r, 417, "an expectation other than 100-continue");
  r->expect_continue = r->has_body;
  return HTTP_MORE;
}

/* The head is complete: r->head holds it with its empty line and then a NUL. */
static int read_head(http_request_t *r) {
  char *line = r->head;
  if (memchr(r->head, '\0', r->head_len) != NULL) return refuse_request(r, 400, "NUL in the head");
  for (int first = 1; *line != '\0'; first = 0) {
    char *next = end_line(line);
    if (next == NULL) return refuse_request(r, 400, "a line of the head does not end in CR LF");
    if (*line == '\0') break;
    if (!clean_line(line)) return refuse_request(r, 400, "control character in the head");
    int result = first ? read_request_line(r, line) : read_header_field(r, line);
    if (result == HTTP_REFUSED) return result;
    line = next;
  }
  if (read_framing(r) == HTTP_REFUSED || read_connection(r) == HTTP_REFUSED) return HTTP_REFUSED;
  return r->state == FINISHED ? HTTP_COMPLETE : HTTP_HEAD;
}

/* 1 if there is room for @p more octets and a NUL. */
static int head_room(http_request_t *r, size_t more) {
  if (r->head_len + more < r->head_room) return 1;
  size_t room = r->head_room == 0 ? 1024 : r->head_room;
  while (room <= r->head_len + more) room *= 2;
  char *larger = realloc(r->head, room);
  if (larger == NULL) return 0;
  r->head = larger;
  r->head_room = room;
  return 1;
}

/* Takes octets up to the end of a line. */
static int feed_line(http_request_t *r, const uint8_t *data, size_t len, size_t *used) {
  const uint8_t *end = memchr(data, '\n', len);
  size_t count = end != NULL ? (size_t)(end - data) + 1 : len, left = r->limits.head - r->head_len;
  if (left == 0) return refuse_request(r, 431, "the head is larger than this server takes");
  if (count > left) count = left;
  if (!head_room(r, count)) return refuse_request(r, 503, "out of memory");
  memcpy(r->head + r->head_len, data, count);
  r->head_len += count;
  r->head[r->head_len] = '\0';
  *used += count;
  return HTTP_MORE;
}

static int feed_head(http_request_t *r, const uint8_t *data, size_t len, size_t *used) {
  while (*used < len) {
    if (feed_line(r, data + *used, len - *used, used) == HTTP_REFUSED) return HTTP_REFUSED;
    if (r->head_len == 2 && memcmp(r->head, "\r\n", 2) == 0) { /* RFC 9112 2.2: ignored before a request */
      if (++r->digits > MAX_BLANK_LINES) return refuse_request(r, 400, "empty lines instead of a request");
      r->head_len = 0;
    }
    if (r->head_len >= 4 && memcmp(r->head + r->head_len - 4, "\r\n\r\n", 4) == 0) {
      r->digits = 0;
      return read_head(r);
    }
  }
  return HTTP_MORE;
}

/* ---- body ---------------------------------------------------------------------------------------- */

static int keep(http_request_t *r, const uint8_t *data, size_t len) {
  if (len > r->limits.body - r->body_len)
    return refuse_request(r, 413, "the body is larger than this server takes");
  if (r->body_len + len > r->content_room) {
    size_t room = r->content_room == 0 ? 4096 : r->content_room * 2;
    while (room < r->body_len + len) room *= 2;
    uint8_t *larger = realloc(r->content, room);
    if (larger == NULL) return refuse_request(r, 503, "out of memory");
    r->content = larger;
    r->content_room = room;
  }
  memcpy(r->content + r->body_len, data, len);
  r->body_len += len;
  r->body = r->content;
  return HTTP_MORE;
}

/* Octets of the body or of a chunk; @p then is the state when there are enough of them. */
static int feed_data(http_request_t *r, const uint8_t *data, size_t len, size_t *used, int then) {
  size_t here = len - *used;
  if (here > r->expected) here = (size_t)r->expected;
  if (keep(r, data + *used, here) == HTTP_REFUSED) return HTTP_REFUSED;
  *used += here;
  r->expected -= here;
  if (r->expected == 0) r->state = then;
  return HTTP_MORE;
}

static int chunk_size(http_request_t *r, char c) {
  int value = hex_value(c);
  if (value >= 0) {
    if (++r->digits > MAX_CHUNK_DIGITS) return refuse_request(r, 400, "a chunk size with too many digits");
    r->expected = r->expected * 16 + (uint64_t)value;
    return HTTP_MORE;
  }
  if (r->digits == 0) return refuse_request(r, 400, "a chunk without size");
  if (c != ';' && c != '\r' && c != ' ' && c != '\t')
    return refuse_request(r, 400, "a chunk size that is not a number");
  if (r->expected > r->limits.body - r->body_len)
    return refuse_request(r, 413, "the body is larger than this server takes");
  r->state = c == '\r' ? CHUNK_SIZE_LF : CHUNK_REST;
  return HTTP_MORE;
}

static int end_chunk_size(http_request_t *r) {
  r->state = r->expected == 0 ? TRAILER : CHUNK_DATA;
  r->digits = 0;
  r->line_len = 0;
  return HTTP_MORE;
}

static int trailer_octet(http_request_t *r, char c) {
  if (c == '\r') {
    r->state = TRAILER_LF;
    return HTTP_MORE;
  }
  if (c == '\n' || c == '\0') return refuse_request(r, 400, "a bad trailer");
  r->line_len++;
  return HTTP_MORE;
}

static int end_trailer(http_request_t *r) {
  r->state = r->line_len == 0 ? FINISHED : TRAILER;
  r->line_len = 0;
  return HTTP_MORE;
}

/* One octet between the data of chunks. */
static int chunk_octet(http_request_t *r, char c) {
  if (++r->overhead > MAX_OVERHEAD)
    return refuse_request(r, 400, "more chunk framing than this server takes");
  switch (r->state) {
  case CHUNK_SIZE: return chunk_size(r, c);
  case CHUNK_REST:
    if (c == '\n' || c == '\0') return refuse_request(r, 400, "a bad chunk extension");
    if (c == '\r') r->state = CHUNK_SIZE_LF;
    return HTTP_MORE;
  case CHUNK_SIZE_LF:
    return c == '\n' ? end_chunk_size(r) : refuse_request(r, 400, "CR without LF in a chunk size");
  case CHUNK_CR:
    r->state = CHUNK_LF;
    return c == '\r' ? HTTP_MORE : refuse_request(r, 400, "a chunk longer than its size");
  case CHUNK_LF:
    r->state = CHUNK_SIZE;
    return c == '\n' ? HTTP_MORE : refuse_request(r, 400, "CR without LF after a chunk");
  case TRAILER: return trailer_octet(r, c);
  default: return c == '\n' ? end_trailer(r) : refuse_request(r, 400, "CR without LF in a trailer");
  }
}

int http_request_feed(http_request_t *r, const uint8_t *data, size_t len, size_t *used) {
  *used = 0;
  if (r->state == FAILED) return HTTP_REFUSED;
  if (r->state == IN_HEAD) return feed_head(r, data, len, used);
  while (*used < len && r->state != FINISHED) {
    int result;
    if (r->state == IN_BODY)
      result = feed_data(r, data, len, used, FINISHED);
    else if (r->state == CHUNK_DATA)
      result = feed_data(r, data, len, used, CHUNK_CR);
    else
      result = chunk_octet(r, (char)data[(*used)++]);
    if (result == HTTP_REFUSED) return result;
  }
  return r->state == FINISHED ? HTTP_COMPLETE : HTTP_MORE;
}
