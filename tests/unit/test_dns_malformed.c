/* SPDX-License-Identifier: Apache-2.0 */
/* Broken DNS messages (DNS-31): each fault by itself, each message cut at every octet, each octet changed. A
 * message that is refused leaves nothing behind. */
#include "common/dns_message.h"
#include "common/testing.h"

#define NAME "a.example.net"

/* A message of every kind of record, with compressed names, that answers a question of @p type. */
static void make(dns_message_t *m, uint32_t type) {
  dns_begin(m, 1, DNS_RESPONSE);
  dns_question(m, NAME, type, DNS_IN);
  dns_cname(m, NAME, "b.example.net");
  size_t b = m->len - 15;
  dns_txt(m, "b.example.net", "ci", "0123456789", 10, 4);
  dns_pointer(m, b);
  size_t start = dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_SRV, DNS_IN, 60);
  dns_octets(m, "\0\1\0\2\x20\xfb\4boot", 11);
  dns_pointer(m, 14); /* example.net */
  dns_end(m, start);
  dns_pointer(m, b);
  start = dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_A, DNS_IN, 60);
  dns_octets(m, "\xc0\0\2\1", 4);
  dns_end(m, start);
  dns_address(m, DNS_AUTHORITY, "ns.example.net", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  dns_address(m, DNS_ADDITIONAL, "boot.example.net", "\xc0\0\2\2", 4);
}

static int32_t hear(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const uint8_t *data, size_t len) {
  sztp_dns_t *q = NULL;
  /* exactly so much memory, so that one octet further is seen */
  uint8_t *copy = malloc(len > 0 ? len : 1);
  memcpy(copy, data, len);
  assert_int_equal(sztp_dns_new(ctx, type, how, how == SZTP_DNS_UNICAST ? NAME : "b.example.net", 13, 1, &q),
                   0);
  int32_t rc = sztp_dns_add(q, "", 0, copy, len);
  if (rc == SZTP_ERR_DNS) {
    assert_int_equal(sztp_dns_answers(q), 0);
    assert_true(test_detail(ctx)[0] != 0);
  }
  sztp_dns_free(q);
  free(copy);
  return rc;
}

static const uint32_t TYPES[] = {SZTP_DNS_TXT, SZTP_DNS_SRV, SZTP_DNS_A};

/* DNS-31: every part of a message is no message; a longer one is what it is without the rest */
static void test_cut(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(TYPES); i++)
    for (uint32_t how = 0; how < 2; how++) {
      int32_t good = TYPES[i] == SZTP_DNS_TXT && how == SZTP_DNS_MULTICAST ? SZTP_PENDING : 0;
      make(m, TYPES[i]);
      for (size_t len = 0; len < m->len; len++)
        assert_int_equal(hear(ctx, TYPES[i], how, m->data, len), SZTP_ERR_DNS);
      assert_int_equal(hear(ctx, TYPES[i], how, m->data, m->len), good);
      dns_octets(m, "rest", 4);
      assert_int_equal(hear(ctx, TYPES[i], how, m->data, m->len), good);
    }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-31: every octet, and every pair of octets, which are counts and lengths or may be taken for one, with
 * other values: whatever becomes of the message, nothing is read beyond it */
static void test_changed(void **state) {
  static const uint8_t values[] = {0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(TYPES); i++)
    for (uint32_t how = 0; how < 2; how++) {
      make(m, TYPES[i]);
      for (size_t at = 0; at < m->len; at++)
        for (size_t k = 0; k < TEST_COUNT_OF(values) * (at + 1 < m->len ? 2 : 1); k++) {
          uint8_t before[2] = {m->data[at], at + 1 < m->len ? m->data[at + 1] : 0};
          m->data[at] = values[k % TEST_COUNT_OF(values)];
          if (k >= TEST_COUNT_OF(values)) m->data[at + 1] = values[k % TEST_COUNT_OF(values)];
          int32_t rc = hear(ctx, TYPES[i], how, m->data, m->len);
          assert_true(rc == 0 || rc == SZTP_PENDING || rc == SZTP_ERR_DNS || rc == SZTP_ERR_NOT_FOUND ||
                      rc == SZTP_ERR_TRUNCATED || rc == SZTP_ERR_UNSUPPORTED || rc == SZTP_ERR_SERVER_FAIL);
          m->data[at] = before[0];
          if (at + 1 < m->len) m->data[at + 1] = before[1];
        }
      assert_true(hear(ctx, TYPES[i], how, m->data, m->len) >= 0); /* it is what it was */
    }
  free(m);
  test_ctx_free(&memory, ctx);
}

