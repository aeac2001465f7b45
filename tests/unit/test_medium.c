/* SPDX-License-Identifier: Apache-2.0 */
/* Paths on removable storage: layouts, serial numbers, file: URIs, and opening what is below a folder. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/beneath.c"
#include "common/medium.c"
#include "common/octets.c"

/* USB-07, D-15 */
static void test_serials_that_are_names(void **state) {
  (void)state;
  static const char *const good[] = {"S1",  "EX4200-17",        "...",      ".x",
                                     "a b", "PID:C9300 SN:FCW", "\xc3\xa4", "{serial}"};
  static const char *const bad[] = {"", ".", "..", "../x", "a/b", "/", "a\\b", "a\nb", "a\x01", "\x7f"};
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) assert_true(medium_serial_is_name(good[i]));
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++) assert_false(medium_serial_is_name(bad[i]));
  char long_one[300];
  memset(long_one, 'x', sizeof long_one);
  long_one[200] = 0;
  assert_true(medium_serial_is_name(long_one));
  long_one[200] = 'x';
  long_one[201] = 0;
  assert_false(medium_serial_is_name(long_one));
}

/* USB-03, D-13 */
static void test_layouts(void **state) {
  (void)state;
  static const struct {
    const char *layout, *serial;
    uint64_t enterprise;
    const char *path; /* NULL: not for this device */
  } cases[] = {
      {MEDIUM_LAYOUT_XR, "S1", 9, "EN9/S1/bootstrapping-data"},
      {MEDIUM_LAYOUT_XR, "S1", 4294967295U, "EN4294967295/S1/bootstrapping-data"},
      {MEDIUM_LAYOUT_XR, "S1", 0, NULL},
      {MEDIUM_LAYOUT_XR, NULL, 9, NULL},
      {MEDIUM_LAYOUT_XR, "../S1", 9, NULL},
      {MEDIUM_LAYOUT, "S1", 0, "S1/bootstrapping-data"},
      {"{serial}", "..", 0, NULL},
      {".{serial}", "x", 0, ".x"},
      {MEDIUM_ROOT, NULL, 0, "."},
      {MEDIUM_ROOT, "../x", 0, "."}, /* the root stays (D-15) */
      {"ztp/fixed", "../x", 0, "ztp/fixed"},
      {"ztp/{serial}-{enterprise}/{serial}", "S1", 9, "ztp/S1-9/S1"},
      {"{serial}", "{enterprise}", 9, "{enterprise}"}, /* what a serial number says is not looked at again */
  };
  char path[MEDIUM_PATH];
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_null(medium_layout_fault(cases[i].layout));
    int result = medium_path(cases[i].layout, cases[i].serial, cases[i].enterprise, path);
    assert_int_equal(result, cases[i].path == NULL ? -1 : 0);
    if (result == 0) assert_string_equal(path, cases[i].path);
  }
  assert_true(medium_layout_has_enterprise(MEDIUM_LAYOUT_XR));
  assert_false(medium_layout_has_enterprise(MEDIUM_LAYOUT));
  for (size_t i = 0; i < MEDIUM_LAYOUTS; i++) assert_null(medium_layout_fault(medium_layouts[i]));

  static const struct {
    const char *layout, *fault;
  } wrong[] = {{"", "empty"},
               {"..", "\"..\""},
               {"a/../b", "\"..\""},
               {"./a", "\".\""},
               {"/a", "empty component"},
               {"a/", "empty component"},
               {"a//b", "empty component"},
               {"a\\b", "backslash"},
               {"a\tb", "control"},
               {"{model}", "braces"},
               {"{serial", "braces"},
               {"serial}", "braces"},
               {"{{serial}}", "braces"}};
  for (size_t i = 0; i < TEST_COUNT_OF(wrong); i++) {
    const char *fault = medium_layout_fault(wrong[i].layout);
    assert_non_null(fault);
    assert_non_null(strstr(fault, wrong[i].fault));
  }
  char many[MEDIUM_PATH] = "a";
  for (size_t i = 1; i < MAX_COMPONENTS; i++) strcat(many, "/a");
  assert_null(medium_layout_fault(many));
  strcat(many, "/a");
  assert_string_equal(medium_layout_fault(many), "it has too many components");
  memset(many, 'a', sizeof many);
  many[MEDIUM_PATH / 2] = 0;
  assert_string_equal(medium_layout_fault(many), "it is too long");
  many[0] = 0; /* a layout that is short enough, with a serial number that makes it too long */
  for (size_t i = 0; i < 8; i++) strcat(many, i == 0 ? "{serial}" : "/{serial}");
  char serial[200];
  memset(serial, 's', sizeof serial);
  serial[199] = 0;
  assert_null(medium_layout_fault(many));
  assert_int_equal(medium_path(many, serial, 0, path), -1);
}

