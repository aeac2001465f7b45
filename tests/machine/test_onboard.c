/* SPDX-License-Identifier: Apache-2.0 */
/* Processing onboarding information (ONB, PROG, STATE groups): order, reports, errors, undoing, images,
 * reboot, power failure, cancel. */
#include "lab.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n"
#define INITIATED R "bootstrap-initiated\n"
#define COMPLETE  R "bootstrap-complete\n"
#define STAGES    "pre-script pre\nmerge config\npost-script post\n"

#define OPEN      "{\"ietf-sztp-conveyed-info:onboarding-information\":{"
#define IMAGE_HASH                                                                                           \
  "61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d"
#define VERIFICATION                                                                                         \
  ",\"image-verification\":[{\"hash-algorithm\":\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":"         \
  "\"" IMAGE_HASH "\"}]"
#define IMAGE(version)                                                                                       \
  "\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"" version                                      \
  "\",\"download-uri\":[\"https://a/1\","                                                                    \
  "\"https://a/2\"]" VERIFICATION "}"
#define PARTS                                                                                                \
  "\"configuration-handling\":\"merge\",\"pre-configuration-script\":\"cHJl\",\"configuration\":"            \
  "\"Y29uZmln\","                                                                                            \
  "\"post-configuration-script\":\"cG9zdA==\""

/* A trusted server that gives @p document unsigned. */
static lab_t *trusted(const char *document, int runner, lab_server_t **server) {
  lab_t *lab = malloc(sizeof *lab);
  lab_open(lab, runner);
  lab_well_known(lab, "localhost", 4001);
  *server = lab_server(lab, "localhost", 4001, "server");
  lab_give_unsigned(*server, document);
  lab->flag = "10";
  return lab;
}

static void done(lab_t *lab) {
  lab_close(lab);
  free(lab);
}

/* ONB-01, ONB-06, PROG-03, PROG-06, CONV-23 */
static void test_presence(void **state) {
  (void)state;
  for (unsigned mask = 0; mask < 16; mask++) {
    char document[1024];
    char expected[512];
    lab_server_t *server = NULL;
    (void)snprintf(document, sizeof document, OPEN "%s%s%s%s\"x-unknown\":1}}",
                   mask & 1 ? IMAGE("4.2.1") "," : "",
                   mask & 2 ? "\"pre-configuration-script\":\"cHJl\"," : "",
                   mask & 4 ? "\"configuration-handling\":\"replace\",\"configuration\":\"Y29uZmln\"," : "",
                   mask & 8 ? "\"post-configuration-script\":\"cG9zdA==\"," : "");
    (void)snprintf(expected, sizeof expected, ASK INITIATED "%s%s%s" COMPLETE,
                   mask & 2 ? "pre-script pre\n" : "", mask & 4 ? "replace config\n" : "",
                   mask & 8 ? "post-script post\n" : "");
    lab_t *lab = trusted(document, (int)(mask & 1), &server);
    assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
    lab_expect(lab, expected);
    done(lab);
  }
}

/* PROG-04, PROG-07 */
static void test_verbose(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(OPEN IMAGE("4.2.1") "," PARTS "}}", runner, &server);
    server->level = "verbose";
    assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
    lab_expect(lab, ASK INITIATED R "parsing-initiated\n" R "parsing-complete\n" R "boot-image-initiated\n" R
                                    "boot-image-complete\n" R "pre-script-initiated\npre-script pre\n" R
                                    "pre-script-complete\n" R "config-initiated\nmerge config\n" R
                                    "config-complete\n" R "post-script-initiated\npost-script post\n" R
                                    "post-script-complete\n" COMPLETE);
    done(lab);
  }
}

