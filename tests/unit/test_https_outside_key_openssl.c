/* SPDX-License-Identifier: Apache-2.0 */
/* TLS with a private key that is somewhere else, by OpenSSL: in TLS 1.2 and 1.3, with RSA, too, it signs what
 * the server takes and the key can do. The servers are openssl(1), which verify each signature. */
#define _POSIX_C_SOURCE 200809L
#include "outside_key.h"

#include <openssl/provider.h>

#include "openssl_server.h"

/* Visits a server that asks for a client certificate, with @p version and signatures (NULL: its own lists).
 */
static uint32_t visit_server(env_t *e, const char *version, const char *signatures) {
  static uint64_t visit;
  const char *extra[] = {"-verify", "3", "-client_sigalgs", signatures, version, NULL};
  if (signatures == NULL) {
    extra[2] = version;
    extra[3] = NULL;
  }
  uint16_t port;
  pid_t pid = start_openssl("server", extra, &port);
  ask_t q = {.visit = ++visit, .port = port, .limit = 65536};
  uint32_t outcome = fetch(e, &q);
  end_openssl(pid);
  return outcome;
}

#define IN12           "-tls1_2"
#define IN13           "-tls1_3"
#define ONLY12         "only TLS 1.2 was offered, since the identity's key can do "
#define TAKES_NONE     "the server takes no signature that the identity's key can make; it can do "
#define RSA_PSS_SHA(n) "rsa_pss_rsae_sha" n
#define RSA_SHA(n)     "rsa_pkcs1_sha" n

static const struct {
  const char *name; /* of the test PKI */
  int64_t able;
  const char *version;
  const char *signatures; /* that the server takes; NULL: its own list */
  const char *asked;      /* after the query */
  const char *why;        /* why there is no connection; NULL: there is one */
} ROWS[] = {
    /* whatever both can, as the server prefers it */
    {"enc/p256", ALL_ECDSA, IN12, "ECDSA+SHA384:ECDSA+SHA256", "sign-ecdsa 384", NULL},
    {"enc/p256", ALL_ECDSA, IN12, "ECDSA+SHA512", "sign-ecdsa 512", NULL},
    {"enc/p384", ALL_ECDSA, IN12, "ECDSA+SHA256", "sign-ecdsa 256", NULL},
    {"enc/p521", ALL_ECDSA, IN12, "ECDSA+SHA384", "sign-ecdsa 384", NULL},
    {"enc/rsa", ALL_RSA, IN12, RSA_SHA("384"), "sign-rsa-pkcs1 384", NULL},
    {"enc/rsa", ALL_RSA, IN12, RSA_PSS_SHA("256"), "sign-rsa-pss 256", NULL},
    {"enc/rsa", ALL_RSA, IN13, NULL, "sign-rsa-pss 256", NULL},
    {"enc/rsa", ALL_RSA, IN13, RSA_PSS_SHA("384"), "sign-rsa-pss 384", NULL},
    {"enc/rsa", ALL_RSA, IN13, RSA_PSS_SHA("512"), "sign-rsa-pss 512", NULL},
    {"enc/p256", ALL_ECDSA, IN13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", ALL_ECDSA, IN13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p521", ALL_ECDSA, IN13, NULL, "sign-ecdsa 512", NULL},
    /* keys that don't know the question: RSA by PKCS #1, and so no TLS 1.3 */
    {"enc/p256", 0, IN13, NULL, "sign-ecdsa 256", NULL},
    {"enc/rsa", 0, IN12, NULL, "sign-rsa-pkcs1 256", NULL},
    {"enc/rsa", 0, IN13, NULL, "", ONLY12 "rsa-pkcs1-sha256"},
    /* keys of one hash, as TCG's templates for TPMs make them */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, IN12, NULL, "sign-ecdsa 256", NULL},
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, IN13, NULL, "sign-ecdsa 256", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, IN12, NULL, "sign-ecdsa 384", NULL},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, IN13, NULL, "sign-ecdsa 384", NULL},
    {"enc/p521", SZTP_ABLE_ECDSA_SHA512, IN12, NULL, "sign-ecdsa 512", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PSS_SHA384, IN12, NULL, "sign-rsa-pss 384", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PSS_SHA384, IN13, NULL, "sign-rsa-pss 384", NULL},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA512, IN12, NULL, "sign-rsa-pkcs1 512", NULL},
    /* and servers that want another one: nothing is signed */
    {"enc/p256", SZTP_ABLE_ECDSA_SHA256, IN12, "ECDSA+SHA384", "", TAKES_NONE "ecdsa-sha256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA384, IN13, "ECDSA+SHA256", "", TAKES_NONE "ecdsa-sha384"},
    {"enc/rsa", SZTP_ABLE_RSA_PSS_SHA256, IN13, RSA_PSS_SHA("512"), "", TAKES_NONE "rsa-pss-sha256"},
    {"enc/rsa", SZTP_ABLE_RSA_PKCS1_SHA256, IN13, NULL, "", ONLY12 "rsa-pkcs1-sha256"},
    {"enc/p384", SZTP_ABLE_ECDSA_SHA256, IN13, NULL, "", ONLY12 "ecdsa-sha256"},
};

