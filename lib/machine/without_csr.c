/* SPDX-License-Identifier: Apache-2.0 */
/* A build without certificate signing requests (make CSR=0). A key that another build made for one, and whose
 * name is kept, stays as it is. */
#include "machine/csr.h"
#include <sztp/device.h>

#include "trust/device_private.h"

int32_t sztp_device_set_csr(sztp_device_t *dev, uint32_t formats, uint32_t algorithms) {
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0 || (formats == 0 && algorithms == 0)) return rc;
  return sztp__fail(dev->ctx, SZTP_ERR_UNSUPPORTED, "device.csr",
                    "this library was built without certificate signing requests (SZTP_FEATURE_CSR)");
}

int sztp__csr_on(const sztp_session_t *s) {
  (void)s;
  return 0;
}

int sztp__csr_was_sent(const sztp_session_t *s) { return sztp__csr_on(s); }

void sztp__csr_lend(sztp_session_t *s) { (void)s; }

int32_t sztp__csr_put(sztp_session_t *s) {
  (void)s;
  return SZTP_OK;
}

void sztp__csr_restart(sztp_session_t *s) { (void)s; }

void sztp__csr_clear(sztp_session_t *s) { (void)s; }

int sztp__key_first(sztp_session_t *s, sztp__state_t then) {
  (void)then;
  s->kept.key_stuck = s->kept.saved.has_key;
  return 0;
}

/* No session comes to these. */
int32_t sztp__csr_name_ask(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__csr_name_hear(sztp_session_t *s) {
  return sztp__fail(s->ctx, SZTP_ERR_UNSUPPORTED, "session.csr",
                    "this library was built without certificate signing requests (SZTP_FEATURE_CSR)");
}
int32_t sztp__csr_make_ask(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__csr_make_hear(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__csr_wrap_ask(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__csr_wrap_hear(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__key_delete_ask(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__key_delete_hear(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__key_forget_ask(sztp_session_t *s) { return sztp__csr_name_hear(s); }
int32_t sztp__key_forget_hear(sztp_session_t *s) { return sztp__csr_name_hear(s); }
