/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstraps with the artifacts in three files, as from removable storage, and says what was asked of the
 * host and how it ended: for tests/interop/parts.sh. usage: onboards VOUCHER OWNER-CERT CONVEYED
 * VOUCHER-ANCHOR IDENTITY OS-VERSION */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sztp/sztp.h>

static uint8_t data[1 << 20];

static size_t read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return len;
}

static void hear(void *user, const sztp_session_t *s, const sztp_event_t *event) {
  (void)s;
  *(uint32_t *)user |= sztp_event_kind(event) < 32 ? (uint32_t)1 << sztp_event_kind(event) : 0;
}

static void answer(sztp_session_t *s, const sztp_action_t *a, char **artifacts) {
  static const uint32_t fields[] = {SZTP_F_ARTIFACT_OV, SZTP_F_ARTIFACT_OC, SZTP_F_ARTIFACT_CI};
  uint64_t ticket = sztp_action_ticket(a);
  for (int i = 0; sztp_action_kind(a) == SZTP_ACTION_DISCOVER && i < 3; i++)
    if (sztp_reply_bytes(s, ticket, fields[i], data, read_file(artifacts[i])) != SZTP_OK) exit(2);
  if (sztp_reply_end(s, ticket, SZTP_OUTCOME_OK) != SZTP_OK) exit(2);
}

int main(int argc, char **argv) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  if (argc != 7) return 2;
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, "S1");
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_OS_NAME, "os");
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_OS_VERSION, argv[6]);
  if (rc == 0) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1);
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, data, read_file(argv[4]));
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, data, read_file(argv[5]));
  if (rc == 0) rc = sztp_session_new(ctx, dev, &s);
  if (rc == 0) rc = sztp_session_add_source(s, SZTP_SOURCE_REMOVABLE);
  if (rc == 0) rc = sztp_session_set_time(s, 0, (int64_t)time(NULL));
  uint32_t heard = 0;
  int32_t events = rc == 0 ? sztp_session_on_event(s, hear, &heard) : SZTP_ERR_ARG;
  const char *why = "";
  if (events != 0) (void)sztp_ctx_trail(ctx, 0, NULL, NULL, &why);
  printf("events: %d %s\n", (int)events, why);
  const sztp_action_t *a = NULL;
  uint32_t kind = 0;
  printf("asked:");
  while (rc == 0 && kind != SZTP_ACTION_DONE && kind != SZTP_ACTION_FAILED) {
    rc = sztp_session_next(s, 0, &a);
    if (rc != 0) break;
    kind = sztp_action_kind(a);
    printf(" %s", sztp_action_name(kind));
    if (kind != SZTP_ACTION_DONE && kind != SZTP_ACTION_FAILED) answer(s, a, argv + 1);
  }
  printf("\nended: %s %s %s\n", sztp_result_name(sztp_session_result(s)),
         sztp_error_name(sztp_session_reason(s)), sztp_session_text(s));
  if (events == 0 && heard == 0) rc = SZTP_ERR_NOT_FOUND;
  sztp_session_free(s);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc == 0 ? 0 : 2;
}
