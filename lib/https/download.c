/* SPDX-License-Identifier: Apache-2.0 */
/* DOWNLOAD: a boot image. It is verified by its hash, so any server will do, and none learns who asks that
 * does not know it already (ONB-13). HTTP redirects are not followed (D-133). */
#include "https/download.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sztp/image.h>

#include "formats/uri.h"
#include "ground/text.h"
#include "https/transport.h"

/* ---- URI ----------------------------------------------------------------------------------------- */

static int to_lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

static int uri_starts_with(sztp__span_t s, const char *word) {
  size_t n = strlen(word);
  if (s.len < n) return 0;
  for (size_t i = 0; i < n; i++)
    if (to_lower(s.data[i]) != to_lower((unsigned char)word[i])) return 0;
  return 1;
}

static sztp__span_t skip(sztp__span_t s, size_t n) { return sztp__span(s.data + n, s.len - n); }

/* Length of the part of @p s before the first of @p marks. */
static size_t text_before(sztp__span_t s, const char *marks) {
  size_t n = 0;
  while (n < s.len && strchr(marks, s.data[n]) == NULL) n++;
  return n;
}

static const char *read_host(sztp__span_t host, int bracketed, sztp__image_uri_t *out) {
  uint8_t octets[16];
  size_t n = 0;
  if (host.len == 0 || host.len >= sizeof out->host) return "the host is missing or too long";
  memcpy(out->host, host.data, host.len);
  out->host[host.len] = '\0';
  char *zone = bracketed ? strstr(out->host, "%25") : NULL; /* RFC 6874 */
  if (zone != NULL) memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
  sztp__span_t text = sztp__span_of(out->host);
  if (bracketed)
    return sztp__host_octets(text, octets, &n) == SZTP_OK && n == 16 ? NULL
                                                                     : "not an IPv6 address in brackets";
  for (size_t i = 0; i < text.len; i++) {
    uint8_t c = text.data[i];
    int ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == '.' || c == '_';
    if (!ok) return "not a host name";
  }
  return NULL;
}

static const char *image_port(sztp__span_t s, sztp__image_uri_t *out) {
  uint64_t port;
  out->port = out->secure ? 443 : 80;
  if (s.len == 0) return NULL;
  if (s.data[0] != ':') return "something other than a port after the host";
  if (s.len == 1) return NULL; /* RFC 3986 3.2.3: an empty port is the default one */
  if (sztp__decimal(skip(s, 1), 65535, &port) != SZTP_OK || port == 0) return "not a port";
  out->port = (uint16_t)port;
  return NULL;
}

const char *sztp__image_uri(sztp__span_t uri, sztp__image_uri_t *out) {
  memset(out, 0, sizeof *out);
  for (size_t i = 0; i < uri.len; i++)
    if (uri.data[i] <= 0x20 || uri.data[i] >= 0x7f) return "a character that no URI has";
  if (uri_starts_with(uri, "https://"))
    out->secure = 1;
  else if (!uri_starts_with(uri, "http://"))
    return "neither https nor http";
  uri = skip(uri, out->secure ? 8 : 7);
  size_t n = text_before(uri, "/?#");
  sztp__span_t authority = sztp__span(uri.data, n);
  uri = skip(uri, n);
  out->path = sztp__span(uri.data, text_before(uri, "#"));
  if (text_before(authority, "@") < authority.len) return "user information, which is not allowed";
  int bracketed = authority.len > 0 && authority.data[0] == '[';
  if (bracketed) authority = skip(authority, 1);
  n = text_before(authority, bracketed ? "]" : ":");
  if (bracketed && n == authority.len) return "a bracket that is not closed";
  const char *why = read_host(sztp__span(authority.data, n), bracketed, out);
  return why != NULL ? why : image_port(skip(authority, n + (size_t)bracketed), out);
}

/* ---- transfer ------------------------------------------------------------------------------------ */

typedef struct download {
  sztp_https_t *h;
  sztp_session_t *session;
  const sztp_action_t *action;
  sztp__image_uri_t uri;
  uint8_t *request;
  size_t request_len;
  uint64_t deadline;
  uint64_t offset;
  uint64_t total;
  int begun;           /* octets were handed on, which another address must begin anew */
  uint32_t bad_status; /* other than 200 */
  int stage_failed;
  uint8_t *signature; /* what is beside the image, or as much of it as tells that it is too long */
  size_t signature_len;
  sztp__stream_t stream;
  sztp__http_exchange_t x;
} download_t;

/* A path may be empty, and a query may follow nothing; a request wants its slash. What stands beside the
 * image has @p suffix behind its path. */
