/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Discovery as pure functions: octets of a source in, bootstrap servers or artifacts out.
 */
#ifndef SZTP_DISCOVERY_H
#define SZTP_DISCOVERY_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SZTP_DHCP4_OPTION = 143, /**< OPTION_V4_SZTP_REDIRECT: ask for it in option 55 (DHCP-01) */
  SZTP_DHCP6_OPTION = 136  /**< OPTION_V6_SZTP_REDIRECT: ask for it in option 6 (DHCP-02) */
};

/** Decodes the reassembled value of option 143 or 136: a bootstrap-server-list (RFC 8572 8.3).
 *
 * The result is unsigned, untrusted redirect information (DHCP-14): host names or addresses and ports,
 * in order, never an anchor. Invalid entries are left out, each with a log line that says why; at most
 * 64 are kept (DHCP-18).
 *
 * @param ctx     the context
 * @param family  4 or 6; both have the same format
 * @param lenient 1 also reads a bare URI without lengths (DHCP-17), 0 does not
 * @param option  the value
 * @param len     octets
 * @param out     freed with sztp_info_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (no valid entry, DHCP-06), SZTP_ERR_MEMORY
 */
SZTP_API int32_t sztp_dhcp_parse(sztp_ctx_t *ctx, uint32_t family, uint32_t lenient, const uint8_t *option,
                                 size_t len, sztp_info_t **out);

/* ---- DNS and multicast DNS (RFC 8572 4.2) -------------------------------------------------------- */

/** One question to DNS, and the answers to it as they come in. */
typedef struct sztp_dns sztp_dns_t;

enum { /* what is asked for: the numbers of the record types */
       SZTP_DNS_A = 1,
       SZTP_DNS_TXT = 16, /**< of the device-specific name: artifacts (RFC 8572 4.2.2) */
       SZTP_DNS_AAAA = 28,
       SZTP_DNS_SRV = 33 /**< of the device-independent name: bootstrap servers (RFC 8572 4.2.3) */
};

enum {
  SZTP_DNS_UNICAST = 0,
  SZTP_DNS_MULTICAST = 1 /**< RFC 6762: to 224.0.0.251 and FF02::FB, port 5353, from another port (DNS-25) */
};

#define SZTP_DNS_TEXT_MAX     1024 /**< octets that hold any name as text, with its NUL */
#define SZTP_DNS_QUESTION_MAX 288  /**< octets that hold any question */

/** Writes the name that is asked for: "SERIAL._sztp.DOMAIN." for TXT records, "_sztp._tcp.DOMAIN." for SRV
 * records (DNS-03, DNS-05). In it, as in every name that these functions give or take as text, dots and other
 * special characters inside a label are escaped as in zone files (RFC 1035 5.1).
 *
 * @param serial the device's serial number, which becomes one label as it is (DNS-04); NULL for SRV records
 * @param domain the network's domain, or "local" for multicast
 * @param out    at least SZTP_DNS_TEXT_MAX octets are always enough
 * @param cap    octets of @p out
 * @param len    out: length of the text, without its NUL; NULL is allowed
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_LIMIT (the serial number is empty or has more than 63 octets, or the name
 * more than 255), SZTP_ERR_TEXT (@p domain is no name), SZTP_ERR_BUFFER */
SZTP_API int32_t sztp_dns_name(sztp_ctx_t *ctx, const char *serial, const char *domain, char *out, size_t cap,
                               size_t *len);

/** Makes a question.
 *
 * @param type SZTP_DNS_*
 * @param how  SZTP_DNS_UNICAST or SZTP_DNS_MULTICAST; the answers are read by different rules (DNS-24,
 * DNS-28)
 * @param name as text
 * @param len  its length
 * @param id   for unicast: 0 to 65535, to be unpredictable (DNS-24), as is the port that the question comes
 * from; for multicast it is not used
 * @param out  freed with sztp_dns_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_LIMIT (no name), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dns_new(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const char *name, size_t len,
                              uint32_t id, sztp_dns_t **out);

/** Frees a question with its answers. NULL is allowed. */
SZTP_API void sztp_dns_free(sztp_dns_t *q);

