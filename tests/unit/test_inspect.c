/* SPDX-License-Identifier: Apache-2.0 */
/* What sztp_inspect tells about artifacts, whole and broken. */
#include "common/testing.h"

#include <sztp/artifacts.h>

#include "artifacts/input.h"
#include "common/enveloped.h"
#include "common/pki.h"
#include "common/with_ctx.h"

#define TOLD_MAX 65536

/* Everything told, a line per fact: indentation, name, "=value" or ":". */
typedef struct told {
  char text[TOLD_MAX];
  size_t len;
  size_t facts;
  size_t stop_after; /* 0: never */
} told_t;

static told_t told;

static int32_t hear(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  told_t *t = user;
  if (value != NULL) {
    assert_int_equal(strlen(value), len);
    for (size_t i = 0; i < len; i++) assert_true((unsigned char)value[i] >= 0x20 && value[i] != 0x7f);
  }
  int n = snprintf(t->text + t->len, sizeof t->text - t->len, "%*s%s%s%s\n", (int)depth, "", name,
                   value != NULL ? "=" : ":", value != NULL ? value : "");
  assert_true(n > 0 && (size_t)n < sizeof t->text - t->len);
  t->len += (size_t)n;
  t->facts++;
  return t->facts == t->stop_after ? 7 : 0;
}

static int32_t inspect(const void *data, size_t len) {
  memset(&told, 0, sizeof told);
  return sztp_inspect(ctx, data, len, hear, &told);
}

/* Asserts that these lines were told, in this order; others may stand between. */
static void expect_lines(const char *const *lines) {
  const char *at = told.text;
  for (; *lines != NULL; lines++) {
    size_t n = strlen(*lines);
    while (*at != '\0' && !(strncmp(at, *lines, n) == 0 && at[n] == '\n')) {
      const char *next = strchr(at, '\n');
      at = next != NULL ? next + 1 : at + strlen(at);
    }
    if (*at == '\0') fail_msg("\"%s\" was not told there:\n%s", *lines, told.text);
    at += n + 1;
  }
}

static void expect_not(const char *part) {
  if (strstr(told.text, part) != NULL) fail_msg("\"%s\" was told:\n%s", part, told.text);
}

/* "name=" and the SHA-256 of @p data in hexadecimal, as expect_lines() wants it. */
static void sha256_line(char *out, size_t cap, const char *name, const uint8_t *data, size_t len) {
  sztp_digest_t *d = NULL;
  uint8_t digest[SZTP_DIGEST_LEN];
  assert_int_equal(sztp_digest_new(ctx, &d), SZTP_OK);
  assert_int_equal(sztp_digest_update(d, data, len), SZTP_OK);
  assert_int_equal(sztp_digest_finish(d, digest), SZTP_OK);
  sztp_digest_free(d);
  int n = snprintf(out, cap, "%s=", name);
  for (size_t i = 0; i < sizeof digest; i++) n += snprintf(out + n, cap - (size_t)n, "%02x", digest[i]);
}

/* ---- artifacts to look at, made with the library itself ------------------------------------------ */

static void make_voucher(uint8_t **out, size_t *len) {
  static const uint8_t nonce[8] = {0xa0, 1, 2, 3, 4, 5, 6, 0xff};
  sztp_signer_t *s = pki_signer(ctx, "voucher-signer", "mfr-int.pem");
  sztp_voucher_t *v = NULL;
  size_t n = 0;
  assert_int_equal(sztp_voucher_new(ctx, &v), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"EX4200-17", 9), SZTP_OK);
  uint8_t *file = test_read_pki("owner-root.pem", &n);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, file, n), SZTP_OK);
  free(file);
  file = test_read_pki("idevid.pem", &n);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_IDEVID, file, n), SZTP_OK);
  free(file);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, nonce, sizeof nonce), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, 1898582400), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 1), SZTP_OK);
  assert_int_equal(sztp_voucher_make(v, s, out, len), SZTP_OK);
  sztp_voucher_free(v);
  sztp_signer_free(s);
}

