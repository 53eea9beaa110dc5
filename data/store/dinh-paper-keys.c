/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-paper-keys.h"

G_DEFINE_INTERFACE (DinhPaperKeys, dinh_paper_keys, G_TYPE_OBJECT)

static void
dinh_paper_keys_default_init (DinhPaperKeysInterface *iface)
{
}

/**
 * dinh_paper_keys_get_name:
 *
 * Returns: (transfer full): what the file of @paper is called here, 64 hexadecimal digits that tell nothing.
 * Asks no disk.
 */
char *
dinh_paper_keys_get_name (DinhPaperKeys *self, const DinhHash *paper)
{
  return DINH_PAPER_KEYS_GET_IFACE (self)->get_name (self, paper);
}

/**
 * dinh_paper_keys_expect:
 *
 * Says that the key of @paper will be wanted, so that those of many papers can be made durable at one stroke.
 * Asks no disk.
 */
void
dinh_paper_keys_expect (DinhPaperKeys *self, const DinhHash *paper, guint64 size)
{
  DINH_PAPER_KEYS_GET_IFACE (self)->expect (self, paper, size);
}

/**
 * dinh_paper_keys_find:
 * @name: of the paper's file
 * @key: (out caller-allocates): to be cleared
 *
 * Returns: %FALSE with %DINH_STORE_ERROR_NO_KEY if nobody may open that file here, or another
 * #DinhStoreError.
 */
gboolean
dinh_paper_keys_find (DinhPaperKeys *self, const char *name, DinhPaperKey *key, GError **error)
{
  return DINH_PAPER_KEYS_GET_IFACE (self)->find (self, name, key, error);
}

/**
 * dinh_paper_keys_make:
 * @key: (out caller-allocates): to be cleared
 *
 * Gives the key of a paper that is to be written here, one that there is or a new one, durably. Returns:
 * %FALSE with a #DinhStoreError.
 */
gboolean
dinh_paper_keys_make (
    DinhPaperKeys *self, const DinhHash *paper, guint64 size, DinhPaperKey *key, GError **error)
{
  return DINH_PAPER_KEYS_GET_IFACE (self)->make (self, paper, size, key, error);
}

/**
 * dinh_paper_keys_forget:
 *
 * Deletes a key for good: when this returns %TRUE, no file here holds it any more. That there is none is no
 * error. Returns: %FALSE with a #DinhStoreError; then it is to be tried again.
 */
gboolean
dinh_paper_keys_forget (DinhPaperKeys *self, const char *name, GError **error)
{
  return DINH_PAPER_KEYS_GET_IFACE (self)->forget (self, name, error);
}

/**
 * dinh_paper_keys_list:
 *
 * Returns: (transfer full) (element-type utf8 DinhPaperKey): all keys that are here by the names of their
 * files; or %NULL with a #DinhStoreError.
 */
GHashTable *
dinh_paper_keys_list (DinhPaperKeys *self, GError **error)
{
  return DINH_PAPER_KEYS_GET_IFACE (self)->list (self, error);
}
