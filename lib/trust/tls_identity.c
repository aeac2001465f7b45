/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a bootstrap server: the anchor that a redirect brings, the presented certificates, the server's
 * identity. */
#include "trust/tls_identity.h"

#include "cryptography/chain.h"
#include "cryptography/own_cert.h"
#include "formats/uri.h"
#include "ground/text.h"

#define MAX_PRESENTED    16
#define GENERAL_NAME_DNS 0x82
#define GENERAL_NAME_IP  0x87
#define OID_SERVER_AUTH  "\x2b\x06\x01\x05\x05\x07\x03\x01" /* id-kp-serverAuth */
#define OID_COMMON_NAME  "\x55\x04\x03"                     /* id-at-commonName */

static int identity_fatal(int32_t rc) { return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO; }

/* ---- trust-anchor of a redirect ------------------------------------------------------------------ */

static int32_t anchor_unusable(sztp_ctx_t *ctx, const char *why) {
  sztp__trail_clear(ctx);
  return sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "trust-anchor", "%s", why);
}

static int32_t read_anchor_certs(sztp_ctx_t *ctx, int allow_sha1, sztp__anchor_t *anchor) {
  const sztp__cms_t *cms = anchor->cms;
  if (cms->type != SZTP__CMS_SIGNED || cms->cert_count == 0)
    return anchor_unusable(ctx, "it is no CMS with certificates");
  sztp__cert_t *certs = sztp__alloc_array(ctx, cms->cert_count, sizeof *certs);
  if (certs == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = SZTP_OK;
  for (size_t i = 0; rc == SZTP_OK && i < cms->cert_count; i++)
    if (sztp__cert_parse(ctx, cms->certs[i], &certs[i]) < 0)
      rc = anchor_unusable(ctx, "a certificate in it is malformed");
  const sztp__cert_t *lowest = NULL;
  if (rc == SZTP_OK) rc = sztp__chain_read(ctx, certs, cms->cert_count, allow_sha1, &lowest);
  if (rc == SZTP_OK) anchor->cert = *lowest;
  sztp__free(ctx, certs);
  return rc;
}

static int32_t read_redirect_anchor(sztp_ctx_t *ctx, sztp__span_t cms_der, int allow_sha1,
                                    sztp__anchor_t *anchor) {
  int32_t rc = sztp__cms_parse(ctx, cms_der, &anchor->cms);
  if (identity_fatal(rc)) return rc;
  if (rc < 0) return anchor_unusable(ctx, "it is no CMS with certificates");
  rc = read_anchor_certs(ctx, allow_sha1, anchor);
  if (rc < 0 || !SZTP__CRL) return rc;
  anchor->crls = sztp__alloc_array(ctx, anchor->cms->crl_count, sizeof *anchor->crls);
  if (anchor->crls == NULL) return SZTP_ERR_MEMORY;
  anchor->crl_count = sztp__crls_parse(ctx, anchor->cms->crls, anchor->cms->crl_count, anchor->crls);
  return SZTP_OK;
}

int32_t sztp__anchor_read(sztp_ctx_t *ctx, sztp__span_t cms_der, int allow_sha1, sztp__anchor_t **out) {
  char why[SZTP__PHRASE_SIZE];
  sztp__anchor_t *anchor = sztp__alloc(ctx, sizeof *anchor);
  if (anchor == NULL) return SZTP_ERR_MEMORY;
  sztp__work_begin(ctx, cms_der.len);
  int32_t rc = read_redirect_anchor(ctx, cms_der, allow_sha1, anchor);
  int spent = sztp__work_spent(ctx);
  sztp__work_end(ctx);
  if (spent && !identity_fatal(rc)) rc = anchor_unusable(ctx, "it needs too much work");
  if (rc == SZTP_OK) {
    *out = anchor;
    return SZTP_OK;
  }
  sztp__anchor_free(ctx, anchor);
  if (rc != SZTP_ERR_PKIX_NO_PATH) return rc;
  (void)sztp__shown(why, sizeof why, sztp__span_of(sztp__trail_detail(ctx)));
  return anchor_unusable(ctx, why);
}

void sztp__anchor_free(sztp_ctx_t *ctx, sztp__anchor_t *anchor) {
  if (anchor == NULL) return;
  sztp__cms_free(ctx, anchor->cms);
  sztp__free(ctx, anchor->crls);
  sztp__free(ctx, anchor);
}

/* ---- server identity (RFC 9525) ------------------------------------------------------------------ */

static sztp__span_t without_dot(sztp__span_t name) {
  if (name.len > 1 && name.data[name.len - 1] == '.') name.len--;
  return name;
}

/* A dNSName against the reference name: equal without case, or '*' as the whole left-most label (D-36). */
static int dns_matches(sztp__span_t pattern, sztp__span_t host) {
  if (sztp__host_equal(pattern, host)) return 1;
  pattern = without_dot(pattern);
  host = without_dot(host);
  if (pattern.len < 3 || pattern.data[0] != '*' || pattern.data[1] != '.') return 0;
  size_t label = 0;
  while (label < host.len && host.data[label] != '.') label++;
  if (label == 0 || label == host.len) return 0;
  sztp__span_t rest = sztp__span(host.data + label + 1, host.len - label - 1);
  sztp__span_t parent = sztp__span(pattern.data + 2, pattern.len - 2);
  return memchr(parent.data, '.', parent.len) != NULL && sztp__host_equal(parent, rest);
}

struct identity {
  sztp__span_t host;
  uint32_t kind; /* SZTP__HOST_* */
  uint8_t octets[16];
  size_t octet_count;
  int named; /* the certificate has a dNSName or iPAddress */
};

static int alt_names_match(sztp_ctx_t *ctx, const sztp__cert_t *cert, struct identity *id) {
  sztp__der_t d;
  sztp__tlv_t name;
  int matched = 0;
  sztp__der_init(&d, ctx, cert->subject_alt_name);
  while (!sztp__der_at_end(&d) && sztp__der_any(&d, &name) == SZTP_OK) {
    if (name.tag == GENERAL_NAME_DNS) {
      id->named = 1;
      matched |= id->kind == SZTP__HOST_NAME && dns_matches(name.value, id->host);
    } else if (name.tag == GENERAL_NAME_IP) {
      id->named = 1;
      matched |= id->kind != SZTP__HOST_NAME &&
                 sztp__span_equal(name.value, sztp__span(id->octets, id->octet_count));
    }
  }
  return matched;
}

/* TLS-11: only behind its switch, and only if the certificate has no name where names belong. */
static int32_t common_name_matches(sztp_ctx_t *ctx, const sztp__cert_t *cert, const struct identity *id,
                                   int *matched) {
  size_t count = 0;
  size_t len = 0;
  uint8_t *name = NULL;
  int32_t rc = sztp__name_attribute(ctx, cert->subject, sztp__span_of(OID_COMMON_NAME), &count, &name, &len);
  if (rc < 0) return identity_fatal(rc) ? rc : SZTP_OK;
  if (count == 1 && id->kind == SZTP__HOST_NAME) *matched = dns_matches(sztp__span(name, len), id->host);
  sztp__free(ctx, name);
  return SZTP_OK;
}

static int32_t check_identity(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, const sztp__cert_t *cert) {
  struct identity id;
  memset(&id, 0, sizeof id);
  id.host = rules->host;
  char shown[SZTP__NAME_SIZE];
  char subject[SZTP__NAME_SIZE];
  int matched = 0;
  if (sztp__host_kind(ctx, rules->host, &id.kind) == SZTP_OK) {
    if (id.kind != SZTP__HOST_NAME && sztp__host_octets(rules->host, id.octets, &id.octet_count) < 0)
      id.octet_count = 0;
    matched = alt_names_match(ctx, cert, &id);
    if (!matched && !id.named && sztp__policy(rules->dev, SZTP_POLICY_COMMON_NAME)) {
      int32_t rc = common_name_matches(ctx, cert, &id, &matched);
      if (rc < 0) return rc;
    }
  }
  if (matched) return SZTP_OK;
  int only_names = id.named && sztp__policy(rules->dev, SZTP_POLICY_COMMON_NAME);
  return sztp__fail(ctx, SZTP_ERR_TLS_NAME_MISMATCH, "server",
                    "the certificate of %s does not name %s in subjectAltName%s",
                    sztp__name_text(subject, sizeof subject, cert->subject),
                    sztp__printable(shown, sizeof shown, rules->host),
                    only_names ? ", beside which its common name does not count" : "");
}

/* ---- presented chain ----------------------------------------------------------------------------- */

/* PKIX-02: it is left out, and may be the intermediate that is missed then. The cause is in the trail. */
static void tell_broken(sztp_ctx_t *ctx, sztp__span_t der, char told[SZTP__SENTENCE_SIZE]) {
  char subject[SZTP__NAME_SIZE];
  sztp__cert_t names;
  (void)sztp__sentence(
      told, SZTP__SENTENCE_SIZE,
      "a certificate of the server's chain (%s) is left out, it can't be decoded: %s",
      sztp__cert_names(der, &names) == SZTP_OK ? sztp__name_text(subject, sizeof subject, names.subject) : "",
      sztp__trail_detail(ctx));
  sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", told);
  sztp__trail_clear(ctx);
}

/* @p broken is what was said of a certificate that is left out, "" if none is. */
static int32_t parse_presented(sztp_ctx_t *ctx, sztp__span_t chain, sztp__cert_t *certs, size_t *count,
                               char broken[SZTP__SENTENCE_SIZE]) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  size_t n = 0;
  sztp__der_init(&d, ctx, chain);
  while (!sztp__der_at_end(&d) && n < MAX_PRESENTED) {
    if (sztp__der_expect(&d, SZTP__DER_SEQUENCE, &tlv) < 0) break;
    int32_t rc = sztp__cert_parse(ctx, tlv.whole, &certs[n]);
    if (rc == SZTP_OK)
      n++;
    else if (n == 0)
      return sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "server", "the server's certificate is malformed");
    else if (!identity_fatal(rc))
      tell_broken(ctx, tlv.whole, broken);
  }
  *count = n;
  if (n == 0) return sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "server", "the server presented no certificate");
  return SZTP_OK;
}

