/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what certificates and CRLs say. */
#include "artifacts/inspect.h"
#include "cryptography/crl.h"
#include "cryptography/p10.h"
#include "ground/text.h"

#define OID_EXTENDED_KEY_USAGE "\x55\x1d\x25"
#define OID_SUBJECT_ALT_NAME   "\x55\x1d\x11"
#define OID_SERIAL_NUMBER      "\x55\x04\x05"
#define REVOKED_TOLD           32 /* entries of a CRL; the others are counted */

/* A word that is shown if @p bit is set. */
struct word {
  uint32_t bit;
  const char *text;
};

static const struct word KEY_USAGES[] = {
    {SZTP__KU_DIGITAL_SIGNATURE, "digitalSignature"},
    {SZTP__KU_NON_REPUDIATION, "nonRepudiation"},
    {SZTP__KU_KEY_ENCIPHERMENT, "keyEncipherment"},
    {SZTP__KU_DATA_ENCIPHERMENT, "dataEncipherment"},
    {SZTP__KU_KEY_AGREEMENT, "keyAgreement"},
    {SZTP__KU_KEY_CERT_SIGN, "keyCertSign"},
    {SZTP__KU_CRL_SIGN, "cRLSign"},
};

/* Extended key usages by the OID's contents. */
static const struct {
  const char *oid;
  const char *text;
} PURPOSES[] = {
    {"\x2b\x06\x01\x05\x05\x07\x03\x01", "serverAuth"},
    {"\x2b\x06\x01\x05\x05\x07\x03\x02", "clientAuth"},
    {"\x2b\x06\x01\x05\x05\x07\x03\x03", "codeSigning"},
    {"\x2b\x06\x01\x05\x05\x07\x03\x04", "emailProtection"},
    {"\x2b\x06\x01\x05\x05\x07\x03\x08", "timeStamping"},
    {"\x2b\x06\x01\x05\x05\x07\x03\x09", "OCSPSigning"},
    {"\x55\x1d\x25\x00", "anyExtendedKeyUsage"},
};

static void tell_key(sztp__look_t *l, uint32_t depth, const sztp__keyinfo_t *key) {
  if (key->type == SZTP__KEY_RSA)
    sztp__tellf(l, depth, "key", "RSA %lu bits", (unsigned long)key->bits);
  else if (key->type == SZTP__KEY_EC && key->curve != SZTP__CURVE_NONE)
    sztp__tellf(l, depth, "key", "EC P-%lu", (unsigned long)key->bits);
  else if (key->type == SZTP__KEY_EC)
    sztp__tellf(l, depth, "key", "EC, a curve that is not supported");
  else
    sztp__tellf(l, depth, "key", "%s", key->type == SZTP__KEY_ED25519 ? "Ed25519" : "of an unsupported kind");
}

static void tell_key_usage(sztp__look_t *l, uint32_t depth, const sztp__cert_t *cert) {
  char text[SZTP__PHRASE_SIZE] = "";
  size_t at = 0;
  if (!cert->has_key_usage) return;
  for (size_t i = 0; i < sizeof KEY_USAGES / sizeof KEY_USAGES[0]; i++) {
    if ((cert->key_usage & KEY_USAGES[i].bit) == 0) continue;
    size_t n = strlen(KEY_USAGES[i].text);
    if (at > 0) text[at++] = ' ';
    memcpy(text + at, KEY_USAGES[i].text, n + 1); /* the seven words and blanks are 96 octets */
    at += n;
  }
  sztp__tellf(l, depth, "key-usage", "%s", text);
}

static void tell_purpose(sztp__look_t *l, uint32_t depth, sztp__span_t oid) {
  char text[SZTP__PHRASE_SIZE];
  for (size_t i = 0; i < sizeof PURPOSES / sizeof PURPOSES[0]; i++) {
    size_t len = i + 1 < sizeof PURPOSES / sizeof PURPOSES[0] ? strlen(PURPOSES[i].oid) : 4;
    if (!sztp__span_equal(oid, sztp__span(PURPOSES[i].oid, len))) continue;
    sztp__tellf(l, depth, "extended-key-usage", "%s", PURPOSES[i].text);
    return;
  }
  sztp__tellf(l, depth, "extended-key-usage", "%s", sztp__der_oid_text(text, sizeof text, oid));
}

static void tell_purposes(sztp__look_t *l, uint32_t depth, sztp__span_t purposes) {
  sztp__der_t d;
  sztp__span_t oid;
  sztp__der_init(&d, l->ctx, purposes);
  while (!sztp__der_at_end(&d) && sztp__der_oid(&d, &oid) == SZTP_OK) tell_purpose(l, depth, oid);
}

static void tell_address(sztp__look_t *l, uint32_t depth, sztp__span_t octets) {
  const uint8_t *p = octets.data;
  char text[SZTP__NAME_SIZE];
  size_t at = 0;
  if (octets.len == 4) {
    sztp__tellf(l, depth, "subject-alternative-name", "IP:%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
  } else if (octets.len == 16) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
      if (i > 0 && i % 2 == 0) text[at++] = ':';
      text[at++] = digits[p[i] >> 4];
      text[at++] = digits[p[i] & 15];
    }
    text[at] = '\0';
    sztp__tellf(l, depth, "subject-alternative-name", "IP:%s", text);
  } else {
    sztp__tellf(l, depth, "subject-alternative-name", "IP of %zu octets", octets.len);
  }
}

