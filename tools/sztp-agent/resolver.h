/* SPDX-License-Identifier: Apache-2.0 */
/* Carries questions to DNS servers and their answers back: by UDP, and by TCP where an answer is too long for
 * it. */
#ifndef SZTP_AGENT_RESOLVER_H
#define SZTP_AGENT_RESOLVER_H

#include <stddef.h>
#include <stdint.h>

enum { RESOLVER_ROOM = 65535 };

/* Asks one server. @p server is an address, "192.0.2.1", "fe80::1%eth0", "192.0.2.1:5353" or
 * "[2001:db8::1]:5353". What comes back answers @p question, a whole message, and came from where that went
 * (DNS-24); what it says is not looked at.
 * @p most_ms is how long the server may take. @p stopped says 1 when it is to be given up at once.
 * 0, with *len octets in @p answer, which has room for RESOLVER_ROOM; or -1 with one line in @p error. */
int resolver_ask(const char *server, uint64_t most_ms, const uint8_t *question, size_t question_len,
                 uint8_t *answer, size_t *len, int (*stopped)(void), char *error, size_t room);

#endif