/* ONB-17, D-137: a warning is told and does not stop anything */
static void test_warnings(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(OPEN PARTS ",\"x\":1}}", 0, &server);
  server->level = "verbose";
  lab->flag = "1";
  lab->pre_outcome = lab->config_outcome = lab->post_outcome = SZTP_OUTCOME_WARNING;
  lab->output = "careful";
  assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
  lab_expect(lab, ASK INITIATED R "parsing-initiated\n" R "parsing-warning\n" R "parsing-complete\n" R
                                  "pre-script-initiated\npre-script pre\n" R "pre-script-warning\n" R
                                  "pre-script-complete\n" R "config-initiated\nmerge config\n" R
                                  "config-warning\n" R "config-complete\n" R
                                  "post-script-initiated\npost-script post\n" R "post-script-warning\n" R
                                  "post-script-complete\n" R "bootstrap-warning\n" COMPLETE);
  assert_non_null(strstr(lab->bodies, "\"progress-type\":\"config-warning\",\"message\":\"careful\""));
  done(lab);
}

struct failure {
  const char *stage; /* which host outcome fails */
  const char *trace;
  int32_t reason;
};

/* ONB-18, ONB-20, ONB-21, PROG-12, PROG-18, PROG-19, STATE-10 */
static void test_failures(void **state) {
  static const struct failure cases[] = {
      {"pre", "pre-script pre\n" R "pre-script-error\nundo pre\n", SZTP_ERR_SCRIPT},
      {"config", "pre-script pre\nmerge config\n" R "config-error\nundo pre\n", SZTP_ERR_COMMIT},
      {"post", STAGES R "post-script-error\nundo post\nundo config\nundo pre\n", SZTP_ERR_SCRIPT},
      {"undo", STAGES R "post-script-error\nundo post\nundo config\nundo pre\n", SZTP_ERR_ROLLBACK},
      {"save", R "bootstrap-error\n", SZTP_ERR_HOST},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int runner = 0; runner < 2; runner++) {
      char expected[512];
      lab_server_t *server = NULL;
      lab_t *lab = trusted(LAB_ONBOARDING, runner, &server);
      const char *stage = cases[i].stage;
      if (strcmp(stage, "pre") == 0) lab->pre_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "config") == 0) lab->config_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "post") == 0 || strcmp(stage, "undo") == 0) lab->post_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "undo") == 0) lab->rollback_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "save") == 0) lab->save_outcome = SZTP_OUTCOME_FAILED;
      lab->output = "no such interface";
      assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
      (void)snprintf(expected, sizeof expected, ASK INITIATED "%s", cases[i].trace);
      lab_expect(lab, expected);
      if (strcmp(stage, "save") != 0) {
        assert_non_null(strstr(lab->bodies, "\"message\":\"no such interface\""));
        assert_int_equal(lab->reason, cases[i].reason);
        assert_int_equal(lab->saved_len, 0); /* nothing is left to undo */
      }
      done(lab);
    }
  }
}

/* After a failure the next server is asked, with nothing left of the first (STATE-10, STATE-11) */
static void test_second_server(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_ONBOARDING, 0, &server);
  lab->post_outcome = SZTP_OUTCOME_FAILED;
  lab_well_known(lab, "localhost", 4002);
  lab_give_unsigned(lab_server(lab, "localhost", 4002, "server"), LAB_EMPTY);
  assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
  lab_expect_has(lab, "undo pre\ndata localhost:4002 trusted\nreport localhost:4002 bootstrap-initiated\n");
  done(lab);
}

struct report_case {
  const char *type;
  uint32_t status;
  unsigned failures; /* reports without any reply first */
  uint32_t result;
  const char *trace;
};

