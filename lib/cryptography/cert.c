/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates decoded, strictly: DER, no field twice, no known extension broken. */
#include "cryptography/cert.h"

#include "cryptography/constraints.h"
#include "cryptography/distribution.h"
#include "cryptography/extension.h"
#include "cryptography/general_name.h"

#define KEY_ID              14 /* last arcs of id-ce, 2.5.29 */
#define NAME_CONSTRAINTS    30
#define DISTRIBUTION_POINTS 31
#define POLICIES            32
#define AUTHORITY_KEY_ID    35
#define POLICY_CONSTRAINTS  36
#define EXT_KEY_USAGE       37
#define INHIBIT_ANY_POLICY  54
#define POLICIES_MAX        64 /* more would only make the search for repeated ones slow */

#define OTHER_TAG(n)        ((uint8_t)(SZTP__DER_CONTEXT + (n)))
#define FIELD_TAG(n)        ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

/* ---- extensions: each reader gets the extension's value ------------------------------------------ */

/* In one thing this is not DER: a BOOLEAN that is FALSE by default may be written nevertheless. Many CAs do,
 * and so does the example certificate of RFC 8410. */

typedef int32_t (*extension_fn)(sztp__der_t value, sztp__cert_t *cert);

/* Enters the one SEQUENCE that the whole value is. */
static int32_t enter_only(sztp__der_t *value, sztp__der_t *sequence, sztp__span_t *contents) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(value, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(value);
  if (rc != SZTP_OK) return rc;
  *sequence = sztp__der_inside(value, &tlv);
  if (contents != NULL) *contents = tlv.value;
  return SZTP_OK;
}

static int32_t read_basic_constraints(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int is_ca = 0;
  int32_t rc = enter_only(&value, &sequence, NULL);
  if (rc == SZTP_OK && sztp__der_peek(&sequence) == SZTP__DER_BOOLEAN)
    rc = sztp__der_boolean(&sequence, &is_ca);
  if (rc == SZTP_OK && !sztp__der_at_end(&sequence)) rc = sztp__der_small(&sequence, &cert->path_len);
  cert->has_basic_constraints = 1;
  cert->is_ca = (uint8_t)is_ca;
  return rc != SZTP_OK ? rc : sztp__der_finish(&sequence);
}

static int32_t read_key_usage(sztp__der_t value, sztp__cert_t *cert) {
  sztp__span_t bits;
  unsigned unused = 0;
  int32_t rc = sztp__der_bits(&value, &bits, &unused);
  if (rc == SZTP_OK) rc = sztp__der_finish(&value);
  if (rc != SZTP_OK) return rc;
  cert->has_key_usage = 1;
  for (size_t i = 0; i < 16 && i < bits.len * 8; i++) {
    if ((bits.data[i / 8] >> (7 - i % 8) & 1) != 0) cert->key_usage |= (uint32_t)1 << i;
  }
  if (cert->key_usage != 0) return SZTP_OK;
  return sztp__fail(value.ctx, SZTP_ERR_DER, "cert.key-usage", "no bit is set");
}

static int32_t read_ext_key_usage(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  sztp__span_t oid;
  int32_t rc = enter_only(&value, &sequence, &cert->ext_key_usage);
  cert->has_ext_key_usage = 1;
  if (rc != SZTP_OK) return rc;
  do {
    rc = sztp__der_oid(&sequence, &oid);
  } while (rc == SZTP_OK && !sztp__der_at_end(&sequence));
  return rc;
}

static int32_t read_subject_key_id(sztp__der_t value, sztp__cert_t *cert) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(&value, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) cert->subject_key_id = tlv.value;
  return rc != SZTP_OK ? rc : sztp__der_finish(&value);
}

static int32_t read_authority_key_id(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  sztp__tlv_t tlv;
  int found = 0;
  int has_issuer = 0;
  int has_serial = 0;
  cert->authority_key_id = sztp__span(value.p, (size_t)(value.end - value.p));
  int32_t rc = enter_only(&value, &sequence, NULL);
  if (rc == SZTP_OK) rc = sztp__der_optional(&sequence, OTHER_TAG(0), &found, &tlv);
  if (rc == SZTP_OK && found) cert->authority_key_id_octets = tlv.value;
  if (rc == SZTP_OK) rc = sztp__der_optional(&sequence, FIELD_TAG(1), &has_issuer, &tlv);
  if (rc == SZTP_OK && has_issuer) rc = sztp__general_names_check(sztp__der_inside(&sequence, &tlv));
  if (rc == SZTP_OK) rc = sztp__der_optional(&sequence, OTHER_TAG(2), &has_serial, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc == SZTP_OK && has_issuer != has_serial)
    rc = sztp__fail(value.ctx, SZTP_ERR_DER, "cert.authority-key-id", "issuer and serial are not both there");
  return rc;
}

