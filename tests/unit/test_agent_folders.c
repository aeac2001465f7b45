/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's folders, its state in them, and removable storage. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "testing.h"

#include <sys/stat.h>

#include "sztp-agent/folders.c"
#include "sztp-agent/state.c"
#define read_all  removable_read_all
#define read_file removable_read_file
#include "sztp-agent/removable.c"
#undef read_all
#undef read_file
#define read_some file_read_some
#include "common/file.c"

static char root[] = "/tmp/sztp-agent-test-XXXXXX";

static char *in_root(const char *name) {
  char *path = folder_path(root, name);
  assert_non_null(path);
  return path;
}

static void put_file(const char *name, const char *text) {
  char *path = in_root(name);
  char error[300];
  char *slash = strrchr(path, '/');
  *slash = 0;
  assert_int_equal(folder_make(path, 0755, error, sizeof error), 0);
  *slash = '/';
  assert_int_equal(file_write(path, text, strlen(text), 0644), 0);
  free(path);
}

static int group_begin(void **state) {
  (void)state;
  return mkdtemp(root) == NULL;
}

static int group_end(void **state) {
  (void)state;
  return folder_remove(root);
}

/* ---- folders ---- */

static void test_private_folders(void **state) {
  (void)state;
  char error[300] = "";
  struct stat about;
  char *deep = in_root("a/b/c"), *open_one = in_root("open"), *link = in_root("link"),
       *file = in_root("file");
  assert_int_equal(folder_make(deep, 0700, error, sizeof error), 0);
  assert_int_equal(stat(deep, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0700);
  assert_int_equal(folder_make(deep, 0700, error, sizeof error), 0); /* there already */

  assert_int_equal(mkdir(open_one, 0777), 0);
  assert_int_equal(chmod(open_one, 0777), 0);
  assert_int_equal(folder_make(open_one, 0700, error, sizeof error), -1);
  assert_non_null(strstr(error, "others may write to it"));

  assert_int_equal(symlink(deep, link), 0);
  assert_int_equal(folder_make(link, 0700, error, sizeof error), -1);
  assert_non_null(strstr(error, "/link can't be used: "));

  put_file("file", "x");
  assert_int_equal(folder_make(file, 0700, error, sizeof error), -1);
  assert_non_null(strstr(error, "Not a directory"));
  free(deep);
  free(open_one);
  free(link);
  free(file);
}

static void test_removing_does_not_follow_links(void **state) {
  (void)state;
  put_file("keep/precious", "x");
  put_file("tree/deep/file", "x");
  char *keep = in_root("keep"), *link = in_root("tree/deep/link"), *tree = in_root("tree"),
       *precious = in_root("keep/precious");
  assert_int_equal(symlink(keep, link), 0);
  assert_int_equal(folder_remove(tree), 0);
  assert_int_equal(access(tree, F_OK), -1);
  assert_int_equal(access(precious, F_OK), 0);
  assert_int_equal(folder_remove(tree), 0); /* not there: no failure */
  char *one = folder_make_new(keep), *two = folder_make_new(keep);
  assert_string_not_equal(one, two);
  free(one);
  free(two);
  free(keep);
  free(link);
  free(tree);
  free(precious);
}

/* ---- state ---- */

static void make_state(config_t *config, state_t *s, const char *name) {
  char error[300];
  memset(config, 0, sizeof *config);
  config->folders.state = in_root(name);
  config->folders.status = config->folders.state;
  assert_int_equal(state_open(config, s, error, sizeof error), 0);
}

/* STATE-01, STATE-02, STATE-03: on, off, unset and unreadable are four different things. */
static void test_the_flag_has_four_faces(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "flag");
  assert_int_equal(state_enabled(&s), STATE_UNSET);
  assert_int_equal(state_enable(&s, 0, 0), 0);
  assert_int_equal(state_enabled(&s), STATE_OFF);
  assert_int_equal(state_enable(&s, 1, 0), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  static const char *const damaged[] = {"", "off", "OFF\n", "off\noff\n", "yes\n"};
  for (size_t i = 0; i < TEST_COUNT_OF(damaged); i++) {
    put_file("flag/enabled", damaged[i]);
    assert_int_equal(state_enabled(&s), STATE_UNREADABLE);
  }
  char *path = in_root("flag/enabled");
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(state_enabled(&s), STATE_UNREADABLE);
  free(path);
  free(config.folders.state);
}

/* STATE-10: what an attempt turned off is off while it lasts, and on again when it failed. */
static void test_an_attempt_can_turn_it_off(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "attempt");
  assert_int_equal(state_enable(&s, 0, 1), 0);
  assert_int_equal(state_enabled(&s), STATE_OFF);
  assert_int_equal(state_settle(&s, 0), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  assert_int_equal(state_enable(&s, 0, 1), 0);
  assert_int_equal(state_settle(&s, 1), 0);
  assert_int_equal(state_settle(&s, 0), 0); /* settled: no later failure turns it on */
  assert_int_equal(state_enabled(&s), STATE_OFF);
  free(config.folders.state);
}

static void test_the_session_is_kept_and_forgotten(void **state) {
  (void)state;
  config_t config;
  state_t s, other;
  uint8_t data[STATE_MAX_SAVED], large[STATE_MAX_SAVED + 1] = {0};
  size_t len = 9;
  char error[300];
  make_state(&config, &s, "kept");
  assert_int_equal(state_load(&s, data, &len), 0);
  assert_int_equal(len, 0);
  assert_int_equal(state_save(&s, (const uint8_t *)"a\0b", 3), 0);
  assert_int_equal(state_load(&s, data, &len), 0);
  assert_int_equal(len, 3);
  assert_memory_equal(data, "a\0b", 3);
  assert_int_equal(state_save(&s, large, sizeof large), -1);
  assert_int_equal(state_save(&s, large, STATE_MAX_SAVED), 0);
  assert_int_equal(state_load(&s, data, &len), 0);
  assert_int_equal(len, STATE_MAX_SAVED);
  assert_int_equal(state_save(&s, NULL, 0), 0);
  assert_int_equal(state_load(&s, data, &len), 0);
  assert_int_equal(len, 0);

  other = s;
  assert_int_equal(state_lock(&s, error, sizeof error), 0);
  assert_int_equal(state_lock(&other, error, sizeof error), 1);
  state_close(&s);
  assert_int_equal(state_lock(&other, error, sizeof error), 0);
  assert_int_equal(state_enable(&s, 0, 0), 0);
  assert_int_equal(state_save(&s, large, 1), 0);
  assert_int_equal(state_reset(&other, error, sizeof error), 0);
  state_close(&other);
  assert_int_equal(state_enabled(&s), STATE_UNSET);
  assert_int_equal(state_load(&s, data, &len), 0);
  assert_int_equal(len, 0);
  free(config.folders.state);
}

/* ---- removable storage ---- */

static int look(const char *mount, const char *serial, int use_root, removable_t *found, char *error,
                size_t room) {
  char *path = in_root(mount);
  removable_search_t search = {path, serial, 9, use_root, {100, 100, 100}};
  int result = removable_read(&search, found, error, room);
  free(path);
  return result;
}

static void expect_found(const char *mount, const char *serial, const char *text) {
  removable_t found;
  char error[300] = "";
  assert_int_equal(look(mount, serial, 1, &found, error, sizeof error), 1);
  assert_int_equal(found.len[REMOVABLE_CI], strlen(text));
  assert_memory_equal(found.data[REMOVABLE_CI], text, strlen(text));
  removable_free(&found);
}

/* USB-01, USB-03, USB-04, USB-06 */
static void test_layouts_in_their_order(void **state) {
  (void)state;
  removable_t found;
  char error[300] = "";
  assert_int_equal(look("not-mounted", "S1", 1, &found, error, sizeof error), 0);
  put_file("usb/readme", "x");
  assert_int_equal(look("usb", "S1", 1, &found, error, sizeof error), 0);
  put_file("usb/conveyed-information.cms", "root");
  expect_found("usb", "S1", "root");
  assert_int_equal(look("usb", "S1", 0, &found, error, sizeof error), 0); /* root switched off */
  put_file("usb/S1/conveyed-information.cms", "serial");
  expect_found("usb", "S1", "serial");
  put_file("usb/S1/bootstrapping-data/conveyed-information.cms", "data");
  expect_found("usb", "S1", "data");
  put_file("usb/EN9/S1/bootstrapping-data/conveyed-information.cms", "enterprise");
  expect_found("usb", "S1", "enterprise");
  expect_found("usb", "S2", "root"); /* another device's folder is nothing to S2 */

  put_file("usb/EN9/S1/bootstrapping-data/ownership-voucher.cms", "cms");
  assert_int_equal(look("usb", "S1", 1, &found, error, sizeof error), 1);
  assert_memory_equal(found.data[REMOVABLE_OV], "cms", 3);
  assert_null(found.data[REMOVABLE_OC]); /* nothing is taken from another folder (D-08) */
  removable_free(&found);
  put_file("usb/EN9/S1/bootstrapping-data/ownership-voucher.vcj", "vcj");
  assert_int_equal(look("usb", "S1", 1, &found, error, sizeof error), 1);
  assert_memory_equal(found.data[REMOVABLE_OV], "vcj", 3);
  removable_free(&found);
}

/* USB-07, USB-08 */
static void test_what_is_refused(void **state) {
  (void)state;
  removable_t found;
  char error[300] = "";
  put_file("outside/conveyed-information.cms", "secret");
  put_file("bad/x", "x");
  char *target = in_root("outside"), *link = in_root("bad/S1"),
       *file = in_root("bad/conveyed-information.cms");
  static const char *const serials[] = {"../outside", "..", ".", "a/b", "a\\b", "a\nb", ""};
  for (size_t i = 0; i < TEST_COUNT_OF(serials); i++)
    assert_int_equal(look("bad", serials[i], 0, &found, error, sizeof error), 0);

  assert_int_equal(symlink(target, link), 0); /* a folder that is a link is not entered */
  assert_int_equal(look("bad", "S1", 0, &found, error, sizeof error), 0);
  assert_int_equal(symlink("/etc/passwd", file), 0);
  assert_int_equal(look("bad", "S2", 1, &found, error, sizeof error), -1);
  assert_string_equal(error, "conveyed-information.cms is refused: it is a symbolic link");
  assert_int_equal(unlink(file), 0);
  assert_int_equal(mkfifo(file, 0600), 0);
  assert_int_equal(look("bad", "S2", 1, &found, error, sizeof error), -1);
  assert_string_equal(error, "conveyed-information.cms is refused: it is no regular file");
  assert_int_equal(unlink(file), 0);
  put_file("bad/conveyed-information.cms", "");
  assert_int_equal(truncate(file, 101), 0);
  assert_int_equal(look("bad", "S2", 1, &found, error, sizeof error), -1);
  assert_string_equal(error, "conveyed-information.cms is refused: it is empty or larger than the limit");
  assert_int_equal(truncate(file, 100), 0);
  assert_int_equal(look("bad", "S2", 1, &found, error, sizeof error), 1);
  removable_free(&found);
  free(target);
  free(link);
  free(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_private_folders),
      cmocka_unit_test(test_removing_does_not_follow_links),
      cmocka_unit_test(test_the_flag_has_four_faces),
      cmocka_unit_test(test_an_attempt_can_turn_it_off),
      cmocka_unit_test(test_the_session_is_kept_and_forgotten),
      cmocka_unit_test(test_layouts_in_their_order),
      cmocka_unit_test(test_what_is_refused),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
