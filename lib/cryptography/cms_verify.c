/* SPDX-License-Identifier: Apache-2.0 */
/* One signer's signature over the content of a SignedData (RFC 5652 5.4, 5.6): first what the signed
 * attributes say, then the digest, then the one public-key operation. */
#include "cryptography/cms.h"

#include "ground/printable.h"

#define SET_OF_TAG 0x31

static const uint8_t oid_content_type[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03};
static const uint8_t oid_message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};
static const uint8_t oid_algorithm_protection[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34};

/* What is verified. */
typedef struct job {
  sztp_ctx_t *ctx;
  sztp__cms_t *cms;
  const sztp__cms_signer_t *signer;
  const sztp__cert_t *cert;
} job_t;

/* ---- signed attributes; their form was checked when they were decoded ---------------------------- */

static sztp__der_t attributes(const job_t *j) {
  sztp__der_t d;
  sztp__der_t inside;
  sztp__der_init(&d, j->ctx, j->signer->signed_attrs);
  if (sztp__der_enter(&d, SZTP__DER_CONTEXT_CONSTRUCTED, &inside) != SZTP_OK)
    sztp__der_init(&inside, j->ctx, sztp__span(NULL, 0));
  return inside;
}

/* Counts the attributes of type @p oid; *values is a reader for the values of the last one. */
static size_t find_attribute(const job_t *j, sztp__span_t oid, sztp__der_t *values) {
  sztp__der_t d = attributes(j);
  size_t count = 0;
  while (!sztp__der_at_end(&d)) {
    sztp__der_t attribute;
    sztp__span_t type;
    if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &attribute) != SZTP_OK) break;
    if (sztp__der_oid(&attribute, &type) != SZTP_OK) break;
    if (!sztp__span_equal(type, oid)) continue;
    count++;
    if (sztp__der_enter(&attribute, SZTP__DER_SET, values) != SZTP_OK) break;
  }
  return count;
}

/* The one value of the one attribute of type @p oid, which must have @p tag. Otherwise @p code. */
static int32_t single_value(const job_t *j, sztp__span_t oid, uint8_t tag, int32_t code, const char *name,
                            sztp__tlv_t *out) {
  sztp__der_t values;
  size_t count = find_attribute(j, oid, &values);
  if (count != 1)
    return sztp__fail(j->ctx, code, "cms.signed-attributes", "%zu %s attributes, expected one", (size_t)count,
                      name);
  if (sztp__der_expect(&values, tag, out) != SZTP_OK || sztp__der_finish(&values) != SZTP_OK)
    return sztp__fail(j->ctx, code, "cms.signed-attributes",
                      "the %s attribute does not hold exactly one value", name);
  return SZTP_OK;
}

static int32_t check_content_type(const job_t *j) {
  char found[SZTP__NAME_SIZE];
  char expected[SZTP__NAME_SIZE];
  sztp__tlv_t value;
  int32_t code = SZTP_ERR_CMS_CONTENTTYPE_MISMATCH;
  int32_t rc = single_value(j, sztp__span(oid_content_type, sizeof oid_content_type), SZTP__DER_OID, code,
                            "content-type", &value);
  if (rc != SZTP_OK || sztp__span_equal(value.value, j->cms->etype_oid)) return rc;
  return sztp__fail(j->ctx, code, "cms.signed-attributes", "content-type attribute %s, expected %s",
                    sztp__der_oid_text(found, sizeof found, value.value),
                    sztp__der_oid_text(expected, sizeof expected, j->cms->etype_oid));
}

/* The digest of the content, made once. */
static int32_t content_digest(const job_t *j, sztp__span_t *out) {
  sztp__cms_t *cms = j->cms;
  size_t len = sztp__hash_len(j->signer->hash);
  if (cms->digest_hash != j->signer->hash) {
    cms->digest_hash = SZTP__HASH_NONE;
    int32_t rc = sztp__hash_once(j->ctx, j->signer->hash, cms->econtent, cms->digest, &len);
    if (rc != SZTP_OK) return rc;
    cms->digest_hash = j->signer->hash;
  }
  *out = sztp__span(cms->digest, len);
  return SZTP_OK;
}

