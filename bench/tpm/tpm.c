/* SPDX-License-Identifier: Apache-2.0 */
/* Measures signatures of a key in a TPM against the same commands by ESYS alone, in turns over one
 * connection, and the heap of the component.
 * usage: tpm TCTI CERTIFICATE HANDLE AUTH. Exit status 1 if a goal is missed. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sztp/device.h>
#include <sztp/tpm2.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

#include "bench/fixture.h"
#include "bench/heap.h"

#define ROUNDS    301
#define SIGNATURE 64
#define GOAL      1.05

static const uint8_t digest[32] = {0x5a, 1, 2, 3};

static double wall_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must_tss(TSS2_RC rc, const char *what) {
  if (rc == TSS2_RC_SUCCESS) return;
  fprintf(stderr, "tpm: %s: 0x%x\n", what, (unsigned)rc);
  exit(2);
}

/* ---- ESYS alone ---------------------------------------------------------------------------------- */

typedef struct bare {
  ESYS_CONTEXT *esys;
  ESYS_TR key;
  ESYS_TR salt;
} bare_t;

static void bare_begin(bare_t *b, TSS2_TCTI_CONTEXT *tcti, uint32_t handle, const char *auth) {
  TPM2B_AUTH value = {.size = (uint16_t)strlen(auth)};
  memcpy(value.buffer, auth, value.size);
  must_tss(Esys_Initialize(&b->esys, tcti, NULL), "Esys_Initialize");
  must_tss(Esys_TR_FromTPMPublic(b->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &b->key), "key");
  must_tss(Esys_TR_FromTPMPublic(b->esys, SZTP_TPM2_STORAGE_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                 &b->salt),
           "storage key");
  must_tss(Esys_TR_SetAuth(b->esys, b->key, &value), "Esys_TR_SetAuth");
}

static void bare_sign(bare_t *b, int in_session) {
  static const TPMT_SYM_DEF aes = {
      .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  const TPMT_TK_HASHCHECK ticket = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL};
  TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_ECDSA};
  TPM2B_DIGEST d = {.size = sizeof digest};
  TPMT_SIGNATURE *signature = NULL;
  ESYS_TR session = ESYS_TR_PASSWORD;
  scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  memcpy(d.buffer, digest, sizeof digest);
  if (in_session) {
    must_tss(Esys_StartAuthSession(b->esys, b->salt, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                   NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256, &session),
             "Esys_StartAuthSession");
    must_tss(Esys_TRSess_SetAttributes(b->esys, session, TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT, 0xff),
             "Esys_TRSess_SetAttributes");
  }
  must_tss(Esys_Sign(b->esys, b->key, session, ESYS_TR_NONE, ESYS_TR_NONE, &d, &scheme, &ticket, &signature),
           "Esys_Sign");
  if (in_session) must_tss(Esys_TR_Close(b->esys, &session), "Esys_TR_Close");
  Esys_Free(signature);
}

/* ---- ours ---------------------------------------------------------------------------------------- */

static void sign(sztp_ctx_t *ctx, const sztp_device_t *dev, const octets_t *cert) {
  uint8_t out[SIGNATURE];
  size_t len = sizeof out;
  must(sztp_device_sign(ctx, dev, cert->data, cert->len, SZTP_KEY_OP_SIGN_ECDSA, 256, digest, sizeof digest,
                        out, &len),
       ctx, "signature");
}

/* A device whose identity is @p cert, with the key in the TPM. */
static sztp_device_t *device(sztp_ctx_t *ctx, sztp_tpm2_t *tpm, const octets_t *cert) {
  sztp_device_t *dev = NULL;
  must(sztp_device_new(ctx, &dev), ctx, "device");
  must(sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, cert->data, cert->len), ctx, "certificate");
  must(sztp_device_set_key(dev, sztp_tpm2_key, tpm), ctx, "key function");
  return dev;
}

static int compare(const char *what, int in_session, sztp_ctx_t *ctx, const sztp_device_t *dev,
                   const octets_t *cert, bare_t *bare) {
  static double ours[ROUNDS], theirs[ROUNDS];
  for (size_t i = 0; i < ROUNDS; i++) { /* in turns, so that a change of the machine's pace hits both */
    double start = wall_ms();
    sign(ctx, dev, cert);
    double middle = wall_ms();
    bare_sign(bare, in_session);
    ours[i] = middle - start;
    theirs[i] = wall_ms() - middle;
  }
  double a = median(ours, ROUNDS), b = median(theirs, ROUNDS);
  printf("  %s: %.3f ms, by ESYS alone %.3f ms (medians of %d); ratio %.3f, goal at most %.2f: %s\n", what, a,
         b, ROUNDS, a / b, GOAL, a / b <= GOAL ? "met" : "MISSED");
  return a / b > GOAL;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: tpm TCTI CERTIFICATE HANDLE AUTH\n");
    return 2;
  }
  octets_t cert = fixture_read("/", argv[2]);
  uint32_t handle = (uint32_t)strtoul(argv[3], NULL, 0);
  TSS2_TCTI_CONTEXT *tcti = NULL;
  sztp_ctx_t *ctx = NULL;
  sztp_tpm2_t *tpm = NULL;
  bare_t bare;
  const uint8_t *der = NULL;
  int64_t own = 0;
  octets_t leaf;
  must_tss(Tss2_TctiLdr_Initialize(argv[1], &tcti), argv[1]);

  must(sztp_ctx_new(heap_uncounted(), &ctx), NULL, "context");
  heap_reset();
  must(sztp_tpm2_new(ctx, &tpm), ctx, "object");
  must(sztp_tpm2_open_context(tpm, tcti), ctx, argv[1]);
  must(sztp_tpm2_add_handle(tpm, cert.data, cert.len, handle, (const uint8_t *)argv[4], strlen(argv[4])), ctx,
       "key");
  sztp_device_t *dev = device(ctx, tpm, &cert);
  size_t opened = heap_peak();
  must(sztp_device_cert(dev, SZTP_CERT_IDENTITY, 0, &der, &leaf.len), ctx, "certificate");
  leaf.data = (uint8_t *)(uintptr_t)der;
  sign(ctx, dev, &leaf);
  size_t signed_ = heap_peak();
  must(sztp_ctx_i64(ctx, SZTP_USAGE_PEAK, &own), ctx, "usage");

  printf("a key in a TPM (swtpm), ECDSA on P-256\n");
  bare_begin(&bare, tcti, handle, argv[4]);
  int missed = compare("signature in a salted session of its own", 1, ctx, dev, &leaf, &bare);
  must(sztp_tpm2_set_i64(tpm, SZTP_TPM2_PROTECT, 0), ctx, "protection");
  missed |= compare("signature without a session", 0, ctx, dev, &leaf, &bare);
  printf(
      "  heap: %.1f KiB of the context's (device included), and of tpm2-tss and OpenSSL %.1f KiB when open,\n"
      "    %.1f KiB at most with the first salted session\n",
      (double)own / 1024, (double)opened / 1024, (double)signed_ / 1024);

  Esys_Finalize(&bare.esys);
  sztp_device_free(dev);
  sztp_tpm2_free(tpm);
  sztp_ctx_free(ctx);
  Tss2_TctiLdr_Finalize(&tcti);
  free(cert.data);
  return missed;
}
