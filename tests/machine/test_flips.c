/* SPDX-License-Identifier: Apache-2.0 */
/* Single bits flipped in every artifact of whole sets (SEC-01, VERIFY-02): such a set is refused with a
 * reason, or it means exactly what it meant before and is trusted as it was. A sample of the bits; with
 * FLIPS=all every one. */
#include "artifact_set.h"

#include <sztp/software_key.h>

#include "cryptography/cms.h"

/* Verifications per set and build; each costs a few public-key operations. */
#define SAMPLE (105 / TEST_SAMPLE)

/* Makes a good set out of the usual one: a new kind of artifacts gets a function and a line. */
typedef struct flip_set {
  const char *name;
  void (*make)(artifact_set_t *s);
  int is_unsigned; /* what nobody signed may mean something else afterwards, but is worth as much as before */
} flip_set_t;

#define JSON(kind, members) "{\"ietf-sztp-conveyed-info:" kind "\":{" members "}}"
#define XML(kind, nodes)                                                                                     \
  "<" kind " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info\">" nodes "</" kind ">"

/* A slot's data come from artifact_maker; what the mock keeps does not. */
static void take(sztp__blob_t *slot, sztp__blob_t kept) {
  sztp__blob_t copy = {NULL, 0};
  sztp__buf_t b;
  sztp__buf_init(&b, artifact_maker, 1 << 20);
  assert_int_equal(sztp__buf_add(&b, kept.data, kept.len), SZTP_OK);
  assert_int_equal(sztp__buf_take(&b, &copy.data, &copy.len), SZTP_OK);
  artifact_replace(slot, copy);
}

static void take_file(sztp__blob_t *slot, const char *name) {
  sztp__blob_t file = pki_file(name);
  take(slot, file);
  free(file.data);
}

static void json(artifact_set_t *s) {
  take(&s->ci,
       artifact_conveyed(
           JSON("onboarding-information",
                "\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"5\",\"download-uri\":[\"https://"
                "images.example.net/5\"]},\"configuration-handling\":\"merge\",\"pre-configuration-script\":"
                "\"cHJl\",\"configuration\":\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\""),
           "owner"));
}

static void xml(artifact_set_t *s) {
  take(&s->ci, artifact_conveyed(XML("onboarding-information",
                                     "<configuration-handling>replace</configuration-handling>"
                                     "<configuration>Y29uZmln</configuration>"),
                                 "owner-rsa"));
  artifact_replace(&s->oc, artifact_owner_cert("owner-rsa-chain.pem"));
}

static void redirect_in_ber(artifact_set_t *s) {
  take(&s->ci,
       artifact_conveyed(JSON("redirect-information",
                              "\"bootstrap-server\":[{\"address\":\"boot.example.net\",\"port\":8443},"
                              "{\"address\":\"192.0.2.1\"}]"),
                         "owner"));
  sztp__blob_t *slots[3] = {&s->ci, &s->oc, &s->ov};
  for (size_t i = 0; i < 3; i++) take(slots[i], artifact_in_ber(*slots[i]));
}

static void openssl_streamed(artifact_set_t *s) { take_file(&s->ci, "cms/stream.cms"); }
static void openssl_no_attributes(artifact_set_t *s) { take_file(&s->ci, "cms/ec-noattr.cms"); }
static void openssl_key_id(artifact_set_t *s) { take_file(&s->ci, "cms/ec-keyid.cms"); }
static void openssl_two_signers(artifact_set_t *s) { take_file(&s->ci, "cms/two-signers.cms"); }
static void openssl_pss(artifact_set_t *s) {
  take_file(&s->ci, "cms/pss-digest.cms");
  artifact_replace(&s->oc, artifact_owner_cert("owner-rsa-chain.pem"));
}

static void revocation(artifact_set_t *s) {
  artifact_replace(&s->oc, artifact_owner_cert_with("owner-chain.pem", "owner-root owner-int"));
  assert_int_equal(sztp_device_set_i64(s->mock->dev, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_REQUIRED), 0);
}

