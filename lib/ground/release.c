/* SPDX-License-Identifier: Apache-2.0 */
/* The one symbol that ties components to their release. */
#include "ground/release.h"

uint32_t sztp__same_release(void) { return SZTP__RELEASE; }
