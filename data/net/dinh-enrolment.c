/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-enrolment.h"

#include "data/net/dinh-enrolment-file.h"
#include "data/record/dinh-json.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-enrolment-code.h"
#include "data/trust/dinh-trust-error.h"

#include <libsoup/soup.h>
#include <string.h>

/*
 * How a device gets its identity, from an address and a code (RFC 7030): it fetches the authority's
 * certificate from whoever answers and believes it if the code names it; makes its keys; sends its request
 * with the code over a connection that this authority vouches for; asks again until an administrator has
 * approved; and keeps what it got. Each step is started by the one before. What was sent once is sent again
 * in the same words, after a restart too.
 *
 * A machine whose clock is wrong must be let in: dates refuse nothing here.
 */

#define DEFAULT_PORT 8444
#define EST "/.well-known/est/"
#define LIMIT (64 * 1024)
#define SECONDS 20
#define ASK_AGAIN 5
#define LONGEST_WAIT 900
#define DATES (G_TLS_CERTIFICATE_NOT_ACTIVATED | G_TLS_CERTIFICATE_EXPIRED)

struct _DinhEnrolment {
  GObject parent_instance;

  char *folder;
  DinhAdmission *admission;

  char *hub;       /* as it was typed */
  char *url;       /* "https://HOST:PORT" */
  char *code;      /* 24 characters */
  char *authority; /* PEM, once the code has named it */
  DinhEnrolmentFile *file;
  gboolean was_taken; /* the hub has the request: it is asked again whatever happens on the way */

  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  guint timer;
  char *answer; /* LIMIT bytes and a zero */
};

enum { ENROLLED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhEnrolment, dinh_enrolment, G_TYPE_OBJECT)

static void send_request (DinhEnrolment *self);

/* Ends what is under way; nothing of it calls back. */
static void
hang_up (DinhEnrolment *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->message);
  g_clear_handle_id (&self->timer, g_source_remove);
}

static void
fail (DinhEnrolment *self, DinhAdmissionFault fault)
{
  hang_up (self);
  dinh_admission_fail (self->admission, fault);
}

static gboolean
on_time_to_ask (gpointer user_data)
{
  DinhEnrolment *self = user_data;

  self->timer = 0;
  send_request (self);
  return G_SOURCE_REMOVE;
}

static void
ask_later (DinhEnrolment *self, DinhAdmissionStep step, guint seconds)
{
  hang_up (self);
  dinh_admission_set_step (self->admission, step);
  self->timer = g_timeout_add_seconds (CLAMP (seconds, 1, LONGEST_WAIT), on_time_to_ask, self);
}

/* --- one question --- */

/* Called with the answer's status, 0 if there was none, and its body in self->answer. */
typedef void (*Next) (DinhEnrolment *self, guint status, const GError *error);

typedef struct {
  DinhEnrolment *enrolment;
  GCancellable *cancellable; /* tells whether the answer is still wanted */
  Next next;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->enrolment);
  g_object_unref (question->cancellable);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
answer (Question *question, guint status, const GError *error)
{
  g_autoptr (Question) owned = question;
  DinhEnrolment *self = question->enrolment;

  if (question->cancellable != self->cancellable)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  question->next (self, status, error);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  DinhEnrolment *self = question->enrolment;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &length, &error);
  if (question->cancellable != self->cancellable) {
    question_free (question);
    return;
  }
  self->answer[MIN (length, LIMIT)] = '\0';
  /* Nothing that a hub says here is that long. */
  answer (question, error == NULL && length < LIMIT ? soup_message_get_status (self->message) : 0, error);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (stream == NULL) {
    answer (question, 0, error);
    return;
  }
  if (question->cancellable != question->enrolment->cancellable) {
    question_free (question);
    return;
  }
  g_input_stream_read_all_async (stream, question->enrolment->answer, LIMIT, G_PRIORITY_DEFAULT,
                                 question->cancellable, on_read, question);
}

