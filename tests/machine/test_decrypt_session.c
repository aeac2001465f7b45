/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted artifacts in a session: the private key asked of the host or of the device's key function, both
 * slow, failing or absent; and what a server hears of data that does not decrypt. */
#include "mock_host.h"

#include "ground/text.h"

#define R       "report localhost:4001 "
#define ASK     "data localhost:4001 trusted\n"
#define STAGES  "pre-script pre\nmerge config\npost-script post\n"
#define WORKS   R "bootstrap-initiated\n" STAGES R "bootstrap-complete\n"
#define REFUSED R "bootstrap-initiated\n" R "parsing-error\n"
#define KEY     "key ecdh\n"

/* A trusted server whose three artifacts are signed, and encrypted to the device's identity. */
static mock_host_t *encrypted(int runner) {
  mock_host_t *mock = mock_new(runner);
  mock_well_known(mock, "localhost", 4001);
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  mock_give_signed(server, MOCK_ONBOARDING);
  server->ci = artifact_encrypt(server->ci, "idevid");
  server->oc = artifact_encrypt(server->oc, "idevid");
  server->ov = artifact_encrypt(server->ov, "idevid");
  mock->flag = "10";
  return mock;
}

/* ENC-01, ENC-15: one action for each artifact, and the session goes on as with clear ones */
static void test_works(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = encrypted(runner);
    mock_key(mock, "idevid");
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, ASK KEY KEY KEY WORKS);
    mock_free(mock);
  }
}

/* ENC-02, DISC-07: from removable storage, where nobody hears a report */
static void test_removable(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(1);
  mock->servers[0].refuses = 1;
  mock->usb[0] = mock->servers[0].ci;
  mock->usb[1] = mock->servers[0].oc;
  mock->usb[2] = mock->servers[0].ov;
  mock_key(mock, "idevid");
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, KEY KEY KEY STAGES);
  mock_free(mock);
}

/* ENC-02, ENC-16: encrypted unsigned onboarding information from a source that is not trusted: no key is
 * asked */
static void test_unsigned(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(1);
  mock->servers[0].refuses = 1;
  mock->usb[0] = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, NULL), "idevid");
  mock_key(mock, "idevid");
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED);
  mock_expect(mock, "no connection localhost:4001\n");
  mock_free(mock);
}

/* ENC-13, ENC-15, STATE-16: a host that fails, has no such key, or does not even know the action */
static void test_no_answer(void **state) {
  (void)state;
  static const struct {
    uint32_t outcome;
    int32_t reason;
  } cases[] = {
      {SZTP_OUTCOME_FAILED, SZTP_ERR_ENC_DECRYPT_FAILED},
      {SZTP_OUTCOME_TIMEOUT, SZTP_ERR_ENC_DECRYPT_FAILED},
      {SZTP_OUTCOME_WARNING, SZTP_ERR_ENC_DECRYPT_FAILED}, /* done, without any octets */
      {SZTP_OUTCOME_NOTHING, SZTP_ERR_ENC_NO_RECIPIENT},
      {77, SZTP_ERR_ENC_DECRYPT_FAILED},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int runner = cases[i].outcome == 77; runner < 2; runner++) {
      mock_host_t *mock = encrypted(runner);
      mock->key_outcome = cases[i].outcome;
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(mock->reason, cases[i].reason);
      mock_expect(mock, ASK KEY REFUSED);
      mock_free(mock);
    }
  }
}

/* ---- by hand ------------------------------------------------------------------------------------- */

static const sztp_action_t *next(mock_host_t *mock) {
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_session_next(mock->session, ++mock->clock, &a), SZTP_OK);
  return a;
}

/* Runs up to the first KEY that is out. */
static const sztp_action_t *until_key(mock_host_t *mock) {
  for (mock->stop_after = 1;; mock->stop_after++) {
    mock->actions = 0;
    assert_int_equal(mock_run(mock), 0);
    const sztp_action_t *a = next(mock);
    if (sztp_action_kind(a) == SZTP_ACTION_KEY) {
      mock->stop_after = 0;
      return a;
    }
    mock->trace[0] = '\0';
    mock->flag_asked = 0;
  }
}

static uint64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  assert_int_equal(sztp_action_i64(a, field, 0, &value), SZTP_OK);
  return (uint64_t)value;
}

