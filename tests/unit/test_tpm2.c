/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in a TPM as a key function, against a software TPM: what is added, what the keys do, what a bad day of
 * the TPM looks like, and what is seen on the way to it. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <sztp/tpm2.h>

#include "common/testing.h"
#include "common/tpm2_peer.h"
#include "cryptography/key_request.h"

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
  uint32_t dies_at; /* the process ends as soon as that command is on its way; 0: at none */
  int stripping;    /* numbers lose their leading zeros */
  unsigned commands;
  unsigned signatures; /* asked for */
  uint32_t last;       /* command code */
  uint8_t seen[1 << 20];
  size_t seen_len;
} shim_t;

static uint32_t number(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void see(shim_t *s, const uint8_t *data, size_t len) {
  if (s->seen_len + len > sizeof s->seen) s->seen_len = 0;
  memcpy(s->seen + s->seen_len, data, len);
  s->seen_len += len;
}

/* TPM-14: what would take the identity with it, or change what is not the library's, is never sent */
static void assert_harmless(uint32_t command) {
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

static int64_t now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes the leading zeros of the number that is @p at, behind its size, away, and those of @p outer, the size
 * of what it is part of, if any. Returns where the number ends. */
static size_t strip_number(uint8_t *response, size_t *len, size_t at, size_t outer) {
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
static void strip(const shim_t *s, uint8_t *response, size_t *len) {
  if (response[1] != 0x02 || number(response + 6) != 0) return; /* not authorized, or a failure */
  if (s->last == TPM2_CC_RSA_Decrypt) (void)strip_number(response, len, 14, 0);
  if (s->last == TPM2_CC_ECDH_ZGen)
    (void)strip_number(response, len, strip_number(response, len, 16, 14), 14);
  if (s->last == TPM2_CC_Sign && response[15] == TPM2_ALG_ECDSA)
    (void)strip_number(response, len, strip_number(response, len, 18, 0), 0);
}

static TSS2_RC shim_transmit(TSS2_TCTI_CONTEXT *c, size_t len, const uint8_t *command) {
  shim_t *s = (shim_t *)c;
  assert_true(len >= 10);
  s->commands++;
  s->last = number(command + 6);
  assert_harmless(s->last);
  see(s, command, len);
  s->signatures += s->last == TPM2_CC_Sign;
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

static TSS2_RC shim_receive(TSS2_TCTI_CONTEXT *c, size_t *len, uint8_t *response, int32_t timeout) {
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

static void shim_finalize(TSS2_TCTI_CONTEXT *c) {
  fail_msg("a borrowed TCTI is finalised: %p", (void *)c);
} /* TPM-03 */

static TSS2_RC shim_cancel(TSS2_TCTI_CONTEXT *c) {
  shim_t *s = (shim_t *)c;
  s->cancelled++;
  return s->deaf ? TSS2_RC_SUCCESS : Tss2_Tcti_Cancel(s->inner);
}

static TSS2_RC shim_locality(TSS2_TCTI_CONTEXT *c, uint8_t l) {
  return Tss2_Tcti_SetLocality(((shim_t *)c)->inner, l);
}

static TSS2_RC shim_handles(TSS2_TCTI_CONTEXT *c, TSS2_TCTI_POLL_HANDLE *h, size_t *n) {
  return Tss2_Tcti_GetPollHandles(((shim_t *)c)->inner, h, n);
}

static void shim_begin(shim_t *s, const char *tcti) {
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

static void shim_end(shim_t *s) { Tss2_TctiLdr_Finalize(&s->inner); }

static int shim_saw(const shim_t *s, const void *what, size_t len) {
  for (size_t i = 0; i + len <= s->seen_len; i++)
    if (memcmp(s->seen + i, what, len) == 0) return 1;
  return 0;
}

/* ---- the device: keys with certificates ---------------------------------------------------------- */

enum { H1, H2, H3, BOTH_RSA, BOTH_P256, OAEP_RSA, IAK, SECRET, KEYS };

static const struct {
  const char *alg, *kind;
  uint32_t handle;
  const char *auth;
} made[KEYS] = {
    [H1] = {"rsa2048", "idevid", 0x81020000, ""},   [H2] = {"p256", "idevid", 0x81020002, ""},
    [H3] = {"p384", "idevid", 0x81020004, ""},      [BOTH_RSA] = {"rsa2048", "both", 0x81020010, ""},
    [BOTH_P256] = {"p256", "both", 0x81020011, ""}, [OAEP_RSA] = {"rsa2048", "oaep", 0x81020012, ""},
    [IAK] = {"p256", "iak", 0x81020001, ""},        [SECRET] = {"p256", "both", 0x81020020, "open sesame"}};

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

static EVP_PKEY *to_key(const char *alg, const uint8_t *octets, size_t len) {
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
static sztp__span_t certify(EVP_PKEY *key) {
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

static int provision(void **state) {
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

static int set_up(void **state) {
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
static int tear_down(void **state) {
  env_t *e = *state;
  sztp_tpm2_free(e->tpm);
  shim_end(&e->shim);
  assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
  test_ctx_free(&e->memory, e->ctx);
  free(e);
  return 0;
}

static int32_t add_with(env_t *e, int which, const char *auth) {
  return sztp_tpm2_add_handle(e->tpm, certs[which].data, certs[which].len, made[which].handle,
                              (const uint8_t *)auth, auth != NULL ? strlen(auth) : 0);
}

static void add(env_t *e, int which) {
  assert_int_equal(add_with(e, which, *made[which].auth != '\0' ? made[which].auth : NULL), SZTP_OK);
}

/* ---- asking -------------------------------------------------------------------------------------- */

static const uint8_t digest[64] = {0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static int32_t ask(env_t *e, uint32_t operation, int which, int64_t hash, sztp__span_t input, uint8_t *out,
                   size_t wanted) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = r.mgf_hash = hash;
  r.input = input;
  r.cert = certs[which];
  int32_t rc = sztp_tpm2_key(e->tpm, &r, out, wanted, &len);
  if (rc == SZTP_OK) assert_int_equal(len, wanted);
  return rc;
}

static int64_t able(env_t *e, int which) {
  uint8_t out[8];
  int64_t bits = 0;
  assert_int_equal(ask(e, SZTP_KEY_OP_QUERY, which, 0, sztp__span(NULL, 0), out, sizeof out), SZTP_OK);
  for (size_t i = 0; i < sizeof out; i++) bits = bits << 8 | out[i];
  return bits;
}

static size_t signature_len(int which) {
  return made[which].alg[0] == 'r' ? 256 : strcmp(made[which].alg, "p384") == 0 ? 96 : 64;
}

static int32_t sign(env_t *e, uint32_t operation, int which, int64_t hash, uint8_t *out) {
  return ask(e, operation, which, hash, sztp__span(digest, (size_t)hash / 8), out, signature_len(which));
}

/* OpenSSL's word on it; @p key may be that of another certificate. */
static int verifies(uint32_t operation, EVP_PKEY *key, int64_t hash, const uint8_t *signature, size_t len) {
  const EVP_MD *md = hash == 256 ? EVP_sha256() : hash == 384 ? EVP_sha384() : EVP_sha512();
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
  unsigned char *der = NULL;
  int der_len = 0;
  assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int half = (int)len / 2;
    ECDSA_SIG_set0(pair, BN_bin2bn(signature, half, NULL), BN_bin2bn(signature + half, half, NULL));
    der_len = i2d_ECDSA_SIG(pair, &der);
    ECDSA_SIG_free(pair);
  } else
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, operation == SZTP_KEY_OP_SIGN_RSA_PSS
                                                           ? RSA_PKCS1_PSS_PADDING
                                                           : RSA_PKCS1_PADDING),
                     1);
  assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PSS)
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
  int good = EVP_PKEY_verify(ctx, der != NULL ? der : signature, der != NULL ? (size_t)der_len : len, digest,
                             (size_t)hash / 8);
  OPENSSL_free(der);
  EVP_PKEY_CTX_free(ctx);
  return good == 1;
}

/* ---- opening and adding -------------------------------------------------------------------------- */

/* TPM-02, TPM-03: no default, and no TPM is told from a TPM */
static void opens(void **state) {
  env_t *e = *state;
  sztp_tpm2_t *t = NULL;
  int64_t value = -1;
  assert_int_equal(sztp_tpm2_new(NULL, &t), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_new(e->ctx, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_true(sztp_tpm2_idevid_handle() == SZTP_TPM2_IDEVID_HANDLE);
  assert_true(sztp_tpm2_storage_handle() == SZTP_TPM2_STORAGE_HANDLE);
  assert_int_equal(sztp_tpm2_open(t, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_open(t, ""), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_open_context(t, NULL), SZTP_ERR_ARG);
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(t, certs[H1].data, certs[H1].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_SEQUENCE, "not open");
  test_expect_fail(e->ctx, sztp_tpm2_i64(t, SZTP_TPM2_LOCKED, &value), SZTP_ERR_SEQUENCE, "not open");
  test_expect_fail(e->ctx, sztp_tpm2_open(t, "nonsense:"), SZTP_ERR_NOT_FOUND, "\"nonsense:\": no such TCTI");
  test_expect_fail(e->ctx, sztp_tpm2_open(t, "swtpm:path=/nowhere/sock"), SZTP_ERR_NOT_FOUND, "no TPM there");
  sztp_tpm2_free(t);
  sztp_tpm2_free(NULL);
  test_expect_fail(e->ctx, sztp_tpm2_open(e->tpm, peer.tcti), SZTP_ERR_SEQUENCE, "open already");
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &value), SZTP_OK);
  assert_int_equal(value, 0x49424d00); /* "IBM", as libtpms says */
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LOCKED, &value), SZTP_OK);
  assert_int_equal(value, 0);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_RETRIES, &value), SZTP_OK);
  assert_int_equal(value, 0);
  assert_int_equal(sztp_tpm2_i64(e->tpm, 99, &value), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, 99, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, -1), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, INT64_C(1) << 32), SZTP_ERR_ARG);
}

/* A TPM by its name, as a device opens it. */
static void opens_by_name(void **state) {
  env_t *e = *state;
  sztp_tpm2_t *t = NULL;
  tpm2_peer_t other;
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_true(tpm2_peer_start(&other));
  assert_int_equal(sztp_tpm2_open(t, other.tcti), SZTP_OK);
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(t, certs[H1].data, certs[H1].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_NOT_FOUND, "there is no key at 0x81020000");
  sztp_tpm2_free(t);
  tpm2_peer_stop(&other);
}

/* TPM-04, TPM-19, STATE-15: the certificate's own key, and one that signs what comes from outside */
static void adds_the_certificates_key(void **state) {
  env_t *e = *state;
  static const uint8_t garbage[] = "garbage";
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, 0x8102ffff, NULL, 0),
                   SZTP_ERR_NOT_FOUND, "there is no key at 0x8102ffff");
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_handle(e->tpm, certs[H2].data, certs[H2].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_KEY, "the key in the TPM is not that of the certificate of");
  test_expect_fail(
      e->ctx,
      sztp_tpm2_add_handle(e->tpm, certs[BOTH_RSA].data, certs[BOTH_RSA].len, made[H1].handle, NULL, 0),
      SZTP_ERR_KEY, "not that of the certificate");
  test_expect_fail(e->ctx, add_with(e, IAK, NULL), SZTP_ERR_KEY, "attestation key");
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(e->tpm, garbage, 7, made[H1].handle, NULL, 0), SZTP_ERR_TEXT,
                   "neither PEM nor DER nor base64 of DER, but text");
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, 0x01c90200, NULL, 0),
                   SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, NULL, 1, made[H1].handle, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, made[H1].handle, digest, 65),
                   SZTP_ERR_ARG);
  uint8_t out[256];
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_NOT_FOUND);
  add(e, H2);
  add(e, H2); /* in place of the first */
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

