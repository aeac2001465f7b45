/* SPDX-License-Identifier: Apache-2.0 */
/* The state that survives a reboot (STATE-20, D-04, D-06): written, read, and refused when damaged. */
#include "common/testing.h"

#include "machine/saved.h"

#define FORM(literal)                                                                                        \
  { literal, sizeof(literal) - 1 }

static sztp__saved_t sample(void) {
  sztp__saved_t saved;
  memset(&saved, 0, sizeof saved);
  (void)snprintf(saved.os_name, sizeof saved.os_name, "ExampleOS");
  (void)snprintf(saved.os_version, sizeof saved.os_version, "4.3.0");
  saved.installs = 2;
  saved.undo = 0xe;
  saved.begun = 3;
  saved.has_key = 1;
  for (uint8_t i = 0; i < sizeof saved.key; i++) saved.key[i] = i;
  saved.has_owner = 1;
  for (uint8_t i = 0; i < sizeof saved.owner; i++) saved.owner[i] = (uint8_t)(0x80 + i);
  return saved;
}

static void test_round_trip(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__saved_t saved = sample();
  sztp__saved_t back;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 1024);
  assert_int_equal(sztp__saved_write(&saved, &out), 0);
  assert_int_equal(sztp__saved_read(ctx, sztp__buf_span(&out), &back), 0);
  assert_memory_equal(&saved, &back, sizeof saved);
  sztp__buf_clear(&out);
  /* nothing to keep is nothing, and nothing is read as such */
  memset(&saved, 0, sizeof saved);
  assert_int_equal(sztp__saved_write(&saved, &out), 0);
  assert_int_equal(out.len, 0);
  assert_int_equal(sztp__saved_read(ctx, sztp__span(NULL, 0), &back), 0);
  assert_memory_equal(&saved, &back, sizeof saved);
  test_ctx_free(&m, ctx);
}

/* A worn flash page: cut anywhere it is refused, changed anywhere it is refused or still makes sense. */
static void test_damage(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__saved_t saved = sample();
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 1024);
  assert_int_equal(sztp__saved_write(&saved, &out), 0);
  for (size_t n = 1; n < out.len; n++) {
    sztp__saved_t back = saved;
    assert_int_equal(sztp__saved_read(ctx, sztp__span(out.data, n), &back), SZTP_ERR_CBOR);
    assert_memory_equal(&saved, &back, sizeof saved); /* left alone */
  }
  for (size_t n = 0; n < out.len; n++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      sztp__saved_t back;
      out.data[n] ^= (uint8_t)(1U << bit);
      int32_t rc = sztp__saved_read(ctx, sztp__buf_span(&out), &back);
      assert_true(rc == 0 || rc == SZTP_ERR_CBOR || rc == SZTP_ERR_ABI);
      if (rc == 0) assert_true((back.undo & ~0xeU) == 0 && strlen(back.os_name) <= SZTP__SAVED_NAME_MAX);
      out.data[n] ^= (uint8_t)(1U << bit);
    }
  }
  assert_int_equal(out.data[2], 1); /* the version stands there */
  out.data[2] = 2;
  sztp__trail_clear(ctx);
  sztp__saved_t back;
  test_expect_fail(ctx, sztp__saved_read(ctx, sztp__buf_span(&out), &back), SZTP_ERR_ABI, "version 2");
  sztp__buf_clear(&out);
  test_ctx_free(&m, ctx);
}

