/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes bootstrap-server-list (RFC 8572 8.3) and writes it the way DHCP servers want it in their
 * configuration. */
#include <sztp/artifacts.h>
#include <sztp/discovery.h>

#include "formats/uri.h"
#include "ground/text.h"

#define ENTRIES_MAX 64    /* devices keep no more (DHCP-18) */
#define VALUE_MAX   65535 /* of a DHCPv6 option; longer URIs don't exist */
#define ONE_OPTION  255   /* octets in one instance of a DHCPv4 option */
#define SCHEME      "https://"
#define SCHEME_LEN  8

/* The URI in the exact form of RFC 8572 8.3: what receivers merely tolerate (D-26) is straightened. */
static int32_t add_entry(sztp_ctx_t *ctx, sztp__span_t uri, sztp__buf_t *out) {
  sztp__authority_t authority;
  int32_t rc = sztp__uri_server(ctx, uri, &authority);
  if (rc < 0) return rc;
  sztp__span_t rest = sztp__span(uri.data + SCHEME_LEN, uri.len - SCHEME_LEN);
  if (rest.data[rest.len - 1] == '/') rest.len--;
  if (rest.data[rest.len - 1] == ':') rest.len--;
  size_t len = SCHEME_LEN + rest.len;
  sztp__buf_add_u8(out, (uint8_t)(len >> 8));
  sztp__buf_add_u8(out, (uint8_t)len);
  sztp__buf_add_text(out, SCHEME);
  return sztp__buf_add_span(out, rest);
}

static int32_t add_entries(sztp_ctx_t *ctx, sztp__span_t uris, sztp__buf_t *out) {
  for (size_t n = 0;; n++) {
    const uint8_t *nul = memchr(uris.data, 0, uris.len);
    size_t len = nul != NULL ? (size_t)(nul - uris.data) : uris.len;
    if (n == ENTRIES_MAX)
      return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.dhcp", "more than %d URIs", ENTRIES_MAX);
    int32_t rc = add_entry(ctx, sztp__span(uris.data, len), out);
    if (rc == SZTP_ERR_URI) return sztp__fail(ctx, rc, "artifacts.dhcp", "URI %zu of the list", n + 1);
    if (rc < 0) return rc;
    if (nul == NULL) return SZTP_OK;
    uris = sztp__span(nul + 1, uris.len - len - 1);
  }
}

/* dhcpd and dhcpd6 don't know the option by name; it is declared first. */
static void put_isc(sztp__buf_t *out, uint32_t family, sztp__span_t value) {
  const char *name = family == 4 ? "sztp-redirect" : "dhcp6.sztp-redirect";
  sztp__buf_addf(out, "option %s code %d = string;\noption %s ", name,
                 family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION, name);
  sztp__hex_encode(out, value, ':');
  sztp__buf_add_u8(out, ';');
}

/* An entry of "option-data". Raw octets, since Kea before 2.3 does not know the option's own format. */
static void put_kea(sztp__buf_t *out, uint32_t family, sztp__span_t value) {
  sztp__buf_addf(out, "{ \"code\": %d, \"space\": \"dhcp%u\", \"csv-format\": false, \"data\": \"",
                 family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION, (unsigned)family);
  sztp__hex_encode(out, value, 0);
  sztp__buf_add_text(out, "\" }");
}

static void put_dnsmasq(sztp__buf_t *out, uint32_t family, sztp__span_t value) {
  if (family == 4)
    sztp__buf_addf(out, "dhcp-option=%d,", SZTP_DHCP4_OPTION);
  else
    sztp__buf_addf(out, "dhcp-option=option6:%d,", SZTP_DHCP6_OPTION);
  sztp__hex_encode(out, value, ':');
}

/* IOS: hex digits in groups of four. */
static void put_cisco(sztp__buf_t *out, sztp__span_t value) {
  sztp__buf_addf(out, "option %d hex ", SZTP_DHCP4_OPTION);
  for (size_t i = 0; i < value.len; i += 2) {
    if (i > 0) sztp__buf_add_u8(out, '.');
    sztp__hex_encode(out, sztp__span(value.data + i, value.len - i < 2 ? 1 : 2), 0);
  }
}

/* dnsmasq and IOS don't split a long value into several instances (RFC 3396). */
static int32_t check_format(sztp_ctx_t *ctx, uint32_t family, uint32_t format, size_t len) {
  if (family == 6 && format == SZTP_DHCP_CISCO)
    return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, "artifacts.dhcp", "IOS has no such command for DHCPv6");
  if (family == 4 && len > ONE_OPTION && (format == SZTP_DHCP_DNSMASQ || format == SZTP_DHCP_CISCO))
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.dhcp",
                      "%zu octets; this server sends at most %d in one option", len, ONE_OPTION);
  return SZTP_OK;
}

static int32_t put_format(sztp__buf_t *out, uint32_t family, uint32_t format, sztp__span_t value) {
  switch (format) {
  case SZTP_DHCP_HEX: sztp__hex_encode(out, value, 0); break;
  case SZTP_DHCP_ISC: put_isc(out, family, value); break;
  case SZTP_DHCP_KEA: put_kea(out, family, value); break;
  case SZTP_DHCP_DNSMASQ: put_dnsmasq(out, family, value); break;
  case SZTP_DHCP_CISCO: put_cisco(out, value); break;
  default: sztp__buf_add_span(out, value); break;
  }
  return out->status;
}

int32_t sztp_dhcp_make(sztp_ctx_t *ctx, uint32_t family, const char *uris, size_t len, uint32_t format,
                       uint8_t **out, size_t *out_len) {
  if (ctx == NULL || (family != 4 && family != 6) || uris == NULL || format < SZTP_DHCP_BYTES ||
      format > SZTP_DHCP_CISCO || out == NULL || out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__buf_t value;
  sztp__buf_t text;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__buf_init(&value, ctx, VALUE_MAX);
  sztp__buf_init(&text, ctx, (size_t)VALUE_MAX * 4);
  int32_t rc = add_entries(ctx, sztp__span(uris, len), &value);
  if (rc == SZTP_OK) rc = check_format(ctx, family, format, value.len);
  if (rc == SZTP_OK) rc = put_format(&text, family, format, sztp__buf_span(&value));
  if (rc == SZTP_OK) rc = sztp__buf_take(&text, out, out_len);
  sztp__buf_clear(&text);
  sztp__buf_clear(&value);
  return rc;
}
