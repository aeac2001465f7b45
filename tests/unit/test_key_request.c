/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to private keys: what each operation has to say, and the names of operations, fields and
 * abilities. */
#include "common/testing.h"
#include "cryptography/key_request.h"

enum { FIRST = SZTP_KEY_F_HASH, LAST = SZTP_KEY_F_PCRS };

/* A request that has everything, whatever it asks for. */
static sztp_key_request_t full(uint32_t operation) {
  sztp_key_request_t r;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = 384;
  r.mgf_hash = 1;
  r.statement = 2;
  r.input = sztp__span_of("input");
  r.label = sztp__span_of("label");
  r.cert = sztp__span_of("cert");
  r.key_id = sztp__span_of("key-id");
  r.algorithm = sztp__span_of("algorithm");
  r.nonce = sztp__span_of("nonce");
  return r;
}

static int is_number(uint32_t field) {
  return field == SZTP_KEY_F_HASH || field == SZTP_KEY_F_MGF_HASH || field == SZTP_KEY_F_STATEMENT ||
         field == SZTP_KEY_F_PCRS;
}

/* The fields that @p r has, by their names, each with its own value. */
static void list(const sztp_key_request_t *r, char *out, size_t cap) {
  size_t used = 0;
  out[0] = 0;
  for (uint32_t field = FIRST; field <= LAST; field++) {
    const char *name = sztp_key_field_name(field);
    const uint8_t *data = NULL;
    size_t len = 0;
    int64_t number = 0;
    int32_t rc = is_number(field) ? sztp_key_request_i64(r, field, &number)
                                  : sztp_key_request_bytes(r, field, &data, &len);
    assert_true(rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND);
    if (rc != SZTP_OK) continue;
    if (!is_number(field)) {
      assert_int_equal(len, strlen(name));
      assert_memory_equal(data, name, len);
    }
    used += (size_t)snprintf(out + used, cap - used, "%s%s", used > 0 ? " " : "", name);
  }
}

/* ENC-15, TLS-21: what a key function is told, operation by operation */
static void says_what_belongs_to_the_operation(void **state) {
  static const struct {
    uint32_t operation;
    const char *name;
    const char *fields;
  } rows[] = {{0, "", ""},
              {SZTP_KEY_OP_DECRYPT_RSA_PKCS1, "decrypt-rsa-pkcs1", "input cert"},
              {SZTP_KEY_OP_DECRYPT_RSA_OAEP, "decrypt-rsa-oaep", "hash mgf-hash input label cert"},
              {SZTP_KEY_OP_AGREE_ECDH, "agree-ecdh", "input cert"},
              {SZTP_KEY_OP_SIGN_ECDSA, "sign-ecdsa", "hash input cert key-id"},
              {SZTP_KEY_OP_SIGN_RSA_PKCS1, "sign-rsa-pkcs1", "hash input cert key-id"},
              {SZTP_KEY_OP_SIGN_RSA_PSS, "sign-rsa-pss", "hash input cert key-id"},
              {SZTP_KEY_OP_QUERY, "query", "cert key-id"},
              {SZTP_KEY_OP_GENERATE, "generate", "key-id algorithm"},
              {SZTP_KEY_OP_DELETE, "delete", "key-id"},
              {SZTP_KEY_OP_ATTEST, "attest", "cert key-id statement nonce pcrs"},
              {11, "", ""},
              {UINT32_MAX, "", ""}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char fields[128];
    sztp_key_request_t r = full(rows[i].operation);
    list(&r, fields, sizeof fields);
    assert_string_equal(fields, rows[i].fields);
    assert_string_equal(sztp_key_op_name(rows[i].operation), rows[i].name);
    assert_int_equal(sztp_key_request_operation(&r), rows[i].operation); /* never another one */
  }
  assert_int_equal(sztp_key_request_operation(NULL), 0);
}

/* What is not there is not found; a label and an input of no octets are there. */
static void tells_absent_from_empty(void **state) {
  char fields[128];
  (void)state;
  for (uint32_t operation = SZTP_KEY_OP_SIGN_ECDSA; operation <= SZTP_KEY_OP_ATTEST; operation++) {
    sztp_key_request_t r = full(operation);
    r.cert = r.key_id = r.algorithm = r.nonce = sztp__span(NULL, 0);
    list(&r, fields, sizeof fields);
    assert_null(strstr(fields, "cert"));
    assert_null(strstr(fields, "key-id"));
    assert_null(strstr(fields, "algorithm"));
    assert_null(strstr(fields, "nonce"));
  }
  sztp_key_request_t r = full(SZTP_KEY_OP_DECRYPT_RSA_OAEP);
  r.label = r.input = sztp__span(NULL, 0);
  for (uint32_t field = SZTP_KEY_F_INPUT; field <= SZTP_KEY_F_LABEL; field++) {
    const uint8_t *data = NULL;
    size_t len = 9;
    assert_int_equal(sztp_key_request_bytes(&r, field, &data, &len), SZTP_OK);
    assert_non_null(data);
    assert_int_equal(len, 0);
  }
}

static void checks_arguments(void **state) {
  sztp_key_request_t r = full(SZTP_KEY_OP_DECRYPT_RSA_OAEP);
  const uint8_t *data = NULL;
  size_t len = 7;
  int64_t number = 7;
  (void)state;
  for (uint32_t field = 0; field < 64; field++) {
    int known = field >= FIRST && field <= LAST;
    if (!known || !is_number(field)) assert_int_equal(sztp_key_request_i64(&r, field, &number), SZTP_ERR_ARG);
    if (!known || is_number(field))
      assert_int_equal(sztp_key_request_bytes(&r, field, &data, &len), SZTP_ERR_ARG);
    assert_int_equal(sztp_key_field_name(field)[0] != 0, known);
  }
  assert_int_equal(number, 7);
  assert_int_equal(len, 7);
  assert_null(data);
  assert_int_equal(sztp_key_request_i64(NULL, SZTP_KEY_F_HASH, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(&r, SZTP_KEY_F_HASH, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(NULL, SZTP_KEY_F_CERT, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(&r, SZTP_KEY_F_CERT, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(&r, SZTP_KEY_F_CERT, &data, NULL), SZTP_ERR_ARG);
}

/* A name for every bit that means an ability, and for no two the same. */
static void names_abilities(void **state) {
  const char *seen[64];
  size_t count = 0;
  (void)state;
  for (int bit = 0; bit < 63; bit++) {
    const char *name = sztp_key_able_name(INT64_C(1) << bit);
    if (name[0] == 0) continue;
    for (size_t i = 0; i < count; i++) assert_string_not_equal(seen[i], name);
    seen[count++] = name;
  }
  assert_int_equal(count, 13);
  assert_string_equal(sztp_key_able_name(SZTP_ABLE_ECDSA_SHA384), "ecdsa-sha384");
  assert_string_equal(sztp_key_able_name(SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384), "");
  assert_string_equal(sztp_key_able_name(0), "");
  assert_string_equal(sztp_key_able_name(-1), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_belongs_to_the_operation),
                                     cmocka_unit_test(tells_absent_from_empty),
                                     cmocka_unit_test(checks_arguments), cmocka_unit_test(names_abilities)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
