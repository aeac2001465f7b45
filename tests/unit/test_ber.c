/* SPDX-License-Identifier: Apache-2.0 */
/* BER made DER: each form that D-77 accepts, and what is refused. */
#include "common/testing.h"

#include "formats/ber.h"
#include "ground/text.h"

static size_t from_hex(sztp_ctx_t *ctx, const char *hex, uint8_t *out, size_t cap) {
  size_t len = 0;
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(hex), out, cap, &len), 0);
  return len;
}

/* CMS-02, CMS-06, D-77 */
static void test_forms(void **state) {
  (void)state;
  static const struct {
    const char *name, *ber, *der;
    int keep_level;
  } cases[] = {
      {"DER stays", "3006020101040161", "3006020101040161", -1},
      {"an empty one", "3000", "3000", -1},
      {"indefinite length", "30800201010000", "3003020101", -1},
      {"indefinite inside indefinite", "3080a08004016100000000", "3005a003040161", -1},
      {"indefinite inside definite", "3007a0800401610000", "3005a003040161", -1},
      {"a length of two octets", "30820003020101", "3003020101", -1},
      {"lengths with leading zeros", "308200050282000101", "3003020101", -1},
      {"a length of eight octets", "30880000000000000003020101", "3003020101", -1},
      {"a string in pieces", "2406040161040162", "04026162", -1},
      {"a string in pieces of indefinite length", "2480040161040262630000", "0403616263", -1},
      {"a string in no pieces", "24800000", "0400", -1},
      {"pieces inside pieces", "248024060401610401620401630000", "0403616263", -1},
      {"a tagged string keeps its pieces", "a0800401610000", "a003040161", -1},
      {"a certificate as it is", "3080a0803005028200010100000000", "3009a00730050282000101", 1},
      {"the same where none are kept", "3080a0803005028200010100000000", "3007a0053003020101", -1},
      {"a certificate of indefinite length is left out", "3080a0803080020101000002010500000000",
       "3005a003020105", 1},
      {"and one whose length is not minimal", "3006a00430810102", "3002a000", 1},
      {"other tags hold none", "3080a2803005028200010100000000", "3007a2053003020101", 1},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t ber[64];
    uint8_t der[64];
    int changed = -1;
    int looked = -1;
    sztp__buf_t out;
    size_t len = from_hex(ctx, cases[i].ber, ber, sizeof ber);
    sztp__span_t input = sztp__span(ber, len);
    sztp__buf_init(&out, ctx, 128);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__ber_to_der(ctx, input, cases[i].keep_level, sztp__span(NULL, 0), &out, &changed);
    assert_int_equal(sztp__ber_to_der(ctx, input, cases[i].keep_level, sztp__span(NULL, 0), NULL, &looked),
                     rc);
    if (rc != 0) fail_msg("%s: %s", cases[i].name, test_detail(ctx));
    len = from_hex(ctx, cases[i].der, der, sizeof der);
    if (!sztp__span_equal(sztp__buf_span(&out), sztp__span(der, len)))
      fail_msg("%s: other octets", cases[i].name);
    assert_int_equal(changed, !sztp__span_equal(input, sztp__span(der, len)));
    assert_int_equal(looked, changed);
    sztp__buf_clear(&out);
  }
  test_ctx_free(&m, ctx);
}

/* CMS-02: lengths past the end, missing ends, 17 levels, and what no producer writes */
static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *hex, *detail;
  } cases[] = {
      {"", "the end of data where an element should be at offset 0"},
      {"30", "the end of data where a length should be at offset 1"},
      {"3080", "the end of data where an element should be at offset 2"},
      {"308002010100", "the end of data where a length should be at offset 6"},
      {"30050201010000", "end-of-contents octets out of place at offset 5"},
      {"3080020102", NULL},
      {"0480616200"
       "00",
       "an indefinite length of a primitive element at offset 0"},
      {"3003020201", "a length beyond the enclosing element at offset 2"},
      {"30820004020101", "it is cut off: 8 octets are announced, 7 are there"},
      {"3084ffffffff00", "a length beyond the enclosing element at offset 0"},
      {"3088ffffffffffffffff00", "a length beyond the enclosing element at offset 0"},
      {"3089000000000000000000", "a length of more than 8 octets at offset 0"},
      {"308200", "the end of data inside a length at offset 0"},
      {"300000", "octets behind the end at offset 2"},
      {"308002010100"
       "0005",
       "octets behind the end at offset 7"},
      {"2403020101", "a part of an OCTET STRING that is none at offset 2"},
      {"24050401610000", NULL},
      {"3f0100", "a high tag number at offset 0"},
      {"a080a080a080a080a080a080a080a080a080a080a080a080a080a080a080a080a080",
       "elements nested more than 16 deep at offset 32"},
      {"30803080", "the end of data where an element should be at offset 4"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t ber[64];
    int changed = 0;
    sztp__buf_t out;
    size_t len = from_hex(ctx, cases[i].hex, ber, sizeof ber);
    sztp__buf_init(&out, ctx, 128);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__ber_to_der(ctx, sztp__span(ber, len), -1, sztp__span(NULL, 0), &out, &changed);
    test_expect_fail(ctx, rc, SZTP_ERR_DER, cases[i].detail != NULL ? cases[i].detail : "at offset");
    sztp__buf_clear(&out);
  }
  test_ctx_free(&m, ctx);
}

static int32_t convert(sztp_ctx_t *ctx, void *user) {
  const sztp__span_t *input = (const sztp__span_t *)user;
  int changed = 0;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 128);
  int32_t rc = sztp__ber_to_der(ctx, *input, -1, sztp__span(NULL, 0), &out, &changed);
  sztp__buf_clear(&out);
  return rc;
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  static const uint8_t ber[] = {0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0x61, 0x04, 0x01, 0x62, 0, 0, 0, 0};
  sztp__span_t input = sztp__span(ber, sizeof ber);
  assert_true(test_every_allocation(convert, &input) >= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forms),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
