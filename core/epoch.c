/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/epoch.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

int epoch_get(struct epoch *out, struct error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    if (!text) {
        *out = (struct epoch){.seconds = time(NULL), .fixed = false};
        return 0;
    }
    char *end;
    errno = 0;
    long long seconds = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno)
        return error_set(err, ERROR_USAGE,
                         "SOURCE_DATE_EPOCH is '%s'; set it to whole seconds since 1970, or unset "
                         "it",
                         text);
    *out = (struct epoch){.seconds = seconds, .fixed = true};
    return 0;
}
