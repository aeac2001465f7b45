/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, explains and prints. */
#include "conformance/table.h"

#include <cjson/cJSON.h>

void table_begin(table_t *t, const char *corpus, const exception_t *list, size_t listed) {
  assert_true(listed <= EXCEPTIONS_MAX);
  memset(t, 0, sizeof *t);
  t->corpus = corpus;
  t->list = list;
  t->listed = listed;
}

static void tally(tally_t *t, int expect_valid, int accepted) {
  t->cases++;
  t->matches += (expect_valid != 0) == (accepted != 0);
  t->false_accepts += !expect_valid && accepted;
  t->false_rejects += expect_valid && !accepted;
}

static int explained(table_t *t, const char *id) {
  for (size_t i = 0; i < t->listed; i++) {
    if (strcmp(t->list[i].id, id) != 0) continue;
    t->met[i] = 1;
    return 1;
  }
  return 0;
}

void table_count(table_t *t, const char *id, int expect_valid, int32_t rc, const char *detail) {
  tally(&t->ours, expect_valid, rc == SZTP_OK);
  if ((expect_valid != 0) == (rc == SZTP_OK)) return;
  if (explained(t, id)) {
    t->explained++;
    return;
  }
  t->unexplained++;
  print_message("%s %s: %s \"%s\", expected %s\n", t->corpus, id, sztp_error_name(rc),
                rc == SZTP_OK ? "" : detail, expect_valid ? "valid" : "invalid");
}

void table_stock(table_t *t, int expect_valid, int accepted) { tally(&t->stock, expect_valid, accepted); }

static void print_row(const table_t *t, FILE *out) {
  (void)fprintf(out, "%-34s %6u %8u %8u %8u %10u", t->corpus, t->ours.cases, t->ours.matches,
                t->ours.false_accepts, t->ours.false_rejects, t->explained);
  if (t->stock.cases > 0)
    (void)fprintf(out, "   %8u %8u %8u", t->stock.matches, t->stock.false_accepts, t->stock.false_rejects);
  (void)fprintf(out, "\n");
}

void table_finish(table_t *t) {
  const char *path = getenv("CONFORMANCE_TABLE");
  FILE *file = path == NULL || path[0] == '\0' ? NULL : fopen(path, "a");
  print_row(t, stdout);
  if (file != NULL) {
    print_row(t, file);
    for (size_t i = 0; i < t->listed; i++)
      (void)fprintf(file, "    %s: %s\n", t->list[i].id, t->list[i].reason);
    (void)fclose(file);
  }
  for (size_t i = 0; i < t->listed; i++)
    if (!t->met[i]) fail_msg("%s %s: listed as an exception, but never met", t->corpus, t->list[i].id);
  assert_int_equal(t->unexplained, 0);
}

cJSON *corpus_json(const char *name) {
  size_t len = 0;
  uint8_t *data = test_read_corpus(name, &len);
  if (data == NULL) {
    print_message("skipped: no %s in CORPORA\n", name);
    return NULL;
  }
  cJSON *root = cJSON_ParseWithLength((const char *)data, len);
  assert_non_null(root);
  free(data);
  return root;
}

const char *corpus_text(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  assert_true(cJSON_IsString(item));
  return item->valuestring;
}
