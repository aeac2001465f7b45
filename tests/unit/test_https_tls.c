/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who in TLS: what the device presents, whom it trusts and by which rules, how often it asks, which
 * groups it offers, and TLS that is too old. */
#define _POSIX_C_SOURCE 200809L
#include "openssl_server.h"

/* ---- who is who ---------------------------------------------------------------------------------- */

/* TLS-06, TLS-07: the identity certificate and what stands above it, in both modes */
static void presents_the_identity(void **state) {
  env_t *e = *state;
  for (int provisional = 0; provisional < 2; provisional++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    start(e, &plan);
    ask_t q = {.visit = (uint64_t)provisional, .provisional = provisional};
    expect_ok(e, fetch(e, &q), 200, "hello");
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    assert_int_equal(seen->chain_count, 2);
    const uint8_t *own;
    const uint8_t *above;
    size_t own_len;
    size_t above_len;
    assert_int_equal(sztp_device_cert(e->dev, SZTP_CERT_IDENTITY, 0, &own, &own_len), SZTP_OK);
    assert_int_equal(sztp_device_cert(e->dev, SZTP_CERT_IDENTITY_CHAIN, 0, &above, &above_len), SZTP_OK);
    assert_int_equal(seen->chain_len, own_len + above_len);
    assert_memory_equal(seen->chain, own, own_len);
    assert_memory_equal(seen->chain + own_len, above, above_len);
  }
}

/* TLS-06, STATE-15: the same with an RSA key, and with another identity after a first one */
static void presents_an_rsa_identity(void **state) {
  env_t *first = *state;
  env_t e;
  memset(&e, 0, sizeof e);
  assert_int_equal(sztp_ctx_new(NULL, &e.ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e.ctx, &e.dev), SZTP_OK);
  assert_int_equal(sztp_device_set_text(e.dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  assert_int_equal(sztp_https_new(e.dev, &e.https), SZTP_OK);
  assert_int_equal(add_key(first->keys, e.dev, "owner.key"), SZTP_ERR_KEY); /* of no certificate yet */
  test_add_cert(e.dev, SZTP_CERT_IDENTITY, "owner.pem");
  test_add_cert(e.dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  e.keys = give_key(e.dev, "owner.key");
  /* the identity changes under the key: refused, before any use of the network, until there is its key */
  test_add_cert(e.dev, SZTP_CERT_IDENTITY, "owner-rsa.pem");
  assert_int_equal(sztp_session_new(e.ctx, e.dev, &e.session), SZTP_OK);
  assert_int_equal(sztp_session_set_clock(e.session, clock_ms, NULL), SZTP_OK);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(&e, &plan);
  ask_t q = {.visit = 1};
  expect_failed(&e, fetch(&e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_CONFIG,
                "(TLS-07): query: the key function does not have the certificate's private key");
  expect_counts(&e, 0, 0, 0);
  assert_int_equal(add_key(e.keys, e.dev, "owner-rsa.key"), SZTP_OK);
  expect_ok(&e, fetch(&e, &q), 200, "hello");
  peer_stop(e.peer);
  assert_int_equal(peer_connections(e.peer), 1);
  assert_int_equal(peer_seen(e.peer, 0)->chain_count, 1);
  end_env(&e);
}

/* TLS-07: without a key nothing is sent at all */
static void needs_a_key(void **state) {
  env_t *e = *state;
  sztp_session_free(e->session);
  assert_int_equal(sztp_device_set_key(e->dev, NULL, NULL), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(e->dev), e->dev, &e->session), SZTP_OK);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  ask_t q = {.provisional = 1};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_CONFIG,
                "(TLS-07): there is no key function: sztp_device_set_key()");
  expect_counts(e, 0, 0, 0);
}

/* TLS-03: an expired self-signed certificate of another name is good enough for a provisional connection;
 * nobody is taken for verified by it. TLS-02: and not good enough for any other. */
static void accepts_anybody_provisionally(void **state) {
  env_t *e = *state;
  char pem[2048];
  assert_int_equal(peer_self_signed(other_key.text, "CN=elsewhere.example", "20000101000000",
                                    "20010101000000", pem, sizeof pem),
                   0);
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  plan.certificate = pem;
  plan.key = other_key.text;
  start(e, &plan);
  ask_t q = {.visit = 1, .provisional = 1};
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_PEER_VERIFIED), 1);
  assert_int_equal(e->session->reply.peer_verified, 0);
  q.provisional = 0;
  q.visit = 2;
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, "127.0.0.1 port");
}

/* TLS-02, TLS-05, TLS-20: whom the core does not accept gets neither our certificate nor one octet of a
 * request */
