/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-syslog.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#define DEVICE "00000000-0000-7000-8000-000000000101"
#define BOM "\xef\xbb\xbf"

/* A message taken apart by the grammar of RFC 5424 §6, from a datagram as it came. */
typedef struct {
  char *head[7]; /* priority with version, time, host, program, process, message's id */
  char *id;      /* of the structured data */
  GHashTable *parameters;
  char *text;
} Message;

static void
message_clear (Message *message)
{
  for (guint i = 0; i < G_N_ELEMENTS (message->head); i++)
    g_free (message->head[i]);
  g_free (message->id);
  g_hash_table_unref (message->parameters);
  g_free (message->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, message_clear)

static char *
take_until (const char **at, const char *ends)
{
  gsize length = strcspn (*at, ends);
  char *word = g_strndup (*at, length);

  *at += length;
  return word;
}

/* PARAM-VALUE: up to the first quote that is not escaped. */
static char *
take_value (const char **at)
{
  GString *value = g_string_new (NULL);

  g_assert_cmpint (*(*at)++, ==, '"');
  for (; **at != '"'; (*at)++) {
    g_assert_cmpint (**at, !=, '\0');
    g_assert_cmpint (**at, !=, ']');
    if (**at == '\\') {
      (*at)++;
      g_assert_nonnull (strchr ("\"\\]", **at));
    }
    g_string_append_c (value, **at);
  }
  (*at)++;
  return g_string_free (value, FALSE);
}

static Message
parse (const char *text)
{
  Message message = {.parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free)};
  const char *at = text;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
  for (guint i = 0; i < 6; i++) {
    message.head[i] = take_until (&at, " ");
    g_assert_cmpint (*at++, ==, ' ');
  }
  g_assert_cmpint (*at++, ==, '[');
  message.id = take_until (&at, " ]");
  while (*at == ' ') {
    char *name;

    at++;
    name = take_until (&at, "=");
    at++;
    g_assert_true (g_hash_table_insert (message.parameters, name, take_value (&at)));
  }
  g_assert_cmpint (*at++, ==, ']');
  g_assert_cmpint (*at++, ==, ' ');
  g_assert_true (g_str_has_prefix (at, BOM));
  message.text = g_strdup (at + strlen (BOM));
  return message;
}

static DinhEvent *
make_event (json_t *body)
{
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhCommand) command = dinh_command_new ("audit-record", DEVICE, DEVICE, 1, body, key);

  return dinh_event_new (DEVICE, 7, "audit-recorded", 1796000000123456, body, command, TRUE);
}

/* A body that knows the device by @name, as no rule would let it be called. */
static DinhState *
make_body (const char *name)
{
  DinhState *state = dinh_state_new (DEVICE);

  json_object_set_new (dinh_state_table (state, "devices"), DEVICE, json_pack ("{s:s}", "name", name));
  return state;
}

static const char *
get (const Message *message, const char *name)
{
  return g_hash_table_lookup (message->parameters, name);
}

static void
test_form (void)
{
  g_autoptr (DinhEvent) event =
      make_event (json_pack ("{s:s, s:s, s:s, s:s, s:i}", "action", "sign-in", "outcome", "refused", "device",
                             DEVICE, "reason", "wrong-pin", "count", 12));
  g_autoptr (DinhState) body = make_body ("Ghế 12 – Đại biểu");
  g_autofree char *text = dinh_syslog_format (event, body, "máy chủ.hong lam", "4711");
  g_auto (Message) message = parse (text);

  g_assert_cmpstr (message.head[0], ==, "<108>1");
  g_assert_cmpstr (message.head[1], ==, "2026-11-30T00:53:20.123Z");
  g_assert_cmpstr (message.head[2], ==, "mych.honglam");
  g_assert_cmpstr (message.head[3], ==, "dinh-hub");
  g_assert_cmpstr (message.head[4], ==, "4711");
  g_assert_cmpstr (message.head[5], ==, "sign-in");
  g_assert_cmpstr (message.id, ==, "dinh@32473");
  g_assert_cmpstr (get (&message, "deviceName"), ==, "Ghế 12 – Đại biểu");
  g_assert_cmpstr (get (&message, "reason"), ==, "wrong-pin");
  g_assert_cmpstr (get (&message, "count"), ==, "12");
  g_assert_cmpstr (get (&message, "seq"), ==, "7");
  g_assert_null (get (&message, "person"));
  g_assert_cmpstr (message.text, ==, "sign-in refused");
}

