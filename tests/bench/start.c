/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/figure.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long the kiosk takes from the start of its process until its meetings are painted, beside evince until
 * the page of a paper is on the screen and stays as it is, in turns: start ROUNDS N PAPER KIOSK ARGS… N is
 * how many meetings the kiosk keeps. One JSON object a line. */

#define BAR 1000 /* ms */
#define GIVE_UP (10 * G_USEC_PER_SEC)
#define STILL (1500 * 1000)
#define LOOK_EVERY (5 * 1000)

static GPid
spawn (char **command, int *output)
{
  g_autoptr (GError) error = NULL;
  GPid pid = 0;

  if (!g_spawn_async_with_pipes (NULL, command, NULL,
                                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                     (output == NULL ? G_SPAWN_STDOUT_TO_DEV_NULL : 0) |
                                     G_SPAWN_STDERR_TO_DEV_NULL,
                                 NULL, NULL, &pid, NULL, output, NULL, &error))
    g_printerr ("start: %s\n", error->message);
  return pid;
}

static void
end (GPid pid)
{
  if (pid == 0)
    return;
  kill (pid, SIGTERM);
  waitpid (pid, NULL, 0);
}

/* Whether @text comes out of @output before @deadline (monotonic). */
static gboolean
await_text (int output, const char *text, gint64 deadline)
{
  g_autoptr (GString) said = g_string_new (NULL);
  struct pollfd ready = {.fd = output, .events = POLLIN};
  char piece[4096];
  ssize_t got = 1;

  while (strstr (said->str, text) == NULL && got > 0) {
    gint64 left = (deadline - g_get_monotonic_time ()) / 1000;

    if (left <= 0 || poll (&ready, 1, (int) left) <= 0)
      return FALSE;
    got = read (output, piece, sizeof piece);
    g_string_append_len (said, piece, MAX (got, 0));
  }
  return got > 0;
}

/* Milliseconds until the kiosk says that it has painted @n meetings. */
static double
run_kiosk (char **command, const char *n)
{
  g_autofree char *wanted = g_strdup_printf (" %s meetings painted", n);
  gint64 began = g_get_monotonic_time ();
  int output = -1;
  GPid pid = spawn (command, &output);
  double time = NAN;

  if (pid != 0 && await_text (output, wanted, began + GIVE_UP))
    time = (g_get_monotonic_time () - began) / 1000.0;
  end (pid);
  if (output >= 0)
    close (output);
  return time;
}

/* A number for what is on the screen. */
static guint64
look (Display *display)
{
  Window root = DefaultRootWindow (display);
  XImage *image = XGetImage (display, root, 0, 0, 640, 480, AllPlanes, ZPixmap);
  guint64 sum = 14695981039346656037u;

  for (const guint32 *pixel = (const guint32 *) image->data;
       pixel < (const guint32 *) (image->data + image->bytes_per_line * image->height); pixel++)
    sum = (sum ^ *pixel) * 1099511628211u;
  XDestroyImage (image);
  return sum;
}

/* Milliseconds until the last change of the screen that something else than nothing stays on. */
static double
run_viewer (Display *display, char *paper)
{
  char *command[] = {(char *) "evince", paper, NULL};
  guint64 empty = look (display), seen = empty;
  gint64 began = g_get_monotonic_time (), changed = began, now = began;
  GPid pid = spawn (command, NULL);

  while (pid != 0 && now - began < GIVE_UP && (seen == empty || now - changed < STILL)) {
    guint64 sight;

    g_usleep (LOOK_EVERY);
    sight = look (display);
    now = g_get_monotonic_time ();
    if (sight != seen)
      changed = now;
    seen = sight;
  }
  end (pid);
  g_usleep (200 * 1000);
  return seen == empty ? NAN : (changed - began) / 1000.0;
}

static gboolean
add (GArray *values, double time)
{
  if (!isnan (time))
    values_add (values, time);
  return !isnan (time);
}

int
main (int argc, char **argv)
{
  g_autoptr (GArray) ours = values_new ();
  g_autoptr (GArray) theirs = values_new ();
  Display *display = XOpenDisplay (NULL);

  if (argc < 5 || display == NULL) {
    g_printerr ("usage: start ROUNDS N PAPER KIOSK ARGS… (on a display)\n");
    return 2;
  }
  for (int round = 0; round < atoi (argv[1]); round++) {
    if (!add (ours, run_kiosk (argv + 4, argv[2])))
      break;
    add (theirs, run_viewer (display, argv[3]));
  }
  g_autofree char *of = g_strdup_printf ("%s meetings kept, no line, median of %u", argv[2], ours->len);
  Figure figure = {.bench = "start",
                   .figure = "to-agenda",
                   .of = of,
                   .value = values_percentile (ours, 50),
                   .unit = "ms",
                   .bar = BAR};

  figure_print (&figure);
  figure.figure = "to-agenda-worst";
  figure.value = values_percentile (ours, 100);
  figure.bar = 0;
  figure_print (&figure);
  figure.figure = "to-agenda-beside";
  figure.value = values_percentile (ours, 50);
  figure.peer = "evince until its page is on the screen";
  figure.peer_value = values_percentile (theirs, 50);
  figure_print (&figure);
  XCloseDisplay (display);
  return 0;
}
