/* SPDX-License-Identifier: Apache-2.0 */
/* What a refusal tells a person (VERIFY-13, SEC-15): which certificate was expected and which was found, each
 * with its name and its whole fingerprint, so that the two can be compared with what other tools print. */
#define _POSIX_C_SOURCE 200809L /* popen */

#include "artifact_set.h"

#include "cryptography/cms.h"

/* The fingerprint of a file of the test PKI as openssl(1) gives it, in lower case without colons. */
static const char *fingerprint(const char *file) {
  static char texts[4][65];
  static unsigned next;
  char command[512];
  char line[256] = "";
  char *out = texts[next++ % 4];
  const char *pki = getenv("PKI");
  (void)snprintf(command, sizeof command, "openssl x509 -in '%s/%s' -noout -fingerprint -sha256", pki, file);
  FILE *f = popen(command, "r");
  assert_non_null(f);
  assert_non_null(fgets(line, sizeof line, f));
  assert_int_equal(pclose(f), 0);
  const char *hex = strchr(line, '=');
  assert_non_null(hex);
  size_t n = 0;
  for (hex++; *hex != '\0' && n < 64; hex++)
    if (*hex != ':') out[n++] = (char)(*hex >= 'A' && *hex <= 'F' ? *hex + ('a' - 'A') : *hex);
  out[n] = '\0';
  assert_int_equal(n, 64);
  return out;
}

static void expect_text(const sztp_verdict_t *v, uint32_t step, uint32_t which, const char *text) {
  const char *told = sztp_verdict_text(v, step, which);
  if (strcmp(told, text) != 0) fail_msg("\"%s\" instead of \"%s\"", told, text);
}

static void expect(const artifact_set_t *s, uint32_t step, const char *expected, const char *found,
                   const char *detail) {
  sztp_verdict_t *v = NULL;
  assert_int_not_equal(artifact_set_verify(s, &v), 0);
  assert_non_null(v);
  expect_text(v, step, SZTP_TEXT_EXPECTED, expected);
  expect_text(v, step, SZTP_TEXT_FOUND, found);
  assert_non_null(strstr(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), detail));
  sztp_verdict_free(v);
}

static const char *text(const char *format, const char *a) {
  static char texts[4][400];
  static unsigned next;
  char *out = texts[next++ % 4];
  (void)snprintf(out, sizeof texts[0], format, a);
  return out;
}

static void pin(artifact_set_t *s, const char *file) {
  char value[6000];
  (void)snprintf(value, sizeof value, "\"%s\"", pki_base64(file));
  artifact_replace(&s->ov, artifact_voucher_with("pinned-domain-cert", value));
}

static void pinned_certificates(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  pin(&s, "other-root.pem");
  expect(&s, SZTP_STEP_OWNER_CHAIN,
         text("O=Somebody Else, CN=Other Root (SHA-256 %s)", fingerprint("other-root.pem")),
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s), issued by O=Example Owner, CN=Owner Root",
              fingerprint("owner-int.pem")),
         "no certificate of the issuer was found for: \"O=Example Owner, CN=Owner Intermediate\"");
  /* the name is right, the key is not */
  pin(&s, "crls/namesake.pem");
  expect(&s, SZTP_STEP_OWNER_CHAIN,
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s)", fingerprint("crls/namesake.pem")),
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s), issued by O=Example Owner, CN=Owner Root",
              fingerprint("owner-int.pem")),
         "the signature of \"O=Example Owner, CN=Owner\" does not verify with the key of \"O=Example Owner, "
         "CN=Owner "
         "Intermediate\"");
  /* the owner's root came along: there is nothing above it */
  pin(&s, "other-root.pem");
  artifact_replace(&s.oc, artifact_owner_cert("owner-root.pem"));
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-root", NULL));
  expect(&s, SZTP_STEP_OWNER_CHAIN,
         text("O=Somebody Else, CN=Other Root (SHA-256 %s)", fingerprint("other-root.pem")),
         text("O=Example Owner, CN=Owner Root (SHA-256 %s)", fingerprint("owner-root.pem")), "");
  artifact_set_close(&s);
}

static void voucher_anchors(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t other = pki_file("other-root.pem");
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                        "owner", "owner-int.pem"));
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE,
         text("C=US, O=Example Manufacturer, CN=Voucher Root (SHA-256 %s)", fingerprint("mfr-root.pem")),
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s), issued by O=Example Owner, CN=Owner Root",
              fingerprint("owner-int.pem")),
         "");
  assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, other.data, other.len), 0);
  free(other.data);
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE,
         text("C=US, O=Example Manufacturer, CN=Voucher Root (SHA-256 %s) or one of 1 other anchors",
              fingerprint("mfr-root.pem")),
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s), issued by O=Example Owner, CN=Owner Root",
              fingerprint("owner-int.pem")),
         "");
  /* of several anchors the one that is meant */
  artifact_replace(
      &s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "other", NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE,
         text("O=Somebody Else, CN=Other Root (SHA-256 %s) or one of 1 other anchors",
              fingerprint("other-root.pem")),
         text("O=Somebody Else, CN=Other (SHA-256 %s), issued by O=Somebody Else, CN=Other Root",
              fingerprint("other.pem")),
         "");
  artifact_set_close(&s);
}

/* VERIFY-06: not which certificate, but what it is for */
static void key_usage(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-int", NULL));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "a certificate for digital signatures",
         text("O=Example Owner, CN=Owner Intermediate (SHA-256 %s)", fingerprint("owner-int.pem")),
         "the key usage does not allow what the key was used for");
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pinned_certificates), cmocka_unit_test(voucher_anchors),
                                     cmocka_unit_test(key_usage)};
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
