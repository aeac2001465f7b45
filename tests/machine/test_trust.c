/* SPDX-License-Identifier: Apache-2.0 */
/* The trust table (TRUST group) row by row, in both modes, each with the requests that were made and those
 * that were not. */
#include "mock_host.h"

enum content { REDIRECT, ONBOARDING, GARBAGE };
enum form { UNSIGNED, SIGNED, SIGNED_WRONG, SIGNED_ALONE };

struct row {
  int number;
  int server_trusted;
  enum form form;
  enum content content;
  const char *trace;
};

#define ASK_A_TRUSTED     "data localhost:4001 trusted\n"
#define ASK_A_PROVISIONAL "data localhost:4001 provisional\n"
#define REPORT_A          "report localhost:4001 "
#define STAGES            "pre-script pre\nmerge config\npost-script post\n"
#define UNUSABLE          REPORT_A "bootstrap-initiated\n" REPORT_A "parsing-error\n"
/* Server B gives signed onboarding information; its anchor is server-root. */
#define B_TRUSTED                                                                                            \
  "data localhost:4002 trusted\nreport localhost:4002 bootstrap-initiated\n" STAGES                          \
  "report localhost:4002 bootstrap-complete\n"
#define B_PROVISIONAL "data localhost:4002 provisional\n" STAGES

/* TRUST-01 to -05, TRUST-08, TRUST-09, VERIFY-01, VERIFY-12, PROG-01, PROG-02, PROG-05, REDIR-10, REDIR-13,
 * ONB-22 */
static const struct row ROWS[] = {
    {1, 1, UNSIGNED, REDIRECT, ASK_A_TRUSTED B_TRUSTED},
    {2, 1, UNSIGNED, ONBOARDING,
     ASK_A_TRUSTED REPORT_A "bootstrap-initiated\n" STAGES REPORT_A "bootstrap-complete\n"},
    {3, 1, SIGNED, REDIRECT, ASK_A_TRUSTED B_TRUSTED},
    {4, 1, SIGNED, ONBOARDING,
     ASK_A_TRUSTED REPORT_A "bootstrap-initiated\n" STAGES REPORT_A "bootstrap-complete\n"},
    {5, 1, SIGNED_WRONG, REDIRECT, ASK_A_TRUSTED},
    {6, 1, SIGNED_WRONG, ONBOARDING, ASK_A_TRUSTED UNUSABLE},
    {7, 1, SIGNED_ALONE, REDIRECT, ASK_A_TRUSTED},
    {7, 1, SIGNED_ALONE, ONBOARDING, ASK_A_TRUSTED UNUSABLE},
    {8, 1, UNSIGNED, GARBAGE, ASK_A_TRUSTED UNUSABLE},
    {9, 0, UNSIGNED, REDIRECT, ASK_A_PROVISIONAL B_PROVISIONAL},
    {10, 0, UNSIGNED, ONBOARDING, ASK_A_PROVISIONAL},
    {11, 0, SIGNED, REDIRECT, ASK_A_PROVISIONAL B_TRUSTED},
    {12, 0, SIGNED, ONBOARDING, ASK_A_PROVISIONAL STAGES},
    {13, 0, SIGNED_WRONG, REDIRECT, ASK_A_PROVISIONAL},
    {14, 0, SIGNED_WRONG, ONBOARDING, ASK_A_PROVISIONAL},
    {15, 0, SIGNED_ALONE, REDIRECT, ASK_A_PROVISIONAL},
    {15, 0, SIGNED_ALONE, ONBOARDING, ASK_A_PROVISIONAL},
    {16, 0, UNSIGNED, GARBAGE, ASK_A_PROVISIONAL},
};

static void give(mock_server_t *server, const struct row *row) {
  const char *document = row->content == REDIRECT     ? artifact_redirect("localhost", 4002, "server-root")
                         : row->content == ONBOARDING ? MOCK_ONBOARDING
                                                      : "{\"neither\":{}}";
  if (row->form == UNSIGNED) {
    mock_give_unsigned(server, document);
    return;
  }
  mock_give_signed(server, document);
  if (row->form == SIGNED_WRONG) server->ci = artifact_conveyed(document, "other");
  if (row->form == SIGNED_ALONE) server->ov.data = NULL;
}

static void run_row(const struct row *row, int runner) {
  mock_host_t *mock = mock_new(runner);
  give(mock_server(mock, "localhost", 4001, "server"), row);
  mock_give_signed(mock_server(mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
  mock->flag = "10"; /* the configuration turns SZTP off */
  if (row->server_trusted)
    mock_well_known(mock, "localhost", 4001);
  else
    mock->dhcp = "https://localhost:4001";
  uint32_t result = mock_run(mock);
  int works = strstr(row->trace, "post-script") != NULL;
  if (result != (works ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED))
    fail_msg("row %d, %s: result %u; trace:\n%s\nlog:\n%s", row->number, runner ? "runner" : "polled",
             (unsigned)result, mock->trace, mock->log);
  mock_expect(mock, row->trace);
  mock_free(mock);
}

static void test_trust_table(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(ROWS); i++)
    for (int runner = 0; runner < 2; runner++) run_row(&ROWS[i], runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_trust_table)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
