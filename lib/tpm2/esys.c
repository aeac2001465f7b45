/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM through tpm2-tss: connection, sessions, retries, keys and what is done with them. */
#define _POSIX_C_SOURCE 200809L
#include "tpm2/esys.h"

#include <stdlib.h>
#include <time.h>

#include <sztp/device.h>
#include <sztp/tpm2.h>

#include "cryptography/crypto.h"
#include "tpm2/tss2.h"

#define WHERE         "tpm2"
#define FIRST_WAIT_MS 10
#define LAST_WAIT_MS  500
#define LOOK_MS       100 /* a TCTI that can waits so long for an answer before the clock is looked at */
#define ESYS_REPEATS  5
#define MAKING_TIMES  5 /* the time limit of others goes into that of making a key */
#define QUOTE_TIMES   5
#define PCR_OCTETS    3 /* of a selection: PCRs 0 to 23 */

struct sztp__tpm {
  sztp_ctx_t *ctx;
  sztp__tss2_t tss;
  ESYS_CONTEXT *esys;
  TSS2_TCTI_CONTEXT *own_tcti; /* NULL: the caller's */
  int64_t hashes;              /* SZTP_ABLE_ECDSA_* of the hashes that it has */
  uint32_t manufacturer;
  int64_t timeout_ms;
  uint32_t protect; /* handle of the key that salts sessions; 0: none */
  ESYS_TR salt;     /* the same, once it was looked up */
  uint32_t last_code;
  uint64_t operations;
  uint64_t retries;
  int64_t limit_ms; /* of the present operation */
  int64_t until;    /* while the TPM is busy or silent; 0: it was not yet */
  int64_t wait_ms;  /* before it is asked again */
  unsigned late;    /* looks for the answer after that */
  int silent;       /* it owes an answer, and nothing can be sent until that has come */
};

struct sztp__tpm_key {
  ESYS_TR persistent;  /* ESYS_TR_NONE: it is brought back from */
  TPMS_CONTEXT *saved; /* for each operation */
  TPM2B_AUTH auth;
  int denied; /* its authorization value is wrong; each try would bring the TPM closer to lockout */
  int locked; /* it was refused by a TPM that is in lockout */
  sztp__tpm_public_t pub;
};

/* ---- codes and retries --------------------------------------------------------------------------- */

static int64_t now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The TPM's own code, also out of a resource manager's wrapping; 0 for codes of software. */
static TSS2_RC tpm_code(TSS2_RC rc) {
  TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;
  return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER ? rc & ~TSS2_RC_LAYER_MASK : 0;
}

static int is_busy(TSS2_RC code) {
  return code == TPM2_RC_RETRY || code == TPM2_RC_YIELDED || code == TPM2_RC_TESTING ||
         code == TPM2_RC_NV_RATE;
}

static void pause_ms(int64_t ms) {
  struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};
  (void)nanosleep(&t, NULL);
}

/* Whether a command can be sent, in ESYS's words: not while the answer to another is still to come. */
static TSS2_RC begin(sztp__tpm_t *t, int64_t limit_ms) {
  t->operations++;
  t->limit_ms = limit_ms;
  t->until = 0;
  t->late = 0;
  t->wait_ms = FIRST_WAIT_MS;
  return t->silent ? TSS2_ESYS_RC_TRY_AGAIN : TSS2_RC_SUCCESS;
}

static int64_t time_left(sztp__tpm_t *t) {
  int64_t now = now_ms();
  if (t->until == 0) t->until = now + t->limit_ms;
  return now < t->until ? t->until - now : 0;
}

/* Whether the command that gave @p rc is to be sent again, after a pause. ESYS repeats what is busy by
 * itself, but five times at once, which a TPM in its self-test outlasts (D-162). */
static int again(sztp__tpm_t *t, TSS2_RC rc) {
  if (rc == TSS2_RC_SUCCESS || !is_busy(tpm_code(rc))) return 0;
  int64_t left = time_left(t);
  if (left == 0) return 0;
  pause_ms(t->wait_ms < left ? t->wait_ms : left);
  t->wait_ms = t->wait_ms * 2 < LAST_WAIT_MS ? t->wait_ms * 2 : LAST_WAIT_MS;
  t->retries++;
  return 1;
}

/* Whether the answer to what was sent has not come, and is still waited for. TCTIs that know no timeouts, as
 * those of the simulators, wait by themselves for as long as it takes. */
static int is_coming(sztp__tpm_t *t, TSS2_RC rc) {
  TSS2_TCTI_CONTEXT *tcti = NULL;
  if (tpm_code(rc) != 0 || (rc & ~TSS2_RC_LAYER_MASK) != TSS2_BASE_RC_TRY_AGAIN) return 0;
  /* ESYS says the same when it repeats a busy TPM's command, without having waited. */
  if (time_left(t) > 0 || t->late++ < ESYS_REPEATS) {
    pause_ms(1);
    return 1;
  }
  t->silent = 1;
  if (t->tss.Esys_GetTcti(t->esys, &tcti) == TSS2_RC_SUCCESS) (void)Tss2_Tcti_Cancel(tcti);
  return 0;
}

/* One command: sent, its answer awaited, and sent again while the TPM is busy. @p rc is a TSS2_RC. */
#define ASK_FOR(t, limit_ms, rc, start, finish)                                                              \
  do {                                                                                                       \
    (rc) = begin(t, limit_ms);                                                                               \
    if ((rc) != TSS2_RC_SUCCESS) break;                                                                      \
    do {                                                                                                     \
      int sent = ((rc) = (start)) == TSS2_RC_SUCCESS;                                                        \
      while (sent && is_coming(t, (rc) = (finish))) continue;                                                \
    } while (again(t, rc));                                                                                  \
  } while (0)
#define ASK(t, rc, start, finish) ASK_FOR(t, (t)->timeout_ms, rc, start, finish)

static int32_t read_property(sztp__tpm_t *t, uint32_t property, uint32_t *out) {
  TPMS_CAPABILITY_DATA *found = NULL;
  TPMI_YES_NO more;
  TSS2_RC rc;
  ASK(t, rc,
      t->tss.Esys_GetCapability_Async(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                      TPM2_CAP_TPM_PROPERTIES, property, 1),
      t->tss.Esys_GetCapability_Finish(t->esys, &more, &found));
  if (rc != TSS2_RC_SUCCESS) {
    t->last_code = rc;
    return SZTP_ERR_CRYPTO;
  }
  const TPML_TAGGED_TPM_PROPERTY *list = &found->data.tpmProperties;
  int there = list->count == 1 && list->tpmProperty[0].property == property;
  if (there) *out = list->tpmProperty[0].value;
  t->tss.Esys_Free(found);
  return there ? SZTP_OK : SZTP_ERR_NOT_FOUND;
}

typedef struct meaning {
  TSS2_RC code;
  int32_t result;
  const char *words;
} meaning_t;

