/* SPDX-License-Identifier: Apache-2.0 */
/* TLS with a private key that is somewhere else: what it is asked, and what becomes of its refusals.
 * test_https_outside_key_mbedtls.c and test_https_outside_key_openssl.c have what is offered for its sake. */
#define _POSIX_C_SOURCE 200809L
#include "outside_key.h"

#define AES128 "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"

/* ---- what is offered ----------------------------------------------------------------------------- */

static void offers_nothing_in_vain(void **state) {
  static const vain_t rows[] = {
      {"enc/p256", SZTP_ABLE_AGREE, "the identity's key can't sign what TLS needs; it can do agree"},
      {"enc/p256", ALL_RSA_PKCS1, "it can do rsa-pkcs1-sha256, rsa-pkcs1-sha384, rsa-pkcs1-sha512"},
      {"enc/rsa", ALL_ECDSA, "it can do ecdsa-sha256, ecdsa-sha384, ecdsa-sha512"},
      {"enc/rsa", SZTP_ABLE_DECRYPT, "it can do decrypt"},
      {"enc/p256", INT64_C(1) << 40, "it can do nothing"}};
  offers_nothing(*state, rows, TEST_COUNT_OF(rows));
}

/* ---- what it is asked, and when ------------------------------------------------------------------ */

/* TLS-06, TLS-19: once for a connection, and not for an exchange on a kept one, a server without TLS, or an
 * image */
static void asks_once_for_a_connection(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p256", SZTP_ABLE_ECDSA_SHA256);
  peer_plan_t plan = PLAN(ANSWER_TWICE);
  plan.version = 12;
  plan.suite = AES128;
  start(e, &plan);
  ask_t q = {.visit = UINT64_C(1) << 40};
  expect_ok(e, fetch(e, &q), 200, "hello");
  expect_ok(e, fetch(e, &q), 204, "");
  assert_string_equal(o.asked, "query sign-ecdsa 256");
  q.provisional = 1; /* another connection, to anybody: the device identifies itself all the same (TLS-07) */
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_string_equal(o.asked, "query sign-ecdsa 256 query sign-ecdsa 256");
  EVP_PKEY_free(o.key);
}

/* TLS-05: who is not believed gets no signature */
static void signs_for_nobody_untrusted(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p256", ALL_ECDSA);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.certificate = other_crt.text;
  plan.key = other_key.text;
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_failed(e, fetch(e, &q), FAILED, SZTP_ERR_TLS_UNTRUSTED, "port");
  assert_string_equal(o.asked, "query");
  EVP_PKEY_free(o.key);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

/* TLS-07, STATE-15: what the query comes to is known before anything goes out */
static void tells_why_there_is_no_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    int32_t refusal, reason;
    const char *why;
  } rows[] = {{SZTP_ERR_NOT_FOUND, SZTP_ERR_CONFIG,
               "(TLS-07): query: the key function does not have the certificate's private key"},
              {SZTP_ERR_KEY, SZTP_ERR_KEY, "(TLS-07): query: the key function returned -539"},
              {-4711, SZTP_ERR_KEY, "(TLS-07): query: the key function returned -4711"},
              {SZTP_ERR_MEMORY, SZTP_ERR_MEMORY, "(TLS-07): "}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.refusal[0] = rows[i].refusal;
    expect_failed(e, fetch_from(e, 0, NULL), FAILED, rows[i].reason, rows[i].why);
    assert_string_equal(o.asked, "query");
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), 0);
  }
  EVP_PKEY_free(o.key);
}

/* TLS-21: a signature that does not come ends the handshake, with the reason; it is not asked for again, and
 * the server gets nothing that could pass for one */
static void tells_why_there_is_no_signature(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    int32_t refusal;
    size_t cut;
    int32_t reason;
    const char *why;
  } rows[] = {
      {SZTP_ERR_UNSUPPORTED, 0, SZTP_ERR_UNSUPPORTED,
       "no signature of the device's key: sign-ecdsa: the key can't do that"},
      {SZTP_ERR_KEY, 0, SZTP_ERR_KEY,
       "no signature of the device's key: sign-ecdsa: the key function returned -539"},
      {SZTP_ERR_NOT_FOUND, 0, SZTP_ERR_NOT_FOUND,
       "sign-ecdsa: the key function does not have the certificate's private key"},
      {SZTP_ERR_MEMORY, 0, SZTP_ERR_MEMORY, "no signature of the device's key"},
      {7, 0, SZTP_ERR_KEY, "sign-ecdsa: the key function returned 7"},
      {SZTP_OK, 1, SZTP_ERR_KEY, "the key function gave 63 octets instead of 64"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows) * 2; i++) {
    int version = i % 2 == 0 ? 12 : 13;
    if (version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, "enc/p256", SZTP_ABLE_ECDSA_SHA256);
    o.refusal[1] = rows[i / 2].refusal;
    o.cut = rows[i / 2].cut;
    expect_failed(e, fetch_from(e, version, version == 12 ? AES128 : NULL), FAILED, rows[i / 2].reason,
                  rows[i / 2].why);
    assert_string_equal(o.asked, "query sign-ecdsa 256");
    const peer_seen_t *seen = seen_by(e);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->request_len, 0);
  }
  EVP_PKEY_free(o.key);
}

