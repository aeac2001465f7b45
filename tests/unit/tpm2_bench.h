/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of libsztp-tpm2 have: a software TPM with keys as manufacturers make them, certificates of those
 * keys, and a TCTI between the library and the TPM that sees and answers. Include it once, in a test. */
#ifndef SZTP_TESTS_UNIT_TPM2_BENCH_H
#define SZTP_TESTS_UNIT_TPM2_BENCH_H

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>
#include <tss2/tss2_tpm2_types.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <sztp/tpm2.h>

#include "common/testing.h"
#include "common/tpm2_peer.h"

/* ---- a TCTI between the library and the TPM ------------------------------------------------------ */

/* Sees every octet, and answers in the TPM's place. */
typedef struct shim {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  TSS2_TCTI_CONTEXT *inner;
  uint32_t answer;  /* a response code */
  unsigned answers; /* that is given so often */
  int answering;
  uint32_t for_command; /* but only to this one; 0: to all */
  int64_t busy_until;   /* ms: it is given until then */
  int deaf;             /* no answer ever comes */
  int cancelled;
  uint32_t dies_at;   /* the process ends as soon as that command is on its way; 0: at none */
  int stripping;      /* numbers lose their leading zeros */
  unsigned measuring; /* so often PCR 16 is extended before PCRs are read */
  unsigned commands;
  unsigned signatures; /* asked for */
  uint32_t last;       /* command code */
  uint8_t seen[1 << 20];
  size_t seen_len;
} shim_t;

