/* SPDX-License-Identifier: Apache-2.0 */
/* The way to certificate signing requests: what every session has of them. The rest is reached through the
 * device, which has it after sztp_device_set_csr(). */
#include "machine/csr.h"

int sztp__csr_on(const sztp_session_t *s) { return s->dev->csr != NULL && !s->visit.provisional; }

int sztp__csr_was_sent(const sztp_session_t *s) { return s->csr != NULL && s->csr->phase == SZTP__CSR_MADE; }

void sztp__csr_lend(sztp_session_t *s) {
  if (!sztp__csr_was_sent(s)) return;
  if (s->csr->key_id[0] != '\0') sztp__action_lend(&s->action, SZTP_F_KEY_ID, sztp__span_of(s->csr->key_id));
  sztp__action_lend(&s->action, SZTP_F_CSR, sztp__blob_span(&s->csr->request));
}

int32_t sztp__csr_put(sztp_session_t *s) {
  int32_t rc = SZTP_OK;
  if (!sztp__csr_was_sent(s)) return rc;
  if (s->csr->key_id[0] != '\0')
    rc = sztp__action_put_copy(&s->action, SZTP_F_KEY_ID, sztp__span_of(s->csr->key_id));
  if (rc == SZTP_OK && s->csr->given == 0)
    rc = sztp__action_put_copy(&s->action, SZTP_F_CSR, sztp__blob_span(&s->csr->request));
  return rc;
}

void sztp__csr_restart(sztp_session_t *s) {
  sztp__csr_t *csr = s->csr;
  if (csr == NULL) return;
  uint32_t rounds = csr->rounds;
  sztp__blob_free(s->ctx, &csr->wish.info);
  sztp__blob_free(s->ctx, &csr->spki);
  sztp__blob_free(s->ctx, &csr->statements);
  sztp__blob_free(s->ctx, &csr->info);
  sztp__blob_free(s->ctx, &csr->request);
  sztp__blob_free(s->ctx, &csr->wrapped);
  memset(csr, 0, sizeof *csr);
  csr->rounds = rounds;
}

void sztp__csr_clear(sztp_session_t *s) {
  sztp__csr_restart(s);
  sztp__free(s->ctx, s->csr);
  s->csr = NULL;
}

int32_t sztp__csr_name_ask(sztp_session_t *s) { return s->dev->csr->name_ask(s); }
int32_t sztp__csr_name_hear(sztp_session_t *s) { return s->dev->csr->name_hear(s); }
int32_t sztp__csr_make_ask(sztp_session_t *s) { return s->dev->csr->make_ask(s); }
int32_t sztp__csr_make_hear(sztp_session_t *s) { return s->dev->csr->make_hear(s); }
int32_t sztp__csr_wrap_ask(sztp_session_t *s) { return s->dev->csr->wrap_ask(s); }
int32_t sztp__csr_wrap_hear(sztp_session_t *s) { return s->dev->csr->wrap_hear(s); }
