/* SPDX-License-Identifier: Apache-2.0 */
/* The boot image. */
#ifndef SZTP_MACHINE_IMAGE_H
#define SZTP_MACHINE_IMAGE_H

#include "machine/attempt.h"

/* Fails the attempt over its boot image. */
#define sztp__image_failed(s, code, text) sztp__fail_attempt_with(s, SZTP__PROGRESS_IMAGE_ERROR, code, text)
/* Another image than the one that runs is wanted: goes on to download it, or fails the attempt. */
int32_t sztp__image_wanted(sztp_session_t *s);

#endif
