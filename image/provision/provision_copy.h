/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and directories of this machine, copied into a tree. */
#ifndef LXKIT_IMAGE_PROVISION_COPY_H
#define LXKIT_IMAGE_PROVISION_COPY_H

#include "image/filter/filter_overlay.h"

/* Whose files in which directory are. */
struct copy_owner {
    const char *directory; /* a path of the tree; NULL: none */
    uint32_t uid, gid;
};

/* USAGE where text is no "SRC:DST", NOT_FOUND where there is no SRC. */
int copy_check(const char *text, struct error *err) MUST_CHECK;
/* Copies SRC to DST, into it where that is a directory or ends in "/"; what a directory SRC holds
 * goes into DST. Links are copied as links, all is root's but what owner says, and directories that
 * are there keep what they are. early: only what the editor of the tree wants to see; otherwise all
 * but that. */
int copy_add(struct overlay *overlay, const char *text, bool early, const struct copy_owner *owner,
             struct error *err) MUST_CHECK;

#endif
