/* SPDX-License-Identifier: Apache-2.0 */
/* Names, certificates and signatures against BoringSSL's files. */
#include "conformance/table.h"

#include <cjson/cJSON.h>

#include "common/pki.h"
#include "cryptography/cert.h"
#include "ground/text.h"

/* ---- names --------------------------------------------------------------------------------------- */

static int read_name(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der) {
  char path[160];
  size_t len = 0;
  (void)snprintf(path, sizeof path, "boringssl-pki/verify_name_match_unittest/names/%s.pem", name);
  uint8_t *text = test_read_corpus(path, &len);
  if (text == NULL) return 0;
  if (!pem_find(ctx, sztp__span(text, len), "NAME", der)) fail_msg("no name in %s", path);
  free(text);
  return 1;
}

/* PKIX-05: BoringSSL's names, each with each. */
static void test_boringssl_names(void **state) {
  (void)state;
  static const char *const types[] = {"PRINTABLESTRING", "UTF8", "BMPSTRING", "T61STRING", "UNIVERSALSTRING"};
  static const char *const forms[] = {"unmangled", "case_swap", "extra_whitespace"};
  static const char *const endings[] = {"", "-dupe_attr", "-extra_attr", "-extra_rdn"};
  static const char *const invalid[] = {
      "AttributeTypeAndValue-badAttributeType",
      "AttributeTypeAndValue-empty",
      "AttributeTypeAndValue-extradata",
      "AttributeTypeAndValue-onlyOneElement",
      "AttributeTypeAndValue-setNotSequence",
      "Name-setInsteadOfSequence",
      "RDN-empty",
      "RDN-sequenceInsteadOfSet",
  };
  enum { COUNT = 60 };
  static sztp__buf_t names[COUNT];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t der;
  table_t t;
  char name[80];
  for (size_t i = 0; i < COUNT; i++) {
    (void)snprintf(name, sizeof name, "ascii-%s-%s%s", types[i / 12], forms[i / 4 % 3], endings[i % 4]);
    if (!read_name(ctx, name, &names[i])) {
      print_message("skipped: no %s in CORPORA\n", name);
      test_ctx_free(&m, ctx);
      return;
    }
    assert_int_equal(sztp__name_check(ctx, sztp__buf_span(&names[i])), 0);
  }
  table_begin(&t, "BoringSSL names, each with each", NULL, 0);
  for (size_t i = 0; i < COUNT; i++) {
    for (size_t j = 0; j < COUNT; j++) {
      /* one ending: types of strings, case and spaces do not count (RFC 5280 7.1) */
      int expected = i % 4 == j % 4;
      int equal = sztp__name_equal(ctx, sztp__buf_span(&names[i]), sztp__buf_span(&names[j]));
      (void)snprintf(name, sizeof name, "%u and %u", (unsigned)i, (unsigned)j);
      table_count(&t, name, expected, equal ? SZTP_OK : SZTP_ERR_NOT_FOUND, "they differ");
    }
  }
  for (size_t i = 0; i < COUNT; i++) sztp__buf_clear(&names[i]);
  for (size_t i = 0; i < TEST_COUNT_OF(invalid); i++) {
    (void)snprintf(name, sizeof name, "invalid-%s", invalid[i]);
    assert_true(read_name(ctx, name, &der));
    table_count(&t, name, 0, sztp__name_check(ctx, sztp__buf_span(&der)), test_detail(ctx));
    sztp__trail_clear(ctx);
    sztp__buf_clear(&der);
  }
  /* one RDN of several attributes, which stand in another order when their case is another */
  sztp__buf_t other;
  assert_true(read_name(ctx, "ascii-PRINTABLESTRING-rdn_sorting_1", &der));
  assert_true(read_name(ctx, "ascii-PRINTABLESTRING-rdn_sorting_2", &other));
  assert_int_equal(sztp__name_equal(ctx, sztp__buf_span(&der), sztp__buf_span(&other)), 1);
  sztp__buf_clear(&der);
  sztp__buf_clear(&other);
  table_finish(&t);
  test_ctx_free(&m, ctx);
}

/* ---- certificates -------------------------------------------------------------------------------- */

