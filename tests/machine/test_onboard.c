/* SPDX-License-Identifier: Apache-2.0 */
/* Processing onboarding information (ONB, PROG, STATE groups): order, reports, errors, undoing, images,
 * reboot, power failure, cancel. */
#include "mock_host.h"

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

/* ONB-01, ONB-06, PROG-03, PROG-06, CONV-23 */
static void test_presence(void **state) {
  (void)state;
  for (unsigned mask = 0; mask < 16; mask++) {
    char document[1024];
    char expected[512];
    mock_server_t *server = NULL;
    (void)snprintf(document, sizeof document, OPEN "%s%s%s%s\"x-unknown\":1}}",
                   mask & 1 ? IMAGE("4.2.1") "," : "",
                   mask & 2 ? "\"pre-configuration-script\":\"cHJl\"," : "",
                   mask & 4 ? "\"configuration-handling\":\"replace\",\"configuration\":\"Y29uZmln\"," : "",
                   mask & 8 ? "\"post-configuration-script\":\"cG9zdA==\"," : "");
    (void)snprintf(expected, sizeof expected, ASK INITIATED "%s%s%s" COMPLETE,
                   mask & 2 ? "pre-script pre\n" : "", mask & 4 ? "replace config\n" : "",
                   mask & 8 ? "post-script post\n" : "");
    mock_host_t *mock = mock_with_server(document, (int)(mask & 1), &server);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, expected);
    mock_free(mock);
  }
}

/* ONB-29: a device that runs no scripts refuses what has one, before anything of it is done */
static void test_no_scripts(void **state) {
  (void)state;
  static const char *const documents[] = {
      OPEN "\"pre-configuration-script\":\"cHJl\",\"configuration-handling\":\"merge\",\"configuration\":"
           "\"Y29uZmln\"}}",
      OPEN "\"configuration-handling\":\"merge\",\"configuration\":\"Y29uZmln\",\"post-configuration-"
           "script\":\"cG9zdA==\"}}",
      OPEN "\"configuration-handling\":\"merge\",\"configuration\":\"Y29uZmln\"}}",
  };
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(documents[i], 0, &server);
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_NO_SCRIPTS, 1), SZTP_OK);
    assert_int_equal(mock_run(mock), i < 2 ? SZTP_RESULT_NOT_BOOTSTRAPPED : SZTP_RESULT_DONE);
    if (i < 2) {
      assert_int_equal(mock->reason, SZTP_ERR_SCRIPT_FORBIDDEN);
      mock_expect_not(mock, "config\n");
      assert_non_null(
          strstr(mock->log, i == 0 ? "a pre-configuration script of 3 octets; this device runs none"
                                   : "a post-configuration script of 4 octets; this device runs none"));
    }
    mock_free(mock);
  }
}

/* PROG-04, PROG-07 */
static void test_verbose(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(OPEN IMAGE("4.2.1") "," PARTS "}}", runner, &server);
    server->level = "verbose";
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, ASK INITIATED R
                "parsing-initiated\n" R "parsing-complete\n" R "boot-image-initiated\n" R
                "boot-image-complete\n" R "pre-script-initiated\npre-script pre\n" R "pre-script-complete\n" R
                "config-initiated\nmerge config\n" R "config-complete\n" R
                "post-script-initiated\npost-script post\n" R "post-script-complete\n" COMPLETE);
    mock_free(mock);
  }
}