static void voucher(void **state) {
  static const char *const lines[] = {"artifact=ownership voucher",
                                      "content-type=id-signedData",
                                      "version=3",
                                      "encapsulated-content-type=id-ct-animaJSONVoucher",
                                      "signer:",
                                      " signer-certificate=C=US, O=Example Manufacturer, CN=MASA",
                                      " digest-algorithm=sha256",
                                      " signature-algorithm=ecdsa-with-SHA256",
                                      " signed-attributes:",
                                      "  content-type=id-ct-animaJSONVoucher",
                                      "certificate:",
                                      " is-ca=",
                                      "certificate:",
                                      "voucher:",
                                      " created-on=2030-03-01T08:00:00Z",
                                      " assertion=verified",
                                      " serial-number=EX4200-17",
                                      " pinned-domain-cert:",
                                      "  subject=O=Example Owner, CN=Owner Root",
                                      "  is-ca=yes",
                                      " domain-cert-revocation-checks=true",
                                      " nonce=a0010203040506ff",
                                      NULL};
  const char *wanted[TEST_COUNT_OF(lines)];
  uint8_t *out = NULL;
  size_t len = 0;
  size_t n = 0;
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(lines);
       i++) /* the order of the two certificates is their encoding's */
    if (lines[i] == NULL || strcmp(lines[i], " is-ca=") != 0) wanted[n++] = lines[i];
  make_voucher(&out, &len);
  int32_t rc = inspect(out, len);
  if (rc != SZTP_OK) fail_msg("%s\n%s", test_detail(ctx), told.text);
  expect_lines(wanted);
  expect_not("unknown-node");
  assert_non_null(strstr(told.text, " idevid-issuer=301680"));
  sztp_artifacts_free(ctx, out);
}

/* COSE group */
static void constrained_voucher(void **state) {
  static const char *const lines[] = {"artifact=constrained ownership voucher (COSE)",
                                      "tag=18",
                                      "signature-algorithm=ES256 (-7)",
                                      "signature-octets=64",
                                      "certificate:",
                                      " subject=C=US, O=Example Manufacturer, CN=MASA",
                                      "certificate:",
                                      " subject=C=US, O=Example Manufacturer, CN=Voucher Intermediate",
                                      "voucher:",
                                      " assertion=verified",
                                      " created-on=2024-01-01T00:00:00Z",
                                      " domain-cert-revocation-checks=false",
                                      " pinned-domain-cert:",
                                      "  subject=O=Example Owner, CN=Owner Root",
                                      " serial-number=EX4200-17",
                                      NULL};
  static const char *const files[] = {"cose/voucher-delta.cose", "cose/voucher-named.cose",
                                      "cose/voucher-mixed.cose"};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    size_t len = 0;
    uint8_t *file = test_read_pki(files[i], &len);
    assert_int_equal(inspect(file, len), SZTP_OK);
    expect_lines(lines);
    expect_not("unknown-node");
    free(file);
  }
}

/* What is in COSE and no such voucher, or broken, is told as far as it goes. */
static void other_cose(void **state) {
#define COSE(payload) "\x84\x43\xa1\x01\x26\xa1\x04\x42ki" payload "\x41s"
  static const struct {
    const char *input;
    size_t len;
    int32_t rc;
    const char *lines[5];
  } cases[] = {
#define CASE(literal, rc, ...)                                                                               \
  {                                                                                                          \
    literal, sizeof(literal) - 1, rc, { __VA_ARGS__ }                                                        \
  }
      CASE("\x84", SZTP_ERR_CMS_MALFORMED, "artifact=COSE, broken"),
      CASE("\xd2\x84\x43\xa1\x01\x26\xa0\xf6\x41s", SZTP_ERR_CMS_MALFORMED, "artifact=COSE, broken",
           "fault=SZTP_ERR_CMS_DETACHED: the payload is not in it"),
      CASE(COSE("\x41\x00"), SZTP_ERR_CMS_MALFORMED, "artifact=COSE structure without a voucher", "tag=none",
           "key-identifier=6b69", "fault=SZTP_ERR_CBOR: the document is not a map"),
      CASE(COSE("\x45\xa1\x19\x09\xc5\xa0"), SZTP_OK, "artifact=COSE structure without a voucher",
           "unknown-node=SID 2501"),
      CASE(COSE("\x56\xa1\x19\x09\x93\xa6\x01\x04\x03\x01\x0d\x20\x18\x20\x00\x61x\x80\x09\x43\x01\x02\x03"),
           SZTP_OK, "artifact=constrained ownership voucher (COSE)", " assertion=4",
           " domain-cert-revocation-checks=1", " unknown-node=SID 2464", " unknown-node=SID 2483"),
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const char *lines[6] = {NULL};
    memcpy(lines, cases[i].lines, sizeof cases[i].lines);
    int32_t rc = inspect(cases[i].input, cases[i].len);
    if (rc != cases[i].rc) fail_msg("case %zu: %s\n%s", i, test_detail(ctx), told.text);
    expect_lines(lines);
  }
}