static void tells_nothing_to_the_untrusted(void **state) {
  env_t *e = *state;
  const struct {
    const char *name;
    int anchor;
    pem_t crt, key;
    int32_t reason;
  } cases[] = {{NULL, 1, server_crt, server_key, SZTP_ERR_TLS_UNTRUSTED},
               {NULL, 0, other_crt, other_key, SZTP_ERR_TLS_UNTRUSTED},
               {"sztp.example.com", 0, server_crt, server_key, SZTP_ERR_TLS_NAME_MISMATCH},
               {"127.0.0.2", 0, server_crt, server_key, SZTP_ERR_TLS_NAME_MISMATCH}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    plan.certificate = cases[i].crt.text;
    plan.key = cases[i].key.text;
    start(e, &plan);
    ask_t q = {.visit = i, .name = cases[i].name, .anchor = cases[i].anchor};
    expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, cases[i].reason, "port");
    assert_string_not_equal(strchr(message(e), ':') + 2,
                            sztp_error_text(cases[i].reason)); /* the real cause */
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    assert_int_equal(peer_connections(e->peer), 1);
    assert_true(seen->handshake < 0);
    assert_int_equal(seen->chain_count, 0);
    assert_int_equal(seen->request_len, 0);
  }
  expect_counts(e, 4, 0, 0);
}

/* TLS-20: a certificate swapped before a reconnect within the visit is judged anew */
static void judges_every_connection(void **state) {
  env_t *e = *state;
  static const peer_step_t once[] = {{PEER_READ, NULL, 0}, {PEER_SEND, OK_HELLO, 0}, {PEER_END, NULL, 0}};
  peer_plan_t plan = PLAN(once);
  start(e, &plan);
  uint16_t port = peer_port(e->peer);
  ask_t q = {.visit = 1, .port = port};
  expect_ok(e, fetch(e, &q), 200, "hello");
  end_peer(e);
  /* on a new port, since the old one may be taken: the visit and all else are the same */
  plan.certificate = other_crt.text;
  plan.key = other_key.text;
  start(e, &plan);
  q.port = 0;
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, "port");
}

/* STATE-15: the key must be the certificate's, in any of the usual forms */
static void reads_keys(void **state) {
  env_t *e = *state;
  size_t len;
  pem_t pem = read_pem("owner.key");
  sztp_software_key_t *keys;
  assert_int_equal(sztp_software_key_new(&keys), SZTP_OK);
  assert_int_equal(add_key(keys, e->dev, "other.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(keys, e->dev, "owner-rsa.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(keys, e->dev, "owner.pem"), SZTP_ERR_KEY);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, pem.len / 2), SZTP_ERR_KEY);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, pem.len), SZTP_OK);
  assert_int_equal(sztp_software_key_add(keys, e->dev, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(keys, e->dev, (const uint8_t *)pem.text, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(NULL, e->dev, (const uint8_t *)pem.text, pem.len), SZTP_ERR_ARG);
  free(pem.text);
  static const char *const forms[] = {"pkcs8 -topk8 -nocrypt -outform DER", "ec -outform DER", "ec"};
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++) {
    char command[1200];
    uint8_t key[4096];
    snprintf(command, sizeof command, "openssl %s -in '%s/owner.key' 2>/dev/null", forms[i], pki());
    FILE *f = popen(command, "r");
    assert_non_null(f);
    len = fread(key, 1, sizeof key, f);
    assert_int_equal(pclose(f), 0);
    assert_int_equal(sztp_software_key_add(keys, e->dev, key, len), SZTP_OK);
  }
  sztp_software_key_free(keys);
}

/* ---- against OpenSSL ----------------------------------------------------------------------------- */

/* TLS-01, TLS-24: against OpenSSL, whose -www page shows that the good ones really work */
static void refuses_old_tls(void **state) {
  env_t *e = *state;
  static const struct {
    const char *name;
    const char *extra[8];
    const char *why; /* NULL: it is good */
  } cases[] = {
      {"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", NULL}, NULL},
      {"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM", NULL}, NULL},
      {"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", NULL}, NULL},
      {"server-rsa", {"-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384", NULL}, NULL},
      /* the best that both know */
      {"server", {"-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", NULL}, NULL},
      {"server-rsa", {"-cipher", "ECDHE-RSA-AES128-GCM-SHA256", NULL}, NULL},
      {"server", {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0", NULL}, "TLS alert "},
      {"server",
       {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", NULL},
       "TLS alert 40 (handshake_failure)"},
      {"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8", NULL}, "TLS alert 40 (handshake_failure)"},
      {"server-rsa", {"-tls1_2", "-cipher", "AES128-GCM-SHA256", NULL}, "TLS alert 40 (handshake_failure)"},
      {"server-rsa",
       {"-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", NULL},
       "TLS alert 40 (handshake_failure)"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint16_t port;
    pid_t pid = start_openssl(cases[i].name, cases[i].extra, &port);
    ask_t q = {.visit = i, .port = port, .provisional = 1, .limit = 65536};
    uint32_t outcome = fetch(e, &q);
    end_openssl(pid);
    if (cases[i].why == NULL) {
      if (outcome != SZTP_OUTCOME_OK) fail_msg("case %zu: %s", i, message(e));
      assert_int_equal(e->session->reply.status, 200);
    } else {
      expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, cases[i].why);
    }
  }
}

