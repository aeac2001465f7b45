/* SPDX-License-Identifier: Apache-2.0 */
/* Conveyed information that is made, in JSON and XML, signed and unsigned, and what is refused. */
#include "artifact_files.h"

/* The document of unsigned conveyed information, freed by the caller. */
static char *unsigned_document(const sztp_conveyed_t *c) {
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__cms_t *cms = NULL;
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(sztp__der_check(ctx, sztp__span(out, len)), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
  char *document = (char *)malloc(cms->content.len + 1);
  assert_non_null(document);
  memcpy(document, cms->content.data, cms->content.len);
  document[cms->content.len] = '\0';
  assert_int_equal(cms->type, document[0] == '<' ? SZTP__CMS_CONVEYED_XML : SZTP__CMS_CONVEYED_JSON);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, out);
  return document;
}

/* CONV-04, CONV-23: the two artifacts of the wire examples, 7.1, octet by octet. */
static void wire_examples(void **state) {
  static const uint8_t empty[] =
      "\x30\x46\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b\xa0\x37\x04\x35"
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}";
  static const uint8_t redirect[] =
      "\x30\x81\x84\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b\xa0\x75\x04\x73"
      "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":\"boot2.example."
      "net\","
      "\"port\":8443}]}}";
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(len, sizeof empty - 1);
  assert_memory_equal(out, empty, len);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  assert_int_equal(sztp_conveyed_add_server(c, "boot2.example.net", 8443, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(len, sizeof redirect - 1);
  assert_memory_equal(out, redirect, len);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
}

/* CMS-08, CMS-09: the signed attributes of the wire examples, 7.2. */
static void wire_example_attributes(void **state) {
  static const uint8_t attrs[] =
      "\xa0\x4d\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03\x31\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d"
      "\x01\x09\x10"
      "\x01\x2b\x30\x2f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04\x31\x22\x04\x20\x44\x48\x14\x62\x7e\x93"
      "\xa4\x86\x8f"
      "\xcf\x41\x10\x84\x60\xa7\x6a\xe9\x09\xff\x48\x3a\xe8\x14\x9d\xdd\x8b\x10\xdf\x17\x8f\x35\xe8";
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__cms_t *cms = NULL;
  (void)state;
  sztp_signer_t *s = signer_of(ctx, &pki.owner, &pki.owner_key, NULL);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
  assert_int_equal(cms->signers[0].signed_attrs.len, sizeof attrs - 1);
  assert_memory_equal(cms->signers[0].signed_attrs.data, attrs, sizeof attrs - 1);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
  sztp_signer_free(s);
}

/* CONV-08 to CONV-10, CONV-14: addresses of each kind, in order, with and without port and anchor. */
static void redirect_information(void **state) {
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  uint8_t *bag = NULL;
  size_t len = 0;
  file_t chain = joined(&pki.owner_int, &pki.owner_root);
  assert_int_equal(sztp_owner_cert_make(ctx, chain.data, chain.len, NULL, 0, &bag, &len), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "boot2.example.net", 8443, chain.data, chain.len), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "192.0.2.10", 0, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "2001:db8::5", 65535, bag, len), SZTP_OK);
  char *document = unsigned_document(c);
  take_binary(document, "trust-anchor", bag, len);
  char *second = strstr(document, "2001:db8::5");
  assert_non_null(second);
  take_binary(second, "trust-anchor", bag, len);
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":["
                                "{\"address\":\"boot2.example.net\",\"port\":8443,\"trust-anchor\":\"*\"},"
                                "{\"address\":\"192.0.2.10\"},"
                                "{\"address\":\"2001:db8::5\",\"port\":65535,\"trust-anchor\":\"*\"}]}}");
  free(document);
  free(chain.data);
  sztp_artifacts_free(ctx, bag);
  sztp_conveyed_free(c);
}

