/* SPDX-License-Identifier: Apache-2.0 */
/* What the tools share: files, hosts, lists, options, base64 and hex of tools/common. */
#define _POSIX_C_SOURCE 200809L
#include "common/testing.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.c"
#include "common/host.c"
#include "common/list.c"
#include "common/octets.c"
#include "common/options.c"

/* ---- base64 and hex ------------------------------------------------------------------------------ */

static void test_base64_is_read(void **state) {
  (void)state;
  sztp_ctx_t *ctx = NULL;
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  static const struct {
    const char *text, *octets;
  } right[] = {{"", ""},
               {"Zg==", "f"},
               {"Zm8=", "fo"},
               {"Zm9v", "foo"},
               {"Zm9vYg==", "foob"},
               {"Zm9vYmFy", "foobar"},
               {" Zm9v\n YmFy\t", "foobar"}};
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    uint8_t out[8];
    size_t len = 99;
    assert_int_equal(octets_from_base64(ctx, right[i].text, out, sizeof out, &len), 0);
    assert_int_equal(len, strlen(right[i].octets));
    assert_memory_equal(out, right[i].octets, len);
  }
  static const char *const wrong[] = {"Z",    "Zg",    "Zg=",  "Zm8",         "Zh==",  "Zm9=",
                                      "=",    "====",  "Z===", "Zg==Zg==",    "Zm9v=", "Zm-v",
                                      "Zm_v", "Zm9v!", "Z=g=", "Zm9vYmFyZm9v"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    uint8_t out[8];
    size_t len = 99;
    assert_int_equal(octets_from_base64(ctx, wrong[i], out, sizeof out, &len), -1);
  }
  sztp_ctx_free(ctx);
}

static void test_hex_is_read(void **state) {
  (void)state;
  static const char *const right[] = {"00fFa5", "0x00ffa5", "00:ff:a5", "0:ff:a5", "00ff.a5", " 00 ff a5\n"};
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    uint8_t out[3];
    size_t len = 0;
    assert_int_equal(octets_from_hex(right[i], out, sizeof out, &len), 0);
    assert_int_equal(len, 3);
    assert_memory_equal(out, "\x00\xff\xa5", 3);
  }
  static const char *const wrong[] = {"0",     "0g",       "00f", "0:0g", "0:0:0:0", "00:0.01",
                                      "00,01", "01020304", "0x0", "0 0",  "00:1g"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    uint8_t out[3];
    size_t len = 0;
    assert_int_equal(octets_from_hex(wrong[i], out, sizeof out, &len), -1);
  }
}

/* ---- hosts --------------------------------------------------------------------------------------- */

static void test_hosts_are_taken_apart(void **state) {
  (void)state;
  static const struct {
    const char *text, *host;
    uint16_t port;
  } right[] = {{"boot.example.net", "boot.example.net", 0},
               {"boot.example.net:8443", "boot.example.net", 8443},
               {"192.0.2.1:1", "192.0.2.1", 1},
               {"[2001:db8::1]", "2001:db8::1", 0},
               {"[2001:db8::1]:65535", "2001:db8::1", 65535},
               {"2001:db8::1", "2001:db8::1", 0}};
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    char host[HOST_ROOM];
    uint16_t port = 7;
    assert_int_equal(host_split(right[i].text, host, &port), 0);
    assert_string_equal(host, right[i].host);
    assert_int_equal(port, right[i].port);
  }
  static const char *const wrong[] = {
      "",       ":443",    "a:",      "a:0",   "a:65536",  "a:99999999999999999999",
      "a:+443", "a:44x",   "a: 443",  "[::1",  "[::1]443", "[::1]:",
      "[]:443", "[::1]:x", "[::1]:0", "a:0443"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char host[HOST_ROOM];
    uint16_t port = 7;
    if (host_split(wrong[i], host, &port) != -1) fail_msg("%s is taken as a host", wrong[i]);
  }
  char host[HOST_ROOM], longest[HOST_ROOM + 1];
  uint16_t port = 0;
  memset(longest, 'a', sizeof longest);
  longest[HOST_ROOM] = '\0';
  assert_int_equal(host_split(longest, host, &port), -1);
  longest[HOST_ROOM - 1] = '\0';
  assert_int_equal(host_split(longest, host, &port), 0);
}

/* ---- options ------------------------------------------------------------------------------------- */

static const option_t known[] = {
    {"name", "SN", 0}, {"anchor", "FILE", 1}, {"json", NULL, 0}, {"handling", "HOW", 0}, {NULL, NULL, 0}};

