/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what an artifact is: recognises it, and walks its CMS structure. */
#include "artifacts/inspect.h"

#include "artifacts/input.h"
#include "cryptography/crl.h"
#include "formats/armor.h"
#include "formats/ber.h"
#include "formats/cbor.h"
#include "formats/found.h"
#include "formats/yang.h"
#include "ground/text.h"

#define DOCUMENT_HEAD 512

/* ---- CMS ----------------------------------------------------------------------------------------- */

static void tell_type(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t oid) {
  char text[SZTP__PHRASE_SIZE];
  sztp__tellf(l, depth, name, "%s", sztp__cms_type_text(text, sizeof text, sztp__cms_type_of(oid), oid));
}

/* The attributes that have a meaning here; others are shown by their OID. */
static int32_t tell_attribute(sztp__look_t *l, uint32_t depth, sztp__der_t *attribute) {
  sztp__span_t oid;
  sztp__der_t values;
  sztp__span_t type;
  sztp__tlv_t octets;
  int64_t when = 0;
  char text[SZTP__PHRASE_SIZE];
  int32_t rc = sztp__der_oid(attribute, &oid);
  if (rc == SZTP_OK) rc = sztp__der_enter(attribute, SZTP__DER_SET, &values);
  if (rc < 0) return rc;
  if (sztp__span_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")) {
    rc = sztp__der_oid(&values, &type);
    if (rc == SZTP_OK) tell_type(l, depth, "content-type", type);
  } else if (sztp__span_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")) {
    rc = sztp__der_expect(&values, SZTP__DER_OCTET_STRING, &octets);
    if (rc == SZTP_OK) sztp__tell_hex(l, depth, "message-digest", octets.value);
  } else if (sztp__span_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")) {
    rc = sztp__der_time(&values, &when);
    if (rc == SZTP_OK) sztp__tellf(l, depth, "signing-time", "%s", sztp__time_format(text, when));
  } else {
    sztp__tellf(l, depth, "other-attribute", "%s", sztp__der_oid_text(text, sizeof text, oid));
  }
  return rc;
}

static void tell_attributes(sztp__look_t *l, uint32_t depth, sztp__span_t attrs) {
  sztp__der_t d;
  sztp__der_t list;
  sztp__der_t attribute;
  if (attrs.len == 0) {
    sztp__tellf(l, depth, "signed-attributes", "none");
    return;
  }
  sztp__tell_group(l, depth, "signed-attributes");
  sztp__der_init(&d, l->ctx, attrs);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_CONTEXT_CONSTRUCTED, &list);
  while (rc == SZTP_OK && !sztp__der_at_end(&list)) {
    rc = sztp__der_enter(&list, SZTP__DER_SEQUENCE, &attribute);
    if (rc == SZTP_OK) rc = tell_attribute(l, depth + 1, &attribute);
  }
  if (rc < 0) sztp__tell_fault(l, depth + 1, rc);
}

/* Whether the certificate that the signer names came along. */
static void tell_signer_cert(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms,
                             const sztp__cms_signer_t *s) {
  sztp__cert_t cert;
  char name[SZTP__SENTENCE_SIZE];
  for (size_t i = 0; i < cms->cert_count; i++) {
    if (sztp__cert_parse(l->ctx, cms->certs[i], &cert) < 0) continue;
    int named = 0;
    if (sztp__cms_signer_is(l->ctx, s, &cert, &named) < 0 || !named) continue;
    sztp__tellf(l, depth, "signer-certificate", "%s", sztp__name_text(name, sizeof name, cert.subject));
    return;
  }
  sztp__tellf(l, depth, "signer-certificate", "not included");
}

static void tell_signer(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms,
                        const sztp__cms_signer_t *s) {
  char text[SZTP__SENTENCE_SIZE];
  sztp__tell_group(l, depth, "signer");
  if (s->key_id.len > 0) {
    sztp__tell_hex(l, depth + 1, "subject-key-identifier", s->key_id);
  } else {
    sztp__tellf(l, depth + 1, "issuer", "%s", sztp__name_text(text, sizeof text, s->issuer));
    sztp__tell_hex(l, depth + 1, "serial-number", s->serial);
  }
  tell_signer_cert(l, depth + 1, cms, s);
  if (s->hash != SZTP__HASH_NONE)
    sztp__tellf(l, depth + 1, "digest-algorithm", "%s", sztp__hash_name(s->hash));
  else
    sztp__tellf(l, depth + 1, "digest-algorithm", "%s", sztp__der_oid_text(text, sizeof text, s->hash_oid));
  sztp__tellf(l, depth + 1, "signature-algorithm", "%s", sztp__sigalg_text(text, sizeof text, &s->sigalg));
  sztp__tellf(l, depth + 1, "signature-octets", "%zu", s->signature.len);
  tell_attributes(l, depth + 1, s->signed_attrs);
}

