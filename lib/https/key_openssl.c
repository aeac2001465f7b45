/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys by OpenSSL 3, in software or wherever a provider has them: read, checked against their
 * certificate, used to decrypt and to sign. What padding hides is judged by rsa_padding.c and not by OpenSSL.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/opensslv.h>
#if OPENSSL_VERSION_MAJOR < 3
#error "this OpenSSL is not supported: libsztp-https works with 3.0 and later"
#endif
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "cryptography/errors_openssl.h"
#include "cryptography/rsa_padding.h"
#include "formats/pkcs8.h"
#include "formats/plain_key.h"
#include "https/certified_key.h"
#include "https/key_providers.h"

#define RSA_MAX        1024 /* octets of a modulus: 8192 bits */
#define ECDSA_MAX      160  /* of a signature on P-521 */
#define PROPERTIES_MAX 64
#define GROUP_MAX      32
#define POINT_MAX      (1 + 2 * SZTP__SCALAR_MAX)

/* The hashes of requests, fetched once. */
static const struct {
  int64_t bits;
  size_t octets;
  const char *name;
} key_hashes[] = {{1, 20, "SHA1"}, {256, 32, "SHA2-256"}, {384, 48, "SHA2-384"}, {512, 64, "SHA2-512"}};
#define HASH_COUNT (sizeof key_hashes / sizeof key_hashes[0])

struct sztp__key_engine {
  OSSL_LIB_CTX *library; /* NULL: OpenSSL's default one */
  EVP_MD *md[HASH_COUNT];
};

struct sztp__private_key {
  OSSL_LIB_CTX *library; /* that it was read in */
  EVP_PKEY *pkey;
  char properties[PROPERTIES_MAX]; /* of what works with it */
  int read;                        /* it was read, and is not a provider's */
  int64_t matched;                 /* SZTP_ABLE_MATCHED, or 0 */
};

static EVP_PKEY_CTX *work_with(const sztp__private_key_t *key) {
  return EVP_PKEY_CTX_new_from_pkey(key->library, key->pkey, key->properties);
}

/* Ends what sztp__openssl_begin() began. */
static int32_t key_result(sztp__openssl_errors_t errors, int good) {
  sztp__openssl_look(&errors);
  if (good) return SZTP_OK;
  return errors.no_memory ? SZTP_ERR_MEMORY : SZTP_ERR_KEY;
}

/* ---- the engine ---------------------------------------------------------------------------------- */

int32_t sztp__key_engine_new(sztp__key_engine_t **out) {
  *out = calloc(1, sizeof **out);
  return *out != NULL ? SZTP_OK : SZTP_ERR_MEMORY;
}

static void forget_hashes(sztp__key_engine_t *e) {
  for (size_t i = 0; i < HASH_COUNT; i++) {
    EVP_MD_free(e->md[i]);
    e->md[i] = NULL;
  }
}

void sztp__key_engine_free(sztp__key_engine_t *e) {
  if (e == NULL) return;
  forget_hashes(e);
  free(e);
}

int32_t sztp__key_engine_set_library(sztp__key_engine_t *e, void *library) {
  forget_hashes(e);
  e->library = library;
  return SZTP_OK;
}

static EVP_MD *hash_of(sztp__key_engine_t *e, int64_t bits) {
  for (size_t i = 0; i < HASH_COUNT; i++) {
    if (key_hashes[i].bits != bits) continue;
    if (e->md[i] == NULL) e->md[i] = EVP_MD_fetch(e->library, key_hashes[i].name, NULL);
    return e->md[i];
  }
  return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* The DER in the first block of PEM that is a private key, not encrypted; NULL if there is none. */
static uint8_t *pem_contents(const uint8_t *text, size_t len, size_t *out_len) {
  static const char *const labels[] = {PEM_STRING_PKCS8INF, PEM_STRING_RSA, PEM_STRING_ECPRIVATEKEY};
  BIO *bio = BIO_new_mem_buf(text, (int)len);
  char *name = NULL;
  char *head = NULL;
  unsigned char *data = NULL;
  long data_len = 0;
  uint8_t *found = NULL;
  while (bio != NULL && found == NULL && PEM_read_bio(bio, &name, &head, &data, &data_len) == 1) {
    int wanted = 0;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) wanted |= strcmp(name, labels[i]) == 0;
    if (wanted && head[0] == '\0') {
      found = data;
      *out_len = (size_t)data_len;
    } else {
      OPENSSL_clear_free(data, (size_t)data_len);
    }
    OPENSSL_free(name);
    OPENSSL_free(head);
  }
  BIO_free(bio);
  return found;
}

