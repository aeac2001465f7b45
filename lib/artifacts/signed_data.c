/* SPDX-License-Identifier: Apache-2.0 */
/* Writes SignedData with one signer as RFC 5652 5 has it, in DER. */
#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "cryptography/put_algorithm.h"

#define OID_CONTENT_TYPE   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define OID_RSA_PSS        "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"

/* What is being made. */
struct signing {
  const sztp_signer_t *signer;
  uint32_t type;
  sztp__span_t document;
  sztp__span_t digest; /* of a document that stands elsewhere; empty: it goes in */
  sztp__buf_t attrs;   /* signed attributes as they are hashed: SET OF; empty without */
  sztp__buf_t signature;
};

/* RFC 5754 2: parameters are left out. */
static void put_digest_algorithm(sztp__buf_t *out, uint32_t hash) {
  sztp__put_algorithm(out, sztp__digest_oid(hash), 0);
}

/* RSASSA-PSS-params (RFC 4055 3.1): everything but the trailer differs from its default. */
static void put_pss(sztp__buf_t *out, uint32_t hash) {
  size_t algorithm = 0;
  size_t params = 0;
  size_t tag = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &algorithm);
  sztp__der_put_oid(out, sztp__span_of(OID_RSA_PSS));
  sztp__der_open(out, SZTP__DER_SEQUENCE, &params);
  sztp__put_hashes(out, hash);
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 2, &tag);
  sztp__der_put_small(out, (uint32_t)sztp__hash_len(hash));
  sztp__der_close(out, tag);
  sztp__der_close(out, params);
  sztp__der_close(out, algorithm);
}

static void put_signature_algorithm(sztp__buf_t *out, const struct signing *m) {
  int ec = m->signer->cert.key.type == SZTP__KEY_EC;
  if (!ec && m->signer->pss)
    put_pss(out, m->signer->hash);
  else
    sztp__put_signature_algorithm(out, ec ? SZTP__SIG_ECDSA : SZTP__SIG_RSA_PKCS1, m->signer->hash);
}

/* One attribute with one value. */
static void put_attribute(sztp__buf_t *out, const char *oid, uint8_t value_tag, sztp__span_t value) {
  size_t attribute = 0;
  size_t values = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &attribute);
  sztp__der_put_oid(out, sztp__span_of(oid));
  sztp__der_open(out, SZTP__DER_SET, &values);
  sztp__der_put(out, value_tag, value);
  sztp__der_close(out, values);
  sztp__der_close(out, attribute);
}

/* Content type and message digest (RFC 5652 5.3, 11.1, 11.2). No signing time: vouchers have their own date,
 * and the clock of a signer proves nothing. */
static int32_t make_attrs(struct signing *m) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  size_t set = 0;
  sztp__span_t of_content = m->digest;
  if (of_content.len == 0) {
    int32_t rc = sztp__hash_once(m->signer->ctx, m->signer->hash, m->document, digest, &len);
    if (rc < 0) return rc;
    of_content = sztp__span(digest, len);
  }
  sztp__der_open(&m->attrs, SZTP__DER_SET, &set);
  put_attribute(&m->attrs, OID_CONTENT_TYPE, SZTP__DER_OID, sztp__cms_type_oid(m->type));
  put_attribute(&m->attrs, OID_MESSAGE_DIGEST, SZTP__DER_OCTET_STRING, of_content);
  sztp__der_close_set_of(&m->attrs, set);
  return m->attrs.status;
}

static int32_t make_signature(struct signing *m) {
  const sztp_signer_t *s = m->signer;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  uint32_t scheme = s->pss ? SZTP__SIG_RSA_PSS : SZTP__SIG_RSA_PKCS1;
  if (s->cert.key.type == SZTP__KEY_EC) scheme = SZTP__SIG_ECDSA;
  int32_t rc = s->no_attrs ? SZTP_OK : make_attrs(m);
  if (rc < 0) return rc;
  sztp__span_t message = s->no_attrs ? m->document : sztp__buf_span(&m->attrs);
  rc = sztp__hash_once(s->ctx, s->hash, message, digest, &len);
  if (rc < 0) return rc;
  return sztp__signing_key_sign(s->key, scheme, s->hash, sztp__span(digest, len), &m->signature);
}

