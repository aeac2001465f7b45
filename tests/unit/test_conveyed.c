/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of conveyed information (CONV and DATA groups): what decodes to what, and what is refused for
 * which reason. */
#include "testing.h"

#include "trust/conveyed.h"

#define TOP                 "ietf-sztp-conveyed-info:"
#define ONBOARDING(members) "{\"" TOP "onboarding-information\":{" members "}}"
#define REDIRECT(entries)   "{\"" TOP "redirect-information\":{\"bootstrap-server\":" entries "}}"
#define HASH                "61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d"
#define PLAIN_HASH          "6105D6CC76AF400325E94D588CE511BE5BFDBB73B437DC51ECA43917D7A43E3D"
#define OTHER_HASH          "6105D6CC76AF400325E94D588CE511BE5BFDBB73B437DC51ECA43917D7A43E3E"
#define IMAGE(members)                                                                                       \
  ONBOARDING("\"boot-image\":{\"os-version\":\"1\",\"download-uri\":[\"https://a/b\"]," members "}")
#define VERIFICATION(algorithm, value) "{\"hash-algorithm\":\"" algorithm "\",\"hash-value\":\"" value "\"}"

struct document {
  const char *text;
  int32_t code;     /* 0: accepted */
  const char *part; /* of the detail, or of nothing */
};

static int32_t decode(sztp_ctx_t *ctx, const char *text, uint32_t declared, int trusted, sztp_info_t **info) {
  sztp__json_t *doc = NULL;
  uint32_t kind = 0;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__conveyed_open(ctx, sztp__span_of(text), declared, &doc, &kind);
  if (rc == 0) rc = sztp__conveyed_read(ctx, doc, kind, trusted, info);
  sztp__json_free(doc);
  return rc;
}

/* CONV-07 to -10, CONV-15 to -23 (among them CONV-17, CONV-20, CONV-21), DATA-01 to -03, DATA-04, DATA-05,
 * DATA-06, DATA-08, DATA-09, DATA-10, DATA-16, D-54 to -64, D-69 to -76 */
