/* SPDX-License-Identifier: Apache-2.0 */
/* The value of DHCPv4 option 143 and DHCPv6 option 136: a bootstrap-server-list (RFC 8572 8.3). */
#include <sztp/discovery.h>

#include "formats/uri.h"
#include "ground/text.h"
#include "trust/info.h"

#define MAX_ENTRIES 64 /* DHCP-18 */
#define SCHEME      "https://"
#define MAX_TOLD    8 /* invalid entries in the log: an option has room for 32767 of them */

struct list {
  sztp_ctx_t *ctx;
  sztp_info_t *info;
  int full;
  unsigned invalid;
};

/* DHCP-05 */
static void skip_dhcp_entry(struct list *l, sztp__span_t uri) {
  char shown[SZTP__NAME_SIZE];
  if (++l->invalid <= MAX_TOLD)
    sztp__log(l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: entry \"%s\" is skipped: %s",
              sztp__printable(shown, sizeof shown, uri), sztp__trail_detail(l->ctx));
  sztp__trail_clear(l->ctx);
}

static int32_t add_dhcp_uri(struct list *l, sztp__span_t uri) {
  sztp__authority_t a;
  if (sztp__uri_server(l->ctx, uri, &a) < 0) {
    skip_dhcp_entry(l, uri);
    return SZTP_OK;
  }
  if (sztp__info_has_server(l->info, a.host, a.port)) return SZTP_OK; /* attempted once (DHCP-16) */
  if (l->info->server_count >= MAX_ENTRIES) {
    if (!l->full)
      sztp__log(l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: entries after the first %d are skipped",
                MAX_ENTRIES);
    l->full = 1;
    return SZTP_OK;
  }
  return sztp__info_add_server(l->info, a.host, a.port);
}

/* ---- what people write in place of the list ------------------------------------------------------ */

static int is_uri_text(sztp__span_t text) {
  while (text.len > 0 && text.data[text.len - 1] == 0) text.len--;
  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] <= 0x20 || text.data[i] >= 0x7f) return 0;
  return text.len >= 4; /* four characters as two lengths would be 8 KiB and more each */
}

/* What the option's value is if it is none of RFC 8572 8.3, for messages; NULL if that isn't seen. */
static const char *what_it_is(sztp__span_t v) {
  if (is_uri_text(v)) return "text without lengths";
  if (v.len < 3) return NULL;
  size_t one = v.data[0];
  size_t little = (size_t)v.data[1] << 8 | v.data[0];
  if (one == v.len - 1 && is_uri_text(sztp__span_from(v, 1)))
    return "text with a length of one octet, not two";
  if (little == v.len - 2 && is_uri_text(sztp__span_from(v, 2)))
    return "text with the octets of its length in the wrong order";
  if ((one == 143 || one == 136) && v.data[1] == v.len - 2)
    return "a whole option with its code and length, where only its value belongs";
  return NULL;
}

/* ---- the list ------------------------------------------------------------------------------------ */

/* uri-length, URI, and again; ends at the first length that does not fit (D-27). */
static int32_t read_list(struct list *l, sztp__span_t option) {
  size_t at = 0;
  while (option.len - at >= 2) {
    size_t len = (size_t)option.data[at] << 8 | option.data[at + 1];
    at += 2;
    if (len > option.len - at) {
      const char *found = what_it_is(option);
      if (found == NULL)
        sztp__log(l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: an entry of %zu octets where %zu are left",
                  len, option.len - at);
      else
        sztp__log(
            l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE,
            "DHCP: the option is %s, which RFC 8572 8.3 does not know; 'sztp dhcp encode' makes a right one",
            found);
      return SZTP_OK;
    }
    int32_t rc = add_dhcp_uri(l, sztp__span(option.data + at, len));
    if (rc < 0) return rc;
    at += len;
  }
  return SZTP_OK;
}

static int starts_like_uri(sztp__span_t option) {
  return option.len >= sizeof SCHEME - 1 && memcmp(option.data, SCHEME, sizeof SCHEME - 1) == 0;
}

/* "host:port", which some clients take in the place of a list. */
static int is_host_and_port(sztp__span_t option) {
  while (option.len > 0 && option.data[option.len - 1] == 0) option.len--;
  size_t digits = 0;
  while (digits < option.len && option.data[option.len - 1 - digits] >= '0' &&
         option.data[option.len - 1 - digits] <= '9')
    digits++;
  return is_uri_text(option) && memchr(option.data, '/', option.len) == NULL && digits > 0 &&
         digits < option.len - 1 && option.data[option.len - 1 - digits] == ':';
}

static int32_t read_host_and_port(struct list *l, sztp__span_t option) {
  sztp__buf_t uri;
  sztp__log(l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: host:port is read as one URI");
  sztp__buf_init(&uri, l->ctx, sizeof SCHEME - 1 + option.len);
  sztp__buf_add_text(&uri, SCHEME);
  int32_t rc = sztp__buf_add_span(&uri, option);
  if (rc == SZTP_OK) rc = add_dhcp_uri(l, sztp__buf_span(&uri));
  sztp__buf_clear(&uri);
  return rc;
}

/* One bare URI, whose path may be that of the operation (D-30). */
static int32_t read_dhcp_text(struct list *l, sztp__span_t option) {
  static const char operation[] = "/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data";
  const size_t tail = sizeof operation - 1;
  sztp__log(l->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: text without lengths is read as one URI");
  while (option.len > 0 && option.data[option.len - 1] == 0) option.len--;
  if (option.len > tail && memcmp(option.data + option.len - tail, operation, tail) == 0) {
    size_t end = 8;
    while (end < option.len && option.data[end] != '/') end++;
    option.len = end;
  }
  return add_dhcp_uri(l, option);
}

int32_t sztp_dhcp_parse(sztp_ctx_t *ctx, uint32_t family, uint32_t lenient, const uint8_t *option, size_t len,
                        sztp_info_t **out) {
  if (ctx == NULL || out == NULL || (option == NULL && len > 0) || (family != 4 && family != 6) ||
      lenient > 1)
    return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  struct list l = {ctx, NULL, 0, 0};
  sztp__span_t value = sztp__span(option, len);
  int32_t rc = sztp__info_new(ctx, SZTP_INFO_REDIRECT, &l.info);
  if (rc < 0) return rc;
  if (starts_like_uri(value) && lenient)
    rc = read_dhcp_text(&l, value);
  else if (lenient && is_host_and_port(value))
    rc = read_host_and_port(&l, value);
  else
    rc = read_list(&l, value);
  if (l.invalid > MAX_TOLD)
    sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DHCP: %u more entries are skipped",
              l.invalid - MAX_TOLD);
  if (rc == SZTP_OK && l.info->server_count == 0) {
    const char *found = what_it_is(value);
    rc = sztp__fail(ctx, SZTP_ERR_NOT_FOUND, "dhcp", "no valid entry in %zu octets%s%s%s", len,
                    found != NULL ? "; it is " : "", found != NULL ? found : "",
                    found != NULL ? ", which RFC 8572 8.3 does not know" : "");
  }
  if (rc < 0) {
    sztp_info_free(l.info);
    return rc;
  }
  *out = l.info;
  return SZTP_OK;
}
