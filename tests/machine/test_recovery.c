/* SPDX-License-Identifier: Apache-2.0 */
/* What a session survives: a cancel at an awkward moment, installs and saves that fail, exchanges that are
 * started again, lists of names that lead nowhere, data that does not fit into memory. */
#include "edges.h"
#include "mock_host.h"

#include "ground/text.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n"
#define INITIATED R "bootstrap-initiated\n"
#define COMPLETE  R "bootstrap-complete\n"
#define STAGES    "pre-script pre\nmerge config\npost-script post\n"
#define IMAGE                                                                                                \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"4.3.0\","           \
  "\"download-uri\":[\"https://a/1\",\"https://a/2\"]}}}"

/* The same with an image whose embedded signature the host finds good. */
static mock_host_t *with_image(void) {
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(IMAGE, 0, &server);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  return mock;
}

/* The same host after a restart of the device. */
static void restart(mock_host_t *mock) {
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
}

/* STATE-08, PROG-21, ONB-20: a cancelled session says that it was cancelled, whatever becomes of its last
 * report; but an undo that failed is what people must hear of */
static void test_cancel_reason(void **state) {
  (void)state;
  for (int undo_fails = 0; undo_fails < 2; undo_fails++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    mock->cancel_at = "pre-script pre";
    server->report_type = "bootstrap-error";
    server->report_status = 500;
    if (undo_fails) mock->rollback_outcome = SZTP_OUTCOME_FAILED;
    assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
    mock_expect(mock, ASK INITIATED "pre-script pre\nundo pre\n" R "bootstrap-error\n");
    assert_int_equal(mock->reason, undo_fails ? SZTP_ERR_ROLLBACK : SZTP_ERR_CANCELLED);
    mock_free(mock);
  }
}

/* ONB-14, PROG-18: nothing is said after boot-image-installed-rebooting, also when a cancel prevents the
 * restart */
static void test_cancel_before_reboot(void **state) {
  (void)state;
  mock_host_t *mock = with_image();
  mock->cancel_at = R "boot-image-installed-rebooting";
  assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
  mock_expect(mock, ASK INITIATED "download https://a/1\ninstall\n" R "boot-image-installed-rebooting\n");
  assert_int_equal(mock->reason, SZTP_ERR_CANCELLED);
  mock_free(mock);
}

/* Reacts to log lines: the mock's own log is not needed here. */
static void on_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  mock_host_t *mock = user;
  (void)level;
  (void)topic;
  (void)len;
  if (strstr(line, "undone: post") != NULL && mock->cancel_at != NULL) {
    assert_int_equal(sztp_session_cancel(mock->session), SZTP_OK);
    assert_int_equal(sztp_session_cancelled(mock->session), 0);
  }
  if (strstr(line, "undone: pre") != NULL && mock->cancel_at == NULL)
    mock->save_outcome = SZTP_OUTCOME_FAILED;
  if (strstr(line, "port 4002") != NULL) mock->save_outcome = SZTP_OUTCOME_OK;
}

/* STATE-10, ONB-20: undoing is not cut short by a cancel */
static void test_cancel_while_undoing(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  mock->cancel_at = "";
  assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_DEBUG, on_log, mock), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
  mock_expect(mock, ASK INITIATED STAGES R "post-script-error\nundo post\nundo config\nundo pre\n");
  assert_int_equal(mock->saved_len, 0);
  mock_free(mock);
}

/* STATE-10: that an attempt was undone could not be stored; once it can, it is, so that no later start undoes
 * what a good attempt did */
static void test_late_save(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  mock_well_known(mock, "localhost", 4002);
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_DEBUG, on_log, mock), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(mock->saved_len, 0);
  mock_free(mock);
}