static const meaning_t *meaning_of(TSS2_RC rc) {
  static const meaning_t meanings[] = {
      {TPM2_RC_AUTH_FAIL, SZTP_ERR_KEY, "the authorization value is wrong"},
      {TPM2_RC_BAD_AUTH, SZTP_ERR_KEY, "the authorization value is wrong"},
      {TPM2_RC_INTEGRITY, SZTP_ERR_KEY,
       "the key was not made by this TPM under this parent, or it was cleared"},
      {TPM2_RC_HANDLE, SZTP_ERR_NOT_FOUND, "there is no such object"},
      {TPM2_RC_REFERENCE_H0, SZTP_ERR_NOT_FOUND, "there is no such object"},
      {TPM2_RC_SCHEME, SZTP_ERR_UNSUPPORTED, "the key is not for this scheme"},
      {TPM2_RC_ATTRIBUTES, SZTP_ERR_UNSUPPORTED, "the key's attributes don't allow it"},
      {TPM2_RC_KEY, SZTP_ERR_UNSUPPORTED, "the key is of another kind"},
      {TPM2_RC_HASH, SZTP_ERR_UNSUPPORTED, "the TPM or the key does not have this hash"},
      {TPM2_RC_AUTH_UNAVAILABLE, SZTP_ERR_UNSUPPORTED, "the key wants a policy session"},
      {TPM2_RC_AUTH_TYPE, SZTP_ERR_UNSUPPORTED, "the key wants a policy session"},
      {TPM2_RC_NV_AUTHORIZATION, SZTP_ERR_KEY, "it may not be read with an empty authorization value"},
      {TPM2_RC_LOCKOUT, SZTP_ERR_KEY_LOCKED, "the TPM is locked after wrong authorization values"},
      {TPM2_RC_OBJECT_MEMORY, SZTP_ERR_LIMIT, "no room for another object; use a resource manager"},
      {TPM2_RC_OBJECT_HANDLES, SZTP_ERR_LIMIT, "no room for another object; use a resource manager"},
      {TPM2_RC_SESSION_MEMORY, SZTP_ERR_LIMIT, "no room for another session; use a resource manager"},
      {TPM2_RC_SESSION_HANDLES, SZTP_ERR_LIMIT, "no room for another session; use a resource manager"},
      {TPM2_RC_MEMORY, SZTP_ERR_LIMIT, "the TPM's memory is full; use a resource manager"},
      {TPM2_RC_INITIALIZE, SZTP_ERR_CRYPTO, "the TPM was not started (TPM2_Startup)"},
      {TPM2_RC_FAILURE, SZTP_ERR_CRYPTO, "the TPM failed its self-test and does nothing more"},
      {TPM2_RC_RETRY, SZTP_ERR_CRYPTO, "the TPM stays busy"},
      {TPM2_RC_YIELDED, SZTP_ERR_CRYPTO, "the TPM stays busy"},
      {TPM2_RC_TESTING, SZTP_ERR_CRYPTO, "the TPM stays busy testing itself"},
      {TPM2_RC_NV_RATE, SZTP_ERR_CRYPTO, "the TPM stays busy sparing its memory"}};
  static const meaning_t memory = {0, SZTP_ERR_MEMORY, "no memory for tpm2-tss"};
  static const meaning_t silent = {0, SZTP_ERR_CRYPTO, "the TPM does not answer, and is not asked any more"};
  static const meaning_t gone = {0, SZTP_ERR_CRYPTO, "the TPM can't be reached"};
  static const meaning_t unknown = {0, SZTP_ERR_CRYPTO, "the TPM failed"};
  TSS2_RC code = tpm_code(rc);
  TSS2_RC base = rc & ~TSS2_RC_LAYER_MASK;
  if (code == 0)
    return base == TSS2_BASE_RC_MEMORY ? &memory : base == TSS2_BASE_RC_TRY_AGAIN ? &silent : &gone;
  /* Format one: the number of the handle, session or parameter is not wanted. */
  if ((code & TPM2_RC_FMT1) != 0) code &= ~(TSS2_RC)(TPM2_RC_N_MASK | TPM2_RC_P);
  for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
    if (meanings[i].code == code) return &meanings[i];
  return &unknown;
}

/* The result of a command: what it means goes into the trail. */
static int32_t told(sztp__tpm_t *t, TSS2_RC rc, const char *doing) {
  uint32_t seconds = 0;
  if (rc == TSS2_RC_SUCCESS) return SZTP_OK;
  const meaning_t *m = meaning_of(rc);
  if (m->result == SZTP_ERR_KEY_LOCKED && read_property(t, TPM2_PT_LOCKOUT_INTERVAL, &seconds) == SZTP_OK) {
    t->last_code = rc;
    return sztp__fail(t->ctx, m->result, WHERE, "%s: %s, for %u seconds (0x%x)", doing, m->words,
                      (unsigned)seconds, (unsigned)rc);
  }
  t->last_code = rc;
  return sztp__fail(t->ctx, m->result, WHERE, "%s: %s (0x%x)", doing, m->words, (unsigned)rc);
}

/* ---- the connection ------------------------------------------------------------------------------ */

/* SZTP_OK or not: whether the TPM has a handle, an algorithm or a curve. Asked before it is used, because
 * tss2 writes a line to standard error for each command that fails (TPM-04). */
static int32_t has(sztp__tpm_t *t, TPM2_CAP kind, uint32_t which, int *out) {
  TPMS_CAPABILITY_DATA *found = NULL;
  TPMI_YES_NO more;
  TSS2_RC rc;
  *out = 0;
  ASK(t, rc,
      t->tss.Esys_GetCapability_Async(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, kind, which, 1),
      t->tss.Esys_GetCapability_Finish(t->esys, &more, &found));
  if (rc != TSS2_RC_SUCCESS) return told(t, rc, "asking what there is");
  if (kind == TPM2_CAP_ECC_CURVES)
    *out = found->data.eccCurves.count == 1 && found->data.eccCurves.eccCurves[0] == which;
  else if (kind == TPM2_CAP_HANDLES)
    *out = found->data.handles.count == 1 && found->data.handles.handle[0] == which;
  else
    *out = found->data.algorithms.count == 1 && found->data.algorithms.algProperties[0].alg == which;
  t->tss.Esys_Free(found);
  return SZTP_OK;
}

static int32_t look_around(sztp__tpm_t *t) {
  static const struct {
    TPM2_ALG_ID alg;
    int64_t able;
  } hashes[] = {{TPM2_ALG_SHA256, SZTP_ABLE_ECDSA_SHA256},
                {TPM2_ALG_SHA384, SZTP_ABLE_ECDSA_SHA384},
                {TPM2_ALG_SHA512, SZTP_ABLE_ECDSA_SHA512}};
  uint32_t family = 0;
  int32_t rc = read_property(t, TPM2_PT_FAMILY_INDICATOR, &family);
  if (rc == SZTP_ERR_CRYPTO) return told(t, t->last_code, "opening");
  if (rc != SZTP_OK || family != TPM2_SPEC_FAMILY)
    return sztp__fail(t->ctx, SZTP_ERR_UNSUPPORTED, WHERE, "opening: not a TPM 2.0");
  if (read_property(t, TPM2_PT_MANUFACTURER, &t->manufacturer) != SZTP_OK) t->manufacturer = 0;
  for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
    int there;
    rc = has(t, TPM2_CAP_ALGS, hashes[i].alg, &there);
    if (rc != SZTP_OK) return rc;
    if (there) t->hashes |= hashes[i].able;
  }
  return SZTP_OK;
}

int32_t sztp__tpm_open(sztp_ctx_t *ctx, const char *tcti, void *context, sztp__tpm_t **out) {
  sztp__tpm_t *t = sztp__alloc(ctx, sizeof *t);
  if (t == NULL) return SZTP_ERR_MEMORY;
  t->ctx = ctx;
  t->salt = ESYS_TR_NONE;
  t->timeout_ms = 60000;
  TSS2_RC code = TSS2_RC_SUCCESS;
  int32_t rc = sztp__tss2_find(ctx, &t->tss);
  if (rc == SZTP_OK && tcti != NULL) code = t->tss.Tss2_TctiLdr_Initialize(tcti, &t->own_tcti);
  if (code != TSS2_RC_SUCCESS)
    rc = sztp__fail(ctx, SZTP_ERR_NOT_FOUND, WHERE, "\"%s\": no such TCTI, or no TPM there (0x%x)", tcti,
                    (unsigned)code);
  if (rc == SZTP_OK) {
    code = t->tss.Esys_Initialize(&t->esys, tcti != NULL ? t->own_tcti : context, NULL);
    if (code == TSS2_RC_SUCCESS) (void)t->tss.Esys_SetTimeout(t->esys, LOOK_MS);
    rc = told(t, code, "opening");
  }
  if (rc == SZTP_OK) rc = look_around(t);
  if (rc != SZTP_OK) {
    sztp__tpm_close(t);
    return rc;
  }
  *out = t;
  return SZTP_OK;
}

void sztp__tpm_close(sztp__tpm_t *t) {
  if (t == NULL) return;
  if (t->esys != NULL) t->tss.Esys_Finalize(&t->esys);
  if (t->own_tcti != NULL) t->tss.Tss2_TctiLdr_Finalize(&t->own_tcti);
  sztp__free(t->ctx, t);
}

void sztp__tpm_set(sztp__tpm_t *t, int64_t timeout_ms, uint32_t protect) {
  t->timeout_ms = timeout_ms;
  if (protect == t->protect) return;
  t->salt = ESYS_TR_NONE;
  t->protect = protect;
}

uint32_t sztp__tpm_last_code(const sztp__tpm_t *t) { return t->last_code; }
uint64_t sztp__tpm_operations(const sztp__tpm_t *t) { return t->operations; }
uint64_t sztp__tpm_retries(const sztp__tpm_t *t) { return t->retries; }
uint32_t sztp__tpm_manufacturer(const sztp__tpm_t *t) { return t->manufacturer; }

int32_t sztp__tpm_locked(sztp__tpm_t *t, int *out) {
  uint32_t state = 0;
  int32_t rc = read_property(t, TPM2_PT_PERMANENT, &state);
  if (rc != SZTP_OK) return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "asking whether it is locked");
  *out = (state & TPMA_PERMANENT_INLOCKOUT) != 0;
  return SZTP_OK;
}