/* The state is written with definite lengths; in no other form it is read, however well-formed. */
static void test_other_forms(void **state) {
  (void)state;
  static const struct {
    const char *octets;
    size_t len;
  } forms[] = {
      FORM("\xa5\x00\x01\x01\x5f\xff\x02\x40\x03\x01\x04\x00"),
      FORM("\xa5\x00\x01\x01\x40\x02\x5f\x41\x61\xff\x03\x01\x04\x00"),
      FORM("\xbf\x00\x01\x01\x40\x02\x40\x03\x01\x04\x00\xff"),
      FORM("\xa5\x00\x01\x01\x40\x02\x40\x03\xf9\x3c\x00\x04\x00"),
      FORM("\xa5\x00\x01\x01\x40\x02\x40\x03\xf7\x04\x00"),
      FORM("\x9f\xff"),
      FORM("\xff"),
  };
  static const char right[] = "\xa5\x00\x01\x01\x40\x02\x40\x03\x01\x04\x00";
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__saved_t back;
  assert_int_equal(sztp__saved_read(ctx, sztp__span(right, sizeof right - 1), &back), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++) {
    sztp__trail_clear(ctx);
    test_expect_fail(ctx, sztp__saved_read(ctx, sztp__span(forms[i].octets, forms[i].len), &back),
                     SZTP_ERR_CBOR, "the saved state is damaged");
  }
  test_ctx_free(&m, ctx);
}

/* STATE-20: what each version has written is read by this one and all later ones: a device's new image undoes
 * what its old one began. A sample is never changed; a version that writes something else adds its own. */
static void test_kept_samples(void **state) {
  (void)state;
  static const struct {
    struct {
      const char *octets;
      size_t len;
    } kept;
    sztp__saved_t is;
  } samples[] = {
      /* 1.0, the first form: an attempt was cut off; an image was installed; both */
      {FORM("\xa5\x00\x01\x01\x40\x02\x40\x03\x00\x04\x0e"), {"", "", 0, 0xe, 0, "", 0, "", 0}},
      {FORM("\xa5\x00\x01\x01\x49"
            "ExampleOS\x02\x45"
            "4.3.0\x03\x01\x04\x00"),
       {"ExampleOS", "4.3.0", 1, 0, 0, "", 0, "", 0}},
      {FORM("\xa5\x00\x01\x01\x49"
            "ExampleOS\x02\x45"
            "4.3.0\x03\x02\x04\x06"),
       {"ExampleOS", "4.3.0", 2, 6, 0, "", 0, "", 0}},
      /* 1.1, before any release: an install was begun; another one after one that was finished */
      {FORM("\xa7\x00\x01\x01\x49"
            "ExampleOS\x02\x45"
            "4.3.0\x03\x00\x04\x00\x05\x01\x06\x01"),
       {"ExampleOS", "4.3.0", 0, 0, 1, "", 0, "", 0}},
      {FORM("\xa7\x00\x01\x01\x40\x02\x45"
            "4.3.0\x03\x01\x04\x0e\x05\x01\x06\x18\x20"),
       {"", "4.3.0", 1, 0xe, 32, "", 0, "", 0}},
      /* 1.2: a key was made, or was to be; likewise while an install was begun */
      {FORM("\xa7\x00\x01\x01\x40\x02\x40\x03\x00\x04\x00\x05\x02\x07\x50"
            "0123456789abcdef"),
       {"", "", 0, 0, 0, "0123456789abcdef", 1, "", 0}},
      {FORM("\xa8\x00\x01\x01\x40\x02\x45"
            "4.3.0\x03\x01\x04\x0e\x05\x02\x06\x01\x07\x50"
            "0123456789abcdef"),
       {"", "4.3.0", 1, 0xe, 1, "0123456789abcdef", 1, "", 0}},
      /* 1.3: the owner has a key; likewise while another one is made and a stage was begun */
      {FORM("\xa7\x00\x01\x01\x40\x02\x40\x03\x00\x04\x00\x05\x03\x08\x50"
            "fedcba9876543210"),
       {"", "", 0, 0, 0, "", 0, "fedcba9876543210", 1}},
      {FORM("\xa8\x00\x01\x01\x40\x02\x40\x03\x00\x04\x02\x05\x03\x07\x50"
            "0123456789abcdef\x08\x50"
            "fedcba9876543210"),
       {"", "", 0, 2, 0, "0123456789abcdef", 1, "fedcba9876543210", 1}},
      {FORM(""), {"", "", 0, 0, 0, "", 0, "", 0}},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(samples); i++) {
    sztp__saved_t back;
    sztp__span_t kept = sztp__span(samples[i].kept.octets, samples[i].kept.len);
    assert_int_equal(sztp__saved_read(ctx, kept, &back), SZTP_OK);
    assert_memory_equal(&back, &samples[i].is, sizeof back);
  }
  test_ctx_free(&m, ctx);
}

