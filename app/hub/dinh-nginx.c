/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hub/dinh-nginx.h"

#include "app/hub/dinh-engine.h"
#include "app/hub/dinh-nginx-config.h"

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "/usr/sbin/nginx"
#define MASTER_TITLE "nginx: master process "

/* nginx tries for 2.5 s to get an address that is taken. */
#define START_US (10 * G_USEC_PER_SEC)
#define RELOAD_US (5 * G_USEC_PER_SEC)
#define STEADY_S 60
#define DELAY_LIMIT_S 30
#define LOG_LIMIT (4 * 1024 * 1024)

/*
 * The hub's nginx: TLS, client certificates, limits, papers and live push in front of the hub's Unix socket.
 *
 * It leads a session of its own and outlives a hub that dies; the next hub goes on with it if it runs the
 * same configuration. Which one it runs it says itself, at /configuration on the push socket: a file could
 * have been written and never read. All it has is below STATE/nginx, and whoever holds a file there is part
 * of it.
 *
 * Once a second the master is looked at; when it is gone the rest is ended and all starts anew, in a thread,
 * and after a delay that doubles while it does not last a minute.
 */
struct _DinhNginx {
  GObject parent_instance;

  char *state_dir;
  GStrv listen;
  GStrv enrol_listen;

  /* Held by whoever starts or ends processes, and guards stopped. */
  GMutex lock;
  gboolean stopped;

  GSource *watch;
  pid_t master;
  gboolean restarting;
  guint age;
  guint delay;
  guint wait;
};

enum {
  PROP_RUNNING = 1,
  N_PROPS,
};

enum {
  SIGNAL_TROUBLE,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhNginx, dinh_nginx, G_TYPE_OBJECT)
G_DEFINE_QUARK (dinh - nginx - error, dinh_nginx_error)

static char *
path_below (DinhNginx *self, const char *name)
{
  return g_build_filename (self->state_dir, name, NULL);
}

static gboolean
is_master (DinhNginx *self, pid_t pid)
{
  g_autofree char *title = dinh_engine_dup_title (pid);
  g_autofree char *config = path_below (self, "nginx/nginx.conf");

  return title != NULL && g_str_has_prefix (title, MASTER_TITLE) && strstr (title, config) != NULL;
}

static pid_t
find_master (DinhNginx *self)
{
  g_autofree char *folder = path_below (self, "nginx");
  g_autoptr (GArray) pids = dinh_engine_find ("nginx", folder);

  for (guint i = 0; i < pids->len; i++) {
    if (is_master (self, g_array_index (pids, pid_t, i)))
      return g_array_index (pids, pid_t, i);
  }
  return 0;
}

static gboolean
runs_configuration (DinhNginx *self, const char *digest)
{
  static const char request[] = "GET /configuration HTTP/1.0\r\n\r\n";
  g_autofree char *path = path_below (self, "run/push.sock");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  char answer[1024] = "";
  gsize length = 0;

  g_socket_client_set_timeout (client, 2);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  return connection != NULL &&
         g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                                    strlen (request), NULL, NULL, NULL) &&
         g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer,
                                  sizeof answer - 1, &length, NULL, NULL) &&
         strstr (answer, digest) != NULL;
}

static gboolean
make_folders (DinhNginx *self, GError **error)
{
  static const char *const names[] = {"nginx", "run", "papers"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = path_below (self, names[i]);

    if (g_mkdir_with_parents (path, 0700) != 0) {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "folder '%s': %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  }
  return TRUE;
}

/* Without symbolic links, since that is how the kernel names what a process holds. */
static gboolean
resolve_state_dir (DinhNginx *self, GError **error)
{
  char *resolved = NULL;

  if (!make_folders (self, error))
    return FALSE;
  resolved = realpath (self->state_dir, NULL);
  if (resolved == NULL) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "folder '%s': %s", self->state_dir,
                 g_strerror (errno));
    return FALSE;
  }
  g_free (self->state_dir);
  self->state_dir = resolved;
  return TRUE;
}

