/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/person/lying-token.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stddef.h>
#include <unistd.h>

/* A PKCS #11 module that hands everything on to SoftHSM2, and locks after three wrong PINs, hangs or vanishes
 * as it is told. */

#define MAX_WRONG 3

extern TokenControl lying_token_control;
TokenControl lying_token_control;

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;

static int
mode (void)
{
  return __atomic_load_n (&lying_token_control.mode, __ATOMIC_SEQ_CST);
}

static CK_RV
lie_get_slot_list (CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n)
{
  if (mode () != TOKEN_GONE)
    return real->C_GetSlotList (present, slots, n);
  *n = 0;
  return CKR_OK;
}

static CK_RV
lie_get_token_info (CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
  CK_RV result = mode () == TOKEN_GONE ? CKR_TOKEN_NOT_PRESENT : real->C_GetTokenInfo (slot, info);
  int n_wrong = lying_token_control.n_wrong;

  if (result != CKR_OK)
    return result;
  info->flags &= ~(CK_FLAGS) (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
  if (n_wrong > 0)
    info->flags |= CKF_USER_PIN_COUNT_LOW;
  if (n_wrong == MAX_WRONG - 1)
    info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (n_wrong >= MAX_WRONG)
    info->flags |= CKF_USER_PIN_LOCKED;
  return CKR_OK;
}

static CK_RV
lie_get_mechanism_info (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
  if (mode () == TOKEN_NO_PSS && type == CKM_RSA_PKCS_PSS)
    return CKR_MECHANISM_INVALID;
  return real->C_GetMechanismInfo (slot, type, info);
}

static CK_RV
lie_login (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
  CK_RV result;

  lying_token_control.n_context_logins += user == CKU_CONTEXT_SPECIFIC;
  if (user != CKU_USER)
    return real->C_Login (session, user, pin, length);
  lying_token_control.n_logins++;
  if (lying_token_control.n_wrong >= MAX_WRONG)
    return CKR_PIN_LOCKED;
  result = real->C_Login (session, user, pin, length);
  if (result == CKR_PIN_INCORRECT)
    lying_token_control.n_wrong++;
  if (result == CKR_OK)
    lying_token_control.n_wrong = 0;
  return result;
}

static CK_RV
lie_sign (
    CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length)
{
  __atomic_fetch_add (&lying_token_control.n_signing, 1, __ATOMIC_SEQ_CST);
  while (mode () == TOKEN_HANGS)
    usleep (1000);
  __atomic_fetch_sub (&lying_token_control.n_signing, 1, __ATOMIC_SEQ_CST);
  if (mode () == TOKEN_REMOVED)
    return CKR_DEVICE_REMOVED;
  return real->C_Sign (session, data, length, signature, signature_length);
}

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST **list)
{
  void *library = dlopen (SOFTHSM, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get =
      library == NULL ? NULL : (CK_C_GetFunctionList) dlsym (library, "C_GetFunctionList");
  CK_RV result = get == NULL ? CKR_GENERAL_ERROR : get (&real);

  if (result != CKR_OK)
    return result;
  ours = *real;
  ours.C_GetSlotList = lie_get_slot_list;
  ours.C_GetTokenInfo = lie_get_token_info;
  ours.C_GetMechanismInfo = lie_get_mechanism_info;
  ours.C_Login = lie_login;
  ours.C_Sign = lie_sign;
  *list = &ours;
  return CKR_OK;
}
