/* SPDX-License-Identifier: Apache-2.0 */
/* The device object: what each setter takes and refuses, the identity's serial number, and what a session
 * demands of a device before it starts. */
#include "common/testing.h"

#include "cryptography/cms.h"
#include "trust/device_private.h"

typedef struct fixture {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  char log[4096];
} fixture_t;

static void keep_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  fixture_t *f = user;
  (void)topic;
  (void)len;
  size_t at = strlen(f->log);
  if (level <= SZTP_LOG_WARN) (void)snprintf(f->log + at, sizeof f->log - at, "%s\n", line);
}

static void open_device(fixture_t *f) {
  memset(f, 0, sizeof *f);
  f->ctx = test_ctx_new(&f->memory);
  assert_int_equal(sztp_ctx_set_log(f->ctx, SZTP_LOG_WARN, keep_log, f), 0);
  assert_int_equal(sztp_device_new(f->ctx, &f->dev), 0);
}

static void close_device(fixture_t *f) {
  sztp_device_free(f->dev);
  test_ctx_free(&f->memory, f->ctx);
}

static int32_t add_file(fixture_t *f, uint32_t role, const char *name) {
  size_t len = 0;
  uint8_t *data = test_read_pki(name, &len);
  int32_t rc = sztp_device_add_cert(f->dev, role, data, len);
  free(data);
  return rc;
}

static int32_t add_text(fixture_t *f, uint32_t role, const char *text) {
  return sztp_device_add_cert(f->dev, role, (const uint8_t *)text, strlen(text));
}

static size_t certs(const fixture_t *f, uint32_t role) {
  const uint8_t *der = NULL;
  size_t len = 0;
  size_t n = 0;
  while (sztp_device_cert(f->dev, role, n, &der, &len) == 0) n++;
  return n;
}

static const char *serial(const fixture_t *f) {
  const char *text = "(none)";
  (void)sztp_device_text(f->dev, SZTP_DEVICE_SERIAL, &text);
  return text;
}

/* REST-14: what the texts of a device may be */
static void test_texts(void **state) {
  (void)state;
  fixture_t f;
  char text[300];
  const char *out = NULL;
  open_device(&f);
  assert_int_equal(sztp_device_new(NULL, &f.dev), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_new(f.ctx, NULL), SZTP_ERR_ARG);
  assert_ptr_equal(sztp_device_ctx(f.dev), f.ctx);
  assert_null(sztp_device_ctx(NULL));
  sztp_device_free(NULL);
  for (uint32_t field = SZTP_DEVICE_SERIAL; field <= SZTP_DEVICE_OS_VERSION; field++) {
    static const char *const refused[] = {"", "a\nb", "\x1f", "\x7f", "\xff", "a\xc3", "\xed\xa0\x80"};
    assert_int_equal(sztp_device_text(f.dev, field, &out), SZTP_ERR_NOT_FOUND);
    for (size_t i = 0; i < TEST_COUNT_OF(refused); i++)
      assert_int_equal(sztp_device_set_text(f.dev, field, refused[i]), SZTP_ERR_TEXT);
    memset(text, 'x', sizeof text);
    text[257] = '\0';
    test_expect_fail(f.ctx, sztp_device_set_text(f.dev, field, text), SZTP_ERR_TEXT, "257 octets");
    assert_int_equal(sztp_device_text(f.dev, field, &out), SZTP_ERR_NOT_FOUND);
    text[256] = '\0';
    assert_int_equal(sztp_device_set_text(f.dev, field, text), 0);
    assert_int_equal(sztp_device_set_text(f.dev, field, "\xc3\xa9 1"), 0);
    assert_int_equal(sztp_device_text(f.dev, field, &out), 0);
    assert_string_equal(out, "\xc3\xa9 1");
    assert_int_equal(sztp_device_set_text(NULL, field, "x"), SZTP_ERR_ARG);
    assert_int_equal(sztp_device_set_text(f.dev, field, NULL), SZTP_ERR_ARG);
    assert_int_equal(sztp_device_text(NULL, field, &out), SZTP_ERR_ARG);
    assert_int_equal(sztp_device_text(f.dev, field, NULL), SZTP_ERR_ARG);
  }
  assert_int_equal(sztp_device_set_text(f.dev, 0, "x"), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_OS_VERSION + 1, "x"), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_text(f.dev, 0, &out), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_text(f.dev, SZTP_DEVICE_CERT_SERIAL + 1, &out), SZTP_ERR_ARG);
  close_device(&f);
}

