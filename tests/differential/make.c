/* SPDX-License-Identifier: Apache-2.0 */
/* Makes cases with libcrypto from the keys of the test PKI: artifacts as a producer may make them; then
 * certificates are reissued with other contents, attributes signed anew, or octets changed that nobody signed
 * for. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/differential/case.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/der_edit.h"

#define TIME_GOOD  INT64_C(1900000000)
#define TIME_EARLY INT64_C(1500000000) /* before every certificate of the test PKI */
#define TIME_LATE  INT64_C(4200000000) /* behind all but the identity's */

typedef struct entity {
  const char *name;
  X509 *cert;
  EVP_PKEY *key;
  uint8_t *der;
  int len;
} entity_t;

enum {
  MFR_ROOT,
  MFR_INT,
  VOUCHER_EC,
  VOUCHER_RSA,
  OWNER_ROOT,
  OWNER_INT,
  OWNER_EC,
  OWNER_RSA,
  OTHER,
  ENTITIES
};

static entity_t entities[ENTITIES] = {
    [MFR_ROOT] = {"mfr-root", NULL, NULL, NULL, 0},
    [MFR_INT] = {"mfr-int", NULL, NULL, NULL, 0},
    [VOUCHER_EC] = {"voucher-signer", NULL, NULL, NULL, 0},
    [VOUCHER_RSA] = {"voucher-signer-rsa", NULL, NULL, NULL, 0},
    [OWNER_ROOT] = {"owner-root", NULL, NULL, NULL, 0},
    [OWNER_INT] = {"owner-int", NULL, NULL, NULL, 0},
    [OWNER_EC] = {"owner", NULL, NULL, NULL, 0},
    [OWNER_RSA] = {"owner-rsa", NULL, NULL, NULL, 0},
    [OTHER] = {"other", NULL, NULL, NULL, 0},
};

static void die(const char *what, const char *more) {
  fprintf(stderr, "differential: %s %s\n", what, more);
  ERR_print_errors_fp(stderr);
  exit(2);
}

void tell(case_data_t *c, const char *what, const char *more) {
  size_t at = strlen(c->story);
  (void)snprintf(c->story + at, sizeof c->story - at, "%s%s%s%s", at > 0 ? ", " : "", what,
                 more[0] != '\0' ? " " : "", more);
}

/* ---- the generator, which libcrypto takes its random octets from, too ---------------------------- */

static uint64_t library_random;

static int random_octets(unsigned char *out, int len) {
  for (int i = 0; i < len; i++) out[i] = (unsigned char)der_random(&library_random);
  return 1;
}

static int random_status(void) { return 1; }

static uint32_t below(case_data_t *c, uint32_t n) { return der_random(&c->random) % n; }

static int one_in(case_data_t *c, uint32_t n) { return below(c, n) == 0; }

void make_begin(const char *pki) {
  static const RAND_METHOD method = {NULL, random_octets, NULL, NULL, random_octets, random_status};
  if (RAND_set_rand_method(&method) != 1) die("no random", "");
  for (size_t i = 0; i < ENTITIES; i++) {
    entity_t *e = &entities[i];
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s.pem", pki, e->name);
    BIO *in = BIO_new_file(path, "r");
    if (in == NULL) die("can't read", path);
    e->cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    (void)snprintf(path, sizeof path, "%s/%s.key", pki, e->name);
    in = BIO_new_file(path, "r");
    if (in == NULL) die("can't read", path);
    e->key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    e->len = e->cert == NULL ? 0 : i2d_X509(e->cert, &e->der);
    if (e->key == NULL || e->len <= 0) die("not a certificate and a key:", path);
  }
}

/* ---- good artifacts ------------------------------------------------------------------------------ */

static const EVP_MD *pick_hash(case_data_t *c) {
  static const EVP_MD *(*const hashes[])(void) = {EVP_sha256, EVP_sha384, EVP_sha512, EVP_sha1, EVP_sha224};
  const EVP_MD *md = hashes[one_in(c, 3) ? below(c, 5) : 0]();
  tell(c, EVP_MD_get0_name(md), "");
  return md;
}

static void add_signer(case_data_t *c, CMS_ContentInfo *cms, const entity_t *e, const EVP_MD *md,
                       unsigned flags) {
  /* libcrypto can't stream with parameters */
  int pss = EVP_PKEY_is_a(e->key, "RSA") && (flags & CMS_STREAM) == 0 && one_in(c, 2);
  CMS_SignerInfo *signer = CMS_add1_signer(cms, e->cert, e->key, md, flags | (pss ? CMS_KEY_PARAM : 0));
  if (signer == NULL) die("no signer", e->name);
  tell(c, e->name, pss ? "PSS" : "");
  if (!pss) return;
  EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(signer);
  if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0) die("no PSS", "");
  if (one_in(c, 2) && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)below(c, 48)) <= 0)
    die("no salt length", "");
}

