/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside that the agent shows and writes into its status files (SEC-11). */
#define _POSIX_C_SOURCE 200809L
#include "common/testing.h"

#include "common/utf8.c"
#include "sztp-agent/plain.c"

static void test_texts(void **state) {
  static const struct {
    const char *text, *plain;
  } cases[] = {
      {"", ""},
      {"boot.example.com port 443", "boot.example.com port 443"},
      {"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\x1b]0;x\x07\x1b[2J\r\n\t\x7f", "?]0;x??[2J????"},
      {"a\xc2\x9b\x32Jb", "a??2Jb"},                             /* CSI as one character */
      {"a\xe2\x80\xae\x62", "a???b"},                            /* right to left */
      {"a\x9b\xff\xc3", "a???"},                                 /* octets alone; cut at the end */
      {"\xc3\x28 \xe2\x82", "?( ??"},                            /* cut in the middle */
      {"\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf", "?? ??? ????"}, /* longer than need be */
      {"\xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", "??? ???? ?????"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    /* exactly so much memory, so that one octet further is seen */
    char *copy = strdup(cases[i].text);
    assert_non_null(copy);
    plain_text(copy);
    assert_string_equal(copy, cases[i].plain);
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
