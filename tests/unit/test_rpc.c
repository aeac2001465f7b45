/* SPDX-License-Identifier: Apache-2.0 */
/* What is said to a bootstrap server and what it answers (REST group). */
#include "common/testing.h"

#include "exchange/rpc.h"
#include "formats/yang.h"

#define XRD(links)                                                                                           \
  "<?xml version=\"1.0\"?><XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">" links "</XRD>"

struct root_case {
  const char *document;
  const char *root; /* NULL: none usable */
};

/* REST-01, REST-02, REST-03, REST-04, REST-05, REST-06, REST-07 (D-43 to -45) */
static const struct root_case ROOTS[] = {
    {XRD("<Link rel=\"lrdd\" template=\"/x?u={uri}\"/><Link rel=\"restconf\" href=\"/api/restconf\"/>"),
     "/api/restconf"},
    {XRD("<!-- c --><Link  href='/restconf/'  a='b' rel='restconf'></Link>"), "/restconf"},
    {XRD("<Link rel='restconf' href='/'/>"), ""},
    {XRD("<Link rel='restconf' href='/a'/><Link rel='restconf' href='/b'/>"), "/a"},
    {XRD("<Link rel='restconf' href='https://boot1.example.net:8443/top'/>"), "/top"},
    {XRD("<Link rel='restconf' href='https://BOOT1.example.net:8443'/>"), ""},
    {XRD("<Link rel='restconf' href='https://boot1.example.net/top'/>"), NULL},
    {XRD("<Link rel='restconf' href='https://other.example:8443/top'/>"), NULL},
    {XRD("<Link rel='restconf' href='http://boot1.example.net:8443/top'/>"), NULL},
    {XRD("<Link rel='restconf' href='//other.example/top'/>"), NULL},
    {XRD("<Link rel='restconf' href='top'/>"), NULL},
    {XRD("<Link rel='restconf' href='/a&#13;&#10;X: y'/>"), NULL},
    {XRD("<Link rel='restconf' href='/a b'/>"), NULL},
    {XRD("<Link rel='restconf' href='/a?q'/>"), NULL},
    {XRD("<Link rel='restconf'/>"), NULL},
    {XRD("<x><Link rel='restconf' href='/a'/></x>"), NULL},
    {"<XRD><Link rel='restconf' href='/a'/></XRD>", NULL},
    {"<!DOCTYPE x>"
     "<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\"><Link rel='restconf' href='/a'/></XRD>",
     NULL},
    {"{\"links\":[{\"rel\":\"copyright\",\"href\":\"/c\"},{\"rel\":\"restconf\",\"href\":\"/api/"
     "restconf\"}]}",
     "/api/restconf"},
    {"{\"links\":[7,{\"rel\":7,\"href\":\"/c\"},{\"rel\":\"restconf\",\"href\":\"\\/a\\/\"}]}", "/a"},
    {"{\"links\":{\"rel\":\"restconf\",\"href\":\"/a\"}}", NULL},
    {"{\"links\":[{\"rel\":\"restconf\",\"href\":\"/a\\r\\nX: y\"}]}", NULL},
    {"[]", NULL},
    {"<html><body>Not found</body></html>", NULL},
    {"", NULL},
};

static void test_roots(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(ROOTS); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp__buf_t root;
    sztp__buf_init(&root, ctx, 1024);
    int32_t rc = sztp__root_read(ctx, sztp__span_of(ROOTS[i].document), sztp__span_of("boot1.example.net"),
                                 8443, &root);
    if (rc != (ROOTS[i].root == NULL ? SZTP_ERR_NOT_FOUND : 0))
      fail_msg("%s: %s", ROOTS[i].document, sztp_error_name(rc));
    if (rc == 0) assert_true(sztp__span_is(sztp__buf_span(&root), ROOTS[i].root));
    sztp__buf_clear(&root);
    test_ctx_free(&m, ctx);
  }
}

#define NS "urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"

