/* SPDX-License-Identifier: Apache-2.0 */
/* The context's life, limits, usage, random octets; the library's version and features. */
#include "ground/ctx_layout.h"
#include "ground/release.h"

#define STRING(x)                         #x
#define VERSION_TEXT(major, minor, patch) STRING(major) "." STRING(minor) "." STRING(patch)

#define KIB                               ((uint64_t)1024)
#define MIB                               (1024 * KIB)
#define GIB                               (1024 * MIB)

typedef struct limit {
  uint64_t value; /* the default */
  uint64_t most;
} limit_t;

/* A size that is used as a size_t may not be larger than one. */
#define ANY_SIZE  ((uint64_t)(SIZE_MAX / 2))
#define ANY_COUNT ((uint64_t)UINT32_MAX)

static const limit_t limit_table[SZTP__LIMIT_COUNT] = {
    [SZTP_LIMIT_MEMORY] = {INT64_MAX, INT64_MAX},
    [SZTP_LIMIT_CONVEYED] = {12 * MIB, ANY_SIZE},
    [SZTP_LIMIT_OWNER_CERT] = {MIB, ANY_SIZE},
    [SZTP_LIMIT_VOUCHER] = {256 * KIB, ANY_SIZE},
    [SZTP_LIMIT_DATA_REPLY] = {16 * MIB, ANY_SIZE},
    [SZTP_LIMIT_OTHER_REPLY] = {64 * KIB, ANY_SIZE},
    [SZTP_LIMIT_IMAGE] = {16 * GIB, INT64_MAX},
    [SZTP_LIMIT_PART] = {8 * MIB, ANY_SIZE},
    [SZTP_LIMIT_DEPTH] = {32, 128},
    [SZTP_LIMIT_MEMBERS] = {4096, ANY_COUNT},
    [SZTP_LIMIT_LEAF] = {64 * KIB, ANY_SIZE},
    [SZTP_LIMIT_REDIRECTS] = {10, 10},
    [SZTP_LIMIT_SOURCE_SERVERS] = {40, ANY_COUNT},
    [SZTP_LIMIT_PASS_SERVERS] = {64, ANY_COUNT},
    [SZTP_LIMIT_UNPROVEN_MS] = {20000, ANY_COUNT},
};

uint32_t sztp_version(void) { return SZTP__RELEASE; }

const char *sztp_version_string(void) {
  return VERSION_TEXT(SZTP_VERSION_MAJOR, SZTP_VERSION_MINOR, SZTP_VERSION_PATCH);
}

int32_t sztp_has_feature(uint32_t feature) {
  static const uint8_t features[] = {
      [SZTP_FEATURE_JSON] = 1,
      [SZTP_FEATURE_XML] = SZTP__XML,
      [SZTP_FEATURE_CBOR] = SZTP__CONSTRAINED,
      [SZTP_FEATURE_DECRYPT] = SZTP__DECRYPT,
      [SZTP_FEATURE_CRL] = SZTP__CRL,
      [SZTP_FEATURE_CSR] = SZTP__CSR,
      [SZTP_FEATURE_SENTENCES] = !SZTP__TERSE,
      [SZTP_FEATURE_DNS] = SZTP__DNS,
      [SZTP_FEATURE_CONSTRAINTS] = SZTP__CONSTRAINTS,
      [SZTP_FEATURE_PEM] = SZTP__PEM,
      [SZTP_FEATURE_IMAGE_SIGNATURE] = SZTP__IMAGE_SIGNATURES,
      [SZTP_FEATURE_RSA] = SZTP__RSA,
      [SZTP_FEATURE_EC] = SZTP__EC,
      [SZTP_FEATURE_PLACES] = SZTP__PLACES,
      [SZTP_FEATURE_BER] = SZTP__BER,
      [SZTP_FEATURE_NAMES] = SZTP__NAMES,
      [SZTP_FEATURE_IMAGES] = SZTP__IMAGES,
      [SZTP_FEATURE_HOST_KEYS] = SZTP__HOST_KEYS,
      [SZTP_FEATURE_HOST_META] = SZTP__HOST_META,
      [SZTP_FEATURE_EVENTS] = SZTP__EVENTS,
      [SZTP_FEATURE_APART] = SZTP__APART,
  };
  return feature < sizeof features ? features[feature] : 0;
}

static int32_t make(const sztp_allocator_t *allocator, sztp__arena_t *arena, sztp_ctx_t **out) {
  sztp_ctx_t *ctx = allocator->alloc(allocator->user, sizeof *ctx);
  if (ctx == NULL) return SZTP_ERR_MEMORY;
  memset(ctx, 0, sizeof *ctx);
  ctx->allocator = *allocator;
  ctx->arena = arena;
  ctx->held = sizeof *ctx;
  ctx->peak = sizeof *ctx;
  for (size_t i = 1; i < SZTP__LIMIT_COUNT; i++) ctx->limits[i] = limit_table[i].value;
  *out = ctx;
  return SZTP_OK;
}

int32_t sztp_ctx_new(const sztp_allocator_t *alloc, sztp_ctx_t **out) {
  if (out == NULL) return SZTP_ERR_ARG;
  sztp_allocator_t allocator;
  if (alloc == NULL) {
    sztp__allocator_default(&allocator);
  } else {
    if (alloc->struct_size < sizeof allocator) return SZTP_ERR_ABI;
    allocator = *alloc;
  }
  if (allocator.alloc == NULL || allocator.resize == NULL || allocator.release == NULL) return SZTP_ERR_ARG;
  return make(&allocator, NULL, out);
}

