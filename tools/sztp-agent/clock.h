/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of sessions and of everything that waits. */
#ifndef SZTP_AGENT_CLOCK_H
#define SZTP_AGENT_CLOCK_H

#include <stdint.h>

/* Milliseconds since an arbitrary moment; never goes backwards. */
uint64_t clock_ms(void);

#endif