/* Only kinds that are worked with. */
static int is_supported(const EVP_PKEY *pkey) {
  return EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "EC");
}

/* Takes what was read over: *out, or an error. */
static int32_t keep_key(sztp__key_engine_t *e, sztp__openssl_errors_t errors, EVP_PKEY *pkey,
                        sztp__private_key_t **out) {
  int32_t rc = key_result(errors, pkey != NULL && is_supported(pkey));
  sztp__private_key_t *key = rc == SZTP_OK ? calloc(1, sizeof *key) : NULL;
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return rc != SZTP_OK ? rc : SZTP_ERR_MEMORY;
  }
  key->library = e->library;
  key->pkey = pkey;
  *out = key;
  return SZTP_OK;
}

/* What begins with a dash is PEM, whatever text stands before it. */
static int is_pem(const uint8_t *data, size_t len) {
  static const char dashes[] = "-----BEGIN";
  for (size_t i = 0; i + sizeof dashes - 1 <= len; i++)
    if (memcmp(data + i, dashes, sizeof dashes - 1) == 0) return 1;
  return 0;
}

/* OpenSSL's decoders look at everything that any key could be; an EC key with both its halves needs none of
 * them. NULL: it is none, or has only one. */
static EVP_PKEY *take_ec(sztp__key_engine_t *e, sztp__span_t der) {
  sztp__plain_key_t plain;
  uint8_t number[SZTP__SCALAR_MAX];
  char group[GROUP_MAX];
  EVP_PKEY *pkey = NULL;
  if (sztp__plain_key_read(der, &plain) != SZTP_OK || plain.curve_bits == 0 || plain.point.len == 0)
    return NULL;
  size_t field = sztp__plain_key_field(plain.curve_bits);
  BIGNUM *secret = BN_bin2bn(plain.octets.data, (int)plain.octets.len, NULL);
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(e->library, "EC", NULL);
  (void)snprintf(group, sizeof group, "P-%u", (unsigned)plain.curve_bits);
  if (secret != NULL && c != NULL && BN_bn2nativepad(secret, number, (int)field) == (int)field &&
      EVP_PKEY_fromdata_init(c) == 1) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                               OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, field),
                               OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                                 (void *)(uintptr_t)plain.point.data,
                                                                 plain.point.len),
                               OSSL_PARAM_construct_end()};
    (void)EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_KEYPAIR, parameters); /* NULL where it fails */
  }
  OPENSSL_cleanse(number, sizeof number);
  BN_clear_free(secret);
  EVP_PKEY_CTX_free(c);
  return pkey;
}

int32_t sztp__private_key_read(sztp__key_engine_t *e, const uint8_t *data, size_t len,
                               sztp__private_key_t **out) {
  EVP_PKEY *pkey = NULL;
  size_t der_len = len;
  if (len > INT_MAX) return SZTP_ERR_KEY;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  uint8_t *der = is_pem(data, len) ? pem_contents(data, len, &der_len) : OPENSSL_memdup(data, len);
  if (der != NULL) {
    const unsigned char *at = der;
    size_t plain = sztp__pkcs8_plain(der, der_len); /* OpenSSL reads the oldest form of PKCS #8 alone */
    pkey = take_ec(e, sztp__span(der, plain));
    if (pkey == NULL) pkey = d2i_AutoPrivateKey_ex(NULL, &at, (long)plain, e->library, NULL);
    OPENSSL_clear_free(der, der_len);
  }
  int32_t rc = keep_key(e, errors, pkey, out);
  if (rc == SZTP_OK) (*out)->read = 1;
  return rc;
}