static void *arena_alloc(void *user, size_t size) { return sztp__arena_alloc((sztp__arena_t *)user, size); }

static void *arena_resize(void *user, void *p, size_t old_size, size_t new_size) {
  return sztp__arena_resize((sztp__arena_t *)user, p, old_size, new_size) ? p : NULL;
}

static void arena_release(void *user, void *p, size_t size) {
  sztp__arena_release((sztp__arena_t *)user, p, size);
}

int32_t sztp_ctx_new_in(void *memory, size_t len, sztp_ctx_t **out) {
  if (memory == NULL || out == NULL) return SZTP_ERR_ARG;
  sztp__arena_t *arena = sztp__arena_new(memory, len);
  if (arena == NULL) return SZTP_ERR_MEMORY;
  sztp_allocator_t allocator = {0};
  allocator.struct_size = (uint32_t)sizeof allocator;
  allocator.user = arena;
  allocator.alloc = arena_alloc;
  allocator.resize = arena_resize;
  allocator.release = arena_release;
  return make(&allocator, arena, out);
}

int64_t sztp_time_unknown(void) { return SZTP_TIME_UNKNOWN; }

/* Objects made from the context hold its memory: freed too early, it would pull it from under them. */
void sztp_ctx_free(sztp_ctx_t *ctx) {
  if (ctx == NULL) return;
  if (ctx->in_callback != 0) return;
  if (ctx->held != sizeof *ctx) {
    sztp__log(ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION,
              "the context is not freed: something that was made from it is still there");
    return;
  }
  sztp_allocator_t allocator = ctx->allocator;
  sztp__ctx_keep(ctx, NULL, NULL);
  sztp__wipe(ctx, sizeof *ctx);
  allocator.release(allocator.user, ctx, sizeof *ctx);
}

int32_t sztp_ctx_set_log(sztp_ctx_t *ctx, uint32_t level, sztp_log_fn fn, void *user) {
  if (ctx == NULL) return SZTP_ERR_ARG;
  if (ctx->in_callback != 0) return SZTP_ERR_REENTRY;
  if (fn != NULL && (level < SZTP_LOG_ERROR || level > SZTP_LOG_DEBUG)) return SZTP_ERR_ARG;
  ctx->log = fn;
  ctx->log_user = user;
  ctx->log_level = level;
  return SZTP_OK;
}

int32_t sztp_ctx_set_random(sztp_ctx_t *ctx, sztp_random_fn fn, void *user) {
  if (ctx == NULL) return SZTP_ERR_ARG;
  if (ctx->in_callback != 0) return SZTP_ERR_REENTRY;
  ctx->random = fn;
  ctx->random_user = user;
  return SZTP_OK;
}

int32_t sztp_ctx_set_i64(sztp_ctx_t *ctx, uint32_t limit, int64_t value) {
  if (ctx == NULL || limit == 0 || limit >= SZTP__LIMIT_COUNT) return SZTP_ERR_ARG;
  if (ctx->in_callback != 0) return SZTP_ERR_REENTRY;
  if (value <= 0 || (uint64_t)value > limit_table[limit].most) return SZTP_ERR_ARG;
  ctx->limits[limit] = (uint64_t)value;
  return SZTP_OK;
}

int32_t sztp_ctx_i64(const sztp_ctx_t *ctx, uint32_t what, int64_t *out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  switch (what) {
  case SZTP_USAGE_NOW: *out = (int64_t)ctx->held; return SZTP_OK;
  case SZTP_USAGE_PEAK: *out = (int64_t)ctx->peak; return SZTP_OK;
  case SZTP_USAGE_OPERATIONS: *out = (int64_t)ctx->operations; return SZTP_OK;
  default: return SZTP_ERR_ARG;
  }
}

void sztp_ctx_reset_peak(sztp_ctx_t *ctx) {
  if (ctx != NULL) ctx->peak = ctx->held;
}

uint64_t sztp__limit(const sztp_ctx_t *ctx, uint32_t which) { return ctx->limits[which]; }

uint64_t sztp__ctx_next_visit(sztp_ctx_t *ctx) { return ++ctx->visits; }

int64_t sztp__ctx_known_floor(const sztp_ctx_t *ctx) { return ctx->known_floor; }

void sztp__ctx_set_known_floor(sztp_ctx_t *ctx, int64_t unix_time) { ctx->known_floor = unix_time; }

void *sztp__ctx_kept(const sztp_ctx_t *ctx) { return ctx->kept; }

void sztp__ctx_keep(sztp_ctx_t *ctx, void *kept, void (*release)(void *)) {
  if (ctx->kept != NULL) ctx->kept_free(ctx->kept);
  ctx->kept = kept;
  ctx->kept_free = release;
}

void sztp__count_operation(sztp_ctx_t *ctx) { ctx->operations++; }

int32_t sztp__ctx_enter_session(sztp_ctx_t *ctx) {
  if (ctx->in_session)
    return sztp__fail(ctx, SZTP_ERR_BUSY, "session", "another session is alive on this context");
  ctx->in_session = 1;
  return SZTP_OK;
}

void sztp__ctx_leave_session(sztp_ctx_t *ctx) { ctx->in_session = 0; }
