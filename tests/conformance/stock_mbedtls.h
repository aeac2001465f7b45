/* SPDX-License-Identifier: Apache-2.0 */
/* What mbedTLS alone makes of a certification path: the other opinion in the tables. */
#ifndef SZTP_TESTS_CONFORMANCE_STOCK_MBEDTLS_H
#define SZTP_TESTS_CONFORMANCE_STOCK_MBEDTLS_H

#include "ground/span.h"

typedef struct stock_case {
  const sztp__span_t *anchors;
  size_t anchor_count;
  const sztp__span_t *others;
  size_t other_count;
  const sztp__span_t *crls;
  size_t crl_count;
  sztp__span_t leaf;
  int64_t now;
  int allow_sha1;
} stock_case_t;

/* 1 if mbedtls_x509_crt_verify_with_profile() finds nothing wrong. */
int stock_accepts(const stock_case_t *c);

#endif
