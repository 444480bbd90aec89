/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees that lie deeper in an archive than they should: their leading directories go.
 *
 * A symbolic link's target stays as it is. A hard link whose target does not come along is
 * UNSUPPORTED: the content passes with the target. */
#ifndef LXKIT_IMAGE_FILTER_PREFIX_H
#define LXKIT_IMAGE_FILTER_PREFIX_H

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

/* Takes count components from the front of each path and of each hard link's target. A directory
 * with just as many becomes the root; anything else with as many, or with fewer, goes. NOT_FOUND at
 * the end when nothing was left. inner is owned, also on failure. */
int filter_prefix_strip(struct source **out, struct source *inner, unsigned count,
                        struct error *err) MUST_CHECK;

/* Leaves what lies below directory, which becomes the root; USAGE when it cannot be a path in a
 * tree, NOT_FOUND at the end when it was not there. "", "." and "/" are the whole tree: *out is
 * inner. inner is owned, also on failure. */
int filter_prefix_root(struct source **out, struct source *inner, const char *directory,
                       struct error *err) MUST_CHECK;

/* Finds the directory by the first entry that is not the root: when it is a directory, or lies in
 * one, that no root file system has in its root, then that one is taken (Arch Linux packs into
 * root.x86_64/). Otherwise entries pass as they are. The archive's own root passes when it comes
 * first; the entry of the directory, which comes later, then counts.
 *
 * Once it is taken, an entry outside it is DAMAGED, and NOT_FOUND comes at the end when it had none
 * of etc, usr and bin. The lists that Arch Linux puts beside it, files named version and
 * pkglist*.txt, are left out with a warning; UNSUPPORTED follows when the tree turns out not to be
 * a packed one. Each of these errors says which directory to name. inner is owned, also on failure;
 * events may be NULL. */
int filter_prefix_auto(struct source **out, struct source *inner, struct events *events,
                       struct error *err) MUST_CHECK;

#endif
