/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/loss_strict.h"

#include <string.h>

#include "image/build.h"
#include "image/image.h"
#include "image/loss_examine.h"

int loss_strict_examine(const struct output *output, const char *input, struct loss_report *losses,
                        struct error *err)
{
    const struct image_target *target = output->target;
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;

    if (!target->strict)
        return 0;
    if (!image_can_read_twice(input)) {
        if (strcmp(target->path, "-") != 0)
            return 0;
        return error_set(err, ERROR_USAGE,
                         "--strict looks for losses before it writes to standard output, and %s "
                         "can be read only once; give a file",
                         strcmp(input, "-") == 0 ? "standard input" : input);
    }
    event_step(&losses->events, "examining");
    if (build_source(&source, target, input, NULL, err) < 0 ||
        output_examiner(output, &sink, &losses->events, err) < 0)
        return -1;
    if (loss_examine_tree(sink, source, err) < 0)
        return image_failed(input, err);
    return loss_report_examined(losses, err);
}