/* The wire examples of section 2: REST-11 to -15, DATA-01, DATA-07, DATA-19, D-48 */
static void test_requests(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = NULL;
  uint8_t nonce[32];
  for (uint8_t i = 0; i < 32; i++) nonce[i] = (uint8_t)(0xa0 + i);
  assert_int_equal(sztp_device_new(ctx, &dev), 0);
  static const struct {
    int known; /* the device knows what it is */
    int trusted;
    int nonce;
    const char *json;
    const char *xml;
  } cases[] = {
      {0, 1, 0, "{\"ietf-sztp-bootstrap-server:input\":{}}", "<input xmlns=\"" NS "\"/>"},
      {0, 1, 1,
       "{\"ietf-sztp-bootstrap-server:input\":{\"nonce\":\"oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=\"}}",
       "<input xmlns=\"" NS "\"><nonce>oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=</nonce></input>"},
      {1, 0, 0, "{\"ietf-sztp-bootstrap-server:input\":{\"signed-data-preferred\":[null]}}",
       "<input xmlns=\"" NS "\"><signed-data-preferred/></input>"},
      {1, 0, 1,
       "{\"ietf-sztp-bootstrap-server:input\":{\"signed-data-preferred\":[null],\"nonce\":"
       "\"oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=\"}}",
       "<input xmlns=\"" NS "\"><signed-data-preferred/>"
       "<nonce>oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=</nonce></input>"},
      {1, 1, 0,
       "{\"ietf-sztp-bootstrap-server:input\":{\"hw-model\":\"EX4200\",\"os-name\":\"Example\\\"OS\",\"os-"
       "version\":\"<4.2.1&\"}}",
       "<input xmlns=\"" NS "\"><hw-model>EX4200</hw-model><os-name>Example&quot;OS</os-name>"
       "<os-version>&lt;4.2.1&amp;</os-version></input>"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    if (cases[i].known) {
      assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_HW_MODEL, "EX4200"), 0);
      assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_OS_NAME, "Example\"OS"), 0);
      assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_OS_VERSION, "<4.2.1&"), 0);
    }
    for (uint32_t encoding = SZTP__ENCODING_JSON; encoding <= SZTP__ENCODING_XML; encoding++) {
      sztp__buf_t body;
      sztp__buf_init(&body, ctx, 4096);
      assert_int_equal(sztp__data_request(dev, cases[i].trusted, sztp__span(nonce, cases[i].nonce ? 32 : 0),
                                          encoding, NULL, NULL, &body),
                       0);
      assert_string_equal((const char *)body.data,
                          encoding == SZTP__ENCODING_JSON ? cases[i].json : cases[i].xml);
      sztp__buf_clear(&body);
    }
  }
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

#define OUT(members) "{\"ietf-sztp-bootstrap-server:output\":{" members "}}"
#define CI           "\"conveyed-information\":\"AAECAw==\""
#define X_OUT(e)     "<output xmlns='" NS "'>" e "</output>"
#define X_CI         "<conveyed-information>AAECAw==</conveyed-information>"

struct reply_case {
  const char *type;
  const char *body;
  int32_t code;
  int verbose;
  const char *part;
};