/* ONB-17, ONB-24, D-137: a warning is told and does not stop anything */
static void test_warnings(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(OPEN PARTS ",\"x\":1}}", 0, &server);
  server->level = "verbose";
  mock->flag = "1";
  mock->pre_outcome = mock->config_outcome = mock->post_outcome = SZTP_OUTCOME_WARNING;
  mock->output = "careful";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK INITIATED R "parsing-initiated\n" R "parsing-warning\n" R "parsing-complete\n" R
                                    "pre-script-initiated\npre-script pre\n" R "pre-script-warning\n" R
                                    "pre-script-complete\n" R "config-initiated\nmerge config\n" R
                                    "config-warning\n" R "config-complete\n" R
                                    "post-script-initiated\npost-script post\n" R "post-script-warning\n" R
                                    "post-script-complete\n" R "bootstrap-warning\n" COMPLETE);
  assert_non_null(strstr(mock->bodies, "\"progress-type\":\"config-warning\",\"message\":\"careful\""));
  mock_free(mock);
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
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, runner, &server);
      const char *stage = cases[i].stage;
      if (strcmp(stage, "pre") == 0) mock->pre_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "config") == 0) mock->config_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "post") == 0 || strcmp(stage, "undo") == 0) mock->post_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "undo") == 0) mock->rollback_outcome = SZTP_OUTCOME_FAILED;
      if (strcmp(stage, "save") == 0) mock->save_outcome = SZTP_OUTCOME_FAILED;
      mock->output = "no such interface";
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      (void)snprintf(expected, sizeof expected, ASK INITIATED "%s", cases[i].trace);
      mock_expect(mock, expected);
      if (strcmp(stage, "save") != 0) {
        assert_non_null(strstr(mock->bodies, "\"message\":\"no such interface\""));
        assert_int_equal(mock->reason, cases[i].reason);
        assert_int_equal(mock->saved_len != 0, strcmp(stage, "undo") == 0); /* what is left to undo */
      }
      mock_free(mock);
    }
  }
}

/* After a failure the next server is asked, with nothing left of the first (STATE-10, STATE-11) */
static void test_second_server(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  mock_well_known(mock, "localhost", 4002);
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "undo pre\ndata localhost:4002 trusted\nreport localhost:4002 bootstrap-initiated\n");
  mock_free(mock);
}

struct report_case {
  const char *type;
  uint32_t status;
  unsigned failures; /* reports without any reply first */
  uint32_t result;
  const char *trace;
};

/* ONB-02, ONB-23, ONB-25, STATE-22, PROG-08, PROG-09, PROG-10, PROG-23 */
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
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, runner, &server);
      server->report_type = cases[i].type;
      server->report_status = cases[i].status;
      server->report_failures = cases[i].failures;
      assert_int_equal(mock_run(mock), cases[i].result);
      mock_expect(mock, cases[i].trace);
      if (cases[i].result != SZTP_RESULT_DONE) assert_int_equal(mock->reason, SZTP_ERR_REPORT);
      mock_free(mock);
    }
  }
}

/* ONB-05, ONB-07 to -12, ONB-11, ONB-14, ONB-26, ONB-28, STATE-19, PROG-16 */
static void test_image(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(OPEN IMAGE("4.3.0") "," PARTS "}}", runner, &server);
    mock->broken_uri = "https://a/1";
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    mock_expect(mock, ASK INITIATED "download https://a/1\ndownload https://a/2\ninstall\n" R
                                    "boot-image-installed-rebooting\nreboot\n");
    assert_true(mock->saved_len > 0);
    /* the device comes back with the new image */
    sztp_session_free(mock->session);
    mock->session = NULL;
    assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_OS_VERSION, "4.3.0"), SZTP_OK);
    mock->trace[0] = '\0';
    mock->flag_asked = 0;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, ASK INITIATED STAGES COMPLETE);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
}

/* ONB-05, ONB-07, ONB-13, ONB-15, ONB-28, PROG-04, PROG-07, PROG-16: a server that wants to know everything
 * hears of each step of the image, too */
static void test_image_verbose(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(OPEN IMAGE("4.3.0") "}}", 0, &server);
  server->level = "verbose";
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK INITIATED R "parsing-initiated\n" R "parsing-complete\n" R "boot-image-initiated\n" R
                                    "boot-image-mismatch\ndownload https://a/1\ninstall\n" R
                                    "boot-image-installed-rebooting\nreboot\n");
  mock_free(mock);
  mock = mock_with_server(OPEN "\"boot-image\":{\"download-uri\":[\"https://a/1\"]}}}", 0, &server);
  server->level = "verbose";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK INITIATED R "parsing-initiated\n" R "parsing-complete\n" R "boot-image-initiated\n" R
                                    "boot-image-warning\n" R "boot-image-complete\n" COMPLETE);
  assert_non_null(strstr(mock->bodies, "neither os-name nor os-version says for what"));
  mock_free(mock);
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
    mock_server_t *server = NULL;
    (void)snprintf(document, sizeof document, OPEN "\"boot-image\":{%s}," PARTS "}}", cases[i].image);
    (void)snprintf(expected, sizeof expected, ASK INITIATED "%s", cases[i].trace);
    mock_host_t *mock = mock_with_server(document, (int)(i & 1), &server);
    mock->image = cases[i].contents;
    mock->signature_good = cases[i].signature_good;
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, (int64_t)cases[i].policy),
                     SZTP_OK);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, expected);
    assert_int_equal(mock->reason,
                     strstr(cases[i].trace, "download") != NULL ? SZTP_ERR_IMAGE_MISMATCH : SZTP_ERR_IMAGE);
    mock_free(mock);
  }
}

