/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/helper/sandbox.h"

/* What stands in the folder that may be read, and in the one that may not. */
static char *fonts, *papers;

static gboolean
try_socket (void)
{
  return socket (AF_INET, SOCK_STREAM, 0) >= 0;
}

static gboolean
try_unix_socket (void)
{
  int ends[2];

  return socketpair (AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static gboolean
try_exec (void)
{
  execl ("/bin/true", "true", NULL);
  return FALSE;
}

static gboolean
try_fork (void)
{
  pid_t child = fork ();

  if (child == 0)
    _exit (EXIT_SUCCESS);
  return child > 0;
}

static gboolean
try_ptrace (void)
{
  return ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static gboolean
try_kill (void)
{
  return kill (getppid (), 0) == 0;
}

static gboolean
try_write (void)
{
  return open (fonts, O_WRONLY) >= 0;
}

static gboolean
try_create (void)
{
  g_autofree char *path = g_strconcat (fonts, ".new", NULL);

  return open (path, O_RDONLY | O_CREAT, 0600) >= 0 && unlink (path) == 0;
}

static gboolean
try_truncate (void)
{
  return open (fonts, O_RDONLY | O_TRUNC) >= 0;
}

static gboolean
try_rename (void)
{
  return rename (fonts, fonts) == 0;
}

static gboolean
try_memory_to_run (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static gboolean
try_memory_made_to_run (void)
{
  void *memory = mmap (NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return mprotect (memory, 4096, PROT_READ | PROT_EXEC) == 0;
}

static gboolean
try_raise_limit (void)
{
  return setrlimit (RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0;
}

static gboolean
try_make_dumpable (void)
{
  return prctl (PR_SET_DUMPABLE, 1) == 0;
}

static gboolean
try_many_descriptors (void)
{
  for (guint i = 0; i < 100; i++)
    if (dup (STDERR_FILENO) < 0)
      return FALSE;
  return TRUE;
}

#ifndef __SANITIZE_ADDRESS__
static gboolean
try_much_memory (void)
{
  return mmap (NULL, 2ul << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}
#endif

static gboolean
try_read_paper (void)
{
  return open (papers, O_RDONLY) >= 0;
}

static gboolean
try_read_font (void)
{
  char byte;

  return read (open (fonts, O_RDONLY), &byte, 1) == 1;
}

static gboolean
try_some_memory (void)
{
  return mmap (NULL, 1ul << 29, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

static gboolean
has_landlock (void)
{
  return syscall (SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

/* Runs a try in a process of its own. */
static gboolean
succeeds (gboolean (*try) (void), gboolean inside)
{
  g_autofree char *folder = g_path_get_dirname (fonts);
  const char *const readable[] = {"/nonexistent", folder, NULL};
  pid_t child = fork ();
  int status;

  if (child == 0) {
    if (inside && !sandbox_enter (readable))
      _exit (2);
    _exit (try () ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), !=, 2);
  return WEXITSTATUS (status) == EXIT_SUCCESS;
}

/* Each must be possible outside, or its failing inside would prove nothing. */
static const struct {
  const char *path;
  gboolean (*try) (void);
  gboolean possible; /* inside */
} tries[] = {
    {"/sandbox/socket", try_socket},
    {"/sandbox/unix-socket", try_unix_socket},
    {"/sandbox/exec", try_exec},
    {"/sandbox/fork", try_fork},
    {"/sandbox/ptrace", try_ptrace},
    {"/sandbox/kill", try_kill},
    {"/sandbox/write", try_write},
    {"/sandbox/create", try_create},
    {"/sandbox/truncate", try_truncate},
    {"/sandbox/rename", try_rename},
    {"/sandbox/memory-to-run", try_memory_to_run},
    {"/sandbox/memory-made-to-run", try_memory_made_to_run},
    {"/sandbox/raise-limit", try_raise_limit},
    {"/sandbox/make-dumpable", try_make_dumpable},
    {"/sandbox/many-descriptors", try_many_descriptors},
#ifndef __SANITIZE_ADDRESS__
    {"/sandbox/much-memory", try_much_memory},
#endif
    {"/sandbox/read-font", try_read_font, TRUE},
    {"/sandbox/some-memory", try_some_memory, TRUE},
};

static void
test_try (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  /* An earlier try may have emptied it. */
  g_assert_true (g_file_set_contents (fonts, "font", -1, NULL));
  g_assert_true (succeeds (tries[i].try, FALSE));
  g_assert_true (g_file_set_contents (fonts, "font", -1, NULL));
  g_assert_cmpint (succeeds (tries[i].try, TRUE), ==, tries[i].possible);
}

/* Files elsewhere are closed where the kernel has landlock; older ones do without. */
static void
test_read_paper (void)
{
  g_assert_true (succeeds (try_read_paper, FALSE));
  g_assert_cmpint (succeeds (try_read_paper, TRUE), ==, !has_landlock ());
}

static char *
make_file (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-sandbox-XXXXXX", NULL);
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "paper", -1, NULL));
  return path;
}

static void
remove_file (char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rmdir (folder), ==, 0);
  g_free (path);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fonts = make_file ("font.ttf");
  papers = make_file ("paper.pdf");
  for (guint i = 0; i < G_N_ELEMENTS (tries); i++)
    g_test_add_data_func (tries[i].path, GUINT_TO_POINTER (i), test_try);
  g_test_add_func ("/sandbox/read-paper", test_read_paper);
  result = g_test_run ();
  remove_file (fonts);
  remove_file (papers);
  return result;
}