static int32_t write_request(download_t *d, const char *suffix) {
  sztp__http_request_t q;
  memset(&q, 0, sizeof q);
  sztp__span_t path = d->uri.path;
  size_t slash = path.len == 0 || path.data[0] != '/', more = strlen(suffix);
  size_t before = text_before(path, "?"); /* the query */
  uint8_t *target = malloc(path.len + more + 1);
  if (target == NULL) return SZTP_ERR_MEMORY;
  target[0] = '/';
  if (before > 0) memcpy(target + slash, path.data, before);
  memcpy(target + slash + before, suffix, more);
  if (before < path.len) memcpy(target + slash + before + more, path.data + before, path.len - before);
  q.method = sztp__span_of("GET");
  q.target = sztp__span(target, slash + path.len + more);
  q.host = sztp__span_of(d->uri.host);
  q.port = d->uri.port;
  q.default_port = d->uri.secure ? 443 : 80;
  free(d->request);
  d->request = NULL;
  int32_t rc = sztp__http_write(&q, &d->request, &d->request_len);
  free(target);
  return rc;
}

static int32_t stage(download_t *d, const uint8_t *data, size_t len) {
  int32_t rc = d->h->stage(d->h->stage_user, d->action, d->offset, d->total, data, len);
  if (rc == SZTP_OK) return SZTP_OK;
  d->stage_failed = 1;
  return SZTP_ERR_IMAGE;
}

static int32_t image_head(void *user, const sztp__http_t *r) {
  download_t *d = user;
  if (r->status != 200) {
    d->bad_status = r->status;
    return SZTP_ERR_IMAGE;
  }
  d->offset = 0;
  d->total = r->length_known && !r->chunked ? r->length : 0;
  if (d->begun) {
    int32_t rc = sztp_reply_restart(d->session, sztp_action_ticket(d->action));
    if (rc != SZTP_OK) return rc;
  }
  d->begun = 1;
  return stage(d, NULL, 0);
}

static int32_t image_body(void *user, const uint8_t *data, size_t len) {
  download_t *d = user;
  int32_t rc = sztp_reply_write(d->session, sztp_action_ticket(d->action), data, len);
  if (rc == SZTP_OK) rc = stage(d, data, len);
  d->offset += len;
  return rc;
}

static int from_address(download_t *d, const char *address) {
  char name[SZTP__HOST_TEXT];
  sztp__tls_peer_t peer;
  memset(&peer, 0, sizeof peer);
  peer.server_name = sztp__https_server_name(sztp__span_of(d->uri.host), name);
  sztp__stream_t *s = &d->stream;
  int rc = sztp__https_open(d->h, s, address, d->uri.port, d->uri.secure ? &peer : NULL, d->deadline);
  if (rc != SZTP__NET_OK) {
    d->x.code = s->code;
    sztp__format(d->x.why, sizeof d->x.why, "%s", s->why);
    return rc;
  }
  rc = sztp__http_exchange(s, &d->x);
  sztp__stream_close(s);
  if (rc == SZTP__NET_OK) d->h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_EXCHANGES)]++;
  return rc;
}

static int is_visited(const download_t *d) {
  const sztp_https_t *h = d->h;
  sztp__span_t host = sztp__span_of(d->uri.host);
  return d->uri.secure && sztp__stream_is_open(&h->kept) && h->kept_port == d->uri.port &&
         host.len == strlen(h->kept_name) && uri_starts_with(host, h->kept_name);
}

/* Over the connection of the visit, without another handshake. What does not work there is tried anew. */
static int from_visit(download_t *d) {
  sztp_https_t *h = d->h;
  int rc = sztp__http_exchange(&h->kept, &d->x);
  if (rc == SZTP__NET_OK) h->counts[SZTP__HTTPS_COUNT(SZTP_HTTPS_EXCHANGES)]++;
  if (rc != SZTP__NET_OK || !d->x.reusable) sztp__https_forget(h);
  return rc;
}

/* What another address of the same server would not do better. */
static int is_final(const download_t *d, int rc) {
  return rc == SZTP__NET_OK || rc == SZTP__NET_LOCAL || sztp__socket_now() >= d->deadline;
}

static uint32_t report(download_t *d, int rc, const char *address) {
  const char *host = d->uri.host;
  if (d->bad_status != 0)
    return sztp__https_report(d->session, d->action, rc, SZTP_ERR_IMAGE,
                              "%s (%s port %u): HTTP status %u instead of 200", host, address, d->uri.port,
                              (unsigned)d->bad_status);
  if (d->stage_failed)
    return sztp__https_report(d->session, d->action, rc, SZTP_ERR_IMAGE, "%s: the image could not be staged",
                              host);
  return sztp__https_report(d->session, d->action, rc, d->x.code != SZTP_OK ? d->x.code : SZTP_ERR_IMAGE,
                            "%s (%s port %u), after %" PRIu64 " octets of the image: %s", host, address,
                            d->uri.port, d->offset, d->x.why);
}

static void prepare(download_t *d, uint64_t max_body, int32_t (*on_head)(void *, const sztp__http_t *),
                    int32_t (*on_body)(void *, const uint8_t *, size_t)) {
  d->x.request = d->request;
  d->x.request_len = d->request_len;
  d->x.limits = &d->h->limits;
  d->x.max_body = max_body;
  d->x.deadline = d->deadline;
  d->x.buffer = d->h->buffer;
  d->x.buffer_len = sizeof d->h->buffer;
  d->x.on_head = on_head;
  d->x.on_body = on_body;
  d->x.user = d;
}