/* ONB-02, ONB-23, ONB-25, PROG-08, PROG-09, PROG-10, PROG-23 */
static void test_acknowledgements(void **state) {
  static const struct report_case cases[] = {
      {"bootstrap-initiated", 404, 0, SZTP_RESULT_NOT_BOOTSTRAPPED, ASK INITIATED R "bootstrap-error\n"},
      {"bootstrap-initiated", 200, 0, SZTP_RESULT_NOT_BOOTSTRAPPED, ASK INITIATED R "bootstrap-error\n"},
      {"bootstrap-initiated", 202, 0, SZTP_RESULT_NOT_BOOTSTRAPPED, ASK INITIATED R "bootstrap-error\n"},
      {"bootstrap-initiated", 500, 0, SZTP_RESULT_NOT_BOOTSTRAPPED,
       ASK INITIATED INITIATED INITIATED R "bootstrap-error\n"},
      {"bootstrap-initiated", 204, 2, SZTP_RESULT_DONE, ASK INITIATED INITIATED INITIATED STAGES COMPLETE},
      {"bootstrap-initiated", 204, 3, SZTP_RESULT_NOT_BOOTSTRAPPED,
       ASK INITIATED INITIATED INITIATED R "bootstrap-error\n"},
      {"config-complete", 500, 0, SZTP_RESULT_DONE, ASK INITIATED STAGES COMPLETE},
      {"bootstrap-complete", 200, 0, SZTP_RESULT_NOT_BOOTSTRAPPED,
       ASK INITIATED STAGES COMPLETE R "bootstrap-error\nundo post\nundo config\nundo pre\n"},
      {"bootstrap-complete", 503, 0, SZTP_RESULT_NOT_BOOTSTRAPPED,
       ASK INITIATED STAGES COMPLETE COMPLETE COMPLETE R
       "bootstrap-error\nundo post\nundo config\nundo pre\n"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int runner = 0; runner < 2; runner++) {
      lab_server_t *server = NULL;
      lab_t *lab = trusted(LAB_ONBOARDING, runner, &server);
      server->report_type = cases[i].type;
      server->report_status = cases[i].status;
      server->report_failures = cases[i].failures;
      assert_int_equal(lab_run(lab), cases[i].result);
      lab_expect(lab, cases[i].trace);
      if (cases[i].result != SZTP_RESULT_DONE) assert_int_equal(lab->reason, SZTP_ERR_REPORT);
      done(lab);
    }
  }
}

/* ONB-05, ONB-07 to -12, ONB-11, ONB-14, ONB-26, ONB-28, STATE-19, PROG-16 */
static void test_image(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(OPEN IMAGE("4.3.0") "," PARTS "}}", runner, &server);
    lab->broken_uri = "https://a/1";
    assert_int_equal(lab_run(lab), SZTP_RESULT_REBOOT_PENDING);
    lab_expect(lab, ASK INITIATED "download https://a/1\ndownload https://a/2\ninstall\n" R
                                  "boot-image-installed-rebooting\nreboot\n");
    assert_true(lab->saved_len > 0);
    /* the device comes back with the new image */
    sztp_session_free(lab->session);
    lab->session = NULL;
    assert_int_equal(sztp_device_set_text(lab->dev, SZTP_DEVICE_OS_VERSION, "4.3.0"), SZTP_OK);
    lab->trace[0] = '\0';
    lab->flag_asked = 0;
    assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
    lab_expect(lab, ASK INITIATED STAGES COMPLETE);
    assert_int_equal(lab->saved_len, 0);
    done(lab);
  }
}

struct image_case {
  const char *image;    /* contents of boot-image */
  const char *contents; /* that the downloads give */
  const char *trace;
  uint64_t policy; /* SZTP_POLICY_IMAGE_SIGNATURE */
  int signature_good;
};

#define DOWNLOADS "download https://a/1\ndownload https://a/2\n"
#define URIS      "\"download-uri\":[\"https://a/1\",\"https://a/2\"]"
#define NEW       "\"os-version\":\"4.3.0\","
#define BAD_IMAGE R "boot-image-error\n"

