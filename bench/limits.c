/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs when everything is as large as it may be, and when somebody wants it to cost much: a table of
 * memory beyond the input, time and public-key operations. usage: limits PKI-FOLDER FOLDER, the latter made
 * by limits.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/artifacts.h>
#include <sztp/software_key.h>

#include "bench/figure.h"
#include "bench/fixture.h"
#include "bench/heap.h"
#include "bench/scripted.h"
#include "fuzz/der_edit.h"

#define KIB             1024u
#define MIB             (1024u * KIB)
#define ROOM            (13u * MIB)
#define FOLDER_FILE_MAX (2u * MIB)

typedef struct env {
  const char *pki;
  const char *folder;
  fixture_t f;
  sztp_ctx_t *maker;
} env_t;

/* The artifacts of a row; data of malloc(). */
typedef struct artifacts {
  octets_t info, bag, voucher;
  uint32_t channel;
  uint64_t revocation; /* SZTP_REVOCATION_* */
} artifacts_t;

typedef struct row {
  const char *name;
  void (*make)(const env_t *e, artifacts_t *a);
  const char *expect; /* the reason; "" for accepted */
} row_t;

/* ---- octets -------------------------------------------------------------------------------------- */

static octets_t octets_new(size_t cap) {
  octets_t o = {(uint8_t *)malloc(cap + 1), 0};
  if (o.data == NULL) exit(2);
  return o;
}

static void put(octets_t *o, const void *data, size_t len) {
  memcpy(o->data + o->len, data, len);
  o->len += len;
}

static void put_text(octets_t *o, const char *text) { put(o, text, strlen(text)); }

static void put_many(octets_t *o, char c, size_t count) {
  memset(o->data + o->len, c, count);
  o->len += count;
}

static octets_t copy(octets_t from) {
  octets_t o = octets_new(from.len);
  put(&o, from.data, from.len);
  return o;
}

static octets_t read_whole(const char *folder, const char *name) {
  char path[1024];
  octets_t o = octets_new(FOLDER_FILE_MAX);
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *in = fopen(path, "rb");
  if (in == NULL) {
    fprintf(stderr, "limits: no %s\n", path);
    exit(2);
  }
  o.len = fread(o.data, 1, FOLDER_FILE_MAX, in);
  (void)fclose(in);
  o.data[o.len] = 0;
  return o;
}

static octets_t take(const env_t *e, uint8_t *data, size_t len) {
  octets_t from = {data, len};
  octets_t o = copy(from);
  sztp_artifacts_free(e->maker, data);
  return o;
}

/* ---- conveyed information that nobody signed ----------------------------------------------------- */

static const uint8_t json_head[] = {0x30, 0x80, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                    0x01, 0x09, 0x10, 0x01, 0x2b, 0xa0, 0x80, 0x24, 0x80};
#define XML_TYPE 0x2a

/* A ContentInfo in BER around a document, in pieces of @p piece octets. */
static void wrap(artifacts_t *a, octets_t document, int is_xml, size_t piece) {
  octets_t o = octets_new(document.len + document.len / piece * 6 + 64);
  put(&o, json_head, sizeof json_head);
  if (is_xml) o.data[14] = XML_TYPE;
  for (size_t at = 0; at < document.len;) {
    size_t n = document.len - at < piece ? document.len - at : piece;
    uint8_t head[6] = {0x04, 0x83, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 0};
    if (n < 0x80) head[1] = (uint8_t)n;
    put(&o, head, n < 0x80 ? 2 : 5);
    put(&o, document.data + at, n);
    at += n;
  }
  put(&o, "\0\0\0\0\0\0", 6);
  free(document.data);
  a->info = o;
  a->channel = SZTP_CHANNEL_TRUSTED;
}

#define ONBOARDING "{\"ietf-sztp-conveyed-info:onboarding-information\":{"
#define REDIRECT   "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":["

static void put_number(octets_t *o, const char *format, unsigned n) {
  char text[128];
  (void)snprintf(text, sizeof text, format, n);
  put_text(o, text);
}

/* ---- rows: all that is allowed ------------------------------------------------------------------- */