struct identity_case {
  const char *file;
  const char *given; /* SZTP_DEVICE_SERIAL, set before; NULL: none */
  const char *serial;
  int32_t code;
  int warns;
};

/* IDEV-01, IDEV-02, IDEV-03 (D-40), IDEV-04 (D-41), IDEV-05 (D-42), IDEV-07: idevid ends with the year 9999
 */
static const struct identity_case IDENTITIES[] = {
    {"idevid.pem", NULL, "EX4200-17", 0, 0},
    {"idevid.pem", "EX4200-17", "EX4200-17", 0, 0},
    {"idevid.pem", "OTHER", "OTHER", 0, 1},
    {"idevid-composite.pem", NULL, "PID:EX4200 SN:ABC", 0, 0},
    {"idevid-composite.pem", "ABC", "ABC", 0, 1},
    {"idevid-two.pem", NULL, "(none)", SZTP_ERR_CONFIG, 0},
    {"idevid-two.pem", "EX4200-17", "EX4200-17", 0, 0},
    {"server.pem", NULL, "(none)", SZTP_ERR_CONFIG, 0},
    {"server.pem", "EX4200-17", "EX4200-17", 0, 0},
};

static void test_identity(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(IDENTITIES); i++) {
    const struct identity_case *c = &IDENTITIES[i];
    fixture_t f;
    open_device(&f);
    if (c->given != NULL) assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_SERIAL, c->given), 0);
    assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, c->file), c->code);
    assert_int_equal(certs(&f, SZTP_CERT_IDENTITY), c->code == 0);
    assert_string_equal(serial(&f), c->serial);
    assert_int_equal(strstr(f.log, "differs") != NULL, c->warns);
    close_device(&f);
  }
  /* the other way round, and a later identity in place of an earlier one */
  fixture_t f;
  open_device(&f);
  assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, "idevid-composite.pem"), 0);
  assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, "idevid-two.pem"), SZTP_ERR_CONFIG);
  assert_string_equal(serial(&f), "PID:EX4200 SN:ABC");
  assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, "idevid.pem"), 0);
  assert_string_equal(serial(&f), "EX4200-17");
  assert_int_equal(certs(&f, SZTP_CERT_IDENTITY), 1);
  assert_string_equal(f.log, "");
  assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_SERIAL, "ABC"), 0);
  assert_non_null(strstr(f.log, "differs"));
  assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_SERIAL, "EX4200-17"), 0);
  assert_string_equal(serial(&f), "EX4200-17");
  close_device(&f);
}

/* What is no file of certificates adds nothing, in any role. */
static void test_no_certificates(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t code;
  } cases[] = {
      {"garbage", SZTP_ERR_TEXT},
      {" ", SZTP_ERR_TEXT},
      {"AAAA", SZTP_ERR_TEXT},
      {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", SZTP_ERR_TEXT},
      {"-----BEGIN CERTIFICATE-----\nMAA=\n", SZTP_ERR_TEXT},
      {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", SZTP_ERR_TEXT},
      {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", SZTP_ERR_DER},
      {"-----BEGIN CERTIFICATE-----\nBAA=\n-----END CERTIFICATE-----\n", SZTP_ERR_DER},
      {"MAA=", SZTP_ERR_DER},
      {"0\x82\xff\xff", SZTP_ERR_DER},
      {"0\x80", SZTP_ERR_DER},
  };
  fixture_t f;
  open_device(&f);
  assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_SERIAL, "S"), 0);
  size_t blocks = f.memory.blocks;
  for (uint32_t role = SZTP_CERT_VOUCHER_ANCHOR; role <= SZTP_CERT_ATTESTATION; role++) {
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      assert_int_equal(add_text(&f, role, cases[i].text), cases[i].code);
      assert_int_equal(certs(&f, role), 0);
      assert_int_equal(f.memory.blocks, blocks);
    }
    assert_int_equal(sztp_device_add_cert(f.dev, role, (const uint8_t *)"", 0), SZTP_ERR_ARG);
    assert_int_equal(sztp_device_add_cert(f.dev, role, NULL, 1), SZTP_ERR_ARG);
    assert_int_equal(sztp_device_add_cert(NULL, role, (const uint8_t *)"x", 1), SZTP_ERR_ARG);
  }
  assert_int_equal(add_text(&f, 0, "x"), SZTP_ERR_ARG);
  assert_int_equal(add_text(&f, SZTP_CERT_ATTESTATION + 1, "x"), SZTP_ERR_ARG);
  uint8_t *much = calloc(1, 1024 * 1024 + 1);
  memset(much, 'A', 1024 * 1024 + 1);
  assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_VOUCHER_ANCHOR, much, 1024 * 1024 + 1),
                   SZTP_ERR_LIMIT);
  free(much);
  close_device(&f);
}