static inline uint32_t number(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void see(shim_t *s, const uint8_t *data, size_t len) {
  if (s->seen_len + len > sizeof s->seen) s->seen_len = 0;
  memcpy(s->seen + s->seen_len, data, len);
  s->seen_len += len;
}

/* TPM-14: what would take the identity with it, or change what is not the library's, is never sent */
static inline void assert_harmless(uint32_t command) {
  static const uint32_t forbidden[] = {TPM2_CC_Clear,
                                       TPM2_CC_ClearControl,
                                       TPM2_CC_HierarchyControl,
                                       TPM2_CC_HierarchyChangeAuth,
                                       TPM2_CC_NV_DefineSpace,
                                       TPM2_CC_NV_UndefineSpace,
                                       TPM2_CC_NV_Write,
                                       TPM2_CC_EvictControl,
                                       TPM2_CC_DictionaryAttackLockReset};
  for (size_t i = 0; i < TEST_COUNT_OF(forbidden); i++) assert_int_not_equal(command, forbidden[i]);
}

static inline int64_t now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes the leading zeros of the number that is @p at, behind its size, away, and those of @p outer, the size
 * of what it is part of, if any. Returns where the number ends. */
static inline size_t strip_number(uint8_t *response, size_t *len, size_t at, size_t outer) {
  size_t size = (size_t)response[at] << 8 | response[at + 1], zeros = 0;
  while (zeros + 1 < size && response[at + 2 + zeros] == 0) zeros++;
  if (zeros == 0) return at + 2 + size;
  memmove(response + at + 2, response + at + 2 + zeros, *len - at - 2 - zeros);
  *len -= zeros;
  const size_t counts[3] = {at, outer, 0};
  for (size_t i = 0; i < 2 && (i == 0 || counts[i] != 0); i++) {
    size_t count = ((size_t)response[counts[i]] << 8 | response[counts[i] + 1]) - zeros;
    response[counts[i]] = (uint8_t)(count >> 8);
    response[counts[i] + 1] = (uint8_t)count;
  }
  response[4] = (uint8_t)(*len >> 8); /* of the response, whose size has four octets; */
  response[5] = (uint8_t)*len;
  size_t parameters = number(response + 10) - zeros; /* and of its parameters, behind the header */
  response[12] = (uint8_t)(parameters >> 8);
  response[13] = (uint8_t)parameters;
  return at + 2 + size - zeros;
}

/* TPM-12: as a TPM that leaves them out */
static inline void strip(const shim_t *s, uint8_t *response, size_t *len) {
  if (response[1] != 0x02 || number(response + 6) != 0) return; /* not authorized, or a failure */
  if (s->last == TPM2_CC_RSA_Decrypt) (void)strip_number(response, len, 14, 0);
  if (s->last == TPM2_CC_ECDH_ZGen)
    (void)strip_number(response, len, strip_number(response, len, 16, 14), 14);
  if (s->last == TPM2_CC_Sign && response[15] == TPM2_ALG_ECDSA)
    (void)strip_number(response, len, strip_number(response, len, 18, 0), 0);
}

/* TPM2_PCR_Extend of PCR 16, of the SHA-256 bank, by an empty password. */
static inline void measure(shim_t *s) {
  uint8_t command[65] = {0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82, 0, 0, 0, 16, 0, 0,    0,
                         9,    0x40, 0, 0, 9, 0,  0, 0, 0,    0,    0, 0, 0, 1,  0, 0x0b, 42};
  uint8_t response[64];
  size_t len = sizeof response;
  assert_int_equal(Tss2_Tcti_Transmit(s->inner, sizeof command, command), TSS2_RC_SUCCESS);
  assert_int_equal(Tss2_Tcti_Receive(s->inner, &len, response, TSS2_TCTI_TIMEOUT_BLOCK), TSS2_RC_SUCCESS);
  assert_int_equal(number(response + 6), TPM2_RC_SUCCESS);
}

static inline TSS2_RC shim_transmit(TSS2_TCTI_CONTEXT *c, size_t len, const uint8_t *command) {
  shim_t *s = (shim_t *)c;
  assert_true(len >= 10);
  s->commands++;
  s->last = number(command + 6);
  assert_harmless(s->last);
  see(s, command, len);
  s->signatures += s->last == TPM2_CC_Sign;
  if (s->last == TPM2_CC_PCR_Read && s->measuring > 0) {
    s->measuring--;
    measure(s);
  }
  if (now_ms() < s->busy_until) s->answers = 1;
  if (s->answers > 0 && (s->for_command == 0 || s->for_command == s->last)) {
    s->answers--;
    s->answering = 1;
    return TSS2_RC_SUCCESS;
  }
  TSS2_RC rc = s->deaf ? TSS2_RC_SUCCESS : Tss2_Tcti_Transmit(s->inner, len, command);
  if (s->dies_at == s->last) (void)raise(SIGKILL);
  return rc;
}

static inline TSS2_RC shim_receive(TSS2_TCTI_CONTEXT *c, size_t *len, uint8_t *response, int32_t timeout) {
  shim_t *s = (shim_t *)c;
  const uint8_t busy[10] = {0x80,
                            0x01,
                            0,
                            0,
                            0,
                            10,
                            (uint8_t)(s->answer >> 24),
                            (uint8_t)(s->answer >> 16),
                            (uint8_t)(s->answer >> 8),
                            (uint8_t)s->answer};
  if (s->deaf) {
    const struct timespec pause = {0, timeout < 0 ? 0 : (long)timeout * 1000000L};
    assert_true(timeout >= 0); /* or it would be waited for without an end */
    (void)nanosleep(&pause, NULL);
    return TSS2_TCTI_RC_TRY_AGAIN;
  }
  if (s->answering && response == NULL) {
    *len = sizeof busy;
    return TSS2_RC_SUCCESS;
  }
  if (s->answering) {
    memcpy(response, busy, sizeof busy);
    *len = sizeof busy;
    s->answering = 0;
    return TSS2_RC_SUCCESS;
  }
  TSS2_RC rc = Tss2_Tcti_Receive(s->inner, len, response, timeout);
  if (rc == TSS2_RC_SUCCESS && response != NULL) see(s, response, *len);
  if (rc == TSS2_RC_SUCCESS && response != NULL && s->stripping) strip(s, response, len);
  return rc;
}

static inline void shim_finalize(TSS2_TCTI_CONTEXT *c) {
  fail_msg("a borrowed TCTI is finalised: %p", (void *)c);
} /* TPM-03 */

static inline TSS2_RC shim_cancel(TSS2_TCTI_CONTEXT *c) {
  shim_t *s = (shim_t *)c;
  s->cancelled++;
  return s->deaf ? TSS2_RC_SUCCESS : Tss2_Tcti_Cancel(s->inner);
}

static inline TSS2_RC shim_locality(TSS2_TCTI_CONTEXT *c, uint8_t l) {
  return Tss2_Tcti_SetLocality(((shim_t *)c)->inner, l);
}

static inline TSS2_RC shim_handles(TSS2_TCTI_CONTEXT *c, TSS2_TCTI_POLL_HANDLE *h, size_t *n) {
  return Tss2_Tcti_GetPollHandles(((shim_t *)c)->inner, h, n);
}

static inline void shim_begin(shim_t *s, const char *tcti) {
  TSS2_TCTI_CONTEXT *c = (TSS2_TCTI_CONTEXT *)s;
  memset(s, 0, sizeof *s);
  assert_int_equal(Tss2_TctiLdr_Initialize(tcti, &s->inner), 0);
  TSS2_TCTI_MAGIC(c) = 0x53484d0000000001u;
  TSS2_TCTI_VERSION(c) = 2;
  TSS2_TCTI_TRANSMIT(c) = shim_transmit;
  TSS2_TCTI_RECEIVE(c) = shim_receive;
  TSS2_TCTI_FINALIZE(c) = shim_finalize;
  TSS2_TCTI_CANCEL(c) = shim_cancel;
  TSS2_TCTI_SET_LOCALITY(c) = shim_locality;
  TSS2_TCTI_GET_POLL_HANDLES(c) = shim_handles;
}

static inline void shim_end(shim_t *s) { Tss2_TctiLdr_Finalize(&s->inner); }

static inline int shim_saw(const shim_t *s, const void *what, size_t len) {
  for (size_t i = 0; i + len <= s->seen_len; i++)
    if (memcmp(s->seen + i, what, len) == 0) return 1;
  return 0;
}

/* ---- the device: keys with certificates ---------------------------------------------------------- */

enum { H1, H2, H3, BOTH_RSA, BOTH_P256, OAEP_RSA, IAK, SECRET, IAK_P384, IAK_RSA, IAK_SECRET, IAK_TCG, KEYS };

static const struct {
  const char *alg, *kind;
  uint32_t handle;
  const char *auth;
} made[KEYS] = {[H1] = {"rsa2048", "idevid", 0x81020000, ""},
                [H2] = {"p256", "idevid", 0x81020002, ""},
                [H3] = {"p384", "idevid", 0x81020004, ""},
                [BOTH_RSA] = {"rsa2048", "both", 0x81020010, ""},
                [BOTH_P256] = {"p256", "both", 0x81020011, ""},
                [OAEP_RSA] = {"rsa2048", "oaep", 0x81020012, ""},
                [IAK] = {"p256", "iak", 0x81020001, ""},
                [SECRET] = {"p256", "both", 0x81020020, "open sesame"},
                [IAK_P384] = {"p384", "iak", 0x81020005, ""},
                [IAK_RSA] = {"rsa2048", "iak", 0x81020006, ""},
                [IAK_SECRET] = {"p256", "iak", 0x81020021, "a word"},
                [IAK_TCG] = {"p256", "iak-tcg", 0x81020008, ""}};

static tpm2_peer_t peer;
static EVP_PKEY *keys[KEYS]; /* public halves */
static sztp__span_t certs[KEYS];

/* What a test has. */
typedef struct env {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_tpm2_t *tpm;
  shim_t shim;
} env_t;

static inline EVP_PKEY *to_key(const char *alg, const uint8_t *octets, size_t len) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(octets, (int)len, NULL), *e = BN_new();
  int rsa = alg[0] == 'r';
  if (rsa) {
    assert_int_equal(BN_set_word(e, 65537), 1);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
  } else {
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                    strcmp(alg, "p384") == 0 ? "P-384" : "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, octets, len);
  }
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, rsa ? "RSA" : "EC", NULL);
  assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
  assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
  EVP_PKEY_CTX_free(ctx);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return key;
}

