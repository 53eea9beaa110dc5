/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-authority.h"

#include "data/trust/dinh-pem.h"

#include <gio/gio.h>
#include <openssl/ec.h>
#include <string.h>

#define AUTHORITY_DAYS (20 * 365 + 5)
#define SERVER_DAYS (2 * 365)
#define CLIENT_DAYS 365

/* A kiosk's clock may be behind: a certificate holds from a day before it was made. */
#define DAYS_BEFORE 1

struct _DinhAuthority {
  EVP_PKEY *key;
  X509 *certificate;
  char *pem;
};

typedef struct {
  int nid;
  const char *value;
} Extension;

/* What a certificate says besides the name and the key; the list of extensions ends with a zero. */
typedef struct {
  int days;
  Extension extensions[6];
} Kind;

static const Kind authority_kind = {
    AUTHORITY_DAYS,
    {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
     {NID_key_usage, "critical,keyCertSign,cRLSign"},
     {NID_subject_key_identifier, "hash"}},
};

static const Kind server_kind = {
    SERVER_DAYS,
    {{NID_basic_constraints, "critical,CA:FALSE"},
     {NID_key_usage, "critical,digitalSignature"},
     {NID_ext_key_usage, "serverAuth"},
     {NID_subject_key_identifier, "hash"},
     {NID_authority_key_identifier, "keyid:always"}},
};

static const Kind client_kind = {
    CLIENT_DAYS,
    {{NID_basic_constraints, "critical,CA:FALSE"},
     {NID_key_usage, "critical,digitalSignature"},
     {NID_ext_key_usage, "clientAuth"},
     {NID_subject_key_identifier, "hash"},
     {NID_authority_key_identifier, "keyid:always"}},
};

static gboolean
set_serial (X509 *certificate)
{
  g_autoptr (BIGNUM) number = BN_new ();

  return number != NULL && BN_rand (number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate)) != NULL;
}

static gboolean
add_extensions (X509 *certificate, X509 *issuer, const Kind *kind, GENERAL_NAMES *addresses)
{
  X509V3_CTX context;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  for (const Extension *extension = kind->extensions; extension->nid != 0; extension++) {
    g_autoptr (X509_EXTENSION) made = X509V3_EXT_nconf_nid (NULL, &context, extension->nid, extension->value);

    if (made == NULL || X509_add_ext (certificate, made, -1) != 1)
      return FALSE;
  }
  return addresses == NULL || X509_add1_ext_i2d (certificate, NID_subject_alt_name, addresses, 0, 0) == 1;
}

/* Makes a certificate of @kind for @key, signed with @issuer_key; @issuer is NULL for one that signs itself.
 */
static X509 *
make_certificate (const Kind *kind,
                  const char *common_name,
                  EVP_PKEY *key,
                  X509 *issuer,
                  EVP_PKEY *issuer_key,
                  GENERAL_NAMES *addresses,
                  GError **error)
{
  g_autoptr (X509) certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);

  if (X509_set_version (certificate, X509_VERSION_3) != 1 || !set_serial (certificate) ||
      X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const guchar *) common_name, -1, -1,
                                  0) != 1 ||
      X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : name) != 1 ||
      X509_time_adj_ex (X509_getm_notBefore (certificate), -DAYS_BEFORE, 0, NULL) == NULL ||
      X509_time_adj_ex (X509_getm_notAfter (certificate), kind->days, 0, NULL) == NULL ||
      X509_set_pubkey (certificate, key) != 1 ||
      !add_extensions (certificate, issuer != NULL ? issuer : certificate, kind, addresses) ||
      X509_sign (certificate, issuer_key, EVP_sha256 ()) <= 0) {
    g_autofree char *message = g_strdup_printf ("no certificate for '%s'", common_name);

    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, message);
    return NULL;
  }
  return g_steal_pointer (&certificate);
}

/* The key goes first: a certificate on disk means that its key is there too. */
static gboolean
save_pair (const char *dir, const char *name, EVP_PKEY *key, X509 *certificate, GError **error)
{
  g_autofree char *key_path = g_strdup_printf ("%s/%s.key", dir, name);
  g_autofree char *certificate_path = g_strdup_printf ("%s/%s.crt", dir, name);
  g_autofree char *key_pem = dinh_pem_from_key (key);
  g_autofree char *certificate_pem = dinh_pem_from_certificate (certificate);
  gboolean saved = g_mkdir_with_parents (dir, 0700) == 0;

  if (!saved)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "folder '%s': %s", dir,
                 g_strerror (errno));
  saved = saved && dinh_pem_save (key_path, key_pem, 0600, error) &&
          dinh_pem_save (certificate_path, certificate_pem, 0644, error);
  OPENSSL_cleanse (key_pem, strlen (key_pem));
  return saved;
}

