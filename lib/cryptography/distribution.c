/* SPDX-License-Identifier: Apache-2.0 */
/* Distribution points of CRLs, checked and compared. */
#include "cryptography/distribution.h"

#include "cryptography/general_name.h"

#define OTHER_TAG(n)   ((uint8_t)(SZTP__DER_CONTEXT + (n)))
#define FIELD_TAG(n)   ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))
#define FULL_NAME      FIELD_TAG(0)
#define RELATIVE_NAME  FIELD_TAG(1)
#define DIRECTORY_NAME FIELD_TAG(4)

/* Points of a certificate, and names of a point: all are compared with all. */
#define POINTS_MAX 64
#define NAMES_MAX  64
#define LOOK       16 /* octets' worth of work for a comparison */

/* ---- form ---------------------------------------------------------------------------------------- */

/* A Name of @p issuer's RDNs and one more, as a GeneralName. */
static int32_t put_relative(sztp__buf_t *out, sztp__span_t issuer, sztp__span_t attributes) {
  sztp__der_t d;
  sztp__tlv_t rdns = {0, {NULL, 0}, {NULL, 0}};
  size_t marks[2];
  sztp__der_init(&d, out->ctx, issuer);
  if (issuer.len > 0) (void)sztp__der_expect(&d, SZTP__DER_SEQUENCE, &rdns);
  sztp__der_open(out, DIRECTORY_NAME, &marks[0]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[1]);
  sztp__buf_add_span(out, rdns.value);
  sztp__der_put(out, SZTP__DER_SET, attributes);
  sztp__der_close(out, marks[1]);
  sztp__der_close(out, marks[0]);
  return out->status;
}

static int32_t check_full_name(sztp__der_t names) {
  sztp__tlv_t name;
  sztp__der_t rest = names;
  size_t count = 0;
  while (!sztp__der_at_end(&rest)) {
    int32_t rc = sztp__der_any(&rest, &name);
    if (rc != SZTP_OK) return rc;
    if (count++ == NAMES_MAX)
      return sztp__fail(names.ctx, SZTP_ERR_DER, "distribution-point", "more than %d names", NAMES_MAX);
  }
  return sztp__general_names_check(names);
}

int32_t sztp__distribution_name_check(sztp__der_t name) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_any(&name, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&name);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag == FULL_NAME) return check_full_name(sztp__der_inside(&name, &tlv));
  if (tlv.tag != RELATIVE_NAME)
    return sztp__fail(name.ctx, SZTP_ERR_DER, "distribution-point", "a name with tag 0x%02x", tlv.tag);
  sztp__der_t attributes = sztp__der_inside(&name, &tlv);
  do {
    sztp__der_t attribute;
    sztp__span_t oid;
    rc = sztp__der_enter(&attributes, SZTP__DER_SEQUENCE, &attribute);
    if (rc == SZTP_OK) rc = sztp__der_oid(&attribute, &oid);
    if (rc == SZTP_OK) rc = sztp__der_any(&attribute, &tlv);
    if (rc == SZTP_OK) rc = sztp__der_finish(&attribute);
  } while (rc == SZTP_OK && !sztp__der_at_end(&attributes));
  return rc;
}

typedef struct point {
  int has_name;
  int has_issuer; /* of an indirect CRL */
  sztp__tlv_t name;
} point_t;