/* ONB-09: a download that fails, one that gives something else, and the right one */
static void test_third_uri(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(OPEN "\"boot-image\":{" NEW
                                              "\"download-uri\":[\"https://a/1\",\"https://a/2\",\"https://a/"
                                              "3\",\"https://a/4\"]" VERIFICATION "}}}",
                                         runner, &server);
    mock->broken_uri = "https://a/1";
    mock->wrong_uri = "https://a/2";
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    mock_expect(mock,
                ASK INITIATED "download https://a/1\ndownload https://a/2\ndownload https://a/3\ninstall\n" R
                              "boot-image-installed-rebooting\nreboot\n");
    mock_free(mock);
  }
}

/* IMG-06: what was put together of several downloads, and is wrong, is downloaded once more, whole; what came
 * in one response is not. */
static void test_put_together(void **state) {
  static const struct {
    const char *mixed, *wrong;
    int restarts;
    const char *trace;
    uint32_t result;
  } rows[] = {
      {"https://a/1", NULL, 0, "download https://a/1\ndownload https://a/1 afresh\ninstall\n",
       SZTP_RESULT_REBOOT_PENDING},
      {"https://a/1", "https://a/1", 0,
       "download https://a/1\ndownload https://a/1 afresh\ndownload https://a/2\ninstall\n",
       SZTP_RESULT_REBOOT_PENDING},
      {"https://a/1", NULL, 1,
       "download https://a/1\ndownload https://a/2\ninstall\n", /* RESUMED is dropped */
       SZTP_RESULT_REBOOT_PENDING},
      {"https://a/2", "https://a/1", 0,
       "download https://a/1\ndownload https://a/2\ndownload https://a/2 afresh\ninstall\n",
       SZTP_RESULT_REBOOT_PENDING},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock =
        mock_with_server(OPEN "\"boot-image\":{" NEW URIS VERIFICATION "}}}", (int)(i & 1), &server);
    mock->mixed_uri = rows[i].mixed;
    mock->wrong_uri = rows[i].wrong;
    mock->restarts = rows[i].restarts;
    assert_int_equal(mock_run(mock), rows[i].result);
    mock_expect_has(mock, rows[i].trace);
    if (!rows[i].restarts)
      assert_non_null(strstr(mock->log,
                             ", put together of several downloads: not the one announced; once more from "
                             "its first octet"));
    mock_free(mock);
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
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(cases[i].document, (int)(i & 1), &server);
    server->level = "verbose";
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, ASK INITIATED R "parsing-error\n");
    const char *report = strstr(mock->bodies, "\"parsing-error\",\"message\":\"");
    assert_non_null(report);
    if (strstr(report, cases[i].node) == NULL) fail_msg("%s is not named in %s", cases[i].node, report);
    assert_int_equal(mock->reason, SZTP_ERR_MODEL_INVALID);
    mock_free(mock);
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
      mock_server_t *server = NULL;
      (void)snprintf(document, sizeof document, OPEN "%s}}", parts[i]);
      mock_host_t *mock = mock_with_server(document, (int)(o & 1), &server);
      server->level = "verbose";
      mock->pre_outcome = mock->config_outcome = mock->post_outcome = outcomes[o];
      mock->output = "its \"output\"";
      int good = outcomes[o] != SZTP_OUTCOME_FAILED;
      assert_int_equal(mock_run(mock), good ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(mock->given_len, sizeof octets);
      assert_memory_equal(mock->given, octets, sizeof octets);
      int told = strstr(mock->bodies, "\"message\":\"its \\\"output\\\"\"") != NULL;
      assert_int_equal(told, outcomes[o] != SZTP_OUTCOME_OK);
      mock_free(mock);
    }
  }
}

/* STATE-20, D-06 */
static void test_image_loop(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(OPEN IMAGE("4.3.0") "}}", 0, &server);
  for (int i = 0; i < 2; i++) {
    mock->flag_asked = 0;
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  }
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK INITIATED BAD_IMAGE);
  assert_int_equal(mock->reason, SZTP_ERR_IMAGE_LOOP);
  mock_free(mock);
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
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 1, &server);
    mock->flag = cases[i].flag;
    assert_int_equal(mock_run(mock), cases[i].result);
    mock_expect(mock, cases[i].trace);
    mock_free(mock);
  }
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  server->refuses = 1;
  mock->flag = "10";
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 0), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DISABLED); /* turned off between the passes */
  mock_free(mock);
}

