/* SPDX-License-Identifier: Apache-2.0 */
/* One turn of a poll loop. */
#include "poll.h"

#include "clock.h"

enum { SLICE_MS = 250 };

void poll_turn(const polled_t *all, size_t count, uint64_t until) {
  struct pollfd fds[POLLED * POLLED_SOCKETS];
  size_t n = 0;
  uint64_t now = clock_ms(), next = now + SLICE_MS;
  if (until < next) next = until;
  for (size_t i = 0; i < count; i++) {
    uint64_t due = all[i].send(all[i].self, now);
    if (due < next) next = due;
    n += all[i].watch(all[i].self, fds + n);
  }
  now = clock_ms();
  if (poll(fds, (nfds_t)n, next <= now ? 0 : (int)(next - now)) <= 0) return;
  for (size_t i = 0; i < count; i++) all[i].hear(all[i].self);
}
