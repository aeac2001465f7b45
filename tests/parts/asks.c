/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a library was built with, and what it answers to those who ask for a part: for
 * tests/interop/parts.sh. */
#include <stdio.h>

#include <sztp/sztp.h>

static void line(sztp_ctx_t *ctx, const char *name, int32_t rc) {
  const char *detail = "";
  (void)sztp_ctx_trail(ctx, 0, NULL, NULL, &detail);
  printf("%s: %d %s\n", name, (int)rc, rc == SZTP_OK ? "" : detail);
}

/* Nobody is at the other end of this pipe. */
static int32_t no_read(void *user, uint8_t *data, size_t len) {
  (void)user;
  (void)data;
  (void)len;
  return SZTP_ERR_HOST;
}

static int32_t no_write(void *user, const uint8_t *data, size_t len) {
  (void)user;
  (void)data;
  (void)len;
  return SZTP_ERR_HOST;
}

int main(void) {
  static const char *const names[] = {
      "",          "json",      "xml",    "cbor",        "decrypt", "crl",
      "csr",       "sentences", "dns",    "constraints", "pem",     "image-signature",
      "rsa",       "ec",        "places", "ber",         "names",   "images",
      "host-keys", "host-meta", "events", "apart"};
  static const uint8_t host_key[] = {0, 0, 0, 3, 'k', 'e', 'y', 1};
  static const char pem[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
  char name[SZTP_DNS_TEXT_MAX];
  size_t len = 0;
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  if (sztp_ctx_new(NULL, &ctx) != SZTP_OK || sztp_device_new(ctx, &dev) != SZTP_OK) return 2;
  printf("without:");
  for (uint32_t i = 1; i < sizeof names / sizeof names[0]; i++)
    if (!sztp_has_feature(i)) printf(" %s", names[i]);
  printf(".\n");
  line(ctx, "csr", sztp_device_set_csr(dev, SZTP_CSR_P10, 0));
  line(ctx, "dns", sztp_dns_name(ctx, "S1", "example.net", name, sizeof name, &len));
  line(ctx, "purpose", sztp_device_require(dev, SZTP_REQUIRE_OWNER_PURPOSE, "1.2.3"));
  line(ctx, "policy", sztp_device_require(dev, SZTP_REQUIRE_OWNER_POLICY, "1.2.3"));
  line(ctx, "firmware", sztp_device_add_firmware_anchors(dev, (const uint8_t *)"0", 1));
  line(ctx, "host key", sztp_device_add_host_key(dev, "ssh-ed25519", host_key, sizeof host_key));
  line(ctx, "anchor",
       sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, (const uint8_t *)pem, sizeof pem - 1));
  const sztp_pipe_t nowhere = {no_read, no_write, NULL};
  line(ctx, "apart", sztp_session_serve(ctx, dev, SZTP_LOG_ERROR, &nowhere));
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return 0;
}
