/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-https: the actions RESOLVE, FETCH and DOWNLOAD over sockets and TLS, by mbedTLS or OpenSSL.
 *
 * Register sztp_https_handle() for these kinds; it blocks within its time limits, and takes the time from
 * the session (sztp_session_now()). TLS 1.2 and 1.3 as the library has them, ECDHE with AEAD only; all
 * addresses of a name, IPv4 and IPv6. A transport belongs to one thread at a time, like its device; with
 * mbedTLS 3.6, several threads need an mbedTLS that guards what it shares (types.h). A child of fork() seeds
 * the random generators again before it connects; but of a connection that is kept, and of a session, only
 * one of the two processes may make use.
 *
 * mbedTLS 2.28 takes the messages of a handshake in one record each: a server that sends its chain in pieces
 * is refused, with a message that says so. mbedTLS 3.6 and OpenSSL put them together.
 *
 * With OpenSSL, a transport works in the library context that its device's context had when it was made
 * (sztp_ctx_set_library_context()), keeps to what the system's configuration demands beyond its own rules (a
 * security level, a later version of TLS), and empties the thread's queue of OpenSSL's errors.
 *
 * Names are looked up by a function of the integrator's (sztp_https_set_resolver()), which keeps to the
 * action's deadline. Without one, RESOLVE uses getaddrinfo(), which waits as long as the system is configured
 * to, and DOWNLOAD takes addresses only, and the name of the server that is being visited.
 *
 * The device's key function signs in the TLS handshake (sztp_device_set_key(); software_key.h has one).
 * Before a connection is made it is asked what the key can do, and only versions and cipher suites for which
 * it can sign are offered. With mbedTLS that is TLS 1.2 at most for an RSA key, and in TLS 1.2 the
 * hash of a suite is the hash that is signed with. With OpenSSL an RSA key that makes PSS signatures has TLS
 * 1.3, and in TLS 1.2 any hash will do that the server takes as well. A function that is not finished is asked
 * again until the handshake's time is over.
 *
 * A connection is kept for exchanges of the same visit. If the server closed it meanwhile, the request is
 * sent once more on a new one, but never after a part of a response. A DOWNLOAD takes http and
 * https URIs; any certificate will do, since the image is verified by its hash, and the device does not
 * identify itself. An image from the server that is being visited comes over the visit's own connection, and
 * a signature and its image over one connection. HTTP redirects are not followed. A signature of the image is looked for in one place: beside it
 * (SZTP_HTTPS_IMAGE_SIGNATURES); any status but 200 counts as none.
 *
 * A download that breaks goes on where it broke, if the server gave a strong validator: an ETag that is not
 * weak, or, without any ETag, a Last-Modified a minute or more before its Date. The rest is asked for with
 * Range and If-Range, at the same address and then at the others. Where the validator is another one, or what
 * comes is not that very part, the image is begun again from its first octet, twice at most. A try that
 * brings less than 1 MiB is one of 16; when no address does, there are pauses of 1, 2 and 4 s. With
 * sztp_https_set_staged() what an earlier run has staged is gone on with in the same way. The log says each
 * time what is done, and why.
 */
#ifndef SZTP_HTTPS_H
#define SZTP_HTTPS_H

#include <sztp/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_https sztp_https_t; /**< the transport */

/** Options of a transport: sztp_https_set_i64(). */
enum {
  SZTP_HTTPS_CONNECT_MS        = 1, /**< ms: connecting to one address (10000) */
  SZTP_HTTPS_HANDSHAKE_MS      = 2, /**< ms: the TLS handshake (20000) */
  SZTP_HTTPS_HEADERS_MS        = 3, /**< ms: from the request sent to the end of the reply's headers
                                         (60000) */
  SZTP_HTTPS_IDLE_MS           = 4, /**< ms: between two pieces of a body (30000) */
  SZTP_HTTPS_MAX_HEADER_OCTETS = 5, /**< octets of a reply's header section (32768) */
  SZTP_HTTPS_MAX_HEADER_FIELDS = 6, /**< header fields of a reply (100) */
  SZTP_HTTPS_KEY_POLL_MS       = 7, /**< ms: between two questions to a key function that is not finished
                                         (10) */
  SZTP_HTTPS_IMAGE_SIGNATURES  = 8  /**< 1: a DOWNLOAD with CHECK_SIGNATURE takes first what is at the image's
                                         URI with ".p7s" behind its path, and replies it as SIGNATURE (0) */
};

/** Counts of a transport: sztp_https_i64(). None has the number of an option. */
enum {
  SZTP_HTTPS_CONNECTIONS = 64, /**< TCP connections made */
  SZTP_HTTPS_HANDSHAKES  = 65, /**< TLS handshakes completed */
  SZTP_HTTPS_EXCHANGES   = 66  /**< requests answered */
};

/** Takes the image octets of a DOWNLOAD, in order, to stage them.
 * @param user     as registered
 * @param a        the action
 * @param offset   of the octets in the image; 0 with no octets opens a new download and discards an earlier
 *                 one
 * @param total    octets that the server announced, or 0 if it did not
 * @param data,len the octets
 * @return 0, or anything else to end the download as failed */
typedef int32_t (*sztp_https_stage_fn)(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total,
                                       const uint8_t *data, size_t len);