static void signed_conveyed(const env_t *e, artifacts_t *a, uint32_t encoding) {
  octets_t cert = fixture_read(e->pki, "owner.pem");
  octets_t key = fixture_read(e->pki, "owner.key");
  uint8_t *part = (uint8_t *)malloc(8 * MIB);
  sztp_signer_t *s = NULL;
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  if (part == NULL) exit(2);
  memset(part, 'x', 8 * MIB);
  must(sztp_signer_new(e->maker, cert.data, cert.len, key.data, key.len, NULL, 0, &s), e->maker, "signer");
  must(sztp_conveyed_new(e->maker, SZTP_INFO_ONBOARDING, &c), e->maker, "information");
  must(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, encoding), e->maker, "encoding");
  must(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE), e->maker, "handling");
  must(sztp_conveyed_set_bytes(c, SZTP_INFO_CONFIG, part, 8 * MIB), e->maker, "configuration");
  must(sztp_conveyed_set_bytes(c, SZTP_INFO_PRE_SCRIPT, part, MIB - 20 * KIB), e->maker, "script");
  must(sztp_conveyed_make(c, s, &out, &len), e->maker, "conveyed information");
  a->info = take(e, out, len);
  a->bag = copy(e->f.owner_cert);
  a->voucher = copy(e->f.voucher);
  sztp_conveyed_free(c);
  sztp_signer_free(s);
  free(part);
  free(cert.data);
  free(key.data);
}

/* In an envelope for the device, as the rest of a row's artifacts is. */
static void encrypt(const env_t *e, octets_t *slot, int64_t cipher) {
  sztp_envelope_t *envelope = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  must(sztp_envelope_new(e->maker, &envelope), e->maker, "envelope");
  must(sztp_envelope_set_i64(envelope, SZTP_ENVELOPE_CIPHER, cipher), e->maker, "cipher");
  must(sztp_envelope_add(envelope, e->f.idevid.data, e->f.idevid.len), e->maker, "recipient");
  must(sztp_envelope_make(envelope, slot->data, slot->len, &out, &len), e->maker, "encryption");
  free(slot->data);
  *slot = take(e, out, len);
  sztp_envelope_free(envelope);
}

static void conveyed_json(const env_t *e, artifacts_t *a) { signed_conveyed(e, a, SZTP_ENCODING_JSON); }
static void conveyed_xml(const env_t *e, artifacts_t *a) { signed_conveyed(e, a, SZTP_ENCODING_XML); }

/* All three, the conveyed information of almost 12 MiB. */
static void encrypted(const env_t *e, artifacts_t *a, int64_t cipher) {
  signed_conveyed(e, a, SZTP_ENCODING_JSON);
  encrypt(e, &a->info, cipher);
  encrypt(e, &a->bag, cipher);
  encrypt(e, &a->voucher, cipher);
}

static void encrypted_cbc(const env_t *e, artifacts_t *a) { encrypted(e, a, SZTP_CIPHER_AES256_CBC); }
static void encrypted_gcm(const env_t *e, artifacts_t *a) { encrypted(e, a, SZTP_CIPHER_AES256_GCM); }

/* Lines of base64, each with CR and LF. */
static void conveyed_crlf(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, "<onboarding-information xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info\">\r\n"
               "<configuration-handling>merge</configuration-handling>\r\n<configuration>");
  for (size_t i = 0; i < 10900000 / 66; i++) {
    put_many(&d, 'A', 64);
    put_text(&d, "\r\n");
  }
  put_text(&d, "</configuration></onboarding-information>");
  wrap(a, d, 1, 65000);
}

static void conveyed_pieces(const env_t *e, artifacts_t *a, size_t piece, size_t len) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"configuration-handling\":\"merge\",\"configuration\":\"");
  put_many(&d, 'A', len);
  put_text(&d, "\"}}");
  wrap(a, d, 0, piece);
}

static void conveyed_ber(const env_t *e, artifacts_t *a) { conveyed_pieces(e, a, 1000, 10 * MIB); }
static void conveyed_single(const env_t *e, artifacts_t *a) { conveyed_pieces(e, a, 1, 4 * MIB - 400); }

