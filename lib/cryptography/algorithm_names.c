/* SPDX-License-Identifier: Apache-2.0 */
/* The names of algorithms and content types, for people. A file of its own, so that who shows none does not
 * carry them. */
#include "cryptography/algorithm.h"
#include "cryptography/cms.h"
#include "ground/format.h"

/* In the order of algorithm_table.c; a key's identifier, in the place of a signature's, has no hash of its
 * own. */
static const struct {
  const char *name;
  int has_hash;
} signature_names[] = {
#if SZTP__RSA
    {"rsaEncryption", 0},
    {"md5WithRSAEncryption", 1},
    {"sha1WithRSAEncryption", 1},
    {"sha1WithRSA", 1},
    {"sha224WithRSAEncryption", 1},
    {"sha256WithRSAEncryption", 1},
    {"sha384WithRSAEncryption", 1},
    {"sha512WithRSAEncryption", 1},
    {"RSASSA-PSS", 0},
#endif
    {"id-ecPublicKey", 0},
    {"ecdsa-with-SHA1", 1},
    {"ecdsa-with-SHA224", 1},
    {"ecdsa-with-SHA256", 1},
    {"ecdsa-with-SHA384", 1},
    {"ecdsa-with-SHA512", 1},
    {"Ed25519", 1},
};

const char *sztp__hash_name(uint32_t hash) {
  switch (hash) {
  case SZTP__HASH_MD5: return "md5";
  case SZTP__HASH_SHA1: return "sha1";
  case SZTP__HASH_SHA224: return "sha224";
  case SZTP__HASH_SHA256: return "sha256";
  case SZTP__HASH_SHA384: return "sha384";
  case SZTP__HASH_SHA512: return "sha512";
  default: return "unknown";
  }
}

char *sztp__sigalg_text(char *out, size_t cap, const sztp__sigalg_t *alg) {
  size_t place = sztp__sigalg_place(alg->oid);
  if (place == sizeof signature_names / sizeof signature_names[0])
    return sztp__der_oid_text(out, cap, alg->oid);
  int with = !signature_names[place].has_hash && alg->hash != SZTP__HASH_NONE;
  (void)sztp__format(out, cap, "%s%s%s", signature_names[place].name, with ? " with " : "",
                     with ? sztp__hash_name(alg->hash) : "");
  return out;
}

static const char *content_type_name(uint32_t type) {
  switch (type) {
  case SZTP__CMS_DATA: return "id-data";
  case SZTP__CMS_SIGNED: return "id-signedData";
  case SZTP__CMS_ENVELOPED: return "id-envelopedData";
  case SZTP__CMS_AUTH_ENVELOPED: return "id-ct-authEnvelopedData";
  case SZTP__CMS_VOUCHER_JSON: return "id-ct-animaJSONVoucher";
  case SZTP__CMS_CONVEYED_XML: return "id-ct-sztpConveyedInfoXML";
  case SZTP__CMS_CONVEYED_JSON: return "id-ct-sztpConveyedInfoJSON";
  case SZTP__CMS_FIRMWARE: return "id-ct-firmwarePackage";
  default: return NULL;
  }
}

char *sztp__cms_type_text(char *out, size_t cap, uint32_t type, sztp__span_t oid) {
  const char *name = content_type_name(type);
  if (name == NULL) return sztp__der_oid_text(out, cap, oid);
  (void)sztp__format(out, cap, "%s", name);
  return out;
}