static void adds_no_more_than_fit(void **state) {
  env_t *e = *state;
  for (int i = 0; i < 9; i++) {
    sztp__span_t cert = certify(keys[H2]);
    int32_t rc = sztp_tpm2_add_handle(e->tpm, cert.data, cert.len, made[H2].handle, NULL, 0);
    OPENSSL_free((void *)(uintptr_t)cert.data);
    if (i < 8)
      assert_int_equal(rc, SZTP_OK);
    else
      test_expect_fail(e->ctx, rc, SZTP_ERR_LIMIT, "more than 8 keys");
  }
}

/* ---- signing ------------------------------------------------------------------------------------- */

/* TPM-05: what the public area allows is what the key function says and does; all else is refused */
static void signs_what_the_key_allows(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    int64_t able;
  } rows[] = {{H1, 0x770},
              {H2, 1},
              {H3, 2},
              {BOTH_RSA, 0x770 | SZTP_ABLE_DECRYPT},
              {BOTH_P256, 7 | SZTP_ABLE_AGREE},
              {OAEP_RSA, SZTP_ABLE_DECRYPT}};
  static const uint32_t operations[] = {SZTP_KEY_OP_SIGN_ECDSA, SZTP_KEY_OP_SIGN_RSA_PKCS1,
                                        SZTP_KEY_OP_SIGN_RSA_PSS};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    add(e, rows[i].key);
    assert_int_equal(able(e, rows[i].key), rows[i].able);
    for (size_t o = 0; o < 3; o++)
      for (int h = 0; h < 3; h++) {
        static const int64_t bits[] = {256, 384, 512};
        uint8_t out[256];
        int32_t rc = sign(e, operations[o], rows[i].key, bits[h], out);
        int64_t needed = INT64_C(1) << (4 * o + (size_t)h);
        if ((rows[i].able & 0xfff & needed) == 0)
          assert_int_equal(rc, SZTP_ERR_UNSUPPORTED);
        else {
          assert_int_equal(rc, SZTP_OK);
          assert_true(verifies(operations[o], keys[rows[i].key], bits[h], out, signature_len(rows[i].key)));
        }
      }
  }
}