/* A persistent object or an NV index, known to ESYS until the connection ends: whoever looks up a handle
 * twice gets the same object, so nobody may close it. */
static int32_t look_up(sztp__tpm_t *t, uint32_t handle, const char *what, ESYS_TR *out) {
  TSS2_RC code;
  int there;
  int32_t rc = has(t, TPM2_CAP_HANDLES, handle, &there);
  if (rc != SZTP_OK) return rc;
  if (!there)
    return sztp__fail(t->ctx, SZTP_ERR_NOT_FOUND, WHERE, "there is no %s at 0x%08x", what, (unsigned)handle);
  ASK(t, code, t->tss.Esys_TR_FromTPMPublic_Async(t->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE),
      t->tss.Esys_TR_FromTPMPublic_Finish(t->esys, out));
  return told(t, code, what);
}

/* ---- sessions ------------------------------------------------------------------------------------ */

static void flush(sztp__tpm_t *t, ESYS_TR *object) {
  TSS2_RC rc;
  if (*object == ESYS_TR_NONE) return;
  ASK(t, rc, t->tss.Esys_FlushContext_Async(t->esys, *object), t->tss.Esys_FlushContext_Finish(t->esys));
  if (rc != TSS2_RC_SUCCESS) (void)t->tss.Esys_TR_Close(t->esys, object);
  *object = ESYS_TR_NONE;
}

/* A session for one command: salted, so that its key is nobody else's, encrypting in both directions. The TPM
 * ends it with the command, even if this process does not live to see that (TPM-09, D-163). */
