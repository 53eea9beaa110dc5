/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-hub-client.h"
#include "data/net/dinh-net-error.h"
#include "tests/data/net/fake-hub.h"
#include "tests/data/net/hub-fixture.h"

#include <string.h>

typedef struct {
  FakeHub *hub;
  DinhIdentity *identity;
  DinhHubClock *clock;
  DinhHubClient *client;
} Fixture;

static void
make_client (Fixture *fixture, const char *const *hubs)
{
  g_clear_object (&fixture->client);
  g_clear_object (&fixture->clock);
  g_clear_object (&fixture->identity);
  fixture->identity = fake_hub_make_identity (fixture->hub, hubs);
  fixture->clock = dinh_hub_clock_new (dinh_identity_get_record_key (fixture->identity), NULL);
  fixture->client = dinh_hub_client_new (fixture->identity, fixture->clock, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->hub = fake_hub_new ();
  make_client (fixture, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->client);
  g_object_unref (fixture->clock);
  g_object_unref (fixture->identity);
  fake_hub_free (fixture->hub);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static DinhAnswer *
ask_with (Fixture *fixture, const DinhRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dinh_hub_client_send_async (fixture->client, request, cancellable, on_answered, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return dinh_hub_client_send_finish (fixture->client, result, error);
}

static DinhAnswer *
ask (Fixture *fixture, const char *path, GError **error)
{
  DinhRequest request = { .path = path, .limit = 200000, .seconds = 1 };

  return ask_with (fixture, &request, NULL, error);
}

static void
test_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = ask (fixture, "/v1/streams", &error);

  g_assert_no_error (error);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (answer->body, NULL), (gssize) g_bytes_get_size (answer->body),
                                  fixture->hub->body));
}

static void
test_problems (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = fake_hub_add_meeting (fixture->hub, 0);
  g_autofree char *events = g_strdup_printf ("/v1/streams/%s/events?after=0", meeting);
  const struct {
    Mischief mischief;
    const char *path;
    int code;
    const char *problem;
  } cases[] = {
    { MISCHIEF_NONE, "/v1/nothing", DINH_NET_ERROR_PROBLEM, "no-route" },
    { MISCHIEF_UNAVAILABLE, "/v1/streams", DINH_NET_ERROR_UNREACHABLE, "hub-unavailable" },
    { MISCHIEF_SILENT, "/v1/streams", DINH_NET_ERROR_UNREACHABLE, NULL },
    { MISCHIEF_ENDLESS, events, DINH_NET_ERROR_TOO_LARGE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    fixture->hub->mischief = cases[i].mischief;
    g_assert_null (ask (fixture, cases[i].path, &error));
    g_assert_error (error, DINH_NET_ERROR, cases[i].code);
    g_assert_cmpstr (dinh_net_error_get_problem (error), ==, cases[i].problem);
  }
}

static gboolean
on_cancel_due (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) before = NULL, during = NULL;
  DinhRequest request = { .path = "/v1/streams" };

  fixture->hub->mischief = MISCHIEF_SILENT;
  g_idle_add (on_cancel_due, cancellable);
  g_assert_null (ask_with (fixture, &request, cancellable, &during));
  g_assert_error (during, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (ask_with (fixture, &request, cancellable, &before));
  g_assert_error (before, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A dead address costs one try, and only once. */
static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  const char *const hubs[] = { "https://127.0.0.1:1", fixture->hub->address, NULL };
  g_autoptr (GError) error = NULL;

  make_client (fixture, hubs);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (DinhAnswer) answer = ask (fixture, "/v1/streams", &error);
    g_assert_no_error (error);
  }
  fake_hub_hang_up (fixture->hub);
  g_assert_null (ask (fixture, "/v1/streams", &error));
  g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE);
}

static gboolean
take_time (Fixture *fixture, GError **error)
{
  g_autofree char *nonce = dinh_hub_clock_make_nonce ();
  g_autofree char *path = g_strconcat ("/v1/time?nonce=", nonce, NULL);
  gint64 asked = g_get_monotonic_time ();
  g_autoptr (DinhAnswer) answer = ask (fixture, path, error);

  return answer != NULL && dinh_hub_clock_take (fixture->clock, nonce, asked, answer->body, error);
}

/* Dates alone do not lock a device out whose clock may be wrong; by the hub's own time they count. */
static void
test_dates (Fixture *fixture, gconstpointer data)
{
  static const struct {
    int from, until;
    gboolean good;
  } cases[] = { { -10, 10, TRUE }, { -20, -10, FALSE }, { 10, 20, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GTlsCertificate) certificate = fake_hub_make_certificate (fixture->hub, cases[i].from, cases[i].until);
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhAnswer) answer = NULL;

    fake_hub_hang_up (fixture->hub);
    fake_hub_serve (fixture->hub, certificate);
    make_client (fixture, NULL);
    g_assert_true (take_time (fixture, &error));
    g_assert_no_error (error);
    answer = ask (fixture, "/v1/streams", &error);
    if (cases[i].good)
      g_assert_no_error (error);
    else
      g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE);
  }
}

/* Another authority's certificate is no hub's, and nothing is asked there. */
static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  FakeHub *stranger = fake_hub_new ();
  const char *const hubs[] = { stranger->address, NULL };
  g_autoptr (GError) error = NULL;

  make_client (fixture, hubs);
  g_assert_null (ask (fixture, "/v1/streams", &error));
  g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE);
  g_assert_cmpuint (stranger->n_requests, ==, 0);
  fake_hub_free (stranger);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "answers", test_answers },     { "problems", test_problems }, { "cancelled", test_cancelled },
    { "addresses", test_addresses }, { "dates", test_dates },       { "stranger", test_stranger },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/net/hub-client/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
