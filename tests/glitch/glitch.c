/* SPDX-License-Identifier: Apache-2.0 */
/* The image for a Cortex-M that glitch.py runs: one verification. */
#include "glitch.h"

#include <string.h>

extern uint8_t glitch_data[], glitch_data_end[], glitch_data_image[];

__attribute__((section(".input"))) glitch_input_t glitch_input;
glitch_output_t glitch_output;
static uint64_t memory[32 * 1024 / 8];

__attribute__((noinline)) void glitch_end(void) {
  for (;;) continue;
}

void glitch_start(void) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  memcpy(glitch_data, glitch_data_image, (size_t)(glitch_data_end - glitch_data));
  glitch_output.rc = INT32_MIN;
  if (sztp_ctx_new_in(memory, sizeof memory, &ctx) == 0 &&
      judged_prepare(&glitch_input.judged, ctx, &dev, &b) == 0) {
    glitch_output.ready = 1;
    glitch_output.rc = sztp_verify(dev, b, glitch_input.judged.unix_time, SZTP_CHANNEL_UNTRUSTED, &v);
    glitch_output.verdict = v;
    glitch_output.accepted = (uint32_t)sztp_verdict_accepted(v);
    glitch_output.has_info = sztp_verdict_info(v) != NULL;
  }
  glitch_end();
}

/* The C library's heap is nobody's here: what asks for it gets none. */
void *_sbrk(ptrdiff_t step);
void *_sbrk(ptrdiff_t step) {
  (void)step;
  return (void *)-1;
}
