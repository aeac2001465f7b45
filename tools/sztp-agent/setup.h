/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to the library's objects: context, device, transport. */
#ifndef SZTP_AGENT_SETUP_H
#define SZTP_AGENT_SETUP_H

#include <sztp/https.h>
#include <sztp/software_key.h>
#include <sztp/sztp.h>

#include "config.h"
#include "floors.h"
#include "judge.h"
#include "made_keys.h"
#include "tpm_key.h"

typedef struct setup {
  sztp_ctx_t *ctx;
  sztp_device_t *device;
  sztp_software_key_t *keys;
  made_keys_t made;                           /* where those are that it makes */
  sztp_tpm2_t *identity_tpm, *decryption_tpm; /* NULL: the key is not in a TPM */
  int identity_provider;                      /* a provider of OpenSSL has it */
  sztp_tpm2_t *making_tpm;                    /* the one that makes keys, which may be the identity's; NULL */
  sztp_tpm2_t *attesting_tpm;                 /* the one that signs evidence, which may be either; NULL */
  judge_t judge;
  uint32_t csr_kinds; /* SZTP_ALGORITHM_* of keys that can be made */
  uint32_t evidence;  /* SZTP_EVIDENCE_* that servers get if they ask */
  sztp_https_t *https;
  const config_t *config; /* who has the password */
  floors_t floors;
  char os_name[320], os_version[320]; /* of the running system, "" if not known */
} setup_t;

/* Makes them; files that the configuration names are read here. 0, or -1 with one line in @p error that names
 * the field and the file. @p log receives the library's log. */
int setup_make(const config_t *config, sztp_log_fn log, void *user, setup_t *out, char *error, size_t room);
void setup_free(setup_t *s);
/* Says what the identity's private key can do and where it is, why TLS 1.3 is off if the key is the
 * reason, and what evidence servers get; "" if there is none or it can't be asked. */
void setup_tell_key(const setup_t *s, char *out, size_t room);

#endif
