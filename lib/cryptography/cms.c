/* SPDX-License-Identifier: Apache-2.0 */
/* SignedData decoded (RFC 5652 5). What is read here is only form; cms_verify.c says what a signature is
 * worth. */
#include "cryptography/cms.h"

#include "formats/ber.h"
#include "formats/found.h"

/* Each is looked for among all others, and sorted. */
#define ATTRIBUTES_MAX 64

#define FIELD_TAG(n)   ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

#define PKCS7(n)                                                                                             \
  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, (n) }
#define SMIME_CT(n)                                                                                          \
  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, (n) }

static const uint8_t oid_data[] = PKCS7(1);
static const uint8_t oid_signed[] = PKCS7(2);
static const uint8_t oid_enveloped[] = PKCS7(3);
static const uint8_t oid_auth_enveloped[] = SMIME_CT(23);
static const uint8_t oid_voucher_json[] = SMIME_CT(40);
static const uint8_t oid_conveyed_xml[] = SMIME_CT(42);
static const uint8_t oid_conveyed_json[] = SMIME_CT(43);
static const uint8_t oid_firmware[] = SMIME_CT(16); /* RFC 4108 2.1.2 */

#define OID(name)                                                                                            \
  { (name), sizeof(name) }

static const struct {
  uint32_t type;
  sztp__span_t oid;
} types[] = {
    {SZTP__CMS_DATA, OID(oid_data)},
    {SZTP__CMS_SIGNED, OID(oid_signed)},
    {SZTP__CMS_ENVELOPED, OID(oid_enveloped)},
    {SZTP__CMS_AUTH_ENVELOPED, OID(oid_auth_enveloped)},
    {SZTP__CMS_VOUCHER_JSON, OID(oid_voucher_json)},
    {SZTP__CMS_CONVEYED_XML, OID(oid_conveyed_xml)},
    {SZTP__CMS_CONVEYED_JSON, OID(oid_conveyed_json)},
    {SZTP__CMS_FIRMWARE, OID(oid_firmware)},
};

#define TYPE_COUNT (sizeof types / sizeof types[0])

sztp__span_t sztp__cms_type_oid(uint32_t type) {
  for (size_t i = 0; i < TYPE_COUNT; i++) {
    if (types[i].type == type) return types[i].oid;
  }
  return sztp__span(NULL, 0);
}

uint32_t sztp__cms_type_of(sztp__span_t oid) {
  for (size_t i = 0; i < TYPE_COUNT; i++) {
    if (sztp__span_equal(types[i].oid, oid)) return types[i].type;
  }
  return SZTP__CMS_OTHER;
}

/* ---- signers ------------------------------------------------------------------------------------- */

int32_t sztp__cms_issuer_serial(sztp__der_t *d, sztp__span_t *issuer, sztp__span_t *serial) {
  sztp__der_t sequence;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_expect(&sequence, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) *issuer = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__name_check(d->ctx, *issuer);
  if (rc == SZTP_OK) rc = sztp__der_integer(&sequence, serial);
  return rc != SZTP_OK ? rc : sztp__der_finish(&sequence);
}

/* SignerIdentifier: IssuerAndSerialNumber or [0] SubjectKeyIdentifier. */
static int32_t read_signer_id(sztp__der_t *d, sztp__cms_signer_t *signer) {
  sztp__tlv_t tlv;
  if (sztp__der_peek(d) == SZTP__DER_CONTEXT) {
    int32_t rc = sztp__der_any(d, &tlv);
    if (rc == SZTP_OK) signer->key_id = tlv.value;
    return rc;
  }
  return sztp__cms_issuer_serial(d, &signer->issuer, &signer->serial);
}

/* An AlgorithmIdentifier that cannot be made sense of leaves the signer unusable, not the whole object
 * (CMS-12): it stays unknown. */
