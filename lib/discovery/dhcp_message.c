/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP messages as RFC 2131, RFC 3396 and RFC 8415 have them, read for one option's value alone; and which
 * messages ask for the option. */
#include "discovery/dhcp_message.h"

#include <sztp/discovery.h>

#define V4_OP        0 /* offsets in the fixed header (RFC 2131 2) */
#define V4_SNAME     44
#define V4_FILE      108
#define V4_COOKIE    236
#define V4_OPTIONS   240
#define V4_BOOTREPLY 2

#define V4_PAD       0
#define V4_OVERLOAD  52
#define V4_TYPE      53
#define V4_END       255
#define V4_ACK       5

#define V6_REPLY     7
#define V6_OPTIONS   4 /* after message type and transaction identifier */

struct option {
  uint32_t code;
  sztp__span_t value;
};

/* The next DHCPv4 option of @p field; 0 at its end or where it is broken: what came before it counts
 * (DHCP-11). */
static int v4_next(sztp__span_t *field, struct option *o) {
  const uint8_t *p = field->data;
  size_t left = field->len;
  while (left > 0 && *p == V4_PAD) {
    p++;
    left--;
  }
  if (left < 2 || *p == V4_END) return 0;
  size_t len = p[1];
  if (len > left - 2) return 0;
  o->code = p[0];
  o->value = sztp__span(p + 2, len);
  *field = sztp__span(p + 2 + len, left - 2 - len);
  return 1;
}

static int32_t v6_option(sztp_ctx_t *ctx, uint32_t wanted, sztp__span_t message, sztp__buf_t *out) {
  if (message.len < V6_OPTIONS || message.data[0] != V6_REPLY)
    return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp.message", "not a DHCPv6 Reply");
  const uint8_t *p = message.data + V6_OPTIONS;
  size_t left = message.len - V6_OPTIONS;
  while (left >= 4) {
    uint32_t code = (uint32_t)p[0] << 8 | p[1];
    size_t len = (size_t)p[2] << 8 | p[3];
    if (len > left - 4) break;
    /* A singleton: later instances don't count (DHCP-13), nor does what other options carry (DHCP-12). */
    if (code == wanted) return sztp__buf_add(out, p + 4, len);
    p += 4 + len;
    left -= 4 + len;
  }
  return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp.message", "no option %u in the DHCPv6 Reply",
                    (unsigned)wanted);
}

/* The value of an option of one octet, the first time it occurs in @p field; 0 if it does not, or has another
 * length. Neither option that is read with this knows a value 0. */
static uint8_t v4_octet(sztp__span_t field, uint32_t code) {
  struct option o;
  while (v4_next(&field, &o))
    if (o.code == code) return o.value.len == 1 ? o.value.data[0] : 0;
  return 0;
}

/* The fields that hold options, in the order in which RFC 3396 5 concatenates them. */
static size_t v4_fields(sztp__span_t message, sztp__span_t fields[3]) {
  size_t n = 0;
  fields[n++] = sztp__span(message.data + V4_OPTIONS, message.len - V4_OPTIONS);
  uint8_t overload = v4_octet(fields[0], V4_OVERLOAD);
  if (overload == 1 || overload == 3) fields[n++] = sztp__span(message.data + V4_FILE, V4_COOKIE - V4_FILE);
  if (overload == 2 || overload == 3) fields[n++] = sztp__span(message.data + V4_SNAME, V4_FILE - V4_SNAME);
  return n;
}

static int32_t v4_option(sztp_ctx_t *ctx, uint32_t wanted, sztp__span_t message, sztp__buf_t *out) {
  static const uint8_t cookie[4] = {0x63, 0x82, 0x53, 0x63};
  if (message.len < V4_OPTIONS || memcmp(message.data + V4_COOKIE, cookie, sizeof cookie) != 0)
    return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp.message",
                      "not a DHCPv4 message: too short, or no magic cookie");
  sztp__span_t fields[3];
  size_t n = v4_fields(message, fields);
  uint8_t type = 0;
  for (size_t i = 0; i < n && type == 0; i++) type = v4_octet(fields[i], V4_TYPE);
  if (message.data[V4_OP] != V4_BOOTREPLY || type != V4_ACK)
    return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp.message",
                      "op %u, message type %u; a DHCPACK (2, 5) is wanted", (unsigned)message.data[V4_OP],
                      (unsigned)type);
  struct option o;
  int found = 0;
  for (size_t i = 0; i < n; i++)
    while (v4_next(&fields[i], &o)) {
      if (o.code != wanted) continue;
      found = 1;
      sztp__buf_add_span(out, o.value);
    }
  if (found) return out->status;
  return sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp.message", "no option %u in the DHCPACK", (unsigned)wanted);
}

int32_t sztp__dhcp_option(sztp_ctx_t *ctx, uint32_t family, uint32_t code, const uint8_t *message, size_t len,
                          sztp__buf_t *out) {
  sztp__span_t all = sztp__span(message, len);
  return family == 4 ? v4_option(ctx, code, all, out) : v6_option(ctx, code, all, out);
}

int32_t sztp_dhcp_read(sztp_ctx_t *ctx, uint32_t family, uint32_t code, const uint8_t *message, size_t len,
                       uint8_t *out, size_t cap, size_t *out_len) {
  const uint32_t last = family == 4 ? V4_END - 1 : 65535;
  if (ctx == NULL || (family != 4 && family != 6) || code == V4_PAD || code > last || message == NULL ||
      (out == NULL && cap > 0) || out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__buf_t value;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__buf_init(&value, ctx, len);
  int32_t rc = sztp__dhcp_option(ctx, family, code, message, len, &value);
  if (rc == SZTP_OK && value.len > cap)
    rc =
        sztp__fail(ctx, SZTP_ERR_BUFFER, "dhcp.message", "%zu octets, there is room for %zu", value.len, cap);
  else if (rc == SZTP_OK && value.len > 0)
    memcpy(out, value.data, value.len);
  if (rc == SZTP_OK) *out_len = value.len;
  sztp__buf_clear(&value);
  return rc;
}

uint32_t sztp_dhcp_request(uint32_t family, uint32_t message) {
  static const uint8_t v4[] = {1, 3, 8};        /* DHCPDISCOVER, DHCPREQUEST, DHCPINFORM */
  static const uint8_t v6[] = {1, 3, 5, 6, 11}; /* Solicit, Request, Renew, Rebind, Information-request */
  const uint8_t *types = family == 4 ? v4 : v6;
  size_t count = family == 4 ? sizeof v4 : family == 6 ? sizeof v6 : 0;
  for (size_t i = 0; i < count; i++)
    if (types[i] == message) return family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  return 0;
}
