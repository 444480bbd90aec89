/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user in passwd, shadow, group, gshadow, subuid and subgid. */
#ifndef LXKIT_IMAGE_PROVISION_ACCOUNT_H
#define LXKIT_IMAGE_PROVISION_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "image/filter/filter_overlay.h"
#include "image/provision/provision.h"

struct account {
    char name[PROVISION_NAME_MAX + 1];
    bool has_uid;
    uint32_t uid, gid;
    char *home; /* as a path of an entry; malloc'd */
    bool made;  /* it is new */
};

/* "NAME[:UID]" by the rules of useradd; USAGE. */
int account_parse(struct account *out, const char *text, struct error *err) MUST_CHECK;
/* USAGE for what crypt(3) does not make. */
int account_check_hash(const char *hash, struct error *err) MUST_CHECK;
/* Makes the account, or takes over the one of that name, and fills in the rest. EXISTS where the
 * name has another id, or the id another name. account_free() in any case. */
int account_make(struct account *account, struct overlay *overlay,
                 const struct provision *provision, struct error *err) MUST_CHECK;
void account_free(struct account *account);
/* The name of a user id, malloc'd; *out is NULL where there is none. */
int account_name_of(char **out, struct overlay *overlay, uint32_t uid,
                    struct error *err) MUST_CHECK;
/* Whether path is one that account_make() edits. */
bool account_wants(const char *path);

#define AUTO_ACCOUNT CLEANUP(account_free)

#endif
