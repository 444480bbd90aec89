/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree is grown first, parents before children; then its order is shuffled, or not. */
#include "tests/unit/random_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "image/arena.h"
#include "image/sink.h"
#include "tests/unit/prng.h"
#include "tests/unit/random_content.h"
#include "tests/unit/random_entry.h"

enum {
    SOME_MAX = 60,    /* entries of a usual tree */
    CHAIN_MAX = 30,   /* directories in directories */
    CROWD_MAX = 2000, /* names in one directory */
    TRIES_MAX = 10,   /* to find a file to link to */
    DECOY_BYTES = 9000,
    ROOT = 0,
};

struct node {
    struct entry entry;
    const char *name; /* the last part of the path */
    size_t parent;
    struct random_content content;
    bool twice; /* something else comes first under this name */
};

struct random_source {
    struct source source;
    struct prng prng;
    unsigned features;
    struct arena arena;
    struct node *nodes;
    size_t n;
    size_t *order; /* in which nodes are given */
    size_t at;
    struct entry decoy;
    bool decoyed; /* the decoy of the next node was given */
    struct random_reader reader;
    uint8_t *pool;
};

/* ---- growing ---- */

static bool name_taken(const struct random_source *self, size_t parent, const char *name)
{
    for (size_t i = ROOT + 1; i < self->n; i++) {
        if (self->nodes[i].parent == parent && strcmp(self->nodes[i].name, name) == 0)
            return true;
    }
    return false;
}

static int path_make(struct random_source *self, struct node *node, struct error *err)
{
    char name[NAME_BYTES_MAX + 1];
    const char *above = self->nodes[node->parent].entry.path;
    size_t n = strlen(above) + (above[0] != '\0');

    do
        random_name(&self->prng, name);
    while (name_taken(self, node->parent, name));
    char *path = arena_alloc(&self->arena, n + strlen(name) + 1);
    if (!path)
        return error_no_memory(err);
    if (n > 0) {
        memcpy(path, above, n - 1);
        path[n - 1] = '/';
    }
    strcpy(path + n, name);
    node->entry.path = path;
    node->name = path + n;
    return 0;
}

static enum entry_type type_pick(struct random_source *self)
{
    static const struct {
        enum entry_type type;
        unsigned weight, needs; /* features */
    } kinds[] = {
        {ENTRY_FILE, 40, 0},
        {ENTRY_DIRECTORY, 15, 0},
        {ENTRY_SYMLINK, 12, 0},
        {ENTRY_LINK, 15, 0},
        {ENTRY_FIFO, 3, SINK_DEVICES},
        {ENTRY_CHARACTER, 5, SINK_DEVICES},
        {ENTRY_BLOCK, 4, SINK_DEVICES},
        {ENTRY_SOCKET, 3, SINK_SOCKETS},
    };
    unsigned all = 0;
    for (size_t i = 0; i < array_length(kinds); i++)
        all += kinds[i].weight;
    for (unsigned at = prng_below(&self->prng, all), i = 0;; i++) {
        if (at < kinds[i].weight)
            return (self->features & kinds[i].needs) == kinds[i].needs ? kinds[i].type : ENTRY_FILE;
        at -= kinds[i].weight;
    }
}

/* Any name but a directory's, also one that is a link itself; NULL: there seems to be none. */
static const char *link_target_pick(struct random_source *self)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        const struct node *node = &self->nodes[prng_below(&self->prng, (uint32_t)self->n)];
        if (node->entry.type != ENTRY_DIRECTORY)
            return node->entry.path;
    }
    return NULL;
}

/* The attributes of another one of its kind, with the mode, which a list of access is about. */
static void xattrs_share(struct random_source *self, struct entry *entry)
{
    const struct entry *other = &self->nodes[prng_below(&self->prng, (uint32_t)self->n)].entry;
    if (other->type != entry->type || other->n_xattrs == 0)
        return;
    entry->mode = other->mode;
    entry->xattrs = other->xattrs;
    entry->n_xattrs = other->n_xattrs;
}

static int node_grow(struct random_source *self, size_t parent, enum entry_type type, bool small,
                     struct error *err)
{
    struct node *node = &self->nodes[self->n];
    const char *target = type == ENTRY_LINK ? link_target_pick(self) : NULL;

    *node = (struct node){.parent = parent};
    node->entry.type = type == ENTRY_LINK && !target ? ENTRY_FILE : type;
    if (path_make(self, node, err) < 0)
        return -1;
    node->entry.target = target;
    if (node->entry.type != ENTRY_LINK &&
        random_describe(&self->prng, self->features, &self->arena, &node->entry, err) < 0)
        return -1;
    if (prng_one_in(&self->prng, 3))
        xattrs_share(self, &node->entry);
    if (node->entry.type == ENTRY_FILE) {
        if (random_content(&self->prng, small, self->features & SINK_HOLES, &self->arena,
                           &node->content, err) < 0)
            return -1;
        node->entry.size = node->content.size;
    }
    node->twice = node->entry.type == ENTRY_FILE && prng_one_in(&self->prng, 30);
    self->n++;
    return 0;
}

