/* SPDX-License-Identifier: Apache-2.0 */
/* What TLS by OpenSSL takes of a server that other engines don't, and where it ends. */
#define _POSIX_C_SOURCE 200809L
#include "openssl_server.h"
#include "outside_key.h"

#include <openssl/ssl.h>

/* A server that presents @p count more certificates than its own. */
static uint32_t meet(env_t *e, unsigned count, const char *version) {
  char file[] = "/tmp/chain-XXXXXX";
  const char *extra[] = {version, "-cert_chain", file, NULL};
  static uint64_t visit;
  uint16_t port;
  pem_t above = read_pem("server-rsa.pem");
  int fd = mkstemp(file);
  assert_true(fd >= 0);
  for (unsigned i = 0; i < count; i++) assert_int_equal(write(fd, above.text, above.len), (ssize_t)above.len);
  close(fd);
  pid_t pid = start_openssl("server", extra, &port);
  ask_t q = {.visit = ++visit, .port = port, .limit = 262144};
  uint32_t outcome = fetch(e, &q);
  end_openssl(pid);
  unlink(file);
  free(above.text);
  return outcome;
}

/* PKIX-02: certificates that are not needed may be there, in a message of several records; but not without
 * end */
static void takes_long_chains(void **state) {
  env_t *e = *state;
  static const char *const versions[] = {"-tls1_2", "-tls1_3"};
  for (size_t i = 0; i < TEST_COUNT_OF(versions); i++) {
    if (meet(e, 30, versions[i]) != SZTP_OUTCOME_OK) fail_msg("%s: %s", versions[i], message(e));
    expect_failed(e, meet(e, 120, versions[i]), SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL,
                  "TLS failed: excessive message size");
  }
}

/* What the system demands of keys is kept to, and named. */
static void names_the_systems_demands(void **state) {
  env_t *e = *state;
  outside_t o = {.key = NULL};
  SSL_CTX *usual = SSL_CTX_new(TLS_client_method());
  assert_non_null(usual);
  int level = SSL_CTX_get_security_level(usual);
  SSL_CTX_free(usual);
  if (level < 2) skip(); /* RSA-1024 is as good as any there */
  take_identity(e, &o, "server-rsa-1024", ALL_RSA);
  expect_failed(
      e, fetch_from(e, 0, NULL), FAILED, SZTP_ERR_CONFIG,
      "OpenSSL, as it is configured here, does not take the identity's certificates: ee key too small");
  EVP_PKEY_free(o.key);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(takes_long_chains), TEST(names_the_systems_demands)};
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