static void
test_hostile (void)
{
  static const struct {
    const char *name, *read;
  } cases[] = {
      {"a\"] b=\"c", "a\"] b=\"c"},
      {"\\\\\"]]", "\\\\\"]]"},
      {"x\n<0>1 - - - - - - root in\r\t", "x\xef\xbf\xbd<0>1 - - - - - - root in\xef\xbf\xbd\xef\xbf\xbd"},
      {"\x01\x7f\xc2\x85", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhEvent) event =
        make_event (json_pack ("{s:s, s:s, s:s, s:s}", "action", "access", "outcome", "done", "device",
                               DEVICE, "subject", cases[i].name));
    g_autoptr (DinhState) body = make_body (cases[i].name);
    g_autofree char *text = dinh_syslog_format (event, body, "", "1");
    g_auto (Message) message = parse (text);

    g_assert_cmpstr (message.head[0], ==, "<109>1");
    g_assert_cmpstr (message.head[2], ==, "-");
    g_assert_cmpstr (get (&message, "subject"), ==, cases[i].read);
    g_assert_cmpstr (get (&message, "deviceName"), ==, cases[i].read);
    g_assert_cmpuint (g_hash_table_size (message.parameters), ==, 6);
  }
}

/* Takes one datagram. */
static Message
receive (GSocket *socket)
{
  char bytes[4096];
  g_autoptr (GError) error = NULL;
  gssize length = g_socket_receive (socket, bytes, sizeof bytes - 1, NULL, &error);

  g_assert_no_error (error);
  bytes[length] = '\0';
  return parse (bytes);
}

static GSocket *
listen_at (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  return socket;
}

static void
test_udp (void)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0), bound = NULL;
  g_autoptr (GSocket) socket = listen_at (any);
  g_autoptr (DinhSyslog) syslog = NULL;
  g_autoptr (DinhEvent) event = make_event (json_pack ("{s:s, s:s}", "action", "sign-in", "outcome", "done"));
  g_autofree char *target = NULL;

  bound = g_socket_get_local_address (socket, NULL);
  target =
      g_strdup_printf ("udp:127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  syslog = dinh_syslog_new (target, NULL);
  for (guint i = 0; i < 3; i++) {
    g_auto (Message) message = {0};

    dinh_syslog_send (syslog, event, NULL);
    message = receive (socket);
    g_assert_cmpstr (message.text, ==, "sign-in done");
  }
}

/* The log is started anew while the hub runs; before that nobody is there, and nothing waits for it. */
static void
test_comes_and_goes (void)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-syslog-XXXXXX", NULL),
                  *path = g_build_filename (folder, "log", NULL);
  g_autofree char *target = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (DinhSyslog) syslog = dinh_syslog_new (target, NULL);
  g_autoptr (DinhEvent) event = make_event (json_pack ("{s:s, s:s}", "action", "sign-in", "outcome", "done"));

  for (guint i = 0; i < 10000; i++)
    dinh_syslog_send (syslog, event, NULL);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GSocket) socket = listen_at (address);
    g_auto (Message) message = {0};

    dinh_syslog_send (syslog, event, NULL);
    message = receive (socket);
    g_assert_cmpstr (message.text, ==, "sign-in done");
    g_unlink (path);
  }
  g_rmdir (folder);
}

static void
test_targets (void)
{
  static const char *const wrong[] = {
      "", "unix:", "udp:", "tcp:127.0.0.1:514", "/dev/log", "udp:127.0.0.1:none"};

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_syslog_new (wrong[i], &error));
    g_assert_nonnull (error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub/syslog/form", test_form);
  g_test_add_func ("/hub/syslog/hostile", test_hostile);
  g_test_add_func ("/hub/syslog/udp", test_udp);
  g_test_add_func ("/hub/syslog/comes-and-goes", test_comes_and_goes);
  g_test_add_func ("/hub/syslog/targets", test_targets);
  return g_test_run ();
}
