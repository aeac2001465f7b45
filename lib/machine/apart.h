/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over the pipe of a session in two processes: frames, each a kind, a length and its contents.
 * Numbers are little-endian; octets have their number before them and a NUL behind. */
#ifndef SZTP_MACHINE_APART_H
#define SZTP_MACHINE_APART_H

#include <sztp/apart.h>

#include "ground/buf.h"
#include "machine/shared.h"

/* Kinds of frames. */
enum {
  SZTP__APART_CALL = 1, /* from the host: do this */
  SZTP__APART_TELL,     /* from the host: do this, which can't fail; no DONE comes */
  SZTP__APART_DONE,     /* the end of a call; before it may come any number of these: */
  SZTP__APART_LOG,
  SZTP__APART_EVENT,
  SZTP__APART_VERDICT,
  SZTP__APART_KEY,   /* asks; the host answers with ANSWER */
  SZTP__APART_TIME,  /* asks, too */
  SZTP__APART_ANSWER /* from the host */
};

/* The frame that a process is writing, or has read. What nobody waits for is kept until something is sent
 * that somebody does: each time that one process has to wake up the other costs more than what it is told. */
typedef struct sztp__apart {
  sztp_ctx_t *ctx;
  sztp_pipe_t pipe;
  sztp__buf_t out; /* frames that are whole, and the one that is being written */
  size_t begun;    /* where that one begins */
  uint8_t *in;     /* the frame that was read last, NULL for none */
  size_t in_len;
  size_t at;  /* octets of it that were taken */
  int broken; /* the other side has ended, or has sent what is no frame */
} sztp__apart_t;

void sztp__apart_init(sztp__apart_t *p, sztp_ctx_t *ctx, const sztp_pipe_t *pipe);
void sztp__apart_clear(sztp__apart_t *p);

/* Contents of the frame to be sent. */
void sztp__apart_put(sztp__apart_t *p, int64_t number);
void sztp__apart_put_bytes(sztp__apart_t *p, sztp__span_t bytes);
void sztp__apart_put_text(sztp__apart_t *p, const char *text);
/* Ends the frame, which goes with one that is sent, and drops it if there is no memory for it. 0,
 * SZTP_ERR_MEMORY, or SZTP_ERR_HOST if nobody reads it. */
int32_t sztp__apart_add(sztp__apart_t *p, uint32_t kind);
/* The same, and sends all that there is. */
int32_t sztp__apart_send(sztp__apart_t *p, uint32_t kind);

/* Waits for a frame, in the place of the one before. 0, SZTP_ERR_MEMORY, SZTP_ERR_HOST if there are no more.
 */
int32_t sztp__apart_receive(sztp__apart_t *p, uint32_t *kind);
/* Its contents, one after another; 0 and nothing from beyond its end, which makes the pipe broken. Octets are
 * valid until the next frame. */
int64_t sztp__apart_take(sztp__apart_t *p);
sztp__span_t sztp__apart_take_bytes(sztp__apart_t *p);
/* A text of at most @p cap - 1 octets. */
void sztp__apart_take_text(sztp__apart_t *p, char *out, size_t cap);

#endif
