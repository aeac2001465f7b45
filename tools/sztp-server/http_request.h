/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one HTTP/1.x request from octets as they arrive (RFC 9112), within fixed limits. */
#ifndef SZTP_SERVER_HTTP_REQUEST_H
#define SZTP_SERVER_HTTP_REQUEST_H

#include <stddef.h>
#include <stdint.h>

enum { HTTP_MAX_FIELDS = 64 };

typedef struct http_limits {
  size_t head; /* octets of request line and header fields together */
  size_t body; /* octets of the body, after chunked decoding */
} http_limits_t;

typedef struct http_field {
  const char *name; /* lower case */
  const char *value;
} http_field_t;

enum {
  HTTP_MORE = 0,     /* all octets were used, the request is not complete */
  HTTP_HEAD = 1,     /* the head is complete, a body follows; returned once */
  HTTP_COMPLETE = 2, /* the request is complete */
  HTTP_REFUSED = 3   /* status and why say what is wrong; the connection can't go on */
};

typedef struct http_request {
  /* Of a complete head. Text is NUL-terminated and holds no control characters. */
  const char *method;
  const char *target; /* as received */
  const char *path;   /* percent-decoded, without query; "*" in asterisk form */
  const char *host;   /* the Host field, "" if absent */
  http_field_t fields[HTTP_MAX_FIELDS];
  size_t field_count;
  int minor;           /* HTTP/1.minor */
  int keep_alive;      /* the client allows the connection to stay open */
  int expect_continue; /* it waits for "100 Continue" before the body */
  int has_body;
  /* Of a complete request. */
  const uint8_t *body;
  size_t body_len;
  /* Of a refused one. */
  int status;
  const char *why;

  /* Private. */
  http_limits_t limits;
  int state;
  char *head;
  size_t head_len;
  size_t head_room;
  char *decoded;
  uint8_t *content;
  size_t content_room;
  uint64_t expected; /* octets left of the body or chunk */
  size_t overhead;   /* octets of chunk sizes and trailers so far */
  size_t line_len;   /* of the chunk size or trailer line being read */
  int digits;
} http_request_t;

/* Makes @p r ready for its first request. */
void http_request_init(http_request_t *r, const http_limits_t *limits);
/* Frees what the request holds and makes @p r ready for the next one. */
void http_request_reset(http_request_t *r);
/* Takes octets; *used is how many, the rest belongs to the next request. Returns HTTP_*. */
int http_request_feed(http_request_t *r, const uint8_t *data, size_t len, size_t *used);
/* 1 as soon as an octet of the request has arrived. */
int http_request_started(const http_request_t *r);
/* The value of a field by its lower-case name, NULL if absent. *from is where to begin, 0 at first. */
const char *http_request_field(const http_request_t *r, const char *name, size_t *from);

#endif
