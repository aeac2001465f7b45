/* SPDX-License-Identifier: Apache-2.0 */
/* The board: QEMU's mps2-an386, a Cortex-M4 with 4 MiB of code memory and 4 MiB of RAM, of which board.ld
 * takes a few hundred KiB. Its flash is simulated in a RAM that a reset leaves alone; real time and the exit
 * status come from the debugger (semihosting). */
#include "board.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define TIMER_CONTROL     REGISTER(0x40000000)
#define TIMER_VALUE       REGISTER(0x40000004)
#define TIMER_RELOAD      REGISTER(0x40000008)
#define UART_DATA         REGISTER(0x40004000)
#define UART_STATE        REGISTER(0x40004004)
#define UART_CONTROL      REGISTER(0x40004008)
#define UART_DIVIDER      REGISTER(0x40004010)
#define RESET_CONTROL     REGISTER(0xe000ed0c)
#define TICKS_PER_MS      25000u

extern uint8_t board_stack_bottom[], board_stack_top[], board_heap[], board_heap_end[];
extern uint8_t board_data[], board_data_end[], board_data_image[], board_bss[], board_bss_end[];
int main(void);

/* ---- start -------------------------------------------------------------------------------------- */

#define PAINT 0xa5

static void start(void) {
  memset(board_stack_bottom, PAINT,
         (size_t)((uint8_t *)__builtin_frame_address(0) - 128 - board_stack_bottom));
  memcpy(board_data, board_data_image, (size_t)(board_data_end - board_data));
  memset(board_bss, 0, (size_t)(board_bss_end - board_bss));
  UART_DIVIDER = 16;
  UART_CONTROL = 1;
  TIMER_RELOAD = UINT32_MAX;
  TIMER_VALUE = UINT32_MAX;
  TIMER_CONTROL = 1;
  board_exit(main());
}

/* Also for a stack that has grown through its end: no memory is below. */
static void fault(void) {
  board_print("fault\n");
  board_exit(1);
}

typedef struct vectors {
  uint8_t *stack;
  void (*handlers[15])(void); /* reset, non-maskable interrupt, faults, ... */
} vectors_t;
extern const vectors_t board_vectors;
__attribute__((section(".vectors"), used))
const vectors_t board_vectors = {board_stack_top, {start, fault, fault, fault, fault, fault}};

/* ---- the debugger ------------------------------------------------------------------------------- */

enum { SYS_TIME = 0x11, SYS_EXIT_EXTENDED = 0x20 };

static uint32_t semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_exit(int status) {
  const uint32_t block[2] = {0x20026, (uint32_t)status}; /* ADP_Stopped_ApplicationExit */
  (void)semihost(SYS_EXIT_EXTENDED, block);
  for (;;) continue;
}

int64_t board_unix_time(void) { return (int64_t)semihost(SYS_TIME, NULL); }

/* ---- peripherals -------------------------------------------------------------------------------- */

void board_print(const char *text) {
  for (; *text != '\0'; text++) {
    while ((UART_STATE & 1) != 0) continue;
    UART_DATA = (uint8_t)*text;
  }
}

void board_print_number(uint32_t number) {
  char text[11];
  char *at = text + sizeof text;
  *--at = '\0';
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  board_print(at);
}

uint64_t board_ticks(void) { return UINT32_MAX - TIMER_VALUE; }
uint32_t board_ms(void) { return (uint32_t)(board_ticks() / TICKS_PER_MS); }

/* Where mbedTLS takes entropy from. QEMU's board has no source of it, which a device must have: these numbers
 * serve the emulator alone. */
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen) {
  uint32_t state = (uint32_t)board_unix_time() ^ (uint32_t)board_ticks();
  (void)data;
  for (*olen = 0; *olen < len; ++*olen) {
    state = state * 1664525 + 1013904223;
    output[*olen] = (uint8_t)(state >> 24);
  }
  return 0;
}

void board_reset(void) {
  RESET_CONTROL = 0x05fa0004;
  for (;;) __asm__ volatile("wfi");
}

/* ---- flash -------------------------------------------------------------------------------------- */

__attribute__((section(".flash"))) static uint8_t flash[BOARD_SECTORS][BOARD_SECTOR];
__attribute__((section(".flash"))) bench_t board_bench;

const uint8_t *board_flash(unsigned sector) { return flash[sector]; }

/* How many octets of this operation are still done before the power is cut, if it is. */
static size_t before_the_cut(size_t len) {
  board_bench.operations++;
  return board_bench.fuse == 1 && board_bench.half ? len / 2 : len;
}

static void cut(void) {
  if (board_bench.fuse > 0 && --board_bench.fuse == 0) board_reset();
}

void board_flash_erase(unsigned sector) {
  memset(flash[sector], 0xff, before_the_cut(BOARD_SECTOR));
  cut();
}

void board_flash_program(unsigned sector, size_t offset, const void *data, size_t len) {
  size_t done = before_the_cut(len);
  for (size_t i = 0; i < done; i++) flash[sector][offset + i] &= ((const uint8_t *)data)[i];
  cut();
}

/* ---- memory ------------------------------------------------------------------------------------- */

static uint8_t *heap_top = board_heap;

uint32_t board_heap_peak(void) { return (uint32_t)(heap_top - board_heap); }

uint32_t board_stack_peak(void) {
  const uint8_t *p = board_stack_bottom;
  while (*p == PAINT) p++;
  return (uint32_t)(board_stack_top - p);
}

/* What newlib asks for: its heap, and for expat's hash tables what time it is and which process. */
void *_sbrk(ptrdiff_t step);
int _gettimeofday(struct timeval *now, void *zone);
int _getpid(void);

void *_sbrk(ptrdiff_t step) {
  uint8_t *before = heap_top;
  if (step > board_heap_end - heap_top) {
    errno = ENOMEM;
    return (void *)-1;
  }
  heap_top += step;
  return before;
}

int _gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  now->tv_sec = board_unix_time();
  now->tv_usec = (suseconds_t)(board_ticks() % 1000000);
  return 0;
}

int _getpid(void) { return 1; }