static int root_grow(struct random_source *self, struct error *err)
{
    struct node *root = &self->nodes[self->n++];
    root->entry = (struct entry){.path = "", .type = ENTRY_DIRECTORY};
    root->name = root->entry.path;
    return random_describe(&self->prng, self->features, &self->arena, &root->entry, err);
}

static size_t directory_pick(struct random_source *self)
{
    size_t at;
    do
        at = prng_below(&self->prng, (uint32_t)self->n);
    while (self->nodes[at].entry.type != ENTRY_DIRECTORY);
    return at;
}

static int tree_grow(struct random_source *self, struct error *err)
{
    struct prng *prng = &self->prng;
    size_t chain = prng_one_in(prng, 4) ? prng_between(prng, 1, CHAIN_MAX) : 0;
    size_t some = prng_below(prng, SOME_MAX + 1);
    size_t crowd = prng_one_in(prng, 8) ? prng_between(prng, 0, CROWD_MAX) : 0;
    int rc = root_grow(self, err);

    for (size_t i = 0; rc == 0 && i < chain; i++)
        rc = node_grow(self, self->n - 1, ENTRY_DIRECTORY, false, err);
    for (size_t i = 0; rc == 0 && i < some; i++)
        rc = node_grow(self, directory_pick(self), type_pick(self), false, err);
    size_t crowded = directory_pick(self);
    for (size_t i = 0; rc == 0 && i < crowd; i++)
        rc = node_grow(self, crowded, type_pick(self), true, err);
    return rc;
}

/* As grown, or links first, or anyhow. */
static void order_make(struct random_source *self)
{
    uint32_t kind = prng_below(&self->prng, 3);
    size_t at = 0;
    for (int links = 1; links >= 0; links--) {
        for (size_t i = 0; i < self->n; i++) {
            bool is_link = kind == 1 && self->nodes[i].entry.type == ENTRY_LINK;
            if (is_link == links)
                self->order[at++] = i;
        }
    }
    for (size_t i = self->n; kind == 2 && i > 1; i--) {
        size_t j = prng_below(&self->prng, (uint32_t)i), kept = self->order[i - 1];
        self->order[i - 1] = self->order[j];
        self->order[j] = kept;
    }
}

/* ---- giving ---- */

/* Something under the name of a file that comes next and replaces it. */
static const struct entry *decoy_make(struct random_source *self, const struct node *node)
{
    static const struct random_piece piece = {.n = DECOY_BYTES};
    static const struct random_content content = {&piece, 1, DECOY_BYTES, 0};

    self->decoyed = true;
    self->decoy = (struct entry){
        .path = node->entry.path,
        .type = self->at % 2 ? ENTRY_SYMLINK : ENTRY_FILE,
        .target = "replaced",
        .size = DECOY_BYTES,
    };
    if (self->decoy.type == ENTRY_FILE)
        self->reader.content = &content;
    return &self->decoy;
}

static int random_next(struct source *source, const struct entry **out, UNUSED struct error *err)
{
    static const struct random_content nothing;
    struct random_source *self = (struct random_source *)source;

    self->reader = (struct random_reader){.content = &nothing, .pool = self->pool};
    if (self->at == self->n)
        return 0;
    const struct node *node = &self->nodes[self->order[self->at]];
    if (node->twice && !self->decoyed) {
        *out = decoy_make(self, node);
        return 1;
    }
    self->decoyed = false;
    self->at++;
    self->reader.content = &node->content;
    *out = &node->entry;
    return 1;
}

static int random_read(struct source *source, struct content *out, UNUSED struct error *err)
{
    struct random_source *self = (struct random_source *)source;
    return random_reader_next(&self->reader, out);
}

static void random_close(struct source *source)
{
    struct random_source *self = (struct random_source *)source;
    arena_free(&self->arena);
    free(self->nodes);
    free(self->order);
    free(self->pool);
    free(self);
}

static const struct source_ops random_ops = {
    .next = random_next,
    .content = random_read,
    .close = random_close,
};

static void pool_fill(struct random_source *self)
{
    for (size_t i = 0; i < RANDOM_POOL_BYTES; i += sizeof(uint64_t)) {
        uint64_t word = prng_next(&self->prng);
        memcpy(self->pool + i, &word, sizeof(word));
    }
}

int random_tree(struct source **out, uint64_t seed, unsigned features, struct error *err)
{
    struct random_source *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->source.ops = &random_ops;
    self->prng.state = seed;
    self->features = features;
    self->nodes = calloc(RANDOM_TREE_NAMES_MAX, sizeof(*self->nodes));
    self->order = calloc(RANDOM_TREE_NAMES_MAX, sizeof(*self->order));
    self->pool = malloc(RANDOM_POOL_BYTES);
    int rc = self->nodes && self->order && self->pool ? 0 : error_no_memory(err);
    if (rc == 0) {
        pool_fill(self);
        rc = tree_grow(self, err);
    }
    if (rc < 0) {
        random_close(&self->source);
        return -1;
    }
    order_make(self);
    *out = &self->source;
    return 0;
}
