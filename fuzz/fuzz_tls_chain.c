/* SPDX-License-Identifier: Apache-2.0 */
/* A server's Certificate message, before anybody was authenticated: what is judged is what was sent; what is
 * hidden from mbedTLS leaves one certificate where there were several, in a message of the same length. */
#include "fuzz/fuzzing.h"

#include "https/certificate_message.h"
#if !defined(TEST_ENGINE_openssl)
#include "https/tls_engine_mbedtls.h"
#endif

/* What is judged of a message; its octets in *out. */
static size_t presented(const uint8_t *message, size_t size, int tls13, uint8_t **out) {
  size_t len = 0;
  size_t at = 0;
  sztp__span_t list;
  sztp__span_t der;
  CHECK(sztp__certificate_octets(sztp__span(message, size), tls13, out, &len) == 0);
  CHECK(len <= size);
  if (!sztp__certificate_list(sztp__span(message, size), tls13, &list))
    CHECK(len == 0);
  else
    for (; sztp__certificate_next(&list, tls13, &der); at += der.len)
      CHECK(at + der.len <= len && (der.len == 0 || memcmp(*out + at, der.data, der.len) == 0));
  CHECK(at == len);
  return len;
}

#if !defined(TEST_ENGINE_openssl)
static uint8_t *copied(const uint8_t *data, size_t size) {
  uint8_t *p = malloc(size > 0 ? size : 1);
  CHECK(p != NULL);
  if (size > 0) memcpy(p, data, size);
  return p;
}

static void hide(const uint8_t *message, size_t len, int tls13, const uint8_t *all, size_t all_len) {
  uint8_t *hidden = copied(message, len);
  uint8_t *rest = NULL;
  sztp__tls_chain_hide(hidden, len, tls13);
  size_t rest_len = presented(hidden, len, tls13, &rest);
  if (len > 0 && memcmp(hidden, message, len) != 0) {
    CHECK(memcmp(hidden, message, 4) == 0); /* type and length of the message */
    CHECK(rest_len >= all_len);             /* one entry, up to the end */
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    if (mbedtls_x509_crt_parse_der(&crt, rest, rest_len) == 0) { /* its key is the one that is judged */
      size_t at = (size_t)(crt.pk_raw.p - crt.raw.p);
      CHECK(crt.raw.len <= all_len && memcmp(all + at, crt.pk_raw.p, crt.pk_raw.len) == 0);
    }
    mbedtls_x509_crt_free(&crt);
  }
  free(rest);
  free(hidden);
}
#else /* from OpenSSL nothing is hidden */
static void hide(const uint8_t *message, size_t len, int tls13, const uint8_t *all, size_t all_len) {
  (void)message, (void)len, (void)tls13, (void)all, (void)all_len;
}
#endif

/* The first octet: 1 for TLS 1.3. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  int tls13 = data[0] & 1;
  uint8_t *all = NULL;
  size_t all_len = presented(data + 1, size - 1, tls13, &all);
  hide(data + 1, size - 1, tls13, all, all_len);
  free(all);
  return 0;
}