/* STATE-15: a key function that has another key than the certificate's is found out here, in both versions,
 * and for both kinds of keys; and again after it was right for another certificate */
static void finds_out_a_wrong_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    const char *name, *other;
    int64_t able;
  } rows[] = {{"enc/p256", "owner", ALL_ECDSA}, {"enc/rsa", "enc/rsa2", ALL_RSA}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows) * 2; i++) {
    int version = i % 2 == 0 ? 12 : 13;
    if (version == 13 && (!peer_has_tls13() || i / 2 == 1)) continue;
    take_identity(e, &o, rows[i / 2].name, rows[i / 2].able);
    EVP_PKEY_free(o.key);
    o.key = read_outside(rows[i / 2].other);
    expect_failed(e, fetch_from(e, version, NULL), FAILED, SZTP_ERR_KEY,
                  "the signature of the device's key does not fit the identity certificate");
    const peer_seen_t *seen = seen_by(e);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->request_len, 0);
    take_identity(e, &o, "enc/p384", ALL_ECDSA);
    expect_ok(e, fetch_from(e, version, NULL), 200, "hello");
  }
  EVP_PKEY_free(o.key);
}

/* ---- keys that take their time ------------------------------------------------------------------- */

/* TPM-06: a handshake can't be put off, so that the transport asks again */
static void waits_for_the_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_KEY_POLL_MS, 2), SZTP_OK);
  for (int version = 12; version <= 13; version++) {
    if (version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, "enc/p256", SZTP_ABLE_ECDSA_SHA256);
    o.pending[0] = 2;
    o.pending[1] = 5;
    expect_ok(e, fetch_from(e, version, NULL), 200, "hello");
    assert_string_equal(o.asked,
                        "query query query sign-ecdsa 256 sign-ecdsa 256 sign-ecdsa 256 sign-ecdsa 256 "
                        "sign-ecdsa 256 sign-ecdsa 256");
  }
  EVP_PKEY_free(o.key);
}

/* TPM-06: until the handshake's time is over, so that the next address can be tried */
static void waits_no_longer_than_a_handshake(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_KEY_POLL_MS, 20), SZTP_OK);
  for (int asked = 0; asked < 2; asked++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    uint64_t begun = now_ms();
    expect_failed(e, fetch_from(e, 0, NULL), TIMEOUT, asked == 0 ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_KEY,
                  "no answer of the device's key in time");
    assert_in_range(now_ms() - begun, 250, 3000);
    assert_in_range(UINT32_MAX - o.pending[asked], 2, 40); /* not in a busy loop */
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), asked);
  }
  EVP_PKEY_free(o.key);
}

/* The action's deadline is a limit, too. */
static void waits_no_longer_than_the_action(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (int asked = 0; asked < 2; asked++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    start(e, &plan);
    ask_t q = {.visit = 1, .deadline_ms = 300};
    uint64_t begun = now_ms();
    expect_failed(e, fetch(e, &q), TIMEOUT, asked == 0 ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_KEY,
                  "no answer of the device's key in time");
    assert_in_range(now_ms() - begun, 250, 3000);
  }
  EVP_PKEY_free(o.key);
}

/* STATE-08: nor than the host wants */
static void stops_waiting_on_request(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (int asked = 0; asked < 2; asked++) {
    take_identity(e, &o, "enc/p256", ALL_ECDSA);
    o.pending[asked] = UINT32_MAX;
    assert_int_equal(sztp_session_cancel(e->session), SZTP_OK);
    e->session->state = SZTP__ST_ROOT; /* at the very start a session does not listen */
    uint64_t begun = now_ms();
    assert_int_equal(fetch_from(e, 0, NULL), FAILED);
    assert_true(now_ms() - begun < 3000);
  }
  EVP_PKEY_free(o.key);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(offers_nothing_in_vain),
                                     TEST(asks_once_for_a_connection),
                                     TEST(signs_for_nobody_untrusted),
                                     TEST(tells_why_there_is_no_key),
                                     TEST(tells_why_there_is_no_signature),
                                     TEST(finds_out_a_wrong_key),
                                     TEST(waits_for_the_key),
                                     TEST(waits_no_longer_than_a_handshake),
                                     TEST(waits_no_longer_than_the_action),
                                     TEST(stops_waiting_on_request)};
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
