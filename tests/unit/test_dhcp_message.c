/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the SZTP option in whole DHCP messages. */
#include "common/testing.h"

#include <sztp/artifacts.h>
#include <sztp/discovery.h>

#define COOKIE 0x63, 0x82, 0x53, 0x63
#define ACK    53, 1, 5
#define LIST4                                                                                                \
  0x00, 0x19, 0x68, 0x74, 0x74, 0x70, 0x73, 0x3a, 0x2f, 0x2f, 0x62, 0x6f, 0x6f, 0x74, 0x31, 0x2e, 0x65,      \
      0x78, 0x61, 0x6d
#define LIST35                                                                                               \
  0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65, 0x74, 0x00, 0x1a, 0x68, 0x74, 0x74, 0x70, 0x73, 0x3a, 0x2f, 0x2f,      \
      0x5b, 0x32, 0x30, 0x30, 0x31, 0x3a, 0x64, 0x62, 0x38, 0x3a, 0x3a, 0x35, 0x5d, 0x3a, 0x38, 0x34, 0x34,  \
      0x33

/* What the two runs above make together: the list of the wire examples. */
static const uint8_t WHOLE[] = {LIST4, LIST35};

typedef struct message4 {
  uint8_t octets[600];
  size_t len;
} message4_t;

/* A BOOTREPLY with these options behind the cookie. */
static message4_t reply4(const uint8_t *options, size_t len) {
  static const uint8_t cookie[] = {COOKIE};
  message4_t m;
  memset(&m, 0, sizeof m);
  m.octets[0] = 2;
  memcpy(m.octets + 236, cookie, sizeof cookie);
  assert_true(len <= sizeof m.octets - 240);
  memcpy(m.octets + 240, options, len);
  m.len = 240 + len;
  return m;
}

/* The message sits in memory of its exact size, so that reading beyond is seen. */
static void expect(uint32_t family, const uint8_t *message, size_t len, const uint8_t *value,
                   size_t value_len) {
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *exact = (uint8_t *)malloc(len > 0 ? len : 1);
  uint8_t *out = (uint8_t *)malloc(value_len > 0 ? value_len : 1);
  size_t out_len = 9999;
  assert_non_null(exact);
  assert_non_null(out);
  memcpy(exact, message, len);
  uint32_t code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  assert_int_equal(sztp_dhcp_read(ctx, family, code, exact, len, out, value_len, &out_len), SZTP_OK);
  assert_int_equal(out_len, value_len);
  assert_memory_equal(out, value, value_len);
  if (value_len > 0)
    test_expect_fail(ctx, sztp_dhcp_read(ctx, family, code, exact, len, out, value_len - 1, &out_len),
                     SZTP_ERR_BUFFER, "there is room for");
  free(out);
  free(exact);
  test_ctx_free(&memory, ctx);
}

static void expect_none(uint32_t family, const uint8_t *message, size_t len, const char *why) {
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *exact = (uint8_t *)malloc(len > 0 ? len : 1);
  size_t out_len = 9999;
  uint8_t room[8];
  assert_non_null(exact);
  memcpy(exact, message, len);
  uint32_t code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  test_expect_fail(ctx, sztp_dhcp_read(ctx, family, code, exact, len, room, sizeof room, &out_len),
                   SZTP_ERR_NOT_FOUND, why);
  assert_int_equal(out_len, 9999);
  free(exact);
  test_ctx_free(&memory, ctx);
}

/* DHCP-08, DHCP-10: instances are concatenated, wherever the list is cut, also in a uri-length. */
static void instances_are_concatenated(void **state) {
  (void)state;
  for (size_t cut = 0; cut <= sizeof WHOLE; cut++) {
    uint8_t options[128] = {ACK, 143, (uint8_t)cut};
    size_t n = 5;
    memcpy(options + n, WHOLE, cut);
    n += cut;
    options[n++] = 12; /* a host name between them */
    options[n++] = 1;
    options[n++] = 'h';
    options[n++] = 0; /* pad */
    options[n++] = 143;
    options[n++] = (uint8_t)(sizeof WHOLE - cut);
    memcpy(options + n, WHOLE + cut, sizeof WHOLE - cut);
    n += sizeof WHOLE - cut;
    options[n++] = 255;
    message4_t m = reply4(options, n);
    expect(4, m.octets, m.len, WHOLE, sizeof WHOLE);
  }
}