/* The signer, one of others before or behind it at times. */
static void add_signers(case_data_t *c, CMS_ContentInfo *cms, const EVP_MD *md, unsigned flags, size_t who) {
  int another = one_in(c, 6);
  int first = one_in(c, 2);
  if (another && first) add_signer(c, cms, &entities[OTHER], md, flags);
  add_signer(c, cms, &entities[who], md, flags);
  if (another && !first) add_signer(c, cms, &entities[OTHER], md, flags);
}

static void set_type(case_data_t *c, CMS_ContentInfo *cms, unsigned flags) {
  static const char *const types[] = {"1.2.840.113549.1.9.16.1.40", "1.2.840.113549.1.9.16.1.43",
                                      "1.2.840.113549.1.9.16.1.42", "1.2.840.113549.1.7.1"};
  size_t usual = c->is_voucher ? 0 : 1;
  size_t type = one_in(c, 4) || (flags & CMS_NOATTR) != 0 ? 3 : one_in(c, 8) ? 2 : usual;
  if ((flags & CMS_NOATTR) != 0 && one_in(c, 4)) type = usual;
  ASN1_OBJECT *oid = OBJ_txt2obj(types[type], 1);
  if (oid == NULL || CMS_set1_eContentType(cms, oid) != 1) die("no content type", types[type]);
  ASN1_OBJECT_free(oid);
}

static void write_cms(case_data_t *c, CMS_ContentInfo *cms, int stream) {
  static const char document[] = "{\"a document\":\"of some length, so that it is worth signing\"}";
  static const char confusing[] = "1 begins with the tag of a SET";
  const char *text = one_in(c, 40) ? confusing : document;
  BIO *in = BIO_new_mem_buf(text, (int)strlen(text));
  BIO *out = BIO_new(BIO_s_mem());
  unsigned char *data = NULL;
  if (in == NULL || out == NULL) die("no memory", "");
  if (stream) {
    if (i2d_CMS_bio_stream(out, cms, in, CMS_STREAM | CMS_BINARY) != 1) die("can't stream", c->story);
  } else {
    if (CMS_final(cms, in, NULL, CMS_BINARY) != 1 || i2d_CMS_bio(out, cms) != 1) die("can't sign", c->story);
  }
  long len = BIO_get_mem_data(out, &data);
  if (len <= 0 || len > OCTETS_MAX / 2) die("too large", "");
  memcpy(c->signed_.data, data, (size_t)len);
  c->signed_.len = (size_t)len;
  BIO_free(in);
  BIO_free(out);
}

/* Returns who signed. */
static size_t make_signed(case_data_t *c, const EVP_MD *md, unsigned flags) {
  size_t who = c->is_voucher  ? (one_in(c, 2) ? VOUCHER_EC : VOUCHER_RSA)
               : one_in(c, 2) ? OWNER_EC
                              : OWNER_RSA;
  int stream = one_in(c, 4);
  CMS_ContentInfo *cms =
      CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY | (stream ? CMS_STREAM : 0));
  if (cms == NULL) die("no CMS", "");
  set_type(c, cms, flags);
  add_signers(c, cms, md, flags | (stream ? CMS_STREAM : 0), who);
  int with_int = c->is_voucher ? !one_in(c, 16) : one_in(c, 3);
  if (with_int && CMS_add1_cert(cms, entities[c->is_voucher ? MFR_INT : OWNER_INT].cert) != 1)
    die("no cert", "");
  if (stream) tell(c, "streamed", "");
  write_cms(c, cms, stream);
  CMS_ContentInfo_free(cms);
  return who;
}

static void make_bag(case_data_t *c, size_t who) {
  static const size_t more[] = {OWNER_INT, OTHER};
  BIO *out = BIO_new(BIO_s_mem());
  unsigned char *data = NULL;
  CMS_ContentInfo *bag = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED);
  if (out == NULL || bag == NULL || CMS_add1_cert(bag, entities[who].cert) != 1) die("no bag", "");
  for (size_t i = 0; i < 2; i++)
    if (i == 0 ? !one_in(c, 16) : one_in(c, 4))
      if (CMS_add1_cert(bag, entities[more[i]].cert) != 1) die("no bag", "");
  if (i2d_CMS_bio(out, bag) != 1) die("can't write the bag", "");
  long len = BIO_get_mem_data(out, &data);
  memcpy(c->bag.data, data, (size_t)len);
  c->bag.len = (size_t)len;
  CMS_ContentInfo_free(bag);
  BIO_free(out);
}

