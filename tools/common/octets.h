/* SPDX-License-Identifier: Apache-2.0 */
/* Octets written as base64 or hex, and numbers in network byte order. */
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
/* Write and read 16 bits, high octet first; writing returns the place after them. */
uint8_t *octets_put16(uint8_t *at, size_t value);
uint32_t octets_get16(const uint8_t *at);

#endif
