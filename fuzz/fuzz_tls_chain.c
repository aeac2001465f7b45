/* SPDX-License-Identifier: Apache-2.0 */
/* A server's Certificate message, before anybody was authenticated: what is hidden from mbedTLS leaves one
 * certificate where there were several, in a message of the same length; what is judged is what was sent. */
#include "fuzz/fuzzing.h"

#include "https/tls_engine_mbedtls.h"

static uint8_t *copied(const uint8_t *data, size_t size) {
  uint8_t *p = malloc(size > 0 ? size : 1);
  CHECK(p != NULL);
  if (size > 0) memcpy(p, data, size);
  return p;
}

/* What is judged of a message; its octets in *out. */
static size_t presented(const uint8_t *message, size_t size, int tls13, uint8_t **out) {
  sztp__tls_chain_t chain = {copied(message, size), size, tls13};
  size_t len = 0;
  CHECK(sztp__tls_chain_octets(&chain, out, &len) == SZTP_OK);
  CHECK(len <= size);
  sztp__tls_chain_free(&chain);
  return len;
}

/* The first octet: 1 for TLS 1.3. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  int tls13 = data[0] & 1;
  const uint8_t *message = data + 1;
  size_t len = size - 1;
  uint8_t *hidden = copied(message, len);
  uint8_t *all = NULL;
  uint8_t *rest = NULL;
  sztp__tls_chain_hide(hidden, len, tls13);
  size_t all_len = presented(message, len, tls13, &all);
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
  free(all);
  free(rest);
  free(hidden);
  return 0;
}