/* SEC-01: a device owns what it was given; all forms are the same certificates; a file is taken whole or not
 * at all */
static void test_certificates(void **state) {
  (void)state;
  fixture_t f;
  uint8_t copy[4096];
  const uint8_t *der = NULL;
  size_t len = 0;
  size_t der_len = 0;
  open_device(&f);
  uint8_t *pem = test_read_pki("owner-chain.pem", &len);
  assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_VOUCHER_ANCHOR, pem, len), 0);
  memset(pem, 0, len);
  free(pem);
  assert_int_equal(certs(&f, SZTP_CERT_VOUCHER_ANCHOR), 2);
  assert_int_equal(sztp_device_cert(f.dev, SZTP_CERT_VOUCHER_ANCHOR, 1, &der, &der_len), 0);
  assert_in_range(der_len, 100, sizeof copy / 2 - 1);
  memcpy(copy, der, der_len);
  memcpy(copy + der_len, der, der_len);
  assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_SERVER_ANCHOR, copy, 2 * der_len), 0);
  assert_int_equal(certs(&f, SZTP_CERT_SERVER_ANCHOR), 2);
  memset(copy, 0, der_len);
  const uint8_t *again = NULL;
  assert_int_equal(sztp_device_cert(f.dev, SZTP_CERT_SERVER_ANCHOR, 0, &again, &len), 0);
  assert_int_equal(len, der_len);
  assert_memory_equal(again, der, len);
  assert_int_equal(certs(&f, SZTP_CERT_VOUCHER_ANCHOR), 2); /* STATE-14: two separate stores */
  /* one good certificate and a cut one */
  memcpy(copy, der, der_len);
  assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_IDENTITY_CHAIN, copy, 2 * der_len - 1),
                   SZTP_ERR_DER);
  assert_int_equal(certs(&f, SZTP_CERT_IDENTITY_CHAIN), 0);
  for (int i = 0; i < 256; i++)
    assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_IDENTITY_CHAIN, copy, der_len), 0);
  assert_int_equal(sztp_device_add_cert(f.dev, SZTP_CERT_IDENTITY_CHAIN, copy, der_len), SZTP_ERR_LIMIT);
  assert_int_equal(certs(&f, SZTP_CERT_IDENTITY_CHAIN), 256);
  assert_int_equal(sztp_device_cert(f.dev, SZTP_CERT_IDENTITY, 0, &der, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_device_cert(f.dev, 0, 0, &der, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_cert(f.dev, SZTP_CERT_ATTESTATION + 1, 0, &der, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_cert(NULL, SZTP_CERT_IDENTITY, 0, &der, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_cert(f.dev, SZTP_CERT_IDENTITY, 0, NULL, &len), SZTP_ERR_ARG);
  close_device(&f);
}

/* Files of the test PKI one after another. */
static int32_t add_files(fixture_t *f, uint32_t role, const char *names) {
  char list[128];
  uint8_t all[16384];
  size_t len = 0;
  (void)snprintf(list, sizeof list, "%s", names);
  for (char *name = strtok(list, " "); name != NULL; name = strtok(NULL, " ")) {
    char file[64];
    size_t n = 0;
    (void)snprintf(file, sizeof file, "%s.pem", name);
    uint8_t *data = test_read_pki(file, &n);
    assert_true(len + n <= sizeof all);
    memcpy(all + len, data, n);
    len += n;
    free(data);
  }
  return sztp_device_add_cert(f->dev, role, all, len);
}

/* PROG-15 */
static void test_report_anchors(void **state) {
  (void)state;
  static const struct {
    const char *names;
    size_t certs; /* 0: refused */
  } cases[] = {
      {"owner-root", 1},
      {"owner-root owner-int", 2},
      {"owner-int owner-root", 2},
      {"owner-int", 0},
      {"owner-root other-root", 0},
      {"owner-root mfr-int", 0},
      {"owner-root owner-int owner", 0},
  };
  fixture_t f;
  open_device(&f);
  size_t taken = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(add_files(&f, SZTP_CERT_REPORT_ANCHOR, cases[i].names),
                     cases[i].certs > 0 ? 0 : SZTP_ERR_CONFIG);
    taken += cases[i].certs > 0;
    assert_int_equal(f.dev->report_anchor_count, taken);
    if (cases[i].certs == 0) continue;
    const sztp__blob_t *bag = &f.dev->report_anchors[taken - 1];
    sztp__cms_t *cms = NULL;
    assert_int_equal(sztp__cms_parse(f.ctx, sztp__span(bag->data, bag->len), &cms), 0);
    assert_int_equal(cms->type, SZTP__CMS_SIGNED);
    assert_int_equal(cms->signer_count, 0);
    assert_int_equal(cms->cert_count, cases[i].certs);
    sztp__cms_free(f.ctx, cms);
  }
  close_device(&f);
}

/* DISC-08 */
static void test_servers(void **state) {
  (void)state;
  fixture_t f;
  char name[256];
  static const char *const refused[] = {"",    "[::1]", "a b", "a/b", "a:1", "https://a",
                                        "-\n", "a..b",  "*.a", "a@b", "::g", "%"};
  open_device(&f);
  for (size_t i = 0; i < TEST_COUNT_OF(refused); i++)
    assert_int_equal(sztp_device_add_server(f.dev, refused[i], 0), SZTP_ERR_URI);
  assert_int_equal(sztp_device_add_server(f.dev, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_add_server(NULL, "a", 0), SZTP_ERR_ARG);
  for (size_t i = 0; i < sizeof name; i++) name[i] = i % 50 == 49 ? '.' : 'a';
  name[254] = '\0';
  assert_int_equal(sztp_device_add_server(f.dev, name, 0), SZTP_ERR_URI);
  assert_int_equal(f.dev->server_count, 0);
  name[253] = '\0';
  assert_int_equal(sztp_device_add_server(f.dev, name, 0), 0);
  assert_int_equal(f.dev->servers[0].port, 443);
  assert_int_equal(sztp_device_add_server(f.dev, "2001:db8::1", 65535), 0);
  assert_int_equal(f.dev->servers[1].port, 65535);
  for (int i = 2; i < 64; i++) assert_int_equal(sztp_device_add_server(f.dev, "a", 1), 0);
  assert_int_equal(sztp_device_add_server(f.dev, "a", 1), SZTP_ERR_LIMIT);
  close_device(&f);
}

#define BLOB(text) (const uint8_t *)(text), sizeof(text) - 1

/* PROG-14 (D-146) */
static void test_host_keys(void **state) {
  (void)state;
  static const struct {
    const char *algorithm;
    const uint8_t *blob;
    size_t len;
    int32_t code;
  } cases[] = {
      {"ssh-ed25519", BLOB("\0\0\0\x0bssh-ed25519\0\0\0\x01x"), 0},
      {"rsa-sha2-256", BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), 0}, /* D-146: need not be equal */
      {"ssh-rsa", BLOB("\0\0\0\x07ssh-rsa"), SZTP_ERR_TEXT},        /* no key behind it */
      {"ssh-rsa", BLOB("\0\0\0\x08ssh-rsa"), SZTP_ERR_TEXT},
      {"ssh-rsa", BLOB("\0\0\0\0ssh-rsa"), SZTP_ERR_TEXT},
      {"ssh-rsa", BLOB("\xff\xff\xff\xffssh-rsa"), SZTP_ERR_TEXT},
      {"ssh-rsa", BLOB("\0\0\0\x07ssh rsa\0\0\0\x01\x03"), SZTP_ERR_TEXT},
      {"ssh-rsa", BLOB("AAAAB3NzaC1yc2E="), SZTP_ERR_TEXT}, /* base64 of one */
      {"ssh-rsa", BLOB("\0\0\0"), SZTP_ERR_TEXT},
      {"ssh-rsa", BLOB(""), SZTP_ERR_TEXT},
      {"", BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), SZTP_ERR_TEXT},
      {"a\nb", BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), SZTP_ERR_TEXT},
      {"0123456789012345678901234567890123456789012345678901234567890123",
       BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), 0},
      {"01234567890123456789012345678901234567890123456789012345678901234",
       BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), SZTP_ERR_TEXT},
      {NULL, BLOB("\0\0\0\x07ssh-rsa\0\0\0\x01\x03"), SZTP_ERR_ARG},
      {"ssh-rsa", NULL, 0, SZTP_ERR_ARG},
  };
  fixture_t f;
  open_device(&f);
  size_t taken = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(sztp_device_add_host_key(f.dev, cases[i].algorithm, cases[i].blob, cases[i].len),
                     cases[i].code);
    taken += cases[i].code == 0;
    assert_int_equal(f.dev->host_key_count, taken);
  }
  assert_int_equal(sztp_device_add_host_key(NULL, "a", cases[0].blob, cases[0].len), SZTP_ERR_ARG);
  while (taken++ < 16) assert_int_equal(sztp_device_add_host_key(f.dev, "a", cases[0].blob, cases[0].len), 0);
  assert_int_equal(sztp_device_add_host_key(f.dev, "a", cases[0].blob, cases[0].len), SZTP_ERR_LIMIT);
  close_device(&f);
}

