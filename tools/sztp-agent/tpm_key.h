/* SPDX-License-Identifier: Apache-2.0 */
/* A private key in a TPM, as the configuration has it. In builds without libsztp-tpm2 there is none. */
#ifndef SZTP_AGENT_TPM_KEY_H
#define SZTP_AGENT_TPM_KEY_H

#include <sztp/sztp.h>
#include <sztp/tpm2.h>

#include "config.h"

/* Opens the TPM and adds the key of the device's first certificate in @p role (SZTP_CERT_*). 0, or -1 and
 * what is wrong with which member of the object in @p member ("" for the object itself), @p why. */
int tpm_key_open(sztp_ctx_t *ctx, const sztp_device_t *device, uint32_t role, const config_tpm_t *config,
                 sztp_tpm2_t **out, const char **member, char *why, size_t room);
/* Has the key of the device's attestation certificate sign evidence. In @p tpm is one that is open already,
 * or NULL: then it is opened. The certificate is the device's, or read from the NV index @p index and added
 * to it. Fails as above. */
int tpm_key_attest(sztp_ctx_t *ctx, sztp_device_t *device, const config_tpm_t *config, const char *index,
                   sztp_tpm2_t **tpm, const char **member, char *why, size_t room);
/* Has the TPM of @p tcti make keys under @p parent (NULL: the usual storage key), and keep them in @p store.
 * In
 * @p tpm is one that is open already, or NULL: then it is opened. @p kinds are SZTP_ALGORITHM_* wanted, and
 * then those of them that it can make. Fails as above. */
int tpm_key_make_keys(sztp_ctx_t *ctx, const char *tcti, const char *parent, const sztp_key_store_t *store,
                      sztp_tpm2_t **tpm, uint32_t *kinds, const char **member, char *why, size_t room);
/* SZTP_OK if the "TSS2 PRIVATE KEY" is that of the certificate, by what stands in it: scripts ask while the
 * agent has the TPM. SZTP_ERR_KEY: of another one; SZTP_ERR_UNSUPPORTED also in builds without libsztp-tpm2.
 */
int32_t tpm_key_fits(sztp_ctx_t *ctx, const uint8_t *key, size_t len, const uint8_t *cert, size_t cert_len);
/* NULL is allowed. */
void tpm_key_close(sztp_tpm2_t *tpm);
/* An sztp_key_fn's work; SZTP_ERR_NOT_FOUND with NULL. */
int32_t tpm_key_ask(sztp_tpm2_t *tpm, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                    size_t *len);

#endif
