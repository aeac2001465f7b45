/* SPDX-License-Identifier: Apache-2.0 */
/* mbedTLS does nothing before it is asked. */
#include "library.h"

void library_begin(void) {}