/* PKIX-02, PKIX-03: BoringSSL's files; an ERRORS block says that one must not be decoded. */
static void test_boringssl_certs(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int decoded;
    const char *why; /* we decide otherwise than BoringSSL, or NULL */
  } cases[] = {
      {"authority_key_identifier_not_sequence", 0, NULL},
      {"bad_key_usage", 0, NULL},
      {"bad_policy_qualifiers", 0, NULL},
      {"bad_signature_algorithm_oid", 1, NULL},
      {"bad_validity", 0, NULL},
      {"basic_constraints_ca_false", 1, NULL},
      {"basic_constraints_ca_no_path", 1, NULL},
      {"basic_constraints_ca_path_9", 1, NULL},
      {"basic_constraints_negative_path", 0, NULL},
      {"basic_constraints_not_ca", 1, NULL},
      {"basic_constraints_path_too_large", 0, NULL},
      {"basic_constraints_pathlen_255", 1, NULL},
      {"basic_constraints_pathlen_256", 1, "no reason to stop at 255"},
      {"basic_constraints_pathlen_not_ca", 1, NULL},
      {"basic_constraints_unconsumed_data", 0, NULL},
      {"cert_data_after_signature", 0, NULL},
      {"cert_empty_sequence", 0, NULL},
      {"cert_missing_signature", 0, NULL},
      {"cert_not_sequence", 0, NULL},
      {"cert_signature_not_bit_string", 0, NULL},
      {"cert_version3", 1, NULL},
      {"crldp_3uri_noissuer", 1, NULL},
      {"extended_key_usage", 1, NULL},
      {"extension_critical", 1, NULL},
      {"extension_critical_0", 1, "FALSE may be written out"},
      {"extension_critical_3", 0, NULL},
      {"extension_not_critical", 1, NULL},
      {"extensions_data_after_sequence", 0, NULL},
      {"extensions_duplicate_key_usage", 0, NULL},
      {"extensions_empty_sequence", 0, NULL},
      {"extensions_not_sequence", 0, NULL},
      {"extensions_real", 1, NULL},
      {"inhibit_any_policy", 1, NULL},
      {"issuer_bad_printable_string", 1, "strings are compared, their alphabet is not checked"},
      {"key_usage", 1, NULL},
      {"name_constraints_bad_ip", 0, NULL},
      {"policies", 1, NULL},
      {"policy_constraints_empty", 0, NULL},
      {"policy_constraints_inhibit_require", 1, NULL},
      {"policy_qualifiers_empty_sequence", 0, NULL},
      {"serial_37_bytes", 1, NULL},
      {"serial_negative", 1, NULL},
      {"serial_not_minimal", 0, NULL},
      {"serial_not_number", 0, NULL},
      {"serial_zero", 1, NULL},
      {"subject_alt_name", 1, NULL},
      {"subject_blank_subjectaltname_not_critical", 1, "VERIFY-07: an empty subject is fine"},
      {"subject_key_identifier_not_octet_string", 0, NULL},
      {"subject_not_ascii", 1, "strings are compared, their alphabet is not checked"},
      {"subjectaltname_bad_ip", 0, NULL},
      {"subjectaltname_dns_not_ascii", 0, NULL},
      {"subjectaltname_general_names_empty_sequence", 0, NULL},
      {"subjectaltname_trailing_data", 0, NULL},
      {"v1_explicit_version", 0, NULL},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  exception_t known[TEST_COUNT_OF(cases)];
  size_t listed = 0;
  table_t t;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    if (cases[i].why == NULL) continue;
    known[listed].id = cases[i].name;
    known[listed++].reason = cases[i].why;
  }
  table_begin(&t, "BoringSSL certificates", known, listed);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char path[128];
    size_t len = 0;
    sztp__buf_t der;
    sztp__buf_t errors;
    sztp__cert_t cert;
    (void)snprintf(path, sizeof path, "boringssl-pki/parse_certificate_unittest/%s.pem", cases[i].name);
    uint8_t *text = test_read_corpus(path, &len);
    if (text == NULL) {
      print_message("skipped: no %s in CORPORA\n", path);
      test_ctx_free(&m, ctx);
      return;
    }
    int theirs = 1;
    if (pem_find(ctx, sztp__span(text, len), "ERRORS", &errors)) {
      theirs = strstr((const char *)errors.data, "ERROR:") == NULL;
      sztp__buf_clear(&errors);
    }
    assert_true(pem_find(ctx, sztp__span(text, len), "CERTIFICATE", &der));
    int32_t rc = sztp__cert_parse(ctx, sztp__buf_span(&der), &cert);
    if (rc != (cases[i].decoded ? 0 : SZTP_ERR_DER)) {
      fail_msg("%s: %s \"%s\"", cases[i].name, sztp_error_name(rc), test_detail(ctx));
    }
    table_count(&t, cases[i].name, theirs, rc, test_detail(ctx));
    sztp__trail_clear(ctx);
    sztp__buf_clear(&der);
    free(text);
  }
  table_finish(&t);
  test_ctx_free(&m, ctx);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

