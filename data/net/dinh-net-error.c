/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-net-error.h"

#define TYPE_PREFIX "urn:dinh:problem:"

/* What a GError of this domain carries besides its message. */
typedef struct {
  guint status; /* of HTTP; 0: there was none */
  char *problem;
  char *detail;
} DinhNetErrorPrivate;

static void
dinh_net_error_private_init (DinhNetErrorPrivate *self)
{
}

static void
dinh_net_error_private_copy (const DinhNetErrorPrivate *self, DinhNetErrorPrivate *copy)
{
  copy->status = self->status;
  copy->problem = g_strdup (self->problem);
  copy->detail = g_strdup (self->detail);
}

static void
dinh_net_error_private_clear (DinhNetErrorPrivate *self)
{
  g_free (self->problem);
  g_free (self->detail);
}

G_DEFINE_EXTENDED_ERROR (DinhNetError, dinh_net_error)

/**
 * dinh_net_error_new_problem:
 * @type: (nullable): of the problem document, "urn:dinh:problem:NAME"
 * @detail: (nullable): what it says
 *
 * Returns: (transfer full): %DINH_NET_ERROR_PROBLEM (RFC 9457) with what the hub said.
 */
GError *
dinh_net_error_new_problem (guint status, const char *type, const char *detail)
{
  GError *error = g_error_new (DINH_NET_ERROR, DINH_NET_ERROR_PROBLEM, "the hub answered %u: %s", status,
                               detail == NULL ? "no reason given" : detail);
  DinhNetErrorPrivate *private = dinh_net_error_get_private (error);

  private->status = status;
  private->detail = g_strdup (detail);
  if (type != NULL)
    private->problem = g_strdup (g_str_has_prefix (type, TYPE_PREFIX) ? type + strlen (TYPE_PREFIX) : type);
  return error;
}

/**
 * dinh_net_error_get_problem:
 *
 * Returns: (transfer none) (nullable): the stable name of the problem, "wrong-state", without its prefix.
 */
const char *
dinh_net_error_get_problem (const GError *error)
{
  return error == NULL || error->domain != DINH_NET_ERROR ? NULL : dinh_net_error_get_private (error)->problem;
}

/**
 * dinh_net_error_get_status:
 *
 * Returns: the HTTP status that the hub refused with, 0 if it is another kind of error.
 */
guint
dinh_net_error_get_status (const GError *error)
{
  return error == NULL || error->domain != DINH_NET_ERROR ? 0 : dinh_net_error_get_private (error)->status;
}

/**
 * dinh_net_error_get_detail:
 *
 * Returns: (transfer none) (nullable): what the problem document says, in the hub's words.
 */
const char *
dinh_net_error_get_detail (const GError *error)
{
  return error == NULL || error->domain != DINH_NET_ERROR ? NULL : dinh_net_error_get_private (error)->detail;
}
