/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads trees with all their content and does nothing with it: what any program that looks at every
 * byte of them has to pay. drain IN... */
#include <stdio.h>

#include "image/image.h"

static int drain(const char *path, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    struct content piece;
    int rc;

    if (image_open(&source, path, NULL, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (entry->type != ENTRY_FILE)
            continue;
        while ((rc = source_content(source, &piece, err)) > 0)
            ;
        if (rc < 0)
            break;
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    for (int i = 1; i < argc; i++) {
        if (drain(argv[i], &err) < 0) {
            fprintf(stderr, "drain: %s: %s\n", argv[i], err.text);
            return 1;
        }
    }
    return 0;
}
