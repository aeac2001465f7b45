/* SPDX-License-Identifier: Apache-2.0 */
/* Both implementations on one case. */
#include "tests/differential/case.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptography/cms.h"
#include "formats/ber.h"
#include "fuzz/der_edit.h"

/* The field with tag @p tag of a SignedData, behind @p skip others; -1 if there is none. */
static int32_t field_of(der_tree_t *tree, const octets_t *o, uint8_t tag, size_t skip) {
  der_tree(tree, o->data, o->len);
  int32_t data = der_child(tree, der_child(tree, der_child(tree, -1, 0x30, 0), 0xa0, 0), 0x30, 0);
  return data < 0 ? -1 : der_child(tree, data, tag, skip);
}

/* ---- OpenSSL ------------------------------------------------------------------------------------- */

/* What is in libcrypto's queue, joined. */
static void take_errors(opinion_t *o) {
  const char *data = NULL;
  int flags = 0;
  size_t at = strlen(o->detail);
  for (unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
       code != 0 && at < sizeof o->detail; code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) {
    const char *reason = ERR_reason_error_string(code);
    at += (size_t)snprintf(o->detail + at, sizeof o->detail - at, "%s%s%s%s", at > 0 ? "; " : "",
                           reason == NULL ? "?" : reason, (flags & ERR_TXT_STRING) != 0 ? ": " : "",
                           (flags & ERR_TXT_STRING) != 0 ? data : "");
  }
}

/* As openssl cms -verify -partial_chain -purpose any -auth_level 2, with -attime or -no_check_time */
static X509_STORE *make_store(const case_data_t *c) {
  const unsigned char *p = c->anchor.data;
  X509 *anchor = d2i_X509(NULL, &p, (long)c->anchor.len);
  X509_STORE *store = X509_STORE_new();
  if (anchor == NULL || store == NULL) {
    X509_free(anchor);
    X509_STORE_free(store);
    return NULL;
  }
  X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
  X509_STORE_add_cert(store, anchor);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  if (c->time == SZTP_TIME_UNKNOWN)
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
  else
    X509_VERIFY_PARAM_set_time(param, (time_t)c->time);
  X509_free(anchor);
  return store;
}

static CMS_ContentInfo *decode(const octets_t *o) {
  const unsigned char *p = o->data;
  return d2i_CMS_ContentInfo(NULL, &p, (long)o->len);
}

/* D-115: intermediates come with either artifact; libcrypto looks for them in the signed one alone. */
static void join_certs(CMS_ContentInfo *cms, CMS_ContentInfo *bag) {
  STACK_OF(X509) *more = CMS_get1_certs(bag);
  for (int i = 0; i < sk_X509_num(more); i++) (void)CMS_add1_cert(cms, sk_X509_value(more, i));
  sk_X509_pop_free(more, X509_free);
  ERR_clear_error(); /* of those that were there */
}

/* PKIX-02: certificates that can't be decoded are left out; libcrypto would refuse all. */
static void drop_broken_certs(octets_t *o) {
  static der_tree_t tree;
  int32_t set = field_of(&tree, o, 0xa0, 0);
  for (size_t i = tree.count; set >= 0 && i-- > 0;) {
    const der_element_t *e = &tree.e[i];
    const unsigned char *p = o->data + e->at;
    if (e->parent != set || e->tag != 0x30) continue;
    X509 *cert = d2i_X509(NULL, &p, (long)(e->end - e->at));
    size_t len =
        cert != NULL ? 0 : der_replace(&tree, o->data, o->len, OCTETS_MAX, set, e->at, e->end, NULL, 0);
    if (len > 0) o->len = len;
    X509_free(cert);
  }
  ERR_clear_error();
}

/* CMS-13, VERIFY-05: one signer with one of the certificates that it names is enough; libcrypto wants all
 * signers, each with the first certificate. Leaves the signer and the certificate of these numbers; 0 if
 * there are not so many. */