enum {
  COUNT_QUESTIONS,
  COUNT_ANSWERS,
  COUNT_AUTHORITY,
  COUNT_ADDITIONAL,
  POINTER_FORWARD,
  POINTER_TO_ITSELF,
  POINTER_LOOP,
  POINTER_LOOP_BY_LABEL,
  POINTER_TO_HEADER,
  POINTER_PAST_END,
  NAME_TOO_LONG,
  LABEL_TOO_LONG,
  LABEL_KIND,
  LABEL_PAST_END,
  RDLENGTH_PAST_END,
  TXT_PAST_RDLENGTH,
  SRV_TOO_SHORT,
  SRV_WITHOUT_TARGET,
  SRV_TARGET_PAST_RDLENGTH,
  SRV_REST,
  A_LENGTH,
  AAAA_LENGTH,
  CNAME_REST,
  IN_ADDITIONAL,
  FAULTS
};

static void record(dns_message_t *m, int section, unsigned type, const void *data, size_t len) {
  size_t start = dns_start(m, section, NAME, type, DNS_IN, 60);
  dns_octets(m, data, len);
  dns_end(m, start);
}

/* Puts the fault behind a record that is good. */
static void spoil(dns_message_t *m, int fault) {
  size_t start;
  switch (fault) {
  case COUNT_QUESTIONS: m->data[5] = 200; break;
  case COUNT_ANSWERS: m->data[7] = 2; break;
  case COUNT_AUTHORITY: m->data[8] = 0xff; break;
  case COUNT_ADDITIONAL: m->data[11] = 1; break;
  case POINTER_FORWARD: dns_pointer(m, m->len + 2); break;
  case POINTER_TO_ITSELF: dns_pointer(m, m->len); break;
  case POINTER_LOOP: /* a pointer that leads to a pointer that leads back */
    record(m, DNS_ANSWER, 99, "\xc0\0", 2);
    m->data[m->len - 1] = (uint8_t)m->len;
    dns_pointer(m, m->len - 2);
    break;
  case POINTER_LOOP_BY_LABEL: /* a label, then a pointer back to it */
    dns_octets(m, "\1x", 2);
    dns_pointer(m, m->len - 2);
    break;
  case POINTER_TO_HEADER: dns_pointer(m, 4); break;
  case POINTER_PAST_END:
    m->data[7]++;
    dns_octets(m, "\xc0", 1);
    return;
  case NAME_TOO_LONG:
    for (int i = 0; i < 4; i++)
      dns_octets(m,
                 "\x3f"
                 "0123456789012345678901234567890123456789012345678901234567890ab",
                 64);
    dns_octets(m, "", 1);
    break;
  case LABEL_TOO_LONG:
    dns_octets(m,
               "\x40"
               "01234567890123456789012345678901234567890123456789012345678901234",
               66);
    break;
  case LABEL_KIND: dns_octets(m, "\x80\1", 2); break;
  case LABEL_PAST_END:
    m->data[7]++;
    dns_octets(m, "\x3fx", 2);
    return;
  case RDLENGTH_PAST_END:
    start = dns_start(m, DNS_ANSWER, NAME, SZTP_DNS_A, DNS_IN, 60);
    dns_octets(m, "\xc0\0\2\1", 4);
    dns_end(m, start - 1);
    m->data[start - 1] = 5;
    m->data[start - 2] = m->data[start - 3] = 0;
    return;
  case TXT_PAST_RDLENGTH: record(m, DNS_ANSWER, SZTP_DNS_TXT, "\4abc", 4); return;
  case SRV_TOO_SHORT: record(m, DNS_ANSWER, SZTP_DNS_SRV, "\0\0\0\0\0", 5); return;
  case SRV_WITHOUT_TARGET: record(m, DNS_ANSWER, SZTP_DNS_SRV, "\0\0\0\0\1\xbb", 6); return;
  case SRV_TARGET_PAST_RDLENGTH:
    record(m, DNS_ANSWER, SZTP_DNS_SRV, "\0\0\0\0\1\xbb\1a", 8);
    record(m, DNS_ANSWER, SZTP_DNS_A, "\xc0\0\2\1", 4);
    return;
  case SRV_REST: record(m, DNS_ANSWER, SZTP_DNS_SRV, "\0\0\0\0\1\xbb\1a\0x", 10); return;
  case A_LENGTH: record(m, DNS_ANSWER, SZTP_DNS_A, "\xc0\0\2", 3); return;
  case AAAA_LENGTH: record(m, DNS_ANSWER, SZTP_DNS_AAAA, "\xc0\0\2\1", 4); return;
  case CNAME_REST: record(m, DNS_ANSWER, DNS_CNAME, "\1b\0\0", 4); return;
  default: record(m, DNS_ADDITIONAL, SZTP_DNS_TXT, "\4abc", 4); return; /* of which nothing was wanted */
  }
  if (fault <= COUNT_ADDITIONAL) return;
  start = dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_A, DNS_IN, 60);
  dns_octets(m, "\xc0\0\2\1", 4);
  dns_end(m, start);
}

