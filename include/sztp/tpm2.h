/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-tpm2: private keys of the device in a TPM 2.0, as a key function of the device.
 *
 *     sztp_tpm2_t *tpm;
 *     sztp_tpm2_new(ctx, &tpm);
 *     sztp_tpm2_open(tpm, "device:/dev/tpmrm0");
 *     sztp_tpm2_add_handle(tpm, idevid, idevid_len, SZTP_TPM2_IDEVID_HANDLE, NULL, 0);
 *     sztp_device_set_key(dev, sztp_tpm2_key, tpm);
 *
 * It decrypts, agrees, signs and says what it can do; with sztp_tpm2_set_store() it also makes and deletes keys
 * for certificate signing requests, and with sztp_tpm2_attest_handle() and so on makes evidence about them and
 * about what was measured. Operations beyond these it answers with SZTP_ERR_UNSUPPORTED. It works
 * through tss2-esys and tss2-tctildr, whose own memory does not count into the context's budget. A TPM
 * belongs to one thread at a time, as the context it was made on, and outlives the device that has it.
 *
 * Use a resource manager (/dev/tpmrm0 or tabrmd): without one, what other programs leave in the TPM uses up
 * its few slots. The component leaves nothing there itself; it never clears a TPM, changes a hierarchy,
 * defines or writes an NV index, or makes or removes a persistent object.
 */
#ifndef SZTP_TPM2_H
#define SZTP_TPM2_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_tpm2 sztp_tpm2_t; /**< a TPM and keys in it */

/** Where "TPM 2.0 Keys for Device Identity and Attestation" and those who follow it put things; vendors have
 * places of their own. */
enum {
  SZTP_TPM2_IAK_CERT_INDEX    = 0x01C90100, /**< the first NV index with an attestation key's certificate */
  SZTP_TPM2_IDEVID_CERT_INDEX = 0x01C90200  /**< the first NV index with an identity certificate */
};

/** Persistent handles by custom, beyond the range of an enumeration. */
#define SZTP_TPM2_IDEVID_HANDLE  UINT32_C(0x81020000) /**< identity key, as swtpm_setup makes it */
#define SZTP_TPM2_IAK_HANDLE     UINT32_C(0x81020001) /**< attestation key, likewise */
#define SZTP_TPM2_STORAGE_HANDLE UINT32_C(0x81000001) /**< storage key */

/** SZTP_TPM2_IDEVID_HANDLE, for those who can't read macros.
 * @return the handle */
SZTP_API uint32_t sztp_tpm2_idevid_handle(void);

/** SZTP_TPM2_IAK_HANDLE, for those who can't read macros.
 * @return the handle */
SZTP_API uint32_t sztp_tpm2_iak_handle(void);

/** SZTP_TPM2_STORAGE_HANDLE, for those who can't read macros.
 * @return the handle */
SZTP_API uint32_t sztp_tpm2_storage_handle(void);

/** Options: sztp_tpm2_set_i64(). */
enum {
  SZTP_TPM2_TIMEOUT_MS = 1, /**< ms: how long a TPM that is busy is asked again, as one may test itself for
                               seconds after power-on; and how long an answer is waited for through a TCTI
                               that can tell, as device: can, after which nothing more is sent. Five times as
                               long while a key is made (60000) */
  SZTP_TPM2_PROTECT    = 2  /**< handle of a decryption key of the TPM that salts a session for each operation
                               with a secret in it; what is secret is then encrypted on the way. If the session
                               can't be made the operation fails. 0: secrets are seen by whoever listens to
                               the bus (SZTP_TPM2_STORAGE_HANDLE) */
};

/** What is known of a TPM: sztp_tpm2_i64(). None has the number of an option. */
enum {
  SZTP_TPM2_LAST_CODE    = 64, /**< TSS2_RC of the operation that failed last, for logs; 0 */
  SZTP_TPM2_OPERATIONS   = 65, /**< how often the TPM was asked for something */
  SZTP_TPM2_RETRIES      = 66, /**< how often it was asked again, because it was busy */
  SZTP_TPM2_MANUFACTURER = 67, /**< TPM_PT_MANUFACTURER, four characters */
  SZTP_TPM2_LOCKED       = 68  /**< 1 if it refuses protected keys after wrong authorization values */
};

/** Templates of "TPM 2.0 Keys for Device Identity and Attestation" 7.3.4: sztp_tpm2_add_template(). The label
 * in an ECC template is read in two ways, which give different keys. */
enum {
  SZTP_TPM2_H1_RSA2048   = 1, /**< H-1 */
  SZTP_TPM2_H2_P256      = 2, /**< H-2, the label in x alone */
  SZTP_TPM2_H3_P384      = 3, /**< H-3, likewise */
  SZTP_TPM2_H2_P256_BOTH = 4, /**< H-2, the label in x and y */
  SZTP_TPM2_H3_P384_BOTH = 5  /**< H-3, likewise */
};

/** Makes an object without a TPM.
 * @param ctx the context that it belongs to
 * @param out the object, freed with sztp_tpm2_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_ABI */
SZTP_API int32_t sztp_tpm2_new(sztp_ctx_t *ctx, sztp_tpm2_t **out);

