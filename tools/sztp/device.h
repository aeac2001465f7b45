/* SPDX-License-Identifier: Apache-2.0 */
/* The device that a command judges for, made of its options. Each function says on standard error what is
 * wrong and returns EXIT_WRONG, or returns 0. */
#ifndef SZTP_TOOLS_SZTP_DEVICE_H
#define SZTP_TOOLS_SZTP_DEVICE_H

#include <sztp/software_key.h>

#include "command.h"

/* Where the options are in the command's table. */
typedef struct device_options {
  int serial, idevid, key, voucher_anchor;
} device_options_t;

/* The serial number, the identity certificate and the anchors for vouchers, as far as they were given. */
int device_set(command_t *c, const device_options_t *at, sztp_device_t *dev);
/* The private key of the identity. *keys is freed after the device. */
int device_set_key(command_t *c, const device_options_t *at, sztp_device_t *dev, sztp_software_key_t **keys);

#endif
