/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the two messages, and compares what comes back with them. */
#include "dhcp_wire.h"

#include <string.h>
#include <sztp/discovery.h>
#include <sztp/error.h>

#include "common/octets.h"

enum { /* DHCPv4: places in the fixed header (RFC 2131 2), and options (RFC 2132) */
       V4_HTYPE = 1,
       V4_HLEN = 2,
       V4_XID = 4,
       V4_SECS = 8,
       V4_CIADDR = 12,
       V4_CHADDR = 28,
       V4_COOKIE = 236,
       V4_LEAST = 300, /* what relays and servers of BOOTP take (RFC 1542 2.1) */
       V4_MESSAGE_TYPE = 53,
       V4_REQUEST_LIST = 55,
       V4_MOST = 57,
       V4_END = 255,
       V4_INFORM = 8
};

enum { /* DHCPv6 (RFC 8415 21) */
       V6_CLIENT_ID = 1,
       V6_SERVER_ID = 2,
       V6_REQUEST = 6,
       V6_ELAPSED = 8,
       V6_REFRESH_TIME = 32,
       V6_INF_MAX_RT = 83,
       V6_INFORMATION_REQUEST = 11,
       V6_DUID_LL = 3,
       V6_DUID_ROOM = 4 + DHCP_WIRE_HARDWARE
};

/* 1500 octets on the wire, so that a long list is not cut when it would fit. */
enum { V4_MESSAGE_MOST = 1500 };

static void write_id(uint8_t *p, uint32_t id) {
  (void)octets_put16(p, id >> 16);
  (void)octets_put16(p + 2, id & 0xffff);
}

size_t dhcp_write_inform(const dhcp_client_t *c, uint64_t ms, uint8_t out[DHCP_WIRE_ROOM]) {
  static const uint8_t head[] = {0x63, 0x82, 0x53, 0x63, V4_MESSAGE_TYPE, 1, V4_INFORM, V4_REQUEST_LIST, 1};
  memset(out, 0, DHCP_WIRE_ROOM);
  out[0] = 1; /* BOOTREQUEST */
  out[V4_HTYPE] = (uint8_t)c->hardware_type;
  out[V4_HLEN] = c->hardware_len;
  write_id(out + V4_XID, c->id);
  (void)octets_put16(out + V4_SECS, ms / 1000 > 65535 ? 65535 : (uint32_t)(ms / 1000));
  memcpy(out + V4_CIADDR, c->address, sizeof c->address);
  memcpy(out + V4_CHADDR, c->hardware, c->hardware_len);
  uint8_t *p = out + V4_COOKIE;
  memcpy(p, head, sizeof head);
  p += sizeof head;
  *p++ = (uint8_t)sztp_dhcp_request(4, V4_INFORM);
  *p++ = V4_MOST;
  *p++ = 2;
  p = octets_put16(p, V4_MESSAGE_MOST);
  *p = V4_END;
  return V4_LEAST;
}

/* DUID-LL: it is the same every time without being stored. Returns its length. */
static size_t write_duid(const dhcp_client_t *c, uint8_t out[V6_DUID_ROOM]) {
  uint8_t *p = octets_put16(octets_put16(out, V6_DUID_LL), c->hardware_type);
  memcpy(p, c->hardware, c->hardware_len);
  return 4 + (size_t)c->hardware_len;
}

size_t dhcp_write_information_request(const dhcp_client_t *c, uint64_t ms, uint8_t out[DHCP_WIRE_ROOM]) {
  uint8_t duid[V6_DUID_ROOM];
  size_t duid_len = write_duid(c, duid);
  uint64_t hundredths = ms / 10;
  write_id(out, c->id);
  out[0] = V6_INFORMATION_REQUEST;
  uint8_t *p = out + 4;
  if (c->hardware_len > 0) {
    p = octets_put16(octets_put16(p, V6_CLIENT_ID), (uint32_t)duid_len);
    memcpy(p, duid, duid_len);
    p += duid_len;
  }
  p = octets_put16(octets_put16(octets_put16(p, V6_ELAPSED), 2),
                   hundredths > 65535 ? 65535 : (uint32_t)hundredths);
  p = octets_put16(octets_put16(p, V6_REQUEST), 6);
  p = octets_put16(
      octets_put16(octets_put16(p, sztp_dhcp_request(6, V6_INFORMATION_REQUEST)), V6_REFRESH_TIME),
      V6_INF_MAX_RT);
  return (size_t)(p - out);
}

/* RFC 2131 4.4.3: a DHCPACK with the same identifier. The message type is checked by sztp_dhcp_read(). */
static int answers_inform(sztp_ctx_t *ctx, const dhcp_client_t *c, const uint8_t *message, size_t len) {
  uint8_t own[4], type;
  size_t type_len = 0;
  write_id(own, c->id);
  return sztp_dhcp_read(ctx, 4, V4_MESSAGE_TYPE, message, len, &type, 1, &type_len) == SZTP_OK &&
         memcmp(message + V4_XID, own, sizeof own) == 0 &&
         memcmp(message + V4_CHADDR, c->hardware, c->hardware_len) == 0;
}

/* RFC 8415 16.10: a Reply with a server's identifier and, if there is one, the client's own. */
static int answers_information_request(sztp_ctx_t *ctx, const dhcp_client_t *c, const uint8_t *message,
                                       size_t len) {
  uint8_t own[4], duid[V6_DUID_ROOM], id[130]; /* no DUID is longer (RFC 8415 11.1) */
  size_t id_len = 0, duid_len = write_duid(c, duid);
  write_id(own, c->id);
  if (sztp_dhcp_read(ctx, 6, V6_SERVER_ID, message, len, id, sizeof id, &id_len) != SZTP_OK) return 0;
  if (memcmp(message + 1, own + 1, 3) != 0) return 0;
  int32_t code = sztp_dhcp_read(ctx, 6, V6_CLIENT_ID, message, len, id, sizeof id, &id_len);
  if (code == SZTP_ERR_NOT_FOUND) return 1;
  return code == SZTP_OK && id_len == duid_len && memcmp(id, duid, duid_len) == 0;
}

int dhcp_is_answer(sztp_ctx_t *ctx, uint32_t family, const dhcp_client_t *c, const uint8_t *message,
                   size_t len) {
  if (len == 0) return 0;
  return family == 4 ? answers_inform(ctx, c, message, len)
                     : answers_information_request(ctx, c, message, len);
}
