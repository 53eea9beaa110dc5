/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include "data/net/dinh-kiosk-session.h"
#include "data/net/dinh-net-error.h"

#include <signal.h>
#include <string.h>

/*
 * A morning in which everything happens: papers come, are replaced and recalled, the hub and its nginx are killed and come
 * back, kiosks are closed and opened. At each quiet moment every kiosk holds what the hub holds, and the hub does not
 * grow. $DINH_SOAK_ROUNDS: how many changes; 3000 unless given, about a minute.
 */

#define N_KIOSKS 4
#define N_PAPERS 12
#define USUAL_ROUNDS 3000
#define QUIET_EVERY 50

typedef struct {
  DinhIdentity *identity;
  char *data;
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *session;
} Kiosk;

/* What the hub must hold. */
typedef struct {
  HubFixture *hub;
  char *meeting;
  char *papers[N_PAPERS]; /* SHA-256, or NULL: recalled or never there */
  Kiosk kiosks[N_KIOSKS];
  guint n_uploaded;
} Morning;

/* Among thousands of faults that belong to the morning, the one that a kiosk should not have had. */
static void
on_fault (DinhKioskSession *session, const GError *fault, gpointer user_data)
{
  if (g_error_matches (fault, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE) || dinh_net_error_get_status (fault) == 404)
    return;
  g_test_message ("%s %d: %s", g_quark_to_string (fault->domain), fault->code, fault->message);
}

static void
open_kiosk (Kiosk *kiosk)
{
  g_autoptr (GError) error = NULL;

  kiosk->library = dinh_library_new ();
  kiosk->line = dinh_line_new ();
  kiosk->session = dinh_kiosk_session_new (kiosk->identity, kiosk->data, kiosk->library, kiosk->line, &error);
  g_assert_no_error (error);
  g_signal_connect (kiosk->session, "fault", G_CALLBACK (on_fault), NULL);
  dinh_kiosk_session_start (kiosk->session);
}

static void
close_kiosk (Kiosk *kiosk)
{
  dinh_kiosk_session_stop (kiosk->session);
  g_clear_object (&kiosk->session);
  g_clear_object (&kiosk->library);
  g_clear_object (&kiosk->line);
}

static void
set_up (Morning *morning, gconstpointer data)
{
  morning->hub = hub_fixture_new ();
  morning->meeting = hub_fixture_add_meeting (morning->hub, "Buổi sáng dài");
  for (guint i = 0; i < N_KIOSKS; i++) {
    g_autofree char *name = g_strdup_printf ("seat-%u", i);

    morning->kiosks[i].identity = hub_fixture_add_device (morning->hub, name, NULL);
    morning->kiosks[i].data = g_build_filename (morning->hub->folder, "kiosks", name, NULL);
    open_kiosk (&morning->kiosks[i]);
  }
}

