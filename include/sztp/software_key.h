/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-https: private keys in software, as a key function of the device.
 *
 *     sztp_software_key_t *keys;
 *     sztp_software_key_new(&keys);
 *     sztp_software_key_add(keys, dev, pem, len);
 *     sztp_device_set_key(dev, sztp_software_key, keys);
 *
 * It decrypts, agrees, signs and says what it can do; with sztp_software_key_set_store() it also makes and
 * deletes keys for certificate signing requests. Operations beyond these it answers with
 * SZTP_ERR_UNSUPPORTED. The keys belong to one thread at a time, and outlive the device that has them.
 */
#ifndef SZTP_SOFTWARE_KEY_H
#define SZTP_SOFTWARE_KEY_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_software_key sztp_software_key_t; /**< private keys, and whose they are */

/** Makes an object without keys.
 * @param out the object, freed with sztp_software_key_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_software_key_new(sztp_software_key_t **out);

/** Wipes the keys and frees them.
 * @param keys the object; NULL is allowed */
SZTP_API void sztp_software_key_free(sztp_software_key_t *keys);

/** Adds the private key of one or several of the device's certificates, in the roles SZTP_CERT_IDENTITY and
 * SZTP_CERT_DECRYPTION, whichever it belongs to. It replaces an earlier key of the same certificate.
 * @param keys     the object
 * @param dev      has the certificates, which are copied; a certificate that it gets later needs another call
 * @param data,len PEM or DER (PKCS #8, PKCS #1 or SEC1), not encrypted, at most 65536 octets; copied
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_KEY (unreadable, or of none of the certificates), SZTP_ERR_LIMIT (more
 *   than 32 certificates), SZTP_ERR_MEMORY
 * @req STATE-15, IDEV-06 */
SZTP_API int32_t sztp_software_key_add(sztp_software_key_t *keys, const sztp_device_t *dev,
                                       const uint8_t *data, size_t len);

/** Adds a private key that stays where a provider of OpenSSL has it: in a token ("pkcs11:..."), in a TPM
 * ("handle:..."), in a file ("file:/..."). Otherwise as sztp_software_key_add(). Nobody is asked for a PIN or
 * a password: it is part of the URI or of the provider's configuration.
 * @param keys the object
 * @param dev  has the certificates, which are copied
 * @param uri  as OpenSSL's ossl_store(7) takes it
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_KEY (there is no such key, or it is of none of the certificates),
 *   SZTP_ERR_LIMIT (more than 32 certificates), SZTP_ERR_MEMORY, SZTP_ERR_UNSUPPORTED (this build's
 *   cryptographic library has no providers)
 * @req STATE-15, IDEV-06 */
SZTP_API int32_t sztp_software_key_add_uri(sztp_software_key_t *keys, const sztp_device_t *dev,
                                           const char *uri);

/** Has the keys that are added or made from now on work in a library context of the caller's, as
 * sztp_ctx_set_library_context() has a context.
 * @param keys    the object
 * @param library an OSSL_LIB_CTX, which outlives the keys; NULL restores OpenSSL's default one
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_UNSUPPORTED (this build's cryptographic library has no such thing) */
SZTP_API int32_t sztp_software_key_set_library_context(sztp_software_key_t *keys, void *library);

/** Sets where keys that are made are kept. Then sztp_device_set_csr() may offer SZTP_ALGORITHM_P256, _P384,
 * _P521 and _RSA (of 3072 bits). The store sees each private key in the clear.
 * @param keys  the object
 * @param store copied; its functions are called from the key function; NULL: no keys are made
 * @return 0, SZTP_ERR_ARG (a function is missing), SZTP_ERR_ABI (an unknown struct_size)
 * @req CSR-12, CSR-33 */
SZTP_API int32_t sztp_software_key_set_store(sztp_software_key_t *keys, const sztp_key_store_t *store);

/** Works with the keys: an sztp_key_fn for sztp_device_set_key(), with the object as its user.
 * @param keys        the object
 * @param request     what is asked
 * @param out,out_cap room for the answer
 * @param out_len     octets written
 * @return as an sztp_key_fn; never SZTP_PENDING */
SZTP_API int32_t sztp_software_key(void *keys, const sztp_key_request_t *request, uint8_t *out,
                                   size_t out_cap, size_t *out_len);

/** Does the same as a handler of SZTP_ACTION_KEY, which the session of a device without a key function asks
 * for; for sztp_host_on(), with the object as its user.
 * @param keys the object
 * @param s    the session
 * @param a    the action
 * @return SZTP_OUTCOME_* */
SZTP_API uint32_t sztp_software_key_handle(void *keys, sztp_session_t *s, const sztp_action_t *a);

#ifdef __cplusplus
}
#endif
#endif