/** Closes the TPM, wipes the authorization values and frees the object.
 * @param tpm the object; NULL is allowed */
SZTP_API void sztp_tpm2_free(sztp_tpm2_t *tpm);

/** Opens a TPM. There is no default: with an empty name tss2 would try programs on the loopback interface,
 * which anybody may have started.
 * @param tpm  the object
 * @param tcti name of a TCTI and its configuration, as "device:/dev/tpmrm0" or "swtpm:path=/run/swtpm.sock"
 * @return 0, SZTP_ERR_ARG (NULL or empty), SZTP_ERR_SEQUENCE (open already), SZTP_ERR_NOT_FOUND (no such
 * TCTI, or nobody answers), SZTP_ERR_UNSUPPORTED (not a TPM 2.0), SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO (the TPM
 * failed)
 * @req TPM-02 */
SZTP_API int32_t sztp_tpm2_open(sztp_tpm2_t *tpm, const char *tcti);

/** Opens a TPM through a TCTI of the caller's own.
 * @param tpm  the object
 * @param tcti a TSS2_TCTI_CONTEXT *, borrowed until sztp_tpm2_free(), which does not finalise it
 * @return as sztp_tpm2_open()
 * @req TPM-03 */
SZTP_API int32_t sztp_tpm2_open_context(sztp_tpm2_t *tpm, void *tcti);

/** Sets an option.
 * @param tpm    the object
 * @param option SZTP_TPM2_TIMEOUT_MS or SZTP_TPM2_PROTECT
 * @param value  in the unit that the constant gives
 * @return 0, SZTP_ERR_ARG
 * @req TPM-08, TPM-10 */
SZTP_API int32_t sztp_tpm2_set_i64(sztp_tpm2_t *tpm, uint32_t option, int64_t value);

/** Reads what is known of the TPM.
 * @param tpm  the object
 * @param what SZTP_TPM2_LAST_CODE, _OPERATIONS, _RETRIES, _MANUFACTURER or _LOCKED; the last asks the TPM
 * @param out  the number
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (not open), SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_tpm2_i64(sztp_tpm2_t *tpm, uint32_t what, int64_t *out);

/** Adds the key of a certificate by its persistent handle. It replaces an earlier key of the same
 * certificate.
 * @param tpm           the object
 * @param cert,cert_len the certificate: PEM, DER or base64 of DER; of several the first
 * @param handle        where the key is; its public area must be the certificate's key
 * @param auth,auth_len the key's authorization value, at most 64 octets, wiped on free; NULL for none
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (not open), SZTP_ERR_TEXT, SZTP_ERR_DER,
 *   SZTP_ERR_NOT_FOUND (no such object), SZTP_ERR_KEY (another key, or an attestation key, which signs
 * nothing from outside), SZTP_ERR_LIMIT (more than 8 keys, or the TPM has no room), SZTP_ERR_KEY_LOCKED,
 *   SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO (the TPM failed)
 * @req TPM-04, TPM-07, TPM-19 */
SZTP_API int32_t sztp_tpm2_add_handle(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len, uint32_t handle,
                                      const uint8_t *auth, size_t auth_len);

/** Adds the key of a certificate from a file that only this TPM can use.
 * @param tpm           the object
 * @param cert,cert_len as in sztp_tpm2_add_handle()
 * @param key,key_len   "TSS2 PRIVATE KEY", PEM or DER, a loadable key (OID 2.23.133.10.1.3)
 * @param auth,auth_len as in sztp_tpm2_add_handle()
 * @return as sztp_tpm2_add_handle(); SZTP_ERR_UNSUPPORTED (an importable or sealed key, a key with a policy,
 * or an unknown parent)
 * @req TPM-07 */
SZTP_API int32_t sztp_tpm2_add_file(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                    const uint8_t *key, size_t key_len, const uint8_t *auth, size_t auth_len);

/** Says whether a file has the key of a certificate, by the public key that stands in it. No TPM is asked, nor
 * need one be open: the right one may still refuse the file.
 * @param tpm           the object
 * @param cert,cert_len as in sztp_tpm2_add_handle()
 * @param key,key_len   as in sztp_tpm2_add_file()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_KEY (another key, or an attestation key),
 *   SZTP_ERR_UNSUPPORTED, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY
 * @req CSR-24 */
SZTP_API int32_t sztp_tpm2_check_file(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                      const uint8_t *key, size_t key_len);

/** Adds the key of a certificate that is made anew in the endorsement hierarchy by a template: for devices
 * whose owner cleared the TPM. That may take a minute.
 * @param tpm           the object
 * @param cert,cert_len as in sztp_tpm2_add_handle()
 * @param made_by       SZTP_TPM2_H1_RSA2048 and so on
 * @return as sztp_tpm2_add_handle(); SZTP_ERR_KEY also if the template gives another key than the
 * certificate's
 * @req TPM-15 */
SZTP_API int32_t sztp_tpm2_add_template(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                        uint32_t made_by);

