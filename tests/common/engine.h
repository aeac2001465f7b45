/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine that the library was built with has not, so that tests expect the refusal: docs/engines.md
 * says why. */
#ifndef TESTS_COMMON_ENGINE_H
#define TESTS_COMMON_ENGINE_H

enum {
#if defined(TEST_ENGINE_openssl)
  ENGINE_PROVIDERS = 1, /* library contexts, and providers that have keys */
#else
  ENGINE_PROVIDERS = 0,
#endif
#if defined(TEST_ENGINE_psa)
  ENGINE_ANY_RSA_SIZE = 0,      /* RSA keys of more than 4096 bits, or that are not whole octets */
  ENGINE_ANY_PSS_SALT = 0,      /* RSASSA-PSS with a salt that is not as long as the digest */
  ENGINE_TWO_OAEP_HASHES = 0,   /* RSAES-OAEP with MGF1 by another hash than the label's */
  ENGINE_PADS_BY_CONTEXT = 0,   /* the random octets of RSA padding come from the context */
  ENGINE_RANDOM_IN_CONTEXT = 0, /* the generator of a context without one has its memory */
#elif defined(TEST_ENGINE_openssl)
  ENGINE_ANY_RSA_SIZE = 1,
  ENGINE_ANY_PSS_SALT = 1,
  ENGINE_TWO_OAEP_HASHES = 1,
  ENGINE_PADS_BY_CONTEXT = 0, /* nor do those of keys and signatures */
  ENGINE_RANDOM_IN_CONTEXT = 0,
#else
  ENGINE_ANY_RSA_SIZE = 1,
  ENGINE_ANY_PSS_SALT = 1,
  ENGINE_TWO_OAEP_HASHES = 1,
  ENGINE_PADS_BY_CONTEXT = 1,
  ENGINE_RANDOM_IN_CONTEXT = 1,
#endif
};

#endif
