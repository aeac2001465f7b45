/* SPDX-License-Identifier: Apache-2.0 */
/* Other people's JSON and XML documents, and the examples of the RFCs (DATA group). */
#include "conformance/table.h"

#include <dirent.h>

#include "exchange/rpc.h"
#include "formats/json.h"
#include "formats/xml_tree.h"
#include "ground/text.h"
#include "trust/conveyed.h"
#include "trust/voucher.h"

static const char *corpora(void) {
  const char *dir = getenv("CORPORA");
  return dir != NULL ? dir : "../shared/corpora";
}

/* Calls @p take for every file of a folder whose name ends in @p end. Returns how many; 0 without a folder.
 */
typedef void (*take_fn)(table_t *t, sztp_ctx_t *ctx, const char *name, sztp__span_t text);
static unsigned each_file(const char *folder, const char *end, take_fn take, table_t *t) {
  unsigned count = 0;
  DIR *dir = opendir(folder);
  if (dir == NULL) return 0;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
    char path[1024];
    test_memory_t m;
    size_t len = strlen(entry->d_name);
    if (len < strlen(end) || strcmp(entry->d_name + len - strlen(end), end) != 0) continue;
    assert_true(snprintf(path, sizeof path, "%s/%.400s", folder, entry->d_name) < (int)sizeof path);
    uint8_t *text = test_read_file(path, &len);
    if (text == NULL) fail_msg("can't read %s", path);
    sztp_ctx_t *ctx = test_ctx_new(&m);
    take(t, ctx, entry->d_name, sztp__span(text, len));
    test_ctx_free(&m, ctx);
    free(text);
    count++;
  }
  closedir(dir);
  return count;
}

/* ---- JSONTestSuite: y_ is accepted, n_ refused, i_ either ---------------------------------------- */

static void take_json(table_t *t, sztp_ctx_t *ctx, const char *name, sztp__span_t text) {
  sztp__json_t *doc = NULL;
  int32_t rc = sztp__json_parse(ctx, text, &doc);
  assert_true(rc == SZTP_OK || rc == SZTP_ERR_JSON || rc == SZTP_ERR_LIMIT);
  assert_int_equal(doc != NULL, rc == SZTP_OK);
  if (name[0] != 'i') table_count(t, name, name[0] == 'y', rc, test_detail(ctx));
  sztp__json_free(doc);
}

/* DATA-03, DATA-13, DATA-14 */
static void test_json_suite(void **state) {
  static const exception_t known[] = {
      {"y_object_duplicated_key.json", "D-56: a name twice"},
      {"y_object_duplicated_key_and_value.json", "D-56: a name twice"},
      {"y_object_escaped_null_in_key.json", "D-62: \\u0000"},
      {"y_string_null_escape.json", "D-62: \\u0000"},
  };
  char folder[512];
  table_t t;
  (void)state;
  (void)snprintf(folder, sizeof folder, "%s/json/test_parsing", corpora());
  table_begin(&t, "JSONTestSuite", LISTED(known));
  unsigned files = each_file(folder, ".json", take_json, &t);
  if (files == 0) {
    print_message("skipped: no %s\n", folder);
    skip();
  }
  assert_true(files > 300);
  table_finish(&t);
}

/* ---- xmltest by James Clark ---------------------------------------------------------------------- */

/* What is refused is refused as XML: for its DOCTYPE, or for what is wrong before it or without one. */
static void take_refused(table_t *t, sztp_ctx_t *ctx, const char *name, sztp__span_t text) {
  sztp__xml_tree_t *tree = NULL;
  int32_t rc = sztp__xml_tree_read(ctx, text, &tree);
  table_count(t, name, 0, rc, test_detail(ctx));
  assert_true(rc == SZTP_OK || rc == SZTP_ERR_XML);
  sztp__xml_tree_free(tree);
}

/* All of these are valid, and all have a DOCTYPE: that, or an encoding that is not UTF-8, must be the reason.
 */
static void take_valid(table_t *t, sztp_ctx_t *ctx, const char *name, sztp__span_t text) {
  take_refused(t, ctx, name, text);
  const char *why = test_detail(ctx);
  if (strstr(why, "DOCTYPE") == NULL && strstr(why, "other than UTF-8") == NULL)
    fail_msg("%s: %s", name, why);
}

/* The canonical forms of the valid ones have neither. */
static void take_canonical(table_t *t, sztp_ctx_t *ctx, const char *name, sztp__span_t text) {
  sztp__xml_tree_t *tree = NULL;
  int32_t rc = sztp__xml_tree_read(ctx, text, &tree);
  table_count(t, name, 1, rc, test_detail(ctx));
  sztp__xml_tree_free(tree);
}

