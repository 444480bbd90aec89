/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both trees are read at once, each into memory of its own with the bits of its contents; then
 * they are walked side by side in the order of names. */
#include "image/compare.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/cancel.h"
#include "image/compare_content.h"
#include "image/compare_file.h"
#include "image/gather.h"
#include "image/image.h"
#include "image/tree.h"
#include "image/tree_links.h"

/* ---- reading ---- */

struct side {
    struct gather gather;
    struct source *source; /* borrowed */
    struct tree tree;
    struct compare_content *content; /* NULL: contents are not looked at */
    const char *name;                /* for errors; may be NULL */
    atomic_bool *stop;               /* one of the sides failed */
    int rc;
    struct error error;
};

static int side_content(struct gather *gather, struct tree *tree, struct tree_file *file,
                        struct source *source, struct error *err)
{
    struct side *self = (struct side *)gather;
    if (atomic_load_explicit(self->stop, memory_order_relaxed))
        return error_set(err, ERROR_INTERRUPTED, "the other tree cannot be read");
    if (!self->content)
        return 0;
    struct compare_bits *bits = arena_alloc(&tree->arena, sizeof(*bits));
    if (!bits)
        return error_no_memory(err);
    file->content = bits;
    return compare_content_read(self->content, source, bits, err);
}

static void *side_read(void *argument)
{
    struct side *self = argument;
    self->rc = gather_tree(&self->gather, &self->tree, self->source, &self->error);
    if (self->rc < 0 && self->name)
        image_failed(self->name, &self->error);
    if (self->rc < 0)
        atomic_store(self->stop, true);
    return NULL;
}

static int side_init(struct side *self, struct source *source, const char *name,
                     const struct compare_key *key, atomic_bool *stop, struct error *err)
{
    self->gather.content = side_content;
    self->source = source;
    self->name = name;
    self->stop = stop;
    if (key && compare_content_new(&self->content, key, err) < 0)
        return -1;
    return tree_init(&self->tree, err);
}

static void side_free(struct side *self)
{
    compare_content_free(self->content);
    tree_free(&self->tree);
}

/* Equal files have the same bits. */
static int bits_share(UNUSED struct tree_links *links, const struct tree_file *from,
                      struct tree_file *to, UNUSED struct error *err)
{
    to->content = from->content;
    return 0;
}

static int side_split(struct side *self, uint32_t links_max, struct error *err)
{
    struct tree_links links = {
        .tree = &self->tree,
        .max = links_max,
        .allowed = true,
        .copy = bits_share,
    };
    return links_max ? tree_links_split(&links, err) : 0;
}

/* Of two failures the one that made the other stop is told. */
static int sides_read(struct side *a, struct side *b, struct error *err)
{
    pthread_t thread;
    if (cancel_thread_start(&thread, side_read, b, err) < 0)
        return -1;
    side_read(a);
    if (a->rc < 0)
        cancel_thread_stop(thread);
    pthread_join(thread, NULL);
    if (a->rc == 0 && b->rc == 0)
        return 0;
    const struct side *failed =
        a->rc < 0 && (b->rc == 0 || a->error.code != ERROR_INTERRUPTED) ? a : b;
    if (err)
        *err = failed->error;
    return -1;
}

/* ---- telling ---- */

struct comparison {
    struct compare_fields fields;
    struct compare_report *report;
    struct side a, b;
    const struct tree_name *name; /* in a, that the fields are of; NULL: the root */
    uint64_t n;                   /* differences */
    uint32_t pairs;               /* names that both trees have, so far */
};

