/* SPDX-License-Identifier: Apache-2.0 */
/* What binds the components to the release of the core that they were built with. */
#ifndef SZTP_GROUND_RELEASE_H
#define SZTP_GROUND_RELEASE_H

#include <sztp/ctx.h>

/* The release that the including file is compiled for, as sztp_version() gives it. */
#define SZTP__RELEASE                                                                                        \
  ((uint32_t)SZTP_VERSION_MAJOR << 16 | (uint32_t)SZTP_VERSION_MINOR << 8 | (uint32_t)SZTP_VERSION_PATCH)

/* Exported by libsztp.so under a version node that bears the release's number, and needed by each component:
 * they hold copies of private functions that read the inside of a context, which may differ in another
 * release, so the loader must refuse such a pair. Returns sztp_version() of the release. */
SZTP_API uint32_t sztp__same_release(void);

#endif
