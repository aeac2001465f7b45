/* SPDX-License-Identifier: Apache-2.0 */
/* What the TPM states: the request's key (certify), what was measured (quote), and whether that is what is
 * expected. Each statement begins with the TPM's own mark, which no restricted key signs for anybody else
 * (D-187). */
#include "artifacts/appraisal.h"

#include "ground/text.h"

/* ---- what both have ------------------------------------------------------------------------------ */

static int32_t check_mark(sztp_appraisal_t *a, const sztp__tpm_attest_t *attest, uint16_t type) {
  char found[SZTP__NAME_SIZE];
  char expected[SZTP__NAME_SIZE];
  (void)sztp__format(found, sizeof found, "magic %08x, type %04x", (unsigned)attest->magic,
                     (unsigned)attest->type);
  (void)sztp__format(expected, sizeof expected, "magic %08x, type %04x", (unsigned)SZTP__TPM_GENERATED,
                     (unsigned)type);
  if (attest->magic != SZTP__TPM_GENERATED)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MALFORMED, found, expected,
                                  "it is not marked as a TPM's own (TPM_GENERATED)");
  if (attest->type != type)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MALFORMED, found, expected,
                                  "it is a statement of another type than it is given as");
  return SZTP_OK;
}

static int32_t check_nonce(sztp_appraisal_t *a, sztp__span_t extra) {
  char found[2 * SZTP_EVIDENCE_NONCE_MAX + 1];
  char expected[2 * SZTP_EVIDENCE_NONCE_MAX + 1];
  sztp__span_t nonce = sztp__span(a->nonce, a->nonce_len);
  if (a->nonce_len == 0)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_NONCE, "", "", "it is not known which nonce was sent");
  if (sztp__span_equal(extra, nonce)) return SZTP_OK;
  return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_NONCE, sztp__hex_text(found, sizeof found, extra),
                                sztp__hex_text(expected, sizeof expected, nonce),
                                "it was not made for this request: its nonce is another one");
}

/* Mark, type, signature and nonce; *hash is the signature's. */
static int32_t check_statement(sztp_appraisal_t *a, const sztp__statement_t *statement, uint16_t type,
                               sztp__tpm_attest_t *attest, uint32_t *hash) {
  sztp__tpm_signature_t signature;
  int32_t rc = sztp__tpm_read_attest(a->ctx, statement->attest, attest);
  if (rc == SZTP_OK)
    rc = check_mark(a, attest, type);
  else
    rc = sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  if (rc != SZTP_OK) return rc;
  rc = sztp__tpm_read_signature(a->ctx, statement->signature, &signature);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  rc = sztp__tpm_verify(a->ctx, a->certs[0].spki, &signature, statement->attest);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_SIGNATURE, rc);
  *hash = signature.hash;
  return check_nonce(a, attest->extra);
}

/* ---- certify, key -------------------------------------------------------------------------------- */

/* The name of an object: the hash of its public area, behind the hash's number. */
static int32_t check_name(sztp_appraisal_t *a) {
  uint8_t name[2 + SZTP__HASH_MAX];
  char found[2 * (2 + SZTP__HASH_MAX) + 1];
  char expected[2 * (2 + SZTP__HASH_MAX) + 1];
  size_t len = 0;
  int32_t rc = sztp__hash_once(a->ctx, a->area.name_hash, a->evidence.certify.third, name + 2, &len);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_KEY, rc);
  name[0] = (uint8_t)(a->area.name_algorithm >> 8);
  name[1] = (uint8_t)a->area.name_algorithm;
  sztp__span_t made = sztp__span(name, len + 2);
  if (sztp__span_equal(made, a->certify.name)) return SZTP_OK;
  return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_KEY,
                                sztp__hex_text(found, sizeof found, a->certify.name),
                                sztp__hex_text(expected, sizeof expected, made),
                                "the name in the statement is not that of the public area beside it");
}

int32_t sztp__appraise_certify(sztp_appraisal_t *a) {
  uint32_t hash = SZTP__HASH_NONE;
  int32_t rc = check_statement(a, &a->evidence.certify, SZTP__TPM_ST_CERTIFY, &a->certify, &hash);
  if (rc != SZTP_OK) return rc;
  rc = sztp__tpm_read_public(a->ctx, a->evidence.certify.third, &a->area);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  rc = check_name(a);
  if (rc == SZTP_OK) sztp__appraisal_say(a, "stated by the TPM for this request");
  return rc;
}

int32_t sztp__appraise_key(sztp_appraisal_t *a) {
  static const uint32_t stays =
      SZTP__TPM_FIXED_TPM | SZTP__TPM_FIXED_PARENT | SZTP__TPM_SENSITIVE_DATA_ORIGIN;
  char found[SZTP__NAME_SIZE];
  char expected[SZTP__NAME_SIZE];
  if (!sztp__tpm_public_is(&a->area, &a->p10.key))
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_KEY, "", "",
                                  "the key that the TPM speaks of is not the one in the request");
  (void)sztp__format(found, sizeof found, "attributes %08x", (unsigned)a->area.attributes);
  (void)sztp__format(expected, sizeof expected, "%08x among them", (unsigned)stays);
  if ((a->area.attributes & stays) != stays)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_KEY, found, expected,
                                  "the key was not made in the TPM, or may leave it (fixedTPM, fixedParent, "
                                  "sensitiveDataOrigin)");
  sztp__appraisal_say(a, "the request's key was made in the TPM and can't leave it");
  return SZTP_OK;
}

