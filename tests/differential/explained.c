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

/* What is wrong with a certificate that libsztp does without. */
#define STRICT(what)                                                                                         \
  {                                                                                                          \
    OPENSSL_ACCEPTS, "a certificate is left out: " what, "",                                                 \
        "certificates are DER and their extensions decode (PKIX-02): " what                                  \
  }

static const reason_t REASONS[] = {
    {OPENSSL_ACCEPTS, "octets behind the end", "", "one ContentInfo is all of an artifact (CMS-01)"},
    {OPENSSL_ACCEPTS, "cms-type-unexpected", "", "content types are looked at (CONV-05, VOUCH-02)"},
    {OPENSSL_ACCEPTS, "cms-signedattrs-missing", "", "only id-data goes without (CMS-07, CMS-10)"},
    {OPENSSL_ACCEPTS, "expected SHA-256 or better", "", "SHA-1 and SHA-224 are too weak (CMS-16)"},
    {OPENSSL_ACCEPTS, "cms-contenttype-mismatch", "", "it has to be that of the content (CMS-08)"},
    {OPENSSL_ACCEPTS, "attributes are not DER", "",
     "signed attributes are DER (D-77); OpenSSL encodes them again"},
    {OPENSSL_ACCEPTS, "cms-malformed: an INTEGER without contents", "", "a version is a number (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: an INTEGER that is negative or too large", "",
     "so is a small one (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: a length beyond the enclosing element", "",
     "elements inside of attributes are elements (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: end-of-contents octets out of place", "",
     "elements inside of attributes are elements (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: tag 0x80, expected 0x30", "",
     "signed attributes are constructed (CMS-02)"},
    {OPENSSL_ACCEPTS, "does not fit the algorithm", "",
     "an RSA signature is not made with an EC key (CMS-14)"},
    {OPENSSL_ACCEPTS, "a curve or form of point that is not supported", "",
     "P-256, P-384, P-521 by name (CMS-14)"},
    {OPENSSL_ACCEPTS, "a signer's version is unknown", "", "nobody knows what would follow (CMS-12)"},
    {OPENSSL_ACCEPTS, "the anchor is no CA", "", "a pinned certificate has to be one to issue others (D-98)"},
    {OPENSSL_ACCEPTS, "cms-malformed: a high tag number", "", "no field here has one (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: a part of an OCTET STRING that is none", "",
     "its parts are such strings (D-77)"},
    {OPENSSL_ACCEPTS, "cms-signer-unknown: a SignedData without any signer", "",
     "of unknown version (CMS-12)"},
    {OPENSSL_ACCEPTS, "a digest algorithm is unknown", "",
     "with other parameters than none or NULL (CMS-14)"},
    {OPENSSL_ACCEPTS, "a signature algorithm is unknown", "", "its parameters count (CMS-14)"},
    STRICT("BER, a length that is not minimal"),
    STRICT("BER, constructed string"),
    STRICT("BER, indefinite length"),
    STRICT("BER, a BOOLEAN that is neither 0x00 nor 0xff"),
    STRICT("tag 0x"),
    STRICT("a length of #, but # octets are left"),
    STRICT("# octets too many"),
    STRICT("a BIT STRING with unused bits that are not zero"),
    STRICT("a time that is not in the form of RFC 5280"),
    STRICT("a time that does not exist"),
    STRICT("indefinite length outside"),
    STRICT("the end of data where an element should be"),
    STRICT("two different signature algorithms"),
    STRICT("an INTEGER that is negative or too large"),
    STRICT("extensions in a certificate of version"),
    STRICT("version field"),
    STRICT("no constraint in it"),
    STRICT("not an INTEGER"),
    STRICT("an INTEGER that is not minimal"),
    STRICT("a high tag number"),
    STRICT("no subtrees"),
    STRICT("a count that is negative or not minimal"),
    STRICT("a primitive SEQUENCE or SET"),
    {OPENSSL_ACCEPTS, "stands there twice", "", "each extension stands there once (PKIX-02)"},
    {OPENSSL_ACCEPTS, "names of other string types", "", "such names compare octet by octet (D-95)"},
    {OPENSSL_ACCEPTS, "a certificate is not for signing", "",
     "a signer's key usage counts (VOUCH-06, VERIFY-06)"},
    {OPENSSL_ACCEPTS, "cms-signature-invalid: tag 0x", "", "algorithm-protection is a SEQUENCE (CMS-17)"},
    {OPENSSL_ACCEPTS, "cms-malformed: a primitive SEQUENCE or SET", "", "those are constructed (CMS-02)"},
    {OPENSSL_ACCEPTS, "cms-malformed: the end of data where an element should be", "",
     "signers that nobody needs are decoded, too (CMS-03)"},
    {OPENSSL_ACCEPTS, "cms-malformed: tag 0x", "", "signers that nobody needs are decoded, too (CMS-03)"},
    {LIBSZTP_ACCEPTS, "key identifiers differ", "unable to get local issuer certificate",
     "key identifiers are hints; names and signatures decide"},
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

#define COUNT (sizeof REASONS / sizeof REASONS[0])

static unsigned met[COUNT];

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

const char *explained(const opinion_t *ours, const opinion_t *theirs) {
  for (size_t i = 0; i < COUNT; i++) {
    const reason_t *r = &REASONS[i];
    if ((r->who == LIBSZTP_ACCEPTS) != ours->accepted || !holds(ours->detail, r->libsztp) ||
        !holds(theirs->detail, r->openssl))
      continue;
    met[i]++;
    return r->reason;
  }
  return NULL;
}

void explained_print(void) {
  for (size_t i = 0; i < COUNT; i++)
    if (met[i] > 0)
      printf("  %5u %s alone accepts: %s\n", met[i],
             REASONS[i].who == LIBSZTP_ACCEPTS ? "libsztp" : "OpenSSL", REASONS[i].reason);
}
