/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3.0 and 3.1 look through all decoders, of all kinds of keys in all forms, for each certificate that
 * a client shows: a fifth of what a connection costs. (3.2 remembers what it found.) Here they get a context
 * whose one provider is the default one with less to look through: public keys as certificates have them.
 *
 * Where another provider is loaded, or FIPS is asked for, the default context stays, as it was set up. */
#include "library_openssl.h"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ALGORITHMS = 64, OPERATIONS = OSSL_OP_DECODER + 1 };

static OSSL_PROVIDER *whole; /* the default provider, of the default context */

/* ---- less of it ---------------------------------------------------------------------------------- */

/* What nothing needs of TLS 1.2 and 1.3, as the server offers them, and of the certificates in them. */
static int is_in_use(const OSSL_ALGORITHM *a) {
  static const char others[] = " DH DHX DSA SM2 X448 SCRYPT SIPHASH POLY1305 CMAC GMAC KMAC-128 KMAC-256 "
                               "BLAKE2BMAC BLAKE2SMAC BLAKE2B-512 "
                               "BLAKE2S-256 SM3 RIPEMD-160 KECCAK-KMAC-128 KECCAK-KMAC-256 SSKDF PBKDF2 "
                               "PKCS12KDF SSHKDF X963KDF KBKDF "
                               "X942KDF-ASN1 KRB5KDF ";
  char name[64];
  (void)snprintf(name, sizeof name, " %.*s ", (int)strcspn(a->algorithm_names, ":"), a->algorithm_names);
  return strstr(others, name) == NULL;
}

static int is_decoder_of_certificates(const OSSL_ALGORITHM *a) {
  return is_in_use(a) && strncmp(a->algorithm_names, "X25519", 6) != 0 &&
         strstr(a->property_definition, "structure=SubjectPublicKeyInfo") != NULL;
}

/* Of TLS, and of the generator of random numbers. All that were ever fetched are walked through for a key. */
static int is_cipher_of_tls(const OSSL_ALGORITHM *a) {
  static const char *const modes[] = {"-GCM", "-CCM", "-CBC", "-CTR", "-ECB"};
  if (strncmp(a->algorithm_names, "ChaCha20-Poly1305", 17) == 0) return 1;
  if (strncmp(a->algorithm_names, "AES-", 4) != 0) return 0;
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    const char *mode = strstr(a->algorithm_names, modes[i]);
    if (mode != NULL && (mode[4] == '\0' || mode[4] == ':')) return 1;
  }
  return 0;
}

static const OSSL_ALGORITHM *pick(const OSSL_ALGORITHM *from, int (*is_wanted)(const OSSL_ALGORITHM *),
                                  OSSL_ALGORITHM out[MAX_ALGORITHMS]) {
  size_t count = 0;
  for (; from != NULL && from->algorithm_names != NULL; from++)
    if (count + 1 < MAX_ALGORITHMS && is_wanted(from)) out[count++] = *from;
  memset(&out[count], 0, sizeof out[count]);
  return out;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_store) {
  static OSSL_ALGORITHM picked[OPERATIONS][MAX_ALGORITHMS];
  const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole, operation, no_store);
  (void)context;
  if (operation < 0 || operation >= OPERATIONS || operation == OSSL_OP_ENCODER) return all;
  return pick(all,
              operation == OSSL_OP_DECODER  ? is_decoder_of_certificates
              : operation == OSSL_OP_CIPHER ? is_cipher_of_tls
                                            : is_in_use,
              picked[operation]);
}

static int tell_capabilities(void *context, const char *which, OSSL_CALLBACK *tell, void *user) {
  (void)context;
  return OSSL_PROVIDER_get_capabilities(whole, which, tell, user);
}

static int provide(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                   void **context) {
  static const OSSL_DISPATCH functions[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))tell_capabilities},
      {0, NULL}};
  (void)core, (void)in;
  *out = functions;
  *context = OSSL_PROVIDER_get0_provider_ctx(whole); /* its algorithms are called with it */
  return 1;
}

/* ---- whether it is worth it ---------------------------------------------------------------------- */

static int count_one(OSSL_PROVIDER *provider, void *user) {
  unsigned *others = user;
  if (strcmp(OSSL_PROVIDER_get0_name(provider), "default") != 0) ++*others;
  return 1;
}

static int is_plain(void) {
  unsigned others = 0;
  return OPENSSL_init_ssl(0, NULL) && OSSL_PROVIDER_do_all(NULL, count_one, &others) && others == 0 &&
         !EVP_default_properties_is_fips_enabled(NULL);
}

OSSL_LIB_CTX *library_new(void) {
  if (OPENSSL_version_major() > 3 || OPENSSL_version_minor() > 1 || !is_plain()) return NULL;
  whole = OSSL_PROVIDER_load(NULL, "default");
  OSSL_LIB_CTX *library = whole != NULL ? OSSL_LIB_CTX_new() : NULL;
  if (library != NULL && OSSL_PROVIDER_add_builtin(library, "sztp-server", provide) &&
      OSSL_PROVIDER_load(library, "sztp-server") != NULL)
    return library;
  OSSL_LIB_CTX_free(library);
  return NULL;
}
