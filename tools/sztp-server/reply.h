/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a request, and RESTCONF errors in both encodings (RFC 8040 7) */
#ifndef SZTP_SERVER_REPLY_H
#define SZTP_SERVER_REPLY_H

#include <stdint.h>

#include "common/csr_request.h"
#include "ground/buf.h"

/* The largest reply in memory: more than the largest artifacts need. */
enum { REPLY_MOST = 128 * 1024 * 1024 };
/* Octets of what is said of a problem, with the values that differ. */
enum { PROBLEM_MESSAGE = 768 };

enum { ENCODING_NONE = 0, ENCODING_JSON = 1, ENCODING_XML = 2 }; /* bits */

typedef struct reply {
  int status;
  const char *type;   /* Content-Type of the body; NULL without body */
  sztp__buf_t fields; /* further header fields, each with CR LF */
  sztp__buf_t body;
  int file;          /* descriptor of a file that is the body, or -1 */
  uint64_t file_at;  /* the first octet to send */
  uint64_t file_len; /* how many */
  int head_only;     /* HEAD: the body's length is given, the body is not sent */
  int drop;          /* the connection is closed without any answer */
  uint32_t delay_ms; /* the answer is delayed that long */
  const char *told;  /* for the log: what was answered, or what was wrong; "" for nothing */
  char told_detail[PROBLEM_MESSAGE];
} reply_t;

/* An error as RESTCONF words it. */
typedef struct problem {
  int status;
  const char *type; /* error-type */
  const char *tag;  /* error-tag */
  char message[PROBLEM_MESSAGE];
  int csr_wanted;             /* 1: with the csr-request (RFC 9646) for a request in PKCS #10 */
  const csr_kind_t *csr_kind; /* of the new key for it; NULL: the identity's key */
  sztp__span_t csr_info;      /* cert-req-info; empty: the device chooses */
} problem_t;

/* Everything that is sent is kept in the memory of @p ctx. */
void reply_init(reply_t *r, sztp_ctx_t *ctx);
void reply_free(reply_t *r);
/* Fills in a problem; returns -1, so that it can be returned at once. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
int problem_set(problem_t *p, int status, const char *type, const char *tag, const char *format, ...);
/* Makes @p r the errors document for @p p in ENCODING_*; NONE gives JSON. */
void reply_problem(reply_t *r, uint32_t encoding, const problem_t *p);
/* The head of the response as it goes out. */
void reply_head(const reply_t *r, int keep_alive, sztp__buf_t *out);
/* "application/yang-data+json" or "+xml". */
const char *encoding_type(uint32_t encoding);

#endif
