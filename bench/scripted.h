/* SPDX-License-Identifier: Apache-2.0 */
/* A whole bootstrap through the machine, with a host whose replies are written down beforehand. */
#ifndef SZTP_BENCH_SCRIPTED_H
#define SZTP_BENCH_SCRIPTED_H

#include "bench/fixture.h"

typedef struct scripted {
  const uint8_t *chunk; /* the image is this piece, repeated */
  size_t chunk_len;
  size_t chunk_count;
  /* Called each time another @p round_count -th of the pieces has been handed over, with the CPU seconds that
   * this took; NULL: not. */
  void (*round)(void *user, size_t round, double seconds);
  void *user;
  size_t round_count;
  uint32_t result; /* out: SZTP_RESULT_* */
} scripted_t;

/* Ends the program unless the session ends as it should: image installed, reboot pending. */
void scripted_run(const fixture_t *f, sztp_device_t *dev, sztp_ctx_t *ctx, scripted_t *s);
/* CPU seconds of this process. */
double cpu_seconds(void);

#endif
