/* SPDX-License-Identifier: Apache-2.0 */
/* Tells for whom an artifact is encrypted, and how; what is inside nobody can tell without a key. */
#include "artifacts/inspect.h"
#include "cryptography/cms_enveloped.h"

static const char *recipient_kind(const sztp__recipient_t *r) {
  switch (r->kind) {
  case SZTP__RECIPIENT_RSA: return "key transport";
  case SZTP__RECIPIENT_ECDH: return "key agreement";
  default: return "of a kind that devices pass over";
  }
}

static void tell_recipient(sztp__look_t *l, uint32_t depth, const sztp__recipient_t *r) {
  char text[SZTP__SENTENCE_SIZE];
  sztp__tell_group(l, depth, "recipient");
  sztp__tellf(l, depth + 1, "kind", "%s", recipient_kind(r));
  if (r->kind == SZTP__RECIPIENT_OTHER) return;
  if (r->issuer.len == 0) {
    sztp__tell_hex(l, depth + 1, "subject-key-identifier", r->key_id);
  } else {
    sztp__tellf(l, depth + 1, "issuer", "%s", sztp__name_text(text, sizeof text, r->issuer));
    sztp__tell_hex(l, depth + 1, "serial-number", r->serial);
  }
  sztp__tellf(l, depth + 1, "key-encryption-algorithm", "%s",
              sztp__keyencalg_text(text, sizeof text, &r->alg));
}

void sztp__look_at_encrypted(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms) {
  char text[SZTP__PHRASE_SIZE];
  sztp__enveloped_t *env = NULL;
  int32_t rc = sztp__enveloped_parse(l->ctx, cms, &env);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  if (env->recipient_count == 0) sztp__tellf(l, depth, "recipients", "none");
  for (size_t i = 0; i < env->recipient_count; i++) tell_recipient(l, depth, &env->recipients[i]);
  sztp__tellf(l, depth, "encrypted-content-type", "%s",
              sztp__cms_type_text(text, sizeof text, env->etype, env->etype_oid));
  sztp__tellf(l, depth, "content-encryption-algorithm", "%s",
              sztp__cipheralg_text(text, sizeof text, &env->cipher));
  sztp__tellf(l, depth, "encrypted-octets", "%zu", env->content_len);
  sztp__free(l->ctx, env);
}
