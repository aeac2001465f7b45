/* SPDX-License-Identifier: Apache-2.0 */
/* By namespaces(7), capabilities(7) and seccomp(2). */
#define _GNU_SOURCE 1
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, MOST_FILES = 4096, LAST_CAPABILITY = 63 };

/* ---- system calls -------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#endif

/* What sanitizers do on their own account needs more than is allowed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef ARCHITECTURE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#undef ARCHITECTURE
#endif
#endif

#ifdef ARCHITECTURE
/* Memory, the pipe that is open already, random octets, the time, and coming to an end. */
static const uint16_t ALLOWED[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_rt_sigaction,
    SYS_tgkill,
    SYS_gettid,
    SYS_getpid,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_futex,
    SYS_getrandom,
    SYS_restart_syscall,
    SYS_sched_yield,
#ifdef SYS_sigreturn
    SYS_sigreturn,
#endif
#ifdef SYS_clock_gettime
    SYS_clock_gettime,
    SYS_gettimeofday,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
#endif
#ifdef SYS_time
    SYS_time,
#endif
};
/* Allowed unless the memory is to be run. */
static const uint16_t ALLOWED_MAPPING[] = {
#ifdef SYS_mmap2
    SYS_mmap2,
#else
    SYS_mmap,
#endif
    SYS_mprotect,
};

enum {
  ALLOWED_COUNT = sizeof ALLOWED / sizeof *ALLOWED,
  MAPPINGS = sizeof ALLOWED_MAPPING / sizeof *ALLOWED_MAPPING
};

static struct sock_filter step(unsigned code, uint32_t k, unsigned yes, unsigned no) {
  struct sock_filter f = {(uint16_t)code, (uint8_t)yes, (uint8_t)no, k};
  return f;
}

/* The lower half of the third argument, where protections are. */
static uint32_t protection_at(void) {
  const uint16_t one = 1;
  uint32_t at = (uint32_t)offsetof(struct seccomp_data, args) + 2 * 8;
  return *(const uint8_t *)&one == 1 ? at : at + 4;
}

static int refuse_calls(void) {
  struct sock_filter f[ALLOWED_COUNT + MAPPINGS + 16];
  unsigned n = 0;
  f[n++] = step(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, arch), 0, 0);
  f[n++] = step(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  f[n++] = step(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
  f[n++] = step(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr), 0, 0);
  for (unsigned i = 0; i < ALLOWED_COUNT; i++) /* to the last line but for what follows */
    f[n++] = step(BPF_JMP | BPF_JEQ | BPF_K, ALLOWED[i], ALLOWED_COUNT - i - 1 + MAPPINGS + 3, 0);
  for (unsigned i = 0; i < MAPPINGS; i++)
    f[n++] = step(BPF_JMP | BPF_JEQ | BPF_K, ALLOWED_MAPPING[i], MAPPINGS - i, 0);
  f[n++] = step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
  f[n++] = step(BPF_LD | BPF_W | BPF_ABS, protection_at(), 0, 0);
  f[n++] = step(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
  f[n++] = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  f[n++] = step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
  struct sock_fprog program = {(unsigned short)n, f};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
#else
static int refuse_calls(void) { return 0; }
#endif

/* ---- folders, networks, privileges --------------------------------------------------------------- */

/* An empty folder that can't be written to becomes the root, in the place of a folder that always is there.
 */
static int empty_root(void) {
  static const char place[] = "/proc";
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return 0;
  if (mount("none", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=0555") != 0) return 0;
  if (mount(NULL, place, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) !=
      0)
    return 0;
  if (chdir(place) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return 0;
  return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/* 1 if it has no capabilities any more and can't have any. */
static int become_nobody(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  for (int i = 0; i <= LAST_CAPABILITY && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; i++) continue;
  if (geteuid() == 0) {
    (void)setgroups(0, NULL);
    if (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0) return 0;
  }
  return syscall(SYS_capset, &header, none) == 0 && geteuid() != 0;
}

static void close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0) return;
#endif
  for (int fd = first; fd < MOST_FILES; fd++) (void)close(fd);
}

static void limit(int files) {
  const struct rlimit none = {0, 0}, open_ones = {(rlim_t)files, (rlim_t)files};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)setrlimit(RLIMIT_FSIZE, &none);
  (void)setrlimit(RLIMIT_NPROC, &none);
  (void)setrlimit(RLIMIT_NOFILE, &open_ones);
}

unsigned sandbox_enter(int first_closed) {
  unsigned has = 0;
  close_from(first_closed);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  int alone = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  int root = geteuid() == 0;
  /* Who is nobody already gets the namespaces by one of users, where the kernel allows that. */
  if (!root) (void)unshare(CLONE_NEWUSER);
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0) has |= SANDBOX_NETWORK;
  if (unshare(CLONE_NEWNS) == 0 && empty_root()) has |= SANDBOX_FOLDERS;
  if (become_nobody()) has |= SANDBOX_USER;
  limit(first_closed);
  if (alone && refuse_calls()) has |= SANDBOX_CALLS;
  return has;
}

void sandbox_missing(unsigned has, char *out, size_t room) {
  static const char *const words[] = {"seccomp", "a mount namespace", "a network namespace", "being nobody"};
  size_t at = 0;
  out[0] = '\0';
  for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
    if ((has & 1U << i) != 0) continue;
    int n = snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "", words[i]);
    if (n < 0 || (size_t)n >= room - at) return;
    at += (size_t)n;
  }
}