/* The provider that has the key works with it: another one, which may be asked first, would get the public
 * half alone. */
static void stay_with_provider(sztp__private_key_t *key) {
  const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key->pkey);
  const char *name = provider != NULL ? OSSL_PROVIDER_get0_name(provider) : NULL;
  if (name != NULL && strlen(name) + sizeof "?provider=" <= sizeof key->properties)
    (void)snprintf(key->properties, sizeof key->properties, "?provider=%s", name);
}

/* Who should ask for a password or a PIN isn't there: it is part of the URI, or of the provider's
 * configuration. */
int32_t sztp__private_key_open(sztp__key_engine_t *e, const char *uri, sztp__private_key_t **out) {
  EVP_PKEY *pkey = NULL;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, e->library, NULL, UI_null(), NULL, NULL, NULL, NULL);
  if (store != NULL) (void)OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
  while (store != NULL && pkey == NULL && OSSL_STORE_eof(store) == 0) {
    OSSL_STORE_INFO *info = OSSL_STORE_load(store);
    if (info == NULL && OSSL_STORE_error(store) == 1) break;
    if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
      pkey = OSSL_STORE_INFO_get1_PKEY(info);
    OSSL_STORE_INFO_free(info);
  }
  (void)OSSL_STORE_close(store);
  int32_t rc = keep_key(e, errors, pkey, out);
  if (rc == SZTP_OK) stay_with_provider(*out);
  return rc;
}

void sztp__private_key_free(sztp__private_key_t *key) {
  if (key == NULL) return;
  EVP_PKEY_free(key->pkey); /* wipes it */
  free(key);
}

/* The same point, octet by octet. OpenSSL reads certificates by decoders, too. */
static int is_certified_point(const sztp__private_key_t *key, sztp__span_t certificate) {
  uint8_t point[POINT_MAX];
  size_t len = 0;
  uint32_t curve_bits = 0;
  sztp__span_t certified;
  return EVP_PKEY_is_a(key->pkey, "EC") &&
         sztp__certified_key(certificate, &curve_bits, &certified) == SZTP_OK &&
         (int)curve_bits == EVP_PKEY_get_bits(key->pkey) &&
         EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) ==
             1 &&
         sztp__span_equal(certified, sztp__span(point, len));
}

/* By OpenSSL's own eyes. */
static int is_certified(const sztp__private_key_t *key, sztp__span_t certificate) {
  const unsigned char *at = certificate.data;
  X509 *x = X509_new_ex(key->library, NULL);
  X509 *read = x != NULL ? d2i_X509(&x, &at, (long)certificate.len) : NULL;
  const EVP_PKEY *pub = read != NULL ? X509_get0_pubkey(read) : NULL;
  int same = pub != NULL && EVP_PKEY_eq(pub, key->pkey) == 1;
  X509_free(x); /* NULL if it could not be read */
  return same;
}

/* 1 if the number gives the point. For keys of OpenSSL's own provider: its check of a pair judges the point
 * anew as well, which takes six times as long. */
static int gives_point(const sztp__private_key_t *key, const BIGNUM *number) {
  char name[GROUP_MAX];
  uint8_t octets[POINT_MAX];
  size_t len = 0;
  if (EVP_PKEY_get_group_name(key->pkey, name, sizeof name, NULL) != 1 ||
      EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof octets, &len) != 1)
    return 0;
  EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(key->library, NULL, OBJ_txt2nid(name));
  EC_POINT *held = group != NULL ? EC_POINT_new(group) : NULL;
  EC_POINT *computed = held != NULL ? EC_POINT_new(group) : NULL;
  int same = computed != NULL && EC_POINT_oct2point(group, held, octets, len, NULL) == 1 &&
             EC_POINT_mul(group, computed, number, NULL, NULL, NULL) == 1 &&
             EC_POINT_cmp(group, held, computed, NULL) == 0;
  EC_POINT_free(computed);
  EC_POINT_free(held);
  EC_GROUP_free(group);
  return same;
}