/* TLS-17, REDIR-16: the CRLs of an anchor go along, out of a packed file or out of PEM. */
static void anchors_with_crls(void **state) {
  file_t crl = make_crl();
  uint8_t *bag = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(
      sztp_owner_cert_make(ctx, pki.owner_root.data, pki.owner_root.len, crl.data, crl.len, &bag, &len),
      SZTP_OK);
  for (int pem = 0; pem < 2; pem++) {
    sztp__buf_t anchor;
    sztp__buf_t text;
    sztp__buf_init(&anchor, ctx, 1 << 16);
    sztp__buf_init(&text, ctx, 1 << 16);
    if (pem) {
      sztp__buf_add(&anchor, pki.owner_root.data, pki.owner_root.len);
      sztp__buf_add_text(&anchor, "-----BEGIN X509 CRL-----\n");
      sztp__base64_encode(&anchor, sztp__span(crl.data, crl.len));
      sztp__buf_add_text(&anchor, "\n-----END X509 CRL-----\n");
    } else {
      sztp__buf_add(&anchor, bag, len);
    }
    sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
    assert_int_equal(sztp_conveyed_add_server(c, "h", 0, anchor.data, anchor.len), SZTP_OK);
    sztp__buf_add_text(
        &text, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":"
               "\"h\",\"trust-anchor\":\"");
    sztp__base64_encode(&text, sztp__span(bag, len));
    assert_int_equal(sztp__buf_add_text(&text, "\"}]}}"), SZTP_OK);
    char *document = unsigned_document(c);
    assert_string_equal(document, (const char *)text.data);
    free(document);
    sztp_conveyed_free(c);
    sztp__buf_clear(&text);
    sztp__buf_clear(&anchor);
  }
  sztp_artifacts_free(ctx, bag);
}

static void refused_servers(void **state) {
  file_t no_root = joined(&pki.owner, &pki.owner_int);
  file_t two_roots = joined(&pki.owner_root, &pki.other_root);
  file_t stranger = joined(&pki.owner_root, &pki.other);
  file_t fork = {NULL, 0};
  const struct {
    const char *host;
    const file_t *anchor;
    int32_t code;
    const char *why;
  } cases[] = {
      {"", NULL, SZTP_ERR_URI, "empty"},
      {"[2001:db8::1]", NULL, SZTP_ERR_URI, ""},
      {"https://h", NULL, SZTP_ERR_URI, ""},
      {"h:443", NULL, SZTP_ERR_URI, ""},
      {"a b", NULL, SZTP_ERR_URI, ""},
      {"FIRST.example.", NULL, SZTP_ERR_MODEL_INVALID,
       "there already"}, /* CONV-13: the key, case and dot ignored */
      {"h", &pki.owner_key, SZTP_ERR_TEXT, "no PEM block"},
      {"h", &pki.owner_int, SZTP_ERR_MODEL_INVALID, "no self-signed root"},
      {"h", &no_root, SZTP_ERR_MODEL_INVALID, "no self-signed root"},
      {"h", &two_roots, SZTP_ERR_MODEL_INVALID, "more than one self-signed root"},
      {"h", &stranger, SZTP_ERR_MODEL_INVALID, "do not belong"},
      {"h", &fork, SZTP_ERR_MODEL_INVALID, "more than one chain"},
  };
  (void)state;
  file_t owner_rsa = {NULL, 0};
  owner_rsa.data = test_read_pki("owner-rsa.pem", &owner_rsa.len);
  file_t leaves = joined(&pki.owner, &owner_rsa); /* two below one intermediate */
  file_t branch = joined(&leaves, &pki.owner_int);
  fork = joined(&branch, &pki.owner_root);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  assert_int_equal(sztp_conveyed_add_server(c, "first.example", 0, NULL, 0), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const file_t none = {NULL, 0};
    const file_t *a = cases[i].anchor != NULL ? cases[i].anchor : &none;
    test_expect_fail(ctx, sztp_conveyed_add_server(c, cases[i].host, 1, a->data, a->len), cases[i].code,
                     cases[i].why);
  }
  char *document = unsigned_document(c); /* what was refused is not in it */
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":["
                                "{\"address\":\"first.example\"}]}}");
  free(document);
  sztp_conveyed_free(c);
  free(no_root.data);
  free(two_roots.data);
  free(stranger.data);
  free(owner_rsa.data);
  free(leaves.data);
  free(branch.data);
  free(fork.data);
}