static gboolean
on_certificate_offered (SoupMessage *message,
                        GTlsCertificate *certificate,
                        GTlsCertificateFlags faults,
                        gpointer user_data)
{
  DinhEnrolment *self = user_data;

  /* Until the authority is known, only what the code names is believed, whoever brings it. */
  return self->authority == NULL || (faults & ~DATES) == 0;
}

static gboolean
on_time_over (gpointer user_data)
{
  DinhEnrolment *self = user_data;

  self->timer = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* Asks; @authorization may be NULL, @body (PEM) too. */
static void
ask (DinhEnrolment *self,
     const char *method,
     const char *path,
     const char *authorization,
     const char *body,
     Next next)
{
  g_autofree char *uri = g_strconcat (self->url, path, NULL);
  Question *question = g_new0 (Question, 1);

  hang_up (self);
  self->cancellable = g_cancellable_new ();
  self->message = soup_message_new (method, uri);
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect_object (self->message, "accept-certificate", G_CALLBACK (on_certificate_offered), self, 0);
  if (authorization != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (self->message), "Authorization",
                                  authorization);
  if (body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
    soup_message_set_request_body_from_bytes (self->message, "application/pkcs10", bytes);
  }
  question->enrolment = g_object_ref (self);
  question->cancellable = g_object_ref (self->cancellable);
  question->next = next;
  self->timer = g_timeout_add_seconds (SECONDS, on_time_over, self);
  soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->cancellable, on_sent,
                           question);
}

/* --- the identity --- */

static void
finish_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  char **texts = data;
  g_autoptr (GError) error = NULL;
  DinhIdentity *identity = dinh_enrolment_file_finish (texts[0], texts[1], texts[2], &error);

  if (identity == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, identity, g_object_unref);
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhEnrolment *self = DINH_ENROLMENT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) identity = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (identity == NULL) {
    fail (self,
          error->domain == DINH_TRUST_ERROR ? DINH_ADMISSION_FAULT_HUB : DINH_ADMISSION_FAULT_CANNOT_KEEP);
    return;
  }
  hang_up (self);
  dinh_admission_set_step (self->admission, DINH_ADMISSION_DONE);
  g_signal_emit (self, signals[ENROLLED], 0, identity);
}

static void
take_certificate (DinhEnrolment *self)
{
  const char *base64 =
      soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Dinh-Identity");
  g_auto (GStrv) texts = g_new0 (char *, 4);
  g_autoptr (GTask) task = NULL;
  g_autofree guchar *bytes = NULL;
  gsize length = 0;

  if (base64 != NULL)
    bytes = g_base64_decode (base64, &length);
  texts[0] = g_strdup (self->folder);
  texts[1] = g_strndup (bytes == NULL ? "" : (const char *) bytes, length);
  texts[2] = dinh_certificate_from_pkcs7 (self->answer, strlen (self->answer), NULL);
  if (texts[2] == NULL) {
    fail (self, DINH_ADMISSION_FAULT_HUB);
    return;
  }
  task = g_task_new (self, self->cancellable, on_finished, NULL);
  g_task_set_task_data (task, g_steal_pointer (&texts), (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, finish_in_thread);
}

/* --- the request --- */

static guint
get_retry_after (DinhEnrolment *self)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Retry-After");
  guint64 seconds = ASK_AGAIN;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 1, LONGEST_WAIT, &seconds, NULL);
  return (guint) seconds;
}

/* No answer: who has sent nothing yet is told, who has goes on asking. */
static void
take_silence (DinhEnrolment *self, const GError *error)
{
  if (error != NULL && error->domain == G_TLS_ERROR && error->code == G_TLS_ERROR_BAD_CERTIFICATE)
    fail (self, DINH_ADMISSION_FAULT_AUTHORITY);
  else if (self->was_taken)
    ask_later (self, dinh_admission_get_step (self->admission), ASK_AGAIN);
  else
    fail (self, DINH_ADMISSION_FAULT_UNREACHABLE);
}

