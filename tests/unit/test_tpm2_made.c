/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that a TPM makes for certificate signing requests, against a software TPM: what is made, kept, used
 * and deleted, and what is left in the TPM (nothing). */
#define _POSIX_C_SOURCE 200809L
#include <sztp/tpm2.h>

#include "common/testing.h"
#include "common/tpm2_peer.h"
#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "formats/der.h"

#define NAME   "00112233445566778899aabbccddeeff"
#define ABSENT 0x81000123u

static tpm2_peer_t peer;

/* A store of one key. */
typedef struct shelf {
  char name[64];
  uint8_t pem[4096];
  size_t len;
  int broken;
} shelf_t;

typedef struct env {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_tpm2_t *tpm;
  shelf_t shelf;
} env_t;

static int32_t shelf_put(void *user, const char *name, const uint8_t *pem, size_t len) {
  shelf_t *s = user;
  if (s->broken) return SZTP_ERR_HOST;
  assert_true(len <= sizeof s->pem);
  (void)snprintf(s->name, sizeof s->name, "%s", name);
  memcpy(s->pem, pem, len);
  s->len = len;
  return SZTP_OK;
}

static int32_t shelf_get(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  shelf_t *s = user;
  if (s->broken) return SZTP_ERR_HOST;
  if (strcmp(s->name, name) != 0) return SZTP_ERR_NOT_FOUND;
  assert_true(s->len <= room);
  memcpy(pem, s->pem, s->len);
  *len = s->len;
  return SZTP_OK;
}

static int32_t shelf_remove(void *user, const char *name) {
  shelf_t *s = user;
  if (s->broken) return SZTP_ERR_HOST;
  if (strcmp(s->name, name) != 0) return SZTP_ERR_NOT_FOUND;
  memset(s, 0, sizeof *s);
  return SZTP_OK;
}

static sztp_key_store_t store_of(env_t *e) {
  return (sztp_key_store_t){sizeof(sztp_key_store_t), &e->shelf, shelf_put, shelf_get, shelf_remove};
}

static void set_store(env_t *e, uint32_t parent) {
  sztp_key_store_t store = store_of(e);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, parent, &store), SZTP_OK);
}

static void open_tpm(env_t *e) {
  assert_int_equal(sztp_tpm2_new(e->ctx, &e->tpm), SZTP_OK);
  assert_int_equal(sztp_tpm2_open(e->tpm, peer.tcti), SZTP_OK);
}

static int provision(void **state) {
  (void)state;
  tpm2_peer_make(peer.tcti, "p256", "storage", SZTP_TPM2_STORAGE_HANDLE, 0, "");
  return 0;
}

static int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  e->ctx = test_ctx_new(&e->memory);
  open_tpm(e);
  *state = e;
  return 0;
}

/* TPM-09: whatever a test did, nothing is left in the TPM */
static int tear_down(void **state) {
  env_t *e = *state;
  sztp_tpm2_free(e->tpm);
  assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
  test_ctx_free(&e->memory, e->ctx);
  free(e);
  return 0;
}

/* ---- asking -------------------------------------------------------------------------------------- */

static sztp_key_request_t about(uint32_t operation, const char *name) {
  sztp_key_request_t r;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.key_id = sztp__span_of(name);
  return r;
}

static int32_t generate(env_t *e, uint32_t kind, uint8_t out[1024], size_t *len) {
  sztp_key_request_t r = about(SZTP_KEY_OP_GENERATE, NAME);
  r.algorithm = sztp__key_kind_identifier(kind);
  return sztp_tpm2_key(e->tpm, &r, out, 1024, len);
}

static int32_t simply(env_t *e, uint32_t operation, const char *name, uint8_t *out, size_t room) {
  sztp_key_request_t r = about(operation, name);
  size_t len = 0;
  return sztp_tpm2_key(e->tpm, &r, out, room, &len);
}

static const uint8_t digest[32] = {0x5a, 1, 2, 3};

static int32_t sign(env_t *e, uint32_t operation, uint8_t *out, size_t wanted) {
  sztp_key_request_t r = about(operation, NAME);
  size_t len = 0;
  r.hash = 256;
  r.input = sztp__span(digest, sizeof digest);
  int32_t rc = sztp_tpm2_key(e->tpm, &r, out, wanted, &len);
  if (rc == SZTP_OK) assert_int_equal(len, wanted);
  return rc;
}