static int32_t begin_session(sztp__tpm_t *t, ESYS_TR *session) {
  static const TPMT_SYM_DEF aes = {
      .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  TSS2_RC code;
  if (t->salt == ESYS_TR_NONE) {
    int32_t rc = look_up(t, t->protect, "key that protects sessions", &t->salt);
    if (rc != SZTP_OK) return rc == SZTP_ERR_NOT_FOUND ? SZTP_ERR_CRYPTO : rc;
  }
  ASK(t, code,
      t->tss.Esys_StartAuthSession_Async(t->esys, t->salt, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                         ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256),
      t->tss.Esys_StartAuthSession_Finish(t->esys, session));
  if (code == TSS2_RC_SUCCESS) {
    code = t->tss.Esys_TRSess_SetAttributes(t->esys, *session, TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT,
                                            0xff);
    if (code != TSS2_RC_SUCCESS) flush(t, session);
  }
  return told(t, code, "beginning a protected session");
}

/* After the command: what the TPM ended has to be forgotten, what it did not run is still there. */
static void end_session(sztp__tpm_t *t, ESYS_TR *session, TSS2_RC rc) {
  if (*session == ESYS_TR_NONE || *session == ESYS_TR_PASSWORD) return;
  if (rc == TSS2_RC_SUCCESS)
    (void)t->tss.Esys_TR_Close(t->esys, session);
  else
    flush(t, session);
  *session = ESYS_TR_NONE;
}

/* ---- public areas and templates ------------------------------------------------------------------ */

static int64_t bits_of(TPMI_ALG_HASH hash) {
  switch (hash) {
  case TPM2_ALG_SHA1: return 1;
  case TPM2_ALG_SHA256: return 256;
  case TPM2_ALG_SHA384: return 384;
  case TPM2_ALG_SHA512: return 512;
  default: return 0;
  }
}

static TPMI_ALG_HASH hash_of(int64_t bits) {
  switch (bits) {
  case 256: return TPM2_ALG_SHA256;
  case 384: return TPM2_ALG_SHA384;
  case 512: return TPM2_ALG_SHA512;
  default: return TPM2_ALG_NULL;
  }
}

/* SZTP_ABLE_ECDSA_* of the hashes that a scheme allows: the one that is fixed, or all. */
static int64_t hashes_for(int64_t hashes, TPMI_ALG_HASH fixed) {
  switch (fixed) {
  case TPM2_ALG_NULL: return hashes;
  case TPM2_ALG_SHA256: return hashes & SZTP_ABLE_ECDSA_SHA256;
  case TPM2_ALG_SHA384: return hashes & SZTP_ABLE_ECDSA_SHA384;
  case TPM2_ALG_SHA512: return hashes & SZTP_ABLE_ECDSA_SHA512;
  default: return 0;
  }
}

#define RSA_PKCS1(hashes) ((hashes) * (SZTP_ABLE_RSA_PKCS1_SHA256 / SZTP_ABLE_ECDSA_SHA256))
#define RSA_PSS(hashes)   ((hashes) * (SZTP_ABLE_RSA_PSS_SHA256 / SZTP_ABLE_ECDSA_SHA256))

static void rsa_public(const TPMT_PUBLIC *p, int64_t hashes, sztp__tpm_public_t *out) {
  const TPMS_RSA_PARMS *rsa = &p->parameters.rsaDetail;
  const TPM2B_PUBLIC_KEY_RSA *n = &p->unique.rsa;
  TPMI_ALG_HASH fixed =
      rsa->scheme.scheme == TPM2_ALG_NULL ? TPM2_ALG_NULL : rsa->scheme.details.anySig.hashAlg;
  int64_t usable = hashes_for(hashes, fixed);
  if (n->size == 0 || n->size > sizeof out->value) return;
  out->type = SZTP__KEY_RSA;
  out->exponent = rsa->exponent != 0 ? rsa->exponent : 65537;
  out->octets = out->value_len = n->size;
  memcpy(out->value, n->buffer, n->size);
  if (out->restricted) return;
  if ((p->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0) {
    if (rsa->scheme.scheme == TPM2_ALG_NULL || rsa->scheme.scheme == TPM2_ALG_RSASSA)
      out->able |= RSA_PKCS1(usable);
    if (rsa->scheme.scheme == TPM2_ALG_NULL || rsa->scheme.scheme == TPM2_ALG_RSAPSS)
      out->able |= RSA_PSS(usable);
  }
  if ((p->objectAttributes & TPMA_OBJECT_DECRYPT) == 0) return;
  if (rsa->scheme.scheme == TPM2_ALG_RSAES) out->padding = SZTP_KEY_OP_DECRYPT_RSA_PKCS1;
  if (rsa->scheme.scheme == TPM2_ALG_OAEP) {
    out->padding = SZTP_KEY_OP_DECRYPT_RSA_OAEP;
    out->padding_hash = bits_of(fixed);
  }
  if (rsa->scheme.scheme == TPM2_ALG_NULL || out->padding != 0) out->able |= SZTP_ABLE_DECRYPT;
}

/* A TPM may leave out leading zeros (TPM-12). */
static int put_fixed(uint8_t *out, size_t octets, const uint8_t *data, size_t len) {
  if (len > octets) return 0;
  memset(out, 0, octets - len);
  memcpy(out + octets - len, data, len);
  return 1;
}

static void read_ec(const TPMT_PUBLIC *p, int64_t hashes, sztp__tpm_public_t *out) {
  const TPMS_ECC_PARMS *ec = &p->parameters.eccDetail;
  const TPMS_ECC_POINT *q = &p->unique.ecc;
  TPMI_ALG_HASH fixed =
      ec->scheme.scheme == TPM2_ALG_NULL ? TPM2_ALG_NULL : ec->scheme.details.anySig.hashAlg;
  switch (ec->curveID) {
  case TPM2_ECC_NIST_P256:
    out->curve = SZTP__CURVE_P256;
    out->octets = 32;
    break;
  case TPM2_ECC_NIST_P384:
    out->curve = SZTP__CURVE_P384;
    out->octets = 48;
    break;
  case TPM2_ECC_NIST_P521:
    out->curve = SZTP__CURVE_P521;
    out->octets = 66;
    break;
  default: return;
  }
  out->value_len = 2 * out->octets;
  if (!put_fixed(out->value, out->octets, q->x.buffer, q->x.size) ||
      !put_fixed(out->value + out->octets, out->octets, q->y.buffer, q->y.size))
    return;
  out->type = SZTP__KEY_EC;
  if (out->restricted) return;
  if ((p->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0 &&
      (ec->scheme.scheme == TPM2_ALG_NULL || ec->scheme.scheme == TPM2_ALG_ECDSA))
    out->able |= hashes_for(hashes, fixed);
  if ((p->objectAttributes & TPMA_OBJECT_DECRYPT) != 0 &&
      (ec->scheme.scheme == TPM2_ALG_NULL || ec->scheme.scheme == TPM2_ALG_ECDH))
    out->able |= SZTP_ABLE_AGREE;
}

static void read_public(const TPMT_PUBLIC *p, int64_t hashes, sztp__tpm_public_t *out) {
  memset(out, 0, sizeof *out);
  out->restricted = (p->objectAttributes & TPMA_OBJECT_RESTRICTED) != 0;
  out->certifiable = (p->objectAttributes & TPMA_OBJECT_ADMINWITHPOLICY) == 0;
  out->attests = out->restricted && (p->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0;
  if (p->type == TPM2_ALG_RSA) rsa_public(p, hashes, out);
  if (p->type == TPM2_ALG_ECC) read_ec(p, hashes, out);
}

/* The primary key that files with a hierarchy for a parent mean: the usual storage key. */
static void storage_template(int rsa, TPMT_PUBLIC *p) {
  p->nameAlg = TPM2_ALG_SHA256;
  p->objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                        TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
                        TPMA_OBJECT_DECRYPT;
  TPMT_SYM_DEF_OBJECT aes = {
      .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  if (rsa) {
    p->type = TPM2_ALG_RSA;
    p->parameters.rsaDetail.symmetric = aes;
    p->parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    p->parameters.rsaDetail.keyBits = 2048;
  } else {
    p->type = TPM2_ALG_ECC;
    p->parameters.eccDetail.symmetric = aes;
    p->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    p->parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    p->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  }
}

/* "TPM 2.0 Keys for Device Identity and Attestation" 7.3.4: who may administrate the IDevID, and the IAK. */
static const uint8_t *device_policy(int attests, int is_384, uint16_t *len) {
  static const uint8_t identity_256[32] = {0xad, 0x6b, 0x3a, 0x22, 0x84, 0xfd, 0x69, 0x8a, 0x07, 0x10, 0xbf,
                                           0x5c, 0xc1, 0xb9, 0xbd, 0xf1, 0x5e, 0x25, 0x32, 0xe3, 0xf6, 0x01,
                                           0xfa, 0x4b, 0x93, 0xa6, 0xa8, 0xfa, 0x8d, 0xe5, 0x79, 0xea};
  static const uint8_t identity_384[48] = {
      0x4d, 0xb1, 0xaa, 0x83, 0x6d, 0x0b, 0x56, 0x15, 0xdf, 0x6e, 0xe5, 0x3a, 0x40, 0xef, 0x70, 0xc6,
      0x1c, 0x21, 0x7f, 0x43, 0x03, 0xd4, 0x46, 0x95, 0x92, 0x59, 0x72, 0xbc, 0x92, 0x70, 0x06, 0xcf,
      0xa5, 0xcb, 0xdf, 0x6d, 0xc1, 0x8c, 0x4d, 0xbe, 0x32, 0x9b, 0x2f, 0x15, 0x42, 0xc3, 0xdd, 0x33};
  static const uint8_t attestation_256[32] = {
      0x54, 0x37, 0x18, 0x23, 0x26, 0xe4, 0x14, 0xfc, 0xa7, 0x97, 0xd5, 0xf1, 0x74, 0x61, 0x5a, 0x16,
      0x41, 0xf6, 0x12, 0x55, 0x79, 0x7c, 0x3a, 0x2b, 0x22, 0xc2, 0x1d, 0x12, 0x0b, 0x2d, 0x1e, 0x07};
  static const uint8_t attestation_384[48] = {
      0x12, 0x9d, 0x94, 0xeb, 0xf8, 0x45, 0x56, 0x65, 0x2c, 0x6e, 0xef, 0x43, 0xbb, 0xb7, 0x57, 0x51,
      0x2a, 0xc8, 0x7e, 0x52, 0xbe, 0x7b, 0x34, 0x9c, 0xa6, 0xce, 0x4d, 0x82, 0x6f, 0x74, 0x9f, 0xcf,
      0x67, 0x2f, 0x51, 0x71, 0x6c, 0x5c, 0xbb, 0x60, 0x5f, 0x31, 0x3b, 0xf3, 0x45, 0xaa, 0xb3, 0x12};
  *len = is_384 ? 48 : 32;
  if (is_384) return attests ? attestation_384 : identity_384;
  return attests ? attestation_256 : identity_256;
}

/* The IDevID's, and the IAK's (H-1, H-2, H-3), which is restricted and has a scheme. */
static void device_template(uint32_t made_by, int attests, TPMT_PUBLIC *p) {
  const char *label = attests ? "IAK" : "IDEVID";
  const uint16_t label_len = (uint16_t)strlen(label);
  int is_p384 = made_by == SZTP_TPM2_H3_P384 || made_by == SZTP_TPM2_H3_P384_BOTH;
  p->nameAlg = is_p384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
  p->objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                        TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_SIGN_ENCRYPT;
  if (attests) p->objectAttributes |= TPMA_OBJECT_RESTRICTED;
  const uint8_t *policy = device_policy(attests, is_p384, &p->authPolicy.size);
  memcpy(p->authPolicy.buffer, policy, p->authPolicy.size);
  if (made_by == SZTP_TPM2_H1_RSA2048) {
    p->type = TPM2_ALG_RSA;
    p->parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    p->parameters.rsaDetail.scheme.scheme = attests ? TPM2_ALG_RSAPSS : TPM2_ALG_NULL;
    p->parameters.rsaDetail.scheme.details.anySig.hashAlg = TPM2_ALG_SHA256;
    p->parameters.rsaDetail.keyBits = 2048;
    p->unique.rsa.size = label_len;
    memcpy(p->unique.rsa.buffer, label, label_len);
    return;
  }
  p->type = TPM2_ALG_ECC;
  p->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  p->parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
  p->parameters.eccDetail.scheme.details.ecdsa.hashAlg = p->nameAlg;
  p->parameters.eccDetail.curveID = is_p384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256;
  p->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  p->unique.ecc.x.size = label_len;
  memcpy(p->unique.ecc.x.buffer, label, label_len);
  if (made_by == SZTP_TPM2_H2_P256_BOTH || made_by == SZTP_TPM2_H3_P384_BOTH)
    p->unique.ecc.y = p->unique.ecc.x;
}

/* RSA of 3072 bits, or of 2048 where the TPM has no more (D-172). */
static uint16_t rsa_bits(sztp__tpm_t *t) {
  TPMT_PUBLIC_PARMS wish;
  TSS2_RC code;
  memset(&wish, 0, sizeof wish);
  wish.type = TPM2_ALG_RSA;
  wish.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
  wish.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
  wish.parameters.rsaDetail.keyBits = 3072;
  ASK(t, code, t->tss.Esys_TestParms_Async(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wish),
      t->tss.Esys_TestParms_Finish(t->esys));
  return code == TSS2_RC_SUCCESS ? 3072 : 2048;
}

/* Without an authorization value there is nothing to guess, so that lockout need not touch the key. */
static void signing_template(sztp__tpm_t *t, uint32_t kind, TPMT_PUBLIC *p) {
  p->nameAlg = TPM2_ALG_SHA256;
  p->objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                        TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT;
  if (kind == SZTP_ALGORITHM_RSA) {
    p->type = TPM2_ALG_RSA;
    p->parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    p->parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    p->parameters.rsaDetail.keyBits = rsa_bits(t);
    return;
  }
  p->type = TPM2_ALG_ECC;
  p->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  p->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  p->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  p->parameters.eccDetail.curveID = kind == SZTP_ALGORITHM_P256   ? TPM2_ECC_NIST_P256
                                    : kind == SZTP_ALGORITHM_P384 ? TPM2_ECC_NIST_P384
                                                                  : TPM2_ECC_NIST_P521;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static int32_t new_key(sztp__tpm_t *t, sztp__tpm_key_t **out) {
  sztp__tpm_key_t *key = sztp__alloc(t->ctx, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  key->persistent = ESYS_TR_NONE;
  *out = key;
  return SZTP_OK;
}

void sztp__tpm_key_free(sztp__tpm_t *t, sztp__tpm_key_t *key) {
  if (key == NULL) return;
  t->tss.Esys_Free(key->saved);
  sztp__free_secret(t->ctx, key);
}

void sztp__tpm_key_set_auth(sztp__tpm_key_t *key, sztp__span_t auth) {
  key->auth.size = (uint16_t)auth.len;
  if (auth.len > 0) memcpy(key->auth.buffer, auth.data, auth.len);
}

const sztp__tpm_public_t *sztp__tpm_key_public(const sztp__tpm_key_t *key) { return &key->pub; }

static int32_t take_public(sztp__tpm_t *t, ESYS_TR object, sztp__tpm_key_t *key) {
  TPM2B_PUBLIC *pub = NULL;
  TSS2_RC rc;
  ASK(t, rc, t->tss.Esys_ReadPublic_Async(t->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE),
      t->tss.Esys_ReadPublic_Finish(t->esys, &pub, NULL, NULL));
  if (rc == TSS2_RC_SUCCESS) read_public(&pub->publicArea, t->hashes, &key->pub);
  t->tss.Esys_Free(pub);
  return told(t, rc, "reading the key's public area");
}

/* Takes the object out of the TPM. */
static int32_t put_aside(sztp__tpm_t *t, ESYS_TR *object, sztp__tpm_key_t *key) {
  TSS2_RC rc;
  ASK(t, rc, t->tss.Esys_ContextSave_Async(t->esys, *object),
      t->tss.Esys_ContextSave_Finish(t->esys, &key->saved));
  flush(t, object);
  return told(t, rc, "saving the key's context");
}

int32_t sztp__tpm_key_at(sztp__tpm_t *t, uint32_t handle, sztp__tpm_key_t **out) {
  sztp__tpm_key_t *key = NULL;
  int32_t rc = new_key(t, &key);
  if (rc == SZTP_OK) rc = look_up(t, handle, "key", &key->persistent);
  if (rc == SZTP_OK) rc = take_public(t, key->persistent, key);
  if (rc != SZTP_OK) {
    sztp__tpm_key_free(t, key);
    return rc;
  }
  *out = key;
  return SZTP_OK;
}

static int32_t make_primary(sztp__tpm_t *t, ESYS_TR hierarchy, const TPMT_PUBLIC *by, ESYS_TR *out) {
  TPM2B_SENSITIVE_CREATE sensitive;
  TPM2B_PUBLIC public_;
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION pcrs = {0};
  TSS2_RC rc;
  memset(&sensitive, 0, sizeof sensitive);
  memset(&public_, 0, sizeof public_);
  public_.publicArea = *by;
  ASK_FOR(t, t->timeout_ms * MAKING_TIMES, rc,
          t->tss.Esys_CreatePrimary_Async(t->esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                          &sensitive, &public_, &outside, &pcrs),
          t->tss.Esys_CreatePrimary_Finish(t->esys, out, NULL, NULL, NULL, NULL));
  return told(t, rc, "making a primary key");
}

/* What ends the making or loading of @p key: with @p rc of that, its @p object is looked at, saved and
 * flushed. */
static int32_t keep_key(sztp__tpm_t *t, int32_t rc, ESYS_TR *object, sztp__tpm_key_t *key,
                        sztp__tpm_key_t **out) {
  if (rc == SZTP_OK) rc = take_public(t, *object, key);
  if (rc == SZTP_OK) rc = put_aside(t, object, key);
  flush(t, object);
  if (rc == SZTP_OK)
    *out = key;
  else
    sztp__tpm_key_free(t, key);
  return rc;
}

int32_t sztp__tpm_key_make(sztp__tpm_t *t, uint32_t made_by, int attests, sztp__tpm_key_t **out) {
  sztp__tpm_key_t *key = NULL;
  ESYS_TR object = ESYS_TR_NONE;
  TPMT_PUBLIC by;
  memset(&by, 0, sizeof by);
  device_template(made_by, attests, &by);
  int32_t rc = new_key(t, &key);
  if (rc == SZTP_OK) rc = make_primary(t, ESYS_TR_RH_ENDORSEMENT, &by, &object);
  return keep_key(t, rc, &object, key, out);
}

static int is_hierarchy(uint32_t parent) { return parent >> 24 == 0x40; }

static int32_t find_parent(sztp__tpm_t *t, uint32_t parent, int rsa, ESYS_TR *out) {
  TPMT_PUBLIC by;
  if (!is_hierarchy(parent)) return look_up(t, parent, "parent", out);
  memset(&by, 0, sizeof by);
  storage_template(rsa, &by);
  return make_primary(t,
                      parent == SZTP__TPM_OWNER         ? ESYS_TR_RH_OWNER
                      : parent == SZTP__TPM_ENDORSEMENT ? ESYS_TR_RH_ENDORSEMENT
                                                        : ESYS_TR_RH_NULL,
                      &by, out);
}

static int32_t read_areas(sztp_ctx_t *ctx, const sztp__tss2_t *tss, const sztp__keyfile_t *file,
                          TPM2B_PUBLIC *public_, TPM2B_PRIVATE *private_) {
  size_t at[2] = {0, 0};
  memset(public_, 0, sizeof *public_);
  memset(private_, 0, sizeof *private_);
  if (tss->Tss2_MU_TPM2B_PUBLIC_Unmarshal(file->public_.data, file->public_.len, &at[0], public_) != 0 ||
      tss->Tss2_MU_TPM2B_PRIVATE_Unmarshal(file->private_.data, file->private_.len, &at[1], private_) != 0 ||
      at[0] != file->public_.len || at[1] != file->private_.len)
    return sztp__fail(ctx, SZTP_ERR_DER, WHERE, "the key file's areas are not what a TPM writes");
  return SZTP_OK;
}

int32_t sztp__tpm_file_public(sztp_ctx_t *ctx, const sztp__keyfile_t *file, sztp__tpm_public_t *out) {
  TPM2B_PUBLIC public_;
  TPM2B_PRIVATE private_;
  sztp__tss2_t tss;
  int32_t rc = sztp__tss2_find(ctx, &tss);
  memset(out, 0, sizeof *out);
  if (rc == SZTP_OK) rc = read_areas(ctx, &tss, file, &public_, &private_);
  if (rc == SZTP_OK) read_public(&public_.publicArea, 0, out);
  return rc;
}

static int32_t load(sztp__tpm_t *t, const sztp__keyfile_t *file, ESYS_TR *object) {
  TPM2B_PUBLIC public_;
  TPM2B_PRIVATE private_;
  ESYS_TR parent = ESYS_TR_NONE;
  TSS2_RC code;
  int32_t rc = read_areas(t->ctx, &t->tss, file, &public_, &private_);
  if (rc == SZTP_OK) rc = find_parent(t, file->parent, file->rsa_parent, &parent);
  if (rc != SZTP_OK) return rc;
  ASK(t, code,
      t->tss.Esys_Load_Async(t->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &private_,
                             &public_),
      t->tss.Esys_Load_Finish(t->esys, object));
  if (is_hierarchy(file->parent)) flush(t, &parent);
  return told(t, code, "loading the key");
}

int32_t sztp__tpm_key_load(sztp__tpm_t *t, const sztp__keyfile_t *file, sztp__tpm_key_t **out) {
  sztp__tpm_key_t *key = NULL;
  ESYS_TR object = ESYS_TR_NONE;
  int32_t rc = new_key(t, &key);
  if (rc == SZTP_OK) rc = load(t, file, &object);
  return keep_key(t, rc, &object, key, out);
}

/* ---- making keys --------------------------------------------------------------------------------- */

int32_t sztp__tpm_kinds(sztp__tpm_t *t, uint32_t *out) {
  static const struct {
    uint32_t kind;
    TPM2_CAP where;
    uint32_t what;
  } rows[] = {{SZTP_ALGORITHM_P256, TPM2_CAP_ECC_CURVES, TPM2_ECC_NIST_P256},
              {SZTP_ALGORITHM_P384, TPM2_CAP_ECC_CURVES, TPM2_ECC_NIST_P384},
              {SZTP_ALGORITHM_P521, TPM2_CAP_ECC_CURVES, TPM2_ECC_NIST_P521},
              {SZTP_ALGORITHM_RSA, TPM2_CAP_ALGS, TPM2_ALG_RSA}};
  uint32_t kinds = 0;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    int there = 0;
    int32_t rc = has(t, rows[i].where, rows[i].what, &there);
    if (rc != SZTP_OK) return rc;
    if (there) kinds |= rows[i].kind;
  }
  *out = kinds;
  return SZTP_OK;
}

static int32_t take_areas(sztp__tpm_t *t, const TPM2B_PUBLIC *pub, const TPM2B_PRIVATE *priv,
                          sztp__buf_t *public_, sztp__buf_t *private_) {
  uint8_t octets[sizeof(TPM2B_PUBLIC) + sizeof(TPM2B_PRIVATE)];
  size_t ends[2] = {0, 0};
  if (t->tss.Tss2_MU_TPM2B_PUBLIC_Marshal(pub, octets, sizeof octets, &ends[0]) != 0)
    return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "making a key: its public area can't be written");
  ends[1] = ends[0];
  if (t->tss.Tss2_MU_TPM2B_PRIVATE_Marshal(priv, octets, sizeof octets, &ends[1]) != 0)
    return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "making a key: its private area can't be written");
  int32_t rc = sztp__buf_add(public_, octets, ends[0]);
  return rc == SZTP_OK ? sztp__buf_add(private_, octets + ends[0], ends[1] - ends[0]) : rc;
}

int32_t sztp__tpm_create(sztp__tpm_t *t, uint32_t parent, uint32_t kind, sztp__buf_t *public_,
                         sztp__buf_t *private_) {
  TPM2B_SENSITIVE_CREATE sensitive;
  TPM2B_PUBLIC by;
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION pcrs = {0};
  TPM2B_PUBLIC *pub = NULL;
  TPM2B_PRIVATE *priv = NULL;
  ESYS_TR above = ESYS_TR_NONE;
  TSS2_RC code;
  memset(&sensitive, 0, sizeof sensitive);
  memset(&by, 0, sizeof by);
  signing_template(t, kind, &by.publicArea);
  int32_t rc = find_parent(t, parent, 0, &above);
  if (rc != SZTP_OK) return rc;
  ASK(t, code,
      t->tss.Esys_Create_Async(t->esys, above, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &by,
                               &outside, &pcrs),
      t->tss.Esys_Create_Finish(t->esys, &priv, &pub, NULL, NULL, NULL));
  if (is_hierarchy(parent)) flush(t, &above);
  rc = told(t, code, "making a key");
  if (rc == SZTP_OK) rc = take_areas(t, pub, priv, public_, private_);
  t->tss.Esys_Free(priv);
  t->tss.Esys_Free(pub);
  return rc;
}

/* ---- one operation ------------------------------------------------------------------------------- */

/* What a command with a key needs. */
typedef struct use {
  ESYS_TR key;
  ESYS_TR session;
} use_t;

/* A key that was refused once is left alone until the TPM says that it accepts it again (D-167). */
static int32_t check_lockout(sztp__tpm_t *t, sztp__tpm_key_t *key) {
  int locked = 0;
  int32_t rc = sztp__tpm_locked(t, &locked);
  if (rc != SZTP_OK) return rc;
  if (locked) return told(t, TPM2_RC_LOCKOUT, "asking for the key");
  key->locked = 0;
  return SZTP_OK;
}

static int32_t begin_use(sztp__tpm_t *t, sztp__tpm_key_t *key, int secret, use_t *u) {
  TSS2_RC code = TSS2_RC_SUCCESS;
  int32_t rc = SZTP_OK;
  u->key = key->persistent;
  u->session = ESYS_TR_PASSWORD;
  if (key->denied)
    return sztp__fail(t->ctx, SZTP_ERR_KEY, WHERE,
                      "the authorization value was wrong before; it is not tried again");
  if (key->locked) rc = check_lockout(t, key);
  if (rc != SZTP_OK) return rc;
  if (key->saved != NULL) {
    ASK(t, code, t->tss.Esys_ContextLoad_Async(t->esys, key->saved),
        t->tss.Esys_ContextLoad_Finish(t->esys, &u->key));
    if (code != TSS2_RC_SUCCESS) u->key = ESYS_TR_NONE;
    rc = told(t, code, "bringing the key back");
  }
  if (rc == SZTP_OK)
    rc = told(t, t->tss.Esys_TR_SetAuth(t->esys, u->key, &key->auth), "setting the authorization value");
  if (rc == SZTP_OK && t->protect != 0 && (secret || key->auth.size > 0)) rc = begin_session(t, &u->session);
  if (rc != SZTP_OK && key->saved != NULL) flush(t, &u->key);
  return rc;
}

/* The key's session is the one of that number, from 1, in the command that gave @p rc. */
static void let_go(sztp__tpm_t *t, sztp__tpm_key_t *key, use_t *u, unsigned number, TSS2_RC rc) {
  TSS2_RC code = tpm_code(rc) & ~(TSS2_RC)(TPM2_RC_N_MASK | TPM2_RC_P);
  int meant = (rc & TPM2_RC_N_MASK) == (TPM2_RC_S | (TSS2_RC)number << 8);
  end_session(t, &u->session, rc);
  if (key->saved != NULL) flush(t, &u->key);
  if (meant && (code == TPM2_RC_AUTH_FAIL || code == TPM2_RC_BAD_AUTH)) key->denied = 1;
  if (tpm_code(rc) == TPM2_RC_LOCKOUT) key->locked = 1;
}

static int32_t end_use(sztp__tpm_t *t, sztp__tpm_key_t *key, use_t *u, unsigned number, TSS2_RC rc,
                       const char *doing) {
  let_go(t, key, u, number, rc);
  return told(t, rc, doing);
}

static int take_signature(const sztp__tpm_key_t *key, const TPMT_SIGNATURE *s, uint8_t *out, size_t wanted) {
  size_t half = key->pub.octets;
  switch (s->sigAlg) {
  case TPM2_ALG_ECDSA:
    return wanted == 2 * half &&
           put_fixed(out, half, s->signature.ecdsa.signatureR.buffer, s->signature.ecdsa.signatureR.size) &&
           put_fixed(out + half, half, s->signature.ecdsa.signatureS.buffer,
                     s->signature.ecdsa.signatureS.size);
  case TPM2_ALG_RSASSA:
    return wanted == half &&
           put_fixed(out, half, s->signature.rsassa.sig.buffer, s->signature.rsassa.sig.size);
  case TPM2_ALG_RSAPSS:
    return wanted == half &&
           put_fixed(out, half, s->signature.rsapss.sig.buffer, s->signature.rsapss.sig.size);
  default: return 0;
  }
}

int32_t sztp__tpm_sign(sztp__tpm_t *t, sztp__tpm_key_t *key, uint32_t operation, int64_t hash,
                       sztp__span_t digest, uint8_t *out, size_t wanted) {
  TPM2B_DIGEST d = {.size = (uint16_t)digest.len};
  TPMT_SIG_SCHEME scheme;
  TPMT_TK_HASHCHECK ticket = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL};
  TPMT_SIGNATURE *signature = NULL;
  TSS2_RC code;
  use_t u;
  if (digest.len > sizeof d.buffer) return SZTP_ERR_KEY;
  memcpy(d.buffer, digest.data, digest.len);
  memset(&scheme, 0, sizeof scheme);
  scheme.scheme = operation == SZTP_KEY_OP_SIGN_ECDSA       ? TPM2_ALG_ECDSA
                  : operation == SZTP_KEY_OP_SIGN_RSA_PKCS1 ? TPM2_ALG_RSASSA
                                                            : TPM2_ALG_RSAPSS;
  scheme.details.any.hashAlg = hash_of(hash);
  int32_t rc = begin_use(t, key, 0, &u);
  if (rc != SZTP_OK) return rc;
  ASK(t, code,
      t->tss.Esys_Sign_Async(t->esys, u.key, u.session, ESYS_TR_NONE, ESYS_TR_NONE, &d, &scheme, &ticket),
      t->tss.Esys_Sign_Finish(t->esys, &signature));
  rc = end_use(t, key, &u, 1, code, "signing");
  if (code != TSS2_RC_SUCCESS) return rc;
  if (rc == SZTP_OK && !take_signature(key, signature, out, wanted))
    rc = sztp__fail(t->ctx, SZTP_ERR_KEY, WHERE, "signing: the TPM's signature is not of %zu octets", wanted);
  t->tss.Esys_Free(signature);
  return rc;
}

int32_t sztp__tpm_decrypt(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__span_t input, uint8_t *out, size_t cap,
                          size_t *out_len) {
  TPM2B_PUBLIC_KEY_RSA ciphertext = {.size = (uint16_t)input.len};
  TPM2B_PUBLIC_KEY_RSA *message = NULL;
  TPMT_RSA_DECRYPT scheme = {.scheme = TPM2_ALG_NULL}; /* raw, or what the key is fixed to */
  TPM2B_DATA label = {0};
  TSS2_RC code;
  use_t u;
  if (input.len > sizeof ciphertext.buffer || input.len != key->pub.octets || cap < input.len)
    return SZTP_ERR_KEY;
  memcpy(ciphertext.buffer, input.data, input.len);
  int32_t rc = begin_use(t, key, 1, &u);
  if (rc != SZTP_OK) return rc;
  ASK(t, code,
      t->tss.Esys_RSA_Decrypt_Async(t->esys, u.key, u.session, ESYS_TR_NONE, ESYS_TR_NONE, &ciphertext,
                                    &scheme, &label),
      t->tss.Esys_RSA_Decrypt_Finish(t->esys, &message));
  rc = end_use(t, key, &u, 1, code, "decrypting");
  if (rc != SZTP_OK || code != TSS2_RC_SUCCESS) return rc;
  size_t len = key->pub.padding != 0 ? message->size : key->pub.octets;
  int fits = len <= cap && put_fixed(out, len, message->buffer, message->size);
  sztp__wipe(message, sizeof *message);
  t->tss.Esys_Free(message);
  *out_len = len;
  return fits ? SZTP_OK : SZTP_ERR_KEY;
}

int32_t sztp__tpm_agree(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__span_t point, uint8_t *out,
                        size_t wanted) {
  TPM2B_ECC_POINT peer;
  TPM2B_ECC_POINT *secret = NULL;
  size_t octets = key->pub.octets;
  TSS2_RC code;
  use_t u;
  if (point.len != 1 + 2 * octets || point.data[0] != 0x04 || wanted != octets) return SZTP_ERR_KEY;
  memset(&peer, 0, sizeof peer);
  peer.point.x.size = peer.point.y.size = (uint16_t)octets;
  memcpy(peer.point.x.buffer, point.data + 1, octets);
  memcpy(peer.point.y.buffer, point.data + 1 + octets, octets);
  int32_t rc = begin_use(t, key, 1, &u);
  if (rc != SZTP_OK) return rc;
  ASK(t, code, t->tss.Esys_ECDH_ZGen_Async(t->esys, u.key, u.session, ESYS_TR_NONE, ESYS_TR_NONE, &peer),
      t->tss.Esys_ECDH_ZGen_Finish(t->esys, &secret));
  rc = end_use(t, key, &u, 1, code, "agreeing");
  if (rc != SZTP_OK || code != TSS2_RC_SUCCESS) return rc;
  int fits = put_fixed(out, wanted, secret->point.x.buffer, secret->point.x.size);
  sztp__wipe(secret, sizeof *secret);
  t->tss.Esys_Free(secret);
  return fits ? SZTP_OK : SZTP_ERR_KEY;
}

/* ---- evidence ------------------------------------------------------------------------------------ */

/* The TPM's own words: what it signed, and the signature. */
static int32_t take_attest(sztp__tpm_t *t, const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature,
                           sztp__tpm_statement_t *out) {
  uint8_t octets[sizeof *signature];
  size_t len = 0;
  if (t->tss.Tss2_MU_TPMT_SIGNATURE_Marshal(signature, octets, sizeof octets, &len) != 0)
    return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "attesting: the signature can't be written");
  int32_t rc = sztp__buf_add(&out->attest, attest->attestationData, attest->size);
  return rc == SZTP_OK ? sztp__buf_add(&out->signature, octets, len) : rc;
}

/* TPMT_PUBLIC as the TPM has it: its digest is the name that is certified. */
static int32_t take_subject(sztp__tpm_t *t, ESYS_TR object, sztp__buf_t *out) {
  TPM2B_PUBLIC *pub = NULL;
  uint8_t octets[sizeof pub->publicArea];
  size_t len = 0;
  TSS2_RC code;
  ASK(t, code, t->tss.Esys_ReadPublic_Async(t->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE),
      t->tss.Esys_ReadPublic_Finish(t->esys, &pub, NULL, NULL));
  int32_t rc = told(t, code, "reading the key's public area");
  if (code != TSS2_RC_SUCCESS) return rc;
  if (t->tss.Tss2_MU_TPMT_PUBLIC_Marshal(&pub->publicArea, octets, sizeof octets, &len) != 0)
    rc = sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "attesting: the public area can't be written");
  t->tss.Esys_Free(pub);
  return rc == SZTP_OK ? sztp__buf_add(out, octets, len) : rc;
}

/* One session of a command may encrypt; of two the first does. */
static int32_t leave_encryption(sztp__tpm_t *t, ESYS_TR first, ESYS_TR session) {
  if (first == ESYS_TR_PASSWORD || session == ESYS_TR_PASSWORD) return SZTP_OK;
  TSS2_RC code =
      t->tss.Esys_TRSess_SetAttributes(t->esys, session, 0, TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT);
  return told(t, code, "beginning a second session");
}

static const TPMT_SIG_SCHEME own_scheme = {.scheme = TPM2_ALG_NULL}; /* attestation keys have one */

/* Two keys with one command: the subject is in use already. */
static int32_t certify_by(sztp__tpm_t *t, const use_t *subject, sztp__tpm_key_t *by,
                          const TPM2B_DATA *outside, sztp__tpm_statement_t *out, TSS2_RC *code) {
  TPM2B_ATTEST *attest = NULL;
  TPMT_SIGNATURE *signature = NULL;
  use_t signer;
  int32_t rc = begin_use(t, by, 0, &signer);
  if (rc != SZTP_OK) return rc;
  rc = leave_encryption(t, subject->session, signer.session);
  if (rc == SZTP_OK)
    ASK(t, *code,
        t->tss.Esys_Certify_Async(t->esys, subject->key, signer.key, subject->session, signer.session,
                                  ESYS_TR_NONE, outside, &own_scheme),
        t->tss.Esys_Certify_Finish(t->esys, &attest, &signature));
  int32_t ended = end_use(t, by, &signer, 2, *code, "certifying");
  if (rc == SZTP_OK) rc = ended;
  if (rc == SZTP_OK) rc = take_attest(t, attest, signature, out);
  t->tss.Esys_Free(attest);
  t->tss.Esys_Free(signature);
  return rc;
}

int32_t sztp__tpm_certify(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__tpm_key_t *by, sztp__span_t nonce,
                          sztp__tpm_statement_t *out) {
  TPM2B_DATA outside = {.size = (uint16_t)nonce.len};
  TSS2_RC code = TSS2_ESYS_RC_NOT_IMPLEMENTED; /* as long as nothing was sent */
  use_t subject;
  if (nonce.len > SZTP__TPM_NONCE_MAX) return SZTP_ERR_KEY;
  if (nonce.len > 0) memcpy(outside.buffer, nonce.data, nonce.len);
  int32_t rc = begin_use(t, key, 0, &subject);
  if (rc != SZTP_OK) return rc;
  rc = take_subject(t, subject.key, &out->subject);
  if (rc == SZTP_OK) rc = certify_by(t, &subject, by, &outside, out, &code);
  let_go(t, key, &subject, 1, code);
  return rc;
}

static uint32_t mask_of(const TPML_PCR_SELECTION *list) {
  uint32_t mask = 0;
  if (list->count != 1 || list->pcrSelections[0].hash != TPM2_ALG_SHA256) return 0;
  for (unsigned i = 0; i < list->pcrSelections[0].sizeofSelect && i < PCR_OCTETS; i++)
    mask |= (uint32_t)list->pcrSelections[0].pcrSelect[i] << (8 * i);
  return mask;
}

static TPML_PCR_SELECTION select_pcrs(uint32_t mask) {
  TPML_PCR_SELECTION list;
  memset(&list, 0, sizeof list);
  list.count = 1;
  list.pcrSelections[0].hash = TPM2_ALG_SHA256;
  list.pcrSelections[0].sizeofSelect = PCR_OCTETS;
  for (unsigned i = 0; i < PCR_OCTETS; i++) list.pcrSelections[0].pcrSelect[i] = (uint8_t)(mask >> (8 * i));
  return list;
}

/* One answer has eight values at most, the lowest PCRs first. */
static int32_t read_some_pcrs(sztp__tpm_t *t, uint32_t *left, sztp__buf_t *out) {
  TPML_PCR_SELECTION wanted = select_pcrs(*left);
  TPML_PCR_SELECTION *read = NULL;
  TPML_DIGEST *values = NULL;
  TSS2_RC code;
  ASK(t, code, t->tss.Esys_PCR_Read_Async(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted),
      t->tss.Esys_PCR_Read_Finish(t->esys, NULL, &read, &values));
  int32_t rc = told(t, code, "reading PCRs");
  if (code != TSS2_RC_SUCCESS) return rc;
  uint32_t got = mask_of(read) & *left;
  if (got == 0)
    rc = sztp__fail(t->ctx, SZTP_ERR_UNSUPPORTED, WHERE, "reading PCRs: the SHA-256 bank does not have 0x%x",
                    (unsigned)*left);
  for (uint32_t i = 0; i < values->count && rc == SZTP_OK; i++)
    rc = sztp__buf_add(out, values->digests[i].buffer, values->digests[i].size);
  *left &= ~got;
  t->tss.Esys_Free(read);
  t->tss.Esys_Free(values);
  return rc;
}

/* *same: the quote is about just these values. */
static int32_t compare_quote(sztp__tpm_t *t, const TPM2B_ATTEST *attest, TPMI_ALG_HASH hash, uint32_t pcrs,
                             sztp__span_t values, int *same) {
  TPMS_ATTEST a;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  size_t at = 0;
  uint32_t kind = hash == TPM2_ALG_SHA256   ? SZTP__HASH_SHA256
                  : hash == TPM2_ALG_SHA384 ? SZTP__HASH_SHA384
                  : hash == TPM2_ALG_SHA512 ? SZTP__HASH_SHA512
                                            : SZTP__HASH_NONE;
  if (kind == SZTP__HASH_NONE)
    return sztp__fail(t->ctx, SZTP_ERR_UNSUPPORTED, WHERE,
                      "quoting: the attestation key signs with another hash than SHA-256, -384 and -512");
  if (t->tss.Tss2_MU_TPMS_ATTEST_Unmarshal(attest->attestationData, attest->size, &at, &a) != 0 ||
      a.type != TPM2_ST_ATTEST_QUOTE)
    return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "quoting: what the TPM gave is no quote");
  if (mask_of(&a.attested.quote.pcrSelect) != pcrs)
    return sztp__fail(t->ctx, SZTP_ERR_UNSUPPORTED, WHERE,
                      "quoting: PCRs 0x%x of the SHA-256 bank are wanted, the TPM quotes 0x%x",
                      (unsigned)pcrs, (unsigned)mask_of(&a.attested.quote.pcrSelect));
  int32_t rc = sztp__hash_once(t->ctx, kind, values, digest, &len);
  *same = rc == SZTP_OK && len == a.attested.quote.pcrDigest.size &&
          memcmp(digest, a.attested.quote.pcrDigest.buffer, len) == 0;
  return rc;
}

