/* SPDX-License-Identifier: Apache-2.0 */
/* A software TPM of a test's own (swtpm, no root needed), and keys in it as manufacturers and tools make
 * them. */
#ifndef SZTP_TESTS_COMMON_TPM2_PEER_H
#define SZTP_TESTS_COMMON_TPM2_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct tpm2_peer {
  char dir[64];
  char tcti[128]; /* what opens it */
  pid_t pid;
} tpm2_peer_t;

/* 1, or 0 if swtpm is not installed. */
int tpm2_peer_start(tpm2_peer_t *p);
/* Ends the TPM, as if it had broken, and removes its folder. */
void tpm2_peer_stop(tpm2_peer_t *p);

/* The functions below end the program if they fail; @p tcti is as in tpm2_peer_t. */

/* Makes a primary key persistent. @p alg: "rsa2048", "p256", "p384". @p kind: "idevid" (TCG's template),
 * "iak" (attestation, restricted), "iak-tcg" (the same by TCG's template), "both" (signs and decrypts),
 * "oaep" (RSA, OAEP with SHA-256 alone), "storage".
 * @p both_labels: the second reading of the ECC template. @p auth: "" for none; keys with one are subject to
 * lockout. */
void tpm2_peer_make(const char *tcti, const char *alg, const char *kind, uint32_t handle, int both_labels,
                    const char *auth);
/* The public key: a modulus, or 0x04, x and y. Returns its octets. */
size_t tpm2_peer_public(const char *tcti, uint32_t handle, uint8_t out[512]);
/* Makes a signing key on P-256, @p kind "both" or "iak", under @p parent, a persistent handle, as a "TSS2
 * PRIVATE KEY" in DER. Writes the point to @p point. Returns the octets of the file. */
size_t tpm2_peer_file(const char *tcti, uint32_t parent, const char *kind, const char *auth,
                      uint8_t out[1024], uint8_t point[65]);
/* Defines an NV index, and writes it. */
void tpm2_peer_write_nv(const char *tcti, uint32_t index, const uint8_t *data, size_t len);
/* After so many wrong authorization values there is lockout; and it is ended. */
void tpm2_peer_set_tries(const char *tcti, uint32_t tries, uint32_t seconds);
void tpm2_peer_unlock(const char *tcti);
/* Objects and sessions that somebody left in the TPM. */
size_t tpm2_peer_leftovers(const char *tcti);

#endif
