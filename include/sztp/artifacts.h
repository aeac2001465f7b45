/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-artifacts: the side of manufacturers and owners. Makes ownership vouchers, owner certificates
 * and conveyed information, encodes DHCP options, and tells what an artifact is made of.
 *
 * Every function that makes something gives it out through @p out and @p out_len: DER unless said
 * otherwise, memory of the context @p ctx, given back with sztp_artifacts_free(). Certificates and keys
 * go in as PEM, DER or base64 of DER.
 */
#ifndef SZTP_ARTIFACTS_H
#define SZTP_ARTIFACTS_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_signer sztp_signer_t;     /**< a certificate, its key and its chain   */
typedef struct sztp_voucher sztp_voucher_t;   /**< the leaves of a voucher to be issued   */
typedef struct sztp_conveyed sztp_conveyed_t; /**< conveyed information to be made        */
typedef struct sztp_digest sztp_digest_t;     /**< a running SHA-256, for boot images     */

/** Gives back what a function of this header gave out. NULL is allowed. */
SZTP_API void sztp_artifacts_free(sztp_ctx_t *ctx, uint8_t *data);

/** Turns PEM (its first block), base64 of DER or DER into DER; other input is SZTP_ERR_TEXT.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_artifacts_to_der(sztp_ctx_t *ctx, const uint8_t *data, size_t len, uint8_t **out,
                                       size_t *out_len);

/* ---- signing ------------------------------------------------------------------------------------- */

enum {                         /* sztp_signer_set */
       SZTP_SIGNER_KEY_ID = 1, /**< 1: name the signer by subject key identifier, not by issuer and serial */
       SZTP_SIGNER_NO_CERTS = 2, /**< 1: leave certificates out of the SignedData */
       SZTP_SIGNER_NO_ATTRS = 3, /**< 1: no signed attributes; content type id-data then */
       SZTP_SIGNER_PSS = 4,      /**< 1: RSASSA-PSS instead of PKCS#1 v1.5 (RSA keys) */
       SZTP_SIGNER_HASH = 5      /**< 256, 384 or 512; fits the key by default */
};

/** Makes a signer.
 * @param cert its certificate (of several in the file the first; the others are included like the chain)
 * @param chain certificates to include besides, or NULL
 * @param key  its private key: RSA of 2048 bits or more, or EC P-256, P-384, P-521; copied, wiped on free
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_KEY (unreadable, encrypted,
 * or not the certificate's), SZTP_ERR_CMS_ALG_WEAK, SZTP_ERR_CMS_ALG_UNSUPPORTED, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_signer_new(sztp_ctx_t *ctx, const uint8_t *cert, size_t cert_len, const uint8_t *key,
                                 size_t key_len, const uint8_t *chain, size_t chain_len, sztp_signer_t **out);

/** Frees a signer, wiping its key. NULL is allowed. */
SZTP_API void sztp_signer_free(sztp_signer_t *signer);

/** Sets SZTP_SIGNER_* @p option. @return 0, SZTP_ERR_ARG (unknown, out of range, or PSS with an EC key),
 * SZTP_ERR_NOT_FOUND (KEY_ID with a certificate that has no subject key identifier) */
SZTP_API int32_t sztp_signer_set(sztp_signer_t *signer, uint32_t option, uint64_t value);

/* ---- ownership voucher (RFC 8366) ---------------------------------------------------------------- */

/** Makes an empty voucher on @p ctx: assertion "verified". @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_voucher_new(sztp_ctx_t *ctx, sztp_voucher_t **out);

/** Frees a voucher. NULL is allowed. */
SZTP_API void sztp_voucher_free(sztp_voucher_t *v);

enum {                          /* sztp_voucher_set_bytes, sztp_voucher_set_u64 */
       SZTP_VOUCHER_SERIAL = 1, /**< bytes: serial-number, UTF-8 */
       SZTP_VOUCHER_PINNED = 2, /**< bytes: pinned-domain-cert, one certificate */
       SZTP_VOUCHER_NONCE = 3,  /**< bytes: 8 to 32 octets */
       SZTP_VOUCHER_IDEVID =
           4, /**< bytes: identity certificate; its authority key identifier becomes idevid-issuer */
       SZTP_VOUCHER_CREATED_ON = 5, /**< u64: Unix seconds; mandatory */
       SZTP_VOUCHER_EXPIRES_ON = 6, /**< u64: Unix seconds */
       SZTP_VOUCHER_ASSERTION = 7,  /**< u64: one bit of SZTP_ASSERTION_* (device.h) */
       SZTP_VOUCHER_REVOCATION = 8  /**< u64: domain-cert-revocation-checks, 0 or 1; absent if never set */
};

