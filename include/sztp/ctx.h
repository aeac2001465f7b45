/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The context: where memory comes from and how much of it, who receives the log, where random octets
 * come from, and how large input may be.
 */
#ifndef SZTP_CTX_H
#define SZTP_CTX_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The major version of these headers. */
#define SZTP_VERSION_MAJOR 0
/** The minor version of these headers. */
#define SZTP_VERSION_MINOR 9
/** The patch level of these headers. */
#define SZTP_VERSION_PATCH 0

/** Limits: sztp_ctx_set_i64(). Sizes are in octets. */
enum {
  SZTP_LIMIT_MEMORY         = 1,  /**< what the context may hold at once (no limit) */
  SZTP_LIMIT_CONVEYED       = 2,  /**< conveyed information (12 MiB) */
  SZTP_LIMIT_OWNER_CERT     = 3,  /**< an owner certificate or trust anchor (1 MiB) */
  SZTP_LIMIT_VOUCHER        = 4,  /**< an ownership voucher (256 KiB) */
  SZTP_LIMIT_DATA_REPLY     = 5,  /**< a get-bootstrapping-data reply (16 MiB) */
  SZTP_LIMIT_OTHER_REPLY    = 6,  /**< any other reply (64 KiB) */
  SZTP_LIMIT_IMAGE          = 7,  /**< a boot image (16 GiB) */
  SZTP_LIMIT_PART           = 8,  /**< one script or configuration (8 MiB) */
  SZTP_LIMIT_DEPTH          = 9,  /**< nesting of JSON and XML, at most 128 levels (32) */
  SZTP_LIMIT_MEMBERS        = 10, /**< members or elements of a document (4096) */
  SZTP_LIMIT_LEAF           = 11, /**< a leaf that is not binary (64 KiB) */
  SZTP_LIMIT_REDIRECTS      = 12, /**< depth of redirects, at most 10 (10) */
  SZTP_LIMIT_SOURCE_SERVERS = 13, /**< server addresses contacted for one source attempt (40) */
  SZTP_LIMIT_PASS_SERVERS   = 14, /**< server addresses contacted in one pass, half of which are kept for
                                       later sources, in equal shares (64) */
  SZTP_LIMIT_UNPROVEN_MS    = 15  /**< ms that a server which is not authenticated may take, for all that is
                                       asked of it (20,000) */
};

/** What a context has used: sztp_ctx_i64(). None has the number of a limit. */
enum {
  SZTP_USAGE_NOW        = 64, /**< octets held now */
  SZTP_USAGE_PEAK       = 65, /**< octets held at most, since the context was made or the peak was reset */
  SZTP_USAGE_OPERATIONS = 66  /**< public-key operations made so far */
};

/** Levels of log lines. */
enum {
  SZTP_LOG_ERROR = 1, /**< something failed */
  SZTP_LOG_WARN  = 2, /**< something is doubtful */
  SZTP_LOG_INFO  = 3, /**< what is being done */
  SZTP_LOG_DEBUG = 4  /**< details */
};

/** What a log line is about. */
enum {
  SZTP_TOPIC_DEVICE   = 1, /**< configuration of the device */
  SZTP_TOPIC_ARTIFACT = 2, /**< decoding of an artifact or document */
  SZTP_TOPIC_TRUST    = 3, /**< a verdict */
  SZTP_TOPIC_SOURCE   = 4, /**< a source of bootstrapping data */
  SZTP_TOPIC_SERVER   = 5, /**< a visit to a bootstrap server */
  SZTP_TOPIC_ONBOARD  = 6, /**< a step of processing onboarding information */
  SZTP_TOPIC_SESSION  = 7  /**< start, retry and end of a session */
};

/** What a build may be able to do: sztp_has_feature(). */
enum {
  SZTP_FEATURE_JSON            = 1,  /**< JSON documents; always */
  SZTP_FEATURE_XML             = 2,  /**< XML documents */
  SZTP_FEATURE_CBOR            = 3,  /**< constrained vouchers (COSE) */
  SZTP_FEATURE_DECRYPT         = 4,  /**< encrypted artifacts */
  SZTP_FEATURE_CRL             = 5,  /**< revocation */
  SZTP_FEATURE_CSR             = 6,  /**< certificate signing requests (RFC 9646) */
  SZTP_FEATURE_SENTENCES       = 7,  /**< errors, verdicts, log lines and events have sentences for people;
                                        without it codes, places and labels are all there is */
  SZTP_FEATURE_DNS             = 8,  /**< DNS and multicast DNS as sources */
  SZTP_FEATURE_CONSTRAINTS     = 9,  /**< name constraints and certificate policies */
  SZTP_FEATURE_PEM             = 10, /**< certificates and signatures in PEM and base64; DER always */
  SZTP_FEATURE_IMAGE_SIGNATURE = 11, /**< signatures of boot images */
  SZTP_FEATURE_RSA             = 12, /**< signatures with RSA */
  SZTP_FEATURE_EC              = 13, /**< signatures with ECDSA */
  SZTP_FEATURE_PLACES          = 14, /**< errors say where something went wrong: sztp_ctx_trail() */
  SZTP_FEATURE_BER             = 15, /**< artifacts in BER; in DER always */
  SZTP_FEATURE_NAMES           = 16, /**< names of certificates that say the same are the same, whatever their
                                        octets (RFC 5280 7.1) */
  SZTP_FEATURE_IMAGES    = 17, /**< boot images other than the one that runs are downloaded and installed
                                      */
  SZTP_FEATURE_HOST_KEYS = 18, /**< SSH host keys and trust anchors in the last progress report */
  SZTP_FEATURE_HOST_META = 19, /**< servers are asked where their RESTCONF root is; else it is /restconf */
  SZTP_FEATURE_EVENTS    = 20, /**< events: sztp_session_on_event(), sztp_session_last() */
  SZTP_FEATURE_APART     = 21  /**< sessions in two processes: apart.h */
};