static int leave_pair(CMS_ContentInfo *cms, STACK_OF(X509) * certs, int signer, int candidate) {
  STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
  if (signer >= sk_CMS_SignerInfo_num(signers)) return 0;
  for (int i = sk_CMS_SignerInfo_num(signers) - 1; i >= 0; i--)
    if (i != signer) (void)sk_CMS_SignerInfo_delete(signers, i);
  CMS_SignerInfo *left = sk_CMS_SignerInfo_value(signers, 0);
  for (int i = 0; i < sk_X509_num(certs); i++) {
    X509 *cert = sk_X509_value(certs, i);
    if (CMS_SignerInfo_cert_cmp(left, cert) != 0 || candidate-- > 0) continue;
    CMS_SignerInfo_set1_signer_cert(left, cert);
    return 1;
  }
  return 0;
}

enum { REFUSED, ACCEPTED, NO_SUCH_PAIR };

/* With signer and candidate negative as openssl(1) does it. */
static int verify(const case_data_t *c, const octets_t *signed_, const octets_t *bag_data, X509_STORE *store,
                  int signer, int candidate, BIO *out) {
  CMS_ContentInfo *cms = decode(signed_);
  CMS_ContentInfo *bag = c->is_voucher ? NULL : decode(bag_data);
  int result = signer < 0 ? REFUSED : NO_SUCH_PAIR;
  if (store != NULL && cms != NULL && (c->is_voucher || bag != NULL)) {
    STACK_OF(X509) *certs = CMS_get1_certs(bag != NULL ? bag : cms); /* D-116 */
    const unsigned char *p = c->anchor.data;
    if (certs == NULL) certs = sk_X509_new_null();
    if (c->is_voucher)
      sk_X509_push(certs, d2i_X509(NULL, &p, (long)c->anchor.len)); /* it may be the signer's own */
    if (bag != NULL) join_certs(cms, bag);
    if (signer < 0 || leave_pair(cms, certs, signer, candidate))
      result =
          CMS_verify(cms, signer < 0 ? NULL : certs, store, NULL, out, CMS_BINARY) == 1 ? ACCEPTED : REFUSED;
    sk_X509_pop_free(certs, X509_free);
  }
  CMS_ContentInfo_free(bag);
  CMS_ContentInfo_free(cms);
  return result;
}

/* Each signer with each certificate until one is good. */
static int verify_any(const case_data_t *c, X509_STORE *store, BIO *out, opinion_t *o) {
  static octets_t signed_;
  static octets_t bag;
  signed_ = c->signed_;
  bag = c->bag;
  drop_broken_certs(&signed_);
  drop_broken_certs(&bag);
  for (int signer = 0; signer < 4; signer++) {
    int result = REFUSED;
    for (int candidate = 0; result == REFUSED; candidate++) {
      (void)BIO_reset(out);
      result = verify(c, &signed_, &bag, store, signer, candidate, out);
      take_errors(o);
    }
    if (result == ACCEPTED) return 1;
  }
  return 0;
}

void verify_theirs(const case_data_t *c, opinion_t *o) {
  static uint8_t content[OCTETS_MAX];
  memset(o, 0, sizeof *o);
  ERR_clear_error();
  X509_STORE *store = make_store(c);
  BIO *out = BIO_new(BIO_s_mem());
  o->accepted_as_is = verify(c, &c->signed_, &c->bag, store, -1, -1, out) == ACCEPTED;
  take_errors(o);
  (void)BIO_reset(out);
  o->accepted = verify_any(c, store, out, o);
  if (o->accepted) {
    unsigned char *data = NULL;
    long len = BIO_get_mem_data(out, &data);
    if (len > 0) memcpy(content, data, (size_t)len);
    o->bytes = content;
    o->len = len > 0 ? (size_t)len : 0;
  }
  BIO_free(out);
  X509_STORE_free(store);
}

/* ---- libsztp ------------------------------------------------------------------------------------- */

static int passed(const sztp_verdict_t *v, uint32_t first, uint32_t last) {
  for (uint32_t step = first; step <= last; step++) {
    uint32_t state = 0;
    (void)sztp_verdict_step(v, step, &state, NULL);
    if (state == SZTP_STEP_FAILED) return 0;
  }
  return 1;
}