struct policy_case {
  uint32_t policy;
  uint64_t initial;
  uint64_t most;
  int weakens;
};

/* SEC-17; the defaults of appendix C */
static const struct policy_case POLICIES[] = {
    {SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_VERIFIED, 15, 0},
    {SZTP_POLICY_REVOCATION, SZTP_REVOCATION_AS_VOUCHER, SZTP_REVOCATION_OFF, 0},
    {SZTP_POLICY_TIME_FLOOR, 0, INT64_MAX, 0},
    {SZTP_POLICY_SIGNED_ONLY, 0, 1, 0},
    {SZTP_POLICY_SIGNED_ATTRS, 0, 1, 0},
    {SZTP_POLICY_NONCE_REQUIRED, 0, 1, 0},
    {SZTP_POLICY_NONCE_ALWAYS, 0, 1, 0},
    {SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 0, 1, 0},
    {SZTP_POLICY_NO_SCRIPT_OUTPUT, 0, 1, 0},
    {SZTP_POLICY_NO_SCRIPTS, 0, 1, 0},
    {SZTP_POLICY_IMAGE_BOTH, 0, 1, 0},
    {SZTP_POLICY_VOUCHER_FLOOR, 0, INT64_MAX, 0},
    {SZTP_POLICY_CSR_REQUIRED, 0, 1, 0},
    {SZTP_POLICY_ALLOW_SHA1, 0, 1, 1},
    {SZTP_POLICY_REVISED_VOUCHER, 0, 1, 1},
    {SZTP_POLICY_COMMON_NAME, 0, 1, 1},
    {SZTP_POLICY_PROVISIONAL_FALLBACK, 0, 1, 1},
    {SZTP_POLICY_LENIENT_DHCP, 0, 1, 1},
    {SZTP_POLICY_IMAGE_SIGNATURE, 0, 1, 1},
    {SZTP_POLICY_CRL_ANY_AGE, 0, 1, 1},
    {SZTP_POLICY_CONSTRAINED_VOUCHER, 0, 1, 1},
    {SZTP_POLICY_DEVICES_SIGN_VOUCHERS, 0, 1, 1},
    {SZTP_POLICY_DHCP_ANCHORS, 0, 1, 1},
    {SZTP_POLICY_MAX_PASSES, 0, UINT32_MAX, 0},
    {SZTP_POLICY_RETRY_FIRST_MS, 5000, 86400000, 0},
    {SZTP_POLICY_RETRY_LAST_MS, 300000, 86400000, 0},
    {SZTP_POLICY_VOUCHER_TIME, 0, 1, 0}, /* CLK-10 */
    {SZTP_POLICY_NO_HOST_META, 0, 1, 0},
    {SZTP_POLICY_NO_DNS_SERIAL, 0, 1, 0},
    {SZTP_POLICY_EVIDENCE, 0, 3, 0},                /* ATT-01: off */
    {SZTP_POLICY_EVIDENCE_PCRS, 0x9f, 0xffffff, 0}, /* ATT-11 */
};

