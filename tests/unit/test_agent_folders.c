/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's folders, and its state in them. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/file.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/running.c"
#include "sztp-agent/state.c"

#include "agent_files.h"
#include "agent_state.h"

/* ---- folders ------------------------------------------------------------------------------------- */

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

/* ---- state --------------------------------------------------------------------------------------- */

/* STATE-01, STATE-02, STATE-03: on, off, unset and unreadable are four different things. */
static void test_the_flag_has_four_faces(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "flag");
  assert_int_equal(state_enabled(&s), STATE_UNSET);
  assert_int_equal(state_enable(&s, 0, NULL), 0);
  assert_int_equal(state_enabled(&s), STATE_OFF);
  assert_int_equal(state_enable(&s, 1, NULL), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  static const char *const damaged[] = {"", "off", "OFF\n", "off\noff\n", "yes\n", "off by \n"};
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
  char one[STATE_ATTEMPT], two[STATE_ATTEMPT];
  make_state(&config, &s, "attempt");
  assert_int_equal(state_enable(&s, 0, "00000000000000000000000000000000"), -1); /* none is under way */
  assert_int_equal(errno, ESTALE);
  assert_int_equal(state_attempt(&s, one), 0);
  assert_int_equal(state_attempt(&s, two), 0);
  assert_string_equal(one, two); /* still the same */
  assert_int_equal(state_enable(&s, 0, one), 0);
  assert_int_equal(state_enabled(&s), STATE_OFF);
  assert_int_equal(state_undo(&s, two), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  assert_int_equal(state_undo(&s, two), 0); /* once more does no harm */
  assert_string_equal(one, two);

  assert_int_equal(state_attempt(&s, two), 0);
  assert_string_not_equal(one, two);
  assert_int_equal(state_enable(&s, 0, two), 0);
  assert_int_equal(state_settle(&s), 0);
  assert_int_equal(state_undo(&s, two), 0); /* settled: no later failure turns it on */
  assert_int_equal(state_enabled(&s), STATE_OFF);
  free(config.folders.state);
}

/* STATE-10: a program that outlives its attempt changes nothing any more, before and after the flag was
 * written. */
static void test_a_late_word_of_an_attempt_does_not_count(void **state) {
  (void)state;
  config_t config;
  state_t s;
  char old[STATE_ATTEMPT], next[STATE_ATTEMPT];
  make_state(&config, &s, "late");
  assert_int_equal(state_attempt(&s, old), 0);
  assert_int_equal(state_undo(&s, next), 0);
  assert_int_equal(state_enable(&s, 0, old), -1);
  assert_int_equal(errno, ESTALE);
  char text[64];
  (void)snprintf(text, sizeof text, "off by %s\n", old);
  put_file("late/enabled", text); /* written between the look and the undoing */
  assert_int_equal(state_enabled(&s), STATE_ON);
  assert_int_equal(state_attempt(&s, next), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  assert_int_equal(state_enable(&s, 0, old), -1);
  assert_int_equal(state_settle(&s), 0);
  assert_int_equal(state_enabled(&s), STATE_ON);
  free(config.folders.state);
}

/* Leftovers of killed runs go, and nothing else. */
static void test_half_written_files_are_removed(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "clean");
  static const char *const gone[] = {"clean/session.aB3xY9", "clean/enabled.000000",
                                     "clean/status.json.abcdef"};
  static const char *const kept[] = {"clean/session", "clean/session.aB3xY", "clean/other.aB3xY9",
                                     "clean/session.a-3xY9"};
  for (size_t i = 0; i < TEST_COUNT_OF(gone); i++) put_file(gone[i], "secret");
  for (size_t i = 0; i < TEST_COUNT_OF(kept); i++) put_file(kept[i], "x");
  state_clean(&s);
  for (size_t i = 0; i < TEST_COUNT_OF(gone); i++) {
    char *path = in_root(gone[i]);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(kept); i++) {
    char *path = in_root(kept[i]);
    assert_int_equal(access(path, F_OK), 0);
    free(path);
  }
  free(config.folders.state);
}

/* ---- the running configuration ------------------------------------------------------------------- */

static void assert_text(const char *path, const char *text) {
  uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(file_read(path, 1000, &data, &len), 0);
  assert_string_equal((char *)data, text);
  free(data);
}

static size_t entries_of(const char *folder) {
  size_t n = 0;
  DIR *all = opendir(folder);
  assert_non_null(all);
  while (readdir(all) != NULL) n++;
  (void)closedir(all);
  return n - 2;
}

/* ONB-20: what is there before the first replacement comes back, through a symbolic link, with all that it
 * had. */
static void test_a_configuration_comes_back(void **state) {
  (void)state;
  struct stat before, after;
  put_file("etc/real.conf", "factory\n");
  char *real = in_root("etc/real.conf"), *link = in_root("running.conf"), *kept = in_root("kept"),
       *etc = in_root("etc");
  assert_int_equal(symlink("etc/real.conf", link), 0);
  assert_int_equal(chmod(real, 0640), 0);
  int labelled = setxattr(real, "user.sztp", "label", 5, 0) == 0;
  char label[8] = "";
  assert_int_equal(stat(real, &before), 0);
  assert_int_equal(running_replace(link, kept, "owner\n", 6), 0);
  assert_int_equal(running_replace(link, kept, "other\n", 6), 0); /* the older one stays kept */
  assert_text(real, "other\n");
  assert_int_equal(lstat(link, &after), 0);
  assert_true(S_ISLNK(after.st_mode));
  assert_int_equal(stat(real, &after), 0);
  assert_int_equal(after.st_mode, before.st_mode);
  assert_int_equal(after.st_uid, before.st_uid);
  if (labelled) assert_int_equal(getxattr(real, "user.sztp", label, sizeof label), 5);
  assert_int_equal(running_restore(kept), 0);
  assert_int_equal(running_restore(kept), 0); /* once more does no harm */
  assert_text(real, "factory\n");
  assert_int_equal(stat(real, &after), 0);
  assert_int_equal(after.st_ino, before.st_ino);
  assert_int_equal(entries_of(etc), 1);

  assert_int_equal(running_replace(link, kept, "owner\n", 6), 0);
  running_forget(kept);
  assert_int_equal(running_restore(kept), 0); /* forgotten: it never comes back */
  assert_text(real, "owner\n");
  assert_int_equal(entries_of(etc), 1);
  free(real);
  free(link);
  free(kept);
  free(etc);
}

/* One that was not there is gone again. */
static void test_no_configuration_comes_back(void **state) {
  (void)state;
  put_folder("none");
  char *path = in_root("none/conf"), *kept = in_root("kept"), *folder = in_root("none");
  assert_int_equal(running_replace(path, kept, "owner\n", 6), 0);
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  assert_int_equal(running_restore(kept), 0);
  assert_int_equal(entries_of(folder), 0);
  free(path);
  free(kept);
  free(folder);
}

/* A copy that somebody took away is told, and a damaged record too. */
static void test_what_can_not_come_back_is_told(void **state) {
  (void)state;
  put_file("lost/conf", "factory\n");
  char *path = in_root("lost/conf"), *kept = in_root("kept"), *copy = in_root("lost/.conf.sztp-before");
  assert_int_equal(running_replace(path, kept, "owner\n", 6), 0);
  assert_int_equal(unlink(copy), 0);
  assert_int_equal(running_restore(kept), -1);
  assert_int_equal(errno, ENOENT);
  put_file("kept", "kept x y\n");
  assert_int_equal(running_restore(kept), -1);
  assert_int_equal(errno, EINVAL);
  running_forget(kept);
  free(path);
  free(kept);
  free(copy);
}

/* What can't be replaced leaves nothing behind. */
static void test_a_failed_replacement_leaves_nothing(void **state) {
  (void)state;
  put_folder("fifo");
  char *path = in_root("fifo/conf"), *kept = in_root("kept"), *folder = in_root("fifo");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(running_replace(path, kept, "owner\n", 6), -1); /* and does not wait for a writer */
  assert_int_equal(errno, EINVAL);
  assert_int_equal(entries_of(folder), 1);
  assert_int_equal(access(kept, F_OK), -1);
  free(path);
  free(kept);
  free(folder);
}

static void test_one_agent_at_a_time(void **state) {
  (void)state;
  config_t config;
  state_t s, other;
  char error[300];
  make_state(&config, &s, "alone");
  other = s;
  assert_int_equal(state_lock(&s, error, sizeof error), 0);
  assert_int_equal(state_lock(&other, error, sizeof error), 1);
  state_close(&s);
  assert_int_equal(state_lock(&other, error, sizeof error), 0);
  state_close(&other);
  free(config.folders.state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_private_folders),
      cmocka_unit_test(test_removing_does_not_follow_links),
      cmocka_unit_test(test_the_flag_has_four_faces),
      cmocka_unit_test(test_an_attempt_can_turn_it_off),
      cmocka_unit_test(test_a_late_word_of_an_attempt_does_not_count),
      cmocka_unit_test(test_half_written_files_are_removed),
      cmocka_unit_test(test_a_configuration_comes_back),
      cmocka_unit_test(test_no_configuration_comes_back),
      cmocka_unit_test(test_what_can_not_come_back_is_told),
      cmocka_unit_test(test_a_failed_replacement_leaves_nothing),
      cmocka_unit_test(test_one_agent_at_a_time),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
