/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives a bootstrap in the agent's state folder, and what a reset takes away. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/escape.c"
#include "common/file.c"
#include "common/json.c"
#include "sztp-agent/cgroup.c"
#include "sztp-agent/children.c"
#include "sztp-agent/clock.c"
#include "sztp-agent/floors.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/journal.c"
#include "sztp-agent/reset.c"
#include "sztp-agent/running.c"
#include "sztp-agent/saved.c"
#include "sztp-agent/state.c"

#include "agent_files.h"

static void make_state(config_t *config, state_t *s, const char *name) {
  char error[300], below[64];
  memset(config, 0, sizeof *config);
  config->folders.state = in_root(name);
  (void)snprintf(below, sizeof below, "%s/status", name);
  config->folders.status = in_root(below);
  (void)snprintf(below, sizeof below, "%s/staging", name);
  config->folders.staging = in_root(below);
  (void)snprintf(below, sizeof below, "%s/leases", name);
  config->dhcp.hooks = in_root(below);
  (void)snprintf(below, sizeof below, "%s/running", name);
  config->running_configuration = in_root(below);
  if (s != NULL) assert_int_equal(state_open(config, s, error, sizeof error), 0);
}

static void free_config(config_t *config) {
  free(config->folders.state);
  free(config->folders.status);
  free(config->folders.staging);
  free(config->dhcp.hooks);
  free(config->running_configuration);
}

/* ---- floors (LIFE-03, LIFE-05) ------------------------------------------------------------------- */

#define YEAR_2026 INT64_C(1767225600)

/* They rise, and are there again; never do they fall. */
static void floors_only_rise(void **state) {
  (void)state;
  config_t config;
  state_t s;
  floors_t floors, again;
  char error[300] = "";
  make_state(&config, &s, "floors");
  config.clock.floor = (uint64_t)YEAR_2026;
  assert_int_equal(floors_read(&config, &floors, error, sizeof error), 0);
  assert_int_equal(floors.time, YEAR_2026);
  assert_int_equal(floors.voucher, 0);
  assert_int_equal(floors_raise(&config, &floors, YEAR_2026 - 1, 0), 0);
  assert_int_equal(floors.time, YEAR_2026);
  assert_int_equal(floors_raise(&config, &floors, YEAR_2026 + 100, YEAR_2026 + 50), 0);
  assert_int_equal(floors_raise(&config, &floors, YEAR_2026 + 99, YEAR_2026 + 49), 0);
  assert_int_equal(floors_read(&config, &again, error, sizeof error), 0);
  assert_int_equal(again.time, YEAR_2026 + 100);
  assert_int_equal(again.voucher, YEAR_2026 + 50);
  config.clock.floor = (uint64_t)YEAR_2026 + 1000; /* of newer firmware */
  assert_int_equal(floors_read(&config, &again, error, sizeof error), 0);
  assert_int_equal(again.time, YEAR_2026 + 1000);
  assert_int_equal(again.voucher, YEAR_2026 + 50);
  free_config(&config);
}

/* What is damaged might have been anything: it is told, and not begun anew. */
static void damaged_floors_are_told(void **state) {
  (void)state;
  static const char *const damaged[] = {"", "time 2026-01-01T00:00:00Z\n", "time x\nvoucher x\n",
                                        "time 2026-01-01T00:00:00Z\nvoucher unknown\n",
                                        "time 2026-01-01T00:00:00Z\nvoucher 2026-01-01T00:00:00Z\nmore\n"};
  config_t config;
  floors_t floors;
  make_state(&config, NULL, "damaged");
  for (size_t i = 0; i < TEST_COUNT_OF(damaged); i++) {
    char error[300] = "";
    put_file("damaged/floors", damaged[i]);
    assert_int_equal(floors_read(&config, &floors, error, sizeof error), -1);
    assert_non_null(strstr(error, "/floors: it is damaged"));
  }
  free_config(&config);
}

/* ---- journal (LIFE-12) --------------------------------------------------------------------------- */

static char *content(const char *name, size_t *len) {
  char *path = in_root(name);
  char *text = (char *)test_read_file(path, len);
  free(path);
  return text;
}

/* Whole lines behind each other, a line break where a power cut has left half a line; at most two files. */
static void the_journal_is_bounded(void **state) {
  (void)state;
  config_t config;
  json_t line;
  size_t len = 0;
  char long_text[2001];
  make_state(&config, NULL, "journal");
  put_file("journal/journal", "{\"half\":");
  memset(long_text, 'x', sizeof long_text - 1);
  long_text[sizeof long_text - 1] = '\0';
  journal_begin(&line, "reset");
  assert_int_equal(journal_add(&config, &line), 0);
  char *text = content("journal/journal", &len);
  assert_memory_equal(text, "{\"half\":\n{\"time\":\"20", 20);
  assert_non_null(strstr(text, "\",\"event\":\"reset\"}\n"));
  free(text);
  for (int i = 0; i < 200; i++) {
    journal_begin(&line, "bootstrapped");
    json_text(&line, line.root, "voucher", long_text);
    assert_int_equal(journal_add(&config, &line), 0);
  }
  size_t old_len = 0;
  char *old = content("journal/journal.1", &old_len);
  text = content("journal/journal", &len);
  assert_true(len <= MAX_JOURNAL && old_len <= MAX_JOURNAL && len > 0 && old_len > 0);
  assert_int_equal(text[len - 1], '\n');
  assert_int_equal(text[0], '{');
  free(old);
  free(text);
  free_config(&config);
}

