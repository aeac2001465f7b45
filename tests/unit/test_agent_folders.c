/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's folders, and its state in them. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/file.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/state.c"

#include "agent_files.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_private_folders),
      cmocka_unit_test(test_removing_does_not_follow_links),
      cmocka_unit_test(test_the_flag_has_four_faces),
      cmocka_unit_test(test_an_attempt_can_turn_it_off),
      cmocka_unit_test(test_the_session_is_kept_and_forgotten),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
