/* SPDX-License-Identifier: Apache-2.0 */
/* Signed artifacts, changed at random, judged by libsztp and by OpenSSL: where the two differ, the reason
 * must be one that is known (explained.c). What both accept has the same content.
 *
 * usage: differential PKI SEED COUNT [FOLDER [EACH]]
 *
 * FOLDER gets the files of each case that can't be explained and, with EACH, of every EACH-th case, for
 * openssl(1): N.cms, N.anchor, N.bag, N.time, N.verdict. */
#include "tests/differential/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_file(const char *folder, uint64_t number, const char *kind, const void *data, size_t len) {
  char path[1024];
  (void)snprintf(path, sizeof path, "%s/%llu.%s", folder, (unsigned long long)number, kind);
  FILE *out = fopen(path, "wb");
  if (out == NULL || fwrite(data, 1, len, out) != len || fclose(out) != 0) {
    fprintf(stderr, "differential: can't write %s\n", path);
    exit(2);
  }
}

static void write_case(const char *folder, uint64_t number, const case_data_t *c, const opinion_t *theirs) {
  char time[32] = "";
  if (c->time != SZTP_TIME_UNKNOWN) (void)snprintf(time, sizeof time, "%lld", (long long)c->time);
  write_file(folder, number, "cms", c->signed_.data, c->signed_.len);
  write_file(folder, number, "anchor", c->anchor.data, c->anchor.len);
  if (!c->is_voucher) write_file(folder, number, "bag", c->bag.data, c->bag.len);
  write_file(folder, number, "time", time, strlen(time));
  write_file(folder, number, "verdict", theirs->accepted_as_is ? "0" : "1", 1);
}

static int same_content(const opinion_t *a, const opinion_t *b) {
  return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

int main(int argc, char **argv) {
  static case_data_t c;
  static opinion_t ours;
  static opinion_t theirs;
  unsigned long both = 0, neither = 0, known = 0, unknown = 0;
  if (argc < 4) {
    fprintf(stderr, "usage: differential PKI SEED COUNT [FOLDER [EACH]]\n");
    return 2;
  }
  uint64_t seed = strtoull(argv[2], NULL, 10);
  uint64_t count = strtoull(argv[3], NULL, 10);
  const char *folder = argc > 4 ? argv[4] : NULL;
  uint64_t each = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
  make_begin(argv[1]);
  for (uint64_t number = 0; number < count; number++) {
    make_case(&c, seed, number);
    verify_ours(&c, &ours);
    verify_theirs(&c, &theirs);
    if (each > 0 && number % each == 0) write_case(folder, number, &c, &theirs);
    both += (unsigned long)(ours.accepted && theirs.accepted);
    neither += (unsigned long)(!ours.accepted && !theirs.accepted);
    int differ = ours.accepted != theirs.accepted;
    if (!differ && (!ours.accepted || same_content(&ours, &theirs))) continue;
    if (differ && explained(&ours, &theirs)) {
      known++;
      continue;
    }
    unknown++;
    printf("case %llu: %s\n  libsztp: %s %s\n  OpenSSL: %s %s\n", (unsigned long long)number, c.story,
           ours.accepted ? "accepted" : sztp_error_name(ours.code), ours.detail,
           theirs.accepted ? "accepted" : "refused", theirs.detail);
    if (folder != NULL) write_case(folder, number, &c, &theirs);
  }
  printf(
      "seed %llu: %llu cases, %lu accepted by both, %lu refused by both, %lu explained, %lu not explained\n",
      (unsigned long long)seed, (unsigned long long)count, both, neither, known, unknown);
  explained_print();
  return unknown == 0 ? 0 : 1;
}