static int32_t check_message_digest(const job_t *j) {
  sztp__tlv_t value;
  sztp__span_t digest;
  int32_t code = SZTP_ERR_CMS_DIGEST_MISMATCH;
  int32_t rc = single_value(j, sztp__span(oid_message_digest, sizeof oid_message_digest),
                            SZTP__DER_OCTET_STRING, code, "message-digest", &value);
  if (rc == SZTP_OK) rc = content_digest(j, &digest);
  if (rc != SZTP_OK || sztp__span_equal(value.value, digest)) return rc;
  return sztp__fail(j->ctx, code, "cms.signed-attributes",
                    "the message-digest attribute is not the %s digest of the content",
                    sztp__hash_name(j->signer->hash));
}

static int same_algorithm(const sztp__sigalg_t *a, const sztp__sigalg_t *b) {
  return sztp__span_equal(a->oid, b->oid) && a->hash == b->hash && a->mgf_hash == b->mgf_hash &&
         a->salt_len == b->salt_len;
}

/* CMSAlgorithmProtection (RFC 6211): digestAlgorithm and, since this is a signature, [1] signatureAlgorithm.
 */
static int protects(const job_t *j, const sztp__tlv_t *value) {
  sztp__der_t d;
  sztp__tlv_t field;
  uint32_t hash = SZTP__HASH_NONE;
  sztp__span_t oid;
  sztp__sigalg_t alg;
  sztp__der_init(&d, NULL, value->value);
  if (sztp__digestalg_read(&d, &hash, &oid) != SZTP_OK || !sztp__span_equal(oid, j->signer->hash_oid))
    return 0;
  if (sztp__der_expect(&d, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &field) != SZTP_OK ||
      sztp__der_finish(&d) != SZTP_OK)
    return 0;
  if (sztp__sigalg_read_inside(sztp__der_inside(&d, &field), &alg) != SZTP_OK) return 0;
  sztp__sigalg_complete(&alg, hash);
  return same_algorithm(&alg, &j->signer->sigalg);
}

static int32_t check_algorithm_protection(const job_t *j) {
  sztp__tlv_t value;
  sztp__der_t values;
  sztp__span_t oid = sztp__span(oid_algorithm_protection, sizeof oid_algorithm_protection);
  if (find_attribute(j, oid, &values) == 0) return SZTP_OK;
  int32_t code = SZTP_ERR_CMS_SIGNATURE_INVALID;
  int32_t rc = single_value(j, oid, SZTP__DER_SEQUENCE, code, "algorithm-protection", &value);
  if (rc != SZTP_OK || protects(j, &value)) return rc;
  return sztp__fail(j->ctx, code, "cms.signed-attributes",
                    "the algorithm-protection attribute does not repeat the algorithms in use");
}

/* ---- signatures ---------------------------------------------------------------------------------- */

static int32_t verify_hash_of(const job_t *j, sztp__span_t first, sztp__span_t second) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__hash_t *h = NULL;
  int32_t rc = sztp__hash_new(j->ctx, j->signer->sigalg.hash, &h);
  if (rc != SZTP_OK) return rc;
  rc = sztp__hash_update(h, first.data, first.len);
  if (rc == SZTP_OK) rc = sztp__hash_update(h, second.data, second.len);
  if (rc == SZTP_OK) rc = sztp__hash_finish(h, digest, &len);
  sztp__hash_free(h);
  if (rc != SZTP_OK) return rc;
  return sztp__verify_digest(j->ctx, j->cert->spki, &j->signer->sigalg, sztp__span(digest, len),
                             j->signer->signature);
}

int32_t sztp__cms_sort_attributes(sztp__span_t contents, sztp__buf_t *out) {
  size_t mark = 0;
  sztp__buf_reserve(out, contents.len);
  sztp__der_open(out, SET_OF_TAG, &mark);
  sztp__buf_add_span(out, contents);
  return sztp__der_close_set_of(out, mark);
}