static int32_t quote_once(sztp__tpm_t *t, sztp__tpm_key_t *by, const TPM2B_DATA *outside, uint32_t pcrs,
                          sztp__tpm_statement_t *out, int *same) {
  TPML_PCR_SELECTION wanted = select_pcrs(pcrs);
  TPM2B_ATTEST *attest = NULL;
  TPMT_SIGNATURE *signature = NULL;
  uint32_t left = pcrs;
  TSS2_RC code;
  use_t u;
  int32_t rc = begin_use(t, by, 0, &u);
  if (rc != SZTP_OK) return rc;
  ASK(t, code,
      t->tss.Esys_Quote_Async(t->esys, u.key, u.session, ESYS_TR_NONE, ESYS_TR_NONE, outside, &own_scheme,
                              &wanted),
      t->tss.Esys_Quote_Finish(t->esys, &attest, &signature));
  rc = end_use(t, by, &u, 1, code, "quoting");
  if (code != TSS2_RC_SUCCESS) return rc;
  while (rc == SZTP_OK && left != 0) rc = read_some_pcrs(t, &left, &out->subject);
  if (rc == SZTP_OK)
    rc =
        compare_quote(t, attest, signature->signature.any.hashAlg, pcrs, sztp__buf_span(&out->subject), same);
  if (rc == SZTP_OK) rc = take_attest(t, attest, signature, out);
  t->tss.Esys_Free(attest);
  t->tss.Esys_Free(signature);
  return rc;
}

