/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what evidence a certificate request holds, without judging it. */
#include "artifacts/attestation.h"
#include "artifacts/inspect.h"
#include "artifacts/tpm_structures.h"

/* "sha256: 0 1 7", a bank in a line. */
static void tell_banks(sztp__look_t *l, uint32_t depth, const sztp__tpm_attest_t *attest) {
  char text[SZTP__PHRASE_SIZE];
  for (size_t i = 0; i < attest->bank_count; i++) {
    const sztp__tpm_bank_t *bank = &attest->banks[i];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t pcr = 0; pcr < 32; pcr++)
      if ((bank->selected >> pcr & 1) != 0)
        len +=
            sztp__format(text + len, sizeof text - len, " %u", (unsigned)pcr); /* 32 numbers are 86 octets */
    sztp__tellf(l, depth, "quoted", "%s:%s", sztp__hash_name(bank->hash), text);
  }
}

static void tell_attest(sztp__look_t *l, uint32_t depth, sztp__span_t octets) {
  sztp__tpm_attest_t attest;
  int32_t rc = sztp__tpm_read_attest(l->ctx, octets, &attest);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "mark", "%s (%08x)",
              attest.magic == SZTP__TPM_GENERATED ? "of a TPM" : "none of a TPM", (unsigned)attest.magic);
  sztp__tellf(l, depth, "kind", "%s (%04x)",
              attest.type == SZTP__TPM_ST_CERTIFY ? "certify"
              : attest.type == SZTP__TPM_ST_QUOTE ? "quote"
                                                  : "another",
              (unsigned)attest.type);
  sztp__tell_hex(l, depth, "nonce", attest.extra);
  tell_banks(l, depth, &attest);
}

static void tell_signature(sztp__look_t *l, uint32_t depth, sztp__span_t octets) {
  sztp__tpm_signature_t signature;
  int32_t rc = sztp__tpm_read_signature(l->ctx, octets, &signature);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "signature-algorithm", "%s with %s", sztp__tpm_scheme_name(signature.scheme),
              sztp__hash_name(signature.hash));
}

static void tell_public(sztp__look_t *l, uint32_t depth, sztp__span_t octets) {
  sztp__tpm_public_t area;
  int32_t rc = sztp__tpm_read_public(l->ctx, octets, &area);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "public-area", "%s, attributes %08x%s%s%s", area.type == SZTP__KEY_RSA ? "RSA" : "EC",
              (unsigned)area.attributes, (area.attributes & SZTP__TPM_FIXED_TPM) != 0 ? ", fixedTPM" : "",
              (area.attributes & SZTP__TPM_FIXED_PARENT) != 0 ? ", fixedParent" : "",
              (area.attributes & SZTP__TPM_SENSITIVE_DATA_ORIGIN) != 0 ? ", sensitiveDataOrigin" : "");
}

static void tell_statement(sztp__look_t *l, uint32_t depth, const char *name,
                           const sztp__statement_t *statement, int certifies) {
  if (statement->attest.data == NULL) return;
  sztp__tell_group(l, depth, "evidence");
  sztp__tellf(l, depth + 1, "statement", "%s", name);
  tell_attest(l, depth + 1, statement->attest);
  tell_signature(l, depth + 1, statement->signature);
  if (certifies)
    tell_public(l, depth + 1, statement->third);
  else
    sztp__tell_hex(l, depth + 1, "values", statement->third);
}

void sztp__look_at_evidence(sztp__look_t *l, uint32_t depth, sztp__span_t request) {
  sztp__attestation_t evidence;
  sztp__p10_t p10;
  if (l->status < 0) return;
  if (sztp__p10_read(l->ctx, request, &p10) < 0) { /* which is told by who looks at the request */
    sztp__trail_clear(l->ctx);
    return;
  }
  int32_t rc = sztp__attestation_read(l->ctx, &p10, &evidence);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  tell_statement(l, depth, "tcg-attest-certify", &evidence.certify, 1);
  tell_statement(l, depth, "tcg-attest-quote", &evidence.quote, 0);
  for (size_t i = 0; i < evidence.cert_count; i++) {
    sztp__tell_group(l, depth, "certificate");
    sztp__look_at_cert(l, depth + 1, evidence.certs[i]);
  }
}
