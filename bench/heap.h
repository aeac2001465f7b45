/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what the foreign libraries take from the heap, and gives libsztp memory that is not counted there,
 * so that the two can be told apart. */
#ifndef SZTP_BENCH_HEAP_H
#define SZTP_BENCH_HEAP_H

#include <stddef.h>
#include <sztp/types.h>

/* Memory for sztp_ctx_new() that stays out of the count. */
const sztp_allocator_t *heap_uncounted(void);
/* Starts to count at zero. */
void heap_reset(void);
/* Octets held at most since the last reset. */
size_t heap_peak(void);

#endif