static int32_t read_subject_alt_name(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int32_t rc = enter_only(&value, &sequence, &cert->subject_alt_name);
  return rc != SZTP_OK ? rc : sztp__general_names_check(sequence);
}

#if SZTP__CONSTRAINTS
/* id-qt-cps and id-qt-unotice say nothing that a machine would act on (RFC 5280 4.2.1.4). */
static int is_known_qualifier(sztp__span_t oid) {
  static const uint8_t id_qt[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02};
  return oid.len == sizeof id_qt + 1 && memcmp(oid.data, id_qt, sizeof id_qt) == 0 &&
         (oid.data[sizeof id_qt] == 1 || oid.data[sizeof id_qt] == 2);
}

/* PolicyQualifiers: at least one, each an OID and one element. */
static int32_t check_qualifiers(sztp__der_t *information, sztp__cert_t *cert) {
  sztp__der_t qualifiers;
  int32_t rc = sztp__der_enter(information, SZTP__DER_SEQUENCE, &qualifiers);
  if (rc != SZTP_OK) return rc;
  do {
    sztp__der_t qualifier;
    sztp__span_t oid;
    sztp__tlv_t tlv;
    rc = sztp__der_enter(&qualifiers, SZTP__DER_SEQUENCE, &qualifier);
    if (rc == SZTP_OK) rc = sztp__der_oid(&qualifier, &oid);
    if (rc == SZTP_OK) rc = sztp__der_any(&qualifier, &tlv);
    if (rc == SZTP_OK) rc = sztp__der_finish(&qualifier);
    if (rc == SZTP_OK && !is_known_qualifier(oid)) cert->unknown_qualifier = oid;
  } while (rc == SZTP_OK && !sztp__der_at_end(&qualifiers));
  return rc;
}

static int32_t read_name_constraints(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int32_t rc = enter_only(&value, &sequence, &cert->name_constraints);
  return rc != SZTP_OK ? rc : sztp__name_constraints_check(sequence);
}

static int32_t read_policy(sztp__der_t *policies, sztp__span_t *oid, sztp__cert_t *cert) {
  sztp__der_t information;
  int32_t rc = sztp__der_enter(policies, SZTP__DER_SEQUENCE, &information);
  if (rc == SZTP_OK) rc = sztp__der_oid(&information, oid);
  if (rc == SZTP_OK && !sztp__der_at_end(&information)) rc = check_qualifiers(&information, cert);
  return rc != SZTP_OK ? rc : sztp__der_finish(&information);
}

static int32_t read_policies(sztp__der_t value, sztp__cert_t *cert) {
  sztp__span_t seen[POLICIES_MAX];
  sztp__der_t sequence;
  size_t count = 0;
  int32_t rc = enter_only(&value, &sequence, &cert->policies);
  if (rc != SZTP_OK) return rc;
  do {
    if (count == POLICIES_MAX)
      return sztp__fail(value.ctx, SZTP_ERR_DER, "cert.policies", "more than %d policies", POLICIES_MAX);
    rc = read_policy(&sequence, &seen[count], cert);
    for (size_t i = 0; rc == SZTP_OK && i < count; i++)
      if (sztp__span_equal(seen[count], seen[i]))
        rc = sztp__fail(value.ctx, SZTP_ERR_DER, "cert.policies", "a policy appears twice");
    count++;
  } while (rc == SZTP_OK && !sztp__der_at_end(&sequence));
  return rc;
}

static int32_t read_policy_mappings(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  size_t count = 0;
  int32_t rc = enter_only(&value, &sequence, &cert->policy_mappings);
  if (rc != SZTP_OK) return rc;
  do {
    sztp__der_t mapping;
    sztp__span_t oid;
    rc = sztp__der_enter(&sequence, SZTP__DER_SEQUENCE, &mapping);
    if (rc == SZTP_OK) rc = sztp__der_oid(&mapping, &oid);
    if (rc == SZTP_OK) rc = sztp__der_oid(&mapping, &oid);
    if (rc == SZTP_OK) rc = sztp__der_finish(&mapping);
    if (rc == SZTP_OK && ++count > POLICIES_MAX)
      rc = sztp__fail(value.ctx, SZTP_ERR_DER, "cert.policy-mappings", "more than %d mappings", POLICIES_MAX);
  } while (rc == SZTP_OK && !sztp__der_at_end(&sequence));
  return rc;
}

