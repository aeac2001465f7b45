/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Signatures of boot images: the manufacturer's word on what may be installed, beside the owner's word on
 * what shall be (the fingerprint in onboarding information).
 *
 * A signature is detached CMS (RFC 5652) of id-data or id-ct-firmwarePackage over the image, with signed
 * attributes and SHA-256, SHA-384 or SHA-512, in DER, PEM or base64; `openssl cms -sign -binary` makes one. It is
 * believed if one of its signers has a path to one of the device's firmware anchors.
 *
 * A session takes the signature with the image (SZTP_ACTION_DOWNLOAD). Update clients and others check one by
 * themselves:
 *
 *     sztp_device_add_firmware_anchors(dev, anchors, anchors_len);
 *     sztp_image_check_new(ctx, dev, signature, len, SZTP_TIME_UNKNOWN, &check);
 *     ... sztp_image_check_write(check, piece, piece_len) ...
 *     good = sztp_image_check_end(check) == 0;
 *     sztp_image_check_free(check);
 */
#ifndef SZTP_IMAGE_H
#define SZTP_IMAGE_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_image_check sztp_image_check_t; /**< an image that is being checked */

/** Sizes of signatures. */
enum {
  SZTP_IMAGE_SIGNATURE_MAX = 65536 /**< octets of a signature */
};

/** Adds trust anchors for the signatures of boot images. They are a store of their own: no voucher, owner or
 * redirect adds to it, and what it holds is believed in nothing else.
 * @param dev      the device
 * @param data,len certificates, in the forms of sztp_device_add_cert(); copied
 * @return as sztp_device_add_cert()
 * @req FW-03 */
SZTP_API int32_t sztp_device_add_firmware_anchors(sztp_device_t *dev, const uint8_t *data, size_t len);

/** Judges a signature as far as that goes without the image: its form, and who made it.
 * @param ctx           the device's context; or any, if the device is frozen
 * @param dev           the device, with firmware anchors; must outlive the check
 * @param signature,len the signature; copied
 * @param unix_time     seconds that are trusted to be right, or SZTP_TIME_UNKNOWN
 * @param out           the check, freed with sztp_image_check_free()
 * @return 0; SZTP_ERR_ARG; SZTP_ERR_SEQUENCE (the device has no firmware anchors); why the signature is
 *   refused, with the detail in the trail: SZTP_ERR_LIMIT (more than SZTP_IMAGE_SIGNATURE_MAX octets, or too
 *   much work), SZTP_ERR_CMS_*, SZTP_ERR_PKIX_*; SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO
 * @req FW-03, FW-05, FW-08 */
SZTP_API int32_t sztp_image_check_new(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *signature,
                                      size_t len, int64_t unix_time, sztp_image_check_t **out);

/** Takes the next octets of the image, which are hashed and not kept.
 * @param check    the check
 * @param data,len the octets; NULL is allowed if there are none
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (it is over), SZTP_ERR_CRYPTO
 * @req FW-06 */
SZTP_API int32_t sztp_image_check_write(sztp_image_check_t *check, const uint8_t *data, size_t len);

/** Says what came of it, once the image is whole.
 * @param check the check
 * @return 0 if the signature is good and is of these octets; why it is refused, with the detail in the
 *   trail: SZTP_ERR_CMS_*; SZTP_ERR_ARG, SZTP_ERR_MEMORY (make the same call again), SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_image_check_end(sztp_image_check_t *check);

/** Frees it.
 * @param check the check; NULL is allowed */
SZTP_API void sztp_image_check_free(sztp_image_check_t *check);

#ifdef __cplusplus
}
#endif
#endif
