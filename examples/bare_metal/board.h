/* SPDX-License-Identifier: Apache-2.0 */
/* What the board has: a serial port, clocks, flash; and what is measured of it. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

void board_print(const char *text);
void board_print_number(uint32_t number);
/* Since the last start; 40 instructions are one tick under "-icount shift=0". */
uint64_t board_ticks(void);
uint32_t board_ms(void);
/* Real time, of a clock that runs on while the power is off. */
int64_t board_unix_time(void);
void board_reset(void) __attribute__((noreturn));
void board_exit(int status) __attribute__((noreturn));

/* ---- flash: outlives a reset, is erased to 0xff by sectors, and each octet is programmed once --- */

#define BOARD_SECTOR 4096
enum { BOARD_SECTORS = 3 };
const uint8_t *board_flash(unsigned sector);
void board_flash_erase(unsigned sector);
void board_flash_program(unsigned sector, size_t offset, const void *data, size_t len);

/* ---- for tests and measurements ----------------------------------------------------------------- */

/* What outlives a reset beside the flash; zeros at the first power-up. */
typedef struct bench {
  uint32_t phase;      /* the program's own */
  uint32_t cut;        /* likewise */
  uint32_t restarts;   /* likewise */
  uint32_t uncut;      /* likewise */
  uint32_t saves;      /* likewise */
  uint32_t fuse;       /* the power is cut in so many operations on the flash; 0: never */
  uint32_t half;       /* 1: in the middle of it; 0: right after it */
  uint32_t operations; /* on the flash, so far */
} bench_t;
extern bench_t board_bench;

/* Octets that the stack has grown to, and the C library's heap. */
uint32_t board_stack_peak(void);
uint32_t board_heap_peak(void);

#endif
