/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the artifacts in three files, and says how each step went.
 * usage: verify_files VOUCHER OWNER-CERT CONVEYED VOUCHER-ANCHOR SERIAL */
#include <stdio.h>
#include <time.h>

#include <sztp/sztp.h>

static uint8_t data[1 << 20];

static size_t read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return len;
}

int main(int argc, char **argv) {
  static const uint32_t kinds[] = {SZTP_ARTIFACT_VOUCHER, SZTP_ARTIFACT_OWNER_CERT,
                                   SZTP_ARTIFACT_CONVEYED_INFO};
  static const char *const states[] = {"skipped", "passed", "failed"};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *bundle = NULL;
  sztp_verdict_t *verdict = NULL;
  if (argc != 6) return 2;
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, argv[5]);
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, data, read_file(argv[4]));
  if (rc == 0) rc = sztp_bundle_new(ctx, &bundle);
  for (int i = 0; rc == 0 && i < 3; i++) rc = sztp_bundle_set(bundle, kinds[i], data, read_file(argv[i + 1]));
  if (rc == 0) rc = sztp_verify(dev, bundle, (int64_t)time(NULL), SZTP_CHANNEL_UNTRUSTED, &verdict);
  uint32_t step = 0;
  for (size_t i = 0; verdict != NULL && sztp_verdict_at(verdict, i, &step) == SZTP_OK; i++) {
    uint32_t state = 0;
    (void)sztp_verdict_step(verdict, step, &state, NULL);
    printf("%-8s %-18s %s %s\n", states[state], sztp_step_name(step),
           sztp_verdict_text(verdict, step, SZTP_TEXT_REASON),
           sztp_verdict_text(verdict, step, SZTP_TEXT_DETAIL));
  }
  puts(rc == 0 ? "accepted" : sztp_error_text(rc));
  sztp_verdict_free(verdict);
  sztp_bundle_free(bundle);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc == 0 ? 0 : 1;
}