/* STATE-20: a later version adds members and says so by its minor version; what it says of old members
 * counts. Only then may there be others, in the order of their keys, and of two types. */
static void test_later_versions(void **state) {
  (void)state;
  static const struct {
    struct {
      const char *octets;
      size_t len;
    } kept;
    const char *fault; /* NULL: read */
  } samples[] = {
#define OLD "\x00\x01\x01\x40\x02\x40\x03\x00\x04\x0e"
      {FORM("\xa6" OLD "\x05\x01"), NULL},
      {FORM("\xa7" OLD "\x05\x01\x06\x07"), NULL},
      {FORM("\xa8" OLD "\x05\x04\x06\x07\x09\x00"), NULL},
      {FORM("\xa8" OLD "\x05\x09\x09\x43new\x18\x63\x1b\x00\x00\x00\x01\x00\x00\x00\x00"), NULL},
      {FORM("\xa6" OLD "\x05\x00"), "its minor version"},
      {FORM("\xa6" OLD "\x06\x07"), "its keys"},
      {FORM("\xa7" OLD "\x05\x01\x05\x01"), "its keys"},
      {FORM("\xa8" OLD "\x05\x04\x09\x00\x06\x00"), "its keys"},
      {FORM("\xa8" OLD "\x05\x04\x09\x00\x09\x00"), "its keys"},
      {FORM("\xa7" OLD "\x05\x01\x41z\x00"), "its keys"},
      {FORM("\xa7" OLD "\x05\x01\x06\x80"), "a number"},
      {FORM("\xa7" OLD "\x05\x01\x06\x41z"), "a number"},
      {FORM("\xa7" OLD "\x05\x02\x07\x00"), "the name of a key"},
      {FORM("\xa7" OLD "\x05\x02\x07\x43new"), "the name of a key"},
      {FORM("\xa7" OLD "\x05\x03\x08\x00"), "the name of a key"},
      {FORM("\xa7" OLD "\x05\x03\x09\x00"), "an unknown key"},
      {FORM("\xa7" OLD "\x05\x04\x09\x80"), "a member"},
      {FORM("\xa7" OLD "\x05\x04\x09\xa0"), "a member"},
      {FORM("\xa7" OLD "\x05\x04\x09\x60"), "a member"},
      {FORM("\xa7" OLD "\x05\x41\x01\x06\x00"), "a number"},
      {FORM("\xa6" OLD "\x05\x01\x06\x00"), "octets after it"},
      {FORM("\xa4\x00\x01\x01\x40\x02\x40\x03\x00"), "not the map"},
      {FORM("\xb8\x41" OLD "\x05\x01"), "not the map"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(samples); i++) {
    sztp__saved_t back;
    memset(&back, 0, sizeof back);
    sztp__trail_clear(ctx);
    sztp__span_t kept = sztp__span(samples[i].kept.octets, samples[i].kept.len);
    int32_t rc = sztp__saved_read(ctx, kept, &back);
    if (samples[i].fault == NULL)
      assert_int_equal(rc, SZTP_OK);
    else
      test_expect_fail(ctx, rc, SZTP_ERR_CBOR, samples[i].fault);
    assert_int_equal(back.undo, samples[i].fault == NULL ? 0xe : 0);
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damage),
                                     cmocka_unit_test(test_other_forms), cmocka_unit_test(test_kept_samples),
                                     cmocka_unit_test(test_later_versions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