/* USB-09, quirk B4 */
static void test_file_uris(void **state) {
  (void)state;
  static const struct {
    const char *uri, *path;
  } good[] = {{"file:///images/x.bin", "images/x.bin"},
              {"file:/images/x.bin", "images/x.bin"},
              {"FILE://localhost/x", "x"},
              {"file:///a%20b%25c", "a b%c"},
              {"file:///disk2:/images/x.iso", "images/x.iso"},
              {"file:///E:/images/x.iso", "images/x.iso"},
              {"file:///%44:/x", "x"},
              {"file:///disk2:", "disk2:"},
              {"file:///.../x", ".../x"},
              {"file:///a/disk2:/x", "a/disk2:/x"}};
  static const struct {
    const char *uri, *fault;
  } bad[] = {{"https://host/x", "not a file: URI"},
             {"file", "not a file: URI"},
             {"file:", "no absolute path"},
             {"file:x", "no absolute path"},
             {"file://", "no absolute path"},
             {"file://host/x", "another host"},
             {"file://localhost.example/x", "another host"},
             {"file://localhost", "no absolute path"},
             {"file:///", "no path"},
             {"file:////etc/passwd", "empty component"},
             {"file:///x/", "empty component"},
             {"file:///../etc/passwd", "\"..\""},
             {"file:///a/%2e%2e/%2e%2E/x", "\"..\""},
             {"file:///a/./x", "\".\""},
             {"file:///..%2fx", "encoded slash"},
             {"file:///a%5cb", "backslash"},
             {"file:///a\\b", "backslash"},
             {"file:///a%00b", "a NUL"},
             {"file:///a%0ab", "control"},
             {"file:///a%4", "percent"},
             {"file:///a%", "percent"},
             {"file:///a%zz", "percent"},
             {"file:///a?b", "query"},
             {"file:///a#b", "fragment"},
             {"file:///disk2:/../x", "\"..\""},
             {"file:///disk2:/", "empty"},
             {"file:///disk2://x", "empty component"}};
  char path[MEDIUM_PATH], uri[MEDIUM_URI];
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) {
    const char *fault = medium_uri_path(good[i].uri, strlen(good[i].uri), path);
    assert_null(fault);
    assert_string_equal(path, good[i].path);
    assert_true(medium_is_file_uri(good[i].uri));
  }
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++) {
    char *exact = malloc(strlen(bad[i].uri)); /* without a NUL behind it */
    memcpy(exact, bad[i].uri, strlen(bad[i].uri));
    const char *fault = medium_uri_path(exact, strlen(bad[i].uri), path);
    free(exact);
    assert_non_null(fault);
    assert_non_null(strstr(fault, bad[i].fault));
  }
  char *long_one = malloc(2 * MEDIUM_PATH);
  memset(long_one, 'x', 2 * MEDIUM_PATH);
  memcpy(long_one, "file:///", 8);
  assert_null(medium_uri_path(long_one, 8 + MEDIUM_PATH - 1, path));
  assert_string_equal(medium_uri_path(long_one, 8 + MEDIUM_PATH, path), "a path that is too long");
  free(long_one);

  static const char *const paths[] = {"images/x.bin", "a b", "100%", "a?b#c", "\xc3\xa4/\"", "x:y", "a+b@c"};
  for (size_t i = 0; i < TEST_COUNT_OF(paths); i++) {
    medium_path_uri(paths[i], uri);
    assert_null(medium_uri_path(uri, strlen(uri), path));
    assert_string_equal(path, paths[i]);
    for (const char *c = uri; *c != 0; c++) assert_true((unsigned char)*c > 0x20 && (unsigned char)*c < 0x7f);
  }
  medium_path_uri("images/a b.bin", uri);
  assert_string_equal(uri, "file:///images/a%20b.bin");
}

/* ---- below a folder ------------------------------------------------------------------------------ */

static char root[] = "/tmp/sztp-medium-XXXXXX";
static int base = -1;

