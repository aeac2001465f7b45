/* SPDX-License-Identifier: Apache-2.0 */
/* What artifacts of strangers can be made to cost (D-97): the shapes that are known to multiply, each as
 * large as it may be, and a search for worse among random mixtures of them. Prints for the worst of each
 * shape its size, its public-key operations, and the time of all else beside the goal: 5 ms and 100 ms for
 * each MiB. usage: search SEEDS; environment: PKI */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "machine/artifact_set.h"

#include "common/crafted.h"
#include "cryptography/cms.h"
#include "formats/cbor.h"

#define GOAL_MS     5.0
#define GOAL_PER_MB 100.0

static uint64_t seed;

static unsigned roll(unsigned sides) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(seed >> 33) % sides;
}

/* --- parts --- */

static sztp__span_t many(size_t count, sztp__span_t (*make)(size_t n, unsigned with), unsigned with) {
  sztp__buf_t b;
  sztp__buf_init(&b, crafted_ctx(), 1 << 22);
  for (size_t n = 0; n < count; n++) sztp__buf_add_span(&b, make(n, with));
  sztp__span_t all = crafted_joined(sztp__buf_span(&b), (sztp__span_t){NULL, 0});
  sztp__buf_clear(&b);
  return all;
}

static sztp__span_t policy(size_t n, unsigned with) {
  uint8_t oid[] = {0x30, 6, 6, 4, 0x2a, 3, (uint8_t)(with & 0x7f), (uint8_t)(n & 0x7f)};
  return crafted_joined(sztp__span(oid, sizeof oid), (sztp__span_t){NULL, 0});
}

static sztp__span_t mapping(size_t n, unsigned with) {
  uint8_t pair[] = {0x30,
                    12,
                    6,
                    4,
                    0x2a,
                    3,
                    (uint8_t)(with & 0x7f),
                    (uint8_t)(n & 0x7f),
                    6,
                    4,
                    0x2a,
                    3,
                    (uint8_t)((with + 1) & 0x7f),
                    (uint8_t)(n & 0x7f)};
  return crafted_joined(sztp__span(pair, sizeof pair), (sztp__span_t){NULL, 0});
}

/* An RDN of eight attributes that differ in their last octets alone, in capitals and backwards if @p with is
 * 1: equal to its other form, which is found out by comparing each with each. */
static sztp__span_t rdn(size_t n, unsigned with) {
  sztp__buf_t b;
  sztp__buf_init(&b, crafted_ctx(), 1 << 16);
  (void)n;
  for (unsigned i = 0; i < 8; i++) {
    char value[121];
    memset(value, with ? 'A' : 'a', sizeof value - 1);
    value[119] = (char)('0' + (with ? 7 - i : i));
    value[120] = '\0';
    uint8_t oid[] = {6, 3, 0x55, 4, 3};
    sztp__buf_add_span(&b, crafted_tlv(0x30, crafted_joined(sztp__span(oid, sizeof oid),
                                                            crafted_tlv(0x13, sztp__span_of(value)))));
  }
  sztp__span_t set = crafted_tlv(0x31, sztp__buf_span(&b));
  sztp__buf_clear(&b);
  return set;
}

static sztp__span_t long_name(unsigned rdns, unsigned capitals) {
  return crafted_tlv(0x30, many(rdns, rdn, capitals));
}

static sztp__span_t directory_names(size_t n, unsigned with) {
  (void)n;
  return crafted_tlv(0xa4, long_name(with, 1));
}

static sztp__span_t subtrees(size_t n, unsigned with) {
  return crafted_tlv(0x30,
                     crafted_tlv(0xa4, crafted_joined(long_name(with, 0), (sztp__span_t){NULL, 0 * n})));
}

static sztp__span_t entry_extension(size_t n, unsigned with) {
  uint8_t extension[] = {0x30, 8, 6, 4, 0x2a, 3, (uint8_t)with, (uint8_t)(n & 0x7f), 4, 0};
  return crafted_joined(sztp__span(extension, sizeof extension), (sztp__span_t){NULL, 0});
}

static sztp__span_t crl_entry(size_t n, unsigned with) {
  static sztp__span_t extensions;
  if (n == 0) extensions = with > 0 ? many(with, entry_extension, 1) : (sztp__span_t){NULL, 0};
  return crafted_entry(crafted_hex("05"), extensions);
}

/* --- artifacts --- */

typedef struct mix {
  unsigned vouched;  /* CAs that the anchor has issued, with one name */
  unsigned forged;   /* beside and below them, by nobody */
  unsigned policies; /* in each */
  unsigned rdns;     /* of names that are equal only once they are folded */
  unsigned trees;    /* subtrees of names of so many RDNs, which the leaf's are compared with */
  unsigned names;    /* of the leaf */
  unsigned signers;
  unsigned entries; /* of a CRL, with so many extensions each */
  unsigned entry_extensions;
} mix_t;