static void tell_alt_name(sztp__look_t *l, uint32_t depth, const sztp__tlv_t *name) {
  char text[SZTP__PARAGRAPH_SIZE];
  static const char key[] = "subject-alternative-name";
  switch (name->tag) {
  case SZTP__DER_CONTEXT + 1:
    sztp__tellf(l, depth, key, "email:%s", sztp__printable(text, sizeof text, name->value));
    break;
  case SZTP__DER_CONTEXT + 2:
    sztp__tellf(l, depth, key, "DNS:%s", sztp__printable(text, sizeof text, name->value));
    break;
  case SZTP__DER_CONTEXT + 6:
    sztp__tellf(l, depth, key, "URI:%s", sztp__printable(text, sizeof text, name->value));
    break;
  case SZTP__DER_CONTEXT + 7: tell_address(l, depth, name->value); break;
  case SZTP__DER_CONTEXT_CONSTRUCTED + 4:
    sztp__tellf(l, depth, key, "directory:%s", sztp__name_text(text, sizeof text, name->value));
    break;
  default: sztp__tellf(l, depth, key, "of the kind [%u]", name->tag & 31u); break;
  }
}

static void tell_alt_names(sztp__look_t *l, uint32_t depth, sztp__span_t names) {
  sztp__der_t d;
  sztp__tlv_t name;
  sztp__der_init(&d, l->ctx, names);
  while (!sztp__der_at_end(&d) && sztp__der_any(&d, &name) == SZTP_OK) tell_alt_name(l, depth, &name);
}

/* The subject's serialNumber, by which vouchers name a device. */
static void tell_device_serial(sztp__look_t *l, uint32_t depth, sztp__span_t subject) {
  size_t count = 0;
  uint8_t *serial = NULL;
  size_t len = 0;
  int32_t rc = sztp__name_attribute(l->ctx, subject, sztp__span_of(OID_SERIAL_NUMBER), &count, &serial, &len);
  if (rc == SZTP_OK && count > 0) sztp__tell(l, depth, "subject-serial-number", sztp__span(serial, len));
  if (rc == SZTP_ERR_MEMORY) l->status = rc;
  sztp__free(l->ctx, serial);
}

static void tell_time(sztp__look_t *l, uint32_t depth, const char *name, int64_t when) {
  char text[SZTP__DATE_SIZE];
  sztp__tellf(l, depth, name, "%s", sztp__time_format(text, when));
}

static void tell_constraints(sztp__look_t *l, uint32_t depth, const sztp__cert_t *cert) {
  if (cert->is_ca && cert->path_len >= 0)
    sztp__tellf(l, depth, "is-ca", "yes, path length %ld", (long)cert->path_len);
  else
    sztp__tellf(l, depth, "is-ca", "%s", cert->is_ca ? "yes" : "no");
}

void sztp__look_at_cert(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  sztp__cert_t cert;
  char text[SZTP__SENTENCE_SIZE];
  if (l->status < 0) return;
  int32_t rc = sztp__cert_parse(l->ctx, der, &cert);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "subject", "%s", sztp__name_text(text, sizeof text, cert.subject));
  sztp__tellf(l, depth, "issuer", "%s", sztp__name_text(text, sizeof text, cert.issuer));
  tell_device_serial(l, depth, cert.subject);
  sztp__tell_hex(l, depth, "serial-number", cert.serial);
  tell_time(l, depth, "not-before", cert.not_before);
  tell_time(l, depth, "not-after", cert.not_after);
  tell_key(l, depth, &cert.key);
  sztp__tellf(l, depth, "signature-algorithm", "%s", sztp__sigalg_text(text, sizeof text, &cert.sigalg));
  tell_constraints(l, depth, &cert);
  tell_key_usage(l, depth, &cert);
  tell_purposes(l, depth, cert.ext_key_usage);
  tell_alt_names(l, depth, cert.subject_alt_name);
  if (cert.subject_key_id.len > 0) sztp__tell_hex(l, depth, "subject-key-identifier", cert.subject_key_id);
  if (cert.authority_key_id_octets.len > 0)
    sztp__tell_hex(l, depth, "authority-key-identifier", cert.authority_key_id_octets);
  if (cert.unknown_critical.len > 0)
    sztp__tellf(l, depth, "unknown-critical-extension", "%s",
                sztp__der_oid_text(text, sizeof text, cert.unknown_critical));
  sztp__tell_sha256(l, depth, "sha-256", der);
}