/* STATE-20, D-06: an install that failed is none, however often */
static void test_failed_installs(void **state) {
  (void)state;
  mock_host_t *mock = with_image();
  mock->install_outcome = SZTP_OUTCOME_FAILED;
  for (int i = 0; i < 4; i++) {
    restart(mock);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, ASK INITIATED "download https://a/1\ninstall\n" R "boot-image-error\n");
    assert_int_equal(mock->reason, SZTP_ERR_IMAGE);
    assert_int_equal(mock->saved_len, 0);
  }
  mock->install_outcome = SZTP_OUTCOME_OK;
  for (int i = 0; i < 3; i++) {
    restart(mock);
    assert_int_equal(mock_run(mock), i < 2 ? SZTP_RESULT_REBOOT_PENDING : SZTP_RESULT_NOT_BOOTSTRAPPED);
  }
  assert_int_equal(mock->reason, SZTP_ERR_IMAGE_LOOP);
  mock_free(mock);
}

/* The same artifacts, signed, on removable storage: there is no server to report to. */
static mock_host_t *without_listener(const char *document) {
  mock_host_t *mock = malloc(sizeof *mock);
  mock_open(mock, 0);
  mock->usb[0] = artifact_conveyed(document, "owner");
  mock->usb[1] = owner_artifacts()->owner_cert;
  mock->usb[2] = owner_artifacts()->voucher;
  mock->flag = "10";
  return mock;
}

/* ONB-13, ONB-14, STATE-19, STATE-20: what can't be kept about an install is not installed: else nothing
 * would end a loop of installs. Nothing is half done, and a server is told. */
static void test_install_not_kept(void **state) {
  (void)state;
  for (int listener = 0; listener < 2; listener++) {
    mock_host_t *mock = with_image();
    if (!listener) {
      mock_free(mock);
      mock = without_listener(IMAGE);
      mock->signature_good = 1;
      assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
    }
    mock->save_outcome = SZTP_OUTCOME_FAILED;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, listener ? ASK INITIATED "download https://a/1\n" R "boot-image-error\n"
                               : "download https://a/1\n");
    assert_int_equal(mock->reason, SZTP_ERR_HOST);
    assert_non_null(strstr(mock->log, "could not store that it is about to install an image"));
    assert_int_equal(mock->saved_len, 0);
    mock->save_outcome = SZTP_OUTCOME_OK;
    restart(mock);
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    assert_true(mock->saved_len > 0);
    mock_free(mock);
  }
}

/* STATE-10, STATE-20: what an older version kept, or a later one, is undone before anything else */
static void test_kept_by_other_versions(void **state) {
  (void)state;
  static const char *const kept[] = {"\xa5\0\x01\x01\x40\x02\x40\x03\0\x04\x0e",
                                     "\xa7\0\x01\x01\x40\x02\x40\x03\0\x04\x0e\x05\x01\x06\x07"};
  static const size_t lengths[] = {11, 15};
  for (size_t i = 0; i < TEST_COUNT_OF(kept); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
    memcpy(mock->saved, kept[i], lengths[i]);
    mock->saved_len = lengths[i];
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, "undo post\nundo config\nundo pre\n" ASK INITIATED COMPLETE);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
}

typedef struct forgetting {
  mock_host_t *mock;
  unsigned refused; /* so many times the host does not store that all is done */
} forgetting_t;

static void refuse_to_forget(void *user, sztp_session_t *s, sztp__state_t state) {
  forgetting_t *f = user;
  (void)s;
  if (state != SZTP__ST_FORGET) return;
  f->mock->save_outcome = f->refused > 0 ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
  if (f->refused > 0) f->refused--;
}

/* STATE-10, ONB-25: a bootstrapped device is bootstrapped; that nothing is to be undone is stored at the
 * third attempt at the latest, or said */
static void test_forget_not_kept(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (unsigned refused = 0; refused <= 3; refused++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    forgetting_t f = {mock, refused};
    edges_user = &f;
    edges_watch = refuse_to_forget;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    edges_watch = NULL;
    mock_expect(mock, ASK INITIATED STAGES COMPLETE);
    assert_int_equal(mock->saved_len != 0, refused == 3);
    assert_int_equal(strstr(mock->log, "the next start will undo the configuration") != NULL, refused == 3);
    mock_free(mock);
  }
}

