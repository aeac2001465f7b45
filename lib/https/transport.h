/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a transport, shared by the files that serve its actions. */
#ifndef SZTP_HTTPS_TRANSPORT_H
#define SZTP_HTTPS_TRANSPORT_H

#include <sztp/device.h>
#include <sztp/error.h>
#include <sztp/https.h>

#include "formats/uri.h"
#include "ground/buf.h"
#include "https/http_exchange.h"
#include "https/validator.h"

#define SZTP__BUFFER 8192

/* The place of SZTP_HTTPS_CONNECTIONS and so on. */
#define SZTP__HTTPS_COUNT(what) ((what)-SZTP_HTTPS_CONNECTIONS)

struct sztp_https {
  sztp_device_t *dev;
  sztp__tls_engine_t *engine;
  sztp__limits_t limits;
  sztp_https_stage_fn stage;
  void *stage_user;
  sztp_https_staged_fn staged;
  void *staged_user;
  char
      validator[SZTP__VALIDATOR]; /* of the image that is being staged, or that was and can be gone on with */
  int image_signatures;           /* a DOWNLOAD looks for one beside the image */
  sztp_https_resolve_fn resolver;
  void *resolver_user;
  /* Makes the header field with the device's credentials (basic.c), or NULL: it has none. */
  int32_t (*authorize)(sztp_https_t *h, sztp_ctx_t *ctx, sztp__buf_t *header);
  sztp_https_password_fn password;
  void *password_user;
  int busy;            /* in sztp_https_handle(), where the functions above are called */
  sztp__stop_t stop;   /* of the session that is being served */
  uint64_t counts[3];  /* by SZTP__HTTPS_COUNT() */
  sztp__stream_t kept; /* the connection of the last FETCH, if it can be used again, */
  uint8_t *kept_for;   /* and everything that an exchange must share to use it (TLS-19) */
  size_t kept_for_len;
  char kept_name[SZTP__HOST_TEXT]; /* the server's name, and its port */
  uint16_t kept_port;
  int kept_wants_basic; /* the server has demanded credentials on it */
  uint8_t buffer[SZTP__BUFFER];
};

uint32_t sztp__https_resolve(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a);
uint32_t sztp__https_fetch(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a);
uint32_t sztp__https_download(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a);

/* Addresses of a name, or of an address literal: itself. *why is valid until the next call. SZTP__NET_* */
int sztp__https_look_up(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a, const char *name,
                        char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                        const char **why);
/* Ends the connection that is kept, if there is one. */
void sztp__https_forget(sztp_https_t *h);

/* A field of the action as a span; empty when absent. */
sztp__span_t sztp__https_bytes(const sztp_action_t *a, uint32_t field, size_t index);
/* A number of the action; @p otherwise when absent. */
uint64_t sztp__https_u64(const sztp_action_t *a, uint32_t field, uint64_t otherwise);
/* The action's deadline on the clock of sztp__socket_now(). */
uint64_t sztp__https_deadline(const sztp_session_t *s, const sztp_action_t *a);
/* Tells the session why and returns the outcome that belongs to SZTP__NET_* @p rc. */
uint32_t sztp__https_report(sztp_session_t *s, const sztp_action_t *a, int rc, int32_t code, const char *fmt,
                            ...) SZTP__PRINTF(5, 6);
/* Opens @p stream and counts. */
int sztp__https_open(sztp_https_t *h, sztp__stream_t *stream, const char *address, uint16_t port,
                     const sztp__tls_peer_t *tls, uint64_t deadline);
/* The name for SNI: @p out, or NULL for an address literal (TLS-15). */
const char *sztp__https_server_name(sztp__span_t host, char out[SZTP__HOST_TEXT]);

#endif