/* D-80: the attributes in DER order; if that fails, in the order in which they came. */
static int32_t verify_attributes(const job_t *j) {
  static const uint8_t set_of = SET_OF_TAG;
  sztp__span_t received = sztp__span(j->signer->signed_attrs.data + 1, j->signer->signed_attrs.len - 1);
  sztp__buf_t sorted;
  sztp__der_t attrs = attributes(j);
  sztp__buf_init(&sorted, j->ctx, j->signer->signed_attrs.len);
  int32_t rc = sztp__cms_sort_attributes(sztp__span(attrs.p, (size_t)(attrs.end - attrs.p)), &sorted);
  if (rc == SZTP_OK) rc = verify_hash_of(j, sztp__buf_span(&sorted), sztp__span(NULL, 0));
  int again = rc == SZTP_ERR_CMS_SIGNATURE_INVALID &&
              !sztp__span_equal(sztp__span(sorted.data + 1, sorted.len - 1), received);
  sztp__buf_clear(&sorted);
  return again ? verify_hash_of(j, sztp__span(&set_of, 1), received) : rc;
}

/* CMS-10: only id-data goes without attributes. */
static int32_t verify_content(const job_t *j, int attrs_always) {
  sztp__span_t digest;
  if (j->cms->etype != SZTP__CMS_DATA || attrs_always)
    return sztp__fail(j->ctx, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "cms.signer",
                      "there are no signed attributes");
  if (j->cms->econtent.len > 0 && j->cms->econtent.data[0] == SET_OF_TAG)
    return sztp__fail(
        j->ctx, SZTP_ERR_CMS_SIGNEDATTRS_MISSING, "cms.signer",
        "there are no signed attributes, and the content could be some that were signed elsewhere");
  int32_t rc = content_digest(j, &digest);
  if (rc != SZTP_OK) return rc;
  return sztp__verify_digest(j->ctx, j->cert->spki, &j->signer->sigalg, digest, j->signer->signature);
}

static int32_t check_signer_algorithms(const job_t *j, int allow_sha1) {
  const sztp__cms_signer_t *signer = j->signer;
  char oid[SZTP__NAME_SIZE];
  int32_t rc = sztp__alg_policy(j->ctx, &signer->sigalg, &j->cert->key, allow_sha1);
  if (rc != SZTP_OK) return rc;
  if (signer->hash == SZTP__HASH_NONE)
    return sztp__fail(j->ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "cms.signer",
                      "digest algorithm %s is not supported",
                      sztp__der_oid_text(oid, sizeof oid, signer->hash_oid));
  if (signer->hash == signer->sigalg.hash) return SZTP_OK;
  return sztp__fail(j->ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "cms.signer",
                    "digest algorithm %s, but the signature is made with %s (RFC 8933)",
                    sztp__hash_name(signer->hash), sztp__hash_name(signer->sigalg.hash));
}

static int32_t verify_signer(const job_t *j, int allow_sha1, int attrs_always) {
  int32_t rc = check_signer_algorithms(j, allow_sha1);
  if (rc != SZTP_OK) return rc;
  if (j->signer->signed_attrs.len == 0) return verify_content(j, attrs_always);
  rc = check_content_type(j);
  if (rc == SZTP_OK) rc = check_message_digest(j);
  if (rc == SZTP_OK) rc = check_algorithm_protection(j);
  return rc == SZTP_OK ? verify_attributes(j) : rc;
}

int32_t sztp__cms_verify(sztp_ctx_t *ctx, sztp__cms_t *cms, size_t signer, const sztp__cert_t *cert,
                         int allow_sha1, int attrs_always) {
  job_t j = {ctx, cms, &cms->signers[signer], cert};
  if (!cms->has_econtent)
    return sztp__fail(ctx, SZTP_ERR_CMS_DETACHED, "cms.signer", "there is no content in the structure");
  return verify_signer(&j, allow_sha1, attrs_always);
}

int32_t sztp__cms_verify_detached(sztp_ctx_t *ctx, sztp__cms_t *cms, size_t signer, const sztp__cert_t *cert,
                                  const uint8_t *digest) {
  job_t j = {ctx, cms, &cms->signers[signer], cert};
  memcpy(cms->digest, digest, sztp__hash_len(j.signer->hash));
  cms->digest_hash = j.signer->hash;
  return verify_signer(&j, 0, 1);
}