/* The licence is for the archive as it is, so it is unpacked anew. Returns 0 if there is none. */
static int unpack(char *folder, size_t cap) {
  char command[2048];
  char archive[512];
  (void)snprintf(archive, sizeof archive, "%s/xml/xmltest.zip", corpora());
  (void)snprintf(folder, cap, "%s/xmltest", test_directory("BUILD"));
  FILE *f = fopen(archive, "rb");
  if (f == NULL) {
    print_message("skipped: no %s\n", archive);
    return 0;
  }
  (void)fclose(f);
  assert_true(snprintf(command, sizeof command, "python3 -m zipfile -e '%s' '%s'", archive, folder) <
              (int)sizeof command);
  assert_int_equal(system(command), 0);
  return 1;
}

static void take_parts(const char *base, const char *const *parts, take_fn take, table_t *t, unsigned files) {
  unsigned count = 0;
  for (; *parts != NULL; parts++) {
    char folder[1024];
    (void)snprintf(folder, sizeof folder, "%s/xmltest/%s", base, *parts);
    count += each_file(folder, ".xml", take, t);
  }
  assert_int_equal(count, files);
  table_finish(t);
}

/* DATA-11, DATA-12, DATA-13 */
static void test_xml_suite(void **state) {
  static const char *const not_wf[] = {"not-wf/sa", "not-wf/not-sa", "not-wf/ext-sa", NULL};
  static const char *const valid[] = {"valid/sa", "valid/not-sa", "valid/ext-sa", "invalid", NULL};
  static const char *const canonical[] = {"valid/sa/out", "valid/not-sa/out", "valid/ext-sa/out", NULL};
  static const exception_t known[] = {{"012.xml", "a colon is no name (Namespaces in XML)"}};
  char base[512];
  table_t t;
  (void)state;
  if (!unpack(base, sizeof base)) skip();
  table_begin(&t, "xmltest, not well-formed", NULL, 0);
  take_parts(base, not_wf, take_refused, &t, 197);
  table_begin(&t, "xmltest, with DOCTYPE", NULL, 0);
  take_parts(base, valid, take_valid, &t, 170);
  table_begin(&t, "xmltest, canonical", LISTED(known));
  take_parts(base, canonical, take_canonical, &t, 164);
}

/* ---- the examples of RFC 8572, RFC 9646 and RFC 8366 --------------------------------------------- */

/* Values are placeholders: those that are no base64 become some of the same length. */
static void fill_in(uint8_t *text, const char *placeholder, const char *value) {
  for (char *at = strstr((char *)text, placeholder); at != NULL; at = strstr(at, placeholder))
    memcpy(at, value, strlen(value));
}

static int32_t read_conveyed(sztp_ctx_t *ctx, sztp__span_t text) {
  sztp__yang_t doc;
  uint32_t kind = 0;
  sztp_info_t *info = NULL;
  int32_t rc = sztp__conveyed_open(ctx, text, SZTP__ENCODING_ANY, &doc, &kind);
  if (rc == 0) rc = sztp__conveyed_read(&doc, kind, 1, &info);
  if (rc == 0) {
    assert_int_equal(info->warnings, 0);
    size_t servers = sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS);
    assert_int_equal(servers, kind == SZTP_INFO_REDIRECT ? 3 : 0);
    for (size_t i = 0; i < servers; i++) assert_non_null(info->servers[i].anchor);
    if (kind == SZTP_INFO_ONBOARDING) assert_int_equal(sztp_info_count(info, SZTP_INFO_IMAGE_SHA256), 1);
  }
  sztp__yang_close(&doc);
  sztp_info_free(info);
  return rc;
}

static int32_t read_reply(sztp_ctx_t *ctx, sztp__span_t text) {
  sztp_bundle_t *bundle = NULL;
  int verbose = 0;
  assert_int_equal(sztp_bundle_new(ctx, &bundle), 0);
  int32_t rc = sztp__data_reply(ctx, text, sztp__span(NULL, 0), bundle, &verbose);
  sztp_bundle_free(bundle);
  return rc;
}

static int32_t read_errors(sztp_ctx_t *ctx, sztp__span_t text) {
  char shown[200];
  sztp__errors_text(ctx, text, shown, sizeof shown);
  assert_string_equal(shown, "missing-attribute: Missing input parameter");
  return 0;
}

/* What a device sends: read as what a server is to understand. */
static int32_t read_request(sztp_ctx_t *ctx, sztp__span_t text) {
  static const char *const known[] = {
      "hw-model", "os-name",       "os-version",         "nonce", "signed-data-preferred", "progress-type",
      "message",  "ssh-host-keys", "trust-anchor-certs", NULL};
  sztp__yang_t y = {ctx, "ietf-sztp-bootstrap-server", "input", SZTP_ERR_MODEL_INVALID, 0, NULL, NULL};
  const sztp__yang_node_t *input = NULL;
  uint8_t *nonce = NULL;
  size_t len = 0;
  int32_t rc = sztp__yang_open(&y, text, sztp__yang_encoding(text));
  if (rc == 0) rc = sztp__yang_top(&y, "input", &input);
  if (rc == 0) assert_non_null(input);
  if (rc == 0) rc = sztp__yang_binary(&y, input, "nonce", SZTP__BASE64_STRICT, 32, &nonce, &len);
  int csr = strstr((const char *)text.data, "ietf-sztp-csr") != NULL; /* a module of its own */
  if (rc == 0) assert_int_equal(sztp__yang_unknown(&y, input, known), csr);
  sztp__free_secret(ctx, nonce);
  sztp__yang_close(&y);
  return rc;
}

