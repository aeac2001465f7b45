/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the library as a firmware does, so that a link finds what is missing. */
#include <sztp/sztp.h>

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen) {
  (void)data;
  (void)output;
  (void)len;
  *olen = 0;
  return -1;
}

int main(void) {
  static uint64_t memory[4096];
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  int32_t rc = sztp_ctx_new_in(memory, sizeof memory, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_session_new(ctx, dev, &s);
  if (rc == 0) rc = sztp_session_next(s, 0, &a);
  return (int)rc;
}
