/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a session whose other half is in another process hands on. Only apart_session.c makes such
 * sessions, so that hosts without them do not link it. */
#ifndef SZTP_MACHINE_FAR_H
#define SZTP_MACHINE_FAR_H

#include <sztp/session.h>

#include "ground/span.h"

typedef enum sztp__far_what {
  SZTP__FAR_ADD_SOURCE = 1,
  SZTP__FAR_RESTORE,
  SZTP__FAR_SET_TIME,
  SZTP__FAR_CLOCK, /* number: whether there is a wall clock to ask */
  SZTP__FAR_KEYS,  /* number: whether there is a key function */
  SZTP__FAR_NEXT,
  SZTP__FAR_CHECK_SERVER,
  SZTP__FAR_I64,
  SZTP__FAR_BYTES,
  SZTP__FAR_DNS_ANSWER,
  SZTP__FAR_WRITE,
  SZTP__FAR_RESTART,
  SZTP__FAR_END
} sztp__far_what_t;

typedef struct sztp__far_call {
  sztp__far_what_t what;
  uint64_t ticket; /* or the time now, in ms */
  uint32_t field;  /* or source, outcome */
  int64_t number;
  sztp__span_t bytes;
  sztp__span_t responder;
  int told; /* it can't fail any more, so that nobody waits for its end */
} sztp__far_call_t;

typedef struct sztp__far {
  int32_t (*call)(sztp_session_t *s, const sztp__far_call_t *call, int64_t *answer);
  void (*free)(sztp_session_t *s);
} sztp__far_t;

#endif
