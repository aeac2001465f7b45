/* SPDX-License-Identifier: Apache-2.0 */
/* The power fails after any action, and after any two in a row on the way of a boot image: the device comes
 * back by itself, has undone what was begun, and is bootstrapped in the end (STATE-10, STATE-20, ONB-20). A
 * sample of the pairs; all of them with CUTS=all in the environment. */
#include "mock_host.h"

#include "machine/saved.h"

#define DOCUMENT                                                                                             \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"4.3.0\","           \
  "\"download-uri\":[\"https://a/1\"]},\"configuration-handling\":\"merge\",\"pre-configuration-script\":"   \
  "\"cHJl\",\"configuration\":\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\"}}"
#define OLD  "4.2.1"
#define NEW  "4.3.0"
#define RUNS 6

/* What is on the device, as far as an attempt changes it. */
typedef struct device {
  mock_host_t *mock;
  mock_server_t *server;
  int new_image;
  unsigned live; /* bit n: stage n was done, and not undone since */
  unsigned cuts, runs;
} device_t;

static void has_version(device_t *d, const char *version) {
  sztp_session_free(d->mock->session);
  d->mock->session = NULL;
  assert_int_equal(sztp_device_set_text(d->mock->dev, SZTP_DEVICE_OS_VERSION, version), SZTP_OK);
}

/* The post-configuration script turns SZTP off, and its undoing on. */
static uint32_t undo(mock_host_t *mock, uint64_t stage) {
  if (stage == SZTP_STAGE_POST_SCRIPT) mock->flag = "10";
  return SZTP_OUTCOME_OK;
}

static void begin(device_t *d, mock_host_t *mock, mock_server_t *server, int with_new_image) {
  memset(d, 0, sizeof *d);
  d->mock = mock;
  d->server = server;
  d->new_image = with_new_image;
  mock->saved_len = 0;
  mock->rollback = undo;
  has_version(d, with_new_image ? NEW : OLD);
}

/* Follows what was done, line by line: nothing may be done again that is not undone. */
static void follow(device_t *d) {
  static const struct {
    const char *done, *undone;
    unsigned bit;
  } stages[] = {{"pre-script pre\n", "undo pre\n", 2},
                {"merge config\n", "undo config\n", 4},
                {"post-script post\n", "undo post\n", 8}};
  for (const char *line = d->mock->trace; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
    for (size_t i = 0; i < TEST_COUNT_OF(stages); i++) {
      if (strncmp(line, stages[i].undone, strlen(stages[i].undone)) == 0) d->live &= ~stages[i].bit;
      if (strncmp(line, stages[i].done, strlen(stages[i].done)) != 0) continue;
      if ((d->live & stages[i].bit) != 0)
        fail_msg("done twice and not undone: %.20s; trace:\n%s", line, d->mock->trace);
      d->live |= stages[i].bit;
    }
}

/* One start of the device; with *cut* the power fails when so many actions were done. What the cut took: if
 * it was an install, @p installed says whether the image was there already. 1 if there were so many actions.
 */
static int start(device_t *d, unsigned cut, int installed) {
  mock_host_t *mock = d->mock;
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  mock->actions = 0;
  mock->stop_after = cut;
  mock->flag = (d->live & 8) != 0 ? "0" : "10";
  uint32_t result = mock_run(mock);
  int was_cut = result == 0;
  mock->stop_after = 0;
  follow(d);
  /* Once the host has replied, it is installed. */
  if (strstr(mock->trace, "install\n") != NULL &&
      (installed || !was_cut || mock->last_action != SZTP_ACTION_INSTALL))
    d->new_image = 1;
  if (was_cut) d->cuts++;
  d->runs++;
  has_version(d, d->new_image ? NEW : OLD);
  return was_cut;
}

static void come_back(device_t *d) {
  uint32_t result = 0;
  for (unsigned i = 0; i < RUNS && result != SZTP_RESULT_DONE && result != SZTP_RESULT_DISABLED; i++) {
    (void)start(d, 0, 0);
    result = d->mock->result;
    if (result == SZTP_RESULT_DISABLED) assert_int_equal(d->live, 14);
    if (result != SZTP_RESULT_DONE && result != SZTP_RESULT_REBOOT_PENDING && result != SZTP_RESULT_DISABLED)
      fail_msg("result %u, %s; trace:\n%s\nlog:\n%s", (unsigned)result, sztp_error_name(d->mock->reason),
               d->mock->trace, d->mock->log);
  }
  assert_true(result == SZTP_RESULT_DONE || result == SZTP_RESULT_DISABLED);
  assert_int_equal(d->live, 14);
  assert_int_equal(d->mock->saved_len, 0);
}

static mock_host_t *with_image(mock_server_t **server) {
  mock_host_t *mock = mock_with_server(DOCUMENT, 0, server);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  return mock;
}

/* Before the restart into the image, and after it: the scripts and the configuration. */
static void test_every_action(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_image(&server);
  unsigned cuts = 0;
  for (int way = 0; way < 3;
       way++) /* an old image, whose install did not or did outlast the cut; the new one */
    for (unsigned at = 1;; at++) {
      device_t d;
      begin(&d, mock, server, way == 2);
      mock->log[0] = '\0';
      if (!start(&d, at, way == 1)) break;
      come_back(&d);
      cuts++;
    }
  print_message("a cut after every action: %u cuts\n", cuts);
  assert_true(cuts > 50);
  mock_free(mock);
}

static void test_every_pair(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_image(&server);
  unsigned pairs = 0;
  for (int ways = 0; ways < 4; ways++) /* what each of the two cuts left of an install */
    for (unsigned first = 1;; first++) {
      device_t d;
      begin(&d, mock, server, 0);
      if (!start(&d, first, ways & 1)) break;
      for (unsigned second = 1;; second++) {
        if (getenv("CUTS") == NULL && (first + second + (unsigned)ways) % (3 * TEST_SAMPLE) != 0) continue;
        begin(&d, mock, server, 0);
        mock->log[0] = '\0';
        (void)start(&d, first, ways & 1);
        int cut = start(&d, second, ways >> 1);
        come_back(&d);
        if (!cut) break;
        pairs++;
      }
    }
  print_message("two cuts in a row on the way of an image: %u pairs\n", pairs);
  assert_true(pairs > 30);
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_action),
      cmocka_unit_test(test_every_pair),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
