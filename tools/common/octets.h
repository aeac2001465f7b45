/* SPDX-License-Identifier: Apache-2.0 */
/* Octets as people write them: base64 and hex; and numbers as networks do. */
#ifndef SZTP_TOOLS_COMMON_OCTETS_H
#define SZTP_TOOLS_COMMON_OCTETS_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/ctx.h>

/* The value of a hex digit of any case, or -1. */
int octets_hex_digit(char c);
/* Reads base64 (RFC 4648 4, padded; white space is skipped) into @p out of @p room octets.
 * 0, or -1 if it is none or too long. */
int octets_from_base64(sztp_ctx_t *ctx, const char *text, uint8_t *out, size_t room, size_t *len);
/* Reads hex digits of any case; colons, dots and white space between octets are skipped, as is a leading
 * "0x". Next to a colon an octet may have one digit, as ISC dhclient writes it. 0, or -1 if it is none or too
 * long. */
int octets_from_hex(const char *text, uint8_t *out, size_t room, size_t *len);
/* Write and read 16 bits, the high octet first; writing returns what is behind them. */
uint8_t *octets_put16(uint8_t *at, size_t value);
uint32_t octets_get16(const uint8_t *at);

#endif
