/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether two trees are the same, entry by entry and byte by byte, in whatever order they come.
 *
 * Holes are zeros. Hard links are a matter of which names are one file, not of which name came
 * first. A directory that nobody described (its own entry is missing in an archive) is there all
 * the same, with what tree.h says it gets. Not looked at: permissions of symbolic links, which
 * Linux does not have; times other than the last modification; the time of a root that nobody
 * described; an unused lost+found that only one tree has. */
#ifndef LXKIT_IMAGE_COMPARE_H
#define LXKIT_IMAGE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

/* What is looked at besides names, types, links, targets and devices. */
enum compare_what {
    COMPARE_OWNERS = 1 << 0,
    COMPARE_MODES = 1 << 1,
    COMPARE_MTIMES = 1 << 2,
    COMPARE_XATTRS = 1 << 3,
    COMPARE_CONTENT = 1 << 4, /* and sizes; without it no content is read */
    COMPARE_FLAGS = 1 << 5,
    COMPARE_ALL = (1 << 6) - 1,
};

enum difference_kind {
    DIFFERENCE_ONLY_A, /* the name, with all that lies below it, is in a alone */
    DIFFERENCE_ONLY_B,
    DIFFERENCE_CHANGED,
};

/* One difference; strings are valid during the call. */
struct difference {
    enum difference_kind kind;
    const char *path;
    const char *field; /* "type", "mode", "owner", "mtime", "flags", "links", "target", "device",
                        * "size", "content", "xattr user.x"; NULL for the ONLY kinds */
    const char *a, *b; /* in words, "0644"; for links the first name of the file; NULL where one
                        * side lacks it, and both for content */
};

struct compare_report {
    /* Called once per difference: a directory before what lies in it, names in the order of their
     * bytes. Negative stops the comparison. */
    int (*difference)(struct compare_report *self, const struct difference *difference,
                      struct error *err);
    const char *a, *b; /* what an error of reading names; may be NULL */
    /* a went into a medium where files have no more names than that: one with more is compared as
     * the several files that image/tree_links.h makes of it. 0: as it is. */
    uint32_t a_links_max;
};

/* Reads both trees to their ends, b on a thread of its own. *differences is how many were
 * reported; what: compare_what. */
int image_compare(struct source *a, struct source *b, unsigned what, struct compare_report *report,
                  uint64_t *differences, struct error *err) MUST_CHECK;

#endif
