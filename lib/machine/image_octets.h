/* SPDX-License-Identifier: Apache-2.0 */
/* The octets of a boot image as they pass, and what they are judged by: the owner's fingerprint, and the
 * manufacturer's signature if that is wanted. */
#ifndef SZTP_MACHINE_IMAGE_OCTETS_H
#define SZTP_MACHINE_IMAGE_OCTETS_H

#include "machine/shared.h"

/* 1 if a signature is wanted of the image: there is no fingerprint, or both are asked for. */
int sztp__image_wants_signature(const sztp_session_t *s);
/* Starts hashing. 0, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO. */
int32_t sztp__image_begin(sztp_session_t *s);
/* Takes SZTP_F_SIGNATURE of the reply to a DOWNLOAD. SZTP_ERR_ARG if it is not wanted, nobody is believed, or
 * octets have come already; SZTP_ERR_IMAGE_SIGNATURE, with why in the trail, if it is refused. */
int32_t sztp__image_take_signature(sztp_session_t *s, sztp__span_t signature);
int32_t sztp__image_write(sztp_session_t *s, sztp__span_t octets);
/* The image begins anew; its signature stays. */
int32_t sztp__image_restart(sztp_session_t *s);
/* Judges the image, which is whole. *verdict is 0, SZTP_ERR_IMAGE_MISMATCH or SZTP_ERR_IMAGE_SIGNATURE, and
 * @p why, of SZTP__SENTENCE_SIZE octets, says of the latter why. 0 or a failure of the machine, after which
 * it can be called again. */
int32_t sztp__image_judged(sztp_session_t *s, int32_t *verdict, char *why);
/* 1 if the signature was refused before the image came; @p why as above. */
int sztp__image_refused(const sztp_session_t *s, char *why);

#endif