/* The content type that id-data stands for, by the document's top-level name; looked for near its beginning,
 * since this is a name for people and no judgement. */
static uint32_t type_of_document(sztp__span_t document) {
  static const struct {
    const char *name;
    uint32_t type;
  } names[] = {{"\"ietf-voucher:voucher\"", SZTP__CMS_VOUCHER_JSON},
               {"\"ietf-sztp-conveyed-info:", SZTP__CMS_CONVEYED_JSON},
               {":ietf-sztp-conveyed-info", SZTP__CMS_CONVEYED_XML}};
  size_t most = document.len < DOCUMENT_HEAD ? document.len : DOCUMENT_HEAD;
  for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
    size_t len = strlen(names[n].name);
    for (size_t i = 0; i + len <= most; i++)
      if (memcmp(document.data + i, names[n].name, len) == 0) return names[n].type;
  }
  return SZTP__CMS_DATA;
}

/* A short name for the whole. */
static const char *kind_of(const sztp__cms_t *cms) {
  int signed_data = cms->type == SZTP__CMS_SIGNED;
  uint32_t content = signed_data ? cms->etype : cms->type;
  if (cms->type == SZTP__CMS_ENVELOPED || cms->type == SZTP__CMS_AUTH_ENVELOPED) return "encrypted artifact";
  if (signed_data && cms->signer_count == 0 && !cms->has_econtent) return "owner certificate or trust anchor";
  if (content == SZTP__CMS_DATA) content = type_of_document(signed_data ? cms->econtent : cms->content);
  if (content == SZTP__CMS_VOUCHER_JSON)
    return signed_data ? "ownership voucher" : "ownership voucher, unsigned";
  if (content == SZTP__CMS_CONVEYED_JSON || content == SZTP__CMS_CONVEYED_XML)
    return signed_data ? "conveyed information, signed" : "conveyed information, unsigned";
  if (content == SZTP__CMS_DATA) return signed_data ? "signed data" : "unsigned data";
  return "CMS of a type that is not SZTP's";
}

static void tell_content(sztp__look_t *l, uint32_t depth, sztp__span_t content) {
  sztp__tellf(l, depth, "content-octets", "%zu", content.len);
  sztp__look_at_document(l, depth, content);
}

static void tell_signed(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms) {
  sztp__tellf(l, depth, "version", "%ld", (long)cms->version);
  tell_type(l, depth, "encapsulated-content-type", cms->etype_oid);
  if (cms->signer_count == 0) sztp__tellf(l, depth, "signers", "none");
  for (size_t i = 0; i < cms->signer_count; i++) tell_signer(l, depth, cms, &cms->signers[i]);
  sztp__tell_bag(l, depth, cms);
  if (cms->has_econtent) tell_content(l, depth, cms->econtent);
}

static void look_at_cms(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  sztp__cms_t *cms = NULL;
  int32_t rc = sztp__cms_parse(l->ctx, der, &cms);
  if (rc < 0) {
    sztp__tellf(l, depth, "artifact", "CMS, broken");
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "artifact", "%s", kind_of(cms));
  sztp__tellf(l, depth, "octets", "%zu", der.len);
  if (cms->from_ber != NULL) sztp__tellf(l, depth, "encoding", "BER, shown as DER");
  sztp__tell_sha256(l, depth, "sha-256", der);
  tell_type(l, depth, "content-type", cms->type_oid);
  if (cms->type == SZTP__CMS_SIGNED)
    tell_signed(l, depth, cms);
  else if (cms->type == SZTP__CMS_ENVELOPED || cms->type == SZTP__CMS_AUTH_ENVELOPED)
    sztp__look_at_encrypted(l, depth, cms);
  else
    tell_content(l, depth, cms->content);
  sztp__cms_free(l->ctx, cms);
}

/* ---- what it is ---------------------------------------------------------------------------------- */

static int is_crl(sztp_ctx_t *ctx, sztp__span_t der) {
  sztp__crl_t crl;
  return sztp__crl_parse(ctx, der, &crl) == SZTP_OK;
}

/* What begins like an artifact, and has another purpose. */
static int is_no_artifact(const char *found) {
  static const char *const words[] = {SZTP__FOUND_PKCS12, SZTP__FOUND_PUBLIC_KEY, SZTP__FOUND_ENCRYPTED_KEY};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(found, words[i]) == 0) return 1;
  return 0;
}

