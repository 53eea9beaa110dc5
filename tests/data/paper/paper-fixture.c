/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/paper/paper-fixture.h"

#include <glib/gstdio.h>
#include <unistd.h>

static GPid
get_parent (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *text = NULL;
  const char *rest = g_file_get_contents (path, &text, NULL, NULL) ? strrchr (text, ')') : NULL;
  char state = 'Z';
  int parent = 0;

  if (rest != NULL)
    sscanf (rest, ") %c %d", &state, &parent);
  return state == 'Z' ? 0 : parent;
}

/* The process numbers (GPid) of the helpers of this process. */
GArray *
list_helpers (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (GPid));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_isdigit (name[0]) && get_parent (name) == getpid ())
      g_array_append_vals (pids, (GPid[]){atoi (name)}, 1);
  return pids;
}

static gboolean
has_helpers (void)
{
  g_autoptr (GArray) helpers = list_helpers ();

  return helpers->len > 0;
}

/* Helpers end with their renderer, if not at the same moment. */
static void
await_no_helpers (void)
{
  for (guint i = 0; i < 1000 && has_helpers (); i++)
    g_usleep (10000);
  g_assert_false (has_helpers ());
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("dinh-paper-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->program = g_getenv ("DINH_HELPER");
  g_assert_nonnull (self->program);
  self->renderer = dinh_renderer_new (self->program, 1);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char *name;

  g_assert_finalize_object (self->renderer);
  await_no_helpers ();
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free ((char *) self->folder);
}

char *
fixture_write (Fixture *self, const char *name, const char *bytes, gssize size)
{
  char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, bytes, size, NULL));
  return path;
}

/* A PDF of pages of 200 × 100 points. Objects are numbered so: 1 catalog, 2 page tree, then a page and its
 * contents in turn, then `others` (NULL: none), each the inside of an object. */
char *
pdf_make (const char *const *contents, guint n_pages, const char *resources, const char *const *others)
{
  GString *pdf = g_string_new ("%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
  guint number = 3;

  g_string_append (pdf, "2 0 obj\n<</Type/Pages/Kids[");
  for (guint i = 0; i < n_pages; i++)
    g_string_append_printf (pdf, "%u 0 R ", 3 + 2 * i);
  g_string_append_printf (pdf, "]/Count %u>>\nendobj\n", n_pages);
  for (guint i = 0; i < n_pages; i++, number += 2) {
    g_string_append_printf (
        pdf, "%u 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents %u 0 R%s>>\nendobj\n",
        number, number + 1, resources);
    g_string_append_printf (pdf, "%u 0 obj\n<</Length %zu>>stream\n", number + 1, strlen (contents[i]));
    g_string_append_printf (pdf, "%s\nendstream\nendobj\n", contents[i]);
  }
  for (guint i = 0; others != NULL && others[i] != NULL; i++)
    g_string_append_printf (pdf, "%u 0 obj\n%s\nendobj\n", number++, others[i]);
  /* Without a table of objects: poppler finds them, and tests need no offsets. */
  g_string_append (pdf, "trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
  return g_string_free (pdf, FALSE);
}

/* Each page has a red square of 20 points in its upper left corner and a blue one in its lower right. */
char *
fixture_write_paper (Fixture *self, const char *name, guint n_pages)
{
  g_autofree const char **contents = g_new (const char *, n_pages);
  g_autofree char *pdf = NULL;

  for (guint i = 0; i < n_pages; i++)
    contents[i] = "1 0 0 rg 0 80 20 20 re f 0 0 1 rg 180 0 20 20 re f";
  pdf = pdf_make (contents, n_pages, "", NULL);
  return fixture_write (self, name, pdf, -1);
}

/* A small file whose first page would take years: each form shows the next one ten times, a dozen deep. Its
 * second page is empty. */
char *
fixture_write_endless (Fixture *self)
{
  const char *const contents[] = {"/F Do", ""};
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func (g_free);
  const char *ten = "/F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do";
  g_autofree char *pdf = NULL;

  for (guint i = 0; i < 12; i++)
    g_ptr_array_add (forms,
                     g_strdup_printf ("<</Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</XObject<"
                                      "</F %u 0 R>>>>/Length %zu>>stream\n%s\nendstream",
                                      8 + i, strlen (ten), ten));
  g_ptr_array_add (forms,
                   g_strdup ("<</Type/XObject/Subtype/Form/BBox[0 0 200 100]/Length 13>>stream\n0 0 9 9 re "
                             "f \nendstream"));
  g_ptr_array_add (forms, NULL);
  pdf = pdf_make (contents, 2, "/Resources<</XObject<</F 7 0 R>>>>", (const char *const *) forms->pdata);
  return fixture_write (self, "endless.pdf", pdf, -1);
}

/* A file whose first page needs more memory than a helper gets: poppler keeps a copy of the graphics state
 * for each `q`. */
char *
fixture_write_greedy (Fixture *self)
{
  const gsize n = 4 * 1024 * 1024;
  g_autofree char *saves = g_malloc (n + 1);
  const char *const contents[] = {saves, ""};
  g_autofree char *pdf = NULL;

  for (gsize i = 0; i < n; i++)
    saves[i] = i % 2 == 0 ? 'q' : ' ';
  saves[n] = '\0';
  pdf = pdf_make (contents, 2, "", NULL);
  return fixture_write (self, "greedy.pdf", pdf, -1);
}

static void
add_papers (GPtrArray *paths, const char *folder)
{
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".pdf"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
}

/* Papers as people write them: those in the folder $DINH_REAL_PAPERS, or else the sample's; and one made
 * here. */
GPtrArray *
fixture_list_papers (Fixture *self)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *sample = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "../tools/sample/papers", NULL);

  add_papers (paths, g_getenv ("DINH_REAL_PAPERS"));
  if (paths->len == 0)
    add_papers (paths, sample);
  g_ptr_array_add (paths, fixture_write_paper (self, "made.pdf", 3));
  return paths;
}

static void
on_result_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
await_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

DinhDocument *
open_document (DinhRenderer *renderer, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dinh_renderer_open_async (renderer, path, NULL, on_result_ready, &result);
  return dinh_renderer_open_finish (renderer, await_result (&result), error);
}

DinhPixels *
draw_page (DinhDocument *document, const DinhDrawing *drawing, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dinh_document_draw_async (document, drawing, NULL, on_result_ready, &result);
  return dinh_document_draw_finish (document, await_result (&result), error);
}

guint32
get_pixel (DinhPixels *pixels, int x, int y)
{
  const char *bytes = g_bytes_get_data (pixels->pixels, NULL);

  return *(const guint32 *) (bytes + y * pixels->stride + 4 * x);
}
