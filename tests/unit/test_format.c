/* SPDX-License-Identifier: Apache-2.0 */
/* Text made by a format: format.c. */
#include "common/testing.h"

#include <limits.h>

#include "ground/format.h"

/* The C library that the tests run on knows all of it, and says what is right. */
#define AGREE(...)                                                                                           \
  do {                                                                                                       \
    char ours[300], theirs[300];                                                                             \
    size_t len = sztp__format(ours, sizeof ours, __VA_ARGS__);                                               \
    assert_int_equal(len, snprintf(theirs, sizeof theirs, __VA_ARGS__));                                     \
    assert_string_equal(ours, theirs);                                                                       \
    assert_int_equal(sztp__format(NULL, 0, __VA_ARGS__), len);                                               \
  } while (0)

static void test_numbers(void **state) {
  (void)state;
  static const unsigned long long values[] = {0,
                                              1,
                                              9,
                                              10,
                                              99,
                                              100,
                                              255,
                                              256,
                                              32767,
                                              65535,
                                              INT_MAX,
                                              UINT_MAX,
                                              LONG_MAX,
                                              ULONG_MAX,
                                              LLONG_MAX,
                                              ULLONG_MAX,
                                              1234567890123456789};
  for (size_t i = 0; i < TEST_COUNT_OF(values); i++) {
    unsigned long long v = values[i];
    AGREE("%u|%5u|%03u|%x|%02x|%04x", (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v,
          (unsigned)v);
    AGREE("%lu %lx %llu %llx %zu %012zx", (unsigned long)v, (unsigned long)v, v, v, (size_t)v, (size_t)v);
    AGREE("%d %ld %lld", (int)(unsigned)v, (long)(unsigned long)v, (long long)v);
    AGREE("%d %ld %lld", (int)-(int64_t)(v & INT_MAX), (long)-(int64_t)(v & INT_MAX),
          -(long long)(v & LLONG_MAX));
    AGREE("%06d|%6d|%1d", (int)-(int64_t)(v & INT_MAX), (int)-(int64_t)(v & INT_MAX), (int)(v & INT_MAX));
  }
  AGREE("%d %ld %lld", INT_MIN, LONG_MIN, LLONG_MIN);
}

/* A long argument leaves the next one where it is: a length never becomes an address. */
static void test_arguments_stay_in_step(void **state) {
  (void)state;
  AGREE("%zu %s %llu %s %c%% %u %lld %s", (size_t)7, "octets", 1ULL << 40, "of", 'x', 9U, -1LL, "all");
}

static void test_strings(void **state) {
  (void)state;
  AGREE("%s", "");
  AGREE("plain");
  AGREE("100 %% of %s", "it");
  AGREE("%.2s|%.0s|%.9s", "abcdef", "abc", "abc");
  AGREE("%.*s|%.*s", 3, "abcdef", 0, "abc");
  static const char unterminated[] = {'a', 'b', 'c'};
  AGREE("%.*s", 3, unterminated);
}

static void test_text_is_cut(void **state) {
  (void)state;
  char out[8];
  for (size_t cap = 1; cap <= sizeof out; cap++) {
    memset(out, 'z', sizeof out);
    assert_int_equal(sztp__format(out, cap, "%s%u%s", "ab", 123456U, "cd"), 10);
    assert_memory_equal(out, "ab123456cd", cap - 1);
    assert_int_equal(out[cap - 1], '\0');
    for (size_t i = cap; i < sizeof out; i++) assert_int_equal(out[i], 'z');
  }
}

/* What does not exist ends the text, before an argument is taken for what it is not. */
static void test_unknown_conversions(void **state) {
  (void)state;
  static const char *const formats[] = {"a%", "a%q%s", "a%n", "a%5.3f", "a%-5d", "a%p"};
  for (size_t i = 0; i < TEST_COUNT_OF(formats); i++) {
    char out[20];
    const char *volatile fmt = formats[i]; /* no compiler would have it */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#endif
    assert_int_equal(sztp__format(out, sizeof out, fmt), 1);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
    assert_string_equal(out, "a");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_arguments_stay_in_step),
      cmocka_unit_test(test_strings),
      cmocka_unit_test(test_text_is_cut),
      cmocka_unit_test(test_unknown_conversions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
