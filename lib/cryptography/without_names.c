/* SPDX-License-Identifier: Apache-2.0 */
/* A build that compares names by their octets alone (make NAMES=0): two that say the same in another way, in
 * capitals or in another kind of string, are two. Where that would let something pass, nothing is said. */
#include "cryptography/name.h"

#define LOOK 16 /* octets' worth of work for finding out that there is nothing to compare */

int sztp__name_equal(sztp_ctx_t *ctx, sztp__span_t a, sztp__span_t b) {
  return sztp__work_look(ctx, LOOK) && sztp__span_equal(a, b);
}

int sztp__name_within(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t base) {
  return sztp__name_equal(ctx, name, base) ? SZTP__NAME_EQUAL : SZTP__NAME_UNSURE;
}
