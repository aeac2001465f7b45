/* SPDX-License-Identifier: Apache-2.0 */
/* What is judged: one set of artifacts and the device that it is for, as glitch.py puts it into the image's
 * memory and record.c reads it. */
#ifndef GLITCH_JUDGED_H
#define GLITCH_JUDGED_H

#include <sztp/sztp.h>

enum { IDENTITY, ANCHOR, VOUCHER, OWNER_CERT, CONVEYED, FILES };

typedef struct judged {
  int64_t unix_time;
  uint32_t sizes[FILES]; /* 0: there is none */
  const uint8_t *files[FILES];
} judged_t;

/* The device and the bundle; all of it in @p ctx. 0 or an error. */
static inline int32_t judged_prepare(const judged_t *j, sztp_ctx_t *ctx, sztp_device_t **dev,
                                     sztp_bundle_t **b) {
  int32_t rc = sztp_device_new(ctx, dev);
  if (rc == 0) rc = sztp_device_add_cert(*dev, SZTP_CERT_IDENTITY, j->files[IDENTITY], j->sizes[IDENTITY]);
  if (rc == 0) rc = sztp_device_add_cert(*dev, SZTP_CERT_VOUCHER_ANCHOR, j->files[ANCHOR], j->sizes[ANCHOR]);
  if (rc == 0) rc = sztp_bundle_new(ctx, b);
  for (unsigned i = VOUCHER; rc == 0 && i < FILES; i++) {
    static const uint32_t kinds[FILES] = {0, 0, SZTP_ARTIFACT_VOUCHER, SZTP_ARTIFACT_OWNER_CERT,
                                          SZTP_ARTIFACT_CONVEYED_INFO};
    if (j->sizes[i] > 0) rc = sztp_bundle_set(*b, kinds[i], j->files[i], j->sizes[i]);
  }
  return rc;
}

/* What the tables of the seam are indexed by: FNV-1a. */
#define JUDGED_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t judged_sum(uint64_t sum, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
  return sum;
}

#endif
