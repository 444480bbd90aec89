/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: sources over a source, that leave out or change entries on their way. */
#ifndef LXKIT_IMAGE_FILTER_H
#define LXKIT_IMAGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/provision/provision.h"
#include "image/source.h"

/* What to do to a tree; a zeroed one does nothing. Strings are borrowed. */
struct image_filter {
    const char *const *excludes; /* patterns of paths, NULL-terminated; may be NULL */
    unsigned strip_components;   /* leading parts of every path that go */
    const char *root_prefix;     /* only what lies below it, as the root; "auto": found */
    const char *id_map;          /* "FROM:TO:COUNT[,...]" for users and groups */
    int64_t clamp_mtime;         /* later times become this one (seconds) */
    bool clamp;                  /* clamp_mtime is given */
    bool all_times;              /* earlier ones become it too */
    bool no_host_xattrs;         /* security.selinux, security.ima and security.evm go */
    bool reset_identity;         /* machine-id and host keys go (image/filter/filter_reset.h) */
    struct provision provision;  /* what is changed in it and added */
};

/* Puts the filters that filter asks for over inner, which is owned, also on failure; none: *out is
 * inner itself. events hears what is left out. */
int source_filtered(struct source **out, struct source *inner, const struct image_filter *filter,
                    struct events *events, struct error *err) MUST_CHECK;

#endif
