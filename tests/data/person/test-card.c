/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-card.h"
#include "tests/data/person/card-fixture.h"
#include "tests/data/person/lying-token.h"
#include "tests/data/person/person-fixture.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <gnutls/pkcs11.h>
#include <string.h>
#include <unistd.h>

/*
 * A token of SoftHSM2, behind a module that does what real cards do. Its folder, SoftHSM2's configuration and
 * p11-kit's are this test's own; the machine's modules are not loaded.
 */

#define PIN "246813"
#define SO_PIN "87654321"
#define LABEL "Thẻ Nguyễn Văn A"

static char *folder;
static char *authorities;
static TokenControl *control;

static char *
file (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = file (name);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
run_program (const char *const *arguments)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  process = g_subprocess_newv (arguments, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
}

static void
make_configuration (void)
{
  g_autofree char *tokens = file ("tokens");
  g_autofree char *softhsm = g_strdup_printf ("directories.tokendir = %s\nlog.level = ERROR\n", tokens);
  g_autofree char *softhsm_path = file ("softhsm2.conf");
  g_autofree char *module = g_strdup_printf ("module: %s\n", g_getenv ("DINH_LYING_TOKEN"));

  g_assert_cmpint (g_mkdir (tokens, 0700), ==, 0);
  write_file ("softhsm2.conf", softhsm);
  write_file ("pkcs11/pkcs11.conf", "user-config: only\n");
  write_file ("pkcs11/modules/lying.module", module);
  g_setenv ("SOFTHSM2_CONF", softhsm_path, TRUE);
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
}

static void
make_token (void)
{
  const char *const arguments[] = {"softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN,
                                   "--so-pin",      SO_PIN,         NULL};

  run_program (arguments);
}

static void
put_key (const Issued *who, const char *id, const char *label)
{
  g_autofree char *pem = issued_key_pem (who);
  g_autofree char *path = file ("key.pem");
  const char *const arguments[] = {"softhsm2-util", "--import", path, "--token", LABEL, "--label",
                                   label,           "--id",     id,   "--pin",   PIN,   NULL};

  write_file ("key.pem", pem);
  run_program (arguments);
  g_unlink (path);
}

static int
give_pin (void *data, int attempt, const char *url, const char *label, unsigned flags, char *pin, size_t size)
{
  g_strlcpy (pin, PIN, size);
  return 0;
}

/* As cards do whose signatures count in law. */
static void
put_key_that_asks_each_time (const Issued *who, guint8 id)
{
  gnutls_datum_t id_datum = {&id, 1};

  gnutls_pkcs11_set_pin_function (give_pin, NULL);
  g_assert_cmpint (gnutls_pkcs11_copy_x509_privkey2 (
                       "pkcs11:manufacturer=SoftHSM%20project", who->key, "a key", &id_datum, SIGNER,
                       GNUTLS_PKCS11_OBJ_FLAG_LOGIN | GNUTLS_PKCS11_OBJ_FLAG_MARK_PRIVATE |
                           GNUTLS_PKCS11_OBJ_FLAG_MARK_SENSITIVE | GNUTLS_PKCS11_OBJ_FLAG_MARK_ALWAYS_AUTH),
                   ==, 0);
  gnutls_pkcs11_set_pin_function (NULL, NULL);
}

static void
put_certificate (const Issued *who, guint8 id, const char *label)
{
  gnutls_datum_t id_datum = {&id, 1};

  gnutls_pkcs11_set_pin_function (give_pin, NULL);
  g_assert_cmpint (gnutls_pkcs11_copy_x509_crt2 (
                       "pkcs11:manufacturer=SoftHSM%20project", who->certificate, label, &id_datum,
                       GNUTLS_PKCS11_OBJ_FLAG_LOGIN | GNUTLS_PKCS11_OBJ_FLAG_MARK_NOT_PRIVATE),
                   ==, 0);
  gnutls_pkcs11_set_pin_function (NULL, NULL);
}

/* Persons' keys of each kind, who issued them, and what is not for signing. */
static void
fill_token (void)
{
  static const Request requests[] = {
      {"Nguyễn Văn A", KEY_RSA, SIGNER, FALSE, -100, 100},
      {"Trần Thị B", KEY_P256, SIGNER, FALSE, -100, 100},
      {"Lê Văn C", KEY_P384, SIGNER, FALSE, -100, 100},
      {"Phạm Thị D", KEY_P256, SIGNER, FALSE, -100, 100}, /* asks for the PIN with each signature */
      {"Mã hóa", KEY_P256, GNUTLS_KEY_KEY_ENCIPHERMENT, FALSE, -100, 100},
  };
  static const Request root_request = {"CA chuyên dùng", KEY_P256, AUTHORITY, TRUE, -3650, 3650};
  static const Request middle_request = {"CA cấp dưới", KEY_P256, AUTHORITY, TRUE, -1000, 1000};
  g_autoptr (Issued) root = issue (&root_request, NULL);
  g_autoptr (Issued) middle = issue (&middle_request, root);

  authorities = issued_pem (root);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (Issued) person = issue (&requests[i], middle);
    g_autofree char *id = g_strdup_printf ("%02x", i + 1);

    if (g_str_has_prefix (requests[i].name, "Phạm"))
      put_key_that_asks_each_time (person, (guint8) (i + 1));
    else
      put_key (person, id, "a key");
    put_certificate (person, (guint8) (i + 1), "a certificate");
  }
  put_certificate (middle, 0x10, "CA");
  put_certificate (root, 0x11, "CA");
}