/* ---- quote --------------------------------------------------------------------------------------- */

int sztp__quote_next(const sztp_appraisal_t *a, size_t *at, sztp__pcr_value_t *out) {
  size_t place = 0;
  size_t offset = 0;
  for (size_t i = 0; i < a->quote.bank_count; i++) {
    const sztp__tpm_bank_t *bank = &a->quote.banks[i];
    size_t len = sztp__hash_len(bank->hash);
    for (uint32_t pcr = 0; pcr < SZTP__PCRS_MAX; pcr++) {
      if ((bank->selected >> pcr & 1) == 0) continue;
      if (len == 0 || a->evidence.quote.third.len - offset < len) return 0;
      if (place++ == *at) {
        *at += 1;
        *out = (sztp__pcr_value_t){bank->hash, pcr, sztp__span(a->evidence.quote.third.data + offset, len)};
        return 1;
      }
      offset += len;
    }
  }
  return 0;
}

/* The values are as many octets as the selection says. */
static int32_t check_layout(sztp_appraisal_t *a) {
  size_t len = 0;
  for (size_t i = 0; i < a->quote.bank_count; i++) {
    const sztp__tpm_bank_t *bank = &a->quote.banks[i];
    if (bank->selected != 0 && bank->hash == SZTP__HASH_NONE)
      return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MALFORMED, "", "",
                                    "a bank of PCRs whose hash is not known");
    for (uint32_t pcr = 0; pcr < SZTP__PCRS_MAX; pcr++)
      if ((bank->selected >> pcr & 1) != 0) len += sztp__hash_len(bank->hash);
  }
  if (len == a->evidence.quote.third.len) return SZTP_OK;
  return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MALFORMED, "", "",
                                "%zu octets of values, where the quote's selection has %zu",
                                a->evidence.quote.third.len, len);
}

static int32_t check_digest(sztp_appraisal_t *a, uint32_t hash) {
  uint8_t digest[SZTP__HASH_MAX];
  char found[2 * SZTP__HASH_MAX + 1];
  char expected[2 * SZTP__HASH_MAX + 1];
  size_t len = 0;
  int32_t rc = sztp__hash_once(a->ctx, hash, a->evidence.quote.third, digest, &len);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MEASURED, rc);
  sztp__span_t made = sztp__span(digest, len);
  if (sztp__span_equal(made, a->quote.digest)) return SZTP_OK;
  return sztp__appraisal_refuse(
      a, SZTP_ERR_EVIDENCE_MEASURED, sztp__hex_text(found, sizeof found, made),
      sztp__hex_text(expected, sizeof expected, a->quote.digest),
      "the values given are not those that the TPM has quoted: their digest is another one");
}

/* Otherwise something else could run now, and have made the key, than was measured. */
static int32_t check_boot(sztp_appraisal_t *a) {
  const size_t from = SZTP__TPM_CLOCK_COUNTS;
  char found[SZTP__NAME_SIZE];
  char expected[SZTP__NAME_SIZE];
  if (a->certify.clock.data == NULL) return SZTP_OK;
  sztp__span_t quoted = sztp__span(a->quote.clock.data + from, 8);
  sztp__span_t certified = sztp__span(a->certify.clock.data + from, 8);
  if (sztp__span_equal(quoted, certified)) return SZTP_OK;
  return sztp__appraisal_refuse(
      a, SZTP_ERR_EVIDENCE_MEASURED, sztp__hex_text(found, sizeof found, quoted),
      sztp__hex_text(expected, sizeof expected, certified),
      "the TPM was reset between quote and certify: their counts of resets and restarts differ");
}

/* "0 1 7" */
static void list_quoted(const sztp_appraisal_t *a, char *out, size_t size) {
  sztp__pcr_value_t value;
  size_t at = 0;
  size_t len = 0;
  out[0] = '\0';
  while (len < size - 16 && sztp__quote_next(a, &at, &value))
    len += sztp__format(out + len, size - len, " %u", (unsigned)value.pcr);
}

int32_t sztp__appraise_quote(sztp_appraisal_t *a) {
  char pcrs[SZTP__PHRASE_SIZE];
  uint32_t hash = SZTP__HASH_NONE;
  int32_t rc = check_statement(a, &a->evidence.quote, SZTP__TPM_ST_QUOTE, &a->quote, &hash);
  if (rc == SZTP_OK) rc = check_layout(a);
  if (rc == SZTP_OK) rc = check_digest(a, hash);
  if (rc == SZTP_OK) rc = check_boot(a);
  if (rc != SZTP_OK) return rc;
  list_quoted(a, pcrs, sizeof pcrs);
  sztp__appraisal_say(a, "stated by the TPM for this request: PCRs%s", pcrs[0] != '\0' ? pcrs : " none");
  return SZTP_OK;
}