/* Of all that nginx says the line that says why, without the numbers in front: "nginx: [emerg] 7#7: reason".
 */
static char *
find_fault (const char *log)
{
  g_autoptr (GRegex) form = g_regex_new ("\\[emerg\\] (?:[0-9]+#[0-9]+: )?(.*)", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (g_regex_match (form, log, 0, &match))
    return g_match_info_fetch (match, 1);
  return g_strdup (*log != '\0' ? log : "no reason given");
}

static gboolean
test_config (DinhNginx *self, const char *config, GError **error)
{
  const char *const argv[] = {PROGRAM, "-t", "-q", "-e", "stderr", "-p", self->state_dir, "-c", config, NULL};
  g_autofree char *log = NULL;
  g_autofree char *fault = NULL;
  int status = 0;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &log, &status,
                     error))
    return FALSE;
  if (g_spawn_check_wait_status (status, NULL))
    return TRUE;
  fault = find_fault (log);
  g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_CONFIGURATION, "nginx refuses its configuration: %s",
               fault);
  return FALSE;
}

/* The file changes only to what nginx takes. */
static gboolean
write_config (DinhNginx *self, const char *text, GError **error)
{
  g_autofree char *path = path_below (self, "nginx/nginx.conf");
  g_autofree char *candidate = path_below (self, "nginx/nginx.conf.new");

  if (!g_file_set_contents (candidate, text, -1, error) || !test_config (self, candidate, error))
    return FALSE;
  if (g_rename (candidate, path) != 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "'%s': %s", path, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

static gboolean
end_engine (DinhNginx *self, GError **error)
{
  g_autofree char *folder = path_below (self, "nginx");
  g_autofree char *socket = path_below (self, "run/push.sock");
  g_autofree char *pid_file = path_below (self, "nginx/nginx.pid");

  if (!dinh_engine_end ("nginx", folder)) {
    g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_END, "nginx in '%s' cannot be ended", folder);
    return FALSE;
  }
  /* A killed nginx leaves its socket, and a new one would not take the name. */
  g_unlink (socket);
  g_unlink (pid_file);
  return TRUE;
}

static void
on_child_forked (gpointer data)
{
  setsid ();
}

static GSubprocess *
spawn (DinhNginx *self, const char *log, GError **error)
{
  g_autofree char *config = path_below (self, "nginx/nginx.conf");
  g_autofree char *error_log = path_below (self, "nginx/error.log");
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  g_subprocess_launcher_set_child_setup (launcher, on_child_forked, NULL, NULL);
  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  return g_subprocess_launcher_spawn (launcher, error, PROGRAM, "-e", error_log, "-p", self->state_dir, "-c",
                                      config, NULL);
}

static gboolean
wait_for_configuration (DinhNginx *self, const char *digest, GSubprocess *process, gint64 limit)
{
  gint64 end = g_get_monotonic_time () + limit;

  while (!runs_configuration (self, digest)) {
    if (g_get_monotonic_time () >= end || (process != NULL && g_subprocess_get_identifier (process) == NULL))
      return FALSE;
    g_usleep (20 * 1000);
  }
  return TRUE;
}

static gboolean
start_engine (DinhNginx *self, const char *digest, GError **error)
{
  g_autofree char *log = path_below (self, "nginx/start.log");
  g_autofree char *said = NULL;
  g_autofree char *fault = NULL;
  g_autoptr (GSubprocess) process = spawn (self, log, error);

  if (process == NULL)
    return FALSE;
  if (wait_for_configuration (self, digest, process, START_US))
    return TRUE;
  end_engine (self, NULL);
  g_file_get_contents (log, &said, NULL, NULL);
  fault = find_fault (said != NULL ? said : "");
  g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_START, "nginx does not start: %s", fault);
  return FALSE;
}

static gboolean
reload_engine (DinhNginx *self, pid_t master, const char *digest)
{
  return kill (master, SIGHUP) == 0 && wait_for_configuration (self, digest, NULL, RELOAD_US);
}