/* A certificate of that key, by a throw-away issuer. */
static inline sztp__span_t certify(EVP_PKEY *key) {
  static EVP_PKEY *issuer;
  unsigned char *der = NULL;
  X509 *x = X509_new();
  if (issuer == NULL) issuer = EVP_EC_gen("P-256");
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), 0);
  X509_gmtime_adj(X509_getm_notAfter(x), 86400);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "serialNumber", MBSTRING_ASC,
                             (const unsigned char *)"EX4200-17", -1, -1, 0);
  X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"Example",
                             -1, -1, 0);
  X509_set_pubkey(x, key);
  assert_true(X509_sign(x, issuer, EVP_sha256()) > 0);
  int len = i2d_X509(x, &der);
  assert_true(len > 0);
  X509_free(x);
  return sztp__span(der, (size_t)len);
}

static inline int provision(void **state) {
  (void)state;
  tpm2_peer_make(peer.tcti, "p256", "storage", SZTP_TPM2_STORAGE_HANDLE, 0, "");
  for (int i = 0; i < KEYS; i++) {
    uint8_t octets[512];
    tpm2_peer_make(peer.tcti, made[i].alg, made[i].kind, made[i].handle, 0, made[i].auth);
    size_t len = tpm2_peer_public(peer.tcti, made[i].handle, octets);
    keys[i] = to_key(made[i].alg, octets, len);
    certs[i] = certify(keys[i]);
  }
  return 0;
}