static void
tear_down (Morning *morning, gconstpointer data)
{
  for (guint i = 0; i < N_KIOSKS; i++) {
    close_kiosk (&morning->kiosks[i]);
    g_object_unref (morning->kiosks[i].identity);
    g_free (morning->kiosks[i].data);
  }
  for (guint i = 0; i < N_PAPERS; i++)
    g_free (morning->papers[i]);
  g_free (morning->meeting);
  hub_fixture_free (morning->hub);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static gboolean
holds_paper (Kiosk *kiosk, const char *meeting, guint number, const char *sha256)
{
  g_autofree char *id = g_strdup_printf ("p%u", number);
  DinhMeeting *found = dinh_library_find (kiosk->library, meeting);
  DinhPaper *paper = found == NULL ? NULL : dinh_meeting_find_paper (found, id);

  if (sha256 == NULL)
    return paper == NULL || dinh_paper_get_recalled (paper);
  return paper != NULL && !dinh_paper_get_recalled (paper) && dinh_paper_get_state (paper) == DINH_PAPER_READY &&
         strcmp (dinh_paper_get_sha256 (paper), sha256) == 0;
}

static gboolean
all_hold_all (Morning *morning)
{
  for (guint i = 0; i < N_KIOSKS; i++) {
    for (guint j = 0; j < N_PAPERS; j++) {
      if (!holds_paper (&morning->kiosks[i], morning->meeting, j, morning->papers[j]))
        return FALSE;
    }
  }
  return TRUE;
}

/* What is missing where, for who reads the log. */
static void
tell_missing (Morning *morning)
{
  for (guint i = 0; i < N_KIOSKS; i++) {
    Kiosk *kiosk = &morning->kiosks[i];
    DinhMeeting *meeting = dinh_library_find (kiosk->library, morning->meeting);

    g_test_message ("kiosk %u: line %d, problem %d, meeting %s", i, dinh_line_get_state (kiosk->line),
                    dinh_line_get_problem (kiosk->line), meeting == NULL ? "missing" : "there");
    for (guint j = 0; meeting != NULL && j < N_PAPERS; j++) {
      g_autofree char *id = g_strdup_printf ("p%u", j);
      DinhPaper *paper = dinh_meeting_find_paper (meeting, id);

      if (!holds_paper (kiosk, morning->meeting, j, morning->papers[j]))
        g_test_message ("  %s: wanted %s, has %s in state %d", id, morning->papers[j],
                        paper == NULL ? "nothing" : dinh_paper_get_sha256 (paper),
                        paper == NULL ? -1 : (int) dinh_paper_get_state (paper));
    }
  }
}

static void
wait_for_all (Morning *morning)
{
  gint64 late = g_get_monotonic_time () + 50 * G_USEC_PER_SEC;

  fixture_wait_until (all_hold_all (morning) || g_get_monotonic_time () > late);
  if (g_get_monotonic_time () > late)
    tell_missing (morning);
  fixture_wait_until (all_hold_all (morning));
}

static void
change_paper (Morning *morning, guint number)
{
  g_autofree char *id = g_strdup_printf ("p%u", number);
  gsize size = (gsize) g_test_rand_int_range (1000, 200000);
  g_autofree char *bytes = fixture_random_bytes (size, morning->n_uploaded++);
  g_autofree char *sha256 = NULL;

  if (morning->papers[number] != NULL && g_test_rand_bit ()) {
    hub_fixture_command (morning->hub, morning->meeting, "paper-recall", json_pack ("{s:s}", "id", id));
    g_clear_pointer (&morning->papers[number], g_free);
    return;
  }
  sha256 = hub_fixture_upload (morning->hub, bytes, size);
  if (morning->papers[number] == NULL)
    hub_fixture_add_paper (morning->hub, morning->meeting, id, sha256, size);
  else
    hub_fixture_command (morning->hub, morning->meeting, "paper-replace",
                         json_pack ("{s:s, s:s, s:I, s:s}", "id", id, "sha256", sha256, "size", (json_int_t) size, "file",
                                    "x.pdf"));
  g_free (morning->papers[number]);
  morning->papers[number] = g_steal_pointer (&sha256);
}

/* The power goes: the hub is killed, or stopped as it should be. */
static void
interrupt_hub (Morning *morning)
{
  if (g_test_rand_bit ()) {
    g_subprocess_force_exit (morning->hub->process);
    g_subprocess_wait (morning->hub->process, NULL, NULL);
    g_clear_object (&morning->hub->process);
  } else {
    hub_fixture_stop (morning->hub);
  }
  hub_fixture_start (morning->hub);
}

static void
do_something (Morning *morning)
{
  guint chance = (guint) g_test_rand_int_range (0, 100);
  Kiosk *kiosk = &morning->kiosks[g_test_rand_int_range (0, N_KIOSKS)];

  if (chance < 3) {
    interrupt_hub (morning);
  } else if (chance < 8) {
    close_kiosk (kiosk);
    open_kiosk (kiosk);
  } else {
    change_paper (morning, (guint) g_test_rand_int_range (0, N_PAPERS));
  }
}

/* Resident memory of the hub in KiB. */
static guint64
hub_memory (Morning *morning)
{
  g_autofree char *path =
    g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (morning->hub->process));
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  return line == NULL ? 0 : g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10);
}

static void
test_morning (Morning *morning, gconstpointer data)
{
  const char *wanted = g_getenv ("DINH_SOAK_ROUNDS");
  guint rounds = wanted == NULL ? USUAL_ROUNDS : (guint) g_ascii_strtoull (wanted, NULL, 10);

  for (guint i = 1; i <= rounds; i++) {
    do_something (morning);
    if (i % QUIET_EVERY != 0)
      continue;
    wait_for_all (morning);
    g_test_message ("round %u: %" G_GUINT64_FORMAT " KiB", i, hub_memory (morning));
    for (guint j = 0; j < N_KIOSKS; j++)
      g_assert_cmpint (dinh_line_get_problem (morning->kiosks[j].line), ==, DINH_LINE_PROBLEM_NONE);
  }
  g_assert_cmpuint (hub_memory (morning), <, 150 * 1024);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/soak/morning", Morning, NULL, set_up, test_morning, tear_down);
  return g_test_run ();
}