/* A requested extension whose value is a SEQUENCE; its contents. */
static sztp__span_t requested(sztp__look_t *l, const sztp__p10_t *p10, const char *oid) {
  sztp__span_t value;
  sztp__der_t d;
  sztp__tlv_t inside;
  if (sztp__p10_extension(l->ctx, p10, sztp__span_of(oid), &value) < 0 || value.data == NULL)
    return sztp__span(NULL, 0);
  sztp__der_init(&d, l->ctx, value);
  return sztp__der_expect(&d, SZTP__DER_SEQUENCE, &inside) == SZTP_OK ? inside.value : sztp__span(NULL, 0);
}

/* The types of the attributes. */
static void tell_requested_attributes(sztp__look_t *l, uint32_t depth, const sztp__p10_t *p10) {
  sztp__der_t d;
  char text[SZTP__NAME_SIZE];
  sztp__der_init(&d, l->ctx, p10->attributes);
  while (!sztp__der_at_end(&d)) {
    sztp__der_t attribute;
    sztp__span_t oid;
    if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &attribute) < 0 || sztp__der_oid(&attribute, &oid) < 0)
      return;
    sztp__tellf(l, depth, "attribute", "%s", sztp__der_oid_text(text, sizeof text, oid));
  }
}

void sztp__look_at_request(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  sztp__p10_t p10;
  char text[SZTP__SENTENCE_SIZE];
  if (l->status < 0) return;
  int32_t rc = sztp__p10_read(l->ctx, der, &p10);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "subject", "%s", sztp__name_text(text, sizeof text, p10.subject));
  tell_device_serial(l, depth, p10.subject);
  tell_key(l, depth, &p10.key);
  sztp__tellf(l, depth, "signature-algorithm", "%s", sztp__sigalg_text(text, sizeof text, &p10.sigalg));
  rc = sztp__p10_verify(l->ctx, &p10);
  sztp__tellf(l, depth, "signature", "%s", rc == SZTP_OK ? "by the key in it" : sztp_error_text(rc));
  tell_requested_attributes(l, depth, &p10);
  tell_purposes(l, depth, requested(l, &p10, OID_EXTENDED_KEY_USAGE));
  tell_alt_names(l, depth, requested(l, &p10, OID_SUBJECT_ALT_NAME));
  sztp__trail_clear(l->ctx);
  sztp__tell_sha256(l, depth, "sha-256", der);
}

/* What keeps a CRL from speaking of every certificate of its issuer. */
static void tell_crl_scope(sztp__look_t *l, uint32_t depth, const sztp__crl_t *crl) {
  static const char name[] = "scope";
  char text[SZTP__NAME_SIZE];
  if (crl->only_user_certs) sztp__tellf(l, depth, name, "end-entity certificates only");
  if (crl->only_ca_certs) sztp__tellf(l, depth, name, "CA certificates only");
  if (crl->only_attribute_certs) sztp__tellf(l, depth, name, "attribute certificates only");
  if (crl->only_some_reasons) sztp__tellf(l, depth, name, "some reasons only");
  if (crl->is_indirect) sztp__tellf(l, depth, name, "indirect");
  if (crl->is_delta) sztp__tellf(l, depth, name, "delta");
  if (crl->distribution_point.len > 0) sztp__tellf(l, depth, name, "one distribution point");
  if (crl->unknown_critical.len > 0)
    sztp__tellf(l, depth, "unknown-critical-extension", "%s",
                sztp__der_oid_text(text, sizeof text, crl->unknown_critical));
}

static void tell_revoked(sztp__look_t *l, uint32_t depth, const sztp__crl_t *crl) {
  sztp__span_t rest = crl->revoked;
  sztp__crl_entry_t entry;
  for (size_t i = 0; i < REVOKED_TOLD && sztp__crl_next(&rest, &entry); i++) {
    sztp__tell_group(l, depth, "revoked");
    sztp__tell_hex(l, depth + 1, "serial-number", entry.serial);
    tell_time(l, depth + 1, "date", entry.date);
    sztp__tellf(l, depth + 1, "reason", "%s", sztp__crl_reason(entry.reason));
  }
  if (crl->revoked_count > REVOKED_TOLD)
    sztp__tellf(l, depth, "revoked-not-told", "%zu", crl->revoked_count - REVOKED_TOLD);
}

void sztp__look_at_crl(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  sztp__crl_t crl;
  char text[SZTP__SENTENCE_SIZE];
  if (l->status < 0) return;
  int32_t rc = sztp__crl_parse(l->ctx, der, &crl);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tellf(l, depth, "issuer", "%s", sztp__name_text(text, sizeof text, crl.issuer));
  tell_time(l, depth, "this-update", crl.this_update);
  tell_time(l, depth, "next-update", crl.next_update);
  if (crl.number.len > 0) sztp__tell_hex(l, depth, "crl-number", crl.number);
  tell_crl_scope(l, depth, &crl);
  if (crl.fault != NULL) sztp__tellf(l, depth, "fault", "%s", crl.fault);
  sztp__tellf(l, depth, "revoked-certificates", "%zu", crl.revoked_count);
  tell_revoked(l, depth, &crl);
  sztp__tellf(l, depth, "signature-algorithm", "%s", sztp__sigalg_text(text, sizeof text, &crl.sigalg));
  sztp__tell_sha256(l, depth, "sha-256", der);
}