/* ---- reset (LIFE-01, LIFE-02, LIFE-14) ----------------------------------------------------------- */

static const char *const goes[] = {
    "enabled",         "session",       "status/status.json", "status/result.json",
    "attempt",         "staging/image", "work/left",          "leases/eth0.143",
    "leases/eth0.136", "session.copy",  "session.damaged",    "session.damaged.2",
    "output",          "result.json"};
static const char *const stays[] = {"floors",     "journal",    "journal.1",    "running",
                                    "idevid.pem", "idevid.key", "leases/other", "staging/other"};

static void put_all(const char *folder) {
  char name[100];
  for (size_t i = 0; i < TEST_COUNT_OF(goes); i++) {
    (void)snprintf(name, sizeof name, "%s/%s", folder, goes[i]);
    put_file(name, "x\n");
  }
  for (size_t i = 0; i < TEST_COUNT_OF(stays); i++) {
    (void)snprintf(name, sizeof name, "%s/%s", folder, stays[i]);
    put_file(name, "x\n");
  }
}

static int exists(const char *folder, const char *name) {
  char *path = in_root(folder), *whole = file_path(path, name);
  int there = access(whole, F_OK) == 0;
  free(path);
  free(whole);
  return there;
}

static char *run_reset(const state_t *s, int as_json) {
  char *report = NULL;
  size_t len = 0;
  char error[300] = "";
  FILE *out = open_memstream(&report, &len);
  int result = reset(s, as_json, out, error, sizeof error);
  (void)fclose(out);
  if (result != 0) fail_msg("%s", error);
  return report;
}

static void reset_takes_that_and_nothing_else(void **state) {
  (void)state;
  config_t config;
  state_t s;
  make_state(&config, &s, "all");
  config.identity.certificate = in_root("all/idevid.pem");
  config.identity.key = in_root("all/idevid.key");
  config.decryption.tpm.handle = (char *)(uintptr_t) "0x81020011";
  put_all("all");
  char *report = run_reset(&s, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(goes); i++) {
    if (exists("all", goes[i])) fail_msg("%s is there", goes[i]);
    const char *shown = strncmp(goes[i], "work/", 5) == 0 ? "all/work" : goes[i];
    if (strstr(report, shown) == NULL) fail_msg("%s is not told:\n%s", goes[i], report);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(stays); i++)
    if (!exists("all", stays[i])) fail_msg("%s is gone", stays[i]);
  assert_non_null(strstr(report, "  stays    the identity's private key ("));
  assert_non_null(strstr(report, "  stays    the decryption key, in the TPM (0x81020011)"));
  assert_non_null(strstr(report, "  stays    the floors of time and vouchers ("));
  free(report);
  report = run_reset(&s, 0); /* a second one finds nothing */
  assert_non_null(strstr(report, "SZTP is on, nothing was kept"));
  assert_null(strstr(report, "  removed "));
  free(report);
  report = run_reset(&s, 1);
  assert_memory_equal(report, "{\n\t\"version\":\t1,\n\t\"removed\":\t[],\n\t\"kept\":\t[{", 43);
  free(report);
  free(config.identity.certificate);
  free(config.identity.key);
  free_config(&config);
}

/* A reset that was cut off at any of its steps is ended by the next one. */
static void reset_goes_on_after_a_cut(void **state) {
  (void)state;
  for (size_t done = 0; done <= TEST_COUNT_OF(goes); done++) {
    config_t config;
    state_t s;
    char folder[32];
    (void)snprintf(folder, sizeof folder, "cut%zu", done);
    make_state(&config, &s, folder);
    put_all(folder);
    for (size_t i = 0; i < done; i++) {
      char *path = in_root(folder), *whole = file_path(path, goes[i]);
      assert_int_equal(unlink(whole), 0);
      free(path);
      free(whole);
    }
    free(run_reset(&s, 1));
    for (size_t i = 0; i < TEST_COUNT_OF(goes); i++) assert_false(exists(folder, goes[i]));
    for (size_t i = 0; i < TEST_COUNT_OF(stays); i++) assert_true(exists(folder, stays[i]));
    free_config(&config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floors_only_rise),          cmocka_unit_test(damaged_floors_are_told),
      cmocka_unit_test(the_journal_is_bounded),    cmocka_unit_test(reset_takes_that_and_nothing_else),
      cmocka_unit_test(reset_goes_on_after_a_cut),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
