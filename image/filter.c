/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of the filters: first the tree gets its root, so that patterns are read from there;
 * what is left out is not looked at by those that change entries; what is added has its own owners,
 * and times like all the rest. */
#include "image/filter.h"

#include <string.h>

#include "image/filter/filter_exclude.h"
#include "image/filter/filter_ids.h"
#include "image/filter/filter_mtime.h"
#include "image/filter/filter_prefix.h"
#include "image/filter/filter_reset.h"
#include "image/filter/filter_xattr.h"

static int root_prefix(struct source **source, const char *directory, struct events *events,
                       struct error *err)
{
    if (strcmp(directory, "auto") == 0)
        return filter_prefix_auto(source, *source, events, err);
    return filter_prefix_root(source, *source, directory, err);
}

int source_filtered(struct source **out, struct source *inner, const struct image_filter *filter,
                    struct events *events, struct error *err)
{
    struct source *source = inner;

    if (filter->root_prefix && root_prefix(&source, filter->root_prefix, events, err) < 0)
        return -1;
    if (filter->strip_components &&
        filter_prefix_strip(&source, source, filter->strip_components, err) < 0)
        return -1;
    if (filter->excludes && filter->excludes[0] &&
        filter_exclude(&source, source, filter->excludes, err) < 0)
        return -1;
    if (filter->reset_identity && filter_reset(&source, source, err) < 0)
        return -1;
    if (filter->no_host_xattrs && filter_xattr(&source, source, err) < 0)
        return -1;
    if (filter->id_map && filter_ids(&source, source, filter->id_map, err) < 0)
        return -1;
    if (provision_asked(&filter->provision) &&
        source_provisioned(&source, source, &filter->provision, events, err) < 0)
        return -1;
    if (filter->clamp &&
        filter_mtime(&source, source, filter->clamp_mtime, filter->all_times, err) < 0)
        return -1;
    *out = source;
    return 0;
}