/* Leaves an engine that runs the present configuration: the one that is there, that one reloaded, or a new
 * one. Blocks; the caller holds the lock. */
static gboolean
ensure_engine (DinhNginx *self, GError **error)
{
  g_autofree char *digest = NULL;
  g_autofree char *text = dinh_nginx_config_build (self->state_dir, (const char *const *) self->listen,
                                                   (const char *const *) self->enrol_listen, &digest, error);
  pid_t master = find_master (self);

  if (text == NULL || !make_folders (self, error))
    return FALSE;
  if (master != 0 && runs_configuration (self, digest))
    return TRUE;
  if (!write_config (self, text, error))
    return FALSE;
  if (master != 0 && reload_engine (self, master, digest))
    return TRUE;
  return end_engine (self, error) && start_engine (self, digest, error);
}

static void
set_master (DinhNginx *self, pid_t master)
{
  gboolean was_running = self->master != 0;

  self->master = master;
  self->age = 0;
  if (was_running != (master != 0))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

static void
restart_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  DinhNginx *self = DINH_NGINX (source);
  GError *error = NULL;
  pid_t master = 0;

  g_mutex_lock (&self->lock);
  if (!self->stopped && ensure_engine (self, &error))
    master = find_master (self);
  g_mutex_unlock (&self->lock);
  if (error == NULL)
    g_task_return_int (task, master);
  else
    g_task_return_error (task, error);
}

static void
on_restart_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  DinhNginx *self = DINH_NGINX (source);
  g_autoptr (GError) error = NULL;
  gssize master = g_task_propagate_int (G_TASK (result), &error);

  self->restarting = FALSE;
  if (self->watch == NULL)
    return;
  if (error == NULL)
    set_master (self, (pid_t) master);
  else
    g_signal_emit (self, signals[SIGNAL_TROUBLE], 0, error);
}

static void
restart (DinhNginx *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_restart_finished, NULL);

  self->restarting = TRUE;
  self->delay = CLAMP (2 * self->delay, 1, DELAY_LIMIT_S);
  self->wait = self->delay;
  g_task_run_in_thread (task, restart_in_thread);
}

static void
bound_log (DinhNginx *self)
{
  g_autofree char *path = path_below (self, "nginx/error.log");
  g_autofree char *old = path_below (self, "nginx/error.log.1");
  GStatBuf status;

  if (g_stat (path, &status) == 0 && status.st_size > LOG_LIMIT && g_rename (path, old) == 0)
    kill (self->master, SIGUSR1);
}

static gboolean
on_second_passed (gpointer data)
{
  DinhNginx *self = DINH_NGINX (data);

  if (self->restarting)
    return G_SOURCE_CONTINUE;
  if (self->master != 0 && is_master (self, self->master)) {
    bound_log (self);
    if (++self->age >= STEADY_S)
      self->delay = self->wait = 0;
    return G_SOURCE_CONTINUE;
  }
  if (self->master != 0) {
    g_autoptr (GError) error =
        g_error_new (DINH_NGINX_ERROR, DINH_NGINX_ERROR_DIED, "nginx %d died", self->master);

    set_master (self, 0);
    g_signal_emit (self, signals[SIGNAL_TROUBLE], 0, error);
  }
  if (self->wait > 0)
    self->wait--;
  else
    restart (self);
  return G_SOURCE_CONTINUE;
}

