/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of TLS, the same with each engine. */
#ifndef SZTP_HTTPS_TLS_WORDS_H
#define SZTP_HTTPS_TLS_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Which versions can be had for the sake of the identity's key, and in TLS 1.2 with which hashes. */
typedef struct sztp__tls_offer {
  int sha256;
  int sha384;
  int tls13;
} sztp__tls_offer_t;

/* "the server refused with the TLS alert 48 (unknown_ca)" */
void sztp__tls_tell_alert(char *out, size_t cap, unsigned alert);
/* What the key, able to @p able (SZTP_ABLE_*), leaves of what could be offered, a clause; "" if it leaves
 * everything: both hashes, and TLS 1.3 if the engine has it. */
void sztp__tls_tell_offer(char *out, size_t cap, const sztp__tls_offer_t *offer, int has_tls13, int64_t able);
/* @p says, a clause, and behind it what the key can do: "ecdsa-sha256, agree". */
void sztp__tls_tell_able(char *out, size_t cap, const char *says, int64_t able);
#define SZTP__TLS_KEY_IN_VAIN "the identity's key can't sign what TLS needs"
#define SZTP__TLS_KEY_MISFIT  "the signature of the device's key does not fit the identity certificate"
#define SZTP__TLS_NO_TLS                                                                                     \
  "TLS failed: what answers there does not speak TLS; it may be HTTP without TLS, or another service"

#endif
