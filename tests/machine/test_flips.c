/* SPDX-License-Identifier: Apache-2.0 */
/* Single bits flipped in every artifact of whole sets (SEC-01, VERIFY-02): such a set is refused with a
 * reason, or it means exactly what it meant before and is trusted as it was. A sample of the bits; with
 * FLIPS=all every one. */
#include "lab.h"

/* Verifications per set and build; each costs a few public-key operations. */
#define SAMPLE (150 / LAB_SAMPLE)
#define PARTS  3

typedef struct flip_set {
  const char *name;
  const char *document; /* signed by @p signer, or unsigned without one */
  const char *signer;
  const char *conveyed_file; /* of the test PKI, in place of a document */
  const char *bag;           /* file of certificates; NULL for no owner certificate and no voucher */
  int in_ber;                /* all three */
  uint32_t channel;
  /* What else the set needs: artifacts, settings of the device. NULL: nothing. */
  void (*prepare)(lab_t *lab, lab_blob_t parts[PARTS]);
} flip_set_t;

#define JSON(kind, members) "{\"ietf-sztp-conveyed-info:" kind "\":{" members "}}"
#define XML(kind, nodes)                                                                                     \
  "<" kind " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info\">" nodes "</" kind ">"

static const flip_set_t SETS[] = {
    {"JSON, ECDSA",
     JSON("onboarding-information",
          "\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"5\",\"download-uri\":[\"https://"
          "images.example.net/"
          "5\"]},\"configuration-handling\":\"merge\",\"pre-configuration-script\":\"cHJl\","
          "\"configuration\":\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\""),
     "owner", NULL, "owner-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED, NULL},
    {"XML, RSA",
     XML("onboarding-information",
         "<configuration-handling>replace</configuration-handling><configuration>Y29uZmln</configuration>"),
     "owner-rsa", NULL, "owner-rsa-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED, NULL},
    {"redirect, in BER",
     JSON("redirect-information", "\"bootstrap-server\":[{\"address\":\"boot.example.net\",\"port\":8443},{"
                                  "\"address\":\"192.0.2.1\"}]"),
     "owner", NULL, "owner-chain.pem", 1, SZTP_CHANNEL_UNTRUSTED, NULL},
    {"OpenSSL, streamed", NULL, NULL, "cms/stream.cms", "owner-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED, NULL},
    {"OpenSSL, PSS", NULL, NULL, "cms/pss.cms", "owner-rsa-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED, NULL},
    {"OpenSSL, no attributes", NULL, NULL, "cms/ec-noattr.cms", "owner-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED,
     NULL},
    {"OpenSSL, key identifier", NULL, NULL, "cms/ec-keyid.cms", "owner-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED,
     NULL},
    {"OpenSSL, two signers", NULL, NULL, "cms/two-signers.cms", "owner-chain.pem", 0, SZTP_CHANNEL_UNTRUSTED,
     NULL},
    {"unsigned JSON",
     JSON("onboarding-information", "\"configuration-handling\":\"merge\",\"configuration\":\"Yw==\""), NULL,
     NULL, NULL, 0, SZTP_CHANNEL_TRUSTED, NULL},
    {"unsigned XML",
     XML("redirect-information", "<bootstrap-server><address>192.0.2.1</address></bootstrap-server>"), NULL,
     NULL, NULL, 0, SZTP_CHANNEL_UNTRUSTED, NULL},
};

/* --- what a set means --- */

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
      uint64_t number = 0;
      put(m, &field, sizeof field);
      if (sztp_info_bytes(info, field, i, &data, &len) == SZTP_OK) {
        put(m, &len, sizeof len);
        put(m, data, len);
      } else if (sztp_info_u64(info, field, i, &number) == SZTP_OK) {
        put(m, &number, sizeof number);
      }
    }
  }
}

/* --- one set --- */

static int32_t verify(lab_t *lab, const flip_set_t *set, const lab_blob_t parts[PARTS], sztp_verdict_t **v) {
  sztp_bundle_t *b = NULL;
  *v = NULL;
  assert_int_equal(sztp_bundle_new(lab->ctx, &b), SZTP_OK);
  for (uint32_t i = 0; i < PARTS; i++)
    if (parts[i].data != NULL)
      assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO + i, parts[i].data, parts[i].len),
                       SZTP_OK);
  int32_t rc = sztp_verify(lab->dev, b, lab->time, set->channel, v);
  sztp_bundle_free(b);
  assert_non_null(*v);
  return rc;
}

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