/* ---- rows: companions ---------------------------------------------------------------------------- */

static void with_small_info(const env_t *e, artifacts_t *a) {
  a->info = copy(e->f.conveyed);
  a->bag = copy(e->f.owner_cert);
  a->voucher = copy(e->f.voucher);
}

static void replace(octets_t *slot, octets_t by) {
  free(slot->data);
  *slot = by;
}

static octets_t pack(const env_t *e, const char *certs_file, const char *crls_file) {
  octets_t certs = read_whole(e->folder, certs_file);
  octets_t crls = {NULL, 0};
  uint8_t *out = NULL;
  size_t len = 0;
  if (crls_file != NULL) crls = read_whole(e->folder, crls_file);
  must(sztp_owner_cert_make(e->maker, certs.data, certs.len, crls.data, crls.len, &out, &len), e->maker,
       certs_file);
  free(certs.data);
  free(crls.data);
  return take(e, out, len);
}

static void large_bag(const env_t *e, artifacts_t *a) {
  with_small_info(e, a);
  replace(&a->bag, pack(e, "certs.pem", "crls.pem"));
}

static void revocation(const env_t *e, artifacts_t *a) {
  large_bag(e, a);
  a->revocation = SZTP_REVOCATION_REQUIRED;
}

static void graph(const env_t *e, artifacts_t *a) {
  with_small_info(e, a);
  replace(&a->info, read_whole(e->folder, "info.cms"));
  replace(&a->bag, pack(e, "graph.pem", NULL));
}

static void large_voucher(const env_t *e, artifacts_t *a) {
  with_small_info(e, a);
  replace(&a->voucher, read_whole(e->folder, "large.cms"));
}

static void eight_signers(const env_t *e, artifacts_t *a) {
  with_small_info(e, a);
  replace(&a->voucher, read_whole(e->folder, "signers.cms"));
}

/* One signer becomes eight. */
static void alike(const env_t *e, artifacts_t *a) {
  static der_tree_t tree;
  octets_t o = octets_new(FOLDER_FILE_MAX);
  octets_t from = read_whole(e->folder, "alike.cms");
  with_small_info(e, a);
  put(&o, from.data, from.len);
  for (int n = 1; n < 8; n++) {
    der_tree(&tree, o.data, o.len);
    int32_t data = der_child(&tree, der_child(&tree, der_child(&tree, -1, 0x30, 0), 0xa0, 0), 0x30, 0);
    int32_t set = der_child(&tree, data, 0x31, 1);
    int32_t one = der_child(&tree, set, 0x30, 0);
    if (set < 0 || one < 0) exit(2);
    const der_element_t *s = &tree.e[one];
    o.len = der_replace(&tree, o.data, o.len, FOLDER_FILE_MAX, set, s->end, s->end, o.data + s->at,
                        s->end - s->at);
  }
  free(from.data);
  replace(&a->voucher, o);
}

/* ---- rows: documents ----------------------------------------------------------------------------- */

static void members(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"os\":0");
  for (unsigned i = 0; i < 4094; i++) put_number(&d, ",\"unknown-member-%u\":0", i);
  put_text(&d, "}}");
  wrap(a, d, 0, 65000);
}

static void depth(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"a\":");
  put_many(&d, '[', 30);
  put_many(&d, ']', 30);
  put_text(&d, "}}");
  wrap(a, d, 0, 65000);
}

static void leaf(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"boot-image\":{\"os-name\":\"");
  put_many(&d, 'n', 64 * KIB);
  put_text(&d, "\"}}}");
  wrap(a, d, 0, 65000);
}

static void servers(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, REDIRECT);
  for (unsigned i = 0; i < 1024; i++)
    put_number(&d, i == 0 ? "{\"address\":\"s%u\"}" : ",{\"address\":\"s%u\"}", i);
  put_text(&d, "]}}");
  wrap(a, d, 0, 65000);
}

/* ---- rows: what somebody may want to cost much --------------------------------------------------- */

