/* SPDX-License-Identifier: Apache-2.0 */
/* A whole bootstrap through the machine, with a host whose replies are written down beforehand. */
#ifndef SZTP_BENCH_SCRIPTED_H
#define SZTP_BENCH_SCRIPTED_H

#include "bench/fixture.h"

typedef struct scripted {
  const uint8_t *chunk; /* the image is this piece, repeated */
  size_t chunk_len;
  size_t chunk_count;
  double download_seconds; /* out: spent in sztp_reply_write() and ending the download */
  uint32_t result;         /* out: SZTP_RESULT_* */
} scripted_t;

/* Ends the program unless the session ends as it should: image installed, reboot pending. */
void scripted_run(const fixture_t *f, sztp_device_t *dev, sztp_ctx_t *ctx, scripted_t *s);
/* CPU seconds of this process. */
double cpu_seconds(void);

#endif
