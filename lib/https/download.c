/* SPDX-License-Identifier: Apache-2.0 */
/* DOWNLOAD: a boot image. It is verified by its hash, so any server will do, and none learns who asks that
 * does not know it already (ONB-13). HTTP redirects are not followed (D-133). */
#include "https/download.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sztp/image.h>

#include "ground/text.h"

/* ---- result -------------------------------------------------------------------------------------- */

static uint32_t tell(const sztp__download_t *d, int rc) {
  const sztp__image_server_t *v = &d->server;
  if (rc == SZTP__NET_OK) return SZTP_OUTCOME_OK;
  if (v->unknown) return sztp__https_report(d->session, d->action, rc, SZTP_ERR_IMAGE, "%s", d->x.why);
  if (d->bad_status != 0)
    return sztp__https_report(d->session, d->action, rc, SZTP_ERR_IMAGE,
                              "%s (%s port %u): HTTP status %u instead of 200", v->uri.host, v->where,
                              v->uri.port, (unsigned)d->bad_status);
  if (d->stage_failed)
    return sztp__https_report(d->session, d->action, rc, SZTP_ERR_IMAGE, "%s: the image could not be staged",
                              v->uri.host);
  return sztp__https_report(d->session, d->action, rc, d->x.code != SZTP_OK ? d->x.code : SZTP_ERR_IMAGE,
                            "%s (%s port %u), after %" PRIu64 " octets of the image: %s", v->uri.host,
                            v->where, v->uri.port, d->offset, d->x.why);
}

/* ---- the signature beside the image (FW-04) ------------------------------------------------------ */

static int32_t signature_head(void *user, const sztp__http_t *r) {
  sztp__download_t *d = user;
  d->signature_len = 0;
  d->bad_status = r->status == 200 ? 0 : r->status;
  return SZTP_OK;
}

/* What follows a status that says that there is none is let pass, so that the connection stays. */
static int32_t signature_body(void *user, const uint8_t *data, size_t len) {
  sztp__download_t *d = user;
  size_t room = SZTP_IMAGE_SIGNATURE_MAX + 1 - d->signature_len;
  size_t taken = len < room ? len : room;
  if (d->bad_status == 0) memcpy(d->signature + d->signature_len, data, taken);
  d->signature_len += taken;
  return d->signature_len > SZTP_IMAGE_SIGNATURE_MAX ? SZTP_ERR_LIMIT : SZTP_OK;
}

/* One that is too long is the session's to refuse. */
static uint32_t give_signature(sztp__download_t *d, int asked) {
  if (d->bad_status != 0) {
    (void)sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, SZTP_ERR_IMAGE_SIGNATURE,
                             "HTTP status %u in its place", (unsigned)d->bad_status);
    d->bad_status = 0;
    return SZTP_OUTCOME_OK;
  }
  if (asked != SZTP__NET_OK && d->signature_len <= SZTP_IMAGE_SIGNATURE_MAX) return tell(d, asked);
  int32_t rc = sztp_reply_bytes(d->session, sztp_action_ticket(d->action), SZTP_F_SIGNATURE, d->signature,
                                d->signature_len);
  if (rc == SZTP_OK) return SZTP_OUTCOME_OK;
  return sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, rc, "the image's signature: %s",
                            sztp_error_text(rc));
}

/* What another address of the same server would not do better is not asked of it. */
static uint32_t look_beside(sztp__download_t *d) {
  int rc;
  d->signature = malloc(SZTP_IMAGE_SIGNATURE_MAX + 1);
  int32_t made =
      d->signature == NULL ? SZTP_ERR_MEMORY : sztp__image_request(&d->server.uri, ".p7s", NULL, &d->request);
  if (made != SZTP_OK)
    return sztp__https_report(d->session, d->action, SZTP__NET_LOCAL, made, "the request can't be made: %s",
                              sztp_error_text(made));
  d->x.request = d->request.data;
  d->x.request_len = d->request.len;
  d->x.max_body = UINT64_MAX;
  d->x.on_head = signature_head;
  d->x.on_body = signature_body;
  do rc = sztp__image_server_ask(&d->server, &d->x);
  while (rc != SZTP__NET_OK && rc != SZTP__NET_LOCAL && sztp__socket_now() < d->server.deadline &&
         sztp__image_server_next(&d->server));
  sztp__image_server_again(&d->server);
  return give_signature(d, rc);
}

/* ---- the action ---------------------------------------------------------------------------------- */

static uint32_t run_download(sztp__download_t *d) {
  sztp_session_t *s = d->session;
  const sztp_action_t *a = d->action;
  if (d->h->stage == NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST,
                              "no place to put the image: sztp_https_set_stage() was not called");
  const char *why = sztp__image_uri(sztp__https_bytes(a, SZTP_F_URI, 0), &d->server.uri);
  if (why != NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_URI, "the image's URI can't be used: %s", why);
  d->x.limits = &d->h->limits;
  d->x.deadline = d->server.deadline;
  d->x.buffer = d->buffer;
  d->x.buffer_len = sizeof d->buffer;
  d->x.user = d;
  if (d->h->image_signatures && sztp__https_u64(a, SZTP_F_CHECK_SIGNATURE, 0) == 1) {
    uint32_t outcome = look_beside(d);
    if (outcome != SZTP_OUTCOME_OK) return outcome;
  }
  return tell(d, sztp__image_transfer(d));
}

uint32_t sztp__https_download(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  sztp__download_t *d = calloc(1, sizeof *d);
  if (d == NULL) return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_MEMORY, "out of memory");
  d->h = h;
  d->session = s;
  d->action = a;
  sztp__image_server_init(&d->server, h, s, a);
  uint32_t outcome = run_download(d);
  sztp__image_server_close(&d->server);
  sztp__image_request_free(&d->request);
  free(d->signature);
  free(d);
  return outcome;
}