static sztp__span_t extensions_of(const mix_t *m, unsigned n) {
  sztp__span_t all = crafted_ca();
  if (m->policies > 0) {
    all = crafted_joined(
        all, crafted_extension(32, 0,
                               crafted_tlv(0x30, crafted_joined(many(m->policies, policy, n),
                                                                crafted_hex("30 06 06 04 55 1d 20 00")))));
    all = crafted_joined(all, crafted_extension(33, 0, crafted_tlv(0x30, many(m->policies, mapping, n))));
  }
  if (m->trees > 0)
    all = crafted_joined(
        all, crafted_extension(
                 30, 1,
                 crafted_tlv(0x30, crafted_tlv(0xa1, many(m->trees, subtrees, m->rdns > 0 ? m->rdns : 1)))));
  return all;
}

static sztp__blob_t voucher_of(const mix_t *m) {
  sztp__span_t root = crafted_subject_of("mfr-root");
  sztp__span_t name = m->rdns > 0 ? long_name(m->rdns, 0) : crafted_name(3, 0x0c, "CA");
  sztp__span_t folded = m->rdns > 0 ? long_name(m->rdns, 1) : name;
  sztp__span_t certs = {NULL, 0};
  sztp__span_t crl = {NULL, 0};
  for (unsigned i = 0; i < m->vouched + m->forged; i++) {
    int vouched = i < m->vouched;
    crafted_t c = {name,
                   vouched || i % 2 == 0 ? root : folded,
                   "other",
                   vouched ? "mfr-root" : "other",
                   {NULL, 0},
                   1000 + i,
                   extensions_of(m, i)};
    certs = crafted_joined(certs, crafted_cert(&c));
  }
  sztp__span_t leaf_extensions = crafted_extension(36, 1, crafted_hex("30 03 80 01 00"));
  if (m->names > 0)
    leaf_extensions = crafted_joined(
        leaf_extensions,
        crafted_extension(17, 0,
                          crafted_tlv(0x30, many(m->names, directory_names, m->rdns > 0 ? m->rdns : 1))));
  crafted_t leaf = {crafted_name(3, 0x0c, "Leaf"), folded, "other", "other", {NULL, 0}, 7, leaf_extensions};
  if (m->vouched + m->forged == 0) leaf.issuer = root;
  sztp__span_t cert = crafted_cert(&leaf);
  if (m->entries > 0) {
    crl =
        crafted_crl(root, "other", many(m->entries, crl_entry, m->entry_extensions), (sztp__span_t){NULL, 0});
  }
  return crafted_signed(SZTP__CMS_VOUCHER_JSON, artifact_voucher_document(NULL, NULL),
                        crafted_joined(cert, certs), crl, "other", cert, m->signers);
}

/* --- measuring --- */

static double cpu_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What the cryptographic library takes for itself. */
static double library_ms;

int32_t __real_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);
int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);
int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  double start = cpu_ms();
  int32_t rc = __real_sztp__library_verify(ctx, spki, key, alg, digest, signature);
  library_ms += cpu_ms() - start;
  return rc;
}

/* Labels that differ at their ends alone: those of both headers are compared each with each. */
static void put_labels(sztp__buf_t *out, unsigned count, size_t octets, char kind) {
  char label[2000];
  memset(label, kind, sizeof label);
  for (unsigned n = 0; n < count; n++) {
    label[octets - 1] = (char)(' ' + n);
    sztp__cbor_put_text(out, sztp__span(label, octets));
    sztp__cbor_put_uint(out, 0);
  }
}

/* A COSE_Sign1 that nobody signed, with @p labels of @p octets in each header and its content in @p chunks.
 */
static sztp__blob_t cose_of(unsigned labels, size_t octets, unsigned chunks) {
  static const uint8_t signature[64] = {1};
  sztp__buf_t header;
  sztp__buf_t b;
  sztp__buf_init(&header, crafted_ctx(), 1 << 20);
  sztp__buf_init(&b, crafted_ctx(), 1 << 20);
  sztp__cbor_put_map(&header, 1 + labels);
  sztp__buf_add(&header, "\x01\x26", 2); /* ES256 */
  put_labels(&header, labels, octets, 'a');
  sztp__cbor_put_array(&b, 4);
  sztp__cbor_put_bytes(&b, sztp__buf_span(&header));
  sztp__cbor_put_map(&b, labels);
  put_labels(&b, labels, octets, 'b');
  sztp__buf_add(&b, "\x5f", 1);
  for (unsigned n = 0; n < chunks; n++) sztp__buf_add(&b, "\x41x", 2);
  sztp__buf_add(&b, "\xff", 1);
  sztp__cbor_put_bytes(&b, sztp__span(signature, sizeof signature));
  sztp__span_t all = crafted_joined(sztp__buf_span(&b), sztp__span(NULL, 0));
  sztp__buf_clear(&header);
  sztp__buf_clear(&b);
  return (sztp__blob_t){(uint8_t *)(uintptr_t)all.data, all.len};
}