static int name_path(const struct tree_name *name, char **out, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    if (tree_path(name->directory, &directory, err) < 0)
        return -1;
    if (asprintf(out, "%s%s%s", directory, directory[0] ? "/" : "", name->text) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

static int difference_tell(struct comparison *self, const struct tree_name *name,
                           struct difference *difference, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (name && name_path(name, &path, err) < 0)
        return -1;
    difference->path = name ? path : "";
    self->n++;
    return self->report->difference(self->report, difference, err);
}

static int field_changed(struct compare_fields *fields, const char *field, const char *a,
                         const char *b, struct error *err)
{
    struct comparison *self = (struct comparison *)fields;
    struct difference difference = {DIFFERENCE_CHANGED, .field = field, .a = a, .b = b};
    return difference_tell(self, self->name, &difference, err);
}

/* mkfs makes it, and a tree that was never on a disk lacks it. */
static bool is_unused_lost_found(const struct tree_name *name)
{
    const struct tree_file *file = name->file;
    return !name->directory->name && strcmp(name->text, "lost+found") == 0 &&
           file->type == ENTRY_DIRECTORY && !file->directory->first && file->mode == 0700 &&
           file->uid == 0 && file->gid == 0 && file->n_xattrs == 0;
}

static int only_tell(struct comparison *self, enum difference_kind kind,
                     const struct tree_name *name, struct error *err)
{
    struct difference difference = {kind, .field = NULL};
    return is_unused_lost_found(name) ? 0 : difference_tell(self, name, &difference, err);
}

/* ---- hard links ---- */

/* The first name of a file that the other tree has too is noted in file->name, its place among
 * those names in file->number: two names are one file where their numbers are equal. */
static void file_note(struct tree_file *file, struct tree_name *name, uint32_t pair)
{
    if (file->number != 0)
        return;
    file->number = pair;
    file->name = name;
}

static int links_tell(struct comparison *self, const struct tree_file *a, const struct tree_file *b,
                      struct error *err)
{
    AUTO_FREE char *in_a = NULL;
    AUTO_FREE char *in_b = NULL;
    if ((a->number != self->pairs && tree_path(a, &in_a, err) < 0) ||
        (b->number != self->pairs && tree_path(b, &in_b, err) < 0))
        return -1;
    return field_changed(&self->fields, "links", in_a, in_b, err);
}

static int pair_compare(struct comparison *self, struct tree_name *in_a, struct tree_name *in_b,
                        struct error *err)
{
    struct tree_file *a = in_a->file, *b = in_b->file;
    self->name = in_a;
    self->pairs++;
    if (a->type != ENTRY_DIRECTORY && b->type != ENTRY_DIRECTORY) {
        file_note(a, in_a, self->pairs);
        file_note(b, in_b, self->pairs);
        if (a->number != b->number && links_tell(self, a, b, err) < 0)
            return -1;
        if (a->number == b->number && a->number != self->pairs)
            return 0; /* the same two files once more */
    }
    return compare_file(&self->fields, a, b, err);
}

/* ---- side by side ---- */

static int name_order(const struct tree_name *x, const struct tree_name *y)
{
    return strcmp(x->text, y->text);
}

/* The names of two directories that are left to compare. */
struct cursor {
    struct tree_file *a, *b; /* the directories */
    struct tree_name *in_a, *in_b;
};

static int directories_enter(struct cursor *at, struct tree_file *a, struct tree_file *b,
                             struct error *err)
{
    if (tree_names_sort(a->directory, name_order, err) < 0 ||
        tree_names_sort(b->directory, name_order, err) < 0)
        return -1;
    *at = (struct cursor){a, b, a->directory->first, b->directory->first};
    return 0;
}

static void directories_leave(struct cursor *at)
{
    struct tree_name *a = at->a->name, *b = at->b->name;
    *at = (struct cursor){a->directory, b->directory, a->sibling, b->sibling};
}

/* Compares the next name and moves on. */
static int step(struct comparison *self, struct cursor *at, struct error *err)
{
    struct tree_name *a = at->in_a, *b = at->in_b;
    int order = !a ? 1 : !b ? -1 : strcmp(a->text, b->text);
    if (order <= 0)
        at->in_a = a->sibling;
    if (order >= 0)
        at->in_b = b->sibling;
    if (order != 0)
        return order < 0 ? only_tell(self, DIFFERENCE_ONLY_A, a, err)
                         : only_tell(self, DIFFERENCE_ONLY_B, b, err);
    if (pair_compare(self, a, b, err) < 0)
        return -1;
    if (a->file->type == ENTRY_DIRECTORY && b->file->type == ENTRY_DIRECTORY)
        return directories_enter(at, a->file, b->file, err);
    return 0;
}

static int trees_compare(struct comparison *self, struct error *err)
{
    struct tree_file *a = self->a.tree.root, *b = self->b.tree.root;
    struct cursor at;

    if (a->directory->implied || b->directory->implied)
        b->mtime = a->mtime;
    if (compare_file(&self->fields, a, b, err) < 0 || directories_enter(&at, a, b, err) < 0)
        return -1;
    for (;;) {
        if (at.in_a || at.in_b) {
            if (step(self, &at, err) < 0)
                return -1;
        } else if (at.a != a) {
            directories_leave(&at);
        } else {
            return 0;
        }
    }
}

int image_compare(struct source *a, struct source *b, unsigned what, struct compare_report *report,
                  uint64_t *differences, struct error *err)
{
    struct comparison self = {
        .fields = {.what = what, .changed = field_changed},
        .report = report,
    };
    struct compare_key key;
    atomic_bool stop = false;
    bool content = what & COMPARE_CONTENT;
    int rc = -1;

    if (compare_key_make(&key, err) == 0 &&
        side_init(&self.a, a, report->a, content ? &key : NULL, &stop, err) == 0 &&
        side_init(&self.b, b, report->b, content ? &key : NULL, &stop, err) == 0 &&
        sides_read(&self.a, &self.b, err) == 0 &&
        side_split(&self.a, report->a_links_max, err) == 0)
        rc = trees_compare(&self, err);
    *differences = self.n;
    side_free(&self.a);
    side_free(&self.b);
    return rc;
}