static void refuses_other_operations(void **state) {
  env_t *e = *state;
  static const uint32_t unknown[] = {
      0, SZTP_KEY_OP_GENERATE, SZTP_KEY_OP_DELETE, SZTP_KEY_OP_ATTEST, 11, UINT32_MAX};
  uint8_t out[64];
  size_t len = 0;
  sztp_key_request_t r;
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(unknown); i++)
    assert_int_equal(ask(e, unknown[i], H2, 256, sztp__span(digest, 32), out, 64), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, sztp__span(digest, 31), out, 64),
                   SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, sztp__span(digest, 32), out, 63), SZTP_ERR_KEY);
  assert_int_equal(ask(e, SZTP_KEY_OP_QUERY, H2, 0, sztp__span(NULL, 0), out, 7), SZTP_ERR_KEY);
  memset(&r, 0, sizeof r);
  assert_int_equal(sztp_tpm2_key(NULL, &r, out, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, NULL, out, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, NULL, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, 64, NULL), SZTP_ERR_ARG);
}

/* ---- decryption ---------------------------------------------------------------------------------- */

static const uint8_t content_key[32] = "0123456789abcdef0123456789abcdef";

static size_t encrypt(int which, int padding, const EVP_MD *md, const EVP_MD *mgf, const char *label,
                      uint8_t *out) {
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(keys[which], NULL);
  size_t len = 256;
  assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
  assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);
  if (padding == RSA_PKCS1_OAEP_PADDING) {
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf), 1);
    if (*label != '\0')
      assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_strdup(label), (int)strlen(label)), 1);
  }
  assert_int_equal(EVP_PKEY_encrypt(ctx, out, &len, content_key, sizeof content_key), 1);
  EVP_PKEY_CTX_free(ctx);
  return len;
}

