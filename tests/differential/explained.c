/* SPDX-License-Identifier: Apache-2.0 */
/* Why libsztp and OpenSSL may decide otherwise: each reason with what tells it. */
#include "tests/differential/case.h"

#include <stdio.h>
#include <string.h>

enum { OPENSSL_ACCEPTS, LIBSZTP_ACCEPTS };

typedef struct reason {
  int who;
  const char *libsztp; /* part of what libsztp says or notes; "" for anything */
  const char *openssl; /* part of what OpenSSL says */
  const char *reason;
} reason_t;

/* What is wrong with octets that are to be DER (CMS: or the BER of D-77), and that OpenSSL reads all the
 * same: '#' is a number. */
static const char *const NOT_DER[] = {
    "BER, a BOOLEAN that is neither 0x00 nor 0xff",
    "BER, a length that is not minimal",
    "BER, constructed string",
    "BER, indefinite length",
    "# octets too many",
    "a BIT STRING with unused bits that are not zero",
    "a BIT STRING with a wrong count of unused bits",
    "a BIT STRING without contents",
    "a BOOLEAN that is not one octet",
    "a NULL with contents",
    "a high tag number",
    "a length beyond the enclosing element",
    "a length of #, but # octets are left",
    "a length of more than",
    "a part of an OCTET STRING that is none",
    "a primitive SEQUENCE or SET",
    "a time that does not exist",
    "a time that is not in the form of RFC 5280",
    "an INTEGER that is negative or too large",
    "an INTEGER that is not minimal",
    "an INTEGER without contents",
    "an OBJECT IDENTIFIER",
    "an indefinite length of a primitive element",
    "elements nested more than",
    "it is cut off",
    "end-of-contents octets",
    "tag 0x",
    "the end of data inside a length",
    "the end of data where",
    "issuer or subject is not a well-formed Name",
    "indefinite length outside",
};

/* What is wrong with a certificate, whose extensions are all decoded here (PKIX-02, PKIX-03, PKIX-06). */
static const char *const NO_CERTIFICATE[] = {
    "two different signature algorithms",
    "extensions in a certificate of version",
    "version field",
    "no constraint in it",
    "not an INTEGER",
    "no subtrees",
    "a count that is negative",
    "appears twice",
    "no bit is set",
    "a key identifier that is critical",
    "issuer and serial are not both there",
    "a malformed GeneralName",
    "a name with tag",
    "a value that is not a well-formed string",
    "more than # ",
    "a unique identifier is misplaced",
};