static void owner_certificate(void **state) {
  static const char *const lines[] = {"artifact=owner certificate or trust anchor",
                                      "content-type=id-signedData",
                                      "version=1",
                                      "encapsulated-content-type=id-data",
                                      "signers=none",
                                      NULL};
  static const char *const owner[] = {" subject=O=Example Owner, CN=Owner",
                                      " issuer=O=Example Owner, CN=Owner Intermediate",
                                      " not-before=2020-01-01T00:00:00Z",
                                      " not-after=2099-12-31T23:59:59Z",
                                      " key=EC P-256",
                                      " signature-algorithm=ecdsa-with-SHA256",
                                      " is-ca=no",
                                      " key-usage=digitalSignature",
                                      NULL};
  static const char *const intermediate[] = {" subject=O=Example Owner, CN=Owner Intermediate",
                                             " is-ca=yes, path length 0", " key-usage=keyCertSign cRLSign",
                                             NULL};
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  uint8_t *chain = test_read_pki("owner-chain.pem", &len);
  assert_int_equal(sztp_owner_cert_make(ctx, chain, len, NULL, 0, &out, &len), SZTP_OK);
  assert_int_equal(inspect(out, len), SZTP_OK);
  expect_lines(lines);
  expect_lines(owner);
  expect_lines(intermediate);
  sztp_artifacts_free(ctx, out);
  free(chain);
}

static void certificates_in_any_form(void **state) {
  char line[80];
  const char *server[] = {"artifact=certificate",
                          "subject=O=Example Owner, CN=localhost",
                          "extended-key-usage=serverAuth",
                          "subject-alternative-name=DNS:localhost",
                          "subject-alternative-name=IP:127.0.0.1",
                          "subject-alternative-name=IP:0000:0000:0000:0000:0000:0000:0000:0001",
                          line,
                          NULL};
  static const char *const idevid[] = {"subject-serial-number=EX4200-17", "not-after=9999-12-31T23:59:59Z",
                                       NULL};
  static const char *const rsa[] = {"key=RSA 2048 bits", NULL};
  static const char *const chain[] = {"object:",
                                      " artifact=certificate",
                                      " subject=O=Example Owner, CN=Owner",
                                      "object:",
                                      " subject=O=Example Owner, CN=Owner Intermediate",
                                      NULL};
  uint8_t *der = NULL;
  size_t der_len = 0;
  size_t len = 0;
  (void)state;
  uint8_t *pem = test_read_pki("server.pem", &len);
  assert_int_equal(sztp_artifacts_make_der(ctx, pem, len, &der, &der_len), SZTP_OK);
  sha256_line(line, sizeof line, "sha-256", der, der_len);
  assert_int_equal(inspect(pem, len), SZTP_OK);
  expect_lines(server);
  assert_int_equal(inspect(der, der_len), SZTP_OK);
  expect_lines(server);
  sztp_artifacts_free(ctx, der);
  free(pem);
  pem = test_read_pki("idevid.pem", &len);
  assert_int_equal(inspect(pem, len), SZTP_OK);
  expect_lines(idevid);
  free(pem);
  pem = test_read_pki("owner-rsa.pem", &len);
  assert_int_equal(inspect(pem, len), SZTP_OK);
  expect_lines(rsa);
  free(pem);
  pem = test_read_pki("owner-chain.pem", &len);
  assert_int_equal(sztp_artifacts_make_der(ctx, pem, len, &der, &der_len), SZTP_OK);
  sztp_artifacts_free(ctx, der);
  sztp__buf_t both;
  sztp__buf_init(&both, ctx, 10000);
  assert_int_equal(sztp__input_certs(ctx, sztp__span(pem, len), &both), SZTP_OK);
  assert_int_equal(inspect(both.data, both.len), SZTP_OK);
  expect_lines(chain);
  sztp__buf_clear(&both);
  free(pem);
}

