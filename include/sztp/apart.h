/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * A session in two processes: one without any privilege, which takes apart and judges whatever comes from
 * outside, and the host's, which does what it asks for. Between them is a pipe that the host provides.
 *
 * The process that judges calls sztp_session_serve(), the other uses the session of sztp_session_new_apart()
 * as it would any other. Both are the same program, or of the same release. What crosses the pipe is as
 * trusted as the process that judges: who takes that over can't reach keys, files and networks, but can say
 * what is to be done.
 */
#ifndef SZTP_APART_H
#define SZTP_APART_H

#include <sztp/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Both ends of a connection that keeps the order of octets and loses none, as of a socket pair. */
typedef struct sztp_pipe {
  /** Reads exactly @p len octets, and waits for them. 0, or any SZTP_ERR_* if there will be no more. */
  int32_t (*read)(void *user, uint8_t *data, size_t len);
  /** Writes all @p len octets. 0, or any SZTP_ERR_* if nobody reads them. */
  int32_t (*write)(void *user, const uint8_t *data, size_t len);
  void *user; /**< passed to both */
} sztp_pipe_t;

/** Makes a session whose other half is in another process. It behaves as one of sztp_session_new(), but for
 * these: its verdicts have no contents (sztp_verdict_info() is NULL), calls give SZTP_ERR_HOST once the
 * other process has ended, and the device's key function may not answer SZTP_PENDING.
 * @param ctx  the context
 * @param dev  the device: its key function is asked on behalf of the other process, whose device is a copy
 *             of this one; must outlive the session
 * @param pipe the host's end, copied; what it is made of must outlive the session
 * @param out  the session, freed with sztp_session_free()
 * @return errors of sztp_session_new(), SZTP_ERR_HOST */
SZTP_API int32_t sztp_session_new_apart(sztp_ctx_t *ctx, sztp_device_t *dev, const sztp_pipe_t *pipe,
                                        sztp_session_t **out);

/** Serves the session of another process until that closes the pipe. The device's key function is replaced
 * by one that asks the other process, and so is the context's log.
 * @param ctx       the context
 * @param dev       the device; it needs no keys
 * @param log_level the least serious lines that are told: SZTP_LOG_*
 * @param pipe      this process's end
 * @return 0 when the pipe is closed; errors of sztp_session_new(); SZTP_ERR_ABI if the other side is of
 *   another release or breaks the protocol */
SZTP_API int32_t sztp_session_serve(sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level,
                                    const sztp_pipe_t *pipe);

#ifdef __cplusplus
}
#endif
#endif