/* p11-kit skips a user's configuration for root; for him the module is named. Either way no other is loaded.
 */
static void
load_module (void)
{
  if (getuid () != 0)
    g_assert_cmpint (gnutls_pkcs11_init (GNUTLS_PKCS11_FLAG_AUTO, NULL), ==, 0);
  else
    g_assert_cmpint (gnutls_pkcs11_init (GNUTLS_PKCS11_FLAG_MANUAL, NULL) |
                         gnutls_pkcs11_add_provider (g_getenv ("DINH_LYING_TOKEN"), NULL),
                     ==, 0);
}

static void
find_control (void)
{
  void *module = dlopen (g_getenv ("DINH_LYING_TOKEN"), RTLD_NOW | RTLD_NOLOAD);

  g_assert_nonnull (module);
  control = dlsym (module, "lying_token_control");
  g_assert_nonnull (control);
}

static GPtrArray *
list (GError **error)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  dinh_card_list_async (NULL, take_result, &pending);
  result = wait_for (&pending);
  return dinh_card_list_finish (result, error);
}

static DinhCard *
find_card (const char *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cards = list (&error);

  g_assert_no_error (error);
  for (guint i = 0; i < cards->len; i++) {
    const DinhCard *card = g_ptr_array_index (cards, i);

    if (g_str_equal (card->subject, subject))
      return dinh_card_copy (card);
  }
  g_assert_not_reached ();
}

static DinhCardProof *
sign (const DinhCard *card, const char *pin, GError **error)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  dinh_card_sign_async (card, pin, NONCE, HUB, NULL, take_result, &pending);
  result = wait_for (&pending);
  return dinh_card_sign_finish (result, error);
}

static void
assert_signs (const char *subject, const char *algorithm)
{
  g_autoptr (DinhCard) card = find_card (subject);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCardProof) proof = sign (card, PIN, &error);
  g_autoptr (DinhCardHolder) holder = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (proof->algorithm, ==, algorithm);
  g_assert_cmpuint (proof->chain->len, ==, 2);
  holder = dinh_card_proof_verify (proof, NONCE, HUB, authorities, NOW, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (holder->subject, ==, subject);
  g_assert_null (dinh_card_proof_verify (proof, "another", HUB, authorities, NOW, &error));
  g_assert_error (error, DINH_CARD_ERROR, DINH_CARD_ERROR_SIGNATURE);
}

