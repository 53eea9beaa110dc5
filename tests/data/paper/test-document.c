/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/data/paper/paper-fixture.h"

#define RED 0xffff0000
#define BLUE 0xff0000ff
#define WHITE 0xffffffff

static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 5);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
  double width, height;

  g_assert_cmpuint (dinh_document_get_n_pages (document), ==, 5);
  g_assert_cmpstr (dinh_document_get_path (document), ==, path);
  dinh_document_get_page_size (document, 4, &width, &height);
  g_assert_cmpfloat (width, ==, 200);
  g_assert_cmpfloat (height, ==, 100);
  dinh_document_get_page_size (document, 5, &width, &height);
  g_assert_cmpfloat (width, ==, 0);
  g_assert_cmpfloat (height, ==, 0);
}

/* clang-format off */
/* Where the page's two corners come to lie when it is turned, scaled and clipped. */
static const struct {
  DinhDrawing drawing;
  int width, height;
  struct { int x, y; guint32 pixel; } points[3];
} drawings[] = {
  { { .scale = 1 }, 200, 100, { { 5, 5, RED }, { 195, 95, BLUE }, { 195, 5, WHITE } } },
  { { .scale = 1, .rotation = 90 }, 100, 200, { { 95, 5, RED }, { 5, 195, BLUE }, { 5, 5, WHITE } } },
  { { .scale = 1, .rotation = 180 }, 200, 100, { { 195, 95, RED }, { 5, 5, BLUE }, { 5, 95, WHITE } } },
  { { .scale = 1, .rotation = 270 }, 100, 200, { { 5, 195, RED }, { 95, 5, BLUE }, { 5, 5, WHITE } } },
  { { .scale = 1, .rotation = -90 }, 100, 200, { { 5, 195, RED }, { 95, 5, BLUE }, { 5, 5, WHITE } } },
  { { .scale = 2.5, .page = 1 }, 500, 250, { { 49, 49, RED }, { 451, 201, BLUE }, { 51, 51, WHITE } } },
  { { .scale = 0.333 }, 67, 34, { { 1, 1, RED }, { 62, 30, BLUE }, { 66, 1, WHITE } } },
  { { .scale = 4, .x = 700, .y = 310, .width = 80, .height = 70 }, 80, 70,
    { { 21, 11, BLUE }, { 19, 11, WHITE }, { 79, 69, BLUE } } },
  { { .scale = 4, .x = -40, .y = -40, .width = 130, .height = 130 }, 130, 130,
    { { 39, 39, WHITE }, { 41, 41, RED }, { 121, 121, WHITE } } },
  { { .scale = 4, .rotation = 90, .x = 310, .width = 90, .height = 90 }, 90, 90,
    { { 8, 0, WHITE }, { 11, 79, RED }, { 11, 81, WHITE } } },
};
/* clang-format on */

static void
test_drawings (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 2);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (drawings); i++) {
    g_autoptr (DinhPixels) pixels = draw_page (document, &drawings[i].drawing, NULL);

    g_test_message ("drawing %u", i);
    g_assert_cmpint (pixels->width, ==, drawings[i].width);
    g_assert_cmpint (pixels->height, ==, drawings[i].height);
    g_assert_cmpuint (g_bytes_get_size (pixels->pixels), ==, pixels->stride * pixels->height);
    for (guint j = 0; j < G_N_ELEMENTS (drawings[i].points); j++)
      g_assert_cmphex (get_pixel (pixels, drawings[i].points[j].x, drawings[i].points[j].y), ==,
                       drawings[i].points[j].pixel);
  }
}