static int32_t decrypt(env_t *e, int which, uint32_t operation, int64_t hash, int64_t mgf, const char *label,
                       sztp__span_t input, uint8_t out[32]) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  memset(out, 0, 32);
  r.operation = operation;
  r.hash = hash;
  r.mgf_hash = mgf;
  r.input = input;
  r.label = sztp__span_of(label);
  r.cert = certs[which];
  return sztp_tpm2_key(e->tpm, &r, out, 32, &len);
}

/* TPM-11: raw RSA in the TPM, every padding in software; what is wrong takes the same commands */
static void decrypts_rsa(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t operation;
    int64_t hash, mgf;
    const char *label;
  } rows[] = {
      {SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, ""},         {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 1, 1, ""},
      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, ""},      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 1, ""},
      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 384, 512, "label"}, {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 512, 256, ""}};
  add(e, BOTH_RSA);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t sealed[256], out[32];
    const EVP_MD *md[2];
    const int64_t bits[2] = {rows[i].hash, rows[i].mgf};
    for (int n = 0; n < 2; n++)
      md[n] = bits[n] == 1     ? EVP_sha1()
              : bits[n] == 384 ? EVP_sha384()
              : bits[n] == 512 ? EVP_sha512()
                               : EVP_sha256();
    int padding =
        rows[i].operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING;
    size_t len = encrypt(BOTH_RSA, padding, md[0], md[1], rows[i].label, sealed);
    unsigned before = e->shim.commands;
    assert_int_equal(decrypt(e, BOTH_RSA, rows[i].operation, bits[0], bits[1], rows[i].label,
                             sztp__span(sealed, len), out),
                     SZTP_OK);
    unsigned commands = i == 0 ? 0 : e->shim.commands - before; /* the first one looks for the storage key */
    assert_memory_equal(out, content_key, 32);
    /* another padding than the sender's */
    uint32_t other = rows[i].operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP ? SZTP_KEY_OP_DECRYPT_RSA_PKCS1
                                                                       : SZTP_KEY_OP_DECRYPT_RSA_OAEP;
    before = e->shim.commands;
    assert_int_equal(decrypt(e, BOTH_RSA, other, 256, 256, "", sztp__span(sealed, len), out), SZTP_ERR_KEY);
    if (commands != 0) assert_int_equal(e->shim.commands - before, commands);
    assert_int_equal(decrypt(e, BOTH_RSA, rows[i].operation, bits[0], bits[1], rows[i].label,
                             sztp__span(sealed, len - 1), out),
                     SZTP_ERR_KEY);
  }
}

/* TPM-11: a key for OAEP with SHA-256 alone */
static void decrypts_by_the_tpms_padding(void **state) {
  env_t *e = *state;
  uint8_t sealed[256], out[32];
  int64_t code = 0;
  add(e, OAEP_RSA);
  size_t len = encrypt(OAEP_RSA, RSA_PKCS1_OAEP_PADDING, EVP_sha256(), EVP_sha256(), "", sealed);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "", sztp__span(sealed, len), out),
      SZTP_OK);
  assert_memory_equal(out, content_key, 32);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 1, "", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "x", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  sealed[len - 1] ^= 1; /* what the TPM says of its padding is told nowhere (D-93) */
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &code), SZTP_OK);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "", sztp__span(sealed, len), out),
      SZTP_ERR_KEY);
  assert_string_equal(test_detail(e->ctx), "");
}

static int32_t agree(env_t *e, int which, uint8_t expected[32], uint8_t out[32]) {
  EVP_PKEY *own = EVP_EC_gen("P-256");
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
  uint8_t point[65];
  size_t len = 32, point_len = 0;
  assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
  assert_int_equal(EVP_PKEY_derive_set_peer(ctx, keys[which]), 1);
  assert_int_equal(EVP_PKEY_derive(ctx, expected, &len), 1);
  assert_int_equal(
      EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &point_len), 1);
  EVP_PKEY_CTX_free(ctx);
  EVP_PKEY_free(own);
  return ask(e, SZTP_KEY_OP_AGREE_ECDH, which, 0, sztp__span(point, point_len), out, 32);
}

/* TPM-12: with the leading zeros, which some of these secrets have */
static void agrees(void **state) {
  env_t *e = *state;
  int zeros = 0;
  add(e, BOTH_P256);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0), SZTP_OK);
  for (int i = 0; i < 2000 && zeros < 2; i++) {
    uint8_t expected[32], out[32];
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_memory_equal(out, expected, 32);
    zeros += out[0] == 0;
  }
  assert_true(zeros > 0);
}

/* TPM-12: and so are those that the TPM left out, in signatures and in raw blocks, too */
static void puts_zeros_back(void **state) {
  env_t *e = *state;
  uint8_t sealed[256], out[64], expected[32];
  int zeros = 0;
  add(e, BOTH_P256);
  add(e, BOTH_RSA);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0), SZTP_OK);
  e->shim.stripping = 1;
  for (int i = 0; i < 3000 && zeros < 2; i++) {
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_memory_equal(out, expected, 32);
    zeros += out[0] == 0;
  }
  assert_true(zeros > 0);
  zeros = 0;
  for (int i = 0; i < 3000 && zeros < 3; i++) {
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, BOTH_P256, 256, out), SZTP_OK);
    if (out[0] != 0 && out[32] != 0) continue;
    assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, keys[BOTH_P256], 256, out, 64));
    zeros++;
  }
  assert_true(zeros > 0);
  size_t len = encrypt(BOTH_RSA, RSA_PKCS1_PADDING, NULL, NULL, "", sealed); /* begins with a zero always */
  assert_int_equal(
      decrypt(e, BOTH_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out), SZTP_OK);
  assert_memory_equal(out, content_key, 32);
}