/** Sets a leaf. @return 0, SZTP_ERR_ARG (also: several certificates to be pinned), SZTP_ERR_TEXT,
 * SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_NOT_FOUND (identity without authority key identifier),
 * SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_voucher_set_bytes(sztp_voucher_t *v, uint32_t leaf, const uint8_t *data, size_t len);

/** Sets a leaf. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_voucher_set_u64(sztp_voucher_t *v, uint32_t leaf, uint64_t value);

/** Signs it: CMS SignedData of type id-ct-animaJSONVoucher (id-data with SZTP_SIGNER_NO_ATTRS). Refuses what
 * RFC 8366 forbids: no serial number, pinned certificate or date; expires-on not after created-on, or after
 * the end of the pinned certificate; expires-on together with a nonce.
 * @param signer made from the voucher's context
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MODEL_INVALID (detail in the trail), SZTP_ERR_LIMIT (SZTP_LIMIT_VOUCHER),
 *         SZTP_ERR_CRYPTO, SZTP_ERR_RANDOM, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_voucher_issue(const sztp_voucher_t *v, const sztp_signer_t *signer, uint8_t **out,
                                    size_t *out_len);

/* ---- owner certificate and trust anchors --------------------------------------------------------- */

/** Packs certificates (and CRLs) into a degenerate SignedData: an owner-certificate or trust-anchor value.
 * What is given twice is there once; order does not matter.
 * @param certs concatenated PEM or DER, one or more, at most 32; or such a bag
 * @param crls  likewise, at most 16; or NULL
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_owner_cert_pack(sztp_ctx_t *ctx, const uint8_t *certs, size_t certs_len,
                                      const uint8_t *crls, size_t crls_len, uint8_t **out, size_t *out_len);

/* ---- conveyed information (RFC 8572 6) ----------------------------------------------------------- */

/** Makes empty conveyed information of SZTP_INFO_* @p kind (verify.h). @return 0, SZTP_ERR_ARG,
 * SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_conveyed_new(sztp_ctx_t *ctx, uint32_t kind, sztp_conveyed_t **out);

/** Frees it. NULL is allowed. */
SZTP_API void sztp_conveyed_free(sztp_conveyed_t *c);

/** Adds a bootstrap server to redirect information.
 * @param host name or address without brackets; @param port 1 to 65535, or 0 to leave it out (443)
 * @param anchor certificates up to a self-signed root (packed as trust-anchor), or NULL
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_MODEL_INVALID (a host that is
 * there already; an anchor that is not one chain up to a self-signed root), SZTP_ERR_LIMIT (more than 256),
 *         SZTP_ERR_CRYPTO, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_conveyed_add_server(sztp_conveyed_t *c, const char *host, uint16_t port,
                                          const uint8_t *anchor, size_t anchor_len);

/** Sets, or for SZTP_INFO_IMAGE_URI adds, a node of onboarding information: SZTP_INFO_OS_NAME, _OS_VERSION,
 * _IMAGE_URI, _IMAGE_SHA256 (32 octets), _CONFIG, _PRE_SCRIPT, _POST_SCRIPT.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_URI, SZTP_ERR_MODEL_INVALID (an empty script or
 * configuration), SZTP_ERR_LIMIT (SZTP_LIMIT_PART; more than 256 URIs), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_conveyed_set_bytes(sztp_conveyed_t *c, uint32_t field, const uint8_t *data, size_t len);

/** Sets SZTP_INFO_CONFIG_HANDLING to SZTP_CONFIG_*. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_conveyed_set_u64(sztp_conveyed_t *c, uint32_t field, uint64_t value);

enum { SZTP_ENCODING_JSON = 1, SZTP_ENCODING_XML = 2 }; /* sztp_conveyed_set_encoding */

/** Sets the encoding that the document is written in, SZTP_ENCODING_*; JSON if it is never set. Devices read
 * both (CONV-02), independently of what they speak with a bootstrap server. @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_conveyed_set_encoding(sztp_conveyed_t *c, uint32_t encoding);

/** Makes the artifact: unsigned ContentInfo with @p signer NULL, else SignedData; content type
 * id-ct-sztpConveyedInfoJSON or id-ct-sztpConveyedInfoXML (id-data with SZTP_SIGNER_NO_ATTRS).
 * @param signer made from the context of @p c, or NULL
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MODEL_INVALID (what RFC 8572 6.3 forbids), SZTP_ERR_LIMIT
 *         (SZTP_LIMIT_CONVEYED), SZTP_ERR_CRYPTO, SZTP_ERR_RANDOM, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_conveyed_make(const sztp_conveyed_t *c, const sztp_signer_t *signer, uint8_t **out,
                                    size_t *out_len);

/* ---- digests ------------------------------------------------------------------------------------- */

#define SZTP_DIGEST_LEN 32 /**< octets of a SHA-256 */

