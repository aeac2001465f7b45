/* SPDX-License-Identifier: Apache-2.0 */
/* The key function (ENC-15): what it is asked, and that it may take its time. */
#include "decrypt_set.h"

#include <time.h>

#include "common/engine.h"

/* A key function that is slow: it is asked @p pending times before it answers. */
typedef struct slow {
  sztp_software_key_t *keys;
  unsigned pending;
  unsigned calls;
  uint32_t artifacts; /* certificates asked about so far, as a check of order */
  size_t input_len[8];
} slow_t;

static int32_t slow_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                        size_t *out_len) {
  slow_t *s = user;
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &data, &len), SZTP_OK);
  if (s->calls < 8) s->input_len[s->calls] = len;
  s->calls++;
  if (s->pending > 0) {
    s->pending--;
    return SZTP_PENDING;
  }
  return sztp_software_key(s->keys, request, out, out_cap, out_len);
}

/* ENC-15: a verdict comes when the key has answered; until then nothing is judged, and nothing is kept */
static void test_pending(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  slow_t slow;
  sztp_verdict_t *v = NULL;
  memset(&slow, 0, sizeof slow);
  slow.keys = s.mock->keys;
  slow.pending = 2;
  s.ci = artifact_encrypt(s.ci, "enc/rsa");
  s.ov = artifact_encrypt(s.ov, "idevid");
  assert_int_equal(sztp_device_set_key(s.mock->dev, slow_key, &slow), SZTP_OK);
  size_t blocks = s.mock->memory.blocks;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(artifact_set_verify(&s, &v), SZTP_PENDING);
    assert_null(v);
    assert_int_equal(s.mock->memory.blocks, blocks);
  }
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
  sztp_verdict_free(v);
  assert_int_equal(slow.calls, 4);
  assert_int_equal(slow.input_len[0], 65); /* the voucher comes first (ENC-02) */
  assert_int_equal(slow.input_len[2], 65);
  assert_int_equal(slow.input_len[3], 256);
  /* the second request is the slow one: the first is asked again */
  slow.calls = 0;
  s.ci = artifact_conveyed(MOCK_ONBOARDING, "owner");
  s.oc = artifact_encrypt(s.oc, "enc/rsa");
  slow.pending = 0;
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
  sztp_verdict_free(v);
  assert_int_equal(slow.calls, 2);
  close_set(&s);
}

/* What a request says of each operation. */
typedef struct requested {
  unsigned operations;
  sztp_software_key_t *keys;
} requested_t;

static int32_t reading_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                           size_t *out_len) {
  requested_t *r = user;
  int64_t number = 0;
  const uint8_t *data = NULL;
  size_t len = 99;
  uint32_t operation = sztp_key_request_operation(request);
  r->operations |= 1u << operation;
  int oaep = operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, &number),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep) assert_true(number == 256);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_MGF_HASH, &number),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep) assert_true(number == 1 || number == 256);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_LABEL, &data, &len),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep && len > 0) assert_memory_equal(data, "label", 5);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &data, &len), SZTP_OK);
  assert_int_equal(len, operation == SZTP_KEY_OP_AGREE_ECDH ? 65 : 256);
  if (operation == SZTP_KEY_OP_AGREE_ECDH) assert_int_equal(data[0], 4);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &data, &len), SZTP_OK);
  assert_int_equal(data[0], 0x30);
  assert_int_equal(out_cap, operation == SZTP_KEY_OP_AGREE_ECDH ? 32 : 16);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_INPUT, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(request, 0, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(NULL, SZTP_KEY_F_HASH, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_HASH, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, 41, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &data, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(NULL, SZTP_KEY_F_CERT, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &data, &len), SZTP_ERR_NOT_FOUND);
  return sztp_software_key(r->keys, request, out, out_cap, out_len);
}

/* ENC-15, ENC-06 */
static void test_requests(void **state) {
  (void)state;
  static const char *const names[][2] = {{"cbc128", "rsa"},
                                         {"oaep256", "rsa"},
                                         {"oaep256-1", "rsa"},
                                         {"oaep-label", "rsa"},
                                         {"ecdh-cbc128", "p256"}};
  requested_t r = {0, NULL};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    artifact_set_t s = open_set(names[i][1]);
    r.keys = s.mock->keys;
    s.ci = theirs(names[i][0]);
    s.channel = SZTP_CHANNEL_TRUSTED;
    assert_int_equal(sztp_device_set_key(s.mock->dev, reading_key, &r), SZTP_OK);
    if (strcmp(names[i][0], "oaep256-1") == 0 && !ENGINE_TWO_OAEP_HASHES)
      expect(&s, SZTP_STEP_DECRYPTION, "enc-decrypt-failed", "conveyed-information");
    else
      expect(&s, 0, "", "");
    close_set(&s);
  }
  assert_int_equal(r.operations, 1u << SZTP_KEY_OP_DECRYPT_RSA_PKCS1 | 1u << SZTP_KEY_OP_DECRYPT_RSA_OAEP |
                                     1u << SZTP_KEY_OP_AGREE_ECDH);
  assert_int_equal(sztp_key_request_operation(NULL), 0);
  assert_int_equal(sztp_device_set_key(NULL, reading_key, &r), SZTP_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pending),
      cmocka_unit_test(test_requests),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