/* ENC-15: what the action says, and that it waits as long as it must */
static void test_action(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(0);
  const uint8_t *data = NULL;
  const uint8_t *own = NULL;
  size_t len = 0;
  size_t own_len = 0;
  const sztp_action_t *a = until_key(mock);
  assert_string_equal(sztp_action_name(SZTP_ACTION_KEY), "key");
  assert_true(number(a, SZTP_F_OPERATION) == SZTP_KEY_OP_AGREE_ECDH);
  assert_true(number(a, SZTP_F_LIMIT) == 32);
  assert_int_equal(sztp_action_count(a, SZTP_F_HASH), 0);
  assert_int_equal(sztp_action_count(a, SZTP_F_MGF_HASH), 0);
  assert_int_equal(sztp_action_count(a, SZTP_F_LABEL), 0);
  assert_int_equal(sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len), SZTP_OK);
  assert_int_equal(len, 65);
  assert_int_equal(data[0], 4);
  assert_int_equal(sztp_action_bytes(a, SZTP_F_CERT, 0, &data, &len), SZTP_OK);
  assert_int_equal(sztp_device_cert(mock->dev, SZTP_CERT_IDENTITY, 0, &own, &own_len), SZTP_OK);
  assert_int_equal(len, own_len);
  assert_memory_equal(data, own, len);
  /* asynchronous: the same action until it is answered, however long that takes */
  mock->clock += 1000000000;
  assert_ptr_equal(next(mock), a);
  assert_int_equal(sztp_reply_bytes(mock->session, sztp_action_ticket(a), SZTP_F_DATA, own, 513),
                   SZTP_ERR_LIMIT);
  mock_key(mock, "idevid");
  for (int i = 0; i < 3; i++) {
    a = next(mock);
    assert_int_equal(sztp_action_kind(a), SZTP_ACTION_KEY);
    uint64_t ticket = sztp_action_ticket(a);
    assert_int_equal(sztp_software_key_handle(mock->keys, mock->session, a), SZTP_OUTCOME_OK);
    assert_int_equal(sztp_reply_end(mock->session, ticket, SZTP_OUTCOME_OK), SZTP_OK);
    assert_int_equal(sztp_reply_end(mock->session, ticket, SZTP_OUTCOME_OK), SZTP_ERR_STALE);
  }
  assert_int_equal(mock_resume(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, STAGES);
  mock_free(mock);
}

/* ENC-06, ENC-15: RSA with all that OAEP says */
static void test_oaep(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(0);
  sztp__blob_t pem = pki_file("enc/rsa.pem");
  sztp__blob_t key = pki_file("enc/rsa.key");
  sztp__blob_t artifact = pki_file("enc/oaep-label.cms");
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_device_add_cert(mock->dev, SZTP_CERT_DECRYPTION, pem.data, pem.len), SZTP_OK);
  mock_key(mock, "idevid");
  assert_int_equal(sztp_software_key_add(mock->keys, mock->dev, key.data, key.len), SZTP_OK);
  mock->servers[0].ci = artifact;
  const sztp_action_t *a = until_key(mock);
  assert_true(number(a, SZTP_F_OPERATION) == SZTP_KEY_OP_DECRYPT_RSA_OAEP);
  assert_true(number(a, SZTP_F_HASH) == 256);
  assert_true(number(a, SZTP_F_MGF_HASH) == 256);
  assert_true(number(a, SZTP_F_LIMIT) == 16);
  assert_int_equal(sztp_action_bytes(a, SZTP_F_LABEL, 0, &data, &len), SZTP_OK);
  assert_int_equal(len, 5);
  assert_memory_equal(data, "label", 5);
  assert_int_equal(mock_resume(mock), SZTP_RESULT_DONE);
  free(pem.data);
  free(key.data);
  free(artifact.data);
  mock_free(mock);
}

