/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-device-keys.h"

#include "data/store/dinh-sqlite-store.h"

#include <stdio.h>
#include <string.h>

/*
 * The keys of papers that everybody at this device may read: values of its database, "paper/NAME" → "SHA256
 * SIZE KEY", sealed under the device's secret as every value is. It has a connection of its own, since
 * fetching and drawing threads must not wait for what the keeper's thread has to do.
 */
struct _DinhDeviceKeys {
  GObject parent_instance;

  char *path;
  DinhSeal *seal;
  GMutex lock;
  DinhStore *store;      /* under the lock; NULL until it is needed */
  GAsyncQueue *expected; /* of DinhPaperKey that say papers and sizes only */
};

#define PREFIX "paper/"
#define FORM "%64s %20s %64s"

static void dinh_device_keys_iface_init (DinhPaperKeysInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DinhDeviceKeys,
                               dinh_device_keys,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DINH_TYPE_PAPER_KEYS, dinh_device_keys_iface_init))

static char *
print_key (const DinhPaperKey *key)
{
  g_autofree char *paper = dinh_hash_to_hex (&key->paper);
  DinhHash bytes;
  char *text, *hex;

  memcpy (bytes.bytes, key->key, sizeof key->key);
  hex = dinh_hash_to_hex (&bytes);
  text = g_strdup_printf ("%s %" G_GUINT64_FORMAT " %s", paper, key->size, hex);
  explicit_bzero (&bytes, sizeof bytes);
  explicit_bzero (hex, strlen (hex));
  g_free (hex);
  return text;
}

/* Wipes @text, too. */
static gboolean
parse_key (char *text, DinhPaperKey *key)
{
  char paper[65], size[21], hex[65];
  DinhHash bytes;
  gboolean valid = sscanf (text, FORM, paper, size, hex) == 3 && dinh_hash_from_hex (paper, &key->paper) &&
                   dinh_hash_from_hex (hex, &bytes) &&
                   g_ascii_string_to_unsigned (size, 10, 0, G_MAXINT64, &key->size, NULL);

  if (valid)
    memcpy (key->key, bytes.bytes, sizeof key->key);
  explicit_bzero (text, strlen (text));
  explicit_bzero (hex, sizeof hex);
  explicit_bzero (&bytes, sizeof bytes);
  return valid;
}

/* To be called under the lock. */
static DinhStore *
get_store (DinhDeviceKeys *self, GError **error)
{
  if (self->store == NULL)
    self->store = dinh_sqlite_store_open_sealed (self->path, self->seal, error);
  return self->store;
}

static char *
device_keys_get_name (DinhPaperKeys *keys, const DinhHash *paper)
{
  return dinh_seal_name (DINH_DEVICE_KEYS (keys)->seal, paper);
}

/* @found: whether there is one; what cannot be read is none. To be called under the lock. */
static gboolean
look_up (DinhDeviceKeys *self, const char *name, DinhPaperKey *key, gboolean *found, GError **error)
{
  g_autofree char *value_name = g_strconcat (PREFIX, name, NULL);
  g_autofree char *text = NULL;
  DinhStore *store = get_store (self, error);

  if (store == NULL || !dinh_store_get_value (store, value_name, &text, error))
    return FALSE;
  *found = text != NULL && parse_key (text, key);
  return TRUE;
}

static gboolean
device_keys_find (DinhPaperKeys *keys, const char *name, DinhPaperKey *key, GError **error)
{
  DinhDeviceKeys *self = DINH_DEVICE_KEYS (keys);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean found;

  if (!look_up (self, name, key, &found, error))
    return FALSE;
  if (!found)
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY, "there is no key for “%s”", name);
  return found;
}

static void
device_keys_expect (DinhPaperKeys *keys, const DinhHash *paper, guint64 size)
{
  DinhPaperKey *wanted = g_new0 (DinhPaperKey, 1);

  wanted->paper = *paper;
  wanted->size = size;
  g_async_queue_push (DINH_DEVICE_KEYS (keys)->expected, wanted);
}

/* @key: says the paper and its size; is given what opens it, if that is @found. To be called under the lock.
 */
static gboolean
look_up_paper (DinhDeviceKeys *self, DinhPaperKey *key, gboolean *found, GError **error)
{
  g_autofree char *name = dinh_seal_name (self->seal, &key->paper);
  DinhPaperKey kept;

  if (!look_up (self, name, &kept, found, error))
    return FALSE;
  *found = *found && kept.size == key->size && dinh_hash_equal (&kept.paper, &key->paper);
  if (*found)
    *key = kept;
  return TRUE;
}