/* Asks the server, at one of its addresses, for what was prepared. */
static uint32_t transfer(download_t *d) {
  char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX];
  size_t count = 0;
  const char *why = NULL;
  int rc = SZTP__NET_FAILED;
  if (is_visited(d)) {
    rc = from_visit(d);
    if (is_final(d, rc)) return rc == SZTP__NET_OK ? (uint32_t)SZTP_OUTCOME_OK : report(d, rc, d->uri.host);
  }
  rc = sztp__https_look_up(d->h, d->session, d->action, d->uri.host, addresses, &count, &why);
  if (rc != SZTP__NET_OK)
    return sztp__https_report(d->session, d->action, SZTP__NET_FAILED, SZTP_ERR_IMAGE,
                              "no address of \"%s\": %s", d->uri.host, why);
  size_t i = 0;
  while (rc = from_address(d, addresses[i]), !is_final(d, rc) && i + 1 < count) i++;
  return rc == SZTP__NET_OK ? (uint32_t)SZTP_OUTCOME_OK : report(d, rc, addresses[i]);
}

static uint32_t not_asked(download_t *d, int32_t rc) {
  return sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, rc, "the request can't be made: %s",
                            sztp_error_text(rc));
}

/* ---- the signature beside the image (FW-04) ------------------------------------------------------ */

static int32_t signature_head(void *user, const sztp__http_t *r) {
  download_t *d = user;
  d->signature_len = 0;
  d->bad_status = r->status == 200 ? 0 : r->status;
  return SZTP_OK;
}

/* What follows a status that says that there is none is let pass, so that the connection stays. */
static int32_t signature_body(void *user, const uint8_t *data, size_t len) {
  download_t *d = user;
  size_t room = SZTP_IMAGE_SIGNATURE_MAX + 1 - d->signature_len;
  size_t taken = len < room ? len : room;
  if (d->bad_status == 0) memcpy(d->signature + d->signature_len, data, taken);
  d->signature_len += taken;
  return d->signature_len > SZTP_IMAGE_SIGNATURE_MAX ? SZTP_ERR_LIMIT : SZTP_OK;
}

/* One that is too long is the session's to refuse. */
static uint32_t give_signature(download_t *d, uint32_t outcome) {
  if (d->bad_status != 0) {
    (void)sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, SZTP_ERR_IMAGE_SIGNATURE,
                             "HTTP status %u in its place", (unsigned)d->bad_status);
    d->bad_status = 0;
    return SZTP_OUTCOME_OK;
  }
  if (outcome != SZTP_OUTCOME_OK && d->signature_len <= SZTP_IMAGE_SIGNATURE_MAX) return outcome;
  int32_t rc = sztp_reply_bytes(d->session, sztp_action_ticket(d->action), SZTP_F_SIGNATURE, d->signature,
                                d->signature_len);
  if (rc == SZTP_OK) return SZTP_OUTCOME_OK;
  return sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, rc, "the image's signature: %s",
                            sztp_error_text(rc));
}

static uint32_t look_beside(download_t *d) {
  int32_t rc = write_request(d, ".p7s");
  d->signature = malloc(SZTP_IMAGE_SIGNATURE_MAX + 1);
  if (rc == SZTP_OK && d->signature == NULL) rc = SZTP_ERR_MEMORY;
  if (rc != SZTP_OK) return not_asked(d, rc);
  prepare(d, UINT64_MAX, signature_head, signature_body);
  return give_signature(d, transfer(d));
}

static uint32_t run_download(download_t *d) {
  sztp_session_t *s = d->session;
  const sztp_action_t *a = d->action;
  if (d->h->stage == NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST,
                              "no place to put the image: sztp_https_set_stage() was not called");
  const char *why = sztp__image_uri(sztp__https_bytes(a, SZTP_F_URI, 0), &d->uri);
  if (why != NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_URI, "the image's URI can't be used: %s", why);
  d->deadline = sztp__https_deadline(s, a);
  if (d->h->image_signatures && sztp__https_u64(a, SZTP_F_CHECK_SIGNATURE, 0) == 1) {
    uint32_t outcome = look_beside(d);
    if (outcome != SZTP_OUTCOME_OK) return outcome;
  }
  int32_t rc = write_request(d, "");
  if (rc != SZTP_OK) return not_asked(d, rc);
  prepare(d, sztp__https_u64(a, SZTP_F_LIMIT, UINT64_MAX), image_head, image_body);
  return transfer(d);
}

uint32_t sztp__https_download(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  download_t *d = calloc(1, sizeof *d);
  if (d == NULL) return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_MEMORY, "out of memory");
  d->h = h;
  d->session = s;
  d->action = a;
  sztp__stream_init(&d->stream);
  uint32_t outcome = run_download(d);
  free(d->request);
  free(d->signature);
  free(d);
  return outcome;
}
