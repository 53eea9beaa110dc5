/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/helper/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a helper may do once it holds a stranger's file: compute, read fonts, and answer at the sockets and
 * descriptors that it was given. Everything else is refused (EPERM), also to root. */

#define MEBI (1024ul * 1024ul)

static const struct {
  __rlimit_resource_t resource;
  rlim_t limit;
} limits[] = {
#ifndef __SANITIZE_ADDRESS__ /* whose shadow alone takes terabytes of addresses */
    {RLIMIT_AS, 1536 * MEBI},
#endif
    {RLIMIT_FSIZE, 512 * MEBI}, /* of the memory that PNG files are written to */
    {RLIMIT_NOFILE, 64},
    {RLIMIT_CORE, 0}, /* a paper's text does not belong in a core file */
};

/* clang-format off */
static const int allowed[] = {
  /* descriptors that are there */
  SCMP_SYS (read), SCMP_SYS (pread64), SCMP_SYS (readv), SCMP_SYS (write), SCMP_SYS (pwrite64), SCMP_SYS (lseek),
  SCMP_SYS (close), SCMP_SYS (dup), SCMP_SYS (fcntl), SCMP_SYS (fstat), SCMP_SYS (fstatfs), SCMP_SYS (getdents64),
  SCMP_SYS (fadvise64), SCMP_SYS (recvmsg), SCMP_SYS (sendto),
  /* names; of files, landlock shows only those of fonts */
  SCMP_SYS (access), SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (stat), SCMP_SYS (lstat), SCMP_SYS (statx),
  SCMP_SYS (newfstatat), SCMP_SYS (statfs), SCMP_SYS (readlink), SCMP_SYS (readlinkat), SCMP_SYS (getcwd),
  /* memory; for mmap and mprotect see below */
  SCMP_SYS (brk), SCMP_SYS (munmap), SCMP_SYS (mremap), SCMP_SYS (madvise),
  /* itself */
  SCMP_SYS (futex), SCMP_SYS (getpid), SCMP_SYS (gettid), SCMP_SYS (getuid), SCMP_SYS (geteuid), SCMP_SYS (getgid),
  SCMP_SYS (getegid), SCMP_SYS (getrandom), SCMP_SYS (clock_gettime), SCMP_SYS (gettimeofday), SCMP_SYS (time),
  SCMP_SYS (uname), SCMP_SYS (rt_sigaction), SCMP_SYS (rt_sigprocmask), SCMP_SYS (rt_sigreturn), SCMP_SYS (sigaltstack),
  SCMP_SYS (restart_syscall), SCMP_SYS (sched_yield), SCMP_SYS (exit), SCMP_SYS (exit_group),
};
/* clang-format on */

static gboolean
set_limits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    if (setrlimit (limits[i].resource, &(struct rlimit){limits[i].limit, limits[i].limit}) < 0)
      return FALSE;
  return TRUE;
}

/* Nobody but this process may read its memory, it ends with the one that asked for it, and no program can
 * give it rights. */
static gboolean
set_attributes (void)
{
  return prctl (PR_SET_DUMPABLE, 0) == 0 && prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 &&
         prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static void
allow_reading (int ruleset, const char *path)
{
  struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
  struct stat status;

  rule.parent_fd = open (path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0)
    return; /* a font folder that does not exist */
  if (fstat (rule.parent_fd, &status) == 0 && S_ISDIR (status.st_mode))
    rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
  syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close (rule.parent_fd);
}

/* Takes all files but `readable` away. A kernel without landlock is no failure: the system call filter stands
 * alone then. */
static gboolean
restrict_files (const char *const *readable)
{
  /* All that the first version of landlock knows, and every kernel with landlock. */
  const struct landlock_ruleset_attr attributes = {.handled_access_fs =
                                                       (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
  int ruleset = syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
  gboolean done;

  if (ruleset < 0)
    return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
  for (guint i = 0; readable[i] != NULL; i++)
    allow_reading (ruleset, readable[i]);
  done = syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  close (ruleset);
  return done;
}

/* Opening is for reading, and memory that can be written is never run. */
static int
add_conditional_rules (scmp_filter_ctx filter)
{
  const guint write = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (open), 1,
                           SCMP_A1 (SCMP_CMP_MASKED_EQ, write, O_RDONLY)) ||
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (openat), 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, write, O_RDONLY)) ||
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static gboolean
restrict_calls (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int failed = filter == NULL;

  for (guint i = 0; !failed && i < G_N_ELEMENTS (allowed); i++)
    failed = seccomp_rule_add (filter, SCMP_ACT_ALLOW, allowed[i], 0);
  failed = failed || add_conditional_rules (filter) || seccomp_load (filter);
  seccomp_release (filter);
  return !failed;
}

/* Shuts this process in for good: it can read the files and folders `readable` (NULL-terminated) and use what
 * it has open, and nothing more; see the tables above. Returns FALSE, with the process shut in by half, if
 * the kernel refuses. */
gboolean
sandbox_enter (const char *const *readable)
{
  return set_limits () && set_attributes () && restrict_files (readable) && restrict_calls ();
}