/* A wrong answer is a failed decryption; the next artifacts are not asked for */
static void test_wrong_answers(void **state) {
  (void)state;
  static const uint8_t octets[40];
  for (size_t len = 0; len <= 40; len += 8) {
    mock_host_t *mock = encrypted(0);
    const sztp_action_t *a = until_key(mock);
    assert_int_equal(sztp_reply_bytes(mock->session, sztp_action_ticket(a), SZTP_F_DATA, octets, len),
                     SZTP_OK);
    assert_int_equal(sztp_reply_end(mock->session, sztp_action_ticket(a), SZTP_OUTCOME_OK), SZTP_OK);
    assert_int_equal(mock_resume(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock->reason, SZTP_ERR_ENC_DECRYPT_FAILED);
    mock_expect(mock, ASK KEY REFUSED);
    mock_free(mock);
  }
}

/* ENC-04, ENC-15: a host that has not the key of the first entry is asked for the next one */
static void test_second_key(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(0);
  sztp__blob_t pem = pki_file("enc/rsa.pem");
  sztp_ctx_t *ctx = NULL;
  sztp_envelope_t *e = NULL;
  sztp__blob_t sealed;
  sztp__blob_t idevid = pki_file("idevid.pem");
  assert_int_equal(sztp_device_add_cert(mock->dev, SZTP_CERT_DECRYPTION, pem.data, pem.len), SZTP_OK);
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  assert_int_equal(sztp_envelope_new(ctx, &e), SZTP_OK);
  assert_int_equal(sztp_envelope_add(e, pem.data, pem.len), SZTP_OK);
  assert_int_equal(sztp_envelope_add(e, idevid.data, idevid.len), SZTP_OK);
  sztp__blob_t clear = artifact_conveyed(MOCK_ONBOARDING, "owner");
  assert_int_equal(sztp_envelope_make(e, clear.data, clear.len, &sealed.data, &sealed.len), SZTP_OK);
  mock->servers[0].ci = sealed;
  mock->servers[0].oc = owner_artifacts()->owner_cert;
  mock->servers[0].ov = owner_artifacts()->voucher;
  mock_key(mock, "idevid");
  /* the set is sorted: key transport stands before key agreement */
  const sztp_action_t *a = until_key(mock);
  assert_true(number(a, SZTP_F_OPERATION) == SZTP_KEY_OP_DECRYPT_RSA_PKCS1);
  assert_int_equal(mock_resume(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "key pkcs1\nkey ecdh\n" R "bootstrap-initiated\n");
  /* and if there is neither, it is for nobody here */
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  mock->key_outcome = SZTP_OUTCOME_NOTHING;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_ENC_NO_RECIPIENT);
  mock_expect(mock, ASK "key pkcs1\nkey ecdh\n" REFUSED);
  sztp_artifacts_free(ctx, sealed.data);
  sztp_envelope_free(e);
  sztp_ctx_free(ctx);
  free(pem.data);
  free(idevid.data);
  mock_free(mock);
}

/* STATE-08, SEC-08: cancelled while the key is asked: the answer is still taken, and nothing is judged */
static void test_cancel(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = encrypted(runner);
    mock_key(mock, "idevid");
    mock->cancel_at = "key ecdh";
    assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
    mock_expect(mock, ASK KEY);
    mock_free(mock);
  }
}

/* D-04: power lost at every action; the next run begins anew and needs nothing of what the key said */
static void test_power_loss(void **state) {
  (void)state;
  for (unsigned n = 1;; n++) {
    mock_host_t *mock = encrypted((int)(n & 1));
    mock_key(mock, "idevid");
    mock->stop_after = n;
    uint32_t result = mock_run(mock);
    mock->stop_after = 0;
    if (result == 0 && !mock->runner) {
      mock->flag = "10";
      mock->flag_asked = 0;
      result = mock_run(mock);
    }
    assert_int_equal(result, SZTP_RESULT_DONE);
    mock_expect_has(mock, STAGES);
    int all = mock->actions < n;
    mock_free(mock);
    if (all) break;
  }
}

/* SEC-05: memory failing at every allocation of a whole run costs nothing but another call */
static void test_memory(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (size_t n = 1;; n += TEST_SAMPLE) {
    mock_host_t *mock = encrypted(0);
    mock->servers[0].oc = owner_artifacts()->owner_cert;
    mock->servers[0].ov = owner_artifacts()->voucher;
    mock_key(mock, "idevid");
    mock->memory.fail_at = mock->memory.calls + n;
    uint32_t result = mock_run(mock);
    int met = mock->memory.calls >= mock->memory.fail_at;
    for (int i = 0; i < 5 && result == 0; i++) {
      assert_int_equal(mock->reason, SZTP_ERR_MEMORY);
      result = mock_resume(mock);
    }
    if (result != SZTP_RESULT_DONE)
      fail_msg("allocation %zu: result %u, %s\n%s", n, (unsigned)result, mock->trace, mock->log);
    mock_expect_has(mock, STAGES);
    mock_free(mock);
    if (!met) break;
  }
}