/* ONB-10, ONB-11, ONB-12 */
static void test_image_refused(void **state) {
  static const struct image_case cases[] = {
      {NEW URIS VERIFICATION, "another", DOWNLOADS BAD_IMAGE, 0, 0}, /* wrong hash: every URI, then stop */
      {NEW URIS, "image", BAD_IMAGE, 0, 0},                          /* ONB-12: no fingerprint */
      {NEW URIS, "image", BAD_IMAGE, 0, 1},           /* the host's word alone does not count */
      {NEW URIS, "image", DOWNLOADS BAD_IMAGE, 1, 0}, /* embedded signature refused */
      {NEW "\"x\":0", "image", BAD_IMAGE, 0, 0},      /* ONB-10: no URI */
      {NEW URIS ",\"image-verification\":{\"hash-algorithm\":\"x:sha-999\",\"hash-value\":\"00\"}", "image",
       BAD_IMAGE, 0, 0},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char document[1024];
    char expected[512];
    lab_server_t *server = NULL;
    (void)snprintf(document, sizeof document, OPEN "\"boot-image\":{%s}," PARTS "}}", cases[i].image);
    (void)snprintf(expected, sizeof expected, ASK INITIATED "%s", cases[i].trace);
    lab_t *lab = trusted(document, (int)(i & 1), &server);
    lab->image = cases[i].contents;
    lab->signature_good = cases[i].signature_good;
    assert_int_equal(sztp_device_set_i64(lab->dev, SZTP_POLICY_IMAGE_SIGNATURE, cases[i].policy), SZTP_OK);
    assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
    lab_expect(lab, expected);
    assert_int_equal(lab->reason, SZTP_ERR_IMAGE);
    done(lab);
  }
}

/* ONB-09: a download that fails, one that gives something else, and the right one */
static void test_third_uri(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    lab_server_t *server = NULL;
    lab_t *lab =
        trusted(OPEN "\"boot-image\":{" NEW "\"download-uri\":[\"https://a/1\",\"https://a/2\",\"https://a/"
                     "3\",\"https://a/4\"]" VERIFICATION "}}}",
                runner, &server);
    lab->broken_uri = "https://a/1";
    lab->wrong_uri = "https://a/2";
    assert_int_equal(lab_run(lab), SZTP_RESULT_REBOOT_PENDING);
    lab_expect(lab,
               ASK INITIATED "download https://a/1\ndownload https://a/2\ndownload https://a/3\ninstall\n" R
                             "boot-image-installed-rebooting\nreboot\n");
    done(lab);
  }
}

/* ONB-03, ONB-04: a fault anywhere in the document, also in its last node, is told by the node's name before
 * anything is done */
