/* SPDX-License-Identifier: Apache-2.0 */
/* The process that takes apart and judges what comes from outside, without keys, files, networks and
 * privileges (sandbox.h). The agent does what it asks for (apart.h). */
#ifndef SZTP_AGENT_JUDGE_H
#define SZTP_AGENT_JUDGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sztp/sztp.h>

/* An end of the pipe, with what has come and was not asked for yet: a frame is read in two parts. */
typedef struct judge_pipe {
  int fd; /* or -1 */
  size_t at, len;
  uint8_t data[2048];
} judge_pipe_t;

typedef struct judge {
  judge_pipe_t pipe; /* the agent's end; without one the agent judges itself */
  pid_t process;
  unsigned has; /* SANDBOX_* that it is in */
} judge_t;

/* What of a device is known only when its keys are there. */
typedef struct judge_device {
  uint32_t csr_formats, csr_keys; /* as for sztp_device_set_csr() */
  uint32_t passes;
} judge_device_t;

/* Starts it with a copy of the device, in which there are no keys yet. 0, or errno. */
int judge_start(judge_t *j, sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level);
/* Tells it the rest, and makes the session whose other half it has; @p dev also has the certificates of the
 * attestation key. SZTP_OK, or an error. */
int32_t judge_session(judge_t *j, sztp_device_t *dev, const judge_device_t *rest, sztp_session_t **out);
/* Ends it; the session is freed before. */
void judge_stop(judge_t *j);
/* In a few words, how it ended, if it has; "" if it runs. */
void judge_end(judge_t *j, char *out, size_t room);

#endif
