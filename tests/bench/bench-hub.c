/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/bench-hub.h"

#include "data/record/dinh-command.h"

BenchHub *
bench_hub_new (const char *identity, GError **error)
{
  g_autoptr (BenchHub) self = g_new0 (BenchHub, 1);

  self->identity = dinh_identity_load (identity, error);
  if (self->identity == NULL)
    return NULL;
  self->clock = dinh_hub_clock_new (dinh_identity_get_record_key (self->identity), error);
  if (self->clock == NULL)
    return NULL;
  self->client = dinh_hub_client_new (self->identity, self->clock, error);
  return self->client == NULL ? NULL : g_steal_pointer (&self);
}

void
bench_hub_free (BenchHub *self)
{
  g_clear_object (&self->client);
  g_clear_object (&self->clock);
  g_clear_object (&self->identity);
  g_free (self);
}

/* Signs a command and sends it; takes @body. */
void
bench_hub_post (BenchHub *self,
                const char *stream,
                const char *kind,
                json_t *body,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhCommand) command =
      dinh_command_new (kind, stream, dinh_identity_get_device (self->identity), g_get_real_time (), owned,
                        dinh_identity_get_signing_key (self->identity));
  g_autofree char *text = dinh_command_print (command);

  dinh_hub_client_send_async (self->client,
                              &(DinhRequest){.method = "POST", .path = "/v1/commands", .body = text}, NULL,
                              callback, user_data);
}

json_t *
bench_hub_post_finish (GObject *source, GAsyncResult *result, GError **error)
{
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, error);

  return answer == NULL ? NULL
                        : dinh_json_parse (g_bytes_get_data (answer->body, NULL),
                                           g_bytes_get_size (answer->body), error);
}
