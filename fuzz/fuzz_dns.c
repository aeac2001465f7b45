/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages. The first octet selects: bits 0 and 1 the type that was asked for, bit 2 multicast or
 * unicast, bit 3 whether the rest is one message or several, each behind two octets of length. The question
 * is the first one of the first message, where it has one, and a fixed one otherwise. Whatever comes in, what
 * comes out is bounded and well-formed. */
#include "fuzzing.h"

#include <string.h>
#include <sztp/discovery.h>
#include <sztp/verify.h>

#include "discovery/dns.h"
#include "formats/uri.h"

#define MOST 70000

static const uint32_t TYPES[4] = {SZTP_DNS_TXT, SZTP_DNS_SRV, SZTP_DNS_A, SZTP_DNS_AAAA};

/* Numbers that are the same each time. */
static int32_t count_up(void *user, uint8_t *out, size_t len) {
  uint8_t *next = (uint8_t *)user;
  for (size_t i = 0; i < len; i++) out[i] = *next += 37;
  return 0;
}

static sztp_dns_t *ask(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const uint8_t *message, size_t len) {
  sztp_dns_t *q = NULL;
  sztp__dns_message_t m;
  char name[SZTP_DNS_TEXT_MAX];
  size_t name_len = 0;
  uint32_t id = 0;
  CHECK(sztp_dns_name(ctx, type == SZTP_DNS_TXT ? "EX4200-17" : NULL, "local", name, sizeof name,
                      &name_len) == 0);
  if (len >= 2) id = (uint32_t)(message[0] << 8 | message[1]);
  if (sztp__dns_open(ctx, sztp__span(message, len), &m) == 0 && m.questions > 0) {
    name_len = sztp__dns_name_text(&m.name, name);
    CHECK(name_len < sizeof name && strlen(name) == name_len);
  }
  /* A name that was read can be written and read again. */
  CHECK(sztp_dns_new(ctx, type, how, name, name_len, id, &q) == 0);
  uint8_t question[SZTP_DNS_QUESTION_MAX];
  size_t question_len = 0;
  CHECK(sztp_dns_question(q, 1, question, sizeof question, &question_len) == 0);
  CHECK(question_len <= sizeof question);
  return q;
}

static void hear(sztp_ctx_t *ctx, sztp_dns_t *q, unsigned n, const uint8_t *message, size_t len) {
  static const char *const responders[] = {"192.0.2.1%eth0", "fe80::1%eth1", ""};
  const char *from = responders[n % 3];
  int32_t rc = sztp_dns_add(q, from, strlen(from), message, len);
  if (rc < 0) fuzz_check_failure(ctx, rc);
  CHECK(rc <= SZTP_PENDING && sztp_dns_answers(q) <= 3);
}

static void read_info(sztp_ctx_t *ctx, const sztp_info_t *info) {
  size_t count = sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS);
  CHECK(count > 0 && count <= SZTP__DNS_SERVERS);
  for (size_t i = 0; i < count; i++) {
    const uint8_t *data = NULL;
    size_t len = 0;
    uint32_t kind = 0;
    int64_t port = 0;
    CHECK(sztp_info_bytes(info, SZTP_INFO_SERVER_ADDRESS, i, &data, &len) == 0);
    CHECK(sztp__host_kind(ctx, sztp__span(data, len), &kind) == 0);
    CHECK(sztp_info_i64(info, SZTP_INFO_SERVER_PORT, i, &port) == 0 && port > 0 && port < 65536);
    CHECK(sztp_info_bytes(info, SZTP_INFO_SERVER_ANCHOR, i, &data, &len) == SZTP_ERR_NOT_FOUND);
    if (sztp_info_bytes(info, SZTP_INFO_SERVER_HINTS, i, &data, &len) == 0) CHECK(len > 0 && data[len] == 0);
  }
}

static void read_answer(sztp_ctx_t *ctx, sztp_dns_t *q, size_t index) {
  const char *text = NULL;
  size_t len = 0;
  CHECK(sztp_dns_responder(q, index, &text, &len) == 0 && text[len] == 0);
  for (size_t n = 0; sztp_dns_address(q, index, n, &text, &len) == 0; n++) {
    uint8_t octets[16];
    size_t octets_len = 0;
    CHECK(n < SZTP__DNS_ADDRESSES && strlen(text) == len);
    CHECK(sztp__host_octets(sztp__span(text, len), octets, &octets_len) == 0);
  }
  sztp_bundle_t *bundle = NULL;
  sztp_info_t *info = NULL;
  if (sztp_dns_bundle(q, index, &bundle) == 0) {
    const uint8_t *data = NULL;
    CHECK(sztp_bundle_get(bundle, SZTP_ARTIFACT_CONVEYED_INFO, &data, &len) == 0);
    CHECK(len > 0 && len <= 65535 && data[0] == 0x30);
    sztp_bundle_free(bundle);
  }
  if (sztp_dns_info(q, index, &info) == 0) {
    read_info(ctx, info);
    sztp_info_free(info);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  uint8_t next = 0;
  if (size < 1 || size > MOST) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  CHECK(sztp_ctx_set_random(ctx, count_up, &next) == 0);
  uint8_t how = data[0];
  const uint8_t *p = data + 1;
  size_t left = size - 1;
  int several = (how & 8) != 0;
  size_t first = several && left >= 2 ? (size_t)p[0] << 8 | p[1] : left;
  size_t head = several && left >= 2 ? 2 : 0;
  if (first > left - head) first = left - head;
  sztp_dns_t *q =
      ask(ctx, TYPES[how & 3], (how & 4) != 0 ? SZTP_DNS_MULTICAST : SZTP_DNS_UNICAST, p + head, first);
  for (unsigned n = 0; left > 0 && n < 64; n++) {
    size_t len = left;
    if (several) {
      if (left < 2) break;
      len = (size_t)p[0] << 8 | p[1];
      p += 2;
      left -= 2;
      if (len > left) len = left;
    }
    uint8_t *copy =
        (uint8_t *)malloc(len > 0 ? len : 1); /* exactly so long, so that one octet further is seen */
    CHECK(copy != NULL);
    memcpy(copy, p, len);
    hear(ctx, q, n, copy, len);
    free(copy);
    p += len;
    left -= len;
  }
  for (size_t i = 0; i < sztp_dns_answers(q); i++) read_answer(ctx, q, i);
  sztp_dns_free(q);
  fuzz_ctx_free(ctx, held);
  return 0;
}
