/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's own questions to DHCP servers, octet by octet, what counts as an answer to them, and what DHCP
 * clients leave in files. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/file.c"
#include "common/list.c"
#include "common/octets.c"
#include "sztp-agent/dhcp_packet.c"
#include "sztp-agent/dhcp_places.c"
#include "sztp-agent/dhcp_wire.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/leases.c"

#include "agent_files.h"

static const dhcp_client_t client = {0xaabbccdd, 1, 6, {0x02, 0, 0x5e, 0x10, 0, 0x17, 0, 0}, {192, 0, 2, 17}};

/* ---- questions ----------------------------------------------------------------------------------- */

/* DHCP-01: DHCPINFORM (RFC 2131 4.4.3) with 143 in its parameter request list */
static void test_inform(void **state) {
  static const uint8_t head[] = {1,   1, 6, 0,  0xaa, 0xbb, 0xcc, 0xdd, 0, 4,    0, 0,
                                 192, 0, 2, 17, 0,    0,    0,    0,    0, 0,    0, 0,
                                 0,   0, 0, 0,  0x02, 0,    0x5e, 0x10, 0, 0x17, 0, 0};
  static const uint8_t options[] = {0x63, 0x82, 0x53, 0x63, 53, 1, 8, 55, 1, 143, 57, 2, 0x05, 0xdc, 255, 0};
  static const uint8_t zeros[200] = {0};
  (void)state;
  uint8_t out[DHCP_WIRE_ROOM];
  memset(out, 0xee, sizeof out);
  assert_int_equal(dhcp_write_inform(&client, 4999, out), 300);
  assert_memory_equal(out, head, sizeof head);
  assert_memory_equal(out + sizeof head, zeros, 236 - sizeof head);
  assert_memory_equal(out + 236, options, sizeof options);
  (void)dhcp_write_inform(&client, UINT64_C(90000000), out);
  assert_true(out[8] == 0xff && out[9] == 0xff);
}

/* DHCP-02: an Information-request (RFC 8415 18.2.6) with 136, and what must be asked for with it */
static void test_information_request(void **state) {
  static const uint8_t message[] = {11,   0xbb, 0xcc, 0xdd, 0, 1,    0, 10, 0, 3, 0,    1,
                                    0x02, 0,    0x5e, 0x10, 0, 0x17, 0, 8,  0, 2, 0x01, 0x2c,
                                    0,    6,    0,    6,    0, 136,  0, 32, 0, 83};
  (void)state;
  uint8_t out[DHCP_WIRE_ROOM];
  assert_int_equal(dhcp_write_information_request(&client, 3000, out), sizeof message);
  assert_memory_equal(out, message, sizeof message);
  (void)dhcp_write_information_request(&client, UINT64_C(90000000), out);
  assert_true(out[22] == 0xff && out[23] == 0xff);
  dhcp_client_t nameless = client;
  nameless.hardware_len = 0; /* it then has no identifier to give */
  assert_int_equal(dhcp_write_information_request(&nameless, 0, out), sizeof message - 14);
  assert_int_equal(out[5], 8);
}

/* ---- answers ------------------------------------------------------------------------------------- */

static int answers(uint32_t family, const uint8_t *message, size_t len) {
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *exact = (uint8_t *)malloc(len > 0 ? len : 1);
  assert_non_null(exact);
  memcpy(exact, message, len);
  int result = dhcp_is_answer(ctx, family, &client, exact, len);
  free(exact);
  test_ctx_free(&memory, ctx);
  return result;
}

/* DHCP-20, RFC 2131 4.4.3: a DHCPACK to this exchange, of this device */
static void test_acks(void **state) {
  static const uint8_t options[] = {0x63, 0x82, 0x53, 0x63, 53, 1, 5, 255};
  static const struct {
    size_t at;
    uint8_t octet;
  } other[] = {{0, 1}, {4, 0}, {7, 0xdc}, {28, 3}, {33, 0x18}, {236, 0}, {242, 2}, {242, 6}, {240, 54}};
  (void)state;
  uint8_t ack[244] = {2, 1, 6, 0, 0xaa, 0xbb, 0xcc, 0xdd};
  memcpy(ack + 28, client.hardware, 6);
  memcpy(ack + 236, options, sizeof options);
  assert_true(answers(4, ack, sizeof ack));
  for (size_t i = 0; i < TEST_COUNT_OF(other); i++) {
    uint8_t changed[sizeof ack];
    memcpy(changed, ack, sizeof ack);
    changed[other[i].at] = other[i].octet;
    assert_false(answers(4, changed, sizeof changed));
  }
  for (size_t len = 0; len < 243; len++) assert_false(answers(4, ack, len));
}

