/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of conveyed information (CONV and DATA groups): what decodes to what, and what is refused for
 * which reason. */
#include "common/testing.h"

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

#define LONG64                         "https://a/567890123456789012345678901234567890123456789012345678"
#define NS                             "urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"
#define X_ONBOARDING(e)                "<onboarding-information xmlns='" NS "'>" e "</onboarding-information>"
#define X_REDIRECT(e)                  "<redirect-information xmlns='" NS "'>" e "</redirect-information>"
#define X_IMAGE(e)                                                                                           \
  X_ONBOARDING("<boot-image><os-version>1</os-version><download-uri>https://a/b</download-uri>" e            \
               "</boot-image>")
#define X_VERIFICATION(algorithm, value)                                                                     \
  "<image-verification><hash-algorithm>" algorithm "</hash-algorithm><hash-value>" value                     \
  "</hash-value></image-verification>"

struct document {
  const char *text;
  int32_t code;     /* 0: accepted */
  const char *part; /* of the detail, or of nothing */
};

static int32_t decode(sztp_ctx_t *ctx, const char *text, uint32_t declared, int trusted, sztp_info_t **info) {
  sztp__yang_t doc;
  uint32_t kind = 0;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__conveyed_open(ctx, sztp__span_of(text), declared, &doc, &kind);
  if (rc == 0) rc = sztp__conveyed_read(&doc, kind, trusted, info);
  sztp__yang_close(&doc);
  return rc;
}

/* In JSON. CONV-07 to -10, CONV-15 to -23 (among them CONV-17, CONV-20, CONV-21), DATA-01 to -03, DATA-04,
 * DATA-05, DATA-06, DATA-08, DATA-09, DATA-10, DATA-16, D-54 to -64, D-69 to -76 */
static const struct document DOCUMENTS[] = {
    /* top level */
    {ONBOARDING(""), 0, ""},
    {"{\"onboarding-information\":{}}", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"{\"" TOP "onboarding-information\":{},\"" TOP "redirect-information\":{}}", SZTP_ERR_MODEL_INVALID,
     "exactly one"},
    {"{\"" TOP "conveyed-information\":{\"" TOP "onboarding-information\":{}}}", SZTP_ERR_MODEL_INVALID,
     "exactly one"},
    {"{}", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"{\"" TOP "onboarding-information\":[]}", SZTP_ERR_MODEL_INVALID, "not a container"},
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
    {REDIRECT("[{\"address\":\"http://h\"}]"), SZTP_ERR_MODEL_INVALID,
     "no usable entry: host 'http://h' has"},
    {REDIRECT("[{\"address\":\"h:8443\"}]"), SZTP_ERR_MODEL_INVALID, "no usable entry: host 'h:8443' has"},
    {REDIRECT("[{\"address\":\"h\",\"port\":0}]"), SZTP_ERR_MODEL_INVALID, "port: '0' is not 1 to 65535"},
    {REDIRECT("[{\"port\":1}]"), SZTP_ERR_MODEL_INVALID, "no usable entry: address: missing"},
    {"{\"ietf-zerotouch-information:redirect-information\":{}}", SZTP_ERR_MODEL_INVALID,
     "found \"ietf-zerotouch-information:redirect-information\"; wanted"},
    {"{\"a\":1,\"b\":2}", SZTP_ERR_MODEL_INVALID, "found \"a\" and others; wanted"},
    {REDIRECT("{\"address\":\"h\"}"), 0, ""},
};

/* The same in XML. CONV-07 to -10, CONV-15 to -23, DATA-01, DATA-02, DATA-04 to -06, DATA-08, DATA-10,
 * DATA-11, DATA-12, DATA-14, DATA-16, D-55 to -59, D-64, D-69 to -76 */