/* TPM-13: another recipient is tried; the log says why, when such a key is added */
static void cannot_decrypt_with_identity_keys(void **state) {
  env_t *e = *state;
  test_lines_t lines = {"can only sign: what is encrypted to the device needs a decryption certificate", 0,
                        0};
  uint8_t sealed[256], out[32];
  assert_int_equal(sztp_ctx_set_log(e->ctx, SZTP_LOG_INFO, test_count_line, &lines), SZTP_OK);
  add(e, BOTH_RSA);
  add(e, BOTH_P256);
  assert_int_equal(lines.all, 0);
  add(e, H1);
  add(e, H2);
  assert_int_equal(lines.with_text, 2);
  size_t len = encrypt(H1, RSA_PKCS1_PADDING, NULL, NULL, "", sealed);
  unsigned before = e->shim.commands;
  assert_int_equal(decrypt(e, H1, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, H2, 0, sztp__span(sealed, 65), out, 32),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(e->shim.commands, before);
}

/* ---- files, templates, certificates -------------------------------------------------------------- */

/* TPM-07: a file that only this TPM can use */
static void loads_files(void **state) {
  env_t *e = *state;
  static const char *const auths[] = {"", "file secret"};
  for (int i = 0; i < 2; i++) {
    uint8_t file[1024], point[65], out[64];
    size_t len = tpm2_peer_file(peer.tcti, SZTP_TPM2_STORAGE_HANDLE, auths[i], file, point);
    EVP_PKEY *key = to_key("p256", point, 65);
    sztp__span_t cert = certify(key);
    sztp__span_t kept = certs[H2];
    test_expect_fail(e->ctx, sztp_tpm2_add_file(e->tpm, certs[H2].data, certs[H2].len, file, len, NULL, 0),
                     SZTP_ERR_KEY, "not that of the certificate");
    assert_int_equal(sztp_tpm2_add_file(e->tpm, cert.data, cert.len, file, len, (const uint8_t *)auths[i],
                                        strlen(auths[i])),
                     SZTP_OK);
    certs[H2] = cert;
    for (int n = 0; n < 3; n++) {
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 384, out), SZTP_OK);
      assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, key, 384, out, 64));
    }
    certs[H2] = kept;
    /* CSR-24: whose key it is can be seen without the TPM */
    unsigned commands = e->shim.commands;
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, cert.len, file, len), SZTP_OK);
    test_expect_fail(e->ctx, sztp_tpm2_check_file(e->tpm, certs[H2].data, certs[H2].len, file, len),
                     SZTP_ERR_KEY, "not that of the certificate");
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, cert.len, file, len - 1), SZTP_ERR_DER);
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, 9, file, len), SZTP_ERR_DER);
    assert_int_equal(e->shim.commands, commands);
    file[len - 1] ^= 1;
    test_expect_fail(e->ctx, sztp_tpm2_add_file(e->tpm, cert.data, cert.len, file, len, NULL, 0),
                     SZTP_ERR_KEY, "was not made by this TPM");
    OPENSSL_free((void *)(uintptr_t)cert.data);
    EVP_PKEY_free(key);
  }
  assert_int_equal(sztp_tpm2_add_file(e->tpm, certs[H2].data, certs[H2].len, NULL, 1, NULL, 0), SZTP_ERR_ARG);
}

static int32_t keep_nothing(void *user, const char *name, const uint8_t *pem, size_t len) {
  (void)user;
  (void)name;
  (void)pem;
  (void)len;
  return SZTP_OK;
}
static int32_t has_nothing(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  (void)user;
  (void)name;
  (void)pem;
  (void)room;
  (void)len;
  return SZTP_ERR_NOT_FOUND;
}
static int32_t remove_nothing(void *user, const char *name) {
  (void)user;
  (void)name;
  return SZTP_ERR_NOT_FOUND;
}

/* CSR-33: new RSA keys have 3072 bits, or 2048 where the TPM says that it has no more */
static void makes_the_largest_rsa(void **state) {
  env_t *e = *state;
  static const sztp_key_store_t store = {sizeof store, NULL, keep_nothing, has_nothing, remove_nothing};
  static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  sztp_key_request_t r;
  uint8_t out[1024];
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_GENERATE;
  r.key_id = sztp__span_of("00112233445566778899aabbccddeeff");
  r.algorithm = sztp__span(rsa, sizeof rsa);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_OK);
  for (int small = 0; small < 2; small++) {
    e->shim.for_command = TPM2_CC_TestParms;
    e->shim.answer = TPM2_RC_VALUE + TPM2_RC_P + TPM2_RC_1;
    e->shim.answers = small ? 1 : 0;
    assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_OK);
    const unsigned char *at = out;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_get_bits(key), small ? 2048 : 3072);
    assert_int_equal(e->shim.answers, 0);
    EVP_PKEY_free(key);
  }
}

