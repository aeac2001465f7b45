/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's queue of errors, which a thread of ours shares with the caller's code. */
#ifndef SZTP_CRYPTOGRAPHY_ERRORS_OPENSSL_H
#define SZTP_CRYPTOGRAPHY_ERRORS_OPENSSL_H

/* Around what is asked of OpenSSL: afterwards the queue is what it was. */
typedef struct sztp__openssl_errors {
  unsigned long before;
  unsigned long last; /* OpenSSL's code of what went wrong, or 0 */
  int no_memory;      /* it was for want of memory */
} sztp__openssl_errors_t;
sztp__openssl_errors_t sztp__openssl_begin(void);
/* One of these ends it; the second finds out what went wrong. */
void sztp__openssl_end(void);
void sztp__openssl_look(sztp__openssl_errors_t *errors);

#endif