static void lie(const env_t *e, artifacts_t *a) {
  static const uint8_t claims[] = {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x06, 0x0b, 0x2a, 0x86, 0x48,
                                   0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2b, 0xa0, 0x84, 0x7f,
                                   0xff, 0xff, 0xf0, 0x04, 0x84, 0x7f, 0xff, 0xff, 0xe0, '{',  '}'};
  (void)e;
  a->info = octets_new(sizeof claims);
  put(&a->info, claims, sizeof claims);
}

/* 12 MiB of parts without anything in them. */
static void empty_parts(const env_t *e, artifacts_t *a) {
  octets_t o = octets_new(ROOM);
  (void)e;
  put(&o, json_head, sizeof json_head);
  while (o.len < 12 * MIB - 8) put(&o, "\x04\0", 2);
  put(&o, "\0\0\0\0\0\0", 6);
  a->info = o;
}

static void nested_json(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"a\":");
  put_many(&d, '[', 11 * MIB);
  wrap(a, d, 0, MIB);
}

static void nested_xml(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  while (d.len < 11 * MIB) put_text(&d, "<a>");
  wrap(a, d, 1, MIB);
}

static void many_members(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"a\":0");
  for (unsigned i = 0; d.len < 11 * MIB; i++) put_number(&d, ",\"b%u\":0", i);
  put_text(&d, "}}");
  wrap(a, d, 0, MIB);
}

static void escapes(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, ONBOARDING "\"configuration-handling\":\"merge\",\"configuration\":\"");
  while (d.len < 10 * MIB) put_text(&d, "\\u0041\\u0041\\u0041\\u0041");
  put_text(&d, "\"}}");
  wrap(a, d, 0, MIB);
}

static void one_attribute(const env_t *e, artifacts_t *a) {
  octets_t d = octets_new(ROOM);
  (void)e;
  put_text(&d, "<a b=\"");
  put_many(&d, 'x', 11 * MIB);
  put_text(&d, "\"/>");
  wrap(a, d, 1, MIB);
}

/* A new limit gets a function and a line. */
static const row_t ROWS[] = {
    {"conveyed information, 12 MiB, JSON, signed", conveyed_json, ""},
    {"  XML, signed", conveyed_xml, ""},
    {"  XML, lines with CR LF, unsigned", conveyed_crlf, ""},
    {"  BER in pieces of 1000 octets, unsigned", conveyed_ber, ""},
    {"  BER in pieces of 1 octet, unsigned", conveyed_single, ""},
    {"  JSON, signed; all encrypted, AES-CBC", encrypted_cbc, ""},
    {"  JSON, signed; all encrypted, AES-GCM", encrypted_gcm, ""},
    {"owner certificate, 1 MiB, 32 certificates, 16 CRLs", large_bag, ""},
    {"  all CRLs looked at", revocation, ""},
    {"voucher, 256 KiB", large_voucher, ""},
    {"voucher with 8 signers, the last one good", eight_signers, ""},
    {"4096 members", members, ""},
    {"depth 32", depth, ""},
    {"a leaf of 64 KiB", leaf, ""},
    {"1024 redirect entries", servers, ""},
    {"hostile: lengths of 2 GiB in 33 octets", lie, "cms-malformed"},
    {"hostile: 6 million empty parts", empty_parts, "encoding-mismatch"},
    {"hostile: 11 million [", nested_json, "limit"},
    {"hostile: 4 million <a>", nested_xml, "limit"},
    {"hostile: a million members", many_members, "limit"},
    {"hostile: all escapes", escapes, ""},
    {"hostile: one attribute of 11 MiB", one_attribute, "limit"},
    {"hostile: more links of CAs than are followed", graph, "limit"},
    {"hostile: voucher, 8 signers, 15 certificates each", alike, "voucher-untrusted"},
};

/* ---- measuring ----------------------------------------------------------------------------------- */

static sztp_bundle_t *bundle(const artifacts_t *a, sztp_ctx_t *ctx) {
  const octets_t *parts[] = {&a->info, &a->bag, &a->voucher};
  sztp_bundle_t *b = NULL;
  must(sztp_bundle_new(ctx, &b), ctx, "bundle");
  for (uint32_t i = 0; i < 3; i++)
    if (parts[i]->data != NULL)
      must(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO + i, parts[i]->data, parts[i]->len), ctx,
           "artifact");
  return b;
}