/* REST-16, REST-17, REST-22 (D-52), PROG-07 (D-142), DATA-02, DATA-03, DATA-13, DATA-14 */
static const struct reply_case REPLIES[] = {
    {"application/yang-data+json", OUT(CI), 0, 0, ""},
    {"application/yang.data+json", OUT(CI ",\"reporting-level\":\"verbose\""), 0, 1, ""},
    {"Application/JSON; charset=utf-8", OUT(CI ",\"reporting-level\":\"minimal\""), 0, 0, ""},
    {"", OUT(CI ",\"reporting-level\":\"chatty\""), 0, 0, ""},
    {"text/plain", OUT(CI ",\"x\":1,\"other:y\":null"), 0, 0, ""},
    {"application/yang-data+json", OUT("\"ietf-sztp-bootstrap-server:conveyed-information\":\"AAECAw==\""), 0,
     0, ""},
    {"application/yang-data+json", OUT(""), SZTP_ERR_MODEL_INVALID, 0, "no conveyed-information"},
    {"application/yang-data+json", OUT("\"conveyed-information\":null"), SZTP_ERR_MODEL_INVALID, 0,
     "no conveyed-information"},
    {"application/yang-data+json", OUT("\"conveyed-information\":7"), SZTP_ERR_MODEL_INVALID, 0,
     "conveyed-information: not a base64"},
    {"application/yang-data+json", OUT("\"conveyed-information\":\"A\""), SZTP_ERR_MODEL_INVALID, 0,
     "conveyed-information: not base64"},
    {"application/yang-data+json", OUT(CI "," CI), SZTP_ERR_MODEL_INVALID, 0, "two members"},
    {"application/yang-data+json", OUT(CI) "x", SZTP_ERR_MODEL_INVALID, 0, "text after"},
    {"application/yang-data+json", "{\"output\":{" CI "}}", SZTP_ERR_MODEL_INVALID, 0, "no output"},
    {"application/yang-data+json", "[]", SZTP_ERR_MODEL_INVALID, 0, "not an object"},
    {"application/yang-data+json", "", SZTP_ERR_SERVER_FAIL, 0, "empty"},
    {"application/yang-data+json", X_OUT(X_CI), SZTP_ERR_MODEL_INVALID, 0, "no JSON value"},
    {"application/yang-data+xml", X_OUT(X_CI), 0, 0, ""},
    {"application/yang.data+xml", X_OUT(X_CI "<reporting-level>verbose</reporting-level>"), 0, 1, ""},
    {"APPLICATION/XML;charset=\"utf-8\"", X_OUT("<reporting-level> minimal </reporting-level>" X_CI), 0, 0,
     ""},
    {"text/xml",
     "<?xml version='1.0'?>\n<x:output xmlns:x='" NS "'><x:conveyed-information>\n  AAEC\n  Aw==\n"
     "</x:conveyed-information></x:output>",
     0, 0, ""},
    {"", "\xef\xbb\xbf\n" X_OUT(X_CI "<reporting-level>chatty</reporting-level>"), 0, 0, ""},
    {"text/plain", X_OUT("<x/>" X_CI "<y xmlns='other'>1</y>"), 0, 0, ""},
    /* seen in the field: the namespace in other letter case */
    {"application/yang.data+xml",
     "<output xmlns='urn:ietf:params:xml:ns:yang:ietf-SZTP-bootstrap-server'>" X_CI "</output>", 0, 0, ""},
    {"application/yang-data+xml", X_OUT(""), SZTP_ERR_MODEL_INVALID, 0, "no conveyed-information"},
    {"application/yang-data+xml", X_OUT("<conveyed-information/>"), 0, -1, ""},
    {"application/yang-data+xml",
     X_OUT("<conveyed-information xmlns='other'>AAECAw==</conveyed-information>"), SZTP_ERR_MODEL_INVALID, 0,
     "no conveyed-information"},
    {"application/yang-data+xml", X_OUT("<conveyed-information>A</conveyed-information>"),
     SZTP_ERR_MODEL_INVALID, 0, "conveyed-information: not base64"},
    {"application/yang-data+xml", X_OUT("<conveyed-information><a/></conveyed-information>"),
     SZTP_ERR_MODEL_INVALID, 0, "conveyed-information: not a base64"},
    {"application/yang-data+xml", X_OUT(X_CI X_CI), SZTP_ERR_MODEL_INVALID, 0, "given twice"},
    {"application/yang-data+xml", X_OUT("x" X_CI), SZTP_ERR_MODEL_INVALID, 0, "no output container"},
    {"application/yang-data+xml", "<output>" X_CI "</output>", SZTP_ERR_MODEL_INVALID, 0, "no output"},
    {"application/yang-data+xml", "<input xmlns='" NS "'>" X_CI "</input>", SZTP_ERR_MODEL_INVALID, 0,
     "no output"},
    {"application/yang-data+xml", X_OUT(X_CI) X_OUT(X_CI), SZTP_ERR_MODEL_INVALID, 0, "junk"},
    {"application/yang-data+xml", "<!DOCTYPE output>" X_OUT(X_CI), SZTP_ERR_MODEL_INVALID, 0, "DOCTYPE"},
    {"application/json", "\x1f\x8b\x08", SZTP_ERR_MODEL_INVALID, 0, ""},
    {"", "\x1f\x8b\x08", SZTP_ERR_MODEL_INVALID, 0, "but compressed by gzip"},
    {"application/yang-data+xml", "", SZTP_ERR_SERVER_FAIL, 0, "empty"},
    {"application/yang-data+xml", OUT(CI), SZTP_ERR_MODEL_INVALID, 0, "not well-formed"},
    {"text/html", "<html><body>no</body></html>", SZTP_ERR_MODEL_INVALID, 0, "an HTML page"},
    {"text/html", "<!DOCTYPE html><html><br></html>", SZTP_ERR_MODEL_INVALID, 0,
     "an HTML page, as a portal or a proxy sends it"},
    {"text/plain", "no", SZTP_ERR_MODEL_INVALID, 0, "neither JSON nor XML"},
    {"application/yang-data+cbor", "\xa0", SZTP_ERR_MODEL_INVALID, 0, "neither JSON nor XML"},
};