/* The signature as certificates have it is verified with the public key that came out. */
static void assert_signs(env_t *e, uint32_t operation, sztp__span_t spki, size_t octets) {
  static const uint32_t schemes[] = {[SZTP_KEY_OP_SIGN_ECDSA] = SZTP__SIG_ECDSA,
                                     [SZTP_KEY_OP_SIGN_RSA_PKCS1] = SZTP__SIG_RSA_PKCS1,
                                     [SZTP_KEY_OP_SIGN_RSA_PSS] = SZTP__SIG_RSA_PSS};
  uint8_t out[512];
  sztp__sigalg_t alg;
  sztp__buf_t der;
  size_t whole = 0;
  memset(&alg, 0, sizeof alg);
  alg.scheme = schemes[operation];
  alg.hash = alg.mgf_hash = SZTP__HASH_SHA256;
  alg.salt_len = sizeof digest;
  assert_int_equal(sign(e, operation, out, octets), SZTP_OK);
  sztp__buf_init(&der, e->ctx, 1024);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) {
    sztp__der_open(&der, SZTP__DER_SEQUENCE, &whole);
    sztp__der_put_unsigned(&der, sztp__span(out, octets / 2));
    sztp__der_put_unsigned(&der, sztp__span(out + octets / 2, octets / 2));
    sztp__der_close(&der, whole);
  } else
    sztp__buf_add(&der, out, octets);
  assert_int_equal(
      sztp__verify_digest(e->ctx, spki, &alg, sztp__span(digest, sizeof digest), sztp__buf_span(&der)),
      SZTP_OK);
  sztp__buf_clear(&der);
}

/* ---- what is made -------------------------------------------------------------------------------- */

/* CSR-12, CSR-33: each kind that the TPM has, and it is still there after the program ended */
static void makes_every_kind(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t kind;
    size_t octets;
  } rows[] = {{SZTP_ALGORITHM_P256, 64},
              {SZTP_ALGORITHM_P384, 96},
              {SZTP_ALGORITHM_P521, 132},
              {SZTP_ALGORITHM_RSA, 384}};
  uint32_t kinds = 0;
  assert_int_equal(sztp_tpm2_algorithms(e->tpm, &kinds), SZTP_OK);
  assert_true((kinds & SZTP_ALGORITHM_P256) != 0 && (kinds & SZTP_ALGORITHM_RSA) != 0);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[1024], able[8];
    size_t len = 0;
    sztp__keyinfo_t key;
    set_store(e, SZTP_TPM2_STORAGE_HANDLE);
    if ((kinds & rows[i].kind) == 0) {
      assert_int_equal(generate(e, rows[i].kind, out, &len), SZTP_ERR_UNSUPPORTED);
      continue;
    }
    assert_int_equal(generate(e, rows[i].kind, out, &len), SZTP_OK);
    assert_int_equal(sztp__key_info(e->ctx, sztp__span(out, len), &key), SZTP_OK);
    assert_int_equal(sztp__key_kind_of(&key), rows[i].kind);
    assert_string_equal(e->shelf.name, NAME);
    assert_memory_equal(e->shelf.pem, "-----BEGIN TSS2 PRIVATE KEY-----\n", 33);
    sztp_tpm2_free(e->tpm);
    open_tpm(e);
    set_store(e, SZTP_TPM2_STORAGE_HANDLE);
    assert_int_equal(simply(e, SZTP_KEY_OP_QUERY, NAME, able, sizeof able), SZTP_OK);
    if (rows[i].kind == SZTP_ALGORITHM_RSA) {
      assert_signs(e, SZTP_KEY_OP_SIGN_RSA_PKCS1, sztp__span(out, len), rows[i].octets);
      assert_signs(e, SZTP_KEY_OP_SIGN_RSA_PSS, sztp__span(out, len), rows[i].octets);
    } else
      assert_signs(e, SZTP_KEY_OP_SIGN_ECDSA, sztp__span(out, len), rows[i].octets);
    assert_int_equal(simply(e, SZTP_KEY_OP_DELETE, NAME, able, sizeof able), SZTP_OK);
    assert_int_equal(e->shelf.len, 0);
  }
}