/* Whatever is measured between quoting and reading makes both anew. */
int32_t sztp__tpm_quote(sztp__tpm_t *t, sztp__tpm_key_t *by, sztp__span_t nonce, uint32_t pcrs,
                        sztp__tpm_statement_t *out) {
  TPM2B_DATA outside = {.size = (uint16_t)nonce.len};
  if (nonce.len > SZTP__TPM_NONCE_MAX) return SZTP_ERR_KEY;
  if (pcrs == 0 || pcrs >> (8 * PCR_OCTETS) != 0)
    return sztp__fail(t->ctx, SZTP_ERR_UNSUPPORTED, WHERE, "quoting: 0x%x names no PCRs", (unsigned)pcrs);
  if (nonce.len > 0) memcpy(outside.buffer, nonce.data, nonce.len);
  for (int i = 0; i < QUOTE_TIMES; i++) {
    int same = 0;
    int32_t rc = quote_once(t, by, &outside, pcrs, out, &same);
    if (rc != SZTP_OK || same) return rc;
    sztp__buf_clear(&out->attest);
    sztp__buf_clear(&out->signature);
    sztp__buf_clear(&out->subject);
  }
  return sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE,
                    "quoting: the PCRs changed each time between quoting and reading them");
}

/* ---- without a key ------------------------------------------------------------------------------- */

