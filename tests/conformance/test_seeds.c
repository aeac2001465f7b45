/* SPDX-License-Identifier: Apache-2.0 */
/* Other people's fuzzing corpora through our parsers: no crash, no leak, no input that takes long. There is
 * no verdict to compare with: the rows tell how many inputs there were. A sample; with SEEDS=all every one.
 */
#define _POSIX_C_SOURCE 200809L
#include "conformance/table.h"
#include "formats/armor.h"

#include <stdio.h>
#include <time.h>

#include "cryptography/cms.h"
#include "cryptography/crl.h"
#include "discovery/dns.h"
#include "formats/ber.h"
#include "formats/json.h"
#include "formats/xml_tree.h"
#include "ground/text.h"
#include "https/http.h"

#define SAMPLE    4       /* one file in so many */
#define INPUT_MAX 1048576 /* octets */
#define SECONDS   5       /* of CPU time, sanitizers and slow machines included; for one input */

typedef int32_t (*parse_fn)(sztp_ctx_t *ctx, sztp__span_t input);

/* ---- what is done with an input; its length is exact, so that sanitizers see the first octet beyond ---- */

static int32_t read_cms(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__cms_t *cms = NULL;
  sztp__cert_t cert;
  int32_t rc = sztp__cms_parse(ctx, input, &cms);
  for (size_t i = 0; rc == 0 && i < cms->cert_count; i++) {
    if (sztp__cert_parse(ctx, cms->certs[i], &cert) != 0) continue;
    for (size_t n = 0; n < cms->signer_count; n++) (void)sztp__cms_verify(ctx, cms, n, &cert, 1, 0);
  }
  sztp__cms_free(ctx, cms);
  return rc;
}

static int32_t read_cert(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__cert_t cert;
  int32_t rc = sztp__cert_parse(ctx, input, &cert);
  if (rc == 0) (void)sztp__cert_verify(ctx, &cert, cert.spki, 1);
  return rc;
}

static int32_t read_crl(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__crl_t crl;
  return sztp__crl_parse(ctx, input, &crl);
}

static int32_t read_elements(sztp_ctx_t *ctx, sztp__span_t input) {
  const sztp__span_t none = {NULL, 0};
  sztp__der_t d;
  sztp__tlv_t tlv;
  int changed = 0;
  int32_t rc = 0;
  (void)sztp__ber_to_der(ctx, input, -1, none, NULL, &changed);
  sztp__trail_clear(ctx);
  sztp__der_init(&d, ctx, input);
  while (rc == 0 && !sztp__der_at_end(&d)) rc = sztp__der_any(&d, &tlv);
  return rc;
}

static int32_t read_pem(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__span_t label;
  sztp__buf_t der;
  size_t blocks = 0;
  sztp__buf_init(&der, ctx, INPUT_MAX);
  int32_t rc = sztp__pem_next(ctx, &input, &label, &der);
  for (; rc == 0 && blocks < INPUT_MAX; blocks++) rc = sztp__pem_next(ctx, &input, &label, &der);
  sztp__buf_clear(&der);
  return rc == SZTP_ERR_NOT_FOUND && blocks > 0 ? SZTP_OK : rc;
}

static int32_t read_json(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__json_t *doc = NULL;
  int32_t rc = sztp__json_parse(ctx, input, &doc);
  sztp__json_free(doc);
  return rc;
}

static int32_t read_xml(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__xml_tree_t *tree = NULL;
  int32_t rc = sztp__xml_tree_read(ctx, input, &tree);
  sztp__xml_tree_free(tree);
  return rc;
}

static int32_t read_http(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__http_t r;
  sztp__span_t piece;
  uint32_t event = SZTP__HTTP_HEAD;
  (void)ctx;
  sztp__http_begin(&r, 32768, 100);
  while (event == SZTP__HTTP_HEAD || event == SZTP__HTTP_BODY) event = sztp__http_next(&r, &input, &piece);
  return event == SZTP__HTTP_BAD ? SZTP_ERR_SERVER_FAIL : SZTP_OK;
}

static int32_t read_dns(sztp_ctx_t *ctx, sztp__span_t input) {
  sztp__dns_message_t m;
  return sztp__dns_open(ctx, input, &m);
}

/* ---- archives ------------------------------------------------------------------------------------ */

