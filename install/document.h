/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML document as a tree in which everything knows its line and column.
 *
 * Only the plain part of YAML: one document; mappings with distinct text keys, sequences, scalars,
 * which are text whatever they look like; no anchors, aliases and tags. */
#ifndef LXKIT_INSTALL_DOCUMENT_H
#define LXKIT_INSTALL_DOCUMENT_H

#include <stddef.h>

#include "core/error.h"

enum {
    DOCUMENT_BYTES_MAX = 4 << 20,
    DOCUMENT_DEPTH_MAX = 16, /* of nested mappings and sequences */
    DOCUMENT_NODES_MAX = 65536,
    DOCUMENT_CHILDREN_MAX = 4096, /* of one mapping or sequence */
};

enum node_kind {
    NODE_SCALAR,
    NODE_SEQUENCE,
    NODE_MAPPING,
};

struct node_place {
    const char *file;    /* the document's */
    size_t line, column; /* from 1 */
};

struct node {
    enum node_kind kind;
    struct node_place place;
    char *key; /* of a mapping's child; NULL otherwise */
    struct node_place key_place;
    char *text; /* NODE_SCALAR */
    struct node *children;
    size_t n;
};

struct document {
    char *file;
    struct node root;
};

/* Reads a file. DAMAGED or LIMIT, as "FILE:LINE:COLUMN: what is wrong", for what is not of that
 * form. */
int document_read(struct document **out, const char *path, struct error *err) MUST_CHECK;
/* Likewise of n bytes; file is for messages. */
int document_parse(struct document **out, const char *file, const char *bytes, size_t n,
                   struct error *err) MUST_CHECK;
void document_free(struct document *document); /* NULL is fine */

/* "FILE:LINE:COLUMN: " and the sentence, as DAMAGED. Returns -1. */
int node_error(const struct node_place *place, struct error *err, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* "a mapping" and so on. */
const char *node_kind_words(enum node_kind kind);

static inline void document_freep(struct document **document)
{
    document_free(*document);
}

#define AUTO_DOCUMENT CLEANUP(document_freep)

#endif
