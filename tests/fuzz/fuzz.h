/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the fuzz targets share. Each takes bytes from nowhere, and must come back from them without
 * a finding of a sanitizer, in little time and memory. `make fuzz` builds them with libFuzzer;
 * tests/fuzz.sh replays their corpora in the plain suite. */
#ifndef LXKIT_TESTS_FUZZ_FUZZ_H
#define LXKIT_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/source.h"

enum {
    FUZZ_CONTENT_BYTES_MAX = 32 << 20, /* read of one tree */
    FUZZ_ENTRIES_MAX = 100000,
};

/* libFuzzer's interface. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks at every byte, so that a sanitizer does. */
static inline void fuzz_touch(const void *bytes, size_t n)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum ^= ((const uint8_t *)bytes)[i];
    __asm__ volatile("" : : "r"(sum));
}

/* A string that a source promises, empty or not. */
static inline void fuzz_touch_text(const char *text, bool may_be_empty)
{
    if (!text || (!may_be_empty && text[0] == '\0'))
        abort();
    fuzz_touch(text, strlen(text));
}

/* The form that entry.h promises. */
static inline void fuzz_touch_path(const char *path)
{
    fuzz_touch_text(path, true);
    for (const char *at = path; *at; at += strspn(at, "/")) {
        size_t n = strcspn(at, "/");
        bool dots = n <= 2 && strspn(at, ".") >= n;
        if (n == 0 || n > NAME_BYTES_MAX || dots ||
            (at[n] == '/' && (!at[n + 1] || at[n + 1] == '/')))
            abort();
        at += n;
    }
}

/* Reads a tree to its end, its first error or the limits, and looks at all of it. */
static inline void fuzz_drain(struct source *source)
{
    const struct entry *entry;
    struct error err = {0};
    struct content piece;
    uint64_t bytes = 0;

    for (int n = 0; n < FUZZ_ENTRIES_MAX && source_next(source, &entry, &err) > 0; n++) {
        fuzz_touch_path(entry->path);
        if (entry->type == ENTRY_SYMLINK)
            fuzz_touch_text(entry->target, false);
        if (entry->type == ENTRY_LINK)
            fuzz_touch_path(entry->target);
        for (size_t i = 0; i < entry->n_xattrs; i++) {
            fuzz_touch_text(entry->xattrs[i].name, true);
            fuzz_touch(entry->xattrs[i].value, entry->xattrs[i].size);
        }
        while (bytes < FUZZ_CONTENT_BYTES_MAX && source_content(source, &piece, &err) > 0) {
            if (entry->type != ENTRY_FILE && piece.n > 0)
                abort();
            fuzz_touch(piece.bytes, piece.n);
            bytes += piece.n;
        }
    }
}

#endif