static int32_t read_algorithms(sztp__der_t *d, sztp__cms_signer_t *signer, sztp__tlv_t *attrs,
                               int *has_attrs) {
  sztp__tlv_t tlv;
  sztp__der_t quiet;
  int32_t rc = sztp__der_expect(d, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  sztp__der_init(&quiet, NULL, tlv.whole);
  if (sztp__digestalg_read(&quiet, &signer->hash, &signer->hash_oid) != SZTP_OK)
    signer->hash = SZTP__HASH_NONE;
  rc = sztp__der_optional(d, FIELD_TAG(0), has_attrs, attrs);
  if (rc == SZTP_OK) rc = sztp__der_expect(d, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  sztp__der_init(&quiet, NULL, tlv.whole);
  if (sztp__sigalg_read(&quiet, &signer->sigalg) != SZTP_OK) signer->sigalg.scheme = SZTP__SIG_NONE;
  sztp__sigalg_complete(&signer->sigalg, signer->hash);
  return SZTP_OK;
}

int32_t sztp__cms_check_attributes(sztp__der_t attrs) {
  size_t count = 0;
  while (!sztp__der_at_end(&attrs)) {
    sztp__der_t attribute;
    sztp__span_t oid;
    sztp__tlv_t values;
    int32_t rc = sztp__der_enter(&attrs, SZTP__DER_SEQUENCE, &attribute);
    if (rc == SZTP_OK) rc = sztp__der_oid(&attribute, &oid);
    if (rc == SZTP_OK) rc = sztp__der_expect(&attribute, SZTP__DER_SET, &values);
    if (rc == SZTP_OK) rc = sztp__der_finish(&attribute);
    if (rc != SZTP_OK) return rc;
    if (++count > ATTRIBUTES_MAX)
      return sztp__fail(attrs.ctx, SZTP_ERR_LIMIT, "cms.attributes", "more than %d attributes",
                        ATTRIBUTES_MAX);
  }
  return SZTP_OK;
}

/* Reads a SignerInfo after its version. */
static int32_t read_signer(sztp__der_t *d, sztp__cms_signer_t *signer) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = read_signer_id(d, signer);
  if (rc == SZTP_OK) rc = read_algorithms(d, signer, &tlv, &found);
  if (rc == SZTP_OK && found) {
    signer->signed_attrs = tlv.whole;
    rc = sztp__cms_check_attributes(sztp__der_inside(d, &tlv));
  }
  if (rc == SZTP_OK) rc = sztp__der_expect(d, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) signer->signature = tlv.value;
  if (rc == SZTP_OK)
    rc = sztp__der_optional(d, FIELD_TAG(1), &found, &tlv); /* unsigned attributes (CMS-19) */
  return rc != SZTP_OK ? rc : sztp__der_finish(d);
}

/* A list of @p count members, 1 at least, as long as it is; NULL: no memory. */
static void *keep_list(sztp_ctx_t *ctx, const void *members, size_t count, size_t size) {
  void *list = sztp__alloc_array(ctx, count, size);
  if (list != NULL) memcpy(list, members, count * size);
  return list;
}

static int32_t read_signers(sztp__der_t *d, sztp__cms_t *cms) {
  sztp__cms_signer_t read[SZTP__CMS_MAX_SIGNERS];
  sztp__der_t set;
  size_t count = 0;
  size_t known = 0;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SET, &set);
  while (rc == SZTP_OK && !sztp__der_at_end(&set)) {
    sztp__der_t signer;
    int32_t version = 0;
    if (count++ == SZTP__CMS_MAX_SIGNERS)
      return sztp__fail(d->ctx, SZTP_ERR_LIMIT, "cms.signers", "more than %d signers", SZTP__CMS_MAX_SIGNERS);
    rc = sztp__der_enter(&set, SZTP__DER_SEQUENCE, &signer);
    if (rc == SZTP_OK) rc = sztp__der_small(&signer, &version);
    if (rc != SZTP_OK) return rc;
    if (version != 1 && version != 3) continue; /* CMS-12: nobody knows what would follow */
    memset(&read[known], 0, sizeof read[known]);
    rc = read_signer(&signer, &read[known++]);
  }
  if (rc != SZTP_OK || known == 0) return rc;
  cms->signers = keep_list(d->ctx, read, known, sizeof *read);
  if (cms->signers == NULL) return SZTP_ERR_MEMORY;
  cms->signer_count = known;
  return SZTP_OK;
}

/* ---- SignedData ---------------------------------------------------------------------------------- */

#define OBJECTS_MAX SZTP__CMS_MAX_CERTS /* the larger of the two */

/* CertificateSet and RevocationInfoChoices: keeps the SEQUENCEs, at most @p most of them, passes over the
 * choices tagged [0] to [@p last_choice]. */
