/* SPDX-License-Identifier: Apache-2.0 */
/* A program of somebody else's, built with CMake or Meson (see the files beside it): prints what it was
 * linked with. */
#include <stdio.h>

#include <sztp/artifacts.h>
#include <sztp/https.h>
#include <sztp/sztp.h>

int main(void) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *https = NULL;
  sztp_digest_t *digest = NULL;
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_https_new(dev, &https);
  if (rc == 0) rc = sztp_digest_new(ctx, &digest);
  if (rc == 0)
    printf("libsztp %s%s\n", sztp_version_string(), sztp_has_feature(SZTP_FEATURE_XML) ? ", with XML" : "");
  else
    fprintf(stderr, "%s\n", sztp_error_text(rc));
  sztp_digest_free(digest);
  sztp_https_free(https);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc != 0;
}
