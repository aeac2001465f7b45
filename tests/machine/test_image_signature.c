/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of boot images in a session (FW group): when they are wanted, which image is installed, and what
 * is said of one that is not. */
#include <sztp/image.h>

#include "mock_host.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n" R "bootstrap-initiated\n"
#define BAD_IMAGE R "boot-image-error\n"
#define INSTALLED "install\n" R "boot-image-installed-rebooting\nreboot\n"
#define FIRST     "download https://a/1\n"
#define SECOND    "download https://a/2\n"

#define OPEN      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"4.3.0\","
#define URIS      "\"download-uri\":[\"https://a/1\",\"https://a/2\"]"
#define HASH                                                                                                 \
  ",\"image-verification\":[{\"hash-algorithm\":\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":"         \
  "\"61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d\"}]"
#define WITH_HASH    OPEN URIS HASH "}}}"
#define WITHOUT_HASH OPEN URIS "}}}"

/* The signature over @p image by a signer of the test PKI. */
static sztp__blob_t signature_of(const char *image, const char *name, int64_t hash) {
  sztp__blob_t out = {NULL, 0};
  sztp_image_signature_t *s = NULL;
  sztp_signer_t *signer = pki_signer(artifact_ctx(), name, "mfr-int.pem");
  assert_int_equal(sztp_signer_set_i64(signer, SZTP_SIGNER_HASH, hash), SZTP_OK);
  assert_int_equal(sztp_image_signature_new(signer, &s), SZTP_OK);
  assert_int_equal(sztp_image_signature_write(s, (const uint8_t *)image, strlen(image)), SZTP_OK);
  assert_int_equal(sztp_image_signature_make(s, &out.data, &out.len), SZTP_OK);
  sztp_image_signature_free(s);
  sztp_signer_free(signer);
  return out;
}

static sztp__blob_t good, good_384, of_another, by_another;
static sztp__blob_t page = {(uint8_t *)(uintptr_t) "<!DOCTYPE html><html>none</html>", 32};

static int make_signatures(void **state) {
  (void)state;
  good = signature_of("image", "voucher-signer", 256);
  good_384 = signature_of("image", "voucher-signer", 384);
  of_another = signature_of("another image", "voucher-signer", 256);
  by_another = signature_of("image", "other", 256);
  return 0;
}

static int free_signatures(void **state) {
  (void)state;
  sztp__blob_t *all[] = {&good, &good_384, &of_another, &by_another};
  for (size_t i = 0; i < TEST_COUNT_OF(all); i++) sztp_artifacts_free(artifact_ctx(), all[i]->data);
  return 0;
}

static void believe(mock_host_t *mock) {
  sztp__blob_t anchor = pki_file("mfr-root.pem");
  assert_int_equal(sztp_device_add_firmware_anchors(mock->dev, anchor.data, anchor.len), SZTP_OK);
  free(anchor.data);
}

static void want_both(mock_host_t *mock) {
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_BOTH, 1), SZTP_OK);
}

static void expect_refused(mock_host_t *mock, const char *trace, const char *words) {
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, trace);
  assert_int_equal(mock->reason, SZTP_ERR_IMAGE_SIGNATURE);
  if (strstr(mock->bodies, words) == NULL)
    fail_msg("\"%s\" is not reported; log:\n%s\nbodies:\n%s", words, mock->log, mock->bodies);
  mock_free(mock);
}

/* FW-02, FW-10: the right fingerprint alone does not do, nor does one with a wrong signature */
static void wants_both(void **state) {
  static const struct {
    sztp__blob_t *signature;
    const char *trace;
    const char *words;
  } rows[] = {
      {NULL, ASK FIRST SECOND BAD_IMAGE, "https://a/2: image-signature, no signature of it was found"},
      {&of_another, ASK FIRST SECOND BAD_IMAGE, "image-signature, cms-digest-mismatch: "},
      {&by_another, ASK FIRST "signature refused\n" SECOND "signature refused\n" BAD_IMAGE,
       "image-signature, pkix-no-path: "},
      {&page, ASK FIRST "signature refused\n" SECOND "signature refused\n" BAD_IMAGE,
       "image-signature, cms-malformed: it is an HTML page"}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++)
    for (int runner = 0; runner < 2; runner++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(WITH_HASH, runner, &server);
      believe(mock);
      want_both(mock);
      if (rows[i].signature != NULL) mock->signature = *rows[i].signature;
      expect_refused(mock, rows[i].trace, rows[i].words);
    }
  const sztp__blob_t *right[] = {&good, &good_384};
  for (size_t i = 0; i < 4; i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(WITH_HASH, (int)(i & 1), &server);
    believe(mock);
    want_both(mock);
    mock->signature = *right[i / 2];
    mock->restarts = (int)(i & 1);
    assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
    mock_expect(mock, ASK FIRST INSTALLED);
    assert_non_null(strstr(mock->log, "the image is signed by"));
    mock_free(mock);
  }
}

