/* SPDX-License-Identifier: Apache-2.0 */
/* What power cuts and failures leave behind: an install that was begun is not one that was done, and what
 * could not be undone is kept, asked for again and said. */
#include "edges.h"
#include "mock_host.h"

#include "machine/saved.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n"
#define INITIATED R "bootstrap-initiated\n"
#define COMPLETE  R "bootstrap-complete\n"
#define STAGES    "pre-script pre\nmerge config\npost-script post\n"
#define UNDO      "undo post\nundo config\nundo pre\n"
#define REBOOTING R "boot-image-installed-rebooting\nreboot\n"
#define INSTALL   ASK INITIATED "download https://a/1\ninstall\n"
#define IMAGE(version)                                                                                       \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"" version "\","     \
  "\"download-uri\":[\"https://a/1\"]}}}"

static void restart(mock_host_t *mock) {
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  mock->actions = 0;
}

/* What the host keeps at this moment. */
static sztp__saved_t kept(const mock_host_t *mock) {
  sztp__saved_t saved;
  assert_int_equal(sztp__saved_read(mock->ctx, sztp__span(mock->saved, mock->saved_len), &saved), SZTP_OK);
  return saved;
}

static mock_host_t *with_image(mock_server_t **server) {
  mock_host_t *mock = mock_with_server(IMAGE("4.3.0"), 0, server);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  return mock;
}

/* Power fails at INSTALL, before it has replied. */
static void cut_install(mock_host_t *mock) {
  for (unsigned n = 1;; n++) {
    assert_true(n < 50);
    mock_host_t before = *mock;
    restart(mock);
    mock->stop_after = n;
    assert_int_equal(mock_run(mock), 0);
    mock->stop_after = 0;
    size_t len = strlen(mock->trace);
    if (len >= 8 && strcmp(mock->trace + len - 8, "install\n") == 0) return;
    /* nothing of that happened */
    memcpy(mock->saved, before.saved, sizeof mock->saved);
    mock->saved_len = before.saved_len;
  }
}

/* STATE-20, D-06: an install that was only begun is none: a device whose power fails at it, however often,
 * installs the image once it lasts. Those that were finished count, whatever came between them. */
static void test_installs_cut_off(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_image(&server);
  for (unsigned round = 0; round < 2; round++) {
    for (unsigned cut = 1; cut <= 5; cut++) {
      cut_install(mock);
      assert_int_equal(kept(mock).installs, round);
      assert_int_equal(kept(mock).begun, cut);
    }
    restart(mock);
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    mock_expect(mock, INSTALL REBOOTING);
    assert_non_null(strstr(mock->log, "was cut off before, 5 times in a row"));
    assert_int_equal(kept(mock).installs, round + 1);
    assert_int_equal(kept(mock).begun, 0);
  }
  restart(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_IMAGE_LOOP);
  mock_free(mock);
}

/* STATE-20: another image begins from nothing; one that could not be installed is none that was begun */
static void test_other_image(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_image(&server);
  cut_install(mock);
  mock_give_unsigned(server, IMAGE("4.4.0"));
  mock->install_outcome = SZTP_OUTCOME_FAILED;
  restart(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, INSTALL R "boot-image-error\n");
  assert_int_equal(mock->saved_len, 0);
  mock->install_outcome = SZTP_OUTCOME_OK;
  restart(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  assert_string_equal(kept(mock).os_version, "4.4.0");
  assert_int_equal(kept(mock).installs, 1);
  mock_free(mock);
}

typedef struct refusing {
  mock_host_t *mock;
  sztp__state_t at;
  unsigned times; /* the host does not keep what it is to in that state */
} refusing_t;

static void refuse(void *user, sztp_session_t *s, sztp__state_t state) {
  refusing_t *r = user;
  (void)s;
  int now = state == r->at && r->times > 0;
  if (now) r->times--;
  r->mock->save_outcome = now ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
}

/* STATE-20, ONB-26: an image whose install can't be counted is not started: else nothing would end a loop of
 * installs. It is counted at the third attempt at the latest. */
static void test_install_not_counted(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (int told = 0; told < 2; told++) {
    for (unsigned times = 0; times <= 3; times++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = with_image(&server);
      if (!told) {
        mock->usb[0] = artifact_conveyed(IMAGE("4.3.0"), "owner");
        mock->usb[1] = owner_artifacts()->owner_cert;
        mock->usb[2] = owner_artifacts()->voucher;
        server->refuses = 1;
      }
      refusing_t r = {mock, SZTP__ST_IMAGE_INSTALLED, times};
      edges_user = &r;
      edges_watch = refuse;
      assert_int_equal(mock_run(mock), times < 3 ? SZTP_RESULT_REBOOT_PENDING : SZTP_RESULT_NOT_BOOTSTRAPPED);
      edges_watch = NULL;
      if (told) mock_expect(mock, times < 3 ? INSTALL REBOOTING : INSTALL R "boot-image-error\n");
      if (times == 3 && told) {
        assert_int_equal(mock->reason, SZTP_ERR_HOST);
        assert_string_equal(sztp_session_text(mock->session),
                            "the device could not store that it has installed an image");
      }
      assert_int_equal(kept(mock).installs, 1);
      assert_int_equal(kept(mock).begun, 0);
      mock_free(mock);
    }
  }
}

/* A host whose rollback fails for some stages, and a count of how often each was asked. */
typedef struct stubborn {
  uint32_t fails; /* bit n: stage n can't be undone */
} stubborn_t;

static uint32_t stubborn_rollback(mock_host_t *mock, uint64_t stage) {
  const stubborn_t *h = mock->rollback_user;
  return h->fails >> stage & 1 ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
}

static mock_host_t *with_stubborn(stubborn_t *h, mock_server_t **server) {
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, server);
  mock->rollback = stubborn_rollback;
  mock->rollback_user = h;
  return mock;
}