/* ---- measured ------------------------------------------------------------------------------------ */

/* What the reference has of a PCR: how many values, and whether @p octets is one. The first is *wanted. */
static size_t look_up(const sztp__reference_t *ref, uint32_t hash, uint32_t pcr, sztp__span_t octets,
                      int *fits, sztp__span_t *wanted) {
  size_t count = 0;
  *fits = 0;
  for (size_t i = 0; i < ref->count; i++) {
    const sztp__reference_value_t *v = &ref->values[i];
    if (v->hash != hash || v->pcr != pcr) continue;
    sztp__span_t value = sztp__span(v->octets, sztp__hash_len(hash));
    if (count++ == 0) *wanted = value;
    if (sztp__span_equal(value, octets)) *fits = 1;
  }
  return count;
}

static sztp__span_t quoted_value(const sztp_appraisal_t *a, uint32_t hash, uint32_t pcr) {
  sztp__pcr_value_t value;
  size_t at = 0;
  while (sztp__quote_next(a, &at, &value))
    if (value.hash == hash && value.pcr == pcr) return value.octets;
  return sztp__span(NULL, 0);
}

/* How many of the values of a reference are for PCRs that differ; the first of them is *worst. */
static size_t count_differences(const sztp_appraisal_t *a, const sztp__reference_t *ref, size_t *worst) {
  size_t count = 0;
  for (size_t i = 0; i < ref->count; i++) {
    const sztp__reference_value_t *v = &ref->values[i];
    sztp__span_t octets = quoted_value(a, v->hash, v->pcr);
    sztp__span_t wanted;
    int fits = 0;
    (void)look_up(ref, v->hash, v->pcr, octets, &fits, &wanted);
    if (fits) continue;
    if (count++ == 0) *worst = i;
  }
  return count;
}

static int32_t refuse_values(sztp_appraisal_t *a, const sztp__reference_t *ref, size_t worst) {
  const sztp__reference_value_t *v = &ref->values[worst];
  char found[2 * SZTP__HASH_MAX + 1];
  char expected[2 * SZTP__HASH_MAX + 64];
  sztp__span_t octets = quoted_value(a, v->hash, v->pcr);
  sztp__span_t wanted = sztp__span(NULL, 0);
  int fits = 0;
  size_t count = look_up(ref, v->hash, v->pcr, octets, &fits, &wanted);
  (void)sztp__hex_text(expected, 2 * SZTP__HASH_MAX + 1, wanted);
  if (count > 1) {
    size_t len = strlen(expected);
    (void)sztp__format(expected + len, sizeof expected - len, " or one of %zu others", count - 1);
  }
  return sztp__appraisal_refuse(
      a, SZTP_ERR_EVIDENCE_MEASURED, octets.data == NULL ? "" : sztp__hex_text(found, sizeof found, octets),
      expected, "PCR %u (%s) %s%s%s", (unsigned)v->pcr, sztp__hash_name(v->hash),
      octets.data == NULL ? "has a reference value and is not in the quote" : "is not as expected",
      ref->name[0] != '\0' ? " of " : "", ref->name);
}

/* The PCRs that were quoted and have no reference value, ", not judged: 1 2". */
static void list_not_judged(const sztp_appraisal_t *a, const sztp__reference_t *ref, char *out, size_t size) {
  sztp__pcr_value_t value;
  size_t at = 0;
  size_t len = 0;
  out[0] = '\0';
  while (len < size - 32 && sztp__quote_next(a, &at, &value)) {
    sztp__span_t wanted;
    int fits = 0;
    if (look_up(ref, value.hash, value.pcr, value.octets, &fits, &wanted) > 0) continue;
    len += sztp__format(out + len, size - len, "%s %u", len == 0 ? "; not judged: PCRs" : "",
                        (unsigned)value.pcr);
  }
}

/* One version of the software must fit as a whole; if none does, that is told which comes nearest. */
int32_t sztp__appraise_measured(sztp_appraisal_t *a) {
  char rest[SZTP__PHRASE_SIZE];
  size_t nearest = 0;
  size_t fewest = SIZE_MAX;
  size_t worst = 0;
  for (size_t i = 0; i < a->reference_count; i++) {
    size_t first = 0;
    size_t differences = count_differences(a, a->references[i], &first);
    if (differences >= fewest) continue;
    fewest = differences;
    nearest = i;
    worst = first;
  }
  const sztp__reference_t *ref = a->references[nearest];
  if (fewest > 0) return refuse_values(a, ref, worst);
  list_not_judged(a, ref, rest, sizeof rest);
  sztp__appraisal_say(a, "as expected%s%s%s", ref->name[0] != '\0' ? " of " : "", ref->name, rest);
  return SZTP_OK;
}