static const struct document DOCUMENTS[] = {
    /* top level */
    {ONBOARDING(""), 0, ""},
    {"{\"onboarding-information\":{}}", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"{\"" TOP "onboarding-information\":{},\"" TOP "redirect-information\":{}}", SZTP_ERR_MODEL_INVALID,
     "exactly one"},
    {"{\"" TOP "conveyed-information\":{\"" TOP "onboarding-information\":{}}}", SZTP_ERR_MODEL_INVALID,
     "exactly one"},
    {"{}", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"{\"" TOP "onboarding-information\":[]}", SZTP_ERR_MODEL_INVALID, "not an object"},
    {"{\"" TOP "onboarding-information\":{}} x", SZTP_ERR_MODEL_INVALID, ""},
    {"{\"" TOP "onboarding-information\":{}", SZTP_ERR_MODEL_INVALID, ""},
    {"\xef\xbb\xbf" ONBOARDING(""), 0, ""},
    {ONBOARDING("\"x-new\":{\"a\":[1,2]},\"other:thing\":1"), 0, ""},
    {ONBOARDING("\"x\":1,\"x\":2"), SZTP_ERR_MODEL_INVALID, ""},
    {ONBOARDING("\"x\":\"\\u0000\""), SZTP_ERR_MODEL_INVALID, ""},
    /* configuration and scripts */
    {ONBOARDING("\"configuration\":\"eA==\",\"configuration-handling\":\"merge\""), 0, ""},
    {ONBOARDING("\"configuration\":\"eA==\",\"configuration-handling\":\"replace\""), 0, ""},
    {ONBOARDING("\"" TOP "configuration\":\" e\\nA = =\\r\\n\",\"configuration-handling\":\"merge\""), 0, ""},
    {ONBOARDING("\"configuration\":\"eA==\""), SZTP_ERR_MODEL_INVALID, "come together"},
    {ONBOARDING("\"configuration-handling\":\"merge\""), SZTP_ERR_MODEL_INVALID, "come together"},
    {ONBOARDING("\"configuration\":\"eA==\",\"configuration-handling\":\"Merge\""), SZTP_ERR_MODEL_INVALID,
     "neither merge"},
    {ONBOARDING("\"configuration\":\"\",\"configuration-handling\":\"replace\""), SZTP_ERR_MODEL_INVALID,
     "zero octets"},
    {ONBOARDING("\"configuration\":{\"system\":{}},\"configuration-handling\":\"merge\""),
     SZTP_ERR_MODEL_INVALID, "not a base64"},
    {ONBOARDING("\"configuration\":\"e-__\",\"configuration-handling\":\"merge\""), SZTP_ERR_MODEL_INVALID,
     ""},
    {ONBOARDING("\"configuration\":\"QQ\",\"configuration-handling\":\"merge\""), SZTP_ERR_MODEL_INVALID,
     "configuration: not base64"},
    {ONBOARDING("\"configuration\":\"QR==\",\"configuration-handling\":\"merge\""), SZTP_ERR_MODEL_INVALID,
     ""},
    {ONBOARDING("\"configuration\":null,\"configuration-handling\":null"), 0, ""},
    {ONBOARDING("\"pre-configuration-script\":null,\"post-configuration-script\":\"\""), 0, ""},
    {ONBOARDING("\"pre-configuration-script\":7"), SZTP_ERR_MODEL_INVALID, "pre-configuration-script"},
    /* boot image */
    {IMAGE("\"image-verification\":[" VERIFICATION(TOP "sha-256", HASH) "]"), 0, ""},
    {IMAGE("\"image-verification\":" VERIFICATION("sha-256", PLAIN_HASH)), 0, ""},
    {IMAGE("\"image-verification\":[" VERIFICATION("sha-256", HASH) "," VERIFICATION(TOP "sha-256",
                                                                                     PLAIN_HASH) "]"),
     0, ""},
    {IMAGE("\"image-verification\":[" VERIFICATION("x:sha-512", "00") "," VERIFICATION("sha-256", HASH) "]"),
     0, ""},
    {IMAGE("\"image-verification\":[" VERIFICATION("x:sha-512", "00") "]"), 0, ""},
    {IMAGE("\"image-verification\":[" VERIFICATION("sha-256", HASH) "," VERIFICATION("sha-256",
                                                                                     "00:" HASH) "]"),
     SZTP_ERR_MODEL_INVALID, "32 octets"},
    {IMAGE("\"image-verification\":[" VERIFICATION("sha-256", HASH) "," VERIFICATION("sha-256",
                                                                                     OTHER_HASH) "]"),
     SZTP_ERR_MODEL_INVALID, "two different"},
    {IMAGE("\"image-verification\":[" VERIFICATION("sha-256", "6105") "]"), SZTP_ERR_MODEL_INVALID,
     "32 octets"},
    {IMAGE("\"image-verification\":[{\"hash-algorithm\":\"sha-256\"}]"), SZTP_ERR_MODEL_INVALID,
     "both wanted"},
    {IMAGE("\"os-name\":\"\""), 0, ""},
    {IMAGE("\"os-name\":[]"), SZTP_ERR_MODEL_INVALID, "os-name: not a string"},
    {ONBOARDING("\"boot-image\":{\"image-verification\":[" VERIFICATION("sha-256", HASH) "]}"),
     SZTP_ERR_MODEL_INVALID, "without download-uri"},
    {ONBOARDING("\"boot-image\":{\"download-uri\":\"https://a/b\"}"), 0, ""},
    {ONBOARDING("\"boot-image\":{\"download-uri\":[\"https://a/b c\"]}"), SZTP_ERR_MODEL_INVALID,
     "not a URI"},
    {ONBOARDING("\"boot-image\":{\"download-uri\":[7]}"), SZTP_ERR_MODEL_INVALID, "not a string"},
    {ONBOARDING("\"boot-image\":7"), SZTP_ERR_MODEL_INVALID, "boot-image"},
    /* redirect */
    {REDIRECT("[]"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {REDIRECT("null"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {REDIRECT("[{\"address\":null}]"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {REDIRECT("[{\"address\":\"h\",\"port\":0}]"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {REDIRECT("[{\"address\":\"http://h\"}]"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {REDIRECT("{\"address\":\"h\"}"), 0, ""},
};

static void test_documents(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(DOCUMENTS); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    int32_t rc = decode(ctx, DOCUMENTS[i].text, SZTP__ENCODING_JSON, 1, &info);
    if (rc != DOCUMENTS[i].code)
      fail_msg("%s: %s, %s", DOCUMENTS[i].text, sztp_error_name(rc), test_detail(ctx));
    if (rc < 0) test_expect_fail(ctx, rc, DOCUMENTS[i].code, DOCUMENTS[i].part);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

static const char *octets(const sztp_info_t *info, uint32_t field, size_t index) {
  const uint8_t *data = NULL;
  size_t len = 0;
  return sztp_info_bytes(info, field, index, &data, &len) == 0 ? (const char *)data : "-";
}

/* CONV-15: a document with all nodes yields all values */
static void test_values(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_info_t *info = NULL;
  uint64_t handling = 0;
  assert_int_equal(
      decode(ctx,
             ONBOARDING("\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"4.3.0\",\"download-uri\":"
                        "[\"https://a/1\","
                        "\"ftp://b/2\"],\"image-verification\":[" VERIFICATION(
                            "sha-256", HASH) "]},"
                                             "\"configuration-handling\":\"replace\",\"pre-configuration-"
                                             "script\":\"cHJl\",\"configuration\":"
                                             "\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\""),
             SZTP__ENCODING_ANY, 1, &info),
      0);
  assert_string_equal(octets(info, SZTP_INFO_OS_NAME, 0), "ExampleOS");
  assert_string_equal(octets(info, SZTP_INFO_OS_VERSION, 0), "4.3.0");
  assert_int_equal(sztp_info_count(info, SZTP_INFO_IMAGE_URI), 2);
  assert_string_equal(octets(info, SZTP_INFO_IMAGE_URI, 0), "https://a/1");
  assert_string_equal(octets(info, SZTP_INFO_IMAGE_URI, 1), "ftp://b/2");
  assert_string_equal(octets(info, SZTP_INFO_IMAGE_URI, 2), "-");
  assert_memory_equal(octets(info, SZTP_INFO_IMAGE_SHA256, 0), "\x61\x05\xd6\xcc", 4);
  assert_string_equal(octets(info, SZTP_INFO_PRE_SCRIPT, 0), "pre");
  assert_string_equal(octets(info, SZTP_INFO_CONFIG, 0), "config");
  assert_string_equal(octets(info, SZTP_INFO_POST_SCRIPT, 0), "post");
  assert_int_equal(sztp_info_u64(info, SZTP_INFO_CONFIG_HANDLING, 0, &handling), 0);
  assert_int_equal(handling, SZTP_CONFIG_REPLACE);
  assert_int_equal(sztp_info_u64(info, SZTP_INFO_OS_NAME, 0, &handling), SZTP_ERR_ARG);
  sztp_info_free(info);
  test_ctx_free(&m, ctx);
}

/* CONV-09, CONV-10, CONV-11, CONV-12, CONV-13, CONV-14, DATA-05, DATA-18, REDIR-10 */
static void test_servers(void **state) {
  (void)state;
  static const char document[] = REDIRECT(
      "[{\"address\":\"a.example\"},{\"address\":\"b\",\"port\":8443},{\"address\":\"b\",\"port\":\"9443\"},{"
      "\"address\":\"c\",\"port\":8443.0},"
      "{\"address\":\"c\",\"port\":8.443e3},{\"address\":\"c\",\"port\":\"08443\"},{\"address\":\"c\","
      "\"port\":65536},{\"address\":\"c\",\"port\":-1},"
      "{\"address\":\"\"},{\"address\":\"a b\"},7,{\"address\":\"192.0.2.1\",\"trust-anchor\":\"MAA=\"},"
      "{\"address\":\"fe80::1%eth0\",\"trust-anchor\":\"!\"},{\"address\":\"2001:db8::1\",\"trust-anchor\":"
      "null}]");
  static const struct {
    const char *host;
    uint64_t port;
    int anchor;
  } expected[] = {{"a.example", 443, 0}, {"b", 8443, 0},           {"b", 9443, 0},
                  {"192.0.2.1", 443, 1}, {"fe80::1%eth0", 443, 0}, {"2001:db8::1", 443, 0}};
  for (int trusted = 0; trusted < 2; trusted++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    assert_int_equal(decode(ctx, document, SZTP__ENCODING_JSON, trusted, &info), 0);
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), TEST_COUNT_OF(expected));
    for (size_t i = 0; i < TEST_COUNT_OF(expected); i++) {
      uint64_t port = 0;
      assert_string_equal(octets(info, SZTP_INFO_SERVER_ADDRESS, i), expected[i].host);
      assert_int_equal(sztp_info_u64(info, SZTP_INFO_SERVER_PORT, i, &port), 0);
      assert_int_equal(port, expected[i].port);
      assert_int_equal(strcmp(octets(info, SZTP_INFO_SERVER_ANCHOR, i), "-") != 0,
                       trusted && expected[i].anchor);
    }
    assert_int_equal(info->servers[4].anchor_unreadable, trusted);
    assert_true(info->warnings >= 8); /* one for each entry that was skipped */
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

/* CONV-02, CONV-03 */
static void test_encodings(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t declared;
    int32_t code;
  } cases[] = {
      {ONBOARDING(""), SZTP__ENCODING_JSON, 0},
      {ONBOARDING(""), SZTP__ENCODING_ANY, 0},
      {ONBOARDING(""), SZTP__ENCODING_XML, SZTP_ERR_ENCODING_MISMATCH},
      {"<onboarding-information/>", SZTP__ENCODING_JSON, SZTP_ERR_ENCODING_MISMATCH},
      {"<onboarding-information/>", SZTP__ENCODING_XML, SZTP_ERR_ENCODING_UNKNOWN},
      {"<onboarding-information/>", SZTP__ENCODING_ANY, SZTP_ERR_ENCODING_UNKNOWN},
      {"hostname x", SZTP__ENCODING_ANY, SZTP_ERR_ENCODING_UNKNOWN},
      {"hostname x", SZTP__ENCODING_JSON, SZTP_ERR_ENCODING_MISMATCH},
      {"", SZTP__ENCODING_ANY, SZTP_ERR_ENCODING_UNKNOWN},
      {"\xff\xfe{\0", SZTP__ENCODING_ANY, SZTP_ERR_ENCODING_UNKNOWN},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    assert_int_equal(decode(ctx, cases[i].text, cases[i].declared, 1, &info), cases[i].code);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

/* DATA-15, ONB-27, SEC-06: limits are told as such, or (in an entry) make the entry unusable */
static void test_limits(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_info_t *info = NULL;
  assert_int_equal(sztp_ctx_set_limit(ctx, SZTP_LIMIT_PART, 5), 0);
  test_expect_fail(
      ctx,
      decode(ctx, ONBOARDING("\"pre-configuration-script\":\"Y29uZmln\""), SZTP__ENCODING_JSON, 1, &info),
      SZTP_ERR_LIMIT, "");
  assert_int_equal(sztp_ctx_set_limit(ctx, SZTP_LIMIT_PART, 6), 0);
  assert_int_equal(
      decode(ctx, ONBOARDING("\"pre-configuration-script\":\"Y29uZmln\""), SZTP__ENCODING_JSON, 1, &info), 0);
  sztp_info_free(info);
  assert_int_equal(sztp_ctx_set_limit(ctx, SZTP_LIMIT_LEAF, 4), 0);
  test_expect_fail(
      ctx,
      decode(ctx, ONBOARDING("\"boot-image\":{\"os-name\":\"ExampleOS\"}"), SZTP__ENCODING_JSON, 1, &info),
      SZTP_ERR_LIMIT, "");
  test_ctx_free(&m, ctx);
}

static int32_t decode_one(sztp_ctx_t *ctx, void *user) {
  sztp_info_t *info = NULL;
  int32_t rc = decode(ctx, user, SZTP__ENCODING_JSON, 1, &info);
  if (rc == 0) sztp_info_free(info);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  static char onboarding[] = IMAGE("\"image-verification\":[" VERIFICATION(
      "sha-256", HASH) "],\"os-name\":\"a \\u00e9 name that is longer than sixty-four octets of text, so "
                       "that it is referred to\"");
  static char redirect[] = REDIRECT("[{\"address\":\"a\",\"trust-anchor\":\"MAA=\"},{\"address\":\"b\"}]");
  assert_true(test_every_allocation(decode_one, onboarding) > 5);
  assert_true(test_every_allocation(decode_one, redirect) > 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_documents), cmocka_unit_test(test_values), cmocka_unit_test(test_servers),
      cmocka_unit_test(test_encodings), cmocka_unit_test(test_limits), cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