/** Starts a SHA-256 on @p ctx, the fingerprint of SZTP_INFO_IMAGE_SHA256: a boot image is too big for memory.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_digest_new(sztp_ctx_t *ctx, sztp_digest_t **out);

/** Takes the next octets; @p data may be NULL if @p len is 0.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (it is finished), SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_digest_update(sztp_digest_t *d, const uint8_t *data, size_t len);

/** Writes the digest's SZTP_DIGEST_LEN octets to @p out and ends it: nothing but sztp_digest_free() may
 * follow.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_digest_finish(sztp_digest_t *d, uint8_t *out);

/** Frees it. NULL is allowed. */
SZTP_API void sztp_digest_free(sztp_digest_t *d);

/* ---- DHCP ---------------------------------------------------------------------------------------- */

enum { /* output of sztp_dhcp_encode; all but the first are text without line end */
       SZTP_DHCP_BYTES = 1,
       SZTP_DHCP_HEX = 2,
       SZTP_DHCP_ISC = 3,
       SZTP_DHCP_KEA = 4,
       SZTP_DHCP_DNSMASQ = 5,
       SZTP_DHCP_CISCO = 6
};

/** Encodes a bootstrap-server-list (RFC 8572 8.3).
 * @param family 4 or 6
 * @param uris   the URIs, each as "https://host[:port]", separated by single NULs, at most 64; forms that
 * receivers merely tolerate (D-26) are straightened
 * @param format SZTP_DHCP_*; dnsmasq and Cisco IOS send at most 255 octets in DHCPv4 (SZTP_ERR_LIMIT)
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_LIMIT, SZTP_ERR_UNSUPPORTED (format not for that family),
 *         SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dhcp_encode(sztp_ctx_t *ctx, uint32_t family, const char *uris, size_t len,
                                  uint32_t format, uint8_t **out, size_t *out_len);

/** Finds the reassembled value of the SZTP option in a whole DHCP message (RFC 3396, overload included;
 * DHCPACK or DHCPv6 Reply only). @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dhcp_option(sztp_ctx_t *ctx, uint32_t family, const uint8_t *message, size_t len,
                                  uint8_t **out, size_t *out_len);

/* ---- DNS ----------------------------------------------------------------------------------------- */

/** Writes artifacts as TXT records of a device's own name (RFC 8572 4.2.2): lines of a zone file (RFC
 * 1035 5.1) as BIND and Knot read them, each value in as many strings of 255 octets as it takes. The same
 * records serve multicast DNS, as far as a message of 9000 octets holds them.
 * @param serial    the device's serial number, one label (D-16)
 * @param domain    the zone's or any domain, or "local"
 * @param artifacts conveyed information, with owner certificate and voucher if it is signed
 * @param ttl       seconds, at most 2147483647
 * @param out       text with line ends, freed with sztp_artifacts_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT (@p domain is no name), SZTP_ERR_ARTIFACT_MISSING (no conveyed
 * information), SZTP_ERR_LIMIT (the serial number is no label, a record of more than 65535 octets, or more of
 * them than one DNS message holds: redirect information is the way out, RFC 8572 4.2.4), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dns_encode(sztp_ctx_t *ctx, const char *serial, const char *domain,
                                 const sztp_bundle_t *artifacts, uint32_t ttl, uint8_t **out,
                                 size_t *out_len);

/** Writes a bootstrap server as an SRV record of a domain (RFC 8572 4.2.3): a line of a zone file.
 * @param host     its name; DNS takes no addresses here
 * @param port     1 to 65535, or 0 for 443
 * @param priority lower ones are tried first
 * @param weight   among equal priorities, how often it is chosen
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_LIMIT (@p domain), SZTP_ERR_URI (@p host), SZTP_ERR_MEMORY
 */
SZTP_API int32_t sztp_dns_encode_server(sztp_ctx_t *ctx, const char *domain, const char *host, uint16_t port,
                                        uint16_t priority, uint16_t weight, uint32_t ttl, uint8_t **out,
                                        size_t *out_len);

/* ---- looking ------------------------------------------------------------------------------------- */

/** Hears one fact of an inspected artifact.
 * @param depth nesting, from 0; @param name static, a JSON-style key as "content-type"
 * @param value UTF-8, neutralised, NUL after @p len; NULL opens a group of facts at depth + 1
 * @return 0 to go on, anything else to stop */
typedef int32_t (*sztp_inspect_fn)(void *user, uint32_t depth, const char *name, const char *value,
                                   size_t len);

/** Tells what an artifact is, without judging it: CMS structure, signers, certificates, CRLs, voucher leaves,
 * redirect or onboarding information. Also takes bare certificates and CRLs, one or several, and a JSON or
 * XML document as it stands in CMS. A part that can't be decoded is told as "fault", and the rest after it.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_CMS_MALFORMED (at least one "fault" was told), SZTP_ERR_CANCELLED,
 *         SZTP_ERR_CRYPTO, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_inspect(sztp_ctx_t *ctx, const uint8_t *data, size_t len, sztp_inspect_fn fn,
                              void *user);

#ifdef __cplusplus
}
#endif
#endif
