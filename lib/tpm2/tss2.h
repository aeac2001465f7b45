/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of tpm2-tss that are called, one by one, so that a program may come by them in its own way:
 * tss2.c is linked with them, sztp-agent loads them. */
#ifndef SZTP_TPM2_TSS2_H
#define SZTP_TPM2_TSS2_H

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <sztp/ctx.h>

/* All that is called, and in which library each is. */
#define SZTP__TSS2_FUNCTIONS(F)                                                                              \
  F(TCTILDR, Tss2_TctiLdr_Initialize)                                                                        \
  F(TCTILDR, Tss2_TctiLdr_Finalize)                                                                          \
  F(MU, Tss2_MU_TPM2B_PRIVATE_Marshal)                                                                       \
  F(MU, Tss2_MU_TPM2B_PRIVATE_Unmarshal)                                                                     \
  F(MU, Tss2_MU_TPM2B_PUBLIC_Marshal)                                                                        \
  F(MU, Tss2_MU_TPM2B_PUBLIC_Unmarshal)                                                                      \
  F(MU, Tss2_MU_TPMS_ATTEST_Unmarshal)                                                                       \
  F(MU, Tss2_MU_TPMT_PUBLIC_Marshal)                                                                         \
  F(MU, Tss2_MU_TPMT_SIGNATURE_Marshal)                                                                      \
  F(ESYS, Esys_Certify_Async)                                                                                \
  F(ESYS, Esys_Certify_Finish)                                                                               \
  F(ESYS, Esys_ContextLoad_Async)                                                                            \
  F(ESYS, Esys_ContextLoad_Finish)                                                                           \
  F(ESYS, Esys_ContextSave_Async)                                                                            \
  F(ESYS, Esys_ContextSave_Finish)                                                                           \
  F(ESYS, Esys_CreatePrimary_Async)                                                                          \
  F(ESYS, Esys_CreatePrimary_Finish)                                                                         \
  F(ESYS, Esys_Create_Async)                                                                                 \
  F(ESYS, Esys_Create_Finish)                                                                                \
  F(ESYS, Esys_ECDH_ZGen_Async)                                                                              \
  F(ESYS, Esys_ECDH_ZGen_Finish)                                                                             \
  F(ESYS, Esys_Finalize)                                                                                     \
  F(ESYS, Esys_FlushContext_Async)                                                                           \
  F(ESYS, Esys_FlushContext_Finish)                                                                          \
  F(ESYS, Esys_Free)                                                                                         \
  F(ESYS, Esys_GetCapability_Async)                                                                          \
  F(ESYS, Esys_GetCapability_Finish)                                                                         \
  F(ESYS, Esys_GetRandom_Async)                                                                              \
  F(ESYS, Esys_GetRandom_Finish)                                                                             \
  F(ESYS, Esys_GetTcti)                                                                                      \
  F(ESYS, Esys_Initialize)                                                                                   \
  F(ESYS, Esys_Load_Async)                                                                                   \
  F(ESYS, Esys_Load_Finish)                                                                                  \
  F(ESYS, Esys_NV_ReadPublic_Async)                                                                          \
  F(ESYS, Esys_NV_ReadPublic_Finish)                                                                         \
  F(ESYS, Esys_NV_Read_Async)                                                                                \
  F(ESYS, Esys_NV_Read_Finish)                                                                               \
  F(ESYS, Esys_PCR_Read_Async)                                                                               \
  F(ESYS, Esys_PCR_Read_Finish)                                                                              \
  F(ESYS, Esys_Quote_Async)                                                                                  \
  F(ESYS, Esys_Quote_Finish)                                                                                 \
  F(ESYS, Esys_RSA_Decrypt_Async)                                                                            \
  F(ESYS, Esys_RSA_Decrypt_Finish)                                                                           \
  F(ESYS, Esys_ReadPublic_Async)                                                                             \
  F(ESYS, Esys_ReadPublic_Finish)                                                                            \
  F(ESYS, Esys_SetTimeout)                                                                                   \
  F(ESYS, Esys_Sign_Async)                                                                                   \
  F(ESYS, Esys_Sign_Finish)                                                                                  \
  F(ESYS, Esys_StartAuthSession_Async)                                                                       \
  F(ESYS, Esys_StartAuthSession_Finish)                                                                      \
  F(ESYS, Esys_TRSess_SetAttributes)                                                                         \
  F(ESYS, Esys_TR_Close)                                                                                     \
  F(ESYS, Esys_TR_FromTPMPublic_Async)                                                                       \
  F(ESYS, Esys_TR_FromTPMPublic_Finish)                                                                      \
  F(ESYS, Esys_TR_SetAuth)                                                                                   \
  F(ESYS, Esys_TestParms_Async)                                                                              \
  F(ESYS, Esys_TestParms_Finish)

typedef struct sztp__tss2 {
#define SZTP__TSS2_MEMBER(library, name) __typeof__(name) *name;
  SZTP__TSS2_FUNCTIONS(SZTP__TSS2_MEMBER)
#undef SZTP__TSS2_MEMBER
} sztp__tss2_t;

/* Fills it, for as long as the process lasts. 0, or SZTP_ERR_UNSUPPORTED with the reason in the trail of @p
 * ctx. */
int32_t sztp__tss2_find(sztp_ctx_t *ctx, sztp__tss2_t *out);

#endif
