/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys that were made for certificate signing requests, in a folder of the state: NAME.pem, for the
 * owner with NAME.csr (DER) and, if he has put it there, NAME.crt. */
#ifndef SZTP_AGENT_MADE_KEYS_H
#define SZTP_AGENT_MADE_KEYS_H

#include <stdio.h>
#include <sztp/types.h>

#include "config.h"

enum { MADE_KEY_NAME = 32, MADE_KEY_MAX = 16384 };

/* Of the state folder; a reset removes it. */
#define MADE_KEYS_FOLDER "keys"

typedef struct made_keys {
  const config_t *config; /* borrowed */
  sztp_log_fn log;
  void *user;
} made_keys_t;

/* A store for the libraries, over @p keys, which must outlive it. */
sztp_key_store_t made_keys_store(made_keys_t *keys);
/* Removes what killed runs left half written. */
void made_keys_clean(const config_t *config);
/* The path of a key's file, ".pem", ".csr" or ".crt"; from malloc(), NULL without memory. */
char *made_keys_path(const config_t *config, const char *name, const char *ending);
/* Keeps the request with the key. 0, or -1 with errno. */
int made_keys_keep_request(const config_t *config, const char *name, const uint8_t *csr, size_t len);

/* The command "key". 0, or -1 with one line in @p error. */
int made_keys_list(const config_t *config, FILE *out, char *error, size_t room);
int made_keys_export(const config_t *config, const char *name, FILE *out, char *error, size_t room);
/* Keeps the certificate that standard input has, if it is the key's. */
int made_keys_certify(const config_t *config, const char *name, char *error, size_t room);

#endif