static void
on_request_answered (DinhEnrolment *self, guint status, const GError *error)
{
  switch (status) {
  case SOUP_STATUS_OK:
    take_certificate (self);
    break;
  case SOUP_STATUS_ACCEPTED:
    self->was_taken = TRUE;
    ask_later (self, DINH_ADMISSION_WAITING, get_retry_after (self));
    break;
  case SOUP_STATUS_UNAUTHORIZED:
    dinh_enrolment_file_forget (self->folder);
    fail (self, DINH_ADMISSION_FAULT_WRONG_CODE);
    break;
  case SOUP_STATUS_FORBIDDEN:
    dinh_enrolment_file_forget (self->folder);
    fail (self, DINH_ADMISSION_FAULT_REFUSED);
    break;
  case 429:
    ask_later (self, DINH_ADMISSION_HELD_UP, get_retry_after (self));
    break;
  case 0:
  case SOUP_STATUS_BAD_GATEWAY:
  case SOUP_STATUS_SERVICE_UNAVAILABLE:
  case SOUP_STATUS_GATEWAY_TIMEOUT:
    take_silence (self, error);
    break;
  default:
    fail (self, DINH_ADMISSION_FAULT_HUB);
  }
}

/* What this machine calls itself, until an administrator calls it something else (no colon: RFC 7617 §2). */
static char *
make_authorization (const char *code)
{
  g_autofree char *name = g_strdup (g_get_host_name ());
  g_autofree char *plain = g_strconcat (g_strdelimit (name, ":", '-'), ":", code, NULL);
  g_autofree char *base64 = g_base64_encode ((const guchar *) plain, strlen (plain));

  return g_strconcat ("Basic ", base64, NULL);
}

static void
send_request (DinhEnrolment *self)
{
  g_autofree char *authorization = make_authorization (self->code);

  if (dinh_admission_get_step (self->admission) != DINH_ADMISSION_WAITING)
    dinh_admission_set_step (self->admission, DINH_ADMISSION_SENDING);
  ask (self, "POST", EST "simpleenroll", authorization, self->file->request, on_request_answered);
}

/* --- the keys --- */

static void
make_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  char **texts = data;
  g_autoptr (GError) error = NULL;
  DinhEnrolmentFile *file = dinh_enrolment_file_make (texts[0], texts[1], texts[2], texts[3], &error);

  if (file == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, file, (GDestroyNotify) dinh_enrolment_file_free);
}

/* From here on the connections are the authority's. */
static gboolean
open_session (DinhEnrolment *self)
{
  g_autofree char *path = g_build_filename (self->folder, "ca.crt", NULL);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (absolute, NULL);

  if (database == NULL)
    return FALSE;
  g_object_unref (self->session);
  self->session = soup_session_new_with_options ("tls-database", database, "timeout", SECONDS, "user-agent",
                                                 "dinh/" DINH_VERSION, NULL);
  return TRUE;
}

static void
take_file (DinhEnrolment *self, DinhEnrolmentFile *file)
{
  g_autofree char *fingerprint = dinh_enrolment_file_get_fingerprint (file);

  g_clear_pointer (&self->file, dinh_enrolment_file_free);
  self->file = file;
  dinh_admission_set_fingerprint (self->admission, fingerprint);
  if (open_session (self))
    send_request (self);
  else
    fail (self, DINH_ADMISSION_FAULT_CANNOT_KEEP);
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhEnrolment *self = DINH_ENROLMENT (source);
  g_autoptr (GError) error = NULL;
  DinhEnrolmentFile *file = g_task_propagate_pointer (G_TASK (result), &error);

  if (file != NULL)
    take_file (self, file);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, DINH_ADMISSION_FAULT_CANNOT_KEEP);
}

/* --- the authority --- */

