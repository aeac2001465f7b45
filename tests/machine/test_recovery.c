/* SPDX-License-Identifier: Apache-2.0 */
/* What a session survives: a cancel at an awkward moment, installs and saves that fail, exchanges that are
 * started again, lists of names that lead nowhere, data that does not fit into memory. */
#include "lab.h"

#include "ground/text.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n"
#define INITIATED R "bootstrap-initiated\n"
#define COMPLETE  R "bootstrap-complete\n"
#define STAGES    "pre-script pre\nmerge config\npost-script post\n"
#define IMAGE                                                                                                \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"4.3.0\","           \
  "\"download-uri\":[\"https://a/1\",\"https://a/2\"]}}}"

/* A trusted server that gives @p document unsigned. */
static lab_t *trusted(const char *document, lab_server_t **server) {
  lab_t *lab = malloc(sizeof *lab);
  lab_open(lab, 0);
  lab_well_known(lab, "localhost", 4001);
  *server = lab_server(lab, "localhost", 4001, "server");
  lab_give_unsigned(*server, document);
  lab->flag = "10";
  return lab;
}

/* The same with an image whose embedded signature the host finds good. */
static lab_t *with_image(void) {
  lab_server_t *server = NULL;
  lab_t *lab = trusted(IMAGE, &server);
  lab->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(lab->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  return lab;
}

static void done(lab_t *lab) {
  lab_close(lab);
  free(lab);
}

/* The same laboratory after a restart of the device. */
static void restart(lab_t *lab) {
  lab->trace[0] = '\0';
  lab->flag_asked = 0;
}

/* STATE-08, PROG-21, ONB-20: a cancelled session says that it was cancelled, whatever becomes of its last
 * report; but an undo that failed is what people must hear of */
static void test_cancel_reason(void **state) {
  (void)state;
  for (int undo_fails = 0; undo_fails < 2; undo_fails++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(LAB_ONBOARDING, &server);
    lab->cancel_at = "pre-script pre";
    server->report_type = "bootstrap-error";
    server->report_status = 500;
    if (undo_fails) lab->rollback_outcome = SZTP_OUTCOME_FAILED;
    assert_int_equal(lab_run(lab), SZTP_RESULT_CANCELLED);
    lab_expect(lab, ASK INITIATED "pre-script pre\nundo pre\n" R "bootstrap-error\n");
    assert_int_equal(lab->reason, undo_fails ? SZTP_ERR_ROLLBACK : SZTP_ERR_CANCELLED);
    done(lab);
  }
}

/* ONB-14, PROG-18: nothing is said after boot-image-installed-rebooting, also when a cancel prevents the
 * restart */
static void test_cancel_before_reboot(void **state) {
  (void)state;
  lab_t *lab = with_image();
  lab->cancel_at = R "boot-image-installed-rebooting";
  assert_int_equal(lab_run(lab), SZTP_RESULT_CANCELLED);
  lab_expect(lab, ASK INITIATED "download https://a/1\ninstall\n" R "boot-image-installed-rebooting\n");
  assert_int_equal(lab->reason, SZTP_ERR_CANCELLED);
  done(lab);
}

/* Reacts to log lines: the lab's own log is not needed here. */
static void on_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  lab_t *lab = user;
  (void)level;
  (void)topic;
  (void)len;
  if (strstr(line, "undone: post") != NULL && lab->cancel_at != NULL) {
    assert_int_equal(sztp_session_cancel(lab->session), SZTP_OK);
    assert_int_equal(sztp_session_cancelled(lab->session), 0);
  }
  if (strstr(line, "undone: pre") != NULL && lab->cancel_at == NULL) lab->save_outcome = SZTP_OUTCOME_FAILED;
  if (strstr(line, "port 4002") != NULL) lab->save_outcome = SZTP_OUTCOME_OK;
}

/* STATE-10, ONB-20: undoing is not cut short by a cancel */
static void test_cancel_while_undoing(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_ONBOARDING, &server);
  lab->post_outcome = SZTP_OUTCOME_FAILED;
  lab->cancel_at = "";
  assert_int_equal(sztp_ctx_set_log(lab->ctx, SZTP_LOG_DEBUG, on_log, lab), SZTP_OK);
  assert_int_equal(lab_run(lab), SZTP_RESULT_CANCELLED);
  lab_expect(lab, ASK INITIATED STAGES R "post-script-error\nundo post\nundo config\nundo pre\n");
  assert_int_equal(lab->saved_len, 0);
  done(lab);
}

