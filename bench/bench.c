/* SPDX-License-Identifier: Apache-2.0 */
/* Measures verification and the machine against the bare cryptographic library in the same process, and
 * prints each figure beside its goal. usage: bench PKI-FOLDER. Exit status 1 if a goal is missed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/software_key.h>

#include "bench/bare.h"
#include "bench/figure.h"
#include "bench/fixture.h"
#include "bench/heap.h"
#include "bench/scripted.h"

#define ROUNDS       21
#define CONFIG_LEN   2000
#define CHUNK        16384u
#define ROUND_CHUNKS 512u
#define CHUNKS       (ROUNDS * ROUND_CHUNKS) /* 168 MiB */
#define FEW_CHUNKS   4u
#define MEMORY_GOAL  32768

static int missed;

static void verdict(int met) {
  printf(": %s\n", met ? "met" : "MISSED");
  if (!met) missed = 1;
}

static void goal_of(const char *group, const char *which, const char *what, const char *unit, double value,
                    const char *goal, int met) {
  char name[128];
  (void)snprintf(name, sizeof name, "%s/%s/%s", group, which, what);
  figure_with_goal(name, unit, value, goal, met);
}

static void figure_of(const char *group, const char *which, const char *what, const char *unit,
                      double value) {
  goal_of(group, which, what, unit, value, NULL, 0);
}

static sztp_bundle_t *bundle(const fixture_t *f, sztp_ctx_t *ctx) {
  sztp_bundle_t *b = NULL;
  must(sztp_bundle_new(ctx, &b), ctx, "bundle");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_VOUCHER, f->voucher.data, f->voucher.len), ctx, "voucher");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_OWNER_CERT, f->owner_cert.data, f->owner_cert.len), ctx,
       "owner certificate");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO, f->conveyed.data, f->conveyed.len), ctx,
       "information");
  return b;
}

static void verify_once(const sztp_device_t *dev, const sztp_bundle_t *b, sztp_ctx_t *ctx) {
  sztp_verdict_t *v = NULL;
  must(sztp_verify(dev, b, FIXTURE_TIME, SZTP_CHANNEL_UNTRUSTED, &v), ctx, "verification");
  if (!sztp_verdict_trusted(v)) must(SZTP_ERR_ARG, ctx, "the artifacts are not trusted");
  sztp_verdict_free(v);
}

static size_t artifact_octets(const fixture_t *f) {
  return f->voucher.len + f->owner_cert.len + f->conveyed.len;
}

/* The device's private key, and how often it was used. */
typedef struct counted_key {
  sztp_software_key_t *keys;
  size_t operations;
} counted_key_t;

static int32_t use_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap, size_t *len) {
  counted_key_t *key = user;
  key->operations++;
  return sztp_software_key(key->keys, request, out, cap, len);
}

/* The least number of @p least public-key operations is one for each signature: the voucher and the two
 * certificates under it, the two of the owner, the information, and each CRL. Of the private key's it is
 * @p agreements, one for each encrypted artifact. */