/* DHCP-20, RFC 8415 16.10: a Reply to this exchange, with a server's identifier and no other client's */
static void test_replies(void **state) {
  static const uint8_t reply[] = {7, 0xbb, 0xcc, 0xdd, 0, 2, 0,    3, 0,    9,    9, 0,   1,
                                  0, 10,   0,    3,    0, 1, 0x02, 0, 0x5e, 0x10, 0, 0x17};
  (void)state;
  assert_true(answers(6, reply, sizeof reply));
  assert_true(answers(6, reply, 11)); /* servers need not repeat what a client did not say */
  for (size_t len = 0; len < 11; len++) assert_false(answers(6, reply, len));
  static const struct {
    size_t at;
    uint8_t octet;
  } other[] = {{0, 2}, {0, 11}, {1, 0}, {3, 0xdc}, {5, 3}, {24, 0x18}, {18, 2}, {14, 9}};
  for (size_t i = 0; i < TEST_COUNT_OF(other); i++) {
    uint8_t changed[sizeof reply];
    memcpy(changed, reply, sizeof reply);
    changed[other[i].at] = other[i].octet;
    assert_false(answers(6, changed, sizeof changed));
  }
}

/* ---- packets ------------------------------------------------------------------------------------- */

static const uint8_t link_local[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17};

static uint32_t folded(uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return total;
}

