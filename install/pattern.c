/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/pattern.h"

#include <stdio.h>
#include <string.h>

#include "core/paths.h"

static const char wild[] = "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789.";

const char *pattern_of(const char *url)
{
    const char *star = strchr(url, '*');
    return star && !strpbrk(star + 1, "*/") ? paths_base(url) : NULL;
}

bool pattern_matches(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    size_t before = (size_t)(star - pattern), after = strlen(star + 1), n = strlen(name);
    if (n < before + after || strncmp(name, pattern, before) != 0 ||
        strcmp(name + n - after, star + 1) != 0)
        return false;
    return strspn(name + before, wild) >= n - before - after;
}

/* Whether the first of two names that match is the newer one: only what the "*" stands for counts,
 * as "1.10" is newer than "1" and than "1.9", whatever follows it. */
static bool is_newer(const char *pattern, const char *name, const char *other)
{
    size_t before = strcspn(pattern, "*"), around = strlen(pattern) - 1;
    char a[SUMS_NAME_BYTES_MAX + 1], b[SUMS_NAME_BYTES_MAX + 1];
    snprintf(a, sizeof(a), "%.*s", (int)(strlen(name) - around), name + before);
    snprintf(b, sizeof(b), "%.*s", (int)(strlen(other) - around), other + before);
    return strverscmp(a, b) > 0;
}

int pattern_newest(const struct sums *sums, const char *pattern, const struct sums_entry **out,
                   struct error *err)
{
    const char *newest = NULL;
    for (size_t i = 0; i < sums->n; i++) {
        const char *name = paths_base(sums->entries[i].name);
        if (pattern_matches(pattern, name) && (!newest || is_newer(pattern, name, newest)))
            newest = name;
    }
    if (!newest)
        return error_set(err, ERROR_VERIFY,
                         "%s has no file like %s; the distribution may have moved on: a newer "
                         "manifest is needed",
                         sums->label, pattern);
    return sums_find(sums, newest, out, err);
}

int pattern_put(char **out, const char *url, const char *name, struct error *err)
{
    const char *base = paths_base(url);
    if (asprintf(out, "%.*s%s", (int)(base - url), url, name) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}
