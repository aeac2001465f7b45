/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The blocking runner: a short loop over session.h with one callback type, registered per kind of action.
 */
#ifndef SZTP_HOST_H
#define SZTP_HOST_H

#include <sztp/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A handler's answer "not finished": sztp_host_run() returns SZTP_PENDING and calls the handler again,
 * with the same action, when it is called again. */
enum { SZTP_HANDLER_PENDING = 255 };

/** Does one action. Returns SZTP_OUTCOME_* (the runner then calls sztp_reply_end()) or SZTP_HANDLER_PENDING.
 *
 * From inside it only action getters, sztp_action_check_server(), replies other than sztp_reply_end(),
 * sztp_session_cancel() and the context's trail may be used on @p s; anything else gets SZTP_ERR_REENTRY. */
typedef uint32_t (*sztp_handler_fn)(void *user, sztp_session_t *s, const sztp_action_t *a);

/** A clock that never goes back, in ms. */
typedef uint64_t (*sztp_clock_fn)(void *user);

/** Makes a runner. @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_host_new(sztp_ctx_t *ctx, sztp_clock_fn clock, void *user, sztp_host_t **out);

/** Frees a runner. NULL is allowed. */
SZTP_API void sztp_host_free(sztp_host_t *host);

/** Registers the handler of SZTP_ACTION_* @p action, in place of an earlier one; NULL removes it.
 * An action without handler fails with SZTP_OUTCOME_FAILED, it is never skipped in silence; a SAVE or
 * ENABLED without handler therefore ends the session. Only a WAIT needs none: sztp_host_run() then returns
 * SZTP_PENDING, and goes on when it is called after the deadline. DONE and FAILED may have handlers too.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_host_on(sztp_host_t *host, uint32_t action, sztp_handler_fn fn, void *user);

/** Runs the session until it ends or a handler is not finished.
 *
 * @param host   the runner
 * @param s      the session, made from the same context
 * @param result out: SZTP_RESULT_* when the session has ended; NULL is allowed
 * @return 0 when the session ended with DONE; the reason's code when it ended with FAILED; SZTP_PENDING;
 *         errors of sztp_session_next(), after which it can be called again
 */
SZTP_API int32_t sztp_host_run(sztp_host_t *host, sztp_session_t *s, uint32_t *result);

#ifdef __cplusplus
}
#endif
#endif
