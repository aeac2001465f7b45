/* SPDX-License-Identifier: Apache-2.0 */
/* A build that installs no boot images (make IMAGES=0): onboarding information that wants another one than
 * the one that runs is refused. */
#include "machine/image.h"
#include "machine/image_octets.h"

#define SAID "another boot image is wanted, and this library was built without them (SZTP_FEATURE_IMAGES)"

int32_t sztp__image_wanted(sztp_session_t *s) { return sztp__image_failed(s, SZTP_ERR_IMAGE, SAID); }

/* No session comes to these. */
int32_t sztp__image_download_ask(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_download_hear(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_save_ask(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_save_hear(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_install_ask(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_install_hear(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_installed_ask(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__image_installed_hear(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__reboot_ask(sztp_session_t *s) { return sztp__image_wanted(s); }
int32_t sztp__reboot_hear(sztp_session_t *s) { return sztp__image_wanted(s); }
void sztp__image_skip(sztp_session_t *s) { (void)s; }

int32_t sztp__image_take_signature(sztp_session_t *s, sztp__span_t signature) {
  (void)s;
  (void)signature;
  return SZTP_ERR_ARG;
}

int32_t sztp__image_write(sztp_session_t *s, sztp__span_t octets) {
  return sztp__image_take_signature(s, octets);
}

int32_t sztp__image_restart(sztp_session_t *s) { return sztp__image_take_signature(s, sztp__span_of("")); }