static int32_t verify_parts(sztp_ctx_t *ctx, const sztp__buf_t part[4]) {
  sztp__der_t d;
  sztp__sigalg_t alg;
  sztp__keyinfo_t key;
  sztp__span_t signature;
  unsigned unused = 0;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__der_init(&d, ctx, sztp__buf_span(&part[1]));
  int32_t rc = sztp__sigalg_read(&d, &alg);
  if (rc == 0) rc = sztp__key_info(ctx, sztp__buf_span(&part[0]), &key);
  sztp__der_init(&d, ctx, sztp__buf_span(&part[3]));
  if (rc == 0) rc = sztp__der_bits(&d, &signature, &unused);
  if (rc == 0 && unused != 0) rc = SZTP_ERR_DER;
  if (rc == 0) rc = sztp__hash_once(ctx, alg.hash, sztp__buf_span(&part[2]), digest, &len);
  if (rc != 0) return rc;
  return sztp__verify_digest(ctx, sztp__buf_span(&part[0]), &alg, sztp__span(digest, len), signature);
}

/* CMS-14 */
static void test_boringssl_signatures(void **state) {
  (void)state;
  static const char *const labels[] = {"PUBLIC KEY", "ALGORITHM", "DATA", "SIGNATURE"};
  static const exception_t known[] = {
      {"rsa-pkcs1-sha1-key-params-absent.pem", "keys of devices in the field lack the NULL; it says nothing"},
      {"rsa-pss-sha256-using-pss-key-with-params.pem",
       "keys restricted to PSS are read, and their parameters hold"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  size_t len = 0;
  table_t t;
  uint8_t *text = test_read_corpus("boringssl-pki/verdicts.json", &len);
  if (text == NULL) {
    print_message("skipped: no boringssl-pki/verdicts.json in CORPORA\n");
    test_ctx_free(&m, ctx);
    return;
  }
  table_begin(&t, "BoringSSL signatures", known, TEST_COUNT_OF(known));
  cJSON *root = cJSON_ParseWithLength((const char *)text, len);
  const cJSON *row = NULL;
  assert_non_null(root);
  free(text);
  cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "verify_signed_data_unittest")) {
    char path[160];
    sztp__buf_t part[4];
    (void)snprintf(path, sizeof path, "boringssl-pki/verify_signed_data_unittest/%s", row->string);
    text = test_read_corpus(path, &len);
    if (text == NULL) fail_msg("no %s", path);
    for (size_t i = 0; i < 4; i++) assert_true(pem_find(ctx, sztp__span(text, len), labels[i], &part[i]));
    int valid = strcmp(row->valuestring, "valid") == 0;
    int32_t rc = verify_parts(ctx, part);
    if (strncmp(row->string, "mldsa", 5) == 0) valid = 0; /* mbedTLS has no ML-DSA */
    table_count(&t, row->string, valid, rc, test_detail(ctx));
    sztp__trail_clear(ctx);
    for (size_t i = 0; i < 4; i++) sztp__buf_clear(&part[i]);
    free(text);
  }
  cJSON_Delete(root);
  table_finish(&t);
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_boringssl_names),
      cmocka_unit_test(test_boringssl_certs),
      cmocka_unit_test(test_boringssl_signatures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
