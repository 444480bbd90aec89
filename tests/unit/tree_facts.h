/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that a source says about a tree, kept in memory and compared: names, which of them are
 * one file, metadata, and content as the blocks that are not all zeros. For tests; knows nothing of
 * how sinks keep trees.
 *
 * Of two entries with one name the later counts; a directory is never replaced here, and links lead
 * to what is there in the end. */
#ifndef LXKIT_TESTS_UNIT_TREE_FACTS_H
#define LXKIT_TESTS_UNIT_TREE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/source.h"

enum {
    FACT_BLOCK_BYTES = 4096,
    FACTS_TEXT_BYTES = 1024,
    FACT_LINKS_MAX = 4096, /* links that lead to links, in one chain */
};

/* What is compared besides names, types, modes, times of modification, attributes and content. */
enum fact_what {
    FACT_OWNERS = 1 << 0,
    FACT_ATIMES = 1 << 1,
    FACT_CTIMES = 1 << 2,
    FACT_CRTIMES = 1 << 3,
    FACT_FLAGS = 1 << 4,
    FACT_ALL = (1 << 5) - 1,
};

struct fact_block {
    struct fact_block *next;
    uint64_t index; /* offset in the file, in blocks */
    uint8_t bytes[FACT_BLOCK_BYTES];
};

struct fact {
    struct entry entry;        /* strings and attributes are copies; attributes by name */
    struct fact_block *blocks; /* of the content, rising, none all zeros */
    size_t came;               /* its place among the entries */
    size_t file;               /* the first name of this file in the order of paths */
    const struct fact *target; /* where entry is a link: what it leads to in the end */
};

struct tree_facts {
    struct arena arena;
    struct fact *list; /* by path */
    size_t n, size;
};

/* Reads source to its end, and holds it to what source.h and entry.h promise. facts is new. */
int tree_facts_read(struct tree_facts *facts, struct source *source, struct error *err) MUST_CHECK;
void tree_facts_free(struct tree_facts *facts);

/* Whether two trees are the same in what (enum fact_what); text is the first difference otherwise.
 */
bool tree_facts_same(const struct tree_facts *a, const struct tree_facts *b, unsigned what,
                     char text[FACTS_TEXT_BYTES]);

#endif
