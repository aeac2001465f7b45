/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the two processes of a session. */
#include "machine/apart.h"

#define HEADER    8
#define FRAME_MAX ((size_t)64 << 20) /* the largest action has three parts of 8 MiB */
#define KEPT_MAX  8192               /* octets of whole frames that wait for one that is sent */

void sztp__apart_init(sztp__apart_t *p, sztp_ctx_t *ctx, const sztp_pipe_t *pipe) {
  memset(p, 0, sizeof *p);
  p->ctx = ctx;
  p->pipe = *pipe;
  sztp__buf_init(&p->out, ctx, KEPT_MAX + FRAME_MAX);
}

void sztp__apart_clear(sztp__apart_t *p) {
  sztp__buf_clear(&p->out);
  p->begun = 0;
  sztp__free_secret(p->ctx, p->in);
  p->in = NULL;
  p->in_len = p->at = 0;
}

static void write_u32(uint8_t out[4], uint32_t value) {
  for (unsigned i = 0; i < 4; i++) out[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t read_u32(const uint8_t in[4]) {
  return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* ---- sending ------------------------------------------------------------------------------------- */

/* A frame begins with room for its header. */
static void begin(sztp__apart_t *p) {
  static const uint8_t header[HEADER] = {0};
  if (p->out.len == p->begun) (void)sztp__buf_add(&p->out, header, HEADER);
}

void sztp__apart_put(sztp__apart_t *p, int64_t number) {
  uint8_t octets[8];
  write_u32(octets, (uint32_t)((uint64_t)number & UINT32_MAX));
  write_u32(octets + 4, (uint32_t)((uint64_t)number >> 32));
  begin(p);
  (void)sztp__buf_add(&p->out, octets, sizeof octets);
}

void sztp__apart_put_bytes(sztp__apart_t *p, sztp__span_t bytes) {
  sztp__apart_put(p, (int64_t)bytes.len);
  (void)sztp__buf_add_span(&p->out, bytes);
  (void)sztp__buf_add_u8(&p->out, 0);
}

void sztp__apart_put_text(sztp__apart_t *p, const char *text) {
  sztp__apart_put_bytes(p, sztp__span_of(text));
}

/* The frame is whole; or gone, and those before it are still there. */
static int32_t end_frame(sztp__apart_t *p, uint32_t kind) {
  begin(p);
  int32_t rc = p->out.status;
  if (rc == SZTP_OK) {
    write_u32(p->out.data + p->begun, kind);
    write_u32(p->out.data + p->begun + 4, (uint32_t)(p->out.len - p->begun - HEADER));
    p->begun = p->out.len;
  }
  p->out.status = SZTP_OK;
  p->out.len = p->begun;
  return rc;
}

static int32_t send_all(sztp__apart_t *p) {
  if (p->broken || p->pipe.write(p->pipe.user, p->out.data, p->out.len) != SZTP_OK) p->broken = 1;
  sztp__buf_clear(&p->out);
  p->begun = 0;
  return p->broken ? SZTP_ERR_HOST : SZTP_OK;
}

int32_t sztp__apart_add(sztp__apart_t *p, uint32_t kind) {
  int32_t rc = end_frame(p, kind);
  return rc == SZTP_OK && p->begun > KEPT_MAX ? send_all(p) : rc;
}

int32_t sztp__apart_send(sztp__apart_t *p, uint32_t kind) {
  int32_t rc = end_frame(p, kind);
  return rc == SZTP_OK ? send_all(p) : rc;
}

/* ---- receiving ----------------------------------------------------------------------------------- */

int32_t sztp__apart_receive(sztp__apart_t *p, uint32_t *kind) {
  uint8_t header[HEADER];
  sztp__free_secret(p->ctx, p->in);
  p->in = NULL;
  p->in_len = p->at = 0;
  if (p->broken || p->pipe.read(p->pipe.user, header, HEADER) != SZTP_OK) {
    p->broken = 1;
    return SZTP_ERR_HOST;
  }
  *kind = read_u32(header);
  size_t len = read_u32(header + 4);
  p->in = len <= FRAME_MAX - HEADER ? sztp__alloc(p->ctx, len + 1) : NULL;
  if (p->in == NULL) {
    p->broken = 1; /* what follows can't be told from it any more */
    return len <= FRAME_MAX - HEADER ? SZTP_ERR_MEMORY : SZTP_ERR_HOST;
  }
  p->in_len = len;
  if (len == 0 || p->pipe.read(p->pipe.user, p->in, len) == SZTP_OK) return SZTP_OK;
  p->broken = 1;
  return SZTP_ERR_HOST;
}

int64_t sztp__apart_take(sztp__apart_t *p) {
  if (p->in_len - p->at < 8) {
    p->broken = 1;
    return 0;
  }
  const uint8_t *from = p->in + p->at;
  p->at += 8;
  return (int64_t)(read_u32(from) | (uint64_t)read_u32(from + 4) << 32);
}

sztp__span_t sztp__apart_take_bytes(sztp__apart_t *p) {
  uint64_t len = (uint64_t)sztp__apart_take(p);
  size_t left = p->in_len - p->at;
  if (p->broken || len >= left || p->in[p->at + len] != 0) {
    p->broken = 1;
    return sztp__span(NULL, 0);
  }
  sztp__span_t bytes = sztp__span(p->in + p->at, (size_t)len);
  p->at += (size_t)len + 1;
  return bytes;
}

void sztp__apart_take_text(sztp__apart_t *p, char *out, size_t cap) {
  sztp__span_t text = sztp__apart_take_bytes(p);
  size_t len = text.len < cap ? text.len : cap - 1;
  if (len > 0) memcpy(out, text.data, len);
  out[len] = '\0';
}
