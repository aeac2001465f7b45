/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The objects, the callbacks and the one public structure.
 *
 * Rules that hold for the whole interface:
 * - A function returns int32_t: 0 is done, > 0 is "not finished" (never an error), < 0 is an error of
 *   error.h. Plain getters return their value.
 * - On an error no out-parameter is touched, unless its comment says otherwise.
 * - Data from outside is always pointer and length. Only names that the integrator writes himself
 *   (a host name in the configuration, say) are C strings.
 * - Everything handed in is copied, unless a comment says "borrowed".
 * - An object belongs to the context it was made from and is freed before it. A context and its
 *   objects belong to one thread at a time; two contexts share nothing (SEC-15).
 */
#ifndef SZTP_TYPES_H
#define SZTP_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_ctx sztp_ctx_t;         /**< memory, log, random, limits, error trail */
typedef struct sztp_device sztp_device_t;   /**< who we are, whom we trust, policy        */
typedef struct sztp_bundle sztp_bundle_t;   /**< one grouping of raw artifacts            */
typedef struct sztp_info sztp_info_t;       /**< decoded conveyed information             */
typedef struct sztp_verdict sztp_verdict_t; /**< what was checked, and how it ended       */
typedef struct sztp_session sztp_session_t; /**< the machine                              */
typedef struct sztp_action sztp_action_t;   /**< one thing the host is asked to do        */
typedef struct sztp_host sztp_host_t;       /**< the blocking runner                      */

/** "No time is known" wherever Unix seconds are asked for (CLK-03). */
#define SZTP_TIME_UNKNOWN INT64_MIN

/** Where memory comes from. The one structure of the interface; it grows only at its end.
 * The three functions are called by the thread that uses the context, and never re-entered. */
typedef struct sztp_allocator {
  uint32_t struct_size; /**< sizeof(sztp_allocator_t) */
  uint32_t reserved;    /**< 0 */
  void *user;           /**< given to the three functions */
  /** @p size octets (1 or more), aligned for any type; NULL when there are none. */
  void *(*alloc)(void *user, size_t size);
  /** Makes @p p smaller, from @p old_size octets asked for to @p new_size, as realloc(). It is never asked to
   * make a block larger: that would leave copies of secrets behind. NULL leaves @p p as it was. */
  void *(*resize)(void *user, void *p, size_t old_size, size_t new_size);
  /** Gives back @p p, of which @p size octets were asked for. */
  void (*release)(void *user, void *p, size_t size);
} sztp_allocator_t;

/** Takes one log line: UTF-8 without line end or control characters, NUL after @p len octets.
 * @p level is SZTP_LOG_*, @p topic is SZTP_TOPIC_*. Never holds a secret (SEC-08). */
typedef void (*sztp_log_fn)(void *user, uint32_t level, uint32_t topic, const char *line, size_t len);

/** Fills @p out with @p len octets fit for nonces. Returns 0, or < 0 on failure (SEC-09). */
typedef int32_t (*sztp_random_fn)(void *user, uint8_t *out, size_t len);

#ifdef __cplusplus
}
#endif
#endif
