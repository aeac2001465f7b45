/* SPDX-License-Identifier: Apache-2.0 */
/* What a session keeps survives damage to either of its files, and damage is always seen (STATE-20). */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/file.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/saved.c"
#include "sztp-agent/state.c"

#include "agent_files.h"
#include "agent_state.h"

#define TEXT "a\0b"
enum { TEXT_LEN = 3 };

static void assert_reads(const state_t *s, const char *name, int result) {
  uint8_t data[SAVED_MOST];
  size_t len = 9;
  assert_int_equal(saved_read(s, name, data, &len), result);
  assert_int_equal(len, result == 0 ? TEXT_LEN : 0);
  if (result == 0) assert_memory_equal(data, TEXT, TEXT_LEN);
  if (result == -1) assert_int_equal(errno, EBADMSG);
}

static void test_kept_twice_and_forgotten(void **state) {
  (void)state;
  config_t config;
  state_t s;
  uint8_t data[SAVED_MOST], large[SAVED_MOST + 1] = {0};
  size_t len = 9;
  make_state(&config, &s, "kept");
  assert_int_equal(saved_is_there(&s), 0);
  assert_reads(&s, SAVED_FILE, 1);
  assert_int_equal(saved_write(&s, (const uint8_t *)TEXT, TEXT_LEN), 0);
  assert_reads(&s, SAVED_FILE, 0);
  assert_reads(&s, SAVED_COPY, 0);
  assert_int_equal(saved_write(&s, large, sizeof large), -1);
  assert_int_equal(saved_write(&s, large, SAVED_MOST), 0);
  assert_int_equal(saved_read(&s, SAVED_COPY, data, &len), 0);
  assert_int_equal(len, SAVED_MOST);
  assert_int_equal(saved_write(&s, NULL, 0), 0);
  assert_reads(&s, SAVED_FILE, 1);
  assert_reads(&s, SAVED_COPY, 1);
  assert_int_equal(saved_is_there(&s), 0);
  free(config.folders.state);
}

/* Every change of one octet, every cut and an appended octet is seen, in all octets. */
static void test_all_damage_is_seen(void **state) {
  (void)state;
  config_t config;
  state_t s;
  uint8_t *whole = NULL;
  size_t len = 0;
  make_state(&config, &s, "damage");
  assert_int_equal(saved_write(&s, (const uint8_t *)TEXT, TEXT_LEN), 0);
  assert_int_equal(state_read(&s, SAVED_FILE, 1000, &whole, &len), 0);
  assert_int_equal(len, TEXT_LEN + SUM_LEN);
  for (size_t i = 0; i < len; i++) {
    whole[i] ^= 0x10;
    assert_int_equal(state_write(&s, SAVED_FILE, whole, len), 0);
    uint8_t data[SAVED_MOST];
    size_t got = 0;
    int result = saved_read(&s, SAVED_FILE, data, &got);
    /* Without its mark it may be of an older agent: then it is longer than what was kept, which the library
     * refuses. */
    int mark = i >= TEXT_LEN && i < TEXT_LEN + MARK_LEN;
    assert_int_equal(result, mark ? 0 : -1);
    assert_int_equal(got, mark ? len : 0);
    assert_reads(&s, SAVED_COPY, 0);
    whole[i] ^= 0x10;
  }
  assert_int_equal(state_write(&s, SAVED_FILE, whole, 0), 0);
  assert_reads(&s, SAVED_FILE, -1);
  free(whole);
  free(config.folders.state);
}

/* As agents before wrote it: nothing behind the octets. */
static void test_without_a_sum(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "older");
  assert_int_equal(state_write(&s, SAVED_FILE, TEXT, TEXT_LEN), 0);
  assert_reads(&s, SAVED_FILE, 0);
  assert_reads(&s, SAVED_COPY, 1);
  free(config.folders.state);
}

/* A copy that can't be written is not left as it was: it would be older than the file. */
static void test_no_older_copy_stays(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "one");
  assert_int_equal(saved_write(&s, (const uint8_t *)"old", 3), 0);
  char *copy = in_root("one/" SAVED_COPY);
  assert_int_equal(unlink(copy), 0);
  assert_int_equal(mkdir(copy, 0700), 0); /* what no file can replace */
  assert_int_equal(saved_write(&s, (const uint8_t *)TEXT, TEXT_LEN), -1);
  assert_int_equal(rmdir(copy), 0);
  assert_int_equal(saved_write(&s, (const uint8_t *)TEXT, TEXT_LEN), 0);
  assert_reads(&s, SAVED_COPY, 0);
  free(copy);
  free(config.folders.state);
}

/* What is damaged is never lost, and not kept aside again and again. */
static void test_damaged_files_stay(void **state) {
  (void)state;
  config_t config;
  state_t s;
  char aside[64];
  make_state(&config, &s, "aside");
  assert_int_equal(saved_put_aside(&s, SAVED_FILE, aside, sizeof aside), 0);
  assert_string_equal(aside, ""); /* there is none */
  put_file("aside/session", "one");
  for (int again = 0; again < 2; again++) {
    assert_int_equal(saved_put_aside(&s, SAVED_FILE, aside, sizeof aside), 0);
    assert_string_equal(aside, SAVED_DAMAGED);
  }
  assert_int_equal(saved_write(&s, (const uint8_t *)TEXT, TEXT_LEN), 0); /* replaces the name, not the file */
  put_file("aside/session.copy", "two");
  assert_int_equal(saved_put_aside(&s, SAVED_COPY, aside, sizeof aside), 0);
  assert_string_equal(aside, SAVED_DAMAGED ".2");
  uint8_t *text = NULL;
  size_t len = 0;
  assert_int_equal(state_read(&s, SAVED_DAMAGED, 1000, &text, &len), 0);
  assert_string_equal((char *)text, "one");
  free(text);
  state_clean(&s);
  assert_int_equal(saved_write(&s, NULL, 0), 0);
  assert_int_equal(state_read(&s, SAVED_DAMAGED ".2", 1000, &text, &len), 0);
  assert_string_equal((char *)text, "two");
  free(text);
  free(config.folders.state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kept_twice_and_forgotten),
      cmocka_unit_test(test_all_damage_is_seen),
      cmocka_unit_test(test_without_a_sum),
      cmocka_unit_test(test_no_older_copy_stays),
      cmocka_unit_test(test_damaged_files_stay),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