static void onboarding_information(void **state) {
  static const char script[] = "#!/bin/sh\r\necho \x1b[1mhi\n\nexit 0";
  char line[100];
  const char *lines[] = {"artifact=conveyed information, unsigned",
                         "content-type=id-ct-sztpConveyedInfoJSON",
                         "onboarding-information:",
                         " boot-image:",
                         "  os-name=ExampleOS",
                         "  download-uri=https://a/",
                         "  download-uri=https://b/",
                         "  image-verification:",
                         "   hash-algorithm=ietf-sztp-conveyed-info:sha-256",
                         " configuration-handling=merge",
                         " pre-configuration-script:",
                         "  octets=30",
                         line,
                         "  line=#!/bin/sh",
                         "  line=echo ?[1mhi",
                         "  line=",
                         "  line=exit 0",
                         " configuration:",
                         "  octets=3",
                         "  line=(not text)",
                         NULL};
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(sztp_conveyed_new(ctx, SZTP_INFO_ONBOARDING, &c), SZTP_OK);
  sztp_conveyed_set_bytes(c, SZTP_INFO_OS_NAME, (const uint8_t *)"ExampleOS", 9);
  sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"https://a/", 10);
  sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"https://b/", 10);
  sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, (const uint8_t *)"01234567890123456789012345678901", 32);
  sztp_conveyed_set_bytes(c, SZTP_INFO_PRE_SCRIPT, (const uint8_t *)script, sizeof script - 1);
  sztp_conveyed_set_bytes(c, SZTP_INFO_CONFIG, (const uint8_t *)"a\0b", 3);
  sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE);
  sha256_line(line, sizeof line, "  sha-256", (const uint8_t *)script, sizeof script - 1);
  for (uint32_t encoding = SZTP_ENCODING_JSON; encoding <= SZTP_ENCODING_XML; encoding++) {
    assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, encoding), SZTP_OK);
    assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
    assert_int_equal(inspect(out, len), SZTP_OK);
    expect_lines(lines);
    sztp_artifacts_free(ctx, out);
    lines[1] = "content-type=id-ct-sztpConveyedInfoXML";
    lines[8] = "   hash-algorithm=sha-256";
  }
  sztp_conveyed_free(c);
}

static void redirect_information(void **state) {
  static const char *const lines[] = {"artifact=conveyed information, signed",
                                      "signer:",
                                      " signer-certificate=not included",
                                      "redirect-information:",
                                      " bootstrap-server:",
                                      "  address=boot2.example.net",
                                      "  port=8443",
                                      "  trust-anchor:",
                                      "   certificate:",
                                      "    subject=O=Example Owner, CN=Server Root",
                                      " bootstrap-server:",
                                      "  address=192.0.2.10",
                                      NULL};
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  sztp_signer_t *s = pki_signer(ctx, "owner", NULL);
  assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_CERTS, 1), SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_KEY_ID, 1), SZTP_OK);
  uint8_t *root = test_read_pki("server-root.pem", &len);
  assert_int_equal(sztp_conveyed_new(ctx, SZTP_INFO_REDIRECT, &c), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "boot2.example.net", 8443, root, len), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "192.0.2.10", 0, NULL, 0), SZTP_OK);
  for (int i = 0; i < 4; i++) { /* also as id-data, which the document's beginning names */
    uint32_t encoding = i < 2 ? SZTP_ENCODING_JSON : SZTP_ENCODING_XML;
    assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, encoding), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_ATTRS, i & 1), SZTP_OK);
    assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_OK);
    assert_int_equal(inspect(out, len), SZTP_OK);
    expect_lines(lines);
    expect_not(" issuer=O=Example Owner, CN=Owner Int");
    sztp_artifacts_free(ctx, out);
  }
  sztp_conveyed_free(c);
  sztp_signer_free(s);
  free(root);
}

