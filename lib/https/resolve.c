/* SPDX-License-Identifier: Apache-2.0 */
/* RESOLVE: the addresses of a host name. */
#include "https/transport.h"

uint32_t sztp__https_resolve(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  (void)h;
  sztp__span_t name = sztp__https_bytes(a, SZTP_F_NAME, 0);
  if (name.len == 0 || name.len > 255 || memchr(name.data, 0, name.len) != NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST, "the action has no usable host name");
  char text[SZTP__HOST_TEXT];
  memcpy(text, name.data, name.len);
  text[name.len] = '\0';
  char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX];
  size_t count;
  const char *why;
  int rc = sztp__socket_resolve(text, addresses, &count, &why);
  if (rc != SZTP__NET_OK)
    return sztp__https_report(s, a, rc, SZTP_ERR_SERVER_FAIL, "no address of \"%s\": %s", text, why);
  for (size_t i = 0; i < count; i++) {
    int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)addresses[i],
                                   strlen(addresses[i]));
    if (put == SZTP_ERR_LIMIT && i > 0) break; /* more than the session wants to try */
    if (put != SZTP_OK)
      return sztp__https_report(s, a, SZTP__NET_LOCAL, put,
                                "the addresses of \"%s\" could not be handed over", text);
  }
  return SZTP_OUTCOME_OK;
}
