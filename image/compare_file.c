/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/compare_file.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "image/compare.h"
#include "image/compare_content.h"
#include "image/entry_flags.h"

enum {
    WORDS_BYTES = 128,
    FIELD_BYTES = 512, /* "xattr " and a name; Linux allows 255 bytes */
    VALUE_BYTES = 40,  /* of an attribute that are shown */
};

static_assert((int)WORDS_BYTES >= (int)ENTRY_FLAGS_TEXT_BYTES, "flags in words");

/* ---- in words ---- */

static void mode_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    snprintf(words, WORDS_BYTES, "%04o", file->mode);
}

static void owner_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    snprintf(words, WORDS_BYTES, "%" PRIu32 ":%" PRIu32, file->uid, file->gid);
}

static void mtime_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    time_t seconds = (time_t)file->mtime.seconds;
    struct tm tm;
    size_t n = 0;
    if (gmtime_r(&seconds, &tm))
        n = strftime(words, WORDS_BYTES, "%Y-%m-%d %H:%M:%S", &tm);
    if (n == 0)
        n = (size_t)snprintf(words, WORDS_BYTES, "%" PRId64, file->mtime.seconds);
    snprintf(words + n, WORDS_BYTES - n, ".%09" PRIu32, file->mtime.nanoseconds);
}

static void flags_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    entry_flags_text(file->flags, words);
}

static void device_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    snprintf(words, WORDS_BYTES, "%" PRIu32 ",%" PRIu32, file->major, file->minor);
}

static void size_words(const struct tree_file *file, char words[WORDS_BYTES])
{
    snprintf(words, WORDS_BYTES, "%" PRIu64, file->size);
}

/* Text as it is, other values as getfattr writes them; long ones are cut. */
static void value_words(const struct tree_xattr *xattr, char words[WORDS_BYTES])
{
    const uint8_t *value = xattr->value;
    size_t shown = xattr->size < VALUE_BYTES ? xattr->size : VALUE_BYTES, n = 0;
    bool text = true;
    for (size_t i = 0; i < shown; i++)
        text = text && value[i] >= ' ' && value[i] < 0x7f;
    n = (size_t)snprintf(words, WORDS_BYTES, "%s", text ? "\"" : "0x");
    for (size_t i = 0; i < shown; i++)
        n += (size_t)snprintf(words + n, WORDS_BYTES - n, text ? "%c" : "%02x", value[i]);
    n += (size_t)snprintf(words + n, WORDS_BYTES - n, "%s", text ? "\"" : "");
    if (shown < xattr->size)
        snprintf(words + n, WORDS_BYTES - n, "... (%" PRIu32 " bytes)", xattr->size);
}

/* ---- fields ---- */

