/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-audiences.h"

#include <gio/gio.h>
#include <string.h>

/*
 * Devices that hear the same streams listen to one channel of nchan, and a message goes to each channel whose
 * audience may hear it. With a list of channels for each subscriber nchan's workers served their subscribers one
 * after the other, depending on who had come first: twice the time.
 *
 * nginx and those who listen outlive a hub that falls, so the next hub has to know who they were: a line is
 * appended to a file for each new audience, CHANNEL STREAM,STREAM…, and for each device in it, CHANNEL @DEVICE. It
 * is not waited for, since nobody listens any more after the machine itself fell.
 */

/* Between being told the channel and listening to it nobody needs longer. */
#define SETTLED (60 * G_TIME_SPAN_SECOND)

#define PREFIX "audience:"
#define DEVICE '@'

typedef struct {
  char *channel;
  char *hears;
  GHashTable *streams; /* set of interned strings */
  GHashTable *devices; /* set: all who ever entered */
  gint64 entered;      /* monotonic time */
} Audience;

struct _DinhAudiences {
  char *path;
  GHashTable *by_hears;
  GHashTable *by_channel; /* owns */
  guint64 last;           /* number given to a channel */
  guint n_stale;          /* lines of the file that say what is over */
};

static void
audience_free (Audience *self)
{
  g_free (self->channel);
  g_free (self->hears);
  g_hash_table_unref (self->streams);
  g_hash_table_unref (self->devices);
  g_free (self);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, (GDestroyNotify) g_ref_string_release, NULL);
}

static Audience *
add (DinhAudiences *self, guint64 number, const char *hears)
{
  Audience *audience = g_new0 (Audience, 1);
  g_auto (GStrv) streams = g_strsplit (hears, ",", -1);

  audience->channel = g_strdup_printf (PREFIX "%" G_GUINT64_FORMAT, number);
  audience->hears = g_strdup (hears);
  audience->streams = new_set ();
  audience->devices = new_set ();
  for (char **stream = streams; *stream != NULL; stream++)
    g_hash_table_add (audience->streams, g_ref_string_new_intern (*stream));
  g_hash_table_replace (self->by_channel, audience->channel, audience);
  g_hash_table_replace (self->by_hears, audience->hears, audience);
  self->last = MAX (self->last, number);
  return audience;
}

static void
append (DinhAudiences *self, const char *channel, const char *mark, const char *rest)
{
  g_autofree char *line = g_strdup_printf ("%s %s%s\n", channel, mark, rest);
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autoptr (GFileOutputStream) stream = g_file_append_to (file, G_FILE_CREATE_PRIVATE, NULL, NULL);

  if (stream != NULL)
    g_output_stream_write_all (G_OUTPUT_STREAM (stream), line, strlen (line), NULL, NULL, NULL);
}

static void
print (const Audience *audience, GString *text)
{
  GHashTableIter iter;
  const char *device;

  g_string_append_printf (text, "%s %s\n", audience->channel, audience->hears);
  g_hash_table_iter_init (&iter, audience->devices);
  while (g_hash_table_iter_next (&iter, (gpointer *) &device, NULL))
    g_string_append_printf (text, "%s %c%s\n", audience->channel, DEVICE, device);
}

static void
rewrite (DinhAudiences *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  const Audience *audience;

  g_hash_table_iter_init (&iter, self->by_channel);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &audience))
    print (audience, text);
  if (g_file_set_contents_full (self->path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                NULL))
    self->n_stale = 0;
}

static void
load_line (DinhAudiences *self, const char *line)
{
  const char *rest = strchr (line, ' ');
  g_autofree char *channel = rest == NULL ? NULL : g_strndup (line, (gsize) (rest - line));
  Audience *audience = channel == NULL ? NULL : g_hash_table_lookup (self->by_channel, channel);

  if (channel == NULL || !g_str_has_prefix (channel, PREFIX))
    return;
  if (rest[1] != DEVICE)
    add (self, g_ascii_strtoull (channel + strlen (PREFIX), NULL, 10), rest + 1);
  else if (audience != NULL)
    g_hash_table_add (audience->devices, g_ref_string_new_intern (rest + 2));
}

static void
load (DinhAudiences *self)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (self->path, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    load_line (self, *line);
  /* The last line may have been cut off. */
  rewrite (self);
}

/**
 * dinh_audiences_new:
 * @path: where they are kept while nginx lives
 *
 * Returns: (transfer full): the audiences, with those of a hub before this one.
 */
DinhAudiences *
dinh_audiences_new (const char *path)
{
  DinhAudiences *self = g_new0 (DinhAudiences, 1);

  self->path = g_strdup (path);
  self->by_hears = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_channel =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) audience_free);
  load (self);
  return self;
}

/**
 * dinh_audiences_free:
 *
 * Frees them; the file stays.
 */
void
dinh_audiences_free (DinhAudiences *self)
{
  g_hash_table_unref (self->by_hears);
  g_hash_table_unref (self->by_channel);
  g_free (self->path);
  g_free (self);
}

/**
 * dinh_audiences_enter:
 * @device: its id
 * @hears: streams, with commas between them
 *
 * Returns: (transfer none): the channel that @device is to listen to.
 */
const char *
dinh_audiences_enter (DinhAudiences *self, const char *device, const char *hears)
{
  Audience *audience = g_hash_table_lookup (self->by_hears, hears);

  if (audience == NULL) {
    audience = add (self, self->last + 1, hears);
    append (self, audience->channel, "", hears);
  }
  if (g_hash_table_add (audience->devices, g_ref_string_new_intern (device)))
    append (self, audience->channel, (const char[]){DEVICE, '\0'}, device);
  audience->entered = g_get_monotonic_time ();
  return audience->channel;
}

/**
 * dinh_audiences_find:
 * @who: a stream, for those who hear it, or a device, for those that it may be among
 *
 * Returns: (transfer full) (element-type utf8): their channels.
 */
GPtrArray *
dinh_audiences_find (DinhAudiences *self, const char *who)
{
  GPtrArray *channels = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  const Audience *audience;

  g_hash_table_iter_init (&iter, self->by_channel);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &audience)) {
    if (g_hash_table_contains (audience->streams, who) || g_hash_table_contains (audience->devices, who))
      g_ptr_array_add (channels, g_strdup (audience->channel));
  }
  return channels;
}

/**
 * dinh_audiences_is_settled:
 *
 * Whether whoever was told to listen to @channel does by now, if ever.
 */
gboolean
dinh_audiences_is_settled (DinhAudiences *self, const char *channel)
{
  const Audience *audience = g_hash_table_lookup (self->by_channel, channel);

  return audience != NULL && g_get_monotonic_time () - audience->entered > SETTLED;
}

/**
 * dinh_audiences_forget:
 *
 * Nothing goes to @channel any more; who still listens to it has to be sent away. The same audience gets another
 * channel when it comes back.
 */
void
dinh_audiences_forget (DinhAudiences *self, const char *channel)
{
  const Audience *audience = g_hash_table_lookup (self->by_channel, channel);

  if (audience == NULL)
    return;
  g_hash_table_remove (self->by_hears, audience->hears);
  g_hash_table_remove (self->by_channel, channel);
  if (++self->n_stale > g_hash_table_size (self->by_channel))
    rewrite (self);
}
