/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-stream-list.h"

#include "data/net/dinh-net-error.h"
#include "data/record/dinh-time.h"

/* The answer to `GET /v1/streams`. One that is wrong anywhere is worth nothing: it decides what people see. */

static void
listed_free (DinhListed *listed)
{
  g_free (listed->id);
  g_free (listed->kind);
  g_free (listed->note);
  g_clear_error (&listed->error);
  g_free (listed);
}

static gboolean
add_entry (GPtrArray *list, GHashTable *ids, const json_t *entry)
{
  const char *id = dinh_json_get_string (entry, "id");
  const char *kind = dinh_json_get_string (entry, "kind");
  const char *note = dinh_json_get_string (entry, "checkpoint");
  DinhListed *listed;

  if (id == NULL || kind == NULL || note == NULL || !dinh_uuid_is_valid (id) || !g_hash_table_add (ids, (gpointer) id))
    return FALSE;
  listed = g_new0 (DinhListed, 1);
  listed->id = g_strdup (id);
  listed->kind = g_strdup (kind);
  listed->note = g_strdup (note);
  g_ptr_array_add (list, listed);
  return TRUE;
}

/**
 * dinh_stream_list_parse:
 * @answer: at most %DINH_STREAM_LIST_LIMIT bytes
 *
 * Returns: (transfer full) (element-type DinhListed): what the hub listed, or %NULL with %DINH_NET_ERROR_PROTOCOL.
 */
GPtrArray *
dinh_stream_list_parse (GBytes *answer, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) listed_free);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  gsize length, index;
  const char *text = g_bytes_get_data (answer, &length);
  g_autoptr (DinhJson) json = json_loadb (text, length, JSON_REJECT_DUPLICATES, NULL);
  json_t *entries = json_object_get (json, "streams"), *entry;

  if (!json_is_array (entries)) {
    g_set_error_literal (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "no list of streams");
    return NULL;
  }
  json_array_foreach (entries, index, entry) {
    if (!add_entry (list, ids, entry)) {
      g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "stream %zu of the list is not one", index);
      return NULL;
    }
  }
  return g_steal_pointer (&list);
}

/**
 * dinh_stream_list_compare:
 * @list: (transfer full) (element-type DinhListed): from dinh_stream_list_parse()
 *
 * Work for the keeper: fills in how each stream stands. Returns: (transfer full): @list.
 */
gpointer
dinh_stream_list_compare (DinhReplica *replica, gpointer list, GError **error)
{
  GPtrArray *entries = list;

  for (guint i = 0; i < entries->len; i++) {
    DinhListed *listed = g_ptr_array_index (entries, i);
    guint64 size;

    dinh_replica_compare (replica, listed->id, listed->note, NULL, listed->at_least, &listed->standing, &size,
                          &listed->error);
  }
  return list;
}