/** Gives what is staged of the action's image by an earlier DOWNLOAD, from its beginning on, so that this one
 * goes on behind it: what was staged for the same URI, and no octet of another one. It is hashed again. If
 * the server still has the same image, the octets behind it come to the stage next, without an opening of a
 * new download; else the stage is opened as for any. Of an image that is complete all but the last octet
 * should be given, for there is nothing to ask for behind it. It is called where the action has RESUME 1.
 * @param user                    as registered
 * @param a                       the action
 * @param offset                  of the octets in the image: the sum of what was given so far
 * @param validator,validator_cap takes what sztp_https_validator() told of it, NUL included; looked at after
 *                                the last octet
 * @param out,out_cap             takes the octets
 * @param out_len                 to be set to how many they are; 0: there are no more
 * @return 0, or anything else if it can't be read, which has the download begin at the first octet */
typedef int32_t (*sztp_https_staged_fn)(void *user, const sztp_action_t *a, uint64_t offset, char *validator,
                                        size_t validator_cap, uint8_t *out, size_t out_cap, size_t *out_len);

/** Looks up the addresses of a host name.
 * @param user    as registered
 * @param s       the session, for sztp_session_now() and sztp_session_cancelled()
 * @param a       the RESOLVE or DOWNLOAD, whose deadline it must not miss
 * @param name    the name, never an address
 * @param out     takes the addresses as text, in the order of preference, each followed by a NUL
 * @param out_cap room in @p out
 * @param out_len to be set to the octets written; more than 32 addresses are not used
 * @return 0; SZTP_ERR_NOT_FOUND if there is no such name; anything else if that can't be known now */
typedef int32_t (*sztp_https_resolve_fn)(void *user, sztp_session_t *s, const sztp_action_t *a,
                                         const char *name, char *out, size_t out_cap, size_t *out_len);

/** Gives the device's password for HTTP Basic (RFC 7617). It is called when a server that was authenticated has
 * demanded it; the transport wipes its copy as soon as the request is written, and the request when it is done.
 * @param user    as registered
 * @param out     takes the password, 1 to 256 octets of UTF-8 without control characters
 * @param out_cap room in @p out
 * @param out_len to be set to how many they are
 * @return 0, or anything else if there is none now, so that the exchange fails */
typedef int32_t (*sztp_https_password_fn)(void *user, uint8_t *out, size_t out_cap, size_t *out_len);

/** Makes a transport.
 * @param dev the device, whose identity certificate and chain it presents; must outlive the transport
 * @param out the transport, freed with sztp_https_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_https_new(sztp_device_t *dev, sztp_https_t **out);

/** Closes all connections and frees the transport; from inside a function of its own, the stage or the
 * resolver, it does nothing.
 * @param h the transport; NULL is allowed */
SZTP_API void sztp_https_free(sztp_https_t *h);

/** Sets an option.
 * @param h      the transport
 * @param option SZTP_HTTPS_*
 * @param value  in the unit that the constant gives
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_https_set_i64(sztp_https_t *h, uint32_t option, int64_t value);

/** Sets where a DOWNLOAD's octets go. Without it DOWNLOAD fails.
 * @param h    the transport
 * @param fn   takes the octets; NULL removes it
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_https_set_stage(sztp_https_t *h, sztp_https_stage_fn fn, void *user);

/** Sets who gives what is staged already.
 * @param h    the transport
 * @param fn   gives it; NULL removes it
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY
 * @req IMG-05 */
SZTP_API int32_t sztp_https_set_staged(sztp_https_t *h, sztp_https_staged_fn fn, void *user);

/** Tells by what the server knows the image that is being staged, for who wants to go on with it after a
 * restart: to be asked by the stage, when it is opened, and kept with its octets and the URI; and once more
 * after a DOWNLOAD that failed, to learn whether it is worth keeping.
 * @param h the transport
 * @return the validator, at most 128 octets, valid until the stage returns or the next action begins; "" if
 *   there is nothing to go on with */
SZTP_API const char *sztp_https_validator(const sztp_https_t *h);

/** Sets who looks up names.
 * @param h    the transport
 * @param fn   looks them up; NULL removes it
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_https_set_resolver(sztp_https_t *h, sztp_https_resolve_fn fn, void *user);

/** Sets with what the device authenticates itself by HTTP Basic, beside its certificate, if a server demands
 * it: with status 401 and a challenge of that scheme. Then the request is repeated once with the credentials, over
 * the connection that the challenge came on, or, if the server has closed it, over a new one that is verified
 * in the same way; and further requests of the same visit have them from the beginning. They never go to a
 * server that was not authenticated. The user name is the device's serial number.
 * @param h      the transport
 * @param serial the serial number that the credentials stand for
 * @param fn     gives the password; NULL removes it
 * @param user   passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY; SZTP_ERR_CONFIG: the serial number is not the device's, or not
 *   the one in its identity certificate, or has a colon, which a user name can't have
 * @req TLS-08, TLS-09, REST-20 */
SZTP_API int32_t sztp_https_set_basic(sztp_https_t *h, const char *serial, sztp_https_password_fn fn,
                                      void *user);

/** Reads a count since the transport was made.
 * @param h    the transport
 * @param what SZTP_HTTPS_CONNECTIONS, SZTP_HTTPS_HANDSHAKES or SZTP_HTTPS_EXCHANGES
 * @param out  the number
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_https_i64(const sztp_https_t *h, uint32_t what, int64_t *out);

/** Does a RESOLVE, FETCH or DOWNLOAD. Pass it to sztp_host_on() for these kinds, with the transport as its
 * user, or call it with an action of one of them.
 * @param h the transport
 * @param s the session
 * @param a the action
 * @return SZTP_OUTCOME_* */
SZTP_API uint32_t sztp_https_handle(void *h, sztp_session_t *s, const sztp_action_t *a);

#ifdef __cplusplus
}
#endif
#endif