/* CONV-15, CONV-19, DATA-16: all nodes, in the model's order whatever order they were set in. */
static void onboarding_information(void **state) {
  static const uint8_t digest[32] = {0x61, 0x05, 0xd6, [31] = 0x3d};
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  set_text(c, SZTP_INFO_POST_SCRIPT, "#!/bin/sh\nexit 0\n");
  set_text(c, SZTP_INFO_CONFIG, "hostname edge-17\n");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "replaced");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "#!/bin/sh\nexit 0\n");
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_REPLACE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, digest, sizeof digest), SZTP_OK);
  set_text(c, SZTP_INFO_IMAGE_URI, "https://img.example.net/exampleos-4.3.0.bin");
  set_text(c, SZTP_INFO_IMAGE_URI, "http://198.51.100.7/exampleos-4.3.0.bin");
  set_text(c, SZTP_INFO_OS_VERSION, "4.3.0");
  set_text(c, SZTP_INFO_OS_NAME, "ExampleOS");
  char *document = unsigned_document(c);
  assert_string_equal(
      document,
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-name\":\"ExampleOS\","
      "\"os-version\":\"4.3.0\",\"download-uri\":[\"https://img.example.net/exampleos-4.3.0.bin\","
      "\"http://198.51.100.7/exampleos-4.3.0.bin\"],\"image-verification\":[{\"hash-algorithm\":"
      "\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"61:05:d6:00:00:00:00:00:00:00:00:00:00:00:00:00:"
      "00:00:00:00:"
      "00:00:00:00:00:00:00:00:00:00:00:3d\"}]},\"configuration-handling\":\"merge\",\"pre-configuration-"
      "script\":"
      "\"IyEvYmluL3NoCmV4aXQgMAo=\",\"configuration\":\"aG9zdG5hbWUgZWRnZS0xNwo=\",\"post-configuration-"
      "script\":"
      "\"IyEvYmluL3NoCmV4aXQgMAo=\"}}");
  free(document);
  sztp_conveyed_free(c);
}

/* CONV-02, CONV-08, DATA-08, DATA-19: the same in XML, where an identity of the default namespace has no
 * prefix. */
static void information_in_xml(void **state) {
  static const uint8_t digest[32] = {0x61, 0x05, 0xd6, [31] = 0x3d};
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_OK);
  char *document = unsigned_document(c);
  assert_string_equal(document, "<onboarding-information xmlns=\"" NS "\"/>");
  free(document);
  set_text(c, SZTP_INFO_POST_SCRIPT, "#!/bin/sh\nexit 0\n");
  set_text(c, SZTP_INFO_CONFIG, "hostname edge-17\n");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "#!/bin/sh\nexit 0\n");
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_REPLACE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, digest, sizeof digest), SZTP_OK);
  set_text(c, SZTP_INFO_IMAGE_URI, "https://img.example.net/os.bin?a=1&b=2");
  set_text(c, SZTP_INFO_IMAGE_URI, "http://198.51.100.7/os.bin");
  set_text(c, SZTP_INFO_OS_VERSION, "4.3.0");
  set_text(c, SZTP_INFO_OS_NAME, "<ExampleOS>");
  document = unsigned_document(c);
  assert_string_equal(
      document,
      "<onboarding-information xmlns=\"" NS
      "\"><boot-image><os-name>&lt;ExampleOS&gt;</os-name><os-version>4.3.0"
      "</os-version><download-uri>https://img.example.net/os.bin?a=1&amp;b=2</download-uri><download-uri>"
      "http://198.51.100.7/os.bin</download-uri><image-verification><hash-algorithm>sha-256</hash-algorithm>"
      "<hash-value>61:05:d6:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
      "00:"
      "3d</hash-value></image-verification></boot-image><configuration-handling>replace</"
      "configuration-handling>"
      "<pre-configuration-script>IyEvYmluL3NoCmV4aXQgMAo=</pre-configuration-script><configuration>"
      "aG9zdG5hbWUgZWRnZS0xNwo=</configuration><post-configuration-script>IyEvYmluL3NoCmV4aXQgMAo="
      "</post-configuration-script></onboarding-information>");
  free(document);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_JSON), SZTP_OK); /* and back */
  document = unsigned_document(c);
  assert_int_equal(document[0], '{');
  free(document);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  uint8_t *bag = NULL;
  size_t len = 0;
  assert_int_equal(sztp_owner_cert_make(ctx, pki.owner_root.data, pki.owner_root.len, NULL, 0, &bag, &len),
                   SZTP_OK);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_OK);
  assert_int_equal(
      sztp_conveyed_add_server(c, "boot2.example.net", 8443, pki.owner_root.data, pki.owner_root.len),
      SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "192.0.2.10", 0, NULL, 0), SZTP_OK);
  document = unsigned_document(c);
  char *anchor = strstr(document, "<trust-anchor>");
  assert_non_null(anchor);
  sztp__buf_t base64;
  sztp__buf_init(&base64, ctx, 100000);
  assert_int_equal(sztp__base64_encode(&base64, sztp__span(bag, len)), SZTP_OK);
  assert_memory_equal(anchor + 14, base64.data, base64.len);
  anchor[14] = '\0';
  assert_string_equal(document,
                      "<redirect-information xmlns=\"" NS "\"><bootstrap-server><address>boot2.example.net"
                      "</address><port>8443</port><trust-anchor>");
  assert_string_equal(anchor + 14 + base64.len,
                      "</trust-anchor></bootstrap-server><bootstrap-server><address>192.0.2.10</address>"
                      "</bootstrap-server></redirect-information>");
  sztp__buf_clear(&base64);
  free(document);
  sztp_artifacts_free(ctx, bag);
  sztp_conveyed_free(c);
}