static void
watch (DinhNginx *self)
{
  if (self->watch != NULL)
    return;
  self->watch = g_timeout_source_new_seconds (1);
  g_source_set_callback (self->watch, on_second_passed, self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

static void
unwatch (DinhNginx *self)
{
  if (self->watch != NULL)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

static void
dinh_nginx_finalize (GObject *object)
{
  DinhNginx *self = DINH_NGINX (object);

  unwatch (self);
  g_free (self->state_dir);
  g_strfreev (self->listen);
  g_strfreev (self->enrol_listen);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dinh_nginx_parent_class)->finalize (object);
}

static void
dinh_nginx_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DinhNginx *self = DINH_NGINX (object);

  switch (id) {
  case PROP_RUNNING:
    g_value_set_boolean (value, dinh_nginx_get_running (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dinh_nginx_class_init (DinhNginxClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = dinh_nginx_finalize;
  object_class->get_property = dinh_nginx_get_property;

  /**
   * DinhNginx:running:
   *
   * Whether nginx is there, as far as was seen within the last second.
   */
  properties[PROP_RUNNING] =
      g_param_spec_boolean ("running", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * DinhNginx::trouble:
   * @error: DIED when nginx was found dead, or why it could not be started again
   *
   * Something that whoever looks after the machine should read. It is tried again in any case.
   */
  signals[SIGNAL_TROUBLE] = g_signal_new ("trouble", DINH_TYPE_NGINX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dinh_nginx_init (DinhNginx *self)
{
  g_mutex_init (&self->lock);
}

/**
 * dinh_nginx_new:
 *
 * Makes the keeper of the nginx of the hub with the state folder @state_dir, which listens at @listen
 * ("192.0.2.7:443", "[::]:443"; ended by %NULL). The certificates ca.crt, server.crt and server.key are in
 * STATE/trust, papers in STATE/papers; the hub listens at STATE/run/hub.sock and pushes through
 * STATE/run/push.sock. Nothing happens before dinh_nginx_start(). To drop the object does not end nginx.
 */
DinhNginx *
dinh_nginx_new (const char *state_dir, const char *const *listen)
{
  DinhNginx *self = g_object_new (DINH_TYPE_NGINX, NULL);

  self->state_dir = g_strdup (state_dir);
  self->listen = g_strdupv ((char **) listen);
  self->enrol_listen = g_new0 (char *, 1);
  return self;
}

/**
 * dinh_nginx_set_enrol_listen:
 * @listen: as in dinh_nginx_new()
 *
 * Says where devices are let in, from the next start on; nowhere before.
 */
void
dinh_nginx_set_enrol_listen (DinhNginx *self, const char *const *listen)
{
  g_strfreev (self->enrol_listen);
  self->enrol_listen = g_strdupv ((char **) listen);
}

/**
 * dinh_nginx_start:
 *
 * Returns %TRUE once nginx runs with the present configuration and certificates: one that does already is
 * left alone, one with another configuration is reloaded, otherwise all that is left of it is ended and a new
 * one started. From then on it is looked after in the thread's default main context. May be called again at
 * any time, after a certificate was renewed, say. A DinhNginxError, with what nginx says, or a GFileError.
 * Blocks for up to some seconds.
 */
gboolean
dinh_nginx_start (DinhNginx *self, GError **error)
{
  gboolean started;

  g_mutex_lock (&self->lock);
  started = resolve_state_dir (self, error) && ensure_engine (self, error);
  self->stopped = !started;
  g_mutex_unlock (&self->lock);
  if (started) {
    set_master (self, find_master (self));
    watch (self);
  }
  return started;
}

/**
 * dinh_nginx_stop:
 *
 * Ends nginx with all its workers, by force after three seconds, and stops looking after it. Blocks
 * meanwhile.
 */
void
dinh_nginx_stop (DinhNginx *self)
{
  unwatch (self);
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  end_engine (self, NULL);
  g_mutex_unlock (&self->lock);
  set_master (self, 0);
}

/**
 * dinh_nginx_get_running:
 *
 * Returns whether nginx is there, as far as was seen within the last second.
 */
gboolean
dinh_nginx_get_running (DinhNginx *self)
{
  return self->master != 0;
}

/**
 * dinh_nginx_get_warning:
 *
 * Returns what the person who starts the hub should hear, a static text, or %NULL.
 */
const char *
dinh_nginx_get_warning (DinhNginx *self)
{
  return geteuid () == 0 ? "nginx's workers run as root, because the hub does; give the hub a user of its own"
                         : NULL;
}