/* An INTEGER of 0 or more with tag @p tag instead of its own; one too large to matter counts as the largest.
 */
static int32_t read_count(sztp__der_t *d, uint8_t tag, int32_t *out) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_optional(d, tag, &found, &tlv);
  if (rc != SZTP_OK || !found) return rc;
  sztp__span_t v = tlv.value;
  if (v.len == 0 || (v.data[0] & 0x80) != 0 || (v.len > 1 && v.data[0] == 0 && (v.data[1] & 0x80) == 0))
    return sztp__fail(d->ctx, SZTP_ERR_DER, "cert.extension", "a count that is negative or not minimal");
  *out = 0;
  for (size_t i = 0; i < v.len; i++)
    *out = *out > INT32_MAX >> 8 ? INT32_MAX : (int32_t)(*out << 8 | v.data[i]);
  return SZTP_OK;
}

static int32_t read_policy_constraints(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int32_t rc = enter_only(&value, &sequence, NULL);
  if (rc == SZTP_OK) rc = read_count(&sequence, OTHER_TAG(0), &cert->require_explicit_policy);
  if (rc == SZTP_OK) rc = read_count(&sequence, OTHER_TAG(1), &cert->inhibit_policy_mapping);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc == SZTP_OK && cert->require_explicit_policy < 0 && cert->inhibit_policy_mapping < 0)
    rc = sztp__fail(value.ctx, SZTP_ERR_DER, "cert.policy-constraints", "no constraint in it");
  return rc;
}

static int32_t read_inhibit_any_policy(sztp__der_t value, sztp__cert_t *cert) {
  if (sztp__der_peek(&value) != SZTP__DER_INTEGER)
    return sztp__fail(value.ctx, SZTP_ERR_DER, "cert.inhibit-any-policy", "not an INTEGER");
  int32_t rc = read_count(&value, SZTP__DER_INTEGER, &cert->inhibit_any_policy);
  return rc != SZTP_OK ? rc : sztp__der_finish(&value);
}
#endif

#if SZTP__CRL
static int32_t read_distribution_points(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int32_t rc = enter_only(&value, &sequence, &cert->distribution_points);
  return rc != SZTP_OK ? rc : sztp__distribution_points_check(sequence);
}
#endif

/* What RFC 5280 4.2 says of the critical flag where it leaves no choice and where nobody in the field chose
 * otherwise. */
enum { ANY, CRITICAL, NOT_CRITICAL };

static const struct {
  uint8_t number; /* last arc of id-ce, 2.5.29 */
  extension_fn read;
} known_extensions[] = {
    {KEY_ID, read_subject_key_id},
    {15, read_key_usage},
    {17, read_subject_alt_name},
    {19, read_basic_constraints},
    {AUTHORITY_KEY_ID, read_authority_key_id},
    {EXT_KEY_USAGE, read_ext_key_usage},
#if SZTP__CRL
    {DISTRIBUTION_POINTS, read_distribution_points},
#endif
#if SZTP__CONSTRAINTS
    {NAME_CONSTRAINTS, read_name_constraints},
    {POLICIES, read_policies},
    {33, read_policy_mappings},
    {POLICY_CONSTRAINTS, read_policy_constraints},
    {INHIBIT_ANY_POLICY, read_inhibit_any_policy},
#endif
};

/* These CAs have to mark as critical; where they are not understood they count as if they were. */
static int is_constraint(uint8_t number) {
  return number == NAME_CONSTRAINTS || number == POLICY_CONSTRAINTS || number == INHIBIT_ANY_POLICY;
}

