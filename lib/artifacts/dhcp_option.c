/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the SZTP option's value out of a whole DHCP message. */
#include <sztp/artifacts.h>

#include <sztp/discovery.h>

#include "discovery/dhcp_message.h"

int32_t sztp_dhcp_option(sztp_ctx_t *ctx, uint32_t family, const uint8_t *message, size_t len, uint8_t **out,
                         size_t *out_len) {
  if (ctx == NULL || (family != 4 && family != 6) || message == NULL || out == NULL || out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__buf_t value;
  sztp__trail_clear(ctx);
  sztp__buf_init(&value, ctx, len);
  uint32_t code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  int32_t rc = sztp__dhcp_option(ctx, family, code, message, len, &value);
  if (rc == SZTP_OK) rc = sztp__buf_take(&value, out, out_len);
  sztp__buf_clear(&value);
  return rc;
}
