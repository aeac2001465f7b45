/* SPDX-License-Identifier: Apache-2.0 */
/* The boot image in the agent's staging folder: pieces in their order, and more octets than 32 bits can say.
 */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#define GIB (UINT64_C(1) << 30)

/* There is room for each image here, also where /tmp is in memory: their files are holes.
 */
static int with_room(const char *folder, struct statvfs *about) {
  int status = statvfs(folder, about);
  about->f_frsize = 4096;
  about->f_bfree = about->f_bavail = (fsblkcnt_t)(64 * GIB / 4096);
  return status;
}
#define statvfs(folder, about) with_room(folder, about)

#include "common/file.c"
#include "sztp-agent/clock.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/image.c"

#include "agent_files.h"

static uint64_t told, told_total;

static void tell(void *user, uint64_t octets, uint64_t total) {
  (void)user;
  told = octets;
  told_total = total;
}

static int32_t stage(image_t *image, uint64_t offset, const char *piece) {
  return image_stage(image, NULL, offset, 16 * GIB, (const uint8_t *)piece, strlen(piece));
}

static void open_staging(image_t *image, char **folder) {
  char error[300] = "";
  *folder = in_root("staging");
  assert_int_equal(image_open(*folder, tell, NULL, image, error, sizeof error), 0);
}

static void test_pieces(void **state) {
  (void)state;
  image_t image;
  char *folder;
  open_staging(&image, &folder);
  assert_int_equal(stage(&image, 0, "x"), -1); /* nothing is begun */
  assert_int_equal(stage(&image, 0, ""), 0);
  assert_int_equal(stage(&image, 0, "abc"), 0);
  assert_int_equal(stage(&image, 4, "e"), -1);
  assert_non_null(strstr(image.fault, "a piece of the image is missing"));
  assert_int_equal(stage(&image, 3, "d"), 0);
  assert_int_equal(image_finish(&image), 0);
  assert_int_equal(image_finish(&image), -1);
  assert_true(told == 4 && told_total == 16 * GIB);
  image_close(&image);
  free(folder);
}

/* IMG-08: without a validator nothing is kept; what was kept is offered to its URI alone, and is gone if it
 * can't be relied on. */
static void test_kept(void **state) {
  (void)state;
  static const char record[] = "sztp-agent image 1\n6\n10\n\"v1\"\nhttps://a/1\n";
  static const struct {
    const char *record;
    uint64_t known; /* 0: it is removed */
  } rows[] = {{record, 6},
              {"sztp-agent image 1\n4\n10\n\"v1\"\nhttps://a/1\n", 4},
              {"sztp-agent image 1\n9\n10\n\"v1\"\nhttps://a/1\n", 6},
              {"sztp-agent image 1\n6\n6\n\"v1\"\nhttps://a/1\n", 5}, /* whole, but for its last octet */
              {"sztp-agent image 2\n6\n10\n\"v1\"\nhttps://a/1\n", 0},
              {"sztp-agent image 1\n6\n10\n\nhttps://a/1\n", 0},
              {"sztp-agent image 1\n6\n10\n\"v1\"\n", 0},
              {"sztp-agent image 1\n-6\n10\n\"v1\"\nhttps://a/1\n", 0},
              {"sztp-agent image 1\n0\n10\n\"v1\"\nhttps://a/1\n", 0},
              {"sztp-agent image 1\n6\n10\n\"v1\"\nhttps://a/1\nmore\n", 0}};
  image_t image;
  char *folder;
  open_staging(&image, &folder);
  assert_int_equal(stage(&image, 0, ""), 0);
  assert_int_equal(stage(&image, 0, "abc"), 0);
  assert_true(image_keep(&image, 1) == 0);
  assert_int_equal(access(image.path, F_OK), -1);
  image_close(&image);
  free(folder);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    put_file("staging/image", "abcdef");
    put_file("staging/image.from", rows[i].record);
    open_staging(&image, &folder);
    assert_true(image.known == rows[i].known);
    assert_int_equal(access(image.path, F_OK), rows[i].known > 0 ? 0 : -1);
    assert_true((image.uri != NULL) == (rows[i].known > 0));
    image_discard(&image);
    image_close(&image);
    free(folder);
  }
}

/* An image of 2 GiB or of 4 has more octets than an off_t of 32 bits can say. Its beginning is a hole here.
 */
static void test_large(void **state) {
  (void)state;
  static const uint64_t borders[] = {2 * GIB, 4 * GIB + 20, 15 * GIB};
  for (size_t i = 0; i < TEST_COUNT_OF(borders); i++) {
    image_t image;
    char *folder;
    struct stat about;
    uint64_t before = borders[i] - 3;
    open_staging(&image, &folder);
    assert_int_equal(stage(&image, 0, ""), 0);
    assert_true(lseek(image.fd, (off_t)before, SEEK_SET) == (off_t)before);
    image.octets = before;
    if (stage(&image, before, "0123456789") != 0) fail_msg("%s", image.fault);
    assert_true(told == before + 10);
    if (before > UINT32_MAX) assert_int_equal(stage(&image, (uint32_t)(before + 10), "x"), -1);
    assert_int_equal(image_finish(&image), 0);
    assert_int_equal(stat(image.path, &about), 0);
    assert_true(about.st_size == (off_t)(before + 10));
    image_close(&image);
    free(folder);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces), cmocka_unit_test(test_kept),
                                     cmocka_unit_test(test_large)};
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