static void test_replies(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(REPLIES); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_bundle_t *bundle = NULL;
    int verbose = 7;
    assert_int_equal(sztp_bundle_new(ctx, &bundle), 0);
    int32_t rc = sztp__data_reply(ctx, sztp__span_of(REPLIES[i].body), sztp__span_of(REPLIES[i].type), bundle,
                                  &verbose);
    if (rc != REPLIES[i].code) fail_msg("%s: %s, %s", REPLIES[i].body, sztp_error_name(rc), test_detail(ctx));
    if (rc < 0) {
      test_expect_fail(ctx, rc, REPLIES[i].code, REPLIES[i].part);
    } else {
      int nothing = REPLIES[i].verbose < 0; /* an artifact of no octets, which is judged later */
      assert_int_equal(verbose, nothing ? 0 : REPLIES[i].verbose);
      assert_true(sztp__span_equal(sztp__bundle_span(bundle, SZTP_ARTIFACT_CONVEYED_INFO),
                                   sztp__span("\0\1\2\3", nothing ? 0 : 4)));
    }
    sztp_bundle_free(bundle);
    test_ctx_free(&m, ctx);
  }
}

/* SEC-06: an artifact beyond its limit */
static void test_reply_limit(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_bundle_t *bundle = NULL;
  int verbose = 0;
  assert_int_equal(sztp_bundle_new(ctx, &bundle), 0);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_CONVEYED, 3), 0);
  static const char *const bodies[] = {OUT(CI), X_OUT(X_CI)};
  for (size_t i = 0; i < TEST_COUNT_OF(bodies); i++) {
    sztp__trail_clear(ctx);
    test_expect_fail(ctx,
                     sztp__data_reply(ctx, sztp__span_of(bodies[i]), sztp__span_of(""), bundle, &verbose),
                     SZTP_ERR_LIMIT, "conveyed-information: more than 3 octets");
  }
  sztp_bundle_free(bundle);
  test_ctx_free(&m, ctx);
}

static int32_t reply_once(sztp_ctx_t *ctx, void *user) {
  sztp_bundle_t *bundle = NULL;
  int verbose = 0;
  int32_t rc = sztp_bundle_new(ctx, &bundle);
  if (rc == SZTP_OK) rc = sztp__data_reply(ctx, sztp__span_of(user), sztp__span_of(""), bundle, &verbose);
  if (bundle != NULL) sztp_bundle_free(bundle);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  static char json[] = OUT(CI ",\"owner-certificate\":\"AA\\u003d=\"");
  static char xml[] = X_OUT(X_CI "<owner-certificate>AA&#61;=</owner-certificate>");
  assert_true(test_every_allocation(reply_once, json) > 5);
  assert_true(test_every_allocation(reply_once, xml) > 5);
}

#define X_ERRORS(e) "<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'>" e "</errors>"

/* REST-18, DATA-10, SEC-11: for the log, neutralised */
static void test_errors(void **state) {
  (void)state;
  static const struct {
    const char *body;
    const char *text;
  } cases[] = {
      {"{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"application\",\"error-tag\":\"data-missing\","
       "\"error-message\":\"nothing "
       "staged\"}]}}",
       "data-missing: nothing staged"},
      {"{\"ietf-restconf:errors\":{\"error\":{\"error-tag\":\"in-use\"}}}", "in-use"},
      {"{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"a\\u001bb\\n\"}]}}", "a?b?"},
      {"{\"ietf-restconf:errors\":{\"error\":[]}}", ""},
      {"{\"ietf-restconf:errors\":7}", ""},
      {"<errors/>", ""},
      {X_ERRORS("<error><error-type>protocol</error-type><error-tag>access-denied</error-tag>"
                "<error-message>unknown client</error-message></error>"),
       "access-denied: unknown client"},
      {X_ERRORS("<error><error-tag> in-use </error-tag></error><error><error-tag>b</error-tag></error>"),
       "in-use"},
      {X_ERRORS("<error><error-tag>a&#x85;b\nc</error-tag><error-message>x&#9;y</error-message></error>"),
       "a?b?c: x?y"},
      {X_ERRORS("<error><error-tag><a/></error-tag><error-message>m</error-message></error>"), ": m"},
      {X_ERRORS(""), ""},
      {X_ERRORS("x"), ""},
      {"<errors xmlns='other'><error><error-tag>in-use</error-tag></error></errors>", ""},
      {"<html><body>", ""},
      {"", ""},
      {"{", ""},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char out[200];
    assert_string_equal(sztp__errors_text(ctx, sztp__span_of(cases[i].body), out, sizeof out), cases[i].text);
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_roots),   cmocka_unit_test(test_requests),
                                     cmocka_unit_test(test_replies), cmocka_unit_test(test_reply_limit),
                                     cmocka_unit_test(test_memory),  cmocka_unit_test(test_errors)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
