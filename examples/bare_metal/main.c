/* SPDX-License-Identifier: Apache-2.0 */
/* The image: a verification and a session, measured; then sessions whose power is cut in the middle of each
 * operation on the flash, and right after it, of which some end a SAVE. Each start is a reset. */
#include <string.h>

#include "board.h"
#include "port.h"

enum { VERIFY = 0, BOOTSTRAP, CUT }; /* phases, one or more starts each */

static bench_t *const bench = &board_bench;

static void print_figure(const char *name, uint32_t number) {
  board_print(name);
  board_print_number(number);
}

static void print_figures(sztp_ctx_t *ctx, uint64_t ticks) {
  int64_t peak = 0;
  (void)sztp_ctx_i64(ctx, SZTP_USAGE_PEAK, &peak);
  print_figure(": instructions ", (uint32_t)(ticks * 40 / 1000));
  print_figure("k, stack ", board_stack_peak());
  print_figure(", memory ", (uint32_t)peak);
  print_figure(", heap of the libraries ", board_heap_peak());
  board_print("\n");
}

static void expect(int good, const char *what) {
  if (good) return;
  print_figure("FAILED, cut ", bench->cut);
  print_figure(", start ", bench->restarts);
  board_print(": ");
  board_print(what);
  board_print("\n");
  board_exit(1);
}

static void must(sztp_ctx_t *ctx, int32_t rc, const char *what) {
  const char *where = "", *detail = "";
  if (rc == 0) return;
  if (ctx != NULL) (void)sztp_ctx_trail(ctx, 0, NULL, &where, &detail);
  board_print(detail);
  print_figure("\nerror -", (uint32_t)-rc);
  board_print("\n");
  expect(0, what);
}

static void put(sztp_ctx_t *ctx, sztp_bundle_t *b, uint32_t kind, artifact_t a) {
  must(ctx, sztp_bundle_set(b, kind, a.data, a.len), "artifact");
}

/* All artifacts are judged, and once more with the last octet of the signature changed. */
static void verify(sztp_ctx_t *ctx, sztp_device_t *dev) {
  static uint8_t changed[4096];
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  must(ctx, sztp_bundle_new(ctx, &b), "bundle");
  put(ctx, b, SZTP_ARTIFACT_VOUCHER, voucher);
  put(ctx, b, SZTP_ARTIFACT_OWNER_CERT, owner_cert);
  put(ctx, b, SZTP_ARTIFACT_CONVEYED_INFO, conveyed_info);
  must(ctx, sztp_verify(dev, b, board_unix_time(), SZTP_CHANNEL_UNTRUSTED, &v), "verification");
  sztp_verdict_free(v);
  board_print("verified");
  print_figures(ctx, board_ticks());
  memcpy(changed, conveyed_info.data, conveyed_info.len);
  changed[conveyed_info.len - 1] ^= 1;
  put(ctx, b, SZTP_ARTIFACT_CONVEYED_INFO, (artifact_t){changed, conveyed_info.len});
  expect(sztp_verify(dev, b, board_unix_time(), SZTP_CHANNEL_UNTRUSTED, &v) == SZTP_ERR_CMS_SIGNATURE_INVALID,
         "refusal");
  sztp_verdict_free(v);
  sztp_bundle_free(b);
}

/* The configuration is the owner's, whole. */
static int configured(void) {
  static const char text[] = "hostname edge-17\nno sztp\n";
  size_t len = 0;
  const uint8_t *data = port_configuration(&len);
  return len == sizeof text - 1 && memcmp(data, text, len) == 0;
}

static void erase(void) {
  for (unsigned i = 0; i < BOARD_SECTORS; i++) board_flash_erase(i);
}

/* As from the factory, with the power to be cut the next time around. */
static void arm(void) {
  erase();
  bench->restarts = 0;
  bench->cut++;
  bench->operations = 0;
  bench->fuse = (bench->cut + 1) / 2;
  bench->half = bench->cut % 2;
}

/* Each SAVE made a record of the next number: how many are kept. 0: none is. */
static uint32_t saves(void) {
  uint32_t number[2];
  for (unsigned i = 0; i < 2; i++) {
    memcpy(&number[i], board_flash(i), sizeof number[i]);
    if (number[i] == UINT32_MAX) number[i] = 0;
  }
  return number[0] > number[1] ? number[0] : number[1];
}

static void next(uint32_t phase) {
  bench->phase = phase;
  board_reset();
}

int main(void) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  bench->restarts++;
  must(ctx, port_device(&ctx, &dev), "device");
  if (bench->phase == VERIFY) {
    verify(ctx, dev);
    erase();
    bench->operations = 0;
    bench->restarts = 0;
    next(BOOTSTRAP);
  }
  if (bench->restarts == 2) { /* after a cut: what was kept before an earlier one is kept before this one */
    expect(saves() >= bench->saves, "state");
    bench->saves = saves();
  }
  must(ctx, port_bootstrap(ctx, dev), "session");
  expect(configured(), "configuration");
  if (bench->phase == BOOTSTRAP) {
    bench->uncut = bench->operations;
    board_print("bootstrapped");
    print_figures(ctx, board_ticks());
    print_figure("flash: operations ", bench->uncut);
    print_figure(", SAVE ", saves());
    board_print("\n");
  } else if (bench->restarts == 1) { /* the session was over before the cut */
    expect(bench->cut == 2 * bench->uncut + 1, "places");
    expect(bench->saves == saves(), "last state");
    print_figure("cuts of the power: ", bench->cut - 1);
    board_print(", bootstrapped after each\n");
    return 0;
  }
  arm();
  next(CUT);
  return 1;
}
