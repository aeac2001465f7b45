/* SPDX-License-Identifier: Apache-2.0 */
/* The services of a context: memory with budget and peak, limits, log, random octets, error trail. Every
 * other file reaches memory, log and errors through the functions here. */
#ifndef SZTP_GROUND_CTX_PRIVATE_H
#define SZTP_GROUND_CTX_PRIVATE_H

#include <sztp/ctx.h>
#include <sztp/error.h>

#include "ground/format.h"
#include "ground/span.h"

/* ---- memory (alloc.c) ---------------------------------------------------------------------------- */

/* @p size octets, zeroed; 0 octets give a valid pointer. NULL leaves SZTP_ERR_MEMORY in the trail, and
 * the caller returns SZTP_ERR_MEMORY. */
void *sztp__alloc(sztp_ctx_t *ctx, size_t size);
/* count * size octets, zeroed, with the product checked. */
void *sztp__alloc_array(sztp_ctx_t *ctx, size_t count, size_t size);
/* As realloc(); new octets are not zeroed; the old block, if moved, is wiped. NULL leaves @p p alone. */
void *sztp__realloc(sztp_ctx_t *ctx, void *p, size_t size);
/* A copy of @p data, followed by a NUL. */
uint8_t *sztp__copy(sztp_ctx_t *ctx, const void *data, size_t len);
/* NULL is allowed. */
void sztp__free(sztp_ctx_t *ctx, void *p);
/* Wipes the block, then frees it. NULL is allowed. */
void sztp__free_secret(sztp_ctx_t *ctx, void *p);
/* Counts @p size octets that a library behind ours may take from the C library's heap into the context's
 * budget: 0, or SZTP_ERR_MEMORY. What was counted is taken out again afterwards. */
int32_t sztp__count_foreign(sztp_ctx_t *ctx, uint64_t size);
void sztp__uncount_foreign(sztp_ctx_t *ctx, uint64_t size);
/* Overwrites memory in a way that a compiler may not optimise away (SEC-08). */
void sztp__wipe(void *p, size_t len);
/* 1 if equal; time depends on @p len only (SEC-10). */
int sztp__equal_secret(const void *a, const void *b, size_t len);

/* ---- limits, and what is counted (ctx.c) --------------------------------------------------------- */

/* The value in force of SZTP_LIMIT_* @p which. */
uint64_t sztp__limit(const sztp_ctx_t *ctx, uint32_t which);
/* A number that no earlier visit of this context had. */
uint64_t sztp__ctx_next_visit(sztp_ctx_t *ctx);
/* The latest point in time known to have passed, in Unix seconds; 0: none. */
int64_t sztp__ctx_known_floor(const sztp_ctx_t *ctx);
void sztp__ctx_set_known_floor(sztp_ctx_t *ctx, int64_t unix_time);
/* Counts a public-key operation for SZTP_USAGE_OPERATIONS. */
void sztp__count_operation(sztp_ctx_t *ctx);
/* One session at a time (STATE-21): 0, or SZTP_ERR_BUSY if one is alive. */
int32_t sztp__ctx_enter_session(sztp_ctx_t *ctx);
void sztp__ctx_leave_session(sztp_ctx_t *ctx);

/* ---- what the cryptographic library keeps (ctx.c) ------------------------------------------------- */

/* What was kept, or NULL. */
void *sztp__ctx_kept(const sztp_ctx_t *ctx);
/* Keeps @p kept for as long as the context lives, and what was kept before no longer; @p release frees it. */
void sztp__ctx_keep(sztp_ctx_t *ctx, void *kept, void (*release)(void *));

/* ---- calls of the host's functions (callback.c) -------------------------------------------------- */

/* Called first by public functions: starts a new trail. SZTP_ERR_REENTRY from inside one of the host's
 * functions for log, random octets, keys or events, which must not call back. */
int32_t sztp__enter(sztp_ctx_t *ctx);
/* 1 from inside such a function. */
int sztp__in_callback(const sztp_ctx_t *ctx);
/* Around each call of such a function. */
void sztp__callback_begins(sztp_ctx_t *ctx);
void sztp__callback_ends(sztp_ctx_t *ctx);
/* Random octets of the host's function: 0, SZTP_ERR_RANDOM, or SZTP_ERR_NOT_FOUND if it has set none. For
 * sztp__random() in cryptography/crypto.h, which everybody else calls. */
