/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* How the lying token behaves: SoftHSM2 but for what real cards do and it does not. */
typedef enum {
  TOKEN_HONEST,
  TOKEN_HANGS,   /* does not come back from signing */
  TOKEN_REMOVED, /* pulled out while it signs */
  TOKEN_GONE,    /* pulled out before */
  TOKEN_NO_PSS,  /* knows no RSA-PSS */
} TokenMode;

typedef struct {
  int mode;             /* TokenMode */
  int n_logins;         /* how often a PIN was tried */
  int n_context_logins; /* for one signature */
  int n_wrong;          /* since the last right one; three lock it */
  int n_signing;        /* how many are in C_Sign */
} TokenControl;