static int32_t read_objects(sztp__der_t set, uint8_t last_choice, size_t most, sztp__span_t **out,
                            size_t *count, const char *what) {
  sztp__span_t read[OBJECTS_MAX];
  size_t n = 0;
  sztp__tlv_t tlv;
  while (!sztp__der_at_end(&set)) {
    int32_t rc = sztp__der_any(&set, &tlv);
    if (rc != SZTP_OK) return rc;
    if (tlv.tag >= FIELD_TAG(0) && tlv.tag <= FIELD_TAG(last_choice)) continue;
    if (tlv.tag != SZTP__DER_SEQUENCE)
      return sztp__fail(set.ctx, SZTP_ERR_DER, "cms.sets", "tag 0x%02x among the %s", tlv.tag, what);
    if (n == most) return sztp__fail(set.ctx, SZTP_ERR_LIMIT, "cms.sets", "more than %zu %s", most, what);
    read[n++] = tlv.whole;
  }
  if (n == 0) return SZTP_OK;
  *out = keep_list(set.ctx, read, n, sizeof *read);
  if (*out == NULL) return SZTP_ERR_MEMORY;
  *count = n;
  return SZTP_OK;
}

/* The OCTET STRING that is all of an [0] EXPLICIT field. */
static int32_t read_content(sztp__der_t *field, sztp__span_t *content) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_any(field, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(field);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag != SZTP__DER_OCTET_STRING)
    return sztp__fail(field->ctx, SZTP_ERR_DER, "cms.content",
                      "content with tag 0x%02x, expected an OCTET STRING", tlv.tag);
  *content = tlv.value;
  return SZTP_OK;
}

static int32_t read_encapsulated(sztp__der_t *d, sztp__cms_t *cms) {
  sztp__der_t sequence;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, &cms->etype_oid);
  if (rc == SZTP_OK) rc = sztp__der_optional(&sequence, FIELD_TAG(0), &cms->has_econtent, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc != SZTP_OK) return rc;
  cms->etype = sztp__cms_type_of(cms->etype_oid);
  if (!cms->has_econtent) return SZTP_OK;
  sztp__der_t field = sztp__der_inside(&sequence, &tlv);
  return read_content(&field, &cms->econtent);
}

static int32_t check_digest_algorithms(sztp__der_t *d) {
  sztp__der_t set;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SET, &set);
  while (rc == SZTP_OK && !sztp__der_at_end(&set)) {
    sztp__tlv_t tlv;
    rc = sztp__der_expect(&set, SZTP__DER_SEQUENCE, &tlv);
  }
  return rc;
}

static int32_t read_signed_data(sztp__der_t *field, sztp__cms_t *cms) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_enter(field, SZTP__DER_SEQUENCE, &d);
  if (rc == SZTP_OK) rc = sztp__der_finish(field);
  if (rc == SZTP_OK) rc = sztp__der_small(&d, &cms->version);
  if (rc == SZTP_OK) rc = check_digest_algorithms(&d);
  if (rc == SZTP_OK) rc = read_encapsulated(&d, cms);
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, FIELD_TAG(0), &found, &tlv);
  if (rc == SZTP_OK && found)
    rc = read_objects(sztp__der_inside(&d, &tlv), 3, SZTP__CMS_MAX_CERTS, &cms->certs, &cms->cert_count,
                      "certificates");
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, FIELD_TAG(1), &found, &tlv);
  if (rc == SZTP_OK && found)
    rc = read_objects(sztp__der_inside(&d, &tlv), 1, SZTP__CMS_MAX_CRLS, &cms->crls, &cms->crl_count, "CRLs");
  if (rc == SZTP_OK) rc = read_signers(&d, cms);
  return rc != SZTP_OK ? rc : sztp__der_finish(&d);
}

/* ---- ContentInfo --------------------------------------------------------------------------------- */

/* Every part is looked at, so that BER deep inside is found too. */
static int32_t read_enveloped(sztp__der_t *field, sztp__cms_t *cms) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(field, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(field);
  if (rc == SZTP_OK) rc = sztp__der_check(field->ctx, tlv.whole);
  if (rc == SZTP_OK) cms->body = tlv.whole;
  return rc;
}

static int32_t read_content_info(sztp__der_t *d, sztp__cms_t *cms) {
  sztp__der_t info;
  sztp__der_t field;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &info);
  if (rc == SZTP_OK) rc = sztp__der_finish(d);
  if (rc == SZTP_OK) rc = sztp__der_oid(&info, &cms->type_oid);
  if (rc == SZTP_OK) rc = sztp__der_enter(&info, FIELD_TAG(0), &field);
  if (rc == SZTP_OK) rc = sztp__der_finish(&info);
  if (rc != SZTP_OK) return rc;
  cms->type = sztp__cms_type_of(cms->type_oid);
  switch (cms->type) {
  case SZTP__CMS_SIGNED:
    cms->body = sztp__span(field.p, (size_t)(field.end - field.p));
    return read_signed_data(&field, cms);
  case SZTP__CMS_ENVELOPED:
  case SZTP__CMS_AUTH_ENVELOPED: return read_enveloped(&field, cms);
  case SZTP__CMS_DATA:
  case SZTP__CMS_VOUCHER_JSON:
  case SZTP__CMS_CONVEYED_XML:
  case SZTP__CMS_CONVEYED_JSON: return read_content(&field, &cms->content);
  default: return SZTP_OK;
  }
}