/* FW-02: a good signature does not make up for a wrong fingerprint, or for none */
static void wants_the_owners_word_too(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
  believe(mock);
  want_both(mock);
  mock->signature = of_another;
  mock->image = "another image";
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK FIRST SECOND BAD_IMAGE);
  assert_int_equal(mock->reason, SZTP_ERR_IMAGE_MISMATCH);
  mock_free(mock);
  mock = mock_with_server(WITHOUT_HASH, 0, &server);
  believe(mock);
  want_both(mock);
  mock->signature = good;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK BAD_IMAGE);
  mock_free(mock);
}

/* FW-01, FW-04: without the policy a signature takes the place of a fingerprint, if somebody is believed; and
 * with a fingerprint none is wanted */
static void stands_in_for_a_fingerprint(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITHOUT_HASH, 0, &server);
  believe(mock);
  mock->signature = good_384;
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK FIRST INSTALLED);
  mock_free(mock);

  mock = mock_with_server(WITHOUT_HASH, 0, &server);
  believe(mock);
  expect_refused(mock, ASK FIRST SECOND BAD_IMAGE, "no signature of it was found");

  mock = mock_with_server(WITH_HASH, 1, &server);
  believe(mock);
  mock->signature = by_another;
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK FIRST "signature not wanted\n" INSTALLED);
  mock_free(mock);

  mock = mock_with_server(WITHOUT_HASH, 1, &server); /* nobody is believed */
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  mock->signature = good;
  mock->signature_good = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK FIRST "signature not wanted\n" INSTALLED);
  mock_free(mock);
}

/* FW-07: what is embedded the host checks, beside the fingerprint if both are wanted; but a wrong signature
 * stays wrong */
static void leaves_embedded_ones_to_the_host(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
  want_both(mock);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  mock->signature_good = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK FIRST INSTALLED);
  mock_free(mock);

  mock = mock_with_server(WITH_HASH, 0, &server);
  want_both(mock);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK FIRST SECOND BAD_IMAGE);
  mock_free(mock);

  mock = mock_with_server(WITH_HASH, 0, &server);
  want_both(mock);
  believe(mock);
  mock->signature_good = 1; /* the host was not asked to judge */
  expect_refused(mock, ASK FIRST SECOND BAD_IMAGE, "no signature of it was found");

  mock = mock_with_server(WITH_HASH, 0, &server);
  want_both(mock);
  believe(mock);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  mock->signature = of_another;
  mock->signature_good = 1;
  expect_refused(mock, ASK FIRST SECOND BAD_IMAGE, "cms-digest-mismatch");
}

/* FW-02: who wants signatures and can't judge any does not start */
static void wants_somebody_to_believe(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
  want_both(mock);
  assert_int_equal(mock_run(mock), 0);
  assert_int_equal(mock->reason, SZTP_ERR_CONFIG);
  assert_non_null(strstr(test_detail(mock->ctx), "neither firmware anchors nor a host that checks"));
  assert_string_equal(mock->trace, "");
  mock_free(mock);
}

/* FW-06: the signature comes before the first octet */
static void comes_first(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
  believe(mock);
  want_both(mock);
  mock->signature = good;
  mock->signature_late = 1;
  expect_refused(mock, ASK FIRST SECOND BAD_IMAGE, "no signature of it was found");
}

/* Want of memory loses nothing, or the place that takes too much of it. */
static void survives_want_of_memory(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  size_t n = 1;
  for (int met = 1; met; n += TEST_SAMPLE) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
    believe(mock);
    want_both(mock);
    mock->signature = good_384;
    mock->memory.fail_at = mock->memory.calls + n;
    uint32_t result = mock_run(mock);
    met = mock->memory.calls >= mock->memory.fail_at;
    for (unsigned again = 0; result == 0 && again < 3; again++) {
      assert_int_equal(mock->reason, SZTP_ERR_MEMORY);
      result = mock_resume(mock);
    }
    if (result != SZTP_RESULT_REBOOT_PENDING)
      fail_msg("allocation %zu: result %u; trace:\n%s\nlog:\n%s", n, (unsigned)result, mock->trace,
               mock->log);
    mock_free(mock);
  }
  assert_true(n > 50);
}

/* A place whose image can't be judged for want of memory is passed over, so that nobody holds a device up. */
static void passes_over_what_takes_too_much(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(WITH_HASH, 0, &server);
  believe(mock);
  want_both(mock);
  mock->signature = good;
  mock->starved_by = "https://a/1";
  uint32_t result = mock_run(mock);
  for (unsigned again = 0; result == 0 && again < 2; again++) {
    assert_int_equal(mock->reason, SZTP_ERR_MEMORY);
    result = mock_resume(mock);
  }
  assert_int_equal(result, 0);
  mock->memory.fail_at = 0;
  assert_int_equal(mock_resume(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect(mock, ASK FIRST SECOND INSTALLED);
  assert_non_null(strstr(mock->log, "given up for want of memory"));
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wants_both),
      cmocka_unit_test(wants_the_owners_word_too),
      cmocka_unit_test(stands_in_for_a_fingerprint),
      cmocka_unit_test(leaves_embedded_ones_to_the_host),
      cmocka_unit_test(wants_somebody_to_believe),
      cmocka_unit_test(comes_first),
      cmocka_unit_test(survives_want_of_memory),
      cmocka_unit_test(passes_over_what_takes_too_much),
  };
  return cmocka_run_group_tests(tests, make_signatures, free_signatures);
}
