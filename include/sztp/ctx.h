/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The context: where memory comes from and how much of it, who hears the log, where random octets
 * come from, and how large input may be.
 */
#ifndef SZTP_CTX_H
#define SZTP_CTX_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SZTP_VERSION_MAJOR 0
#define SZTP_VERSION_MINOR 1
#define SZTP_VERSION_PATCH 0

enum {                                 /* sztp_ctx_set_i64; the default stands behind each */
       SZTP_LIMIT_MEMORY = 1,          /**< octets the context may hold at once; no limit */
       SZTP_LIMIT_CONVEYED = 2,        /**< octets of conveyed information; 12 MiB (SEC-06) */
       SZTP_LIMIT_OWNER_CERT = 3,      /**< octets of an owner certificate or trust anchor; 1 MiB (SEC-06) */
       SZTP_LIMIT_VOUCHER = 4,         /**< octets of an ownership voucher; 256 KiB (SEC-06) */
       SZTP_LIMIT_DATA_REPLY = 5,      /**< octets of a get-bootstrapping-data reply; 16 MiB (REST-24) */
       SZTP_LIMIT_OTHER_REPLY = 6,     /**< octets of any other reply; 64 KiB (REST-24) */
       SZTP_LIMIT_IMAGE = 7,           /**< octets of a boot image; 16 GiB */
       SZTP_LIMIT_PART = 8,            /**< octets of one script or configuration; 8 MiB (ONB-27) */
       SZTP_LIMIT_DEPTH = 9,           /**< nesting of JSON and XML; 32, at most 128 (DATA-15) */
       SZTP_LIMIT_MEMBERS = 10,        /**< members or elements of a document; 4096 (DATA-15) */
       SZTP_LIMIT_LEAF = 11,           /**< octets of a leaf that is not binary; 64 KiB (DATA-15) */
       SZTP_LIMIT_REDIRECTS = 12,      /**< depth of redirects; 10, at most 10 (REDIR-03) */
       SZTP_LIMIT_SOURCE_SERVERS = 13, /**< server addresses contacted for one source attempt; 32 (DISC-12) */
       SZTP_LIMIT_PASS_SERVERS = 14 /**< server addresses contacted in one pass; 64, of which half is kept for
                                     later sources, in equal shares (DISC-12) */
};

enum {                           /* sztp_ctx_i64 */
       SZTP_USAGE_NOW = 1,       /**< octets held now */
       SZTP_USAGE_PEAK = 2,      /**< octets held at most, since the context was made or the peak was reset */
       SZTP_USAGE_OPERATIONS = 3 /**< public-key operations made so far */
};

enum { SZTP_LOG_ERROR = 1, SZTP_LOG_WARN = 2, SZTP_LOG_INFO = 3, SZTP_LOG_DEBUG = 4 };

enum {                          /* the layer a log line speaks of */
       SZTP_TOPIC_DEVICE = 1,   /**< configuration of the device */
       SZTP_TOPIC_ARTIFACT = 2, /**< decoding of an artifact or document */
       SZTP_TOPIC_TRUST = 3,    /**< a verdict */
       SZTP_TOPIC_SOURCE = 4,   /**< a source of bootstrapping data */
       SZTP_TOPIC_SERVER = 5,   /**< a visit at a bootstrap server */
       SZTP_TOPIC_ONBOARD = 6,  /**< a step of processing onboarding information */
       SZTP_TOPIC_SESSION = 7   /**< start, retry and end of a session */
};

enum {                           /* sztp_has_feature */
       SZTP_FEATURE_JSON = 1,    /**< JSON documents; always */
       SZTP_FEATURE_XML = 2,     /**< XML documents */
       SZTP_FEATURE_CBOR = 3,    /**< constrained vouchers (COSE) */
       SZTP_FEATURE_DECRYPT = 4, /**< encrypted artifacts */
       SZTP_FEATURE_CRL = 5,     /**< revocation */
       SZTP_FEATURE_CSR = 6      /**< certificate signing requests (RFC 9646) */
};

/** The library's version at run time: major << 16 | minor << 8 | patch. */
SZTP_API uint32_t sztp_version(void);

/** The same as text, "0.1.0". Static. */
SZTP_API const char *sztp_version_string(void);

/** 1 if this build has SZTP_FEATURE_* @p feature, else 0 (also for a feature it never heard of). */
SZTP_API int32_t sztp_has_feature(uint32_t feature);

/** Makes a context.
 *
 * @param alloc where memory comes from; copied; NULL for malloc()
 * @param out   the context, freed with sztp_ctx_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_ABI (struct_size is too small), SZTP_ERR_MEMORY
 */
SZTP_API int32_t sztp_ctx_new(const sztp_allocator_t *alloc, sztp_ctx_t **out);

/** Makes a context that lives, with everything made from it, inside the caller's memory.
 *
 * The cryptographic library behind libsztp keeps using its own heap; the parsers of JSON and XML do not.
 *
 * @param memory borrowed until sztp_ctx_free(); any alignment
 * @param len    octets; 64 KiB serve a whole bootstrap with artifacts of ordinary size
 * @param out    the context
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY (@p len is too small for the context itself)
 */
SZTP_API int32_t sztp_ctx_new_in(void *memory, size_t len, sztp_ctx_t **out);

/** Frees a context after all objects made from it; while one of them is alive it does nothing, and logs that.
 * NULL is allowed. */
SZTP_API void sztp_ctx_free(sztp_ctx_t *ctx);

/** Sends log lines up to @p level (SZTP_LOG_*) to @p fn; NULL turns the log off.
 * @p fn must not call the library. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_set_log(sztp_ctx_t *ctx, uint32_t level, sztp_log_fn fn, void *user);

/** Takes random octets from @p fn instead of the cryptographic library's generator; NULL undoes that.
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_set_random(sztp_ctx_t *ctx, sztp_random_fn fn, void *user);

/** Sets SZTP_LIMIT_* @p limit to @p value, 1 or more (units stand at the constants).
 * @return 0, SZTP_ERR_ARG (unknown limit, 0, or above the most that is allowed) */
SZTP_API int32_t sztp_ctx_set_i64(sztp_ctx_t *ctx, uint32_t limit, int64_t value);

/** Reads SZTP_USAGE_* @p what. Memory is what libsztp itself asked for.
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_i64(const sztp_ctx_t *ctx, uint32_t what, int64_t *out);

/** Sets the peak back to what is held now. */
SZTP_API void sztp_ctx_reset_peak(sztp_ctx_t *ctx);

#ifdef __cplusplus
}
#endif
#endif