static uint64_t usage(const sztp_ctx_t *ctx, uint32_t what) {
  int64_t value = 0;
  must(sztp_ctx_i64(ctx, what, &value), ctx, "usage");
  return (uint64_t)value;
}

/* The private key that decrypts, in software. */
static sztp_software_key_t *device_key(const env_t *e, sztp_device_t *dev, sztp_ctx_t *ctx) {
  sztp_software_key_t *keys = NULL;
  octets_t key = fixture_read(e->pki, "idevid.key");
  must(sztp_software_key_new(&keys), ctx, "keys");
  must(sztp_software_key_add(keys, dev, key.data, key.len), ctx, "key");
  must(sztp_device_set_key(dev, sztp_software_key, keys), ctx, "key function");
  free(key.data);
  return keys;
}

static void tell(const char *row, const char *what, const char *unit, double value) {
  char name[160];
  (void)snprintf(name, sizeof name, "limits/%s/%s", row + strspn(row, " "), what);
  figure(name, unit, value);
}

/* Returns 1 if the row did not end as it is to. */
static int measure(const env_t *e, const row_t *row) {
  artifacts_t a;
  sztp_ctx_t *ctx = NULL;
  sztp_verdict_t *v = NULL;
  memset(&a, 0, sizeof a);
  row->make(e, &a);
  must(sztp_ctx_new(heap_uncounted(), &ctx), NULL, "context");
  sztp_device_t *dev = fixture_device(&e->f, ctx, 443);
  sztp_software_key_t *keys = device_key(e, dev, ctx);
  must(sztp_device_set_i64(dev, SZTP_POLICY_REVOCATION, (int64_t)a.revocation), ctx, "policy");
  sztp_bundle_t *b = bundle(&a, ctx);
  uint64_t held = usage(ctx, SZTP_USAGE_NOW);
  uint64_t operations = usage(ctx, SZTP_USAGE_OPERATIONS);
  sztp_ctx_reset_peak(ctx);
  heap_reset();
  double start = cpu_seconds();
  int32_t rc = sztp_verify(dev, b, FIXTURE_TIME, a.channel, &v);
  double ms = (cpu_seconds() - start) * 1e3;
  const char *ended = rc == SZTP_OK ? "" : sztp_error_label(rc);
  int wrong = strcmp(ended, row->expect) != 0;
  printf("  %-54s %9zu  %9.1f  %9.1f  %8.1f  %6llu  %s%s\n", row->name,
         a.info.len + a.bag.len + a.voucher.len, (double)(usage(ctx, SZTP_USAGE_PEAK) - held) / KIB,
         (double)heap_peak() / KIB, ms, (unsigned long long)(usage(ctx, SZTP_USAGE_OPERATIONS) - operations),
         rc == SZTP_OK ? "accepted" : ended, wrong ? ": UNEXPECTED" : "");
  tell(row->name, "time", "ms", ms);
  tell(row->name, "memory", "octets", (double)(usage(ctx, SZTP_USAGE_PEAK) - held));
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  sztp_software_key_free(keys);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  free(a.info.data);
  free(a.bag.data);
  free(a.voucher.data);
  return wrong;
}

int main(int argc, char **argv) {
  static env_t e;
  int status = 0;
  if (argc != 3) {
    fprintf(stderr, "usage: limits PKI-FOLDER FOLDER\n");
    return 2;
  }
  e.pki = argv[1];
  e.folder = argv[2];
  must(sztp_ctx_new(NULL, &e.maker), NULL, "context");
  fixture_make(&e.f, e.pki, 2000, NULL, 0);
  printf("a verification at the limits: memory that libsztp takes beyond the artifacts, what the libraries "
         "behind it "
         "take,\nCPU time, public-key operations\n");
  printf("  %-54s %9s  %9s  %9s  %8s  %6s\n", "", "octets", "KiB", "KiB", "ms", "ops");
  for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) status |= measure(&e, &ROWS[i]);
  fixture_free(&e.f);
  sztp_ctx_free(e.maker);
  return status == 0 ? 0 : 2;
}
