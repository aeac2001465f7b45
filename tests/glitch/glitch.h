/* SPDX-License-Identifier: Apache-2.0 */
/* What glitch.py writes into the image's memory before it runs, and reads from it afterwards. */
#ifndef GLITCH_H
#define GLITCH_H

#include "judged.h"

typedef struct glitch_hash {
  uint64_t sum;
  uint8_t digest[64];
} glitch_hash_t;

typedef struct glitch_input {
  judged_t judged;
  uint32_t hash_count;
  uint32_t good_count;
  const glitch_hash_t *hashes;
  const uint64_t *good;
} glitch_input_t;
extern glitch_input_t glitch_input;

typedef struct glitch_output {
  uint32_t ready; /* whatever comes before the verification went well */
  int32_t rc;     /* of sztp_verify() */
  sztp_verdict_t *verdict;
  uint32_t accepted; /* what the verdict itself says */
  uint32_t has_info; /* and whether it gives out information to follow */
} glitch_output_t;
extern glitch_output_t glitch_output;

void glitch_start(void);
void glitch_end(void);

#endif