/* A TPM without a persistent storage key: under the owner's primary key */
static void makes_under_the_owner(void **state) {
  env_t *e = *state;
  uint8_t out[1024];
  size_t len = 0;
  set_store(e, 0x40000001);
  assert_int_equal(generate(e, SZTP_ALGORITHM_P256, out, &len), SZTP_OK);
  assert_signs(e, SZTP_KEY_OP_SIGN_ECDSA, sztp__span(out, len), 64);
}

/* ---- what is not --------------------------------------------------------------------------------- */

static void refuses(void **state) {
  env_t *e = *state;
  uint8_t out[1024];
  uint32_t kinds = 0;
  size_t len = 0;
  sztp_key_store_t store = store_of(e);
  assert_int_equal(generate(e, SZTP_ALGORITHM_P256, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(simply(e, SZTP_KEY_OP_DELETE, NAME, out, 8), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(sztp_tpm2_algorithms(NULL, &kinds), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_algorithms(e->tpm, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_store(NULL, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, 0x40000007, &store), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, 0, &store), SZTP_ERR_ARG);
  store.get = NULL;
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_ERR_ARG);
  store.struct_size++;
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_ERR_ABI);
  set_store(e, ABSENT);
  assert_int_equal(generate(e, SZTP_ALGORITHM_P256, out, &len), SZTP_ERR_NOT_FOUND);
  set_store(e, SZTP_TPM2_STORAGE_HANDLE);
  assert_int_equal(generate(e, 0, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(simply(e, SZTP_KEY_OP_QUERY, NAME, out, 8), SZTP_ERR_NOT_FOUND);
  assert_int_equal(simply(e, SZTP_KEY_OP_DELETE, NAME, out, 8), SZTP_ERR_NOT_FOUND);
  assert_int_equal(simply(e, SZTP_KEY_OP_DELETE, "../../etc/passwd", out, 8), SZTP_ERR_NOT_FOUND);
  assert_int_equal(simply(e, SZTP_KEY_OP_ATTEST, NAME, out, 8), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, NULL), SZTP_OK);
  assert_int_equal(simply(e, SZTP_KEY_OP_QUERY, NAME, out, 8), SZTP_ERR_UNSUPPORTED);
}

/* A store that fails, and what is no key of this TPM */
static void survives_a_broken_store(void **state) {
  env_t *e = *state;
  uint8_t out[1024];
  size_t len = 0;
  set_store(e, SZTP_TPM2_STORAGE_HANDLE);
  e->shelf.broken = 1;
  assert_int_equal(generate(e, SZTP_ALGORITHM_P256, out, &len), SZTP_ERR_KEY);
  assert_int_equal(simply(e, SZTP_KEY_OP_QUERY, NAME, out, 8), SZTP_ERR_KEY);
  e->shelf.broken = 0;
  assert_int_equal(generate(e, SZTP_ALGORITHM_P256, out, &len), SZTP_OK);
  e->shelf.pem[100]++;
  assert_true(simply(e, SZTP_KEY_OP_QUERY, NAME, out, 8) < 0);
  e->shelf.len = 10;
  assert_int_equal(simply(e, SZTP_KEY_OP_QUERY, NAME, out, 8), SZTP_ERR_TEXT);
}

/* Wherever memory ends, nothing is left in the TPM, and the next one works */
static void survives_without_memory(void **state) {
  env_t *e = *state;
  uint8_t out[1024];
  size_t len = 0;
  set_store(e, SZTP_TPM2_STORAGE_HANDLE);
  for (size_t n = 1;; n++) {
    e->memory.fail_at = e->memory.calls + n;
    int32_t rc = generate(e, SZTP_ALGORITHM_P256, out, &len);
    if (rc == SZTP_OK) rc = sign(e, SZTP_KEY_OP_SIGN_ECDSA, out, 64);
    int met = e->memory.calls >= e->memory.fail_at;
    e->memory.fail_at = 0;
    assert_int_equal(rc, met ? SZTP_ERR_MEMORY : SZTP_OK);
    if (!met) break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(makes_every_kind, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_under_the_owner, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
      cmocka_unit_test_setup_teardown(survives_a_broken_store, set_up, tear_down),
      cmocka_unit_test_setup_teardown(survives_without_memory, set_up, tear_down),
  };
  (void)setenv("TSS2_LOG", "all+none", 0);
  if (!tpm2_peer_start(&peer)) {
    (void)printf("skipped: swtpm is not installed\n");
    return 77;
  }
  int failed = cmocka_run_group_tests(tests, provision, NULL);
  tpm2_peer_stop(&peer);
  return failed;
}