/** Writes the message to send.
 *
 * @param edns 1: a unicast question announces that 1232 octets fit into a UDP answer (DNS-23); 0: it does
 * not, for servers that don't understand it. Multicast questions never do.
 * @param out  at least SZTP_DNS_QUESTION_MAX octets are always enough
 * @param cap  octets of @p out
 * @param len  out: octets written
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_BUFFER */
SZTP_API int32_t sztp_dns_question(const sztp_dns_t *q, uint32_t edns, uint8_t *out, size_t cap, size_t *len);

/** Takes a message that may be an answer. Everything in it is untrusted (DISC-04); what is of use is copied.
 *
 * Of a multicast question, all messages of one responder are one answer (DNS-11): at most 16 responders are
 * heard. A unicast question has one answer, which the caller takes only from the address and port that it
 * asked. If memory runs out, the same call can be made again.
 *
 * @param responder what tells responders apart: the address that the message came from and the link that it
 * came by, as "192.0.2.1%eth0", "fe80::1%eth0", also for IPv4. What stands behind '%' becomes the zone of
 * link-local addresses in the message; without it they are left out. Without meaning for unicast. May be
 * empty.
 * @param responder_len its length, at most 320
 * @param message   as it came in UDP, or in TCP without its length
 * @param len       octets; at most 65535, and 9000 for multicast (DNS-29)
 * @return one of these; the trail says why it is none of the first two:
 *         - 0: the answer is there (for multicast: collect for another 200 ms, then go on; DNS-26)
 *         - SZTP_PENDING: taken, but something of the answer is still missing: wait on
 *         - SZTP_ERR_DNS: malformed, or no answer to this question (DNS-24, DNS-31): drop it and wait on
 *         - SZTP_ERR_NOT_FOUND: no such name, or no record of this type (for multicast: wait on)
 *         - SZTP_ERR_TRUNCATED: ask again over TCP (DNS-22)
 *         - SZTP_ERR_UNSUPPORTED: the server does not understand: ask again without EDNS (DNS-23)
 *         - SZTP_ERR_SERVER_FAIL: the server could not or would not answer: ask another one
 *         - SZTP_ERR_LIMIT (too many responders), SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dns_add(sztp_dns_t *q, const char *responder, size_t responder_len,
                              const uint8_t *message, size_t len);

/** How many answers there are: one per responder, in the order in which they began to answer. */
SZTP_API size_t sztp_dns_count(const sztp_dns_t *q);

/** Reads who gave the @p index-th answer, borrowed; a NUL stands behind it. @return 0, SZTP_ERR_ARG,
 * SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_dns_responder(const sztp_dns_t *q, size_t index, const char **out, size_t *len);

/** Hands over the artifacts of the @p index-th answer to a TXT question (DNS-07 to -12), for sztp_verify() on
 * an untrusted channel. The question no longer has them then.
 * @param out freed with sztp_bundle_free()
 * @return 0; SZTP_ERR_NOT_FOUND (no conveyed information, or handed over before); SZTP_ERR_DNS (the answer
 * contradicts itself, D-19, or a value is neither DER nor base64 of DER, D-20); SZTP_ERR_LIMIT (SEC-06);
 * SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dns_bundle(sztp_dns_t *q, size_t index, sztp_bundle_t **out);

/** Makes redirect information of the @p index-th answer to an SRV question: at most 64 servers without
 * anchors, in the order of their priorities and, where those are equal, of a selection by weight with random
 * octets of the context (RFC 2782; DNS-14 to -21). Addresses that came along are SZTP_INFO_SERVER_HINTS.
 * @param out freed with sztp_info_free()
 * @return 0, SZTP_ERR_NOT_FOUND (none is usable, or the service is said to be absent), SZTP_ERR_ARG,
 * SZTP_ERR_RANDOM, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_dns_info(sztp_dns_t *q, size_t index, sztp_info_t **out);

/** Reads the @p n-th address of the @p index-th answer to an A or AAAA question as text, link-local ones with
 * their zone; borrowed, a NUL stands behind it. At most 32 are kept. @return 0, SZTP_ERR_ARG,
 * SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_dns_address(const sztp_dns_t *q, size_t index, size_t n, const char **out, size_t *len);

#ifdef __cplusplus
}
#endif
#endif