/* Digests are what one answer holds at most. */
static int32_t random_piece(sztp__tpm_t *t, uint8_t *out, size_t wanted, size_t *got) {
  TPM2B_DIGEST *piece = NULL;
  ESYS_TR session = ESYS_TR_NONE;
  TSS2_RC code;
  int32_t rc = t->protect != 0 ? begin_session(t, &session) : SZTP_OK;
  if (rc != SZTP_OK) return rc;
  ASK(t, code, t->tss.Esys_GetRandom_Async(t->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, (uint16_t)wanted),
      t->tss.Esys_GetRandom_Finish(t->esys, &piece));
  end_session(t, &session, code);
  rc = told(t, code, "getting random octets");
  if (rc != SZTP_OK || code != TSS2_RC_SUCCESS) return rc;
  *got = piece->size;
  if (piece->size <= wanted) memcpy(out, piece->buffer, piece->size);
  sztp__wipe(piece, sizeof *piece);
  t->tss.Esys_Free(piece);
  if (*got > 0 && *got <= wanted) return SZTP_OK;
  return sztp__fail(t->ctx, SZTP_ERR_RANDOM, WHERE, "the TPM gave %zu random octets instead of %zu", *got,
                    wanted);
}

int32_t sztp__tpm_random(sztp__tpm_t *t, uint8_t *out, size_t len) {
  for (size_t at = 0; at < len;) {
    size_t got = 0;
    int32_t rc = random_piece(t, out + at, len - at < 32 ? len - at : 32, &got);
    if (rc != SZTP_OK) return rc;
    at += got;
  }
  return SZTP_OK;
}

