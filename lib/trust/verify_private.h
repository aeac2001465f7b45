/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify() with a key function of the caller's choice: a session has one of its own. */
#ifndef SZTP_TRUST_VERIFY_PRIVATE_H
#define SZTP_TRUST_VERIFY_PRIVATE_H

#include "trust/bundle.h"
#include "trust/verdict.h"

/* As sztp_verify(). With @p key NULL nothing can be decrypted. SZTP_PENDING if it said so. */
int32_t sztp__verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                     sztp_key_fn key, void *key_user, sztp_verdict_t **out);

/* HARDENED: the same, once; verify_twice.c makes two of it. */
int32_t sztp__verify_once(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time,
                          uint32_t channel, sztp_key_fn key, void *key_user, sztp_verdict_t **out);

#endif