/* What a server that does not know us says is told, though TLS 1.3 says it after the handshake only. */
static void tells_why_the_server_refused(void **state) {
  env_t *e = *state;
  char root[1100];
  snprintf(root, sizeof root, "%s/other-root.pem", pki());
  const char *const extra[] = {"-Verify", "1", "-verify_return_error", "-CAfile", root, NULL};
  uint16_t port;
  pid_t pid = start_openssl("server", extra, &port);
  ask_t q = {.port = port, .provisional = 1};
  uint32_t outcome = fetch(e, &q);
  end_openssl(pid);
  expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "TLS alert 48 (unknown_ca)");
}

/* What becomes of a server that presents NAME and the certificate ABOVE it (or NULL). */
static uint32_t meet(env_t *e, const char *name, const char *above, const char *version, int provisional) {
  char file[1100];
  const char *extra[] = {version, "-cipher", "ALL:@SECLEVEL=0", "-cert_chain", file, NULL};
  uint16_t port;
  snprintf(file, sizeof file, "%s/%s.pem", pki(), above != NULL ? above : "");
  if (above == NULL) extra[3] = NULL;
  pid_t pid = start_openssl(name, extra, &port);
  static uint64_t visit = 1000;
  ask_t q = {.visit = ++visit, .port = port, .provisional = provisional, .limit = 65536};
  uint32_t outcome = fetch(e, &q);
  end_openssl(pid);
  return outcome;
}

/* CMS-16, TLS-02, PKIX-02, PKIX-12: the core's rules decide over a chain, whatever mbedTLS thinks of critical
 * constraints and of keys; and over none of a provisional connection. */
static void judges_chains_by_our_own_rules(void **state) {
  env_t *e = *state;
  static const char *const versions[] = {"-tls1_2", "-tls1_3"};
  static const struct {
    const char *name;
    const char *above;
    const char *why; /* NULL: it is good */
  } cases[] = {
      {"server", NULL, NULL},
      {"server-rsa", NULL, NULL},
      {"server-rsa-1024", NULL, "a key of 1024 bits, expected 2048 or more"},
      {"server-inside", "server-bound", NULL},
      {"server-outside", "server-elsewhere", "\"localhost\" lies outside the subtrees that"},
      {"server-strange", NULL, "critical extension 1.3.6.1.4.1.99999.2 in \"O=Example Owner, CN=strange\""},
      {"server", "server-strange", NULL}, /* beside it, needed by nobody */
  };
  for (size_t v = 0; v < (peer_has_tls13() ? 2 : 1); v++) {
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      uint32_t outcome = meet(e, cases[i].name, cases[i].above, versions[v], 0);
      if (cases[i].why != NULL)
        expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, cases[i].why);
      else if (outcome != SZTP_OUTCOME_OK)
        fail_msg("%s %s: %s", versions[v], cases[i].name, message(e));
      outcome = meet(e, cases[i].name, cases[i].above, versions[v], 1);
      if (outcome != SZTP_OUTCOME_OK)
        fail_msg("%s %s, provisionally: %s", versions[v], cases[i].name, message(e));
    }
  }
}

/* TLS-24: X25519, P-256, P-384, P-521, in this order; a server that has nothing but a small curve fails */
static void offers_groups_of_strength(void **state) {
  env_t *e = *state;
  static const uint8_t offered[] = {0, 8, 0, 29, 0, 23, 0, 24, 0, 25};
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 200, "hello");
  peer_stop(e->peer);
  size_t len;
  size_t session_len;
  const uint8_t *groups = peer_hello_extension(peer_seen(e->peer, 0), 10, &len, &session_len);
  assert_non_null(groups);
  assert_int_equal(len, sizeof offered);
  assert_memory_equal(groups, offered, sizeof offered);
  static const struct {
    const char *group;
    int good;
  } cases[] = {{"X25519", 1}, {"P-256", 1},     {"P-384", 1},     {"P-521", 1},
               {"X448", 0},   {"secp192r1", 0}, {"secp224r1", 0}, {"brainpoolP256r1", 0}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const char *const extra[] = {"-cipher", "ALL:@SECLEVEL=0", "-groups", cases[i].group, NULL};
    uint16_t port;
    pid_t pid = start_openssl("server-rsa", extra, &port);
    ask_t ask = {.visit = 2 + i, .port = port, .limit = 65536};
    uint32_t outcome = fetch(e, &ask);
    end_openssl(pid);
    if (!cases[i].good)
      expect_failed(e, outcome, SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL,
                    "TLS alert 40 (handshake_failure)");
    else if (outcome != SZTP_OUTCOME_OK)
      fail_msg("%s: %s", cases[i].group, message(e));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(presents_the_identity),
      TEST(needs_a_key),
      TEST(accepts_anybody_provisionally),
      TEST(tells_nothing_to_the_untrusted),
      TEST(judges_every_connection),
      TEST(reads_keys),
      TEST(refuses_old_tls),
      TEST(tells_why_the_server_refused),
      TEST(judges_chains_by_our_own_rules),
      TEST(offers_groups_of_strength),
      TEST(presents_an_rsa_identity),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