/* Drawings that nobody can make. */
static const struct {
  DinhDrawing drawing;
  int code;
} refusals[] = {
    {{.page = 2, .scale = 1}, DINH_PAPER_ERROR_NO_SUCH_PAGE},
    {{.page = G_MAXUINT, .scale = 1}, DINH_PAPER_ERROR_NO_SUCH_PAGE},
    {{.scale = 200}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 100}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 1e300, .width = 9, .height = 9}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 0}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = -1}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 1, .width = G_MAXINT, .height = G_MAXINT}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 1, .width = 9000, .height = 9000}, DINH_PAPER_ERROR_TOO_LARGE},
    {{.scale = 1, .width = -3, .height = 9}, DINH_PAPER_ERROR_TOO_LARGE},
};

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 2);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhPixels) pixels = draw_page (document, &refusals[i].drawing, &error);

    g_assert_error (error, DINH_PAPER_ERROR, refusals[i].code);
    g_assert_null (pixels);
  }
}

static gboolean
is_blank (DinhPixels *pixels)
{
  for (int y = 0; y < pixels->height; y++)
    for (int x = 0; x < pixels->width; x++)
      if (get_pixel (pixels, x, y) != WHITE)
        return FALSE;
  return TRUE;
}

static const struct {
  const char *name;
  guint n_pages;
  double width, height;
} known[] = {
    {"TAMReview.pdf", 23, 595, 842},
    {"freeculture.pdf", 352, 489.6, 734.4},
    {"scan.pdf", 2, 596, 842},
    {"tracemonkey.pdf", 14, 612, 792},
};

static void
check_known (DinhDocument *document)
{
  g_autofree char *name = g_path_get_basename (dinh_document_get_path (document));
  double width, height;

  dinh_document_get_page_size (document, 0, &width, &height);
  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    if (!g_str_equal (name, known[i].name))
      continue;
    g_assert_cmpuint (dinh_document_get_n_pages (document), ==, known[i].n_pages);
    g_assert_cmpfloat_with_epsilon (width, known[i].width, 0.5);
    g_assert_cmpfloat_with_epsilon (height, known[i].height, 0.5);
  }
}

/* Every page of every paper, at the size of a thumbnail, and the first as it is read. */
static void
test_papers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = fixture_list_papers (fixture);

  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (DinhDocument) document = open_document (fixture->renderer, paths->pdata[i], NULL);
    g_autoptr (DinhPixels) first = draw_page (document, &(DinhDrawing){.scale = 150 / 72.0}, NULL);

    g_test_message ("%s", (char *) paths->pdata[i]);
    check_known (document);
    g_assert_false (is_blank (first));
    for (guint page = 0; page < dinh_document_get_n_pages (document); page++) {
      g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){page, 0.2}, NULL);

      g_assert_nonnull (pixels);
    }
  }
}

/* More papers than a helper keeps open, in turn. */
static void
test_many_papers (Fixture *fixture, gconstpointer data)
{
  DinhDocument *documents[6];

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    g_autofree char *name = g_strdup_printf ("%u.pdf", i);
    g_autofree char *path = fixture_write_paper (fixture, name, i + 1);

    documents[i] = open_document (fixture->renderer, path, NULL);
  }
  for (guint i = 0; i < 4 * G_N_ELEMENTS (documents); i++) {
    guint turn = i % G_N_ELEMENTS (documents);
    g_autoptr (DinhPixels) pixels = draw_page (documents[turn], &(DinhDrawing){turn, 1}, NULL);

    g_assert_cmphex (get_pixel (pixels, 5, 5), ==, RED);
  }
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    g_assert_finalize_object (documents[i]);
}

static GPid
get_helper (void)
{
  g_autoptr (GArray) helpers = list_helpers ();

  g_assert_cmpuint (helpers->len, ==, 1);
  return g_array_index (helpers, GPid, 0);
}

static void
on_drawing_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  GArray *order = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPixels) pixels = dinh_document_draw_finish (DINH_DOCUMENT (source), result, &error);
  int width = pixels != NULL ? pixels->width : -error->code;

  g_array_append_val (order, width);
}

static void
await_drawings (GArray *order, guint n)
{
  while (order->len < n)
    g_main_context_iteration (NULL, TRUE);
}

