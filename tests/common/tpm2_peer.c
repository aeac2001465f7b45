/* SPDX-License-Identifier: Apache-2.0 */
/* What the other side of libsztp-tpm2's tests does to a TPM; it shares no code with the library. */
#define _POSIX_C_SOURCE 200809L
#include "common/tpm2_peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#define NONE          ESYS_TR_NONE, ESYS_TR_NONE
#define NOT_INSTALLED 127
#define BY_PASSWORD   ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE

/* ---- the process --------------------------------------------------------------------------------- */

static void die(const char *what, TSS2_RC rc) {
  fprintf(stderr, "tpm2_peer: %s: 0x%x\n", what, (unsigned)rc);
  exit(1);
}

static void run(char *const argv[]) {
  int nowhere = open("/dev/null", O_RDWR);
  (void)dup2(nowhere, 0);
  (void)dup2(nowhere, 1);
  (void)dup2(nowhere, 2);
  (void)execvp(argv[0], argv);
  _exit(NOT_INSTALLED);
}

static int is_listening(const char *dir, const char *socket_name) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/%s", dir, socket_name);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  int is = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
  if (fd >= 0) (void)close(fd);
  return is;
}

/* On a busy machine its start takes what it takes. 0 if there is no such program. */
static int wait_for(const tpm2_peer_t *p) {
  const struct timespec pause = {0, 10000000};
  int status = 0;
  for (int i = 0; i < 12000; i++) {
    if (is_listening(p->dir, "sock") && is_listening(p->dir, "sock.ctrl")) return 1;
    if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED) return 0;
      die("swtpm ended at its start", (TSS2_RC)status);
    }
    (void)nanosleep(&pause, NULL);
  }
  die("swtpm does not listen", 0);
  return 0;
}

int tpm2_peer_start(tpm2_peer_t *p) {
  char state[80], server[128], control[128];
  const char *tmp = getenv("TMPDIR");
  (void)snprintf(p->dir, sizeof p->dir, "%.32s/sztp-tpm-XXXXXX", tmp != NULL ? tmp : "/tmp");
  if (mkdtemp(p->dir) == NULL) die("mkdtemp", 0);
  (void)snprintf(state, sizeof state, "dir=%s", p->dir);
  (void)snprintf(server, sizeof server, "type=unixio,path=%s/sock", p->dir);
  (void)snprintf(control, sizeof control, "type=unixio,path=%s/sock.ctrl", p->dir);
  (void)snprintf(p->tcti, sizeof p->tcti, "swtpm:path=%s/sock", p->dir);
  char *argv[] = {"swtpm",
                  "socket",
                  "--tpm2",
                  "--tpmstate",
                  state,
                  "--server",
                  server,
                  "--ctrl",
                  control,
                  "--flags",
                  "not-need-init,startup-clear",
                  "--seccomp",
                  "action=none",
                  NULL};
  p->pid = fork();
  if (p->pid < 0) die("fork", 0);
  if (p->pid == 0) run(argv);
  if (wait_for(p)) return 1;
  (void)rmdir(p->dir);
  return 0;
}

void tpm2_peer_stop(tpm2_peer_t *p) {
  char command[96];
  (void)kill(p->pid, SIGKILL);
  (void)waitpid(p->pid, NULL, 0);
  (void)snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
  if (system(command) != 0) die("rm", 0);
}

/* ---- connections --------------------------------------------------------------------------------- */

typedef struct link {
  TSS2_TCTI_CONTEXT *tcti;
  ESYS_CONTEXT *esys;
} link_t;

static void must(const char *what, TSS2_RC rc) {
  if (rc != TSS2_RC_SUCCESS) die(what, rc);
}

static link_t connect_to(const char *tcti) {
  link_t l = {NULL, NULL};
  must(tcti, Tss2_TctiLdr_Initialize(tcti, &l.tcti));
  must("Esys_Initialize", Esys_Initialize(&l.esys, l.tcti, NULL));
  return l;
}

