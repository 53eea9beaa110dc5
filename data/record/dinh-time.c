/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"

#include <sodium.h>
#include <string.h>

/* Times and the ids that sort by them. A time is microseconds since 1970 in UTC; its text has milliseconds. */

/* The last year that GLib can show is left out: it would be over elsewhere on the earth. */
#define END G_GINT64_CONSTANT (253370764800)

/**
 * dinh_time_format:
 *
 * Returns: (transfer full): e.g. "2026-11-24T01:00:00.000Z" (RFC 3339), cut to milliseconds.
 */
char *
dinh_time_format (gint64 microseconds)
{
  gint64 seconds = microseconds / G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *text = NULL;

  g_return_val_if_fail (time != NULL && microseconds >= 0, NULL);
  text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", text, (int) (microseconds % G_USEC_PER_SEC / 1000));
}

/* Whether @text begins as @pattern says, in which 0 is any digit; @text is then behind it. */
static gboolean
skip (const char **text, const char *pattern)
{
  const char *p = *text;

  for (; *pattern != '\0'; pattern++, p++) {
    if (*pattern == '0' ? !g_ascii_isdigit (*p) : *p != *pattern)
      return FALSE;
  }
  *text = p;
  return TRUE;
}

/* RFC 3339 §5.6; GLib takes weeks, days of the year, commas and short offsets too, which are other texts for the same. */
static gboolean
is_rfc3339 (const char *text)
{
  if (!skip (&text, "0000-00-00T00:00:00"))
    return FALSE;
  if (skip (&text, ".0")) {
    while (g_ascii_isdigit (*text))
      text++;
  }
  return (skip (&text, "Z") || skip (&text, "+00:00") || skip (&text, "-00:00")) && *text == '\0';
}

/**
 * dinh_time_parse:
 *
 * Reads an RFC 3339 time with an offset, from 1970 to 9998 in UTC. Returns: %FALSE for anything else.
 */
gboolean
dinh_time_parse (const char *text, gint64 *microseconds)
{
  g_autoptr (GDateTime) time = NULL;

  if (strlen (text) > 40 || !is_rfc3339 (text))
    return FALSE;
  time = g_date_time_new_from_iso8601 (text, NULL);
  if (time == NULL || g_date_time_to_unix (time) < 0 || g_date_time_to_unix (time) >= END)
    return FALSE;
  *microseconds = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

/**
 * dinh_uuid_new:
 *
 * Returns: (transfer full): a UUID of version 7 (RFC 9562 §5.7): milliseconds, then random bits.
 */
char *
dinh_uuid_new (void)
{
  guint64 milliseconds = (guint64) (g_get_real_time () / 1000);
  guint8 b[16];

  randombytes_buf (b, sizeof b);
  for (int i = 0; i < 6; i++)
    b[i] = (guint8) (milliseconds >> (40 - 8 * i));
  b[6] = 0x70 | (b[6] & 0x0f);
  b[8] = 0x80 | (b[8] & 0x3f);
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
                          b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/**
 * dinh_uuid_is_valid:
 *
 * Whether @text is a UUID in its one lower-case form.
 */
gboolean
dinh_uuid_is_valid (const char *text)
{
  return strlen (text) == 36 && strspn (text, "0123456789abcdef-") == 36 && g_uuid_string_is_valid (text);
}