/* DNS-31: one test per fault; the whole message is dropped, also what was good in it */
static void test_faults(void **state) {
  static const char *const details[FAULTS] = {
      [COUNT_QUESTIONS] = "a question has",
      [COUNT_ANSWERS] = "an answer has a name that runs past the end",
      [COUNT_AUTHORITY] = "an authority record has a name that runs past the end",
      [COUNT_ADDITIONAL] = "an additional record has a name that runs past the end",
      [POINTER_FORWARD] = "an answer has a compression pointer that does not lead backwards",
      [POINTER_TO_ITSELF] = "a compression pointer that does not lead backwards",
      [POINTER_LOOP] = "a compression pointer that does not lead backwards",
      [POINTER_LOOP_BY_LABEL] = "a compression pointer that does not lead backwards",
      [POINTER_TO_HEADER] = "a compression pointer into the header",
      [POINTER_PAST_END] = "a compression pointer that runs past the end",
      [NAME_TOO_LONG] = "a name of more than 255 octets",
      [LABEL_TOO_LONG] = "of more than 63 octets",
      [LABEL_KIND] = "a label of unknown kind",
      [LABEL_PAST_END] = "a label that runs past the end",
      [RDLENGTH_PAST_END] = "data that runs past the end",
      [TXT_PAST_RDLENGTH] = "a string that runs past its end",
      [SRV_TOO_SHORT] = "less than 7 octets",
      [SRV_WITHOUT_TARGET] = "less than 7 octets",
      [SRV_TARGET_PAST_RDLENGTH] = "another length than its name",
      [SRV_REST] = "another length than its name",
      [A_LENGTH] = "another length than an IPv4 address",
      [AAAA_LENGTH] = "another length than an IPv6 address",
      [CNAME_REST] = "another length than its name",
      [IN_ADDITIONAL] = "an additional record has a string that runs past its end",
  };
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (int fault = 0; fault < FAULTS; fault++)
    for (uint32_t how = 0; how < 2; how++) {
      const char *name = how == SZTP_DNS_UNICAST ? NAME : "b.example.net";
      dns_begin(m, 1, DNS_RESPONSE);
      dns_question(m, NAME, SZTP_DNS_A, DNS_IN);
      dns_address(m, DNS_ANSWER, name, "\xc0\0\2\1", 4);
      assert_int_equal(hear(ctx, SZTP_DNS_A, how, m->data, m->len), 0);
      spoil(m, fault);
      test_expect_fail(ctx, hear(ctx, SZTP_DNS_A, how, m->data, m->len), SZTP_ERR_DNS, details[fault]);
    }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* Types and classes that nobody asked for may hold anything */
static void test_unknown(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  dns_begin(m, 1, DNS_RESPONSE);
  dns_question(m, NAME, SZTP_DNS_A, DNS_IN);
  dns_address(m, DNS_ANSWER, NAME, "\xc0\0\2\1", 4);
  record(m, DNS_ANSWER, 46, "\xff\xff\xff", 3);
  record(m, DNS_ANSWER, 65535, "", 0);
  size_t start = dns_start(m, DNS_ANSWER, NAME, SZTP_DNS_SRV, 3, 60);
  dns_octets(m, "x", 1);
  dns_end(m, start);
  record(m, DNS_ANSWER, SZTP_DNS_TXT, "", 0);        /* RFC 6763 6.1 takes it for one empty string */
  dns_octets(m, "\0\0\x29\x04\xd0\0\0\0\0\0\0", 11); /* OPT */
  m->data[11] = 1;
  assert_int_equal(hear(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, m->data, m->len), 0);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* An address whose owner's name is behind @p count pointers, each to the one before. */
static void make_chain(dns_message_t *m, int count) {
  dns_begin(m, 1, DNS_RESPONSE);
  dns_question(m, NAME, SZTP_DNS_A, DNS_IN);
  size_t start = dns_start(m, DNS_ANSWER, NAME, 99, DNS_IN, 60);
  size_t last = 12;
  for (int i = 1; i < count; i++) {
    size_t here = m->len;
    dns_pointer(m, last);
    last = here;
  }
  dns_end(m, start);
  dns_pointer(m, last);
  start = dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_A, DNS_IN, 60);
  dns_octets(m, "\xc0\0\2\1", 4);
  dns_end(m, start);
}

/* DNS-31: as many pointers as a name may have labels are no loop; of more, each name of a message could cost
 * as much as the whole message */
static void test_pointer_chain(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  make_chain(m, 127);
  assert_int_equal(hear(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, m->data, m->len), 0);
  make_chain(m, 128);
  test_expect_fail(ctx, hear(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, m->data, m->len), SZTP_ERR_DNS,
                   "an answer has more compression pointers than a name has labels");
  make_chain(m, 5000);
  test_expect_fail(ctx, hear(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, m->data, m->len), SZTP_ERR_DNS,
                   "an answer has more compression pointers than a name has labels");
  free(m);
  test_ctx_free(&memory, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut),     cmocka_unit_test(test_changed),       cmocka_unit_test(test_faults),
      cmocka_unit_test(test_unknown), cmocka_unit_test(test_pointer_chain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
