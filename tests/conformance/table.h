/* SPDX-License-Identifier: Apache-2.0 */
/* The table that a conformance program fills in: a row per corpus of other people's tests, with every case
 * where libsztp decides otherwise named beside its reason. */
#ifndef SZTP_TESTS_CONFORMANCE_TABLE_H
#define SZTP_TESTS_CONFORMANCE_TABLE_H

#include "common/testing.h"

/* A case that is decided otherwise on purpose. */
typedef struct exception {
  const char *id;
  const char *reason;
} exception_t;

#define EXCEPTIONS_MAX 128

/* What one judge made of a corpus. */
typedef struct tally {
  unsigned cases, matches, false_accepts, false_rejects;
} tally_t;

typedef struct table {
  const char *corpus;
  const exception_t *list;
  size_t listed;
  uint8_t met[EXCEPTIONS_MAX];
  tally_t ours;
  unsigned explained; /* of ours, those on the list */
  tally_t stock;      /* mbedTLS alone on the same cases; nothing if it was not asked */
  unsigned unexplained;
} table_t;

#define LISTED(list) list, TEST_COUNT_OF(list)

/* Starts a row. @p list may be NULL; each of its entries must be met, so that none outlives its reason. */
void table_begin(table_t *t, const char *corpus, const exception_t *list, size_t listed);
/* Counts a case; @p rc is 0 for accepted, @p detail what libsztp says of a refusal. A difference that is not
 * on the list is shown and fails the test in table_finish(). */
void table_count(table_t *t, const char *id, int expect_valid, int32_t rc, const char *detail);
/* Counts what mbedTLS itself decides in the same case. */
void table_stock(table_t *t, int expect_valid, int accepted);
/* Prints the row, adds it to the file that CONFORMANCE_TABLE names, and fails the test if anything is
 * unexplained. */
void table_finish(table_t *t);

/* Parses a JSON file of the corpora (cJSON; free with cJSON_Delete). NULL, with a line that says so, if it is
 * not there. */
struct cJSON *corpus_json(const char *name);
/* A string member, which must be there. */
const char *corpus_text(const struct cJSON *object, const char *name);

#endif