/* Flips one bit and judges. Returns 1 if it was accepted all the same. What nobody signed may mean something
 * else then, but is worth as much as before. */
static int flip(lab_t *lab, const flip_set_t *set, lab_blob_t parts[PARTS], size_t part, size_t bit,
                const meaning_t *was) {
  static meaning_t is;
  sztp_verdict_t *v = NULL;
  parts[part].data[bit / 8] ^= (uint8_t)(1U << bit % 8);
  int32_t rc = verify(lab, set, parts, &v);
  if (rc < 0) {
    expect_reason(v);
  } else {
    read_meaning(&is, v);
    size_t same = set->bag != NULL ? was->len : sizeof(int32_t);
    if ((set->bag != NULL && is.len != was->len) || memcmp(is.octets, was->octets, same) != 0)
      fail_msg("%s, artifact %zu, bit %zu: accepted, and means something else", set->name, part, bit);
  }
  sztp_verdict_free(v);
  parts[part].data[bit / 8] ^= (uint8_t)(1U << bit % 8);
  return rc == SZTP_OK;
}

static lab_blob_t copy(lab_blob_t blob) {
  lab_blob_t c = {malloc(blob.len + 1), blob.len};
  assert_non_null(c.data);
  memcpy(c.data, blob.data, blob.len);
  return c;
}

static void make_parts(const flip_set_t *set, lab_blob_t parts[PARTS]) {
  lab_blob_t made[PARTS];
  memset(made, 0, sizeof made);
  memset(parts, 0, PARTS * sizeof *parts);
  if (set->conveyed_file != NULL)
    parts[0] = lab_file(set->conveyed_file);
  else
    made[0] = lab_conveyed(set->document, set->signer);
  if (set->bag != NULL) {
    made[1] = lab_bag(set->bag);
    made[2] = lab_artifacts()->voucher;
  }
  for (size_t i = 0; i < PARTS; i++)
    if (made[i].data != NULL) parts[i] = copy(set->in_ber ? lab_in_ber(made[i]) : made[i]);
}

static void run_set(const flip_set_t *set) {
  static meaning_t was;
  lab_t *lab = malloc(sizeof *lab);
  lab_blob_t parts[PARTS];
  sztp_verdict_t *v = NULL;
  const char *mode = getenv("FLIPS");
  size_t bits = 0;
  size_t tried = 0;
  size_t accepted = 0;
  assert_non_null(lab);
  lab_open(lab, 0);
  make_parts(set, parts);
  if (set->prepare != NULL) set->prepare(lab, parts);
  for (size_t i = 0; i < PARTS; i++) bits += 8 * parts[i].len;
  assert_int_equal(verify(lab, set, parts, &v), SZTP_OK);
  read_meaning(&was, v);
  sztp_verdict_free(v);
  /* odd, so that it meets every bit of an octet */
  size_t stride = mode != NULL && strcmp(mode, "all") == 0 ? 1 : bits / SAMPLE | 1;
  size_t bit = 0;
  for (size_t i = 0; i < PARTS; i++) {
    for (; bit < 8 * parts[i].len; bit += stride, tried++)
      accepted += (size_t)flip(lab, set, parts, i, bit, &was);
    bit -= 8 * parts[i].len;
  }
  print_message("%s: %zu of %zu bits flipped, %zu accepted with the same meaning\n", set->name, tried, bits,
                accepted);
  assert_true(tried >= SAMPLE / 2 && accepted < tried);
  for (size_t i = 0; i < PARTS; i++) free(parts[i].data);
  lab_close(lab);
  free(lab);
}

static void test_flips(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(SETS); i++) run_set(&SETS[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_flips)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
