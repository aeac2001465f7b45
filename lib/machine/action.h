/* SPDX-License-Identifier: Apache-2.0 */
/* One action with its fields, and the reply to it as far as it has come in. */
#ifndef SZTP_MACHINE_ACTION_H
#define SZTP_MACHINE_ACTION_H

#include <sztp/session.h>

#include "cryptography/crypto.h"
#include "ground/buf.h"
#include "trust/image_check.h"
#include "trust/info.h"

#define SZTP__ACTION_FIELDS 32
#define SZTP__ADDRESSES     32

typedef struct sztp__field {
  uint32_t field;
  int is_number;
  int64_t number;
  sztp__span_t bytes; /* followed by a NUL */
  uint8_t *owned;     /* freed with the action, or NULL for borrowed bytes */
} sztp__field_t;

struct sztp_action {
  sztp_ctx_t *ctx;
  uint32_t kind; /* 0: no action is out */
  uint64_t ticket;
  size_t field_count;
  const sztp__cert_t *anchors; /* SZTP_F_ANCHOR, borrowed */
  size_t anchor_count;
  sztp__field_t fields[SZTP__ACTION_FIELDS];
};

typedef struct sztp__reply {
  int ended;
  uint32_t outcome;
  uint32_t given; /* bit (field - 32) for each SZTP_F_* from 32 to 63 that was given */
  uint64_t status;
  uint64_t peer_verified;
  int32_t reason; /* SZTP_ERR_*, or 0 */
  int resumed;    /* the image is not of one response alone */
  uint64_t retry_after;
  uint64_t value;
  uint64_t signature_good;
  uint64_t more;
  sztp__blob_t content_type;
  sztp__blob_t message;
  sztp__blob_t data;
  sztp_info_t *servers;      /* read by the host, in reply to one */
  sztp__blob_t artifacts[3]; /* CI, OC, OV */
  size_t address_count;
  sztp__buf_t body;          /* of a FETCH */
  sztp__hash_t *hash;        /* of a DOWNLOAD */
  sztp_image_check_t *check; /* of a DOWNLOAD whose image has a signature; NULL: none */
  uint64_t written;
  sztp__blob_t addresses[SZTP__ADDRESSES];
} sztp__reply_t;

/* Starts an action of @p kind; fields follow. */
void sztp__action_begin(sztp_action_t *a, uint32_t kind);
/* Adds fields. */
void sztp__action_put_i64(sztp_action_t *a, uint32_t field, int64_t value);
/* Sizes and times, which getters give out as signed numbers: as INT64_MAX at most. */
void sztp__action_put_u64(sztp_action_t *a, uint32_t field, uint64_t value);
/* Borrowed until the action ends; a NUL must follow. */
void sztp__action_lend(sztp_action_t *a, uint32_t field, sztp__span_t bytes);
int32_t sztp__action_put_copy(sztp_action_t *a, uint32_t field, sztp__span_t bytes);
/* Takes the contents of @p buf, which is empty afterwards. Returns 0 or the buffer's failure. */
int32_t sztp__action_put_buf(sztp_action_t *a, uint32_t field, sztp__buf_t *buf);
/* Ends the action: frees what it owns. */
void sztp__action_clear(sztp_action_t *a);

void sztp__reply_init(sztp__reply_t *r, sztp_ctx_t *ctx);
void sztp__reply_clear(sztp__reply_t *r, sztp_ctx_t *ctx);
/* 1 if SZTP_F_* @p field was given in the reply. */
int sztp__reply_has(const sztp__reply_t *r, uint32_t field);
/* Why it failed, as the host says: a code of the list of errors, else @p otherwise. */
int32_t sztp__reply_reason(const sztp__reply_t *r, int32_t otherwise);

#endif
