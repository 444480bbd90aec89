/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A distribution's users: what /etc/passwd and /etc/group say of one. */
#ifndef LXKIT_INSTALL_RUN_CONTRACT_USER_H
#define LXKIT_INSTALL_RUN_CONTRACT_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct contract_user {
    char *name, *home, *shell; /* malloc'd, never empty */
    uint32_t uid, gid;
};

/* The first line of passwd with this name, or with this uid where name is NULL: 1; 0: there is
 * none; negative: no memory. Lines that make no sense are passed over. */
int contract_user_find(struct contract_user *out, const char *passwd, const char *name,
                       uint32_t uid, struct error *err) MUST_CHECK;
/* Root, as it is where passwd knows nobody: its home is "/", its shell /bin/sh. */
int contract_user_root(struct contract_user *out, struct error *err) MUST_CHECK;
void contract_user_free(struct contract_user *user);

/* The groups that name is a member of, and first, up to max; returns how many. */
size_t contract_user_groups(uint32_t *out, size_t max, const char *group, const char *name,
                            uint32_t first);

/* Decimal, without sign; false for anything else. */
bool contract_user_number(uint32_t *out, const char *text);

#define AUTO_CONTRACT_USER CLEANUP(contract_user_free)

#endif