static int make_root(void **state) {
  (void)state;
  assert_non_null(mkdtemp(root));
  base = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_true(base >= 0);
  assert_int_equal(mkdirat(base, "in", 0755), 0);
  assert_int_equal(mkdirat(base, "in/a", 0755), 0);
  assert_int_equal(mkdirat(base, "out", 0755), 0);
  static const char *const files[] = {"in/file", "in/a/file", "out/file"};
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    int fd = openat(base, files[i], O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, files[i], strlen(files[i])), (ssize_t)strlen(files[i]));
    (void)close(fd);
  }
  assert_int_equal(symlinkat("a", base, "in/link"), 0);
  assert_int_equal(symlinkat("../out", base, "in/way-out"), 0);
  assert_int_equal(symlinkat("/etc", base, "in/absolute"), 0);
  assert_int_equal(symlinkat("nowhere", base, "in/dangling"), 0);
  assert_int_equal(symlinkat("file", base, "in/file-link"), 0);
  assert_int_equal(mkfifoat(base, "in/fifo", 0600), 0);
  int in = openat(base, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  (void)close(base);
  base = in;
  return 0;
}

static int remove_root(void **state) {
  (void)state;
  char command[80];
  (void)snprintf(command, sizeof command, "rm -rf %s", root);
  (void)close(base);
  return system(command);
}

typedef int (*opener_fn)(int folder, const char *path);

/* USB-07, USB-08: by either way of opening, nothing but what is below the folder, and no link */
static void test_folders_beneath(void **state) {
  (void)state;
  static const struct {
    const char *path;
    int why; /* 0: it is opened */
  } cases[] = {{".", 0},
               {"a", 0},
               {"link", ELOOP},
               {"way-out", ELOOP},
               {"absolute", ELOOP},
               {"dangling", ELOOP},
               {"file", ENOTDIR},
               {"fifo", ENOTDIR},
               {"nothing", ENOENT},
               {"a/nothing", ENOENT},
               {"nothing/a", ENOENT}};
  static const opener_fn openers[] = {beneath_folder, folder_by_components};
  for (size_t k = 0; k < TEST_COUNT_OF(openers); k++)
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      errno = 0;
      int fd = openers[k](base, cases[i].path), why = errno;
      assert_int_equal(fd >= 0, cases[i].why == 0);
      if (fd >= 0) assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
      if (fd >= 0) (void)close(fd);
      if (fd < 0 && openers[k] == beneath_folder) assert_int_equal(why, cases[i].why);
    }
  /* a link further up */
  assert_int_equal(beneath_folder(base, "way-out/x"), -1);
  assert_int_equal(folder_by_components(base, "way-out/x"), -1);
  for (size_t k = 0; k < TEST_COUNT_OF(openers); k++) {
    static const char *const out[] = {"..", "../out", "a/../../out", "/etc"};
    for (size_t i = 0; i < TEST_COUNT_OF(out); i++) {
      errno = 0;
      assert_int_equal(openers[k](base, out[i]), -1);
      assert_int_equal(errno, EXDEV);
    }
  }
  char many[MAX_PATH + 1];
  memset(many, 'x', sizeof many);
  many[MAX_PATH] = 0;
  assert_int_equal(beneath_folder(base, many), -1);
  assert_int_equal(errno, ENAMETOOLONG);
}

/* USB-08 */
static void test_files_beneath(void **state) {
  (void)state;
  static const struct {
    const char *path;
    int why;
  } cases[] = {{"file", 0},          {"a/file", 0},         {"link/file", ELOOP}, {"way-out/file", ELOOP},
               {"file-link", ELOOP}, {"dangling", ELOOP},   {"fifo", EINVAL},     {"a", EINVAL},
               {"nothing", ENOENT},  {"a/nothing", ENOENT}, {"file/x", ENOTDIR},  {".", EINVAL}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint64_t size = 0;
    int fd = beneath_file(base, cases[i].path, &size), why = errno;
    assert_int_equal(fd >= 0, cases[i].why == 0);
    if (fd < 0) {
      assert_true(why == cases[i].why || (cases[i].why == ELOOP && why == ENOTDIR));
      continue;
    }
    assert_true(size == strlen("in/") + strlen(cases[i].path));
    (void)close(fd);
  }
}

/* A file of more octets than 32 bits can say: a hole. */
static void test_large_files_beneath(void **state) {
  (void)state;
  uint64_t size = 0;
  int fd = openat(base, "large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)((UINT64_C(5) << 30) + 1)), 0);
  (void)close(fd);
  fd = beneath_file(base, "large", &size);
  assert_true(fd >= 0);
  assert_true(size == (UINT64_C(5) << 30) + 1);
  (void)close(fd);
  assert_int_equal(unlinkat(base, "large", 0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_serials_that_are_names),
      cmocka_unit_test(test_layouts),
      cmocka_unit_test(test_file_uris),
      cmocka_unit_test(test_folders_beneath),
      cmocka_unit_test(test_files_beneath),
      cmocka_unit_test(test_large_files_beneath),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