/* TLS-21, TPM-05, STATE-15: mutual TLS in both versions with what the key can do, and with nothing else */
static void signs_what_the_key_can(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  for (size_t i = 0; i < TEST_COUNT_OF(ROWS); i++) {
    char asked[64];
    take_identity(e, &o, ROWS[i].name, ROWS[i].able);
    uint32_t outcome = visit_server(e, ROWS[i].version, ROWS[i].signatures);
    (void)snprintf(asked, sizeof asked, "query%s%s", ROWS[i].asked[0] != 0 ? " " : "", ROWS[i].asked);
    if (strcmp(o.asked, asked) != 0)
      fail_msg("row %u: asked \"%s\" instead of \"%s\": %s", (unsigned)i, o.asked, asked, message(e));
    if (ROWS[i].why != NULL)
      expect_failed(e, outcome, FAILED, SZTP_ERR_SERVER_FAIL, ROWS[i].why);
    else if (outcome != SZTP_OUTCOME_OK)
      fail_msg("row %u: %s", (unsigned)i, message(e));
  }
  EVP_PKEY_free(o.key);
}

/* STATE-15: a key function that has another key than the certificate's is found out here, in both versions,
 * for each kind of key and padding */
static void finds_out_a_wrong_key(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  static const struct {
    const char *name, *other;
    int64_t able;
    const char *version;
  } rows[] = {{"enc/p256", "owner", ALL_ECDSA, IN12},
              {"enc/p256", "owner", ALL_ECDSA, IN13},
              {"enc/rsa", "enc/rsa2", ALL_RSA_PKCS1, IN12},
              {"enc/rsa", "enc/rsa2", ALL_RSA, IN13}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    take_identity(e, &o, rows[i].name, rows[i].able);
    EVP_PKEY_free(o.key);
    o.key = read_outside(rows[i].other);
    expect_failed(e, visit_server(e, rows[i].version, NULL), FAILED, SZTP_ERR_KEY,
                  "the signature of the device's key does not fit the identity certificate");
  }
  EVP_PKEY_free(o.key);
}

/* TPM-05: a key that can't make the RSA-PSS signatures that it was said to make, as a TPM that puts in
 * another salt, does without them from then on */
static void does_without_pss(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/rsa", ALL_RSA);
  o.refuses = SZTP_KEY_OP_SIGN_RSA_PSS;
  expect_failed(e, visit_server(e, "-no_tls1", NULL), FAILED, SZTP_ERR_UNSUPPORTED,
                "no signature of the device's key: sign-rsa-pss: the key can't do that");
  if (visit_server(e, "-no_tls1", NULL) != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  assert_string_equal(o.asked, "query sign-rsa-pss 256 query sign-rsa-pkcs1 256");
  EVP_PKEY_free(o.key);
}

/* TLS-21: what the key function leaves in OpenSSL's queue of errors is taken for nobody else's */
static void bears_traces_of_errors(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  take_identity(e, &o, "enc/p256", ALL_ECDSA);
  o.traces = 1;
  for (int i = 0; i < 2; i++) {
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    if (visit_server(e, i == 0 ? IN12 : IN13, NULL) != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  }
  ERR_clear_error();
  EVP_PKEY_free(o.key);
}

/* A transport works in the library context of its device's context, and in none that can't do TLS. */
static void works_in_the_callers_library_context(void **state) {
  env_t *e = *state;
  OSSL_LIB_CTX *empty = OSSL_LIB_CTX_new();
  OSSL_LIB_CTX *good = OSSL_LIB_CTX_new();
  OSSL_PROVIDER *nothing = OSSL_PROVIDER_load(empty, "null");
  OSSL_PROVIDER *all = OSSL_PROVIDER_load(good, "default");
  outside_t o = {.key = NULL};
  sztp_https_t *none = NULL;
  assert_non_null(nothing);
  assert_non_null(all);
  sztp_https_free(e->https);
  assert_int_equal(sztp_ctx_set_library_context(e->ctx, empty), SZTP_OK);
  assert_int_equal(sztp_https_new(e->dev, &none), SZTP_ERR_CRYPTO);
  assert_int_equal(sztp_ctx_set_library_context(e->ctx, good), SZTP_OK);
  assert_int_equal(sztp_https_new(e->dev, &e->https), SZTP_OK);
  take_identity(e, &o, "enc/rsa", ALL_RSA);
  if (visit_server(e, IN13, NULL) != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  assert_string_equal(o.asked, "query sign-rsa-pss 256");
  sztp_https_free(e->https);
  e->https = NULL;
  assert_int_equal(sztp_ctx_set_library_context(e->ctx, NULL), SZTP_OK);
  EVP_PKEY_free(o.key);
  OSSL_PROVIDER_unload(nothing);
  OSSL_PROVIDER_unload(all);
  OSSL_LIB_CTX_free(empty);
  OSSL_LIB_CTX_free(good);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(signs_what_the_key_can), TEST(finds_out_a_wrong_key),
                                     TEST(does_without_pss), TEST(bears_traces_of_errors),
                                     TEST(works_in_the_callers_library_context)};
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
