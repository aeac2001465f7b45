/* SPDX-License-Identifier: Apache-2.0 */
/* The two operations of ietf-sztp-bootstrap-server: their input read and checked, their output written. */
#ifndef SZTP_SERVER_RPC_H
#define SZTP_SERVER_RPC_H

#include "reply.h"

#define RPC_DATA     "ietf-sztp-bootstrap-server:get-bootstrapping-data"
#define RPC_PROGRESS "ietf-sztp-bootstrap-server:report-progress"

/* get-bootstrapping-data */
typedef struct data_input {
  int signed_data_preferred;
  uint8_t nonce[32];
  size_t nonce_len;        /* 0 without nonce */
  uint32_t csr_formats;    /* SZTP_CSR_*, of csr-support (RFC 9646); 0 without */
  uint32_t csr_algorithms; /* SZTP_ALGORITHM_* */
  uint8_t *csr;            /* a request, PKCS #10; NULL without */
  size_t csr_len;
  char sent[256]; /* names of the parameters, separated by blanks, for the log */
} data_input_t;

typedef struct data_output {
  const uint8_t *conveyed;
  size_t conveyed_len;
  const uint8_t *owner; /* or NULL */
  size_t owner_len;
  const uint8_t *voucher; /* or NULL */
  size_t voucher_len;
  uint64_t reporting_level; /* REPORTING_* */
} data_output_t;

/* report-progress */
typedef struct progress_input {
  sztp__buf_t line; /* the report as one JSON object without its braces: "progress-type":...,"message":... */
  char type[40];
  char last[256]; /* the last line of the message, cut if it is longer */
} progress_input_t;

/* Read a body in ENCODING_*; a request without body has no parameters. 0, or -1 with the problem. Input for
 * data is to be freed in any case. */
int rpc_read_data(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding, data_input_t *input,
                  problem_t *problem);
void rpc_free_data(data_input_t *input);
int rpc_read_progress(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding,
                      progress_input_t *input, problem_t *problem);
/* Writes the output; -1 without memory. */
int rpc_write_data(const data_output_t *output, uint32_t encoding, sztp__buf_t *out);

#endif