/* ---- with a key function ------------------------------------------------------------------------- */

typedef struct slow {
  sztp_software_key_t *keys;
  unsigned pending; /* so often before each answer */
  unsigned left;
  unsigned calls;
  sztp_session_t *session;
} slow_t;

static int32_t slow_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                        size_t *out_len) {
  slow_t *s = user;
  const sztp_action_t *a = NULL;
  s->calls++;
  if (s->session != NULL) assert_int_equal(sztp_session_next(s->session, 0, &a), SZTP_ERR_REENTRY);
  if (s->left > 0) {
    s->left--;
    return SZTP_PENDING;
  }
  return sztp_software_key(s->keys, request, out, out_cap, out_len);
}

static uint64_t tick(void *user) { return ++*(uint64_t *)user; }

/* ENC-15, SEC-03: the device's function is asked, and no action; while it is not finished, next() and the
 * runner say so, and nothing is lost */
static void test_key_function(void **state) {
  (void)state;
  mock_host_t *mock = encrypted(0);
  slow_t slow;
  memset(&slow, 0, sizeof slow);
  mock_key(mock, "idevid");
  slow.keys = mock->keys;
  assert_int_equal(sztp_device_set_key(mock->dev, slow_key, &slow), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK WORKS);
  assert_int_equal(slow.calls, 3);
  assert_int_equal(sztp_device_set_key(mock->dev, NULL, NULL), SZTP_ERR_SEQUENCE); /* a session is alive */
  mock_free(mock);
}

static void test_pending_function(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  mock_host_t *mock = encrypted(0);
  const sztp_action_t *a = NULL;
  slow_t slow;
  memset(&slow, 0, sizeof slow);
  mock_key(mock, "idevid");
  slow.keys = mock->keys;
  slow.left = 3;
  assert_int_equal(sztp_device_set_key(mock->dev, slow_key, &slow), SZTP_OK);
  /* the reply of the server is in, and next() gives no action but asks the key */
  for (unsigned n = 1;; n++) {
    mock->stop_after = n;
    mock->actions = 0;
    mock->trace[0] = '\0';
    mock->flag_asked = 0;
    slow.session = NULL;
    slow.calls = 0;
    slow.left = 3;
    (void)mock_run(mock);
    if (mock->reason == SZTP_PENDING) break;
    assert_int_equal(slow.calls, 0);
  }
  slow.session = mock->session;
  assert_int_equal(slow.calls, 1);
  assert_int_equal(sztp_session_next(mock->session, ++mock->clock, &a), SZTP_PENDING);
  assert_null(a);
  assert_int_equal(slow.calls, 2);
  /* the runner passes it on */
  sztp_host_t *host = NULL;
  uint32_t result = 99;
  assert_int_equal(sztp_host_new(mock->ctx, tick, &mock->clock, &host), SZTP_OK);
  assert_int_equal(sztp_host_run(host, mock->session, &result), SZTP_PENDING);
  assert_int_equal(result, 99);
  sztp_host_free(host);
  assert_int_equal(slow.calls, 3);
  /* and then it goes on where it was */
  mock->stop_after = 0;
  assert_int_equal(mock_resume(mock), SZTP_RESULT_DONE);
  assert_int_equal(slow.calls, 6);
  mock_expect_has(mock, WORKS);
  mock_free(mock);
}

/* STATE-08: a key function that never finishes does not keep a session from being cancelled */
static void test_cancel_pending(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  mock_host_t *mock = encrypted(0);
  const sztp_action_t *a = NULL;
  slow_t slow;
  memset(&slow, 0, sizeof slow);
  mock_key(mock, "idevid");
  slow.left = UINT32_MAX;
  assert_int_equal(sztp_device_set_key(mock->dev, slow_key, &slow), SZTP_OK);
  (void)mock_run(mock);
  assert_int_equal(mock->reason, SZTP_PENDING);
  assert_int_equal(sztp_session_cancel(mock->session), SZTP_OK);
  assert_int_equal(sztp_session_next(mock->session, ++mock->clock, &a), SZTP_OK);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_FAILED);
  assert_true(number(a, SZTP_F_RESULT) == SZTP_RESULT_CANCELLED);
  mock_free(mock);
}

