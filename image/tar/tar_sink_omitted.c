/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_sink_omitted.h"

#include <search.h>
#include <string.h>

static int path_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

int omitted_add(struct omitted *omitted, const char *path, struct error *err)
{
    AUTO_FREE char *copy = strdup(path);
    char **found = copy ? tsearch(copy, &omitted->paths, path_compare) : NULL;
    if (!found)
        return error_no_memory(err);
    if (*found == copy)
        steal(&copy);
    return 0;
}

bool omitted_has(const struct omitted *omitted, const char *path)
{
    return tfind(path, &omitted->paths, path_compare);
}

void omitted_free(struct omitted *omitted)
{
    tdestroy(omitted->paths, free);
}
