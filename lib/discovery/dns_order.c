/* SPDX-License-Identifier: Apache-2.0 */
/* The order of SRV records: by priority, and among equals by a selection at random that the weights govern
 * (RFC 2782, "Weight"). */
#include "discovery/dns.h"

#include "cryptography/crypto.h"

#define DRAWS 32 /* of which one alone is enough with more than even odds */

static void swap(size_t *a, size_t *b) {
  size_t t = *a;
  *a = *b;
  *b = t;
}

/* 1 if @p a comes before @p b: a lower priority, and among equals a weight of 0. */
static int srv_before(const sztp__dns_server_t *a, const sztp__dns_server_t *b) {
  if (a->priority != b->priority) return a->priority < b->priority;
  return a->weight == 0 && b->weight != 0;
}

/* A number from 0 to @p most, all of them equally likely. */
static int32_t draw(sztp_ctx_t *ctx, uint32_t most, uint32_t *out) {
  uint64_t range = (uint64_t)most + 1;
  uint64_t fair = (UINT64_C(1) << 32) / range * range; /* above it some numbers would be likelier */
  uint64_t number = 0;
  for (unsigned i = 0; i < DRAWS; i++) {
    uint8_t octets[4];
    int32_t rc = sztp__random(ctx, octets, sizeof octets);
    if (rc < 0) return rc;
    number = (uint64_t)octets[0] << 24 | (uint64_t)octets[1] << 16 | (uint64_t)octets[2] << 8 | octets[3];
    if (number < fair) break;
  }
  *out = (uint32_t)(number % range);
  return SZTP_OK;
}

/* Selects the next one of @p n with the same priority and moves it to the front, the others keeping their
 * order. */
static int32_t select_next(sztp_ctx_t *ctx, const sztp__dns_server_t *servers, size_t *order, size_t n) {
  uint32_t sum = 0;
  uint32_t number = 0;
  size_t chosen = 0;
  for (size_t i = 0; i < n; i++) sum += servers[order[i]].weight;
  int32_t rc = sum == 0 ? SZTP_OK : draw(ctx, sum, &number);
  if (rc < 0) return rc;
  uint32_t running = servers[order[0]].weight;
  while (running < number) running += servers[order[++chosen]].weight;
  for (; chosen > 0; chosen--) swap(&order[chosen], &order[chosen - 1]);
  return SZTP_OK;
}

int32_t sztp__dns_order(sztp_ctx_t *ctx, const sztp__dns_server_t *servers, size_t count, size_t *order) {
  for (size_t i = 0; i < count; i++) {
    order[i] = i;
    for (size_t k = i; k > 0 && srv_before(&servers[order[k]], &servers[order[k - 1]]); k--)
      swap(&order[k], &order[k - 1]);
  }
  for (size_t from = 0; from < count; from++) {
    size_t to = from + 1;
    while (to < count && servers[order[to]].priority == servers[order[from]].priority) to++;
    if (to - from < 2) continue;
    int32_t rc = select_next(ctx, servers, order + from, to - from);
    if (rc < 0) return rc;
  }
  return SZTP_OK;
}