static void
on_authority_answered (DinhEnrolment *self, guint status, const GError *error)
{
  g_autofree char *pem = status == SOUP_STATUS_OK
                             ? dinh_certificate_from_pkcs7 (self->answer, strlen (self->answer), NULL)
                             : NULL;
  g_autofree char *fingerprint = pem == NULL ? NULL : dinh_certificate_fingerprint (pem, strlen (pem), NULL);
  g_autoptr (GTask) task = NULL;

  if (status == 0) {
    fail (self, DINH_ADMISSION_FAULT_UNREACHABLE);
    return;
  }
  if (fingerprint == NULL || !dinh_enrolment_code_names (self->code, fingerprint)) {
    fail (self, DINH_ADMISSION_FAULT_AUTHORITY);
    return;
  }
  self->authority = g_steal_pointer (&pem);
  task = g_task_new (self, self->cancellable, on_made, NULL);
  g_task_set_task_data (task,
                        g_strdupv ((char *[]){self->folder, self->hub, self->code, self->authority, NULL}),
                        (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, make_in_thread);
}

/* "host", "host:port", "[::1]:port" or a URL with no more than that. */
static char *
read_address (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  const char *address = g_str_has_prefix (stripped, "https://") ? stripped + strlen ("https://") : stripped;
  g_autoptr (GSocketConnectable) parsed = NULL;
  const char *host;

  if (*address == '\0' || strpbrk (address, "/?#@ ") != NULL)
    return NULL;
  parsed = g_network_address_parse (address, DEFAULT_PORT, NULL);
  if (parsed == NULL)
    return NULL;
  host = g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed));
  return g_strdup_printf (strchr (host, ':') == NULL ? "https://%s:%u" : "https://[%s]:%u", host,
                          g_network_address_get_port (G_NETWORK_ADDRESS (parsed)));
}

static void
set_entry (DinhEnrolment *self, const char *hub, const char *code)
{
  g_free (self->hub);
  g_free (self->url);
  g_free (self->code);
  self->hub = g_strdup (hub);
  self->url = read_address (hub);
  self->code = dinh_enrolment_code_parse (code, NULL);
  dinh_admission_set_entry (self->admission, hub, code);
}

/**
 * dinh_enrolment_start:
 * @hub: where devices are let in, as a person typed it: "hub.example", "10.0.0.1:8444"
 * @code: the code, the same
 *
 * Begins, and ends what was under way. The admission tells how far it is and what went wrong.
 */
void
dinh_enrolment_start (DinhEnrolment *self, const char *hub, const char *code)
{
  hang_up (self);
  set_entry (self, hub, code);
  self->was_taken = FALSE;
  g_clear_pointer (&self->authority, g_free);
  if (self->url == NULL || self->code == NULL) {
    fail (self, self->url == NULL ? DINH_ADMISSION_FAULT_NO_ADDRESS : DINH_ADMISSION_FAULT_NO_CODE);
    return;
  }
  g_clear_object (&self->session);
  self->session =
      soup_session_new_with_options ("timeout", SECONDS, "user-agent", "dinh/" DINH_VERSION, NULL);
  dinh_admission_set_step (self->admission, DINH_ADMISSION_CHECKING);
  ask (self, "GET", EST "cacerts", NULL, NULL, on_authority_answered);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, dinh_enrolment_file_load (DINH_ENROLMENT (source)->folder),
                         (GDestroyNotify) dinh_enrolment_file_free);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhEnrolment *self = DINH_ENROLMENT (source);
  DinhEnrolmentFile *file = g_task_propagate_pointer (G_TASK (result), NULL);

  if (file == NULL)
    return;
  set_entry (self, file->hub, file->code);
  if (self->url == NULL || self->code == NULL) {
    dinh_enrolment_file_free (file);
    return;
  }
  self->was_taken = TRUE;
  self->authority = g_strdup (file->authority);
  self->session = soup_session_new ();
  take_file (self, file);
}