static int is_pair(const sztp__private_key_t *key) {
  const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key->pkey);
  if (provider != NULL && strcmp(OSSL_PROVIDER_get0_name(provider), "default") == 0) {
    BIGNUM *number = NULL;
    int good =
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 && gives_point(key, number);
    BN_clear_free(number);
    return good;
  }
  EVP_PKEY_CTX *c = work_with(key);
  int good = c != NULL && EVP_PKEY_pairwise_check(c) == 1;
  EVP_PKEY_CTX_free(c);
  return good;
}

/* Computes the public half of an EC key; 0: it is another one. A provider's key is not looked into. */
static int halves_match(sztp__private_key_t *key) {
  if (!key->read || !EVP_PKEY_is_a(key->pkey, "EC")) return 1;
  int match = is_pair(key);
  key->matched = match ? SZTP_ABLE_MATCHED : 0;
  return match;
}

int32_t sztp__private_key_fits(sztp__key_engine_t *e, sztp__private_key_t *key, sztp__span_t certificate) {
  (void)e;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  int fits = is_certified_point(key, certificate) || is_certified(key, certificate);
  return key_result(errors, fits && halves_match(key));
}

/* ---- making -------------------------------------------------------------------------------------- */

#define RSA_BITS ((size_t)3072) /* D-172 */

/* The contents of an AlgorithmIdentifier begin with the key's kind; of EC the curve follows (RFC 5480). */
static EVP_PKEY *make_kind(sztp__key_engine_t *e, sztp__span_t identifier, int *known) {
  static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  static const uint8_t p256[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  static const uint8_t p384[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
  static const uint8_t p521[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
  *known = 1;
  if (sztp__span_equal(identifier, sztp__span(rsa, sizeof rsa)))
    return EVP_PKEY_Q_keygen(e->library, NULL, "RSA", RSA_BITS);
  if (sztp__span_equal(identifier, sztp__span(p256, sizeof p256)))
    return EVP_PKEY_Q_keygen(e->library, NULL, "EC", "P-256");
  if (sztp__span_equal(identifier, sztp__span(p384, sizeof p384)))
    return EVP_PKEY_Q_keygen(e->library, NULL, "EC", "P-384");
  if (sztp__span_equal(identifier, sztp__span(p521, sizeof p521)))
    return EVP_PKEY_Q_keygen(e->library, NULL, "EC", "P-521");
  *known = 0;
  return NULL;
}

static int put_pem(const EVP_PKEY *pkey, uint8_t *pem, size_t *len) {
  char *text = NULL;
  BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
  int good = bio != NULL && PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1;
  long written = good ? BIO_get_mem_data(bio, &text) : 0;
  good = written > 0 && (size_t)written <= *len;
  if (good) {
    memcpy(pem, text, (size_t)written);
    *len = (size_t)written;
  }
  BIO_free(bio);
  return good;
}

static int put_public(const EVP_PKEY *pkey, uint8_t *spki, size_t *len) {
  unsigned char *der = NULL;
  int written = i2d_PUBKEY(pkey, &der);
  int good = written > 0 && (size_t)written <= *len;
  if (good) {
    memcpy(spki, der, (size_t)written);
    *len = (size_t)written;
  }
  OPENSSL_free(der);
  return good;
}

int32_t sztp__private_key_make(sztp__key_engine_t *e, sztp__span_t identifier, uint8_t *pem, size_t *pem_len,
                               uint8_t *spki, size_t *spki_len) {
  int known;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_PKEY *pkey = make_kind(e, identifier, &known);
  int32_t rc =
      key_result(errors, pkey != NULL && put_pem(pkey, pem, pem_len) && put_public(pkey, spki, spki_len));
  EVP_PKEY_free(pkey);
  return known ? rc : SZTP_ERR_UNSUPPORTED;
}

/* ---- decryption ---------------------------------------------------------------------------------- */

/* A digest function of a sztp__rsa_padding_t. */
static int32_t digest_parts(void *user, int64_t hash, sztp__span_t first, sztp__span_t second, uint8_t *out) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_MD *md = hash_of(user, hash);
  EVP_MD_CTX *c = md != NULL ? EVP_MD_CTX_new() : NULL;
  int good = c != NULL && EVP_DigestInit_ex2(c, md, NULL) == 1 &&
             EVP_DigestUpdate(c, first.data, first.len) == 1 &&
             EVP_DigestUpdate(c, second.data, second.len) == 1 && EVP_DigestFinal_ex(c, out, NULL) == 1;
  EVP_MD_CTX_free(c);
  return key_result(errors, good);
}

/* The bare operation: what OpenSSL does about padding is another thing in each of its versions. */
static int decrypt_bare(const sztp__private_key_t *key, sztp__span_t input, uint8_t *block, size_t len) {
  size_t written = len;
  EVP_PKEY_CTX *c = work_with(key);
  int good = c != NULL && EVP_PKEY_decrypt_init(c) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1 &&
             EVP_PKEY_decrypt(c, block, &written, input.data, input.len) == 1 && written == len;
  EVP_PKEY_CTX_free(c);
  return good;
}

static int32_t decrypt_rsa(sztp__key_engine_t *e, const sztp__private_key_t *key, const sztp__key_use_t *use,
                           uint8_t *out, size_t wanted) {
  uint8_t block[RSA_MAX];
  sztp__rsa_padding_t padding = {use->operation, use->hash, use->mgf_hash, use->label, digest_parts, e};
  size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
  if (len > sizeof block || use->input.len != len || wanted > len) return SZTP_ERR_KEY;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  int32_t rc = key_result(errors, decrypt_bare(key, use->input, block, len));
  if (rc == SZTP_OK) rc = sztp__rsa_unpad(&padding, block, len, out, wanted);
  OPENSSL_cleanse(block, sizeof block);
  return rc;
}

/* A public key on the curve of @p key; NULL if @p point is none there. */
static EVP_PKEY *peer_of(const sztp__private_key_t *key, sztp__span_t point) {
  char group[GROUP_MAX];
  EVP_PKEY *peer = NULL;
  if (EVP_PKEY_get_group_name(key->pkey, group, sizeof group, NULL) != 1) return NULL;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data, point.len),
      OSSL_PARAM_construct_end()};
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(key->library, "EC", key->properties);
  if (c != NULL && EVP_PKEY_fromdata_init(c) == 1)
    (void)EVP_PKEY_fromdata(c, &peer, EVP_PKEY_PUBLIC_KEY, parameters); /* NULL where it fails */
  EVP_PKEY_CTX_free(c);
  return peer;
}

