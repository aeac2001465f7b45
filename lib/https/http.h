/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 without a socket: a request as octets, and a reader that turns the octets of a response into
 * events. The reader keeps nothing but the few fields that SZTP needs, so its memory does not depend on the
 * server. */
#ifndef SZTP_HTTPS_HTTP_H
#define SZTP_HTTPS_HTTP_H

#include "ground/span.h"

#define SZTP__HTTP_NAME  32  /* octets of a field name that are kept; a longer one is none that we know */
#define SZTP__HTTP_VALUE 256 /* octets of the value of a field that we know */
#define SZTP__HTTP_WORD  128 /* octets of one that is compared with another */

/* A field that says something about the representation. */
typedef struct sztp__http_word {
  unsigned times; /* it was sent; 0: there is none */
  size_t len;     /* 0: none, or none that can be told: sent twice, or too long */
  char text[SZTP__HTTP_WORD];
} sztp__http_word_t;

typedef struct sztp__http_request {
  sztp__span_t method;
  sztp__span_t target; /* origin-form */
  sztp__span_t host;   /* name or address literal, no brackets */
  uint16_t port;
  uint16_t default_port;       /* of the scheme: left out of Host */
  const sztp__span_t *headers; /* "Name: value" */
  size_t header_count;
  sztp__span_t body; /* Content-Length is written when there is one, and for every method but GET */
} sztp__http_request_t;

/* Writes head and body into one block of malloc(). 0; SZTP_ERR_ARG for text that would break out of its line
 * and for headers that are the transport's own (Host, framing, connection); SZTP_ERR_MEMORY. */
int32_t sztp__http_write(const sztp__http_request_t *q, uint8_t **out, size_t *len);

typedef struct sztp__http {
  /* for the caller */
  uint32_t status;
  int length_known; /* the server announced a length: */
  uint64_t length;
  char content_type[SZTP__HTTP_VALUE]; /* not terminated */
  size_t content_type_len;             /* 0 when there is none */
  int basic;                           /* it challenges for credentials of the scheme Basic (RFC 7617) */
  int has_retry_after;
  uint64_t retry_after; /* seconds */
  sztp__http_word_t etag, last_modified, date, content_range, content_encoding;
  const char *why; /* after SZTP__HTTP_BAD: what is wrong, static */

  /* of the reader */
  uint32_t state;
  uint32_t octets_left; /* of the header section, interim responses and trailers included */
  uint32_t fields_left;
  uint32_t position; /* in the status line or a chunk's first line */
  uint32_t version;  /* 0 or 1, of HTTP/1.x */
  int trailer;
  int chunked;
  int close; /* the connection can't be used again */
  uint64_t left;
  char name[SZTP__HTTP_NAME];
  size_t name_len;
  uint32_t field; /* which one we are in */
  char value[SZTP__HTTP_VALUE];
  size_t value_len;
  int value_long;
} sztp__http_t;

enum {                  /* events */
       SZTP__HTTP_MORE, /* all octets used up; give more */
       SZTP__HTTP_HEAD, /* the header section of the final response is complete */
       SZTP__HTTP_BODY, /* a piece of the body */
       SZTP__HTTP_END,  /* the response is complete; octets that are left are not of it */
       SZTP__HTTP_BAD   /* not a response, or one over the limits; sticks */
};

/* Starts reading one response. */
void sztp__http_begin(sztp__http_t *r, uint32_t max_octets, uint32_t max_fields);
/* Reads on in @p in, which is moved forward. @p body is the piece for SZTP__HTTP_BODY, borrowed from @p in.
 */
uint32_t sztp__http_next(sztp__http_t *r, sztp__span_t *in, sztp__span_t *body);
/* The connection was closed in order: END if that is how the response ends, else BAD. */
uint32_t sztp__http_closed(sztp__http_t *r);
/* 1 if another request may follow on the connection after SZTP__HTTP_END. */
int sztp__http_reusable(const sztp__http_t *r);

#endif