static inline int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  e->ctx = test_ctx_new(&e->memory);
  shim_begin(&e->shim, peer.tcti);
  assert_int_equal(sztp_tpm2_new(e->ctx, &e->tpm), SZTP_OK);
  assert_int_equal(sztp_tpm2_open_context(e->tpm, &e->shim), SZTP_OK);
  *state = e;
  return 0;
}

/* TPM-09: whatever a test did, nothing is left in the TPM */
static inline int tear_down(void **state) {
  env_t *e = *state;
  sztp_tpm2_free(e->tpm);
  shim_end(&e->shim);
  assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
  test_ctx_free(&e->memory, e->ctx);
  free(e);
  return 0;
}

static inline int32_t add_with(env_t *e, int which, const char *auth) {
  return sztp_tpm2_add_handle(e->tpm, certs[which].data, certs[which].len, made[which].handle,
                              (const uint8_t *)auth, auth != NULL ? strlen(auth) : 0);
}

static inline void add(env_t *e, int which) {
  assert_int_equal(add_with(e, which, *made[which].auth != '\0' ? made[which].auth : NULL), SZTP_OK);
}

/* ---- the program --------------------------------------------------------------------------------- */

/* 0 if there is no software TPM. */
static inline int bench_begin(void) {
  (void)setenv("TSS2_LOG", "all+none", 0); /* TPM-21: tss2's own lines are for those who want them */
  if (tpm2_peer_start(&peer)) return 1;
  (void)printf("skipped: swtpm is not installed\n");
  return 0;
}

static inline int bench_end(int failed) {
  for (int i = 0; i < KEYS; i++) {
    EVP_PKEY_free(keys[i]);
    OPENSSL_free((void *)(uintptr_t)certs[i].data);
  }
  tpm2_peer_stop(&peer);
  return failed;
}

/* What main() returns. */
#define BENCH_RUN(tests) (bench_begin() ? bench_end(cmocka_run_group_tests(tests, provision, NULL)) : 77)

#endif