int32_t sztp__host_random(sztp_ctx_t *ctx, uint8_t *out, size_t len);

/* ---- work (work.c): one budget for a whole verification ------------------------------------------ */

#define SZTP__WORK_OPERATIONS 100 /* public-key operations of one verification (D-97) */
#define SZTP__WORK_KINDS      4   /* of keys that operations are made with */

/* Begins a budget for @p input octets: of public-key operations, and of octets that are looked at beyond what
 * the reading of the input costs, each worth some nanoseconds. Until then, and after the end, nothing is
 * bounded. */
void sztp__work_begin(sztp_ctx_t *ctx, uint64_t input);
void sztp__work_end(sztp_ctx_t *ctx);
/* Pays for @p octets. 0 once the budget is used up: then the caller stops, with any result, since the
 * verification as a whole is refused. With @p ctx NULL nothing is paid. */
int sztp__work_look(sztp_ctx_t *ctx, size_t octets);
/* The same for octets that are hashed, which are counted. */
int sztp__work_hash(sztp_ctx_t *ctx, size_t octets);
uint64_t sztp__work_hashed(const sztp_ctx_t *ctx);
/* Pays for a public-key operation with a key of a kind (crypto.h) and counts it: 0 or SZTP_ERR_LIMIT. */
int32_t sztp__work_operate(sztp_ctx_t *ctx, uint32_t kind);
/* How many were made with such keys since the budget began; up to 255. */
uint32_t sztp__work_made(const sztp_ctx_t *ctx, uint32_t kind);
/* 1 if the budget was not enough: what came out since is not to be believed. */
int sztp__work_spent(const sztp_ctx_t *ctx);
uint32_t sztp__work_operations_left(const sztp_ctx_t *ctx);

/* ---- error trail (trail.c) ----------------------------------------------------------------------- */

/* Starts a new trail; public functions call it first. */
void sztp__trail_clear(sztp_ctx_t *ctx);
/* Adds an entry (innermost is added first) and returns @p code. @p where is static, as "cms.signer".
 * Text from outside goes in with "%s" after sztp__printable(), never raw (SEC-11); the trail neutralises
 * control characters again. Details are cut at 199 octets; entries past the 8th are dropped. With @p ctx NULL
 * nothing is recorded. */
int32_t sztp__fail(sztp_ctx_t *ctx, int32_t code, const char *where, const char *fmt, ...) SZTP__PRINTF(4, 5);
#if SZTP__TERSE && SZTP__PLACES
/* The same without words. */
int32_t sztp__fail_at(sztp_ctx_t *ctx, int32_t code, const char *where);
#define sztp__fail(ctx, code, where, ...)                                                                    \
  (0 ? sztp__fail(ctx, code, where, __VA_ARGS__) : sztp__fail_at(ctx, code, where))
#elif SZTP__TERSE
/* The code alone. */
int32_t sztp__fail_with(sztp_ctx_t *ctx, int32_t code);
#define sztp__fail(ctx, code, where, ...)                                                                    \
  (0 ? sztp__fail(ctx, code, where, __VA_ARGS__) : sztp__fail_with(ctx, code))
#elif !SZTP__PLACES
#define sztp__fail(ctx, code, where, ...) sztp__fail(ctx, code, (0 ? (where) : ""), __VA_ARGS__)
#endif
/* How many entries the trail has. */
size_t sztp__trail_len(const sztp_ctx_t *ctx);
/* Removes what was added since it had @p len entries: failures that are not to be reported. */
void sztp__trail_cut(sztp_ctx_t *ctx, size_t len);
/* The innermost code of the trail, or 0. */
int32_t sztp__trail_cause(const sztp_ctx_t *ctx);
/* The innermost entry's detail, "" if there is none. */
const char *sztp__trail_detail(const sztp_ctx_t *ctx);

/* ---- log (log.c) --------------------------------------------------------------------------------- */

/* One line, cut at 511 octets, control characters neutralised. */
void sztp__log(sztp_ctx_t *ctx, uint32_t level, uint32_t topic, const char *fmt, ...) SZTP__PRINTF(4, 5);
#if SZTP__TERSE
#define sztp__log(ctx, level, topic, ...) ((void)(0 ? (sztp__log(ctx, level, topic, __VA_ARGS__), 0) : 0))
#endif

#endif