static void time_of_verification(const fixture_t *f, const char *what, const char *name, size_t least,
                                 size_t agreements) {
  counted_key_t key = {NULL, 0};
  sztp_ctx_t *ctx = NULL;
  const uint8_t *keys[FIXTURE_KEYS];
  size_t lens[FIXTURE_KEYS];
  double ours[ROUNDS];
  double bare[ROUNDS];
  double ratios[ROUNDS];
  double ratio;
  /* Of OpenSSL a good part is how a key comes in, which is slow beside its arithmetic. */
  const char *goal = strstr(bare_name(), "OpenSSL") != NULL ? "<= 1.60"
                     : agreements > 0                       ? "<= 1.10"
                                                            : "<= 1.05";
  int64_t operations = 0;
  sztp_device_t *dev;
  sztp_bundle_t *b;
  bare_t *work;
  for (size_t i = 0; i < least; i++) {
    keys[i] = f->keys[i].data;
    lens[i] = f->keys[i].len;
  }
  must(sztp_ctx_new(NULL, &ctx), NULL, "context");
  dev = fixture_device(f, ctx, 443);
  must(sztp_software_key_new(&key.keys), ctx, "key");
  must(sztp_software_key_add(key.keys, dev, f->idevid_key.data, f->idevid_key.len), ctx, "key");
  must(sztp_device_set_key(dev, use_key, &key), ctx, "key");
  b = bundle(f, ctx);
  work = bare_new(keys, lens, least);
  if (work == NULL || bare_agree_prepare(work) != 0) must(SZTP_ERR_CRYPTO, ctx, "bare operations");
  for (size_t i = 0; i < ROUNDS; i++) { /* in turns, so that a change of the machine's pace hits both */
    double start = cpu_seconds();
    verify_once(dev, b, ctx);
    ours[i] = cpu_seconds() - start;
    start = cpu_seconds();
    if (bare_verify(work) != 0 || bare_agree(work, agreements) != 0)
      must(SZTP_ERR_CRYPTO, ctx, "bare verification");
    bare[i] = cpu_seconds() - start;
    ratios[i] = ours[i] / bare[i];
  }
  ratio = median(ratios, ROUNDS);
  must(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &operations), ctx, "usage");
  printf("verification of a full set%s (voucher, owner certificate, onboarding information of %zu octets; "
         "P-256)\n",
         what, f->conveyed.len);
  printf("  %.3f ms, the bare public-key operations %.3f ms (medians of %d, in turns); ratio %.3f, goal at "
         "most %s",
         median(ours, ROUNDS) * 1e3, median(bare, ROUNDS) * 1e3, ROUNDS, ratio, goal + 3);
  verdict(ratio <= strtod(goal + 3, NULL));
  figure_of("verification", name, "time", "ms", median(ours, ROUNDS) * 1e3);
  figure_of("verification", name, "bare", "ms", median(bare, ROUNDS) * 1e3);
  goal_of("verification", name, "ratio", "", ratio, goal, ratio <= strtod(goal + 3, NULL));
  printf("  public-key operations %.1f each, the least possible is %zu", (double)operations / ROUNDS, least);
  verdict(operations == (int64_t)(least * ROUNDS));
  goal_of("verification", name, "public-key operations", "", (double)operations / ROUNDS, "the least",
          operations == (int64_t)(least * ROUNDS));
  if (agreements > 0) {
    printf("  private-key operations %.1f each, the least possible is %zu", (double)key.operations / ROUNDS,
           agreements);
    verdict(key.operations == agreements * ROUNDS);
  }
  bare_free(work);
  sztp_bundle_free(b);
  sztp_software_key_free(key.keys);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
}

/* Prints the peak since it was last reset, less what is no work of the measured part. */
static void print_memory(const char *what, const char *name, sztp_ctx_t *ctx, uint64_t before,
                         size_t artifacts) {
  int64_t peak = 0;
  long long beyond;
  must(sztp_ctx_i64(ctx, SZTP_USAGE_PEAK, &peak), ctx, "usage");
  beyond = (long long)peak - (long long)before - (long long)artifacts;
  printf("  %s: %lld octets beyond the artifacts' %zu (%.1f KiB), goal at most %d KiB", what, beyond,
         artifacts, (double)beyond / 1024, MEMORY_GOAL / 1024);
  verdict(beyond <= MEMORY_GOAL);
  goal_of("memory", name, "core", "octets", (double)beyond, "<= 32768", beyond <= MEMORY_GOAL);
  figure_of("memory", name, "cryptographic library", "octets", (double)heap_peak());
  printf("    and the heap of %s: %.1f KiB at most\n", bare_name(), (double)heap_peak() / 1024);
}

static void memory(const fixture_t *f, const uint8_t *chunk) {
  scripted_t script = {NULL, CHUNK, FEW_CHUNKS, NULL, NULL, 0, 0};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev;
  sztp_bundle_t *b;
  int64_t before = 0;
  script.chunk = chunk;
  must(sztp_ctx_new(heap_uncounted(), &ctx), NULL, "context");
  must(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, &before), ctx, "usage");
  printf("memory of the core, everything included (context, device, bundle, session)\n");
  dev = fixture_device(f, ctx, 443);
  b = bundle(f, ctx);
  sztp_ctx_reset_peak(ctx);
  heap_reset();
  verify_once(dev, b, ctx);
  print_memory("a verification", "verification", ctx, 0, artifact_octets(f));
  sztp_bundle_free(b);
  sztp_ctx_reset_peak(ctx);
  heap_reset();
  scripted_run(f, dev, ctx, &script);
  print_memory("a whole bootstrap", "bootstrap", ctx, 0, artifact_octets(f));
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
}