/* TPM-15: made again from the template, in its two readings; another key is refused */
static void makes_keys_by_template(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    uint32_t made_by, operation;
    int64_t hash;
  } rows[] = {{H1, SZTP_TPM2_H1_RSA2048, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256},
              {H2, SZTP_TPM2_H2_P256, SZTP_KEY_OP_SIGN_ECDSA, 256},
              {H3, SZTP_TPM2_H3_P384, SZTP_KEY_OP_SIGN_ECDSA, 384}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__span_t cert = certs[rows[i].key];
    uint8_t out[256];
    assert_int_equal(sztp_tpm2_add_template(e->tpm, cert.data, cert.len, rows[i].made_by), SZTP_OK);
    assert_int_equal(sign(e, rows[i].operation, rows[i].key, rows[i].hash, out), SZTP_OK);
    assert_true(
        verifies(rows[i].operation, keys[rows[i].key], rows[i].hash, out, signature_len(rows[i].key)));
  }
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, SZTP_TPM2_H2_P256_BOTH),
                   SZTP_ERR_KEY, "not that of the certificate");
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_template(e->tpm, certs[H3].data, certs[H3].len, SZTP_TPM2_H3_P384_BOTH),
                   SZTP_ERR_KEY, "not that of the certificate");
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, 6), SZTP_ERR_ARG);
}

/* TPM-16: one certificate or several, with or without padding, in pieces */
static void reads_certificates(void **state) {
  env_t *e = *state;
  uint8_t nv[2048], out[2048];
  size_t both = certs[H1].len + certs[H2].len, len = sizeof out;
  memset(nv, 0xff, sizeof nv);
  memcpy(nv, certs[H1].data, certs[H1].len);
  memcpy(nv + certs[H1].len, certs[H2].data, certs[H2].len);
  tpm2_peer_write_nv(peer.tcti, 0x01c90200, nv, sizeof nv);
  tpm2_peer_write_nv(peer.tcti, 0x01c90201, certs[H3].data, certs[H3].len);
  nv[both + 3] = 0x30;
  tpm2_peer_write_nv(peer.tcti, 0x01c90202, nv, sizeof nv);
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, SZTP_TPM2_IDEVID_CERT_INDEX, out, &len), SZTP_OK);
  assert_int_equal(len, both);
  assert_memory_equal(out, nv, both);
  len = sizeof out;
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x01c90201, out, &len), SZTP_OK);
  assert_int_equal(len, certs[H3].len);
  assert_memory_equal(out, certs[H3].data, len);
  len = 1;
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x01c90201, out, &len), SZTP_ERR_BUFFER);
  assert_int_equal(len, certs[H3].len);
  test_expect_fail(e->ctx, sztp_tpm2_read_certs(e->tpm, 0x01c90202, out, &len), SZTP_ERR_DER,
                   "part of no certificate");
  test_expect_fail(e->ctx, sztp_tpm2_read_certs(e->tpm, 0x01c902ff, out, &len), SZTP_ERR_NOT_FOUND,
                   "no NV index at 0x01c902ff");
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x81020000, out, &len), SZTP_ERR_ARG);
}

/* ---- bad days ------------------------------------------------------------------------------------ */

/* TPM-08: asked again until it has time, or until ours is over; usable afterwards */
static void waits_for_a_busy_tpm(void **state) {
  env_t *e = *state;
  static const uint32_t codes[] = {TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE};
  uint8_t out[64];
  int64_t retries = 0;
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(codes); i++) {
    e->shim.answer = codes[i];
    e->shim.answers = 8;
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
    assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, keys[H2], 256, out, 64));
  }
  e->shim.answer = TPM2_RC_TESTING; /* in its self-test, for seconds */
  e->shim.busy_until = now_ms() + 3000;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  assert_true(now_ms() >= e->shim.busy_until);
  e->shim.answers = 0;
  e->shim.answer = TPM2_RC_RETRY;
  e->shim.answers = 50;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_RETRIES, &retries), SZTP_OK);
  assert_true(retries > 8);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, 150), SZTP_OK);
  e->shim.answers = 1000000;
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO,
                   "the TPM stays busy (0x922)");
  e->shim.answers = 0;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

/* TPM-08: nor is an answer waited for that does not come, through a TCTI that can tell; and as long as it is
 * owed nothing else is sent */
static void gives_a_silent_tpm_up(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  int64_t begun = now_ms();
  add(e, H2);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, 300), SZTP_OK);
  e->shim.deaf = 1;
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO,
                   "the TPM does not answer, and is not asked any more");
  assert_true(now_ms() - begun >= 300 && now_ms() - begun < 5000);
  assert_int_equal(e->shim.cancelled, 1);
  unsigned before = e->shim.commands;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO);
  assert_int_equal(sztp_tpm2_random(e->tpm, out, 32), SZTP_ERR_CRYPTO);
  assert_int_equal(e->shim.commands, before);
  e->shim.deaf = 0;
}

