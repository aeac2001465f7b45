/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-https: the actions RESOLVE, FETCH and DOWNLOAD over sockets and mbedTLS, and KEY in software.
 *
 * Register sztp_https_handle() for the kinds; it blocks within its time limits, and takes the time from the
 * session (sztp_session_now()). TLS 1.2 and 1.3 as mbedTLS has them, ECDHE with AEAD only (TLS-24); all
 * addresses of a name, IPv4 and IPv6. Names are looked up with getaddrinfo(), which waits as long as the
 * system is set up to. A transport belongs to one thread at a time, like its device.
 *
 * A connection is kept for exchanges of the same visit. If the server closed it meanwhile, the request is
 * sent once more on a new one, but never after a part of a response (REST-30). A DOWNLOAD takes http and
 * https URIs; any certificate will do, since the image is verified by its hash, and the device does not
 * identify itself. HTTP redirects are not followed.
 */
#ifndef SZTP_HTTPS_H
#define SZTP_HTTPS_H

#include <sztp/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_https sztp_https_t; /**< the transport */

enum {                                   /* sztp_https_set_i64; ms unless said otherwise (TLS-22) */
       SZTP_HTTPS_CONNECT_MS = 1,        /**< per address; 10000 */
       SZTP_HTTPS_HANDSHAKE_MS = 2,      /**< 20000 */
       SZTP_HTTPS_HEADERS_MS = 3,        /**< request sent to end of reply headers; 60000 */
       SZTP_HTTPS_IDLE_MS = 4,           /**< between two pieces of a body; 30000 */
       SZTP_HTTPS_MAX_HEADER_OCTETS = 5, /**< of a reply's header section; 32768 (REST-24) */
       SZTP_HTTPS_MAX_HEADER_FIELDS = 6  /**< 100 (REST-24) */
};

enum {                             /* sztp_https_i64 */
       SZTP_HTTPS_CONNECTIONS = 1, /**< TCP connections made */
       SZTP_HTTPS_HANDSHAKES = 2,  /**< TLS handshakes completed */
       SZTP_HTTPS_EXCHANGES = 3    /**< requests answered */
};

/** Takes the image octets of a DOWNLOAD, in order, to stage them.
 * @param user   as registered
 * @param a      the action
 * @param offset of @p data in the image; 0 with @p len 0 opens a new download and discards an earlier one
 * @param total  octets that the server announced, or 0 if it did not
 * @param data   the octets
 * @param len    how many
 * @return 0, or anything else to end the download as failed */
typedef int32_t (*sztp_https_stage_fn)(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total,
                                       const uint8_t *data, size_t len);

/** Makes a transport that presents the identity certificate and chain of @p dev, which must outlive it.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_https_new(sztp_device_t *dev, sztp_https_t **out);

/** Closes all connections, wipes the key and frees. NULL is allowed. */
SZTP_API void sztp_https_free(sztp_https_t *h);

/** Sets the private key of the device's identity certificate.
 * @param data PEM or DER (PKCS#8, PKCS#1 or SEC1), not encrypted; copied and wiped on free
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_KEY (unreadable, or not the certificate's: STATE-15), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_https_set_key(sztp_https_t *h, const uint8_t *data, size_t len);

/** Sets the private key of a certificate in the role SZTP_CERT_DECRYPTION, whichever it belongs to (IDEV-06);
 * another call replaces it. The identity's key decrypts without being set here.
 * @return as sztp_https_set_key() */
SZTP_API int32_t sztp_https_set_decryption_key(sztp_https_t *h, const uint8_t *data, size_t len);

/** Fits sztp_device_set_key(dev, sztp_https_key, h): decrypts with the two keys above, in software. For
 * devices without sztp_host_on(host, SZTP_ACTION_KEY, sztp_https_handle, h), as with sztp_verify() alone.
 * @return what an sztp_key_fn returns; never SZTP_PENDING */
SZTP_API int32_t sztp_https_key(void *h, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                                size_t *out_len);

/** Sets SZTP_HTTPS_* @p option. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_https_set_i64(sztp_https_t *h, uint32_t option, int64_t value);

/** Registers where a DOWNLOAD's octets go; without it DOWNLOAD fails. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_https_set_stage(sztp_https_t *h, sztp_https_stage_fn fn, void *user);

/** Counts since the transport was made: SZTP_HTTPS_CONNECTIONS and so on. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_https_i64(const sztp_https_t *h, uint32_t what, int64_t *out);

/** Fits sztp_host_on(host, SZTP_ACTION_RESOLVE, _FETCH, _DOWNLOAD or _KEY, sztp_https_handle, h), and can be
 * called by hand with an action of one of these kinds. KEY uses the keys that were set here.
 * @return SZTP_OUTCOME_* */
SZTP_API uint32_t sztp_https_handle(void *h, sztp_session_t *s, const sztp_action_t *a);

#ifdef __cplusplus
}
#endif
#endif