static void disconnect(link_t *l) {
  Esys_Finalize(&l->esys);
  Tss2_TctiLdr_Finalize(&l->tcti);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

#define HELD_FAST                                                                                            \
  (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |                        \
   TPMA_OBJECT_USERWITHAUTH)

static const uint8_t idevid_256[] = {0xad, 0x6b, 0x3a, 0x22, 0x84, 0xfd, 0x69, 0x8a, 0x07, 0x10, 0xbf,
                                     0x5c, 0xc1, 0xb9, 0xbd, 0xf1, 0x5e, 0x25, 0x32, 0xe3, 0xf6, 0x01,
                                     0xfa, 0x4b, 0x93, 0xa6, 0xa8, 0xfa, 0x8d, 0xe5, 0x79, 0xea};
static const uint8_t idevid_384[] = {0x4d, 0xb1, 0xaa, 0x83, 0x6d, 0x0b, 0x56, 0x15, 0xdf, 0x6e, 0xe5, 0x3a,
                                     0x40, 0xef, 0x70, 0xc6, 0x1c, 0x21, 0x7f, 0x43, 0x03, 0xd4, 0x46, 0x95,
                                     0x92, 0x59, 0x72, 0xbc, 0x92, 0x70, 0x06, 0xcf, 0xa5, 0xcb, 0xdf, 0x6d,
                                     0xc1, 0x8c, 0x4d, 0xbe, 0x32, 0x9b, 0x2f, 0x15, 0x42, 0xc3, 0xdd, 0x33};

static const uint8_t iak_256[] = {0x54, 0x37, 0x18, 0x23, 0x26, 0xe4, 0x14, 0xfc, 0xa7, 0x97, 0xd5,
                                  0xf1, 0x74, 0x61, 0x5a, 0x16, 0x41, 0xf6, 0x12, 0x55, 0x79, 0x7c,
                                  0x3a, 0x2b, 0x22, 0xc2, 0x1d, 0x12, 0x0b, 0x2d, 0x1e, 0x07};
static const uint8_t iak_384[] = {0x12, 0x9d, 0x94, 0xeb, 0xf8, 0x45, 0x56, 0x65, 0x2c, 0x6e, 0xef, 0x43,
                                  0xbb, 0xb7, 0x57, 0x51, 0x2a, 0xc8, 0x7e, 0x52, 0xbe, 0x7b, 0x34, 0x9c,
                                  0xa6, 0xce, 0x4d, 0x82, 0x6f, 0x74, 0x9f, 0xcf, 0x67, 0x2f, 0x51, 0x71,
                                  0x6c, 0x5c, 0xbb, 0x60, 0x5f, 0x31, 0x3b, 0xf3, 0x45, 0xaa, 0xb3, 0x12};

/* An attestation key, by TCG's template or by any. */
static int is_iak(const char *kind) { return strncmp(kind, "iak", 3) == 0; }

/* The label of TCG's templates; "" with keys by none of them. */
static const char *label_of(const char *kind) {
  return strcmp(kind, "idevid") == 0 ? "IDEVID" : strcmp(kind, "iak-tcg") == 0 ? "IAK" : "";
}

static void attributes(const char *kind, int is_384, TPMT_PUBLIC *p) {
  p->objectAttributes = HELD_FAST;
  p->nameAlg = is_384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
  if (strcmp(kind, "storage") == 0)
    p->objectAttributes |= TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_NODA;
  else if (strcmp(kind, "oaep") == 0)
    p->objectAttributes |= TPMA_OBJECT_DECRYPT;
  else if (strcmp(kind, "both") == 0)
    p->objectAttributes |= TPMA_OBJECT_DECRYPT | TPMA_OBJECT_SIGN_ENCRYPT;
  else if (strcmp(kind, "iak") == 0)
    p->objectAttributes |= TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
  else if (strcmp(kind, "iak-tcg") == 0) {
    p->objectAttributes |= TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_SIGN_ENCRYPT;
    p->authPolicy.size = is_384 ? sizeof iak_384 : sizeof iak_256;
    memcpy(p->authPolicy.buffer, is_384 ? iak_384 : iak_256, p->authPolicy.size);
  } else {
    p->objectAttributes |= TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_SIGN_ENCRYPT;
    p->authPolicy.size = is_384 ? sizeof idevid_384 : sizeof idevid_256;
    memcpy(p->authPolicy.buffer, is_384 ? idevid_384 : idevid_256, p->authPolicy.size);
  }
}

static void rsa_parameters(const char *kind, TPMT_PUBLIC *p) {
  TPMS_RSA_PARMS *rsa = &p->parameters.rsaDetail;
  p->type = TPM2_ALG_RSA;
  rsa->symmetric.algorithm = TPM2_ALG_NULL;
  rsa->keyBits = 2048;
  rsa->scheme.scheme = is_iak(kind)                ? TPM2_ALG_RSAPSS
                       : strcmp(kind, "oaep") == 0 ? TPM2_ALG_OAEP
                                                   : TPM2_ALG_NULL;
  rsa->scheme.details.anySig.hashAlg = TPM2_ALG_SHA256;
  p->unique.rsa.size = (uint16_t)strlen(label_of(kind));
  memcpy(p->unique.rsa.buffer, label_of(kind), p->unique.rsa.size);
}

static void ec_parameters(const char *kind, int is_384, int both_labels, TPMT_PUBLIC *p) {
  TPMS_ECC_PARMS *ec = &p->parameters.eccDetail;
  int any = strcmp(kind, "both") == 0 || strcmp(kind, "storage") == 0;
  p->type = TPM2_ALG_ECC;
  ec->symmetric.algorithm = TPM2_ALG_NULL;
  ec->curveID = is_384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256;
  ec->scheme.scheme = any ? TPM2_ALG_NULL : TPM2_ALG_ECDSA;
  ec->scheme.details.ecdsa.hashAlg = p->nameAlg;
  ec->kdf.scheme = TPM2_ALG_NULL;
  if (strcmp(kind, "storage") == 0) {
    ec->symmetric.algorithm = TPM2_ALG_AES;
    ec->symmetric.keyBits.aes = 128;
    ec->symmetric.mode.aes = TPM2_ALG_CFB;
  }
  p->unique.ecc.x.size = (uint16_t)strlen(label_of(kind));
  memcpy(p->unique.ecc.x.buffer, label_of(kind), p->unique.ecc.x.size);
  if (both_labels) p->unique.ecc.y = p->unique.ecc.x;
}

static TPM2B_SENSITIVE_CREATE with_auth(const char *auth) {
  TPM2B_SENSITIVE_CREATE s;
  memset(&s, 0, sizeof s);
  s.sensitive.userAuth.size = (uint16_t)strlen(auth);
  memcpy(s.sensitive.userAuth.buffer, auth, strlen(auth));
  return s;
}

void tpm2_peer_make(const char *tcti, const char *alg, const char *kind, uint32_t handle, int both_labels,
                    const char *auth) {
  link_t l = connect_to(tcti);
  TPM2B_SENSITIVE_CREATE sensitive = with_auth(auth);
  TPM2B_PUBLIC pub;
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION pcrs = {0};
  ESYS_TR key = ESYS_TR_NONE, persistent = ESYS_TR_NONE;
  int is_384 = strcmp(alg, "p384") == 0;
  memset(&pub, 0, sizeof pub);
  attributes(kind, is_384, &pub.publicArea);
  if (alg[0] == 'r')
    rsa_parameters(kind, &pub.publicArea);
  else
    ec_parameters(kind, is_384, both_labels, &pub.publicArea);
  must("CreatePrimary",
       Esys_CreatePrimary(l.esys, strcmp(kind, "storage") == 0 ? ESYS_TR_RH_OWNER : ESYS_TR_RH_ENDORSEMENT,
                          BY_PASSWORD, &sensitive, &pub, &outside, &pcrs, &key, NULL, NULL, NULL, NULL));
  must("EvictControl", Esys_EvictControl(l.esys, ESYS_TR_RH_OWNER, key, BY_PASSWORD, handle, &persistent));
  must("FlushContext", Esys_FlushContext(l.esys, key));
  disconnect(&l);
}

static size_t put_point(const TPMS_ECC_POINT *q, size_t half, uint8_t *out) {
  memset(out, 0, 1 + 2 * half);
  out[0] = 0x04;
  memcpy(out + 1 + half - q->x.size, q->x.buffer, q->x.size);
  memcpy(out + 1 + 2 * half - q->y.size, q->y.buffer, q->y.size);
  return 1 + 2 * half;
}

size_t tpm2_peer_public(const char *tcti, uint32_t handle, uint8_t out[512]) {
  link_t l = connect_to(tcti);
  ESYS_TR key = ESYS_TR_NONE;
  TPM2B_PUBLIC *pub = NULL;
  size_t len;
  must("FromTPMPublic", Esys_TR_FromTPMPublic(l.esys, handle, ESYS_TR_NONE, NONE, &key));
  must("ReadPublic", Esys_ReadPublic(l.esys, key, ESYS_TR_NONE, NONE, &pub, NULL, NULL));
  const TPMT_PUBLIC *p = &pub->publicArea;
  if (p->type == TPM2_ALG_RSA) {
    len = p->unique.rsa.size;
    memcpy(out, p->unique.rsa.buffer, len);
  } else
    len = put_point(&p->unique.ecc, p->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384 ? 48 : 32, out);
  Esys_Free(pub);
  disconnect(&l);
  return len;
}

/* ---- key files ----------------------------------------------------------------------------------- */

static size_t put(uint8_t *out, uint8_t tag, const uint8_t *data, size_t len) {
  size_t head = len < 128 ? 2 : len < 256 ? 3 : 4;
  out[0] = tag;
  if (head == 2) out[1] = (uint8_t)len;
  if (head == 3) out[1] = 0x81;
  if (head == 4) out[1] = 0x82;
  if (head == 4) out[2] = (uint8_t)(len >> 8);
  if (head > 2) out[head - 1] = (uint8_t)len;
  memmove(out + head, data, len);
  return head + len;
}

size_t tpm2_peer_file(const char *tcti, uint32_t parent, const char *kind, const char *auth,
                      uint8_t out[1024], uint8_t point[65]) {
  static const uint8_t loadable[] = {0x67, 0x81, 0x05, 0x0a, 0x01, 0x03};
  static const uint8_t yes[] = {0x01, 0x01, 0xff};
  link_t l = connect_to(tcti);
  TPM2B_SENSITIVE_CREATE sensitive = with_auth(auth);
  TPM2B_PUBLIC pub, *made = NULL;
  TPM2B_PRIVATE *private_ = NULL;
  TPM2B_DATA outside = {0};
  TPML_PCR_SELECTION pcrs = {0};
  ESYS_TR under = ESYS_TR_NONE;
  uint8_t body[1024], area[512];
  const uint8_t handle[] = {0, (uint8_t)(parent >> 24), (uint8_t)(parent >> 16), (uint8_t)(parent >> 8),
                            (uint8_t)parent};
  size_t len = 0, area_len = 0;
  memset(&pub, 0, sizeof pub);
  attributes(kind, 0, &pub.publicArea);
  pub.publicArea.objectAttributes &= ~(TPMA_OBJECT)TPMA_OBJECT_DECRYPT;
  ec_parameters(kind, 0, 0, &pub.publicArea);
  must("FromTPMPublic", Esys_TR_FromTPMPublic(l.esys, parent, ESYS_TR_NONE, NONE, &under));
  must("Create", Esys_Create(l.esys, under, BY_PASSWORD, &sensitive, &pub, &outside, &pcrs, &private_, &made,
                             NULL, NULL, NULL));
  (void)put_point(&made->publicArea.unique.ecc, 32, point);
  len += put(body + len, 0x06, loadable, sizeof loadable);
  if (*auth == '\0') len += put(body + len, 0xa0, yes, sizeof yes);
  len += put(body + len, 0x02, handle, sizeof handle);
  must("marshal", Tss2_MU_TPM2B_PUBLIC_Marshal(made, area, sizeof area, &area_len));
  len += put(body + len, 0x04, area, area_len);
  area_len = 0;
  must("marshal", Tss2_MU_TPM2B_PRIVATE_Marshal(private_, area, sizeof area, &area_len));
  len += put(body + len, 0x04, area, area_len);
  Esys_Free(made);
  Esys_Free(private_);
  disconnect(&l);
  return put(out, 0x30, body, len);
}

/* ---- the rest ------------------------------------------------------------------------------------ */

void tpm2_peer_write_nv(const char *tcti, uint32_t index, const uint8_t *data, size_t len) {
  link_t l = connect_to(tcti);
  TPM2B_AUTH none = {0};
  TPM2B_NV_PUBLIC pub;
  ESYS_TR nv = ESYS_TR_NONE;
  memset(&pub, 0, sizeof pub);
  pub.nvPublic.nvIndex = index;
  pub.nvPublic.nameAlg = TPM2_ALG_SHA256;
  pub.nvPublic.attributes = TPMA_NV_OWNERWRITE | TPMA_NV_AUTHREAD | TPMA_NV_OWNERREAD | TPMA_NV_NO_DA;
  pub.nvPublic.dataSize = (uint16_t)len;
  must("NV_DefineSpace", Esys_NV_DefineSpace(l.esys, ESYS_TR_RH_OWNER, BY_PASSWORD, &none, &pub, &nv));
  for (size_t at = 0; at < len; at += 512) {
    TPM2B_MAX_NV_BUFFER piece;
    piece.size = (uint16_t)(len - at < 512 ? len - at : 512);
    memcpy(piece.buffer, data + at, piece.size);
    must("NV_Write", Esys_NV_Write(l.esys, ESYS_TR_RH_OWNER, nv, BY_PASSWORD, &piece, (uint16_t)at));
  }
  disconnect(&l);
}

void tpm2_peer_set_tries(const char *tcti, uint32_t tries, uint32_t seconds) {
  link_t l = connect_to(tcti);
  must("DictionaryAttackParameters",
       Esys_DictionaryAttackParameters(l.esys, ESYS_TR_RH_LOCKOUT, BY_PASSWORD, tries, seconds, 1));
  disconnect(&l);
}

void tpm2_peer_unlock(const char *tcti) {
  link_t l = connect_to(tcti);
  must("DictionaryAttackLockReset", Esys_DictionaryAttackLockReset(l.esys, ESYS_TR_RH_LOCKOUT, BY_PASSWORD));
  disconnect(&l);
}

size_t tpm2_peer_leftovers(const char *tcti) {
  const uint32_t kinds[] = {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST, TPM2_ACTIVE_SESSION_FIRST};
  link_t l = connect_to(tcti);
  size_t found = 0;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    TPMS_CAPABILITY_DATA *list = NULL;
    TPMI_YES_NO more;
    must("GetCapability",
         Esys_GetCapability(l.esys, ESYS_TR_NONE, NONE, TPM2_CAP_HANDLES, kinds[i], 16, &more, &list));
    found += list->data.handles.count;
    Esys_Free(list);
  }
  disconnect(&l);
  return found;
}