typedef struct result {
  size_t octets;
  unsigned operations;
  double other_ms; /* the least of three */
  double share;    /* of the goal */
  int32_t rc;
} result_t;

static result_t cost_of(artifact_set_t *s, sztp__blob_t voucher) {
  result_t r = {voucher.len, 0, 1e9, 0, 0};
  s->ov = voucher;
  for (int i = 0; i < 3; i++) {
    sztp_verdict_t *v = NULL;
    uint64_t before = test_operations(s->mock->ctx);
    double start = cpu_ms();
    library_ms = 0;
    r.rc = artifact_set_verify(s, &v);
    double ms = cpu_ms() - start - library_ms;
    r.operations = (unsigned)(test_operations(s->mock->ctx) - before);
    if (ms < r.other_ms) r.other_ms = ms;
    sztp_verdict_free(v);
  }
  s->ov.data = NULL;
  r.share = r.other_ms / (GOAL_MS + GOAL_PER_MB * (double)r.octets / 1048576);
  return r;
}

static int tell(const char *name, const result_t *r) {
  int over = r->operations > 100 || r->share > 1;
  printf("  %-52s %9zu %6u %9.2f %7.0f %%  %s%s\n", name, r->octets, r->operations, r->other_ms,
         100 * r->share, r->rc == SZTP_OK ? "accepted" : sztp_error_label(r->rc),
         over ? ": OVER THE GOAL" : "");
  return over;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    mix_t mix;
  } shapes[] = {
      {"forged CAs with 63 policies and mappings each", {0, 31, 63, 0, 0, 0, 8, 0, 0}},
      {"CAs of the anchor with 63 policies and mappings each", {8, 23, 63, 0, 0, 0, 8, 0, 0}},
      {"forged CAs, 10 subtrees, 40 names", {0, 2, 0, 3, 10, 40, 8, 0, 0}},
      {"CAs of the anchor, 10 subtrees, 40 names", {2, 0, 0, 3, 10, 40, 8, 0, 0}},
      {"names that are equal once they are folded", {0, 31, 0, 4, 0, 0, 8, 0, 0}},
      {"the same of CAs of the anchor", {15, 16, 0, 4, 0, 0, 8, 0, 0}},
      {"certificates and signers, each with each", {12, 19, 0, 0, 0, 0, 8, 0, 0}},
      {"a list of entries with 64 extensions each", {0, 1, 0, 0, 0, 0, 8, 300, 64}},
      {"a list of entries without extensions", {0, 1, 0, 0, 0, 0, 8, 9000, 0}},
  };
  int over = 0;
  unsigned seeds = argc > 1 ? (unsigned)atoi(argv[1]) : 30;
  result_t worst = {0, 0, 0, -1, 0};
  char name[80];
  if (artifact_set_setup(NULL) != 0) return 2;
  artifact_set_t s = artifact_set_open();
  sztp_artifacts_free(artifact_maker, s.ov.data);
  printf("vouchers of strangers: octets, public-key operations, ms of all else, of the goal for that\n");
  for (size_t i = 0; i < TEST_COUNT_OF(shapes); i++) {
    result_t r = cost_of(&s, voucher_of(&shapes[i].mix));
    over |= tell(shapes[i].name, &r);
  }
  (void)sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1);
  result_t cose = cost_of(&s, cose_of(63, 1900, 1));
  over |= tell("labels of COSE, each with each", &cose);
  cose = cost_of(&s, cose_of(1, 10, 120000));
  over |= tell("content of COSE in chunks of one octet", &cose);
  (void)sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 0);
  for (seed = 1; seed <= seeds;) {
    uint64_t this = seed;
    mix_t m = {roll(13),          roll(20),           roll(2) * roll(64), roll(2) * roll(5),
               roll(2) * roll(8), roll(2) * roll(60), 1 + roll(8),        roll(3) == 0 ? roll(2000) : 0,
               roll(65)};
    sztp__blob_t voucher = voucher_of(&m);
    seed = this + 1;
    if (voucher.len > 256 * 1024) continue;
    result_t r = cost_of(&s, voucher);
    if (r.share <= worst.share && r.operations <= 100) continue;
    worst = r;
    (void)snprintf(name, sizeof name, "the worst of %u mixtures: number %u", seeds, (unsigned)this);
  }
  if (worst.share >= 0) over |= tell(name, &worst);
  s.ov.data = NULL;
  artifact_set_close(&s);
  return over ? 2 : 0;
}