static void put_der(octets_t *o, const entity_t *e) {
  memcpy(o->data, e->der, (size_t)e->len);
  o->len = (size_t)e->len;
}

/* ---- signing anew -------------------------------------------------------------------------------- */

/* Appends an element. */
static void append(octets_t *o, uint8_t tag, const uint8_t *data, size_t len) {
  uint8_t head[6] = {tag, (uint8_t)len};
  size_t n = 2;
  if (len > 0x7f) {
    size_t size = len > 0xff ? 2 : 1;
    head[1] = (uint8_t)(0x80 + size);
    for (size_t i = 0; i < size; i++) head[n++] = (uint8_t)(len >> (8 * (size - 1 - i)));
  }
  if (o->len + n + len > OCTETS_MAX) die("too large", "");
  memcpy(o->data + o->len, head, n);
  if (len > 0) memcpy(o->data + o->len + n, data, len);
  o->len += n + len;
}

static size_t sign_octets(const entity_t *by, const EVP_MD *md, const uint8_t *data, size_t len, uint8_t *out,
                          size_t cap) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, md, NULL, by->key) != 1 ||
      EVP_DigestSign(ctx, out, &cap, data, len) != 1)
    die("can't sign as", by->name);
  EVP_MD_CTX_free(ctx);
  return cap;
}

/* Where @p part is in @p whole; -1 if it is not. */
static int64_t find(const octets_t *whole, const uint8_t *part, size_t len) {
  for (size_t i = 0; i + len <= whole->len; i++)
    if (memcmp(whole->data + i, part, len) == 0) return (int64_t)i;
  return -1;
}

/* Puts @p with in the place of the element that begins at @p at. */
static void replace_element(octets_t *o, size_t at, const uint8_t *with, size_t len) {
  static der_tree_t tree;
  der_tree(&tree, o->data, o->len);
  for (size_t i = 0; i < tree.count; i++) {
    const der_element_t *e = &tree.e[i];
    if (e->at != at) continue;
    size_t size = der_replace(&tree, o->data, o->len, OCTETS_MAX, e->parent, e->at, e->end, with, len);
    if (size > 0) o->len = size;
    return;
  }
}

/* The certificate of @p of with edits in what is signed, by its issuer's key. */
static void reissue(case_data_t *c, const entity_t *of, const entity_t *by, octets_t *out) {
  static der_tree_t tree;
  static octets_t tbs;
  static octets_t inside;
  uint8_t signature[600];
  const char *what = "";
  der_tree(&tree, of->der, (size_t)of->len);
  int32_t first = der_child(&tree, 0, 0x30, 0);
  int32_t algorithm = der_child(&tree, 0, 0x30, 1);
  if (first < 0 || algorithm < 0) die("not a certificate:", of->name);
  const der_element_t *t = &tree.e[first];
  const der_element_t *a = &tree.e[algorithm];
  tbs.len = t->end - t->at;
  memcpy(tbs.data, of->der + t->at, tbs.len);
  tell(c, "reissued", of->name);
  for (uint32_t n = 1 + below(c, 2); n > 0; n--) {
    tbs.len = der_edit(tbs.data, tbs.len, OCTETS_MAX / 4, &c->random, &what);
    tell(c, what, "");
  }
  signature[0] = 0;
  size_t len = 1 + sign_octets(by, EVP_sha256(), tbs.data, tbs.len, signature + 1, sizeof signature - 1);
  inside.len = tbs.len;
  memcpy(inside.data, tbs.data, tbs.len);
  memcpy(inside.data + inside.len, of->der + a->at, a->end - a->at);
  inside.len += a->end - a->at;
  append(&inside, 0x03, signature, len);
  out->len = 0;
  append(out, 0x30, inside.data, inside.len);
}

/* A certificate reissued wherever it is. */
static void reissue_somewhere(case_data_t *c, size_t who) {
  static octets_t fresh;
  size_t root = c->is_voucher ? MFR_ROOT : OWNER_ROOT;
  size_t middle = c->is_voucher ? MFR_INT : OWNER_INT;
  const size_t of[] = {who, middle, root};
  const size_t by[] = {middle, root, root};
  uint32_t which = below(c, 5) / 2;
  const entity_t *old = &entities[of[which]];
  octets_t *places[] = {&c->signed_, &c->bag, &c->anchor};
  reissue(c, old, &entities[by[which]], &fresh);
  for (size_t i = 0; i < 3; i++) {
    int64_t at = find(places[i], old->der, (size_t)old->len);
    if (at >= 0) replace_element(places[i], (size_t)at, fresh.data, fresh.len);
  }
}

/* The first signer's attributes edited and signed anew, as they are or (as DER has it) sorted where they were
 * not. */
