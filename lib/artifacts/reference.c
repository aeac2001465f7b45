/* SPDX-License-Identifier: Apache-2.0 */
/* Reads reference values. */
#include "artifacts/reference.h"

#include "formats/json.h"
#include "ground/text.h"

#define WHERE "reference"

static const struct bank {
  const char *name;
  uint32_t hash;
} BANKS[] = {{"sha256", SZTP__HASH_SHA256}, {"sha384", SZTP__HASH_SHA384}, {"sha512", SZTP__HASH_SHA512}};
#define BANK_COUNT (sizeof BANKS / sizeof BANKS[0])

static int32_t invalid(sztp_ctx_t *ctx, const char *what, const char *name) {
  char shown[SZTP__NAME_SIZE];
  return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, WHERE, "'%s': %s",
                    sztp__printable(shown, sizeof shown, sztp__span_of(name)), what);
}

static int32_t add_value(sztp_ctx_t *ctx, sztp__reference_t *ref, uint32_t hash, uint32_t pcr,
                         const sztp__json_value_t *value, const char *name) {
  size_t len = 0;
  if (sztp__json_type(value) != SZTP__JSON_STRING) return invalid(ctx, "a value is no text", name);
  if (ref->count == SZTP__REFERENCE_ENTRIES)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, WHERE, "more than %d values", SZTP__REFERENCE_ENTRIES);
  sztp__reference_value_t *entry = &ref->values[ref->count];
  int32_t rc = sztp__hex_decode(ctx, sztp__json_string(value), entry->octets, sizeof entry->octets, &len);
  if (rc != SZTP_OK) return rc;
  if (len != sztp__hash_len(hash)) return invalid(ctx, "a value has not the length of its bank's hash", name);
  entry->hash = hash;
  entry->pcr = pcr;
  ref->count++;
  return SZTP_OK;
}

/* One value, or a list of those that will do. */
static int32_t read_pcr(sztp_ctx_t *ctx, sztp__reference_t *ref, uint32_t hash, const sztp__json_value_t *v) {
  uint64_t pcr = 0;
  const char *name = sztp__json_name(v);
  if (sztp__decimal(sztp__span_of(name), SZTP__PCRS_MAX - 1, &pcr) != SZTP_OK)
    return invalid(ctx, "no number of a PCR, 0 to 31", name);
  if (sztp__json_type(v) != SZTP__JSON_ARRAY) return add_value(ctx, ref, hash, (uint32_t)pcr, v, name);
  if (sztp__json_first(v) == NULL) return invalid(ctx, "a list without a value", name);
  int32_t rc = SZTP_OK;
  for (const sztp__json_value_t *one = sztp__json_first(v); rc == SZTP_OK && one != NULL;
       one = sztp__json_next(one))
    rc = add_value(ctx, ref, hash, (uint32_t)pcr, one, name);
  return rc;
}

static int32_t read_member(sztp_ctx_t *ctx, sztp__reference_t *ref, const sztp__json_value_t *v) {
  const char *name = sztp__json_name(v);
  uint32_t hash = SZTP__HASH_NONE;
  if (strcmp(name, "name") == 0) {
    if (sztp__json_type(v) != SZTP__JSON_STRING) return invalid(ctx, "it is no text", name);
    (void)sztp__printable(ref->name, sizeof ref->name, sztp__json_string(v));
    return SZTP_OK;
  }
  for (size_t i = 0; i < BANK_COUNT; i++)
    if (strcmp(BANKS[i].name, name) == 0) hash = BANKS[i].hash;
  if (hash == SZTP__HASH_NONE) return invalid(ctx, "neither a bank (sha256, sha384, sha512) nor name", name);
  if (sztp__json_type(v) != SZTP__JSON_OBJECT) return invalid(ctx, "it is no object of PCRs", name);
  int32_t rc = SZTP_OK;
  for (const sztp__json_value_t *pcr = sztp__json_first(v); rc == SZTP_OK && pcr != NULL;
       pcr = sztp__json_next(pcr))
    rc = read_pcr(ctx, ref, hash, pcr);
  return rc;
}

static int32_t read_root(sztp_ctx_t *ctx, sztp__reference_t *ref, const sztp__json_value_t *root) {
  if (sztp__json_type(root) != SZTP__JSON_OBJECT)
    return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, WHERE, "reference values are an object");
  int32_t rc = SZTP_OK;
  for (const sztp__json_value_t *v = sztp__json_first(root); rc == SZTP_OK && v != NULL;
       v = sztp__json_next(v))
    rc = read_member(ctx, ref, v);
  if (rc == SZTP_OK && ref->count == 0)
    rc = sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, WHERE, "there is no value in it");
  return rc;
}

int32_t sztp__reference_read(sztp_ctx_t *ctx, sztp__span_t text, sztp__reference_t **out) {
  sztp__json_t *doc = NULL;
  if (text.len > SZTP__REFERENCE_OCTETS_MAX)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, WHERE, "%zu octets are too many", text.len);
  sztp__reference_t *ref = sztp__alloc(ctx, sizeof *ref);
  if (ref == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__json_parse(ctx, text, &doc);
  if (rc == SZTP_OK) rc = read_root(ctx, ref, sztp__json_root(doc));
  sztp__json_free(doc);
  if (rc == SZTP_OK)
    *out = ref;
  else
    sztp__free(ctx, ref);
  return rc;
}