static void look_at_object(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  /* a ContentInfo begins with an OID, a private key with a number, certificates and CRLs with a sequence */
  uint8_t tag = sztp__der_first_tag(der);
  const char *found = sztp__found(der);
  if (found != NULL && is_no_artifact(found)) {
    sztp__tellf(l, depth, "artifact", "none: %s", found);
    sztp__tell_fault(l, depth, sztp__fail(l->ctx, SZTP_ERR_UNSUPPORTED, "inspect", "it is %s", found));
  } else if (found != NULL && strcmp(found, SZTP__FOUND_CSR) == 0) {
    sztp__tellf(l, depth, "artifact", "certificate request");
    sztp__look_at_request(l, depth, der);
    sztp__look_at_evidence(l, depth, der);
  } else if (tag == SZTP__DER_OID) {
    look_at_cms(l, depth, der);
  } else if (tag == SZTP__DER_INTEGER) {
    sztp__tellf(l, depth, "artifact", "private key; nothing of it is shown");
  } else if (is_crl(l->ctx, der)) {
    sztp__tellf(l, depth, "artifact", "revocation list");
    sztp__look_at_crl(l, depth, der);
  } else {
    sztp__trail_clear(l->ctx);
    sztp__tellf(l, depth, "artifact", "certificate");
    sztp__look_at_cert(l, depth, der);
  }
}

/* Objects one after another, as a file of several certificates has them; more than one are shown as groups.
 */
static void look_at_objects(sztp__look_t *l, sztp__span_t objects) {
  sztp__span_t rest = objects;
  sztp__span_t der;
  int several = sztp__input_next(l->ctx, &rest, &der) && rest.len > 0 && rest.data[0] == SZTP__DER_SEQUENCE;
  while (several && l->status == SZTP_OK && sztp__input_next(l->ctx, &objects, &der)) {
    sztp__tell_group(l, 0, "object");
    look_at_object(l, 1, der);
  }
  if (!several)
    look_at_object(l, 0, objects);
  else if (objects.len > 0 && l->status == SZTP_OK)
    sztp__tell_fault(l, 0,
                     sztp__fail(l->ctx, SZTP_ERR_DER, "inspect", "%zu octets after the last", objects.len));
}

static void look_at_cose(sztp__look_t *l, sztp__span_t cose) {
#if SZTP__CONSTRAINED
  sztp__look_at_cose(l, cose);
#else
  sztp__tellf(l, 0, "artifact", "COSE structure, which this build does not read");
  sztp__tellf(l, 0, "octets", "%zu", cose.len);
#endif
}

/* What is no artifact in any form. */
static void tell_unknown(sztp__look_t *l, sztp__span_t input, int32_t code) {
  const char *found = sztp__found(input);
  if (code == SZTP_ERR_TEXT && (found == NULL || strcmp(found, SZTP__FOUND_PEM) != 0)) {
    sztp__trail_clear(l->ctx);
    code = sztp__fail(l->ctx, code, "inspect",
                      "neither COSE nor DER, nor base64 or PEM of it, nor a JSON or XML document%s%s",
                      found != NULL ? ", but " : "", found != NULL ? found : "");
  }
  sztp__tell_fault(l, 0, code);
}

int32_t sztp_inspect(sztp_ctx_t *ctx, const uint8_t *data, size_t len, sztp_inspect_fn fn, void *user) {
  if (ctx == NULL || data == NULL || fn == NULL) return SZTP_ERR_ARG;
  sztp__look_t l = {ctx, fn, user, SZTP_OK, 0, {0}};
  sztp__span_t input = sztp__span(data, len);
  sztp__buf_t der;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (sztp__yang_encoding(input) != 0) {
    sztp__tellf(&l, 0, "artifact", "document");
    sztp__look_at_document(&l, 0, input);
  } else {
    sztp__buf_init(&der, ctx, SIZE_MAX);
    int32_t rc = sztp__armor_remove(ctx, input, NULL, &der);
    if (rc == SZTP_OK && sztp__cbor_is_cose(der.data[0]))
      look_at_cose(&l, sztp__buf_span(&der));
    else if (rc == SZTP_OK)
      look_at_objects(&l, sztp__buf_span(&der));
    else
      tell_unknown(&l, input, rc);
    sztp__buf_clear(&der);
  }
  if (l.status == SZTP_OK && l.faults > 0)
    l.status =
        sztp__fail(ctx, SZTP_ERR_CMS_MALFORMED, "inspect", "%d of its parts could not be decoded", l.faults);
  return l.status;
}