/* A message with overload @p overload and a part of the value in each field: 'o', 'f', 's'. */
static message4_t overloaded(uint8_t overload) {
  uint8_t options[] = {ACK, 52, 1, overload, 143, 1, 'o', 255};
  message4_t m = reply4(options, sizeof options);
  static const uint8_t sname[] = {143, 1, 's', 255};
  static const uint8_t file[] = {0, 0, 143, 1, 'f', 255};
  memcpy(m.octets + 44, sname, sizeof sname);
  memcpy(m.octets + 108, file, sizeof file);
  return m;
}

/* DHCP-08, DHCP-09: order options, file, sname; only as the overload option says. */
static void overload_decides_on_file_and_sname(void **state) {
  static const struct {
    uint8_t overload;
    const char *value;
  } cases[] = {{0, "o"}, {1, "of"}, {2, "os"}, {3, "ofs"}, {4, "o"}, {255, "o"}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    message4_t m = overloaded(cases[i].overload);
    expect(4, m.octets, m.len, (const uint8_t *)cases[i].value, strlen(cases[i].value));
  }
  message4_t m = overloaded(3);
  m.octets[243] = 60; /* the overload option becomes another */
  expect(4, m.octets, m.len, (const uint8_t *)"o", 1);
  m = overloaded(3);
  m.octets[244] = 0; /* of a wrong length: what follows is a broken field too */
  expect_none(4, m.octets, m.len, "no option 143");
}

/* DHCP-09: an overload option in `file` does not count; the message type may stand there. */
static void overload_counts_in_the_options_field_only(void **state) {
  static const uint8_t options[] = {52, 1, 1, 143, 1, 'o', 255};
  static const uint8_t file[] = {ACK, 52, 1, 3, 143, 1, 'f', 255};
  static const uint8_t sname[] = {143, 1, 's', 255};
  (void)state;
  message4_t m = reply4(options, sizeof options);
  memcpy(m.octets + 108, file, sizeof file);
  memcpy(m.octets + 44, sname, sizeof sname);
  expect(4, m.octets, m.len, (const uint8_t *)"of", 2);
}

/* DHCP-11: the fields end where they end. An option in `file` may not reach into the cookie, nor one in
 * `sname` into `file`. */
static void overloaded_fields_are_bounded(void **state) {
  (void)state;
  message4_t m = overloaded(3);
  memset(m.octets + 108, 0, 128);
  m.octets[108 + 125] = 143; /* claims two octets, has one */
  m.octets[108 + 126] = 2;
  memset(m.octets + 44, 0, 64);
  m.octets[44 + 61] = 143; /* one octet, the field's last */
  m.octets[44 + 62] = 1;
  m.octets[44 + 63] = 'S';
  expect(4, m.octets, m.len, (const uint8_t *)"oS", 2);
}

/* DHCP-11: every beginning of a message is read without harm; a truncated option is dropped. */
static void truncated_messages(void **state) {
  static const uint8_t options[] = {ACK, 143, 3, 'a', 'b', 'c', 143, 2, 'd', 'e', 255};
  (void)state;
  message4_t m = reply4(options, sizeof options);
  for (size_t len = 0; len <= m.len; len++) {
    if (len < 240)
      expect_none(4, m.octets, len, "not a DHCPv4 message");
    else if (len < 243)
      expect_none(4, m.octets, len, "message type 0");
    else if (len < 248)
      expect_none(4, m.octets, len, "no option 143");
    else
      expect(4, m.octets, len, (const uint8_t *)"abcde", len < 252 ? 3 : 5);
  }
}

/* DHCP-11, DHCP-20: what is not a DHCPACK is not read. */
static void other_v4_messages(void **state) {
  static const uint8_t options[] = {ACK, 143, 1, 'x', 255};
  static const struct {
    size_t at;
    uint8_t octet;
    const char *why;
  } cases[] = {
      {0, 1, "op 1"},                 /* a request */
      {236, 0x64, "no magic cookie"}, /* */
      {242, 2, "message type 2"},     /* DHCPOFFER */
      {242, 6, "message type 6"},     /* DHCPNAK */
      {240, 54, "message type 0"},    /* no type at all */
      {241, 2, "message type 0"},     /* a type of two octets */
      {243, 142, "no option 143"},    /* the option is another */
      {240, 255, "message type 0"},   /* nothing behind the end counts */
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    message4_t m = reply4(options, sizeof options);
    m.octets[cases[i].at] = cases[i].octet;
    expect_none(4, m.octets, m.len, cases[i].why);
  }
}