static int32_t agree(const sztp__private_key_t *key, const sztp__key_use_t *use, uint8_t *out,
                     size_t wanted) {
  size_t octets = ((size_t)EVP_PKEY_get_bits(key->pkey) + 7) / 8;
  size_t written = wanted;
  if (wanted != octets || use->input.len != 1 + 2 * octets || use->input.data[0] != 4) return SZTP_ERR_KEY;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_PKEY *peer = peer_of(key, use->input);
  EVP_PKEY_CTX *c = peer != NULL ? work_with(key) : NULL;
  int good = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
             EVP_PKEY_derive(c, out, &written) == 1 && written == wanted;
  int32_t rc = key_result(errors, good);
  EVP_PKEY_CTX_free(c);
  EVP_PKEY_free(peer);
  return rc;
}

/* ---- signing ------------------------------------------------------------------------------------- */

/* The hash that a digest is by; NULL if it is not one to sign, or not as long. */
static EVP_MD *digest_md(sztp__key_engine_t *e, const sztp__key_use_t *use) {
  for (size_t i = 1; i < HASH_COUNT; i++)
    if (use->hash == key_hashes[i].bits && use->input.len == key_hashes[i].octets)
      return hash_of(e, use->hash);
  return NULL;
}

/* ECDSA-Sig-Value as two numbers of @p octets each. */
static int put_numbers(const uint8_t *der, size_t len, uint8_t *out, size_t octets) {
  const unsigned char *at = der;
  ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)len);
  int good = s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), out, (int)octets) == (int)octets &&
             BN_bn2binpad(ECDSA_SIG_get0_s(s), out + octets, (int)octets) == (int)octets;
  ECDSA_SIG_free(s);
  return good;
}