/**
 * dinh_enrolment_resume:
 *
 * Goes on with what was begun before the program's start, if anything was.
 */
void
dinh_enrolment_resume (DinhEnrolment *self)
{
  g_autoptr (GTask) task = NULL;

  hang_up (self);
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, on_loaded, NULL);
  g_task_run_in_thread (task, load_in_thread);
}

/**
 * dinh_enrolment_cancel:
 *
 * Stops, so that something else can be entered. The keys are kept: the same code may be entered again.
 */
void
dinh_enrolment_cancel (DinhEnrolment *self)
{
  hang_up (self);
  dinh_admission_set_step (self->admission, DINH_ADMISSION_ENTERING);
}

static void
dinh_enrolment_dispose (GObject *object)
{
  DinhEnrolment *self = DINH_ENROLMENT (object);

  hang_up (self);
  g_clear_object (&self->session);
  g_clear_object (&self->admission);
  G_OBJECT_CLASS (dinh_enrolment_parent_class)->dispose (object);
}

static void
dinh_enrolment_finalize (GObject *object)
{
  DinhEnrolment *self = DINH_ENROLMENT (object);

  g_free (self->answer);
  g_free (self->folder);
  g_free (self->hub);
  g_free (self->url);
  g_free (self->code);
  g_free (self->authority);
  g_clear_pointer (&self->file, dinh_enrolment_file_free);
  G_OBJECT_CLASS (dinh_enrolment_parent_class)->finalize (object);
}

static void
dinh_enrolment_class_init (DinhEnrolmentClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_enrolment_dispose;
  G_OBJECT_CLASS (klass)->finalize = dinh_enrolment_finalize;

  /**
   * DinhEnrolment::enrolled:
   * @identity: who this device is now; it is in its folder
   *
   * It is let in.
   */
  signals[ENROLLED] = g_signal_new ("enrolled", DINH_TYPE_ENROLMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, DINH_TYPE_IDENTITY);
}

static void
dinh_enrolment_init (DinhEnrolment *self)
{
  self->answer = g_malloc0 (LIMIT + 1);
}

/**
 * dinh_enrolment_new:
 * @folder: where the identity will be; made when it is not there
 * @admission: is told how far it is
 *
 * Returns: (transfer full): an enrolment that has not begun, for the thread's main context.
 */
DinhEnrolment *
dinh_enrolment_new (const char *folder, DinhAdmission *admission)
{
  DinhEnrolment *self = g_object_new (DINH_TYPE_ENROLMENT, NULL);

  self->folder = g_strdup (folder);
  self->admission = g_object_ref (admission);
  return self;
}

/**
 * dinh_enrolment_read_uri:
 * @hub: (out) (transfer full): where
 * @code: (out) (transfer full): and with which code
 *
 * Reads an invitation, `dinh://enrol?hub=ADDRESS&code=CODE`. Returns: %FALSE if @uri is none.
 */
gboolean
dinh_enrolment_read_uri (const char *uri, char **hub, char **code)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_ENCODED_QUERY, NULL);
  g_autoptr (GHashTable) parameters = NULL;

  if (parsed == NULL || strcmp (g_uri_get_scheme (parsed), "dinh") != 0 ||
      g_strcmp0 (g_uri_get_host (parsed), "enrol") != 0 || g_uri_get_query (parsed) == NULL)
    return FALSE;
  parameters = g_uri_parse_params (g_uri_get_query (parsed), -1, "&", G_URI_PARAMS_NONE, NULL);
  if (parameters == NULL || !g_hash_table_contains (parameters, "hub") ||
      !g_hash_table_contains (parameters, "code"))
    return FALSE;
  *hub = g_strdup (g_hash_table_lookup (parameters, "hub"));
  *code = g_strdup (g_hash_table_lookup (parameters, "code"));
  return TRUE;
}