/* Documents as they stand in CMS, and oddities in them. */
static void documents(void **state) {
  static const struct {
    const char *document;
    const char *lines[9];
    int faults;
  } cases[] = {
      {"{\"ietf-voucher:voucher\":{\"serial-number\":null,\"assertion\":7,\"nonce\":\"-_-_-_-_-_8\",\"x\":{"
       "\"y\":[1,[2]]}}}",
       {"artifact=document", "voucher:", " serial-number=null", " assertion=7", " nonce=fbffbffbffbffbff",
        " unknown-node=x", " unknown-node:", NULL},
       0},
      {"{\"x\":{\"y\":[1,[\"a\"],{}]}}",
       {"unknown-node=x", "unknown-node:", " unknown-node=y", " unknown-node=1", " unknown-node=a",
        " unknown-node:", NULL},
       0},
      {"{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":{\"address\":\"h\",\"trust-"
       "anchor\":\"MAA=\"}}}",
       {"redirect-information:", " bootstrap-server:", "  address=h", "  trust-anchor:", NULL},
       1},
      {"{\"ietf-voucher:voucher\":{\"pinned-domain-cert\":\"!\",\"idevid-issuer\":\"QQ==\",\"nonce\":\"*\"}}",
       {"voucher:", " pinned-domain-cert:", " idevid-issuer=41", " nonce:", NULL},
       2},
      {"{\"a\":1,\"a\":2}", {"artifact=document", NULL}, 1},
      {"{", {"artifact=document", NULL}, 1},
      {"<voucher xmlns='urn'>\n "
       "<serial-number>S&amp;1</serial-number><assertion/><nonce>-_-_-_-_-_8</nonce><x>"
       "<y>1</y></x></voucher>",
       {"artifact=document", "voucher:", " serial-number=S&1", " assertion=", " nonce=fbffbffbffbffbff",
        " unknown-node=x", " unknown-node:", "  unknown-node=y"},
       0},
      {"<onboarding-information xmlns='urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info'/>",
       {"artifact=document", "onboarding-information:", NULL},
       0},
      {"<x:redirect-information "
       "xmlns:x='urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info'><x:bootstrap-server>"
       "<x:address>h</x:address><x:trust-anchor>MAA=</x:trust-anchor></"
       "x:bootstrap-server><x:bootstrap-server/>"
       "</x:redirect-information>",
       {"redirect-information:", " bootstrap-server:", "  address=h",
        "  trust-anchor:", " bootstrap-server:", NULL},
       1},
      {"<boot-image>7</boot-image>", {"artifact=document", "boot-image=7", NULL}, 0},
      {"<boot-image>7<os-name/>8</boot-image>",
       {"boot-image:", " line=(text beside the elements)", " os-name=", NULL},
       0},
      {"<pre-configuration-script>cHJl</pre-configuration-script>",
       {"pre-configuration-script:", " octets=3", " line=pre", NULL},
       0},
      {"<a><b></a>", {"artifact=document", NULL}, 1},
      {"<!DOCTYPE a><a/>", {"artifact=document", NULL}, 1},
      {"\xef\xbb\xbf {\"os-name\":\"x\"}", {"artifact=document", "os-name=x", NULL}, 0},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    int32_t rc = inspect(cases[i].document, strlen(cases[i].document));
    expect_lines(cases[i].lines);
    int faults = 0;
    for (const char *at = told.text; (at = strstr(at, "fault=SZTP_ERR_")) != NULL; at++) faults++;
    assert_int_equal(faults, cases[i].faults);
    assert_int_equal(rc, cases[i].faults > 0 ? SZTP_ERR_CMS_MALFORMED : SZTP_OK);
  }
}

/* What is told first, for input of every kind. */
static void kinds(void **state) {
#define DATA_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
  static const struct {
    const char *input;
    size_t len;
    int32_t rc;
    const char *lines[4];
  } cases[] = {
      {"",
       0,
       SZTP_ERR_CMS_MALFORMED,
       {"fault=SZTP_ERR_TEXT: neither COSE nor DER, nor base64 or PEM of it, nor a JSON or XML document, but "
        "empty"}},
      {"[1]",
       3,
       SZTP_ERR_CMS_MALFORMED,
       {"fault=SZTP_ERR_TEXT: neither COSE nor DER, nor base64 or PEM of it, nor a JSON or XML document, but "
        "JSON"}},
      {"\x30\x80\x06\x01\x01\0\0", 7, SZTP_ERR_CMS_MALFORMED, {"artifact=CMS, broken"}},
      {"\x30\x03\x02\x01\x00", 5, SZTP_OK, {"artifact=private key; nothing of it is shown"}},
      {"\x30\x02\x30\x00", 4, SZTP_ERR_CMS_MALFORMED, {"artifact=certificate"}},
      {"\x30\x16" DATA_OID "\xa0\x09\x04\x07{\"a\":1}",
       24,
       SZTP_OK,
       {"artifact=unsigned data", "content-type=id-data", "content-octets=7", "unknown-node=a"}},
      {"\x30\x2a" DATA_OID "\xa0\x1d\x04\x1b{\"ietf-voucher:voucher\":{}}",
       44,
       SZTP_OK,
       {"artifact=ownership voucher, unsigned", "voucher:"}},
      {"\x30\x81\x05\x06\x01\x2a\xa0\x00", 8, SZTP_OK, {"encoding=BER, shown as DER", "content-type=1.2"}},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const char *lines[5] = {NULL};
    int32_t rc = inspect(cases[i].input, cases[i].len);
    if (rc != cases[i].rc) fail_msg("case %zu: %s\n%s", i, sztp_error_name(rc), told.text);
    for (size_t n = 0; n < 4; n++) lines[n] = cases[i].lines[n];
    expect_lines(lines);
  }
  /* broken BER by its name (CMS-02), not as a certificate that is broken */
  assert_int_equal(inspect("\x30\x80\x06\x01\x01\0\0", 7), SZTP_ERR_CMS_MALFORMED);
  assert_non_null(strstr(told.text, "artifact=CMS, broken"));
}

/* Nothing of a key file is told but what it is. */
static void private_keys(void **state) {
  static const char *const names[] = {"owner.key", "owner-rsa.key"};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    size_t len = 0;
    uint8_t *key = test_read_pki(names[i], &len);
    assert_int_equal(inspect(key, len), SZTP_OK);
    assert_string_equal(told.text, "artifact=private key; nothing of it is shown\n");
    free(key);
  }
}