/* The steps that OpenSSL makes, too; what is in the documents is not its business. */
static int signature_good(const case_data_t *c, const sztp_verdict_t *v) {
  if (c->is_voucher) return passed(v, SZTP_STEP_INFO_FORMAT, SZTP_STEP_VOUCHER_SIGNATURE);
  return passed(v, SZTP_STEP_INFO_FORMAT, SZTP_STEP_INFO_SIGNATURE);
}

static void take_content(const case_data_t *c, sztp_ctx_t *ctx, opinion_t *o) {
  static uint8_t content[OCTETS_MAX];
  sztp__cms_t *cms = NULL;
  if (sztp__cms_parse(ctx, sztp__span(c->signed_.data, c->signed_.len), &cms) != 0) abort();
  if (cms->econtent.len > 0) memcpy(content, cms->econtent.data, cms->econtent.len);
  o->bytes = content;
  o->len = cms->econtent.len;
  sztp__cms_free(ctx, cms);
}

static void say(opinion_t *o, const char *what, const char *more) {
  size_t at = strlen(o->detail);
  (void)snprintf(o->detail + at, sizeof o->detail - at, "%s%s%s%s", at > 0 ? "; " : "", what,
                 more[0] != '\0' ? ": " : "", more);
}

static void say_trail(sztp_ctx_t *ctx, opinion_t *o, const char *what) {
  const char *detail = "";
  (void)sztp_ctx_trail(ctx, 0, NULL, NULL, &detail);
  say(o, what, detail);
  sztp__trail_clear(ctx);
}

/* How many SEQUENCEs a field of a SignedData holds; 0 without one. */
static size_t count_sequences(const octets_t *o, uint8_t tag, size_t skip) {
  static der_tree_t tree;
  size_t count = 0;
  int32_t set = field_of(&tree, o, tag, skip);
  for (size_t i = 0; set >= 0 && i < tree.count; i++)
    count += tree.e[i].parent == set && tree.e[i].tag == 0x30;
  return count;
}

#define CERTS_MAX 80

typedef struct all_certs {
  sztp__cms_t *cms[2];
  sztp__cert_t v[CERTS_MAX];
  size_t n;
} all_certs_t;

static void add_cert(sztp_ctx_t *ctx, all_certs_t *all, sztp__span_t der, opinion_t *o) {
  if (sztp__cert_parse(ctx, der, &all->v[all->n]) == 0)
    all->n++;
  else
    say_trail(ctx, o, "a certificate is left out");
}

static void add_certs(sztp_ctx_t *ctx, all_certs_t *all, const octets_t *from, size_t place, opinion_t *o) {
  sztp__trail_clear(ctx);
  all->cms[place] = NULL;
  if (sztp__cms_parse(ctx, sztp__span(from->data, from->len), &all->cms[place]) != 0) sztp__trail_clear(ctx);
  if (all->cms[place] == NULL) return;
  if (count_sequences(from, 0xa0, 0) > all->cms[place]->cert_count)
    say(o, "a certificate is left out", "indefinite length outside");
  for (size_t i = 0; i < all->cms[place]->cert_count; i++) add_cert(ctx, all, all->cms[place]->certs[i], o);
}

static int key_ids_differ(const sztp__cert_t *below, const sztp__cert_t *above) {
  return sztp__name_equal(NULL, below->issuer, above->subject) && below->authority_key_id.len > 0 &&
         !sztp__span_equal(below->authority_key_id_octets, above->subject_key_id);
}

/* A key identifier marked as critical, which libsztp understands. */
static int has_critical_key_id(sztp__span_t der) {
  static const uint8_t marked[2][8] = {{6, 3, 0x55, 0x1d, 0x0e, 1, 1, 0xff},
                                       {6, 3, 0x55, 0x1d, 0x23, 1, 1, 0xff}};
  for (size_t i = 0; i + sizeof marked[0] <= der.len; i++)
    for (size_t k = 0; k < 2; k++)
      if (memcmp(der.data + i, marked[k], sizeof marked[k]) == 0) return 1;
  return 0;
}