static void cose(artifact_set_t *s) {
  take_file(&s->ov, "cose/voucher-named.cose");
  assert_int_equal(sztp_device_set_i64(s->mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
}

static void encrypted(artifact_set_t *s) {
  sztp__blob_t *slots[3] = {&s->ci, &s->oc, &s->ov};
  mock_key(s->mock, "idevid");
  assert_int_equal(sztp_device_set_key(s->mock->dev, sztp_software_key, s->mock->keys), SZTP_OK);
  for (size_t i = 0; i < 3; i++) take(slots[i], artifact_encrypt(*slots[i], "idevid"));
}

static void without_companions(artifact_set_t *s, const char *document, uint32_t channel) {
  take(&s->ci, artifact_conveyed(document, NULL));
  artifact_replace(&s->oc, (sztp__blob_t){NULL, 0});
  artifact_replace(&s->ov, (sztp__blob_t){NULL, 0});
  s->channel = channel;
}

static void unsigned_json(artifact_set_t *s) {
  without_companions(
      s, JSON("onboarding-information", "\"configuration-handling\":\"merge\",\"configuration\":\"Yw==\""),
      SZTP_CHANNEL_TRUSTED);
}

static void unsigned_xml(artifact_set_t *s) {
  without_companions(
      s, XML("redirect-information", "<bootstrap-server><address>192.0.2.1</address></bootstrap-server>"),
      SZTP_CHANNEL_UNTRUSTED);
}

static const flip_set_t SETS[] = {
    {"JSON, ECDSA", json, 0},
    {"XML, RSA", xml, 0},
    {"redirect, in BER", redirect_in_ber, 0},
    {"OpenSSL, streamed", openssl_streamed, 0},
    {"OpenSSL, PSS", openssl_pss, 0},
    {"OpenSSL, no attributes", openssl_no_attributes, 0},
    {"OpenSSL, key identifier", openssl_key_id, 0},
    {"OpenSSL, two signers", openssl_two_signers, 0},
    {"revocation", revocation, 0},
    {"voucher in COSE", cose, 0},
    {"encrypted", encrypted, 0},
    {"unsigned JSON", unsigned_json, 1},
    {"unsigned XML", unsigned_xml, 1},
};

/* ---- what a set means ---------------------------------------------------------------------------- */

typedef struct meaning {
  uint8_t octets[4096];
  size_t len;
} meaning_t;

static void put(meaning_t *m, const void *data, size_t len) {
  assert_true(m->len + len <= sizeof m->octets);
  if (len > 0) memcpy(m->octets + m->len, data, len);
  m->len += len;
}

static void read_meaning(meaning_t *m, const sztp_verdict_t *v) {
  const sztp_info_t *info = sztp_verdict_info(v);
  uint32_t kind = sztp_info_kind(info);
  int32_t trusted = sztp_verdict_trusted(v);
  assert_non_null(info);
  m->len = 0;
  put(m, &trusted, sizeof trusted);
  put(m, &kind, sizeof kind);
  for (uint32_t field = SZTP_INFO_SERVER_ADDRESS; field <= SZTP_INFO_POST_SCRIPT; field++) {
    for (size_t i = 0; i < sztp_info_count(info, field); i++) {
      const uint8_t *data = NULL;
      size_t len = 0;
      int64_t number = 0;
      put(m, &field, sizeof field);
      if (sztp_info_bytes(info, field, i, &data, &len) == SZTP_OK) {
        put(m, &len, sizeof len);
        put(m, data, len);
      } else if (sztp_info_i64(info, field, i, &number) == SZTP_OK) {
        put(m, &number, sizeof number);
      }
    }
  }
}

/* ---- one set ------------------------------------------------------------------------------------- */

static void expect_reason(const sztp_verdict_t *v) {
  uint32_t failed = 0;
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++) {
    uint32_t state = 0;
    assert_int_equal(sztp_verdict_step(v, step, &state, NULL), SZTP_OK);
    if (state == SZTP_STEP_FAILED) failed = step;
  }
  assert_int_not_equal(failed, 0);
  assert_string_not_equal(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), "");
  assert_string_not_equal(sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL), "");
  assert_null(sztp_verdict_info(v));
  assert_int_equal(sztp_verdict_trusted(v), 0);
}

/* Flips one bit and judges. Returns 1 if the set was accepted all the same. */
static int flip(const artifact_set_t *s, const flip_set_t *set, const sztp__blob_t *artifact, size_t bit,
                const meaning_t *was) {
  static meaning_t is;
  sztp_verdict_t *v = NULL;
  artifact->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
  int32_t rc = artifact_set_verify(s, &v);
  assert_non_null(v);
  if (rc < 0) {
    expect_reason(v);
  } else {
    read_meaning(&is, v);
    size_t same = set->is_unsigned ? sizeof(int32_t) : was->len; /* whether it is trusted comes first */
    if ((!set->is_unsigned && is.len != was->len) || memcmp(is.octets, was->octets, same) != 0)
      fail_msg("%s, bit %zu of %zu octets: accepted, and means something else", set->name, bit,
               artifact->len);
  }
  sztp_verdict_free(v);
  artifact->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
  return rc == SZTP_OK;
}

static void run_set(const flip_set_t *set) {
  static meaning_t was;
  artifact_set_t s = artifact_set_open();
  const sztp__blob_t *slots[] = {&s.ci, &s.oc, &s.ov, &s.crl};
  sztp_verdict_t *v = NULL;
  const char *mode = getenv("FLIPS");
  size_t bits = 0;
  size_t tried = 0;
  size_t accepted = 0;
  set->make(&s);
  for (size_t i = 0; i < TEST_COUNT_OF(slots); i++) bits += 8 * slots[i]->len;
  if (artifact_set_verify(&s, &v) != SZTP_OK)
    fail_msg("%s: refused: %s", set->name, test_detail(s.mock->ctx));
  read_meaning(&was, v);
  sztp_verdict_free(v);
  /* odd, so that it meets every bit of an octet */
  size_t stride = mode != NULL && strcmp(mode, "all") == 0 ? 1 : bits / SAMPLE | 1;
  size_t bit = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(slots); i++) {
    for (; bit < 8 * slots[i]->len; bit += stride, tried++)
      accepted += (size_t)flip(&s, set, slots[i], bit, &was);
    bit -= 8 * slots[i]->len;
  }
  print_message("%s: %zu of %zu bits flipped, %zu accepted with the same meaning\n", set->name, tried, bits,
                accepted);
  assert_true(tried >= SAMPLE / 2 && accepted < tried);
  artifact_set_close(&s);
}

static void test_flips(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(SETS); i++) run_set(&SETS[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_flips)};
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