/* A configuration of more lines than are told. */
static void long_text(void **state) {
  static const char *const lines[] = {"  octets=600", "  line=a", "  line=(200 more octets)", NULL};
  char config[600];
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  for (size_t i = 0; i < sizeof config; i += 2) memcpy(config + i, "a\n", 2);
  assert_int_equal(sztp_conveyed_new(ctx, SZTP_INFO_ONBOARDING, &c), SZTP_OK);
  sztp_conveyed_set_bytes(c, SZTP_INFO_CONFIG, (const uint8_t *)config, sizeof config);
  sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_REPLACE);
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(inspect(out, len), SZTP_OK);
  expect_lines(lines);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
}

/* Each octet of a voucher changed in turn, and each beginning of it: never a crash, and no success without an
 * artifact's name. */
static void broken_artifacts(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  make_voucher(&out, &len);
  for (size_t i = 0; i < len; i++) {
    out[i] ^= 0x21;
    int32_t rc = inspect(out, len);
    assert_true(rc == SZTP_OK || rc == SZTP_ERR_CMS_MALFORMED);
    assert_true(rc != SZTP_OK || strstr(told.text, "artifact=") != NULL);
    out[i] ^= 0x21;
  }
  for (size_t i = 0; i < len; i++) {
    assert_int_equal(inspect(out, i), SZTP_ERR_CMS_MALFORMED);
    assert_non_null(strstr(told.text, "fault=SZTP_ERR_"));
  }
  sztp_artifacts_free(ctx, out);
}