/* DHCP-20: a DHCPACK that answers a DHCPINFORM (yiaddr 0) is one too; an empty value is a value. */
static void acks_are_read(void **state) {
  static const uint8_t options[] = {143, 0, ACK, 255};
  (void)state;
  message4_t m = reply4(options, sizeof options);
  expect(4, m.octets, m.len, (const uint8_t *)"", 0);
}

/* DHCP-12, DHCP-13: the first top-level option 136; none that other options carry. */
static void v6_options(void **state) {
  static const uint8_t nested[] = {7, 1,   2, 3,                                          /* Reply */
                                   0, 3,   0, 17, 0,   0,   0, 1, 0, 0, 0, 2, 0, 0, 0, 3, /* IA_NA ... */
                                   0, 136, 0, 1,  'n',                                    /* ... in it */
                                   0, 136, 0, 2,  'a', 'b',                               /* the first */
                                   0, 136, 0, 1,  'c'};
  (void)state;
  expect(6, nested, sizeof nested, (const uint8_t *)"ab", 2);
  static const uint8_t only_nested[] = {7, 1, 2, 3, 0, 17, 0, 9, 0, 0, 0x7e, 0xd9, 0, 136, 0, 1, 'n'};
  expect_none(6, only_nested, sizeof only_nested, "no option 136");
}

/* DHCP-12: a DHCPv6 Reply around the wire example's option. */
static void v6_wire_example(void **state) {
  uint8_t message[8 + sizeof WHOLE] = {7, 0xaa, 0xbb, 0xcc, 0x00, 0x88, 0x00, 0x37};
  (void)state;
  memcpy(message + 8, WHOLE, sizeof WHOLE);
  expect(6, message, sizeof message, WHOLE, sizeof WHOLE);
}

/* DHCP-11, DHCP-20: other DHCPv6 messages, relayed ones, broken ones. */
static void other_v6_messages(void **state) {
  static const uint8_t reply[] = {7, 1, 2, 3, 0, 1, 0, 1, 'x', 0, 136, 0, 2, 'a', 'b'};
  static const uint8_t types[] = {1,  2,  3,
                                  10, 12, 13}; /* Solicit, Advertise, Request, Reconfigure, relayed */
  uint8_t other[sizeof reply];
  (void)state;
  memcpy(other, reply, sizeof reply);
  for (size_t i = 0; i < sizeof types; i++) {
    other[0] = types[i];
    expect_none(6, other, sizeof other, "not a DHCPv6 Reply");
  }
  for (size_t len = 0; len < sizeof reply; len++)
    expect_none(6, reply, len, len < 4 ? "not a DHCPv6 Reply" : "no option 136");
  expect(6, reply, sizeof reply, (const uint8_t *)"ab", 2);
}

/* What may come of a message that somebody changed: a value that fits, or nothing. */
static void read_anything(sztp_ctx_t *ctx, uint32_t family, const uint8_t *message, size_t len) {
  uint8_t out[600];
  size_t out_len = 0;
  uint32_t code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  int32_t rc = sztp_dhcp_read(ctx, family, code, message, len, out, len, &out_len);
  assert_true(rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND);
  assert_true(out_len < len);
}

/* DHCP-11, DHCP-12, SEC-01: any octet of a message may have any value; what comes before it still counts. */
static void changed_octets(void **state) {
  static const uint8_t reply[] = {7, 1, 2, 3, 0, 1, 0, 1, 'x', 0, 136, 0, 2, 'a', 'b', 0, 2, 0, 0};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  message4_t m = overloaded(3);
  uint8_t *exact = (uint8_t *)malloc(m.len);
  assert_non_null(exact);
  for (size_t at = 0; at < m.len; at++)
    for (unsigned value = 0; value < 256; value++) {
      memcpy(exact, m.octets, m.len);
      exact[at] = (uint8_t)value;
      read_anything(ctx, 4, exact, m.len);
    }
  for (size_t at = 0; at < sizeof reply; at++)
    for (unsigned value = 0; value < 256; value++) {
      memcpy(exact, reply, sizeof reply);
      exact[at] = (uint8_t)value;
      read_anything(ctx, 6, exact, sizeof reply);
      uint8_t out[2];
      size_t len = 0;
      if (at < 15) continue;
      assert_int_equal(sztp_dhcp_read(ctx, 6, 136, exact, sizeof reply, out, sizeof out, &len), SZTP_OK);
      assert_memory_equal(out, "ab", 2);
    }
  free(exact);
  test_ctx_free(&memory, ctx);
}