static int32_t read_voucher(sztp_ctx_t *ctx, sztp__span_t text) {
  sztp__voucher_t *v = NULL;
  int32_t rc = sztp__voucher_parse_json(ctx, text, &v);
  if (rc == 0) assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_SERIAL), "JADA123456789"));
  sztp__voucher_free(v);
  return rc;
}

/* A document of which no device reads more than that it is one. */
static int32_t read_any(sztp_ctx_t *ctx, sztp__span_t text) {
  sztp__yang_t y = {ctx, "", "example", SZTP_ERR_MODEL_INVALID, 0, NULL, NULL};
  int32_t rc = sztp__yang_open(&y, text, sztp__yang_encoding(text));
  sztp__yang_close(&y);
  return rc;
}

/* DATA-01, DATA-08, DATA-11, CONV-08, CONV-15, REST-11, REST-16, REST-18, VOUCH-06, D-109 */
static void test_examples(void **state) {
  static const exception_t known[] = {
      {"zero-touch/ex-file-onboarding-information.xml", "CONV-21: a configuration of XML elements"},
  };
  static const struct {
    const char *name;
    int32_t (*read)(sztp_ctx_t *ctx, sztp__span_t text);
  } files[] = {
      {"zero-touch/ex-file-onboarding-information.json", read_conveyed},
      {"zero-touch/ex-file-onboarding-information.xml", read_conveyed},
      {"zero-touch/ex-file-redirect-information.json", read_conveyed},
      {"zero-touch/ex-file-redirect-information.xml", read_conveyed},
      {"zero-touch/ex-api-get-bootstrap-data-rpc-reply-trusted.xml", read_reply},
      {"zero-touch/ex-api-get-bootstrap-data-rpc-reply-untrusted.xml", read_reply},
      {"zero-touch/ex-api-get-bootstrap-data-rpc-trusted.xml", read_request},
      {"zero-touch/ex-api-get-bootstrap-data-rpc-untrusted.xml", read_request},
      {"zero-touch/ex-api-report-progress-rpc.xml", read_request},
      {"zero-touch/ex-api-device-model.xml", read_any},
      {"sztp-csr/ex-api-gbd-with-csr-rpc.json", read_request},
      {"sztp-csr/ex-api-gbd-with-csr-rpc-reply.json", read_reply},
      {"sztp-csr/ex-api-gbd-without-csr-rpc.json", read_request},
      {"sztp-csr/ex-api-gbd-without-csr-rpc-reply.json", read_errors},
      {"sztp-csr/ex-api-gbd-without-csr-rpc-reply-inner-payload.json", read_any},
      {"sztp-csr/ex-keystore-ldevid-new-key.json", read_any},
      {"sztp-csr/ex-keystore-ldevid-same-key.json", read_any},
      {"voucher/ex-file-voucher-ephemeral.json", read_voucher},
      {"voucher/ex-file-voucher-long-lived.json", read_voucher},
  };
  table_t t;
  (void)state;
  table_begin(&t, "examples of RFC 8572, 9646, 8366", LISTED(known));
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    char path[256];
    size_t len = 0;
    test_memory_t m;
    (void)snprintf(path, sizeof path, "sztp-rfc-examples/%s", files[i].name);
    uint8_t *text = test_read_corpus(path, &len);
    if (text == NULL && i == 0) {
      print_message("skipped: no sztp-rfc-examples in CORPORA\n");
      skip();
    }
    if (text == NULL) fail_msg("no %s", path);
    fill_in(text, "base64encodedvalue==", "YmFzZTY0ZW5jb2RlZA==");
    fill_in(text, "extralongbase64encodedvalue=", "b2YgdHdlbnR5IG9jdGV0cyA1NiA=");
    const char *body = strstr((const char *)text, "\n\n"); /* behind the head of an HTTP message */
    int is_http = strncmp((const char *)text, "HTTP", 4) == 0 || strncmp((const char *)text, "POST", 4) == 0;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    int32_t rc = files[i].read(ctx, sztp__span_of(is_http ? body : (const char *)text));
    table_count(&t, files[i].name, 1, rc, test_detail(ctx));
    test_ctx_free(&m, ctx);
    free(text);
  }
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_json_suite),
      cmocka_unit_test(test_xml_suite),
      cmocka_unit_test(test_examples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