static bool time_equal(const struct entry_time *a, const struct entry_time *b)
{
    return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

/* The fields that are numbers; what is not asked for counts as equal. */
static int numbers_compare(struct compare_fields *fields, const struct tree_file *a,
                           const struct tree_file *b, struct error *err)
{
    const unsigned what = fields->what;
    bool device = a->type == ENTRY_CHARACTER || a->type == ENTRY_BLOCK;
    const struct {
        const char *name;
        bool equal;
        void (*words)(const struct tree_file *file, char words[WORDS_BYTES]);
    } table[] = {
        {"mode", !(what & COMPARE_MODES) || a->type == ENTRY_SYMLINK || a->mode == b->mode,
         mode_words},
        {"owner", !(what & COMPARE_OWNERS) || (a->uid == b->uid && a->gid == b->gid), owner_words},
        {"mtime", !(what & COMPARE_MTIMES) || time_equal(&a->mtime, &b->mtime), mtime_words},
        {"flags", !(what & COMPARE_FLAGS) || a->flags == b->flags, flags_words},
        {"device", !device || (a->major == b->major && a->minor == b->minor), device_words},
        {"size", !(what & COMPARE_CONTENT) || a->type != ENTRY_FILE || a->size == b->size,
         size_words},
    };
    for (size_t i = 0; i < array_length(table); i++) {
        char in_a[WORDS_BYTES], in_b[WORDS_BYTES];
        if (table[i].equal)
            continue;
        table[i].words(a, in_a);
        table[i].words(b, in_b);
        if (fields->changed(fields, table[i].name, in_a, in_b, err) < 0)
            return -1;
    }
    return 0;
}

static int content_compare(struct compare_fields *fields, const struct tree_file *a,
                           const struct tree_file *b, struct error *err)
{
    if (!(fields->what & COMPARE_CONTENT) || a->size != b->size ||
        memcmp(a->content, b->content, sizeof(struct compare_bits)) == 0)
        return 0;
    return fields->changed(fields, "content", NULL, NULL, err);
}

/* ---- extended attributes ---- */

static int xattr_order(const void *a, const void *b)
{
    const struct tree_xattr *x = *(const struct tree_xattr *const *)a;
    const struct tree_xattr *y = *(const struct tree_xattr *const *)b;
    return strcmp(x->name, y->name);
}

/* In the order of names; NULL at the end. */
static int xattrs_sort(const struct tree_file *file, const struct tree_xattr ***out,
                       struct error *err)
{
    const struct tree_xattr **list = calloc(file->n_xattrs + 1u, sizeof(*list));
    if (!list)
        return error_no_memory(err);
    for (size_t i = 0; i < file->n_xattrs; i++)
        list[i] = &file->xattrs[i];
    qsort(list, file->n_xattrs, sizeof(*list), xattr_order);
    *out = list;
    return 0;
}

/* One of them may be NULL. */
static int xattr_compare(struct compare_fields *fields, const struct tree_xattr *a,
                         const struct tree_xattr *b, struct error *err)
{
    char in_a[WORDS_BYTES], in_b[WORDS_BYTES], field[FIELD_BYTES];
    if (a && b && a->size == b->size && memcmp(a->value, b->value, a->size) == 0)
        return 0;
    snprintf(field, sizeof(field), "xattr %s", a ? a->name : b->name);
    if (a)
        value_words(a, in_a);
    if (b)
        value_words(b, in_b);
    return fields->changed(fields, field, a ? in_a : NULL, b ? in_b : NULL, err);
}

static int xattrs_compare(struct compare_fields *fields, const struct tree_file *a,
                          const struct tree_file *b, struct error *err)
{
    AUTO_FREE const struct tree_xattr **list_a = NULL;
    AUTO_FREE const struct tree_xattr **list_b = NULL;

    if (!(fields->what & COMPARE_XATTRS) || (a->n_xattrs == 0 && b->n_xattrs == 0))
        return 0;
    if (xattrs_sort(a, &list_a, err) < 0 || xattrs_sort(b, &list_b, err) < 0)
        return -1;
    const struct tree_xattr **at_a = list_a, **at_b = list_b;
    while (*at_a || *at_b) {
        int order = !*at_a ? 1 : !*at_b ? -1 : strcmp((*at_a)->name, (*at_b)->name);
        const struct tree_xattr *in_a = order <= 0 ? *at_a++ : NULL;
        const struct tree_xattr *in_b = order >= 0 ? *at_b++ : NULL;
        if (xattr_compare(fields, in_a, in_b, err) < 0)
            return -1;
    }
    return 0;
}

int compare_file(struct compare_fields *fields, const struct tree_file *a,
                 const struct tree_file *b, struct error *err)
{
    if (a->type != b->type)
        return fields->changed(fields, "type", entry_type_words(a->type), entry_type_words(b->type),
                               err);
    if (numbers_compare(fields, a, b, err) < 0)
        return -1;
    if (a->type == ENTRY_FILE && content_compare(fields, a, b, err) < 0)
        return -1;
    if (a->type == ENTRY_SYMLINK && strcmp(a->target, b->target) != 0 &&
        fields->changed(fields, "target", a->target, b->target, err) < 0)
        return -1;
    return xattrs_compare(fields, a, b, err);
}
