/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "fetch/trust/line.h"

/* What one line says. */
struct statement {
    const char *name;
    size_t name_n;
    struct checksum is;
    bool has_size;
    uint64_t size;
};

static bool is_name(const char *name, size_t n)
{
    if (n == 0 || n > SUMS_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    }
    return true;
}

/* "SHA256" or "SHA-512", and the number of digits that it has; 0 for other algorithms. */
static size_t algorithm_digits(const char *name, size_t n)
{
    static const struct {
        const char *name;
        size_t digits;
    } rows[] = {{"SHA256", 2 * SHA256_BYTES},
                {"SHA-256", 2 * SHA256_BYTES},
                {"SHA512", 2 * SHA512_BYTES},
                {"SHA-512", 2 * SHA512_BYTES}};
    for (size_t i = 0; i < array_length(rows); i++) {
        if (n == strlen(rows[i].name) && strncasecmp(name, rows[i].name, n) == 0)
            return rows[i].digits;
    }
    return 0;
}

static size_t count_digits(const char *text, size_t n)
{
    size_t digits = 0;
    while (digits < n && memchr("0123456789abcdefABCDEF", text[digits], 22))
        digits++;
    return digits;
}

/* "SHA256 (name) = HEX": the name may hold parentheses itself, so the last ") = " counts. */
static bool read_bsd(const char *text, size_t n, struct statement *out)
{
    const char *open = memmem(text, n, " (", 2);
    const char *close = NULL;
    for (const char *at = open; at && (at = memmem(at, (size_t)(text + n - at), ") = ", 4)); at++)
        close = at;
    if (!close)
        return false;
    size_t digits = algorithm_digits(text, (size_t)(open - text));
    const char *hex = close + 4;
    *out = (struct statement){.name = open + 2, .name_n = (size_t)(close - open - 2)};
    size_t hex_n = (size_t)(text + n - hex);
    return digits > 0 && hex_n == digits && checksum_parse(&out->is, hex, hex_n);
}

/* "HEX  name", "HEX *name" or "HEX name"; only_digits is the length that Gentoo's heading asks for,
 * 0 for any. */
static bool read_gnu(const char *text, size_t n, size_t only_digits, struct statement *out)
{
    size_t prefix = n > 2 && text[0] == '0' && (text[1] | 0x20) == 'x' ? 2 : 0;
    size_t digits = count_digits(text + prefix, n - prefix);
    size_t at = prefix + digits;
    *out = (struct statement){0};
    if (!checksum_parse(&out->is, text, at) || (only_digits > 0 && digits != only_digits) ||
        at == n || text[at] != ' ')
        return false;
    at++;
    if (at < n && (text[at] == ' ' || text[at] == '*'))
        at++;
    out->name = text + at;
    out->name_n = n - at;
    return true;
}

/* "# name: 12345 bytes" */
static bool read_size(const char *text, size_t n, struct statement *out)
{
    static const char unit[] = " bytes";
    const size_t unit_n = sizeof(unit) - 1;
    if (n < 2 + unit_n || memcmp(text, "# ", 2) != 0 ||
        memcmp(text + n - unit_n, unit, unit_n) != 0)
        return false;
    size_t end = n - unit_n, from = end;
    uint64_t size = 0;
    while (from > 2 && text[from - 1] >= '0' && text[from - 1] <= '9')
        from--;
    if (from == end || end - from > 18 || from < 5 || memcmp(text + from - 2, ": ", 2) != 0)
        return false;
    for (size_t i = from; i < end; i++)
        size = size * 10 + (uint64_t)(text[i] - '0');
    *out = (struct statement){.name = text + 2, .name_n = from - 4, .has_size = true, .size = size};
    return true;
}

/* "# SHA512 HASH": the digits of the lines that follow, or one that none has. */
static bool read_heading(const char *text, size_t n, size_t *digits)
{
    static const char tail[] = " HASH";
    const size_t tail_n = sizeof(tail) - 1;
    if (n < 3 + tail_n || memcmp(text, "# ", 2) != 0 ||
        memcmp(text + n - tail_n, tail, tail_n) != 0)
        return false;
    *digits = algorithm_digits(text + 2, n - 2 - tail_n);
    if (*digits == 0)
        *digits = SIZE_MAX;
    return true;
}

/* ---- the entries ---- */

static struct sums_entry *entry_of(struct sums *sums, const char *name, size_t n)
{
    for (size_t i = 0; i < sums->n; i++) {
        if (strlen(sums->entries[i].name) == n && memcmp(sums->entries[i].name, name, n) == 0)
            return &sums->entries[i];
    }
    return NULL;
}