/* ONB-20, STATE-10: what could not be undone is kept, and the end says so; the next start asks for it before
 * anything else, again and again, whether SZTP is on or off, until it is undone */
static void test_failed_undo(void **state) {
  if (mock_is_apart()) skip();
  static const struct {
    uint32_t fails;
    const char *again;
    const char *names;
  } cases[] = {
      {1U << SZTP_STAGE_PRE_SCRIPT, "undo pre\n", "pre-configuration script could not"},
      {1U << SZTP_STAGE_CONFIG, "undo config\n", "configuration could not"},
      {1U << SZTP_STAGE_POST_SCRIPT, "undo post\n", "post-configuration script could not"},
      {SZTP__SAVED_STAGES, UNDO,
       "post-configuration script, configuration, pre-configuration script could not"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    stubborn_t h = {cases[i].fails};
    mock_server_t *server = NULL;
    mock_host_t *mock = with_stubborn(&h, &server);
    mock->post_outcome = SZTP_OUTCOME_FAILED;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, ASK INITIATED STAGES R "post-script-error\n" UNDO);
    assert_int_equal(mock->reason, SZTP_ERR_ROLLBACK);
    assert_non_null(strstr(sztp_session_text(mock->session), cases[i].names));
    assert_non_null(strstr(sztp_session_text(mock->session), "the next start tries again"));
    assert_int_equal(kept(mock).undo, cases[i].fails);
    /* it is off, and yet not at its end */
    for (int start = 0; start < 2; start++) {
      restart(mock);
      mock->flag = "0";
      assert_int_equal(mock_run(mock), SZTP_RESULT_ERROR);
      mock_expect(mock, cases[i].again);
      assert_int_equal(mock->reason, SZTP_ERR_ROLLBACK);
      assert_non_null(strstr(sztp_session_text(mock->session), cases[i].names));
      assert_non_null(strstr(sztp_session_text(mock->session), "SZTP is off"));
      assert_int_equal(kept(mock).undo, cases[i].fails);
    }
    h.fails = 0;
    restart(mock);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DISABLED);
    mock_expect(mock, cases[i].again);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
}

/* ONB-20: within a session it is asked for again before each pass, and not kept from what is tried next */
static void test_undo_before_each_pass(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  stubborn_t h = {1U << SZTP_STAGE_CONFIG};
  mock_server_t *server = NULL;
  mock_host_t *mock = with_stubborn(&h, &server);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  mock->flag = "1";
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK INITIATED STAGES R "post-script-error\n" UNDO "undo config\n" ASK INITIATED STAGES R
                                           "post-script-error\n" UNDO);
  assert_int_equal(mock->reason, SZTP_ERR_ROLLBACK);
  assert_int_equal(kept(mock).undo, 1U << SZTP_STAGE_CONFIG);
  mock_free(mock);
}

/* ONB-20: an attempt that succeeds lies above what was left of an earlier one; undoing that later would undo
 * the good one. It is forgotten, and said. */