static int32_t read_extension(void *user, const sztp__extension_t *extension) {
  sztp__cert_t *cert = (sztp__cert_t *)user;
  uint8_t number = sztp__extension_number(extension->oid);
  for (size_t i = 0; i < sizeof known_extensions / sizeof known_extensions[0]; i++) {
    if (known_extensions[i].number != number) continue;
    /* RFC 5280 4.2.1.1, 4.2.1.2. Where it demands the flag instead, valid certificates without it are about.
     */
    if (extension->critical && (number == KEY_ID || number == AUTHORITY_KEY_ID))
      return sztp__fail(extension->value.ctx, SZTP_ERR_DER, "cert.extension",
                        "a key identifier that is critical");
    int32_t rc = known_extensions[i].read(extension->value, cert);
    if (rc == SZTP_ERR_DER && number == DISTRIBUTION_POINTS && !extension->critical) {
      cert->distribution_points = sztp__span(NULL, 0); /* a hint, and no reason to lose a device over */
      sztp__trail_clear(extension->value.ctx);
      return SZTP_OK;
    }
    if (rc == SZTP_OK && number == EXT_KEY_USAGE) cert->ext_key_usage_critical = (uint8_t)extension->critical;
    /* RFC 5280 4.2.1.4: of a critical one the qualifiers, too, must be understood */
    if (rc == SZTP_OK && number == POLICIES && extension->critical && cert->unknown_critical.len == 0)
      cert->unknown_critical = cert->unknown_qualifier;
    return rc;
  }
  if ((extension->critical || is_constraint(number)) && cert->unknown_critical.len == 0)
    cert->unknown_critical = extension->oid;
  return SZTP_OK;
}

static int32_t read_extensions(sztp__der_t *field, sztp__cert_t *cert) {
  if (cert->version != 3)
    return sztp__fail(field->ctx, SZTP_ERR_DER, "cert.extension", "extensions in a certificate of version %d",
                      (int)cert->version);
  return sztp__extensions_read(field, read_extension, cert);
}

/* ---- fields -------------------------------------------------------------------------------------- */

static int32_t read_cert_version(sztp__der_t *tbs, sztp__cert_t *cert) {
  sztp__der_t field;
  sztp__tlv_t tlv;
  int found = 0;
  int32_t version = 0;
  cert->version = 1;
  int32_t rc = sztp__der_optional(tbs, FIELD_TAG(0), &found, &tlv);
  if (rc != SZTP_OK || !found) return rc;
  field = sztp__der_inside(tbs, &tlv);
  rc = sztp__der_small(&field, &version);
  if (rc == SZTP_OK) rc = sztp__der_finish(&field);
  if (rc != SZTP_OK) return rc;
  if (version == 1 || version == 2) {
    cert->version = version + 1;
    return SZTP_OK;
  }
  return sztp__fail(tbs->ctx, SZTP_ERR_DER, "cert.version", "version field %d, expected 1 or 2",
                    (int)version);
}

static int32_t read_cert_name(sztp__der_t *tbs, sztp__span_t *name) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  *name = tlv.whole;
  rc = sztp__name_check(tbs->ctx, tlv.whole);
  return rc == SZTP_OK ? SZTP_OK
                       : sztp__fail(tbs->ctx, rc, "cert.name", "issuer or subject is not a well-formed Name");
}

static int32_t read_validity(sztp__der_t *tbs, sztp__cert_t *cert) {
  sztp__der_t sequence;
  int32_t rc = sztp__der_enter(tbs, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_time(&sequence, &cert->not_before);
  if (rc == SZTP_OK) rc = sztp__der_time(&sequence, &cert->not_after);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  return rc == SZTP_OK ? SZTP_OK
                       : sztp__fail(tbs->ctx, rc, "cert.validity", "the validity cannot be decoded");
}

/* issuerUniqueID [1] or subjectUniqueID [2], BIT STRINGs that nobody uses. */
static int32_t skip_unique_id(sztp__der_t *tbs, uint8_t n, const sztp__cert_t *cert) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_optional(tbs, OTHER_TAG(n), &found, &tlv);
  if (rc != SZTP_OK || !found) return rc;
  if (cert->version == 1 || tlv.value.len == 0 || tlv.value.data[0] > 7)
    return sztp__fail(tbs->ctx, SZTP_ERR_DER, "cert.unique-id", "a unique identifier is misplaced or broken");
  return SZTP_OK;
}