/**
 * dinh_authority_create:
 *
 * Makes a certificate authority called @name, 1 to 64 characters: @dir/ca.key (mode 0600) and @dir/ca.crt,
 * EC P-256, twenty years, only for certificates directly below it. EXISTS if @dir has one: a province that
 * loses its authority has to enrol every kiosk anew. Blocks on the disk.
 */
gboolean
dinh_authority_create (const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "ca.crt", NULL);
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (X509) certificate = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_EXISTS, "'%s' exists", path);
    return FALSE;
  }
  key = EVP_EC_gen ("P-256");
  if (key == NULL) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, "no key");
    return FALSE;
  }
  certificate = make_certificate (&authority_kind, name, key, NULL, key, NULL, error);
  return certificate != NULL && save_pair (dir, "ca", key, certificate, error);
}

/**
 * dinh_authority_load:
 *
 * Loads the authority in @dir. MISMATCH if key and certificate do not belong together or the certificate may
 * not sign others. The result may be used from several threads at once; free it with dinh_authority_free ().
 */
DinhAuthority *
dinh_authority_load (const char *dir, GError **error)
{
  g_autofree char *key_path = g_build_filename (dir, "ca.key", NULL);
  g_autofree char *certificate_path = g_build_filename (dir, "ca.crt", NULL);
  g_autoptr (DinhAuthority) self = g_new0 (DinhAuthority, 1);

  self->certificate = dinh_pem_load_certificate (certificate_path, error);
  if (self->certificate == NULL)
    return NULL;
  self->key = dinh_pem_load_key (key_path, error);
  if (self->key == NULL)
    return NULL;
  if (X509_check_ca (self->certificate) != 1 || X509_check_private_key (self->certificate, self->key) != 1) {
    g_autofree char *message = g_strdup_printf ("'%s' is no authority of '%s'", certificate_path, key_path);

    dinh_pem_set_error (error, DINH_TRUST_ERROR_MISMATCH, message);
    return NULL;
  }
  self->pem = dinh_pem_from_certificate (self->certificate);
  return g_steal_pointer (&self);
}

/**
 * dinh_authority_free:
 *
 * Frees @self.
 */
void
dinh_authority_free (DinhAuthority *self)
{
  EVP_PKEY_free (self->key);
  X509_free (self->certificate);
  g_free (self->pem);
  g_free (self);
}

/**
 * dinh_authority_get_certificate:
 *
 * Returns the authority's own certificate as PEM text, owned by @self: what a kiosk pins.
 */
const char *
dinh_authority_get_certificate (DinhAuthority *self)
{
  return self->pem;
}

static GENERAL_NAME *
make_address (const char *address, GError **error)
{
  gboolean ip = g_hostname_is_ip_address (address) && strchr (address, '%') == NULL;
  g_autofree char *ascii = ip ? g_strdup (address) : g_hostname_to_ascii (address);
  GENERAL_NAME *name = NULL;

  /* X.509 would take anything as a DNS name. */
  if (ip ||
      (ascii != NULL && *ascii != '\0' && strlen (ascii) <= 253 &&
       ascii[strspn (ascii, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] == '\0'))
    name = a2i_GENERAL_NAME (NULL, NULL, NULL, ip ? GEN_IPADD : GEN_DNS, ascii, 0);
  if (name == NULL)
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED, "'%s' is no host name or IP address",
                 address);
  return name;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In a fixed order: an order that differs is no other set of addresses. */
static GENERAL_NAMES *
make_addresses (const char *const *addresses, GError **error)
{
  g_autoptr (GENERAL_NAMES) names = sk_GENERAL_NAME_new_null ();
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; addresses[i] != NULL; i++)
    g_ptr_array_add (sorted, (gpointer) addresses[i]);
  g_ptr_array_sort (sorted, compare_addresses);
  for (guint i = 0; i < sorted->len; i++) {
    GENERAL_NAME *name = make_address (g_ptr_array_index (sorted, i), error);

    if (name == NULL)
      return NULL;
    sk_GENERAL_NAME_push (names, name);
  }
  if (sorted->len == 0) {
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED, "a server needs an address");
    return NULL;
  }
  return g_steal_pointer (&names);
}

/**
 * dinh_authority_issue_server:
 *
 * Makes a fresh key and a certificate for a server that is reached by @addresses (host names, IPv4 and IPv6
 * addresses; at least one; ended by %NULL): @dir/server.key (mode 0600) and @dir/server.crt, two years. A
 * DinhTrustError or a GFileError. Blocks on the disk.
 */
