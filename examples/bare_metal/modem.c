/* SPDX-License-Identifier: Apache-2.0 */
/* The transport, scripted: a server that always answers the same. */
#include "port.h"

uint32_t modem_exchange(const sztp_action_t *request, const uint8_t **body, size_t *len) {
  int64_t purpose = 0;
  (void)sztp_action_i64(request, SZTP_F_PURPOSE, 0, &purpose);
  if (purpose == SZTP_FETCH_ROOT) return 404; /* /restconf is its root */
  if (purpose == SZTP_FETCH_PROGRESS) return 204;
  *body = data_reply.data;
  *len = data_reply.len;
  return 200;
}
