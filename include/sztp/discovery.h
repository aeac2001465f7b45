/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Discovery as pure functions: octets of a source in, bootstrap servers out.
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

#ifdef __cplusplus
}
#endif
#endif
