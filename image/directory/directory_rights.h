/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this process may give to files, as far as that is known before it is tried. A file system
 * may refuse more, and so may a user name space, in which root is not quite root. */
#ifndef LXKIT_IMAGE_DIRECTORY_RIGHTS_H
#define LXKIT_IMAGE_DIRECTORY_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/event.h"
#include "image/entry.h"

struct directory_rights {
    bool owners;     /* any: CAP_CHOWN */
    bool devices;    /* CAP_MKNOD */
    bool capability; /* the attribute security.capability: CAP_SETFCAP */
    bool trusted;    /* attributes trusted.* and security.*: CAP_SYS_ADMIN */
    bool hard_flags; /* DIRECTORY_FLAGS_HARD: CAP_LINUX_IMMUTABLE */
    uid_t user;
    gid_t *groups;
    size_t n_groups;
};

int directory_rights_get(struct directory_rights *rights, struct error *err) MUST_CHECK;
void directory_rights_free(struct directory_rights *rights);

bool directory_rights_owner(const struct directory_rights *rights, uid_t user, gid_t group);
/* NULL: nothing speaks against it; otherwise why a file of that type cannot have the attribute. */
const char *directory_rights_xattr(const struct directory_rights *rights, enum entry_type type,
                                   const char *name);
/* The mode that is left where the owner cannot be set: without set-id bits, but on directories. */
mode_t directory_rights_mode(enum entry_type type, mode_t mode);

/* Reports what these rights are too few for. */
void directory_rights_examine(const struct directory_rights *rights, const struct entry *entry,
                              struct events *events);

#endif