/* What each code of the TPM means to the caller. */
static void tells_what_failed(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t code;
    int32_t rc;
    const char *words;
  } rows[] = {{TPM2_RC_OBJECT_MEMORY, SZTP_ERR_LIMIT, "use a resource manager"},
              {TPM2_RC_SESSION_HANDLES, SZTP_ERR_LIMIT, "use a resource manager"},
              {TPM2_RC_FAILURE, SZTP_ERR_CRYPTO, "failed its self-test"},
              {TPM2_RC_INITIALIZE, SZTP_ERR_CRYPTO, "TPM2_Startup"},
              {TPM2_RC_AUTH_UNAVAILABLE, SZTP_ERR_UNSUPPORTED, "policy session"},
              {TPM2_RC_SCHEME | TPM2_RC_P | TPM2_RC_2, SZTP_ERR_UNSUPPORTED, "not for this scheme"},
              {TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1, SZTP_ERR_CRYPTO, "the TPM failed (0x1c4)"}};
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[64];
    int64_t code = 0;
    e->shim.answer = rows[i].code;
    e->shim.answers = 1;
    assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &code), SZTP_OK); /* begins a new trail */
    test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), rows[i].rc, rows[i].words);
    assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LAST_CODE, &code), SZTP_OK);
    assert_int_equal(code, rows[i].code);
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  }
}

/* TPM-18: a wrong authorization value is tried once: each try brings the TPM closer to lockout */
static void tries_a_wrong_value_once(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  assert_int_equal(add_with(e, SECRET, "wrong"), SZTP_OK);
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY,
                   "the authorization value is wrong");
  unsigned before = e->shim.commands;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY);
  assert_int_equal(e->shim.commands, before);
  add(e, SECRET); /* the right one */
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_OK);
  tpm2_peer_unlock(peer.tcti);
}

/* TPM-17: wrong guesses at one key lock the others, too */
static void tells_lockout(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  int64_t locked = 0;
  tpm2_peer_set_tries(peer.tcti, 1, 1000);
  add(e, H2);
  assert_int_equal(add_with(e, SECRET, "wrong"), SZTP_OK);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LOCKED, &locked), SZTP_OK);
  assert_int_equal(locked, 1);
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_KEY_LOCKED,
                   "locked after wrong authorization values, for 1000 seconds (0x921)");
  unsigned before = e->shim.signatures; /* the next server of a session: the key is not asked again */
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_KEY_LOCKED,
                   "locked after wrong authorization values, for 1000 seconds (0x921)");
  assert_int_equal(e->shim.signatures, before);
  tpm2_peer_unlock(peer.tcti);
  tpm2_peer_set_tries(peer.tcti, 32, 10);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

/* A TPM that stops answering in the middle. */
static void survives_a_tpm_that_vanishes(void **state) {
  env_t *e = *state;
  tpm2_peer_t other;
  sztp_tpm2_t *t = NULL;
  sztp_key_request_t r;
  uint8_t octets[512], out[64];
  size_t len = 0;
  assert_true(tpm2_peer_start(&other));
  tpm2_peer_make(other.tcti, "p256", "idevid", made[H2].handle, 0, "");
  EVP_PKEY *key = to_key("p256", octets, tpm2_peer_public(other.tcti, made[H2].handle, octets));
  sztp__span_t cert = certify(key);
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_int_equal(sztp_tpm2_open(t, other.tcti), SZTP_OK);
  assert_int_equal(sztp_tpm2_add_handle(t, cert.data, cert.len, made[H2].handle, NULL, 0), SZTP_OK);
  tpm2_peer_stop(&other);
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_SIGN_ECDSA;
  r.hash = 256;
  r.input = sztp__span(digest, 32);
  r.cert = cert;
  test_expect_fail(e->ctx, sztp_tpm2_key(t, &r, out, 64, &len), SZTP_ERR_CRYPTO, "the TPM can't be reached");
  sztp_tpm2_free(t);
  OPENSSL_free((void *)(uintptr_t)cert.data);
  EVP_PKEY_free(key);
}

/* ---- what is seen, and what is left -------------------------------------------------------------- */

/* TPM-10: neither secrets nor authorization values are on the bus; without protection all are */
static void protects_secrets(void **state) {
  env_t *e = *state;
  for (int protected_ = 0; protected_ < 2; protected_++) {
    uint8_t sealed[256], out[32], expected[32], random[64], signature[64];
    assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, protected_ ? SZTP_TPM2_STORAGE_HANDLE : 0),
                     SZTP_OK);
    add(e, BOTH_RSA);
    add(e, BOTH_P256);
    add(e, SECRET);
    e->shim.seen_len = 0;
    size_t len = encrypt(BOTH_RSA, RSA_PKCS1_PADDING, NULL, NULL, "", sealed);
    assert_int_equal(
        decrypt(e, BOTH_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out), SZTP_OK);
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, signature), SZTP_OK);
    assert_int_equal(sztp_tpm2_random(e->tpm, random, sizeof random), SZTP_OK);
    assert_int_equal(shim_saw(&e->shim, content_key, 32), !protected_);
    assert_int_equal(shim_saw(&e->shim, expected, 32), !protected_);
    assert_int_equal(shim_saw(&e->shim, made[SECRET].auth, strlen(made[SECRET].auth)), !protected_);
    assert_int_equal(shim_saw(&e->shim, random, 16), !protected_);
  }
}

