/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/trust/dinh-enrolment-code.h"

#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-trust-error.h"

#include <string.h>

#define FINGERPRINT "00443214c74254b635cf84653a56d7c675be77df00112233445566778899aabb"
#define OTHER "10443214c74254b635cf84653a56d7c675be77df00112233445566778899aabb"

static void
test_form (void)
{
  g_autofree char *code = dinh_enrolment_code_new (FINGERPRINT);
  g_autofree char *again = dinh_enrolment_code_new (FINGERPRINT);
  g_autofree char *printed = dinh_enrolment_code_print (code);
  g_autofree char *begun = dinh_enrolment_code_print ("ABCDE");

  g_assert_cmpuint (strlen (code), ==, DINH_ENROLMENT_CODE_LENGTH);
  g_assert_cmpuint (strspn (code, DINH_ENROLMENT_CODE_ALPHABET), ==, DINH_ENROLMENT_CODE_LENGTH);
  g_assert_cmpuint (strlen (printed), ==, 24 + 5);
  for (guint i = 4; i < strlen (printed); i += 5)
    g_assert_cmpint (printed[i], ==, '-');
  g_assert_cmpstr (begun, ==, "ABCD-E");
  /* 00443214c7… in groups of five bits is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10… */
  g_assert_cmpstr (code + 10, ==, "0123456789ABCD");
  g_assert_true (strncmp (code, again, 10) != 0);
}

static void
test_typed (void)
{
  static const char *const typed[] = {
      "ABCD-EFGH-JKMN-PQRS-TVWX-0101",
      "abcdefghjkmnpqrstvwx0101",
      " abcd efgh--jkmn pqrs tvwx oioL",
      "ABCD-EFGH-JKMN-PQRS-TVWX-OlO1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (typed); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *code = dinh_enrolment_code_parse (typed[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (code, ==, "ABCDEFGHJKMNPQRSTVWX0101");
  }
}

static void
test_mistyped (void)
{
  static const char *const typed[] = {
      "",
      "-",
      "ABCD",
      "ABCDEFGHJKMNPQRSTVWX010",
      "ABCDEFGHJKMNPQRSTVWX01011",
      "ABCDEFGHJKMNPQRSTVWU0101",
      "ABCDEFGHJKMNPQRSTVW\xc4\x90"
      "0101",
      "ABCD.EFGH-JKMN-PQRS-TVWX-0101",
  };

  for (guint i = 0; i < G_N_ELEMENTS (typed); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_enrolment_code_parse (typed[i], &error));
    g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED);
  }
}

static void
test_names (void)
{
  g_autofree char *code = dinh_enrolment_code_new (FINGERPRINT);

  g_assert_true (dinh_enrolment_code_names (code, FINGERPRINT));
  g_assert_false (dinh_enrolment_code_names (code, OTHER));
  code[23] = code[23] == 'X' ? 'Y' : 'X';
  g_assert_false (dinh_enrolment_code_names (code, FINGERPRINT));
}

/* A request names the signing key, the authority repeats it, and nothing else of what a request asks for. */
static void
test_signer (void)
{
  g_autofree char *dir = g_dir_make_tmp ("dinh-code-XXXXXX", NULL);
  g_autoptr (DinhKey) signer = dinh_key_new ();
  g_autofree char *tls_key = NULL, *plain_key = NULL, *certificate = NULL, *named = NULL;
  g_autofree char *request = dinh_certificate_request_new ("kiosk", signer, &tls_key, NULL);
  g_autofree char *plain = dinh_certificate_request_new ("kiosk", NULL, &plain_key, NULL);
  g_autoptr (DinhRequestFacts) facts = dinh_certificate_request_read (request, strlen (request), NULL);
  g_autoptr (DinhRequestFacts) none = dinh_certificate_request_read (plain, strlen (plain), NULL);
  g_autoptr (DinhAuthority) authority = NULL;
  g_autoptr (GError) error = NULL;
  gint64 from, until;

  g_assert_cmpstr (facts->signer, ==, dinh_key_get_public (signer));
  g_assert_cmpuint (strlen (facts->fingerprint), ==, 64);
  g_assert_null (none->signer);
  g_assert_cmpstr (none->fingerprint, !=, facts->fingerprint);
  g_assert_true (dinh_authority_create (dir, "Dinh", NULL));
  authority = dinh_authority_load (dir, &error);
  g_assert_no_error (error);
  certificate = dinh_authority_sign_request (authority, request, "kiosk", &error);
  g_assert_no_error (error);
  named = dinh_certificate_dup_signer (certificate, strlen (certificate));
  g_assert_cmpstr (named, ==, dinh_key_get_public (signer));
  g_assert_true (dinh_certificate_get_life (certificate, strlen (certificate), &from, &until, NULL));
  g_assert_cmpint (from, <, g_get_real_time ());
  g_assert_cmpint (until - from, ==, 366 * G_TIME_SPAN_DAY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/enrolment-code/form", test_form);
  g_test_add_func ("/enrolment-code/typed", test_typed);
  g_test_add_func ("/enrolment-code/mistyped", test_mistyped);
  g_test_add_func ("/enrolment-code/names", test_names);
  g_test_add_func ("/enrolment-code/signer", test_signer);
  return g_test_run ();
}