static void test_policies(void **state) {
  (void)state;
  fixture_t f;
  open_device(&f);
  for (uint32_t policy = 0; policy < 300; policy++) {
    const struct policy_case *c = NULL;
    for (size_t i = 0; i < TEST_COUNT_OF(POLICIES); i++)
      if (POLICIES[i].policy == policy) c = &POLICIES[i];
    if (c == NULL) {
      assert_int_equal(sztp_device_set_i64(f.dev, policy, 0), SZTP_ERR_ARG);
      continue;
    }
    assert_true(sztp__policy(f.dev, policy) == c->initial);
    sztp__device_log_switches(f.ctx, f.dev);
    assert_string_equal(f.log, "");
    assert_int_equal(sztp_device_set_i64(f.dev, policy, (int64_t)(c->most + 1)), SZTP_ERR_ARG);
    assert_true(sztp__policy(f.dev, policy) == c->initial);
    assert_int_equal(sztp_device_set_i64(f.dev, policy, (int64_t)c->most), 0);
    assert_true(sztp__policy(f.dev, policy) == c->most);
    sztp__device_log_switches(f.ctx, f.dev);
    assert_int_equal(strstr(f.log, "a check is weakened: ") != NULL, c->weakens);
    int back = policy != SZTP_POLICY_TIME_FLOOR && policy != SZTP_POLICY_VOUCHER_FLOOR; /* CLK-03 */
    assert_int_equal(sztp_device_set_i64(f.dev, policy, (int64_t)c->initial), back ? 0 : SZTP_ERR_ARG);
    f.log[0] = '\0';
  }
  assert_int_equal(sztp_device_set_i64(NULL, SZTP_POLICY_ASSERTIONS, 1), SZTP_ERR_ARG);
  close_device(&f);
}