static int32_t read_nv_piece(sztp__tpm_t *t, ESYS_TR index, int by_owner, uint16_t len, uint16_t at,
                             sztp__buf_t *out) {
  TPM2B_MAX_NV_BUFFER *piece = NULL;
  TSS2_RC code;
  ASK(t, code,
      t->tss.Esys_NV_Read_Async(t->esys, by_owner ? ESYS_TR_RH_OWNER : index, index, ESYS_TR_PASSWORD,
                                ESYS_TR_NONE, ESYS_TR_NONE, len, at),
      t->tss.Esys_NV_Read_Finish(t->esys, &piece));
  int32_t rc = told(t, code, "reading an NV index");
  if (code != TSS2_RC_SUCCESS) return rc;
  if (piece->size != len)
    rc = sztp__fail(t->ctx, SZTP_ERR_CRYPTO, WHERE, "reading an NV index: %u octets instead of %u",
                    (unsigned)piece->size, (unsigned)len);
  if (rc == SZTP_OK) rc = sztp__buf_add(out, piece->buffer, piece->size);
  t->tss.Esys_Free(piece);
  return rc;
}

int32_t sztp__tpm_read_nv(sztp__tpm_t *t, uint32_t index, sztp__buf_t *out) {
  TPM2B_NV_PUBLIC *pub = NULL;
  ESYS_TR object = ESYS_TR_NONE;
  uint32_t most = 0;
  TSS2_RC code;
  int32_t rc = look_up(t, index, "NV index", &object);
  if (rc != SZTP_OK) return rc;
  ASK(t, code, t->tss.Esys_NV_ReadPublic_Async(t->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE),
      t->tss.Esys_NV_ReadPublic_Finish(t->esys, &pub, NULL));
  rc = told(t, code, "reading about an NV index");
  if (code != TSS2_RC_SUCCESS) return rc;
  if (read_property(t, TPM2_PT_NV_BUFFER_MAX, &most) != SZTP_OK || most == 0 || most > 1024) most = 512;
  size_t len = pub->nvPublic.dataSize;
  int by_owner = (pub->nvPublic.attributes & TPMA_NV_AUTHREAD) == 0;
  if (len > out->max)
    rc = sztp__fail(t->ctx, SZTP_ERR_LIMIT, WHERE, "the NV index 0x%08x has %zu octets, more than %zu",
                    (unsigned)index, len, out->max);
  for (size_t at = 0; rc == SZTP_OK && at < len; at += most)
    rc = read_nv_piece(t, object, by_owner, (uint16_t)(len - at < most ? len - at : most), (uint16_t)at, out);
  t->tss.Esys_Free(pub);
  return rc;
}