/* TPM-10: there is no way around a session that can't be made */
static void fails_without_its_session(void **state) {
  env_t *e = *state;
  uint8_t out[64], expected[32];
  add(e, BOTH_P256);
  add(e, SECRET);
  e->shim.answer = TPM2_RC_SESSION_MEMORY;
  e->shim.for_command = TPM2_CC_StartAuthSession;
  e->shim.answers = 3;
  assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sztp_tpm2_random(e->tpm, out, 32), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0x8100ffff), SZTP_OK);
  test_expect_fail(e->ctx, agree(e, BOTH_P256, expected, out), SZTP_ERR_CRYPTO, "");
}

/* TPM-20 */
static void gives_random_octets(void **state) {
  env_t *e = *state;
  uint8_t first[100], second[100];
  memset(first, 0, sizeof first);
  memset(second, 0, sizeof second);
  assert_int_equal(sztp_tpm2_random(e->tpm, first, sizeof first), SZTP_OK);
  assert_int_equal(sztp_tpm2_random(e->tpm, second, sizeof second), SZTP_OK);
  for (size_t i = 0; i < sizeof first; i += 10) assert_memory_not_equal(first + i, second + i, 10);
  e->shim.answer = TPM2_RC_FAILURE;
  e->shim.answers = 1;
  assert_true(sztp_tpm2_random(e->tpm, first, 32) < 0);
  assert_int_equal(sztp_tpm2_random(NULL, first, 32), SZTP_ERR_ARG);
}

/* TPM-09: a thousand operations of all kinds */
static void leaves_nothing(void **state) {
  env_t *e = *state;
  uint8_t out[64], expected[32];
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, SZTP_TPM2_H2_P256), SZTP_OK);
  add(e, BOTH_P256);
  add(e, SECRET);
  for (int i = 0; i < 1000; i++) {
    if (i % 10 == 0)
      assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    else if (i % 10 == 1)
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_OK);
    else if (i % 10 == 2)
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
    else
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, BOTH_P256, 256, out), SZTP_OK);
  }
  assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
}

/* TPM-09: a process that is killed while the TPM works leaves nothing, with a session or without */
static void leaves_nothing_when_killed(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    uint32_t command;
  } rows[] = {{H2, TPM2_CC_Sign}, {SECRET, TPM2_CC_Sign}, {BOTH_P256, TPM2_CC_ECDH_ZGen}};
  shim_end(&e->shim); /* the TPM serves one at a time */
  for (int i = 0; i < 12; i++) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      uint8_t out[64], expected[32];
      env_t own = {.ctx = e->ctx};
      size_t row = (size_t)i % TEST_COUNT_OF(rows);
      shim_begin(&own.shim, peer.tcti);
      own.shim.dies_at = rows[row].command;
      if (sztp_tpm2_new(own.ctx, &own.tpm) != SZTP_OK ||
          sztp_tpm2_open_context(own.tpm, &own.shim) != SZTP_OK)
        _exit(1);
      add(&own, rows[row].key);
      if (rows[row].command == TPM2_CC_Sign)
        (void)sign(&own, SZTP_KEY_OP_SIGN_ECDSA, rows[row].key, 256, out);
      else
        (void)agree(&own, rows[row].key, expected, out);
      _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
  }
  shim_begin(&e->shim, peer.tcti);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(opens, set_up, tear_down),
      cmocka_unit_test_setup_teardown(opens_by_name, set_up, tear_down),
      cmocka_unit_test_setup_teardown(adds_the_certificates_key, set_up, tear_down),
      cmocka_unit_test_setup_teardown(adds_no_more_than_fit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(signs_what_the_key_allows, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_the_largest_rsa, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_other_operations, set_up, tear_down),
      cmocka_unit_test_setup_teardown(decrypts_rsa, set_up, tear_down),
      cmocka_unit_test_setup_teardown(decrypts_by_the_tpms_padding, set_up, tear_down),
      cmocka_unit_test_setup_teardown(agrees, set_up, tear_down),
      cmocka_unit_test_setup_teardown(puts_zeros_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(cannot_decrypt_with_identity_keys, set_up, tear_down),
      cmocka_unit_test_setup_teardown(loads_files, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_keys_by_template, set_up, tear_down),
      cmocka_unit_test_setup_teardown(reads_certificates, set_up, tear_down),
      cmocka_unit_test_setup_teardown(waits_for_a_busy_tpm, set_up, tear_down),
      cmocka_unit_test_setup_teardown(gives_a_silent_tpm_up, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tells_what_failed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tries_a_wrong_value_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tells_lockout, set_up, tear_down),
      cmocka_unit_test_setup_teardown(survives_a_tpm_that_vanishes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(protects_secrets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(fails_without_its_session, set_up, tear_down),
      cmocka_unit_test_setup_teardown(gives_random_octets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leaves_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leaves_nothing_when_killed, set_up, tear_down),
  };
  (void)setenv("TSS2_LOG", "all+none", 0); /* TPM-21: tss2's own lines are for those who want them */
  if (!tpm2_peer_start(&peer)) {
    printf("skipped: swtpm is not installed\n");
    return 77;
  }
  int failed = cmocka_run_group_tests(tests, provision, NULL);
  for (int i = 0; i < KEYS; i++) {
    EVP_PKEY_free(keys[i]);
    OPENSSL_free((void *)(uintptr_t)certs[i].data);
  }
  tpm2_peer_stop(&peer);
  return failed;
}