static void refused_onboarding_fields(void **state) {
  static const struct {
    uint32_t field;
    const char *value;
    size_t len;
    int32_t code;
    const char *why;
  } cases[] = {
      {SZTP_INFO_OS_NAME, "", 0, SZTP_ERR_TEXT, "0 octets"},
      {SZTP_INFO_OS_NAME, "a\nb", 3, SZTP_ERR_TEXT, "control character"},
      {SZTP_INFO_OS_VERSION, "\xc3", 1, SZTP_ERR_TEXT, "not UTF-8"},
      {SZTP_INFO_IMAGE_SHA256, "0123456789012345678901234567890", 31, SZTP_ERR_ARG, "31 octets"},
      {SZTP_INFO_CONFIG, "", 0, SZTP_ERR_MODEL_INVALID, "empty"}, /* CONV-22 */
      {SZTP_INFO_PRE_SCRIPT, "", 0, SZTP_ERR_MODEL_INVALID, "empty"},
      {SZTP_INFO_POST_SCRIPT, "", 0, SZTP_ERR_MODEL_INVALID, "empty"},
      {SZTP_INFO_POST_SCRIPT, "0123456789", 10, SZTP_ERR_LIMIT, "10 octets"}, /* ONB-27 */
      {SZTP_INFO_IMAGE_URI, "", 0, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "/image.bin", 10, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "http:", 5, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "http://h/a b", 12, SZTP_ERR_URI, "octet 10"},
      {SZTP_INFO_IMAGE_URI, "http://h/\0", 10, SZTP_ERR_URI, "octet 9"},
      {SZTP_INFO_IMAGE_URI, "http://h/\xc3\xa4", 11, SZTP_ERR_URI, "octet 9"},
      {SZTP_INFO_SERVER_ADDRESS, "h", 1, SZTP_ERR_ARG, "field 1"},
      {SZTP_INFO_CONFIG_HANDLING, "merge", 5, SZTP_ERR_ARG, "field 20"},
  };
  (void)state;
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_PART, 9), SZTP_OK);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(
        ctx, sztp_conveyed_set_bytes(c, cases[i].field, (const uint8_t *)cases[i].value, cases[i].len),
        cases[i].code, cases[i].why);
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 3), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 0), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG, 1), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_add_server(c, "h", 1, NULL, 0), SZTP_ERR_ARG, "redirect information");
  char *document = unsigned_document(c);
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}");
  free(document);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  test_expect_fail(ctx, sztp_conveyed_set_bytes(c, SZTP_INFO_OS_NAME, (const uint8_t *)"a", 1), SZTP_ERR_ARG,
                   "field 16");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 1), SZTP_ERR_ARG, "field 20");
  sztp_conveyed_free(c);
}