static void
assert_refused (const DinhCard *card, const char *pin, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sign (card, pin, &error));
  g_assert_error (error, DINH_CARD_ERROR, code);
}

static void
reset (void)
{
  *control = (TokenControl){0};
}

static void
test_list (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) cards = list (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (cards->len, ==, 4);
  for (guint i = 0; i < cards->len; i++) {
    const DinhCard *card = g_ptr_array_index (cards, i);

    g_assert_cmpstr (card->token, ==, LABEL);
    g_assert_cmpint (card->pin_state, ==, DINH_CARD_PIN_GOOD);
    g_assert_false (card->has_pin_pad);
    g_assert_cmpint (card->not_before, ==, NOW - 100 * DAY);
    g_assert_cmpint (card->not_after, ==, NOW + 100 * DAY);
    g_assert_cmpuint (card->chain->len, ==, 2);
  }
  g_assert_cmpint (control->n_logins, ==, 0);
}

/* Each time with one login, and the PIN is wanted anew. */
static void
test_sign (void)
{
  assert_signs ("CN=Nguyễn Văn A", "rsa-pss-sha256");
  g_assert_cmpint (control->n_logins, ==, 1);
  assert_signs ("CN=Trần Thị B", "ecdsa-p256-sha256");
  assert_signs ("CN=Lê Văn C", "ecdsa-p384-sha384");
  g_assert_cmpint (control->n_logins, ==, 3);
  control->mode = TOKEN_NO_PSS;
  assert_signs ("CN=Nguyễn Văn A", "rsa-sha256");
}

/* A second question for the same signature is no second try. */
static void
test_sign_asking (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Phạm Thị D");

  assert_signs ("CN=Phạm Thị D", "ecdsa-p256-sha256");
  g_assert_cmpint (control->n_logins, ==, 1);
  g_assert_cmpint (control->n_context_logins, ==, 1);
  assert_refused (card, "111111", DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT);
  g_assert_cmpint (control->n_logins, ==, 2);
  g_assert_cmpint (control->n_context_logins, ==, 1);
}

/* After a right PIN the card must not stay open for a wrong one. */
static void
test_wrong_pin (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Trần Thị B");

  assert_signs ("CN=Trần Thị B", "ecdsa-p256-sha256");
  assert_refused (card, "111111", DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT);
  g_assert_cmpint (control->n_logins, ==, 2);
  assert_signs ("CN=Trần Thị B", "ecdsa-p256-sha256");
  g_assert_cmpint (control->n_wrong, ==, 0);
}

/* One try is one try; a locked card is not asked again. */
static void
test_locked_pin (void)
{
  static const DinhCardPinState states[] = {DINH_CARD_PIN_FEW_LEFT, DINH_CARD_PIN_FINAL_TRY,
                                            DINH_CARD_PIN_LOCKED};
  static const int codes[] = {DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT, DINH_CARD_ERROR_WRONG_PIN_FINAL_TRY,
                              DINH_CARD_ERROR_PIN_LOCKED};

  for (int i = 0; i < 3; i++) {
    g_autoptr (DinhCard) card = find_card ("CN=Lê Văn C");
    g_autoptr (DinhCard) after = NULL;

    assert_refused (card, "111111", codes[i]);
    g_assert_cmpint (control->n_logins, ==, i + 1);
    after = find_card ("CN=Lê Văn C");
    g_assert_cmpint (after->pin_state, ==, states[i]);
  }
  for (int i = 0; i < 2; i++) {
    g_autoptr (DinhCard) card = find_card ("CN=Lê Văn C");

    assert_refused (card, PIN, DINH_CARD_ERROR_PIN_LOCKED);
  }
  g_assert_cmpint (control->n_logins, ==, 3);
}