/* Names that OpenSSL takes for equal, and libsztp does not. */
static void say_of_names(const all_certs_t *all, size_t below, opinion_t *o) {
  const unsigned char *p = all->v[below].issuer.data;
  X509_NAME *issuer = d2i_X509_NAME(NULL, &p, (long)all->v[below].issuer.len);
  for (size_t i = 0; i < all->n && issuer != NULL; i++) {
    p = all->v[i].subject.data;
    X509_NAME *subject = d2i_X509_NAME(NULL, &p, (long)all->v[i].subject.len);
    if (subject != NULL && X509_NAME_cmp(issuer, subject) == 0 &&
        !sztp__name_equal(NULL, all->v[below].issuer, all->v[i].subject))
      say(o, "names of other string types", "");
    X509_NAME_free(subject);
  }
  X509_NAME_free(issuer);
  ERR_clear_error();
}

static int is_sorted(sztp_ctx_t *ctx, const sztp__cms_signer_t *signer) {
  sztp__der_t d;
  sztp__der_t inside;
  sztp__tlv_t before = {0, {NULL, 0}, {NULL, 0}};
  sztp__tlv_t next;
  sztp__der_init(&d, ctx, signer->signed_attrs);
  if (sztp__der_enter(&d, SZTP__DER_CONTEXT_CONSTRUCTED, &inside) != 0) return 1;
  for (; !sztp__der_at_end(&inside) && sztp__der_any(&inside, &next) == 0; before = next) {
    size_t len = before.whole.len < next.whole.len ? before.whole.len : next.whole.len;
    if (len > 0 && memcmp(before.whole.data, next.whole.data, len) > 0) return 0;
  }
  return 1;
}

static int is_der(sztp_ctx_t *ctx, sztp__span_t element) {
  const sztp__span_t none = {NULL, 0};
  int changed = 0;
  if (element.len == 0) return 1;
  int32_t rc = sztp__ber_to_der(ctx, element, -1, none, NULL, &changed);
  sztp__trail_clear(ctx);
  return rc == 0 && !changed;
}

static void say_of_signer(sztp_ctx_t *ctx, opinion_t *o, const sztp__cms_signer_t *signer) {
  if (!is_sorted(ctx, signer)) say(o, "attributes are not sorted", "");
  if (!is_der(ctx, signer->signed_attrs)) say(o, "attributes are not DER", "");
  if (signer->hash == SZTP__HASH_NONE) say(o, "a digest algorithm is unknown", "");
  if (signer->sigalg.scheme == SZTP__SIG_NONE) say(o, "a signature algorithm is unknown", "");
}

/* Each signer with each certificate that it names: a verdict tells of one failure alone. */
static void say_of_pairs(const case_data_t *c, sztp_ctx_t *ctx, opinion_t *o, const all_certs_t *all) {
  for (size_t i = 0; i < all->cms[0]->signer_count; i++) {
    for (size_t k = 0; k < all->n; k++) {
      int named = 0;
      if (sztp__cms_signer_is(ctx, &all->cms[0]->signers[i], &all->v[k], &named) != 0 || !named) continue;
      if (sztp__span_equal(all->v[k].der, sztp__span(c->anchor.data, c->anchor.len)))
        say(o, "the anchor signed", "");
      int32_t rc = sztp__cms_verify(ctx, all->cms[0], i, &all->v[k], 0, 0);
      if (rc != 0) say_trail(ctx, o, sztp_error_label(rc));
    }
  }
}

static void say_of_signers(const case_data_t *c, sztp_ctx_t *ctx, opinion_t *o, const all_certs_t *all) {
  const sztp__cms_t *cms = all->cms[0];
  for (size_t i = 0; i < cms->signer_count; i++) say_of_signer(ctx, o, &cms->signers[i]);
  if (count_sequences(&c->signed_, 0x31, 1) > cms->signer_count) say(o, "a signer's version is unknown", "");
  if (count_sequences(&c->signed_, 0x31, 0) == 0) say(o, "no digest algorithm is listed", "");
  say_of_pairs(c, ctx, o, all);
}

