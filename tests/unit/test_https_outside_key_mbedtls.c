/* SPDX-License-Identifier: Apache-2.0 */
/* TLS with a private key that is somewhere else, by mbedTLS: what is offered for its sake. In TLS 1.2 the
 * hash of a suite is the one that is signed with, and RSA keys have no TLS 1.3. */
#define _POSIX_C_SOURCE 200809L
#include "outside_key.h"

#define AES128 "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"
#define AES256 "TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384"
#define CHACHA "TLS-ECDHE-ECDSA-WITH-CHACHA20-POLY1305-SHA256"

typedef struct row {
  const char *name; /* of the test PKI */
  int64_t able;
  int version;       /* that the server speaks; 0: all */
  const char *suite; /* that it takes; NULL: any */
  const char *asked; /* after the query */
  const char *why;   /* why there is no connection; NULL: there is one */
} row_t;

static const row_t ROWS[] = {
    /* keys that can do everything */
    {"enc/p256", ALL_ECDSA, 12, AES128, "sign-ecdsa 256", NULL},
    {"enc/p256", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p256", ALL_ECDSA, 12, CHACHA, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 12, AES128, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p521", ALL_ECDSA, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/rsa", ALL_RSA, 12, AES128, "sign-rsa-pkcs1 256", NULL},
    {"enc/rsa", ALL_RSA, 12, AES256, "sign-rsa-pkcs1 384", NULL},
    {"enc/rsa", ALL_RSA, 0, NULL, "sign-rsa-pkcs1 256", NULL}, /* not even if the server has TLS 1.3 */
    {"enc/p256", ALL_ECDSA, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, 13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p521", ALL_ECDSA, 13, NULL, "sign-ecdsa 512", NULL},
    /* keys that don't know the question: the usual is supposed */
    {"enc/p256", 0, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/p256", 0, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/rsa", 0, 12, AES256, "sign-rsa-pkcs1 384", NULL},
    /* keys of one hash, as TCG's templates for TPMs make them */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 12, NULL, "sign-ecdsa 256", NULL},
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, NULL, "sign-ecdsa 384", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, AES256, "sign-ecdsa 384", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA256, 12, NULL, "sign-rsa-pkcs1 256", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA384, 12, NULL, "sign-rsa-pkcs1 384", NULL},
    /* and servers that want another one: nothing is signed */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, 12, AES256, "", "TLS 1.2 with SHA-256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, AES128, "", "TLS 1.2 with SHA-384"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, 12, CHACHA, "", "since the identity's key can do ecdsa-sha384"},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA384, 12, AES128, "",
     "since the identity's key can do rsa-pkcs1-sha384"},
    {"enc/rsa", ALL_RSA, 13, NULL, "",
     "only TLS 1.2 was offered, since the identity's key can do rsa-pkcs1-sha256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA256, 13, NULL, "", "only TLS 1.2 with SHA-256 was offered"},
};

/* TLS-21, TPM-05, STATE-15: mutual TLS in both versions with what the key can do, and with nothing else; the
 * server verifies each signature */
static void signs_what_the_key_can(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (size_t i = 0; i < TEST_COUNT_OF(ROWS); i++) {
    const row_t *row = &ROWS[i];
    char asked[64];
    if (row->version == 13 && !peer_has_tls13()) continue;
    take_identity(e, &o, row->name, row->able);
    uint32_t outcome = fetch_from(e, row->version, row->suite);
    (void)snprintf(asked, sizeof asked, "query%s%s", row->asked[0] != 0 ? " " : "", row->asked);
    if (strcmp(o.asked, asked) != 0)
      fail_msg("row %u: asked \"%s\" instead of \"%s\": %s", (unsigned)i, o.asked, asked, message(e));
    if (row->why != NULL) {
      expect_failed(e, outcome, FAILED, SZTP_ERR_SERVER_FAIL, row->why);
      continue;
    }
    expect_ok(e, outcome, 200, "hello");
    const peer_seen_t *seen = seen_by(e);
    assert_int_equal(seen->handshake, 1);
    assert_int_equal(seen->chain_count, 2);
    assert_memory_equal(seen->chain, o.cert.data, o.cert.len);
    if (row->suite != NULL) assert_string_equal(seen->suite, row->suite);
    assert_string_equal(seen->version, row->version == 13 ? "TLSv1.3" : "TLSv1.2");
  }
  EVP_PKEY_free(o.key);
}

static void offers_nothing_in_vain(void **state) {
  static const vain_t rows[] = {
      {"enc/rsa", SZTP_ABLE_DECRYPT | SZTP_ABLE_RSA_PSS_SHA256, "it can do rsa-pss-sha256, decrypt"},
      {"enc/p256", SZTP_ABLE_ECDSA_SHA512, "it can do ecdsa-sha512"}};
  offers_nothing(*state, rows, TEST_COUNT_OF(rows));
}

/* TPM-05: P-521 with its own hash is for TLS 1.3 only */
static void does_without_tls12(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p521", SZTP_ABLE_ECDSA_SHA512);
  uint32_t outcome = fetch_from(e, 0, NULL);
  if (peer_has_tls13()) {
    expect_ok(e, outcome, 200, "hello");
    assert_string_equal(seen_by(e)->version, "TLSv1.3");
    assert_string_equal(o.asked, "query sign-ecdsa 512");
    expect_failed(e, fetch_from(e, 12, NULL), FAILED, SZTP_ERR_SERVER_FAIL, "only TLS 1.3 was offered");
  } else {
    expect_failed(e, outcome, FAILED, SZTP_ERR_CONFIG, "it can do ecdsa-sha512");
  }
  EVP_PKEY_free(o.key);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(signs_what_the_key_can), TEST(offers_nothing_in_vain),
                                     TEST(does_without_tls12)};
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
