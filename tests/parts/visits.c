/* SPDX-License-Identifier: Apache-2.0 */
/* Visits a bootstrap server that DHCP names, and says what it is asked first: for tests/interop/parts.sh. The
 * identity certificate and the serial number are the device's own affair here: the visit is not
 * authenticated. */
#include <stdio.h>

#include <sztp/sztp.h>

static const uint8_t option[] = "\0\x15https://boot.example/";

int main(int argc, char **argv) {
  static uint8_t identity[8192];
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  const uint8_t *path = NULL;
  size_t len = 0;
  int64_t purpose = 0;
  FILE *f = fopen(argc > 1 ? argv[1] : "identity.der", "rb");
  size_t read = f == NULL ? 0 : fread(identity, 1, sizeof identity, f);
  if (f != NULL) (void)fclose(f);
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, "S1");
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, identity, read);
  if (rc == 0) rc = sztp_session_new(ctx, dev, &s);
  if (rc == 0) rc = sztp_session_add_source(s, SZTP_SOURCE_DHCP4);
  for (int i = 0; rc == 0 && i < 8; i++) {
    rc = sztp_session_next(s, 0, &a);
    if (rc != 0 || sztp_action_kind(a) == SZTP_ACTION_FETCH) break;
    uint64_t ticket = sztp_action_ticket(a);
    if (sztp_action_kind(a) == SZTP_ACTION_DISCOVER)
      rc = sztp_reply_bytes(s, ticket, SZTP_F_DATA, option, sizeof option - 1);
    if (sztp_action_kind(a) == SZTP_ACTION_RESOLVE)
      rc = sztp_reply_bytes(s, ticket, SZTP_F_ADDRESS, (const uint8_t *)"192.0.2.1", 9);
    if (rc == 0) rc = sztp_reply_end(s, ticket, SZTP_OUTCOME_OK);
  }
  if (rc == 0) rc = sztp_action_i64(a, SZTP_F_PURPOSE, 0, &purpose);
  if (rc == 0) rc = sztp_action_bytes(a, SZTP_F_PATH, 0, &path, &len);
  if (rc == 0) printf("fetch %s %.*s\n", sztp_fetch_name((uint32_t)purpose), (int)len, (const char *)path);
  sztp_session_free(s);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc == 0 ? 0 : 2;
}
