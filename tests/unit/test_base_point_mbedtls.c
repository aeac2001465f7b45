/* SPDX-License-Identifier: Apache-2.0 */
/* The constants of P-256 that mbedTLS 2.28 would compute: they are what it computes. */
#include "common/testing.h"

#include "cryptography/base_point_mbedtls.h"

#if SZTP__BASE_POINT

static void set_up_key(mbedtls_pk_context *pk, mbedtls_ecp_group_id curve) {
  mbedtls_pk_init(pk);
  assert_int_equal(mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
  assert_int_equal(mbedtls_ecp_group_load(&mbedtls_pk_ec(*pk)->grp, curve), 0);
}

/* mbedTLS keeps what it computed for the base point with the curve. */
static void multiply(mbedtls_ecp_group *group, mbedtls_ecp_point *out) {
  mbedtls_mpi number;
  mbedtls_mpi_init(&number);
  assert_int_equal(mbedtls_mpi_read_string(&number, 16, "123456789abcdef00fedcba987654321"), 0);
  assert_int_equal(mbedtls_ecp_mul(group, out, &number, &group->G, NULL, NULL), 0);
  mbedtls_mpi_free(&number);
}

static void are_what_mbedtls_computes(void **state) {
  (void)state;
  mbedtls_pk_context given, computed;
  mbedtls_ecp_point points[2];
  set_up_key(&given, MBEDTLS_ECP_DP_SECP256R1);
  set_up_key(&computed, MBEDTLS_ECP_DP_SECP256R1);
  sztp__base_point(&given);
  mbedtls_ecp_group *a = &mbedtls_pk_ec(given)->grp, *b = &mbedtls_pk_ec(computed)->grp;
  const mbedtls_ecp_point *own = a->T;
  assert_non_null(own);
  sztp__base_point(&given); /* it has it */
  assert_ptr_equal(a->T, own);
  for (int i = 0; i < 2; i++) mbedtls_ecp_point_init(&points[i]);
  multiply(a, &points[0]);
  multiply(b, &points[1]);
  assert_int_equal(mbedtls_ecp_point_cmp(&points[0], &points[1]), 0);
  assert_ptr_equal(a->T, own);
  assert_non_null(b->T);
  assert_int_equal(a->T_size, b->T_size);
  for (size_t i = 0; i < a->T_size; i++) {
    assert_int_equal(mbedtls_mpi_cmp_mpi(&a->T[i].X, &b->T[i].X), 0);
    assert_int_equal(mbedtls_mpi_cmp_mpi(&a->T[i].Y, &b->T[i].Y), 0);
    assert_int_equal(a->T[i].X.n, b->T[i].X.n);
    assert_int_equal(a->T[i].Y.n, b->T[i].Y.n);
  }
  for (int i = 0; i < 2; i++) mbedtls_ecp_point_free(&points[i]);
  mbedtls_pk_free(&given);
  mbedtls_pk_free(&computed);
}

static void are_for_no_other_key(void **state) {
  (void)state;
  mbedtls_pk_context pk;
  set_up_key(&pk, MBEDTLS_ECP_DP_SECP384R1);
  sztp__base_point(&pk);
  assert_null(mbedtls_pk_ec(pk)->grp.T);
  mbedtls_pk_free(&pk);
  mbedtls_pk_init(&pk);
  assert_int_equal(mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
  sztp__base_point(&pk);
  mbedtls_pk_free(&pk);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(are_what_mbedtls_computes),
                                     cmocka_unit_test(are_for_no_other_key)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* This mbedTLS has them, or computes others. */
static void are_left_alone(void **state) {
  (void)state;
  sztp__base_point(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(are_left_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
