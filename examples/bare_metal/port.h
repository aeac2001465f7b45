/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's bootstrap task, and what stands around it here: the factory's certificates, and the network.
 */
#ifndef PORT_H
#define PORT_H

#include <sztp/sztp.h>

/* A context and a device in the port's block of memory, as the factory made it. */
int32_t port_device(sztp_ctx_t **ctx, sztp_device_t **dev);
/* A whole session. 0: bootstrapped, or was before; else why not. */
int32_t port_bootstrap(sztp_ctx_t *ctx, sztp_device_t *dev);
/* The owner's configuration; NULL: there is none. */
const uint8_t *port_configuration(size_t *len);

typedef struct artifact {
  const uint8_t *data;
  size_t len;
} artifact_t;

/* artifacts.S: from the factory, ... */
extern const artifact_t idevid, voucher_anchor, server_anchor;
/* ... and from the owner; the reply has the three in JSON. */
extern const artifact_t voucher, owner_cert, conveyed_info, data_reply;

/* The modem's transport: it authenticates the server by the action's anchors and name, sends the request, and
 * gives the HTTP status and body of the reply. */
uint32_t modem_exchange(const sztp_action_t *request, const uint8_t **body, size_t *len);

#endif
