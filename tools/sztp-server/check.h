/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with what the server would serve, said before a device is refused for it. */
#ifndef SZTP_SERVER_CHECK_H
#define SZTP_SERVER_CHECK_H

#include "maker.h"
#include "tls.h"

/* Hears each finding, a sentence that is safe to show. */
typedef void (*check_fn)(void *user, const char *sentence);

/* Checks the server's own, which is quick: its certificates, whom it signs as, what it redirects to itself
 * with, the devices that the configuration names. @p tls NULL: its certificate and key could not be used at
 * all. With
 * @p with_devices also what each device gets, made and judged as by a device; images are read whole. How many
 * devices there are, or -1 with errno if the folder can't be read. */
int check(maker_t *m, tls_server_t *tls, int with_devices, check_fn tell, void *user);

#endif