static void test_success_above(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  stubborn_t h = {1U << SZTP_STAGE_PRE_SCRIPT};
  mock_server_t *server = NULL;
  mock_host_t *mock = with_stubborn(&h, &server);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock->post_outcome = SZTP_OUTCOME_OK;
  restart(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, "undo pre\n" ASK INITIATED STAGES COMPLETE);
  assert_string_equal(sztp_session_text(mock->session),
                      "bootstrapped, though an attempt before that could not be undone");
  assert_int_equal(mock->saved_len, 0);
  mock_free(mock);
}

/* ONB-20: nor does it get lost between an image and the restart into it */
static void test_image_above(void **state) {
  (void)state;
  stubborn_t h = {1U << SZTP_STAGE_PRE_SCRIPT};
  mock_server_t *server = NULL;
  mock_host_t *mock = with_stubborn(&h, &server);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_give_unsigned(server, IMAGE("4.3.0"));
  restart(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, "undo pre\n" INSTALL REBOOTING);
  assert_non_null(strstr(sztp_session_text(mock->session), "could not be undone"));
  assert_int_equal(kept(mock).undo, 1U << SZTP_STAGE_PRE_SCRIPT);
  assert_int_equal(kept(mock).installs, 1);
  mock_free(mock);
}

/* STATE-10: that an attempt was undone could not be stored; it is tried again before the next pass, with
 * nothing left to undo */
static void test_save_before_next_pass(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  mock->flag = "10";
  refusing_t r = {mock, SZTP__ST_ROLLED_BACK, 3};
  edges_user = &r;
  edges_watch = refuse;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DISABLED);
  edges_watch = NULL;
  mock_expect(mock, ASK INITIATED STAGES R "post-script-error\n" UNDO);
  assert_non_null(strstr(mock->log, "the next start will undo it once more"));
  assert_int_equal(mock->saved_len, 0);
  mock_free(mock);
}

/* STATE-10, D-04: what is kept and can't be read may have been anything: all stages are undone, which does no
 * harm if there were none */
static void test_damaged_state(void **state) {
  static const struct {
    const char *octets;
    size_t len;
    int32_t rc;
  } cases[] = {
      {"", 1, SZTP_ERR_CBOR},
      {"\xa5\0\x01\x01\x40\x02\x40\x03\0\x04\x10", 11, SZTP_ERR_CBOR},
      {"\xa5\0\x01\x01\x40\x02\x40\x03\0", 9, SZTP_ERR_CBOR},
      {"\xa5\0\x02\x01\x40\x02\x40\x03\0\x04\x02", 11, SZTP_ERR_ABI},
      {"{\"undo\":[]}", 11, SZTP_ERR_CBOR},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
    memcpy(mock->saved, cases[i].octets, cases[i].len);
    mock->saved_len = cases[i].len;
    assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &mock->session), SZTP_OK);
    assert_int_equal(sztp_session_set_time(mock->session, mock->clock, mock->time), SZTP_OK);
    assert_int_equal(sztp_session_restore(mock->session, mock->saved, mock->saved_len), cases[i].rc);
    assert_int_equal(mock_resume(mock), SZTP_RESULT_DONE);
    mock_expect(mock, UNDO ASK INITIATED COMPLETE);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
}

/* ONB-18, ONB-20: a commit that failed was none; of one that did not end in time, or ended in a way that is
 * no outcome, nobody knows: it is undone */
static void test_uncertain_commit(void **state) {
  static const struct {
    uint32_t outcome;
    int undone;
  } cases[] = {{SZTP_OUTCOME_FAILED, 0}, {SZTP_OUTCOME_TIMEOUT, 1}, {SZTP_OUTCOME_NOTHING, 1}, {77, 1}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int runner = cases[i].outcome == 77; runner < 2; runner++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, runner, &server);
      mock->config_outcome = cases[i].outcome;
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_expect(mock, cases[i].undone ? ASK INITIATED "pre-script pre\nmerge config\n" R
                                                        "config-error\nundo config\nundo pre\n"
                                        : ASK INITIATED "pre-script pre\nmerge config\n" R
                                                        "config-error\nundo pre\n");
      assert_int_equal(mock->reason, SZTP_ERR_COMMIT);
      assert_int_equal(mock->saved_len, 0);
      mock_free(mock);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_installs_cut_off),      cmocka_unit_test(test_other_image),
      cmocka_unit_test(test_install_not_counted),   cmocka_unit_test(test_failed_undo),
      cmocka_unit_test(test_undo_before_each_pass), cmocka_unit_test(test_success_above),
      cmocka_unit_test(test_image_above),           cmocka_unit_test(test_save_before_next_pass),
      cmocka_unit_test(test_damaged_state),         cmocka_unit_test(test_uncertain_commit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