/* STATE-07, REST-21 */
static void test_pacing(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  mock->flag = "1";
  server->data_status = 404;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 9), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->waits, 8);
  uint64_t base = 5000;
  for (unsigned i = 0; i < 8; i++) {
    assert_in_range(mock->wait_ms[i], base * 4 / 5 - 2, base * 6 / 5 + 2);
    base = base * 2 > 300000 ? 300000 : base * 2;
  }
  mock_free(mock);
  mock = mock_with_server(MOCK_EMPTY, 0, &server);
  mock->flag = "1";
  server->data_status = 503;
  server->retry_after = 120;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_in_range(mock->wait_ms[0], 119990, 120000);
  mock_free(mock);
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
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, runner, &server);
      mock->cancel_at = cases[i].at;
      assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
      assert_int_equal(mock->reason, SZTP_ERR_CANCELLED);
      mock_expect(mock, cases[i].trace);
      assert_int_equal(mock->saved_len, 0);
      mock_free(mock);
    }
  }
}

/* Power fails after each action in turn: the next start undoes what may have been done, and then finishes. */
static void test_power_failure(void **state) {
  (void)state;
  unsigned stops = 0;
  for (unsigned n = 1;; n++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    mock->stop_after = n;
    uint32_t result = mock_run(mock);
    if (result == SZTP_RESULT_DONE) {
      mock_free(mock);
      break;
    }
    stops++;
    int began = strstr(mock->trace, "pre-script") != NULL;
    int undone = mock->saved_len > 0;
    if (began && strstr(mock->trace, "bootstrap-complete") == NULL) assert_true(undone);
    mock->stop_after = 0;
    mock->trace[0] = '\0';
    mock->flag = "10";
    mock->flag_asked = 0;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, undone ? "undo post\nundo config\nundo pre\n" ASK INITIATED STAGES COMPLETE
                             : ASK INITIATED STAGES COMPLETE);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
  assert_true(stops > 8);
}

/* SEC-05: memory fails at every allocation of a whole bootstrap; the same calls are made again, and it ends
 * well. */
static void test_memory_failure(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  sztp__blob_t first = artifact_conveyed(artifact_redirect("localhost", 4002, "server-root"), "owner");
  sztp__blob_t second = artifact_conveyed(OPEN IMAGE("4.2.1") "," PARTS "}}", "owner");
  for (int runner = 0; runner < 2; runner++) {
    /* the runner is a loop over the same calls: a sample is enough for it */
    for (size_t n = 1;; n += runner ? 7 : TEST_SAMPLE) {
      mock_host_t *mock = mock_new(runner);
      mock->dhcp = "https://localhost:4001";
      mock->flag = "10";
      mock_server_t *servers[2] = {mock_server(mock, "localhost", 4001, "server"),
                                   mock_server(mock, "localhost", 4002, "server")};
      for (int i = 0; i < 2; i++) {
        servers[i]->ci = i == 0 ? first : second;
        servers[i]->oc = owner_artifacts()->owner_cert;
        servers[i]->ov = owner_artifacts()->voucher;
        servers[i]->level = "verbose";
      }
      int met = mock_run_short_of_memory(mock, n);
      mock_expect_has(mock, "report localhost:4002 bootstrap-initiated\n");
      mock_expect_has(mock, "pre-script pre\n");
      mock_expect_has(mock, "report localhost:4002 bootstrap-complete\n");
      assert_int_equal(mock->saved_len, 0);
      mock_free(mock);
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
      cmocka_unit_test(test_image_verbose),  cmocka_unit_test(test_image_loop),
      cmocka_unit_test(test_flag),           cmocka_unit_test(test_pacing),
      cmocka_unit_test(test_cancel),         cmocka_unit_test(test_power_failure),
      cmocka_unit_test(test_third_uri),      cmocka_unit_test(test_put_together),
      cmocka_unit_test(test_parsing_errors), cmocka_unit_test(test_octets),
      cmocka_unit_test(test_memory_failure), cmocka_unit_test(test_no_scripts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