/* STATE-10: that an attempt was undone could not be stored; once it can, it is, so that no later start undoes
 * what a good attempt did */
static void test_late_save(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_ONBOARDING, &server);
  lab_well_known(lab, "localhost", 4002);
  lab_give_unsigned(lab_server(lab, "localhost", 4002, "server"), LAB_EMPTY);
  lab->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(sztp_ctx_set_log(lab->ctx, SZTP_LOG_DEBUG, on_log, lab), SZTP_OK);
  assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
  assert_int_equal(lab->saved_len, 0);
  done(lab);
}

/* STATE-20, D-06: an install that failed is none, however often */
static void test_failed_installs(void **state) {
  (void)state;
  lab_t *lab = with_image();
  lab->install_outcome = SZTP_OUTCOME_FAILED;
  for (int i = 0; i < 4; i++) {
    restart(lab);
    assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
    lab_expect(lab, ASK INITIATED "download https://a/1\ninstall\n" R "boot-image-error\n");
    assert_int_equal(lab->reason, SZTP_ERR_IMAGE);
    assert_int_equal(lab->saved_len, 0);
  }
  lab->install_outcome = SZTP_OUTCOME_OK;
  for (int i = 0; i < 3; i++) {
    restart(lab);
    assert_int_equal(lab_run(lab), i < 2 ? SZTP_RESULT_REBOOT_PENDING : SZTP_RESULT_NOT_BOOTSTRAPPED);
  }
  assert_int_equal(lab->reason, SZTP_ERR_IMAGE_LOOP);
  done(lab);
}

/* Runs @p lab until the last line of its trace is @p line and the answer to that action is given but for its
 * end. */
static const sztp_action_t *stop_at(lab_t *lab, const char *line) {
  const sztp_action_t *a = NULL;
  for (unsigned n = 1; n < 100; n++) {
    restart(lab);
    lab->actions = 0;
    lab->stop_after = n;
    assert_int_equal(lab_run(lab), 0);
    const char *at = strstr(lab->trace, line);
    if (at == NULL || strcmp(at, line) != 0) continue;
    lab->stop_after = 0;
    assert_int_equal(sztp_session_next(lab->session, lab->clock, &a), SZTP_OK);
    return a;
  }
  fail_msg("never came to %s", line);
  return NULL;
}