/** Sets the key that signs evidence (SZTP_KEY_OP_ATTEST), by its persistent handle, in place of an earlier one.
 * It is restricted: it signs what the TPM itself says and nothing else. Its certificate, and those above it,
 * are also added to the device as SZTP_CERT_ATTESTATION; they may come from sztp_tpm2_read_certs().
 * @param tpm           the object
 * @param cert,cert_len its certificate, as in sztp_tpm2_add_handle()
 * @param handle        where the key is, as SZTP_TPM2_IAK_HANDLE
 * @param auth,auth_len as in sztp_tpm2_add_handle()
 * @return as sztp_tpm2_add_handle(); SZTP_ERR_KEY for a key that is not restricted, too, since it could be made
 *   to sign a forgery
 * @req ATT-04, ATT-05 */
SZTP_API int32_t sztp_tpm2_attest_handle(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                         uint32_t handle, const uint8_t *auth, size_t auth_len);

/** As sztp_tpm2_attest_handle(), from a file that only this TPM can use.
 * @param tpm           the object
 * @param cert,cert_len its certificate
 * @param key,key_len   as in sztp_tpm2_add_file()
 * @param auth,auth_len as in sztp_tpm2_add_handle()
 * @return as sztp_tpm2_attest_handle(), sztp_tpm2_add_file()
 * @req ATT-04 */
SZTP_API int32_t sztp_tpm2_attest_file(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                       const uint8_t *key, size_t key_len, const uint8_t *auth,
                                       size_t auth_len);

/** As sztp_tpm2_attest_handle(), made anew in the endorsement hierarchy by a template for attestation keys
 * (IAK).
 * @param tpm           the object
 * @param cert,cert_len its certificate
 * @param made_by       SZTP_TPM2_H1_RSA2048 and so on
 * @return as sztp_tpm2_attest_handle(), sztp_tpm2_add_template()
 * @req ATT-04 */
SZTP_API int32_t sztp_tpm2_attest_template(sztp_tpm2_t *tpm, const uint8_t *cert, size_t cert_len,
                                           uint32_t made_by);

/** Says which kinds of keys the TPM can make.
 * @param tpm the object
 * @param out SZTP_ALGORITHM_*
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (not open), SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_tpm2_algorithms(sztp_tpm2_t *tpm, uint32_t *out);

/** Sets where keys that are made are kept, each as a "TSS2 PRIVATE KEY" that this TPM alone can use. Then
 * sztp_device_set_csr() may offer what sztp_tpm2_algorithms() says; RSA keys are of 3072 bits, or of 2048 where
 * the TPM has no more. They have no authorization value, and are bound to this TPM in a way that evidence can
 * be made about them. The TPM itself keeps none of them; whoever clears it or takes the parent away ends them.
 * @param tpm    the object
 * @param parent the storage key that they are made under: a persistent handle, as SZTP_TPM2_STORAGE_HANDLE,
 *   with an empty authorization value; or 0x40000001, the primary key of the owner's hierarchy, made anew
 *   each time
 * @param store  copied; its functions are called from the key function; NULL: no keys are made
 * @return 0, SZTP_ERR_ARG (no such parent, or a function is missing), SZTP_ERR_ABI (an unknown struct_size)
 * @req CSR-12, CSR-33, ATT-08 */
SZTP_API int32_t sztp_tpm2_set_store(sztp_tpm2_t *tpm, uint32_t parent, const sztp_key_store_t *store);

/** Reads certificates out of an NV index, for sztp_device_add_cert().
 * @param tpm     the object
 * @param index   as SZTP_TPM2_IDEVID_CERT_INDEX
 * @param out     room for the certificates, DER, one after another as they stand there
 * @param out_len in: room; out: octets. Also set with SZTP_ERR_BUFFER, to the room that is needed
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (not open), SZTP_ERR_NOT_FOUND (no such index), SZTP_ERR_BUFFER,
 *   SZTP_ERR_DER (no certificate there), SZTP_ERR_LIMIT (more than 8192 octets), SZTP_ERR_KEY (it may not be
 *   read), SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO
 * @req TPM-16 */
SZTP_API int32_t sztp_tpm2_read_certs(sztp_tpm2_t *tpm, uint32_t index, uint8_t *out, size_t *out_len);

/** Works with the keys: an sztp_key_fn for sztp_device_set_key(), with the object as its user.
 * @param tpm         the object
 * @param request     what is asked
 * @param out,out_cap room for the answer
 * @param out_len     octets written
 * @return as an sztp_key_fn; never SZTP_PENDING, since it waits for the TPM. SZTP_ERR_KEY_LOCKED if the TPM
 *   refuses its protected keys for some time
 * @req TPM-05, TPM-11, TPM-12, TPM-13, TPM-17 */
SZTP_API int32_t sztp_tpm2_key(void *tpm, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                               size_t *out_len);

/** Gives random octets of the TPM: an sztp_random_fn for sztp_ctx_set_random(), with the object as its user.
 * @param tpm     the object
 * @param out,len to be filled
 * @return 0, or less on failure
 * @req TPM-20 */
SZTP_API int32_t sztp_tpm2_random(void *tpm, uint8_t *out, size_t len);

#ifdef __cplusplus
}
#endif
#endif
