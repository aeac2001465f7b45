/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a set of artifacts with the real cryptography and prints what that answered, a line each: the tables
 * of seam.c. Then what became of it. usage: record UNIX-TIME IDENTITY ANCHOR VOUCHER OWNER-CERT CONVEYED
 * ("-": there is none) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptography/crypto.h"
#include "judged.h"

int32_t __real_sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out);
int32_t __wrap_sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out);
int32_t __real_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len);
int32_t __wrap_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len);
int32_t __real_sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len);
int32_t __wrap_sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len);
int32_t __real_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);
int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);

#define RUNNING 8
static struct {
  const sztp__hash_t *hash;
  uint64_t sum;
} running[RUNNING];

static uint64_t *sum_of(const sztp__hash_t *h) {
  for (unsigned i = 0; i < RUNNING; i++)
    if (running[i].hash == h) return &running[i].sum;
  fprintf(stderr, "record: too many hashes at once\n");
  exit(2);
}

int32_t __wrap_sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out) {
  int32_t rc = __real_sztp__hash_new(ctx, hash, out);
  uint8_t which = (uint8_t)hash;
  if (rc != 0) return rc;
  for (unsigned i = 0; i < RUNNING; i++)
    if (running[i].hash == *out) running[i].hash = NULL; /* one was freed unfinished */
  uint64_t *sum = sum_of(NULL);
  *sum = judged_sum(JUDGED_START, &which, 1);
  for (unsigned i = 0; i < RUNNING; i++)
    if (&running[i].sum == sum) running[i].hash = *out;
  return rc;
}

int32_t __wrap_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  uint64_t *sum = sum_of(h);
  *sum = judged_sum(*sum, (const uint8_t *)data, len);
  return __real_sztp__hash_update(h, data, len);
}

int32_t __wrap_sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len) {
  int32_t rc = __real_sztp__hash_finish(h, out, len);
  printf("hash %016llx ", (unsigned long long)*sum_of(h));
  for (size_t i = 0; i < *len; i++) printf("%02x", out[i]);
  printf("\n");
  for (unsigned i = 0; i < RUNNING; i++)
    if (running[i].hash == h) running[i].hash = NULL;
  return rc;
}

int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  int32_t rc = __real_sztp__library_verify(ctx, spki, key, alg, digest, signature);
  uint64_t sum = judged_sum(JUDGED_START, spki.data, spki.len);
  sum = judged_sum(judged_sum(sum, digest.data, digest.len), signature.data, signature.len);
  if (rc == 0) printf("good %016llx\n", (unsigned long long)sum);
  return rc;
}

int main(int argc, char **argv) {
  static uint8_t files[FILES][16384];
  judged_t j = {0, {0}, {0}};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  if (argc != 2 + FILES) return 2;
  j.unix_time = strtoll(argv[1], NULL, 10);
  for (unsigned i = 0; i < FILES; i++) {
    FILE *f = strcmp(argv[2 + i], "-") == 0 ? NULL : fopen(argv[2 + i], "rb");
    if (f == NULL) continue;
    j.files[i] = files[i];
    j.sizes[i] = (uint32_t)fread(files[i], 1, sizeof files[i], f);
    (void)fclose(f);
  }
  if (sztp_ctx_new(NULL, &ctx) != 0 || judged_prepare(&j, ctx, &dev, &b) != 0) return 2;
  int32_t rc = sztp_verify(dev, b, j.unix_time, SZTP_CHANNEL_UNTRUSTED, &v);
  printf("result %d %s\n", (int)rc, rc == 0 ? "accepted" : sztp_error_label(rc));
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return 0;
}