/* What may explain a difference, whatever libsztp decided. */
static void say_notes(const case_data_t *c, sztp_ctx_t *ctx, opinion_t *o) {
  static all_certs_t all;
  int ids = 0;
  int subjects = 0;
  all.n = 0;
  add_certs(ctx, &all, &c->signed_, 0, o);
  add_certs(ctx, &all, &c->bag, 1, o);
  add_cert(ctx, &all, sztp__span(c->anchor.data, c->anchor.len), o);
  for (size_t i = 0; i < all.n; i++) {
    for (size_t k = 0; k < all.n; k++) {
      ids |= key_ids_differ(&all.v[i], &all.v[k]);
      subjects |= sztp__name_equal(NULL, all.v[i].subject, all.v[k].subject) &&
                  !sztp__span_equal(all.v[i].der, all.v[k].der);
    }
  }
  for (size_t i = 0; i < all.n; i++) {
    say_of_names(&all, i, o);
    if (has_critical_key_id(all.v[i].der)) say(o, "a key identifier is critical", "");
    if (all.v[i].has_key_usage && (all.v[i].key_usage & SZTP__KU_DIGITAL_SIGNATURE) == 0 && !all.v[i].is_ca)
      say(o, "a certificate is not for signing", "");
    if (all.v[i].subject_key_id.len == 0) say(o, "a certificate names no key identifier", "");
    if (sztp__span_equal(all.v[i].der, sztp__span(c->anchor.data, c->anchor.len)) && !all.v[i].is_ca)
      say(o, "the anchor is no CA", "");
  }
  if (ids) say(o, "key identifiers differ", "");
  if (subjects) say(o, "several certificates of one subject", "");
  if (all.cms[0] != NULL) say_of_signers(c, ctx, o, &all);
  sztp__cms_free(ctx, all.cms[0]);
  sztp__cms_free(ctx, all.cms[1]);
}

static void say_why(const sztp_verdict_t *v, opinion_t *o) {
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++) {
    uint32_t state = 0;
    (void)sztp_verdict_step(v, step, &state, NULL);
    if (state != SZTP_STEP_FAILED) continue;
    say(o, sztp_step_name(step), sztp_verdict_text(v, step, SZTP_TEXT_CAUSE));
    say(o, sztp_verdict_text(v, step, SZTP_TEXT_REASON), sztp_verdict_text(v, step, SZTP_TEXT_DETAIL));
  }
}

void verify_ours(const case_data_t *c, opinion_t *o) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  memset(o, 0, sizeof *o);
  if (sztp_ctx_new(NULL, &ctx) != 0 || sztp_device_new(ctx, &dev) != 0 || sztp_bundle_new(ctx, &b) != 0)
    abort();
  int32_t rc = 0;
  if (c->is_voucher) {
    rc = sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, c->anchor.data, c->anchor.len);
    if (rc == 0) rc = sztp_bundle_set(b, SZTP_ARTIFACT_VOUCHER, c->signed_.data, c->signed_.len);
  } else {
    rc = sztp_bundle_set(b, SZTP_ARTIFACT_PINNED, c->anchor.data, c->anchor.len);
    if (rc == 0) rc = sztp_bundle_set(b, SZTP_ARTIFACT_OWNER_CERT, c->bag.data, c->bag.len);
    if (rc == 0) rc = sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO, c->signed_.data, c->signed_.len);
  }
  if (rc == 0) rc = sztp_verify(dev, b, c->time, SZTP_CHANNEL_UNTRUSTED, &v);
  o->code = rc;
  o->accepted = v != NULL && signature_good(c, v);
  if (v == NULL) say_trail(ctx, o, "the anchor");
  if (v != NULL) say_why(v, o);
  say_notes(c, ctx, o);
  if (o->accepted) take_content(c, ctx, o);
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
}
