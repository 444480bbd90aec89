/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk or tree that exists, made known to a runtime. */
#ifndef LXKIT_INSTALL_REGISTER_H
#define LXKIT_INSTALL_REGISTER_H

#include <stdbool.h>

#include "core/error.h"
#include "install/registry.h"

enum register_medium {
    MEDIUM_DISK,      /* ext4, which a VM starts */
    MEDIUM_NTFS_DISK, /* with the tree of a translation distribution */
    MEDIUM_TREE,      /* a directory with that tree in rootfs */
};

/* What is registered; its places are paths here. */
struct register_subject {
    struct registration entry;
    enum register_medium medium;
};

/* What NAME is to be: at path, a disk or a directory; NULL: the disk that known has under that
 * name, with all that is known of it. */
int register_subject(struct register_subject *out, const char *name, const char *path,
                     const struct registry *known, struct error *err) MUST_CHECK;
void register_subject_free(struct register_subject *subject);

/* Enters it in a registry that is open for writing. */
int register_enter(struct registry *registry, const struct register_subject *subject,
                   bool set_default, struct error *err) MUST_CHECK;

#define AUTO_REGISTER_SUBJECT CLEANUP(register_subject_free)

#endif
