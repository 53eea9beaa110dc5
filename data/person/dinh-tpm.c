/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-tpm.h"

#include <sodium.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

/*
 * Seals 32 bytes under the storage primary key that a TPM 2.0 derives from its own seed, so that they open on
 * this machine only (TPM 2.0 Library, part 1, §27.7). Not bound to what was booted: an update of the machine
 * would lose them.
 */

#define MAX_TEXT 2048

typedef struct {
  TSS2_TCTI_CONTEXT *wire;
  ESYS_CONTEXT *context;
  ESYS_TR primary;
} Tpm;

static gboolean
check (TSS2_RC code, const char *what, GError **error)
{
  if (code == TSS2_RC_SUCCESS)
    return TRUE;
  g_set_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_HARDWARE, "the TPM does not %s (0x%x)", what,
               code);
  return FALSE;
}

/* The TCG's template of a storage key (TCG EK Credential Profile, template L-2, with this hierarchy's
 * policy). */
static const TPM2B_PUBLIC primary_template = {
    .publicArea =
        {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
            .parameters.eccDetail =
                {
                    .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
                    .scheme.scheme = TPM2_ALG_NULL,
                    .curveID = TPM2_ECC_NIST_P256,
                    .kdf.scheme = TPM2_ALG_NULL,
                },
        },
};

static const TPM2B_PUBLIC sealed_template = {
    .publicArea =
        {
            .type = TPM2_ALG_KEYEDHASH,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes =
                TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
            .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
        },
};

static void
close_tpm (Tpm *self)
{
  if (self->primary != ESYS_TR_NONE)
    Esys_FlushContext (self->context, self->primary);
  Esys_Finalize (&self->context);
  Tss2_TctiLdr_Finalize (&self->wire);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tpm, close_tpm)

static gboolean
open_tpm (Tpm *self, const char *tpm, GError **error)
{
  static const TPM2B_SENSITIVE_CREATE no_password = {0};
  static const TPM2B_DATA no_data = {0};
  static const TPML_PCR_SELECTION no_registers = {0};

  return check (Tss2_TctiLdr_Initialize (tpm, &self->wire), "answer", error) &&
         check (Esys_Initialize (&self->context, self->wire, NULL), "answer", error) &&
         check (Esys_CreatePrimary (self->context, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                    ESYS_TR_NONE, &no_password, &primary_template, &no_data, &no_registers,
                                    &self->primary, NULL, NULL, NULL, NULL),
                "make its storage key", error);
}

static char *
print_sealed (const TPM2B_PUBLIC *public_part, const TPM2B_PRIVATE *private_part)
{
  guint8 bytes[sizeof *public_part + sizeof *private_part];
  gsize length = 0;

  if (Tss2_MU_TPM2B_PUBLIC_Marshal (public_part, bytes, sizeof bytes, &length) != TSS2_RC_SUCCESS ||
      Tss2_MU_TPM2B_PRIVATE_Marshal (private_part, bytes, sizeof bytes, &length) != TSS2_RC_SUCCESS)
    return NULL;
  return g_base64_encode (bytes, length);
}

static gboolean
parse_sealed (const char *sealed, TPM2B_PUBLIC *public_part, TPM2B_PRIVATE *private_part, GError **error)
{
  guint8 bytes[MAX_TEXT];
  gsize length = 0, at = 0;

  if (sodium_base642bin (bytes, sizeof bytes, sealed, strlen (sealed), NULL, &length, NULL,
                         sodium_base64_VARIANT_ORIGINAL) == 0 &&
      Tss2_MU_TPM2B_PUBLIC_Unmarshal (bytes, length, &at, public_part) == TSS2_RC_SUCCESS &&
      Tss2_MU_TPM2B_PRIVATE_Unmarshal (bytes, length, &at, private_part) == TSS2_RC_SUCCESS && at == length)
    return TRUE;
  g_set_error_literal (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED, "this was not sealed by a TPM");
  return FALSE;
}

/**
 * dinh_tpm_seal:
 * @tpm: how it is reached, for Tss2_TctiLdr_Initialize()
 *
 * Returns: (transfer full): base64 that only this TPM opens, or %NULL with %DINH_PERSON_ERROR_HARDWARE.
 */
char *
dinh_tpm_seal (const char *tpm, const DinhSecret *secret, GError **error)
{
  static const TPM2B_DATA no_data = {0};
  static const TPML_PCR_SELECTION no_registers = {0};
  TPM2B_SENSITIVE_CREATE content = {.sensitive.data.size = DINH_SECRET_SIZE};
  TPM2B_PRIVATE *private_part = NULL;
  TPM2B_PUBLIC *public_part = NULL;
  g_auto (Tpm) self = {.primary = ESYS_TR_NONE};
  char *sealed = NULL;

  if (!open_tpm (&self, tpm, error))
    return NULL;
  memcpy (content.sensitive.data.buffer, secret->bytes, DINH_SECRET_SIZE);
  if (check (Esys_Create (self.context, self.primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &content,
                          &sealed_template, &no_data, &no_registers, &private_part, &public_part, NULL, NULL,
                          NULL),
             "seal", error)) {
    sealed = print_sealed (public_part, private_part);
    check (sealed == NULL ? TSS2_BASE_RC_GENERAL_FAILURE : TSS2_RC_SUCCESS, "seal", error);
  }
  sodium_memzero (&content, sizeof content);
  Esys_Free (private_part);
  Esys_Free (public_part);
  return sealed;
}

static DinhSecret *
unseal (Tpm *self, ESYS_TR object, GError **error)
{
  TPM2B_SENSITIVE_DATA *content = NULL;
  DinhSecret *secret = NULL;

  if (!check (Esys_Unseal (self->context, object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &content),
              "open it", error))
    return NULL;
  if (content->size == DINH_SECRET_SIZE)
    secret = dinh_secret_new_from_bytes (content->buffer);
  else
    check (TSS2_BASE_RC_BAD_SIZE, "hold 32 bytes", error);
  sodium_memzero (content, sizeof *content);
  Esys_Free (content);
  return secret;
}

/**
 * dinh_tpm_unseal:
 * @sealed: of dinh_tpm_seal()
 *
 * Returns: (transfer full): the secret, or %NULL with %DINH_PERSON_ERROR_HARDWARE if this TPM did not seal it
 * or does not answer, or %DINH_PERSON_ERROR_MALFORMED.
 */
DinhSecret *
dinh_tpm_unseal (const char *tpm, const char *sealed, GError **error)
{
  TPM2B_PUBLIC public_part = {0};
  TPM2B_PRIVATE private_part = {0};
  g_auto (Tpm) self = {.primary = ESYS_TR_NONE};
  ESYS_TR object;
  DinhSecret *secret;

  if (!parse_sealed (sealed, &public_part, &private_part, error) || !open_tpm (&self, tpm, error) ||
      !check (Esys_Load (self.context, self.primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         &private_part, &public_part, &object),
              "know it", error))
    return NULL;
  secret = unseal (&self, object, error);
  Esys_FlushContext (self.context, object);
  return secret;
}