/* DHCP-01, DHCP-02: what is asked for, and in which messages. */
static void messages_that_ask(void **state) {
  (void)state;
  for (uint32_t message = 0; message < 300; message++) {
    int asks4 = message == 1 || message == 3 || message == 8;
    int asks6 = message == 1 || message == 3 || message == 5 || message == 6 || message == 11;
    assert_int_equal(sztp_dhcp_request(4, message), asks4 ? 143 : 0);
    assert_int_equal(sztp_dhcp_request(6, message), asks6 ? 136 : 0);
    assert_int_equal(sztp_dhcp_request(5, message), 0);
  }
}

/* Other options are read by the same rules. */
static void other_options(void **state) {
  static const uint8_t options[] = {ACK, 54, 4, 192, 0, 2, 1, 255};
  static const uint8_t reply[] = {7, 1, 2, 3, 0, 2, 0, 1, 'x', 2, 0, 0, 1, 'y'};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  message4_t m = reply4(options, sizeof options);
  uint8_t out[4];
  size_t len = 0;
  assert_int_equal(sztp_dhcp_read(ctx, 4, 54, m.octets, m.len, out, sizeof out, &len), SZTP_OK);
  assert_int_equal(len, 4);
  assert_memory_equal(out, options + 5, 4);
  assert_int_equal(sztp_dhcp_read(ctx, 6, 2, reply, sizeof reply, out, sizeof out, &len), SZTP_OK);
  assert_true(len == 1 && out[0] == 'x');
  assert_int_equal(sztp_dhcp_read(ctx, 6, 512, reply, sizeof reply, out, sizeof out, &len), SZTP_OK);
  assert_true(len == 1 && out[0] == 'y');
  test_expect_fail(ctx, sztp_dhcp_read(ctx, 6, 3, reply, sizeof reply, out, sizeof out, &len),
                   SZTP_ERR_NOT_FOUND, "no option 3 in the DHCPv6 Reply");
  test_ctx_free(&memory, ctx);
}

static void arguments(void **state) {
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  size_t len = 0;
  (void)state;
  uint8_t room[4];
  assert_int_equal(sztp_dhcp_read(NULL, 4, 143, WHOLE, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 5, 143, WHOLE, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 4, 0, WHOLE, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 4, 255, WHOLE, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 6, 65536, WHOLE, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 4, 143, NULL, 1, room, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 4, 143, WHOLE, 1, NULL, 4, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_read(ctx, 4, 143, WHOLE, 1, room, 4, NULL), SZTP_ERR_ARG);
  test_ctx_free(&memory, ctx);
}

static int32_t take_option(sztp_ctx_t *ctx, void *user) {
  const message4_t *m = user;
  size_t len = 0;
  uint8_t value[16];
  return sztp_dhcp_read(ctx, 4, 143, m->octets, m->len, value, sizeof value, &len);
}

static void memory_runs_out(void **state) {
  (void)state;
  message4_t m = overloaded(3);
  assert_true(test_every_allocation(take_option, &m) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(instances_are_concatenated),
      cmocka_unit_test(overload_decides_on_file_and_sname),
      cmocka_unit_test(overload_counts_in_the_options_field_only),
      cmocka_unit_test(overloaded_fields_are_bounded),
      cmocka_unit_test(truncated_messages),
      cmocka_unit_test(other_v4_messages),
      cmocka_unit_test(acks_are_read),
      cmocka_unit_test(v6_options),
      cmocka_unit_test(v6_wire_example),
      cmocka_unit_test(other_v6_messages),
      cmocka_unit_test(changed_octets),
      cmocka_unit_test(messages_that_ask),
      cmocka_unit_test(other_options),
      cmocka_unit_test(arguments),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
