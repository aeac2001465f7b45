/* SPDX-License-Identifier: Apache-2.0 */
/* Boot images of more octets than 31, 32 and 33 bits can say, up to the limit: counted, limited and told of
 * as they are, also where a size has 32 bits. What fills them is not hashed, which would take minutes: the
 * Makefile wraps the function that hashes. */
#include "mock_host.h"

#define GIB (UINT64_C(1) << 30)
/* Of the octets "image", which stand at the end of each. */
#define IMAGE_HASH                                                                                           \
  "61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d"
#define DOCUMENT                                                                                             \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-name\":\"ExampleOS\","          \
  "\"os-version\":\"4.3.0\",\"download-uri\":[\"https://a/1\"],\"image-verification\":[{\"hash-algorithm\":" \
  "\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"" IMAGE_HASH "\"}]}}}"

static uint64_t not_hashed;

int32_t __real_sztp__hash_update(sztp__hash_t *hash, const uint8_t *data, size_t len);
int32_t __wrap_sztp__hash_update(sztp__hash_t *hash, const uint8_t *data, size_t len);
int32_t __wrap_sztp__hash_update(sztp__hash_t *hash, const uint8_t *data, size_t len) {
  if (data != mock_bulk) return __real_sztp__hash_update(hash, data, len);
  not_hashed += len;
  return SZTP_OK;
}

static mock_host_t *with_image(uint64_t octets) {
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(DOCUMENT, 1, &server);
  mock->before_image = octets - strlen("image");
  not_hashed = 0;
  return mock;
}

/* ONB-11 */
static void test_large(void **state) {
  (void)state;
  static const struct {
    uint64_t octets;
    const char *told;
  } cases[] = {
      {2 * GIB - 1, "https://a/1: 2147483647 octets, verified"},
      {2 * GIB, "https://a/1: 2147483648 octets, verified"},
      {4 * GIB, "https://a/1: 4294967296 octets, verified"},
      {4 * GIB + 7, "https://a/1: 4294967303 octets, verified"},
      {16 * GIB, "https://a/1: 17179869184 octets, verified"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_host_t *mock = with_image(cases[i].octets);
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    assert_true(not_hashed == cases[i].octets - strlen("image"));
    assert_non_null(strstr(mock->log, cases[i].told));
    mock_free(mock);
  }
}

/* SEC-06: one octet more than is allowed, and more than 32 bits beyond it */
static void test_too_large(void **state) {
  (void)state;
  static const struct {
    uint64_t octets;
    int64_t limit; /* 0: the default, 16 GiB */
    const char *told;
  } cases[] = {
      {16 * GIB + 1, 0, "more than 17179869184 octets"},
      {5 * GIB, 5 * GIB - 1, "more than 5368709119 octets"},
      {4 * GIB + 7, 7, "more than 7 octets"}, /* as many in 32 bits */
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_host_t *mock = with_image(cases[i].octets);
    if (cases[i].limit != 0)
      assert_int_equal(sztp_ctx_set_i64(mock->ctx, SZTP_LIMIT_IMAGE, cases[i].limit), SZTP_OK);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock->reason, SZTP_ERR_IMAGE);
    if (strstr(mock->log, cases[i].told) == NULL) fail_msg("no '%s' in %s", cases[i].told, mock->log);
    mock_free(mock);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_large), cmocka_unit_test(test_too_large)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