gboolean
dinh_authority_issue_server (DinhAuthority *self,
                             const char *const *addresses,
                             const char *dir,
                             GError **error)
{
  g_autoptr (GENERAL_NAMES) names = make_addresses (addresses, error);
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = NULL;

  if (names == NULL)
    return FALSE;
  if (key == NULL) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, "no key");
    return FALSE;
  }
  certificate = make_certificate (&server_kind, "Dinh", key, self->certificate, self->key, names, error);
  return certificate != NULL && save_pair (dir, "server", key, certificate, error);
}

static gboolean
addresses_equal (X509 *certificate, GENERAL_NAMES *names)
{
  g_autoptr (GENERAL_NAMES) present = X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);

  if (present == NULL || sk_GENERAL_NAME_num (present) != sk_GENERAL_NAME_num (names))
    return FALSE;
  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++) {
    if (GENERAL_NAME_cmp (sk_GENERAL_NAME_value (present, i), sk_GENERAL_NAME_value (names, i)) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_due (X509 *certificate)
{
  const ASN1_TIME *begin = X509_get0_notBefore (certificate);
  int life, passed, seconds;

  return ASN1_TIME_diff (&life, &seconds, begin, X509_get0_notAfter (certificate)) != 1 ||
         ASN1_TIME_diff (&passed, &seconds, begin, NULL) != 1 || passed < 0 || passed >= life / 3 * 2;
}

/**
 * dinh_authority_server_is_current:
 *
 * Says whether @dir holds a server's key and certificate that belong together, are this authority's, name
 * exactly @addresses, and have not passed two thirds of their life. If not, it is time for
 * dinh_authority_issue_server ().
 */
gboolean
dinh_authority_server_is_current (DinhAuthority *self, const char *const *addresses, const char *dir)
{
  g_autofree char *key_path = g_build_filename (dir, "server.key", NULL);
  g_autofree char *certificate_path = g_build_filename (dir, "server.crt", NULL);
  g_autoptr (GENERAL_NAMES) names = make_addresses (addresses, NULL);
  g_autoptr (EVP_PKEY) key = dinh_pem_load_key (key_path, NULL);
  g_autoptr (X509) certificate = dinh_pem_load_certificate (certificate_path, NULL);

  return names != NULL && key != NULL && certificate != NULL &&
         X509_check_private_key (certificate, key) == 1 && X509_verify (certificate, self->key) == 1 &&
         addresses_equal (certificate, names) && !is_due (certificate);
}

static gboolean
key_is_accepted (EVP_PKEY *key)
{
  char group[32] = "";

  switch (EVP_PKEY_get_base_id (key)) {
  case EVP_PKEY_ED25519:
    return TRUE;
  case EVP_PKEY_RSA:
    return EVP_PKEY_get_bits (key) >= 2048;
  case EVP_PKEY_EC:
    return EVP_PKEY_get_group_name (key, group, sizeof group, NULL) == 1 &&
           (g_str_equal (group, SN_X9_62_prime256v1) || g_str_equal (group, SN_secp384r1));
  default:
    return FALSE;
  }
}

/**
 * dinh_authority_sign_request:
 *
 * Certifies the key of the PKCS#10 request @csr_pem (PEM, or the bare base64 of RFC 7030 §4.2.1; at most 64
 * KiB) as the device @common_name, 1 to 64 characters, for a year. Of the rest of the request only the URI of
 * the device's signing key counts, which the certificate repeats: its name and the other extensions that it
 * asks for are ignored. WEAK_KEY unless the key is EC P-256 or P-384,
 * Ed25519, or RSA of 2048 bits and more; SIGNATURE if the request was not made with that key. Returns the
 * certificate as PEM text that the caller owns.
 */
char *
dinh_authority_sign_request (DinhAuthority *self,
                             const char *csr_pem,
                             const char *common_name,
                             GError **error)
{
  g_autoptr (X509_REQ) request = dinh_pem_read_request (csr_pem, strlen (csr_pem), error);
  g_autoptr (GENERAL_NAMES) asked = NULL;
  g_autoptr (GENERAL_NAMES) names = NULL;
  g_autofree char *signer = NULL;
  g_autoptr (X509) certificate = NULL;
  EVP_PKEY *key;

  if (request == NULL)
    return NULL;
  key = X509_REQ_get0_pubkey (request);
  if (key == NULL || !key_is_accepted (key)) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_WEAK_KEY,
                        "the key is none of EC P-256, EC P-384, Ed25519, RSA 2048");
    return NULL;
  }
  if (X509_REQ_verify (request, key) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_SIGNATURE, "the request is not signed with its key");
    return NULL;
  }
  asked = dinh_pem_get_request_names (request);
  signer = dinh_pem_find_signer (asked);
  names = signer == NULL ? NULL : dinh_pem_uri_names (signer);
  certificate = make_certificate (&client_kind, common_name, key, self->certificate, self->key, names, error);
  return certificate != NULL ? dinh_pem_from_certificate (certificate) : NULL;
}
