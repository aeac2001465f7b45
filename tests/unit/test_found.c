/* SPDX-License-Identifier: Apache-2.0 */
/* What octets are called that should have been something else: found.c. */
#include "common/with_ctx.h"

#include "common/pki.h"
#include "formats/found.h"
#include "ground/text.h"

static void expect_words(const char *what, sztp__span_t data, const char *wanted) {
  const char *words = sztp__found(data);
  if (words == wanted) return; /* both NULL */
  if (words == NULL || wanted == NULL || strcmp(words, wanted) != 0)
    fail_msg("%s: \"%s\", not \"%s\"", what, words == NULL ? "" : words, wanted == NULL ? "" : wanted);
}

/* CMS-01: what a refusal calls text and binary files */
static void test_files(void **state) {
  (void)state;
  static const struct {
    const char *octets;
    size_t len;
    const char *words;
  } cases[] = {
      {"", 0, "empty"},
      {" \r\n", 3, "nothing but blanks"},
      {"{\"a\":1}", 7, "JSON"},
      {"\xef\xbb\xbf\n[1]", 7, "JSON"},
      {"<?xml version=\"1.0\"?><a/>", 25, "XML"},
      {"<!DOCTYPE HTML><p>", 18, "an HTML page"},
      {"<?xml version=\"1.0\"?><HTML>", 27, "an HTML page"},
      {"MIME-Version: 1.0\r\n", 19, "a mail (S/MIME)"},
      {"content-type: application/pkcs7-mime\n", 37, "a mail (S/MIME)"},
      {"-----BEGIN CMS-----\n", 20, "PEM"},
      {"Bag Attributes\n-----BEGIN CERTIFICATE-----\n", 43, "PEM"},
      {"HTTP/1.1 200 OK\r\n", 17, "an HTTP reply with its head"},
      {"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAMIIBIjANBgkqhkiG9w0B\n", 65, "base64"},
      {"hello", 5, "text"},
      {"\x1f\x8b\x08", 3, "compressed by gzip"},
      {"PK\x03\x04", 4, "a ZIP file"},
      {"\xff\xfe-\0-\0", 6, "text in UTF-16"},
      {"#!/bin/sh\n", 10, "a script"},
      {"\x7f"
       "ELF",
       4, "a program (ELF)"},
      {"\x01\x02\x03", 3, NULL},
      {"\xc3", 1, NULL},
      {"\x30\x03\x02\x01\x01", 5, NULL},
      {"\x30\x00", 2, NULL},
      {"\x30\x84\xff\xff\xff\xff", 6, NULL},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    expect_words(cases[i].octets, sztp__span(cases[i].octets, cases[i].len), cases[i].words);
}

/* The same of kinds of DER, by their outline. */
static void test_der_kinds(void **state) {
  (void)state;
  static const struct {
    const char *hex, *words;
  } cases[] = {
      {"300b06092a864886f70d010702", "CMS (PKCS #7)"},
      {"3012020103300d06092a864886f70d010701a000", "PKCS #12"},
      {"3009020100300205000400", "a private key (PKCS #8)"},
      {"3006020100020101", "an RSA private key"},
      {"30050201010400", "an EC private key"},
      {"300a3005"
       "06032a0304"
       "040100",
       "an encrypted private key (PKCS #8)"},
      {"300a3005"
       "06032a0304"
       "030100",
       "a public key"},
      {"3010300902010030003000a0003000030100", "a certificate request (CSR)"},
      {"301030090201003000300017003000030100", "a revocation list (CRL)"},
      {"301030090201003000300030003000030100", "a certificate"},
      {"300c3005a0000201003000030100", "a certificate"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t data[64];
    size_t len = 0;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(cases[i].hex), data, sizeof data, &len), 0);
    expect_words(cases[i].hex, sztp__span(data, len), cases[i].words);
  }
}

static void test_real_files(void **state) {
  (void)state;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, 65536);
  sztp__cert_t cert;
  expect_words("certificate", pki_cert(ctx, "idevid", &der, &cert), "a certificate");
  expect_words("its key", cert.spki, "a public key");
  assert_string_equal(sztp__found_not_cms(cert.der), "a certificate");
  assert_null(sztp__found_not_cms(sztp__span("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13)));
  sztp__buf_clear(&der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_der_kinds, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_real_files, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