/* CMS-26, ENC-18: for whom, and how; nothing of what is inside can be told */
static void encrypted_artifacts(void **state) {
  static const struct {
    const char *file;
    const char *lines[12];
  } cases[] = {
      {"others-too",
       {"artifact=encrypted artifact", "content-type=id-envelopedData", "recipient:", " kind=key transport",
        " issuer=O=Example Manufacturer, CN=rsa", " key-encryption-algorithm=RSAES-PKCS1-v1_5",
        " issuer=O=Example Manufacturer, CN=rsa2", " kind=key agreement",
        " key-encryption-algorithm=ECDH with sha1kdf and aes128-wrap", "encrypted-content-type=id-data",
        "content-encryption-algorithm=aes128-CBC"}},
      {"oaep256-1", {" key-encryption-algorithm=RSAES-OAEP with sha256 and MGF1 sha1"}},
      {"ecdh384-sha384",
       {" key-encryption-algorithm=ECDH with sha384kdf and aes256-wrap",
        "content-encryption-algorithm=aes256-CBC"}},
      {"password",
       {" key-encryption-algorithm=RSAES-PKCS1-v1_5", "recipient:", " kind=of a kind that devices pass over",
        "encrypted-content-type=id-data"}},
      {"signed-labelled", {"encrypted-content-type=id-signedData"}},
      {"gcm128",
       {"content-type=id-ct-authEnvelopedData", "content-encryption-algorithm=aes128-GCM",
        "encrypted-octets=53"}},
      {"des3", {"content-encryption-algorithm=1.2.840.113549.3.7"}},
      {"stream", {"encoding=BER, shown as DER", "encrypted-content-type=id-data"}},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char file[40];
    size_t len = 0;
    (void)snprintf(file, sizeof file, "enc/%s.cms", cases[i].file);
    uint8_t *data = test_read_pki(file, &len);
    assert_int_equal(inspect(data, len), SZTP_OK);
    expect_lines(cases[i].lines);
    expect_not("information");
    free(data);
  }
  size_t len = 0;
  uint8_t *data = test_read_pki("enc/keyid.cms", &len);
  assert_int_equal(inspect(data, len), SZTP_OK);
  assert_non_null(strstr(told.text, " subject-key-identifier="));
  expect_not("serial-number=");
  free(data);

  parts_t p = parts_of(NULL, SZTP__CMS_DATA, sztp__span_of("{}"));
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 4096);
  p.recipients = sztp__span("\x30\x00", 2); /* no recipient can be without anything */
  parts_put(&out, &p);
  assert_int_equal(inspect(out.data, out.len), SZTP_ERR_CMS_MALFORMED);
  assert_non_null(strstr(told.text, "fault="));
  expect_not("content-encryption-algorithm");
  sztp__buf_clear(&out);
}

static void arguments_and_stopping(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  make_voucher(&out, &len);
  assert_int_equal(sztp_inspect(NULL, out, len, hear, &told), SZTP_ERR_ARG);
  assert_int_equal(sztp_inspect(ctx, NULL, len, hear, &told), SZTP_ERR_ARG);
  assert_int_equal(sztp_inspect(ctx, out, len, NULL, &told), SZTP_ERR_ARG);
  assert_int_equal(inspect(out, len), SZTP_OK);
  size_t all = told.facts;
  for (size_t i = 1; i <= all; i++) {
    memset(&told, 0, sizeof told);
    told.stop_after = i;
    assert_int_equal(sztp_inspect(ctx, out, len, hear, &told), SZTP_ERR_CANCELLED);
    assert_int_equal(told.facts, i); /* nothing is told after that */
  }
  sztp_artifacts_free(ctx, out);
}

typedef struct input {
  uint8_t *data;
  size_t len;
} input_t;

static int32_t ignore(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  (void)user;
  (void)depth;
  (void)name;
  (void)value;
  (void)len;
  return 0;
}

static int32_t look(sztp_ctx_t *in, void *user) {
  const input_t *i = user;
  return sztp_inspect(in, i->data, i->len, ignore, NULL);
}

static void memory_runs_out(void **state) {
  static const char redirect[] =
      "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":"
      "\"\\u0068\"}]}}";
  input_t i = {NULL, 0};
  (void)state;
  ctx = test_ctx_new(&memory);
  make_voucher(&i.data, &i.len);
  assert_true(test_every_allocation(look, &i) > 10);
  sztp_artifacts_free(ctx, i.data);
  test_ctx_free(&memory, ctx);
  i.data = test_read_pki("idevid.pem", &i.len);
  assert_true(test_every_allocation(look, &i) > 2);
  free(i.data);
  i.data = test_read_pki("enc/others-too.cms", &i.len);
  assert_true(test_every_allocation(look, &i) > 2);
  free(i.data);
  i.data = (uint8_t *)(uintptr_t)redirect;
  i.len = sizeof redirect - 1;
  assert_true(test_every_allocation(look, &i) > 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(voucher),
      TEST(constrained_voucher),
      TEST(other_cose),
      TEST(owner_certificate),
      TEST(certificates_in_any_form),
      TEST(onboarding_information),
      TEST(redirect_information),
      TEST(documents),
      TEST(kinds),
      TEST(private_keys),
      TEST(long_text),
      TEST(broken_artifacts),
      TEST(encrypted_artifacts),
      TEST(arguments_and_stopping),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