/* In a ContentInfo, SignedData's sets of certificates and CRLs stand at this level. */
#define SETS_LEVEL 3

/* Puts a DER copy of cms->der in its place if it is BER. Its octets are looked at once before any memory is
 * taken. */
static int32_t normalise(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  sztp__span_t type = sztp__cms_type_oid(SZTP__CMS_SIGNED);
  int changed = 0;
  size_t len = 0;
  sztp__buf_t out;
  int32_t rc = sztp__ber_to_der(ctx, cms->der, SETS_LEVEL, type, NULL, &changed);
  if (rc != SZTP_OK || !changed) return rc;
  sztp__buf_init(&out, ctx,
                 cms->der.len + cms->der.len / 1024 + 64); /* long elements need more length octets */
  rc = sztp__buf_reserve(&out, cms->der.len);
  if (rc == SZTP_OK) rc = sztp__ber_to_der(ctx, cms->der, SETS_LEVEL, type, &out, &changed);
  if (rc == SZTP_OK) rc = sztp__buf_take(&out, &cms->from_ber, &len);
  sztp__buf_clear(&out);
  if (rc == SZTP_OK) cms->der = sztp__span(cms->from_ber, len);
  return rc;
}

static int32_t read_whole(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  sztp__der_t d;
  sztp__der_init(&d, ctx, cms->der);
  return read_content_info(&d, cms);
}

static void free_lists(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  sztp__free(ctx, cms->certs);
  sztp__free(ctx, cms->crls);
  sztp__free(ctx, cms->signers);
}

/* What reading has filled in so far. */
static void forget(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  sztp__span_t der = cms->der;
  uint8_t *from_ber = cms->from_ber;
  free_lists(ctx, cms);
  memset(cms, 0, sizeof *cms);
  cms->der = der;
  cms->from_ber = from_ber;
}

int32_t sztp__cms_parse(sztp_ctx_t *ctx, sztp__span_t input, sztp__cms_t **out) {
  *out = NULL;
  sztp__cms_t *cms = sztp__alloc(ctx, sizeof *cms);
  if (cms == NULL) return SZTP_ERR_MEMORY;
  cms->der = input;
  int32_t rc = read_whole(ctx, cms);
  if (SZTP__BER && rc == SZTP_ERR_DER) {
    forget(ctx, cms);
    sztp__trail_clear(ctx);
    rc = normalise(ctx, cms);
    if (rc == SZTP_OK) rc = read_whole(ctx, cms);
  }
  if (rc == SZTP_OK) {
    *out = cms;
    return SZTP_OK;
  }
  sztp__cms_free(ctx, cms);
  if (rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_MEMORY) return rc;
  const char *found = sztp__found_not_cms(input);
  if (found != NULL) { /* says more than where it stopped being DER */
    sztp__trail_clear(ctx);
    return sztp__fail(ctx, SZTP_ERR_CMS_MALFORMED, "cms", "it is %s, where CMS in DER is wanted", found);
  }
  return sztp__fail(ctx, SZTP_ERR_CMS_MALFORMED, "cms", "the CMS structure cannot be decoded");
}

void sztp__cms_free(sztp_ctx_t *ctx, sztp__cms_t *cms) {
  if (cms == NULL) return;
  free_lists(ctx, cms);
  sztp__free_secret(ctx, cms->from_ber); /* as a decrypted one is */
  sztp__free(ctx, cms);
}

int32_t sztp__cms_names(sztp_ctx_t *ctx, sztp__span_t issuer, sztp__span_t serial, sztp__span_t key_id,
                        const sztp__cert_t *cert, int *names) {
  if (issuer.len == 0) return sztp__cert_has_key_id(ctx, cert, key_id, names);
  *names = sztp__span_equal(serial, cert->serial) && sztp__name_equal(ctx, issuer, cert->issuer);
  return SZTP_OK;
}

int32_t sztp__cms_signer_is(sztp_ctx_t *ctx, const sztp__cms_signer_t *signer, const sztp__cert_t *cert,
                            int *is) {
  return sztp__cms_names(ctx, signer->issuer, signer->serial, signer->key_id, cert, is);
}