/* The machine and the bare hash in turns, so that a change of the machine's pace hits both. */
typedef struct hashing {
  const uint8_t *chunk;
  double ours[ROUNDS], bare[ROUNDS], ratios[ROUNDS];
} hashing_t;

static void hash_bare(void *user, size_t round, double seconds) {
  hashing_t *h = user;
  uint8_t sha256[32];
  double start = cpu_seconds();
  if (bare_hash(h->chunk, CHUNK, ROUND_CHUNKS, sha256) != 0) must(SZTP_ERR_CRYPTO, NULL, "bare hash");
  h->ours[round] = seconds;
  h->bare[round] = cpu_seconds() - start;
  h->ratios[round] = h->bare[round] / seconds;
}

static void image(const fixture_t *f, const uint8_t *chunk) {
  static hashing_t h;
  scripted_t script = {chunk, CHUNK, CHUNKS, hash_bare, &h, ROUNDS, 0};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev;
  const double size = (double)CHUNK * (ROUND_CHUNKS) / (1024 * 1024);
  double ratio, ours, bare;
  h.chunk = chunk;
  must(sztp_ctx_new(NULL, &ctx), NULL, "context");
  dev = fixture_device(f, ctx, 443);
  scripted_run(f, dev, ctx, &script);
  ratio = median(h.ratios, ROUNDS);
  ours = size / median(h.ours, ROUNDS);
  bare = size / median(h.bare, ROUNDS);
  printf("SHA-256 of an image of %.0f MiB through the machine, in pieces of %u KiB\n", size * ROUNDS,
         CHUNK / 1024);
  printf("  %.1f MiB/s, bare %s %.1f MiB/s (medians of %d, in turns); ratio %.3f, goal at least 0.95", ours,
         bare_name(), bare, ROUNDS, ratio);
  verdict(ratio >= 0.95);
  figure("image hash/machine", "MiB/s", ours);
  figure("image hash/bare", "MiB/s", bare);
  figure_with_goal("image hash/ratio", "", ratio, ">= 0.95", ratio >= 0.95);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
}

int main(int argc, char **argv) {
  static uint8_t chunk[CHUNK];
  uint8_t sha256[32];
  fixture_t f;
  if (argc != 2) {
    fprintf(stderr, "usage: bench PKI-FOLDER\n");
    return 2;
  }
  for (size_t i = 0; i < sizeof chunk; i++) chunk[i] = (uint8_t)(i * 31 + i / 251);

  if (bare_hash(chunk, CHUNK, CHUNKS, sha256) != 0) return 1;

  fixture_make(&f, argv[1], CONFIG_LEN, sha256, FIXTURE_CRLS | FIXTURE_ENCRYPTED);
  time_of_verification(&f, " with two CRLs, each artifact encrypted", "encrypted", FIXTURE_KEYS, 3);
  fixture_free(&f);
  fixture_make(&f, argv[1], CONFIG_LEN, sha256, FIXTURE_CRLS);
  time_of_verification(&f, " with two CRLs", "CRLs", FIXTURE_KEYS, 0);
  fixture_free(&f);
  fixture_make(&f, argv[1], CONFIG_LEN, sha256, 0);
  time_of_verification(&f, "", "plain", FIXTURE_PLAIN_KEYS, 0);
  image(&f, chunk);
  fixture_free(&f);

  if (bare_hash(chunk, CHUNK, FEW_CHUNKS, sha256) != 0) return 1;
  fixture_make(&f, argv[1], CONFIG_LEN, sha256, FIXTURE_CRLS);
  memory(&f, chunk);
  fixture_free(&f);
  return missed;
}