static const struct {
  const char *archive; /* of fuzz-seeds, less ".tar.xz" */
  const char *part;    /* of the paths inside */
  parse_fn parse;
  unsigned least; /* inputs there are in all */
} corpora[] = {
    {"openssl-cms", "cms/", read_cms, 1300},
    {"openssl-crl", "crl/", read_crl, 2000},
    {"openssl-x509", "x509/", read_cert, 800},
    {"openssl-asn1", "asn1", read_elements, 1100},
    {"openssl-asn1", "pem/", read_pem, 20},
    {"boringssl", "cert", read_cert, 700},
    {"boringssl", "crl", read_crl, 10},
    {"boringssl", "pem", read_pem, 90},
    {"boringssl", "der", read_elements, 70},
    {"go-json", "", read_json, 1700},
    {"go-xml", "", read_xml, 800},
    {"go-httpresp", "", read_http, 18},
    {"c-ares-dns", "fuzzinput", read_dns, 70},
};

/* Writes every step-th matching file of an archive, its length in four octets before it; its number of
 * arguments is known to open_archive(). */
#define UNPACK                                                                                               \
  "import sys, tarfile\n"                                                                                    \
  "path, part, step = sys.argv[1], sys.argv[2], int(sys.argv[3])\n"                                          \
  "count = 0\n"                                                                                              \
  "with tarfile.open(path) as tar:\n"                                                                        \
  "    for member in tar:\n"                                                                                 \
  "        if member.isfile() and part in member.name:\n"                                                    \
  "            count += 1\n"                                                                                 \
  "            if count % step == 0:\n"                                                                      \
  "                data = tar.extractfile(member).read()\n"                                                  \
  "                sys.stdout.buffer.write(len(data).to_bytes(4, \"big\") + data)\n"

static FILE *open_archive(const char *path, const char *part, unsigned step) {
  char command[4096];
  assert_true(snprintf(command, sizeof command, "python3 -c '%s' '%s' '%s' %u", UNPACK, path, part, step) <
              (int)sizeof command);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  return pipe;
}

/* The next input, of exactly its length; NULL at the end. */
static uint8_t *next_input(FILE *pipe, size_t *len) {
  uint8_t head[4];
  if (fread(head, 1, sizeof head, pipe) != sizeof head) return NULL;
  *len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
  assert_true(*len <= INPUT_MAX);
  uint8_t *data = (uint8_t *)malloc(*len > 0 ? *len : 1);
  assert_non_null(data);
  assert_int_equal(fread(data, 1, *len, pipe), *len);
  return data;
}

static void take_input(table_t *t, const char *id, parse_fn parse, sztp__span_t input) {
  test_memory_t m;
  clock_t start = clock();
  sztp_ctx_t *ctx = test_ctx_new(&m);
  int32_t rc = parse(ctx, input);
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  if (seconds > SECONDS) fail_msg("%s: an input of %zu octets takes %.1f s", id, input.len, seconds);
  table_count(t, id, rc == SZTP_OK, rc, test_detail(ctx));
  test_ctx_free(&m, ctx);
}

/* SEC-04 */
static void test_seeds(void **state) {
  const char *dir = getenv("CORPORA");
  const char *mode = getenv("SEEDS");
  unsigned step = mode != NULL && strcmp(mode, "all") == 0 ? 1 : SAMPLE;
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(corpora); i++) {
    char path[1024];
    char title[64];
    table_t t;
    size_t len = 0;
    (void)snprintf(path, sizeof path, "%s/fuzz-seeds/%s.tar.xz", dir != NULL ? dir : "../shared/corpora",
                   corpora[i].archive);
    FILE *archive = fopen(path, "rb");
    if (archive == NULL) {
      print_message("skipped: no %s\n", path);
      skip();
    }
    (void)fclose(archive);
    (void)snprintf(title, sizeof title, "seeds, %s %s", corpora[i].archive, corpora[i].part);
    table_begin(&t, title, NULL, 0);
    FILE *pipe = open_archive(path, corpora[i].part, step);
    for (uint8_t *data = next_input(pipe, &len); data != NULL; data = next_input(pipe, &len)) {
      take_input(&t, corpora[i].archive, corpora[i].parse, sztp__span(data, len));
      free(data);
    }
    assert_int_equal(pclose(pipe), 0);
    assert_true(t.ours.cases >= corpora[i].least / step);
    table_finish(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
