/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/name.h"

#include <string.h>
#include <strings.h>

enum {
    CLOSE_PREFIX_MIN = 3, /* characters that make a common beginning telling */
    CLOSE_SLIPS_MAX = 2,  /* letters changed, added or left out */
};

static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789._-";

int name_check(const char *name, struct error *err)
{
    size_t n = strlen(name);
    size_t good = strspn(name, allowed);

    if (n == 0)
        return error_set(err, ERROR_NAME_ILLEGAL, "a distribution name cannot be empty");
    if (n > DISTRIBUTION_NAME_MAX)
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "a distribution name of %zu characters is too long: %d are allowed", n,
                         DISTRIBUTION_NAME_MAX);
    if (good < n)
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "'%s' cannot be a distribution name because of its character %zu: letters "
                         "A-Z and a-z, digits, '.', '_' and '-' are allowed",
                         name, good + 1);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "'%s' cannot be a distribution name: the distribution's directory is "
                         "named after it, and this one means another",
                         name);
    if (name_equal(name, "Legacy"))
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "'%s' cannot be a distribution name: the runtime keeps it for the first "
                         "generation of distributions",
                         name);
    return 0;
}

bool name_equal(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

/* The edit distance of Levenshtein, one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[DISTRIBUTION_NAME_MAX + 1];
    size_t n = strlen(b);

    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

bool name_close(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t shorter = n < m ? n : m;

    if (n > DISTRIBUTION_NAME_MAX || m > DISTRIBUTION_NAME_MAX)
        return false;
    if (shorter >= CLOSE_PREFIX_MIN && strncasecmp(a, b, shorter) == 0)
        return true;
    return shorter > CLOSE_SLIPS_MAX && distance(a, b) <= CLOSE_SLIPS_MAX;
}

size_t name_stem(const char *file)
{
    static const char *const endings[] = {
        ".wsl", ".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar.lz4", ".tar.lzma",
        ".tgz", ".txz", ".tzst",   ".tbz2",   ".vhdx",    ".img",     ".raw",
    };
    size_t n = strlen(file);

    for (size_t i = 0; i < array_length(endings); i++) {
        size_t m = strlen(endings[i]);
        if (n > m && strcasecmp(file + n - m, endings[i]) == 0)
            return n - m;
    }
    return n;
}

int name_from_path(char **out, const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    AUTO_FREE char *name = strndup(base, name_stem(base));
    if (!name)
        return error_no_memory(err);
    struct error why;
    if (name_check(name, &why) < 0)
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "no name follows from %s (%s); give one with --name NAME", path, why.text);
    *out = steal(&name);
    return 0;
}