static void
test_removed (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Nguyễn Văn A");
  g_autoptr (GPtrArray) none = NULL;

  control->mode = TOKEN_REMOVED;
  assert_refused (card, PIN, DINH_CARD_ERROR_REMOVED);
  control->mode = TOKEN_GONE;
  assert_refused (card, PIN, DINH_CARD_ERROR_REMOVED);
  none = list (NULL);
  g_assert_cmpuint (none->len, ==, 0);
  control->mode = TOKEN_HONEST;
  assert_signs ("CN=Nguyễn Văn A", "rsa-pss-sha256");
}

static void
start_hanging (const DinhCard *card, GCancellable *cancellable, GAsyncResult **pending)
{
  __atomic_store_n (&control->mode, TOKEN_HANGS, __ATOMIC_SEQ_CST);
  dinh_card_sign_async (card, PIN, NONCE, HUB, cancellable, take_result, pending);
  while (__atomic_load_n (&control->n_signing, __ATOMIC_SEQ_CST) == 0)
    g_usleep (1000);
}

/* A card that hangs: cancelled at once, others are told, and when it comes back all is well. */
static void
test_hanging (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Trần Thị B");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  start_hanging (card, cancellable, &pending);
  g_cancellable_cancel (cancellable);
  result = wait_for (&pending);
  g_assert_null (dinh_card_sign_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (control->n_signing, ==, 1); /* it hangs still */

  g_assert_null (list (&error));
  g_assert_error (error, DINH_CARD_ERROR, DINH_CARD_ERROR_BUSY);
  assert_refused (card, PIN, DINH_CARD_ERROR_BUSY);

  __atomic_store_n (&control->mode, TOKEN_HONEST, __ATOMIC_SEQ_CST);
  for (;;) {
    g_autoptr (GPtrArray) cards = list (NULL);

    if (cards != NULL)
      break;
    g_usleep (1000);
  }
  assert_signs ("CN=Trần Thị B", "ecdsa-p256-sha256");
}

static void
test_cancelled_before (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Trần Thị B");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  dinh_card_sign_async (card, PIN, NONCE, HUB, cancellable, take_result, &pending);
  result = wait_for (&pending);
  g_assert_null (dinh_card_sign_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (;;) {
    g_autoptr (GPtrArray) cards = list (NULL);

    if (cards != NULL)
      break;
    g_usleep (1000);
  }
  g_assert_cmpint (control->n_logins, ==, 0);
}

static void
test_bad_requests (void)
{
  g_autoptr (DinhCard) card = find_card ("CN=Trần Thị B");
  g_autofree char *long_pin = g_strnfill (1000, '1');
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dinh_card_sign_async (card, PIN, "two\nlines", HUB, NULL, take_result, &pending);
  result = wait_for (&pending);
  g_assert_null (dinh_card_sign_finish (result, &error));
  g_assert_error (error, DINH_CARD_ERROR, DINH_CARD_ERROR_MALFORMED);
  g_assert_cmpint (control->n_logins, ==, 0);
  assert_refused (card, long_pin, DINH_CARD_ERROR_WRONG_PIN);
  g_assert_cmpint (control->n_logins, ==, 0);
}

static void
add (const char *path, void (*test) (void))
{
  g_test_add_vtable (path, 0, NULL, (GTestFixtureFunc) reset, (GTestFixtureFunc) test,
                     (GTestFixtureFunc) reset);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("dinh-card-XXXXXX", NULL);
  make_configuration ();
  make_token ();
  load_module ();
  find_control ();
  fill_token ();
  add ("/person/card/list", test_list);
  add ("/person/card/sign", test_sign);
  add ("/person/card/sign-asking", test_sign_asking);
  add ("/person/card/wrong-pin", test_wrong_pin);
  add ("/person/card/locked-pin", test_locked_pin);
  add ("/person/card/removed", test_removed);
  add ("/person/card/hanging", test_hanging);
  add ("/person/card/cancelled-before", test_cancelled_before);
  add ("/person/card/bad-requests", test_bad_requests);
  status = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  g_free (authorities);
  return status;
}