static void test_parsing_errors(void **state) {
  (void)state;
  static const struct {
    const char *document;
    const char *node;
  } cases[] = {
      {OPEN "\"pre-configuration-script\":\"cHJl\",\"configuration\":\"Y29uZmln\",\"configuration-handling\":"
            "\"Merge\"}}",
       "configuration-handling"},
      {OPEN IMAGE("4.3.0") ",\"pre-configuration-script\":\"cHJl\",\"post-configuration-script\":7}}",
       "post-configuration-script"},
      {OPEN PARTS "}}}", ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(cases[i].document, (int)(i & 1), &server);
    server->level = "verbose";
    assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
    lab_expect(lab, ASK INITIATED R "parsing-error\n");
    const char *report = strstr(lab->bodies, "\"parsing-error\",\"message\":\"");
    assert_non_null(report);
    if (strstr(report, cases[i].node) == NULL) fail_msg("%s is not named in %s", cases[i].node, report);
    assert_int_equal(lab->reason, SZTP_ERR_MODEL_INVALID);
    done(lab);
  }
}

/* ONB-16, ONB-18, ONB-19: scripts and configuration are octets, whatever they are; what the host says of them
 * is reported unless all went well */
static void test_octets(void **state) {
  (void)state;
  static const uint8_t octets[] = {0x00, 0xff, 0x0a, 0x00, 0x7b, 0x22, 0xc3, 0x28, 0x00};
  static const char *const parts[] = {
      "\"pre-configuration-script\":\"AP8KAHsiwygA\"",
      "\"configuration-handling\":\"merge\",\"configuration\":\"AP8KAHsiwygA\"",
      "\"configuration-handling\":\"replace\",\"configuration\":\"AP8KAHsiwygA\"",
      "\"post-configuration-script\":\"AP8KAHsiwygA\"",
  };
  static const uint32_t outcomes[] = {SZTP_OUTCOME_OK, SZTP_OUTCOME_WARNING, SZTP_OUTCOME_FAILED};
  for (size_t i = 0; i < TEST_COUNT_OF(parts); i++) {
    for (size_t o = 0; o < TEST_COUNT_OF(outcomes); o++) {
      char document[512];
      lab_server_t *server = NULL;
      (void)snprintf(document, sizeof document, OPEN "%s}}", parts[i]);
      lab_t *lab = trusted(document, (int)(o & 1), &server);
      server->level = "verbose";
      lab->pre_outcome = lab->config_outcome = lab->post_outcome = outcomes[o];
      lab->output = "its \"output\"";
      int good = outcomes[o] != SZTP_OUTCOME_FAILED;
      assert_int_equal(lab_run(lab), good ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(lab->given_len, sizeof octets);
      assert_memory_equal(lab->given, octets, sizeof octets);
      int told = strstr(lab->bodies, "\"message\":\"its \\\"output\\\"\"") != NULL;
      assert_int_equal(told, outcomes[o] != SZTP_OUTCOME_OK);
      done(lab);
    }
  }
}

/* STATE-20, D-06 */
static void test_image_loop(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(OPEN IMAGE("4.3.0") "}}", 0, &server);
  for (int i = 0; i < 2; i++) {
    lab->flag_asked = 0;
    assert_int_equal(lab_run(lab), SZTP_RESULT_REBOOT_PENDING);
  }
  lab->trace[0] = '\0';
  lab->flag_asked = 0;
  assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
  lab_expect(lab, ASK INITIATED BAD_IMAGE);
  assert_int_equal(lab->reason, SZTP_ERR_IMAGE_LOOP);
  done(lab);
}

/* STATE-01, STATE-02, STATE-04 */
static void test_flag(void **state) {
  (void)state;
  static const struct {
    const char *flag;
    uint32_t result;
    const char *trace;
  } cases[] = {{"0", SZTP_RESULT_DISABLED, ""},
               {"x", SZTP_RESULT_ERROR, ""},
               {"-0", SZTP_RESULT_DONE, ASK INITIATED COMPLETE}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(LAB_EMPTY, 1, &server);
    lab->flag = cases[i].flag;
    assert_int_equal(lab_run(lab), cases[i].result);
    lab_expect(lab, cases[i].trace);
    done(lab);
  }
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_EMPTY, 0, &server);
  server->refuses = 1;
  lab->flag = "10";
  assert_int_equal(sztp_device_set_i64(lab->dev, SZTP_POLICY_MAX_PASSES, 0), SZTP_OK);
  assert_int_equal(lab_run(lab), SZTP_RESULT_DISABLED); /* turned off between the passes */
  done(lab);
}

/* STATE-07, REST-21 */
static void test_pacing(void **state) {
  (void)state;
  lab_server_t *server = NULL;
  lab_t *lab = trusted(LAB_EMPTY, 0, &server);
  lab->flag = "1";
  server->data_status = 404;
  assert_int_equal(sztp_device_set_i64(lab->dev, SZTP_POLICY_MAX_PASSES, 9), SZTP_OK);
  assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(lab->waits, 8);
  uint64_t base = 5000;
  for (unsigned i = 0; i < 8; i++) {
    assert_in_range(lab->wait_ms[i], base * 4 / 5 - 2, base * 6 / 5 + 2);
    base = base * 2 > 300000 ? 300000 : base * 2;
  }
  done(lab);
  lab = trusted(LAB_EMPTY, 0, &server);
  lab->flag = "1";
  server->data_status = 503;
  server->retry_after = 120;
  assert_int_equal(sztp_device_set_i64(lab->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  assert_int_equal(lab_run(lab), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_in_range(lab->wait_ms[0], 119990, 120000);
  done(lab);
}

/* STATE-08, PROG-21 */
static void test_cancel(void **state) {
  static const struct {
    const char *at;
    const char *trace;
  } cases[] = {
      {"data localhost:4001 trusted", ASK},
      {"pre-script pre", ASK INITIATED "pre-script pre\nundo pre\n" R "bootstrap-error\n"},
      {"merge config",
       ASK INITIATED "pre-script pre\nmerge config\nundo config\nundo pre\n" R "bootstrap-error\n"},
      {"post-script post", ASK INITIATED STAGES "undo post\nundo config\nundo pre\n" R "bootstrap-error\n"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int runner = 0; runner < 2; runner++) {
      lab_server_t *server = NULL;
      lab_t *lab = trusted(LAB_ONBOARDING, runner, &server);
      lab->cancel_at = cases[i].at;
      assert_int_equal(lab_run(lab), SZTP_RESULT_CANCELLED);
      assert_int_equal(lab->reason, SZTP_ERR_CANCELLED);
      lab_expect(lab, cases[i].trace);
      assert_int_equal(lab->saved_len, 0);
      done(lab);
    }
  }
}

/* Power fails after each action in turn: the next start undoes what may have been done, and then finishes. */
static void test_power_failure(void **state) {
  (void)state;
  unsigned stops = 0;
  for (unsigned n = 1;; n++) {
    lab_server_t *server = NULL;
    lab_t *lab = trusted(LAB_ONBOARDING, 0, &server);
    lab->stop_after = n;
    uint32_t result = lab_run(lab);
    if (result == SZTP_RESULT_DONE) {
      done(lab);
      break;
    }
    stops++;
    int began = strstr(lab->trace, "pre-script") != NULL;
    int undone = lab->saved_len > 0;
    if (began && strstr(lab->trace, "bootstrap-complete") == NULL) assert_true(undone);
    lab->stop_after = 0;
    lab->trace[0] = '\0';
    lab->flag = "10";
    lab->flag_asked = 0;
    assert_int_equal(lab_run(lab), SZTP_RESULT_DONE);
    lab_expect(lab, undone ? "undo post\nundo config\nundo pre\n" ASK INITIATED STAGES COMPLETE
                           : ASK INITIATED STAGES COMPLETE);
    assert_int_equal(lab->saved_len, 0);
    done(lab);
  }
  assert_true(stops > 8);
}

/* SEC-05: memory fails at every allocation of a whole bootstrap; the same calls are made again, and it ends
 * well. */
static void test_memory_failure(void **state) {
  (void)state;
  lab_blob_t first = lab_conveyed(lab_redirect("localhost", 4002, "server-root"), "owner");
  lab_blob_t second = lab_conveyed(OPEN IMAGE("4.2.1") "," PARTS "}}", "owner");
  for (int runner = 0; runner < 2; runner++) {
    /* the runner is a loop over the same calls: a sample is enough for it */
    for (size_t n = 1;; n += runner ? 7 : LAB_SAMPLE) {
      lab_t *lab = malloc(sizeof *lab);
      lab_open(lab, runner);
      lab->dhcp = "https://localhost:4001";
      lab->flag = "10";
      lab_server_t *servers[2] = {lab_server(lab, "localhost", 4001, "server"),
                                  lab_server(lab, "localhost", 4002, "server")};
      for (int i = 0; i < 2; i++) {
        servers[i]->ci = i == 0 ? first : second;
        servers[i]->oc = lab_artifacts()->owner_cert;
        servers[i]->ov = lab_artifacts()->voucher;
        servers[i]->level = "verbose";
      }
      int met = lab_run_short_of_memory(lab, n);
      lab_expect_has(lab, "report localhost:4002 bootstrap-initiated\n");
      lab_expect_has(lab, "pre-script pre\n");
      lab_expect_has(lab, "report localhost:4002 bootstrap-complete\n");
      assert_int_equal(lab->saved_len, 0);
      done(lab);
      if (!met) break;
      assert_true(n < 10000);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_presence),       cmocka_unit_test(test_verbose),
      cmocka_unit_test(test_warnings),       cmocka_unit_test(test_failures),
      cmocka_unit_test(test_second_server),  cmocka_unit_test(test_acknowledgements),
      cmocka_unit_test(test_image),          cmocka_unit_test(test_image_refused),
      cmocka_unit_test(test_image_loop),     cmocka_unit_test(test_flag),
      cmocka_unit_test(test_pacing),         cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_power_failure),  cmocka_unit_test(test_third_uri),
      cmocka_unit_test(test_parsing_errors), cmocka_unit_test(test_octets),
      cmocka_unit_test(test_memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
