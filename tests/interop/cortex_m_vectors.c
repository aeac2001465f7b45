/* SPDX-License-Identifier: Apache-2.0 */
/* What a Cortex-M begins with: its stack, at the end of the first 4 MiB of memory of QEMU's mps2-an386, and
 * where it starts. */
extern void _start(void);
extern void *const cortex_m_vectors[2];
__attribute__((section(".vectors"), used)) void *const cortex_m_vectors[2] = {(void *)0x400000,
                                                                              (void *)_start};