static void sign_attributes(case_data_t *c, size_t who, const EVP_MD *md) {
  static der_tree_t tree;
  static octets_t attrs;
  uint8_t signature[600];
  const char *what = "";
  der_tree(&tree, c->signed_.data, c->signed_.len);
  int32_t data = der_child(&tree, der_child(&tree, 0, 0xa0, 0), 0x30, 0);
  int32_t signer = data < 0 ? -1 : der_child(&tree, der_child(&tree, data, 0x31, 1), 0x30, 0);
  int32_t field = signer < 0 ? -1 : der_child(&tree, signer, 0xa0, 0);
  int32_t old = signer < 0 ? -1 : der_child(&tree, signer, 0x04, 0);
  if (field < 0 || old < 0) return;
  attrs.len = tree.e[field].end - tree.e[field].at;
  memcpy(attrs.data, c->signed_.data + tree.e[field].at, attrs.len);
  attrs.data[0] = 0x31;
  tell(c, "attributes", "");
  for (uint32_t n = 1 + below(c, 2); n > 0; n--) {
    attrs.len = der_edit(attrs.data, attrs.len, OCTETS_MAX / 4, &c->random, &what);
    tell(c, what, "");
  }
  if (attrs.data[0] != 0x31) return;
  size_t len = sign_octets(&entities[who], md, attrs.data, attrs.len, signature, sizeof signature);
  attrs.data[0] = 0xa0;
  /* the later one first, so that the offsets stay right */
  size_t at = tree.e[field].at;
  static octets_t element;
  element.len = 0;
  append(&element, 0x04, signature, len);
  replace_element(&c->signed_, tree.e[old].at, element.data, element.len);
  replace_element(&c->signed_, at, attrs.data, attrs.len);
}

/* ---- changes that nobody signs for --------------------------------------------------------------- */

static void edit(case_data_t *c, octets_t *o, const char *name) {
  const char *what = "";
  tell(c, name, "");
  for (uint32_t n = 1 + below(c, 2); n > 0; n--) {
    o->len = der_edit(o->data, o->len, OCTETS_MAX / 2, &c->random, &what);
    tell(c, what, "");
  }
}

static void cut(case_data_t *c, octets_t *o, const char *name) {
  tell(c, name, "cut");
  if (o->len > 0) o->len = below(c, (uint32_t)o->len);
}

static void trail(case_data_t *c, octets_t *o) {
  tell(c, "octets behind", "");
  for (uint32_t n = 1 + below(c, 4); n > 0; n--)
    o->data[o->len++] = (uint8_t)(one_in(c, 2) ? 0 : below(c, 256));
}

static void pick_time(case_data_t *c) {
  uint32_t when = below(c, 10);
  c->time = when < 6 ? TIME_GOOD : when < 8 ? SZTP_TIME_UNKNOWN : when == 8 ? TIME_EARLY : TIME_LATE;
  tell(c, when < 6 ? "" : when < 8 ? "no clock" : when == 8 ? "early" : "late", "");
}

void make_case(case_data_t *c, uint64_t seed, uint64_t number) {
  memset(c, 0, sizeof *c);
  c->random = seed * UINT64_C(0x100000001b3) + number;
  library_random = ~c->random;
  c->is_voucher = one_in(c, 2);
  tell(c, c->is_voucher ? "voucher" : "conveyed information", "");
  const EVP_MD *md = pick_hash(c);
  unsigned flags = CMS_BINARY | CMS_NOSMIMECAP | (one_in(c, 4) ? CMS_USE_KEYID : 0) |
                   (one_in(c, 6) ? CMS_NOATTR : 0) | (one_in(c, 12) ? CMS_NOCERTS : 0);
  size_t who = make_signed(c, md, flags);
  if (!c->is_voucher) make_bag(c, who);
  put_der(&c->anchor, &entities[c->is_voucher ? MFR_ROOT : OWNER_ROOT]);
  if (one_in(c, 10)) put_der(&c->anchor, &entities[c->is_voucher ? MFR_INT : OWNER_INT]);
  if (one_in(c, 20)) put_der(&c->anchor, &entities[who]);
  pick_time(c);
  switch (below(c, 16)) {
  case 0: break;
  case 1: cut(c, one_in(c, 2) ? &c->signed_ : &c->bag, ""); break;
  case 2: trail(c, &c->signed_); break;
  case 3: trail(c, &c->bag); break;
  case 4:
  case 5: edit(c, &c->bag, "bag"); break;
  case 6:
  case 7:
  case 8: edit(c, &c->signed_, "whole"); break;
  case 9:
  case 10:
  case 11: sign_attributes(c, who, md); break;
  default: reissue_somewhere(c, who); break;
  }
}
