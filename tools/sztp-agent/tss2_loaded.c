/* SPDX-License-Identifier: Apache-2.0 */
/* tpm2-tss for this program, in the place of lib/tpm2/tss2.c: loaded when the first TPM is spoken to, so that
 * an agent without one does without its libraries and what those need, a whole OpenSSL among it. */
#include <stddef.h>

#if defined(SZTP__TPM2)

#include <dlfcn.h>
#include <string.h>
#include <sztp/error.h>

#include "ground/ctx_private.h"
#include "tpm2/tss2.h"

/* By the names that their interface's version has, not those of development files. */
enum { ESYS, MU, TCTILDR, LIBRARIES };

static const char *const libraries[LIBRARIES] = {"libtss2-esys.so.0", "libtss2-mu.so.0",
                                                 "libtss2-tctildr.so.0"};

#define ROW(library, name) {library, #name, offsetof(sztp__tss2_t, name)},

static const struct {
  int library;
  const char *name;
  size_t at;
} functions[] = {SZTP__TSS2_FUNCTIONS(ROW)};

static int32_t missing(sztp_ctx_t *ctx) {
  const char *why = dlerror();
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, "tpm2", "tpm2-tss can't be loaded: %s",
                    why != NULL ? why : "for no reason given");
}

int32_t sztp__tss2_find(sztp_ctx_t *ctx, sztp__tss2_t *out) {
  void *loaded[LIBRARIES];
  for (int i = 0; i < LIBRARIES; i++)
    if ((loaded[i] = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL)) == NULL) return missing(ctx);
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    void *function = dlsym(loaded[functions[i].library], functions[i].name);
    if (function == NULL) return missing(ctx);
    memcpy((char *)out + functions[i].at, &function, sizeof function); /* POSIX has them alike */
  }
  return SZTP_OK;
}

#endif