static const reason_t REASONS[] = {
    {OPENSSL_ACCEPTS, "octets behind the end", "", "one ContentInfo is all of an artifact (CMS-01)"},
    {OPENSSL_ACCEPTS, "cms-type-unexpected", "", "content types are looked at (CONV-05, VOUCH-02)"},
    {OPENSSL_ACCEPTS, "cms-signedattrs-missing", "", "only id-data goes without (CMS-07, CMS-10)"},
    {OPENSSL_ACCEPTS, "expected SHA-256 or better", "", "SHA-1 and SHA-224 are too weak (CMS-16)"},
    {OPENSSL_ACCEPTS, "cms-contenttype-mismatch", "", "it has to be that of the content (CMS-08)"},
    {OPENSSL_ACCEPTS, "attributes are not DER", "",
     "signed attributes are DER (D-77); OpenSSL encodes them again"},
    {OPENSSL_ACCEPTS, "does not fit the algorithm", "",
     "an RSA signature is not made with an EC key (CMS-14)"},
    {OPENSSL_ACCEPTS, "but the signature is made with", "",
     "with signed attributes one hash is used (CMS-15)"},
    {OPENSSL_ACCEPTS, "a curve or form of point that is not supported", "",
     "P-256, P-384, P-521 by name (CMS-14)"},
    {OPENSSL_ACCEPTS, "a signer's version is unknown", "", "nobody knows what would follow (CMS-12)"},
    {OPENSSL_ACCEPTS, "the anchor is no CA", "", "a pinned certificate has to be one to issue others (D-98)"},
    {OPENSSL_ACCEPTS, "cms-signer-unknown: a SignedData without any signer", "",
     "of unknown version (CMS-12)"},
    {OPENSSL_ACCEPTS, "a digest algorithm is unknown", "",
     "with other parameters than none or NULL (CMS-14)"},
    {OPENSSL_ACCEPTS, "a signature algorithm is unknown", "", "its parameters count (CMS-14)"},
    {OPENSSL_ACCEPTS, "names of other string types", "", "such names compare octet by octet (D-95)"},
    {OPENSSL_ACCEPTS, "a certificate is not for signing", "",
     "a signer's key usage counts (VOUCH-06, VERIFY-06)"},
    {OPENSSL_ACCEPTS, "cms-signature-invalid: tag 0x", "", "algorithm-protection is a SEQUENCE (CMS-17)"},
    {OPENSSL_ACCEPTS, "PSA verifies RSASSA-PSS with a salt as long as the digest", "",
     "PSA has no name for other salts (CMS-14, docs/engines.md)"},
    {LIBSZTP_ACCEPTS, "key identifiers differ", "unable to get local issuer certificate",
     "key identifiers are hints; names and signatures decide"},
    {LIBSZTP_ACCEPTS, "a key identifier is critical", "unhandled critical extension",
     "that is an issuer's fault, and it is understood"},
    {LIBSZTP_ACCEPTS, "the anchor signed", "certificate verify error",
     "nothing above the anchor counts; OpenSSL builds on"},
    {LIBSZTP_ACCEPTS, "", "Field=digestAlgorithms, Type=CMS_SignedData",
     "the list of digest algorithms is not enforced (D-79)"},
    {LIBSZTP_ACCEPTS, "several certificates of one subject", "certificate verify error",
     "every possible path is tried; OpenSSL takes one issuer each"},
    {LIBSZTP_ACCEPTS, "a certificate is left out", "Type=CMS_CertificateChoices",
     "a certificate that can't be decoded and isn't needed does no harm (PKIX-02)"},
    {LIBSZTP_ACCEPTS, "a certificate is left out", "certificate verify error",
     "of a good and a bad form of a certificate the good one is taken (PKIX-02)"},
    {LIBSZTP_ACCEPTS, "attributes are not sorted", "verification failure", "they are sorted first (D-80)"},
    {LIBSZTP_ACCEPTS, "attributes are not DER", "verification failure",
     "what was signed is verified; OpenSSL encodes it again"},
    {LIBSZTP_ACCEPTS, "a certificate names no key identifier", "signer certificate not found",
     "the SHA-1 of its key is its identifier then (D-87)"},
    {LIBSZTP_ACCEPTS, "a signer's version is unknown", "Type=CMS_SignerInfo",
     "such a signer is passed over (CMS-12)"},
    {LIBSZTP_ACCEPTS, "", "Type=CMS_RevocationInfoChoice",
     "revocation of other kinds is passed over (CMS-22)"},
    {LIBSZTP_ACCEPTS, "", "Field=crls, Type=CMS_SignedData",
     "CRLs that nobody asks for are not decoded (CMS-22)"},
    {LIBSZTP_ACCEPTS, "the anchor is no CA", "invalid CA certificate",
     "a configured anchor need not say that it is a CA (D-98)"},
    {LIBSZTP_ACCEPTS, "", "Field=signatureAlgorithm, Type=CMS_SignerInfo",
     "signers that can't be made sense of are passed over (CMS-12)"},
    {LIBSZTP_ACCEPTS, "", "Field=d.other, Type=CMS_CertificateChoices",
     "certificates of other kinds are passed over (CMS-20)"},
    {LIBSZTP_ACCEPTS, "", "Field=d.extendedCertificate",
     "certificates of other kinds are passed over (CMS-20)"},
    {LIBSZTP_ACCEPTS, "no digest algorithm is listed", "",
     "the list of digest algorithms is not enforced (D-79)"},
    {LIBSZTP_ACCEPTS, "", "unknown digest algorithm", "the list of digest algorithms is not enforced (D-79)"},
    {LIBSZTP_ACCEPTS, "", "Field=set, Type=X509_ATTRIBUTE",
     "values of attributes that nobody asks for are not decoded"},
    {LIBSZTP_ACCEPTS, "", "attribute error", "signing-time may be missing, or have no value (CMS-18)"},
    {LIBSZTP_ACCEPTS, "", "Type=X509_NAME_ENTRY", "names may have attributes of any type (D-95)"},
    {LIBSZTP_ACCEPTS, "", "invalid utf8string", "names are compared, whatever they say (D-95)"},
    {LIBSZTP_ACCEPTS, "", "no matching digest", "the list of digest algorithms is not enforced (D-79)"},
    {LIBSZTP_ACCEPTS, "a digest algorithm is unknown", "Field=digestAlgorithm, Type=CMS_SignerInfo",
     "signers that can't be made sense of are passed over (CMS-12)"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static unsigned met[COUNT(REASONS)];
static unsigned not_der;
static unsigned no_certificate;

/* 1 if @p part is in @p text; '#' stands for a number. */
static int holds(const char *text, const char *part) {
  for (; *text != '\0'; text++) {
    const char *t = text;
    const char *p = part;
    for (; *p != '\0' && *t != '\0'; p++) {
      size_t digits = strspn(t, "0123456789");
      if (*p == '#' ? digits == 0 : *p != *t) break;
      t += *p == '#' ? digits : 1;
    }
    if (*p == '\0') return 1;
  }
  return part[0] == '\0';
}

/* 1 if one of the faults stands behind @p start. */
static int has_fault(const char *text, const char *start, const char *const *faults, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char part[160];
    (void)snprintf(part, sizeof part, "%s%s", start, faults[i]);
    if (holds(text, part)) return 1;
  }
  return 0;
}

int explained(const opinion_t *ours, const opinion_t *theirs) {
  static const char left_out[] = "a certificate is left out: ";
  static const char malformed[] = "cms-malformed: ";
  for (size_t i = 0; i < COUNT(REASONS); i++) {
    const reason_t *r = &REASONS[i];
    if ((r->who == LIBSZTP_ACCEPTS) != ours->accepted || !holds(ours->detail, r->libsztp) ||
        !holds(theirs->detail, r->openssl))
      continue;
    met[i]++;
    return 1;
  }
  if (ours->accepted) return 0;
  if (has_fault(ours->detail, left_out, NOT_DER, COUNT(NOT_DER)) ||
      has_fault(ours->detail, malformed, NOT_DER, COUNT(NOT_DER))) {
    not_der++;
    return 1;
  }
  if (!has_fault(ours->detail, left_out, NO_CERTIFICATE, COUNT(NO_CERTIFICATE))) return 0;
  no_certificate++;
  return 1;
}

void explained_print(void) {
  for (size_t i = 0; i < COUNT(REASONS); i++)
    if (met[i] > 0)
      printf("  %5u %s alone accepts: %s\n", met[i],
             REASONS[i].who == LIBSZTP_ACCEPTS ? "libsztp" : "OpenSSL", REASONS[i].reason);
  printf("  %5u OpenSSL alone accepts: what is not DER (CMS-02, PKIX-02)\n", not_der);
  printf("  %5u OpenSSL alone accepts: what is wrong in a certificate (PKIX-02)\n", no_certificate);
}