static void test_packets_are_written(void **state) {
  static const uint8_t v4[] = {0x45, 0,   0,   31,  0, 0,  0, 0,  64, 17, 0, 0, 192, 0,   2,  17,
                               255,  255, 255, 255, 0, 68, 0, 67, 0,  11, 0, 0, 'a', 'b', 'c'};
  (void)state;
  uint8_t out[DHCP_PACKET_HEADS + 3];
  assert_int_equal(dhcp_packet_write(4, client.address, (const uint8_t *)"abc", 3, out), sizeof v4);
  assert_int_equal(folded(sum(out, 20)), 0xffff);
  out[10] = out[11] = 0;
  assert_memory_equal(out, v4, sizeof v4);
  assert_int_equal(dhcp_packet_write(6, link_local, (const uint8_t *)"abc", 3, out), 51);
  assert_memory_equal(out, "\x60\0\0\0\0\x0b\x11\x01", 8);
  assert_memory_equal(out + 8, link_local, 16);
  assert_memory_equal(out + 24, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\x02", 16);
  assert_memory_equal(out + 40, "\x02\x22\x02\x23\0\x0b", 6);
  assert_int_equal(folded(sum(out + 8, 32) + 11 + 17 + sum(out + 40, 11)), 0xffff);
}

/* A packet in memory of its exact size. The octets of the message, or -1 if there is none. */
static int message_in(uint32_t family, const uint8_t *packet, size_t len) {
  uint8_t *exact = (uint8_t *)malloc(len > 0 ? len : 1);
  const uint8_t *message = NULL, *from = NULL;
  size_t message_len = 0;
  assert_non_null(exact);
  memcpy(exact, packet, len);
  int found = dhcp_packet_read(family, exact, len, &message, &message_len, &from);
  if (found) {
    assert_true(message + message_len <= exact + len);
    assert_memory_equal(from, packet + (family == 4 ? 12 : 8), family == 4 ? 4 : 16);
  }
  free(exact);
  return found ? (int)message_len : -1;
}

/* DHCP-11, DHCP-12, SEC-01: packets that are cut, or in which any octet is anything */
static void test_packets_are_read(void **state) {
  (void)state;
  uint8_t v4[64] = {0x46, 0,  0, 35, 0, 0, 0x40, 0,  64, 17, 0, 0,  192, 0, 2,   1,   192, 0,
                    2,    17, 1, 1,  1, 1, 0,    67, 0,  68, 0, 11, 0,   0, 'a', 'b', 'c', 'p'};
  uint8_t v6[64] = {0x60, 0, 0, 0, 0, 11, 17, 64};
  memcpy(v6 + 8, link_local, 16);
  memcpy(v6 + 40, "\x02\x23\x02\x22\0\x0b\0\0abc", 11);
  assert_int_equal(message_in(4, v4, 36), 3); /* what links pad is not of the message */
  assert_int_equal(message_in(4, v4, 35), 3);
  assert_int_equal(message_in(6, v6, 51), 3);
  for (size_t len = 0; len < 35; len++) assert_int_equal(message_in(4, v4, len), -1);
  for (size_t len = 0; len < 51; len++) assert_int_equal(message_in(6, v6, len), -1);
  static const struct {
    size_t at;
    uint8_t octet;
  } other[] = {{0, 0x64}, {0, 0x44}, {0, 0x4f}, {9, 6},   {6, 0x20},
               {7, 1},    {27, 67},  {29, 7},   {29, 13}, {28, 1}};
  for (size_t i = 0; i < TEST_COUNT_OF(other); i++) {
    uint8_t changed[36];
    memcpy(changed, v4, sizeof changed);
    changed[other[i].at] = other[i].octet;
    assert_int_equal(message_in(4, changed, sizeof changed), -1);
  }
  for (size_t at = 0; at < 51; at++)
    for (unsigned octet = 0; octet < 256; octet++) {
      uint8_t changed[64];
      memcpy(changed, v6, sizeof changed);
      changed[at] = (uint8_t)octet;
      assert_true(message_in(6, changed, 51) <= 3);
      memcpy(changed, v4, sizeof changed);
      changed[at] = (uint8_t)octet;
      assert_true(message_in(4, changed, 36) <= 8);
    }
}

/* ---- leases -------------------------------------------------------------------------------------- */

static config_t config;
static const link_t eth0 = {7, "eth0", 1, 1};

/* What the client's file has; "" is nothing, a sentence with a blank a fault. */
static void expect_lease(size_t from, uint32_t family, const char *wanted, size_t wanted_len) {
  char path[LEASES_PATH];
  uint8_t *out = NULL;
  size_t len = 0;
  const char *fault = NULL;
  int found = leases_read(&config, from, &eth0, family, path, &out, &len, &fault);
  if (wanted_len == 0) {
    assert_int_equal(found, *wanted == 0 ? 0 : -1);
    assert_null(out);
    if (*wanted != 0) assert_non_null(strstr(fault, wanted));
    return;
  }
  assert_int_equal(found, 1);
  assert_int_equal(len, wanted_len);
  assert_memory_equal(out, wanted, wanted_len);
  free(out);
}

/* DISC-11, DHCP-03: what the hooks wrote, however the client writes octets */
static void test_hooks(void **state) {
  (void)state;
  expect_lease(0, 4, "", 0);
  put_file("hooks/eth0.143", "0:9:68:74:74:70:73:3a:2f:2f:68");
  put_file("hooks/eth0.136", "000968747470733a2f2f68\n");
  put_file("hooks/eth1.143", "00");
  expect_lease(0, 4, "\0\x09https://h", 11);
  expect_lease(0, 6, "\0\x09https://h", 11);
  put_file("hooks/eth0.143", "https://h"); /* bare text: for the library to judge */
  expect_lease(0, 4, "https://h", 9);
  put_file("hooks/eth0.143", "");
  expect_lease(0, 4, "", 0);
  put_file("hooks/eth0.143", "00:1:2:x");
  expect_lease(0, 4, "the option's value is no hex", 0);
  char *file = in_root("hooks/eth0.143"), *folder = in_root("hooks/eth0.136");
  assert_int_equal(unlink(file), 0);
  assert_int_equal(unlink(folder), 0);
  assert_int_equal(mkdir(folder, 0755), 0);
  expect_lease(0, 4, "", 0);
  expect_lease(0, 6, "directory", 0);
  free(file);
  free(folder);
}

/* systemd-networkd 252 writes lines like these, of which it keeps options from 224 on; the line for 143 is
 * what a networkd would write that kept it */
static void test_networkd(void **state) {
  static const char lease[] =
      "# This is private data. Do not parse.\nADDRESS=192.0.2.51\nSERVER_ADDRESS=192.0.2.1\n"
      "CLIENTID=ff6a517ae500020000ab110033bdebf95e192c\nOPTION_231=010203\n";
  (void)state;
  char text[400];
  put_file("networkd/7", lease);
  expect_lease(1, 4, "", 0);
  (void)snprintf(text, sizeof text, "%sOPTION_143=000968747470733a2f2f68\nOPTION_1431=00\n", lease);
  put_file("networkd/7", text);
  expect_lease(1, 4, "\0\x09https://h", 11);
  expect_lease(1, 6, "", 0);
  put_file("networkd/7", "XOPTION_143=00\nOPTION_143\nOPTION_143=");
  expect_lease(1, 4, "", 0);
  put_file("networkd/7", "OPTION_143=0102"); /* no end of the last line */
  expect_lease(1, 4, "\x01\x02", 2);
}

/* NetworkManager 1.42 with dhclient writes one of the first two names, as dhclient.conf declares the option
 * or not */
static void test_networkmanager(void **state) {
  static const char *const lines[] = {"dhcp4.sztp_redirect=0:9:68:74:74:70:73:3a:2f:2f:68\n",
                                      "dhcp4.unknown_143=0:9:68:74:74:70:73:3a:2f:2f:68\n"};
  (void)state;
  char text[400];
  expect_lease(2, 4, "", 0);
  for (size_t i = 0; i < TEST_COUNT_OF(lines); i++) {
    (void)snprintf(text, sizeof text, "[device]\nmanaged=true\n\n[dhcp4]\ndhcp4.private_231=01:02:03\n%s",
                   lines[i]);
    put_file("nm/7", text);
    expect_lease(2, 4, "\0\x09https://h", 11);
    expect_lease(2, 6, "", 0);
  }
  put_file("nm/7", "[dhcp6]\ndhcp6.dhcp6_sztp_redirect=0:1:2\n");
  expect_lease(2, 6, "\0\x01\x02", 3);
  expect_lease(2, 4, "", 0);
}

static int begin(void **state) {
  if (group_begin(state) != 0) return -1;
  config.dhcp.hooks = in_root("hooks");
  config.dhcp.networkd = in_root("networkd");
  config.dhcp.networkmanager = in_root("nm");
  return 0;
}

static int end(void **state) {
  free(config.dhcp.hooks);
  free(config.dhcp.networkd);
  free(config.dhcp.networkmanager);
  return group_end(state);
}

/* ---- places -------------------------------------------------------------------------------------- */

static void add_place(dhcp_places_t *places, const char *link, unsigned number) {
  uint8_t *value = (uint8_t *)malloc(sizeof number);
  assert_non_null(value);
  memcpy(value, &number, sizeof number);
  dhcp_places_add(places, 4, link, "from", "192.0.2.1", value, sizeof number);
}

static int has_place(const dhcp_places_t *places, unsigned number) {
  const dhcp_place_t *p;
  for (size_t n = 0; (p = dhcp_places_nth(places, 4, n)) != NULL; n++)
    if (memcmp(p->value, &number, sizeof number) == 0) return 1;
  return 0;
}

/* DISC-12: where a link gives more values than there are places, chance decides which of the later ones have
 * one; the earlier half stays, and so does what other links gave. Of 200 values each later one has 40 chances
 * in 160. */
static void test_crowd(void **state) {
  static dhcp_places_t places;
  unsigned kept = 0;
  (void)state;
  for (unsigned run = 0; run < 200; run++) {
    add_place(&places, "eth1", 1000);
    for (unsigned i = 0; i < 200; i++) add_place(&places, "eth0", i);
    add_place(&places, "eth0", 3); /* known */
    assert_int_equal(places.count, DHCP_OF_LINK + 1);
    assert_true(has_place(&places, 1000));
    for (unsigned i = 0; i < FIRST_COME; i++) assert_true(has_place(&places, i));
    kept += has_place(&places, 150) ? 1 : 0;
    dhcp_places_free(&places);
  }
  assert_in_range(kept, 10, 110); /* 50 expected; outside once in 10^9 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_crowd),
      cmocka_unit_test(test_inform),
      cmocka_unit_test(test_information_request),
      cmocka_unit_test(test_acks),
      cmocka_unit_test(test_replies),
      cmocka_unit_test(test_packets_are_written),
      cmocka_unit_test(test_packets_are_read),
      cmocka_unit_test(test_hooks),
      cmocka_unit_test(test_networkd),
      cmocka_unit_test(test_networkmanager),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