/* ONB-13, ONB-28, STATE-19: an image from removable storage, of which nobody is told */
static void test_install_unreported(void **state) {
  (void)state;
  mock_host_t *mock = without_listener(IMAGE);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, "download https://a/1\ninstall\nreboot\n");
  mock_free(mock);
}

/* Runs @p mock until the last line of its trace is @p line and the answer to that action is given but for its
 * end. */
static const sztp_action_t *stop_at(mock_host_t *mock, const char *line) {
  const sztp_action_t *a = NULL;
  for (unsigned n = 1; n < 100; n++) {
    restart(mock);
    mock->actions = 0;
    mock->stop_after = n;
    assert_int_equal(mock_run(mock), 0);
    const char *at = strstr(mock->trace, line);
    if (at == NULL || strcmp(at, line) != 0) continue;
    mock->stop_after = 0;
    assert_int_equal(sztp_session_next(mock->session, mock->clock, &a), SZTP_OK);
    return a;
  }
  fail_msg("never came to %s", line);
  return NULL;
}

/* TLS-20: that a server was authenticated says nothing of a connection made later */
static void test_restarted_exchange(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  const sztp_action_t *a = stop_at(mock, ASK);
  uint64_t ticket = sztp_action_ticket(a);
  assert_int_equal(sztp_reply_restart(mock->session, ticket), SZTP_OK);
  assert_int_equal(sztp_reply_i64(mock->session, ticket, SZTP_F_STATUS, 200), SZTP_OK);
  const char *body = "{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"MAA=\"}}";
  assert_int_equal(sztp_reply_write(mock->session, ticket, (const uint8_t *)body, strlen(body)), SZTP_OK);
  assert_int_equal(sztp_reply_end(mock->session, ticket, SZTP_OUTCOME_OK), SZTP_OK);
  assert_int_equal(mock_resume(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK);
  assert_int_equal(mock->reason, SZTP_ERR_TLS_UNTRUSTED);
  mock_free(mock);
}

/* ONB-12: that an image's signature is good says nothing of octets that come after a new start */
static void test_restarted_download(void **state) {
  (void)state;
  mock_host_t *mock = with_image();
  const sztp_action_t *a = stop_at(mock, "download https://a/1\n");
  uint64_t ticket = sztp_action_ticket(a);
  assert_int_equal(sztp_reply_restart(mock->session, ticket), SZTP_OK);
  assert_int_equal(sztp_reply_write(mock->session, ticket, (const uint8_t *)"evil", 4), SZTP_OK);
  assert_int_equal(sztp_reply_end(mock->session, ticket, SZTP_OUTCOME_OK), SZTP_OK);
  assert_int_equal(mock_resume(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect_has(mock, "download https://a/1\ndownload https://a/2\ninstall\n");
  mock_free(mock);
}

/* DISC-12, D-12: names without address count, so that a list of a thousand of them does not hold the device
 * up */
static void test_names_without_address(void **state) {
  (void)state;
  sztp__buf_t document;
  mock_host_t *mock = mock_new(0);
  mock->addresses = "";
  mock->dhcp = "https://127.0.0.1:4001";
  sztp__buf_init(&document, mock->ctx, 200000);
  sztp__buf_add_text(&document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[");
  for (int i = 0; i < 1000; i++)
    sztp__buf_addf(&document, "%s{\"address\":\"n%d.example\"}", i == 0 ? "" : ",", i);
  assert_int_equal(sztp__buf_add_text(&document, "]}}"), SZTP_OK);
  mock_give_unsigned(mock_server(mock, "127.0.0.1", 4001, "server"), (const char *)document.data);
  sztp__buf_clear(&document);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "data 127.0.0.1:4001 provisional\n");
  assert_in_range(mock->actions, 30, 50); /* a flag, five sources, one visit, 31 names */
  mock_free(mock);
}

/* DISC-12, D-12: the addresses of one name count as those of many do */
static void test_many_addresses(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  mock->addresses = "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5";
  server->refuses = 1;
  assert_int_equal(sztp_ctx_set_i64(mock->ctx, SZTP_LIMIT_SOURCE_SERVERS, 3), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock,
              "no connection localhost:4001\nno connection localhost:4001\nno connection localhost:4001\n");
  assert_non_null(strstr(mock->log, "well-known servers: enough servers contacted; the rest is skipped"));
  mock_free(mock);
}

/* PROG-13: host keys and trust anchors of any number fit into the last report */
static void test_large_report(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  sztp__blob_t root = pki_file("server-root.pem");
  for (int i = 0; i < 500; i++)
    assert_int_equal(sztp_device_add_cert(mock->dev, SZTP_CERT_REPORT_ANCHOR, root.data, root.len), SZTP_OK);
  free(root.data);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK INITIATED COMPLETE);
  mock_free(mock);
}

/* Provisional servers 4001, which gives @p large, and 4002, which gives signed data, with @p budget octets of
 * memory beyond what the device takes. */
static uint32_t run_within(uint64_t budget, const char *large) {
  int64_t held = 0;
  mock_host_t *mock = mock_new(0);
  mock->flag = "10";
  mock->dhcp = large == NULL ? "https://127.0.0.1:4002" : "https://127.0.0.1:4001 https://127.0.0.1:4002";
  mock_server(mock, "127.0.0.1", 4001, "server")->data_body = large;
  mock_give_signed(mock_server(mock, "127.0.0.1", 4002, "server"), MOCK_EMPTY);
  assert_int_equal(sztp_ctx_i64(mock->ctx, SZTP_USAGE_NOW, &held), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(mock->ctx, SZTP_LIMIT_MEMORY, held + (int64_t)budget), SZTP_OK);
  uint32_t result = mock_run(mock);
  for (int i = 0; i < 30 && result == 0; i++) {
    assert_int_equal(mock->reason, SZTP_ERR_MEMORY);
    result = mock_resume(mock);
  }
  mock_free(mock);
  return result;
}

/* SEC-05, STATE-11: data for which there is not enough memory is given up, and the next server is asked */
static void test_shortage(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  static char large[9000]; /* small to receive, large to parse */
  size_t len = (size_t)snprintf(large, sizeof large, "{\"ietf-sztp-bootstrap-server:output\":{\"x\":[0");
  for (int i = 0; i < 4000; i++, len += 2) memcpy(large + len, ",0", 2);
  (void)snprintf(large + len, sizeof large - len, "]}}");
  uint64_t enough = 4096;
  while (run_within(enough, NULL) != SZTP_RESULT_DONE) enough += 4096;
  for (uint64_t budget = enough; budget < enough + 400000; budget += 16384)
    if (run_within(budget, large) != SZTP_RESULT_DONE)
      fail_msg("with %llu octets the session does not get past the large reply", (unsigned long long)budget);
}

/* D-04: a saved state that names a stage which does not exist is damaged */
static void test_damaged_stage(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  for (uint8_t undo = 0; undo < 24; undo++) {
    const uint8_t saved[] = {0xa5, 0, 1, 1, 0x40, 2, 0x40, 3, 0, 4, undo};
    assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &mock->session), SZTP_OK);
    int32_t rc = sztp_session_restore(mock->session, saved, sizeof saved);
    assert_int_equal(rc, (undo & ~0xeU) == 0 ? SZTP_OK : SZTP_ERR_CBOR);
    sztp_session_free(mock->session);
    mock->session = NULL;
  }
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cancel_reason),
      cmocka_unit_test(test_cancel_before_reboot),
      cmocka_unit_test(test_cancel_while_undoing),
      cmocka_unit_test(test_late_save),
      cmocka_unit_test(test_kept_by_other_versions),
      cmocka_unit_test(test_install_not_kept),
      cmocka_unit_test(test_forget_not_kept),
      cmocka_unit_test(test_install_unreported),
      cmocka_unit_test(test_many_addresses),
      cmocka_unit_test(test_failed_installs),
      cmocka_unit_test(test_restarted_exchange),
      cmocka_unit_test(test_restarted_download),
      cmocka_unit_test(test_names_without_address),
      cmocka_unit_test(test_large_report),
      cmocka_unit_test(test_shortage),
      cmocka_unit_test(test_damaged_stage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