/* CONV-09, CONV-16, CONV-18: what the model forbids as a whole. */
static void refused_conveyed_information(void **state) {
  enum { SERVERLESS, CONFIG_ALONE, HANDLING_ALONE, HASH_ALONE };
  static const char *const why[] = {"without a bootstrap server", "without configuration-handling",
                                    "handling without configuration", "without download-uri"};
  (void)state;
  for (int i = SERVERLESS; i <= HASH_ALONE; i++) {
    sztp_conveyed_t *c = conveyed_of(i == SERVERLESS ? SZTP_INFO_REDIRECT : SZTP_INFO_ONBOARDING);
    uint8_t *out = NULL;
    size_t len = 0;
    if (i == CONFIG_ALONE) set_text(c, SZTP_INFO_CONFIG, "x");
    if (i == HANDLING_ALONE) sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE);
    if (i == HASH_ALONE) set_text(c, SZTP_INFO_IMAGE_SHA256, "01234567890123456789012345678901");
    test_expect_fail(ctx, sztp_conveyed_make(c, NULL, &out, &len), SZTP_ERR_MODEL_INVALID, why[i]);
    assert_null(out);
    sztp_conveyed_free(c);
  }
}

/* CONV-01, CONV-05: signed, with content type of its own or, without attributes, id-data. */
static void signed_conveyed_information(void **state) {
  static const expected_t with = {SZTP__CMS_CONVEYED_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  static const expected_t xml = {SZTP__CMS_CONVEYED_XML, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  static const expected_t without = {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  (void)state;
  sztp_signer_t *s = signer_of(ctx, &pki.owner, &pki.owner_key, NULL);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (int i = 0; i < 4; i++) {
    uint8_t *out = NULL;
    size_t len = 0;
    int no_attrs = i & 1;
    uint32_t encoding = i < 2 ? SZTP_ENCODING_JSON : SZTP_ENCODING_XML;
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_ATTRS, no_attrs), SZTP_OK);
    assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, encoding), SZTP_OK);
    assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_OK);
    char *document = verified(out, len, &pki.owner, no_attrs ? &without : i < 2 ? &with : &xml);
    assert_string_equal(document, i < 2 ? "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}"
                                        : "<onboarding-information xmlns=\"" NS "\"/>");
    free(document);
    sztp_artifacts_free(ctx, out);
  }
  sztp_conveyed_free(c);
  sztp_signer_free(s);
}

static void limits(void **state) {
  char host[32];
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  for (int i = 0; i < 256; i++) {
    snprintf(host, sizeof host, "h%d", i);
    assert_int_equal(sztp_conveyed_add_server(c, host, 0, NULL, 0), SZTP_OK);
  }
  test_expect_fail(ctx, sztp_conveyed_add_server(c, "h256", 0, NULL, 0), SZTP_ERR_LIMIT, "more than 256");
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_CONVEYED, 100), SZTP_OK);
  test_expect_fail(ctx, sztp_conveyed_make(c, NULL, &out, &len), SZTP_ERR_LIMIT, "");
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (int i = 0; i < 256; i++) set_text(c, SZTP_INFO_IMAGE_URI, "http://h/");
  test_expect_fail(ctx, sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"http://h/", 9),
                   SZTP_ERR_LIMIT, "more than 256");
  sztp_conveyed_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(wire_examples),
      TEST(wire_example_attributes),
      TEST(redirect_information),
      TEST(anchors_with_crls),
      TEST(refused_servers),
      TEST(onboarding_information),
      TEST(information_in_xml),
      TEST(refused_onboarding_fields),
      TEST(refused_conveyed_information),
      TEST(signed_conveyed_information),
      TEST(limits),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