/* SEC-01: nothing of a device changes while a session of it lives */
static void test_no_change_under_way(void **state) {
  (void)state;
  fixture_t f;
  sztp_session_t *s = NULL;
  open_device(&f);
  for (int alive = 1; alive >= 0; alive--) {
    int32_t code = alive ? SZTP_ERR_SEQUENCE : 0;
    if (alive) assert_int_equal(sztp_session_new(sztp_device_ctx(f.dev), f.dev, &s), 0);
    if (!alive) sztp_session_free(s);
    assert_int_equal(sztp_device_set_text(f.dev, SZTP_DEVICE_OS_NAME, "x"), code);
    assert_int_equal(sztp_device_add_server(f.dev, "a", 0), code);
    assert_int_equal(sztp_device_add_host_key(f.dev, "a",
                                              BLOB("\0\0\0\x01"
                                                   "ab")),
                     code);
    assert_int_equal(sztp_device_set_i64(f.dev, SZTP_POLICY_SIGNED_ONLY, 1), code);
    assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, "idevid.pem"), code);
    assert_int_equal(add_file(&f, SZTP_CERT_SERVER_ANCHOR, "server-root.pem"), code);
    assert_int_equal(add_file(&f, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem"), code);
    assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY_CHAIN, "idevid-root.pem"), code);
    assert_int_equal(add_file(&f, SZTP_CERT_REPORT_ANCHOR, "owner-root.pem"), code);
    assert_int_equal(certs(&f, SZTP_CERT_VOUCHER_ANCHOR), !alive);
    assert_int_equal(f.dev->server_count, !alive);
    assert_true(sztp__policy(f.dev, SZTP_POLICY_SIGNED_ONLY) == (alive ? 0 : 1));
  }
  close_device(&f);
}

