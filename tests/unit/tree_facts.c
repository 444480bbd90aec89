/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/tree_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

/* ---- reading ---- */

static bool path_clean(const char *path)
{
    if (path[0] == '\0')
        return true;
    for (;; path++) {
        size_t n = strcspn(path, "/");
        if (n == 0 || n > NAME_BYTES_MAX || (n == 1 && path[0] == '.') ||
            (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        path += n;
        if (*path == '\0')
            return true;
    }
}

static int xattr_order(const void *a, const void *b)
{
    return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static int entry_copy(struct arena *arena, struct entry *to, const struct entry *from,
                      struct error *err)
{
    bool has_target = from->type == ENTRY_SYMLINK || from->type == ENTRY_LINK;
    if (!path_clean(from->path) || (has_target && !from->target) ||
        (from->type == ENTRY_LINK && !path_clean(from->target)))
        return error_set(err, ERROR_INTERNAL, "a path in a form that is not promised: %s",
                         from->path);
    struct xattr *xattrs = arena_copy(arena, from->xattrs, from->n_xattrs * sizeof(*xattrs));
    *to = *from;
    to->path = arena_copy(arena, from->path, strlen(from->path));
    to->target = has_target ? arena_copy(arena, from->target, strlen(from->target)) : NULL;
    to->xattrs = xattrs;
    if (!xattrs || !to->path || (has_target && !to->target))
        return error_no_memory(err);
    for (size_t i = 0; i < from->n_xattrs; i++) {
        xattrs[i].name = arena_copy(arena, xattrs[i].name, strlen(xattrs[i].name));
        xattrs[i].value = arena_copy(arena, xattrs[i].value, xattrs[i].size);
        if (!xattrs[i].name || !xattrs[i].value)
            return error_no_memory(err);
    }
    qsort(xattrs, from->n_xattrs, sizeof(*xattrs), xattr_order);
    return 0;
}

static bool all_zeros(const uint8_t *bytes, size_t n)
{
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* Content on its way into blocks. */
struct filler {
    struct arena *arena;
    struct fact_block **last;
    struct fact_block *block; /* the newest one; NULL: none */
};

static int fill(struct filler *filler, const struct content *piece, struct error *err)
{
    const uint8_t *bytes = piece->bytes;
    for (size_t done = 0; done < piece->n;) {
        uint64_t offset = piece->offset + done;
        size_t at = offset % FACT_BLOCK_BYTES, n = FACT_BLOCK_BYTES - at;
        if (n > piece->n - done)
            n = piece->n - done;
        uint64_t index = offset / FACT_BLOCK_BYTES;
        bool old = filler->block && filler->block->index == index;
        if (!old && !all_zeros(bytes + done, n)) {
            filler->block = arena_alloc(filler->arena, sizeof(*filler->block));
            if (!filler->block)
                return error_no_memory(err);
            filler->block->index = index;
            *filler->last = filler->block;
            filler->last = &filler->block->next;
            old = true;
        }
        if (old)
            memcpy(filler->block->bytes + at, bytes + done, n);
        done += n;
    }
    return 0;
}

static int content_read(struct tree_facts *facts, struct fact *fact, struct source *source,
                        struct error *err)
{
    struct filler filler = {.arena = &facts->arena, .last = &fact->blocks};
    struct content piece;
    uint64_t end = 0;
    int rc;
    while ((rc = source_content(source, &piece, err)) > 0) {
        if (piece.offset < end || piece.n > fact->entry.size ||
            piece.offset > fact->entry.size - piece.n)
            return error_set(err, ERROR_INTERNAL,
                             "%s: a piece of %zu bytes at %" PRIu64 " lies before %" PRIu64
                             " or behind the file's %" PRIu64,
                             fact->entry.path, piece.n, piece.offset, end, fact->entry.size);
        end = piece.offset + piece.n;
        if (fill(&filler, &piece, err) < 0)
            return -1;
    }
    return rc;
}

static int fact_order(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    int order = strcmp(x->entry.path, y->entry.path);
    return order ? order : x->came < y->came ? -1 : 1;
}

static struct fact *fact_find(const struct tree_facts *facts, const char *path)
{
    size_t low = 0, high = facts->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(facts->list[middle].entry.path, path);
        if (order == 0)
            return &facts->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* By path, the last of one name alone, links led to their files. */
static int facts_finish(struct tree_facts *facts, struct error *err)
{
    size_t n = 0;
    qsort(facts->list, facts->n, sizeof(*facts->list), fact_order);
    for (size_t i = 0; i < facts->n; i++) {
        bool last = i + 1 == facts->n ||
                    strcmp(facts->list[i].entry.path, facts->list[i + 1].entry.path) != 0;
        if (last)
            facts->list[n++] = facts->list[i];
    }
    facts->n = n;
    for (size_t i = 0; i < n; i++) {
        struct fact *fact = &facts->list[i];
        const struct fact *target = fact;
        for (int links = 0; target && target->entry.type == ENTRY_LINK; links++)
            target = links < FACT_LINKS_MAX ? fact_find(facts, target->entry.target) : NULL;
        if (!target || (target != fact && target->entry.type == ENTRY_DIRECTORY))
            return error_set(err, ERROR_INTERNAL, "%s: a hard link to %s, which leads nowhere",
                             fact->entry.path, fact->entry.target);
        fact->target = target;
        fact->file = SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        struct fact *target = &facts->list[facts->list[i].target - facts->list];
        if (target->file == SIZE_MAX)
            target->file = i;
    }
    return 0;
}

static struct fact *fact_new(struct tree_facts *facts, struct error *err)
{
    if (facts->n == facts->size) {
        size_t size = facts->size ? facts->size * 2 : 64;
        struct fact *list = reallocarray(facts->list, size, sizeof(*list));
        if (!list) {
            error_no_memory(err);
            return NULL;
        }
        facts->list = list;
        facts->size = size;
    }
    struct fact *fact = &facts->list[facts->n];
    *fact = (struct fact){.came = facts->n++};
    return fact;
}

int tree_facts_read(struct tree_facts *facts, struct source *source, struct error *err)
{
    const struct entry *entry;
    int rc;

    *facts = (struct tree_facts){0};
    while ((rc = source_next(source, &entry, err)) > 0) {
        struct fact *fact = fact_new(facts, err);
        if (!fact || entry_copy(&facts->arena, &fact->entry, entry, err) < 0)
            return -1;
        if (entry->type == ENTRY_FILE && content_read(facts, fact, source, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : facts_finish(facts, err);
}

void tree_facts_free(struct tree_facts *facts)
{
    arena_free(&facts->arena);
    free(facts->list);
    *facts = (struct tree_facts){0};
}

/* ---- comparing ---- */

/* What two names lead to, and where to say how they differ. */
struct pair {
    const struct fact *name;
    const struct entry *a, *b;
    char *text;
};

static bool differ(const struct pair *pair, const char *field, const char *a, const char *b)
{
    char path[FACTS_TEXT_BYTES / 2];
    escape(path, sizeof(path), pair->name->entry.path);
    snprintf(pair->text, FACTS_TEXT_BYTES, "\"%s\" (%s): %s: %.200s / %.200s", path,
             entry_type_words(pair->a->type), field, a, b);
    return false;
}

static bool same_number(const struct pair *pair, const char *field, uint64_t a, uint64_t b)
{
    char left[32], right[32];
    if (a == b)
        return true;
    snprintf(left, sizeof(left), "%" PRIu64 " (0%" PRIo64 ")", a, a);
    snprintf(right, sizeof(right), "%" PRIu64 " (0%" PRIo64 ")", b, b);
    return differ(pair, field, left, right);
}

static bool same_time(const struct pair *pair, const char *field, struct entry_time a,
                      struct entry_time b)
{
    char left[48], right[48];
    if (a.seconds == b.seconds && a.nanoseconds == b.nanoseconds)
        return true;
    snprintf(left, sizeof(left), "%" PRId64 " + %u ns", a.seconds, a.nanoseconds);
    snprintf(right, sizeof(right), "%" PRId64 " + %u ns", b.seconds, b.nanoseconds);
    return differ(pair, field, left, right);
}

static bool same_xattrs(const struct pair *pair)
{
    for (size_t i = 0; i < pair->a->n_xattrs && i < pair->b->n_xattrs; i++) {
        const struct xattr *a = &pair->a->xattrs[i], *b = &pair->b->xattrs[i];
        if (strcmp(a->name, b->name) != 0)
            return differ(pair, "names of attributes", a->name, b->name);
        if (!same_number(pair, "size of an attribute", a->size, b->size))
            return false;
        if (memcmp(a->value, b->value, a->size) != 0)
            return differ(pair, "attribute", a->name, "another value");
    }
    return same_number(pair, "attributes", pair->a->n_xattrs, pair->b->n_xattrs);
}

static bool same_content(const struct pair *pair, const struct fact_block *a,
                         const struct fact_block *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (!same_number(pair, "block that is not zeros", a->index, b->index))
            return false;
        for (size_t i = 0; i < FACT_BLOCK_BYTES; i++) {
            if (a->bytes[i] != b->bytes[i])
                return same_number(pair, "byte that differs at", a->index * FACT_BLOCK_BYTES + i,
                                   0);
        }
    }
    if (!a && !b)
        return true;
    return differ(pair, "content", a ? "more" : "less", a ? "less" : "more");
}

static bool same_metadata(const struct pair *pair, unsigned what)
{
    const struct entry *a = pair->a, *b = pair->b;
    bool device = a->type == ENTRY_CHARACTER || a->type == ENTRY_BLOCK;

    if (a->type != b->type)
        return differ(pair, "type", entry_type_words(a->type), entry_type_words(b->type));
    if (a->type == ENTRY_SYMLINK && strcmp(a->target, b->target) != 0)
        return differ(pair, "target", a->target, b->target);
    if (device && (!same_number(pair, "major", a->major, b->major) ||
                   !same_number(pair, "minor", a->minor, b->minor)))
        return false;
    if (a->type == ENTRY_FILE && !same_number(pair, "size", a->size, b->size))
        return false;
    if (what & FACT_OWNERS &&
        (!same_number(pair, "uid", a->uid, b->uid) || !same_number(pair, "gid", a->gid, b->gid)))
        return false;
    if ((what & FACT_ATIMES && !same_time(pair, "atime", a->atime, b->atime)) ||
        (what & FACT_CTIMES && !same_time(pair, "ctime", a->ctime, b->ctime)) ||
        (what & FACT_CRTIMES && !same_time(pair, "crtime", a->crtime, b->crtime)))
        return false;
    if (what & FACT_FLAGS && !same_number(pair, "flags", a->flags, b->flags))
        return false;
    return same_number(pair, "mode", a->mode, b->mode) &&
           same_time(pair, "mtime", a->mtime, b->mtime) && same_xattrs(pair);
}

bool tree_facts_same(const struct tree_facts *a, const struct tree_facts *b, unsigned what,
                     char text[FACTS_TEXT_BYTES])
{
    for (size_t i = 0; i < a->n || i < b->n; i++) {
        const struct fact *x = i < a->n ? &a->list[i] : NULL, *y = i < b->n ? &b->list[i] : NULL;
        int order = !x ? 1 : !y ? -1 : strcmp(x->entry.path, y->entry.path);
        if (order != 0) {
            const struct fact *alone = order < 0 ? x : y;
            struct pair pair = {.name = alone, .a = &alone->entry, .text = text};
            return differ(&pair, "only here", order < 0 ? "yes" : "no", order < 0 ? "no" : "yes");
        }
        struct pair pair = {x, &x->target->entry, &y->target->entry, text};
        if (!same_number(&pair, "first name of this file", x->target->file, y->target->file) ||
            !same_metadata(&pair, what) ||
            !same_content(&pair, x->target->blocks, y->target->blocks))
            return false;
    }
    return true;
}