/* In a transaction, under the lock. @key: as above. */
static gboolean
make_key (DinhDeviceKeys *self, DinhPaperKey *key, GError **error)
{
  g_autofree char *name = dinh_seal_name (self->seal, &key->paper);
  g_autofree char *value_name = g_strconcat (PREFIX, name, NULL);
  gboolean found, put;
  char *text;

  if (!look_up_paper (self, key, &found, error))
    return FALSE;
  if (found)
    return TRUE;
  dinh_paper_key_init (key, &key->paper, key->size);
  text = print_key (key);
  put = dinh_store_put_value (self->store, value_name, text, error);
  explicit_bzero (text, strlen (text));
  g_free (text);
  return put;
}

static gboolean
make_expected (DinhDeviceKeys *self, GError **error)
{
  gboolean made = TRUE;

  while (made) {
    g_autofree DinhPaperKey *wanted = g_async_queue_try_pop (self->expected);

    if (wanted == NULL)
      break;
    made = make_key (self, wanted, error);
    dinh_paper_key_clear (wanted);
  }
  return made;
}

static gboolean
device_keys_make (DinhPaperKeys *keys, const DinhHash *paper, guint64 size, DinhPaperKey *key, GError **error)
{
  DinhDeviceKeys *self = DINH_DEVICE_KEYS (keys);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  DinhStore *store = get_store (self, error);
  gboolean found;

  *key = (DinhPaperKey){.paper = *paper, .size = size};
  if (store == NULL || !look_up_paper (self, key, &found, error))
    return FALSE;
  if (found)
    return TRUE;
  if (!dinh_store_begin (store, error))
    return FALSE;
  if (make_key (self, key, error) && make_expected (self, error))
    return dinh_store_commit (store, error);
  dinh_store_rollback (store);
  return FALSE;
}

static gboolean
device_keys_forget (DinhPaperKeys *keys, const char *name, GError **error)
{
  DinhDeviceKeys *self = DINH_DEVICE_KEYS (keys);
  g_autofree char *value_name = g_strconcat (PREFIX, name, NULL);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  DinhStore *store = get_store (self, error);

  if (store == NULL || !dinh_store_begin (store, error))
    return FALSE;
  if (dinh_store_put_value (store, value_name, NULL, error))
    return dinh_store_commit (store, error) && dinh_store_scrub (store, error);
  dinh_store_rollback (store);
  return FALSE;
}

static void
free_key (gpointer key)
{
  dinh_paper_key_clear (key);
  g_free (key);
}

static GHashTable *
device_keys_list (DinhPaperKeys *keys, GError **error)
{
  DinhDeviceKeys *self = DINH_DEVICE_KEYS (keys);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  DinhStore *store = get_store (self, error);
  g_autoptr (GHashTable) values = store == NULL ? NULL : dinh_store_list_values (store, PREFIX, error);
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_key);
  GHashTableIter iter;
  char *name, *text;

  if (values == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, values);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &text)) {
    g_autofree DinhPaperKey *key = g_new0 (DinhPaperKey, 1);

    if (parse_key (text, key))
      g_hash_table_insert (found, g_strdup (name + strlen (PREFIX)), g_steal_pointer (&key));
  }
  return g_steal_pointer (&found);
}

static void
dinh_device_keys_iface_init (DinhPaperKeysInterface *iface)
{
  iface->get_name = device_keys_get_name;
  iface->expect = device_keys_expect;
  iface->find = device_keys_find;
  iface->make = device_keys_make;
  iface->forget = device_keys_forget;
  iface->list = device_keys_list;
}

static void
dinh_device_keys_finalize (GObject *object)
{
  DinhDeviceKeys *self = DINH_DEVICE_KEYS (object);

  g_clear_object (&self->store);
  g_async_queue_unref (self->expected);
  g_clear_pointer (&self->seal, dinh_seal_unref);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  G_OBJECT_CLASS (dinh_device_keys_parent_class)->finalize (object);
}

static void
dinh_device_keys_class_init (DinhDeviceKeysClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_device_keys_finalize;
}

static void
dinh_device_keys_init (DinhDeviceKeys *self)
{
  g_mutex_init (&self->lock);
  self->expected = g_async_queue_new_full (g_free);
}

/**
 * dinh_device_keys_new:
 * @path: the device's database, opened when the first key is asked for
 * @seal: what seals under the device's secret
 *
 * Returns: (transfer full): the keys.
 */
DinhPaperKeys *
dinh_device_keys_new (const char *path, DinhSeal *seal)
{
  DinhDeviceKeys *self = g_object_new (DINH_TYPE_DEVICE_KEYS, NULL);

  self->path = g_strdup (path);
  self->seal = dinh_seal_ref (seal);
  return DINH_PAPER_KEYS (self);
}