static const struct document XML_DOCUMENTS[] = {
    /* top level */
    {X_ONBOARDING(""), 0, ""},
    {"<onboarding-information xmlns='" NS "'/>", 0, ""},
    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x:onboarding-information xmlns:x='" NS "'/>\n", 0, ""},
    {"<onboarding-information/>", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"<onboarding-information xmlns='" NS "x'/>", SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"<onboarding-information xmlns='urn:ietf:params:xml:ns:yang:ietf-SZTP-conveyed-info'/>",
     SZTP_ERR_MODEL_INVALID, "exactly one"},
    {"<conveyed-information xmlns='" NS "'><onboarding-information/></conveyed-information>",
     SZTP_ERR_MODEL_INVALID, "exactly one"},
    {X_ONBOARDING("") X_REDIRECT(""), SZTP_ERR_MODEL_INVALID, "junk after document element"},
    {X_ONBOARDING("") " x", SZTP_ERR_MODEL_INVALID, "junk"},
    {"<onboarding-information xmlns='" NS "'>", SZTP_ERR_MODEL_INVALID, "no element"},
    {"<!DOCTYPE x [<!ENTITY e 'v'>]>" X_ONBOARDING("<x>&e;</x>"), SZTP_ERR_MODEL_INVALID, "DOCTYPE"},
    {"\xef\xbb\xbf" X_ONBOARDING(""), 0, ""},
    {X_ONBOARDING("merge"), SZTP_ERR_MODEL_INVALID, "not a container"},
    {X_ONBOARDING("merge<boot-image/>"), SZTP_ERR_MODEL_INVALID, "not a container"},
    {X_ONBOARDING("<x-new><a>1</a>text<a>2</a></x-new><thing xmlns='other'/>"), 0, ""},
    {X_ONBOARDING("<configuration xmlns='other'>eA==</configuration>"), 0, ""},
    /* configuration and scripts */
    {X_ONBOARDING(
         "<configuration>eA==</configuration><configuration-handling>merge</configuration-handling>"),
     0, ""},
    {X_ONBOARDING(
         "<configuration-handling>\n replace\n</configuration-handling><configuration>\n e\nA = =\r\n"
         "</configuration>"),
     0, ""},
    {X_ONBOARDING("<p:configuration xmlns:p='" NS
                  "'>eA==</p:configuration><configuration-handling a='b'><!-- c -->"
                  "<![CDATA[merge]]></configuration-handling>"),
     0, ""},
    {X_ONBOARDING("<configuration>eA==</configuration>"), SZTP_ERR_MODEL_INVALID, "come together"},
    {X_ONBOARDING("<configuration-handling>merge</configuration-handling>"), SZTP_ERR_MODEL_INVALID,
     "come together"},
    {X_ONBOARDING(
         "<configuration>eA==</configuration><configuration-handling>Merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "neither merge"},
    {X_ONBOARDING("<configuration/><configuration-handling>replace</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "zero octets"},
    {X_ONBOARDING("<configuration><system xmlns='x'><a/></system></configuration>"
                  "<configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: not a base64"},
    {X_ONBOARDING("<configuration>eA==<system/></configuration>"
                  "<configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: not a base64"},
    {X_ONBOARDING(
         "<configuration>e-__</configuration><configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: not base64"},
    {X_ONBOARDING("<configuration>QQ</configuration><configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: not base64"},
    {X_ONBOARDING(
         "<configuration>QR==</configuration><configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: not base64"},
    {X_ONBOARDING("<configuration>eA==</configuration><configuration>eA==</configuration>"
                  "<configuration-handling>merge</configuration-handling>"),
     SZTP_ERR_MODEL_INVALID, "configuration: given twice"},
    {X_ONBOARDING("<pre-configuration-script/><post-configuration-script> </post-configuration-script>"), 0,
     ""},
    {X_ONBOARDING("<pre-configuration-script>7</pre-configuration-script>"), SZTP_ERR_MODEL_INVALID,
     "pre-configuration-script"},
    /* boot image */
    {X_IMAGE(X_VERIFICATION("sha-256", HASH)), 0, ""},
    {X_IMAGE(X_VERIFICATION("\n sha-256 ", " " PLAIN_HASH "\n")), 0, ""},
    {"<x:onboarding-information xmlns:x='" NS "' xmlns='other'><x:boot-image><x:download-uri>https://a/b"
     "</x:download-uri><x:image-verification><x:hash-algorithm>sha-256</x:hash-algorithm><x:hash-value>" HASH
     "</x:hash-value></x:image-verification></x:boot-image></x:onboarding-information>",
     0, ""},
    {X_IMAGE(X_VERIFICATION("sha-256", HASH) X_VERIFICATION("sha-256", PLAIN_HASH)), 0, ""},
    {X_IMAGE(X_VERIFICATION("y:sha-512", "00") X_VERIFICATION("sha-256", HASH)), 0, ""},
    {X_IMAGE(X_VERIFICATION("sha-256", HASH) X_VERIFICATION("sha-256", "00:" HASH)), SZTP_ERR_MODEL_INVALID,
     "32 octets"},
    {X_IMAGE(X_VERIFICATION("sha-256", HASH) "<x/>" X_VERIFICATION("sha-256", OTHER_HASH)),
     SZTP_ERR_MODEL_INVALID, "two different"},
    {X_IMAGE(X_VERIFICATION("sha-256", "6105")), SZTP_ERR_MODEL_INVALID, "32 octets"},
    {X_IMAGE(X_VERIFICATION("sha-256", "no hex")), SZTP_ERR_MODEL_INVALID, "hash-value: not 32 octets"},
    {X_IMAGE("<image-verification><hash-algorithm>sha-256</hash-algorithm></image-verification>"),
     SZTP_ERR_MODEL_INVALID, "both wanted"},
    {X_IMAGE("<image-verification>sha-256</image-verification>"), SZTP_ERR_MODEL_INVALID,
     "hash-algorithm: its parent is not a container"},
    {X_IMAGE("<os-name/>"), 0, ""},
    {X_IMAGE("<os-name><a/></os-name>"), SZTP_ERR_MODEL_INVALID, "os-name: not a string"},
    {X_IMAGE("<os-version>2</os-version>"), SZTP_ERR_MODEL_INVALID, "os-version: given twice"},
    {X_ONBOARDING("<boot-image>" X_VERIFICATION("sha-256", HASH) "</boot-image>"), SZTP_ERR_MODEL_INVALID,
     "without download-uri"},
    {X_ONBOARDING("<boot-image><download-uri>https://a/b</download-uri></boot-image>"), 0, ""},
    {X_ONBOARDING("<boot-image><download-uri>https://a/b c</download-uri></boot-image>"),
     SZTP_ERR_MODEL_INVALID, "not a URI"},
    {X_ONBOARDING("<boot-image><download-uri/></boot-image>"), SZTP_ERR_MODEL_INVALID, "download-uri: empty"},
    {X_ONBOARDING("<boot-image><download-uri><a/></download-uri></boot-image>"), SZTP_ERR_MODEL_INVALID,
     "not a string"},
    {X_ONBOARDING("<boot-image>7</boot-image>"), SZTP_ERR_MODEL_INVALID, "boot-image"},
    {X_ONBOARDING("<boot-image/><boot-image/>"), SZTP_ERR_MODEL_INVALID, "boot-image: given twice"},
    /* redirect */
    {X_REDIRECT(""), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {X_REDIRECT("<bootstrap-server/>"), SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {X_REDIRECT("<bootstrap-server><address/></bootstrap-server>"), SZTP_ERR_MODEL_INVALID,
     "no usable entry"},
    {X_REDIRECT("<bootstrap-server><address>h</address><port>0</port></bootstrap-server>"),
     SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {X_REDIRECT("<bootstrap-server><address>h</address><address>h</address></bootstrap-server>"),
     SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {X_REDIRECT("<bootstrap-server><address>http://h</address></bootstrap-server>"), SZTP_ERR_MODEL_INVALID,
     "no usable entry"},
    {X_REDIRECT("<bootstrap-server xmlns='other'><address>h</address></bootstrap-server>"),
     SZTP_ERR_MODEL_INVALID, "no usable entry"},
    {X_REDIRECT("<bootstrap-server><address>h</address></bootstrap-server>"), 0, ""},
};

static void check_documents(const struct document *documents, size_t count, uint32_t encoding) {
  for (size_t i = 0; i < count; i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    int32_t rc = decode(ctx, documents[i].text, encoding, 1, &info);
    if (rc != documents[i].code)
      fail_msg("%s: %s, %s", documents[i].text, sztp_error_name(rc), test_detail(ctx));
    if (rc < 0) test_expect_fail(ctx, rc, documents[i].code, documents[i].part);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

static void test_documents(void **state) {
  (void)state;
  check_documents(DOCUMENTS, TEST_COUNT_OF(DOCUMENTS), SZTP__ENCODING_JSON);
  check_documents(XML_DOCUMENTS, TEST_COUNT_OF(XML_DOCUMENTS), SZTP__ENCODING_XML);
}

/* DATA-08, D-73: which texts mean sha-256. An unknown algorithm is no fingerprint, and a warning. */
static void test_algorithms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t known;
  } rows[] = {
      {IMAGE("\"image-verification\":[" VERIFICATION("sha-256", HASH) "]"), 1},
      {IMAGE("\"image-verification\":[" VERIFICATION(TOP "sha-256", HASH) "]"), 1},
      {IMAGE("\"image-verification\":[" VERIFICATION("other:sha-256", HASH) "]"), 0},
      {IMAGE("\"image-verification\":[" VERIFICATION("SHA-256", HASH) "]"), 0},
      {X_IMAGE(X_VERIFICATION("sha-256", HASH)), 1},
      {X_IMAGE(X_VERIFICATION("x:sha-256", HASH)), 0},
      {X_IMAGE(X_VERIFICATION("SHA-256", HASH)), 0},
      {X_IMAGE("<image-verification xmlns:x='" NS "'><hash-algorithm>x:sha-256</hash-algorithm>"
               "<hash-value>" HASH "</hash-value></image-verification>"),
       1},
      {X_IMAGE("<image-verification><hash-algorithm xmlns:x='other'>x:sha-256</hash-algorithm>"
               "<hash-value>" HASH "</hash-value></image-verification>"),
       0},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    assert_int_equal(decode(ctx, rows[i].text, SZTP__ENCODING_ANY, 1, &info), 0);
    if (sztp_info_count(info, SZTP_INFO_IMAGE_SHA256) != rows[i].known) fail_msg("%s", rows[i].text);
    assert_int_equal(info->warnings, 1 - rows[i].known);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

/* DATA-02, CONV-22, D-55, D-75: what is only warned of is counted */
static void test_warnings(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned warnings;
  } rows[] = {
      {ONBOARDING(""), 0},
      {ONBOARDING("\"x\":1,\"y\":2,\"pre-configuration-script\":\"\""), 2},
      {ONBOARDING("\"boot-image\":{\"other:os-name\":\"\"}"), 1},
      {REDIRECT("[{\"address\":\"h\",\"x\":1},{\"address\":\"h\"},{}]"), 3},
      {X_ONBOARDING(""), 0},
      {X_ONBOARDING("<x/><y/><pre-configuration-script/>"), 2},
      {X_ONBOARDING("<boot-image><os-name xmlns='other'/></boot-image>"), 1},
      {X_REDIRECT("<bootstrap-server><address>h</address><x/></bootstrap-server><bootstrap-server><address>h"
                  "</address></bootstrap-server><bootstrap-server/>"),
       3},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    assert_int_equal(decode(ctx, rows[i].text, SZTP__ENCODING_ANY, 1, &info), 0);
    if (info->warnings != rows[i].warnings) fail_msg("%s: %u warnings", rows[i].text, info->warnings);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

static const char *octets(const sztp_info_t *info, uint32_t field, size_t index) {
  const uint8_t *data = NULL;
  size_t len = 0;
  return sztp_info_bytes(info, field, index, &data, &len) == 0 ? (const char *)data : "-";
}

/* CONV-15: a document with all nodes yields all values, in XML with its entries among the rest (DATA-11) */
static void test_values(void **state) {
  (void)state;
  static const char *const documents[] = {
      ONBOARDING(
          "\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"4.3.0\",\"download-uri\":"
          "[\"https://a/1\",\"ftp://b/2\"],\"image-verification\":[" VERIFICATION(
              "sha-256", HASH) "]},"
                               "\"configuration-handling\":\"replace\",\"pre-configuration-script\":\"cHJl\","
                               "\"configuration\":\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\""),
      X_ONBOARDING(
          "<boot-image><os-name>ExampleOS</os-name><os-version>4.3.0</os-version>"
          "<download-uri>https://a/1</download-uri><download-uri>ftp://b/2</download-uri>" X_VERIFICATION(
              "sha-256", HASH) "</boot-image><configuration-handling>replace</configuration-handling>"
                               "<pre-configuration-script>cHJl</pre-configuration-script>"
                               "<configuration>Y29uZmln</configuration>"
                               "<post-configuration-script>cG9zdA==</post-configuration-script>"),
      X_ONBOARDING(
          "<post-configuration-script>\n    cG9z\n    dA==\n  </post-configuration-script>\n"
          "<configuration>Y29&#10;uZmln</configuration><x/><boot-image><download-uri> https://a/1 "
          "</download-uri>" X_VERIFICATION(
              "sha-256", HASH) "<os-version>4.3.0</os-version>"
                               "<download-uri>ftp<!-- scheme "
                               "-->://b/2</download-uri><os-name><![CDATA[ExampleOS]]></os-name>"
                               "</boot-image><configuration-handling>replace</configuration-handling>"
                               "<pre-configuration-script>cHJl</pre-configuration-script>")};
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    int64_t handling = 0;
    assert_int_equal(decode(ctx, documents[i], SZTP__ENCODING_ANY, 1, &info), 0);
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
    assert_int_equal(sztp_info_i64(info, SZTP_INFO_CONFIG_HANDLING, 0, &handling), 0);
    assert_int_equal(handling, SZTP_CONFIG_REPLACE);
    assert_int_equal(sztp_info_i64(info, SZTP_INFO_OS_NAME, 0, &handling), SZTP_ERR_ARG);
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

/* CONV-09, CONV-10, CONV-11, CONV-12, CONV-13, CONV-14, DATA-05, DATA-18, REDIR-10 */
static void test_servers(void **state) {
  (void)state;
#define SERVER(e)      "<bootstrap-server>" e "</bootstrap-server>"
#define AT(host, port) SERVER("<address>" host "</address><port>" port "</port>")
  static const char xml[] =
      X_REDIRECT(SERVER("<address>a.example</address>") AT("b", "8443") AT("b", " 9443 ") AT("c", "8443.0")
                     AT("c", "8.443e3") AT("c", "08443") AT("c", "65536") AT("c", "-1") SERVER("<address/>")
                         AT("a b", "1") "<bootstrap-server>7</bootstrap-server>" SERVER(
                             "<address>192.0.2.1</address><trust-anchor>MAA=</trust-anchor>")
                             SERVER("<trust-anchor>!</trust-anchor><address>fe80::1%eth0</address>")
                                 SERVER("<address>2001:db8::1</address>"));
  static const char json[] = REDIRECT(
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
  for (int i = 0; i < 4; i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_info_t *info = NULL;
    int trusted = i & 1; /* D-129: without trust anchors are not looked at */
    assert_int_equal(decode(ctx, i < 2 ? json : xml, SZTP__ENCODING_ANY, trusted, &info), 0);
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), TEST_COUNT_OF(expected));
    for (size_t n = 0; n < TEST_COUNT_OF(expected); n++) {
      int64_t port = 0;
      assert_string_equal(octets(info, SZTP_INFO_SERVER_ADDRESS, n), expected[n].host);
      assert_int_equal(sztp_info_i64(info, SZTP_INFO_SERVER_PORT, n, &port), 0);
      assert_int_equal(port, expected[n].port);
      assert_int_equal(strcmp(octets(info, SZTP_INFO_SERVER_ANCHOR, n), "-") != 0,
                       trusted && expected[n].anchor);
    }
    assert_int_equal(info->servers[4].anchor_unreadable, trusted);
    assert_true(info->warnings >= 8); /* one for each entry that was skipped */
    sztp_info_free(info);
    test_ctx_free(&m, ctx);
  }
}

/* REDIR-10, SEC-07: an anchor that can't be read is not told as the cause of what is wrong elsewhere. */
static void test_unreadable_anchor(void **state) {
  (void)state;
  static char text[65536];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_info_t *info = NULL;
  size_t len = (size_t)snprintf(text, sizeof text, "%s",
                                "{\"" TOP "redirect-information\":{\"bootstrap-server\":["
                                "{\"address\":\"a\",\"trust-anchor\":\"!\"}");
  for (int i = 0; i < 1024; i++)
    len += (size_t)snprintf(text + len, sizeof text - len, ",{\"address\":\"b\"}");
  (void)snprintf(text + len, sizeof text - len, "]}}");
  test_expect_fail(ctx, decode(ctx, text, SZTP__ENCODING_ANY, 1, &info), SZTP_ERR_LIMIT,
                   "bootstrap-server: more than 1024 entries");
  test_ctx_free(&m, ctx);
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
      {X_ONBOARDING(""), SZTP__ENCODING_XML, 0},
      {X_ONBOARDING(""), SZTP__ENCODING_ANY, 0},
      {X_ONBOARDING(""), SZTP__ENCODING_JSON, SZTP_ERR_ENCODING_MISMATCH},
      {"\xef\xbb\xbf" X_ONBOARDING(""), SZTP__ENCODING_ANY, 0},
      {"\xef\xbb\xbf \n" X_ONBOARDING(""), SZTP__ENCODING_XML, 0},
      {"<html><body/></html>", SZTP__ENCODING_ANY, SZTP_ERR_MODEL_INVALID},
      {"hostname x", SZTP__ENCODING_XML, SZTP_ERR_ENCODING_MISMATCH},
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
  static const char *const scripts[] = {
      ONBOARDING("\"pre-configuration-script\":\"Y29uZmln\""),
      X_ONBOARDING("<pre-configuration-script>Y29uZmln</pre-configuration-script>")};
  static const char *const names[] = {
      ONBOARDING("\"boot-image\":{\"os-name\":\"" LONG64 "\"}"),
      ONBOARDING("\"boot-image\":{\"download-uri\":\"" LONG64 "\"}"),
      X_ONBOARDING("<boot-image><os-name>" LONG64 "</os-name></boot-image>"),
      X_ONBOARDING("<boot-image><download-uri>" LONG64 "</download-uri></boot-image>")};
  for (size_t i = 0; i < TEST_COUNT_OF(scripts); i++) {
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_PART, 5), 0);
    test_expect_fail(ctx, decode(ctx, scripts[i], SZTP__ENCODING_ANY, 1, &info), SZTP_ERR_LIMIT,
                     "pre-configuration-script: more than 5");
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_PART, 6), 0);
    assert_int_equal(decode(ctx, scripts[i], SZTP__ENCODING_ANY, 1, &info), 0);
    sztp_info_free(info);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_LEAF, 63), 0);
    test_expect_fail(ctx, decode(ctx, names[i], SZTP__ENCODING_ANY, 1, &info), SZTP_ERR_LIMIT,
                     "64 octets of text");
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_LEAF, 64), 0);
    assert_int_equal(decode(ctx, names[i], SZTP__ENCODING_ANY, 1, &info), 0);
    sztp_info_free(info);
  }
  test_ctx_free(&m, ctx);
}

/* DATA-15, SEC-16: 10,000 nested arrays or elements */
static void test_depth(void **state) {
  (void)state;
  static char json[20200];
  static char xml[70200];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_info_t *info = NULL;
  size_t j = (size_t)sprintf(json, "{\"" TOP "onboarding-information\":");
  size_t x = (size_t)sprintf(xml, "<onboarding-information xmlns='" NS "'>");
  memset(json + j, '[', 10000);
  memset(json + j + 10000, ']', 10000);
  for (int i = 0; i < 10000; i++) x += (size_t)sprintf(xml + x, "<a>");
  test_expect_fail(ctx, decode(ctx, json, SZTP__ENCODING_ANY, 1, &info), SZTP_ERR_LIMIT, "too deep");
  test_expect_fail(ctx, decode(ctx, xml, SZTP__ENCODING_ANY, 1, &info), SZTP_ERR_LIMIT, "too deep");
  test_ctx_free(&m, ctx);
}

static int32_t decode_one(sztp_ctx_t *ctx, void *user) {
  sztp_info_t *info = NULL;
  int32_t rc = decode(ctx, user, SZTP__ENCODING_ANY, 1, &info);
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
  static char in_xml[] = X_IMAGE(X_VERIFICATION("sha-256", HASH) "<os-name>a &#xe9; name</os-name>");
  static char redirect_in_xml[] = X_REDIRECT(
      SERVER("<address>a</address><trust-anchor>M&#65;A=</trust-anchor>") SERVER("<address>b</address>"));
  assert_true(test_every_allocation(decode_one, in_xml) > 10);
  assert_true(test_every_allocation(decode_one, redirect_in_xml) > 10);
  assert_true(test_every_allocation(decode_one, onboarding) > 5);
  assert_true(test_every_allocation(decode_one, redirect) > 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_unreadable_anchor),
      cmocka_unit_test(test_documents),
      cmocka_unit_test(test_algorithms),
      cmocka_unit_test(test_warnings),
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_servers),
      cmocka_unit_test(test_encodings),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