/* ---- what a server hears ------------------------------------------------------------------------- */

static const char *reported(const mock_host_t *mock) {
  const char *at = strstr(mock->bodies, "parsing-error");
  return at == NULL ? "" : at;
}

static void change(sztp__blob_t *blob, size_t from_end) {
  static uint8_t copies[32][8192];
  static size_t count;
  assert_true(count < 32 && blob->len <= sizeof copies[0]);
  memcpy(copies[count], blob->data, blob->len);
  copies[count][blob->len - 1 - from_end] ^= 1;
  blob->data = copies[count++];
}

/* ENC-13: a trusted server can choose the octets that are decrypted. It hears the same of all of them: those
 * that do not decrypt, and those that do and are then refused. What was seen in clear has its own words. */
static void test_reports(void **state) {
  (void)state;
  static char first[512];
  for (int which = 0; which < 9; which++) {
    mock_host_t *mock = encrypted(which & 1);
    mock_server_t *server = &mock->servers[0];
    mock_key(mock, "idevid");
    int32_t reason = SZTP_ERR_ENC_DECRYPT_FAILED;
    switch (which) {
    case 0: change(&server->ci, 0); break; /* content padding */
    case 1:                                /* the signature, which decrypts to other octets */
      change(&server->ci, 40);
      reason = SZTP_ERR_CMS_SIGNATURE_INVALID;
      break;
    case 2: change(&server->ci, server->ci.len - 91); break; /* the ephemeral point */
    case 3: mock->key_outcome = SZTP_OUTCOME_FAILED; break;
    case 4: change(&server->ov, 0); break;
    case 5:
      server->ci = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, "other"), "idevid");
      reason = SZTP_ERR_SIGNER_NOT_OWNER;
      break;
    case 6:
      server->ov = artifact_encrypt(owner_artifacts()->owner_cert, "idevid");
      reason = SZTP_ERR_CMS_DETACHED;
      break;
    case 7:
      server->ci = artifact_encrypt(artifact_conveyed("{\"neither\":{}}", "owner"), "idevid");
      reason = SZTP_ERR_MODEL_INVALID;
      break;
    default:
      assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_SERIAL, "another device"), SZTP_OK);
      reason = SZTP_ERR_VOUCHER_SERIAL;
    }
    uint32_t result = mock_run(mock);
    if (result != SZTP_RESULT_NOT_BOOTSTRAPPED || mock->reason != reason)
      fail_msg("case %d: %s, expected %s", which, sztp_error_name(mock->reason), sztp_error_name(reason));
    mock_expect_has(mock, REFUSED);
    if (which == 0) (void)snprintf(first, sizeof first, "%s", reported(mock));
    assert_non_null(strstr(first, "enc-decrypt-failed"));
    assert_string_equal(reported(mock), first);
    mock_free(mock);
  }
  mock_host_t *mock = encrypted(0);
  mock->servers[0].ci = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, "owner"), "enc/rsa");
  mock_key(mock, "idevid");
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(reported(mock), "enc-no-recipient: none of its 1 recipients is this device"));
  mock_free(mock);
}

/* SEC-08: nothing of what was decrypted, and no key, is in the log */
static void test_log(void **state) {
  (void)state;
  for (int fails = 0; fails < 2; fails++) {
    mock_host_t *mock = encrypted(1);
    mock_key(mock, "idevid");
    if (fails) change(&mock->servers[0].ci, 300);
    (void)mock_run(mock);
    assert_null(strstr(mock->log, "Y29uZmln"));
    assert_null(strstr(mock->log, "onboarding-information\":"));
    mock_free(mock);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_works),
      cmocka_unit_test(test_removable),
      cmocka_unit_test(test_unsigned),
      cmocka_unit_test(test_no_answer),
      cmocka_unit_test(test_action),
      cmocka_unit_test(test_oaep),
      cmocka_unit_test(test_wrong_answers),
      cmocka_unit_test(test_second_key),
      cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_power_loss),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_key_function),
      cmocka_unit_test(test_pending_function),
      cmocka_unit_test(test_cancel_pending),
      cmocka_unit_test(test_reports),
      cmocka_unit_test(test_log),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
