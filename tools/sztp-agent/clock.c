/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a clock that never goes back, and goes on while the machine is suspended: deadlines and pauses of a
 * session are about the world outside. */
#define _GNU_SOURCE 1
#include "clock.h"

#include <time.h>

uint64_t clock_ms(void) {
  struct timespec now;
#ifdef CLOCK_BOOTTIME
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
#endif
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