static int entry_add(struct sums *sums, const struct statement *says, struct error *err)
{
    if (sums->n == SUMS_ENTRIES_MAX)
        return error_set(err, ERROR_VERIFY,
                         "%s: the list has more than %d files; that is no list of images",
                         sums->label, SUMS_ENTRIES_MAX);
    if (sums->n == sums->capacity) {
        size_t capacity = sums->capacity ? 2 * sums->capacity : 16;
        void *more = reallocarray(sums->entries, capacity, sizeof(*sums->entries));
        if (!more)
            return error_no_memory(err);
        sums->entries = more;
        sums->capacity = capacity;
    }
    char *name = strndup(says->name, says->name_n);
    if (!name)
        return error_no_memory(err);
    sums->entries[sums->n++] = (struct sums_entry){.name = name};
    return 0;
}

static int state(struct sums *sums, const struct statement *says, struct error *err)
{
    if (!is_name(says->name, says->name_n))
        return 0;
    struct sums_entry *entry = entry_of(sums, says->name, says->name_n);
    if (!entry) {
        if (entry_add(sums, says, err) < 0)
            return -1;
        entry = &sums->entries[sums->n - 1];
    }
    if (!checksum_merge(&entry->is, &says->is) ||
        (says->has_size && entry->has_size && says->size != entry->size))
        return error_set(err, ERROR_VERIFY,
                         "%s says two different things of %s; a list must not: get it again",
                         sums->label, entry->name);
    if (says->has_size) {
        entry->has_size = true;
        entry->size = says->size;
    }
    return 0;
}

/* Sizes of files that have no checksum. */
static void drop_incomplete(struct sums *sums)
{
    size_t kept = 0;
    for (size_t i = 0; i < sums->n; i++) {
        struct sums_entry *entry = &sums->entries[i];
        if (entry->is.has_sha256 || entry->is.has_sha512)
            sums->entries[kept++] = *entry;
        else
            free(entry->name);
    }
    sums->n = kept;
}

static int parse_lines(struct sums *sums, const char *text, size_t n, struct error *err)
{
    const char *at = text;
    size_t only_digits = 0;
    struct line line;
    while (line_next(&at, text + n, &line)) {
        struct statement says;
        size_t length = line.n;
        while (length > 0 && (line.text[length - 1] == ' ' || line.text[length - 1] == '\t'))
            length--;
        if (read_heading(line.text, length, &only_digits))
            continue;
        if ((read_bsd(line.text, length, &says) || read_size(line.text, length, &says) ||
             read_gnu(line.text, length, only_digits, &says)) &&
            state(sums, &says, err) < 0)
            return -1;
    }
    drop_incomplete(sums);
    if (sums->n > 0)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s has no line with a SHA-256 or SHA-512 and a name; check which file it is",
                     sums->label);
}

int sums_parse(struct sums **out, const char *text, size_t n, const char *label, struct error *err)
{
    AUTO_SUMS struct sums *sums = calloc(1, sizeof(*sums));
    if (!sums)
        return error_no_memory(err);
    sums->label = strdup(label);
    if (!sums->label)
        return error_no_memory(err);
    if (memchr(text, '\0', n))
        return error_set(err, ERROR_VERIFY, "%s is not text; check which file it is", label);
    if (parse_lines(sums, text, n, err) < 0)
        return -1;
    *out = steal(&sums);
    return 0;
}

void sums_free(struct sums *sums)
{
    if (!sums)
        return;
    for (size_t i = 0; i < sums->n; i++)
        free(sums->entries[i].name);
    free(sums->entries);
    free(sums->label);
    free(sums);
}

int sums_find(const struct sums *sums, const char *name, const struct sums_entry **out,
              struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i < sums->n; i++) {
        const struct sums_entry *entry = &sums->entries[i];
        if (strcmp(paths_base(entry->name), name) != 0)
            continue;
        if (*out && !checksum_agrees(&entry->is, &(*out)->is))
            return error_set(err, ERROR_VERIFY,
                             "%s has two different files named %s, %s and %s; they cannot be told "
                             "apart",
                             sums->label, name, (*out)->name, entry->name);
        *out = entry;
    }
    if (*out)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s has no line for %s; check the name of the file, and which list it is",
                     sums->label, name);
}

int sums_single(const struct sums *sums, const struct sums_entry **out, struct error *err)
{
    if (sums->n > 1)
        return error_set(err, ERROR_VERIFY,
                         "%s has lines for %zu files, where one was expected; name the file as the "
                         "list does",
                         sums->label, sums->n);
    *out = &sums->entries[0];
    return 0;
}
