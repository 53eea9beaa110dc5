/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "touch-screen.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_VALUATORS 64
#define RANGE 65535 /* of the device's X and Y */

enum {
  MESSAGE_VERSION = 0,
  MESSAGE_SYNC = 1,
  MESSAGE_TOUCH = 6,
};

/* XI_TouchBegin, XI_TouchUpdate, XI_TouchEnd */
enum {
  TOUCH_BEGIN = 18,
  TOUCH_UPDATE = 19,
  TOUCH_END = 20,
};

typedef struct {
  guint32 length, type;
  guint16 major, minor;
} VersionMessage;

typedef struct {
  guint32 length, type;
} SyncMessage;

/* As xf86-input-inputtest-protocol.h lays it out. */
typedef struct {
  guint32 length, type;
  guint32 id, state;
  guint32 has_unaccelerated;
  guint8 mask[N_VALUATORS / 8];
  guint32 padding;
  double valuators[N_VALUATORS];
  double unaccelerated[N_VALUATORS];
} TouchMessage;

struct _TouchScreen {
  int width, height;
  char *folder;
  GPid server;
  GSocketConnection *device;
};

static const char configuration[] =
    "Section \"ServerFlags\"\n Option \"AutoAddDevices\" \"false\"\nEndSection\n"
    "Section \"Device\"\n Identifier \"card\"\n Driver \"dummy\"\n VideoRam 192000\nEndSection\n"
    "Section \"Monitor\"\n Identifier \"glass\"\n HorizSync 5-1000\n VertRefresh 5-200\n"
    " Modeline \"%1$dx%2$d\" 100 %1$d %3$d %4$d %5$d %2$d %6$d %7$d %8$d\nEndSection\n"
    "Section \"Screen\"\n Identifier \"screen\"\n Device \"card\"\n Monitor \"glass\"\n DefaultDepth 24\n"
    " SubSection \"Display\"\n  Depth 24\n  Modes \"%1$dx%2$d\"\n  Virtual %1$d %2$d\n "
    "EndSubSection\nEndSection\n"
    "Section \"InputDevice\"\n Identifier \"touch\"\n Driver \"inputtest\"\n Option \"SocketPath\" "
    "\"%9$s/touch\"\n"
    " Option \"DeviceType\" \"Touch\"\n Option \"TouchCount\" \"10\"\nEndSection\n"
    "Section \"ServerLayout\"\n Identifier \"all\"\n Screen \"screen\"\n InputDevice \"touch\" "
    "\"SendCoreEvents\"\n"
    "EndSection\n";

static void
write_configuration (TouchScreen *self, const char *path)
{
  int w = self->width, h = self->height;
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
      g_strdup_printf (configuration, w, h, w + 40, w + 80, w + 160, h + 3, h + 8, h + 30, self->folder);

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* A test that fails leaves no server behind. */
static void
on_server_forked (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/* The number of the display that the server chose; it is written when the server is ready. */
static int
start_server (TouchScreen *self)
{
  g_autofree char *path = g_build_filename (self->folder, "xorg.conf", NULL);
  g_autofree char *log = g_build_filename (self->folder, "xorg.log", NULL);
  char *arguments[] = {(char *) "Xorg",
                       (char *) "-displayfd",
                       (char *) "3",
                       (char *) "-config",
                       path,
                       (char *) "-logfile",
                       log,
                       (char *) "-noreset",
                       (char *) "-nolisten",
                       (char *) "tcp",
                       NULL};
  g_autoptr (GError) error = NULL;
  char number[16] = "";
  int ends[2], target = 3;

  write_configuration (self, path);
  g_unix_open_pipe (ends, FD_CLOEXEC, &error);
  g_assert_no_error (error);
  g_spawn_async_with_pipes_and_fds (
      NULL, (const char *const *) arguments, NULL,
      G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, on_server_forked, NULL,
      -1, -1, -1, &ends[1], &target, 1, &self->server, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  close (ends[1]);
  for (gsize i = 0; i < sizeof number - 1 && read (ends[0], &number[i], 1) == 1 && number[i] != '\n'; i++) {
  }
  close (ends[0]);
  g_assert_cmpstr (number, !=, "");
  return atoi (number);
}

static void
send_message (TouchScreen *self, gconstpointer message, gsize length)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->device));
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (output, message, length, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
wait_for_answer (TouchScreen *self, gsize length)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->device));
  g_autoptr (GError) error = NULL;
  guint8 answer[64];

  g_input_stream_read_all (input, answer, length, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
connect_device (TouchScreen *self)
{
  g_autofree char *path = g_build_filename (self->folder, "touch", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  self->device = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_assert_no_error (error);
  send_message (self, &(VersionMessage){sizeof (VersionMessage), MESSAGE_VERSION, 1, 1},
                sizeof (VersionMessage));
  wait_for_answer (self, sizeof (VersionMessage));
}

/* Starts the display and makes it the one that GTK will open. Before gtk_init (). */
TouchScreen *
touch_screen_new (int width, int height)
{
  TouchScreen *self = g_new0 (TouchScreen, 1);

  self->width = width;
  self->height = height;
  self->folder = g_dir_make_tmp ("dinh-touch-XXXXXX", NULL);
  g_autofree char *display = g_strdup_printf (":%d", start_server (self));
  g_setenv ("DISPLAY", display, TRUE);
  connect_device (self);
  return self;
}

void
touch_screen_free (TouchScreen *self)
{
  static const char *const files[] = {"xorg.conf", "xorg.log", "xorg.log.old", "touch"};

  g_object_unref (self->device);
  kill (self->server, SIGTERM);
  waitpid (self->server, NULL, 0);
  g_spawn_close_pid (self->server);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (self->folder, files[i], NULL);
    g_unlink (path);
  }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self);
}

static void
touch (TouchScreen *self, guint finger, guint state, double x, double y)
{
  TouchMessage message = {.length = sizeof message, .type = MESSAGE_TOUCH, .id = finger, .state = state};

  message.mask[0] = 0x3;
  message.valuators[0] = x / self->width * RANGE;
  message.valuators[1] = y / self->height * RANGE;
  send_message (self, &message, sizeof message);
  send_message (self, &(SyncMessage){sizeof (SyncMessage), MESSAGE_SYNC}, sizeof (SyncMessage));
  wait_for_answer (self, sizeof (SyncMessage));
}

void
touch_screen_press (TouchScreen *self, guint finger, double x, double y)
{
  touch (self, finger, TOUCH_BEGIN, x, y);
}

void
touch_screen_move (TouchScreen *self, guint finger, double x, double y)
{
  touch (self, finger, TOUCH_UPDATE, x, y);
}

void
touch_screen_lift (TouchScreen *self, guint finger, double x, double y)
{
  touch (self, finger, TOUCH_END, x, y);
}