static int32_t read_tbs_cert(sztp__der_t *tbs, sztp__cert_t *cert, sztp__span_t *sigalg) {
  sztp__tlv_t tlv;
  sztp__der_t field;
  int found = 0;
  int32_t rc = read_cert_version(tbs, cert);
  if (rc == SZTP_OK) rc = sztp__der_integer(tbs, &cert->serial);
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) *sigalg = tlv.whole;
  if (rc == SZTP_OK) rc = read_cert_name(tbs, &cert->issuer);
  if (rc == SZTP_OK) rc = read_validity(tbs, cert);
  if (rc == SZTP_OK) rc = read_cert_name(tbs, &cert->subject);
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  cert->spki = tlv.whole;
  cert->self_issued = (uint8_t)sztp__name_equal(tbs->ctx, cert->issuer, cert->subject);
  rc = sztp__key_info(tbs->ctx, cert->spki, &cert->key);
  if (rc != SZTP_OK) return sztp__fail(tbs->ctx, rc, "cert.key", "the public key cannot be decoded");
  rc = skip_unique_id(tbs, 1, cert);
  if (rc == SZTP_OK) rc = skip_unique_id(tbs, 2, cert);
  if (rc == SZTP_OK) rc = sztp__der_optional(tbs, FIELD_TAG(3), &found, &tlv);
  if (rc == SZTP_OK && found) {
    field = sztp__der_inside(tbs, &tlv);
    rc = read_extensions(&field, cert);
  }
  return rc != SZTP_OK ? rc : sztp__der_finish(tbs);
}

int32_t sztp__cert_enter(sztp__der_t *d, sztp__cert_t *cert, sztp__der_t *fields, sztp__der_t *tbs) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, fields);
  if (rc == SZTP_OK) rc = sztp__der_finish(d);
  if (rc == SZTP_OK) rc = sztp__der_expect(fields, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  cert->tbs = tlv.whole;
  *tbs = sztp__der_inside(fields, &tlv);
  return SZTP_OK;
}

static int32_t read_certificate(sztp__der_t *d, sztp__cert_t *cert) {
  sztp__der_t fields;
  sztp__der_t tbs;
  sztp__span_t inner_alg = {NULL, 0};
  int32_t rc = sztp__cert_enter(d, cert, &fields, &tbs);
  if (rc != SZTP_OK) return rc;
  rc = read_tbs_cert(&tbs, cert, &inner_alg);
  return rc != SZTP_OK ? rc : sztp__signature_read(&fields, inner_alg, &cert->sigalg, &cert->signature);
}

void sztp__cert_begin(sztp__cert_t *cert, sztp__span_t der) {
  memset(cert, 0, sizeof *cert);
  cert->der = der;
  cert->path_len = -1;
  cert->require_explicit_policy = -1;
  cert->inhibit_policy_mapping = -1;
  cert->inhibit_any_policy = -1;
}

int32_t sztp__cert_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__cert_t *out) {
  sztp__der_t d;
  sztp__cert_begin(out, der);
  sztp__der_init(&d, ctx, der);
  int32_t rc = read_certificate(&d, out);
  return rc == SZTP_OK ? SZTP_OK : sztp__fail(ctx, rc, "cert", "the certificate cannot be decoded");
}

/* ---- questions ----------------------------------------------------------------------------------- */

int32_t sztp__cert_has_key_id(sztp_ctx_t *ctx, const sztp__cert_t *cert, sztp__span_t id, int *has) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  int computed = cert->subject_key_id.len == 0;
  *has = !computed && sztp__span_equal(cert->subject_key_id, id);
  if (!computed || id.len != sztp__hash_len(SZTP__HASH_SHA1)) return SZTP_OK;
  int32_t rc = sztp__hash_once(ctx, SZTP__HASH_SHA1, cert->key.bits_value, digest, &len);
  *has = rc == SZTP_OK && sztp__span_equal(sztp__span(digest, len), id);
  return rc;
}

int32_t sztp__tbs_verify(sztp_ctx_t *ctx, sztp__span_t tbs, const sztp__sigalg_t *sigalg,
                         sztp__span_t signature, sztp__span_t issuer_spki, int allow_sha1) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__keyinfo_t key;
  int32_t rc = sztp__key_info(ctx, issuer_spki, &key);
  if (rc == SZTP_OK) rc = sztp__alg_policy(ctx, sigalg, &key, allow_sha1);
  if (rc == SZTP_OK) rc = sztp__hash_once(ctx, sigalg->hash, tbs, digest, &len);
  if (rc != SZTP_OK) return rc;
  return sztp__verify_digest(ctx, issuer_spki, sigalg, sztp__span(digest, len), signature);
}

int32_t sztp__cert_verify(sztp_ctx_t *ctx, const sztp__cert_t *cert, sztp__span_t issuer_spki,
                          int allow_sha1) {
  return sztp__tbs_verify(ctx, cert->tbs, &cert->sigalg, cert->signature, issuer_spki, allow_sha1);
}
