/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a target would lose of a tree, asked before anything is written. */
#include "image/build.h"
#include "image/output.h"

int image_examine(const char *input, const struct image_target *target, struct events *events,
                  struct error *err)
{
    struct output output;
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;
    const struct entry *entry;
    int rc;

    if (output_choose(&output, target, err) < 0 ||
        build_source(&source, target, input, events, err) < 0 ||
        output_examiner(&output, &sink, events, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (sink_examine(sink, entry, err) < 0)
            return image_failed(input, err);
    }
    return rc < 0 ? image_failed(input, err) : 0;
}