static int32_t check_presented(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, const sztp__cert_t *certs,
                               size_t count, const char *broken) {
  sztp__revocation_t revocation = {
      .mode = SZTP__CRLS_IF_PRESENT, .crls = rules->crls, .count = rules->crl_count};
  sztp__path_t path = {.revocation = &revocation,
                       .anchors = rules->anchors,
                       .anchor_count = rules->anchor_count,
                       .anchors_learned = rules->anchors_learned,
                       .others = certs + 1,
                       .other_count = count - 1,
                       .clock = rules->clock,
                       .allow_sha1 = sztp__policy(rules->dev, SZTP_POLICY_ALLOW_SHA1) != 0,
                       .leaf_key_usage =
                           SZTP__KU_DIGITAL_SIGNATURE | SZTP__KU_KEY_ENCIPHERMENT | SZTP__KU_KEY_AGREEMENT,
                       .leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE,
                       .purpose = sztp__span_of(OID_SERVER_AUTH),
                       .common_name = sztp__policy(rules->dev, SZTP_POLICY_COMMON_NAME) != 0};
  const sztp__cert_t *found[SZTP__PATH_MAX];
  size_t found_len = 0;
  char subject[SZTP__NAME_SIZE];
  int32_t rc = sztp__path_validate(ctx, &path, &certs[0], found, &found_len);
  if (identity_fatal(rc)) return rc;
  if (rc == SZTP_ERR_PKIX_NO_PATH && broken[0] != '\0') { /* what is missed may well be that one */
    sztp__trail_clear(ctx);
    return sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "server", "%s", broken);
  }
  if (rc < 0)
    return sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "server",
                      "the certificate of %s does not validate to the anchor wanted",
                      sztp__name_text(subject, sizeof subject, certs[0].subject));
  if (revocation.unused[0] != '\0')
    sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST, "revocation lists of %s are not used: %s",
              sztp__name_text(subject, sizeof subject, certs[0].issuer), revocation.unused);
  return check_identity(ctx, rules, &certs[0]);
}

int32_t sztp__server_check(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, sztp__span_t chain) {
  sztp__cert_t *certs = sztp__alloc_array(ctx, MAX_PRESENTED, sizeof *certs);
  size_t count = 0;
  if (certs == NULL) return SZTP_ERR_MEMORY;
  uint64_t input = chain.len;
  for (size_t i = 0; i < rules->crl_count; i++) input += rules->crls[i].der.len;
  sztp__work_begin(ctx, input);
  char broken[SZTP__SENTENCE_SIZE] = "";
  int32_t rc = parse_presented(ctx, chain, certs, &count, broken);
  if (rc == SZTP_OK) rc = check_presented(ctx, rules, certs, count, broken);
  if (sztp__work_spent(ctx) && !identity_fatal(rc))
    rc = sztp__fail(ctx, SZTP_ERR_TLS_UNTRUSTED, "server", "the server's certificates need too much work");
  sztp__work_end(ctx);
  sztp__free(ctx, certs);
  return rc;
}