/* CMSVersion of SignerInfo: 1 with issuer and serial number, 3 with a key identifier (RFC 5652 5.3). */
static uint32_t signer_version(const sztp_signer_t *s) { return s->by_key_id ? 3 : 1; }

static void put_signer_id(sztp__buf_t *out, const sztp_signer_t *s) {
  if (s->by_key_id)
    sztp__der_put(out, SZTP__DER_CONTEXT, s->cert.subject_key_id);
  else
    sztp__cms_put_issuer_serial(out, &s->cert);
}

static void put_signer_info(sztp__buf_t *out, const struct signing *m) {
  size_t info = 0;
  sztp__span_t attrs = sztp__buf_span(&m->attrs);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_small(out, signer_version(m->signer));
  put_signer_id(out, m->signer);
  put_digest_algorithm(out, m->signer->hash);
  if (attrs.len > 0) { /* the same octets under the tag [0] (RFC 5652 5.4) */
    sztp__buf_add_u8(out, SZTP__DER_CONTEXT_CONSTRUCTED);
    sztp__buf_add(out, attrs.data + 1, attrs.len - 1);
  }
  put_signature_algorithm(out, m);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__buf_span(&m->signature));
  sztp__der_close(out, info);
}

static void put_signed_data(sztp__buf_t *out, const struct signing *m) {
  size_t marks[3];
  size_t part = 0;
  size_t tag = 0;
  uint32_t version = m->type != SZTP__CMS_DATA ? 3 : signer_version(m->signer); /* RFC 5652 5.1 */
  sztp__cms_open_signed(out, version, marks);
  sztp__der_open(out, SZTP__DER_SET, &part);
  put_digest_algorithm(out, m->signer->hash);
  sztp__der_close(out, part);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &part);
  sztp__der_put_oid(out, sztp__cms_type_oid(m->type));
  if (m->digest.len == 0) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &tag);
    sztp__der_put(out, SZTP__DER_OCTET_STRING, m->document);
    sztp__der_close(out, tag);
  }
  sztp__der_close(out, part);
  if (!m->signer->no_certs) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &part);
    sztp__buf_add_span(out, sztp__buf_span(&m->signer->certs));
    sztp__der_close_set_of(out, part);
  }
  if (m->signer->crls.len > 0) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &part);
    sztp__buf_add_span(out, sztp__buf_span(&m->signer->crls));
    sztp__der_close_set_of(out, part);
  }
  sztp__der_open(out, SZTP__DER_SET, &part);
  put_signer_info(out, m);
  sztp__der_close(out, part);
  sztp__cms_close_signed(out, marks);
}

static int32_t write_signed(const sztp_signer_t *signer, uint32_t type, sztp__span_t document,
                            sztp__span_t digest, sztp__buf_t *out) {
  struct signing m;
  memset(&m, 0, sizeof m);
  m.signer = signer;
  m.type = signer->no_attrs ? SZTP__CMS_DATA : type;
  m.document = document;
  m.digest = digest;
  sztp__buf_init(&m.attrs, signer->ctx, 256);
  sztp__buf_init(&m.signature, signer->ctx, 2048);
  int32_t rc = make_signature(&m);
  if (rc == SZTP_OK) /* the bulk of it in one piece */
    rc = sztp__buf_reserve(out, document.len + signer->crls.len + (signer->no_certs ? 0 : signer->certs.len));
  if (rc == SZTP_OK) {
    put_signed_data(out, &m);
    rc = out->status;
  }
  sztp__buf_clear(&m.signature);
  sztp__buf_clear(&m.attrs);
  return rc;
}

int32_t sztp__signed_data_write(const sztp_signer_t *signer, uint32_t type, sztp__span_t document,
                                sztp__buf_t *out) {
  return write_signed(signer, type, document, sztp__span(NULL, 0), out);
}

int32_t sztp__signed_data_write_detached(const sztp_signer_t *signer, uint32_t type, sztp__span_t digest,
                                         sztp__buf_t *out) {
  return write_signed(signer, type, sztp__span(NULL, 0), digest, out);
}