/* TLS-20: that a server was authenticated says nothing of a connection made later */
static void test_restarted_exchange(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_EMPTY, &server);
  const sztp_action_t *a = stop_at(lab, ASK);
  uint64_t ticket = sztp_action_ticket(a);
  assert_int_equal(sztp_reply_restart(lab->session, ticket), SZTP_OK);
  assert_int_equal(sztp_reply_i64(lab->session, ticket, SZTP_F_STATUS, 200), SZTP_OK);
  const char *body = "{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"MAA=\"}}";
  assert_int_equal(sztp_reply_write(lab->session, ticket, (const uint8_t *)body, strlen(body)), SZTP_OK);
  assert_int_equal(sztp_reply_end(lab->session, ticket, SZTP_OUTCOME_OK), SZTP_OK);
  assert_int_equal(lab_resume(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
  lab_expect(lab, ASK);
  assert_int_equal(lab->reason, SZTP_ERR_TLS_UNTRUSTED);
  done(lab);
}

/* ONB-12: that an image's signature is good says nothing of octets that come after a new start */
static void test_restarted_download(void **state) {
  (void)state;
  lab_t *lab = with_image();
  const sztp_action_t *a = stop_at(lab, "download https://a/1\n");
  uint64_t ticket = sztp_action_ticket(a);
  assert_int_equal(sztp_reply_restart(lab->session, ticket), SZTP_OK);
  assert_int_equal(sztp_reply_write(lab->session, ticket, (const uint8_t *)"evil", 4), SZTP_OK);
  assert_int_equal(sztp_reply_end(lab->session, ticket, SZTP_OUTCOME_OK), SZTP_OK);
  assert_int_equal(lab_resume(lab), SZTP_RESULT_REBOOT_PENDING);
  lab_expect_has(lab, "download https://a/1\ndownload https://a/2\ninstall\n");
  done(lab);
}

/* DISC-12, D-12: names without address count, so that a list of a thousand of them does not hold the device
 * up */
static void test_names_without_address(void **state) {
  (void)state;
  sztp__buf_t document;
  lab_t *lab = malloc(sizeof *lab);
  lab_open(lab, 0);
  lab->addresses = "";
  lab->dhcp = "https://127.0.0.1:4001";
  sztp__buf_init(&document, lab->ctx, 200000);
  sztp__buf_add_text(&document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[");
  for (int i = 0; i < 1000; i++)
    sztp__buf_addf(&document, "%s{\"address\":\"n%d.example\"}", i == 0 ? "" : ",", i);
  assert_int_equal(sztp__buf_add_text(&document, "]}}"), SZTP_OK);
  lab_give_unsigned(lab_server(lab, "127.0.0.1", 4001, "server"), (const char *)document.data);
  sztp__buf_clear(&document);
  assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
  lab_expect(lab, "data 127.0.0.1:4001 provisional\n");
  assert_in_range(lab->actions, 30, 50); /* a flag, five sources, one visit, 31 names */
  done(lab);
}

/* PROG-13: host keys and trust anchors of any number fit into the last report */
static void test_large_report(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_EMPTY, &server);
  lab_blob_t root = lab_file("server-root.pem");
  for (int i = 0; i < 500; i++)
    assert_int_equal(sztp_device_add_cert(lab->dev, SZTP_CERT_REPORT_ANCHOR, root.data, root.len), SZTP_OK);
  free(root.data);
  assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
  lab_expect(lab, ASK INITIATED COMPLETE);
  done(lab);
}

/* Provisional servers 4001, which gives @p large, and 4002, which gives signed data, with @p budget octets of
 * memory beyond what the device takes. */
static uint32_t run_within(uint64_t budget, const char *large) {
  uint64_t held = 0;
  lab_t *lab = malloc(sizeof *lab);
  lab_open(lab, 0);
  lab->flag = "10";
  lab->dhcp = large == NULL ? "https://127.0.0.1:4002" : "https://127.0.0.1:4001 https://127.0.0.1:4002";
  lab_server(lab, "127.0.0.1", 4001, "server")->data_body = large;
  lab_give_signed(lab_server(lab, "127.0.0.1", 4002, "server"), LAB_EMPTY);
  assert_int_equal(sztp_ctx_i64(lab->ctx, SZTP_USAGE_NOW, &held), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(lab->ctx, SZTP_LIMIT_MEMORY, held + budget), SZTP_OK);
  uint32_t result = lab_run(lab);
  for (int i = 0; i < 30 && result == 0; i++) {
    assert_int_equal(lab->reason, SZTP_ERR_MEMORY);
    result = lab_resume(lab);
  }
  done(lab);
  return result;
}

/* SEC-05, STATE-11: data for which there is not enough memory is given up, and the next server is asked */
static void test_shortage(void **state) {
  (void)state;
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
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_EMPTY, &server);
  for (uint8_t undo = 0; undo < 24; undo++) {
    const uint8_t saved[] = {0xa5, 0, 1, 1, 0x40, 2, 0x40, 3, 0, 4, undo};
    assert_int_equal(sztp_session_new(lab->dev, &lab->session), SZTP_OK);
    int32_t rc = sztp_session_restore(lab->session, saved, sizeof saved);
    assert_int_equal(rc, (undo & ~0xeU) == 0 ? SZTP_OK : SZTP_ERR_CBOR);
    sztp_session_free(lab->session);
    lab->session = NULL;
  }
  done(lab);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cancel_reason),        cmocka_unit_test(test_cancel_before_reboot),
      cmocka_unit_test(test_cancel_while_undoing), cmocka_unit_test(test_late_save),
      cmocka_unit_test(test_failed_installs),      cmocka_unit_test(test_restarted_exchange),
      cmocka_unit_test(test_restarted_download),   cmocka_unit_test(test_names_without_address),
      cmocka_unit_test(test_large_report),         cmocka_unit_test(test_shortage),
      cmocka_unit_test(test_damaged_stage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