/** Reads the library's version at run time.
 * @return major << 16 | minor << 8 | patch */
SZTP_API uint32_t sztp_version(void);

/** Reads the library's version at run time as text.
 * @return the version, as "0.9.0"; static */
SZTP_API const char *sztp_version_string(void);

/** Tells what this build can do.
 * @param feature SZTP_FEATURE_*
 * @return 1 if it has the feature, else 0 (also for a feature that it does not know) */
SZTP_API int32_t sztp_has_feature(uint32_t feature);

/** Makes a context.
 * @param alloc where memory comes from; copied; NULL for malloc()
 * @param out   the context, freed with sztp_ctx_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_ABI (struct_size is too small), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_ctx_new(const sztp_allocator_t *alloc, sztp_ctx_t **out);

/** Makes a context that lives, with everything made from it, inside the caller's memory. Of the libraries
 * behind libsztp the cryptographic one and the parser of XML use the C library's heap; what the latter may
 * take is counted as held.
 * @param memory borrowed until sztp_ctx_free(); any alignment
 * @param len    octets. With P-256 artifacts of 4 KiB in all, on a machine of 64 bits, 24 KiB are enough for
 * a verification, 36 KiB for a whole bootstrap (a redirect, then onboarding) with a transport that keeps
 * nothing here, 44 KiB for one with libsztp-https, which has a heap of its own besides. Larger artifacts and
 * documents need more: what SZTP_USAGE_PEAK says of yours, and a third for the gaps between
 * @param out    the context
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY (the block is too small for the context itself) */
SZTP_API int32_t sztp_ctx_new_in(void *memory, size_t len, sztp_ctx_t **out);

/** Frees a context, after all objects made from it. While one of them is alive it does nothing, and logs
 * that.
 * @param ctx the context; NULL is allowed */
SZTP_API void sztp_ctx_free(sztp_ctx_t *ctx);

/** Sends log lines to a function, which must not call the library.
 * @param ctx   the context
 * @param level SZTP_LOG_*: the least serious lines that are sent
 * @param fn    takes the lines; NULL turns the log off (off)
 * @param user  passed to the function
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_set_log(sztp_ctx_t *ctx, uint32_t level, sztp_log_fn fn, void *user);

/** Takes random octets from a function instead of the cryptographic library's generator.
 * @param ctx  the context
 * @param fn   gives the octets; NULL restores the generator
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_set_random(sztp_ctx_t *ctx, sztp_random_fn fn, void *user);

/** Has the cryptographic library work in a library context of the caller's: with its providers, properties and
 * configuration (as for FIPS 140). Engines: docs/engines.md.
 * @param ctx     the context
 * @param library an OSSL_LIB_CTX, which outlives the context; NULL restores OpenSSL's default one
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_REENTRY, SZTP_ERR_UNSUPPORTED (this build's
 *   cryptographic library has no such thing) */
SZTP_API int32_t sztp_ctx_set_library_context(sztp_ctx_t *ctx, void *library);

/** Sets a limit.
 * @param ctx   the context
 * @param limit SZTP_LIMIT_*
 * @param value 1 or more, in the unit that the constant gives
 * @return 0, SZTP_ERR_ARG (unknown limit, less than 1, or more than is allowed) */
SZTP_API int32_t sztp_ctx_set_i64(sztp_ctx_t *ctx, uint32_t limit, int64_t value);

/** Reads what the context has used. Memory is what libsztp itself asked for.
 * @param ctx  the context
 * @param what SZTP_USAGE_*
 * @param out  the number
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_ctx_i64(const sztp_ctx_t *ctx, uint32_t what, int64_t *out);

/** Sets SZTP_USAGE_PEAK back to what is held now.
 * @param ctx the context */
SZTP_API void sztp_ctx_reset_peak(sztp_ctx_t *ctx);

#ifdef __cplusplus
}
#endif
#endif
