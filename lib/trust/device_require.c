/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates must say of themselves beyond what RFC 8572 asks for: purposes and policies (D-117). */
#include "ground/text.h"
#include "trust/device_private.h"

#define OID_OCTETS_MAX 64
#define ARC_GROUPS     5 /* of seven bits: 32 bits */

static int32_t not_an_oid(sztp_device_t *dev, sztp__span_t text) {
  char shown[SZTP__NAME_SIZE];
  return sztp__fail(dev->ctx, SZTP_ERR_TEXT, "device.require", "\"%s\" is no object identifier as 1.3.6.1",
                    sztp__printable(shown, sizeof shown, text));
}

/* Takes a number of 32 bits without leading zeros, and the dot behind it. 1, or 0 if there is none. */
static int take_arc(sztp__span_t *text, uint32_t *arc) {
  uint64_t value = 0;
  size_t n = 0;
  while (n < text->len && text->data[n] >= '0' && text->data[n] <= '9' && value <= UINT32_MAX)
    value = value * 10 + (uint64_t)(text->data[n++] - '0');
  if (n == 0 || value > UINT32_MAX || (n > 1 && text->data[0] == '0')) return 0;
  if (n < text->len && (text->data[n] != '.' || n + 1 == text->len)) return 0;
  if (n < text->len) n++;
  *text = sztp__span(text->data + n, text->len - n);
  *arc = (uint32_t)value;
  return 1;
}

static size_t encode_arc(uint8_t *out, uint64_t arc) {
  size_t groups = 1;
  while (groups <= ARC_GROUPS && arc >> (7 * groups) != 0) groups++;
  for (size_t i = 0; i < groups; i++)
    out[i] = (uint8_t)((arc >> (7 * (groups - 1 - i)) & 0x7f) | (i + 1 < groups ? 0x80 : 0));
  return groups;
}

/* From dotted numbers to contents octets; 0 if the text is none. */
static size_t read_oid(sztp__span_t text, uint8_t out[OID_OCTETS_MAX]) {
  uint32_t first;
  uint32_t arc;
  if (!take_arc(&text, &first) || text.len == 0 || !take_arc(&text, &arc)) return 0;
  if (first > 2 || (first < 2 && arc > 39)) return 0;
  size_t len = encode_arc(out, (uint64_t)first * 40 + arc);
  while (text.len > 0) {
    if (len + ARC_GROUPS + 1 > OID_OCTETS_MAX || !take_arc(&text, &arc)) return 0;
    len += encode_arc(out + len, arc);
  }
  return len;
}

int32_t sztp_device_require(sztp_device_t *dev, uint32_t what, const char *oid) {
  uint8_t octets[OID_OCTETS_MAX];
  if (dev == NULL || oid == NULL || what == 0 || what >= SZTP__REQUIREMENTS) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  if (!SZTP__CONSTRAINTS && (what == SZTP_REQUIRE_VOUCHER_POLICY || what == SZTP_REQUIRE_OWNER_POLICY))
    return sztp__fail(dev->ctx, SZTP_ERR_UNSUPPORTED, "device.require",
                      "this library was built without certificate policies (SZTP_FEATURE_CONSTRAINTS)");
  size_t len = read_oid(sztp__span_of(oid), octets);
  if (len == 0) return not_an_oid(dev, sztp__span_of(oid));
  if (dev->required[what] == NULL) dev->required[what] = sztp__alloc(dev->ctx, sizeof *dev->required[what]);
  sztp__oids_t *to = dev->required[what];
  if (to == NULL) return SZTP_ERR_MEMORY;
  if (to->count == SZTP__OIDS_MAX)
    return sztp__fail(dev->ctx, SZTP_ERR_LIMIT, "device.require", "more than %d of a kind", SZTP__OIDS_MAX);
  uint8_t *copy = sztp__copy(dev->ctx, octets, len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  to->oid[to->count++] = sztp__span(copy, len);
  return SZTP_OK;
}