/* DistributionPoint: three optional fields. */
static int32_t read_point(sztp__der_t *points, point_t *out) {
  sztp__der_t point;
  sztp__tlv_t tlv;
  int has_reasons = 0;
  int32_t rc = sztp__der_enter(points, SZTP__DER_SEQUENCE, &point);
  if (rc == SZTP_OK) rc = sztp__der_optional(&point, FIELD_TAG(0), &out->has_name, &out->name);
  if (rc == SZTP_OK && out->has_name)
    rc = sztp__distribution_name_check(sztp__der_inside(&point, &out->name));
  if (rc == SZTP_OK) rc = sztp__der_optional(&point, OTHER_TAG(1), &has_reasons, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_optional(&point, FIELD_TAG(2), &out->has_issuer, &tlv);
  if (rc == SZTP_OK && out->has_issuer) rc = sztp__general_names_check(sztp__der_inside(&point, &tlv));
  return rc != SZTP_OK ? rc : sztp__der_finish(&point);
}

int32_t sztp__distribution_points_check(sztp__der_t points) {
  point_t point;
  size_t count = 0;
  int32_t rc = SZTP_OK;
  do {
    if (count++ == POINTS_MAX)
      return sztp__fail(points.ctx, SZTP_ERR_DER, "distribution-point", "more than %d points", POINTS_MAX);
    rc = read_point(&points, &point);
  } while (rc == SZTP_OK && !sztp__der_at_end(&points));
  return rc;
}

/* ---- comparing; the form was checked when certificate and CRL were decoded ----------------------- */

/* The GeneralNames of a distribution point name; one that is relative is made whole in @p made. */
static int32_t names_of(sztp__buf_t *made, sztp__span_t name, sztp__span_t issuer, sztp__der_t *out) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__buf_init(made, made->ctx, name.len + issuer.len + 64);
  sztp__der_init(&d, made->ctx, name);
  sztp__der_init(out, made->ctx, sztp__span(NULL, 0));
  if (sztp__der_any(&d, &tlv) != SZTP_OK) return SZTP_OK;
  if (tlv.tag == FULL_NAME) {
    *out = sztp__der_inside(&d, &tlv);
    return SZTP_OK;
  }
  int32_t rc = put_relative(made, issuer, tlv.value);
  if (rc == SZTP_OK) sztp__der_init(out, made->ctx, sztp__buf_span(made));
  return rc;
}

static int same_name(sztp_ctx_t *ctx, const sztp__tlv_t *a, const sztp__tlv_t *b) {
  if (a->tag != b->tag || !sztp__work_look(ctx, LOOK)) return 0;
  return a->tag == DIRECTORY_NAME ? sztp__name_equal(ctx, a->value, b->value)
                                  : sztp__span_equal(a->value, b->value);
}

static int have_one_in_common(sztp__der_t a, sztp__der_t b) {
  sztp__tlv_t x;
  sztp__tlv_t y;
  while (!sztp__der_at_end(&a) && sztp__der_any(&a, &x) == SZTP_OK) {
    sztp__der_t rest = b;
    while (!sztp__der_at_end(&rest) && sztp__der_any(&rest, &y) == SZTP_OK)
      if (same_name(a.ctx, &x, &y)) return 1;
  }
  return 0;
}

/* Whether one of the names is the certificate's issuer: the point that every certificate has. */
static int names_issuer(sztp__der_t names, const sztp__cert_t *cert) {
  sztp__tlv_t name;
  while (!sztp__der_at_end(&names) && sztp__der_any(&names, &name) == SZTP_OK)
    if (name.tag == DIRECTORY_NAME && sztp__name_equal(names.ctx, name.value, cert->issuer)) return 1;
  return 0;
}

static int32_t matches_a_point(sztp__buf_t *made, sztp__der_t names, const sztp__cert_t *cert, int *matches) {
  sztp__der_t points;
  sztp__der_init(&points, made->ctx, cert->distribution_points);
  while (!*matches && !sztp__der_at_end(&points)) {
    point_t point;
    sztp__der_t theirs;
    if (read_point(&points, &point) != SZTP_OK) return SZTP_OK;
    if (!point.has_name || point.has_issuer) continue;
    int32_t rc = names_of(made, point.name.value, cert->issuer, &theirs);
    if (rc == SZTP_OK) *matches = have_one_in_common(names, theirs);
    sztp__buf_clear(made);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

int32_t sztp__distribution_matches(sztp_ctx_t *ctx, sztp__span_t name, const sztp__cert_t *cert,
                                   int *matches) {
  sztp__buf_t ours;
  sztp__buf_t theirs;
  sztp__der_t names;
  *matches = name.len == 0;
  if (*matches) return SZTP_OK;
  sztp__buf_init(&ours, ctx, 0);
  sztp__buf_init(&theirs, ctx, 0);
  int32_t rc = names_of(&ours, name, cert->issuer, &names);
  if (rc == SZTP_OK) *matches = names_issuer(names, cert);
  if (rc == SZTP_OK && !*matches) rc = matches_a_point(&theirs, names, cert, matches);
  sztp__buf_clear(&ours);
  return rc;
}
