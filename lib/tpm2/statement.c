/* SPDX-License-Identifier: Apache-2.0 */
/* From what the TPM says to an AttestationStatement. */
#include "tpm2/statement.h"

#include <sztp/device.h>

#include "formats/der.h"

#define WHERE       "tpm2.statement"
#define OID_CERTIFY "\x67\x81\x05\x14\x01" /* tcg-attest-tpm-certify */
#define OID_QUOTE   "\x67\x81\x05\x14\x02" /* tcg-attest-tpm-quote */
#define PART_MAX    2048
#define WHOLE_MAX   4096

static int32_t unable(const sztp__tpm_keys_t *keys, const char *why) {
  return sztp__fail(keys->ctx, SZTP_ERR_UNSUPPORTED, WHERE, "%s", why);
}

static int32_t put_statement(const sztp__tpm_statement_t *s, const char *type, sztp__buf_t *out) {
  size_t whole = 0;
  size_t parts = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &whole);
  sztp__der_put_oid(out, sztp__span_of(type));
  sztp__der_open(out, SZTP__DER_SEQUENCE, &parts);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__buf_span(&s->attest));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__buf_span(&s->signature));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__buf_span(&s->subject));
  sztp__der_close(out, parts);
  return sztp__der_close(out, whole);
}

static int32_t have_it_said(sztp__tpm_keys_t *keys, const sztp__tpm_asked_t *asked,
                            sztp__tpm_statement_t *s) {
  if (asked->kind == SZTP_EVIDENCE_QUOTE)
    return sztp__tpm_quote(keys->tpm, keys->attestation, asked->nonce, (uint32_t)asked->pcrs, s);
  if (!sztp__tpm_key_public(asked->key)->certifiable)
    return unable(keys, "certifying: the key wants a policy session");
  return sztp__tpm_certify(keys->tpm, asked->key, keys->attestation, asked->nonce, s);
}

int32_t sztp__tpm_statement_make(sztp__tpm_keys_t *keys, const sztp__tpm_asked_t *asked, uint8_t *out,
                                 size_t cap, size_t *len) {
  sztp__tpm_statement_t s;
  sztp__buf_t der;
  if (asked->kind != SZTP_EVIDENCE_CERTIFY && asked->kind != SZTP_EVIDENCE_QUOTE)
    return unable(keys, "only certify and quote are known");
  if (keys->attestation == NULL) return unable(keys, "no attestation key is set");
  sztp__buf_init(&s.attest, keys->ctx, PART_MAX);
  sztp__buf_init(&s.signature, keys->ctx, PART_MAX);
  sztp__buf_init(&s.subject, keys->ctx, PART_MAX);
  sztp__buf_init(&der, keys->ctx, WHOLE_MAX);
  int32_t rc = have_it_said(keys, asked, &s);
  if (rc == SZTP_OK)
    rc = put_statement(&s, asked->kind == SZTP_EVIDENCE_QUOTE ? OID_QUOTE : OID_CERTIFY, &der);
  if (rc == SZTP_OK && der.len > cap) rc = SZTP_ERR_BUFFER;
  if (rc == SZTP_OK) {
    memcpy(out, der.data, der.len);
    *len = der.len;
  }
  sztp__buf_clear(&der);
  sztp__buf_clear(&s.subject);
  sztp__buf_clear(&s.signature);
  sztp__buf_clear(&s.attest);
  return rc;
}

int64_t sztp__tpm_statement_able(const sztp__tpm_keys_t *keys, const sztp__tpm_public_t *pub) {
  if (keys->attestation == NULL) return 0;
  return pub->certifiable ? SZTP_ABLE_CERTIFY | SZTP_ABLE_QUOTE : SZTP_ABLE_QUOTE;
}