struct start_case {
  int identity, servers, anchors;
  uint32_t source; /* 0: the default order */
  const char *fault;
};

/* STATE-13, TLS-07, DISC-01; B0 */
static void test_start(void **state) {
  (void)state;
  static const struct start_case cases[] = {
      {0, 0, 0, 0, "no identity certificate"},
      {1, 0, 0, 0, NULL},
      {1, 1, 1, 0, NULL},
      {1, 1, 0, 0, "no trust anchor"},
      {1, 0, 1, 0, NULL},
      {1, 0, 1, SZTP_SOURCE_WELL_KNOWN, "none is given"},
      {1, 0, 1, SZTP_SOURCE_DHCP4, NULL},
      {1, 1, 1, SZTP_SOURCE_WELL_KNOWN, NULL},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    fixture_t f;
    sztp_session_t *s = NULL;
    const sztp_action_t *a = NULL;
    open_device(&f);
    if (cases[i].identity) assert_int_equal(add_file(&f, SZTP_CERT_IDENTITY, "idevid.pem"), 0);
    if (cases[i].servers) assert_int_equal(sztp_device_add_server(f.dev, "a", 0), 0);
    if (cases[i].anchors) assert_int_equal(add_file(&f, SZTP_CERT_SERVER_ANCHOR, "server-root.pem"), 0);
    assert_int_equal(sztp_session_new(sztp_device_ctx(f.dev), f.dev, &s), 0);
    if (cases[i].source != 0) assert_int_equal(sztp_session_add_source(s, cases[i].source), 0);
    int32_t rc = sztp_session_next(s, 1, &a);
    if (cases[i].fault != NULL)
      test_expect_fail(f.ctx, rc, SZTP_ERR_CONFIG, cases[i].fault);
    else
      assert_int_equal(sztp_action_kind(a), SZTP_ACTION_ENABLED); /* STATE-01: before anything else */
    sztp_session_free(s);
    close_device(&f);
  }
}

/* SEC-05 */
static int32_t make_device(sztp_ctx_t *ctx, void *user) {
  fixture_t f;
  (void)user;
  memset(&f, 0, sizeof f);
  int32_t rc = sztp_device_new(ctx, &f.dev);
  if (rc == 0) rc = sztp_device_set_text(f.dev, SZTP_DEVICE_OS_NAME, "x");
  if (rc == 0) rc = sztp_device_set_text(f.dev, SZTP_DEVICE_OS_NAME, "y");
  if (rc == 0) rc = sztp_device_add_server(f.dev, "a", 0);
  if (rc == 0)
    rc = sztp_device_add_host_key(f.dev, "a",
                                  BLOB("\0\0\0\x01"
                                       "ab"));
  if (rc == 0) rc = add_file(&f, SZTP_CERT_IDENTITY, "idevid.pem");
  if (rc == 0) rc = add_file(&f, SZTP_CERT_IDENTITY, "idevid.pem");
  if (rc == 0) rc = add_file(&f, SZTP_CERT_VOUCHER_ANCHOR, "owner-chain.pem");
  if (rc == 0) rc = add_files(&f, SZTP_CERT_REPORT_ANCHOR, "owner-root owner-int");
  sztp_device_free(f.dev);
  return rc;
}

static void test_memory(void **state) {
  (void)state;
  assert_true(test_every_allocation(make_device, NULL) > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_identity),
      cmocka_unit_test(test_no_certificates),
      cmocka_unit_test(test_certificates),
      cmocka_unit_test(test_report_anchors),
      cmocka_unit_test(test_servers),
      cmocka_unit_test(test_host_keys),
      cmocka_unit_test(test_policies),
      cmocka_unit_test(test_no_change_under_way),
      cmocka_unit_test(test_start),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