static void start(options_t *o, char **argv) {
  int argc = 0;
  while (argv[argc] != NULL) argc++;
  options_start(o, known, argc, argv, 0);
}

static void test_options_are_read_in_order(void **state) {
  (void)state;
  char *argv[] = {"--name", "a", "x",  "--anchor=b", "--json", "--anchor",
                  "--name", "-", "--", "--json",     "-y",     NULL};
  static const struct {
    int place;
    const char *value;
  } wanted[] = {{0, "a"},
                {OPTIONS_OPERAND, "x"},
                {1, "b"},
                {2, NULL},
                {1, "--name"}, /* a value may look like an option */
                {OPTIONS_OPERAND, "-"},
                {OPTIONS_OPERAND, "--json"},
                {OPTIONS_OPERAND, "-y"},
                {OPTIONS_END, NULL}};
  options_t o;
  start(&o, argv);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    const char *value = NULL;
    assert_int_equal(options_next(&o, &value), wanted[i].place);
    if (wanted[i].value == NULL)
      assert_null(value);
    else
      assert_string_equal(value, wanted[i].value);
  }
  assert_true(options_given(&o, 0) && options_given(&o, 1) && options_given(&o, 2));
  assert_false(options_given(&o, 3));
}

static void test_wrong_options_are_named(void **state) {
  (void)state;
  static const struct {
    char *argv[4];
    const char *error;
  } wrong[] = {
      {{"--nam", NULL}, "unknown option --nam; did you mean --name?"},
      {{"--handlign=x", NULL}, "unknown option --handlign; did you mean --handling?"},
      {{"--frobnicate", NULL}, "unknown option --frobnicate"},
      {{"--", "--name", NULL}, NULL},
      {{"-n", NULL}, "unknown option -n; options have two dashes"},
      {{"--name", NULL}, "--name needs a value: --name SN"},
      {{"--json=1", NULL}, "--json takes no value"},
      {{"--name=a", "--name=b", NULL}, "--name is given twice; once is right"},
      {{"--json", "--json", NULL}, "--json is given twice; once is right"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    options_t o;
    const char *value = NULL;
    char *argv[4];
    memcpy(argv, wrong[i].argv, sizeof argv);
    start(&o, argv);
    int place;
    do place = options_next(&o, &value);
    while (place != OPTIONS_END && place != OPTIONS_ERROR);
    assert_int_equal(place, wrong[i].error == NULL ? OPTIONS_END : OPTIONS_ERROR);
    assert_string_equal(o.error, wrong[i].error == NULL ? "" : wrong[i].error);
  }
}

/* ---- files --------------------------------------------------------------------------------------- */

static void name_in(char *out, size_t cap, const char *folder, const char *name) {
  (void)snprintf(out, cap, "%s/%s", folder, name);
}

static void test_files_are_written_whole(void **state) {
  (void)state;
  char folder[] = "/tmp/sztp-test-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  name_in(path, sizeof path, folder, "file");
  for (size_t size = 0; size <= 100000; size = size * 3 + 1) {
    uint8_t *written = calloc(1, size + 1), *read_back = NULL;
    size_t len = 0;
    assert_non_null(written);
    memset(written, (int)(size & 0xff), size);
    assert_int_equal(file_write(path, written, size, 0640), 0);
    assert_int_equal(file_read(path, size, &read_back, &len), 0);
    assert_int_equal(len, size);
    assert_memory_equal(read_back, written, size);
    assert_int_equal(read_back[len], 0);
    free(read_back);
    if (size > 0) {
      assert_int_equal(file_read(path, size - 1, &read_back, &len), -1);
      assert_int_equal(errno, EFBIG);
    }
    free(written);
  }
  struct stat there;
  assert_int_equal(stat(path, &there), 0);
  assert_int_equal(there.st_mode & 07777, 0640);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
}

static void test_failures_of_files_are_told(void **state) {
  (void)state;
  char folder[] = "/tmp/sztp-test-XXXXXX", path[64];
  uint8_t *data = NULL;
  size_t len = 0;
  assert_non_null(mkdtemp(folder));
  name_in(path, sizeof path, folder, "missing/file");
  assert_int_equal(file_read(path, 10, &data, &len), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(file_write(path, "x", 1, 0600), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(file_read(folder, 10, &data, &len), -1);
  assert_int_equal(errno, EISDIR);
  assert_int_equal(file_write(folder, "x", 1, 0600), -1);
  assert_int_equal(errno, EISDIR);
  assert_int_equal(file_write("/dev/full", "x", 1, 0600), -1);
  assert_int_equal(errno, ENOSPC);
  assert_int_equal(file_write("/dev/null", "x", 1, 0600), 0);
  assert_null(data);
  assert_int_equal(rmdir(folder), 0);
}

/* ---- files in an open folder --------------------------------------------------------------------- */

static void expect_in(int folder, const char *name, const char *text) {
  char octets[64];
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW);
  assert_true(fd >= 0);
  assert_int_equal(read(fd, octets, sizeof octets), (ssize_t)strlen(text));
  assert_memory_equal(octets, text, strlen(text));
  (void)close(fd);
}

/* USB-07, USB-08: what is written to a medium is there whole, and replaces a link instead of following it */
static void test_files_in_a_folder(void **state) {
  (void)state;
  char folder[] = "/tmp/sztp-common-XXXXXX", name[300], path[400];
  struct stat about;
  uint64_t len = 0;
  assert_non_null(mkdtemp(folder));
  int fd = open(folder, O_RDONLY | O_DIRECTORY);
  assert_true(fd >= 0);
  assert_int_equal(file_write_in(fd, "a", "old", 3, 0640), 0);
  assert_int_equal(file_write_in(fd, "a", "newer", 5, 0640), 0);
  expect_in(fd, "a", "newer");
  assert_int_equal(fstatat(fd, "a", &about, 0), 0);
  assert_int_equal(about.st_mode & 0777, 0640);
  assert_int_equal(symlinkat("a", fd, "link"), 0);
  assert_int_equal(symlinkat("a", fd, "b.part"), 0); /* in the place of a temporary file */
  assert_int_equal(file_write_in(fd, "link", "x", 1, 0600), 0);
  assert_int_equal(file_write_in(fd, "b", "y", 1, 0600), 0);
  expect_in(fd, "a", "newer");
  expect_in(fd, "link", "x");
  expect_in(fd, "b", "y");
  assert_int_equal(faccessat(fd, "b.part", F_OK, AT_SYMLINK_NOFOLLOW), -1);

  int from = openat(fd, "a", O_RDONLY);
  assert_int_equal(file_copy_in(fd, "copy", from, 0600, &len), 0);
  assert_true(len == 5);
  expect_in(fd, "copy", "newer");
  (void)close(from);
  assert_int_equal(file_copy_in(fd, "copy", fd, 0600, &len), -1); /* a folder can't be read */
  assert_int_equal(errno, EISDIR);
  expect_in(fd, "copy", "newer");
  assert_int_equal(faccessat(fd, "copy.part", F_OK, 0), -1);
  memset(name, 'n', sizeof name);
  name[251] = 0;
  assert_int_equal(file_write_in(fd, name, "", 0, 0600), -1);
  assert_int_equal(errno, ENAMETOOLONG);
  assert_int_equal(file_write_in(fd, "no/folder", "", 0, 0600), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(mkdirat(fd, "d", 0700), 0);
  assert_int_equal(file_write_in(fd, "d", "z", 1, 0600), -1);
  assert_int_equal(faccessat(fd, "d.part", F_OK, 0), -1);
  (void)close(fd);
  (void)snprintf(path, sizeof path, "rm -rf %s", folder);
  assert_int_equal(system(path), 0);
}

/* ---- lists --------------------------------------------------------------------------------------- */

/* A list has room whenever one is added, keeps what is in it, and starts anew after free(). */
static void test_lists_grow(void **state) {
  unsigned *list = NULL;
  (void)state;
  for (unsigned n = 0; n < 1000; n++) {
    unsigned *moved = list_room(list, n, sizeof *list);
    assert_non_null(moved);
    list = moved;
    assert_true(malloc_usable_size(list) >= (n + 1) * sizeof *list);
    list[n] = n;
  }
  for (unsigned n = 0; n < 1000; n++) assert_int_equal(list[n], n);
  assert_null(list_room(list, SIZE_MAX / 4 + 1, 4));
  assert_int_equal(list[999], 999);
  free(list);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_base64_is_read),
      cmocka_unit_test(test_hex_is_read),
      cmocka_unit_test(test_hosts_are_taken_apart),
      cmocka_unit_test(test_options_are_read_in_order),
      cmocka_unit_test(test_wrong_options_are_named),
      cmocka_unit_test(test_files_are_written_whole),
      cmocka_unit_test(test_failures_of_files_are_told),
      cmocka_unit_test(test_files_in_a_folder),
      cmocka_unit_test(test_lists_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