static int sign_ecdsa(EVP_PKEY_CTX *c, const sztp__private_key_t *key, const sztp__key_use_t *use,
                      uint8_t *out, size_t wanted) {
  uint8_t der[ECDSA_MAX];
  size_t len = sizeof der;
  size_t octets = ((size_t)EVP_PKEY_get_bits(key->pkey) + 7) / 8;
  return wanted == 2 * octets && EVP_PKEY_sign(c, der, &len, use->input.data, use->input.len) == 1 &&
         put_numbers(der, len, out, octets);
}

/* PSS with MGF1 by the same hash, and salt as long as it. */
static int sign_rsa(EVP_PKEY_CTX *c, const sztp__key_use_t *use, uint8_t *out, size_t wanted) {
  int pss = use->operation == SZTP_KEY_OP_SIGN_RSA_PSS;
  size_t len = wanted;
  return EVP_PKEY_CTX_set_rsa_padding(c, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
         (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1) &&
         EVP_PKEY_sign(c, out, &len, use->input.data, use->input.len) == 1 && len == wanted;
}

static int32_t sign(sztp__key_engine_t *e, const sztp__private_key_t *key, const sztp__key_use_t *use,
                    uint8_t *out, size_t wanted) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_MD *md = digest_md(e, use);
  EVP_PKEY_CTX *c = md != NULL ? work_with(key) : NULL;
  /* of ECDSA, too: some devices want to know */
  int good = c != NULL && EVP_PKEY_sign_init(c) == 1 && EVP_PKEY_CTX_set_signature_md(c, md) == 1 &&
             (use->operation == SZTP_KEY_OP_SIGN_ECDSA ? sign_ecdsa(c, key, use, out, wanted)
                                                       : sign_rsa(c, use, out, wanted));
  EVP_PKEY_CTX_free(c);
  return key_result(errors, good);
}

/* ---- one use ------------------------------------------------------------------------------------- */

/* Not every provider has the bare operation. */
static int64_t rsa_able(const sztp__private_key_t *key) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_PKEY_CTX *c = work_with(key);
  int decrypts =
      c != NULL && EVP_PKEY_decrypt_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1;
  EVP_PKEY_CTX_free(c);
  return key_result(errors, decrypts) == SZTP_OK ? SZTP__RSA_ABLE : SZTP__RSA_ABLE & ~SZTP_ABLE_DECRYPT;
}

int32_t sztp__private_key_use(sztp__key_engine_t *e, sztp__private_key_t *key, const sztp__key_use_t *use,
                              uint8_t *out, size_t wanted) {
  int rsa = EVP_PKEY_is_a(key->pkey, "RSA");
  switch (use->operation) {
  case SZTP_KEY_OP_DECRYPT_RSA_PKCS1:
  case SZTP_KEY_OP_DECRYPT_RSA_OAEP:
    return rsa ? decrypt_rsa(e, key, use, out, wanted) : SZTP_ERR_UNSUPPORTED;
  case SZTP_KEY_OP_SIGN_RSA_PKCS1:
  case SZTP_KEY_OP_SIGN_RSA_PSS: return rsa ? sign(e, key, use, out, wanted) : SZTP_ERR_UNSUPPORTED;
  case SZTP_KEY_OP_AGREE_ECDH: return rsa ? SZTP_ERR_UNSUPPORTED : agree(key, use, out, wanted);
  case SZTP_KEY_OP_SIGN_ECDSA: return rsa ? SZTP_ERR_UNSUPPORTED : sign(e, key, use, out, wanted);
  case SZTP_KEY_OP_QUERY:
    return sztp__private_key_abilities(rsa ? rsa_able(key) : SZTP__EC_ABLE | key->matched, out, wanted);
  default: return SZTP_ERR_UNSUPPORTED;
  }
}
