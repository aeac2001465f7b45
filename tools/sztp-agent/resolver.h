/* SPDX-License-Identifier: Apache-2.0 */
/* Carries questions to DNS servers and their answers back: by UDP, and by TCP where an answer is too long for
 * it. */
#ifndef SZTP_AGENT_RESOLVER_H
#define SZTP_AGENT_RESOLVER_H

#include <stddef.h>
#include <stdint.h>

enum { RESOLVER_ROOM = 65535, RESOLVER_QUESTIONS = 2, RESOLVER_FAULT = 96 };

typedef struct resolver_question {
  const uint8_t *octets; /* a whole message */
  size_t len;
  uint8_t *answer; /* room for RESOLVER_ROOM */
  size_t answer_len;
  int result; /* 0, or -1 with one line in @p fault */
  char fault[RESOLVER_FAULT];
} resolver_question_t;

/* Asks one server up to RESOLVER_QUESTIONS questions at the same time. @p server is an address, "192.0.2.1",
 * "fe80::1%eth0", "192.0.2.1:5353" or "[2001:db8::1]:5353". An answer matches the question and came from the
 * server that was asked (DNS-24); its contents are not checked. @p most_ms is how long the server may take.
 * @p stopped returns 1 to give up at once. */
void resolver_ask(const char *server, uint64_t most_ms, resolver_question_t *questions, size_t count,
                  int (*stopped)(void));

/* Looks up the addresses of a name as the system is configured to: its hosts file, and the DNS servers of its
 * network. They are written to @p out as text, each with a NUL behind it, the best first; *len is the length
 * of all. 0; 1 if there is no such name or none with an address; -1 with one line in @p fault. It takes @p
 * most_ms at most. */
int resolver_look_up(const char *name, uint64_t most_ms, int (*stopped)(void), char *out, size_t room,
                     size_t *len, char fault[RESOLVER_FAULT]);

#endif