/* The smallest number first, and first come first served. The width of a drawing tells which it is. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  static const int priorities[] = {-9, 5, 0, 5, -1, 0, 3, -1};
  static const int expected[] = {100, 104, 107, 102, 105, 106, 101, 103};
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (int));
  GPid helper = get_helper ();

  /* The first may have been taken or not before the others come; it is to be done first anyway. */
  kill (helper, SIGSTOP);
  for (int i = 0; i < (int) G_N_ELEMENTS (priorities); i++) {
    DinhDrawing drawing = {.scale = 1, .width = 100 + i, .height = 9, .priority = priorities[i]};

    dinh_document_draw_async (document, &drawing, NULL, on_drawing_ready, order);
  }
  kill (helper, SIGCONT);
  await_drawings (order, G_N_ELEMENTS (expected));
  g_assert_cmpmem (order->data, order->len * sizeof (int), expected, sizeof expected);
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  return *(const int *) a - *(const int *) b;
}

/* A drawing cancelled while it waits never reaches the helper: this one would have ended it. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  static const int expected[] = {-G_IO_ERROR_CANCELLED, -G_IO_ERROR_CANCELLED, 400};
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autofree char *endless = fixture_write_endless (fixture);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
  g_autoptr (DinhDocument) trap = open_document (fixture->renderer, endless, NULL);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GCancellable) running = g_cancellable_new ();
  g_autoptr (GCancellable) waiting = g_cancellable_new ();
  GPid helper = get_helper ();

  kill (helper, SIGSTOP);
  dinh_document_draw_async (document, &(DinhDrawing){.scale = 1}, running, on_drawing_ready, order);
  dinh_document_draw_async (trap, &(DinhDrawing){.scale = 1}, waiting, on_drawing_ready, order);
  dinh_document_draw_async (document, &(DinhDrawing){.scale = 2}, NULL, on_drawing_ready, order);
  g_cancellable_cancel (running);
  g_cancellable_cancel (waiting);
  kill (helper, SIGCONT);
  await_drawings (order, 3);
  g_array_sort (order, compare_ints); /* GTask may put off telling of a cancelled one */
  g_assert_cmpmem (order->data, order->len * sizeof (int), expected, sizeof expected);
  g_assert_cmpint (get_helper (), ==, helper);
}

/* Nobody else may have a file open for a lease to be given. */
static gboolean
is_open_elsewhere (int fd)
{
  gboolean leased = fcntl (fd, F_SETLEASE, F_WRLCK) == 0;

  if (leased)
    fcntl (fd, F_SETLEASE, F_UNLCK);
  return !leased;
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  int fd = open (path, O_RDWR | O_CLOEXEC);
  DinhDocument *document;

  g_assert_false (is_open_elsewhere (fd));
  document = open_document (fixture->renderer, path, NULL);
  g_assert_true (is_open_elsewhere (fd));
  g_object_unref (document);
  for (guint i = 0; i < 1000 && is_open_elsewhere (fd); i++)
    g_usleep (10000);
  g_assert_false (is_open_elsewhere (fd));
  close (fd);
}

/* What a document is to draw is drawn though its owner and the renderer's have let go. */
static void
test_let_go (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  DinhRenderer *renderer = dinh_renderer_new (fixture->program, 2);
  DinhDocument *document = open_document (renderer, path, NULL);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; i < 10; i++)
    dinh_document_draw_async (document, &(DinhDrawing){.scale = 1}, NULL, on_drawing_ready, order);
  g_object_unref (document);
  g_object_unref (renderer);
  await_drawings (order, 10);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (g_array_index (order, int, i), ==, 200);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/paper/document/sizes", test_sizes);
  ADD ("/paper/document/drawings", test_drawings);
  ADD ("/paper/document/refusals", test_refusals);
  ADD ("/paper/document/papers", test_papers);
  ADD ("/paper/document/many-papers", test_many_papers);
  ADD ("/paper/document/order", test_order);
  ADD ("/paper/document/cancel", test_cancel);
  ADD ("/paper/document/close", test_close);
  ADD ("/paper/document/let-go", test_let_go);
  return g_test_run ();
}
